"""Whole chats in any order: what may happen at the counter, drawn by hypothesis."""

import asyncio
import itertools
import shutil
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from storage.exchange.importing import import_paths
from storage.exchange.outcomes import import_outcomes
from storage.exchange.report import FileStatus
from tests.fuzz import saying
from tests.fuzz.cast import CLIENTS, GUESTS, POINTS_HEADER, READABLE, ROME, Stage
from tests.fuzz.counter import BURST, Button, Figures, PlayCounter, Seat
from tests.fuzz.ledger import Period, instant
from tests.fuzz.lives import KilledError
from tests.support.pictures import plain_png

_CALM = 6
"""How many steps lie at least between one end of the service and the next."""
_ON_THE_WAY = (0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8)
_MOST_ANSWERS = 7
_TOLD = 200
"""How many lines of a play are told when it fails."""
PICTURE = plain_png(40, 30)
STARTS = (
    datetime(2026, 2, 15, 10, 0, tzinfo=ROME),
    datetime(2026, 2, 28, 23, 50, tzinfo=ROME),
    datetime(2026, 3, 29, 1, 40, tzinfo=ROME),
    datetime(2026, 10, 25, 2, 20, tzinfo=ROME),
    datetime(2026, 12, 31, 23, 30, tzinfo=ROME),
)
JOBS = ("acquisition", "outbox", "housekeeping", "reminders", "letters", "attachments")
PAUSES = (1, 5, 9, 11, 15, 29, 30, 31, 45, 61, 180, 600, 1_440, 4_321)
WINDOWS = ("open", "open", "open", "closing", "opening", "own", "over", "united", "midnight")

CLIENT = {client.code: client for client in CLIENTS}
PLACE = {place.code: place for place in READABLE}
people = st.integers(0, len(GUESTS) - 1)
able = st.sampled_from([0, 0, 1, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6])
"""The same, most of them able to write for somebody."""
picks = st.integers(0, 10_000)
doings = st.lists(
    st.tuples(people, st.sampled_from("wnntsr"), picks, saying.texts), min_size=1, max_size=4
)


answers = st.one_of(
    st.sampled_from(["/chiudi", "/riapri", "// tra noi", "Buongiorno, arriva domani."]),
    saying.texts,
)
Deed = tuple[str, dict[str, Any]]


def _one_of(*deeds: tuple[str, dict[str, st.SearchStrategy[Any]]]) -> st.SearchStrategy[Deed]:
    return st.one_of(
        [st.tuples(st.just(name), st.fixed_dictionaries(values)) for name, values in deeds]
    )


