"""Handing pending readings over: the files, to the byte, and crashes at every instant."""

import asyncio
import errno
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from storage.engine import Store
from storage.exchange import acquisition, placing
from storage.exchange.acquisition import AcquisitionReport
from storage.models import (
    Acquisition,
    OutboxMessage,
    Reading,
    ReadingState,
    SupplyPoint,
)
from storage.repositories.acquisitions import Acquisitions
from storage.unit import Unit
from tests.support.company_files import (
    CORRECTOR,
    CORRECTOR_ROW,
    METER,
    METER_ROW,
    NOW,
    POINTS_HEADER,
    ROME,
    take,
    take_customers_and_points,
)
from tests.support.databases import opened
from tests.support.factories import submit_reading

COMPANY_VAT = "01234567897"
OTHER_DISTRIBUTOR = "12345670017"
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
async def ready(store: Store, tmp_path: Path) -> Store:
    """A store with two gas points of one distributor."""
    await take_customers_and_points(store, tmp_path)
    return store


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "data" / "exports"


submit = partial(submit_reading, day=date(2026, 3, 10), now=NOW)


async def cancel(store: Store, reading: Reading) -> bool:
    async with store.unit() as unit:
        found = await unit.session.get_one(Reading, reading.id)
        cancelled = await unit.readings.cancel(found, now=NOW)
        await unit.commit()
        return cancelled


async def acquire(
    store: Store, exports: Path, *, company_vat: str | None = COMPANY_VAT, now: datetime = NOW
) -> AcquisitionReport:
    return await acquisition.acquire(
        store, exports=exports, company_vat=company_vat, zone=ROME, now=now
    )


async def states(store: Store) -> list[ReadingState]:
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(Reading.state).order_by(Reading.id)))


async def news(store: Store) -> list[tuple[str, int]]:
    async with store.reading() as unit:
        found = await unit.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [(message.kind, message.chat_id) for message in found]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones included."""
    if not folder.exists():
        return {}
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def test_the_files_hold_what_was_pending(ready: Store, exports: Path) -> None:
    await submit(ready, METER, meter=45_000)
    await submit(ready, CORRECTOR, meter=120_000, corrector=900_000)
    report = await acquire(ready, exports)
    (handover,) = report.handovers
    assert (handover.readings, handover.repeated, handover.warnings) == (2, False, ())
    number = f"{handover.acquisition_id:06}"
    tal = f"TAL_0050_{COMPANY_VAT}_00743110157_{number}.xml"
    assert {path.name for path in handover.files} == {f"autoletture_{number}.csv", tal}
    assert contents(exports) == {
        f"autoletture_{number}.csv": (
            b"punto;matricola_contatore;data;contatore;matricola_correttore;correttore;"
            b"acquisita_il\n"
            b"00881234567890;M-100;10/03/2026;45000;;;2026-03-10T10:00:00+01:00\n"
            b"00881234567891;M-200;10/03/2026;120000;K-200;900000;2026-03-10T10:00:00+01:00\n"
        ),
        tal: b"""<?xml version="1.0" encoding="UTF-8"?>
<Prestazione cod_servizio="TAL" cod_flusso="0050">
  <IdentificativiRichiesta>
    <piva_utente>01234567897</piva_utente>
    <piva_distr>00743110157</piva_distr>
  </IdentificativiRichiesta>
  <DatiPdR>
    <cod_pdr>00881234567890</cod_pdr>
    <matr_mis>M-100</matr_mis>
    <data_com_autolet_cf>10/03/2026</data_com_autolet_cf>
    <let_tot_prel>000045000</let_tot_prel>
  </DatiPdR>
  <DatiPdR>
    <cod_pdr>00881234567891</cod_pdr>
    <matr_mis>M-200</matr_mis>
    <matr_conv>K-200</matr_conv>
    <data_com_autolet_cf>10/03/2026</data_com_autolet_cf>
    <let_tot_prel>000120000</let_tot_prel>
    <let_tot_conv>000900000</let_tot_conv>
  </DatiPdR>
