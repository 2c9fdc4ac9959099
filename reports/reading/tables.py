"""The three tables of the form, found in a document and read: by their cells where it has cells, else as torn text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from rapidfuzz import fuzz

from reports.edition import TOTAL_LABEL, Edition, FigureColumn, SectionTwo, edition_names, load_edition
from reports.figures import Figure
from reports.reading.alignment import ALIKE, Item, align, alike, core
from reports.reading.blocks import Block, Cell, Line, Row, key, said, squeezed
from reports.reading.cells import adds_up, figure, is_number, is_parted, printed
from reports.reading.pieces import Piece, Run, are_cells, lines_of, may_be_blank, pieces_of, runs_of

Unread = tuple[str, str]

_COUNT = FigureColumn("")
_SUB_ROWS = ("无正当理由逾期", "逾期不补正", "未按收费通知要求", "不再处理其政府信息")
_LONGEST = 2000
_LONGEST_HEADING = 120
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
    two = _start_of_two(keys, three, end_three, four)
    three = None if three is None else _with_figures_above(blocks, three)
    starts = [start for start in (two, three, four) if start is not None]

    def region(start: int | None) -> slice:
        if start is None:
            return slice(0, 0)
        end = next((at for at in range(start + 1, len(blocks)) if _ends_tables(keys[at], blocks[at])), len(blocks))
        after = [other for other in starts if other > start]
        # Between two tables stand no sections' ends, only sentences.
        end = min(after) if after and start != four else end
        return slice(start, min([end, start + _LONGEST, *after]))

    return Regions(region(two), region(three), region(four))


def _start_of_three(keys: Sequence[tuple[str, ...]]) -> int | None:
    """The row of 本年新收 that 上年结转 follows: sentences speak of both as well."""
    for wanted, follows in (
        ("本年新收政府信息公开申请", "上年结转"),
        ("本年新收", "上年结转"),
        ("新收政府信息", "结转"),
    ):
        found = [
            at
            for at, texts in enumerate(keys)
            if any(_begins(text, wanted) for text in texts)
            and any(follows in text for row in range(at, min(at + 40, len(keys))) for text in keys[row])
        ]
        if found:
            # A report may sum its requests up in a small table of its own: the form's has the form's rows.
            ends = [*found[1:], len(keys)]
            shown = {at: _rows_shown(keys[at : min(end, at + _LONGEST)]) for at, end in zip(found, ends, strict=True)}
            return max(found, key=lambda at: (shown[at], -at))
    # That label itself may be torn: then the table begins with its headings.
    for at, texts in enumerate(keys):
        if any(_begins(text, "申请人情况") or _begins(text, "自然人法人") or text == "自然人" for text in texts):
            below = range(at, min(at + 80, len(keys)))
            if any("结转" in text or "予以公开" in text for row in below for text in keys[row]):
                return at
    return None


def _begins(text: str, wanted: str) -> bool:
    return 0 <= text.find(wanted) <= 3 and len(text) <= 30


_OWN_ROWS = (
    "国家秘密",
    "三安全",
    "第三方合法",
    "过程性",
    "执法案卷",
    "查询事项",
    "重复申请",
    "出版物",
    "总计",
    "结转下",
)


def are_shown(three: Sequence[Block]) -> bool:
    """Whether table three is there, if only with its rows' labels: a report, though none of its figures be sure."""
    return _rows_shown([tuple(map(_short_key, _texts(block))) for block in three]) > len(_OWN_ROWS) / 2


def _rows_shown(keys: Sequence[tuple[str, ...]]) -> int:
    texts = [text for row in keys for text in row]
    return sum(any(word in text for text in texts) for word in _OWN_ROWS)


def _start_of_two(
    keys: Sequence[tuple[str, ...]], three: int | None, end_three: int | None, four: int | None
) -> int | None:
    """Where section two's table begins: before table three, or wherever else its own titles stand."""
    before = three if three is not None else four if four is not None else len(keys)
    ends = end_three if end_three is not None else before
    titles = [at for at, texts in enumerate(keys) for text in texts if _TITLE_OF_TWO.search(text)]
    for found in ([at for at in titles if at < before], [at for at in titles if at > ends]):
        if found:
            return found[0]
    return next(
        (
            at
            for at in range(before)
            for text in keys[at]
            if any(word in text for word in ("第二十条第", "第条第", "信息内容", "规范性文件"))
        ),
        None,
    )


