"""定期任务: daily and yearly jobs, each once a period, elected by the key of its row, caught up when it was missed.

Whoever comes first writes the rows of a period with what must follow (``outbox``), in one transaction; for all others
there is nothing left to write. Which periods are owed follows from the day alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, text, update

from models.tables import job_run
from models.vocabulary import Topic
from workflow import outbox

FIRST_YEAR_END = 2019
"""The first year for which there is a form of the report."""

CALENDAR_MONTH = 10
"""The State Council's notice comes from late October on: next year's calendar is looked for from this month."""

REPORT_DATES = ((1, 31), (3, 31))
"""Month and day: a report is handed in by 31 January, that of an authority that reports for an area is published by
31 March (Art. 49, Art. 50)."""


DAILY = (Topic.HOUSEKEEPING, Topic.LATE_APPROVAL, Topic.CALENDAR_WATCH, Topic.REPORT_DATE)
"""Jobs whose period is a day: one of a day gone by is never owed again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job of one period: which topic does it, and what its handler must know.

    ``everyone``: every agency does it; else those that had received a request by the end of the payload's ``year``.
    """

    topic: Topic
    period: str
    payload: tuple[tuple[str, Any], ...] = ()
    everyone: bool = True


def owed(today: date) -> Iterator[Job]:
    """The jobs of every agency that ought to have run by ``today``; those that did are passed over by their key."""
    day = today.isoformat()
    yield Job(Topic.HOUSEKEEPING, day)
    yield Job(Topic.LATE_APPROVAL, day)
    for year in range(FIRST_YEAR_END, today.year):
        yield Job(Topic.YEAR_END, str(year), (("year", year),), everyone=year == today.year - 1)
    if today.month >= CALENDAR_MONTH:
        yield Job(Topic.CALENDAR_WATCH, day)
    if today.month <= REPORT_DATES[-1][0]:
        yield Job(Topic.REPORT_DATE, day, (("year", today.year - 1),))


_ELECT = text(
    """
    WITH run AS (
        INSERT INTO job_run (job, period, agency_id, started_at)
        SELECT :job, :period, id, :now FROM agency
        WHERE (CAST(:only AS bigint) IS NULL OR id = :only) AND (:everyone OR EXISTS (
            SELECT FROM request_case WHERE agency_id = agency.id AND received_on <= :received_by))
        ON CONFLICT DO NOTHING RETURNING agency_id)
    INSERT INTO outbox (agency_id, topic, dedup, payload, made_at, due_at)
    SELECT agency_id, :job, :job || ':' || :period || ':' || agency_id, CAST(:payload AS jsonb), :now, :now FROM run
    ON CONFLICT DO NOTHING
    """
)


def elect(connection: Connection, job: Job, now: datetime, *, agency_id: int | None = None) -> int:
    """Start a job for every agency (or for one) for which it has not been; returns for how many.

    What follows is in the outbox.
    """
    known = dict(job.payload)
    values = {
        "job": job.topic.value,
        "period": job.period,
        "payload": json.dumps({**known, "period": job.period}),
        "now": now,
        "everyone": job.everyone,
        "only": agency_id,
        "received_by": date(known.get("year", now.year), 12, 31),
    }
    return connection.execute(_ELECT, values).rowcount


def again(
    connection: Connection, job: Topic, period: str, payload: dict[str, Any], agency_id: int, now: datetime
) -> bool:
    """Start a job of one agency again that is over; False if it is not: then it is still to come to an end."""
    here = (job_run.c.job == job.value) & (job_run.c.period == period) & (job_run.c.agency_id == agency_id)
    reopened = update(job_run).where(here, job_run.c.done_at.is_not(None)).values(started_at=now, done_at=None)
    if not connection.execute(reopened).rowcount:
        return False
    return outbox.put(connection, agency_id, job, {**payload, "period": period}, now)


def clear(connection: Connection, agency_id: int, before: datetime) -> int:
    """Forget an agency's runs of the daily jobs that were over before an instant; returns how many."""
    old = (job_run.c.agency_id == agency_id) & job_run.c.job.in_([topic.value for topic in DAILY])
    return connection.execute(delete(job_run).where(old, job_run.c.done_at < before)).rowcount


def report(
    connection: Connection,
    job: Topic,
    period: str,
    agency_id: int,
    progress: dict[str, Any],
    done_at: datetime | None = None,
) -> None:
    """Keep how far a job has come, and with ``done_at`` that it is over."""
    here = (job_run.c.job == job.value) & (job_run.c.period == period) & (job_run.c.agency_id == agency_id)
    values: dict[str, Any] = {"progress": progress}
    if done_at is not None:
        values["done_at"] = done_at
    connection.execute(update(job_run).where(here).values(values))


def runs(connection: Connection, agency_id: int, limit: int = 50) -> list[Any]:
    """The newest runs of an agency's jobs, newest first."""
    statement = select(job_run).where(job_run.c.agency_id == agency_id)
    return list(connection.execute(statement.order_by(job_run.c.started_at.desc(), job_run.c.job).limit(limit)))
