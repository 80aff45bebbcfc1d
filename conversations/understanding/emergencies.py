"""Detects reports of a smell of gas, accepting false alarms rather than missing one."""

from collections.abc import Sequence

from conversations.understanding.ideas import Sentence

_NEAR = 6
"""The most words between the gas and its smell: «un odore strano, come di gas»."""

_GAS = frozenset({"GAS"})
_ESCAPING = frozenset({"SMELL", "LEAK"})
_PLACES = frozenset({"PIPE", "METER"})


def smells_of_gas(sentence: Sentence) -> bool:
    """Whether a text may report escaping gas.

    A gas bill does not count: there must be a smell, a leak or an explosion near the gas, its meter
    or its pipes, a leak without mention of water, or one of the phrases.
    """
    ideas = sentence.all_ideas
    if "GAS_SMELL" in ideas:
        return True
    if "WATER" in ideas:
        return False
    if _are_near(sentence.ideas, _ESCAPING, _GAS):
        return True
    escapes = _are_near(sentence.ideas, frozenset({"ESCAPE"}), _GAS)
    if escapes and ideas & _PLACES and "INVOICE" not in ideas:
        return True
    if _ESCAPING & ideas and _PLACES & ideas:
        return "OFF" not in ideas
    leaks = {
        token.text
        for token, found in zip(sentence.tokens, sentence.ideas, strict=True)
        if "LEAK" in found
    }
    return bool(leaks & {"fuga", "fughe"}) and "OFF" not in ideas


def _are_near(
    ideas: Sequence[frozenset[str]], some: frozenset[str], others: frozenset[str]
) -> bool:
    ours = [place for place, found in enumerate(ideas) if found & some]
    theirs = [place for place, found in enumerate(ideas) if found & others]
    return any(abs(one - other) <= _NEAR for one in ours for other in theirs)
