"""`sportello qr`: the picture holds the link, module by module, in both forms."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import segno
from click.testing import CliRunner, Result
from PIL import Image
from pypdf import PdfReader

from bot.cli import main
from bot.demo.sample import CUSTOMERS, write_sample
from bot.local_telegram import LocalTelegram
from bot.qr import characters_of, invoice_link, picture_of
from tests.support.process import sportello as in_a_process

pytestmark = pytest.mark.usefixtures("bare")

LINK = "https://t.me/luce_e_gas_prova_bot?start=c028680"
BORDER = 4

Modules = list[list[bool]]


def sportello(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["qr", *(str(argument) for argument in arguments)])


def expected(link: str, border: int = BORDER) -> Modules:
    """The modules of the code, dark ones true, with the quiet zone."""
    code = segno.make(link, error="m", micro=False)
    return [[bool(module & 1) for module in row] for row in code.matrix_iter(border=border)]


def of_png(content: bytes, scale: int) -> Modules:
    with Image.open(io.BytesIO(content)) as image:
        grey = image.convert("L")
        modules = grey.width // scale
        assert grey.size == (modules * scale, modules * scale)
        middle = scale // 2
        return [
            [grey.getpixel((x * scale + middle, y * scale + middle)) == 0 for x in range(modules)]
            for y in range(modules)
        ]


def of_svg(content: bytes, scale: int) -> Modules:
    root = ET.fromstring(content)  # noqa: S314 - drawn a moment ago
    modules = int(root.attrib["width"]) // scale
    dark = [[False] * modules for _ in range(modules)]
    drawn = [
        path for path in root.iter("{http://www.w3.org/2000/svg}path") if "stroke" in path.attrib
    ]
    x = y = 0.0
    for command, first, second in re.findall(
        r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", drawn[0].attrib["d"]
    ):
        if command == "h":
            for step in range(int(first)):
                dark[int(y)][int(x) + step] = True
            x += int(first)
        elif command == "M":
            x, y = float(first), float(second)
        else:
            x, y = x + float(first), y + float(second)
    return dark


def test_a_png_holds_the_link(tmp_path: Path) -> None:
    out = tmp_path / "028680.png"
    result = sportello("028680", "--bot", "luce_e_gas_prova_bot", "--out", out)
    assert result.exit_code == 0, result.output
    assert LINK in result.stdout
    assert of_png(out.read_bytes(), 10) == expected(LINK)
    assert of_png(out.read_bytes(), 10) != expected(LINK.replace("80", "81"))


def test_an_svg_holds_the_link(bare: Path) -> None:
    out = bare / "028680.SVG"
    result = sportello("028680", "--bot", "@luce_e_gas_prova_bot", "--out", out, "--scale", "3")
    assert result.exit_code == 0, result.output
    assert of_svg(out.read_bytes(), 3) == expected(LINK)
    assert [path.name for path in bare.iterdir()] == ["028680.SVG"]


def test_without_a_file_it_is_shown() -> None:
    result = sportello("028680", "--bot", "luce_e_gas_prova_bot")
    assert result.exit_code == 0
    assert characters_of(LINK) in result.stdout
    assert result.stdout.splitlines()[-1] == LINK


def test_the_modules_are_as_large_as_asked() -> None:
    assert of_png(picture_of(LINK, scale=3), 3) == expected(LINK)
    assert of_png(picture_of(LINK, scale=1, border=1), 1) == expected(LINK, border=1)


@pytest.mark.parametrize("code", ["02868", "0286801", "02868a", "028 680", "", "٠٢٨٦٨٠", "c28680"])
def test_a_code_of_another_form_is_refused(code: str, bare: Path) -> None:
    result = sportello(code, "--bot", "luce_e_gas_prova_bot", "--out", bare / "x.png")
    assert result.exit_code == 1
    assert result.stderr == "Error: expected a customer's code: six digits\n"
    assert list(bare.iterdir()) == []


@pytest.mark.parametrize("bot", ["abc", "a" * 33, "due parole", "luce-bot", "9bot", "a/b?c=d"])
def test_a_name_of_another_form_is_refused(bot: str) -> None:
    result = sportello("028680", "--bot", bot)
    assert result.exit_code == 1
    assert "expected the bot's user name" in result.stderr


def test_another_kind_of_picture_is_wrong_use(tmp_path: Path) -> None:
    result = sportello("028680", "--bot", "luce_bot", "--out", tmp_path / "x.jpg")
    assert result.exit_code == 2
    assert "expected .png or .svg" in result.stderr


def test_without_a_name_or_a_token_it_says_so() -> None:
    result = sportello("028680")
    assert result.exit_code == 1
    assert "say --bot NAME" in result.stderr


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("")
    result = sportello("028680", "--bot", "luce_bot", "--out", tmp_path / "letter" / "x.png")
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert "Traceback" not in result.output


async def test_telegram_knows_the_bots_name(tmp_path: Path) -> None:
    async with LocalTelegram(now=lambda: datetime.now(UTC), bot_username="prova_bot") as telegram:
        settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.api_url}
        code, said, errors = await in_a_process(settings, tmp_path, "qr", "028680")
        assert code == 0, errors
        assert said.splitlines()[-1] == "https://t.me/prova_bot?start=c028680"
        wrong = settings | {"TELEGRAM_TOKEN": "1:AAEanothertoken"}
        code, _, errors = await in_a_process(wrong, tmp_path, "qr", "028680")
        assert code == 1
        assert "Telegram refuses TELEGRAM_TOKEN" in errors
    code, _, errors = await in_a_process(settings, tmp_path, "qr", "028680")
    assert code == 1
    assert "say --bot NAME" in errors
    assert telegram.token not in errors


def test_the_sample_invoices_carry_it(tmp_path: Path) -> None:
    sample = write_sample(tmp_path, datetime.now(UTC), bot_username="prova_bot")
    invoice = sample.people[0].invoice
    assert invoice is not None
    link = invoice_link("prova_bot", sample.people[0].role.customers[0].code)
    pictures = [image.data for image in PdfReader(invoice).pages[0].images]
    assert any(of_png(picture, 8) == expected(link, border=1) for picture in pictures)
    assert {len(customer.code) for customer in CUSTOMERS} == {6}
