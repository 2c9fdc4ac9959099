"""The three tables of the form, found in a document and read: by their cells where it has cells, else as torn text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from reports.edition import Edition, FigureColumn, SectionTwo, edition_names, load_edition
from reports.figures import Figure
from reports.reading.alignment import ALIKE, Item, align, alike, core
from reports.reading.blocks import Block, Cell, Line, Row, key, said, squeezed
from reports.reading.cells import figure, printed
from reports.reading.pieces import lines_of, pieces_of, runs_of

Unread = tuple[str, str]

_COUNT = FigureColumn("")
_SUB_ROWS = ("无正当理由逾期", "逾期不补正", "未按收费通知要求", "不再处理其政府信息")
_LONGEST = 2000
_UNKNOWN = "没有找到这一行，或者不能肯定哪些数字属于它"


@dataclass(slots=True)
class Table:
    """What was read of a table: its rows by path or key, and what could not be read, with the reason."""

    rows: dict[str, tuple[Figure, ...]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    @property
    def figures(self) -> int:
        """How many figures were read."""
        return sum(figure is not None for row in self.rows.values() for figure in row)

    @property
    def quality(self) -> tuple[int, int]:
        """Rows read, then figures read: the reading of the same table with more of them is the better one."""
        return len(self.rows) - len(self.unread), self.figures


@dataclass(frozen=True, slots=True)
class Regions:
    """Where in the document the tables stand: slices of its blocks."""

    two: slice
    three: slice
    four: slice


def _texts(block: Block) -> tuple[str, ...]:
    return (block.text,) if isinstance(block, Line) else tuple(cell.text for cell in block.cells)


def _short_key(text: str) -> str:
    """The key of a text that may be a label: digits left out, empty for a sentence."""
    plain = re.sub(r"\d", "", key(text))
    return plain if len(plain) <= 60 else ""


def find_regions(blocks: Sequence[Block]) -> Regions:
    """The three regions, told by the labels that only the form has; empty ones where there are none."""
    keys = [tuple(map(_short_key, _texts(block))) for block in blocks]

    def first(start: int, *words: str, stop: int | None = None) -> int | None:
        return next(
            (
                at
                for at in range(start, len(blocks) if stop is None else stop)
                if any(word in text for text in keys[at] for word in words)
            ),
            None,
        )

    three = _start_of_three(keys)
    end_three = None if three is None else first(three, "结转下年度", "结转下一年度", "结转下年")
    searched = end_three if end_three is not None else three if three is not None else 0
    four = first(searched + (end_three is not None), "复议", "结果维持", "维持")
    if four is None:
        four = first(0, "尚未审结", "结果维持")
    end_four = len(blocks)
    if four is not None:
        end_four = next((at for at in range(four + 1, len(blocks)) if _ends_four(keys[at], blocks[at])), len(blocks))
    end = four if four is not None and (three is None or four > three) else len(blocks)
    if three is not None and (four is None or four < three):
        end = next((at for at in range(three, len(blocks)) if _ends_four(keys[at], blocks[at])), len(blocks))
    two = first(0, "第二十条第", "第条第", "信息内容", "规范性文件", stop=three if three is not None else four)
    two = _start_of_two(keys, three if three is not None else end) if two is None or three else two
    return Regions(
        _region(two, three if three is not None else end),
        _region(None if three is None else _with_figures_above(blocks, three), end),
        _region(four, end_four),
    )


def _region(start: int | None, end: int) -> slice:
    """From here to there, no longer than any table is that has a cell to the line."""
    return slice(0, 0) if start is None else slice(start, min(end, start + _LONGEST))


def _start_of_three(keys: Sequence[tuple[str, ...]]) -> int | None:
    """The row of 本年新收 that 上年结转 follows: sentences speak of both as well."""
    for wanted, follows in (
        ("本年新收政府信息公开申请", "上年结转"),
        ("本年新收", "上年结转"),
        ("新收政府信息", "结转"),
    ):
        for at, texts in enumerate(keys):
            if any(_begins(text, wanted) for text in texts):
                below = range(at, min(at + 40, len(keys)))
                if any(follows in text for row in below for text in keys[row]):
                    return at
    # That label itself may be torn: then the table begins with its headings.
    for at, texts in enumerate(keys):
        if any(_begins(text, "申请人情况") or _begins(text, "自然人法人") or text == "自然人" for text in texts):
            below = range(at, min(at + 80, len(keys)))
            if any("结转" in text or "予以公开" in text for row in below for text in keys[row]):
                return at
    return None


def _begins(text: str, wanted: str) -> bool:
    return 0 <= text.find(wanted) <= 3 and len(text) <= 30


def _start_of_two(keys: Sequence[tuple[str, ...]], end: int) -> int | None:
    starts = [
        at
        for at in range(end)
        for text in keys[at]
        if re.match(r"第(二十)?条第", text) or text.endswith("信息内容") or text.startswith("信息内容")
    ]
    return starts[0] if starts else None


def _with_figures_above(blocks: Sequence[Block], start: int) -> int:
    """A row's figures may be torn off to the line above its label; a table's headings tell its columns."""
    if isinstance(blocks[start], Row):
        headed = {key(label) for label in ("申请人情况", *load_edition(edition_names()[-1]).table_three.columns)}
        while start and isinstance(blocks[start - 1], Row) and headed & set(map(key, _texts(blocks[start - 1]))):
            start -= 1
    if start and isinstance(blocks[start], Line):
        pieces = pieces_of(lines_of(blocks[start - 1 : start]))
        if pieces and all(piece.is_figure for piece in pieces):
            return start - 1
    return start


def _ends_four(keys: tuple[str, ...], block: Block) -> bool:
    filled = [text for text in keys if text]
    if len(re.sub(r"\d", "", key(said(block)))) > 45:
        return True
    return any(re.search(r"主要问题|改进情况|需要报告的|存在的?问题", text) for text in filled)


# Table three


def edition_shown(blocks: Sequence[Block]) -> str:
    """The edition that table three shows: the one whose own rows are there."""
    # Without the figures that may stand in the middle of a torn label.
    text = "".join(re.sub(r"\d", "", key(each)) for block in blocks for each in _texts(block))
    shown = any(word in text or fuzz.partial_ratio(word, text) >= 85 for word in _SUB_ROWS)
    return "2021" if shown else "2019"


def read_three(blocks: Sequence[Block], edition: str) -> Table:
    """Table three of this edition. What cannot be read for sure is None, and why is in ``unread``."""
    form = load_edition(edition)
    readings = [_three_by_cells(form, blocks)]
    wanted = len(form.table_three.names)
    if readings[0].quality[0] < wanted:
        readings += [_three_torn(form, blocks, empty_is_blank=empty) for empty in (False, True)]
    best = max(readings, key=lambda table: table.quality)
    for path, name in form.table_three.names.items():
        if path not in best.rows:
            best.rows[path] = (None,) * 7
            if not any(where == f"applications/{name}" for where, _ in best.unread):
                best.unread.append((f"applications/{name}", _UNKNOWN))
    return best


def _labels(form: Edition) -> dict[str, str]:
    return {row.path: row.label for row in form.table_three.rows if row.path}


def _all_labels() -> tuple[str, ...]:
    return tuple({row.label: None for name in edition_names() for row in load_edition(name).table_three.rows})


def _three_by_cells(form: Edition, blocks: Sequence[Block]) -> Table:
    rows = [block for block in blocks if isinstance(block, Row)]
    labels_known = _all_labels()
    headings = {key(column) for column in form.table_three.columns}
    body = [row for row in rows if sum(key(cell.text) in headings for cell in row.cells) < 2]
    labelled = [found for row in body if (found := _label_of(row.cells, labels_known))]
    columns = _heading_columns(rows, form.table_three.columns)
    ways = [way for way in _WAYS if way != "heading" or columns]
    items = [
        Item(labels, {way: _seven(way, rest, columns) for way in ways})
        for labels, rest in labelled
        if len(rest) >= 7 or any(_is_number(cell.text) for cell in rest)
    ]
    # The heading's columns, or the last seven cells, or the first after the label: the way that reads the table.
    best = max(ways, key=lambda way: _read_by(way, items), default="last")
    table = Table()
    labels = _labels(form)
    paths = list(labels)
    for item, row, _ in align(items, list(labels.values())):
        path, name = paths[row], form.table_three.names[paths[row]]
        cells = items[item].value[best]
        if cells is None:
            table.unread.append((f"applications/{name}", "这一行的格数不是7格，不能肯定各数属于哪一列"))
            continue
        table.rows[path] = _figures(cells, f"applications/{name}", form.table_three.columns, table.unread)
    return table


def _is_number(text: str) -> bool:
    found = printed(text)
    return found is not None and found.number is not None


_WAYS = ("heading", "last", "first")


def _label_of(
    cells: Sequence[Cell], labels: Sequence[str]
) -> tuple[tuple[tuple[str, float], ...], tuple[Cell, ...]] | None:
    """The texts that may be the row's label and the cells after it; None if no cell is like a label."""
    for at in range(len(cells) - 1, -1, -1):
        text = cells[at].text
        if any("\u3400" <= mark <= "\u9fff" for mark in text) and any(alike(text, label) >= ALIKE for label in labels):
            whole = "".join(cell.text for cell in cells[: at + 1])
            return ((text, 1.0), (whole, 0.9)), tuple(cells[at + 1 :])
    return None


