"""The register of normative documents: 制发, 废止 and 现行有效 of section two are counted from days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from reports import proactive, registers
from reports.registers import Document
from reports.rollup import roll_up
from reports.year_end import missing_figures
from tests.conftest import AGENCY_NAME, NOW, enrol
from tests.ledgers import figure, read, write_csv
from workflow.faults import InputFault

REGISTER = [
    Document("normative_documents", "办法", "测政规〔2019〕1号", date(2019, 5, 1), date(2021, 6, 30)),
    Document("normative_documents", "规定", "测政规〔2021〕1号", date(2021, 1, 1)),
    Document("normative_documents", "细则", "测政规〔2021〕2号", date(2021, 12, 31)),
    Document("normative_documents", "通告", "测政规〔2022〕1号", date(2022, 1, 1), date(2022, 12, 31)),
    Document("regulations", "规章", "政府令第1号", date(2020, 3, 1)),
]


def counted(engine: Engine, agency_id: int, year: int) -> tuple[object, object]:
    with engine.connect() as connection:
        rows = roll_up(connection, agency_id, AGENCY_NAME, year).proactive
    return rows["regulations"], rows["normative_documents"]


def enter(engine: Engine, agency_id: int, *documents: Document) -> int:
    with engine.begin() as connection:
        return registers.enter(connection, agency_id, documents, "test", NOW)


def test_a_year_counts_what_was_issued_and_repealed_in_it_and_is_in_force_at_its_end(
    engine: Engine, agency_id: int
) -> None:
    enter(engine, agency_id, *REGISTER)
    assert counted(engine, agency_id, 2021) == ((0, 0, 1), (2, 1, 2))
    assert counted(engine, agency_id, 2022) == ((0, 0, 1), (1, 1, 2))
    # The form of 2019 asks for other figures, which days do not give.
    assert counted(engine, agency_id, 2020) == ((0, 0, 0), (0, 0, 0))


def test_the_register_of_one_agency_is_not_anothers(engine: Engine, agency_id: int) -> None:
    enter(engine, enrol(engine, "other", "别的局"), *REGISTER)
    assert counted(engine, agency_id, 2021) == ((0, 0, 0), (0, 0, 0))


def test_entering_twice_changes_nothing_and_a_known_number_is_replaced(engine: Engine, agency_id: int) -> None:
    assert enter(engine, agency_id, *REGISTER) == 5
    assert enter(engine, agency_id, *REGISTER) == 0
    with engine.begin() as connection:
        registers.repeal(connection, agency_id, "测政规〔2021〕1号", date(2021, 7, 1), "test", NOW)
    assert counted(engine, agency_id, 2021)[1] == (2, 2, 1)


def test_a_figure_entered_for_the_year_stands_and_is_pointed_out(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    enter(engine, agency_id, *REGISTER)
    with engine.begin() as connection:
        assert missing_figures(connection, agency_id, 2021) == [
            "2021 年的主动公开数据尚未录入，第二部分除登记簿所列文件外各项按 0 计"
        ]
        rows = write_csv(tmp_path / "数.csv", [figure("行政规范性文件", 2, 1, 3), figure("行政处罚", 7)])
        proactive.store(connection, agency_id, proactive.plan(read(rows), {}))
        assert missing_figures(connection, agency_id, 2021) == [
            "2021 年行政规范性文件：录入的是本年制发件数2、本年废止件数1、现行有效件数3，按登记簿为本年制发件数2、本年废止件数1、现行有效件数2；报告用录入的"
        ]
    assert counted(engine, agency_id, 2021) == ((0, 0, 1), (2, 1, 3))


def test_a_file_of_documents_is_read(tmp_path: Path) -> None:
    rows = [
        {
            "种类": "",
            "文件名称": "办法",
            "文号": "甲1号",
            "制发日期": "2021年3月1日",
            "废止日期": "",
            "来源": "清理目录",
        },
        {
            "种类": "规章",
            "文件名称": "规定",
            "文号": "甲2号",
            "制发日期": "2020-01-02",
            "废止日期": "2021-01-02",
            "来源": "",
        },
    ]
    columns = ["种类", "文件名称", "文号", "制发日期", "废止日期", "来源"]
    assert registers.read(write_csv(tmp_path / "登记.csv", rows, columns)) == [
        Document("normative_documents", "办法", "甲1号", date(2021, 3, 1), None, "清理目录"),
        Document("regulations", "规定", "甲2号", date(2020, 1, 2), date(2021, 1, 2), ""),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"种类": "通知"}, ("第2行", "种类", "通知", "规章")),
        ({"制发日期": "去年"}, ("第2行", "制发日期", "去年")),
        ({"制发日期": ""}, ("第2行", "制发日期", "空白")),
        ({"废止日期": "2020-01-01"}, ("第2行", "废止日期", "2021-03-01")),
        ({"文件名称": ""}, ("第2行", "文件名称")),
    ],
)
def test_a_wrong_row_is_told_and_nothing_is_read(tmp_path: Path, change: dict[str, str], said: tuple[str, ...]) -> None:
    row = {
        "种类": "",
        "文件名称": "办法",
        "文号": "甲1号",
        "制发日期": "2021-03-01",
        "废止日期": "",
        "来源": "",
    } | change
    with pytest.raises(InputFault) as caught:
        registers.read(write_csv(tmp_path / "登记.csv", [row], list(row)))
    assert all(each in str(caught.value) for each in said)


def test_a_repeal_needs_a_document_and_a_later_day(engine: Engine, agency_id: int) -> None:
    enter(engine, agency_id, *REGISTER)
    with engine.begin() as connection:
        for number, day, said in (("无", date(2022, 1, 1), "无"), ("政府令第1号", date(2019, 1, 1), "2020-03-01")):
            with pytest.raises(InputFault, match=said):
                registers.repeal(connection, agency_id, number, day, "test", NOW)
