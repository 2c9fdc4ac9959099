"""Administration: the history of an agency's choices, which the application may add to and read.

A figure of section two may be taken back, so that the register counts again. People may sign in through an identity
provider that knows them as a subject.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Choices that were made before have no history."""
    op.create_table(
        "practice_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_practice_change_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_change")),
    )
    op.create_index("ix_practice_change_of", "practice_change", ["agency_id", "id"])
    for name in ("provider", "subject"):
        op.add_column("user_account", sa.Column(name, sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_user_account_provider_subject"), "user_account", ["provider", "subject"])
    op.add_column("user_session", sa.Column("by_provider", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"GRANT SELECT, INSERT ON practice_change TO {APP}")
    op.execute(f"GRANT DELETE ON proactive_figure TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def downgrade() -> None:
    """Forget the history; the choices stay."""
    op.drop_column("user_session", "by_provider")
    op.drop_constraint(op.f("uq_user_account_provider_subject"), "user_account")
    for name in ("provider", "subject"):
        op.drop_column("user_account", name)
    op.execute(f"REVOKE DELETE ON proactive_figure FROM {APP}")
    op.drop_table("practice_change")
