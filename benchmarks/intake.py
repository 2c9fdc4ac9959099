"""10,000 requests handed in through the interface by four clients at once, against the raw driver writing the same rows.

A real web server, real HTTP on connections that are kept, commits that are flushed to the disk. Each request is looked
at from its first byte sent to its answer read. The raw driver, four connections of it, takes the same locks and writes
the very rows that came of them, one transaction each, and works nothing out. Bar: all stored, no number twice, within
120 seconds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import NullPool

from benchmarks.servers import durable_server, execute
from models.personal import FieldCipher
from models.tables import agency, sealing_key
from models.vocabulary import Scope
from runtime.faults import RuntimeFault
from runtime.testing import answering, free_port
from workflow import calendar_book, clients, desk
from workflow.audit import Author

REQUESTS, CLIENTS = 10_000, 4
MOST_SECONDS = 120
SECRET = "benchmark-secret-0123456789"
_TABLES = ("applicant", "request_case", "case_event", "deadline", "case_words", "outbox", "api_call")


def _letter(number: int, day: str) -> bytes:
    body = {
        "applicant_kind": "natural_person",
        "subject": f"{2000 + number % 25} 年第 {number} 段城市道路养护资金的安排和使用情况",
        "channel": "in_person",
        "applicant": {"name": f"申请人{number}", "telephone": f"139{number:08d}"},
        "submitted_on": day,
        "form": "电子文件",
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _portal(port: int, token: str, numbers: range, gate: Any, results: Any) -> None:
    day = (desk.day_of(datetime.now(UTC)) - timedelta(days=1)).isoformat()
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line.request("GET", "/api/v1/client", headers=headers)
    line.getresponse().read()
    took, told = [], []
    gate.wait()
    start = time.perf_counter()
    for number in numbers:
        began = time.perf_counter()
        named = {**headers, "Idempotency-Key": f"request-{number}"}
        line.request("POST", "/api/v1/requests", body=_letter(number, day), headers=named)
        answer = line.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {body.decode()}")
        told.append(json.loads(body)["number"])
    results.put((start, time.perf_counter(), took, told))


_LOCK = """
    WITH kept AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s))
    SELECT pg_advisory_xact_lock(%s, 1) FROM kept
"""
_COUNT = """
    INSERT INTO counter (agency_id, kind, year, value) VALUES (1, 'request', 2000, 1)
    ON CONFLICT (agency_id, kind, year) DO UPDATE SET value = counter.value + 1 RETURNING value
"""


def _raw(url: str, share: list[dict[str, list[dict[str, Any]]]], gate: Any, results: Any) -> None:
    took = []
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        gate.wait()
        start = time.perf_counter()
        for rows in share:
            began = time.perf_counter()
            connection.execute(_LOCK, (calendar_book.LOCK, 0x5953))
            connection.execute(_COUNT)
            for table in _TABLES:
                for row in rows[table]:
                    values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
                    places = ", ".join(["%s"] * len(row))
                    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", values)
            connection.commit()
            took.append(time.perf_counter() - began)
        results.put((start, time.perf_counter(), took, []))


def _captured(url: str) -> list[dict[str, list[dict[str, Any]]]]:
    """What was written for each request; of the outbox, which belongs to no case, one row each."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found: dict[int, dict[str, list[dict[str, Any]]]] = {}
        applicants: dict[int, int] = {}
        for row in connection.execute("SELECT * FROM request_case ORDER BY id"):
            found[row["id"]] = {table: [] for table in _TABLES} | {"request_case": [row]}
            applicants[row["applicant_id"]] = row["id"]
        for table in ("case_event", "deadline", "case_words"):
            for row in connection.execute(f"SELECT * FROM {table}"):
                found[row["case_id"]][table].append(row)
        for row in connection.execute("SELECT * FROM applicant"):
            found[applicants[row["id"]]]["applicant"].append(row)
        for row in connection.execute("SELECT * FROM api_call"):
            found[row["answer"]["id"]]["api_call"].append(row)
        outbox = connection.execute("SELECT * FROM outbox ORDER BY id").fetchall()
        for rows, row in zip(found.values(), outbox, strict=True):
            rows["outbox"].append(row)
    return list(found.values())


