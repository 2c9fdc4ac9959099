"""The one door: every change to a case goes through here, in one transaction.

A command locks its case, asks the state machine, appends the event to the log and refreshes what is derived from
it. Doing a command twice does it once: the second time its ``command_id`` is known and the case stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from models.personal import FieldCipher
from models.tables import applicant, attachment, case_event, deadline, request_case
from models.tables import outbox as outbox_table
from models.vocabulary import EventKind, Matter, State, Topic
from workflow import (
    applicants,
    approvals,
    arrivals,
    attachments,
    calendar_book,
    case,
    chain,
    derived,
    dispatch,
    driver,
    fees,
    fold,
    log,
    numbers,
    outbox,
    periods,
    practice,
    practice_book,
    records,
    rules,
    statute,
    writing,
)
from workflow.applicants import ApplicantDetails
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Outdated, Refusal
from workflow.options import Option, WhatIf, barred, complete, follow, if_approved
from workflow.periods import DeadlineRow
from workflow.practice import Practice

CHINA = ZoneInfo("Asia/Shanghai")
BATCH = 500
_AGENCY = 0x5953  # advisory lock "YS", with the agency's id


def day_of(now: datetime) -> date:
    """The day in law at the instant ``now``: days are those of Asia/Shanghai."""
    return now.astimezone(CHINA).date()


@dataclass(frozen=True, slots=True)
class Command:
    """Something that happened, to be recorded once. ``recorded`` admits an irregular step of the past.

    ``draft``: the approved draft that the step comes from, where the agency has such steps approved; ``file``: the
    content of an attachment.
    """

    happening: Happening
    command_id: str
    actor: str
    recorded: bool = False
    draft: int | None = None
    file: bytes | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Commands for one case, in order: an existing one, or a new one whose first command registers it.

    ``version``: the case as it was looked at when they were decided on; None where it does not matter.
    """

    commands: Sequence[Command]
    case_id: int | None = None
    applicant: ApplicantDetails = field(default_factory=ApplicantDetails)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a history: the case as it now is and how many events were appended (0: all known)."""

    case_id: int
    case: Case
    events: int


@dataclass(slots=True)
class _Work:
    """A case being changed: as it was read under its lock, and as it becomes."""

    history: History
    case_id: int
    applicant_id: int | None = None
    before: Case | None = None
    after: Case | None = None
    deadlines: Sequence[DeadlineRow] = ()
    version: int = 0
    head: bytes = chain.FIRST_HASH
    stored_calendar: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    entries: list[fold.Entry] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    kind_changed: bool = False


@dataclass(frozen=True, slots=True)
class _Office:
    """What every command of a batch is done with: whose desk it is, its calendar and choices, and the instant."""

    connection: Connection
    agency_id: int
    calendar: WorkCalendar
    practice: Practice
    cipher: FieldCipher
    now: datetime
    today: date


def perform(
    connection: Connection,
    agency_id: int,
    history: History,
    cipher: FieldCipher,
    now: datetime,
    *,
    today: date | None = None,
) -> Done:
    """Record one history. The caller's transaction is the command's.

    ``now`` is when it is recorded; ``today`` the day in law if it is not that of ``now`` (a day lived through again).
    Raises Refusal (the law does not allow the step, with its article), InputFault (the facts are wrong) or Outdated
    (the case has changed since its ``version``); the caller rolls back and nothing is stored.
    """
    (done,) = perform_all(connection, agency_id, [history], cipher, now, today=today)
    return done


def hold(connection: Connection, agency_id: int) -> None:
    """Make work on many cases of an agency wait for each other, until the transaction ends.

    Imports, year-ends and recalculations take it first, and so meet in no order that could lock them up; a
    registration takes it too, as it would wait for the counter of numbers anyway. The calendar is held before, as
    who loads a notice holds it before the agencies whose cases it moves.
    """
    calendar_book.keep(connection)
    connection.execute(select(func.pg_advisory_xact_lock(_AGENCY, agency_id)))


def perform_all(
    connection: Connection,
    agency_id: int,
    histories: Iterable[History],
    cipher: FieldCipher,
    now: datetime,
    *,
    today: date | None = None,
) -> Iterator[Done]:
    """Record many histories in the caller's one transaction, a batch at a time; yields as they are written."""
    source = iter(histories)
    while taken := list(islice(source, BATCH)):
        # The calendar is held before anything of the agency, as a notice that is loaded holds it.
        if any(history.case_id is None for history in taken):
            calendar_book.keep(connection)
        batch = _admit(connection, agency_id, taken)
        works = _lock(connection, agency_id, batch)
        chosen, calendar, known = _ask(connection, agency_id, batch)
        office = _Office(connection, agency_id, calendar, chosen, cipher, now, today or day_of(now))
        for work in works:
            _fold(office, work, known)
        _write(office, works)
        for work in works:
            if work.after is None:
                raise ValueError("a history without commands")
            yield Done(work.case_id, work.after, len(work.events))


