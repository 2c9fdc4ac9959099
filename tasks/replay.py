"""推演: the days of an agency lived through in order on a simulated clock, in a trial of its own.

A day is a night (the jobs of the day, the sweep), the office's day (what its log tells), and an evening (the sweep
again). What falls due by itself meanwhile is told day by day; afterwards it may be made good in the real database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from models.tables import case_event, deadline, inbox_item, job_run, request_case
from models.tables import outbox as outbox_row
from models.vocabulary import Card, DeadlineState, EventKind, Topic
from reports.figures import Figures
from reports.rollup import roll_up
from tasks import handlers
from tasks.office import Office, reading
from tasks.trial import BY_ITSELF, Left, Script, happen, hold, journal, open_trial, read_script
from workflow import desk, inbox, jobs, outbox, reminding, sweep
from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.desk import CHINA
from workflow.faults import InputFault

MOST_DAYS = 3_700
NIGHT, OFFICE_HOURS, EVENING = time(0, 5), time(9), time(18)
_ONE_DAY = timedelta(days=1)

EFFECTS = {
    EventKind.LAPSE: "lapsed",
    EventKind.OPINIONS_IN: "resumed",
    EventKind.CONFIRM: "started",
    EventKind.CARRY_OVER: "carried_over",
}
"""What a step that the system takes by itself is called in the totals."""

Progress = Callable[[int, int], None]
"""Told how many days are lived through and how many there are."""


@dataclass(slots=True)
class Day:
    """What happened on one day: reminders, steps in the log (the office's and the system's), news, drafts of reports.

    ``left`` are lines of the log that could not happen.
    """

    date: date
    reminders: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    news: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything happened."""
        return bool(self.reminders or self.events or self.news or self.drafts or self.left)

    def to_json(self) -> dict[str, Any]:
        """The day as plain JSON."""
        return {
            "date": self.date.isoformat(),
            "reminders": self.reminders,
            "events": self.events,
            "news": self.news,
            "drafts": self.drafts,
            "left_out": [
                {"number": each.line.number, "event": each.line.happening.event.value, "reason": each.reason}
                for each in self.left
            ],
        }


@dataclass(frozen=True, slots=True)
class MadeGood:
    """What was done in the real database: as of which day, to how many cases, and the years that were closed."""

    as_of: date
    cases: int
    events: int
    reminders: int
    refused: int
    years: list[int]

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "as_of": self.as_of.isoformat(),
            "cases": self.cases,
            "events": self.events,
            "reminders": self.reminders,
            "refused": self.refused,
            "years": self.years,
        }


@dataclass(slots=True)
class Replay:
    """The days lived through, how the trial stands at their end, and the figures of the years that it closed.

    ``failed`` says what the system could not do, a sentence each.
    """

    agency: str
    first: date
    last: date
    days: list[Day] = field(default_factory=list)
    open: int = 0
    overdue: int = 0
    figures: dict[int, Figures] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    made_good: MadeGood | None = None

    def totals(self) -> dict[str, Any]:
        """How much of everything."""
        cards = Counter(each["card"] for day in self.days for each in day.reminders)
        effects = Counter(each["effect"] for day in self.days for each in day.events)
        return {
            "days": (self.last - self.first).days + 1,
            "eventful_days": len(self.days),
            "reminders": sum(cards.values()),
            "cards": {card.value: cards[card.value] for card in Card},
            "log": effects[None],
            **{name: effects[name] for name in EFFECTS.values()},
            "drafts": sum(len(day.drafts) for day in self.days),
            "news": sum(len(day.news) for day in self.days),
            "left_out": sum(len(day.left) for day in self.days),
        }

    def to_json(self) -> dict[str, Any]:
        """The document of ``yishen replay --json``."""
        return {
            "agency": self.agency,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "days": [day.to_json() for day in self.days],
            "totals": self.totals(),
            "open": self.open,
            "overdue": self.overdue,
            "failed": self.failed,
            "made_good": None if self.made_good is None else self.made_good.to_json(),
        }


def check_span(first: date, last: date) -> None:
    """Raise InputFault for days that are none to live through."""
    if first > last:
        raise InputFault(f"--from：“{first}”晚于 --to {last}，应不晚于它")
    if first.year < FIRST_YEAR or last.year >= LAST_YEAR:
        raise InputFault(f"--from、--to：{first} 至 {last} 超出工作日历，应在 {FIRST_YEAR} 年至 {LAST_YEAR - 1} 年之间")
    days = (last - first).days + 1
    if days > MOST_DAYS:
        raise InputFault(f"--from、--to：{first} 至 {last} 有 {days} 天，应不超过 {MOST_DAYS} 天")


