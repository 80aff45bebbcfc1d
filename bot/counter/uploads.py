"""Pictures and documents: sent by Telegram's ``file_id``, or uploaded once.

A call that hangs delays only its own chat: others that need the same picture wait for its upload
only briefly, and a slow upload gives up its place.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import structlog
from telegram import Message
from telegram.error import BadRequest

from bot.backoff import StoppableWaits
from bot.counter.staff_topics import is_about_the_file
from bot.errors import Unreachable
from conversations.kit.services import Clock
from conversations.kit.views import Kept, KeptPicture, Made, OwnData, SendFile, Written
from storage.engine import Store
from storage.files import FileGoneError, OpenFile

log = structlog.get_logger()

AT_ONCE = 8
"""How many uploads hold their file in memory: up to 50 MB each, and as much while unsealing."""
MOMENT_SECONDS = 10.0
"""How long to wait for another's upload, and how long an upload keeps its place, in seconds."""


class DrawingError(Exception):
    """A picture or a file could not be made; its text can still be sent."""


class Pictures(Protocol):
    """Makes pictures and large files in other processes."""

    def key(self, made: Made) -> str:
        """The key that identifies the content."""
        ...

    async def make(self, made: Made) -> bytes:
        """The picture as a PNG file, or another file."""
        ...


class Files(Protocol):
    """The store of customers' files."""

    async def read(self, name: str) -> bytes:
        """The content of a file, or raises ``FileGoneError``."""
        ...

    def reading(self, name: str, /) -> AbstractAsyncContextManager[OpenFile]:
        """The file, opened to be read once, or raises ``FileGoneError``."""
        ...


class Uploads:
    """Sends what Telegram already has by ``file_id``, and makes and uploads the rest.

    Args:
        store: where known ``file_id``s are stored.
        clock: the clock.
        waits: lets a stop cancel waits.
        pictures: makes pictures.
        files: the store of customers' files.
    """

    def __init__(
        self, store: Store, clock: Clock, waits: StoppableWaits, pictures: Pictures, files: Files
    ) -> None:
        self._store = store
        self._clock = clock
        self._waits = waits
        self.pictures = pictures
        self._files = files
        self._under_way: dict[str, asyncio.Lock] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def photo(
        self,
        chat_id: int,
        picture: Made | KeptPicture,
        send: Callable[[str | bytes], Awaitable[Message]],
        show_action: Callable[[], Awaitable[None]],
    ) -> Message:
        """Send a picture: by a known ``file_id``, or by making and uploading it.

        Raises:
            BadRequest: Telegram refuses the message, whichever picture is in it.
            DrawingError: it could not be made, or is missing.
        """
        key = self._picture_key(picture)
        message = await self._with_known(chat_id, key, send)
        if message is not None:
            return message
        async with self._one_upload_of(key):
            message = await self._with_known(chat_id, key, send)
            if message is not None:
                return message
            await show_action()
            message = await send(await self._picture_content(chat_id, picture))
            if message.photo:
                await self.remember(key, message.photo[-1].file_id)
            return message

    @asynccontextmanager
    async def _one_upload_of(self, key: str) -> AsyncIterator[None]:
        """Let others that need the same picture wait for this upload, but only briefly."""
        lock = self._under_way.setdefault(key, asyncio.Lock())
        is_mine = False
        try:
            async with asyncio.timeout(MOMENT_SECONDS):
                is_mine = await lock.acquire()
        except TimeoutError:
            log.info("upload_not_waited_for")
        try:
            yield
        finally:
            if is_mine:
                lock.release()
                self._under_way.pop(key, None)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for room for one more file in memory; a slow upload gives its room up."""
        await self._places.acquire()
        given_up = asyncio.get_running_loop().call_later(MOMENT_SECONDS, self._places.release)
        try:
            yield
        finally:
            if not given_up.cancelled() and given_up.when() > asyncio.get_running_loop().time():
                given_up.cancel()
                self._places.release()

    async def _with_known(
        self, chat_id: int, key: str, send: Callable[[str | bytes], Awaitable[Message]]
    ) -> Message | None:
        """Send a picture that Telegram already has; None if it has not."""
        known = await self.known(key)
        if known is None:
            return None
        try:
            return await send(known)
        except BadRequest as error:
            if not is_about_the_file(error):
                raise
            log.info("picture_forgotten", chat_id=chat_id)
        async with self._store.unit() as unit:
            await unit.telegram_files.forget(key, known)
            await unit.commit()
        return None

    def _picture_key(self, picture: Made | KeptPicture) -> str:
        if isinstance(picture, KeptPicture):
            return f"photo:{picture.content_hash}"
        return self.pictures.key(picture)

    async def _picture_content(self, chat_id: int, picture: Made | KeptPicture) -> bytes:
        if isinstance(picture, Made):
            return await self.make(picture)
        try:
            return await self._files.read(picture.name)
        except FileGoneError as gone:
            log.error("file_missing", chat_id=chat_id, file=gone.name, reason=gone.reason)  # noqa: TRY400  # the reason is all there is to know
            raise DrawingError(picture.name) from gone

    async def make(self, made: Made) -> bytes:
        """The content from the worker process.

        Raises:
            DrawingError: it failed, or took too long.
            Unreachable: the service is stopping.
        """
        try:
            with self._waits.waiting():
                return await self.pictures.make(made)
        except Unreachable:
            raise
        except Exception as error:
            # Whatever fails in the worker process, the customer still gets an answer.
            log.exception("not_made", what=made.what)
            raise DrawingError(made.what) from error

    def document_key(self, effect: SendFile) -> str | None:
        """The key of a document that may be sent again; None for one that is used once."""
        match effect.content:
            case Kept(content_hash=known_by):
                pass
            case Made() as made:
                known_by = self.pictures.key(made)
            case Written() | OwnData():
                return None
        # Telegram sends a file_id under the name of its first upload, so the name is in the key.
        return f"document:{hashlib.sha256(f'{known_by} {effect.name}'.encode()).hexdigest()}"

    async def known(self, key: str) -> str | None:
        """The ``file_id`` of a content; None if Telegram does not have it."""
        async with self._store.reading() as unit:
            return await unit.telegram_files.known_by(key)

    async def remember(self, key: str, file_id: str) -> None:
        """Store a ``file_id`` for the next time."""
        async with self._store.unit() as unit:
            await unit.telegram_files.remember(key, file_id, now=self._clock.now())
            await unit.commit()