def options(connection: Connection, agency_id: int, number: str, day: date) -> list[Option]:
    """What may be done with a case on ``day``: each step allowed or barred, its article, last day and facts.

    Pages, commands and the interface ask here. Raises InputFault where there is no such case.
    """
    return records.find(connection, agency_id, number).options(day)


def what_if(
    connection: Connection, agency_id: int, number: str, happening: Happening, *, approved: bool = False
) -> WhatIf:
    """What the clock of a case would say if ``happening`` came; nothing is stored. Raises InputFault as above.

    ``approved``: as it would be once those have agreed who must, by the agency's setting.
    """
    record = records.find(connection, agency_id, number)
    if approved:
        seen, happening = if_approved(record.case, happening, record.practice)
        record = replace(record, case=seen)
    if happening.event is EventKind.BILL and record.case.received is not None:
        happening = complete(record.case, happening, record.practice)
        who = _same_person(connection, record.applicant_id)
        if who is not None:
            happening = _with_items(connection, agency_id, record.case_id, happening, who, record.case.received)
    voids = happening.event is EventKind.VOID
    return record.what_if(happening, records.entries(connection, record.case_id) if voids else ())


def start_arrivals(
    connection: Connection, agency_id: int, cipher: FieldCipher, now: datetime, *, today: date | None = None
) -> int:
    """Let the clocks start that start by themselves (Art. 31: silence of the agency); returns how many did."""
    hold(connection, agency_id)
    calendar, choices = calendar_book.current(connection, agency_id), practice_book.read(connection, agency_id)
    waiting = connection.execute(
        select(request_case.c.id, request_case.c.version, request_case.c.snapshot).where(
            request_case.c.agency_id == agency_id,
            request_case.c.is_open,
            request_case.c.state == State.UNCONFIRMED.value,
        )
    ).all()
    cases = ((row.id, case.from_snapshot(row.snapshot)) for row in waiting)
    # A confirmation that was voided is none; the clock starts again.
    versions = {row.id: row.version for row in waiting}
    histories = (
        History([Command(happening, f"start:{case_id}:{versions[case_id]}", _ARRIVALS)], case_id)
        for case_id, happening in arrivals.starting(cases, calendar, choices, today or day_of(now))
    )
    return sum(done.events for done in perform_all(connection, agency_id, histories, cipher, now, today=today))


_ARRIVALS = "system:arrivals"


def _admit(connection: Connection, agency_id: int, histories: Sequence[History]) -> list[History]:
    """Let registrations in, one transaction of an agency at a time, as the counter of numbers would anyway.

    A registration that was done before points to the case that it made. Numbers given with a registration must be
    new, and the counter is moved past them. Raises InputFault for a number that is there already.
    """
    fresh = {h.commands[0].command_id: h for h in histories if h.case_id is None}
    if not fresh:
        return list(histories)
    hold(connection, agency_id)
    statement = select(case_event.c.command_id, case_event.c.case_id).where(case_event.c.command_id.in_(fresh))
    made = {row.command_id: row.case_id for row in connection.execute(statement)}
    given = [h.commands[0].happening.facts.get("number") for name, h in fresh.items() if name not in made]
    names = [number for number in given if number]
    if names:
        taken = select(request_case.c.number).where(
            request_case.c.agency_id == agency_id, request_case.c.number.in_(names)
        )
        known = sorted(connection.execute(taken).scalars())
        if known:
            raise InputFault([f"登记编号“{number}”已在系统中，应为新的编号" for number in known])
        numbers.keep_clear_of(connection, agency_id, names)
    return [replace(h, case_id=h.case_id or made.get(h.commands[0].command_id)) for h in histories]


