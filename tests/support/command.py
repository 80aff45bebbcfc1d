"""The ``sportello`` command, called within the test's own process."""

from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import main
from storage.vault import Vault

KEY = Vault.new_key()
"""What ENCRYPTION_KEY is in the fixture ``workplace``."""


def sportello(*arguments: str | int | Path, types: str | None = None) -> Result:
    """What comes of a command; *types* is what somebody enters."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=types)


def refused(result: Result) -> str:
    """What a refused command said: on standard error, a line each, with no traceback."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stderr
    assert "Traceback" not in result.output
    return result.stderr
