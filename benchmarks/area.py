"""An agency's year and the area report of all of them, out of 1,000,000 cases of 3,000 agencies, against bare SQL.

Bars: every table of one agency's year within 0.2 seconds; the area's report within 1.5 times the bare statements that
group the same rows, in one run; a cell opened to its cases, and the area from sealed reports, are told beside them.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from models.tables import agency
from models.vocabulary import ApplicantKind, Outcome, ReviewKind
from reports import area, drilling
from reports.rollup import roll_up

CASES, AGENCIES = 1_000_000, 3_000
ROUNDS = 9
YEAR = 2022
AGENCY_SECONDS, AREA_RATIO = 0.2, 1.5

# Agencies differ in size: the first ones have thousands of cases, the last ones a few dozen.
_FILL = """
INSERT INTO agency (code, name, parent_id)
SELECT 'area-' || n, '机关' || n, :top FROM generate_series(1, :agencies) n;
INSERT INTO applicant (agency_id, kind) SELECT id, 'company' FROM agency WHERE parent_id = :top;
INSERT INTO request_case (agency_id, number, applicant_id, applicant_kind, subject, received_on, came_on, state, outcome,
                          closed_on, counted, is_open, provisional, calendar_revision, version, head_hash, snapshot)
SELECT owner.agency_id, 'n' || n, owner.id, (CAST(:kinds AS text[]))[1 + n % 6], 'x', received, received,
       CASE WHEN open THEN 'received' ELSE 'closed' END,
       CASE WHEN NOT open THEN (CAST(:outcomes AS text[]))[1 + n % 21] END,
       CASE WHEN NOT open THEN received + n % 45 END, true, open, false, 1, 1, '', '{}'
FROM (SELECT n, date '2020-01-01' + (n * 7 % 1461)::int AS received, n % 50 = 0 AS open,
             1 + (:agencies * power(random(), 2))::int % :agencies AS place
      FROM generate_series(1, :size) n) made
JOIN (SELECT id, agency_id, row_number() OVER (ORDER BY agency_id) AS place FROM applicant
      WHERE agency_id IN (SELECT id FROM agency WHERE parent_id = :top)) owner USING (place);
INSERT INTO review (case_id, round, agency_id, kind, accepted_on, result, concluded_on)
SELECT id, 1, agency_id, (CAST(:reviews AS text[]))[1 + id % 3], received_on + 60, 'upheld',
       CASE WHEN id % 3 = 0 THEN NULL ELSE received_on + 150 END
FROM request_case WHERE id % 40 = 0 AND agency_id IN (SELECT id FROM agency WHERE parent_id = :top);
INSERT INTO fee (case_id, round, agency_id, notified_on, billed_yuan, paid_on, received_yuan)
SELECT id, 1, agency_id, received_on + 5, 100, received_on + 9, 100
FROM request_case WHERE id % 100 = 0 AND agency_id IN (SELECT id FROM agency WHERE parent_id = :top);
INSERT INTO proactive_figure (agency_id, year, item, edition, figures, source)
SELECT id, :year, item, '2021', figures, '' FROM agency, (VALUES ('regulations', ARRAY[1, 0, 3]),
  ('normative_documents', ARRAY[2, 1, 9]), ('licences', ARRAY[40]), ('penalties', ARRAY[9]),
  ('compulsory_measures', ARRAY[1]), ('administrative_charges', ARRAY[12.5])) row (item, figures)
WHERE parent_id = :top
"""

# The area's tables as one would write them by hand.
_BARE = """
SELECT CASE WHEN closed_on <= :end THEN outcome END, applicant_kind, count(*), count(*) FILTER (WHERE received_on >= :start)
FROM request_case
WHERE agency_id = ANY(:agencies) AND counted AND received_on <= :end AND coalesce(closed_on, 'infinity') >= :start
GROUP BY 1, 2;
SELECT kind, CASE WHEN concluded_on <= :end THEN result ELSE 'pending' END, count(*)
FROM review
WHERE agency_id = ANY(:agencies) AND accepted_on <= :end AND (concluded_on IS NULL OR concluded_on >= :start)
GROUP BY 1, 2;
SELECT item, place, sum(value) FROM proactive_figure, unnest(figures) WITH ORDINALITY one (value, place)
WHERE agency_id = ANY(:agencies) AND year = :year GROUP BY 1, 2;
SELECT count(*), sum(billed_yuan) FROM fee WHERE agency_id = ANY(:agencies) AND notified_on BETWEEN :start AND :end;
SELECT sum(received_yuan) FROM fee WHERE agency_id = ANY(:agencies) AND paid_on BETWEEN :start AND :end
"""
_STATEMENTS = [re.sub(r":(\w+)", r"%(\1)s", statement) for statement in _BARE.split(";\n")]

_SEAL = """
INSERT INTO report (agency_id, year, edition, state) SELECT id, :year, '2021', 'sealed' FROM agency WHERE parent_id = :top;
INSERT INTO report_cell (report_id, path, position, value)
SELECT report.id, place.path, place.position, 1 FROM report, unnest(CAST(:paths AS text[]), CAST(:positions AS int[]))
  place (path, position)
