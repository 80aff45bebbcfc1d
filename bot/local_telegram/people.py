"""The actions of people in a local Telegram: write, tap, send pictures, block the bot.

Tests and the chat page use these classes.
"""

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from PIL import Image

from bot.local_telegram.entities import FormattedText, typed
from bot.local_telegram.files import Upload
from bot.local_telegram.model import ALL_RIGHTS, Chat, Event, StoredMessage

if TYPE_CHECKING:
    from bot.local_telegram.world import World

Json = dict[str, Any]

_LONGEST_TEXT = 4096
_LONGEST_CAPTION = 1024


class Reason(Enum):
    """Why a person's app refuses an action."""

    EMPTY = "an empty message cannot be sent"
    TOO_LONG = "a message has at most 4096 characters, a caption 1024"
    NOT_OWN = "only one's own messages can be edited"
    BLOCKED = "the bot is blocked: unblock it first"
    GONE = "the message to answer is gone"
    TOPIC_GONE = "that topic is gone"
    TOPIC_CLOSED = "that topic is closed"
    NO_ACCOUNT = "this account is deleted"
    NOT_HERE = "not a member of that chat"
    NOT_A_GROUP = "only a plain group can be migrated"
    NOT_A_SUPERGROUP = "only a supergroup can be a forum"


class NotPossibleError(Exception):
    """A person's app refuses this action; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(eq=False)
class Tap:
    """A tap on an inline button, and the bot's answer."""

    id: str
    person: "Person"
    chat_id: int
    message_id: int
    data: str
    at: datetime
    answered: bool = False
    timed_out: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""
    _done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def ended(self) -> bool:
        return self.answered or self.timed_out

    def end(self, answer: Json | None = None) -> None:
        """End the tap with the bot's answer (`text`, `show_alert`, `url`), or without one."""
        if answer is None:
            self.timed_out = True
        else:
            self.answered = True
            self.text = answer.get("text", "")
            self.show_alert = answer.get("show_alert", False)
            self.url = answer.get("url", "")
        self._done.set()

    async def wait(self, timeout: float | None = None) -> "Tap":  # noqa: ASYNC109 kept simple
        """Wait for the bot's answer or the time limit; TimeoutError after `timeout` seconds."""
        await asyncio.wait_for(self._done.wait(), timeout)
        return self


