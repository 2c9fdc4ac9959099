"""The processes we start: they die with us, and what they leave behind dies with them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
# What is left of our parts, when we were killed, is killed after this many seconds.
GUARD_GRACE = 8.0


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


class Guard:
    """The process that outlives us to end the parts when we are killed."""

    def __init__(self, lock: int) -> None:
        """``lock``: an open file that it holds on to as long as it lives."""
        self._lock = lock
        self._parts: dict[int, int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, leader: int, stop_signal: signal.Signals) -> None:
        """A part has started."""
        self._parts[leader] = int(stop_signal)
        self._write(f"+ {leader} {int(stop_signal)}\n")

    def forget(self, leader: int) -> None:
        """A part has ended."""
        self._parts.pop(leader, None)
        self._write(f"- {leader}\n")

    def keep(self) -> None:
        """See to it that it runs; a new one is told of all parts. Without one the kernel still tells them to stop."""
        if self._process is not None and self._process.poll() is None:
            return
        self._release()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own argument list
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), str(GUARD_GRACE)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=(self._lock,),
                start_new_session=True,
            )
        except OSError:
            # No memory, or this environment is just being replaced: it is tried again soon.
            self._process = None
        for leader, number in self._parts.items():
            self._write(f"+ {leader} {number}\n")

    def close(self) -> None:
        """Let it end: what it still knows of is killed."""
        self._release()
        if self._process is not None:
            self._process.wait()

    def _write(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            # One that was killed is replaced when it is looked for next.
            with suppress(BrokenPipeError):
                os.write(self._process.stdin.fileno(), line.encode())

    def _release(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
