"""`sportello tickets`, as an operator and a script meet it."""

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.cli import main
from bot.commands.tickets import shown
from bot.settings import load_settings
from storage.engine import Store
from storage.files import FileStore
from storage.models import Customer, MediaKind, OutboxMessage, Ticket, TicketState
from storage.repositories.tickets import NewFile
from storage.vault import Vault
from tests.support.command import KEY, sportello
from tests.support.databases import opened, run_apart
from tests.support.factories import add_customer, link_chat

T = TypeVar("T")

GROUP = -1_001_234
CHAT = 7
EARLY = datetime(2026, 2, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(database_url: str, monkeypatch: pytest.MonkeyPatch, workplace: Path) -> Path:
    """A folder with a counter: one customer, linked, and two open tickets."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    within(_fill)
    return workplace


async def _fill(store: Store) -> None:
    customer = await add_customer(store, name="Rossi \x1b[2J& Figli")
    await link_chat(store, CHAT, customer, EARLY)
    await open_one(store, customer, "Bolletta", "È doppia.\n\x1b]0;hacked\x07Aiuto!", at=EARLY)
    await open_one(store, customer, "Trasloco", "A marzo", at=EARLY + timedelta(hours=1))


async def open_one(
    store: Store, customer: Customer, subject: str, words: str, *files: NewFile, at: datetime
) -> int:
    async with store.unit() as unit:
        ticket = await unit.tickets.open(
            CHAT,
            customer.id,
            subject,
            words,
            files,
            receipt_message_id=None,
            staff_group=None,
            now=at,
        )
        assert ticket is not None
        await unit.commit()
        return ticket.id


def within(work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Does something with the database, as a process of its own would."""
    results: list[T] = []

    async def go() -> None:
        async with opened(load_settings().database_url, Vault([KEY])) as store:
            results.append(await work(store))

    run_apart(go())
    return results[0]


def tickets(*arguments: str | int | Path, types: str | None = None) -> Result:
    return sportello("tickets", *arguments, types=types)


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result: Result, code: int = 1) -> str:
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.stderr


def outbox() -> list[tuple[str, int]]:
    """What is to be sent, and where."""

    async def look(store: Store) -> list[tuple[str, int]]:
        async with store.reading() as unit:
            found = await unit.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            return [(each.kind, each.chat_id) for each in found]

    return within(look)


def state_of(number: int) -> TicketState:
    async def look(store: Store) -> TicketState:
        async with store.reading() as unit:
            return (await unit.session.get_one(Ticket, number)).state

    return within(look)


# -- list --


def test_open_tickets_are_listed_the_longest_waiting_first() -> None:
    head, first, second = done(tickets("list")).splitlines()
    assert head.split() == ["number", "state", "last", "word", "customer"]
    assert first.split()[:4] == ["1", "waits", "2026-02-15", "10:00"]
    assert "028680" in first
    assert "Bolletta" in first
    assert second.split()[:4] == ["2", "waits", "2026-02-15", "11:00"]


@pytest.mark.both_databases
def test_an_answered_one_waits_for_the_customer_and_a_closed_one_is_listed_if_asked_for() -> None:
    done(tickets("answer", 1, "Ecco"))
    done(tickets("close", 2))
    lines = done(tickets("list")).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["1", "answered"]]
    lines = done(tickets("list", "--all")).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["1", "answered"], ["2", "closed"]]
    done(tickets("close", 1))
    assert done(tickets("list")) == "no open tickets\n"


def test_scripts_get_an_object_on_each_line() -> None:
    done(tickets("close", 2))
    found = [json.loads(line) for line in done(tickets("list", "--all", "--json")).splitlines()]
    assert [each["number"] for each in found] == [1, 2]
    assert found[0] | {"changed_at": ""} == {
        "number": 1,
        "state": "waits",
        "customer": "028680",
        "subject": "Bolletta",
        "opened_at": "2026-02-15T09:00:00+00:00",
        "changed_at": "",
        "closed_at": None,
    }
    assert found[1]["closed_at"] is not None
    done(tickets("close", 1))
    assert done(tickets("list", "--json")) == ""


def test_the_statistics_count_what_is_open_and_what_waits() -> None:
    done(tickets("answer", 1, "Ecco"))
    numbers = json.loads(done(CliRunner().invoke(main, ["stats", "--json"])))
    assert (numbers["tickets_open"], numbers["tickets_waiting"]) == (2, 1)
    done(tickets("close", 2))
    numbers = json.loads(done(CliRunner().invoke(main, ["stats", "--json"])))
    assert (numbers["tickets_open"], numbers["tickets_waiting"]) == (1, 0)
    assert "to be answered" in done(CliRunner().invoke(main, ["stats"]))


# -- show --


def test_a_ticket_is_shown_with_all_that_was_written_and_steers_no_terminal() -> None:
    done(tickets("answer", 1, "La <storniamo>."))
    told = done(tickets("show", 1))
    assert "Ticket 1 (answered): Bolletta" in told
    assert "Customer 028680, Rossi �[2J& Figli" in told
    assert "── customer, 2026-02-15 10:00\nÈ doppia.\n�]0;hacked�Aiuto!" in told
    assert "── staff, " in told
    assert told.rstrip().endswith("La <storniamo>.")
    assert "\x1b" not in told


def test_what_turns_writing_round_is_shown_for_what_it_is() -> None:
    assert shown("fattura\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe") == "fattura�fdp.exe"
    assert shown("due\nrighe\te 👩‍👩‍👧 شكرا") == "due\nrighe\te 👩‍👩‍👧 شكرا"
    assert shown("a\rb\x9b2Jc") == "a�b�2Jc"


