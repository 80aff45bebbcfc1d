"""Every kind of letter that goes by e-mail unasked, and who makes it."""

from conversations.account import new_link
from conversations.kit.unasked import LetterMaker
from storage.notices import ChatLinkedLetter

LETTERS: dict[str, LetterMaker] = {ChatLinkedLetter.kind: new_link.letter}
