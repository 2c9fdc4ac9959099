"""One server for all, held up by whoever uses it, and back after every kind of sudden death."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.account import Account
from runtime.carriers import Carrier, reachable_carrier
from runtime.faults import RuntimeFault
from runtime.postgres import EmbeddedServer, attach, has_cluster, is_stopped
from runtime.settings import Settings
from runtime.testing import temporary_server, wait_until_stopped
from tests.runtime.halls import Hall, carriers
from tests.runtime.ordinary import ordinary_folder, ordinary_python

AS_ROOT = os.geteuid() == 0


def ask(server: EmbeddedServer, question: str, role: str = "yishen_app") -> object:
    """The one value a statement gives."""
    with psycopg.connect(server.url(role).replace("+psycopg", "")) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def until(question: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a true answer."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "no answer in time"
        time.sleep(0.02)


def remember(server: EmbeddedServer) -> None:
    """Store something that :func:`recall` finds again."""
    with psycopg.connect(server.url("yishen_owner").replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


def recall(server: EmbeddedServer) -> bool:
    """True when what was stored is still there."""
    return ask(server, "SELECT n FROM kept", "yishen_owner") == 7


def postmaster_of(hall: Hall) -> int:
    """The process id of the server, as the keeper tells it."""
    return int(json.loads((hall.data_dir / "server.json").read_text())["pid"])


def status(pid: int) -> dict[str, list[str]]:
    """What the kernel says of a process, by field."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: words.split() for name, _, words in (line.partition(":") for line in lines)}


def parent(pid: int) -> int:
    """The process id of the parent."""
    return int(status(pid)["PPid"][0])


def children(pid: int) -> list[int]:
    """The process ids of the children."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """True unless the process is gone or only waits for its parent to notice."""
    try:
        return status(pid)["State"][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def keepers_of(data_dir: Path) -> Iterator[int]:
    """The keepers at work on a data folder."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "runtime.keeper" in words and str(data_dir) in words:
            yield int(folder.name)


