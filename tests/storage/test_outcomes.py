"""The distributor's outcomes: matched to their readings, told once, taken whole or not at all."""

import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange import outcome_rows, outcomes, tal
from storage.exchange.acquisition import acquire
from storage.exchange.outcomes import import_outcomes
from storage.exchange.report import Counts, FileReport, FileStatus
from storage.models import (
    AsideReason,
    OutboxMessage,
    OutboxState,
    Outcome,
    Reading,
    ReadingState,
)
from tests.support.company_files import (
    CORRECTOR,
    METER,
    NOW,
    READINGS_HEADER,
    ROME,
    reasons,
    take,
    take_customers_and_points,
)
from tests.support.factories import submit_reading

HEADER = "punto;data;esito;note\n"
LATER = NOW + timedelta(days=2)
DAY = date(2026, 3, 10)


@pytest.fixture
async def ready(store: Store, tmp_path: Path) -> Store:
    await take_customers_and_points(store, tmp_path)
    return store


async def submit(
    store: Store, code: str = METER, *, day: date = DAY, meter: int = 45_000, chat_id: int = 7
) -> int:
    reading = await submit_reading(store, code, day=day, meter=meter, chat_id=chat_id, now=NOW)
    return reading.id


async def hand_over(store: Store, folder: Path) -> None:
    await acquire(store, exports=folder, company_vat="01234567897", zone=ROME, now=NOW)


async def tell(
    store: Store, folder: Path, content: str, name: str = "esiti.csv", *, now: datetime = LATER
) -> FileReport:
    """Imports a file of outcomes."""
    path = folder / name
    path.write_bytes(content.encode())
    return await import_outcomes(store, path, now=now)


async def reading(store: Store, reading_id: int) -> Reading:
    async with store.reading() as unit:
        return await unit.session.get_one(Reading, reading_id)


async def news(store: Store) -> list[tuple[Any, ...]]:
    """The messages on outcomes: key, chat and reading."""
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "outcome").order_by(OutboxMessage.id)
        )
        messages = list(found)
    for message in messages:
        assert message.state is OutboxState.QUEUED
        assert (message.not_before, message.created_at) == (LATER, LATER)
    return [(message.key, message.chat_id, message.reading_id) for message in messages]


async def test_a_refused_reading_says_why_and_the_chat_hears_of_it(
    ready: Store, tmp_path: Path
) -> None:
    refused = await submit(ready, chat_id=7)
    valid = await submit(ready, CORRECTOR, chat_id=8)
    await hand_over(ready, tmp_path)
    rows = f"{METER};10/03/2026;N;Lettura incoerente\n{CORRECTOR};2026-03-10;V;\n"
    report = await tell(ready, tmp_path, HEADER + rows)
    assert reasons(report) == []
    assert (report.status, report.rows, report.counts) == (FileStatus.TAKEN, 2, Counts(updated=2))
    one = await reading(ready, refused)
    assert (one.outcome, one.outcome_note, one.outcome_at) == (
        Outcome.REFUSED,
        "Lettura incoerente",
        LATER,
    )
    assert one.state is ReadingState.ACQUIRED
    other = await reading(ready, valid)
    assert (other.outcome, other.outcome_note) == (Outcome.VALID, None)
    assert await news(ready) == [
        (f"outcome:{refused}:refused", 7, refused),
        (f"outcome:{valid}:valid", 8, valid),
    ]


async def test_again_change_nothing_and_tell_nobody(ready: Store, tmp_path: Path) -> None:
    reading_id = await submit(ready)
    await hand_over(ready, tmp_path)
    content = HEADER + f"{METER};10/03/2026;N;Lettura incoerente\n"
    await tell(ready, tmp_path, content)
    report = await tell(ready, tmp_path, content)
    assert (report.status, report.counts) == (FileStatus.UNCHANGED, Counts(unchanged=1))
    assert len(await news(ready)) == 1

    # A correction is told; its repetition with another note is written, and not told again.
    await tell(ready, tmp_path, HEADER + f"{METER};10/03/2026;V;\n")
    assert (await reading(ready, reading_id)).outcome is Outcome.VALID
    assert len(await news(ready)) == 2
    await tell(ready, tmp_path, HEADER + f"{METER};10/03/2026;V;con riserva\n")
    assert (await reading(ready, reading_id)).outcome_note == "con riserva"
    assert len(await news(ready)) == 2


