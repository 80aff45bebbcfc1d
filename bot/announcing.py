"""Announcements: reads the operator's file and queues the messages in the outbox."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from bot.settings import Settings
from storage.engine import Store
from storage.files import FileRefusedError, FileStore
from storage.models import Announcement, Audience
from storage.repositories.announcements import AT_ONCE
from storage.repositories.hours import first_hour
from storage.rules.identifiers import read_customer_code
from storage.rules.invisible import visible
from storage.rules.quiet_hours import QuietHours

LONGEST_TEXT = 4_096
LONGEST_CAPTION = 1_024
LARGEST_PICTURE = 10 * 1024 * 1024
"""Telegram's limits: characters after the markup is parsed, and bytes."""

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a"}
_TAGS |= {"blockquote", "tg-spoiler"}
_NO_HOURS = QuietHours.parse("0-0")


class DraftError(Exception):
    """An announcement that cannot be sent as it is; a line for each reason."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of an announcement's file; ``whom`` describes its audience."""

    audience: Audience
    whom: str
    codes: tuple[str, ...]
    text: str
    picture: bytes | None
    picture_name: str

    @property
    def digest(self) -> str:
        """The digest of everything that customers get, and of the audience."""
        parts = [self.audience.value, *self.codes, self.text]
        of_picture = hashlib.sha256(self.picture or b"").hexdigest()
        return hashlib.sha256("\0".join([*parts, of_picture]).encode()).hexdigest()


def read_draft(file: Path) -> Draft:
    """Read an announcement's file.

    Raises:
        DraftError: it cannot be sent as it is; every reason with its line.
    """
    try:
        lines = visible(file.read_text(encoding="utf-8-sig")).splitlines()
    except UnicodeDecodeError:
        raise DraftError(f"{file}: is not UTF-8 text") from None
    if "---" not in [line.strip() for line in lines]:
        raise DraftError(f"{file}: expected `whom: …`, then a line `---`, then the text")
    fields, first = _fields(file, lines)
    audience, whom, codes = _audience(file, fields.get("whom", ""))
    text = "\n".join(lines[first:]).strip()
    picture, picture_name = _picture(file, fields.get("picture", ""))
    _check_text(file, text, first, most=LONGEST_TEXT if picture is None else LONGEST_CAPTION)
    return Draft(audience, whom, codes, text, picture, picture_name)


