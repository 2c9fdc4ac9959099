"""A letter whose step was recorded with it knows which of its kind in the log that is.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from alembic import op

from runtime.cluster import APP

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The place of a letter is known when it is sent."""
    op.execute(f"GRANT UPDATE (place) ON letter TO {APP}")


def downgrade() -> None:
    """The place is given when a letter is drafted, or never."""
    op.execute(f"REVOKE UPDATE (place) ON letter FROM {APP}")
