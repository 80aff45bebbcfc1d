"""How values are written where several conversations write them."""


def shorten(text: str, most: int = 90) -> str:
    """A text that fits on two lines of a phone."""
    return text if len(text) <= most else text[: most - 1] + "…"
