"""Methods about forum topics."""

from typing import Any, Final

from bot.local_telegram.arguments import Arguments
from bot.local_telegram.errors import bad_request
from bot.local_telegram.methods.registry import CHAT, INTEGER, STRING, method, writable
from bot.local_telegram.model import Chat, Event, Topic
from bot.local_telegram.world import World

Json = dict[str, Any]

_LONGEST_NAME: Final = 128
_COLORS: Final = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
_TOPIC: Final = {"chat_id": CHAT, "message_thread_id": INTEGER}


@method(
    "createForumTopic",
    chat_id=CHAT,
    name=STRING,
    icon_color=INTEGER,
    icon_custom_emoji_id=STRING,
)
def create_forum_topic(world: World, a: Arguments) -> Json:
    """Open a topic; its id is that of its first, service message."""
    name = _name(a["name"])
    color = a["icon_color"] or _COLORS[0]
    if color not in _COLORS:
        raise bad_request("invalid icon color specified")
    chat = _forum(world, a, "create a topic")
    look = {"name": name, "icon_color": color}
    world.flood.admit(chat.id, group=True)
    thread_id = chat.next_message_id
    chat.topics[thread_id] = Topic(thread_id, name, icon_color=color)
    _note(world, chat, thread_id, {"forum_topic_created": look})
    return {"message_thread_id": thread_id, **look}


@method("editForumTopic", name=STRING, icon_custom_emoji_id=STRING, **_TOPIC)
def edit_forum_topic(world: World, a: Arguments) -> bool:
    """Rename a topic."""
    chat, topic = _topic(world, a, "edit the topic")
    name = _name(a["name"]) if a["name"] else topic.name
    if name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    _note(world, chat, topic.thread_id, {"forum_topic_edited": {"name": name}})
    return True


@method("closeForumTopic", **_TOPIC)
def close_forum_topic(world: World, a: Arguments) -> bool:
    """Close a topic, so that members cannot write there."""
    chat, topic = _topic(world, a, "close the topic")
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = True
    _note(world, chat, topic.thread_id, {"forum_topic_closed": {}})
    return True


@method("reopenForumTopic", **_TOPIC)
def reopen_forum_topic(world: World, a: Arguments) -> bool:
    """Reopen a closed topic."""
    chat, topic = _topic(world, a, "reopen the topic")
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = False
    _note(world, chat, topic.thread_id, {"forum_topic_reopened": {}})
    return True


@method("deleteForumTopic", **_TOPIC)
def delete_forum_topic(world: World, a: Arguments) -> bool:
    """Delete a topic with all its messages."""
    chat, topic = _topic(world, a, "delete the topic", right="can_delete_messages")
    del chat.topics[topic.thread_id]
    gone = [
        message_id
        for message_id, stored in chat.messages.items()
        if stored.data.get("message_thread_id") == topic.thread_id
    ]
    world.remove(chat, gone)
    world.emit(Event("world"))
    return True


def _name(name: str | None) -> str:
    name = (name or "").strip()
    if not name:
        raise bad_request("topic name must be non-empty")
    if len(name) > _LONGEST_NAME:
        raise bad_request("topic name is too long")
    return name


def _forum(world: World, a: Arguments, deed: str, right: str = "can_manage_topics") -> Chat:
    chat = writable(world, a["chat_id"])
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if not chat.may(right):
        raise bad_request(f"not enough rights to {deed}")
    return chat


def _topic(
    world: World, a: Arguments, deed: str, right: str = "can_manage_topics"
) -> tuple[Chat, Topic]:
    chat = _forum(world, a, deed, right)
    topic = chat.topics.get(a.required("message_thread_id"))
    if topic is None:
        raise bad_request("message thread not found")
    return chat, topic


def _note(world: World, chat: Chat, thread_id: int, content: Json) -> None:
    world.post(
        chat,
        {**content, "message_thread_id": thread_id, "is_topic_message": True},
        sender=world.bot,
    )
    world.emit(Event("world"))
