"""The guard: the last one out. It ends the parts of a supervisor that was killed and could not do it itself.

A program of its own, without imports from this project: ``python runtime/guard.py GRACE``. The supervisor writes
``+ LEADER SIGNAL`` for each part that it starts and ``- LEADER`` for each that has ended into our standard input. When
that pipe closes the supervisor is gone. Its parts were told by the kernel to stop (elsewhere than on Linux they are
told here); whatever is left of their groups after ``GRACE`` seconds is killed. A file lock that we inherited keeps the
next supervisor waiting meanwhile.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

TICK = 0.02
LONGEST_KILL = 2.0


def main() -> int:
    """Read until the pipe closes, then see to it that nothing is left."""
    # Whoever ends all of us by hand or at shutdown ends the supervisor; we follow it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parts: dict[int, int] = {}
    for line in sys.stdin:
        what, leader, *rest = line.split()
        if what == "+":
            parts[int(leader)] = int(rest[0])
        else:
            parts.pop(int(leader), None)
    if sys.platform != "linux":
        for leader, number in parts.items():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(leader, number)
    left = _wait(parts, float(sys.argv[1]))
    for leader in left:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
    _wait(left, LONGEST_KILL)
    return 0


def _wait(leaders: Iterable[int], seconds: float) -> set[int]:
    """Those groups that still live after so many seconds; none as soon as there is none."""
    left = set(leaders)
    end = time.monotonic() + seconds
    while left and time.monotonic() < end:
        time.sleep(TICK)
        # A group that was seen to end is never looked at again: its number may come back.
        left = _living(left)
    return left


def _living(groups: set[int]) -> set[int]:
    """Those of the groups that have a member which is more than a zombie: there may be nobody to reap it."""
    if sys.platform != "linux":
        return {group for group in groups if _answers(group)}
    found = set()
    # Without pathlib this program is half as large.
    for number in os.listdir("/proc"):  # noqa: PTH208
        if number.isdigit():
            path = f"/proc/{number}/stat"
            with suppress(OSError), open(path, encoding="utf-8", errors="replace") as stat:  # noqa: PTH123
                # The program's name, in brackets, may hold anything.
                state, _, group, *_ = stat.read().rpartition(") ")[2].split()
                if state not in {"Z", "X"}:
                    found.add(int(group))
    return groups & found


def _answers(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
