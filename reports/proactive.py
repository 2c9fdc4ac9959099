"""Figures of section two (主动公开情况), which an office enters with their source; they are not counted from cases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import proactive_figure
from reports.edition import FigureColumn, SectionTwo, edition_for_year, editions_for_section_two, load_edition
from workflow.calendar import LAST_YEAR
from workflow.sheets import Reading, Row, SheetKind

PROACTIVE = SheetKind("主动公开", required=("年度", "项目", "数量1"), optional=("数量2", "数量3", "来源"))

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_LONGEST_SOURCE = 1_000
_QUANTITIES = ("数量1", "数量2", "数量3")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as entered: the year, the form, the row's key in the report's JSON, its figures, their source."""

    year: int
    edition: str
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


def plan(reading: Reading, stored: Mapping[int, Sequence[Entry]]) -> Plan:
    """Read the rows of section two. All rows of a year, those ``stored`` before too, must fit one form of the year.

    The newest form that fits is taken, so that the columns 数量1–3 mean what ``contracts.md`` says; rows that only
    the form of 2019 has are read by that.
    """
    made = Plan()
    by_year: dict[int, list[Row]] = {}
    for sheet in reading.of_kind(PROACTIVE):
        for row in sheet.rows:
            made.rows += 1
            year = _year(row, made.faults)
            if year is not None:
                by_year.setdefault(year, []).append(row)
    for year, rows in sorted(by_year.items()):
        readings = [_read(rows, year, edition, stored.get(year, ())) for edition in editions_for_section_two(year)]
        # The form that knows the items wins, then the one with the fewest faults; between equals the newest.
        best = min(readings, key=lambda reading: (reading.strangers, len(reading.faults)))
        made.entries += best.entries
        made.faults += best.faults
    return made


@dataclass(slots=True)
class _Read:
    """The rows of one year as one form has them; ``strangers`` counts the items that it does not know."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    strangers: int = 0


def _year(row: Row, faults: list[str]) -> int | None:
    text = unicodedata.normalize("NFKC", row.get("年度")).removesuffix("年")
    year = int(text) if re.fullmatch("[0-9]{4}", text) else 0
    try:
        edition_for_year(year)
    except ValueError:
        year = 0
    if not 0 < year <= LAST_YEAR:
        faults.append(f"{row.at('年度')}：“{row.get('年度')}”没有统一的报告格式，应为 2019 或以后的年份")
        return None
    return year


def _read(rows: Sequence[Row], year: int, edition: str, stored: Sequence[Entry]) -> _Read:
    """The rows of one year by one form. What was entered before, by another form, must fit this one too."""
    section = load_edition(edition).section_two
    read = _Read()
    first: dict[str, Row] = {}
    for row in rows:
        key = _key(section, row.get("项目"))
        if key is None:
            read.strangers += 1
            labels = "、".join(_printed_labels(section))
            read.faults.append(f"{row.at('项目')}：“{row.get('项目')}”不在{year}年的格式之中，应为：{labels}")
            continue
        if key in first:
            read.faults.append(
                f"{row.at('项目')}：“{row.get('项目')}”与{first[key].place}第{first[key].number}行重复，"
                "每年每项应只有一行"
            )
        first.setdefault(key, row)
        entry = _entry(row, year, edition, key, read.faults)
        if entry is not None:
            read.entries.append(entry)
    for entry in stored:
        if entry.edition != edition and entry.item not in first:
            if len(section.columns_of.get(entry.item, ())) != len(entry.figures):
                read.strangers += 1
                label = load_edition(entry.edition).section_two.labels[entry.item]
                read.faults.append(
                    f"{rows[0].at('项目')}：“{rows[0].get('项目')}”与已录入的{year}年“{label}”不属同一版格式，"
                    f"应都用{edition}年版或者都用{entry.edition}年版的项目"
                )
            else:
                read.entries.append(replace(entry, edition=edition))
    return read


def _entry(row: Row, year: int, edition: str, key: str, faults: list[str]) -> Entry | None:
    columns = load_edition(edition).section_two.columns_of[key]
    before = len(faults)
    figures = [_figure(row, name, column, faults) for name, column in zip(_QUANTITIES, columns, strict=False)]
    faults += [
        f"{row.at(name)}：“{row.get(name)}”是多余的，“{row.get('项目')}”只有 {len(columns)} 个数"
        for name in _QUANTITIES[len(columns) :]
        if row.get(name)
    ]
    if len(row.get("来源")) > _LONGEST_SOURCE or "\x00" in row.get("来源"):
        faults.append(f"{row.at('来源')}：内容过长或含有空字符，应为不超过 {_LONGEST_SOURCE} 个字的文字")
    if len(faults) > before:
        return None
    return Entry(year, edition, key, tuple(figures), row.get("来源"))


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
    text = unicodedata.normalize("NFKC", row.get(name)).replace(",", "").strip() or "0"
    value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal("NaN")
    whole = column.kind == "integer"
    if not value.is_finite() or (value < 0 and not column.signed) or (whole and value != value.to_integral_value()):
        sign = "" if column.signed else "不小于 0 的"
        faults.append(
            f"{row.at(name)}：“{row.get(name)}”不能用作“{column.label}”，应为{sign}{'整数' if whole else '数'}"
        )
    return value


def is_entered(connection: Connection, agency_id: int, year: int) -> bool:
    """Whether anything of section two has been entered for the year."""
    of_year = (proactive_figure.c.agency_id == agency_id) & (proactive_figure.c.year == year)
    return bool(connection.execute(select(exists().where(of_year))).scalar_one())


def entered(connection: Connection, agency_id: int) -> dict[int, list[Entry]]:
    """What the agency has entered, by year."""
    found: dict[int, list[Entry]] = {}
    statement = select(proactive_figure).where(proactive_figure.c.agency_id == agency_id)
    for row in connection.execute(statement):
        entry = Entry(row.year, row.edition, row.item, tuple(row.figures), row.source)
        found.setdefault(row.year, []).append(entry)
    return found


def store(connection: Connection, agency_id: int, made: Plan) -> int:
    """Write the entries in the caller's transaction; returns how many are new or different."""
    known = {
        (entry.year, entry.item): entry for of_year in entered(connection, agency_id).values() for entry in of_year
    }
    changed = [entry for entry in made.entries if known.get((entry.year, entry.item)) != entry]
    for entry in changed:
        values = {"edition": entry.edition, "figures": list(entry.figures), "source": entry.source}
        statement = insert(proactive_figure).values(agency_id=agency_id, year=entry.year, item=entry.item, **values)
        keys = [column.name for column in proactive_figure.primary_key]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
    return len(changed)


def forget(connection: Connection, agency_id: int, year: int, items: Sequence[str]) -> int:
    """Take back what was entered for these rows of a year, so that the register counts again; returns how many."""
    these = (proactive_figure.c.agency_id == agency_id) & (proactive_figure.c.year == year)
    gone = connection.execute(delete(proactive_figure).where(these, proactive_figure.c.item.in_(items)))
    return gone.rowcount
