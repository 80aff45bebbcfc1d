"""The smell of gas, told before all else: rather once too often than once too seldom."""

from collections.abc import Sequence

from conversations.understanding.ideas import Sentence

_NEAR = 6
"""How many words may stand between the gas and its smell: «un odore strano, come di gas»."""

_GAS = frozenset({"GAS"})
_ESCAPING = frozenset({"SMELL", "LEAK"})
_PLACES = frozenset({"PIPE", "METER"})


def smells_of_gas(sentence: Sentence) -> bool:
    """Whether somebody may be telling of escaping gas.

    A bill of the gas is none: what counts is a smell, a leak or an explosion near the gas, its
    meter or its pipes, a leak that is named without water, or what is said of it in a phrase.
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
