"""Every kind of letter that goes by e-mail unasked, and who makes it."""

from conversations.account import new_link
from conversations.kit.unasked import LetterMaker

LETTERS: dict[str, LetterMaker] = {new_link.LETTER: new_link.letter}
