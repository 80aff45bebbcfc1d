"""``/autolettura``: the number on the meter becomes a reading, one question at a time."""

from conversations.readings.submit.flow import handlers

__all__ = ["handlers"]
