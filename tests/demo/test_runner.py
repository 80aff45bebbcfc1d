"""The demo as a whole: what a person does in the chat page, done through the local Telegram."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo.runner import Demo, PortTakenError, running_demo
from bot.local_telegram import Chat, Event, LocalTelegram

PATIENCE = 120.0
"""Seconds after which a condition that never comes true fails a test; nothing waits so long."""


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    # A day between acquisitions: they come when a test asks for one.
    async with running_demo(tmp_path, interval=timedelta(days=1)) as running:
        yield running
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


async def until(telegram: LocalTelegram, true: Callable[[], object]) -> None:
    """Returns as soon as *true* holds; looks again at everything that happens in Telegram."""
    happened = asyncio.Event()

    def note(_event: Event) -> None:
        happened.set()

    end = telegram.subscribe(note)
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():
                happened.clear()
                with suppress(TimeoutError):  # a mail is no event of Telegram's
                    await asyncio.wait_for(happened.wait(), 0.05)
    finally:
        end()


def texts(demo: Demo, chat: Chat) -> list[str]:
    return [
        str(message.get("text") or message.get("caption") or "")
        for message in demo.telegram.messages(chat)
    ]


def last(demo: Demo, chat: Chat) -> dict[str, Any]:
    found: dict[str, Any] = demo.telegram.messages(chat)[-1]
    return found


def labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


async def test_from_the_invoice_to_acquired(demo: Demo) -> None:
    telegram, giulia = demo.telegram, demo.people["Giulia"]
    chat = giulia.private_chat
    customer = demo.sample.people[0].role.customers[0]

    def answered(expects: str) -> bool:
        return bool(last(demo, chat)["from"]["is_bot"]) and expects in texts(demo, chat)[-1]

    async def says(words: str, expects: str) -> None:
        giulia.send_text(chat, words)
        await until(telegram, lambda: answered(expects))

    async def taps(label: str, expects: str) -> None:
        giulia.tap_button(chat, label)
        await until(telegram, lambda: answered(expects))

    await says(f"/start c{customer.code}", "codice fiscale")
    await says(customer.tax_id, "È questa la fornitura?")
    await taps("Conferma", "Ho mandato un codice")
    await until(telegram, lambda: demo.mailbox.letters)
    letter = demo.mailbox.letters[0]
    assert letter.to == customer.email
    code = re.search(r"(?m)^\s*([0-9]{6})\s*$", letter.text)
    assert code is not None
    await says(code[1], "3 punti di fornitura")
    await says("/autolettura", "Per quale punto")
    home = next(label for label in labels(last(demo, chat)) if "Via Fiume Savio" in label)
    await taps(home, "Lettura contatore")
    await says("45.000", "45.000")
    assert "Salva" in labels(last(demo, chat))
    giulia.tap_button(chat, "Salva")
    await until(telegram, lambda: any("Da acquisire" in text for text in texts(demo, chat)))

    async with page(demo) as socket:
        await socket.send_json({"type": "panel_action", "name": "acquire"})
        await until(telegram, lambda: any("Acquisita" in text for text in texts(demo, chat)))
        assert not any("Da acquisire" in text for text in texts(demo, chat))
        panel = await heard(socket, lambda said: said["type"] == "panel" and said["exports"])
        names = [export["name"] for export in panel["exports"]]
        assert "autoletture_000001.csv" in names
        assert any(name.startswith("TAL_0050_") for name in names)
        url = next(export["url"] for export in panel["exports"] if export["name"].endswith(".csv"))
        async with (
            aiohttp.ClientSession() as session,
            session.get(demo.url.rstrip("/") + url) as got,
        ):
            assert got.status == 200
            assert f"{customer.points[0].code};" in await got.text()


def page(demo: Demo) -> Any:
    """The chat page's WebSocket."""
    return _Page(demo.url)


class _Page:
    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(f"{self._url}page/ws")

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()


async def heard(
    socket: aiohttp.ClientWebSocketResponse, wanted: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """The first message from the server that is *wanted*."""
    async with asyncio.timeout(PATIENCE):
        while True:
            said: dict[str, Any] = json.loads((await socket.receive()).data)
            if wanted(said):
                return said


async def test_the_page_shows_who_there_is_and_their_invoices(demo: Demo) -> None:
    async with page(demo) as socket:
        hello = await heard(socket, lambda said: said["type"] == "hello" and said["panel"])
    names = [person["first_name"] for person in hello["people"]]
    assert names == [*demo.people, demo.clerk.first_name]
    assert all(person["note"] for person in hello["people"])
    panel = hello["panel"]
    assert panel["interval_seconds"] == timedelta(days=1).total_seconds()
    assert panel["things_to_try"]
    assert [action["name"] for action in panel["actions"]] == ["acquire"]
    cards = panel["people_cards"]
    values = [line["value"] for card in cards for line in card["lines"] if line["copy"]]
    for person in demo.sample.people:
        for customer in person.role.customers:
            assert {customer.code, customer.tax_id} <= set(values)
    links = [card["link"]["url"] for card in cards if card["link"]]
    invoices = [link for link in links if link.startswith("/")]
    assert len(invoices) == 7
    assert [link for link in links if not link.startswith("/")] == [
        "https://t.me/sportello_demo_bot?start=c028680"
    ]
    async with aiohttp.ClientSession() as session:
        for link in invoices:
            async with session.get(demo.url.rstrip("/") + link) as got:
                assert got.status == 200
                assert (await got.read()).startswith(b"%PDF-")


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is not to be had"):
            async with running_demo(tmp_path, port=port):
                pass
