"""What a customer should not leave lying around in a chat."""

from conversations.kit.context import Context
from storage.rules.identifiers import PERSONAL_TAX_ID_LENGTH, TaxIdProblem, read_tax_id


def hide_tax_id(context: Context) -> bool:
    """Deletes the customer's message where it is a codice fiscale; says whether it was one.

    Eleven digits are left alone: a partita IVA is public, and readings may be as long.
    """
    found = read_tax_id(context.typed)
    if isinstance(found, TaxIdProblem) or len(found) != PERSONAL_TAX_ID_LENGTH:
        return False
    context.delete_message()
    return True
