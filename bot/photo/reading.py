"""From a photo to a proposal. Only the worker imports this: it loads the models."""

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError

from bot.photo import ocr
from bot.photo.finding import Place, border_of_red, cut, places
from bot.photo.judging import Look, Verdict, fit, verdict
from bot.photo.values import (
    Declined,
    Known,
    KnownDial,
    PhotoReading,
    Proposed,
    Serial,
    Why,
)

Image = NDArray[Any]

LIKELY = 0.9
"""From this probability on a number is proposed."""

LIKELY_ALONE = 0.97
"""The same where there is no last reading to check it against."""

_SIDE = 1600
_MOST_PIXELS = 60_000_000
_PLACES = 6
_COUNTER = 0.5  # what looks less like a counter is printed, or a display
_TEXTS = 10
_SERIAL_LENGTH = 6


@dataclass(frozen=True)
class Seen:
    """What was seen of a photo, before it is weighed against what is known."""

    counter: tuple[Look, ...]
    texts: tuple[tuple[Place, ocr.Line], ...]
    barcodes: tuple[str, ...]


def read(photo: bytes, known: Known) -> PhotoReading:
    """The number to propose for the photo of a meter, or why there is none."""
    picture = opened(photo)
    if picture is None:
        nothing = Declined(Why.NOT_A_PICTURE)
        return PhotoReading(nothing, nothing if known.corrector else None)
    first: PhotoReading | None = None
    for turns in (0, 1, 3, 2):
        seen = see(np.ascontiguousarray(np.rot90(picture, turns)), known)
        told = weigh(seen, known)
        if isinstance(told.meter, Proposed) or isinstance(told.corrector, Proposed):
            return told
        first = first or told
        if any(line.certainty > 0.9 and len(line.text) > 5 for _, line in seen.texts):
            break  # what is printed can be read: the picture is upright
    return told if first is None else first


def opened(photo: bytes) -> Image | None:
    """The picture as it is meant to be seen, or None: not a picture, or one out of all bounds."""
    try:
        with Pictures.open(io.BytesIO(photo)) as file:
            if file.width * file.height > _MOST_PIXELS:
                return None
            file.draft("RGB", (_SIDE, _SIDE))
            picture = ImageOps.exif_transpose(file).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    picture.thumbnail((_SIDE, _SIDE))
    if min(picture.size) < 64:
        return None
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def see(picture: Image, known: Known) -> Seen:
    """Looks at the counter, and the texts around it."""
    reader = ocr.engine()
    digits = known.meter.digits
    boxes = reader.find(picture)
    found = [
        place.longer(0.04 * place.width, 0.04 * place.width)
        for place in places(picture, boxes, digits)[:_PLACES]
    ]
    texts = _texts(boxes)
    strips = [_strip(picture, place, 1.0, 0.7) for place in found]
    lines = reader.read([*strips, *(_strip(picture, text, 1.0, 1.0) for text in texts)])
    first = [
        (place, _look(strip, line))
        for place, strip, line in zip(found, strips, lines, strict=False)
    ]
    printed = tuple(zip(texts, lines[len(found) :], strict=True))
    return Seen(_looks(picture, reader, first, known), printed, tuple(_barcodes(picture)))


def _looks(
    picture: Image, reader: ocr.Ocr, first: Sequence[tuple[Place, Look]], known: Known
) -> tuple[Look, ...]:
    """More looks at the place that is likeliest the counter."""
    digits = known.meter.digits
    ranked = sorted(
        (
            (
                max(fit(look, digits), fit(look, digits - 1) - 1.0) + 4 * place.counterness,
                place,
                look,
            )
            for place, look in first
            if place.counterness > _COUNTER
        ),
        key=lambda each: -each[0],
    )
    if not ranked or ranked[0][0] < -4:
        return ()
    best = ranked[0][1]
    same = [(place, look) for _, place, look in ranked if _overlap(best, place)][:2]
    looks = [look for _, look in same]
    chosen = [place for place, _ in same]
    if all(fit(look, digits - 1) > fit(look, digits) + 2 for look in looks):
        # One digit too few: the first one stands left of what was found.
        pitch = looks[0].border * best.width / digits
        chosen = [place.longer(pitch * 1.3, 0) for place in chosen]
        looks = []
    strips = [
        _strip(picture, place, *size, contrast=contrast)
        for place in chosen
        for size, contrast in _VARIANTS
    ]
    looks += [_look(strip, line) for strip, line in zip(strips, reader.read(strips), strict=True)]
    return tuple(looks)


_VARIANTS = (
    ((1.0, 1.0), False),
    ((0.8, 1.0), False),
    ((0.8, 0.7), False),
    ((1.25, 0.7), False),
    ((1.0, 1.0), True),
)


def _strip(
    picture: Image, place: Place, tall: float, squeezed: float, *, contrast: bool = False
) -> Image:
    place = replace(place, height=place.height * tall)
    wide = max(ocr.HEIGHT, round(place.width * ocr.HEIGHT / place.height * squeezed))
    strip = cut(picture, place, height=ocr.HEIGHT, width=wide)
    if contrast:
        # The colours stay: where the red begins is looked for afterwards.
        light = cv2.cvtColor(strip, cv2.COLOR_BGR2LAB)
        light[..., 0] = cv2.createCLAHE(2.0, (6, 2)).apply(light[..., 0])
        strip = cv2.cvtColor(light, cv2.COLOR_LAB2BGR)
    return strip


