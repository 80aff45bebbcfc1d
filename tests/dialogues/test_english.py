"""The main job in English: linking, reading, changing one's mind; numbers follow the language."""

import pytest

from storage.engine import Store
from storage.models import Customer, ReadingState
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    TAX_CODE,
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.post import PostOffice
from tests.support.readings import live_readings, self_readings

SUMMARY = ["Save", "Change", "Cancel"]
KEYBOARD = ["📟 Reading", "📋 My readings", "🧾 Invoices", "📊 Usage", "☰ More"]


@pytest.fixture
async def customer(store: Store, clock: MovableClock) -> Customer:
    """028680 has one gas point, read a month ago at 44,870, and a window is open."""
    mario = await add_customer(store)
    point = await add_gas_point(store, mario, address="Via Roma 12, Cesena")
    await add_open_window(store, clock.now())
    await add_reading(store, point, clock.now().date().replace(month=1), 44_870)
    return mario


@pytest.fixture
async def stranger(counter: Counter, customer: Customer) -> ChatDriver:  # noqa: ARG001  # must exist
    """Ann's phone speaks English; her chat is not linked yet."""
    return counter.visitor("Ann", language="en")


@pytest.fixture
async def ann(
    stranger: ChatDriver, store: Store, clock: MovableClock, customer: Customer
) -> ChatDriver:
    """Ann, linked."""
    await link_chat(store, stranger.id, customer, clock.now())
    return stranger


def keyboard_of(chat: ChatDriver) -> list[str]:
    """The words on the large keyboard as it stands in the chat."""
    keyboard = chat.counter.telegram.reply_keyboard(chat.person.private_chat, chat.person)
    assert keyboard is not None
    return [key["text"] for row in keyboard["keyboard"] for key in row]


async def test_from_the_greeting_to_linked(stranger: ChatDriver, post: PostOffice) -> None:
    await stranger.sends("/start")
    stranger.sees("Hello!", "service counter of Luce e Gas Prova", buttons=["Link your supply"])
    await stranger.taps("Link your supply")
    stranger.sees("Write the customer code", "DATI CLIENTE", buttons=["Cancel"])
    await stranger.sends("28680")
    stranger.sees("Some digits are missing", "028680", buttons=["Cancel"])
    await stranger.sends("028680")
    stranger.sees("Customer code 028680", "tax code (codice fiscale)", buttons=["Cancel"])
    await stranger.sends(TAX_CODE)
    stranger.sees("Is this the supply?", "M*** R***", buttons=["Confirm", "Cancel"])
    await stranger.taps("Confirm")
    stranger.sees("Sending the code", edited=True)
    stranger.sees("six-digit code", buttons=["Send the code again", "Cancel"], edited=True)
    (letter,) = post.letters
    assert letter.subject == f"{letter.code} is the code from Luce e Gas Prova"
    assert "ten minutes" in letter.text
    await stranger.sends(letter.code)
    stranger.sees("Linked", "028680 · Mario Rossi", "One supply point.")
    assert keyboard_of(stranger) == KEYBOARD


async def test_a_reading_is_asked_for_summed_up_and_saved(ann: ChatDriver, store: Store) -> None:
    await ann.sends("/reading")
    ann.sees("Last reading: 44,870 (15/01/2026)", "Write the Meter reading", buttons=["Cancel"])
    await ann.sends("45.000")
    ann.sees(
        "Summary",
        "Via Roma 12, Cesena",
        "Reading date: 15/02/2026",
        "Meter reading: 45,000",
        "Usage since 15/01/2026: 130 m³ (134 Smc)",
        "Not saved yet",
        buttons=SUMMARY,
    )
    tap = await ann.taps("Save")
    assert tap.text == "Reading saved"
    ann.sees(
        "Reading saved",
        "Meter reading: 45,000",
        "To be acquired: we take it in at 10:30",
        buttons=["Delete"],
        edited=True,
    )
    assert await live_readings(store) == [(45_000, None)]


