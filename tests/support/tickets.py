"""Steps and queries for tests about tickets."""

from datetime import datetime

from sqlalchemy import select

from storage.engine import Store
from storage.models import Ticket, TicketAuthor, TicketFile, TicketMessage
from storage.repositories.tickets import Answered, NewFile
from tests.support.chat import ChatDriver

SUBJECTS = [
    "Bolletta o pagamento",
    "Contatore o lettura",
    "Contratto o offerta",
    "Dati da correggere",
    "Altro",
    "Annulla",
]
GO_ON = ["Fatto", "Annulla"]
SEND = ["Invia", "Annulla"]


async def writes_to_staff(chat: ChatDriver, words: str, subject: str = "Altro") -> None:
    """Open a ticket, from the command to its number; nothing is left unread."""
    await chat.sends("/assistenza")
    if "Nuova richiesta" not in chat.sees("Nuova richiesta")["text"].splitlines()[0]:
        raise AssertionError("that chat has tickets: tap «Nuova richiesta» instead")
    await chat.taps(subject)
    chat.sees("Ora racconta", edited=True)
    await chat.sends(words)
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)


async def tickets(store: Store) -> list[Ticket]:
    """Every ticket, the first one first."""
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(Ticket).order_by(Ticket.id)))


async def said(store: Store) -> list[tuple[TicketAuthor, str, int]]:
    """All messages of tickets: the author, the text, how many files."""
    async with store.reading() as unit:
        found: list[tuple[TicketAuthor, str, int]] = []
        for ticket in await unit.session.scalars(select(Ticket).order_by(Ticket.id)):
            messages = await unit.tickets.messages(ticket.id)
            found += [(each.author, each.words, len(each.files)) for each in messages]
        return found


async def files(store: Store) -> list[TicketFile]:
    """Every photo and file of tickets, in order of arrival."""
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(TicketFile).order_by(TicketFile.id)))


async def answered(
    store: Store, number: int, words: str, *, now: datetime, with_files: tuple[NewFile, ...] = ()
) -> Answered:
    """Answer a ticket as the staff, without the group."""
    async with store.unit() as unit:
        ticket = await unit.tickets.by_id(number)
        assert ticket is not None
        given = await unit.tickets.answer(ticket, words, with_files, now=now)
        assert given is not None
        await unit.commit()
        return given


async def closed(store: Store, number: int, *, now: datetime) -> None:
    """Close a ticket as the staff."""
    async with store.unit() as unit:
        ticket = await unit.tickets.by_id(number)
        assert ticket is not None
        assert await unit.tickets.close(ticket, staff_group=None, now=now)
        await unit.commit()


async def messages_of(store: Store, number: int) -> list[TicketMessage]:
    """The messages of one ticket."""
    async with store.reading() as unit:
        return await unit.tickets.messages(number)
