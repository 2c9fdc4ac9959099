"""The list of cases: found by what an officer knows, with nothing of a person in the address; exported, assigned."""

from __future__ import annotations

import re
from io import BytesIO
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from models.tables import audit_event, case_event, saved_view
from models.vocabulary import EventKind, Role
from tasks.office import Office
from tests.lawful import LI
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from web.routes import cases


@pytest.fixture
def head(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "li", Role.HEAD, name="李局")
    browser.sign_in("li")
    return browser


def listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/cases/[^"]+">([^<]+)</a>', page)


def test_open_cases_come_first_by_their_last_day_with_colour_and_words(head: Browser, desk: Desk) -> None:
    fresh, late = desk.register("2026-11-20"), desk.register("2026-03-02")
    done = desk.register("2026-10-12")
    desk.refuse("2026-10-20")
    page = head.get("/cases")
    Page(page.text)
    assert listed(page.text) == [late, fresh]
    assert re.search(r'light-black">黑牌，逾期 161 个工作日', page.text)
    assert re.search(r'light-green">绿牌，还剩 20 个工作日', page.text)
    assert "共 2 件" in page.text
    assert "王＊＊" in page.text
    assert "王小明" not in page.text
    head.get("/cases")
    assert listed(head.post("/cases/search", state="refused").text) == [done]


def test_a_search_by_applicant_leaves_nothing_of_them_in_the_address(head: Browser, desk: Desk) -> None:
    mine = desk.register("2026-11-20", LI)
    desk.register("2026-11-19")
    head.get("/cases")
    for known in (LI.name, LI.identity_number, LI.telephone):
        found = head.post("/cases/search", applicant=str(known))
        assert listed(found.text) == [mine]
        assert str(known) not in str(found.url)
        assert f'value="{known}"' in found.text
        # The same page again, from its address alone.
        assert listed(head.get(str(found.url)).text) == [mine]
    assert "没有符合条件的办件" in head.post("/cases/search", applicant="赵六").text


def test_an_address_of_somebody_else_opens_nothing(
    head: Browser, another: Browser, people: Staff, desk: Desk, agency_id: int
) -> None:
    people.enter(agency_id, "wang", Role.OFFICER)
    desk.register("2026-11-20", LI)
    head.get("/cases")
    address = head.post("/cases/search", applicant="李四").url
    another.sign_in("wang")
    answer = another.get(f"/cases?{address.query.decode()}")
    assert answer.url.path == "/cases"
    assert not answer.url.query
    assert "李四" not in answer.text
    assert another.get("/cases?q=nothing").status_code == 200


def test_pages_go_on_from_their_last_case(head: Browser, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [desk.register(f"2026-11-{day}") for day in (16, 17, 18)]
    monkeypatch.setattr("workflow.search.page.__kwdefaults__", {"after": None, "before": None, "size": 2})
    first = head.get("/cases")
    assert listed(first.text) == numbers[:2]
    onward = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert onward is not None
    second = head.get(onward[1].replace("&amp;", "&"))
    assert listed(second.text) == numbers[2:]
    back = re.search(r'href="([^"]+)" rel="prev"', second.text)
    assert back is not None
    assert listed(head.get(back[1].replace("&amp;", "&")).text) == numbers[:2]
    assert head.get("/cases?after=x").status_code == 404


def test_what_cannot_be_looked_for_is_told_and_kept(head: Browser) -> None:
    head.get("/cases")
    page = head.post("/cases/search", received_from="2026-11-20", received_to="2026-11-19", text="预算")
    assert page.status_code == 422
    Page(page.text)
    assert "应不早于它" in page.text
    assert 'value="预算"' in page.text
    assert head.post("/cases/search", closed_from="昨天").status_code == 422


def test_a_list_is_exported_with_harmless_cells_and_audited(head: Browser, desk: Desk, office: Office) -> None:
    desk.register("2026-11-20", subject="=HYPERLINK(1)")
    desk.register("2026-11-19", LI)
    page = head.get("/cases")
    assert "导出为 Excel 表格" in page.text
    answer = head.post("/cases/export", q="")
    assert answer.headers["content-disposition"] == 'attachment; filename="cases-2026-11-22.xlsx"'
    rows = list(load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert rows[0][:5] == ("登记编号", "还剩工作日", "申请人", "申请人类别", "申请内容")
    assert [(row[2], row[4]) for row in rows[1:]] == [("李＊", "2025年道路养护合同"), ("王＊＊", "'=HYPERLINK(1)")]
    with office.engine.connect() as connection:
        known = audit_event.c
        row = connection.execute(select(known.object, known.detail).where(known.kind == "export")).one()
        assert tuple(row) == ("cases", {"rows": 2})
    assert [cases.harmless(each) for each in ("=1", "+1", "-1", "@x", "a=1", "")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "a=1",
        "",
    ]


def test_the_columns_that_somebody_chooses_are_shown_saved_and_exported(head: Browser, desk: Desk) -> None:
    number = desk.register("2026-11-20")
    assert "申请人类别</th>" not in head.get("/cases").text
    page = head.post("/cases/search", order="newest", columns=["closed_on", "kind", "unknown"])
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page.text)
    assert (heads, "<td>自然人</td>" in page.text) == (["登记编号", "申请人类别", "办结日期"], True)
    assert re.findall(r'name="columns"[^>]* value="(\w+)" checked', page.text) == ["kind", "closed_on"]
    q = page.url.params["q"]
    head.post("/cases/views", q=q, view="两列")
    assert f"/cases?q={q}" in head.get("/cases").text
    rows = load_workbook(BytesIO(head.post("/cases/export", q=q).content)).worksheets[0].iter_rows(values_only=True)
    assert list(rows) == [("登记编号", "申请人类别", "办结日期"), (number, "自然人", None)]
    usual = head.post("/cases/search", order="newest", columns=[])
    assert re.findall(r'<th scope="col">([^<]+)</th>', usual.text)[1:3] == ["还剩工作日", "申请人"]


def test_too_long_an_export_is_refused_with_a_sentence(
    head: Browser, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "EXPORTED", 1)
    desk.register("2026-11-20")
    desk.register("2026-11-19")
    head.get("/cases")
    page = head.post("/cases/export", q="")
    assert (page.status_code, "超过 1 件，不能一次导出" in page.text) == (422, True)


def test_several_cases_are_assigned_at_once_each_with_its_result(
    head: Browser, desk: Desk, office: Office, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    first, second, third = (desk.register(f"2026-11-{on}") for on in (18, 19, 20))
    there = "乙-1"
    head.get("/cases")
    sent = {"assign_to": "张某", "command": str(uuid4()), "q": ""}
    done = head.post("/cases/assign", case=[first, second], **sent)
    assert "已将 2 件分派给 张某" in done.text
    head.post("/cases/assign", case=[first, second], **sent)
    with office.engine.connect() as connection:
        known = case_event.c
        actors = connection.scalars(select(known.actor).where(known.kind == EventKind.ASSIGN.value)).all()
        assert actors == ["web:li"] * 2
    partly = head.post("/cases/assign", case=[third, there], **{**sent, "command": str(uuid4())})
    Page(partly.text)
    assert (partly.status_code, "没有这个编号的办件" in partly.text, "已分派给 张某" in partly.text) == (
        422,
        True,
        True,
    )
    for wrong, said in (
        ({"case": first, "assign_to": "无此人"}, "不在可以办理的人员之中"),
        ({"assign_to": "张某"}, "没有选择办件"),
    ):
        page = head.post("/cases/assign", command=str(uuid4()), q="", **wrong)
        Page(page.text)
        assert (page.status_code, said in page.text) == (422, True)
    assert head.post("/cases/assign", case=first, assign_to="张某").status_code == 400


def test_what_is_looked_for_again_and_again_is_saved_sealed_for_oneself(
    head: Browser, another: Browser, people: Staff, desk: Desk, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "wang", Role.OFFICER)
    number = desk.register("2026-11-20", LI)
    desk.register("2026-11-19")
    head.get("/cases")
    found = head.post("/cases/search", applicant="李四")
    q = found.url.params["q"]
    saved = head.post("/cases/views", q=q, view="老申请人")
    Page(saved.text)
    assert "已保存查询“老申请人”" in saved.text
    with office.engine.connect() as connection:
        stored = connection.execute(select(saved_view)).one()
        assert "李四".encode() not in stored.query
    again = re.search(r'href="(/cases\?q=[^"]+)">老申请人</a>', head.get("/cases").text)
    assert again is not None
    assert listed(head.get(again[1]).text) == [number]
    another.sign_in("wang")
    assert "老申请人" not in another.get("/cases").text
    another.post("/cases/views/forget", view="老申请人")
    assert "老申请人" in head.get("/cases").text
    head.post("/cases/views/forget", view="老申请人")
    assert "老申请人" not in head.get("/cases").text
    assert head.post("/cases/views", q=q, view="").status_code == 422
    assert head.post("/cases/views", q="x", view="x").status_code == 400


def test_no_more_views_are_saved_than_a_page_can_show(
    head: Browser, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "VIEWS", 1)
    head.get("/cases")
    q = head.post("/cases/search", text="预算").url.params["q"]
    head.post("/cases/views", q=q, view="甲")
    assert "请先删除不用的" in head.post("/cases/views", q=q, view="乙").text
    assert "已保存查询“甲”" in head.post("/cases/views", q=q, view="甲").text


def test_cases_are_given_only_to_who_may_handle_them(head: Browser, desk: Desk, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    for login, role in (("sys", Role.SYSTEM_ADMINISTRATOR), ("sec", Role.SECRECY_REVIEWER), ("clerk", Role.CLERK)):
        people.enter(agency_id, login, role, name=f"{login}某")
    number = desk.register("2026-11-18")
    offered = head.get("/cases").text.partition('name="assign_to"')[2].partition("</select>")[0]
    step = head.get(f"/cases/{number}/steps/assign").text.partition('name="officer"')[2].partition("</select>")[0]
    for options in (offered, step):
        assert set(re.findall(r'<option value="([^"]+)"', options)) == {"张某", "李局"}
    refused = head.post("/cases/assign", case=[number], assign_to="sys某", command=str(uuid4()), q="")
    assert (refused.status_code, "不在可以办理的人员之中" in refused.text) == (422, True)
    assert desk.case.officer is None
