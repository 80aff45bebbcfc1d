"""Who is there: customers with marked data, their supply points, and the chats that come and go.

Every customer and every point has a word of its own in all that is kept of it: where that word is
seen, that customer's data is seen.
"""

import io
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import select
from stdnum.it import codicefiscale

from bot.settings import Settings
from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.exchange.report import FileStatus
from storage.files import FileStore
from storage.models import Access, Customer, Proof
from storage.vault import Vault
from tests.support.databases import SqliteDatabases, opened
from tests.support.factories import link_chat

ROME = ZoneInfo("Europe/Rome")
FOUNDED = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)
"""When the cast was taken in: before any of the plays begins."""
DISTRIBUTOR = COMPANY_VAT = "00743110157"

POINTS_HEADER = (
    "codice_cliente;punto;servizio;indirizzo;autolettura;matricola_contatore;cifre_contatore;"
    "matricola_correttore;cifre_correttore;classe;coefficiente_c;potenza_kw;distributore;"
    "contratto;decorrenza;offerta;cessazione\n"
)


@dataclass(frozen=True, slots=True)
class Client:
    """A customer of the supplier; ``word`` stands in everything that is kept of them."""

    code: str
    word: str
    tax_id: str
    mailed: bool = True

    @property
    def email(self) -> str:
        return f"{self.word.lower()}@example.it"

    @property
    def row(self) -> str:
        person, company = (self.tax_id, "") if len(self.tax_id) == 16 else ("", self.tax_id)
        email = self.email if self.mailed else ""
        return (
            f"{self.code};{self.word} {self.word}ini;{person};{company};Via {self.word} 7;{email};"
            f"+39 0547 {self.code};\n"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A supply point; gas where ``digits`` is not 0, with a corrector where that has digits."""

    code: str
    word: str
    digits: int
    corrector: int
    first: int
    readable: bool = True

    def row(self, client: Client, since: str, until: str = "") -> str:
        """Its row in ``punti.csv``, with whoever has it from *since* on."""
        gas = self.digits > 0
        kind = "nessuna"
        if self.readable:
            kind = "contatore+correttore" if self.corrector else "contatore"
        counter = f"{self.word}M;{self.digits}" if gas else ";"
        corrector = f"{self.word}K;{self.corrector}" if self.corrector else ";"
        metered = f"{'G4' if gas else ''};{'1,027235' if gas else ''};{'' if gas else '3,3'}"
        return (
            f"{client.code};{self.code};{'gas' if gas else 'luce'};{self.word} via Po 1;{kind};"
            f"{counter};{corrector};{metered};{DISTRIBUTOR if gas else ''};C-{self.word};{since};"
            f"Offerta {self.word};{until}\n"
        )


def _person(number: int) -> str:
    stem = f"RSSMRA{80 + number}T10A562"
    return stem + codicefiscale.calc_check_digit(stem)


CLIENTS = (
    Client("110011", "Ametista", _person(1)),
    Client("220022", "Berillo", "01234567897"),
    Client("330033", "Corindone", _person(3)),
    Client("440044", "Diaspro", _person(4)),
    Client("550055", "Eliodoro", _person(5)),
    Client("660066", "Fluorite", _person(6), mailed=False),
)
AMETISTA, BERILLO, CORINDONE, DIASPRO, ELIODORO, FLUORITE = (each.code for each in CLIENTS)

_GAS = [Place(f"0123450000{n:04}", f"Quarzo{n:02}", 5, 0, 44_873) for n in range(20)]
_OWNED: Mapping[str, tuple[Place, ...]] = {
    AMETISTA: (_GAS[1], Place("IT001E00000001", "Opale01", 0, 0, 0, readable=False)),
    BERILLO: (
        _GAS[2],
        Place("01234500000003", "Quarzo03", 6, 7, 120_443),
        Place("01234500000004", "Quarzo04", 4, 0, 9_873),
    ),
    CORINDONE: (*_GAS[5:11], Place("01234500000011", "Quarzo11", 5, 0, 1_003, readable=False)),
    DIASPRO: (_GAS[12],),
    ELIODORO: (_GAS[13],),
    FLUORITE: (_GAS[14],),
}
PLACES = tuple(place for places in _OWNED.values() for place in places)
READABLE = tuple(place for place in PLACES if place.readable)
OWNERS = {place.code: code for code, places in _OWNED.items() for place in places}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody with a telephone, and what their chat is linked to at the beginning."""

    id: int
    name: str
    language: str
    full: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    invited: bool = False


GUESTS = (
    Guest(100_000_101, "Anna", "it", full=(AMETISTA,)),
    Guest(100_000_102, "Bruno", "it", full=(BERILLO, CORINDONE)),
    Guest(100_000_103, "Vera", "en", view=(AMETISTA,), invited=True),
    Guest(100_000_104, "Gino", "it", full=(BERILLO,), invited=True),
    Guest(100_000_105, "Ugo", "fr"),
    Guest(100_000_106, "Dora", "en", full=(DIASPRO,)),
    Guest(100_000_107, "Lia", "it", full=(AMETISTA,), view=(CORINDONE,)),
)

_WORDS = {client.word: client.code for client in CLIENTS}
_PLACE_WORDS = {word: place.code for place in PLACES for word in (place.word, place.code)}
_MARK = re.compile("|".join(map(re.escape, (*_WORDS, *_PLACE_WORDS))), re.IGNORECASE)
_MARK_OF_BYTES = re.compile(_MARK.pattern.encode(), re.IGNORECASE)


def marks_in(text: str) -> tuple[set[str], set[str]]:
    """Whose data a text shows: codes of customers, and of supply points."""
    found = {match.lower() for match in _MARK.findall(text)}
    return (
        {code for word, code in _WORDS.items() if word.lower() in found},
        {code for word, code in _PLACE_WORDS.items() if word.lower() in found},
    )


def marks_in_file(content: bytes) -> tuple[set[str], set[str]]:
    """The same of a file, and of what is packed in it."""
    parts = [content]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    words = " ".join(
        match.decode("utf-8", "ignore") for part in parts for match in _MARK_OF_BYTES.findall(part)
    )
    return marks_in(words)


class Stage:
    """The database and the files from which every play begins, made once and copied."""

    def __init__(self, folder: Path) -> None:
        self.key = Vault.new_key()
        self._folder = folder / "stage"
        self._data = self._folder / "data"
        self._data.mkdir(parents=True)
        self._databases = SqliteDatabases(self._folder)

    async def prepare(self) -> None:
        """Takes in the company's files and links the chats."""
        fresh, vault = self._databases.fresh(self._folder), self._vault()
        async with fresh as url, opened(url, vault) as store:
            await self._take_in(store)
            await self._link(store)
            # It is copied as one file: nothing of it may be left in the write-ahead log.
            async with store.engine.connect() as connection:
                await connection.exec_driver_sql("ROLLBACK")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, folder: Path) -> Path:
        """A copy of it all in *folder*; gives the database."""
        shutil.copytree(self._data, folder / "data")
        database = folder / "sportello.db"
        shutil.copyfile(self._folder / "sportello.db", database)
        return database

    def settings(self, database: Path, *, token: str, api_url: str, staff_chat_id: int) -> Settings:
        """The settings of a service on such a copy."""
        return Settings(
            telegram_token=SecretStr(token),
            telegram_api_url=api_url,
            database_url=f"sqlite+aiosqlite:///{database}",
            data_dir=database.parent / "data",
            encryption_key=(SecretStr(self.key),),
            company_name="Luce e Gas Prova",
            company_contacts="0547 000000",
            company_vat=COMPANY_VAT,
            staff_chat_id=staff_chat_id,
        )

    def _vault(self) -> Vault:
        return Vault([self.key])

    async def _take_in(self, store: Store) -> None:
        folder = self._folder / "files-in"
        folder.mkdir()
        for name, text in _files().items():
            (folder / name).write_text(text, encoding="utf-8")
        for client in CLIENTS:
            paper = f"%PDF-1.7\n{client.word}\n%%EOF\n"
            (folder / f"{client.code}.pdf").write_text(paper, encoding="utf-8")
        report = await import_paths(
            store,
            sorted(folder.glob("*.csv")),
            zone=ROME,
            now=FOUNDED,
            files=FileStore(self._data / "files", self._vault()),
        )
        for file in report.files:
            assert file.status is FileStatus.TAKEN, [str(each) for each in file.problems]

    async def _link(self, store: Store) -> None:
        async with store.reading() as unit:
            found = await unit.session.scalars(select(Customer))
            customers = {customer.code: customer for customer in found}
        for guest in GUESTS:
            proof = Proof.INVITATION if guest.invited else Proof.MAILED_CODE
            for codes, access in ((guest.full, Access.FULL), (guest.view, Access.VIEW)):
                for code in codes:
                    await link_chat(store, guest.id, customers[code], FOUNDED, access, proof)


