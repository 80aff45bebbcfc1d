"""A replaced meter closes and the new one opens on the same day: both readings are kept

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NAME = "uq_readings_supplier_key"
_COMPANYS = sa.text("source <> 'autolettura'")


def upgrade() -> None:
    op.drop_index(_NAME, table_name="readings")
    _create(sa.text("coalesce(meter_serial, '')"))


def downgrade() -> None:
    # Of two meters on one day the narrower key takes one: the newest that was imported.
    op.execute(
        "DELETE FROM readings WHERE source <> 'autolettura' AND id NOT IN (SELECT max(id) FROM"
        " readings WHERE source <> 'autolettura' GROUP BY supply_point_id, day, source)"
    )
    op.drop_index(_NAME, table_name="readings")
    _create()


def _create(*more: sa.TextClause) -> None:
    op.create_index(
        _NAME,
        "readings",
        ["supply_point_id", "day", "source", *more],
        unique=True,
        sqlite_where=_COMPANYS,
        postgresql_where=_COMPANYS,
    )
