"""Cases through the interface: pages by cursor, one case, its steps recorded once, refused with the article, tried."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vocabulary import ApplicantKind, EventKind, Outcome, Scope
from tests.lawful import Office as Desk
from tests.web.api.conftest import MakePortal, Portal

OFTEN = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def filled(desk: Desk, portal_with: MakePortal) -> Portal:
    """Nineteen cases of ten days, some of them ended."""
    for place in range(19):
        day = date(2026, 10, 9) + timedelta(days=place // 2)
        desk.register(day.isoformat(), applicant_kind=list(ApplicantKind)[place % 3], subject=f"第{place}段道路养护")
        if place % 4 == 0:
            desk.then(EventKind.ASSIGN, day.isoformat(), officer="张三")
            desk.refuse(day.isoformat(), Outcome.REFUSED_INTERNAL_AFFAIRS)
    return portal_with(Scope.CASES_READ)


def listed(portal: Portal, limit: int, query: dict[str, Any]) -> list[int]:
    found, cursor = [], None
    while True:
        page = portal.get("/cases", params={**query, "limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["cases"]) <= limit
        found += [each["id"] for each in page["cases"]]
        cursor = page["next"]
        if cursor is None:
            return found
        assert len(page["cases"]) == limit


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "order": st.sampled_from(["newest", "due"]),
        "open_only": st.sampled_from(["true", "false"]),
        "applicant_kind": st.lists(st.sampled_from([each.value for each in ApplicantKind]), max_size=2),
        "received_from": st.sampled_from(["2026-10-10", "2026-10-13"]),
        "text": st.sampled_from(["道路", "第1段", "没有"]),
        "number": st.sampled_from(["2026-001", "2026"]),
        "officer": st.just("张三"),
    },
)


@OFTEN
@given(query=QUERIES, limit=st.integers(1, 20))
def test_the_pages_join_to_the_whole_list_each_case_once(filled: Portal, query: dict[str, Any], limit: int) -> None:
    whole = filled.get("/cases", params={**query, "limit": 200}).json()
    assert whole["next"] is None
    ids = [each["id"] for each in whole["cases"]]
    assert listed(filled, limit, query) == ids
    assert len(set(ids)) == len(ids)


def test_a_cursor_goes_on_only_in_its_own_list(filled: Portal) -> None:
    cursor = filled.get("/cases", params={"limit": 5}).json()["next"]
    assert filled.get("/cases", params={"limit": 7, "cursor": cursor}).status_code == 200
    for params in ({"cursor": cursor, "open_only": "true"}, {"cursor": "x"}, {"cursor": "é"}, {"cursor": cursor[:-2]}):
        answer = filled.get("/cases", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor"), params


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"limit": 201}, "limit"),
        ({"limit": 0}, "limit"),
        ({"state": "lost"}, "state"),
        ({"received_from": "yesterday"}, "received_from"),
        ({"received_from": "2026-10-10", "received_to": "2026-10-09"}, "received_to"),
        ({"text": "\u0000"}, "text"),
    ],
)
def test_what_cannot_be_looked_for_is_told_by_its_parameter(
    filled: Portal, params: dict[str, Any], parameter: str
) -> None:
    answer = filled.get("/cases", params=params)
    assert answer.status_code == 422
    assert {each["parameter"] for each in answer.json()["errors"]} == {parameter}


def test_a_case_tells_its_days_with_their_reasons_and_what_may_be_done(portal: Portal, desk: Desk) -> None:
    number = desk.register("2026-11-20")
    found = portal.get("/cases/by-number", params={"number": number}).json()
    assert found == portal.get(f"/cases/{found['id']}").json()
    assert (found["reply_due"], found["working_days_left"], found["clock"]) == ("2026-12-18", 20, "running")
    assert found["explanation"]
    assert "extend" in {each["event"] for each in found["next_steps"]}
    assert {each["cell"] for each in found["cells"]} == {"applications/new", "applications/carried_out"}


def test_a_number_with_a_slash_is_found(portal: Portal, desk: Desk) -> None:
    desk.register("2026-11-20", number="依申请/2026?1")
    found = portal.get("/cases/by-number", params={"number": "依申请/2026?1"})
    assert (found.status_code, found.json()["number"]) == (200, "依申请/2026?1")


def test_the_steps_are_those_of_the_day_with_the_facts_they_take(portal_with: MakePortal, desk: Desk) -> None:
    desk.register("2026-11-20")
    portal = portal_with(Scope.CASES_READ, Scope.CASES_WRITE)
    steps = {each["event"]: each for each in portal.get("/cases/1/steps").json()["steps"]}
    assert (steps["correct"]["allowed"], steps["assign"]["allowed"]) == (False, True)
    assert steps["correct"]["reason"]
    assert (steps["assign"]["scope"], steps["extend"]["scope"]) == (True, False)
    assert [each["name"] for each in steps["assign"]["facts"]] == ["officer"]
    assert "register" not in steps
    assert "carry_over" not in steps
    late = portal.get("/cases/1/steps", params={"on": "2027-03-01"}).json()["steps"]
    assert next(each for each in late if each["event"] == "extend")["allowed"] is False


def test_a_step_is_recorded_once_under_its_key(portal: Portal, desk: Desk) -> None:
    desk.register("2026-11-20")
    body = {"on": "2026-11-20", "facts": {"officer": "张三"}, "version": 1}
    first = portal.post("/cases/1/steps/assign", body, "step-0001")
    again = portal.post("/cases/1/steps/assign", body, "step-0001")
    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert portal.get("/cases/1").json()["version"] == 2
    log = portal.get("/cases/1/events").json()["events"]
    assert [(each["event"], each["actor"]) for each in log][1:] == [("assign", "api:市政府门户网站")]
    assert log[1]["told"] == [{"label": "经办人", "value": "张三"}]
    other = portal.post("/cases/1/steps/assign", {**body, "facts": {"officer": "李四"}}, "step-0001")
    assert other.json()["type"] == "urn:yishen:problem:key-reused"


def test_a_step_decided_on_an_older_version_is_not_recorded(portal: Portal, desk: Desk) -> None:
    desk.register("2026-11-20")
    desk.then(EventKind.ASSIGN, "2026-11-20", officer="李四")
    body = {"on": "2026-11-20", "facts": {"officer": "张三"}, "version": 1}
    refused = portal.post("/cases/1/steps/assign", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yishen:problem:outdated")
    assert portal.get("/cases/1").json()["version"] == 2


def test_art33_what_the_law_does_not_allow_is_refused_with_the_article_and_not_stored(
    portal: Portal, desk: Desk
) -> None:
    desk.register("2026-11-20")
    facts = {"working_days": 21, "reason": "需要检索", "approver": "王主任"}
    refused = portal.post("/cases/1/steps/extend", {"on": "2026-11-20", "facts": facts})
    assert refused.status_code == 409
    assert "第三十三条" in refused.json()["article"]
    assert refused.json()["article"] in refused.json()["detail"]
    assert portal.get("/cases/1").json()["version"] == 1


@pytest.mark.parametrize(
    ("kind", "facts", "pointers"),
    [
        ("assign", {"officers": "张三"}, {"#/facts/officers"}),
        ("assign", {"officer": 7}, {"#/facts/officer"}),
        ("extend", {"working_days": "10", "approver": "\u0007"}, {"#/facts/working_days", "#/facts/approver"}),
        ("decide", {"outcome": "granted!", "means": "dove"}, {"#/facts/outcome", "#/facts/means"}),
        (
            "bill",
            {"billed_yuan": 12.5},
            {"#/facts/billed_yuan"},
        ),
        ("bill", {"billed_yuan": "12.", "notified": "2026-13-01"}, {"#/facts/billed_yuan", "#/facts/notified"}),
        ("assign", {"agency": 1}, {"#/facts/agency"}),
    ],
)
def test_facts_of_another_kind_are_refused_at_their_place(
    portal: Portal, desk: Desk, kind: str, facts: dict[str, Any], pointers: set[str]
) -> None:
    desk.register("2026-11-20")
    for verb in ("steps", "what-if"):
        answer = portal.post(f"/cases/1/{verb}/{kind}", {"on": "2026-11-20", "facts": facts})
        assert answer.status_code == 422
        assert {each["pointer"] for each in answer.json()["errors"]} == pointers
    assert portal.get("/cases/1").json()["version"] == 1


def test_what_if_tells_the_days_and_stores_nothing(portal_with: MakePortal, desk: Desk) -> None:
    desk.register("2026-11-20")
    portal = portal_with(Scope.CASES_READ)
    body = {"on": "2026-11-20", "facts": {"working_days": 10}}
    found = portal.post("/cases/1/what-if/extend", body).json()
    assert (found["before"]["reply_due"], found["after"]["reply_due"]) == ("2026-12-18", "2027-01-04")
    assert (found["allowed"], found["lacking"] is not None) == (True, True)
    assert portal.get("/cases/1").json()["version"] == 1


def test_nobody_voids_what_they_might_not_have_done(portal_with: MakePortal, desk: Desk) -> None:
    desk.register("2026-11-20")
    desk.review_secrecy("2026-11-20")
    body = {"on": "2026-11-20", "facts": {"entry": 2, "reason": "记错"}}
    without = portal_with(Scope.CASES_READ, Scope.CASES_WRITE, name="没有")
    assert without.post("/cases/1/steps/void", body).status_code == 403
    having = portal_with(Scope.CASES_READ, Scope.CASES_WRITE, Scope.SECRECY_WRITE, name="有")
    assert having.post("/cases/1/steps/void", body).status_code == 200
    assert having.get("/cases/1/events").json()["events"][1]["voided"] is True


def test_what_no_person_does_no_client_does(portal: Portal, desk: Desk) -> None:
    desk.register("2026-11-20")
    for kind in ("carry_over", "recalculate", "register", "arrive", "nothing"):
        assert portal.post(f"/cases/1/steps/{kind}", {"on": "2026-11-20"}).status_code == 404
