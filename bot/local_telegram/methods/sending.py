"""Methods that send messages."""

from collections.abc import Mapping
from typing import Any, Final

from bot.local_telegram import markup as markups
from bot.local_telegram.arguments import Arguments, Kind, is_integer
from bot.local_telegram.entities import formatted, is_blank, utf16_length
from bot.local_telegram.errors import bad_request
from bot.local_telegram.files import StoredFile, Upload
from bot.local_telegram.markup import Markup
from bot.local_telegram.methods.registry import (
    ARRAY,
    BOOLEAN,
    CHAT,
    FILE,
    INTEGER,
    MARKUP,
    OBJECT,
    STRING,
    chat_of,
    method,
    writable,
)
from bot.local_telegram.model import CONTENT, Chat, Event, StoredMessage
from bot.local_telegram.people import quoted
from bot.local_telegram.world import World

Json = dict[str, Any]

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
_ALBUM: Final = range(2, 11)
_ACTIONS: Final = frozenset(
    {
        "cancel",
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_audio",
        "record_voice",
        "upload_audio",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)

_WHERE: Final[Mapping[str, Kind]] = {
    "business_connection_id": STRING,
    "chat_id": CHAT,
    "message_thread_id": INTEGER,
    "direct_messages_topic_id": INTEGER,
}
_HOW: Final[Mapping[str, Kind]] = {
    "disable_notification": BOOLEAN,
    "protect_content": BOOLEAN,
    "allow_paid_broadcast": BOOLEAN,
    "message_effect_id": STRING,
    "suggested_post_parameters": OBJECT,
    "reply_parameters": OBJECT,
    "reply_to_message_id": INTEGER,
    "allow_sending_without_reply": BOOLEAN,
    "reply_markup": MARKUP,
}
_SEND: Final = {**_WHERE, **_HOW}
_SEND_AGAIN: Final = {k: v for k, v in _SEND.items() if k != "business_connection_id"}
_CAPTION: Final[Mapping[str, Kind]] = {
    "caption": STRING,
    "parse_mode": STRING,
    "caption_entities": ARRAY,
}
_PREVIEW: Final[Mapping[str, type]] = {
    "is_disabled": bool,
    "url": str,
    "prefer_small_media": bool,
    "prefer_large_media": bool,
    "show_above_text": bool,
}
_REPLY: Final[Mapping[str, Any]] = {
    "chat_id": int | str,
    "allow_sending_without_reply": bool,
    "quote": str,
    "quote_parse_mode": str,
    "quote_entities": list,
    "quote_position": int,
}
_REPLY_TO_A_PART: Final = ("checklist_task_id", "poll_option_id")
_QUOTED: Final = ("bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji")


@method(
    "sendMessage",
    text=STRING,
    parse_mode=STRING,
    entities=ARRAY,
    link_preview_options=OBJECT,
    **_SEND,
)
def send_message(world: World, a: Arguments) -> Json:
    """Send a text."""
    return deliver(world, a, text_content(world, a)).data


@method(
    "sendPhoto",
    photo=FILE,
    has_spoiler=BOOLEAN,
    show_caption_above_media=BOOLEAN,
    **_CAPTION,
    **_SEND,
)
def send_photo(world: World, a: Arguments) -> Json:
    """Send a photo: an upload, or a known `file_id`."""
    content = {"photo": photo_of(world, a, "photo"), **caption_content(world, a)}
    return deliver(world, a, content).data


@method(
    "sendDocument",
    document=FILE,
    thumbnail=FILE,
    disable_content_type_detection=BOOLEAN,
    **_CAPTION,
    **_SEND,
)
def send_document(world: World, a: Arguments) -> Json:
    """Send a file: an upload, or a known `file_id`."""
    content = {"document": document_of(world, a, "document"), **caption_content(world, a)}
    return deliver(world, a, content).data


@method("sendSticker", sticker=FILE, emoji=STRING, **_SEND)
def send_sticker(world: World, a: Arguments) -> Json:
    """Send a sticker."""
    given = input_file(world, a, "sticker")
    if given is None:
        raise bad_request("there is no sticker in the request")
    if isinstance(given, Upload):
        given = world.files.add_sticker(given, a["emoji"] or "")
    if given.kind != "sticker":
        raise bad_request(f"can't use file of type {given.kind.capitalize()} as Sticker")
    return deliver(world, a, {"sticker": given.described}).data


@method(
    "sendMediaGroup",
    media=ARRAY,
    **{k: v for k, v in _SEND.items() if k not in ("reply_markup", "suggested_post_parameters")},
)
def send_media_group(world: World, a: Arguments) -> list[Json]:
    """Send two to ten photos, or documents, as one album."""
    items = a.required("media")
    if len(items) not in _ALBUM:
        raise bad_request("there must be from 2 to 10 media in an album")
    contents = [media_content(world, a, item) for item in items]
    if len({"document" in content for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    chat, extra, _ = _destination(world, a)
    world.flood.admit(chat.id, group=not chat.is_private, count=len(contents))
    album = {"media_group_id": world.next_album()}
    return [
        world.post(chat, {**content, **album, **extra}, sender=world.bot).data
        for content in contents
    ]


@method(
    "sendChatAction",
    action=STRING,
    **{k: v for k, v in _WHERE.items() if k != "direct_messages_topic_id"},
)
def send_chat_action(world: World, a: Arguments) -> bool:
    """Show the bot's activity: typing, uploading."""
    action = a.required("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable(world, a["chat_id"])
    _thread(chat, a["message_thread_id"])
    world.emit(Event("action", chat.id, data=action))
    return True


@method(
    "copyMessage",
    from_chat_id=CHAT,
    message_id=INTEGER,
    video_start_timestamp=INTEGER,
    show_caption_above_media=BOOLEAN,
    **_CAPTION,
    **_SEND_AGAIN,
)
def copy_message(world: World, a: Arguments) -> Json:
    """Send the content of a message again, as the bot's own message."""
    source = _source(world, a, "copy")
    content: Json = {
        name: source.data[name]
        for name in (*CONTENT, "entities", "caption", "caption_entities")
        if name in source.data
    }
    if "caption" in a and "text" not in content:
        content.pop("caption", None)
        content.pop("caption_entities", None)
        content |= caption_content(world, a)
    return {"message_id": deliver(world, a, content).message_id}


@method(
    "forwardMessage",
    from_chat_id=CHAT,
    message_id=INTEGER,
    video_start_timestamp=INTEGER,
    message_effect_id=STRING,
    suggested_post_parameters=OBJECT,
    disable_notification=BOOLEAN,
    protect_content=BOOLEAN,
    **{k: v for k, v in _WHERE.items() if k != "business_connection_id"},
)
def forward_message(world: World, a: Arguments) -> Json:
    """Forward a message, with its origin."""
    source = _source(world, a, "forward")
    content: Json = {
        name: source.data[name]
        for name in (*CONTENT, "entities", "caption", "caption_entities", "forward_origin")
        if name in source.data
    }
    content.setdefault(
        "forward_origin",
        {"type": "user", "sender_user": source.data["from"], "date": source.data["date"]},
    )
    return deliver(world, a, content).data


# --- also for the methods that edit ---------------------------------------------------------------


def text_content(world: World, a: Arguments) -> Json:
    """Return the `text` argument with its entities; raises the 400 if it is empty or too long."""
    source = a["text"]
    if not source:
        raise bad_request("message text is empty")
    said = formatted(source, a["parse_mode"], a["entities"])
    if is_blank(said.text):
        raise bad_request("text must be non-empty")
    if len(said.text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    content: Json = {"text": said.text}
    if entities := _with_people(world, said.entities):
        content["entities"] = entities
    if a["link_preview_options"]:
        content["link_preview_options"] = _preview(a["link_preview_options"])
    return content


def _preview(options: Json) -> Json:
    """Return the checked fields of a LinkPreviewOptions."""
    known: Json = {}
    for name, kind in _PREVIEW.items():
        if name in options:
            if not isinstance(options[name], kind):
                words = "Boolean" if kind is bool else "String"
                raise bad_request(
                    f'can\'t parse link preview options: Field "{name}" must be of type {words}'
                )
            known[name] = options[name]
    return known


def _with_people(world: World, entities: list[Json]) -> list[Json]:
    """Return `entities` with complete users; mentions of unknown ones are dropped."""
    result = []
    for entity in entities:
        if entity["type"] != "text_mention":
            result.append(entity)
        elif person := world.people.get(entity["user"]["id"]):
            result.append({**entity, "user": person.user})
    return result


def caption_content(world: World, a: Arguments) -> Json:
    """Return the `caption` argument with its entities; empty if there is none."""
    return _caption(world, a["caption"], a["parse_mode"], a["caption_entities"])


def _caption(world: World, source: Any, parse_mode: Any, entities: Any) -> Json:
    for name, value, kind, words in (
        ("caption", source, str, "String"),
        ("parse_mode", parse_mode, str, "String"),
        ("caption_entities", entities, list, "Array"),
    ):
        if not isinstance(value, kind | None):
            raise bad_request(f'can\'t parse InputMedia: Field "{name}" must be of type {words}')
    if not source:
        return {}
    said = formatted(source, parse_mode, entities)
    if len(said.text) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    if is_blank(said.text):
        return {}
    content: Json = {"caption": said.text}
    if entities := _with_people(world, said.entities):
        content["caption_entities"] = entities
    return content


def markup_of(world: World, a: Arguments, *, inline_only: bool = False) -> Markup | None:
    """Return the `reply_markup` argument, checked."""
    if "reply_markup" not in a:
        return None
    markup = markups.parse(a["reply_markup"], world.limits)
    if inline_only and markup is not None and markup.kind != "inline":
        raise bad_request("inline keyboard expected")
    return markup


def input_file(
    world: World, a: Arguments, name: str, value: Any = None
) -> StoredFile | Upload | None:
    """Return the file of an argument, or of `value`, a field of a media object.

    It is an upload, or a file that Telegram already has; None if none was given.
    """
    if value is None:
        if name in a.uploads:
            return a.uploads[name]
        value = a[name]
    if not isinstance(value, str) or not value:
        return None
    if value.startswith("attach://"):
        return a.uploads.get(value.removeprefix("attach://"))
    if value.startswith(("http://", "https://")):
        # A local Telegram downloads nothing from the internet.
        raise bad_request("failed to get HTTP URL content")
    stored = world.files.get(value)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return stored


def photo_of(world: World, a: Arguments, name: str, value: Any = None) -> list[Json]:
    """Return the sizes of the photo in an argument."""
    given = input_file(world, a, name, value)
    if given is None:
        raise bad_request(
            "can't parse InputMedia: media not found"
            if value
            else "there is no photo in the request"
        )
    if isinstance(given, Upload):
        given = world.files.add_photo(given)
    if given.kind != "photo":
        raise bad_request(f"can't use file of type {given.kind.capitalize()} as Photo")
    return list(given.described)


def document_of(world: World, a: Arguments, name: str, value: Any = None) -> Json:
    """Return the Document in an argument."""
    given = input_file(world, a, name, value)
    if given is None:
        raise bad_request(
            "can't parse InputMedia: media not found"
            if value
            else "there is no document in the request"
        )
    if isinstance(given, Upload):
        given = world.files.add_document(given)
    if given.kind != "document":
        raise bad_request(f"can't use file of type {given.kind.capitalize()} as Document")
    return dict(given.described)


def media_content(world: World, a: Arguments, item: Any) -> Json:
    """Return the content of an InputMedia object (photos and documents)."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    caption = _caption(
        world, item.get("caption"), item.get("parse_mode"), item.get("caption_entities")
    )
    media = item.get("media")
    if not isinstance(media, str) or not media:
        raise bad_request("can't parse InputMedia: Can't find field \"media\"")
    kind = item.get("type")
    if kind == "photo":
        return {"photo": photo_of(world, a, "media", media), **caption}
    if kind == "document":
        return {"document": document_of(world, a, "media", media), **caption}
    raise bad_request(f'can\'t parse InputMedia: type "{kind}" is unsupported')


def deliver(world: World, a: Arguments, content: Json) -> StoredMessage:
    """Send `content` to the chat, and with the options, of the arguments."""
    markup = markup_of(world, a)
    chat, extra, audience = _destination(world, a, markup)
    world.flood.admit(chat.id, group=not chat.is_private)
    return world.post(
        chat, {**content, **extra}, sender=world.bot, markup=markup, audience=audience
    )


def _destination(
    world: World, a: Arguments, markup: Markup | None = None
) -> tuple[Chat, Json, list[int] | None]:
    """Return the chat, the fields that depend on it, and whose keyboard changes (None: all)."""
    chat = writable(world, a["chat_id"])
    extra: Json = {}
    replied = _replied(a, chat)
    thread = a["message_thread_id"]
    if replied is not None:
        extra["reply_to_message"] = quoted(replied)
        extra |= _quote(a["reply_parameters"] or {}, replied)
        thread = thread or replied.data.get("message_thread_id")
    extra |= _thread(chat, thread)
    if a.flag("protect_content"):
        extra["has_protected_content"] = True
    audience = None
    if markup and markup.data.get("selective") and not chat.is_private:
        audience = [replied.data["from"]["id"]] if replied else []
    return chat, extra, audience


def _replied(a: Arguments, chat: Chat) -> StoredMessage | None:
    parameters = a["reply_parameters"] or {}
    message_id = parameters.get("message_id", a["reply_to_message_id"])
    if message_id is None:
        if parameters:
            raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
        return None
    if not is_integer(message_id):
        raise bad_request('can\'t parse reply parameters: Field "message_id" must be a Number')
    for name, kind in _REPLY.items():
        if name in parameters and not isinstance(parameters[name], kind):
            raise bad_request(f'can\'t parse reply parameters: Field "{name}" has a wrong type')
    # Replies across chats, or to a part of a list or poll, are not implemented.
    if parameters.get("chat_id", chat.id) not in (chat.id, str(chat.id)):
        raise bad_request("message to be replied not found")
    if any(name in parameters for name in _REPLY_TO_A_PART):
        raise bad_request("message to be replied not found")
    replied = chat.messages.get(message_id)
    lenient = parameters.get("allow_sending_without_reply") or a.flag("allow_sending_without_reply")
    if replied is None and not lenient:
        raise bad_request("message to be replied not found")
    return replied


def _quote(parameters: Json, replied: StoredMessage) -> Json:
    """Return the TextQuote of a reply; raises the 400 if the text is not in the message."""
    if not parameters.get("quote"):
        return {}
    said = formatted(
        parameters["quote"], parameters.get("quote_parse_mode"), parameters.get("quote_entities")
    )
    text = replied.data.get("text") or replied.data.get("caption") or ""
    place = text.find(said.text)
    if place < 0 or not said.text:
        raise bad_request("QUOTE_TEXT_INVALID")  # (U)
    quote: Json = {
        "text": said.text,
        "position": utf16_length(text[:place]),
        "is_manual": True,
    }
    kept = [entity for entity in said.entities if entity["type"] in _QUOTED]
    if kept:
        quote["entities"] = kept
    return {"quote": quote}


def _thread(chat: Chat, thread_id: int | None) -> Json:
    if thread_id is None:
        return {}
    topic = chat.topics.get(thread_id) if chat.is_forum else None
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and not chat.may("can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")
    return {"message_thread_id": thread_id, "is_topic_message": True}


def _source(world: World, a: Arguments, verb: str) -> StoredMessage:
    chat = chat_of(world, a["from_chat_id"], "from_chat_id")
    message_id = a["message_id"]
    if message_id is None:
        raise bad_request("message identifier is not specified")
    stored = chat.messages.get(message_id)
    if stored is None:
        raise bad_request(f"message to {verb} not found")
    if stored.is_service or stored.data.get("has_protected_content"):
        raise bad_request("message can't be " + ("copied" if verb == "copy" else "forwarded"))
    return stored
