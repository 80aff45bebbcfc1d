"""The style of all charts: large type, few lines, colours that the colour-blind can tell apart.

Only the worker process imports this. The hues are those of Okabe and Ito's palette; colours next to
each other differ in lightness too, so that a chart is readable in grey.
"""

import io
from collections.abc import Sequence

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK = "#1d2b36"
QUIET = "#5c6b77"
GRID = "#dfe5ea"
HATCH = "#aab6c0"
BLUE = "#0072b2"
ORANGE = "#d58a00"  # darker than in the palette, and SKY lighter: in grey they were the same
SKY = "#8fd0f5"
VERMILION = "#d55e00"
BEFORE = "#8a9aa8"

HEADLINE, LARGE, TEXT, SMALL = 25, 20, 18, 15.5
"""Sizes in points in a picture of 7.2 inches, which a telephone shows about half as wide."""

_APART = 0.12  # inches between two numbers under an axis
_MOST_DECIMALS = 3

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
        "text.parse_math": False,  # an address may contain a dollar sign
    }
)


def sheet(height: float = 9.0) -> Figure:
    """An empty picture, 1080 pixels wide; *height* is in inches of 150 pixels."""
    figure = Figure(figsize=(7.2, height), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)  # measures the width of text
    return figure


def headline(figure: Figure, title: str, below: str = "") -> None:
    """Write the title at the top, and a line below it."""
    inch = 1 / figure.get_figheight()
    figure.text(0.04, 1 - 0.25 * inch, title, size=HEADLINE, weight="bold", va="top")
    if below:
        figure.text(0.04, 1 - 0.72 * inch, below, size=SMALL, color=QUIET, va="top")


def legend(
    figure: Figure, entries: Sequence[tuple[str, str]], *, top: float, hatched: str = ""
) -> None:
    """Draw coloured squares with names in a row, *top* inches below the top; then the hatch."""
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
    """Remove the frame and the tick marks."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)


def width_of(figure: Figure, words: str, size: float, weight: str = "normal") -> float:
    """The width of a text in inches."""
    text = figure.text(0, 0, words, size=size, weight=weight)
    width = text.get_window_extent().width / figure.dpi
    text.remove()
    return width


def inches(axes: Axes) -> tuple[Figure, float]:
    """The figure of *axes*, and their width in inches."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise RuntimeError("axes that stand in no picture")
    return figure, axes.get_position().width * figure.get_figwidth()


def few_ticks(axes: Axes, highest: float, signs: str, *, most: int = 4) -> None:
    """Number an axis from zero to *highest*, with as many ticks as fit."""
    figure, wide = inches(axes)
    unit = wide / axes.get_xlim()[1]
    values, texts = [0.0], ["0"]
    for count in range(most, 0, -1):
        found = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(0, highest)
        values = [float(tick) for tick in found if tick <= highest]
        texts = numbers(values, signs)
        widths = [width_of(figure, text, SMALL) for text in texts]
        gaps = [
            (values[place + 1] - values[place]) * unit - (widths[place] + widths[place + 1]) / 2
            for place in range(len(values) - 1)
        ]
        if min(gaps, default=_APART) >= _APART:
            break
    else:
        values, texts = values[:1], texts[:1]
    axes.set_xticks(values, texts)


def numbers(values: Sequence[float], signs: str) -> list[str]:
    """Format numbers of one scale, all with as many decimals as one of them needs."""
    decimals = next(
        (n for n in range(_MOST_DECIMALS) if all(_is_exact(value, n) for value in values)),
        _MOST_DECIMALS,
    )
    return [number(value, decimals, signs) for value in values]


def scale(signs: str) -> FuncFormatter:
    """A formatter for the numbers of an axis, all with the same decimals."""

    class _Scale(FuncFormatter):
        def format_ticks(self, values: Sequence[float]) -> list[str]:
            return numbers([float(value) for value in values], signs)

    return _Scale(lambda value, _: numbers([value], signs)[0])


def _is_exact(value: float, decimals: int) -> bool:
    return abs(round(value, decimals) - value) < 10.0 ** -(_MOST_DECIMALS + 3)


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
    """The figure as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
