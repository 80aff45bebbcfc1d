"""Runs commands of ``sportello`` in forked processes, which saves their imports.

Imports take two seconds of CPU per process. A server does them once, and forks a process for each
command, with its own environment, folder, output and signals. ``tests/bot/test_cli_run.py`` starts
the real command.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_IMPORTED = ("bot.application", "bot.cli", "bot.commands.runtime", "uvloop")


class ForkedProcess:
    """One command; like ``asyncio.subprocess.Process``, as far as tests need it."""

    def __init__(
        self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._watching = asyncio.create_task(self._watch(reader, writer))

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        await asyncio.shield(self._watching)
        assert self.returncode is not None
        return self.returncode

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.returncode = int(await reader.readline())
        writer.close()


async def fork(
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path,
    out: Path,
    errors: Path,
    guarded: bool = True,
) -> ForkedProcess:
    """Start ``sportello`` with *arguments*.

    Args:
        environment: all of it; nothing is inherited.
        folder: the current folder.
        out: the file to which standard output is appended.
        errors: the file to which standard error is appended.
        guarded: whether flooding chats are limited, as in production.
    """
    order = {
        "arguments": arguments,
        "environment": dict(environment),
        "folder": str(folder),
        "out": str(out),
        "errors": str(errors),
        "guarded": guarded,
    }
    reader, writer = await asyncio.open_unix_connection(_server())
    writer.write(json.dumps(order).encode() + b"\n")
    return ForkedProcess(int(await reader.readline()), reader, writer)


@cache
def _server() -> str:
    """The socket of this test process's own server, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="sportello-fork-")
    address = f"{folder.name}/socket"
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, address],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"

    def end() -> None:
        with server:
            pass  # which closes its standard input, and waits
        folder.cleanup()

    atexit.register(end)
    return address


# -- the server --


def _serve(address: str) -> dict[str, Any]:
    """Fork for each connection until standard input ends; returns the request in each fork."""
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # keeps the garbage collector of a fork from copying every page
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        os.write(1, b"ready\n")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([listener.fileno(), 0], [], [])
            if 0 in ready:
                os._exit(0)
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile("rb") as file:
        order: dict[str, Any] = json.loads(file.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        return order
    with contextlib.suppress(OSError):  # the client may be gone
        connection.sendall(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _begin(order: dict[str, Any]) -> None:
    """Set this process up as a shell would for the command."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for stream, path in ((1, order["out"]), (2, order["errors"])):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, stream)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if not order["guarded"]:
        from bot.counter.flood import FloodGuard

        defaults = FloodGuard.__init__.__kwdefaults__
        assert defaults is not None
        defaults["burst"] = 10**6
    sys.argv = ["sportello", *order["arguments"]]


if __name__ == "__main__":
    _begin(_serve(sys.argv[1]))
    from bot.cli import main

    main()
