"""The demo: the production service with a local Telegram, a mailbox and a sample supplier.

The service is configured by settings as always, and uses HTTP and SMTP. All data is in a temporary
folder, which is removed when the demo ends.
"""

import asyncio
import errno
import logging
import os
import secrets
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from bot.application import Service
from bot.clock import SystemClock
from bot.demo.mailbox import Mailbox
from bot.demo.sample import CLERK, Customer, Role, Sample, SamplePerson, write_sample
from bot.local_telegram import Group, LocalTelegram, Person
from bot.logs import secrets_of, set_up_logs
from bot.qr import invoice_link
from bot.settings import LogFormat, Sender, Settings
from conversations.kit.services import Clock
from storage import schema
from storage.engine import open_store
from storage.exchange.importing import import_paths
from storage.files import FileStore
from storage.rules.acquisition import next_due
from storage.vault import Vault

ACQUISITION_INTERVAL = timedelta(minutes=2)
"""Short enough to wait for, and long enough to cancel a reading before it."""

BOT_USERNAME = "sportello_demo_bot"
STAFF_GROUP = "Assistenza"
ACQUIRE = "acquire"

_TICK = 1.0  # seconds between updates of the panel

_THINGS_TO_TRY = tuple(
    """\
Sei Giulia: apri la sua fattura qui sotto, premi Avvia nella chat e collega la fornitura.
Il codice di conferma arriva nella scheda Posta, come in una vera casella e-mail.
Invia l'autolettura di casa: 45.000. Poi quella del laboratorio, con contatore e correttore.
Guarda Le mie letture: finché una lettura è Da acquisire, la puoi cancellare.
Aspetta la prossima acquisizione, o premi Acquisisci ora: la ricevuta diventa Acquisita.
Nella scheda File compare quello che è stato scritto per l'azienda.
Scrivi all'assistenza: /assistenza. Poi diventa Olga, che nel gruppo Assistenza ti risponde.
Provaci con le cattive: un numero più basso, 45,5, un adesivo, un bottone vecchio, /annulla.
Poi cambia persona: ognuna ha una storia diversa.
""".splitlines()
)


class PortTakenError(Exception):
    """The port for the chat page is in use."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its parts, and the URL of the chat page."""

    telegram: LocalTelegram
    mailbox: Mailbox
    service: Service
    sample: Sample
    people: dict[str, Person]
    clerk: Person
    staff_group: Group
    url: str


@asynccontextmanager
async def running_demo(
    folder: Path,
    *,
    port: int = 0,
    clock: Clock | None = None,
    interval: timedelta = ACQUISITION_INTERVAL,
) -> AsyncIterator[Demo]:
    """Start everything, and stop it on leaving.

    Args:
        folder: an empty folder for the demo's data.
        port: the chat page's port on this machine; 0 for any free port.
        clock: the clock of the service and of Telegram.
        interval: how often readings are acquired.

    Raises:
        PortTakenError: the port is in use.
    """
    clock = clock or SystemClock()
    token = f"{secrets.randbelow(9_000_000_000) + 1_000_000_000}:{secrets.token_urlsafe(26)}"
    telegram = LocalTelegram(
        token=token, now=clock.now, bot_name="Sportello", bot_username=BOT_USERNAME
    )
    async with AsyncExitStack() as stack:
        await _serve(telegram, port)
        await stack.enter_async_context(telegram)
        mailbox = await stack.enter_async_context(
            Mailbox(
                now=clock.now,
                on_letters=lambda letters: telegram.page.set_mails(
                    [letter.as_page() for letter in letters]
                ),
            )
        )
        sample = await asyncio.to_thread(
            write_sample, folder / "company", clock.now(), bot_username=BOT_USERNAME
        )
        people = {each.role.first_name: _add(telegram, each.role) for each in sample.people}
        clerk = _add(telegram, CLERK)
        group = telegram.add_group(STAFF_GROUP, [clerk], is_forum=True, bot_is_admin=True)
        settings = _settings(telegram, mailbox, sample, folder / "data", interval, group)
        set_up_logs(LogFormat.CONSOLE, secrets=secrets_of(settings))
        await _import(settings, sample, clock.now())
        service = await stack.enter_async_context(Service(settings, clock=clock))
        url = f"{telegram.api_url}/"
        demo = Demo(telegram, mailbox, service, sample, people, clerk, group, url)
        panel = asyncio.create_task(_Panel(demo, clock).keep_right())
        try:
            yield demo
        finally:
            panel.cancel()
            with suppress(asyncio.CancelledError):
                await panel


