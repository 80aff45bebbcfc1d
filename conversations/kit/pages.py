"""Lists with pages: which part of a list is shown, and the buttons to other pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from markupsafe import Markup

from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, button
from conversations.texts import Words

T = TypeVar("T")

_LONG_LIST_PAGES = 8  # longer lists get buttons that skip several pages
_STRIDES = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    ``number`` is its number, from 0; ``size`` how many entries a page has; ``count`` how many the
    whole list has.
    """

    number: int
    size: int
    count: int

    @classmethod
    def of(cls, count: int, *, size: int, number: int) -> Self:
        """The requested page; a number out of range becomes the nearest."""
        last = max(0, -(-count // size) - 1)
        return cls(min(max(number, 0), last), size, count)

    @property
    def pages(self) -> int:
        """How many pages the list has; an empty list has one."""
        return max(1, -(-self.count // self.size))

    @property
    def first(self) -> int:
        """The index of the page's first entry in the list, from 0."""
        return self.number * self.size

    def part(self, entries: Sequence[T]) -> Sequence[T]:
        """The entries of this page from the whole list."""
        return entries[self.first : self.first + self.size]

    def line(self, words: Words) -> list[Markup]:
        """*Pagina 2 di 3*, if there is more than one."""
        if self.pages == 1:
            return []
        return [words("Pagina {page} di {pages}", page=self.number + 1, pages=self.pages)]

    def buttons(self, words: Words, to_page: Callable[[int], Tap], *, by_age: bool = False) -> Rows:
        """The way to other pages, where there are any; above, strides for a long list.

        Args:
            words: the customer's language.
            to_page: the tap that shows a page.
            by_age: whether the list goes from the newest to the oldest, which the buttons say.
        """
        rows: list[tuple[Button, ...]] = []
        if self.pages > _LONG_LIST_PAGES:
            stops = {round(part * (self.pages - 1) / _STRIDES) for part in range(_STRIDES + 1)}
            strides = sorted(stops - {self.number})
            rows.append(tuple(button(str(stop + 1), to_page(stop)) for stop in strides))
        row: list[Button] = []
        if self.number > 0:
            back = words.plain("‹ Più recenti") if by_age else words.plain("‹ Indietro")
            row.append(button(back, to_page(self.number - 1)))
        if self.number < self.pages - 1:
            on = words.plain("Più vecchie ›") if by_age else words.plain("Avanti ›")
            row.append(button(on, to_page(self.number + 1)))
        return (*rows, tuple(row)) if row else ()
