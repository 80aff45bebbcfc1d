"""The state of a local Telegram: people, chats, messages, updates, files, taps.

No HTTP here. `methods` has the bot's actions, `people` those of people.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.local_telegram.calls import CallLog
from bot.local_telegram.commands import CommandMenus
from bot.local_telegram.faults import FaultSwitches
from bot.local_telegram.files import FileStore
from bot.local_telegram.flood import FloodLimits
from bot.local_telegram.limits import Limits
from bot.local_telegram.markup import Markup
from bot.local_telegram.model import (
    Chat,
    Event,
    Keyboard,
    StoredMessage,
    Subscriber,
)
from bot.local_telegram.people import Group, Person, Tap
from bot.local_telegram.updates import UpdateQueue

Json = dict[str, Any]

_FIRST_PERSON: Final = 100_000_001
_SUPERGROUP_BASE: Final = -1_000_000_000_000
_FLOOR: Final = 1_000_000_000


@dataclass(slots=True)
class Webhook:
    """Where updates are pushed to, and the result so far."""

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40
    certificate: bytes | None = field(default=None, repr=False)
    last_error_date: int | None = None
    last_error_message: str = ""


def wall_clock() -> datetime:
    """Return the current instant, in UTC."""
    return datetime.now(UTC)


class World:
    """The whole state of a local Telegram. `LocalTelegram` adds the server to it."""

    def __init__(
        self,
        token: str = "5000000001:local-telegram-needs-no-secret-at-all",  # noqa: S107 not a secret
        *,
        now: Callable[[], datetime] = wall_clock,
        bot_name: str = "Sportello",
        bot_username: str = "sportello_bot",
        tap_timeout: float = 15.0,
        first_update_id: int | None = None,
        first_message_id: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
    ) -> None:
        """Make an empty Telegram with one bot.

        `now` returns an aware datetime, for the dates of messages and the lifetimes of updates and
        taps. `tap_timeout` (seconds, U) is how long a tap may wait for its answer; `limits` are the
        others that Telegram does not publish. `first_update_id` defaults to one derived from the
        system clock, so that after a restart a bot that remembers update ids gets no old one;
        `first_message_id` is the first id in every chat.
        """
        self.token = token
        self.limits = limits or Limits()
        self.now = now
        self.monotonic = monotonic
        self.tap_timeout = timedelta(seconds=tap_timeout)
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": bot_name,
            "username": bot_username,
        }
        self.privacy = True  # in groups the bot gets only messages meant for it, unless admin
        self.logged_out = False
        self.names: dict[str, str] = {}
        self.descriptions: dict[str, str] = {}
        self.short_descriptions: dict[str, str] = {}
        self.menu_buttons: dict[int, Json] = {}
        self.commands = CommandMenus()
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files = FileStore(self.limits)
        first = int(time.time()) % _FLOOR if first_update_id is None else first_update_id
        self.updates = UpdateQueue(now, first)
        self.flood = FloodLimits(monotonic)
        self.faults = FaultSwitches()
        self.calls = CallLog()
        self.taps: dict[str, Tap] = {}
        self._first_message_id = first_message_id
        self._next_person = _FIRST_PERSON
        self._next_group = 1
        self._next_tap = (first + 1) * 1_000_000
        self._next_album = first * 1_000
        self._subscribers: list[Subscriber] = []
        self.webhook: Webhook | None = None
        self.webhook_changed: list[Callable[[], None]] = []  # callbacks of the server

    # --- reading the state -------------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with every `Event`, at once; calling the result stops that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def emit(self, event: Event) -> None:
        """Pass an event to the subscribers."""
        for subscriber in tuple(self._subscribers):
            subscriber(event)

    def timestamp(self) -> int:
        """Return the current time in seconds, as in Telegram's dates."""
        return int(self.now().timestamp())

    def messages(self, chat: Chat | Group | int) -> list[Json]:
        """Return the current Messages of `chat` (a `Chat`, a `Group` or its id)."""
        return [stored.data for stored in self.chat(chat).messages.values()]

    def chat(self, chat: Chat | Group | int) -> Chat:
        """Return a chat by its id, or that of a `Group`; KeyError if there is none."""
        if isinstance(chat, Chat):
            return chat
        return self.chats[chat if isinstance(chat, int) else chat.id]

    def reply_keyboard(self, chat: Chat | Group | int, person: Person | int) -> Json | None:
        """Return the current reply keyboard (or ForceReply) of `person`, or None."""
        keyboard = self.chat(chat).keyboards.get(person if isinstance(person, int) else person.id)
        return keyboard.markup if keyboard else None

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self.updates)

    # --- people and groups -------------------------------------------------------------------

    def add_person(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "it",
        note: str = "",
        person_id: int | None = None,
        started: bool = False,
    ) -> Person:
        """Add a person with an account. The chat page shows `note` beside the name.

        The bot may write only to people who wrote first: `started` means that this has happened.
        """
        if person_id is None:
            person_id, self._next_person = self._next_person, self._next_person + 1
        if person_id in self.people or person_id == self.bot["id"]:
            message = f"person id {person_id} is taken"
            raise ValueError(message)
        user: Json = {"id": person_id, "is_bot": False, "first_name": first_name}
        for name, value in (
            ("last_name", last_name),
            ("username", username),
            ("language_code", language_code),
        ):
            if value:
                user[name] = value
        chat = Chat(
            person_id,
            "private",
            person=user,
            started=started,
            next_message_id=self._first_message_id,
        )
        self.chats[person_id] = chat
        person = self.people[person_id] = Person(self, user, chat, note)
        self.emit(Event("world"))
        return person

    def add_group(
        self,
        title: str,
        members: Iterable[Person] = (),
        *,
        is_supergroup: bool = False,
        is_forum: bool = False,
        bot_is_admin: bool = False,
        group_id: int | None = None,
    ) -> Group:
        """Add a group with the bot and `members`, the first of whom created it.

        A forum is always a supergroup. `bot_is_admin` gives the bot every right.
        """
        supergroup = is_supergroup or is_forum
        if group_id is None:
            group_id = -self._next_group + (_SUPERGROUP_BASE if supergroup else -1_000)
            self._next_group += 1
        chat = Chat(
            group_id,
            "supergroup" if supergroup else "group",
            title=title,
            is_forum=is_forum,
            next_message_id=self._first_message_id,
        )
        for place, person in enumerate(members):
            chat.members[person.id] = "member" if place else "creator"
        self.chats[group_id] = chat
        group = Group(self, chat)
        if bot_is_admin:
            group.promote_bot()
        self.emit(Event("world"))
        return group

    # --- messages ----------------------------------------------------------------------------

    def post(
        self,
        chat: Chat,
        content: Json,
        *,
        sender: Json,
        markup: Markup | None = None,
        audience: Iterable[int] | None = None,
    ) -> StoredMessage:
        """Add a message to `chat`; `audience` limits whose keyboard `markup` changes."""
        message_id = chat.next_message_id
        chat.next_message_id += 1
        outgoing = sender["id"] == self.bot["id"]
        if outgoing:
            sender = self.bot
        data: Json = {
            "message_id": message_id,
            "from": sender,
            "chat": chat.as_json(),
            "date": self.timestamp(),
            **content,
        }
        if markup and markup.kind == "inline":
            data["reply_markup"] = markup.data
        stored = StoredMessage(chat, data, outgoing, markup.kind if markup else None)
        chat.messages[message_id] = stored
        self.emit(Event("message", chat.id, data))
        if markup and markup.kind != "inline":
            for person_id in chat.audience(audience):
                self._set_keyboard(chat, person_id, message_id, markup)
        return stored

    def change(self, stored: StoredMessage, data: Json) -> None:
        """Replace the content of `stored` by `data`."""
        stored.data = data
        self.emit(Event("edited", stored.chat.id, data))

    def remove(self, chat: Chat, message_ids: Iterable[int]) -> None:
        """Delete existing messages; a keyboard is removed with the message that brought it."""
        gone = tuple(message_ids)
        for message_id in gone:
            del chat.messages[message_id]
        self.emit(Event("deleted", chat.id, message_ids=gone))
        for person_id, keyboard in list(chat.keyboards.items()):
            if keyboard.message_id in gone:
                self.drop_keyboard(chat, person_id)

    def drop_keyboard(self, chat: Chat, person_id: int) -> None:
        """Remove the reply keyboard of one person."""
        if chat.keyboards.pop(person_id, None) is not None:
            self.emit(Event("reply_keyboard", chat.id, person_id=person_id))

    def _set_keyboard(self, chat: Chat, person_id: int, message_id: int, markup: Markup) -> None:
        if markup.kind == "remove":
            self.drop_keyboard(chat, person_id)
            return
        chat.keyboards[person_id] = Keyboard(message_id, markup.data)
        self.emit(Event("reply_keyboard", chat.id, person_id=person_id, data=markup.data))

    def next_album(self) -> str:
        """Return a new `media_group_id`."""
        self._next_album += 1
        return str(self._next_album)

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Push updates from now on, or (None) keep them for getUpdates."""
        self.webhook = webhook
        for listener in self.webhook_changed:
            listener()

    # --- taps --------------------------------------------------------------------------------

    def add_tap(self, chat: Chat, person: Person, message_id: int, data: str) -> Tap:
        """Tap a button with `data` as `person`, whether or not such a button exists."""
        self._next_tap += 1
        tap = Tap(str(self._next_tap), person, chat.id, message_id, data, self.now())
        self.taps[tap.id] = tap
        stored = chat.messages.get(message_id)
        message = (
            stored.data if stored else {"chat": chat.as_json(), "message_id": message_id, "date": 0}
        )
        self.updates.add(
            "callback_query",
            {
                "id": tap.id,
                "from": person.user,
                "message": message,
                "chat_instance": chat.instance,
                "data": data,
            },
            f"tap:{person.id}",
        )
        return tap

    def expire_taps(self) -> None:
        """End the taps that have waited longer than `tap_timeout`."""
        now = self.now()
        for tap in list(self.taps.values()):  # oldest first
            if now - tap.at <= self.tap_timeout:
                break
            del self.taps[tap.id]
            if not tap.ended:
                tap.end()
                self.emit(Event("tap_answered", tap.chat_id, data=tap))
