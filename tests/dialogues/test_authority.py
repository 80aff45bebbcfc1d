"""Nobody gets at what is another's: every button and every command, tried by those who may not.

The buttons come from the list of button types and what is forged into them from the names of their
fields, so that a new button is tried without anybody's remembering it; a field that the test does
not know how to forge fails it.
"""

import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from conversations.kit.taps import Tap
from conversations.welcome import COMMANDS
from storage.engine import Store
from storage.models import (
    Access,
    ChatLink,
    Customer,
    Invitation,
    MeasuredDay,
    ReadingSource,
    ReadingState,
    Ticket,
    TicketAuthor,
    TicketMessage,
    TicketState,
    Withdrawal,
)
from storage.models.base import Base
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.papers import add_document, add_invoice

MARK = "Segretissimo"
MARKS = (MARK, "77.123", "77123", "SEGR-1", "segreto@example.it", "333 7771234")
OTHER_TAX_CODE = "VRDGNN70A01H501U"

NO_MARK = "abcdef"
OPENINGS: tuple[tuple[str, ...], ...] = (
    ("/annulla",),
    ("/autolettura",),
    ("/autolettura", "45200"),
    ("/assistenza",),
    ("/misure",),
    ("/dati",),
    ("/collega", "770077"),
)
"""What is written before every button is tried: nothing open, and each conversation in turn."""

# What belongs to the chat that asks, and may change when it taps or writes.
OWN_TABLES = {
    "announcements",
    "chat_preferences",
    "chats",
    "conversations",
    "inbox",
    "link_attempts",
    "one_time_codes",
    "outbox",
    "telegram_files",
}


@dataclasses.dataclass
class Victim:
    """Somebody with one of everything, and the ids of it all by the names that buttons use."""

    ids: dict[str, int]
    chat: ChatDriver


async def make_victim(counter: Counter, store: Store, clock: MovableClock) -> Victim:
    now, today = clock.now(), clock.now().date()
    chat = counter.visitor("Vittima")
    customer = await add_customer(
        store,
        "770077",
        name=MARK,
        address=f"Via {MARK} 7",
        email="segreto@example.it",
        phone="+39 333 7771234",
    )
    gas = await add_gas_point(store, customer, address=f"Via {MARK} 7", contract=MARK)
    power = await add_electricity_point(store, customer, address=f"Via {MARK} 8")
    await add_open_window(store, now)
    await add_reading(store, gas, today - dt.timedelta(days=30), 77_000)
    await link_chat(store, chat.id, customer, now)
    reading = await add_reading(
        store,
        gas,
        today,
        77_123,
        source=ReadingSource.SELF,
        state=ReadingState.PENDING,
        chat_id=chat.id,
        receipt_message_id=1,
    )
    invoice = await add_invoice(counter.service, customer, number="SEGR-1", pdf=b"%PDF-1.4 segreto")
    document = await add_document(counter.service, customer, MARK)
    async with store.unit() as unit:
        link = (await unit.chats.links(chat.id))[0]
        session = unit.session
        invitation = Invitation(
            customer_id=customer.id,
            inviter_chat_id=chat.id,
            access=Access.FULL,
            token_hash="a" * 22,
            created_at=now,
            expires_at=now + dt.timedelta(hours=24),
            guest_chat_id=999_999,
            guest_name=MARK,
            taken_at=now,
        )
        ticket = Ticket(
            customer_id=customer.id,
            chat_id=chat.id,
            subject=MARK,
            state=TicketState.OPEN,
            last_author=TicketAuthor.CUSTOMER,
            opened_at=now,
            changed_at=now,
            thread_is_topic=False,
        )
        session.add_all([invitation, ticket])
        await session.flush()
        session.add(
            TicketMessage(
                ticket_id=ticket.id,
                author=TicketAuthor.CUSTOMER,
                chat_id=chat.id,
                words=MARK,
                at=now,
            )
        )
        session.add(Withdrawal(supply_point_id=gas.id, year=2026, month=1, smc=Decimal("77.123")))
        session.add(MeasuredDay(supply_point_id=power.id, day=today, quarters_wh=[77_123] * 96))
        await unit.commit()
        ids = {
            "customer_id": customer.id,
            "supply_point_id": gas.id,
            "power_point_id": power.id,
            "reading_id": reading.id,
            "invoice_id": invoice.id,
            "document_id": document.id,
            "link_id": link.id,
            "invitation_id": invitation.id,
            "ticket_id": ticket.id,
        }
    return Victim(ids, chat)


