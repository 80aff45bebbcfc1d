"""How sending can fail in ways that are nobody's mistake."""


class Unreachable(Exception):  # noqa: N818
    """Telegram did not take it, after several tries; it may later."""


class Gone(Exception):  # noqa: N818
    """The chat takes no messages: the bot was blocked, or the account is no more."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__("the chat takes no messages")
        self.for_good = for_good
