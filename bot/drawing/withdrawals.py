"""A year of billed withdrawals as bars, month by month. Only the worker process imports this."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bot.drawing import style

_BAR = 0.74
_COLOURS = {
    "F1": style.BLUE,
    "F2": style.ORANGE,
    "F3": style.SKY,
    "gas": style.ORANGE,
    "now": style.BLUE,
    "before": style.BEFORE,
}
_GAP = 0.08  # inches between a bar and the number at its end
_POWER_GAP = 0.22  # a marker is drawn at the end of the bar
_LEAST_LEFT = 0.3  # of the axis, for the bars
_MOST_DECIMALS_BELOW = 100
_MOST_WITH_DECIMAL = 1_000
_DASHES = (0, (4, 2))
_POINTS_IN_INCH = 72


def draw(data: dict[str, Any]) -> bytes:
    """A year's withdrawals, or two years side by side, as a PNG file.

    Args:
        data: ``title``, ``below`` (a line under it), ``unit``, ``months`` (twelve short names),
            ``signs`` (thousands separator and decimal sign), ``missing`` (the label of a month
            without data), ``states`` (for each month of the first series ``known``, ``missing``,
            or ``ahead`` where it is not over), ``stacked`` (whether the series add up), ``series``
            (each with ``name``, ``colour`` as a key of the palette, and twelve ``values`` or None),
            and ``power`` or None (``title``, ``unit``, twelve ``values`` in it, ``decimals`` to
            show, ``limit`` or None, ``limit_label``: the label of the limit's line).
    """
    return style.png(year(data))


def year(data: dict[str, Any]) -> Figure:
    """The picture of ``draw`` as a figure."""
    figure = style.sheet()
    style.headline(figure, data["title"], data["below"])
    series, power = data["series"], data["power"]
    hatched = any(map(_is_hatched, data["states"], _totals(data)))
    if len(series) > 1 or hatched:
        style.legend(
            figure,
            [(each["name"], _COLOURS[each["colour"]]) for each in series],
            top=1.18,
            hatched=data["missing"] if hatched else "",
        )
    bottom, height = 0.085, 0.735
    wide = 0.84 if power is None else 0.5
    axes = figure.add_axes((0.125, bottom, wide, height))
    _prepare(axes, data["months"])
    for name, state in zip(axes.get_yticklabels(), data["states"], strict=True):
        name.set_color(style.HATCH if state == "ahead" else style.INK)
    _bars(axes, data)
    axes.set_xlabel(data["unit"], size=style.TEXT, weight="bold", labelpad=2)
    if power is not None:
        beside = figure.add_axes((0.685, bottom, 0.29, height))
        _prepare(beside, [""] * len(data["months"]))
        _power(beside, power, data)
        beside.set_xlabel(power["unit"], size=style.TEXT, weight="bold", labelpad=2)
        _power_title(figure, power)
    return figure


def _prepare(axes: Axes, names: Sequence[str]) -> None:
    style.clean(axes)
    axes.set_ylim(len(names) - 0.5, -0.5)  # January is on top
    axes.set_yticks(range(len(names)), names, size=style.LARGE)
    axes.tick_params(axis="x", labelsize=style.SMALL, pad=3)
    axes.grid(axis="x", color=style.GRID, linewidth=1.2)


def _bars(axes: Axes, data: dict[str, Any]) -> None:
    series, signs = data["series"], data["signs"]
    totals = _totals(data)
    known = [each for each in totals if each is not None]
    highest = max(known, default=0) or 1
    decimals = _decimals(data, highest)
    right = _right(axes, [(each, style.number(each, decimals, signs)) for each in known], _GAP)
    axes.set_xlim(0, right)
    style.few_ticks(axes, highest, signs)
    thick = _BAR if data["stacked"] or len(series) == 1 else _BAR / len(series)
    for month, state in enumerate(data["states"]):
        if _is_hatched(state, totals[month]):
            _hatch(axes, month, right, data["missing"])
        left = 0.0
        for place, each in enumerate(series):
            value = each["values"][month]
            beside = thick != _BAR
            middle = month + (place - (len(series) - 1) / 2) * thick if beside else month
            if value is None:
                if totals[month] is not None and beside and (place > 0 or state == "missing"):
                    _words(axes, 0, middle, data["missing"])
                continue
            axes.barh(
                middle,
                value,
                left=0.0 if beside else left,
                height=thick,
                color=_COLOURS[each["colour"]],
                edgecolor="white",
                linewidth=1.5,
            )
            left += value
            if beside:
                _label(axes, value, middle, style.number(value, decimals, signs), small=place > 0)
        if thick == _BAR and totals[month] is not None:
            _label(axes, left, month, style.number(left, decimals, signs))


def _right(axes: Axes, labels: Sequence[tuple[float, str]], gap: float) -> float:
    """The end of the axis, such that each bar's number fits beside it."""
    figure, wide = style.inches(axes)
    rights = [
        value
        * wide
        / max(wide - gap - style.width_of(figure, text, style.TEXT, "bold"), wide * _LEAST_LEFT)
        for value, text in labels
    ]
    return max(rights, default=0.0) or 1.0


def _is_hatched(state: str, total: float | None) -> bool:
    """Whether a month should be known and is not, in either year."""
    return state == "missing" and total is None


def _totals(data: dict[str, Any]) -> list[float | None]:
    """The length of each month's longest bar."""
    longest: list[float | None] = []
    for month in range(len(data["months"])):
        known = [v for each in data["series"] if (v := each["values"][month]) is not None]
        if not known:
            longest.append(None)
        else:
            longest.append(sum(known) if data["stacked"] else max(known))
    return longest


def _label(axes: Axes, value: float, middle: float, text: str, *, small: bool = False) -> None:
    if small:
        _words(axes, value, middle, text)
    else:
        _beside(axes, value, middle, text, size=style.TEXT, weight="bold", color=style.INK)


def _words(axes: Axes, left: float, middle: float, text: str) -> None:
    _beside(axes, left, middle, text, size=style.SMALL, weight="normal", color=style.QUIET)


def _beside(axes: Axes, left: float, middle: float, text: str, **looks: Any) -> None:
    axes.annotate(
        text,
        (left, middle),
        xytext=(_GAP * _POINTS_IN_INCH, 0),
        textcoords="offset points",
        va="center_baseline",
        **looks,
    )


def _hatch(axes: Axes, month: int, width: float, words: str) -> None:
    """Hatch a month without data, which would otherwise look like zero."""
    axes.barh(
        month,
        width,
        height=_BAR,
        facecolor="white",
        edgecolor=style.HATCH,
        linewidth=0,
        hatch="////",
        zorder=1.5,
    )
    axes.text(
        width / 2,
        month,
        words,
        size=style.SMALL,
        color=style.QUIET,
        ha="center",
        va="center_baseline",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )


def _power_title(figure: Figure, power: dict[str, Any]) -> None:
    """Write the title of the second chart, and what its line means."""
    left, top = 0.685, 1 - 1.2 / figure.get_figheight()
    figure.text(left, top, power["title"], size=style.SMALL, weight="bold", va="bottom")
    if power["limit"] is not None:
        line = Line2D(
            [left, left + 0.045], [top - 0.016] * 2, color=style.VERMILION, lw=2.5, ls=_DASHES
        )
        figure.add_artist(line)
        figure.text(
            left + 0.055,
            top - 0.016,
            power["limit_label"],
            size=style.SMALL,
            color=style.VERMILION,
            va="center_baseline",
        )


def _power(axes: Axes, power: dict[str, Any], data: dict[str, Any]) -> None:
    """Draw each month's peak power as a point, and the contracted power as a line."""
    limit, states, signs = power["limit"], data["states"], data["signs"]
    known = [value for value in power["values"] if value is not None]
    top = max([*known, limit or 0.0]) or 1.0
    decimals = power["decimals"] if top < _MOST_WITH_DECIMAL else 0
    longest = max((style.number(each, decimals, signs) for each in known), key=len, default="")
    right = _right(axes, [(top, longest)], _POWER_GAP)
    axes.set_xlim(0, right)
    style.few_ticks(axes, top, signs, most=2)
    if limit is not None:
        axes.axvline(limit, color=style.VERMILION, linewidth=2.5, linestyle=_DASHES, zorder=2)
    for month, value in enumerate(power["values"]):
        if value is None:
            if states[month] != "ahead":
                _hatch(axes, month, right, data["missing"])
            continue
        # A power above the contracted one differs in shape as well as in colour.
        over = limit is not None and value > limit
        colour = style.VERMILION if over else style.INK
        axes.plot([0, value], [month, month], color=style.GRID, linewidth=4, zorder=2.5)
        axes.plot(value, month, marker="D" if over else "o", markersize=11, color=colour, zorder=3)
        axes.text(
            right,
            month,
            style.number(value, decimals, signs),
            size=style.TEXT,
            weight="bold" if over else "normal",
            color=colour,
            ha="right",
            va="center_baseline",
        )


def _decimals(data: dict[str, Any], highest: float) -> int:
    """One decimal for all bars where they are small and not all whole, else none."""
    known = [value for each in data["series"] for value in each["values"] if value is not None]
    return 1 if highest < _MOST_DECIMALS_BELOW and any(v != int(v) for v in known) else 0
