"""`sportello announce`, as an operator and a script meet it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.settings import Settings
from storage.engine import Store, open_store
from storage.models import (
    Announcement,
    Chat,
    OutboxMessage,
    OutboxState,
    ReadingSource,
    SupplyPoint,
)
from storage.vault import Vault
from tests.support.command import KEY, sportello
from tests.support.databases import run_apart
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_reading,
    link_chat,
)
from tests.support.pictures import plain_png

TEXT = "Gli uffici sono <b>chiusi</b> dal 24/12 al 6/1.\nBuone feste &amp; a presto!"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, workplace: Path) -> Path:
    """A folder with a database: two chats with gas, one with electricity, one that blocked."""
    monkeypatch.setenv("QUIET_HOURS", "0-0")
    assert sportello("db", "upgrade").exit_code == 0
    run_apart(_fill())
    return workplace


async def _fill() -> None:
    now = datetime.now(UTC)
    store = opened()
    for chat_id, code in ((1, "000001"), (2, "000002"), (3, "000003"), (4, "000004")):
        customer = await add_customer(store, code)
        add = add_electricity_point if chat_id == 3 else add_gas_point
        await add(store, customer)
        await link_chat(store, chat_id, customer, now)
    async with store.unit() as unit:
        await unit.chats.mark_blocked(4, now=now)
        await unit.commit()
    await store.close()


def opened() -> Store:
    return open_store(Settings().database_url, Vault([KEY]))


def written(folder: Path, head: str = "whom: all", text: str = TEXT) -> Path:
    path = folder / "avviso.txt"
    path.write_text(f"{head}\n---\n{text}\n", encoding="utf-8")
    return path


def chats() -> list[int]:
    """Whom the outbox holds an announcement for."""
    found: list[int] = []

    async def look() -> None:
        store = opened()
        async with store.reading() as unit:
            statement = select(OutboxMessage.chat_id).where(
                OutboxMessage.kind.startswith("announcement")
            )
            found.extend(await unit.session.scalars(statement))
        await store.close()

    run_apart(look())
    return sorted(found)


def test_it_is_shown_counted_and_asked_for(here: Path) -> None:
    result = sportello("announce", "--no-wait", written(here), types="y\n")
    assert result.exit_code == 0, result.output
    assert "Gli uffici sono <b>chiusi</b>" in result.output
    assert "To all linked customers: 3 chats (1 more have blocked the bot)." in result.output
    assert "Send it to 3 chats? [y/N]" in result.output
    assert "`sportello run` sends it" in result.output
    assert chats() == [1, 2, 3]


@pytest.mark.parametrize("types", ["n\n", "\n", ""])
def test_without_a_yes_nothing_goes_out(here: Path, types: str) -> None:
    result = sportello("announce", written(here), types=types)
    assert result.exit_code == 1
    assert chats() == []


@pytest.mark.parametrize(
    ("head", "expected"),
    [("whom: gas", [1, 2]), ("whom: electricity", [3]), ("whom: codes.txt", [1, 3])],
)
def test_it_goes_to_whom_it_is_for(here: Path, head: str, expected: list[int]) -> None:
    (here / "codes.txt").write_text("000003\n\n000001\n000001\n")
    result = sportello("announce", "--yes", "--no-wait", written(here, head))
    assert result.exit_code == 0, result.output
    assert chats() == expected


def test_the_same_again_is_the_same_announcement(here: Path) -> None:
    assert sportello("announce", "--yes", "--no-wait", written(here)).exit_code == 0
    again = sportello("announce", "--yes", "--no-wait", written(here))
    assert again.exit_code == 0
    assert "announced on" in again.output
    assert chats() == [1, 2, 3]
    other = sportello("announce", "--yes", "--no-wait", written(here, text="Altro avviso"))
    assert other.exit_code == 0
    assert chats() == [1, 1, 2, 2, 3, 3]


def test_one_that_broke_off_goes_on(here: Path) -> None:
    assert sportello("announce", "--yes", "--no-wait", written(here)).exit_code == 0

    async def break_off() -> None:
        store = opened()
        async with store.unit() as unit:
            await unit.session.execute(update(Announcement).values(queued_at=None))
            last = await unit.session.scalars(select(OutboxMessage))
            await unit.session.delete(last.all()[-1])
            await unit.session.flush()
            await unit.commit()
        await store.close()

    run_apart(break_off())
    assert len(chats()) == 2
    assert sportello("announce", "--yes", "--no-wait", written(here)).exit_code == 0
    assert chats() == [1, 2, 3]


def test_it_waits_for_the_report(here: Path) -> None:
    """The bot is not at work here: what became of the messages is written by hand."""
    assert sportello("announce", "--yes", "--no-wait", written(here)).exit_code == 0

    async def end() -> None:
        store = opened()
        states = (OutboxState.SENT, OutboxState.FAILED, OutboxState.HELD)
        async with store.unit() as unit:
            messages = await unit.session.scalars(select(OutboxMessage))
            for message, state in zip(messages, states, strict=True):
                message.state = state
            await unit.commit()
        await store.close()

    run_apart(end())
    result = sportello("announce", "--yes", written(here))
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["sent", "1"] in lines
    assert ["failed", "1"] in lines
    assert ["blocked", "the", "bot", "1"] in lines


def test_quiet_hours_are_heeded_unless_it_is_urgent(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).astimezone(Settings().timezone)
    monkeypatch.setenv("QUIET_HOURS", f"{(now.hour - 2) % 24}-{(now.hour + 2) % 24}")
    result = sportello("announce", "--yes", written(here))
    assert result.exit_code == 0, result.output
    assert ["wait", "for", "their", "hours", "3"] in [
        line.split() for line in result.output.splitlines()
    ]
    urgent = written(here, text="Fuga di gas: chiudete tutto")
    assert sportello("announce", "--yes", "--no-wait", "--at-once", urgent).exit_code == 0

    async def look() -> None:
        store = opened()
        async with store.reading() as unit:
            found = list(
                await unit.session.scalars(
                    select(OutboxMessage).where(OutboxMessage.kind == "announcement_at_once")
                )
            )
            assert len(found) == 3
            assert all(each.not_before <= datetime.now(UTC) for each in found)
            assert not any(each.bulk for each in found), "nothing that can wait goes before it"
        await store.close()

    run_apart(look())
    assert len(chats()) == 6


def test_a_picture_is_kept_sealed_for_the_bot(here: Path) -> None:
    (here / "chiusi.png").write_bytes(plain_png(30, 20))
    path = written(here, "whom: all\npicture: chiusi.png")
    result = sportello("announce", "--yes", "--no-wait", path)
    assert result.exit_code == 0, result.output
    assert "[chiusi.png, 1 KB]" in result.output
    kept = [file for file in (here / "data" / "files").rglob("*") if file.is_file()]
    assert len(kept) == 1
    assert b"PNG" not in kept[0].read_bytes()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Ciao", "avviso.txt: expected `whom: …`"),
        ("whom: all\nCiao\n---\nCiao", "avviso.txt:2: expected `whom: …` or `picture: …`"),
        ("whom: all\nwhom: gas\n---\nCiao", "avviso.txt:2: `whom` stands here twice"),
        ("whom: tutti\n---\nCiao", "whom: expected all, gas, electricity"),
        ("whom:\n---\nCiao", "avviso.txt: whom: expected"),
        ("picture: x.png\n---\nCiao", "avviso.txt: whom: expected"),
        ("whom: all\npicture: x.png\n---\nCiao", "picture:"),
        ("whom: all\npicture: codes.txt\n---\nCiao", "expected a JPEG or PNG file"),
        ("whom: codes.txt\n---\nCiao", "codes.txt:2: a customer code has six digits"),
        ("whom: strangers.txt\n---\nCiao", "no customer has the code 999999"),
        ("whom: all\n---\n  \n", "there is no text"),
        ("whom: all\n---\n<b> </b>", "there is no text"),
        ("whom: all\n---\nUno\n<h1>Due</h1>", "avviso.txt:4: <h1> is no tag"),
        ("whom: all\n---\n<b>Uno", "avviso.txt:3: <b> is not ended"),
        ("whom: all\n---\n<b><i>Uno</b></i>", "ends what was not begun last"),
        ("whom: all\n---\nSe 3 < 4", "write &lt;"),
        ("whom: all\n---\n<a>Qui</a>", "<a> without href"),
        ("whom: all\n---\n" + "a" * 4_097, "4097 characters, and 4096 are possible"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    here: Path, content: str, told: str
) -> None:
    (here / "codes.txt").write_text("000001\nabc\n")
    (here / "strangers.txt").write_text("999999\n")
    path = here / "avviso.txt"
    path.write_text(content, encoding="utf-8")
    result = sportello("announce", "--yes", path)
    assert result.exit_code == 1, result.output
    assert told in result.output
    assert chats() == []


def test_nobody_to_announce_it_to_is_told(here: Path) -> None:
    async def leave() -> None:
        store = opened()
        async with store.unit() as unit:
            await unit.session.execute(update(Chat).values(blocked_at=datetime.now(UTC)))
            await unit.commit()
        await store.close()

    run_apart(leave())
    result = sportello("announce", "--yes", written(here))
    assert result.exit_code == 1
    assert "nobody to announce it to" in result.output


def test_a_file_that_is_no_text(here: Path) -> None:
    path = here / "avviso.txt"
    path.write_bytes(b"whom: all\n---\n\xff\xfe")
    result = sportello("announce", "--yes", path)
    assert result.exit_code == 1
    assert "is not UTF-8 text" in result.output


def test_statistics_tell_what_became_of_reminders_notices_and_announcements() -> None:
    async def fill() -> None:
        now = datetime.now(UTC)
        store = opened()
        found = (
            ("announcement", OutboxState.SENT, 1),
            ("announcement", OutboxState.FAILED, 2),
            ("new_invoice", OutboxState.SENT, 3),
            ("new_invoice", OutboxState.QUEUED, 1),
            ("reminder_opens", OutboxState.SENT, 2),
            ("reminder_opens", OutboxState.FAILED, 3),
        )
        async with store.unit() as unit:
            for number, (kind, state, chat_id) in enumerate(found):
                unit.session.add(
                    OutboxMessage(
                        key=str(number),
                        kind=kind,
                        chat_id=chat_id,
                        not_before=now,
                        created_at=now,
                        state=state,
                        sent_at=now - timedelta(hours=1) if state is OutboxState.SENT else None,
                    )
                )
            await unit.commit()
        async with store.reading() as unit:
            point = await unit.session.scalar(select(SupplyPoint).order_by(SupplyPoint.id))
            assert point is not None
        await add_reading(
            store,
            point,
            now.date(),
            45_000,
            source=ReadingSource.SELF,
            chat_id=1,
            submitted_at=now,
        )
        await store.close()

    run_apart(fill())
    numbers = json.loads(sportello("stats", "--json").stdout)
    assert numbers["notices"]["announcement"] == {
        "sent": 1,
        "answered": 1,
        "failed": 1,
        "outdated": 0,
        "waiting": 0,
    }
    assert numbers["notices"]["new_invoice"]["waiting"] == 1
    assert numbers["notices"]["new_invoice"]["answered"] == 0
    assert numbers["notices"]["outcome_notice"]["sent"] == 0
    assert numbers["reminders"]["reminder_opens"]["failed"] == 1
    rows = {
        " ".join(words): numbers
        for words, numbers in (_row(line) for line in sportello("stats").stdout.splitlines())
    }
    assert rows["announcement"] == [1, 1, 1, 0, 0]
    assert rows["new invoice"] == [1, 0, 0, 0, 1]
    assert rows["opens"] == [1, 0, 0, 1, 0, 0]


def _row(line: str) -> tuple[list[str], list[int]]:
    """A line of a table: its words, and the numbers after them."""
    parts = line.split()
    return [each for each in parts if not each.isdigit()], [int(p) for p in parts if p.isdigit()]
