"""``yishen report seal`` and what follows it, as an officer calls it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from models.tables import inbox_item
from reports import area_issues
from runtime.database import Database
from tasks import report_dates
from tests.conftest import AGENCY, AGENCY_NAME, Yishen
from tests.ledgers import answered, figure, inside, request, write_csv, write_words

YEAR = 2021
FIRST = [answered("2021-0001"), request("2021-0002", 收到日期="2021-12-20")]


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, on a fresh database with one agency whose year 2021 is closed."""
    yishen = inside(database, tmp_path, monkeypatch, capsys)
    ledger = write_csv(tmp_path / "台账.csv", FIRST)
    assert yishen("import", ledger, "--agency", AGENCY).code == 0
    assert yishen("year-end", YEAR, "--agency", AGENCY).code == 0
    write_words(database.engine, agency_id, YEAR)
    return yishen


def report(here: Yishen, command: str, *arguments: object) -> Any:
    """The JSON of a command of ``yishen report``."""
    return json.loads(here("report", command, YEAR, "--agency", AGENCY, *arguments, "--json").out)


def test_a_year_from_its_seal_to_its_corrected_version(here: Yishen, tmp_path: Path) -> None:
    sealed = report(here, "seal", "--actor", "王主任")
    assert (sealed["version"], sealed["actor"], sealed["year"]) == (1, "王主任", YEAR)
    assert report(here, "amendments")["amendments"] == []
    late = write_csv(tmp_path / "补登.csv", [answered("2021-0003", 收到日期="2021-11-02", 答复日期="2021-11-20")])
    assert here("import", late, "--agency", AGENCY).code == 0
    told = here("report", "amendments", YEAR, "--agency", AGENCY)
    assert told.code == 1
    assert "2021-0003 表三“本年新收”自然人一列：0 → 1，因 2021-11-02 登记" in told.out

    build = ("report", "build", YEAR, "--agency", AGENCY, "--format", "json", "--out")
    new = {}
    amended = report(here, "amend", "--actor", "王主任", "--reason", "漏登一件")
    assert (amended["version"], amended["reason"]) == (2, "漏登一件")
    for name, options in {"newest": (), "first": ("--version", 1), "draft": ("--draft",)}.items():
        path = tmp_path / f"{name}.json"
        assert here(*build, path, *options).code == 0
        new[name] = json.loads(path.read_text())["applications"]["new"][-1]
    assert new == {"newest": 3, "first": 2, "draft": 3}
    assert [issue["version"] for issue in report(here, "issues")] == [1, 2]
    verified = json.loads(here("verify", "--json").out)
    assert (verified["ok"], verified["issues"]) == (True, 2)


def test_a_report_that_is_sealed_already_or_whose_year_is_not_closed_is_refused(here: Yishen) -> None:
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    again = here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任")
    assert again.code == 2
    assert "更正应使用 yishen report amend" in again.err
    for call in (("seal", 2022, "--actor", "王"), ("amend", 2022, "--actor", "王", "--reason", "错")):
        refused = here("report", *call, "--agency", AGENCY)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
        assert "尚未年终结转" in refused.err
    assert "没有更正事项" in here("report", "amendments", 2022, "--agency", AGENCY).err


def test_errors_are_listed_and_nothing_is_sealed_unless_a_reason_is_given(here: Yishen, tmp_path: Path) -> None:
    figures = write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", 3)])
    assert here("import", figures, "--agency", AGENCY).code == 0
    blank = here("report", "seal", YEAR, "--agency", AGENCY, "--actor", " ")
    assert (blank.code, "--actor：为空" in blank.err) == (2, True)
    assert report(here, "issues") == []
    assert report(here, "findings")["version"] is None
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    assert report(here, "findings")["version"] == 1


