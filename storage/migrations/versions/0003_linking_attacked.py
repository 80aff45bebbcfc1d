"""Linking: locks that can be lifted, codes bound to their address, e-mails that wait for access

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ADD COLUMN, also on SQLite: no table is written anew.
    instant = storage.models.base.Instant
    op.add_column("link_attempts", sa.Column("forgiven_at", instant(timezone=True), nullable=True))
    op.create_index(op.f("ix_link_attempts_at"), "link_attempts", ["at"])
    op.add_column("one_time_codes", sa.Column("mailed_to", sa.String(64), nullable=True))
    for name in ("gives_access_at", "stopped_at"):
        op.add_column("contact_changes", sa.Column(name, instant(timezone=True), nullable=True))
    op.add_column("contact_changes", sa.Column("access_before", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("access_before", "stopped_at", "gives_access_at"):
        op.drop_column("contact_changes", name)
    op.drop_column("one_time_codes", "mailed_to")
    op.drop_index(op.f("ix_link_attempts_at"), table_name="link_attempts")
    op.drop_column("link_attempts", "forgiven_at")
