"""The people of the sample: an invented supplier, its customers, and what to try as each of them.

Places are real, streets are common names, everything else is invented; codes of supply points begin
with digits that belong to no distributor.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.demo.sample.tax_codes import body_code, tax_code
from storage.models import SelfReadingKind, Service

GAS_DISTRIBUTOR = body_code(71)
ELECTRICITY_DISTRIBUTOR = body_code(72)


@dataclass(frozen=True, slots=True)
class Supplier:
    """The supplier."""

    name: str
    address: str
    phone: str
    email: str
    vat: str

    @property
    def contacts(self) -> str:
        """How customers can reach it, as a text."""
        return f"Numero verde {self.phone}, lun-ven 8.30-18\n{self.email}"


SUPPLIER = Supplier(
    name="Savio Luce e Gas S.r.l.",
    address="Via dei Fornaciai 12, 47521 Cesena (FC)",
    phone="800 000 186",
    email="clienti@savioluceegas.example",
    vat=body_code(17),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One supply point with its consumption.

    ``monthly`` is the average month in m³ or kWh, ``swing`` how much more is used in January and
    how much less in July, from 0 to 1. ``last_meter`` is the reading of about a month ago.
    ``opens_in`` is for a point with a window of its own, which opens in so many days.
    """

    code: str
    service: Service
    address: str
    monthly: int
    swing: float
    self_reading: SelfReadingKind = SelfReadingKind.NONE
    meter_serial: str = ""
    meter_digits: int = 0
    last_meter: int = 0
    meter_class: str = ""
    corrector_serial: str = ""
    corrector_digits: int = 0
    last_corrector: int = 0
    corrector_ratio: float = 1.0
    coefficient: Decimal = Decimal("1.027235")
    power_kw: Decimal | None = None
    offer: str = ""
    since: date = date(2019, 10, 1)
    opens_in: int | None = None
    measured: bool = False

    @property
    def is_gas(self) -> bool:
        return self.service is Service.GAS

    @property
    def has_corrector(self) -> bool:
        return self.self_reading is SelfReadingKind.METER_AND_CORRECTOR

    @property
    def distributor(self) -> str:
        return GAS_DISTRIBUTOR if self.is_gas else ELECTRICITY_DISTRIBUTOR


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of the supplier."""

    code: str
    name: str
    address: str
    points: tuple[Point, ...]
    tax_code: str = ""
    vat_number: str = ""
    email: str = ""
    phone: str = ""

    @property
    def tax_id(self) -> str:
        """The tax id that the invoice shows."""
        return self.tax_code or self.vat_number


@dataclass(frozen=True, slots=True)
class Role:
    """A person that the visitor can play: a description, and what to try."""

    first_name: str
    last_name: str
    note: str
    customers: tuple[Customer, ...]
    to_try: tuple[str, ...]
    language: str = "it"


def _gas(
    number: int, address: str, *, last: int, monthly: int, swing: float, opens_in: int | None = None
) -> Point:
    """A household's gas, with a five-digit meter."""
    return Point(
        code=f"0099{number:010}",
        service=Service.GAS,
        address=address,
        monthly=monthly,
        swing=swing,
        self_reading=SelfReadingKind.METER,
        meter_serial=f"SV{number:07}",
        meter_digits=5,
        last_meter=last,
        meter_class="G4",
        offer="Gas Casa Sereno",
        opens_in=opens_in,
    )


def _corrected_gas(
    number: int,
    address: str,
    *,
    last: int,
    corrector: int,
    ratio: float,
    monthly: int,
    meter_class: str,
) -> Point:
    """A workshop's gas, with a meter and a corrector."""
    return Point(
        code=f"0099{number:010}",
        service=Service.GAS,
        address=address,
        monthly=monthly,
        swing=0.15,
        self_reading=SelfReadingKind.METER_AND_CORRECTOR,
        meter_serial=f"SV{number:07}",
        meter_digits=6,
        last_meter=last,
        meter_class=meter_class,
        corrector_serial=f"CV{number:07}",
        corrector_digits=7,
        last_corrector=corrector,
        corrector_ratio=ratio,
        coefficient=Decimal(1),
        offer="Gas Impresa",
    )


