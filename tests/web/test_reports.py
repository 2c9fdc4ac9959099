"""年报: every figure opens to its cases, a file is audited, sealing is refused as on the command line."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import audit_event
from models.vocabulary import ApplicantKind, Role
from reports.checks import Finding
from reports.figures import zero_figures
from tasks.office import Office
from tests.histories import another_agency
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Clock, Staff
from tests.web.test_frame import Page
from web.routes import reports


@pytest.fixture
def desk(office: Office, agency_id: int, cipher: FieldCipher) -> Desk:
    """Two requests of 2026: one refused, one of a company still open."""
    made = Desk(office.engine, agency_id, cipher)
    made.register("2026-03-02")
    made.refuse("2026-03-20")
    made.register("2026-11-16", applicant_kind=ApplicantKind.COMPANY)
    return made


@pytest.fixture
def head(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "head", Role.HEAD, name="李科长")
    browser.sign_in("head")
    return browser


def audited(office: Office) -> list[tuple[str, str, object]]:
    known = audit_event.c
    with office.engine.connect() as connection:
        rows = connection.execute(select(known.kind, known.object, known.detail).order_by(known.id))
        return [(row.kind, row.object, row.detail) for row in rows]


def test_every_figure_of_tables_three_and_four_opens_to_as_many_cases(head: Browser, desk: Desk) -> None:
    page = head.get("/reports/2026")
    Page(page.text)
    links = re.findall(r'<td id="c-[\w-]+"[^>]*><a href="([^"]+)">(\d+)</a></td>', page.text)
    assert len(links) > 6
    for address, figure in links:
        listed = head.get(unescape(address))
        Page(listed.text)
        assert len(re.findall(r'<th scope="row">', listed.text)) == int(figure)
    assert head.get("/reports/2026/cells?cell=applications/nothing").status_code == 404
    assert head.get("/reports/2026/cells").status_code == 200


def test_what_the_checks_find_leads_to_its_place(
    head: Browser, another: Browser, people: Staff, agency_id: int, desk: Desk
) -> None:
    place = re.compile(r'<a href="([^"]+)">看这一处</a>')
    found = place.findall(head.get("/reports/2026").text)
    assert len(found) > 5
    assert {head.get(unescape(each)).status_code for each in found} == {200}
    people.enter(agency_id, "leader", Role.LEADER)
    another.sign_in("leader")
    page = another.get("/reports/2026").text
    assert {each.removeprefix("#") for each in place.findall(page)} <= set(re.findall(r' id="([^"]+)"', page))


@pytest.mark.parametrize(
    ("rule", "where", "anchor"),
    [
        ("K1", "applications/自然人", "c-applications-new-0"),
        ("K2", "applications/总计", "c-applications-results-total-6"),
        ("K4", "applications/商业企业", "c-applications-carried_in-1"),
        ("K5", "reviews/行政复议", "c-reviews-reconsideration-0"),
        ("K4", "year", None),
    ],
)
def test_a_finding_names_a_cell_that_is_on_the_page(
    head: Browser, desk: Desk, rule: str, where: str, anchor: str | None
) -> None:
    found = reports._where(Finding(rule, "error", where, ""), zero_figures("某局", 2026, "2021"), None)
    assert found == (None if anchor is None else f"#{anchor}")
    assert anchor is None or f' id="{anchor}"' in head.get("/reports/2026").text


def test_a_file_of_the_report_is_audited_as_export(head: Browser, desk: Desk, office: Office) -> None:
    answer = head.client.get("/reports/2026/download?format=json")
    assert json.loads(answer.content)["applications"]["new"][-1] == 2
    assert answer.headers["content-disposition"].startswith('attachment; filename="report-2026.json"')
    assert head.client.get("/reports/2026/download?format=docx").content[:2] == b"PK"
    assert head.client.get("/reports/2026/download?format=exe").status_code == 404
    exported = [(of, detail) for kind, of, detail in audited(office) if kind == "export"]
    assert exported == [("report 2026", {"format": each, "version": None}) for each in ("json", "docx")]


def test_a_year_that_is_not_over_and_words_not_written_are_not_sealed(
    head: Browser, desk: Desk, office: Office, clock: Clock
) -> None:
    head.get("/reports/2026")
    early = head.post("/reports/2026/seal")
    assert (early.status_code, "才结束" in early.text) == (422, True)
    desk.close_the_year(2026)
    clock.now += timedelta(days=60)
    head.sign_in("head")
    assert "草稿" in head.get("/reports").text
    head.get("/reports/2026")
    refused = head.post("/reports/2026/seal")
    Page(refused.text)
    assert (refused.status_code, 'href="#f-despite"' in refused.text) == (422, True)
    # What is amiss is said in words, not by the names that commands have for rules and cells.
    assert "<li>开头尚未写完" in refused.text
    assert "TEXT texts/" not in refused.text
    sealed = head.post("/reports/2026/seal", despite="先行定稿")
    Page(sealed.text)
    assert "已封存为第 1 版" in sealed.text
    assert "李科长（head）" in sealed.text
    assert [of for kind, of, _ in audited(office) if kind == "report_sealed"] == ["report 2026"]
    unreasoned = head.post("/reports/2026/seal", act="amend")
    assert (unreasoned.status_code, 'href="#f-reason"' in unreasoned.text) == (422, True)
    # What is recorded later does not move the sealed figures, and is listed.
    number = desk.register("2026-11-17")
    later = head.get("/reports/2026").text
    assert "封存以后的变动" in later
    assert number in later
    owed = head.post("/reports/2026/seal", act="amend", reason="补记", despite="补记")
    assert (owed.status_code, "结转还没有完成" in owed.text) == (422, True)
    desk.close_the_year(2026)
    assert "已封存为第 2 版" in head.post("/reports/2026/seal", act="amend", reason="补记", despite="补记").text
    Page(head.get("/reports/2026?version=1").text)
    early = head.post("/reports/2026/published", on="2026-12-30", place="市政府网站")
    assert (early.status_code, 'href="#f-on"' in early.text) == (422, True)
    assert (
        "2027-01-15 已提交并公布：市政府网站"
        in head.post("/reports/2026/published", on="2027-01-15", place="市政府网站").text
    )
    assert head.get("/reports/2026?version=3").status_code == 404


def test_whoever_may_not_seal_or_see_is_refused(browser: Browser, people: Staff, agency_id: int, desk: Desk) -> None:
    people.enter(agency_id, "leader", Role.LEADER)
    people.enter(agency_id, "clerk", Role.CLERK)
    browser.sign_in("leader")
    page = browser.get("/reports/2026")
    assert page.status_code == 200
    assert browser.post("/reports/2026/seal", despite="x").status_code == 403
    browser.get("/desk")
    browser.post("/sign-out")
    browser.sign_in("clerk")
    assert browser.get("/reports").status_code == 403
    assert browser.get("/reports/2026/cells").status_code == 403


def test_a_year_without_a_form_is_not_there(head: Browser) -> None:
    assert head.get("/reports/2007").status_code == 404
    assert head.get("/reports/x").status_code == 400
    Page(head.get("/reports").text)


def test_words_take_their_figures_by_name_and_a_name_that_is_none_is_told(head: Browser, desk: Desk) -> None:
    Page(head.get("/reports/2026/texts").text)
    part = {"part": "1/summary"}
    seen = head.post("/reports/2026/texts", body="全年新收{本年新收}件。", act="preview", **part)
    assert "全年新收2件。" in seen.text
    assert "全年新收" not in head.get("/reports/2026").text
    wrong = head.post("/reports/2026/texts", body="{没有的数}", act="save", **part)
    Page(wrong.text)
    assert (wrong.status_code, 'href="#f-body"' in wrong.text) == (422, True)
    assert "已保存" in head.post("/reports/2026/texts", body="全年新收{本年新收}件。", act="save", **part).text
    desk.register("2026-11-18")
    assert "全年新收3件。" in head.get("/reports/2026").text
    head.get("/reports/2026/texts")
    head.post("/reports/2026/texts", act="default", **part)
    assert "全年新收" not in head.get("/reports/2026").text
    assert head.get("/reports/2026/texts?part=9/x").status_code == 404


def test_another_agencys_cases_are_in_no_list_and_no_figure(
    head: Browser, another: Browser, people: Staff, desk: Desk, office: Office
) -> None:
    people.enter(another_agency(office.engine), "theirs", Role.CLERK)
    another.sign_in("theirs")
    letter = {"channel": "in_person", "submitted_on": "2026-11-20", "kind": "company", "subject": "别的机关的申请"}
    # Their third number is one that we have not given.
    for _ in range(3):
        another.get("/register")
        assert "已登记" in another.post("/register", act="save", **letter).text
    pages = ["/reports/2026", "/reports/2026/cells?cell=applications/new", "/desk?whose=all", "/inbox"]
    assert not [path for path in pages if "别的机关的申请" in head.get(path).text]
    assert json.loads(head.client.get("/reports/2026/download?format=json").content)["applications"]["new"][-1] == 2
    assert head.get("/register/done?number=2026-0003").status_code == 404
    assert another.get("/register/done?number=2026-0003").status_code == 200
