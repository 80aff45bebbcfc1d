"""What leaves: effects become calls to Telegram, once their transaction is committed."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

import structlog
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter

from bot.backoff import Patience, growing_pause
from bot.counter.pace import Pacer, Throttle
from bot.counter.staff_topics import StaffTopics, is_about_the_file, send_again
from bot.errors import Gone, Held, Unreachable
from bot.http import may_have_arrived
from bot.mail import MailError
from conversations.kit.services import Clock
from conversations.kit.unasked import Letter
from conversations.kit.views import (
    AnswerTap,
    Delete,
    Edit,
    Effect,
    Kept,
    KeptPicture,
    Made,
    Mail,
    OwnData,
    Reply,
    Say,
    SayMedia,
    SendFile,
    ShowThread,
    TellStaff,
    View,
    Written,
)
from storage.engine import Store, is_away
from storage.exchange import own_data
from storage.files import FileGoneError, OpenFile

__all__ = ["Files", "Held", "Pictures", "Post", "Sender", "Unreachable"]

log = structlog.get_logger()

T = TypeVar("T")

MOST_TRIES = 6
_MOST_TRIES_FOR_TAPS = 3
"""A spinner ends by itself, but the words that come with the answer may be all there is to say."""
_MOST_DOUBTS = 2
"""How often something unasked leaves at the most when nobody knows whether it arrived."""
_MAILS_AT_ONCE = 16
"""A connection each: mail servers have little patience with more from one place."""
_UPLOADS_AT_ONCE = 8
"""Each holds its file in memory, up to 50 MB and as much again while it is opened."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class DrawingError(Exception):
    """A picture or a file could not be made; the words with it can still be said."""


class Post(Protocol):
    """Sends e-mails."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hands a mail to the server, or raises ``MailError``."""
        ...


class Pictures(Protocol):
    """Draws pictures, and makes large files, in a process of its own."""

    def key(self, made: Made) -> str:
        """What the content is known by."""
        ...

    async def make(self, made: Made) -> bytes:
        """A picture as a PNG file, or whatever file it is."""
        ...


class Files(Protocol):
    """Keeps customers' files."""

    async def read(self, name: str) -> bytes:
        """The content of a file, or raises ``FileGoneError``."""
        ...

    def reading(self, name: str, /) -> AbstractAsyncContextManager[OpenFile]:
        """The file, opened for one way through it, or raises ``FileGoneError``."""
        ...


@dataclass(frozen=True, slots=True)
class _Unasked:
    """How something unasked is sent; see ``Sender.unasked``."""

    patient: bool
    repeatable: bool


_unasked: ContextVar[_Unasked | None] = ContextVar("unasked", default=None)


