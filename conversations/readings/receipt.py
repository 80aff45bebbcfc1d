"""The receipt of a reading, and its state in lists."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from conversations.kit.points import point_title
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.texts import Words
from storage.models import Outcome, Reading, ReadingState, SupplyPoint
from storage.rules.windows import local_day


@dataclass(frozen=True, slots=True)
class AskCancel(Tap, code="c"):
    """*Cancella*; ``page`` is the page of the list that it is on, if any."""

    reading_id: int
    page: int | None


def receipt_text(
    words: Words, point: SupplyPoint, reading: Reading, due: datetime, *, now: datetime
) -> Markup:
    """The reading and its state.

    Args:
        words: the customer's language.
        point: where it was read.
        reading: the reading.
        due: the next acquisition, for a reading that waits for it.
        now: the current instant.
    """
    head = {
        ReadingState.CANCELLED: words("🗑 <b>Lettura cancellata</b>"),
    }.get(reading.state, words("✅ <b>Lettura salvata</b>"))
    return words(
        "{head}\n{point}\n\n{numbers}\n{state}",
        head=head,
        point=point_title(words, point),
        numbers=numbers(words, reading),
        state=state_line(words, reading, due, now=now),
    )


def receipt_view(
    words: Words, point: SupplyPoint, reading: Reading, due: datetime, *, now: datetime
) -> View:
    """The current receipt, with *Cancella* while that is possible."""
    rows: Rows = ()
    if reading.state is ReadingState.PENDING:
        rows = ((button(words.plain("Cancella"), AskCancel(reading.id, None)),),)
    return View(receipt_text(words, point, reading, due, now=now), rows)


def numbers(words: Words, reading: Reading) -> Markup:
    """The day and the values of the counters."""
    lines = [
        words("Data lettura: <b>{day}</b>", day=words.day(reading.day)),
        words("Lettura contatore: <b>{value}</b>", value=words.number(reading.meter)),
    ]
    if reading.corrector is not None:
        lines.append(
            words("Lettura correttore: <b>{value}</b>", value=words.number(reading.corrector))
        )
    return Markup("\n").join(lines)


def state_line(words: Words, reading: Reading, due: datetime, *, now: datetime) -> Markup:
    """The state of the reading, and what the customer can still do."""
    if reading.outcome is Outcome.REFUSED:
        return words("❌ <b>Respinta</b> dal distributore")
    match reading.state:
        case ReadingState.PENDING:
            day = local_day(due, words.zone)
            if day != local_day(now, words.zone):
                return words(
                    "🕐 <b>Da acquisire</b>: la prendiamo in carico il {day} alle {time}. Non devi "
                    "fare altro; fino ad allora si può cancellare.",
                    day=words.day(day),
                    time=words.time(due),
                )
            return words(
                "🕐 <b>Da acquisire</b>: la prendiamo in carico alle {time}. Non devi fare altro; "
                "fino ad allora si può cancellare.",
                time=words.time(due),
            )
        case ReadingState.CLAIMED:
            return words("🕐 <b>Da acquisire</b>: l'acquisizione è in corso.")
        case ReadingState.CANCELLED:
            return words("Non sarà acquisita.")
        case ReadingState.ACQUIRED:
            line = words("☑️ <b>Acquisita</b>")
            if reading.outcome is Outcome.VALID:
                line += words(" e confermata dal distributore")
            return line


def short_state(words: Words, reading: Reading) -> Markup:
    """The state in a list."""
    if reading.outcome is Outcome.REFUSED:
        return words("❌ Respinta")
    if reading.state is ReadingState.ACQUIRED:
        return words("☑️ Acquisita")
    return words("🕐 Da acquisire")