_TITLE_OF_TWO = re.compile("^第(?:二十)?条第|^信息内容|信息内容$")


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


def _ends_tables(keys: tuple[str, ...], block: Block) -> bool:
    filled = [text for text in keys if text]
    if len(re.sub(r"\d", "", key(said(block)))) > 45:
        return True
    return any(re.search(r"主要问题|改进情况|需要报告的|存在的?问题", text) for text in filled)


# Table three


def edition_shown(blocks: Sequence[Block], default: str) -> str:
    """The edition that table three shows: the one whose own rows are there; the default if it ends before them."""
    # Without the figures that may stand in the middle of a torn label.
    text = "".join(re.sub(r"\d", "", key(each)) for block in blocks for each in _texts(block))
    shown = any(word in text or fuzz.partial_ratio(word, text) >= 85 for word in _SUB_ROWS)
    if not shown and "其他处理" not in text and "结转下" not in text:
        return default
    return "2021" if shown else "2019"


def read_three(blocks: Sequence[Block], edition: str, above: Sequence[Block] = ()) -> Table:
    """Table three of this edition. What cannot be read for sure is None, and why is in ``unread``.

    ``above`` is what stands before the table, where a text has its column headings.
    """
    form = load_edition(edition)
    cells = _three_by_cells(form, blocks)
    if len(cells.rows) == len(form.table_three.names):
        return cells
    torn = [_three_torn(form, blocks, above, empty_is_blank=empty) for empty in (False, True)]
    best = _with_rows_of(cells, torn, form) if cells.rows else max(torn, key=lambda table: table.quality)
    for path, name in form.table_three.names.items():
        if path not in best.rows:
            best.rows[path] = (None,) * 7
            if not any(where == f"applications/{name}" for where, _ in best.unread):
                best.unread.append((f"applications/{name}", _UNKNOWN))
    return best


def _with_rows_of(cells: Table, torn: Sequence[Table], form: Edition) -> Table:
    """The rows read by cells, and those that stand outside of them where the text says all the others alike."""
    failed = {where for where, _ in cells.unread}
    for table in sorted(torn, key=lambda table: table.quality, reverse=True):
        common = [path for path in cells.rows if path in table.rows]
        if len(common) < len(cells.rows) * _MOST or any(cells.rows[path] != table.rows[path] for path in common):
            continue
        more = {
            path: row
            for path, row in table.rows.items()
            if path not in cells.rows and f"applications/{form.table_three.names[path]}" not in failed
        }
        places = tuple(f"applications/{form.table_three.names[path]}" for path in more)
        unread = [each for each in table.unread if each[0].startswith(places)] if places else []
        return Table(cells.rows | more, [*cells.unread, *unread])
    return cells


def _labels(form: Edition) -> dict[str, str]:
    return {row.path: row.label for row in form.table_three.rows if row.path}


def _all_labels() -> tuple[str, ...]:
    return tuple({row.label: None for name in edition_names() for row in load_edition(name).table_three.rows})