def with_files(*, fetched: bool) -> int:
    """A ticket with a photo and a file whose name leads elsewhere."""

    async def add(store: Store) -> int:
        async with store.reading() as unit:
            customer = await unit.session.get_one(Customer, 1)
        number = await open_one(
            store,
            customer,
            "Foto",
            "Ecco",
            NewFile(MediaKind.PHOTO, "photo-id", "foto.jpg", 2_000),
            NewFile(MediaKind.DOCUMENT, "file-id", "../../.ssh/\x1b[2Jid\n?", None),
            at=EARLY,
        )
        if fetched:
            room = FileStore(load_settings().files_dir, store.vault)
            async with store.unit() as unit:
                for file, content in zip(
                    await unit.tickets.files_to_fetch(limit=9), (b"photo", b"paper"), strict=True
                ):
                    await unit.tickets.note_fetched(file.id, (await room.put(content)).name)
                await unit.commit()
        return number

    return within(add)


def test_photos_and_files_are_saved_under_names_that_lead_nowhere(here: Path) -> None:
    number = with_files(fetched=True)
    told = done(tickets("show", number, "--save", "out"))
    assert "[foto.jpg, 2 KB]" in told
    saved = sorted(path for path in here.rglob("*") if path.parent.name == "out")
    assert [path.name.partition("-")[2] for path in saved] == ["foto.jpg", "_.._.ssh___2Jid__"]
    assert [path.read_bytes() for path in saved] == [b"photo", b"paper"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in saved), "nobody else may read them"
    assert "was there already" in done(tickets("show", number, "--save", "out"))
    saved[0].write_bytes(b"something else")
    assert "is there already" in refused(tickets("show", number, "--save", "out"))
    assert saved[0].read_bytes() == b"something else"


def test_a_file_that_is_not_there_yet_is_told(here: Path) -> None:
    number = with_files(fetched=False)
    assert "foto.jpg, 2 KB, not fetched yet" in done(tickets("show", number))
    assert "2 of the files could not be had" in refused(tickets("show", number, "--save", "out"))
    assert not (here / "out").exists()


def test_a_file_that_has_gone_from_the_room_is_told(here: Path) -> None:
    number = with_files(fetched=True)
    for path in (here / "data" / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    told = refused(tickets("show", number, "--save", "out"))
    assert "foto.jpg: No such file or directory" in told
    assert "2 of the files could not be had" in told


# -- answer --


def test_an_answer_goes_into_the_outbox_of_the_chat() -> None:
    assert "`sportello run` sends it" in done(tickets("answer", 1, "  Va bene.  "))
    assert outbox() == [("ticket_answer", CHAT)]
    assert "\nVa bene.\n" in done(tickets("show", 1))


def test_the_group_is_told_of_what_is_done_at_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_CHAT_ID", str(GROUP))
    done(tickets("answer", 1, "Va bene."))
    done(tickets("close", 1))
    done(tickets("reopen", 1))
    assert outbox() == [
        ("ticket_answer", CHAT),
        ("staff_post", GROUP),
        ("ticket_closed", CHAT),
        ("staff_thread", GROUP),
        ("staff_post", GROUP),  # what the customer wrote before there was a group
        ("staff_thread", GROUP),
    ]


def test_an_answer_may_come_from_standard_input() -> None:
    done(tickets("answer", 1, "-", types="Prima riga\nSeconda riga\n"))
    assert "Prima riga\nSeconda riga\n" in done(tickets("show", 1))


def test_words_that_begin_with_a_hyphen_can_be_sent() -> None:
    done(tickets("answer", 1, "--", "-10 euro"))
    assert "-10 euro" in done(tickets("show", 1))


@pytest.mark.parametrize("words", ["", "   \n", "a" * 8_001])
def test_too_little_or_too_much_is_wrong_use(words: str) -> None:
    assert "TEXT" in refused(tickets("answer", 1, words), 2)
    assert outbox() == []


def test_who_will_not_read_it_is_told() -> None:
    async def block(store: Store) -> None:
        async with store.unit() as unit:
            await unit.chats.mark_blocked(CHAT, now=EARLY)
            await unit.commit()

    async def unlink(store: Store) -> None:
        async with store.unit() as unit:
            await unit.chats.unlink(CHAT, 1, now=EARLY)
            await unit.commit()

    within(block)
    assert "has blocked the bot" in done(tickets("answer", 1, "C'è nessuno?"))
    within(unlink)
    assert "nobody reads it" in done(tickets("answer", 1, "E adesso?"))


# -- close and reopen --


@pytest.mark.both_databases
def test_closing_and_opening_again() -> None:
    assert "Closed" in done(tickets("close", 1))
    assert state_of(1) is TicketState.CLOSED
    assert "closed already" in done(tickets("close", 1))
    assert "sportello tickets reopen 1" in refused(tickets("answer", 1, "Ancora"))
    assert "Open again" in done(tickets("reopen", 1))
    assert "open already" in done(tickets("reopen", 1))
    assert state_of(1) is TicketState.OPEN
    assert outbox() == [("ticket_closed", CHAT)]


# -- what does not exist, or is written wrongly --


@pytest.mark.parametrize("command", ["show", "answer", "close", "reopen"])
def test_a_ticket_that_does_not_exist_is_named(command: str) -> None:
    words = ["Ciao"] if command == "answer" else []
    assert "there is no ticket 99" in refused(tickets(command, 99, *words))
    for wrong in ("0", "uno", "9" * 30):
        refused(tickets(command, wrong, *words), 2)


def test_without_a_database_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/none.db")
    assert "sportello db upgrade" in refused(tickets("list"))


def test_each_has_its_help() -> None:
    for command in ("list", "show", "answer", "close", "reopen"):
        assert "Usage:" in done(tickets(command, "--help"))
