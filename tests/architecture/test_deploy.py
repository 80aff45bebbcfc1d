"""The files of deploy/ hold together: systemd takes the units, paths are the same."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("sportello*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("sportello*.timer"))
_MOST_EXPOSED = 2.5
_NEEDS_SYSTEMD = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analyze(*arguments: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *arguments], check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@_NEEDS_SYSTEMD
@pytest.mark.parametrize("unit", [*UNITS, *TIMERS], ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    """With a program that is there, in the place of the one that would be installed."""
    for each in (*UNITS, *TIMERS):
        text = each.read_text(encoding="utf-8")
        (tmp_path / each.name).write_text(
            text.replace("/opt/sportello/venv/bin/sportello", "/bin/true"), encoding="utf-8"
        )
    assert not analyze("verify", "--man=no", str(tmp_path / unit.name)).strip()


@_NEEDS_SYSTEMD
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_units_are_hardened(unit: Path) -> None:
    said = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level.*: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= _MOST_EXPOSED


def test_the_same_paths_stand_everywhere() -> None:
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        for path in ("/opt/sportello/venv/bin/sportello", "/etc/sportello/sportello.env"):
            assert path in text
            assert path in guide
    for file in (DEPLOY / "systemd").iterdir():
        if file.suffix in {".service", ".timer"}:
            continue
        assert file.name in guide, f"{file.name} is not told of"


def test_the_proxies_pass_the_path_on_unchanged() -> None:
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    assert re.search(r"proxy_pass http://[\d.:]+;", nginx), "a path behind the address replaces it"
