"""Clients of the interface, and what they had done under a key of theirs.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Nobody has a client yet. A client is never deleted, and a call never changed: logs name them."""
    op.create_table(
        "api_client",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("token_prefix", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("below", sa.Boolean(), nullable=False, server_default=sa.false()),
        _instant("made_at"),
        sa.Column("made_by", sa.Text(), nullable=False),
        _instant("last_used_at", nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        _instant("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_api_client_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_api_client_agency_id_name")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_api_client_token_digest")),
    )
    op.create_table(
        "api_call",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        _instant("made_at"),
        sa.ForeignKeyConstraint(["client_id"], ["api_client.id"], name=op.f("fk_api_call_client_id_api_client")),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_api_call")),
    )
    op.execute(f"GRANT SELECT, INSERT ON api_client, api_call TO {APP}")
    op.execute(f"GRANT UPDATE (last_used_at, revoked_at) ON api_client TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def downgrade() -> None:
    """Forget the clients."""
    op.drop_table("api_call")
    op.drop_table("api_client")
