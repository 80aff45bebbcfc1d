"""QR codes for invoices: scanning one opens the bot, with the customer code filled in."""

import io
import re

import segno

KINDS = ("png", "svg")
"""The supported picture formats."""

_USERNAME = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{3,31})")
_CODE = re.compile(r"[0-9]{6}")


def invoice_link(bot: str, code: str) -> str:
    """The link that begins the linking of a customer: ``https://t.me/<bot>?start=c<code>``.

    Args:
        bot: the bot's user name, with or without ``@``.
        code: the customer's code.

    Raises:
        ValueError: one of them has another form; the message says which.
    """
    name = _USERNAME.fullmatch(bot)
    if name is None:
        raise ValueError("expected the bot's user name, such as example_bot")
    if not _CODE.fullmatch(code):
        raise ValueError("expected a customer's code: six digits")
    return f"https://t.me/{name[1]}?start=c{code}"


def picture_of(link: str, *, kind: str = "png", scale: int = 10, border: int = 4) -> bytes:
    """A QR code as a picture, black on white.

    Args:
        link: what it leads to.
        kind: one of ``KINDS``.
        scale: how large one module is: pixels in a PNG, units in an SVG.
        border: the quiet zone around it, in modules; readers count on four.
    """
    picture = io.BytesIO()
    # Level M, the second of four, tolerates 15 % of damage and keeps the code small.
    code = segno.make(link, error="m", micro=False)
    code.save(picture, kind=kind, scale=scale, border=border, light="white")
    return picture.getvalue()


def characters_of(link: str) -> str:
    """The same as text for a terminal."""
    drawn = io.StringIO()
    segno.make(link, error="m", micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()
