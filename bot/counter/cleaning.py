"""Cleans what Telegram sends, before it is stored and handled.

A text with half a character (a lone surrogate) can be neither stored nor sent, a language that is
no text has no catalogue, and invisible characters (bidirectional marks, zero widths) spoil numbers.
After cleaning, no handler needs to consider these.
"""

from bisect import bisect_left
from typing import Any

from storage.rules.invisible import removed_from, visible

_ENTITIES = {"text": "entities", "caption": "caption_entities"}
_TEXTS = frozenset(
    {"text", "caption", "data", "language_code", "first_name", "last_name", "username", "title"}
)
_WHOLE = frozenset({"data", "file_id", "file_unique_id", "id"})
"""Texts by Telegram or by the bot, which nobody typed."""


def cleaned(value: Any) -> Any:
    """A cleaned copy of an update, or of a part of one.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if isinstance(value, str):
        return visible(_without_halves(value))
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, each in value.items():
        if name in _TEXTS and not isinstance(each, str):
            continue
        found[name] = (
            _without_halves(each) if name in _WHOLE and isinstance(each, str) else cleaned(each)
        )
    for name, entities in _ENTITIES.items():
        text = value.get(name)
        if isinstance(text, str) and isinstance(found.get(entities), list):
            found[entities] = _moved(found[entities], removed_from(_without_halves(text)))
    return found


def _without_halves(text: str) -> str:
    # Replaced by one UTF-16 unit each, so that the offsets of entities stay right.
    return (
        text
        if text.isascii()
        else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _moved(entities: list[Any], removed: list[int]) -> list[Any]:
    """The entities of a text from which the characters at these places were removed."""
    if not removed:
        return entities
    moved: list[Any] = []
    for entity in entities:
        if not isinstance(entity, dict):
            continue
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int):
            continue
        end = start + length
        start -= bisect_left(removed, start)
        end -= bisect_left(removed, end)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return moved
