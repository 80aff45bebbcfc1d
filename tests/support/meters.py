"""Meters as pictures, drawn for the tests of photo reading."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WHITE, BLACK, RED, PLATE, GREY = "#f2f2f2", "#161616", "#b3202c", "#dcdcd6", "#8d949a"


@dataclass(frozen=True)
class Meter:
    """A mechanical meter: the digits before and after the comma, and what its plate says."""

    whole: str = "04817"
    decimals: str = "362"
    serial: str = "62013125"
    turning: bool = False
    glare: bool = False


def meter(meter: Meter) -> Image.Image:
    """The front of a meter, 800 × 600: a plate, the counter on it, the serial number below."""
    picture = Image.new("RGB", (800, 600), GREY)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((90, 90, 710, 510), 18, PLATE, "#555555", 4)
    draw.text((120, 120), "GAS  G4", fill=BLACK, font=_font(34))
    draw.text((120, 175), "Qmax 6 m³/h    Pmax 0,5 bar", fill=BLACK, font=_font(26))
    _counter(picture, meter)
    draw.text((120, 415), f"No. {meter.serial}", fill=BLACK, font=_font(34))
    draw.text((560, 415), "1998", fill=BLACK, font=_font(30))
    if meter.glare:
        light = Image.new("L", picture.size, 0)
        ImageDraw.Draw(light).ellipse((300, 60, 520, 330), fill=110)
        picture.paste("white", mask=light.filter(ImageFilter.GaussianBlur(40)))
    return picture


def _counter(picture: Image.Image, meter: Meter) -> None:
    draw = ImageDraw.Draw(picture)
    pitch, height, left, top = 58, 84, 150, 260
    whole = len(meter.whole) * pitch
    wide = whole + len(meter.decimals) * pitch
    draw.rectangle((left - 12, top - 8, left + wide + 12, top + height + 8), fill=BLACK)
    if meter.decimals:
        draw.rectangle((left + whole, top - 8, left + wide + 12, top + height + 8), fill=RED)
    for place, digit in enumerate(meter.whole + meter.decimals):
        wheel = Image.new("RGB", (pitch - 10, height), BLACK if place < len(meter.whole) else RED)
        on = ImageDraw.Draw(wheel)
        last = place == len(meter.whole) - 1
        shift = 18 if meter.turning and last else 0
        middle = (pitch / 2 - 5, height / 2)
        on.text((middle[0], middle[1] - shift), digit, WHITE, _font(60), anchor="mm")
        if shift:
            following = str((int(digit) + 1) % 10)
            on.text((middle[0], middle[1] - shift + 64), following, WHITE, _font(60), anchor="mm")
        picture.paste(wheel, (left + place * pitch + 5, top))


def display(number: str, shows: str) -> Image.Image:
    """The display of a corrector or an electronic meter: dark digits on a pale field."""
    picture = Image.new("RGB", (800, 600), "#c9ccd0")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((120, 180, 680, 400), 14, "#a9b8a2", "#444444", 5)
    draw.text((150, 195), shows, fill="#1b241b", font=_font(40))
    draw.text((170, 270), number, fill="#1b241b", font=_font(76))
    return picture


def jpeg(picture: Image.Image, *, orientation: int = 1, quality: int = 85) -> bytes:
    """The picture as a telephone sends it; *orientation* as EXIF numbers them."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, exif=exif)
    return file.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
