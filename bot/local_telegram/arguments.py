"""The arguments of a call: converted to the types in the reference, from any encoding."""

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from bot.local_telegram.errors import ApiError, bad_request
from bot.local_telegram.files import Upload

Json = dict[str, Any]
Raw = Mapping[str, Any]  # str, or the values of a JSON body

_TRUE: Final = ("true", "yes", "1")
_FALSE: Final = ("false", "no", "0", "")
# Arguments without a counterpart here: refused, not ignored (messages: C, U, U).
_NOT_HERE: Final = {
    "business_connection_id": "business connection not found",
    "direct_messages_topic_id": "the chat is not a direct messages chat",
    "suggested_post_parameters": "suggested posts can be sent only to direct messages chats",
}
_INTEGER = re.compile(r"[+-]?\d{1,19}")


class Kind(Enum):
    """The type of an argument in the reference."""

    INTEGER = "Integer"
    STRING = "String"
    BOOLEAN = "Boolean"
    CHAT = "Integer or String"
    ARRAY = "Array"
    OBJECT = "Object"
    FILE = "InputFile or String"
    MARKUP = "Object "  # a reply markup, which has its own error messages


class Arguments:
    """The declared arguments of one call, converted.

    Undeclared arguments are ignored, as on the real server; an empty value counts as not given.
    """

    def __init__(
        self,
        raw: Raw,
        uploads: Mapping[str, Upload],
        declared: Mapping[str, Kind],
    ) -> None:
        self.uploads = uploads
        self._values: dict[str, Any] = {}
        for name, value in raw.items():
            kind = declared.get(name)
            if kind is not None and value is not None and value != "":
                self._values[name] = _converted(name, value, kind)
                if name in _NOT_HERE:
                    raise bad_request(_NOT_HERE[name])

    def __getitem__(self, name: str) -> Any:
        """Return the value of `name`, None if not given."""
        return self._values.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def flag(self, name: str) -> bool:
        """Return a Boolean that defaults to false."""
        return bool(self._values.get(name))

    def required(self, name: str) -> Any:
        """Return the value of `name`, or raise the 400 for a missing one."""
        if name not in self._values:
            raise bad_request(f'parameter "{name}" is required')
        return self._values[name]

    def bounded(self, name: str, default: int, low: int, high: int) -> int:
        """Return an Integer, limited to the range from `low` to `high`."""
        return int(min(high, max(low, self._values.get(name, default))))


def decoded(words: str | bytes) -> Any:
    """Decode JSON; ValueError if it is malformed, the 400 if a string is not valid text."""
    try:
        value = json.loads(words)
    except RecursionError:
        raise ValueError from None
    try:
        # JSON can contain half of a surrogate pair, which cannot be encoded.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise not_utf8() from None
    return value


def not_utf8() -> ApiError:
    """Return the 400 for a string that is not valid text."""
    return bad_request("strings must be encoded in UTF-8")


def is_integer(value: Any) -> bool:
    """Whether a JSON value is an Integer; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _converted(name: str, value: Any, kind: Kind) -> Any:
    convert = _CONVERSIONS[kind]
    try:
        return convert(value)
    except (TypeError, ValueError):
        raise bad_request(f'parameter "{name}" must be of the type {kind.value}') from None


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    if isinstance(value, str) and not _INTEGER.fullmatch(value.strip()):
        raise ValueError
    return int(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _TRUE + _FALSE:
        raise ValueError
    return text in _TRUE


def _string(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _chat(value: Any) -> int | str:
    if isinstance(value, str) and not _INTEGER.fullmatch(value.strip()):
        return value
    return _integer(value)


def _array(value: Any) -> list[Any]:
    value = _unwrapped(value)
    if not isinstance(value, list):
        raise TypeError
    return value


def _object(value: Any) -> Json:
    value = _unwrapped(value)
    if not isinstance(value, dict):
        raise TypeError
    return value


def _markup(value: Any) -> Any:
    try:
        return _unwrapped(value)
    except ValueError:
        raise bad_request("can't parse reply keyboard markup JSON object") from None


def _unwrapped(value: Any) -> Any:
    return decoded(value) if isinstance(value, str) else value


_CONVERSIONS: Final = {
    Kind.INTEGER: _integer,
    Kind.STRING: _string,
    Kind.BOOLEAN: _boolean,
    Kind.CHAT: _chat,
    Kind.ARRAY: _array,
    Kind.OBJECT: _object,
    Kind.FILE: _string,
    Kind.MARKUP: _markup,
}
