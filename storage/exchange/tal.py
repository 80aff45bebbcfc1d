"""The flow ``TAL``, ``0050``: self-readings to a gas distributor, and its answers, as XML.

The layout is based on descriptions of the flow and public code; the official XSD of the Italian
regulator's communication standard was not available. Only this module knows the layout, so that a
correction needs no other place. A file looks like this, one per distributor:

.. code-block:: xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Prestazione cod_servizio="TAL" cod_flusso="0050">
      <IdentificativiRichiesta>
        <piva_utente>01234567897</piva_utente>      <!-- the supplier -->
        <piva_distr>00743110157</piva_distr>        <!-- the distributor -->
      </IdentificativiRichiesta>
      <DatiPdR>                                     <!-- once for each reading -->
        <cod_pdr>00881234567890</cod_pdr>
        <matr_mis>M-100</matr_mis>                  <!-- the meter -->
        <matr_conv>K-100</matr_conv>                <!-- the corrector, if there is one -->
        <data_com_autolet_cf>10/03/2026</data_com_autolet_cf>
        <let_tot_prel>000045000</let_tot_prel>      <!-- the meter shows, in m³ -->
        <let_tot_conv>000098000</let_tot_conv>      <!-- the corrector shows -->
      </DatiPdR>
    </Prestazione>

Readings are padded to nine digits, as in a supplier's generator, in the tests of the Sistema
Informativo Integrato and in real files.

Answers (``0150``, or ``0050`` in older ones) repeat ``cod_pdr``, the reading and its day
(``data_com_autolet_cf``, or ``data_racc``), with ``esito_val`` (``V``: valid; ``N`` and ``F`` are
used for not valid) and ``note``, which may be empty. Newer files have the root ``FlussoMisure
cod_flusso="TAL"``, ``DatiPdr``, nested ``DatiTecnPdr`` and ``DatiLettura``, and prefixes; many are
zipped. All of these are read.
"""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO
from xml.etree.ElementTree import Element  # the type; parsing is defusedxml's
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import ParseError, iterparse  # type: ignore[import-untyped]

from storage.repositories.acquisitions import ClaimedReading
from storage.rules.invisible import visible

SERVICE, FLOW = "TAL", "0050"
_ROOTS = {"Prestazione", "FlussoMisure"}
_READING = "datipdr"
_DIGITS = 9
MOST_FILES = 200
LARGEST_UNPACKED = 500_000_000  # bytes
DATE_FORMAT = "%d/%m/%Y"


class TalError(Exception):
    """A file that is not one of this flow."""


@dataclass(frozen=True, slots=True)
class TalOutcome:
    """One answer in the file: its number (from 1), and its texts, which may be empty."""

    number: int
    supply_point: str
    day: str
    outcome: str
    note: str
    meter: str
    corrector: str


def file_name(company_vat: str, distributor: str, acquisition: str) -> str:
    """The name of a distributor's file; *acquisition* is the number that the CSV's name has."""
    return f"{SERVICE}_{FLOW}_{company_vat}_{distributor}_{acquisition}.xml"


class TalWriter:
    """Writes one distributor's file, reading by reading."""

    def __init__(self, file: BinaryIO, *, company_vat: str, distributor: str) -> None:
        self._file = file
        self._put('<?xml version="1.0" encoding="UTF-8"?>')
        self._put(f'<Prestazione cod_servizio="{SERVICE}" cod_flusso="{FLOW}">')
        self._put("  <IdentificativiRichiesta>")
        self._put_element("piva_utente", company_vat)
        self._put_element("piva_distr", distributor)
        self._put("  </IdentificativiRichiesta>")

    def add(self, readings: Sequence[ClaimedReading]) -> None:
        """Write readings in the given order, each with a corrector only where it was read."""
        days = {day: day.strftime(DATE_FORMAT) for day in {reading.day for reading in readings}}
        parts = []
        for reading in readings:
            parts.append(
                f"  <DatiPdR>\n    <cod_pdr>{escape(reading.supply_point)}</cod_pdr>\n"
                f"    <matr_mis>{escape(reading.meter_serial or '')}</matr_mis>\n"
            )
            if reading.corrector is not None and reading.corrector_serial:
                parts.append(f"    <matr_conv>{escape(reading.corrector_serial)}</matr_conv>\n")
            parts.append(
                f"    <data_com_autolet_cf>{days[reading.day]}</data_com_autolet_cf>\n"
                f"    <let_tot_prel>{reading.meter:0{_DIGITS}}</let_tot_prel>\n"
            )
            if reading.corrector is not None:
                parts.append(f"    <let_tot_conv>{reading.corrector:0{_DIGITS}}</let_tot_conv>\n")
            parts.append("  </DatiPdR>\n")
        self._file.write("".join(parts).encode())

    def end(self) -> None:
        """Write the closing tag."""
        self._put("</Prestazione>")

    def _put_element(self, name: str, content: str) -> None:
        self._put(f"    <{name}>{escape(content)}</{name}>")

    def _put(self, line: str) -> None:
        self._file.write(f"{line}\n".encode())


