"""Linking a chat to a customer, as it is lived: every branch, and every wrong turn."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from stdnum import luhn
from stdnum.it import codicefiscale

from bot.application import Service
from bot.local_telegram import LocalTelegram
from bot.settings import LinkVerification, Settings
from storage.engine import Store
from storage.models import (
    Access,
    AttemptOutcome,
    Base,
    ChatLink,
    Customer,
    LinkAttempt,
    OneTimeCode,
    Proof,
)
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    TAX_CODE,
    VAT_NUMBER,
    add_customer,
    add_gas_point,
    link_chat,
)
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice

OTHER_TAX_CODE = "BNCNNA60A41H501" + codicefiscale.calc_check_digit("BNCNNA60A41H501")
NO_MATCH = ("non corrispondono", "Scrivi il codice cliente")
RETRY = ["Rimanda il codice", "Annulla"]


@pytest.fixture
async def customer(store: Store) -> Customer:
    """Mario Rossi, 028680, with one gas point."""
    mario = await add_customer(store)
    await add_gas_point(store, mario)
    return mario


@pytest.fixture
async def anna(counter: Counter, customer: Customer) -> ChatDriver:  # noqa: ARG001  # he must exist
    """Somebody with Mario's invoice, in a chat that is not linked."""
    return counter.visitor("Anna")


async def reach_tax_id(chat: ChatDriver, code: str = "028680") -> None:
    """As far as the second question, without looking."""
    await chat.sends("/collega")
    await chat.sends(code)
    chat.skip()


async def try_pair(chat: ChatDriver, code: str, tax_id: str) -> None:
    """Both codes, without looking at anything but the last answer."""
    await reach_tax_id(chat, code)
    await chat.sends(tax_id)


async def reach_mailed_code(chat: ChatDriver, code: str = "028680", tax_id: str = TAX_CODE) -> None:
    """As far as the code from the e-mail, without looking."""
    await try_pair(chat, code, tax_id)
    await chat.taps("Conferma")
    chat.skip()


async def outcomes(store: Store, chat: ChatDriver) -> list[AttemptOutcome]:
    """What the audit holds of a chat, in order."""
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(LinkAttempt.outcome)
            .where(LinkAttempt.chat_id == chat.id)
            .order_by(LinkAttempt.id)
        )
        return list(found)


async def links(store: Store, chat: ChatDriver) -> list[ChatLink]:
    async with store.reading() as unit:
        return await unit.chats.links(chat.id)


# -- the way through --


async def test_from_the_greeting_to_linked(
    anna: ChatDriver, post: PostOffice, store: Store
) -> None:
    await anna.sends("/start")
    anna.sees("Ciao!", "Luce e Gas Prova", buttons=["Collega la fornitura"])
    await anna.taps("Collega la fornitura")
    question = anna.sees("Scrivi il codice cliente", "DATI CLIENTE", buttons=["Annulla"])
    assert question["photo"], "no picture shows where the code stands"
    await anna.sends("028680")
    anna.sees("Codice cliente 028680", "codice fiscale o la partita IVA", buttons=["Annulla"])
    await anna.sends(TAX_CODE)
    anna.sees(
        "È questa la fornitura?",
        "028680",
        "M*** R***",
        "m***@example.it",
        buttons=["Conferma", "Annulla"],
    )
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    mailed = anna.sees("codice di sei cifre", "m***@example.it", buttons=RETRY, edited=True)
    # Telegram would make a link to «@example» of a masked address that stands there bare.
    assert "code" in {entity["type"] for entity in mailed["entities"]}
    (letter,) = post.letters
    assert letter.to == "mario.rossi@example.it"
    assert letter.code in letter.subject
    assert "dieci minuti" in letter.text
    await anna.sends(letter.code)
    anna.sees("Collegato", "028680", "Mario Rossi", "Un punto di fornitura")
    keyboard = anna.counter.telegram.reply_keyboard(anna.person.private_chat, anna.person)
    assert keyboard is not None
    keys = [key["text"] for row in keyboard["keyboard"] for key in row]
    assert keys == ["📟 Autolettura", "📋 Le mie letture", "🧾 Fatture", "📊 Consumi", "☰ Altro"]
    (link,) = await links(store, anna)
    assert link.proof is Proof.MAILED_CODE
    assert await outcomes(store, anna) == [
        AttemptOutcome.MATCHED,
        AttemptOutcome.CODE_SENT,
        AttemptOutcome.LINKED,
    ]


async def test_nobody_is_shown_a_name_before_the_code_from_the_mail(anna: ChatDriver) -> None:
    await reach_mailed_code(anna)
    said = "\n".join(str(m.get("text")) for m in anna.messages() if m["from"]["is_bot"])
    assert "Rossi" not in said
    assert "mario.rossi" not in said


async def test_the_code_on_the_invoice_skips_the_first_question(anna: ChatDriver) -> None:
    await anna.sends("/start c028680")
    anna.sees("Ciao!", "Codice cliente 028680", "codice fiscale", buttons=["Annulla"])
    await anna.sends(TAX_CODE)
    anna.sees("È questa la fornitura?")


