"""Real workers on a real Redis and PostgreSQL, and what becomes of the work when one of them goes away.

The work is what follows sixty registrations: a draft that counts them all. After each fault everything is done, each
row once, and the draft says what the log says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from sqlalchemy import func, select

from models.personal import FieldCipher
from models.tables import outbox, report_cell
from models.vocabulary import ApplicantKind, EventKind
from runtime.database import Database
from runtime.testing import TemporaryBroker, temporary_broker
from tests.conftest import SECRET
from tests.histories import verified
from workflow import desk
from workflow.case import Happening
from workflow.desk import Command, History

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

CASES = 60
LONGEST = 90.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Crew:
    """Workers, and what they work on."""

    database: Database
    broker: TemporaryBroker
    folder: Path
    agency_id: int
    workers: list[subprocess.Popen[bytes]]
    registered: int = 0

    def hire(self) -> subprocess.Popen[bytes]:
        """Start a worker with two processes."""
        url = self.database.engine.url.render_as_string(hide_password=False)
        log = (self.folder / "worker.log").open("ab")
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "tasks.app",
                "worker",
                "-c",
                "2",
                "-Q",
                "urgent,usual,long",
                "--without-gossip",
                "--without-mingle",
                "--loglevel",
                "WARNING",
                "-n",
                f"w{len(self.workers)}@%h",
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "YISHEN_DATABASE_URL": url,
                "YISHEN_BROKER_URL": self.broker.url,
                "YISHEN_SECRET_KEY": SECRET,
                "YISHEN_DATA_DIR": str(self.folder / "var"),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.workers.append(worker)
        return worker

    def dismiss(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill -9 a worker and all its children."""
        try:
            for child in psutil.Process(worker.pid).children(recursive=True):
                child.kill()
        except psutil.NoSuchProcess:
            pass
        worker.kill()
        worker.wait()

    def register(self, count: int = CASES, between: Callable[[int], None] | None = None) -> None:
        """Log requests one by one, each in its own transaction."""
        for _ in range(count):
            self.registered += 1
            _log(self, f"test:{self.registered}")
            if between is not None:
                between(self.registered)

    def waiting(self) -> int:
        """How many rows of the outbox are not done."""
        with self.database.engine.connect() as connection:
            statement = select(func.count()).select_from(outbox).where(outbox.c.done_at.is_(None))
            return int(connection.execute(statement).scalar_one())

    def settle(self) -> float:
        """Wait until nothing waits; seconds. The draft then says what the log says."""
        start = time.monotonic()
        while self.waiting():
            if time.monotonic() - start > LONGEST:
                log = (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")[-1500:]
                raise AssertionError(f"{self.waiting()} rows still wait after {LONGEST} s: {log}")
            time.sleep(0.05)
        took = time.monotonic() - start
        year = desk.day_of(datetime.now(UTC)).year
        with self.database.engine.connect() as connection:
            cells = connection.execute(
                select(func.max(report_cell.c.value)).where(report_cell.c.path == "applications/new")
            ).scalar_one()
            logged = connection.exec_driver_sql(
                "SELECT count(*) FROM request_case WHERE extract(year FROM received_on) = %s", (year,)
            ).scalar_one()
            assert cells == logged
            assert not verified(connection).findings
        return took


@pytest.fixture
def crew(database: Database, agency_id: int, tmp_path: Path) -> Iterator[Crew]:
    with temporary_broker(tmp_path) as broker:
        made = Crew(database, broker, tmp_path, agency_id, [])
        try:
            yield made
        finally:
            for worker in made.workers:
                if worker.poll() is None:
                    made.dismiss(worker)


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_without_a_fault_everything_is_done(crew: Crew):
    crew.hire()
    crew.register()
    crew.settle()


def test_a_worker_killed_again_and_again_loses_nothing(crew: Crew):
    worker = crew.hire()

    def kill(number: int) -> None:
        nonlocal worker
        if number % 15 == 10:
            time.sleep(2)
            crew.dismiss(worker)
            worker = crew.hire()

    crew.register(between=kill)
    crew.settle()


def test_redis_wiped_ten_times_during_the_work_loses_nothing(crew: Crew):
    crew.hire()
    client = redis.Redis(unix_socket_path=str(crew.broker.socket))

    def wipe(number: int) -> None:
        if number % 6 == 0:
            client.flushall()
        time.sleep(0.05)

    crew.register(between=wipe)
    crew.settle()


def test_redis_killed_and_away_while_requests_come_in_changes_only_when_things_happen(crew: Crew):
    crew.hire()
    crew.register(10)
    crew.settle()
    crew.broker.kill()
    for number in range(20):
        _log(crew, f"away:{number}")
    # Without its broker the keeper does the rows itself.
    crew.settle()
    crew.broker.start()
    crew.register(5)
    crew.settle()


def test_a_redis_that_is_frozen_for_eight_seconds_is_waited_for(crew: Crew):
    crew.hire()
    crew.register(10)
    crew.settle()
    with _stopped(crew.broker.pid):
        for number in range(20):
            _log(crew, f"frozen:{number}")
        time.sleep(8)
    crew.settle()


def test_all_connections_of_the_database_cut_six_times(crew: Crew, server: Any):
    crew.hire()
    name = crew.database.engine.url.database

    def cut(number: int) -> None:
        if number % 10 == 5:
            from sqlalchemy import create_engine
            from sqlalchemy.pool import NullPool

            admin = create_engine(server.url("yishen_admin"), poolclass=NullPool)
            with admin.connect() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
                )
            crew.database.dispose()

    crew.register(between=cut)
    crew.settle()


def test_two_workers_of_which_one_is_frozen_for_nine_seconds(crew: Crew):
    first = crew.hire()
    crew.hire()
    crew.register(10)
    crew.settle()
    with _stopped(first.pid):
        for number in range(40):
            _log(crew, f"one frozen:{number}")
        time.sleep(9)
    crew.settle()


def test_everything_but_the_database_killed_at_once(crew: Crew):
    worker = crew.hire()
    crew.register(30)
    crew.broker.kill()
    crew.dismiss(worker)
    for number in range(30):
        _log(crew, f"after:{number}")
    crew.broker.start()
    crew.hire()
    crew.settle()


def _log(crew: Crew, name: str) -> None:
    now = datetime.now(UTC)
    facts = {"applicant_kind": ApplicantKind.COMPANY, "subject": name}
    history = History([Command(Happening(EventKind.REGISTER, desk.day_of(now), facts), name, "test")])
    with crew.database.engine.begin() as connection:
        desk.perform(connection, crew.agency_id, history, FieldCipher(SECRET), now)
