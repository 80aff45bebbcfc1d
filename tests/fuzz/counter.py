"""A counter with everybody at it: the service, its lives, the chats, and what is seen in them."""

import asyncio
import csv
import io
import json
import logging
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.application import Service
from bot.counter.flood import FloodGuard
from bot.counter.pace import Pace
from bot.local_telegram import Event, LocalTelegram, Person, Tap
from bot.local_telegram.people import NotPossibleError
from bot.logs import set_up_logs
from bot.settings import LogFormat
from storage.engine import Store
from storage.vault import Vault
from tests.fuzz.cast import GUESTS, OWNERS, ROME, Stage, marks_in, marks_in_file
from tests.fuzz.ledger import DELETED, SAVED, Claim, Ledger
from tests.fuzz.lives import KilledError, Life
from tests.support.clock import MovableClock
from tests.support.databases import opened
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice

Json = dict[str, Any]

BURST = 40
"""How much a chat may write at once in these plays, before it is asked to slow down."""
PATIENCE = 120.0
TYPED_MARK = "Zirconio"
"""A word that people write and that no log may repeat."""

_TICKET = re.compile(r"biglietto-di-(\d+)")
_APOLOGIES = ("Qualcosa è andato storto", "Something went wrong on our side")
_TOO_FAST = ("Sono arrivati tantissimi messaggi", "A great many messages have come in")
_INVITATION = re.compile(r"start=(i[A-Za-z0-9_-]{22})")
_CODE = re.compile(r"^ {4}(\d{6})$", re.MULTILINE)
_LONGEST_TEXT, _LONGEST_CAPTION = 4096, 1024
# What Telegram may refuse without anything being wrong: the message changed hands meanwhile.
_LINE = 300
_FAIR_REFUSALS = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "message to delete not found",
    "message can't be deleted",
    "query is too old",
    "the chat is not a forum",
    "TOPIC_NOT_MODIFIED",
)


@dataclass
class Figures:
    """What was done and found, over all plays."""

    seed: int = 0
    plays: int = 0
    steps: int = 0
    updates: int = 0
    shown: int = 0
    restarts: int = 0
    kills: int = 0
    clock_moves: int = 0
    imports: int = 0
    acquisitions: int = 0
    outcomes: int = 0
    links_made: int = 0
    confirmed: int = 0
    cancelled: int = 0
    in_store: int = 0
    in_files: int = 0
    duplicates: int = 0
    seconds: float = 0.0

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


@dataclass(frozen=True, slots=True)
class Button:
    """A button that a chat saw at some time."""

    message_id: int
    label: str
    data: str


@dataclass
class Seat:
    """One chat: the person, and every button that they ever saw."""

    person: Person
    buttons: list[Button] = field(default_factory=list)
    blocked: bool = False

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def messages(self) -> list[Json]:
        chat = self.person.private_chat
        return [stored.data for stored in chat.messages.values()]

    @property
    def newest(self) -> list[Button]:
        """The buttons of the newest message that has any."""
        for message in reversed(self.messages):
            if found := _buttons(message):
                return found
        return []


@dataclass
class Step:
    """What came of one step: what was shown, in order; which taps there were, and on what text."""

    shown: list[tuple[str, int, Json]] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    taps: list[Tap] = field(default_factory=list)
    tapped: list[str] = field(default_factory=list)
    flooding: set[int] = field(default_factory=set)

    def texts_on(self, chat: int, message_id: int) -> list[str]:
        """The texts that a message had during the step."""
        return [
            _text(message)
            for _, where, message in self.shown
            if (where, message["message_id"]) == (chat, message_id)
        ]


