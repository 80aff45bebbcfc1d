"""Linked chats: who sees a supply, letting somebody in by an invitation, and ending a link."""

import asyncio
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from conversations.account.invitations import (
    AcceptInvitation,
    ConfirmGuest,
    MakeInvitation,
    RefuseGuest,
)
from conversations.account.linked_chats import (
    AskRevoke,
    ConfirmRevoke,
    Invite,
    LinkedChats,
    WithdrawInvitation,
)
from storage.engine import Store
from storage.models import Access, ChatLink, Customer, Invitation, Proof
from storage.repositories.invitations import MOST_OPEN, button_key
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, link_chat
from tests.support.post import PostOffice

FULL, VIEW = "Accesso completo", "Sola consultazione"
NOT_YOURS = "Non è più disponibile in questa chat."
NOT_A_HOST = "Può invitare solo chi ha collegato la fornitura con il codice."
OVER = "Questo invito non è più in sospeso."
WORTHLESS = "Questo invito non vale più"


@dataclass
class Scene:
    """Anna, whose chat was verified by code, and the customer that it is linked to."""

    counter: Counter
    anna: ChatDriver
    customer: Customer

    @property
    def store(self) -> Store:
        return self.counter.service.store

    async def somebody(
        self, name: str, proof: Proof | None = None, access: Access = Access.FULL
    ) -> ChatDriver:
        """Somebody who has written to the bot; with a proof, they are linked."""
        chat = self.counter.visitor(name)
        await chat.sends("/start")
        chat.skip()
        if proof is not None:
            now = self.counter.service.clock.now()
            await link_chat(self.store, chat.id, self.customer, now, access, proof)
        return chat

    async def links(self) -> dict[int, ChatLink]:
        async with self.store.reading() as unit:
            found = await unit.chats.links_of_customer(self.customer.id)
        return {link.chat_id: link for link in found}

    async def invitation(self) -> Invitation:
        async with self.store.reading() as unit:
            found = await unit.session.scalars(select(Invitation).order_by(Invitation.id.desc()))
        newest = found.first()
        assert newest is not None
        return newest

    async def make_invitation(self, access: str = FULL) -> str:
        """Anna makes an invitation; gives what the guest's Telegram sends for its link."""
        await self.anna.sends("/preferenze")
        await self.anna.taps("👥 Chat collegate")
        await self.anna.taps("✉️ Invita")
        await self.anna.taps(access)
        text = self.anna.text_of(self.anna.messages()[-1]["message_id"])
        self.anna.skip()
        found = re.search(r"https://t\.me/sportello_bot\?start=(i[A-Za-z0-9_-]{22})\b", text)
        assert found is not None, text
        return f"/start {found[1]}"

    async def tell(self) -> None:
        """What is in the outbox goes out."""
        await self.counter.service.outbox.run()


@pytest.fixture
async def scene(chat: ChatDriver, counter: Counter, store: Store) -> Scene:
    await chat.sends("/start")
    chat.skip()
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    return Scene(counter, chat, customer)


# -- the way through --


