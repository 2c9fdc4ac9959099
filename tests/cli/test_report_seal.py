"""``yishen report seal`` and what follows it, as an officer calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.database import Database
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


def test_reminders_of_the_report_stop_once_it_is_sealed(here: Yishen, database: Database) -> None:
    from datetime import UTC, date, datetime

    from sqlalchemy import select

    from models.tables import agency
    from tasks import report_dates

    now, day = datetime(2022, 1, 20, 1, 0, tzinfo=UTC), date(2022, 1, 20)
    with database.engine.connect() as connection:
        agency_id = connection.execute(select(agency.c.id)).scalar_one()
        assert report_dates.remind(connection, agency_id, YEAR, now, day) == 1
        connection.rollback()
    assert here("report", "seal", YEAR, "--agency", AGENCY, "--actor", "王主任").code == 0
    with database.engine.connect() as connection:
        assert report_dates.remind(connection, agency_id, YEAR, now, day) == 0


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

    own = tmp_path / "reports" / "own.json"
    own.parent.mkdir()
    build = ("report", "build", YEAR, "--agency", AGENCY, "--format", "json", "--out", own)
    assert here(*build).code == 0
    read = here("report", "area", YEAR, "--agency", "shi", "--read", own.parent, "--published", own, "--json")
    assert read.code == 0
    document = json.loads(read.out)
    assert document["not_filed"] == ["某市人民政府"]
    assert not [finding for finding in document["findings"] if finding["rule"] == "K9"]
