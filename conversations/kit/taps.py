"""Buttons as types, which are encoded into the 64 bytes of callback data.

A tap is a frozen dataclass. It proves no permission: a button outlives its screen, can be forwarded
and forged, so every step asks the database again.
"""

import dataclasses
import datetime as dt
import enum
import functools
import types
import typing
from typing import Any, ClassVar, Self

VERSION = "1"
MOST_BYTES = 64
_SEPARATOR = ":"


class TapError(ValueError):
    """Callback data of no button of this version."""


class Tap:
    """Base of every button type: a frozen dataclass of ints, strings, booleans, dates and enums.

    ``code`` is its short name in the callback data. A button with a field ``screen_token`` belongs
    to one screen of a conversation, and works only on the newest.
    """

    code: ClassVar[str]
    registry: ClassVar[dict[str, type["Tap"]]] = {}

    def __init_subclass__(cls, *, code: str | None = None) -> None:
        # A dataclass with slots is created twice; the second time the code exists already.
        code = code or cls.__dict__["code"]
        if code in Tap.registry and Tap.registry[code].__qualname__ != cls.__qualname__:
            raise TypeError(f"two buttons share the code {code!r}")
        cls.code = code
        Tap.registry[code] = cls

    def encode(self) -> str:
        """The callback data of this button.

        Raises:
            TapError: it is longer than 64 bytes, or a text contains the separator.
        """
        parts = [VERSION + self.code]
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            text = _pack(getattr(self, field.name))
            if _SEPARATOR in text:
                raise TapError(f"{field.name} of {type(self).__name__} holds a separator")
            parts.append(text)
        data = _SEPARATOR.join(parts)
        if len(data.encode()) > MOST_BYTES:
            raise TapError(f"{type(self).__name__} does not fit into {MOST_BYTES} bytes")
        return data

    @classmethod
    def decode(cls, data: str) -> Self:
        """The button of this type with the callback data *data*.

        Raises:
            TapError: it is another type's, an older version's, or forged.
        """
        tap = decode(data)
        if not isinstance(tap, cls):
            raise TapError(f"not a {cls.__name__}")
        return tap


def decode(data: str) -> Tap:
    """The button with the callback data *data*.

    Raises:
        TapError: it is no button of this version.
    """
    head, *texts = data.split(_SEPARATOR)
    kind = Tap.registry.get(head.removeprefix(VERSION)) if head.startswith(VERSION) else None
    if kind is None:
        raise TapError("an unknown button")
    kinds = _kinds_of(kind.code)
    if len(kinds) != len(texts):
        raise TapError(f"{kind.__name__} with {len(texts)} values")
    try:
        values = [_unpack(each, text) for each, text in zip(kinds, texts, strict=True)]
    except (ValueError, OverflowError):
        raise TapError(f"{kind.__name__} with a value of another kind") from None
    return kind(*values)


@functools.cache
def _kinds_of(code: str) -> tuple[Any, ...]:
    """The types of a button's values, in order; cached, since every handler asks."""
    kind = Tap.registry[code]
    hints = typing.get_type_hints(kind)
    return tuple(hints[field.name] for field in dataclasses.fields(kind))  # type: ignore[arg-type]


def _pack(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case enum.Enum():
            return str(value.value)
        case dt.date():
            # strftime pads years below 1000 on some systems only.
            return f"{value.year:04}{value.month:02}{value.day:02}"
        case _:
            return str(value)


_LARGEST = 2**31 - 1  # a larger forged number would not fit into an id


def _unpack(kind: Any, text: str) -> object:
    if isinstance(kind, types.UnionType):
        if not text:
            return None
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    if kind is bool:
        if text not in {"0", "1"}:
            raise ValueError("not a yes or no")
        return text == "1"
    if kind is int:
        if not (text.isascii() and text.lstrip("-").isdigit()) or abs(int(text)) > _LARGEST:
            raise ValueError("not a number")
        return int(text)
    if kind is dt.date:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    return kind(text)
