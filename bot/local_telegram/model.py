"""The data types of a local Telegram, without its rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]

ChatType = Literal["private", "group", "supergroup"]
BotStatus = Literal["administrator", "member", "left", "kicked"]
EventKind = Literal[
    "message",
    "edited",
    "deleted",
    "reply_keyboard",
    "commands",
    "action",
    "blocked",
    "reactions",
    "tap_answered",
    "world",
]

ALL_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)


@dataclass(frozen=True, slots=True)
class Event:
    """A visible change, passed to every subscriber when it happens.

    `kind` decides which fields are set: «message» and «edited» have `message`; «deleted» has
    `message_ids`; «reply_keyboard» has `person_id` and `data` (the markup or None); «commands» has
    nothing more; «action» has `data` (``typing`` …); «blocked» has `data` (bool); «reactions» has
    `message_ids` (one) and `data` (emoji); «tap_answered» has `data` (the `Tap`); «world» (people,
    chats or the bot's own data have changed) has nothing.
    """

    kind: EventKind
    chat_id: int | None = None
    message: Json | None = None
    message_ids: tuple[int, ...] = ()
    person_id: int | None = None
    data: Any = None

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote the message."""
        return bool(self.message and self.message.get("from", {}).get("is_bot"))


Subscriber = Callable[[Event], None]


@dataclass(slots=True)
class StoredMessage:
    """The current state of a message.

    `data` is the Bot API object; an edit replaces it, and references to the old one stay unchanged.
    `markup` is the kind of keyboard that the bot sent it with.
    """

    chat: "Chat"
    data: Json
    outgoing: bool
    markup: str | None = None

    @property
    def message_id(self) -> int:
        return int(self.data["message_id"])

    @property
    def is_service(self) -> bool:
        return not any(name in self.data for name in CONTENT)


CONTENT: Final = (
    "text",
    "photo",
    "document",
    "sticker",
    "voice",
    "video",
    "location",
    "contact",
)


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the message that created it."""

    thread_id: int
    name: str
    closed: bool = False
    icon_color: int = 7322096


@dataclass(slots=True)
class Keyboard:
    """The current reply keyboard of one person in a chat, and the message that brought it."""

    message_id: int
    markup: Json


@dataclass(slots=True)
class Chat:
    """A private chat, a group or a supergroup. A private chat has the person's id."""

    id: int
    type: ChatType
    title: str = ""
    is_forum: bool = False
    members: dict[int, str] = field(default_factory=dict)  # person id → creator, member …
    bot_status: BotStatus = "member"
    bot_rights: frozenset[str] = frozenset()
    started: bool = True  # private: whether the person ever wrote to the bot
    blocked: bool = False  # private: whether the person blocked the bot
    migrated_to: int | None = None
    messages: dict[int, StoredMessage] = field(default_factory=dict, repr=False)
    topics: dict[int, Topic] = field(default_factory=dict)
    keyboards: dict[int, Keyboard] = field(default_factory=dict, repr=False)
    next_message_id: int = 1
    person: Json | None = None  # private: the person as a User object

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def instance(self) -> str:
        """The `chat_instance` of taps here: constant, and different from other chats'."""
        return str(abs(self.id) * 7_919 + 1_000_003)

    @property
    def kind_of_group(self) -> str:
        return "supergroup" if self.type == "supergroup" else "group"

    def may(self, right: str) -> bool:
        """Whether the bot is an administrator here with `right`."""
        return self.bot_status == "administrator" and right in self.bot_rights

    def as_json(self) -> Json:
        """Return the Chat object of the Bot API."""
        if self.person is not None:
            names = ("first_name", "last_name", "username")
            return {
                "id": self.id,
                **{name: self.person[name] for name in names if name in self.person},
                "type": "private",
            }
        chat: Json = {"id": self.id, "title": self.title, "type": self.type}
        if self.is_forum:
            chat["is_forum"] = True
        return chat

    def audience(self, only: Iterable[int] | None = None) -> list[int]:
        """Return the people whose keyboard a markup changes: all, or those members in `only`."""
        people = [self.id] if self.is_private else list(self.members)
        return people if only is None else [person for person in people if person in set(only)]
