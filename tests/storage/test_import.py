"""Importing valid files: what is written, what a second import does, and an interrupted one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from storage.engine import Store
from storage.exchange import importing
from storage.exchange.readings import Readings
from storage.exchange.report import Counts, FileStatus, Phase, Progress
from storage.exchange.windows import Windows
from storage.models import (
    Customer,
    EntryWindow,
    ImportRun,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    SelfReadingKind,
    Service,
    SupplyPoint,
)
from storage.models.base import Base
from tests.support.company_files import (
    CORRECTOR,
    CUSTOMERS,
    ELECTRICITY,
    METER,
    METER_ROW,
    NOW,
    POINTS,
    POINTS_HEADER,
    READINGS_HEADER,
    ROME,
    WINDOWS_HEADER,
    import_all,
    reasons,
    take,
    take_customers_and_points,
)
from tests.support.factories import submit_reading

TODAY = date(2026, 3, 10)


async def every(store: Store, table: type[Base]) -> list[Any]:
    async with store.reading() as unit:
        return list(
            await unit.session.scalars(select(table).order_by(*table.__mapper__.primary_key))
        )


async def point_of(store: Store, code: str) -> SupplyPoint:
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(SupplyPoint)
            .where(SupplyPoint.code == code)
            .options(joinedload(SupplyPoint.customer))
        )
        return found.one()


async def readings_of(store: Store, code: str) -> list[Reading]:
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(Reading)
            .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
            .where(SupplyPoint.code == code)
            .order_by(Reading.day, Reading.id)
        )
        return list(found)


async def submit(store: Store, code: str, *, day: date = TODAY, meter: int = 45_000) -> int:
    """A customer's pending self-reading; gives its id."""
    reading = await submit_reading(
        store, code, day=day, meter=meter, receipt_message_id=None, now=NOW
    )
    return reading.id


async def set_reading(store: Store, reading_id: int, **values: Any) -> None:
    async with store.unit() as unit:
        reading = await unit.session.get_one(Reading, reading_id)
        for name, value in values.items():
            setattr(reading, name, value)
        await unit.commit()