@pytest.mark.parametrize(
    ("label", "words", "access"),
    [(FULL, "accesso completo", Access.FULL), (VIEW, "sola consultazione", Access.VIEW)],
)
async def test_somebody_is_invited_accepts_and_is_confirmed(
    scene: Scene, label: str, words: str, access: Access
) -> None:
    anna = scene.anna
    await anna.sends("/preferenze")
    anna.sees("Preferenze")
    await anna.taps("👥 Chat collegate")
    anna.sees(
        "Chat collegate",
        "Mario Rossi · 028680",
        "1. Questa chat",
        "dal 15/02/2026, 10:00, con il codice via e-mail",
        "accesso completo",
        buttons=["Scollega 1", "✉️ Invita", "‹ Preferenze"],
        edited=True,
    )
    await anna.taps("✉️ Invita")
    anna.sees("Invita qualcuno", buttons=[FULL, VIEW, "👥 Chat collegate"], edited=True)
    await anna.taps(label)
    made = anna.sees(
        "Ecco l'invito",
        words,
        "una volta sola, fino al 16/02/2026, 10:00",
        buttons=["Inoltra l'invito", "Ritira l'invito", "👥 Chat collegate"],
        edited=True,
    )["text"]
    found = re.search(r"start=(i\S{22})\b", made)
    assert found is not None

    luca = scene.counter.visitor("Luca")
    await luca.sends(f"/start {found[1]}")
    offer = luca.sees("Sei stato invitato", "M*** R***", words, buttons=["Accetto", "No, grazie"])[
        "text"
    ]
    assert "028680" not in offer
    assert "Mario" not in offer
    await luca.taps("Accetto")
    luca.sees("Ho chiesto conferma a chi ti ha invitato", edited=True)
    assert luca.id not in await scene.links()
    await luca.sends("/letture")
    luca.sees("serve prima collegare")

    await scene.tell()
    anna.sees("Luca", "ha accettato il tuo invito", words, buttons=["Conferma", "Rifiuta"])
    assert luca.id not in await scene.links()
    await anna.taps("Conferma")
    anna.sees("Luca ora ha accesso", words, edited=True)
    link = (await scene.links())[luca.id]
    assert (link.access, link.proof) == (access, Proof.INVITATION)

    await scene.tell()
    luca.sees("Collegato", "028680", "Mario Rossi", words)
    await luca.sends("/letture")
    luca.sees("Elenco autoletture")
    await anna.taps("👥 Chat collegate")
    anna.sees(
        "2. Luca",
        "su invito",
        buttons=["Scollega 1", "Scollega 2", "✉️ Invita", "‹ Preferenze"],
        edited=True,
    )


async def test_the_other_chats_hear_of_a_guest(scene: Scene) -> None:
    bruno = await scene.somebody("Bruno", Proof.MAILED_CODE)
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    await luca.taps("Accetto")
    await scene.tell()
    await scene.anna.taps("Conferma")
    await scene.tell()
    bruno.sees("è stato collegato anche a un'altra chat")
    scene.anna.skip()
    luca.skip()


async def test_the_secret_is_kept_nowhere(scene: Scene) -> None:
    payload = await scene.make_invitation()
    token = payload.removeprefix("/start i")
    assert len(token) == 22
    async with scene.store.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM invitations")).all()
    assert len(rows) == 1
    assert token not in str(rows)


async def test_a_guest_with_markup_in_the_name(scene: Scene) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("<b>Luca</b> & " + "x" * 50)
    await luca.sends(payload)
    await luca.taps("Accetto")
    await scene.tell()
    scene.anna.sees("<b>Luca</b> & xxx", buttons=["Conferma", "Rifiuta"])
    await scene.anna.taps("Rifiuta")
    scene.anna.sees("<b>Luca</b> & xxx", "non vede niente", edited=True)
    luca.skip()


# -- ways in that are none --


async def test_who_is_refused_sees_nothing(scene: Scene) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    await luca.taps("Accetto")
    luca.skip()
    await scene.tell()
    await scene.anna.taps("Rifiuta")
    scene.anna.skip()
    await scene.tell()
    luca.sees("Chi ti ha invitato non ha confermato")
    assert luca.id not in await scene.links()
    await luca.sends(payload)
    luca.sees(WORTHLESS)


async def test_a_link_lets_one_person_in(scene: Scene) -> None:
    payload = await scene.make_invitation()
    luca, marta = await scene.somebody("Luca"), await scene.somebody("Marta")
    for guest in (luca, marta):
        await guest.sends(payload)
        guest.sees("Sei stato invitato")
    await luca.taps("Accetto")
    luca.sees("Ho chiesto conferma", edited=True)
    await marta.taps("Accetto")
    marta.sees(WORTHLESS, edited=True)
    await luca.sends(payload)  # once more, while he waits
    luca.sees("Ho chiesto conferma")
    await scene.tell()
    scene.anna.sees("Luca", "ha accettato")
    await scene.anna.taps("Conferma")
    scene.anna.skip()
    await scene.tell()
    luca.sees("Collegato")
    await luca.sends(payload)
    luca.sees(WORTHLESS)
    assert set(await scene.links()) == {scene.anna.id, luca.id}