# Written out, as every command of every officer runs them. Not locked against rows that only refer to the case: a
# reminder being made must not wait for it.
_LOCK_CASES = """
    WITH kept AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(calendar)s))
    SELECT id, applicant_id, version, head_hash, calendar_revision, snapshot FROM kept, request_case
    WHERE id = ANY(%(ids)s) AND agency_id = %(agency)s ORDER BY id FOR NO KEY UPDATE OF request_case
"""
# Asked after the locks are held, so that what is read holds until the commit.
_ASK = """
    SELECT settings,
           (SELECT mark FROM calendar_revision WHERE agency_id IS NULL OR agency_id = %(agency)s
            ORDER BY id DESC LIMIT 1) AS mark,
           (SELECT json_object_agg(command_id, case_id) FROM case_event WHERE command_id = ANY(%(names)s)) AS done
    FROM agency WHERE id = %(agency)s
"""


_NEW = """
    SELECT nextval(pg_get_serial_sequence('request_case', 'id')) AS case_id,
           nextval(pg_get_serial_sequence('applicant', 'id')) AS applicant_id
    FROM generate_series(1, %(count)s)
"""


def _lock(connection: Connection, agency_id: int, histories: Sequence[History]) -> list[_Work]:
    """Read the existing cases under their locks (in the order of their ids) and give new ones their ids."""
    existing = sorted({h.case_id for h in histories if h.case_id is not None})
    rows: dict[int, Any] = {}
    if existing:
        asked = {"ids": existing, "agency": agency_id, "calendar": calendar_book.LOCK}
        rows = {row.id: row for row in driver.run(connection, _LOCK_CASES, asked)}
    fresh = sum(h.case_id is None for h in histories)
    new = iter(_next_ids(connection, fresh))
    works = []
    for history in histories:
        if history.case_id is None:
            works.append(_Work(history, *next(new)))
            continue
        row = rows.get(history.case_id)
        if row is None:
            raise InputFault(f"没有编号为 {history.case_id} 的办件")
        before = case.from_snapshot(row.snapshot)
        works.append(
            _Work(
                history,
                row.id,
                applicant_id=row.applicant_id,
                before=before,
                after=before,
                version=row.version,
                head=row.head_hash,
                stored_calendar=row.calendar_revision,
            )
        )
    return works


def _next_ids(connection: Connection, count: int) -> Sequence[Any]:
    """The ids of new cases, each with that of its applicant."""
    return driver.run(connection, _NEW, {"count": count}).fetchall() if count else ()


def _ask(
    connection: Connection, agency_id: int, histories: Iterable[History]
) -> tuple[Practice, WorkCalendar, dict[str, int]]:
    """The agency's choices and calendar, and which commands for existing cases were done before, and to which case."""
    names = [command.command_id for h in histories if h.case_id is not None for command in h.commands]
    (row,) = driver.run(connection, _ASK, {"agency": agency_id, "names": names})
    calendar = calendar_book.current(connection, agency_id, newest=row.mark)
    return practice.of(row.settings), calendar, row.done or {}


def _fold(office: _Office, work: _Work, known: dict[str, int]) -> None:
    """Ask the law about each command and append its event; commands done before are passed over."""
    day = office.today
    for command in work.history.commands:
        if command.command_id in known:
            if known[command.command_id] != work.case_id:
                raise InputFault(f"命令编号“{command.command_id}”已用于另一件办件，应为新的编号")
            continue
        if not work.events and work.history.version not in (None, work.version):
            raise Outdated("打开表单之后，这一办件有了新的记录，本次没有保存；请核对后再提交")
        happening = command.happening
        if happening.happened_on > day:
            raise InputFault(f"{happening.event.label}日期 {happening.happened_on} 晚于今天 {day}")
        if not command.recorded:
            _not_in_the_future(happening, day)
        happening = _prepared(office, work, command)
        facts = log.write_facts(happening.event, happening.facts)
        from_state = None if work.after is None else work.after.state
        irregular = _follow(office, work, happening, recorded=command.recorded)
        if irregular is not None:
            facts[log.IRREGULAR] = True
        if work.after is None:
            raise ValueError("a step that makes no case")
        work.version += 1
        row = log.event_row(
            case_id=work.case_id,
            seq=work.version,
            event=happening.event,
            happened_on=happening.happened_on,
            recorded_at=office.now.astimezone(UTC),
            actor=command.actor,
            command_id=command.command_id,
            from_state=from_state,
            to_state=work.after.state,
            facts=facts,
            previous_hash=work.head,
        )
        work.head = row["hash"]
        work.events.append(row)
        work.entries.append(fold.Entry(work.version, happening, irregular is not None))
        if command.file is not None:
            work.files.append(
                attachments.row(
                    office.agency_id, work.case_id, work.version, facts["sha256"], command.file, office.cipher
                )
            )


