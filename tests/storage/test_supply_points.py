"""Points through the eyes of a chat."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from storage.engine import Store
from storage.models import Access, SelfReadingKind
from tests.support.factories import add_customer, add_gas_point, link_chat

NOW = datetime(2026, 2, 10, 9, tzinfo=UTC)
TODAY = NOW.date()
CHAT = 7
SINCE = date(2020, 1, 1)
SUPPLIED = {"since": SINCE, "until": None}
LAST_DAY = {"since": SINCE, "until": date(2026, 2, 11)}
ENDED = {"since": SINCE, "until": TODAY}
TO_COME = {"since": date(2026, 2, 11), "until": None}
ONLY_MEASURED = {"since": SINCE, "self_reading": SelfReadingKind.NONE}


@pytest.mark.parametrize(
    ("points", "access", "expected"),
    [
        ([], Access.FULL, 0),
        ([SUPPLIED, LAST_DAY, ENDED, TO_COME, ONLY_MEASURED], Access.FULL, 2),
        ([SUPPLIED, LAST_DAY], Access.VIEW, 0),
        ([ENDED, TO_COME, ONLY_MEASURED], Access.FULL, 2),
    ],
    ids=["none", "those supplied", "a guest who looks", "none supplied"],
)
async def test_how_many_points_a_chat_may_read(
    store: Store, points: Sequence[dict[str, object]], access: Access, expected: int
) -> None:
    customer = await add_customer(store)
    await link_chat(store, CHAT, customer, NOW, access)
    for number, values in enumerate(points):
        await add_gas_point(store, customer, code=f"1544130000{number:04}", **values)
    stranger = await add_customer(store, "028681")
    await add_gas_point(store, stranger, code="15441300009999")
    async with store.reading() as unit:
        assert await unit.supply_points.count_readable(CHAT, TODAY) == expected
