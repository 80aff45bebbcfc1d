from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import Forbidden

from bot.local_telegram import LocalTelegram, NotPossibleError, Person
from tests.local_telegram.conftest import Call


async def messages(bot: Bot) -> list[Any]:
    return [update.effective_message for update in await bot.get_updates()]


async def test_everything_that_a_person_can_send(bot: Bot, anna: Person) -> None:
    chat = anna.private_chat
    anna.send_text(chat, "  😀 /start  ")
    anna.send_sticker(chat, "🎉")
    anna.send_voice(chat, duration=3)
    anna.send_location(chat, 45.07, 7.69)
    anna.send_contact(chat, "+393331234567")
    text, sticker, voice, location, contact = await messages(bot)
    assert text.text == "😀 /start"
    assert text.parse_entities() == {text.entities[0]: "/start"}
    assert text.from_user.full_name == "Anna Bianchi"
    assert text.chat.type == "private"
    assert sticker.sticker.emoji == "🎉"
    assert voice.voice.duration == timedelta(seconds=3)
    assert location.location.latitude == 45.07
    assert (contact.contact.user_id, contact.contact.first_name) == (anna.id, "Anna")


async def test_editing_one_s_own_words(bot: Bot, anna: Person, clock: Any) -> None:
    chat = anna.private_chat
    message_id = anna.send_text(chat, "44000")["message_id"]
    anna.edit_text(chat, message_id, "45000")
    _, update = await bot.get_updates()
    assert update.edited_message is not None
    assert (update.edited_message.text, update.edited_message.edit_date) == ("45000", clock())
    mine = await bot.send_message(anna.id, "del bot")
    with pytest.raises(NotPossibleError, match="own"):
        anna.edit_text(chat, mine.message_id, "x")


