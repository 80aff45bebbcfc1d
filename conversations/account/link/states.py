"""Where linking can stand, and what is kept of it in between."""

import enum
from dataclasses import dataclass

NAME = "link_account"
"""What the conversation is kept under."""


class State(enum.Enum):
    CUSTOMER_CODE = "customer_code"
    TAX_ID = "tax_id"
    SUMMARY = "summary"
    MAILED_CODE = "mailed_code"


@dataclass(slots=True)
class Draft:
    """The code that was typed, and whom the pair turned out to be; never the tax code.

    ``unsaid`` is where the chat is not told whether the pair was right: then ``customer_id`` may
    be none with a code expected all the same.
    """

    customer_code: str | None = None
    customer_id: int | None = None
    unsaid: bool = False
