import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import SecretStr

from bot.demo.mailbox import Letter, Mailbox
from bot.mail import Mailer, MailError
from bot.settings import Sender, SmtpSecurity, SmtpServer

SENDER = Sender("sportello@example.it", "Luce e Gas Romagna")
CUSTOMER = "anna.marked@example.com"


class Handler:
    """A server's behaviour: keeps what it takes, and answers as it is told to."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Any] = []

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            self.envelopes.append(envelope)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer


@asynccontextmanager
async def serving(
    handler: Handler,
    security: SmtpSecurity = SmtpSecurity.NONE,
    *,
    user: str | None = None,
    password: str | None = None,
    **options: Any,
) -> AsyncIterator[SmtpServer]:
    loop = asyncio.get_running_loop()
    listening_tls = options.pop("listening_tls", None)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="localhost", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=listening_tls,
    )
    try:
        yield SmtpServer(
            security,
            "127.0.0.1",
            server.sockets[0].getsockname()[1],
            user,
            None if password is None else SecretStr(password),
        )
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def speaking(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> AsyncIterator[SmtpServer]:
    """A server that misbehaves in its own way."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield SmtpServer(SmtpSecurity.NONE, "127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


async def failure(mailer: Mailer, to: str = CUSTOMER) -> MailError:
    with pytest.raises(MailError) as caught:
        await mailer.send(to, "Il tuo codice", "123456")
    assert CUSTOMER not in str(caught.value)
    assert "marked" not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_an_accepted_mail_arrives_as_it_was_written() -> None:
    handler = Handler()
    async with serving(handler) as server:
        await Mailer(server, SENDER).send(
            CUSTOMER, "Il tuo codice è pronto", "Ciao!\nIl codice è 123456. Perché? Così."
        )
    (mail,) = handler.mails
    assert mail["To"] == CUSTOMER
    assert mail["From"] == "Luce e Gas Romagna <sportello@example.it>"
    assert mail["Subject"] == "Il tuo codice è pronto"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.it>")
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content().splitlines() == ["Ciao!", "Il codice è 123456. Perché? Così."]
    assert handler.envelopes[0].mail_from == "sportello@example.it"
    assert handler.envelopes[0].rcpt_tos == [CUSTOMER]


@pytest.mark.parametrize(
    ("step", "answer", "told", "passing"),
    [
        ("RCPT", f"550 no such mailbox {CUSTOMER}", "refused the recipient (550)", False),
        ("RCPT", f"450 {CUSTOMER} is busy", "refused the recipient (450)", True),
        ("MAIL", "550 not you", "refused the mail (550)", False),
        ("DATA", "452 disk full", "refused the mail (452)", True),
        ("DATA", "554 looks like spam", "refused the mail (554)", False),
    ],
)
async def test_a_refusal_is_told_without_the_address(
    step: str, answer: str, told: str, passing: bool
) -> None:
    handler = Handler(**{step: answer})
    async with serving(handler) as server:
        error = await failure(Mailer(server, SENDER))
    assert told in str(error)
    assert error.passing is passing
    assert handler.mails == []


@pytest.mark.parametrize(
    ("step", "answer", "of_address"),
    [
        ("RCPT", "550 no such user", True),
        ("RCPT", "553 not here", True),
        ("RCPT", "450 come back later", False),
        ("DATA", "554 looks like spam", False),
        ("MAIL", "550 not from you", False),
    ],
)
async def test_only_a_lasting_refusal_of_the_recipient_is_the_address_s(
    step: str, answer: str, of_address: bool
) -> None:
    async with serving(Handler(**{step: answer})) as server:
        error = await failure(Mailer(server, SENDER))
    assert error.of_address is of_address


async def test_an_address_outside_ascii_is_mailed_where_the_server_takes_it() -> None:
    handler = Handler()
    async with serving(handler, enable_SMTPUTF8=True) as server:
        await Mailer(server, SENDER).send("josé@example.org", "Codice", "123456")
    assert handler.envelopes[0].rcpt_tos == ["josé@example.org"]
    assert handler.mails[0].get_content().strip() == "123456"


async def test_an_address_outside_ascii_is_the_address_s_where_the_server_does_not() -> None:
    handler = Handler()
    async with serving(handler) as server:
        with pytest.raises(MailError) as caught:
            await Mailer(server, SENDER).send("josé@example.org", "Codice", "123456")
    assert caught.value.of_address
    assert not caught.value.passing
    assert "jos" not in str(caught.value)
    assert handler.mails == []


async def test_a_server_that_is_down_is_told() -> None:
    async with serving(Handler()) as server:
        pass
    error = await failure(Mailer(server, SENDER))
    assert str(error) == "the mail server cannot be reached"
    assert error.passing


async def test_a_name_that_does_not_exist_is_told() -> None:
    server = SmtpServer(SmtpSecurity.NONE, "mail.invalid", 25)
    assert (await failure(Mailer(server, SENDER))).passing


async def test_a_server_that_says_nothing_does_not_hold_the_chat() -> None:
    never = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    async with speaking(silent) as server:
        error = await failure(Mailer(server, SENDER, timeout=timedelta(milliseconds=50)))
        never.set()
    assert str(error) == "the mail server took too long to answer"
    assert error.passing


