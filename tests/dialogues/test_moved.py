"""The supplier moves to another database: customers go on where they were."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.copying import copy_store
from tests.support.clock import MovableClock
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.factories import TAX_CODE, add_customer
from tests.support.post import PostOffice
from tests.support.runs import linked_chat, running


@pytest.fixture
async def moved_to(
    database_url: str,
    sqlite_databases: SqliteDatabases,
    postgres_databases: PostgresDatabases,
    tmp_path: Path,
) -> AsyncIterator[str]:
    """An empty database of the other kind."""
    (tmp_path / "moved").mkdir()
    other = postgres_databases if database_url.startswith("sqlite") else sqlite_databases
    async with other.fresh(tmp_path / "moved", migrated=False) as url:
        yield url


async def test_what_was_begun_before_the_move_is_ended_after_it(  # noqa: PLR0917
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
    database_url: str,
    moved_to: str,
) -> None:
    async with running(telegram, settings, clock, post) as counter:
        anna = await linked_chat(counter, clock)
        await add_customer(counter.service.store, "028681")
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
        bruno = counter.visitor("Bruno")
        await bruno.sends("/start c028681")
        bruno.sees("codice fiscale")
    async with (
        opened(database_url, settings.vault()) as source,
        opened(moved_to, settings.vault()) as target,
    ):
        assert all(proof.agrees for proof in await copy_store(source, target))
    settings = settings.model_copy(update={"database_url": moved_to})
    async with running(telegram, settings, clock, post, counter):
        await anna.sends("45000")
        anna.sees("Riepilogo", "45.000")
        await anna.taps("Salva")
        anna.sees("Lettura salvata", edited=True)
        await bruno.sends(TAX_CODE)
        bruno.sees("È questa la fornitura?")
        await bruno.taps("Conferma")
        bruno.sees("Invio il codice", edited=True)
        bruno.sees("codice di sei cifre", edited=True)
        await bruno.sends(post.letters[-1].code)
        bruno.sees("Collegato")
        await counter.service.acquisition.run()
        await counter.service.outbox.run()
        anna.sees("Acquisita", edited=True)
