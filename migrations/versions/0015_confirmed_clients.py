"""A client of the interface opens nothing before its scopes are confirmed; failures to sign in by their address.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.cluster import APP

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Clients that the machine's owner made are confirmed; those made on the pages wait for it."""
    op.add_column("api_client", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_client", sa.Column("approved_by", sa.Text(), nullable=True))
    op.execute("UPDATE api_client SET approved_at = made_at, approved_by = made_by WHERE made_by LIKE 'cli:%'")
    where = sa.text("kind = 'sign_in_failed'")
    op.create_index("ix_audit_event_failures", "audit_event", ["address", "at"], postgresql_where=where)
    op.execute(f"GRANT UPDATE (approved_at, approved_by) ON api_client TO {APP}")


def downgrade() -> None:
    """Let every client that is not revoked open what its scopes say."""
    op.drop_index("ix_audit_event_failures", "audit_event")
    op.drop_column("api_client", "approved_by")
    op.drop_column("api_client", "approved_at")
