"""Outcomes of the distributor that were set aside for a person to look at

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcomes_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("supply_point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "unknown_code",
                "other_numbers",
                name="aside_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("meter", sa.BigInteger(), nullable=True),
        sa.Column("corrector", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supply_point_id"],
            ["supply_points.id"],
            name=op.f("fk_outcomes_aside_supply_point_id_supply_points"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes_aside")),
        sa.UniqueConstraint("key", name=op.f("uq_outcomes_aside_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_outcomes_aside_supply_point_id"), "outcomes_aside", ["supply_point_id"]
    )


def downgrade() -> None:
    op.drop_table("outcomes_aside")
