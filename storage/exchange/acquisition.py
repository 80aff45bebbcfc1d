"""Hands pending readings over to the company: claims them, writes the files, marks them acquired.

Each of the three steps is durable before the next begins: the claim commits, after which nobody can
cancel; all files are on the disk; the mark commits, together with the customers' notices. After a
crash in between, the acquisition is unfinished; writing its files and its mark again gives the same
bytes under the same names, and each notice once.
"""

import asyncio
import csv
import io
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from storage.engine import Store
from storage.exchange import contacts
from storage.exchange.placing import Placement, remove_stale
from storage.exchange.tal import DATE_FORMAT, TalWriter, file_name
from storage.lock import give_way
from storage.models import Acquisition
from storage.repositories.acquisitions import ClaimedContact, ClaimedReading
from storage.repositories.hours import everybodys_hours
from storage.rules.quiet_hours import NEVER_QUIET, QuietHours

COLUMNS = (
    "punto",
    "matricola_contatore",
    "data",
    "contatore",
    "matricola_correttore",
    "correttore",
    "acquisita_il",
)
_AT_ONCE = 1_000
_NONE = (0, 0)
"""The part of an acquisition that holds the changed contact data and no readings."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One acquisition that was completed.

    ``contacts`` is how many changes of contact data it handed over. ``repeated`` says that an
    earlier run had begun it. ``warnings`` are sentences for the operator, with counts, no codes.
    """

    acquisition_id: int
    readings: int
    contacts: int
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class AcquisitionReport:
    """The acquisitions that a run completed, those begun by earlier runs first."""

    handovers: tuple[Handover, ...]

    @property
    def readings(self) -> int:
        """How many readings were handed over."""
        return sum(handover.readings for handover in self.handovers)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should check, over all acquisitions."""
        return tuple(warning for handover in self.handovers for warning in handover.warnings)


async def acquire(
    store: Store,
    *,
    exports: Path,
    company_vat: str | None,
    zone: ZoneInfo,
    now: datetime,
    quiet_hours: QuietHours = NEVER_QUIET,
) -> AcquisitionReport:
    """Complete what earlier runs left unfinished, then hand over everything that is pending.

    Args:
        store: where the readings are.
        exports: the folder for the company's files; created if missing.
        company_vat: the supplier's partita IVA; without it there are no TAL files.
        zone: the zone of the offset in written instants.
        now: the instant of the claim.
        quiet_hours: the default hours in which no notice is sent, for chats that chose none.

    Raises:
        OSError: the files could not be written (a full disk, for example). The claim stays, and
            the next run completes it.
        sqlalchemy.exc.DBAPIError: the database is unavailable; the next run continues as well.
    """
    earlier = await finish_unfinished(
        store, exports=exports, zone=zone, now=now, quiet_hours=quiet_hours
    )
    async with store.unit() as unit:
        acquisition = await unit.acquisitions.claim(company_vat=company_vat, now=now)
        if acquisition is None:
            return earlier
        await unit.commit()
    writing = _Writing(store, exports, zone, quiet_hours)
    handover = await writing.complete(acquisition, now=now, repeated=False)
    return AcquisitionReport((*earlier.handovers, handover))


async def finish_unfinished(
    store: Store,
    *,
    exports: Path,
    zone: ZoneInfo,
    now: datetime,
    quiet_hours: QuietHours = NEVER_QUIET,
) -> AcquisitionReport:
    """Complete the acquisitions that were begun and not ended; claim nothing new.

    Runs at the start of the program and as the first step of ``acquire``; arguments and errors as
    there. Everything the files depend on is stored with the claim, so the bytes are the same.
    """
    async with store.reading() as unit:
        unfinished = await unit.acquisitions.unfinished()
    await asyncio.to_thread(remove_stale, exports, now=time.time())
    writing = _Writing(store, exports, zone, quiet_hours)
    handovers = [
        await writing.complete(acquisition, now=now, repeated=True) for acquisition in unfinished
    ]
    return AcquisitionReport(tuple(handovers))


@dataclass(frozen=True, slots=True)
class _Writing:
    """How the files of an acquisition are written."""

    store: Store
    exports: Path
    zone: ZoneInfo
    quiet_hours: QuietHours

    async def complete(
        self, acquisition: Acquisition, *, now: datetime, repeated: bool
    ) -> Handover:
        """Put the files of *acquisition* in place, then mark its readings."""
        with Placement(self.exports) as placement:
            files = _Files(placement, acquisition, self.zone)
            parts: list[tuple[int, int]] = []
            async with (
                self.store.reading() as unit,
                aclosing(unit.acquisitions.claimed(acquisition.id, at_once=_AT_ONCE)) as chunks,
            ):
                async for chunk in chunks:
                    parts.append((chunk[0].id, chunk[-1].id))
                    await asyncio.to_thread(files.add, chunk)
            async with self.store.reading() as unit:
                changes = await unit.acquisitions.claimed_contacts(acquisition.id)
            if changes:
                await asyncio.to_thread(files.add_contacts, changes)
            paths = await asyncio.to_thread(files.place)
        # In parts, so that other writers never wait long. An interrupted run repeats its part.
        async with self.store.reading() as unit:
            hours = await everybodys_hours(unit.preferences, self.quiet_hours, self.zone)
        for number, part in enumerate(parts or [_NONE], start=1):
            async with self.store.unit() as unit:
                begun = time.perf_counter()
                ends = number >= len(parts)
                await unit.acquisitions.mark(acquisition, part, ends=ends, hours=hours, now=now)
                await unit.commit()
            await give_way(self.store, time.perf_counter() - begun)
        return Handover(
            acquisition_id=acquisition.id,
            readings=files.readings,
            contacts=len(changes),
            files=tuple(paths),
            warnings=files.warnings(),
            repeated=repeated,
        )


@dataclass(slots=True)
class _Files:
    """The files of one acquisition while being written: one CSV, a TAL file per distributor."""

    placement: Placement
    acquisition: Acquisition
    zone: ZoneInfo
    readings: int = 0
    without_distributor: int = 0
    without_serial: int = 0
    _tal: dict[str, TalWriter] = field(default_factory=dict)
    _csv: BinaryIO | None = None

    @property
    def _number(self) -> str:
        return f"{self.acquisition.id:06}"

    def add(self, readings: list[ClaimedReading]) -> None:
        """Write some readings, in the given order."""
        claimed_at = self.acquisition.claimed_at.astimezone(self.zone).isoformat(timespec="seconds")
        text = io.StringIO(newline="")
        table = csv.writer(text, delimiter=";", lineterminator="\n")
        if self._csv is None:
            self._csv = self.placement.open(f"autoletture_{self._number}.csv")
            table.writerow(COLUMNS)
        days = {day: day.strftime(DATE_FORMAT) for day in {reading.day for reading in readings}}
        self.readings += len(readings)
        table.writerows(
            (
                reading.supply_point,
                reading.meter_serial or "",
                days[reading.day],
                reading.meter,
                reading.corrector_serial or "",
                "" if reading.corrector is None else reading.corrector,
                claimed_at,
            )
            for reading in readings
        )
        by_distributor: dict[str, list[ClaimedReading]] = {}
        for reading in readings:
            if (distributor := self._tal_of(reading)) is not None:
                by_distributor.setdefault(distributor, []).append(reading)
        for distributor, its in by_distributor.items():
            self._writer(distributor).add(its)
        self._csv.write(text.getvalue().encode())

    def add_contacts(self, changes: list[ClaimedContact]) -> None:
        """Write the file of changed contact data."""
        file = self.placement.open(contacts.file_name(self._number))
        file.write(contacts.lines(changes, self.zone))

    def place(self) -> list[Path]:
        """Finish every file and put all of them in place."""
        for writer in self._tal.values():
            writer.end()
        return self.placement.place()

    def warnings(self) -> tuple[str, ...]:
        """How many readings are in no TAL file, and why."""
        if not self.readings:
            return ()
        if self.acquisition.company_vat is None:
            return (f"COMPANY_VAT is not set: {_readings(self.readings)} went to the CSV alone",)
        warnings = []
        if self.without_distributor:
            number = _readings(self.without_distributor)
            warnings.append(f"no distributor is known: {number} went to the CSV alone")
        if self.without_serial:
            number = _readings(self.without_serial)
            warnings.append(f"no meter serial is known: {number} went to the CSV alone")
        return tuple(warnings)

    def _tal_of(self, reading: ClaimedReading) -> str | None:
        """The distributor whose TAL file this reading goes into, if any."""
        if self.acquisition.company_vat is None:
            return None
        if reading.distributor is None or not reading.supply_point.isdigit():
            self.without_distributor += 1
            return None
        if reading.meter_serial is None:
            self.without_serial += 1  # the TAL flow requires the meter's serial number
            return None
        return reading.distributor

    def _writer(self, distributor: str) -> TalWriter:
        writer = self._tal.get(distributor)
        if writer is None:
            company_vat = self.acquisition.company_vat or ""
            name = file_name(company_vat, distributor, self._number)
            writer = self._tal[distributor] = TalWriter(
                self.placement.open(name), company_vat=company_vat, distributor=distributor
            )
        return writer


def _readings(number: int) -> str:
    return "one reading" if number == 1 else f"{number} readings"