async def test_a_server_that_drips_is_cut_off_too() -> None:
    # Each single step is quick, so that only a limit on the whole helps.
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        try:
            while await reader.readline():
                for _ in range(1_000):
                    writer.write(b"250-AND MORE\r\n")
                    await writer.drain()
                    await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        writer.close()

    async with speaking(drips) as server:
        error = await failure(Mailer(server, SENDER, timeout=timedelta(milliseconds=200)))
    assert str(error) == "the mail server took too long to answer"


async def test_a_connection_cut_in_the_middle_is_told() -> None:
    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()

    async with speaking(cuts) as server:
        error = await failure(Mailer(server, SENDER))
    assert str(error) == "the mail server broke the connection off"
    assert error.passing


async def test_a_server_that_goes_after_taking_the_mail_has_taken_it() -> None:
    taken: list[bytes] = []

    async def goes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for answer in (b"250 hi\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n"):
            await reader.readline()
            writer.write(answer)
        taken.append(await reader.readuntil(b"\r\n.\r\n"))
        writer.write(b"250 taken\r\n")
        await writer.drain()
        writer.close()

    async with speaking(goes) as server:
        await Mailer(server, SENDER).send(CUSTOMER, "Il tuo codice", "123456")
    assert b"123456" in taken[0]


def only(user: str, password: str) -> Callable[..., AuthResult]:
    def judge(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return judge


async def test_the_user_and_the_password_are_given() -> None:
    handler = Handler()
    async with serving(
        handler,
        user="us@er",
        password="pàss/word",
        authenticator=only("us@er", "pàss/word"),
        auth_required=True,
        auth_require_tls=False,
    ) as server:
        await Mailer(server, SENDER).send(CUSTOMER, "Il tuo codice", "123456")
        await Mailer(server, SENDER).check()
    assert len(handler.mails) == 1


async def test_a_wrong_password_is_told_and_not_repeated() -> None:
    handler = Handler()
    async with serving(
        handler,
        user="user",
        password="hunter2",
        authenticator=only("user", "right"),
        auth_required=True,
        auth_require_tls=False,
    ) as server:
        error = await failure(Mailer(server, SENDER))
        with pytest.raises(MailError):
            await Mailer(server, SENDER).check()
    assert "refused the user or the password" in str(error)
    assert "hunter2" not in str(error)
    assert handler.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return path


def at_the_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def test_starttls_protects_the_connection(certificate: Path) -> None:
    handler = Handler()
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with serving(
        handler,
        SmtpSecurity.STARTTLS,
        tls_context=at_the_server(certificate),
        require_starttls=True,
    ) as server:
        await Mailer(server, SENDER, tls=trusting).send(CUSTOMER, "Il tuo codice", "123456")
    assert len(handler.mails) == 1


async def test_smtps_protects_the_connection(certificate: Path) -> None:
    handler = Handler()
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with serving(
        handler, SmtpSecurity.TLS, listening_tls=at_the_server(certificate)
    ) as server:
        await Mailer(server, SENDER, tls=trusting).send(CUSTOMER, "Il tuo codice", "123456")
    assert len(handler.mails) == 1


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, security: SmtpSecurity
) -> None:
    handler = Handler()
    tls = at_the_server(certificate)
    kind = "tls_context" if security is SmtpSecurity.STARTTLS else "listening_tls"
    options: dict[str, Any] = {kind: tls}
    async with serving(handler, security, **options) as server:
        error = await failure(Mailer(server, SENDER))
    assert "certificate" in str(error)
    assert handler.mails == []


async def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    handler = Handler()
    async with serving(handler, SmtpSecurity.STARTTLS) as server:
        error = await failure(Mailer(server, SENDER))
    assert "does not do what is needed" in str(error)
    assert not error.passing
    assert handler.mails == []


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("anna@example.com\r\nBcc: marked@example.com", "Codice"),
        ("anna@example.com", "Codice\r\nBcc: marked@example.com"),
        ("not an address", "Codice"),
        ("", "Codice"),
    ],
)
async def test_nothing_can_be_smuggled_into_the_header(to: str, subject: str) -> None:
    handler = Handler()
    async with serving(handler) as server:
        with pytest.raises(MailError, match="wrong form") as caught:
            await Mailer(server, SENDER).send(to, subject, "123456")
    assert "marked" not in str(caught.value)
    assert handler.mails == []


async def test_the_demo_s_mailbox_keeps_what_the_bot_sends() -> None:
    seen: list[list[Letter]] = []
    then = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
    async with Mailbox(
        on_letters=lambda letters: seen.append(list(letters)), now=lambda: then
    ) as mailbox:
        mailer = Mailer(mailbox.smtp, SENDER)
        await mailer.check()
        await mailer.send(CUSTOMER, "Il primo", "È 123456\nCiao")
        await mailer.send(CUSTOMER, "Il secondo", "È 654321")
    assert [letter.subject for letter in mailbox.letters] == ["Il secondo", "Il primo"]
    assert [len(letters) for letters in seen] == [1, 2]
    assert mailbox.letters[1].as_page() == {
        "id": 1,
        "date": "2026-02-03T09:30:00+00:00",
        "to": CUSTOMER,
        "from": "Luce e Gas Romagna <sportello@example.it>",
        "subject": "Il primo",
        "text": "È 123456\nCiao",
    }
