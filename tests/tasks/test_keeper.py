"""The keeper: one of them at a time keeps the outbox and the deadlines moving, without a broker and after the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

from models.tables import case_event, deadline, inbox_item, job_run, outbox, reminder, request_case
from models.vocabulary import EventKind, State, Topic
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tasks import keeper
from tasks.keeper import HERE, LOCK, PAUSE_BROKER, Keeper
from tasks.office import Office
from tasks.steady import SteadyClock
from tests.lawful import Office as Desk
from tests.tasks.conftest import at
from workflow import outbox as queue
from workflow.outbox import Told

NOON = at("2026-03-16", 12)
STEADY = SteadyClock(lambda: NOON, lambda: 0.0)
SOON = timedelta(seconds=4)
"""A little more than the first wait of a row that was told."""


class Broker:
    """Where workers are told of rows; it can be away."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.asked = 0
        self.away = False

    def publish(self, *told: Told) -> None:
        """Tell a worker."""
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError
        self.told.extend(told)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The keeper's stopwatch, which stands still until it is moved."""
    watch = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(keeper, "time", SimpleNamespace(monotonic=lambda: watch.now))
    return watch


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look as often as a test wants to know."""
    monkeypatch.setattr(keeper, "RETRY_EVERY", 0.01)
    monkeypatch.setattr(keeper, "RELAY_EVERY", 0.01)


class Machine:
    """A machine whose clock can be set, and the time that goes by whatever it says."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._elapsed = 1_000.0

    def clock(self) -> SteadyClock:
        """Its clock as the keeper reads it."""
        return SteadyClock(lambda: self.now, lambda: self._elapsed)

    def pass_by(self, *, hours: float) -> None:
        """Time goes by."""
        self.now += timedelta(hours=hours)
        self._elapsed += hours * 3600

    def set_by(self, *, days: float) -> None:
        """Somebody sets the clock."""
        self.now += timedelta(days=days)


def rows_of(office: Office, statement: Any) -> list[Any]:
    with office.engine.connect() as connection:
        return list(connection.execute(statement))


def called(office: Office) -> list[tuple[str, int]]:
    return [(row.for_day.isoformat(), row.milestone) for row in rows_of(office, select(reminder))]


def desk_state(office: Office) -> State:
    """The state of the first case."""
    return State(rows_of(office, select(request_case.c.state).order_by(request_case.c.id))[0].state)


def put(office: Office, agency_id: int, number: int = 1) -> list[int]:
    """Rows that must be done: the housekeeping of so many days."""
    with office.engine.begin() as connection:
        for _ in range(number):
            queue.put(connection, agency_id, Topic.HOUSEKEEPING, {"period": "2026-03-16"}, NOON)
        return queue.waiting(connection, agency_id, [Topic.HOUSEKEEPING])


def waiting(office: Office, agency_id: int) -> int:
    with office.engine.connect() as connection:
        return len(queue.waiting(connection, agency_id, [Topic.HOUSEKEEPING]))


def until(holds: Callable[[], Any]) -> Any:
    """Wait for something; the time limit of the test ends what never comes."""
    while not (found := holds()):
        time.sleep(0.005)
    return found


# Relay


def test_workers_are_told_of_what_is_due_and_do_it_themselves(opened: Office, agency_id: int, broker: Broker):
    items = put(opened, agency_id, 3)
    keeping = Keeper(opened, broker.publish, STEADY)
    assert keeping.relay(NOON - SOON) == 0
    assert keeping.relay(NOON) == 3
    assert broker.told == [Told(item, Topic.HOUSEKEEPING) for item in items]
    assert waiting(opened, agency_id) == 3
    assert keeping.relay(NOON) == 0
    # Nobody did it: they are told again.
    assert keeping.relay(NOON + SOON) == 3


def test_a_worker_that_is_told_finds_the_row_free(opened: Office, agency_id: int):
    put(opened, agency_id, 2)
    taken: list[Any] = []

    def works_at_once(*told: Told) -> None:
        with opened.engine.begin() as connection:
            taken.extend(queue.take(connection, each.id) for each in told)

    Keeper(opened, works_at_once, STEADY).relay(NOON)
    assert len(taken) == 2
    assert None not in taken


def test_while_the_broker_is_away_the_rows_are_done_here(opened: Office, agency_id: int, broker: Broker, seconds: Any):
    put(opened, agency_id, 3)
    broker.away = True
    assert Keeper(opened, broker.publish, STEADY).relay(NOON) == 3
    assert (waiting(opened, agency_id), broker.told) == (0, [])


