"""Methods about chats and their members."""

from typing import Any

from bot.local_telegram.arguments import Arguments
from bot.local_telegram.errors import bad_request
from bot.local_telegram.methods.registry import (
    BOOLEAN,
    CHAT,
    INTEGER,
    chat_of,
    method,
    writable,
)
from bot.local_telegram.model import ALL_RIGHTS, Chat
from bot.local_telegram.people import Group, bot_member
from bot.local_telegram.world import World

Json = dict[str, Any]


@method("getChat", chat_id=CHAT)
def get_chat(world: World, a: Arguments) -> Json:
    """Return a ChatFullInfo."""
    chat = chat_of(world, a["chat_id"])
    if not chat.is_private:
        chat = writable(world, chat.id)
    info = {
        **chat.as_json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if not chat.is_private:
        info["permissions"] = {"can_send_messages": True, "can_invite_users": True}
    return info


@method("getChatMember", chat_id=CHAT, user_id=INTEGER)
def get_chat_member(world: World, a: Arguments) -> Json:
    """Return somebody's ChatMember in a chat."""
    chat = writable(world, a["chat_id"])
    person_id = a["user_id"]
    if not person_id:
        raise bad_request("invalid user_id specified")
    if person_id == world.bot["id"]:
        return bot_member(world, chat)
    if person_id not in world.people:
        raise bad_request("member not found")
    return _member(world, chat, person_id)


@method("getChatAdministrators", chat_id=CHAT, return_bots=BOOLEAN)
def get_chat_administrators(world: World, a: Arguments) -> list[Json]:
    """Return the administrators of a group: without other bots, but with this one if it is one."""
    chat = writable(world, a["chat_id"])
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    administrators = [
        _member(world, chat, person)
        for person, status in chat.members.items()
        if status in ("creator", "administrator")
    ]
    if chat.bot_status == "administrator":
        administrators.append(bot_member(world, chat))
    return administrators


@method("getChatMemberCount", chat_id=CHAT)
def get_chat_member_count(world: World, a: Arguments) -> int:
    """Return how many members a chat has, the bot included."""
    chat = writable(world, a["chat_id"])
    return len(chat.audience()) + 1


@method("leaveChat", chat_id=CHAT)
def leave_chat(world: World, a: Arguments) -> bool:
    """Leave a group."""
    chat = writable(world, a["chat_id"])
    if chat.is_private:
        raise bad_request("chat member status can't be changed in private chats")
    Group(world, chat).bot_leaves()
    return True


def _member(world: World, chat: Chat, person_id: int) -> Json:
    user = world.people[person_id].user
    status = "member" if chat.is_private and chat.id == person_id else chat.members.get(person_id)
    member: Json = {"user": user, "status": status or "left"}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member |= {"can_be_edited": False, "is_anonymous": False}
        member |= dict.fromkeys(ALL_RIGHTS, True)
    return member
