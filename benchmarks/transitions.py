"""Durable transitions through ``desk.perform`` against the raw driver writing the same rows in the same steps.

Each transition is one transaction: the case is read under its lock with the calendar held, the agency's choices, the
calendar's mark and the command are looked up, the event appended, the row of the case and what follows from it written.
The raw driver takes the same locks, reads the same and writes the very rows that the desk wrote for these cases, and
works nothing out. Commits are flushed to disk. Bar: at least 0.6 of the raw driver with one process, 0.5 with eight.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Table, create_engine, insert, select, text
from sqlalchemy.pool import NullPool

from benchmarks.servers import durable_server, execute
from models.personal import FieldCipher
from models.tables import agency, case_event, deadline, request_case
from models.vocabulary import ApplicantKind, EventKind, Ground, Means, Outcome
from workflow import calendar_book, desk
from workflow.case import Happening
from workflow.desk import Command, History

CASES = 160
ROUNDS = 7
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


@contextmanager
def _databases(folder: Path) -> Iterator[tuple[Any, str]]:
    """A server that flushes its commits, and a migrated database in it with the cases registered, as a template."""
    with durable_server(folder, "ready") as server:
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


_LOCK = """
    WITH kept AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s))
    SELECT id, applicant_id, version, head_hash, calendar_revision, snapshot FROM kept, request_case
    WHERE id = %s AND agency_id = 1 FOR NO KEY UPDATE OF request_case
"""
_READ = """
    SELECT settings,
           (SELECT mark FROM calendar_revision WHERE agency_id IS NULL OR agency_id = 1 ORDER BY id DESC LIMIT 1),
           (SELECT case_id FROM case_event WHERE command_id = %s)
    FROM agency WHERE id = 1
"""


def _raw(url: str, script: list[Transition], gate: Any, results: Any) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        gate.wait()
        start = time.perf_counter()
        for each in script:
            connection.execute(_LOCK, (calendar_book.LOCK, each.case["id"])).fetchone()
            connection.execute(_READ, (each.event["command_id"],)).fetchone()
            connection.execute(*_update("request_case", each.case, ("id",)))
            connection.execute(*_insert("case_event", each.event))
            for row in each.deadlines:
                connection.execute(*_insert("deadline", row, ("case_id", "kind", "round")))
            connection.execute(*_insert("outbox", each.outbox))
            connection.commit()
        results.put((start, time.perf_counter()))


def _values(row: dict[str, Any]) -> list[Any]:
    return [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]


def _insert(table: str, row: dict[str, Any], keys: tuple[str, ...] = ()) -> tuple[str, list[Any]]:
    names = ", ".join(row)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(row))})"
    if keys:
        replaced = ", ".join(f"{name} = excluded.{name}" for name in row if name not in keys)
        statement += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {replaced}"
    return statement, _values(row)


def _update(table: str, row: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, list[Any]]:
    changed = {name: value for name, value in row.items() if name not in keys}
    here = " AND ".join(f"{key} = %s" for key in keys)
    statement = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in changed)} WHERE {here}"
    return statement, [*_values(changed), *(row[key] for key in keys)]


@dataclass(frozen=True)
class Transition:
    """The rows of one transition, as the desk wrote them."""

    case: dict[str, Any]
    event: dict[str, Any]
    deadlines: list[dict[str, Any]]
    outbox: dict[str, Any]


def _captured(url: str) -> dict[int, list[Transition]]:
    """What the desk writes for each case, transition by transition."""
    engine = create_engine(url)
    found: dict[int, list[Transition]] = {}
    with engine.connect() as connection:

        def rows(table: Table, where: Any) -> list[dict[str, Any]]:
            statement = select(table).where(where).order_by(*table.primary_key)
            return [dict(row) for row in connection.execute(statement).mappings()]

        for case_id in range(1, CASES + 1):
            before = rows(deadline, deadline.c.case_id == case_id)
            for history in _histories(case_id):
                desk.perform(connection, 1, history, CIPHER, NOW)
                connection.commit()
                after = rows(deadline, deadline.c.case_id == case_id)
                (case,) = rows(request_case, request_case.c.id == case_id)
                last = rows(case_event, case_event.c.case_id == case_id)[-1]
                follows = {"agency_id": 1, "topic": "case_changed", "payload": {"from": 2026, "to": 2026}}
                follows |= {"made_at": NOW, "due_at": NOW}
                changed = [row for row in after if row not in before]
                found.setdefault(case_id, []).append(Transition(case, last, changed, follows))
                before = after
    engine.dispose()
    return found


def _timed(work: Any, urls: str, parts: list[Any]) -> float:
    """Transitions a second of several processes at once, from the first start to the last end."""
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(len(parts), timeout=60), context.Queue()
    running = [context.Process(target=work, args=(urls, part, gate, results), daemon=True) for part in parts]
    for process in running:
        process.start()
    times = [results.get(timeout=300) for _ in running]
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
            execute(server, f"CREATE DATABASE bench{made} TEMPLATE {ready} OWNER yishen_owner")
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
            # Round by round: the machine is not equally quick in all of them.
            ratio = statistics.median(d / r for d, r in zip(rates["desk"], rates["raw"], strict=True))
            results.append(
                {
                    "processes": processes,
                    "raw driver /s": round(raw),
                    "desk.perform /s": round(done),
                    "ratio": round(ratio, 2),
                    "bar": f"{BARS[processes]}",
                    "verdict": "met" if ratio >= BARS[processes] else "MISSED",
                }
            )
    return results