def test_a_broker_that_failed_is_left_alone_for_a_while_and_then_asked_again(
    opened: Office, agency_id: int, broker: Broker, seconds: Any
):
    keeping = Keeper(opened, broker.publish, STEADY)
    broker.away = True
    put(opened, agency_id, 3)
    keeping.relay(NOON)
    assert broker.asked == 1
    broker.away = False
    seconds.now += PAUSE_BROKER - 0.001
    put(opened, agency_id)
    keeping.relay(NOON)
    assert (broker.asked, waiting(opened, agency_id)) == (1, 0)
    seconds.now += 0.001
    put(opened, agency_id)
    keeping.relay(NOON)
    assert (broker.asked, len(broker.told), waiting(opened, agency_id)) == (2, 1, 1)


def test_without_a_broker_a_turn_does_only_so_much_that_deadlines_are_looked_at_between(
    opened: Office, agency_id: int, broker: Broker, seconds: Any
):
    put(opened, agency_id, HERE + 5)
    broker.away = True
    keeping = Keeper(opened, broker.publish, STEADY)
    keeping.relay(NOON)
    assert waiting(opened, agency_id) == 5
    keeping.relay(NOON + SOON)
    assert waiting(opened, agency_id) == 0


def test_without_a_broker_no_row_waits_longer_than_those_before_it_take(
    opened: Office, agency_id: int, broker: Broker, seconds: Any
):
    put(opened, agency_id, 4 * HERE)
    broker.away = True
    keeping = Keeper(opened, broker.publish, STEADY)
    keeping.relay(NOON)
    for _ in range(3):
        keeping.relay(NOON + SOON)
    assert waiting(opened, agency_id) == 0


# A turn of everything


def test_a_turn_elects_the_jobs_of_the_day_sweeps_the_deadlines_and_tells_workers(
    opened: Office, agency_id: int, broker: Broker
):
    desk = Desk(opened.engine, agency_id, opened.cipher)
    desk.now = at("2026-03-02")
    desk.register("2026-03-02")
    for _ in range(2):
        Keeper(opened, broker.publish, STEADY).turn()
    with opened.engine.connect() as connection:
        jobs = set(connection.execute(select(job_run.c.job)).scalars())
        called = connection.execute(select(reminder.c.milestone).where(reminder.c.kind == "reply")).scalars().all()
        rows = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    assert jobs == {Topic.HOUSEKEEPING, Topic.LATE_APPROVAL, Topic.YEAR_END, Topic.REPORT_DATE}
    assert called == [10]
    assert {told.topic for told in broker.told} == {*jobs, Topic.CASE_CHANGED}
    assert len(broker.told) == len(set(broker.told)) == rows


def test_after_the_clock_was_set_nothing_lapses_for_a_day_but_reminders_go_on(
    opened: Office, agency_id: int, broker: Broker
):
    desk = Desk(opened.engine, agency_id, opened.cipher)
    desk.now = at("2026-12-14")
    desk.register("2026-12-14")
    desk.now = at("2026-12-16")
    desk.then(EventKind.ASK_CORRECTION, "2026-12-16", items="年份", delivered="2026-12-16", working_days=10)
    # Ten working days are left to the reply on this one on 31 December.
    desk.now = at("2026-12-17")
    desk.register("2026-12-17")
    due = max(row.due_on for row in rows_of(opened, select(deadline).where(deadline.c.kind == "correction")))
    machine = Machine(at(due.isoformat()))
    keeping = Keeper(opened, broker.publish, machine.clock())
    keeping.turn()
    # Set forward a day by mistake: the period seems to be over.
    machine.pass_by(hours=1)
    machine.set_by(days=1)
    keeping.turn()
    assert desk_state(opened) == State.PENDING_CORRECTION
    assert ("2026-12-31", 10) in called(opened)
    assert any("系统时钟被调整过" in row.text for row in rows_of(opened, select(inbox_item)))
    machine.pass_by(hours=5)
    machine.set_by(days=-1)
    keeping.turn()
    desk.now = machine.now
    desk.take_up("2026-0001")
    desk.then(EventKind.CORRECT, due.isoformat())
    for _ in range(3):
        machine.pass_by(hours=24)
        keeping.turn()
    assert desk_state(opened) == State.RECEIVED
    # Once for each day that the clock showed.
    assert len([row for row in rows_of(opened, select(inbox_item)) if "系统时钟" in row.text]) == 2


