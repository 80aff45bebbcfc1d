"""The limits that Telegram does not publish (U): known from practice, and yours to set."""

from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a local Telegram refuses beyond, where the reference gives no number or no error.

    `largest_upload` in bytes (a file in a request), buttons by their number, `longest_data` in
    bytes of UTF-8; a photo's width and height together, and how many times one the other may be.
    How long a tap waits is `LocalTelegram`'s `tap_timeout`, how fast a bot may send its `flood`.
    """

    largest_upload: int = 50 * MEGABYTE
    longest_data: int = 64
    most_buttons: int = 100
    most_in_a_row: int = 8
    most_pixels_round: int = 10_000
    steepest: int = 20
