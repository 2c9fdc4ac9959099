"""The deadline sweep against one set-based statement that writes the same rows, in the same run.

10,000 deadlines are due among 10,000, 100,000 and 1,000,000 open cases: 9,000 call (a reminder in the inbox and one by
e-mail each), 1,000 corrections have not come and lapse (an event, the case and its deadlines each). Bar: at most five
times the statement; no growth with the cases that are not due; a second sweep writes nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, text

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import ApplicantKind, EventKind, Outlet, Role
from workflow import desk, staff, sweep
from workflow.calendar import national_calendar
from workflow.case import Happening
from workflow.desk import Command, History

SIZES = (10_000, 100_000, 1_000_000)
CALLING, LAPSING = 9_000, 1_000
BAR = 5.0
TODAY = date(2026, 3, 16)
RECEIVED = date(2026, 3, 2)
NOW = datetime(2026, 3, 16, 1, tzinfo=UTC)
CIPHER = FieldCipher("benchmark-secret-0123456789")

# Those that call are received on 2 March: ten working days are left on the 16th. The others were received later.
_FILL = """
INSERT INTO request_case (agency_id, number, applicant_id, applicant_kind, subject, received_on, came_on, state, counted,
                          is_open, reply_due, provisional, calendar_revision, version, head_hash, snapshot)
SELECT :agency, 'n' || n, (SELECT max(id) FROM applicant), 'company', 'x', CAST(:received AS date), CAST(:received AS date),
       'received', true, true, CAST(:due AS date), false,
       1, 1, '', '{}'
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n;
INSERT INTO deadline (case_id, kind, round, agency_id, state, due_on, article, provisional, calendar_revision,
                      wake_on)
SELECT id, 'reply', 1, agency_id, 'open', reply_due, '条例第三十三条', false, 1, CAST(:wake AS date)
FROM request_case WHERE agency_id = :agency AND number LIKE 'n%' AND reply_due = CAST(:due AS date)
"""

# What the sweep writes, by hand: no plan, no law, no chain.
_BARE = """
WITH due AS (
    SELECT d.*, c.state AS was FROM deadline d JOIN request_case c ON c.id = d.case_id
    WHERE d.state = 'open' AND d.wake_on <= %(today)s::date AND d.agency_id = %(agency)s::bigint),
called AS (
    INSERT INTO reminder (case_id, kind, round, due_on, milestone, recipient, outlet, agency_id, card, for_day, made_on)
    SELECT case_id, kind, round, due_on, 10, '张某', outlet, agency_id, 'notice', %(today)s::date, %(today)s::date
    FROM due CROSS JOIN (VALUES ('inbox'), ('email')) o(outlet) WHERE kind = 'reply' RETURNING 1),
later AS (
    UPDATE deadline d SET wake_on = %(wake)s::date FROM due
    WHERE due.kind = 'reply' AND (d.case_id, d.kind, d.round) = (due.case_id, due.kind, due.round)),
lapsed AS (
    INSERT INTO case_event (case_id, seq, kind, happened_on, recorded_at, actor, command_id, from_state, to_state,
                            article, facts, previous_hash, hash)
    SELECT case_id, 3, 'lapse', %(today)s::date, %(now)s::timestamptz, 'bare', 'bare:' || case_id, was, 'closed', '条例第三十条',
           '{"outcome": "other_not_corrected"}'::jsonb, sha256('x'::bytea), sha256(case_id::text::bytea)
    FROM due WHERE kind = 'correction'),
closed AS (
    UPDATE request_case c SET state = 'closed', is_open = false, version = 3, outcome = 'other_not_corrected',
           closed_on = %(today)s::date, head_hash = sha256(c.id::text::bytea), snapshot = snapshot || '{"closed": "2026-03-16"}'
    FROM due WHERE due.kind = 'correction' AND c.id = due.case_id),
done AS (
    UPDATE deadline d SET state = 'done', done_on = %(today)s::date FROM due
    WHERE due.kind = 'correction' AND d.case_id = due.case_id),
