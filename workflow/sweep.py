"""The deadline sweep: every deadline that is due to be looked at, found by its index, dealt with once.

It makes reminders (their key makes each happen once), lets lapse what the law lets lapse, and moves each deadline on
to the next day on which something is to be done about it. Doing it again, or two at once, writes nothing twice. It
goes through what is due a batch at a time, each in its own transaction, and pays nothing for what is not due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, exists, select, text, update

from models.personal import FieldCipher
from models.tables import agency, calendar_revision, case_event, deadline, request_case
from models.vocabulary import Card, DeadlineKind, DeadlineState, EventKind, Opinion, Outcome, Role, Topic
from workflow import calendar_book, desk, inbox, practice, reminding, staff
from workflow.calendar import WorkCalendar
from workflow.case import Happening
from workflow.desk import CHINA, Command, History
from workflow.faults import InputFault, Refusal
from workflow.reminding import Choices, Plan

ACTOR = "system:sweep"
BATCH = 5_000
"""Deadlines reminded of in one transaction."""

LAPSES = 100
"""Cases that lapse in one transaction."""


@dataclass(slots=True)
class Swept:
    """What a sweep did: deadlines looked at, reminders made, cases that lapsed or went on, and what was refused."""

    deadlines: int = 0
    reminders: int = 0
    lapsed: int = 0
    refused: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything was due."""
        return bool(self.deadlines or self.lapsed or self.refused)


@dataclass(frozen=True, slots=True)
class _Group:
    """Agencies of one calendar and one way of reminding, which one statement serves; ``basis``: what that rests on."""

    agencies: tuple[int, ...]
    calendar: WorkCalendar
    chosen: Choices
    basis: str


_Key = tuple[DeadlineKind, date, date]
"""Kind, last day, and the day since which it is to be looked at."""


def is_due(connection: Connection, today: date) -> bool:
    """Whether any deadline is to be looked at: one look into an index."""
    return bool(connection.execute(select(exists().where(_due(today)))).scalar_one())


def _due(today: date) -> Any:
    return (deadline.c.state == DeadlineState.OPEN.value) & (deadline.c.wake_on <= today)


def sweep(
    engine: Engine,
    cipher: FieldCipher,
    now: datetime,
    *,
    today: date | None = None,
    agencies: Sequence[int] = (),
    lapse: bool = True,
) -> Swept:
    """Deal with every deadline that is due on the day of ``now`` (or ``today``), for all agencies or some.

    Without ``lapse`` only reminders are made: what has an effect in law stays due.
    """
    day = today or desk.day_of(now)
    done = Swept()
    with engine.connect() as connection:
        if not is_due(connection, day):
            return done
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        groups = list(_groups(connection, day, agencies))
    for group in groups:
        with engine.connect() as connection:
            plans = _plans(connection, group, day)
        if lapse and any(kind is DeadlineKind.CONFIRM and due_on < day for kind, due_on, _ in plans):
            done.lapsed += _start(engine, group, cipher, now, day)
        lapsing = [key for key, each in plans.items() if each.lapses and lapse]
        for key in lapsing:
            _lapse(engine, group, key, cipher, now, day, done)
        calling = {key: each for key, each in plans.items() if not each.lapses}
        while calling:
            with engine.begin() as connection:
                if not _holds(connection, group):
                    # A calendar or a choice has come meanwhile: the next sweep plans with it.
                    return done
                looked_at, made = _remind(connection, group, calling, now, day)
            done.deadlines += looked_at
            done.reminders += made
            if looked_at < BATCH:
                break
    return done


def _groups(connection: Connection, today: date, only: Sequence[int]) -> Iterator[_Group]:
    """The agencies that have something due, by calendar and choices."""
    waiting = select(deadline.c.agency_id).where(_due(today)).distinct()
    if only:
        waiting = waiting.where(deadline.c.agency_id.in_(only))
    rows = connection.execute(select(agency.c.id, agency.c.settings).where(agency.c.id.in_(waiting))).all()
    own = set(connection.execute(select(calendar_revision.c.agency_id).distinct()).scalars())
    found: dict[tuple[int | None, Choices], list[int]] = defaultdict(list)
    for row in rows:
        chosen = reminding.choices(practice.of(row.settings))
        found[row.id if row.id in own else None, chosen].append(row.id)
    for (calendar_of, chosen), ids in found.items():
        basis = connection.execute(_BASIS, {"agencies": ids}).scalar_one()
        yield _Group(tuple(ids), calendar_book.current(connection, calendar_of), chosen, basis)


