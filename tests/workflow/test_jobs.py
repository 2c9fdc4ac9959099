"""Daily and yearly jobs: which are owed follows from the day alone, and each is elected once, by whoever comes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from models.personal import FieldCipher
from models.tables import job_run, outbox
from models.vocabulary import Channel, Topic
from tests.conftest import NOW, enrol
from tests.lawful import Office
from workflow import jobs
from workflow.jobs import FIRST_YEAR_END, Job

D = date.fromisoformat
LAST_YEAR = Job(Topic.YEAR_END, "2025", (("year", 2025),))
EARLIER = Job(Topic.YEAR_END, "2024", (("year", 2024),), everyone=False)
TODAY = Job(Topic.HOUSEKEEPING, "2026-11-22")


def rows(engine: Engine, statement: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(statement))


def elect(engine: Engine, *elected: Job, **only: int) -> int:
    with engine.begin() as connection:
        return sum(jobs.elect(connection, job, NOW, **only) for job in elected)


# What is owed


@pytest.mark.parametrize(
    ("day", "topics"),
    [
        ("2026-01-01", {Topic.REPORT_DATE}),
        ("2026-03-31", {Topic.REPORT_DATE}),
        ("2026-04-01", set()),
        ("2026-09-30", set()),
        ("2026-10-01", {Topic.CALENDAR_WATCH}),
        ("2026-12-31", {Topic.CALENDAR_WATCH}),
    ],
)
def test_each_season_has_its_jobs(day: str, topics: set[Topic]):
    owed = {job.topic: job for job in jobs.owed(D(day))}
    assert set(owed) == {Topic.HOUSEKEEPING, Topic.LATE_APPROVAL, Topic.YEAR_END, *topics}
    assert {owed[topic].period for topic in topics | {Topic.HOUSEKEEPING, Topic.LATE_APPROVAL}} == {day}


def test_art49_from_january_to_march_the_report_of_the_year_before_is_owed():
    (dates,) = [job for job in jobs.owed(D("2027-02-10")) if job.topic is Topic.REPORT_DATE]
    assert dict(dates.payload) == {"year": 2026}


def test_every_year_that_is_over_is_owed_a_year_end_the_last_one_by_every_agency():
    ends = [job for job in jobs.owed(D("2026-01-01")) if job.topic is Topic.YEAR_END]
    assert [job.period for job in ends] == [str(year) for year in range(FIRST_YEAR_END, 2026)]
    assert [dict(job.payload)["year"] for job in ends] == list(range(FIRST_YEAR_END, 2026))
    assert [job.period for job in ends if job.everyone] == ["2025"]
    assert LAST_YEAR in ends
    assert LAST_YEAR not in list(jobs.owed(D("2025-12-31")))


@settings(deadline=None)
@given(st.dates(D("2008-05-01"), D("2099-12-31")))
def test_on_every_day_each_job_is_owed_once_and_no_year_before_it_is_over(day: date):
    owed = list(jobs.owed(day))
    keys = [(job.topic, job.period) for job in owed]
    assert len(set(keys)) == len(keys)
    assert (Topic.HOUSEKEEPING, day.isoformat()) in keys
    assert all(dict(job.payload).get("year", day.year - 1) < day.year for job in owed)
    # What was owed once in a year is owed until it is done: tomorrow owes every year-end of today.
    assert {key for key in keys if key[0] is Topic.YEAR_END} <= {
        (job.topic, job.period) for job in jobs.owed(min(day + timedelta(days=1), D("2099-12-31")))
    }


# Electing


def test_a_job_is_elected_once_for_each_agency_with_what_must_follow(engine: Engine, agency_id: int):
    neighbour = enrol(engine, "linju", "邻居局")
    assert elect(engine, LAST_YEAR) == 2
    assert elect(engine, LAST_YEAR) == 0
    assert {(row.job, row.period, row.agency_id) for row in rows(engine, select(job_run))} == {
        ("year_end", "2025", agency_id),
        ("year_end", "2025", neighbour),
    }
    follow = rows(engine, select(outbox))
    assert {(row.agency_id, row.topic) for row in follow} == {(agency_id, "year_end"), (neighbour, "year_end")}
    assert all((row.payload, row.due_at) == ({"year": 2025, "period": "2025"}, NOW) for row in follow)


def test_an_agency_that_came_later_has_its_jobs_too_and_one_may_be_started_alone(engine: Engine, agency_id: int):
    assert elect(engine, LAST_YEAR, agency_id=agency_id) == 1
    enrol(engine, "linju", "邻居局")
    assert elect(engine, LAST_YEAR, TODAY, agency_id=agency_id) == 1
    assert elect(engine, LAST_YEAR, TODAY) == 2


def electing_at_once(engine: Engine, then: Callable[[Any], None]) -> int:
    """How many one starts who elects while another, not yet committed, has elected; ``then`` ends the other."""
    found: list[int] = []
    with engine.connect() as first:
        assert jobs.elect(first, LAST_YEAR, NOW) == 1
        second = threading.Thread(target=lambda: found.append(elect(engine, LAST_YEAR)))
        second.start()
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while second.is_alive() and not first.execute(waits).scalar_one():
            first.execute(text("SELECT pg_stat_clear_snapshot()"))
            time.sleep(0.005)
        then(first)
        second.join()
    return found[0]


def test_of_two_who_elect_at_once_one_starts_the_job(engine: Engine, agency_id: int):
    assert electing_at_once(engine, lambda first: first.commit()) == 0
    assert len(rows(engine, select(job_run))) == len(rows(engine, select(outbox))) == 1


def test_when_the_first_does_not_get_to_its_commit_the_other_starts_it(engine: Engine, agency_id: int):
    assert electing_at_once(engine, lambda first: first.rollback()) == 1
    assert len(rows(engine, select(job_run))) == len(rows(engine, select(outbox))) == 1


def test_an_earlier_year_is_closed_by_the_agencies_that_had_received_a_request_by_its_end(
    engine: Engine, agency_id: int, cipher: FieldCipher
):
    office = Office(engine, enrol(engine, "zuihou", "最后一天收到申请的机关"), cipher)
    office.today_is("2025-01-06")
    office.register("2024-12-31")
    received = office.agency_id
    office.agency_id = enrol(engine, "ciri", "次日收到申请的机关")
    office.register("2025-01-01")
    # Not received as long as nobody confirmed it (Art. 31).
    office.agency_id = enrol(engine, "pingxin", "只收到平信的机关")
    office.today_is("2024-12-30")
    office.arrive("2024-12-30", channel=Channel.POST_ORDINARY, arrived_on="2024-12-30", submitted_on="2024-12-26")
    assert elect(engine, EARLIER) == 1
    (run,) = rows(engine, select(job_run))
    assert run.agency_id == received
    assert elect(engine, LAST_YEAR) == 4


def test_new_years_nights_that_were_missed_are_caught_up_in_order(engine: Engine, agency_id: int, cipher: FieldCipher):
    office = Office(engine, agency_id, cipher)
    office.today_is("2023-06-01")
    office.register("2023-06-01")
    elect(engine, *jobs.owed(D("2026-02-10")))
    ended = select(outbox.c.payload).where(outbox.c.topic == "year_end").order_by(outbox.c.id)
    assert [row.payload["year"] for row in rows(engine, ended)] == [2023, 2024, 2025]
    assert elect(engine, *jobs.owed(D("2026-02-10"))) == 0


# How far it has come


def test_a_job_says_how_far_it_is_and_when_it_is_over(engine: Engine, agency_id: int):
    neighbour = enrol(engine, "linju", "邻居局")
    elect(engine, LAST_YEAR, TODAY)
    with engine.begin() as connection:
        jobs.report(connection, Topic.YEAR_END, "2025", agency_id, {"carried_over": 1, "of": 3})
        told = {run.job: run for run in jobs.runs(connection, agency_id)}
        assert (told["year_end"].progress, told["year_end"].done_at) == ({"carried_over": 1, "of": 3}, None)
        jobs.report(connection, Topic.YEAR_END, "2025", agency_id, {"cells": 203}, NOW)
        told = {run.job: run for run in jobs.runs(connection, agency_id)}
        assert (told["year_end"].progress, told["year_end"].done_at) == ({"cells": 203}, NOW)
        others = [told["housekeeping"], *jobs.runs(connection, neighbour)]
    assert [(run.progress, run.done_at) for run in others] == [(None, None)] * 3


def test_the_newest_runs_are_shown_first(engine: Engine, agency_id: int):
    with engine.begin() as connection:
        for number in range(3):
            day = D("2026-11-20") + timedelta(days=number)
            jobs.elect(connection, Job(Topic.HOUSEKEEPING, day.isoformat()), NOW + timedelta(days=number))
        assert [run.period for run in jobs.runs(connection, agency_id, limit=2)] == ["2026-11-22", "2026-11-21"]
