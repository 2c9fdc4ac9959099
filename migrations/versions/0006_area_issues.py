"""Sealed reports of an area, which are only added to, and when a report was handed in and published.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables: of issues, which the application's role may read and add to, and of what was published."""
    op.create_table(
        "area_issue",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("members", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_area_issue_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", "year", "version", name=op.f("pk_area_issue")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_area_issue_numbered_from_one")),
    )
    op.create_table(
        "report_publication",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("of_area", sa.Boolean(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_report_publication_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", "year", "of_area", name=op.f("pk_report_publication")),
    )
    op.execute(f"GRANT SELECT, INSERT ON area_issue TO {APP}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON report_publication TO {APP}")


def downgrade() -> None:
    """Undo it."""
    op.drop_table("report_publication")
    op.drop_table("area_issue")
