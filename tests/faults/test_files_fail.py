"""Whatever Telegram does to an upload or a download: the file arrives, and is what it was."""

import pytest

from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.engine import Store
from storage.models import Customer
from tests.faults.test_telegram_fails import (
    NAMES,
    TROUBLES,
    Trouble,
    check_obeyed,
    times_of,
    trip_up,
)
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.consumption import add_energy
from tests.support.factories import add_customer, add_electricity_point, link_chat
from tests.support.papers import PDF, add_invoice
from tests.support.post import PostOffice
from tests.support.runs import running
from tests.support.tickets import files

pytestmark = [
    pytest.mark.usefixtures("_hasty"),
    pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES),
]


@pytest.fixture
async def customer(chat: ChatDriver, store: Store) -> Customer:
    """Whom Anna's chat is linked to."""
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    return customer


def check_happened(telegram: LocalTelegram) -> None:
    """Everything that was to go wrong did: the trial shows something."""
    assert all(fault.happened for fault in telegram.faults.faults), telegram.faults.faults


def check_came(chat: ChatDriver, kind: str, trouble: Trouble) -> None:
    """One came, or two where the first was done and not confirmed."""
    most = 2 if times_of(trouble) == "at least once" else 1
    came = sum(kind in message for message in chat.messages())
    assert 1 <= came <= most, (came, chat.transcript)


async def test_an_invoice_arrives(
    chat: ChatDriver, counter: Counter, customer: Customer, trouble: Trouble
) -> None:
    telegram = counter.telegram
    await add_invoice(counter.service, customer, number="FT 1", pdf=PDF)
    await chat.sends("/fatture")
    telegram.calls.clear()
    trip_up(telegram, trouble, "sendDocument", "sendChatAction")
    await chat.taps("📄 Fattura FT 1")
    check_happened(telegram)
    check_came(chat, "document", trouble)
    check_obeyed(telegram, trouble)
    sent = next(m for m in chat.messages() if "document" in m)
    stored = telegram.files.get(sent["document"]["file_id"])
    assert stored is not None
    assert stored.data == PDF
    chat.skip()


async def test_a_chart_arrives_and_changes(
    counter: Counter, clock: MovableClock, trouble: Trouble
) -> None:
    telegram, store = counter.telegram, counter.service.store
    customer = await add_customer(store)
    point = await add_electricity_point(store, customer)
    chat = counter.visitor("Anna")
    await link_chat(store, chat.id, customer, clock.now())
    for year in (2024, 2025):
        await add_energy(store, point, year, dict.fromkeys(range(1, 13), (50, 40, 30, 2500)))
    telegram.calls.clear()
    trip_up(telegram, trouble, "sendPhoto")
    await chat.sends("/prelievi")
    check_happened(telegram)
    check_came(chat, "photo", trouble)
    check_obeyed(telegram, trouble)
    telegram.calls.clear()
    trip_up(telegram, trouble, "editMessageMedia")
    await chat.taps("‹ 2024")
    check_happened(telegram)
    check_obeyed(telegram, trouble)
    check_came(chat, "photo", trouble)
    newest = [m for m in chat.messages() if "photo" in m][-1]
    assert "Prelievi 2024" in newest["caption"]
    chat.skip()


@pytest.mark.parametrize("method", ["getFile", "file"])
async def test_what_comes_with_a_ticket_is_fetched(
    chat: ChatDriver, counter: Counter, trouble: Trouble, method: str
) -> None:
    telegram, service = counter.telegram, counter.service
    await chat.sends("/assistenza")
    await chat.taps("Altro")
    await chat.sends_file(b"%PDF-1.4 privato", "verbale.pdf", "Ecco")
    for label in ("Fatto", "Invia"):
        await chat.taps(label)
    chat.skip()
    trip_up(telegram, trouble, method, times=2)
    for _ in range(6):  # as often as the scheduler would
        await service.attachments.run()
    check_happened(telegram)
    (kept,) = await files(service.store)
    assert await service.files.read(kept.room_name or "") == b"%PDF-1.4 privato"
    assert not kept.lost


async def test_the_webhook_is_set_in_the_end(
    telegram: LocalTelegram,
    webhook: Settings,
    clock: MovableClock,
    post: PostOffice,
    trouble: Trouble,
) -> None:
    trip_up(telegram, trouble, "getMe", "setWebhook", times=2)
    async with running(telegram, webhook, clock, post) as counter:
        check_happened(telegram)
        check_obeyed(telegram, trouble)
        anna = counter.visitor("Anna")
        await anna.sends("/start")
        anna.sees("Ciao!")
