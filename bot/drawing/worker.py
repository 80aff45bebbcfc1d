"""What the worker process runs; it imports matplotlib at the first picture."""


def draw(name: str) -> bytes:
    """A picture by its name, as a PNG file.

    Raises:
        KeyError: there is none of that name.
    """
    from bot.drawing.pictures import PICTURES  # noqa: PLC0415

    return PICTURES[name]()
