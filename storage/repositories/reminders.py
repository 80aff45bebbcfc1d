"""Reminders: computes occasions from the windows, and messages from each occasion.

Every statement covers some hundreds of points: more chats make more statements, never longer ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased

from storage.models import (
    Access,
    Chat,
    ChatLink,
    ChatPreferences,
    EntryWindow,
    OutboxMessage,
    OutboxState,
    Reading,
    ReadingSource,
    ReadingState,
    ReminderRound,
    SelfReadingKind,
    SupplyPoint,
    WithdrawnWindow,
)
from storage.notices import REMINDERS, RemindedTomorrow, WindowChanged, WindowOpensAsAsked
from storage.repositories.base import Repository
from storage.repositories.hours import Hours
from storage.repositories.outbox import Outbox
from storage.repositories.readings import LIVE, read_already
from storage.rules.preferences import Preferences
from storage.rules.reminders import ReminderKind, occasions
from storage.rules.windows import Window, local_day, unite

_ROUNDS = tuple(each.kind for each in REMINDERS.values())
_ASKED = WindowOpensAsAsked.kind
_CHANGED = WindowChanged.kind
ALL_KINDS = (*_ROUNDS, RemindedTomorrow.kind, _ASKED)

_COUNTED = {"sent", "failed", "outdated"}
_AT_ONCE = 500
_MOST_WINDOWS = 10_000
_USUAL = Preferences()


@dataclass(frozen=True, slots=True)
class ReminderResults:
    """The results of reminders of one kind: messages, and the readings that followed them.

    ``answered`` is how many messages were followed by a reading; a reading counts for the last
    reminder before it, within that reminder's window.
    """

    sent: int = 0
    answered: int = 0
    readings: int = 0
    failed: int = 0
    outdated: int = 0
    waiting: int = 0


class Reminders(Repository):
    async def plan(self, zone: ZoneInfo, *, now: datetime) -> int:
        """Compute the occasions of new windows; return how many windows were new.

        At most some hundreds at a time: the caller commits, and calls again until it returns 0.
        """
        rows = (
            await self.session.execute(
                select(
                    EntryWindow.id,
                    EntryWindow.starts_at,
                    EntryWindow.ends_at,
                    EntryWindow.supply_point_id.is_not(None),
                )
                .where(text("entry_windows.planned_at IS NULL"))
                .order_by(EntryWindow.id)
                .limit(_AT_ONCE)
            )
        ).all()
        for starts_at, ends_at, own in sorted({(s, e, o) for _, s, e, o in rows if e > now}):
            await self._plan_window(Window(starts_at, ends_at), zone, own=own)
        await self.session.execute(
            update(EntryWindow)
            .where(EntryWindow.id.in_([row[0] for row in rows]))
            .values(planned_at=now)
            .execution_options(synchronize_session=False)
        )
        return len(rows)

    async def _plan_window(self, window: Window, zone: ZoneInfo, *, own: bool) -> None:
        rounds = [
            {
                "starts_at": window.start,
                "ends_at": window.end,
                "own": own,
                "kind": each.kind,
                "days": each.days,
                "due_at": each.due_at,
                "after_point_id": 0,
            }
            for each in occasions(window, zone)
        ]
        await self.session.execute(
            self.insert(ReminderRound)
            .values(rounds)
            .on_conflict_do_update(
                index_elements=["ends_at", "starts_at", "own", "kind", "days"],
                # Another point has got the same window: the unique keys of the messages keep
                # anybody from being reminded twice.
                set_={"done_at": None, "after_point_id": 0},
            )
        )

    async def due_round(self, now: datetime) -> ReminderRound | None:
        """The unfinished round that was due first."""
        return await self.session.scalar(
            select(ReminderRound)
            .where(text("reminder_rounds.done_at IS NULL"), ReminderRound.due_at <= now)
            .order_by(ReminderRound.due_at, ReminderRound.id)
            .limit(1)
        )

    async def fire(
        self,
        occasion: ReminderRound,
        *,
        hours: Hours,
        now: datetime,
    ) -> bool:
        """Queue the messages of a round for the next points; False once it is finished.

        Args:
            occasion: a round that is due.
            hours: when each chat may be notified.
            now: the current instant.
        """
        points = await self._next_points(occasion) if await self._holds(occasion, now) else []
        if not points:
            occasion.done_at = now
            return False
        await self._insert_messages(
            occasion,
            points,
            today=local_day(now, hours.zone),
            since=local_day(occasion.starts_at, hours.zone),
            not_before=hours.first(occasion.due_at),
            now=now,
        )
        occasion.after_point_id = points[-1]
        return True

    async def _holds(self, occasion: ReminderRound, now: datetime) -> bool:
        """Whether the round still makes sense: its window is not over, nor joined to another.

        For points with windows of their own, this is checked per point when messages are queued.
        """
        if occasion.ends_at <= now:
            return False
        if occasion.own:
            return True
        rows = await self.session.execute(
            select(EntryWindow.starts_at, EntryWindow.ends_at)
            .where(
                EntryWindow.supply_point_id.is_(None),
                EntryWindow.ends_at >= now - timedelta(days=366),
            )
            .limit(_MOST_WINDOWS)
        )
        windows = unite(Window(starts, ends) for starts, ends in rows)
        window = next((each for each in windows if each.contains(now)), None)
        if window is None:
            return False
        if occasion.kind is ReminderKind.OPENS:
            return window.start == occasion.starts_at
        return window.end == occasion.ends_at

    async def _next_points(self, occasion: ReminderRound) -> list[int]:
        """The next points that have the round's window, in the order of their ids."""
        if occasion.own:
            statement = (
                select(EntryWindow.supply_point_id)
                .where(
                    EntryWindow.ends_at == occasion.ends_at,
                    EntryWindow.starts_at == occasion.starts_at,
                    EntryWindow.supply_point_id > occasion.after_point_id,
                )
                .order_by(EntryWindow.supply_point_id)
                .limit(_AT_ONCE)
            )
            return sorted({point for point in await self.session.scalars(statement) if point})
        found = await self.session.scalars(
            select(SupplyPoint.id)
            .where(
                SupplyPoint.id > occasion.after_point_id,
                SupplyPoint.self_reading != SelfReadingKind.NONE,
                ~exists().where(EntryWindow.supply_point_id == SupplyPoint.id),
            )
            .order_by(SupplyPoint.id)
            .limit(_AT_ONCE)
        )
        return list(found)

    async def _insert_messages(
        self,
        occasion: ReminderRound,
        points: Sequence[int],
        *,
        today: date,
        since: date,
        not_before: ColumnElement[datetime],
        now: datetime,
    ) -> None:
        at = occasion.starts_at if occasion.kind is ReminderKind.OPENS else occasion.ends_at
        chats = (
            select(ChatLink.chat_id)
            .distinct()
            .select_from(SupplyPoint)
            .join(ChatLink, ChatLink.customer_id == SupplyPoint.customer_id)
            .join(Chat, Chat.id == ChatLink.chat_id)
            .outerjoin(ChatPreferences, ChatPreferences.chat_id == ChatLink.chat_id)
            .where(
                SupplyPoint.id.in_(points),
                SupplyPoint.self_reading != SelfReadingKind.NONE,
                SupplyPoint.since <= today,
                or_(SupplyPoint.until.is_(None), SupplyPoint.until > today),
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
                Chat.blocked_at.is_(None),
                _wanted(occasion),
                ~exists().where(
                    Reading.supply_point_id == SupplyPoint.id,
                    Reading.day >= since,
                    LIVE,
                    read_already(today),
                ),
            )
        )
        await Outbox(self.session).queue_for(
            chats,
            key=("reminder", occasion.kind.value, f"{at:%Y%m%d%H%M}", ChatLink.chat_id),
            kind=REMINDERS[occasion.kind],
            chat_id=ChatLink.chat_id,
            about_id=occasion.id,
            bulk=True,
            not_before=not_before,
            not_after=occasion.ends_at,
            now=now,
        )

    async def rounds(self, ids: Sequence[int]) -> dict[int, ReminderRound]:
        """These rounds, by id."""
        rows = await self.session.scalars(select(ReminderRound).where(ReminderRound.id.in_(ids)))
        return {each.id: each for each in rows}

    async def forget(self, *, before: datetime) -> None:
        """Removes the rounds of windows that ended long ago."""
        await self.session.execute(
            delete(ReminderRound)
            .where(ReminderRound.ends_at < before)
            .execution_options(synchronize_session=False)
        )

    # -- what was sent --

    async def last_sent(self, chat_id: int) -> OutboxMessage | None:
        """The newest reminder that was sent to a chat, of any kind."""
        return await self.session.scalar(
            select(OutboxMessage)
            .where(
                OutboxMessage.chat_id == chat_id,
                OutboxMessage.kind.in_(ALL_KINDS),
                OutboxMessage.state == OutboxState.SENT,
            )
            .order_by(OutboxMessage.sent_at.desc(), OutboxMessage.id.desc())
            .limit(1)
        )

    async def effects(self, *, since: datetime) -> dict[str, ReminderResults]:
        """The results of the reminders queued since an instant, by kind."""
        effects: dict[str, dict[str, int]] = {kind: {} for kind in ALL_KINDS}
        mine = (OutboxMessage.kind.in_(ALL_KINDS), OutboxMessage.created_at >= since)
        for kind, state, number in await self.session.execute(
            select(OutboxMessage.kind, OutboxMessage.state, func.count())
            # Messages that were merged count as one.
            .where(*mine, OutboxMessage.carried_by.is_(None))
            .group_by(OutboxMessage.kind, OutboxMessage.state)
        ):
            name = state.value if state.value in _COUNTED else "waiting"
            effects[kind][name] = effects[kind].get(name, 0) + number
        earlier = aliased(OutboxMessage)
        brought_in = (
            select(earlier.id)
            .where(
                earlier.chat_id == Reading.chat_id,
                earlier.kind.in_(ALL_KINDS),
                earlier.state == OutboxState.SENT,
                earlier.carried_by.is_(None),
                earlier.sent_at <= Reading.submitted_at,
                or_(earlier.not_after.is_(None), earlier.not_after > Reading.submitted_at),
            )
            .order_by(earlier.sent_at.desc(), earlier.id.desc())
            .limit(1)
            .correlate(Reading)
            .scalar_subquery()
        )
        readings = (
            select(Reading.id, brought_in.label("reminder_id"))
            .where(
                Reading.source == ReadingSource.SELF,
                Reading.state != ReadingState.CANCELLED,
                Reading.submitted_at >= since,
            )
            .subquery()
        )
        for kind, number, answered in await self.session.execute(
            select(OutboxMessage.kind, func.count(), func.count(readings.c.reminder_id.distinct()))
            .join(readings, readings.c.reminder_id == OutboxMessage.id)
            .where(*mine)
            .group_by(OutboxMessage.kind)
        ):
            effects[kind] |= {"readings": number, "answered": answered}
        return {kind: ReminderResults(**counts) for kind, counts in effects.items()}

    # -- windows that an import removes --

    async def withdraw(self, window_ids: Sequence[int]) -> None:
        """Record windows that are about to be removed, so that informed chats are told."""
        gone = select(
            EntryWindow.supply_point_id, EntryWindow.starts_at, EntryWindow.ends_at
        ).where(EntryWindow.id.in_(window_ids), EntryWindow.planned_at.is_not(None))
        await self.session.execute(
            self.insert(WithdrawnWindow).from_select(
                ["supply_point_id", "starts_at", "ends_at"], gone
            )
        )

    async def note_first_own(self, point_ids: Sequence[int], *, now: datetime) -> None:
        """Record points that are about to get windows of their own, and had none.

        The company's windows no longer apply to them, and chats informed about those are told.
        """
        own = aliased(EntryWindow)
        company = (
            select(SupplyPoint.id, EntryWindow.starts_at, EntryWindow.ends_at)
            .join(EntryWindow, EntryWindow.supply_point_id.is_(None))
            .where(
                SupplyPoint.id.in_(point_ids),
                ~exists().where(own.supply_point_id == SupplyPoint.id),
                EntryWindow.ends_at > now,
                EntryWindow.planned_at.is_not(None),
            )
        )
        await self.session.execute(
            self.insert(WithdrawnWindow).from_select(
                ["supply_point_id", "starts_at", "ends_at"], company
            )
        )

    async def tell_of_changes(self, *, hours: Hours, now: datetime) -> bool:
        """Queue notices for chats that were told about a removed window; False if none is left.

        Some hundreds at a time, as ``fire`` does.
        """
        gone = await self.all(select(WithdrawnWindow).order_by(WithdrawnWindow.id).limit(_AT_ONCE))
        if not gone:
            return False
        company = next((each for each in gone if each.supply_point_id is None), None)
        if company is not None:
            if company.ends_at <= now or not await self._tell_all(company, hours=hours, now=now):
                await self.session.delete(company)
            return True
        ids = [each.id for each in gone]
        await self._insert_changes(_told_of_own(ids), hours=hours, now=now)
        await self.session.execute(delete(WithdrawnWindow).where(WithdrawnWindow.id.in_(ids)))
        return True

    async def _tell_all(self, window: WithdrawnWindow, *, hours: Hours, now: datetime) -> bool:
        """The same for the next chats that were told about a removed window of the company's."""
        told = _told_of(window.starts_at, window.ends_at)
        last = await self.session.scalar(
            select(func.max(text("id"))).select_from(
                select(OutboxMessage.id)
                .where(told, OutboxMessage.id > window.after_message_id)
                .order_by(OutboxMessage.id)
                .limit(_AT_ONCE)
                .subquery()
            )
        )
        if last is None:
            return False
        here = and_(told, OutboxMessage.id > window.after_message_id, OutboxMessage.id <= last)
        about = _opening_of(window.starts_at, window.ends_at)
        await self._insert_changes(
            select(OutboxMessage.chat_id, about.label("about_id"))
            .where(here, about.is_not(None))
            .subquery(),
            hours=hours,
            now=now,
        )
        window.after_message_id = last
        return True

    async def _insert_changes(self, told: object, *, hours: Hours, now: datetime) -> None:
        chat_id, about_id = told.c.chat_id, told.c.about_id  # type: ignore[attr-defined]
        ends_at = (
            select(ReminderRound.ends_at).where(ReminderRound.id == about_id).scalar_subquery()
        )
        rows = (
            select(chat_id)
            .distinct()
            .select_from(told)  # type: ignore[arg-type]
            .join(Chat, Chat.id == chat_id)
            .outerjoin(ChatPreferences, ChatPreferences.chat_id == chat_id)
            .where(
                Chat.blocked_at.is_(None),
                func.coalesce(ChatPreferences.tell_window, _bool(_USUAL.tell_window)),
            )
        )
        await Outbox(self.session).queue_for(
            rows,
            key=(_CHANGED, f"{now:%Y%m%d%H%M}", about_id, chat_id),
            kind=WindowChanged,
            chat_id=chat_id,
            about_id=about_id,
            bulk=True,
            not_before=hours.first(now),
            not_after=ends_at,
            now=now,
        )


