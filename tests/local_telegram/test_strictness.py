"""What is wrong is refused with a 400, never ignored, passed on, or answered with a 500."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.local_telegram import LocalTelegram, Person
from bot.local_telegram.limits import Limits
from bot.local_telegram.methods import METHODS
from tests.local_telegram.conftest import Call, until

LONE = "\ud83d"  # half of a surrogate pair: JSON can write it, UTF-8 cannot
NOT_UTF8 = "Bad Request: strings must be encoded in UTF-8"
WRONG: list[Any] = [
    True,
    5,
    -1,
    1.5,
    10**30,
    "x",
    [],
    [5],
    [{}],
    [[{}]],
    {},
    {"message_id": True},
    {"type": []},
    {"type": "photo", "media": "x", "caption_entities": 5},
    [{"type": "photo", "media": "x", "caption": "x", "caption_entities": 5}] * 2,
    [{"type": "text_mention", "offset": 0, "length": 1, "user": 5}],
    [{"type": {}, "offset": True, "length": []}],
    [{"command": [], "description": {}}],
    {"inline_keyboard": [[{"text": "x", "web_app": 5}]]},
    {"keyboard": [[{"text": {}, "style": []}]]},
]


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"logout", "getupdates"}))
async def test_values_of_any_wrong_type_are_refused_or_taken_never_an_error_inside(
    call: Call, anna: Person, telegram: LocalTelegram, name: str
) -> None:
    anna.send_text(anna.private_chat, "ciao")
    right = {"chat_id": anna.id, "message_id": 1, "text": "x", "from_chat_id": anna.id}
    for parameter in METHODS[name].parameters:
        for value in WRONG:
            answer = await call(name, **(right | {parameter: value}))
            assert answer.get("error_code", 200) in (200, 400), (parameter, value, answer)
    await call("deleteWebhook")
    assert telegram.port


async def test_the_kinds_of_updates_are_words(call: Call) -> None:
    for method in ("getUpdates", "setWebhook"):
        answer = await call(method, allowed_updates=[{}])
        assert answer["error_code"] == 400


# --- half a character ---


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": f"x{LONE}"},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": LONE, "url": "a.it"}]]}},
        {"text": "x", "reply_markup": json.dumps({"keyboard": [[LONE]]})},
        {"text": "x", "entities": json.dumps([{"type": LONE}])},
    ],
)
async def test_half_a_character_is_refused(
    call: Call, anna: Person, arguments: dict[str, Any]
) -> None:
    answer = await call("sendMessage", chat_id=anna.id, **arguments)
    assert answer == {"ok": False, "error_code": 400, "description": NOT_UTF8}


async def test_half_a_character_from_the_page_reaches_nobody(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession, call: Call
) -> None:
    said = {"as": anna.id, "chat_id": anna.id, "request_id": "7"}
    async with http.ws_connect(f"{telegram.api_url}/page/ws") as socket, asyncio.timeout(60):
        await socket.receive_str()  # the greeting
        for deed in (
            {"type": "send_text", "text": f"x{LONE}"},
            {"type": "send_sticker", "emoji": LONE},
            {"type": "tap", "message_id": 1, "data": LONE},
        ):
            await socket.send_str(json.dumps(said | deed))
            assert json.loads(await socket.receive_str())["type"] == "error"
        await socket.send_str(json.dumps(said | {"type": "send_text", "text": "intero"}))
        assert json.loads(await socket.receive_str())["message"]["text"] == "intero"
    updates = (await call("getUpdates"))["result"]
    assert [update["message"]["text"] for update in updates] == ["intero"]


# --- who is mentioned ---


@pytest.mark.parametrize("known", [True, False])
async def test_a_mention_by_id_is_of_somebody(call: Call, anna: Person, known: bool) -> None:
    user_id = anna.id if known else 7
    mention = [{"type": "text_mention", "offset": 0, "length": 1, "user": anna.user}]
    ways: list[dict[str, Any]] = [
        {"text": f'<a href="tg://user?id={user_id}">q</a>', "parse_mode": "HTML"},
        {"text": f"[q](tg://user?id={user_id})", "parse_mode": "MarkdownV2"},
        {"text": "q", "entities": [{**mention[0], "user": {"id": user_id}}]},
    ]
    for way in ways:
        message = (await call("sendMessage", chat_id=anna.id, **way))["result"]
        assert message["text"] == "q"
        assert message.get("entities", []) == (mention if known else [])


# --- what is not carried out ---


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"business_connection_id": "x"}, "business connection not found"),
        ({"direct_messages_topic_id": 3}, "direct messages"),
        ({"suggested_post_parameters": {}}, "direct messages"),
        ({"reply_parameters": {"message_id": True}}, "must be a Number"),
        ({"reply_parameters": {"message_id": 1, "chat_id": -5}}, "replied not found"),
        ({"reply_parameters": {"message_id": 1, "quote": "addio"}}, "QUOTE_TEXT_INVALID"),
        ({"reply_parameters": {"message_id": 1, "quote": 5}}, '"quote" has a wrong type'),
        ({"reply_parameters": {"message_id": 1, "poll_option_id": "1"}}, "replied not found"),
        ({"link_preview_options": {"is_disabled": "yes"}}, '"is_disabled" must be of type Boolean'),
        ({"link_preview_options": {"url": 5}}, '"url" must be of type String'),
    ],
)
async def test_what_is_not_carried_out_is_refused(
    call: Call, anna: Person, telegram: LocalTelegram, extra: dict[str, Any], words: str
) -> None:
    anna.send_text(anna.private_chat, "ciao 😀 mondo")
    answer = await call("sendMessage", chat_id=anna.id, text="x", **extra)
    assert answer["error_code"] == 400
    assert words in answer["description"]
    assert len(telegram.messages(anna.private_chat)) == 1


async def test_a_quotation_of_what_is_there(call: Call, anna: Person) -> None:
    anna.send_text(anna.private_chat, "ciao 😀 mondo")
    reply = {"message_id": 1, "chat_id": anna.id, "quote": "mondo"}
    answer = await call("sendMessage", chat_id=anna.id, text="x", reply_parameters=reply)
    quote = answer["result"]["quote"]
    assert quote == {"text": "mondo", "position": 8, "is_manual": True}


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ({"keyboard": [[{"text": "x", "request_contact": 1}]]}, '"request_contact" must be of'),
        ({"keyboard": [[{"text": "x", "style": "pink"}]]}, "Unsupported button style"),
        ({"keyboard": [[{"text": "x", "web_app": {"url": "http://a.it"}}]]}, "Only HTTPS links"),
        (
            {"inline_keyboard": [[{"text": "x", "callback_data": "x", "style": 5}]]},
            '"style" must be of type String',
        ),
        (
            {"inline_keyboard": [[{"text": "x", "web_app": {"url": "http://a.it"}}]]},
            "Only HTTPS links",
        ),
        ({"inline_keyboard": [[{"text": "x", "switch_inline_query": 5}]]}, "must be of type Str"),
        ({"inline_keyboard": [[{"text": "x", "pay": True}]]}, "BUTTON_TYPE_INVALID"),
    ],
)
async def test_buttons_are_looked_into(
    call: Call, anna: Person, markup: dict[str, Any], words: str
) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    assert answer["error_code"] == 400
    assert words in answer["description"]


async def test_buttons_that_are_right_come_back_as_they_were(call: Call, anna: Person) -> None:
    rows = [
        [{"text": "app", "web_app": {"url": "https://a.it/x"}, "style": "success"}],
        [{"text": "?", "switch_inline_query": "", "icon_custom_emoji_id": "5"}],
        [{"text": "?", "switch_inline_query_chosen_chat": {"query": "x", "allow_bot_chats": True}}],
        [{"text": "copia", "copy_text": {"text": "02868"}}],
    ]
    answer = await call(
        "sendMessage", chat_id=anna.id, text="x", reply_markup={"inline_keyboard": rows}
    )
    assert answer["result"]["reply_markup"] == {"inline_keyboard": rows}


# --- limits ---


async def test_the_largest_file_to_the_byte(http: aiohttp.ClientSession) -> None:
    limit = 10_000
    async with LocalTelegram(limits=Limits(largest_upload=limit)) as telegram:
        anna = telegram.add_person("Anna", started=True)
        root = telegram.api_url
        for size, status in ((limit - 1, 200), (limit, 200), (limit + 1, 413)):
            bot_form = aiohttp.FormData({"chat_id": str(anna.id)})
            bot_form.add_field("document", b"x" * size, filename="x.bin")
            async with http.post(
                f"{root}/bot{telegram.token}/sendDocument", data=bot_form
            ) as response:
                assert response.status == status, size
            page_form = aiohttp.FormData({"as": str(anna.id), "chat_id": str(anna.id)})
            page_form.add_field("file", b"x" * size, filename="x.bin")
            async with http.post(f"{root}/page/upload", data=page_form) as response:
                assert response.status == status, size


async def test_what_telegram_does_not_publish_can_be_set(http: aiohttp.ClientSession) -> None:
    limits = Limits(longest_data=3, most_buttons=2, most_in_a_row=1)
    async with LocalTelegram(limits=limits) as telegram:
        anna = telegram.add_person("Anna", started=True)

        async def refusal(*rows: list[str]) -> str:
            keyboard = [[{"text": d, "callback_data": d} for d in row] for row in rows]
            said = {
                "chat_id": anna.id,
                "text": "x",
                "reply_markup": {"inline_keyboard": keyboard},
            }
            url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
            async with http.post(url, json=said) as response:
                return str((await response.json()).get("description", ""))

        assert await refusal(["abc"], ["d"]) == ""
        assert "BUTTON_DATA_INVALID" in await refusal(["abcd"])
        assert "too long" in await refusal(["a", "b"])
        assert "too long" in await refusal(["a"], ["b"], ["c"])


# --- what goes wrong inside stays there ---


async def test_pushing_survives_an_error_of_its_own(
    telegram: LocalTelegram, anna: Person, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    pusher = telegram._pusher
    assert pusher is not None
    telegram.webhook_pace = 0.001
    pushed: list[str] = []

    async def post(_webhook: Any, _session: Any, entry: Any) -> None:
        pushed.append(entry.update["message"]["text"])
        if len(pushed) == 1:
            raise RuntimeError("nobody expected this")
        telegram.updates.confirm(entry)

    monkeypatch.setattr(pusher, "_post", post)
    await call("setWebhook", url="http://127.0.0.1:1/hook")
    anna.send_text(anna.private_chat, "uno")
    await until(lambda: pushed == ["uno", "uno"])
    await until(lambda: not pusher._queues)
    anna.send_text(anna.private_chat, "due")
    await until(lambda: pushed == ["uno", "uno", "due"])


async def test_a_file_that_hangs_is_not_answered(
    telegram: LocalTelegram, anna: Person, call: Call, http: aiohttp.ClientSession
) -> None:
    sent = anna.send_document(anna.private_chat, b"a;b\n", "misure.csv")
    path = (await call("getFile", file_id=sent["document"]["file_id"]))["result"]["file_path"]
    url = f"{telegram.api_url}/file/bot{telegram.token}/{path}"
    telegram.faults.fail("hang", "file")
    with pytest.raises(TimeoutError):  # a cut would be another error
        await http.get(url, timeout=aiohttp.ClientTimeout(total=0.2))
    telegram.faults.clear()
    telegram.faults.fail("cut", "file", times=None)  # aiohttp asks again by itself
    with pytest.raises(aiohttp.ClientError):
        await http.get(url)
    telegram.faults.clear()
    async with http.get(url) as response:
        assert await response.read() == b"a;b\n"