def _heading_columns(rows: Iterable[Row], headings: Sequence[str]) -> tuple[int, ...]:
    """The physical columns under the headings, if all of them stand in the rows above the first figures."""
    wanted = [key(heading) for heading in headings]
    found: dict[str, int] = {}
    for row in rows:
        for cell in row.cells:
            text = core(cell.text)
            if text in wanted and text not in found:
                found[text] = cell.column
        if len(found) == len(wanted):
            break
    columns = tuple(found.get(text, -1) for text in wanted)
    return columns if -1 not in columns and list(columns) == sorted(set(columns)) else ()


def _seven(way: str, rest: Sequence[Cell], columns: Sequence[int]) -> tuple[str, ...] | None:
    width = 7
    if way == "heading":
        at = {cell.column: cell.text for cell in rest}
        return tuple(at[column] for column in columns) if all(column in at for column in columns) else None
    if len(rest) < width:
        return None
    return tuple(cell.text for cell in (rest[-width:] if way == "last" else rest[:width]))


def _read_by(way: str, items: Sequence[Item[dict[str, tuple[str, ...] | None]]]) -> tuple[int, int, int]:
    """Figures, then rows of figures and blanks, then rows that add up (K3), which decides where all else is equal."""
    rows = numbers = sums = 0
    for item in items:
        cells = item.value[way]
        if cells is None or any(printed(cell) is None for cell in cells):
            continue
        rows += 1
        values = [found.number for cell in cells if (found := printed(cell))]
        numbers += sum(value is not None for value in values)
        sums += values[-1] is not None and sum(value or 0 for value in values[:-1]) == values[-1]
    return numbers, rows, sums


