"""A small supervisor: it starts parts in order, starts again what dies, and stops all when it is told to.

It knows nothing of what the parts do. One thread, one loop, which sleeps until a child dies, a signal comes or
something falls due. Every part leads a group of its own and is told by the kernel to stop when we die; a guard
(:mod:`runtime.guard`) waits beside us and kills what then will not go, so that after kill -9 of the supervisor, too,
nothing is left behind. What a part starts is expected to stay in its group.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Self

from runtime.children import Guard
from runtime.faults import RuntimeFault
from runtime.logs import trim_log
from runtime.part import Part
from runtime.sockets import own_folder
from runtime.waiting import FileLock, Patience
from runtime.watch import Pace, Watch, Why

# All parts have stopped, or were killed, this many seconds after we were told to stop.
LONGEST_STOP = 9.0
LONGEST_KILL = 1.0
LONGEST_WAIT_FOR_GUARD = 30.0
# Seconds between looks at the sizes of the logs, and between two calls of ``meanwhile``.
ROUND = 5.0


def say(sentence: str) -> None:
    """One event, one line on standard error."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sentence}\n")
    sys.stderr.flush()


class _Told(Exception):
    """We were told to stop while ``meanwhile`` was at work."""


class Supervisor:
    """The parts of one folder. Only one supervisor at a time can have it."""

    def __init__(
        self,
        folder: Path,
        parts: Sequence[Part],
        *,
        prepare: Callable[[], subprocess.Popen[bytes]] | None = None,
        on_prepared: Callable[[], None] | None = None,
        on_ready: Callable[[], None] | None = None,
        meanwhile: Callable[[], None] | None = None,
        pace: Pace | None = None,
        tell: Callable[[str], None] = say,
    ) -> None:
        """Nothing is started before :meth:`run`.

        ``folder`` gets the locks, and ``logs/<part>.log``. ``prepare`` starts a process that all parts wait for but
        those that are ``early``; when it has ended well ``on_prepared`` is called, else all is stopped. ``on_ready``
        is called once, when all parts are ready; ``meanwhile`` every five seconds, in this thread, so it should be
        quick: a ``RuntimeFault`` of it is told, and what it waits for is given up when we are told to stop.
        ``ValueError`` when two parts have one name, or one needs a part that is not named before it.
        """
        _check(parts)
        self._folder = folder
        self._logs = folder / "logs"
        self._parts = parts
        self._prepare = prepare
        self._preparing: subprocess.Popen[bytes] | None = None
        self._on_prepared = on_prepared
        self._on_ready = on_ready
        self._meanwhile = meanwhile
        self._pace = pace if pace is not None else Pace()
        self._tell = tell
        self._watches: dict[str, Watch] = {}
        # The signal that told us to stop.
        self._told: int | None = None
        self._hurry = False
        self._interruptible = False
        self._complaint = ""

    def run(self) -> int:
        """Start the parts and keep them up until SIGINT, SIGTERM or SIGHUP; then stop them, within ten seconds.

        A second signal kills what has not stopped yet. Returns the exit code of the preparation: not 0 if it failed.
        To be called once, in the main thread. ``RuntimeFault`` when another supervisor has the folder, or the folder
        cannot be used, and what ``on_prepared`` raises.
        """
        with self._alone() as lock, _Alarm(self._on_signal) as alarm:
            guards = Guard(lock)
            for part in self._parts:
                log = self._logs / f"{part.name}.log"
                self._watches[part.name] = Watch(part, log, self._pace, guards, self._say)
            try:
                if self._prepare is not None:
                    self._preparing = self._prepare()
                return self._keep_up(guards, alarm)
            finally:
                self._stop_preparing()
                self._stop(alarm)
                guards.close()

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the folder; gives the lock that tells the next supervisor when the last of our parts is gone."""
        locks = []
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            locks.append(FileLock(self._folder / "run.supervisor"))
            if not locks[0].try_lock(shared=False):
                raise RuntimeFault(
                    f"数据目录 {self._folder} 已有一个 yishen run 在运行，请先停止它，或另设 YISHEN_DATA_DIR"
                )
            locks.append(FileLock(self._folder / "run.parts"))
            locks[1].lock(Patience("等待上一次的进程结束", LONGEST_WAIT_FOR_GUARD, log="logs"), shared=False)
            own_folder(self._logs, self._folder.stat().st_uid, 0o700)
        except OSError as error:
            raise RuntimeFault(
                f"数据目录 {self._folder} 无法使用（{error.strerror or error}），请检查权限或另设 YISHEN_DATA_DIR"
            ) from error
        else:
            yield locks[1].fd
        finally:
            for lock in locks:
                lock.close()

    def _keep_up(self, guards: Guard, alarm: _Alarm) -> int:
        """Until we are told to stop; the exit code of a preparation that failed."""
        next_round = time.monotonic() + ROUND
        on_ready = self._on_ready
        guards.keep()
        while self._told is None:
            if self._preparing is not None and (code := self._preparing.poll()) is not None:
                self._preparing = None
                if code:
                    return code
                if self._on_prepared is not None:
                    self._on_prepared()
            for watch in self._watches.values():
                if watch.step(time.monotonic(), may_start=self._may_start(watch)):
                    self._take_along(watch.part.name)
            if on_ready is not None and all(watch.ready for watch in self._watches.values()):
                on_ready()
                on_ready = None
            if time.monotonic() >= next_round:
                guards.keep()
                self._round()
                next_round = time.monotonic() + ROUND
            due = [watch.due(may_start=self._may_start(watch)) for watch in self._watches.values()]
            alarm.wait(min([next_round, *due]) - time.monotonic())
        return 0

    def _may_start(self, watch: Watch) -> bool:
        if self._preparing is not None and not watch.part.early:
            return False
        return all(self._watches[name].ready for name in watch.part.needs)

    def _take_along(self, ended: str) -> None:
        for watch in self._watches.values():
            if ended in watch.part.restarts_with and watch.process is not None:
                self._say(f"{watch.part.name} 随 {ended} 重新启动")
                watch.ask_to_stop(time.monotonic(), Why.RENEWED)

    def _round(self) -> None:
        for part in self._parts:
            # A full disk is no reason to stop; the part will say so itself.
            with suppress(OSError):
                trim_log(self._logs / f"{part.name}.log")
        with suppress(_Told):
            self._do_meanwhile()

    def _do_meanwhile(self) -> None:
        if self._meanwhile is None:
            return
        try:
            self._interruptible = True
            if self._told is None:
                self._meanwhile()
                self._complaint = ""
        except RuntimeFault as fault:
            if str(fault) != self._complaint:
                self._complaint = str(fault)
                self._say(self._complaint)
        finally:
            self._interruptible = False

    def _stop_preparing(self) -> None:
        if self._preparing is not None:
            self._preparing.terminate()
            try:
                self._preparing.wait(LONGEST_STOP / 3)
            except subprocess.TimeoutExpired:
                self._preparing.kill()
                self._preparing.wait()
            self._preparing = None

    def _stop(self, alarm: _Alarm) -> None:
        """Stop each part when those that need it are gone; kill what is left when the time is up."""
        if self._told is not None:
            self._say(f"收到 {signal.Signals(self._told).name}，正在停止")
        end = time.monotonic() + LONGEST_STOP
        while running := [watch for watch in self._watches.values() if watch.process is not None]:
            now = time.monotonic()
            if now >= end + LONGEST_KILL:
                self._say(f"{'、'.join(watch.part.name for watch in running)} 强行结束后仍未消失")
                return
            needed = {name for watch in running for name in watch.part.needs}
            at_once = self._hurry or now >= end
            for watch in running:
                if at_once or watch.part.name not in needed:
                    watch.ask_to_stop(now, Why.RETIRED)
                if at_once:
                    watch.kill(now)
            ended = [watch for watch in running if watch.step(now, may_start=False)]
            # What has ended may be what the next one waited for.
            if not ended:
                due = [watch.due(may_start=False) for watch in running]
                alarm.wait(min([end + LONGEST_KILL if at_once else end, *due]) - now)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._told is not None:
            self._hurry = True
            return
        self._told = number
        if self._interruptible:
            self._interruptible = False
            raise _Told

    def _say(self, sentence: str) -> None:
        # A terminal that is gone must not take the parts with it.
        with suppress(OSError):
            self._tell(sentence)


class _Alarm:
    """While it is set up, :meth:`wait` ends at once when a child has died or we are told to stop."""

    def __init__(self, told: Callable[[int, FrameType | None], None]) -> None:
        """``told`` is called, as a signal handler, for each signal that tells us to stop."""
        self._told = told

    def __enter__(self) -> Self:
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        self._before_fd = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._before = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has us ignore SIGHUP.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._told)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, seconds: float) -> None:
        """Sleep, for so long at most."""
        if select.select([self._reading], [], [], max(seconds, 0.0))[0]:
            with suppress(BlockingIOError):
                os.read(self._reading, 4096)


def _check(parts: Sequence[Part]) -> None:
    seen: set[str] = set()
    for part in parts:
        if part.name in seen:
            raise ValueError(f"two parts are called {part.name}")
        if missing := {*part.needs, *part.restarts_with} - seen:
            raise ValueError(f"{part.name} needs {', '.join(sorted(missing))}, which no part before it is called")
        if extra := {*part.restarts_with} - {*part.needs}:
            raise ValueError(f"{part.name} restarts with {', '.join(sorted(extra))}, which it does not need")
        seen.add(part.name)
