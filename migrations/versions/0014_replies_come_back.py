"""The cases whose reply came back are found by an index: the workbench asks for them among all that have ended.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "ix_request_case_came_back"
WHERE = "NOT is_open AND (snapshot #>> '{services,-1,returned}') IS NOT NULL"


def upgrade() -> None:
    """Make the index."""
    op.create_index(NAME, "request_case", ["agency_id"], postgresql_where=sa.text(WHERE))


def downgrade() -> None:
    """Remove it."""
    op.drop_index(NAME, table_name="request_case")
