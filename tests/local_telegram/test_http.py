import json
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import InvalidToken

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call


@pytest.mark.parametrize("spelling", ["getMe", "getme", "GETME"])
async def test_names_of_methods_have_no_case(call: Call, spelling: str) -> None:
    assert (await call(spelling))["result"]["username"] == "sportello_bot"


async def test_python_telegram_bot_knows_itself(bot: Bot, telegram: LocalTelegram) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (telegram.bot["id"], True, "sportello_bot")
    assert me.can_read_all_group_messages is False


async def test_every_way_to_pass_arguments_serves(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession
) -> None:
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    arguments = {"chat_id": str(anna.id), "text": "perché 😀"}
    form = aiohttp.FormData()
    for name, value in arguments.items():
        form.add_field(name, value, content_type="text/plain; charset=utf-8")
    form.add_field("nobody_asked", b"x", filename="x.bin")  # makes it multipart
    requests: list[tuple[str, dict[str, Any]]] = [
        ("GET", {"params": arguments}),
        ("POST", {"params": arguments}),
        ("POST", {"data": arguments}),
        ("POST", {"json": arguments}),
        ("POST", {"data": form}),
    ]
    for method, content in requests:
        async with http.request(method, url, **content) as response:
            body = await response.json()
            assert response.headers["Content-Type"] == "application/json"
            assert body["result"]["text"] == "perché 😀"
    assert len(telegram.messages(anna.private_chat)) == len(requests)


async def test_objects_may_be_json_inside_json_or_inside_a_form(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Sì", "callback_data": "y"}]]}
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    for markup in (keyboard, json.dumps(keyboard)):
        asked = {"chat_id": anna.id, "text": "?", "reply_markup": markup}
        async with http.post(url, json=asked) as response:
            assert (await response.json())["result"]["reply_markup"] == keyboard


@pytest.mark.parametrize("path", ["/nowhere", "/bot", "/robots.txt", "/file/x"])
async def test_unknown_paths(
    telegram: LocalTelegram, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(telegram.api_url + path) as response:
        assert response.status == 404
        assert await response.json() == {
            "ok": False,
            "error_code": 404,
            "description": "Not Found",
        }


@pytest.mark.parametrize("method", ["getMeNot", "sendInvoice2"])
async def test_unknown_methods(call: Call, method: str) -> None:
    assert await call(method) == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }


@pytest.mark.parametrize(
    ("token", "description"),
    [
        ("nonsense", "Unauthorized: invalid token specified"),
        ("abc:def", "Unauthorized: invalid token specified"),
        ("123456:somebody-elses", "Unauthorized"),
    ],
)
async def test_wrong_tokens(
    telegram: LocalTelegram, http: aiohttp.ClientSession, token: str, description: str
) -> None:
    for url in (f"/bot{token}/getMe", f"/file/bot{token}/documents/x"):
        async with http.get(telegram.api_url + url) as response:
            assert response.status == 401
            assert (await response.json())["description"] == description


async def test_python_telegram_bot_is_told_of_a_wrong_token(telegram: LocalTelegram) -> None:
    with pytest.raises(InvalidToken):
        await Bot("123456:somebody-elses", base_url=f"{telegram.api_url}/bot").initialize()


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("getUpdates", {"limit": "many"}, 'parameter "limit" must be of the type Integer'),
        (
            "sendMessage",
            {"text": "x", "disable_notification": "perhaps"},
            'parameter "disable_notification" must be of the type Boolean',
        ),
        ("sendMessage", {"text": ["x"]}, 'parameter "text" must be of the type String'),
        ("setMyCommands", {"commands": "{}"}, 'parameter "commands" must be of the type Array'),
        (
            "sendMessage",
            {"text": "x", "reply_parameters": "[1]"},
            'parameter "reply_parameters" must be of the type Object',
        ),
        (
            "deleteMessage",
            {"message_id": 1.5},
            'parameter "message_id" must be of the type Integer',
        ),
    ],
)
async def test_arguments_of_the_wrong_type(
    call: Call, anna: Person, method: str, arguments: dict[str, Any], reason: str
) -> None:
    answer = await call(method, chat_id=anna.id, **arguments)
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {reason}")


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/json", b"{", "can't parse request body as JSON"),
        ("application/json", b"[]", "request body must be a JSON object"),
        (
            "application/x-www-form-urlencoded",
            b"chat_id=1&text=%ff",
            "strings must be encoded in UTF-8",
        ),
        ("multipart/form-data; boundary=x", b"no parts here", "can't parse request body"),
    ],
)
async def test_broken_bodies(
    telegram: LocalTelegram,
    http: aiohttp.ClientSession,
    content_type: str,
    body: bytes,
    reason: str,
) -> None:
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    async with http.post(url, data=body, headers={"Content-Type": content_type}) as response:
        assert response.status == 400
        assert (await response.json())["description"] == f"Bad Request: {reason}"


async def test_only_loopback_is_listened_on(telegram: LocalTelegram) -> None:
    assert telegram.api_url == f"http://127.0.0.1:{telegram.port}"


async def test_after_logging_out_nothing_is_served(call: Call, telegram: LocalTelegram) -> None:
    assert (await call("logOut"))["result"] is True
    assert (await call("getMe"))["description"] == "Bad Request: logged out"
    telegram.logged_out = False
    assert (await call("close"))["result"] is True


async def test_calls_are_logged(
    bot: Bot, call: Call, telegram: LocalTelegram, anna: Person
) -> None:
    await bot.send_message(anna.id, "uno")
    await call("sendMessage", chat_id=anna.id)
    sent, refused = telegram.calls.of("sendMessage")
    assert (sent.chat_id, sent.status, sent.ok) == (anna.id, 200, True)
    assert (refused.status, refused.description) == (400, "Bad Request: message text is empty")
    assert telegram.calls.peak() == 1
    telegram.calls.clear()
    assert len(telegram.calls) == 0
