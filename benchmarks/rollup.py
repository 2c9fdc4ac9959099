"""The roll-up of one agency's year against the bare GROUP BY that yields the same numbers, in one run.

Bar: at most twice the bare statement, the draft's cells written included.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from models.tables import agency
from models.vocabulary import ApplicantKind, Outcome
from reports.figures import Figures
from reports.rollup import roll_up
from reports.year_end import draft

SIZES = (15_000, 100_000, 1_000_000)
ROUNDS = 15
BAR = 2.0
YEAR = 2022

_FILL = """
INSERT INTO applicant (agency_id, kind) VALUES (:agency, 'company');
INSERT INTO request_case (agency_id, number, applicant_id, applicant_kind, subject, received_on, came_on, state, outcome,
                          closed_on, counted, is_open, provisional, calendar_revision, version, head_hash, snapshot)
SELECT :agency, 'n' || n, (SELECT max(id) FROM applicant), (CAST(:kinds AS text[]))[1 + n % 6], 'x', received, received,
       CASE WHEN open THEN 'received' ELSE 'closed' END,
       CASE WHEN NOT open THEN (CAST(:outcomes AS text[]))[1 + n % 21] END,
       CASE WHEN NOT open THEN received + n % 45 END, true, open, false, 1, 1, '', '{}'
FROM (SELECT n, date '2020-01-01' + (n % 1461)::int AS received, n % 50 = 0 AS open
      FROM generate_series(1, :size) n) made
"""

# Table three, table four, section two with its register and the fees, as one would write them by hand.
_BARE = """
SELECT CASE WHEN closed_on <= :end THEN outcome END, applicant_kind, count(*), count(*) FILTER (WHERE received_on >= :start)
FROM request_case
WHERE agency_id = :agency AND counted AND received_on <= :end AND coalesce(closed_on, 'infinity') >= :start
GROUP BY 1, 2;
SELECT kind, CASE WHEN concluded_on <= :end THEN result ELSE 'pending' END, count(*)
FROM review
WHERE agency_id = :agency AND accepted_on <= :end AND (concluded_on IS NULL OR concluded_on >= :start)
GROUP BY 1, 2;
SELECT item, figures FROM proactive_figure WHERE agency_id = :agency AND year = :year;
SELECT kind, count(*) FILTER (WHERE issued_on BETWEEN :start AND :end),
       count(*) FILTER (WHERE repealed_on BETWEEN :start AND :end),
       count(*) FILTER (WHERE issued_on <= :end AND (repealed_on IS NULL OR repealed_on > :end))
FROM normative_document WHERE agency_id = :agency GROUP BY kind;
SELECT count(*), sum(billed_yuan),
       (SELECT sum(received_yuan) FROM fee WHERE agency_id = :agency AND paid_on BETWEEN :start AND :end)
FROM fee WHERE agency_id = :agency AND notified_on BETWEEN :start AND :end
"""


def _fill(engine: Engine, size: int) -> int:
    with engine.begin() as connection:
        row = insert(agency).values(code=f"a{size}", name=f"{size} 件").returning(agency.c.id)
        agency_id = int(connection.execute(row).scalar_one())
        values = {"agency": agency_id, "size": size, "kinds": list(ApplicantKind), "outcomes": list(Outcome)}
        for statement in _FILL.split(";\n"):
            connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return agency_id


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_STATEMENTS = [re.sub(r":(\w+)", r"%(\1)s", statement) for statement in _BARE.split(";\n")]


def _bare(connection: Connection, agency_id: int) -> list[Any]:
    """The same statements by the raw driver; the rows of the first."""
    values = {"agency": agency_id, "start": date(YEAR, 1, 1), "end": date(YEAR, 12, 31), "year": YEAR}
    raw = connection.connection.driver_connection
    results = [raw.execute(statement, values).fetchall() for statement in _STATEMENTS]
    return results[0]


def measure(engine: Engine, owner: Engine) -> list[dict[str, Any]]:
    """Rows of results, one for each size; times in milliseconds, medians of interleaved rounds."""
    results = []
    for size in SIZES:
        agency_id = _fill(engine, size)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE request_case"))
        times = _rounds(engine, agency_id)
        medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
        results.append(
            {
                "cases": size,
                **{f"{name} ms": round(value, 2) for name, value in medians.items()},
                "ratio": round(medians["figures and cells"] / medians["bare"], 2),
                "bar": f"{BAR}",
                "verdict": "met" if medians["figures and cells"] <= BAR * medians["bare"] else "MISSED",
            }
        )
    return results


def _rounds(engine: Engine, agency_id: int) -> dict[str, list[float]]:
    """Seconds of each way, in interleaved rounds; the two must give the same number of cases."""
    times: dict[str, list[float]] = {"bare": [], "figures": [], "figures and cells": []}
    with engine.connect() as connection:

        def roll() -> Figures:
            return roll_up(connection, agency_id, "a", YEAR)

        for _ in range(ROUNDS):
            times["bare"].append(_timed(lambda: _bare(connection, agency_id)))
            times["figures"].append(_timed(roll))
            times["figures and cells"].append(_timed(lambda: draft(connection, agency_id, roll())))
            connection.commit()
        figures, bare = roll(), _bare(connection, agency_id)
    if sum(row[2] for row in bare) != sum(figures.applications[k][-1] or 0 for k in ("new", "carried_in")):
        raise AssertionError("the two do not yield the same numbers")
    return times
