"""The letters sent by e-mail unasked, and the functions that make them."""

from conversations.account import new_link
from conversations.account.link import code_letters
from conversations.account.my_data import email_changes
from conversations.kit.unasked import LetterMaker
from storage.notices import ChatLinkedLetter, EmailChangedLetter, LinkCodeLetter

LETTERS: dict[str, LetterMaker] = {
    ChatLinkedLetter.kind: new_link.letter,
    LinkCodeLetter.kind: code_letters.letter,
    EmailChangedLetter.kind: email_changes.letter,
}
