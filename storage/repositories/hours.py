"""Each chat's own hours, for statements about many chats at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, literal

from storage.models import ChatPreferences, OutboxMessage
from storage.repositories.preferences import PreferencesOfChats
from storage.rules.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of all chats: the company's quiet ones, those that chats chose, and the zone."""

    company: QuietHours
    chosen: Sequence[QuietHours]
    zone: ZoneInfo

    def first(self, at: datetime) -> ColumnElement[datetime]:
        """``first_hour`` of the instant *at*."""
        return first_hour(at, self.company, self.chosen, self.zone)


async def everybodys_hours(
    preferences: PreferencesOfChats, company: QuietHours, zone: ZoneInfo
) -> Hours:
    """The hours as they are stored now."""
    return Hours(company, await preferences.quiet_hours_in_use(), zone)


def first_hour(
    at: datetime, company: QuietHours, chosen: Sequence[QuietHours], zone: ZoneInfo
) -> ColumnElement[datetime]:
    """When each chat may be notified of something at the instant *at*, as a column.

    Local times are computed here, where time zones are known, and SQL only compares: it gets a
    branch for each of the hours in use. The statement must join ``chat_preferences``.

    Args:
        at: an aware instant.
        company: the quiet hours of chats that chose none.
        chosen: those that chats chose.
        zone: of the local clock.
    """
    kind = OutboxMessage.not_before.type
    usual = literal(company.next_allowed(at, zone), kind)
    if not chosen:
        return usual
    return case(
        *(
            (
                and_(
                    ChatPreferences.quiet_from == hours.start,
                    ChatPreferences.quiet_until == hours.end,
                ),
                literal(hours.next_allowed(at, zone), kind),
            )
            for hours in chosen
        ),
        else_=usual,
    )
