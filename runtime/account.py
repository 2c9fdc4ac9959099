"""Who the servers run as. PostgreSQL refuses to run as root, and it is right; Redis would not refuse."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runtime.faults import RuntimeFault


@dataclass(frozen=True)
class Account:
    """An operating-system user that a server's process runs as."""

    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        """True when a child must change users to become this account (we are root)."""
        return self.uid != os.geteuid()

    def popen(
        self,
        argv: Sequence[str],
        *,
        env: dict[str, str],
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes] = subprocess.STDOUT,
        pass_fds: Sequence[int] = (),
        preexec_fn: Callable[[], None] | None = None,
        cwd: Path | None = Path("/"),
        lead: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a process as this account, without root's groups; ``preexec_fn`` runs after the change of user.

        ``cwd``: its folder, None: ours; ``lead``: in a session and a group of its own, away from our terminal's
        Ctrl-C. ``OSError`` when it cannot be started.
        """
        return subprocess.Popen(  # noqa: S603 - our own argument lists
            argv,
            env=env,
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=lead,
            # Only processes without threads pass one.
            preexec_fn=preexec_fn,  # noqa: PLW1509
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )


def service_account(data_dir: Path) -> Account:
    """The account the servers of ``data_dir`` run as.

    An ordinary user: that user. Root: the owner of the cluster that is there, else of the broker's folder, else of the
    data folder, else the first of ``yishen``, ``postgres`` and ``nobody`` that exists. One account serves both: they
    share a folder for their sockets. ``RuntimeFault`` when the folder is somebody else's, or when the system has no
    name for the user (PostgreSQL needs one).
    """
    owners = [path.stat().st_uid for path in (data_dir / "pg", data_dir / "redis", data_dir) if path.exists()]
    me = os.geteuid()
    if me != 0:
        for uid in owners:
            if uid != me:
                raise RuntimeFault(
                    f"数据目录 {data_dir} 属于用户 {user_name(uid)}，请以该用户运行，或另设 YISHEN_DATA_DIR"
                )
        return _account(me)
    for uid in owners:
        if uid != 0:
            return _account(uid)
    for name in ("yishen", "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise RuntimeFault(
        "以 root 运行时服务器要由一个普通用户承担，但系统中没有 yishen、postgres 或 nobody 用户，请先建立其一"
    )


def own_account() -> Account:
    """The account we run as ourselves."""
    return Account(os.geteuid(), os.getegid(), user_name(os.geteuid()))


def user_name(uid: int) -> str:
    """The name of a user, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise RuntimeFault(
            f"系统中没有编号为 {uid} 的用户名，内置的服务器无法启动，请为它在 /etc/passwd 中登记，"
            "或设置 YISHEN_DATABASE_URL 和 YISHEN_BROKER_URL"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
