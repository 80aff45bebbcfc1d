"""Reading meters on photos: pictures drawn here, read by the models of the extra."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.photo import (
    Declined,
    Known,
    KnownDial,
    PhotoReader,
    PhotoReading,
    Proposed,
    Serial,
    Why,
    available,
)
from bot.photo.judging import Look, verdict
from tests.support.meters import GREY, PLATE, Meter, display, jpeg, meter

pytestmark = pytest.mark.skipif(
    not available(), reason="needs the extra: pip install 'sportello[photo]'"
)

METER = KnownDial(digits=5, last=4700, low=4700, high=6200)
KNOWN = Known(METER, serial="62013125")


def _read(picture: Image.Image, known: Known = KNOWN, *, orientation: int = 1) -> PhotoReading:
    from bot.photo.reading import read

    return read(jpeg(picture, orientation=orientation), known)


def _meter(**how: Any) -> Image.Image:
    return meter(Meter(**how))


@pytest.mark.parametrize("glare", [False, True])
def test_a_counter_is_read_without_its_red_decimals(glare: bool) -> None:
    told = _read(_meter(glare=glare))
    assert isinstance(told.meter, Proposed)
    assert (told.meter.digits, told.meter.value, told.meter.uncertain) == ("04817", 4817, ())
    assert told.serial is Serial.MATCHES


def test_a_counter_is_read_without_a_last_reading() -> None:
    told = _read(_meter(), Known(KnownDial(digits=5)))
    assert isinstance(told.meter, Proposed)
    assert told.meter.digits == "04817"


@pytest.mark.parametrize(("orientation", "turn"), [(6, 90), (1, 8), (1, 90)])
def test_turned_pictures_are_read(orientation: int, turn: int) -> None:
    turned = _meter().rotate(turn, expand=True, fillcolor=GREY)
    told = _read(turned, orientation=orientation)
    assert isinstance(told.meter, Proposed)
    assert told.meter.digits == "04817"


def test_a_digit_that_turns_is_still_the_lower_one() -> None:
    told = _read(_meter(turning=True))
    assert isinstance(told.meter, Proposed)
    assert told.meter.digits == "04817"


def test_between_two_numbers_the_lower_one_counts_and_its_digit_is_uncertain() -> None:
    steps = np.zeros((20, 10))
    for step, digit in ((1, 0), (5, 4), (9, 8), (13, 1)):
        steps[step, digit] = 0.99
    steps[17, 7], steps[17, 8] = 0.44, 0.55
    told = verdict([Look(steps, 1.0, 0.0)] * 3, KnownDial(5))
    assert told is not None
    assert told.number == 4817
    assert told.probability > 0.95
    assert [round(share, 1) for share in told.certainty[:4]] == [1.0] * 4
    assert told.certainty[4] < 0.6


def test_a_number_out_of_range_is_not_proposed() -> None:
    assert _read(_meter(whole="09817")).meter == Declined(Why.OUT_OF_RANGE)


def test_another_serial_number_is_told() -> None:
    told = _read(_meter(serial="55849081"))
    assert told.serial is Serial.DIFFERS
    assert isinstance(told.meter, Proposed)


def test_a_serial_number_is_no_reading() -> None:
    picture = _meter()
    ImageDraw.Draw(picture).rectangle((120, 240, 690, 360), fill=PLATE)
    for known in (KnownDial(5), KnownDial(5, 62000, 62000, 63000), KnownDial(8)):
        assert _read(picture, Known(known)).meter == Declined(Why.NO_COUNTER)


def test_displays_tell_what_they_show() -> None:
    corrector = KnownDial(digits=7, last=12000, low=12000, high=14000)
    told = _read(display("0012345,678", "Vb m³"), Known(METER, corrector))
    assert told.shows == "Vb"
    assert isinstance(told.corrector, Proposed)
    assert told.corrector.digits == "0012345"
    assert told.meter == Declined(Why.NO_COUNTER)
    told = _read(display("04817,6", "m³"))
    assert isinstance(told.meter, Proposed)
    assert told.meter.digits == "04817"


def test_what_is_no_picture_is_declined() -> None:
    from bot.photo.reading import read

    for content in (b"", b"no picture", b"\xff\xd8\xff\xe0 cut short"):
        assert read(content, KNOWN).meter == Declined(Why.NOT_A_PICTURE)


async def test_the_worker_reads_one_after_the_other_and_ends_when_idle() -> None:

    reader = PhotoReader(seconds=300, idle=0.0)
    photo = jpeg(_meter())
    try:
        both = await asyncio.gather(reader.read(photo, KNOWN), reader.read(b"none", KNOWN))
        assert isinstance(both[0].meter, Proposed)
        assert both[1].meter == Declined(Why.NOT_A_PICTURE)
        for _ in range(1000):
            if not reader.running:
                break
            await asyncio.sleep(0)
        assert not reader.running
    finally:
        await reader.close()


HANGS = "import time\ntime.sleep(3600)\n"
ENDS = "raise SystemExit(3)\n"


@pytest.mark.parametrize(("code", "why"), [(HANGS, Why.TOO_LONG), (ENDS, Why.FAILED)])
async def test_a_worker_that_hangs_or_ends_is_replaced(
    code: str, why: Why, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "worker_of_a_test.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{':'.join(['', *sys.path])}")
    reader = PhotoReader(seconds=1.0, worker="worker_of_a_test")
    try:
        for _ in range(2):
            assert (await reader.read(b"photo", KNOWN)).meter == Declined(why)
            assert not reader.running
    finally:
        await reader.close()


def test_the_models_are_not_loaded_by_what_the_bot_imports() -> None:
    code = "import sys, bot.photo; print([m for m in ('cv2', 'onnxruntime') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
