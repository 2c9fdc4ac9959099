"""The time of a case drawn to scale, and each of its days: what counts, what does not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from models.vocabulary import State
from web.language import gettext as _
from web.language import label
from workflow import clock
from workflow.calendar import Interval, WorkCalendar
from workflow.case import Case
from workflow.periods import DeadlineRow

WIDTH, LEFT, ROW = 980, 250, 34
"""Of the drawing: its width, where the line begins, the height of a row."""

_ROOM = 24
_TOP = 30
_LONGEST = 400
"""Days listed one by one at the most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of days in the drawing."""

    x: float
    y: float
    width: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A day in the drawing: a line across it, its words above."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the drawing with its name at the left."""

    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole drawing."""

    height: int
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    months: tuple[Mark, ...]


def draw(case: Case, calendar: WorkCalendar, deadlines: tuple[DeadlineRow, ...], today: date) -> Drawing | None:
    """The periods of the present round on one scale; None before the day of receipt is settled."""
    if case.received is None or case.state is State.VOID:
        return None
    as_of = case.ended() or today
    facts = case.clock_facts()
    due = clock.reckon(facts, calendar, as_of).reply_due
    began = facts.received
    others = [each for each in deadlines if each.due_on is not None and each.due_on >= began and _is_drawn(each)]
    ends = [as_of, *([due] if due else []), *(each.due_on for each in others if each.due_on)]
    last = max(ends) + timedelta(1)
    span = max((last - began).days, 7)
    scale = (WIDTH - LEFT - _ROOM) / span

    def at(day: date) -> float:
        return round(LEFT + (day - began).days * scale, 1)

    def bar(first: date, until: date, row: int, kind: str, title: str) -> Bar:
        return Bar(at(first), _TOP + row * ROW + 8, max(round(at(until) - at(first), 1), 3), kind, title)

    bars = [bar(began, due or as_of, 0, "running", _("答复期限 %(first)s 至 %(last)s", first=began, last=due or as_of))]
    if due is not None and as_of > due:
        bars.append(bar(due, as_of, 0, "late", _("超过期限：%(first)s 至 %(last)s", first=due, last=as_of)))
    for gap in (*clock.excluded_days(facts, calendar, as_of), *_stops(facts, as_of)):
        upto = min(gap.upto, last)
        if upto > gap.after:
            words = _("不计算在内：%(first)s 至 %(last)s", first=gap.after, last=upto)
            bars.append(bar(gap.after, upto, 0, "waiting", words))
    rows = [Row(_TOP + 22, _("答复期限"))]
    for place, each in enumerate(others, 1):
        if each.due_on is None:
            continue
        start = min(_start(each, case) or began, each.due_on)
        kind = "done" if each.done_on else "open"
        bars.append(bar(max(start, began), each.due_on, place, kind, f"{label(each.kind)} {each.due_on}"))
        rows.append(Row(_TOP + place * ROW + 22, label(each.kind)))
    marks = [Mark(at(as_of), "today", _("今天") if case.ended() is None else _("办结"))]
    if due is not None:
        marks.append(Mark(at(due), "due", due.isoformat()))
    months = [Mark(at(day), "month", f"{day:%m-%d}") for day in _ticks(began, last, span)]
    return Drawing(_TOP + len(rows) * ROW + 24, tuple(rows), tuple(bars), tuple(marks), tuple(months))


def _is_drawn(row: DeadlineRow) -> bool:
    return row.kind.value not in {"reply", "reevaluation", "confirm"}


def _start(row: DeadlineRow, case: Case) -> date | None:
    """The day from which a period runs, as far as the case tells."""
    of_kind = {
        "correction": [each.delivered or each.asked for each in case.corrections],
        "payment": [each.notified for each in case.fees],
        "reasons": [each.asked for each in case.reasons],
    }.get(row.kind.value)
    if of_kind is not None and row.round <= len(of_kind):
        return of_kind[row.round - 1]
    if row.kind.value == "opinion":
        return next((each.delivered or each.sent for each in case.inquiries if each.number == row.round), None)
    if row.kind.value in {"review_answer", "defence", "appeal"}:
        found = next((each for each in case.reviews if each.number == row.round), None)
        return None if found is None else found.judged if row.kind.value == "appeal" else found.copy_received
    return None


def _stops(facts: clock.Facts, as_of: date) -> Iterator[Interval]:
    """The waits after which the period begins anew: for a correction, for a payment."""
    for correction in facts.corrections:
        yield Interval(correction.asked, correction.received or as_of)
    for fee in facts.fees:
        if fee.restarts:
            yield Interval(fee.notified, fee.paid or as_of)


def _ticks(first: date, last: date, span: int) -> list[date]:
    step = max(7, span // 8 // 7 * 7)
    return [first + timedelta(n) for n in range(0, (last - first).days, step)]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the period: the number it counts as, or why it does not count."""

    day: date
    number: int | None
    why: str


def days(case: Case, calendar: WorkCalendar, today: date) -> list[Day]:
    """Each day from the day after the period began to its last day (or today): counted, or skipped and why."""
    if case.received is None or case.state is State.VOID:
        return []
    as_of = case.ended() or today
    facts = case.clock_facts()
    found = clock.reckon(facts, calendar, as_of)
    excluded = clock.excluded_days(facts, calendar, as_of)
    last = min(found.reply_due or as_of, found.clock_start + timedelta(_LONGEST))
    listed, number, day = [], 0, found.clock_start
    while day < last:
        day += timedelta(1)
        rule = calendar.rule(day)
        if any(each.after < day <= each.upto for each in excluded):
            listed.append(Day(day, None, _("不计算在内（征求意见、中止或者等待缴费）")))
        elif calendar.is_workday(day):
            number += 1
            listed.append(Day(day, number, _("调休上班") if rule is not None else ""))
        else:
            listed.append(Day(day, None, rule.name if rule is not None else _("周末")))
    return listed
