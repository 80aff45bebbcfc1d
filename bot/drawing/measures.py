"""The load curve: power by the hour, on average and day by day. Only the worker imports this."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from bot.drawing import style

_HOURS = 24
_HOUR_MARKS = range(0, _HOURS + 1, 3)
_LINES = ((style.INK, "-", 4.5), (style.VERMILION, (0, (3, 1.2)), 4.0))
_BANDS = {"F1": style.BLUE, "F2": style.ORANGE, "F3": style.SKY}
_LEFT, _WIDE = 0.135, 0.825
_FEW_DAYS = 40  # with more, white lines between the days would hide the colours
_MAP = "YlGnBu"
_FINE = 2


def draw(data: dict[str, Any]) -> bytes:
    """The curves of a period, and below them a map of its days by hour, as a PNG file.

    Args:
        data: ``title``, ``below`` (a line under it), ``signs`` (thousands separator and decimal
            sign), ``unit`` (of power), ``hour`` (the label of the hours), ``missing`` (the label of
            what was not measured), ``curves`` (one or two, each with ``name``, ``values`` in W or
            None: 24, or the quarters of one day, and ``skipped``, the hours that the clock
            skipped), ``bands`` (the billing band of each hour, or None), ``bands_title`` (their
            days), and ``map`` or None (``title``, ``labels``, a text or none for each day,
            ``days``, each with 24 values in W or None, and ``skipped``: pairs of a day's index and
            an hour).
    """
    return style.png(curve(data))


def curve(data: dict[str, Any]) -> Figure:
    """The picture of ``draw`` as a figure."""
    days = data["map"]
    figure = style.sheet(9.6 if days else 6.4)
    style.headline(figure, data["title"], data["below"])
    inch = 1 / figure.get_figheight()
    # The title names a single day; with several, the curve may cover only some of them.
    names = [
        (each["name"], line[0])
        for each, line in zip(data["curves"], _LINES, strict=False)
        if each["name"]
    ]
    if names:
        style.legend(figure, names, top=1.12)
    top = 1 - (1.85 if names else 1.4) * inch
    bottom = top - (2.55 if days else 3.7) * inch
    axes = figure.add_axes((_LEFT, bottom, _WIDE, top - bottom))
    _curves(figure, axes, data)
    figure.text(0.04, top + 0.07 * inch, data["unit"], size=style.TEXT, weight="bold", va="bottom")
    if days:
        height = bottom - 2.6 * inch
        below = figure.add_axes((_LEFT, 1.45 * inch, _WIDE, height))
        figure.text(
            0.04,
            1.45 * inch + height + 0.1 * inch,
            days["title"],
            size=style.TEXT,
            weight="bold",
            va="bottom",
        )
        _map(figure, below, days, data)
    return figure


def _hours(axes: Axes) -> None:
    style.clean(axes)
    axes.set_xlim(0, _HOURS)
    axes.set_xticks(_HOUR_MARKS)
    axes.tick_params(axis="both", labelsize=style.SMALL)


def _curves(figure: Figure, axes: Axes, data: dict[str, Any]) -> None:
    _hours(axes)
    axes.grid(axis="y", color=style.GRID, linewidth=1.2)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(style.scale(data["signs"]))
    highest = 0.0
    for each, (colour, dashes, width) in zip(data["curves"], _LINES, strict=False):
        values = [np.nan if value is None else value / 1_000 for value in each["values"]]
        edges = np.linspace(0, _HOURS, len(values) + 1)
        axes.stairs(values, edges, color=colour, linestyle=dashes, linewidth=width, baseline=None)
        if len(data["curves"]) == 1:
            axes.stairs(values, edges, color=colour, fill=True, alpha=0.18)
        _missing(axes, values, edges, data["missing"], each["skipped"])
        highest = max(highest, *(value for value in values if not np.isnan(value)), 0.0)
    axes.set_ylim(0, (highest or 1.0) * 1.12)
    axes.axhline(0, color=style.QUIET, linewidth=1.5)
    if data["bands"] is not None:
        axes.tick_params(axis="x", pad=30)
        _band_strip(figure, axes, data["bands"], data["bands_title"])
    if data["map"] is None:
        axes.set_xlabel(data["hour"], size=style.SMALL, color=style.QUIET, labelpad=1)


def _missing(
    axes: Axes, values: list[float], edges: Any, words: str, skipped: Sequence[int]
) -> None:
    """Hatch the hours that were not measured, so that they do not look like no consumption.

    Hours that the clock skipped stay blank: there was nothing to measure.
    """
    start = None
    for place, value in enumerate([*values, 0.0]):
        if np.isnan(value) and int(edges[place]) not in skipped:
            start = place if start is None else start
        elif start is not None:
            left, right = edges[start], edges[place]
            axes.axvspan(left, right, facecolor="white", edgecolor=style.HATCH, hatch="////", lw=0)
            if right - left >= _FINE:
                axes.text(
                    (left + right) / 2,
                    0.5,
                    words,
                    transform=axes.get_xaxis_transform(),
                    size=style.SMALL,
                    color=style.QUIET,
                    ha="center",
                    va="center",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
                )
            start = None


def _band_strip(figure: Figure, axes: Axes, bands: list[str], title: str) -> None:
    """Draw the billing bands in a strip under their hours."""
    inch = 1 / (axes.get_position().height * figure.get_figheight())
    below, height = 0.08 * inch, 0.27 * inch
    middle = -below - height / 2
    axes.text(
        -0.012,
        middle,
        title,
        transform=axes.transAxes,
        size=style.SMALL,
        color=style.QUIET,
        ha="right",
        va="center_baseline",
    )
    start = 0
    for hour in range(1, _HOURS + 1):
        if hour < _HOURS and bands[hour] == bands[start]:
            continue
        band = bands[start]
        axes.add_patch(
            Rectangle(
                (start, -below - height),
                hour - start,
                height,
                transform=axes.get_xaxis_transform(),
                facecolor=_BANDS[band],
                edgecolor="white",
                linewidth=1.5,
                clip_on=False,
            )
        )
        if hour - start >= _FINE:
            axes.text(
                (start + hour) / 2,
                middle,
                band,
                transform=axes.get_xaxis_transform(),
                size=style.SMALL,
                weight="bold",
                color="white" if band == "F1" else style.INK,
                ha="center",
                va="center_baseline",
            )
        start = hour


def _map(figure: Figure, axes: Axes, days: dict[str, Any], data: dict[str, Any]) -> None:
    """Draw a row for each day and a field for each hour; the darker, the more power."""
    _hours(axes)
    table = np.array(
        [[np.nan if watts is None else watts / 1_000 for watts in row] for row in days["days"]]
    )
    count = len(table)
    few = count <= _FEW_DAYS
    axes.add_patch(
        Rectangle(
            (0, 0), _HOURS, count, facecolor="white", edgecolor=style.HATCH, hatch="////", lw=0
        )
    )
    for place, hour in days["skipped"]:
        axes.add_patch(Rectangle((hour, place), 1, 1, facecolor="white", lw=0))
    highest = np.nanmax(table) if not np.isnan(table).all() else 1.0
    mesh = axes.pcolormesh(
        np.arange(_HOURS + 1),
        np.arange(count + 1),
        np.ma.masked_invalid(table),
        cmap=_MAP,
        vmin=0,
        vmax=highest or 1.0,
        edgecolors="white" if few else "none",
        linewidth=0.8 if few else 0,
        rasterized=True,
    )
    axes.set_ylim(count, 0)
    marks = [(place, label) for place, label in enumerate(days["labels"]) if label]
    axes.set_yticks([place + 0.5 for place, _ in marks], [label for _, label in marks])
    axes.set_xlabel(data["hour"], size=style.SMALL, color=style.QUIET, labelpad=1)
    inch = 1 / figure.get_figheight()
    scale = figure.add_axes((_LEFT, 0.5 * inch, 0.5, 0.2 * inch))
    bar = figure.colorbar(mesh, cax=scale, orientation="horizontal")
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(3)
    bar.formatter = style.scale(data["signs"])
    bar.update_ticks()
    scale.tick_params(length=0, labelsize=style.SMALL)
    figure.text(
        _LEFT + 0.515, 0.6 * inch, data["unit"], size=style.SMALL, weight="bold", va="center"
    )
    if np.isnan(table).sum() > len(days["skipped"]):
        left = _LEFT + 0.62
        figure.add_artist(
            Rectangle(
                (left, 0.5 * inch),
                0.05,
                0.2 * inch,
                facecolor="white",
                edgecolor=style.HATCH,
                hatch="////",
            )
        )
        figure.text(left + 0.065, 0.6 * inch, data["missing"], size=style.SMALL, va="center")
