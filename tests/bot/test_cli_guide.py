"""The operating guide, followed from an empty folder to the first reading, a day, and a backup."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bot.demo.mailbox import Mailbox
from bot.demo.sample import Customer, write_sample
from bot.local_telegram import Chat, LocalTelegram
from bot.settings import Settings
from storage.vault import Vault

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which a condition that never comes true fails the test."""


def typed(chapter: int) -> list[list[str]]:
    """The commands of a chapter, without what follows ``#`` or ``&&``."""
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    words = guide.partition(f"\n## {chapter}. ")[2].partition(f"\n## {chapter + 1}. ")[0]
    lines = re.findall(r"^ *sportello (.*?)(?:  #.*| &&.*)?$", words, re.MULTILINE)
    return [shlex.split(line) for line in lines]


class Operator:
    """Types commands in one folder, with the settings of its ``.env``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **{k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields},
            "PYTHONPATH": str(ROOT),
        }

    async def start(self, arguments: list[str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self._folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def types(self, arguments: list[str], **instead: str) -> str:
        """What a command says; it must end with 0. Words of the guide are replaced as given."""
        process = await self.start([instead.get(word, word) for word in arguments])
        said, _ = await process.communicate()
        assert process.returncode == 0, f"{arguments}: {said.decode()}"
        return said.decode()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """`sportello run` beside what is typed meanwhile."""
        process = await self.start(["run"])
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            said, _ = await process.communicate()
            sys.stdout.write(said.decode())  # shown where the test fails


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(now=lambda: datetime.now(UTC)) as served:
        yield served


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with Mailbox(now=lambda: datetime.now(UTC)) as listening:
        yield listening


async def until(true: Callable[[], object]) -> None:
    """Returns as soon as *true* holds."""
    # What is waited for happens in another process: nothing here could set an event.
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_from_an_empty_folder_to_a_backup(
    telegram: LocalTelegram, mailbox: Mailbox, tmp_path: Path
) -> None:
    sample = write_sample(tmp_path / "company", datetime.now(UTC))
    office = tmp_path / "office"
    office.mkdir()
    operator = Operator(office)
    smtp = mailbox.smtp
    values = {
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.api_url,
        "ENCRYPTION_KEY": Vault.new_key(),
        "SMTP_URL": f"smtp://{smtp.host}:{smtp.port}",
        "MAIL_FROM": "Sportello <sportello@example.it>",
    }
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in values.items():
        text, made = re.subn(rf"^(# )?{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert made == 1, name
    (office / ".env").write_text(text, encoding="utf-8")

    upgrade, check, take = typed(2)
    assert "The database is now at" in await operator.types(upgrade)
    assert "failed" not in await operator.types(check)
    said = await operator.types(take, **{"/srv/from-company/": str(sample.folder)})
    assert "clienti.csv: taken (8 new)" in said

    customer = sample.people[0].role.customers[0]
    home = customer.points[0]
    async with operator.serving():
        await first_reading(telegram, mailbox, operator, customer)
        (file,) = (office / "data" / "exports").glob("autoletture_*.csv")
        header, reading = file.read_text(encoding="utf-8").splitlines()
        row = dict(zip(header.split(";"), reading.split(";"), strict=True))
        assert (row["punto"], row["contatore"]) == (home.code, "45000")

        (office / "esiti.csv").write_text(
            f"punto;data;esito;note\n{home.code};{row['data']};V;\n", encoding="utf-8"
        )
        again, outcomes, stats, review = typed(5)
        said = await operator.types(again, **{"/srv/from-company/": str(sample.folder)})
        assert "clienti.csv: unchanged (8 as before)" in said
        assert "taken" in await operator.types(outcomes)
        assert "self-readings" in await operator.types(stats)
        await operator.types(review)
        backup, restore, check = typed(15)
        await operator.types(backup, **{backup[1]: str(tmp_path / "all.zip")})

    (office / "data").rename(office / "data.broken")
    assert "Restored" in await operator.types(restore, **{restore[-1]: str(tmp_path / "all.zip")})
    assert "failed" not in await operator.types(check)


async def first_reading(
    telegram: LocalTelegram, mailbox: Mailbox, operator: Operator, customer: Customer
) -> None:
    """A customer is linked and sends a reading, which is acquired."""
    giulia = telegram.add_person("Giulia", language_code="it")
    chat = giulia.private_chat
    for words, expected in (
        (f"/start c{customer.code}", "codice fiscale"),
        (customer.tax_id, "È questa la fornitura?"),
    ):
        giulia.send_text(chat, words)
        await until(partial(has_said, telegram, chat, expected))
    giulia.tap_button(chat, "Conferma")
    await until(lambda: mailbox.letters)
    code = re.search(r"(?m)^\s*([0-9]{6})\s*$", mailbox.letters[0].text)
    assert code is not None
    giulia.send_text(chat, code[1])
    await until(lambda: "punti di fornitura" in newest(telegram, chat))
    giulia.send_text(chat, "/autolettura")
    await until(lambda: "Per quale punto" in newest(telegram, chat))
    giulia.tap_button(chat, next(each for each in labels(telegram, chat) if "Savio" in each))
    await until(lambda: "Lettura contatore" in newest(telegram, chat))
    giulia.send_text(chat, "45.000")
    await until(lambda: "Salva" in labels(telegram, chat))
    giulia.tap_button(chat, "Salva")
    await until(lambda: "Da acquisire" in newest(telegram, chat))
    assert "1 readings" in await operator.types(["acquire"])
    await until(lambda: "Acquisita" in newest(telegram, chat))


def has_said(telegram: LocalTelegram, chat: Chat, words: str) -> bool:
    """Whether the bot has said that since the customer wrote last."""
    return words in newest(telegram, chat)


def newest(telegram: LocalTelegram, chat: Chat) -> str:
    """What the bot has said since the customer wrote last."""
    said: list[str] = []
    for message in telegram.messages(chat):
        said = [*said, str(message.get("text") or message.get("caption"))]
        if not message["from"]["is_bot"]:
            said = []
    return "\n".join(said)


def labels(telegram: LocalTelegram, chat: Chat) -> list[str]:
    """The buttons under the newest message."""
    rows = telegram.messages(chat)[-1].get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row if "text" in button]
