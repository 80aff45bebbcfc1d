"""Runs the service: settings, delivery of updates, sending, jobs, the command and the demo."""

import os

# python-telegram-bot returns durations as ``timedelta`` if this is set, and warns if it is not. It
# reads the variable whenever a duration is needed, so it is set before anything else.
os.environ.setdefault("PTB_TIMEDELTA", "1")
