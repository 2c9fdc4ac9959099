"""One part under supervision: started, asked whether it is ready, started again, stopped. What is due, and when."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from math import inf
from pathlib import Path

from runtime.children import Guard, kill_group, reap
from runtime.logs import open_log
from runtime.part import Part

FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5


@dataclass(frozen=True)
class Pace:
    """How soon a part that died is started again, in seconds, and when it is said that it keeps failing."""

    first: float = 0.2
    longest: float = 10.0
    healthy: float = 60.0
    """A part that has been ready for so long starts from ``first`` again."""
    tell: int = 5
    """After so many failures in a row it is told once where the log is, and then no more until it is healthy."""

    def delay(self, failures: int) -> float:
        """The pause after so many failures in a row: doubled each time."""
        return min(self.first * 2.0 ** min(failures - 1, 60), self.longest)


class Why(Enum):
    """Why a part was asked to stop."""

    LATE = auto()
    """It was not ready in time: a failure."""
    RENEWED = auto()
    """Something it cannot live without has ended: it is started again at once."""
    RETIRED = auto()
    """All parts are stopped."""


class Watch:
    """One part under supervision. Its methods take the time (monotonic, in seconds) instead of asking for it."""

    def __init__(self, part: Part, log: Path, pace: Pace, guards: Guard, tell: Callable[[str], None]) -> None:
        """Nothing is started yet."""
        self.part = part
        self.ready = False
        self.process: subprocess.Popen[bytes] | None = None
        self._log = log
        self._pace = pace
        self._guard = guards
        self._tell = tell
        self._failures = 0
        self._silent = False
        self._start_at = self._started = self._look_at = self._ready_at = 0.0
        self._why: Why | None = None
        self._asked = 0.0
        self._killed = False

    def step(self, now: float, *, may_start: bool) -> bool:
        """Do what is due. True when the part has just ended."""
        if self.process is None:
            if may_start and now >= self._start_at:
                self._start(now)
            return False
        code = reap(self.process)
        if code is not None:
            self._guard.forget(self.process.pid)
            self.process, self.ready = None, False
            self._ended(now, code)
            return True
        if self._why is not None:
            if now >= self._asked + self.part.grace:
                self.kill(now)
        elif not self.ready:
            self._look(self.process.pid, now)
        elif self._failures and now >= self._ready_at + self._pace.healthy:
            self._recovered()
        return False

    def due(self, *, may_start: bool) -> float:
        """When :meth:`step` has something to do, unless the part ends before."""
        if self.process is None:
            return self._start_at if may_start else inf
        if self._why is not None:
            return inf if self._killed else self._asked + self.part.grace
        if not self.ready:
            return self._look_at
        return self._ready_at + self._pace.healthy if self._failures else inf

    def ask_to_stop(self, now: float, why: Why) -> None:
        """Send the stop signal, if that was not done yet."""
        if self.process is None:
            return
        if self._why is None:
            self._asked = now
            self.process.send_signal(self.part.stop_signal)
        self._why, self.ready = why, False

    def kill(self, now: float) -> None:
        """Kill it, with all it has started."""
        if self.process is None or self._killed:
            return
        if not self._silent:
            self._tell(f"{self.part.name} 在 {now - self._asked:.0f} 秒内没有停止，强行结束")
        self._killed = True
        kill_group(self.process.pid)

    def _start(self, now: float) -> None:
        try:
            with open_log(self._log) as log:
                self.process = self.part.start(log)
        except OSError as error:
            self._failed(now, f"无法启动（{error.strerror or error}）")
            return
        self._guard.watch(self.process.pid, self.part.stop_signal)
        self._started = self._look_at = now
        self._why, self._killed = None, False
        self._look(self.process.pid, now)

    def _look(self, pid: int, now: float) -> None:
        waited = now - self._started
        if now < self._look_at:
            return
        if self._says_ready():
            self.ready, self._ready_at = True, now
            if not self._silent:
                how = "已启动" if self.part.is_ready is None else "就绪"
                self._tell(f"{self.part.name} {how}（进程 {pid}，{waited:.1f} 秒）")
        elif waited >= self.part.patience:
            self.ask_to_stop(now, Why.LATE)
        else:
            # Often while it may come any moment, seldom when it takes long.
            self._look_at = now + min(max(waited / 5, FIRST_LOOK), LONGEST_LOOK)

    def _says_ready(self) -> bool:
        if self.part.is_ready is None:
            return True
        with suppress(Exception):
            return self.part.is_ready()
        return False

    def _ended(self, now: float, code: int) -> None:
        if self._why is Why.RETIRED:
            self._tell(f"{self.part.name} 已停止（{now - self._asked:.1f} 秒）")
        elif self._why is Why.RENEWED:
            self._start_at = now
        elif self._why is Why.LATE:
            self._failed(now, f"{self.part.patience:.0f} 秒内没有就绪，已停止")
        else:
            self._failed(now, f"意外结束（{_how(code)}）")

    def _failed(self, now: float, what: str) -> None:
        self._failures += 1
        pause = self._pace.delay(self._failures)
        self._start_at = now + pause
        if self._silent:
            return
        if self._failures < self._pace.tell:
            self._tell(f"{self.part.name} {what}，{pause:.1f} 秒后重新启动")
            return
        self._silent = True
        self._tell(
            f"{self.part.name} {what}，已连续失败 {self._failures} 次，原因请看 {self._log}；"
            f"将继续重试（间隔最长 {self._pace.longest:.0f} 秒），恢复之前不再逐次说明"
        )

    def _recovered(self) -> None:
        if self._silent:
            self._tell(f"{self.part.name} 已恢复正常")
        self._failures, self._silent = 0, False


def _how(code: int) -> str:
    if code >= 0:
        return f"退出码 {code}"
    try:
        return f"收到 {signal.Signals(-code).name}"
    except ValueError:
        return f"收到信号 {-code}"