def _at_once(work: Any, parts: list[tuple[Any, ...]]) -> tuple[float, list[float], list[str]]:
    """Seconds from the first start to the last end, what each request took, the numbers that were told."""
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(len(parts), timeout=60), context.Queue()
    running = [context.Process(target=work, args=(*part, gate, results), daemon=True) for part in parts]
    for process in running:
        process.start()
    done = [results.get(timeout=900) for _ in running]
    for process in running:
        process.join()
    seconds = max(end for _, end, _, _ in done) - min(start for start, _, _, _ in done)
    return seconds, [each for one in done for each in one[2]], [each for one in done for each in one[3]]


def _prepared(url: str) -> list[str]:
    """An agency and its clients; their tokens."""
    engine, now = create_engine(url, poolclass=NullPool), datetime.now(UTC)
    with engine.begin() as connection:
        calendar_book.seed(connection)
        connection.execute(insert(agency).values(code="a", name="a"))
        connection.execute(insert(sealing_key).values(key_id=FieldCipher(SECRET).key_id))
        made = [
            clients.make(
                connection,
                Author("bench", 1, now),
                1,
                f"门户{n}",
                [Scope.REQUESTS_WRITE],
                approved=True,
                today=desk.day_of(now),
            )
            for n in range(CLIENTS)
        ]
    return [token for _, token in made]


def _web(folder: Path, url: str) -> tuple[subprocess.Popen[bytes], int]:
    """The web server, once it answers, and its port."""
    log, port = folder / "web.log", free_port()
    settings = {"YISHEN_DATABASE_URL": url, "YISHEN_SECRET_KEY": SECRET, "YISHEN_DATA_DIR": str(folder / "web")}
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "web", "--port", str(port)], env={**os.environ, **settings}, stdout=out, stderr=out
        )
    try:
        answering(f"http://127.0.0.1:{port}/healthz", server, log)
    except RuntimeFault:
        server.kill()
        raise
    return server, port


def measure(folder: Path) -> list[dict[str, Any]]:
    """Rows of results: seconds, requests a second, median and 95th percentile in milliseconds."""
    with durable_server(folder, "ready") as server:
        tokens = _prepared(server.url("yishen_app", "ready"))
        for name in ("api", "raw"):
            execute(server, f"CREATE DATABASE {name} TEMPLATE ready OWNER yishen_owner")
        web, port = _web(folder, server.url("yishen_app", "api"))
        try:
            shares = [range(n, REQUESTS, CLIENTS) for n in range(CLIENTS)]
            ours = _at_once(_portal, [(port, token, share) for token, share in zip(tokens, shares, strict=True)])
        finally:
            web.terminate()
            _pid, _status, used = os.wait4(web.pid, 0)
            web.returncode = 0
        plain = server.url("yishen_app", "api").replace("postgresql+psycopg", "postgresql")
        script = _captured(plain)
        raw = _at_once(_raw, [(plain.replace("/api", "/raw"), script[n::CLIENTS]) for n in range(CLIENTS)])
        whole = len(script) == REQUESTS == len(set(ours[2]))
        return [
            _row("through the interface", *ours[:2])
            | {
                "web's CPU ms each": round((used.ru_utime + used.ru_stime) * 1000 / REQUESTS, 2),
                "stored": len(script),
                "numbers": len(set(ours[2])),
                "bar s": MOST_SECONDS,
                "verdict": "met" if whole and ours[0] <= MOST_SECONDS else "MISSED",
            },
            _row("the same rows by the raw driver", *raw[:2]),
        ]


def _row(what: str, seconds: float, took: list[float]) -> dict[str, Any]:
    percentiles = statistics.quantiles(took, n=20)
    return {
        "what": f"{len(took):,} requests by {CLIENTS} at once, {what}",
        "seconds": round(seconds, 1),
        "/s": round(len(took) / seconds),
        "median ms": round(statistics.median(took) * 1000, 2),
        "p95 ms": round(percentiles[-1] * 1000, 2),
    }
