"""The chat page in a real browser, on the real local Telegram, with a bot made of API calls."""

import io
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright, expect

from bot.local_telegram import LocalTelegram, Person

Json = dict[str, Any]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Milliseconds: what is waited for comes at once, save on a machine that has much else to do.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no browser: install chromium (or google-chrome) to try the chat page",
    ),
    pytest.mark.asyncio(loop_scope="module"),
]

Open = Callable[..., Awaitable[Page]]


class Bot:
    """A bot that does only what a test tells it to, over the real Bot API."""

    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self._root = f"{telegram.api_url}/bot{telegram.token}"
        self._session = session
        self._offset = 0

    async def call(self, method: str, **arguments: Any) -> Any:
        async with self._session.post(f"{self._root}/{method}", json=arguments) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def says(self, person: Person, text: str, **arguments: Any) -> Json:
        message: Json = await self.call(
            "sendMessage", chat_id=person.id, text=text, parse_mode="HTML", **arguments
        )
        return message

    async def sends_file(self, person: Person, method: str, field: str, file: bytes) -> None:
        form = aiohttp.FormData({"chat_id": str(person.id)}, quote_fields=False)
        form.add_field(field, file, filename="fattura 1.pdf")
        async with self._session.post(f"{self._root}/{method}", data=form) as answer:
            body = await answer.json()
        assert body["ok"], body

    async def hears(self, kind: str) -> Json:
        """The next update of `kind`; what comes before it is passed by."""
        while True:
            found = await self.call("getUpdates", offset=self._offset, timeout=10)
            assert found, f"no {kind} came"
            for update in found:
                self._offset = update["update_id"] + 1
                if kind in update:
                    heard: Json = update[kind]
                    return heard


def buttons(*labels: str) -> Json:
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in labels]]}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "steelblue").save(out, "PNG")
    return out.getvalue()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="module")
async def bot(telegram: LocalTelegram) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(telegram, session)


@pytest.fixture
def giulia(telegram: LocalTelegram) -> Person:
    return telegram.add_person("Giulia", last_name="Bianchi", language_code="it")


@pytest_asyncio.fixture(loop_scope="module")
async def visit(telegram: LocalTelegram, browser: Browser) -> AsyncIterator[Open]:
    """Opens the page as a person; at the end no script of the page may have failed."""
    contexts = []
    complaints: list[str] = []

    async def opened(
        person: Person | None = None, *, start: str = "", viewport: Json = DESKTOP, **options: Any
    ) -> Page:
        context = await browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="it-IT",
            **options,
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        query = f"?person={person.id}" if person else ""
        query += f"&start={start}" if start else ""
        await page.goto(f"{telegram.api_url}/{query}")
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert complaints == []


def log(page: Page) -> Any:
    return page.get_by_role("log")


def last(page: Page) -> Any:
    return log(page).locator("[data-message]").last


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Scrivi un messaggio").fill(text)
    await page.keyboard.press("Enter")


def texts(telegram: LocalTelegram, person: Person) -> list[str]:
    return [message.get("text", "") for message in telegram.messages(person.private_chat)]


# --- what is said -----------------------------------------------------------------------------


