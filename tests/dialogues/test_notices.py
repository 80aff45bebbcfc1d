"""What customers are told of what happened: acquired, refused and why, invoices, moved windows."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.exchange.outcomes import import_outcomes
from storage.models import (
    Access,
    Announcement,
    Audience,
    Customer,
    Invoice,
    InvoiceState,
    OutboxState,
    SupplyPoint,
)
from storage.repositories.hours import first_hour
from storage.rules.quiet_hours import QuietHours
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import ROME, MovableClock
from tests.support.company_files import WINDOWS_HEADER
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_reading,
    link_chat,
)
from tests.support.pictures import plain_png
from tests.support.readings import point_of
from tests.support.unasked import outbox, rome, speak, states

OUTCOMES = "punto;data;esito;note\n"


@pytest.fixture
async def anna(chat: ChatDriver, counter: Counter) -> ChatDriver:
    """The Anna of all dialogues, who has spoken with the bot and heard of the window."""
    await chat.sends("/menu")
    await speak(counter)
    chat.skip()
    return chat


async def customer_of(store: Store, chat: ChatDriver) -> Customer:
    async with store.reading() as unit:
        (link,) = await unit.chats.links(chat.id)
        return await unit.session.get_one(Customer, link.customer_id)


async def relative(
    counter: Counter, store: Store, of: ChatDriver, name: str = "Bruno", **preferences: object
) -> ChatDriver:
    """Another chat of the same customer."""
    chat = counter.visitor(name)
    await chat.sends("/start")
    chat.skip()
    customer = await customer_of(store, of)
    await link_chat(store, chat.id, customer, counter.service.clock.now())
    await choose(store, chat, **preferences)
    return chat


async def choose(store: Store, chat: ChatDriver, **preferences: object) -> None:
    if preferences:
        async with store.unit() as unit:
            await unit.preferences.change(chat.id, **preferences)
            await unit.commit()


async def reads(chat: ChatDriver, number: str) -> None:
    await chat.sends(number)
    await chat.taps("Salva")
    chat.skip()


async def tell(counter: Counter, folder: Path, *rows: str) -> None:
    """The distributor's outcomes come in."""
    path = folder / "esiti.csv"
    path.write_text(OUTCOMES + "\n".join(rows) + "\n")
    report = await import_outcomes(counter.service.store, path, now=counter.service.clock.now())
    assert not report.problem_count, [str(each) for each in report.problems]


# -- acquired --


async def test_the_receipt_changes_without_a_message(anna: ChatDriver, counter: Counter) -> None:
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.sees("Acquisita", buttons=[], edited=True)
    anna.sees_nothing_more()


async def test_who_asked_for_it_gets_a_message_as_well(
    anna: ChatDriver, counter: Counter, store: Store
) -> None:
    await choose(store, anna, tell_acquired=True)
    curious = await relative(counter, store, anna, tell_of_others=True)
    other = await relative(counter, store, anna, "Dario", tell_acquired=True)
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.sees("Acquisita", edited=True)
    anna.sees("Lettura acquisita", "Via Roma 12", "45.000")
    curious.sees("Lettura acquisita", "Via Roma 12", "45.000")
    other.sees_nothing_more()
    await speak(counter)


async def test_several_that_come_at_once_are_one_message(
    anna: ChatDriver, counter: Counter, store: Store
) -> None:
    await choose(store, anna, tell_acquired=True)
    customer = await customer_of(store, anna)
    for number in range(4):
        point = await add_gas_point(store, customer, address=f"Via {number}")
        await add_reading(store, point, date(2026, 1, 15), 100)
    for place in range(5):  # the reminder was today: each number is for the next point
        await anna.sends("45000" if place == 0 else "140")
        await anna.taps("Salva")
    anna.skip()
    await counter.service.acquisition.run()
    await speak(counter)
    for _ in range(5):
        anna.sees("Acquisita", edited=True)
    anna.sees("5 letture acquisite", "Via Roma 12", "Via 3")
    anna.sees_nothing_more()


