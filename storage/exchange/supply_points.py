"""``punti.csv``: the supply points and their customers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Table, select, update

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import (
    LONGEST_TEXT,
    Checked,
    Context,
    Kind,
    RowProblem,
    customers_by_code,
    differ,
    points_by_code,
    require,
    upsert,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import SelfReadingKind, Service, SupplyPoint
from storage.unit import ReadUnit, Unit

_TABLE: Table = SupplyPoint.metadata.tables["supply_points"]
_LONGEST_SERIAL = 40
_LONGEST_CLASS = 8
_LONGEST_OFFER = 120
_MOST_DIGITS = 12
_LARGEST_POWER_KW = 1_000_000
_WATTS = 1_000

_digits = read.whole(_MOST_DIGITS)

# The columns that a file may leave out, and the fields that then keep their values.
_OPTIONAL = {
    "matricola_contatore": "meter_serial",
    "cifre_contatore": "meter_digits",
    "matricola_correttore": "corrector_serial",
    "cifre_correttore": "corrector_digits",
    "classe": "meter_class",
    "coefficiente_c": "coefficient_c",
    "potenza_kw": "contracted_power_w",
    "distributore": "distributor",
    "cessazione": "until",
}


@dataclass(frozen=True, slots=True)
class SupplyPointRow:
    """One point; ``silent`` names the fields for which the file has no column."""

    customer_code: str
    code: str
    service: Service
    address: str
    self_reading: SelfReadingKind
    meter_serial: str | None
    meter_digits: int | None
    corrector_serial: str | None
    corrector_digits: int | None
    meter_class: str | None
    coefficient_c: Decimal | None
    contracted_power_w: int | None
    distributor: str | None
    contract: str | None
    offer: str | None
    since: date
    until: date | None
    silent: frozenset[str]


class SupplyPoints(Kind[SupplyPointRow]):
    """A row per point; a row with another customer moves the point there."""

    file_name: ClassVar[str] = "punti.csv"
    batch_size: ClassVar[int] = 500  # two fields of each are sealed
    columns: ClassVar[tuple[Column, ...]] = (
        Column("codice_cliente", read.customer_code),
        Column("punto", str),  # read together with the service, which decides between PDR and POD
        Column("servizio", read.member_of(Service)),
        Column("indirizzo", read.text(LONGEST_TEXT)),
        Column("autolettura", read.member_of(SelfReadingKind)),
        Column("matricola_contatore", read.text(_LONGEST_SERIAL), empty=True, missing=True),
        Column("cifre_contatore", _digits, empty=True, missing=True),
        Column("matricola_correttore", read.text(_LONGEST_SERIAL), empty=True, missing=True),
        Column("cifre_correttore", _digits, empty=True, missing=True),
        Column("classe", read.text(_LONGEST_CLASS), empty=True, missing=True),
        Column("coefficiente_c", read.decimal(places=9, largest=1_000), empty=True, missing=True),
        Column(
            "potenza_kw",
            read.decimal(places=3, largest=_LARGEST_POWER_KW),
            empty=True,
            missing=True,
        ),
        Column("distributore", read.vat_number, empty=True, missing=True),
        Column("contratto", read.text(LONGEST_TEXT), empty=True),
        Column("decorrenza", read.day),
        Column("offerta", read.text(_LONGEST_OFFER), empty=True),
        Column("cessazione", read.day, empty=True, missing=True),
    )

    def row(self, cells: Cells, _context: Context) -> SupplyPointRow:
        service: Service = cells["servizio"]
        power: Decimal | None = cells["potenza_kw"]
        meter_class: str | None = cells["classe"]
        row = SupplyPointRow(
            customer_code=cells["codice_cliente"],
            code=_code(cells["punto"], service),
            service=service,
            address=cells["indirizzo"],
            self_reading=cells["autolettura"],
            meter_serial=cells["matricola_contatore"],
            meter_digits=cells["cifre_contatore"],
            corrector_serial=cells["matricola_correttore"],
            corrector_digits=cells["cifre_correttore"],
            meter_class=meter_class.upper() if meter_class else None,
            coefficient_c=cells["coefficiente_c"],
            contracted_power_w=None if power is None else int(power * _WATTS),
            distributor=cells["distributore"],
            contract=cells["contratto"],
            offer=cells["offerta"],
            since=cells["decorrenza"],
            until=cells["cessazione"],
            silent=frozenset(
                field for column, field in _OPTIONAL.items() if column not in cells.present
            ),
        )
        _check_whole(row)
        return row

    def key(self, row: SupplyPointRow) -> str:
        return row.code

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[SupplyPointRow]], _context: Context
    ) -> list[RowProblem]:
        known = await customers_by_code(unit, {checked.row.customer_code for checked in rows})
        return [
            RowProblem(checked.line, "codice_cliente", "unknown customer")
            for checked in rows
            if checked.row.customer_code not in known
        ]

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[SupplyPointRow]], context: Context
    ) -> Counts:
        customers = await customers_by_code(unit, {checked.row.customer_code for checked in rows})
        found = await unit.session.scalars(
            select(SupplyPoint).where(SupplyPoint.code.in_([checked.row.code for checked in rows]))
        )
        known = {point.code: point for point in found}
        counts = Counts()
        written: list[dict[str, Any]] = []
        said: dict[str, tuple[int, date]] = {}
        moved: list[int] = []
        for row in (checked.row for checked in rows):
            values = _values(row, customers[row.customer_code])
            point = known.get(row.code)
            told = [field for field in values if field not in row.silent]
            if not counts.count(is_known=point is not None, differs=differ(point, values, told)):
                continue
            written.append(values)
            if point is not None and point.customer_id != values["customer_id"]:
                moved.append(point.id)
            if point is None or _is_said_anew(point, values):
                said[row.code] = (values["customer_id"], row.since)
        if written:
            silent = rows[0].row.silent | {"code"}
            statement = upsert(
                unit.supply_points.dialect,
                _TABLE,
                key=["code"],
                update=[field for field in written[0] if field not in silent],
            )
            await write(unit, statement, written)
            if "until" in silent:
                await _begin_anew(unit, moved)
            await _note(unit, said, {code: point.id for code, point in known.items()}, context)
        return counts


def _code(text: str, service: Service) -> str:
    try:
        return read.pdr(text) if service is Service.GAS else read.pod(text)
    except CellError as error:
        raise CellError(error.reason, "punto") from error


def _check_whole(row: SupplyPointRow) -> None:
    """Check cells against each other; readings are later checked against the digits."""
    if row.service is Service.ELECTRICITY and row.self_reading is not SelfReadingKind.NONE:
        raise CellError("electricity takes no self-readings: expected nessuna", "autolettura")
    if row.self_reading is not SelfReadingKind.NONE:
        _check_digits(row.meter_digits, "cifre_contatore")
    if row.self_reading is SelfReadingKind.METER_AND_CORRECTOR:
        _check_digits(row.corrector_digits, "cifre_correttore")
    for digits, field in (
        (row.meter_digits, "cifre_contatore"),
        (row.corrector_digits, "cifre_correttore"),
    ):
        if digits == 0:
            raise CellError("a counter has at least one digit", field)
    if row.coefficient_c == 0:
        raise CellError("expected a number above zero", "coefficiente_c")
    if row.until is not None and row.until < row.since:
        raise CellError("lies before decorrenza", "cessazione")


def _check_digits(digits: int | None, field: str) -> None:
    require(digits, field, "the self-readings of this point need the digits of the counter")


def _values(row: SupplyPointRow, customer_id: int) -> dict[str, Any]:
    values = asdict(row)
    del values["silent"], values["customer_code"]
    return values | {"customer_id": customer_id}


def _is_said_anew(point: SupplyPoint, values: dict[str, Any]) -> bool:
    """Whether a row changes the customer of a known point, or since when they have it."""
    return (point.customer_id, point.since) != (values["customer_id"], values["since"])


async def _begin_anew(unit: Unit, moved: Sequence[int]) -> None:
    """Clear the former customers' end of supply, where the file has no column for it."""
    if moved:
        await unit.session.execute(update(_TABLE).where(_TABLE.c.id.in_(moved)).values(until=None))


async def _note(
    unit: Unit, said: Mapping[str, tuple[int, date]], known: Mapping[str, int], context: Context
) -> None:
    """Store who holds the points on which days (``repositories.supplies``)."""
    new = said.keys() - known.keys()
    ids = {**known, **(await points_by_code(unit, new) if new else {})}
    await unit.supplies.note({ids[code]: each for code, each in said.items()}, today=context.today)
