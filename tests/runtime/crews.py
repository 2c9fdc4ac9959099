"""A supervisor in a process of its own, with parts that are small shell scripts, and what became of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.runtime.halls import PROJECT

PROGRAM = """
import json, os, subprocess, sys
from pathlib import Path
from runtime import children, supervisor
from runtime.account import Account, own_account
from runtime.faults import RuntimeFault
from runtime.part import Part
from runtime.watch import Pace
folder, told = Path(sys.argv[1]), json.loads(sys.argv[2])
children.GUARD_GRACE = told["guard_grace"]
supervisor.ROUND = told["round"]
supervisor.LONGEST_STOP = told["longest_stop"]

def part(name, script, *, ready=None, uid=None, **more):
    for word in ("needs", "restarts_with"):
        more[word] = tuple(more.get(word, ()))
    account = own_account() if uid is None else Account(uid, uid, str(uid))
    is_ready = None if ready is None else (folder / ready).exists
    return Part(name=name, argv=("/bin/sh", "-c", script), env=dict(os.environ), is_ready=is_ready,
                account=account, cwd=folder, **more)

def meanwhile():
    exec(told["meanwhile"])

def prepare():
    return subprocess.Popen(["/bin/sh", "-c", told["prepare"]], cwd=folder)

try:
    code = supervisor.Supervisor(
        folder,
        [part(**each) for each in told["parts"]],
        prepare=prepare if told["prepare"] else None,
        on_prepared=lambda: print("prepared", flush=True),
        on_ready=lambda: print("ready", flush=True),
        meanwhile=meanwhile,
        pace=Pace(**told["pace"]),
    ).run()
except RuntimeFault as fault:
    print(fault)
    sys.exit(2)
sys.exit(code)
"""
# Stays, obeys the first signal, and leaves its number where the test finds it.
STAY = "echo $$ >> {name}.pid; exec sleep 100"
# Does not listen to the signal, nor does what it has started.
STUBBORN = "trap '' TERM; sleep 100 & echo $! > child.pid; echo $$ >> {name}.pid; while :; do sleep 0.05; done"


def part(name: str, script: str = STAY, **more: object) -> dict[str, object]:
    """A part of the crew, in its script ``{name}`` standing for its name."""
    return {"name": name, "script": script.replace("{name}", name), **more}


def until(question: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait for a true answer."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "no answer in time"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """True unless the process is gone or only waits for its parent to notice."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _command_line(pid: str) -> str:
    """Empty for a process that ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Crew:
    """A folder with a supervisor."""

    def __init__(self, folder: Path, *parts: dict[str, object], **more: object) -> None:
        """``more``: ``pace``, ``meanwhile`` (Python), ``prepare`` (sh), ``round``, ``guard_grace`` and ``longest_stop`` (seconds)."""
        self.folder = folder
        self._told = {
            "parts": parts,
            "pace": {"first": 0.02, "longest": 0.1, "healthy": 60.0},
            "meanwhile": "",
            "prepare": "",
            "round": 5.0,
            "guard_grace": 0.4,
            "longest_stop": 5.0,
            **more,
        }
        self.process: subprocess.Popen[str] | None = None
        self._pids: set[int] = set()

    def start(self, *, ready: bool = True) -> subprocess.Popen[str]:
        """Start the supervisor, and wait until all its parts are ready."""
        with (self.folder / "events").open("a") as events:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(self.folder), json.dumps(self._told)],
                env=os.environ | {"PYTHONPATH": str(PROJECT)},
                stdout=subprocess.PIPE,
                stderr=events,
                text=True,
            )
        self.process = process
        if ready:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", self.events()
        return process

    def starts(self, name: str) -> list[int]:
        """The process ids a part had, the newest last."""
        try:
            pids = [int(line) for line in (self.folder / f"{name}.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []
        self._pids |= {*pids}
        return pids

    def pid(self, name: str) -> int:
        """The process id of a part that has started."""
        until(lambda: self.starts(name))
        return self.starts(name)[-1]

    def guard(self, *, after: int | None = None) -> int:
        """The process id of the guard, once there is one other than ``after``: 0 would be everybody in our own group."""
        end = time.monotonic() + 15.0
        while (found := self._guard()) in (None, after):
            assert time.monotonic() < end, "no guard in time"
            time.sleep(0.01)
        assert found is not None
        return found

    def _guard(self) -> int | None:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next((int(pid) for pid in children if "guard.py" in _command_line(pid)), None)

    def events(self) -> list[str]:
        """What the supervisor said, without the time."""
        return [line.split(" ", 2)[2] for line in (self.folder / "events").read_text().splitlines()]

    def tell(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell the supervisor to stop; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(15)

    def kill(self) -> None:
        """Kill -9 the supervisor alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Whatever the test left."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
                try:
                    self.process.wait(8)
                except subprocess.TimeoutExpired:
                    self.process.kill()
            self.process.communicate()
        for pid in self._pids:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
