"""The sentences of ``corpus.txt``, and how well they are understood."""

import re
from dataclasses import dataclass
from pathlib import Path

from conversations.understanding import Intent, Meaning, understand

_FILE = Path(__file__).with_name("corpus.txt")
_FOUND = re.compile(r"(year|month|code) (\S+)|'([^']*)'|(\S+)")
_GROUPS = re.compile(r"[ .']")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and what it means; numbers as whole counts, or quoted as they were typed."""

    text: str
    intent: Intent | None
    numbers: tuple[str, ...] = ()
    year: int | None = None
    month: int | None = None
    code: str | None = None

    @property
    def name(self) -> str:
        """What it means, as the corpus names it."""
        return self.intent.value if self.intent else "nothing"

    def is_right(self, meaning: Meaning) -> bool:
        """Whether the intent and all that was to be found were understood."""
        if meaning.intent is not self.intent:
            return False
        if self.intent is Intent.READING and self.numbers != tuple(
            map(plain_number, meaning.numbers)
        ):
            return False
        return (meaning.year, meaning.month, meaning.code) == (self.year, self.month, self.code)

    def is_wrong(self, meaning: Meaning) -> bool:
        """Whether something else was understood than was meant; nothing at all is not wrong."""
        return meaning.intent is not None and not self.is_right(meaning)


def plain_number(typed: str) -> str:
    """A number without grouping and leading zeros; one that is no whole count, as it was typed."""
    bare = _GROUPS.sub("", typed)
    grouped = re.fullmatch(r"[0-9]+|[0-9]{1,3}([. '][0-9]{3})+", typed)
    return str(int(bare)) if grouped else typed


def examples() -> list[Example]:
    """Every sentence of the corpus."""
    found = []
    intent: Intent | None = None
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            intent = None if line == "[nothing]" else Intent(line[1:-1])
        elif line and not line.startswith("#"):
            found.append(_example(line, intent))
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some sentences were understood, and those that were not."""

    examples: int
    missed: list[tuple[Example, Meaning]]

    @property
    def right(self) -> float:
        """The share whose meaning was found, with all that was to be found in it."""
        return 1 - len(self.missed) / self.examples

    @property
    def wrong(self) -> float:
        """The share in which another meaning was found than the right one."""
        return sum(example.is_wrong(found) for example, found in self.missed) / self.examples


def measure(among: list[Example]) -> Share:
    """How well *among* are understood."""
    found = [(example, understand(example.text)) for example in among]
    return Share(
        examples=len(found),
        missed=[(example, meaning) for example, meaning in found if not example.is_right(meaning)],
    )


def _example(line: str, intent: Intent | None) -> Example:
    text, _, rest = line.partition(" => ")
    numbers: list[str] = []
    named: dict[str, str] = {}
    for name, value, quoted, bare in _FOUND.findall(rest):
        if name:
            named[name] = value
        else:
            numbers.append(quoted or bare)
    year, month = named.get("year"), named.get("month")
    return Example(
        text=text,
        intent=intent,
        numbers=tuple(numbers),
        year=int(year) if year else None,
        month=int(month) if month else None,
        code=named.get("code"),
    )
