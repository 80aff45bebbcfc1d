"""Documents of customers, and forms for everybody."""

from sqlalchemy import ColumnElement, func, or_, select

from storage.models import Document
from storage.repositories.base import Repository, linked_customers


class Documents(Repository):
    async def page(
        self, chat_id: int, customer_id: int | None, *, page: int, size: int
    ) -> list[Document]:
        """One page of a customer's documents, newest first; the first page is 0.

        Args:
            chat_id: the chat that asks.
            customer_id: whose documents; None for the forms for everybody.
            page: which page.
            size: how many rows a page has.
        """
        return await self.all(
            select(Document)
            .where(*_of(chat_id, customer_id))
            .order_by(Document.day.desc(), Document.id.desc())
            .offset(page * size)
            .limit(size)
        )

    async def count(self, chat_id: int, customer_id: int | None) -> int:
        """How many rows ``page`` can show in all."""
        found = await self.session.scalar(
            select(func.count()).select_from(Document).where(*_of(chat_id, customer_id))
        )
        return found or 0

    async def one_of_chat(self, chat_id: int, document_id: int) -> Document | None:
        """A form, or a document of a customer linked to the chat now."""
        return await self.session.scalar(
            select(Document).where(
                Document.id == document_id,
                or_(
                    Document.customer_id.is_(None),
                    Document.customer_id.in_(linked_customers(chat_id)),
                ),
            )
        )


def _of(chat_id: int, customer_id: int | None) -> list[ColumnElement[bool]]:
    if customer_id is None:
        return [Document.customer_id.is_(None)]
    return [
        Document.customer_id == customer_id,
        Document.customer_id.in_(linked_customers(chat_id)),
    ]