async def serve_demo(
    port: int, *, open_page: bool = False, say: Callable[[str], None] = print
) -> None:
    """Run the demo until SIGINT or SIGTERM, and print its URL and what to try.

    Args:
        port: the chat page's port on this machine; 0 for any free port.
        open_page: whether to open it in a browser, where there is a screen.
        say: called with each line for the terminal.

    Raises:
        PortTakenError: the port is in use.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    say("Preparing a sample supplier…")
    with TemporaryDirectory(prefix="sportello-demo-") as folder:
        async with running_demo(Path(folder), port=port) as demo:
            # The service's logs would hide the URL; warnings still appear.
            logging.getLogger().setLevel(logging.WARNING)
            for line in _welcome(demo):
                say(line)
            if open_page and _has_screen():
                await asyncio.to_thread(webbrowser.open, demo.url)
            ends = [
                asyncio.create_task(stopping.wait()),
                asyncio.create_task(demo.service.finished()),
            ]
            done, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            for task in done:
                await task
            say("Stopping…")


def _welcome(demo: Demo) -> list[str]:
    main = demo.sample.people[0].role.customers[0]
    minutes = ACQUISITION_INTERVAL // timedelta(minutes=1)
    return [
        "",
        f"  Sportello is at your service:  {demo.url}",
        "",
        f"  You are {main.name}. Press «Avvia», then «Collega la fornitura»:",
        f"    codice cliente   {main.code}",
        f"    codice fiscale   {main.tax_id}",
        "    the code that confirms it is in the page's mailbox (Posta).",
        "  Then try /autolettura with 45.000, /letture, and cancel or wait: readings are acquired",
        f"  every {minutes} minutes, or at once by «Acquisisci ora». The page has more to try.",
        "",
        "  Everything stays on this machine and is gone afterwards. Ctrl+C stops.",
        "",
    ]


async def _serve(telegram: LocalTelegram, port: int) -> None:
    try:
        await telegram.serve(port)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise PortTakenError(
            f"port {port} is not to be had; choose another with --port, or 0 for any free one"
        ) from None


def _settings(  # noqa: PLR0917
    telegram: LocalTelegram,
    mailbox: Mailbox,
    sample: Sample,
    data: Path,
    interval: timedelta,
    group: Group,
) -> Settings:
    supplier = sample.supplier
    return Settings(
        telegram_token=SecretStr(telegram.token),
        telegram_api_url=telegram.api_url,
        data_dir=data,
        encryption_key=(SecretStr(Vault.new_key()),),
        smtp_url=mailbox.smtp,
        mail_from=Sender(supplier.email, supplier.name),
        acquisition_interval=interval,
        company_name=supplier.name,
        company_contacts=supplier.contacts,
        emergency_gas="800 000 001",
        emergency_power="800 000 002",
        company_vat=supplier.vat,
        staff_chat_id=group.id,
    )


async def _import(settings: Settings, sample: Sample, now: datetime) -> None:
    """Prepare the database as an operator does: migrate, and import the company's files."""
    settings.make_folders()
    store = open_store(settings.database_url, settings.vault())
    try:
        await schema.upgrade(store.engine)
        report = await import_paths(
            store,
            [sample.folder],
            zone=settings.timezone,
            now=now,
            files=FileStore(settings.files_dir, store.vault),
        )
    finally:
        await store.close()
    if not report.succeeded:
        problems = [str(problem) for file in report.files for problem in file.problems]
        raise RuntimeError("the sample was refused: " + "; ".join(problems))


