"""Carries out effects in one chat: messages, edits, files, mails."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar, cast

import structlog
from telegram import (
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
from telegram.error import BadRequest

from bot.counter.pace import ONCE, Manner
from bot.counter.staff_topics import StaffTopics, is_about_the_file, send_again
from bot.counter.uploads import DrawingError, Files, Pictures
from bot.errors import Gone, Unreachable
from bot.mail import MailError
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
from storage.exchange import own_data
from storage.files import FileGoneError

if TYPE_CHECKING:
    from bot.counter.sending import Sender

__all__ = ["EffectRunner", "Files", "Notes", "Pictures", "Post"]

log = structlog.get_logger()

T = TypeVar("T")

_TAP = Manner(most_tries=3)
"""A spinner stops by itself, but the text of the answer may be the only response."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Post(Protocol):
    """Sends e-mails."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail to the server, or raise ``MailError``."""
        ...


class Notes(Protocol):
    """Collects what must be stored about sent messages, together with their mark."""

    def receipt(self, reading_id: int, chat_id: int, message_id: int) -> None:
        """Add the message that shows the state of a reading."""
        ...


class EffectRunner:
    """Carries out effects in one chat.

    Args:
        sender: has the bot and everything else that is needed.
        chat_id: the chat.
        manner: how calls are made.
        notes: collects what must be stored; without it, that is stored at once.
    """

    def __init__(
        self, sender: "Sender", chat_id: int, manner: Manner, notes: Notes | None = None
    ) -> None:
        self._sender = sender
        self._bot = sender.bot
        self._uploads = sender.uploads
        self._chat_id = chat_id
        self._manner = manner
        self._notes = notes
        self._topics = StaffTopics(sender.bot, sender.store, sender.clock, self._call, manner)

    async def run(self, effect: Effect) -> None:
        """Carry out one effect; the answer to a tap is being sent already."""
        match effect:
            case Say():
                message = await self._say(effect.view)
                await self._note_receipt(effect.receipt_of, message.message_id)
            case Edit():
                message_id = await self._edit(effect)
                if message_id != effect.message_id:
                    await self._note_receipt(effect.receipt_of, message_id)
            case Delete():
                await self._delete(effect.message_id)
            case Mail():
                await self._mail(effect)
            case SendFile():
                await self._send_file(effect)
            case SayMedia():
                await self._say_media(effect)
            case TellStaff() | ShowThread() | Reply():
                await self._topics.perform(self._chat_id, effect)
            case AnswerTap():
                pass

    async def end_spinner(self, tap: AnswerTap) -> None:
        """Answer a tap; ignore that it may be too old."""
        manner = replace(_TAP, priority=self._manner.priority)
        try:
            await self._sender.call(
                lambda: self._bot.answer_callback_query(
                    tap.query_id,
                    text=tap.text or None,
                    show_alert=tap.alert,
                    rate_limit_args=manner,
                ),
                manner,
            )
        except (BadRequest, Gone, Unreachable) as error:
            # Too old, or unreachable: the screen itself shows the result.
            log.info("tap_not_answered", reason=type(error).__name__)

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self._sender.call(call, self._manner)

    async def _say(self, view: View) -> Message:
        if view.picture is not None:
            return await self._say_picture(view, view.picture)
        markup = _markup(view)
        return await self._call(
            lambda: self._bot.send_message(
                self._chat_id,
                view.text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=self._manner,
            )
        )

    async def _say_picture(self, view: View, picture: Made | KeptPicture) -> Message:
        async def send(photo: str | bytes) -> Message:
            return await self._call(
                lambda: self._bot.send_photo(
                    self._chat_id,
                    photo,
                    caption=view.text,
                    parse_mode=ParseMode.HTML,
                    reply_markup=_markup(view),
                    rate_limit_args=self._manner,
                )
            )

        try:
            return await self._uploads.photo(self._chat_id, picture, send, self._show_photo_coming)
        except DrawingError:
            return await self._say(replace(view, picture=None))

    async def _edit(self, effect: Edit) -> int:
        view = effect.view
        if effect.over_picture and view.picture is None:
            return await self._replace(effect)
        try:
            if view.picture is None:
                await self._edit_text(effect)
            else:
                await self._edit_picture(effect, view.picture)
        except DrawingError:
            return await self._replace(replace(effect, view=replace(view, picture=None)))
        except BadRequest as error:
            return await self._edit_refused(effect, error.message.lower())
        return effect.message_id

    async def _edit_refused(self, effect: Edit, reason: str) -> int:
        if "message is not modified" in reason:
            return effect.message_id
        if not effect.or_say:
            log.info("not_edited", chat_id=self._chat_id, message_id=effect.message_id)
            return effect.message_id
        if "there is no text in the message" in reason:
            return await self._replace(effect)
        return (await self._say(effect.view)).message_id

    async def _edit_text(self, effect: Edit) -> None:
        view = effect.view
        await self._call(
            lambda: self._bot.edit_message_text(
                view.text,
                chat_id=self._chat_id,
                message_id=effect.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=_inline(view),
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=self._manner,
            )
        )

    async def _edit_picture(self, effect: Edit, picture: Made | KeptPicture) -> None:
        view = effect.view

        async def send(photo: str | bytes) -> Message:
            edited = await self._call(
                lambda: self._bot.edit_message_media(
                    InputMediaPhoto(photo, caption=view.text, parse_mode=ParseMode.HTML),
                    chat_id=self._chat_id,
                    message_id=effect.message_id,
                    reply_markup=_inline(view),
                    rate_limit_args=self._manner,
                )
            )
            if isinstance(edited, bool):  # only for inline messages, which are not used
                raise TypeError("an edited message was expected")
            return edited

        await self._uploads.photo(self._chat_id, picture, send, self._show_photo_coming)

    async def _replace(self, effect: Edit) -> int:
        """Send a new message and delete the old one, as Telegram cannot change its kind."""
        message = await self._say(effect.view)
        await self._delete(effect.message_id)
        return message.message_id

    async def _delete(self, message_id: int) -> None:
        try:
            await self._call(
                lambda: self._bot.delete_message(
                    self._chat_id, message_id, rate_limit_args=self._manner
                )
            )
        except BadRequest as error:  # deleted already, or too old
            log.info("not_deleted", chat_id=self._chat_id, reason=error.message)

    async def _mail(self, mail: Mail) -> None:
        view = mail.sent
        try:
            with self._sender.waits.waiting():
                async with self._sender.mails:
                    await self._sender.post.send(mail.to, mail.subject, mail.text)
        except MailError as error:
            self._sender.mails_failed["address" if error.of_address else "server"] += 1
            log.warning("mail_failed", chat_id=self._chat_id, reason=str(error))
            view = (mail.refused if error.of_address else None) or mail.failed
            await self._note_lost(mail.code_id)
        if mail.message_id is None:
            await self._say(view)
        else:
            await self._edit(Edit(message_id=mail.message_id, view=view))

    async def _send_file(self, effect: SendFile) -> None:
        """Send a document: by ``file_id`` if Telegram has it, else by an upload."""
        key = self._uploads.document_key(effect)
        known = await self._uploads.known(key) if key is not None else None
        if known is not None:
            try:
                await self._send_document(effect, known)
            except BadRequest as error:
                if not is_about_the_file(error):
                    raise
                log.info("file_forgotten", chat_id=self._chat_id)  # it is uploaded again
            else:
                return
        async with self._uploads.place():
            message = await self._upload(effect)
        if key is not None and message is not None and message.document is not None:
            await self._uploads.remember(key, message.document.file_id)

    async def _upload(self, effect: SendFile) -> Message | None:
        """Read or make the file and send it; if that fails, say so and return None."""
        await self._show_action(ChatAction.UPLOAD_DOCUMENT)  # a long file takes seconds
        try:
            if isinstance(effect.content, Kept):
                return await self._send_kept(effect, effect.content.name)
            content = await self._content_of(effect.content)
        except FileGoneError as gone:
            self._note_missing(gone)
            if isinstance(effect.content, Kept):
                await self._say(effect.content.gone)
            return None
        except DrawingError:
            if effect.failed is not None:
                await self._say(effect.failed)
            return None
        return await self._send_document(effect, content)

    async def _send_kept(self, effect: SendFile, name: str) -> Message:
        """Send a stored file, opened again for each attempt, as it is read while sending."""

        async def send() -> Message:
            async with self._sender.files.reading(name) as file:
                handle = cast("BinaryIO", file)  # the library only passes it on
                upload = InputFile(handle, effect.name, read_file_handle=False)
                return await self._document(effect, upload)

        return await self._call(send)

    async def _send_document(self, effect: SendFile, document: str | bytes) -> Message:
        return await self._call(lambda: self._document(effect, document))

    async def _document(self, effect: SendFile, document: str | bytes | InputFile) -> Message:
        return await self._bot.send_document(
            self._chat_id,
            document,
            filename=effect.name,
            caption=effect.caption or None,
            parse_mode=ParseMode.HTML,
            # Protects only the company's documents: the customer's own data is for any use.
            protect_content=self._sender.protect_files and isinstance(effect.content, Kept),
            rate_limit_args=self._manner,
        )

    async def _content_of(self, content: Made | Written | OwnData | Kept) -> bytes:
        match content:
            case Kept(name=name):
                return await self._sender.files.read(name)
            case Written(text=text):
                return text.encode()
            case OwnData(readme=readme):
                return await self._own_data(readme)
            case Made() as made:
                return await self._uploads.make(made)

    async def _own_data(self, readme: str) -> bytes:
        """Make the ZIP of the chat's data, off the event loop and without blocking writers."""
        sender = self._sender
        found = await own_data.gather_apart(
            sender.store, self._chat_id, now=sender.clock.now(), zone=sender.zone
        )
        if found is None:  # the chat has been forgotten
            raise DrawingError("own_data")
        enclosed: dict[str, bytes] = {}
        for path, name in found.attachments.items():
            try:
                enclosed[path] = await sender.files.read(name)
            except FileGoneError as gone:
                self._note_missing(gone)
        return await asyncio.to_thread(own_data.pack, found, readme, enclosed)

    def _note_missing(self, gone: FileGoneError) -> None:
        log.error("file_missing", chat_id=self._chat_id, file=gone.name, reason=gone.reason)

    async def _say_media(self, effect: SayMedia) -> None:
        """Send a photo or file by ``file_id``; a text instead if Telegram no longer has it."""
        try:
            await self._call(
                lambda: send_again(
                    self._bot,
                    self._chat_id,
                    effect,
                    self._manner,
                    reply_markup=_inline(effect.view),
                )
            )
        except BadRequest as error:
            if not is_about_the_file(error):
                raise
            log.info("media_forgotten", chat_id=self._chat_id)
            await self._say(effect.failed)

    async def _show_photo_coming(self) -> None:
        await self._show_action(ChatAction.UPLOAD_PHOTO)

    async def _show_action(self, action: ChatAction) -> None:
        """Show the upload's progress in the chat; errors are ignored."""
        try:
            await self._sender.fetch(
                lambda: self._bot.send_chat_action(self._chat_id, action, rate_limit_args=ONCE)
            )
        except (BadRequest, Gone, Unreachable) as error:
            log.info("action_not_shown", chat_id=self._chat_id, reason=type(error).__name__)

    async def _note_lost(self, code_id: int | None) -> None:
        if code_id is None:
            return
        async with self._sender.store.unit() as unit:
            await unit.linking.mark_lost(code_id)
            await unit.commit()

    async def _note_receipt(self, reading_id: int | None, message_id: int) -> None:
        if reading_id is None:
            return
        if self._notes is not None:
            self._notes.receipt(reading_id, self._chat_id, message_id)
            return
        async with self._sender.store.unit() as unit:
            await unit.readings.set_receipt(reading_id, self._chat_id, message_id)
            await unit.commit()


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


def _markup(view: View) -> Any:
    if view.menu and not view.rows:
        return ReplyKeyboardMarkup(
            [[KeyboardButton(label) for label in row] for row in view.menu],
            resize_keyboard=True,
            is_persistent=True,
        )
    return _inline(view)
