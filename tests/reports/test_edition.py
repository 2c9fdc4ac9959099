"""The editions of the form as data, and the geometry of the three tables (law.md 5.3 to 5.5)."""

from __future__ import annotations

from math import isclose

import pytest

from models.vocabulary import ApplicantKind, Outcome, ReviewKind, ReviewResult
from reports.edition import Cell, Grid, edition_for_year, edition_names, load_edition, tables

EDITIONS = edition_names()


def cell_of(grid: Grid, text: str) -> Cell:
    return next(cell for cell in grid.cells if cell.text == text)


@pytest.mark.parametrize(
    ("year", "edition"), [(2019, "2019"), (2020, "2019"), (2021, "2021"), (2022, "2021"), (2026, "2021")]
)
def test_each_year_is_reported_on_the_form_in_force(year: int, edition: str) -> None:
    assert edition_for_year(year) == edition


def test_years_before_2019_have_no_national_form() -> None:
    with pytest.raises(ValueError, match="2018年没有全国统一的年度报告格式"):
        edition_for_year(2018)


def test_an_unknown_edition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="现有：2019、2021"):
        load_edition("../2021")


def test_the_leaf_rows_of_2021_are_the_outcomes_of_the_law() -> None:
    assert load_edition("2021").table_three.results == tuple(f"results/{outcome}" for outcome in Outcome)


def test_the_row_names_of_2021_end_in_the_official_labels() -> None:
    names = load_edition("2021").table_three.names
    for outcome in Outcome:
        assert names[f"results/{outcome}"].endswith(outcome.label)


def test_2019_has_one_row_of_other_endings_and_the_same_rows_else() -> None:
    new, old = (load_edition(name).table_three.results for name in ("2021", "2019"))
    assert old == (*(path for path in new if not path.startswith("results/other")), "results/other")
    assert (len(old), len(new)) == (19, 21)


@pytest.mark.parametrize("name", EDITIONS)
def test_the_columns_are_those_of_the_vocabularies(name: str) -> None:
    form = load_edition(name)
    assert form.table_three.columns == (*ApplicantKind.labels(), "总计")
    assert form.table_four.columns == (*ReviewResult.labels(), "总计")
    assert form.table_four.labels == {kind.value: kind.label for kind in ReviewKind}


@pytest.mark.parametrize("name", EDITIONS)
def test_the_form_has_six_sections(name: str) -> None:
    assert [heading[:2] for heading in load_edition(name).sections] == [f"{number}、" for number in "一二三四五六"]


@pytest.mark.parametrize("name", EDITIONS)
def test_the_spans_fill_every_table_exactly(name: str) -> None:
    for grid in tables(load_edition(name)):
        covered = [
            (row, column)
            for cell in grid.cells
            for row in range(cell.row, cell.row + cell.rowspan)
            for column in range(cell.column, cell.column + cell.colspan)
        ]
        assert sorted(covered) == [(row, column) for row in range(grid.rows) for column in range(len(grid.widths))]


@pytest.mark.parametrize("name", EDITIONS)
def test_no_span_crosses_into_another_part_of_the_table(name: str) -> None:
    for grid in tables(load_edition(name)):
        starts = {grid.head_rows, *grid.bodies}
        for cell in grid.cells:
            assert not starts & set(range(cell.row + 1, cell.row + cell.rowspan))


@pytest.mark.parametrize("name", EDITIONS)
def test_every_figure_of_the_form_has_one_cell(name: str) -> None:
    form = load_edition(name)
    places = [cell.place for grid in tables(form) for cell in grid.cells if cell.place]
    assert len(places) == len(set(places))
    figures_of_section_two = sum(map(len, form.section_two.columns_of.values()))
    assert len(places) == figures_of_section_two + 7 * len(form.table_three.names) + 15


@pytest.mark.parametrize(("name", "rows"), [("2019", 20), ("2021", 22)])
def test_table_three_spans_what_the_form_spans(name: str, rows: int) -> None:
    grid = tables(load_edition(name))[1]
    spans = {
        "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）": (3, 3),
        "申请人情况": (1, 7),
        "自然人": (2, 1),
        "法人或其他组织": (1, 5),
        "总计": (2, 1),
        "商业企业": (1, 1),
        "一、本年新收政府信息公开申请数量": (1, 3),
        "二、上年结转政府信息公开申请数量": (1, 3),
        "三、本年度办理结果": (rows, 1),
        "（一）予以公开": (1, 2),
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）": (1, 2),
        "（三）不予公开": (8, 1),
        "1.属于国家秘密": (1, 1),
        "（四）无法提供": (3, 1),
        "（五）不予处理": (5, 1),
        "（六）其他处理": (3, 1) if name == "2021" else (1, 2),
        "（七）总计": (1, 2),
        "四、结转下年度继续办理": (1, 3),
    }
    found = {text: (cell_of(grid, text).rowspan, cell_of(grid, text).colspan) for text in spans}
    assert found == spans
    assert (grid.rows, len(grid.widths)) == (3 + 2 + rows + 1, 10)


@pytest.mark.parametrize("name", EDITIONS)
def test_table_four_is_one_row_of_fifteen_figures_under_three_heading_rows(name: str) -> None:
    grid = tables(load_edition(name))[2]
    assert (grid.rows, len(grid.widths), grid.head_rows) == (4, 15, 3)
    assert [cell.column for cell in grid.cells if cell.place] == list(range(15))
    assert (cell_of(grid, "行政复议").colspan, cell_of(grid, "行政诉讼").colspan) == (5, 10)


@pytest.mark.parametrize("name", EDITIONS)
def test_the_blocks_of_section_two_share_one_width(name: str) -> None:
    form = load_edition(name)
    grid = tables(form)[0]
    titles = [cell for cell in grid.cells if cell.role == "title"]
    assert [cell.text for cell in titles] == [block.title for block in form.section_two.blocks]
    assert {cell.colspan for cell in titles} == {len(grid.widths)}
    assert isclose(sum(grid.widths), form.section_two.label_width + form.section_two.figures_width)


def test_a_report_may_pair_table_three_of_2019_with_the_section_two_of_2021() -> None:
    old, new = load_edition("2019"), load_edition("2021")
    two, three, _ = tables(old, new.section_two)
    assert cell_of(two, "本年制发件数")
    assert cell_of(three, "三、本年度办理结果").rowspan == 20
