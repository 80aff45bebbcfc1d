"""``sportello check``: tests settings, folders, database, mail and Telegram, changing nothing."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.constants import ChatType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.errors import is_missing_file, reason_for
from bot.http import AiohttpRequest
from bot.mail import Mailer, MailError
from bot.settings import (
    TELEGRAM_API_URL,
    LinkVerification,
    Settings,
    SettingsError,
)
from storage import schema
from storage.engine import DatabaseFileError, Store, open_store
from storage.vault import SealedDataError, Vault


class Level(Enum):
    """How serious a finding is: fine, a warning, or in the way of ``sportello run``."""

    FINE = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was tested, how serious it is, and what was found."""

    subject: str
    level: Level
    words: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Test everything that ``sportello run`` needs, one finding after the other.

    Nothing is changed, nothing is sent to customers or staff, and no secret is shown.
    """
    for finding in _look_at_settings(settings):
        yield finding
    for finding in _look_at_folders(settings):
        yield finding
    for look in (_look_at_database, _look_at_mail, _look_at_telegram):
        async for finding in look(settings):
            yield finding


def _fine(subject: str, words: str) -> Finding:
    return Finding(subject, Level.FINE, words)


def _warning(subject: str, words: str) -> Finding:
    return Finding(subject, Level.WARNING, words)


def _failed(subject: str, words: str) -> Finding:
    return Finding(subject, Level.FAILED, words)


def _look_at_settings(settings: Settings) -> list[Finding]:
    found = [_failed(problem.variable, problem.expected) for problem in settings.missing_to_run()]
    if not settings.encryption_key:
        # Offered ready to use, because people would invent a weak key.
        found.append(_warning("ENCRYPTION_KEY", f"a fresh one: {Vault.new_key()}"))
    if settings.link_verification is LinkVerification.NONE:
        found.append(
            _warning(
                "LINK_VERIFICATION",
                "none: whoever holds an invoice can link that customer; for closed trials only",
            )
        )
    if settings.company_vat is None:
        found.append(
            _warning("COMPANY_VAT", "not set: no TAL files for the distributors, the CSV alone")
        )
    if not settings.company_contacts:
        found.append(
            _warning("COMPANY_CONTACTS", "not set: customers cannot be told how else to reach you")
        )
    if settings.emergency_gas is None:
        found.append(
            _warning(
                "EMERGENCY_GAS", "not set: who smells gas is not told the distributor's number"
            )
        )
    if settings.emergency_power is None:
        found.append(
            _warning("EMERGENCY_POWER", "not set: who is without power is not told whom to call")
        )
    if settings.privacy_url is None:
        found.append(_warning("PRIVACY_URL", "not set: /privacy has no full notice to point to"))
    if not any(finding.level is Level.FAILED for finding in found):
        found.insert(0, _fine("settings", "everything that running needs is set"))
    return found


def _look_at_folders(settings: Settings) -> list[Finding]:
    return [
        _look_at_folder(folder)
        for folder in (settings.data_dir, settings.exports_dir, settings.files_dir)
    ]


def _look_at_folder(folder: Path) -> Finding:
    subject = f"folder {folder}"
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        # Permissions are not enough: a file system may be full or mounted read-only.
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return _failed(subject, f"cannot be written: {error.strerror}")
    if existing != folder:
        return _fine(subject, f"will be made in {existing.resolve()}")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IRWXO:
        return _warning(
            subject,
            f"writable, but others on this machine get in (mode {mode:o}): chmod o= {folder}",
        )
    return _fine(subject, "writable")


async def _look_at_database(settings: Settings) -> AsyncIterator[Finding]:
    url = make_url(settings.database_url)
    subject = f"database {url.render_as_string(hide_password=True)}"
    if not settings.encryption_key:
        yield _failed(subject, "not looked at, for want of ENCRYPTION_KEY")
        return
    if is_missing_file(url):
        yield _warning(subject, "not there yet; `sportello run` or `sportello db upgrade` makes it")
        return
    try:
        store = open_store(settings.database_url, settings.vault())
    except (DatabaseFileError, SettingsError) as error:
        yield _failed(subject, str(error))
        return
    try:
        async for finding in _look_into(store, subject, settings):
            yield finding
    except (SQLAlchemyError, sqlite3.Error, OSError, SealedDataError, DatabaseFileError) as error:
        yield _failed(subject, reason_for(error) or f"cannot be used ({type(error).__name__})")
    finally:
        await store.close()


async def _look_into(store: Store, subject: str, settings: Settings) -> AsyncIterator[Finding]:
    await store.check_whole()
    if wrong := await schema.what_is_wrong(store.engine):
        yield _failed(subject, f"is {wrong}")
        return
    await store.check_key()
    await store.check_writable()
    yield _fine(
        subject,
        f"reachable, writable, migrated to {schema.newest_revision()}, opened by ENCRYPTION_KEY",
    )
    if settings.link_verification is LinkVerification.NONE:
        return
    async with store.reading() as unit:
        trials = await unit.chats.count_trials()
    if trials:
        yield _warning(
            "linked chats",
            f"{trials} linked without a code, in a trial: they may only look until they give one",
        )


async def _look_at_mail(settings: Settings) -> AsyncIterator[Finding]:
    if settings.smtp_url is None or settings.mail_from is None:
        if settings.link_verification is LinkVerification.NONE:
            yield _warning("mail", "not set up; nothing needs it while LINK_VERIFICATION is none")
        return
    server = settings.smtp_url
    subject = f"mail {server.security.value}://{server.host}:{server.port}"
    try:
        await Mailer(server, settings.mail_from).check()
    except MailError as error:
        yield _failed(subject, str(error))
        return
    login = "logged in" if server.user else "no login"
    yield _fine(subject, f"reachable, {login}, as {settings.mail_from.address}")


async def _look_at_telegram(settings: Settings) -> AsyncIterator[Finding]:
    if settings.telegram_token is None:
        return
    where = "" if settings.telegram_api_url == TELEGRAM_API_URL else f" {settings.telegram_api_url}"
    subject = f"Telegram{where}"
    bot = Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        # Connects as `sportello run` does, so that the result applies to it.
        request=AiohttpRequest(settings.telegram_api_url),
        get_updates_request=AiohttpRequest(settings.telegram_api_url, connections=1),
    )
    try:
        async with bot:
            yield _fine(subject, f"TELEGRAM_TOKEN is @{bot.username}'s")
            if settings.staff_chat_id is not None:
                number = settings.staff_chat_id
                yield await _asked("STAFF_CHAT_ID", lambda: _look_at_staff(bot, number))
    except InvalidToken:
        yield _failed(subject, "refuses TELEGRAM_TOKEN; @BotFather knows the right one")
    except NetworkError:
        yield _failed(subject, "cannot be reached")
    except TelegramError as error:
        yield _failed(subject, f"did not answer as expected ({type(error).__name__})")


async def _asked(subject: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await look()
    except (BadRequest, Forbidden):
        return _failed(subject, "no such group, or the bot is not in it: add it there")
    except TelegramError as error:
        return _failed(subject, f"could not be looked at ({type(error).__name__})")


async def _look_at_staff(bot: Bot, number: int) -> Finding:
    try:
        return await _look_at_group(bot, number)
    except ChatMigrated as moved:
        # `sportello run` follows it; an empty database would not know.
        found = await _look_at_group(bot, moved.new_chat_id)
        level = found.level if found.level is Level.FAILED else Level.WARNING
        now = f"the group has become {moved.new_chat_id}: set that"
        return Finding(found.subject, level, f"{now}; {found.words}")


async def _look_at_group(bot: Bot, number: int) -> Finding:
    """Whether a group can be used for tickets.

    In a forum the bot opens topics and reads messages that are not addressed to it, for which it
    must be an administrator. In a plain group it reads replies to its messages, like any member.
    """
    subject = "STAFF_CHAT_ID"
    chat = await bot.get_chat(number)
    if chat.type not in {ChatType.GROUP, ChatType.SUPERGROUP}:
        return _failed(subject, f"is a {chat.type} and should be a group")
    member = await bot.get_chat_member(number, bot.id)
    return _in_forum(subject, member) if chat.is_forum else _in_plain_group(subject, member)


def _in_forum(subject: str, member: ChatMember) -> Finding:
    if not isinstance(member, ChatMemberAdministrator):
        return _failed(subject, "the bot is not an administrator of the group: make it one")
    if not member.can_manage_topics:
        return _failed(subject, "the bot may not manage topics in the group: allow it to")
    return _fine(subject, "a group with topics, which the bot may manage")


def _in_plain_group(subject: str, member: ChatMember) -> Finding:
    if isinstance(member, ChatMemberRestricted) and not member.can_send_messages:
        return _failed(subject, "the bot may not write in the group: allow it to")
    if not isinstance(member, ChatMemberAdministrator):
        return _warning(
            subject,
            "a group without topics, where the bot is not an administrator: it hears replies to its"
            " messages, which is enough; once the group gets topics it must be one",
        )
    return _fine(subject, "a group without topics: staff answer by replying")
