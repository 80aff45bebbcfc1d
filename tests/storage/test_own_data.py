"""*Scarica i miei dati*: each row is opened once, and not in the event loop."""

import threading
from datetime import UTC, datetime

import pytest

from storage.engine import Store
from storage.exchange import own_data
from storage.vault import Vault
from tests.support.company_files import ROME
from tests.support.factories import add_customer, add_gas_point, link_chat

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
CHAT = 7


async def opened_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[int, set[str]]:
    """How many sealed values one download opens, and in which threads."""
    opened = 0
    threads: set[str] = set()
    plain = Vault.open

    def counted(vault: Vault, *args: object, **kwargs: object) -> bytes:
        nonlocal opened
        opened += 1
        threads.add(threading.current_thread().name)
        return plain(vault, *args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "open", counted)
        found = await own_data.gather_apart(store, CHAT, now=NOW, zone=ROME)
    assert found is not None
    return opened, threads


async def add(store: Store, count: int, *, first: int) -> None:
    for number in range(first, first + count):
        customer = await add_customer(store, f"{number:06d}")
        await add_gas_point(store, customer)
        await link_chat(store, CHAT, customer, NOW)


async def test_twice_the_condominiums_are_twice_the_work(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(store, 5, first=1)
    five, _ = await opened_for(store, monkeypatch)
    await add(store, 5, first=6)
    ten, threads = await opened_for(store, monkeypatch)
    assert ten - five == five, "what is the same for all would be less, never more"
    assert threading.main_thread().name not in threads


async def test_each_customer_has_their_own_points_and_a_stranger_nothing(store: Store) -> None:
    await add(store, 3, first=1)
    found = await own_data.gather_apart(store, CHAT, now=NOW, zone=ROME)
    assert found is not None
    assert [len(customer["punti"]) for customer in found.data["clienti"]] == [1, 1, 1]
    points = {customer["punti"][0]["punto"] for customer in found.data["clienti"]}
    assert len(points) == 3
    assert await own_data.gather_apart(store, 8, now=NOW, zone=ROME) is None
