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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from sqlalchemy import func, select

from models.personal import FieldCipher
from models.tables import case_event, job_run, outbox, reminder, report_cell
from models.vocabulary import ApplicantKind, EventKind, Role
from runtime.database import Database
from runtime.testing import TemporaryBroker, temporary_broker
from tests.conftest import SECRET, enrol, fresh_database
from tests.faults import table
from tests.histories import verified
from workflow import desk, jobs, staff, sweep
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
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    registered: int = 0
    row: dict[str, Any] = field(default_factory=dict)

    def hire(self) -> subprocess.Popen[bytes]:
        """Start a worker with two processes."""
        words = ["-c", "2", "-Q", "urgent,usual,long", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        return self._start("tasks.app", "worker", *words, "-n", f"w{len(self.workers)}@%h")

    def beat(self) -> subprocess.Popen[bytes]:
        """Start a beat that ticks twice a second, where the product's ticks twice a minute."""
        schedule = self.folder / f"beat{len(self.workers)}"
        return self._start("tests.faults.fast_beat", "--quiet", "beat", "--schedule", str(schedule), "--pidfile=")

    def _start(self, app: str, *words: str) -> subprocess.Popen[bytes]:
        url = self.database.engine.url.render_as_string(hide_password=False)
        with (self.folder / "worker.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *words],
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
        self.workers.append(started)
        return started

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
            _log(self.database, self.agency_id, f"test:{self.registered}")
            if between is not None:
                between(self.registered)

    def waiting(self) -> int:
        """How many rows of the outbox are not done."""
        with self.database.engine.connect() as connection:
            statement = select(func.count()).select_from(outbox).where(outbox.c.done_at.is_(None))
            return int(connection.execute(statement).scalar_one())

    def settle(self) -> None:
        """Wait until nothing waits. The draft then says what the log says."""
        start = time.monotonic()
        while self.waiting():
            if time.monotonic() - start > LONGEST:
                log = (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")[-1500:]
                raise AssertionError(f"{self.waiting()} rows still wait after {LONGEST} s: {log}")
            time.sleep(0.05)
        year = desk.day_of(datetime.now(UTC)).year
        with self.database.engine.connect() as connection:
            cells = connection.execute(
                select(func.max(report_cell.c.value)).where(report_cell.c.path == "applications/new")
            ).scalar_one()
            logged = connection.exec_driver_sql(
                "SELECT count(*) FROM request_case WHERE extract(year FROM received_on) = %s", (year,)
            ).scalar_one()
            events = connection.exec_driver_sql("SELECT count(*) FROM case_event").scalar_one()
            doubled = connection.exec_driver_sql(
                "SELECT count(*) - count(DISTINCT command_id) FROM case_event"
            ).scalar_one()
            clean = not verified(connection).findings
        self.row = {
            "cases": self.registered,
            "events": events,
            "lost": self.registered - logged,
            "doubled": doubled,
            "figures": cells == logged,
            "verify": clean,
        }
        assert logged == self.registered
        assert not doubled
        assert cells == logged
        assert clean

    def tell(self, fault: str, times: int, reminders: int | None = None) -> None:
        """Write down what came of it."""
        table.write_down(fault, times, reminders=reminders, **self.row)


@pytest.fixture
def crew(database: Database, agency_id: int, tmp_path: Path) -> Iterator[Crew]:
    with temporary_broker(tmp_path) as broker:
        made = Crew(database, broker, tmp_path, agency_id)
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
    crew.tell("workers: none", 1)


def test_a_worker_killed_again_and_again_loses_nothing(crew: Crew):
    worker = crew.hire()
    killed = 0

    def kill(number: int) -> None:
        nonlocal worker, killed
        if number % 15 == 10:
            killed += 1
            time.sleep(2)
            crew.dismiss(worker)
            worker = crew.hire()

    crew.register(between=kill)
    crew.settle()
    crew.tell("workers: one killed, another hired", killed)


def test_redis_wiped_ten_times_during_the_work_loses_nothing(crew: Crew):
    crew.hire()
    client = redis.Redis(unix_socket_path=str(crew.broker.socket))

    def wipe(number: int) -> None:
        if number % 6 == 0:
            client.flushall()
        time.sleep(0.05)

    crew.register(between=wipe)
    crew.settle()
    crew.tell("workers: Redis wiped", CASES // 6)


def test_redis_killed_and_away_while_requests_come_in_changes_only_when_things_happen(crew: Crew):
    crew.hire()
    crew.register(10)
    crew.settle()
    crew.broker.kill()
    crew.register(20)
    # Without its broker the keeper does the rows itself.
    crew.settle()
    crew.broker.start()
    crew.register(5)
    crew.settle()
    crew.tell("workers: Redis away while requests come in, and back", 1)


def test_a_redis_that_is_frozen_for_eight_seconds_is_waited_for(crew: Crew):
    crew.hire()
    crew.register(10)
    crew.settle()
    with _stopped(crew.broker.pid):
        crew.register(20)
        time.sleep(8)
    crew.settle()
    crew.tell("workers: Redis frozen for eight seconds", 1)


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
    crew.tell("workers: all connections of the database cut", CASES // 10)


def test_two_workers_of_which_one_is_frozen_for_nine_seconds(crew: Crew):
    first = crew.hire()
    crew.hire()
    crew.register(10)
    crew.settle()
    with _stopped(first.pid):
        crew.register(40)
        time.sleep(9)
    crew.settle()
    crew.tell("workers: one of two frozen for nine seconds", 1)


def test_everything_but_the_database_killed_at_once(crew: Crew):
    worker = crew.hire()
    crew.register(30)
    crew.broker.kill()
    crew.dismiss(worker)
    crew.register(30)
    crew.broker.start()
    crew.hire()
    crew.settle()
    crew.tell("workers: everything but the database killed at once", 1)


def test_redis_cut_off_again_and_again(crew: Crew):
    """Every connection of every client is closed by the server, five times a second."""
    crew.hire()
    client = redis.Redis(unix_socket_path=str(crew.broker.socket))
    cut = 0

    def cut_off(_: int) -> None:
        nonlocal cut
        cut += bool(client.client_kill_filter(_type="normal", skipme=True))
        time.sleep(0.2)

    crew.register(10)
    crew.settle()
    crew.register(between=cut_off)
    crew.settle()
    crew.tell("workers: cut off from Redis", cut)
    assert cut >= CASES // 2


def test_two_beats_and_two_workers_at_once(crew: Crew, server: Any, template: str):
    """Overdue requests among the work: each calls its officers once, whoever's beat or keeper comes first."""
    with fresh_database(server, template) as quiet:
        agency_id = enrol(quiet.engine)
        _people(quiet, agency_id)
        for number in range(CASES):
            _log(quiet, agency_id, f"test:{number}", days_ago=20 + number % 20)
        with quiet.engine.begin() as connection:
            for job in jobs.owed(desk.day_of(datetime.now(UTC))):
                jobs.elect(connection, job, datetime.now(UTC))
        sweep.sweep(quiet.engine, FieldCipher(SECRET), datetime.now(UTC))
        wanted, owed = _reminders(quiet), _jobs(quiet)
    _people(crew.database, crew.agency_id)
    for starting in (crew.beat, crew.hire, crew.beat, crew.hire):
        starting()
    for number in range(CASES):
        crew.registered += 1
        _log(crew.database, crew.agency_id, f"test:{number}", days_ago=20 + number % 20)
        time.sleep(0.05)
    end = time.monotonic() + LONGEST
    while len(_reminders(crew.database)) < len(wanted) and time.monotonic() < end:
        time.sleep(0.05)
    # Some ticks more, that would double what can be doubled.
    time.sleep(3)
    crew.settle()
    found = _reminders(crew.database)
    crew.tell("workers: two beats, two workers, two keepers", 1, reminders=len(found))
    assert wanted
    assert found == wanted
    assert _jobs(crew.database) == owed
    with crew.database.engine.connect() as connection:
        jobs_rows = connection.execute(select(outbox.c.dedup).where(outbox.c.dedup.is_not(None))).scalars().all()
    assert len(jobs_rows) == len(set(jobs_rows))


def _people(database: Database, agency_id: int) -> None:
    with database.engine.begin() as connection:
        staff.enter(connection, agency_id, "张某", Role.OFFICER)
        staff.enter(connection, agency_id, "周主任", Role.HEAD)
        staff.enter(connection, agency_id, "吴局长", Role.LEADER)


def _reminders(database: Database) -> Counter[tuple[Any, ...]]:
    """Reminders by the request's command and their key."""
    columns = (reminder.c.due_on, reminder.c.milestone, reminder.c.recipient, reminder.c.outlet)
    joined = select(case_event.c.command_id, *columns).join(case_event, case_event.c.case_id == reminder.c.case_id)
    with database.engine.connect() as connection:
        registered = joined.where(case_event.c.kind == EventKind.REGISTER.value)
        return Counter(tuple(row) for row in connection.execute(registered))


def _jobs(database: Database) -> Counter[tuple[str, str]]:
    with database.engine.connect() as connection:
        return Counter((row.job, row.period) for row in connection.execute(select(job_run.c.job, job_run.c.period)))


def _log(database: Database, agency_id: int, name: str, days_ago: int = 0) -> None:
    now = datetime.now(UTC)
    facts = {"applicant_kind": ApplicantKind.COMPANY, "subject": name}
    day = desk.day_of(now) - timedelta(days=days_ago)
    history = History([Command(Happening(EventKind.REGISTER, day, facts), name, "test")])
    with database.engine.begin() as connection:
        desk.perform(connection, agency_id, history, FieldCipher(SECRET), now)
