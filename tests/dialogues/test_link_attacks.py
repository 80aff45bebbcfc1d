"""Linking as somebody hostile tries it, told from both chats."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from stdnum.it import codicefiscale

from bot.local_telegram import LocalTelegram
from bot.settings import LinkVerification, Settings
from conversations.account.linked_chats import ConfirmRevoke
from conversations.account.my_data.screens import ChangeContact, StopEmailChange
from storage.engine import Store
from storage.models import Access, AttemptOutcome, ContactField, Customer, LinkAttempt, Proof
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point, link_chat
from tests.support.post import PostOffice
from tests.support.runs import running

OTHER_TAX_CODE = "BNCNNA60A41H501" + codicefiscale.calc_check_digit("BNCNNA60A41H501")
OLD, NEW = "mario.rossi@example.it", "ladro@example.it"


@pytest.fixture
async def customer(store: Store) -> Customer:
    mario = await add_customer(store)
    await add_gas_point(store, mario)
    return mario


async def try_pair(chat: ChatDriver, tax_id: str, code: str = "028680") -> None:
    for text in ("/collega", code):
        await chat.sends(text)
    chat.skip()
    await chat.sends(tax_id)


async def guessed_at(counter: Counter, code: str = "028680") -> None:
    """Strangers have tried twenty wrong pairs with one customer's code."""
    for number in range(5):
        stranger = counter.visitor(f"Estraneo {number}")
        for _ in range(4):
            await try_pair(stranger, OTHER_TAX_CODE, code)
        stranger.skip()


# -- strangers guess: the customer still gets in, and they learn nothing --


