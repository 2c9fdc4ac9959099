"""A full disk for servers that run: a limit on how large a file may grow. Their writes fail as on a full disk."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from pathlib import Path


def set_in(pids: Iterable[int], largest: int = 0) -> None:
    """Let these processes, and what they start from now on, write no file further than so many bytes."""
    for pid in pids:
        _limit(pid, largest)


def lift_from(pids: Iterable[int]) -> None:
    """Let them write again."""
    for pid in pids:
        _limit(pid, resource.RLIM_INFINITY)


def _limit(pid: int, largest: int) -> None:
    """Set the limit as the user who the process runs as: not even root may otherwise, in a container."""
    child = os.fork()
    if not child:
        try:
            owner = Path(f"/proc/{pid}").stat()
            if owner.st_uid != os.geteuid():
                os.setgroups([])
                os.setgid(owner.st_gid)
                os.setuid(owner.st_uid)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        except (FileNotFoundError, ProcessLookupError):
            # It has ended meanwhile.
            pass
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        raise PermissionError(f"process {pid} could not be limited")
