"""From a row of the outbox committed to its effect committed: keeper → Redis → worker → commit, with two processes.

Bars: a median under 100 ms when rows come one by one, and at least 250 rows a second when 2,000 wait.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, func, insert, select

from benchmarks.servers import durable_server
from models.tables import agency, outbox
from models.vocabulary import Topic
from runtime.testing import TemporaryBroker, temporary_broker
from workflow import calendar_book
from workflow import outbox as queue

ONE_BY_ONE, AT_ONCE = 100, 2_000
BAR_MS, BAR_RATE = 100.0, 250.0
SECRET = "benchmark-secret-0123456789"
LONGEST = 120.0


@contextmanager
def _worker(url: str, broker: TemporaryBroker, folder: Path) -> Iterator[None]:
    """A worker of two processes, as ``yishen run`` starts it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "YISHEN_DATABASE_URL": url,
        "YISHEN_BROKER_URL": broker.url,
        "YISHEN_SECRET_KEY": SECRET,
        "YISHEN_DATA_DIR": str(folder / "var"),
    }
    options = ("-c", "2", "-Q", "urgent,usual,long", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    command = [sys.executable, "-m", "celery", "-A", "tasks.app", "worker", *options]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def _put(engine: Engine, agency_id: int, count: int) -> None:
    """Messages for somebody who has none: the handler looks, and is done."""
    with engine.begin() as connection:
        for _ in range(count):
            queue.put(connection, agency_id, Topic.MESSAGE, {"recipient": "张某", "outlet": "email"}, datetime.now(UTC))


def _wait(engine: Engine) -> float:
    """Until nothing waits; seconds. TimeoutError if something stays."""
    start = time.perf_counter()
    waiting = select(func.count()).select_from(outbox).where(outbox.c.done_at.is_(None))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(waiting).scalar_one():
            if time.perf_counter() - start > LONGEST:
                raise TimeoutError("the outbox is not emptied")
            time.sleep(0.001)
    return time.perf_counter() - start


def measure(folder: Path) -> list[dict[str, Any]]:
    """Rows of results, on a server whose commits are flushed."""
    with durable_server(folder, "outbox") as server:
        return _measure(create_engine(server.url("yishen_app", "outbox")), folder)


def _measure(engine: Engine, folder: Path) -> list[dict[str, Any]]:
    """The median one by one, in milliseconds, and the rate of many at once."""
    with engine.begin() as connection:
        calendar_book.seed(connection)
        row = insert(agency).values(code="outbox", name="outbox").returning(agency.c.id)
        agency_id = int(connection.execute(row).scalar_one())
    url = engine.url.render_as_string(hide_password=False)
    with temporary_broker(folder) as broker, _worker(url, broker, folder):
        _put(engine, agency_id, 10)
        _wait(engine)
        times = []
        for _ in range(ONE_BY_ONE):
            _put(engine, agency_id, 1)
            times.append(_wait(engine) * 1000)
        _put(engine, agency_id, AT_ONCE)
        rate = AT_ONCE / _wait(engine)
    median = statistics.median(times)
    slowest = sorted(times)[int(len(times) * 0.95)]
    return [
        {
            "what": "a row committed to its effect committed",
            "median ms": round(median, 1),
            "95th ms": round(slowest, 1),
            "bar": f"{BAR_MS:.0f} ms",
            "verdict": "met" if median < BAR_MS else "MISSED",
        },
        {
            "what": f"{AT_ONCE} rows waiting, two worker processes",
            "a second": round(rate),
            "bar": f"{BAR_RATE:.0f} a second",
            "verdict": "met" if rate >= BAR_RATE else "MISSED",
        },
    ]