def _figures(cells: Sequence[str], where: str, columns: Sequence[str], unread: list[Unread]) -> tuple[int | None, ...]:
    row: list[int | None] = []
    for text, column in zip(cells, columns, strict=True):
        value: Figure = None
        try:
            value = figure(text, _COUNT)
        except ValueError:
            unread.append((f"{where}/{column}", f"“{squeezed(text)[:30]}”不是件数"))
        row.append(None if value is None else int(value))
    return tuple(row)


def _three_torn(form: Edition, blocks: Sequence[Block], *, empty_is_blank: bool) -> Table:
    lines = _without_headings(lines_of(blocks), form)
    runs = runs_of(pieces_of(lines, empty_is_blank=empty_is_blank), 7)
    items = [Item(run.labels, run) for run in runs]
    labels = _labels(form)
    paths = list(labels)
    # As many whole rows as the form has: then each is in its place, whatever became of its label.
    complete = sum(run.whole for run in runs) == len(paths) == len(runs)
    table = Table()
    for item, row, likeness in align(items, list(labels.values()), sequence=True):
        path, name, run = paths[row], form.table_three.names[paths[row]], runs[item]
        if not run.whole:
            reason = f"这一行读到的是“{' '.join(run.figures)[:40]}”，不是7个数，不能肯定各数属于哪一列"
            table.unread.append((f"applications/{name}", reason))
        elif complete or likeness >= ALIKE:
            table.rows[path] = _figures(run.figures, f"applications/{name}", form.table_three.columns, table.unread)
    return table


