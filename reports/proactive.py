"""Figures of section two (主动公开情况), which an office enters with their source; they are not counted from cases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import proactive_figure
from reports.edition import FigureColumn, SectionTwo, edition_for_year, load_edition
from workflow.sheets import Reading, Row, SheetKind

PROACTIVE = SheetKind("主动公开", required=("年度", "项目", "数量1"), optional=("数量2", "数量3", "来源"))

_QUANTITIES = ("数量1", "数量2", "数量3")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as entered: the year, the row's key in the report's JSON, its figures, their source."""

    year: int
    item: str
    figures: tuple[Decimal, ...]
    source: str


@dataclass(slots=True)
class Plan:
    """What an import of section two would do."""

    rows: int = 0
    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


def plan(reading: Reading) -> Plan:
    """Read the rows of section two; each item must be one of its year's form (``reports/editions``)."""
    made = Plan()
    first: dict[tuple[int, str], Row] = {}
    for sheet in reading.of_kind(PROACTIVE):
        for row in sheet.rows:
            made.rows += 1
            entry = _entry(row, made.faults)
            if entry is None:
                continue
            key = (entry.year, entry.item)
            if key in first:
                made.faults.append(
                    f"{row.at('项目')}：“{row.get('项目')}”与{first[key].place}第{first[key].number}行重复，"
                    "每年每项应只有一行"
                )
            first.setdefault(key, row)
            made.entries.append(entry)
    return made


def _entry(row: Row, faults: list[str]) -> Entry | None:
    year = row.get("年度").removesuffix("年")
    try:
        section = load_edition(edition_for_year(int(year) if re.fullmatch("[0-9]{4}", year) else 0)).section_two
    except ValueError:
        faults.append(f"{row.at('年度')}：“{row.get('年度')}”没有统一的报告格式，应为 2019 或以后的年份")
        return None
    key = _key(section, row.get("项目"))
    if key is None:
        labels = "、".join(_printed_labels(section))
        faults.append(f"{row.at('项目')}：“{row.get('项目')}”不在{year}年的格式之中，应为：{labels}")
        return None
    columns = section.columns_of[key]
    before = len(faults)
    figures = [_figure(row, name, column, faults) for name, column in zip(_QUANTITIES, columns, strict=False)]
    faults += [
        f"{row.at(name)}：“{row.get(name)}”是多余的，“{row.get('项目')}”只有 {len(columns)} 个数"
        for name in _QUANTITIES[len(columns) :]
        if row.get(name)
    ]
    if len(faults) > before:
        return None
    return Entry(int(year), key, tuple(figures), row.get("来源"))


def _folded(label: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", label).split())
    return plain.removesuffix("(万元)")


def _key(section: SectionTwo, label: str) -> str | None:
    return next((key for key, known in section.labels.items() if _folded(known) == _folded(label)), None)


def _printed_labels(section: SectionTwo) -> Iterator[str]:
    for key, label in section.labels.items():
        yield f"{label}（万元）" if any(column.unit == "万元" for column in section.columns_of[key]) else label


def _figure(row: Row, name: str, column: FigureColumn, faults: list[str]) -> Decimal:
    """The figure in a cell; an empty cell counts as 0, as the form asks for 0 and not for a blank."""
    text = unicodedata.normalize("NFKC", row.get(name)).replace(",", "") or "0"
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    whole = column.kind == "integer"
    if not value.is_finite() or (value < 0 and not column.signed) or (whole and value != value.to_integral_value()):
        sign = "" if column.signed else "不小于 0 的"
        faults.append(
            f"{row.at(name)}：“{row.get(name)}”不能用作“{column.label}”，应为{sign}{'整数' if whole else '数'}"
        )
    return value


def store(connection: Connection, agency_id: int, made: Plan) -> int:
    """Write the entries in the caller's transaction; returns how many are new or different."""
    if not made.entries:
        return 0
    known = {
        (row.year, row.item): (tuple(row.figures), row.source)
        for row in connection.execute(select(proactive_figure).where(proactive_figure.c.agency_id == agency_id))
    }
    changed = [e for e in made.entries if known.get((e.year, e.item)) != (e.figures, e.source)]
    for entry in changed:
        statement = insert(proactive_figure).values(
            agency_id=agency_id,
            year=entry.year,
            item=entry.item,
            figures=list(entry.figures),
            source=entry.source,
        )
        keys = [column.name for column in proactive_figure.primary_key]
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=keys,
                set_={"figures": statement.excluded.figures, "source": statement.excluded.source},
            )
        )
    return len(changed)
