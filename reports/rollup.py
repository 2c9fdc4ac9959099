"""The roll-up: the case log of one agency's year, counted into the figures of the report. Recomputed, never added up.

A case is counted by its days in law: 新收 in the year of 收到申请之日, 办理结果 in the year of the final reply's
legal date, 结转下年度 if it had no final reply on 31 December (``law.md`` 5.7 has the reasons for each row).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    Integer,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from models.tables import fee, proactive_figure, request_case, review
from models.vocabulary import ApplicantKind, Outcome, ReviewKind, ReviewResult
from reports import registers
from reports.edition import RESULTS_TOTAL, edition_for_year, load_edition
from reports.figures import Fees, Figures, zero_figures
from workflow import statute

_COLUMN = {kind.value: index for index, kind in enumerate(ApplicantKind)}
_TOTAL = len(_COLUMN)
REVIEW_COLUMN = {result.value: index for index, result in enumerate(ReviewResult)}
"""The place of a result among the columns of table four; 总计 comes after them."""


def roll_up(
    connection: Connection,
    agency_id: int,
    agency_name: str,
    year: int,
    edition: str | None = None,
    as_of: date | None = None,
) -> Figures:
    """The figures of one agency's ``year`` in the form's ``edition`` (default: the year's own).

    With ``as_of`` the year is counted as it stood on that day: what was received or answered later does not count
    yet. ValueError if there is no form for the year, or no such edition.
    """
    edition = edition or edition_for_year(year)
    figures = zero_figures(agency_name, year, edition)
    start, end = date(year, 1, 1), date(year, 12, 31)
    end = end if as_of is None else max(min(as_of, end), date(year - 1, 12, 31))
    values = {"agency": agency_id, "start": start, "end": end, "year": year}
    notices, billed, received = connection.execute(FEES, values).one()
    entered = connection.execute(PROACTIVE, values).all()
    return Figures(
        agency=agency_name,
        year=year,
        edition=edition,
        applications=table_three(connection.execute(CASES, values), figures),
        reviews=table_four(connection.execute(REVIEWS, values), figures),
        proactive=section_two(entered, year) | _registered(connection, agency_id, year, entered),
        fees=Fees(int(notices), Decimal(billed), Decimal(received)),
    )


# The statements are made once; each run only binds the agency and the days.
_AGENCY, _YEAR = bindparam("agency", type_=BigInteger), bindparam("year", type_=Integer)
_START, _END = bindparam("start", type_=Date), bindparam("end", type_=Date)

ENDED = case((request_case.c.closed_on <= _END, request_case.c.outcome))
"""The outcome that a case has in the year; null: 结转下年度."""
IS_NEW = request_case.c.received_on >= _START
"""本年新收; otherwise 上年结转."""
OPEN_UNTIL = func.coalesce(request_case.c.closed_on, literal_column("'infinity'::date"))
"""The day on which a case ended; of an open one, a day after all others. ``ix_request_case_rollup`` is in its order."""
IN_THE_YEAR = and_(request_case.c.counted, request_case.c.received_on <= _END, OPEN_UNTIL >= _START)
"""Which cases table three of a year counts: those that were open on any day of it."""
OF_AGENCY = request_case.c.agency_id == _AGENCY
CASES = (
    select(ENDED, request_case.c.applicant_kind, func.count(), func.count().filter(IS_NEW))
    .where(OF_AGENCY, IN_THE_YEAR)
    .group_by(ENDED, request_case.c.applicant_kind)
)
"""The one query behind table three: by outcome in the year (null: carried over) and column, all and the new ones."""

RESULT = case((review.c.concluded_on <= _END, review.c.result), else_=literal(ReviewResult.PENDING.value))
"""The result that a review has by the end of the year."""
REVIEWED = and_(
    review.c.accepted_on <= _END,
    or_(review.c.concluded_on.is_(None), review.c.concluded_on >= _START),
)
"""Which reviews table four of a year counts."""
REVIEWS_OF_AGENCY = review.c.agency_id == _AGENCY
REVIEWS = select(review.c.kind, RESULT, func.count()).where(REVIEWS_OF_AGENCY, REVIEWED).group_by(review.c.kind, RESULT)
PROACTIVE = select(proactive_figure.c.edition, proactive_figure.c.item, proactive_figure.c.figures).where(
    proactive_figure.c.agency_id == _AGENCY, proactive_figure.c.year == _YEAR
)
BILLED = and_(fee.c.agency_id == _AGENCY, fee.c.notified_on.between(_START, _END))
"""Which fee notices count with what they bill."""
PAID = and_(fee.c.agency_id == _AGENCY, fee.c.paid_on.between(_START, _END))
"""Which fee notices count with what was received."""
_NOTICES = select(func.count(), func.coalesce(func.sum(fee.c.billed_yuan), 0)).where(BILLED)
_RECEIVED = select(func.coalesce(func.sum(fee.c.received_yuan), 0)).where(PAID)
FEES = _NOTICES.add_columns(_RECEIVED.scalar_subquery())


def of_year(agency_id: int, year: int) -> dict[str, Any]:
    """What binds the statements here to an agency's whole year."""
    return {"agency": agency_id, "start": date(year, 1, 1), "end": date(year, 12, 31)}


def table_three(rows: Iterable[Any], figures: Figures) -> dict[str, tuple[int, ...]]:
    """Table three from rows of outcome in the year (None: carried over), kind, cases, and how many of them are new.

    ``figures`` has the edition and its rows.
    """
    counts = {path: [0] * (_TOTAL + 1) for path in figures.applications}
    edition = cast("statute.Edition", figures.edition)
    for outcome, kind, cases, new in rows:
        column = _COLUMN[kind]
        paths = ["carried_out"]
        if outcome is not None:
            paths = [f"results/{statute.row_of(Outcome(outcome), edition)}", RESULTS_TOTAL]
        for path, number in [(path, cases) for path in paths] + [("new", new), ("carried_in", cases - new)]:
            counts[path][column] += number
            counts[path][_TOTAL] += number
    return {path: tuple(row) for path, row in counts.items()}


def table_four(rows: Iterable[Any], figures: Figures) -> dict[str, tuple[int, ...]]:
    """Table four: concluded in the year by result, and pending at its end; there is no carry-over row."""
    counts = {key: [0] * (len(REVIEW_COLUMN) + 1) for key in figures.reviews}
    for kind, result, number in rows:
        row = counts[ReviewKind(kind).value]
        row[REVIEW_COLUMN[result]] += number
        row[-1] += number
    return {key: tuple(row) for key, row in counts.items()}


def _registered(
    connection: Connection, agency_id: int, year: int, entered: Sequence[Any]
) -> dict[str, tuple[int, ...]]:
    """What the register of normative documents counts, for the rows that nobody entered a figure for."""
    counts = registers.counted(connection, agency_id, year)
    if not counts:
        return {}
    items = {row.item for row in entered}
    rows = registers.rows_of(load_edition(_section_two_edition(entered, year)).section_two, counts)
    return {key: row for key, row in rows.items() if key not in items}


def section_two(entered: Sequence[Any], year: int) -> dict[str, tuple[int | Decimal | None, ...]]:
    """Section two as it was entered, in the form it was entered in; a row that was not entered is 0.

    Where table three is asked for in another edition, section two stays what it is: its figures mean something else
    in the other form.
    """
    edition = _section_two_edition(entered, year)
    figures = {row.item: row.figures for row in entered if row.edition == edition}
    rows = dict(zero_figures("", year, edition).proactive)
    for key, columns in load_edition(edition).section_two.columns_of.items():
        if key in figures:
            rows[key] = tuple(
                value if column.kind == "decimal" else int(value)
                for column, value in zip(columns, figures[key], strict=True)
            )
    return rows


def _section_two_edition(entered: Sequence[Any], year: int) -> str:
    own = edition_for_year(year)
    editions = {row.edition for row in entered}
    return own if own in editions or not editions else max(editions)
