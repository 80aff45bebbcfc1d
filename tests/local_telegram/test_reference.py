"""The local Telegram held against the Bot API reference: its arguments, and the check itself."""

import pytest

from bot.local_telegram.methods import METHODS
from tests.support import reference

# Old names of Bot API 6, which the real server takes still.
FORMER = {"reply_to_message_id", "allow_sending_without_reply"}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_arguments_are_those_of_the_reference_and_of_its_types(name: str) -> None:
    declared = reference.METHODS[name]["arguments"]
    kinds = {each.removesuffix("?"): reference.kind_of(types) for each, types in declared.items()}
    taken = {each: kind for each, kind in METHODS[name].parameters.items() if each not in FORMER}
    assert taken == kinds


USER = {"id": 1, "is_bot": False, "first_name": "Anna"}
MESSAGE = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "Ciao"}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"text": 5}, "Message.text is 5, no String"),
        ({"message_id": True}, "Message.message_id is True, no Integer"),
        ({"texts": "Ciao"}, "Message.texts is not in the reference"),
        ({"chat": {"type": "private"}}, "Message.chat has no id"),
        ({"photo": [{"file_id": "x"}]}, "Message.photo[0] has no width"),
        ({"reply_to_message": {**MESSAGE, "date": "1"}}, "Message.reply_to_message.date is '1'"),
        (
            {"entities": [{"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 1}}]},
            "Message.entities[0].user has no is_bot",
        ),
    ],
)
def test_what_does_not_agree_is_named(wrong: dict[str, object], fault: str) -> None:
    assert not reference.faults_of_update({"update_id": 1, "message": MESSAGE})
    found = reference.faults_of_update({"update_id": 1, "message": MESSAGE | wrong})
    assert any(fault.removeprefix("Message") in each for each in found), found


def test_answers_and_calls_are_checked_too() -> None:
    assert not reference.faults_of_answer("getMe", USER)
    assert reference.faults_of_answer("getMe", {"id": 1}) == [
        "getMe has no is_bot",
        "getMe has no first_name",
    ]
    assert not reference.faults_of_call("sendMessage", {"chat_id": "5", "text": "5"})
    assert reference.faults_of_call("sendMessage", {"chat_id": "5", "txt": "5"}) == [
        "sendMessage has no text",
        "sendMessage.txt is not in the reference",
    ]
    assert reference.faults_of_answer("getChatMember", {"status": "gone", "user": USER}) == [
        "getChatMember.status is 'gone', not 'member'"
    ]
