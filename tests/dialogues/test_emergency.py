"""The smell of gas is answered first of all, from anywhere, and ends nothing."""

import pytest

from bot.settings import Settings
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.pictures import plain_png

COPY = "Copia il numero 800 900 999"


@pytest.mark.parametrize(
    "said", ["Aiuto, sento odore di gas!", "PUZZA DI GAS", "fuga di gas", "I can smell gas"]
)
async def test_who_smells_gas_is_told_what_to_do(chat: ChatDriver, said: str) -> None:
    await chat.sends(said)
    chat.sees("Apri le finestre", "interruttori", "Esci di casa", "800 900 999", buttons=[COPY])


async def test_the_button_copies_the_number(chat: ChatDriver) -> None:
    await chat.sends("odore di gas")
    message = chat.sees("800 900 999")
    assert message["reply_markup"]["inline_keyboard"][0][0]["copy_text"] == {"text": "800 900 999"}


async def test_somebody_unknown_is_told_as_well(counter: Counter) -> None:
    eve = counter.visitor("Eve")
    await eve.sends("odore di gas")
    eve.sees("Apri le finestre", "800 900 999")


async def test_while_linking_the_question_stays_open(counter: Counter) -> None:
    eve = counter.visitor("Eve")
    await eve.sends("/collega")
    eve.sees("codice cliente")
    await eve.sends("c'è odore di gas in casa")
    eve.sees("Apri le finestre", "resta aperto")
    await eve.sends("028680")
    eve.sees("codice fiscale")


async def test_in_the_middle_of_a_reading_nothing_ends(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("sento puzza di gas vicino al contatore")
    chat.sees("Apri le finestre", "resta aperto")
    await chat.sends("45000")
    chat.sees("Riepilogo")
    await chat.sends("lettura 45000 ma sento odore di gas")
    chat.sees("Apri le finestre")
    await chat.taps("Salva")
    chat.sees("45.000", edited=True)


async def test_words_of_a_ticket_are_answered_and_kept(chat: ChatDriver) -> None:
    await chat.sends("/assistenza")
    chat.sees("Di che cosa si tratta")
    await chat.sends("odore di gas in cantina")
    chat.sees("Apri le finestre")
    chat.sees("odore di gas in cantina")
    await chat.sends("da ieri sera c'è una perdita di gas")
    chat.sees("Apri le finestre")
    chat.sees(buttons=labels(chat.messages()[-1]))


async def test_the_words_below_a_photo_count(chat: ChatDriver) -> None:
    await chat.sends_photo(plain_png(20, 20), "qui si sente odore di gas")
    chat.sees("Apri le finestre", "800 900 999")


async def test_an_edited_message_counts(chat: ChatDriver) -> None:
    await chat.sends("ciao")
    chat.sees("Ciao")
    await chat.edits("odore di gas")
    chat.sees("Apri le finestre")


async def test_the_command_tells_both_numbers_and_ends_nothing(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("/emergenza")
    chat.sees("Apri le finestre", "800 900 999", "803 500")
    await chat.sends("45000")
    chat.sees("Riepilogo")


async def test_who_is_without_power_gets_its_number(chat: ChatDriver) -> None:
    await chat.sends("manca la luce")
    chat.sees("803 500")


async def test_a_bill_of_the_gas_is_no_emergency(chat: ChatDriver) -> None:
    await chat.sends("la bolletta del gas")
    assert "Apri le finestre" not in chat.sees()["text"]


class TestWithoutNumbers:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"emergency_gas": None, "emergency_power": None})

    async def test_everybodys_number_is_told(self, chat: ChatDriver) -> None:
        await chat.sends("odore di gas")
        chat.sees("Apri le finestre", "112", buttons=[])
