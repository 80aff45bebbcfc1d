"""The greeting, the menu, the help: where everybody begins and comes back to."""

import pytest

from conversations.texts import LANGUAGES, Words
from conversations.welcome import COMMANDS
from storage.engine import Store
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import ROME, MovableClock
from tests.support.factories import add_customer, link_chat

KEYS = ["📟 Autolettura", "📋 Le mie letture", "🧾 Fatture", "📊 Consumi", "☰ Altro"]


def keys_of(chat: ChatDriver) -> list[str]:
    """The keys of the large keyboard as they stand in a chat."""
    keyboard = chat.counter.telegram.reply_keyboard(chat.person.private_chat, chat.person) or {}
    return [key["text"] for row in keyboard.get("keyboard", ()) for key in row]


async def test_a_stranger_is_greeted_and_offered_the_linking(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    for said in ("/start", "/menu", "menu", "Menù"):
        await anna.sends(said)
        anna.sees("Ciao!", "Luce e Gas Prova", "fattura", buttons=["Collega la fornitura"])


async def test_who_is_linked_gets_the_menu(chat: ChatDriver) -> None:
    for said in ("/start", "/menu", "menu", " Menù "):
        await chat.sends(said)
        chat.sees("Cosa serve?", "45000")
    assert keys_of(chat) == KEYS


async def test_help_says_how_and_whom_to_ask(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    for said in ("/aiuto", "/help", "aiuto", "Aiuto", "HELP"):
        await anna.sends(said)
        anna.sees("Come si fa", "/annulla", "0547 000000")


async def test_an_unknown_command_gets_the_list_of_all(chat: ChatDriver) -> None:
    await chat.sends("/pippo")
    text = chat.sees("Tutto quello che si può fare")["text"]
    for italian, _, what in COMMANDS:
        assert f"/{italian} · {what}" in text


async def test_the_command_menu_is_set_in_every_language(counter: Counter) -> None:
    set_up = [call for call in counter.telegram.calls.of("setMyCommands") if call.ok]
    assert len(set_up) >= len(LANGUAGES)
    names = {name for italian, english, _ in COMMANDS for name in (italian, english)}
    assert {"annulla", "cancel", "scollega", "unlink"} <= names


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_commands_share_a_name(language: str) -> None:
    names = [italian if language == "it" else english for italian, english, _ in COMMANDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_keys_are_understood_whatever_language_they_were_drawn_in(
    chat: ChatDriver, language: str
) -> None:
    words = Words(language, ROME)
    for key in KEYS:
        await chat.sends(words.plain(key))
        answer = chat.sees()
        chat.skip()
        assert "Posso aiutarti" not in str(answer.get("text") or answer.get("caption")), key
        await chat.sends("/annulla")
        chat.skip()


async def test_a_key_left_over_from_earlier_invites_a_stranger(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    for key in KEYS[:4]:
        await anna.sends(key)
        anna.sees("prima collegare la tua fornitura", buttons=["Collega la fornitura"])


async def test_cancelling_with_nothing_open(chat: ChatDriver) -> None:
    for said in ("/annulla", "/cancel", "annulla", "Annulla"):
        await chat.sends(said)
        chat.sees("Non c'è niente da annullare")


async def test_turning_to_something_else_ends_what_is_open_and_says_so(chat: ChatDriver) -> None:
    for said in ("/start", "/menu", "menu", "☰ Altro"):
        await chat.sends("/autolettura")
        chat.sees("Lettura contatore")
        await chat.sends(said)
        chat.sees("è stato chiuso", "non è stato salvato niente")
        chat.sees()
        await chat.sends("/annulla")
        chat.sees("Non c'è niente da annullare")


async def test_the_plain_word_cancels_too(chat: ChatDriver) -> None:
    for said in ("annulla", "ANNULLA", "cancel", "/annulla"):
        await chat.sends("/autolettura")
        chat.sees("Lettura contatore")
        await chat.sends(said)
        chat.sees("Annullato")
        await chat.sends("/annulla")
        chat.sees("Non c'è niente da annullare")


async def test_an_english_telegram_breaks_nothing(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    john = counter.visitor("John", language="en-GB")
    for command in ("/start", "/help", "/menu", "/readings", "/reading", "/supply", "/unlink"):
        await john.sends(command)
        john.sees()
    await link_chat(store, john.id, await add_customer(store), clock.now())
    for command in ("/start", "/help", "/menu", "/readings", "/reading", "/supply", "/unlink"):
        await john.sends(command)
        john.sees()
        john.skip()
    assert len(keys_of(john)) == len(KEYS)


async def test_a_language_that_is_not_spoken_here_gets_italian(counter: Counter) -> None:
    hans = counter.visitor("Hans", language="xx")
    await hans.sends("/start")
    hans.sees("Ciao!")
