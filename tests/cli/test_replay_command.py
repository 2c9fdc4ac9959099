"""``yishen replay``: what is told of the days, and what is made good afterwards, once, and never of the future.

It is 22 November 2026.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cli.setup import DEMO
from models.tables import job_run, request_case
from models.vocabulary import EventKind, State
from runtime.database import Database
from runtime.testing import wait_until_stopped
from tests.conftest import AGENCY, Result, Yishen, command, enrol
from tests.ledgers import NOT_CORRECTED, answered, case_row, request, stored, verified, write_csv
from tests.workflow.test_sweep import Days

OURS = ("--agency", AGENCY)
GOLDEN = [DEMO / f"jinzhan-2021-{kind}.csv" for kind in ("ledger", "reviews", "proactive")]


@pytest.fixture
def here(_trials_beside: None, here: Yishen) -> Yishen:
    return here


@pytest.fixture
def pending(database: Database, agency_id: int, cipher: Any) -> Days:
    """An office that asked for a correction by 2026-03-19, after which no system ran."""
    days = Days(database.engine, agency_id, cipher)
    days.register("2026-03-02")
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    return days


def replayed(here: Yishen, first: str, last: str, *more: str) -> Any:
    result = here("replay", *OURS, "--from", first, "--to", last, "--json", *more)
    assert result.code == 0, result.err
    return json.loads(result.out)


@pytest.mark.histories
def test_what_fell_due_in_days_gone_by_is_made_good_once(here: Yishen, pending: Days, database: Database):
    first = replayed(here, "2026-03-01", "2026-03-31")
    (lapse,) = [each for day in first["days"] for each in day["events"] if each["by"] == "system"]
    assert (lapse["event"], lapse["happened_on"], lapse["effect"]) == ("lapse", "2026-03-20", "lapsed")
    assert (first["totals"]["lapsed"], first["open"], first["overdue"]) == (1, 0, 0)
    assert (first["made_good"]["as_of"], first["made_good"]["cases"]) == ("2026-03-31", 1)
    assert case_row(database.engine, "2026-0001").closed_on.isoformat() == "2026-03-20"
    assert verified(database.engine).ok
    before = stored(database.engine)
    again = replayed(here, "2026-03-01", "2026-03-31")
    assert (again["days"], again["totals"]) == (first["days"], first["totals"])
    assert (again["made_good"]["cases"], again["made_good"]["years"]) == (0, [])
    assert stored(database.engine) == before


@pytest.mark.histories
def test_a_replay_of_the_future_changes_nothing(here: Yishen, pending: Days, database: Database):
    before = stored(database.engine)
    done = replayed(here, "2026-12-01", "2027-01-31")
    assert done["made_good"] is None
    assert [year for day in done["days"] for year in day["drafts"]] == [2026]
    assert stored(database.engine) == before


@pytest.mark.histories
def test_a_replay_into_the_future_makes_good_what_was_due_by_today(here: Yishen, database: Database, tmp_path: Path):
    ledger = write_csv(tmp_path / "a.csv", [request("2026-0001", 收到日期="2026-11-20"), request("2021-0001")])
    assert here("import", ledger, *OURS).code == 0
    done = replayed(here, "2026-11-21", "2027-01-10")
    assert done["made_good"]["as_of"] == "2026-11-22"
    assert done["made_good"]["years"] == [2021, 2022, 2023, 2024, 2025]
    assert done["made_good"]["cases"] == 1
    with database.engine.connect() as connection:
        states = dict(map(tuple, connection.execute(select(request_case.c.number, request_case.c.state))))
    assert states == {"2026-0001": "received", "2021-0001": "carried_over.received"}


@pytest.mark.histories
def test_trial_only_leaves_the_real_database_alone(here: Yishen, pending: Days, database: Database):
    before = stored(database.engine)
    done = replayed(here, "2026-03-01", "2026-03-31", "--trial-only")
    assert (done["totals"]["lapsed"], done["made_good"]) == (1, None)
    assert stored(database.engine) == before


@pytest.mark.histories
def test_another_agency_is_left_alone(here: Yishen, pending: Days, database: Database, cipher: Any):
    other = Days(database.engine, enrol(database.engine, "linju", "邻居局"), cipher)
    # Commands have names of their own in all agencies.
    other.office._taken = 100
    other.register("2026-03-02")
    other.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    replayed(here, "2026-03-01", "2026-03-31")
    assert other.office.case.state is State.PENDING_CORRECTION
    assert pending.office.case.state is State.CLOSED
    with database.engine.connect() as connection:
        assert set(connection.scalars(select(job_run.c.agency_id))) == {pending.agency_id}


def test_the_document_has_the_days_on_which_something_happened_and_the_totals(here: Yishen):
    assert here("import", *GOLDEN, *OURS).code == 0
    done = replayed(here, "2021-09-01", "2022-01-31")
    assert (done["agency"], done["from"], done["to"]) == (AGENCY, "2021-09-01", "2022-01-31")
    assert (done["open"], done["overdue"], done["failed"]) == (3, 1, [])
    reminders = [each for day in done["days"] for each in day["reminders"]]
    assert done["totals"]["reminders"] == len(reminders) == sum(done["totals"]["cards"].values())
    assert {each["card"] for each in reminders} == {"notice", "yellow", "red", "black"}
    assert done["totals"]["log"] == sum(each["by"] == "log" for day in done["days"] for each in day["events"])
    assert done["totals"]["carried_over"] == 3
    assert all(day["reminders"] or day["events"] or day["news"] for day in done["days"])
    assert here("report", "build", 2021, *OURS, "--format", "json", "--out", "r.json").code == 0
    ours = json.loads(Path("r.json").read_text(encoding="utf-8"))
    wanted = json.loads((DEMO / "jinzhan-2021-report.json").read_text(encoding="utf-8"))
    assert ours | {"agency": ""} == wanted | {"agency": ""}


def test_the_text_leaves_out_quiet_days_and_says_what_was_made_good(here: Yishen, tmp_path: Path):
    rows = [
        answered("2021-0001"),
        request("2021-0002", 补正告知日期="2021-03-04", 补正期限="2021-03-18"),
        answered("2021-0003", 补正告知日期="2021-03-04", 办理结果=NOT_CORRECTED, 答复日期="2021-03-25"),
    ]
    assert here("import", write_csv(tmp_path / "a.csv", rows), *OURS).code == 0
    result = here("replay", *OURS, "--from", "2021-02-20", "--to", "2021-03-31")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "2021-03-01"
    assert "2021-02-22" not in lines
    assert "  办理 2021-0003 视为放弃" in result.out
    assert "红牌 全体：“2021-0002”的补正期限 2021-03-18 今天届满" in result.out
    assert "补正告知书没有送达日期" in result.out
    assert "正式数据：截至 2021-03-31" in lines[-1]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2021-02-01", "2021-01-01", "--from：“2021-02-01”晚于"),
        ("2021-13-01", "2021-12-31", "--from：“2021-13-01”不是有效日期"),
        ("2021-01-01", "明天", "--to：“明天”不是有效日期"),
        ("", "2021-12-31", "--from：为空"),
        ("2010-01-01", "2021-12-31", "3700"),
        ("1990-01-01", "1990-12-31", "2008"),
    ],
)
def test_days_that_are_none_are_refused_in_one_line(here: Yishen, first: str, last: str, said: str):
    refused(here("replay", *OURS, "--from", first, "--to", last), said)


def test_an_agency_that_is_not_there_is_refused(here: Yishen):
    refused(here("replay", "--agency", "meiyou", "--from", "2021-01-01", "--to", "2021-01-02"), "meiyou")


def refused(result: Result, said: str) -> None:
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert said in line


@pytest.mark.e2e
def test_the_demo_shows_the_reminders_of_its_year_and_its_report_is_the_published_one(tmp_path: Path):
    done = command(tmp_path)("demo", timeout=90)
    wait_until_stopped(tmp_path / "var/demo")
    assert done.code == 0, done.err
    assert "206 项，全部一致" in done.out
    assert "本次结转办件 3 件" in done.out
    assert done.out.count("  例：") == 3
    for card in ("提示", "黄牌", "红牌", "黑牌"):
        assert f"\n  {card} " in done.out