@pytest.mark.parametrize("payload", ["c02868", "c0286800", "c02868a", "028680", "x"])
async def test_a_payload_that_is_no_code_is_a_plain_start(anna: ChatDriver, payload: str) -> None:
    await anna.sends(f"/start {payload}")
    anna.sees("Ciao!", buttons=["Collega la fornitura"])


async def test_six_digits_from_a_stranger_offer_the_linking(anna: ChatDriver) -> None:
    await anna.sends("028680")
    anna.sees("028680 è il tuo codice cliente?", buttons=["Collega la fornitura"])
    await anna.taps("Collega la fornitura")
    anna.sees("Codice cliente 028680", "codice fiscale", edited=True)
    await anna.sends(TAX_CODE)
    anna.sees("È questa la fornitura?")


async def test_english_commands_and_an_english_telegram_go_the_same_way(
    counter: Counter, customer: Customer, post: PostOffice, store: Store
) -> None:
    john = counter.visitor("John", language="en")
    await john.sends("/link")
    await john.sends(customer.code)
    await john.sends(TAX_CODE)
    await john.taps_data(
        john.messages()[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
        john.messages()[-1]["message_id"],
    )
    await john.sends(post.letters[-1].code)
    john.skip()
    assert len(await links(store, john)) == 1


# -- codes --


@pytest.mark.parametrize("typed", ["028680", "028 680", "02.86.80", " 028-680 "])
async def test_a_customer_code_however_it_is_spaced(anna: ChatDriver, typed: str) -> None:
    await anna.sends("/collega")
    anna.sees("Scrivi il codice cliente")
    await anna.sends(typed)
    anna.sees("Codice cliente 028680")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("02868", "Mancano delle cifre"),
        ("0286800", "Sono troppe cifre"),
        ("02868a", "solo di cifre"),
        ("codice", "solo di cifre"),
        ("٠٢٨٦٨٠", "cifre da 0 a 9"),
        ("🔥", "solo di cifre"),
        ("...", "nessuna cifra"),
        ("9" * 4096, "Sono troppe cifre"),
    ],
)
async def test_what_is_no_customer_code_is_told_why(
    anna: ChatDriver, typed: str, reason: str
) -> None:
    await anna.sends("/collega")
    anna.sees("Scrivi il codice cliente")
    await anna.sends(typed)
    anna.sees(reason, "Scrivi il codice cliente", "028680", buttons=["Annulla"])
    await anna.sends("028680")
    anna.sees("Codice cliente 028680")


def omocode(code: str) -> str:
    """The code that the Agenzia gives to a second person with the same one."""
    body = code[:14] + "LMNPQRSTUV"[int(code[14])]
    return body + str(codicefiscale.calc_check_digit(body))


PROVISIONAL = "9001234567" + luhn.calc_check_digit("9001234567")


@pytest.mark.parametrize(
    ("on_file", "typed"),
    [
        ({}, TAX_CODE),
        ({}, TAX_CODE.lower()),
        ({}, "RSS MRA 85T10 A562S"),
        ({"tax_code": omocode(TAX_CODE)}, omocode(TAX_CODE)),
        ({"tax_code": None, "vat_number": VAT_NUMBER}, VAT_NUMBER),
        ({"tax_code": None, "vat_number": VAT_NUMBER}, f"IT{VAT_NUMBER}"),
        ({"tax_code": None, "vat_number": VAT_NUMBER}, f"it {VAT_NUMBER}"),
        ({"tax_code": PROVISIONAL}, PROVISIONAL),
        ({"vat_number": VAT_NUMBER}, VAT_NUMBER),  # either of the two serves
    ],
)
async def test_a_tax_code_in_whatever_form(
    counter: Counter, store: Store, on_file: dict[str, Any], typed: str
) -> None:
    await add_customer(store, **on_file)
    chat = counter.visitor()
    await reach_tax_id(chat)
    await chat.sends(typed)
    chat.sees("È questa la fornitura?", buttons=["Conferma", "Annulla"])


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (TAX_CODE[:-1] + "X", "errore di battitura"),
        ("00743110158", "errore di battitura"),
        (TAX_CODE[:-1], "La lunghezza non torna"),
        ("0074311015", "La lunghezza non torna"),
        (TAX_CODE + "1", "La lunghezza non torna"),
        ("RSSMRA85T10A56?S", "fuori posto"),
        ("1234567890123456", "fuori posto"),
    ],
)
async def test_what_is_no_tax_code_is_told_why_and_deleted(
    anna: ChatDriver, typed: str, reason: str
) -> None:
    await reach_tax_id(anna)
    await anna.sends(typed)
    answer = anna.sees(reason, "Scrivi di nuovo il codice fiscale", buttons=["Annulla"])
    assert typed not in answer["text"]
    assert typed not in [m.get("text") for m in anna.messages()]
    await anna.sends(TAX_CODE)
    anna.sees("È questa la fornitura?")


