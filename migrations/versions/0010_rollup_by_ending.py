"""The roll-up reads a year's cases by the day on which they ended, and passes over those that ended before it.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_request_case_rollup", "request_case"
COVERED = ["closed_on", "outcome", "applicant_kind"]
ENDING = sa.text("coalesce(closed_on, 'infinity'::date)")


def upgrade() -> None:
    """Make the covering index in the order of the day of ending; an open case comes last."""
    _make(["agency_id", ENDING, "received_on"])


def downgrade() -> None:
    """Make it in the order of the day of receipt again."""
    _make(["agency_id", "received_on"])


def _make(columns: list[str | sa.TextClause]) -> None:
    op.drop_index(NAME, table_name=TABLE)
    op.create_index(NAME, TABLE, columns, postgresql_include=COVERED, postgresql_where=sa.text("counted"))
