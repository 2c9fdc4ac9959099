"""The servers' logs: open to their owner alone, and bounded in size."""

from __future__ import annotations

import os
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
