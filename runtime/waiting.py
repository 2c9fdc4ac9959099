"""Waiting in the open: file locks that die with their holder, and patience that speaks up and ends."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

from runtime.faults import RuntimeFault

SPEAK_AFTER = 5.0


class Patience:
    """A wait for ``doing`` that says so on stderr after five seconds and ends in a fault after ``limit`` seconds."""

    def __init__(self, doing: str, limit: float, *, quiet: bool = False, log: str = "postgres.log") -> None:
        """``doing`` completes the sentence “正在……”; ``quiet`` leaves stderr alone; ``log``: where the fault points."""
        self._doing = doing
        self._log = log
        self._limit = limit
        self._began = time.monotonic()
        self._spoken = quiet

    @property
    def waited(self) -> float:
        """Seconds since the wait began."""
        return time.monotonic() - self._began

    def pause(self, seconds: float = 0.02) -> None:
        """Sleep a moment. ``RuntimeFault`` once the limit is passed."""
        self.check()
        time.sleep(seconds)

    def check(self) -> None:
        """Speak if it is time to. ``RuntimeFault`` once the limit is passed."""
        if self.waited > self._limit:
            raise RuntimeFault(f"{self._doing}：等待了 {self._limit:.0f} 秒仍未完成，请查看数据目录中的 {self._log}")
        if not self._spoken and self.waited > SPEAK_AFTER:
            self._spoken = True
            sys.stderr.write(f"正在{self._doing}，请稍候……\n")
            sys.stderr.flush()


class FileLock:
    """An advisory ``flock``. The kernel drops it when its last holder is gone, kill -9 included.

    It belongs to the open file, so a forked child shares it; that is why it is only ever given up by closing, except
    where :meth:`unlock` is called on purpose.
    """

    def __init__(self, path: Path) -> None:
        """Open (and make) the file at ``path``; nothing is locked yet. ``OSError`` if it cannot be opened."""
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        give_to_folder_owner(self.fd, path.parent)

    def try_lock(self, *, shared: bool) -> bool:
        """Take the lock if that is possible now; true when it is ours."""
        try:
            fcntl.flock(self.fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def lock(self, patience: Patience, *, shared: bool) -> None:
        """Take the lock, however long it takes within ``patience``."""
        while not self.try_lock(shared=shared):
            patience.pause()

    def unlock(self) -> None:
        """Give the lock up, keep the file open."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; may be called again."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def give_to_folder_owner(fd: int, folder: Path) -> None:
    """When root makes a file in somebody's data folder, that person must still be able to use it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)
