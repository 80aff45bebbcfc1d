"""``/autolettura``: takes the number on the meter as a reading, one question at a time."""

from conversations.readings.submit.flow import handlers, stale_answers

__all__ = ["handlers", "stale_answers"]
