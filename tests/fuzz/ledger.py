"""The plain model: what customers have been told of their readings, and what must follow from it.

It knows nothing of the program. It reads what stands in the chats, as a customer would, and holds
it against the rules of ``product.md``: windows, one reading a day, who may write.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from tests.fuzz.cast import OWNERS, ROME

GRACE = timedelta(minutes=10)

SAVED = {"Lettura salvata", "Reading saved"}
DELETED = {"Lettura cancellata", "Reading deleted"}
_DAY = r"(?P<day>\d\d/\d\d/\d{4})"
_NUMBER = r"[\d.,]+"
_POINT = r".+\n(?:PDR|POD) (?P<point>\w+)"
_RECEIPT = re.compile(
    rf"✅ (?:Lettura salvata|Reading saved)\n{_POINT}\n\n"
    rf"(?:Data lettura|Reading date): {_DAY}\n"
    rf"(?:Lettura contatore|Meter reading): (?P<meter>{_NUMBER})\n"
    rf"(?:(?:Lettura correttore|Corrector reading): (?P<corrector>{_NUMBER})\n)?"
)
_SUMMARY = re.compile(
    rf"(?:Riepilogo|Summary)\n{_POINT}\n\n"
    rf"(?:Data lettura|Reading date): {_DAY}\n"
    rf"(?:Lettura contatore|Meter reading): (?P<meter>{_NUMBER})"
    rf"(?:\n(?:Lettura correttore|Corrector reading): (?P<corrector>{_NUMBER}))?"
)
_CANCELLED = re.compile(
    rf"🗑 (?:La lettura del|The reading of) {_DAY} (?:è stata cancellata|has been deleted)\.\n"
    rf"{_POINT}"
)
_LIST = re.compile(rf"(?:Elenco autoletture|List of readings)\n{_POINT}\n")
_LISTED = re.compile(
    rf"^{_DAY} · (?P<meter>{_NUMBER})"
    rf"(?: · (?:correttore|corrector) (?P<corrector>{_NUMBER}))? · (?P<state>🕐|☑️|❌)",
    re.MULTILINE,
)
_SUMMARIES = ("Riepilogo", "Summary")
_SHOWN = re.compile(
    rf"(?:PDR|POD) (?P<point>\w+)\n+(?:[^\n]*(?:c'è già|already)[^\n]*\n+)?"
    rf"(?:Data lettura|Reading date): {_DAY}\n"
    rf"(?:Lettura contatore|Meter reading): (?P<meter>{_NUMBER})"
    rf"(?:\n(?:Lettura correttore|Corrector reading): (?P<corrector>{_NUMBER}))?"
)
_NUMBER_TYPED = re.compile(r"\d+|\d{1,3}(?:([. \u00a0'’])\d{3})(?:\1\d{3})*", re.ASCII)


class Claim(NamedTuple):
    """A reading as a receipt or a file tells of it."""

    point: str
    day: date
    meter: int
    corrector: int | None


@dataclass(eq=False)
class Told:
    """A reading that a customer was told is saved."""

    claim: Claim
    customer: str
    cancelled: bool = False
    refused: bool = False
    valid: bool = False

    @property
    def is_newest_screen(self) -> bool:
        return not (self.cancelled or self.refused)


class Period(NamedTuple):
    """An entry window; a point without a code of its own means everybody's."""

    point: str | None
    start: datetime
    end: datetime


