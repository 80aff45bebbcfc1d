"""The notice about an abandoned conversation."""

from conversations.kit.unasked import Maker, Telling, on_notice
from conversations.kit.views import Effect, Say, View
from storage.notices import ConversationLeftAlone


def makers() -> list[Maker]:
    """The notice."""
    return [on_notice(ConversationLeftAlone, left_alone)]


async def left_alone(telling: Telling, _notice: ConversationLeftAlone) -> list[Effect]:
    """Say that a conversation has ended after half an hour without a message."""
    text = telling.words(
        "⌛ È passata mezz'ora e ho chiuso quello che era in corso: non è stato salvato niente. "
        "Quando vuoi si ricomincia, per esempio da /menu."
    )
    return [Say(View(text))]
