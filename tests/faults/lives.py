"""Requests that live through a year: what officers do on each day, and what the system does by itself.

A day is lived by doing its officers' commands and then what follows until nothing waits. All of it is idempotent, so a
process may be killed anywhere in a day and the day be lived again.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from sqlalchemy import make_url, select, text

from models.personal import FieldCipher
from models.tables import deadline, job_run, outbox, reminder, request_case
from models.vocabulary import ApplicantKind, ConsultationKind, EventKind, Means, Outcome, Role
from reports.rollup import roll_up
from runtime.database import Database
from runtime.settings import Settings
from tasks import handlers
from tasks.office import Office
from tests.conftest import AGENCY_NAME, SECRET, enrol
from tests.faults import table
from tests.histories import verified
from workflow import desk, jobs, staff, sweep
from workflow import outbox as queue
from workflow.case import Happening
from workflow.desk import CHINA, Command, History
from workflow.faults import InputFault, Refusal

FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
MANY, FEW = 2_000, 200
"""Cases of the year in which processes are killed, and of the years with any other fault."""

ONE_DAY = timedelta(days=1)
MOST_TURNS = 60


@dataclass(frozen=True)
class Act:
    """What an officer does on a day to a case, or the registration of one."""

    day: date
    name: str
    case: int
    event: EventKind
    facts: dict[str, Any] = field(default_factory=dict)


Acts = dict[date, list[Act]]


def year(cases: int, seed: int = 7) -> Acts:
    """A year of an office: some cases are answered, some wait for a correction that never comes, some are forgotten."""
    chance = random.Random(seed)
    days = (LAST - FIRST).days - 60
    acts: list[Act] = []
    for number in range(cases):
        day = FIRST + timedelta(days=chance.randrange(days))
        kind = chance.choice(list(ApplicantKind))

        def act(after: int, event: EventKind, _day: date = day, _number: int = number, **facts: Any) -> None:
            on = _day + timedelta(days=after)
            if on <= LAST:
                acts.append(Act(on, f"{_number}:{event.value}:{after}", _number, event, facts))

        facts = {"number": f"L{number:05}", "applicant_kind": kind, "subject": f"第 {number} 件"}
        acts.append(Act(day, f"{number}:register", number, EventKind.REGISTER, facts))
        act(0, EventKind.ASSIGN, officer=chance.choice(["张某", "钱某", "孙某"]))
        fate = chance.random()
        if fate < 0.35:
            act(chance.randint(5, 30), EventKind.DECIDE, **_refused(chance))
        elif fate < 0.60:
            act(3, EventKind.ASK_CORRECTION, items="年份", delivered=day + timedelta(days=3), working_days=7)
            if chance.random() < 0.4:
                act(8, EventKind.CORRECT)
                act(25, EventKind.DECIDE, **_refused(chance))
        elif fate < 0.80:
            sent = {"kind": ConsultationKind.THIRD_PARTY, "party": "甲公司", "delivered": day + timedelta(days=4)}
            act(4, EventKind.CONSULT, **sent)
            act(45, EventKind.DECIDE, **_refused(chance))
        elif fate < 0.90:
            act(10, EventKind.EXTEND, working_days=chance.randint(5, 20), approver="周主任", reason="数量大")
            act(40, EventKind.DECIDE, **_refused(chance))
        # The rest is forgotten, and reminded of day by day.
    by_day: Acts = {}
    for each in acts:
        by_day.setdefault(each.day, []).append(each)
    return by_day


def _refused(chance: random.Random) -> dict[str, Any]:
    outcome = chance.choice([Outcome.REFUSED_INTERNAL_AFFAIRS, Outcome.UNAVAILABLE_NEEDS_CREATION])
    return {"outcome": outcome, "means": Means.POST_EMS, "reasons": "理由"}


def noon(day: date, minutes: int = 0) -> datetime:
    """An instant of a day in China, after nine in the morning."""
    return (datetime.combine(day, clock_time(9), CHINA) + timedelta(minutes=minutes)).astimezone(UTC)


Deliver = Callable[[Office, datetime, date], int]
"""Tells of the rows that are due at an instant of a day, and has them handled; returns how many were told."""


def directly(office: Office, now: datetime, day: date) -> int:
    """Every row that is due is handled once, in order, and by nobody else."""
    told = claimed(office, now)
    for item in told:
        handlers.handle(office, item, now, today=day)
    return len(told)


def claimed(office: Office, now: datetime) -> list[int]:
    """The rows that are due, claimed."""
    with office.engine.begin() as connection:
        return [item.id for item in queue.claim(connection, now)]


class World:
    """One office and its year, on one database."""

    def __init__(self, database: Database, settings: Settings, acts: Acts) -> None:
        """``database``: fresh; its engines are left alone from here on."""
        enrol(database.engine)
        engines = database.engine, database.owner_engine
        self.url, self.owner_url = (each.url.render_as_string(hide_password=False) for each in engines)
        self.settings, self.acts = settings, acts
        database.dispose()
        self.people()

    def office(self) -> Office:
        """The office, with engines of this process."""
        database = Database(make_url(self.url), make_url(self.owner_url), long_lived=True)
        return Office(database, FieldCipher(SECRET), self.settings)

    def people(self) -> None:
        """Those who are reminded."""
        office = self.office()
        with office.engine.begin() as connection:
            for name in ("张某", "钱某", "孙某"):
                staff.enter(connection, 1, name, Role.OFFICER)
            staff.enter(connection, 1, "周主任", Role.HEAD)
            staff.enter(connection, 1, "吴局长", Role.LEADER)
        office.database.dispose()

    def live(self, office: Office, day: date, deliver: Deliver = directly) -> None:
        """Live through a day: officers' commands, jobs, sweep, and what waits in the outbox until nothing does."""
        self.work(office, day)
        self.follow(office, day, deliver)

    def work(self, office: Office, day: date) -> None:
        """What officers do on a day; what the law no longer allows is not done."""
        for act in self.acts.get(day, []):
            with office.engine.begin() as connection:
                known = None
                if act.event is not EventKind.REGISTER:
                    number = f"L{act.case:05}"
                    known = connection.execute(
                        select(request_case.c.id).where(request_case.c.number == number)
                    ).scalar_one()
                happening = Happening(act.event, day, dict(act.facts))
                history = History([Command(happening, act.name, "test:officer")], known)
                try:
                    desk.perform(connection, 1, history, office.cipher, noon(day), today=day)
                except (Refusal, InputFault):
                    connection.rollback()

    def follow(self, office: Office, day: date, deliver: Deliver = directly) -> None:
        """What the system does by itself on a day."""
        self.sweep(office, day)
        self.settle(office, day, deliver)

    def sweep(self, office: Office, day: date) -> None:
        """Jobs and deadlines of a day."""
        with office.engine.begin() as connection:
            for job in jobs.owed(day):
                jobs.elect(connection, job, noon(day))
        sweep.sweep(office.engine, office.cipher, noon(day), today=day)

    def settle(self, office: Office, day: date, deliver: Deliver = directly) -> None:
        """Deliver until nothing waits."""
        for turn in range(MOST_TURNS):
            # Later and later, so that what was told and not done falls due again.
            if not deliver(office, noon(day, minutes=turn * 10), day) and not self._waits(office):
                return
        raise AssertionError(f"something still waits on {day}: {self._waits(office)}")

    @staticmethod
    def _waits(office: Office) -> list[Any]:
        with office.engine.connect() as connection:
            return list(connection.execute(select(outbox.c.topic, outbox.c.error).where(outbox.c.done_at.is_(None))))

    def whole_year(self, live: Callable[[date], None]) -> None:
        """Every day of the year, in order."""
        day = FIRST
        while day <= LAST:
            live(day)
            day += ONE_DAY


