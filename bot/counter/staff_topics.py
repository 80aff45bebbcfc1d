"""The staff's group: each ticket has a thread there, and the bot's posts are recorded.

In a forum the thread is a topic. In a plain group it is a thread of replies to the first message
about the ticket. A thread that is gone, with its topic or because the group has a new id, is
created again.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog
from telegram import ForumTopic, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram import ReplyParameters as Answering
from telegram.constants import ForumTopicLimit, ParseMode
from telegram.error import BadRequest, ChatMigrated
from telegram.ext import ExtBot

from bot.counter.pace import Manner
from bot.errors import Gone
from conversations.kit.services import Clock
from conversations.kit.views import Reply, Say, SayMedia, ShowThread, TellStaff
from storage.engine import Store
from storage.models import Ticket

log = structlog.get_logger()

T = TypeVar("T")

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_LONGEST_TITLE = int(ForumTopicLimit.MAX_NAME_LENGTH)


class Call(Protocol):
    """Makes one call to Telegram, and repeats it after passing errors."""

    async def __call__(self, call: Callable[[], Awaitable[T]], /) -> T:
        """The call's result, or ``BadRequest``, ``ChatMigrated``, ``Gone``, ``Unreachable``."""
        ...


class StaffTopics:
    """Posts into the threads of tickets, and records its posts.

    Args:
        bot: the bot.
        store: where threads and posts are stored.
        clock: the clock.
        call: makes calls.
        manner: how the limiter treats them.
    """

    def __init__(
        self, bot: ExtBot[Any], store: Store, clock: Clock, call: Call, manner: Manner
    ) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self._call = call
        self._manner = manner

    async def perform(self, group_id: int, effect: TellStaff | ShowThread | Reply) -> None:
        """Carry out an effect in the group with that id.

        Raises:
            Unreachable: it did not succeed; it should be tried again later.
            Gone: the bot is not in the group; what it should post must wait.
        """
        match effect:
            case TellStaff():
                await self._tell(group_id, effect)
            case ShowThread():
                await self._show(group_id, effect)
            case Reply():
                await self._reply(group_id, effect)

    async def _tell(self, group_id: int, effect: TellStaff) -> None:
        """Post into a ticket's thread, which is created if there is none."""
        try:
            where = await self._thread(group_id, effect)
            try:
                await self._post(group_id, effect, effect.content, where)
            except BadRequest as error:
                if not where or not _is_about_the_thread(error):
                    raise
                await self._forget(effect.ticket_id, group_id)
                await self._begin_again(group_id, effect)
        except ChatMigrated as moved:
            await self._follow(group_id, moved.new_chat_id)
        except (Gone, BadRequest) as error:
            if isinstance(error, BadRequest) and not _is_about_the_group(error):
                raise
            # Nothing is lost: it is posted once the bot is added, and the command shows it too.
            log.error("staff_group_closed_to_bot", reason=_reason(error))  # noqa: TRY400
            raise Gone(for_good=False) from None

    async def _begin_again(self, group_id: int, effect: TellStaff) -> None:
        """Create a thread instead of one that the staff deleted, with an introduction."""
        where = await self._thread(group_id, effect)
        if effect.opening is not None:
            await self._post(group_id, effect, Say(effect.opening), where)
            where = await self._thread(group_id, effect)
        await self._post(group_id, effect, effect.content, where)

    async def _post(
        self, group_id: int, effect: TellStaff, content: Say | SayMedia, where: dict[str, Any]
    ) -> None:
        """Post, and record the post; without *where* it begins a thread."""
        message = await self._send(group_id, content, where)
        async with self._store.unit() as unit:
            if not where:
                await unit.tickets.set_thread(
                    effect.ticket_id, group_id, message.message_id, is_topic=False
                )
            await unit.tickets.note_post(effect.ticket_id, group_id, message.message_id)
            await unit.commit()

    async def _show(self, group_id: int, effect: ShowThread) -> None:
        """Post a ticket's new state in its thread, and close or reopen its topic."""
        ticket = await self._ticket(effect.ticket_id)
        if ticket is None or ticket.thread_chat_id != group_id or ticket.thread_id is None:
            return
        topic = ticket.thread_id
        try:
            await self._send(group_id, Say(effect.view), _where(ticket))
            if ticket.thread_is_topic and effect.is_open:
                await self._call(
                    lambda: self._bot.reopen_forum_topic(
                        group_id, topic, rate_limit_args=self._manner
                    )
                )
            elif ticket.thread_is_topic:
                await self._call(
                    lambda: self._bot.close_forum_topic(
                        group_id, topic, rate_limit_args=self._manner
                    )
                )
        except ChatMigrated as moved:
            await self._follow(group_id, moved.new_chat_id)
        except (BadRequest, Gone) as error:  # in that state already, or the topic was deleted
            log.info("thread_not_changed", ticket_id=effect.ticket_id, reason=_reason(error))

    async def _reply(self, group_id: int, effect: Reply) -> None:
        """Reply to a message of the group; this may fail."""
        where: dict[str, Any] = {
            "reply_parameters": Answering(effect.message_id, allow_sending_without_reply=True)
        }
        if effect.topic_id is not None:
            where["message_thread_id"] = effect.topic_id
        try:
            await self._send(group_id, Say(effect.view), where)
        except (BadRequest, ChatMigrated, Gone) as error:
            log.info("reply_not_sent", reason=_reason(error))

    async def _thread(self, group_id: int, effect: TellStaff) -> dict[str, Any]:
        """Where to post about this ticket; empty if the post will begin a thread."""
        ticket = await self._ticket(effect.ticket_id)
        if ticket is not None and ticket.thread_chat_id == group_id:
            return _where(ticket)
        topic = await self._open_topic(group_id, effect.title)
        if topic is None:
            return {}
        # Stored before anything is posted: after a crash in between, no second topic is created.
        async with self._store.unit() as unit:
            await unit.tickets.set_thread(
                effect.ticket_id, group_id, topic.message_thread_id, is_topic=True
            )
            await unit.commit()
        return {"message_thread_id": topic.message_thread_id}

    async def _open_topic(self, group_id: int, title: str) -> ForumTopic | None:
        """A new topic; None if the group has no topics, or the bot may not create any."""
        try:
            return await self._call(
                lambda: self._bot.create_forum_topic(
                    group_id, title[:_LONGEST_TITLE], rate_limit_args=self._manner
                )
            )
        except BadRequest as error:
            if _is_about_the_group(error):
                raise
            log.info("no_topic_opened", reason=error.message)
            return None

    async def _send(self, group_id: int, content: Say | SayMedia, where: dict[str, Any]) -> Message:
        match content:
            case Say(view=view):
                return await self._call(
                    lambda: self._bot.send_message(
                        group_id,
                        view.text,
                        parse_mode=ParseMode.HTML,
                        link_preview_options=_NO_PREVIEW,
                        rate_limit_args=self._manner,
                        **where,
                    )
                )
            case SayMedia() as media:
                try:
                    return await self._call(
                        lambda: send_again(self._bot, group_id, media, self._manner, **where)
                    )
                except BadRequest as error:
                    if not is_about_the_file(error):
                        raise
                    log.info("media_forgotten", chat_id=group_id)
                    return await self._send(group_id, Say(media.failed), where)

    async def _ticket(self, ticket_id: int) -> Ticket | None:
        async with self._store.reading() as unit:
            return await unit.tickets.by_id(ticket_id)

    async def _forget(self, ticket_id: int, group_id: int) -> None:
        async with self._store.unit() as unit:
            await unit.tickets.set_thread(ticket_id, group_id, None, is_topic=False)
            await unit.commit()

    async def _follow(self, former: int, current: int) -> None:
        log.info("staff_group_moved")
        async with self._store.unit() as unit:
            await unit.tickets.move_group(former, current, now=self._clock.now())
            await unit.commit()


