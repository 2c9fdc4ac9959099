"""The law complete: requests not yet confirmed, records to correct, void cases, representatives.

A snapshot is what follows from the log; the new fold writes it in another form, so it is emptied here and derived
again when the database is next opened.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLLUP = ["closed_on", "outcome", "applicant_kind"]


def upgrade() -> None:
    """Widen the row of a case, and index what is searched for now."""
    op.add_column("applicant", sa.Column("representative", sa.LargeBinary(), nullable=True))
    op.create_index("ix_applicant_telephone_index", "applicant", ["telephone_index"])
    op.add_column("request_case", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("request_case", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE request_case SET is_open = closed_on IS NULL")
    op.alter_column("request_case", "counted", server_default=None)
    op.alter_column("request_case", "is_open", server_default=None)
    op.alter_column("request_case", "received_on", nullable=True)
    op.alter_column("request_case", "snapshot", existing_type=postgresql.JSONB(), nullable=True)
    op.execute("UPDATE request_case SET snapshot = NULL")
    op.drop_constraint(op.f("ck_request_case_closed_with_outcome"), "request_case", type_="check")
    op.create_check_constraint(
        op.f("ck_request_case_closed_with_outcome"),
        "request_case",
        "NOT counted OR (closed_on IS NULL) = (outcome IS NULL)",
    )
    op.drop_index("ix_request_case_rollup", table_name="request_case")
    op.create_index(
        "ix_request_case_rollup",
        "request_case",
        ["agency_id", "received_on"],
        postgresql_include=ROLLUP,
        postgresql_where=sa.text("counted"),
    )
    op.drop_index("ix_request_case_open", table_name="request_case")
    op.create_index(
        "ix_request_case_open", "request_case", ["agency_id", "received_on"], postgresql_where=sa.text("is_open")
    )
    op.create_index("ix_request_case_underived", "request_case", ["id"], postgresql_where=sa.text("snapshot IS NULL"))
    op.create_index("ix_request_case_applicant_id", "request_case", ["applicant_id"])


def downgrade() -> None:
    """Undo it; cases that only the new form can hold stand in the way."""
    op.drop_index("ix_request_case_applicant_id", table_name="request_case")
    op.drop_index("ix_request_case_underived", table_name="request_case")
    op.drop_index("ix_request_case_open", table_name="request_case")
    op.create_index(
        "ix_request_case_open",
        "request_case",
        ["agency_id", "received_on"],
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.drop_index("ix_request_case_rollup", table_name="request_case")
    op.create_index("ix_request_case_rollup", "request_case", ["agency_id", "received_on"], postgresql_include=ROLLUP)
    op.drop_constraint(op.f("ck_request_case_closed_with_outcome"), "request_case", type_="check")
    op.create_check_constraint(
        op.f("ck_request_case_closed_with_outcome"), "request_case", "(closed_on IS NULL) = (outcome IS NULL)"
    )
    op.alter_column("request_case", "snapshot", existing_type=postgresql.JSONB(), nullable=False)
    op.alter_column("request_case", "received_on", nullable=False)
    op.drop_column("request_case", "is_open")
    op.drop_column("request_case", "counted")
    op.drop_index("ix_applicant_telephone_index", table_name="applicant")
    op.drop_column("applicant", "representative")
