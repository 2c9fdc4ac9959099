"""Drill-down both ways: the cases that a cell of the report counts, and the cells that count a case.

A cell opens by one query over an index. A sealed version opens to the cases that it was sealed with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from models.tables import fee, report_issue_case, report_issue_share, request_case, review
from models.vocabulary import ApplicantKind, Outcome, ReviewKind, ReviewResult, State
from reports import shares
from reports.edition import RESULTS_TOTAL, TOTAL_LABEL, Edition, load_edition
from reports.figures import Figures
from reports.issues import Issue
from reports.rollup import OPEN_UNTIL
from workflow import statute
from workflow.faults import InputFault

FEES = {"notices": "收费通知件数", "billed_yuan": "收费总金额", "received_yuan": "实际收取金额"}
"""The figures of the fees by their keys in the JSON, as the words of the report name them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that cases stand behind: the table, the row's key in the report's JSON, the column's label."""

    table: str
    key: str
    column: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A case behind a cell, as it now is."""

    number: str
    applicant_kind: str
    state: str
    received_on: date | None
    closed_on: date | None
    outcome: str | None
    subject: str

    def why_not(self) -> str:
        """Why no cell counts it, of a case that :func:`unplaced` found."""
        if self.state == State.VOID.value:
            return "已作废"
        return "收到申请之日未定" if self.received_on is None else "不是政府信息公开申请"

    def to_json(self) -> dict[str, Any]:
        """The case as plain JSON."""
        return {
            "number": self.number,
            "applicant_kind": self.applicant_kind,
            "state": self.state,
            "received_on": self.received_on and self.received_on.isoformat(),
            "closed_on": self.closed_on and self.closed_on.isoformat(),
            "outcome": self.outcome,
            "subject": self.subject,
        }


def find(path: str, column: str, edition: str) -> Cell:
    """The cell of this path (``applications/results/granted``, also by its name in the form) and column (总计 if none).

    Raises InputFault naming what there is; also for section two, which is entered and has no cases.
    """
    form = load_edition(edition)
    path = path.strip("/").replace(".", "/")
    table, _, key = path.partition("/")
    two = form.section_two.labels
    if table == "proactive" or path in two.values():
        raise InputFault(f"--cell：“{path}”是录入的数据，没有办件；数和来源见 yishen report register figures")
    if table not in {"applications", "reviews", "fees"}:
        others = {"reviews": form.table_four.labels, "fees": FEES}
        table = next((each for each, names in others.items() if path in names.values()), "applications")
        key = path
    if table == "reviews":
        return Cell(table, _known(key, form.table_four.labels, path), _column(column, form.table_four.columns))
    if table == "fees":
        return Cell(table, _known(key, FEES, path), "")
    three = form.table_three
    printed = {row.path: row.label for row in three.rows if row.path}
    return Cell(table, _known(key, three.names, path, printed), _column(column, three.columns))


def label(path: str, column: str, figures: Figures) -> str:
    """A cell as an officer calls it: 表三“予以公开”自然人一列. ``path`` begins with its table's key in the JSON."""
    table, _, key = path.partition("/")
    form = load_edition(figures.edition)
    names = {
        "applications": ("表三", form.table_three.names),
        "reviews": ("表四", form.table_four.labels),
        "proactive": ("表二", figures.section_two.labels),
        "fees": ("", FEES),
    }
    title, rows = names[table]
    return f"{title}“{rows.get(key, key)}”" + (f"{column}一列" if column else "")


def column_of(path: str, place: int, figures: Figures) -> str:
    """The label of the column in which a cell of a row stands; empty where the row has one figure."""
    table, _, key = path.partition("/")
    form = load_edition(figures.edition)
    if table == "applications":
        return form.table_three.columns[place]
    if table == "reviews":
        return form.table_four.columns[place]
    columns = figures.section_two.columns_of.get(key, ()) if table == "proactive" else ()
    return columns[place].label if len(columns) > 1 else ""


def _known(key: str, names: Mapping[str, str], path: str, also: Mapping[str, str] | None = None) -> str:
    """The key of a row that is called by its key, by its name, or (``also``) as the form prints it."""
    of_name = {_plain(name): known for known, name in (*(also or {}).items(), *names.items())}
    if key not in names and _plain(key) not in of_name:
        raise InputFault(f"--cell：“{path}”不是报告的一行，应为：{'、'.join(names.values())}")
    return key if key in names else of_name[_plain(key)]


def _plain(name: str) -> str:
    """A row's name without what stands before it (一、 （一） 1.) and in what widths it is written."""
    plain = unicodedata.normalize("NFKC", name)
    return re.sub(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|\d\.)", "", plain)


def _column(column: str, columns: tuple[str, ...]) -> str:
    column = column or TOTAL_LABEL
    if column not in columns:
        raise InputFault(f"--column：“{column}”不是这一表的列，应为：{'、'.join(columns)}")
    return column


def cases(
    connection: Connection, agency_id: int, year: int, cell: Cell, edition: str, issue: Issue | None = None
) -> list[Counted]:
    """The cases that a cell counts, by their numbers: in the log as it is now, or in a sealed version.

    Of table four a case with several reviews in the cell comes once for each; so the list is as long as the figure.
    ``issue`` is what :func:`frozen` gives.
    """
    statement = _query(agency_id, year, cell, load_edition(edition), issue)
    return [Counted(*row) for row in connection.execute(statement.order_by(request_case.c.number))]


