"""``yishen calendar``: the days shown as announced, and what loading new ones does to open cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.tables import deadline, request_case
from runtime.database import Database
from tests.conftest import AGENCY, Result, Yishen, enrol
from tests.ledgers import answered, case_row, events, record, request, rows_stored, verified, write_csv
from workflow.calendar import LAST_YEAR, announced_years

# Received in November 2026 and extended by 20 days, so that the reply is due in January 2027.
OPEN = request("2026-0001", 收到日期="2026-11-20", 延期告知日期="2026-11-20", 延期工作日="20")
SOON = request("2026-0002", 收到日期="2026-11-02")
WAITING = request("2026-0003", 收到日期="2026-11-18", 补正告知日期="2026-11-20")
ANSWERED = answered("2026-0004", 收到日期="2026-11-02", 答复日期="2026-11-20")
LEDGER = [OPEN, SOON, WAITING, ANSWERED]
# No notice has ever given a week off in mid-January, so this one moves deadlines whatever the program ships.
WEEK_OFF = [f"2027-01-{day:02}" for day in (11, 12, 13, 14, 15)]


def off(*days: str, name: str = "放假") -> list[dict[str, Any]]:
    return [{"date": day, "name": name, "isOffDay": True} for day in days]


NOTICE = {
    "year": 2027,
    "papers": ["国办发明电〔2026〕7号"],
    "days": off("2027-01-01", "2027-01-04", *WEEK_OFF, name="元旦"),
}

Write = Callable[[object], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Write a JSON file to load."""

    def write(document: object) -> Path:
        path = tmp_path / "安排.json"
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def imported(database: Database, agency_id: int, tmp_path: Path, *rows: dict[str, Any]) -> None:
    record(database.engine, agency_id, write_csv(tmp_path / "台账.csv", rows or LEDGER))


def due(database: Database, number: str) -> date | None:
    return case_row(database.engine, number).reply_due


def recalculated(database: Database, number: str) -> list[dict[str, Any]]:
    return [facts for kind, _, facts in events(database.engine, number) if kind == "recalculate"]


def refused(result: Result, *said: str) -> None:
    assert (result.code, result.out) == (2, "")
    assert "意外错误" not in result.err
    for word in said:
        assert word in result.err


# show


def test_an_announced_year_is_shown_day_by_day(reading: Yishen) -> None:
    shown = json.loads(reading("calendar", "show", 2026, "--json").out)
    assert (shown["year"], shown["provisional"]) == (2026, False)
    assert shown["working_days"] == 248
    days = {day["date"]: day["isOffDay"] for day in shown["days"]}
    assert days["2026-01-01"] is True
    assert days["2026-02-14"] is False
    assert days["2026-02-16"] is True
    assert "2026-03-03" not in days
    told = reading("calendar", "show", 2026)
    assert "已公布" in told.out
    assert "2026-02-14 周六  上班" in told.out


def test_a_year_not_yet_announced_is_shown_as_provisional(reading: Yishen) -> None:
    year = max(announced_years()) + 1
    shown = json.loads(reading("calendar", "show", year, "--json").out)
    assert shown["provisional"] is True
    assert any(day["date"].startswith(f"{year}-10-0") for day in shown["days"])
    assert "暂定" in reading("calendar", "show", year).out


@pytest.mark.parametrize("year", [2007, LAST_YEAR + 1, 1, 99999, -2026])
def test_a_year_out_of_range_is_refused(reading: Yishen, year: int) -> None:
    refused(reading("calendar", "show", "--", year), str(year), "2008", str(LAST_YEAR))


def test_the_calendar_is_shown_without_any_database_in_a_process_of_its_own(yishen: Yishen, tmp_path: Path) -> None:
    nowhere = {"YISHEN_DATABASE_URL": "", "YISHEN_MIGRATION_DATABASE_URL": "", "YISHEN_DATA_DIR": str(tmp_path / "var")}
    result = yishen("calendar", "show", 2026, "--json", **nowhere)
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)["working_days"] == 248
    assert not (tmp_path / "var").exists()


def test_the_calendar_of_an_unknown_agency_is_refused(reading: Yishen) -> None:
    refused(reading("calendar", "show", 2026, "--agency", "buzai"), "buzai", AGENCY)


# load: a year is announced