def _electricity(
    number: int, address: str, *, monthly: int, power: str, measured: bool = False
) -> Point:
    """Electricity, whose meter is read remotely."""
    return Point(
        code=f"IT999E{number:08}",
        service=Service.ELECTRICITY,
        address=address,
        monthly=monthly,
        swing=0.15,
        power_kw=Decimal(power),
        offer="Luce Verde 24",
        measured=measured,
    )


def _flats(first: int, street: str, how_many: int) -> tuple[Point, ...]:
    return tuple(
        _gas(
            first + flat,
            f"{street}, int. {flat}, Cesena (FC)",
            last=9_500 + 1_437 * flat,
            monthly=60 + 7 * (flat % 5),
            swing=0.7,
        )
        for flat in range(1, how_many + 1)
    )


_GIULIA_HOME = "Via Fiume Savio 28, Cesena (FC)"
_GIULIA = Customer(
    code="028680",
    name="Giulia Montanari",
    tax_code=tax_code("Montanari", "Giulia", date(1984, 5, 17), woman=True),
    address="Via Fiume Savio 28, 47521 Cesena (FC)",
    email="giulia.montanari@example.com",
    phone="+39 0547 000 280",
    points=(
        _gas(28681, _GIULIA_HOME, last=44_870, monthly=130, swing=0.2),
        _electricity(28680, _GIULIA_HOME, monthly=235, power="4.5", measured=True),
        _corrected_gas(
            28682,
            "Via dell'Arrigoni 44 (laboratorio), Cesena (FC)",
            last=118_240,
            corrector=171_905,
            ratio=1.45,
            monthly=620,
            meter_class="G25",
        ),
    ),
)
_ARMANDO = Customer(
    code="031415",
    name="Armando Fabbri",
    tax_code=tax_code("Fabbri", "Armando", date(1941, 11, 3), woman=False),
    address="Corso Mazzini 91, 47121 Forlì (FC)",
    email="armando.fabbri@example.com",
    phone="+39 0543 000 314",
    points=(
        # Close to the end of its five digits, so that the next reading is a rollover.
        _gas(31415, "Corso Mazzini 91, Forlì (FC)", last=99_958, monthly=45, swing=0.5),
    ),
)
_MARCO = Customer(
    code="030112",
    name="Marco Casadei",
    tax_code=tax_code("Casadei", "Marco", date(1979, 2, 8), woman=False),
    address="Via Ravegnana 210, 47122 Forlì (FC)",
    email="marco.casadei@example.com",
    phone="+39 0543 000 301",
    points=(
        _gas(30112, "Via Ravegnana 210, Forlì (FC)", last=12_360, monthly=95, swing=0.85),
        _electricity(30112, "Via Ravegnana 210, Forlì (FC)", monthly=290, power="3", measured=True),
    ),
)
_BAKERY = Customer(
    code="027004",
    name="Forno Valzania S.n.c. di Valzania Piero & C.",
    vat_number=body_code(23),
    address="Piazza del Popolo 7, 47521 Cesena (FC)",
    email="forno.valzania@example.com",
    phone="+39 0547 000 270",
    points=(
        _corrected_gas(
            27004,
            "Piazza del Popolo 7, Cesena (FC)",
            last=402_118,
            corrector=613_420,
            ratio=1.52,
            monthly=1_450,
            meter_class="G40",
        ),
        _electricity(27004, "Piazza del Popolo 7, Cesena (FC)", monthly=2_600, power="25"),
    ),
)
_GELSO = Customer(
    code="035200",
    name="Condominio Il Gelso",
    tax_code=body_code(31),
    address="Via del Gelso 15, 47521 Cesena (FC)",
    email="studio.zoli@example.com",
    phone="+39 0547 000 352",
    points=_flats(35200, "Via del Gelso 15", 8),
)
_CARDUCCI = Customer(
    code="035201",
    name="Condominio Carducci 112",
    tax_code=body_code(32),
    address="Viale Carducci 112, 47521 Cesena (FC)",
    email="studio.zoli@example.com",
    phone="+39 0547 000 352",
    points=(
        *_flats(35300, "Viale Carducci 112", 6),
        _electricity(
            35201, "Viale Carducci 112 (parti comuni), Cesena (FC)", monthly=310, power="6"
        ),
    ),
)
_NADIA = Customer(
    code="040077",
    name="Nadia Ricci",
    tax_code=tax_code("Ricci", "Nadia", date(1990, 8, 29), woman=True),
    address="Via Cervese 301, 47521 Cesena (FC)",
    email="nadia.ricci@example.com",
    points=(
        _gas(40077, "Via Cervese 301, Cesena (FC)", last=6_204, monthly=85, swing=0.8, opens_in=4),
    ),
)
_DINO = Customer(
    code="041000",
    name="Dino Lombardi",
    tax_code=tax_code("Lombardi", "Dino", date(1958, 12, 21), woman=False),
    address="Via Monte 6, 47032 Bertinoro (FC)",
    phone="+39 0543 000 410",
    points=(_gas(41000, "Via Monte 6, Bertinoro (FC)", last=23_870, monthly=110, swing=0.85),),
)