WHERE report.year = :year AND report.agency_id IN (SELECT id FROM agency WHERE parent_id = :top)
"""


def _fill(engine: Engine) -> int:
    with engine.begin() as connection:
        row = insert(agency).values(code="area", name="某市人民政府").returning(agency.c.id)
        top = int(connection.execute(row).scalar_one())
        values = {
            "top": top,
            "agencies": AGENCIES,
            "size": CASES,
            "kinds": list(ApplicantKind),
            "outcomes": list(Outcome),
            "reviews": list(ReviewKind),
            "year": YEAR,
        }
        _run(connection, _FILL, values)
    return top


def _run(connection: Connection, script: str, values: dict[str, Any]) -> None:
    for statement in script.split(";\n"):
        connection.execute(text(statement), {k: v for k, v in values.items() if re.search(rf":{k}\b", statement)})


def _timed(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of the seconds that work takes."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _bare(connection: Connection, ids: list[int]) -> list[Any]:
    """The same numbers by the raw driver; the rows of the first statement."""
    values = {"agencies": ids, "start": date(YEAR, 1, 1), "end": date(YEAR, 12, 31), "year": YEAR}
    raw = connection.connection.driver_connection
    results = [raw.execute(statement, values).fetchall() for statement in _STATEMENTS]
    return results[0]


def measure(engine: Engine, owner: Engine) -> list[dict[str, Any]]:
    """Rows of results; times in milliseconds, medians."""
    top = _fill(engine)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with engine.connect() as connection:
        row = connection.execute(select(agency).where(agency.c.id == top)).one()
        sizes = "SELECT agency_id FROM request_case GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        largest = int(connection.execute(text(sizes)).scalar_one())
        ids = [member.id for member in area.members(connection, top)]
        results = [_of_agency(connection, "the largest agency's year", largest)]
        results.append(_of_agency(connection, "a small agency's year", ids[-1]))
        results.append(_of_area(connection, row, ids))
        which = drilling.find("results/granted", "自然人", "2021")
        opened = _timed(lambda: drilling.cases(connection, largest, YEAR, which, "2021"))
        results.append({"what": "the largest agency's cell opened to its cases", "ms": round(opened * 1000, 1)})
        results.append(_of_sealed(connection, row))
    return results


def _of_agency(connection: Connection, what: str, agency_id: int) -> dict[str, Any]:
    seconds = _timed(lambda: roll_up(connection, agency_id, "a", YEAR))
    return {
        "what": what,
        "ms": round(seconds * 1000, 1),
        "bar ms": AGENCY_SECONDS * 1000,
        "verdict": "met" if seconds <= AGENCY_SECONDS else "MISSED",
    }


def _of_area(connection: Connection, row: Any, ids: list[int]) -> dict[str, Any]:
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(_timed(lambda: _bare(connection, ids), 1))
        ours.append(_timed(lambda: area.of_agencies(connection, row, YEAR), 1))
    figures = area.of_agencies(connection, row, YEAR).figures
    if sum(each[2] for each in _bare(connection, ids)) != sum(figures.applications[k][-1] or 0 for k in _CAME):
        raise AssertionError("the two do not yield the same numbers")
    ratio = statistics.median(ours) / statistics.median(bare)
    return {
        "what": f"the area report of {len(ids):,} agencies from their cases",
        "ms": round(statistics.median(ours) * 1000, 1),
        "bare ms": round(statistics.median(bare) * 1000, 1),
        "ratio": round(ratio, 2),
        "bar": AREA_RATIO,
        "verdict": "met" if ratio <= AREA_RATIO else "MISSED",
    }


_CAME = ("new", "carried_in")


def _of_sealed(connection: Connection, row: Any) -> dict[str, Any]:
    """The area once every agency has sealed, in a transaction that is rolled back; no bar."""
    from reports.figures import zero_figures
    from reports.year_end import cells_of

    places = list(cells_of(zero_figures("", YEAR, "2021")))
    values = {
        "top": row.id,
        "year": YEAR,
        "paths": [path for path, _ in places],
        "positions": [position for _, position in places],
    }
    with connection.begin_nested() as undone:
        _run(connection, _SEAL, values)
        seconds = _timed(lambda: area.of_agencies(connection, row, YEAR), 3)
        undone.rollback()
    return {"what": "the area report from sealed reports", "ms": round(seconds * 1000, 1)}
