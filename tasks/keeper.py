"""The keeper: relay and sweep, driven by every worker, one of them at a time.

It needs no broker to be right. Whoever holds an advisory lock of the database tells workers of rows that are due; when
the broker is away it does the rows itself, slowly. The lock dies with its connection, and two keepers would only do
nothing twice.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from models.vocabulary import Card
from tasks import handlers
from tasks.office import Office
from tasks.steady import Reading, SteadyClock
from workflow import desk, inbox, jobs, outbox, sweep
from workflow.outbox import Told

log = logging.getLogger(__name__)

LOCK = 0x5953_4B50  # advisory lock "YSKP"
RELAY_EVERY = 0.05
SWEEP_EVERY = 2.0
JOBS_EVERY = 60.0
RETRY_EVERY = 1.0
"""Seconds between looks: at the outbox, the deadlines, the calendar of jobs, and at a database that is away."""

PAUSE_BROKER = 5.0
"""Seconds for which a broker that failed is left alone; the rows are done here meanwhile."""

TOLD = 200
TOGETHER = 5
"""Rows in one message: what a message costs is shared, and five mails to a server that does not answer are a minute."""

HERE = 20
"""Rows told of in one turn; done by the keeper itself in one turn while the broker is away."""


class Publish(Protocol):
    """Tells workers of rows; raises when the broker is away."""

    def __call__(self, *told: Told) -> None:
        """Together, in as few messages as may be."""


class Keeper:
    """A thread that keeps the outbox and the deadlines of all agencies moving."""

    def __init__(self, office: Office, publish: Publish, clock: SteadyClock | None = None) -> None:
        """Nothing runs before ``start``."""
        self._office = office
        self._publish = publish
        self._clock = clock or SteadyClock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._broker_back = 0.0
        self._next_sweep = 0.0
        self._next_jobs = 0.0

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop it, and wait for the turn under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(10)

    def turn(self) -> None:
        """One turn of everything, whoever else keeps: for beat's tick and for tests."""
        reading = self._clock.read()
        self._elect(reading)
        self._sweep(reading)
        self.relay(reading.instant)

    def relay(self, instant: datetime) -> int:
        """Tell workers of the rows that are due; returns how many there were."""
        # What is claimed waits for its next turn, each time longer: without a broker no more than is done now.
        limit = HERE if self._is_alone() else TOLD
        with self._office.engine.begin() as connection:
            told = outbox.claim(connection, instant, limit)
        # Only now, when the claim is committed: a worker would find the row in our hand, and pass it over.
        here = 0
        for first in range(0, len(told), TOGETHER):
            together = told[first : first + TOGETHER]
            if not self._is_alone():
                try:
                    self._publish(*together)
                    continue
                except Exception as error:
                    log.warning("the broker is away (%s); rows are done here", type(error).__name__)
                    self._broker_back = time.monotonic() + PAUSE_BROKER
            for item in together:
                here += self._do_here(item, here)
        return len(told)

    def _is_alone(self) -> bool:
        """Whether the broker failed a moment ago."""
        return time.monotonic() < self._broker_back

    def _do_here(self, item: Told, done: int) -> int:
        if done >= HERE:
            return 0
        handlers.handle(self._office, item.id, self._clock.read().instant)
        return 1

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    if self._hold(connection):
                        # Back in the pool, the connection would go on holding the lock, and nobody keep.
                        connection.detach()
                        self._keep(connection)
            except DBAPIError as error:
                log.warning("the database is away: %s", type(error.orig).__name__)
            except Exception:
                log.exception("the keeper stumbled")
            self._stopped.wait(RETRY_EVERY)

    def _hold(self, connection: Connection) -> bool:
        return bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar_one())

    def _keep(self, connection: Connection) -> None:
        """Keep while the lock, which is the connection's, is ours."""
        while not self._stopped.is_set():
            connection.execute(text("SELECT 1"))
            reading = self._clock.read()
            if time.monotonic() >= self._next_jobs:
                self._next_jobs = time.monotonic() + JOBS_EVERY
                self._elect(reading)
            if time.monotonic() >= self._next_sweep:
                self._next_sweep = time.monotonic() + SWEEP_EVERY
                self._sweep(reading)
            busy = self.relay(reading.instant)
            if not busy:
                self._stopped.wait(RELAY_EVERY)

    def _sweep(self, reading: Reading) -> None:
        sweep.sweep(self._office.engine, self._office.cipher, reading.instant, lapse=reading.is_steady)

    def _elect(self, reading: Reading) -> None:
        with self._office.engine.begin() as connection:
            if not reading.is_steady:
                _tell_of_the_clock(connection, reading.instant)
                return
            for job in jobs.owed(desk.day_of(reading.instant)):
                jobs.elect(connection, job, reading.instant)


def _tell_of_the_clock(connection: Connection, instant: datetime) -> None:
    """Say in every office, once a day, that the clock was set and what waits for that."""
    today = desk.day_of(instant)
    inbox.tell_everywhere(connection, Card.YELLOW, _CLOCK_SET, f"clock:{today}", instant, today)


_CLOCK_SET = (
    "系统时钟被调整过，请核对日期和时间；为防误判，视为放弃等自动办理和年终结转暂停一天，提醒照常。"
    "确认时间无误后重新启动即可恢复"
)
