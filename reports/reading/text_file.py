"""A report as plain text: one line a line, or a table copied out of a page (a row or a cell to the line)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.reading.blocks import Block, Line, Row, row_of
from reports.reading.cells import is_number, printed

_BORDER = re.compile(r"[\s|+:=\-─━┄┅┈┉┌┐└┘├┤┬┴┼╭╮╰╯═╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋]+")
_BARS = re.compile(r"[|│┃║]")
# Markdown's rule below a table's head, where bars stand between cells only.
_RULE_BETWEEN = re.compile(r":?-{3,}:?(?: ?\| ?:?-{3,}:?)+")


_LONE_TABS, _COMMAS, _BETWEEN, _UNENDED = 10, 10, 10, 4
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
    if _is_stream(lines):
        found = _rows_of_stream(lines)
        filled_up = any((match := _ENDED.fullmatch(line)) and match[2] for line in lines)
    else:
        bars = _Bars.of(lines)
        found = [block for part in _parts(lines, bars) for block in part]
        filled_up = bars.behind and any(_FILLED_UP.search(line.strip()) for line in lines)
    return _as_printed(found) if filled_up else found


def _as_printed(blocks: Sequence[Block]) -> list[Block]:
    """The rows of a text that fills short ones up: a last blank is filler, unless the text shows blanks in place."""
    rows = [[cell.text.strip() for cell in block.cells] for block in blocks if isinstance(block, Row)]
    in_place = any(
        texts[at] == "" and texts[at - 1] and texts[at + 1] and not _is_label(texts[at + 1])
        for texts in rows
        for at in range(1, len(texts) - 1)
    )
    return [block if in_place or isinstance(block, Line) else _without_filler(block) for block in blocks]


def _without_filler(row: Row) -> Row:
    filled = max((at for at, cell in enumerate(row.cells, 1) if cell.text.strip()), default=0)
    return Row(row.cells[:filled])


@dataclass(frozen=True, slots=True)
class _Bars:
    """What bars mean in a text: whether one stands before the first cell of a row, and one behind the last."""

    before: bool
    behind: bool

    @classmethod
    def of(cls, lines: Sequence[str]) -> _Bars:
        """As most lines have it; where even a few rows end without a bar, one that ends with a bar has a blank cell."""
        barred = [line.strip() for line in lines if len(_BARS.findall(line)) >= 3]
        begun = sum(bool(_BARS.match(line)) for line in barred)
        ended = sum(bool(_BARS.match(line[-1])) for line in barred)
        ruled = any(_RULE_BETWEEN.fullmatch(line.strip()) for line in lines)
        between = len(barred) >= _BETWEEN and 2 * begun < len(barred) and (ruled or len(barred) - ended >= _UNENDED)
        return cls(before=2 * begun >= len(barred), behind=not between)


# A cell's bar, and bars that only fill a short row up: what stands there may be blank, or a blank may be left out.
_ENDED = re.compile(r"([^|]*?)\s*\|\s*(\|*)\s*")
_FILLED_UP = re.compile(r"(?<=\| )\|{2,}$")
_STREAM, _LABELS, _LONGEST_LABEL = 60, 3, 45
_SENTENCE = re.compile(r".*[。；：:;]|[一二三四五六1-6][、.．].*(?:情况|问题|事项).*")


def _is_stream(lines: Sequence[str]) -> bool:
    """Whether cells are lines that end with a bar, or with one on the next line, and nothing says where a row ends."""
    barred = [line for line in lines if "|" in line]
    return len(barred) >= _STREAM and sum(bool(_ENDED.fullmatch(line)) for line in barred) >= 0.9 * len(barred)


def _rows_of_stream(lines: Sequence[str]) -> list[Block]:
    """Rows out of a stream of cells: a row ends where a label follows a figure or a blank."""
    found: list[Block] = []
    row: list[str] = []
    waiting: list[str] = []

    def end_row() -> None:
        # Labels above the row's own are headings; a row has no more labels than the form's groups are deep.
        labels = next((at for at, cell in enumerate(row) if not _is_label(cell)), len(row))
        if labels > _LABELS and any(map(str.strip, row[labels:])):
            found.extend([row_of(row[: labels - 1]), row_of(row[labels - 1 :])])
        elif row:
            found.append(row_of(row))
        row.clear()

    for line in lines:
        match = _ENDED.fullmatch(line)
        if match is None:
            waiting.append(line)
            continue
        waiting += [match[1]] if match[1].strip() else []
        said, cell = _sentences_and_cell(waiting)
        if row and said and is_number(said[0]):
            # The last cell of a table may have no bar behind it.
            row.append(said.pop(0))
        if said or (row and _is_label(cell) and not _is_label(row[-1])):
            end_row()
        found += [Line(each) for each in said]
        row += [cell] if cell or not match[2] else []
        waiting = []
        if match[2]:
            end_row()
    if row and waiting and is_number(waiting[0]):
        row.append(waiting.pop(0))
    end_row()
    return [*found, *map(Line, waiting)]


def _sentences_and_cell(waiting: Sequence[str]) -> tuple[list[str], str]:
    """The lines before a bar parted into what stands above a table, and the lines of the cell."""
    start = 0
    for at, line in enumerate(waiting):
        text = line.strip()
        if not text or len(text) > _LONGEST_LABEL or _SENTENCE.fullmatch(text):
            start = at + 1
    return list(waiting[:start]), "\n".join(waiting[start:])


def _is_label(cell: str) -> bool:
    return bool(cell.strip()) and printed(cell) is None


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


def _parts(lines: Sequence[str], bars: _Bars) -> Iterator[list[Block]]:
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
        yield _line(lines[index], bars)
        index += 1


def _line(line: str, bars: _Bars) -> list[Block]:
    plain = line.strip()
    count = len(_BARS.findall(plain))
    if count >= 3 or (count and (not bars.behind or _BARS.match(plain) or _BARS.match(plain[-1]))):
        if _BORDER.fullmatch(plain) and not any(mark.isalnum() for mark in line) and " " not in plain:
            return []
        plain = _FILLED_UP.sub("", plain).rstrip() if bars.behind else plain
        cells = _BARS.split(plain)
        # The outer bars of a line hold nothing outside them.
        cells = cells[1:] if bars.before and _BARS.match(plain) else cells
        cells = cells[:-1] if bars.behind and _BARS.match(plain[-1]) else cells
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
