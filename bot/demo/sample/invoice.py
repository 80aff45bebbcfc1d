"""Invoices that look like those of an Italian supplier: one A4 page, with figures that add up.

It has what the first page of a real one has: the box DATI CLIENTE with holder, tax code and
customer code, the amount and its due date, the supply point, its readings, the consumption of the
last months, and the components of the amount.
"""

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from fpdf import FPDF, XPos, YPos

from bot.qr import picture_of

Colour = tuple[int, int, int]

_INK: Colour = (32, 38, 46)
_GREY: Colour = (110, 118, 128)
_HAIRLINE: Colour = (205, 211, 218)
_PAPER: Colour = (244, 246, 248)
_WHITE: Colour = (255, 255, 255)
_GAS: Colour = (11, 94, 140)
_ELECTRICITY: Colour = (176, 92, 6)

_LEFT, _RIGHT = 15.0, 195.0
_WIDTH = _RIGHT - _LEFT
_MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The supplier on the invoice."""

    name: str
    address: str
    phone: str
    email: str
    vat: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One component of the amount, in euro."""

    words: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Counter:
    """A meter or a corrector of the supply point, with its values at both ends of the period."""

    label: str
    serial: str
    before: int
    after: int
    used: int


@dataclass(frozen=True, slots=True)
class InvoiceData:
    """All data of one invoice.

    ``used`` is in ``unit`` (Smc or kWh), ``months`` holds (year, month, used), oldest first;
    ``link`` is the target of the QR code, if there is one. The amount is the sum of the charges.
    """

    issuer: Issuer
    number: str
    issued: date
    due: date
    first_day: date
    last_day: date
    holder: str
    holder_address: str
    tax_id: str
    customer_code: str
    is_gas: bool
    point_code: str
    point_address: str
    offer: str
    used: Decimal
    months: tuple[tuple[int, int, Decimal], ...]
    charges: tuple[Charge, ...]
    technical: tuple[tuple[str, str], ...] = ()
    counters: tuple[Counter, ...] = ()
    link: str | None = None

    @property
    def unit(self) -> str:
        return "Smc" if self.is_gas else "kWh"

    @property
    def amount(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), Decimal(0))


def write_invoice(path: Path, data: InvoiceData) -> None:
    """Write the invoice as a PDF of one page.

    Args:
        path: the file to create; its folder exists.
        data: the data of the invoice.

    Raises:
        OSError: the file cannot be written.
    """
    _Invoice(data).draw().output(str(path))


