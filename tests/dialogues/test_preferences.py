"""``/preferenze`` and ``/lingua``: what a chat wants to hear, when, and in which language."""

from dataclasses import fields
from datetime import time

import pytest

from conversations.account.language import SetLanguage
from conversations.account.preferences.screens import (
    NOTICES,
    REMINDERS,
    SetDays,
    SetPreference,
    SetQuietHours,
    Switch,
)
from conversations.account.preferences.steps import read_quiet_hours
from storage.engine import Store
from storage.models import Access
from storage.rules.preferences import Preferences
from storage.rules.quiet_hours import QuietHours
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, link_chat

OVERVIEW = [
    "🔔 Promemoria",
    "📨 Avvisi",
    "🌙 Ore di silenzio",
    "🌐 Lingua",
    "👥 Chat collegate",
    "Scarica i miei dati",
    "Elimina i miei dati",
]
NIGHT = QuietHours(time(22), time(7))


async def kept(store: Store, chat: ChatDriver) -> Preferences:
    async with store.reading() as unit:
        return await unit.preferences.of(chat.id)


def keyboard_of(chat: ChatDriver) -> list[str]:
    """The words on the large keyboard as it stands in the chat."""
    keyboard = chat.counter.telegram.reply_keyboard(chat.person.private_chat, chat.person)
    return [key["text"] for row in (keyboard or {"keyboard": []})["keyboard"] for key in row]


async def open_page(chat: ChatDriver, label: str) -> int:
    """As far as one page of the preferences; gives its message."""
    await chat.sends("/preferenze")
    chat.sees("Preferenze")
    await chat.taps(label)
    return int(chat.last["message_id"])


async def test_everything_at_a_glance(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/preferenze")
    text = chat.sees(
        "Preferenze",
        "Promemoria attivi: 3 su 3",
        "Avvisi attivi: 3 su 5",
        "Ore di silenzio: dalle 21 alle 8",
        "Lingua: italiano",
        buttons=OVERVIEW,
    )["text"]
    assert "Ultimo accesso" not in text  # there was none before this one
    assert await kept(store, chat) == Preferences()


async def test_the_last_access_is_the_session_before(chat: ChatDriver, clock: MovableClock) -> None:
    await chat.sends("/menu")
    chat.skip()
    clock.set(2026, 2, 16, 18, 5)
    await chat.sends("/settings")
    chat.sees("Ultimo accesso: 15/02/2026, 10:00")
    clock.move(minutes=20)
    await chat.sends("/settings")
    chat.sees("Ultimo accesso: 15/02/2026, 10:00")  # still the same session
    clock.move(minutes=31)
    await chat.sends("/settings")
    chat.sees("Ultimo accesso: 16/02/2026, 18:25")


async def test_reminders_are_switched_one_by_one(chat: ChatDriver, store: Store) -> None:
    await open_page(chat, "🔔 Promemoria")
    chat.sees(
        "Promemoria",
        buttons=[
            "✅ Quando si apre il periodo",
            "✅ 3 giorni prima della fine",
            "✅ L'ultimo giorno",
            *("1", "2", "✓ 3", "5", "7"),
            "‹ Preferenze",
        ],
        edited=True,
    )
    await chat.taps("✅ Quando si apre il periodo")
    chat.sees("Promemoria", edited=True)
    await chat.taps("1")
    chat.sees("Promemoria", edited=True)
    assert await kept(store, chat) == Preferences(remind_when_open=False, days_before_close=1)
    await chat.taps("✅ Un giorno prima della fine")
    chat.sees(
        "Promemoria",
        buttons=[
            "⬜ Quando si apre il periodo",
            "⬜ Un giorno prima della fine",
            "✅ L'ultimo giorno",
            "‹ Preferenze",
        ],
        edited=True,
    )
    await chat.taps("‹ Preferenze")
    chat.sees("Promemoria attivi: 1 su 3", buttons=OVERVIEW, edited=True)


@pytest.mark.parametrize("switch", list(Switch))
async def test_every_switch_goes_on_and_off_and_touches_no_other(
    chat: ChatDriver, store: Store, switch: Switch
) -> None:
    message = await open_page(chat, "🔔 Promemoria" if switch in REMINDERS else "📨 Avvisi")
    chat.skip()
    before = await kept(store, chat)
    for on in (False, True, True):
        await chat.taps_data(SetPreference(switch, on), message)
        chat.skip()
        after = await kept(store, chat)
        assert getattr(after, switch.value) is on
        for field in fields(Preferences):
            if field.name != switch.value:
                assert getattr(after, field.name) == getattr(before, field.name)


async def test_every_yes_or_no_can_be_switched() -> None:
    switched = {switch.value for switch in (*REMINDERS, *NOTICES)}
    assert switched == {f.name for f in fields(Preferences) if f.type is bool}
    assert len(switched) == len(Switch)


async def test_notices(chat: ChatDriver, store: Store) -> None:
    await open_page(chat, "📨 Avvisi")
    chat.sees(
        "Avvisi",
        buttons=[
            "⬜ Lettura acquisita",
            "✅ Esito del distributore",
            "✅ Nuova fattura",
            "✅ Periodo di lettura cambiato",
            "⬜ Letture inviate da altre chat",
            "‹ Preferenze",
        ],
        edited=True,
    )
    await chat.taps_twice("⬜ Lettura acquisita")  # the second says the same, and changes nothing
    chat.sees("Avvisi", edited=True)
    assert await kept(store, chat) == Preferences(tell_acquired=True)


async def test_quiet_hours_are_chosen(chat: ChatDriver, store: Store) -> None:
    await open_page(chat, "🌙 Ore di silenzio")
    chat.sees(
        "adesso sono dalle 21 alle 8",
        buttons=[
            "✓ Predefinite: dalle 21 alle 8",
            "Dalle 22 alle 7",
            "Dalle 20 alle 9",
            "Nessuna",
            "Altre ore…",
            "‹ Preferenze",
        ],
        edited=True,
    )
    await chat.taps("Dalle 22 alle 7")
    chat.sees("adesso sono dalle 22 alle 7", edited=True)
    assert (await kept(store, chat)).quiet == NIGHT
    await chat.taps("Nessuna")
    chat.sees("adesso sono nessuna", edited=True)
    assert (await kept(store, chat)).quiet == QuietHours(time(0), time(0))
    await chat.taps("Predefinite: dalle 21 alle 8")
    chat.sees("adesso sono dalle 21 alle 8", edited=True)
    assert (await kept(store, chat)).quiet is None


async def test_quiet_hours_are_typed(chat: ChatDriver, store: Store) -> None:
    await open_page(chat, "🌙 Ore di silenzio")
    chat.skip()
    await chat.taps("Altre ore…")
    chat.sees("Da che ora a che ora?", buttons=["Annulla"], edited=True)
    for typed in ("boh", "21", "25-8", "0-24", "22-7-9", "٢١-٨", "-1-8", "x" * 4096):
        await chat.sends(typed)
        chat.sees("Mi servono due ore", buttons=["Annulla"])
    await chat.sends("dalle 22.30 alle 7")
    chat.sees("Ore di silenzio: dalle 22:30 alle 7", buttons=["‹ Preferenze"])
    assert (await kept(store, chat)).quiet == QuietHours(time(22, 30), time(7))
    await chat.taps("‹ Preferenze")
    chat.sees("Ore di silenzio: dalle 22:30 alle 7", edited=True)


async def test_typing_hours_can_be_cancelled(chat: ChatDriver, store: Store) -> None:
    await open_page(chat, "🌙 Ore di silenzio")
    chat.skip()
    await chat.taps("Altre ore…")
    chat.sees("Da che ora a che ora?", edited=True)
    await chat.sends("/annulla")
    chat.sees("Annullato")
    assert await kept(store, chat) == Preferences()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("21-8", QuietHours(time(21), time(8))),
        (" 22:30 – 7 ", QuietHours(time(22, 30), time(7))),
        ("Dalle 22 alle 7", NIGHT),
        ("from 22 to 7", NIGHT),
        ("0-0", QuietHours(time(0), time(0))),
        ("13-24", QuietHours(time(13), time(0))),
        ("0-24", None),
        ("21/8", None),
        ("", None),
    ],
)
def test_hours_as_people_write_them(typed: str, expected: QuietHours | None) -> None:
    assert read_quiet_hours(typed) == expected


