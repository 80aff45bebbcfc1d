"""The composition root: settings, delivery, sending, jobs, the command and the demo."""

import os

# python-telegram-bot gives durations as ``timedelta`` where this is set, and warns where it is not;
# it reads the variable whenever a duration is asked for, so it is set before anything else.
os.environ.setdefault("PTB_TIMEDELTA", "1")
