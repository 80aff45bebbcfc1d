"""What comes from Telegram is fit to be handled, and what is marked in it stays marked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Message

from bot.counter.cleaning import cleaned

UNSEEN = "\u200e\u200b\u00ad\ufeff\u2068"


def marked(text: str, *words: str) -> dict[str, object]:
    """A message in which these words are bold."""
    message = Message.de_json(
        {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": text}, None
    )
    assert message.text is not None
    entities = []
    for word in words:
        before = text[: text.index(word)]
        entities.append(
            {
                "type": "bold",
                "offset": len(before.encode("utf-16-le", "surrogatepass")) // 2,
                "length": len(word.encode("utf-16-le", "surrogatepass")) // 2,
            }
        )
    return {
        "message_id": 1,
        "date": 0,
        "chat": {"id": 1, "type": "private"},
        "text": text,
        "entities": entities,
    }


@given(st.lists(st.text(st.sampled_from("aé€😀 " + UNSEEN), max_size=8), min_size=3, max_size=3))
def test_entities_stay_on_their_words(parts: list[str]) -> None:
    first, second, third = parts
    text = f"{first}<{second}>{third}"
    message = Message.de_json(cleaned(marked(text, f"<{second}>")), None)
    (word,) = message.parse_entities().values()
    assert word == "<" + "".join(c for c in second if c not in UNSEEN) + ">"
    assert not any(c in (message.text or "") for c in UNSEEN)


def test_half_a_character_becomes_a_whole_one_and_can_be_stored() -> None:
    found = cleaned(json.loads(r"""{"text": "a\ud83d b \ude00\ud83d\ude00", "x": ["\udc00"]}"""))
    assert found["text"] == "a\ufffd b \ufffd\U0001f600"
    json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.parametrize("odd", [7, True, None, [], {"it": 1}])
def test_a_text_that_is_none_is_left_out(odd: object) -> None:
    assert cleaned({"language_code": odd, "id": 5}) == {"id": 5}


def test_what_is_telegrams_own_stays_as_it_is() -> None:
    assert cleaned({"data": "a\u200eb", "id": "1\u200e"}) == {"data": "a\u200eb", "id": "1\u200e"}