</Prestazione>
""",
    }


async def test_readings_are_acquired_and_their_chats_hear_of_it_once(
    ready: Store, exports: Path
) -> None:
    reading = await submit(ready, METER, chat_id=7)
    await submit(ready, CORRECTOR, corrector=1, chat_id=8)
    await acquire(ready, exports)
    assert await states(ready) == [ReadingState.ACQUIRED] * 2
    assert await news(ready) == [("acquired", 7), ("acquired", 8)]
    assert not await cancel(ready, reading)
    assert await states(ready) == [ReadingState.ACQUIRED] * 2


async def test_nothing_pending_makes_no_file_and_uses_no_number(
    ready: Store, exports: Path
) -> None:
    assert (await acquire(ready, exports)).handovers == ()
    cancelled = await submit(ready, METER)
    assert await cancel(ready, cancelled)
    assert (await acquire(ready, exports)).handovers == ()
    assert contents(exports) == {}
    async with ready.reading() as unit:
        assert (await unit.session.scalars(select(Acquisition))).all() == []


async def test_each_acquisition_has_files_of_its_own(ready: Store, exports: Path) -> None:
    await submit(ready, METER)
    (first,) = (await acquire(ready, exports)).handovers
    await submit(ready, METER, day=date(2026, 3, 11))
    (second,) = (await acquire(ready, exports)).handovers
    assert second.acquisition_id > first.acquisition_id
    assert len(contents(exports)) == 4


async def test_each_distributor_has_a_file_of_its_own(
    ready: Store, exports: Path, tmp_path: Path
) -> None:
    other = POINTS_HEADER + CORRECTOR_ROW.replace("00743110157", OTHER_DISTRIBUTOR)
    await take(ready, tmp_path, "punti.csv", other)
    await submit(ready, METER)
    await submit(ready, CORRECTOR, corrector=1)
    (handover,) = (await acquire(ready, exports)).handovers
    found = contents(exports)
    for distributor, code in (("00743110157", METER), (OTHER_DISTRIBUTOR, CORRECTOR)):
        name = f"TAL_0050_{COMPANY_VAT}_{distributor}_{handover.acquisition_id:06}.xml"
        assert found[name].count(b"<DatiPdR>") == 1
        assert code.encode() in found[name]


@pytest.mark.parametrize(
    ("row", "warning"),
    [
        (METER_ROW.replace(";00743110157;", ";;"), "no distributor is known: one reading went"),
        (METER_ROW.replace(";M-100;", ";;"), "no meter serial is known: one reading went"),
    ],
)
async def test_what_a_tal_file_cannot_hold_goes_to_the_csv_alone(
    ready: Store, exports: Path, tmp_path: Path, row: str, warning: str
) -> None:
    await take(ready, tmp_path, "punti.csv", POINTS_HEADER + row)
    await submit(ready, METER)
    report = await acquire(ready, exports)
    assert report.warnings == (f"{warning} to the CSV alone",)
    (name,) = contents(exports)
    assert name.startswith("autoletture_")
    assert await states(ready) == [ReadingState.ACQUIRED]


async def test_without_a_partita_iva_of_the_company_there_is_the_csv_alone(
    ready: Store, exports: Path
) -> None:
    await submit(ready, METER)
    await submit(ready, CORRECTOR, corrector=1)
    report = await acquire(ready, exports, company_vat=None)
    assert report.warnings == ("COMPANY_VAT is not set: 2 readings went to the CSV alone",)
    assert [name[:12] for name in contents(exports)] == ["autoletture_"]


async def test_summer_time_is_in_the_offset(ready: Store, exports: Path) -> None:
    await submit(ready, METER)
    await acquire(ready, exports, now=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    _, csv = contents(exports).values()
    assert csv.endswith(b";2026-07-02T00:30:00+02:00\n")


async def test_signs_that_xml_and_csv_use_are_written_as_such(
    ready: Store, exports: Path, tmp_path: Path
) -> None:
    await take(ready, tmp_path, "punti.csv", POINTS_HEADER + METER_ROW.replace("M-100", "<M&1>"))
    await submit(ready, METER)
    await acquire(ready, exports)
    tal, csv = contents(exports).values()
    assert b"<matr_mis>&lt;M&amp;1&gt;</matr_mis>" in tal
    assert b";<M&1>;" in csv


async def test_many_readings_go_through_several_chunks(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquisition, "_AT_ONCE", 3)
    for day in range(1, 11):
        await submit(ready, METER, day=date(2026, 3, day), meter=day)
    report = await acquire(ready, exports)
    assert report.readings == 10
    tal, csv = contents(exports).values()
    assert [line.split(b";")[3] for line in csv.splitlines()[1:]] == [
        str(day).encode() for day in range(1, 11)
    ]
    assert tal.count(b"<DatiPdR>") == 10
    assert await states(ready) == [ReadingState.ACQUIRED] * 10
    assert await news(ready) == [("acquired", 7)] * 10


async def test_a_mark_that_broke_off_between_two_parts_is_completed(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquisition, "_AT_ONCE", 2)
    for day in range(1, 6):
        await submit(ready, METER, day=date(2026, 3, day), meter=day)
    with monkeypatch.context() as patch:
        faults = Faults(3, CrashError)
        stop_between_marks(patch, faults)
        with pytest.raises(CrashError):
            await acquire(ready, exports)
    files = contents(exports)
    assert await states(ready) == [ReadingState.ACQUIRED] * 2 + [ReadingState.CLAIMED] * 3
    (handover,) = (await acquire(ready, exports, now=LATER)).handovers
    assert (handover.repeated, handover.readings) == (True, 5)
    assert contents(exports) == files
    assert await states(ready) == [ReadingState.ACQUIRED] * 5
    assert await news(ready) == [("acquired", 7)] * 5


# --- crashes ----------------------------------------------------------------------------------


class CrashError(BaseException):
    """The process dies here: nothing in the program may catch it and tidy up."""


class Faults:
    """Counts the instants at which a run can be stopped, and stops it at one of them."""

    def __init__(self, stop_at: int, error: Callable[[], BaseException]) -> None:
        self.stop_at = stop_at
        self.error = error
        self.passed: list[str] = []

    def instant(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self.stop_at:
            raise self.error()


def lay_faults(monkeypatch: pytest.MonkeyPatch, faults: Faults) -> None:
    """Stops before and after everything that a run leaves on the disk or in the database."""

    def around(target: Any, name: str) -> None:
        function = getattr(target, name)

        def stopping(*args: Any) -> Any:
            faults.instant(f"before {name}")
            result = function(*args)
            faults.instant(f"after {name}")
            return result

        monkeypatch.setattr(target, name, stopping)

    def around_async(target: Any, name: str) -> None:
        function: Callable[..., Awaitable[Any]] = getattr(target, name)

        async def stopping(*args: Any, **kwargs: Any) -> Any:
            faults.instant(f"before {name}")
            result = await function(*args, **kwargs)
            faults.instant(f"after {name}")
            return result

        monkeypatch.setattr(target, name, stopping)

    around(os, "replace")
    around(os, "fsync")
    around(placing.Placement, "open")
    around_async(Acquisitions, "claim")
    around_async(Acquisitions, "mark")
    around_async(Unit, "commit")


def stop_between_marks(monkeypatch: pytest.MonkeyPatch, faults: Faults) -> None:
    mark = Acquisitions.mark

    async def stopping(*args: Any, **kwargs: Any) -> int:
        faults.instant("before mark")
        marked = await mark(*args, **kwargs)
        faults.instant("after mark")
        return marked

    monkeypatch.setattr(Acquisitions, "mark", stopping)


INSTANTS = 2 * sum((1 + 1, 1 + 1, 2, 2 + 1, 2))
"""Claim and its commit, mark and its commit, two files opened, flushed with the folder, renamed."""


def leave_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies does not tidy up either."""

    def left(self: Any, *_: object) -> None:
        for _, file in self._files.values():
            file.close()

    monkeypatch.setattr(placing.Placement, "__exit__", left)