async def test_two_who_accept_at_once_leave_one(scene: Scene, clock: MovableClock) -> None:
    payload = await scene.make_invitation()
    token = payload.removeprefix("/start i")
    guests = [await scene.somebody(name) for name in ("Luca", "Marta", "Nino")]

    async def take(chat_id: int) -> bool:
        async with scene.store.unit() as unit:
            taken = await unit.invitations.take(
                token, guest_chat_id=chat_id, guest_name="?", now=clock.now()
            )
            await unit.commit()
            return taken is not None

    assert sorted(await asyncio.gather(*(take(g.id) for g in guests))) == [False, False, True]


async def test_it_lasts_a_day(scene: Scene, clock: MovableClock) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    clock.move(hours=23, minutes=59)
    await luca.sends(payload)
    luca.sees("Sei stato invitato")
    clock.move(minutes=1)
    await luca.taps("Accetto")
    luca.sees(WORTHLESS, edited=True)


async def test_a_guest_waits_a_day_at_most(scene: Scene, clock: MovableClock) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    clock.move(hours=23)
    await luca.sends(payload)
    await luca.taps("Accetto")
    luca.skip()
    await scene.tell()
    scene.anna.sees("ha accettato")
    clock.move(hours=24)
    assert (await scene.anna.taps("Conferma")).text == OVER
    assert luca.id not in await scene.links()


async def test_declining_leaves_it_for_whom_it_was_meant(scene: Scene) -> None:
    payload = await scene.make_invitation()
    marta = await scene.somebody("Marta")
    await marta.sends(payload)
    marta.sees("Sei stato invitato")
    await marta.taps("No, grazie")
    marta.sees("non è successo niente", edited=True)
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    luca.sees("Sei stato invitato")


async def test_ones_own_link_and_links_of_nobody(scene: Scene) -> None:
    payload = await scene.make_invitation()
    await scene.anna.sends(payload)
    scene.anna.sees("Questo invito l'hai fatto tu")
    await scene.anna.sends("/start i" + "A" * 22)
    scene.anna.sees(WORTHLESS)
    message = scene.anna.last["message_id"]
    await scene.anna.taps_data(AcceptInvitation("A" * 22), message)
    scene.anna.skip()
    await scene.anna.sends("/start i" + "A" * 23)  # no payload of ours: the menu
    scene.anna.sees("Cosa serve?")
    assert set(await scene.links()) == {scene.anna.id}


async def test_somebody_who_sees_everything_already(scene: Scene) -> None:
    bruno = await scene.somebody("Bruno", Proof.MAILED_CODE)
    await bruno.sends(await scene.make_invitation())
    bruno.sees("è già collegato a questa chat")


async def test_who_could_look_may_do_all_after_a_full_invitation(scene: Scene) -> None:
    gino = await scene.somebody("Gino", Proof.INVITATION, Access.VIEW)
    await gino.sends(await scene.make_invitation(VIEW))
    gino.sees("è già collegato a questa chat")
    await gino.sends(await scene.make_invitation(FULL))
    gino.sees("Sei stato invitato", "accesso completo")
    await gino.taps("Accetto")
    gino.skip()
    await scene.tell()
    await scene.anna.taps("Conferma")
    scene.anna.skip()
    await scene.tell()
    gino.sees("Collegato", "accesso completo")
    assert (await scene.links())[gino.id].access is Access.FULL


