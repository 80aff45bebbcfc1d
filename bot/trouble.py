"""How sending can fail in ways that are nobody's mistake."""

from telegram.error import NetworkError, TimedOut


class NotConnected(NetworkError):  # noqa: N818
    """There was no connection: nothing can have arrived."""


class LineCut(NetworkError):  # noqa: N818
    """The connection broke before there was an answer: nobody knows what arrived."""


def may_have_arrived(error: NetworkError) -> bool:
    """Whether Telegram may have done what was asked, for all that the error tells."""
    return isinstance(error, TimedOut | LineCut)


class Unreachable(Exception):  # noqa: N818
    """Telegram did not take it, after several tries; it may later.

    Args:
        doubts: after how many of the tries it may have arrived all the same.
    """

    def __init__(self, *, doubts: int = 0) -> None:
        super().__init__("Telegram did not take it")
        self.doubts = doubts


class Held(Unreachable):
    """Telegram wants silence just now; nothing has left."""


class Gone(Exception):  # noqa: N818
    """The chat takes no messages: the bot was blocked, or the account is no more."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__("the chat takes no messages")
        self.for_good = for_good