async def test_a_new_chat_begins_with_the_start_button(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    await bot.call("setMyDescription", description="Invia la lettura del contatore.")
    page = await visit(giulia)
    await expect(page.locator("#intro")).to_contain_text("Invia la lettura del contatore.")
    await page.get_by_role("button", name="Avvia").click()
    assert (await bot.hears("message"))["text"] == "/start"
    await expect(last(page)).to_contain_text("/start")
    await expect(page.get_by_role("button", name="Avvia")).to_be_hidden()
    await bot.says(giulia, "Ciao <b>Giulia</b>")
    await expect(last(page).locator("strong")).to_have_text("Giulia")


async def test_a_link_with_a_payload_is_started_by_the_button(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    page = await visit(giulia, start="c028680")
    await page.get_by_role("button", name="Avvia").click()
    assert (await bot.hears("message"))["text"] == "/start c028680"


async def test_formatting_is_shown_and_markup_in_words_is_only_words(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "<img src=x onerror=alert(1)> 🔥")
    await bot.says(
        giulia,
        "🔥 <b>forte <i>e corsivo</i></b> <u>sotto</u> <s>via</s> <code>IT001</code>\n"
        "<pre>gen 154</pre>\n<blockquote>citato</blockquote>\n"
        '<a href="https://example.org/a">guida</a> <tg-spoiler>segreto</tg-spoiler> /aiuto '
        "&lt;/b&gt;",
    )
    page = await visit(giulia)
    await expect(log(page).locator("img")).to_have_count(0)
    await expect(log(page)).to_contain_text("<img src=x onerror=alert(1)>")
    words = last(page)
    await expect(words.locator("strong em")).to_have_text("e corsivo")
    await expect(words.locator("u")).to_have_text("sotto")
    await expect(words.locator("s")).to_have_text("via")
    await expect(words.locator("code")).to_have_text("IT001")
    await expect(words.locator("pre")).to_have_text("gen 154")
    await expect(words.locator("blockquote")).to_have_text("citato")
    await expect(words.locator("a")).to_have_attribute("href", "https://example.org/a")
    spoiler = words.get_by_role("button", name="Testo nascosto")
    await spoiler.press("Enter")
    await expect(words.get_by_text("segreto")).to_be_visible()
    await expect(words.get_by_role("button", name="/b")).to_have_count(0)
    await words.get_by_role("button", name="/aiuto").click()
    await expect(last(page)).to_contain_text("/aiuto")


async def test_edits_and_deletions_happen_in_place(visit: Open, bot: Bot, giulia: Person) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    first = await bot.says(giulia, "Da acquisire")
    await bot.says(giulia, "Altro")
    page = await visit(giulia)
    place = log(page).locator("[data-message]").nth(1)
    await bot.call(
        "editMessageText", chat_id=giulia.id, message_id=first["message_id"], text="Acquisita"
    )
    await expect(place).to_contain_text("Acquisita")
    await expect(place).to_contain_text("modificato")
    await bot.call("deleteMessage", chat_id=giulia.id, message_id=first["message_id"])
    await expect(log(page).locator("[data-message]")).to_have_count(2)
    await expect(log(page)).not_to_contain_text("Acquisita")


async def test_the_header_says_what_the_bot_is_doing(visit: Open, bot: Bot, giulia: Person) -> None:
    giulia.send_text(giulia.private_chat, "fattura")
    page = await visit(giulia)
    await expect(last(page)).to_contain_text("fattura")
    await bot.call("sendChatAction", chat_id=giulia.id, action="upload_document")
    status = page.locator("#chat-status")
    await expect(status).to_contain_text("sta inviando un documento")
    await bot.says(giulia, "Eccola")
    await expect(status).to_have_text("bot")


# --- buttons ----------------------------------------------------------------------------------


async def test_a_tap_waits_for_its_answer_and_shows_it(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.says(giulia, "Confermi?", reply_markup=buttons("Sì", "No"))
    page = await visit(giulia)
    await page.get_by_role("button", name="Sì").click()
    query = await bot.hears("callback_query")
    assert query["data"] == "Sì"
    await expect(page.get_by_role("button", name="Sì")).to_have_attribute("aria-busy", "true")
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Fatto")
    await expect(page.locator("#notices")).to_contain_text("Fatto")
    await expect(page.get_by_role("button", name="Sì")).to_have_attribute("aria-busy", "false")

    await page.get_by_role("button", name="No").click()
    query = await bot.hears("callback_query")
    await bot.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="Già acquisita", show_alert=True
    )
    alert = page.get_by_role("alertdialog")
    await expect(alert).to_contain_text("Già acquisita")
    await page.keyboard.press("Enter")
    await expect(alert).to_have_count(0)


async def test_the_reply_keyboard_sends_folds_and_goes(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.says(
        giulia,
        "Scegli",
        reply_markup={
            "keyboard": [[{"text": "Autolettura"}], [{"text": "Fatture"}, {"text": "Altro"}]],
            "resize_keyboard": True,
            "input_field_placeholder": "Scrivi la lettura",
        },
    )
    page = await visit(giulia)
    keys = page.get_by_role("group", name="Tastiera del bot")
    await expect(keys.get_by_role("button")).to_have_text(["Autolettura", "Fatture", "Altro"])
    await expect(page.get_by_placeholder("Scrivi la lettura")).to_be_visible()
    await keys.get_by_role("button", name="Fatture").click()
    await expect(last(page)).to_contain_text("Fatture")
    await page.get_by_role("button", name="Nascondi la tastiera del bot").click()
    await expect(keys).to_be_hidden()
    await page.get_by_role("button", name="Mostra la tastiera del bot").click()
    await expect(keys).to_be_visible()
    await bot.says(giulia, "Via", reply_markup={"remove_keyboard": True})
    await expect(keys).to_be_hidden()
    await expect(page.get_by_role("button", name="Mostra la tastiera del bot")).to_be_hidden()


async def test_commands_are_filtered_while_typed_and_chosen_by_keyboard(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.hears("message")
    names = ("letture", "lingua", "aiuto")
    await bot.call(
        "setMyCommands", commands=[{"command": n, "description": f"apre {n}"} for n in names]
    )
    page = await visit(giulia)
    await page.get_by_role("button", name="Menu dei comandi").click()
    await expect(page.get_by_role("option")).to_have_count(3)
    await page.get_by_label("Scrivi un messaggio").press_sequentially("/l")
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await bot.hears("message"))["text"] == "/lingua"
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_a_forced_reply_answers_the_question(visit: Open, bot: Bot, giulia: Person) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.hears("message")
    page = await visit(giulia)
    await expect(last(page)).to_contain_text("ciao")
    asked = await bot.says(giulia, "Quale oggetto?", reply_markup={"force_reply": True})
    await expect(page.locator("#context")).to_contain_text("Quale oggetto?")
    await write(page, "Contatore fermo")
    heard = await bot.hears("message")
    assert heard["reply_to_message"]["message_id"] == asked["message_id"]


# --- one's own words --------------------------------------------------------------------------


async def test_own_messages_are_edited_and_answered(visit: Open, bot: Bot, giulia: Person) -> None:
    page = await visit(giulia)
    await page.get_by_role("button", name="Avvia").click()
    await write(page, "44000")
    await expect(last(page)).to_contain_text("44000")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#context")).to_contain_text("Modifica del messaggio")
    await write(page, "45000")
    assert (await bot.hears("edited_message"))["text"] == "45000"
    await expect(last(page)).to_contain_text("modificato")

    said = await bot.says(giulia, "Sicura?")
    await expect(last(page)).to_contain_text("Sicura?")
    await last(page).click(button="right")
    await page.get_by_role("menuitem", name="Rispondi").press("Enter")
    await write(page, "Sì")
    heard = await bot.hears("message")
    assert heard["reply_to_message"]["message_id"] == said["message_id"]
    await expect(last(page).locator(".quote")).to_contain_text("Sicura?")


async def test_the_mouse_finds_a_messages_actions_beside_it(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "44000")
    page = await visit(giulia)
    await last(page).hover()
    await last(page).get_by_role("button", name="Azioni sul messaggio").click()
    await page.get_by_role("menuitem", name="Modifica").click()
    await write(page, "45000")
    assert (await bot.hears("edited_message"))["text"] == "45000"


async def test_a_draft_stays_with_its_chat(
    visit: Open, telegram: LocalTelegram, giulia: Person
) -> None:
    marco = telegram.add_person("Marco")
    for person in (giulia, marco):
        person.send_text(person.private_chat, "ciao")
    page = await visit(giulia)
    field = page.get_by_label("Scrivi un messaggio")
    await field.fill("quasi fin")
    await page.get_by_role("button", name="Marco").click()
    await expect(field).to_have_value("")
    await page.get_by_role("button", name="Giulia").click()
    await expect(field).to_have_value("quasi fin")


async def test_who_blocks_the_bot_can_restart_it(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    page = await visit(giulia)
    await page.get_by_role("button", name="Altre azioni").click()
    await page.get_by_role("menuitem", name="Blocca il bot").click()
    await page.get_by_role("button", name="Blocca", exact=True).click()
    await page.get_by_role("button", name="Riavvia bot").click()
    while (await bot.hears("message"))["text"] != "/start":
        pass
    assert not telegram.chats[giulia.id].blocked
    await expect(page.get_by_role("button", name="Riavvia bot")).to_be_hidden()


# --- pictures and files -----------------------------------------------------------------------


async def test_a_picture_is_sent_with_its_caption_and_opens_in_full(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.hears("message")
    page = await visit(giulia)
    await page.get_by_role("button", name="Allega").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name="Foto").click()
    await (await chooser.value).set_files(
        {"name": "contatore.png", "mimeType": "image/png", "buffer": picture()}
    )
    await page.get_by_label("Didascalia").fill("Il mio contatore")
    await page.keyboard.press("Enter")
    heard = await bot.hears("message")
    assert heard["caption"] == "Il mio contatore"
    assert heard["photo"][-1]["width"] == 320
    opener = page.get_by_role("button", name="Apri la foto")
    await opener.press("Enter")
    full = page.get_by_role("dialog", name="Foto a tutto schermo")
    await expect(full.get_by_text("Il mio contatore")).to_be_visible()
    assert await full.locator("img").evaluate("image => image.decode().then(() => true)")
    await page.keyboard.press("Escape")
    await expect(full).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_what_is_pasted_can_go_as_a_file(visit: Open, bot: Bot, giulia: Person) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.hears("message")
    page = await visit(giulia)
    await expect(last(page)).to_contain_text("ciao")
    await page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File(["a;b"], "letture.csv", { type: "text/csv" }));
          const paste = new ClipboardEvent("paste", { clipboardData: carried, bubbles: true });
          document.getElementById("input").dispatchEvent(paste);
        }"""
    )
    await page.get_by_role("button", name="Invia", exact=True).last.click()
    assert (await bot.hears("message"))["document"]["file_name"] == "letture.csv"


async def test_a_document_of_the_bot_is_downloaded_whole(
    visit: Open, bot: Bot, giulia: Person, tmp_path: Path
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    content = b"%PDF-1.4 " + bytes(range(256)) * 40
    await bot.sends_file(giulia, "sendDocument", "document", content)
    page = await visit(giulia)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="fattura 1.pdf").click()
    download = await coming.value
    assert download.suggested_filename == "fattura 1.pdf"
    await download.save_as(tmp_path / "fattura.pdf")
    assert (tmp_path / "fattura.pdf").read_bytes() == content


# --- people, groups, the panel ----------------------------------------------------------------


async def test_each_person_has_their_own_chats(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    marco = telegram.add_person("Marco")
    for person in (giulia, marco):
        person.send_text(person.private_chat, f"sono {person.first_name}")
    page = await visit(giulia)
    await expect(log(page)).to_contain_text("sono Giulia")
    await bot.says(marco, "Solo per Marco")
    await expect(page.get_by_role("button", name="Marco")).to_contain_text("1 da leggere")
    await expect(log(page)).not_to_contain_text("Marco")
    await page.get_by_role("button", name="Marco").click()
    await expect(log(page)).to_contain_text("Solo per Marco")
    await expect(log(page)).not_to_contain_text("Giulia")


async def test_a_forum_is_read_and_answered_by_topic(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    anna = telegram.add_person("Anna")
    group = telegram.add_group("Assistenza", [anna, giulia], is_supergroup=True, is_forum=True)
    group.promote_bot()
    topics = [
        await bot.call("createForumTopic", chat_id=group.id, name=name) for name in ("#1", "#2")
    ]
    threads = [topic["message_thread_id"] for topic in topics]
    for thread in threads:
        await bot.call(
            "sendMessage", chat_id=group.id, message_thread_id=thread, text=f"nel {thread}"
        )
    page = await visit(anna)
    await page.locator("#chat-list").get_by_role("button", name="Assistenza").click()
    # It opens where something was said last: an answer to what is in sight goes there.
    await expect(page.get_by_role("tab", name="#2")).to_have_attribute("aria-selected", "true")
    await expect(log(page)).to_contain_text(f"nel {threads[1]}")
    await expect(log(page)).not_to_contain_text(f"nel {threads[0]}")
    await page.get_by_role("tab", name="Tutti").click()
    await expect(log(page)).to_contain_text(f"nel {threads[0]}")
    await expect(page.get_by_placeholder("Messaggio fuori dagli argomenti")).to_be_visible()
    await page.get_by_role("tab", name="#2").click()
    await expect(log(page)).not_to_contain_text(f"nel {threads[0]}")
    await bot.call("sendMessage", chat_id=group.id, message_thread_id=threads[0], text="novità")
    await expect(page.get_by_role("tab", name="da leggere: #1")).to_be_visible()
    await page.get_by_role("tab", name="#1").click()
    await expect(log(page)).to_contain_text("novità")
    await expect(page.get_by_role("tab", name="da leggere")).to_have_count(0)
    await page.get_by_role("tab", name="#2").click()
    await write(page, "Buongiorno")
    heard = await bot.hears("message")
    while heard.get("text") != "Buongiorno":
        heard = await bot.hears("message")
    assert heard["message_thread_id"] == threads[1]
    await bot.call("closeForumTopic", chat_id=group.id, message_thread_id=threads[1])
    await expect(page.get_by_role("tab", name="#2")).to_contain_text("chiuso")


async def test_who_looks_into_an_empty_forum_is_led_to_its_first_topic(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    anna = telegram.add_person("Anna")
    group = telegram.add_group("Assistenza", [anna, giulia], is_supergroup=True, is_forum=True)
    group.promote_bot()
    page = await visit(anna)
    await page.locator("#chat-list").get_by_role("button", name="Assistenza").click()
    await expect(page.get_by_placeholder("Messaggio", exact=True)).to_be_visible()
    topic = await bot.call("createForumTopic", chat_id=group.id, name="n. 1")
    thread = topic["message_thread_id"]
    await bot.call("sendMessage", chat_id=group.id, message_thread_id=thread, text="Aiuto")
    await expect(page.get_by_role("tab", name="n. 1")).to_have_attribute("aria-selected", "true")
    # Whoever becomes somebody else is where that person was last spoken to.
    await page.get_by_role("button", name="Giulia").click()
    await expect(log(page)).to_contain_text("Aiuto")


async def test_a_new_mail_is_counted_and_its_code_copied(
    visit: Open, telegram: LocalTelegram, giulia: Person
) -> None:
    page = await visit(giulia, viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    toggle = page.locator("#chat").get_by_role("button", name="Pannello di prova")
    await expect(toggle).to_be_visible()
    mail = {
        "id": "1",
        "date": "2026-03-15T10:00:00+01:00",
        "to": "giulia@example.org",
        "from": "sportello@example.org",
        "subject": "481516 è il codice di Prova",
        "text": "Scrivi 481516 nella chat.",
    }
    telegram.page.set_mails([mail])
    await expect(toggle).to_have_accessible_name("Pannello di prova, 1 e-mail da leggere")
    await toggle.click()
    sheet = page.get_by_role("dialog", name="Prova")
    await sheet.get_by_role("tab", name="Posta").click()
    await sheet.get_by_role("button", name="Copia il codice").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "481516"
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(toggle).to_have_accessible_name("Pannello di prova")


async def test_the_panel_shows_customers_the_clock_and_actions(
    visit: Open, telegram: LocalTelegram, giulia: Person
) -> None:
    asked: list[str] = []
    telegram.page.on_panel_action(asked.append)
    link = f"https://t.me/{telegram.bot['username']}?start=c028680"
    telegram.page.set_panel(
        {
            "now": "2026-03-15T10:00:00+01:00",
            "next_acquisition": "2026-03-15T10:29:59+01:00",
            "interval_seconds": 1800,
            "people_cards": [
                {
                    "person_id": giulia.id,
                    "title": "Giulia Bianchi",
                    "lines": [{"label": "Codice cliente", "value": "028680", "copy": True}],
                    "link": {"label": "Dalla fattura", "url": link},
                }
            ],
            "exports": [{"name": "autoletture_000001.csv", "size": 2048, "url": "/"}],
            "things_to_try": ["Collega la fornitura"],
            "actions": [{"name": "acquire", "label": "Acquisisci adesso"}],
        }
    )
    page = await visit(giulia)
    await expect(page.get_by_role("timer")).to_contain_text("29:5")
    await expect(page.get_by_text("ogni 30 minuti")).to_be_visible()
    await expect(page.get_by_text("028680")).to_be_visible()
    await page.get_by_role("button", name="Acquisisci adesso").click()
    await page.get_by_role("tab", name="File (1)").click()
    await expect(page.get_by_role("link", name="autoletture_000001.csv")).to_contain_text("2 kB")
    await page.get_by_role("tab", name="Prova").click()
    await page.get_by_role("link", name="Dalla fattura").click()
    await page.get_by_role("button", name="Avvia").click()
    await expect(last(page)).to_contain_text("/start c028680")
    assert asked == ["acquire"]


# --- the page itself --------------------------------------------------------------------------


async def test_on_a_phone_the_list_and_the_chat_take_turns(visit: Open, giulia: Person) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    page = await visit(viewport=PHONE)
    chats = page.locator("#chat-list")
    await chats.get_by_role("button").click()
    await expect(log(page)).to_contain_text("ciao")
    await expect(chats).to_be_hidden()
    await page.get_by_role("button", name="Torna alle chat").click()
    await expect(chats).to_be_visible()
    await expect(log(page)).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 640, 1280])
async def test_nothing_is_wider_than_the_window(
    visit: Open, bot: Bot, giulia: Person, width: int
) -> None:
    giulia.send_text(giulia.private_chat, "x" * 300)
    await bot.says(giulia, f"<pre>{'9' * 200}</pre>", reply_markup=buttons("M" * 60, "N" * 60))
    page = await visit(giulia, viewport={"width": width, "height": 700})
    await expect(last(page)).to_contain_text("999")
    for selector in ("html", "#history", "#composer"):
        spare = await page.locator(selector).evaluate("e => e.clientWidth - e.scrollWidth")
        assert spare >= 0, selector


async def test_on_a_real_phone_the_page_is_as_wide_as_the_screen(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    for number in range(9):
        telegram.add_person(f"Persona{number}", last_name="Dal Nome Lungo")
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.says(giulia, "Mese", reply_markup=buttons("lu", "ma", "me", "gi", "ve", "sa", "do"))
    page = await visit(viewport=PHONE, is_mobile=True, has_touch=True)
    people = page.locator("#people")
    for person in await people.get_by_role("button").all():
        await expect(person).to_be_in_viewport(ratio=1)
    wide = "[innerWidth, document.documentElement.scrollWidth]"
    assert await page.evaluate(wide) == [PHONE["width"]] * 2
    await page.locator("#chat-list").get_by_role("button").first.tap()
    await expect(last(page)).to_contain_text("Mese")
    assert await page.evaluate(wide) == [PHONE["width"]] * 2
    heads = (
        await last(page)
        .locator(".inline-button")
        .evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    )
    assert max(heads) < 45, "a weekday's two letters stand on one line"
    await page.locator("#chat").get_by_role("button", name="Pannello di prova").tap()
    sheet = page.get_by_role("dialog", name="Prova")
    await expect(sheet).to_be_in_viewport(ratio=1)
    await sheet.get_by_role("tab", name="Posta").tap()
    assert await page.evaluate(wide) == [PHONE["width"]] * 2


async def test_everybody_in_the_demo_can_be_seen_on_a_desktop(
    visit: Open, telegram: LocalTelegram, giulia: Person
) -> None:
    for number in range(8):
        telegram.add_person(f"Persona{number}")
    page = await visit(giulia)
    people = page.locator("#people").get_by_role("button")
    await expect(people).to_have_count(9)
    for person in await people.all():
        await expect(person).to_be_in_viewport(ratio=1)


async def test_the_newest_message_stays_in_sight_unless_one_reads_above(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    for number in range(40):
        await bot.says(giulia, f"riga {number}")
    page = await visit(giulia)
    await expect(last(page)).to_be_in_viewport()
    await bot.says(giulia, "nuova")
    await expect(last(page)).to_contain_text("nuova")
    await expect(last(page)).to_be_in_viewport()
    await page.locator("#history").hover()
    await page.mouse.wheel(0, -10_000)
    await expect(page.get_by_role("button", name="Vai in fondo")).to_be_visible()
    await bot.says(giulia, "mentre leggo")
    down = page.get_by_role("button", name="Vai in fondo: 1 messaggio nuovo")
    await expect(last(page)).not_to_be_in_viewport()
    await down.click()
    await expect(last(page)).to_be_in_viewport()
    await expect(down).to_be_hidden()


async def test_what_the_browser_scrolls_by_itself_does_not_leave_the_end(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    for number in range(40):
        await bot.says(giulia, f"riga {number}")
    page = await visit(giulia)
    await expect(last(page)).to_be_in_viewport()
    await page.locator("#history").evaluate("e => e.scrollBy(0, -300)")
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(page.get_by_role("button", name="Vai in fondo")).to_be_hidden()
    await bot.says(giulia, "la risposta")
    await expect(last(page)).to_contain_text("la risposta")
    await expect(last(page)).to_be_in_viewport()


async def test_messages_are_walked_and_acted_on_by_keyboard(
    visit: Open, bot: Bot, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "uno")
    await bot.says(giulia, "due")
    page = await visit(giulia)
    await expect(last(page)).to_contain_text("due")
    await page.locator("#history").focus()
    await page.keyboard.press("ArrowUp")
    await expect(last(page)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Azioni sul messaggio")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(menu.get_by_role("menuitem", name="Modifica")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(log(page).locator("[data-message]").first).to_be_focused()


async def test_a_lost_connection_comes_back_and_sends_what_waited(
    visit: Open, bot: Bot, telegram: LocalTelegram, giulia: Person
) -> None:
    giulia.send_text(giulia.private_chat, "ciao")
    await bot.hears("message")
    down = False
    lines: list[WebSocketRoute] = []

    async def line(route: WebSocketRoute) -> None:
        if down:
            await route.close()
            return
        route.connect_to_server()
        lines.append(route)

    page = await visit(giulia)
    await page.route_web_socket("**/page/ws", line)
    await page.reload()
    await expect(last(page)).to_contain_text("ciao")
    down = True
    await lines[-1].close()
    banner = page.get_by_text("Connessione…", exact=True)
    await expect(banner).to_be_visible()
    await write(page, "scritto senza rete")
    await expect(page.locator("#waiting")).to_contain_text("scritto senza rete")
    await expect(banner).to_be_visible()
    down = False
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(banner).to_be_hidden()
    await expect(last(page)).to_contain_text("scritto senza rete")
    await expect(page.locator("#waiting")).to_be_empty()
    assert texts(telegram, giulia) == ["ciao", "scritto senza rete"]