async def test_answers_carry_what_they_answer(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(anna.id, "domanda")
    anna.send_text(anna.private_chat, "risposta", reply_to=sent.message_id)
    (message,) = await messages(bot)
    assert message.reply_to_message.text == "domanda"
    with pytest.raises(NotPossibleError, match="gone"):
        anna.send_text(anna.private_chat, "x", reply_to=999)


def test_what_an_app_would_not_send(anna: Person, telegram: LocalTelegram) -> None:
    bruno = telegram.add_person("Bruno")
    for text in (" ", "a" * 4097):
        with pytest.raises(NotPossibleError):
            anna.send_text(anna.private_chat, text)
    with pytest.raises(NotPossibleError):
        anna.send_text(bruno.private_chat, "nella chat di un altro")
    assert telegram.pending_updates == 0


async def test_the_bot_cannot_begin(bot: Bot, call: Call, telegram: LocalTelegram) -> None:
    bruno = telegram.add_person("Bruno")
    answer = await call("sendMessage", chat_id=bruno.id, text="x")
    assert answer["description"] == "Bad Request: chat not found"
    telegram.add_group("Condominio", [bruno])
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(bruno.id, "x")
    bruno.send_text(bruno.private_chat, "/start")
    assert (await bot.send_message(bruno.id, "x")).text == "x"


async def test_blocking(bot: Bot, telegram: LocalTelegram, anna: Person) -> None:
    seen = []
    telegram.subscribe(lambda event: seen.append((event.kind, event.data)))
    sent = await bot.send_message(anna.id, "x")
    seen.clear()
    anna.block_bot()
    anna.block_bot()
    for attempt in (
        bot.send_message(anna.id, "x"),
        bot.send_chat_action(anna.id, "typing"),
        sent.edit_text("y"),
    ):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await attempt
    with pytest.raises(NotPossibleError, match="unblock"):
        anna.send_text(anna.private_chat, "x")
    anna.unblock_bot()
    assert seen == [("blocked", True), ("blocked", False)]
    blocked, unblocked = [update.my_chat_member for update in await bot.get_updates()]
    assert blocked is not None
    assert unblocked is not None
    assert blocked.new_chat_member.status == "kicked"
    assert (unblocked.old_chat_member.status, unblocked.new_chat_member.status) == (
        "kicked",
        "member",
    )
    assert (await bot.send_message(anna.id, "x")).text == "x"


async def test_a_deleted_account(bot: Bot, anna: Person) -> None:
    anna.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(anna.id, "x")
    with pytest.raises(NotPossibleError):
        anna.send_text(anna.private_chat, "x")


def test_ids_of_people(telegram: LocalTelegram) -> None:
    first = telegram.add_person("Uno", person_id=4711)
    assert (first.id, first.private_chat.id) == (4711, 4711)
    with pytest.raises(ValueError, match="taken"):
        telegram.add_person("Due", person_id=4711)


async def test_events_come_at_once(bot: Bot, telegram: LocalTelegram, anna: Person) -> None:
    seen = []
    end = telegram.subscribe(lambda event: seen.append((event.kind, event.from_bot)))
    anna.send_text(anna.private_chat, "x")
    assert seen == [("message", False)]
    sent = await bot.send_message(anna.id, "y")
    await sent.edit_text("z")
    await sent.delete()
    assert seen[1:] == [("message", True), ("edited", True), ("deleted", False)]
    end()
    anna.send_text(anna.private_chat, "x")
    assert len(seen) == 4


async def test_an_edit_leaves_what_was_handed_out(
    bot: Bot, telegram: LocalTelegram, anna: Person
) -> None:
    sent = await bot.send_message(anna.id, "prima")
    (before,) = telegram.messages(anna.private_chat)
    await sent.edit_text("dopo")
    assert before["text"] == "prima"


async def test_the_command_menu(bot: Bot, telegram: LocalTelegram, anna: Person) -> None:
    john = telegram.add_person("John", language_code="en-GB", started=True)

    def menu(person: Person) -> list[str]:
        seen = telegram.commands.seen_by(person.user, person.private_chat)
        return [command["command"] for command in seen]

    await bot.set_my_commands([("menu", "Il menù"), ("aiuto", "Aiuto")])
    await bot.set_my_commands([("help", "Help")], language_code="en")
    assert (menu(anna), menu(john)) == (["menu", "aiuto"], ["help"])
    await bot.set_my_commands([("privata", "x")], scope=BotCommandScopeAllPrivateChats())
    assert (menu(anna), menu(john)) == (["privata"], ["privata"])
    await bot.set_my_commands([("sua", "x")], scope=BotCommandScopeChat(anna.id))
    assert (menu(anna), menu(john)) == (["sua"], ["privata"])
    assert await bot.get_my_commands(language_code="en") == (BotCommand("help", "Help"),)
    await bot.delete_my_commands(scope=BotCommandScopeChat(anna.id))
    await bot.delete_my_commands(scope=BotCommandScopeAllPrivateChats())
    await bot.delete_my_commands(language_code="en")
    assert menu(john) == ["menu", "aiuto"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"commands": [{"command": "Menu", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "menù", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        (
            {"commands": [{"command": "a", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            {"commands": [{"command": "a", "description": "x" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ({"commands": [{"command": "a", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": ["a"]}, "can't parse BotCommand: expected an Object"),
        ({"commands": [], "language_code": "ita"}, "invalid language code specified"),
        (
            {"commands": [], "scope": {"type": "galaxy"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ],
)
async def test_menus_that_are_refused(call: Call, arguments: dict[str, Any], reason: str) -> None:
    answer = await call("setMyCommands", **arguments)
    assert answer["description"] == f"Bad Request: {reason}"


async def test_names_and_descriptions(bot: Bot, call: Call) -> None:
    await bot.set_my_name("Sportello Gas")
    await bot.set_my_description("Ciao")
    await bot.set_my_description("Hello", language_code="en")
    await bot.set_my_short_description("Breve")
    assert (await bot.get_my_name()).name == "Sportello Gas"
    assert (await bot.get_me()).first_name == "Sportello Gas"
    assert (await bot.get_my_description("en")).description == "Hello"
    assert (await bot.get_my_description("de")).description == "Ciao"
    assert (await bot.get_my_short_description()).short_description == "Breve"
    answer = await call("setMyName", name="x" * 65)
    assert answer["description"] == "Bad Request: bot name is too long"


async def test_the_menu_button(bot: Bot, anna: Person, call: Call) -> None:
    assert (await bot.get_chat_menu_button()).type == "commands"
    await call("setChatMenuButton", chat_id=anna.id, menu_button={"type": "default"})
    assert (await bot.get_chat_menu_button(anna.id)).type == "default"
    answer = await call("setChatMenuButton", menu_button={"type": "lever"})
    assert (
        answer["description"] == "Bad Request: can't parse menu button: Unsupported type specified"
    )


async def test_chats_can_be_looked_at(bot: Bot, anna: Person) -> None:
    chat = await bot.get_chat(anna.id)
    assert (chat.type, chat.first_name, chat.last_name) == ("private", "Anna", "Bianchi")
    assert (await bot.get_chat_member(anna.id, anna.id)).status == "member"
