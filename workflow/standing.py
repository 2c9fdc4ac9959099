"""How the cases of an agency stand today: what is owed, by when, what is overdue. Reads, writes nothing.

The stored last day of a reply changes only with an event. What changes by the mere passing of days is seen here: a
window of consultation that ends by itself, a period that had run out before it was suspended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Text, case, false, func, literal_column, select

from models.tables import request_case
from models.vocabulary import Matter
from workflow import calendar_book, clock, rules
from workflow.calendar import WorkCalendar
from workflow.case import Case, from_snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands on a day.

    ``reply_due`` is None while the period does not run; ``working_days_over`` is how far it had run over when it was
    suspended. ``open_point`` is what is still to be done though the reply was made. The period of a
    ``rectification`` is the agency's own (Art. 41 sets none): past it, nothing is overdue in law.
    """

    number: str
    state: str
    received_on: date | None
    reply_due: date | None
    closed_on: date | None
    is_open: bool
    subject: str
    officer: str | None
    rectification: bool
    overdue: bool = False
    working_days_over: int = 0
    open_point: str | None = None

    def left(self, calendar: WorkCalendar, today: date) -> int | None:
        """The working days until the reply is due, negative: past it; None while nothing runs."""
        if self.reply_due is None or not self.is_open:
            return None
        if self.reply_due >= today:
            return calendar.count(today, self.reply_due)
        return -calendar.count(self.reply_due, today)

    def urgency(self) -> tuple[Any, ...]:
        """Sorts what is overdue or came back first, then by the last day; what has ended comes last."""
        waits = self.is_open or self.open_point is not None
        pressing = self.overdue or self.open_point is not None
        return not waits, not pressing, self.reply_due or date.max, self.number


_RETURNED = literal_column("(request_case.snapshot #>> '{services,-1,returned}')", Text)
"""When the last reply came back, written as ``ix_request_case_came_back`` has it."""


def standings(
    connection: Connection,
    agency_id: int,
    today: date,
    *,
    only_open: bool = False,
    ids: Sequence[int] | None = None,
) -> list[Standing]:
    """The agency's cases as they stand ``today``, the most urgent first.

    ``only_open``: those with something owed; ``ids``: these of them.
    """
    known = request_case.c
    awaits = known.is_open & known.reply_due.is_(None) & known.received_on.is_not(None)
    came_back = ~known.is_open & _RETURNED.is_not(None)
    columns = (
        known.number,
        known.state,
        known.received_on,
        known.reply_due,
        known.closed_on,
        known.is_open,
        known.subject,
        known.officer,
        func.coalesce(known.snapshot["matter"].as_string() == Matter.RECTIFICATION.value, false()),
    )
    # Of the plain ones the stored day holds: only the others are unfolded.
    unfolded = case((awaits | came_back, known.snapshot), else_=None).label("snapshot")
    statement = select(*columns, known.calendar_revision, unfolded).where(known.agency_id == agency_id)
    if ids is not None:
        statement = statement.where(known.id.in_(ids))
    if only_open:
        statement = statement.where(known.is_open | came_back)
    calendars: dict[int, WorkCalendar] = {}
    found = []
    for *plain, revision, snapshot in connection.execute(statement).all():
        standing = Standing(*plain)
        if snapshot is None:
            late = standing.is_open and standing.reply_due is not None and standing.reply_due < today
            standing = replace(standing, overdue=late)
        elif standing.is_open:
            if revision not in calendars:
                calendars[revision] = calendar_book.read(connection, agency_id, revision)
            standing = _reckoned(standing, from_snapshot(snapshot), calendars[revision], today)
        else:
            standing = replace(standing, open_point=to_serve_again(from_snapshot(snapshot)))
        if standing.rectification:
            standing = replace(standing, overdue=False, working_days_over=0)
        found.append(standing)
    if only_open:
        found = [each for each in found if each.is_open or each.open_point is not None]
    return sorted(found, key=Standing.urgency)


def _reckoned(standing: Standing, folded: Case, calendar: WorkCalendar, today: date) -> Standing:
    """An open case whose stored day is not known, by the clock as of ``today``."""
    reckoning = clock.reckon(folded.clock_facts(), calendar, today)
    if reckoning.reply_due is not None:
        return replace(standing, reply_due=reckoning.reply_due, overdue=reckoning.reply_due < today)
    over = max(0, -reckoning.working_days_left)
    return replace(standing, overdue=over > 0, working_days_over=over)


def to_serve_again(folded: Case) -> str | None:
    """What is to be done about a reply that came back; None where none did, or it went out again."""
    came_back = folded.returned()
    if came_back is None:
        return None
    how = "应当日改用邮寄再次送达" if came_back.means in rules.ELECTRONIC else "应再次送达"
    return f"答复被退回，{how}（{came_back.returned} 退回，国办公开办函〔2016〕235号）"