def _three_by_cells(form: Edition, blocks: Sequence[Block]) -> Table:
    labels_known = _all_labels()
    rows = [row for block in blocks if isinstance(block, Row) for row in _unstacked(block, labels_known)]
    headings = {key(column) for column in form.table_three.columns}
    body = [
        row
        for row in rows
        if sum(key(cell.text) in headings for cell in row.cells) < 2
        and not any(key(cell.text) == _OVER_ALL for cell in row.cells)
    ]
    body = _mended(body, labels_known)
    labelled = [found for row in body if (found := _label_of(row.cells, labels_known))]
    seen = _headings(rows, form.table_three.columns)
    ways = [way for way in _WAYS if (way == "heading" and seen.columns) or (way != "heading" and seen.usual)]
    items = [
        Item(labels, {way: _seven(way, rest, seen.columns) for way in ways})
        for labels, rest in labelled
        if len(rest) >= 7 or any(is_number(cell.text) for cell in rest)
    ]
    # The heading's columns, or the last seven cells, or the first after the label: the way that reads the table.
    best = max(ways, key=lambda way: _read_by(way, items), default="")
    table = Table()
    labels = _labels(form)
    paths = list(labels)
    for item, row, _ in align(items, list(labels.values())):
        path, name = paths[row], form.table_three.names[paths[row]]
        cells = items[item].value.get(best)
        if cells is None:
            reason = (
                "这一行的格数不是7格，不能肯定各数属于哪一列"
                if seen.usual
                else "表头的列与格式不同，不能肯定各数属于哪一列"
            )
            table.unread.append((f"applications/{name}", reason))
            continue
        table.rows[path] = _figures(cells, f"applications/{name}", form.table_three.columns, table.unread)
    if seen.columns and seen.columns[-1] < 0 and table.rows:
        table.unread.append((f"applications/{TOTAL_LABEL}", "表里没有总计这一列"))
    return table


_WAYS = ("heading", "last", "first")


def _label_of(
    cells: Sequence[Cell], labels: Sequence[str]
) -> tuple[tuple[tuple[str, float], ...], tuple[Cell, ...]] | None:
    """The texts that may be the row's label and the cells after it; None if no cell is like a label."""
    for at in range(len(cells) - 1, -1, -1):
        text = cells[at].text
        if any("\u3400" <= mark <= "\u9fff" for mark in text) and any(alike(text, label) >= ALIKE for label in labels):
            whole = "".join(cell.text for cell in cells[: at + 1])
            # A group's label may stand above the row's own.
            last = text.strip().rpartition("\n")[2]
            return ((text, 1.0), (last, 0.98), (whole, 0.9)), tuple(cells[at + 1 :])
    return None


def _unstacked(row: Row, labels: Sequence[str]) -> list[Row]:
    """The rows that were put into one row of cells, a line each; the row itself if it is but one."""
    for at, cell in enumerate(row.cells):
        lines = cell.text.strip().split("\n")
        rest = [other.text.strip().split("\n") for other in row.cells[at + 1 :]]
        if len(lines) > 1 and len(rest) >= 6 and all(len(other) == len(lines) for other in rest):
            known = [label for line in lines for label in labels if alike(line, label) >= _SURE]
            if len(set(known)) < len(lines):
                continue
            return [
                Row(
                    (
                        Cell(line, cell.column),
                        *(Cell(o[i], c.column) for o, c in zip(rest, row.cells[at + 1 :], strict=True)),
                    )
                )
                for i, line in enumerate(lines)
            ]
    return [row]


def _mended(rows: Sequence[Row], labels: Sequence[str]) -> list[Row]:
    """The rows with those whole again that a page's end cut in two: figures on one side, all or some words on both."""
    mended: list[Row] = []
    for row in rows:
        whole = _joined(mended[-1], row, labels) if mended else None
        if whole:
            mended[-1] = whole
        else:
            mended.append(row)
    return mended


def _joined(above: Row, below: Row, labels: Sequence[str]) -> Row | None:
    parts = above.cells[-7:], below.cells[-7:]
    filled = [any(map(_is_filled, part)) for part in parts]
    counts = len(above.cells), len(below.cells)
    if min(counts) < 8 or max(counts) > _WIDEST or filled[0] == filled[1]:
        return None
    figures = parts[filled.index(True)]
    if not all(printed(cell.text.rstrip("…")) for cell in figures):
        return None
    texts = [
        next((cell.text.strip() for cell in reversed(row.cells[:-7]) if _is_filled(cell)), "") for row in (above, below)
    ]
    label = "".join(texts)
    sure = [max(alike(text, known) for known in labels) for text in (label, *texts)]
    if all(texts) and sure[0] <= max(sure[1:]):
        return None
    return Row((Cell(label, figures[0].column - 1), *figures))


@dataclass(frozen=True, slots=True)
class _Headings:
    """The columns under the form's seven headings, -1 where 总计 has none; and whether they stand as in the form."""

    columns: tuple[int, ...]
    usual: bool


