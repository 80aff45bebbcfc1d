"""*Scarica i miei dati*: a chat's own data in one ZIP with JSON, CSV and attachments.

JSON names are those of the company's files, which are Italian and known to the customer from the
invoice; days are ISO dates, instants ISO with offset, amounts in euros as text.
"""

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from storage.engine import Store, open_store
from storage.exchange.sheets import customer_csv, thousandths
from storage.models import (
    Access,
    Chat,
    ChatLink,
    ContactChange,
    Customer,
    Document,
    Invoice,
    Reading,
    Service,
    SupplyPoint,
    Ticket,
    TicketFile,
    TicketMessage,
    Withdrawal,
)
from storage.rules.preferences import Preferences
from storage.unit import ReadUnit

FILE_NAME = "dati.json"
_README_NAME = "LEGGIMI.txt"
_CENTS = Decimal(100)
_WATTS = Decimal(1000)
_MANY = 100_000
_MOST_ATTACHED = 20_000_000
"""Most bytes of attachments: with the rest, the file stays below Telegram's limit."""
_MOST_DAYS = 4_000
"""Most days of measures, about three years of three points: each day is unsealed separately."""
_LONGEST_NAME = 80
_ACCESS = {Access.FULL: "completo", Access.VIEW: "sola consultazione"}


@dataclass(slots=True)
class OwnData:
    """The data found: ``data`` for the JSON, days of measures by point, attachments to read.

    ``attachments`` maps paths in the ZIP to names in the file store.
    """

    data: dict[str, Any]
    measures: dict[str, Mapping[date, Sequence[int | None]]] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)


async def gather(unit: ReadUnit, chat: Chat, *, now: datetime, zone: ZoneInfo) -> OwnData:
    """Everything that the bot keeps about a chat, and about the customers linked to it now.

    A chat that may only look gets no tax ids, contacts, tickets and other chats: they are not its
    own. Measures and attachments beyond the limits are left out; the data says which.

    Args:
        unit: a unit of work.
        chat: whose data.
        now: the instant that the file states.
        zone: the zone of the instants in it.
    """
    writer = _Writer(unit, chat, zone)
    customers = await unit.customers.of_chat(chat.id)
    await writer.look_up()
    writer.found.data |= {
        "creato_il": writer.instant(now),
        "chat": await writer.chat_data(),
        "clienti": [await writer.customer_data(customer) for customer in customers],
    }
    return writer.found


async def gather_apart(
    store: Store, chat_id: int, *, now: datetime, zone: ZoneInfo
) -> OwnData | None:
    """The result of ``gather``, computed in a thread of its own over a connection of its own.

    Hundreds of customers have thousands of sealed values: other chats do not wait for them.

    Returns:
        None where the chat is not known.
    """

    async def found() -> OwnData | None:
        own = open_store(store.engine.url, store.vault)
        try:
            async with own.reading() as unit:
                chat = await unit.chats.get(chat_id)
                return None if chat is None else await gather(unit, chat, now=now, zone=zone)
        finally:
            await own.close()

    return await asyncio.to_thread(asyncio.run, found())


