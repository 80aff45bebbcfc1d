"""Writing to the staff, as the customer reads it; what the staff see has a file of its own."""

import pytest

from bot.local_telegram.files import Upload
from conversations.support.tickets.screens import (
    NewTicket,
    OpenTicket,
    ReplyToTicket,
    SendTicket,
    TicketCustomer,
    TicketsPage,
)
from storage.engine import Store
from storage.models import Access, MediaKind, TicketAuthor, TicketState
from storage.repositories.tickets import NewFile
from storage.rules.tickets import MOST_FILES, MOST_OPEN, MOST_WORDS
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, link_chat
from tests.support.pictures import plain_png
from tests.support.tickets import (
    GO_ON,
    SEND,
    SUBJECTS,
    answered,
    closed,
    files,
    messages_of,
    said,
    tickets,
    writes_to_staff,
)

PHOTO = plain_png(40, 30)
CUSTOMER, STAFF = TicketAuthor.CUSTOMER, TicketAuthor.STAFF


# -- a new one --


async def test_a_request_is_told_summed_up_and_sent(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await chat.sends("/assistenza")
    chat.sees("Nuova richiesta", "Di che cosa si tratta?", "odore di gas", buttons=SUBJECTS)
    await chat.taps("Bolletta o pagamento")
    chat.sees("Bolletta o pagamento", "Ora racconta", "5 foto o file", buttons=GO_ON, edited=True)
    await chat.sends("Ho pagato due volte la fattura di gennaio.")
    chat.sees("Non ancora inviata", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees(
        "Riepilogo",
        "Oggetto: Bolletta o pagamento",
        "Ho pagato due volte la fattura di gennaio.",
        buttons=SEND,
        edited=True,
    )
    assert await tickets(store) == []
    tap = await chat.taps("Invia")
    assert tap.text == "Richiesta inviata"
    (ticket,) = await tickets(store)
    chat.sees(
        f"Richiesta n. {ticket.id} inviata",
        "Bolletta o pagamento",
        "La risposta arriva in questa chat",
        buttons=[],
        edited=True,
    )
    assert (ticket.subject, ticket.state) == ("Bolletta o pagamento", TicketState.OPEN)
    assert (ticket.chat_id, ticket.opened_at) == (chat.id, clock.now())
    assert await said(store) == [(CUSTOMER, "Ho pagato due volte la fattura di gennaio.", 0)]


async def test_the_subject_may_be_typed(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/support")
    chat.sees("Di che cosa si tratta?")
    await chat.sends("  Cambio\ndi   residenza ")
    chat.sees("Cambio di residenza", "Ora racconta", buttons=GO_ON)
    await chat.sends("Da marzo abito a Forlì.")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Oggetto: Cambio di residenza", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    assert [each.subject for each in await tickets(store)] == ["Cambio di residenza"]


async def test_who_tells_everything_at_once_has_told_it(chat: ChatDriver, store: Store) -> None:
    story = "Il contatore fa un rumore strano da quando è venuto il tecnico. " * 3
    await chat.sends("/assistenza")
    chat.sees("Di che cosa si tratta?")
    await chat.sends(story)
    chat.sees("Non ancora inviata", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Oggetto: Il contatore fa un rumore strano", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    (ticket,) = await tickets(store)
    assert len(ticket.subject) <= 60
    assert [words for _, words, _ in await said(store)] == [story.strip()]


async def test_words_may_come_in_several_messages_and_after_the_summary(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/assistenza")
    chat.sees("Di che cosa si tratta?")
    await chat.taps("Altro")
    chat.sees("Ora racconta", edited=True)
    await chat.taps("Fatto")
    chat.sees("Manca ancora il testo", buttons=GO_ON, edited=True)
    for words in ("Buongiorno,", "ho una domanda:", "45000"):
        await chat.sends(words)
        chat.sees("Non ancora inviata", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Buongiorno,\n\nho una domanda:\n\n45000", buttons=SEND, edited=True)
    await chat.sends("è giusto?")
    chat.sees("Riepilogo", "45000\n\nè giusto?", buttons=SEND)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    assert [words for _, words, _ in await said(store)] == [
        "Buongiorno,\n\nho una domanda:\n\n45000\n\nè giusto?"
    ]


# -- photos and files --


async def tells(chat: ChatDriver) -> None:
    """Up to the words of a new request."""
    await chat.sends("/assistenza")
    chat.sees("Di che cosa si tratta?")
    await chat.taps("Contatore o lettura")
    chat.sees("Ora racconta", edited=True)


async def test_photos_and_files_come_with_it_and_the_sixth_does_not(
    chat: ChatDriver, store: Store
) -> None:
    await tells(chat)
    await chat.sends_photo(PHOTO, "Ecco il contatore")
    chat.sees("con 📎 1 allegato", buttons=GO_ON)
    await chat.sends_file(b"%PDF-1.4", "verbale.pdf")
    chat.sees("con 📎 2 allegati", buttons=GO_ON)
    for number in range(3, MOST_FILES + 1):
        await chat.sends_photo(PHOTO)
        chat.sees(f"con 📎 {number} allegati")
    await chat.sends_photo(PHOTO)
    chat.sees("Ci sono già 5 allegati", "non li ho presi", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Riepilogo", "Ecco il contatore", "5 allegati", buttons=SEND, edited=True)
    await chat.sends_file(b"%PDF-1.4", "ancora.pdf")
    chat.sees("Ci sono già 5 allegati", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Riepilogo", "5 allegati", buttons=SEND, edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", "5 allegati", edited=True)
    assert await said(store) == [(CUSTOMER, "Ecco il contatore", 5)]
    kept = await files(store)
    assert [each.media for each in kept[:2]] == [MediaKind.PHOTO, MediaKind.DOCUMENT]
    assert (kept[1].name, kept[1].size) == ("verbale.pdf", 8)


async def test_an_album_is_answered_once(chat: ChatDriver, store: Store) -> None:
    await tells(chat)
    await chat.sends_album([PHOTO] * 3, "Tre foto del contatore")
    chat.sees("Foto ricevute", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Tre foto del contatore", "3 allegati", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", "3 allegati", edited=True)
    assert await said(store) == [(CUSTOMER, "Tre foto del contatore", 3)]


async def test_of_an_album_that_is_too_long_what_fits_is_taken(
    chat: ChatDriver, store: Store
) -> None:
    await tells(chat)
    await chat.sends_album([PHOTO] * 8, "Otto")
    chat.sees("Foto ricevute")
    chat.sees("Ci sono già 5 allegati", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Otto", "5 allegati", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    assert await said(store) == [(CUSTOMER, "Otto", 5)]


async def test_a_file_that_is_too_large_is_not_taken(chat: ChatDriver, store: Store) -> None:
    await tells(chat)
    await chat.sends_file(b"\0" * (20 * 1024 * 1024 + 1), "filmato.mov")
    chat.sees("troppo grande", "20 MB")
    await chat.sends_file(b"\0", "piccolo.txt")
    chat.sees("con 📎 1 allegato")
    await chat.sends("Guardate il file")
    chat.sees("Non ancora inviata, con 📎 1 allegato")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", "1 allegato", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    assert [each.name for each in await files(store)] == ["piccolo.txt"]


async def test_stickers_and_voices_are_answered_and_the_question_stays(chat: ChatDriver) -> None:
    await tells(chat)
    await chat.sends_sticker()
    chat.sees("testo, foto e file")
    await chat.sends_voice()
    chat.sees("testo, foto e file")
    await chat.sends("Allora lo scrivo.")
    chat.sees("Non ancora inviata", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Riepilogo", "Allora lo scrivo.", edited=True)


async def test_photos_alone_want_some_words(chat: ChatDriver, store: Store) -> None:
    await tells(chat)
    await chat.sends_photo(PHOTO)
    chat.sees("con 📎 1 allegato")
    await chat.taps("Fatto")
    chat.sees("Manca ancora il testo", edited=True)
    await chat.sends("È spento")
    chat.sees("Non ancora inviata, con")
    await chat.taps("Fatto")
    chat.sees("È spento", "1 allegato", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    assert await said(store) == [(CUSTOMER, "È spento", 1)]


# -- long, and with signs in it --


async def test_the_longest_messages_fit_twice_and_no_further(
    chat: ChatDriver, store: Store
) -> None:
    await tells(chat)
    await chat.sends("a" * 3990)
    chat.sees("Non ancora inviata")
    await chat.sends("b" * 4000)
    chat.sees("Non ancora inviata")
    await chat.sends("c" * 4096)
    chat.sees("troppo lungo", "8.000", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Riepilogo", "aaaa", edited=True)
    await chat.sends("d" * 4096)
    chat.sees("troppo lungo", buttons=GO_ON)
    await chat.taps("Fatto")
    chat.sees("Riepilogo", buttons=SEND, edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    ((_, words, _),) = await said(store)
    assert words == "a" * 3990 + "\n\n" + "b" * 4000
    assert len(words) <= MOST_WORDS


async def test_signs_of_html_are_shown_as_they_were_written(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Ugo")
    for code, name in (("000018", "Rossi & <b>Figli</b>"), ("000019", "<i>Bar</i> Sport")):
        await link_chat(store, chat.id, await add_customer(store, code, name=name), clock.now())
    await chat.sends("/assistenza")
    chat.sees("Per quale cliente è la richiesta?")
    await chat.taps("000018 · Rossi & <b>Figli</b>")
    chat.sees("Di che cosa si tratta?", edited=True)
    await chat.sends("<b>Urgente</b> & serio")
    chat.sees("<b>Urgente</b> & serio")
    await chat.sends("1 < 2 && </i>")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees(
        "Oggetto: <b>Urgente</b> & serio",
        "Cliente: Rossi & <b>Figli</b>",
        "1 < 2 && </i>",
        edited=True,
    )
    await chat.taps("Invia")
    chat.sees("<b>Urgente</b> & serio", edited=True)
    (ticket,) = await tickets(store)
    await answered(store, ticket.id, "Va <bene> & grazie", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("<b>Urgente</b> & serio", "Va <bene> & grazie")
    await chat.sends("/assistenza")
    chat.sees("<b>Urgente</b> & serio", "per Rossi & <b>Figli</b>")


# -- who may write, and for whom --


async def test_of_several_customers_one_is_asked_for(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Amministratrice")
    customers = [
        await add_customer(store, f"00010{number}", name=f"Condominio {number}")
        for number in range(8)
    ]
    for customer in customers:
        await link_chat(store, chat.id, customer, clock.now())
        clock.move(seconds=1)
    await chat.sends("/assistenza")
    chat.sees("Per quale cliente", "Pagina 1 di 2")
    await chat.sends("Condominio 7")
    chat.sees("pulsant")
    await chat.taps("Avanti ›")
    chat.sees("Pagina 2 di 2", edited=True)
    await chat.taps("000107 · Condominio 7")
    chat.sees("Di che cosa si tratta?", buttons=SUBJECTS, edited=True)
    await chat.taps("Altro")
    chat.sees("Ora racconta", edited=True)
    await chat.sends("La luce delle scale")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Cliente: Condominio 7", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    (ticket,) = await tickets(store)
    assert ticket.customer_id == customers[7].id


async def test_who_may_only_look_is_told_who_may_write(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Nipote")
    customer = await add_customer(store)
    await link_chat(store, chat.id, customer, clock.now(), access=Access.VIEW)
    await chat.sends("/assistenza")
    chat.sees("solo consultare", "0547 000000", buttons=[])
    message = chat.last["message_id"]
    tap = await chat.taps_data(NewTicket(), message)
    assert tap.answered
    chat.sees_nothing_more()  # it says so already
    assert await tickets(store) == []


async def test_who_is_not_linked_links_first_or_telephones(counter: Counter) -> None:
    chat = counter.visitor("Ida")
    await chat.sends("/assistenza")
    chat.sees("prima collegare la tua fornitura", "0547 000000", buttons=["Collega la fornitura"])
    await chat.taps("Collega la fornitura")
    chat.sees("codice cliente")


async def test_who_is_unlinked_in_the_middle_sends_nothing(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await tells(chat)
    await chat.sends("Una cosa privata")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", edited=True)
    async with store.unit() as unit:
        (link,) = await unit.chats.links(chat.id)
        await unit.chats.unlink(chat.id, link.customer_id, now=clock.now())
        await unit.commit()
    await chat.taps("Invia")
    chat.sees("non può più scrivere", "Non è stato inviato niente", edited=True)
    assert await tickets(store) == []


async def test_a_customer_has_so_many_open_requests_and_no_more(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    for _ in range(MOST_OPEN):
        await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Pagina 1 di 2")
    await chat.taps("✍️ Nuova richiesta")
    chat.sees("Ci sono già 10 richieste aperte", buttons=["Tutte le richieste"], edited=True)
    await chat.taps("Tutte le richieste")
    chat.sees("Le tue richieste", edited=True)
    await closed(store, (await tickets(store))[0].id, now=clock.now())
    await chat.taps("✍️ Nuova richiesta")
    chat.sees("Di che cosa si tratta?", edited=True)
    await chat.sends("/annulla")
    chat.sees("Annullato")
    await chat.counter.service.outbox.run()
    chat.sees("chiusa")


async def test_one_too_many_is_found_out_at_the_last_moment_as_well(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await tells(chat)
    await chat.sends("La decima era l'ultima")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", edited=True)
    for _ in range(MOST_OPEN):
        await open_one(chat, store, clock)
    await chat.taps("Invia")
    chat.sees("Ci sono già 10 richieste aperte", edited=True)
    assert len(await tickets(store)) == MOST_OPEN


# -- changing one's mind --


@pytest.mark.parametrize("way", ["Annulla", "/annulla", "annulla", "/cancel"])
async def test_it_can_be_dropped_at_every_step(way: str, chat: ChatDriver, store: Store) -> None:
    for step in range(4):
        await chat.sends("/assistenza")
        chat.sees("Di che cosa si tratta?")
        if step >= 1:
            await chat.taps("Altro")
            chat.sees("Ora racconta", edited=True)
        if step >= 2:
            await chat.sends("Niente di importante")
            chat.sees("Non ancora inviata")
        if step >= 3:
            await chat.taps("Fatto")
            chat.sees("Riepilogo", edited=True)
        if way == "Annulla":
            await chat.taps(way)
            chat.sees("Annullato", edited=True)
            chat.skip()  # the large keyboard comes back
        else:
            await chat.sends(way)
            chat.sees("Annullato")
    assert await tickets(store) == []


async def test_a_double_tap_sends_it_once(chat: ChatDriver, store: Store) -> None:
    await tells(chat)
    await chat.sends("Una volta sola")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", edited=True)
    first, second = await chat.taps_twice("Invia")
    assert (first.text, second.text) == ("Richiesta inviata", "Fatto: è già inviato.")
    chat.sees("inviata", edited=True)
    assert len(await tickets(store)) == 1


@pytest.mark.both_databases
async def test_a_double_tap_adds_once(chat: ChatDriver, store: Store, clock: MovableClock) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends("Anche questo")
    chat.sees("Per la richiesta", buttons=SEND)
    first, second = await chat.taps_twice("Invia")
    assert (first.text, second.text) == ("Aggiunto", "Fatto: è già inviato.")
    chat.sees("Aggiunto alla richiesta", edited=True)
    assert await said(store) == [(CUSTOMER, "Buongiorno", 0), (CUSTOMER, "Anche questo", 0)]


async def test_a_request_that_was_left_alone_is_said_to_be_over(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await tells(chat)
    await chat.sends("Un attimo che cerco la bolletta")
    chat.sees("Non ancora inviata")
    clock.move(minutes=31)
    await chat.sends("eccola")
    chat.sees("mezz'ora")
    chat.sees("Posso aiutarti")
    assert await tickets(store) == []


# -- the list, and adding to one --


async def open_one(
    chat: ChatDriver,
    store: Store,
    clock: MovableClock,
    subject: str = "Altro",
    words: str = "Buongiorno",
) -> int:
    """A ticket of the chat's first customer, without its living through the conversation."""
    clock.move(seconds=1)
    chat.person.private_chat.started = True  # whoever has a ticket has written before
    async with store.unit() as unit:
        customer = (await unit.tickets.customers(chat.id))[0]
        ticket = await unit.tickets.open(
            chat.id,
            customer.id,
            subject,
            words,
            (),
            receipt_message_id=None,
            staff_group=None,
            now=clock.now(),
        )
        assert ticket is not None
        await unit.commit()
        return ticket.id


async def test_the_list_tells_how_each_stands_open_ones_first(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    waiting = await open_one(chat, store, clock, "Contatore o lettura")
    read = await open_one(chat, store, clock, "Bolletta o pagamento")
    over = await open_one(chat, store, clock, "Trasloco")
    await answered(store, read, "Ecco", now=clock.now())
    await closed(store, over, now=clock.now())
    await chat.sends("/assistenza")
    text = chat.sees(
        f"n. {waiting} · Contatore o lettura · 🕐 in attesa di risposta",
        f"n. {read} · Bolletta o pagamento · 💬 risposta ricevuta",
        f"n. {over} · Trasloco · ☑️ chiusa",
        buttons=[
            f"n. {read} · Bolletta o pagamento",
            f"n. {waiting} · Contatore o lettura",
            f"n. {over} · Trasloco",
            "✍️ Nuova richiesta",
        ],
    )["text"]
    assert "Mario Rossi" not in text, "there is but one customer"


async def test_many_requests_come_in_pages(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    numbers = [await open_one(chat, store, clock) for _ in range(8)]
    await chat.sends("/assistenza")
    chat.sees("Pagina 1 di 2", f"n. {numbers[7]}", f"n. {numbers[2]}")
    await chat.taps("Più vecchie ›")
    chat.sees("Pagina 2 di 2", f"n. {numbers[0]}", f"n. {numbers[1]}", edited=True)
    first = chat.last["message_id"]
    for page in (-3, 99):
        await chat.taps_data(TicketsPage(page), first)
        chat.sees("Pagina 1 di 2" if page < 0 else "Pagina 2 di 2", edited=True)


async def test_one_is_opened_and_added_to(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock, "Trasloco", "Cambio casa a marzo")
    clock.move(hours=2)
    await answered(store, number, "Qual è il nuovo indirizzo?", now=clock.now())
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Trasloco")
    chat.sees(
        f"Richiesta n. {number}",
        "Trasloco",
        "💬 risposta ricevuta",
        "👤 Tu, 15/02/2026",
        "Cambio casa a marzo",
        "🏢 Assistenza, 15/02/2026",
        "Qual è il nuovo indirizzo?",
        "scrivi qui sotto",
        edited=True,
    )
    await chat.sends("Via Verdi 3, Forlì")
    chat.sees(f"Per la richiesta n. {number}", "Via Verdi 3, Forlì", buttons=SEND)
    await chat.sends_photo(PHOTO, "e questa è la porta")
    chat.sees("Via Verdi 3, Forlì\n\ne questa è la porta", "con gli allegati", buttons=SEND)
    tap = await chat.taps("Invia")
    assert tap.text == "Aggiunto"
    chat.sees(f"Aggiunto alla richiesta n. {number}", "1 allegato", buttons=[], edited=True)
    assert await said(store) == [
        (CUSTOMER, "Cambio casa a marzo", 0),
        (STAFF, "Qual è il nuovo indirizzo?", 0),
        (CUSTOMER, "Via Verdi 3, Forlì\n\ne questa è la porta", 1),
    ]
    (ticket,) = await tickets(store)
    assert ticket.last_author is CUSTOMER
    chat.skip()


async def test_who_only_looked_at_one_has_nothing_to_lose(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends("/menu")
    chat.sees("Cosa serve?")
    chat.sees_nothing_more()


async def test_photos_alone_can_be_added(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends_sticker()
    chat.sees("testo, foto e file")
    await chat.sends_album([PHOTO] * 6)
    chat.sees("con gli allegati", buttons=SEND)
    chat.sees("Ci sono già 5 allegati", buttons=SEND)
    await chat.taps("Invia")
    chat.sees("Aggiunto", "5 allegati", edited=True)
    assert await said(store) == [(CUSTOMER, "Buongiorno", 0), (CUSTOMER, "", 5)]


async def test_more_words_than_fit_are_not_added(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends("a" * 4096)
    chat.sees("Per la richiesta")
    await chat.sends("b" * 4096)
    chat.sees("troppo lungo", buttons=SEND)
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    assert (await said(store))[1] == (CUSTOMER, "a" * 4096, 0)


async def test_one_that_is_closed_meanwhile_takes_nothing_more(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends("Ancora una cosa")
    chat.sees("Per la richiesta", buttons=SEND)
    await closed(store, number, now=clock.now())
    await chat.taps("Invia")
    chat.sees("nel frattempo è stata chiusa", buttons=["✍️ Nuova richiesta"], edited=True)
    await counter.service.outbox.run()
    chat.sees(f"La richiesta n. {number}", "è stata chiusa", "/assistenza")
    await chat.sends("/assistenza")
    chat.sees("☑️ chiusa")
    await chat.taps(f"n. {number} · Altro")
    chat.sees("È chiusa", buttons=["✍️ Nuova richiesta"], edited=True)
    await chat.taps("✍️ Nuova richiesta")
    chat.sees("Di che cosa si tratta?", edited=True)
    assert await said(store) == [(CUSTOMER, "Buongiorno", 0)]


# -- what the staff answer --


async def test_an_answer_arrives_and_is_replied_to(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    await writes_to_staff(chat, "La bolletta è doppia", "Bolletta o pagamento")
    (ticket,) = await tickets(store)
    await answered(store, ticket.id, "Ci manda la ricevuta?", now=clock.now())
    await counter.service.outbox.run()
    chat.sees(
        f"Risposta alla richiesta n. {ticket.id}",
        "Bolletta o pagamento",
        "Ci manda la ricevuta?",
        buttons=["✍️ Rispondi"],
    )
    await chat.taps("✍️ Rispondi")
    chat.sees(f"Richiesta n. {ticket.id}", "La bolletta è doppia", "scrivi qui sotto")
    await chat.sends_file(b"%PDF-1.4", "ricevuta.pdf", "Eccola")
    chat.sees("Eccola", "con gli allegati", buttons=SEND)
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    assert await said(store) == [
        (CUSTOMER, "La bolletta è doppia", 0),
        (STAFF, "Ci manda la ricevuta?", 0),
        (CUSTOMER, "Eccola", 1),
    ]


async def test_words_after_an_answer_are_taken_for_it_but_not_sent_unasked(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends("grazie")
    chat.sees("Di niente")
    await answered(store, number, "Tutto a posto?", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("Tutto a posto?")
    await chat.sends("Sì, grazie mille")
    chat.sees(f"Per la richiesta n. {number}", "Sì, grazie mille", buttons=SEND)
    assert len(await said(store)) == 2
    await chat.taps("Annulla")
    chat.sees("Annullato", edited=True)
    chat.skip()
    await chat.sends("Sì, grazie davvero")
    chat.sees("Sì, grazie davvero", buttons=SEND)
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    assert (await said(store))[-1] == (CUSTOMER, "Sì, grazie davvero", 0)
    await chat.sends("ciao")
    chat.sees("Ciao!")


async def test_an_answer_of_long_ago_is_not_what_words_are_about(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    await answered(store, number, "A posto così", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("A posto così")
    clock.move(days=13)
    await chat.sends("grazie")
    chat.sees("Per la richiesta", buttons=SEND)
    await chat.sends("/annulla")
    chat.sees("Annullato")
    clock.move(days=2)
    await chat.sends("ciao")
    chat.sees("Ciao!")


async def test_a_photo_or_a_file_after_an_answer_is_offered_to_the_staff(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    await chat.sends_photo(PHOTO)
    chat.skip()  # nobody has asked for it: it is taken for the meter's
    await chat.sends("/annulla")
    chat.sees("Annullato")
    await answered(store, number, "Ci manda la foto della bolletta?", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("la foto della bolletta?")
    await chat.sends_album([PHOTO, PHOTO], "Davanti e dietro")
    chat.sees(
        f"Per la richiesta n. {number}",
        "Davanti e dietro",
        "con gli allegati",
        "Volevi inviare una lettura?",
        buttons=SEND,
    )
    await chat.taps("Annulla")
    chat.sees("Annullato", edited=True)
    chat.skip()
    await chat.sends("45000")
    chat.sees("Riepilogo", "Lettura contatore: 45.000")
    await chat.sends("/annulla")
    chat.sees("Annullato")
    await chat.sends_file(b"\0" * (20 * 1024 * 1024 + 1), "enorme.pdf")
    chat.sees("troppo grande")
    await chat.sends_file(b"%PDF-1.4", "bolletta.pdf")
    text = chat.sees(f"Per la richiesta n. {number}", "con gli allegati", buttons=SEND)["text"]
    assert "lettura" not in text
    await chat.taps("Invia")
    chat.sees("Aggiunto", "1 allegato", edited=True)
    assert (await said(store))[-1] == (CUSTOMER, "", 1)
    assert [each.name for each in await files(store)] == ["bolletta.pdf"]


async def test_a_number_after_an_answer_is_still_a_reading(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    await answered(store, number, "Quanto segna il contatore?", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("Quanto segna il contatore?")
    await chat.sends("45000")
    chat.sees("Riepilogo", "Lettura contatore: 45.000")


async def test_a_long_answer_comes_in_parts_and_files_with_it(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    photo = chat.counter.telegram.files.add_photo(Upload(PHOTO)).described[-1]["file_id"]
    document = chat.counter.telegram.files.add_document(
        Upload(b"%PDF-1.4", "conguaglio.pdf")
    ).described["file_id"]
    words = ("Il conguaglio si calcola così. " * 150).strip()
    await answered(
        store,
        number,
        words,
        now=clock.now(),
        with_files=(
            NewFile(MediaKind.PHOTO, photo, "foto.jpg"),
            NewFile(MediaKind.DOCUMENT, document, "conguaglio.pdf"),
        ),
    )
    await counter.service.outbox.run()
    first = chat.sees(f"Risposta alla richiesta n. {number}", buttons=[])
    second = chat.sees(f"n. {number}, continua", buttons=[])
    picture = chat.sees(f"n. {number}, continua", buttons=[])
    paper = chat.sees(f"n. {number}, continua", buttons=["✍️ Rispondi"])
    assert "photo" in picture
    assert "document" in paper
    parts = [each["text"].split("\n\n", 1)[1] for each in (first, second)]
    assert " ".join(parts) == words


async def test_a_file_that_telegram_has_forgotten_is_told_in_words(
    chat: ChatDriver, store: Store, clock: MovableClock, counter: Counter
) -> None:
    number = await open_one(chat, store, clock)
    gone = NewFile(MediaKind.DOCUMENT, "BQACAgQAAxkBAAIforgotten", "conguaglio.pdf")
    await answered(store, number, "In allegato", now=clock.now(), with_files=(gone,))
    await counter.service.outbox.run()
    chat.sees("In allegato", "conguaglio.pdf", "non è più disponibile", buttons=["✍️ Rispondi"])


async def test_an_answer_goes_to_who_wrote_and_not_to_the_whole_family(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    async with store.reading() as unit:
        (customer,) = await unit.tickets.customers(chat.id)
    bruno, nipote = counter.visitor("Bruno"), counter.visitor("Nipote")
    bruno.person.private_chat.started = nipote.person.private_chat.started = True
    await link_chat(store, bruno.id, customer, clock.now())
    await link_chat(store, nipote.id, customer, clock.now(), access=Access.VIEW)
    await answered(store, number, "Per chi ha scritto", now=clock.now())
    await counter.service.outbox.run()
    chat.sees("Per chi ha scritto")
    bruno.sees_nothing_more()
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    await answered(store, number, "E ora per chi resta", now=clock.now())
    await counter.service.outbox.run()
    bruno.sees("E ora per chi resta")
    nipote.sees_nothing_more()
    chat.sees_nothing_more()


async def test_who_is_unlinked_before_an_answer_goes_out_is_not_told_it(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    async with store.reading() as unit:
        (customer,) = await unit.tickets.customers(chat.id)
    await answered(store, number, "Troppo tardi", now=clock.now())
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    await counter.service.outbox.run()
    chat.sees_nothing_more()


async def test_an_answer_waits_for_who_blocked_the_bot(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    number = await open_one(chat, store, clock)
    chat.person.block_bot()
    await counter.settle()
    await answered(store, number, "Ci vediamo", now=clock.now())
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    chat.person.unblock_bot()
    await chat.sends("/menu")
    chat.sees("Cosa serve?")
    await counter.service.outbox.run()
    chat.sees("Ci vediamo", buttons=["✍️ Rispondi"])


# -- what is somebody else's --


async def test_another_customers_request_is_neither_shown_nor_added_to(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    theirs = await open_one(chat, store, clock, "Segreto", "Una cosa segreta")
    ugo = counter.visitor("Ugo")
    other = await add_customer(store, "000018", name="Ugo Neri")
    await add_gas_point(store, other)
    await link_chat(store, ugo.id, other, clock.now())
    await ugo.sends("/menu")
    ugo.sees("Cosa serve?")
    message = ugo.last["message_id"]
    async with store.reading() as unit:
        (victim,) = await unit.tickets.customers(chat.id)
    for tap in (OpenTicket(theirs), ReplyToTicket(theirs), OpenTicket(999_999)):
        answer = await ugo.taps_data(tap, message)
        assert answer.text == "Non è più disponibile in questa chat."
    await ugo.sends("/assistenza")
    ugo.sees("Di che cosa si tratta?")
    for forged in (TicketCustomer("abcdef", victim.id), SendTicket("abcdef")):
        answer = await ugo.taps_data(forged, ugo.last["message_id"])
        assert "non vale più" in answer.text
    ugo.sees_nothing_more()
    assert len(await messages_of(store, theirs)) == 1
    assert len(await tickets(store)) == 1


# -- in English --


async def test_it_speaks_english(counter: Counter, store: Store, clock: MovableClock) -> None:
    ann = counter.visitor("Ann", language="en")
    await link_chat(store, ann.id, await add_customer(store), clock.now())
    await ann.sends("/support")
    ann.sees("New request", "What is it about?")
    await ann.taps("Bill or payment")
    ann.sees("Bill or payment", "Now tell us", edited=True)
    await ann.sends("I paid twice")
    ann.sees("Not sent yet")
    await ann.taps("Done")
    ann.sees("Subject: Bill or payment", buttons=["Send", "Cancel"], edited=True)
    await ann.taps("Send")
    ann.sees("Request no.", "sent", edited=True)
    (ticket,) = await tickets(store)
    assert ticket.subject == "Bolletta o pagamento", "the staff read it in Italian"
    await answered(store, ticket.id, "We pay it back", now=clock.now())
    await counter.service.outbox.run()
    ann.sees("Answer to request no.", "Bill or payment", buttons=["✍️ Reply"])
