"""What customers read: every text can be translated, is translated, and can be sent."""

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from telegram.ext import BaseHandler, CommandHandler, ConversationHandler

from bot.local_telegram.entities import parse_html
from conversations import first_handlers, handlers
from conversations.kit.menu import LABELS
from conversations.texts import FOLDER, LANGUAGES, SOURCE
from conversations.texts.__main__ import collect
from conversations.welcome import COMMANDS

OTHERS = [language for language in LANGUAGES if language != SOURCE]
LONGEST = 1000
"""Characters of one text: about what a phone shows at once. Telegram would take 4096, a caption
1024, and values still come in."""

_WORDS = {"words", "plain", "plural", "mark"}
_COMMAND = re.compile(r"(?<![\w<.:/}])/([a-z]+)")
_TAG = re.compile(r"<[^<>]*>")


def forms(text: "str | tuple[str, ...] | list[str] | None") -> tuple[str, ...]:
    """A text, or its forms for one and for many."""
    if text is None:
        return ("",)
    return (text,) if isinstance(text, str) else tuple(text)


def template() -> list[Message]:
    return [message for message in collect() if message.id]


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "sportello.po").open("rb") as file:
        return read_po(file, locale=language)


def translations(language: str) -> Iterator[tuple[str, str]]:
    """Each translated text with the Italian one that it stands for, form by form."""
    for message in catalogue(language):
        if message.id and all(forms(message.string)):
            yield from zip(forms(message.id), forms(message.string), strict=True)


def every_text() -> Iterator[str]:
    """Every text in every language."""
    for message in template():
        yield from forms(message.id)
    for language in OTHERS:
        for _, text in translations(language):
            yield text


def places(text: str) -> set[str]:
    """The ``{places}`` of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# -- the code --


def shown_texts() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the code where a text is shown or marked."""
    for path in sorted(FOLDER.parent.rglob("*.py")):
        if FOLDER in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in _WORDS:
                yield f"{path.relative_to(FOLDER.parent)}:{node.lineno}", node


def test_texts_stand_where_the_catalogues_find_them() -> None:
    """A text is written out at its place, or marked where it is written: never put together."""
    for place, call in shown_texts():
        plural = isinstance(call.func, ast.Attribute) and call.func.attr == "plural"
        for text in call.args[: 2 if plural else 1]:
            written = isinstance(text, ast.Constant) and isinstance(text.value, str)
            assert written or isinstance(text, (ast.Name, ast.Attribute)), f"{place}: put together"


def test_what_is_marked_is_in_the_catalogues() -> None:
    known = {form for message in template() for form in forms(message.id)}
    assert set(LABELS) <= known
    assert {text for _, _, text in COMMANDS} <= known


# -- the catalogues --


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_in_the_catalogue_and_no_other(language: str) -> None:
    kept = {message.id for message in catalogue(language) if message.id}
    needed = {message.id for message in template()}
    assert kept - needed == set(), "texts that the code no longer has"
    assert needed - kept == set(), "texts that are not in the catalogue: make texts"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    missing = [m.id for m in catalogue(language) if m.id and not all(forms(m.string))]
    fuzzy = [m.id for m in catalogue(language) if m.id and m.fuzzy]
    assert missing == []
    assert fuzzy == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_signs_and_edges(language: str) -> None:
    for text, translated in translations(language):
        # One of something may do without its number.
        assert places(text) - {"n"} == places(translated) - {"n"}, text
        assert Counter(_TAG.findall(text)) == Counter(_TAG.findall(translated)), text
        for edge in (str.lstrip, str.rstrip):
            around = len(text) - len(edge(text)), len(translated) - len(edge(translated))
            assert around[0] == around[1], f"{text!r} begins or ends with other spaces"


# -- what Telegram takes, and a phone shows --


def test_every_text_is_html_that_telegram_takes() -> None:
    for text in every_text():
        if "<" not in text:
            continue
        filled = text.format_map(dict.fromkeys(places(text), "7"))
        parsed, _ = parse_html(filled)  # raises where Telegram would refuse
        assert parsed.strip(), text


def test_no_text_is_longer_than_a_phone_shows() -> None:
    for text in every_text():
        assert len(text) <= LONGEST, text


def test_every_command_that_a_text_names_exists() -> None:
    known = set(_commands([*first_handlers(), *handlers()]))
    for text in every_text():
        for name in _COMMAND.findall(_TAG.sub("", text)):
            assert name in known, f"/{name} is not served: {text}"


def _commands(given: list[BaseHandler]) -> Iterator[str]:  # type: ignore[type-arg]
    for handler in given:
        if isinstance(handler, ConversationHandler):
            yield from _commands([*handler.entry_points, *handler.fallbacks])
        elif isinstance(handler, CommandHandler):
            yield from handler.commands


def test_customers_are_spoken_to_as_tu() -> None:
    formal = re.compile(r"\b(Lei|La preghiamo|Le chiediamo|Suo|Sua|Suoi|Sue|Gentile)\b")
    for message in template():
        for text in forms(message.id):
            assert not formal.search(text), text


def test_the_catalogues_lie_where_they_are_read() -> None:
    assert {path.parent.name for path in Path(FOLDER).glob("*/sportello.po")} == set(OTHERS)
