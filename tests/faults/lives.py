"""2,000 requests that live through a year: what officers do on each day, and what the system does by itself.

A day is lived by doing its officers' commands and then what follows until nothing waits. All of it is idempotent, so a
process may be killed anywhere in a day and the day be lived again.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from sqlalchemy import select, text

from models.personal import FieldCipher
from models.tables import job_run, outbox, reminder, request_case
from models.vocabulary import ApplicantKind, ConsultationKind, EventKind, Means, Outcome, Role
from reports.rollup import roll_up
from runtime.database import Database
from runtime.settings import Settings
from tasks import handlers
from tasks.office import Office
from tests.conftest import SECRET
from tests.histories import verified
from workflow import desk, jobs, staff, sweep
from workflow import outbox as queue
from workflow.case import Happening
from workflow.desk import CHINA, Command, History
from workflow.faults import InputFault, Refusal

FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
CASES = 2_000
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
    happened_on: date | None = None


def year(cases: int = CASES, seed: int = 7) -> dict[date, list[Act]]:
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
    by_day: dict[date, list[Act]] = {}
    for each in acts:
        by_day.setdefault(each.day, []).append(each)
    return by_day


def _refused(chance: random.Random) -> dict[str, Any]:
    outcome = chance.choice([Outcome.REFUSED_INTERNAL_AFFAIRS, Outcome.UNAVAILABLE_NEEDS_CREATION])
    return {"outcome": outcome, "means": Means.POST_EMS, "reasons": "理由"}


def noon(day: date, minutes: int = 0) -> datetime:
    """An instant of a day in China, after nine in the morning."""
    return (datetime.combine(day, clock_time(9), CHINA) + timedelta(minutes=minutes)).astimezone(UTC)


class World:
    """One office and its year, on one database."""

    def __init__(self, url: str, owner_url: str, settings: Settings, acts: dict[date, list[Act]]) -> None:
        """``url``: as the application's role."""
        self.url, self.owner_url, self.settings, self.acts = url, owner_url, settings, acts

    def office(self) -> Office:
        """The office, with engines of this process."""
        from sqlalchemy import make_url

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

    def live(self, office: Office, day: date, *, twice: bool = False, shuffle: random.Random | None = None) -> None:
        """Live through a day: officers' commands, jobs, sweep, and what waits in the outbox until nothing does.

        ``twice``: every row is handled twice; ``shuffle``: in any order.
        """
        self.work(office, day)
        self.follow(office, day, twice=twice, shuffle=shuffle)

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
                happening = Happening(act.event, act.happened_on or day, dict(act.facts))
                history = History([Command(happening, act.name, "test:officer")], known)
                try:
                    desk.perform(connection, 1, history, office.cipher, noon(day), today=day)
                except (Refusal, InputFault):
                    connection.rollback()

    def follow(self, office: Office, day: date, *, twice: bool = False, shuffle: random.Random | None = None) -> None:
        """What the system does by itself on a day."""
        with office.engine.begin() as connection:
            for job in jobs.owed(day):
                jobs.elect(connection, job, noon(day))
        sweep.sweep(office.engine, office.cipher, noon(day), today=day)
        for turn in range(MOST_TURNS):
            # Later and later, so that what was told and not done falls due again.
            now = noon(day, minutes=turn * 10)
            with office.engine.begin() as connection:
                told = [item.id for item in queue.claim(connection, now)]
            if twice:
                told += told
            if shuffle is not None:
                shuffle.shuffle(told)
            for item in told:
                handlers.handle(office, item, now, today=day)
            if not told and not self._waits(office):
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
    """What a year came to: reminders by key, events by case, jobs, figures; what two runs of it must agree in."""

    reminders: frozenset[tuple[Any, ...]]
    events: tuple[tuple[Any, ...], ...]
    jobs: frozenset[tuple[str, str]]
    figures: tuple[Any, ...]
    clean: bool


def outcome(world: World) -> YearsEnd:
    """What there is in the end."""
    office = world.office()
    keys = (
        reminder.c.case_id,
        reminder.c.kind,
        reminder.c.round,
        reminder.c.due_on,
        reminder.c.milestone,
        reminder.c.recipient,
        reminder.c.outlet,
    )
    with office.engine.connect() as connection:
        numbers = {row.id: row.number for row in connection.execute(select(request_case.c.id, request_case.c.number))}
        found = [tuple(row) for row in connection.execute(select(*keys))]
        assert len(found) == len(set(found)), "a reminder doubled"
        events = connection.execute(
            text("SELECT case_id, kind, happened_on, facts->>'outcome' AS outcome, command_id FROM case_event")
        ).all()
        names = [row.command_id for row in events]
        assert len(names) == len(set(names)), "an event doubled"
        runs = {(row.job, row.period) for row in connection.execute(select(job_run))}
        assert not connection.execute(select(job_run).where(job_run.c.done_at.is_(None))).all(), "a job never ended"
        figures = tuple(roll_up(connection, 1, "测试市数据局", number) for number in (2025, 2026))
        clean = not verified(connection).findings
    office.database.dispose()
    return YearsEnd(
        reminders=frozenset((numbers[row[0]], *row[1:]) for row in found),
        events=tuple(sorted((numbers[row.case_id], row.kind, row.happened_on, row.outcome or "") for row in events)),
        jobs=frozenset(runs),
        figures=figures,
        clean=clean,
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


def kill_all(pids: Iterable[int]) -> None:
    """SIGKILL to processes of ours."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