said = _one_of(
    ("writes", {"who": people, "text": saying.texts}),
    ("writes", {"who": people, "text": st.sampled_from(saying.COMMAND_TEXTS + saying.LABELS)}),
    ("taps_what_is_new", {"who": people, "pick": picks}),
    ("taps_what_is_new", {"who": people, "pick": picks}),
    ("taps_what_was_seen", {"who": people, "pick": picks}),
    ("taps_twice", {"who": people, "pick": picks}),
    ("taps_anothers_button", {"who": people, "pick": picks}),
    ("forges", {"who": people, "data": saying.forged_data, "pick": picks}),
    (
        "alters",
        {"who": people, "pick": picks, "place": st.integers(0, 3), "value": saying.changes},
    ),
    ("sends_a_thing", {"who": people, "kind": st.sampled_from(saying.THINGS)}),
    ("sends_a_picture", {"who": people, "caption": saying.captions}),
    ("edits", {"who": people, "text": saying.texts, "pick": picks}),
    ("all_at_once", {"doings": doings}),
    ("all_at_once", {"doings": doings}),
    ("floods", {"who": people, "rare": st.integers(0, 5)}),
    ("blocks", {"who": people}),
)
meant = _one_of(
    (
        "reads",
        {"who": able, "pick": picks, "more": st.integers(0, 30), "odd": st.integers(0, 5)},
    ),
    (
        "reads_on_and_on",
        {"times": st.lists(st.tuples(able, picks, st.integers(0, 30)), min_size=1, max_size=3)},
    ),
    ("hesitates", {"who": able, "pick": picks, "more": st.integers(0, 3)}),
    ("race", {"racers": st.lists(able, min_size=2, max_size=3, unique=True), "pick": picks}),
    *[
        (
            "waits",
            {
                "who": able,
                "pick": picks,
                "minutes": st.sampled_from([-1, 0, 9, 10, 11, 12, 14, 31]),
                "until": st.sampled_from(["end", "end", "end", "midnight", "now"]),
            },
        )
    ]
    * 3,
    *[
        (
            "deletes",
            {
                "who": able,
                "pick": picks,
                "sure": st.integers(0, 3),
                "late": st.sampled_from([0, 0, 1, 2]),
            },
        )
    ]
    * 2,
    (
        "links",
        {"who": able, "client": st.sampled_from(sorted(CLIENT)), "slip": st.integers(0, 6)},
    ),
    ("invites", {"who": able, "guest": people, "pick": picks, "sure": st.integers(0, 3)}),
    ("asks", {"who": able, "pick": picks, "picture": st.booleans()}),
    ("asks", {"who": able, "pick": picks, "picture": st.booleans()}),
    ("staff_answers", {"pick": picks, "text": answers, "replies": st.booleans()}),
    ("staff_answers", {"pick": picks, "text": answers, "replies": st.booleans()}),
    ("follows_an_invitation", {"who": able, "token": picks}),
)
around = _one_of(
    ("time_passes", {"minutes": st.sampled_from(PAUSES)}),
    ("a_window_is_about_to_end", {"minutes": st.integers(-3, 12), "pick": picks}),
    ("midnight_comes", {"minutes": st.sampled_from([-5, -1, 0, 1, 6])}),
    ("job_runs", {"name": st.sampled_from(JOBS)}),
    ("acquires", {}),
    ("windows_come", {"kind": st.sampled_from(WINDOWS), "pick": picks}),
    (
        "point_changes_hands",
        {
            "point": st.sampled_from(sorted(PLACE)),
            "client": st.sampled_from(sorted(CLIENT)),
            "since": st.sampled_from([None, None, 0, 1, -3]),
            "until": st.sampled_from([None, None, None, None, 0, 2]),
        },
    ),
    ("hands_over", {"who": able, "pick": picks, "since": st.sampled_from([None, 0, -3])}),
    (
        "somebody_else_reads",
        {
            "point": st.sampled_from(sorted(PLACE)),
            "days": st.integers(0, 40),
            "more": st.integers(0, 300),
        },
    ),
    ("distributor_speaks", {"pick": picks, "refused": st.booleans()}),
    ("distributor_speaks", {"pick": picks, "refused": st.booleans()}),
    ("post_office", {"closed": st.booleans()}),
)
befalls = _one_of(
    (
        "starts_again",
        {
            "doings": doings,
            "minutes": st.sampled_from([0, 0, 5, 31, 700]),
            "late": st.booleans(),
        },
    ),
    (
        "is_killed",
        {
            "doings": doings,
            "after": st.integers(0, 25),
            "job": st.sampled_from([None, None, "acquisition", "outbox"]),
            "again": st.sampled_from([None, None, 0, 3, 12]),
        },
    ),
    *[("dies_saving", {"who": able, "pick": picks, "after": st.sampled_from(_ON_THE_WAY)})] * 2,
    *[
        (
            "dies_handing_over",
            {"who": able, "pick": picks, "after": st.sampled_from([0, 1, 2, 2, 3])},
        )
    ]
    * 2,
)


class TimeIsUpError(BaseException):
    """No further play is to begin. Hypothesis lets what is no ``Exception`` through at once."""


