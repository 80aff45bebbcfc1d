"""Announcements by the operator."""

from collections.abc import Sequence

from conversations.kit.unasked import Maker, Telling, on_notice, on_notices
from conversations.kit.views import Effect, KeptPicture, Say, View
from storage.models import Announcement
from storage.notices import Announced, AnnouncedAtOnce


def makers() -> list[Maker]:
    """The notices of announcements."""
    return [on_notices([Announced], announce), on_notice(AnnouncedAtOnce, announce_at_once)]


async def announce(
    telling: Telling, notices: Sequence[Announced | AnnouncedAtOnce]
) -> list[Effect]:
    """Send each announcement separately, while the chat is linked to a customer."""
    unit = telling.unit
    if not await unit.chats.links(telling.chat_id):
        return []
    found = [await unit.announcements.one(each.announcement_id) for each in notices]
    return [Say(announcement_view(each)) for each in found if each is not None]


async def announce_at_once(telling: Telling, notice: AnnouncedAtOnce) -> list[Effect]:
    """Send an announcement that ignores quiet hours."""
    return await announce(telling, [notice])


def announcement_view(announcement: Announcement) -> View:
    """The operator's text, with the picture if there is one."""
    picture = None
    if announcement.file_name is not None and announcement.file_hash is not None:
        picture = KeptPicture(announcement.file_name, announcement.file_hash)
    return View(announcement.text, picture=picture)
