"""A flood that comes all at once costs the bot hardly any memory; `make flood` is the full size."""

import os

from benchmarks.flood_memory import measure

UPDATES = int(os.environ.get("SPORTELLO_ENDURANCE_FLOOD", "1500"))
MOST_GROWTH_MIB = 48
"""A few buffers' worth, however many updates there are: ``docs/trust.md`` has the full run."""


async def test_a_flood_is_kept_on_disk_and_not_in_memory() -> None:
    result = await measure(UPDATES, chats=5)
    assert result.growth_mib < MOST_GROWTH_MIB
    assert result.visitor_was_first  # who comes in the middle of it does not wait for its end
    assert 0 < result.answers <= UPDATES