class Counter(RuleBasedStateMachine):
    """The service with seven chats on one side, the ledger on the other."""

    stage: ClassVar[Stage]
    runner: ClassVar[asyncio.Runner]
    folder: ClassVar[Path]
    figures: ClassVar[Figures]
    strayed: ClassVar[list[str]]
    ends_at: ClassVar[float]
    is_over: ClassVar[bool] = False
    numbers: ClassVar[Any] = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        self.play: PlayCounter | None = None
        self.whole = True
        self.calm = 0

    @property
    def c(self) -> PlayCounter:
        assert self.play is not None
        return self.play

    # -- the frame --

    @initialize(
        start=st.sampled_from(STARTS),
        window=st.sampled_from(WINDOWS),
        doubled=st.booleans(),
        mixed=st.booleans(),
        topics=st.booleans(),
    )
    def opens(self, start: datetime, window: str, doubled: bool, mixed: bool, topics: bool) -> None:
        """A counter opens: at some hour, with some window, on a better or a worse line."""
        if monotonic() > self.ends_at:
            type(self).is_over = True
            raise TimeIsUpError
        self.place = self.folder / f"play-{next(self.numbers)}"
        self.place.mkdir()
        self.play = PlayCounter(self.stage, self.place, self.figures, self.strayed)
        self.run(self._open(start, window, doubled=doubled, mixed=mixed, topics=topics))

    async def _open(
        self, start: datetime, window: str, *, doubled: bool, mixed: bool, topics: bool
    ) -> None:
        await self.c.open(start, topics=topics)
        self.c.telegram.faults.duplicate_updates(probability=0.2 if doubled else 0)
        self.c.telegram.faults.reorder_updates(on=mixed)
        await self._take_windows(window, 0)
        await self.c.look()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Does one step; once one failed, the rest of the play is not looked at."""
        self.whole = False
        try:
            self.runner.run(work)
        except BaseException as error:
            error.add_note("\n--- the play, to its end ---\n" + "\n".join(self.c.script[-_TOLD:]))
            raise
        self.whole = True

    def teardown(self) -> None:
        """The last look, and everything is put away."""
        if self.play is None:
            return
        try:
            if self.whole:
                self.run(self.c.check_end())
        finally:
            self.runner.run(self.c.close())
            shutil.rmtree(self.place)

    # -- four kinds of steps: hypothesis leaves out one or another for a whole play --

    @rule(deed=said)
    def somebody_says(self, deed: Deed) -> None:
        self._act(deed)

    @rule(deed=meant)
    def somebody_means(self, deed: Deed) -> None:
        self._act(deed)

    @rule(deed=meant)
    def somebody_means_it_again(self, deed: Deed) -> None:
        self._act(deed)

    @rule(deed=around)
    def meanwhile(self, deed: Deed) -> None:
        self._act(deed)

    @precondition(lambda self: self.calm > _CALM)
    @rule(deed=befalls)
    def befalls_the_service(self, deed: Deed) -> None:
        self._act(deed)

    def _act(self, deed: Deed) -> None:
        name, values = deed
        self.calm += 1
        getattr(self, name)(**values)

    # -- what people do --

    def writes(self, who: int, text: str) -> None:
        self.run(self._does([(who, "w", 0, text)]))

    def taps_what_is_new(self, who: int, pick: int) -> None:
        self.run(self._does([(who, "n", pick, "")]))

    def taps_what_was_seen(self, who: int, pick: int) -> None:
        self.run(self._does([(who, "s", pick, "")]))

    def taps_twice(self, who: int, pick: int) -> None:
        self.run(self._does([(who, "t", pick, "")]))

    def taps_anothers_button(self, who: int, pick: int) -> None:
        self.run(self._does([(who, "r", pick, "")]))

    def forges(self, who: int, data: str, pick: int) -> None:
        async def work() -> None:
            seat = self.c.seat(who)
            self.c.taps(seat, data, self._message_of(seat, pick))
            await self.c.look()

        self.run(work())

    def alters(self, who: int, pick: int, place: int, value: str) -> None:
        async def work() -> None:
            seat = self.c.seat(who)
            if seat.buttons:
                button = seat.buttons[-1 - pick % min(len(seat.buttons), 40)]
                data = saying.altered(button.data, place, value)
                self.c.taps(seat, data, button.message_id)
            await self.c.look()

        self.run(work())

    def sends_a_thing(self, who: int, kind: str) -> None:
        async def work() -> None:
            self.c.sends_thing(self.c.seat(who), kind)
            await self.c.look()

        self.run(work())

    def sends_a_picture(self, who: int, caption: str) -> None:
        async def work() -> None:
            self.c.sends_picture(self.c.seat(who), PICTURE, caption)
            await self.c.look()

        self.run(work())

    def edits(self, who: int, text: str, pick: int) -> None:
        async def work() -> None:
            self.c.edits(self.c.seat(who), text, pick)
            await self.c.look()

        self.run(work())

    def all_at_once(self, doings: list[tuple[int, str, int, str]]) -> None:
        self.run(self._does(doings))

    def floods(self, who: int, rare: int) -> None:
        async def work() -> None:
            if not rare:
                self.c.floods(self.c.seat(who), "/aiuto", BURST + 8)
            await self.c.look()

        self.run(work())

    def blocks(self, who: int) -> None:
        async def work() -> None:
            self.c.blocks(self.c.seat(who))
            await self.c.look()

        self.run(work())

    # -- what people mean to do --

    def reads(self, who: int, pick: int, more: int, odd: int) -> None:
        """Submits a reading, as far as the counter lets them."""
        self.run(self._reads([who], pick, more * 5 if odd else more * 997))

    def reads_on_and_on(self, times: list[tuple[int, int, int]]) -> None:
        """Submits readings one after the other, as somebody with many points does."""

        async def work() -> None:
            for who, pick, more in times:
                await self._reads([who], pick, more * 5)

        self.run(work())

    def hesitates(self, who: int, pick: int, more: int) -> None:
        """Comes to a summary, begins anew, and then taps *Salva* under the first one."""

        async def work() -> None:
            await self._makes_sure_it_is_open(pick)
            seat = self.c.seat(who)
            await self._to_summary(seat, pick, more * 5)
            first = self._of_kinds(seat, ["rs"])[:1]
            await self._to_summary(seat, pick + more, more * 5 + 5)
            for button in first:
                self.c.presses(seat, button)
            await self.c.look()

        self.run(work())

    def race(self, racers: list[int], pick: int) -> None:
        """Several submit readings, and save at the same moment."""
        self.run(self._reads(racers, pick, 35))

    def waits(self, who: int, pick: int, minutes: int, until: str) -> None:
        """Comes to a summary and lets time go by: past the window's end, say, or past midnight."""

        async def work() -> None:
            await self._makes_sure_it_is_open(pick)
            if until == "end":
                await self._take_windows("closing", pick)
            seat = self.c.seat(who)
            await self._to_summary(seat, pick, 15)
            now = self.c.clock.now()
            match until:
                case "end":
                    to = max(each.end for each in self.c.ledger.windows)
                case "midnight":
                    to = instant(now.astimezone(ROME).date() + timedelta(days=1), time(0))
                case _:
                    to = now
            self.c.moves_clock(max(to + timedelta(minutes=minutes), now))
            await self._press(seat, "rs")
            await self.c.look()

        self.run(work())

    def deletes(self, who: int, pick: int, sure: int, late: int) -> None:
        """Deletes a reading from the list, or thinks better of it, or is too late."""

        async def work() -> None:
            seat = self.c.seat(who)
            await self._says(seat, "/letture")
            await self._press(seat, "lp", "l", pick=pick)
            if late == 1:
                await self.c.job("acquisition")
            await self._press(seat, "c", pick=pick)
            if late == 2:
                await self.c.job("acquisition")
            await self._press(seat, "cy" if sure else "cn")
            await self.c.look()

        self.run(work())

    def links(self, who: int, client: str, slip: int) -> None:
        """Links a customer with the codes of an invoice; some slip."""

        async def work() -> None:
            await self._links(self.c.seat(who), [client], slip)
            await self.c.look()

        self.run(work())

    def invites(self, who: int, guest: int, pick: int, sure: int) -> None:
        """Lets somebody else in, by a link and a last word."""

        async def work() -> None:
            host, seat = self.c.seat(who), self.c.seat(guest)
            await self._says(host, "/preferenze")
            await self._press(host, "ch", pick=pick)
            await self._press(host, "ch", "iv", pick=pick)
            await self._press(host, "iv", pick=pick)
            if not await self._press(host, "ivm", pick=pick) or not self.c.invitations:
                await self.c.look()
                return
            await self._says(seat, f"/start {self.c.invitations[-1]}")
            await self._press(seat, "iva")
            await self.c.job("outbox")
            await self.c.settle()
            await self._press(host, "ivy" if sure else "ivn")
            await self.c.look()

        self.run(work())

    def asks(self, who: int, pick: int, picture: bool) -> None:
        """Writes to the staff: a new ticket, or more for one that is open."""

        async def work() -> None:
            seat = self.c.seat(who)
            words = f"biglietto-di-{seat.id} {pick}"
            await self._says(seat, "/assistenza")
            await self._press(seat, "tkn", "tk", pick=pick)
            await self._press(seat, "tkc", pick=pick)
            await self._press(seat, "tks", pick=pick)
            await self._says(seat, words)
            if picture:
                self.c.sends_picture(seat, PICTURE, words)
                await self.c.settle()
            await self._press(seat, "tkd")
            await self._press(seat, "tki")
            await self.c.job("outbox")
            await self.c.look()

        self.run(work())

    def staff_answers(self, pick: int, text: str, replies: bool) -> None:
        """Somebody of the staff answers, closes a ticket, opens it again, or talks to others."""

        async def work() -> None:
            self.c.staff_writes(text, pick, replies=replies)
            await self.c.settle()
            await self.c.job("outbox")
            await self.c.look()

        self.run(work())

    def follows_an_invitation(self, who: int, token: int) -> None:
        """Opens a link that was meant for somebody, used up perhaps."""

        async def work() -> None:
            if self.c.invitations:
                made = self.c.invitations[token % len(self.c.invitations)]
                await self._says(self.c.seat(who), f"/start {made}")
            await self.c.look()

        self.run(work())

    # -- what time, the scheduler and the company do --

    def time_passes(self, minutes: int) -> None:
        self.run(self._moves(self.c.clock.now() + timedelta(minutes=minutes)))

    def a_window_is_about_to_end(self, minutes: int, pick: int) -> None:
        """Goes to a few minutes before or after the end of some window to come."""
        ends = sorted({each.end for each in self.c.ledger.windows if each.end > self.c.clock.now()})
        end = ends[pick % len(ends)] if ends else self.c.clock.now()
        self.run(self._moves(max(end + timedelta(minutes=minutes), self.c.clock.now())))

    def midnight_comes(self, minutes: int) -> None:
        tomorrow = self.c.clock.now().astimezone(ROME).date() + timedelta(days=1)
        midnight = instant(tomorrow, time(0))
        self.run(self._moves(max(midnight + timedelta(minutes=minutes), self.c.clock.now())))

    def job_runs(self, name: str) -> None:
        async def work() -> None:
            await self.c.job(name)
            await self.c.look()

        self.run(work())

    def acquires(self) -> None:
        async def work() -> None:
            for name in ("acquisition", "outbox"):
                await self.c.job(name)
            await self.c.look()

        self.run(work())

    def windows_come(self, kind: str, pick: int) -> None:
        async def work() -> None:
            await self._take_windows(kind, pick)
            await self.c.look()

        self.run(work())

    def point_changes_hands(
        self, point: str, client: str, since: int | None, until: int | None
    ) -> None:
        async def work() -> None:
            await self._moves_point(point, client, since, until)
            await self.c.look()

        self.run(work())

    def hands_over(self, who: int, pick: int, since: int | None) -> None:
        """A point that was read goes to somebody else, who looks at its readings at once."""

        async def work() -> None:
            seat = self.c.seat(who)
            told = self.c.ledger.told
            if told and (clients := self.c.clients_of(seat)):
                point = told[pick % len(told)].claim.point
                await self._moves_point(point, clients[pick % len(clients)], since, None)
                await self.c.look()  # from here on nothing is the former customer's any more
                number = self.c.number_of(point)
                for data in (f"1l:{number}:0", f"1r:{number}"):
                    self.c.taps(seat, data, self._message_of(seat, pick))
                    await self.c.settle()
            await self.c.look()

        self.run(work())

    def somebody_else_reads(self, point: str, days: int, more: int) -> None:
        """The company's own readings come in."""

        async def work() -> None:
            place = PLACE[point]
            day = self.c.clock.now().astimezone(ROME).date() - timedelta(days=days)
            meter = min(place.first + more, 10**place.digits - 1)
            corrector = place.first + more if place.corrector else ""
            row = f"{point};{day:%d/%m/%Y};{meter};{corrector};rilevata\n"
            path = self.c.drop_file("letture.csv", "punto;data;contatore;correttore;tipo\n" + row)
            await self._take(path)
            await self.c.look()

        self.run(work())

    def distributor_speaks(self, pick: int, refused: bool) -> None:
        async def work() -> None:
            waiting = self.c.ledger.awaiting_outcome(self.c.handed_over)
            if waiting:
                told = waiting[pick % len(waiting)]
                note = f"Incoerente {self.c.figures.outcomes}" if refused else ""
                row = f"{told.claim.point};{told.claim.day:%d/%m/%Y};{'VN'[refused]};{note}\n"
                path = self.c.drop_file("esiti.csv", "punto;data;esito;note\n" + row)
                async with self.c.store() as store:
                    report = await import_outcomes(store, path, now=self.c.clock.now())
                assert report.status is FileStatus.TAKEN, [str(each) for each in report.problems]
                told.refused, told.valid = refused, not refused
                self.c.figures.outcomes += 1
                await self.c.job("outbox")
            await self.c.look()

        self.run(work())

    def post_office(self, closed: bool) -> None:
        """The mail server goes away, or comes back."""
        self.c.post.closed = closed

    # -- what befalls the service --

    def starts_again(
        self, doings: list[tuple[int, str, int, str]], minutes: int, late: bool
    ) -> None:
        """A clean stop and a start; some write into the stop, some while nobody is there."""

        async def work() -> None:
            if not late:
                self._do(doings)
            await self.c.stop()
            taps = any(how != "w" for _, how, _, _ in doings)
            if late:
                self._do(doings)
            if minutes and not taps:  # a tap waits a moment for its answer, and not longer
                self.c.moves_clock(self.c.clock.now() + timedelta(minutes=minutes))
            await self.c.start()
            self.c.figures.restarts += 1
            self.calm = 0
            await self.c.look()

        self.run(work())

    def is_killed(
        self,
        doings: list[tuple[int, str, int, str]],
        after: int,
        job: str | None,
        again: int | None,
    ) -> None:
        """Ends between two deeds, and perhaps once more while it starts."""

        async def work() -> None:
            self.c.script.append(f"   dies after {after} deeds, again after {again}")
            self.c.life.will_die(after)
            try:
                self._do(doings)
                if job is not None:
                    await self.c.job(job)
                await self.c.settle()
            except KilledError:
                pass
            await self.c.kill()
            if again is not None:
                try:
                    await self.c.start(dying_after=again)
                    await self.c.settle()
                except KilledError:
                    pass
                await self.c.kill()
            await self.c.start()
            self.calm = 0
            await self.c.look()

        self.run(work())

    def dies_saving(self, who: int, pick: int, after: int) -> None:
        """Somebody taps *Salva*, and somewhere on the way the service ends."""

        async def work() -> None:
            await self._makes_sure_it_is_open(pick)
            seat = self.c.seat(who)
            await self._to_summary(seat, pick, 20)
            await self._dies(after, self._press(seat, "rs"))
            await self.c.look()

        self.run(work())

    def dies_handing_over(self, who: int, pick: int, after: int) -> None:
        """The service ends in the middle of an acquisition; the next one comes soon."""

        async def work() -> None:
            await self._makes_sure_it_is_open(pick)
            await self._reads([who], pick, 25)
            await self._dies(after, self.c.job("acquisition"))
            await self.c.look()
            await self.c.job("acquisition")
            await self.c.look()

        self.run(work())

    # -- how --

    async def _dies(self, after: int, work: Coroutine[Any, Any, object]) -> None:
        """Does something in a life that ends after so many deeds, and begins a new one."""
        self.c.script.append(f"   dies after {after} deeds")
        self.c.life.will_die(after)
        with suppress(KilledError):
            await work
        await self.c.kill()
        await self.c.start()
        self.calm = 0

    async def _does(self, doings: Sequence[tuple[int, str, int, str]]) -> None:
        self._do(doings)
        await self.c.look()

    def _do(self, doings: Sequence[tuple[int, str, int, str]]) -> None:
        """Lets people do something, nobody waiting for an answer: how, which, what words."""
        for who, how, pick, text in doings:
            seat = self.c.seat(who)
            match how:
                case "w":
                    self.c.writes(seat, text)
                case "r":
                    others = list(self.c.seats.values())
                    other = others[pick % len(others)]
                    if other.buttons:
                        button = other.buttons[-1 - pick % min(len(other.buttons), 30)]
                        self.c.taps(seat, button.data, self._message_of(seat, pick), button.label)
                case _:
                    buttons = seat.buttons if how == "s" else seat.newest
                    if buttons:
                        button = buttons[pick % len(buttons)]
                        for _ in range(2 if how == "t" else 1):
                            self.c.presses(seat, button)

    def _message_of(self, seat: Seat, pick: int) -> int:
        """One of the bot's messages in a chat, or one that is not there."""
        own = [m["message_id"] for m in seat.messages if m["from"]["is_bot"]]
        return int([*own[-6:], 99_999][pick % (len(own[-6:]) + 1)])

    async def _says(self, seat: Seat, text: str) -> None:
        self.c.writes(seat, text)
        await self.c.settle()

    async def _press(self, seat: Seat, *codes: str, pick: int = 0) -> bool:
        """Taps a button of the newest message, of these kinds; False where there is none."""
        found = self._of_kinds(seat, codes)
        if found:
            self.c.presses(seat, found[pick % len(found)])
            await self.c.settle()
        return bool(found)

    def _of_kinds(self, seat: Seat, codes: Sequence[str]) -> list[Button]:
        wanted = {f"1{code}" for code in codes}
        return [button for button in seat.newest if button.data.split(":")[0] in wanted]

    async def _links(self, seat: Seat, clients: Sequence[str], slip: int = 0) -> None:
        for client in clients:
            tax_id = CLIENT[client].tax_id
            await self._says(seat, "/collega")
            await self._says(seat, client if slip != 1 else "999999")
            await self._says(seat, tax_id if slip != 2 else CLIENTS[-1].tax_id)
            before = len(self.c.post.letters)
            if await self._press(seat, "lkc") and len(self.c.post.letters) > before:
                code = self.c.post.letters[-1].code
                await self._says(seat, code if slip != 3 else "000000")

    async def _reads(self, people: list[int], pick: int, more: int) -> None:
        if pick % 4:
            await self._makes_sure_it_is_open(pick)
        seats = [self.c.seat(who) for who in people]
        for seat in seats:
            if pick % 3 and not self.c.is_linked(seat):
                await self._links(seat, GUESTS[seat.id % 100 - 1].full[:1])
            await self._to_summary(seat, pick, more)
        for seat in seats:
            for button in self._of_kinds(seat, ["rs"])[:1]:
                self.c.presses(seat, button)
        await self.c.look()

    async def _makes_sure_it_is_open(self, pick: int) -> None:
        """Opens a window where none is open, on the next day perhaps: today's may all be read."""
        now = self.c.clock.now()
        if pick % 3 == 0:
            self.c.moves_clock(now + timedelta(days=1))
        if not self.c.ledger.is_open(self.c.clock.now()):
            await self._take_windows("open", pick)

    async def _to_summary(self, seat: Seat, pick: int, more: int) -> None:
        """Answers every question that comes, until there is something to save, or plainly not."""
        await self._says(seat, "/autolettura")
        for _ in range(_MOST_ANSWERS):
            if self._of_kinds(seat, ["rs"]):
                return
            if self._of_kinds(seat, ["ru", "rr"]):
                await self._press(seat, "ru", "rr", pick=pick)
            elif self._of_kinds(seat, ["x"]):  # a question that waits for a number
                await self._says(seat, str(self._plausible(seat) + more))
            elif not await self._press(seat, "r", "rp", pick=pick):
                return
            pick += 1

    def _plausible(self, seat: Seat) -> int:
        """A number near what the counter showed last, which the question names."""
        for message in reversed(seat.messages[-6:]):
            for place in READABLE:
                if place.code in message.get("text", ""):
                    return place.first // 5 * 5 + 50
        return 45_000

    async def _moves(self, to: datetime) -> None:
        self.c.moves_clock(to)
        await self.c.look()

    async def _moves_point(
        self, point: str, client: str, since: int | None, until: int | None
    ) -> None:
        """A row of ``punti.csv``; *since* and *until* are days from today."""
        today = self.c.clock.now().astimezone(ROME).date()
        start = date(2010, 1, 1) if since is None else today + timedelta(days=since)
        end = None if until is None else max(start, today + timedelta(days=until))
        row = PLACE[point].row(
            CLIENT[client], f"{start:%d/%m/%Y}", f"{end:%d/%m/%Y}" if end else ""
        )
        await self._take(self.c.drop_file("punti.csv", POINTS_HEADER + row))
        self.c.ledger.moves(point, client, start, end)

    async def _take(self, path: Path) -> None:
        async with self.c.store() as store:
            report = await import_paths(store, [path], zone=ROME, now=self.c.clock.now())
        (file,) = report.files
        good = {FileStatus.TAKEN, FileStatus.UNCHANGED}
        assert file.status in good, [str(each) for each in file.problems]

    async def _take_windows(self, kind: str, pick: int) -> None:
        """A new ``finestre.csv``, relative to the present moment."""
        now = self.c.clock.now().astimezone(ROME)
        point = READABLE[pick % len(READABLE)].code
        days = [now.date() + timedelta(days=number) for number in range(-9, 9)]
        today, midnight = 9, time(0)
        soon = (now + timedelta(minutes=15)).replace(second=0, microsecond=0, tzinfo=None)
        rows: list[tuple[str | None, date, time, date, time]]
        match kind:
            case "open":
                rows = [(None, days[today - 1], time(8), days[today + 5], time(20))]
            case "closing":
                rows = [(None, days[today - 1], time(8), soon.date(), soon.time())]
            case "opening":
                rows = [(None, soon.date(), soon.time(), days[today + 3], time(2, 30))]
            case "own":
                rows = [
                    (None, days[0], time(8), days[3], time(20)),
                    (point, days[today - 1], time(2, 30), days[today + 1], time(2, 30)),
                ]
            case "over":
                rows = [(None, days[0], time(8), days[3], time(20))]
            case "united":
                rows = [
                    (None, days[today - 1], time(8), soon.date(), soon.time()),
                    (None, soon.date(), soon.time(), days[today + 1], time(12)),
                    (None, days[today], time(12), days[today + 2], midnight),
                ]
            case _:
                rows = [(None, days[today], midnight, days[today + 1], midnight)]
        periods = [
            Period(code, instant(first, opens), instant(last, closes))
            for code, first, opens, last, closes in rows
        ]
        if any(each.start >= each.end for each in periods):
            return  # the hour that comes twice: such a file would be refused
        text = "".join(
            f"{code or ''};{first:%d/%m/%Y};{opens:%H:%M};{last:%d/%m/%Y};{closes:%H:%M}\n"
            for code, first, opens, last, closes in rows
        )
        await self._take(self.c.drop_file("finestre.csv", "punto;dal;dalle;al;alle\n" + text))
        self.c.ledger.windows = periods
