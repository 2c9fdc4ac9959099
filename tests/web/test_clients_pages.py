"""接口账号 on the pages: made with a token shown once, confirmed by somebody else, revoked; all in the audit log."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient
from sqlalchemy import select, update

from models.tables import agency, api_client, audit_event
from models.vocabulary import Role, Scope
from tasks.office import Office
from tests.conftest import enrol
from tests.web.api.conftest import Portal, enter_client
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page

WORD = re.compile(r'<code class="word">([^<]+)</code>')
NEW = {"name": "市政府门户网站", "scopes": ["requests:write", "cases:read"], "expires_on": "2027-12-31"}


def test_a_client_is_made_confirmed_by_another_works_and_is_revoked(
    browser: Browser, another: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "admin", Role.SYSTEM_ADMINISTRATOR)
    people.enter(agency_id, "secure", Role.SECURITY_ADMINISTRATOR)
    browser.sign_in("admin")
    another.sign_in("secure")
    assert "还没有接口账号" in browser.get("/clients").text
    browser.get("/clients/new")
    made = browser.post("/clients/new", **NEW)
    token = WORD.search(made.text)[1]
    portal = Portal(TestClient(browser.client.app), token)
    assert "尚未由安全管理员确认" in portal.get("/client").json()["detail"]
    assert "待确认" in browser.get("/clients").text
    assert "/confirm" not in browser.get("/clients").text
    assert browser.post("/clients/1/confirm", seen=",".join(NEW["scopes"])).status_code == 403
    assert portal.get("/client").status_code == 401
    offered = another.get("/clients").text
    assert ("/clients/1/confirm" in offered, "/clients/new" in offered) == (True, False)
    assert "权限已确认" in another.post("/clients/1/confirm", seen=",".join(NEW["scopes"])).text
    assert "没有改动" in another.post("/clients/1/confirm", seen=",".join(NEW["scopes"])).text
    assert portal.get("/client").json()["scopes"] == ["requests:write", "cases:read"]
    listed = browser.get("/clients").text
    assert (token in listed, token[:9] in listed, "递交申请、查询办件" in listed) == (False, True, True)
    assert "已停用，其令牌立即失效" in browser.post("/clients/1/revoke").text
    assert portal.get("/client").status_code == 401
    assert "/revoke" not in browser.get("/clients").text
    with office.engine.connect() as connection:
        kept = select(audit_event.c.actor, audit_event.c.object, audit_event.c.detail)
        logged = connection.execute(kept.where(audit_event.c.kind == "client_changed")).all()
    assert [each.actor for each in logged] == ["web:admin", "web:secure", "web:admin"]
    assert {each.object for each in logged} == {"市政府门户网站"}
    assert (logged[0].detail["scopes"], logged[0].detail["approved"]) == (NEW["scopes"], False)
    assert logged[1].detail == {"approved": True, "scopes": NEW["scopes"]}
    assert logged[2].detail == {"revoked": True}


def test_further_scopes_wait_for_somebody_else_and_fewer_hold_at_once(
    browser: Browser, another: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "secure", Role.SECURITY_ADMINISTRATOR)
    people.enter(agency_id, "other", Role.SECURITY_ADMINISTRATOR)
    portal = Portal(browser.client, enter_client(office.engine, agency_id, Scope.CASES_READ, Scope.CALENDAR_READ))

    def has() -> list[str]:
        return list(portal.get("/client").json()["scopes"])

    browser.sign_in("secure")
    another.sign_in("other")
    Page(browser.get("/clients/1/scopes").text)
    assert "没有变更" in browser.post("/clients/1/scopes", scopes=["cases:read", "calendar:read"]).text
    assert "应至少选择一项" in browser.post("/clients/1/scopes").text
    more = ["cases:read", "personal:read"]
    page = browser.post("/clients/1/scopes", scopes=more)
    Page(page.text)
    assert ("待另一人确认" in page.text, "申请变更为：" in page.text) == (True, True)
    assert has() == ["cases:read", "calendar:read"]
    refused = browser.post("/clients/1/confirm", seen=",".join(more))
    assert (refused.status_code, "应由另一人确认" in refused.text) == (403, True)
    # What is confirmed is what was shown.
    another.get("/clients")
    assert "没有改动" in another.post("/clients/1/confirm", seen="cases:read").text
    assert "权限已确认" in another.post("/clients/1/confirm", seen=",".join(more)).text
    assert has() == more
    # Fewer hold at once, and what was asked for besides is forgotten.
    browser.get("/clients")
    browser.post("/clients/1/scopes", scopes=[*more, "cases:write"])
    assert "立即生效" in browser.post("/clients/1/scopes", scopes=["cases:read"]).text
    assert has() == ["cases:read"]
    assert "没有改动" in another.post("/clients/1/confirm", seen="cases:read").text
    another.post("/clients/1/revoke")
    assert browser.get("/clients/1/scopes").status_code == 404
    with office.engine.connect() as connection:
        kept = select(audit_event.c.actor, audit_event.c.detail).where(audit_event.c.kind == "client_changed")
        logged = connection.execute(kept.order_by(audit_event.c.seq)).all()[1:]
    assert [(each.actor, each.detail.get("approved")) for each in logged] == [
        ("web:secure", False),
        ("web:other", True),
        ("web:secure", False),
        ("web:secure", True),
        ("web:other", None),
    ]
    assert logged[0].detail == {"scopes": more, "before": ["cases:read", "calendar:read"], "approved": False}


def test_whoever_confirms_may_decline_instead_and_what_is_revoked_is_not_confirmed(
    browser: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "secure", Role.SECURITY_ADMINISTRATOR)
    token = enter_client(office.engine, agency_id, Scope.CASES_READ, approved=False)
    browser.sign_in("secure")
    browser.get("/clients")
    assert "已停用" in browser.post("/clients/1/revoke").text
    assert "没有改动" in browser.post("/clients/1/confirm", seen="cases:read").text
    assert Portal(browser.client, token).get("/client").status_code == 401


def test_nobody_confirms_what_they_made_whatever_their_role_became(
    browser: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "both", Role.SECURITY_ADMINISTRATOR)
    token = enter_client(office.engine, agency_id, Scope.CASES_READ, approved=False, actor="web:both")
    browser.sign_in("both")
    browser.get("/clients")
    answer = browser.post("/clients/1/confirm", seen="cases:read")
    assert (answer.status_code, "应由另一人确认" in answer.text) == (403, True)
    assert Portal(browser.client, token).get("/client").status_code == 401


def test_the_security_administrator_above_confirms_for_the_agencies_below(
    browser: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    below, beside = enrol(office.engine, "xia", "下属单位"), enrol(office.engine, "pang", "旁边单位")
    with office.engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.id == below).values(parent_id=agency_id))
    token = enter_client(office.engine, below, Scope.CASES_READ, approved=False)
    enter_client(office.engine, beside, Scope.CASES_READ, name="旁边的系统", approved=False)
    people.enter(agency_id, "secure", Role.SECURITY_ADMINISTRATOR)
    browser.sign_in("secure")
    listed = browser.get("/clients").text
    assert ("下属单位" in listed, "旁边的系统" in listed) == (True, False)
    assert [browser.post(f"/clients/{n}/confirm", seen="cases:read").status_code for n in (1, 2)] == [200, 404]
    assert Portal(browser.client, token).get("/client").status_code == 200


def test_what_is_wrong_with_a_new_client_is_told_and_nothing_is_made(
    browser: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "admin", Role.SYSTEM_ADMINISTRATOR)
    enter_client(office.engine, agency_id, Scope.CASES_READ, name="老系统")
    browser.sign_in("admin")
    browser.get("/clients/new")
    for changes, said in (
        ({"name": ""}, "必须填写"),
        ({"name": "老系统"}, "已被使用"),
        ({"scopes": []}, "应至少选择一项"),
        ({"below": "yes"}, "只能查询"),
        ({"expires_on": "2026-11-21"}, "早于今天"),
    ):
        answer = browser.post("/clients/new", **{**NEW, **changes})
        assert (answer.status_code, said in answer.text) == (422, True), changes
    with office.engine.connect() as connection:
        assert connection.execute(select(api_client.c.name)).scalars().all() == ["老系统"]


def test_another_agencys_client_is_not_there(browser: Browser, people: Staff, office: Office, agency_id: int) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    portal = Portal(browser.client, enter_client(office.engine, there, Scope.CASES_READ, name="别家系统"))
    people.enter(agency_id, "admin", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("admin")
    assert "别家系统" not in browser.get("/clients").text
    assert browser.post("/clients/1/revoke").status_code == 404
    assert browser.post("/clients/1/scopes", scopes=["cases:write"]).status_code == 404
    assert portal.get("/client").status_code == 200
