import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest
from telegram import Bot, Update
from telegram.error import Conflict
from telegram.ext import Application, ApplicationBuilder, CommandHandler, ContextTypes

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call, is_held, until

OTHER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


def ids(answer: dict[str, Any]) -> list[int]:
    return [update["update_id"] for update in answer["result"]]


def say(person: Person, *texts: str) -> None:
    for text in texts:
        person.send_text(person.private_chat, text)


async def held(telegram: LocalTelegram, call: Call, **arguments: Any) -> asyncio.Task[Any]:
    """Begin a call of getUpdates and return once the server holds it."""
    task = asyncio.create_task(call("getUpdates", timeout=50, **arguments))
    await asyncio.sleep(0)
    former = telegram._poller._held if telegram._poller else None
    await until(lambda: telegram._poller is not None and telegram._poller._held is not former)
    await until(lambda: is_held(telegram))
    return task


async def test_updates_come_again_until_they_are_confirmed(call: Call, anna: Person) -> None:
    say(anna, "uno", "due", "tre")
    first = await call("getUpdates")
    assert [u["message"]["text"] for u in first["result"]] == ["uno", "due", "tre"]
    assert ids(first) == list(range(ids(first)[0], ids(first)[0] + 3))
    assert await call("getUpdates") == first
    second = await call("getUpdates", offset=ids(first)[1])
    assert ids(second) == ids(first)[1:]
    # What was confirmed does not come back, whatever is asked for.
    assert await call("getUpdates") == second
    assert ids(await call("getUpdates", offset=ids(first)[2] + 1)) == []


async def test_a_limit(call: Call, anna: Person) -> None:
    say(anna, *map(str, range(150)))
    assert len(ids(await call("getUpdates", limit=2))) == 2
    assert len(ids(await call("getUpdates"))) == 100
    assert len(ids(await call("getUpdates", limit=1000))) == 100
    assert len(ids(await call("getUpdates", limit=0))) == 1


async def test_a_negative_offset_keeps_the_last(
    call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    say(anna, *map(str, range(5)))
    answer = await call("getUpdates", offset=-2)
    assert [u["message"]["text"] for u in answer["result"]] == ["3", "4"]
    assert telegram.pending_updates == 2


async def test_a_held_call_returns_with_the_first_update(
    call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    task = await held(telegram, call)
    say(anna, "ciao")
    assert [u["message"]["text"] for u in (await task)["result"]] == ["ciao"]


async def test_a_call_that_waits_in_vain(call: Call) -> None:
    assert (await call("getUpdates", timeout=0))["result"] == []
    assert (await call("getUpdates", timeout=1))["result"] == []


async def test_the_earlier_of_two_calls_gives_way(
    call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    first = await held(telegram, call)
    second = await held(telegram, call)
    assert (await first)["error_code"] == 409
    assert (await first)["description"] == OTHER
    say(anna, "ciao")
    assert len(ids(await second)) == 1


async def test_python_telegram_bot_hears_of_the_conflict(
    telegram: LocalTelegram, call: Call
) -> None:
    bot = Bot(telegram.token, base_url=f"{telegram.api_url}/bot")
    async with bot:
        waiting = asyncio.create_task(bot.get_updates(timeout=20))
        await until(lambda: is_held(telegram))
        await call("getUpdates")
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await waiting


async def test_not_beside_a_webhook(call: Call, telegram: LocalTelegram) -> None:
    task = await held(telegram, call)
    assert (await call("setWebhook", url="http://127.0.0.1:9/x"))["ok"]
    assert (await task)["description"] == "Conflict: terminated by setWebhook request"
    answer = await call("getUpdates")
    assert answer["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    assert (await call("deleteWebhook"))["ok"]
    assert (await call("getUpdates"))["ok"]


async def test_who_hangs_up_gives_its_place_free(
    telegram: LocalTelegram, call: Call, anna: Person, http: aiohttp.ClientSession
) -> None:
    url = f"{telegram.api_url}/bot{telegram.token}/getUpdates"
    with contextlib.suppress(TimeoutError):
        await http.get(url, params={"timeout": 50}, timeout=aiohttp.ClientTimeout(total=0.1))
    say(anna, "ciao")
    assert len(ids(await call("getUpdates"))) == 1


async def test_which_updates_are_wanted(call: Call, anna: Person) -> None:
    def everything() -> None:
        message_id = anna.send_text(anna.private_chat, "x")["message_id"]
        anna.edit_text(anna.private_chat, message_id, "y")
        anna.tap(anna.private_chat, message_id, "z")

    async def kinds(**arguments: Any) -> list[str]:
        """Confirm what there is, with these arguments, then see which of `everything` arrives."""
        await call("getUpdates", offset=-1, **arguments)
        await call("getUpdates", offset=2**40)
        everything()
        answer = await call("getUpdates")
        return [next(kind for kind in u if kind != "update_id") for u in answer["result"]]

    usual = ["message", "edited_message", "callback_query"]
    assert await kinds() == usual
    assert await kinds(allowed_updates=["message"]) == ["message"]
    assert await kinds() == ["message"]  # omitted: as before
    assert await kinds(allowed_updates=[]) == usual


async def test_wishes_do_not_touch_what_waits_already(call: Call, anna: Person) -> None:
    say(anna, "prima")
    answer = await call("getUpdates", allowed_updates=["callback_query"])
    assert len(ids(answer)) == 1
    say(anna, "dopo")
    assert len(ids(await call("getUpdates"))) == 1


async def test_updates_grow_old(
    call: Call, telegram: LocalTelegram, anna: Person, clock: Any
) -> None:
    anna.tap(anna.private_chat, 1, "x")
    say(anna, "x")
    clock.advance(seconds=149)
    assert telegram.pending_updates == 2
    clock.advance(seconds=1)
    assert [list(u)[1] for u in (await call("getUpdates"))["result"]] == ["message"]
    clock.advance(hours=24)
    assert telegram.pending_updates == 0


async def test_waiting_for_the_bot(call: Call, telegram: LocalTelegram, anna: Person) -> None:
    say(anna, "x")
    with pytest.raises(TimeoutError):
        await telegram.until_fetched(0.01)
    (update_id,) = ids(await call("getUpdates"))
    await telegram.until_fetched(1)
    with pytest.raises(TimeoutError):
        await telegram.until_confirmed(0.01)
    await call("getUpdates", offset=update_id + 1)
    await telegram.until_confirmed(1)


async def test_an_application_of_python_telegram_bot(telegram: LocalTelegram, anna: Person) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_html(f"<b>Ciao</b> {context.args}")

    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder()
        .token(telegram.token)
        .base_url(f"{telegram.api_url}/bot")
        .base_file_url(f"{telegram.api_url}/file/bot")
        .build()
    )
    application.add_handler(CommandHandler("start", start))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=5)
        answered = asyncio.Event()
        telegram.subscribe(lambda event: answered.set() if event.from_bot else None)
        say(anna, "/start c028680")
        await asyncio.wait_for(answered.wait(), 10)
        await application.updater.stop()
        await application.stop()
    assert telegram.messages(anna.private_chat)[-1]["text"] == "Ciao ['c028680']"