def _bool(value: bool) -> ColumnElement[bool]:
    return true() if value else false()


def _wanted(occasion: ReminderRound) -> ColumnElement[bool]:
    """Whether the chat wants this reminder; chats without a choice have the defaults."""
    chosen = {
        ReminderKind.OPENS: (ChatPreferences.remind_when_open, _USUAL.remind_when_open),
        ReminderKind.CLOSING: (ChatPreferences.remind_before_close, _USUAL.remind_before_close),
        ReminderKind.LAST_DAY: (ChatPreferences.remind_last_day, _USUAL.remind_last_day),
    }
    column, usual = chosen[occasion.kind]
    wanted = func.coalesce(column, _bool(usual))
    if occasion.kind is not ReminderKind.CLOSING:
        return wanted == true()
    days = func.coalesce(ChatPreferences.days_before_close, _USUAL.days_before_close)
    return and_(wanted, days == occasion.days)


def _told_of(starts_at: datetime, ends_at: datetime) -> ColumnElement[bool]:
    """Messages that announced a window, or promise to: those of *Avvisami*."""
    rounds = select(ReminderRound.id).where(
        ReminderRound.ends_at == ends_at, ReminderRound.starts_at == starts_at
    )
    return or_(
        and_(
            OutboxMessage.kind.in_(_ROUNDS),
            OutboxMessage.about_id.in_(rounds),
            OutboxMessage.state == OutboxState.SENT,
        ),
        and_(
            OutboxMessage.kind == _ASKED,
            OutboxMessage.not_after == ends_at,
            OutboxMessage.state == OutboxState.QUEUED,
        ),
    )


