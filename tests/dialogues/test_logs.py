"""Logs carry ids and reasons, and nothing of what a customer is or wrote."""

import io
import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.logs import set_up_logs
from bot.settings import LogFormat
from conversations import welcome
from storage.engine import Store
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    TAX_CODE,
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
)
from tests.support.post import PostOffice

MARK = "Segretissimo"
MARKS = (MARK, MARK.lower(), TAX_CODE, "segreto@example.it", "45123", "45.123")


@pytest.fixture
def log(counter: Counter) -> Iterator[io.StringIO]:
    """Everything that anybody logs, down to DEBUG, as it is written."""
    stream = io.StringIO()
    set_up_logs(LogFormat.JSON, stream=stream)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(before)
    root.handlers.clear()
    assert counter.telegram.token not in stream.getvalue()


async def test_a_customer_leaves_nothing_in_the_logs(
    counter: Counter, store: Store, clock: MovableClock, post: PostOffice, log: io.StringIO
) -> None:
    customer = await add_customer(
        store, name=f"{MARK} Rossi", address=f"Via {MARK}", email="segreto@example.it"
    )
    point = await add_gas_point(store, customer, address=f"Via {MARK}", contract=MARK)
    await add_open_window(store, clock.now())
    await add_reading(store, point, (clock.now() - timedelta(days=30)).date(), 44_870)
    chat = counter.visitor("Anna")
    post.closed = True
    for text in ("/collega", "028680", TAX_CODE):
        await chat.sends(text)
    await chat.taps("Conferma")
    post.closed = False
    await chat.taps("Riprova")
    await chat.sends("000000")
    await chat.sends(post.letters[0].code)
    for text in ("/autolettura", f"{MARK} 45,5", "45.123"):
        await chat.sends(text)
    await chat.taps("Salva")
    for text in ("/letture", "/dati", f"che ne dite di {MARK}?", f"/{MARK}"):
        await chat.sends(text)
    await counter.service.acquisition.run()
    await counter.service.outbox.run()
    counter.telegram.faults.fail("status", "sendMessage", times=1, status=400)
    await chat.sends(MARK)
    written = log.getvalue()
    assert written, "nothing was logged, so nothing was shown"
    for mark in (*MARKS, post.letters[0].code):
        assert mark not in written, f"{mark} stands in the logs"
    chat.skip()


async def test_a_failure_has_one_number_for_the_customer_and_the_log(
    counter: Counter, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError(f"the words of an error may hold {MARK}")

    monkeypatch.setattr(welcome, "help_view", fail)
    unlucky, other = counter.visitor("Anna"), counter.visitor("Bea")
    await unlucky.sends("/aiuto")
    message = unlucky.sees("Qualcosa è andato storto")
    found = re.search(r"\b[2-9A-Z]{6}\b", message["text"])
    assert found is not None
    assert found[0] in log.getvalue()
    assert MARK not in log.getvalue()
    await other.sends("/start")
    other.sees("Ciao!")
    await unlucky.sends("/start")
    unlucky.sees("Ciao!")