def replay(office: Office, agency: Any, first: date, last: date, progress: Progress) -> Replay:
    """Live through the days from ``first`` to ``last`` in a trial of an agency (a row of ``agency``).

    Nothing of the agency's own database changes. Raises InputFault as :func:`check_span`.
    """
    check_span(first, last)
    with reading(office) as connection:
        script = read_script(connection, agency.id)
    done = Replay(agency.code, first, last)
    with open_trial(office, agency.id) as trial:
        _before(trial, agency.id, script, first)
        for number in range(total := (last - first).days + 1):
            day = _live(trial, agency.id, script, first + number * _ONE_DAY)
            if day:
                done.days.append(day)
            progress(number + 1, total)
        with trial.engine.connect() as connection:
            done.open, done.overdue = _standing(connection, agency.id, last)
            done.failed = _failed(connection)
            for year in dict.fromkeys(year for day in done.days for year in day.drafts):
                done.figures[year] = roll_up(connection, agency.id, agency.name, year)
    return done


def at(day: date, hour: time) -> datetime:
    """An instant of a day in China."""
    return datetime.combine(day, hour, CHINA)


def _before(trial: Office, agency_id: int, script: Script, first: date) -> None:
    """What is told of the days before the first happens as the log has it; then what was owed by then is done."""
    earlier = sorted(day for day in script.days if day < first)
    for day in earlier:
        happen(trial, agency_id, script, day, at(day, OFFICE_HOURS), history=True)
    _work(trial, script, first - _ONE_DAY, at(first - _ONE_DAY, EVENING), with_jobs=True)


def _live(trial: Office, agency_id: int, script: Script, today: date) -> Day:
    """One day; what happened on it."""
    day = Day(today)
    _work(trial, script, today, at(today, NIGHT), with_jobs=True)
    if today in script.days:
        day.left = happen(trial, agency_id, script, today, at(today, OFFICE_HOURS))
        _work(trial, script, today, at(today, EVENING), with_jobs=False)
    with trial.engine.connect() as connection:
        _look(connection, agency_id, day)
    return day


def _work(trial: Office, script: Script, today: date, now: datetime, *, with_jobs: bool) -> None:
    """What the system does by itself when it is ``now``: the jobs of the day, the sweep, and all that follows."""
    with trial.engine.begin() as connection:
        for job in jobs.owed(today) if with_jobs else ():
            jobs.elect(connection, job, now)
        hold(connection, script, today)
    sweep.sweep(trial.engine, trial.cipher, now, today=today)
    while True:
        with trial.engine.begin() as connection:
            told = outbox.claim(connection, now)
        if not told:
            return
        for item in told:
            handlers.handle(trial, item.id, now, today=today)


def _look(connection: Connection, agency_id: int, day: Day) -> None:
    """What the trial has to show for a day."""
    midnight = at(day.date, time())
    for notice in inbox.notices(connection, agency_id, None, since=day.date, limit=1_000_000):
        day.reminders.append(
            {
                "number": notice.number,
                "deadline": notice.kind.value,
                "due": notice.due_on.isoformat(),
                "milestone": notice.milestone,
                "card": notice.card.value,
                "recipient": notice.recipient,
                "text": notice.sentence(),
            }
        )
    for row in journal(connection, agency_id, midnight, midnight + _ONE_DAY):
        event = EventKind(row.kind)
        by_itself = row.actor.startswith(BY_ITSELF)
        day.events.append(
            {
                "number": row.number,
                "event": row.kind,
                "label": event.label,
                "happened_on": row.happened_on.isoformat(),
                "article": row.article,
                "by": "system" if by_itself else "log",
                "effect": EFFECTS.get(event) if by_itself else None,
            }
        )
    news = select(inbox_item).where(inbox_item.c.agency_id == agency_id, inbox_item.c.day == day.date)
    for row in connection.execute(news.order_by(inbox_item.c.id)):
        day.news.append({"card": row.card, "recipient": row.recipient, "text": row.text})
    closed = select(job_run.c.period).where(
        job_run.c.agency_id == agency_id, job_run.c.job == Topic.YEAR_END.value, job_run.c.done_at >= midnight
    )
    day.drafts = [int(period) for period in connection.execute(closed.order_by(job_run.c.period)).scalars()]