@pytest.mark.both_databases
async def test_an_unknown_code_and_a_wrong_owner_get_one_and_the_same_answer(
    anna: ChatDriver, store: Store
) -> None:
    await try_pair(anna, "028680", OTHER_TAX_CODE)
    wrong_owner = anna.sees(*NO_MATCH, buttons=["Annulla"])
    await anna.sends("999999")
    anna.sees("Codice cliente 999999")
    await anna.sends(TAX_CODE)
    unknown_code = anna.sees(*NO_MATCH, buttons=["Annulla"])
    assert wrong_owner["text"] == unknown_code["text"]
    assert await outcomes(store, anna) == [AttemptOutcome.NO_MATCH] * 2


async def test_an_omocode_of_somebody_else_does_not_match(anna: ChatDriver) -> None:
    await try_pair(anna, "028680", omocode(TAX_CODE))
    anna.sees(*NO_MATCH)


# -- what must not lie around --


async def test_the_message_with_the_tax_code_is_deleted(anna: ChatDriver) -> None:
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    assert TAX_CODE not in [m.get("text") for m in anna.messages()]


async def test_a_tax_code_is_deleted_wherever_it_is_typed(
    anna: ChatDriver, clock: MovableClock
) -> None:
    await anna.sends(TAX_CODE)
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("Posso aiutarti")
    await anna.sends("/collega")
    anna.sees("Scrivi il codice cliente")
    await anna.sends(TAX_CODE)
    anna.sees("solo di cifre")
    await anna.sends("028680")
    anna.skip()
    clock.move(minutes=31)
    await anna.sends(TAX_CODE)
    anna.sees("più di mezz'ora")
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("Posso aiutarti")
    clock.move(minutes=1)
    await reach_mailed_code(anna)
    await anna.sends(TAX_CODE)
    anna.sees("sei cifre")
    assert TAX_CODE not in [m.get("text") for m in anna.messages()]


async def test_what_is_sent_where_the_tax_code_is_asked_for_is_deleted_whatever_it_is(
    anna: ChatDriver,
) -> None:
    await anna.sends("ciao")
    anna.skip()
    await reach_tax_id(anna)
    await anna.sends_photo(PHOTO)
    anna.sees("risposta scritta")
    await anna.sends_file(PHOTO, "tessera.png", "la mia tessera")
    anna.sees("risposta scritta")
    own = [m for m in anna.messages() if not m["from"]["is_bot"]]
    assert all("photo" not in m and "document" not in m for m in own)
    await anna.edits(TAX_CODE)  # an earlier message of theirs
    anna.sees("messaggi modificati")
    assert TAX_CODE not in [m.get("text") for m in anna.messages()]
    await anna.sends(TAX_CODE)
    anna.sees("È questa la fornitura?")


@pytest.mark.parametrize("state", ["customer_code", "summary", "mailed_code"])
async def test_a_tax_code_under_a_photo_or_put_in_by_editing_is_deleted(
    anna: ChatDriver, state: str
) -> None:
    await anna.sends("ciao")
    anna.skip()
    first = next(m for m in anna.messages() if not m["from"]["is_bot"])
    await reach(anna, state)
    await anna.sends_photo(PHOTO, TAX_CODE)
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("pulsanti" if state == "summary" else "risposta scritta")
    await anna.sends_file(PHOTO, "tessera.png", f"Il codice è {TAX_CODE.lower()}.")
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("pulsanti" if state == "summary" else "risposta scritta")
    await anna.edits(TAX_CODE, first["message_id"])
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("messaggi modificati")
    own = [m for m in anna.messages() if not m["from"]["is_bot"]]
    assert not any(TAX_CODE in (m.get("text") or m.get("caption") or "").upper() for m in own), (
        "it is still there"
    )


async def test_a_tax_code_is_deleted_with_nothing_open_too(anna: ChatDriver) -> None:
    await anna.sends(f"sono io: {TAX_CODE}")
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("Posso aiutarti")
    await anna.sends_file(b"%PDF-", "tessera.pdf", TAX_CODE)
    anna.sees("ho cancellato il tuo codice fiscale")
    anna.sees("Posso aiutarti")
    await anna.sends_photo(PHOTO, TAX_CODE)
    anna.sees("ho cancellato il tuo codice fiscale")
    assert [m for m in anna.messages() if not m["from"]["is_bot"]] == []


async def test_nothing_personal_stays_in_the_database_in_clear(
    counter: Counter, store: Store, post: PostOffice, settings: Settings
) -> None:
    secrets = {
        "tax_code": OTHER_TAX_CODE,
        "name": "Nome Marcato",
        "email": "marcata@example.it",
        "phone": "+39 0547 987654",
        "address": "Indirizzo Marcato 77",
    }
    customer = await add_customer(store, "123456", **secrets)
    await add_gas_point(store, customer, address="Indirizzo Marcato 77")
    chat = counter.visitor("Marcella")
    await try_pair(chat, "123456", TAX_CODE)
    await chat.sends("123456")
    await chat.sends(OTHER_TAX_CODE.lower())  # what is typed wrong is a secret, too
    await chat.taps("Conferma")
    code = post.letters[-1].code
    await chat.sends("000000" if code != "000000" else "000001")
    await chat.sends(code)
    await chat.sends("frase marcata")
    chat.skip()
    assert len(await links(store, chat)) == 1

    typed = {TAX_CODE, OTHER_TAX_CODE.lower(), "frase marcata"}
    cells = [cell async for cell in _every_cell(store)]
    assert code not in cells
    everything = "\n".join(cells)
    url = make_url(settings.database_url)
    if url.database and url.get_backend_name() == "sqlite":
        # The file with its log: rows that were overwritten leave traces there.
        files = Path(url.database).parent.glob(Path(url.database).name + "*")
        everything += "\n".join(file.read_bytes().decode("latin-1") for file in files)
    for secret in typed | set(secrets.values()):
        assert secret not in everything, "something personal is written in clear"


