"""Jobs run within the service that dialogues run."""

from tests.dialogues.conftest import clock, post, settings, telegram

__all__ = ["clock", "post", "settings", "telegram"]
