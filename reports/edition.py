"""Editions of the annual report's form, read from ``editions/*.toml``, and the geometry of its three tables.

An edition is data: labels verbatim, the rows and their keys in the report's JSON. A new form issued by the
State Council's office is a new file in ``editions/``. The geometry (which cell spans what) is worked out here
once, for every writer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import lcm
from pathlib import Path
from typing import Any, Literal

_FOLDER = Path(__file__).with_name("editions")

TOTAL_LABEL = "总计"
RESULTS_TOTAL = "results/total"

Kind = Literal["integer", "decimal"]
Role = Literal["head", "title", "label", "note", "figure"]
TableName = Literal["applications", "reviews", "proactive"]


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A figure column of section two. ``role`` (issued, repealed, in_force) names the terms of check K7."""

    label: str
    kind: Kind = "integer"
    signed: bool = False
    role: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A row of section two and its key under ``proactive`` in the JSON."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block of section two: one item of 条例 Art. 20 that the form asks figures for."""

    title: str
    columns: tuple[FigureColumn, ...]
    rows: tuple[BlockRow, ...]


@dataclass(frozen=True, slots=True)
class SectionTwo:
    """主动公开政府信息情况. Widths are in half-width characters."""

    sheet: str
    content_heading: str
    label_width: float
    figures_width: float
    blocks: tuple[Block, ...]

    @property
    def columns_of(self) -> dict[str, tuple[FigureColumn, ...]]:
        """The figure columns of each row, by the row's key, in the order of the form."""
        return {row.key: block.columns for block in self.blocks for row in block.rows}

    @property
    def labels(self) -> dict[str, str]:
        """The label of each row, by its key."""
        return {row.key: row.label for block in self.blocks for row in block.rows}