async def test_the_others_hear_of_one_who_may_do_all_from_now_on(
    scene: Scene, post: PostOffice
) -> None:
    bruno = await scene.somebody("Bruno", Proof.MAILED_CODE)
    gino = await scene.somebody("Gino")
    for access in (VIEW, FULL):
        await gino.sends(await scene.make_invitation(access))
        await gino.taps("Accetto")
        await scene.tell()
        await scene.anna.taps("Conferma")
        await scene.tell()
        await scene.counter.service.letters.run()
        gino.skip()
        scene.anna.skip()
        bruno.sees("è stato collegato anche a un'altra chat", buttons=["👥 Chat collegate"])
        assert ("soltanto guardare" in post.letters[-1].text) is (access == VIEW)
    assert len(post.letters) == 2


async def test_an_invitation_is_withdrawn(scene: Scene) -> None:
    payload = await scene.make_invitation()
    await scene.anna.taps("👥 Chat collegate")
    scene.anna.sees(
        "Invito del 15/02/2026, 10:00, accesso completo: vale fino al 16/02/2026, 10:00",
        buttons=["Scollega 1", "Ritira l'invito del 15/02/2026, 10:00", "✉️ Invita", "‹ Preferenze"],
        edited=True,
    )
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    luca.sees("Sei stato invitato")
    await scene.anna.taps("Ritira l'invito del 15/02/2026, 10:00")
    scene.anna.sees(
        "Chat collegate", buttons=["Scollega 1", "✉️ Invita", "‹ Preferenze"], edited=True
    )
    await luca.taps("Accetto")
    luca.sees(WORTHLESS, edited=True)


@pytest.mark.both_databases
async def test_one_that_waits_for_a_word_is_withdrawn(scene: Scene) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    await luca.taps("Accetto")
    luca.skip()
    await scene.tell()
    question = scene.anna.sees("ha accettato")
    invitation = await scene.invitation()
    await scene.anna.taps_data(WithdrawInvitation(invitation.id), question["message_id"])
    scene.anna.sees("Chat collegate", edited=True)
    await scene.tell()
    luca.sees("Chi ti ha invitato non ha confermato")
    answer = await scene.anna.taps_data(
        ConfirmGuest(invitation.id, button_key(invitation)), question["message_id"]
    )
    assert answer.text == OVER


async def test_an_old_button_lets_nobody_in_by_a_new_invitation(scene: Scene) -> None:
    """Luca was asked about; whoever takes the next invitation is somebody else."""
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    await luca.taps("Accetto")
    luca.skip()
    await scene.tell()
    question = scene.anna.sees("Luca", "ha accettato")
    old = await scene.invitation()
    confirm_luca = ConfirmGuest(old.id, button_key(old))
    await luca.sends("/privacy")
    await luca.taps("Elimina i miei dati")
    await luca.taps("Sì")
    luca.skip()

    stranger = await scene.somebody("Sconosciuto")
    await stranger.sends(await scene.make_invitation())
    await stranger.taps("Accetto")
    stranger.skip()
    new = await scene.invitation()
    assert new.id != old.id
    answer = await scene.anna.taps_data(confirm_luca, question["message_id"])
    assert answer.text == OVER
    # Not even where the numbers were the same: each button has its own invitation's key.
    forged = ConfirmGuest(new.id, button_key(old))
    assert (await scene.anna.taps_data(forged, question["message_id"])).text == OVER
    assert stranger.id not in await scene.links()


@pytest.mark.parametrize("key", ["", "0" * 20, "è"])
async def test_a_button_without_the_key_settles_nothing(scene: Scene, key: str) -> None:
    payload = await scene.make_invitation()
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    await luca.taps("Accetto")
    luca.skip()
    await scene.tell()
    question = scene.anna.sees("ha accettato")
    number = (await scene.invitation()).id
    for tap in (ConfirmGuest(number, key), RefuseGuest(number, key)):
        assert (await scene.anna.taps_data(tap, question["message_id"])).text == OVER
    assert (await scene.invitation()).closed_at is None
    assert luca.id not in await scene.links()


