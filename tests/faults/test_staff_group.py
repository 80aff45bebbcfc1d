"""Whatever Telegram does to calls about the staff's group: a ticket is one, and answers arrive."""

import pytest

from bot.local_telegram import Group, LocalTelegram, Person
from bot.settings import Settings
from storage.engine import Store
from storage.models import TicketState
from tests.faults.test_telegram_fails import NAMES, TROUBLES, Trouble, check_said, trip_up
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.staff import StaffRoom
from tests.support.tickets import tickets, writes_to_staff

pytestmark = pytest.mark.usefixtures("_hasty")

WORDS = "Ho pagato due volte"
ANSWER = "Controlliamo noi"


@pytest.fixture
def olga(telegram: LocalTelegram) -> Person:
    return telegram.add_person("Olga")


@pytest.fixture
def group(telegram: LocalTelegram, olga: Person) -> Group:
    return telegram.add_group("Assistenza", [olga], is_forum=True, bot_is_admin=True)


@pytest.fixture
def settings(settings: Settings, group: Group) -> Settings:
    return settings.model_copy(update={"staff_chat_id": group.id})


@pytest.fixture
def room(counter: Counter, group: Group, olga: Person) -> StaffRoom:
    return StaffRoom(counter, group, olga)


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_a_ticket_and_its_answer_arrive(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock, trouble: Trouble
) -> None:
    telegram = room.counter.telegram
    await writes_to_staff(chat, WORDS, "Bolletta o pagamento")
    trip_up(telegram, trouble, "createForumTopic", "sendMessage")
    for _ in range(3):  # where it was put off, its minute passes
        await room.passes()
        clock.move(minutes=2)
    posted = [m for m in telegram.messages(room.group.chat) if WORDS in m.get("text", "")]
    most = 2 if trouble[0].endswith("_after") else 1
    assert 1 <= len(posted) <= most
    assert len(await tickets(store)) == 1
    topic = posted[-1]["message_thread_id"]
    room._unread.clear()
    trip_up(telegram, trouble, "sendMessage")
    await room.writes(ANSWER, topic=topic)
    for _ in range(3):
        await room.passes()
        clock.move(minutes=2)
    check_said(chat, trouble, ANSWER)
    chat.skip()
    room._unread.clear()
    assert len(await tickets(store)) == 1


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_a_topic_is_closed_and_opened_again(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock, trouble: Trouble
) -> None:
    telegram = room.counter.telegram
    await writes_to_staff(chat, WORDS)
    await room.passes()
    (topic,) = room.group.chat.topics.values()
    for method, command, is_closed in (
        ("closeForumTopic", "/chiudi", True),
        ("reopenForumTopic", "/riapri", False),
    ):
        trip_up(telegram, trouble, method)
        await room.writes(command, topic=topic.thread_id)
        for _ in range(3):
            await room.passes()
            clock.move(minutes=2)
        assert topic.closed is is_closed
        assert sum(fault.happened for fault in telegram.faults.faults) == 1
    (ticket,) = await tickets(store)
    assert ticket.state is TicketState.OPEN
    chat.skip()
    room._unread.clear()
