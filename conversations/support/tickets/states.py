"""Where writing to the staff can stand, and what is kept of it in between."""

import enum
from dataclasses import dataclass, field

from storage.models import MediaKind
from storage.repositories.tickets import NewFile
from storage.rules.tickets import MOST_WORDS

NAME = "tickets"
"""What the conversation is kept under."""


class State(enum.Enum):
    CUSTOMER = "customer"
    SUBJECT = "subject"
    WORDS = "words"
    SUMMARY = "summary"
    OPENED = "opened"
    ADDING = "adding"


@dataclass(slots=True)
class SentFile:
    """A photo or file as it came, by Telegram's own name for it."""

    media: MediaKind
    file_id: str
    name: str
    size: int | None = None


@dataclass(slots=True)
class Draft:
    """What was written so far: for a new ticket of a customer, or for one that is there.

    ``subject`` is in Italian where it is one of the usual ones: it is the staff who read it.
    ``album`` is the album that the last file came in: it is one gesture, and gets one answer;
    ``refused_album`` the one of which it was said that the rest does not fit.
    ``idle`` says that there is nothing to lose yet (see ``conversations.kit.context``).
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
        """Everything that was written, a message below the other."""
        return "\n\n".join(self.words)

    def add_words(self, words: str) -> bool:
        """Takes a message; False where it is too much, and is left out."""
        if len("\n\n".join([*self.words, words])) > MOST_WORDS:
            return False
        self.words.append(words)
        self.idle = False
        return True

    def add_file(self, file: SentFile) -> None:
        """Takes a photo or file."""
        self.files.append(file)
        self.idle = False

    def new_files(self) -> list[NewFile]:
        """The files, as the ticket takes them."""
        return [NewFile(each.media, each.file_id, each.name, each.size) for each in self.files]
