"""The demo, clicked through: a customer writes to the staff, who answer in their group."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import select

from bot.demo.runner import Demo, running_demo
from storage.models import Access, Customer, Proof
from tests.demo.test_chat_page import ARGUMENTS, CHROMIUM, DESKTOP, PATIENCE, last, log, write

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no browser: install chromium (or google-chrome) to try the chat page"
)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A demo in which Giulia is linked already."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    async with running_demo(tmp_path, interval=timedelta(days=1)) as running:
        giulia, now = running.people["Giulia"], running.service.clock.now()
        code = running.sample.people[0].role.customers[0].code
        async with running.service.store.unit() as unit:
            customer = await unit.session.scalar(select(Customer).where(Customer.code == code))
            assert customer is not None
            await unit.chats.meet(giulia.id, now=now)
            await unit.chats.link(
                giulia.id, customer.id, access=Access.FULL, proof=Proof.MAILED_CODE, now=now
            )
            await unit.commit()
        giulia.send_text(giulia.private_chat, "/menu")
        yield running
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The chat page as Giulia; no script of it may fail."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(
            viewport=DESKTOP,  # type: ignore[arg-type]
            locale="it-IT",
            reduced_motion="reduce",
        )
        opened.set_default_timeout(PATIENCE)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(f"{demo.url}?person={demo.people['Giulia'].id}")
        await expect(log(opened)).to_contain_text("Cosa serve?")
        yield opened
        await browser.close()
    assert complaints == []


async def become(page: Page, name: str) -> None:
    await page.locator("#people").get_by_role("button", name=name).click()


async def test_a_ticket_goes_to_the_staff_and_the_answer_comes_back(page: Page) -> None:
    await write(page, "/assistenza")
    await last(page).get_by_role("button", name="Bolletta o pagamento").click()
    await expect(last(page)).to_contain_text("Ora racconta")
    await write(page, "La fattura di gennaio mi sembra doppia")
    await expect(last(page)).to_contain_text("Non ancora inviata")
    await last(page).get_by_role("button", name="Fatto").click()
    await expect(last(page)).to_contain_text("Riepilogo")
    await last(page).get_by_role("button", name="Invia").click()
    await expect(last(page)).to_contain_text("Richiesta n. 1 inviata")

    await become(page, "Olga")
    await page.locator("#chat-list").get_by_role("button", name="Assistenza").click()
    topic = page.get_by_role("tab", name="n. 1 · Giulia Montanari · Bolletta o pagamento")
    await expect(topic).to_have_attribute("aria-selected", "true")
    await expect(last(page)).to_contain_text("La fattura di gennaio mi sembra doppia")
    await write(page, "// la solita fattura a conguaglio")
    await write(page, "Comprende il conguaglio: è giusta così.")

    await become(page, "Giulia")
    await expect(last(page)).to_contain_text("Risposta alla richiesta n. 1")
    await expect(last(page)).to_contain_text("Comprende il conguaglio: è giusta così.")
    await expect(log(page)).not_to_contain_text("la solita fattura")
    await write(page, "Grazie mille!")
    await expect(last(page)).to_contain_text("Per la richiesta n. 1")
    await last(page).get_by_role("button", name="Invia").click()
    await expect(last(page)).to_contain_text("Aggiunto alla richiesta n. 1")

    await become(page, "Olga")
    await expect(last(page)).to_contain_text("Grazie mille!")
    await write(page, "/chiudi")
    await expect(topic).to_contain_text("chiuso")

    await become(page, "Giulia")
    await expect(last(page)).to_contain_text("è stata chiusa")
    await write(page, "/assistenza")
    await expect(last(page)).to_contain_text("☑️ chiusa")
