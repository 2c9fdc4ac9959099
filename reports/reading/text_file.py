"""A report as plain text: one line a line, or a table copied out of a page (a row or a cell to the line)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from reports.reading.blocks import Block, Line, row_of

_BORDER = re.compile(r"[\s|+:=\-─━┄┅┈┉┌┐└┘├┤┬┴┼╭╮╰╯═╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋]+")
_BARS = re.compile(r"[|│┃║]")


_LONE_TABS, _COMMAS = 10, 10
_SPOILT = 0.01


def decoded(data: bytes) -> str:
    """The text, in UTF-8, GB18030 or UTF-16. UnicodeDecodeError if it is none of them.

    A few bytes that were lost on the way spoil only the characters that they belonged to.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x00" in data[:4096] and (wide := _wide(data)):
        return wide
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if (text := _nearly(data, "utf-8-sig")) is not None:
            return text
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        if (text := _nearly(data, "gb18030")) is not None:
            return text
        raise


def _nearly(data: bytes, encoding: str) -> str | None:
    text = data.decode(encoding, "replace")
    chinese = sum("\u4e00" <= mark <= "\u9fff" for mark in text)
    return text if text.count("\ufffd") <= _SPOILT * chinese else None


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark, told by what comes out: Chinese and ASCII, nothing else to speak of."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[: len(data) // 2 * 2].decode(encoding, "replace")
        known = sum(" " <= mark <= "~" or mark in "\t\r\n" or "\u2010" <= mark <= "\u9fff" for mark in text[:4096])
        common = sum("\u4e00" <= mark <= "\u9fff" or mark in "0\n" for mark in text[:4096])
        if known >= 0.9 * len(text[:4096]) and common >= 0.3 * len(text[:4096]) and "\x00" not in text:
            return text
    return None


def blocks(data: bytes) -> list[Block]:
    """The lines and rows of a text. UnicodeDecodeError if it is no text in an encoding that is known."""
    return blocks_of(decoded(data))


def blocks_of(text: str) -> list[Block]:
    """The lines of a text; those that hold a table's cells apart by tabs, bars or commas are rows."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    lines = plain.split("\n")
    if not any("\t" in line or len(_BARS.findall(line)) >= 2 for line in lines) and _is_comma_separated(lines):
        return _comma_rows(plain)
    if not any(re.match(r"\t+\S", line) for line in lines) and plain.count("\n\t\n") >= _LONE_TABS:
        # Cells that hold paragraphs, copied out of a browser: the tab between two stands on a line of its own.
        while "\n\t\n" in plain:
            plain = plain.replace("\n\t\n", "\t")
        lines = plain.split("\n")
    if any(re.match(r"\s*\|[\s:|\-]*---", line) for line in lines):
        lines = [_unmarked(line) for line in lines]
    barred = [line.strip() for line in lines if len(_BARS.findall(line)) >= 3]
    outer = 2 * sum(bool(_BARS.match(line)) for line in barred) >= len(barred)
    return [block for part in _parts(lines, outer_bars=outer) for block in part]


def _is_comma_separated(lines: Sequence[str]) -> bool:
    return sum(line.count(",") >= 5 and bool(re.search(r",\s*\d*\s*,", line)) for line in lines) >= _COMMAS


def _comma_rows(text: str) -> list[Block]:
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return [Line(line) for line in text.split("\n")]
    return [row_of(row) if sum(map(bool, row)) > 1 else Line("".join(row)) for row in rows]


def _unmarked(line: str) -> str:
    """A line of Markdown without its marks."""
    plain = re.sub(r"^#{1,6} +", "", line)
    plain = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", plain)
    return re.sub(r"\\([.\-*_()\[\]#+])", r"\1", plain)


def _parts(lines: Sequence[str], *, outer_bars: bool) -> Iterator[list[Block]]:
    """Runs of lines of one kind, each as blocks."""
    index = 0
    while index < len(lines):
        end = _end_of_cell_lines(lines, index)
        if end > index:
            yield _rows_of_cell_lines(lines[index:end])
            index = end
            continue
        end = _end_of_barred_lines(lines, index)
        if end > index:
            yield [row_of([lines[index], *(line.strip()[1:] for line in lines[index + 1 : end - 1])])]
            index = end
            continue
        yield _line(lines[index], outer_bars=outer_bars)
        index += 1


def _line(line: str, *, outer_bars: bool) -> list[Block]:
    plain = line.strip()
    bars = len(_BARS.findall(plain))
    if bars >= 3 or (bars and (_BARS.match(plain) or _BARS.match(plain[-1]))):
        if _BORDER.fullmatch(plain) and not any(mark.isalnum() for mark in line) and " " not in plain:
            return []
        cells = _BARS.split(plain)
        # The outer bars of a line hold nothing outside them.
        cells = cells[1:] if outer_bars and _BARS.match(plain) else cells
        cells = cells[:-1] if _BARS.match(plain[-1]) else cells
        return [row_of(cells)] if not all(re.fullmatch(r"[\s:\-=]*-[\s:\-=]*", cell) for cell in cells) else []
    if plain and line.count("\t") >= 2:
        return [row_of(line.rstrip("\n").split("\t"))]
    return [Line(line)]


def _end_of_barred_lines(lines: Sequence[str], start: int) -> int:
    """Where a row ends whose cells are lines, all but the first behind a bar; the last bar has no cell behind it."""
    if "|" in lines[start] or not lines[start].strip():
        return start
    end = start + 1
    while end < len(lines) and re.fullmatch(r"\s*\|[^|]*", lines[end]):
        end += 1
    return end if end > start + 2 and lines[end - 1].strip() == "|" else start


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
