"""A case on its page, and its steps: what may be done is offered, what may not says why, nothing is done twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import audit_event, case_event
from models.vocabulary import ConsultationKind, EventKind, Outcome, Role
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import LI, WANG
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from web import steps
from web.lights import light
from web.rights import RIGHTS, STEP_RIGHTS, Right
from web.routes import case as case_pages
from workflow import records, statute
from workflow.case import Happening
from workflow.desk import Command, History, perform

CARRIED = re.compile(r'name="(version|command)" value="([^"]*)"')
TODAY = "2026-11-22"


def carried(browser: Browser, path: str) -> dict[str, str]:
    """What the form of a step carries."""
    page = browser.get(path)
    assert page.status_code == 200
    Page(page.text)
    return dict(CARRIED.findall(page.text))


def log(office: Office, kind: EventKind) -> list[str]:
    known = case_event.c
    with office.engine.connect() as connection:
        return list(connection.scalars(select(known.actor).where(known.kind == kind.value).order_by(known.seq)))


def test_every_step_has_its_right_and_what_no_person_does_has_none() -> None:
    assert set(STEP_RIGHTS) == set(EventKind)
    none = {kind for kind, right in STEP_RIGHTS.items() if right is None}
    assert none == {step.event for step in statute.STEPS if step.by_itself}
    for right in {each for each in STEP_RIGHTS.values() if each is not None}:
        assert any(right in held for held in RIGHTS.values())
    # Art. 33: the head of the disclosure office approves an extension, an officer does not.
    assert Right.APPROVE not in RIGHTS[Role.OFFICER]
    assert STEP_RIGHTS[EventKind.EXTEND] is Right.APPROVE


def test_the_page_says_how_the_case_stands_and_why(officer: Browser, desk: Desk) -> None:
    desk.register("2026-10-12", LI, subject="预算执行情况", linked_to=desk.register("2026-10-09", LI))
    desk.then(EventKind.CONSULT, "2026-10-15", kind=ConsultationKind.THIRD_PARTY, party="某公司")
    page = officer.get(f"/cases/{desk.number}")
    Page(page.text)
    text = unescape(page.text)
    assert "征求意见中" in text
    assert "蓝牌，不计时" in text
    assert "收到申请，当日不计入" in text
    assert "条例第三十三条第三款" in text
    assert "预算执行情况" in text
    assert "李＊" in text
    assert "李四" not in text
    assert "2026 年表三“本年新收”自然人" in text
    assert f'href="/cases/{desk.number}/steps/opinions_in"' in text
    # What the law bars is told with its reason and article, not offered.
    assert f'href="/cases/{desk.number}/steps/decide"' not in text
    assert "应先收齐或者了结所等待的事项（条例第三十六条）" in text
    assert "关联的登记编号" in text
    assert "<svg" in text


def test_a_case_of_another_agency_is_not_there(officer: Browser, office: Office, cipher: FieldCipher) -> None:
    there = Desk(office.engine, enrol(office.engine, "bieju", "别的局"), cipher)
    number = there.register("2026-11-20", number="乙-1")
    for path in (f"/cases/{number}", f"/cases/{number}/steps/note", "/cases/2026-0001"):
        assert officer.get(path).status_code == 404
    officer.get("/cases")
    assert officer.post(f"/cases/{number}/reveal", reason="contact").status_code == 404
    assert officer.post(f"/cases/{number}/steps/note", on=TODAY, text="x").status_code == 404


def test_a_step_is_done_once_however_often_its_form_is_sent(officer: Browser, desk: Desk, office: Office) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/ask_correction"
    form = carried(officer, path)
    first = officer.post(path, **form, on=TODAY, items="写明年度")
    assert "已记录：告知补正，现为“等待补正”" in first.text
    again = officer.post(path, **form, on=TODAY, items="写明年度")
    assert "先前已经记录，没有重复记录" in again.text
    assert log(office, EventKind.ASK_CORRECTION) == ["web:zhang"]


def test_trying_a_step_shows_the_dates_and_saves_nothing(
    officer: Browser, desk: Desk, office: Office, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "li", Role.HEAD, name="李局")
    number = desk.register("2026-11-20")
    officer.get("/desk")
    officer.post("/sign-out")
    officer.sign_in("li")
    path = f"/cases/{number}/steps/extend"
    page = officer.post(path, **carried(officer, path), on=TODAY, working_days="20", reason="多", **{"try": "1"})
    Page(page.text)
    assert "试算结果（没有保存）" in page.text
    assert "2026-12-18" in page.text
    assert "2027-01-" in page.text
    assert 'value="20"' in page.text
    assert log(office, EventKind.EXTEND) == []


def test_a_refusal_stands_beside_its_field_with_its_article_and_nothing_is_lost(officer: Browser, desk: Desk) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/decide"
    given = {"on": TODAY, "outcome": "refused_internal_affairs", "means": "post_ems", "reply_number": "〔2026〕5号"}
    page = officer.post(path, **carried(officer, path), **given)
    assert page.status_code == 422
    Page(page.text)
    text = unescape(page.text)
    fault = re.search(r'id="e-reasons">.*?</span>(.*?)</div>', text)
    assert fault is not None
    assert "条例第十六条第一款" in fault[1]
    assert 'value="〔2026〕5号"' in text
    assert 'value="refused_internal_affairs" selected' in text


def test_what_cannot_be_read_is_told_field_by_field(officer: Browser, desk: Desk, office: Office) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/bill"
    page = officer.post(path, **carried(officer, path), on="2026-13-01", billed_yuan="千元", tariff="free")
    assert page.status_code == 422
    for name, said in (("on", "不是日期"), ("billed_yuan", "不是金额"), ("tariff", "不在可选的值之中")):
        assert re.search(rf'id="e-{name}">.*?{said}', page.text)
    assert officer.post(path, **carried(officer, path), on="2026-11-23", billed_yuan="1").status_code == 422
    assert officer.post(path, on=TODAY, billed_yuan="1", tariff="by_item").status_code == 400
    assert log(office, EventKind.BILL) == []


def test_fee_measures_art3_the_bill_form_tells_what_either_tariff_comes_to(officer: Browser, desk: Desk) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/bill"
    form = carried(officer, path)
    page = officer.get(path)
    Page(page.text)
    assert "按件" in page.text
    assert "按量：填写页数后按“试算”" in unescape(page.text)
    tried = officer.post(path, **form, on=TODAY, pages="130", billed_yuan="3", tariff="by_volume", **{"try": "1"})
    assert re.search("按量计收，130 页合计 [0-9]+ 元", tried.text)


def test_what_somebody_else_did_meanwhile_is_shown_before_it_is_saved(
    officer: Browser, desk: Desk, office: Office
) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/note"
    form = carried(officer, path)
    desk.then(EventKind.NOTE, "2026-11-21", text="另一人")
    page = officer.post(path, **form, on=TODAY, text="我的记事")
    Page(page.text)
    assert page.status_code == 409
    assert "有了新的记录" in page.text
    assert "officer:zhang" in page.text
    assert "我的记事" in page.text
    assert log(office, EventKind.NOTE) == ["officer:zhang"]
    assert "已记录" in officer.post(path, **dict(CARRIED.findall(page.text)), on=TODAY, text="我的记事").text
    assert log(office, EventKind.NOTE) == ["officer:zhang", "web:zhang"]


def test_a_step_needs_its_own_right(officer: Browser, desk: Desk, office: Office, agency_id: int) -> None:
    number = desk.register("2026-11-20")
    for event in ("extend", "assign", "secrecy_review"):
        assert officer.get(f"/cases/{number}/steps/{event}").status_code == 403
        sent = officer.post(f"/cases/{number}/steps/{event}", on=TODAY, working_days="5", officer="x", version="1")
        assert sent.status_code == 403
    assert officer.get(f"/cases/{number}/steps/carry_over").status_code == 404
    assert officer.get(f"/cases/{number}/steps/register").status_code == 404
    page = officer.get(f"/cases/{number}").text
    assert "告知延期：须有“审批”的权限" in page
    with office.engine.connect() as connection:
        refused = connection.scalars(select(audit_event.c.kind).where(audit_event.c.kind == "refused")).all()
        assert len(refused) == 6


def test_a_voided_entry_stays_and_nobody_voids_what_they_might_not_do(
    officer: Browser, desk: Desk, office: Office
) -> None:
    number = desk.register("2026-11-18")
    desk.then(EventKind.NOTE, "2026-11-19", text="写错了")
    desk.review_secrecy("2026-11-19")
    page = officer.get(f"/cases/{number}").text
    assert f'href="/cases/{number}/steps/void?entry=2"' in page
    assert f'href="/cases/{number}/steps/void?entry=3"' not in page
    path = f"/cases/{number}/steps/void"
    form = carried(officer, f"{path}?entry=2")
    assert officer.post(path, **form, on=TODAY, entry="3", reason="x").status_code == 403
    tried = officer.post(path, **form, on=TODAY, entry="2", reason="录入错误", **{"try": "1"})
    assert "试算结果（没有保存）" in tried.text
    done = officer.post(path, **form, on=TODAY, entry="2", reason="录入错误")
    Page(done.text)
    assert re.search(r'<tr id="e2" class="voided">.*?<s>记事</s> <strong>已作废</strong>', done.text, re.DOTALL)
    assert log(office, EventKind.VOID) == ["web:zhang"]


def test_personal_data_are_shown_once_for_a_reason_that_is_audited(
    officer: Browser, desk: Desk, office: Office
) -> None:
    number = desk.register("2026-11-20")
    page = officer.get(f"/cases/{number}").text
    secret = (WANG.name, WANG.identity_number, WANG.telephone)
    assert not any(str(each) in page for each in secret)
    assert officer.post(f"/cases/{number}/reveal").status_code == 422
    shown = officer.post(f"/cases/{number}/reveal", reason="contact")
    Page(shown.text)
    assert all(str(each) in shown.text for each in secret)
    assert shown.headers["cache-control"] == "no-store"
    assert not any(str(each) in officer.get(f"/cases/{number}").text for each in secret)
    with office.engine.connect() as connection:
        known = audit_event.c
        row = connection.execute(select(known.object, known.detail).where(known.kind == "reveal")).one()
        assert tuple(row) == (number, {"reason": "contact"})


def test_a_reviewer_sees_the_case_and_reveals_nothing(
    browser: Browser, people: Staff, desk: Desk, agency_id: int
) -> None:
    people.enter(agency_id, "bao", Role.SECRECY_REVIEWER, name="保密员")
    browser.sign_in("bao")
    number = desk.register("2026-11-20")
    page = browser.get(f"/cases/{number}").text
    assert "查看申请人的完整信息" not in page
    assert browser.post(f"/cases/{number}/reveal", reason="contact").status_code == 403
    path = f"/cases/{number}/steps/secrecy_review"
    done = browser.post(path, **carried(browser, path), on=TODAY, reviewer="保密员", may_release="yes")
    assert "已记录：保密审查" in done.text


def test_every_form_of_a_step_opens_whole_in_both_languages(
    officer: Browser, people: Staff, desk: Desk, agency_id: int
) -> None:
    people.enter(agency_id, "all", Role.HEAD, Role.OFFICER, Role.SECRECY_REVIEWER)
    officer.get("/desk")
    officer.post("/sign-out")
    officer.sign_in("all")
    number = desk.register("2026-11-20")
    for language in ("en", "zh"):
        officer.get(f"/language/{language}")
        for step in statute.STEPS:
            if not step.by_itself:
                Page(officer.get(f"/cases/{number}/steps/{step.event.value}").text)
        Page(officer.get(f"/cases/{number}").text)


def test_a_command_of_another_case_is_not_taken(officer: Browser, desk: Desk) -> None:
    first, second = desk.register("2026-11-19"), desk.register("2026-11-20")
    command = str(uuid4())
    sent = {"on": TODAY, "text": "记", "version": "1", "command": command}
    officer.get(f"/cases/{first}")
    assert officer.post(f"/cases/{first}/steps/note", **sent).status_code == 200
    assert "已用于另一件办件" in officer.post(f"/cases/{second}/steps/note", **sent).text


@pytest.mark.parametrize(
    ("left", "overdue", "over", "colour", "said"),
    [
        (6, False, 0, "green", "绿牌"),
        (5, False, 0, "yellow", "黄牌"),
        (1, False, 0, "red", "红牌"),
        (0, False, 0, "red", "还剩 0"),
        (-2, True, 0, "black", "逾期 2"),
        (None, True, 3, "black", "逾期 3"),
        (None, False, 0, "blue", "不计时"),
        (-2, False, 0, "red", "内部期限"),
    ],
)
def test_a_card_is_a_colour_and_words(left: int | None, overdue: bool, over: int, colour: str, said: str) -> None:
    found = light(left, is_open=True, overdue=overdue, over=over)
    assert found is not None
    assert (found.colour, said in found.words) == (colour, True)
    assert light(left, is_open=False, overdue=False) is None


def test_every_fact_that_is_asked_for_is_a_fact_of_its_step(desk: Desk, office: Office, agency_id: int) -> None:
    from reports import dossier

    number = desk.register("2026-11-20")
    with office.engine.connect() as connection:
        found = dossier.read(connection, agency_id, number)
    for step in statute.STEPS:
        asked = steps.fields(step.event, found, [])
        assert {each.name for each in asked} <= {fact.name for fact in step.facts}
        needed = {fact.name for fact in step.facts if fact.required}
        assert needed <= {each.name for each in asked}
        first = steps.filled_in(step.event, found, date(2026, 11, 22), "张某")
        assert set(first) - {steps.ON} <= {each.name for each in asked} | {"outcome"}


def test_a_case_is_assigned_to_somebody_who_is_there(
    browser: Browser, people: Staff, desk: Desk, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "li", Role.HEAD, name="李局")
    browser.sign_in("li")
    path = f"/cases/{desk.register('2026-11-20')}/steps/assign"
    form = carried(browser, path)
    assert "不在可选的值之中" in browser.post(path, **form, on=TODAY, officer="无此人").text
    assert "已记录：分派经办人" in browser.post(path, **form, on=TODAY, officer="李局").text
    assert log(office, EventKind.ASSIGN) == ["web:li"]


def test_what_was_recorded_against_the_rules_is_marked(officer: Browser, desk: Desk, office: Office) -> None:
    number = desk.register("2026-11-02")
    desk.then(EventKind.ASK_CORRECTION, "2026-11-04", items="年度", delivered=date(2026, 11, 5))
    past = Happening(EventKind.DECIDE, date(2026, 11, 19), {"outcome": Outcome.GRANTED})
    with office.engine.begin() as connection:
        case_id = records.find(connection, desk.agency_id, number).case_id
        history = History([Command(past, "past", "import", recorded=True)], case_id)
        perform(connection, desk.agency_id, history, desk.cipher, desk.now)
    page = officer.get(f"/cases/{number}").text
    assert "照实登记，不合规定" in page
    assert "已于 2026-11-19 办结" in page
    assert "2026 年表三“予以公开”自然人" in page


@pytest.mark.parametrize("number", ["2019/023", "依申请/2019/23号 补", "50%/甲?#"])
def test_a_number_of_an_old_ledger_may_hold_slashes(officer: Browser, desk: Desk, office: Office, number: str) -> None:
    desk.register("2026-11-20", number=number)
    here = f"/cases/{quote(number)}"
    assert f'href="{here}"' in officer.get("/cases").text
    for address in (here, f"/cases/{quote(number, safe='')}"):
        page = officer.get(address)
        Page(page.text)
        assert f"办件 {number}" in unescape(page.text)
    for under in ("/steps/note", "/wizard", "/bundle"):
        assert f'{here}{under}"' in page.text
        under_it = officer.get(here + under)
        assert (under_it.status_code, number in unescape(under_it.text)) == (200, True)
    done = officer.post(f"{here}/steps/note", **carried(officer, f"{here}/steps/note"), on=TODAY, text="记")
    assert (done.status_code, "已记录：记事" in done.text) == (200, True)
    assert log(office, EventKind.NOTE) == ["web:zhang"]
    assert officer.get(f"{here}/nothing").status_code == officer.get("/cases/2019/024").status_code == 404


def test_a_double_click_records_once_under_any_number(officer: Browser, desk: Desk, office: Office) -> None:
    number = desk.register("2026-11-20", number="依申请〔2026〕1号")
    path = f"/cases/{quote(number)}/steps/note"
    form = carried(officer, path)
    officer.get("/cases")
    with ThreadPoolExecutor(2) as both:
        answers = [
            each.result() for each in [both.submit(officer.post, path, **form, on=TODAY, text="记") for _ in "12"]
        ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(f"办件 {number}" in answer.text for answer in answers)
    assert log(office, EventKind.NOTE) == ["web:zhang"]


def test_a_withdrawn_request_is_not_asked_to_be_served_again(officer: Browser, desk: Desk) -> None:
    def next_steps() -> str:
        return officer.get(f"/cases/{desk.number}").text.partition("下一步</h2>")[2].partition("随时可以记录")[0]

    desk.register("2026-11-16", LI)
    desk.then(EventKind.WITHDRAW, "2026-11-18", how="书面", identity_checked=True)
    assert "/steps/serve_again" not in next_steps()
    desk.register("2026-11-16", WANG)
    desk.refuse("2026-11-18")
    assert "/steps/serve_again" not in next_steps()
    desk.then(EventKind.RETURN, "2026-11-20", reason="查无此人")
    assert "/steps/serve_again" in next_steps()


def test_the_ground_of_reopening_is_not_explained_as_that_of_a_reply(officer: Browser, desk: Desk) -> None:
    desk.register("2026-11-16", LI)
    told = "“予以公开”“本机关不掌握相关政府信息”必须选择"
    assert told in officer.get(f"/cases/{desk.number}/steps/decide").text
    desk.refuse("2026-11-18")
    page = officer.get(f"/cases/{desk.number}/steps/reopen").text
    assert told not in page
    assert "先记“复议诉讼审结”和结果" in page


@pytest.mark.parametrize("kind", [each for each in EventKind if STEP_RIGHTS[each] is not None])
def test_what_a_step_does_to_the_period_is_said_by_itself(kind: EventKind) -> None:
    said = statute.BY_EVENT[kind].clock
    assert case_pages.clock_said(kind).endswith(said.removeprefix("不影响"))
    assert not case_pages.clock_said(kind).startswith(("不影响", "停止", "暂停", "恢复", "延长"))


def test_who_did_a_step_is_named(officer: Browser, desk: Desk) -> None:
    number = desk.register("2026-11-16", LI)
    sent = carried(officer, f"/cases/{number}/steps/note")
    officer.post(f"/cases/{number}/steps/note", on=TODAY, text="来电询问进度", **sent)
    page = officer.get(f"/cases/{number}").text
    assert "张某（zhang）" in page
    assert "web:zhang" not in page
