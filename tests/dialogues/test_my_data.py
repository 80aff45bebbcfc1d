"""``/dati``: looking at one's own data, and changing a contact."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from conversations.account.my_data.screens import (
    ChangeContact,
    DataOfPoint,
    DataOfPoints,
    Page,
    RegistryData,
    SaveContact,
)
from storage.engine import Store
from storage.models import (
    Access,
    ContactChange,
    ContactField,
    Customer,
    Proof,
)
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    TAX_CODE,
    VAT_NUMBER,
    add_customer,
    add_electricity_point,
    add_gas_point,
    link_chat,
)
from tests.support.post import PostOffice

OLD_EMAIL = "mario.rossi@example.it"
REGISTRY = ["Cambia telefono", "Cambia fax", "Cambia e-mail", "Dati tecnici", "Dati contrattuali"]
ASKED = ["Annulla"]
CODE_BUTTONS = ["Rimanda il codice", "Correggi", "Annulla"]


@pytest.fixture
async def customer(chat: ChatDriver, store: Store) -> Customer:
    """Whom Anna's chat is linked to."""
    return await reread(store, chat)


async def reread(store: Store, chat: ChatDriver) -> Customer:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    return customer


async def changes(store: Store) -> list[ContactChange]:
    async with store.reading() as unit:
        return await unit.contacts.all(select(ContactChange).order_by(ContactChange.id))


async def guest_of(counter: Counter, customer: Customer, access: Access) -> ChatDriver:
    """Somebody who was invited."""
    service = counter.service
    guest = counter.visitor("Gino")
    await link_chat(
        service.store, guest.id, customer, service.clock.now(), access, Proof.INVITATION
    )
    return guest


# -- looking --


async def test_registry_technical_and_contract_data(chat: ChatDriver, store: Store) -> None:
    async with store.unit() as unit:
        (point,) = await unit.supply_points.of_chat(chat.id)
        point.contract, point.offer, point.until = "C-2010/77", "Casa Serena", date(2030, 1, 1)
        await unit.commit()
    await chat.sends("/dati")
    text = chat.sees(
        "Dati anagrafici",
        "Codice cliente: 028680",
        "Intestatario: Mario Rossi",
        "Codice fiscale: RS************2S",
        "Residenza/Sede: Via Roma 12, Cesena",
        "Telefono: +39 0547 000000",
        "Fax: nessuno",
        f"E-mail: {OLD_EMAIL}",
        "/assistenza",
        buttons=REGISTRY,
    )["text"]
    assert TAX_CODE not in text
    assert "Partita IVA" not in text
    await chat.taps("Dati tecnici")
    chat.sees(
        "Dati tecnici",
        "Via Roma 12, Cesena",
        f"PDR {point.code}",
        f"Matricola contatore: {point.meter_serial}",
        "Cifre del contatore: 5",
        "Classe del contatore: G4",
        "Coefficiente C: 1,027235",
        f"Distributore (partita IVA): {VAT_NUMBER}",
        buttons=["Dati contrattuali", "Dati anagrafici"],
        edited=True,
    )
    await chat.taps("Dati contrattuali")
    chat.sees(
        "Dati contrattuali",
        "Contratto: C-2010/77",
        "Offerta: Casa Serena",
        "Decorrenza: 01/01/2010",
        "Cessazione: 01/01/2030",
        buttons=["Dati tecnici", "Dati anagrafici"],
        edited=True,
    )
    await chat.taps("Dati anagrafici")
    chat.sees("Codice cliente: 028680", buttons=REGISTRY, edited=True)


async def test_a_corrector_and_an_electricity_point(
    chat: ChatDriver, customer: Customer, store: Store
) -> None:
    corrector = await add_gas_point(store, customer, corrector=True, address="Via Po 3, Cesena")
    power = await add_electricity_point(
        store, customer, contracted_power_w=3_300, coefficient_c=Decimal(1)
    )
    await chat.sends("/mydata")
    page = chat.sees("Dati anagrafici")
    await chat.taps("Dati tecnici")
    chat.sees("Di quale punto di fornitura?", edited=True)
    await chat.taps_data(DataOfPoint(corrector.id, Page.TECHNICAL), page["message_id"])
    chat.sees(
        f"Matricola correttore: {corrector.corrector_serial}",
        "Cifre del correttore: 7",
        buttons=["Dati contrattuali", "Dati anagrafici", "Cambia punto"],
        edited=True,
    )
    await chat.taps("Cambia punto")
    chat.sees("Di quale punto di fornitura?", edited=True)
    await chat.taps_data(DataOfPoint(power.id, Page.TECHNICAL), page["message_id"])
    text = chat.sees(f"POD {power.code}", "Potenza contrattuale: 3,3 kW", edited=True)["text"]
    assert "correttore" not in text
    await chat.taps("Dati anagrafici")
    chat.sees("Dati anagrafici", edited=True)
    await chat.taps("Dati contrattuali")  # the point in use is the one that was looked at
    chat.sees("Dati contrattuali", f"POD {power.code}", edited=True)


