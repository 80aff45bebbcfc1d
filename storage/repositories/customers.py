"""Customers: found by their codes, and listed only for chats that are linked to them."""

from sqlalchemy import func, or_, select

from storage.models import ChatLink, Customer
from storage.models.base import fingerprints
from storage.repositories.base import Repository, linked_customers


class Customers(Repository):
    async def matching(self, code: str, tax_id: str) -> Customer | None:
        """The customer with this code whose codice fiscale or partita IVA is *tax_id*.

        Args:
            code: six digits.
            tax_id: in normal form (``rules.identifiers.read_tax_id``).
        """
        hashes = fingerprints(self.dialect, tax_id)
        return await self.session.scalar(
            select(Customer).where(
                Customer.code == code,
                or_(
                    Customer.tax_code_hash.in_(hashes),
                    Customer.vat_number_hash.in_(hashes),
                ),
            )
        )

    async def with_code(self, code: str) -> Customer | None:
        """For the operator; a chat's own request goes through ``matching``."""
        return await self.session.scalar(select(Customer).where(Customer.code == code))

    async def by_id(self, customer_id: int) -> Customer | None:
        """For the bot's own steps; a chat's own request goes through ``of_chat``."""
        return await self.session.get(Customer, customer_id)

    async def of_chat(self, chat_id: int) -> list[Customer]:
        """Every customer linked to the chat now, in order of linking."""
        return await self.all(
            select(Customer)
            .join(ChatLink, ChatLink.customer_id == Customer.id)
            .where(ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None))
            .order_by(ChatLink.linked_at, Customer.id)
        )

    async def one_of_chat(
        self, chat_id: int, customer_id: int, *, to_write: bool = False
    ) -> Customer | None:
        """That customer, if it is linked to the chat now.

        Args:
            chat_id: the chat that asks.
            customer_id: the customer it asks for.
            to_write: only if the chat may act for the customer, not merely look.
        """
        return await self.session.scalar(
            select(Customer).where(
                Customer.id == customer_id,
                Customer.id.in_(linked_customers(chat_id, to_write=to_write)),
            )
        )

    async def oldest_and_newest(self) -> list[Customer]:
        """The first and the last customer stored, to test whether the key opens them."""
        ends = select(func.min(Customer.id), func.max(Customer.id))
        return await self.all(
            select(Customer).where(Customer.id.in_((await self.session.execute(ends)).one()))
        )