def forged(kind: type[Tap], victim: Victim, screen_token: str) -> Iterator[Tap]:
    """Buttons of one type as somebody might forge them, with another's ids in them."""
    hints = typing.get_type_hints(kind)
    points = [victim.ids["supply_point_id"], victim.ids["power_point_id"]]
    for point in points if "supply_point_id" in hints else points[:1]:
        values: dict[str, Any] = {}
        for field in dataclasses.fields(kind):  # type: ignore[arg-type]
            if field.name == "supply_point_id":
                values[field.name] = point
            elif field.name in victim.ids:
                values[field.name] = victim.ids[field.name]
            elif field.name == "screen_token":
                values[field.name] = screen_token
            else:
                values[field.name] = any_value(kind, field.name, hints[field.name])
        yield kind(**values)


def any_value(kind: type[Tap], name: str, hint: Any) -> Any:
    """Something that fits a field which names nobody's property."""
    if name.endswith("_id"):
        pytest.fail(f"{kind.__name__}.{name}: this test does not know whose id that is")
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    usual: dict[Any, Any] = {int: 0, bool: True, str: "zz", dt.date: dt.date(2026, 1, 1)}
    return 2026 if name == "year" else usual[hint]


async def others_property(store: Store, besides_chat: int) -> dict[str, list[Any]]:
    """Every row that the asking chat has no business changing."""
    async with store.reading() as unit:
        kept: dict[str, list[Any]] = {}
        for table in Base.metadata.sorted_tables:
            if table.name in OWN_TABLES:
                continue
            rows = [tuple(row) for row in await unit.session.execute(select(table))]
            if table.name == "chat_links":
                chat_column = list(table.columns.keys()).index("chat_id")
                rows = [row for row in rows if row[chat_column] != besides_chat]
            kept[table.name] = sorted(rows, key=repr)
        return kept


async def link_to_own(chat: ChatDriver, store: Store, clock: MovableClock) -> None:
    """A customer who is not the victim, with a point of each service."""
    customer = await add_customer(
        store, "110011", name="Giovanni Verdi", tax_code=OTHER_TAX_CODE, email="v@example.it"
    )
    await add_gas_point(store, customer)
    await add_electricity_point(store, customer)
    await link_chat(store, chat.id, customer, clock.now())


async def stranger(counter: Counter, _store: Store, _clock: MovableClock, _v: Victim) -> ChatDriver:
    return counter.visitor("Estraneo")


async def neighbour(counter: Counter, store: Store, clock: MovableClock, _v: Victim) -> ChatDriver:
    chat = counter.visitor("Vicino")
    await link_to_own(chat, store, clock)
    return chat


async def former(counter: Counter, store: Store, clock: MovableClock, v: Victim) -> ChatDriver:
    """Somebody whose link was ended, and who is still linked to a customer of their own."""
    chat = counter.visitor("Revocato")
    await link_to_own(chat, store, clock)
    async with store.unit() as unit:
        customer = await unit.session.get_one(Customer, v.ids["customer_id"])
    await link_chat(store, chat.id, customer, clock.now())
    async with store.unit() as unit:
        await unit.chats.choose_supply_point(
            await unit.chats.meet(chat.id, now=clock.now()), v.ids["supply_point_id"]
        )
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    return chat


