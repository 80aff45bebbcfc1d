"""``sportello run`` and ``sportello demo``: run the bot."""

from typing import TYPE_CHECKING

import click

from bot.commands.runtime import Refusal, work, work_alone

if TYPE_CHECKING:
    from bot.settings import Settings

_PORT = 8642
_LAST_PORT = 65_535


@click.command(epilog="Example: sportello run")
def run() -> None:
    """Serves Telegram, with the scheduler, until it is told to stop.

    By polling; by webhook where WEBHOOK_URL is set. Stops cleanly on SIGINT and SIGTERM.
    """
    work(_run)


async def _run(settings: "Settings") -> None:
    settings.check_for_run()
    settings.make_folders()
    from bot.application import serve  # noqa: PLC0415

    await serve(settings)


@click.command(epilog="Example: sportello demo --port 9000")
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=_PORT,
    show_default=True,
    help="Where the chat page is served, on this machine only; 0 for any free port.",
)
@click.option("--open/--no-open", "open_page", default=True, help="Open the page in the browser.")
def demo(port: int, open_page: bool) -> None:
    """Runs the whole service on a local Telegram, with a sample supplier and a mailbox.

    Needs no token and no network. Its data is in a temporary folder, which is removed when the demo
    ends.
    """
    try:
        from bot.demo.runner import serve_demo  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Refusal(
            f"the demo needs {error.name}, which serving does not: pip install 'sportello[demo]'"
        ) from None

    work_alone(lambda: serve_demo(port, open_page=open_page))