async def send_again(
    bot: ExtBot[Any],
    chat_id: int,
    effect: SayMedia,
    manner: Manner,
    *,
    reply_markup: InlineKeyboardMarkup | None = None,
    **where: Any,
) -> Message:
    """Send a photo or a file by its ``file_id``, as the same kind.

    Args:
        bot: the bot.
        chat_id: the recipient.
        effect: the file and its caption.
        manner: how the call is made.
        reply_markup: buttons under it.
        where: the thread, and the message to reply to.
    """
    send = bot.send_photo if effect.media == "photo" else bot.send_document
    return await send(
        chat_id,
        effect.file_id,
        caption=effect.view.text or None,
        parse_mode=ParseMode.HTML,
        reply_markup=reply_markup,
        rate_limit_args=manner,
        **where,
    )


def is_about_the_file(error: BadRequest) -> bool:
    """Whether Telegram refuses a ``file_id``, as unknown or another bot's."""
    reason = error.message.lower()
    return "file" in reason and "message" not in reason


def _where(ticket: Ticket) -> dict[str, Any]:
    if ticket.thread_is_topic:
        return {"message_thread_id": ticket.thread_id}
    return {"reply_parameters": Answering(ticket.thread_id or 0, allow_sending_without_reply=True)}


def _is_about_the_thread(error: BadRequest) -> bool:
    reason = error.message.lower()
    return "thread not found" in reason or "topic_closed" in reason or "topic_deleted" in reason


def _is_about_the_group(error: BadRequest) -> bool:
    reason = error.message.lower()
    return "chat not found" in reason or "rights to send" in reason or "chat_write" in reason


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, BadRequest) else type(error).__name__
