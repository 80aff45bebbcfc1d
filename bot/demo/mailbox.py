"""The demo's mailbox: a mail server on loopback that stores mails and delivers none.

The bot sends its mails to it by SMTP, as to any server; the chat page shows them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP

from bot.settings import SmtpSecurity, SmtpServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Letter:
    """One received mail. ``date`` is when it arrived, with a time zone."""

    id: int
    date: datetime
    to: str
    sender: str
    subject: str
    text: str

    def as_page(self) -> dict[str, Any]:
        """The letter in the chat page's form."""
        return {
            "id": self.id,
            "date": self.date.isoformat(),
            "to": self.to,
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
        }


class Mailbox:
    """Listens while entered (``async with``), and stores the newest letters.

    Args:
        on_letters: called with all letters whenever one arrives.
        now: the clock for their dates.
        keep: how many letters are stored.
    """

    def __init__(
        self,
        *,
        on_letters: Callable[[Sequence[Letter]], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keep: int = 200,
    ) -> None:
        self._on_letters = on_letters
        self._now = now
        self._letters: deque[Letter] = deque(maxlen=keep)
        self._count = 0
        self._server: asyncio.Server | None = None

    @property
    def letters(self) -> list[Letter]:
        """The stored letters, newest first."""
        return list(self._letters)

    @property
    def smtp(self) -> SmtpServer:
        """The server's address, for the bot's settings.

        Raises:
            RuntimeError: the mailbox is not open.
        """
        if self._server is None:
            raise RuntimeError("the mailbox is not open")
        return SmtpServer(
            SmtpSecurity.NONE, LOOPBACK, int(self._server.sockets[0].getsockname()[1])
        )

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        handler = _Handler(self._take)
        self._server = await loop.create_server(
            # An explicit host name, because looking up this machine's own can take seconds.
            lambda: SMTP(handler, hostname="localhost", loop=loop, enable_SMTPUTF8=True),
            LOOPBACK,
            0,
        )
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _take(self, recipients: Sequence[str], content: bytes) -> None:
        message = message_from_bytes(content, policy=policy.default)
        self._count += 1
        self._letters.appendleft(
            Letter(
                id=self._count,
                date=self._now(),
                to=", ".join(recipients),
                sender=str(message["From"] or ""),
                subject=str(message["Subject"] or ""),
                text=_text_of(message),
            )
        )
        if self._on_letters is not None:
            self._on_letters(self.letters)


class _Handler:
    """The handler that aiosmtpd calls, with its names."""

    def __init__(self, take: Callable[[Sequence[str], bytes], None]) -> None:
        self._take = take

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        self._take(envelope.rcpt_tos, envelope.content)
        return "250 OK"


def _text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    # Lines end in CRLF in mails; the page needs plain line feeds.
    return "" if body is None else "\n".join(str(body.get_content()).strip().splitlines())