def _without_headings(lines: Sequence[str], form: Edition) -> list[str]:
    """The lines without the column headings, which a page break may repeat between two rows."""
    headings = {key(label) for label in ("申请人情况", "法人或其他组织", *form.table_three.columns[:-2])}
    kept = []
    for line in lines:
        text = key(line)
        if text in headings or (text and sum(heading in text for heading in headings) >= 2):
            continue
        kept.append(line)
    return kept


# Table four


def read_four(blocks: Sequence[Block]) -> Table:
    """Table four: three groups of five figures."""
    form = load_edition(edition_names()[-1])
    keys, columns = form.table_four.labels, form.table_four.columns
    width = len(keys) * len(columns)
    cells = _four_by_cells(blocks, width) or _four_by_groups(blocks, list(keys.values()), len(columns))
    cells = cells or _four_torn(blocks, width)
    table = Table()
    for index, (name, label) in enumerate(keys.items()):
        own = cells[index * len(columns) : (index + 1) * len(columns)]
        if own:
            table.rows[name] = _figures(own, f"reviews/{label}", columns, table.unread)
        else:
            table.rows[name] = (None,) * len(columns)
            table.unread.append((f"reviews/{label}", "没有找到这一行的5个数，或者不能肯定各数属于哪一列"))
    return table


def _four_by_cells(blocks: Sequence[Block], width: int) -> tuple[str, ...]:
    """The row of fifteen cells; empty if there is none, or more than one with figures."""
    rows = []
    for block in blocks:
        if not isinstance(block, Row):
            continue
        cells = [cell.text for cell in block.cells]
        for own in (cells[-width:], cells[:width]):
            if len(own) == width and all(printed(cell) for cell in own):
                rows.append(tuple(own))
                break
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    return filled[0] if len(filled) == 1 else rows[0] if len(rows) == 1 else ()


def _four_by_groups(blocks: Sequence[Block], labels: Sequence[str], width: int) -> tuple[str, ...]:
    """A table that has a row for each group: five figures beside its label."""
    found: list[str] = []
    rows = [block for block in blocks if isinstance(block, Row)]
    for label in labels:
        for row in rows:
            named = [at for at, cell in enumerate(row.cells) if alike(cell.text, label) >= 0.9]
            rest = [cell.text for cell in row.cells[named[-1] + 1 :]] if named else []
            if len(rest) == width and all(printed(cell) for cell in rest):
                found += rest
                break
    return tuple(found) if len(found) == width * len(labels) else ()


def _four_torn(blocks: Sequence[Block], width: int) -> tuple[str, ...]:
    lines = lines_of(blocks)
    for empty in (False, True):
        pieces = pieces_of(lines, empty_is_blank=empty)
        if empty:
            # What stands before the first figure is the layout of the headings.
            last_label = max((at for at, piece in enumerate(pieces) if not piece.is_figure), default=-1)
            pieces = pieces[last_label + 1 :]
        runs = [run for run in runs_of(pieces, width) if run.whole]
        if len(runs) == 1:
            return runs[0].figures
        figures = [piece for piece in pieces if piece.is_figure]
        if len(figures) == width:
            return tuple(piece.text for piece in figures)
    return ()


# Section two


def section_two_shown(blocks: Sequence[Block], default: str) -> SectionTwo:
    """The edition's section two whose column headings stand in the region."""
    text = "".join(key(each) for block in blocks for each in _texts(block))
    words = {
        "2021": ("制发", "废止", "现行有效", "收费金额"),
        "2019": ("新制作", "新公开", "公开总数", "上一年项目", "采购"),
    }
    counts = {edition: sum(word in text for word in found) for edition, found in words.items()}
    best = max(counts, key=lambda edition: (counts[edition], edition == default))
    return load_edition(best if counts[best] else default).section_two