def _headings(rows: Iterable[Row], headings: Sequence[str]) -> _Headings:
    """What the rows above the first figures tell of the columns.

    Where headings stand in another order, or between others, only their own columns tell which figure is whose.
    """
    wanted = [key(heading) for heading in headings]
    found: dict[str, int] = {}
    usual = True
    for row in rows:
        names = [_heading(cell.text) for cell in row.cells]
        known = [wanted.index(name) for name in names if name in wanted]
        if len(known) > 1 and not (_GROUP in names and known == _BELOW_EACH_OTHER):
            more = [name for name in names if _SUM_COLUMN.search(name)]
            usual = usual and known == sorted(known) and not more
        for cell, name in zip(row.cells, names, strict=True):
            if name in wanted and name not in found:
                found[name] = cell.column
        if len(found) == len(wanted) or (found and sum(map(is_number, (cell.text for cell in row.cells))) > 2):
            break
    columns = tuple(found.get(text, -1) for text in wanted)
    no_total = columns[-1] < 0 and len(found) >= 4
    if -1 in columns[:-1] or len(set(columns)) < len(columns):
        return _Headings((), usual and not no_total)
    if no_total:
        return _Headings(columns, usual=False)
    return _Headings(columns if not usual or list(columns) == sorted(columns) else (), usual)


def _heading(text: str) -> str:
    name = core(text)
    return key(TOTAL_LABEL) if name in {"合计", "共计", "总数"} else name


_SUM_COLUMN = re.compile("小计")
# The two lines of headings said one after the other: 总计 is in the first, what 法人或其他组织 heads in the second.
_GROUP = "法人或其他组织"
_BELOW_EACH_OTHER = [0, 6, 1, 2, 3, 4, 5]
_WHOLE = 4
_OVER_ALL = "申请人情况"
_SURE, _MOST = 0.9, 0.6
_WIDEST = 10


def _seven(way: str, rest: Sequence[Cell], columns: Sequence[int]) -> tuple[str, ...] | None:
    width = 7
    if way == "heading":
        at = {cell.column: cell.text for cell in rest} | {-1: ""}
        return tuple(at[column] for column in columns) if all(column in at for column in columns) else None
    own, others = (rest[-width:], rest[:-width]) if way == "last" else (rest[:width], rest[width:])
    return tuple(cell.text for cell in own) if len(own) == width and not any(map(_is_filled, others)) else None


def _is_filled(cell: Cell) -> bool:
    return bool(cell.text.strip())


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
    whole = adds_up(cells)
    for text, column in zip(cells, columns, strict=True):
        value: Figure = None
        try:
            value = figure(text, _COUNT)
        except ValueError:
            unread.append((f"{where}/{column}", f"“{squeezed(text)[:30]}”不是件数"))
        if value is not None and is_parted(text) and not whole:
            value = None
            unread.append((f"{where}/{column}", f"“{' '.join(text.split())[:30]}”可能是几个数"))
        row.append(None if value is None else int(value))
    return tuple(row)