def _files() -> dict[str, str]:
    by_code = {client.code: client for client in CLIENTS}
    points = "".join(place.row(by_code[OWNERS[place.code]], "01/01/2010") for place in PLACES)
    readings = "".join(
        f"{place.code};15/01/2026;{place.first};{place.first if place.corrector else ''};rilevata\n"
        for place in READABLE
    )
    used = "".join(
        f"{place.code};2025;{month};;;;;{40 + month}\n" for place in READABLE for month in (10, 11)
    )
    invoices = "".join(
        f"{client.code};2025/{client.word};10/12/2025;10/01/2026;84,20;pagata;{client.code}.pdf\n"
        for client in CLIENTS
    )
    papers = "".join(
        f"{client.code};Contratto {client.word};10/12/2025;{client.code}.pdf\n"
        for client in CLIENTS
    )
    return {
        "clienti.csv": (
            "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo;email;telefono;fax\n"
            + "".join(client.row for client in CLIENTS)
        ),
        "punti.csv": POINTS_HEADER + points,
        "letture.csv": "punto;data;contatore;correttore;tipo\n" + readings,
        "prelievi.csv": "punto;anno;mese;f1_kwh;f2_kwh;f3_kwh;potenza_kw;smc\n" + used,
        "fatture.csv": "codice_cliente;numero;data;scadenza;importo;stato;pdf\n" + invoices,
        "documenti.csv": "codice_cliente;titolo;data;file\n" + papers,
    }
