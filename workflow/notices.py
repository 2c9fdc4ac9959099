"""Loading working days: a State Council notice or an office's own days, previewed, then applied as events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, exists, or_, select, true

from models.personal import FieldCipher
from models.tables import agency, deadline, request_case
from models.vocabulary import DeadlineState, EventKind
from workflow import calendar_book, case, desk, periods, wake
from workflow.calendar import FIRST_YEAR, LAST_YEAR, DayRule, WorkCalendar
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_NAME = 100
_LONGEST_SOURCE = 1_000


@dataclass(frozen=True, slots=True)
class Notice:
    """Days to load. ``year`` is the year that a national notice makes final; None for single days."""

    year: int | None
    rules: tuple[DayRule, ...]
    source: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A case whose deadlines move with a new calendar; ``is_open``: a reply is still owed."""

    case_id: int
    number: str
    reply_due: date | None
    new_reply_due: date | None
    is_open: bool = True

    def becomes_overdue(self, today: date) -> bool:
        """Whether the reply was in time before and is overdue now."""
        if not self.is_open or self.reply_due is None or self.new_reply_due is None:
            return False
        return self.new_reply_due < today <= self.reply_due


def read_notice(document: object, name: str) -> Notice:
    """Read a notice from JSON: ``{"year": 2027, "days": [{"date", "name", "isOffDay"}], "papers": […]}``.

    ``working`` may stand for the opposite of ``isOffDay``; ``year`` is left out for an office's own days. Raises
    InputFault with one sentence per fault.
    """
    if not isinstance(document, Mapping):
        raise InputFault(f"{name}：应为一个 JSON 对象，含 days 列表")
    faults: list[str] = []
    year = document.get("year")
    if year is not None and (not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR):
        faults.append(f"{name} year：“{year}”不是有效年份，应为 {FIRST_YEAR} 至 {LAST_YEAR} 的整数")
    days = document.get("days")
    if not isinstance(days, list) or not days:
        faults.append(
            f"{name} days：没有日期，应为非空列表，每项如 {{“date”: “2027-01-01”, “name”: “元旦”, “isOffDay”: true}}"
        )
        days = []
    rules: dict[date, DayRule] = {}
    for index, item in enumerate(days):
        rule = _rule(item, f"{name} days[{index}]", faults)
        if rule is not None and rule.day in rules and rules[rule.day] != rule:
            faults.append(f"{name} days[{index}]：{rule.day} 出现两次且不一致，应只有一次")
        elif rule is not None:
            rules[rule.day] = rule
    if isinstance(year, int) and rules and not any(day.year == year for day in rules):
        faults.append(f"{name} year：“{year}”与 days 中的日期不符，应含该年的日期")
    if faults:
        raise InputFault(faults)
    papers = document.get("papers")
    source = "；".join(str(paper) for paper in papers) if isinstance(papers, list) and papers else name
    source = "".join(ch if ch.isprintable() else " " for ch in source)[:_LONGEST_SOURCE]
    warnings = [
        f"{name}：没有 {day}（{holiday}），公布的年度安排通常含全部法定节假日，请核对"
        for day, holiday in (_fixed_holidays(year) if isinstance(year, int) else ())
        if day.weekday() < _SATURDAY and (day not in rules or rules[day].working)
    ]
    return Notice(year, tuple(rules[day] for day in sorted(rules)), source, tuple(warnings))


_SATURDAY = 5


