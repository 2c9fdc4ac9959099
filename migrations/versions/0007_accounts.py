"""Accounts: several roles for one person, how they sign in, their sessions, and the audit log.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ADMINISTRATORS = "ARRAY['system_administrator', 'security_administrator', 'audit_administrator']"
NEW_COLUMNS = (
    "login",
    "password_hash",
    "password_changed_at",
    "must_change",
    "failed_count",
    "locked_until",
    "totp_secret",
    "totp_confirmed_at",
    "totp_last_step",
)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Give every account its role as a list; nobody has a login yet."""
    _accounts()
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        _instant("made_at"),
        _instant("seen_at"),
        _instant("ends_at"),
        _instant("revoked_at", nullable=True),
        sa.Column("flash", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_session_token_digest")),
    )
    op.create_index(op.f("ix_user_session_ends_at"), "user_session", ["ends_at"])
    op.create_index("ix_user_session_of", "user_session", ["user_id"], postgresql_where=sa.text("revoked_at IS NULL"))
    op.create_table(
        "setup_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _instant("made_at"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_setup_code")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _instant("at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_audit_event_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint(
            "agency_id", "seq", name=op.f("uq_audit_event_agency_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_audit_event_kind", "audit_event", ["kind", "id"])
    for table in ("user_session", "setup_code"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
    op.execute(f"GRANT SELECT, INSERT ON audit_event TO {APP}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")


def _accounts() -> None:
    op.add_column("user_account", sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.execute("UPDATE user_account SET roles = ARRAY[role]")
    op.drop_column("user_account", "role")
    for column in (
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        _instant("password_changed_at", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("failed_count", sa.Integer(), nullable=False, server_default="0"),
        _instant("locked_until", nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        _instant("totp_confirmed_at", nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
    ):
        op.add_column("user_account", column)
    op.create_unique_constraint(op.f("uq_user_account_login"), "user_account", ["login"])
    complete = "login IS NULL OR password_hash IS NOT NULL"
    op.create_check_constraint(op.f("ck_user_account_login_with_password"), "user_account", complete)
    apart = f"cardinality(roles) <= 1 OR NOT roles && {ADMINISTRATORS}"
    op.create_check_constraint(op.f("ck_user_account_administrators_apart"), "user_account", apart)


def downgrade() -> None:
    """Undo it; of several roles the first is kept."""
    for table in ("audit_event", "setup_code", "user_session"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_user_account_administrators_apart"), "user_account")
    op.drop_constraint(op.f("ck_user_account_login_with_password"), "user_account")
    op.add_column("user_account", sa.Column("role", sa.Text(), nullable=True))
    op.execute("UPDATE user_account SET role = coalesce(roles[1], 'officer')")
    op.alter_column("user_account", "role", nullable=False)
    for column in (*NEW_COLUMNS, "roles"):
        op.drop_column("user_account", column)
