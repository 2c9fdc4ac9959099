"""What other choices of an agency would change for the cases under way, before they are made.

The last days that the law gives rest on the log and the calendar alone (decision 0008) and move with no choice. What
moves are the day on which a period that ran out lapses, the day of receipt of letters that nobody confirmed yet, and
reminders.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from models.tables import deadline, request_case
from models.vocabulary import DeadlineKind, DeadlineState, State
from workflow import calendar_book, case, intake, reminding
from workflow.calendar import WorkCalendar
from workflow.faults import InputFault
from workflow.practice import Practice
from workflow.reminding import Choices

DAYS_AHEAD = 30
"""Calendar days for which reminders are foreseen, from tomorrow on."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A day of a case that would be another: of a period's lapse, or (``kind`` None) of receipt; None: not settled."""

    number: str
    kind: DeadlineKind | None
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder of one case as it is planned: on which day, of which deadline and how many working days are left."""

    day: date
    number: str
    kind: DeadlineKind
    due_on: date
    milestone: int


def open_cases(connection: Connection, agency_id: int) -> int:
    """How many cases of an agency are open."""
    open_now = (request_case.c.agency_id == agency_id) & request_case.c.is_open
    return int(connection.execute(select(func.count()).select_from(request_case).where(open_now)).scalar_one())


def shifts(connection: Connection, agency_id: int, before: Practice, after: Practice, today: date) -> list[Shift]:
    """The days of an agency's cases that other choices would move, by the case's number."""
    calendar = calendar_book.current(connection, agency_id)
    found = []
    if before.lapse_grace_days != after.lapse_grace_days:
        found += _lapses(connection, agency_id, calendar, before.lapse_grace_days, after.lapse_grace_days)
    if before.intake() != after.intake():
        found += _receipts(connection, agency_id, calendar, before.intake(), after.intake(), today)
    return sorted(found, key=lambda shift: shift.number)


def _running(connection: Connection, agency_id: int) -> list[tuple[str, DeadlineKind, date]]:
    """The deadlines of an agency that run: number of the case, kind, last day."""
    open_now = (deadline.c.agency_id == agency_id) & (deadline.c.state == DeadlineState.OPEN.value)
    rows = connection.execute(
        select(request_case.c.number, deadline.c.kind, deadline.c.due_on)
        .join(request_case, request_case.c.id == deadline.c.case_id)
        .where(open_now)
        .order_by(deadline.c.due_on, request_case.c.number)
    )
    return [(number, DeadlineKind(kind), due_on) for number, kind, due_on in rows]


def _lapses(connection: Connection, agency_id: int, calendar: WorkCalendar, before: int, after: int) -> list[Shift]:
    found = []
    for number, kind, due_on in _running(connection, agency_id):
        old, new = (reminding.lapse_day(kind, due_on, calendar, grace) for grace in (before, after))
        if old != new:
            found.append(Shift(number, kind, old, new))
    return found


def _receipts(
    connection: Connection,
    agency_id: int,
    calendar: WorkCalendar,
    before: intake.Choices,
    after: intake.Choices,
    today: date,
) -> list[Shift]:
    waiting = (request_case.c.agency_id == agency_id) & (request_case.c.state == State.UNCONFIRMED.value)
    found = []
    for snapshot in connection.execute(select(request_case.c.snapshot).where(waiting)).scalars():
        folded = case.from_snapshot(snapshot)
        if folded.intake is None:
            continue
        try:
            old, new = (intake.receipt(folded.intake, calendar, today, each).day for each in (before, after))
        except InputFault:
            # What came after today is not looked at yet.
            continue
        if old != new:
            found.append(Shift(folded.number, None, old, new))
    return found


def reminders(connection: Connection, agency_id: int, chosen: Choices, today: date) -> list[Reminded]:
    """The reminders of the next days for the deadlines as they stand, if nothing happens meanwhile, in their order."""
    calendar = calendar_book.current(connection, agency_id)
    first, last = today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD)
    of_day: dict[tuple[DeadlineKind, date], list[str]] = defaultdict(list)
    for number, kind, due_on in _running(connection, agency_id):
        of_day[kind, due_on].append(number)
    found = []
    for (kind, due_on), numbers in of_day.items():
        ends = reminding.lapse_day(kind, due_on, calendar, chosen.grace)
        until = last if ends is None else min(last, ends - timedelta(days=1))
        if until < first:
            continue
        planned = reminding.plan(kind, due_on, first, until, calendar, chosen)
        found += [
            Reminded(call.for_day, number, kind, due_on, call.milestone) for call in planned.calls for number in numbers
        ]
    return sorted(found, key=lambda each: (each.day, each.milestone, each.number, each.kind.value))