def _add(telegram: LocalTelegram, role: Role) -> Person:
    return telegram.add_person(
        role.first_name,
        last_name=role.last_name,
        language_code=role.language,
        note=role.note,
    )


class _Panel:
    """Updates the page's panel: the next acquisition, the files written, the people."""

    def __init__(self, demo: Demo, clock: Clock) -> None:
        self._demo = demo
        self._clock = clock
        self._page = demo.telegram.page
        self._exports = self._page.serve_folder("exports", demo.service.settings.exports_dir)
        self._invoices = self._page.serve_folder("fatture", demo.sample.folder / "pdf")
        self._page.on_panel_action(self._act)
        self._shown: dict[str, Any] | None = None

    async def keep_right(self) -> None:
        """Run until cancelled."""
        while True:
            self._show()
            await asyncio.sleep(_TICK)

    async def _act(self, name: str) -> None:
        if name == ACQUIRE:
            await self._demo.service.acquisition.run()
            self._show()

    def _show(self) -> None:
        """Send the panel if something in it has changed; the page shows the running clock."""
        panel = self._panel()
        if panel != self._shown:
            self._shown = panel
            self._page.set_panel({"now": self._clock.now().astimezone(UTC).isoformat(), **panel})

    def _panel(self) -> dict[str, Any]:
        settings = self._demo.service.settings
        interval = settings.acquisition_interval
        return {
            "next_acquisition": next_due(self._clock.now(), interval).isoformat(),
            "interval_seconds": interval.total_seconds(),
            "things_to_try": list(_THINGS_TO_TRY),
            "people_cards": [
                *(card for person in self._demo.sample.people for card in self._cards(person)),
                self._clerk_card(),
            ],
            "exports": [
                {"name": file.name, "size": file.stat().st_size, "url": self._exports + file.name}
                for file in sorted(settings.exports_dir.iterdir(), reverse=True)
                if file.suffix in {".csv", ".xml"}
            ],
            "actions": [{"name": ACQUIRE, "label": "Acquisisci ora"}],
        }

    def _cards(self, person: SamplePerson) -> list[dict[str, Any]]:
        role = person.role
        lines = [_line("Chi è", role.note)]
        for customer in role.customers:
            lines += _customer_lines(customer, named=len(role.customers) > 1)
        lines += [_line("Prova", words) for words in role.to_try]
        number = self._demo.people[role.first_name].id
        invoice = None
        if person.invoice is not None:
            invoice = {"label": "Apri la fattura", "url": self._invoices + person.invoice.name}
        cards = [
            {
                "person_id": number,
                "title": f"{role.first_name} {role.last_name}",
                "lines": lines,
                "link": invoice,
            }
        ]
        if person is self._demo.sample.people[0]:
            # Opens the link of the invoice's QR code, without a telephone.
            start = invoice_link(BOT_USERNAME, role.customers[0].code)
            cards.append(
                {
                    "person_id": number,
                    "title": f"Il codice QR sulla fattura di {role.first_name}",
                    "lines": [_line("Che cosa fa", "Apre il bot e salta la prima domanda")],
                    "link": {"label": "Apri il bot dal codice QR", "url": start},
                }
            )
        return cards

    def _clerk_card(self) -> dict[str, Any]:
        return {
            "person_id": self._demo.clerk.id,
            "title": f"{CLERK.first_name} {CLERK.last_name}",
            "lines": [
                _line("Chi è", CLERK.note),
                *(_line("Prova", words) for words in CLERK.to_try),
            ],
            "link": None,
        }


def _customer_lines(customer: Customer, *, named: bool) -> list[dict[str, Any]]:
    lines = [_line("Cliente", customer.name)] if named else []
    label = "Codice fiscale" if customer.tax_code else "Partita IVA"
    return [
        *lines,
        _line("Codice cliente", customer.code, copy=True),
        _line(label, customer.tax_id, copy=True),
        _line("E-mail", customer.email or "nessuna"),
    ]


def _line(label: str, value: str, *, copy: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "copy": copy}


def _has_screen() -> bool:
    # Without one, the standard library would open a text browser in this terminal.
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