def _three_torn(form: Edition, blocks: Sequence[Block], above: Sequence[Block], *, empty_is_blank: bool) -> Table:
    lines = _without_headings(lines_of(blocks), form)
    pieces = pieces_of(lines, empty_is_blank=empty_is_blank)
    if empty_is_blank and not may_be_blank(pieces):
        return Table()
    labels = _labels(form)
    if same := _all_the_same(pieces, 7 * len(labels)):
        figures = _figures((same,) * 7, "applications", form.table_three.columns, [])
        return Table(dict.fromkeys(labels, figures))
    runs = runs_of(pieces, 7)
    items = [Item(_labels_of(run, list(labels.values())), run) for run in runs]
    paths = list(labels)
    # As many whole rows as the form has: then each is in its place, whatever became of its label.
    complete = sum(run.whole for run in runs) == len(paths) == len(runs)
    complete = complete and (not any(run.counted for run in runs) or _in_rows(runs))
    disorder = {len(run.figures) > 7 for run in runs if not run.whole} == {True, False}
    table = Table()
    if not _in_usual_order([*above, *blocks], runs):
        return table
    matched = align(items, list(labels.values()), sequence=True)
    either = set() if complete else _of_either([(runs[item], row) for item, row, _ in matched], list(labels.values()))
    for item, row, likeness in matched:
        path, name, run = paths[row], form.table_three.names[paths[row]], runs[item]
        if row in either:
            table.unread.append((f"applications/{name}", "两行的名称之间只有一行数字，不能肯定是哪一行的"))
        elif disorder and run.line < 0 and len(set(run.figures)) > 1:
            table.unread.append((f"applications/{name}", "文字里数字的先后乱了，不能肯定各数属于哪一列"))
        elif not run.whole:
            reason = f"这一行读到的是“{' '.join(run.figures)[:40]}”，不是7个数，不能肯定各数属于哪一列"
            table.unread.append((f"applications/{name}", reason))
        elif complete or (likeness >= ALIKE and not run.counted):
            table.rows[path] = _figures(run.figures, f"applications/{name}", form.table_three.columns, table.unread)
    return table


def _of_either(matched: Sequence[tuple[Run, int]], labels: Sequence[str]) -> set[int]:
    """Rows whose figures may as well be those of the row above or below, which has none of its own.

    Where figures stand now beside their label, now above or below it, those between two labels may be either's.
    """

    def says(text: str, row: int) -> bool:
        return 0 <= row < len(labels) and alike(text, labels[row]) >= ALIKE

    def sides(run: Run, row: int) -> tuple[bool, bool]:
        above = bool(run.before) and (says(run.before[-1], row) or says("".join(run.before), row))
        return above, bool(run.after) and says(run.after[0], row)

    loose = [(run, row) for run, row in matched if run.whole and not run.beside]
    are_beside = any(run.whole and run.beside for run, _ in matched)
    if not are_beside and not {(True, False), (False, True)} <= {sides(run, row) for run, row in loose}:
        return set()
    filled = {row for run, row in matched if run.whole}
    found: set[int] = set()
    while more := {
        row
        for run, row in loose
        if row in filled
        and ((row + 1 not in filled and sides(run, row + 1)[1]) or (row - 1 not in filled and sides(run, row - 1)[0]))
    }:
        # What is no row's for sure leaves the next one in doubt too: figures may be one label off, row by row.
        found |= more
        filled -= more
    return found


def _all_the_same(pieces: Sequence[Piece], count: int) -> str:
    """What so many figures all say, whose order then does not matter: the year without a request; else nothing."""
    said = [piece.text for piece in pieces if piece.is_figure]
    return said[0] if len(said) == count and len(set(said)) == 1 else ""


