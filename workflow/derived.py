"""What follows from a folded case: the columns of its row and the rows beside it. Derived, never edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from models.tables import case_words, deadline, fee, review
from workflow import case, periods, words
from workflow.calendar import WorkCalendar
from workflow.case import Case
from workflow.periods import DeadlineRow

DerivedRows = dict[Table, list[dict[str, Any]]]
TABLES = (deadline, fee, review, case_words)
"""The derived tables beside ``request_case``."""
_Key = Callable[[Mapping[str, Any]], tuple[Any, ...]]


def _key_of(table: Table) -> _Key:
    first, *more = (column.name for column in table.primary_key)
    return itemgetter(first, *more) if more else lambda row: (row[first],)


_KEYS: dict[Table, _Key] = {table: _key_of(table) for table in TABLES}


def case_columns(folded: Case, deadlines: Sequence[DeadlineRow], calendar: WorkCalendar) -> dict[str, Any]:
    """The columns of ``request_case`` that follow from the folded case, its ``deadlines`` and their calendar."""
    reply = periods.reply(tuple(deadlines))
    return {
        "number": folded.number,
        "applicant_kind": folded.applicant_kind.value,
        "subject": folded.subject,
        "received_on": folded.received,
        "came_on": folded.received or folded.entered,
        "state": folded.state.value,
        "outcome": None if folded.outcome is None else folded.outcome.value,
        "closed_on": folded.closed,
        "reply_due": None if reply is None else reply.due_on,
        "provisional": reply is not None and reply.provisional,
        "counted": folded.is_counted(),
        "is_open": folded.is_open(),
        "officer": folded.officer,
        "calendar_revision": calendar.revision,
        "snapshot": case.to_snapshot(folded),
    }


def _deadline_rows(
    case_id: int, agency_id: int, deadlines: Sequence[DeadlineRow], calendar: WorkCalendar
) -> list[dict[str, Any]]:
    """The rows of ``deadline`` for a case; when each is looked at again (``wake_on``) does not follow from the case."""
    return [
        {
            "case_id": case_id,
            "kind": row.kind.value,
            "round": row.round,
            "agency_id": agency_id,
            "state": row.state.value,
            "due_on": row.due_on,
            "done_on": row.done_on,
            "article": row.article,
            "provisional": row.provisional,
            "calendar_revision": calendar.revision,
        }
        for row in deadlines
    ]


def _fee_rows(case_id: int, agency_id: int, folded: Case) -> list[dict[str, Any]]:
    """The rows of ``fee`` for a case, in yuan."""
    return [
        {
            "case_id": case_id,
            "round": number,
            "agency_id": agency_id,
            "notified_on": notice.notified,
            "billed_yuan": notice.billed_yuan,
            "paid_on": notice.received,
            "received_yuan": notice.received_yuan,
        }
        for number, notice in enumerate(folded.fees, 1)
    ]


def _review_rows(case_id: int, agency_id: int, folded: Case) -> list[dict[str, Any]]:
    """The rows of ``review`` for a case."""
    return [
        {
            "case_id": case_id,
            "round": record.number,
            "agency_id": agency_id,
            "kind": record.kind.value,
            "accepted_on": record.accepted,
            "result": record.result.value,
            "concluded_on": record.concluded,
        }
        for record in folded.reviews
    ]


def _word_rows(case_id: int, agency_id: int, folded: Case) -> list[dict[str, Any]]:
    """The row of ``case_words`` for a case."""
    return [
        {
            "case_id": case_id,
            "agency_id": agency_id,
            "came_on": folded.received or folded.entered,
            "words": list(words.words(agency_id, folded.subject)),
        }
    ]


def rows_beside(
    case_id: int, agency_id: int, folded: Case, deadlines: Sequence[DeadlineRow], calendar: WorkCalendar
) -> DerivedRows:
    """All rows of the derived tables beside ``request_case`` that belong to a case."""
    return {
        deadline: _deadline_rows(case_id, agency_id, deadlines, calendar),
        fee: _fee_rows(case_id, agency_id, folded),
        review: _review_rows(case_id, agency_id, folded),
        case_words: _word_rows(case_id, agency_id, folded),
    }


def key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The primary key of a row of ``table``."""
    return _KEYS[table](row)
