"""`sportello customers`, and what the other commands tell of linking."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.cli import main
from bot.settings import Settings, load_settings
from storage.engine import Store
from storage.models import AttemptOutcome, ContactField, Customer, OutboxMessage, Proof
from storage.rules.lockouts import Allowed, pairing
from storage.vault import Vault
from tests.support.databases import opened, run_apart
from tests.support.factories import add_customer, link_chat

KEY = Vault.new_key()
CODE = "028680"


@pytest.fixture(autouse=True)
def here(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder with a counter, and one customer."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", database_url)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def sportello(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


async def guessed_at(store: Store) -> None:
    """Five chats have tried five wrong pairs each, just now."""
    now = datetime.now(UTC)
    async with store.unit() as unit:
        for number in range(25):
            at = now - timedelta(seconds=30 - number)
            await unit.linking.record(number % 5, CODE, AttemptOutcome.NO_MATCH, now=at)
        await unit.commit()


def test_the_locks_of_a_customer_are_shown_and_lifted() -> None:
    async def fill() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            await add_customer(store)
            await guessed_at(store)

    async def locked() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            now = datetime.now(UTC)
            async with store.unit() as unit:
                verdicts.append(pairing(await unit.linking.past(3, CODE, now=now), now))

    verdicts: list[object] = []
    run_apart(fill())
    shown = sportello("customers", "unlock", CODE, "--show")
    assert shown.exit_code == 0
    for line in (
        "wrong pairs       25   until",
        "pairs are answered by the mail alone",
        "wrong codes        0\n",
        "by chats           5   5 of them locked",
    ):
        assert line in shown.output
    assert "lifted" not in shown.output
    run_apart(locked())
    lifted = sportello("customers", "unlock", CODE)
    assert lifted.exit_code == 0
    assert "lifted" in lifted.output
    run_apart(locked())
    assert [isinstance(each, Allowed) for each in verdicts] == [False, True]
    again = sportello("customers", "unlock", CODE)
    assert "no locks" in again.output
    assert "wrong pairs        0\n" in again.output


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [("999999", 1, "there is no customer 999999"), ("12", 2, "six digits")],
)
def test_a_code_that_is_nobodys_is_refused(code: str, exit_code: int, words: str) -> None:
    for command in ("unlock", "keep-email"):
        result = sportello("customers", command, code)
        assert result.exit_code == exit_code
        assert words in result.output


def test_a_change_of_the_email_is_stopped_for_who_calls() -> None:
    async def fill() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            customer = await add_customer(store)
            now = datetime.now(UTC)
            await link_chat(store, 7, customer, now)
            async with store.unit() as unit:
                found = await unit.session.get_one(Customer, customer.id)
                await unit.contacts.change(
                    found,
                    ContactField.EMAIL,
                    "ladro@example.it",
                    chat_id=7,
                    now=now,
                    access_after=timedelta(days=1),
                )
                await unit.commit()

    async def look() -> None:
        async with (
            opened(load_settings().database_url, Vault([KEY])) as store,
            store.reading() as unit,
        ):
            customer = await unit.customers.with_code(CODE)
            assert customer is not None
            found.append(customer.email)
            kinds = await unit.session.execute(select(OutboxMessage.kind, OutboxMessage.chat_id))
            found.extend(kinds.tuples())

    found: list[object] = []
    run_apart(fill())
    assert "again what it was" in sportello("customers", "keep-email", CODE).output
    run_apart(look())
    assert found == ["mario.rossi@example.it", ("email_change_stopped", 7)]
    again = sportello("customers", "keep-email", CODE)
    assert again.exit_code == 1
    assert "no change of the e-mail that can be stopped" in again.output


def test_stats_count_what_linking_came_to() -> None:
    async def fill() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            await guessed_at(store)
            long_ago = datetime.now(UTC) - timedelta(days=20)
            async with store.unit() as unit:
                await unit.linking.record(1, CODE, AttemptOutcome.LINKED, now=long_ago)
                await unit.commit()

    run_apart(fill())
    linking = json.loads(sportello("stats", "--json").output)["linking"]
    assert linking == {each.value: 0 for each in AttemptOutcome} | {"no_match": 25}
    assert "no match               25" in sportello("stats").output


@pytest.mark.parametrize(("verification", "told"), [("email", True), ("none", False)])
def test_check_counts_who_was_linked_without_a_code(
    verification: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fill() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            customer = await add_customer(store)
            await link_chat(store, 7, customer, datetime.now(UTC), proof=Proof.TRIAL)
            await link_chat(store, 8, customer, datetime.now(UTC))

    monkeypatch.setenv("LINK_VERIFICATION", verification)
    run_apart(fill())
    output = sportello("check").output
    assert ("1 linked without a code, in a trial" in output) is told
