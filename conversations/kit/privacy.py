"""What a customer should not leave lying around in a chat."""

from conversations.kit.context import Context
from conversations.kit.views import View
from storage.rules.identifiers import PERSONAL_TAX_ID_LENGTH, TaxIdProblem, read_tax_id

_AROUND_A_WORD = ".,;:!?()«»\"'"


def hide_tax_id(context: Context) -> bool:
    """Deletes the customer's message where a codice fiscale is in it; says whether one was.

    The words under a picture or a file count as well. Eleven digits are left alone: a partita IVA
    is public, and readings may be as long.
    """
    written = context.written
    words = (word.strip(_AROUND_A_WORD) for word in written.split())
    if not any(_is_personal(text) for text in (written, *words)):
        return False
    context.delete_message()
    return True


def tax_id_hidden(context: Context) -> View:
    """Why the customer's message is gone."""
    return View(context.words("🔒 Per sicurezza ho cancellato il tuo codice fiscale."))


def _is_personal(text: str) -> bool:
    found = read_tax_id(text)
    return not isinstance(found, TaxIdProblem) and len(found) == PERSONAL_TAX_ID_LENGTH
