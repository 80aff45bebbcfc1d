"""Fixed pictures, such as where to look on the invoice. Only the worker process imports this."""

import io

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

_INK = "#22303c"
_PALE = "#d5dce2"
_ACCENT = "#d1495b"
_PAPER = "#ffffff"
_DESK = "#eef2f5"


def invoice_guide(_data: None = None) -> bytes:
    """The first page of an invoice, with the customer code marked."""
    figure = Figure(figsize=(6.4, 5.2), dpi=150, facecolor=_DESK)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 64)
    axes.set_ylim(0, 52)
    axes.axis("off")
    axes.add_patch(Rectangle((5, -4), 54, 53, facecolor=_PAPER, edgecolor=_PALE, linewidth=1.2))
    axes.add_patch(Rectangle((5, 45.5), 54, 3.5, facecolor="#2f6690"))
    axes.text(7, 47.2, "FATTURA", color="white", fontsize=13, fontweight="bold", va="center")
    for line, width in enumerate((22, 18, 20)):
        _blur(axes, 33, 41 - line * 2.6, width)
    axes.text(8, 41.4, "DATI CLIENTE", color=_INK, fontsize=15, fontweight="bold", va="center")
    rows = (("Intestatario", 38.2), ("Codice Fiscale", 31.8))
    for label, height in rows:
        axes.text(8, height, label, color=_INK, fontsize=11, va="center")
        _blur(axes, 8, height - 3.4, 17)
    axes.add_patch(
        FancyBboxPatch(
            (6.6, 18.6),
            22,
            8.4,
            boxstyle="round,pad=0.4,rounding_size=1.2",
            facecolor="#fdecee",
            edgecolor=_ACCENT,
            linewidth=3,
        )
    )
    axes.text(8, 25, "Codice Cliente", color=_INK, fontsize=12, va="center")
    axes.text(8, 21, "028680", color=_INK, fontsize=23, fontweight="bold", va="center")
    axes.annotate(
        "sono queste\nsei cifre",
        xy=(29.6, 22.6),
        xytext=(37, 22.6),
        color=_ACCENT,
        fontsize=17,
        fontweight="bold",
        va="center",
        arrowprops={"arrowstyle": "-|>", "color": _ACCENT, "lw": 3, "mutation_scale": 24},
    )
    for line, width in enumerate((48, 44, 46, 40)):
        _blur(axes, 8, 13 - line * 3, width)
    return _png(figure)


def _blur(axes: "mpl.axes.Axes", left: float, bottom: float, width: float) -> None:
    axes.add_patch(Rectangle((left, bottom), width, 1.5, facecolor=_PALE))


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