async def test_a_reading_is_deleted_from_the_list(
    ann: ChatDriver, counter: Counter, store: Store
) -> None:
    await ann.sends("45000")
    ann.sees("Summary", buttons=SUMMARY)
    await ann.taps("Save")
    ann.sees("Reading saved", edited=True)
    await ann.sends("📋 My readings")
    ann.sees("List of readings", "15/02/2026 · 45,000 · 🕐 To be acquired")
    await ann.taps("Delete")
    ann.sees("Delete the reading of 15/02/2026?", buttons=["Yes", "No"], edited=True)
    tap = await ann.taps("Yes")
    assert tap.text == "Reading deleted"
    ann.sees("has been deleted", buttons=["📟 New reading", "📋 My readings"], edited=True)
    await counter.service.outbox.run()
    ann.sees("Reading deleted", "It will not be acquired", edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.CANCELLED


async def test_what_is_said_unasked_speaks_the_same_language(
    ann: ChatDriver, counter: Counter
) -> None:
    """Nobody writes then, so that there is no telephone to ask for its language."""
    await ann.sends("45000")
    ann.sees("Summary")
    await ann.taps("Save")
    ann.sees("Reading saved", "To be acquired", edited=True)
    await counter.service.acquisition.run()
    await counter.service.outbox.run()
    ann.sees("Reading saved", "Meter reading: 45,000", "☑️ Acquired", buttons=[], edited=True)


async def test_a_comma_is_no_separator_of_thousands_and_the_answer_says_how_to_write_it(
    ann: ChatDriver, store: Store
) -> None:
    await ann.sends("/reading")
    ann.sees("44,870")
    await ann.sends("45,000")
    ann.sees("before the comma", "as 45000, without a comma", "Meter reading", buttons=["Cancel"])
    await ann.sends("45000")
    ann.sees("Meter reading: 45,000", buttons=SUMMARY)
    assert await self_readings(store) == []


async def test_a_lower_reading_is_questioned(ann: ChatDriver) -> None:
    await ann.sends("/reading")
    ann.sees("44,870")
    await ann.sends("44000")
    ann.sees(
        "Meter reading 44,000 is lower than the last one, 44,870 of 15/01/2026",
        "reach 99,999",
        "Tap “Back to zero”",
        buttons=["Change", "Back to zero", "Cancel"],
    )
    await ann.taps("Change")
    ann.sees("Write the Meter reading", edited=True)


async def test_what_is_under_way_is_cancelled(ann: ChatDriver, store: Store) -> None:
    await ann.sends("/reading")
    ann.sees("44,870")
    await ann.sends("/cancel")
    ann.sees("Cancelled. Nothing was saved.")
    await ann.sends("/annulla")
    ann.sees("There is nothing to cancel.")
    assert await self_readings(store) == []


async def test_commands_are_named_in_english(ann: ChatDriver) -> None:
    await ann.sends("/nothing")
    text = ann.sees("Everything you can do")["text"]
    assert "/reading · Send your gas reading" in text
    assert "/autolettura" not in text


async def test_an_italian_keyboard_still_works(ann: ChatDriver) -> None:
    """It may have been drawn before the language was changed."""
    await ann.sends("📟 Autolettura")
    ann.sees("Write the Meter reading")


async def test_the_language_is_chosen_and_comes_back(ann: ChatDriver) -> None:
    await ann.sends("/language")
    ann.sees("Which language", buttons=["italiano", "✓ English"])
    await ann.taps("italiano")
    ann.sees("da adesso parliamo in italiano")
    await ann.sends("/reading")
    ann.sees("Ultima lettura: 44.870")
    await ann.sends("/annulla")
    ann.sees("Annullato")
    await ann.sends("/lingua")
    ann.sees("lingua", buttons=["✓ italiano", "English"])
    await ann.taps("English")
    ann.sees("from now on we speak English")
    assert keyboard_of(ann) == KEYBOARD