def read_two(blocks: Sequence[Block], section: SectionTwo) -> Table:
    """Section two as this edition lays it out."""
    text = "".join(squeezed(each) for block in blocks for each in _texts(block))
    money = re.search(r"金额\(?(?:单位)?:?\(?(万元|元)", text)
    heading = money[1] if money else ""
    torn = _two_torn(blocks, section)
    table = Table()
    for name, columns in section.columns_of.items():
        where = f"proactive/{section.labels[name]}"
        cells = _two_by_cells(blocks, section, name, len(columns)) or torn.get(name)
        if cells is None:
            table.rows[name] = (None,) * len(columns)
            table.unread.append((where, _UNKNOWN))
            continue
        row: list[Figure] = []
        for text, column in zip(cells, columns, strict=True):
            try:
                row.append(figure(text, column, heading))
            except ValueError:
                row.append(None)
                table.unread.append((f"{where}/{column.label}", f"“{squeezed(text)[:30]}”不是数字"))
        table.rows[name] = tuple(row)
    return table


def _row_named(text: str, section: SectionTwo) -> str:
    """The key of section two's row that a label names; empty if none."""
    found = core(text)
    for name, label in section.labels.items():
        wanted = core(label)
        if found == wanted or (len(wanted) > 4 and alike(text, label) >= 0.8):
            return name
    return ""


def _two_by_cells(blocks: Sequence[Block], section: SectionTwo, name: str, width: int) -> tuple[str, ...] | None:
    headings = {key(column.label)[:6] for columns in section.columns_of.values() for column in columns}
    columns: list[int] = []
    for block in blocks:
        if not isinstance(block, Row):
            continue
        headed = [cell.column for cell in block.cells if key(cell.text)[:6] in headings]
        columns = headed or columns
        at = next((at for at, cell in enumerate(block.cells) if _row_named(cell.text, section) == name), None)
        if at is None:
            continue
        rest = block.cells[at + 1 :]
        under = {cell.column: cell.text for cell in rest}
        filled = [cell.text for cell in rest if cell.text.strip()]
        if len(rest) == width:
            return tuple(cell.text for cell in rest)
        if len(columns) == width and all(column in under for column in columns):
            return tuple(under[column] for column in columns)
        if len(filled) == width:
            return tuple(filled)
        if rest and not filled:
            return ("",) * width
    return None


def _two_torn(blocks: Sequence[Block], section: SectionTwo) -> dict[str, tuple[str, ...]]:
    """The rows from lines: figures after a row's label, before it where the line was torn, else all in order."""
    found: dict[str, tuple[str, ...]] = {}
    widths = {name: len(columns) for name, columns in section.columns_of.items()}
    best: dict[str, tuple[str, ...]] = {}
    for empty in (False, True):
        found = {}
        pieces = pieces_of(lines_of(blocks), empty_is_blank=empty)
        name = ""
        run: list[str] = []
        runs: list[tuple[str, list[str]]] = []
        words = ""
        for piece in pieces:
            if piece.is_figure:
                run.append(piece.text)
                continue
            if run:
                runs.append((name, run))
                run, name, words = [], "", ""
            words = (words + piece.text)[-40:]
            name = (
                _row_named(piece.text, section) or _row_named(words, section) or ("" if len(piece.text) > 3 else name)
            )
        runs.append((name, run))
        for each, figures in runs:
            own = figures[: widths.get(each, 0)] if empty else figures
            if each and each not in found and len(own) == widths[each]:
                found[each] = tuple(own)
        figures = [piece.text for piece in pieces if piece.is_figure]
        if not empty and len(figures) == sum(widths.values()) and len(found) < len(widths):
            rest = iter(figures)
            found = {each: tuple(next(rest) for _ in range(width)) for each, width in widths.items()}
        best = max(best, found, key=len)
    return best