def write_letter(path: Path, issuer: Issuer, title: str, paragraphs: tuple[str, ...]) -> None:
    """Write a plain document of one page: a form, or general terms."""
    page = _new_page(title, issuer)
    _header(page, issuer, _GAS)
    page.set_xy(_LEFT, 52)
    _write(page, 18, _INK, bold=True)
    page.multi_cell(_WIDTH, 9, title, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _write(page, 11, _INK)
    for paragraph in paragraphs:
        page.ln(3)
        page.multi_cell(_WIDTH, 6, paragraph, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.output(str(path))


def euro(amount: Decimal) -> str:
    """An amount as Italian invoices print it: ``1.234,50 €``."""
    return f"{_italian(amount, 2)} €"


class _Invoice:
    """Draws one page, from top to bottom; lengths are in millimetres."""

    def __init__(self, data: InvoiceData) -> None:
        self.data = data
        self.colour = _GAS if data.is_gas else _ELECTRICITY
        self.service = "gas naturale" if data.is_gas else "energia elettrica"
        self.page = _new_page(f"Fattura {data.number}", data.issuer)

    def draw(self) -> FPDF:
        _header(self.page, self.data.issuer, self.colour)
        self._what_it_is()
        self._customer()
        self._amount()
        self._supply()
        self._counters()
        self._bars()
        self._charges()
        self._footer()
        return self.page

    def _what_it_is(self) -> None:
        page, data = self.page, self.data
        page.set_xy(_LEFT, 46)
        _write(page, 20, self.colour, bold=True)
        page.cell(110, 9, f"La tua bolletta {'gas' if data.is_gas else 'luce'}")
        page.set_xy(_LEFT, 56)
        _write(page, 9.5, _GREY)
        page.multi_cell(
            105,
            4.8,
            f"Fattura n. {data.number} del {_day(data.issued)}\n"
            f"Periodo: {_day(data.first_day)} - {_day(data.last_day)}\n"
            f"Mercato libero, {self.service}",
            align="L",
        )

    def _customer(self) -> None:
        page, data = self.page, self.data
        left, top, width, height = 122.0, 44.0, _RIGHT - 122.0, 52.0
        page.set_draw_color(*self.colour)
        page.set_line_width(0.5)
        page.rect(left, top, width, height, round_corners=True, corner_radius=2)
        page.set_xy(left + 4, top + 2.5)
        _write(page, 9, self.colour, bold=True)
        page.cell(width - 8, 5, "DATI CLIENTE")
        y = top + 8.5
        for label, value, large in (
            ("Intestatario", data.holder, False),
            ("Residenza/Sede", data.holder_address, False),
            (
                "Codice Fiscale" if len(data.tax_id) == 16 else "Partita IVA / Codice Fiscale",  # noqa: PLR2004
                data.tax_id,
                False,
            ),
            ("Codice Cliente", data.customer_code, True),
        ):
            page.set_xy(left + 4, y)
            _write(page, 7.5, _GREY)
            page.cell(width - 8, 3.6, label)
            page.set_xy(left + 4, y + 3.7)
            _write(page, 14 if large else 10, _INK, bold=True)
            _fitted(page, width - 8, 6.6 if large else 4.8, value)
            y += 10.8

    def _amount(self) -> None:
        page, data = self.page, self.data
        top, width, height = 74.0, 102.0, 22.0
        page.set_fill_color(*self.colour)
        page.rect(_LEFT, top, width, height, style="F", round_corners=True, corner_radius=2)
        page.set_xy(_LEFT + 5, top + 3)
        _write(page, 9, _WHITE)
        page.cell(50, 4.5, "Totale da pagare")
        page.set_xy(_LEFT + 5, top + 8.5)
        _write(page, 22, _WHITE, bold=True)
        page.cell(55, 10, euro(data.amount))
        page.set_xy(_LEFT + 62, top + 3)
        _write(page, 9, _WHITE)
        page.cell(36, 4.5, "Entro il", align="R")
        page.set_xy(_LEFT + 62, top + 9.5)
        _write(page, 14, _WHITE, bold=True)
        page.cell(36, 8, _day(data.due), align="R")

    def _supply(self) -> None:
        data = self.data
        y = self._title("La tua fornitura", 103)
        rows = (
            ("PDR" if data.is_gas else "POD", data.point_code),
            ("Indirizzo", data.point_address),
            ("Offerta", data.offer),
            *data.technical,
        )
        page = self.page
        for number, (label, value) in enumerate(rows):
            left = _LEFT + (number % 2) * (_WIDTH / 2)
            top = y + (number // 2) * 6.2
            page.set_xy(left, top)
            _write(page, 9, _GREY)
            page.cell(34, 5.4, label)
            page.set_xy(left + 30, top)
            _write(page, 9.5, _INK, bold=label in {"PDR", "POD"})
            _fitted(page, _WIDTH / 2 - 32, 5.4, value)

    def _counters(self) -> None:
        data = self.data
        y = self._title("Letture e consumi", 134)
        head = [
            ("", 34, "L"),
            ("Matricola", 38, "L"),
            ("Lettura iniziale", 32, "R"),
            ("Lettura finale", 32, "R"),
            ("Differenza", 44, "R"),
        ]
        self._row(y, head, _GREY, size=8)
        y += 5.4
        for counter in data.counters:
            self._row(
                y,
                [
                    (counter.label, 34, "L"),
                    (counter.serial, 38, "L"),
                    (_italian(counter.before), 32, "R"),
                    (_italian(counter.after), 32, "R"),
                    (f"{_italian(counter.used)} m³", 44, "R"),
                ],
                _INK,
                size=9.5,
            )
            y += 5.8
        if not data.counters:
            self._row(y, [("Letto a distanza ogni quarto d'ora", 120, "L")], _INK, size=9.5)
            y += 5.8
        self._line(y + 0.6)
        self._row(
            y + 1.4,
            [
                ("Consumo fatturato", 100, "L"),
                (f"{_italian(data.used)} {data.unit}", 80, "R"),
            ],
            _INK,
            size=10.5,
            bold=True,
        )

    def _bars(self) -> None:
        page, data = self.page, self.data
        left, top, width, height = _LEFT, 180.0, 84.0, 45.0
        self._title(f"I tuoi ultimi mesi ({data.unit})", 173, width=width)
        bottom = top + height - 1
        highest = max((used for _, _, used in data.months), default=Decimal(0)) or Decimal(1)
        step = width / max(len(data.months), 1)
        for number, (year, month, used) in enumerate(data.months):
            x = left + number * step
            tall = float(used / highest) * (height - 8)
            inside = (data.first_day.year, data.first_day.month) <= (year, month)
            page.set_fill_color(*(self.colour if inside else _HAIRLINE))
            page.rect(x + step * 0.16, bottom - tall, step * 0.68, tall, style="F")
            page.set_xy(x - 1, bottom - tall - 3.6)
            _write(page, 6, _GREY)
            page.cell(step + 2, 3.4, _italian(used), align="C")
            page.set_xy(x - 1, bottom + 0.8)
            _write(page, 6.5, self.colour if inside else _GREY, bold=inside)
            page.cell(step + 2, 3.4, _MONTHS[month - 1], align="C")
            if number == 0 or month == 1:
                page.set_xy(x - 1, bottom + 3.8)
                _write(page, 6, _GREY)
                page.cell(step + 2, 3.2, str(year), align="C")
        self._line(bottom, left=left, width=width)

    def _charges(self) -> None:
        page, data = self.page, self.data
        left = 110.0
        width = _RIGHT - left
        y = self._title("Che cosa paghi", 173, left=left, width=width)
        for charge in data.charges:
            page.set_xy(left, y)
            _write(page, 9.5, _INK)
            page.cell(width - 30, 6, charge.words)
            page.set_xy(_RIGHT - 30, y)
            page.cell(30, 6, euro(charge.amount), align="R")
            y += 6.6
        self._line(y + 0.4, left=left, width=width)
        page.set_xy(left, y + 1.4)
        _write(page, 11, _INK, bold=True)
        page.cell(width - 35, 7, "Totale")
        page.set_xy(_RIGHT - 35, y + 1.4)
        page.cell(35, 7, euro(data.amount), align="R")

    def _footer(self) -> None:
        page, data = self.page, self.data
        top = 239.0
        page.set_fill_color(*_PAPER)
        page.rect(_LEFT, top, _WIDTH, 33, style="F", round_corners=True, corner_radius=2)
        width = _WIDTH - 12
        if data.link is not None:
            width -= 32
            page.image(_qr(data.link), x=_RIGHT - 31, y=top + 2.5, w=28, h=28)
        page.set_xy(_LEFT + 5, top + 4)
        _write(page, 12, self.colour, bold=True)
        page.cell(width, 6, "Il nostro sportello è su Telegram")
        page.set_xy(_LEFT + 5, top + 11)
        _write(page, 9.5, _INK)
        page.multi_cell(
            width,
            4.8,
            "Autolettura, fatture e consumi in chat: senza password, con un promemoria quando è il"
            " momento. Inquadra il codice, oppure cerca il bot e tieni pronti il codice cliente e"
            " il codice fiscale che trovi qui in alto."
            if data.link is not None
            else "Autolettura, fatture e consumi in chat: senza password. Tieni pronti il codice"
            " cliente e il codice fiscale che trovi qui in alto.",
            align="L",
        )
        page.set_xy(_LEFT, 274)
        _write(page, 7.5, _GREY)
        page.multi_cell(
            _WIDTH,
            3.8,
            f"{data.issuer.name} - {data.issuer.address} - P.IVA {data.issuer.vat}\n"
            "Documento di esempio: società, cliente e importi sono inventati.",
            align="C",
        )

    def _title(
        self, words: str, top: float, *, left: float = _LEFT, width: float = _WIDTH
    ) -> float:
        self.page.set_xy(left, top)
        _write(self.page, 11, self.colour, bold=True)
        self.page.cell(width, 6, words)
        self._line(top + 6.4, left=left, width=width)
        return top + 8.4

    def _line(self, top: float, *, left: float = _LEFT, width: float = _WIDTH) -> None:
        self.page.set_draw_color(*_HAIRLINE)
        self.page.set_line_width(0.25)
        self.page.line(left, top, left + width, top)

    def _row(
        self,
        top: float,
        cells: list[tuple[str, int, str]],
        colour: Colour,
        *,
        size: float,
        bold: bool = False,
    ) -> None:
        self.page.set_xy(_LEFT, top)
        _write(self.page, size, colour, bold=bold)
        for words, width, align in cells:
            self.page.cell(width, 5.4, words, align=align)


def _new_page(title: str, issuer: Issuer) -> FPDF:
    page = FPDF(format="A4")
    # The built-in fonts have Windows-1252, enough for Italian and the euro, and need no embedding.
    page.core_fonts_encoding = "windows-1252"
    page.set_title(title)
    page.set_author(issuer.name)
    page.set_lang("it")
    page.set_margins(_LEFT, 12, 210 - _RIGHT)
    page.set_auto_page_break(auto=False)
    page.add_page()
    return page


def _header(page: FPDF, issuer: Issuer, colour: Colour) -> None:
    page.set_fill_color(*colour)
    page.rect(0, 0, 210, 4, style="F")
    _flame(page, _LEFT, 11, colour)
    page.set_xy(_LEFT + 17, 12.5)
    _write(page, 17, _INK, bold=True)
    page.cell(100, 8, issuer.name.removesuffix(" S.r.l."))
    page.set_xy(_LEFT + 17, 20)
    _write(page, 9, _GREY)
    page.cell(100, 5, "Gas e luce, vicini di casa")
    page.set_xy(120, 11.5)
    _write(page, 8.5, _GREY)
    page.multi_cell(
        _RIGHT - 120,
        4.2,
        f"{issuer.name}\n{issuer.address}\nNumero verde {issuer.phone}\n{issuer.email}",
        align="R",
    )
    page.set_draw_color(*_HAIRLINE)
    page.set_line_width(0.25)
    page.line(_LEFT, 34, _RIGHT, 34)


def _flame(page: FPDF, x: float, y: float, colour: Colour) -> None:
    """Draw the supplier's logo: a drop in the shape of a flame."""
    page.set_fill_color(*colour)
    page.circle(x=x + 6.5, y=y + 7.5, radius=7, style="F")
    page.set_fill_color(*_WHITE)
    page.circle(x=x + 6.5, y=y + 9.2, radius=3.3, style="F")
    page.polygon([(x + 3.4, y + 8.1), (x + 6.5, y + 1.8), (x + 9.6, y + 8.1)], style="F")


def _qr(link: str) -> io.BytesIO:
    # The light box around it serves as most of the quiet zone.
    return io.BytesIO(picture_of(link, scale=8, border=1))


def _write(page: FPDF, size: float, colour: Colour, *, bold: bool = False) -> None:
    page.set_font("Helvetica", "B" if bold else "", size)
    page.set_text_color(*colour)


def _fitted(page: FPDF, width: float, height: float, words: str) -> None:
    """Write one line of *words* in the current font, smaller if it would not fit."""
    size = page.font_size_pt
    while page.get_string_width(words) > width - 2 and page.font_size_pt > 6:  # noqa: PLR2004
        page.set_font_size(page.font_size_pt - 0.5)
    page.cell(width, height, words)
    page.set_font_size(size)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _italian(number: Decimal | int, places: int = 0) -> str:
    return f"{number:,.{places}f}".translate(str.maketrans(",.", ".,"))