async def test_only_so_many_are_open_at_once(scene: Scene) -> None:
    for _ in range(MOST_OPEN):
        await scene.make_invitation()
    await scene.anna.taps("👥 Chat collegate")
    scene.anna.skip()
    await scene.anna.taps("✉️ Invita")
    scene.anna.skip()
    await scene.anna.taps(FULL)
    scene.anna.sees(f"Ci sono già {MOST_OPEN} inviti in sospeso", edited=True)


@pytest.mark.both_databases
async def test_what_an_inviter_offered_ends_with_the_inviter(scene: Scene) -> None:
    bruno = await scene.somebody("Bruno", Proof.MAILED_CODE)
    payload = await scene.make_invitation()
    anna_link = (await scene.links())[scene.anna.id]
    await bruno.sends("/preferenze")
    message = bruno.sees("Preferenze")["message_id"]
    await bruno.taps_data(ConfirmRevoke(anna_link.id), message)
    bruno.sees("Chat collegate", edited=True)
    await scene.tell()
    scene.anna.sees("non è più collegata al codice cliente 028680")
    luca = await scene.somebody("Luca")
    await luca.sends(payload)
    luca.sees(WORTHLESS)


# -- who may not --


@pytest.mark.parametrize("access", list(Access))
async def test_who_was_invited_invites_nobody(scene: Scene, access: Access) -> None:
    await scene.make_invitation()
    offered = await scene.invitation()
    gino = await scene.somebody("Gino", Proof.INVITATION, access)
    await gino.sends("/preferenze")
    message = gino.sees("Preferenze")["message_id"]
    await gino.taps("👥 Chat collegate")
    assert "✉️ Invita" not in str(gino.sees("Chat collegate", edited=True))
    for tap in (Invite(scene.customer.id), MakeInvitation(scene.customer.id, Access.FULL)):
        assert (await gino.taps_data(tap, message)).text == NOT_A_HOST
    for other in (
        WithdrawInvitation(offered.id),
        ConfirmGuest(offered.id, button_key(offered)),
        RefuseGuest(offered.id, button_key(offered)),
    ):
        assert (await gino.taps_data(other, message)).text == OVER
    assert (await scene.invitation()).closed_at is None


async def test_a_guest_with_full_access_ends_guests_but_not_the_host(scene: Scene) -> None:
    gino = await scene.somebody("Gino", Proof.INVITATION)
    nino = await scene.somebody("Nino", Proof.INVITATION)
    await gino.sends("/preferenze")
    gino.skip()
    await gino.taps("👥 Chat collegate")
    message = gino.sees(
        "1. Un'altra chat",
        "2. Questa chat",
        "3. Un'altra chat",
        buttons=["Scollega 2", "Scollega 3", "‹ Preferenze"],
        edited=True,
    )["message_id"]
    host = (await scene.links())[scene.anna.id]
    for tap in (AskRevoke(host.id), ConfirmRevoke(host.id)):
        assert (await gino.taps_data(tap, message)).text == NOT_YOURS
    assert scene.anna.id in await scene.links()
    await gino.taps("Scollega 3")
    gino.sees("Scolleghiamo Un'altra chat", buttons=["Sì", "No"], edited=True)
    await gino.taps("Sì")
    gino.sees("Chat collegate", buttons=["Scollega 2", "‹ Preferenze"], edited=True)
    assert set(await scene.links()) == {scene.anna.id, gino.id}
    await scene.tell()
    nino.sees("non è più collegata al codice cliente 028680")


