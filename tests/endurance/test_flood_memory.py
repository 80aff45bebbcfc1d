"""A flood that comes all at once costs the bot hardly any memory; `make flood` is the full size."""

import pytest

from benchmarks.flood_memory import measure

MOST_GROWTH_MIB = 48
"""A few buffers' worth, however many updates there are: ``docs/trust.md`` has the full run."""


@pytest.mark.parametrize("updates", [600, pytest.param(6_000, marks=pytest.mark.long)])
async def test_a_flood_is_kept_on_disk_and_not_in_memory(updates: int) -> None:
    result = await measure(updates, chats=5)
    assert result.growth_mib < MOST_GROWTH_MIB
    assert result.visitor_was_first  # who comes in the middle of it does not wait for its end
    assert 0 < result.answers <= updates