_BASIS = text(
    """
    SELECT (SELECT coalesce(max(id), 0) FROM calendar_revision) || ':'
           || md5(string_agg(settings::text, ',' ORDER BY id)) FROM agency WHERE id = ANY(:agencies)
    """
)
"""What a plan rests on: the newest revision of any calendar, and the choices of the agencies."""


def _holds(connection: Connection, group: _Group) -> bool:
    """Whether the group's plans still hold; neither calendar nor choices change until the transaction ends."""
    calendar_book.keep(connection)
    return bool(connection.execute(_BASIS, {"agencies": list(group.agencies)}).scalar_one() == group.basis)


def _plans(connection: Connection, group: _Group, today: date) -> dict[_Key, Plan]:
    columns = (deadline.c.kind, deadline.c.due_on, deadline.c.wake_on)
    keys = connection.execute(
        select(*columns).where(_due(today), deadline.c.agency_id.in_(group.agencies)).distinct()
    ).all()
    plans = {}
    for kind, due_on, since in keys:
        known = DeadlineKind(kind)
        plans[known, due_on, since] = reminding.plan(known, due_on, since, today, group.calendar, group.chosen)
    return plans


_REMIND = text(
    """
    WITH plan AS (
        SELECT * FROM unnest(CAST(:p_kind AS text[]), CAST(:p_due AS date[]), CAST(:p_since AS date[]),
                             CAST(:p_day AS date[]), CAST(:p_milestone AS int[]), CAST(:p_card AS text[]),
                             CAST(:p_head AS bool[]), CAST(:p_leader AS bool[]))
            AS plan(kind, due_on, since, for_day, milestone, card, head, leader)),
    wake AS (
        SELECT * FROM unnest(CAST(:w_kind AS text[]), CAST(:w_due AS date[]), CAST(:w_since AS date[]),
                             CAST(:w_wake AS date[])) AS wake(kind, due_on, since, wake_on)),
    person AS (
        SELECT * FROM unnest(CAST(:s_agency AS bigint[]), CAST(:s_key AS text[]), CAST(:s_name AS text[]),
                             CAST(:s_outlet AS text[])) AS person(agency_id, key, name, outlet)),
    due AS (
        SELECT d.case_id, d.kind, d.round, d.due_on, d.agency_id, d.wake_on AS since, wake.wake_on
        FROM deadline d JOIN wake ON wake.kind = d.kind AND wake.due_on = d.due_on AND wake.since = d.wake_on
        WHERE d.state = 'open' AND d.wake_on <= :today AND d.agency_id = ANY(CAST(:agencies AS bigint[]))
        ORDER BY d.wake_on LIMIT :batch FOR UPDATE OF d SKIP LOCKED),
    moved AS (
        UPDATE deadline d SET wake_on = due.wake_on FROM due
        WHERE d.case_id = due.case_id AND d.kind = due.kind AND d.round = due.round),
    called AS (
        SELECT due.*, plan.for_day, plan.milestone, plan.card, plan.head, plan.leader, 'person:' || c.officer AS officer
        FROM due JOIN plan ON plan.kind = due.kind AND plan.due_on = due.due_on AND plan.since = due.since
        JOIN request_case c ON c.id = due.case_id),
    addressed AS (
        SELECT called.*, coalesce(mine.key, 'role:officer') AS key
        FROM called LEFT JOIN person mine
            ON mine.agency_id = called.agency_id AND mine.key = called.officer AND mine.outlet = 'inbox'
        UNION ALL SELECT called.*, 'role:head' FROM called WHERE head
        UNION ALL SELECT called.*, 'role:leader' FROM called WHERE leader),
    made AS (
        INSERT INTO reminder (case_id, kind, round, due_on, milestone, recipient, outlet, agency_id, card, for_day,
                              made_on)
        SELECT DISTINCT a.case_id, a.kind, a.round, a.due_on, a.milestone, person.name, person.outlet, a.agency_id,
               a.card, a.for_day, CAST(:today AS date)
        FROM addressed a JOIN person ON person.agency_id = a.agency_id AND person.key = a.key
        ON CONFLICT DO NOTHING RETURNING agency_id, recipient, outlet),
    sent AS (
        INSERT INTO outbox (agency_id, topic, payload, made_at, due_at)
        SELECT agency_id, :topic, jsonb_build_object('recipient', recipient, 'outlet', outlet), :now, :send_at
        FROM made WHERE outlet <> 'inbox' GROUP BY agency_id, recipient, outlet)
    SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM made)
    """
)


