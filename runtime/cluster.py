"""The embedded PostgreSQL cluster on disk: made once, started as a child, stopped.

``<data_dir>/pg`` belongs to the account that the server runs as; ``<data_dir>`` itself need not be open to it. A
child started by root is given the folder as an open file and reaches it as ``/proc/self/fd/N``: the kernel follows
such a link without asking the folders above, so the project may lie under root's own home and no mode is changed.
(The working folder would do for new versions, but PostgreSQL 15 changes away from it and back by name.)
"""

from __future__ import annotations

import locale
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.apart import DESK
from runtime.account import Account, service_account, user_name
from runtime.carriers import Carrier, choose_carrier, reachable_carrier
from runtime.children import die_with_parent
from runtime.faults import RuntimeFault
from runtime.logs import LARGEST_LOG, open_log
from runtime.sockets import PORT, socket_dir

ADMIN, OWNER, APP = "yishen_admin", "yishen_owner", "yishen_app"
ROLES = (ADMIN, OWNER, APP)
DATABASE = "yishen"

SMALL_MACHINE = """
# --- Yishen: for a small machine; edit here, these lines win over those above ---
shared_buffers = 64MB
max_connections = 60
max_wal_size = 512MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
lc_messages = 'C'
jit = off
# A failing statement's row and values are people's data.
log_error_verbosity = terse
log_min_error_statement = panic
"""

ROLES_AND_DATABASE = f"""
CREATE ROLE {OWNER} LOGIN CREATEDB;
CREATE ROLE {APP} LOGIN;
CREATE ROLE {DESK} NOLOGIN;
GRANT {DESK} TO {APP};
CREATE DATABASE {DATABASE} OWNER {OWNER};
"""


