"""Limits that Telegram does not publish (U): known from practice, and configurable."""

from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest values that are accepted, where the reference gives no number or no error.

    `largest_upload` is in bytes (a file in a request), buttons are counted, `longest_data` is in
    bytes of UTF-8; a photo has a largest sum and ratio of width and height. The time limit of taps
    is `LocalTelegram`'s `tap_timeout`, the rate of sending its `flood`.
    """

    largest_upload: int = 50 * MEGABYTE
    longest_data: int = 64
    most_buttons: int = 100
    most_in_a_row: int = 8
    most_pixels_round: int = 10_000
    steepest: int = 20
