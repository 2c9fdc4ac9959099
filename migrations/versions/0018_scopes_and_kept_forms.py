"""A client's scopes may be changed, further ones by two people; a form that came after its session had ended is kept.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.cluster import APP

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep beside a client's scopes those that it is to have, and who asked for them; beside a session its last form."""
    op.add_column("api_client", sa.Column("asked_scopes", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column("api_client", sa.Column("asked_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_api_client_asked_by_somebody"), "api_client", "(asked_scopes IS NULL) = (asked_by IS NULL)"
    )
    op.add_column("user_session", sa.Column("kept_form", sa.LargeBinary(), nullable=True))
    op.add_column("user_session", sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_user_session_kept_with_its_time"), "user_session", "(kept_form IS NULL) = (kept_at IS NULL)"
    )
    op.create_index(
        "ix_user_session_kept", "user_session", ["kept_at"], postgresql_where=sa.text("kept_at IS NOT NULL")
    )
    op.execute(f"GRANT UPDATE (scopes, asked_scopes, asked_by) ON api_client TO {APP}")


def downgrade() -> None:
    """What was asked for and not confirmed is forgotten, and every kept form; scopes never change again."""
    op.drop_index("ix_user_session_kept", "user_session")
    op.drop_column("user_session", "kept_at")
    op.drop_column("user_session", "kept_form")
    op.execute(f"REVOKE UPDATE (scopes) ON api_client FROM {APP}")
    op.drop_column("api_client", "asked_by")
    op.drop_column("api_client", "asked_scopes")
