"""The demo's mailbox: a mail server on loopback that keeps what it is given, and delivers nothing.

The bot hands its mails over as it would to any server, by SMTP; the chat page shows them.
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
    """One mail as it arrived. ``date`` is when, with a time zone."""

    id: int
    date: datetime
    to: str
    sender: str
    subject: str
    text: str

    def as_page(self) -> dict[str, Any]:
        """The form in which the chat page takes it."""
        return {
            "id": self.id,
            "date": self.date.isoformat(),
            "to": self.to,
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
        }


class Mailbox:
    """Listens while entered (``async with``), and keeps the newest letters, newest first.

    Args:
        on_letters: called with all letters whenever one arrives.
        now: the clock that dates them.
        keep: how many letters are kept.
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
        """What arrived, newest first."""
        return list(self._letters)

    @property
    def smtp(self) -> SmtpServer:
        """Where to hand mails over.

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
            # The name is given, because asking for this machine's own can take seconds.
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
    """What aiosmtpd calls; the names are its own."""

    def __init__(self, take: Callable[[Sequence[str], bytes], None]) -> None:
        self._take = take

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        self._take(envelope.rcpt_tos, envelope.content)
        return "250 OK"


def _text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    # Lines end in CRLF on the way; what reads them here wants them as they were written.
    return "" if body is None else "\n".join(str(body.get_content()).strip().splitlines())
