"""The report's three tables as an Excel workbook, laid out as the form is."""

from __future__ import annotations

from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.edition import Cell, Grid, load_edition, tables
from reports.figures import Figure, Figures
from reports.writers.whole_file import write_whole
from reports.writers.wording import title

_A4 = 9
_LINE = 17.0  # points, for 11-point type
_INDENT = 2.0  # what a label's indent and the borders take of a cell's width, in half-width characters
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


def write_xlsx(figures: Figures, path: Path) -> None:
    """Write the workbook. OSError if the path cannot be written."""
    write_whole(path, xlsx_book(figures))


def xlsx_book(figures: Figures) -> bytes:
    """The workbook: a sheet for each table of the form, figures as numbers, blanks as empty cells.

    A4, each sheet fitted to the width of one page.
    """
    content = BytesIO()
    # An agency's name that begins with = must stay text when the workbook is opened.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(content, {"in_memory": True, **as_text}) as book:
        book.set_properties({"title": title(figures)})
        for grid in tables(load_edition(figures.edition), figures.section_two):
            _write_sheet(book, grid, figures)
    return content.getvalue()


def _write_sheet(book: Workbook, grid: Grid, figures: Figures) -> None:
    sheet = book.add_worksheet(grid.sheet)
    sheet.set_paper(_A4)
    if len(grid.widths) > grid.rows:
        sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)
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