async def test_forged_values_change_nothing(chat: ChatDriver, store: Store) -> None:
    message = await open_page(chat, "🔔 Promemoria")
    chat.skip()
    for days in (0, 31, 4, -3):
        await chat.taps_data(SetDays(days), message)
    for start, end in ((24, 8), (-1, 8), (5, 99)):
        await chat.taps_data(SetQuietHours(start, end), message)
    await chat.taps_data("1pft:quiet:1", message)
    chat.skip()
    assert await kept(store, chat) == Preferences()


async def test_preferences_are_each_chats_own(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    guest = counter.visitor("Gino")
    await link_chat(store, guest.id, customer, clock.now(), Access.VIEW)
    await open_page(guest, "🌙 Ore di silenzio")
    await guest.taps("Dalle 22 alle 7")
    guest.skip()
    assert (await kept(store, guest)).quiet == NIGHT
    assert await kept(store, chat) == Preferences()
    async with store.reading() as unit:
        both = await unit.preferences.of_chats([chat.id, guest.id])
    assert both == {chat.id: Preferences(), guest.id: Preferences(quiet=NIGHT)}


async def test_somebody_not_linked_is_invited_to_link(counter: Counter) -> None:
    stranger = counter.visitor("Zoe")
    await stranger.sends("/preferenze")
    stranger.sees("serve prima collegare", buttons=["Collega la fornitura"])


# -- language --


async def test_the_language_is_changed_and_lasts(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/lingua")
    chat.sees("In che lingua", buttons=["✓ italiano", "English"])
    await chat.taps("English")
    chat.sees("English")
    assert "📟 Autolettura" not in keyboard_of(chat)
    await chat.sends("/language")
    chat.sees(buttons=["italiano", "✓ English"])
    await chat.taps("italiano")
    chat.sees("da adesso parliamo in italiano")
    assert "📟 Autolettura" in keyboard_of(chat)
    async with store.reading() as unit:
        row = await unit.chats.get(chat.id)
    assert row is not None
    assert row.language == "it"


async def test_somebody_not_linked_chooses_a_language_too(counter: Counter, store: Store) -> None:
    await add_customer(store)
    stranger = counter.visitor("Zoe", language="en")
    await stranger.sends("/language")
    stranger.sees(buttons=["italiano", "✓ English"])
    await stranger.taps("italiano")
    message = stranger.sees("da adesso parliamo in italiano", buttons=[], edited=True)
    assert keyboard_of(stranger) == []
    await stranger.taps_data(SetLanguage("xx"), message["message_id"])
    stranger.sees("In che lingua", buttons=["✓ italiano", "English"], edited=True)