@dataclass(frozen=True, slots=True)
class Head:
    """A column heading and the headings beneath it."""

    label: str
    parts: tuple[Head, ...] = ()

    @property
    def width(self) -> int:
        """The number of physical columns under this heading."""
        return sum(part.width for part in self.parts) or 1

    @property
    def leaves(self) -> tuple[str, ...]:
        """The labels of the physical columns under this heading, left to right."""
        return tuple(leaf for part in self.parts for leaf in part.leaves) or (self.label,)


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """A row of table three.

    ``level`` is the label column it begins in (1 to 3). ``path`` is its place under ``applications`` in
    the JSON (``new``, ``results/granted``); empty for a group, which has no figures of its own. ``name`` is
    what a ledger (台账) calls it, without the form's numbers.
    """

    level: int
    label: str
    path: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class TableThree:
    """收到和处理政府信息公开申请情况. Widths are in half-width characters."""

    sheet: str
    corner: str
    heading: Head
    label_widths: tuple[float, ...]
    figure_width: float
    rows: tuple[ApplicationRow, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of a row's seven figures: the six kinds of applicant and 总计."""
        return self.heading.leaves

    @property
    def names(self) -> dict[str, str]:
        """The name of each row that has figures, by its path, in the order of the form."""
        return {row.path: row.name for row in self.rows if row.path}

    @property
    def results(self) -> tuple[str, ...]:
        """The paths of the leaf rows of part 三, in order, without （七）总计: 21 in 2021, 19 in 2019."""
        return tuple(path for path in self.names if path.startswith("results/") and path != RESULTS_TOTAL)


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """A heading of table four: over five figures if it has a ``key`` of ``reviews``, else over ``groups``."""

    label: str
    key: str = ""
    groups: tuple[ReviewGroup, ...] = ()

    def keyed(self) -> Iterator[ReviewGroup]:
        """The groups that have figures, in the order of the form."""
        if self.key:
            yield self
        for group in self.groups:
            yield from group.keyed()


@dataclass(frozen=True, slots=True)
class TableFour:
    """政府信息公开行政复议、行政诉讼情况. The width is in half-width characters."""

    sheet: str
    columns: tuple[str, ...]
    figure_width: float
    groups: tuple[ReviewGroup, ...]

    @property
    def labels(self) -> dict[str, str]:
        """The label of each group with figures, by its key, in the order of the form."""
        return {group.key: group.label for top in self.groups for group in top.keyed()}


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the form, issued as ``document``, for the reports on ``first_year`` and after."""

    name: str
    document: str
    first_year: int
    title: str
    opening: str
    period: str
    fees: str
    sections: tuple[str, ...]
    section_two: SectionTwo
    table_three: TableThree
    table_four: TableFour


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands: the table, the row's path or key in it, and which of the row's figures it is."""

    table: TableName
    key: str
    index: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table as printed; rows and columns count from 0. A figure has a place, and maybe a unit."""

    row: int
    column: int
    rowspan: int
    colspan: int
    role: Role
    text: str = ""
    place: Place | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's geometry: its cells in reading order.

    The first ``head_rows`` rows are column headings; ``bodies`` are the rows at which each body begins.
    ``widths`` are those of the physical columns, in half-width characters.
    """

    sheet: str
    heading: str
    rows: int
    head_rows: int
    bodies: tuple[int, ...]
    widths: tuple[float, ...]
    cells: tuple[Cell, ...]


@cache
def edition_names() -> tuple[str, ...]:
    """The names of the editions there are, oldest first."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load_edition(name: str) -> Edition:
    """The edition of this name (``2019``, ``2021``). ValueError if there is none."""
    if name not in edition_names():
        raise ValueError(f"没有“{name}”版的年度报告格式，现有：{'、'.join(edition_names())}")
    return _edition(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def edition_for_year(year: int) -> str:
    """The name of the edition that a report on ``year`` uses.

    国办公开办函〔2019〕60号 for 2019 and 2020, 国办公开办函〔2021〕30号 from 2021 on. ValueError before 2019,
    when the forms were local.
    """
    in_force = [edition for edition in map(load_edition, edition_names()) if edition.first_year <= year]
    if not in_force:
        first = min(edition.first_year for edition in map(load_edition, edition_names()))
        raise ValueError(f"{year}年没有全国统一的年度报告格式，可编制{first}年及以后的报告")
    return max(in_force, key=lambda edition: edition.first_year).name


def has_form(year: int) -> bool:
    """Whether there is a form for a report on ``year``."""
    try:
        edition_for_year(year)
    except ValueError:
        return False
    return True


def editions_for_section_two(year: int) -> list[str]:
    """The editions whose section two a report on ``year`` may show, newest first: its own form or a later one.

    Offices have published the section two of the 2021 form for 2019 and 2020 as well. ValueError before 2019.
    """
    first = load_edition(edition_for_year(year)).first_year
    editions = [edition for edition in map(load_edition, edition_names()) if edition.first_year >= first]
    return [edition.name for edition in sorted(editions, key=lambda edition: edition.first_year, reverse=True)]


def tables(edition: Edition, section_two: SectionTwo | None = None) -> tuple[Grid, Grid, Grid]:
    """The three tables of the report, in order.

    ``section_two`` is given where a published report pairs table three with another edition's section two.
    """
    return (
        section_two_grid(edition.sections[1], section_two or edition.section_two),
        table_three_grid(edition.sections[2], edition.table_three),
        table_four_grid(edition.sections[3], edition.table_four),
    )


def section_two_grid(heading: str, section: SectionTwo) -> Grid:
    """The geometry of section two. Blocks with fewer figure columns spread them over the same width."""
    spread = lcm(*(len(block.columns) for block in section.blocks))
    cells: list[Cell] = []
    bodies: list[int] = []
    row = 0
    for block in section.blocks:
        span = spread // len(block.columns)
        bodies.append(row)
        cells.append(Cell(row, 0, 1, 1 + spread, "title", block.title))
        cells.append(Cell(row + 1, 0, 1, 1, "head", section.content_heading))
        cells += [
            Cell(row + 1, 1 + index * span, 1, span, "head", column.label) for index, column in enumerate(block.columns)
        ]
        row += 2
        for content in block.rows:
            cells.append(Cell(row, 0, 1, 1, "label", content.label))
            for index, column in enumerate(block.columns):
                place = Place("proactive", content.key, index)
                cells.append(Cell(row, 1 + index * span, 1, span, "figure", place=place, unit=column.unit))
            row += 1
    widths = (section.label_width, *(section.figures_width / spread for _ in range(spread)))
    return Grid(section.sheet, heading, row, 0, tuple(bodies), widths, tuple(cells))


def table_three_grid(heading: str, table: TableThree) -> Grid:
    """The geometry of table three: label columns (three in both editions), then a column for each figure."""
    depth = len(table.label_widths)
    head_rows = _height(table.heading)
    cells = [
        Cell(0, 0, head_rows, depth, "note", table.corner),
        *_heads((table.heading,), 0, depth, head_rows),
    ]
    bodies: list[int] = []
    row = head_rows
    for index, entry in enumerate(table.rows):
        if entry.level == 1:
            bodies.append(row)
        column = entry.level - 1
        if not entry.path:
            cells.append(Cell(row, column, _figure_rows_under(table.rows, index), 1, "label", entry.label))
            continue
        cells.append(Cell(row, column, 1, depth - column, "label", entry.label))
        cells += [
            Cell(row, depth + figure, 1, 1, "figure", place=Place("applications", entry.path, figure))
            for figure in range(table.heading.width)
        ]
        row += 1
    widths = (*table.label_widths, *(table.figure_width for _ in range(table.heading.width)))
    return Grid(table.sheet, heading, row, head_rows, tuple(bodies), widths, _in_reading_order(cells))


def table_four_grid(heading: str, table: TableFour) -> Grid:
    """The geometry of table four: three heading rows over one row of figures."""
    heads = tuple(_review_head(group, table.columns) for group in table.groups)
    head_rows = max(map(_height, heads))
    places = [Place("reviews", key, index) for key in table.labels for index in range(len(table.columns))]
    cells = [
        *_heads(heads, 0, 0, head_rows),
        *(Cell(head_rows, column, 1, 1, "figure", place=place) for column, place in enumerate(places)),
    ]
    widths = tuple(table.figure_width for _ in places)
    rows = head_rows + 1
    return Grid(table.sheet, heading, rows, head_rows, (head_rows,), widths, _in_reading_order(cells))


def _height(head: Head) -> int:
    return 1 + max(map(_height, head.parts), default=0)


def _heads(heads: Sequence[Head], row: int, column: int, rows: int) -> Iterator[Cell]:
    """The cells of a tree of headings that fills ``rows`` rows: the end of each branch reaches down."""
    for head in heads:
        yield Cell(row, column, 1 if head.parts else rows, head.width, "head", head.label)
        yield from _heads(head.parts, row + 1, column, rows - 1)
        column += head.width


def _review_head(group: ReviewGroup, columns: Sequence[str]) -> Head:
    if group.key:
        return Head(group.label, tuple(map(Head, columns)))
    return Head(group.label, tuple(_review_head(part, columns) for part in group.groups))


def _figure_rows_under(rows: Sequence[ApplicationRow], index: int) -> int:
    """How many rows with figures the group at ``index`` has: until the next row of its level or above."""
    under = 0
    for row in rows[index + 1 :]:
        if row.level <= rows[index].level:
            break
        under += bool(row.path)
    return under


def _in_reading_order(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))


def _edition(data: dict[str, Any]) -> Edition:
    two, three, four = (data[name] for name in ("section_two", "table_three", "table_four"))
    heads = tuple(Head(head["label"], tuple(map(Head, head.get("columns", ())))) for head in three["columns"])
    texts = {name: data[name] for name in ("name", "document", "title", "opening", "period", "fees")}
    return Edition(
        **texts,
        first_year=data["first_year"],
        sections=tuple(data["sections"]),
        section_two=SectionTwo(**{**two, "blocks": tuple(map(_block, two["blocks"]))}),
        table_three=TableThree(
            sheet=three["sheet"],
            corner=three["corner"],
            heading=Head(three["heading"], heads),
            label_widths=tuple(three["label_widths"]),
            figure_width=three["figure_width"],
            rows=tuple(ApplicationRow(**row) for row in three["rows"]),
        ),
        table_four=TableFour(
            sheet=four["sheet"],
            columns=tuple(four["columns"]),
            figure_width=four["figure_width"],
            groups=tuple(map(_review_group, four["groups"])),
        ),
    )


def _block(data: dict[str, Any]) -> Block:
    return Block(
        title=data["title"],
        columns=tuple(FigureColumn(**column) for column in data["columns"]),
        rows=tuple(BlockRow(**row) for row in data["rows"]),
    )


def _review_group(data: dict[str, Any]) -> ReviewGroup:
    groups = tuple(map(_review_group, data.get("groups", ())))
    return ReviewGroup(data["label"], data.get("key", ""), groups)
