"""What a chat may take away with it: *Scarica i miei dati*, one ZIP with JSON in it.

Names in the JSON are those of the company's files, which are Italian and which the customer knows
from the invoice; days are ISO dates, instants ISO with offset, amounts in euros as text.
"""

import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from storage.models import (
    Access,
    Chat,
    ChatLink,
    ContactChange,
    Customer,
    Document,
    Invoice,
    Reading,
    SupplyPoint,
    Ticket,
    Withdrawal,
)
from storage.rules.preferences import Preferences
from storage.unit import Unit

FILE_NAME = "dati.json"
_README_NAME = "LEGGIMI.txt"
_CENTS = Decimal(100)
_WATTS = Decimal(1000)
_MANY = 100_000


async def gather(unit: Unit, chat: Chat, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Everything that the bot keeps about a chat, and about the customers linked to it now.

    Where the chat may only look, tax ids, contacts and other chats are left out: they are not its
    own. Measures by the quarter-hour are left out because they are files of their own (/misure).

    Args:
        unit: a unit of work.
        chat: whose data.
        now: the instant that is noted in the file.
        zone: the zone of the instants in it.
    """
    writer = _Writer(unit, chat, zone)
    customers = await unit.customers.of_chat(chat.id)
    return {
        "creato_il": writer.instant(now),
        "chat": await writer.chat_data(),
        "clienti": [await writer.customer_data(customer) for customer in customers],
    }


def pack(data: dict[str, Any], readme: str) -> bytes:
    """A ZIP file with *data* as JSON, and *readme* beside it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE_NAME, json.dumps(data, ensure_ascii=False, indent=2))
        archive.writestr(_README_NAME, readme)
    return packed.getvalue()


class _Writer:
    def __init__(self, unit: Unit, chat: Chat, zone: ZoneInfo) -> None:
        self.unit = unit
        self.chat = chat
        self.zone = zone

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
        points = [
            point
            for point in await unit.supply_points.of_chat(chat_id)
            if point.customer_id == customer.id
        ]
        readings = await unit.readings.histories(points)
        withdrawals = await unit.withdrawals.of_points(points)
        data["punti"] = [
            _point(point)
            | {
                "letture": [self._reading(each) for each in readings[point.id]],
                "prelievi": [_withdrawal(month) for month in withdrawals[point.id]],
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
        """What only who may act for the customer gets."""
        unit, chat_id = self.unit, self.chat.id
        names = await unit.invitations.guest_names(customer.id)
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
            "assistenza": [
                await self._ticket(ticket)
                for ticket in await unit.tickets.page(chat_id, page=0, size=_MANY)
                if ticket.customer_id == customer.id
            ],
        }

    async def _ticket(self, ticket: Ticket) -> dict[str, Any]:
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
                    "allegati": [file.name for file in message.files],
                }
                for message in await self.unit.tickets.messages(ticket.id)
            ],
        }

    def _link(self, link: ChatLink) -> dict[str, Any]:
        return {
            "dal": self.instant(link.linked_at),
            "accesso": {"full": "completo", "view": "sola consultazione"}[link.access.value],
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
