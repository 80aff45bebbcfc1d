import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import text

from bot.check import Finding, Level, examine
from bot.cli import main
from bot.demo.mailbox import Mailbox
from bot.local_telegram import LocalTelegram
from bot.settings import LinkVerification, Sender, Settings
from storage import engine, schema
from storage.engine import open_store
from storage.models import Customer
from storage.vault import Vault

TOKEN = "987654321:AAEsecrettokenthatnobodyshouldread12345"
KEY = Vault.new_key()


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(token=TOKEN, now=lambda: datetime.now(UTC)) as served:
        yield served


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with Mailbox() as opened:
        yield opened


@pytest.fixture
def complete(telegram: LocalTelegram, mailbox: Mailbox, tmp_path: Path) -> Settings:
    """Settings with which everything is in place, but for the database that is to be made."""
    return Settings(
        telegram_token=SecretStr(TOKEN),
        telegram_api_url=telegram.api_url,
        data_dir=tmp_path / "data",
        encryption_key=(SecretStr(KEY),),
        smtp_url=mailbox.smtp,
        mail_from=Sender("sportello@example.it"),
        company_vat="01234567897",
        company_contacts="800 123 456",
        emergency_gas="800 900 999",
        emergency_power="803 500",
        privacy_url="https://example.it/privacy",
    )


def but(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update=changes)


async def findings(settings: Settings) -> dict[str, Finding]:
    found = [finding async for finding in examine(settings)]
    for finding in found:
        assert TOKEN not in finding.words
        assert KEY not in finding.words
    return {finding.subject.partition(" ")[0]: finding for finding in found}


async def migrated(settings: Settings) -> None:
    settings.make_folders()
    store = open_store(settings.database_url, settings.vault())
    await schema.upgrade(store.engine)
    await store.close()


async def test_everything_in_place(complete: Settings) -> None:
    await migrated(complete)
    found = [finding async for finding in examine(complete)]
    assert {finding.level for finding in found} == {Level.FINE}
    words = "\n".join(f"{finding.subject}: {finding.words}" for finding in found)
    assert "settings: everything that running needs is set" in words
    newest = schema.newest_revision()
    assert f"reachable, writable, migrated to {newest}, opened by ENCRYPTION_KEY" in words
    assert "TELEGRAM_TOKEN is @sportello_bot's" in words
    assert "reachable, no login, as sportello@example.it" in words


