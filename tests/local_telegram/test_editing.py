import io
from typing import Any

import pytest
from PIL import Image
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Sì", callback_data="y")]])
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10)).save(out, "PNG")
    return out.getvalue()


async def refusal(call: Call, method: str, **arguments: Any) -> str:
    answer = await call(method, **arguments)
    assert answer["error_code"] == 400
    return str(answer["description"]).removeprefix("Bad Request: ")


async def test_an_edit_changes_the_message_in_place(
    bot: Bot, telegram: LocalTelegram, anna: Person, clock: Any
) -> None:
    sent = await bot.send_message(anna.id, "prima", reply_markup=KEYBOARD)
    clock.advance(seconds=5)
    edited = await sent.edit_text("<b>dopo</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    assert not isinstance(edited, bool)
    assert (edited.message_id, edited.text) == (sent.message_id, "dopo")
    assert edited.edit_date == clock()
    (now,) = telegram.messages(anna.private_chat)
    assert now["text"] == "dopo"
    assert now["reply_markup"] == KEYBOARD.to_dict()


async def test_an_edit_without_markup_removes_the_keyboard(
    bot: Bot, telegram: LocalTelegram, anna: Person
) -> None:
    sent = await bot.send_message(anna.id, "prima", reply_markup=KEYBOARD)
    await sent.edit_text("dopo")
    assert "reply_markup" not in telegram.messages(anna.private_chat)[0]


async def test_an_edit_that_changes_nothing(bot: Bot, call: Call, anna: Person) -> None:
    sent = await bot.send_message(anna.id, "<b>x</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    where = {"chat_id": anna.id, "message_id": sent.message_id}
    same = {**where, "text": "<b>x</b>", "parse_mode": "HTML"}
    markup = KEYBOARD.to_dict()
    assert await refusal(call, "editMessageText", **same, reply_markup=markup) == NOT_MODIFIED
    assert await refusal(call, "editMessageReplyMarkup", **where, reply_markup=markup) == (
        NOT_MODIFIED
    )
    # Only the entities, or only the keyboard, are a change.
    assert (await call("editMessageText", **where, text="x", reply_markup=markup))["ok"]
    assert (await call("editMessageReplyMarkup", **where))["ok"]
    assert await refusal(call, "editMessageText", **where, text="x") == NOT_MODIFIED


async def test_what_cannot_be_edited(bot: Bot, call: Call, anna: Person) -> None:
    chat = anna.private_chat
    theirs = anna.send_text(chat, "di Anna")["message_id"]
    with_keys = await bot.send_message(anna.id, "x", reply_markup=ReplyKeyboardMarkup([["a"]]))
    media = await bot.send_photo(anna.id, picture(), caption="x")
    text = await bot.send_message(anna.id, "x")

    async def edit(message_id: int | None, method: str = "editMessageText", **more: Any) -> str:
        return await refusal(
            call, method, chat_id=anna.id, message_id=message_id, **{"text": "y", **more}
        )

    assert await edit(theirs) == "message can't be edited"
    assert await edit(with_keys.message_id) == "message can't be edited"
    assert await edit(999) == "message to edit not found"
    assert await edit(None) == "message identifier is not specified"
    assert await edit(media.message_id) == "there is no text in the message to edit"
    assert await edit(text.message_id, "editMessageCaption", caption="y") == (
        "there is no caption in the message to edit"
    )
    assert await edit(text.message_id, text="") == "message text is empty"
    assert await edit(text.message_id, text="a" * 4097) == "message is too long"
    keys = {"keyboard": [["a"]]}
    assert await edit(text.message_id, reply_markup=keys) == "inline keyboard expected"
    assert await refusal(call, "editMessageText", inline_message_id="x", text="y") == (
        "MESSAGE_ID_INVALID"
    )


async def test_captions(bot: Bot, call: Call, anna: Person) -> None:
    sent = await bot.send_photo(anna.id, picture(), caption="<i>x</i>", parse_mode="HTML")
    edited = await sent.edit_caption("y")
    assert not isinstance(edited, bool)
    assert (edited.caption, edited.caption_entities) == ("y", ())
    assert edited.photo == sent.photo
    removed = await sent.edit_caption()
    assert not isinstance(removed, bool)
    assert removed.caption is None
    assert await refusal(
        call,
        "editMessageCaption",
        chat_id=anna.id,
        message_id=sent.message_id,
        caption="a" * 1025,
    ) == ("message caption is too long")


async def test_media(bot: Bot, anna: Person, call: Call) -> None:
    sent = await bot.send_photo(anna.id, picture(), caption="x", reply_markup=KEYBOARD)
    edited = await sent.edit_media(InputMediaDocument(b"abc", filename="a.csv", caption="y"))
    assert not isinstance(edited, bool)
    assert edited.photo == ()
    assert edited.document is not None
    assert (edited.document.file_name, edited.caption, edited.reply_markup) == ("a.csv", "y", None)
    again = await sent.edit_media(InputMediaPhoto(sent.photo[-1].file_id))
    assert not isinstance(again, bool)
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    for media, reason in (
        ({"type": "photo"}, "can't parse InputMedia: Can't find field \"media\""),
        ({"type": "photo", "media": "attach://no"}, "can't parse InputMedia: media not found"),
        (
            {"type": "hologram", "media": "x"},
            'can\'t parse InputMedia: type "hologram" is unsupported',
        ),
    ):
        where = {"chat_id": anna.id, "message_id": sent.message_id}
        assert await refusal(call, "editMessageMedia", **where, media=media) == reason


async def test_deleting(
    bot: Bot, call: Call, telegram: LocalTelegram, anna: Person, clock: Any
) -> None:
    chat = anna.private_chat
    own = await bot.send_message(anna.id, "uno")
    theirs = anna.send_text(chat, "BNCNNA80A41H501X")["message_id"]
    assert await bot.delete_message(anna.id, theirs)
    assert await own.delete()
    assert telegram.messages(chat) == []
    assert await refusal(call, "deleteMessage", chat_id=anna.id, message_id=theirs) == (
        "message to delete not found"
    )
    old = await bot.send_message(anna.id, "vecchio")
    their_old = anna.send_text(chat, "vecchio")["message_id"]
    clock.advance(hours=48)
    assert await bot.delete_message(anna.id, their_old)
    clock.advance(seconds=1)
    with pytest.raises(BadRequest, match="can't be deleted for everyone"):
        await old.delete()


async def test_deleting_many(bot: Bot, call: Call, telegram: LocalTelegram, anna: Person) -> None:
    ids = [(await bot.send_message(anna.id, str(n))).message_id for n in range(3)]
    seen = []
    telegram.subscribe(lambda event: seen.append((event.kind, event.message_ids)))
    assert await bot.delete_messages(anna.id, [*ids[:2], 999])
    assert seen == [("deleted", (ids[0], ids[1]))]
    assert [m["message_id"] for m in telegram.messages(anna.private_chat)] == [ids[2]]
    too_many = list(range(1, 102))
    assert await refusal(call, "deleteMessages", chat_id=anna.id, message_ids=too_many) == (
        "too many message identifiers specified"
    )
    assert await refusal(call, "deleteMessages", chat_id=anna.id, message_ids=["x"]) == (
        "message identifiers must be of type Number"
    )


async def test_copying_and_forwarding(
    bot: Bot, call: Call, anna: Person, telegram: LocalTelegram
) -> None:
    bruno = telegram.add_person("Bruno", started=True)
    photo = anna.send_photo(anna.private_chat, picture(), "contatore")
    copied = await bot.copy_message(bruno.id, anna.id, photo["message_id"], caption="di Anna")
    forwarded = await bot.forward_message(bruno.id, anna.id, photo["message_id"])
    copy, _ = telegram.messages(bruno.private_chat)
    assert copy["message_id"] == copied.message_id
    assert (copy["photo"], copy["caption"]) == (photo["photo"], "di Anna")
    assert "forward_origin" not in copy
    assert copy["from"]["is_bot"]
    origin = forwarded.forward_origin
    assert origin is not None
    assert origin.to_dict()["sender_user"]["id"] == anna.id
    for method, reason in (
        ("copyMessage", "message to copy not found"),
        ("forwardMessage", "message to forward not found"),
    ):
        where = {"chat_id": bruno.id, "from_chat_id": anna.id}
        assert await refusal(call, method, **where, message_id=999) == reason
        assert await refusal(call, method, **where) == "message identifier is not specified"
    secret = await bot.send_message(anna.id, "x", protect_content=True)
    assert (
        await refusal(
            call,
            "forwardMessage",
            chat_id=bruno.id,
            from_chat_id=anna.id,
            message_id=secret.message_id,
        )
        == "message can't be forwarded"
    )


async def test_reactions(bot: Bot, call: Call, anna: Person, telegram: LocalTelegram) -> None:
    message_id = anna.send_text(anna.private_chat, "grazie")["message_id"]
    seen = []
    telegram.subscribe(lambda event: seen.append((event.kind, event.message_ids, event.data)))
    await bot.set_message_reaction(anna.id, message_id, "❤")
    await bot.set_message_reaction(anna.id, message_id)
    assert seen == [("reactions", (message_id,), ["❤"]), ("reactions", (message_id,), [])]
    where = {"chat_id": anna.id, "message_id": message_id}
    two = [{"type": "emoji", "emoji": emoji} for emoji in "👍👎"]
    assert await refusal(call, "setMessageReaction", **where, reaction=two) == "REACTIONS_TOO_MANY"
    wrong = [{"type": "emoji", "emoji": "x"}]
    assert await refusal(call, "setMessageReaction", **where, reaction=wrong) == "REACTION_INVALID"