def _fields(file: Path, lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The fields at the head of the file, and the number of their lines."""
    fields: dict[str, str] = {}
    begun = False
    for number, line in enumerate(lines, start=1):
        words = line.strip()
        if words == "---":
            if fields:
                return fields, number
            if begun:
                break
            begun = True  # the separator may also be the first line
            continue
        if not words:
            continue
        name, colon, value = words.partition(":")
        name = name.strip().lower()
        if not colon or name not in {"whom", "picture"}:
            raise DraftError(f"{file}:{number}: expected `whom: …` or `picture: …`, then `---`")
        if name in fields:
            raise DraftError(f"{file}:{number}: `{name}` stands here twice")
        fields[name] = value.strip()
    raise DraftError(f"{file}: expected `whom: …`, then a line `---`, then the text")


def _audience(file: Path, whom: str) -> tuple[Audience, str, tuple[str, ...]]:
    named = {
        "all": (Audience.ALL, "all linked customers"),
        "gas": (Audience.GAS, "customers with gas"),
        "electricity": (Audience.ELECTRICITY, "customers with electricity"),
    }
    if whom.lower() in named:
        audience, words = named[whom.lower()]
        return audience, words, ()
    listed = file.parent / whom
    if not whom or not listed.is_file():
        raise DraftError(
            f"{file}: whom: expected all, gas, electricity, or the name of a file with customer"
            " codes beside this one"
        )
    codes: dict[str, None] = {}
    wrong: list[str] = []
    for number, line in enumerate(
        visible(listed.read_text(encoding="utf-8-sig")).splitlines(), start=1
    ):
        if not line.strip():
            continue
        code = read_customer_code(line)
        if isinstance(code, str):
            codes[code] = None
        else:
            wrong.append(f"{listed}:{number}: a customer code has six digits")
    if wrong or not codes:
        raise DraftError("\n".join(wrong or [f"{listed}: holds no customer code"]))
    return Audience.CODES, f"the customers listed in {listed.name}", tuple(sorted(codes))


def _picture(file: Path, name: str) -> tuple[bytes | None, str]:
    if not name:
        return None, ""
    path = file.parent / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DraftError(f"{file}: picture: {path}: {error.strerror}") from None
    if not content or len(content) > LARGEST_PICTURE:
        raise DraftError(f"{file}: picture: expected at most {LARGEST_PICTURE // 1024 // 1024} MB")
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise DraftError(f"{file}: picture: expected a JPEG or PNG file")
    return content, path.name


class _Reader(HTMLParser):
    """Parses the text as Telegram will, and notes what it would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read: list[str] = []
        self.problems: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self._note(f"<{tag}> is no tag that Telegram knows; for the sign itself write &lt;")
            return
        if tag == "a" and not dict(attrs).get("href"):
            self._note("<a> without href")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._note(f"</{tag}> ends what was not begun last")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            self._note("< stands alone; write &lt;")
        self.read.append(data)

    def finish(self) -> None:
        self.close()
        for tag in self._open:
            self._note(f"<{tag}> is not ended")

    def _note(self, reason: str) -> None:
        self.problems.append((self.getpos()[0], reason))


def _check_text(file: Path, text: str, first: int, *, most: int) -> None:
    reader = _Reader()
    reader.feed(text)
    reader.finish()
    if reader.problems:
        reasons = [f"{file}:{first + line}: {reason}" for line, reason in reader.problems]
        raise DraftError("\n".join(reasons))
    length = len("".join(reader.read).strip())
    if not length:
        raise DraftError(f"{file}: there is no text")
    if length > most:
        raise DraftError(f"{file}: the text has {length} characters, and {most} are possible")


async def unknown_codes(store: Store, draft: Draft) -> list[str]:
    """The codes in an announcement that no customer has."""
    found: list[str] = []
    for start in range(0, len(draft.codes), AT_ONCE):
        async with store.reading() as unit:
            found += await unit.announcements.unknown_codes(draft.codes[start : start + AT_ONCE])
    return found


async def keep(settings: Settings, store: Store, draft: Draft, *, now: datetime) -> Announcement:
    """Store an announcement, with its picture in the file store.

    Raises:
        DraftError: the picture cannot be stored.
    """
    kept = None
    if draft.picture is not None:
        try:
            kept = await FileStore(settings.files_dir, store.vault).put(draft.picture)
        except FileRefusedError as error:
            raise DraftError(f"picture: {error}") from None
    announcement = Announcement(
        digest=draft.digest,
        audience=draft.audience,
        text=draft.text,
        file_name=kept.name if kept else None,
        file_hash=kept.content_hash if kept else None,
        made_at=now,
    )
    async with store.unit() as unit:
        unit.announcements.add(announcement)
        await unit.commit()
    return announcement


async def put_into_outbox(
    settings: Settings,
    store: Store,
    announcement: Announcement,
    codes: Sequence[str],
    *,
    at_once: bool,
    not_after: datetime,
    progress: Callable[[int], None],
) -> None:
    """Queue an announcement for all of its audience, some hundreds of chats per transaction.

    Queued messages stay: called again after an interruption, it continues, and nobody gets it
    twice.

    Args:
        settings: the quiet hours and the zone.
        store: where the outbox is.
        announcement: the stored announcement.
        codes: the customers that it is for; empty for all.
        at_once: whether to ignore quiet hours.
        not_after: when it is not worth sending any more.
        progress: called with how many chats have been queued.
    """
    now = datetime.now(UTC)
    zone = settings.timezone
    async with store.reading() as unit:
        chosen = [] if at_once else await unit.preferences.quiet_hours_in_use()
    company = _NO_HOURS if at_once else settings.quiet_hours
    groups = [codes[start : start + AT_ONCE] for start in range(0, len(codes), AT_ONCE)] or [()]
    done = 0
    for group in groups:
        after: int | None = None
        while True:
            async with store.unit() as unit:
                queued = await unit.announcements.queue_next(
                    announcement,
                    group,
                    after=after,
                    not_before=first_hour(now, company, chosen, zone),
                    not_after=not_after,
                    at_once=at_once,
                    today=now.astimezone(zone).date(),
                    now=now,
                )
                if queued is None:
                    break
                await unit.commit()
            after, number = queued
            done += number
            progress(done)
    async with store.unit() as unit:
        kept = await unit.announcements.one(announcement.id)
        if kept is not None:
            kept.queued_at = datetime.now(UTC)
        await unit.commit()
