"""Where on a photo the counter may be: its red decimals, its dark band, and text on one line.

Only the worker imports this. A place is a rotated rectangle, measured in pixels of the picture.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]

_SIDE = 640  # the picture is looked at in this size
_STEEPEST = 35.0


@dataclass(frozen=True)
class Place:
    """A line on the picture; *angle* in degrees, clockwise.

    *source* says what spoke for it, *counterness* how much it looks like a mechanical counter.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float
    source: str
    counterness: float = 0.0

    def scaled(self, factor: float) -> "Place":
        return replace(
            self,
            x=self.x * factor,
            y=self.y * factor,
            width=self.width * factor,
            height=self.height * factor,
        )

    def moved(self, along: float, across: float = 0.0) -> "Place":
        """Shifted along its own direction, and across it (downwards)."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return replace(
            self, x=self.x + along * cos - across * sin, y=self.y + along * sin + across * cos
        )

    def longer(self, left: float, right: float) -> "Place":
        """Grown at its ends."""
        return replace(self.moved((right - left) / 2), width=self.width + left + right)


def cut(picture: Image, place: Place, *, height: int, width: int | None = None) -> Image:
    """What stands there, made level; the width as it comes where none is asked for."""
    wide = width or max(8, round(place.width * height / place.height))
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    across, down = place.width / wide, place.height / height
    to_picture = np.array(
        [
            [cos * across, -sin * down, place.x - cos * place.width / 2 + sin * place.height / 2],
            [sin * across, cos * down, place.y - sin * place.width / 2 - cos * place.height / 2],
        ]
    )
    if down > 2:  # a large picture: without this, every other row would be left out
        factor = 1 / math.floor(down)
        picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        to_picture *= factor
    return cv2.warpAffine(
        picture,
        to_picture,
        (wide, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def places(picture: Image, boxes: Sequence[Any], digits: int) -> list[Place]:
    """Where the counter may be, the likeliest first, each once."""
    factor = min(1.0, _SIDE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    texts = [_of_box(box).scaled(factor) for box in boxes]
    bands = [*_bands(small, 0.66), *_bands(small, 0.82)]
    tilt = _tilt([*texts, *bands])
    red = _redness(small)
    found = [*_of_red(red, bands, tilt, digits), *bands, *_lines(texts)]
    # A tall piece of text may hold more than the line of digits.
    found += [
        replace(place, height=place.height * 0.62)
        for place in found
        if place.source == "text" and place.width < 4 * place.height
    ]
    weighed = [replace(place, counterness=_counterness(small, red, place)) for place in found]
    kept: list[Place] = []
    for place in sorted(weighed, key=lambda each: -each.counterness):
        if place.counterness > 0 and not any(_same(place, other) for other in kept):
            kept.append(place)
    return [place.scaled(1 / factor) for place in kept]


def _of_box(box: Any) -> Place:
    """A detected piece of text, corners from left top clockwise."""
    left, right = (box[0] + box[3]) / 2, (box[1] + box[2]) / 2
    width = float(np.hypot(*(right - left)))
    height = float((np.hypot(*(box[3] - box[0])) + np.hypot(*(box[2] - box[1]))) / 2)
    angle = math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))
    x, y = box.mean(axis=0)
    return Place(float(x), float(y), max(width, 1.0), max(height, 1.0), angle, "text")


def _of_contour(contour: Any, source: str) -> Place:
    (x, y), (width, height), angle = cv2.minAreaRect(contour)
    if width < height:
        width, height, angle = height, width, angle - 90
    angle = (angle + 90) % 180 - 90
    return Place(x, y, max(width, 1.0), max(height, 1.0), angle, source)


def _tilt(found: Iterable[Place]) -> float:
    """How the picture is tilted: the median of what is long."""
    angles = [
        place.angle
        for place in found
        if place.width > 2.5 * place.height and abs(place.angle) < _STEEPEST
    ]
    return float(np.median(angles)) if angles else 0.0


def _redness(picture: Image) -> NDArray[Any]:
    """How much redder than the picture's cast each pixel is, relative to its brightness."""
    soft = cv2.GaussianBlur(picture, (0, 0), 2).astype(np.float32)
    red = soft[..., 2] - np.maximum(soft[..., 0], soft[..., 1])
    red -= min(float(np.median(red)), 0.0)
    red[red < 20] = 0
    told: NDArray[Any] = red / (soft.max(axis=2) + 20)
    return told


