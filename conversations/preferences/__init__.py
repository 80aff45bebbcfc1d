"""``/preferenze``: what the bot may say unasked, and when. The handlers are in ``flow``.

Nothing is imported here: other conversations lead back to this one through ``back``.
"""
