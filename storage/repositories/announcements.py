"""Announcements: stores them, queues their messages, and counts these."""

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
"""How many chats are queued in one transaction."""

_SERVICES = {Audience.GAS: Service.GAS, Audience.ELECTRICITY: Service.ELECTRICITY}


@dataclass(frozen=True, slots=True)
class Standing:
    """The progress of an announcement.

    ``later`` is how many of the queued messages wait for the hours of their chats.
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
        """How many messages are due and not sent yet."""
        return self.count(OutboxState.QUEUED, OutboxState.SENDING) - self.later


class Announcements(Repository):
    def add(self, announcement: Announcement) -> None:
        """Store a new one."""
        self.session.add(announcement)

    async def one(self, announcement_id: int) -> Announcement | None:
        return await self.session.get(Announcement, announcement_id)

    async def by_digest(self, digest: str) -> Announcement | None:
        """The announcement made earlier of the same file, if any."""
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
        """Queue the messages of the next chats.

        Returns:
            The last of the chats, and how many they were; None when all are queued.

        Args:
            announcement: the announcement.
            codes: only these customers, at most some hundreds; empty for no such limit.
            after: the last chat of the previous call; None for the first.
            not_before: when each chat may be sent it (see ``repositories.hours.first_hour``).
            not_after: when it is not worth sending any more.
            at_once: whether to ignore quiet hours.
            today: the local day, on which a supply must be active.
            now: the current instant.
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
            # A message that ignores quiet hours does not wait behind other announcements either.
            bulk=not at_once,
            not_before=not_before,
            not_after=not_after,
            now=now,
        )
        return chats[-1], len(chats)

    async def standing(self, announcement_id: int, now: datetime) -> Standing:
        """The progress of an announcement."""
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
    """The conditions for links that an audience includes."""
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
