"""The servers' logs: open to their owner alone, and bounded in size."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.waiting import give_to_folder_owner

LARGEST_LOG = 10_000_000


@contextmanager
def open_log(path: Path) -> Iterator[int]:
    """The log, open for appending, as a file descriptor that a child may be given."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        give_to_folder_owner(fd, path.parent)
        yield fd
    finally:
        os.close(fd)


def trim_log(path: Path, largest: int = LARGEST_LOG) -> bool:
    """Move a log's last ``largest`` bytes to ``<log>.1`` and empty it, if it has grown beyond; true if so.

    The file stays the same, because the program that writes to it holds it open for appending and cannot be told of
    another. What it writes between the copy and the emptying, some microseconds, is lost.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    with os.fdopen(fd, "r+b") as log:
        size = os.fstat(fd).st_size
        if size <= largest:
            return False
        older = path.with_name(f"{path.name}.1")
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        copy = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(copy, "wb") as file:
            give_to_folder_owner(copy, path.parent)
            log.seek(size - largest)
            shutil.copyfileobj(log, file)
        fresh.rename(older)
        log.truncate(0)
    return True
