"""In a group the bot speaks of nobody's data: it says where it works, once it is spoken to."""

import pytest
import structlog.testing
from sqlalchemy import func, select

import bot.counter.turns
from bot.local_telegram import Group
from bot.local_telegram.faults import Fault
from conversations.kit.link_prompt import StartLinking
from storage.engine import Store
from storage.models import Conversation
from tests.support.chat import ChatDriver, Counter
from tests.support.runs import until


def said_in(counter: Counter, group: Group) -> list[str]:
    """What the bot has said in a group."""
    return [m["text"] for m in counter.telegram.messages(group) if m["from"]["is_bot"]]


async def test_a_command_in_a_group_is_answered_with_where_to_go(
    counter: Counter, chat: ChatDriver
) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    for command in ("/start", "/autolettura", "/letture@sportello_bot", "/pippo"):
        chat.person.send_text(group, command)
    await counter.settle()
    said = said_in(counter, group)
    assert len(said) == 4
    assert all("chat privata" in text for text in said)
    link = counter.telegram.messages(group)[-1]["entities"][0]
    assert link["url"] == "https://t.me/sportello_bot"
    chat.sees_nothing_more()


async def test_what_people_say_to_each_other_is_left_alone(
    counter: Counter, chat: ChatDriver
) -> None:
    bruno = counter.visitor("Bruno")
    group = counter.telegram.add_group("Condominio", [chat.person])
    group.promote_bot()  # an administrator hears everything
    chat.person.send_text(group, "45000")
    chat.person.send_text(group, "028680")
    chat.person.send_sticker(group)
    message = chat.person.send_text(group, "buongiorno")
    chat.person.edit_text(group, message["message_id"], "buonasera")
    group.add_member(bruno.person)
    group.remove_member(bruno.person)
    await counter.settle()
    assert said_in(counter, group) == []


async def test_a_command_for_another_bot_is_left_alone(counter: Counter, chat: ChatDriver) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    group.promote_bot()
    for command in ("/start@altro_bot", "/chiudi@altro_bot 12", "/ e poi"):
        chat.person.send_text(group, command)
    await counter.settle()
    assert said_in(counter, group) == []


async def test_who_names_the_bot_or_answers_it_is_told(counter: Counter, chat: ChatDriver) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    group.promote_bot()
    chat.person.send_text(group, "chi è @Sportello_bot?")
    await counter.settle()
    (said,) = [m for m in counter.telegram.messages(group) if m["from"]["is_bot"]]
    chat.person.send_text(group, "grazie", reply_to=said["message_id"])
    await counter.settle()
    assert len(said_in(counter, group)) == 2
    own = chat.person.send_text(group, "buongiorno a tutti")
    chat.person.send_text(group, "anche a te", reply_to=own["message_id"])
    await counter.settle()
    assert len(said_in(counter, group)) == 2


async def test_what_is_edited_in_a_group_is_left_alone(counter: Counter, chat: ChatDriver) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    group.promote_bot()
    message = chat.person.send_text(group, "buongiorno")
    chat.person.edit_text(group, message["message_id"], "/start")
    chat.person.edit_text(group, message["message_id"], "@sportello_bot")
    await counter.settle()
    assert said_in(counter, group) == []


async def test_who_adds_the_bot_to_a_group_is_told(counter: Counter, chat: ChatDriver) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    telegram = counter.telegram
    joined = telegram.post(
        group.chat, {"new_chat_members": [telegram.bot]}, sender=chat.person.user
    )
    telegram.updates.add("message", joined.data, group.id)
    await counter.settle()
    (said,) = said_in(counter, group)
    assert "chat privata" in said


async def test_a_forged_tap_in_a_group_opens_nothing(
    counter: Counter, chat: ChatDriver, store: Store
) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    chat.person.send_text(group, "/start")
    await counter.settle()
    shown = counter.telegram.messages(group)[-1]
    for data in (StartLinking().encode(), "1sp:1", "garbage"):
        tap = chat.person.tap(group, shown["message_id"], data)
        await counter.settle()
        assert tap.answered
        assert "chat privata" in tap.text
    assert len(said_in(counter, group)) == 1
    async with store.reading() as unit:
        assert not await unit.session.scalar(select(func.count()).select_from(Conversation))


async def test_a_group_that_throws_the_bot_out_or_grows_breaks_nothing(
    counter: Counter, chat: ChatDriver
) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    chat.person.send_text(group, "/start")
    await counter.settle()
    group.migrate_to_supergroup()
    await counter.settle()
    chat.person.send_text(group, "/start")
    await counter.settle()
    assert any("chat privata" in text for text in said_in(counter, group))
    group.kick_bot()
    await counter.settle()
    await chat.sends("/menu")
    chat.sees("Cosa serve?")


async def test_a_private_conversation_goes_on_while_one_speaks_in_a_group(
    counter: Counter, chat: ChatDriver
) -> None:
    group = counter.telegram.add_group("Condominio", [chat.person])
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    chat.person.send_text(group, "/annulla")
    await counter.settle()
    await chat.sends("45000")
    chat.sees("Riepilogo")


async def test_the_log_tells_the_number_of_a_group_that_takes_the_bot_in(
    counter: Counter, chat: ChatDriver
) -> None:
    group = counter.telegram.add_group("Assistenza", [chat.person])
    with structlog.testing.capture_logs() as logs:
        group.promote_bot()
        await counter.settle()
    (told,) = [line for line in logs if line["event"] == "membership_changed"]
    assert (told["chat_id"], told["status"]) == (group.id, "administrator")
    assert "Assistenza" not in str(logs), "whose group it is says nobody"


async def test_a_group_that_has_had_enough_holds_nobody_else_up(
    counter: Counter, chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brief(_tries: int, _longest: int = 60) -> float:
        return 0.02

    monkeypatch.setattr(bot.counter.turns, "growing_pause", brief)
    group = counter.telegram.add_group("Condominio", [chat.person])
    full = counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=3_600)
    chat.person.send_text(group, "/start")
    await until(lambda: _has_happened(full))
    chat.person.send_text(chat.person.private_chat, "/aiuto")
    await until(lambda: _is_answered(chat))
    chat.sees("Come si fa")
    assert said_in(counter, group) == []
    await counter.service.arrivals.settled()  # nor does any turn wait for the group
    counter.service.pace.release()  # the hour is over
    await counter.settle()
    assert len(said_in(counter, group)) == 1


async def _has_happened(fault: Fault) -> bool:
    return fault.happened > 0


async def _is_answered(chat: ChatDriver) -> bool:
    return any("Come si fa" in message.get("text", "") for message in chat.messages())
