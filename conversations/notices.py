"""What the bot says unasked, made when its turn comes: what is no longer true is not said."""

from collections.abc import Awaitable, Callable

from conversations import link_notices
from conversations.kit.desk import Desk
from conversations.kit.views import Edit, Effect, Say, View, button
from conversations.receipt import receipt_view
from conversations.submit_reading.screens import ReadPoint
from conversations.submit_reading.situation import Ready, look
from conversations.supply_point import point_title
from conversations.texts import Words
from storage.models import OutboxMessage
from storage.unit import Unit

Notice = Callable[[Unit, Desk, Words, OutboxMessage], Awaitable[list[Effect]]]


async def acquired(unit: Unit, desk: Desk, words: Words, message: OutboxMessage) -> list[Effect]:
    """The receipt says *Acquisita* and loses its *Cancella*; no new message comes."""
    reading = await unit.readings.with_point(message.reading_id or 0)
    if reading is None or reading.receipt_message_id is None:
        return []
    due = desk.next_acquisition(desk.clock.now())
    view = receipt_view(words, reading.supply_point, reading, due)
    return [Edit(message_id=reading.receipt_message_id, view=view, or_say=False)]


async def left_alone(
    _unit: Unit, _desk: Desk, words: Words, _message: OutboxMessage
) -> list[Effect]:
    """A conversation was left alone for half an hour."""
    text = words(
        "⌛ È passata mezz'ora e ho chiuso quello che era in corso: non è stato salvato niente. "
        "Quando vuoi si ricomincia, per esempio da /menu."
    )
    return [Say(View(str(text)))]


async def window_opens(
    unit: Unit, desk: Desk, words: Words, message: OutboxMessage
) -> list[Effect]:
    """*Avvisami* kept its word, if there is still something to read."""
    point_id = int(message.content["supply_point_id"]) if message.content else 0
    point = await unit.supply_points.one_of_chat(message.chat_id, point_id, to_write=True)
    if point is None:
        return []
    found = await look(unit, desk, point, desk.clock.now())
    if not isinstance(found, Ready):
        return []
    text = words(
        "🔔 Da adesso si può inviare la lettura:\n\n{point}", point=point_title(words, point)
    )
    return [Say(View(str(text), ((button(words.plain("📟 Autolettura"), ReadPoint(point.id)),),)))]


async def chat_linked(
    _unit: Unit, _desk: Desk, words: Words, message: OutboxMessage
) -> list[Effect]:
    """Another chat was linked to the same customer."""
    code = str(message.content["customer_code"]) if message.content else ""
    text = words(
        "🔗 Il codice cliente <b>{code}</b> è stato collegato anche a un'altra chat.\n\n"
        "Se non sei stato tu, o qualcuno di casa, scrivi subito all'assistenza: /aiuto",
        code=code,
    )
    return [Say(View(str(text)))]


NOTICES: dict[str, Notice] = {
    "acquired": acquired,
    "conversation_left_alone": left_alone,
    "window_opens": window_opens,
    "chat_linked": chat_linked,
    "invitation_taken": link_notices.invitation_taken,
    "invitation_settled": link_notices.invitation_settled,
    "link_revoked": link_notices.link_revoked,
    "email_changed": link_notices.email_changed,
}
"""Every kind of message in the outbox, and who makes it."""
