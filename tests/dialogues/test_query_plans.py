"""What turns and jobs ask of the database goes through indexes, however large the tables are."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

from bot.metrics import gather
from bot.settings import Settings
from storage.models.base import Base
from storage.repositories.kept_files import NAMING
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import MovableClock
from tests.support.databases import SqliteDatabases
from tests.support.factories import TAX_CODE, add_customer, add_gas_point
from tests.support.papers import add_document, add_invoice
from tests.support.post import PostOffice

Statements = dict[str, Any]

SMALL = {
    "acquisitions": "one row for each hand-over, some thousands a year",
    "announcements": "what the operator wrote by hand",
    "import_runs": "one row for each file of the company's",
    "reminder_rounds": "a few for each window",
    "staff_groups": "as many as the staff's group has moved",
    "withdrawn_windows": "told of and emptied by the next tick",
}
"""Tables that may be read through: they do not grow with the customers."""

ALLOWED = {
    ("link_attempts", "DELETE FROM link_attempts"): "the sweep, once in six hours",
    ("one_time_codes", "DELETE FROM one_time_codes"): "the sweep, once in six hours",
}
"""(table, a piece of the statement) that may be read through all the same, and why."""


@pytest.fixture
async def database_url(sqlite_databases: SqliteDatabases, tmp_path: Path) -> AsyncIterator[str]:
    """SQLite, whose plans do not depend on how full the tables are."""
    async with sqlite_databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
def asked() -> Iterator[Statements]:
    """Every statement that goes to the database, with the values it first came with."""
    statements: Statements = {}

    def note(_connection: object, _cursor: object, statement: str, *rest: Any) -> None:
        parameters, _context, many = rest
        statements.setdefault(statement, parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


async def test_no_turn_and_no_tick_reads_a_large_table_through(  # noqa: PLR0917
    asked: Statements,
    chat: ChatDriver,
    counter: Counter,
    post: PostOffice,
    clock: MovableClock,
    settings: Settings,
) -> None:
    store = counter.service.store
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    second = await add_gas_point(store, customer, code="15441300000012")
    await add_invoice(counter.service, customer, number="2026/1", pdf=b"%PDF-1.7")
    await add_document(counter.service, customer, "Contratto")
    asked.clear()  # what puts the scene up is not the bot's
    for line in (
        *("/start", "/menu", "/autolettura", "45000", "/annulla", "/letture", "/fornitura"),
        *("/fatture", "/documenti", "/prelievi", "/misure", "/dati", "/preferenze"),
        *("/assistenza", "Ho pagato due volte.", "/annulla", "/privacy"),
    ):
        await chat.sends(line)
    await _says(chat, "/autolettura", "·Via Roma 12", "45000", "·Salva")
    await _says(chat, "/assistenza", "·Altro", "Ho pagato due volte.", "·Fatto", "·Invia")
    other = counter.visitor("Bruno")
    await add_customer(store, "028681")
    await _says(other, "/collega", "028681", TAX_CODE, "·Conferma")
    await other.sends(post.letters[-1].code)
    await _tick(counter, clock)
    await _says(chat, "/privacy", "·Elimina i miei dati", "·Sì")
    await _tick(counter, clock)
    async with store.reading() as unit:
        await unit.kept_files.named([second.code])
        assert await unit.readings.by_receipt(chat.id, 1) is None
        assert not await unit.tickets.was_sent(chat.id, 1, since=clock.now())
    await gather(store, counter.service.meter, clock.now())
    for each in (chat, other):
        each.skip()
    read_through = _scans(asked, str(make_url(settings.database_url).database))
    assert not read_through, "\n".join(f"{step}: {statement}" for step, statement in read_through)
    assert {f"{column.class_.__tablename__}" for column in NAMING} <= {
        table for statement in asked for table in re.findall(r"FROM (\w+)", statement)
    }


async def _says(chat: ChatDriver, *lines: str) -> None:
    """Writes and, after a dot, taps the newest button that holds these words."""
    for line in lines:
        if line.startswith("·"):
            shown = [label for message in chat.messages() for label in labels(message)]
            await chat.taps(next(label for label in reversed(shown) if line[1:] in label))
        else:
            await chat.sends(line)


async def _tick(counter: Counter, clock: MovableClock) -> None:
    """Everything that the scheduler calls, in its turn."""
    service = counter.service
    clock.move(minutes=31)
    for job in (
        service.reminders,
        service.acquisition,
        service.outbox,
        service.letters,
        service.attachments,
        service.housekeeping,
    ):
        await job.run()
    await service.answers.mark()
    await service.answers.start()
    await service.arrivals.start()
    await service.settled()


def _scans(statements: Statements, file: str) -> list[tuple[str, str]]:
    """(table, statement) of each that reads a large table from its beginning to its end."""
    partial = {
        index.name
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    found = []
    with closing(sqlite3.connect(file)) as database:
        for statement, parameters in statements.items():
            if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", statement):
                continue
            plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            for *_, step in plan:
                walked = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
                if walked is None or walked[2] in partial:  # it holds only what it is made for
                    continue
                table = re.sub(r"_\d+$", "", walked[1])
                if table not in Base.metadata.tables or table in SMALL:
                    continue
                if not any(t == table and piece in statement for t, piece in ALLOWED):
                    found.append((step, " ".join(statement.split())))
    return found