def _of_red(red: NDArray[Any], bands: Sequence[Place], tilt: float, digits: int) -> list[Place]:
    """Counters to the left of a red field; its height and the digits give how long they are."""
    mask: Image = (red > 0.2).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 17), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    high, wide = red.shape
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:6]:
        if cv2.contourArea(contour) < 0.0006 * high * wide:
            continue
        (x, y), _, _ = cv2.minAreaRect(contour)
        around = [band for band in bands if _holds(band, x, y)]
        angle = around[0].angle if around else tilt
        turned = cv2.transform(
            contour.astype(np.float32), cv2.getRotationMatrix2D((x, y), angle, 1)
        )
        left, top, width, height = cv2.boundingRect(turned)
        field = Place(x, y, width, height, angle, "red").moved(
            left + width / 2 - x, top + height / 2 - y
        )
        if not (0.7 < width / height < 5 and 0.02 < height / high < 0.25):
            continue
        count = min(3, max(2, round(width / (0.72 * height))))
        pitch = width / count
        found.append(field.longer((digits + 0.35) * pitch, 0.1 * pitch))
    return found


def _holds(place: Place, x: float, y: float) -> bool:
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    along = (x - place.x) * cos + (y - place.y) * sin
    across = -(x - place.x) * sin + (y - place.y) * cos
    return abs(along) < place.width * 0.65 and abs(across) < place.height * 0.4


def _bands(small: Image, threshold: float) -> list[Place]:
    """Long fields that are darker than what surrounds them."""
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    high, wide = grey.shape
    size = (round(high * 0.35) | 1, round(high * 0.35) | 1)
    dark = cv2.GaussianBlur(grey, (0, 0), 1.5) < threshold * cv2.blur(grey, size)
    mask = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 23), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 21), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        place = _of_contour(contour, "band")
        if (
            abs(place.angle) < _STEEPEST
            and 2.6 < place.width / place.height < 14
            and place.width > 0.14 * wide
            and place.height > 0.02 * high
            and cv2.contourArea(contour) > 0.55 * place.width * place.height
        ):
            found.append(place)
    return found


def _lines(texts: Sequence[Place]) -> list[Place]:
    """Pieces of text that stand beside each other, joined; and each long one by itself."""
    joined: list[list[Place]] = []
    for text in sorted(texts, key=lambda each: each.x):
        for line in joined:
            last = line[-1]
            slope = math.tan(math.radians(line[0].angle if line[0].width > 60 else 0))
            gap = text.x - text.width / 2 - last.x - last.width / 2
            if (
                abs(text.y - last.y - slope * (text.x - last.x)) < 0.35 * last.height
                and 0.6 < text.height / last.height < 1.6
                and gap < 2.2 * last.height
            ):
                line.append(text)
                break
        else:
            joined.append([text])
    found = [text for text in texts if text.width > 2.2 * text.height]
    for line in joined:
        if len(line) > 1:
            first, last = line[0], line[-1]
            angle = math.degrees(math.atan2(last.y - first.y, last.x - first.x))
            width = math.hypot(last.x - first.x, last.y - first.y)
            place = Place(
                (first.x + last.x) / 2,
                (first.y + last.y) / 2,
                width,
                float(np.median([each.height for each in line])),
                angle,
                "text",
            )
            found.append(place.longer(first.width / 2, last.width / 2))
    return [place for place in found if place.width > 2.2 * place.height]


def _counterness(small: Image, red: NDArray[Any], place: Place) -> float:
    """Dark, with light digits, red at its right end: the more of it, the likelier a counter."""
    grey = cv2.cvtColor(cut(small, place, height=24, width=120), cv2.COLOR_BGR2GRAY)
    tall = replace(place, height=place.height * 2.4)
    around = cv2.cvtColor(cut(small, tall, height=48, width=60), cv2.COLOR_BGR2GRAY)
    outside = float(np.median(np.vstack([around[:11], around[-11:]])))
    inside = float(np.median(grey))
    dark = (outside - inside) / (outside + inside + 10)
    columns = cut(red, place, height=8, width=60).mean(axis=0)
    step = max(columns[at:].mean() - columns[:at].mean() for at in range(25, 52))
    return 0.3 + 2 * float(np.clip(dark, -0.2, 0.5)) + 2.5 * float(np.clip(step, 0, 0.4))


def border_of_red(strip: Image) -> tuple[float, float]:
    """Where along a level counter (0 … 1) the red begins, and how clear that is (0: not at all)."""
    soft = cv2.GaussianBlur(strip, (0, 0), 1.0).astype(np.float32)
    red = soft[..., 2] - np.maximum(soft[..., 0], soft[..., 1])
    columns = np.sort(red, axis=0)[red.shape[0] // 2 :].mean(axis=0)
    wide = len(columns)
    best, clear = 1.0, 0.0
    for at in range(round(wide * 0.4), round(wide * 0.92)):
        gap = float(columns[at:].mean() - columns[:at].mean())
        weight = gap * math.sqrt(at * (wide - at)) / wide
        if weight > clear:
            best, clear = at / wide, weight
    return best, clear


def _same(one: Place, other: Place) -> bool:
    return (
        math.hypot(one.x - other.x, one.y - other.y) < 0.3 * other.height
        and 0.8 < one.width / other.width < 1.25
        and 0.75 < one.height / other.height < 1.33
    )
