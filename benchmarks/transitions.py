"""Durable transitions through ``desk.perform`` against the raw driver writing the same rows in the same steps.

Each transition is one transaction: the case is read under its lock, the command looked up, the event appended, the row
of the case and what follows from it written. The raw driver runs the very statements that the desk sent for these
cases (those that lock, look up and write), with the very values. Commits are flushed to disk. Bar: at least 0.6 of the
raw driver with one process, 0.5 with eight.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, event, insert, text
from sqlalchemy.pool import NullPool

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import ApplicantKind, EventKind, Ground, Means, Outcome
from runtime import migrate
from runtime.postgres import attach
from runtime.settings import Settings
from workflow import calendar_book, desk
from workflow.case import Happening
from workflow.desk import Command, History

CASES = 160
ROUNDS = 3
PROCESSES = (1, 8)
BARS = {1: 0.6, 8: 0.5}
CIPHER = FieldCipher("benchmark-secret-0123456789")
NOW = datetime(2026, 5, 1, 1, tzinfo=UTC)
REGISTERED = {"applicant_kind": ApplicantKind.COMPANY, "subject": "2025 年道路养护合同"}
STEPS: tuple[tuple[EventKind, date, dict[str, Any]], ...] = (
    (EventKind.ASK_CORRECTION, date(2026, 3, 4), {"items": "年份", "delivered": date(2026, 3, 5)}),
    (EventKind.CORRECT, date(2026, 3, 10), {}),
    (EventKind.EXTEND, date(2026, 3, 20), {"working_days": 10, "approver": "李某", "reason": "数量大"}),
    (EventKind.SEARCH, date(2026, 3, 23), {"where": "档案室", "terms": "合同", "searcher": "王某", "found": True}),
    (EventKind.SECRECY_REVIEW, date(2026, 3, 24), {"reviewer": "赵某", "may_release": True}),
    (
        EventKind.DECIDE,
        date(2026, 3, 25),
        {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.HAND, "reply_number": "告〔2026〕1号"},
    ),
)
_READS_OF_THE_OFFICE = ("pg_advisory_xact_lock_shared", "FROM calendar_revision", "SELECT agency.settings")


@contextmanager
def _databases(folder: Path) -> Iterator[tuple[Any, str]]:
    """A server that flushes its commits, and a migrated database in it with the cases registered, as a template."""
    server = attach(Settings(data_dir=folder / "var", database_url=None, migration_database_url=None), linger=0)
    try:
        _execute(server, "CREATE DATABASE ready OWNER yishen_owner")
        owner = create_engine(server.url("yishen_owner", "ready"), poolclass=NullPool)
        migrate.upgrade(owner)
        engine = create_engine(server.url("yishen_app", "ready"), poolclass=NullPool)
        with engine.begin() as connection:
            calendar_book.seed(connection)
            connection.execute(insert(agency).values(code="a", name="a"))
            histories = (
                History([Command(Happening(EventKind.REGISTER, date(2026, 3, 2), REGISTERED), f"r{n}", "bench")])
                for n in range(CASES)
            )
            for _ in desk.perform_all(connection, 1, histories, CIPHER, NOW):
                pass
        yield server, "ready"
    finally:
        server.release()


def _execute(server: Any, statement: str) -> None:
    engine = create_engine(server.url("yishen_admin"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def _histories(case_id: int) -> Iterator[History]:
    for number, (kind, day, facts) in enumerate(STEPS):
        yield History([Command(Happening(kind, day, dict(facts)), f"{case_id}:{number}", "bench")], case_id)


def _desk(url: str, cases: list[int], gate: Any, results: Any) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        calendar_book.current(connection, 1)
    gate.wait()
    start = time.perf_counter()
    for case_id in cases:
        for history in _histories(case_id):
            with engine.begin() as connection:
                desk.perform(connection, 1, history, CIPHER, NOW)
    results.put((start, time.perf_counter()))
    engine.dispose()


def _raw(url: str, script: list[list[tuple[str, Any, bool]]], gate: Any, results: Any) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        gate.wait()
        start = time.perf_counter()
        for transaction in script:
            with connection.cursor() as cursor:
                for statement, values, many in transaction:
                    if many:
                        cursor.executemany(statement, values)
                    else:
                        cursor.execute(statement, values)
                        if cursor.description is not None:
                            cursor.fetchall()
            connection.commit()
        results.put((start, time.perf_counter()))


def _captured(url: str) -> dict[int, list[list[tuple[str, Any, bool]]]]:
    """The statements that the desk sends for each case, transition by transition, with their values."""
    engine = create_engine(url)
    heard: list[tuple[str, Any, bool]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _hear(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:  # noqa: FBT001
        if not any(part in statement for part in _READS_OF_THE_OFFICE):
            heard.append((statement, values, many))

    found: dict[int, list[list[tuple[str, Any, bool]]]] = {}
    for case_id in range(1, CASES + 1):
        for history in _histories(case_id):
            heard.clear()
            with engine.begin() as connection:
                desk.perform(connection, 1, history, CIPHER, NOW)
            found.setdefault(case_id, []).append(list(heard))
    engine.dispose()
    return found


def _timed(work: Any, urls: str, parts: list[Any]) -> float:
    """Transitions a second of several processes at once, from the first start to the last end."""
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(len(parts)), context.Queue()
    running = [context.Process(target=work, args=(urls, part, gate, results)) for part in parts]
    for process in running:
        process.start()
    times = [results.get() for _ in running]
    for process in running:
        process.join()
    return CASES * len(STEPS) / (max(end for _, end in times) - min(start for start, _ in times))


def measure(folder: Path) -> list[dict[str, Any]]:
    """Rows of results, one for each number of processes: transitions a second, medians of interleaved rounds."""
    results = []
    with _databases(folder) as (server, ready):
        made = 0

        def fresh() -> str:
            nonlocal made
            made += 1
            _execute(server, f"CREATE DATABASE bench{made} TEMPLATE {ready} OWNER yishen_owner")
            return f"bench{made}"

        script = _captured(server.url("yishen_app", fresh()))
        ids = list(script)
        for processes in PROCESSES:
            rates: dict[str, list[float]] = {"raw": [], "desk": []}
            for _ in range(ROUNDS):
                shares = [ids[n::processes] for n in range(processes)]
                url = server.url("yishen_app", fresh())
                raw_url = url.replace("postgresql+psycopg", "postgresql")
                rates["raw"].append(_timed(_raw, raw_url, [[t for i in share for t in script[i]] for share in shares]))
                rates["desk"].append(_timed(_desk, server.url("yishen_app", fresh()), shares))
            raw, done = (statistics.median(rates[name]) for name in ("raw", "desk"))
            results.append(
                {
                    "processes": processes,
                    "raw driver /s": round(raw),
                    "desk.perform /s": round(done),
                    "ratio": round(done / raw, 2),
                    "bar": f"{BARS[processes]}",
                    "verdict": "met" if done / raw >= BARS[processes] else "MISSED",
                }
            )
    return results
