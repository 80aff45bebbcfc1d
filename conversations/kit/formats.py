"""Formats of values that several conversations use."""


def shorten(text: str, most: int = 90) -> str:
    """A text shortened to about two lines on a phone."""
    return text if len(text) <= most else text[: most - 1] + "…"
