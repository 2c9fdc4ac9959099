"""A report as a workbook (xlsx)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reports.reading.blocks import Block, Cell, Row

_MOST_ROWS, _MOST_COLUMNS = 5000, 200
_MOST_MERGED = 300_000
_MERGED = re.compile(rb"<mergeCell[^>]*ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")


def blocks(data: bytes) -> list[Block]:
    """The rows of the visible sheets in order."""
    import openpyxl

    _check_merged(data)
    # Merged cells are only known where the whole sheet is read.
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    written = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    found: list[Block] = []
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            found += _sheet(sheet, written[sheet.title])
    return found


def _check_merged(data: bytes) -> None:
    """ValueError if more cells are merged than a report has: each would be made."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            cells = 0
            for area in _MERGED.finditer(package.read(name)):
                left, top, right, bottom = (part.decode() for part in area.groups())
                cells += (abs(int(bottom) - int(top)) + 1) * (abs(_column(right) - _column(left)) + 1)
            if cells > _MOST_MERGED:
                raise ValueError(f"{cells} merged cells")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _sheet(sheet: Any, written: Any) -> Iterator[Block]:
    covered = {
        (row, column)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, _MOST_ROWS) + 1)
        for column in range(area.min_col, min(area.max_col, _MOST_COLUMNS) + 1)
        if (row, column) != (area.min_row, area.min_col)
    }
    last_row, last_column = min(sheet.max_row, _MOST_ROWS), min(sheet.max_column, _MOST_COLUMNS)
    used = max(
        (
            column
            for row in range(1, last_row + 1)
            for column in range(1, last_column + 1)
            if _value(sheet, written, row, column)
        ),
        default=0,
    )
    for row in range(1, last_row + 1):
        cells = [
            Cell(_value(sheet, written, row, column), column - 1)
            for column in range(1, used + 1)
            if (row, column) not in covered
        ]
        if any(cell.text.strip() for cell in cells):
            yield Row(tuple(cells))


def _value(sheet: Any, written: Any, row: int, column: int) -> str:
    """A cell's text. A formula whose result was never stored stands as the formula, which is no figure."""
    value = sheet.cell(row, column).value
    if value is None:
        formula = written.cell(row, column).value
        return str(formula) if isinstance(formula, str) and formula.startswith("=") else ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        # What the person typed: a spreadsheet keeps fifteen digits.
        return format(Decimal(format(value, ".15g")), "f")
    return str(value)
