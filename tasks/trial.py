"""A trial of an agency: its choices, people and calendar in a database of its own, in which its log happens again.

No applicant's data goes there, and no address: nothing can be sent from it. What persons recorded happens as they
recorded it; what the system did by itself is left to the system that is tried.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, or_, select, update

from models.personal import FieldCipher
from models.tables import (
    agency,
    calendar_day,
    calendar_revision,
    case_event,
    deadline,
    normative_document,
    proactive_figure,
    request_case,
    user_account,
)
from models.vocabulary import DeadlineKind, DeadlineState, EventKind, State
from runtime.trial import trial_database
from tasks.office import Office, reading
from workflow import desk, log, machine, reminding
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Refusal

BY_ITSELF = "system:"
"""How the name of an actor begins who is no person."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the agency's log: of which case (by its number too), and the day on which it happens in the trial."""

    case_id: int
    number: str
    seq: int
    happening: Happening
    actor: str
    command_id: str
    day: date

    @property
    def by_itself(self) -> bool:
        """Whether the system did it."""
        return self.actor.startswith(BY_ITSELF)


@dataclass(frozen=True, slots=True)
class Left:
    """A line that could not happen in the trial, and why."""

    line: Line
    reason: str


@dataclass(slots=True)
class Script:
    """The log of an agency by day, with what is still to happen, and which case of the trial each case is."""

    lines: dict[tuple[int, int], Line] = field(default_factory=dict)
    days: dict[date, list[Line]] = field(default_factory=lambda: defaultdict(list))
    rest: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    cases: dict[int, int] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Add a line; those of one case come in their order."""
        self.lines[line.case_id, line.seq] = line
        self.days[line.day].append(line)
        self.rest[line.case_id].append(line)

    def take(self, day: date) -> list[Line]:
        """The lines of a day, which are no longer to come."""
        taken = self.days.pop(day, [])
        for line in taken:
            self.rest[line.case_id].remove(line)
        return taken


@contextmanager
def open_trial(office: Office, agency_id: int) -> Iterator[Office]:
    """An office like the agency's, without cases, people's data and ways out; gone when the block ends."""
    with trial_database(office.settings.pg_bin) as database:
        with reading(office) as real, database.engine.begin() as trial:
            _furnish(real, trial, agency_id)
        # A key of its own: there is nothing to seal.
        yield Office(database, FieldCipher(secrets.token_urlsafe(32)), office.settings)


def _furnish(real: Connection, trial: Connection, agency_id: int) -> None:
    holds = or_(calendar_revision.c.agency_id.is_(None), calendar_revision.c.agency_id == agency_id)
    revisions = select(calendar_revision.c.id).where(holds)
    # Alone: the authority over it is not there.
    _copy(real, trial, agency, agency.c.id == agency_id, ("id", "code", "name", "settings", "created_at"))
    _copy(real, trial, calendar_revision, holds)
    _copy(real, trial, calendar_day, calendar_day.c.revision_id.in_(revisions))
    _copy(real, trial, proactive_figure, proactive_figure.c.agency_id == agency_id)
    _copy(real, trial, normative_document, normative_document.c.agency_id == agency_id)
    _copy(real, trial, user_account, user_account.c.agency_id == agency_id, ("agency_id", "name", "roles", "active"))


def _copy(
    real: Connection, trial: Connection, table: Table, which: ColumnElement[bool], columns: Sequence[str] = ()
) -> None:
    wanted = [column for column in table.c if not columns or column.name in columns]
    order = list(table.primary_key)
    rows = [dict(row) for row in real.execute(select(*wanted).where(which).order_by(*order)).mappings()]
    if rows:
        trial.execute(insert(table), rows)


def read_script(connection: Connection, agency_id: int) -> Script:
    """The log of an agency. In its case a line happens on its day, but never before the lines above it."""
    rows = connection.execute(
        select(
            request_case.c.number,
            case_event.c.case_id,
            case_event.c.seq,
            case_event.c.kind,
            case_event.c.happened_on,
            case_event.c.actor,
            case_event.c.command_id,
            case_event.c.facts,
        )
        .join(request_case, request_case.c.id == case_event.c.case_id)
        .where(request_case.c.agency_id == agency_id)
        .order_by(case_event.c.case_id, case_event.c.seq)
    )
    script = Script()
    reached: dict[int, date] = {}
    for row in rows:
        event = EventKind(row.kind)
        if event is EventKind.RECALCULATE:
            # The trial has today's calendar from its first day on.
            continue
        happening = Happening(event, row.happened_on, log.read_facts(event, row.facts))
        day = _done_on(happening)
        if not row.actor.startswith(BY_ITSELF):
            day = reached[row.case_id] = max(day, reached.get(row.case_id, day))
        script.add(Line(row.case_id, row.number, row.seq, happening, row.actor, row.command_id, day))
    return script


def _done_on(happening: Happening) -> date:
    """The day on which a step is taken: a year is closed on the first of the next."""
    if happening.event is EventKind.CARRY_OVER:
        return date(happening.facts["year"] + 1, 1, 1)
    return happening.happened_on


def happen(
    trial: Office, agency_id: int, script: Script, day: date, now: datetime, *, history: bool = False
) -> list[Left]:
    """Let a day of the log happen; gives what could not. What the system did by itself only happens in ``history``."""
    lines = [line for line in script.take(day) if history or not line.by_itself]
    by_case: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_case[line.case_id].append(line)
    # What is voided is named by its place in the log, which is known when it has happened.
    plain = [each for each in by_case.values() if not any(_is_void(line) for line in each)]
    try:
        _perform(trial, agency_id, script, plain, now, day)
        singly = [each for each in by_case.values() if any(_is_void(line) for line in each)]
    except (Refusal, InputFault):
        singly = list(by_case.values())
    left = []
    for line in (line for each in singly for line in each):
        try:
            _perform(trial, agency_id, script, [[line]], now, day)
        except (Refusal, InputFault) as fault:
            if not line.by_itself:
                left.append(Left(line, str(fault)))
    return left


def _is_void(line: Line) -> bool:
    return line.happening.event is EventKind.VOID


def _perform(
    trial: Office, agency_id: int, script: Script, cases: Sequence[Sequence[Line]], now: datetime, day: date
) -> None:
    with trial.engine.begin() as connection:
        histories = [_history(connection, script, lines) for lines in cases]
        done = list(desk.perform_all(connection, agency_id, histories, trial.cipher, now, today=day))
    for lines, each in zip(cases, done, strict=True):
        script.cases[lines[0].case_id] = each.case_id


def _history(connection: Connection, script: Script, lines: Sequence[Line]) -> History:
    case_id = script.cases.get(lines[0].case_id)
    commands = []
    for line in lines:
        happening = line.happening
        if _is_void(line) and case_id is not None:
            named = script.lines.get((line.case_id, happening.facts["entry"]))
            entry = None if named is None else _seq(connection, case_id, named)
            if entry is None:
                raise InputFault(f"第 {happening.facts['entry']} 条记录在推演中没有发生")
            happening = replace(happening, facts={**happening.facts, "entry": entry})
        commands.append(Command(happening, _command_id(line, case_id), line.actor, recorded=True))
    return History(commands, case_id)


def _command_id(line: Line, case_id: int | None) -> str:
    """The name of a command in the trial; the system's own have the same there, so that nothing is done again."""
    job, colon, rest = line.command_id.partition(":")
    mine, _, more = rest.partition(":")
    if line.by_itself and colon and mine == str(line.case_id) and case_id is not None:
        return f"{job}:{case_id}:{more}"
    return f"replay:{line.case_id}:{line.seq}"


