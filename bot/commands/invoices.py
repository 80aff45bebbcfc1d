"""``sportello qr``: the code that the company prints on its invoices."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.runtime import Refusal, expected_errors, work

if TYPE_CHECKING:
    from bot.settings import Settings

_LARGEST_SCALE = 100


@click.command(
    epilog="Example: sportello qr 028680 --bot luce_e_gas_prova_bot --out 028680.svg",
)
@click.argument("code", metavar="CODE")
@click.option(
    "--bot",
    "username",
    metavar="NAME",
    help="The bot's user name; without it Telegram is asked, with TELEGRAM_TOKEN.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The picture to write, .png or .svg; without it the code is shown here.",
)
@click.option(
    "--scale",
    type=click.IntRange(1, _LARGEST_SCALE),
    default=10,
    show_default=True,
    help="How large one module is: pixels in a PNG, units in an SVG.",
)
def qr(code: str, username: str | None, out: Path | None, scale: int) -> None:
    """Draws the QR code for the invoices of the customer with that CODE.

    It leads to https://t.me/NAME?start=cCODE: the bot opens, and asks for the tax code at once. The
    link contains nothing that the invoice does not show, and links nobody by itself. A system that
    draws its own codes needs only this link.
    """
    from bot.qr import KINDS, characters_of, invoice_link, picture_of  # noqa: PLC0415
    from storage.exchange.placing import Placement  # noqa: PLC0415

    if out is not None and out.suffix.lower().removeprefix(".") not in KINDS:
        raise click.BadParameter(f"{out.name}: expected .png or .svg", param_hint="--out")
    try:
        invoice_link("any_bot", code)  # checks the code before Telegram is asked
        link = invoice_link(username if username is not None else work(_own_name), code)
    except ValueError as error:
        raise Refusal(str(error)) from None
    if out is None:
        click.echo(characters_of(link))
        click.echo(link)
        return
    kind = out.suffix.lower().removeprefix(".")
    with expected_errors(), Placement(out.parent) as placement:
        placement.open(out.name).write(picture_of(link, kind=kind, scale=scale))
        placement.place()
    click.echo(f"{out}: {link}")


async def _own_name(settings: "Settings") -> str:
    from telegram import Bot  # noqa: PLC0415
    from telegram.error import InvalidToken, TelegramError  # noqa: PLC0415

    if settings.telegram_token is None:
        raise Refusal("TELEGRAM_TOKEN: is missing; set it, or say --bot NAME")
    bot = Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
    )
    try:
        async with bot:
            return bot.username
    except InvalidToken:
        raise
    except TelegramError as error:
        raise Refusal(
            f"Telegram did not say the bot's name ({type(error).__name__}); say --bot NAME"
        ) from None