class Ledger:
    """Everything that was confirmed to anybody, and the world that it was confirmed in."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.owners = dict(OWNERS)
        self.since: dict[str, date] = {}
        self.until: dict[str, date] = {}
        self.windows: list[Period] = []
        self.typed: dict[int, set[int]] = {}

    # -- what happens --

    def hears(self, chat: int, text: str) -> None:
        """Somebody wrote something; whatever of it is a number may become a reading."""
        number = read_number(text)
        if number is not None:
            self.typed.setdefault(chat, set()).add(number)

    def was_saved(self, chat: int, tapped: str, texts: Iterable[str], now: datetime) -> Told:
        """A tap was answered with *Lettura salvata*.

        Args:
            chat: where.
            tapped: what the message said that was tapped.
            texts: what it showed after that.
            now: the present moment.
        """
        found = [match for text in texts if (match := _RECEIPT.match(text))]
        assert found, "a reading was called saved, and no receipt was shown"
        claim = _claim(found[0])
        point, day = claim.point, claim.day
        summary = _SUMMARY.match(tapped)
        assert summary is None or _claim(summary) == claim, f"{claim} was saved on seeing {tapped}"
        assert self._takes_readings(point, day, now), f"{point} was not open for {day} at {now}"
        assert day >= self.since.get(point, date.min), f"{point}: {day} lies before its supply"
        assert day < self.until.get(point, date.max), f"{point}: {day} lies after its supply"
        assert not any(
            each.is_newest_screen and (each.claim.point, each.claim.day) == (point, day)
            for each in self.told
        ), f"{point} has two readings of {day}"
        numbers = {claim.meter} if claim.corrector is None else {claim.meter, claim.corrector}
        unsaid = numbers - self.typed.get(chat, set())
        assert not unsaid, f"nobody wrote {unsaid} in chat {chat}"
        told = Told(claim, self.owners[point])
        self.told.append(told)
        return told

    def was_cancelled(self, texts: Iterable[str], handed_over: Counter[Claim]) -> Told:
        """A tap was answered with *Lettura cancellata*."""
        found = [match for text in texts if (match := _CANCELLED.match(text))]
        assert found, "a reading was called deleted, and the screen does not say which"
        point, day = found[0]["point"], _day(found[0]["day"])
        told = [
            each
            for each in self.told
            if each.is_newest_screen and (each.claim.point, each.claim.day) == (point, day)
        ]
        assert len(told) == 1, f"{point}, {day}: {len(told)} readings could have been deleted"
        claim = told[0].claim
        alike = [each for each in self.told if each.claim == claim and not each.cancelled]
        assert handed_over[claim] < len(alike), f"{claim} was deleted after its acquisition"
        told[0].cancelled = True
        return told[0]

    def moves(self, point: str, customer: str, since: date, until: date | None) -> None:
        """The company gave a point to a customer, or ended its supply."""
        self.owners[point] = customer
        self.since[point], self.until[point] = since, until or date.max

    def awaiting_outcome(self, handed_over: Counter[Claim]) -> list[Told]:
        """What was handed over, and the distributor has not spoken of."""
        return [
            each
            for each in self.told
            if each.is_newest_screen
            and not each.valid
            and handed_over[each.claim] == self.to_hand_over()[each.claim]
        ]

    def is_open(self, now: datetime) -> bool:
        """Whether everybody's window is open."""
        return any(each.point is None and each.start <= now < each.end for each in self.windows)

    # -- what must hold --

    def readings(self) -> Counter[tuple[Claim, str, bool, bool]]:
        """What the store must hold: each reading, whose it is, whether cancelled, or refused."""
        return Counter(
            (each.claim, each.customer, each.cancelled, each.refused) for each in self.told
        )

    def to_hand_over(self) -> Counter[Claim]:
        """What the company's files must hold once everything is acquired."""
        return Counter(each.claim for each in self.told if not each.cancelled)

    def check_list(
        self, text: str, before: Counter[Claim], after: Counter[Claim], former: Mapping[str, str]
    ) -> None:
        """Whatever a list shows was told to this customer, and stands as the list says.

        Args:
            text: what was shown.
            before: what the files held before the step.
            after: what they hold now.
            former: who had which point before the step.
        """
        head = _LIST.match(text)
        if head is None:
            return
        point = head["point"]
        owners = {self.owners[point], former[point]}
        for line in _LISTED.finditer(text):
            claim = _claim(line, point)
            told = [each for each in self.told if each.claim == claim and each.customer in owners]
            assert told, f"a list shows {claim}, which nobody of {owners} was told of"
            states = {
                "☑️": bool(after[claim]),
                "🕐": before[claim] < len([each for each in told if not each.cancelled])
                or any(each.cancelled for each in told),
                "❌": any(each.refused for each in told),
            }
            assert states[line["state"]], f"a list shows {claim} as {line['state']}"

    def check_shown(self, text: str, customers: set[str]) -> None:
        """A reading that a screen tells of was told to one of *customers*."""
        if text.startswith(_SUMMARIES):
            return
        for match in _SHOWN.finditer(text):
            claim = _claim(match)
            assert any(each.claim == claim and each.customer in customers for each in self.told), (
                f"{claim} was shown, which is none of {customers}: {text}"
            )

    def _takes_readings(self, point: str, day: date, now: datetime) -> bool:
        """Whether a reading of *day* may be saved at *now*."""
        for start, end in self._united(point):
            if start <= now < end and day == _local(now):
                return True
            if end <= now < end + GRACE and _local(start) <= day <= _local(end):
                return True
        return False

    def _united(self, point: str) -> Iterator[tuple[datetime, datetime]]:
        own = [each for each in self.windows if each.point == point]
        windows = own or [each for each in self.windows if each.point is None]
        start = end = None
        for each in sorted(windows, key=lambda each: each.start):
            if start is None or end is None:
                start, end = each.start, each.end
            elif each.start <= end:
                end = max(end, each.end)
            else:
                yield start, end
                start, end = each.start, each.end
        if start is not None and end is not None:
            yield start, end


def read_number(text: str) -> int | None:
    """A count as the product takes it: digits, or exact groups of three; None where it is none."""
    text = text.strip()
    if len(text) > 40 or not _NUMBER_TYPED.fullmatch(text):
        return None
    return int(re.sub(r"\D", "", text))


def instant(day: date, hour: time) -> datetime:
    """When clocks in Rome first show *hour* or more on *day*, found by looking at each minute."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    wanted = datetime.combine(day, hour)
    while moment.astimezone(ROME).replace(tzinfo=None) < wanted:
        moment += timedelta(minutes=1)
    return moment


def _local(moment: datetime) -> date:
    return moment.astimezone(ROME).date()


def _day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


def _claim(match: re.Match[str], point: str | None = None) -> Claim:
    corrector = match["corrector"]
    return Claim(
        point or match["point"],
        _day(match["day"]),
        int(re.sub(r"\D", "", match["meter"])),
        int(re.sub(r"\D", "", corrector)) if corrector else None,
    )
