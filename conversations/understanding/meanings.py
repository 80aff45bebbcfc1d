"""The table of meanings (``meanings.toml``), and the first rule that fits a sentence."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from conversations.understanding.ideas import Sentence, is_off
from conversations.understanding.meaning import Intent

_FILE: Final = Path(__file__).with_name("meanings.toml")
_UNKNOWN_ALLOWED = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: required, excluded and allowed ideas."""

    intent: Intent
    needed: frozenset[str]
    forbidden: frozenset[str]
    welcome: frozenset[str]
    only: bool
    few_unknown: bool

    def fits(self, sentence: Sentence) -> bool:
        """Whether the rule fits the sentence."""
        ideas = sentence.all_ideas
        if not self.needed <= ideas or self.forbidden & ideas:
            return False
        if self.only:
            return not sentence.unknown and sentence.holds_only(self.needed | self.welcome)
        return not self.few_unknown or len(sentence.unknown) <= _UNKNOWN_ALLOWED


def meaning_of(sentence: Sentence) -> Intent | None:
    """The first meaning in the table that fits; None if the sentence is about other subjects."""
    if is_off(sentence):
        return None
    return next((rule.intent for rule in rules() if rule.fits(sentence)), None)


@cache
def rules() -> Sequence[Rule]:
    """Every line of the table, in order."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return [_rule(Intent(intent), line) for intent, *lines in raw["meanings"] for line in lines]


def _rule(intent: Intent, line: str) -> Rule:
    names = line.lstrip("=~").split()
    return Rule(
        intent=intent,
        needed=frozenset(name for name in names if name[0] != "-" and name[-1] != "?"),
        forbidden=frozenset(name[1:] for name in names if name[0] == "-"),
        welcome=frozenset(name[:-1] for name in names if name[-1] == "?"),
        only=line.startswith("="),
        few_unknown=line.startswith("~"),
    )