def _labels_of(run: Run, labels: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """What may be the row's label: the whole one that stands beside the figures, if there is one."""
    beside = key(run.beside)
    whole = [label for label in labels if len(core(label)) >= _WHOLE and beside.endswith(core(label))]
    return ((max(whole, key=len), 1.0),) if whole else run.labels


def _in_rows(runs: Sequence[Run]) -> bool:
    """Whether figures that no label parts were said row by row, and not column by column: rows add up (K3)."""
    rows = [run.figures for run in runs if any(found.number for text in run.figures if (found := printed(text)))]
    texts = [text for run in runs for text in run.figures]
    columns = list(zip(*(texts[at : at + len(runs)] for at in range(0, len(texts), len(runs))), strict=True))
    by_rows, by_columns = sum(map(adds_up, rows)), sum(map(adds_up, columns))
    return by_rows >= len(rows) / 2 and by_rows > by_columns


def _in_usual_order(blocks: Sequence[Block], runs: Sequence[Run]) -> bool:
    """Whether the headings that can be seen stand in the form's order, left to right or one below the other.

    It does not matter where each row says the same seven times.
    """
    if all(len(set(run.figures)) == 1 for run in runs):
        return True
    text, begun = "", False
    for line in lines_of(blocks):
        begun = begun or any(_begins(_short_key(line), word) for word in ("本年新收", "新收政府信息"))
        if sum(piece.is_figure for piece in pieces_of([line])) > 2:
            if begun:
                break
            text = ""
        text = text + key(line) if len(line) <= _LONGEST_HEADING else ""
    kinds = [text.find(word) for word in ("商业", "科研", "社会公益", "法律服务")]
    seen = [at for at in kinds if at >= 0]
    if seen != sorted(seen):
        return False
    person, total = text.find("自然人"), text.find(TOTAL_LABEL)
    if not (0 <= total < person):
        return True
    numbered = [run.figures for run in runs if run.whole and any(mark in "123456789" for mark in "".join(run.figures))]
    return len(numbered) > 1 and all(map(adds_up, numbered))


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
    names = list(keys.values())
    cells = (
        _four_turned(blocks, names, columns)
        or _four_by_cells(blocks, width)
        or _four_by_groups(blocks, names, len(columns))
    )
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


def _four_turned(blocks: Sequence[Block], labels: Sequence[str], results: Sequence[str]) -> tuple[str, ...]:
    """A table that has a column for each group and a row for each result."""
    rows = [[cell.text for cell in block.cells] for block in blocks if isinstance(block, Row)]
    heads = [row for row in rows if [key(text) for text in row][-len(labels) :] == [key(label) for label in labels]]
    found: dict[str, list[str]] = {}
    for row in rows:
        own = row[-len(labels) :]
        if len(row) > len(labels) and (name := key(row[-len(labels) - 1])) in set(map(key, results)):
            if name in found or any(printed(text) is None for text in own):
                return ()
            found[name] = own
    if len(heads) != 1 or len(found) != len(results):
        return ()
    return tuple(found[key(result)][at] for at in range(len(labels)) for result in results)


def _in_order(pieces: Sequence[Piece], width: int) -> bool:
    """Whether the results' names between the figures leave them in the form's order: five, or one, to each."""
    first = next((at for at, piece in enumerate(pieces) if piece.is_figure), len(pieces))
    runs = [0]
    names: list[str] = []
    for piece in pieces[first:]:
        if piece.is_figure:
            runs[-1] += 1
        elif re.search(r"维持|纠正|其他结果|审结", piece.text):
            names.append(piece.text)
            runs += [0] if runs[-1] else []
    runs = [run for run in runs if run]
    return not names or runs in ([5] * (width // 5), [5, width - 5])


def _broken(figures: Sequence[Piece], width: int) -> bool:
    """Whether just above or below the line of figures stand others, which may be what it broke off its numbers."""
    counts = Counter(piece.line for piece in figures)
    return any(count == width and any(counts[line + by] for by in (-2, -1, 1, 2)) for line, count in counts.items())


def _four_torn(blocks: Sequence[Block], width: int) -> tuple[str, ...]:
    lines = lines_of(blocks)
    for empty in (False, True):
        pieces = pieces_of(lines, empty_is_blank=empty)
        if same := _all_the_same(pieces, width):
            return (same,) * width
        if empty:
            if not may_be_blank(pieces):
                return ()
            # What stands before the first figure is the layout of the headings.
            last_label = max((at for at, piece in enumerate(pieces) if not piece.is_figure), default=-1)
            pieces = pieces[last_label + 1 :]
        figures = [piece for piece in pieces if piece.is_figure]
        runs = [run for run in runs_of(pieces, width) if run.whole]
        if len(runs) == 1 and _in_order(pieces, width) and not _broken(figures, width):
            return runs[0].figures
        if len(figures) == width and _in_order(pieces, width):
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
            value: Figure = None
            try:
                value = figure(text, column, heading)
            except ValueError:
                table.unread.append((f"{where}/{column.label}", f"“{squeezed(text)[:30]}”不是数字"))
            if value is not None and is_parted(text):
                value = None
                table.unread.append((f"{where}/{column.label}", f"“{' '.join(text.split())[:30]}”可能是几个数"))
            row.append(value)
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
    order = [key(column.label)[:6] for column in section.columns_of[name]]
    columns: list[int] = []
    usual = True
    for block in blocks:
        if not isinstance(block, Row):
            continue
        headed = {text: cell.column for cell in block.cells if (text := key(cell.text)[:6]) in headings}
        if headed:
            usual = not set(headed) >= set(order) or [text for text in headed if text in order] == order
            columns = list(headed.values()) if usual else [headed[text] for text in order]
        at = next((at for at, cell in enumerate(block.cells) if _row_named(cell.text, section) == name), None)
        if at is None:
            continue
        rest = block.cells[at + 1 :]
        under = {cell.column: cell.text for cell in rest}
        filled = [cell.text for cell in rest if cell.text.strip()]
        if len(rest) == width and usual:
            return tuple(cell.text for cell in rest)
        if len(columns) == width and all(column in under for column in columns):
            return tuple(under[column] for column in columns)
        if len(filled) == width and usual:
            return tuple(filled)
        if rest and not filled:
            return ("",) * width
    return None


def _two_torn(blocks: Sequence[Block], section: SectionTwo) -> dict[str, tuple[str, ...]]:
    """The rows from lines: figures after a row's label, before it where the line was torn, else all in order."""
    widths = {name: len(columns) for name, columns in section.columns_of.items()}
    best: dict[str, tuple[str, ...]] = {}
    for empty in (False, True):
        pieces = pieces_of(lines_of(blocks), empty_is_blank=empty)
        if empty and not may_be_blank(pieces):
            break
        if same := _all_the_same(pieces, sum(widths.values())):
            return {name: (same,) * width for name, width in widths.items()}
        runs = _two_runs(pieces, section)
        found: dict[str, tuple[str, ...]] = {}
        for name, run in runs:
            texts = [piece.text for piece in run]
            own = texts[: widths.get(name, 0)] if empty and not any(texts[widths.get(name, 0) :]) else texts
            if name and name not in found and len(own) == widths[name]:
                found[name] = tuple(own)
        if not empty and len(found) < len(widths) and sum(len(run) for _, run in runs) == sum(widths.values()):
            found = _two_in_order([run for _, run in runs if run], widths)
        best = max(best, found, key=len)
    return best


def _two_runs(pieces: Sequence[Piece], section: SectionTwo) -> list[tuple[str, list[Piece]]]:
    """Figures that no label parts, with the row that the label before them names."""
    name = ""
    run: list[Piece] = []
    runs: list[tuple[str, list[Piece]]] = []
    words = ""
    named: set[str] = set()
    above = beside = False
    line = -1
    for piece in pieces:
        if piece.is_figure:
            # Figures below many labels are a column's, unless the last label stands beside them.
            named = {name} if not run and piece.line == line else named
            above = above or not (run or runs or name)
            beside = beside or (not run and piece.line == line)
            run.append(piece)
            continue
        line = piece.line
        if run:
            # Where the first figures come before the first label, those below a label may be the next one's.
            runs.append((name if len(named) <= 1 and (beside or not above) else "", run))
            run, name, words, named, beside = [], "", "", set(), False
        words = (words + piece.text)[-40:]
        name = _row_named(piece.text, section) or _row_named(words, section) or ("" if len(piece.text) > 3 else name)
        named |= {name} - {""}
    return [*runs, (name if beside or not above else "", run)]


def _two_in_order(runs: Sequence[Sequence[Piece]], widths: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """All the rows in order, if runs of figures end where rows end, as where a table is said row by row.

    Several rows' figures that are said one to the line may as well be said column by column: they are rows only
    where that comes to the same.
    """
    rest = iter(widths.items())
    found: dict[str, tuple[str, ...]] = {}
    for run in runs:
        names: list[tuple[str, int]] = []
        while sum(width for _, width in names) < len(run):
            names.append(next(rest))
        if sum(width for _, width in names) > len(run):
            return {}
        texts = [piece.text for piece in run]
        ends = [0, *accumulate(width for _, width in names)]
        rows = [tuple(texts[start:end]) for start, end in pairwise(ends)]
        columns = [tuple(texts[at :: len(rows)]) for at in range(len(rows))]
        if len(rows) == 1 or not are_cells(run) or rows == columns or len(set(texts)) == 1:
            found |= {name: row for (name, _), row in zip(names, rows, strict=True)}
    return found
