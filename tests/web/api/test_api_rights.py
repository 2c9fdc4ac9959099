"""Rights in the interface: every route and every step, each scope, no token, cookies, other agencies, those below."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from models.personal import FieldCipher
from models.tables import agency, api_client, audit_event
from models.vocabulary import EventKind, Role, Scope
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.api.conftest import LETTER, MakePortal, Portal
from tests.web.conftest import Browser, Clock, Staff
from tests.web.test_rights import routes
from web.api.callers import ApiRoute
from web.api.steps import KINDS
from web.rights import RIGHTS, SCOPE_RIGHTS, STEP_RIGHTS, Right, rights_of_scopes
from workflow import clients
from workflow.audit import Author
from workflow.faults import InputFault

BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/requests": LETTER,
    "/api/v1/deadlines": {"received": "2026-03-02"},
    "/api/v1/cases/{case_id}/steps/{kind}": {"on": "2026-11-20"},
    "/api/v1/cases/{case_id}/what-if/{kind}": {"on": "2026-11-20"},
}
QUERIES = {
    "/api/v1/cases/by-number": {"number": "2026-0001"},
    "/api/v1/cases/{case_id}/applicant": {"reason": "contact"},
    "/api/v1/reports/{year}/cells": {"cell": "applications/new"},
}


def ask(portal: Portal, method: str, route: ApiRoute, case_id: int, kind: str = "assign") -> Any:
    path = route.path.removeprefix("/api/v1").format(case_id=case_id, kind=kind, year=2026)
    body = BODIES.get(route.path)
    headers = {"idempotency-key": f"key-{portal.token[:12]}"}
    return portal.ask(method, path, json=body, params=QUERIES.get(route.path), headers=headers)


def guarded(portal: Portal) -> list[tuple[str, ApiRoute, Right]]:
    found = [each for each in routes(portal.client.app) if isinstance(each[1], ApiRoute) and each[2] is not None]
    assert len(found) >= 17
    return found


@pytest.mark.parametrize("scope", Scope)
def test_every_route_is_open_to_whom_the_table_says_and_to_nobody_else(
    scope: Scope, portal_with: MakePortal, desk: Desk, office: Office
) -> None:
    desk.register("2026-11-20")
    portal, refused = portal_with(scope), 0
    for method, route, right in guarded(portal):
        answer = ask(portal, method, route, 1)
        step = route.path.endswith("/steps/{kind}")
        fits = right in rights_of_scopes([scope]) and not (step and scope is not Scope.CASES_WRITE)
        if fits:
            assert answer.status_code in {200, 201, 422}, (route.path, answer.text)
        else:
            refused += 1
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:yishen:problem:forbidden"), route.path
            needed = STEP_RIGHTS[EventKind.ASSIGN] if step and right in rights_of_scopes([scope]) else right
            assert answer.json()["scopes"] == [each for each in Scope if needed in SCOPE_RIGHTS[each]]
    with office.engine.connect() as connection:
        logged = connection.execute(select(audit_event.c.actor).where(audit_event.c.kind == "refused")).scalars().all()
    assert logged == ["api:市政府门户网站"] * refused


def test_a_step_needs_the_scope_of_its_right_besides(portal_with: MakePortal, desk: Desk) -> None:
    desk.register("2026-11-20")
    only = {scope: portal_with(Scope.CASES_READ, scope, name=scope.value) for scope in Scope}
    but = {scope: portal_with(*(set(Scope) - {scope}), name=f"没有 {scope.value}") for scope in Scope}
    for kind in KINDS:
        (scope,) = (scope for scope in Scope if STEP_RIGHTS[EventKind(kind)] in SCOPE_RIGHTS[scope])
        refused = but[scope].post("/cases/1/steps/" + kind, {"on": "2026-11-20"})
        assert (refused.status_code, refused.json()["scopes"]) == (403, [scope]), kind
        assert only[scope].post("/cases/1/steps/" + kind, {"on": "2026-11-20"}).status_code in {200, 409, 422}, kind


def test_a_client_does_nothing_that_no_person_does() -> None:
    every = rights_of_scopes(list(Scope))
    assert every <= set().union(*RIGHTS.values())
    assert not every & {
        Right.MANAGE_ACCOUNTS,
        Right.MANAGE_ROLES,
        Right.SEE_AUDIT,
        Right.API_CLIENTS,
        Right.SEAL_REPORT,
    }
    assert set(SCOPE_RIGHTS) == set(Scope)


def test_nobody_gets_anywhere_without_a_token_nor_with_a_cookie(
    portal: Portal, browser: Browser, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "me", Role.HEAD)
    browser.sign_in("me")
    for token in ("", "ys_wrong", portal.token + "x"):
        for method, route, _right in guarded(portal):
            answer = ask(Portal(browser.client, token), method, route, 1)
            assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer"), route.path
    assert browser.client.get("/api/v1/client", headers={"authorization": f"Basic {portal.token}"}).status_code == 401
    assert portal.get("/client").status_code == 200
    # Nor does a token open a page.
    page = portal.client.get("/desk", headers={"authorization": f"Bearer {portal.token}"}, follow_redirects=False)
    assert page.status_code in {200, 303}
    browser.post("/sign-out")
    page = portal.client.get("/desk", headers={"authorization": f"Bearer {portal.token}"}, follow_redirects=False)
    assert page.status_code == 303


def test_what_belongs_to_another_agency_is_not_there(
    portal_with: MakePortal, desk: Desk, office: Office, agency_id: int
) -> None:
    number = desk.register("2026-11-20")
    there = portal_with(*Scope, agency=enrol(office.engine, "bieju", "别的局"))
    for method, route, _right in guarded(there):
        if "{case_id}" in route.path or route.path.endswith("by-number"):
            assert ask(there, method, route, 1).status_code == 404, route.path
    assert there.get("/cases").json() == {"cases": [], "next": None}
    assert there.get("/cases", params={"agency": "ceshi"}).status_code == 404
    assert there.get("/reports/2026", params={"agency": "ceshi"}).status_code == 404
    named = there.get("/cases/by-number", params={"number": number, "agency": "ceshi"})
    absent = there.get("/cases/by-number", params={"number": "2026-9999"})
    assert (named.status_code, named.json()) == (404, absent.json())
    linked = there.hand_in(linked_to=number)
    assert linked.status_code == 422


def test_a_client_reaches_below_its_agency_only_to_read(
    portal_with: MakePortal, desk: Desk, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    above = enrol(office.engine, "shi", "市政府")
    with office.engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.id == agency_id).values(parent_id=above))
    desk.register("2026-11-20")
    deep = portal_with(Scope.CASES_READ, Scope.REPORTS_READ, agency=above, below=True)
    flat = portal_with(*Scope, agency=above, name="平")
    assert deep.get("/cases/1").json()["agency"] == "ceshi"
    assert len(deep.get("/cases", params={"agency": "ceshi"}).json()["cases"]) == 1
    assert deep.get("/reports/2026", params={"agency": "ceshi"}).json()["applications"]["new"][-1] == 1
    assert deep.get("/agencies").json()["agencies"] == [
        {"code": "ceshi", "name": "测试市数据局", "parent": "shi"},
        {"code": "shi", "name": "市政府", "parent": None},
    ]
    assert flat.get("/cases/1").status_code == 404
    assert flat.get("/cases", params={"agency": "ceshi"}).status_code == 404
    assert [each["code"] for each in flat.get("/agencies").json()["agencies"]] == ["shi"]
    with pytest.raises(InputFault, match="只能查询"):
        portal_with(Scope.CASES_READ, Scope.PERSONAL_READ, agency=above, below=True, name="深")


def test_a_token_ends_with_its_day_and_at_once_when_revoked(
    portal_with: MakePortal, office: Office, clock: Clock, agency_id: int
) -> None:
    dated = portal_with(Scope.CASES_READ, expires_on=date(2026, 11, 23))
    other = portal_with(Scope.CASES_READ, name="另一个")
    clock.now += timedelta(days=1)
    assert dated.get("/client").json()["expires_on"] == "2026-11-23"
    clock.now += timedelta(days=1)
    assert dated.get("/client").status_code == 401
    assert other.get("/client").status_code == 200
    with office.engine.begin() as connection:
        author = Author("cli:test", agency_id, clock.now)
        client = clients.named(connection, agency_id, "另一个")
        assert clients.revoke(connection, author, client)
        assert not clients.revoke(connection, author, client)
    assert other.get("/client").status_code == 401


def test_when_a_client_was_last_there_is_written_once_a_minute(
    portal_with: MakePortal, office: Office, clock: Clock
) -> None:
    portal = portal_with(Scope.CASES_READ)

    def seen() -> Any:
        portal.get("/client")
        with office.engine.connect() as connection:
            return connection.execute(select(api_client.c.last_used_at)).scalar_one()

    first = seen()
    clock.now += timedelta(seconds=59)
    assert seen() == first
    clock.now += timedelta(seconds=1)
    assert seen() == clock.now


def test_the_token_is_not_in_the_database(portal: Portal, office: Office) -> None:
    with office.engine.connect() as connection:
        stored = str(connection.execute(select(api_client)).one())
    assert portal.token not in stored
    assert portal.token[:9] in stored


def test_what_a_client_sees_of_a_person_is_masked_unless_its_scope_says_more(
    portal_with: MakePortal, desk: Desk, office: Office
) -> None:
    desk.register("2026-11-20")
    portal = portal_with(Scope.CASES_READ, Scope.PERSONAL_READ)
    masked = [portal.get(path).text for path in ("/cases", "/cases/1", "/cases/1/events", "/cases/1/steps")]
    assert all("王小明" not in each and "1101051949" not in each for each in masked)
    assert "王＊＊" in masked[0]
    assert portal.get("/cases/1/applicant").status_code == 422
    seen = portal.get("/cases/1/applicant", params={"reason": "service"}).json()
    assert (seen["name"], seen["telephone"]) == ("王小明", "13912345678")
    with office.engine.connect() as connection:
        statement = select(audit_event.c.actor, audit_event.c.object, audit_event.c.detail)
        logged = connection.execute(statement.where(audit_event.c.kind == "reveal")).all()
    assert logged == [("api:市政府门户网站", "2026-0001", {"reason": "service"})]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE api_call SET answer = '{}'",
        "DELETE FROM api_call",
        "DELETE FROM api_client",
        "UPDATE api_client SET made_by = ''",
        "UPDATE api_client SET token_digest = ''",
    ],
)
def test_the_application_may_not_change_what_was_answered_nor_who_made_a_client(
    statement: str, portal: Portal, office: Office
) -> None:
    portal.hand_in()
    with office.engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(statement))
