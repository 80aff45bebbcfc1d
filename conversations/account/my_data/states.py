"""Where changing a contact can stand, and what is kept of it in between."""

import enum
from dataclasses import dataclass

from storage.models import ContactField


class State(enum.Enum):
    VALUE = "value"
    SUMMARY = "summary"
    CODE = "code"


@dataclass(slots=True)
class Draft:
    """Whose contact is changed, which, and to what (in normal form; None takes it away)."""

    customer_id: int = 0
    field: ContactField = ContactField.PHONE
    value: str | None = None
