"""Searching cases: the day by which lists are in order, the words of what is asked for, the orders people look in.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from runtime.cluster import APP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDERS = {
    "ix_request_case_newest": [],
    "ix_request_case_state": ["state"],
    "ix_request_case_outcome": ["outcome"],
    "ix_request_case_officer": ["officer"],
}


def upgrade() -> None:
    """Give every case its day; its words are derived again from its log."""
    op.add_column("request_case", sa.Column("came_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE request_case SET came_on = coalesce(received_on, (SELECT happened_on FROM case_event"
        " WHERE case_id = request_case.id ORDER BY seq LIMIT 1), '1970-01-01'), snapshot = NULL"
    )
    op.alter_column("request_case", "came_on", nullable=False)
    # Numbers are compared by their characters, in whatever language the database sorts: a beginning is a range.
    op.alter_column("request_case", "number", type_=sa.Text(collation="C"))
    for name, columns in ORDERS.items():
        where = sa.text(f"{columns[0]} IS NOT NULL") if columns in (["outcome"], ["officer"]) else None
        op.create_index(name, "request_case", ["agency_id", *columns, "came_on", "id"], postgresql_where=where)
    op.create_index(
        "ix_request_case_due", "request_case", ["agency_id", "reply_due", "id"], postgresql_where=sa.text("is_open")
    )
    op.create_table(
        "case_words",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["request_case.id"], name=op.f("fk_case_words_case_id_request_case")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_case_words_agency_id_agency")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_words")),
    )
    op.create_index(op.f("ix_case_words_words"), "case_words", ["words"], postgresql_using="gin")
    op.create_index(op.f("ix_applicant_agency_id_name"), "applicant", ["agency_id", "name"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON case_words TO {APP}")


def downgrade() -> None:
    """Remove what :func:`upgrade` made."""
    op.drop_index(op.f("ix_applicant_agency_id_name"), "applicant")
    op.drop_table("case_words")
    op.drop_index("ix_request_case_due", "request_case")
    for name in ORDERS:
        op.drop_index(name, "request_case")
    op.alter_column("request_case", "number", type_=sa.Text())
    op.drop_column("request_case", "came_on")
