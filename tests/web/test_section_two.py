"""主动公开 (Art. 20(1), (5), (6), (8)): figures with their source, and the register that counts where none was entered."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from models.vocabulary import Role
from reports import proactive, registers
from reports.rollup import roll_up
from tasks.office import Office
from tests.conftest import AGENCY_NAME
from tests.histories import another_agency
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page

CIRCULAR = {
    "kind": "normative_documents",
    "title": "某某办法",
    "number": "某政规〔2026〕1号",
    "issued": "2026-03-01",
    "repealed": "",
    "source": "登记簿",
}


@pytest.fixture
def officer(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "zhang", Role.OFFICER)
    browser.sign_in("zhang")
    return browser


def figures(engine: Engine, agency_id: int, key: str) -> tuple[object, ...]:
    with engine.connect() as connection:
        return roll_up(connection, agency_id, AGENCY_NAME, 2026).proactive[key]


def filled(page: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r'name="((?:n|source)-[^"]+)"', page), "")


def test_a_document_is_entered_counted_corrected_and_taken_out(
    officer: Browser, office: Office, agency_id: int
) -> None:
    Page(officer.get("/documents").text)
    officer.post("/documents", **CIRCULAR)
    assert figures(office.engine, agency_id, "normative_documents") == (1, 0, 1)
    # Not a second of the same number: it would replace the first unseen.
    twice = officer.post("/documents", **{**CIRCULAR, "title": "另一办法"})
    Page(twice.text)
    assert (twice.status_code, "已在登记簿里" in twice.text) == (422, True)
    number = CIRCULAR["number"]
    opened = officer.get("/documents", params={"number": number})
    Page(opened.text)
    assert 'value="某某办法"' in opened.text
    changed = {**CIRCULAR, "number": "某政规〔2026〕2号", "repealed": "2026-10-01", "correcting": number}
    officer.post("/documents", **changed)
    assert figures(office.engine, agency_id, "normative_documents") == (1, 1, 0)
    assert officer.get("/documents", params={"number": number}).status_code == 404
    for more, said in (
        ({"issued": ""}, "没有填写"),
        ({"repealed": "2026-01-01"}, "早于制发日期"),
        ({"kind": "novel"}, "不认识"),
        ({"title": ""}, "没有填写"),
    ):
        answer = officer.post("/documents", **{**CIRCULAR, **more})
        Page(answer.text)
        assert (answer.status_code, said in answer.text) == (422, True), more
    officer.post("/documents/remove", number="某政规〔2026〕2号")
    with office.engine.connect() as connection:
        assert registers.listed(connection, agency_id) == []
    assert officer.post("/documents/remove", number="某政规〔2026〕2号").status_code == 404


def test_a_table_of_documents_is_taken_whole_or_not_at_all(officer: Browser, office: Office, agency_id: int) -> None:
    officer.get("/documents")

    def load(content: str, name: str = "登记簿.csv") -> str:
        answer = officer.client.post(
            "/documents/load",
            data={"form_token": officer.token},
            files={"file": (name, content.encode())},
            headers={"accept": "text/html"},
        )
        Page(answer.text)
        return answer.text

    head = "文件名称,文号,制发日期\n某办法,1号,2026-01-05\n"
    assert "不是有效日期" in load(head + "某规定,2号,2026-13-05\n")
    assert "文件是空的" in load("")
    for name in ("登记簿.xlsx", "登记簿.exe", "登记簿"):
        assert f"{name}：内容与扩展名不符" in load(head, name)
    assert "登记簿.xlsx：" in load("PK", "登记簿.xlsx")
    with office.engine.connect() as connection:
        assert registers.listed(connection, agency_id) == []
    assert "读取 2 件，变化 2 件" in load(head + "某规定,2号,2026-02-05\n")


def test_figures_stand_above_the_register_until_they_are_taken_back(
    officer: Browser, office: Office, agency_id: int
) -> None:
    officer.get("/documents")
    officer.post("/documents", **CIRCULAR)
    path = "/reports/2026/proactive"
    page = officer.get(path)
    Page(page.text)
    empty = filled(page.text)
    assert "按登记簿：" in page.text
    typed = {
        "n-normative_documents-0": "5",
        "n-normative_documents-1": "0",
        "n-normative_documents-2": "9",
        "source-normative_documents": "法规科",
    }
    done = officer.post(path, **{**empty, **typed})
    assert "已保存 1 项" in done.text
    assert "报告用录入的" in done.text
    assert figures(office.engine, agency_id, "normative_documents") == (5, 0, 9)
    assert "没有变动" in officer.post(path, **{**empty, **typed}).text
    officer.post(path, **empty)
    assert figures(office.engine, agency_id, "normative_documents") == (1, 0, 1)
    with office.engine.connect() as connection:
        assert proactive.entered(connection, agency_id) == {}
    other = another_agency(office.engine)
    assert figures(office.engine, other, "normative_documents") == (0, 0, 0)


def test_a_figure_that_cannot_be_is_refused_beside_its_field(officer: Browser, office: Office, agency_id: int) -> None:
    path = "/reports/2026/proactive"
    page = officer.get(path).text
    empty = filled(page)
    single = [name for name in empty if name.startswith("n-") and name[:-1] + "1" not in empty]
    field = single[0]
    source = "source-" + field[2:-2]
    for typed, said in (
        ({field: "很多", source: "台账"}, "“很多”不能用作"),
        ({field: "-1", source: "台账"}, "不小于 0"),
        ({field: "417", source: ""}, "没有写来源"),
    ):
        answer = officer.post(path, **{**empty, **typed})
        Page(answer.text)
        assert (answer.status_code, said in answer.text) == (422, True), typed
        assert f'href="#f-{source if "来源" in said else field}"' in answer.text
    officer.post(path, **{**empty, field: "417", source: "台账"})
    with office.engine.connect() as connection:
        (entry,) = proactive.entered(connection, agency_id)[2026]
    assert (entry.figures, entry.source) == ((Decimal(417),), "台账")
    assert 'value="417"' in officer.get(path).text
    assert officer.get("/reports/2018/proactive").status_code == 404
