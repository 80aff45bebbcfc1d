"""Buttons that open a conversation, like its command: in *Altro*, and after unclear messages.

Each is handled by the conversation that it opens, beside its command.
"""

from dataclasses import dataclass

from conversations.kit.taps import Tap


@dataclass(frozen=True, slots=True)
class OpenReading(Tap, code="or"):
    """*Lettura*."""


@dataclass(frozen=True, slots=True)
class OpenReadings(Tap, code="ol"):
    """*Le mie letture*."""


@dataclass(frozen=True, slots=True)
class OpenInvoices(Tap, code="of"):
    """*Bollette*."""


@dataclass(frozen=True, slots=True)
class OpenWithdrawals(Tap, code="oc"):
    """*Consumi*."""


@dataclass(frozen=True, slots=True)
class OpenMeasures(Tap, code="om"):
    """*Misure*."""


@dataclass(frozen=True, slots=True)
class OpenDocuments(Tap, code="od"):
    """*Documenti e moduli*."""


@dataclass(frozen=True, slots=True)
class OpenSupport(Tap, code="os"):
    """*Assistenza*."""


@dataclass(frozen=True, slots=True)
class OpenSupply(Tap, code="op"):
    """*Punto di fornitura*."""


@dataclass(frozen=True, slots=True)
class OpenMyData(Tap, code="oy"):
    """*I miei dati*."""


@dataclass(frozen=True, slots=True)
class OpenHelp(Tap, code="oh"):
    """*Come si fa*."""


@dataclass(frozen=True, slots=True)
class OpenEmergency(Tap, code="oe"):
    """*Emergenze*."""
