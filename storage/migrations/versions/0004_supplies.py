"""Whose a point's days are becomes a table of its own, instead of the first visible day.

Revision: 0004, after 0003
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("ends_on IS NULL")


def upgrade() -> None:
    op.create_table(
        "supplies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supply_point_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lost_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_supplies_ends_after_it_starts")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_supplies_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["supply_point_id"],
            ["supply_points.id"],
            name=op.f("fk_supplies_supply_point_id_supply_points"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplies")),
    )
    op.create_index(op.f("ix_supplies_customer_id"), "supplies", ["customer_id"])
    op.create_index(
        op.f("ix_supplies_supply_point_id_customer_id_starts_on"),
        "supplies",
        ["supply_point_id", "customer_id", "starts_on"],
    )
    op.create_index(
        "uq_supplies_one_open",
        "supplies",
        ["supply_point_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    # What was set apart as somebody's keeps their name in ``readings.customer_id``.
    op.execute(
        sa.text(
            "INSERT INTO supplies (supply_point_id, customer_id, starts_on)"
            " SELECT id, customer_id, visible_from FROM supply_points ORDER BY id"
        )
    )
    _give_back()
    op.drop_column("supply_points", "visible_from")  # SQLite does it in place


def _give_back() -> None:
    """Opens the earlier days of points that had gone to somebody by mistake and come back.

    There the first visible day was that of the return, and the customer's own readings from before
    bear their name. One that came back later than after two months is left as it was.
    """
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT p.id, p.visible_from, min(r.day) AS first_read, max(r.day) AS last_read"
            " FROM supply_points p JOIN readings r"
            " ON r.supply_point_id = p.id AND r.customer_id = p.customer_id"
            " WHERE r.day < p.visible_from AND r.day >= p.since GROUP BY p.id, p.visible_from"
        ).columns(id=sa.Integer, visible_from=sa.Date, first_read=sa.Date, last_read=sa.Date)
    ).all()
    supplies = sa.table(
        "supplies",
        sa.column("supply_point_id", sa.Integer),
        sa.column("starts_on", sa.Date),
    )
    for point_id, visible_from, first, last in found:
        if visible_from - last <= timedelta(days=60):
            connection.execute(
                sa.update(supplies)
                .where(supplies.c.supply_point_id == point_id)
                .values(starts_on=first)
            )


def downgrade() -> None:
    op.add_column(
        "supply_points",
        sa.Column("visible_from", sa.Date(), nullable=False, server_default="1970-01-01"),
    )
    op.execute(
        sa.text(
            "UPDATE supply_points SET visible_from = coalesce((SELECT starts_on FROM supplies"
            " WHERE supplies.supply_point_id = supply_points.id AND ends_on IS NULL), since)"
        )
    )
    op.drop_table("supplies")