ROLES = (
    Role(
        "Giulia",
        "Montanari",
        "Casa a Cesena con gas e luce, e un laboratorio di ceramica con il correttore",
        (_GIULIA,),
        (
            "Collega la fornitura con i codici qui sotto; il codice di conferma arriva nella posta",
            "Autolettura di casa: 45.000",
            "Autolettura del laboratorio: contatore 118.860, correttore 172.804",
            "Prova anche 44.000, 45,5 oppure 60.000",
        ),
    ),
    Role(
        "Armando",
        "Fabbri",
        "Pensionato, un solo contatore del gas che sta per ricominciare da zero",
        (_ARMANDO,),
        ("Dopo il collegamento scrivi solo 5: il contatore ha fatto il giro",),
    ),
    Role(
        "Marco",
        "Casadei",
        "Famiglia con gas e luce",
        (_MARCO,),
        ("Scegli la fornitura con /fornitura e guarda /letture",),
    ),
    Role(
        "Piero",
        "Valzania",
        "Fornaio: partita IVA, contatore e correttore",
        (_BAKERY,),
        ("Collega con la partita IVA; poi contatore 403.550, correttore 615.600",),
    ),
    Role(
        "Elisa",
        "Zoli",
        "Amministra due condomìni con tanti contatori",
        (_GELSO, _CARDUCCI),
        ("Collega tutti e due i condomìni nella stessa chat, poi con /autolettura scrivi: int. 4",),
    ),
    Role(
        "Nadia",
        "Ricci",
        "La sua finestra per le autoletture apre fra qualche giorno",
        (_NADIA,),
        ("Prova /autolettura: la finestra è chiusa",),
    ),
    Role(
        "Dino",
        "Lombardi",
        "Non ha lasciato un indirizzo e-mail",
        (_DINO,),
        ("Prova a collegare la fornitura: senza e-mail non si può",),
    ),
    Role(
        "Sofia",
        "Montanari",
        "Figlia di Giulia: non è cliente, guarderà soltanto, su invito",
        (),
        ("Prova a scrivere qualcosa senza essere collegata",),
        language="en",
    ),
)

CLERK = Role(
    "Olga",
    "Berti",
    "Lavora all'assistenza: risponde ai clienti nel gruppo «Assistenza»",
    (),
    (
        "Da cliente, scrivi qualcosa con /assistenza",
        "Poi apri il suo gruppo Assistenza: ogni richiesta è un argomento",
        "Quello che Olga scrive in un argomento arriva al cliente, tranne ciò che comincia con //",
        "/chiudi chiude la richiesta",
    ),
)
"""A member of the supplier's staff, who is not a customer."""

CUSTOMERS = tuple(customer for role in ROLES for customer in role.customers)