@pytest.mark.usefixtures("customer")
async def test_strangers_who_guess_do_not_lock_the_customer_out(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await guessed_at(counter)
    mario = counter.visitor("Mario")
    await try_pair(mario, TAX_CODE)
    mario.sees(
        "troppi tentativi sbagliati",
        "non dico se i due codici corrispondono",
        "alle 10:15",
        "codice di sei cifre",
        buttons=["Annulla"],
    )
    await counter.service.letters.run()
    (letter,) = post.letters
    assert letter.to == OLD
    await mario.sends("ciao")
    mario.sees("Aspetto il codice di sei cifre", buttons=["Annulla"])
    await mario.sends(letter.code)
    mario.sees("Collegato", "Mario Rossi")
    async with store.reading() as unit:
        (link,) = await unit.chats.links(mario.id)
    assert (link.access, link.proof) == (Access.FULL, Proof.MAILED_CODE)


@pytest.mark.parametrize("code", ["028680", "999999"])
@pytest.mark.usefixtures("customer")
async def test_a_right_pair_looks_like_a_wrong_one_to_who_guesses_on(
    counter: Counter, post: PostOffice, code: str
) -> None:
    await guessed_at(counter, code)
    said = []
    for tax_id in (TAX_CODE, OTHER_TAX_CODE):
        eve = counter.visitor("Eve")
        await try_pair(eve, tax_id, code)
        answers = [eve.sees("non dico se")]
        for guess in ("000000", "000001", "000002", "000003"):  # the pair was the first of five
            await eve.sends(guess)
            answers.append(eve.sees("Il codice non è giusto"))
        await eve.sends("000004")
        answers.append(eve.sees("è il tuo codice cliente?"))
        said.append([(answer["text"], labels(answer)) for answer in answers])
    assert said[0] == said[1]
    assert "troppi tentativi" in said[0][-2][0]
    await counter.service.letters.run()
    assert len(post.letters) == (1 if code == "028680" else 0)


@pytest.mark.usefixtures("customer")
async def test_pairs_left_unsaid_count_for_the_chat_that_tries_them(
    counter: Counter, store: Store, post: PostOffice
) -> None:
    await guessed_at(counter)
    eve = counter.visitor("Eve")
    for _ in range(4):
        await try_pair(eve, TAX_CODE)  # right ones too, or the lock would tell which was right
        eve.sees("non dico se")
    await try_pair(eve, TAX_CODE)
    eve.sees("troppi tentativi sbagliati", "riprova alle 10:15", buttons=[])
    await counter.service.letters.run()
    assert len(post.letters) == 3  # as many as a chat may have in an hour
    async with store.reading() as unit:
        outcomes = list(
            await unit.session.scalars(
                select(LinkAttempt.outcome).where(LinkAttempt.chat_id == eve.id)
            )
        )
    assert outcomes.count(AttemptOutcome.REFUSED) == 5


@pytest.mark.usefixtures("customer")
async def test_a_code_that_the_mail_server_refused_for_good_is_worth_nothing(
    counter: Counter, store: Store, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.repositories.linking.secrets.randbelow", lambda _: 123456)
    await guessed_at(counter)
    eve = counter.visitor("Eve")
    await try_pair(eve, TAX_CODE)
    eve.sees("non dico se")
    post.refuses = True
    await counter.service.letters.run()
    await eve.sends("123456")
    eve.sees("non è giusto, oppure non vale più", buttons=["Annulla"])
    async with store.reading() as unit:
        assert await unit.chats.links(eve.id) == []


# -- somebody holds a linked chat for a moment --


async def change_email(chat: ChatDriver, customer: Customer, post: PostOffice, to: str) -> None:
    await chat.sends("/dati")
    message = chat.sees("Dati anagrafici")
    await chat.taps_data(ChangeContact(customer.id, ContactField.EMAIL), message["message_id"])
    await chat.sends(to)
    await chat.sends(post.letters[-1].code)
    chat.skip()


async def linked(
    counter: Counter, customer: Customer, name: str, since: timedelta = timedelta(days=30)
) -> ChatDriver:
    chat = counter.visitor(name)
    await chat.sends("/start")
    chat.skip()
    await link_chat(counter.service.store, chat.id, customer, counter.service.clock.now() - since)
    return chat


async def test_nobody_changes_the_address_links_and_turns_the_others_out_in_one_go(
    counter: Counter, store: Store, customer: Customer, post: PostOffice, clock: MovableClock
) -> None:
    mario, stolen = await linked(counter, customer, "Mario"), await linked(counter, customer, "X")
    await change_email(stolen, customer, post, NEW)
    async with store.reading() as unit:
        ids = {link.chat_id: link.id for link in await unit.chats.links_of_customer(customer.id)}
    # The codes that link go on to the old address, and the screen says so.
    thief = counter.visitor("Ladro")
    await try_pair(thief, TAX_CODE)
    thief.sees("È questa la fornitura?", "m***@example.it")
    await thief.taps("Conferma")
    thief.sees("Invio il codice", edited=True)
    thief.sees("m***@example.it", edited=True)
    assert post.letters[-1].to == OLD
    # Nor does the chat that changed it turn the others out.
    await stolen.sends("/preferenze")
    await stolen.taps("👥 Chat collegate")
    screen = stolen.messages()[-1]
    assert [label for label in labels(screen) if label.startswith("Scollega")] == ["Scollega 2"]
    tap = await stolen.taps_data(ConfirmRevoke(ids[mario.id]), screen["message_id"])
    assert "Non è più disponibile" in tap.text
    stolen.skip()
    # Mario is told, and stops it with a tap.
    await counter.service.outbox.run()
    mario.sees(
        "è stata cambiata", "l***@example.it", buttons=["Ferma il cambio", "👥 Chat collegate"]
    )
    await mario.taps("Ferma il cambio")
    mario.sees("è stato fermato", "m***@example.it", "chi è collegato", edited=True)
    await counter.service.outbox.run()
    stolen.sees("è stato fermato")
    async with store.reading() as unit:
        found = await unit.customers.by_id(customer.id)
        assert found is not None
        assert found.email == OLD
    # And a day later nothing of it takes effect.
    clock.move(days=1, minutes=1)
    await try_pair(thief, TAX_CODE)
    thief.sees("È questa la fornitura?", "m***@example.it")


async def test_codes_mailed_to_the_old_address_are_void_once_the_new_one_gives_access(
    counter: Counter, store: Store, customer: Customer, post: PostOffice, clock: MovableClock
) -> None:
    mario = await linked(counter, customer, "Mario")
    await change_email(mario, customer, post, "mario@nuova.example.it")
    clock.move(hours=23, minutes=55)
    moved_out = counter.visitor("Chi legge la posta di prima")
    await try_pair(moved_out, TAX_CODE)
    await moved_out.taps("Conferma")
    moved_out.skip()
    assert post.letters[-1].to == OLD
    clock.move(minutes=5)
    await moved_out.sends(post.letters[-1].code)
    moved_out.sees("non vale più")
    await moved_out.taps("Rimanda il codice")
    moved_out.skip()
    assert post.letters[-1].to == "mario@nuova.example.it"
    async with store.reading() as unit:
        assert await unit.chats.links(moved_out.id) == []


async def test_who_was_let_in_after_the_change_cannot_stop_it_nor_one_who_may_only_look(
    counter: Counter, store: Store, customer: Customer, post: PostOffice, clock: MovableClock
) -> None:
    mario = await linked(counter, customer, "Mario")
    onlooker = counter.visitor("Guarda")
    await onlooker.sends("/start")
    onlooker.skip()
    await link_chat(store, onlooker.id, customer, clock.now(), access=Access.VIEW)
    await change_email(mario, customer, post, "mario@nuova.example.it")
    clock.move(minutes=1)
    later = await linked(counter, customer, "Dopo", since=timedelta())
    await counter.service.outbox.run()
    onlooker.sees("è stata cambiata", buttons=["👥 Chat collegate"])
    for chat in (later, onlooker):
        await chat.sends("/dati")
        screen = chat.sees("Dati anagrafici")
        assert "Ferma il cambio" not in labels(screen)
        tap = await chat.taps_data(StopEmailChange(customer.id), screen["message_id"])
        assert tap.answered
        chat.skip()
    async with store.reading() as unit:
        found = await unit.customers.by_id(customer.id)
        assert found is not None
        assert found.email == "mario@nuova.example.it"
    await mario.sends("/dati")
    mario.sees("Fino al 16/02/2026, 10:00")
    assert "Ferma il cambio" in labels(mario.messages()[-1])
    clock.move(days=1)
    tap = await mario.taps("Ferma il cambio")
    assert "non si può più fermare" in tap.text


async def test_a_chat_that_was_turned_out_hears_no_more(
    counter: Counter, store: Store, customer: Customer, post: PostOffice, clock: MovableClock
) -> None:
    mario, former = await linked(counter, customer, "Mario"), await linked(counter, customer, "Ex")
    async with store.unit() as unit:
        await unit.chats.unlink(former.id, customer.id, now=clock.now())
        await unit.commit()
    await counter.service.outbox.run()
    former.skip()
    clock.move(days=1)
    await change_email(mario, customer, post, "mario@nuova.example.it")
    newcomer = counter.visitor("Anna")
    await try_pair(newcomer, TAX_CODE)
    await newcomer.taps("Conferma")
    await newcomer.sends(post.letters[-1].code)
    newcomer.skip()
    await mario.sends("/dati")
    await mario.taps("Ferma il cambio")
    mario.skip()
    await counter.service.outbox.run()
    mario.sees("collegato anche a un'altra chat")
    newcomer.sees("è stato fermato")
    former.sees_nothing_more()


async def test_after_a_chat_was_turned_out_the_address_waits(
    counter: Counter, store: Store, customer: Customer, post: PostOffice, clock: MovableClock
) -> None:
    mario, stolen = await linked(counter, customer, "Mario"), await linked(counter, customer, "X")
    async with store.reading() as unit:
        ids = {link.chat_id: link.id for link in await unit.chats.links_of_customer(customer.id)}
    await stolen.sends("/preferenze")
    await stolen.taps_data(ConfirmRevoke(ids[mario.id]), stolen.messages()[-1]["message_id"])
    await stolen.sends("/dati")
    stolen.skip()
    await stolen.taps("Cambia e-mail")
    stolen.sees(
        "Da poco è stata scollegata una chat", "domani alle 10:00", "0547 000000", edited=True
    )
    assert post.letters == []
    clock.move(days=1)
    await stolen.sends("/dati")
    stolen.skip()
    await stolen.taps("Cambia e-mail")
    stolen.sees("nuovo indirizzo e-mail", edited=True)


async def test_a_chat_of_today_is_told_when_it_may_turn_out_those_before(
    counter: Counter, store: Store, customer: Customer, post: PostOffice
) -> None:
    mario = await linked(counter, customer, "Mario")
    thief = counter.visitor("Ladro")
    await try_pair(thief, TAX_CODE)
    await thief.taps("Conferma")
    await thief.sends(post.letters[-1].code)
    await thief.sends("/preferenze")
    thief.skip()
    await thief.taps("👥 Chat collegate")
    screen = thief.sees("si può scollegare da qui dal 16/02/2026, 10:00", edited=True)
    assert [label for label in labels(screen) if label.startswith("Scollega")] == ["Scollega 2"]
    async with store.reading() as unit:
        (first, _) = await unit.chats.links_of_customer(customer.id)
    tap = await thief.taps_data(ConfirmRevoke(first.id), screen["message_id"])
    assert "Non è più disponibile" in tap.text
    thief.skip()
    async with store.reading() as unit:
        assert len(await unit.chats.links(mario.id)) == 1
    await counter.service.outbox.run()
    mario.skip()


# -- /scollega --


async def test_what_a_chat_offered_ends_when_it_unlinks_itself(
    chat: ChatDriver, store: Store, post: PostOffice, clock: MovableClock
) -> None:
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        token = "A" * 22
        await unit.invitations.create(chat.id, customer.id, Access.FULL, token, now=clock.now())
        await unit.commit()
    await chat.sends("/scollega")
    await chat.taps("Sì")
    await try_pair(chat, TAX_CODE)
    await chat.taps("Conferma")
    await chat.sends(post.letters[-1].code)
    chat.skip()
    guest = chat.counter.visitor("Ospite")
    await guest.sends(f"/start i{token}")
    guest.sees("non vale più")


# -- after a trial --


async def test_who_was_linked_in_a_trial_looks_only_until_a_code_is_given(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    trial = settings.model_copy(update={"link_verification": LinkVerification.NONE})
    async with running(telegram, trial, clock, post) as counter:
        store = counter.service.store
        customer = await add_customer(store)
        await add_gas_point(store, customer)
        anna = counter.visitor("Anna")
        await try_pair(anna, TAX_CODE)
        await anna.taps("Conferma")
        anna.skip()
        # Nor is an address set in a trial: codes would go there afterwards.
        await anna.sends("/dati")
        anna.skip()
        await anna.taps("Cambia e-mail")
        anna.sees("In questa prova l'e-mail non si cambia", "0547 000000", edited=True)
    async with running(telegram, settings, clock, post, counter):
        await counter.service.outbox.run()
        anna.sees("La prova è finita", "sola consultazione", buttons=["Collega la fornitura"])
        async with counter.service.store.reading() as unit:
            (link,) = await unit.chats.links(anna.id)
        assert (link.access, link.proof) == (Access.VIEW, Proof.TRIAL)
        await anna.taps("Collega la fornitura")
        await anna.sends(TAX_CODE)
        anna.skip()
        await anna.taps("Conferma")
        anna.skip()
        await anna.sends(post.letters[-1].code)
        anna.sees("Collegato")
        async with counter.service.store.reading() as unit:
            (link,) = await unit.chats.links(anna.id)
        assert (link.access, link.proof) == (Access.FULL, Proof.MAILED_CODE)
