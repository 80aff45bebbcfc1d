"""What the operator announces, as each customer gets it."""

from collections.abc import Sequence

from conversations.kit.services import Services
from conversations.kit.unasked import Family
from conversations.kit.views import Effect, KeptPicture, Say, View
from conversations.texts import Words
from storage.models import Announcement, OutboxMessage
from storage.repositories.announcements import KIND
from storage.unit import Unit


async def announce(
    unit: Unit, _services: Services, _words: Words, messages: Sequence[OutboxMessage]
) -> list[Effect]:
    """Each announcement as a message of its own, while the chat is linked to anybody."""
    if not await unit.chats.links(messages[0].chat_id):
        return []
    found = [await unit.announcements.one(each.about_id or 0) for each in messages]
    return [Say(announcement_view(each)) for each in found if each is not None]


async def announce_at_once(
    unit: Unit, services: Services, words: Words, message: OutboxMessage
) -> list[Effect]:
    """An announcement that cannot wait for the morning."""
    return await announce(unit, services, words, [message])


FAMILY = Family((KIND,), announce)


def announcement_view(announcement: Announcement) -> View:
    """The operator's own words, and the picture where there is one."""
    picture = None
    if announcement.file_name is not None and announcement.file_hash is not None:
        picture = KeptPicture(announcement.file_name, announcement.file_hash)
    return View(announcement.text, picture=picture)
