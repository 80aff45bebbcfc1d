"""Readings keep the flags of the rules, whatever they are, instead of three truths.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FLAGS = {
    "confirmed_unusual": "confirmed_unusual",
    "corrector_rollover": "corrector_rolled_over",
    "meter_rollover": "meter_rolled_over",
}
"""The word of a flag, and the column that it stood in; in the order in which they are kept."""

# Every statement is one that SQLite does in place: no table is written anew.


def upgrade() -> None:
    op.add_column("readings", sa.Column("flags", sa.String(length=255), nullable=True))
    readings = sa.table("readings", sa.column("flags", sa.String), *_columns())
    words = [sa.case((readings.c[column], f"{flag} "), else_="") for flag, column in _FLAGS.items()]
    joined = sa.func.trim(words[0].op("||")(words[1]).op("||")(words[2]))
    marked = sa.or_(*(readings.c[column] for column in _FLAGS.values()))
    op.execute(sa.update(readings).where(marked).values(flags=joined))
    for column in _FLAGS.values():
        op.drop_column("readings", column)


def downgrade() -> None:
    for column in reversed(_FLAGS.values()):
        op.add_column(
            "readings", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    readings = sa.table("readings", sa.column("flags", sa.String), *_columns())
    unusual = [
        readings.c.flags.contains(word, autoescape=True)
        for word in ("confirmed_unusual", "no_consumption", "unusually", "ratio", "comparable")
    ]
    op.execute(
        sa.update(readings)
        .where(readings.c.flags.is_not(None))
        .values(
            confirmed_unusual=sa.or_(*unusual),
            corrector_rolled_over=readings.c.flags.contains("corrector_rollover", autoescape=True),
            meter_rolled_over=readings.c.flags.contains("meter_rollover", autoescape=True),
        )
    )
    op.drop_column("readings", "flags")


def _columns() -> list[sa.ColumnClause[bool]]:
    return [sa.column(column, sa.Boolean) for column in _FLAGS.values()]
