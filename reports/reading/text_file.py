"""A report as plain text: one line a line, or a table copied out of a page (a row or a cell to the line)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reports.reading.blocks import Block, Line, row_of

_ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
_BORDER = re.compile(r"[\s|+:=\-─━┄┅┈┉┌┐└┘├┤┬┴┼╭╮╰╯═╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋]+")
_BARS = re.compile(r"[|│┃║]")


def decoded(data: bytes) -> str:
    """The text, in UTF-8, GB18030 or UTF-16 with its mark. UnicodeDecodeError if it is none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def blocks(data: bytes) -> list[Block]:
    """The lines and rows of a text. UnicodeDecodeError if it is no text in an encoding that is known."""
    return blocks_of(decoded(data))


def blocks_of(text: str) -> list[Block]:
    """The lines of a text; those that hold a table's cells apart by tabs or bars are rows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    return [block for part in _parts(lines) for block in part]


def _parts(lines: Sequence[str]) -> Iterator[list[Block]]:
    """Runs of lines of one kind, each as blocks."""
    index = 0
    while index < len(lines):
        end = _end_of_cell_lines(lines, index)
        if end > index:
            yield _rows_of_cell_lines(lines[index:end])
            index = end
            continue
        yield _line(lines[index])
        index += 1


def _line(line: str) -> list[Block]:
    if len(_BARS.findall(line)) >= 3:
        if _BORDER.fullmatch(line.strip()) and not any(mark.isalnum() for mark in line) and " " not in line.strip():
            return []
        cells = _BARS.split(line.strip())
        # The outer bars of a line hold nothing outside them.
        cells = cells[1:] if not cells[0].strip() else cells
        cells = cells[:-1] if not cells[-1].strip() else cells
        return [row_of(cells)] if not all(re.fullmatch(r"[\s:\-=]*-[\s:\-=]*", cell) for cell in cells) else []
    if line.strip() and line.count("\t") >= 2:
        return [row_of(line.rstrip("\n").split("\t"))]
    return [Line(line)]


def _end_of_cell_lines(lines: Sequence[str], start: int) -> int:
    """Where a table ends whose cells are lines that begin with a tab and whose rows are parted by empty lines."""
    if not _is_cell(lines[start]):
        return start
    index = end = start
    cells = 0
    while index < len(lines):
        line = lines[index]
        if _is_cell(line):
            cells += 1
            end = index + 1
        elif line and not (cells and end == index and len(line.strip()) <= 12):
            # What a line break tore off a cell is short and follows it at once.
            break
        elif line:
            end = index + 1
        index += 1
    return end if cells >= 5 else start


def _is_cell(line: str) -> bool:
    return line.startswith("\t") and line.count("\t") == 1


def _rows_of_cell_lines(lines: Sequence[str]) -> list[Block]:
    rows: list[Block] = []
    cells: list[str] = []
    for line in (*lines, ""):
        if _is_cell(line):
            cells.append(line[1:])
        elif line:
            cells[-1] += line
        elif cells:
            rows.append(row_of(cells))
            cells = []
    return rows
