"""Invoices, through the eyes of a chat, a year at a time."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, extract, func, select

from storage.models import Invoice, InvoiceState
from storage.repositories.base import Repository, linked_customers

FIRST_YEAR = 2014
"""Since when invoices are listed (*Elenco Fatture* in the portal's guide)."""


class Invoices(Repository):
    async def years(self, chat_id: int, customer_id: int) -> list[int]:
        """The years in which the customer has invoices, the latest first."""
        year = extract("year", Invoice.day)
        rows = await self.session.scalars(
            select(year)
            .where(*_of(chat_id, customer_id), Invoice.day >= date(FIRST_YEAR, 1, 1))
            .group_by(year)
            .order_by(year.desc())
        )
        return [int(row) for row in rows]

    async def page(
        self, chat_id: int, customer_id: int, year: int, *, page: int, size: int
    ) -> list[Invoice]:
        """One page of a customer's invoices of a year, newest first; the first page is 0."""
        return await self.all(
            select(Invoice)
            .where(*_of_year(chat_id, customer_id, year))
            .order_by(Invoice.day.desc(), Invoice.id.desc())
            .offset(page * size)
            .limit(size)
        )

    async def count(self, chat_id: int, customer_id: int, year: int) -> int:
        """How many rows ``page`` can show in all."""
        found = await self.session.scalar(
            select(func.count()).select_from(Invoice).where(*_of_year(chat_id, customer_id, year))
        )
        return found or 0

    async def one_of_chat(self, chat_id: int, invoice_id: int) -> Invoice | None:
        """An invoice, if it belongs to a customer linked to the chat now."""
        return await self.session.scalar(
            select(Invoice).where(
                Invoice.id == invoice_id, Invoice.customer_id.in_(linked_customers(chat_id))
            )
        )

    async def falling_due(
        self, chat_id: int, customer_id: int, today: date, *, limit: int = 50
    ) -> list[Invoice]:
        """What the customer has still to pay, from *today* on, the soonest first."""
        return await self.all(
            select(Invoice)
            .where(
                *_of(chat_id, customer_id),
                Invoice.state == InvoiceState.TO_PAY,
                Invoice.due >= today,
            )
            .order_by(Invoice.due, Invoice.id)
            .limit(limit)
        )

    async def listed_since(
        self, instant: datetime, *, after: int = 0, limit: int = 500
    ) -> list[Invoice]:
        """What imports have brought in since *instant*, in the order of its id, past *after*.

        For the notices of new invoices: the outbox's keys see to it that each is told once.
        """
        return await self.all(
            select(Invoice)
            .where(Invoice.listed_at >= instant, Invoice.id > after)
            .order_by(Invoice.id)
            .limit(limit)
        )


def _of(chat_id: int, customer_id: int) -> list[ColumnElement[bool]]:
    return [
        Invoice.customer_id == customer_id,
        Invoice.customer_id.in_(linked_customers(chat_id)),
    ]


def _of_year(chat_id: int, customer_id: int, year: int) -> list[ColumnElement[bool]]:
    return [
        *_of(chat_id, customer_id),
        Invoice.day >= date(year, 1, 1),
        Invoice.day <= date(year, 12, 31),
    ]
