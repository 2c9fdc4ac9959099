"""Saved views: what somebody looks for in the list of cases again and again, sealed.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.cluster import APP

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has a view yet."""
    op.create_table(
        "saved_view",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_saved_view")),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO {APP}")


def downgrade() -> None:
    """Forget the views."""
    op.drop_table("saved_view")