def test_a_newly_announced_year_moves_the_open_cases_that_reach_into_it(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path)
    before = {row["登记编号"]: due(database, row["登记编号"]) for row in LEDGER}
    logs = {row["登记编号"]: events(database.engine, row["登记编号"]) for row in LEDGER}
    assert here("verify").code == 0
    result = here("calendar", "load", written(NOTICE), "--json")
    document = json.loads(result.out)
    assert (result.code, document["dry_run"], document["days"]) == (0, False, 7)
    # The made-up notice knows no National Day; that is told, and taken all the same.
    assert "2027-10-01（国庆节）" in result.err
    assert document["moved"] == [
        {
            "agency": AGENCY,
            "number": "2026-0001",
            "reply_due": str(before["2026-0001"]),
            "new_reply_due": "2027-01-26",
            "becomes_overdue": False,
        }
    ]
    assert due(database, "2026-0001") == date(2027, 1, 26)
    assert case_row(database.engine, "2026-0001").provisional is False
    assert recalculated(database, "2026-0001") == [{"calendar_revision": document["revision"]}]
    for number in ("2026-0002", "2026-0003", "2026-0004"):
        assert due(database, number) == before[number]
        assert events(database.engine, number) == logs[number]
    assert here("verify").code == 0
    shown = json.loads(here("calendar", "show", 2027, "--json").out)
    assert (shown["provisional"], shown["revision"]) == (False, document["revision"])
    assert [day["date"] for day in shown["days"]] == [day["date"] for day in NOTICE["days"]]


def test_the_same_notice_again_moves_nothing(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path)
    path = written(NOTICE)
    here("calendar", "load", path)
    assert json.loads(here("calendar", "load", path, "--json").out)["moved"] == []
    assert len(recalculated(database, "2026-0001")) == 1
    assert verified(database.engine).ok


def test_a_corrected_notice_takes_the_place_of_the_first(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path)
    here("calendar", "load", written(NOTICE))
    corrected = NOTICE | {"days": off("2027-01-01", name="元旦")}
    document = json.loads(here("calendar", "load", written(corrected), "--json").out)
    (moved,) = document["moved"]
    assert (moved["reply_due"], moved["new_reply_due"]) == ("2027-01-26", "2027-01-18")
    assert len(recalculated(database, "2026-0001")) == 2
    assert verified(database.engine).ok


def test_a_make_up_day_shortens_a_deadline(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path)
    days = [*off("2027-01-01", name="元旦"), {"date": "2027-01-09", "name": "元旦", "isOffDay": False}]
    document = json.loads(here("calendar", "load", written({"year": 2027, "days": days}), "--json").out)
    assert document["days"] == 2
    assert due(database, "2026-0001") == date(2027, 1, 15)
    assert verified(database.engine).ok


