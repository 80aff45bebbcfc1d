"""The command menus: by scope and language, and which one a person sees."""

import re
from typing import Any, Final

from bot.local_telegram.arguments import is_integer
from bot.local_telegram.errors import bad_request
from bot.local_telegram.model import Chat

Json = dict[str, Any]
Scope = tuple[str, int, int]  # type, chat id, person id (0 for none)

_NAME = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_LONGEST_DESCRIPTION: Final = 256
_MOST: Final = 100
_WITH_CHAT: Final = ("chat", "chat_administrators", "chat_member")
_PLAIN: Final = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")

DEFAULT: Final[Scope] = ("default", 0, 0)


def language(code: str | None) -> str:
    """Check a bot's `language_code` argument; "" means every language."""
    code = code or ""
    if code and not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def scope_of(value: Any, chat_id: int | None) -> Scope:
    """Return the scope of a BotCommandScope object; `chat_id` is its chat, already looked up."""
    if value is None:
        return DEFAULT
    if not isinstance(value, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = value.get("type")
    if kind in _PLAIN:
        return (str(kind), 0, 0)
    if kind not in _WITH_CHAT:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if chat_id is None:
        raise bad_request("can't parse BotCommandScope: Can't find field \"chat_id\"")
    person_id = value.get("user_id", 0) if kind == "chat_member" else 0
    if not is_integer(person_id) or (kind == "chat_member" and not person_id):
        raise bad_request("can't parse BotCommandScope: Invalid user_id specified")
    return (str(kind), chat_id, person_id)


def checked(commands: Any) -> list[Json]:
    """Check a bot's `commands` argument; raises the 400 for what Telegram refuses."""
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > _MOST:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    result = []
    for command in commands:
        if not isinstance(command, dict):
            raise bad_request("can't parse BotCommand: expected an Object")
        name, description = command.get("command"), command.get("description")
        if not isinstance(name, str) or not isinstance(description, str):
            raise bad_request("can't parse BotCommand: fields must be of type String")
        name = name.removeprefix("/").strip()
        description = description.strip()
        if not _NAME.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 0 < len(description) <= _LONGEST_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        result.append({"command": name, "description": description})
    return result


class CommandMenus:
    """The menus that the bot set with setMyCommands."""

    def __init__(self) -> None:
        self._menus: dict[tuple[Scope, str], list[Json]] = {}

    def set(self, scope: Scope, language_code: str, commands: list[Json]) -> None:
        self._menus[scope, language_code] = commands

    def get(self, scope: Scope, language_code: str) -> list[Json]:
        return self._menus.get((scope, language_code), [])

    def delete(self, scope: Scope, language_code: str) -> None:
        self._menus.pop((scope, language_code), None)

    def seen_by(self, person: Json, chat: Chat) -> list[Json]:
        """Return the menu of `person` (a User) in `chat`.

        The narrowest scope wins, and in it the person's language (Bot API reference, «Determining
        list of commands»).
        """
        administrator = chat.members.get(person["id"]) in ("creator", "administrator")
        scopes: list[Scope] = [("chat_member", chat.id, person["id"])]
        if administrator:
            scopes.append(("chat_administrators", chat.id, 0))
        scopes.append(("chat", chat.id, 0))
        if chat.is_private:
            scopes.append(("all_private_chats", 0, 0))
        else:
            if administrator:
                scopes.append(("all_chat_administrators", 0, 0))
            scopes.append(("all_group_chats", 0, 0))
        scopes.append(DEFAULT)
        languages = dict.fromkeys([person.get("language_code", "")[:2], ""])
        for scope in scopes:
            for code in languages:
                if menu := self._menus.get((scope, code)):
                    return menu
        return []