def _standing(connection: Connection, agency_id: int, day: date) -> tuple[int, int]:
    """How many cases are open, and how many of them are overdue."""
    late = func.count().filter(request_case.c.reply_due < day)
    mine = (request_case.c.agency_id == agency_id) & request_case.c.is_open
    counted, overdue = connection.execute(select(func.count(), late).select_from(request_case).where(mine)).one()
    return counted, overdue


def _failed(connection: Connection) -> list[str]:
    """What the system did not get done."""
    waiting = select(outbox_row.c.topic, outbox_row.c.error).where(outbox_row.c.done_at.is_(None))
    rows = connection.execute(waiting.where(outbox_row.c.error.is_not(None)).order_by(outbox_row.c.id)).all()
    return list(dict.fromkeys(f"{Topic(row.topic).label}：{row.error}" for row in rows))


def make_good(office: Office, agency: Any, upto: date, now: datetime) -> MadeGood:
    """Do in the real database what is lawfully due by ``upto`` and was not done, as the running system would.

    Periods lapse, clocks go on, years that are over are closed; twice changes nothing more. ``upto`` must not lie in
    the future.
    """
    with office.engine.begin() as connection:
        known, closed = _done_at(connection, agency.id, now), _runs(connection, agency.id)
        desk.start_arrivals(connection, agency.id, office.cipher, now, today=upto)
        _wake(connection, agency.id, upto)
    swept = sweep.sweep(office.engine, office.cipher, now, today=upto, agencies=[agency.id])
    with office.engine.begin() as connection:
        for job in jobs.owed(upto):
            # The jobs of a day that is over have nobody left to tell; a year stays to be closed.
            if job.topic is Topic.YEAR_END:
                jobs.elect(connection, job, now, agency_id=agency.id)
        years = outbox.waiting(connection, agency.id, [Topic.YEAR_END])
    for item in years:
        handlers.handle(office, item, now, today=upto)
    with office.engine.connect() as connection:
        changed = outbox.waiting(connection, agency.id, [Topic.CASE_CHANGED])
    for item in changed:
        handlers.handle(office, item, now)
    with office.engine.connect() as connection:
        new = _done_at(connection, agency.id, now) - known
        newly_closed = sorted(_runs(connection, agency.id) - closed)
    cases = {case_id for case_id, _ in new}
    return MadeGood(upto, len(cases), len(new), swept.reminders, len(swept.refused), newly_closed)


def _wake(connection: Connection, agency_id: int, upto: date) -> None:
    """Let the sweep look at the periods that had run out by then, though their cases were entered later."""
    connection.execute(
        update(deadline)
        .where(
            deadline.c.agency_id == agency_id,
            deadline.c.state == DeadlineState.OPEN.value,
            deadline.c.kind.in_([kind.value for kind in reminding.LAPSING]),
            deadline.c.due_on < upto,
            deadline.c.wake_on > upto,
        )
        .values(wake_on=deadline.c.due_on + 1)
    )


def _runs(connection: Connection, agency_id: int) -> set[int]:
    done = select(job_run.c.period).where(
        job_run.c.agency_id == agency_id, job_run.c.job == Topic.YEAR_END.value, job_run.c.done_at.is_not(None)
    )
    return {int(period) for period in connection.execute(done).scalars()}


def _done_at(connection: Connection, agency_id: int, now: datetime) -> set[tuple[int, int]]:
    """The steps, by case and place in its log, that the system took by itself at the instant ``now``."""
    rows = connection.execute(
        select(case_event.c.case_id, case_event.c.seq)
        .join(request_case, request_case.c.id == case_event.c.case_id)
        .where(
            request_case.c.agency_id == agency_id,
            case_event.c.recorded_at == now,
            case_event.c.actor.startswith(BY_ITSELF),
        )
    )
    return {(row.case_id, row.seq) for row in rows}


def examples(days: Iterable[Day], number: int) -> Iterator[dict[str, Any]]:
    """A few reminders that tell most: of each card the first, the most serious last."""
    found: dict[str, dict[str, Any]] = {}
    for day in days:
        for each in day.reminders:
            found.setdefault(each["card"], {"date": day.date, **each})
    order = [card.value for card in Card if card.value in found]
    for card in order[-number:]:
        yield found[card]
