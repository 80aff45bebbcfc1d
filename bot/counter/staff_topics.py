"""The staff's group: each ticket has a thread there, and what is posted is remembered.

In a forum the thread is a topic. In a plain group it is a thread of replies, which hangs on the
first message that told of the ticket. A thread that has gone, with its topic or because the group
became another one, is opened anew.
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
    """Carries out one call to Telegram, again after what passes."""

    async def __call__(self, call: Callable[[], Awaitable[T]], /) -> T:
        """What the call gives, or ``BadRequest``, ``ChatMigrated``, ``Gone``, ``Unreachable``."""
        ...


class StaffTopics:
    """Posts into the threads of tickets, and remembers what it posted.

    Args:
        bot: who posts.
        store: where threads and posts are kept.
        clock: the time of day.
        call: how calls are made.
        manner: the same for the limiter.
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
        """Does what an effect says, in the group of that number.

        Raises:
            Unreachable: it did not go through; doing it again later is right.
            Gone: the group does not take the bot in; what it should know is to wait.
        """
        match effect:
            case TellStaff():
                await self._tell(group_id, effect)
            case ShowThread():
                await self._show(group_id, effect)
            case Reply():
                await self._reply(group_id, effect)

    async def _tell(self, group_id: int, effect: TellStaff) -> None:
        """Posts into a ticket's thread, which is opened where there is none."""
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
            # Nothing is lost: it is posted once the bot is let in, and the shell has it as well.
            log.error("staff_group_closed_to_bot", reason=_reason(error))  # noqa: TRY400
            raise Gone(for_good=False) from None

    async def _begin_again(self, group_id: int, effect: TellStaff) -> None:
        """A new thread in place of one that the staff took away, with what it is about."""
        where = await self._thread(group_id, effect)
        if effect.opening is not None:
            await self._post(group_id, effect, Say(effect.opening), where)
            where = await self._thread(group_id, effect)
        await self._post(group_id, effect, effect.content, where)

    async def _post(
        self, group_id: int, effect: TellStaff, content: Say | SayMedia, where: dict[str, Any]
    ) -> None:
        """Posts, and remembers what was posted; without a *where* it begins a thread."""
        message = await self._send(group_id, content, where)
        async with self._store.unit() as unit:
            if not where:
                await unit.tickets.set_thread(
                    effect.ticket_id, group_id, message.message_id, is_topic=False
                )
            await unit.tickets.note_post(effect.ticket_id, group_id, message.message_id)
            await unit.commit()

    async def _show(self, group_id: int, effect: ShowThread) -> None:
        """Says in a ticket's thread how it stands, and closes or opens its topic."""
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
        except (BadRequest, Gone) as error:  # it stands so already, or staff took the topic away
            log.info("thread_not_changed", ticket_id=effect.ticket_id, reason=_reason(error))

    async def _reply(self, group_id: int, effect: Reply) -> None:
        """Answers a message of the group: no more than a courtesy, which may fail."""
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
        """Where a post of this ticket goes; nothing in it where the post will begin a thread."""
        ticket = await self._ticket(effect.ticket_id)
        if ticket is not None and ticket.thread_chat_id == group_id:
            return _where(ticket)
        topic = await self._open_topic(group_id, effect.title)
        if topic is None:
            return {}
        # Kept before anything is posted: a crash in between must not open a second topic.
        async with self._store.unit() as unit:
            await unit.tickets.set_thread(
                effect.ticket_id, group_id, topic.message_thread_id, is_topic=True
            )
            await unit.commit()
        return {"message_thread_id": topic.message_thread_id}

    async def _open_topic(self, group_id: int, title: str) -> ForumTopic | None:
        """A new topic; None where the group has none, or the bot may not open any."""
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
    """A photo or a file by its ``file_id``, as what it came in.

    Args:
        bot: who sends.
        chat_id: where to.
        effect: what, and the words below it.
        manner: how the call is made.
        reply_markup: buttons under it.
        where: thread, and what is answered.
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
    """Whether Telegram refuses a ``file_id``: one that it has forgotten, or another bot's."""
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
