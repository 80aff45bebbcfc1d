"""Where the preferences can wait for an answer."""

import enum


class State(enum.Enum):
    QUIET_HOURS = "quiet_hours"
