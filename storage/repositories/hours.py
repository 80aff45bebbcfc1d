"""Each chat's own hours, in statements that are about many chats at once."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ChatPreferences, OutboxMessage
from storage.rules.quiet_hours import QuietHours

_MOST_QUIET_HOURS = 200


async def quiet_hours_in_use(session: AsyncSession) -> list[QuietHours]:
    """The hours that chats have chosen for themselves, the most usual ones.

    Whoever is left out is put off when the message's turn comes.
    """
    rows = await session.execute(
        select(ChatPreferences.quiet_from, ChatPreferences.quiet_until)
        .where(ChatPreferences.quiet_from.is_not(None))
        .group_by(ChatPreferences.quiet_from, ChatPreferences.quiet_until)
        .order_by(func.count().desc(), ChatPreferences.quiet_from, ChatPreferences.quiet_until)
        .limit(_MOST_QUIET_HOURS)
    )
    return [QuietHours(start, end) for start, end in rows if start is not None and end is not None]


def first_hour(
    at: datetime, company: QuietHours, chosen: Sequence[QuietHours], zone: ZoneInfo
) -> ColumnElement[datetime]:
    """When each chat may hear of something of the instant *at*, as a column.

    The local clock is worked out here, where time zones are known, and only compared there: a
    branch for each of the hours that are in use. The statement must join ``chat_preferences``.

    Args:
        at: an aware instant.
        company: the quiet hours of who chose none.
        chosen: those that others chose.
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