async def test_view_only_knows_of_itself_and_ends_nobody(scene: Scene) -> None:
    gino = await scene.somebody("Gino", Proof.INVITATION, Access.VIEW)
    nino = await scene.somebody("Nino", Proof.INVITATION)
    await gino.sends("/preferenze")
    gino.skip()
    await gino.taps("👥 Chat collegate")
    text = gino.sees(
        "1. Questa chat",
        "sola consultazione",
        buttons=["Scollega 1", "‹ Preferenze"],
        edited=True,
    )["text"]
    assert "2." not in text
    message = gino.last["message_id"]
    links = await scene.links()
    for other in (scene.anna, nino):
        answer = await gino.taps_data(ConfirmRevoke(links[other.id].id), message)
        assert answer.text == NOT_YOURS
    assert set(await scene.links()) == set(links)


async def test_a_link_ends_once_and_can_be_kept(scene: Scene) -> None:
    gino = await scene.somebody("Gino", Proof.INVITATION)
    await scene.anna.sends("/preferenze")
    scene.anna.skip()
    await scene.anna.taps("👥 Chat collegate")
    scene.anna.skip()
    await scene.anna.taps("Scollega 2")
    scene.anna.sees("Scolleghiamo Un'altra chat, collegata dal 15/02/2026, 10:00?", edited=True)
    await scene.anna.taps("No")
    scene.anna.sees("Chat collegate", "2. Un'altra chat", edited=True)
    await scene.anna.taps("Scollega 2")
    scene.anna.skip()
    first, second = await scene.anna.taps_twice("Sì")
    scene.anna.sees("Chat collegate", edited=True)
    assert (first.text, second.text) == ("Scollegata", NOT_YOURS)
    await scene.tell()
    gino.sees("non è più collegata")
    await gino.sends("/letture")
    gino.sees("serve prima collegare")


async def test_ones_own_link_is_ended_from_the_list(scene: Scene) -> None:
    await scene.anna.sends("/preferenze")
    scene.anna.skip()
    await scene.anna.taps("👥 Chat collegate")
    scene.anna.skip()
    await scene.anna.taps("Scollega 1")
    scene.anna.sees("Scolleghiamo da questa chat il codice cliente 028680", edited=True)
    await scene.anna.taps("Sì")
    scene.anna.sees("è scollegato", edited=True)
    assert await scene.links() == {}


async def test_other_customers_chats_are_not_shown(scene: Scene, clock: MovableClock) -> None:
    other = await add_customer(scene.store, "000099", name="Bianca Neri")
    bianca = scene.counter.visitor("Bianca")
    await link_chat(scene.store, bianca.id, other, clock.now())
    async with scene.store.reading() as unit:
        (theirs,) = await unit.chats.links(bianca.id)
    await scene.anna.sends("/preferenze")
    message = scene.anna.sees("Preferenze")["message_id"]
    for tap in (LinkedChats(other.id, 0), AskRevoke(theirs.id), ConfirmRevoke(theirs.id)):
        assert (await scene.anna.taps_data(tap, message)).text == NOT_YOURS
    assert (await scene.anna.taps_data(Invite(other.id), message)).text == NOT_A_HOST


async def test_several_customers_and_many_chats(scene: Scene, clock: MovableClock) -> None:
    other = await add_customer(scene.store, "000099", name="Condominio <Aurora>")
    await link_chat(scene.store, scene.anna.id, other, clock.now())
    for number in range(8):
        await scene.somebody(f"Condomino {number}", Proof.INVITATION)
    await scene.anna.sends("/preferenze")
    scene.anna.skip()
    await scene.anna.taps("👥 Chat collegate")
    scene.anna.sees(
        "Le chat collegate a quale codice cliente?",
        buttons=["028680 · Mario Rossi", "000099 · Condominio <Aurora>", "‹ Preferenze"],
        edited=True,
    )
    await scene.anna.taps("028680 · Mario Rossi")
    scene.anna.sees("Pagina 1 di 2", "1. Questa chat", edited=True)
    await scene.anna.taps("Avanti ›")
    scene.anna.sees("Pagina 2 di 2", "9. Un'altra chat", edited=True)
