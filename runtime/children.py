"""The processes we start: they die with us, and what they leave behind dies with them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """For ``preexec_fn``: the kernel sends the child ``how`` when the thread that started it dies (Linux only).

    Popen calls it after the change of user, which would have cleared the wish.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def wish() -> None:
        prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return wish


def reap(leader: subprocess.Popen[bytes]) -> int | None:
    """The exit code of a process that led a group of its own, once it has ended; None while it runs.

    What it left running in its group is killed first: while it is not reaped nobody else can have its number.
    """
    if leader.returncode is not None:
        return leader.returncode
    if sys.platform == "linux":
        with suppress(ChildProcessError):
            if os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
        kill_group(leader.pid)
        return leader.poll()
    if leader.poll() is not None:
        kill_group(leader.pid)
    return leader.returncode


def kill_group(leader: int) -> None:
    """Kill every process in the group of ``leader``; there may be none."""
    # macOS says PermissionError of a group that has only zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
