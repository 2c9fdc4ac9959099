"""更正事项: what the log says of a year after its report was sealed, case by case and cell by cell.

A sealed version keeps where it counts each case, so what moved is the difference between two sets of cases, found by
one query; the entries of the log that came since say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, func, literal, select

from models.tables import case_event, report_issue_case, request_case
from models.vocabulary import ApplicantKind, EventKind, Outcome
from reports import shares
from reports.edition import TOTAL_LABEL, load_edition
from reports.figures import Figure, figure_json
from reports.issues import Issue
from reports.placing import rows_of
from reports.rollup import ENDED, IN_THE_YEAR, IS_NEW, OF_AGENCY, of_year, roll_up
from workflow import statute

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a case's log that came after the sealing."""

    seq: int
    kind: EventKind
    happened_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Amendment:
    """One cell that the sealed version has otherwise than the log now: ``old`` there, ``new`` now.

    Of table three each amendment is of one case, in one column of applicants: 1 where the cell counts it, else 0. Of
    table four and the fees it is what the cell counts of a case: reviews, notices, yuan. Section two, which is entered,
    has no cases: there the amendment is of the cell as a whole, and ``case`` is None (so is that of a review or a fee
    of a version that was sealed before their cases were kept).
    """

    case: str | None
    cell: str
    column: str
    old: Figure
    new: Figure
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The amendment as plain JSON."""
        return {
            "case": self.case,
            "cell": self.cell,
            "column": self.column,
            "old": figure_json(self.old),
            "new": figure_json(self.new),
            "entries": [
                {
                    "seq": entry.seq,
                    "event": entry.kind.value,
                    "label": entry.kind.label,
                    "happened_on": entry.happened_on.isoformat(),
                    "recorded_at": entry.recorded_at.isoformat(),
                }
                for entry in self.entries
            ],
        }


def since(connection: Connection, agency_id: int, issue: Issue) -> list[Amendment]:
    """What the log and the entered figures say otherwise than a sealed version; the cases first, by number."""
    of_cases_too = shares.are_kept(connection, issue)
    return [
        *of_cases(connection, agency_id, issue),
        *(_of_shares(connection, agency_id, issue) if of_cases_too else ()),
        *_of_figures(connection, agency_id, issue, entered_only=of_cases_too),
    ]


def of_cases(connection: Connection, agency_id: int, issue: Issue) -> list[Amendment]:
    """The amendments of table three."""
    edition = cast("statute.Edition", issue.figures.edition)
    moved = _moved(connection, agency_id, issue)
    entries = _entries(connection, moved)
    found = []
    for row in moved:
        was = _cells(row.was_kind, row.was_new, row.was_outcome, edition) if row.was_kind else set()
        now = _cells(row.kind, row.is_new, row.outcome, edition) if row.kind else set()
        for path, kind in sorted(was ^ now):
            counted = (path, kind) in was
            column = ApplicantKind(kind).label
            why = entries.get(row.id, ())
            found.append(Amendment(row.number, f"applications/{path}", column, int(counted), int(not counted), why))
    return found


def _moved(connection: Connection, agency_id: int, issue: Issue) -> Sequence[Any]:
    """The cases that the version counts otherwise than the log now, or that only one of the two counts."""
    was = (
        select(report_issue_case)
        .where(report_issue_case.c.report_id == issue.report_id, report_issue_case.c.version == issue.version)
        .subquery("was")
    )
    now = (
        select(
            request_case.c.id,
            request_case.c.applicant_kind,
            IS_NEW.label("is_new"),
            ENDED.label("outcome"),
        )
        .where(OF_AGENCY, IN_THE_YEAR)
        .subquery("now")
    )
    joined = was.join(now, was.c.case_id == now.c.id, full=True)
    case_id = func.coalesce(was.c.case_id, now.c.id)
    differs = func.row(was.c.applicant_kind, was.c.is_new, was.c.outcome).op("IS DISTINCT FROM")(
        func.row(now.c.applicant_kind, now.c.is_new, now.c.outcome)
    )
    statement = (
        select(
            request_case.c.id,
            request_case.c.number,
            func.coalesce(was.c.seq, literal(0)).label("seq"),
            was.c.applicant_kind.label("was_kind"),
            was.c.is_new.label("was_new"),
            was.c.outcome.label("was_outcome"),
            now.c.applicant_kind.label("kind"),
            now.c.is_new,
            now.c.outcome,
        )
        .select_from(joined.join(request_case, request_case.c.id == case_id))
        .where(differs)
        .order_by(request_case.c.number)
    )
    return connection.execute(statement, of_year(agency_id, issue.figures.year or 0)).all()


def _cells(kind: str, is_new: bool, outcome: str | None, edition: statute.Edition) -> set[tuple[str, str]]:  # noqa: FBT001
    rows = rows_of(is_new=is_new, outcome=None if outcome is None else Outcome(outcome), edition=edition)
    return {(row, kind) for row in rows}


def _entries(connection: Connection, moved: Sequence[Any]) -> dict[int, tuple[Entry, ...]]:
    """What was recorded of each of these cases after the sealing."""
    entries: dict[int, tuple[Entry, ...]] = {}
    for start in range(0, len(moved), _CHUNK):
        entries |= _entries_of(connection, {row.id: row.seq for row in moved[start : start + _CHUNK]})
    return entries


def _entries_of(connection: Connection, since_seq: Mapping[int, int]) -> dict[int, tuple[Entry, ...]]:
    event = case_event.c
    rows = connection.execute(
        select(event.case_id, event.seq, event.kind, event.happened_on, event.recorded_at)
        .where(event.case_id.in_(since_seq))
        .order_by(event.case_id, event.seq)
    )
    return {
        case_id: tuple(
            Entry(row.seq, EventKind(row.kind), row.happened_on, row.recorded_at)
            for row in of_case
            if row.seq > since_seq[case_id]
        )
        for case_id, of_case in groupby(rows, key=itemgetter(0))
    }


def _of_shares(connection: Connection, agency_id: int, issue: Issue) -> Iterator[Amendment]:
    """The amendments of table four and of the fees, case by case."""
    columns = load_edition(issue.figures.edition).table_four.columns
    moved = shares.moved(connection, agency_id, issue)
    entries = _entries(connection, moved)
    for row in moved:
        is_yuan = row.path.endswith("_yuan")
        old, new = (value if is_yuan else int(value) for value in (row.old, row.new))
        column = columns[row.position] if row.path.startswith("reviews/") else ""
        yield Amendment(row.number, row.path, column, old, new, entries.get(row.id, ()))


def _of_figures(connection: Connection, agency_id: int, issue: Issue, *, entered_only: bool) -> Iterator[Amendment]:
    """What moved of section two, and, unless ``entered_only``, of table four and the fees, cell by cell."""
    was = issue.figures
    now = roll_up(connection, agency_id, was.agency or "", was.year or 0, was.edition)
    form = load_edition(was.edition)
    for key in form.table_four.labels if not entered_only else ():
        yield from _row(f"reviews/{key}", form.table_four.columns, was.reviews[key], now.reviews[key])
    for section in {id(each): each for each in (was.section_two, now.section_two)}.values():
        for key, columns in section.columns_of.items():
            old, new = (each.proactive.get(key, (None,) * len(columns)) for each in (was, now))
            if len(old) == len(new):
                yield from _row(f"proactive/{key}", [column.label for column in columns], old, new)
    for name in ("notices", "billed_yuan", "received_yuan") if not entered_only else ():
        yield from _row(f"fees/{name}", [""], (getattr(was.fees, name, None),), (getattr(now.fees, name, None),))


def _row(cell: str, columns: Iterable[str], old: Sequence[Figure], new: Sequence[Figure]) -> Iterator[Amendment]:
    for column, before, after in zip(columns, old, new, strict=True):
        if before != after:
            yield Amendment(None, cell, column, before, after)


def moved_by(amendments: Iterable[Amendment], cell: str, column: str) -> tuple[int, list[str]]:
    """By how much cases move one cell of table three (``column`` may be 总计), and the numbers of those cases."""
    moving = [
        each
        for each in amendments
        if each.case is not None and each.cell == cell and column in {each.column, TOTAL_LABEL}
    ]
    numbers = dict.fromkeys(each.case for each in moving if each.case is not None)
    return sum(int(each.new or 0) - int(each.old or 0) for each in moving), list(numbers)