def _fixed_holidays(year: int) -> list[tuple[date, str]]:
    """The holidays with a date of their own (全国年节及纪念日放假办法): a notice without them is not whole."""
    days = [(1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"), (10, 3, "国庆节")]
    return [(date(year, month, day), holiday) for month, day, holiday in days]


def _rule(item: object, place: str, faults: list[str]) -> DayRule | None:
    if not isinstance(item, Mapping):
        faults.append(f"{place}：应为对象，如 {{“date”: “2027-01-01”, “name”: “元旦”, “isOffDay”: true}}")
        return None
    value = item.get("date")
    try:
        day = date.fromisoformat(str(value) if _DAY.fullmatch(str(value)) else "")
    except ValueError:
        faults.append(f"{place}.date：“{value}”不是有效日期，应为形如 2027-01-01 的日期")
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        faults.append(f"{place}.date：“{value}”超出范围，应在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间")
        return None
    off, working = item.get("isOffDay"), item.get("working")
    if working is None and isinstance(off, bool):
        working = not off
    if not isinstance(working, bool):
        faults.append(f"{place}：{day} 没有 isOffDay，应为 true（放假）或 false（上班）")
        return None
    name = item.get("name")
    if name is not None and not (isinstance(name, str) and name.isprintable() and len(name) <= _LONGEST_NAME):
        faults.append(f"{place}.name：不是可用的名称，应为不超过 {_LONGEST_NAME} 个字的文字，如“元旦”")
        return None
    return DayRule(day, working, str(name) if name else ("调休上班" if working else "放假"))


def load(
    connection: Connection, agency_id: int | None, notice: Notice, actor: str, *, today: date | None = None
) -> int:
    """Store the notice as a new revision of the calendar (national if ``agency_id`` is None); returns its number.

    Reminders are planned by it from ``today`` (the present day) on, also for deadlines that it does not move.
    Raises InputFault where an office's own days claim to announce a year.
    """
    if agency_id is not None and notice.year is not None:
        raise InputFault("机关自己的日历不能公布整个年度，应去掉 year，只列出不同的日期")
    announced = [] if notice.year is None else [notice.year]
    known = calendar_book.current(connection, agency_id)
    if all(known.announced >= {year} for year in announced) and _holds_already(known, notice):
        return known.revision
    revision = calendar_book.add_revision(connection, agency_id, announced, notice.rules, notice.source, actor)
    wake.look_anew(connection, agency_id, today)
    return revision


def _holds_already(known: WorkCalendar, notice: Notice) -> bool:
    """Whether the calendar says what the notice says, day for day; then no revision is needed."""
    if notice.year is not None:
        listed = {rule.day: rule for rule in notice.rules if rule.day.year == notice.year}
        if {rule.day for rule in known.rules(notice.year)} != set(listed):
            return False
    return all(known.rule(rule.day) == rule for rule in notice.rules)


def moves(connection: Connection, agency_id: int) -> Iterator[Move]:
    """The cases of an agency of which a deadline still runs and moves under its calendar as it is now."""
    now = calendar_book.current(connection, agency_id)
    stored: dict[int, WorkCalendar] = {}
    # A case that is answered may have a review whose days run.
    falls_due = exists().where(deadline.c.case_id == request_case.c.id, deadline.c.state == DeadlineState.OPEN.value)
    rows = connection.execute(
        select(request_case.c.id, request_case.c.calendar_revision, request_case.c.snapshot)
        .where(request_case.c.agency_id == agency_id, or_(request_case.c.is_open, falls_due))
        .order_by(request_case.c.id)
    ).all()
    for case_id, revision, snapshot in rows:
        if revision not in stored:
            stored[revision] = calendar_book.read(connection, agency_id, revision)
        folded = case.from_snapshot(snapshot)
        if folded.received is None:
            # Nothing is counted yet; the confirmation will be reckoned with the calendar of its day.
            continue
        before, after = _running(folded, stored[revision]), _running(folded, now)
        if before != after:
            yield Move(case_id, folded.number, _reply_due(before), _reply_due(after), folded.is_open())


def _running(folded: case.Case, calendar: WorkCalendar) -> tuple[periods.DeadlineRow, ...]:
    """The deadlines of a case that fall due by this calendar; what is done stays as it was reckoned."""
    return tuple(row for row in periods.deadlines(folded, calendar) if row.state is DeadlineState.OPEN)


def _reply_due(rows: tuple[periods.DeadlineRow, ...]) -> date | None:
    reply = periods.reply(rows)
    return None if reply is None else reply.due_on


def apply(
    connection: Connection, agency_id: int, moved: list[Move], cipher: FieldCipher, now: datetime, actor: str
) -> int:
    """Record the moves as events (期限重算) in the caller's transaction; returns how many cases moved."""
    desk.hold(connection, agency_id)
    revision = calendar_book.current_revision(connection, agency_id)
    happening = Happening(EventKind.RECALCULATE, desk.day_of(now), {"calendar_revision": revision})
    histories = (
        History([Command(happening, f"calendar:{revision}:{move.case_id}", actor)], move.case_id) for move in moved
    )
    return sum(done.events for done in desk.perform_all(connection, agency_id, histories, cipher, now))


def foresee(
    connection: Connection, agency_id: int | None, notice: Notice, actor: str, today: date
) -> tuple[int, dict[str, list[Move]]]:
    """Store the notice; gives the number of the new revision, and the moves that it calls for by the agency's code.

    No move is recorded: a caller that only wanted to see them rolls back. Raises InputFault as :func:`load`.
    """
    revision = load(connection, agency_id, notice, actor, today=today)
    return revision, {row.code: list(moves(connection, row.id)) for row in _offices(connection, agency_id)}


def load_and_recompute(
    connection: Connection, agency_id: int | None, notice: Notice, cipher: FieldCipher, now: datetime, actor: str
) -> tuple[int, dict[str, list[Move]]]:
    """Store the notice and record every move it causes, in the caller's transaction.

    Returns the number of the new revision, and the moves by the agency's code; a caller that only wanted to see them
    rolls back. Raises InputFault as :func:`load`.
    """
    revision, moved = foresee(connection, agency_id, notice, actor, desk.day_of(now))
    for row in _offices(connection, agency_id):
        apply(connection, row.id, moved[row.code], cipher, now, actor)
    return revision, moved


def _offices(connection: Connection, agency_id: int | None) -> Sequence[Any]:
    """The agencies for which a notice holds."""
    holds_for = true() if agency_id is None else agency.c.id == agency_id
    return connection.execute(select(agency.c.id, agency.c.code).where(holds_for).order_by(agency.c.id)).all()


def to_json(notice: Notice) -> dict[str, Any]:
    """A notice as :func:`read_notice` reads it."""
    days = [{"date": rule.day.isoformat(), "name": rule.name, "working": rule.working} for rule in notice.rules]
    return {"year": notice.year, "days": days, "papers": [notice.source]}


def describe(calendar: WorkCalendar, year: int) -> dict[str, Any]:
    """One year of a calendar as plain JSON: announced or not, working days, and the days off the plain week."""
    rules = calendar.rules(year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    workdays = calendar.count(first, last) + calendar.is_workday(first)
    return {
        "year": year,
        "provisional": calendar.is_provisional(first),
        "revision": calendar.revision,
        "working_days": workdays,
        "days": [
            {"date": r.day.isoformat(), "name": r.name, "isOffDay": not r.working, "source": r.source, "own": r.own}
            for r in rules
        ],
    }