def _seq(connection: Connection, case_id: int, line: Line) -> int | None:
    """The place in the trial's log of a line of the agency's log; None if it did not happen there."""
    of_case = select(case_event.c.seq).where(case_event.c.case_id == case_id).order_by(case_event.c.seq.desc()).limit(1)
    if line.by_itself:
        same = (case_event.c.kind == line.happening.event.value) & case_event.c.actor.startswith(BY_ITSELF)
        return connection.execute(of_case.where(same)).scalar_one_or_none()
    return connection.execute(of_case.where(case_event.c.command_id == _command_id(line, case_id))).scalar_one_or_none()


def hold(connection: Connection, script: Script, day: date) -> None:
    """Let nothing lapse by itself of which the log says that the office went on with it: the log is the truth."""
    rows = connection.execute(
        select(deadline.c.case_id, deadline.c.kind, deadline.c.round).where(
            deadline.c.state == DeadlineState.OPEN.value,
            deadline.c.wake_on <= day,
            deadline.c.due_on < day,
            deadline.c.kind.in_([kind.value for kind in reminding.LAPSING]),
        )
    ).all()
    if not rows:
        return
    numbers = {trial_id: case_id for case_id, trial_id in script.cases.items()}
    for row in rows:
        if _went_on(script.rest.get(numbers[row.case_id], ()), DeadlineKind(row.kind), row.round):
            here = [deadline.c[name] == getattr(row, name) for name in ("case_id", "kind", "round")]
            connection.execute(update(deadline).where(*here).values(wake_on=date.fromordinal(day.toordinal() + 1)))


_ENDS = {
    DeadlineKind.CORRECTION: EventKind.LAPSE,
    DeadlineKind.PAYMENT: EventKind.LAPSE,
    DeadlineKind.OPINION: EventKind.OPINIONS_IN,
}


def _went_on(rest: Iterable[Line], kind: DeadlineKind, number: int) -> bool:
    """Whether a person still does what could not be done if the period had its effect now."""
    for line in rest:
        event = line.happening.event
        if line.by_itself:
            if event is _ENDS[kind]:
                return False
        elif kind is DeadlineKind.OPINION:
            if event is EventKind.OPINIONS_IN and line.happening.facts.get("consultation", number) == number:
                return True
        elif not machine.may(State.CLOSED, event):
            return True
    return False


def journal(connection: Connection, agency_id: int, since: datetime, until: datetime) -> list[Any]:
    """What the trial's log was given from one instant until another, in order of the cases' numbers."""
    return list(
        connection.execute(
            select(request_case.c.number, case_event)
            .join(request_case, request_case.c.id == case_event.c.case_id)
            .where(
                request_case.c.agency_id == agency_id,
                case_event.c.recorded_at >= since,
                case_event.c.recorded_at < until,
            )
            .order_by(case_event.c.recorded_at, request_case.c.number, case_event.c.seq)
        )
    )
