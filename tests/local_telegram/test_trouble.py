import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call, is_held, until


async def test_without_limits_nothing_is_held_back(bot: Bot, anna: Person) -> None:
    for number in range(60):
        await bot.send_message(anna.id, str(number))


async def test_a_chat_is_flooded(
    bot: Bot, telegram: LocalTelegram, anna: Person, clock: Any, http: aiohttp.ClientSession
) -> None:
    telegram.flood.enabled = True
    for number in range(telegram.flood.chat_burst):
        await bot.send_message(anna.id, str(number))
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    async with http.post(url, json={"chat_id": anna.id, "text": "x"}) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "1"
        assert await response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
    # Others are written to, and what is refused is not there.
    bruno = telegram.add_person("Bruno", started=True)
    await bot.send_message(bruno.id, "x")
    assert len(telegram.messages(anna.private_chat)) == telegram.flood.chat_burst
    clock.advance(seconds=0.5)
    with pytest.raises(RetryAfter):
        await bot.send_message(anna.id, "x")
    clock.advance(seconds=0.5)
    await bot.send_message(anna.id, "x")


async def test_a_group_is_flooded(
    bot: Bot, telegram: LocalTelegram, anna: Person, clock: Any
) -> None:
    telegram.flood.enabled = True
    group = telegram.add_group("Condominio", [anna])
    for number in range(20):
        await bot.send_message(group.id, str(number))
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(group.id, "x")
    assert refused.value.retry_after == timedelta(seconds=3)
    clock.advance(seconds=3)
    await bot.send_message(group.id, "x")


async def test_all_chats_together_are_flooded(
    bot: Bot, telegram: LocalTelegram, clock: Any
) -> None:
    telegram.flood.enabled = True
    people = [telegram.add_person(str(number), started=True) for number in range(31)]
    for person in people[:30]:
        await bot.send_message(person.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(people[30].id, "x")
    assert telegram.calls.peak() == 30
    clock.advance(seconds=1)
    await bot.send_message(people[30].id, "x")
    telegram.flood.reset()
    await bot.send_message(people[30].id, "x")


async def test_edits_count_and_answers_to_taps_do_not(
    bot: Bot, call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    telegram.flood.enabled = True
    telegram.flood.chat_burst = 2
    sent = await bot.send_message(anna.id, "0")
    await sent.edit_text("1")
    with pytest.raises(RetryAfter):
        await sent.edit_text("2")
    for _ in range(5):
        tap = anna.tap(anna.private_chat, sent.message_id, "x")
        assert (await call("answerCallbackQuery", callback_query_id=tap.id))["ok"]


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (429, "Too Many Requests: retry after 7"),
    ],
)
async def test_answers_that_fail(
    call: Call, telegram: LocalTelegram, anna: Person, status: int, description: str
) -> None:
    fault = telegram.faults.fail("status", "sendMessage", times=2, status=status, retry_after=7)
    for _ in range(2):
        answer = await call("sendMessage", chat_id=anna.id, text="x")
        assert (answer["error_code"], answer["description"]) == (status, description)
        if status == 429:
            assert answer["parameters"] == {"retry_after": 7}
    assert telegram.messages(anna.private_chat) == []
    assert (await call("sendMessage", chat_id=anna.id, text="x"))["ok"]
    assert fault.happened == 2


@pytest.mark.parametrize(("kind", "sent"), [("cut", 0), ("cut_after", 1)])
async def test_connections_that_are_cut(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession, kind: Any, sent: int
) -> None:
    telegram.faults.fail(kind, "sendMessage")
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await http.post(url, json={"chat_id": anna.id, "text": "x"})
    assert len(telegram.messages(anna.private_chat)) == sent
    assert [c.status for c in telegram.calls.of("sendMessage")] == [0]


@pytest.mark.parametrize(("kind", "sent"), [("hang", 0), ("hang_after", 1)])
async def test_answers_that_never_come(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession, kind: Any, sent: int
) -> None:
    telegram.faults.fail(kind, "sendMessage")
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    with pytest.raises(TimeoutError):
        await http.post(
            url,
            json={"chat_id": anna.id, "text": "x"},
            timeout=aiohttp.ClientTimeout(total=0.2),
        )
    assert len(telegram.messages(anna.private_chat)) == sent


async def test_python_telegram_bot_sees_the_cut(
    bot: Bot, telegram: LocalTelegram, anna: Person
) -> None:
    telegram.faults.fail("cut")
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "x")
    telegram.faults.fail("status", times=None)
    telegram.faults.clear()
    await bot.send_message(anna.id, "x")


async def test_chance_can_be_repeated(call: Call, telegram: LocalTelegram, anna: Person) -> None:
    async def run() -> list[bool]:
        telegram.faults.clear()
        telegram.faults.reseed(7)
        telegram.faults.fail("status", "sendMessage", times=None, probability=0.5)
        return [(await call("sendMessage", chat_id=anna.id, text="x"))["ok"] for _ in range(40)]

    first = await run()
    assert await run() == first
    assert 5 < sum(first) < 35


async def test_duplicated_updates(call: Call, telegram: LocalTelegram, anna: Person) -> None:
    for text in ("a", "b", "c"):
        anna.send_text(anna.private_chat, text)
    telegram.faults.duplicate_updates(times=2)
    answer = await call("getUpdates")
    assert [u["message"]["text"] for u in answer["result"]] == ["a", "a", "b", "b", "c"]
    answer = await call("getUpdates")
    assert [u["message"]["text"] for u in answer["result"]] == ["a", "b", "c"]


async def test_reordered_updates(call: Call, telegram: LocalTelegram, anna: Person) -> None:
    people = [anna, *(telegram.add_person(str(number)) for number in range(4))]
    for text in "abcd":
        for person in people:
            person.send_text(person.private_chat, text)
    usual = (await call("getUpdates"))["result"]
    telegram.faults.reorder_updates()
    mixed = (await call("getUpdates"))["result"]
    assert mixed != usual
    assert sorted(mixed, key=lambda u: u["update_id"]) == usual
    for person in people:
        of_one = [u["message"] for u in mixed if u["message"]["from"]["id"] == person.id]
        assert [message["text"] for message in of_one] == list("abcd")


async def test_updates_that_come_again_late(
    call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    telegram.faults.duplicate_updates(times=3, late=True)
    seen: list[str] = []
    offset = 0
    for number in range(30):
        anna.send_text(anna.private_chat, str(number))
        for update in (await call("getUpdates", offset=offset))["result"]:
            seen.append(update["message"]["text"])
            offset = max(offset, update["update_id"] + 1)
    assert [seen.count(str(number)) for number in range(30)] == [2, 2, 2, *([1] * 27)]
    assert seen.index("0") + 1 != len(seen) - 1 - seen[::-1].index("0"), "not late at all"
    assert telegram.faults.happened == 3


async def test_updates_of_one_chat_out_of_order(
    call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    for text in "abcdefgh":
        anna.send_text(anna.private_chat, text)
    usual = (await call("getUpdates"))["result"]
    telegram.faults.reorder_updates(within_chats=True)
    mixed = (await call("getUpdates"))["result"]
    assert mixed != usual
    assert sorted(mixed, key=lambda u: u["update_id"]) == usual


async def test_closing_ends_held_calls(telegram: LocalTelegram, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=50))
    await until(lambda: is_held(telegram))
    await telegram.close()
    with contextlib.suppress(TelegramError):  # cut off is as good as answered
        assert await waiting == ()
    assert waiting.done()