async def test_every_real_change_is_told_once(ready: Store, tmp_path: Path) -> None:
    reading_id = await submit(ready, chat_id=7)
    await hand_over(ready, tmp_path)
    told = []
    for hours, row in enumerate(
        ("V;", "N;Lettura incoerente", "N;Contatore sbagliato", "V;", "N;Lettura incoerente")
    ):
        content = HEADER + f"{METER};10/03/2026;{row}\n"
        for minutes in (0, 1):  # the same once more is no news
            now = LATER + timedelta(hours=hours, minutes=minutes)
            await tell(ready, tmp_path, content, now=now)
        async with ready.reading() as unit:
            keys = await unit.session.scalars(
                select(OutboxMessage.key)
                .where(OutboxMessage.kind == "outcome")
                .order_by(OutboxMessage.id)
            )
            told.append(len(set(keys)))
    assert told == [1, 2, 3, 4, 5]
    assert (await reading(ready, reading_id)).outcome_note == "Lettura incoerente"


async def test_a_refusal_told_again_does_not_fall_on_the_reading_that_followed(
    ready: Store, tmp_path: Path
) -> None:
    first = await submit(ready, meter=54_000)
    await hand_over(ready, tmp_path)
    refusal = f"{METER};10/03/2026;N;Lettura incoerente\n"
    await tell(ready, tmp_path, HEADER + refusal)
    second = await submit(ready, meter=45_000)  # the refusal has freed the day

    report = await tell(ready, tmp_path, HEADER + f"{METER};10/03/2026;V;\n")
    assert reasons(report) == [(2, "data", "unknown reading: that of this day is not acquired yet")]
    await hand_over(ready, tmp_path)
    report = await tell(ready, tmp_path, HEADER + refusal)
    assert report.status is FileStatus.UNCHANGED
    assert (await reading(ready, second)).outcome is Outcome.NONE

    await tell(ready, tmp_path, HEADER + f"{METER};10/03/2026;V;\n")
    assert (await reading(ready, first)).outcome is Outcome.REFUSED
    assert (await reading(ready, second)).outcome is Outcome.VALID


async def test_a_reading_of_the_companys_own_is_told_to_nobody(
    ready: Store, tmp_path: Path
) -> None:
    await take(
        ready, tmp_path, "letture.csv", READINGS_HEADER + f"{METER};10/03/2026;45000;;autolettura\n"
    )
    report = await tell(ready, tmp_path, HEADER + f"{METER};10/03/2026;V;\n")
    assert report.counts == Counts(updated=1)
    assert await news(ready) == []


@pytest.mark.parametrize(
    ("rows", "line", "field", "reason"),
    [
        (f"{METER};09/03/2026;V;", 3, "punto", "unknown reading: no self-reading of that point"),
        ("00880000000000;10/03/2026;V;", 3, "punto", "unknown reading: no self-reading of that"),
        (f"{METER};11/03/2026;V;", 3, "data", "unknown reading: that of this day is not acq"),
        (f"{METER};12/03/2026;V;", 3, "punto", "unknown reading: no self-reading of that point"),
        (f"{METER};10/03/2026;;", 3, "esito", "is empty"),
        (f"{METER};31/02/2026;V;", 3, "data", "no such day in the calendar"),
        (f"{METER};10/03/2026;V", 3, None, "expected 4 fields, found 3"),
        (f"{CORRECTOR};2026-03-10;N;Doppia", 3, None, "the same key as in line 2"),
        (f'{METER};10/03/2026;N;"Non', 3, None, "a quotation mark is opened and not closed"),
    ],
)
async def test_one_bad_row_and_none_is_taken(
    ready: Store, tmp_path: Path, *, rows: str, line: int, field: str | None, reason: str
) -> None:
    good = await submit(ready, CORRECTOR)
    await submit(ready, METER)
    await hand_over(ready, tmp_path)
    await submit(ready, METER, day=date(2026, 3, 11))  # still pending
    cancelled = await submit(ready, METER, day=date(2026, 3, 12))
    async with ready.unit() as unit:
        found = await unit.session.get_one(Reading, cancelled)
        assert await unit.readings.cancel(found, now=NOW)
        await unit.commit()

    report = await tell(ready, tmp_path, HEADER + f"{CORRECTOR};10/03/2026;V;\n{rows}\n")
    assert report.status is FileStatus.REFUSED
    assert report.counts == Counts()
    (problem,) = report.problems
    assert (problem.line, problem.field) == (line, field)
    assert problem.reason.startswith(reason)
    assert (await reading(ready, good)).outcome is Outcome.NONE
    assert await news(ready) == []