def frozen(connection: Connection, cell: Cell, issue: Issue | None) -> Issue | None:
    """The version whose cell opens to what it was sealed with; None where it opens to the log as it is now.

    Reviews and fees of a version that was sealed before these were kept are those of the log.
    """
    kept = issue is not None and (cell.table == "applications" or shares.are_kept(connection, issue))
    return issue if kept else None


_SHOWN = (
    request_case.c.number,
    request_case.c.applicant_kind,
    request_case.c.state,
    request_case.c.received_on,
    request_case.c.closed_on,
    request_case.c.outcome,
    request_case.c.subject,
)


def _query(agency_id: int, year: int, cell: Cell, form: Edition, issue: Issue | None) -> Select[Any]:
    start, end = date(year, 1, 1), date(year, 12, 31)
    if issue is not None and cell.table != "applications":
        columns = form.table_four.columns if cell.table == "reviews" and cell.column != TOTAL_LABEL else ()
        position = columns.index(cell.column) if columns else None
        kept = shares.behind(f"{cell.table}/{cell.key}", position, issue)
        return select(*_SHOWN).join(report_issue_share, report_issue_share.c.case_id == request_case.c.id).where(kept)
    if cell.table == "reviews":
        found = [
            review.c.agency_id == agency_id,
            review.c.kind == ReviewKind(cell.key).value,
            review.c.accepted_on <= end,
        ]
        pending = or_(review.c.concluded_on.is_(None), review.c.concluded_on > end)
        concluded = review.c.concluded_on.between(start, end)
        result = ReviewResult.of_label(cell.column)
        if cell.column == TOTAL_LABEL:
            found.append(or_(pending, concluded))
        elif result is ReviewResult.PENDING or result is None:
            found.append(pending)
        else:
            found += [concluded, review.c.result == result.value]
        return select(*_SHOWN).join(review, review.c.case_id == request_case.c.id).where(*found)
    if cell.table == "fees":
        day = fee.c.paid_on if cell.key == "received_yuan" else fee.c.notified_on
        charged = select(*_SHOWN).join(fee, fee.c.case_id == request_case.c.id)
        return charged.where(fee.c.agency_id == agency_id, day.between(start, end))
    kind = ApplicantKind.of_label(cell.column)
    if issue is not None:
        return _frozen(cell, form, kind, issue)
    which = [request_case.c.agency_id == agency_id, request_case.c.counted, in_row(cell.key, form, start, end)]
    if kind is not None:
        which.append(request_case.c.applicant_kind == kind.value)
    return select(*_SHOWN).where(*which)


def in_row(path: str, form: Edition, start: date, end: date) -> ColumnElement[bool]:
    """Which cases a row of table three counts, in terms that the indexes of ``request_case`` serve."""
    received, closed = request_case.c.received_on, request_case.c.closed_on
    if path == "new":
        return and_(received.between(start, end), start <= OPEN_UNTIL)
    if path == "carried_in":
        return and_(received < start, start <= OPEN_UNTIL)
    if path == "carried_out":
        return and_(received <= end, end < OPEN_UNTIL)
    ended = and_(received <= end, closed.between(start, end))
    return ended if path == RESULTS_TOTAL else and_(ended, request_case.c.outcome.in_(_outcomes(path, form)))


def _outcomes(path: str, form: Edition) -> list[str]:
    edition: Any = form.name
    return [outcome.value for outcome in Outcome if f"results/{statute.row_of(outcome, edition)}" == path]


def _frozen(cell: Cell, form: Edition, kind: ApplicantKind | None, issue: Issue) -> Select[Any]:
    counted = report_issue_case.c
    which = [counted.report_id == issue.report_id, counted.version == issue.version]
    if cell.key in {"new", "carried_in"}:
        which.append(counted.is_new if cell.key == "new" else ~counted.is_new)
    elif cell.key == "carried_out":
        which.append(counted.outcome.is_(None))
    elif cell.key == RESULTS_TOTAL:
        which.append(counted.outcome.is_not(None))
    else:
        which.append(counted.outcome.in_(_outcomes(cell.key, form)))
    if kind is not None:
        which.append(counted.applicant_kind == kind.value)
    return select(*_SHOWN).join(report_issue_case, counted.case_id == request_case.c.id).where(*which)


def unplaced(connection: Connection, agency_id: int, year: int) -> list[Counted]:
    """Requests that came in the year, or before it and still wait, and that no cell counts.

    Those whose day of receipt is not settled (Art. 31), and those that were received in the year but are void (作废) or
    no request for information at all: :meth:`Counted.why_not` says which.
    """
    entered = func.coalesce(request_case.c.snapshot["entered"].astext, "")
    first, last = date(year, 1, 1), date(year, 12, 31)
    waiting = and_(request_case.c.is_open, request_case.c.received_on.is_(None), entered <= last.isoformat())
    dropped = and_(
        ~request_case.c.counted,
        or_(~request_case.c.is_open, request_case.c.received_on.is_not(None)),
        or_(
            request_case.c.received_on.between(first, last),
            and_(request_case.c.received_on.is_(None), entered.between(first.isoformat(), last.isoformat())),
        ),
    )
    statement = select(*_SHOWN).where(request_case.c.agency_id == agency_id, or_(waiting, dropped))
    return [Counted(*row) for row in connection.execute(statement.order_by(request_case.c.number))]