def pack(found: OwnData, readme: str, attachments: Mapping[str, bytes]) -> bytes:
    """A ZIP file with the data: JSON, measures as CSV, *attachments*, and *readme*."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE_NAME, json.dumps(found.data, ensure_ascii=False, indent=2))
        archive.writestr(_README_NAME, readme)
        for code, days in found.measures.items():
            archive.writestr(_measures_path(code), _measures_csv(days))
        for path, content in attachments.items():
            archive.writestr(path, content)
    return packed.getvalue()


class _Writer:
    def __init__(self, unit: ReadUnit, chat: Chat, zone: ZoneInfo) -> None:
        self.unit = unit
        self.chat = chat
        self.zone = zone
        self.found = OwnData({})
        self.days_left = _MOST_DAYS
        self.bytes_left = _MOST_ATTACHED
        self.points: dict[int, list[SupplyPoint]] = {}
        self.tickets: dict[int, list[Ticket]] = {}

    async def look_up(self) -> None:
        """Read at once, by customer, what several parts use, so that each row is unsealed once."""
        chat_id = self.chat.id
        for point in await self.unit.supply_points.of_chat(chat_id):
            self.points.setdefault(point.customer_id, []).append(point)
        for ticket in await self.unit.tickets.page(chat_id, page=0, size=_MANY):
            self.tickets.setdefault(ticket.customer_id, []).append(ticket)

    def instant(self, instant: datetime | None) -> str | None:
        if instant is None:
            return None
        return instant.astimezone(self.zone).isoformat(timespec="seconds")

    async def chat_data(self) -> dict[str, Any]:
        chat = self.chat
        return {
            "id_telegram": chat.id,
            "lingua": chat.language,
            "primo_messaggio": self.instant(chat.first_seen_at),
            "ultimo_messaggio": self.instant(chat.last_seen_at),
            "preferenze": _preferences(await self.unit.preferences.of(chat.id)),
            "tentativi_di_collegamento": [
                {"il": self.instant(each.at), "esito": each.outcome.value}
                for each in await self.unit.linking.attempts_of_chat(chat.id)
            ],
            "inviti_fatti": [
                {
                    "il": self.instant(each.created_at),
                    "accesso": _ACCESS[each.access],
                    "valido_fino_a": self.instant(each.expires_at),
                    "chiuso_il": self.instant(each.closed_at),
                }
                for each in await self.unit.invitations.made_by(chat.id)
            ],
        }

    async def customer_data(self, customer: Customer) -> dict[str, Any]:
        unit, chat_id = self.unit, self.chat.id
        link = await unit.chats.link_of(chat_id, customer.id)
        if link is None:
            raise RuntimeError("a customer of this chat without a link")
        data: dict[str, Any] = {
            "codice_cliente": customer.code,
            "denominazione": customer.name,
            "indirizzo": customer.address,
            "collegamento": self._link(link),
        }
        if link.access is Access.FULL:
            data |= await self._reserved(customer)
        points = self.points.get(customer.id, [])
        readings = await unit.readings.histories(points)
        withdrawals = await unit.withdrawals.of_points(points)
        data["punti"] = [
            _point(point)
            | {
                "letture": [self._reading(each) for each in readings[point.id]],
                "prelievi": [_withdrawal(month) for month in withdrawals[point.id]],
                "misure": await self._measures(point),
            }
            for point in points
        ]
        data["fatture"] = [
            _invoice(invoice)
            for year in await unit.invoices.years(chat_id, customer.id)
            for invoice in await unit.invoices.page(chat_id, customer.id, year, page=0, size=_MANY)
        ]
        data["documenti"] = [
            _document(document)
            for document in await unit.documents.page(chat_id, customer.id, page=0, size=_MANY)
        ]
        return data

    async def _reserved(self, customer: Customer) -> dict[str, Any]:
        """What only a chat that may act for the customer gets."""
        unit, chat_id = self.unit, self.chat.id
        names = await unit.invitations.guest_names(customer.id)
        tickets = self.tickets.get(customer.id, [])
        messages = await unit.tickets.all_messages(tickets)
        return {
            "codice_fiscale": customer.tax_code,
            "partita_iva": customer.vat_number,
            "email": customer.email,
            "telefono": customer.phone,
            "fax": customer.fax,
            "modifiche_ai_contatti": [
                self._change(change) for change in await unit.contacts.of_customer(customer.id)
            ],
            "chat_collegate": [
                self._link(link) | {"questa": link.chat_id == chat_id, "nome": names.get(link.id)}
                for link in await unit.chats.links_seen_by(chat_id, customer.id)
            ],
            "assistenza": [self._ticket(ticket, messages[ticket.id]) for ticket in tickets],
        }

    async def _measures(self, point: SupplyPoint) -> dict[str, Any] | None:
        """The first and last day of measures, and their file if it is within the limit."""
        span = None
        if point.service is Service.ELECTRICITY:
            span = await self.unit.measures.span(point)
        if span is None:
            return None
        first, last = span
        days = (last - first).days + 1
        fits = days <= self.days_left
        if fits:
            self.days_left -= days
            self.found.measures[point.code] = await self.unit.measures.days(point, first, last)
        return {
            "dal": first.isoformat(),
            "al": last.isoformat(),
            "file": _measures_path(point.code) if fits else None,
        }

    def _attachment(self, ticket: Ticket, file: TicketFile) -> dict[str, Any]:
        """A photo or file of a ticket, and its path in the ZIP if it is included."""
        path = None
        if file.room_name is not None and file.size is not None and file.size <= self.bytes_left:
            self.bytes_left -= file.size
            path = f"allegati/{ticket.id}/{file.id}-{_safe(file.name)}"
            self.found.attachments[path] = file.room_name
        return {"nome": file.name, "file": path}

    def _ticket(self, ticket: Ticket, messages: Sequence[TicketMessage]) -> dict[str, Any]:
        return {
            "numero": ticket.id,
            "oggetto": ticket.subject,
            "stato": {"open": "aperta", "closed": "chiusa"}[ticket.state.value],
            "aperta_il": self.instant(ticket.opened_at),
            "chiusa_il": self.instant(ticket.closed_at),
            "messaggi": [
                {
                    "da": {"customer": "cliente", "staff": "assistenza"}[message.author.value],
                    "il": self.instant(message.at),
                    "testo": message.words,
                    "allegati": [self._attachment(ticket, file) for file in message.files],
                }
                for message in messages
            ],
        }

    def _link(self, link: ChatLink) -> dict[str, Any]:
        return {
            "dal": self.instant(link.linked_at),
            "accesso": _ACCESS[link.access],
            "prova": {
                "mailed_code": "codice via e-mail",
                "invitation": "invito",
                "trial": "prova",
            }[link.proof.value],
        }

    def _change(self, change: ContactChange) -> dict[str, Any]:
        return {
            "campo": change.field.value,
            "vecchio": change.old,
            "nuovo": change.new,
            "modificato_il": self.instant(change.changed_at),
            "da_questa_chat": change.chat_id == self.chat.id,
        }

    def _reading(self, reading: Reading) -> dict[str, Any]:
        return {
            "data": reading.day.isoformat(),
            "tipo": reading.source.value,
            "contatore": reading.meter,
            "correttore": reading.corrector,
            "matricola_contatore": reading.meter_serial,
            "matricola_correttore": reading.corrector_serial,
            "stato": {
                "pending": "da acquisire",
                "claimed": "da acquisire",
                "acquired": "acquisita",
                "cancelled": "cancellata",
            }[reading.state.value],
            "inviata_il": self.instant(reading.submitted_at),
            "da_questa_chat": reading.chat_id == self.chat.id,
            "acquisita_il": self.instant(reading.acquired_at),
            "esito": {"none": None, "valid": "valida", "refused": "respinta"}[
                reading.outcome.value
            ],
            "informazioni": reading.outcome_note,
        }


def _measures_path(code: str) -> str:
    return f"misure/{code}.csv"


def _measures_csv(days: Mapping[date, Sequence[int | None]]) -> str:
    """A row per day: its quarter hours in order, in kWh."""
    most = max(map(len, days.values()), default=0)
    rows = [
        [day, *(None if wh is None else thousandths(wh) for wh in quarters)]
        for day, quarters in days.items()
    ]
    return customer_csv(["Giorno", *(f"{number + 1} (kWh)" for number in range(most))], rows)


def _safe(name: str) -> str:
    """A name that cannot lead out of the folder in which it is unpacked."""
    return re.sub(r"[^\w.\- ]", "_", name)[-_LONGEST_NAME:].lstrip(".") or "file"


def _preferences(preferences: Preferences) -> dict[str, Any]:
    quiet = preferences.quiet
    return {
        "promemoria_apertura": preferences.remind_when_open,
        "promemoria_prima_della_fine": preferences.remind_before_close,
        "giorni_prima_della_fine": preferences.days_before_close,
        "promemoria_ultimo_giorno": preferences.remind_last_day,
        "avviso_acquisita": preferences.tell_acquired,
        "avviso_esito": preferences.tell_outcome,
        "avviso_fattura": preferences.tell_invoice,
        "avviso_periodo_cambiato": preferences.tell_window,
        "avviso_altre_chat": preferences.tell_of_others,
        "silenzio_dalle": f"{quiet.start:%H:%M}" if quiet else None,
        "silenzio_alle": f"{quiet.end:%H:%M}" if quiet else None,
    }


def _point(point: SupplyPoint) -> dict[str, Any]:
    return {
        "punto": point.code,
        "servizio": point.service.value,
        "indirizzo": point.address,
        "autolettura": point.self_reading.value,
        "matricola_contatore": point.meter_serial,
        "cifre_contatore": point.meter_digits,
        "matricola_correttore": point.corrector_serial,
        "cifre_correttore": point.corrector_digits,
        "classe": point.meter_class,
        "coefficiente_c": _text(point.coefficient_c),
        "potenza_kw": _text(_thousandth(point.contracted_power_w)),
        "distributore": point.distributor,
        "contratto": point.contract,
        "offerta": point.offer,
        "decorrenza": point.since.isoformat(),
        "cessazione": point.until.isoformat() if point.until else None,
    }


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "numero": invoice.number,
        "data": invoice.day.isoformat(),
        "scadenza": invoice.due.isoformat(),
        "importo": _text(Decimal(invoice.amount_cents) / _CENTS),
        "stato": invoice.state.value,
        "pdf_in_chat": invoice.file_name is not None,
    }


def _document(document: Document) -> dict[str, Any]:
    return {"titolo": document.title, "data": document.day.isoformat()}


def _withdrawal(month: Withdrawal) -> dict[str, Any]:
    return {
        "anno": month.year,
        "mese": month.month,
        "f1_kwh": _text(_thousandth(month.f1_wh)),
        "f2_kwh": _text(_thousandth(month.f2_wh)),
        "f3_kwh": _text(_thousandth(month.f3_wh)),
        "potenza_kw": _text(_thousandth(month.power_w)),
        "smc": _text(month.smc),
    }


def _thousandth(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / _WATTS


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
