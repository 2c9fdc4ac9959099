"""How things stand at this moment, in figures: for the metrics and for the status page. No figure is about a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, Integer, bindparam, func, select, text, true

from models.tables import deadline, reminder, request_case
from models.vocabulary import DeadlineState, Matter, Outlet
from workflow import outbox

_SECONDS = 5
"""How long the database may take for one figure."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in the outbox under one topic: how many rows, how many of them need a person.

    ``oldest`` is the least number of seconds for which a row has been due and is not done; 0 when none is.
    """

    waiting: int
    troubled: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of a job that were started and are not done: how many, and the age of the oldest in seconds."""

    unfinished: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Gauges:
    """The figures of one moment."""

    open_cases: int
    overdue_cases: int
    due_today: int
    unswept: int
    queues: dict[str, Queue]
    unsent: dict[str, int]
    runs: dict[str, Runs]

    @property
    def troubled(self) -> int:
        """Rows of the outbox that need a person."""
        return sum(queue.troubled for queue in self.queues.values())


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that gives up after a few seconds: whoever asks how things stand does not make them worse."""
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = '{_SECONDS}s'"))
        yield connection


def read_gauges(connection: Connection, now: datetime, today: date) -> Gauges:
    """Read them all, at one moment."""
    # For a correction of one's own records the law sets no period (Art. 41): it is never overdue.
    in_law = func.coalesce(request_case.c.snapshot["matter"].as_string() != Matter.RECTIFICATION.value, true())
    late, due = request_case.c.reply_due < today, request_case.c.reply_due == today
    cases = connection.execute(
        select(func.count(), func.count().filter(late, in_law), func.count().filter(due))
        .select_from(request_case)
        .where(request_case.c.is_open)
    ).one()
    unswept = select(func.count()).where(deadline.c.state == DeadlineState.OPEN.value, deadline.c.wake_on <= today)
    unsent = (
        select(reminder.c.outlet, func.count().label("unsent"))
        .where(reminder.c.sent_at.is_(None), reminder.c.outlet != Outlet.INBOX.value)
        .group_by(reminder.c.outlet)
    )
    return Gauges(
        open_cases=cases[0],
        overdue_cases=cases[1],
        due_today=cases[2],
        unswept=connection.execute(unswept).scalar_one(),
        queues={
            row.topic: Queue(row.waiting, row.troubled, float(row.oldest))
            for row in connection.execute(_QUEUES, {"now": now})
        },
        unsent={row.outlet: row.unsent for row in connection.execute(unsent)},
        runs={row.job: Runs(row.unfinished, float(row.oldest)) for row in connection.execute(_RUNS, {"now": now})},
    )


# A row that was told stands with its next telling as due_at; when it first fell due follows from its last telling and
# the waits before that. After a put-off telling the age is less than the true one, never more.
_QUEUES = text(
    """
    SELECT topic, count(*) AS waiting,
           count(*) FILTER (WHERE error IS NOT NULL AND tellings >= :troubled) AS troubled,
           greatest(0, coalesce(max(extract(epoch FROM :now - CASE WHEN tellings = 0 THEN due_at ELSE greatest(made_at,
               told_at - (SELECT coalesce(sum(least(:first * power(2, telling), :longest)), 0)
                          FROM generate_series(0, tellings - 2) AS telling) * interval '1 second') END)), 0)) AS oldest
    FROM outbox WHERE done_at IS NULL GROUP BY topic
    """
).bindparams(
    bindparam("troubled", outbox.TROUBLED, Integer),
    bindparam("first", outbox.FIRST_WAIT),
    bindparam("longest", outbox.LONGEST_WAIT),
)

_RUNS = text(
    """
    SELECT job, count(*) AS unfinished, greatest(0, max(extract(epoch FROM :now - started_at))) AS oldest
    FROM job_run WHERE done_at IS NULL GROUP BY job
    """
)
