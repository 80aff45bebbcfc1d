"""Contact data that customers changed themselves, and the e-mail that gives access."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import aliased

from storage.models import Access, ChatLink, ContactChange, ContactField, Customer
from storage.notices import EmailChangeStopped
from storage.repositories.base import Repository
from storage.repositories.outbox import Outbox

AFTER_A_CHAT_ENDED = timedelta(days=1)
"""For this time after a chat was unlinked, the e-mail cannot be changed."""
_NOTICE_LIFETIME = timedelta(days=7)


class Contacts(Repository):
    async def change(
        self,
        customer: Customer,
        field: ContactField,
        new: str | None,
        *,
        chat_id: int | None,
        now: datetime,
        access_after: timedelta | None = None,
    ) -> ContactChange | None:
        """Change a customer's contact and record who did it, when, and the previous value.

        Args:
            customer: whose; the caller got it from ``one_of_chat(to_write=True)``.
            field: what is changed.
            new: in normal form (``rules.contacts``); None removes it.
            chat_id: the chat that changes it; None for the operator.
            now: the instant of the change.
            access_after: for a new e-mail, how long codes that link chats are still sent to the
                previous address. An address that they are sent to already gives access at once.

        Returns:
            The record, or None where the value is the same already.
            The record, or None where that value is there already.
        """
        old: str | None = getattr(customer, field.column)
        if old == new:
            return None
        record = ContactChange(
            customer_id=customer.id,
            chat_id=chat_id,
            field=field,
            old=old,
            new=new,
            changed_at=now,
        )
        if field is ContactField.EMAIL:
            before = await self.access_address(customer, now=now)
            await self.session.execute(
                update(ContactChange)
                .where(ContactChange.customer_id == customer.id, waits_for_access(now))
                .values(stopped_at=now)
            )
            if access_after and before and before != new:
                record.gives_access_at, record.access_before = now + access_after, before
        setattr(customer, field.column, new)
        self.session.add(record)
        await self.session.flush()
        return record

    async def access_address(self, customer: Customer, *, now: datetime) -> str | None:
        """The address to which codes that link chats are sent."""
        change = await self.waiting_for_access(customer, now=now)
        return customer.email if change is None else change.access_before

    async def waiting_for_access(
        self, customer: Customer, *, now: datetime
    ) -> ContactChange | None:
        """The change to the current e-mail, while it does not give access yet.

        An address that the company has imported meanwhile gives access at once.
        """
        change = await self.session.scalar(
            select(ContactChange)
            .where(ContactChange.customer_id == customer.id, waits_for_access(now))
            .order_by(ContactChange.id.desc())
            .limit(1)
        )
        return change if change is not None and change.new == customer.email else None

    async def stoppable_by(
        self, chat_id: int, customer: Customer, *, now: datetime
    ) -> ContactChange | None:
        """The change of the e-mail that this chat may stop: full access since before the change.

        A chat linked later may have been let in by whoever made the change.
        """
        change = await self.waiting_for_access(customer, now=now)
        if change is None:
            return None
        may = await self.session.scalar(
            select(ChatLink.id).where(
                ChatLink.chat_id == chat_id,
                ChatLink.customer_id == customer.id,
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
                ChatLink.linked_at <= change.changed_at,
            )
        )
        return None if may is None else change

    async def stop(self, change: ContactChange, *, chat_id: int | None, now: datetime) -> None:
        """Undo a change of the e-mail that gives no access yet.

        The company is told with the next acquisition, and the customer's other chats at once.

        Args:
            change: from ``stoppable_by`` or ``waiting_for_access``.
            chat_id: the chat that stops it; None for the operator.
            now: the instant.
        """
        customer = await self.session.get_one(Customer, change.customer_id)
        back = await self.change(
            customer, ContactField.EMAIL, change.access_before, chat_id=chat_id, now=now
        )
        if back is None:
            raise RuntimeError("a changed e-mail is what it was before")
        links = select(ChatLink.chat_id).where(
            ChatLink.customer_id == customer.id, ChatLink.revoked_at.is_(None)
        )
        for other in await self.session.scalars(links):
            if other != chat_id:
                await Outbox(self.session).queue(
                    f"email_stopped:{back.id}:{other}",
                    EmailChangeStopped(customer.id),
                    other,
                    now=now,
                    not_after=now + _NOTICE_LIFETIME,
                )

    async def email_may_change_from(self, customer_id: int, *, now: datetime) -> datetime | None:
        """From when on the e-mail may be changed; None: now.

        Not within a day after another chat's link ended, so that whoever removed the other chats
        cannot change the address before they can react.
        """
        again = aliased(ChatLink)
        ended = await self.session.scalar(
            select(func.max(ChatLink.revoked_at)).where(
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at > now - AFTER_A_CHAT_ENDED,
                ~select(again.id)
                .where(
                    again.chat_id == ChatLink.chat_id,
                    again.customer_id == ChatLink.customer_id,
                    again.revoked_at.is_(None),
                )
                .exists(),
            )
        )
        return None if ended is None else ended + AFTER_A_CHAT_ENDED

    async def of_customer(self, customer_id: int) -> list[ContactChange]:
        """Every change of a customer's contacts, oldest first."""
        return await self.all(
            select(ContactChange)
            .where(ContactChange.customer_id == customer_id)
            .order_by(ContactChange.id)
        )

    async def unsettled(self, customer_ids: Collection[int]) -> dict[int, list[ContactChange]]:
        """The changes that no company file has confirmed or replaced, oldest first, by customer."""
        found: dict[int, list[ContactChange]] = {}
        for change in await self.all(
            select(ContactChange)
            .where(ContactChange.customer_id.in_(customer_ids), ContactChange.settled_at.is_(None))
            .order_by(ContactChange.id)
        ):
            found.setdefault(change.customer_id, []).append(change)
        return found


def waits_for_access(now: datetime) -> ColumnElement[bool]:
    """A new e-mail that gives no access yet."""
    return (ContactChange.gives_access_at > now) & ContactChange.stopped_at.is_(None)
