"""Finding and recognising text: the models in rapidocr's wheel. Only the worker imports this.

The recogniser's own decoder gives one text; here the probability of every digit at every place
is kept, so that several looks at the same counter can be weighed against each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import rapidocr
from numpy.typing import NDArray
from rapidocr.ch_ppocr_det.utils import DBPostProcess, DetPreProcess

Image = NDArray[Any]
Floats = NDArray[Any]

THREADS = 2
HEIGHT = 48  # of a line, as the recogniser was trained
_BATCH = 6
_WIDEST = 640
_SIDE = 640

_ALIKE = {
    "0": "0OoDQ〇口",
    "1": "1Il|!i丨",
    "2": "2Zz",
    "3": "3",
    "4": "4",
    "5": "5Ss",
    "6": "6bG",
    "7": "7?",
    "8": "8B",
    "9": "9qg",
}


@dataclass(frozen=True)
class Line:
    """One recognised line: its text, how sure, and at each step the probability of each digit."""

    text: str
    certainty: float
    digits: Floats


class Ocr:
    """Both models, loaded once."""

    def __init__(self) -> None:
        models = Path(rapidocr.__file__).parent / "models"
        self._finder = _session(next(models.glob("*_det_*.onnx")))
        self._reader = _session(next(models.glob("*_rec_*.onnx")))
        names = self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = ["", *names, " "]
        self._alike = [
            [place for place, character in enumerate(self._characters) if character in set(alike)]
            for alike in _ALIKE.values()
        ]
        self._boxes = DBPostProcess(thresh=0.3, box_thresh=0.4, unclip_ratio=1.6, use_dilation=True)

    def find(self, picture: Image) -> list[Floats]:
        """The corners of each piece of text: left top, right top, right bottom, left bottom."""
        scaled = DetPreProcess(_SIDE, "max", [0.5] * 3, [0.5] * 3)(picture)
        heat = self._finder.run(None, {self._finder.get_inputs()[0].name: scaled})[0]
        boxes, _ = self._boxes(heat, picture.shape[:2])
        return [np.asarray(box, np.float32) for box in boxes]

    def read(self, lines: Sequence[Image]) -> list[Line]:
        """What stands on each of some pictures of one line."""
        found: dict[int, Line] = {}
        order = sorted(range(len(lines)), key=lambda place: _width(lines[place]))
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            widths = [_width(lines[place]) for place in part]
            batch = np.zeros((len(part), 3, HEIGHT, max(widths)), np.float32)
            for row, (place, width) in enumerate(zip(part, widths, strict=True)):
                scaled = cv2.resize(lines[place], (width, HEIGHT), interpolation=cv2.INTER_AREA)
                batch[row, :, :, :width] = scaled.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
            told = self._reader.run(None, {self._reader.get_inputs()[0].name: batch})[0]
            for place, width, steps in zip(part, widths, told, strict=True):
                # What is right of a shorter line is padding.
                found[place] = self._line(steps[: math.ceil(len(steps) * width / max(widths))])
        return [found[place] for place in range(len(lines))]

    def _line(self, steps: Any) -> Line:
        best = steps.argmax(axis=1)
        kept = [
            step
            for step, character in enumerate(best)
            if character and (step == 0 or best[step - 1] != character)
        ]
        text = "".join(self._characters[best[step]] for step in kept)
        certainty = float(np.mean([steps[step, best[step]] for step in kept])) if kept else 0.0
        digits = np.stack([steps[:, alike].sum(axis=1) for alike in self._alike], axis=1)
        return Line(text, certainty, digits.astype(np.float32))


@cache
def engine() -> Ocr:
    """The models of this process."""
    return Ocr()


def _width(line: Image) -> int:
    height, width = int(line.shape[0]), int(line.shape[1])
    return min(_WIDEST, max(HEIGHT, round(width * HEIGHT / height / 16) * 16))


def _session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # slower by a little, and half the memory
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