async def _every_cell(store: Store) -> AsyncIterator[str]:
    async with store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in await connection.exec_driver_sql(f'SELECT * FROM "{table.name}"'):  # noqa: S608
                for cell in row:
                    yield str(cell)


# -- the code from the mail --


async def test_a_wrong_code_costs_a_try_and_the_fifth_locks_as_wrong_pairs_do(
    anna: ChatDriver, post: PostOffice, store: Store, clock: MovableClock
) -> None:
    await reach_mailed_code(anna)
    right = post.letters[-1].code
    wrong = "000000" if right != "000000" else "000001"
    for left in ("4 tentativi", "3 tentativi", "2 tentativi", "un tentativo"):
        await anna.sends(wrong)
        anna.sees("non è giusto", left, buttons=RETRY)
    await anna.sends(wrong)
    anna.sees("non è giusto", "troppi tentativi", "riprova alle 10:15", "/collega", buttons=[])
    await anna.sends("/collega")
    anna.sees("troppi tentativi", "alle 10:15")
    assert await links(store, anna) == []
    clock.move(minutes=15)
    await reach_mailed_code(anna)
    await anna.sends(post.letters[-1].code)
    anna.sees("Collegato")


async def test_wrong_pairs_and_wrong_codes_lock_together(
    anna: ChatDriver, post: PostOffice
) -> None:
    for _ in range(2):
        await try_pair(anna, "028680", OTHER_TAX_CODE)
    anna.skip()
    await reach_mailed_code(anna)
    wrong = f"{(int(post.letters[-1].code) + 1) % 10**6:06d}"
    for _ in range(2):
        await anna.sends(wrong)
        anna.sees("non è giusto", "Rest")
    await anna.sends(wrong)
    anna.sees("troppi tentativi", "alle 10:15")


async def test_right_pairs_are_no_wrong_ones(anna: ChatDriver) -> None:
    for _ in range(6):
        await try_pair(anna, "028680", TAX_CODE)
        anna.sees("È questa la fornitura?")
        await anna.taps("Annulla")
        anna.skip()


@pytest.mark.parametrize("typed", ["ciao", "12345", "1234567", "١٢٣٤٥٦", "12a456"])
async def test_what_cannot_be_the_code_costs_no_try(
    anna: ChatDriver, post: PostOffice, typed: str
) -> None:
    await reach_mailed_code(anna)
    for _ in range(6):
        await anna.sends(typed)
        anna.sees("sei cifre", buttons=RETRY)
    code = post.letters[-1].code
    await anna.sends(f" {code[:3]} {code[3:]} ")
    anna.sees("Collegato")


async def test_a_code_lives_ten_minutes(
    anna: ChatDriver, post: PostOffice, clock: MovableClock, store: Store
) -> None:
    await reach_mailed_code(anna)
    clock.move(minutes=10)
    await anna.sends(post.letters[-1].code)
    anna.sees("non vale più", "dieci minuti", buttons=RETRY)
    assert await links(store, anna) == []
    await anna.taps("Rimanda il codice")
    anna.skip()
    clock.move(minutes=9, seconds=59)
    await anna.sends(post.letters[-1].code)
    anna.sees("Collegato")


async def test_a_new_code_ends_the_earlier_one(anna: ChatDriver, post: PostOffice) -> None:
    await reach_mailed_code(anna)
    await anna.taps("Rimanda il codice")
    anna.skip()
    first, second = (letter.code for letter in post.letters)
    if first != second:
        await anna.sends(first)
        anna.sees("non è giusto", "4 tentativi")
    await anna.sends(second)
    anna.sees("Collegato")


async def test_three_codes_an_hour_and_the_last_one_still_serves(
    anna: ChatDriver, post: PostOffice, clock: MovableClock
) -> None:
    await reach_mailed_code(anna)
    for _ in range(2):
        clock.move(minutes=1)
        await anna.taps("Rimanda il codice")
        anna.skip()
    clock.move(minutes=1)
    await anna.taps("Rimanda il codice")
    anna.sees("già stati chiesti troppi", "riprova alle 11:00", buttons=RETRY, edited=True)
    assert len(post.letters) == 3
    await anna.sends("/annulla")
    anna.sees("Annullato")
    # Beginning again does not get round it, and the last code is as good as it was.
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    await anna.taps("Conferma")
    anna.sees("già stati chiesti troppi", edited=True)
    await anna.sends(post.letters[-1].code)
    anna.sees("Collegato")


