"""Drafts of steps with the opinions of those who approve them; the content of files on cases.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is under way yet."""
    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("route", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_draft_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_draft_case_id_request_case")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_draft_by_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("command_id", name=op.f("uq_draft_command_id")),
    )
    op.create_index(
        "ix_draft_under_way",
        "draft",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('in_review', 'approved')"),
    )
    op.create_index("ix_draft_state", "draft", ["agency_id", "state", "id"])
    op.create_index("ix_draft_author", "draft", ["by_id", "state"])
    op.create_index(op.f("ix_draft_case_id"), "draft", ["case_id"])
    op.create_table(
        "approval",
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_approval_draft_id_draft")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_approval_by_id_user_account")),
        sa.PrimaryKeyConstraint("draft_id", "place", name=op.f("pk_approval")),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE (state) ON draft TO {APP}")
    op.execute(f"GRANT SELECT, INSERT ON approval TO {APP}")
    op.create_table(
        "attachment",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_attachment_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"],
            ["case_event.case_id", "case_event.seq"],
            name=op.f("fk_attachment_event_case_event"),
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_attachment")),
    )
    # Pictures and office files are packed already.
    op.execute("ALTER TABLE attachment ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute(f"GRANT SELECT, INSERT ON attachment TO {APP}")


def downgrade() -> None:
    """Forget what was proposed, and the files; what was recorded stays in the log."""
    op.drop_table("attachment")
    op.drop_table("approval")
    op.drop_table("draft")
