"""A page of cases among a million of one agency, for what people look for; the server's time, whatever the page.

Beside it, in the same run, the bare statement that fetches the fifty newest cases. Bar: under 50 ms a page.
"""

from __future__ import annotations

import statistics
import time
from datetime import date
from typing import Any

from sqlalchemy import Engine, insert, text

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import ApplicantKind, Outcome, State
from workflow import search
from workflow.search import Query
from workflow.words import words

CASES = 1_000_000
ROUNDS = 15
BAR_MS = 50.0
CIPHER = FieldCipher("benchmark-secret-0123456789")
TODAY = date(2026, 5, 1)
SUBJECTS = ("道路养护合同", "征地补偿方案", "学区划分依据", "环评批复文件", "行政处罚决定", "低保名单")

_FILL = """
INSERT INTO applicant (agency_id, kind, name) SELECT :agency, 'person', '申请人' || n FROM generate_series(1, :people) n;
INSERT INTO request_case (agency_id, number, applicant_id, applicant_kind, subject, received_on, came_on, state, outcome,
                          closed_on, reply_due, counted, is_open, officer, provisional, calendar_revision, version,
                          head_hash, snapshot)
SELECT :agency, to_char(received, 'YYYY') || '-' || lpad(n::text, 7, '0'), first + n % :people,
       (CAST(:kinds AS text[]))[1 + n % 6], (CAST(:subjects AS text[]))[1 + n % 6] || n, received, received,
       CASE WHEN open THEN 'received' WHEN n % 1000 = 1 THEN 'closed' ELSE 'disclosed' END,
       CASE WHEN open THEN NULL WHEN n % 1000 = 1 THEN 'other_fee_unpaid' ELSE 'granted' END,
       CASE WHEN NOT open THEN received + 20 END, received + 28, true, open, '承办' || n % 200, false, 1, 1, '', '{}'
FROM (SELECT n, date '2021-01-01' + (n * 1900 / :size)::int AS received, n % 50 = 0 AS open,
             (SELECT min(id) FROM applicant WHERE agency_id = :agency) AS first
      FROM generate_series(1, :size) n) made;
INSERT INTO case_words (case_id, agency_id, came_on, words)
SELECT id, :agency, came_on, string_to_array(split_part(:words, '|', 1 + right(number, 7)::int % 6), ',')
    || CASE WHEN right(number, 7)::int % 50 = 7 THEN string_to_array(:seldom, ',')
            WHEN right(number, 7)::int % 200 = 9 THEN string_to_array(:rare, ',') ELSE '{}' END
FROM request_case WHERE agency_id = :agency
"""

_BARE = "SELECT id, number, subject FROM request_case WHERE agency_id = %s ORDER BY came_on DESC, id DESC LIMIT 50"


def _fill(engine: Engine) -> int:
    with engine.begin() as connection:
        row = insert(agency).values(code="search", name="百万件").returning(agency.c.id)
        agency_id = int(connection.execute(row).scalar_one())
        values = {
            "agency": agency_id,
            "size": CASES,
            "people": CASES // 5,
            "kinds": list(ApplicantKind),
            "subjects": list(SUBJECTS),
            "seldom": ",".join(words(agency_id, "专项资金")),
            "rare": ",".join(words(agency_id, "遗属补助")),
            "words": "|".join(",".join(words(agency_id, subject)) for subject in SUBJECTS),
        }
        for statement in _FILL.split(";\n"):
            connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return agency_id


def _queries() -> dict[str, Query]:
    """What people look for, and what is hard to find."""
    return {
        "newest": Query(),
        "what is owed, the earliest first": Query(order="due"),
        "a number": Query(number="2024-06"),
        "a name": Query(applicant="申请人77"),
        "words of a sixth of the cases": Query(text="道路养护"),
        "words of every fiftieth case": Query(text="专项资金"),
        "words of every two hundredth case": Query(text="遗属补助"),
        "the same of a state": Query(text="遗属补助", states=(State.RECEIVED,)),
        "two words": Query(text="征地 方案"),
        "words that are not there": Query(text="不存在的词"),
        "a rare outcome": Query(outcomes=(Outcome.OTHER_FEE_UNPAID,)),
        "an officer's open ones": Query(officer="承办7", states=(State.RECEIVED,)),
        "a rare outcome of an officer": Query(officer="承办1", outcomes=(Outcome.OTHER_FEE_UNPAID,)),
        "a month years ago": Query(received_from=date(2022, 3, 1), received_to=date(2022, 3, 31)),
        "words in a month years ago": Query(
            text="环评批复", received_from=date(2022, 3, 1), received_to=date(2022, 3, 31)
        ),
        "two states": Query(states=(State.RECEIVED, State.PENDING_CORRECTION)),
    }


def measure(engine: Engine, owner: Engine) -> list[dict[str, Any]]:
    """Rows of results, one for each query: milliseconds of the first page and of the one after it, medians."""
    agency_id = _fill(engine)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("request_case", "case_words", "applicant"):
            connection.execute(text(f"VACUUM ANALYZE {table}"))
    results = []
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for name, query in _queries().items():
            times: dict[str, list[float]] = {"first": [], "next": [], "bare": []}
            for _ in range(ROUNDS):
                began = time.perf_counter()
                first = search.page(connection, agency_id, query, CIPHER, TODAY)
                times["first"].append(time.perf_counter() - began)
                began = time.perf_counter()
                search.page(connection, agency_id, query, CIPHER, TODAY, after=first.after)
                times["next"].append(time.perf_counter() - began)
                began = time.perf_counter()
                raw.execute(_BARE, (agency_id,)).fetchall()
                times["bare"].append(time.perf_counter() - began)
            medians = {name: statistics.median(each) * 1000 for name, each in times.items()}
            slowest = max(medians["first"], medians["next"])
            results.append(
                {
                    "looked for": name,
                    "cases on the page": len(first.cases),
                    **{f"{which} ms": round(value, 2) for which, value in medians.items()},
                    "bar": f"{BAR_MS:.0f} ms",
                    "verdict": "met" if slowest < BAR_MS else "MISSED",
                }
            )
    return results
