"""Texts and languages that no program of Telegram's would send: no apology, no stuck chat."""

import itertools
import json
from typing import Any

import pytest

from bot.counter.incoming import read
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.runs import linked_chat

HALF = "\ud83d"
_numbers = itertools.count(900_000_001)


async def brings(chat: ChatDriver, text: str, **sender: Any) -> None:
    """A message of a chat, as no program of Telegram's would write it."""
    counter = chat.counter
    raw = {
        "update_id": next(_numbers),
        "message": {
            "message_id": next(_numbers),
            "date": 0,
            "chat": {"id": chat.id, "type": "private"},
            "from": {"id": chat.id, "is_bot": False, "first_name": "Anna", **sender},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}]
            if text.startswith("/")
            else [],
        },
    }
    update = read(json.loads(json.dumps(raw)), counter.service.application.bot)
    assert update is not None
    await counter.service.arrivals.take([update])
    await counter.settle()


async def test_a_ticket_with_half_a_character_in_it_is_sent(
    counter: Counter, clock: MovableClock
) -> None:
    anna = await linked_chat(counter, clock)
    await anna.sends("/assistenza")
    anna.skip()
    for text in (f"Contatore{HALF}", f"Il numero {HALF} non si legge \udc00"):
        await brings(anna, text)
        anna.skip()
    await anna.taps("Fatto")
    anna.skip()
    await anna.taps("Invia")
    anna.skip()
    async with counter.service.store.reading() as unit:
        (ticket,) = await unit.tickets.page(anna.id, page=0, size=5)
        (message,) = await unit.tickets.messages(ticket.id, newest=5)
        assert message.words == "Il numero \ufffd non si legge \ufffd"


@pytest.mark.parametrize("language", [7, None, [], {"it": 1}, True, HALF])
async def test_a_language_that_is_no_text_is_answered_in_italian(
    counter: Counter, language: object
) -> None:
    anna = counter.visitor("Anna")
    await anna.sends("/start")
    anna.skip()
    await brings(anna, "/aiuto", language_code=language, first_name=f"An{HALF}na")
    anna.sees("Come si fa")
    await anna.sends("/start")
    anna.skip()


async def test_texts_with_invisible_characters_are_what_they_would_be_without(
    counter: Counter, clock: MovableClock
) -> None:
    anna = await linked_chat(counter, clock)
    for typed in ("\u200e45000\u200f", "45000\u200b", "\ufeff45000", "45000."):
        await anna.sends("/autolettura")
        anna.skip()
        await anna.sends(typed)
        anna.sees("45.000", buttons=["Salva", "Correggi", "Annulla"])
        await anna.sends("/annulla")
        anna.skip()
