"""The states of the preferences."""

import enum


class State(enum.Enum):
    QUIET_HOURS = "quiet_hours"
