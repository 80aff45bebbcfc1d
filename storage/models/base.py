"""The declarative base, and the column types that tables share."""

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from storage.vault import Vault


class Base(DeclarativeBase):
    """Base of all tables, with constraint names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # An id must mean one row for ever, even after that is removed: messages being sent and
        # buttons in chats outlive it. PostgreSQL's sequences ensure that by themselves.
        table = cls.__table__
        if isinstance(table, Table) and table.autoincrement_column is not None:
            table.dialect_options["sqlite"]["autoincrement"] = True


class Instant(TypeDecorator[datetime]):
    """An instant: timezone-aware in Python, UTC in the database.

    SQLite stores no offset, so UTC is added when reading. A naive value is refused when writing,
    because its time zone is unknown.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal number stored exactly, as text, since SQLite has no decimals."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def vault_of(dialect: Dialect) -> Vault:
    """The vault of the engine that a dialect belongs to (set by ``storage.engine``)."""
    vault: Vault | None = getattr(dialect, "sportello_vault", None)
    if vault is None:
        raise RuntimeError("this engine was made without a vault; use storage.engine.open_store")
    return vault


class Fingerprint(TypeDecorator[str]):
    """A keyed hash: plain text is hashed when it is stored or compared.

    To find an equal text, compare with ``fingerprints(session, text)``: it has the hash under every
    key, so that lookups work during a key rotation. Reading gives the hash, never the text.
    """

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, _Hashed):
            return value
        return vault_of(dialect).digest(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return value


class _Hashed(str):
    """A hash that must not be hashed again."""

    __slots__ = ()


def fingerprints(dialect: Dialect, text: str) -> list[str]:
    """The stored forms that *text* may have, one for each key."""
    return [_Hashed(digest) for digest in vault_of(dialect).digests(text)]


class Members(TypeDecorator[frozenset[Any]]):
    """A set of members of an enumeration with text values; the empty set is NULL."""

    impl = String(255)
    cache_ok = True

    def __init__(self, kind: type[enum.Enum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: frozenset[Any] | None, _dialect: Dialect) -> str | None:
        return " ".join(sorted(member.value for member in value)) if value else None

    def process_result_value(self, value: str | None, _dialect: Dialect) -> frozenset[Any]:
        return frozenset(self.kind(word) for word in (value or "").split())


def enumeration(kind: type[enum.Enum]) -> Enum:
    """A column type for *kind*: its values as short text, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=_snake(kind.__name__),
        values_callable=lambda members: [member.value for member in members],
    )


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