class Sender:
    """Carries out effects, in order, with Telegram's moods taken into account."""

    def __init__(
        self,
        bot: Bot,
        store: Store,
        clock: Clock,
        *,
        post: Post,
        pictures: Pictures,
        files: Files,
        zone: ZoneInfo,
        pacer: Pacer | None = None,
        protect_files: bool = False,
        mails_failed: Counter[str] | None = None,
    ) -> None:
        self._bot = bot
        self._protect_files = protect_files
        self._store = store
        self._clock = clock
        self._post = post
        self._pictures = pictures
        self._files = files
        self._zone = zone
        self.throttle = Throttle()
        self._group_throttle = Throttle()  # the staff's group
        self._groups_throttle = Throttle()  # all others
        self.pacer = pacer or Pacer()
        self._uploading: dict[str, asyncio.Lock] = {}
        self._patience = Patience()
        self._uploads = asyncio.Semaphore(_UPLOADS_AT_ONCE)
        self._mails = asyncio.Semaphore(_MAILS_AT_ONCE)
        self.mails_failed: Counter[str] = Counter() if mails_failed is None else mails_failed
        self._topics = StaffTopics(bot, store, clock, self._call_in_group)

    def stop(self) -> None:
        """Waits for Telegram and the mail server no longer: what is being sent is unreachable."""
        self._patience.end()

    @property
    def is_stopped(self) -> bool:
        return self._patience.is_over

    @contextmanager
    def unasked(self, *, patient: bool, repeatable: bool) -> Iterator[None]:
        """What is performed within is unasked: answers go first.

        Args:
            patient: whether it waits while Telegram wants silence; where not, ``Held`` is raised,
                so that it can be made anew of what is true then.
            repeatable: whether doing it many times does no harm. Where not, and nobody knows
                whether it arrived, it is tried once more, and no more than that.
        """
        before = _unasked.set(_Unasked(patient, repeatable))
        try:
            yield
        finally:
            _unasked.reset(before)

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """One call that is no message and for which nobody waits; tried once, or after a hold.

        Raises:
            BadRequest: Telegram refuses it as it is.
            Gone: it is not for this bot.
            Unreachable: it did not go through.
        """
        return await self._call(call, most_tries=1, is_message=False)

    async def perform(
        self, chat_id: int, effects: list[Effect], *, failures: list[Exception] | None = None
    ) -> bool:
        """Does what *effects* say, for one chat. A chat that is gone is marked, and that is all.

        Args:
            chat_id: the chat.
            effects: what to do there, in order.
            failures: takes what went wrong for good, and the rest is done all the same; where it
                is not given, the first such failure is raised, and the rest is not done.

        Returns:
            False where the chat is gone.

        Raises:
            Unreachable: Telegram could not be reached; doing it all again later is right.
        """
        taps = [each for each in effects if isinstance(each, AnswerTap)]
        # The spinner of a tap ends while the screen is being changed: one round trip less to wait.
        ending = [asyncio.create_task(self._end_spinner(tap)) for tap in taps]
        try:
            for effect in effects:
                if not isinstance(effect, AnswerTap | Delete):
                    with self._patience.waiting():
                        await self.pacer.room(chat_id)
                    self.pacer.note(chat_id, is_message=not isinstance(effect, Edit))
                try:
                    await self._do(chat_id, effect)
                except (Gone, Unreachable):
                    raise
                except Exception as failure:
                    if failures is None or is_away(failure):
                        raise
                    failures.append(failure)
        except Gone as gone:
            await self._mark_gone(chat_id, gone)
            return False
        finally:
            await asyncio.gather(*ending)
        return True

    async def post_letter(self, letter: Letter) -> None:
        """Hands an e-mail over that nobody waits for in a chat.

        Raises:
            MailError: the server did not take it.
            Unreachable: a stop cut it short.
        """
        with self._patience.waiting():
            await self._post.send(letter.to, letter.subject, letter.text)

    async def _do(self, chat_id: int, effect: Effect) -> None:
        match effect:
            case Say():
                message = await self._say(chat_id, effect.view)
                await self._note_receipt(chat_id, effect.receipt_of, message.message_id)
            case Edit():
                message_id = await self._edit(chat_id, effect)
                if message_id != effect.message_id:
                    await self._note_receipt(chat_id, effect.receipt_of, message_id)
            case Delete():
                await self._delete(chat_id, effect.message_id)
            case Mail():
                await self._mail(chat_id, effect)
            case SendFile():
                await self._send_file(chat_id, effect)
            case SayMedia():
                await self._say_media(chat_id, effect)
            case TellStaff() | ShowThread() | Reply():
                await self._topics.perform(chat_id, effect)
            case AnswerTap():
                pass  # under way already

    async def _end_spinner(self, tap: AnswerTap) -> None:
        try:
            await self._call(
                lambda: self._bot.answer_callback_query(
                    tap.query_id, text=tap.text or None, show_alert=tap.alert
                ),
                most_tries=_MOST_TRIES_FOR_TAPS,
                is_message=False,
            )
        except (BadRequest, Gone, Unreachable) as error:
            # Too old by now, or unreachable: the screen itself says what happened.
            log.info("tap_not_answered", reason=type(error).__name__)

    async def _say(self, chat_id: int, view: View) -> Message:
        markup = _markup(view)
        if view.picture is not None:
            return await self._say_picture(chat_id, view, view.picture)
        return await self._call_in(
            chat_id,
            lambda: self._bot.send_message(
                chat_id,
                view.text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
            ),
        )

    async def _say_picture(self, chat_id: int, view: View, picture: Made | KeptPicture) -> Message:
        async def send(photo: str | bytes) -> Message:
            return await self._call_in(
                chat_id,
                lambda: self._bot.send_photo(
                    chat_id,
                    photo,
                    caption=view.text,
                    parse_mode=ParseMode.HTML,
                    reply_markup=_markup(view),
                ),
            )

        try:
            return await self._with_photo(chat_id, picture, send)
        except DrawingError:
            return await self._say(chat_id, replace(view, picture=None))

    async def _with_photo(
        self,
        chat_id: int,
        picture: Made | KeptPicture,
        send: Callable[[str | bytes], Awaitable[Message]],
    ) -> Message:
        """Sends a picture: by the ``file_id`` that Telegram knows it by, or made and uploaded.

        Raises:
            BadRequest: Telegram does not want the message, whatever picture is in it.
            DrawingError: it could not be drawn, or is not there any more.
        """
        key = self._picture_key(picture)
        message = await self._with_known_photo(chat_id, key, send)
        if message is not None:
            return message
        # Whoever wants the same picture meanwhile waits for this one upload.
        async with self._uploading.setdefault(key, asyncio.Lock()):
            try:
                message = await self._with_known_photo(chat_id, key, send)
                if message is not None:
                    return message
                await self._show_action(chat_id, ChatAction.UPLOAD_PHOTO)
                message = await send(await self._picture_content(chat_id, picture))
                if message.photo:
                    await self._remember_file(key, message.photo[-1].file_id)
                return message
            finally:
                self._uploading.pop(key, None)

    async def _with_known_photo(
        self, chat_id: int, key: str, send: Callable[[str | bytes], Awaitable[Message]]
    ) -> Message | None:
        """Sends a picture that Telegram holds already; None where it does not."""
        known = await self._file_id(key)
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
        return self._pictures.key(picture)

    async def _picture_content(self, chat_id: int, picture: Made | KeptPicture) -> bytes:
        if isinstance(picture, Made):
            return await self._make(picture)
        try:
            return await self._files.read(picture.name)
        except FileGoneError as gone:
            log.error("file_missing", chat_id=chat_id, file=gone.name, reason=gone.reason)  # noqa: TRY400  # the reason is all there is to know
            raise DrawingError(picture.name) from gone

    async def _make(self, made: Made) -> bytes:
        try:
            with self._patience.waiting():
                return await self._pictures.make(made)
        except Unreachable:
            raise
        except Exception as error:
            # What goes wrong in the worker process must not cost the customer the answer.
            log.exception("not_made", what=made.what)
            raise DrawingError(made.what) from error

    async def _edit(self, chat_id: int, effect: Edit) -> int:
        view = effect.view
        if effect.over_picture and view.picture is None:
            return await self._replace(chat_id, effect)
        try:
            if view.picture is None:
                await self._edit_text(chat_id, effect)
            else:
                await self._edit_picture(chat_id, effect, view.picture)
        except DrawingError:
            return await self._replace(chat_id, replace(effect, view=replace(view, picture=None)))
        except BadRequest as error:
            return await self._edit_refused(chat_id, effect, error.message.lower())
        return effect.message_id

    async def _edit_refused(self, chat_id: int, effect: Edit, reason: str) -> int:
        if "message is not modified" in reason:
            return effect.message_id
        if not effect.or_say:
            log.info("not_edited", chat_id=chat_id, message_id=effect.message_id)
            return effect.message_id
        if "there is no text in the message" in reason:
            return await self._replace(chat_id, effect)
        return (await self._say(chat_id, effect.view)).message_id

    async def _edit_text(self, chat_id: int, effect: Edit) -> None:
        view = effect.view
        await self._call_in(
            chat_id,
            lambda: self._bot.edit_message_text(
                view.text,
                chat_id=chat_id,
                message_id=effect.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=_inline(view),
                link_preview_options=_NO_PREVIEW,
            ),
        )

    async def _edit_picture(self, chat_id: int, effect: Edit, picture: Made | KeptPicture) -> None:
        view = effect.view

        async def send(photo: str | bytes) -> Message:
            edited = await self._call_in(
                chat_id,
                lambda: self._bot.edit_message_media(
                    InputMediaPhoto(photo, caption=view.text, parse_mode=ParseMode.HTML),
                    chat_id=chat_id,
                    message_id=effect.message_id,
                    reply_markup=_inline(view),
                ),
            )
            if isinstance(edited, bool):  # only inline messages answer so, and this is none
                raise TypeError("an edited message was expected")
            return edited

        await self._with_photo(chat_id, picture, send)

    async def _replace(self, chat_id: int, effect: Edit) -> int:
        """A new message and the old one gone, where Telegram cannot turn one into the other."""
        message = await self._say(chat_id, effect.view)
        await self._delete(chat_id, effect.message_id)
        return message.message_id

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._call_in(
                chat_id, lambda: self._bot.delete_message(chat_id, message_id), is_message=False
            )
        except BadRequest as error:  # gone already, or too old
            log.info("not_deleted", chat_id=chat_id, reason=error.message)

    async def _mail(self, chat_id: int, mail: Mail) -> None:
        view = mail.sent
        try:
            with self._patience.waiting():
                async with self._mails:
                    await self._post.send(mail.to, mail.subject, mail.text)
        except MailError as error:
            self.mails_failed["address" if error.of_address else "server"] += 1
            log.warning("mail_failed", chat_id=chat_id, reason=str(error))
            view = (mail.refused if error.of_address else None) or mail.failed
            await self._note_lost(mail.code_id)
        if mail.message_id is None:
            await self._say(chat_id, view)
        else:
            await self._edit(chat_id, Edit(message_id=mail.message_id, view=view))

    async def _send_file(self, chat_id: int, effect: SendFile) -> None:
        """A document: by ``file_id`` where Telegram has it already, uploaded otherwise."""
        key = self._document_key(effect)
        known = await self._file_id(key) if key is not None else None
        if known is not None:
            try:
                await self._send_document(chat_id, effect, known)
            except BadRequest as error:
                if not is_about_the_file(error):
                    raise
                log.info("file_forgotten", chat_id=chat_id)  # it is uploaded again
            else:
                return
        async with self._uploads:
            message = await self._upload(chat_id, effect)
        if key is not None and message is not None and message.document is not None:
            await self._remember_file(key, message.document.file_id)

    async def _upload(self, chat_id: int, effect: SendFile) -> Message | None:
        """Reads or makes the file and sends it; where that fails, says so and gives None."""
        await self._show_action(chat_id, ChatAction.UPLOAD_DOCUMENT)  # a long file takes seconds
        try:
            if isinstance(effect.content, Kept):
                return await self._send_kept(chat_id, effect, effect.content.name)
            content = await self._content_of(chat_id, effect.content)
        except FileGoneError as gone:
            log.error("file_missing", chat_id=chat_id, file=gone.name, reason=gone.reason)  # noqa: TRY400  # the reason is all there is to know
            if isinstance(effect.content, Kept):
                await self._say(chat_id, effect.content.gone)
            return None
        except DrawingError:
            if effect.failed is not None:
                await self._say(chat_id, effect.failed)
            return None
        return await self._send_document(chat_id, effect, content)

    async def _send_kept(self, chat_id: int, effect: SendFile, name: str) -> Message:
        """A kept file, opened anew for each try: it is read while it is sent."""

        async def send() -> Message:
            async with self._files.reading(name) as file:
                handle = cast("BinaryIO", file)  # the library only hands it on
                upload = InputFile(handle, effect.name, read_file_handle=False)
                return await self._document(chat_id, effect, upload)

        return await self._call_in(chat_id, send)

    async def _send_document(
        self, chat_id: int, effect: SendFile, document: str | bytes
    ) -> Message:
        return await self._call_in(chat_id, lambda: self._document(chat_id, effect, document))

    async def _document(
        self, chat_id: int, effect: SendFile, document: str | bytes | InputFile
    ) -> Message:
        return await self._bot.send_document(
            chat_id,
            document,
            filename=effect.name,
            caption=effect.caption or None,
            parse_mode=ParseMode.HTML,
            # The company's papers only: what was made for the customer is for using elsewhere.
            protect_content=self._protect_files and isinstance(effect.content, Kept),
        )

    def _document_key(self, effect: SendFile) -> str | None:
        """What a document is known by that may be sent again; None for one made for once."""
        match effect.content:
            case Kept(content_hash=known_by):
                pass
            case Made() as made:
                known_by = self._pictures.key(made)
            case Written() | OwnData():
                return None
        # Telegram sends a file_id under the name of its first upload: the name is part of the key.
        return f"document:{hashlib.sha256(f'{known_by} {effect.name}'.encode()).hexdigest()}"

    async def _content_of(self, chat_id: int, content: Made | Written | OwnData | Kept) -> bytes:
        match content:
            case Kept(name=name):
                return await self._files.read(name)
            case Written(text=text):
                return text.encode()
            case OwnData(readme=readme):
                return await self._own_data(chat_id, readme)
            case Made() as made:
                return await self._make(made)

    async def _own_data(self, chat_id: int, readme: str) -> bytes:
        """The ZIP of what is kept: read beside all writers, and packed beside the event loop."""
        found = await own_data.gather_apart(
            self._store, chat_id, now=self._clock.now(), zone=self._zone
        )
        if found is None:  # forgotten meanwhile
            raise DrawingError("own_data")
        enclosed: dict[str, bytes] = {}
        for path, name in found.attachments.items():
            try:
                enclosed[path] = await self._files.read(name)
            except FileGoneError as gone:
                log.error("file_missing", chat_id=chat_id, file=name, reason=gone.reason)  # noqa: TRY400  # the reason is all there is to know
        return await asyncio.to_thread(own_data.pack, found, readme, enclosed)

    async def _say_media(self, chat_id: int, effect: SayMedia) -> None:
        """A photo or a file by ``file_id``; words instead where Telegram has forgotten it."""
        try:
            await self._call_in(
                chat_id,
                lambda: send_again(self._bot, chat_id, effect, reply_markup=_inline(effect.view)),
            )
        except BadRequest as error:
            if not is_about_the_file(error):
                raise
            log.info("media_forgotten", chat_id=chat_id)
            await self._say(chat_id, effect.failed)

    async def _show_action(self, chat_id: int, action: ChatAction) -> None:
        """What the chat shows while an upload is under way; no more than a courtesy."""
        try:
            await self.call(lambda: self._bot.send_chat_action(chat_id, action))
        except (BadRequest, Gone, Unreachable) as error:
            log.info("action_not_shown", chat_id=chat_id, reason=type(error).__name__)

    async def _file_id(self, key: str) -> str | None:
        async with self._store.reading() as unit:
            return await unit.telegram_files.known_by(key)

    async def _remember_file(self, key: str, file_id: str) -> None:
        async with self._store.unit() as unit:
            await unit.telegram_files.remember(key, file_id, now=self._clock.now())
            await unit.commit()

    async def _note_lost(self, code_id: int | None) -> None:
        if code_id is None:
            return
        async with self._store.unit() as unit:
            await unit.linking.mark_lost(code_id)
            await unit.commit()

    async def _note_receipt(self, chat_id: int, reading_id: int | None, message_id: int) -> None:
        if reading_id is None:
            return
        async with self._store.unit() as unit:
            await unit.readings.set_receipt(reading_id, chat_id, message_id)
            await unit.commit()

    async def _mark_gone(self, chat_id: int, gone: Gone) -> None:
        """Nothing unasked goes there until they come back; of who will not, every link ends."""
        log.info("chat_gone", chat_id=chat_id, for_good=gone.for_good)
        now = self._clock.now()
        async with self._store.unit() as unit:
            if gone.for_good:
                await unit.chats.mark_gone(chat_id, now=now)
                await unit.outbox.drop(chat_id)
            else:
                await unit.chats.mark_blocked(chat_id, now=now)
                await unit.outbox.hold(chat_id)
            await unit.commit()

    async def _call(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        most_tries: int = MOST_TRIES,
        is_message: bool = True,
    ) -> T:
        """One call, again after what passes.

        Raises:
            BadRequest: Telegram refuses it as it is.
            Gone: the chat takes nothing.
            Held: it is unasked, and Telegram wants silence.
            Unreachable: it did not go through.
        """
        with self._patience.waiting():
            return await self._call_patiently(
                call, self.throttle, most_tries, is_message=is_message
            )

    async def _call_in(
        self, chat_id: int, call: Callable[[], Awaitable[T]], *, is_message: bool = True
    ) -> T:
        """One call about a chat, as ``_call`` does it.

        In a group it is a courtesy: neither customers nor the staff wait while Telegram has had
        enough of groups, and nobody's turn does. It goes later, as if Telegram were out of reach.
        """
        if chat_id > 0:
            return await self._call(call, is_message=is_message)
        with self._patience.waiting():
            if self._groups_throttle.is_held:
                raise Unreachable
            return await self._call_patiently(
                call, self._groups_throttle, waits=False, is_message=is_message
            )

    async def _call_in_group(self, call: Callable[[], Awaitable[T]]) -> T:
        """One call about the staff's group, as ``_call`` does it.

        A group takes twenty messages a minute: when it has had them, customers need not wait.
        """
        with self._patience.waiting():
            await self._group_throttle.wait()
            return await self._call_patiently(call, self._group_throttle)

    async def _leave(self, *, is_message: bool, unasked: bool) -> None:
        """Returns when a call may leave; only messages stand in line after a hold."""
        if is_message:
            await self.throttle.turn(unasked=unasked)
        else:
            await self.throttle.wait()

    async def _call_patiently(
        self,
        call: Callable[[], Awaitable[T]],
        held: Throttle,
        most_tries: int = MOST_TRIES,
        *,
        waits: bool = True,
        is_message: bool = True,
    ) -> T:
        unasked = _unasked.get()
        hurries = unasked is not None and not unasked.patient and held is self.throttle
        once_more = is_message and unasked is not None and not unasked.repeatable
        tries = doubts = 0
        while True:
            if hurries and self.throttle.is_held:
                raise Held(doubts=doubts)
            await self._leave(is_message=is_message, unasked=unasked is not None)
            try:
                return await call()
            except RetryAfter as error:
                after = error.retry_after
                held.hold(after if isinstance(after, int) else after.total_seconds())
                if not waits:
                    raise Unreachable from None
                if held is not self.throttle:
                    await held.wait()
                continue
            except Forbidden as error:
                raise Gone(for_good="deactivated" in error.message.lower()) from None
            except (BadRequest, ChatMigrated):
                raise
            except NetworkError as error:
                tries += 1
                doubts += may_have_arrived(error)
                if tries >= most_tries or (once_more and doubts >= _MOST_DOUBTS):
                    raise Unreachable(doubts=doubts) from None
                pause = growing_pause(tries)
                log.warning("sending_paused", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)


def _inline(view: View) -> InlineKeyboardMarkup | None:
    if not view.rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    each.label,
                    callback_data=each.data,
                    url=each.url,
                    copy_text=CopyTextButton(each.copy) if each.copy else None,
                )
                for each in row
            ]
            for row in view.rows
        ]
    )


def _markup(view: View) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if view.menu and not view.rows:
        return ReplyKeyboardMarkup(
            [[KeyboardButton(label) for label in row] for row in view.menu],
            resize_keyboard=True,
            is_persistent=True,
        )
    return _inline(view)
