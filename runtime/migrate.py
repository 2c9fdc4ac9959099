"""The schema's revision: which one there is, which one there should be, and the way from one to the other.

Alembic is used as a library, and only where there is something to migrate: comparing two revisions must cost nothing
at the start of every command, so the newest one is named in the file ``migrations/HEAD``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

import migrations
from runtime import row_security
from runtime.cluster import APP
from runtime.faults import RuntimeFault

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(str(migrations.__file__)).parent
# One key for all programs of this project: "YISH" in ASCII.
UPGRADE_LOCK = 0x59495348


def head_revision(location: Path | None = None) -> str:
    """The revision that this program's code was written for, as ``HEAD`` in the migrations folder names it."""
    return ((location or MIGRATIONS) / "HEAD").read_text(encoding="ascii").strip()


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one. ``RuntimeFault`` if it is at several."""
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    if len(found) > 1:
        raise RuntimeFault(f"数据库同时处于多个结构版本（{'、'.join(found)}），请从备份恢复")
    return found[0] if found else None


def knows_revision(revision: str | None, location: Path | None = None) -> bool:
    """True when this program has a way from ``revision`` to its head; false means a newer program made it."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config(location))
    return revision is None or revision in {script.revision for script in scripts.walk_revisions()}


def upgrade(engine: Engine, location: Path | None = None) -> bool:
    """Bring the database to the head, each migration in a transaction of its own; true when there was work to do.

    ``engine`` connects as the owner of the schema. Any number of programs may call this at once: one works, the
    others wait under an advisory lock and find nothing left. ``RuntimeFault`` when the database is ahead of the
    program or when a migration fails; what was migrated before it stays.
    """
    head = head_revision(location)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
        try:
            before = current_revision(connection)
            # Alembic must find no transaction open, or it would put all migrations into that one.
            connection.commit()
            if before == head:
                # Somebody may have made the role meanwhile.
                if not row_security.is_on(connection):
                    connection.rollback()
                    row_security.settle(connection)
                return False
            if not knows_revision(before, location):
                raise RuntimeFault(ahead(before, head))
            _run(connection, head, location)
            connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP}"))
            connection.commit()
            row_security.settle(connection)
        finally:
            # A lost connection has lost its lock as well.
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})
                connection.commit()
    return True


def differences(connection: Connection) -> list[object]:
    """What the migrated database and the tables of ``models`` disagree on, as alembic tells it; empty when nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    import models.tables  # noqa: F401 - fills the metadata

    return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


def ahead(found: str | None, head: str) -> str:
    """The sentence for a database that a newer program has migrated."""
    return f"数据库的结构版本 {found} 比本程序（{head}）新，请改用与之相符的新版本程序"


def alembic_config(location: Path | None = None) -> Config:
    """Alembic's configuration for a migrations folder, without an ini file."""
    from alembic.config import Config

    config = Config()
    # Config interpolates percent signs; a path may hold one.
    config.set_main_option("script_location", str(location or MIGRATIONS).replace("%", "%%"))
    return config


def _run(connection: Connection, head: str, location: Path | None) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config(location)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, head)
    except (CommandError, DBAPIError) as error:
        first = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
        raise RuntimeFault(f"数据库升级到结构版本 {head} 失败：{first[0] if first else error!r}") from error
