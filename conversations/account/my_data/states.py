"""The states of changing a contact, and its draft."""

import enum
from dataclasses import dataclass

from storage.models import ContactField


class State(enum.Enum):
    VALUE = "value"
    SUMMARY = "summary"
    CODE = "code"


@dataclass(slots=True)
class Draft:
    """Which contact of which customer is changed, and to what (normalised; None removes it)."""

    customer_id: int = 0
    field: ContactField = ContactField.PHONE
    value: str | None = None
