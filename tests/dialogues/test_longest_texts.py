"""The longest and strangest that Telegram lets through is answered in every place, kindly."""

import pytest

from storage.engine import Store
from tests.support.chat import ChatDriver, Counter
from tests.support.factories import TAX_CODE, add_customer, add_gas_point

LONGEST = 4_096

STRANGE = {
    "letters": "x" * LONGEST,
    "digits": "9" * LONGEST,
    "code-like": "028680 " * (LONGEST // 7),
    "signs of HTML": "<b>&" * (LONGEST // 4),
    "combining": "a" + "\u0301" * (LONGEST - 1),
    "beyond the plane": "🔥" * (LONGEST // 2),
    "right to left and invisible": ("\u202e\u200b\u0660" * LONGEST)[:LONGEST],
    "lines": "\n.".join(["x"] * (LONGEST // 3)),
}

PLACES: dict[str, list[str]] = {
    "nowhere": [],
    "customer code": ["/collega"],
    "tax code": ["/collega", "028680"],
    "meter": ["/autolettura"],
    "summary": ["45000"],
    "subject": ["/assistenza"],
    "days": ["/misure"],
}


@pytest.mark.parametrize("place", PLACES)
async def test_in_every_place_it_gets_an_answer_and_no_apology(
    chat: ChatDriver, place: str
) -> None:
    for name, text in STRANGE.items():
        for step in PLACES[place]:
            await chat.sends(step)
        before = len(chat.messages())
        await chat.sends(text)
        answers = [m for m in chat.messages()[before:] if m["from"]["is_bot"]]
        assert answers, f"silence for {name}"
        for answer in answers:
            said = answer.get("text") or answer.get("caption") or ""
            assert "andato storto" not in said, (name, said)
        await chat.sends("/annulla")
        chat.skip()


async def test_where_a_code_is_awaited_too(counter: Counter, store: Store) -> None:
    await add_gas_point(store, await add_customer(store))
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", TAX_CODE):
        await anna.sends(text)
    await anna.taps("Conferma")
    anna.skip()
    for text in STRANGE.values():
        await anna.sends(text)
        anna.sees("sei cifre")
