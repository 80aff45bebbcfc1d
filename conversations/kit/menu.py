"""The large keyboard below the chat, with the five most frequent subjects."""

from conversations.texts import Words, mark

READING = mark("📟 Autolettura")
READINGS = mark("📋 Le mie letture")
INVOICES = mark("🧾 Fatture")
WITHDRAWALS = mark("📊 Consumi")
FORMER_WITHDRAWALS = mark("📊 Prelievi")
"""A former label of that key, which is still on older keyboards."""
MORE = mark("☰ Altro")

LABELS = (READING, READINGS, INVOICES, WITHDRAWALS, FORMER_WITHDRAWALS, MORE)


def large_keyboard(words: Words) -> tuple[tuple[str, ...], ...]:
    """The rows of the keyboard, in the customer's language."""
    rows = ((READING,), (READINGS, INVOICES), (WITHDRAWALS, MORE))
    return tuple(tuple(words.plain(label) for label in row) for row in rows)
