"""The embedded PostgreSQL, as its users see it: attach, connect, release.

Commands that run side by side or one after another share one server; it stops about a second after the last is gone.
How that is agreed upon is told in :mod:`runtime.keeper`.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runtime.cluster import APP, DATABASE, OWNER, ROLES, cluster_major
from runtime.faults import RuntimeFault
from runtime.keeper import LINGER, LONGEST_RECOVERY
from runtime.logs import open_log
from runtime.sockets import PORT
from runtime.waiting import FileLock, Patience

if TYPE_CHECKING:
    from runtime.settings import Settings

__all__ = [
    "APP",
    "DATABASE",
    "OWNER",
    "EmbeddedServer",
    "attach",
    "embedded_server",
    "has_cluster",
    "is_stopped",
]


class EmbeddedServer:
    """A hold on the embedded server. It runs as long as somebody, in any process, holds it."""

    def __init__(self, data_dir: Path, pg_bin: Path | None, tuning: Sequence[str], linger: float) -> None:
        """Take part in the server of ``data_dir``; use :func:`attach`."""
        self.data_dir = data_dir
        self._pg_bin = pg_bin
        self._tuning = tuple(tuning)
        self._linger = linger
        self._users = FileLock(data_dir / "server.users")
        try:
            self._users.lock(Patience("等待数据库停止后重新启动", LONGEST_RECOVERY), shared=True)
            self.socket_dir = self._find_or_start()
        except BaseException:
            self._users.close()
            raise

    def url(self, role: str, database: str = DATABASE) -> str:
        """A SQLAlchemy URL for one of the cluster's roles. ``ValueError`` for any other role."""
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}: one of {', '.join(ROLES)}")
        # The port is named because PGPORT would otherwise decide it.
        return f"postgresql+psycopg://{role}@/{quote(database)}?host={quote(str(self.socket_dir))}&port={PORT}"

    def ensure_running(self) -> None:
        """Bring the server back if it, or its keeper, was killed while we held it.

        For programs that live long; a command meets a living server when it attaches. ``RuntimeFault`` as there.
        """
        self.socket_dir = self._find_or_start()

    def release(self) -> None:
        """Let go; the last to do so lets the server stop. May be called again."""
        self._users.close()

    def _find_or_start(self) -> Path:
        start = FileLock(self.data_dir / "server.start")
        patience = Patience("启动数据库", LONGEST_RECOVERY)
        try:
            start.lock(patience, shared=False)
            while True:
                # A server without its keeper is about to stop, even if it still answers.
                if is_stopped(self.data_dir):
                    self._start_keeper(patience)
                found = _serving(self.data_dir)
                if found is not None:
                    return found
                patience.pause()
        finally:
            start.close()

    def _start_keeper(self, patience: Patience) -> None:
        reading, writing = os.pipe()
        argv = [sys.executable, "-m", "runtime.keeper", str(self.data_dir), f"--report-fd={writing}"]
        argv += [f"--linger={self._linger}", *(f"--set={setting}" for setting in self._tuning)]
        if self._pg_bin is not None:
            argv.append(f"--pg-bin={self._pg_bin}")
        project = str(Path(__file__).parents[1])
        path = os.pathsep.join(part for part in (project, os.environ.get("PYTHONPATH")) if part)
        log = self.data_dir / "postgres.log"
        with os.fdopen(reading, "rb") as report:
            try:
                with open_log(log) as out:
                    subprocess.run(  # noqa: S603 - our own argument list
                        argv,
                        cwd="/",
                        env=os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=out,
                        pass_fds=(writing,),
                        start_new_session=True,
                        check=False,
                    )
            finally:
                os.close(writing)
            while not select.select([report], [], [], 0.25)[0]:
                patience.check()
            answer = report.readline()
        if not answer:
            raise RuntimeFault(f"数据库守护进程中途结束，请查看 {log} 末尾的原因后重试")
        fault = json.loads(answer).get("fault")
        if fault is not None:
            raise RuntimeFault(fault)


def attach(settings: Settings, *, tuning: Sequence[str] = (), linger: float = LINGER) -> EmbeddedServer:
    """Hold the embedded server of ``settings.data_dir``, starting it (and making the cluster) where needed.

    ``tuning``: further server settings ``name=value``, ``linger``: seconds without users before it stops; both count
    only for the one that starts the server. ``RuntimeFault`` says why it cannot be had.
    """
    data_dir = settings.data_dir
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=0o700, exist_ok=True)
        return EmbeddedServer(data_dir, settings.pg_bin, tuning, linger)
    except OSError as error:
        raise RuntimeFault(
            f"数据目录 {data_dir} 无法使用（{error.strerror}），请检查权限或另设 YISHEN_DATA_DIR"
        ) from error


@contextmanager
def embedded_server(settings: Settings) -> Iterator[EmbeddedServer]:
    """:func:`attach` for the length of a ``with`` block."""
    server = attach(settings)
    try:
        yield server
    finally:
        server.release()


def has_cluster(settings: Settings) -> bool:
    """True when the data folder holds a cluster. Starts nothing."""
    return cluster_major(settings.data_dir) is not None


def is_stopped(data_dir: Path) -> bool:
    """True when no keeper is at work on ``data_dir``, hence no server either."""
    guard = FileLock(data_dir / "server.keeper")
    try:
        return guard.try_lock(shared=True)
    finally:
        guard.close()


def _serving(data_dir: Path) -> Path | None:
    """The socket folder of the server that is up now; None when none answers."""
    try:
        found = Path(json.loads((data_dir / "server.json").read_text(encoding="utf-8"))["socket"])
    except (FileNotFoundError, ValueError, KeyError):
        # No server, or a file that a power cut left empty.
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(found / f".s.PGSQL.{PORT}"))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
    return found
