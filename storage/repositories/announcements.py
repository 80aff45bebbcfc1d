"""Announcements: kept, put into the outbox for everybody they are for, and counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    or_,
    select,
)

from storage.models import (
    Announcement,
    Audience,
    Chat,
    ChatLink,
    ChatPreferences,
    Customer,
    OutboxMessage,
    OutboxState,
    Service,
    SupplyPoint,
)
from storage.notices import Announced, AnnouncedAtOnce
from storage.repositories.base import Repository
from storage.repositories.outbox import Outbox

AT_ONCE = 500
"""How many chats are thought of in one transaction."""

_SERVICES = {Audience.GAS: Service.GAS, Audience.ELECTRICITY: Service.ELECTRICITY}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an announcement has come.

    ``later`` is how many of the queued ones wait for the hours of their chats.
    """

    by_state: dict[OutboxState, int]
    later: int

    def count(self, *states: OutboxState) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def under_way(self) -> int:
        """How many should have left by now and have not."""
        return self.count(OutboxState.QUEUED, OutboxState.SENDING) - self.later


class Announcements(Repository):
    def add(self, announcement: Announcement) -> None:
        """Keeps a new one."""
        self.session.add(announcement)

    async def one(self, announcement_id: int) -> Announcement | None:
        return await self.session.get(Announcement, announcement_id)

    async def by_digest(self, digest: str) -> Announcement | None:
        """The announcement that was made of the same file before, if one was."""
        return await self.session.scalar(select(Announcement).where(Announcement.digest == digest))

    async def unknown_codes(self, codes: Collection[str]) -> list[str]:
        """Those of *codes* that no customer has."""
        found = await self.session.scalars(select(Customer.code).where(Customer.code.in_(codes)))
        return sorted(set(codes) - set(found))

    async def count_chats(
        self, audience: Audience, codes: Sequence[str], *, today: date
    ) -> tuple[int, int]:
        """How many chats an announcement would go to, and how many more have blocked the bot."""
        found = await self.session.execute(
            select(Chat.blocked_at.is_not(None), func.count(ChatLink.chat_id.distinct()))
            .select_from(ChatLink)
            .join(Chat, Chat.id == ChatLink.chat_id)
            .where(*_is_for(audience, codes, today))
            .group_by(Chat.blocked_at.is_not(None))
        )
        counts = {bool(blocked): int(number) for blocked, number in found}
        return counts.get(False, 0), counts.get(True, 0)

    async def queue_next(
        self,
        announcement: Announcement,
        codes: Sequence[str],
        *,
        after: int | None,
        not_before: ColumnElement[datetime],
        not_after: datetime,
        at_once: bool,
        today: date,
        now: datetime,
    ) -> tuple[int, int] | None:
        """Queues the messages of the next chats.

        Returns:
            The last of the chats, and how many they were; None once it is through.

        Args:
            announcement: what is announced.
            codes: the customers that it is for, where it is for some; at most some hundreds.
            after: the last chat of the call before; None at the beginning.
            not_before: when each chat may hear of it (see ``repositories.hours.first_hour``).
            not_after: when it is of no use any more.
            at_once: whether no quiet hours are heeded.
            today: the local day, on which a supply has to be going on.
            now: the present instant.
        """
        whom = [*_is_for(announcement.audience, codes, today)]
        if after is not None:
            whom.append(ChatLink.chat_id > after)
        chats = list(
            await self.session.scalars(
                select(ChatLink.chat_id)
                .distinct()
                .join(Chat, Chat.id == ChatLink.chat_id)
                .where(Chat.blocked_at.is_(None), *whom)
                .order_by(ChatLink.chat_id)
                .limit(AT_ONCE)
            )
        )
        if not chats:
            return None
        await Outbox(self.session).queue_for(
            select(Chat.id)
            .outerjoin(ChatPreferences, ChatPreferences.chat_id == Chat.id)
            .where(Chat.id.in_(chats)),
            key=(Announced.kind, announcement.id, Chat.id),
            kind=AnnouncedAtOnce if at_once else Announced,
            chat_id=Chat.id,
            about_id=announcement.id,
            # What cannot wait for the morning does not wait behind another announcement either.
            bulk=not at_once,
            not_before=not_before,
            not_after=not_after,
            now=now,
        )
        return chats[-1], len(chats)

    async def standing(self, announcement_id: int, now: datetime) -> Standing:
        """How far an announcement has come."""
        mine = (
            OutboxMessage.kind.in_((Announced.kind, AnnouncedAtOnce.kind)),
            OutboxMessage.about_id == announcement_id,
        )
        states = await self.session.execute(
            select(OutboxMessage.state, func.count()).where(*mine).group_by(OutboxMessage.state)
        )
        later = await self.session.scalar(
            select(func.count()).where(
                *mine, OutboxMessage.state == OutboxState.QUEUED, OutboxMessage.not_before > now
            )
        )
        return Standing({state: int(number) for state, number in states}, later or 0)


def _is_for(audience: Audience, codes: Sequence[str], today: date) -> list[ColumnElement[bool]]:
    """Which links an audience takes in."""
    live = ChatLink.revoked_at.is_(None)
    if audience is Audience.ALL:
        return [live]
    if audience is Audience.CODES:
        customers = select(Customer.id).where(Customer.code.in_(codes))
        return [live, ChatLink.customer_id.in_(customers)]
    supplied = exists().where(
        SupplyPoint.customer_id == ChatLink.customer_id,
        SupplyPoint.service == _SERVICES[audience],
        or_(SupplyPoint.until.is_(None), SupplyPoint.until > today),
    )
    return [live, supplied]