def test_a_case_imported_after_the_notice_is_reckoned_by_it(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    here("calendar", "load", written(NOTICE))
    imported(database, agency_id, tmp_path)
    assert due(database, "2026-0001") == date(2027, 1, 26)
    assert recalculated(database, "2026-0001") == []
    assert verified(database.engine).ok


def test_a_case_goes_on_after_its_deadline_was_reckoned_again(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path, OPEN)
    here("calendar", "load", written(NOTICE))
    imported(database, agency_id, tmp_path, OPEN | {"办理结果": "予以公开", "答复日期": "2026-11-21"})
    assert [kind for kind, _, _ in events(database.engine, "2026-0001")][-2:] == ["recalculate", "decide"]
    assert here("verify").code == 0


def test_a_dry_run_tells_the_moves_and_stores_nothing(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path)
    before, due_before = rows_stored(database.engine), due(database, "2026-0001")
    dry = json.loads(here("calendar", "load", written(NOTICE), "--dry-run", "--json").out)
    assert (dry["dry_run"], dry["revision"]) == (True, None)
    assert "2026-0001" in here("calendar", "load", written(NOTICE), "--dry-run").out
    assert (rows_stored(database.engine), due(database, "2026-0001")) == (before, due_before)
    wet = json.loads(here("calendar", "load", written(NOTICE), "--json").out)
    assert wet["moved"] == dry["moved"]


# load: an office's own days


def test_a_local_holiday_moves_only_the_cases_of_its_office(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    other = enrol(database.engine, "linshi", "邻市数据局")
    imported(database, agency_id, tmp_path)
    imported(database, other, tmp_path, *(row | {"登记编号": f"邻{row['登记编号']}"} for row in LEDGER))
    assert due(database, "2026-0002") == due(database, "邻2026-0002") == date(2026, 11, 30)
    local = {"days": off("2026-11-26", "2026-11-27", name="州庆")}
    document = json.loads(here("calendar", "load", written(local), "--agency", AGENCY, "--json").out)
    assert {(moved["agency"], moved["number"]) for moved in document["moved"]} >= {(AGENCY, "2026-0002")}
    assert {moved["agency"] for moved in document["moved"]} == {AGENCY}
    assert due(database, "2026-0002") == date(2026, 12, 2)
    assert due(database, "邻2026-0002") == date(2026, 11, 30)
    assert recalculated(database, "邻2026-0002") == []
    assert here("verify").code == 0
    own = json.loads(here("calendar", "show", 2026, "--agency", AGENCY, "--json").out)
    theirs = json.loads(here("calendar", "show", 2026, "--agency", "linshi", "--json").out)
    assert own["working_days"] == theirs["working_days"] - 2
    assert json.loads(here("calendar", "show", 2026, "--json").out)["working_days"] == theirs["working_days"]


def test_a_local_holiday_outlives_a_later_national_notice(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path, OPEN)
    here("calendar", "load", written({"days": off("2027-01-05")}), "--agency", AGENCY)
    here("calendar", "load", written(NOTICE))
    # One working day later than by the notice alone.
    assert due(database, "2026-0001") == date(2027, 1, 27)
    assert len(recalculated(database, "2026-0001")) == 2
    assert here("verify").code == 0


def test_a_national_emergency_moves_the_cases_of_all_offices(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    other = enrol(database.engine, "linshi", "邻市数据局")
    imported(database, agency_id, tmp_path, SOON)
    imported(database, other, tmp_path, SOON | {"登记编号": "邻-2"})
    document = json.loads(here("calendar", "load", written({"days": off("2026-11-27")}), "--national", "--json").out)
    assert [moved["number"] for moved in document["moved"]] == ["2026-0002", "邻-2"]
    assert due(database, "2026-0002") == due(database, "邻-2") == date(2026, 12, 1)
    assert json.loads(here("calendar", "show", 2026, "--json").out)["provisional"] is False


def test_days_without_a_year_are_those_of_the_only_office(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    imported(database, agency_id, tmp_path, SOON)
    path = written({"days": off("2026-11-27", name="县庆")})
    document = json.loads(here("calendar", "load", path, "--json").out)
    assert (document["agency"], [moved["number"] for moved in document["moved"]]) == (AGENCY, ["2026-0002"])
    # An office that comes later has nothing of them.
    enrol(database.engine, "linshi", "邻市数据局")
    assert "县庆" not in here("calendar", "show", 2026, "--agency", "linshi").out
    assert "县庆" not in here("calendar", "show", 2026).out
    own = here("calendar", "show", 2026, "--agency", AGENCY).out
    assert "2026-11-27 周五  放假  县庆（本机关自己的日历：安排.json）" in own
    assert "全国" not in own.split("县庆")[1].split("\n")[0]
    assert verified(database.engine).ok
    # The same days again are no new revision, though now the office must be named.
    again = json.loads(here("calendar", "load", path, "--agency", AGENCY, "--json").out)
    assert (again["revision"], again["moved"]) == (document["revision"], [])


def test_days_without_a_year_must_say_whose_they_are_where_there_are_several_offices(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    enrol(database.engine, "linshi", "邻市数据局")
    imported(database, agency_id, tmp_path, SOON)
    before = rows_stored(database.engine)
    path = written({"days": off("2026-11-27", name="县庆")})
    result = here("calendar", "load", path)
    refused(result, "安排.json", "没有 year", "--agency 代码", "--national")
    assert len(result.err.splitlines()) == 1
    refused(here("calendar", "load", path, "--national", "--agency", AGENCY), "--national", "只给其中一个")
    assert rows_stored(database.engine) == before
    said = here("calendar", "load", path, "--agency", AGENCY, "--dry-run").out
    assert said.startswith(f"将载入 1 天（机关 {AGENCY} 自己的日历，日历版本 2），1 件的期限重算")
    # A year is announced for all; it needs no word more.
    assert here("calendar", "load", written(NOTICE)).out.startswith("已载入 7 天（全国，日历版本 2）")


def test_each_day_is_shown_with_where_it_comes_from(here: Yishen, database: Database, written: Write) -> None:
    here("calendar", "load", written(NOTICE))
    here("calendar", "load", written({"days": off("2027-01-05", name="州庆")}), "--agency", AGENCY)
    days = json.loads(here("calendar", "show", 2027, "--agency", AGENCY, "--json").out)["days"]
    assert {(day["date"], day["source"], day["own"]) for day in days} >= {
        ("2027-01-01", "国办发明电〔2026〕7号", False),
        ("2027-01-05", "安排.json", True),
    }
    shown = here("calendar", "show", 2027, "--agency", AGENCY).out
    assert "2027-01-01 周五  放假  元旦（国办发明电〔2026〕7号）" in shown
    assert "（" not in here("calendar", "show", 2026).out.split("\n")[1]


def test_an_office_cannot_announce_a_year(reading: Yishen, shelf: Database, written: Write) -> None:
    before = rows_stored(shelf.engine)
    refused(reading("calendar", "load", written(NOTICE), "--agency", AGENCY), "year")
    assert rows_stored(shelf.engine) == before


def test_by_the_real_clock_a_local_holiday_moves_a_case_received_today(
    yishen: Yishen, database: Database, agency_id: int, tmp_path: Path, written: Write
) -> None:
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    row = request("今-1", 收到日期=today.isoformat())
    record(database.engine, agency_id, write_csv(tmp_path / "a.csv", [row]), now=datetime.now(UTC))
    before = due(database, "今-1")
    assert before is not None
    three_weeks = [(today + timedelta(days=n)).isoformat() for n in range(1, 22)]
    result = yishen("calendar", "load", written({"days": off(*three_weeks)}), "--agency", AGENCY, "--json")
    assert (result.code, result.err) == (0, "")
    after = due(database, "今-1")
    assert after is not None
    assert after > before
    assert json.loads(result.out)["moved"][0]["new_reply_due"] == after.isoformat()
    assert json.loads(yishen("verify", "--json").out)["ok"]
    with database.engine.connect() as connection:
        stored = select(deadline.c.due_on).join(request_case).where(deadline.c.kind == "reply")
        assert connection.execute(stored).scalar_one() == after


# Wrong files


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "days"),
        ("3", "days"),
        ({}, "days"),
        ({"year": 2027}, "days"),
        ({"year": 2027, "days": []}, "days"),
        ({"year": 2027, "days": "2027-01-01"}, "days"),
        ({"year": "2027", "days": off("2027-01-01")}, "year"),
        ({"year": 1999, "days": off("1999-01-01")}, "year"),
        ({"year": True, "days": off("2027-01-01")}, "year"),
        ({"year": 2028, "days": off("2027-01-01")}, "year"),
        ({"days": ["2027-01-01"]}, "days[0]"),
        ({"days": off("2027-02-29")}, "2027-02-29"),
        ({"days": off("元旦")}, "元旦"),
        ({"days": off("2100-01-01")}, "2100-01-01"),
        ({"days": off("2007-12-31")}, "2007-12-31"),
        ({"days": [{"name": "元旦", "isOffDay": True}]}, "days[0].date"),
        ({"days": [{"date": "2027-01-01", "name": "元旦"}]}, "isOffDay"),
        ({"days": [{"date": "2027-01-01", "isOffDay": "是"}]}, "isOffDay"),
        ({"days": [*off("2027-01-01"), {"date": "2027-01-01", "isOffDay": False}]}, "2027-01-01"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_in_it_and_nothing_is_stored(
    reading: Yishen, shelf: Database, written: Write, document: object, said: str
) -> None:
    before = rows_stored(shelf.engine)
    refused(reading("calendar", "load", written(document)), "安排.json", said)
    assert rows_stored(shelf.engine) == before


def test_all_faults_of_a_file_are_told_at_once(reading: Yishen, written: Write) -> None:
    days = [{"date": "2027-02-30", "isOffDay": True}, {"date": "2027-01-01"}, 3]
    result = reading("calendar", "load", written({"year": 1999, "days": days}))
    assert result.code == 2
    assert len(result.err.splitlines()) == 4


def test_a_missing_file_a_folder_and_an_unknown_agency_are_refused(
    reading: Yishen, tmp_path: Path, written: Write
) -> None:
    refused(reading("calendar", "load", tmp_path / "没有.json"), "没有.json")
    refused(reading("calendar", "load", tmp_path), str(tmp_path))
    refused(reading("calendar", "load", written({"days": off("2027-01-05")}), "--agency", "buzai"), "buzai", AGENCY)
    refused(reading("calendar", "load"), "FILE")