def _not_in_the_future(happening: Happening, today: date) -> None:
    """Raise InputFault for a delivery or a copy that cannot have come yet."""
    for fact in statute.BY_EVENT[happening.event].facts:
        day = happening.facts.get(fact.name)
        if fact.name in _CAME and isinstance(day, date) and day > today:
            raise InputFault(f"{fact.label} {day} 晚于今天 {today}")


_CAME = ("delivered", "copy_received")
"""Facts that say on which day something came; those of an arrival are looked at by Article 31."""


def _prepared(office: _Office, work: _Work, command: Command) -> Happening:
    """The happening with what the desk writes by itself: a number, the day of receipt, the agency's choices.

    Raises Refusal or InputFault where it does not agree with the evidence, or names a case that is not there.
    """
    happening = command.happening
    if work.after is None:
        happening = _numbered(office.connection, office.agency_id, happening)
        mine = {"agency": office.agency_id, "applicant": work.applicant_id}
        happening = replace(happening, facts={**happening.facts, **mine})
    if command.recorded:
        return happening
    # What is no fact of the step at all is told before anything is worked out from it.
    log.check_names(happening.event, happening.facts)
    approvals.refuse_unapproved(happening.event, happening.facts)
    if command.draft is not None:
        happening = approvals.record(office.connection, work.case_id, command.draft, happening)
    attachments.check(happening, command.file)
    dispatch.record(office.connection, work.case_id, happening, command.actor)
    happening = complete(work.after, happening, office.practice)
    happening = arrivals.settled(work.after, happening, office.calendar, office.practice, office.today)
    happening = _with_ordinals(office, work, happening)
    _others_named(office, work, happening)
    return happening


def _with_ordinals(office: _Office, work: _Work, happening: Happening) -> Happening:
    """The request's place in its month, frozen when it is received; and those of the items that a notice charges."""
    facts, known = happening.facts, work.after
    matter = facts.get("matter") if known is None else known.matter
    received = {
        EventKind.REGISTER: happening.happened_on,
        EventKind.CONFIRM: facts.get("received_on"),
        EventKind.AMEND: _another_month(known, facts.get("received_on")),
        EventKind.BILL: None if known is None else known.received,
    }.get(happening.event)
    if received is None or matter is Matter.RECTIFICATION:
        return happening
    who = _person(office, work)
    if who is None:
        return happening
    if happening.event is EventKind.BILL:
        return _with_items(office.connection, office.agency_id, work.case_id, happening, who, received)
    (ordinal,) = applicants.next_ordinals(office.connection, office.agency_id, who, received, work.case_id)
    return replace(happening, facts={**facts, "month_ordinal": ordinal})


def _another_month(known: Case | None, received: date | None) -> date | None:
    """The amended day of receipt, if it is in another month than the one that the request has a place in."""
    if known is None or known.received is None or received is None:
        return None
    return received if received.replace(day=1) != known.received.replace(day=1) else None


def _with_items(
    connection: Connection,
    agency_id: int,
    case_id: int,
    happening: Happening,
    who: ColumnElement[bool],
    received: date,
) -> Happening:
    items = happening.facts.get("items") or 1
    written = happening.facts.get("ordinals")
    if not written or items == 1 or "、" in written:
        return happening
    # The first item has the place of the request; the others take the next free ones (law.md 12, no. 44).
    taken = applicants.taken_ordinals(connection, agency_id, who, received, case_id)
    more = fees.next_ordinals({*taken, *rules.ordinals(written)}, items - 1)
    return replace(happening, facts={**happening.facts, "ordinals": "、".join([written, *map(str, more)])})


def _person(office: _Office, work: _Work) -> ColumnElement[bool] | None:
    """The condition for requests of the same applicant; None for one who cannot be told from others."""
    details = work.history.applicant
    if work.before is None:
        known_by = applicants.signs(details, office.cipher)
        return applicants.same_person(known_by["identity_index"], known_by["telephone_index"], details.name)
    return _same_person(office.connection, work.applicant_id)


