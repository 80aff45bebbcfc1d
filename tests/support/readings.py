"""Queries for dialogues about readings."""

from sqlalchemy import select

from storage.engine import Store
from storage.models import Reading, ReadingSource, ReadingState, SupplyPoint
from tests.support.chat import ChatDriver


async def points_of(store: Store, chat: ChatDriver) -> list[SupplyPoint]:
    """The points of a chat, in the order of its lists."""
    async with store.reading() as unit:
        return await unit.supply_points.of_chat(chat.id)


async def point_of(store: Store, chat: ChatDriver) -> SupplyPoint:
    """The only point of a chat."""
    (point,) = await points_of(store, chat)
    return point


async def self_readings(store: Store) -> list[Reading]:
    """Every self-reading, also cancelled ones, in the order of submission."""
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(Reading).where(Reading.source == ReadingSource.SELF).order_by(Reading.id)
        )
        return list(found)


async def live_readings(store: Store) -> list[tuple[int, int | None]]:
    """Meter and corrector of the self-readings that are not cancelled."""
    return [
        (reading.meter, reading.corrector)
        for reading in await self_readings(store)
        if reading.state is not ReadingState.CANCELLED
    ]


async def reads(chat: ChatDriver, number: str) -> None:
    """Submit a reading that raises no question, without checking the answers."""
    await chat.sends("/autolettura")
    await chat.sends(number)
    await chat.taps("Salva")
    chat.skip()
