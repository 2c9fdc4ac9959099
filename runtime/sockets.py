"""Where the servers listen, and how others find them: short folders that nobody else can change."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from runtime.account import Account, user_name
from runtime.faults import RuntimeFault
from runtime.waiting import give_to_folder_owner

# PostgreSQL names its socket by its port.
PORT = 5432
REDIS_SOCKET = "redis.sock"
LONGEST_NAME = max(f".s.PGSQL.{PORT}", REDIS_SOCKET, key=len)
# The smallest limit on the length of a socket's path among the systems we know, less a little.
LONGEST_SOCKET_PATH = 100


def socket_dir(data_dir: Path, account: Account) -> Path:
    """A short folder for the sockets, which only we and the server's account can change."""
    key = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    me = os.geteuid()
    session = os.environ.get("XDG_RUNTIME_DIR")
    # The folder under /tmp is checked below: ours, and closed to others.
    shared = [Path(f"/tmp/yishen-{me}")]  # noqa: S108
    if account.is_other:
        shared.insert(0, Path("/run/yishen-embedded"))
    folders = [base / key for base in shared]
    if session and not account.is_other:
        folders.insert(0, Path(session, f"yishen-{key}"))
    reasons = []
    for folder in folders:
        if len(os.fsencode(folder / LONGEST_NAME)) > LONGEST_SOCKET_PATH:
            reasons.append(f"{folder} 路径过长")
            continue
        try:
            if folder.parent in shared:
                own_folder(folder.parent, me, 0o711 if account.is_other else 0o700)
            elif folder.parent.stat().st_uid != me:
                raise PermissionError(f"{folder.parent} 不是用户 {user_name(me)} 的目录")
            own_folder(folder, account.uid, 0o700)
        except OSError as error:
            reasons.append(str(error))
            continue
        return folder
    raise RuntimeFault(f"无法准备套接字目录（{'；'.join(reasons)}），请检查这些目录的主人和权限")


def write_state(path: Path, state: dict[str, object]) -> None:
    """Write a small JSON file whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        give_to_folder_owner(fd, path.parent)
        json.dump(state, file, ensure_ascii=False)
    fresh.rename(path)


def own_folder(path: Path, uid: int, mode: int) -> None:
    """Make ``path`` a real folder of ``uid`` with ``mode``. ``OSError`` when it is somebody else's.

    As root it is given to ``uid`` whoever's it was; that follows no link and so reaches nothing else.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=mode)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(fd)
        if status.st_uid != uid:
            if os.geteuid() != 0:
                raise PermissionError(f"{path} 不是用户 {user_name(uid)} 的目录")
            os.fchown(fd, uid, _group(uid))
        if stat.S_IMODE(status.st_mode) != mode:
            os.fchmod(fd, mode)
    finally:
        os.close(fd)


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return -1
