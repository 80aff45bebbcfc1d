"""How every chart looks: large type, few lines, colours that the colour-blind can tell apart.

Only the worker process imports this. The colours are from the palette of Okabe and Ito, and differ
in lightness too, so that a chart still reads in grey.
"""

import io
from collections.abc import Sequence

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

INK = "#1d2b36"
QUIET = "#5c6b77"
GRID = "#dfe5ea"
HATCH = "#aab6c0"
BLUE = "#0072b2"
ORANGE = "#e69f00"
SKY = "#56b4e9"
VERMILION = "#d55e00"
GREEN = "#009e73"

HEADLINE, LARGE, TEXT, SMALL = 25, 20, 18, 15.5
"""Sizes in points on a picture of 7.2 inches: a telephone shows it about half as wide."""

mpl.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": TEXT,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRID,
        "xtick.color": QUIET,
        "ytick.color": INK,
        "hatch.linewidth": 1.0,
        "text.parse_math": False,  # an address may hold a dollar sign
    }
)


def sheet(height: float = 9.0) -> Figure:
    """An empty picture, 1080 pixels wide; *height* is in inches of 150 pixels."""
    figure = Figure(figsize=(7.2, height), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)  # it tells how wide a text will be
    return figure


def headline(figure: Figure, title: str, below: str = "") -> None:
    """What the picture shows, at its top."""
    inch = 1 / figure.get_figheight()
    figure.text(0.04, 1 - 0.25 * inch, title, size=HEADLINE, weight="bold", va="top")
    if below:
        figure.text(0.04, 1 - 0.72 * inch, below, size=SMALL, color=QUIET, va="top")


def legend(
    figure: Figure, entries: Sequence[tuple[str, str]], *, top: float, hatched: str = ""
) -> None:
    """Coloured squares with their names in a row, *top* inches below the top; then the hatch."""
    inch_x, inch_y = 1 / figure.get_figwidth(), 1 / figure.get_figheight()
    left = 0.04
    height = 0.2
    for name, colour in [*entries, *([(hatched, "")] if hatched else [])]:
        bottom = 1 - (top + height) * inch_y
        figure.add_artist(
            Rectangle(
                (left, bottom),
                0.26 * inch_x,
                height * inch_y,
                facecolor=colour or "white",
                edgecolor=colour or HATCH,
                hatch="" if colour else "////",
            )
        )
        text = figure.text(
            left + 0.34 * inch_x,
            bottom + height * inch_y / 2,
            name,
            size=TEXT,
            va="center_baseline",
        )
        width = text.get_window_extent().width / figure.dpi
        left += (0.34 + width + 0.3) * inch_x


def clean(axes: Axes) -> None:
    """Takes away every line that says nothing."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)


def number(value: float, decimals: int, signs: str) -> str:
    """A number with the customer's separators.

    Args:
        value: the number.
        decimals: how many places to show.
        signs: the thousands separator and the decimal sign, as in ``.,``.
    """
    text = f"{value:,.{decimals}f}"
    return text.translate({ord(","): signs[0], ord("."): signs[1]})


def png(figure: Figure) -> bytes:
    """The finished picture."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