def _same_person(connection: Connection, applicant_id: int | None) -> ColumnElement[bool] | None:
    row = connection.execute(select(applicant).where(applicant.c.id == applicant_id)).one()
    return applicants.same_person(row.identity_index, row.telephone_index, row.name)


def _others_named(office: _Office, work: _Work, happening: Happening) -> None:
    """The other cases that a step names must be there, and be fit for it. Raises InputFault or Refusal."""
    facts = happening.facts
    for name in ("into", "linked_to", "split_from"):
        for number in str(facts.get(name) or "").split("、"):
            if number:
                found = _other(office, work, happening, number)
                if name == "split_from" or happening.event is EventKind.SPLIT:
                    _of_one_letter(office, work, happening, number, found)


def _of_one_letter(office: _Office, work: _Work, happening: Happening, number: str, found: Any) -> None:
    """What is split came in one letter: on the same day, from the same person (law.md 9)."""
    article = statute.BY_EVENT[EventKind.SPLIT].article
    received = happening.happened_on if work.after is None else work.after.received
    if happening.event is not EventKind.ARRIVE and found.received_on != received:
        raise Refusal(f"“{number}”收到申请之日为 {found.received_on}，本件为 {received}，拆分的各件应相同", article)
    if work.applicant_id is None or work.before is None or _person(office, work) is None:
        return
    if not applicants.are_same(office.connection, work.applicant_id, found.applicant_id):
        raise Refusal(f"“{number}”的申请人与本件不是同一人，不是由本件拆出", article)


def _other(office: _Office, work: _Work, happening: Happening, number: str) -> Any:
    """The row of the case that a step names. Raises InputFault where it is not there, Refusal where it is not fit."""
    article = statute.BY_EVENT[happening.event].article
    found = office.connection.execute(
        select(
            request_case.c.id,
            request_case.c.applicant_id,
            request_case.c.state,
            request_case.c.is_open,
            request_case.c.counted,
            request_case.c.received_on,
        ).where(request_case.c.agency_id == office.agency_id, request_case.c.number == number)
    ).one_or_none()
    if found is None:
        raise InputFault(f"{happening.event.label}：没有登记编号为“{number}”的办件，应为已登记的编号")
    if found.id == work.case_id:
        raise Refusal(f"“{number}”就是本件，应为另一件办件", article)
    if happening.event is not EventKind.MERGE:
        return found
    if not found.is_open or not found.counted:
        state = State(found.state).label
        raise Refusal(f"“{number}”{state}，只能并入尚未答复的办件；已答复的按重复申请处理", article)
    if work.applicant_id is None or not applicants.are_same(office.connection, work.applicant_id, found.applicant_id):
        raise Refusal(f"“{number}”的申请人与本件不能认定为同一人，不能并案", article)
    return found


def _follow(office: _Office, work: _Work, happening: Happening, *, recorded: bool) -> Refusal | None:
    """Move the case on by one happening; gives what was irregular about it. Raises Refusal as ``options.follow``."""
    if happening.event is EventKind.VOID and work.after is not None:
        refusal = barred(work.after, happening.event, office.calendar, happening.happened_on)
        if refusal is not None:
            raise refusal
        stored = [] if work.before is None else records.entries(office.connection, work.case_id)
        work.after = fold.void([*stored, *work.entries], happening)
    else:
        before = work.after
        work.after, irregular = follow(work.after, happening, office.calendar, office.practice, recorded=recorded)
        work.kind_changed |= before is not None and before.applicant_kind is not work.after.applicant_kind
        return irregular
    work.kind_changed |= work.before is not None and work.before.applicant_kind is not work.after.applicant_kind
    return None


def _numbered(connection: Connection, agency_id: int, happening: Happening) -> Happening:
    """The registration with its number: the given one, or the next of its year."""
    if happening.event not in (EventKind.REGISTER, EventKind.ARRIVE):
        raise Refusal("办件尚未登记", "条例第四十五条")
    if happening.facts.get("number"):
        return happening
    year = happening.happened_on.year
    serial = numbers.take(connection, agency_id, numbers.REQUEST, year)
    return replace(happening, facts={**happening.facts, "number": numbers.request_number(year, serial)})