def kill(*pids: int) -> None:
    """kill -9."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.faults
def test_first_start_makes_a_cluster_with_roles_and_a_database(hall: Hall) -> None:
    assert not has_cluster(hall.settings)
    server = hall.attach()
    assert has_cluster(hall.settings)
    assert ask(server, "SELECT current_user") == "yishen_app"
    assert ask(server, "SHOW data_checksums") == "on"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SHOW listen_addresses") == ""
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'yishen'"
    assert ask(server, owner) == "yishen_owner"
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = 'yishen_owner'") is False


def test_the_second_to_attach_shares_the_server(hall: Hall) -> None:
    first = hall.attach()
    began = ask(first, "SELECT pg_postmaster_start_time()")
    hall.program()
    assert ask(hall.attach(), "SELECT pg_postmaster_start_time()") == began


@pytest.mark.faults
def test_the_server_stops_when_its_last_user_is_gone_and_keeps_what_was_stored(hall: Hall) -> None:
    server = hall.attach()
    remember(server)
    program = hall.program()
    postmaster = postmaster_of(hall)
    server.release()
    assert not is_stopped(hall.data_dir)
    program.communicate("")
    wait_until_stopped(hall.data_dir)
    assert not is_running(postmaster)
    assert recall(hall.attach())


@pytest.mark.faults
def test_a_killed_user_holds_nothing_up(one_hall: Hall) -> None:
    program = one_hall.program()
    program.kill()
    program.wait()
    wait_until_stopped(one_hall.data_dir)


@pytest.mark.faults
def test_after_kill_9_of_the_keeper_the_server_goes_too_and_the_next_command_starts_anew(hall: Hall) -> None:
    hall.program()
    postmaster = postmaster_of(hall)
    keeper = parent(postmaster)
    kill(keeper)
    until(lambda: not is_running(keeper))
    server = hall.attach()
    assert ask(server, "SELECT 1") == 1
    assert not is_running(postmaster)


@pytest.mark.faults
def test_after_kill_9_of_postgres_the_keeper_starts_it_again(hall: Hall) -> None:
    server = hall.attach()
    remember(server)
    postmaster = postmaster_of(hall)
    keeper = parent(postmaster)
    kill(postmaster)
    until(lambda: not is_running(postmaster))
    assert recall(hall.attach())
    assert is_running(keeper)
    server.ensure_running()
    assert ask(server, "SELECT 1") == 1


@pytest.mark.faults
def test_after_kill_9_of_everything_at_once_nothing_is_lost(one_hall: Hall) -> None:
    program = one_hall.program()
    remember(one_hall.attach())
    postmaster = postmaster_of(one_hall)
    keeper = parent(postmaster)
    # Stopped first, so that nothing can react to the death of another.
    os.kill(postmaster, signal.SIGSTOP)
    everybody = (keeper, *children(postmaster), postmaster)
    kill(*everybody)
    program.kill()
    until(lambda: not any(map(is_running, everybody)))
    assert recall(one_hall.attach())


@pytest.mark.faults
def test_a_pid_file_whose_number_now_belongs_to_another_program_stops_nothing(one_hall: Hall) -> None:
    server = one_hall.attach()
    server.release()
    wait_until_stopped(one_hall.data_dir)
    (one_hall.data_dir / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n0\n5432\n\n\n0 0\nready\n")
    (one_hall.data_dir / "server.json").write_text("")
    assert ask(one_hall.attach(), "SELECT 1") == 1


def test_a_start_that_was_cut_short_is_begun_again(one_hall: Hall) -> None:
    half = one_hall.data_dir / "pg.new" / "base"
    half.mkdir(parents=True)
    assert ask(one_hall.attach(), "SELECT 1") == 1
    assert not half.parent.exists()


@pytest.mark.faults
def test_six_at_once_start_one_server(one_hall: Hall) -> None:
    programs = [one_hall.program(wait=False) for _ in range(6)]
    for program in programs:
        one_hall.wait_held(program)
    keepers = list(keepers_of(one_hall.data_dir))
    assert len(keepers) == 1
    assert children(keepers[0]) == [postmaster_of(one_hall)]


@pytest.mark.faults
def test_no_lock_leaks_into_what_a_user_starts(one_hall: Hall) -> None:
    server = one_hall.attach()
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
    )
    server.release()
    wait_until_stopped(one_hall.data_dir)
    sleeper.communicate()


@pytest.mark.faults
def test_a_temporary_server_is_gone_with_its_block(tmp_path: Path) -> None:
    with temporary_server(tmp_path) as server:
        assert ask(server, "SHOW fsync") == "off"
    assert is_stopped(tmp_path / "var")


def test_an_unknown_role_has_no_url(one_hall: Hall) -> None:
    server = one_hall.attach()
    with pytest.raises(ValueError, match=r"postgres"):
        server.url("postgres")


def test_binaries_of_another_version_are_refused_in_one_sentence(one_hall: Hall) -> None:
    folder = one_hall.data_dir / "pg"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(RuntimeFault, match=r"由 PostgreSQL 9 建立，而找到的程序是 .*请安装 PostgreSQL 9") as told:
        one_hall.attach()
    assert "\n" not in str(told.value)


def test_a_folder_without_binaries_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match=r"YISHEN_PG_BIN 所指的 .* 中没有能运行的 postgres"):
        attach(Settings(data_dir=tmp_path / "var", pg_bin=tmp_path))


def test_a_data_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFault, match=r"数据目录 .* 无法使用"):
        attach(Settings(data_dir=tmp_path / "file" / "var"))


@pytest.mark.faults
def test_a_server_that_will_not_start_leaves_its_last_words(one_hall: Hall) -> None:
    one_hall.attach().release()
    wait_until_stopped(one_hall.data_dir)
    conf = one_hall.data_dir / "pg" / "postgresql.conf"
    conf.write_text(conf.read_text() + "shared_buffers = lots\n")
    with pytest.raises(RuntimeFault, match=r"数据库没有启动成功：.*FATAL.*postgres.log"):
        one_hall.attach()


@pytest.mark.faults
@pytest.mark.skipif(not AS_ROOT, reason="only root changes users")
def test_as_root_the_server_and_its_folder_belong_to_an_ordinary_user(hall: Hall) -> None:
    hall.attach()
    owner = (hall.data_dir / "pg").stat().st_uid
    postmaster = postmaster_of(hall)
    assert owner != 0
    facts = status(postmaster)
    assert set(facts["Uid"]) == {str(owner)}
    assert "0" not in facts["Gid"]
    assert facts["Groups"] == []
    assert facts["CapEff"] == ["0" * 16]
    assert hall.data_dir.stat().st_uid == 0


@pytest.mark.faults
@pytest.mark.skipif(not AS_ROOT, reason="only root has folders that its servers may not enter")
@pytest.mark.parametrize("how", ["copied", "linked"])
def test_as_root_a_project_in_a_closed_home_works(tmp_path: Path, how: str) -> None:
    home = tmp_path / "root-home"
    home.mkdir(mode=0o700)
    source = carriers()[-1]
    binaries = home / "venv" / source.parents[1].name / source.parent.name / "bin"
    if how == "copied":
        shutil.copytree(source.parent, binaries.parent, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = f"{source.parents[1].name}.libs"
        shutil.copytree(source.parents[2] / libraries, home / "venv" / libraries)
    else:
        binaries.parent.mkdir(parents=True)
        binaries.symlink_to(source)
    hall = Hall(home / "project" / "var", binaries)
    try:
        assert ask(hall.attach(), "SELECT 1") == 1
        hall.program()
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        hall.close()


@pytest.mark.skipif(not AS_ROOT, reason="only root lays out copies")
def test_copies_are_never_laid_where_others_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "root-home"
    home.mkdir(mode=0o700)
    shutil.copytree(carriers()[-1], home / "bin")
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setattr("runtime.carriers.STAGES", (open_to_all / "yishen",))
    with pytest.raises(RuntimeFault, match=r"也无法复制到"):
        reachable_carrier(Carrier(home / "bin", 18), Account(65534, 65534, "nobody"))
    assert not list(open_to_all.iterdir())


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_needs_nothing_from_root() -> None:
    nobody, python, env = ordinary_python("import psycopg, runtime.postgres")
    folder = ordinary_folder(nobody)
    program = """
import os, psycopg
from runtime.settings import load_settings
from runtime.postgres import embedded_server
with embedded_server(load_settings()) as server:
    with psycopg.connect(server.url("yishen_app").replace("+psycopg", "")) as connection:
        print(connection.execute("SELECT current_user").fetchone()[0], server.socket_dir)
"""
    try:
        process = nobody.popen(
            [python, "-c", program],
            env=env | {"YISHEN_DATA_DIR": str(folder / "var"), "YISHEN_PG_BIN": str(carriers()[0])},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        said = process.communicate()[0].decode()
        assert said.split() == ["yishen_app", said.split()[-1]]
        assert said.split()[-1].startswith("/tmp/yishen-65534/")
        assert (folder / "var" / "pg").stat().st_uid == nobody.uid
        for keeper in keepers_of(folder / "var"):
            os.kill(keeper, signal.SIGTERM)
        wait_until_stopped(folder / "var")
    finally:
        shutil.rmtree(folder)
