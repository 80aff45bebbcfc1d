"""Jobs run within the service that dialogues run."""

from tests.dialogues.conftest import clock, counter, post, settings, telegram

__all__ = ["clock", "counter", "post", "settings", "telegram"]