async def test_an_hour_after_the_first_code_there_is_room_for_another(
    anna: ChatDriver, post: PostOffice, clock: MovableClock
) -> None:
    await reach_mailed_code(anna)
    for _ in range(2):
        clock.move(minutes=20)
        await anna.taps("Rimanda il codice")
        anna.skip()
    clock.move(minutes=19)
    await anna.taps("Rimanda il codice")
    anna.sees("già stati chiesti troppi", "riprova alle 11:00", edited=True)
    clock.move(minutes=1)
    await anna.taps("Rimanda il codice")
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    assert len(post.letters) == 4


@pytest.mark.both_databases
async def test_mail_that_is_down_is_told_and_tried_again(
    anna: ChatDriver, post: PostOffice, store: Store, clock: MovableClock
) -> None:
    post.closed = True
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    await anna.taps("Conferma")
    for attempt in range(3):
        if attempt:
            await anna.taps("Riprova")
        anna.sees("Invio il codice", edited=True)
        anna.sees("non è partito", "non vale più", buttons=["Riprova", "Annulla"], edited=True)
    post.closed = False
    # Each of them might have been guessed while the mail server was asked: each counts.
    await anna.taps("Riprova")
    anna.sees("già stati chiesti troppi", "riprova alle 11:00", edited=True)
    clock.move(minutes=29)
    await anna.sends("/menu")
    anna.skip()
    clock.move(minutes=31)
    await reach_mailed_code(anna)
    await anna.sends(post.letters[-1].code)
    anna.sees("Collegato")
    async with store.reading() as unit:
        lost = await unit.session.scalar(
            select(func.count()).select_from(OneTimeCode).where(OneTimeCode.lost)
        )
    assert lost == 3


