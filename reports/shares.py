"""What each review and each fee notice adds to a cell: behind table four and the fees of a sealed version.

Table three of a version is counted from the cases that were kept with it; these two are counted from their shares. Of a
version that was sealed before shares were kept, the cells of these two open to the log as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Connection,
    Numeric,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)

from models.tables import case_event, fee, report_issue_case, report_issue_share, request_case, review
from models.vocabulary import ReviewKind, ReviewResult
from reports.figures import Fees, Figures
from reports.issues import Issue
from reports.rollup import BILLED, PAID, RESULT, REVIEW_COLUMN, REVIEWED, REVIEWS_OF_AGENCY, of_year, table_four

_KIND_OF_PATH = {f"reviews/{kind.value}": kind.value for kind in ReviewKind}
_RESULTS = [result.value for result in ReviewResult]
_ONE, _FIRST = literal(1, Numeric), literal(0)


def _of_fees(path: str, value: Any, which: Any) -> Any:
    return select(fee.c.case_id, fee.c.round, literal(path, Text), _FIRST, value).where(which)


NOW = union_all(
    select(
        review.c.case_id,
        review.c.round,
        literal("reviews/", Text).concat(review.c.kind).label("path"),
        case(REVIEW_COLUMN, value=RESULT).label("position"),
        _ONE.label("value"),
    ).where(REVIEWS_OF_AGENCY, REVIEWED),
    _of_fees("fees/notices", _ONE, BILLED),
    _of_fees("fees/billed_yuan", fee.c.billed_yuan, BILLED),
    _of_fees("fees/received_yuan", func.coalesce(fee.c.received_yuan, 0), PAID),
).subquery("now")
"""The shares of an agency's year as the log is now; of each cell of table four and of the fees they are the sum."""

_KEPT = report_issue_share.c


def keep(connection: Connection, agency_id: int, year: int, report_id: int, version: int) -> None:
    """Keep the shares of a version, in the caller's transaction."""
    kept = select(
        literal(report_id),
        literal(version),
        NOW.c.path,
        NOW.c.position,
        NOW.c.case_id,
        NOW.c.round,
        request_case.c.version,
        NOW.c.value,
    ).join(request_case, request_case.c.id == NOW.c.case_id)
    columns = [column.name for column in _KEPT]
    connection.execute(insert(report_issue_share).from_select(columns, kept), of_year(agency_id, year))


def counted(
    connection: Connection, report_id: int, version: int, figures: Figures
) -> tuple[dict[str, tuple[int, ...]], Fees]:
    """Table four and the fees as the shares of a version add up; ``figures`` has the edition and its rows.

    KeyError or IndexError for a share of a cell that there is none of.
    """
    sums = (
        select(_KEPT.path, _KEPT.position, func.sum(_KEPT.value))
        .where(_KEPT.report_id == report_id, _KEPT.version == version)
        .group_by(_KEPT.path, _KEPT.position)
    )
    reviews, fees = [], {"notices": Decimal(0), "billed_yuan": Decimal(0), "received_yuan": Decimal(0)}
    for path, position, value in connection.execute(sums):
        table, _, key = path.partition("/")
        if table == "fees":
            fees[key] += value
        else:
            reviews.append((_KIND_OF_PATH[path], _RESULTS[position], int(value)))
    money = Fees(int(fees["notices"]), fees["billed_yuan"], fees["received_yuan"])
    return table_four(reviews, figures), money


def are_kept(connection: Connection, issue: Issue) -> bool:
    """Whether a version was sealed with its shares, or has no review and no fee that could have one."""
    fees = issue.figures.fees
    money = [] if fees is None else [fees.notices, fees.received_yuan]
    if not any((*money, *(value for row in issue.figures.reviews.values() for value in row))):
        return True
    return bool(connection.execute(select(exists().where(*_of_issue(issue)))).scalar_one())


def moved(connection: Connection, agency_id: int, issue: Issue) -> Sequence[Any]:
    """By case and cell what a version counts otherwise than the log now, and how far the case's log had come then.

    Of a case that the version did not count at all the time of sealing says how far.
    """
    was = select(report_issue_share).where(*_of_issue(issue)).subquery("was")
    key = ("path", "position", "case_id", "round")
    joined = was.join(NOW, and_(*(was.c[name] == NOW.c[name] for name in key)), full=True)
    case_id = func.coalesce(was.c.case_id, NOW.c.case_id)
    old, new = (func.sum(func.coalesce(side.c.value, 0)) for side in (was, NOW))
    path, position = (func.coalesce(was.c[name], NOW.c[name]) for name in ("path", "position"))
    statement = (
        select(
            request_case.c.id,
            request_case.c.number,
            _seen(issue).label("seq"),
            path.label("path"),
            position.label("position"),
            old.label("old"),
            new.label("new"),
        )
        .select_from(joined.join(request_case, request_case.c.id == case_id))
        .group_by(request_case.c.id, request_case.c.number, path, position)
        .having(old != new)
        .order_by(request_case.c.number, path, position)
    )
    return connection.execute(statement, of_year(agency_id, issue.figures.year or 0)).all()


def _seen(issue: Issue) -> Any:
    """How far the log of the case had come when the version was sealed."""
    whole, event = report_issue_case.c, case_event.c
    of_case = whole.report_id == issue.report_id, whole.version == issue.version, whole.case_id == request_case.c.id
    before = event.case_id == request_case.c.id, event.recorded_at <= issue.sealed_at
    known = (
        select(func.max(_KEPT.seq)).where(*_of_issue(issue), _KEPT.case_id == request_case.c.id),
        select(whole.seq).where(*of_case),
        select(func.max(event.seq)).where(*before),
    )
    return func.coalesce(*(each.scalar_subquery() for each in known), 0)


def behind(path: str, position: int | None, issue: Issue) -> Any:
    """The shares behind a cell of a version, as a condition; of a row as a whole if ``position`` is None."""
    which = and_(*_of_issue(issue), _KEPT.path == path)
    return which if position is None else and_(which, _KEPT.position == position)


def _of_issue(issue: Issue) -> tuple[Any, Any]:
    return _KEPT.report_id == issue.report_id, _KEPT.version == issue.version
