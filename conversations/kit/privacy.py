"""Removes personal codes from the chat."""

from conversations.kit.context import Context
from conversations.kit.views import View
from storage.rules.identifiers import PERSONAL_TAX_ID_LENGTH, TaxIdProblem, read_tax_id

_AROUND_A_WORD = ".,;:!?()«»\"'"


def hide_tax_id(context: Context) -> bool:
    """Delete the customer's message if it contains a codice fiscale; returns whether it did.

    Captions of pictures and files count too. Eleven digits are left alone: a partita IVA is public,
    and readings may be as long.
    """
    written = context.written
    words = (word.strip(_AROUND_A_WORD) for word in written.split())
    if not any(_is_personal(text) for text in (written, *words)):
        return False
    context.delete_message()
    return True


def tax_id_hidden(context: Context) -> View:
    """Explain why the customer's message was deleted."""
    return View(context.words("🔒 Per sicurezza ho cancellato il tuo codice fiscale."))


def _is_personal(text: str) -> bool:
    found = read_tax_id(text)
    return not isinstance(found, TaxIdProblem) and len(found) == PERSONAL_TAX_ID_LENGTH
