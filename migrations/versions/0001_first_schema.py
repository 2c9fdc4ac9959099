"""The first schema: cases and their append-only log, what is derived from it, calendars and reports.

The application's role (``yishen_app``) may insert into and read the log, nothing else. Agencies, accounts and
calendars are only added to; derived rows may be made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APP = "yishen_app"
APPEND_ONLY = ("case_event", "calendar_revision", "calendar_day", "sealing_key")
UPDATABLE = ("agency", "user_account", "applicant", "request_case", "counter", "proactive_figure", "report")
REMADE = ("deadline", "fee", "review", "report_cell")


def upgrade() -> None:
    """Make the tables and give the application's role what it may do with each."""
    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    op.create_table(
        "applicant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("identity_number", sa.LargeBinary(), nullable=True),
        sa.Column("telephone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("identity_index", sa.LargeBinary(), nullable=True),
        sa.Column("telephone_index", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_applicant_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applicant")),
    )
    op.create_index(op.f("ix_applicant_identity_index"), "applicant", ["identity_index"], unique=False)
    op.create_table(
        "calendar_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("announced", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("mark", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_calendar_revision_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_revision")),
    )
    op.create_table(
        "counter",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_counter_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", "kind", "year", name=op.f("pk_counter")),
    )
    op.create_table(
        "proactive_figure",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("figures", sa.ARRAY(sa.Numeric()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_proactive_figure_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", "year", "item", name=op.f("pk_proactive_figure")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_report_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("agency_id", "year", name=op.f("uq_report_agency_id_year")),
    )
    op.create_table(
        "sealing_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_sealing_key")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_user_account_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_user_account_agency_id_name")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("revision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["calendar_revision.id"], name=op.f("fk_calendar_day_revision_id_calendar_revision")
        ),
        sa.PrimaryKeyConstraint("revision_id", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "report_cell",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_cell_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "path", "position", name=op.f("pk_report_cell")),
    )
    op.create_table(
        "request_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("applicant_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reply_due", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("(closed_on IS NULL) = (outcome IS NULL)", name=op.f("ck_request_case_closed_with_outcome")),
        sa.CheckConstraint("closed_on >= received_on", name=op.f("ck_request_case_closed_after_received")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_request_case_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicant.id"], name=op.f("fk_request_case_applicant_id_applicant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_case")),
        sa.UniqueConstraint("agency_id", "number", name=op.f("uq_request_case_agency_id_number")),
    )
    op.create_index(
        "ix_request_case_open",
        "request_case",
        ["agency_id", "received_on"],
        unique=False,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index(
        "ix_request_case_rollup",
        "request_case",
        ["agency_id", "received_on"],
        unique=False,
        postgresql_include=["closed_on", "outcome", "applicant_kind"],
    )
    op.create_table(
        "case_event",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_case_event_case_id_request_case")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_event")),
        sa.UniqueConstraint("command_id", name=op.f("uq_case_event_command_id")),
    )
    op.create_table(
        "deadline",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'open' OR due_on IS NOT NULL", name=op.f("ck_deadline_open_has_a_day")),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_deadline_case_id_request_case")),
        sa.PrimaryKeyConstraint("case_id", "kind", "round", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_open", "deadline", ["due_on"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "fee",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("billed_yuan", sa.Numeric(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("received_yuan", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_fee_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_fee_case_id_request_case")),
        sa.PrimaryKeyConstraint("case_id", "round", name=op.f("pk_fee")),
    )
    op.create_index("ix_fee_notified", "fee", ["agency_id", "notified_on"], unique=False)
    op.create_index("ix_fee_paid", "fee", ["agency_id", "paid_on"], unique=False)
    op.create_table(
        "review",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_review_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_review_case_id_request_case")),
        sa.PrimaryKeyConstraint("case_id", "round", name=op.f("pk_review")),
    )
    op.create_index("ix_review_rollup", "review", ["agency_id", "accepted_on"], unique=False)

    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
    for table in UPDATABLE:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {APP}")
    for table in REMADE:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_review_rollup", table_name="review")
    op.drop_table("review")
    op.drop_index("ix_fee_paid", table_name="fee")
    op.drop_index("ix_fee_notified", table_name="fee")
    op.drop_table("fee")
    op.drop_index("ix_deadline_open", table_name="deadline", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadline")
    op.drop_table("case_event")
    op.drop_index(
        "ix_request_case_rollup",
        table_name="request_case",
        postgresql_include=["closed_on", "outcome", "applicant_kind"],
    )
    op.drop_index("ix_request_case_open", table_name="request_case", postgresql_where=sa.text("closed_on IS NULL"))
    op.drop_table("request_case")
    op.drop_table("report_cell")
    op.drop_table("calendar_day")
    op.drop_table("user_account")
    op.drop_table("sealing_key")
    op.drop_table("report")
    op.drop_table("proactive_figure")
    op.drop_table("counter")
    op.drop_table("calendar_revision")
    op.drop_index(op.f("ix_applicant_identity_index"), table_name="applicant")
    op.drop_table("applicant")
    op.drop_table("agency")
