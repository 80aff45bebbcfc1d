"""Calls the ``sportello`` command within the test's process."""

from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import main
from storage.vault import Vault

KEY = Vault.new_key()
"""The ENCRYPTION_KEY of the fixture ``workplace``."""


def sportello(*arguments: str | int | Path, types: str | None = None) -> Result:
    """The result of a command; *types* is its input."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=types)


def refused(result: Result) -> str:
    """The error message of a refused command: on standard error, without a traceback."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stderr
    assert "Traceback" not in result.output
    return result.stderr
