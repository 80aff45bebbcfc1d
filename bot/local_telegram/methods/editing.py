"""Methods that change or remove messages, and answer taps."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from telegram.constants import ReactionEmoji

from bot.local_telegram.arguments import Arguments, is_integer
from bot.local_telegram.errors import bad_request
from bot.local_telegram.methods.registry import (
    ARRAY,
    BOOLEAN,
    CHAT,
    INTEGER,
    MARKUP,
    OBJECT,
    STRING,
    chat_of,
    method,
    writable,
)
from bot.local_telegram.methods.sending import (
    caption_content,
    markup_of,
    media_content,
    text_content,
)
from bot.local_telegram.model import Chat, Event, StoredMessage
from bot.local_telegram.world import World

Json = dict[str, Any]

_DELETABLE_FOR: Final = timedelta(hours=48)
_MOST_DELETED: Final = 100
_LONGEST_ANSWER: Final = 200
_MESSAGE: Final = {
    "business_connection_id": STRING,
    "chat_id": CHAT,
    "message_id": INTEGER,
    "inline_message_id": STRING,
    "reply_markup": MARKUP,
}
_MEDIA: Final = ("photo", "document", "video", "voice", "sticker")
_CAPTIONED: Final = ("photo", "document", "video", "voice")
_BODY: Final = (
    "text",
    "entities",
    "link_preview_options",
    "caption",
    "caption_entities",
    *_MEDIA,
)
_REACTIONS: Final = frozenset(ReactionEmoji)


@method(
    "editMessageText",
    text=STRING,
    parse_mode=STRING,
    entities=ARRAY,
    link_preview_options=OBJECT,
    **_MESSAGE,
)
def edit_message_text(world: World, a: Arguments) -> Json:
    """Change the text of one of the bot's own messages."""
    content = text_content(world, a)
    stored = _editable(world, a)
    if "text" not in stored.data:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, a, stored, {**_without_body(stored), **content})


@method(
    "editMessageCaption",
    caption=STRING,
    parse_mode=STRING,
    caption_entities=ARRAY,
    show_caption_above_media=BOOLEAN,
    **_MESSAGE,
)
def edit_message_caption(world: World, a: Arguments) -> Json:
    """Change, add or remove the caption of one of the bot's own messages."""
    content = caption_content(world, a)
    stored = _editable(world, a)
    if not any(name in stored.data for name in _CAPTIONED):
        raise bad_request("there is no caption in the message to edit")
    media: Json = {name: stored.data[name] for name in _MEDIA if name in stored.data}
    return _edit(world, a, stored, {**_without_body(stored), **media, **content})


@method("editMessageMedia", media=OBJECT, **_MESSAGE)
def edit_message_media(world: World, a: Arguments) -> Json:
    """Replace the photo or document of a message."""
    content = media_content(world, a, a.required("media"))
    stored = _editable(world, a)
    return _edit(world, a, stored, {**_without_body(stored), **content})


@method("editMessageReplyMarkup", **_MESSAGE)
def edit_message_reply_markup(world: World, a: Arguments) -> Json:
    """Change or remove the inline keyboard of one of the bot's own messages."""
    stored = _editable(world, a)
    return _edit(world, a, stored, dict(stored.data), shown=False)


@method("deleteMessage", chat_id=CHAT, message_id=INTEGER)
def delete_message(world: World, a: Arguments) -> bool:
    """Delete a message."""
    chat = chat_of(world, a["chat_id"])
    if a["message_id"] is None:
        raise bad_request("message identifier is not specified")
    stored = chat.messages.get(a["message_id"])
    if stored is None:
        raise bad_request("message to delete not found")
    _check_deletable(world, chat, stored)
    world.remove(chat, [stored.message_id])
    return True