def test_reminders_of_the_report_stop_once_it_is_published_and_not_when_it_is_sealed(
    here: Yishen, database: Database, agency_id: int
) -> None:
    def told() -> list[str]:
        with database.engine.connect() as connection:
            report_dates.remind(connection, agency_id, YEAR, datetime(2022, 1, 20, 1, tzinfo=UTC), date(2022, 1, 20))
            found = connection.execute(
                select(inbox_item.c.text).where(inbox_item.c.text.contains("条例第四十九条"))
            ).scalars()
            said = list(found)
            connection.rollback()
            return said

    (before,) = told()
    assert "（条例第四十九条），公布后请在“年报”中登记提交和公布；还剩" in before
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    (sealed,) = told()
    assert "1 月 31 日前提交主管部门并向社会公布" in sealed
    assert "已封存第 1 版，公布后请在“年报”中登记" in sealed
    assert "还没有登记提交和公布" in here("report", "issues", YEAR, "--agency", AGENCY).out
    assert here("settings", "set", "area_report", "是", "--agency", AGENCY).code == 0
    for wrong in (("--on", "2021-12-31", "--where", "官网"), ("--on", "2022-01-28", "--where", " ")):
        refused = here("report", "published", YEAR, "--agency", AGENCY, *wrong)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    published = report(here, "published", "--on", "2022-01-28", "--where", "http://www.example.gov.cn/")
    assert published["published_on"] == "2022-01-28"
    assert told() == []
    assert (
        "2022-01-28 已提交并公布，http://www.example.gov.cn/" in here("report", "issues", YEAR, "--agency", AGENCY).out
    )
    # The area's report is another, due on another day.
    with database.engine.connect() as connection:
        march = datetime(2022, 3, 30, 1, tzinfo=UTC), date(2022, 3, 30)
        assert report_dates.remind(connection, agency_id, YEAR, *march) == 1
        connection.rollback()
    assert (
        here("report", "published", YEAR, "--agency", AGENCY, "--area", "--on", "2022-03-29", "--where", "官网").code
        == 0
    )
    with database.engine.connect() as connection:
        assert report_dates.remind(connection, agency_id, YEAR, *march) == 0


def test_arrivals_that_no_cell_counts_are_listed_with_the_reason(here: Yishen) -> None:
    voided = ("作废一条记录", "第几条记录=1", "理由=重复登记", "--agency", AGENCY)
    assert here("case", "record", "2021-0002", *voided).code == 0
    (found,) = report(here, "cases", "--unplaced")
    assert (found["number"], found["why"]) == ("2021-0002", "已作废")
    assert "2021-0002 收到 2021-12-20（已作废）" in here("report", "cases", YEAR, "--agency", AGENCY, "--unplaced").out


def test_a_cell_opens_to_its_cases_and_a_case_to_its_cells(here: Yishen) -> None:
    found = report(here, "cases", "--cell", "applications/results/granted", "--column", "自然人")
    assert [each["number"] for each in found] == ["2021-0001"]
    named = here("report", "cases", YEAR, "--agency", AGENCY, "--cell", "结转下年度").out
    assert "表三“结转下年度”总计一列：1 件" in named
    printed = report(here, "cases", "--cell", "（一）予以公开")
    assert [each["number"] for each in printed] == ["2021-0001"]
    assert "2021-0002" in named
    cells = report(here, "cases", "--case", "2021-0002")
    assert [(each["cell"], each["column"]) for each in cells] == [
        ("applications/carried_out", "自然人"),
        ("applications/new", "自然人"),
    ]
    shown = json.loads(here("case", "show", "2021-0001", "--agency", AGENCY, "--json").out)
    assert {each["cell"] for each in shown["cells"]} == {
        f"applications/{path}" for path in ("new", "results/granted", "results/total")
    }
    assert report(here, "cases", "--unplaced") == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cases",), "应给出其中一个"),
        (("cases", "--cell", "new", "--unplaced"), "应给出其中一个"),
        (("cases", "--cell", "nothing"), "不是报告的一行，应为：本年新收、上年结转"),
        (("cases", "--cell", "行政处罚"), "没有办件；数和来源见 yishen report register figures"),
        (("build", "--format", "html", "--out", "no/where.html"), "（没有这个文件或者文件夹）"),
        (("cases", "--cell", "new", "--version", 2), "没有第 2 版，尚未封存"),
        (("cases", "--cell", "new", "--version", 1, "--draft"), "不能与 --draft 同时使用"),
        (("cases", "--case", "2021-9999"), "没有登记编号为“2021-9999”的办件"),
        (("area", "--format", "doc"), "“doc”不认识"),
        (("area", "--out", "area.txt"), "“txt”不认识"),
        (("area", "--out", "area"), "“area”没有后缀"),
        (("area", "--version", 1), "没有第 1 版，尚未封存"),
        (("area", "--actor", "某人"), "应与 --seal 一起给出"),
        (("area", "--version", 1, "--seal"), "不能与 --seal"),
        (("area", "--seal"), "--actor：为空"),
        (("area", "--previous", "x.json"), "没有这个文件"),
        (("area", "--read", "."), "里没有报告"),
    ],
)
def test_a_wrong_call_is_one_sentence(here: Yishen, tmp_path: Path, arguments: tuple[Any, ...], told: str) -> None:
    (tmp_path / "empty").mkdir()
    given = [tmp_path / "empty" if each == "." else each for each in arguments]
    refused = here("report", given[0], YEAR, "--agency", AGENCY, *given[1:])
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert told in refused.err


