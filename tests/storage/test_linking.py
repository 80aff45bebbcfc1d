"""The codes that link chats, attacked where they are made and judged."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.models import Access, AttemptOutcome, Customer, LinkAttempt, OneTimeCode, Proof
from storage.repositories.invitations import button_key
from storage.repositories.linking import Issued, Right, Spent, Wrong
from storage.rules.lockouts import (
    MAILED_FOR_CUSTOMER,
    MOST_MAILED_FOR_CUSTOMER,
    WRONG_CODES_OF_CUSTOMER,
    WRONG_PAIRS_OF_CUSTOMER,
    Allowed,
    Locked,
    pairing,
)
from tests.storage.test_limits_at_once import AT_ONCE, Gate
from tests.support.factories import add_customer, link_chat

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
ADDRESS = "mario.rossi@example.it"
CODE = "028680"


@pytest.fixture
async def mario(store: Store) -> Customer:
    return await add_customer(store)


async def issue(
    store: Store, customer: Customer, chat_id: int, now: datetime = NOW, to: str = ADDRESS
) -> Issued | Locked:
    async with store.unit() as unit:
        issued = await unit.linking.issue(chat_id, customer, to=to, now=now)
        await unit.commit()
        return issued


async def issued_to(store: Store, customer: Customer, chat_id: int, now: datetime = NOW) -> Issued:
    issued = await issue(store, customer, chat_id, now)
    assert isinstance(issued, Issued)
    return issued


async def judge(  # noqa: PLR0917
    store: Store,
    customer: Customer,
    chat_id: int,
    typed: str,
    now: datetime = NOW,
    mailed_to: str | None = ADDRESS,
) -> Right | Wrong | Spent | Locked:
    async with store.unit() as unit:
        judged = await unit.linking.judge(chat_id, customer, typed, mailed_to=mailed_to, now=now)
        await unit.commit()
        return judged


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_that_was_lost_is_worth_nothing_and_counts(
    store: Store, mario: Customer
) -> None:
    for minute in range(3):
        issued = await issued_to(store, mario, 7, NOW + timedelta(minutes=minute))
        async with store.unit() as unit:
            await unit.linking.mark_lost(issued.code_id)
            await unit.commit()
        assert await judge(store, mario, 7, issued.code) == Spent()
    assert await issue(store, mario, 7, NOW + timedelta(minutes=3)) == Locked(
        NOW + timedelta(hours=1)
    )


async def test_a_code_that_was_used_stays_used_when_its_mail_turns_out_lost(
    store: Store, mario: Customer
) -> None:
    issued = await issued_to(store, mario, 7)
    assert await judge(store, mario, 7, issued.code) == Right()
    async with store.unit() as unit:
        await unit.linking.mark_lost(issued.code_id)
        await unit.commit()
        row = await unit.session.get_one(OneTimeCode, issued.code_id)
    assert (row.lost, row.used_at) == (False, NOW)
    assert await judge(store, mario, 7, issued.code) == Spent()


async def test_equal_codes_do_not_look_equal(
    store: Store, mario: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.repositories.linking.secrets.randbelow", lambda _: 42)
    for chat_id in (7, 8):
        assert (await issued_to(store, mario, chat_id)).code == "000042"
    async with store.reading() as unit:
        hashes = list(await unit.session.scalars(select(OneTimeCode.code_hash)))
    assert len(set(hashes)) == 2
    assert store.vault.digest("000042") not in hashes


async def test_a_code_that_went_where_access_is_no_longer_given_from_is_worth_nothing(
    store: Store, mario: Customer
) -> None:
    issued = await issued_to(store, mario, 7)
    for address in ("new@example.it", None, ""):
        assert await judge(store, mario, 7, issued.code, mailed_to=address) == Spent()
    assert await judge(store, mario, 7, issued.code) == Right()


async def test_a_code_for_another_customer_or_another_chat_is_none(
    store: Store, mario: Customer
) -> None:
    other = await add_customer(store, "000017")
    issued = await issued_to(store, mario, 7)
    assert await judge(store, other, 7, issued.code) == Spent()
    assert await judge(store, mario, 8, issued.code) == Spent()


async def test_thirty_chats_do_not_make_the_company_write_ninety_mails(
    store: Store, mario: Customer
) -> None:
    mails = 0
    for round_ in range(3):
        for chat_id in range(30):
            mails += isinstance(
                await issue(store, mario, chat_id, NOW + timedelta(seconds=round_)), Issued
            )
    assert mails == MOST_MAILED_FOR_CUSTOMER.count


async def test_thirty_chats_do_not_get_hundreds_of_guesses(store: Store, mario: Customer) -> None:
    judged = 0
    for chat_id in range(30):
        issued = await issue(store, mario, chat_id)
        while isinstance(issued, Issued):
            verdict = await judge(store, mario, chat_id, other_than(issued.code))
            if not isinstance(verdict, Wrong):
                break
            judged += 1
    # Five of each of the first chats until the lock, and one each of the rest that got a code.
    assert WRONG_CODES_OF_CUSTOMER.count == 10
    assert judged == 10 + (MOST_MAILED_FOR_CUSTOMER.count - 2)


async def test_five_wrong_codes_lock_the_chat_whatever_code_it_is_mailed_next(
    store: Store, mario: Customer
) -> None:
    issued = await issued_to(store, mario, 7)
    for left in (4, 3, 2, 1):
        assert await judge(store, mario, 7, other_than(issued.code)) == Wrong(left, None)
    until = NOW + timedelta(minutes=15)
    assert await judge(store, mario, 7, other_than(issued.code)) == Wrong(0, until)
    issued = await issued_to(store, mario, 7)
    assert await judge(store, mario, 7, issued.code) == Locked(until)
    assert await judge(store, mario, 7, issued.code, NOW + timedelta(minutes=9)) == Locked(until)


async def test_who_reads_the_code_off_the_mail_gets_in_amid_all_that(
    store: Store, mario: Customer
) -> None:
    for chat_id in range(MAILED_FOR_CUSTOMER.count):
        issued = await issued_to(store, mario, chat_id)
        for _ in range(2):
            await judge(store, mario, chat_id, other_than(issued.code))
    assert isinstance(await issue(store, mario, 0, NOW + timedelta(minutes=1)), Locked)
    issued = await issued_to(store, mario, 77, NOW + timedelta(minutes=1))
    assert await judge(store, mario, 77, issued.code, NOW + timedelta(minutes=2)) == Right()


async def test_the_operator_lifts_the_locks_of_a_customer_and_of_who_tried(
    store: Store, mario: Customer
) -> None:
    other = await add_customer(store, "000017")
    async with store.unit() as unit:
        for number in range(25):
            await unit.linking.record(number % 5, CODE, AttemptOutcome.NO_MATCH, now=NOW)
        for _ in range(5):
            await unit.linking.record(9, other.code, AttemptOutcome.NO_MATCH, now=NOW)
        await unit.commit()
    async with store.unit() as unit:
        assert pairing(await unit.linking.past(3, CODE, now=NOW), NOW) != Allowed()
        assert await unit.linking.chats_that_tried(CODE, now=NOW) == [0, 1, 2, 3, 4]
        assert await unit.linking.forgive(CODE, now=NOW) == 25
        assert pairing(await unit.linking.past(3, CODE, now=NOW), NOW) == Allowed()
        assert await unit.linking.chats_that_tried(CODE, now=NOW) == []
        # What others did, or the same to others, counts as it did.
        assert isinstance(pairing(await unit.linking.past(9, CODE, now=NOW), NOW), Locked)
        await unit.commit()
        assert await unit.linking.forgive(CODE, now=NOW) == 0
        lines = (await unit.session.scalars(select(LinkAttempt))).all()
    assert len(lines) == 30  # the audit has them all
    assert mario.code == CODE


# -- all at once --


async def test_twenty_wrong_pairs_are_judged_however_many_come_at_once(store: Store) -> None:
    async with store.unit() as unit:
        for number in range(WRONG_PAIRS_OF_CUSTOMER.count - 1):
            await unit.linking.record(number, CODE, AttemptOutcome.NO_MATCH, now=NOW)
        await unit.commit()
    gate = Gate(AT_ONCE, store)

    async def try_pair(chat_id: int) -> bool:
        async with store.unit() as unit:
            await unit.linking.past_of_chat(chat_id, now=NOW)
            await unit.linking.attempts_of_chat(chat_id)
            await gate.wait()
            verdict = pairing(await unit.linking.past(chat_id, CODE, now=NOW), NOW)
            if isinstance(verdict, Allowed):
                await unit.linking.record(chat_id, CODE, AttemptOutcome.NO_MATCH, now=NOW)
            await unit.commit()
            return isinstance(verdict, Allowed)

    judged = await asyncio.gather(*(try_pair(100 + number) for number in range(AT_ONCE)))
    assert judged.count(True) == 1


async def test_no_more_codes_are_mailed_at_once_than_one_after_the_other(
    store: Store, mario: Customer
) -> None:
    for number in range(MOST_MAILED_FOR_CUSTOMER.count - 1):
        await issued_to(store, mario, number)
    gate = Gate(AT_ONCE, store)

    async def ask(chat_id: int) -> bool:
        async with store.unit() as unit:
            await unit.linking.past_of_chat(chat_id, now=NOW)
            await gate.wait()
            issued = await unit.linking.issue(chat_id, mario, to=ADDRESS, now=NOW)
            await unit.commit()
            return isinstance(issued, Issued)

    mailed = await asyncio.gather(*(ask(100 + number) for number in range(AT_ONCE)))
    assert mailed.count(True) == 1


async def test_many_guesses_at_once_at_one_code_cost_a_try_each(
    store: Store, mario: Customer
) -> None:
    issued = await issued_to(store, mario, 7)
    gate = Gate(AT_ONCE, store)

    async def guess(number: int) -> Right | Wrong | Spent | Locked:
        async with store.unit() as unit:
            await unit.linking.past_of_chat(7, now=NOW)
            await gate.wait()
            typed = f"{(int(issued.code) + 1 + number) % 10**6:06d}"
            judged = await unit.linking.judge(7, mario, typed, mailed_to=ADDRESS, now=NOW)
            await unit.commit()
            return judged

    judged = await asyncio.gather(*(guess(number) for number in range(AT_ONCE)))
    wrong = sorted(each.tries_left for each in judged if isinstance(each, Wrong))
    assert wrong == [0, 1, 2, 3, 4]


# -- who may end whose link --

DAY = timedelta(days=1)


async def test_who_was_linked_today_ends_nobody_who_was_there_before(
    store: Store, mario: Customer
) -> None:
    await link_chat(store, 1, mario, NOW - 2 * DAY)
    await link_chat(store, 2, mario, NOW)
    await link_chat(store, 3, mario, NOW + timedelta(hours=1))
    soon, later = NOW + DAY - timedelta(seconds=1), NOW + DAY
    async with store.unit() as unit:
        ids = {link.chat_id: link.id for link in await unit.chats.links_of_customer(mario.id)}
        assert await unit.chats.revocable_by(2, mario.id, now=soon) == {ids[2], ids[3]}
        assert await unit.chats.newcomer_until(2, mario.id, now=soon) == later
        assert await unit.chats.revoke(2, ids[1], now=soon) is None
        assert await unit.chats.revocable_by(1, mario.id, now=soon) == set(ids.values())
        assert await unit.chats.newcomer_until(1, mario.id, now=soon) is None
        assert await unit.chats.revocable_by(2, mario.id, now=later) == set(ids.values())
        assert await unit.chats.newcomer_until(2, mario.id, now=later) is None
        assert await unit.chats.revoke(2, ids[1], now=later) is not None


async def test_where_nobody_was_there_before_nobody_is_told_to_wait(
    store: Store, mario: Customer
) -> None:
    await link_chat(store, 1, mario, NOW)
    await link_chat(store, 2, mario, NOW)
    await link_chat(store, 3, mario, NOW + timedelta(hours=1), access=Access.VIEW)
    async with store.reading() as unit:
        for chat_id in (1, 2, 3):
            assert await unit.chats.newcomer_until(chat_id, mario.id, now=NOW) is None


# -- after a trial --


async def test_after_a_trial_only_what_a_code_proved_may_do_all(
    store: Store, mario: Customer
) -> None:
    other = await add_customer(store, "000017")
    await link_chat(store, 1, mario, NOW, proof=Proof.TRIAL)
    await link_chat(store, 2, mario, NOW)
    await link_chat(store, 5, other, NOW)
    async with store.unit() as unit:
        for host, guest, customer in ((1, 3, mario), (2, 4, mario), (5, 6, other)):
            token = f"{guest}" * 22
            made = await unit.invitations.create(host, customer.id, Access.FULL, token, now=NOW)
            assert made is not None
            await unit.chats.meet(guest, now=NOW)
            await unit.invitations.take(token, guest_chat_id=guest, guest_name="G", now=NOW)
            key = button_key(made)
            assert await unit.invitations.confirm(host, made.id, key, now=NOW) is not None
        await unit.commit()
    async with store.unit() as unit:
        assert await unit.chats.count_trials() == 1
        assert await unit.chats.look_only_after_trials(now=NOW) == 2
        await unit.commit()
    async with store.reading() as unit:
        links = [*await unit.chats.links_of_customer(mario.id)]
        links += await unit.chats.links_of_customer(other.id)
        assert {link.chat_id: link.access for link in links} == {
            1: Access.VIEW,
            2: Access.FULL,
            3: Access.VIEW,  # let in by who had proved nothing
            4: Access.FULL,
            5: Access.FULL,
            6: Access.FULL,
        }
        assert await unit.chats.count_trials() == 1
    async with store.unit() as unit:
        assert await unit.chats.look_only_after_trials(now=NOW) == 0
