"""Fetches the photos and files of tickets into the file store, because Telegram forgets them.

Customers and staff get each other's files at once, by Telegram's ``file_id``. The stored ones are
for the operator's commands, and for the time when Telegram no longer has them.
"""

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.counter.sending import Sender
from bot.errors import Gone, Unreachable
from bot.jobs.job import ServiceJob
from storage.engine import Store
from storage.files import FileRefusedError, FileStore
from storage.models import TicketFile

log = structlog.get_logger()

_BATCH = 20


class AttachmentsJob(ServiceJob[int]):
    """Downloads photos and files of tickets into the file store, sealed.

    Args:
        store: where the list of files to fetch is.
        bot: downloads them.
        sender: knows when Telegram requests a pause.
        files: the file store.
    """

    __name__ = "attachments"

    def __init__(self, store: Store, bot: Bot, sender: Sender, files: FileStore) -> None:
        super().__init__()
        self._store = store
        self._bot = bot
        self._sender = sender
        self._files = files
        self._put_off: set[int] = set()

    async def _run(self) -> int:
        """Fetch some of the missing files; return how many were dealt with.

        Files that Telegram does not deliver now are left to another run.

        Raises:
            OSError: the disk cannot be written.
        """
        async with self._store.reading() as unit:
            missing = await unit.tickets.files_to_fetch(limit=_BATCH, besides=self._put_off)
        if not missing:
            self._put_off.clear()  # these are tried again after all others
        done = 0
        for file in missing:
            try:
                room_name = await self._fetch(file)
            except (Gone, Unreachable) as error:
                log.warning("attachment_put_off", ticket_file_id=file.id, reason=_name(error))
                self._put_off.add(file.id)
                continue
            async with self._store.unit() as unit:
                await unit.tickets.note_fetched(file.id, room_name)
                await unit.commit()
            done += 1
        return done

    async def _fetch(self, file: TicketFile) -> str | None:
        """The name of a file in the file store; None if nobody can have it."""
        try:
            # No transaction is open while Telegram answers.
            telegram_file = await self._sender.fetch(lambda: self._bot.get_file(file.file_id))
            content = bytes(await self._sender.fetch(telegram_file.download_as_bytearray))
            return (await self._files.put(content)).name
        except BadRequest as error:
            log.warning("attachment_lost", ticket_file_id=file.id, reason=error.message)
        except FileRefusedError as error:
            log.warning("attachment_lost", ticket_file_id=file.id, reason=str(error))
        except TelegramError as error:  # a path that Telegram no longer serves
            log.warning("attachment_lost", ticket_file_id=file.id, reason=_name(error))
        return None


def _name(error: Exception) -> str:
    return type(error).__name__
