"""审批 on pages: proposed instead of recorded, decided on by whoever is next, recorded when all have agreed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from models.tables import case_event, draft
from models.vocabulary import EventKind, Role
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page

TODAY = "2026-11-22"
CARRIED = re.compile(r'name="(version|command|way)" value="([^"]*)"')
WAY = "clear.information.ours.held.open.as_asked.ems"


@pytest.fixture
def officer(officer: Browser, people: Staff, agency_id: int) -> Browser:
    """经办人 signed in, in an agency with everyone who approves."""
    people.enter(agency_id, "zhao", Role.SECRECY_REVIEWER, name="赵某")
    people.enter(agency_id, "qian", Role.LEADER, name="钱某")
    people.enter(agency_id, "li", Role.HEAD, name="李某")
    return officer


def as_other(browser: Browser, login: str) -> None:
    browser.get("/desk")
    browser.post("/sign-out")
    browser.sign_in(login)


def replies(office: Office) -> list[dict[str, str]]:
    with office.engine.connect() as connection:
        known = case_event.c
        return list(connection.scalars(select(known.facts).where(known.kind == EventKind.DECIDE.value)))


def test_a_reply_goes_from_the_seven_steps_through_two_approvers_into_the_log(
    officer: Browser, desk: Desk, office: Office
) -> None:
    desk.choose("approve_reply", "保密审查、分管领导")
    number = desk.register("2026-11-20")
    step = f"/cases/{number}/steps/decide"
    # The secrecy review is a place of the route: it is not asked for beforehand.
    form = officer.get(f"/cases/{number}/wizard?way={WAY.removesuffix('.ems')}&answer=ems&go=1")
    Page(form.text)
    assert form.url.path == step
    assert ">送审</button>" in form.text
    assert 'name="on"' not in form.text
    carried = dict(CARRIED.findall(form.text))
    tried = officer.post(step, **carried, **{"try": "1"})
    assert "试算结果（没有保存）" in tried.text
    assert "照此提交会被拒绝" not in tried.text
    page = officer.post(step, **carried, access="邮寄")
    Page(page.text)
    assert page.url.path == "/drafts/1"
    assert "待保密审查人审批" in page.text
    assert replies(office) == []
    assert "我的拟办稿" in officer.get("/desk").text
    assert officer.post("/drafts/1/opinion", verdict="agree").status_code == 403

    as_other(officer, "zhao")
    assert "待我审批" in officer.get("/desk").text
    page = officer.get("/drafts/1")
    Page(page.text)
    assert "补不补：不需要补正；是不是：是，要求提供政府信息" in page.text
    assert "还剩 20 个工作日" in page.text
    wanting = officer.post("/drafts/1/opinion", verdict="agree")
    assert wanting.status_code == 422
    assert 'id="e-may_release"' in wanting.text
    assert "应写明要改什么" in officer.post("/drafts/1/opinion", verdict="return").text
    done = officer.post("/drafts/1/opinion", verdict="agree", may_release="yes")
    Page(done.text)
    assert "待分管领导审批" in done.text
    assert officer.post("/drafts/1/record", on=TODAY).status_code == 403

    as_other(officer, "qian")
    assert "拟办稿现为“已同意，待登记”" in officer.post("/drafts/1/opinion", verdict="agree").text
    as_other(officer, "zhang")
    page = officer.get("/drafts/1")
    Page(page.text)
    early = officer.post("/drafts/1/record", on="2026-11-20")
    assert (early.status_code, "早于审批同意的日期" in early.text) == (422, True)
    done = officer.post("/drafts/1/record", on=TODAY, reply_number="〔2026〕5号")
    assert done.url.path == f"/cases/{number}"
    assert "已登记：答复，现为“已公开”" in done.text
    (facts,) = replies(office)
    assert facts["approvals"] == "保密审查人 赵某 2026-11-22 同意；分管领导 钱某 2026-11-22 同意"
    assert (facts["access"], facts["reply_number"]) == ("邮寄", "〔2026〕5号")


def test_what_is_returned_comes_back_filled_in(officer: Browser, desk: Desk, office: Office) -> None:
    desk.choose("approve_reply", "分管领导")
    number = desk.register("2026-11-20")
    step = f"/cases/{number}/steps/decide"
    carried = dict(CARRIED.findall(officer.get(step).text))
    given = {"outcome": "refused_process", "means": "post_ems", "reasons": "过程稿"}
    assert officer.post(step, **carried, **given).url.path == "/drafts/1"
    twice = officer.post(step, **carried, **given)
    assert twice.url.path == "/drafts/1"
    as_other(officer, "qian")
    officer.get("/drafts/1")
    assert officer.post("/drafts/1/opinion", verdict="return", words="写明条款").status_code == 200
    as_other(officer, "zhang")
    page = officer.get("/drafts/1")
    assert f'href="{step}?from=1"' in page.text
    assert "写明条款" in page.text
    again = officer.get(f"{step}?from=1")
    Page(again.text)
    assert "过程稿</textarea>" in again.text
    assert 'value="refused_process" selected' in again.text
    carried = dict(CARRIED.findall(again.text))
    assert officer.post(step, **carried, **{**given, "reasons": "过程稿，第十六条第二款"}).url.path == "/drafts/2"
    assert officer.post("/drafts/2/withdraw").status_code == 200
    assert officer.post("/drafts/2/withdraw").status_code == 422
    with office.engine.connect() as connection:
        states = list(connection.scalars(select(draft.c.state).order_by(draft.c.id)))
    assert states == ["returned", "withdrawn"]


def test_a_draft_that_the_case_has_outgrown_says_so(officer: Browser, desk: Desk) -> None:
    desk.choose("approve_reply", "分管领导")
    step = f"/cases/{desk.register('2026-11-20')}/steps/decide"
    carried = dict(CARRIED.findall(officer.get(step).text))
    officer.post(step, **carried, outcome="refused_process", means="post_ems", reasons="过程稿")
    desk.then(EventKind.ASK_REASONS, TODAY, volume="三百件")
    page = officer.get("/drafts/1")
    Page(page.text)
    assert "应重新送审" in page.text
    stale = officer.post(step, **carried, outcome="refused_process", means="post_ems", reasons="过程稿")
    assert stale.url.path == "/drafts/1"
    as_other(officer, "qian")
    officer.get("/drafts/1")
    refused = officer.post("/drafts/1/opinion", verdict="agree")
    assert (refused.status_code, "要求说明理由" in unescape(refused.text)) == (422, True)


def test_art33_an_officer_proposes_an_extension_and_the_head_approves_it(
    officer: Browser, desk: Desk, office: Office
) -> None:
    number = desk.register("2026-11-20")
    step = f"/cases/{number}/steps/extend"
    assert officer.get(step).status_code == 403
    desk.choose("approve_extension", "公开机构负责人")
    form = officer.get(step)
    Page(form.text)
    assert 'name="approver"' not in form.text
    missing = officer.post(step, **dict(CARRIED.findall(form.text)), working_days="10")
    assert (missing.status_code, 'id="e-reason"' in missing.text) == (422, True)
    page = officer.post(step, **dict(CARRIED.findall(form.text)), working_days="10", reason="量大")
    assert "办理后的答复期限" in page.text
    as_other(officer, "li")
    officer.get("/drafts/1")
    officer.post("/drafts/1/opinion", verdict="agree")
    as_other(officer, "zhang")
    officer.get("/drafts/1")
    assert "已登记：告知延期" in officer.post("/drafts/1/record", on=TODAY).text


def test_a_draft_of_another_agency_is_not_there(officer: Browser, desk: Desk, people: Staff, office: Office) -> None:
    desk.choose("approve_reply", "分管领导")
    step = f"/cases/{desk.register('2026-11-20')}/steps/decide"
    carried = dict(CARRIED.findall(officer.get(step).text))
    officer.post(step, **carried, outcome="refused_process", means="post_ems", reasons="过程稿")
    people.enter(enrol(office.engine, "bieju", "别的局"), "stranger", Role.LEADER, Role.OFFICER)
    as_other(officer, "stranger")
    assert officer.get("/drafts/1").status_code == 404
    officer.get("/desk")
    for act in ("opinion", "withdraw", "record"):
        assert officer.post(f"/drafts/1/{act}", verdict="agree", on=TODAY).status_code == 404
    assert officer.get("/drafts/99999999999").status_code == 404
    assert officer.get("/drafts/x").status_code == 404