class TestCustomers:
    async def test_are_taken_with_what_linking_compares(self, store: Store, tmp_path: Path) -> None:
        report = await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        assert (report.status, report.rows) == (FileStatus.TAKEN, 2)
        assert report.counts == Counts(inserted=2)
        async with store.reading() as unit:
            anna = await unit.customers.matching("028680", "RSSNNA80A41H501L")
            assert anna is not None
            assert (anna.name, anna.email, anna.fax) == ("Anna Rossi", "anna@example.it", None)
            assert anna.address == "Via Roma 1, Torino"
            house = await unit.customers.matching("000017", "00743110157")
            assert house is not None
            assert (house.name, house.tax_code) == ("Condominio Aurora", None)

    async def test_do_not_stand_in_the_database_in_clear(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        async with store.reading() as unit:
            rows = await unit.session.execute(text("SELECT * FROM customers"))
            stored = str(rows.all())
        for secret in ("Rossi", "RSSNNA80A41H501L", "anna@example.it", "Via Roma", "00743110157"):
            assert secret not in stored

    async def test_again_change_nothing(self, store: Store, tmp_path: Path) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        async with store.reading() as unit:
            before = (await unit.session.execute(text("SELECT * FROM customers"))).all()
        report = await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        assert report.status is FileStatus.UNCHANGED
        assert report.counts == Counts(unchanged=2)
        async with store.reading() as unit:
            assert (await unit.session.execute(text("SELECT * FROM customers"))).all() == before

    async def test_that_changed_are_updated_and_the_others_left(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        changed = CUSTOMERS.replace("Via Roma 1", "Via Po 9").replace("RSSNNA80A41H501L", "")
        report = await take(store, tmp_path, "clienti.csv", changed)
        assert report.counts == Counts(updated=1, unchanged=1)
        house, anna = await every(store, Customer)
        if anna.code != "028680":
            house, anna = anna, house
        assert anna.address == "Via Po 9, Torino"
        assert (anna.tax_code, anna.tax_code_hash) == (None, None)
        assert house.vat_number == "00743110157"

    async def test_of_an_earlier_file_come_back_with_it(self, store: Store, tmp_path: Path) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        await take(store, tmp_path, "clienti.csv", CUSTOMERS.replace("Via Roma 1", "Via Po 9"))
        report = await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        assert report.counts == Counts(updated=1, unchanged=1)

    async def test_keep_what_a_left_out_column_does_not_say(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        short = (
            "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo\n"
            "028680;Anna Maria Rossi;RSSNNA80A41H501L;;Via Roma 1, Torino\n"
            "000018;Nuovo Cliente;;00743110157;Via Po 3\n"
        )
        report = await take(store, tmp_path, "clienti.csv", short)
        assert report.counts == Counts(inserted=1, updated=1)
        async with store.reading() as unit:
            anna = await unit.customers.matching("028680", "RSSNNA80A41H501L")
        assert anna is not None
        assert (anna.name, anna.email, anna.phone) == (
            "Anna Maria Rossi",
            "anna@example.it",
            "+39 011 123456",
        )

    @pytest.mark.parametrize(
        "content",
        [
            CUSTOMERS.replace("Rossi", "Nicolò").encode(),
            b"\xef\xbb\xbf" + CUSTOMERS.replace("Rossi", "Nicolò").encode(),
            CUSTOMERS.replace("Rossi", "Nicolò").encode("cp1252"),
            CUSTOMERS.replace("Rossi", "Nicolò").replace("\n", "\r\n").encode(),
            CUSTOMERS.replace("Rossi", "Nicolò").replace("\n", "\n\n").encode(),
            CUSTOMERS.replace("Rossi", "Nicolò").rstrip("\n").encode(),
            CUSTOMERS.replace("Anna Rossi", '"Anna\nNicolò"').encode(),
            CUSTOMERS.replace("Rossi", "Nicolò")
            .replace(", ", " - ")
            .replace(";", ",")
            .replace("\n", "\r\n")
            .encode("cp1252"),
        ],
        ids=["utf-8", "bom", "cp1252", "crlf", "blank-lines", "no-end", "quoted", "comma"],
    )
    async def test_in_every_form_that_files_have(
        self, store: Store, tmp_path: Path, content: bytes
    ) -> None:
        report = await take(store, tmp_path, "clienti.csv", content)
        assert reasons(report) == []
        async with store.reading() as unit:
            anna = await unit.customers.matching("028680", "RSSNNA80A41H501L")
        assert anna is not None
        assert anna.name == "Anna Nicolò"

    async def test_whose_only_accent_ends_the_file(self, store: Store, tmp_path: Path) -> None:
        # The last byte alone would also be the first half of a character in UTF-8.
        content = (
            "codice_cliente;codice_fiscale;partita_iva;indirizzo;denominazione\n"
            "000001;;;Via Po 3;Nicolà"
        ).encode("cp1252")
        report = await take(store, tmp_path, "clienti.csv", content)
        assert reasons(report) == []
        (customer,) = await every(store, Customer)
        assert customer.name == "Nicolà"

    async def test_with_columns_in_another_order(self, store: Store, tmp_path: Path) -> None:
        content = (
            "indirizzo;denominazione;codice_cliente;partita_iva;codice_fiscale\n"
            "Via Po 3;Bianchi;000001;IT 00743110157;\n"
        )
        assert (await take(store, tmp_path, "clienti.csv", content)).counts.inserted == 1
        (customer,) = await every(store, Customer)
        assert (customer.code, customer.vat_number) == ("000001", "00743110157")


class TestSupplyPoints:
    async def test_are_taken_with_all_that_hangs_on_the_wall(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        meter = await point_of(store, METER)
        assert meter.customer.code == "028680"
        assert meter.service is Service.GAS
        assert meter.self_reading is SelfReadingKind.METER
        assert (meter.meter_serial, meter.meter_digits, meter.meter_class) == ("M-100", 5, "G4")
        assert meter.coefficient_c == Decimal("1.027235")
        assert (meter.since, meter.until) == (date(2020, 1, 1), None)
        assert (meter.distributor, meter.contract) == ("00743110157", "C-1")
        corrector = await point_of(store, CORRECTOR)
        assert corrector.has_corrector
        assert (corrector.corrector_serial, corrector.corrector_digits) == ("K-200", 8)
        electricity = await point_of(store, ELECTRICITY)
        assert electricity.contracted_power_w == 3_300
        assert not electricity.takes_self_readings

    async def test_again_change_nothing(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        report = await take(store, tmp_path, "punti.csv", POINTS)
        assert (report.status, report.counts) == (FileStatus.UNCHANGED, Counts(unchanged=3))

    async def test_end_on_their_cessazione(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        content = POINTS.replace("offerta\n", "offerta;cessazione\n").replace(
            "Serena\n", "Serena;28/02/2026\n"
        )
        content = content.replace("2019-10-01;\n", "2019-10-01;;\n").replace("Fissa\n", "Fissa;\n")
        report = await take(store, tmp_path, "punti.csv", content)
        assert report.counts == Counts(updated=1, unchanged=2)
        assert (await point_of(store, METER)).until == date(2026, 2, 28)
        # The column left out again says nothing; there and empty, it says «no end».
        assert (await take(store, tmp_path, "punti.csv", POINTS)).counts == Counts(unchanged=3)
        content = content.replace("28/02/2026", "")
        assert (await take(store, tmp_path, "punti.csv", content)).counts.updated == 1
        assert (await point_of(store, METER)).until is None

    async def test_need_only_the_columns_of_their_service(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take(store, tmp_path, "clienti.csv", CUSTOMERS)
        content = (
            "codice_cliente;punto;servizio;indirizzo;autolettura;potenza_kw;contratto;"
            "decorrenza;offerta\n"
            "028680;it001e123456789;Luce;Via Roma 1;nessuna;4.500;C-3;01/01/2020;Luce\n"
        )
        assert reasons(await take(store, tmp_path, "punti.csv", content)) == []
        assert (await point_of(store, ELECTRICITY)).contracted_power_w == 4_500

    async def test_that_move_are_their_new_customers_alone(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        await take(
            store,
            tmp_path,
            "letture.csv",
            READINGS_HEADER + f"{METER};01/02/2026;44000;;rilevata\n",
        )
        reading_id = await submit(store, METER)
        moved = POINTS_HEADER + METER_ROW.replace("028680", "000017").replace(
            "01/01/2020", "05/03/2026"
        )
        assert (await take(store, tmp_path, "punti.csv", moved)).counts.updated == 1
        point = await point_of(store, METER)
        assert (point.customer.code, point.since) == ("000017", date(2026, 3, 5))
        async with store.reading() as unit:
            assert await unit.readings.page(point, page=0, size=5) == []
            assert await unit.readings.recent(point) == []
        # What the former customer reported still goes to the company, as theirs.
        async with store.unit() as unit:
            assert await unit.acquisitions.claim(company_vat=None, now=NOW) is not None
            reading = await unit.session.get_one(Reading, reading_id)
            await unit.session.refresh(reading)
            assert reading.state is ReadingState.CLAIMED
            assert reading.customer_id != point.customer_id

    async def test_that_move_without_a_new_decorrenza_hide_the_past_all_the_same(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        rows = f"{METER};01/02/2026;44000;;rilevata\n"
        await take(store, tmp_path, "letture.csv", READINGS_HEADER + rows)
        moved = POINTS_HEADER + METER_ROW.replace("028680", "000017")
        await take(store, tmp_path, "punti.csv", moved)
        async with store.reading() as unit:
            assert await unit.readings.recent(await point_of(store, METER)) == []
        # The old reading comes again with every file, and stays the former customer's.
        # One from before the move that comes only now is theirs as well.
        rows += f"{METER};01/03/2026;45000;;rilevata\n{METER};10/03/2026;45100;;rilevata\n"
        report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + rows)
        assert report.counts == Counts(inserted=2, unchanged=1)
        async with store.reading() as unit:
            visible = await unit.readings.recent(await point_of(store, METER))
        assert [reading.day for reading in visible] == [TODAY]

    @pytest.mark.parametrize(
        ("rows", "first_day"),
        [
            ([("028680", "01/01/2020")], date(2020, 1, 1)),
            ([("028680", "01/06/2020")], date(2020, 6, 1)),
            ([("028680", "01/06/2019")], date(2019, 6, 1)),
            ([("000017", "05/03/2026")], date(2026, 3, 5)),
            ([("000017", "01/01/2020")], TODAY),
            ([("000017", "01/06/2019")], TODAY),
            ([("000017", "01/01/2020"), ("000017", "01/01/2020")], TODAY),
            # A start that is given afterwards can be later than the move, never open more.
            ([("000017", "01/01/2020"), ("000017", "01/02/2021")], TODAY),
            ([("000017", "01/01/2020"), ("000017", "01/04/2026")], date(2026, 4, 1)),
            # Soon back with a start before the others' days: it went to them by mistake.
            ([("000017", "05/03/2026"), ("028680", "01/02/2021")], date(2020, 1, 1)),
            ([("000017", "01/01/2020"), ("028680", "01/01/2020")], date(2020, 1, 1)),
            ([("000017", "05/03/2026"), ("028680", "01/06/2019")], date(2019, 6, 1)),
        ],
    )
    async def test_show_their_customer_what_came_after_the_former(
        self, store: Store, tmp_path: Path, rows: list[tuple[str, str]], first_day: date
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        for customer, since in rows:
            row = METER_ROW.replace("028680", customer).replace("01/01/2020", since)
            assert reasons(await take(store, tmp_path, "punti.csv", POINTS_HEADER + row)) == []
        assert (await point_of(store, METER)).first_day == first_day
        later = datetime(2026, 5, 1, tzinfo=UTC)  # the same again, later, is no other move
        again = await take(store, tmp_path, "punti.csv", POINTS_HEADER + row, now=later)
        assert again.status is FileStatus.UNCHANGED

    async def test_that_come_back_have_the_readings_of_their_customer_again(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        await submit(store, METER, day=date(2026, 3, 9))
        for customer in ("000017", "028680"):
            moved = POINTS_HEADER + METER_ROW.replace("028680", customer)
            await take(store, tmp_path, "punti.csv", moved)
        async with store.reading() as unit:
            visible = await unit.readings.recent(await point_of(store, METER))
        assert [reading.meter for reading in visible] == [45_000]


class TestWindows:
    async def test_are_instants_across_the_clock_change(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        content = WINDOWS_HEADER + (
            ";11/02/2010;08:00;14/02/2099;22:00\n"
            f"{METER};29/03/2026;02:30;25/10/2026;02:30\n"
            f"{CORRECTOR};2026-03-01;0;31/03/2026;24:00\n"
        )
        assert reasons(await take(store, tmp_path, "finestre.csv", content)) == []
        found = {(w.starts_at, w.ends_at) for w in await every(store, EntryWindow)}
        assert found == {
            (datetime(2010, 2, 11, 7, tzinfo=UTC), datetime(2099, 2, 14, 21, tzinfo=UTC)),
            # 02:30 does not exist in March: 03:00 does. In October it comes twice: the first.
            (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            (datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        }

    async def test_replace_all_that_there_were(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        kept = f"{METER};01/03/2026;08:00;05/03/2026;22:00\n"
        first = WINDOWS_HEADER + kept + ";01/01/2026;08:00;05/01/2026;22:00\n"
        await take(store, tmp_path, "finestre.csv", first)
        second = WINDOWS_HEADER + kept + ";01/02/2026;08:00;05/02/2026;22:00\n"
        report = await take(store, tmp_path, "finestre.csv", second)
        assert report.counts == Counts(inserted=1, unchanged=1, removed=1)
        again = await take(store, tmp_path, "finestre.csv", second)
        assert (again.status, again.counts) == (FileStatus.UNCHANGED, Counts(unchanged=2))
        point = await point_of(store, CORRECTOR)
        async with store.reading() as unit:
            (window,) = await unit.supply_points.windows_of(point)
        assert window.start == datetime(2026, 2, 1, 7, tzinfo=UTC)

        over = WINDOWS_HEADER + ";01/01/2020;08:00;02/01/2020;08:00\n"
        report = await take(store, tmp_path, "finestre.csv", over)
        assert report.counts == Counts(inserted=1, removed=2)

    async def test_are_not_all_removed_by_a_file_without_any(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take(store, tmp_path, "finestre.csv", WINDOWS_HEADER + ";01/01/2026;8;02/01/2026;8\n")
        report = await take(store, tmp_path, "finestre.csv", WINDOWS_HEADER)
        assert report.status is FileStatus.REFUSED
        ((line, _field, reason),) = reasons(report)
        assert line is None
        assert "would remove all that there are" in reason
        assert len(await every(store, EntryWindow)) == 1

    async def test_in_more_than_one_batch(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Windows, "batch_size", 3)
        days = [f";{day:02}/{month:02}/2026;8;{day:02}/{month:02}/2026;9\n"
                for month in (1, 2) for day in range(1, 11)]  # fmt: skip
        await take(store, tmp_path, "finestre.csv", WINDOWS_HEADER + "".join(days[:10]))
        report = await take(store, tmp_path, "finestre.csv", WINDOWS_HEADER + "".join(days[5:]))
        assert report.counts == Counts(inserted=10, unchanged=5, removed=5)
        assert len(await every(store, EntryWindow)) == 15


class TestReadings:
    ROWS = (
        f"{METER};01/02/2026;44000;;rilevata\n"
        f"{METER};2026-02-15;44100;;stimata\n"
        f"{METER};20/02/2026;44150;;autolettura\n"
        f"{CORRECTOR};01/02/2026;0120000;900000;rilevata\n"
    )

    async def test_are_acquired_at_once(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + self.ROWS)
        assert report.counts == Counts(inserted=4)
        measured, estimated, reported = await readings_of(store, METER)
        assert [measured.source, estimated.source, reported.source] == [
            ReadingSource.MEASURED,
            ReadingSource.ESTIMATED,
            ReadingSource.SELF,
        ]
        assert (measured.day, measured.meter, measured.meter_serial) == (
            date(2026, 2, 1),
            44_000,
            "M-100",
        )
        (corrected,) = await readings_of(store, CORRECTOR)
        assert (corrected.meter, corrected.corrector) == (120_000, 900_000)
        assert (corrected.meter_serial, corrected.corrector_serial) == ("M-200", "K-200")
        for reading in (measured, estimated, reported, corrected):
            assert reading.state is ReadingState.ACQUIRED
            assert (reading.customer_id, reading.chat_id) == (None, None)

    async def test_again_change_nothing(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        content = READINGS_HEADER + self.ROWS
        await take(store, tmp_path, "letture.csv", content)
        report = await take(store, tmp_path, "letture.csv", content)
        assert (report.status, report.counts) == (FileStatus.UNCHANGED, Counts(unchanged=4))

    async def test_that_changed_are_updated(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        await take(store, tmp_path, "letture.csv", READINGS_HEADER + self.ROWS)
        rows = self.ROWS.replace("44000", "44001").replace("44150", "44151")
        report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + rows)
        assert report.counts == Counts(updated=2, unchanged=2)
        measured, _, reported = await readings_of(store, METER)
        assert (measured.meter, reported.meter) == (44_001, 44_151)
        assert not reported.differs_from_company

    async def test_keep_the_meter_of_their_time(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        await take(store, tmp_path, "letture.csv", READINGS_HEADER + self.ROWS)
        await take(store, tmp_path, "punti.csv", POINTS.replace("M-100", "M-101"))
        rows = self.ROWS + f"{METER};01/03/2026;5;;rilevata\n"
        report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + rows)
        assert report.counts == Counts(inserted=1, unchanged=4)
        serials = [reading.meter_serial for reading in await readings_of(store, METER)]
        assert serials == ["M-100", "M-100", "M-100", "M-101"]

    async def test_name_the_meter_that_they_were_read_from(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        content = (
            "punto;data;contatore;correttore;tipo;matricola_contatore;matricola_correttore\n"
            f"{METER};01/02/2019;1234567;;rilevata;OLD-7;\n"  # seven digits: of another meter
            f"{METER};01/02/2026;44000;;rilevata;;\n"
        )
        assert reasons(await take(store, tmp_path, "letture.csv", content)) == []
        old, new = await readings_of(store, METER)
        assert (old.meter_serial, new.meter_serial) == ("OLD-7", "M-100")

    async def test_confirm_an_acquired_self_reading(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        reading_id = await submit(store, METER)
        await set_reading(store, reading_id, state=ReadingState.ACQUIRED)
        content = READINGS_HEADER + f"{METER};10/03/2026;45000;;autolettura\n"
        report = await take(store, tmp_path, "letture.csv", content)
        assert (report.status, report.counts) == (FileStatus.UNCHANGED, Counts(unchanged=1))
        (reading,) = await readings_of(store, METER)
        assert (reading.id, reading.differs_from_company) == (reading_id, False)

    async def test_that_differ_from_an_acquired_self_reading_mark_it(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        await set_reading(store, await submit(store, METER), state=ReadingState.ACQUIRED)
        content = READINGS_HEADER + f"{METER};10/03/2026;45001;;autolettura\n"
        assert (await take(store, tmp_path, "letture.csv", content)).counts == Counts(updated=1)
        (reading,) = await readings_of(store, METER)
        assert (reading.meter, reading.differs_from_company) == (45_000, True)
        assert (await take(store, tmp_path, "letture.csv", content)).counts == Counts(unchanged=1)
        content = content.replace("45001", "45000")
        assert (await take(store, tmp_path, "letture.csv", content)).counts == Counts(updated=1)
        (reading,) = await readings_of(store, METER)
        assert not reading.differs_from_company

    @pytest.mark.parametrize("state", [ReadingState.PENDING, ReadingState.CLAIMED])
    async def test_on_a_self_reading_not_acquired_yet_are_an_error(
        self, store: Store, tmp_path: Path, state: ReadingState
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        await set_reading(store, await submit(store, METER), state=state)
        content = READINGS_HEADER + (
            f"{METER};09/03/2026;44990;;autolettura\n{METER};10/03/2026;45000;;autolettura\n"
        )
        report = await take(store, tmp_path, "letture.csv", content)
        assert report.status is FileStatus.REFUSED
        assert reasons(report) == [
            (3, "data", "the customer's self-reading of that day is not acquired yet")
        ]
        assert len(await readings_of(store, METER)) == 1
        # A measured reading of the same day has nothing to do with it.
        content = READINGS_HEADER + f"{METER};10/03/2026;45000;;rilevata\n"
        assert (await take(store, tmp_path, "letture.csv", content)).counts == Counts(inserted=1)

    async def test_do_not_bring_a_refused_one_back(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        reading_id = await submit(store, METER)
        await set_reading(store, reading_id, state=ReadingState.ACQUIRED, outcome=Outcome.REFUSED)
        same = READINGS_HEADER + f"{METER};10/03/2026;45000;;autolettura\n"
        assert (await take(store, tmp_path, "letture.csv", same)).counts == Counts(unchanged=1)
        other = READINGS_HEADER + f"{METER};10/03/2026;44950;;autolettura\n"
        assert (await take(store, tmp_path, "letture.csv", other)).counts == Counts(inserted=1)
        assert (await take(store, tmp_path, "letture.csv", other)).counts == Counts(unchanged=1)

    async def test_take_the_day_of_a_cancelled_one(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        reading_id = await submit(store, METER)
        await set_reading(store, reading_id, state=ReadingState.CANCELLED)
        content = READINGS_HEADER + f"{METER};10/03/2026;45000;;autolettura\n"
        assert (await take(store, tmp_path, "letture.csv", content)).counts == Counts(inserted=1)

    async def test_of_today_in_rome_are_not_of_the_future(
        self, store: Store, tmp_path: Path
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        content = READINGS_HEADER + f"{METER};11/03/2026;45000;;rilevata\n"
        late = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)
        report = await take(store, tmp_path, "letture.csv", content, now=late)
        assert reasons(report) == [(2, "data", "lies in the future")]
        midnight = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
        report = await take(store, tmp_path, "letture.csv", content, now=midnight)
        assert report.counts == Counts(inserted=1)

    async def test_of_noughts_after_the_comma_are_whole(self, store: Store, tmp_path: Path) -> None:
        await take_customers_and_points(store, tmp_path)
        content = READINGS_HEADER + f"{METER};01/03/2026;44000,0;;rilevata\n"
        await take(store, tmp_path, "letture.csv", content)
        (reading,) = await readings_of(store, METER)
        assert reading.meter == 44_000


async def test_the_old_meter_closes_and_the_new_one_opens_on_the_same_day(
    store: Store, tmp_path: Path
) -> None:
    """Both are there, whichever file came first; a row without a meter is of the present one."""
    await take_customers_and_points(store, tmp_path)
    header = READINGS_HEADER.replace("tipo", "tipo;matricola_contatore;matricola_correttore")
    closing = f"{METER};05/03/2026;44950;;rilevata;M-099;\n"
    opening = f"{METER};05/03/2026;0;;rilevata;M-100;\n"
    await take(store, tmp_path, "letture.csv", header + closing)
    await take(store, tmp_path, "letture.csv", header + opening)
    again = await take(store, tmp_path, "letture.csv", header + opening + closing)
    assert (again.status, again.counts) == (FileStatus.UNCHANGED, Counts(unchanged=2))
    later = await take(
        store, tmp_path, "letture.csv", READINGS_HEADER + f"{METER};05/03/2026;3;;rilevata\n"
    )
    assert later.counts == Counts(updated=1)
    async with store.reading() as unit:
        found = await unit.session.scalars(select(Reading).order_by(Reading.meter))
    assert [(each.meter, each.meter_serial) for each in found] == [(3, "M-100"), (44_950, "M-099")]


async def test_a_row_without_a_meter_and_one_that_names_the_present_are_the_same(
    store: Store, tmp_path: Path
) -> None:
    await take_customers_and_points(store, tmp_path)
    header = READINGS_HEADER.replace("tipo", "tipo;matricola_contatore;matricola_correttore")
    rows = f"{METER};05/03/2026;44950;;rilevata;;\n{METER};05/03/2026;44951;;rilevata;M-100;\n"
    report = await take(store, tmp_path, "letture.csv", header + rows)
    assert reasons(report) == [(3, None, "the same key as in line 2")]


class TestFolders:
    async def test_are_taken_in_the_order_in_which_files_need_each_other(
        self, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / "letture.csv").write_text(READINGS_HEADER + TestReadings.ROWS)
        (tmp_path / "punti.csv").write_text(POINTS)
        (tmp_path / "clienti.csv").write_text(CUSTOMERS)
        (tmp_path / "finestre.csv").write_text(WINDOWS_HEADER)
        (tmp_path / "bolletta.pdf").write_text("no table")
        report = await import_all(store, [tmp_path])
        assert [(Path(file.file).name, file.status) for file in report.files] == [
            ("clienti.csv", FileStatus.TAKEN),
            ("punti.csv", FileStatus.TAKEN),
            ("finestre.csv", FileStatus.UNCHANGED),
            ("letture.csv", FileStatus.TAKEN),
        ]
        assert report.succeeded

    async def test_name_the_tables_that_are_of_no_known_kind(
        self, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / "clienti.csv").write_text(CUSTOMERS)
        (tmp_path / "agenti.csv").write_text(CUSTOMERS)
        report = await import_all(store, [tmp_path])
        assert [(Path(file.file).name, file.status) for file in report.files] == [
            ("agenti.csv", FileStatus.PASSED_OVER),
            ("clienti.csv", FileStatus.TAKEN),
        ]
        assert report.succeeded

    @pytest.mark.parametrize("name", ["Clienti.csv", "clienti (1).csv", "clienti - Copia.csv"])
    async def test_a_name_that_was_meant_to_be_another_is_an_error(
        self, store: Store, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "clienti.csv").write_text(CUSTOMERS)
        (tmp_path / name).write_text(CUSTOMERS)
        report = await import_all(store, [tmp_path])
        assert not report.succeeded
        (problem,) = report.files[0].problems
        assert problem.reason == "is this clienti.csv? Then it must have exactly that name"

    async def test_one_refused_file_does_not_stop_the_next(
        self, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / "clienti.csv").write_text(CUSTOMERS)
        (tmp_path / "punti.csv").write_text("nonsense\n")
        (tmp_path / "finestre.csv").write_text(WINDOWS_HEADER + ";01/01/2026;8;02/01/2026;8\n")
        report = await import_all(store, [tmp_path])
        assert [file.status for file in report.files] == [
            FileStatus.TAKEN,
            FileStatus.REFUSED,
            FileStatus.TAKEN,
        ]
        assert not report.succeeded

    async def test_with_nothing_to_take_are_refused(self, store: Store, tmp_path: Path) -> None:
        empty = tmp_path / "vuota"
        empty.mkdir()
        missing = tmp_path / "manca" / "clienti.csv"
        named = tmp_path / "estratto.csv"
        named.write_text(CUSTOMERS)
        report = await import_all(store, [empty, missing, named])
        said = [file.problems[0].reason for file in report.files]
        assert said[0].startswith("no file in this folder is named clienti.csv, punti.csv, ")
        assert said[1] == "no such file or folder"
        assert said[2].startswith("unknown file name: expected clienti.csv, punti.csv, ")
        assert not report.succeeded


class BreakDownError(Exception):
    """What the tests break an import off with."""


class TestInterrupted:
    ROWS: Sequence[str] = [f"{METER};{day:02}/01/2026;{44_000 + day};;rilevata\n" for day in range(1, 29)]  # fmt: skip  # noqa: E501

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Readings, "batch_size", 10)

    @pytest.fixture
    async def breaks_off(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> str:
        """The content of a file of which the first ten rows were written, and no more."""
        monkeypatch.setattr(Readings, "batch_size", 10)
        await take_customers_and_points(store, tmp_path)
        content = READINGS_HEADER + "".join(self.ROWS)
        calls = 0
        apply = Readings.apply

        async def breaking(self: Readings, *args: Any) -> Counts:
            nonlocal calls
            calls += 1
            counts = await apply(self, *args)
            if calls == 2:
                raise BreakDownError  # after the rows are written, before they are committed
            return counts

        with monkeypatch.context() as patch:
            patch.setattr(Readings, "apply", breaking)
            with pytest.raises(BreakDownError):
                await take(store, tmp_path, "letture.csv", content)
        return content

    async def test_goes_on_where_it_stopped(
        self, store: Store, tmp_path: Path, breaks_off: str
    ) -> None:
        assert len(await readings_of(store, METER)) == 10
        report = await take(store, tmp_path, "letture.csv", breaks_off)
        assert report.status is FileStatus.TAKEN
        assert (report.rows, report.resumed_after) == (28, 10)
        assert report.counts == Counts(inserted=18)
        assert [r.meter for r in await readings_of(store, METER)] == [
            44_000 + day for day in range(1, 29)
        ]
        report = await take(store, tmp_path, "letture.csv", breaks_off)
        assert (report.status, report.resumed_after) == (FileStatus.UNCHANGED, 0)

    async def test_starts_anew_when_another_file_came_between(
        self, store: Store, tmp_path: Path, breaks_off: str
    ) -> None:
        other = READINGS_HEADER + f"{METER};01/01/2026;43000;;rilevata\n"
        assert (await take(store, tmp_path, "letture.csv", other)).counts == Counts(updated=1)
        report = await take(store, tmp_path, "letture.csv", breaks_off)
        assert report.resumed_after == 0
        assert report.counts == Counts(inserted=18, updated=1, unchanged=9)

    async def test_notes_how_far_it_has_come_with_the_rows(
        self, store: Store, tmp_path: Path, breaks_off: str
    ) -> None:
        runs = {run.file_name: run for run in await every(store, ImportRun)}
        run = runs["letture.csv"]
        assert (run.rows, run.rows_applied, run.finished_at) == (28, 10, None)
        await take(store, tmp_path, "letture.csv", breaks_off)
        (run,) = [r for r in await every(store, ImportRun) if r.file_name == "letture.csv"]
        assert (run.rows, run.rows_applied, run.finished_at) == (28, 28, NOW)

    @pytest.mark.usefixtures("small_batches")
    async def test_stops_at_a_row_that_no_longer_fits(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await take_customers_and_points(store, tmp_path)
        content = READINGS_HEADER + "".join(self.ROWS) + f"{METER};10/03/2026;45000;;autolettura\n"
        check = Readings.check

        async def checks_and_a_customer_is_faster(self: Readings, *args: Any) -> Any:
            problems = await check(self, *args)
            await submit(store, METER)
            return problems

        with monkeypatch.context() as patch:
            patch.setattr(Readings, "check", checks_and_a_customer_is_faster)
            report = await take(store, tmp_path, "letture.csv", content)
        assert report.status is FileStatus.STOPPED
        assert reasons(report)[0][:2] == (30, "data")
        assert report.counts == Counts(inserted=20)

        report = await take(store, tmp_path, "letture.csv", content)
        assert report.status is FileStatus.REFUSED
        (reading,) = [r for r in await readings_of(store, METER) if r.state is ReadingState.PENDING]
        await set_reading(store, reading.id, state=ReadingState.ACQUIRED)
        report = await take(store, tmp_path, "letture.csv", content)
        assert (report.status, report.resumed_after) == (FileStatus.TAKEN, 20)
        assert report.counts == Counts(inserted=8, unchanged=1)


async def test_progress_counts_bytes_and_then_rows(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "clienti.csv"
    path.write_text(CUSTOMERS)
    heard: list[Progress] = []
    await importing.import_paths(store, [path], zone=ROME, now=NOW, progress=heard.append)
    size = path.stat().st_size
    assert heard == [
        Progress(str(path), Phase.CHECKING, size, size),
        Progress(str(path), Phase.WRITING, 2, 2),
    ]


async def test_many_rows_go_through_several_chunks_and_batches(
    store: Store, tmp_path: Path
) -> None:
    await take(store, tmp_path, "clienti.csv", CUSTOMERS)
    rows = [
        METER_ROW.replace(METER, f"0088{number:010}").replace(";M-100;", f";M-{number};")
        for number in range(2_500)
    ]
    report = await take(store, tmp_path, "punti.csv", POINTS_HEADER + "".join(rows))
    assert report.counts == Counts(inserted=2_500)
    readings = "".join(f"0088{n:010};01/02/2026;{n};;rilevata\n" for n in range(2_500))
    report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + readings)
    assert (report.rows, report.counts) == (2_500, Counts(inserted=2_500))
    async with store.reading() as unit:
        assert await unit.session.scalar(select(func.sum(Reading.meter))) == sum(range(2_500))


async def test_an_address_of_another_alphabet_is_kept_so_that_mail_can_be_sent_to_it(
    store: Store, tmp_path: Path
) -> None:
    content = CUSTOMERS.replace("anna@example.it", "\u200eanna@MÜLLER.example")
    assert "MÜLLER" in content
    report = await take(store, tmp_path, "clienti.csv", content)
    assert reasons(report) == []
    async with store.reading() as unit:
        customer = await unit.session.scalar(select(Customer).where(Customer.code == "028680"))
        assert customer is not None
        assert customer.email == "anna@xn--mller-kva.example"
