"""``sportello db``: maintains the database."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from bot.commands.progress import Bar
from bot.commands.runtime import REFUSED, Refusal, opened, work
from bot.errors import reason_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.settings import Settings
    from storage.copying import TableProof
    from storage.engine import Store
    from storage.rotation import RotationReport
    from storage.vault import Vault

_SHOWN_OF_CHECKSUM = 16


@click.group()
def db() -> None:
    """Looks after the database."""


@db.command(epilog="Example: sportello db upgrade")
def upgrade() -> None:
    """Creates the database if there is none, and migrates it to what this version needs.

    Completely or not at all: a migration that fails leaves the database as it was. `sportello run`
    does the same when it starts.
    """
    before, after = work(_upgrade)
    if before == after:
        click.echo(f"The database is at {after} already.")
    else:
        click.echo(f"The database is now at {after} (before: {before or 'none'}).")


async def _upgrade(settings: "Settings") -> tuple[str | None, str]:
    from storage import schema  # noqa: PLC0415
    from storage.engine import open_store  # noqa: PLC0415

    vault = settings.vault()
    settings.make_folders()
    store = open_store(settings.database_url, vault)
    try:
        await store.check_whole()
        before = await schema.current_revision(store.engine)
        await schema.upgrade(store.engine)
    finally:
        await store.close()
    return before, schema.newest_revision()


@db.command("rotate-key", epilog="Example: sportello db rotate-key")
def rotate_key() -> None:
    """Seals everything again with the first key of ENCRYPTION_KEY.

    Put the new key first in the setting, a comma, then the old one; restart `sportello run`, and
    rotate while it serves. The old key may be removed two weeks later: until then it still finds
    attempts at linking and invitations from before. After an interruption, run it again, and it
    continues; at the end it checks whether anything is left under another key.
    """
    report, days = work(_rotate)
    for table, values in report.values.items():
        click.echo(f"{table}: {values}")
    click.echo(f"files: {report.files}")
    if report.left:
        raise Refusal(
            f"{report.left} values were written under another key meanwhile: restart `sportello"
            " run` with the new key first in ENCRYPTION_KEY, and rotate again"
        )
    click.echo(f"Sealed anew under the first key. The old one may be dropped in {days} days.")


async def _rotate(settings: "Settings") -> "tuple[RotationReport, int]":
    import asyncio  # noqa: PLC0415

    from storage.files import FileStore  # noqa: PLC0415
    from storage.rotation import HASHES_LIVE_ON, rotate  # noqa: PLC0415

    async with opened(settings) as store:
        with Bar("sealing anew", 1) as bar:
            report = await rotate(store, bar.show)
        files = FileStore(settings.files_dir, store.vault)
        report.files = await asyncio.to_thread(files.reseal)
    return report, HASHES_LIVE_ON.days


@db.command(
    epilog="Example: sportello db copy postgresql+asyncpg://sportello:password@127.0.0.1/sportello"
)
@click.argument("url", metavar="URL")
@click.pass_context
def copy(context: click.Context, url: str) -> None:
    """Copies the whole database to the empty one at URL, and verifies the copy.

    From SQLite to PostgreSQL, or back. Stop `sportello run` first. The target is migrated, and
    created where it is a file; a database on a server must exist. Everything is written in one
    transaction: a copy that is interrupted, or differs, leaves the target empty. Shows for each
    table how many rows both sides have, and a checksum of their values. Ends with 1 where something
    differs. Nothing in the source is changed, and the sealed files under DATA_DIR stay where they
    are.
    """
    from storage.copying import ProofFailedError  # noqa: PLC0415

    async def go(settings: "Settings") -> "list[TableProof]":
        return await _copy(settings, url)

    try:
        proofs = work(go)
    except ProofFailedError as error:
        _show(error.proofs)
        click.echo("Error: the sides differ; the target was left empty.", err=True)
        context.exit(REFUSED)
    _show(proofs)
    click.echo(
        "Both sides hold the same. Set DATABASE_URL to the new database before `sportello run` is"
        " started again; the sealed files stay in DATA_DIR, and are part of it."
    )


async def _copy(settings: "Settings", url: str) -> "list[TableProof]":
    from bot.settings import read_database_url  # noqa: PLC0415
    from storage.copying import copy_store  # noqa: PLC0415

    try:
        url = read_database_url(url)
    except ValueError as error:
        raise Refusal(f"URL: {error}") from None
    async with opened(settings) as source, _target(url, source.vault) as target:
        with Bar("copying", 1) as bar:
            return await copy_store(source, target, bar.show)


@asynccontextmanager
async def _target(url: str, vault: "Vault") -> "AsyncIterator[Store]":
    """Open the database at *url* after connecting to it.

    Raises:
        Refusal: it cannot be reached; the message leaves the URL's password out.
    """
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    from storage import schema  # noqa: PLC0415
    from storage.engine import open_store  # noqa: PLC0415

    # The password may also be among the query parameters.
    shown = make_url(url).set(query={}).render_as_string(hide_password=True)
    store = None
    try:
        store = open_store(url, vault)
        if not store.is_sqlite:
            await schema.current_revision(store.engine)
    except Exception as error:
        if store is not None:
            await store.close()
        if (reason := reason_for(error)) is None:
            raise
        raise Refusal(f"{shown}: {reason.replace('DATABASE_URL', 'the URL')}") from None
    try:
        yield store
    finally:
        await store.close()


def _show(proofs: "Sequence[TableProof]") -> None:
    width = max(len(proof.table) for proof in proofs)
    click.echo(f"{'table':<{width}}  {'source':>9}  {'target':>9}  checksum")
    for proof in proofs:
        source, target = proof.source, proof.target
        sums = source.checksum[:_SHOWN_OF_CHECKSUM]
        if not proof.agrees:
            sums += f"  {target.checksum[:_SHOWN_OF_CHECKSUM]}  differs"
        click.echo(f"{proof.table:<{width}}  {source.rows:>9}  {target.rows:>9}  {sums}")
