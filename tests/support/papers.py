"""Invoices and documents for tests, with usual values by default."""

from datetime import date
from itertools import count
from typing import Any

from bot.application import Service
from storage.models import Customer, Document, Invoice, InvoiceState
from tests.support.clock import MovableClock

PDF = b"%PDF-1.7\nan invoice\n%%EOF\n"

_numbers = count(1)


async def add_invoice(
    service: Service, customer: Customer, *, pdf: bytes | None = None, **values: Any
) -> Invoice:
    """A paid invoice over 84,20 € of 10/12/2025; *pdf* is its file."""
    kept = await service.files.put(pdf) if pdf is not None else None
    usual: dict[str, Any] = {
        "number": f"2025/{next(_numbers):05}",
        "day": date(2025, 12, 10),
        "due": date(2026, 1, 10),
        "amount_cents": 8_420,
        "state": InvoiceState.PAID,
        "listed_at": MovableClock().now(),
        "file_name": kept.name if kept else None,
        "file_hash": kept.content_hash if kept else None,
        "file_size": kept.size if kept else None,
    }
    invoice = Invoice(customer_id=customer.id, **(usual | values))
    async with service.store.unit() as unit:
        unit.session.add(invoice)
        await unit.commit()
    return invoice


async def add_document(
    service: Service, customer: Customer | None, title: str, *, content: bytes = PDF, **values: Any
) -> Document:
    """A document of *customer* of 10/12/2025; of nobody, it is a form."""
    kept = await service.files.put(content)
    usual: dict[str, Any] = {
        "day": date(2025, 12, 10),
        "suffix": ".pdf",
        "file_name": kept.name,
        "file_hash": kept.content_hash,
        "file_size": kept.size,
    }
    document = Document(
        customer_id=customer.id if customer else None, title=title, **(usual | values)
    )
    async with service.store.unit() as unit:
        unit.session.add(document)
        await unit.commit()
    return document