def _remind(
    connection: Connection, group: _Group, plans: Mapping[_Key, Plan], now: datetime, today: date
) -> tuple[int, int]:
    """Make the reminders of one batch of deadlines; returns how many were looked at and how many reminders made."""
    calls = [(key, call) for key, each in plans.items() for call in each.calls]
    told = [reminding.roles(call.milestone, group.chosen) for _, call in calls]
    people = staff.addressees(connection, group.agencies)
    row = connection.execute(
        _REMIND,
        {
            "p_kind": [key[0].value for key, _ in calls],
            "p_due": [key[1] for key, _ in calls],
            "p_since": [key[2] for key, _ in calls],
            "p_day": [call.for_day for _, call in calls],
            "p_milestone": [call.milestone for _, call in calls],
            "p_card": [reminding.card(call.milestone).value for _, call in calls],
            "p_head": [Role.HEAD in each for each in told],
            "p_leader": [Role.LEADER in each for each in told],
            "w_kind": [key[0].value for key in plans],
            "w_due": [key[1] for key in plans],
            "w_since": [key[2] for key in plans],
            "w_wake": [each.wake for each in plans.values()],
            "s_agency": [each.agency_id for each in people],
            "s_key": [each.key for each in people],
            "s_name": [each.name for each in people],
            "s_outlet": [each.outlet for each in people],
            "agencies": list(group.agencies),
            "today": today,
            "batch": BATCH,
            "topic": Topic.MESSAGE.value,
            "now": now,
            "send_at": reminding.may_send_at(now, CHINA, group.calendar, group.chosen),
        },
    ).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, slots=True)
class _Ended:
    """A period that has run out: of which case, and which of its kind."""

    case_id: int
    agency_id: int
    number: str
    round: int


def _start(engine: Engine, group: _Group, cipher: FieldCipher, now: datetime, today: date) -> int:
    """Start the clocks that the agency's silence starts (Art. 31); where the law waits for a person, it goes on."""
    unconfirmed = _due(today) & (deadline.c.kind == DeadlineKind.CONFIRM.value) & (deadline.c.due_on < today)
    waiting = select(deadline.c.agency_id).where(unconfirmed, deadline.c.agency_id.in_(group.agencies)).distinct()
    with engine.connect() as connection:
        concerned = sorted(connection.execute(waiting).scalars())
    started = 0
    for agency_id in concerned:
        with engine.begin() as connection:
            started += desk.start_arrivals(connection, agency_id, cipher, now, today=today)
    return started


def _lapse(
    engine: Engine,
    group: _Group,
    key: _Key,
    cipher: FieldCipher,
    now: datetime,
    today: date,
    done: Swept,
) -> None:
    """Let the end of a kind of period with one last day have its effect, a batch of one agency's cases at a time."""
    kind, due_on, _ = key
    with engine.connect() as connection:
        concerned = _agencies(connection, group, key)
    for agency_id in concerned:
        while True:
            with engine.begin() as connection:
                _wait_for_the_office(connection, agency_id, key, today)
                ended = _ended(connection, agency_id, key)
            if not ended:
                break
            ends = reminding.lapse_day(kind, due_on, group.calendar, group.chosen.grace)
            histories = [_history(each, key, ends or today) for each in ended]
            try:
                with engine.begin() as connection:
                    results = desk.perform_all(connection, agency_id, histories, cipher, now, today=today)
                    done.lapsed += sum(each.events for each in results)
                    _look_again(connection, ended, key, today)
            except (Refusal, InputFault):
                for each, history in zip(ended, histories, strict=True):
                    _lapse_one(engine, each, history, key, cipher, now, today, done)


