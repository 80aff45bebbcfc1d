"""Notices about readings: acquired, confirmed, or refused with the reason."""

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.points import point_title
from conversations.kit.unasked import Later, Maker, Telling, on_notice, on_notices
from conversations.kit.views import Edit, Effect, Rows, Say, View, button
from conversations.readings.receipt import numbers, receipt_view
from conversations.readings.reminders import until
from conversations.readings.submit.screens import ReadPoint
from conversations.readings.submit.situation import ToRead, to_read
from conversations.texts import Words
from storage.models import Outcome, Reading, ReadingState
from storage.notices import (
    ReadingAcquired,
    ReadingOutcome,
    ReceiptAcquired,
    ReceiptCancelled,
    ReceiptOutcome,
)

_TOLD_IN_FULL = 3
_LISTED = 15
_BUTTONS = 6
_REASON_LENGTH = 300
_LOOK_AGAIN = timedelta(minutes=1)
_ON_ITS_WAY = timedelta(hours=1)


def makers() -> list[Maker]:
    """The notices of readings: receipts are edited, others are new messages."""
    return [
        on_notice(ReceiptAcquired, receipt),
        on_notice(ReceiptCancelled, receipt),
        on_notice(ReceiptOutcome, receipt),
        on_notices([ReadingAcquired], acquired),
        on_notices([ReadingOutcome], outcome),
    ]


async def receipt(
    telling: Telling, notice: ReceiptAcquired | ReceiptCancelled | ReceiptOutcome
) -> list[Effect] | Later:
    """Edit the receipt to show the reading's current state, without a new message."""
    reading = await telling.unit.readings.with_point(notice.reading_id)
    if reading is None or reading.chat_id != telling.chat_id:  # the chat has been forgotten
        return []
    now = telling.now
    if reading.receipt_message_id is None:
        # The receipt is still being sent, or never arrived; then there is nothing to edit.
        return Later(now + _LOOK_AGAIN) if now < telling.queued_at + _ON_ITS_WAY else []
    due = telling.services.next_acquisition(now)
    view = receipt_view(telling.words, reading.supply_point, reading, due, now=now)
    return [Edit(message_id=reading.receipt_message_id, view=view, or_say=False)]


async def acquired(telling: Telling, notices: Sequence[ReadingAcquired]) -> list[Effect]:
    """Say that readings were acquired, to chats that asked for it."""
    words = telling.words
    preferences = await telling.unit.preferences.of(telling.chat_id)
    readings = [
        reading
        for reading in await _readings(telling, notices)
        if reading.state is ReadingState.ACQUIRED
        and (
            preferences.tell_acquired
            if reading.chat_id == telling.chat_id
            else preferences.tell_of_others
        )
    ]
    if not readings:
        return []
    head = words.plural(
        "☑️ <b>Lettura acquisita</b>", "☑️ <b>{n} letture acquisite</b>", len(readings)
    )
    parts = [head, *_told(words, readings)]
    return [Say(View(Markup("\n").join(parts)))]


async def outcome(telling: Telling, notices: Sequence[ReadingOutcome]) -> list[Effect]:
    """Report the distributor's answers; after a refusal, how to read again."""
    unit, words, chat_id = telling.unit, telling.words, telling.chat_id
    preferences = await unit.preferences.of(chat_id)
    readings = [
        reading
        for reading in await _readings(telling, notices)
        if reading.outcome is not Outcome.NONE
        and (preferences.tell_outcome if reading.chat_id == chat_id else preferences.tell_of_others)
    ]
    refused = [each for each in readings if each.outcome is Outcome.REFUSED]
    confirmed = [each for each in readings if each.outcome is Outcome.VALID]
    effects: list[Effect] = []
    if confirmed:
        head = words.plural(
            "✅ <b>Lettura confermata</b> dal distributore",
            "✅ <b>{n} letture confermate</b> dal distributore",
            len(confirmed),
        )
        text = Markup("\n").join([head, *_told(words, confirmed)])
        effects.append(Say(View(text)))
    if refused:
        missing = await to_read(unit, telling.services, chat_id, telling.now)
        effects.append(Say(refused_view(words, refused, missing)))
    return effects


def refused_view(words: Words, refused: Sequence[Reading], missing: Sequence[ToRead]) -> View:
    """Readings that the distributor refused, each with its reason, and how to read again.

    Args:
        words: the customer's language.
        refused: the readings with their points.
        missing: the points that the chat may read now, and has not read.
    """
    head = words.plural(
        "❌ <b>Lettura respinta</b> dal distributore",
        "❌ <b>{n} letture respinte</b> dal distributore",
        len(refused),
    )
    parts = [head, *_told(words, refused)]
    points = {each.supply_point_id for each in refused}
    again = [each for each in missing if each.point.id in points]
    rows: Rows = ()
    if again:
        last = max(each.window.end for each in again)
        parts += [
            Markup(),
            words("Si può leggere di nuovo <b>{until}</b>.", until=until(words, last)),
        ]
        for each in again[:_BUTTONS]:
            label = (
                words.plain("Leggi di nuovo")
                if len(again) == 1
                else words.plain("Leggi di nuovo · {where}", where=shorten(each.point.address, 30))
            )
            rows = (*rows, (button(label, ReadPoint(each.point.id)),))
    else:
        parts += [Markup(), words("Per dubbi c'è l'assistenza: /assistenza")]
    return View(Markup("\n").join(parts), rows)


def _told(words: Words, readings: Sequence[Reading]) -> list[Markup]:
    """A few readings in detail, many in a line each."""
    if len(readings) <= _TOLD_IN_FULL:
        parts: list[Markup] = []
        for reading in readings:
            parts += [
                Markup(),
                point_title(words, reading.supply_point),
                numbers(words, reading),
                *_reason(words, reading, _REASON_LENGTH),
            ]
        return parts
    lines = [
        words(
            "• {address} · {day}: {value}",
            address=shorten(reading.supply_point.address, 40),
            day=words.day(reading.day),
            value=words.number(reading.meter),
        )
        + Markup("").join(Markup("\n   ") + each for each in _reason(words, reading, 80))
        for reading in readings[:_LISTED]
    ]
    if (more := len(readings) - _LISTED) > 0:
        lines.append(
            words.plural("…e un'altra: /letture", "…e altre {n}: si vedono con /letture", more)
        )
    return [Markup(), *lines]


def _reason(words: Words, reading: Reading, most: int) -> list[Markup]:
    if reading.outcome is not Outcome.REFUSED or not reading.outcome_note:
        return []
    return [words("Motivo: {reason}", reason=shorten(reading.outcome_note, most))]


async def _readings(
    telling: Telling, notices: Sequence[ReadingAcquired | ReadingOutcome]
) -> list[Reading]:
    """The readings of notices, each once, if the chat may see them now."""
    ids = dict.fromkeys(each.reading_id for each in notices)
    found = [await telling.unit.readings.one_of_chat(telling.chat_id, each) for each in ids]
    return [each for each in found if each is not None]
