from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.local_telegram import Group, LocalTelegram, NotPossibleError, Person
from tests.local_telegram.conftest import Call


@pytest.fixture
def bruno(telegram: LocalTelegram) -> Person:
    return telegram.add_person("Bruno")


@pytest.fixture
def group(telegram: LocalTelegram, anna: Person, bruno: Person) -> Group:
    return telegram.add_group("Sportello, il gruppo", [anna, bruno])


@pytest.fixture
def forum(telegram: LocalTelegram, anna: Person, bruno: Person) -> Group:
    return telegram.add_group("Assistenza", [anna, bruno], is_forum=True, bot_is_admin=True)


async def texts(bot: Bot) -> list[str | None]:
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(updates[-1].update_id + 1)
    return [update.message.text for update in updates if update.message is not None]


async def test_with_privacy_the_bot_hears_only_what_is_meant_for_it(
    bot: Bot, group: Group, anna: Person
) -> None:
    sent = await bot.send_message(group.id, "buongiorno")
    anna.send_text(group, "tra noi")
    anna.send_text(group, "/menu")
    anna.send_text(group, "/menu@altro_bot")
    anna.send_text(group, "😀 ciao @sportello_bot")
    anna.send_text(group, "rispondo", reply_to=sent.message_id)
    assert await texts(bot) == ["/menu", "😀 ciao @sportello_bot", "rispondo"]
    group.promote_bot()
    await texts(bot)
    anna.send_text(group, "tra noi")
    assert await texts(bot) == ["tra noi"]


async def test_outside_of_the_group(bot: Bot, group: Group, telegram: LocalTelegram) -> None:
    carla = telegram.add_person("Carla")
    with pytest.raises(NotPossibleError):
        carla.send_text(group, "x")
    group.kick_bot()
    (update,) = await bot.get_updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "x")
    group.add_bot()
    assert await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.send_message(group.id, "x")


async def test_members(bot: Bot, group: Group, anna: Person, bruno: Person, call: Call) -> None:
    assert (await bot.get_chat_member(group.id, anna.id)).status == "creator"
    assert (await bot.get_chat_member(group.id, bruno.id)).status == "member"
    assert (await bot.get_chat_member(group.id, bot.id)).status == "member"
    assert [m.user.id for m in await bot.get_chat_administrators(group.id)] == [anna.id]
    assert await bot.get_chat_member_count(group.id) == 3
    group.promote_bot(["can_manage_topics"])
    me = await bot.get_chat_member(group.id, bot.id)
    assert me.to_dict()["can_manage_topics"] is True
    assert me.to_dict()["can_delete_messages"] is False
    group.remove_member(bruno)
    assert (await bot.get_chat_member(group.id, bruno.id)).status == "left"
    answer = await call("getChatMember", chat_id=group.id, user_id=1)
    assert answer["description"] == "Bad Request: member not found"


async def test_deleting_in_groups(bot: Bot, group: Group, anna: Person) -> None:
    theirs = anna.send_text(group, "x")["message_id"]
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(group.id, theirs)
    group.promote_bot()
    assert await bot.delete_message(group.id, theirs)


