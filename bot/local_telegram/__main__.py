"""``python -m bot.local_telegram``: a local Telegram for any bot, with the chat page."""

import asyncio

import click

from bot.local_telegram import LocalTelegram

_PORT = 8081
_LAST_PORT = 65_535
_TOKEN = "123456789:local-telegram-for-development"  # noqa: S105  # worth nothing anywhere else


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=click.IntRange(0, _LAST_PORT), default=_PORT, show_default=True)
@click.option("--token", default=_TOKEN, show_default=True, help="What the bot calls itself with.")
@click.option("--username", default="local_bot", show_default=True, help="The bot's user name.")
@click.option(
    "--person",
    "people",
    multiple=True,
    default=("Anna",),
    show_default=True,
    help="The first name of somebody who writes; may be given several times.",
)
@click.option("--flood/--no-flood", default=False, help="Answer 429 past Telegram's limits.")
def main(port: int, token: str, username: str, people: tuple[str, ...], flood: bool) -> None:
    """Serves a local Telegram on this machine only, until it is interrupted.

    Give the bot the printed address instead of Telegram's, and write to it on the page.
    """
    telegram = LocalTelegram(token=token, bot_username=username)
    for name in people:
        telegram.add_person(name)
    telegram.flood.enabled = flood
    try:
        asyncio.run(_serve(telegram, port))
    except OSError as error:
        raise click.ClickException(f"port {port}: {error.strerror}") from None
    except KeyboardInterrupt:
        click.echo()


async def _serve(telegram: LocalTelegram, port: int) -> None:
    await telegram.serve(port)
    click.echo(f"chat page   {telegram.api_url}/")
    click.echo(f"Bot API     {telegram.api_url}/bot{telegram.token}/METHOD")
    click.echo(f"files       {telegram.api_url}/file/bot{telegram.token}/PATH")
    try:
        await asyncio.Event().wait()
    finally:
        await telegram.close()


if __name__ == "__main__":
    main()
