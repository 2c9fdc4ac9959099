"""The embedded broker: a Redis of the data folder's own, which carries hints and decides nothing.

Only ``yishen run`` starts it, as one of its parts; commands need none. It listens on a unix socket in a folder that is
closed to others and keeps what it was told in ``<data_dir>/redis``, with an fsync each second: a power cut costs the
last second or two, a kill -9 nothing, unless the disk was so slow that an fsync was still under way (then as much). It
writes plain commands rather than its own binary form, so that any Redis or Valkey reads on where another left off.

Two locks say whose the folder is: ``broker.keeper`` is held by the process that holds the broker, ``broker.redis``
also by the server itself, so that it is free only when both are gone.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.account import service_account
from runtime.broker_url import BrokerUrl, read_broker_url, socket_broker_url
from runtime.carriers import choose_redis, reachable_redis
from runtime.faults import RuntimeFault
from runtime.part import Part
from runtime.sockets import REDIS_SOCKET, own_folder, socket_dir, write_state
from runtime.waiting import FileLock, Patience

if TYPE_CHECKING:
    from runtime.settings import Settings

PART = "redis"
STATE = "broker.json"
# A server whose keeper died has been told to stop and only has to write out what it holds.
LONGEST_STOP = 30.0
LONGEST_ANSWER = 0.5


class EmbeddedBroker:
    """The broker of one data folder, ours alone: where it is, and the part that a supervisor runs."""

    def __init__(self, path: Path, part: Part) -> None:
        """Use :func:`embedded_broker`."""
        self.socket = path
        self.part = part
        self.address = socket_broker_url(path)


@contextmanager
def embedded_broker(settings: Settings, *, tuning: Sequence[str] = ()) -> Iterator[EmbeddedBroker]:
    """Make ready, and hold, the broker of ``settings.data_dir``; nothing is started.

    ``tuning``: further words for the server's command line. ``RuntimeFault``: another process holds it, there is no
    Redis here, or the folder cannot be used.
    """
    data_dir = settings.data_dir
    with ExitStack() as held:
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            keeper, server = (_opened_lock(held, data_dir / f"broker.{name}") for name in ("keeper", "redis"))
            if not keeper.try_lock(shared=False):
                raise RuntimeFault(
                    f"数据目录 {data_dir} 的消息队列已由另一个 yishen run 启动，请先停止它，或另设 YISHEN_DATA_DIR"
                )
            server.lock(Patience("等待上一次的消息队列结束", LONGEST_STOP, log="logs/redis.log"), shared=False)
            account = service_account(data_dir)
            program = reachable_redis(choose_redis(settings.redis_bin), account).program
            path = socket_dir(data_dir, account) / REDIS_SOCKET
            folder = data_dir / "redis"
            own_folder(folder, account.uid, 0o700)
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            held.callback(os.close, fd)
            _clear_unfinished(fd)
            write_state(data_dir / STATE, {"socket": str(path)})
        except OSError as error:
            raise RuntimeFault(
                f"数据目录 {data_dir} 无法使用（{error.strerror or error}），请检查权限或另设 YISHEN_DATA_DIR"
            ) from error
        held.callback((data_dir / STATE).unlink, missing_ok=True)
        # As of PostgreSQL's: a child of root reaches its folder by an open file, whatever lies above it.
        by_handle = account.is_other and sys.platform == "linux"
        name = f"/proc/self/fd/{fd}" if by_handle else str(folder)
        yield EmbeddedBroker(
            path,
            Part(
                name=PART,
                argv=(str(program), *_options(path, name), *tuning),
                env={"LC_ALL": "C", "TZ": "UTC"},
                is_ready=lambda: answers(path),
                account=account,
                cwd=Path("/"),
                pass_fds=(fd, server.fd),
            ),
        )


def find_broker(settings: Settings) -> BrokerUrl:
    """The broker to talk to: ``YISHEN_BROKER_URL``, else the embedded one. ``RuntimeFault`` when that does not run."""
    if settings.broker_url is not None:
        return read_broker_url(settings.broker_url)
    try:
        state = json.loads((settings.data_dir / STATE).read_text(encoding="utf-8"))
        path = Path(state["socket"])
    except (OSError, ValueError, KeyError):
        path = None
    if path is None or not answers(path):
        raise RuntimeFault("内置的消息队列没有运行，请先执行 yishen run，或用 YISHEN_BROKER_URL 指明已有的 Redis")
    return socket_broker_url(path)


def answers(path: Path) -> bool:
    """True when the server at this socket has loaded its data and takes commands."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(LONGEST_ANSWER)
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _opened_lock(held: ExitStack, path: Path) -> FileLock:
    lock = FileLock(path)
    held.callback(lock.close)
    return lock


def _options(path: Path, folder: str) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": folder,
        "daemonize": "no",
        "logfile": "",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-use-rdb-preamble": "no",
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _clear_unfinished(folder: int) -> None:
    """Remove what a server left that was killed while it was writing its file anew."""
    for name in os.listdir(folder):
        if name.startswith("temp-") and name.endswith(".aof"):
            os.unlink(name, dir_fd=folder)