def test_a_jump_that_was_right_makes_a_lapse_late_and_never_lost(opened: Office, agency_id: int, broker: Broker):
    desk = Desk(opened.engine, agency_id, opened.cipher)
    desk.now = at("2026-03-02")
    desk.register("2026-03-02")
    desk.now = at("2026-03-04")
    desk.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-04", working_days=10)
    machine = Machine(at("2026-03-05"))
    keeping = Keeper(opened, broker.publish, machine.clock())
    keeping.turn()
    machine.set_by(days=60)
    keeping.turn()
    assert desk_state(opened) == State.PENDING_CORRECTION
    machine.pass_by(hours=27)
    keeping.turn()
    assert desk_state(opened) == State.CLOSED
    (lapse,) = rows_of(opened, select(case_event).where(case_event.c.kind == EventKind.LAPSE.value))
    # On the day that the law gives, whenever it was recorded.
    assert lapse.happened_on.isoformat() == "2026-03-19"


# One at a time


class Keepers:
    """Keepers with a database connection of their own each, as workers on several machines have."""

    def __init__(self, office: Office, agency_id: int, server: EmbeddedServer) -> None:
        self.office, self.agency_id = office, agency_id
        self.running: list[Keeper] = []
        self._databases: list[Database] = []
        self._admin = create_engine(server.url("yishen_admin"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._clock = NOON

    def start(self, broker: Broker) -> Keeper:
        """One more worker comes."""
        urls = self.office.database.engine.url, self.office.database.owner_engine.url
        self._databases.append(Database(*urls))
        made = Keeper(
            replace(self.office, database=self._databases[-1]), broker.publish, SteadyClock(self._now, lambda: 0.0)
        )
        self.running.append(made)
        made.start()
        return made

    def _now(self) -> datetime:
        return self._clock

    def close(self) -> None:
        """All go home."""
        for each in self.running:
            each.stop()
        for each in self._databases:
            each.dispose()

    def holder(self) -> int | None:
        """The backend that holds the lock, as the server knows it."""
        held = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted")
        with self.office.engine.connect() as connection:
            return connection.execute(held, {"key": LOCK}).scalar_one_or_none()

    def told(self, *brokers: Broker) -> list[int]:
        """How often each tells of a row that is put now, when it was told of."""
        row = Told(put(self.office, self.agency_id)[-1], Topic.HOUSEKEEPING)
        until(lambda: any(row in broker.told for broker in brokers))
        return [broker.told.count(row) for broker in brokers]

    def database_is(self, *, away: bool) -> None:
        """Let nobody but the administrator in, or everybody again."""
        name = self.office.engine.url.database
        with self._admin.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not away}"))
            if away:
                all_of_it = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
                connection.execute(all_of_it, {"name": name})


@pytest.fixture
def keepers(opened: Office, agency_id: int, server: EmbeddedServer) -> Iterator[Keepers]:
    made = Keepers(opened, agency_id, server)
    yield made
    made.close()


def test_of_two_keepers_one_keeps_and_the_other_takes_over_when_it_stops(keepers: Keepers):
    ours, theirs = Broker(), Broker()
    first = keepers.start(ours)
    before = until(keepers.holder)
    keepers.start(theirs)
    assert keepers.told(ours, theirs) == [1, 0]
    assert keepers.holder() == before
    first.stop()
    after = until(lambda: keepers.holder() not in {None, before} and keepers.holder())
    assert after != before
    assert keepers.told(ours, theirs) == [0, 1]


def test_a_keeper_that_lost_its_lock_notices_and_holds_it_again(keepers: Keepers, broker: Broker):
    keepers.start(broker)
    before = until(keepers.holder)
    # Its connection alone is cut; the others of its pool are whole.
    with keepers.office.engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
    until(lambda: keepers.holder() not in {None, before})
    assert keepers.told(broker) == [1]


def test_a_database_that_is_away_does_not_end_the_keeper(
    keepers: Keepers, broker: Broker, caplog: pytest.LogCaptureFixture
):
    keepers.start(broker)
    until(keepers.holder)
    assert keepers.told(broker) == [1]
    keepers.database_is(away=True)
    until(lambda: caplog.text.count("the database is away") >= 3)
    keepers.office.database.dispose()
    keepers.database_is(away=False)
    until(keepers.holder)
    assert keepers.told(broker) == [1]
    assert "stumbled" not in caplog.text


def test_a_keeper_that_stumbles_goes_on(keepers: Keepers, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any):
    stumbled = threading.Event()
    sweep = keeper.sweep.sweep

    def stumbles_once(*args: Any) -> Any:
        if stumbled.is_set():
            return sweep(*args)
        stumbled.set()
        raise ZeroDivisionError

    monkeypatch.setattr(keeper.sweep, "sweep", stumbles_once)
    keepers.start(broker)
    assert keepers.told(broker) == [1]
    assert "the keeper stumbled" in caplog.text