def read_outcomes(path: Path) -> Iterator[TalOutcome]:
    """The answers in a distributor's file, one by one; a ZIP may hold several files.

    Raises:
        TalError: it is not XML, not of this flow, or has what no such file needs (entities,
            references to other files).
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield from _read_file(file, "", 0)
        return
    number = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive):
                with archive.open(member) as file:
                    for answer in _read_file(file, member.filename, number):
                        number = answer.number
                        yield answer
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise TalError("is a ZIP that cannot be opened: whole, and without a password?") from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The XML files of a ZIP, by name.

    Raises:
        TalError: there are none, too many, or they are too large once unpacked.
    """
    found = [each for each in archive.infolist() if each.filename.casefold().endswith(".xml")]
    if not found:
        raise TalError("is a ZIP without an XML file in it")
    if len(found) > MOST_FILES:
        raise TalError(f"is a ZIP with more than {MOST_FILES} files")
    if sum(each.file_size for each in found) > LARGEST_UNPACKED:
        raise TalError(f"is a ZIP of more than {LARGEST_UNPACKED // 1_000_000} MB once unpacked")
    return sorted(found, key=lambda each: each.filename)


def _read_file(file: IO[bytes], name: str, before: int) -> Iterator[TalOutcome]:
    """The answers of one XML file, numbered from *before* on."""
    number = before
    root: Element | None = None
    where = f"{name}: " if name else ""
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
                _check_root(element, where)
            if event == "end" and _local(element).casefold() == _READING:
                number += 1
                yield _outcome(number, element)
                root.clear()  # frees what was read: the file may be large
        if number == before:
            raise TalError(f"{where}holds no answer: no element DatiPdR")
    except ParseError as error:
        line, _ = error.position
        raise TalError(f"{where}is not whole XML (line {line})") from error
    except (DefusedXmlException, LookupError, ValueError) as error:
        raise TalError(f"{where}is XML of a kind that is not taken") from error


def _check_root(element: Element, where: str) -> None:
    """Check that a file is of this flow: older ones name the service, newer ones the flow."""
    named = {element.get("cod_servizio", "").upper(), element.get("cod_flusso", "").upper()}
    if _local(element) not in _ROOTS or SERVICE not in named:
        raise TalError(
            f"{where}expected the element Prestazione or FlussoMisure of the service {SERVICE}"
        )


def _outcome(number: int, element: Element) -> TalOutcome:
    """One answer; its fields may be in nested elements (``DatiLettura`` and others)."""
    texts: dict[str, str] = {}
    for each in element.iter():
        if len(each) == 0 and (content := visible(each.text or "").strip()):
            texts.setdefault(_local(each).casefold(), content)
    return TalOutcome(
        number=number,
        supply_point=texts.get("cod_pdr", ""),
        day=texts.get("data_com_autolet_cf") or texts.get("data_racc", ""),
        outcome=texts.get("esito_val", ""),
        note=texts.get("note", ""),
        meter=texts.get("let_tot_prel", ""),
        corrector=texts.get("let_tot_conv", ""),
    )


def _local(element: Element) -> str:
    """The name of an element without the namespace, which differs between distributors."""
    return str(element.tag).rpartition("}")[2]
