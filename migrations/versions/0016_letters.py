"""Letters: templates of an agency, letters of a case, and what was signed with its number.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOVES = "state, texts, fault, means, tracking, sent_on, sent_by, delivered_on, returned_on, reason"


def upgrade() -> None:
    """No letter is there yet."""
    op.create_table(
        "letter_template",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_letter_template_numbered_from_one")),
        sa.CheckConstraint("active = (content IS NOT NULL)", name=op.f("ck_letter_template_active_with_content")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_letter_template_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", "code", "version", name=op.f("pk_letter_template")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("means", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_letter_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_letter_case_id_request_case")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_letter_draft_id_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("command_id", name=op.f("uq_letter_command_id")),
        sa.UniqueConstraint("case_id", "code", "round", name=op.f("uq_letter_case_id_code_round")),
    )
    op.create_index("ix_letter_state", "letter", ["agency_id", "state", "id"])
    op.create_index(
        "ix_letter_batch", "letter", ["agency_id", "batch", "id"], postgresql_where=sa.text("batch IS NOT NULL")
    )
    op.create_table(
        "letter_issue",
        sa.Column("letter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_from", postgresql.JSONB(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_issue_letter_id_letter")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_letter_issue_agency_id_agency")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter_issue")),
        sa.UniqueConstraint("agency_id", "number", name=op.f("uq_letter_issue_agency_id_number")),
        sa.UniqueConstraint(
            "agency_id", "series", "year", "serial", name=op.f("uq_letter_issue_agency_id_series_year_serial")
        ),
    )
    # A docx is packed already.
    for table in ("letter_template", "letter_issue"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN content SET STORAGE EXTERNAL")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ({_MOVES}) ON letter TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def downgrade() -> None:
    """Forget the letters; what was recorded of them stays in the log."""
    op.drop_table("letter_issue")
    op.drop_table("letter")
    op.drop_table("letter_template")