async def onlooker(counter: Counter, store: Store, clock: MovableClock, v: Victim) -> ChatDriver:
    chat = counter.visitor("Guarda")
    async with store.unit() as unit:
        customer = await unit.session.get_one(Customer, v.ids["customer_id"])
    await link_chat(store, chat.id, customer, clock.now(), access=Access.VIEW)
    return chat


async def try_everything(
    chat: ChatDriver,
    victim: Victim,
    store: Store,
    openings: tuple[tuple[str, ...], ...] = OPENINGS,
) -> None:
    commands = [name for italian, english, _ in COMMANDS for name in (italian, english)]
    texts = [f"/{name}" for name in dict.fromkeys(commands)] + ["77200", "770077"]
    for text in texts:
        await chat.sends(text)
    await chat.sends("/annulla")
    async with store.reading() as unit:
        links = await unit.chats.links(chat.id)
    # Every button outside of any conversation, and replayed in the midst of each.
    for opening in openings:
        for text in opening:
            await chat.sends(text)
        message_id = chat.messages()[-1]["message_id"]
        for kind in Tap.registry.values():
            for tap in forged(kind, victim, await live_mark(chat, store)):
                answer = await chat.taps_data(tap, message_id, repr(tap))
                assert answer.answered, repr(tap)
                await link_again(chat, store, links)
            if await live_mark(chat, store) == NO_MARK:  # it led out of the conversation
                for text in opening:
                    await chat.sends(text)


async def live_mark(chat: ChatDriver, store: Store) -> str:
    """What buttons of the open conversation's newest screen carry."""
    async with store.unit() as unit:
        row = await unit.conversations.open_in(chat.id)
    return row.token if row else NO_MARK


async def link_again(chat: ChatDriver, store: Store, links: list[ChatLink]) -> None:
    """Some buttons end one's own link, and the next would then be tried by a stranger."""
    async with store.unit() as unit:
        if await unit.chats.links(chat.id):
            return
        now = chat.counter.service.clock.now()
        await unit.chats.meet(chat.id, now=now)
        for link in links:
            await unit.chats.link(
                chat.id, link.customer_id, access=link.access, proof=link.proof, now=now
            )
        await unit.commit()


@pytest.mark.parametrize("who", [stranger, neighbour, former], ids=lambda f: f.__name__)
async def test_what_is_anothers_is_neither_shown_nor_changed(
    who: Any, counter: Counter, store: Store, clock: MovableClock
) -> None:
    victim = await make_victim(counter, store, clock)
    chat = await who(counter, store, clock, victim)
    before = await others_property(store, chat.id)
    await try_everything(chat, victim, store)
    said = "\n".join(line for line in chat.transcript if line.startswith("←") or "toast" in line)
    for mark in MARKS:
        assert mark not in said, f"{mark} was shown to somebody else"
    assert await others_property(store, chat.id) == before
    chat.skip()
    victim.chat.skip()


async def test_who_may_only_look_changes_nothing(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    victim = await make_victim(counter, store, clock)
    chat = await onlooker(counter, store, clock, victim)
    before = await others_property(store, chat.id)
    await try_everything(chat, victim, store)
    assert await others_property(store, chat.id) == before
    chat.skip()
    victim.chat.skip()


async def test_the_same_taps_do_show_and_change_what_is_ones_own(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    """Otherwise the tests above would pass because nothing they try does anything."""
    victim = await make_victim(counter, store, clock)
    before = await others_property(store, besides_chat=0)
    await try_everything(victim.chat, victim, store, OPENINGS[:1])
    said = "\n".join(victim.chat.transcript)
    assert [mark for mark in (MARK, "77.123", "SEGR-1") if mark not in said] == []
    after = await others_property(store, besides_chat=0)
    changed = {name for name in before if after[name] != before[name]}
    assert {"readings", "invitations", "tickets"} <= changed
    victim.chat.skip()
