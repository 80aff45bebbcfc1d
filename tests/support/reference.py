"""Checks answers, updates and calls against the Bot API's reference."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.local_telegram import methods, server
from bot.local_telegram.arguments import Arguments, Kind
from bot.local_telegram.updates import UpdateQueue

FILE: Final = Path(__file__).parent.parent / "local_telegram" / "reference.json"
_REFERENCE: Final[dict[str, Any]] = json.loads(FILE.read_text())
METHODS: Final[dict[str, dict[str, Any]]] = {
    name.lower(): method for name, method in _REFERENCE["methods"].items()
}
_TYPES: Final[dict[str, Any]] = _REFERENCE["types"]
_ARRAY: Final = "Array of "


@contextmanager
def held_to_the_reference(monkeypatch: pytest.MonkeyPatch, *, calls: bool) -> Iterator[None]:
    """Fail at the end if an answer or an update did not agree with the reference.

    Args:
        calls: whether the bot's own calls are checked too.
    """
    found: list[str] = []
    for name, method in list(methods.METHODS.items()):
        watched = _watched(name, method.handler, found)
        monkeypatch.setitem(methods.METHODS, name, replace(method, handler=watched))
    add = UpdateQueue.add

    def adds(queue: UpdateQueue, kind: str, content: Any, key: int | str) -> Any:
        found.extend(faults_of_update({"update_id": 1, kind: content}))
        return add(queue, kind, content, key)

    monkeypatch.setattr(UpdateQueue, "add", adds)
    if calls:
        _watch_calls(monkeypatch, found)
    yield
    assert not found, "not as the Bot API reference has it:\n" + "\n".join(dict.fromkeys(found))


def _watched(
    name: str, handler: Callable[[Any, Arguments], Any], found: list[str]
) -> Callable[[Any, Arguments], Any]:
    def watched(world: Any, arguments: Arguments) -> Any:
        result = handler(world, arguments)
        found.extend(faults_of_answer(name, result))
        return result

    return watched


def _watch_calls(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    read = server.MethodHandler._arguments
    called = ""

    def reads(handler: server.MethodHandler, name: str) -> Arguments:
        nonlocal called
        called = name
        return read(handler, name)

    def taken(raw: Mapping[str, Any], uploads: Any, declared: Any) -> Arguments:
        found.extend(faults_of_call(called, raw))
        return Arguments(raw, uploads, declared)

    monkeypatch.setattr(server.MethodHandler, "_arguments", reads)
    monkeypatch.setattr(server, "Arguments", taken)


def faults_of_answer(method: str, result: Any) -> list[str]:
    """What is wrong with the *result* of a method, according to the reference."""
    return list(_faults(result, METHODS[method.lower()]["returns"], method))


def faults_of_update(update: Any) -> list[str]:
    """What is wrong with an update to the bot."""
    if len(update) != 2:  # its id and what happened
        return [f"an update holds {sorted(update)}"]
    return list(_faults(update, ["Update"], "Update"))


def faults_of_call(method: str, raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments of a call, in JSON or in a form."""
    declared = METHODS[method.lower()]["arguments"]
    given = {name: _decoded(value, declared.get(name, [])) for name, value in raw.items()}
    return list(_fields(given, declared, method, files=True))


def kind_of(types: list[str]) -> Kind:
    """The kind as which the local Telegram should read an argument of these types."""
    if types == ["Integer", "String"]:
        return Kind.CHAT
    if "InputFile" in types:
        return Kind.FILE
    if "InlineKeyboardMarkup" in types:
        return Kind.MARKUP
    first = types[0]
    if first.startswith(_ARRAY):
        return Kind.ARRAY
    return {"Integer": Kind.INTEGER, "String": Kind.STRING, "Boolean": Kind.BOOLEAN}.get(
        first, Kind.OBJECT
    )


def _faults(value: Any, types: list[str], where: str) -> Iterator[str]:
    """The faults against the type that fits best."""
    tried = [list(_against(value, each, where)) for each in types]
    yield from min(tried, key=len)


def _against(value: Any, wanted: str, where: str) -> Iterator[str]:
    if wanted.startswith("="):
        if value != wanted[1:]:
            yield f"{where} is {value!r}, not {wanted[1:]!r}"
    elif wanted.startswith(_ARRAY):
        if not isinstance(value, list):
            yield f"{where} is no array"
            return
        for place, item in enumerate(value):
            yield from _faults(item, [wanted.removeprefix(_ARRAY)], f"{where}[{place}]")
    elif wanted in _TYPES:
        known = _TYPES[wanted]
        if isinstance(known, list):
            yield from _faults(value, known, where)
        elif isinstance(value, dict):
            yield from _fields(value, known, where)
        else:
            yield f"{where} is no {wanted}"
    elif not _is_plain(value, wanted):
        yield f"{where} is {value!r}, no {wanted}"


def _is_plain(value: Any, wanted: str) -> bool:
    match wanted:
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "String" | "InputFile":
            return isinstance(value, str)
        case "Boolean":
            return isinstance(value, bool)
    return False  # a type that is not in the extract: nothing here uses it


def _fields(
    value: Mapping[str, Any], known: Mapping[str, list[str]], where: str, *, files: bool = False
) -> Iterator[str]:
    left = dict(value)
    for name, types in known.items():
        bare = name.removesuffix("?")
        if bare in left:
            yield from _faults(left.pop(bare), types, f"{where}.{bare}")
        elif bare == name and not (files and "InputFile" in types):  # a file travels beside
            yield f"{where} has no {name}"
    for name in left:
        yield f"{where}.{name} is not in the reference"


def _decoded(value: Any, types: list[str]) -> Any:
    if not isinstance(value, str) or types == ["String"]:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
