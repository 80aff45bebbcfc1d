"""Guards of steps: whether the chat is linked now."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from conversations.kit.context import Context
from conversations.kit.flow import END
from conversations.kit.link_prompt import invite_to_link

P = ParamSpec("P")
R = TypeVar("R")


def linked(
    step: Callable[Concatenate[Context, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Context, P], Coroutine[Any, Any, R | int]]:
    """Run a step only in a chat that is linked now; other chats are invited to link."""

    @functools.wraps(step)
    async def guarded(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> R | int:
        if not context.turn.is_linked:
            invite_to_link(context)
            return END
        return await step(context, *args, **kwargs)

    return guarded


async def not_yours(context: Context) -> None:
    """Answer a tap on something that this chat has no access to, or not any more."""
    context.toast(context.words.plain("Non è più disponibile in questa chat."), alert=True)