class PlayCounter:
    """A play: from a fresh copy of the stage to the last look at everything.

    Args:
        stage: what is copied.
        folder: where to; an empty one.
        figures: what all plays did.
        strayed: where somebody notes the ways of conversations that no diagram draws.
    """

    def __init__(self, stage: Stage, folder: Path, figures: Figures, strayed: list[str]) -> None:
        self._stage = stage
        self._folder = folder
        self.figures = figures
        self.clock = MovableClock()
        self.post = PostOffice()
        self.strayed = strayed
        self.ledger = Ledger()
        self.seats: dict[int, Seat] = {}
        self.script: list[str] = []
        self.invitations: list[str] = []
        self._step = Step()
        self._ticks = 0.0
        self._flood = FloodGuard(lambda: self._ticks, burst=BURST)
        self._log = io.StringIO()
        self._files: dict[str, bytes] = {}
        self._handed_over: Counter[Claim] = Counter()
        self._owners: dict[str, str] = dict(OWNERS)
        self._receipts: dict[tuple[int, int], set[str]] = defaultdict(set)
        self._links: dict[tuple[int, str], str] = {}
        self._calls_seen = 0
        self._typed: dict[int, set[str]] = defaultdict(set)
        self.life: Life

    # -- beginning and end --

    async def open(self, start: datetime, *, topics: bool) -> None:
        """Copies the stage, opens Telegram, seats everybody, and starts the service.

        Args:
            start: the moment at which the play begins.
            topics: whether the staff's group has a topic for each ticket.
        """
        self.clock.set_to(start)
        database = self._stage.copy(self._folder)
        self._path = database
        self._database = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.telegram = LocalTelegram(now=self.clock.now, first_update_id=1)
        await self.telegram.serve()
        self.staff = self.telegram.add_person("Sara")
        self.group = self.telegram.add_group(
            "Assistenza", [self.staff], is_forum=topics, bot_is_admin=True
        )
        self._settings = self._stage.settings(
            database,
            token=self.telegram.token,
            api_url=self.telegram.api_url,
            staff_chat_id=self.group.id,
        )
        self.telegram.subscribe(self._on_event)
        for guest in GUESTS:
            person = self.telegram.add_person(
                guest.name, language_code=guest.language, person_id=guest.id, started=True
            )
            self.seats[guest.id] = Seat(person)
        self._links = self._links_now()
        set_up_logs(LogFormat.JSON, stream=self._log)
        await self.start()

    async def close(self) -> None:
        """Lets go of everything, however the play ended."""
        await self.life.bury()
        await self.telegram.close()
        self._database.close()
        logging.getLogger().handlers.clear()

    async def start(self, *, dying_after: int | None = None) -> None:
        """A new life of the service.

        Raises:
            KilledError: it was to die so soon that it did not come to serve.
        """
        service = Service(
            self._settings,
            clock=self.clock,
            post=self.post,
            pictures=PlainPictures(),
            flood=self._flood,
            pace=Pace(per_second=100_000, chat_rests=0, group_rests=0),
            jobs=False,
        )
        self.life = Life(service)
        if dying_after is not None:
            self.life.will_die(dying_after)
        await self.life.begin()

    async def stop(self) -> None:
        """A clean stop: whatever is under way may be left for the next life."""
        await self.life.stop()

    async def kill(self) -> None:
        """Ends the life as it is."""
        await self.life.bury()
        self.figures.kills += 1

    # -- what people do --

    def seat(self, number: int) -> Seat:
        """Somebody who can write: who blocked the bot comes back first."""
        seats = list(self.seats.values())
        seat = seats[number % len(seats)]
        if seat.blocked:
            seat.person.unblock_bot()
            seat.blocked = False
            self.figures.updates += 1
        return seat

    def writes(self, seat: Seat, text: str) -> bool:
        """Writes a message; False where an app would not send it."""
        try:
            seat.person.send_text(seat.person.private_chat, text)
        except NotPossibleError:
            return False
        self._note(seat, f"→ {text!r}")
        self.ledger.hears(seat.id, text)
        self._typed[seat.id].add(text.strip())
        self._count(seat)
        return True

    def taps(self, seat: Seat, data: str, message_id: int, label: str = "") -> Tap:
        """Taps, whatever the data and the message."""
        self._note(seat, f"→ [{label}] {data!r} on {message_id}")
        stored = seat.person.private_chat.messages.get(message_id)
        self._step.tapped.append(_text(stored.data) if stored is not None else "")
        tap = seat.person.tap(seat.person.private_chat, message_id, data)
        self._step.taps.append(tap)
        self.figures.updates += 1
        return tap

    def presses(self, seat: Seat, button: Button) -> Tap:
        """Taps a button that was seen."""
        return self.taps(seat, button.data, button.message_id, button.label)

    def sends_picture(self, seat: Seat, picture: bytes, caption: str) -> None:
        self._note(seat, f"→ (a picture) {caption!r}")
        seat.person.send_photo(seat.person.private_chat, picture, caption)
        self._count(seat)

    def sends_thing(self, seat: Seat, kind: str) -> None:
        """A sticker, a voice message, a file, a place, a contact."""
        self._note(seat, f"→ ({kind})")
        person, chat = seat.person, seat.person.private_chat
        match kind:
            case "sticker":
                person.send_sticker(chat)
            case "voice":
                person.send_voice(chat)
            case "document":
                person.send_document(chat, b"words", "notes.txt")
            case "location":
                person.send_location(chat, 44.1, 12.2)
            case _:
                person.send_contact(chat, "+390547000001")
        self._count(seat)

    def edits(self, seat: Seat, text: str, number: int) -> bool:
        """Changes an earlier message; False where there is none, or an app would not."""
        own = [m for m in seat.messages if not m["from"]["is_bot"] and "text" in m]
        if not own:
            return False
        try:
            seat.person.edit_text(
                seat.person.private_chat, own[number % len(own)]["message_id"], text
            )
        except NotPossibleError:
            return False
        self._note(seat, f"→ (edit) {text!r}")
        self._count(seat)
        return True

    def staff_writes(self, text: str, number: int, *, replies: bool) -> bool:
        """Somebody of the staff writes below one of the bot's posts; False where there is none."""
        posts = [m for m in self.telegram.messages(self.group) if m["from"]["is_bot"]]
        if not posts:
            return False
        post = posts[-1 - number % min(len(posts), 8)]
        answered = post["message_id"] if replies else None
        try:
            self.staff.send_text(
                self.group, text, reply_to=answered, thread_id=post.get("message_thread_id")
            )
        except NotPossibleError:
            return False
        self.script.append(f"   staff, below {post['message_id']}: {text!r}"[:_LINE])
        self.figures.updates += 1
        return True

    def blocks(self, seat: Seat) -> None:
        """Blocks the bot, until they write again."""
        self._note(seat, "→ (blocks the bot)")
        seat.person.block_bot()
        seat.blocked = True
        self.figures.updates += 1

    def floods(self, seat: Seat, text: str, times: int) -> None:
        """Writes the same again and again."""
        self._note(seat, f"→ {text!r} × {times}")
        self._step.flooding.add(seat.id)
        for _ in range(times):
            seat.person.send_text(seat.person.private_chat, text)
        self._typed[seat.id].add(text)
        self.figures.updates += times

    def _count(self, seat: Seat) -> None:
        self._step.sent[seat.id] += 1
        self.figures.updates += 1

    # -- what the operator and the scheduler do --

    async def job(self, name: str) -> None:
        """Runs one of the scheduler's jobs."""
        self.script.append(f"   job: {name}")
        await self.life.run(getattr(self.life.service, name).run())
        self.figures.acquisitions += name == "acquisition"

    def store(self) -> AbstractAsyncContextManager[Store]:
        """A store beside the service, as another program would open it."""
        return opened(self._settings.database_url, Vault([self._stage.key]))

    def drop_file(self, name: str, text: str) -> Path:
        """A file from the company's system."""
        path = self._folder / name
        path.write_text(text, encoding="utf-8")
        row = text.splitlines()[-1]
        self.script.append(f"   file {name}: … {row}")
        self.figures.imports += 1
        return path

    def moves_clock(self, to: datetime) -> None:
        """Time passes."""
        self.clock.set_to(to)
        self.script.append(f"   it is {to.astimezone(ROME):%d/%m/%Y %H:%M %Z}")
        self.figures.clock_moves += 1

    # -- what comes of it --

    async def settle(self) -> None:
        """Waits until everything that was sent is taken and answered.

        Raises:
            KilledError: the service ended before.
        """
        waiting = asyncio.ensure_future(self._settled())
        ended = asyncio.ensure_future(self.life.ended.wait())
        try:
            await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            if not waiting.done():
                waiting.cancel()
        if self.life.ended.is_set():
            raise KilledError
        await waiting

    async def _settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.telegram.until_confirmed(timeout=None)
            await self.life.service.settled()

    async def look(self) -> None:
        """Settles, and holds everything against what must be so."""
        await self.settle()
        step, self._step = self._step, Step()
        self._ticks += 1_000
        self.figures.steps += 1
        self.figures.shown += len(step.shown)
        former_links, self._links = self._links, self._links_now()
        former_owners = dict(self._owners)
        self._owners = dict(self.ledger.owners)
        former_files = self._handed_over
        # What was answered is written down a moment later, and between two steps lie many moments.
        # Only a life that ends within a step leaves something to be said again.
        await self.life.run(self.life.service.answers.mark())
        self._check_links(former_links)
        self._check_answers(step)
        self._read(step, former_files)
        self._handed_over = self._read_files()
        self._check_shown(step, former_links, former_owners)
        for _, _, message in step.shown:
            self.ledger.check_list(_text(message), former_files, self._handed_over, former_owners)
        self._check_store()
        self._check_calls()
        self._check_log()
        assert not self.strayed, f"not in the diagram: {self.strayed}"

    def _read(self, step: Step, handed_over: Counter[Claim]) -> None:
        """Writes into the ledger what was confirmed."""
        for tap, tapped in zip(step.taps, step.tapped, strict=True):
            texts = step.texts_on(tap.chat_id, tap.message_id)
            if tap.text in SAVED:
                told = self.ledger.was_saved(tap.chat_id, tapped, texts, self.clock.now())
            elif tap.text in DELETED:
                told = self.ledger.was_cancelled(texts, handed_over)
            else:
                continue
            access = self._links.get((tap.chat_id, told.customer))
            assert access == "full", f"chat {tap.chat_id} may not write for {told.customer}"

    # -- what must hold --

    def _check_answers(self, step: Step) -> None:
        answers = Counter(chat for kind, chat, _ in step.shown if kind == "message")
        for chat, sent in step.sent.items():
            assert answers[chat] >= sent, f"chat {chat}: {sent} messages, {answers[chat]} answers"
        for chat in step.flooding:
            texts = [
                _text(m) for kind, where, m in step.shown if (kind, where) == ("message", chat)
            ]
            told = sum(text.startswith(_TOO_FAST, 2) for text in texts)
            assert len(texts) >= BURST, f"a flood of chat {chat} had {len(texts)} answers"
            assert told == 1, f"a flood of chat {chat} was remarked on {told} times"
        for tap in step.taps:
            assert tap.answered, f"a tap on {tap.data!r} in chat {tap.chat_id} was not answered"

    def _check_shown(
        self, step: Step, links: dict[tuple[int, str], str], owners: dict[str, str]
    ) -> None:
        """Nobody is shown what belongs to a customer whom their chat is not linked to."""
        linked: dict[int, set[str]] = defaultdict(set)
        for chat, customer in (*links, *self._links):
            linked[chat].add(customer)
        ever = self._ever
        for _, chat, message in step.shown:
            text = _text(message)
            for number in map(int, _TICKET.findall(text)):
                whose = {customer for where, customer in ever if where == number}
                allowed = number == chat or whose & linked[chat]
                assert allowed, f"chat {chat} was shown what chat {number} wrote: {text}"
            assert not any(words in text for words in _APOLOGIES), f"an apology: {text}"
            limit = _LONGEST_TEXT if "text" in message else _LONGEST_CAPTION
            assert len(text) <= limit, f"{len(text)} characters"
            customers, places = marks_in(json.dumps(message, ensure_ascii=False))
            if "document" in message:
                stored = self.telegram.files.get(message["document"]["file_id"])
                assert stored is not None
                more_customers, more_places = marks_in_file(stored.data)
                customers |= more_customers
                places |= more_places
            where = (chat, message["message_id"])
            receipt = text.startswith(("✅", "🗑"))
            for place in places:
                whose = {self.ledger.owners[place], owners[place]}
                # Whose point moved away has their own receipts still, and sees what comes of them.
                known = receipt and place in self._receipts[where]
                assert whose & linked[chat] or known, f"chat {chat} was shown {place}: {text}"
            if receipt:
                self._receipts[where] |= places
            if not (receipt and places <= self._receipts[where]):
                self.ledger.check_shown(text, linked[chat])
            foreign = customers - linked[chat]
            assert not foreign, f"chat {chat} was shown data of {foreign}: {text}"

    def _check_links(self, former: dict[tuple[int, str], str]) -> None:
        """A chat is linked only by a code that was mailed to it, or by an invitation."""
        for (chat, customer), access in self._links.items():
            if former.get((chat, customer)) == access:
                continue
            self.figures.links_made += 1
            codes = {code for each in self.post.letters for code in _CODE.findall(each.text)}
            invited = {f"/start {token}" for token in self.invitations}
            said = self._typed[chat]
            assert said & (codes | invited), f"chat {chat} came to be linked to {customer}"
            assert access == "full" or said & invited, f"chat {chat}: {access} without invitation"

    def _check_store(self) -> None:
        rows = self._rows(
            "SELECT p.code, r.day, r.meter, r.corrector, c.code, r.state, r.outcome"
            " FROM readings r JOIN supply_points p ON p.id = r.supply_point_id"
            " LEFT JOIN customers c ON c.id = r.customer_id WHERE r.source = 'autolettura'"
        )
        found: Counter[tuple[Claim, str, bool, bool]] = Counter()
        live: Counter[tuple[str, str]] = Counter()
        for point, day, meter, corrector, customer, state, outcome in rows:
            claim = Claim(point, date.fromisoformat(day), meter, corrector)
            cancelled, refused = state == "cancelled", outcome == "refused"
            found[claim, customer, cancelled, refused] += 1
            live[point, day] += not (cancelled or refused)
            if state == "acquired":
                assert self._handed_over[claim], f"{claim} is acquired and in no file"
        assert max(live.values(), default=0) <= 1, "two live readings of one day"
        told = self.ledger.readings()
        assert found == told, f"only in the store: {found - told}; only told: {told - found}"
        self._check_writers()

    def _check_writers(self) -> None:
        """Whoever may only look has written nothing."""
        for table in ("contact_changes", "tickets"):
            rows = self._rows(
                f"SELECT t.chat_id, c.code FROM {table} t"  # noqa: S608  # names of ours
                " JOIN customers c ON c.id = t.customer_id WHERE t.chat_id IS NOT NULL"
            )
            for chat, customer in rows:
                access = self._ever.get((chat, customer), set())
                assert "full" in access, f"{table}: chat {chat}, {customer}"

    @property
    def _ever(self) -> dict[tuple[int, str], set[str]]:
        found: dict[tuple[int, str], set[str]] = defaultdict(set)
        for chat, customer, access in self._rows(
            "SELECT l.chat_id, c.code, l.access FROM chat_links l"
            " JOIN customers c ON c.id = l.customer_id"
        ):
            found[chat, customer].add(access)
        return found

    def _check_calls(self) -> None:
        calls = list(self.telegram.calls)
        for call in calls[self._calls_seen :]:
            refused = call.status == 400
            fair = any(words in call.description for words in _FAIR_REFUSALS)
            assert not refused or fair, f"{call.method}: {call.description}"
        self._calls_seen = len(calls)

    def _check_log(self) -> None:
        written = self._log.getvalue()
        self._log.seek(0)
        self._log.truncate()
        for line in written.splitlines():
            assert '"level": "error"' not in line, line
            assert '"level": "critical"' not in line, line
        customers, places = marks_in(written)
        assert not customers | places, f"a log tells of {customers | places}:\n{written}"
        assert TYPED_MARK not in written, f"a log repeats what somebody wrote:\n{written}"
        assert self.telegram.token not in written

    def _read_files(self) -> Counter[Claim]:
        """What the files for the company hold; none that was there may ever change."""
        found: Counter[Claim] = Counter()
        for path in sorted(self._settings.exports_dir.glob("autoletture_*.csv")):
            content = path.read_bytes()
            assert self._files.setdefault(path.name, content) == content, f"{path.name} changed"
            for row in csv.DictReader(io.StringIO(content.decode()), delimiter=";"):
                day, month, year = map(int, row["data"].split("/"))
                corrector = int(row["correttore"]) if row["correttore"] else None
                claim = Claim(
                    row["punto"], date(year, month, day), int(row["contatore"]), corrector
                )
                found[claim] += 1
        assert set(self._files) == {
            path.name for path in self._settings.exports_dir.glob("autoletture_*.csv")
        }, "a file for the company is gone"
        told = self.ledger.to_hand_over()
        assert found <= told, f"in the files, and never told or deleted: {found - told}"
        return found

    async def check_end(self) -> None:
        """The last look: everything is handed over once, and nothing is left lying."""
        for seat in self.seats.values():
            if seat.blocked:
                self.seat(list(self.seats).index(seat.id))
        self.post.closed = False
        await self.look()
        # What was put off, because the post was away or somebody was in the middle of something.
        self.moves_clock(self.clock.now() + timedelta(hours=2))
        for job in ("acquisition", "housekeeping", "reminders", "outbox", "letters"):
            await self.job(job)
        await self.look()
        await self.stop()
        told = self.ledger.to_hand_over()
        assert self._handed_over == told, f"never handed over: {told - self._handed_over}"
        left = self._rows(
            "SELECT update_id FROM inbox"
            " WHERE answered_at IS NULL OR content IS NOT NULL OR answer IS NOT NULL"
        )
        assert not left, f"left in the inbox: {left}"
        stuck = self._rows(
            "SELECT kind, state FROM outbox WHERE state IN ('sending', 'failed', 'held')"
            " OR (state = 'queued' AND not_before <= ?)",
            _stored(self.clock.now()),
        )
        assert not stuck, f"left in the outbox: {stuck}"
        over = self._rows(
            "SELECT flow, state FROM conversations WHERE expires_at <= ?",
            _stored(self.clock.now()),
        )
        assert not over, f"left open: {over}"
        figures = self.figures
        figures.plays += 1
        figures.confirmed += len(self.ledger.told)
        figures.cancelled += sum(told.cancelled for told in self.ledger.told)
        figures.in_store += self._rows(
            "SELECT count(*) FROM readings WHERE source = 'autolettura'"
        )[0][0]
        figures.in_files += self._handed_over.total()
        figures.duplicates += sum(
            (number - told[claim] for claim, number in self._handed_over.items()), 0
        )

    # -- looking --

    @property
    def handed_over(self) -> Counter[Claim]:
        """What the files held at the last look."""
        return self._handed_over

    def is_linked(self, seat: Seat) -> bool:
        """Whether a chat could write for anybody at the last look."""
        return any(
            chat == seat.id and access == "full" for (chat, _), access in self._links.items()
        )

    def clients_of(self, seat: Seat) -> list[str]:
        """The customers that a chat was linked to at the last look."""
        return sorted(customer for chat, customer in self._links if chat == seat.id)

    def number_of(self, point: str) -> int:
        """The number that buttons know a point by."""
        return int(self._rows("SELECT id FROM supply_points WHERE code = ?", point)[0][0])

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._database.execute(statement, values).fetchall()

    def _links_now(self) -> dict[tuple[int, str], str]:
        rows = self._rows(
            "SELECT l.chat_id, c.code, l.access FROM chat_links l"
            " JOIN customers c ON c.id = l.customer_id WHERE l.revoked_at IS NULL"
        )
        return {(chat, customer): access for chat, customer, access in rows}

    def _on_event(self, event: Event) -> None:
        if event.kind not in {"message", "edited"} or not event.from_bot:
            return
        if event.message is None or event.chat_id not in self.seats:
            return
        seat, message = self.seats[event.chat_id], event.message
        self._step.shown.append((event.kind, seat.id, message))
        seat.buttons += _buttons(message)
        self.invitations += _INVITATION.findall(json.dumps(message))
        labels = " ".join(f"[{button.label}]" for button in _buttons(message))
        mark = "←" if event.kind == "message" else "← (edit)"
        self._note(seat, f"{mark} {message['message_id']}: {_text(message)!r} {labels}")

    def _note(self, seat: Seat, line: str) -> None:
        line = line if len(line) <= _LINE else line[:_LINE] + "…"
        now = self.clock.now().astimezone(ROME)
        self.script.append(f"{now:%d/%m %H:%M} {seat.person.first_name} {line}")


def _buttons(message: Json) -> list[Button]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [
        Button(message["message_id"], button["text"], button["callback_data"])
        for row in rows
        for button in row
        if "callback_data" in button
    ]


def _text(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