def seen_by_the_company(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if not name.startswith(".")}


def lines(files: dict[str, bytes]) -> list[bytes]:
    return [
        line
        for name, data in files.items()
        if name.endswith(".csv")
        for line in data.splitlines()[1:]
    ]


@pytest.mark.parametrize("stop_at", range(1, INSTANTS + 2))
async def test_a_crash_neither_loses_nor_doubles_a_reading(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    await submit(ready, METER, chat_id=7)
    await submit(ready, CORRECTOR, corrector=1, chat_id=8)
    faults = Faults(stop_at, CrashError)
    with monkeypatch.context() as patch:
        lay_faults(patch, faults)
        leave_temporary_files(patch)
        if stop_at > INSTANTS:  # the whole run has passed, and every instant was counted
            await acquire(ready, exports)
            assert len(faults.passed) == INSTANTS
        else:
            with pytest.raises(CrashError):
                await acquire(ready, exports)
    taken = seen_by_the_company(exports)  # by a reader that looks in at the worst moment
    acquired = [state is ReadingState.ACQUIRED for state in await states(ready)]
    assert all(acquired) or not any(acquired)
    if all(acquired):
        assert len(taken) == 2

    await acquire(ready, exports, now=LATER)
    files = seen_by_the_company(exports)
    for name, data in taken.items():
        assert files[name] == data
    assert len(files) == 2
    assert [line.split(b";")[0].decode() for line in lines(files)] == [METER, CORRECTOR]
    assert await states(ready) == [ReadingState.ACQUIRED] * 2
    assert await news(ready) == [("acquired", 7), ("acquired", 8)]

    assert (await acquire(ready, exports, now=LATER)).handovers == ()
    assert seen_by_the_company(exports) == files


async def test_what_is_claimed_cannot_be_cancelled_and_is_completed_first(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = await submit(ready, METER)
    with monkeypatch.context() as patch:
        lay_faults(patch, Faults(5, CrashError))  # the claim and its commit are the first four
        with pytest.raises(CrashError):
            await acquire(ready, exports)
    assert await states(ready) == [ReadingState.CLAIMED]
    assert not await cancel(ready, claimed)
    await submit(ready, CORRECTOR, corrector=1)

    report = await acquire(ready, exports, now=LATER)
    assert [(h.repeated, h.readings) for h in report.handovers] == [(True, 1), (False, 1)]
    first, second = lines(contents(exports))
    assert first.startswith(METER.encode())
    assert first.endswith(b"2026-03-10T10:00:00+01:00")  # the instant of its claim
    assert second.startswith(CORRECTOR.encode())
    assert second.endswith(b"2026-03-10T10:30:00+01:00")


async def test_the_start_completes_what_was_begun_and_claims_nothing(
    ready: Store, exports: Path
) -> None:
    await submit(ready, METER)
    async with ready.unit() as unit:
        assert await unit.acquisitions.claim(company_vat=COMPANY_VAT, now=NOW) is not None
        await unit.commit()
    await submit(ready, CORRECTOR, corrector=1)
    async with ready.unit() as unit:  # what changes after the claim does not change the files
        await unit.session.execute(update(SupplyPoint).values(distributor="00000000000"))
        await unit.commit()
    report = await acquisition.finish_unfinished(ready, exports=exports, zone=ROME, now=LATER)
    names = sorted(path.name for handover in report.handovers for path in handover.files)
    assert any(COMPANY_VAT in name for name in names)
    assert not any("00000000000" in name for name in names)
    assert [(h.repeated, h.readings) for h in report.handovers] == [(True, 1)]
    assert await states(ready) == [ReadingState.ACQUIRED, ReadingState.PENDING]


@pytest.mark.parametrize("stop_at", range(5, INSTANTS - 3))
async def test_a_full_disk_loses_nothing(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    await submit(ready, METER)
    await submit(ready, CORRECTOR, corrector=1)
    with monkeypatch.context() as patch:
        lay_faults(patch, Faults(stop_at, lambda: OSError(errno.ENOSPC, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            await acquire(ready, exports)
    assert not [name for name in contents(exports) if name.startswith(".")]
    assert await states(ready) == [ReadingState.CLAIMED] * 2
    (handover,) = (await acquire(ready, exports, now=LATER)).handovers
    assert (handover.repeated, handover.readings) == (True, 2)
    assert len(contents(exports)) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_disk_that_is_full_while_writing(
    ready: Store, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(ready, METER)
    opening = placing.Placement.open

    def onto_a_full_device(self: Any, name: str) -> Any:
        opening(self, name).close()
        temporary, _ = self._files[name]
        file = open("/dev/full", "wb")  # noqa: PTH123, SIM115
        self._files[name] = (temporary, file)
        return file

    with monkeypatch.context() as patch:
        patch.setattr(placing.Placement, "open", onto_a_full_device)
        with pytest.raises(OSError, match="No space left"):
            await acquire(ready, exports)
    assert contents(exports) == {}
    assert (await acquire(ready, exports)).readings == 1


@pytest.fixture
def left_over(exports: Path) -> Path:
    """Two temporary files and one of the company's; the new temporary one, which must stay."""
    exports.mkdir(parents=True)
    yesterday = time.time() - 25 * 3_600
    for name in (".autoletture_000001.csv.aa.tmp", "lette.csv"):
        path = exports / name
        path.write_text("x")
        os.utime(path, (yesterday, yesterday))
    new = exports / ".autoletture_000009.csv.bb.tmp"
    new.write_text("x")
    return new


async def test_temporary_files_of_another_day_go(
    ready: Store, exports: Path, left_over: Path
) -> None:
    await acquire(ready, exports)
    assert list(contents(exports)) == [left_over.name, "lette.csv"]


# --- races ------------------------------------------------------------------------------------


@pytest.fixture
def many_days() -> Iterator[date]:
    return (date(2026, 3, 1) + timedelta(days=number) for number in range(1_000))


async def test_two_acquisitions_at_once_hand_each_reading_over_once(
    ready: Store, exports: Path, database_url: str, many_days: Iterator[date]
) -> None:
    for _ in range(20):
        await submit(ready, METER, day=next(many_days))
    async with opened(database_url, ready.vault) as other:
        await asyncio.gather(
            acquire(ready, exports), acquire(other, exports), acquire(ready, exports)
        )
    found = lines(seen_by_the_company(exports))
    assert len(found) == len(set(found)) == 20
    assert await states(ready) == [ReadingState.ACQUIRED] * 20
    assert await news(ready) == [("acquired", 7)] * 20
    assert len(seen_by_the_company(exports)) == 2


async def test_a_cancel_that_races_an_acquisition_has_one_winner(
    ready: Store, exports: Path, database_url: str, many_days: Iterator[date]
) -> None:
    readings = [await submit(ready, METER, day=next(many_days)) for _ in range(30)]

    async def cancel_all(store: Store) -> list[int]:
        return [reading.id for reading in readings if await cancel(store, reading)]

    async with opened(database_url, ready.vault) as other:
        cancelled, _ = await asyncio.gather(cancel_all(other), acquire(ready, exports))
    handed_over = {line.split(b";")[2] for line in lines(contents(exports))}
    expected = {
        reading.day.strftime("%d/%m/%Y").encode()
        for reading in readings
        if reading.id not in cancelled
    }
    assert handed_over == expected
    assert (await states(ready)).count(ReadingState.CANCELLED) == len(cancelled)
    assert (await states(ready)).count(ReadingState.ACQUIRED) == 30 - len(cancelled)
