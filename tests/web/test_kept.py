"""A form that came when the session had ended: kept for its author alone, an hour, and nothing of it is done unseen."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select, update

from models.tables import case_event, user_session
from models.vocabulary import EventKind, Role
from reports.texts import PARTS
from tasks.office import Office
from tests.lawful import Office as Desk
from tests.web.conftest import HTML, PASSWORD, Browser, Clock, Staff
from tests.web.test_frame import Page
from web.forms import AGAIN
from web.kept import FORMS

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
CARRIED = re.compile(r'name="(version|command)" value="([^"]*)"')
WORDS = "电话联系申请人，说明“办理进度”"


def entries(office: Office) -> int:
    with office.engine.connect() as connection:
        return connection.execute(select(func.count()).where(case_event.c.kind == EventKind.NOTE.value)).scalar_one()


def offered(page: str, action: str) -> dict[str, str]:
    """What the form that goes to this address would send."""
    form = next(each for each in page.split("<form")[1:] if f'action="{action}"' in each).partition("</form>")[0]
    return {name: unescape(value) for name, value in HIDDEN.findall(form)}


@pytest.fixture
def step(officer: Browser, desk: Desk, clock: Clock) -> str:
    """The address of a step whose form was filled in, and sent after the session had ended."""
    path = f"/cases/{desk.register('2026-11-20', number='2019/023')}/steps/note"
    carried = dict(CARRIED.findall(officer.get(path).text))
    clock.now += timedelta(hours=2)
    refused = officer.post(path, **carried, on="2026-11-22", text=WORDS)
    assert (refused.url.path, refused.url.params["next"]) == ("/sign-in", "/kept")
    assert "刚才提交的内容没有保存，但保留着" in refused.text
    return path


def test_its_author_comes_back_to_the_form_with_what_was_typed(officer: Browser, step: str, office: Office) -> None:
    page = officer.post("/sign-in", login="zhang", password=PASSWORD, next="/kept")
    Page(page.text)
    assert page.url.path == "/kept"
    fields = offered(page.text, step)
    assert (fields["text"], fields[AGAIN]) == (WORDS, "1")
    assert 'href="/kept"' in officer.get("/desk").text
    officer.get("/kept")
    form = officer.post(step, **{name: value for name, value in fields.items() if name != "form_token"})
    Page(form.text)
    assert (form.status_code, "登录超时前填写的内容，请核对后再提交" in form.text) == (422, True)
    assert WORDS in unescape(form.text)
    assert AGAIN not in form.text
    assert entries(office) == 0
    done = officer.post(step, **dict(CARRIED.findall(form.text)), on="2026-11-22", text=WORDS)
    assert ("已记录：记事" in done.text, entries(office)) == (True, 1)
    # They have it again: it is offered no more.
    assert officer.get("/kept").url.path == "/desk"
    assert 'href="/kept"' not in officer.get("/desk").text


def test_it_is_for_nobody_else_and_no_longer_than_an_hour(
    officer: Browser, another: Browser, step: str, people: Staff, agency_id: int, office: Office, clock: Clock
) -> None:
    people.enter(agency_id, "li", Role.OFFICER, name="李某")
    arrived = officer.post("/sign-in", login="li", password=PASSWORD, next="/kept")
    assert (arrived.url.path, WORDS in unescape(arrived.text)) == ("/desk", False)
    with office.engine.connect() as connection:
        sealed = connection.scalars(select(user_session.c.kept_form).where(user_session.c.kept_at.is_not(None))).one()
    assert WORDS.encode() not in sealed
    clock.now += timedelta(minutes=61)
    assert another.sign_in("zhang", to="/kept").url.path == "/desk"
    with office.engine.connect() as connection:
        assert connection.scalars(select(user_session.c.kept_form)).all() == [None] * 3


def test_it_can_be_thrown_away(officer: Browser, step: str) -> None:
    officer.post("/sign-in", login="zhang", password=PASSWORD, next="/kept")
    assert "内容已删除" in officer.post("/kept/forget").text
    assert officer.get("/kept").url.path == "/desk"


@pytest.mark.parametrize("why", ["signed out", "revoked", "not ours", "a password", "half"])
def test_what_is_not_kept(why: str, officer: Browser, desk: Desk, office: Office, clock: Clock) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/note"
    fields = {"form_token": officer.token, "text": WORDS}
    cookies = dict(officer.client.cookies)
    match why:
        case "signed out":
            officer.post("/sign-out")
        case "revoked" | "half":
            values = {"revoked_at": clock.now} if why == "revoked" else {"level": "password"}
            with office.engine.begin() as connection:
                connection.execute(update(user_session).values(values))
        case "not ours":
            fields["form_token"] = "0" * 64
        case "a password":
            path = "/account/password"
    clock.now += timedelta(hours=2)
    officer.client.cookies.update(cookies)
    sent = officer.client.post(path, data=fields, headers=HTML, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/desk")
    with office.engine.connect() as connection:
        assert set(connection.scalars(select(user_session.c.kept_at))) == {None}


def test_a_form_that_is_kept_does_nothing_when_it_comes_back(
    browser: Browser, people: Staff, agency_id: int, desk: Desk
) -> None:
    routes = {route.path_format: route for route in browser.client.app.routes if "POST" in route.methods}
    assert set(routes) >= FORMS
    desk.register("2026-11-20")
    people.enter(agency_id, "head", Role.HEAD)
    browser.sign_in("head")
    for path, fields in (
        ("/documents", {"kind": "规章", "title": "某办法", "number": "1号", "issued": "2026-01-05"}),
        ("/reports/2025/texts", {"part": PARTS[5].name, "act": "save", "body": "要改进的有一处。"}),
        ("/reports/2025/proactive", {}),
        (
            "/register",
            {"act": "save", "channel": "in_person", "kind": "natural_person", "name": "来访者", "subject": "某文件"},
        ),
    ):
        browser.get("/desk")
        answer = browser.post(path, **fields, **{AGAIN: "1"})
        assert (answer.status_code, "请核对后再提交" in answer.text) == (422, True), path
