"""A full disk for servers that run: a limit on how large a file may grow. Their writes fail as on a full disk."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def set_in(pids: Iterable[int], largest: int = 0) -> None:
    """Let these processes, and what they start from now on, write no file further than so many bytes."""
    _limit(list(pids), largest)


def lift_from(pids: Iterable[int]) -> None:
    """Let them write again."""
    _limit(list(pids), resource.RLIM_INFINITY)


def _limit(pids: list[int], largest: int) -> None:
    """Set the limit as the user who the processes run as: not even root may otherwise, in a container."""
    child = os.fork()
    if not child:
        try:
            for pid in pids:
                with suppress(FileNotFoundError, ProcessLookupError):
                    _become(Path(f"/proc/{pid}").stat())
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        raise PermissionError(f"the processes {pids} could not be limited")


def _become(owner: os.stat_result) -> None:
    if owner.st_uid != os.geteuid():
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
