"""Customers write sentences: what they mean is done, and nothing that is open is lost."""

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.models import Reading, ReadingState
from tests.support.chat import ChatDriver, Counter

DOORS = ["📟 Lettura", "🧾 Bollette", "📊 Consumi", "🎧 Assistenza"]


async def pending(store: Store) -> list[int]:
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(Reading.meter).where(Reading.state == ReadingState.PENDING)
        )
        return list(found)


# -- with nothing open --


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("autolettura", "Lettura contatore"),
        ("vorrei mandare la lettura", "Lettura contatore"),
        ("le mie letture", "autoletture"),
        ("quanto devo pagare?", "fatture"),
        ("la bolleta per favore", "fatture"),
        ("prelievi", "prelievi"),
        ("quanto ho consumato", "prelievi"),
        ("come si fa?", "Come si fa"),
        ("altro", "Altro"),
        ("operatore", "0547 000000"),
        ("vorrei parlare con una persona", "0547 000000"),
        ("voglio fare un reclamo", "reclamo"),
        ("disdetta", "disdetta"),
        ("voltura", "intestatario"),
        ("ho cambiato banca", "banca"),
        ("ho cambiato contatore", "matricola nuova"),
        ("ciao", "Ciao"),
        ("grazie mille", "Di niente"),
        ("👍", "👍"),
    ],
)
async def test_what_is_meant_is_done(chat: ChatDriver, said: str, seen: str) -> None:
    await chat.sends(said)
    chat.sees(seen)


@pytest.mark.parametrize("said", ["buongiorno la lettura e 44990", "m3 44.990", "44990.",
                                  "contatore 44990", "Lettura: 44990 grazie"])  # fmt: skip
async def test_a_reading_is_found_in_a_sentence(chat: ChatDriver, store: Store, said: str) -> None:
    await chat.sends(said)
    chat.sees("Riepilogo", "44.990")
    await chat.taps("Salva")
    chat.sees("44.990", edited=True)
    assert await pending(store) == [44_990]


async def test_two_numbers_are_asked_about(chat: ChatDriver) -> None:
    await chat.sends("lettura 44990 o forse 44991")
    chat.sees("due numeri")
    chat.sees("Lettura contatore")
    await chat.sends("44991")
    chat.sees("Riepilogo", "44.991")


async def test_what_is_not_understood_gets_large_buttons_and_the_number(chat: ChatDriver) -> None:
    await chat.sends("che tempo fa domani")
    chat.sees("Posso aiutarti", "Per parlare con noi: 0547 000000", buttons=DOORS)
    await chat.taps("📟 Lettura")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("44990")
    chat.sees("Riepilogo")


async def test_an_answer_without_a_question_is_told_so(chat: ChatDriver) -> None:
    await chat.sends("salva")
    chat.sees("niente in sospeso")


async def test_the_former_label_and_the_new_command_are_understood(chat: ChatDriver) -> None:
    for said in ("📊 Prelievi", "📊 Consumi", "/consumi", "/prelievi"):
        await chat.sends(said)
        chat.sees("prelievi")


async def test_more_shows_assistance_first_and_only_what_applies(
    counter: Counter, chat: ChatDriver
) -> None:
    await chat.sends("☰ Altro")
    message = chat.sees("Altro")
    shown = [b["text"] for row in message["reply_markup"]["inline_keyboard"] for b in row]
    assert shown[0] == "🎧 Scrivi all'assistenza"
    assert "📈 Misure della luce" not in shown  # Anna has gas alone, at one point
    assert "📍 Cambia punto" not in shown
    eve = counter.visitor("Eve")
    await eve.sends("altro")
    message = eve.sees("Altro")
    shown = [b["text"] for row in message["reply_markup"]["inline_keyboard"] for b in row]
    assert "👤 I miei dati" not in shown
    assert "Collega la fornitura" in shown


# -- in the middle of a reading --


async def test_a_sentence_answers_the_question(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("quarantacinquemila")
    chat.sees("Scrivi solo il numero del contatore, per esempio 45000")
    await chat.sends("il contatore segna 44.990")
    chat.sees("Riepilogo", "44.990")


async def test_another_number_at_the_summary_corrects(chat: ChatDriver, store: Store) -> None:
    await chat.sends("44990")
    chat.sees("Riepilogo", "44.990")
    await chat.sends("no scusa è 44991")
    chat.sees("Riepilogo", "44.991")
    await chat.taps("Salva")
    chat.sees("44.991", edited=True)
    assert await pending(store) == [44_991]


@pytest.mark.parametrize("said", ["si", "Sì", "salva", "ok", "va bene", "confermo"])
async def test_yes_saves(chat: ChatDriver, store: Store, said: str) -> None:
    await chat.sends("44990")
    chat.sees("Riepilogo")
    await chat.sends(said)
    chat.sees("Lettura salvata", "44.990")
    assert await pending(store) == [44_990]


async def test_no_corrects_and_annulla_ends(chat: ChatDriver, store: Store) -> None:
    await chat.sends("44990")
    chat.sees("Riepilogo")
    await chat.sends("no")
    chat.sees("Lettura contatore")
    await chat.sends("44991")
    chat.sees("Riepilogo")
    await chat.sends("lascia perdere")
    chat.sees("Annullato")
    assert await pending(store) == []


async def test_help_explains_the_step_and_ends_nothing(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("aiuto")
    chat.sees("cifre nere", buttons=["Annulla"])
    await chat.sends("44990")
    chat.sees("Riepilogo")
    await chat.sends("non capisco")
    chat.sees("Se è giusto")
    await chat.taps("Salva")
    chat.sees("44.990", edited=True)


async def test_yes_answers_no_doubt_that_has_no_such_button(chat: ChatDriver, store: Store) -> None:
    await chat.sends("44000")
    chat.sees("più bassa dell'ultima")
    await chat.sends("sì")
    chat.sees("pulsanti")
    await chat.sends("44990")
    chat.sees("Riepilogo", "44.990")
    assert await pending(store) == []


async def test_another_matter_leads_there(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("voglio parlare con un operatore")
    chat.sees("0547 000000")
    await chat.sends("44990")  # a person was asked for: the reading waits
    chat.sees("Riepilogo")
    await chat.sends("la bolletta di marzo")
    chat.sees("è stato chiuso")
    chat.sees("fatture")


# -- while linking --


async def test_a_sentence_at_the_tax_codes_step_is_answered_and_stays(counter: Counter) -> None:
    eve = counter.visitor("Eve")
    await eve.sends("/collega")
    eve.sees("codice cliente")
    await eve.sends("il mio codice cliente è 028680")
    eve.sees("codice fiscale")
    await eve.sends("quale codice devo scrivere?")
    eve.sees("tessera sanitaria")
    assert any(m.get("text") == "quale codice devo scrivere?" for m in eve.messages())
    await eve.sends("RSSMRA80A01H501X")
    eve.sees("non tornano")
    assert not any("RSSMRA80A01H501X" in m.get("text", "") for m in eve.messages())
    await eve.sends("il codice fiscale è RSSMRA80A01H501U grazie")
    eve.sees("non corrispondono")
    assert not any("RSSMRA80A01H501U" in m.get("text", "") for m in eve.messages())