def _lapse_one(
    engine: Engine,
    ended: _Ended,
    history: History,
    key: _Key,
    cipher: FieldCipher,
    now: datetime,
    today: date,
    done: Swept,
) -> None:
    """One case of a batch that was refused: done, or told to a person and looked at again on the next day."""
    try:
        with engine.begin() as connection:
            done.lapsed += desk.perform(connection, ended.agency_id, history, cipher, now, today=today).events
            _look_again(connection, [ended], key, today)
    except (Refusal, InputFault) as refusal:
        sentence = f"“{ended.number}”的{key[0].label} {key[1]} 已过，没有自动处理：{refusal}"
        done.refused.append(sentence)
        with engine.begin() as connection:
            name = f"lapse:{ended.case_id}:{key[0].value}:{ended.round}:{key[1]}"
            inbox.tell(connection, ended.agency_id, "", Card.RED, sentence, name, now, today)
            _look_again(connection, [ended], key, today)


def _agencies(connection: Connection, group: _Group, key: _Key) -> list[int]:
    """The agencies in which a period of this kind and last day has run out."""
    rows = select(deadline.c.agency_id).where(_is(key), deadline.c.agency_id.in_(group.agencies)).distinct()
    return sorted(connection.execute(rows).scalars())


def _is(key: _Key) -> Any:
    kind, due_on, since = key
    is_open = deadline.c.state == DeadlineState.OPEN.value
    return is_open & (deadline.c.wake_on == since) & (deadline.c.kind == kind.value) & (deadline.c.due_on == due_on)


def _wait_for_the_office(connection: Connection, agency_id: int, key: _Key, today: date) -> None:
    """A case that somebody wrote in today is left until tomorrow.

    Who enters late what happened in time (a receipt that came back weeks after the letter, then the answer to it) is
    not overtaken between two entries. What lapses tomorrow lapses as of the same lawful day.
    """
    event = case_event.c
    written = exists().where(
        event.case_id == deadline.c.case_id,
        event.recorded_at >= datetime.combine(today, time(), CHINA),
        ~event.actor.startswith("system:"),
    )
    statement = update(deadline).where(_is(key), deadline.c.agency_id == agency_id, written)
    connection.execute(statement.values(wake_on=today + timedelta(days=1)))


def _ended(connection: Connection, agency_id: int, key: _Key) -> list[_Ended]:
    rows = connection.execute(
        select(deadline.c.case_id, deadline.c.agency_id, request_case.c.number, deadline.c.round)
        .join(request_case, request_case.c.id == deadline.c.case_id)
        .where(_is(key), deadline.c.agency_id == agency_id)
        .order_by(deadline.c.case_id)
        .limit(LAPSES)
    )
    return [_Ended(row.case_id, row.agency_id, row.number, row.round) for row in rows]


_OUTCOMES = {
    DeadlineKind.CORRECTION: Outcome.OTHER_NOT_CORRECTED,
    DeadlineKind.PAYMENT: Outcome.OTHER_FEE_UNPAID,
}


def _history(ended: _Ended, key: _Key, lapsed_on: date) -> History:
    """What the end of a period does: 视为放弃, or the consulted were silent; its day is the one after the last."""
    kind, due_on, _ = key
    if kind is DeadlineKind.OPINION:
        silent = {"consultation": ended.round, "opinion": Opinion.SILENT}
        happening = Happening(EventKind.OPINIONS_IN, lapsed_on, silent)
    else:
        happening = Happening(EventKind.LAPSE, lapsed_on, {"outcome": _OUTCOMES[kind]})
    # Voided by an officer, it is not done again by itself.
    name = f"lapse:{ended.case_id}:{kind.value}:{ended.round}:{due_on}"
    return History([Command(happening, name, ACTOR)], ended.case_id)


def _look_again(connection: Connection, ended: Sequence[_Ended], key: _Key, today: date) -> None:
    """What is still open (refused, or voided by an officer) is looked at again tomorrow."""
    kind, due_on, _ = key
    connection.execute(
        update(deadline)
        .where(
            deadline.c.case_id.in_([each.case_id for each in ended]),
            deadline.c.kind == kind.value,
            deadline.c.due_on == due_on,
            deadline.c.wake_on <= today,
            deadline.c.state == DeadlineState.OPEN.value,
        )
        .values(wake_on=today + timedelta(days=1))
    )
