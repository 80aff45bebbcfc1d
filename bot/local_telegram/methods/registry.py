"""The registry of methods, and what they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.local_telegram.arguments import Arguments, Kind
from bot.local_telegram.errors import ApiError, bad_request, forbidden
from bot.local_telegram.model import Chat
from bot.local_telegram.world import World

Json = dict[str, Any]
Handler = Callable[[World, Arguments], Any]

INTEGER: Final = Kind.INTEGER
STRING: Final = Kind.STRING
BOOLEAN: Final = Kind.BOOLEAN
CHAT: Final = Kind.CHAT
ARRAY: Final = Kind.ARRAY
OBJECT: Final = Kind.OBJECT
FILE: Final = Kind.FILE
MARKUP: Final = Kind.MARKUP


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its name in the reference, its declared arguments, and its function."""

    name: str
    parameters: Mapping[str, Kind]
    handler: Handler


METHODS: dict[str, Method] = {}


def method(name: str, /, **parameters: Kind) -> Callable[[Handler], Handler]:
    """Register a function as the method `name` with its declared arguments."""

    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, parameters, handler)
        return handler

    return register


def chat_of(world: World, value: int | str | None, name: str = "chat_id") -> Chat:
    """Return the chat of a bot's argument; 400 if the bot cannot know such a chat."""
    if value is None:
        raise bad_request(f"{name} is empty")
    chat = world.chats.get(value) if isinstance(value, int) else None
    if chat is None:
        raise bad_request("chat not found")
    if chat.is_private and not chat.started:
        met = any(
            other.members.get(chat.id) and other.bot_status in ("member", "administrator")
            for other in world.chats.values()
            if not other.is_private
        )
        if met:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    return chat


def writable(world: World, value: int | str | None) -> Chat:
    """Return the chat of an argument, or raise the error for why the bot may not write there."""
    chat = chat_of(world, value)
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    if chat.is_private:
        if not world.people[chat.id].is_active:
            raise forbidden("user is deactivated")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
    elif chat.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind_of_group} chat")
    elif chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind_of_group} chat")
    return chat
