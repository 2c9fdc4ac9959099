"""Figures named in a text: ``{本年新收}``, ``{本年新收·自然人}``, ``{行政复议·结果维持}``, ``{上年·本年新收}``.

A name is a row's own name and, after a dot, its column; without a column it is the row's 总计 (or its only figure).
The paths of the report's JSON are names too: ``{applications.new.total}``. ``{{`` and ``}}`` stand for braces.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.course import Course
from reports.edition import TOTAL_LABEL, Edition, load_edition
from reports.figures import Figure, Figures, Row, figure_json
from workflow.faults import InputFault

UNWRITTEN = "（待填写"
"""How a place that the office has yet to write begins; it ends with the next ``）``."""

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LAST_YEAR, _CHANGE = "上年·", "增减·"
_NEAR = 4


@dataclass(frozen=True, slots=True)
class Names:
    """What a text of this report may name: the value of each name, and how the names are printed."""

    values: Mapping[str, str | None]
    printed: tuple[str, ...]

    def render(self, template: str, place: str) -> str:
        """The text with every name replaced by its figure; a blank becomes a place that is not written yet.

        Raises InputFault for a name that there is none of, or a brace that belongs to nothing.
        """

        def put(match: re.Match[str]) -> str:
            piece = match.group()
            if piece in {"{{", "}}"}:
                return piece[0]
            if match.group(1) is None:
                raise InputFault(f"{place}：“{piece}”没有成对，引用应写成 {{本年新收}}，花括号本身写成 {{{{ 或 }}}}")
            name = match.group(1).strip()
            if _folded(name) not in self.values:
                raise InputFault(f"{place}：没有“{{{name}}}”这一项，{self._accepted(name)}")
            value = self.values[_folded(name)]
            return f"{UNWRITTEN}：{name}）" if value is None else value

        return _PIECE.sub(put, template)

    def value(self, name: str) -> str | None:
        """What a name stands for; None where its figure is blank or there is none of this name."""
        return self.values.get(_folded(name))

    def _accepted(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.printed, _NEAR, 0.4)
        some = "、".join(f"{{{each}}}" for each in near or self.printed[:_NEAR])
        return f"应为现有的名称，如{some}；全部名称见 yishen report text names"


def names(figures: Figures, course: Course | None = None) -> Names:
    """The names of a report: its figures, last year's (``上年·``), their difference (``增减·``), and phrases."""
    values: dict[str, str | None] = {
        "机关": figures.agency or None,
        "年度": None if figures.year is None else str(figures.year),
        "上年度": None if figures.year is None else str(figures.year - 1),
    }
    own = dict(_figures(figures))
    values |= {name: _text(figure) for name, figure in own.items()}
    values |= {
        "办理结果": _listed({row: own[row] for row in _outcomes(load_edition(figures.edition))}),
        "申请人构成": _listed(
            {column: own[f"本年新收·{column}"] for column in load_edition(figures.edition).table_three.columns[:-1]}
        ),
    }
    printed = [name for name in values if not name.isascii()]
    values |= dict(_paths(figures))
    before = {} if course is None or course.previous is None else dict(_figures(course.previous))
    for name, figure in own.items():
        values[_LAST_YEAR + name] = _text(before.get(name))
        values[_CHANGE + name] = _change(before.get(name), figure)
    if course is not None:
        values["收件渠道"] = _listed(course.channels)
        printed.append("收件渠道")
    printed += [f"{_LAST_YEAR}本年新收", f"{_CHANGE}本年新收"]
    return Names({_folded(name): value for name, value in values.items()}, tuple(printed))


def group_totals(figures: Figures) -> dict[str, int | None]:
    """The six groups （一）–（六） of 本年度办理结果 and their 总计, in the order of the form."""
    own = dict(_figures(figures))
    counts = ((row, own[row]) for row in _outcomes(load_edition(figures.edition)))
    return {row: None if count is None else int(count) for row, count in counts}


