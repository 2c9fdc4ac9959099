"""Sealed reports: their issues, which are only added to; who is over whom; what the checks found of a draft.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ISSUED = ("report_issue", "report_issue_case")


def upgrade() -> None:
    """Make the table of issues, which the application's role may read and add to, and widen those that are there."""
    op.add_column("agency", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_agency_parent_id_agency"), "agency", "agency", ["parent_id"], ["id"])
    op.create_index(op.f("ix_agency_parent_id"), "agency", ["parent_id"])
    op.add_column("report", sa.Column("findings", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_request_case_ended",
        "request_case",
        ["agency_id", "closed_on"],
        postgresql_where=sa.text("counted"),
    )
    op.create_table(
        "report_issue",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_issue_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "version", name=op.f("pk_report_issue")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_report_issue_numbered_from_one")),
    )
    op.create_table(
        "report_issue_case",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("applicant_kind", sa.Text(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_issue_case_report_id_report")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["request_case.id"], name=op.f("fk_report_issue_case_case_id_request_case")
        ),
        sa.PrimaryKeyConstraint("report_id", "version", "case_id", name=op.f("pk_report_issue_case")),
    )
    op.create_index("ix_report_issue_case_of", "report_issue_case", ["case_id"])
    for table in ISSUED:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")


def downgrade() -> None:
    """Undo it; a sealed report becomes a draft again."""
    for table in reversed(ISSUED):
        op.drop_table(table)
    op.execute("UPDATE report SET state = 'draft'")
    op.drop_index("ix_request_case_ended", table_name="request_case")
    op.drop_column("report", "findings")
    op.drop_index(op.f("ix_agency_parent_id"), table_name="agency")
    op.drop_column("agency", "parent_id")