@dataclass(frozen=True)
class YearsEnd:
    """What a year came to; what two runs of it must agree in."""

    cases: int
    reminders: frozenset[tuple[Any, ...]]
    """By key, and the day each belongs to."""
    events: Counter[tuple[Any, ...]]
    deadlines: frozenset[tuple[Any, ...]]
    jobs: frozenset[tuple[str, str]]
    figures: tuple[Any, ...]
    clean: bool


def outcome(world: World) -> YearsEnd:
    """What there is in the end."""
    office = world.office()
    number = request_case.c.number
    keys = ("kind", "round", "due_on", "milestone", "recipient", "outlet", "for_day")
    states = ("kind", "round", "state", "due_on", "done_on", "provisional")
    with office.engine.connect() as connection:

        def of_cases(rows: Any, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
            named = select(number, *(rows.c[name] for name in columns))
            return [
                tuple(row) for row in connection.execute(named.join(request_case, rows.c.case_id == request_case.c.id))
            ]

        reminders = of_cases(reminder, keys)
        # Their key without the day they belong to: nothing is called for twice on different days.
        assert len({row[:-1] for row in reminders}) == len(reminders), "a reminder doubled"
        events = connection.execute(
            text(
                "SELECT number, kind, happened_on, facts->>'outcome', command_id"
                " FROM case_event e JOIN request_case c ON c.id = e.case_id"
            )
        ).all()
        assert len({row.command_id for row in events}) == len(events), "an event doubled"
        runs = {(row.job, row.period) for row in connection.execute(select(job_run)) if _is_kept(row)}
        assert not connection.execute(select(job_run).where(job_run.c.done_at.is_(None))).all(), "a job never ended"
        end = YearsEnd(
            cases=len(list(connection.execute(select(number)))),
            reminders=frozenset(reminders),
            events=Counter(tuple(row)[:-1] for row in events),
            deadlines=frozenset(of_cases(deadline, states)),
            jobs=frozenset(runs),
            figures=tuple(roll_up(connection, 1, AGENCY_NAME, number) for number in (2025, 2026)),
            clean=not verified(connection).findings,
        )
    office.database.dispose()
    return end


def _is_kept(run: Any) -> bool:
    """Whether housekeeping leaves a run alone: of one as old as it keeps, the minutes of the last day decide."""
    daily = {topic.value for topic in jobs.DAILY}
    return run.job not in daily or date.fromisoformat(run.period) > LAST - queue.RETENTION


def hold_against(fault: str, times: int, found: YearsEnd, quiet: YearsEnd) -> None:
    """Hold a year against the one without faults: equal in everything; what came of it is written down."""
    write_down(fault, times, found, quiet)
    assert found.reminders == quiet.reminders
    assert found.events == quiet.events
    assert found.deadlines == quiet.deadlines
    assert found.jobs == quiet.jobs
    assert found.figures == quiet.figures
    assert found.clean


def write_down(
    fault: str, times: int, found: YearsEnd, quiet: YearsEnd, other: YearsEnd | None = None, note: str = ""
) -> None:
    """Write down what came of a year, beside the one without faults, or two such years between which it is to lie."""
    other = other or quiet
    table.write_down(
        fault,
        times,
        cases=found.cases,
        reminders=len(found.reminders),
        events=found.events.total(),
        lost=len((quiet.reminders & other.reminders) - found.reminders)
        + ((quiet.events & other.events) - found.events).total(),
        doubled=len(found.reminders - (quiet.reminders | other.reminders))
        + (found.events - (quiet.events | other.events)).total(),
        figures=found.figures == quiet.figures,
        verify=found.clean,
        note=note,
    )


def in_a_child(work: Callable[[], None], kill_after: float | None = None) -> bool:
    """Do something in a forked process, killed with SIGKILL after some seconds; True if it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        done, status = os.waitpid(child, os.WNOHANG)
        if not done:
            os.kill(child, signal.SIGKILL)
    else:
        done = 0
    if not done:
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise AssertionError("a day ended with an error")
    return True
