"""The year-end job (年终结转): open cases carried over, the log rolled up, the report drafted and checked.

Doing it again does nothing twice: a case is carried over once a year, cells are written only where they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from models.personal import FieldCipher
from models.tables import report, report_cell, request_case
from models.vocabulary import EventKind
from reports import amendments, findings, issues, proactive, registers
from reports.checks import Finding
from reports.edition import edition_for_year, has_form
from reports.figures import Figures
from reports.issues import DRAFT, Issue
from reports.rollup import roll_up
from workflow import desk, statute
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault

ACTOR = "system:year-end"
_BATCH = 500

Progress = Callable[[int, int], None]
"""Told how many cases are done and how many there are."""


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What a run of the job did and found."""

    agency: str
    year: int
    edition: str
    carried_over: int
    newly_carried_over: int
    cells: int
    cells_changed: int
    findings: list[Finding]
    warnings: list[str]
    figures: Figures

    @property
    def ok(self) -> bool:
        """Whether no check of level error failed."""
        return not any(finding.level == "error" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return {
            "agency": self.agency,
            "year": self.year,
            "edition": self.edition,
            "carried_over": self.carried_over,
            "newly_carried_over": self.newly_carried_over,
            "cells": self.cells,
            "cells_changed": self.cells_changed,
            "ok": self.ok,
            "findings": [asdict(finding) for finding in self.findings],
            "warnings": self.warnings,
        }


def run(
    engine: Engine,
    agency: Any,
    year: int,
    cipher: FieldCipher,
    now: datetime,
    progress: Progress,
    *,
    today: date | None = None,
) -> YearEnd:
    """Run the job for one agency (a row of ``agency``) and one year that is over.

    Cases are carried over in batches, each a transaction of its own, so a run that was killed goes on where it
    stopped. Raises InputFault if the year is not over or has no form.
    """
    try:
        edition = edition_for_year(year)
    except ValueError as error:
        raise InputFault(str(error)) from error
    day = today or desk.day_of(now)
    if day <= date(year, 12, 31):
        raise InputFault(f"{year} 年要到 {year}-12-31 才结束，今天是 {day}，应在次年 1 月 1 日以后年终结转")
    with engine.begin() as connection:
        # A request that nobody confirmed in time was received all the same (Art. 31), maybe in this year.
        desk.start_arrivals(connection, agency.id, cipher, now, today=day)
    newly = _carry_over(engine, agency.id, year, cipher, now, day, progress)
    with engine.begin() as connection:
        # Held so that of two runs the later one's figures stay on top.
        desk.hold(connection, agency.id)
        figures = roll_up(connection, agency.id, agency.name, year)
        warnings = missing_figures(connection, agency.id, year)
        if has_form(year - 1):
            warnings += _follow(connection, agency.id, roll_up(connection, agency.id, agency.name, year - 1))
        cells, changed = draft(connection, agency.id, figures)
        issue = issues.newest(connection, agency.id, year)
        if issue is not None:
            warnings.append(_sealed(connection, agency.id, issue))
        found = findings.keep(connection, agency.id, figures)
    return YearEnd(
        agency=agency.code,
        year=year,
        edition=edition,
        carried_over=figures.applications["carried_out"][-1] or 0,
        newly_carried_over=newly,
        cells=cells,
        cells_changed=changed,
        findings=found,
        warnings=warnings,
        figures=figures,
    )


def _follow(connection: Connection, agency_id: int, previous: Figures) -> list[str]:
    """Let last year's draft follow the log, where there is one: a truth learned late moves both years."""
    drafted = select(report.c.state).where(report.c.agency_id == agency_id, report.c.year == previous.year)
    if connection.execute(drafted).scalar_one_or_none() != DRAFT:
        return []
    _, changed = draft(connection, agency_id, previous)
    return [f"{previous.year} 年报告草稿随台账更新，变化 {changed} 个单元格"] if changed else []


def _sealed(connection: Connection, agency_id: int, issue: Issue) -> str:
    """What a year-end says of a year whose report is sealed: the version, and how far the log has moved from it."""
    moved = len(amendments.since(connection, agency_id, issue))
    year, more = issue.figures.year, "统计表不再改动"
    if moved:
        more += f"，封存后有更正事项 {moved} 处，见“年报”"
    return f"{year} 年报告已封存（第 {issue.version} 版），{more}"


def missing_figures(connection: Connection, agency_id: int, year: int) -> list[str]:
    """What the report lacks because nobody entered it, a sentence each."""
    if proactive.is_entered(connection, agency_id, year):
        return registers.differences(connection, agency_id, year)
    but = "除登记簿所列文件外" if registers.counted(connection, agency_id, year) else ""
    return [f"{year} 年的主动公开数据尚未录入，第二部分{but}各项按 0 计"]


def _carry_over(
    engine: Engine, agency_id: int, year: int, cipher: FieldCipher, now: datetime, today: date, progress: Progress
) -> int:
    """Carry over the cases that are open on 31 December (结转下年度继续办理); returns how many were not yet."""
    last_day = date(year, 12, 31)
    waiting = _waiting(agency_id, year)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(request_case).where(waiting)).scalar_one()
    done = 0
    # Locked before they are carried: a case that is answered in this moment drops out of the batch.
    columns = select(request_case.c.id, request_case.c.version)
    batch = columns.where(waiting).order_by(request_case.c.id).limit(_BATCH).with_for_update()
    while True:
        with engine.begin() as connection:
            desk.hold(connection, agency_id)
            rows = connection.execute(batch).all()
            histories = (_carry(row.id, row.version, year, last_day) for row in rows)
            done += sum(d.events for d in desk.perform_all(connection, agency_id, histories, cipher, now, today=today))
        if not rows:
            return done
        progress(done, max(total, done))