async def test_a_notice_waits_for_the_morning_and_the_receipt_does_not(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await choose(store, anna, tell_acquired=True)
    clock.set(2026, 2, 15, 22, 0)
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.sees("Acquisita", edited=True)
    anna.sees_nothing_more()
    clock.set(2026, 2, 16, 8, 0)
    await speak(counter)
    anna.sees("Lettura acquisita", "15/02/2026")


# -- outcomes --


async def test_a_refused_reading_comes_with_the_reason_and_a_way_to_read_again(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    point = await point_of(store, anna)
    clock.set(2026, 2, 16, 10, 0)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;N;Lettura <non> coerente")
    await speak(counter)
    anna.sees("Respinta", edited=True)
    anna.sees(
        "Lettura respinta dal distributore",
        "Via Roma 12",
        "45.000",
        "Motivo: Lettura <non> coerente",
        "Si può leggere di nuovo fino al 20/02/2026, 10:00",
        buttons=["Leggi di nuovo"],
    )
    await anna.taps("Leggi di nuovo")
    anna.sees("Ultima lettura: 44.870", "Lettura contatore")
    await reads(anna, "44990")
    await speak(counter)
    anna.sees_nothing_more()


async def test_a_refusal_after_the_window_points_to_people(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    point = await point_of(store, anna)
    clock.set(2026, 3, 10, 10, 0)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;N;Non coerente")
    await speak(counter)
    anna.sees("Respinta", edited=True)
    anna.sees("Lettura respinta", "Non coerente", "/assistenza", buttons=[])


async def test_a_confirmed_reading_is_told_to_who_sent_it_and_who_asked(
    anna: ChatDriver, counter: Counter, store: Store, tmp_path: Path
) -> None:
    curious = await relative(counter, store, anna, tell_of_others=True)
    await relative(counter, store, anna, "Dario")
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    curious.skip()
    point = await point_of(store, anna)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;V;")
    await speak(counter)
    anna.sees("confermata dal distributore", edited=True)
    anna.sees("Lettura confermata", "45.000")
    curious.sees("Lettura confermata", "45.000")
    await tell(counter, tmp_path, f"{point.code};15/02/2026;V;")
    await speak(counter)


async def test_outcomes_can_be_switched_off(
    anna: ChatDriver, counter: Counter, store: Store, tmp_path: Path
) -> None:
    await choose(store, anna, tell_outcome=False)
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    point = await point_of(store, anna)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;N;Non coerente")
    await speak(counter)
    anna.sees("Respinta", edited=True)
    anna.sees_nothing_more()


async def test_whose_link_ended_hears_of_no_outcome(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    point = await point_of(store, anna)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;N;Non coerente")
    async with store.unit() as unit:
        await unit.chats.unlink(anna.id, point.customer_id, now=clock.now())
        await unit.commit()
    await counter.service.outbox.run()
    anna.sees("Respinta", edited=True)  # of a message that is theirs already
    anna.sees_nothing_more()
    assert await states(store, "outcome_notice") == [OutboxState.OUTDATED]


# -- one's own news and others' --


@pytest.fixture
async def night(
    anna: ChatDriver, counter: Counter, clock: MovableClock, store: Store
) -> tuple[ChatDriver, ChatDriver]:
    """Anna reads late in the evening, when nobody is told anything before the morning.

    Bruno, of the same customer, wants to hear of others' readings, and Anna of her own.
    """
    bruno = await relative(counter, store, anna, tell_of_others=True)
    await choose(store, anna, tell_acquired=True)
    clock.set(2026, 2, 15, 22, 0)
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.skip()
    return anna, bruno


async def changed_overnight(store: Store, anna: ChatDriver, bruno: ChatDriver, own: str) -> None:
    """Anna wants to hear of others' readings alone, and Bruno of his own alone."""
    await choose(store, anna, **{own: False, "tell_of_others": True})
    await choose(store, bruno, **{own: True, "tell_of_others": False})


async def test_an_acquisition_is_told_by_the_wishes_of_the_morning(
    night: tuple[ChatDriver, ChatDriver], counter: Counter, clock: MovableClock, store: Store
) -> None:
    await changed_overnight(store, *night, own="tell_acquired")
    clock.set(2026, 2, 16, 9, 0)
    await speak(counter)
    for chat in night:
        chat.sees_nothing_more()
    assert await states(store, "acquired_notice") == [OutboxState.OUTDATED] * 2


async def test_an_outcome_is_told_by_the_wishes_of_the_morning(
    night: tuple[ChatDriver, ChatDriver],
    counter: Counter,
    clock: MovableClock,
    store: Store,
    tmp_path: Path,
) -> None:
    anna, bruno = night
    point = await point_of(store, anna)
    await choose(store, anna, tell_acquired=False)
    await choose(store, bruno, tell_of_others=False)
    clock.set(2026, 2, 16, 9, 0)
    await speak(counter)
    await choose(store, bruno, tell_of_others=True)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;V;")
    await changed_overnight(store, anna, bruno, own="tell_outcome")
    await speak(counter)
    anna.sees("confermata dal distributore", edited=True)
    for chat in night:
        chat.sees_nothing_more()
    assert await states(store, "outcome_notice") == [OutboxState.OUTDATED] * 2


async def test_who_wants_others_news_alone_hears_nothing_of_their_own(
    anna: ChatDriver, counter: Counter, store: Store, tmp_path: Path
) -> None:
    await choose(store, anna, tell_acquired=False, tell_outcome=False, tell_of_others=True)
    await reads(anna, "45000")
    await counter.service.acquisition.run()
    await speak(counter)
    anna.sees("Acquisita", edited=True)
    point = await point_of(store, anna)
    await tell(counter, tmp_path, f"{point.code};15/02/2026;V;")
    await speak(counter)
    anna.sees("confermata dal distributore", edited=True)
    anna.sees_nothing_more()
    assert await outbox(store, "acquired_notice") == await outbox(store, "outcome_notice") == []


# -- invoices --


async def add_invoice(
    store: Store, customer: Customer, number: str, day: date, now: object, **values: object
) -> Invoice:
    usual: dict[str, object] = {
        "due": day + timedelta(days=20),
        "amount_cents": 8_420,
        "state": InvoiceState.TO_PAY,
        "file_name": "0" * 64,
        "file_hash": "1" * 64,
        "file_size": 10,
    }
    invoice = Invoice(
        customer_id=customer.id, number=number, day=day, listed_at=now, **(usual | values)
    )
    async with store.unit() as unit:
        unit.session.add(invoice)
        await unit.commit()
    return invoice


async def test_a_new_invoice_is_told_once_with_its_pdf(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    customer = await customer_of(store, anna)
    await add_invoice(store, customer, "2026/77", date(2026, 2, 10), clock.now())
    await speak(counter)
    anna.sees(
        "È arrivata una fattura",
        "2026/77",
        "84,20",
        "scadenza 02/03/2026",
        buttons=["📄 Fattura 2026/77"],
    )
    await speak(counter)
    anna.sees_nothing_more()


async def test_invoices_that_come_at_once_are_one_message(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    customer = await customer_of(store, anna)
    for number in range(12):
        await add_invoice(
            store,
            customer,
            f"2026/{number}",
            date(2026, 2, 10),
            clock.now(),
            file_name=None,
            file_hash=None,
        )
    await speak(counter)
    anna.sees("Sono arrivate 12 fatture", "2026/0", "…e altre 2", buttons=[])
    anna.sees_nothing_more()


async def test_the_history_of_a_first_import_is_no_news(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    customer = await customer_of(store, anna)
    paid = {"state": InvoiceState.PAID}
    await add_invoice(store, customer, "2014/1", date(2014, 2, 10), clock.now(), **paid)
    await add_invoice(store, customer, "2025/9", date(2025, 12, 1), clock.now(), **paid)
    await speak(counter)
    anna.sees_nothing_more()
    assert await outbox(store, "new_invoice") == []


async def test_who_wants_no_news_of_invoices_gets_none(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    viewer = await relative(counter, store, anna)
    await choose(store, anna, tell_invoice=False)
    customer = await customer_of(store, anna)
    await add_invoice(store, customer, "2026/77", date(2026, 2, 10), clock.now())
    await speak(counter)
    anna.sees_nothing_more()
    viewer.sees("È arrivata una fattura")


async def test_who_may_only_look_hears_of_invoices_and_who_stands_for_two_of_whose(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Ugo")
    await chat.sends("/start")
    chat.skip()
    for code in ("000031", "000032"):
        customer = await add_customer(store, code)
        await link_chat(store, chat.id, customer, clock.now(), access=Access.VIEW)
    await add_invoice(store, customer, "2026/77", date(2026, 2, 10), clock.now())
    await speak(counter)
    chat.sees("È arrivata una fattura", "codice cliente 000032")


# -- windows --


async def take_windows(counter: Counter, folder: Path, *rows: str) -> None:
    """The company's file of windows, which replaces all there were."""
    path = folder / "finestre.csv"
    path.write_text(WINDOWS_HEADER + "\n".join(rows) + "\n")
    service = counter.service
    report = await import_paths(service.store, [path], zone=ROME, now=service.clock.now())
    assert report.succeeded, [str(each) for file in report.files for each in file.problems]


async def test_a_window_that_is_moved_after_its_reminder_is_told(
    anna: ChatDriver, counter: Counter, clock: MovableClock, tmp_path: Path
) -> None:
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;31/03/2026;24:00")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees("Da adesso", "fino a tutto il 31/03/2026")
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;25/03/2026;24:00")
    await speak(counter)
    anna.sees(
        "È cambiato il periodo",
        "Via Roma 12, Cesena: è aperto, fino a tutto il 25/03/2026",
        buttons=["📟 Autolettura"],
    )
    await speak(counter)
    anna.sees_nothing_more()
    clock.set(2026, 3, 22, 9)  # and the other reminders follow the new window
    await speak(counter)
    anna.sees("Restano 3 giorni", "fino a tutto il 25/03/2026")


@pytest.mark.both_databases
async def test_a_window_that_is_put_off_is_told_and_reminded_of_again(
    anna: ChatDriver, counter: Counter, clock: MovableClock, tmp_path: Path
) -> None:
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;31/03/2026;24:00")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees("Da adesso")
    await take_windows(counter, tmp_path, ";25/03/2026;00:00;05/04/2026;24:00")
    await speak(counter)
    anna.sees("È cambiato il periodo", "dal 25/03/2026, 00:00, fino a tutto il 05/04/2026")
    clock.set(2026, 3, 25, 8)
    await speak(counter)
    anna.sees("Da adesso", "fino a tutto il 05/04/2026")


async def test_a_window_that_is_called_off_is_told(
    anna: ChatDriver, counter: Counter, clock: MovableClock, tmp_path: Path
) -> None:
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;31/03/2026;24:00")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.skip()
    await take_windows(counter, tmp_path, ";20/03/2025;00:00;31/03/2025;24:00")
    await speak(counter)
    anna.sees("È cambiato il periodo", "non è più in programma", buttons=[])


async def test_nobody_hears_of_a_change_who_was_told_nothing_or_has_read_or_does_not_care(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    careless = await relative(counter, store, anna, tell_window=False)
    silent = await relative(counter, store, anna, "Dario", remind_when_open=False)
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;31/03/2026;24:00")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.skip()
    careless.skip()
    await reads(anna, "45000")
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;25/03/2026;24:00")
    await speak(counter)
    for chat in (anna, careless, silent):
        chat.sees_nothing_more()
    assert await states(store, "window_changed") == [OutboxState.OUTDATED]


async def test_a_change_that_is_taken_back_at_once_is_not_told(
    anna: ChatDriver, counter: Counter, clock: MovableClock, tmp_path: Path
) -> None:
    march = ";20/03/2026;00:00;31/03/2026;24:00"
    await take_windows(counter, tmp_path, march)
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.skip()
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;25/03/2026;24:00")
    await take_windows(counter, tmp_path, march)
    await speak(counter)
    anna.sees_nothing_more()


async def test_a_window_of_a_points_own_that_moves_is_told_to_its_chat_alone(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    point = await point_of(store, anna)
    other = counter.visitor("Elena")
    await other.sends("/start")
    other.skip()
    customer = await add_customer(store, "000041")
    second: SupplyPoint = await add_gas_point(store, customer)
    await link_chat(store, other.id, customer, clock.now())
    own = "{};20/03/2026;00:00;31/03/2026;24:00"
    await take_windows(counter, tmp_path, own.format(point.code), own.format(second.code))
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees("Da adesso")
    other.sees("Da adesso")
    moved = f"{point.code};20/03/2026;00:00;27/03/2026;24:00"
    await take_windows(counter, tmp_path, moved, own.format(second.code))
    await speak(counter)
    anna.sees("È cambiato il periodo", "27/03/2026")
    other.sees_nothing_more()


async def test_avvisami_hears_of_a_window_that_moves_before_it_opens(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    await choose(store, anna, remind_when_open=False)
    await take_windows(counter, tmp_path, ";20/03/2026;00:00;31/03/2026;24:00")
    await speak(counter)
    await anna.sends("/autolettura")
    await anna.taps("Avvisami")
    anna.skip()
    await take_windows(counter, tmp_path, ";23/03/2026;00:00;31/03/2026;24:00")
    await speak(counter)
    anna.sees("È cambiato il periodo", "dal 23/03/2026, 00:00")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees_nothing_more()
    clock.set(2026, 3, 23, 8)
    await speak(counter)
    anna.sees("Da adesso si può inviare la lettura")


# -- announcements, as they arrive --


@pytest.mark.both_databases
async def test_an_announcement_with_a_picture_is_uploaded_once(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    others = [await relative(counter, store, anna, name) for name in ("Bruno", "Carla", "Dario")]
    kept = await counter.service.files.put(plain_png(60, 40))
    announcement = Announcement(
        digest="d" * 64,
        audience=Audience.ALL,
        text="Uffici <b>chiusi</b> il 24/12.",
        file_name=kept.name,
        file_hash=kept.content_hash,
        made_at=clock.now(),
    )
    async with store.unit() as unit:
        unit.session.add(announcement)
        await unit.session.flush()
        queued = await unit.announcements.queue_next(
            announcement,
            (),
            after=None,
            not_before=first_hour(clock.now(), QuietHours.parse("21-8"), [], ROME),
            not_after=clock.now() + timedelta(days=3),
            at_once=False,
            today=date(2026, 2, 15),
            now=clock.now(),
        )
        await unit.commit()
    assert queued is not None
    assert queued[1] == 4
    await counter.service.outbox.run()
    await counter.settle()
    photos = set()
    for chat in (anna, *others):
        photos.add(chat.sees("Uffici chiusi il 24/12.")["photo"][-1]["file_id"])
    assert len(photos) == 1
    assert len(counter.telegram.calls.of("sendChatAction")) == 1  # «sends a photo», of the upload
    async with store.reading() as unit:
        standing = await unit.announcements.standing(announcement.id, clock.now())
    assert (standing.count(OutboxState.SENT), standing.under_way) == (4, 0)


async def test_a_point_that_gets_a_window_of_its_own_while_the_companys_runs_is_told(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    company = ";20/03/2026;00:00;31/03/2026;24:00"
    (point,) = await supply_points(store)
    await take_windows(counter, tmp_path, company)
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees("Da adesso", "fino a tutto il 31/03/2026")
    own = f"{point.code};20/03/2026;00:00;22/03/2026;24:00"
    await take_windows(counter, tmp_path, company, own)
    await speak(counter)
    anna.sees("È cambiato il periodo", "è aperto, fino a tutto il 22/03/2026")
    await take_windows(counter, tmp_path, company, own)
    await speak(counter)
    anna.sees_nothing_more()
    clock.set(2026, 3, 20, 9)
    await take_windows(counter, tmp_path, company)
    await speak(counter)
    anna.sees("È cambiato il periodo", "è aperto, fino a tutto il 31/03/2026")


@pytest.mark.both_databases
async def test_a_window_of_ones_own_that_is_the_companys_is_no_news(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    (point,) = await supply_points(store)
    window = "20/03/2026;00:00;31/03/2026;24:00"
    await take_windows(counter, tmp_path, f";{window}")
    clock.set(2026, 3, 20, 8)
    await speak(counter)
    anna.sees("Da adesso")
    await take_windows(counter, tmp_path, f";{window}", f"{point.code};{window}")
    await speak(counter)
    anna.sees_nothing_more()


async def supply_points(store: Store) -> list[SupplyPoint]:
    """Every point there is."""
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(SupplyPoint)))


@pytest.mark.both_databases
async def test_news_of_the_night_waits_for_each_chats_morning_from_the_beginning(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    """It is not taken up and put off one by one, and nobody else's answer waits behind it."""
    late = await relative(
        counter, store, anna, quiet=QuietHours(time(20), time(11)), tell_of_others=True
    )
    await choose(store, anna, tell_acquired=True)
    await reads(anna, "45000")
    clock.set(2026, 3, 21, 2)
    await counter.service.acquisition.run()
    await counter.service.outbox.run()
    anna.skip()
    point = await point_of(store, anna)
    path = tmp_path / "esiti.csv"
    path.write_text(f"{OUTCOMES}{point.code};15/02/2026;V;\n")
    report = await import_outcomes(
        store, path, now=clock.now(), quiet_hours=QuietHours.parse("21-8"), zone=ROME
    )
    assert report.counts.updated == 1
    customer = await customer_of(store, anna)
    await add_invoice(store, customer, "1/2026", clock.now().date(), clock.now())
    await counter.service.reminders.run()
    mornings = {anna.id: rome(2026, 3, 21, 8), late.id: rome(2026, 3, 21, 11)}
    for kind in ("acquired_notice", "outcome_notice", "new_invoice"):
        queued = await outbox(store, kind)
        assert {each.chat_id: each.not_before for each in queued} == mornings
        assert all(each.bulk and not each.attempts for each in queued)
    clock.set(2026, 3, 21, 11)
    await speak(counter)
    anna.skip()
    late.skip()
