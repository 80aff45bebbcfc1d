"""The point picker: lists of supply points to choose from, and how a point is labelled."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.texts import Words
from storage.models import Service, SupplyPoint

POINTS_ON_A_PAGE = 6
_LABEL_LENGTH = 44
_LINE_LENGTH = 34
_WORDS = re.compile(r"\w+")
_END_OF_CODE = 3  # this many last characters of a PDR or POD identify it


def points_view(
    words: Words,
    question: Markup,
    points: Sequence[SupplyPoint],
    *,
    page: int,
    chosen: int | None,
    pick: Callable[[SupplyPoint], Tap],
    to_page: Callable[[int], Tap],
    below: Rows = (),
    searched: bool = False,
) -> View:
    """One page of points to pick from.

    Args:
        words: the customer's language.
        question: the text above the list.
        points: all of them.
        page: the first is 0; one out of range becomes the nearest.
        chosen: the id of the point that is marked.
        pick: the tap that picks a point.
        to_page: the tap that shows a page.
        below: more rows under the list.
        searched: whether typing narrows the list, which a long list says.
    """
    shown = Page.of(len(points), size=POINTS_ON_A_PAGE, number=page)
    rows = [
        (button(point_label(point, chosen=chosen), pick(point)),) for point in shown.part(points)
    ]
    text = Markup("\n").join([question, *shown.line(words)])
    if searched and shown.pages > 1:
        text += "\n\n" + words(
            "🔎 Per trovarlo prima, scrivi una parte dell'indirizzo o le ultime cifre del codice."
        )
    return View(text, (*rows, *shown.buttons(words, to_page), *below))


def matching(points: Sequence[SupplyPoint], typed: str) -> list[SupplyPoint]:
    """The points that match typed words: each word in the address, or at the end of the code.

    Numbers match whole numbers of the address only: *4* does not match flat 14.
    """
    wanted = _words(typed)
    if not wanted:
        return []
    return [point for point in points if all(_is_about(word, point) for word in wanted)]


def _is_about(word: str, point: SupplyPoint) -> bool:
    if len(word) >= _END_OF_CODE and point.code.casefold().endswith(word):
        return True
    there = _words(point.address)
    return word in there if word.isdigit() else any(each.startswith(word) for each in there)


def _words(text: str) -> list[str]:
    """The words of a text, without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORDS.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def found_view(
    words: Words,
    found: Sequence[SupplyPoint],
    *,
    chosen: int | None,
    pick: Callable[[SupplyPoint], Tap],
    to_page: Callable[[int], Tap],
) -> View:
    """The points that match typed words, at least one, and a button to all of them.

    Args:
        words: the customer's language.
        found: the matching points.
        chosen: the id of the point that is marked.
        pick: the tap that picks a point.
        to_page: the tap that shows a page of all points.
    """
    text = words.plural("Ho trovato <b>{n}</b> punto.", "Ho trovato <b>{n}</b> punti.", len(found))
    if len(found) > POINTS_ON_A_PAGE:
        text += " " + words(
            "Ecco i primi {n}: scrivi qualcosa in più per avvicinarti.", n=POINTS_ON_A_PAGE
        )
    rows = [
        (button(point_label(point, chosen=chosen), pick(point)),)
        for point in found[:POINTS_ON_A_PAGE]
    ]
    return View(text, (*rows, (button(words.plain("Tutti i punti"), to_page(0)),)))


def point_label(point: SupplyPoint, *, chosen: int | None = None) -> str:
    """The label of a point on a button: its service, address and the end of its code."""
    sign = "🔥" if point.service is Service.GAS else "⚡"
    tick = "✓ " if point.id == chosen else ""
    address = point.address
    longest = _LABEL_LENGTH - len(tick)
    if len(address) > longest:
        address = address[: longest - 1] + "…"
    return f"{tick}{sign} {address} · {point.code[-4:]}"


def point_title(words: Words, point: SupplyPoint) -> Markup:
    """A point as the title of a screen: its address, and its PDR or POD."""
    sign, kind = ("🔥", "PDR") if point.service is Service.GAS else ("⚡", "POD")
    return words(
        "{sign} <b>{address}</b>\n{kind} {code}",
        sign=sign,
        address=shorten(point.address),
        kind=kind,
        code=point.code,
    )


def point_line(point: SupplyPoint) -> str:
    """A point in one line, for the title of a picture."""
    kind = "PDR" if point.service is Service.GAS else "POD"
    return f"{kind} {point.code} · {shorten(point.address, _LINE_LENGTH)}"


def no_points(words: Words) -> View:
    """The chat's customers have no supply points, or not any more."""
    return View(
        words(
            "In questo momento non risulta <b>nessun punto di fornitura</b> a tuo nome.\n\n"
            "Se ti sembra strano, con /aiuto trovi a chi chiedere."
        )
    )