def _opening_of(starts_at: datetime, ends_at: datetime) -> ColumnElement[int]:
    """The round of a window's opening."""
    return (
        select(func.min(ReminderRound.id))
        .where(
            ReminderRound.ends_at == ends_at,
            ReminderRound.starts_at == starts_at,
            ReminderRound.kind == ReminderKind.OPENS,
        )
        .scalar_subquery()
    )


def _told_of_own(withdrawn: Sequence[int]) -> object:
    """Chats that were told about points' own windows, with the opening round of each."""
    told = (
        select(OutboxMessage.chat_id, ReminderRound.id.label("about_id"))
        .select_from(WithdrawnWindow)
        .join(
            ReminderRound,
            and_(
                ReminderRound.ends_at == WithdrawnWindow.ends_at,
                ReminderRound.starts_at == WithdrawnWindow.starts_at,
                ReminderRound.kind == ReminderKind.OPENS,
            ),
        )
        .join(SupplyPoint, SupplyPoint.id == WithdrawnWindow.supply_point_id)
        .join(
            ChatLink,
            and_(ChatLink.customer_id == SupplyPoint.customer_id, ChatLink.revoked_at.is_(None)),
        )
        .join(OutboxMessage, OutboxMessage.chat_id == ChatLink.chat_id)
        .where(
            WithdrawnWindow.id.in_(withdrawn),
            or_(
                and_(
                    OutboxMessage.kind.in_(_ROUNDS),
                    OutboxMessage.not_after == WithdrawnWindow.ends_at,
                    OutboxMessage.state == OutboxState.SENT,
                ),
                and_(  # by a notice of a change, which states the new window
                    OutboxMessage.kind == _CHANGED,
                    OutboxMessage.not_after > WithdrawnWindow.starts_at,
                    OutboxMessage.state == OutboxState.SENT,
                ),
                and_(
                    OutboxMessage.kind == _ASKED,
                    OutboxMessage.not_after == WithdrawnWindow.ends_at,
                    OutboxMessage.state == OutboxState.QUEUED,
                ),
            ),
        )
    )
    return told.subquery()
