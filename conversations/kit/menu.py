"""The large keyboard below the chat: the five things that people come for."""

from conversations.texts import Words, mark

READING = mark("📟 Autolettura")
READINGS = mark("📋 Le mie letture")
INVOICES = mark("🧾 Fatture")
WITHDRAWALS = mark("📊 Consumi")
FORMER_WITHDRAWALS = mark("📊 Prelievi")
"""What that key said once: keyboards that were drawn then are still there."""
MORE = mark("☰ Altro")

LABELS = (READING, READINGS, INVOICES, WITHDRAWALS, FORMER_WITHDRAWALS, MORE)


def large_keyboard(words: Words) -> tuple[tuple[str, ...], ...]:
    """The rows of the keyboard, in the customer's language."""
    rows = ((READING,), (READINGS, INVOICES), (WITHDRAWALS, MORE))
    return tuple(tuple(words.plain(label) for label in row) for row in rows)
