"""The report's three tables as an Excel workbook, laid out as the form is."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.document import Document, compose
from reports.edition import Cell, Grid
from reports.figures import Fees, Figure, Figures
from reports.texts import Content, pieces
from reports.writers.charts import COLOURS
from reports.writers.whole_file import write_whole
from reports.writers.wording import DRAFT, title

_A4 = 9
_LINE = 17.0  # points, for 11-point type
_INDENT = 2.0  # what a label's indent and the borders take of a cell's width, in half-width characters
_WORDS = 70.0  # the width of the column of words, in half-width characters
_CHARTS = "图表"
_CHART_ROWS = 15  # rows that a chart covers
_CHARTS_A_PAGE = 2
_CHART_COLUMN = 9.0  # the width of a column of numbers, in half-width characters
_FEW = 10
_TABLE_ROW = 2  # the title and the section's heading stand above the table

_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
_CELL = {**_FONT, "border": 1, "align": "center"}
_LOOKS: dict[str, dict[str, Any]] = {
    "head": _CELL,
    "title": {**_CELL, "bold": True},
    "note": _CELL,
    "label": {**_CELL, "align": "left", "indent": 1},
    "figure": _CELL,
}


def write_xlsx(
    figures: Figures, path: Path, content: Content | None = None, agencies: Sequence[Sequence[str | int | None]] = ()
) -> None:
    """Write the workbook. OSError if the path cannot be written."""
    write_whole(path, xlsx_book(figures, content, agencies))


def xlsx_book(
    figures: Figures, content: Content | None = None, agencies: Sequence[Sequence[str | int | None]] = ()
) -> bytes:
    """The workbook: a sheet for each table of the form and one for the fees, figures as numbers, blanks as empty cells.

    With ``content`` a sheet of the words and one of the charts besides; with ``agencies``, rows under a heading,
    a sheet of what each agency gave to an area's sum. A4, each sheet fitted to the width of a page;
    the printed pages of a draft say so.
    """
    written = BytesIO()
    report = compose(figures, content)
    # An agency's name that begins with = must stay text when the workbook is opened.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(written, {"in_memory": True, **as_text}) as book:
        book.set_properties({"title": report.title})
        for section in report.sections:
            if section.table is not None:
                _write_sheet(book, section.table, report)
        _write_fees(book, report)
        if content is not None:
            _write_words(book, report)
        if report.charts:
            _write_charts(book, report)
        if agencies:
            _write_agencies(book, report, agencies)
    return written.getvalue()


def _write_fees(book: Workbook, report: Document) -> None:
    """What section six says of the fees (信息处理费), as numbers; money in yuan."""
    fees = report.figures.fees or Fees(None, None, None)
    sheet = book.add_worksheet("信息处理费")
    _page(sheet, report)
    for column, width in enumerate((26, 26, 26)):
        sheet.set_column(column, column, width)
    for row, (text, size) in enumerate(((report.title, 16), (report.sections[5].heading, 13))):
        look = book.add_format({**_FONT, "font_size": size, "bold": True, "align": "center"})
        sheet.set_row(row, _LINE * 2)
        _put(sheet, Cell(row, 0, 1, 3, "title"), text, look)
    look = book.add_format(_CELL)
    figures = (
        ("发出收费通知件数", fees.notices),
        ("总金额（元）", fees.billed_yuan),
        ("实际收取（元）", fees.received_yuan),
    )
    for row in (_TABLE_ROW, _TABLE_ROW + 1):
        sheet.set_row(row, _LINE + 7)
    for column, (label, figure) in enumerate(figures):
        _put(sheet, Cell(_TABLE_ROW, column, 1, 1, "head"), label, look)
        _put(sheet, Cell(_TABLE_ROW + 1, column, 1, 1, "figure"), figure, look)


def _write_agencies(book: Workbook, report: Document, agencies: Sequence[Sequence[str | int | None]]) -> None:
    """The agencies of an area, a row each, the heading again on every page."""
    sheet = book.add_worksheet("各机关情况")
    _page(sheet, report)
    sheet.set_landscape()
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, len(agencies[0]) - 1, 15)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 1)
    looks = [book.add_format({**_CELL, "bold": row == 0}) for row in range(2)]
    name = book.add_format(_LOOKS["label"])
    for row, line in enumerate(agencies):
        sheet.set_row(row, _LINE * ceil(_text_width(str(line[0])) / (40 - _INDENT)) + 7)
        for column, content in enumerate(line):
            _put(sheet, Cell(row, column, 1, 1, "figure"), content, name if row and not column else looks[row > 0])


def _page(sheet: Worksheet, report: Document) -> None:
    """A4, fitted to the width of the page; each page has its number, and the mark of a draft."""
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)
    sheet.set_footer(f"&C— &P —{'&R' + DRAFT if report.draft else ''}")


def _write_words(book: Workbook, report: Document) -> None:
    """The words of the report, a paragraph a row; places not written yet stand out."""
    sheet = book.add_worksheet("文字部分")
    _page(sheet, report)
    sheet.set_column(0, 0, _WORDS)
    body = {**_FONT, "align": "left", "valign": "top"}
    looks = {
        "title": book.add_format({**body, "font_size": 16, "bold": True, "align": "center"}),
        "heading": book.add_format({**body, "font_size": 13, "bold": True}),
        "part": book.add_format({**body, "bold": True}),
        "body": book.add_format({**body, "indent": 1}),
        "open": book.add_format({**body, "indent": 1, "bg_color": "#FFF1B8"}),
    }
    lines = [("title", report.title), *(("title", DRAFT) for _ in range(bool(report.draft)))]
    lines += [("body", text) for text in report.opening]
    for section in report.sections:
        lines.append(("heading", section.heading))
        if section.table is not None:
            lines.append(("body", f"（见工作表“{section.table.sheet}”）"))
        for heading, texts in section.parts:
            lines += [("part", heading)] * bool(heading)
            lines += [("body", text) for text in texts]
    for row, (kind, text) in enumerate(lines):
        look = looks["open" if kind == "body" and any(is_open for _, is_open in pieces(text)) else kind]
        sheet.set_row(row, _LINE * ceil((_text_width(text) + 2) / (_WORDS - _INDENT)) + 7 + 6 * (kind == "title"))
        sheet.write_string(row, 0, text, look)


def _write_charts(book: Workbook, report: Document) -> None:
    """Each chart's numbers, and the chart that Excel draws of them; two to a page across."""
    sheet = book.add_worksheet(_CHARTS)
    _page(sheet, report)
    sheet.set_landscape()
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 12, _CHART_COLUMN)
    cell = book.add_format(_CELL)
    head = book.add_format({**_CELL, "bold": True})
    name_look = book.add_format({**_FONT, "text_wrap": False, "bold": True, "align": "left"})
    row = 0
    breaks: list[int] = []
    for number, chart in enumerate(report.charts, 1):
        sheet.write_string(row, 0, f"图{number}　{chart.title}", name_look)
        table = row + 1
        lines = max(ceil(_text_width(label) / (_CHART_COLUMN - 1)) for label in chart.labels)
        sheet.set_row(table, _LINE * lines + 7)
        for column, label in enumerate((chart.heading, *chart.labels)):
            sheet.write_string(table, column, label, head)
        drawn = book.add_chart({"type": "column"})
        for index, (name, values) in enumerate(chart.series, 1):
            sheet.write_string(table + index, 0, name, cell)
            for column, value in enumerate(values, 1):
                sheet.write_number(table + index, column, value, cell)
            wide = len(values)
            drawn.add_series(
                {
                    "name": [_CHARTS, table + index, 0],
                    "categories": [_CHARTS, table, 1, table, wide],
                    "values": [_CHARTS, table + index, 1, table + index, wide],
                    "fill": {"color": COLOURS[index - 1]},
                    "data_labels": {"value": True},
                    "gap": 60,
                }
            )
        most = max(value for _, values in chart.series for value in values)
        steps: dict[str, Any] = {"major_unit": 1} if most <= _FEW else {}
        drawn.set_y_axis({"min": 0, **steps, **({} if most else {"max": 1}), "major_gridlines": {"visible": True}})
        if len(chart.series) == 1:
            drawn.set_legend({"none": True})
        else:
            drawn.set_legend({"position": "bottom"})
        drawn.set_title({"none": True})
        drawn.set_size({"width": 900, "height": 260})
        below = table + len(chart.series) + 1
        sheet.insert_chart(below, 0, drawn, {"description": f"{chart.title}，数据见上表"})
        row = below + _CHART_ROWS
        if number % _CHARTS_A_PAGE == 0 and number < len(report.charts):
            breaks.append(row)
    sheet.set_h_pagebreaks(breaks)


