"""Reports, the calendar, days from facts: what the commands give, through the interface."""

from __future__ import annotations

import pytest

from models.vocabulary import EventKind, Outcome
from tests.lawful import Office as Desk
from tests.web.api.conftest import Portal


@pytest.fixture
def year(desk: Desk) -> None:
    """Three requests of 2026, one of them answered."""
    for _ in range(3):
        desk.register("2026-10-09")
    desk.refuse("2026-10-12", Outcome.REFUSED_INTERNAL_AFFAIRS)


@pytest.mark.usefixtures("year")
def test_the_report_and_the_cases_behind_a_cell(portal: Portal) -> None:
    report = portal.get("/reports/2026").json()
    assert (report["year"], report["edition"], report["issue"]) == (2026, "2021", None)
    assert report["applications"]["new"] == [3, 0, 0, 0, 0, 0, 3]
    asked = {"cell": "applications/new", "column": "自然人", "limit": 2}
    first = portal.get("/reports/2026/cells", params=asked).json()
    rest = portal.get("/reports/2026/cells", params={**asked, "cursor": first["next"]}).json()
    assert (first["figure"], rest["next"]) == (3, None)
    numbers = [each["number"] for page in (first, rest) for each in page["cases"]]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]
    other = portal.get("/reports/2026/cells", params={"cell": "applications/carried_out", "cursor": first["next"]})
    assert other.status_code == 422
    for params, parameter in (({"cell": "applications/x"}, "cell"), ({**asked, "column": "总数"}, "column")):
        answer = portal.get("/reports/2026/cells", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


@pytest.mark.usefixtures("year")
def test_what_the_checks_find_and_which_years_there_are(portal: Portal) -> None:
    found = portal.get("/reports/2026/findings").json()
    assert (found["ok"], found["issue"]) == (all(each["level"] != "error" for each in found["findings"]), None)
    assert portal.get("/reports").json()["reports"][0]["year"] == 2026
    assert portal.get("/reports/2026", params={"version": 1}).status_code == 404
    assert portal.get("/reports/2007").status_code == 404


def test_the_calendar_of_a_year(portal: Portal) -> None:
    found = portal.get("/calendar/2026").json()
    assert (found["year"], found["provisional"]) == (2026, False)
    assert found["days"][0] == {**found["days"][0], "date": "2026-01-01", "isOffDay": True}
    assert portal.get("/calendar/2007").status_code == 422


def test_days_from_facts_are_those_of_the_command(portal: Portal) -> None:
    facts = {
        "received": "2026-03-02",
        "consultations": [{"sent": "2026-03-10", "delivered": "2026-03-11", "ended": "2026-03-24"}],
        "extension": {"told": "2026-03-26", "working_days": 10},
        "as_of": "2026-03-26",
    }
    found = portal.post("/deadlines", facts).json()
    assert (found["reply_due"], found["working_days_used"]) == ("2026-04-28", 8)
    assert found["explanation"]
    wrong = portal.post("/deadlines", {**facts, "extension": {"told": "2026-02-01", "working_days": 10}})
    assert wrong.status_code == 422
    early = portal.post("/deadlines", {"received": "1999-01-01"})
    assert early.status_code == 422


def test_a_case_that_was_answered_says_so(portal: Portal, desk: Desk) -> None:
    desk.register("2026-10-09")
    desk.then(EventKind.ASSIGN, "2026-10-09", officer="张三")
    desk.refuse("2026-10-12", Outcome.REFUSED_INTERNAL_AFFAIRS)
    found = portal.get("/cases/1").json()
    assert (found["closed"], found["outcome"], found["is_open"]) == (
        "2026-10-12",
        "refused_internal_affairs",
        False,
    )
