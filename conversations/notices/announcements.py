"""What the operator announces, as each customer gets it."""

from collections.abc import Sequence

from conversations.kit.unasked import Maker, Telling, on_notice, on_notices
from conversations.kit.views import Effect, KeptPicture, Say, View
from storage.models import Announcement
from storage.notices import Announced, AnnouncedAtOnce


def makers() -> list[Maker]:
    """Who says what the operator announces."""
    return [on_notices([Announced], announce), on_notice(AnnouncedAtOnce, announce_at_once)]


async def announce(
    telling: Telling, notices: Sequence[Announced | AnnouncedAtOnce]
) -> list[Effect]:
    """Each announcement as a message of its own, while the chat is linked to anybody."""
    unit = telling.unit
    if not await unit.chats.links(telling.chat_id):
        return []
    found = [await unit.announcements.one(each.announcement_id) for each in notices]
    return [Say(announcement_view(each)) for each in found if each is not None]


async def announce_at_once(telling: Telling, notice: AnnouncedAtOnce) -> list[Effect]:
    """An announcement that cannot wait for the morning."""
    return await announce(telling, [notice])


def announcement_view(announcement: Announcement) -> View:
    """The operator's own words, and the picture where there is one."""
    picture = None
    if announcement.file_name is not None and announcement.file_hash is not None:
        picture = KeptPicture(announcement.file_name, announcement.file_hash)
    return View(announcement.text, picture=picture)