def _write(office: _Office, works: Sequence[_Work]) -> None:
    """Write what has changed, in one statement; what a case no longer has (a voided fee notice) goes in another."""
    connection, agency_id, calendar = office.connection, office.agency_id, office.calendar
    changed = [work for work in works if work.events]
    if not changed:
        return
    for work in changed:
        if work.after is not None:
            # Reckoned once for the row of the case and for the rows beside it.
            work.deadlines = periods.deadlines(work.after, calendar)
    fresh = [work for work in changed if work.before is None]
    moved = [work for work in changed if work.before is not None]
    beside, gone = _beside(office, fresh, moved)
    # What has to follow is one row for a whole batch: the figures of its years, rolled up again.
    years = {"from": min(map(_first_year, changed)), "to": office.today.year}
    new, kept = ([_case_row(agency_id, work, calendar) for work in some] for some in (fresh, moved))
    writing.write(
        connection,
        [
            (applicant, "insert", [_applicant_row(agency_id, work, office.cipher) for work in fresh]),
            (request_case, "insert", new) if new else (request_case, "update", kept),
            (case_event, "insert", [row for work in changed for row in work.events]),
            *((table, "upsert", rows) for table, rows in beside.items()),
            (outbox_table, "insert", [outbox.row(agency_id, Topic.CASE_CHANGED, years, office.now)]),
        ],
    )
    if new:
        # A table comes once in a statement.
        writing.write(connection, [(request_case, "update", kept)])
    if files := [row for work in changed for row in work.files]:
        connection.execute(insert(attachment), files)
    for table, row in gone:
        here = [column == row[column.name] for column in table.primary_key]
        connection.execute(delete(table).where(*here))
    for work in moved:
        if work.kind_changed and work.after is not None:
            kind = {"kind": work.after.applicant_kind.value}
            connection.execute(update(applicant).where(applicant.c.id == work.applicant_id).values(kind))


def _first_year(work: _Work) -> int:
    """The first year in which the case counts, or counted before it changed."""
    found = [case.received or case.entered for case in (work.before, work.after) if case is not None]
    return min(found).year


def _applicant_row(agency_id: int, work: _Work, cipher: FieldCipher) -> dict[str, Any]:
    if work.after is None or work.applicant_id is None:
        raise ValueError("a case that was never registered")
    kind = work.after.applicant_kind.value
    return applicants.row(work.history.applicant, work.applicant_id, agency_id, kind, cipher)


def _case_row(agency_id: int, work: _Work, calendar: WorkCalendar) -> dict[str, Any]:
    if work.after is None:
        raise ValueError("a case that was never registered")
    return {
        "id": work.case_id,
        "agency_id": agency_id,
        "applicant_id": work.applicant_id,
        "version": work.version,
        "head_hash": work.head,
        **derived.case_columns(work.after, work.deadlines, calendar),
    }


def _beside(
    office: _Office, fresh: Sequence[_Work], moved: Sequence[_Work]
) -> tuple[dict[Table, list[dict[str, Any]]], list[tuple[Table, dict[str, Any]]]]:
    """The derived rows that differ from before, by table, and those that are no more.

    A deadline that has changed is looked at by the sweep from today on.
    """
    agency_id, calendar = office.agency_id, office.calendar

    def rows_of(work: _Work, folded: Case | None) -> derived.DerivedRows:
        if folded is None:
            return {}
        deadlines = work.deadlines if folded is work.after else periods.deadlines(folded, calendar)
        return derived.rows_beside(work.case_id, agency_id, folded, deadlines, calendar)

    new = [rows_of(work, work.after) for work in fresh]
    changes = [(work, rows_of(work, work.before), rows_of(work, work.after)) for work in moved]
    found: dict[Table, list[dict[str, Any]]] = {}
    gone: list[tuple[Table, dict[str, Any]]] = []
    for table in derived.TABLES:
        wakes = {"wake_on": office.today} if table is deadline else {}
        upserts = [row | wakes for rows in new for row in rows[table]]
        for work, rows_before, rows_after in changes:
            before = {derived.key(table, row): row for row in rows_before[table]}
            after = {derived.key(table, row): row for row in rows_after[table]}
            # Rows reckoned with an older calendar are all written again.
            same_calendar = work.stored_calendar == calendar.revision
            upserts += [row | wakes for key, row in after.items() if not same_calendar or before.get(key) != row]
            gone += [(table, row) for key, row in before.items() if key not in after]
        found[table] = upserts
    return found, gone