@dataclass(frozen=True)
class Cluster:
    """The cluster of one data folder, with the binaries and the account that serve it."""

    data_dir: Path
    account: Account
    carrier: Carrier
    socket_dir: Path
    tuning: tuple[str, ...] = ()
    """Further settings, ``name=value``, that win over the cluster's own files."""

    @property
    def path(self) -> Path:
        """The folder that PostgreSQL calls PGDATA."""
        return self.data_dir / "pg"

    @property
    def log(self) -> Path:
        """The server's log, which the keeper writes to as well."""
        return self.data_dir / "postgres.log"

    def create(self, lock_fd: int) -> None:
        """Make the cluster, its roles and its database; it appears complete under its name or not at all.

        ``lock_fd`` is handed down to every process, so that the lock tells whether one is alive.
        ``RuntimeFault`` quotes what ``initdb`` or the server said.
        """
        fresh = self.data_dir / "pg.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if self.account.is_other:
            os.chown(fresh, self.account.uid, self.account.gid)
        with self._opened(fresh) as (folder, name):
            arguments = [
                "-D",
                name,
                "-U",
                ADMIN,
                "-E",
                "UTF8",
                f"--locale={_utf8_locale()}",
                "--data-checksums",
            ]
            arguments += ["--auth-local=peer", "--auth-host=reject"]
            if "fsync=off" in self.tuning:
                arguments.append("--no-sync")
            self._finish("initdb", arguments, (lock_fd, folder))
            self._write(folder, "postgresql.conf", _read(folder, "postgresql.conf") + SMALL_MACHINE)
            # Single-user mode needs neither a client nor a running server.
            single = ["--single", "-D", name, *self._settings(), "postgres"]
            self._finish("postgres", single, (lock_fd, folder), ROLES_AND_DATABASE.strip().encode() + b"\n")
        fresh.rename(self.path)

    def start(self, lock_fd: int) -> subprocess.Popen[bytes]:
        """Start the server as our child; it stops by itself when we die (Linux). It may not be ready yet."""
        self._make_room_in_log()
        with self._opened(self.path) as (folder, name):
            self._write(folder, "pg_hba.conf", "local all all peer map=yishen\n")
            self._write(folder, "pg_ident.conf", self._ident())
            self._clear_stale(folder)
            argv = [
                str(self.carrier.bin / "postgres"),
                "-D",
                name,
                "-k",
                str(self.socket_dir),
                "-p",
                str(PORT),
            ]
            argv += ["-c", "listen_addresses=", *self._settings()]
            with open_log(self.log) as log:
                return self._popen(
                    argv, (lock_fd, folder), stdin=subprocess.DEVNULL, stdout=log, on_death=signal.SIGINT
                )

    def is_ready(self, pid: int) -> bool:
        """True when the server with this process id accepts connections."""
        with self._opened(self.path) as (folder, _):
            try:
                lines = _read(folder, "postmaster.pid").splitlines()
            except FileNotFoundError:
                return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _popen(
        self, argv: list[str], fds: Sequence[int], *, stdin: int, stdout: int, on_death: signal.Signals
    ) -> subprocess.Popen[bytes]:
        # A clean environment: PGDATA, PGPORT and their like must not decide anything here.
        env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        env |= {"LC_ALL": "C", "TZ": "UTC"}
        return self.account.popen(
            argv, env=env, stdin=stdin, stdout=stdout, pass_fds=fds, preexec_fn=die_with_parent(on_death)
        )

    def _finish(self, program: str, arguments: list[str], fds: Sequence[int], text: bytes = b"") -> None:
        process = self._popen(
            [str(self.carrier.bin / program), *arguments],
            fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            on_death=signal.SIGKILL,
        )
        said = process.communicate(text)[0].decode(errors="replace")
        # Single-user mode goes on after an error and ends with 0, so its words are read as well.
        wrong = [line for line in said.splitlines() if re.search(r"error:|ERROR:|FATAL:|PANIC:", line)]
        if process.returncode != 0 or wrong:
            with open_log(self.log) as log:
                os.write(log, said.encode())
            reason = wrong[0] if wrong else f"{program} 的退出码为 {process.returncode}"
            raise RuntimeFault(f"建立数据库 {self.path} 失败：{reason.strip()}（详见 {self.log}）")

    def _settings(self) -> list[str]:
        return [word for setting in self.tuning for word in ("-c", setting)]

    @contextmanager
    def _opened(self, folder: Path) -> Iterator[tuple[int, str]]:
        """The folder as an open file, and the name by which a child that inherits it finds it."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            by_handle = self.account.is_other and sys.platform == "linux"
            yield fd, f"/proc/self/fd/{fd}" if by_handle else str(folder)
        finally:
            os.close(fd)

    def _write(self, folder: int, name: str, text: str) -> None:
        """Replace a file in a folder of the service user. As root we follow no link that it may have laid there."""
        fresh = f".{name}.new"
        if fresh in os.listdir(folder):
            os.unlink(fresh, dir_fd=folder)
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            if self.account.is_other:
                os.fchown(fd, self.account.uid, self.account.gid)
            file.write(text)
        os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)

    def _ident(self) -> str:
        """Who may connect as which role: the server's own user, we, the folder's owner, and root (who may anyway)."""
        uids = {self.account.uid, os.geteuid(), self.data_dir.stat().st_uid, 0}
        names = sorted({user_name(uid) for uid in uids})
        return "".join(f'yishen "{name}" {role}\n' for name in names for role in ROLES)

    def _clear_stale(self, folder: int) -> None:
        """Remove pid files left by a sudden death whose number now belongs to another program, or to a zombie.

        PostgreSQL would take either for a living server and refuse to start; in a container numbers come back soon,
        and nobody may reap. A server of this cluster is known by its working folder and left for PostgreSQL to judge.
        """
        if sys.platform != "linux":
            return
        sockets = os.open(self.socket_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for place, name in ((folder, "postmaster.pid"), (sockets, f".s.PGSQL.{PORT}.lock")):
                try:
                    pid = int(_read(place, name).split("\n", 1)[0] or "0")
                except (FileNotFoundError, ValueError):
                    continue
                if not _works_in(abs(pid), folder):
                    os.unlink(name, dir_fd=place)
        finally:
            os.close(sockets)

    def _make_room_in_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))


def prepare_cluster(data_dir: Path, pg_bin: Path | None, tuning: Sequence[str]) -> Cluster:
    """Settle who serves ``data_dir``, with which binaries, at which socket. ``RuntimeFault`` where that fails."""
    account = service_account(data_dir)
    carrier = choose_carrier(pg_bin, cluster_major(data_dir))
    return Cluster(
        data_dir=data_dir,
        account=account,
        carrier=reachable_carrier(carrier, account),
        socket_dir=socket_dir(data_dir, account),
        tuning=tuple(tuning),
    )


def cluster_major(data_dir: Path) -> int | None:
    """The major version that made the cluster in ``data_dir``; None where there is no cluster."""
    try:
        return int((data_dir / "pg" / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None
    except PermissionError:
        raise RuntimeFault(f"当前用户无权读取数据目录 {data_dir}，请以它的主人运行，或另设 YISHEN_DATA_DIR") from None
    except ValueError:
        raise RuntimeFault(f"{data_dir}/pg/PG_VERSION 的内容不是版本号，数据目录可能已损坏，请从备份恢复") from None


def _read(folder: int, name: str) -> str:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(fd, encoding="utf-8", errors="replace") as file:
        return file.read()


def _works_in(pid: int, folder: int) -> bool:
    try:
        return os.path.samestat(Path(f"/proc/{pid}/cwd").stat(), os.fstat(folder))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        # Gone, a zombie, or somebody else's: we may look into every process of our own server.
        return False


def _utf8_locale() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        # Chinese is sorted by the application, so plain C with UTF-8 text serves as well.
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"
