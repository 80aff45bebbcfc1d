"""Contact data that customers changed themselves."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from storage.models import ContactChange, ContactField, Customer
from storage.repositories.base import Repository


class Contacts(Repository):
    async def change(
        self,
        customer: Customer,
        field: ContactField,
        new: str | None,
        *,
        chat_id: int,
        now: datetime,
    ) -> ContactChange | None:
        """Changes a customer's contact and keeps who did it, when, and what was there before.

        Args:
            customer: whose; the caller has asked for it through ``one_of_chat(to_write=True)``.
            field: what is changed.
            new: in normal form (``rules.contacts``); None takes it away.
            chat_id: the chat that does it.
            now: the instant of the change.

        Returns:
            The record, or None where that value is there already.
        """
        old: str | None = getattr(customer, field.column)
        if old == new:
            return None
        setattr(customer, field.column, new)
        record = ContactChange(
            customer_id=customer.id,
            chat_id=chat_id,
            field=field,
            old=old,
            new=new,
            changed_at=now,
        )
        self.session.add(record)
        await self.session.flush()
        return record

    async def of_customer(self, customer_id: int) -> list[ContactChange]:
        """Every change of a customer's, oldest first."""
        return await self.all(
            select(ContactChange)
            .where(ContactChange.customer_id == customer_id)
            .order_by(ContactChange.id)
        )

    async def unsettled(self, customer_ids: Collection[int]) -> dict[int, list[ContactChange]]:
        """The changes that no company file has caught up with, oldest first, by customer."""
        found: dict[int, list[ContactChange]] = {}
        for change in await self.all(
            select(ContactChange)
            .where(ContactChange.customer_id.in_(customer_ids), ContactChange.settled_at.is_(None))
            .order_by(ContactChange.id)
        ):
            found.setdefault(change.customer_id, []).append(change)
        return found
