"""A server whose commits are flushed to the disk, as an office's are: what is durable is measured on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from runtime import migrate
from runtime.postgres import EmbeddedServer, attach
from runtime.settings import Settings


@contextmanager
def durable_server(folder: Path, database: str) -> Iterator[EmbeddedServer]:
    """A server under ``folder`` with one migrated database, let go of when the block ends."""
    server = attach(Settings(data_dir=folder / "var", database_url=None, migration_database_url=None), linger=0)
    try:
        execute(server, f"CREATE DATABASE {database} OWNER yishen_owner")
        migrate.upgrade(create_engine(server.url("yishen_owner", database), poolclass=NullPool))
        yield server
    finally:
        server.release()


def execute(server: EmbeddedServer, statement: str) -> None:
    """Do something as the server's administrator, outside of a transaction."""
    engine = create_engine(server.url("yishen_admin"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
