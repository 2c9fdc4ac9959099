"""A database for a trial: a cluster of its own in a folder that goes away; fast, because nothing in it is to last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from runtime import migrate
from runtime.cluster import APP, OWNER
from runtime.database import Database
from runtime.postgres import EmbeddedServer, attach, is_stopped
from runtime.settings import Settings

FORGETFUL = ("fsync=off", "full_page_writes=off")


@contextmanager
def temporary_server(folder: Path, pg_bin: Path | None = None) -> Iterator[EmbeddedServer]:
    """A server of its own under ``folder``, stopped when the block ends. Binaries as ``YISHEN_PG_BIN`` says."""
    settings = Settings(data_dir=folder / "var", database_url=None, migration_database_url=None)
    if pg_bin is not None:
        settings = settings.model_copy(update={"pg_bin": pg_bin})
    server = attach(settings, tuning=FORGETFUL, linger=0)
    try:
        yield server
    finally:
        server.release()
        wait_until_stopped(settings.data_dir)


def wait_until_stopped(data_dir: Path, seconds: float = 30.0) -> None:
    """Wait until the server of ``data_dir`` and its keeper are gone. ``TimeoutError`` if they stay."""
    end = time.monotonic() + seconds
    while not is_stopped(data_dir):
        if time.monotonic() > end:
            raise TimeoutError(f"the server of {data_dir} still runs after {seconds} s")
        time.sleep(0.02)


@contextmanager
def trial_database(pg_bin: Path | None = None) -> Iterator[Database]:
    """An empty database at this program's revision, gone with its server and its folder when the block ends."""
    with TemporaryDirectory(prefix="yishen-trial-") as folder, temporary_server(Path(folder), pg_bin) as server:
        database = Database(make_url(server.url(APP)), make_url(server.url(OWNER)), server=server)
        try:
            migrate.upgrade(database.owner_engine)
            yield database
        finally:
            database.dispose()
