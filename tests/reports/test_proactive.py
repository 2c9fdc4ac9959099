"""Figures of section two as an office enters them: each row one of its year's form, kept with its source."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.tables import proactive_figure
from reports import proactive
from reports.proactive import Plan
from tests.conftest import enrol
from tests.ledgers import day, figure, read, write_csv, write_xlsx

OF_2021 = [
    figure("规章", 1, 0, 5),
    figure("行政规范性文件", 3, 1, 40),
    figure("行政许可", 12, source="政务服务中心"),
    figure("行政处罚", 417, source="综合行政执法队台账"),
    figure("行政强制", 0),
    figure("行政事业性收费（万元）", "12.5"),
]
OF_2019 = [
    figure("规章", 1, 1, 5, year=2019),
    figure("规范性文件", 3, 3, 40, year=2019),
    figure("行政许可", 20, -2, 300, year=2019),
    figure("其他对外管理服务事项", 9, 1, 15, year=2019),
    figure("行政处罚", 30, 0, 417, year=2019),
    figure("行政强制", 2, -1, 0, year=2019),
    figure("行政事业性收费", 4, -1, year=2019),
    figure("政府集中采购", 6, "1234567.80", year=2019),
]


def planned(tmp_path: Path, *rows: dict[str, Any]) -> Plan:
    return proactive.plan(read(write_csv(tmp_path / "主动公开.csv", rows)), {})


def stored(engine: Engine, agency_id: int) -> dict[tuple[int, str], tuple[list[Decimal], str]]:
    statement = select(proactive_figure).where(proactive_figure.c.agency_id == agency_id)
    with engine.connect() as connection:
        return {(row.year, row.item): (row.figures, row.source) for row in connection.execute(statement)}


def test_the_rows_of_2021_are_read_into_the_reports_keys(tmp_path: Path) -> None:
    made = planned(tmp_path, *OF_2021)
    assert (made.rows, made.faults) == (6, [])
    assert {entry.item: entry.figures for entry in made.entries} == {
        "regulations": (1, 0, 5),
        "normative_documents": (3, 1, 40),
        "licences": (12,),
        "penalties": (417,),
        "compulsory_measures": (0,),
        "administrative_charges_10k_yuan": (Decimal("12.5"),),
    }
    assert made.entries[3].source == "综合行政执法队台账"


def test_the_rows_of_2019_are_read_into_the_keys_of_its_own_form(tmp_path: Path) -> None:
    made = planned(tmp_path, *OF_2019)
    assert made.faults == []
    assert {entry.item: entry.figures for entry in made.entries} == {
        "regulations": (1, 1, 5),
        "normative_documents": (3, 3, 40),
        "licences": (20, -2, 300),
        "other_services": (9, 1, 15),
        "penalties": (30, 0, 417),
        "compulsory_measures": (2, -1, 0),
        "administrative_charges": (4, -1),
        "central_procurement": (6, Decimal("1234567.80")),
    }


@pytest.mark.parametrize("year", [2019, 2020])
def test_a_year_of_the_old_form_may_show_the_section_two_of_the_new_one(tmp_path: Path, year: int) -> None:
    made = planned(tmp_path, *(row | {"年度": year} for row in OF_2021))
    assert made.faults == []
    assert made.entries[-1].figures == (Decimal("12.5"),)


def test_rows_of_two_forms_do_not_mix_in_one_year(tmp_path: Path) -> None:
    (fault,) = planned(tmp_path, *OF_2019, figure("行政规范性文件", 1, 2, 3, year=2019)).faults
    assert fault.startswith("主动公开.csv 第10行“项目”：“行政规范性文件”")
    assert "政府集中采购" in fault


@pytest.mark.parametrize(
    "label", ["行政事业性收费（万元）", "行政事业性收费(万元)", "行政事业性收费", "行政事业性收费 （万元）"]
)
def test_the_unit_of_charges_may_be_left_out_or_stand_in_any_brackets(tmp_path: Path, label: str) -> None:
    assert planned(tmp_path, figure(label, "1.20")).entries[0].figures == (Decimal("1.20"),)


@pytest.mark.parametrize("text", ["1234", "1,234", "１２３４", " 1234 ", "1234.0"])
def test_a_number_may_be_written_in_the_usual_ways(tmp_path: Path, text: str) -> None:
    assert planned(tmp_path, figure("行政处罚", text)).entries[0].figures == (1234,)


@pytest.mark.parametrize("year", ["2021", "2021年"])
def test_the_year_may_carry_its_character(tmp_path: Path, year: str) -> None:
    assert planned(tmp_path, figure("行政处罚", 1, year=year)).entries[0].year == 2021


def test_an_empty_quantity_counts_as_zero(tmp_path: Path) -> None:
    assert planned(tmp_path, figure("规章", "", "", "")).entries[0].figures == (0, 0, 0)


def test_a_workbook_with_numbers_is_read_like_a_csv(tmp_path: Path) -> None:
    rows = [figure("行政处罚", 417), figure("行政事业性收费（万元）", 12.5)]
    made = proactive.plan(read(write_xlsx(tmp_path / "a.xlsx", 主动公开=rows)), {})
    assert [entry.figures for entry in made.entries] == [(417,), (Decimal("12.5"),)]


@pytest.mark.parametrize(
    ("row", "column", "accepted"),
    [
        (figure("规章", 1, year="2018"), "年度", "2019"),
        (figure("规章", 1, year="21"), "年度", "2019"),
        (figure("规章", 1, year="今年"), "年度", "2019"),
        (figure("规章", 1, year=""), "年度", "2019"),
        (figure("行政检查", 1), "项目", "行政强制"),
        (figure("", 1), "项目", "行政强制"),
        (figure("政府集中采购", 1, 2), "项目", "行政事业性收费"),
        (figure("规范性文件", 1, 2, 3), "项目", "行政规范性文件"),
        (figure("行政处罚", 1, 2), "数量2", "只有 1 个数"),
        (figure("行政处罚", 1, "", 3), "数量3", "只有 1 个数"),
        (figure("行政事业性收费", 1, 2, 3, year=2019), "数量3", "只有 2 个数"),
        (figure("行政处罚", "4.5"), "数量1", "整数"),
        (figure("行政处罚", "-1"), "数量1", "不小于 0"),
        (figure("行政处罚", "很多"), "数量1", "整数"),
        (figure("行政处罚", "NaN"), "数量1", "整数"),
        (figure("规章", 1, "0.5", 3), "数量2", "整数"),
        (figure("行政事业性收费（万元）", "-0.1"), "数量1", "不小于 0"),
        (figure("行政事业性收费（万元）", "Infinity"), "数量1", "数"),
        (figure("行政许可", 1, "1.5", 2, year=2019), "数量2", "整数"),
        (figure("政府集中采购", "1.5", 2, year=2019), "数量1", "整数"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told_once_with_its_place_and_what_is_accepted(
    tmp_path: Path, row: dict[str, Any], column: str, accepted: str
) -> None:
    made = planned(tmp_path, figure("行政强制", 1), row)
    (fault,) = made.faults
    assert fault.startswith(f"主动公开.csv 第3行“{column}”：“{row[column]}”")
    assert accepted in fault.split("应为")[-1] or "只有" in accepted


def test_an_item_twice_in_a_year_is_told_with_both_rows(tmp_path: Path) -> None:
    (fault,) = planned(tmp_path, figure("规章", 1, 0, 1), figure("规章", 2, 0, 2)).faults
    assert fault.startswith("主动公开.csv 第3行“项目”：“规章”")
    assert "第2行" in fault


def test_an_item_twice_across_files_is_told_and_in_two_years_is_none(tmp_path: Path) -> None:
    first = write_csv(tmp_path / "a.csv", [figure("行政处罚", 1), figure("行政处罚", 2, year=2022)])
    assert proactive.plan(read(first), {}).faults == []
    (fault,) = proactive.plan(read(first, write_csv(tmp_path / "b.csv", [figure("行政处罚", 3)])), {}).faults
    assert fault.startswith("b.csv 第2行")
    assert "a.csv" in fault


def test_all_faults_of_a_row_and_of_all_rows_are_told_at_once(tmp_path: Path) -> None:
    faults = planned(tmp_path, figure("规章", "x", "y", "z"), figure("行政检查", 1)).faults
    assert [fault.split("：")[0][-5:-1] for fault in faults] == ["“数量1", "“数量2", "“数量3", "行“项目"]


def test_figures_are_stored_once_and_replaced_where_they_differ(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    other = enrol(engine, "linshi", "邻市数据局")

    def store(owner: int, *rows: dict[str, Any]) -> int:
        with engine.begin() as connection:
            return proactive.store(connection, owner, planned(tmp_path, *rows))

    assert store(agency_id, *OF_2021) == 6
    assert store(agency_id, *OF_2021) == 0
    assert store(other, figure("行政处罚", 9)) == 1
    assert store(agency_id, figure("行政处罚", 418, source="复核"), figure("行政强制", 0)) == 1
    found = stored(engine, agency_id)
    assert found[2021, "penalties"] == ([418], "复核")
    assert found[2021, "licences"] == ([12], "政务服务中心")
    assert len(found) == 6
    assert stored(engine, other) == {(2021, "penalties"): ([9], "")}


def test_a_day_is_no_quantity(tmp_path: Path) -> None:
    made = proactive.plan(read(write_xlsx(tmp_path / "a.xlsx", 主动公开=[figure("行政处罚", day("2021-03-04"))])), {})
    (fault,) = made.faults
    assert "2021-03-04" in fault
