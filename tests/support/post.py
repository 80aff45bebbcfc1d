"""A mail server that keeps the mails."""

import re
from dataclasses import dataclass

from bot.mail import MailError


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        """The six digits in it."""
        found = re.search(r"\b\d{6}\b", self.text)
        assert found is not None, "a mail without a code"
        return found[0]


class PostOffice:
    """Keeps letters; unavailable while ``closed``, and refuses addresses in ``refuses``."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.closed = False
        self.refuses = False
        self.takes_no_mail: set[str] = set()

    async def send(self, to: str, subject: str, text: str) -> None:
        if self.closed:
            raise MailError("the server is away", passing=True)
        if self.refuses:
            raise MailError(
                "the mail server refused the recipient (550)", passing=False, of_address=True
            )
        if to in self.takes_no_mail:
            raise MailError("refused the recipient (550)", passing=False, of_address=True)
        self.letters.append(Letter(to, subject, text))
