"""The register of normative documents (规章、行政规范性文件), from which section two is counted.

制发, 废止 and 现行有效 of a year follow from the days on which each document was issued and repealed. A figure that
the office entered for the year stands above the register, and is pointed out where the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import normative_document, proactive_figure
from reports.edition import SectionTwo, load_edition
from workflow.faults import InputFault
from workflow.sheets import Row, SheetKind, day_in, read_files

REGISTER = SheetKind("规范性文件登记", required=("文件名称", "文号", "制发日期"), optional=("种类", "废止日期", "来源"))
KINDS: Mapping[str, str] = {"normative_documents": "行政规范性文件", "regulations": "规章"}
"""The kinds of document, by their key in the report's JSON."""

_LONGEST = 500
_COUNTED = ("issued", "repealed", "in_force")


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the register: issued on (制发日期), repealed on (废止日期) or still in force."""

    kind: str
    title: str
    number: str
    issued_on: date
    repealed_on: date | None = None
    source: str = ""


def listed(connection: Connection, agency_id: int) -> list[Document]:
    """The register, oldest first."""
    table = normative_document.c
    rows = connection.execute(
        select(table.kind, table.title, table.number, table.issued_on, table.repealed_on, table.source)
        .where(table.agency_id == agency_id)
        .order_by(table.issued_on, table.number)
    )
    return [Document(*row) for row in rows]


def enter(connection: Connection, agency_id: int, documents: Sequence[Document], actor: str, now: datetime) -> int:
    """Enter documents in the caller's transaction; one with a known 文号 is replaced. Returns how many changed."""
    known = {document.number: document for document in listed(connection, agency_id)}
    changed = [document for document in documents if known.get(document.number) != document]
    for document in changed:
        values = {
            "kind": document.kind,
            "title": document.title,
            "issued_on": document.issued_on,
            "repealed_on": document.repealed_on,
            "source": document.source,
            "entered_by": actor,
            "entered_at": now,
        }
        statement = insert(normative_document).values(agency_id=agency_id, number=document.number, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["agency_id", "number"], set_=values))
    return len(changed)


def repeal(connection: Connection, agency_id: int, number: str, on: date, actor: str, now: datetime) -> Document:
    """Mark a document as repealed (废止). InputFault if there is none of this 文号, or it was issued later."""
    found = next((each for each in listed(connection, agency_id) if each.number == number), None)
    if found is None:
        raise InputFault(f"NUMBER：登记簿里没有文号“{number}”，全部文号见 yishen report register list")
    if on < found.issued_on:
        raise InputFault(f"--on：废止日期 {on} 早于制发日期 {found.issued_on}，应不早于制发日期")
    repealed = Document(found.kind, found.title, found.number, found.issued_on, on, found.source)
    enter(connection, agency_id, [repealed], actor, now)
    return repealed


def remove(connection: Connection, agency_id: int, number: str) -> None:
    """Take a document that was entered by mistake out of the register. InputFault if there is none."""
    table = normative_document
    gone = connection.execute(table.delete().where(table.c.agency_id == agency_id, table.c.number == number))
    if not gone.rowcount:
        raise InputFault(f"NUMBER：登记簿里没有文号“{number}”，全部文号见 yishen report register list")


def read(path: Path) -> list[Document]:
    """The documents of a file (CSV or XLSX). InputFault with every fault found in it."""
    reading = read_files([path], [REGISTER])
    faults = list(reading.faults)
    rows = [row for sheet in reading.of_kind(REGISTER) for row in sheet.rows]
    documents = [_document(row, faults) for row in rows]
    first: dict[str, Row] = {}
    for row in rows:
        number = row.get("文号")
        if number in first:
            faults.append(f"{row.at('文号')}：“{number}”与第{first[number].number}行重复，每个文号应只有一行")
        first.setdefault(number, row)
    if faults:
        raise InputFault(faults)
    return documents


