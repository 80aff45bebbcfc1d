"""What must hold before a step: the chat is linked to somebody at this moment."""

import functools
from typing import Any

from telegram import Update

from conversations.kit.context import Context
from conversations.kit.flow import END, Step
from conversations.kit.link_prompt import invite_to_link


def linked(step: Step) -> Step:
    """Lets a step run only in a chat that is linked now; anybody else is invited to link."""

    @functools.wraps(step)
    async def guarded(update: Update, context: Context) -> Any:
        if not await context.unit.chats.links(context.chat.id):
            invite_to_link(context)
            return END
        return await step(update, context)

    return guarded


async def not_yours(context: Context) -> None:
    """The answer to a tap on something that this chat has no part in, or no longer."""
    context.toast(context.words.plain("Non è più disponibile in questa chat."), alert=True)
