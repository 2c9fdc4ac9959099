"""The servers as processes: ``python -m web`` and the workers, their logs and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from models.personal import FieldCipher
from models.vocabulary import Role
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from runtime.testing import TemporaryBroker, free_port
from tests.conftest import SECRET
from workflow import staff

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation, its secrets in files."""
    secrets = {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "SECRET_KEY": SECRET,
    }
    for name, value in secrets.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    path = os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
    files = {f"YISHEN_{name}_FILE": str(tmp_path / name) for name in secrets}
    return {**os.environ, **files, "PYTHONPATH": path, "YISHEN_DATA_DIR": str(tmp_path / "var")}


class Running:
    """A server that runs, and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def lines(self) -> list[dict[str, Any]]:
        # Celery says this in a signal's handler, where nothing may be logged.
        said = self.log.read_text(encoding="utf-8").replace("\nworker: Warm shutdown (MainProcess)\n", "")
        return [json.loads(line) for line in said.splitlines()]

    def says(self, event: str) -> dict[str, Any]:
        """Wait until it has said this."""
        end = time.monotonic() + 40
        while time.monotonic() < end and self.process.poll() is None:
            for line in self.log.read_text(encoding="utf-8").splitlines():
                if event in line:
                    return dict(json.loads(line))
            time.sleep(0.05)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def running(folder: Path, environment: dict[str, str], *words: str) -> Iterator[Running]:
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=environment, stderr=file, stdout=file
        )
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


def get(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_web_server_answers_logs_no_key_and_ends_cleanly(
    database: Database, agency_id: int, cipher: FieldCipher, environment: dict[str, str], tmp_path: Path
) -> None:
    with database.engine.begin() as connection:
        staff.enter(connection, agency_id, "张某", Role.OFFICER)
        key = staff.feed(connection, agency_id, "张某", cipher)
    port = free_port()
    with running(tmp_path, environment, "web", "--port", str(port)) as server:
        server.says("Uvicorn running")
        assert [get(port, path) for path in ("/healthz", "/readyz", "/", f"/feed/{key}.ics", "/feed/x.ics")] == [
            200,
            200,
            200,
            200,
            404,
        ]
        assert server.stop() == 0
        requests = [line for line in server.lines() if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/", 303),
        ("/desk", 303),
        ("/sign-in", 303),
        ("/setup", 200),
        ("/feed/{key}.ics", 200),
        ("/feed/{key}.ics", 404),
    ]
    assert all(line["part"] == "web" for line in requests)
    text = server.log.read_text(encoding="utf-8")
    assert key not in text
    assert "127.0.0.1:" not in text.replace(f"http://127.0.0.1:{port}", "")


@pytest.mark.faults
def test_a_web_server_that_cannot_open_the_office_says_why_in_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "DATABASE_URL").write_text("postgresql://nobody@127.0.0.1:1/nothing")
    with running(tmp_path, environment, "web", "--port", str(free_port())) as server:
        assert server.process.wait(60) == 2
        [line] = server.lines()
    assert line["level"] == "error"
    assert line["event"].startswith("无法连接数据库 127.0.0.1:1/nothing")


@pytest.mark.faults
def test_a_patient_web_server_says_that_it_is_starting_until_the_database_is_there(
    server: EmbeddedServer, template: str, environment: dict[str, str], tmp_path: Path
) -> None:
    later = make_url(server.url("yishen_app", "comes_later"))
    (tmp_path / "DATABASE_URL").write_text(later.render_as_string(hide_password=False), encoding="utf-8")
    port = free_port()
    with running(tmp_path, environment, "web", "--patient", "--port", str(port)) as web:
        web.says("Uvicorn running")
        assert [get(port, path) for path in ("/healthz", "/readyz", "/", "/feed/x.ics")] == [200, 503, 503, 503]
        with pytest.raises(urllib.error.HTTPError) as waiting:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20)
        page = waiting.value.read().decode()
        assert "正在启动" in page
        assert "{{" not in page
        assert waiting.value.headers["Content-Security-Policy"].startswith("default-src 'none'")
        web.says("the office is not open yet")
        admin = create_engine(server.url("yishen_admin"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE comes_later TEMPLATE {template} OWNER yishen_owner"))
        end = time.monotonic() + 40
        while get(port, "/readyz") != 200:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert [get(port, path) for path in ("/healthz", "/", "/feed/x.ics")] == [200, 200, 404]
        assert web.stop() == 0


@pytest.mark.faults
def test_a_patient_web_server_can_be_told_to_stop_before_the_database_is_there(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "DATABASE_URL").write_text("postgresql://nobody@127.0.0.1:1/nothing")
    with running(tmp_path, environment, "web", "--patient", "--port", str(free_port())) as web:
        web.says("the office is not open yet")
        assert web.stop() == 0


def test_settings_that_cannot_be_read_are_told_in_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "SECRET_KEY").unlink()
    with running(tmp_path, environment, "web") as server:
        assert server.process.wait(60) == 2
        [line] = server.lines()
    assert "YISHEN_SECRET_KEY_FILE" in line["event"]


def test_a_worker_and_beat_speak_json(
    environment: dict[str, str], agency_id: int, broker: TemporaryBroker, tmp_path: Path
) -> None:
    environment = {**environment, "YISHEN_BROKER_URL": broker.url}
    celery = ("celery", "--quiet", "-A", "tasks.app")
    beat_dir = tmp_path / "beat"
    beat_dir.mkdir()
    schedule = str(beat_dir / "schedule")
    with (
        running(tmp_path, environment, *celery, "worker", "-Q", "urgent,usual,long", "-c", "1") as worker,
        running(beat_dir, environment, *celery, "beat", "--schedule", schedule) as beat,
    ):
        worker.says("ready")
        beat.says("beat: Starting")
        assert list(beat_dir.glob("schedule*"))
        for server, part in ((worker, "worker"), (beat, "beat")):
            assert server.stop() == 0
            lines = server.lines()
            assert lines
            assert {line["part"] for line in lines} == {part}
