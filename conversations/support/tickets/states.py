"""The states of writing a ticket, and its draft."""

import enum
from dataclasses import dataclass, field

from storage.models import MediaKind
from storage.repositories.tickets import NewFile
from storage.rules.tickets import MOST_WORDS

NAME = "tickets"
"""The name of the conversation."""


class State(enum.Enum):
    CUSTOMER = "customer"
    SUBJECT = "subject"
    WORDS = "words"
    SUMMARY = "summary"
    OPENED = "opened"
    ADDING = "adding"


@dataclass(slots=True)
class SentFile:
    """A photo or file, with Telegram's ``file_id``."""

    media: MediaKind
    file_id: str
    name: str
    size: int | None = None


@dataclass(slots=True)
class Draft:
    """The text and files so far, for a new ticket of a customer or for an existing one.

    A usual ``subject`` is in Italian, as the staff read it. ``album`` is the album of the last
    file: it gets one answer; ``refused_album`` is the one for which the customer was told that the
    rest does not fit. ``idle`` says that it holds nothing yet (see ``conversations.kit.context``).
    """

    idle: bool = False
    customer_id: int | None = None
    ticket_id: int | None = None
    subject: str | None = None
    words: list[str] = field(default_factory=list)
    files: list[SentFile] = field(default_factory=list)
    album: str | None = None
    refused_album: str | None = None

    @property
    def text(self) -> str:
        """The whole text, one message below the other."""
        return "\n\n".join(self.words)

    def add_words(self, words: str) -> bool:
        """Add a message; False if it is too long, and is left out."""
        if len("\n\n".join([*self.words, words])) > MOST_WORDS:
            return False
        self.words.append(words)
        self.idle = False
        return True

    def add_file(self, file: SentFile) -> None:
        """Add a photo or file."""
        self.files.append(file)
        self.idle = False

    def new_files(self) -> list[NewFile]:
        """The files, for the ticket's repository."""
        return [NewFile(each.media, each.file_id, each.name, each.size) for each in self.files]
