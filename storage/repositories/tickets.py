"""Tickets: opened and read by chats that may act for their customer, answered by the staff.

Whatever is written is queued in the outbox in the same transaction: for the staff's group, if there
is one, and for the customer's chats. The kinds are ``staff_post``, ``staff_thread``,
``ticket_answer`` and ``ticket_closed``; their contents are ids alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, not_, or_, select, update
from sqlalchemy.orm import joinedload, selectinload

from storage.models import (
    Access,
    Chat,
    ChatLink,
    Customer,
    MediaKind,
    OutboxMessage,
    OutboxState,
    StaffGroup,
    Ticket,
    TicketAuthor,
    TicketFile,
    TicketMessage,
    TicketPost,
    TicketState,
)
from storage.notices import StaffPost, StaffThread, TicketAnswer, TicketClosed
from storage.repositories.base import Repository, linked_customers
from storage.repositories.outbox import Outbox
from storage.rules.tickets import (
    DAY,
    LARGEST_FILE,
    Quota,
    Sent,
    delays,
    parts_of,
    quota_for,
)

_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A photo or file that comes with a message; ``size`` in bytes, if Telegram gives it."""

    media: MediaKind
    file_id: str
    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What the staff wrote, as stored, and the chats that it is sent to, which may be none."""

    message: TicketMessage
    recipients: list[Chat]


class Tickets(Repository):
    # -- by customers; access control is in the query, and chats that may only look are excluded --

    async def customers(self, chat_id: int) -> list[Customer]:
        """The customers for whom a chat may write to the staff, in order of linking."""
        return await self.all(
            select(Customer)
            .join(ChatLink, ChatLink.customer_id == Customer.id)
            .where(
                ChatLink.chat_id == chat_id,
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
            )
            .order_by(ChatLink.linked_at, Customer.id)
        )

    async def count(self, chat_id: int) -> int:
        """How many tickets a chat may see."""
        found = await self.session.scalar(
            select(func.count(Ticket.id)).where(
                Ticket.customer_id.in_(linked_customers(chat_id, to_write=True))
            )
        )
        return found or 0

    async def page(self, chat_id: int, *, page: int, size: int) -> list[Ticket]:
        """One page of a chat's tickets with their customers: open ones first, then the newest."""
        return await self.all(
            select(Ticket)
            .where(Ticket.customer_id.in_(linked_customers(chat_id, to_write=True)))
            .options(joinedload(Ticket.customer))
            .order_by(
                case((Ticket.state == TicketState.OPEN, 0), else_=1),
                Ticket.changed_at.desc(),
                Ticket.id.desc(),
            )
            .offset(page * size)
            .limit(size)
        )

    async def one_of_chat(self, chat_id: int, ticket_id: int) -> Ticket | None:
        """That ticket with its customer, if the chat may act for the customer now."""
        return await self.session.scalar(
            select(Ticket)
            .where(
                Ticket.id == ticket_id,
                Ticket.customer_id.in_(linked_customers(chat_id, to_write=True)),
            )
            .options(joinedload(Ticket.customer))
        )

    async def waiting_for_customer(self, chat_id: int, *, since: datetime) -> Ticket | None:
        """The open ticket of a chat that the staff answered last, after *since*; or None."""
        return await self.session.scalar(
            select(Ticket)
            .where(
                Ticket.customer_id.in_(linked_customers(chat_id, to_write=True)),
                Ticket.state == TicketState.OPEN,
                Ticket.last_author == TicketAuthor.STAFF,
                Ticket.changed_at >= since,
            )
            .order_by(Ticket.changed_at.desc(), Ticket.id.desc())
            .limit(1)
        )

    async def was_sent(
        self, chat_id: int, receipt_message_id: int | None, *, since: datetime
    ) -> bool:
        """Whether a tap on that message opened a ticket, or the chat added to one.

        Args:
            chat_id: which chat.
            receipt_message_id: the message whose button was tapped.
            since: additions from this instant on count; additions have no receipt.
        """
        opened = select(Ticket.id).where(
            Ticket.chat_id == chat_id, Ticket.receipt_message_id == receipt_message_id
        )
        added = select(TicketMessage.id).where(
            TicketMessage.chat_id == chat_id, TicketMessage.at >= since
        )
        found = await self.session.scalar(select(or_(opened.exists(), added.exists())))
        return bool(found)

    async def open_count(self, customer_id: int) -> int:
        """How many tickets of a customer are open."""
        found = await self.session.scalar(
            select(func.count(Ticket.id)).where(
                Ticket.customer_id == customer_id, Ticket.state == TicketState.OPEN
            )
        )
        return found or 0

    async def quota(self, customer_id: int, files: Sequence[NewFile], *, now: datetime) -> Quota:
        """Whether a customer may send a message with these files now.

        Locks out other chats of the customer until this transaction ends, as the caller writes.
        """
        await self.one_at_a_time(f"ticket messages of customer {customer_id}")
        of_customer = (
            TicketMessage.author == TicketAuthor.CUSTOMER,
            TicketMessage.at > now - DAY,
            TicketMessage.ticket_id.in_(select(Ticket.id).where(Ticket.customer_id == customer_id)),
        )
        messages = await self.session.scalar(
            select(func.count(TicketMessage.id)).where(*of_customer)
        )
        (row,) = await self.session.execute(
            select(
                func.count(TicketFile.id),
                func.coalesce(func.sum(func.coalesce(TicketFile.size, LARGEST_FILE)), 0),
            )
            .join(TicketMessage, TicketMessage.id == TicketFile.message_id)
            .where(*of_customer)
        )
        return quota_for(Sent(messages or 0, row[0], int(row[1])), [file.size for file in files])

    async def open(
        self,
        chat_id: int,
        customer_id: int,
        subject: str,
        words: str,
        files: Sequence[NewFile],
        *,
        receipt_message_id: int | None,
        staff_group: int | None,
        now: datetime,
    ) -> Ticket | None:
        """Open a ticket and tell the staff; None where the chat may not act for the customer.

        Args:
            chat_id: the chat that asks.
            customer_id: for whom.
            subject: what it is about, in a few words.
            words: the text.
            files: photos and files that come with it.
            receipt_message_id: the message in the chat that becomes the receipt.
            staff_group: the group to tell (see ``staff_group``); None for none.
            now: the current instant.
        """
        allowed = await self.session.scalar(
            select(Customer.id).where(
                Customer.id == customer_id,
                Customer.id.in_(linked_customers(chat_id, to_write=True)),
            )
        )
        if allowed is None:
            return None
        ticket = Ticket(
            customer_id=customer_id,
            chat_id=chat_id,
            receipt_message_id=receipt_message_id,
            subject=subject,
            state=TicketState.OPEN,
            last_author=TicketAuthor.CUSTOMER,
            opened_at=now,
            changed_at=now,
            thread_is_topic=False,
        )
        self.session.add(ticket)
        await self.session.flush()
        message = await self._write(
            ticket.id, TicketAuthor.CUSTOMER, words, files, chat_id=chat_id, now=now
        )
        await self._tell_staff(message, staff_group, now=now)
        return ticket

    async def add(
        self,
        chat_id: int,
        ticket_id: int,
        words: str,
        files: Sequence[NewFile],
        *,
        staff_group: int | None,
        now: datetime,
    ) -> TicketMessage | None:
        """Add to an open ticket and tell the staff; None where it is closed, or not the chat's.

        The arguments are those of ``open``.
        """
        ticket = await self.one_of_chat(chat_id, ticket_id)
        if ticket is None or not await self._touch(ticket, TicketAuthor.CUSTOMER, now=now):
            return None
        message = await self._write(
            ticket.id, TicketAuthor.CUSTOMER, words, files, chat_id=chat_id, now=now
        )
        await self._tell_staff(message, staff_group, now=now)
        return message

    # -- by the staff and the operator --

    async def by_id(self, ticket_id: int) -> Ticket | None:
        """For staff, operator and notices, with its customer."""
        return await self.session.scalar(
            select(Ticket).where(Ticket.id == ticket_id).options(joinedload(Ticket.customer))
        )

    async def listed(self, *, closed: bool = False) -> list[Ticket]:
        """Every open ticket with its customer, the one that has waited longest first.

        Args:
            closed: include closed tickets, after the open ones.
        """
        statement = select(Ticket).options(joinedload(Ticket.customer))
        if not closed:
            statement = statement.where(Ticket.state == TicketState.OPEN)
        return await self.all(
            statement.order_by(
                case((Ticket.state == TicketState.OPEN, 0), else_=1), Ticket.changed_at, Ticket.id
            )
        )

    async def messages(self, ticket_id: int, *, newest: int | None = None) -> list[TicketMessage]:
        """The messages of a ticket, with their files, oldest first.

        Args:
            ticket_id: which ticket.
            newest: only the last so many.
        """
        found = await self.all(
            select(TicketMessage)
            .where(TicketMessage.ticket_id == ticket_id)
            .options(selectinload(TicketMessage.files))
            .order_by(TicketMessage.id.desc())
            .limit(newest)
        )
        return found[::-1]

    async def all_messages(self, tickets: Sequence[Ticket]) -> dict[int, list[TicketMessage]]:
        """The messages of these tickets, with their files, oldest first, by ticket."""
        found: dict[int, list[TicketMessage]] = {ticket.id: [] for ticket in tickets}
        for message in await self.all(
            select(TicketMessage)
            .where(TicketMessage.ticket_id.in_(found))
            .options(selectinload(TicketMessage.files))
            .order_by(TicketMessage.id)
        ):
            found[message.ticket_id].append(message)
        return found

    async def message(self, message_id: int) -> TicketMessage | None:
        """One message with its files, its ticket and the ticket's customer, for notices."""
        return await self.session.scalar(
            select(TicketMessage)
            .where(TicketMessage.id == message_id)
            .options(
                selectinload(TicketMessage.files),
                joinedload(TicketMessage.ticket).joinedload(Ticket.customer),
            )
        )

    async def is_first(self, message: TicketMessage) -> bool:
        """Whether the ticket was opened with this message."""
        first = await self.session.scalar(
            select(func.min(TicketMessage.id)).where(TicketMessage.ticket_id == message.ticket_id)
        )
        return first == message.id

    async def answer(
        self,
        ticket: Ticket,
        words: str,
        files: Sequence[NewFile] = (),
        *,
        tell_staff: int | None = None,
        now: datetime,
    ) -> Answered | None:
        """Store the staff's answer, and send it to the customer; None where it is closed.

        Args:
            ticket: which one.
            words: the text; may be empty where there are files.
            files: what comes with it.
            tell_staff: the staff's group, where the answer was given elsewhere.
            now: the current instant.
        """
        if not await self._touch(ticket, TicketAuthor.STAFF, now=now):
            return None
        message = await self._write(ticket.id, TicketAuthor.STAFF, words, files, now=now)
        recipients = await self.recipients(ticket)
        outbox = Outbox(self.session)
        for chat in recipients:
            for place in range(len(parts_of(words, len(files)))):
                await outbox.queue(
                    f"ticket:{message.id}:{place}:{chat.id}",
                    TicketAnswer(message.id, place),
                    chat.id,
                    now=now,
                )
        await self._tell_staff(message, tell_staff, now=now)
        return Answered(message, recipients)

    async def close(self, ticket: Ticket, *, staff_group: int | None, now: datetime) -> bool:
        """Close a ticket, and tell both sides; False where it was closed already."""
        closed = await self.session.scalar(
            update(Ticket)
            .where(Ticket.id == ticket.id, Ticket.state == TicketState.OPEN)
            .values(state=TicketState.CLOSED, closed_at=now, changed_at=now)
            .returning(Ticket.id)
            .execution_options(synchronize_session=False)
        )
        await self.session.refresh(ticket, ["state", "closed_at", "changed_at"])
        if closed is None:
            return False
        outbox = Outbox(self.session)
        for chat in await self.recipients(ticket):
            await outbox.queue(
                f"ticket-closed:{ticket.id}:{now.timestamp()}:{chat.id}",
                TicketClosed(ticket.id),
                chat.id,
                now=now,
            )
        await self._show_state(ticket, staff_group, now=now)
        return True

    async def reopen(self, ticket: Ticket, *, staff_group: int | None, now: datetime) -> bool:
        """Reopen a closed ticket; False where it was open.

        A staff group without a topic for it is sent all of its messages.
        """
        opened = await self.session.scalar(
            update(Ticket)
            .where(Ticket.id == ticket.id, Ticket.state == TicketState.CLOSED)
            .values(state=TicketState.OPEN, closed_at=None, changed_at=now)
            .returning(Ticket.id)
            .execution_options(synchronize_session=False)
        )
        await self.session.refresh(ticket, ["state", "closed_at", "changed_at"])
        if opened is None:
            return False
        if ticket.thread_chat_id != staff_group:
            for message in await self.messages(ticket.id):
                await self._tell_staff(message, staff_group, now=now)
        await self._show_state(ticket, staff_group, now=now)
        return True

    async def recipients(self, ticket: Ticket) -> list[Chat]:
        """The chats that an answer is sent to: those that wrote, or else all that may write.

        Only chats that may act for the customer now, also those that blocked the bot: they get the
        answer when they come back.
        """
        chats = await self.all(
            select(Chat)
            .join(ChatLink, ChatLink.chat_id == Chat.id)
            .where(
                ChatLink.customer_id == ticket.customer_id,
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
            )
            .order_by(ChatLink.linked_at, Chat.id)
        )
        wrote = set(
            await self.session.scalars(
                select(TicketMessage.chat_id).where(
                    TicketMessage.ticket_id == ticket.id, TicketMessage.chat_id.is_not(None)
                )
            )
        )
        return [chat for chat in chats if chat.id in wrote] or chats

    # -- the staff's group --

    async def staff_group(self, configured: int | None) -> int | None:
        """The current id of the staff's group; None where there is none.

        Args:
            configured: ``STAFF_CHAT_ID``; Telegram may have changed the id since.
        """
        if configured is None:
            return None
        moved = await self.session.get(StaffGroup, configured)
        return moved.current_id if moved is not None else configured

    async def move_group(self, former: int, current: int, *, now: datetime) -> None:
        """Follow the staff's group to its new id; repeating it changes nothing.

        Messages in the former group cannot be answered there any more, so open tickets are sent
        again to the new one.
        """
        await self.session.execute(
            update(StaffGroup)
            .where(StaffGroup.current_id == former)
            .values(current_id=current, moved_at=now)
            .execution_options(synchronize_session=False)
        )
        await self.session.execute(
            self.insert(StaffGroup)
            .values(former_id=former, current_id=current, moved_at=now)
            .on_conflict_do_nothing()
        )
        await self.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.chat_id == former,
                OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.HELD)),
            )
            .values(state=OutboxState.OUTDATED, content=None)
            .execution_options(synchronize_session=False)
        )
        await self.tell_again(current, now=now)

    async def tell_again(self, staff_group: int, *, now: datetime) -> None:
        """Send the staff's group every open ticket that has no thread there yet.

        Messages that were held because the bot was not in the group are queued again.
        """
        await Outbox(self.session).release(staff_group)
        untold = await self.all(
            select(TicketMessage)
            .join(Ticket, Ticket.id == TicketMessage.ticket_id)
            .where(
                Ticket.state == TicketState.OPEN,
                Ticket.thread_chat_id.is_distinct_from(staff_group),
            )
            .options(selectinload(TicketMessage.files))
            .order_by(TicketMessage.id)
        )
        for message in untold:
            await self._tell_staff(message, staff_group, now=now)

    async def by_topic(self, group_id: int, topic_id: int) -> Ticket | None:
        """The ticket of a forum topic."""
        return await self.session.scalar(
            select(Ticket)
            .where(
                Ticket.thread_chat_id == group_id,
                Ticket.thread_id == topic_id,
                Ticket.thread_is_topic.is_(True),
            )
            .options(joinedload(Ticket.customer))
        )

    async def by_post(self, group_id: int, message_id: int) -> Ticket | None:
        """The ticket that one of the bot's messages in a group is about."""
        return await self.session.scalar(
            select(Ticket)
            .join(TicketPost, TicketPost.ticket_id == Ticket.id)
            .where(TicketPost.group_id == group_id, TicketPost.message_id == message_id)
            .options(joinedload(Ticket.customer))
        )

    async def set_thread(
        self, ticket_id: int, group_id: int, thread_id: int | None, *, is_topic: bool
    ) -> None:
        """Store where the staff discuss a ticket; no ``thread_id`` clears it."""
        await self.session.execute(
            update(Ticket)
            .where(Ticket.id == ticket_id)
            .values(
                thread_chat_id=group_id if thread_id is not None else None,
                thread_id=thread_id,
                thread_is_topic=is_topic,
            )
            .execution_options(synchronize_session=False)
        )

    async def note_post(self, ticket_id: int, group_id: int, message_id: int) -> None:
        """Store that one of the bot's messages in the staff's group is about a ticket."""
        await self.session.execute(
            self.insert(TicketPost)
            .values(group_id=group_id, message_id=message_id, ticket_id=ticket_id)
            .on_conflict_do_nothing()
        )

    # -- the files --

    async def files_to_fetch(
        self, *, limit: int, besides: Collection[int] = ()
    ) -> list[TicketFile]:
        """Photos and files that are not in the file store yet: one of each customer in turn.

        Args:
            limit: the most to return.
            besides: those to leave out.
        """
        return await self.all(
            select(TicketFile)
            .where(
                TicketFile.room_name.is_(None),
                not_(TicketFile.lost),
                TicketFile.id.not_in(besides),
            )
            .join(TicketMessage, TicketMessage.id == TicketFile.message_id)
            .join(Ticket, Ticket.id == TicketMessage.ticket_id)
            .order_by(
                func.row_number().over(partition_by=Ticket.customer_id, order_by=TicketFile.id),
                TicketFile.id,
            )
            .limit(limit)
        )

    async def note_fetched(self, file_id: int, room_name: str | None) -> None:
        """Store a file's name in the file store, or that it is lost (None)."""
        await self.session.execute(
            update(TicketFile)
            .where(TicketFile.id == file_id, TicketFile.room_name.is_(None))
            .values(room_name=room_name, lost=room_name is None)
            .execution_options(synchronize_session=False)
        )

    # -- internal --

    async def _touch(self, ticket: Ticket, author: TicketAuthor, *, now: datetime) -> bool:
        """Record who wrote last; False where the ticket is closed."""
        touched = await self.session.scalar(
            update(Ticket)
            .where(Ticket.id == ticket.id, Ticket.state == TicketState.OPEN)
            .values(last_author=author, changed_at=now)
            .returning(Ticket.id)
            .execution_options(synchronize_session=False)
        )
        await self.session.refresh(ticket, ["state", "last_author", "changed_at"])
        return touched is not None

    async def _write(
        self,
        ticket_id: int,
        author: TicketAuthor,
        words: str,
        files: Sequence[NewFile],
        *,
        chat_id: int | None = None,
        now: datetime,
    ) -> TicketMessage:
        message = TicketMessage(
            ticket_id=ticket_id,
            author=author,
            chat_id=chat_id,
            words=words,
            at=now,
            files=[
                TicketFile(
                    media=file.media,
                    file_id=file.file_id,
                    name=file.name,
                    size=file.size,
                    lost=False,
                )
                for file in files
            ],
        )
        self.session.add(message)
        await self.session.flush()
        return message

    async def _tell_staff(
        self, message: TicketMessage, group: int | None, *, now: datetime
    ) -> None:
        if group is None:
            return
        outbox = Outbox(self.session)
        posts = len(parts_of(message.words, len(message.files)))
        waits = delays(await self._posts_before(message), message.at, posts)
        for place, wait in enumerate(waits):
            await outbox.queue(
                f"staff:{group}:{message.id}:{place}",
                StaffPost(message.id, place),
                group,
                now=now,
                not_before=max(now, message.at + wait),
            )

    async def _posts_before(self, message: TicketMessage) -> list[tuple[datetime, int]]:
        """The customer's messages in the hour before, and how many posts each has."""
        if message.author is not TicketAuthor.CUSTOMER:
            return []
        owner = select(Ticket.customer_id).where(Ticket.id == message.ticket_id).scalar_subquery()
        earlier = await self.all(
            select(TicketMessage)
            .where(
                TicketMessage.ticket_id.in_(select(Ticket.id).where(Ticket.customer_id == owner)),
                TicketMessage.author == TicketAuthor.CUSTOMER,
                TicketMessage.at > message.at - _REMEMBERED,
                TicketMessage.id < message.id,
            )
            .options(selectinload(TicketMessage.files))
            .order_by(TicketMessage.id)
        )
        return [(each.at, len(parts_of(each.words, len(each.files)))) for each in earlier]

    async def _show_state(self, ticket: Ticket, group: int | None, *, now: datetime) -> None:
        if group is None:
            return
        await Outbox(self.session).queue(
            f"staff-thread:{group}:{ticket.id}:{ticket.state.value}:{now.timestamp()}",
            StaffThread(ticket.id),
            group,
            now=now,
        )
