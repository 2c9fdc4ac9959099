"""A sealed version keeps which reviews and fees it counts, so that these cells too open to the cases they had.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.cluster import APP

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, which the application's role may read and add to. What was sealed before has none of its rows."""
    op.create_table(
        "report_issue_share",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_issue_share_report_id_report")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["request_case.id"], name=op.f("fk_report_issue_share_case_id_request_case")
        ),
        sa.PrimaryKeyConstraint(
            "report_id", "version", "path", "position", "case_id", "round", name=op.f("pk_report_issue_share")
        ),
    )
    op.create_index("ix_report_issue_share_of", "report_issue_share", ["case_id"])
    op.execute(f"GRANT SELECT, INSERT ON report_issue_share TO {APP}")


def downgrade() -> None:
    """Forget them. Versions that had some no longer agree with their hashes."""
    op.drop_table("report_issue_share")