def test_an_area_is_added_up_from_the_agencies_under_an_authority(here: Yishen, tmp_path: Path) -> None:
    placed = here("init", "--agency", "shi", "--name", "某市人民政府")
    assert placed.code == 0
    assert here("init", "--agency", AGENCY, "--name", AGENCY_NAME, "--under", "shi").code == 0
    loop = here("init", "--agency", "shi", "--name", "某市人民政府", "--under", AGENCY)
    assert (loop.code, "主管机关应在它之上" in loop.err) == (2, True)
    out = tmp_path / "area.json"
    done = here("report", "area", YEAR, "--agency", "shi", "--json", "--out", out)
    assert done.code == 0
    document = json.loads(done.out)
    assert (document["agency"], document["applications"]["new"][-1]) == ("某市人民政府", 2)
    assert document["not_filed"] == [AGENCY_NAME, "某市人民政府"]
    assert json.loads(out.read_text())["applications"] == document["applications"]

    told = here("report", "area", YEAR, "--agency", "shi", "--out", tmp_path / "area.xlsx").out
    (line,) = (line.split() for line in told.splitlines() if line.startswith(f"  {AGENCY_NAME} "))
    assert line == [AGENCY_NAME, "未封存，按台账", "2", "0", "1", "1", "0", "0"]
    from openpyxl import load_workbook

    sheet = load_workbook(tmp_path / "area.xlsx")["各机关情况"]
    assert [cell.value for cell in sheet[2]] == [AGENCY_NAME, "未封存，按台账", 2, 0, 1, 1, 0, 0]
    assert [cell.value for cell in sheet[4]][2:] == [2, 0, 1, 1, 0, 0]

    own = tmp_path / "reports" / "own.json"
    own.parent.mkdir()
    build = ("report", "build", YEAR, "--agency", AGENCY, "--format", "json", "--out", own)
    assert here(*build).code == 0
    read = here("report", "area", YEAR, "--agency", "shi", "--read", own.parent, "--published", own, "--json")
    assert read.code == 0
    document = json.loads(read.out)
    assert document["not_filed"] == ["某市人民政府"]
    assert not [finding for finding in document["findings"] if finding["rule"] == "K9"]


def test_the_report_of_an_area_is_sealed_with_what_each_agency_gave_to_it(here: Yishen, tmp_path: Path) -> None:
    assert here("init", "--agency", "shi", "--name", "某市人民政府").code == 0
    assert here("init", "--agency", AGENCY, "--name", AGENCY_NAME, "--under", "shi").code == 0
    seal = ("report", "area", YEAR, "--agency", "shi", "--seal", "--actor", "秘书长")
    refused = here(*seal)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines()[0] == f"{AGENCY_NAME}：报告没有封存，也没有读到其已发布的报告"
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    document = json.loads(here(*seal, "--json").out)
    (given,) = [each for each in document["issue"]["agencies"] if each["code"] == AGENCY]
    assert (given["version"], given["totals"]["new"], document["issue"]["version"]) == (1, 2, 1)
    again = here(*seal)
    assert "已封存（第 1 版，" in again.err
    assert "都没有变动，不需要更正" in here(*seal, "--reason", "再来").err

    late = write_csv(tmp_path / "补登.csv", [answered("2021-0003", 收到日期="2021-11-02", 答复日期="2021-11-20")])
    assert here("import", late, "--agency", AGENCY).code == 0
    assert here("report", "amend", YEAR, "--agency", AGENCY, "--actor", "王主任", "--reason", "漏登").code == 0
    told = here("report", "area", YEAR, "--agency", "shi").out
    assert "表三“本年新收”自然人一列：1 → 2" in told or "表三“本年新收”自然人一列：2 → 3" in told
    assert here(*seal, "--reason", "下级更正").code == 0
    for version, new in ((1, 2), (2, 3)):
        out = tmp_path / f"{version}.json"
        assert here("report", "area", YEAR, "--agency", "shi", "--version", version, "--out", out).code == 0
        assert json.loads(out.read_text())["applications"]["new"][-1] == new
    verified = json.loads(here("verify", "--json").out)
    assert (verified["ok"], verified["issues"]) == (True, 4)


def test_a_sealed_area_that_was_tampered_with_is_found(here: Yishen, database: Database) -> None:
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    assert here("report", "area", YEAR, "--agency", AGENCY, "--seal", "--actor", "秘书长").code == 0
    for change, said in (
        ("actor = '别人'", "第 1 版的内容与其哈希不符"),
        ("members = '[]'", "第 1 版的内容与其哈希不符"),
        ("version = 2", "第 1 版缺失"),
    ):
        with database.owner_engine.connect() as connection:
            connection.execute(text(f"UPDATE area_issue SET {change}"))
            (found,) = area_issues.verify(connection)[1]
            assert said in found.message
    with pytest.raises(ProgrammingError, match="permission denied"), database.engine.begin() as connection:
        connection.execute(text("DELETE FROM area_issue"))