def _write_sheet(book: Workbook, grid: Grid, report: Document) -> None:
    figures = report.figures
    sheet = book.add_worksheet(grid.sheet)
    _page(sheet, report)
    if len(grid.widths) > grid.rows:
        sheet.set_landscape()
    for column, width in enumerate(grid.widths):
        sheet.set_column(column, column, width)
    for row, height in enumerate(_heights(grid)):
        sheet.set_row(_TABLE_ROW + row, height)
    wide = len(grid.widths)
    for row, (text, size) in enumerate(((title(figures), 16), (grid.heading, 13))):
        look = book.add_format({**_FONT, "font_size": size, "bold": True, "align": "center"})
        sheet.set_row(row, _LINE * 2)
        _put(sheet, Cell(row, 0, 1, wide, "title"), text, look)
    looks = {(role, ""): book.add_format(look) for role, look in _LOOKS.items()}
    for cell in grid.cells:
        if (cell.role, cell.unit) not in looks:
            number = {"num_format": f'General"{cell.unit}"'}
            looks[cell.role, cell.unit] = book.add_format({**_LOOKS[cell.role], **number})
        moved = Cell(cell.row + _TABLE_ROW, cell.column, cell.rowspan, cell.colspan, cell.role)
        content = cell.text if cell.place is None else figures.at(cell.place)
        _put(sheet, moved, content, looks[cell.role, cell.unit])


def _put(sheet: Worksheet, cell: Cell, content: str | Figure, look: Format) -> None:
    """Write text as text, a figure as a number and a blank as a blank, over the cell's whole span."""
    last_row, last_column = cell.row + cell.rowspan - 1, cell.column + cell.colspan - 1
    if (last_row, last_column) != (cell.row, cell.column):
        sheet.merge_range(cell.row, cell.column, last_row, last_column, "", look)
    if content is None:
        sheet.write_blank(cell.row, cell.column, None, look)
    elif isinstance(content, str):
        sheet.write_string(cell.row, cell.column, content, look)
    else:
        sheet.write_number(cell.row, cell.column, content, look)


def _heights(grid: Grid) -> list[float]:
    """Row heights in points: Excel does not fit the height of merged cells by itself."""
    lines = [1] * grid.rows
    for cell in grid.cells:
        if cell.rowspan == 1 and cell.text:
            width = sum(grid.widths[cell.column : cell.column + cell.colspan])
            lines[cell.row] = max(lines[cell.row], ceil(_text_width(cell.text) / (width - _INDENT)))
    return [_LINE * count + 7 for count in lines]


def _text_width(text: str) -> int:
    """The width in half-width characters: a Chinese character, and its punctuation, takes two."""
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)
