"""Takes the pictures of ``docs/come-si-usa.md`` from the demo: ``make pictures``.

A customer links a supply, sends a reading, looks at invoices and at what was used, and writes to
the company, on the page as a telephone shows it. Needs Chromium, as the tests of the page do, and a
font with emoji (Debian's ``fonts-noto-color-emoji``).
"""

import asyncio
import csv
import io
import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.demo.runner import Demo, running_demo
from bot.demo.sample import Customer
from tests.demo.test_chat_page import ARGUMENTS, CHROMIUM, PATIENCE, last, log, write

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "come-si-usa"
NAMES = (
    "1-avvia",
    "2-codice-cliente",
    "3-conferma",
    "4-collegato",
    "5-numero",
    "6-inviata",
    "7-fatture",
    "8-consumi",
    "9-assistenza",
)
"""The pictures, in the order in which they are taken and stand on the page."""

LARGEST = 150_000
"""Bytes of a picture: the page is read over a telephone's connection."""

_WHO = "Marco"
_PHONE = {"width": 390, "height": 760}
_TALL = 1000
"""For a chart with its words and buttons."""
_COLOURS = 96
_ONLY_TELEGRAM = "#notices, .panel-toggle { display: none !important }"
"""Without what the demo adds to the page."""


async def take_all(to: Path) -> None:
    """Takes all of them anew, into the folder *to*."""
    with TemporaryDirectory() as folder:
        async with (
            running_demo(Path(folder), interval=timedelta(days=1)) as demo,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            await _take_all(demo, await _opened(browser, demo), to)
            await browser.close()


async def _opened(browser: Browser, demo: Demo) -> Page:
    context = await browser.new_context(
        viewport=_PHONE,  # type: ignore[arg-type]
        device_scale_factor=1.5,
        reduced_motion="reduce",
        locale="it-IT",
        bypass_csp=True,  # for the style that hides what is not Telegram's
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{demo.url}?person={demo.people[_WHO].id}")
    return page


async def _take_all(demo: Demo, page: Page, to: Path) -> None:
    paths = (to / f"{name}.png" for name in NAMES)
    await page.add_style_tag(content=_ONLY_TELEGRAM)
    role = next(each.role for each in demo.sample.people if each.role.first_name == _WHO)
    await _link(demo, page, role.customers[0], paths)
    await _send_reading(demo, page, role.customers[0], paths)
    await _look_around(page, paths)


async def _link(demo: Demo, page: Page, customer: Customer, paths: Iterator[Path]) -> None:
    await expect(page.get_by_role("button", name="Avvia")).to_be_visible()
    await _take(page, next(paths))

    await page.get_by_role("button", name="Avvia").click()
    await last(page).get_by_role("button", name="Collega la fornitura").click()
    await expect(log(page).locator("img").last).to_be_visible()
    await _take(page, next(paths))

    await write(page, customer.code)
    await expect(last(page)).to_contain_text("codice fiscale")
    await write(page, customer.tax_id)
    await expect(last(page).get_by_role("button", name="Conferma")).to_be_visible()
    await _take(page, next(paths))

    await last(page).get_by_role("button", name="Conferma").click()
    await expect(last(page).get_by_role("button", name="Rimanda il codice")).to_be_visible()
    found = re.search(r"(?m)^\s*([0-9]{6})\s*$", demo.mailbox.letters[0].text)
    if found is None:
        raise RuntimeError("the mail has no code")
    await write(page, found[1])
    await expect(last(page)).to_contain_text("Collegato")
    await expect(page.get_by_role("group", name="Tastiera del bot")).to_be_visible()
    await _take(page, next(paths))


async def _send_reading(demo: Demo, page: Page, customer: Customer, paths: Iterator[Path]) -> None:
    await page.get_by_role("button", name="Nascondi la tastiera del bot").click()
    gas = next(point for point in customer.points if point.meter_serial)
    await write(page, str(_next_number(demo.sample.folder / "letture.csv", gas.code)))
    await expect(last(page).get_by_role("button", name="Salva")).to_be_visible()
    await _take(page, next(paths))
    await last(page).get_by_role("button", name="Salva").click()
    await expect(log(page)).to_contain_text("Da acquisire")
    await _take(page, next(paths))


async def _look_around(page: Page, paths: Iterator[Path]) -> None:
    await write(page, "/fatture")
    await expect(last(page)).to_contain_text("€")
    await _take(page, next(paths))

    await write(page, "/prelievi")
    # The customer has electricity too, and may be asked which of the two.
    choice = last(page).locator(".inline-button")
    await expect(choice.first).to_be_visible()
    if not await last(page).locator("img").count():
        await choice.first.click()
    await expect(last(page).locator("img")).to_be_visible()
    await page.set_viewport_size({"width": _PHONE["width"], "height": _TALL})
    await _take(page, next(paths))
    await page.set_viewport_size({"width": _PHONE["width"], "height": _PHONE["height"]})

    await write(page, "/assistenza")
    await last(page).locator(".inline-button").first.click()
    await expect(last(page)).to_contain_text("racconta", ignore_case=True)
    await write(page, "Quando arriva la prossima bolletta?")
    await last(page).get_by_role("button", name=re.compile("Fatto|Invia")).click()
    await expect(last(page).get_by_role("button", name="Invia")).to_be_visible()
    await _take(page, next(paths))


def _next_number(table: Path, point: str) -> int:
    """What the meter may show now: as much more as between the last two readings of the company."""
    rows: list[tuple[date, int]] = []
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["punto"] == point and row["tipo"] != "stimata":
                day = datetime.strptime(row["data"], "%d/%m/%Y").date()  # noqa: DTZ007
                rows.append((day, int(row["contatore"])))
    (_, before), (_, newest) = sorted(rows)[-2:]
    return 2 * newest - before


async def _take(page: Page, path: Path) -> None:
    """Keeps what the page shows, once it stands still, in few colours: a picture of words."""
    await page.wait_for_load_state("networkidle")
    await page.evaluate("document.fonts.ready")
    await page.evaluate("document.activeElement?.blur()")
    shown = await page.screenshot(animations="disabled")
    with Image.open(io.BytesIO(shown)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("no browser: install chromium (or google-chrome) to take the pictures")
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(FOLDER))
