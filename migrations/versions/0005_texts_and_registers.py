"""The texts of the report, and the register of normative documents that its section two counts.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.cluster import APP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("report_text", "normative_document")


def upgrade() -> None:
    """Make the tables, which the application's role may change and clear."""
    op.create_table(
        "report_text",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("section BETWEEN 0 AND 6", name=op.f("ck_report_text_six_sections")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_text_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "section", "part", name=op.f("pk_report_text")),
    )
    op.create_table(
        "normative_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("repealed_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("repealed_on >= issued_on", name=op.f("ck_normative_document_repealed_after_issued")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_normative_document_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_normative_document")),
        sa.UniqueConstraint("agency_id", "number", name=op.f("uq_normative_document_agency_id_number")),
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def downgrade() -> None:
    """Undo it."""
    for table in reversed(TABLES):
        op.drop_table(table)
