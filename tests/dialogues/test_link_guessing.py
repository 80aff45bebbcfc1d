"""Linking tells a guesser nothing: one answer, one amount of work, and a line in the audit each."""

from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from stdnum.it import codicefiscale

from storage.engine import Store
from storage.models import AttemptOutcome, LinkAttempt
from storage.rules.lockouts import LONGEST_LOCK, SHORTEST_LOCK
from storage.vault import Vault
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point, link_chat
from tests.support.post import PostOffice

OTHER_TAX_CODE = "BNCNNA60A41H501" + codicefiscale.calc_check_digit("BNCNNA60A41H501")


@pytest.fixture
async def _mario(store: Store) -> None:
    await add_gas_point(store, await add_customer(store))


@contextmanager
def work_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tally[str]]:
    """Counts statements and keyed hashes, but for what comes when it likes."""
    done: Tally[str] = Tally()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # The inbox's own, what begins its transactions, and the sign of life by which a server's
        # lock is kept.
        if "inbox" not in statement and not statement.startswith(("BEGIN", "SELECT 1")):
            done[statement] += 1

    def counting(self: Vault, text: str) -> list[str]:
        done[f"hash of {len(text)} characters"] += 1
        return digests(self, text)

    def counting_one(self: Vault, text: str) -> str:
        done[f"hash of {len(text)} characters, to be stored"] += 1
        return digest(self, text)

    digests, digest = Vault.digests, Vault.digest
    engine = store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "digests", counting)
        patch.setattr(Vault, "digest", counting_one)
        yield done
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("_mario")
async def test_as_much_is_done_for_a_code_that_exists_as_for_one_that_does_not(
    counter: Counter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, answers = [], []
    for code, tax_id in (
        ("028680", OTHER_TAX_CODE),  # a customer's code, with somebody else's tax code
        ("999999", TAX_CODE),  # nobody's code, with a customer's tax code
        ("999998", OTHER_TAX_CODE),  # nobody's at all
    ):
        eve = counter.visitor("Eve")
        for text in ("/collega", code):
            await eve.sends(text)
        eve.skip()
        with work_done(store, monkeypatch) as done:
            await eve.sends(tax_id)
        answers.append(eve.sees("non corrispondono")["text"])
        works.append(done)
    assert works[0] == works[1] == works[2]
    counted = "\n".join(works[0])  # without these the comparison says nothing
    for part in ("hash of 16", "FROM link_attempts", "FROM customers", "INTO link_attempts"):
        assert part in counted
    assert len(set(answers)) == 1


@pytest.mark.usefixtures("_mario")
@pytest.mark.both_databases
async def test_every_attempt_leaves_a_line_and_no_line_tells_what_was_tried(
    counter: Counter, store: Store, post: PostOffice, clock: MovableClock
) -> None:
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", OTHER_TAX_CODE, "028680", TAX_CODE):
        await anna.sends(text)
    await anna.taps("Conferma")
    right = post.letters[-1].code
    await anna.sends(f"{(int(right) + 1) % 10**6:06d}")
    await anna.sends(right)
    anna.skip()
    async with store.reading() as unit:
        lines = (await unit.session.scalars(select(LinkAttempt).order_by(LinkAttempt.id))).all()
    assert [line.outcome for line in lines] == [
        AttemptOutcome.NO_MATCH,
        AttemptOutcome.MATCHED,
        AttemptOutcome.CODE_SENT,
        AttemptOutcome.WRONG_CODE,
        AttemptOutcome.LINKED,
    ]
    for line in lines:
        assert line.chat_id == anna.id
        assert line.at == clock.now()
        assert "028680" not in line.code_hash
        assert len(line.code_hash) == 64
    assert len({line.code_hash for line in lines}) == 1  # equal codes can be counted


@pytest.mark.usefixtures("_mario")
async def test_who_guesses_on_is_locked_twice_as_long_each_time_up_to_a_day(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    eve = counter.visitor("Eve")
    locks: list[timedelta] = []
    tried = 0
    while len(locks) < 9:
        tried += 1
        await _wrong_pair(eve, f"{tried:06d}")  # each a code of its own: those have their own lock
        said = eve.messages()[-1]["text"]
        eve.skip()
        if "troppi tentativi" not in said:
            continue
        # The lock's end is found by knocking: a second before it is still shut.
        lock = SHORTEST_LOCK * 2 ** min(len(locks), 7)
        lock = min(lock, LONGEST_LOCK)
        clock.move(seconds=lock.total_seconds() - 1)
        await eve.sends("/collega")
        eve.sees("troppi tentativi")
        clock.move(seconds=1)
        await eve.sends("/collega")
        eve.sees("Scrivi il codice cliente")
        await eve.sends("/annulla")
        eve.skip()
        locks.append(lock)
    assert locks[0] == timedelta(minutes=15)
    assert locks[-2:] == [timedelta(hours=24)] * 2
    async with store.reading() as unit:
        outcomes = set(await unit.session.scalars(select(LinkAttempt.outcome)))
    assert outcomes == {AttemptOutcome.NO_MATCH}


@pytest.mark.usefixtures("_mario")
async def test_a_restart_of_linking_another_customer_and_a_right_pair_forgive_nothing(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    other = await add_customer(store, "000017", tax_code=OTHER_TAX_CODE)
    eve = counter.visitor("Eve")
    await link_chat(store, eve.id, other, clock.now())
    for _ in range(4):
        await _wrong_pair(eve)
    for text in ("/collega", "000017", OTHER_TAX_CODE, "/scollega"):  # a pair of their own
        await eve.sends(text)
    eve.skip()
    await _wrong_pair(eve)
    assert "troppi tentativi" in eve.messages()[-1]["text"]
    eve.skip()


async def _wrong_pair(chat: ChatDriver, code: str = "028680") -> None:
    for text in ("/collega", code, OTHER_TAX_CODE):
        await chat.sends(text)


@pytest.mark.both_databases
async def test_without_an_address_on_file_it_is_refused_whoever_asks(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await add_gas_point(store, await add_customer(store, email=None))
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", TAX_CODE):
        await anna.sends(text)
    said = anna.messages()[-1]
    assert "non c'è un indirizzo e-mail" in said["text"]
    assert "0547 000000" in said["text"]  # where to ask
    assert "reply_markup" not in said  # and no way past it
    anna.skip()
    async with store.reading() as unit:
        assert await unit.chats.links(anna.id) == []
        assert list(await unit.session.scalars(select(LinkAttempt.outcome))) == [
            AttemptOutcome.NO_EMAIL
        ]
    assert post.letters == []
