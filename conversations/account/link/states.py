"""The states of linking, and its draft."""

import enum
from dataclasses import dataclass

NAME = "link_account"
"""The name of the conversation."""


class State(enum.Enum):
    CUSTOMER_CODE = "customer_code"
    TAX_ID = "tax_id"
    SUMMARY = "summary"
    MAILED_CODE = "mailed_code"


@dataclass(slots=True)
class Draft:
    """The typed customer code and the customer of the pair; never the tax code.

    ``unsaid`` means that the chat is not told whether the pair was right: then a code is expected
    even if ``customer_id`` is None.
    """

    customer_code: str | None = None
    customer_id: int | None = None
    unsaid: bool = False
