"""SQLite gives no number twice, also not that of a row that is gone.

Revision: 0005, after 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBERED = (
    "acquisitions",
    "announcements",
    "chat_links",
    "contact_changes",
    "customers",
    "documents",
    "entry_windows",
    "invitations",
    "invoices",
    "link_attempts",
    "one_time_codes",
    "outbox",
    "readings",
    "reminder_rounds",
    "supplies",
    "supply_points",
    "ticket_files",
    "ticket_messages",
    "tickets",
    "withdrawn_windows",
)


def upgrade() -> None:
    _write_anew(autoincrement=True)


def downgrade() -> None:
    _write_anew(autoincrement=False)


def _write_anew(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL's sequences have always gone forwards only
    for name in _NUMBERED:
        with op.batch_alter_table(
            name, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
        ):
            pass
