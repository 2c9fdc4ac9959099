"""Small migrations for tests."""

from __future__ import annotations

from pathlib import Path

STEP = """
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    op.execute("{statement}")
"""


def add_step(location: Path, revision: str, down: str | None, statement: str) -> None:
    """Write a migration and name it the newest."""
    step = STEP.format(revision=revision, down=down, statement=statement)
    (location / "versions" / f"{revision}_step.py").write_text(step)
    (location / "HEAD").write_text(revision + "\n")