async def test_a_firm_with_markup_in_its_name_and_a_long_address(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Ugo")
    firm = await add_customer(
        store,
        "000031",
        name="Rossi & <Figli>",
        tax_code=None,
        vat_number=VAT_NUMBER,
        address="Via " + "x" * 296,
        email=None,
        phone="chiedere in <portineria>",
    )
    await link_chat(store, chat.id, firm, clock.now())
    await chat.sends("/dati")
    text = chat.sees(
        "Intestatario: Rossi & <Figli>",
        "Via " + "x" * 296,
        "Partita IVA: 00*******57",
        "Telefono: chiedere in <portineria>",
        "E-mail: nessuno",
        buttons=["Cambia telefono", "Cambia fax", "Cambia e-mail"],
    )["text"]
    assert VAT_NUMBER not in text
    await chat.taps_data(DataOfPoints(firm.id, Page.CONTRACT, None), chat.last["message_id"])
    chat.sees("non ci sono punti di fornitura", edited=True)


async def test_one_of_several_customers_is_chosen(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    for number in range(7):
        other = await add_customer(store, f"00010{number}", name=f"Condominio {number}")
        await link_chat(store, chat.id, other, clock.now())
    await chat.sends("/dati")
    chat.sees("Di quale codice cliente?", "Pagina 1 di 2")
    await chat.taps("Avanti ›")
    chat.sees("Pagina 2 di 2", edited=True)
    await chat.taps("000106 · Condominio 6")
    chat.sees(
        "Codice cliente: 000106",
        buttons=["Cambia telefono", "Cambia fax", "Cambia e-mail", "Cambia cliente"],
        edited=True,
    )
    await chat.taps("Cambia cliente")
    chat.sees("Di quale codice cliente?", edited=True)


async def test_somebody_not_linked_is_invited_to_link(counter: Counter) -> None:
    stranger = counter.visitor("Zoe")
    await stranger.sends("/dati")
    stranger.sees("serve prima collegare", buttons=["Collega la fornitura"])


async def test_other_peoples_data_are_not_shown_to_forged_taps(
    chat: ChatDriver, store: Store
) -> None:
    other = await add_customer(store, "000099", name="Bianca Neri", email="bianca@example.it")
    point = await add_gas_point(store, other)
    await chat.sends("/dati")
    message = chat.sees("Dati anagrafici")["message_id"]
    for tap in (RegistryData(other.id), DataOfPoint(point.id, Page.CONTRACT)):
        answer = await chat.taps_data(tap, message)
        assert answer.text == "Non è più disponibile in questa chat."
    await chat.taps_data(DataOfPoints(other.id, Page.TECHNICAL, None), message)
    chat.sees("non ci sono punti di fornitura", edited=True)
    await chat.taps_data(ChangeContact(other.id, ContactField.PHONE), message)
    chat.sees("non è più collegata", edited=True)
    assert await changes(store) == []


# -- telephone and fax --


async def test_a_telephone_number_is_changed(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await chat.sends("/dati")
    chat.skip()
    await chat.taps("Cambia telefono")
    chat.sees(
        "028680",
        "Telefono: +39 0547 000000",
        "nuovo numero di telefono",
        buttons=["Togli il numero", "Annulla"],
        edited=True,
    )
    await chat.sends("333 1234567")
    chat.sees(
        "Riepilogo",
        "Ora: +39 0547 000000",
        "Nuovo: +39 333 123 4567",
        buttons=["Salva", "Correggi", "Annulla"],
    )
    await chat.taps("Salva")
    chat.sees("Salvato", "Telefono: +39 333 123 4567", buttons=["Dati anagrafici"], edited=True)
    assert (await reread(store, chat)).phone == "+393331234567"
    (record,) = await changes(store)
    assert (record.chat_id, record.changed_at) == (chat.id, clock.now())
    assert (record.field, record.old, record.new) == (
        ContactField.PHONE,
        "+39 0547 000000",
        "+393331234567",
    )
    await chat.taps("Dati anagrafici")
    chat.sees("Telefono: +39 333 123 4567", edited=True)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("lo stesso", "non è un numero di telefono"),
        ("12", "troppo corto"),
        ("3" * 4096, "troppo lungo"),
        ("+999 123456", "prefisso internazionale non esiste"),
        ("+39 999 1234567", "Un numero così non esiste"),
        ("<b>333</b>", "non è un numero di telefono"),
    ],
)
async def test_what_is_no_number_is_explained_and_asked_again(
    chat: ChatDriver, customer: Customer, store: Store, typed: str, reason: str
) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.sends(typed)
    chat.sees(reason, "Riprova", buttons=["Togli il numero", "Annulla"])
    await chat.sends("0547 123456")
    chat.sees("Riepilogo", "+39 0547 123456")
    assert await changes(store) == []


async def test_correct_and_the_same_number(chat: ChatDriver, customer: Customer) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.sends("+39 0547 000000")
    chat.sees("È già quello che abbiamo", buttons=["Togli il numero", "Annulla"])
    await chat.sends("333 1234567")
    chat.sees("Riepilogo")
    await chat.sends("sì")
    chat.sees("tocca uno dei pulsanti")
    await chat.taps("Correggi")
    chat.sees("nuovo numero di telefono", edited=True)
    await chat.sends("/annulla")
    chat.sees("Annullato")


async def test_a_number_is_taken_away_and_a_fax_is_added(
    chat: ChatDriver, customer: Customer, store: Store
) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.taps("Togli il numero")
    chat.sees("Riepilogo", "Ora: +39 0547 000000", "Nuovo: nessuno", edited=True)
    await chat.taps("Salva")
    chat.sees("Telefono: nessuno", edited=True)
    await start(chat, customer, ContactField.FAX, buttons=ASKED)
    await chat.sends("0547 123457")
    chat.sees("Riepilogo", "Fax", "Ora: nessuno")
    await chat.taps("Salva")
    chat.sees("Fax: +39 0547 123457", edited=True)
    now = await reread(store, chat)
    assert (now.phone, now.fax) == (None, "+390547123457")


async def test_a_double_tap_on_save_changes_once(
    chat: ChatDriver, customer: Customer, store: Store
) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.sends("333 1234567")
    chat.sees("Riepilogo")
    await chat.taps_twice("Salva")
    chat.sees("Salvato", edited=True)
    chat.skip()  # the second half is answered as an old button
    assert len(await changes(store)) == 1


async def test_a_link_that_ends_in_the_middle_saves_nothing(
    chat: ChatDriver, customer: Customer, store: Store, clock: MovableClock
) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.sends("333 1234567")
    chat.sees("Riepilogo")
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    await chat.taps("Salva")
    chat.sees("non è più collegata", edited=True)
    assert await changes(store) == []


async def test_view_only_sees_no_contacts_and_changes_none(
    counter: Counter, store: Store, customer: Customer
) -> None:
    guest = await guest_of(counter, customer, Access.VIEW)
    await guest.sends("/dati")
    message = guest.sees(
        "Intestatario: Mario Rossi",
        "sola consultazione",
        buttons=["Dati tecnici", "Dati contrattuali"],
    )
    assert OLD_EMAIL not in message["text"]
    assert "0547" not in message["text"]
    for field in ContactField:
        await guest.sends("/dati")
        message = guest.sees("sola consultazione")
        await guest.taps_data(ChangeContact(customer.id, field), message["message_id"])
        guest.sees("i contatti non si cambiano", edited=True)
        await guest.sends("due parole")
        guest.sees("Posso aiutarti")
    await guest.taps_data(SaveContact("abcdef"), message["message_id"])
    guest.skip()
    assert await changes(store) == []


@pytest.mark.both_databases
async def test_becoming_view_only_in_the_middle_saves_nothing(
    chat: ChatDriver, customer: Customer, store: Store
) -> None:
    await start(chat, customer, ContactField.PHONE)
    await chat.sends("333 1234567")
    chat.sees("Riepilogo")
    async with store.unit() as unit:
        link = await unit.chats.link_of(chat.id, customer.id)
        assert link is not None
        link.access = Access.VIEW
        await unit.commit()
    await chat.taps("Salva")
    chat.sees("i contatti non si cambiano", edited=True)
    assert await changes(store) == []


# -- the e-mail --


async def test_an_address_changes_once_its_code_is_typed(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store, post: PostOffice
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("Anna@Example.IT")
    chat.sees("codice di sei cifre", "Anna@example.it", buttons=CODE_BUTTONS)
    (letter,) = post.letters
    assert letter.to == "Anna@example.it"
    assert (await reread(store, chat)).email == OLD_EMAIL  # not before the code
    await chat.sends(letter.code)
    chat.sees(
        "Salvato",
        "E-mail: Anna@example.it",
        "avviso anche il vecchio indirizzo",
        "Fino al 16/02/2026, 10:00 i codici per collegare una chat vanno ancora",
    )
    assert (await reread(store, chat)).email == "Anna@example.it"
    await counter.service.letters.run()
    warning = post.letters[1]
    assert warning.to == OLD_EMAIL
    for words in ("028680", "16/02/2026, 10:00", "«Ferma il cambio»", "0547 000000"):
        assert words in warning.text
    assert "Anna@example.it" not in warning.text
    (record,) = await changes(store)
    assert (record.old, record.new) == (OLD_EMAIL, "Anna@example.it")


async def test_every_other_linked_chat_hears_of_it(
    chat: ChatDriver, counter: Counter, customer: Customer, post: PostOffice
) -> None:
    other = counter.visitor("Bruno")
    await other.sends("/start")
    other.skip()
    await link_chat(counter.service.store, other.id, customer, counter.service.clock.now())
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("nuova@example.it")
    await chat.sends(post.letters[0].code)
    chat.skip()
    await counter.service.outbox.run()
    other.sees(
        "L'e-mail del codice cliente 028680 è stata cambiata",
        "n***@example.it",
        "Fino al 16/02/2026, 10:00",
        buttons=["Ferma il cambio", "👥 Chat collegate"],
    )


async def test_nobody_is_told_where_there_was_no_address(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store, post: PostOffice
) -> None:
    async with store.unit() as unit:
        (found,) = await unit.customers.of_chat(chat.id)
        found.email = None
        await unit.commit()
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("nuova@example.it")
    await chat.sends(post.letters[0].code)
    chat.sees("codice di sei cifre")
    text = chat.sees("Salvato", "E-mail: nuova@example.it")["text"]
    assert "vecchio" not in text
    assert "Fino al" not in text
    await counter.service.letters.run()
    assert len(post.letters) == 1


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("anna", "manca la @"),
        ("anna@", "A un indirizzo così non si può scrivere"),
        ("a..b@example.it", "A un indirizzo così non si può scrivere"),
        ("a@example.it, b@example.it", "uno soltanto"),
        ("è anna@example.it", "uno soltanto"),
        ("x" * 300 + "@example.it", "A un indirizzo così non si può scrivere"),
        (OLD_EMAIL.upper().replace("EXAMPLE.IT", "example.it"), None),
    ],
)
async def test_what_is_no_address_is_explained(
    chat: ChatDriver, customer: Customer, post: PostOffice, typed: str, reason: str | None
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends(typed)
    if reason is None:  # capital letters before the @ are another mailbox
        chat.sees("codice di sei cifre")
        assert len(post.letters) == 1
        return
    chat.sees(reason, "Riprova", buttons=ASKED)
    assert post.letters == []


async def test_the_address_on_file_is_no_change(
    chat: ChatDriver, customer: Customer, post: PostOffice
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("mario.rossi@EXAMPLE.it")
    chat.sees("È già quello che abbiamo", buttons=ASKED)
    assert post.letters == []


async def test_wrong_codes_late_codes_and_new_ones(
    chat: ChatDriver, customer: Customer, store: Store, post: PostOffice, clock: MovableClock
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("nuova@example.it")
    chat.sees("codice di sei cifre")
    right = post.letters[0].code
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    await chat.sends("boh")
    chat.sees("Aspetto il codice di sei cifre", buttons=CODE_BUTTONS)
    for left in ("Restano 4 tentativi", "Restano 3 tentativi", "Restano 2", "un tentativo"):
        await chat.sends(wrong)
        chat.sees("non è giusto", left, buttons=CODE_BUTTONS)
    await chat.sends(wrong)
    chat.sees("tentativi sbagliati ce ne sono stati troppi", "non è cambiato", "Riprova alle 10:15")
    clock.move(minutes=15)
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("nuova@example.it")
    chat.sees("codice di sei cifre")
    clock.move(minutes=10)
    await chat.sends(post.letters[1].code)
    chat.sees("non vale più")
    await chat.taps("Rimanda il codice")
    chat.sees("codice di sei cifre")
    await chat.taps("Rimanda il codice")
    chat.sees("già stati chiesti troppi", "riprova alle 11:00", edited=True)
    assert (await reread(store, chat)).email == OLD_EMAIL


async def test_a_code_proves_the_address_it_was_mailed_to_and_no_other(
    chat: ChatDriver, customer: Customer, store: Store, post: PostOffice
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("mia@example.it")
    chat.sees("codice di sei cifre")
    await chat.taps("Correggi")
    chat.sees("nuovo indirizzo e-mail", edited=True)
    await chat.sends("altrui@example.it")
    chat.sees("codice di sei cifre", "altrui@example.it")
    await chat.sends(post.letters[0].code)
    assert post.letters[0].code != post.letters[1].code
    chat.sees("non è giusto")
    assert (await reread(store, chat)).email == OLD_EMAIL


async def test_a_code_for_an_address_never_links_a_chat(
    chat: ChatDriver, customer: Customer, store: Store, post: PostOffice
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    await chat.sends("mia@example.it")
    for _ in range(2):
        await chat.taps("Rimanda il codice")
    await chat.sends("/scollega")
    await chat.taps("Sì")
    await chat.sends("/collega")
    await chat.sends("028680")
    await chat.sends(TAX_CODE)
    chat.skip()
    await chat.taps("Conferma")
    chat.sees("già stati chiesti troppi", edited=True)
    await chat.sends(post.letters[2].code)
    chat.skip()
    async with store.reading() as unit:
        assert await unit.chats.links(chat.id) == []


@pytest.mark.both_databases
async def test_mail_that_is_down_is_said_and_tried_again(  # noqa: PLR0917
    chat: ChatDriver,
    counter: Counter,
    customer: Customer,
    store: Store,
    post: PostOffice,
    clock: MovableClock,
) -> None:
    await start(chat, customer, ContactField.EMAIL, buttons=ASKED)
    post.closed = True
    await chat.sends("nuova@example.it")
    chat.sees("la posta non parte", buttons=["Riprova", "Correggi", "Annulla"])
    post.closed = False
    await chat.taps("Riprova")
    chat.sees("codice di sei cifre")
    post.closed = True
    await chat.sends(post.letters[0].code)
    chat.sees("Salvato", "avviso anche il vecchio indirizzo")
    assert (await reread(store, chat)).email == "nuova@example.it"
    await counter.service.letters.run()
    assert len(post.letters) == 1
    post.closed = False
    clock.move(minutes=2)
    await counter.service.letters.run()
    assert post.letters[1].to == OLD_EMAIL  # it waited in the outbox


async def test_a_guest_changes_the_telephone_but_not_the_address(
    counter: Counter, store: Store, customer: Customer, post: PostOffice
) -> None:
    guest = await guest_of(counter, customer, Access.FULL)
    await guest.sends("/dati")
    guest.sees("Dati anagrafici")
    await guest.taps("Cambia e-mail")
    guest.sees("la può cambiare solo chi l'ha collegata con il codice", edited=True)
    assert post.letters == []
    await start(guest, customer, ContactField.PHONE)
    await guest.sends("333 1234567")
    guest.sees("Riepilogo")
    await guest.taps("Salva")
    guest.sees("Salvato", edited=True)
    (record,) = await changes(store)
    assert record.chat_id == guest.id


async def start(
    chat: ChatDriver, customer: Customer, field: ContactField, buttons: list[str] | None = None
) -> None:
    """As far as the question for the new value."""
    await chat.sends("/dati")
    message = chat.sees("Dati anagrafici")
    await chat.taps_data(ChangeContact(customer.id, field), message["message_id"])
    chat.sees("Scrivi il nuovo", buttons=buttons, edited=True)
