"""What happens by itself: the outbox, jobs done once a period, reminders, inboxes, and the day a deadline wakes.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("outbox", "job_run", "reminder", "inbox_item")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _agency(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f(f"fk_{table}_agency_id_agency"))


def upgrade() -> None:
    """Make the tables, which the application's role may change and clear, and widen those that are there."""
    op.add_column("user_account", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("user_account", sa.Column("outlets", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.add_column("user_account", sa.Column("addresses", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("feed_index", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_user_account_feed_index"), "user_account", ["feed_index"])
    op.add_column("request_case", sa.Column("officer", sa.Text(), nullable=True))
    op.add_column("deadline", sa.Column("agency_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE deadline SET agency_id = c.agency_id FROM request_case c WHERE c.id = deadline.case_id")
    op.alter_column("deadline", "agency_id", nullable=False)
    op.create_foreign_key(op.f("fk_deadline_agency_id_agency"), "deadline", "agency", ["agency_id"], ["id"])
    op.add_column("deadline", sa.Column("wake_on", sa.Date(), nullable=False, server_default=sa.text("CURRENT_DATE")))
    op.create_index(
        "ix_deadline_wake", "deadline", ["wake_on", "agency_id"], postgresql_where=sa.text("state = 'open'")
    )
    _outbox()
    op.create_table(
        "job_run",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        _instant("started_at"),
        _instant("done_at", nullable=True),
        sa.Column("progress", postgresql.JSONB(), nullable=True),
        _agency("job_run"),
        sa.PrimaryKeyConstraint("job", "period", "agency_id", name=op.f("pk_job_run")),
    )
    _reminder()
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("dedup", sa.Text(), nullable=False),
        _instant("made_at"),
        _instant("read_at", nullable=True),
        _agency("inbox_item"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_item")),
        sa.UniqueConstraint("dedup", name=op.f("uq_inbox_item_dedup")),
    )
    op.create_index("ix_inbox_item_of", "inbox_item", ["agency_id", "recipient", "day"])
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("dedup", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        _instant("made_at"),
        _instant("due_at"),
        _instant("told_at", nullable=True),
        sa.Column("tellings", sa.Integer(), nullable=False, server_default="0"),
        _instant("done_at", nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _agency("outbox"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedup", name=op.f("uq_outbox_dedup")),
    )
    waiting = sa.text("done_at IS NULL")
    op.create_index("ix_outbox_waiting", "outbox", ["due_at", "id"], postgresql_where=waiting)
    op.create_index("ix_outbox_topic", "outbox", ["topic", "agency_id"], postgresql_where=waiting)


def _reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("milestone", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=True),
        _instant("sent_at", nullable=True),
        _instant("read_at", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_reminder_case_id_request_case")),
        _agency("reminder"),
        sa.PrimaryKeyConstraint(
            "case_id", "kind", "round", "due_on", "milestone", "recipient", "outlet", name=op.f("pk_reminder")
        ),
    )
    op.create_index("ix_reminder_inbox", "reminder", ["agency_id", "recipient", "made_on"])
    op.create_index(
        "ix_reminder_unsent",
        "reminder",
        ["agency_id", "recipient", "outlet"],
        postgresql_where=sa.text("sent_at IS NULL AND outlet <> 'inbox'"),
    )


def downgrade() -> None:
    """Undo it."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_deadline_wake", table_name="deadline")
    op.drop_column("deadline", "wake_on")
    op.drop_column("deadline", "agency_id")
    op.drop_column("request_case", "officer")
    for column in ("feed_index", "addresses", "outlets", "active"):
        op.drop_column("user_account", column)