async def test_a_file_that_is_not_there(ready: Store, tmp_path: Path) -> None:
    report = await import_outcomes(ready, tmp_path / "esiti.csv", now=LATER)
    assert reasons(report) == [(None, None, "cannot be read: No such file or directory")]


async def test_columns_in_another_order(ready: Store, tmp_path: Path) -> None:
    reading_id = await submit(ready)
    await hand_over(ready, tmp_path)
    content = f"data,esito,note,punto\n10/03/2026,n,Doppia,{METER}\n"
    assert reasons(await tell(ready, tmp_path, content)) == []
    assert (await reading(ready, reading_id)).outcome_note == "Doppia"


async def test_many_outcomes_go_in_several_batches(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(outcome_rows, "ROWS_AT_ONCE", 3)
    days = [date(2026, 3, number) for number in range(1, 11)]
    for day in days:
        await submit(ready, day=day)
    await hand_over(ready, tmp_path)
    rows = [f"{METER};{day.isoformat()};V;\n" for day in days]
    bad = f"{METER};2026-02-01;V;\n"
    report = await tell(ready, tmp_path, HEADER + "".join([*rows, bad]))
    assert report.status is FileStatus.REFUSED
    assert await news(ready) == []
    report = await tell(ready, tmp_path, HEADER + "".join(rows))
    assert report.counts == Counts(updated=10)
    assert len(await news(ready)) == 10


async def test_an_interrupted_file_leaves_whole_batches_and_goes_on_where_it_stopped(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(outcome_rows, "ROWS_AT_ONCE", 3)
    days = [date(2026, 3, number) for number in range(1, 11)]
    for day in days:
        await submit(ready, day=day)
    await hand_over(ready, tmp_path)
    content = HEADER + "".join(f"{METER};{day.isoformat()};N;Doppia\n" for day in days)
    apply, begun = outcomes._apply, 0

    async def cut(*args: Any, **kwargs: Any) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise ConnectionError
        await apply(*args, **kwargs)
        # Between two batches anybody else may write.
        assert len(args[1].changes) <= 3

    monkeypatch.setattr(outcomes, "_apply", cut)
    with pytest.raises(ConnectionError):
        await tell(ready, tmp_path, content)
    assert len(await news(ready)) == 6
    report = await tell(ready, tmp_path, content)
    assert (report.status, report.counts) == (FileStatus.TAKEN, Counts(updated=4, unchanged=6))
    told = await news(ready)
    assert len(told) == len({key for key, *_ in told}) == 10


async def test_what_changed_since_it_was_looked_at_stops_the_file(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading_id = await submit(ready)
    await hand_over(ready, tmp_path)
    judge, looks = outcomes._judge, 0

    async def judged(unit: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks == 2:  # the file has been found good, and is about to be written
            row = await unit.session.get_one(Reading, reading_id)
            row.state = ReadingState.CANCELLED
            row.acquisition_id = row.acquired_at = row.claimed_at = None
            await unit.session.flush()
        return await judge(unit, *args, **kwargs)

    monkeypatch.setattr(outcomes, "_judge", judged)
    report = await tell(ready, tmp_path, HEADER + f"{METER};{DAY.isoformat()};V;\n")
    assert report.status is FileStatus.STOPPED
    assert report.problem_count == 1
    assert await news(ready) == []


# --- XML --------------------------------------------------------------------------------------


def xml(*readings: str, root: str = '<Prestazione cod_servizio="TAL" cod_flusso="0050">') -> str:
    inside = "".join(f"<DatiPdR>{each}</DatiPdR>" for each in readings)
    return f'<?xml version="1.0"?>\n{root}<IdentificativiRichiesta/>{inside}</Prestazione>\n'


def answer(code: str, outcome: str, note: str = "", day: str = "10/03/2026") -> str:
    return (
        f"<cod_pdr>{code}</cod_pdr><data_com_autolet_cf>{day}</data_com_autolet_cf>"
        f"<esito_val>{outcome}</esito_val><note>{note}</note>"
    )


@pytest.mark.parametrize(
    "root",
    [
        '<Prestazione cod_servizio="TAL" cod_flusso="0050">',
        '<Prestazione xmlns="urn:example:tal" cod_servizio="TAL" cod_flusso="0050">',
    ],
)
async def test_xml_in_the_layout_of_the_flow(ready: Store, tmp_path: Path, root: str) -> None:
    refused = await submit(ready, METER)
    valid = await submit(ready, CORRECTOR)
    await hand_over(ready, tmp_path)
    content = xml(answer(METER, "N", "Supera &lt; i limiti"), answer(CORRECTOR, "V"), root=root)
    report = await tell(ready, tmp_path, content, "esiti.xml")
    assert reasons(report) == []
    assert report.counts == Counts(updated=2)
    assert (await reading(ready, refused)).outcome_note == "Supera < i limiti"
    assert (await reading(ready, valid)).outcome is Outcome.VALID
    again = await tell(ready, tmp_path, content, "esiti.xml")
    assert again.status is FileStatus.UNCHANGED


def file_sent(folder: Path) -> str:
    (sent,) = folder.glob("TAL_*.xml")
    return sent.read_text()


async def test_the_file_that_went_out_comes_back_with_answers(ready: Store, tmp_path: Path) -> None:
    reading_id = await submit(ready)
    await hand_over(ready, tmp_path)
    content = file_sent(tmp_path).replace("  </DatiPdR>", "<esito_val>V</esito_val></DatiPdR>")
    assert reasons(await tell(ready, tmp_path, content, "esiti.xml")) == []
    assert (await reading(ready, reading_id)).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        (xml(answer(METER, "V"))[:-30], None, "is not whole XML (line 2)"),
        (xml(answer(METER, "V")).replace("TAL", "TAX"), None, "expected the element Prestazione"),
        (xml(), None, "holds no answer: no element DatiPdR"),
        ("<html><body>V</body></html>", None, "expected the element Prestazione"),
        (
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + xml().partition("\n")[2],
            None,
            "is XML of a kind that is not taken",
        ),
        (
            xml(answer(METER, "V"), answer(CORRECTOR, "V")),
            "punto",
            "reading 2 of the file: unknown reading: no self-reading of that point and day",
        ),
        (xml(answer(METER, "V"), answer("", "V")), "punto", "reading 2 of the file: is empty"),
        (
            xml(answer(METER, "V"), answer(METER, "V")),
            None,
            "reading 2 of the file: the same key as in reading 1",
        ),
    ],
)
async def test_xml_that_is_not_taken(
    ready: Store, tmp_path: Path, content: str, field: str | None, reason: str
) -> None:
    reading_id = await submit(ready, METER)
    await hand_over(ready, tmp_path)
    report = await tell(ready, tmp_path, content, "esiti.xml")
    assert report.status is FileStatus.REFUSED
    (problem,) = report.problems
    assert (problem.line, problem.field) == (None, field)
    assert problem.reason.startswith(reason)
    assert (await reading(ready, reading_id)).outcome is Outcome.NONE


PRACTICE = '<Prestazione cod_servizio="TAL" cod_flusso="0150">{}</Prestazione>'
NEWER = '<ns0:FlussoMisure xmlns:ns0="urn:example" cod_flusso="TAL">{}</ns0:FlussoMisure>'


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        pytest.param(
            PRACTICE.format(
                f"<DatiPdR><cod_pdr>{METER}</cod_pdr><data_racc>10/03/2026</data_racc>"
                "<let_tot_prel>000045000</let_tot_prel><esito_val>v</esito_val></DatiPdR>"
            ),
            Outcome.VALID,
            id="by the day on which it was collected, padded, a small letter",
        ),
        pytest.param(
            PRACTICE.format(
                f"<DatiPdr><cod_pdr>{METER}</cod_pdr>"
                "<data_com_autolet_cf>10/03/2026</data_com_autolet_cf>"
                "<esito_val>F</esito_val><note>lettura non congruente</note></DatiPdr>"
            ),
            Outcome.REFUSED,
            id="refused with another letter, and another spelling of the element",
        ),
        pytest.param(
            PRACTICE.format(
                f"<DatiPdR><cod_pdr>{METER}</cod_pdr>"
                "<data_com_autolet_cf>10/03/2026</data_com_autolet_cf>"
                "<esito_val>N</esito_val><note/></DatiPdR>"
            ),
            Outcome.REFUSED,
            id="without a note",
        ),
        pytest.param(
            NEWER.format(
                f"<ns0:DatiPdr><ns0:DatiTecnPdr><ns0:cod_pdr>{METER}</ns0:cod_pdr>"
                "</ns0:DatiTecnPdr><ns0:DatiLettura><ns0:data_racc>10/03/2026</ns0:data_racc>"
                "<ns0:let_tot_prel>45000</ns0:let_tot_prel></ns0:DatiLettura>"
                "<ns0:esito_val>V</ns0:esito_val></ns0:DatiPdr>"
            ),
            Outcome.VALID,
            id="nested, with prefixes",
        ),
    ],
)
async def test_the_layouts_that_distributors_write(
    ready: Store, tmp_path: Path, content: str, outcome: Outcome
) -> None:
    reading_id = await submit(ready)
    await hand_over(ready, tmp_path)
    report = await tell(ready, tmp_path, content, "esiti.xml")
    assert (reasons(report), report.status) == ([], FileStatus.TAKEN)
    assert (await reading(ready, reading_id)).outcome is outcome


