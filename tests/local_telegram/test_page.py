import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup

from bot.local_telegram import LocalTelegram, Person
from bot.local_telegram.server import allowed
from tests.local_telegram.conftest import until


class Client:
    """The page's end of the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def says(self, **message: Any) -> None:
        await self._socket.send_str(json.dumps(message))

    async def hears(self, kind: str) -> dict[str, Any]:
        """Return the next message of `kind`; others before it are passed by."""
        async with asyncio.timeout(60):
            while True:
                message: dict[str, Any] = json.loads(await self._socket.receive_str())
                if message["type"] == kind:
                    return message


@pytest.fixture
async def page(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession
) -> AsyncIterator[Client]:
    assert telegram.people[anna.id] is anna  # she is there before the page is
    async with http.ws_connect(f"{telegram.api_url}/page/ws") as socket:
        yield Client(socket)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10)).save(out, "PNG")
    return out.getvalue()


def form(person: Person, data: bytes, kind: str, name: str) -> aiohttp.FormData:
    fields = aiohttp.FormData(
        {"as": str(person.id), "chat_id": str(person.id), "kind": kind, "caption": "ecco"}
    )
    fields.add_field("file", data, filename=name)
    return fields


async def test_the_greeting(page: Client, bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    hello = await page.hears("hello")
    assert hello["bot"]["username"] == "sportello_bot"
    assert [person["first_name"] for person in hello["people"]] == ["Anna"]
    assert hello["chats"] == [
        {
            "id": anna.id,
            "type": "private",
            "title": "",
            "is_forum": False,
            "person_ids": [anna.id],
            "last": None,
            "blocked": False,
        }
    ]
    assert (hello["panel"], hello["mails"]) == (None, [])
    await bot.set_my_description("Il tuo sportello")
    assert (await page.hears("hello"))["bot"]["description"] == "Il tuo sportello"
    telegram.add_person("Bruno")
    assert len((await page.hears("hello"))["people"]) == 2


async def test_a_chat(page: Client, bot: Bot, anna: Person) -> None:
    here = {"as": anna.id, "chat_id": anna.id}
    await bot.set_my_commands([("menu", "Il menù")])
    keys = ReplyKeyboardMarkup([["☰ Altro"]])
    sent = await bot.send_message(anna.id, "ciao", reply_markup=keys)
    await page.says(type="open", **here)
    history = await page.hears("history")
    assert [message["text"] for message in history["messages"]] == ["ciao"]
    assert history["reply_keyboard"]["keyboard"] == [[{"text": "☰ Altro"}]]
    assert history["commands"] == [{"command": "menu", "description": "Il menù"}]
    assert (history["blocked"], history["topics"]) == (False, [])

    await page.says(type="send_text", **here, text="/menu", reply_to=sent.message_id)
    mine = (await page.hears("message"))["message"]
    assert mine["entities"] == [{"offset": 0, "length": 5, "type": "bot_command"}]
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/menu"
    assert update.message.reply_to_message is not None

    await page.says(type="edit_text", **here, message_id=mine["message_id"], text="/aiuto")
    assert (await page.hears("edited"))["message"]["text"] == "/aiuto"
    await bot.send_chat_action(anna.id, "typing")
    assert (await page.hears("action"))["action"] == "typing"
    await bot.set_message_reaction(anna.id, mine["message_id"], "👍")
    assert (await page.hears("reactions"))["reactions"] == ["👍"]
    await sent.delete()
    assert (await page.hears("deleted"))["message_ids"] == [sent.message_id]
    keyboard = await page.hears("reply_keyboard")
    assert (keyboard["as"], keyboard["markup"]) == (anna.id, None)
    await bot.set_my_commands([("nuovo", "x")])
    assert (await page.hears("commands"))["commands"][0]["command"] == "nuovo"
    await page.says(type="send_sticker", **here, emoji="🎉")
    assert (await page.hears("message"))["message"]["sticker"]["emoji"] == "🎉"


async def test_a_tap(page: Client, bot: Bot, anna: Person) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Sì", callback_data="y")]])
    sent = await bot.send_message(anna.id, "?", reply_markup=keyboard)
    tap = {"as": anna.id, "chat_id": anna.id, "message_id": sent.message_id, "data": "y"}
    await page.says(type="tap", **tap, request_id="r1")
    (update,) = await bot.get_updates(timeout=5)
    assert update.callback_query is not None
    await update.callback_query.answer("Fatto", show_alert=True)
    assert await page.hears("tap_answered") == {
        "type": "tap_answered",
        "request_id": "r1",
        "text": "Fatto",
        "show_alert": True,
        "url": "",
    }


async def test_a_tap_that_nobody_answers(http: aiohttp.ClientSession) -> None:
    async with LocalTelegram(tap_timeout=0.05) as telegram:
        anna = telegram.add_person("Anna")
        async with http.ws_connect(f"{telegram.api_url}/page/ws") as socket:
            page = Client(socket)
            tap = {"as": anna.id, "chat_id": anna.id, "message_id": 1, "data": "y"}
            await page.says(type="tap", **tap, request_id="r1")
            answer = await page.hears("tap_answered")
        assert (answer["request_id"], answer["text"]) == ("r1", "")


async def test_blocking(page: Client, anna: Person) -> None:
    here = {"as": anna.id, "chat_id": anna.id}
    await page.says(type="block", **here)
    assert (await page.hears("blocked"))["blocked"] is True
    await page.says(type="send_text", **here, text="x")
    assert "sbloccalo" in (await page.hears("error"))["text"]
    await page.says(type="unblock", **here)
    assert (await page.hears("blocked"))["blocked"] is False


async def test_panel_and_mails(page: Client, telegram: LocalTelegram) -> None:
    pressed: list[str] = []

    async def later(name: str) -> None:
        pressed.append(f"{name}, later")

    telegram.page.on_panel_action(pressed.append)
    telegram.page.on_panel_action(later)
    telegram.page.set_panel({"now": "2026-03-02T10:30:00+01:00", "actions": []})
    assert (await page.hears("panel"))["now"] == "2026-03-02T10:30:00+01:00"
    telegram.page.set_mails([{"id": 1, "subject": "Codice"}])
    assert (await page.hears("mail"))["mails"] == [{"id": 1, "subject": "Codice"}]
    await page.says(type="panel_action", name="acquire")
    await until(lambda: len(pressed) == 2)
    assert pressed == ["acquire", "acquire, later"]


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        "{}",
        '{"type": "fly", "as": 100000001, "chat_id": 100000001}',
        '{"type": "open", "as": 5, "chat_id": 5}',
        '{"type": "send_text", "as": 100000001, "chat_id": 100000001}',
    ],
)
async def test_nonsense_is_answered(page: Client, telegram: LocalTelegram, message: str) -> None:
    await page._socket.send_str(message)
    assert (await page.hears("error"))["request_id"] is None
    assert telegram.pending_updates == 0


async def test_uploads(
    bot: Bot, anna: Person, telegram: LocalTelegram, http: aiohttp.ClientSession
) -> None:
    url = f"{telegram.api_url}/page/upload"
    async with http.post(url, data=form(anna, picture(), "photo", "x.png")) as response:
        assert response.status == 200
        message = (await response.json())["message"]
    assert message["caption"] == "ecco"
    async with http.post(url, data=form(anna, b"%PDF-", "document", "à.pdf")) as response:
        document = (await response.json())["message"]["document"]
    assert len(await bot.get_updates()) == 2
    address = f"{telegram.api_url}/page/file/"
    async with http.get(address + message["photo"][-1]["file_id"]) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert "Content-Disposition" not in response.headers
        assert await response.read() == picture()
    async with http.get(address + document["file_id"], params={"name": "à.pdf"}) as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A0.pdf"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(address + "unknown") as response:
        assert response.status == 404


async def test_uploads_that_are_refused(
    telegram: LocalTelegram, anna: Person, http: aiohttp.ClientSession
) -> None:
    url = f"{telegram.api_url}/page/upload"
    for data, kind, words in (
        (b"no picture", "photo", "non è una foto"),
        (b"", "document", "vuoto"),
    ):
        async with http.post(url, data=form(anna, data, kind, "x.bin")) as response:
            assert response.status == 400
            assert words in (await response.json())["error"]
    async with http.post(url, data={"as": "5"}) as response:
        assert response.status == 400
    async with http.post(url, data=b"x" * (51 * 1024 * 1024)) as response:
        assert response.status == 413
        assert "50 MB" in (await response.json())["error"]


async def test_folders(
    telegram: LocalTelegram, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "autoletture_000001.csv").write_text("punto\n")
    (tmp_path / "secret").write_text("x")
    address = telegram.page.serve_folder("exports", tmp_path / "exports")
    async with http.get(telegram.api_url + address + "autoletture_000001.csv") as response:
        assert response.status == 200
        assert await response.text() == "punto\n"
    for path in ("..%2fsecret", "missing.csv", "%2e%2e%2fsecret"):
        async with http.get(telegram.api_url + address + path) as response:
            assert response.status == 404


@pytest.mark.parametrize(
    ("host", "origin", "verdict"),
    [
        ("127.0.0.1:80", None, True),
        ("localhost:80", "http://localhost:80", True),
        ("[::1]:80", "http://[::1]:80", True),
        ("127.0.0.1:80", "http://127.0.0.1:81", False),
        ("127.0.0.1:80", "https://evil.example", False),
        ("127.0.0.1:80", "null", False),
        ("evil.example:80", "http://evil.example:80", False),
        ("evil.example", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("[", None, False),
    ],
)
def test_who_may_ask(host: str, origin: str | None, verdict: bool) -> None:
    assert allowed(host, origin) is verdict


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_other_sites_are_kept_out(
    telegram: LocalTelegram,
    anna: Person,
    http: aiohttp.ClientSession,
    headers: dict[str, str],
) -> None:
    for path in ("/", "/page/static/index.html", "/page/file/x"):
        async with http.get(telegram.api_url + path, headers=headers) as response:
            assert response.status == 403
    url = f"{telegram.api_url}/page/upload"
    data = form(anna, b"x", "document", "x")
    async with http.post(url, data=data, headers=headers) as response:
        assert response.status == 403
    url = f"{telegram.api_url}/bot{telegram.token}/sendMessage"
    for method in ("GET", "POST"):
        said = {"chat_id": str(anna.id), "text": "x"}
        async with http.request(method, url, params=said, headers=headers) as response:
            assert response.status == 403
    assert telegram.messages(anna.private_chat) == []
    async with http.get(f"{telegram.api_url}/nowhere", headers=headers) as response:
        assert response.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(f"{telegram.api_url}/page/ws", headers=headers)
    assert telegram.pending_updates == 0


async def test_the_page_itself(telegram: LocalTelegram, http: aiohttp.ClientSession) -> None:
    async with http.get(telegram.api_url + "/") as response:
        assert response.status == 200
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert "<html" in await response.text()
    async with http.get(f"{telegram.api_url}/page/static/js/main.js") as response:
        assert response.status == 200