async def test_a_group_moves(bot: Bot, group: Group, anna: Person, telegram: LocalTelegram) -> None:
    old = group.id
    new = group.migrate_to_supergroup()
    assert (group.id, group.chat.type) == (new, "supergroup")
    first, second = [update.message for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert (first.chat.id, first.migrate_to_chat_id) == (old, new)
    assert (second.chat.id, second.migrate_from_chat_id) == (new, old)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(old, "x")
    assert moved.value.new_chat_id == new
    assert (await bot.send_message(new, "x")).chat.type == "supergroup"
    anna.send_text(group, "/x")
    assert telegram.messages(group)[-1]["text"] == "/x"


async def test_selective_keyboards(
    call: Call, group: Group, anna: Person, bruno: Person, telegram: LocalTelegram
) -> None:
    keys = {"keyboard": [["a"]]}
    await call("sendMessage", chat_id=group.id, text="x", reply_markup=keys)
    assert telegram.reply_keyboard(group, anna) == {"keyboard": [[{"text": "a"}]]}
    assert telegram.reply_keyboard(group, bruno) == {"keyboard": [[{"text": "a"}]]}
    asked = bruno.send_text(group, "/x")["message_id"]
    await call(
        "sendMessage",
        chat_id=group.id,
        text="x",
        reply_parameters={"message_id": asked},
        reply_markup={"remove_keyboard": True, "selective": True},
    )
    assert telegram.reply_keyboard(group, bruno) is None
    assert telegram.reply_keyboard(group, anna) is not None


async def test_topics(bot: Bot, forum: Group, anna: Person, bruno: Person) -> None:
    topic = await bot.create_forum_topic(forum.id, "T-000012 Contatore")
    thread = topic.message_thread_id
    sent = await bot.send_message(forum.id, "apre", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    anna.send_text(forum, "rispondo", thread_id=thread)
    anna.send_text(forum, "anch'io", reply_to=sent.message_id)
    anna.send_text(forum, "fuori")
    got = [u.message for u in await bot.get_updates() if u.message and u.message.text]
    assert [message.message_thread_id for message in got] == [thread, thread, None]
    assert await bot.edit_forum_topic(forum.id, thread, name="Chiuso")
    assert await bot.close_forum_topic(forum.id, thread)
    with pytest.raises(NotPossibleError, match="closed"):
        bruno.send_text(forum, "x", thread_id=thread)
    assert await bot.reopen_forum_topic(forum.id, thread)
    bruno.send_text(forum, "x", thread_id=thread)
    assert await bot.delete_forum_topic(forum.id, thread)
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(forum.id, "x", message_thread_id=thread)
    with pytest.raises(NotPossibleError, match="gone"):
        bruno.send_text(forum, "x", thread_id=thread)


async def test_topics_that_are_refused(call: Call, forum: Group, group: Group) -> None:
    async def refusal(method: str, **arguments: Any) -> str:
        answer = await call(method, **{"chat_id": forum.id, **arguments})
        return str(answer["description"]).removeprefix("Bad Request: ")

    assert await refusal("createForumTopic", name=" ") == "topic name must be non-empty"
    assert await refusal("createForumTopic", name="x" * 129) == "topic name is too long"
    assert await refusal("createForumTopic", name="x", icon_color=1) == (
        "invalid icon color specified"
    )
    assert await refusal("createForumTopic", chat_id=group.id, name="x") == (
        "the chat is not a forum"
    )
    created = await call("createForumTopic", chat_id=forum.id, name="x")
    thread = created["result"]["message_thread_id"]
    for method, arguments in (("editForumTopic", {"name": "x"}), ("reopenForumTopic", {})):
        assert await refusal(method, message_thread_id=thread, **arguments) == "TOPIC_NOT_MODIFIED"
    assert await refusal("closeForumTopic", message_thread_id=999) == "message thread not found"
    forum.promote_bot(["can_delete_messages"])
    assert await refusal("createForumTopic", name="y") == "not enough rights to create a topic"
    forum.promote_bot(["can_manage_topics"])
    assert await refusal("deleteForumTopic", message_thread_id=thread) == (
        "not enough rights to delete the topic"
    )
    await call("closeForumTopic", chat_id=forum.id, message_thread_id=thread)
    forum.demote_bot()
    assert await refusal("sendMessage", text="x", message_thread_id=thread) == "TOPIC_CLOSED"
    assert await refusal("sendMessage", chat_id=group.id, text="x", message_thread_id=1) == (
        "message thread not found"
    )


async def test_joining(bot: Bot, group: Group, telegram: LocalTelegram) -> None:
    carla = telegram.add_person("Carla")
    group.add_member(carla)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert [user.id for user in update.message.new_chat_members] == [carla.id]


def test_a_group_becomes_a_forum(group: Group) -> None:
    with pytest.raises(NotPossibleError):
        group.make_forum()
    group.migrate_to_supergroup(is_forum=True)
    assert group.chat.is_forum
    with pytest.raises(NotPossibleError):
        group.migrate_to_supergroup()
