"""Servers for tests: fast, because a power cut may spoil them; a kill -9 loses nothing, as with any other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.postgres import EmbeddedServer, attach, is_stopped
from runtime.settings import Settings

FORGETFUL = ("fsync=off", "full_page_writes=off")


@contextmanager
def temporary_server(tmp_dir: Path) -> Iterator[EmbeddedServer]:
    """A server of its own under ``tmp_dir``, stopped when the block ends. Binaries as ``YISHEN_PG_BIN`` says."""
    settings = Settings(data_dir=tmp_dir / "var", database_url=None, migration_database_url=None)
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