async def test_a_zip_of_several_files(ready: Store, tmp_path: Path) -> None:
    one = await submit(ready)
    other = await submit(ready, CORRECTOR)
    await hand_over(ready, tmp_path)
    with zipfile.ZipFile(tmp_path / "0_TAL_1.zip", "w") as archive:
        archive.writestr("b.XML", xml(answer(CORRECTOR, "V")))
        archive.writestr("a/a.xml", xml(answer(METER, "N", "Doppia")))
        archive.writestr("leggimi.txt", "nothing of use")
    report = await import_outcomes(ready, tmp_path / "0_TAL_1.zip", now=LATER)
    assert (reasons(report), report.counts) == ([], Counts(updated=2))
    assert (await reading(ready, one)).outcome is Outcome.REFUSED
    assert (await reading(ready, other)).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"leggimi.txt": ""}, "is a ZIP without an XML file in it"),
        ({f"{n}.xml": "" for n in range(201)}, "is a ZIP with more than 200 files"),
        ({"a.xml": xml(), "b.xml": xml()}, "a.xml: holds no answer: no element DatiPdR"),
    ],
)
async def test_a_zip_that_is_not_taken(
    ready: Store, tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    with zipfile.ZipFile(tmp_path / "esiti.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    report = await import_outcomes(ready, tmp_path / "esiti.zip", now=LATER)
    assert reasons(report) == [(None, None, reason)]


async def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tal, "LARGEST_UNPACKED", 1_000_000)
    with zipfile.ZipFile(tmp_path / "e.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", " " * 1_000_001)
    report = await import_outcomes(ready, tmp_path / "e.zip", now=LATER)
    assert reasons(report) == [(None, None, "is a ZIP of more than 1 MB once unpacked")]


async def test_what_is_not_known_is_set_aside_and_the_rest_taken(
    ready: Store, tmp_path: Path
) -> None:
    """An unknown code, and a number that is not ours: a person looks, nothing is applied."""
    odd = await submit(ready, meter=45_000)
    other = await submit(ready, CORRECTOR, meter=120_000)
    good = await submit(ready, day=date(2026, 3, 9), meter=44_990)
    await hand_over(ready, tmp_path)
    numbers = "<let_tot_prel>000120001</let_tot_prel>"
    content = xml(
        answer(METER, "X1", "in attesa"),
        answer(CORRECTOR, "V") + numbers,
        answer(METER, "V").replace("10/03", "09/03"),
    )
    report = await tell(ready, tmp_path, content, "esiti.xml")
    assert (report.status, report.counts) == (FileStatus.TAKEN, Counts(updated=1))
    assert report.counts.aside == [1, 2]
    for reading_id, outcome in ((odd, Outcome.NONE), (other, Outcome.NONE), (good, Outcome.VALID)):
        assert (await reading(ready, reading_id)).outcome is outcome
    again = await tell(ready, tmp_path, content, "esiti.xml")
    assert again.counts.aside == [1, 2]
    async with ready.reading() as unit:
        aside = await unit.outcomes.aside(since=DAY)
    assert [(each.supply_point.code, each.reason, each.code, each.meter) for each in aside] == [
        (CORRECTOR, AsideReason.OTHER_NUMBERS, "V", 120_001),
        (METER, AsideReason.UNKNOWN_CODE, "X1", None),
    ]

    # The outcome that was waited for comes, and nobody need look any more.
    await tell(ready, tmp_path, xml(answer(METER, "V")), "esiti.xml")
    async with ready.reading() as unit:
        assert len(await unit.outcomes.aside(since=DAY)) == 1