follows AS (
    INSERT INTO outbox (agency_id, topic, payload, made_at, due_at)
    SELECT %(agency)s::bigint, 'case_changed', '{"from": 2026, "to": 2026}'::jsonb, %(now)s::timestamptz, %(now)s::timestamptz
    FROM generate_series(1, %(lapses)s::int / 100)
    UNION ALL SELECT %(agency)s::bigint, 'message', '{"recipient": "张某", "outlet": "email"}'::jsonb, %(now)s::timestamptz, %(now)s::timestamptz
    FROM generate_series(1, 2))
SELECT count(*) FROM called
"""


def _agency(engine: Engine, name: str) -> int:
    with engine.begin() as connection:
        row = insert(agency).values(code=name, name=name).returning(agency.c.id)
        agency_id = int(connection.execute(row).scalar_one())
        connection.execute(text("INSERT INTO applicant (agency_id, kind) VALUES (:a, 'company')"), {"a": agency_id})
        staff.enter(connection, agency_id, "张某", Role.OFFICER)
        staff.reach(connection, agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", CIPHER)
    return agency_id


def _fill(engine: Engine, agency_id: int, size: int) -> None:
    """Open cases of which 9,000 call on the day and 1,000 have not been corrected."""
    with engine.begin() as connection:
        for first, last, due, wake in (
            (1, CALLING, date(2026, 3, 30), TODAY),
            (CALLING + 1, size - LAPSING, date(2026, 4, 20), date(2026, 4, 3)),
        ):
            if last < first:
                continue
            values = {"agency": agency_id, "received": RECEIVED, "due": due, "wake": wake, "first": first, "last": last}
            for statement in _FILL.split(";\n"):
                connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
        asked = {"items": "年份", "until": date(2026, 3, 15), "delivered": date(2026, 3, 4)}
        histories = (
            History(
                [
                    Command(
                        Happening(
                            EventKind.REGISTER,
                            RECEIVED,
                            {"number": f"l{n}", "applicant_kind": ApplicantKind.COMPANY, "subject": "x"},
                        ),
                        f"r:{agency_id}:{n}",
                        "bench",
                    ),
                    Command(
                        Happening(EventKind.ASK_CORRECTION, date(2026, 3, 4), asked), f"a:{agency_id}:{n}", "bench"
                    ),
                ]
            )
            for n in range(LAPSING)
        )
        earlier = NOW - timedelta(days=3)
        for _ in desk.perform_all(connection, agency_id, histories, CIPHER, earlier):
            pass


def _analyze(owner: Engine) -> None:
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("request_case", "deadline", "reminder", "outbox", "case_event"):
            connection.execute(text(f"VACUUM ANALYZE {table}"))


def measure(engine: Engine, owner: Engine) -> list[dict[str, Any]]:
    """Rows of results, one for each number of open cases; seconds, and the ratio to the statement."""
    results = []
    with engine.begin() as connection:
        from workflow import calendar_book

        calendar_book.seed(connection)
    wake = national_calendar().nth(TODAY, 5)
    for size in SIZES:
        bare_agency, swept_agency = _agency(engine, f"bare{size}"), _agency(engine, f"swept{size}")
        for agency_id in (bare_agency, swept_agency):
            _fill(engine, agency_id, size)
        _analyze(owner)
        values = {"agency": bare_agency, "today": TODAY, "wake": wake, "now": NOW, "lapses": LAPSING}
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            start = time.perf_counter()
            raw.execute(_BARE, values)
            raw.commit()
            bare = time.perf_counter() - start
        start = time.perf_counter()
        done = sweep.sweep(engine, CIPHER, NOW, agencies=[swept_agency])
        swept = time.perf_counter() - start
        if (done.reminders, done.lapsed) != (2 * CALLING, LAPSING):
            raise AssertionError(f"the sweep made {done}")
        start = time.perf_counter()
        again = sweep.sweep(engine, CIPHER, NOW, agencies=[swept_agency])
        second = time.perf_counter() - start
        results.append(
            {
                "open cases": size,
                "one statement s": round(bare, 3),
                "sweep s": round(swept, 3),
                "ratio": round(swept / bare, 2),
                "bar": f"{BAR}",
                "second sweep ms": round(second * 1000, 2),
                "second sweep wrote": bool(again),
                "verdict": "met" if swept <= BAR * bare and not again else "MISSED",
            }
        )
    return results