def _waiting(agency_id: int, year: int) -> ColumnElement[bool]:
    """The cases that are to be carried over from a year and were not yet."""
    working = [state.value for plain in statute.WORKING for state in (plain, statute.CARRIED_OVER[plain])]
    none = literal([], request_case.c.snapshot.type)
    return and_(
        request_case.c.agency_id == agency_id,
        request_case.c.counted,
        request_case.c.received_on <= date(year, 12, 31),
        request_case.c.closed_on.is_(None),
        request_case.c.state.in_(working),
        ~func.coalesce(request_case.c.snapshot["carried_over"], none).contains(literal([year], none.type)),
    )


def is_owed(connection: Connection, agency_id: int, year: int) -> bool:
    """Whether an open case of a year that has a form waits to be carried over (结转下年度继续办理)."""
    return has_form(year) and bool(connection.execute(select(exists().where(_waiting(agency_id, year)))).scalar_one())


def _carry(case_id: int, version: int, year: int, last_day: date) -> History:
    happening = Happening(EventKind.CARRY_OVER, last_day, {"year": year})
    # With the version: what was carried over on a confirmation that was voided since is carried over again.
    return History([Command(happening, f"carry-over:{case_id}:{year}:{version}", ACTOR)], case_id)


def draft(connection: Connection, agency_id: int, figures: Figures) -> tuple[int, int]:
    """Write the figures into the draft's cells; returns how many cells there are and how many changed.

    The cells of a sealed report stay as they are.
    """
    wanted = cells_of(figures)
    of_year = (report.c.agency_id == agency_id) & (report.c.year == figures.year)
    joined = report.outerjoin(report_cell)
    stored: dict[tuple[str, int], Decimal] = {}
    report_id, edition, state = None, None, DRAFT
    for row in connection.execute(
        select(
            report.c.id,
            report.c.edition,
            report.c.state,
            report_cell.c.path,
            report_cell.c.position,
            report_cell.c.value,
        )
        .select_from(joined)
        .where(of_year)
    ):
        report_id, edition, state = row.id, row.edition, row.state
        if row.path is not None:
            stored[row.path, row.position] = row.value
    if state != DRAFT:
        return len(stored), 0
    if report_id is None or edition != figures.edition:
        report_id = _report_id(connection, agency_id, figures)
    return len(wanted), write_cells(connection, report_id, wanted, stored)


def write_cells(
    connection: Connection,
    report_id: int,
    wanted: Mapping[tuple[str, int], Decimal],
    stored: Mapping[tuple[str, int], Decimal],
) -> int:
    """Make the stored cells of a report those that are wanted; returns how many that changes."""
    changed = {place: value for place, value in wanted.items() if stored.get(place) != value}
    gone = [place for place in stored if place not in wanted]
    if changed:
        rows = [{"report_id": report_id, "path": p, "position": i, "value": v} for (p, i), v in changed.items()]
        statement = insert(report_cell)
        keys = list(report_cell.primary_key)
        update = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=update), rows)
    for path, position in gone:
        here = (report_cell.c.path == path) & (report_cell.c.position == position)
        connection.execute(report_cell.delete().where(report_cell.c.report_id == report_id, here))
    return len(changed) + len(gone)


def _report_id(connection: Connection, agency_id: int, figures: Figures) -> int:
    statement = insert(report).values(agency_id=agency_id, year=figures.year, edition=figures.edition, state=DRAFT)
    upsert = statement.on_conflict_do_update(
        index_elements=[report.c.agency_id, report.c.year], set_={"edition": statement.excluded.edition}
    )
    return int(connection.execute(upsert.returning(report.c.id)).scalar_one())


def cells_of(figures: Figures) -> dict[tuple[str, int], Decimal]:
    """The figures as cells are stored: by path in the report's JSON and place in the row, a blank as 0."""
    return dict(_cells(figures))


def _cells(figures: Figures) -> Iterator[tuple[tuple[str, int], Decimal]]:
    for prefix, rows in (
        ("applications", figures.applications),
        ("reviews", figures.reviews),
        ("proactive", figures.proactive),
    ):
        for key, row in rows.items():
            for position, value in enumerate(row):
                yield (f"{prefix}/{key}", position), Decimal(value or 0)
    if figures.fees is not None:
        yield ("fees/notices", 0), Decimal(figures.fees.notices or 0)
        yield ("fees/billed_yuan", 0), figures.fees.billed_yuan or Decimal(0)
        yield ("fees/received_yuan", 0), figures.fees.received_yuan or Decimal(0)