def _figures(figures: Figures) -> Iterator[tuple[str, Figure]]:
    form = load_edition(figures.edition)
    columns = form.table_three.columns
    for path, name in form.table_three.names.items():
        yield from _row(name, columns, figures.applications[path])
    for name, paths in _groups(form).items():
        yield from _row(name, columns, _sums([figures.applications[path] for path in paths]))
    for key, label in form.table_four.labels.items():
        yield from _row(label, form.table_four.columns, figures.reviews[key])
    for top in form.table_four.groups:
        if not top.key:
            rows = [figures.reviews[group.key] for group in top.keyed()]
            both = [
                None if None in cells else sum(c for c in cells if c is not None) for cells in zip(*rows, strict=True)
            ]
            yield from _row(top.label, form.table_four.columns, both)
    section = figures.section_two
    for key, section_columns in section.columns_of.items():
        labels = [column.label for column in section_columns]
        row = figures.proactive.get(key, (None,) * len(labels))
        yield from _row(section.labels[key], labels, row)
    fees = figures.fees
    yield "收费通知件数", None if fees is None else fees.notices
    yield "收费总金额", None if fees is None else fees.billed_yuan
    yield "实际收取金额", None if fees is None else fees.received_yuan


def _sums(rows: Sequence[Row]) -> Row:
    """Rows added up column by column; a blank anywhere leaves the sum blank."""
    return tuple(None if None in cells else sum(c or 0 for c in cells) for cells in zip(*rows, strict=True))


def _row(name: str, columns: Sequence[str], row: Sequence[Figure]) -> Iterator[tuple[str, Figure]]:
    """A row's figures by ``name·column``; the bare name is 总计, or the only figure."""
    if columns[-1] == TOTAL_LABEL or len(columns) == 1:
        yield name, row[-1]
    for column, cell in zip(columns, row, strict=True):
        yield f"{name}·{column}", cell


def _groups(form: Edition) -> dict[str, list[str]]:
    """The paths of the leaf rows of each group of 本年度办理结果 that has none of its own figures."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for row in form.table_three.rows:
        if row.level == 2:
            current = None
            if not row.path:
                current = found.setdefault(_bare_label(row.label), [])
        elif row.level > 2 and current is not None:
            current.append(row.path)
    return found


def _outcomes(form: Edition) -> list[str]:
    """The names of the groups （一）–（六）, with or without rows of their own beneath them."""
    rows = [row for row in form.table_three.rows if row.level == 2 and not row.path.endswith("/total")]
    return [row.name or _bare_label(row.label) for row in rows]


def _bare_label(label: str) -> str:
    return re.sub(r"^（[一二三四五六七八九十]+）", "", label)


def _paths(figures: Figures) -> Iterator[tuple[str, str | None]]:
    """The paths of the report's JSON, columns by label, 总计 as ``total`` too."""
    form = load_edition(figures.edition)
    for table, rows, columns in (
        ("applications", figures.applications, form.table_three.columns),
        ("reviews", figures.reviews, form.table_four.columns),
    ):
        for path, row in rows.items():
            for column, cell in zip((*columns, "total"), (*row, row[-1]), strict=True):
                yield f"{table}.{path.replace('/', '.')}.{column}", _text(cell)
    for key, section_columns in figures.section_two.columns_of.items():
        cells = figures.proactive.get(key, (None,) * len(section_columns))
        for figure_column, figure in zip(section_columns, cells, strict=True):
            yield f"proactive.{key}.{figure_column.label}", _text(figure)
        if len(cells) == 1:
            yield f"proactive.{key}", _text(cells[0])
    for name in ("notices", "billed_yuan", "received_yuan"):
        yield f"fees.{name}", None if figures.fees is None else _text(getattr(figures.fees, name))


def _text(figure: Figure) -> str | None:
    return None if figure is None else str(figure_json(figure))


def _change(before: Figure, now: Figure) -> str | None:
    """How a count moved since last year, as a sentence has it: 增加3件, 减少2件, 持平."""
    if before is None or now is None:
        return None
    if before == now:
        return "持平"
    moved = Decimal(now) - Decimal(before)
    return f"{'增加' if moved > 0 else '减少'}{figure_json(abs(moved))}件"


def _listed(counts: Mapping[str, Figure]) -> str | None:
    """``当面3件、网络7件``, without what did not occur; None where nothing is known."""
    if any(count is None for count in counts.values()):
        return None
    return "、".join(f"{label}{figure_json(count)}件" for label, count in counts.items() if count) or "均为0件"


def _folded(name: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    return re.sub(r"[.・•‧]", "·", plain)
