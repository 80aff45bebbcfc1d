"""Imports the distributor's outcomes: whether each reading is valid, or refused and why.

``esiti.csv`` (``punto;data;esito;note``), or XML in the layouts of ``tal``, zipped or not; the
first bytes tell which. The whole file is checked against the database before its first outcome is
written. Writing uses transactions of at most a thousand rows, each with the customers' notices, so
that other writers never wait long. Importing an outcome again changes nothing, so after an
interruption the next import writes what is missing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, and_, bindparam, func, or_, select, text, tuple_, update

from storage.engine import Store
from storage.exchange.cells import CellError
from storage.exchange.kinds import Checked, upsert, write
from storage.exchange.outcome_rows import ROWS_AT_ONCE, OutcomeRow, parsed, problem, stage
from storage.exchange.report import Counts, FileReport, FileStatus
from storage.exchange.staging import Staging
from storage.models import (
    AsideReason,
    ChatLink,
    ChatPreferences,
    OutboxMessage,
    OutboxState,
    Outcome,
    OutcomeAside,
    Reading,
    ReadingState,
    SupplyPoint,
)
from storage.models.sealed import bound_value
from storage.notices import ReadingOutcome, ReceiptOutcome
from storage.repositories.hours import Hours, everybodys_hours
from storage.rules.quiet_hours import NEVER_QUIET, QuietHours
from storage.unit import ReadUnit, Unit

_READINGS: Table = Reading.metadata.tables["readings"]
_ASIDE: Table = OutcomeAside.metadata.tables["outcomes_aside"]
_OUTBOX: Table = OutboxMessage.metadata.tables["outbox"]
_UTC = ZoneInfo("UTC")


async def import_outcomes(
    store: Store,
    path: Path,
    *,
    now: datetime,
    quiet_hours: QuietHours = NEVER_QUIET,
    zone: ZoneInfo = _UTC,
) -> FileReport:
    """Import a file of outcomes, completely or not at all.

    An outcome that is already stored changes nothing. A new one is stored with its reading, and a
    message of kind ``outcome`` is queued once for the chat that submitted it. An outcome with an
    unknown code, or with other values than ours, is set aside for ``sportello review`` and is no
    reason to refuse the file.

    Args:
        store: where the readings are.
        path: ``esiti.csv`` under any name, or XML in the TAL layout.
        now: the instant of the import.
        quiet_hours: the default hours in which no notice is sent, for chats that chose none.
        zone: the zone of those hours.

    Returns:
        Taken, unchanged, stopped, or refused with every row that is wrong. XML has no lines: its
        problems count the readings of the file.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is unavailable; what was written stays, and the same
            import writes the rest.
    """
    report = FileReport(str(path), FileStatus.REFUSED)
    with Staging() as staging:
        is_xml = await asyncio.to_thread(stage, path, staging, report)
        report.rows = staging.count
        async with store.reading() as unit:
            hours = await everybodys_hours(unit.preferences, quiet_hours, zone)
        for after in range(0, staging.count, ROWS_AT_ONCE):
            rows = await asyncio.to_thread(parsed, staging, after)
            async with store.reading() as unit:
                judged = await _judge(unit, rows, now=now)
            _note(report, judged, is_xml=is_xml)
        if report.problem_count:
            return report
        for after in range(0, staging.count, ROWS_AT_ONCE):
            rows = await asyncio.to_thread(parsed, staging, after)
            async with store.unit() as unit:
                judged = await _judge(unit, rows, now=now)
                if judged.problems:  # the database has changed since the check
                    _note(report, judged, is_xml=is_xml)
                    report.status = FileStatus.STOPPED
                    return report
                await _apply(unit, judged, hours=hours, now=now)
                await unit.commit()
            report.counts.add(judged.counts)
    changed = report.counts.changed_anything
    report.status = FileStatus.TAKEN if changed else FileStatus.UNCHANGED
    return report


@dataclass(slots=True)
class _Judged:
    """What rows change in the readings as they are now, or why one of them is refused.

    ``change_keys`` are the readings whose customers are told, each with a key that is unique for
    this change. ``aside`` are outcomes for a person to check, ``settled`` the points and days of
    those that were applied. ``problems`` are numbers of rows with their errors.
    """

    counts: Counts = field(default_factory=Counts)
    changes: list[dict[str, Any]] = field(default_factory=list)
    news: list[dict[str, Any]] = field(default_factory=list)
    change_keys: dict[int, str] = field(default_factory=dict)
    aside: list[dict[str, Any]] = field(default_factory=list)
    settled: list[tuple[int, date]] = field(default_factory=list)
    problems: list[tuple[int, CellError]] = field(default_factory=list)


def _note(report: FileReport, judged: _Judged, *, is_xml: bool) -> None:
    report.add_problems(
        problem(report, number, error.field, error.reason, is_xml=is_xml)
        for number, error in judged.problems
    )


async def _judge(unit: ReadUnit, rows: Sequence[Checked[OutcomeRow]], *, now: datetime) -> _Judged:
    """Compare *rows* with the readings; writes nothing."""
    readings = await _self_readings(
        unit, [(checked.row.point, checked.row.day) for checked in rows]
    )
    found = _Judged()
    for checked in rows:
        row = checked.row
        there = readings.get((row.point, row.day), [])
        outcome = row.outcome
        if any((reading.outcome, reading.outcome_note) == (outcome, row.note) for reading in there):
            found.counts.unchanged += 1
            continue
        try:
            reading = _target(there)
        except CellError as error:
            found.problems.append((checked.line, error))
            continue
        if outcome is None or _speaks_of_another(row, reading):
            found.counts.aside.append(checked.line)
            found.aside.append(_aside(row, reading, now=now))
            continue
        found.counts.updated += 1
        found.settled.append((reading.supply_point_id, row.day))
        found.changes.append(
            {
                "of": reading.id,
                "now_is": outcome,
                "because": bound_value(Reading.outcome_note, row.note, id=reading.id),
                "since": now,
            }
        )
        # A changed note on a valid reading is no news to the customer; a reason of refusal is.
        if outcome is not reading.outcome or outcome is Outcome.REFUSED:
            found.change_keys[reading.id] = _change_key(reading, outcome)
            if reading.chat_id is not None:
                found.news.append(_news(reading, found.change_keys[reading.id], now=now))
    return found


def _speaks_of_another(row: OutcomeRow, reading: Reading) -> bool:
    """Whether the file has other values than the reading; False where it has none."""
    pairs = ((row.meter, reading.meter), (row.corrector, reading.corrector))
    return any(theirs is not None and theirs != ours for theirs, ours in pairs)


def _aside(row: OutcomeRow, reading: Reading, *, now: datetime) -> dict[str, Any]:
    unknown = row.outcome is None
    return {
        "key": f"{row.point}|{row.day.isoformat()}|{row.code}|{row.meter}|{row.corrector}",
        "supply_point_id": reading.supply_point_id,
        "day": row.day,
        "reason": AsideReason.UNKNOWN_CODE if unknown else AsideReason.OTHER_NUMBERS,
        "code": row.code,
        "note": row.note,
        "meter": row.meter,
        "corrector": row.corrector,
        "received_at": now,
    }


async def _apply(unit: Unit, judged: _Judged, *, hours: Hours, now: datetime) -> None:
    """Write outcomes, and queue the notices."""
    await write(
        unit,
        update(_READINGS)
        .where(_READINGS.c.id == bindparam("of"))
        .values(
            outcome=bindparam("now_is"),
            outcome_note=bindparam("because"),
            outcome_at=bindparam("since"),
        ),
        judged.changes,
    )
    await unit.outcomes.settle(judged.settled)
    await write(
        unit, upsert(unit.outbox.dialect, _ASIDE, key=["key"], update=["note"]), judged.aside
    )
    notices = await _notices(unit, judged.change_keys, hours=hours, now=now)
    await write(
        unit,
        upsert(unit.outbox.dialect, _OUTBOX, key=["key"], update=[]),
        [*judged.news, *notices],
    )


def _target(there: Sequence[Reading]) -> Reading:
    """The self-reading that a new outcome is about; *there* are those of the day, newest first.

    The one that is not refused, or else the newest refused one, whose outcome is corrected.
    """
    if not there:
        raise CellError("unknown reading: no self-reading of that point and day", "punto")
    live = [reading for reading in there if reading.outcome is not Outcome.REFUSED]
    reading = (live or there)[0]
    if reading.state is not ReadingState.ACQUIRED:
        raise CellError("unknown reading: that of this day is not acquired yet", "data")
    return reading


async def _notices(
    unit: Unit, change_keys: Mapping[int, str], *, hours: Hours, now: datetime
) -> list[dict[str, Any]]:
    """Notices for the chat that submitted each reading, and for others that asked for them."""
    found = await unit.session.execute(
        select(Reading.id, ChatLink.chat_id, hours.first(now))
        .join(ChatLink, ChatLink.customer_id == Reading.customer_id)
        .outerjoin(ChatPreferences, ChatPreferences.chat_id == ChatLink.chat_id)
        .where(
            Reading.id.in_(change_keys),
            ChatLink.revoked_at.is_(None),
            or_(
                and_(
                    ChatLink.chat_id == Reading.chat_id,
                    or_(ChatPreferences.chat_id.is_(None), ChatPreferences.tell_outcome),
                ),
                and_(
                    func.coalesce(Reading.chat_id, 0) != ChatLink.chat_id,
                    ChatPreferences.tell_of_others,
                ),
            ),
        )
    )
    return [
        _message(
            f"{ReadingOutcome.kind}:{reading_id}:{change_keys[reading_id]}:{chat_id}",
            ReadingOutcome.kind,
            chat_id,
            reading_id,
            not_before=not_before,
            now=now,
        )
        for reading_id, chat_id, not_before in found
    ]


def _change_key(reading: Reading, outcome: Outcome) -> str:
    """A key of this change of a reading's outcome, for the outbox's unique keys.

    The outcome and the instant of the previous one: refused, valid and refused again are three
    changes. Two imports of the same change at once make the same key, and so one message.
    """
    before = reading.outcome_at
    return outcome.value if before is None else f"{outcome.value}:{before.timestamp():.6f}"


def _news(reading: Reading, change_key: str, *, now: datetime) -> dict[str, Any]:
    key = f"{ReceiptOutcome.kind}:{reading.id}:{change_key}"
    return _message(key, ReceiptOutcome.kind, reading.chat_id, reading.id, not_before=now, now=now)


def _message(
    key: str,
    kind: str,
    chat_id: int | None,
    reading_id: int,
    *,
    not_before: datetime,
    now: datetime,
) -> dict[str, Any]:
    return {
        "key": key,
        "kind": kind,
        "chat_id": chat_id,
        "reading_id": reading_id,
        "bulk": True,  # the whole file's: an answer to a ticket goes first
        "not_before": not_before,
        "state": OutboxState.QUEUED,
        "attempts": 0,
        "created_at": now,
    }


async def _self_readings(
    unit: ReadUnit, keys: Sequence[tuple[str, date]]
) -> dict[tuple[str, date], list[Reading]]:
    """The self-readings of these points and days that are not cancelled, newest first."""
    found = await unit.session.execute(
        select(SupplyPoint.code, Reading)
        .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
        .where(
            text("source = 'autolettura'"),
            Reading.state != ReadingState.CANCELLED,
            tuple_(SupplyPoint.code, Reading.day).in_(keys),
        )
        .order_by(Reading.id.desc())
    )
    readings: dict[tuple[str, date], list[Reading]] = {}
    for code, reading in found:
        readings.setdefault((code, reading.day), []).append(reading)
    return readings
