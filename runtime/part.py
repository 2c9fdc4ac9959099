"""A part of a running system: a program, how it is started, when it is ready and how it is stopped."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.account import Account, own_account
from runtime.children import die_with_parent


@dataclass(frozen=True)
class Part:
    """What a supervisor must know of a program to keep it up."""

    name: str
    """Its log is ``logs/<name>.log``."""
    argv: tuple[str, ...]
    env: Mapping[str, str]
    """Its whole environment."""
    is_ready: Callable[[], bool] | None = None
    """Asked until it says yes, in the supervisor's own thread: it must answer within a second or so. An exception
    counts as no. None: ready as soon as it runs."""
    needs: tuple[str, ...] = ()
    """Parts, named earlier, that must be ready before it is started, and that are stopped after it."""
    early: bool = False
    """Started at once, while what all others wait for is still being prepared."""
    restarts_with: tuple[str, ...] = ()
    """Those of ``needs`` whose end it does not survive: it is stopped and started again with them."""
    account: Account = field(default_factory=own_account)
    cwd: Path | None = None
    """None: the supervisor's own folder."""
    pass_fds: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    """Sent to the program itself, not to what it has started."""
    grace: float = 6.0
    """Seconds it may take to stop; then it is killed."""
    patience: float = 60.0
    """Seconds it may take to be ready; then it is stopped and tried again."""

    def start(self, log: int) -> subprocess.Popen[bytes]:
        """Start it as our child and the leader of its own group, its words going to ``log``. ``OSError`` if that fails.

        It is told to stop when the thread that called this dies, however that comes about (Linux).
        """
        return self.account.popen(
            self.argv,
            env=dict(self.env),
            stdout=log,
            pass_fds=self.pass_fds,
            preexec_fn=die_with_parent(self.stop_signal),
            cwd=self.cwd,
            lead=True,
        )