async def test_telegram_is_looked_for_through_the_proxy(
    complete: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().splitlines()[0])
        me = {"id": 1, "is_bot": True, "first_name": "S", "username": "through_the_proxy_bot"}
        body = json.dumps({"ok": True, "result": me}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        found = await findings(but(complete, telegram_api_url="http://telegram.invalid"))
        assert "@through_the_proxy_bot" in found["Telegram"].words
        assert f"http://telegram.invalid/bot{TOKEN}/getMe" in asked[0]
        asked.clear()
        found = await findings(complete)  # Telegram's stand-in is on this machine
        assert "@sportello_bot" in found["Telegram"].words
        assert asked == []


async def test_looking_changes_nothing(complete: Settings, mailbox: Mailbox) -> None:
    found = await findings(complete)
    assert not complete.data_dir.exists()
    assert found["folder"].words.startswith("will be made in")
    assert found["database"].level is Level.WARNING
    assert mailbox.letters == []


async def test_what_is_missing_is_named_and_a_fresh_key_offered(tmp_path: Path) -> None:
    found = [finding async for finding in examine(Settings(data_dir=tmp_path))]
    failed = {finding.subject for finding in found if finding.level is Level.FAILED}
    assert {"TELEGRAM_TOKEN", "ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"} <= failed
    (offer,) = (finding for finding in found if "a fresh one: " in finding.words)
    Vault([offer.words.removeprefix("a fresh one: ")])


async def test_a_closed_trial_is_warned_of(complete: Settings) -> None:
    trial = but(complete, link_verification=LinkVerification.NONE, smtp_url=None, mail_from=None)
    found = await findings(trial)
    assert found["LINK_VERIFICATION"].level is Level.WARNING
    assert "closed trials only" in found["LINK_VERIFICATION"].words
    assert found["mail"].level is Level.WARNING


async def test_without_a_vat_number_the_tal_files_are_missed(complete: Settings) -> None:
    found = await findings(but(complete, company_vat=None))
    assert found["COMPANY_VAT"].level is Level.WARNING
    assert "TAL" in found["COMPANY_VAT"].words


async def test_a_wrong_token_is_told(complete: Settings, telegram: LocalTelegram) -> None:
    wrong = "987654321:AAEanothertokenthatisnotthisbot12345"
    found = await findings(but(complete, telegram_token=SecretStr(wrong)))
    assert found["Telegram"].level is Level.FAILED
    assert "refuses TELEGRAM_TOKEN" in found["Telegram"].words
    assert wrong not in found["Telegram"].words
    assert found["Telegram"].subject == f"Telegram {telegram.api_url}"


async def test_a_telegram_that_cannot_be_reached_is_told(complete: Settings) -> None:
    found = await findings(but(complete, telegram_api_url="http://127.0.0.1:1"))
    assert found["Telegram"].level is Level.FAILED
    assert found["Telegram"].words == "cannot be reached"


async def test_mail_that_is_down_is_told(complete: Settings) -> None:
    async with Mailbox() as closed:
        server = closed.smtp
    found = await findings(but(complete, smtp_url=server))
    assert found["mail"].level is Level.FAILED
    assert found["mail"].words == "the mail server cannot be reached"


async def test_a_database_that_is_behind_is_told(complete: Settings) -> None:
    await migrated(complete)
    store = open_store(complete.database_url, complete.vault())
    await schema.downgrade(store.engine)
    await store.close()
    found = await findings(complete)
    assert found["database"].level is Level.FAILED
    assert "run `sportello db upgrade`" in found["database"].words


async def test_a_database_that_only_claims_to_be_up_to_date_is_told(complete: Settings) -> None:
    await migrated(complete)
    store = open_store(complete.database_url, complete.vault())
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("DROP INDEX uq_chat_links_live")
    await store.close()
    found = await findings(complete)
    assert found["database"].level is Level.FAILED
    assert "by its own account, but its tables are not" in found["database"].words
    assert "uq_chat_links_live" in found["database"].words


async def test_a_key_of_another_database_is_told(complete: Settings) -> None:
    await migrated(complete)
    store = open_store(complete.database_url, Vault([Vault.new_key()]))
    async with store.unit() as unit:
        unit.session.add(Customer(code="028680", name="MARKED", address="MARKED"))
        await unit.commit()
    await store.close()
    found = await findings(complete)
    assert found["database"].level is Level.FAILED
    assert "ENCRYPTION_KEY does not open" in found["database"].words
    assert "MARKED" not in found["database"].words


async def test_a_database_away_is_told_without_its_password(complete: Settings) -> None:
    url = "postgresql+asyncpg://sportello:hunter2@127.0.0.1:1/sportello"
    found = [finding async for finding in examine(but(complete, database_url=url))]
    (database,) = (finding for finding in found if finding.subject.startswith("database"))
    assert database.level is Level.FAILED
    assert "cannot be reached" in database.words
    assert "hunter2" not in database.subject + database.words


@pytest.mark.both_databases
async def test_a_database_that_only_reads_is_told(
    complete: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = but(complete, database_url=database_url)
    settings.make_folders()
    store = open_store(database_url, settings.vault())
    if not store.is_sqlite:
        async with store.engine.begin() as connection:
            name = await connection.scalar(text("SELECT current_database()"))
            words = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
            await connection.execute(text(words))
    else:
        # Root may write everything, so that SQLite itself is told to write nothing.
        def only_reads(connection: Any, entry: Any) -> None:
            prepare(connection, entry)
            connection.execute("PRAGMA query_only = ON")

        prepare = engine._prepare_sqlite
        monkeypatch.setattr(engine, "_prepare_sqlite", only_reads)
    await store.close()
    found = await findings(settings)
    assert found["database"].level is Level.FAILED
    assert "cannot be written" in found["database"].words


async def test_folders_that_others_may_look_into_are_warned_of(complete: Settings) -> None:
    await migrated(complete)
    complete.exports_dir.chmod(0o755)
    found = [finding async for finding in examine(complete)]
    (warning,) = (finding for finding in found if finding.level is Level.WARNING)
    assert warning.subject == f"folder {complete.exports_dir}"
    assert "mode 755" in warning.words


async def test_a_folder_that_cannot_be_written_is_told(complete: Settings, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("")
    found = await findings(but(complete, data_dir=tmp_path / "letter" / "data"))
    assert found["folder"].level is Level.FAILED
    assert "Not a directory" in found["folder"].words


@pytest.mark.parametrize(
    ("group", "level", "words"),
    [
        ({"is_forum": True, "bot_is_admin": True}, Level.FINE, "which the bot may manage"),
        ({"is_forum": False, "bot_is_admin": True}, Level.FINE, "staff answer by replying"),
        ({"is_forum": True, "bot_is_admin": False}, Level.FAILED, "not an administrator"),
        ({"is_forum": False, "bot_is_admin": False}, Level.WARNING, "not an administrator"),
    ],
)
async def test_the_staff_s_group(
    complete: Settings, telegram: LocalTelegram, group: dict[str, bool], level: Level, words: str
) -> None:
    clerk = telegram.add_person("Carla")
    made = telegram.add_group("Ufficio", [clerk], **group)
    found = await findings(but(complete, staff_chat_id=made.id))
    assert found["STAFF_CHAT_ID"].level is level
    assert words in found["STAFF_CHAT_ID"].words


async def test_a_bot_that_may_do_much_but_not_manage_topics(
    complete: Settings, telegram: LocalTelegram
) -> None:
    made = telegram.add_group("Ufficio", [telegram.add_person("Carla")], is_forum=True)
    made.promote_bot(("can_delete_messages",))
    found = await findings(but(complete, staff_chat_id=made.id))
    assert found["STAFF_CHAT_ID"].level is Level.FAILED
    assert "may not manage topics" in found["STAFF_CHAT_ID"].words


@pytest.mark.parametrize(
    ("is_forum", "level", "words"),
    [
        (False, Level.WARNING, "staff answer by replying"),
        (True, Level.FAILED, "not an administrator"),
    ],
)
async def test_a_group_that_has_moved(
    complete: Settings, telegram: LocalTelegram, is_forum: bool, level: Level, words: str
) -> None:
    made = telegram.add_group("Ufficio", [telegram.add_person("Carla")], bot_is_admin=not is_forum)
    former = made.id
    made.migrate_to_supergroup(is_forum=is_forum)
    found = await findings(but(complete, staff_chat_id=former))
    assert found["STAFF_CHAT_ID"].level is level
    assert f"the group has become {made.id}: set that" in found["STAFF_CHAT_ID"].words
    assert words in found["STAFF_CHAT_ID"].words


async def test_somebody_s_private_chat_is_no_staff_s_group(
    complete: Settings, telegram: LocalTelegram
) -> None:
    carla = telegram.add_person("Carla", started=True)
    found = await findings(but(complete, staff_chat_id=carla.id))
    assert found["STAFF_CHAT_ID"].level is Level.FAILED
    assert "should be a group" in found["STAFF_CHAT_ID"].words


async def test_a_group_that_threw_the_bot_out(complete: Settings, telegram: LocalTelegram) -> None:
    made = telegram.add_group("Ufficio", [telegram.add_person("Carla")], bot_is_admin=True)
    made.kick_bot()
    found = await findings(but(complete, staff_chat_id=made.id))
    assert found["STAFF_CHAT_ID"].level is Level.FAILED
    assert "add it there" in found["STAFF_CHAT_ID"].words


async def test_a_group_that_the_bot_is_not_in(complete: Settings) -> None:
    found = await findings(but(complete, staff_chat_id=-1009999999999))
    assert found["STAFF_CHAT_ID"].level is Level.FAILED
    assert "no such group" in found["STAFF_CHAT_ID"].words


def test_the_command_ends_with_one_where_something_fails(bare: Path) -> None:
    (bare / ".env").write_text("TELEGRAM_TOKNE=1\n")
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert (
        lines[0] == "warning  TELEGRAM_TOKNE: stands in .env and is no setting; a typing mistake?"
    )
    assert any(line.startswith("failed   TELEGRAM_TOKEN: is missing") for line in lines)


@pytest.mark.usefixtures("bare")
def test_the_command_names_settings_of_a_wrong_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMEZONE", "Mars/Olympus")
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 1
    assert "failed   TIMEZONE: expected a time zone by its name" in result.stdout


@pytest.mark.parametrize("name", ["emergency_gas", "emergency_power"])
async def test_a_missing_emergency_number_is_warned_of(complete: Settings, name: str) -> None:
    found = await findings(but(complete, **{name: None}))
    assert found[name.upper()].level is Level.WARNING