class Person:
    """A person with an account. `private_chat` is their chat with the bot.

    Every method that sends returns the Message as the bot sees it, and raises `NotPossibleError`
    where an app would refuse it. `chat` may be a `Chat`, a `Group` or an id.
    """

    def __init__(self, world: "World", user: Json, private_chat: Chat, note: str = "") -> None:
        self._world = world
        self.user = user
        self.private_chat = private_chat
        self.note = note
        self.is_active = True

    def __repr__(self) -> str:
        return f"<Person {self.id}>"

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def first_name(self) -> str:
        return str(self.user["first_name"])

    # --- messages

    def send_text(
        self,
        chat: "Chat | Group | int",
        text: str,
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Json:
        """Write `text`; more than 4096 characters are refused (an app would split them)."""
        said = typed(text)
        if not said.text:
            raise NotPossibleError(Reason.EMPTY)
        if len(said.text) > _LONGEST_TEXT:
            raise NotPossibleError(Reason.TOO_LONG)
        content: Json = {"text": said.text}
        if said.entities:
            content["entities"] = said.entities
        return self._send(chat, content, reply_to, thread_id, said)

    def edit_text(self, chat: "Chat | Group | int", message_id: int, text: str) -> Json:
        """Edit one of this person's own text or caption messages."""
        here = self._here(chat)
        stored = here.messages.get(message_id)
        if stored is None or stored.data["from"]["id"] != self.id:
            raise NotPossibleError(Reason.NOT_OWN)
        field_name = "text" if "text" in stored.data else "caption"
        entities_name = "entities" if field_name == "text" else "caption_entities"
        said = typed(text)
        if field_name == "text" and not said.text:
            raise NotPossibleError(Reason.EMPTY)
        if len(said.text) > (_LONGEST_TEXT if field_name == "text" else _LONGEST_CAPTION):
            raise NotPossibleError(Reason.TOO_LONG)
        data = {k: v for k, v in stored.data.items() if k != entities_name}
        data |= {field_name: said.text, "edit_date": self._world.timestamp()}
        if said.entities:
            data[entities_name] = said.entities
        self._world.change(stored, data)
        if self._heard(here, data, said):
            self._world.updates.add("edited_message", data, here.id)
        return data

    def send_photo(
        self,
        chat: "Chat | Group | int",
        data: bytes,
        caption: str = "",
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Json:
        """Send a picture (the bytes of a PNG, JPEG …) as a photo."""
        photo = self._world.files.add_photo(Upload(data))
        return self._send_file(chat, {"photo": photo.described}, caption, reply_to, thread_id)

    def send_document(
        self,
        chat: "Chat | Group | int",
        data: bytes,
        name: str,
        caption: str = "",
        *,
        content_type: str = "",
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Json:
        """Send a file under `name`."""
        document = self._world.files.add_document(Upload(data, name, content_type))
        content = {"document": document.described}
        return self._send_file(chat, content, caption, reply_to, thread_id)

    def send_album(
        self,
        chat: "Chat | Group | int",
        photos: Iterable[bytes],
        caption: str = "",
    ) -> list[Json]:
        """Send several pictures as one album: as many messages, the caption on the first."""
        album = self._world.next_album()
        sent = []
        for place, data in enumerate(photos):
            photo = self._world.files.add_photo(Upload(data)).described
            content = {"photo": photo, "media_group_id": album}
            sent.append(self._send_file(chat, content, "" if place else caption))
        return sent

    def send_sticker(
        self, chat: "Chat | Group | int", emoji: str = "👍", *, thread_id: int | None = None
    ) -> Json:
        """Send a sticker for `emoji`."""
        sticker = self._world.files.add_sticker(Upload(_pixel(), "sticker.webp"), emoji)
        return self._send(chat, {"sticker": sticker.described}, thread_id=thread_id)

    def send_voice(
        self,
        chat: "Chat | Group | int",
        data: bytes = b"OggS",
        duration: int = 1,
    ) -> Json:
        """Send a voice message of `duration` seconds."""
        voice = self._world.files.add_voice(Upload(data, "voice.ogg", "audio/ogg"), duration)
        return self._send(chat, {"voice": voice.described})

    def send_location(self, chat: "Chat | Group | int", latitude: float, longitude: float) -> Json:
        """Send a location (in degrees)."""
        return self._send(chat, {"location": {"latitude": latitude, "longitude": longitude}})

    def send_contact(
        self,
        chat: "Chat | Group | int",
        phone_number: str,
        first_name: str | None = None,
        *,
        own: bool = True,
    ) -> Json:
        """Send a contact, by default this person's own."""
        contact: Json = {
            "phone_number": phone_number,
            "first_name": first_name or self.first_name,
        }
        if own:
            contact["user_id"] = self.id
        return self._send(chat, {"contact": contact})

    # --- buttons

    def tap(self, chat: "Chat | Group | int", message_id: int, data: str) -> Tap:
        """Tap a button with `data`; neither data nor message need exist, as in a forged request.

        A deleted message arrives as an inaccessible one.
        """
        return self._world.add_tap(self._here(chat), self, message_id, data)

    def tap_button(
        self,
        chat: "Chat | Group | int",
        label: str,
        *,
        message_id: int | None = None,
    ) -> Tap:
        """Tap the inline button with `label`, on the newest message that has one.

        LookupError, with the existing labels, if there is none; ValueError if it only opens a
        link.
        """
        here = self._here(chat)
        seen: list[str] = []
        for stored in reversed(here.messages.values()):
            if message_id is not None and stored.message_id != message_id:
                continue
            for row in stored.data.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if button["text"] != label:
                        seen.append(button["text"])
                        continue
                    if "callback_data" not in button:
                        message = f"the button {label!r} sends nothing to the bot"
                        raise ValueError(message)
                    return self.tap(here, stored.message_id, button["callback_data"])
        message = f"no button {label!r}; there are {seen}"
        raise LookupError(message)

    def press(self, chat: "Chat | Group | int", label: str) -> Json:
        """Press the key `label` of the reply keyboard, which sends its text.

        LookupError, with the existing keys, if there is none.
        """
        here = self._here(chat)
        keyboard = self._world.reply_keyboard(here, self) or {}
        keys = [key["text"] for row in keyboard.get("keyboard", ()) for key in row]
        if label not in keys:
            message = f"no key {label!r}; there are {keys}"
            raise LookupError(message)
        return self.send_text(here, label)

    # --- leaving the bot

    def block_bot(self) -> None:
        """Block the bot: it is told, and may not write any more."""
        self._set_blocked(blocked=True)

    def unblock_bot(self) -> None:
        """Let the bot write again."""
        self._set_blocked(blocked=False)

    def deactivate(self) -> None:
        """Delete this person's account."""
        self.is_active = False
        self._world.emit(Event("world"))

    def _set_blocked(self, *, blocked: bool) -> None:
        chat = self.private_chat
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        chat.started = True
        states: tuple[Json, Json] = (
            {"user": self._world.bot, "status": "member"},
            {"user": self._world.bot, "status": "kicked", "until_date": 0},
        )
        self._world.updates.add(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": self.user,
                "date": self._world.timestamp(),
                "old_chat_member": states[not blocked],
                "new_chat_member": states[blocked],
            },
            chat.id,
        )
        self._world.emit(Event("blocked", chat.id, person_id=self.id, data=blocked))

    # --- internal

    def _here(self, chat: "Chat | Group | int") -> Chat:
        here = self._world.chat(chat)
        if here.migrated_to is not None:
            here = self._world.chats[here.migrated_to]
        if not self.is_active:
            raise NotPossibleError(Reason.NO_ACCOUNT)
        if here.is_private and here.id != self.id:
            raise NotPossibleError(Reason.NOT_HERE)
        if not here.is_private and here.members.get(self.id) in (None, "left", "kicked"):
            raise NotPossibleError(Reason.NOT_HERE)
        return here

    def _send_file(
        self,
        chat: "Chat | Group | int",
        content: Json,
        caption: str,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Json:
        said = typed(caption)
        if len(said.text) > _LONGEST_CAPTION:
            raise NotPossibleError(Reason.TOO_LONG)
        if said.text:
            content = {**content, "caption": said.text}
            if said.entities:
                content["caption_entities"] = said.entities
        return self._send(chat, content, reply_to, thread_id, said)

    def _send(
        self,
        chat: "Chat | Group | int",
        content: Json,
        reply_to: int | None = None,
        thread_id: int | None = None,
        said: FormattedText | None = None,
    ) -> Json:
        here = self._here(chat)
        if here.blocked:
            raise NotPossibleError(Reason.BLOCKED)
        here.started = True
        if reply_to is not None:
            replied = here.messages.get(reply_to)
            if replied is None:
                raise NotPossibleError(Reason.GONE)
            content = {**content, "reply_to_message": quoted(replied)}
            thread_id = thread_id or replied.data.get("message_thread_id")
        if thread_id is not None and here.is_forum:
            topic = here.topics.get(thread_id)
            if topic is None:
                raise NotPossibleError(Reason.TOPIC_GONE)
            if topic.closed and here.members[self.id] == "member":
                raise NotPossibleError(Reason.TOPIC_CLOSED)
            content = {**content, "message_thread_id": thread_id, "is_topic_message": True}
        stored = self._world.post(here, content, sender=self.user)
        keyboard = here.keyboards.get(self.id)
        if keyboard and "force_reply" in keyboard.markup:
            self._world.drop_keyboard(here, self.id)
        if self._heard(here, stored.data, said):
            self._world.updates.add("message", stored.data, here.id)
        return stored.data

    def _heard(self, chat: Chat, data: Json, said: FormattedText | None) -> bool:
        """Whether the bot gets this message: in groups with privacy mode, only some."""
        if chat.is_private:
            return True
        if chat.bot_status in ("left", "kicked"):
            return False
        answered = data.get("reply_to_message", {}).get("from", {}).get("id")
        if (
            chat.bot_status == "administrator"
            or not self._world.privacy
            or answered == self._world.bot["id"]
        ):
            return True
        return said is not None and self._calls_bot(said)

    def _calls_bot(self, said: FormattedText) -> bool:
        """Whether it contains a command or a mention for the bot."""
        name = str(self._world.bot["username"]).lower()
        units = said.text.encode("utf-16-le")
        for entity in said.entities:
            start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
            words = units[start:end].decode("utf-16-le").lower()
            if entity["type"] == "bot_command" and words.partition("@")[2] in ("", name):
                return True
            if entity["type"] == "mention" and words == f"@{name}":
                return True
        return False


def quoted(stored: StoredMessage) -> Json:
    """Return a message as it appears in a reply to it: without the message it replies to."""
    return {k: v for k, v in stored.data.items() if k != "reply_to_message"}


class Group:
    """A group or supergroup. It follows the group when that is migrated."""

    def __init__(self, world: "World", chat: Chat) -> None:
        self._world = world
        self._chat = chat

    def __repr__(self) -> str:
        return f"<Group {self.id}>"

    @property
    def chat(self) -> Chat:
        return self._chat

    @property
    def id(self) -> int:
        return self._chat.id

    def add_member(self, person: Person, status: str = "member") -> None:
        """Let `person` join as ``member`` or ``administrator``."""
        self._chat.members[person.id] = status
        self._service({"new_chat_members": [person.user]}, person.user)
        self._world.emit(Event("world"))

    def remove_member(self, person: Person) -> None:
        """Let `person` leave."""
        self._service({"left_chat_member": person.user}, person.user)
        del self._chat.members[person.id]
        self._world.emit(Event("world"))

    def promote_bot(self, rights: Iterable[str] = ALL_RIGHTS) -> None:
        """Make the bot an administrator with `rights` (names as in ChatMemberAdministrator)."""
        self._set_bot("administrator", frozenset(rights))

    def demote_bot(self) -> None:
        """Make the bot an ordinary member."""
        self._set_bot("member")

    def kick_bot(self) -> None:
        """Remove the bot from the group."""
        self._set_bot("kicked")

    def add_bot(self) -> None:
        """Add the bot again."""
        self._set_bot("member")

    def bot_leaves(self) -> None:
        """Remove the bot at its own request (leaveChat)."""
        self._set_bot("left")

    def migrate_to_supergroup(self, *, is_forum: bool = False) -> int:
        """Make this a supergroup, a new chat with a new id; the bot is told. Returns the id."""
        old = self._chat
        if old.type != "group":
            raise NotPossibleError(Reason.NOT_A_GROUP)
        actor = self._actor()
        new = self._world.add_group(
            old.title,
            [self._world.people[member] for member in old.members],
            is_supergroup=True,
            is_forum=is_forum,
        ).chat
        new.members = dict(old.members)
        new.bot_status, new.bot_rights = old.bot_status, old.bot_rights
        self._service({"migrate_to_chat_id": new.id}, actor)
        old.migrated_to = new.id
        self._chat = new
        self._service({"migrate_from_chat_id": old.id}, actor)
        self._world.emit(Event("world"))
        return new.id

    def make_forum(self, *, is_forum: bool = True) -> None:
        """Switch topics on or off (in supergroups only)."""
        if self._chat.type != "supergroup":
            raise NotPossibleError(Reason.NOT_A_SUPERGROUP)
        self._chat.is_forum = is_forum
        self._world.emit(Event("world"))

    def _actor(self) -> Json:
        first = next(iter(self._chat.members), None)
        return self._world.people[first].user if first is not None else self._world.bot

    def _service(self, content: Json, sender: Json) -> None:
        stored = self._world.post(self._chat, content, sender=sender)
        if self._chat.bot_status not in ("left", "kicked"):
            self._world.updates.add("message", stored.data, self._chat.id)

    def _set_bot(self, status: Any, rights: frozenset[str] = frozenset()) -> None:
        old = bot_member(self._world, self._chat)
        self._chat.bot_status, self._chat.bot_rights = status, rights
        new = bot_member(self._world, self._chat)
        if old != new:
            change = {
                "chat": self._chat.as_json(),
                "from": self._actor(),
                "date": self._world.timestamp(),
                "old_chat_member": old,
                "new_chat_member": new,
            }
            self._world.updates.add("my_chat_member", change, self._chat.id)
            self._world.emit(Event("world"))


def bot_member(world: "World", chat: Chat) -> Json:
    """Return the bot's own ChatMember in `chat`."""
    member: Json = {"user": world.bot, "status": chat.bot_status}
    if chat.bot_status == "administrator":
        member |= {"can_be_edited": False, "is_anonymous": False}
        member |= {right: right in chat.bot_rights for right in ALL_RIGHTS}
    elif chat.bot_status == "kicked":
        member["until_date"] = 0
    return member


def _pixel() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8)).save(out, "WEBP")
    return out.getvalue()
