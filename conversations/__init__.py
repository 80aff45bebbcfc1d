"""What the customer lives through, by what people look for. The order of handlers is in here."""

from conversations import account, billing, readings, support, unexpected, welcome
from conversations.kit.flow import Handler


def first_handlers() -> list[Handler]:
    """What is looked at before any conversation."""
    return unexpected.first_handlers()


def handlers() -> list[Handler]:
    """Every conversation. The first that an update fits takes it."""
    return [
        *account.handlers(),  # before /start, which it takes with a code or an invitation in it
        *welcome.handlers(),
        *readings.handlers(),
        *billing.handlers(),
        *support.handlers(),
        *unexpected.last_handlers(),
    ]
