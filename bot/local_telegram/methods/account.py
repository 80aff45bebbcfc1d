"""Methods about the bot itself: its user, names and command menus."""

from typing import Any, Final

from bot.local_telegram import commands
from bot.local_telegram.arguments import Arguments
from bot.local_telegram.errors import bad_request
from bot.local_telegram.markup import web_app
from bot.local_telegram.methods.registry import (
    ARRAY,
    INTEGER,
    OBJECT,
    STRING,
    chat_of,
    method,
)
from bot.local_telegram.model import Event
from bot.local_telegram.world import World

Json = dict[str, Any]

_LONGEST_NAME: Final = 64
_LONGEST_DESCRIPTION: Final = 512
_LONGEST_SHORT_DESCRIPTION: Final = 120
_SCOPED: Final = {"scope": OBJECT, "language_code": STRING}


@method("getMe")
def get_me(world: World, _: Arguments) -> Json:
    """Return the bot as a User."""
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("logOut")
def log_out(world: World, _: Arguments) -> bool:
    """Leave this server: all further calls are refused, until `World.logged_out` is reset."""
    world.logged_out = True
    return True


@method("close")
def close(world: World, _: Arguments) -> bool:
    """Close the bot instance; does nothing, as the next call opens it again."""
    del world
    return True


def _scope(world: World, a: Arguments) -> tuple[commands.Scope, str]:
    value = a["scope"]
    chat_id = None
    if value and "chat_id" in value:
        given = value["chat_id"]
        if isinstance(given, str) and given.lstrip("-").isdigit():
            given = int(given)
        chat_id = chat_of(world, given).id
    return commands.scope_of(value, chat_id), commands.language(a["language_code"])


@method("setMyCommands", commands=ARRAY, **_SCOPED)
def set_my_commands(world: World, a: Arguments) -> bool:
    """Set the menu of a scope and language."""
    menu = commands.checked(a.required("commands"))
    world.commands.set(*_scope(world, a), menu)
    world.emit(Event("commands"))
    return True


@method("getMyCommands", **_SCOPED)
def get_my_commands(world: World, a: Arguments) -> list[Json]:
    """Return the menu of this exact scope and language."""
    return world.commands.get(*_scope(world, a))


@method("deleteMyCommands", **_SCOPED)
def delete_my_commands(world: World, a: Arguments) -> bool:
    """Remove the menu of a scope and language, so that the next wider one shows again."""
    world.commands.delete(*_scope(world, a))
    world.emit(Event("commands"))
    return True


def _set_text(world: World, a: Arguments, kept: dict[str, str], name: str, longest: int) -> bool:
    text = a[name] or ""
    if len(text) > longest:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    language = commands.language(a["language_code"])
    if text:
        kept[language] = text
    else:
        kept.pop(language, None)
    world.emit(Event("world"))
    return True


def _get_text(a: Arguments, kept: dict[str, str], name: str, default: str = "") -> Json:
    language = commands.language(a["language_code"])
    return {name: kept.get(language, kept.get("", default))}


@method("setMyName", name=STRING, language_code=STRING)
def set_my_name(world: World, a: Arguments) -> bool:
    """Set the bot's name in a language."""
    _set_text(world, a, world.names, "name", _LONGEST_NAME)
    world.bot = {**world.bot, "first_name": world.names.get("", world.bot["first_name"])}
    return True


@method("getMyName", language_code=STRING)
def get_my_name(world: World, a: Arguments) -> Json:
    """Return the bot's name in a language."""
    return _get_text(a, world.names, "name", world.bot["first_name"])


@method("setMyDescription", description=STRING, language_code=STRING)
def set_my_description(world: World, a: Arguments) -> bool:
    """Set the description, which an empty chat with the bot shows."""
    return _set_text(world, a, world.descriptions, "description", _LONGEST_DESCRIPTION)


@method("getMyDescription", language_code=STRING)
def get_my_description(world: World, a: Arguments) -> Json:
    """Return the description, which an empty chat with the bot shows."""
    return _get_text(a, world.descriptions, "description")


@method("setMyShortDescription", short_description=STRING, language_code=STRING)
def set_my_short_description(world: World, a: Arguments) -> bool:
    """Set the short description, which the bot's profile shows."""
    return _set_text(
        world, a, world.short_descriptions, "short_description", _LONGEST_SHORT_DESCRIPTION
    )


@method("getMyShortDescription", language_code=STRING)
def get_my_short_description(world: World, a: Arguments) -> Json:
    """Return the short description, which the bot's profile shows."""
    return _get_text(a, world.short_descriptions, "short_description")


@method("setChatMenuButton", chat_id=INTEGER, menu_button=OBJECT)
def set_chat_menu_button(world: World, a: Arguments) -> bool:
    """Set the button beside the input field: in one private chat, or in all."""
    button = a["menu_button"] or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported type specified")
    if button["type"] == "web_app":
        if not isinstance(button.get("text"), str) or not isinstance(button.get("web_app"), dict):
            raise bad_request('can\'t parse menu button: Fields "text" and "web_app" are expected')
        web_app(button)
    chat_id = chat_of(world, a["chat_id"]).id if "chat_id" in a else 0
    world.menu_buttons[chat_id] = button
    return True


@method("getChatMenuButton", chat_id=INTEGER)
def get_chat_menu_button(world: World, a: Arguments) -> Json:
    """Return the button beside the input field."""
    chat_id = chat_of(world, a["chat_id"]).id if "chat_id" in a else 0
    default = world.menu_buttons.get(0, {"type": "commands"})
    return world.menu_buttons.get(chat_id, default)
