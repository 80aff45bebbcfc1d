"""Sends mail over SMTP: one-time codes, and notices to the customer's own address."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, make_msgid

import aiosmtplib

from bot.settings import Sender, SmtpSecurity, SmtpServer

TIMEOUT = timedelta(seconds=20)
"""The longest time for one mail: somebody waits for the answer in a chat."""

_FAREWELL = 2.0  # seconds
_LAST_TEMPORARY_CODE = 499


class MailError(Exception):
    """A mail could not be sent; the message says why, without the address.

    ``passing`` says whether it may succeed later: the server is unavailable, slow or busy, as
    opposed to a refusal that would be repeated. ``of_address`` says that the address accepts no
    mail at all.
    """

    def __init__(self, reason: str, *, passing: bool, of_address: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing
        self.of_address = of_address


class Mailer:
    """Hands mails to one SMTP server, with a connection for each, as there are few.

    Args:
        server: the server, and how the connection is protected.
        sender: the sender's address and name.
        timeout: the longest time for one mail.
        tls: how the server's certificate is checked; against the system's authorities by default.
    """

    def __init__(
        self,
        server: SmtpServer,
        sender: Sender,
        *,
        timeout: timedelta = TIMEOUT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._timeout = timeout.total_seconds()
        self._tls = tls

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send one plain-text mail; when this returns, the server has accepted it.

        Args:
            to: one address.
            subject: one line.
            text: the text, in any script.

        Raises:
            MailError: the server did not accept it.
        """
        message = self._written(to, subject, text)
        async with self._connected() as smtp:
            # SMTPUTF8 is used where the address needs it and the server offers it.
            try:
                await smtp.send_message(message, recipients=[to])
            except aiosmtplib.SMTPNotSupported:
                raise MailError(
                    "the mail server does not take addresses outside ASCII",
                    passing=False,
                    of_address=True,
                ) from None

    async def check(self) -> None:
        """Connect, greet and log in, without sending anything.

        Raises:
            MailError: one of these failed.
        """
        async with self._connected() as smtp:
            await smtp.ehlo()
            await smtp.noop()

    def _written(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        try:
            message["From"] = Address(self._sender.name, addr_spec=self._sender.address)
            message["To"] = _address(to)
            message["Subject"] = subject
        except (MessageError, ValueError, IndexError):  # IndexError: an empty address
            raise MailError(
                "the address or the subject has a wrong form", passing=False, of_address=True
            ) from None
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=self._domain)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents automatic replies
        message.set_content(text)
        return message

    @property
    def _domain(self) -> str:
        return self._sender.address.rpartition("@")[2]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=None if server.password is None else server.password.get_secret_value(),
            use_tls=server.security is SmtpSecurity.TLS,
            start_tls=server.security is SmtpSecurity.STARTTLS,
            tls_context=self._tls,
            timeout=self._timeout,
            local_hostname=self._domain,  # looking up this machine's own name can be slow
        )
        try:
            # The client's timeout is for each step: a slow server could take for ever.
            async with asyncio.timeout(self._timeout):
                await smtp.connect()
                yield smtp
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            # Without the server's own message, which often contains the address.
            raise _told(error) from None
        else:
            # The mail is accepted by now: an error while quitting does not change that.
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=_FAREWELL)
        finally:
            smtp.close()


def _address(text: str) -> Address:
    """An address for a header; the parser of whole addresses refuses non-ASCII letters."""
    if text.isascii():
        return Address(addr_spec=text)
    mailbox, _, domain = text.rpartition("@")
    if not mailbox.isprintable() or any(sign in mailbox for sign in ' "(),:;<>@[\\]'):
        raise ValueError("no address")
    return Address(username=mailbox, domain=domain)


def _told(error: Exception) -> MailError:
    """The error in words that contain neither address nor password."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return MailError("the mail server's certificate or its TLS was not accepted", passing=True)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        passing = error.code <= _LAST_TEMPORARY_CODE
        what = {
            aiosmtplib.SMTPAuthenticationError: "the user or the password",
            aiosmtplib.SMTPRecipientRefused: "the recipient",
        }.get(type(error), "the mail")
        return MailError(
            f"the mail server refused {what} ({error.code})",
            passing=passing,
            of_address=not passing and isinstance(error, aiosmtplib.SMTPRecipientRefused),
        )
    match error:
        case TimeoutError():
            reason = "the mail server took too long to answer"
        case aiosmtplib.SMTPServerDisconnected():
            reason = "the mail server broke the connection off"
        case OSError():
            reason = "the mail server cannot be reached"
        case _:
            lacks = f"the mail server does not do what is needed ({type(error).__name__})"
            return MailError(lacks, passing=False)
    return MailError(reason, passing=True)
