"""A report as a workbook (xlsx)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reports.reading.blocks import Block, Cell, Row

_MOST_ROWS, _MOST_COLUMNS = 5000, 200


def blocks(data: bytes) -> list[Block]:
    """The rows of the visible sheets in order."""
    import openpyxl

    # Merged cells are only known where the whole sheet is read.
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    written = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    found: list[Block] = []
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            found += _sheet(sheet, written[sheet.title])
    return found


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