def _document(row: Row, faults: list[str]) -> Document:
    issued, repealed = (_day(row, column, faults) for column in ("制发日期", "废止日期"))
    if issued is None and not row.get("制发日期"):
        faults.append(f"{row.at('制发日期')}：空白，应为日期，形如 2021-09-30")
    if issued and repealed and repealed < issued:
        faults.append(f"{row.at('废止日期')}：{repealed} 早于制发日期 {issued}，应不早于制发日期")
    try:
        return made(
            row.get("种类"), row.get("文件名称"), row.get("文号"), issued or date.min, repealed, row.get("来源")
        )
    except InputFault as fault:
        faults += [f"{row.place}第{row.number}行{sentence}" for sentence in fault.sentences]
        return Document("", "", row.get("文号"), date.min)


def made(kind: str, title: str, number: str, issued_on: date, repealed_on: date | None, source: str) -> Document:
    """A document of these values as they are typed. InputFault for a kind or a text that cannot be taken."""
    faults = []
    keys = [key for key, label in KINDS.items() if kind.strip() in {label, key, label.removeprefix("行政")}]
    if kind.strip() and not keys:
        faults.append(f"“种类”：“{kind}”不认识，应为：{'、'.join(KINDS.values())}")
    for name, value, needed in (("文件名称", title, True), ("文号", number, True), ("来源", source, False)):
        if (needed and not value.strip()) or len(value) > _LONGEST or not value.isprintable():
            least = 1 if needed else 0
            faults.append(f"“{name}”：“{value[:40]}”不能用，应为 {least} 至 {_LONGEST} 个字的一行文字")
    if repealed_on is not None and repealed_on < issued_on:
        faults.append(f"“废止日期”：{repealed_on} 早于制发日期 {issued_on}，应不早于制发日期")
    if faults:
        raise InputFault(faults)
    key = keys[0] if keys else "normative_documents"
    return Document(key, title.strip(), number.strip(), issued_on, repealed_on, source.strip())


def _day(row: Row, column: str, faults: list[str]) -> date | None:
    text = row.get(column)
    day = day_in(text) if text else None
    if text and day is None:
        faults.append(f"{row.at(column)}：“{text}”不是有效日期，应写明年月日，形如 2021-09-30")
    return day


def counted(connection: Connection, agency_id: int, year: int) -> dict[str, dict[str, int]]:
    """The register's figures for a year: by kind, what was issued, repealed and in force on 31 December.

    Kinds of which no document is known are left out: an empty register says nothing.
    """
    table = normative_document.c
    first, last = date(year, 1, 1), date(year, 12, 31)
    in_force = and_(table.issued_on <= last, or_(table.repealed_on.is_(None), table.repealed_on > last))
    rows = connection.execute(
        select(
            table.kind,
            func.count().filter(table.issued_on.between(first, last)),
            func.count().filter(table.repealed_on.between(first, last)),
            func.count().filter(in_force),
        )
        .where(table.agency_id == agency_id)
        .group_by(table.kind)
    )
    return {kind: dict(zip(_COUNTED, counts, strict=True)) for kind, *counts in rows}


def rows_of(section: SectionTwo, counts: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[int, ...]]:
    """The register's figures as rows of a section two, where the form asks for what a register can tell."""
    found = {}
    for key, columns in section.columns_of.items():
        roles = [column.role for column in columns]
        if key in counts and all(role in _COUNTED for role in roles):
            found[key] = tuple(counts[key][role] for role in roles)
    return found


def differences(connection: Connection, agency_id: int, year: int) -> list[str]:
    """A sentence for each row where the figures entered for a year are not the register's."""
    counts = counted(connection, agency_id, year)
    if not counts:
        return []
    table = proactive_figure.c
    entered: list[Any] = list(
        connection.execute(
            select(table.edition, table.item, table.figures, table.source).where(
                table.agency_id == agency_id, table.year == year
            )
        )
    )
    said = []
    for row in entered:
        section = load_edition(row.edition).section_two
        expected = rows_of(section, counts).get(row.item)
        if expected is not None and tuple(map(int, row.figures)) != expected:
            columns = section.columns_of[row.item]
            typed, own = (
                "、".join(f"{column.label}{int(figure)}" for column, figure in zip(columns, figures, strict=True))
                for figures in (row.figures, expected)
            )
            said.append(f"{year} 年{section.labels[row.item]}：录入的是{typed}，按登记簿为{own}；报告用录入的")
    return said
