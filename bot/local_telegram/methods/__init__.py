"""The Bot API's methods, one function each, over the state of a local Telegram.

`METHODS` maps a method's name in lower case to its function and declared arguments; other names are
answered with 404, as on the real server. getUpdates is in it for its arguments only: the server
(`polling`) makes the call wait.
"""

from bot.local_telegram.methods import (  # noqa: F401 importing them registers them
    account,
    chats,
    editing,
    receiving,
    sending,
    topics,
)
from bot.local_telegram.methods.registry import METHODS, Method

__all__ = ["METHODS", "Method"]
