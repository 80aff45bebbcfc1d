from typing import Any

import pytest
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call

TEXT_BUTTONS = (
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
)


def inline(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def tappable(count: int) -> list[dict[str, Any]]:
    return [{"text": str(n), "callback_data": str(n)} for n in range(count)]


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (inline([{"text": "x"}]), TEXT_BUTTONS),
        (inline([{"text": "x", "callback_data": ""}]), TEXT_BUTTONS),
        (inline([{"text": "x", "callback_data": "x" * 65}]), "BUTTON_DATA_INVALID"),
        (inline([{"text": "x", "callback_data": "è" * 33}]), "BUTTON_DATA_INVALID"),
        (inline(tappable(9)), "reply markup is too long"),
        (inline(*[tappable(8)] * 13), "reply markup is too long"),
        (
            inline([{"callback_data": "x"}]),
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            inline([{"text": 1, "callback_data": "x"}]),
            'can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            inline([{"text": "x", "callback_data": 7}]),
            'can\'t parse inline keyboard button: Field "callback_data" must be of type String',
        ),
        (
            inline(["x"]),  # type: ignore[list-item]
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object",
        ),
        (
            {"inline_keyboard": {}},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array',
        ),
        (
            {"inline_keyboard": [{}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            inline([{"text": "x", "url": "ftp://a.it"}]),
            "inline keyboard button URL 'ftp://a.it' is invalid: Unsupported URL protocol",
        ),
        (
            inline([{"text": "x", "url": "http://localhost/x"}]),
            "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
        ),
        (inline([{"text": "x", "copy_text": {"text": ""}}]), "BUTTON_COPY_TEXT_INVALID"),
        ({"keyboard": "x"}, 'field "keyboard" of the ReplyKeyboardMarkup must be an Array'),
        (
            {"keyboard": [[1]]},
            "can't parse keyboard button: KeyboardButton must be a String or an Object",
        ),
        (
            {"keyboard": [["x"]], "resize_keyboard": 1},
            'field "resize_keyboard" of the reply markup must be of the type Boolean',
        ),
        ([], "object expected as reply markup"),
        ("{", "can't parse reply keyboard markup JSON object"),
    ],
)
async def test_keyboards_that_are_refused(
    call: Call, anna: Person, markup: Any, reason: str
) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    assert answer["error_code"] == 400
    assert answer["description"] == f"Bad Request: {reason}"


@pytest.mark.parametrize(
    "markup",
    [
        inline([{"text": "x", "callback_data": "x" * 64}]),
        inline([{"text": "x", "callback_data": "è" * 32}]),
        inline(*[tappable(8)] * 12, tappable(4)),
        inline([{"text": "x", "url": "https://a.it/x"}, {"text": "y", "copy_text": {"text": "z"}}]),
    ],
)
async def test_keyboards_at_the_limit(call: Call, anna: Person, markup: dict[str, Any]) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    assert answer["result"]["reply_markup"] == markup


async def test_an_empty_keyboard_is_none(call: Call, anna: Person) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup=inline([], []))
    assert "reply_markup" not in answer["result"]


async def test_the_reply_keyboard_in_force(bot: Bot, telegram: LocalTelegram, anna: Person) -> None:
    chat = anna.private_chat
    markup = ReplyKeyboardMarkup([["🧾 Fatture", "☰ Altro"]], resize_keyboard=True)
    sent = await bot.send_message(anna.id, "ecco", reply_markup=markup)
    assert sent.reply_markup is None
    keyboard = telegram.reply_keyboard(chat, anna)
    assert keyboard is not None
    assert keyboard["resize_keyboard"] is True
    assert anna.press(chat, "☰ Altro")["text"] == "☰ Altro"
    with pytest.raises(LookupError, match="Fatture"):
        anna.press(chat, "Prelievi")
    await bot.send_message(anna.id, "senza effetto")
    assert telegram.reply_keyboard(chat, anna) == keyboard
    await bot.send_message(anna.id, "via", reply_markup=ReplyKeyboardRemove())
    assert telegram.reply_keyboard(chat, anna) is None


async def test_a_keyboard_goes_with_its_message(
    bot: Bot, telegram: LocalTelegram, anna: Person
) -> None:
    chat = anna.private_chat
    sent = await bot.send_message(anna.id, "x", reply_markup=ReplyKeyboardMarkup([["a"]]))
    await sent.delete()
    assert telegram.reply_keyboard(chat, anna) is None


async def test_a_forced_reply_ends_with_the_answer(
    bot: Bot, telegram: LocalTelegram, anna: Person
) -> None:
    chat = anna.private_chat
    await bot.send_message(anna.id, "x", reply_markup=ForceReply(input_field_placeholder="cifre"))
    assert telegram.reply_keyboard(chat, anna) == {
        "force_reply": True,
        "input_field_placeholder": "cifre",
    }
    anna.send_text(chat, "45000")
    assert telegram.reply_keyboard(chat, anna) is None


async def test_a_tap_and_its_answer(bot: Bot, anna: Person) -> None:
    chat = anna.private_chat
    keyboard = InlineKeyboardMarkup(
        [
            [InlineKeyboardButton("Salva", callback_data="save")],
            [InlineKeyboardButton("Sito", url="https://a.it/")],
        ]
    )
    sent = await bot.send_message(anna.id, "?", reply_markup=keyboard)
    tap = anna.tap_button(chat, "Salva")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert isinstance(query.id, str)
    assert query.chat_instance
    assert query.data == "save"
    assert query.from_user.id == anna.id
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    assert not tap.ended
    await query.answer("Salvata", show_alert=True)
    assert await tap.wait(1) is tap
    assert (tap.answered, tap.text, tap.show_alert) == (True, "Salvata", True)
    with pytest.raises(LookupError, match="Salva"):
        anna.tap_button(chat, "Cancella")
    with pytest.raises(ValueError, match="sends nothing"):
        anna.tap_button(chat, "Sito")


async def test_forged_taps_arrive(bot: Bot, anna: Person) -> None:
    chat = anna.private_chat
    sent = await bot.send_message(anna.id, "?")
    anna.tap(chat, sent.message_id, "forged")
    anna.tap(chat, 4242, "on a message that is gone")
    first, second = [update.callback_query for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert first.data == "forged"
    assert second.message is not None
    assert not second.message.is_accessible


async def test_taps_grow_too_old(
    call: Call, telegram: LocalTelegram, anna: Person, clock: Any
) -> None:
    tap = anna.tap(anna.private_chat, 1, "x")
    clock.advance(seconds=16)
    too_old = "query is too old and response timeout expired or query ID is invalid"
    for query_id in (tap.id, "12345", ""):
        answer = await call("answerCallbackQuery", callback_query_id=query_id)
        assert answer["description"] == f"Bad Request: {too_old}"
    assert tap.timed_out
    assert telegram.pending_updates == 1


async def test_answers_of_taps_have_a_length(call: Call, anna: Person) -> None:
    tap = anna.tap(anna.private_chat, 1, "x")
    answer = await call("answerCallbackQuery", callback_query_id=tap.id, text="a" * 201)
    assert answer["description"] == "Bad Request: MESSAGE_TOO_LONG"
    answer = await call("answerCallbackQuery", callback_query_id=tap.id, url="https://evil.it/")
    assert answer["description"] == "Bad Request: URL_INVALID"
    assert not tap.ended
    answer = await call("answerCallbackQuery", callback_query_id=tap.id, text="a" * 200)
    assert answer["result"] is True
    again = await call("answerCallbackQuery", callback_query_id=tap.id, text="b")
    assert again["result"] is True
    assert tap.text == "a" * 200
