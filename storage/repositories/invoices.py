"""Invoices that a chat may see, a year at a time."""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    extract,
    func,
    or_,
    select,
    text,
    update,
)

from storage.models import (
    ChatLink,
    ChatPreferences,
    Invoice,
    InvoiceState,
)
from storage.notices import NewInvoice
from storage.repositories.base import Repository, linked_customers
from storage.repositories.hours import Hours
from storage.repositories.outbox import Outbox

NEWS_FOR_DAYS = 45
"""How many days after its date an invoice still counts as new."""
_NEWS_LAST = timedelta(days=14)
FIRST_YEAR = 2014
"""The earliest day of listed invoices (*Elenco Fatture* in the portal's guide)."""


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
        """The customer's unpaid invoices that are due from *today* on, in order of due date.

        Credit notes are left out: they have a due date, but the customer owes nothing.
        """
        return await self.all(
            select(Invoice)
            .where(
                *_of(chat_id, customer_id),
                Invoice.state == InvoiceState.TO_PAY,
                Invoice.due >= today,
                Invoice.amount_cents > 0,
            )
            .order_by(Invoice.due, Invoice.id)
            .limit(limit)
        )

    async def tell_of_new(
        self, today: date, *, hours: Hours, now: datetime, limit: int = 500
    ) -> int:
        """Queue the notices of newly imported invoices; return how many invoices were examined.

        Each invoice is examined once. Old ones, as in a first import, get no notice: those issued
        more than ``NEWS_FOR_DAYS`` before they were imported, and not to be paid any more. The
        caller commits, and calls again until it returns 0.
        """
        ids = list(
            await self.session.scalars(
                select(Invoice.id)
                .where(text("invoices.told_at IS NULL"))
                .order_by(Invoice.id)
                .limit(limit)
            )
        )
        news = (
            select(Invoice.id)
            .select_from(Invoice)
            .join(ChatLink, ChatLink.customer_id == Invoice.customer_id)
            .outerjoin(ChatPreferences, ChatPreferences.chat_id == ChatLink.chat_id)
            .where(
                Invoice.id.in_(ids),
                or_(
                    Invoice.day > today - timedelta(days=NEWS_FOR_DAYS),
                    and_(Invoice.state == InvoiceState.TO_PAY, Invoice.due >= today),
                ),
                ChatLink.revoked_at.is_(None),
                or_(ChatPreferences.chat_id.is_(None), ChatPreferences.tell_invoice),
            )
        )
        await Outbox(self.session).queue_for(
            news,
            key=(NewInvoice.kind, Invoice.id, ChatLink.chat_id),
            kind=NewInvoice,
            chat_id=ChatLink.chat_id,
            about_id=Invoice.id,
            bulk=True,
            not_before=hours.first(now),
            not_after=now + _NEWS_LAST,
            now=now,
        )
        await self.session.execute(
            update(Invoice)
            .where(Invoice.id.in_(ids), Invoice.told_at.is_(None))
            .values(told_at=now)
            .execution_options(synchronize_session=False)
        )
        return len(ids)


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
