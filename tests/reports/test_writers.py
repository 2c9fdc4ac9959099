"""The writers: JSON, the workbook read back with openpyxl, the page read back with html.parser."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from openpyxl import load_workbook

from paper.form import signature_indents
from reports.edition import Cell, Grid, load_edition, tables
from reports.figures import Fees, Figures, from_json, to_json, zero_figures
from reports.writers import html_page, wording, write_html, write_json, write_xlsx
from reports.writers.whole_file import write_whole

WRITERS = [write_json, write_xlsx, write_html]
TABLE_TOP = 2


def distinct(edition: str, section_two: str | None = None, agency: str = "某乡人民政府") -> Figures:
    """A report whose every figure is another number, with one blank, so that a misplaced cell shows."""
    numbers = iter(range(1, 1000))
    zero = zero_figures(agency, 2021, edition)
    proactive = zero_figures(agency, 2021, section_two or edition).proactive
    return replace(
        zero,
        applications={path: tuple(next(numbers) for _ in row) for path, row in zero.applications.items()}
        | {"carried_in": (0, 0, None, 0, 0, 0, 0)},
        reviews={key: tuple(next(numbers) for _ in row) for key, row in zero.reviews.items()},
        proactive={
            key: tuple(
                Decimal(f"{next(numbers)}.25") if isinstance(figure, Decimal) else next(numbers) for figure in row
            )
            for key, row in proactive.items()
        },
    )


REPORTS = [distinct("2019"), distinct("2021"), distinct("2019", "2021")]


def grids(figures: Figures) -> tuple[Grid, Grid, Grid]:
    return tables(load_edition(figures.edition), figures.section_two)


def content(figures: Figures, cell: Cell) -> object:
    return cell.text if cell.place is None else figures.at(cell.place)


@pytest.mark.parametrize("figures", REPORTS)
def test_json_is_the_contracts(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(figures, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data == to_json(figures)
    assert from_json(data) == figures


@pytest.mark.parametrize("figures", REPORTS)
def test_xlsx_holds_every_cell_of_the_form_in_its_place(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(figures, path)
    book = load_workbook(path)
    assert book.sheetnames == ["主动公开情况", "收到和处理申请情况", "复议诉讼情况", "信息处理费"]
    fees = figures.fees or Fees(None, None, None)
    of_fees = [cell.value for cell in book["信息处理费"][4]]
    assert of_fees == [
        None if each is None else float(each) for each in (fees.notices, fees.billed_yuan, fees.received_yuan)
    ]
    assert book.properties.title == "某乡人民政府2021年政府信息公开工作年度报告"
    for grid in grids(figures):
        sheet = book[grid.sheet]
        assert sheet["A1"].value == "某乡人民政府2021年政府信息公开工作年度报告"
        assert sheet["A2"].value == grid.heading
        merged = {(area.min_row, area.min_col, area.max_row, area.max_col) for area in sheet.merged_cells.ranges}
        expected = {(1, 1, 1, len(grid.widths)), (2, 1, 2, len(grid.widths))}
        for cell in grid.cells:
            row, column = cell.row + TABLE_TOP + 1, cell.column + 1
            stored = sheet.cell(row, column)
            assert stored.value == content(figures, cell)
            assert stored.data_type == ("s" if cell.place is None else "n")
            assert stored.border.left.style == stored.border.top.style == "thin"
            if cell.rowspan * cell.colspan > 1:
                expected.add((row, column, row + cell.rowspan - 1, column + cell.colspan - 1))
        assert merged == expected
        assert sheet.max_row == grid.rows + TABLE_TOP
        # One page wide is Excel's own default and so not in the file; any number of pages long is 0.
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
        fitted = sheet.sheet_properties.pageSetUpPr
        assert fitted is not None and fitted.fitToPage


@pytest.mark.parametrize("sign", "=+-@")
def test_xlsx_never_turns_an_agencys_name_into_a_formula(sign: str, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(zero_figures(f"{sign}HYPERLINK(1)", 2021, "2021"), path)
    cell = load_workbook(path)["主动公开情况"]["A1"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith(f"{sign}HYPERLINK(1)2021年")


class Page(HTMLParser):
    """What a test needs of the page: its tables as (tag, attributes, text) cells by row, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tables: list[list[list[tuple[str, dict[str, str | None], str]]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tables and self.tables[-1] and self.tables[-1][-1] and data.strip():
            tag, attributes, text = self.tables[-1][-1][-1]
            self.tables[-1][-1][-1] = (tag, attributes, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.tables[-1].append([])


@pytest.mark.parametrize("figures", REPORTS)
def test_html_holds_every_cell_of_the_form_in_its_place(figures: Figures) -> None:
    page = Page(html_page(figures))
    assert len(page.tables) == 3
    for grid, rows in zip(grids(figures), page.tables, strict=True):
        found = [cell for row in rows for cell in row]
        assert len(found) == len(grid.cells)
        for cell, (tag, attributes, text) in zip(grid.cells, found, strict=True):
            assert int(attributes.get("rowspan") or 1) == cell.rowspan
            assert int(attributes.get("colspan") or 1) == cell.colspan
            expected = content(figures, cell)
            assert text == ("" if expected is None else f"{expected}{cell.unit}")
            assert ("scope" in attributes) == (tag == "th") == (cell.role in ("head", "title", "label"))


def test_html_prints_zero_as_0_and_a_blank_as_an_empty_cell() -> None:
    rows = Page(html_page(REPORTS[1])).tables[1]
    assert [text for _, _, text in rows[4]][1:] == ["0", "0", "", "0", "0", "0", "0"]


def test_html_is_one_page_that_fetches_and_runs_nothing() -> None:
    page = Page(html_page(REPORTS[1]))
    tags = {tag for tag, _ in page.tags}
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert not tags & {"script", "link", "img", "iframe", "object"}
    assert not [attributes for _, attributes in page.tags if "src" in attributes or "href" in attributes]
    assert [tag for tag, _ in page.tags].count("caption") == 3
    assert "url(" not in page.text


def test_html_has_the_title_the_period_and_the_six_headings_in_order() -> None:
    text = Page(html_page(REPORTS[1])).text
    wanted = [
        "某乡人民政府2021年政府信息公开工作年度报告",
        "本报告中所列数据统计期限为2021年1月1日至12月31日。",
        *load_edition("2021").sections,
    ]
    places = [text.index(each) for each in wanted]
    assert places == sorted(places)


def test_html_escapes_an_agencys_name() -> None:
    source = html_page(zero_figures("<script>alert(1)</script>", 2021, "2021"))
    assert "<script" not in source
    assert "&lt;script&gt;" in source


def test_section_one_says_what_the_figures_say() -> None:
    zero = zero_figures("某乡人民政府", 2021, "2021")
    rows = {
        "new": (6, 4, 0, 0, 0, 0, 10),
        "results/total": (6, 1, 0, 0, 0, 0, 7),
        "carried_out": (0,) * 6 + (3,),
    }
    figures = replace(zero, applications={**zero.applications, **rows})
    assert wording.section_one(figures) == (
        "2021年，新收政府信息公开申请10件，上年结转0件，办结7件，结转下年度继续办理3件。"
    )
    blank = replace(figures, applications={**figures.applications, "carried_in": (None,) * 7})
    assert "上年结转" not in wording.section_one(blank)


def test_section_six_reports_the_information_processing_fee() -> None:
    figures = replace(zero_figures("某乡", 2025, "2021"), fees=Fees(1, Decimal(380), Decimal("380.50")))
    assert wording.section_six(figures) == (
        "依据《政府信息公开信息处理费管理办法》，本年度发出收费通知1件，总金额380元，实际收取380.50元。"
    )
    assert wording.section_six(replace(figures, fees=None)) == wording.UNFILLED


def test_section_six_of_2019_names_no_rule_that_was_not_yet_made() -> None:
    assert "管理办法" not in wording.section_six(zero_figures("某乡", 2019, "2019"))


@pytest.mark.parametrize("write", WRITERS)
def test_a_writer_replaces_the_file_and_leaves_nothing_beside_it(
    write: Callable[[Figures, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "年度报告"
    path.write_text("old")
    write(REPORTS[1], path)
    assert path.read_bytes() != b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", WRITERS)
def test_a_path_that_cannot_be_written_is_an_os_error(write: Callable[[Figures, Path], None], tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        write(REPORTS[1], tmp_path / "missing" / "report")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write(REPORTS[1], folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_writer_that_fails_half_way_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("agency", "indents"),
    [
        ("某县财政局", (4.5, 4.0)),
        ("某市某区人民政府", (3.0, 4.0)),
        ("北京市朝阳区金盏地区办事处", (0.5, 4.0)),
        ("某某自治州某某自治县某某民族乡人民政府", (0.0, 6.5)),
    ],
)
def test_the_agency_stands_centred_over_the_day(agency: str, indents: tuple[float, float]) -> None:
    assert signature_indents(agency, date(2026, 1, 9)) == pytest.approx(indents, abs=0.01)