@method("deleteMessages", chat_id=CHAT, message_ids=ARRAY)
def delete_messages(world: World, a: Arguments) -> bool:
    """Delete up to a hundred messages; missing ones are ignored."""
    chat = chat_of(world, a["chat_id"])
    ids = a.required("message_ids")
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > _MOST_DELETED:
        raise bad_request("too many message identifiers specified")
    if not all(is_integer(message_id) for message_id in ids):
        raise bad_request("message identifiers must be of type Number")
    found = [chat.messages[i] for i in dict.fromkeys(ids) if i in chat.messages]
    for stored in found:
        _check_deletable(world, chat, stored)
    if found:
        world.remove(chat, [stored.message_id for stored in found])
    return True


@method(
    "answerCallbackQuery",
    callback_query_id=STRING,
    text=STRING,
    show_alert=BOOLEAN,
    url=STRING,
    cache_time=INTEGER,
)
def answer_callback_query(world: World, a: Arguments) -> bool:
    """Answer a tap. A second answer within the time limit is accepted and ignored (U)."""
    text = a["text"] or ""
    if len(text) > _LONGEST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    world.expire_taps()
    tap = world.taps.get(a["callback_query_id"] or "")
    if tap is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    url = a["url"] or ""
    if url and not url.startswith((f"https://t.me/{world.bot['username']}?", "tg://")):
        raise bad_request("URL_INVALID")
    if not tap.ended:
        tap.end({"text": text, "show_alert": a.flag("show_alert"), "url": url})
        world.emit(Event("tap_answered", tap.chat_id, person_id=tap.person.id, data=tap))
    return True


@method("setMessageReaction", chat_id=CHAT, message_id=INTEGER, reaction=ARRAY, is_big=BOOLEAN)
def set_message_reaction(world: World, a: Arguments) -> bool:
    """Set the bot's reaction to a message (at most one emoji), or remove it."""
    chat = writable(world, a["chat_id"])
    stored = chat.messages.get(a["message_id"] or 0)
    if stored is None:
        raise bad_request("message to react not found")
    reactions = a["reaction"] or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = []
    for reaction in reactions:
        if not isinstance(reaction, dict) or reaction.get("type") != "emoji":
            raise bad_request("REACTION_INVALID")
        one = str(reaction.get("emoji", ""))
        if one not in _REACTIONS:
            raise bad_request("REACTION_INVALID")
        emoji.append(one)
    world.emit(Event("reactions", chat.id, message_ids=(stored.message_id,), data=emoji))
    return True


def _editable(world: World, a: Arguments) -> StoredMessage:
    """Return the message in the arguments, if the bot may edit it."""
    if a["inline_message_id"]:
        raise bad_request("MESSAGE_ID_INVALID")  # there are no inline messages here
    if a["chat_id"] is not None and a["message_id"] is None:
        raise bad_request("message identifier is not specified")
    chat = writable(world, a["chat_id"])
    stored = chat.messages.get(a["message_id"])
    if stored is None:
        raise bad_request("message to edit not found")
    if not stored.outgoing or stored.is_service or stored.markup not in (None, "inline"):
        raise bad_request("message can't be edited")
    return stored


def _without_body(stored: StoredMessage) -> Json:
    return {name: value for name, value in stored.data.items() if name not in _BODY}


def _edit(
    world: World, a: Arguments, stored: StoredMessage, data: Json, *, shown: bool = True
) -> Json:
    """Replace the message's content by `data`, with the keyboard of this call or none."""
    markup = markup_of(world, a, inline_only=True)
    data.pop("reply_markup", None)
    if markup is not None:
        data["reply_markup"] = markup.data
    before = {name: value for name, value in stored.data.items() if name != "edit_date"}
    if before == {name: value for name, value in data.items() if name != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    world.flood.admit(stored.chat.id, group=not stored.chat.is_private)
    if shown:
        data["edit_date"] = world.timestamp()
    stored.markup = "inline" if markup is not None else None
    world.change(stored, data)
    return data


def _check_deletable(world: World, chat: Chat, stored: StoredMessage) -> None:
    if not chat.is_private:
        if chat.bot_status in ("left", "kicked"):
            writable(world, chat.id)
        if chat.may("can_delete_messages"):
            return
        if not stored.outgoing:
            raise bad_request("message can't be deleted")
    sent = datetime.fromtimestamp(stored.data["date"], UTC)
    if world.now() - sent > _DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")
