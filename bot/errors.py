"""When a step fails: the customer gets an apology with a number, the log the same number."""

import secrets

import structlog
from telegram.ext import ApplicationHandlerStop

from conversations.kit.context import Context, current_turn

log = structlog.get_logger()

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread over the telephone


async def note_failure(_update: object, context: Context) -> None:
    """python-telegram-bot's error handler: the turn that failed is told, and will roll back.

    Raises:
        ApplicationHandlerStop: no further handler looks at the update.
    """
    error = context.error
    if error is None:
        return
    try:
        turn = current_turn()
    except LookupError:
        log.error("job_failed", exc_info=error)  # noqa: TRY400
        return
    turn.failure = error
    raise ApplicationHandlerStop


def new_reference() -> str:
    """A short number to tell an assistant: six signs, none easily misread."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))
