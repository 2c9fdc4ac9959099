"""七步审查 on pages: a question a page, the way in the address, the reply's form with what the way settled."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import case_event
from models.vocabulary import EventKind
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.conftest import Browser
from tests.web.test_frame import Page

TODAY = "2026-11-22"
CARRIED = re.compile(r'name="(version|command|way)" value="([^"]*)"')


def test_the_way_from_the_first_question_to_the_reply_is_stored_with_it(
    officer: Browser, desk: Desk, office: Office
) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    assert f'href="{here}/wizard"' in officer.get(here).text
    page = officer.get(f"{here}/wizard")
    Page(page.text)
    assert "申请是否需要补正？" in page.text
    assert f'href="{here}/steps/decide"' in page.text
    for names, answer in (
        ("", "clear"),
        ("clear", "information"),
        ("clear.information", "ours"),
        ("clear.information.ours", "held"),
        ("clear.information.ours.held", "refuse"),
        ("clear.information.ours.held.refuse", "process"),
    ):
        page = officer.get(f"{here}/wizard?way={names}&answer={answer}&go=1")
        Page(page.text)
        assert page.url.params["way"] == f"{names}.{answer}".removeprefix(".")
    assert f'href="{here}/wizard?way=clear.information.ours.held.refuse&amp;answer_was=process"' in page.text
    form = officer.get(f"{here}/wizard?way=clear.information.ours.held.refuse.process&answer=ems&go=1")
    Page(form.text)
    assert form.url.path == f"{here}/steps/decide"
    assert 'name="outcome"' not in form.text
    assert 'name="means"' not in form.text
    assert 'name="other_agency"' not in form.text
    carried = dict(CARRIED.findall(form.text))
    wanting = officer.post(form.url.path, **carried, on=TODAY)
    assert wanting.status_code == 422
    assert 'id="e-reasons"' in wanting.text
    tried = officer.post(form.url.path, **carried, on=TODAY, reasons="过程稿", **{"try": "1"})
    assert "试算结果（没有保存）" in tried.text
    done = officer.post(form.url.path, **carried, on=TODAY, reasons="过程稿，第十六条第二款")
    assert "已记录：答复" in done.text
    assert (
        "补不补：不需要补正；是不是：是，要求提供政府信息；谁负责：由本机关负责公开；有没有：有现成的信息" in done.text
    )
    with office.engine.connect() as connection:
        facts = connection.scalars(select(case_event.c.facts).where(case_event.c.kind == EventKind.DECIDE.value)).one()
    assert (facts["outcome"], facts["means"]) == ("refused_process", "post_ems")
    assert facts["path"].endswith("怎么答：书面，邮政EMS寄送")


def test_an_answer_that_the_case_contradicts_is_refused_with_its_article(officer: Browser, desk: Desk) -> None:
    here = f"/cases/{desk.register('2026-11-02')}"
    page = officer.get(f"{here}/wizard")
    assert re.search(r'id="f-answer-correct" value="correct" disabled', page.text)
    assert "条例第三十条" in page.text
    refused = officer.get(f"{here}/wizard?answer=correct&go=1")
    Page(refused.text)
    assert (refused.status_code, refused.url.path) == (422, f"{here}/wizard")
    found = officer.get(f"{here}/wizard?way=clear.information.ours.held&answer=open&go=1")
    assert found.status_code == 422
    assert "没有保密审查记录" in found.text
    assert "先由有权限的人员办“保密审查”" in found.text
    # A way that was written into the address by hand is looked at as well.
    beyond = officer.get(f"{here}/wizard?way=clear.information.ours.held.open&answer=as_asked&go=1")
    assert (beyond.status_code, "没有保密审查记录" in beyond.text) == (422, True)


def test_an_answer_that_needs_another_step_first_leads_to_its_form(officer: Browser, desk: Desk) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    correction = officer.get(f"{here}/wizard?answer=correct&go=1")
    assert correction.url.path == f"{here}/steps/ask_correction"
    consultation = officer.get(f"{here}/wizard?way=clear.information.ours.held&answer=ask_third_party&go=1")
    assert consultation.url.path == f"{here}/steps/consult"
    assert 'value="third_party" selected' in consultation.text
    fee = officer.get(f"{here}/wizard?way=clear.information.ours.held.open&answer=fee&go=1")
    assert fee.status_code == 422
    desk.choose("charges_fees", "是")
    desk.review_secrecy(TODAY)
    fee = officer.get(f"{here}/wizard?way=clear.information.ours.held.open&answer=fee&go=1")
    assert fee.url.path == f"{here}/steps/bill"


@pytest.mark.parametrize("query", ["way=perhaps", "way=correct", "way=clear.clear", "way=..."])
def test_a_way_that_is_none_is_not_there(officer: Browser, desk: Desk, query: str) -> None:
    assert officer.get(f"/cases/{desk.register('2026-11-20')}/wizard?{query}").status_code == 404


def test_what_is_not_answered_or_not_on_the_list_is_asked_again(officer: Browser, desk: Desk) -> None:
    here = f"/cases/{desk.register('2026-11-20')}/wizard"
    assert "没有选择，请选择一个回答" in unescape(officer.get(f"{here}?go=1").text)
    assert "不在可选的值之中" in officer.get(f"{here}?answer=perhaps&go=1").text
    back = officer.get(f"{here}?answer_was=clear")
    assert re.search(r'value="clear" checked', back.text)


def test_the_seven_steps_are_not_there_for_a_case_that_is_none_of_ours_or_done(
    officer: Browser, desk: Desk, office: Office, cipher: FieldCipher
) -> None:
    there = Desk(office.engine, enrol(office.engine, "bieju", "别的局"), cipher)
    desk._taken = 10
    number = there.register("2026-11-20", number="乙-1")
    assert officer.get(f"/cases/{number}/wizard").status_code == 404
    own = desk.register("2026-11-18")
    desk.refuse("2026-11-20")
    assert officer.get(f"/cases/{own}/wizard").status_code == 404
    assert f"/cases/{own}/wizard" not in officer.get(f"/cases/{own}").text


def test_a_reply_may_not_carry_a_way_that_does_not_lead_to_it(officer: Browser, desk: Desk) -> None:
    path = f"/cases/{desk.register('2026-11-20')}/steps/decide"
    carried = dict(CARRIED.findall(officer.get(path).text))
    for way in ("clear", "correct", "nothing"):
        assert officer.post(path, **carried, on=TODAY, way=way).status_code == 400