def _look(strip: Image, line: ocr.Line) -> Look:
    border, clear = border_of_red(strip)
    return Look(line.digits, border, clear)


def _overlap(one: Place, other: Place) -> bool:
    apart = math.hypot(one.x - other.x, one.y - other.y)
    return apart < 0.4 * max(one.width, other.width) and (
        abs(one.y - other.y) < 0.6 * max(one.height, other.height) + 0.3 * apart
    )


def _texts(boxes: Sequence[NDArray[Any]]) -> list[Place]:
    """The pieces of text worth reading for the serial number or a display: the longest ones."""
    found = []
    for box in boxes:
        width, height = math.dist(box[0], box[1]), math.dist(box[0], box[3])
        angle = math.degrees(math.atan2(box[1][1] - box[0][1], box[1][0] - box[0][0]))
        x, y = box.mean(axis=0)
        if width > 1.2 * height > 0:
            found.append(Place(float(x), float(y), width, height, angle, "text"))
    return sorted(found, key=lambda each: -each.width)[:_TEXTS]


def _barcodes(picture: Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture, try_rotate=False)]


def weigh(seen: Seen, known: Known) -> PhotoReading:
    """What was seen, weighed against what is known."""
    shows = _shown(seen)
    meter: Proposed | Declined = Declined(Why.NO_COUNTER)
    corrector = None if known.corrector is None else meter
    if seen.counter:
        meter = proposal(verdict(seen.counter, known.meter), known.meter)
    displayed = shows in {"Vb", "Vn"} or bool(seen.counter)
    if known.corrector is not None and displayed:
        corrector = _display(seen, known.corrector, known)
    elif not seen.counter:
        meter = _display(seen, known.meter, known)
    return PhotoReading(meter, corrector, _serial(seen, known), shows)


def proposal(told: Verdict | None, dial: KnownDial) -> Proposed | Declined:
    """The verdict as a proposal, where it is sure enough."""
    if told is None:
        return Declined(Why.NO_COUNTER)
    if told.outside > 1 - LIKELY:
        return Declined(Why.OUT_OF_RANGE if told.outside > 0.5 else Why.UNCERTAIN)
    if told.probability < (LIKELY_ALONE if dial.last is None else LIKELY):
        return Declined(Why.UNCERTAIN)
    return Proposed(f"{told.number:0{dial.digits}d}", told.certainty)


_SIGN = re.compile(r"[Vv]\s?([bmnBMN])\b")
_CUBIC = re.compile(r"\bS?m\s?[3³āūø²°']", re.IGNORECASE)  # and what the small 3 is taken for


def _shown(seen: Seen) -> str | None:
    """What a display says it shows."""
    for _, line in seen.texts:
        sign = _SIGN.search(line.text)
        if sign and line.certainty > 0.6:
            return f"V{sign[1].lower()}"
    if any(_CUBIC.search(line.text) and "/" not in line.text for _, line in seen.texts):
        return "m³"
    return None


def _display(seen: Seen, dial: KnownDial, known: Known) -> Proposed | Declined:
    """The number on a display: so many digits in a line, with decimals or a unit beside them."""
    told = _shown(seen) is not None
    pattern = re.compile(rf"^\D{{0,4}}(\d{{{dial.digits}}})([.,]\d{{1,4}})?\D{{0,4}}$")
    looks = []
    for _, line in seen.texts:
        match = pattern.match(line.text.replace(" ", ""))
        if (
            match
            and (told or match[2])
            and not _of_serial(match[1], known.serial)
            and "/" not in line.text
        ):
            looks.append(line)
    if len(looks) != 1:
        return Declined(Why.NO_COUNTER if not looks else Why.UNCERTAIN)
    return proposal(verdict((Look(looks[0].digits, 1.0, 0.0),), dial), dial)


def _of_serial(digits: str, serial: str | None) -> bool:
    return serial is not None and digits in re.sub(r"\D", "", serial)


def _serial(seen: Seen, known: Known) -> Serial:
    """Whether the meter's serial number stands on the photo, or another one."""
    wanted = re.sub(r"\D", "", known.serial or "")
    if len(wanted) < _SERIAL_LENGTH:
        return Serial.NOT_SEEN
    codes = [re.sub(r"\D", "", code) for code in seen.barcodes]
    if any(wanted in code or (len(code) >= 8 and code in wanted) for code in codes):
        return Serial.MATCHES
    differs = False
    for _, line in seen.texts:
        digits = re.sub(r"\D", "", line.text)
        if _near(digits, wanted):
            return Serial.MATCHES
        differs |= (
            re.match(r"^\s*([Nn][or°]?[.:]?\s*)\d{6,}$", line.text) is not None
            and line.certainty > 0.9
            and abs(len(digits) - len(wanted)) <= 1
        )
    return Serial.DIFFERS if differs else Serial.NOT_SEEN


def _near(digits: str, wanted: str) -> bool:
    """The same, but for one digit misread."""
    if wanted in digits:
        return True
    return len(digits) == len(wanted) and sum(map(str.__ne__, digits, wanted)) <= 1