async def test_a_code_that_never_left_links_nobody(
    anna: ChatDriver, post: PostOffice, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.repositories.linking.secrets.randbelow", lambda _: 123456)
    post.closed = True
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    await anna.taps("Conferma")
    anna.skip()
    await anna.sends("123456")  # the guess of one in a million
    anna.sees("non vale più", buttons=RETRY)
    assert await links(store, anna) == []


async def test_an_address_that_takes_no_mail_is_told_as_such(
    anna: ChatDriver, post: PostOffice
) -> None:
    post.takes_no_mail.add("mario.rossi@example.it")
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    text = anna.sees("Quell'indirizzo non riceve", edited=True)["text"]
    assert "tra qualche minuto" not in text, "another try is no use"
    assert anna.counter.service.sender.mails_failed == {"address": 1}


async def test_no_email_on_file_is_refused_with_whom_to_ask(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await add_customer(store, email=None)
    chat = counter.visitor()
    await try_pair(chat, "028680", TAX_CODE)
    chat.sees("non c'è un indirizzo e-mail", "0547 000000", buttons=[])
    assert post.letters == []
    await chat.sends("123456")
    chat.sees("è il tuo codice cliente?")


async def test_a_double_tap_on_confirm_mails_one_code(anna: ChatDriver, post: PostOffice) -> None:
    await try_pair(anna, "028680", TAX_CODE)
    summary = anna.sees("È questa la fornitura?")
    data = summary["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    chat = anna.person.private_chat
    anna.person.tap(chat, summary["message_id"], data)
    anna.person.tap(chat, summary["message_id"], data)
    await anna.counter.settle()
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    assert len(post.letters) == 1
    await anna.sends(post.letters[0].code)
    anna.sees("Collegato")


# -- limits --


async def test_five_wrong_pairs_lock_the_chat_and_locks_grow(
    anna: ChatDriver, clock: MovableClock, store: Store
) -> None:
    for _ in range(4):
        await try_pair(anna, "028680", OTHER_TAX_CODE)
        anna.sees(*NO_MATCH)
    await try_pair(anna, "028680", OTHER_TAX_CODE)
    anna.sees("non corrispondono", "troppi tentativi", "riprova alle 10:15", "0547 000000")
    # Who is locked is told before typing anything.
    await anna.sends("/collega")
    anna.sees("troppi tentativi", "10:15", buttons=[])
    await anna.sends("/start c028680")
    anna.sees("troppi tentativi", "10:15", buttons=[])
    clock.move(minutes=15)
    await try_pair(anna, "028680", OTHER_TAX_CODE)
    anna.sees("troppi tentativi", "10:45")  # twice as long
    clock.move(minutes=30)
    await try_pair(anna, "028680", OTHER_TAX_CODE)
    anna.sees("troppi tentativi", "11:45")  # and twice again
    clock.move(minutes=60)
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    assert await links(store, anna) == []


async def test_a_lock_of_one_chat_is_not_anothers(anna: ChatDriver, counter: Counter) -> None:
    for _ in range(5):
        await try_pair(anna, "028680", OTHER_TAX_CODE)
    anna.skip()
    bruno = counter.visitor("Bruno")
    await try_pair(bruno, "028680", TAX_CODE)
    bruno.sees("È questa la fornitura?")


async def test_twenty_wrong_pairs_a_day_disturb_no_linked_chat(
    counter: Counter, store: Store, customer: Customer, clock: MovableClock
) -> None:
    mario = counter.visitor("Mario")
    await link_chat(store, mario.id, customer, clock.now())
    for number in range(5):
        guesser = counter.visitor(f"Guesser {number}")
        for _ in range(4):
            await try_pair(guesser, "028680", OTHER_TAX_CODE)
        guesser.skip()
    await mario.sends("/fornitura")
    mario.sees("da adesso parliamo di")


# -- several customers, several chats --


async def test_one_chat_may_link_several_customers(
    anna: ChatDriver, store: Store, post: PostOffice
) -> None:
    condominium = await add_customer(
        store, "000017", name="Condominio Aurora", tax_code=None, vat_number=VAT_NUMBER
    )
    for _ in range(2):
        await add_gas_point(store, condominium)
    for code, tax_id, points in (
        ("028680", TAX_CODE, "Un punto di fornitura."),
        ("000017", VAT_NUMBER, "2 punti di fornitura. In questa chat ora sono 3 in tutto."),
    ):
        await reach_mailed_code(anna, code, tax_id)
        await anna.sends(post.letters[-1].code)
        anna.sees("Collegato", code, points)
    assert len(await links(store, anna)) == 2


@pytest.mark.parametrize("access", [Access.VIEW, Access.FULL])
@pytest.mark.parametrize("way", ["/collega", "deep link"])
async def test_who_was_invited_links_with_the_codes_and_may_do_all(  # noqa: PLR0917
    counter: Counter,
    anna: ChatDriver,
    customer: Customer,
    store: Store,
    clock: MovableClock,
    post: PostOffice,
    access: Access,
    way: str,
) -> None:
    host = counter.visitor("Mario")
    await link_chat(store, host.id, customer, clock.now())
    await host.sends("/menu")
    host.skip()
    await link_chat(store, anna.id, customer, clock.now(), access, Proof.INVITATION)
    if way == "/collega":
        await reach_mailed_code(anna)
    else:
        await anna.sends("/start c028680")
        anna.sees("codice fiscale")
        await anna.sends(TAX_CODE)
        anna.sees("È questa la fornitura?")
        await anna.taps("Conferma")
        anna.skip()
    async with store.reading() as unit:
        held = await unit.chats.link_of(anna.id, customer.id)
        assert held is not None
        assert held.proof is Proof.INVITATION, "until the code came back"
    await anna.sends(post.letters[-1].code)
    anna.sees("Collegato")
    async with store.reading() as unit:
        (link,) = await unit.chats.links(anna.id)
        assert (link.access, link.proof) == (Access.FULL, Proof.MAILED_CODE)
        assert await unit.invitations.may_invite(anna.id, customer.id)
        ended = await unit.session.get_one(ChatLink, held.id)
        assert ended.revoked_at is not None
    assert (await outcomes(store, anna))[-1] is AttemptOutcome.LINKED
    await counter.service.outbox.run()
    host.sees("è stato collegato anche a un'altra chat")
    await anna.sends("/collega")
    anna.sees("Scrivi il codice cliente")
    await anna.sends("028680")
    anna.skip()
    await anna.sends(TAX_CODE)
    anna.sees("028680 è già collegato a questa chat")


async def test_who_is_linked_already_is_told(
    counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    mario = counter.visitor("Mario")
    await link_chat(store, mario.id, customer, clock.now())
    await try_pair(mario, "028680", TAX_CODE)
    mario.sees("028680 è già collegato a questa chat")
    await mario.sends("/start c028680")  # the QR code of the next invoice
    mario.sees("028680 è già collegato a questa chat")


async def test_the_other_chats_of_a_customer_hear_of_a_new_one(
    counter: Counter, customer: Customer, store: Store, clock: MovableClock, post: PostOffice
) -> None:
    mario, stranger = counter.visitor("Mario"), counter.visitor("Stranger")
    await link_chat(store, mario.id, customer, clock.now())
    await add_customer(store, "000017", tax_code=OTHER_TAX_CODE)
    await mario.sends("/menu")
    mario.sees("Cosa serve?")
    figlia = counter.visitor("Figlia")
    await reach_mailed_code(figlia)
    await figlia.sends(post.letters[-1].code)
    figlia.sees("Collegato")
    mario.sees_nothing_more()
    await counter.service.outbox.run()
    mario.sees("028680", "collegato anche a un'altra chat")
    figlia.sees_nothing_more()
    stranger.sees_nothing_more()
    await counter.service.outbox.run()
    mario.sees_nothing_more()


async def test_a_customer_without_points_can_link(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await add_customer(store)
    chat = counter.visitor()
    await reach_mailed_code(chat)
    await chat.sends(post.letters[-1].code)
    chat.sees("Collegato", "0 punti di fornitura")


async def test_names_with_signs_of_html_are_shown_as_they_are(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await add_customer(store, name="Rossi & Figli <S.n.c.>")
    chat = counter.visitor()
    await try_pair(chat, "028680", TAX_CODE)
    chat.sees("R*** &*** F*** <***")
    await chat.taps("Conferma")
    chat.skip()
    await chat.sends(post.letters[-1].code)
    chat.sees("Collegato", "Rossi & Figli <S.n.c.>")


# -- the world changes in the middle --


async def test_a_customer_whose_email_goes_in_the_middle_is_told(
    anna: ChatDriver, customer: Customer, store: Store, post: PostOffice
) -> None:
    await try_pair(anna, "028680", TAX_CODE)
    anna.sees("È questa la fornitura?")
    async with store.unit() as unit:
        (await unit.session.get_one(Customer, customer.id)).email = None
        await unit.commit()
    await anna.taps("Conferma")
    anna.sees("non c'è un indirizzo e-mail", edited=True)
    assert post.letters == []


# -- leaving --


@pytest.mark.parametrize("state", ["customer_code", "tax_id", "summary", "mailed_code"])
@pytest.mark.parametrize("how", ["/annulla", "/cancel", "Annulla"])
async def test_cancelling_in_every_state(
    anna: ChatDriver, post: PostOffice, store: Store, state: str, how: str
) -> None:
    await reach(anna, state)
    if how == "Annulla":
        await anna.taps("Annulla")
        # A picture cannot become words: there the answer is a message of its own.
        anna.sees("Annullato", "niente", edited=state != "customer_code")
    else:
        await anna.sends(how)
        anna.sees("Annullato", "niente")
    await anna.sends(post.letters[-1].code if post.letters else "028680")
    anna.sees("è il tuo codice cliente?")  # not an answer any more
    assert await links(store, anna) == []


@pytest.mark.parametrize("state", ["customer_code", "tax_id", "summary", "mailed_code"])
async def test_another_command_walks_out_and_says_so(anna: ChatDriver, state: str) -> None:
    await reach(anna, state)
    await anna.sends("/menu")
    anna.sees("è stato chiuso")
    anna.sees("Ciao!")
    await anna.sends("/annulla")
    anna.sees("Non c'è niente da annullare")


async def test_help_leaves_the_question_open(anna: ChatDriver) -> None:
    await reach(anna, "tax_id")
    await anna.sends("/aiuto")
    anna.sees("Come si fa")
    await anna.sends("sì")
    anna.sees("tessera sanitaria")


async def test_yes_confirms_the_summary_and_no_ends(anna: ChatDriver) -> None:
    await reach(anna, "summary")
    await anna.sends("no")
    anna.sees("Annullato")
    await reach(anna, "summary")
    await anna.sends("va bene")
    anna.sees("Invio il codice")
    anna.sees("codice di sei cifre")


@pytest.mark.parametrize("state", ["customer_code", "tax_id", "mailed_code"])
async def test_a_sticker_or_a_photo_is_no_answer(anna: ChatDriver, state: str) -> None:
    await reach(anna, state)
    await anna.sends_sticker()
    anna.sees("risposta scritta")
    await anna.sends_photo(PHOTO)
    anna.sees("risposta scritta")
    await anna.sends("/annulla")
    anna.sees("Annullato")


async def test_where_a_tap_is_expected_words_and_stickers_point_at_the_buttons(
    anna: ChatDriver,
) -> None:
    await reach(anna, "summary")
    await anna.sends("vediamo")
    anna.sees("tocca uno dei pulsanti")
    await anna.sends_sticker()
    anna.sees("tocca uno dei pulsanti")
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)


@pytest.mark.parametrize("state", ["customer_code", "tax_id", "summary", "mailed_code"])
async def test_an_edited_message_is_never_an_answer(anna: ChatDriver, state: str) -> None:
    await anna.sends("ciao")
    anna.sees("Posso aiutarti")
    first = next(m for m in anna.messages() if not m["from"]["is_bot"])
    await reach(anna, state)
    await anna.edits("028680", first["message_id"])
    anna.sees("modificati")
    await anna.sends("/annulla")
    anna.sees("Annullato")


async def test_an_unknown_command_leaves_the_question_open(anna: ChatDriver) -> None:
    await reach(anna, "customer_code")
    await anna.sends("/pippo")
    anna.sees("non lo conosco")
    await anna.sends("028680")
    anna.sees("Codice cliente 028680")


async def test_beginning_again_in_the_middle_begins_afresh(anna: ChatDriver) -> None:
    await reach(anna, "tax_id")
    await anna.sends("/collega")
    anna.sees("è stato chiuso")
    anna.sees("Scrivi il codice cliente")
    await anna.sends("028680")
    anna.sees("Codice cliente 028680")


async def test_taps_of_earlier_screens_do_nothing(anna: ChatDriver, post: PostOffice) -> None:
    await try_pair(anna, "028680", TAX_CODE)
    summary = anna.sees("È questa la fornitura?")
    await anna.sends("/annulla")
    anna.sees("Annullato")
    tap = await anna.taps("Conferma", summary)
    assert "schermata di prima" in tap.text
    anna.sees("Ciao!", buttons=["Collega la fornitura"])
    assert post.letters == []
    # In a later linking of the same chat the old summary is as dead.
    await reach(anna, "tax_id")
    tap = await anna.taps("Conferma", summary)
    assert "schermata di prima" in tap.text
    await anna.sends(TAX_CODE)
    anna.sees("È questa la fornitura?")


async def test_buttons_of_another_chats_linking_do_nothing(
    anna: ChatDriver, counter: Counter, post: PostOffice
) -> None:
    await try_pair(anna, "028680", TAX_CODE)
    summary = anna.sees("È questa la fornitura?")
    data = summary["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    eve = counter.visitor("Eve")
    await eve.sends("/collega")
    question = eve.sees("Scrivi il codice cliente")
    tap = await eve.taps_data(data, question["message_id"])
    assert "schermata di prima" in tap.text
    assert post.letters == []


async def reach(chat: ChatDriver, state: str) -> None:
    """As far as a state of linking, without looking."""
    await chat.sends("/collega")
    if state != "customer_code":
        await chat.sends("028680")
    if state in {"summary", "mailed_code"}:
        await chat.sends(TAX_CODE)
    if state == "mailed_code":
        await chat.taps("Conferma")
    chat.skip()


# -- closed trials --


async def test_in_a_closed_trial_nothing_is_mailed(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    trial = settings.model_copy(update={"link_verification": LinkVerification.NONE})
    service = Service(trial, clock=clock, post=post, pictures=PlainPictures(), jobs=False)
    async with service:
        counter = Counter(telegram, service)
        customer = await add_customer(service.store, email=None)
        await add_gas_point(service.store, customer, since=date(2020, 1, 1))
        chat = counter.visitor()
        await try_pair(chat, "028680", TAX_CODE)
        chat.sees("È questa la fornitura?", "M*** R***", buttons=["Conferma", "Annulla"])
        await chat.taps("Conferma")
        chat.sees("Collegato", "Mario Rossi")
        (link,) = await links(service.store, chat)
        assert link.proof is Proof.TRIAL
        assert post.letters == []
        counter.check_nothing_left()


# -- parting --


async def test_unlinking_asks_and_ends_the_link(
    counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    mario = counter.visitor("Mario")
    await link_chat(store, mario.id, customer, clock.now())
    await mario.sends("/fornitura")
    mario.sees("da adesso parliamo di")
    await mario.sends("/scollega")
    mario.sees("028680", "Mario Rossi", "già inviate restano valide", buttons=["Sì", "No"])
    await mario.taps("No")
    mario.sees("resta tutto collegato", edited=True)
    await mario.sends("/unlink")
    mario.sees("Scolleghiamo", buttons=["Sì", "No"])
    await mario.taps("Sì")
    mario.sees("028680 è scollegato", buttons=["Collega la fornitura"], edited=True)
    assert await links(store, mario) == []
    async with store.reading() as unit:
        chat = await unit.chats.get(mario.id)
    assert chat is not None
    assert chat.supply_point_id is None
    await mario.sends("/letture")
    mario.sees("prima collegare la tua fornitura", buttons=["Collega la fornitura"])


async def test_a_chat_of_several_customers_picks_the_one_to_unlink(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    manager = counter.visitor("Amministratore")
    for number in range(8):
        customer = await add_customer(store, f"{number:06d}", name=f"Condominio {number}")
        await link_chat(store, manager.id, customer, clock.now())
    await manager.sends("/scollega")
    manager.sees(
        "Quale codice cliente",
        "Pagina 1 di 2",
        buttons=[*(f"{n:06d} · Condominio {n}" for n in range(6)), "Avanti ›"],
    )
    await manager.taps("Avanti ›")
    manager.sees(
        "Pagina 2 di 2",
        buttons=["000006 · Condominio 6", "000007 · Condominio 7", "‹ Indietro"],
        edited=True,
    )
    await manager.taps("000007 · Condominio 7")
    manager.sees("000007", "Condominio 7", buttons=["Sì", "No"], edited=True)
    await manager.taps("Sì")
    manager.sees("000007 è scollegato", "restano collegati altri 7", edited=True)
    assert len(await links(store, manager)) == 7


async def test_a_double_tap_on_yes_unlinks_once(
    counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    mario = counter.visitor("Mario")
    await link_chat(store, mario.id, customer, clock.now())
    await mario.sends("/scollega")
    question = mario.sees("Scolleghiamo")
    data = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for _ in range(2):
        mario.person.tap(mario.person.private_chat, question["message_id"], data)
    await counter.settle()
    mario.sees("è scollegato", edited=True)
    mario.sees("prima collegare la tua fornitura", edited=True)
    assert await links(store, mario) == []


async def test_nobody_unlinks_anothers_customer(
    counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    mario, eve = counter.visitor("Mario"), counter.visitor("Eve")
    await link_chat(store, mario.id, customer, clock.now())
    await link_chat(store, eve.id, await add_customer(store, "000017"), clock.now())
    await mario.sends("/scollega")
    question = mario.sees("Scolleghiamo")
    data = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await eve.sends("/scollega")
    hers = eve.sees("000017")
    tap = await eve.taps_data(data, hers["message_id"])
    assert "Non è più disponibile" in tap.text
    assert len(await links(store, mario)) == 1


async def test_who_is_not_linked_has_nothing_to_unlink(anna: ChatDriver) -> None:
    await anna.sends("/scollega")
    anna.sees("prima collegare la tua fornitura", buttons=["Collega la fornitura"])


PHOTO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
