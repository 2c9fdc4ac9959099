"""The keeper: a detached process that holds one embedded PostgreSQL up while somebody uses it.

``python -m runtime.keeper DATA_DIR``, started by :mod:`runtime.postgres`. It imports nothing heavy, since every first
command waits for it. Four lock files in the data folder carry the whole agreement, and the kernel keeps it even
through kill -9:

* ``server.users``: shared by every process that uses the server. The keeper tries it exclusively; when that works
  nobody is left, and holding it while stopping keeps newcomers from meeting a dying server;
* ``server.start``: held by whoever is looking for the server or starting the keeper;
* ``server.keeper``: held by the keeper for its life;
* ``server.postgres``: inherited by every process of PostgreSQL, so that it is free only when all of them are gone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from runtime.cluster import Cluster, prepare_cluster
from runtime.faults import RuntimeFault
from runtime.sockets import write_state
from runtime.waiting import FileLock, Patience

TICK = 0.2
LINGER = 1.0
# A crash recovery, or the last checkpoint of a server whose keeper died, may take minutes on a slow disk.
LONGEST_RECOVERY = 900.0
LONGEST_STOP = 60.0
GIVE_UP_AFTER = 6


class _Told(Exception):
    """Somebody asked the keeper itself to end (SIGTERM)."""


class Keeper:
    """One server, from its start until its last user is gone."""

    def __init__(self, cluster: Cluster, *, linger: float, users: FileLock) -> None:
        """``linger``: seconds without a user before the server stops."""
        self._cluster = cluster
        self._linger = linger
        self._users = users
        self._state = cluster.data_dir / "server.json"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server (making the cluster first if need be) and wait until it serves.

        ``RuntimeFault`` with the server's own last words when it will not.
        """
        cluster = self._cluster
        alive = FileLock(cluster.data_dir / "server.postgres")
        try:
            alive.lock(Patience("等待上一次的数据库进程结束", LONGEST_RECOVERY, quiet=True), shared=False)
            if not cluster.path.exists():
                cluster.create(alive.fd)
            log_began = cluster.log.stat().st_size if cluster.log.exists() else 0
            server = cluster.start(alive.fd)
        finally:
            # The server's processes hold it on; ours must not outlast them.
            alive.close()
        try:
            self._await(server, log_began)
        except BaseException:
            stop(server)
            raise
        write_state(self._state, {"socket": str(cluster.socket_dir), "pid": server.pid})
        return server

    def _await(self, server: subprocess.Popen[bytes], log_began: int) -> None:
        patience = Patience("等待数据库就绪", LONGEST_RECOVERY, quiet=True)
        log = self._cluster.log
        while not self._cluster.is_ready(server.pid):
            if server.poll() is not None:
                raise RuntimeFault(f"数据库没有启动成功：{_last_words(log, log_began)}（详见 {log}）")
            patience.pause(0.01)

    def keep(self, server: subprocess.Popen[bytes]) -> None:
        """Hold the server up while it has users, then stop it, holding the users' lock."""
        try:
            alone_since: float | None = None
            while True:
                time.sleep(TICK)
                if server.poll() is not None:
                    self._state.unlink(missing_ok=True)
                    _log(f"数据库进程意外结束（{server.returncode}），重新启动")
                    server = self._start_again()
                if not self._users.try_lock(shared=False):
                    alone_since = None
                    continue
                now = time.monotonic()
                alone_since = now if alone_since is None else alone_since
                if now - alone_since >= self._linger:
                    return
                self._users.unlock()
        finally:
            self._state.unlink(missing_ok=True)
            stop(server)

    def _start_again(self) -> subprocess.Popen[bytes]:
        for attempt in range(GIVE_UP_AFTER):
            try:
                return self.start()
            except RuntimeFault as fault:
                _log(str(fault))
                time.sleep(0.2 * 3**attempt)
        return self.start()


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: fast, then at once, then by force."""
    for how, patience in ((signal.SIGINT, LONGEST_STOP), (signal.SIGQUIT, 20.0), (signal.SIGKILL, 20.0)):
        if server.poll() is not None:
            return
        server.send_signal(how)
        try:
            server.wait(patience)
        except subprocess.TimeoutExpired:
            _log(f"数据库在 {patience:.0f} 秒内没有响应 {how.name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run as a daemon; tell the starter over ``--report-fd`` in one JSON line whether the server is there."""
    parser = argparse.ArgumentParser(prog="runtime.keeper")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--report-fd", type=int, required=True)
    parser.add_argument("--pg-bin", type=Path)
    parser.add_argument("--linger", type=float, default=LINGER)
    parser.add_argument("--set", action="append", default=[], dest="tuning", metavar="NAME=VALUE")
    options = parser.parse_args(argv)
    # The starter may live for weeks: as its grandchild we leave it no zombie to reap.
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, _told)
    os.set_inheritable(options.report_fd, False)  # noqa: FBT003 - takes no keyword
    with os.fdopen(options.report_fd, "w", encoding="utf-8") as report:
        try:
            guard = FileLock(options.data_dir / "server.keeper")
            guard.lock(Patience("等待上一个守护进程结束", LONGEST_STOP, quiet=True), shared=False)
            cluster = prepare_cluster(options.data_dir, options.pg_bin, options.tuning)
            users = FileLock(options.data_dir / "server.users")
            keeper = Keeper(cluster, linger=options.linger, users=users)
            (options.data_dir / "server.json").unlink(missing_ok=True)
            server = keeper.start()
        except RuntimeFault as fault:
            _tell(report.fileno(), {"fault": str(fault)})
            return 1
        except _Told:
            return 0
        except OSError as error:
            traceback.print_exc()
            _tell(report.fileno(), {"fault": f"数据库无法启动：{error}"})
            return 1
        _tell(report.fileno(), {"ready": True})
    try:
        keeper.keep(server)
    except _Told:
        return 0
    return 0


def _log(sentence: str) -> None:
    # Standard error is the server's log.
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _told(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise _Told


def _tell(report: int, what: dict[str, object]) -> None:
    try:
        os.write(report, json.dumps(what, ensure_ascii=False).encode() + b"\n")
    except BrokenPipeError:
        # The starter was killed meanwhile; whoever comes next reads the state file.
        _log(json.dumps(what, ensure_ascii=False))


def _last_words(log: Path, began: int) -> str:
    with log.open("rb") as file:
        file.seek(began)
        lines = file.read().decode(errors="replace").splitlines()
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
    return telling[-1].strip() if telling else "没有留下日志"


if __name__ == "__main__":
    sys.exit(main())
