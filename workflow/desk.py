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

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql

from models.personal import FieldCipher
from models.tables import applicant, case_event, request_case
from models.vocabulary import ApplicantKind, EventKind
from workflow import calendar_book, case, derived, log, numbers, options
from workflow.calendar import WorkCalendar
from workflow.case import Case, DeadlineRow, Happening
from workflow.faults import InputFault, Refusal

CHINA = ZoneInfo("Asia/Shanghai")
BATCH = 500
_AGENCY = 0x5953  # advisory lock "YS", with the agency's id


def today(now: datetime) -> date:
    """The day in law at the instant ``now``: days are those of Asia/Shanghai."""
    return now.astimezone(CHINA).date()


@dataclass(frozen=True, slots=True)
class ApplicantDetails:
    """申请人 as given in the request. The personal fields are sealed before they are stored."""

    name: str | None = None
    identity_number: str | None = None
    telephone: str | None = None
    email: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """Something that happened, to be recorded once. ``recorded`` admits an irregular step of the past."""

    happening: Happening
    command_id: str
    actor: str
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Commands for one case, in order: an existing one, or a new one whose first command registers it."""

    commands: Sequence[Command]
    case_id: int | None = None
    applicant: ApplicantDetails = field(default_factory=ApplicantDetails)


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
    head: bytes = log.FIRST_HASH
    stored_calendar: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)


def perform(
    connection: Connection,
    agency_id: int,
    history: History,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """Record one history. The caller's transaction is the command's.

    Raises Refusal (the law does not allow the step, with its article) or InputFault (the facts are wrong);
    the caller rolls back and nothing is stored.
    """
    (done,) = perform_all(connection, agency_id, [history], cipher, now)
    return done


def hold(connection: Connection, agency_id: int) -> None:
    """Make work on many cases of an agency wait for each other, until the transaction ends.

    Imports, year-ends and recalculations take it first, and so meet in no order that could lock them up; a
    registration takes it too, as it would wait for the counter of numbers anyway.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_AGENCY, agency_id)))


def perform_all(
    connection: Connection,
    agency_id: int,
    histories: Iterable[History],
    cipher: FieldCipher,
    now: datetime,
) -> Iterator[Done]:
    """Record many histories in the caller's one transaction, a batch at a time; yields as they are written."""
    calendar_book.keep(connection)
    calendar = calendar_book.current(connection, agency_id)
    source = iter(histories)
    while taken := list(islice(source, BATCH)):
        batch = _admit(connection, agency_id, taken)
        works = _lock(connection, agency_id, batch)
        known = _known(connection, batch)
        for work in works:
            _fold(connection, agency_id, work, known, calendar, now)
        _write(connection, agency_id, works, calendar, cipher)
        for work in works:
            if work.after is None:
                raise ValueError("a history without commands")
            yield Done(work.case_id, work.after, len(work.events))


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


def _lock(connection: Connection, agency_id: int, histories: Sequence[History]) -> list[_Work]:
    """Read the existing cases under their locks (in the order of their ids) and give new ones their ids."""
    existing = sorted({h.case_id for h in histories if h.case_id is not None})
    rows: dict[int, Any] = {}
    if existing:
        locked = connection.execute(
            select(
                request_case.c.id,
                request_case.c.applicant_id,
                request_case.c.version,
                request_case.c.head_hash,
                request_case.c.calendar_revision,
                request_case.c.snapshot,
            )
            .where(request_case.c.id.in_(existing), request_case.c.agency_id == agency_id)
            .order_by(request_case.c.id)
            .with_for_update()
        )
        rows = {row.id: row for row in locked}
    fresh = sum(h.case_id is None for h in histories)
    ids = iter(_next_ids(connection, "request_case", fresh))
    applicants = iter(_next_ids(connection, "applicant", fresh))
    works = []
    for history in histories:
        if history.case_id is None:
            works.append(_Work(history, next(ids), next(applicants)))
            continue
        row = rows.get(history.case_id)
        if row is None:
            raise InputFault(f"没有编号为 {history.case_id} 的办件")
        before = case.from_snapshot(row.snapshot)
        works.append(
            _Work(
                history,
                row.id,
                before=before,
                after=before,
                version=row.version,
                head=row.head_hash,
                stored_calendar=row.calendar_revision,
            )
        )
    return works


def _next_ids(connection: Connection, table: str, count: int) -> list[int]:
    if not count:
        return []
    statement = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)").bindparams(
        table=table, count=count
    )
    return list(connection.execute(statement).scalars())


def _known(connection: Connection, histories: Iterable[History]) -> dict[str, int]:
    """The commands for existing cases that were done before, by id, and the case each was done to."""
    wanted = [command.command_id for h in histories if h.case_id is not None for command in h.commands]
    if not wanted:
        return {}
    statement = select(case_event.c.command_id, case_event.c.case_id).where(case_event.c.command_id.in_(wanted))
    return {row.command_id: row.case_id for row in connection.execute(statement)}


def _fold(
    connection: Connection, agency_id: int, work: _Work, known: dict[str, int], calendar: WorkCalendar, now: datetime
) -> None:
    """Ask the law about each command and append its event; commands done before are passed over."""
    for command in work.history.commands:
        if command.command_id in known:
            if known[command.command_id] != work.case_id:
                raise InputFault(f"命令编号“{command.command_id}”已用于另一件办件，应为新的编号")
            continue
        happening = command.happening
        if happening.happened_on > today(now):
            raise InputFault(f"{happening.event.label}日期 {happening.happened_on} 晚于今天 {today(now)}")
        if work.after is None:
            happening = _numbered(connection, agency_id, happening)
            mine = {"agency": agency_id, "applicant": work.applicant_id}
            happening = replace(happening, facts={**happening.facts, **mine})
        facts = log.write_facts(happening.event, happening.facts)
        from_state = None if work.after is None else work.after.state
        work.after, irregular = options.follow(work.after, happening, calendar, recorded=command.recorded)
        if irregular is not None:
            facts[log.IRREGULAR] = True
        work.version += 1
        row = log.event_row(
            case_id=work.case_id,
            seq=work.version,
            event=happening.event,
            happened_on=happening.happened_on,
            recorded_at=now.astimezone(UTC),
            actor=command.actor,
            command_id=command.command_id,
            from_state=from_state,
            to_state=work.after.state,
            facts=facts,
            previous_hash=work.head,
        )
        work.head = row["hash"]
        work.events.append(row)


def _numbered(connection: Connection, agency_id: int, happening: Happening) -> Happening:
    """The registration with its number: the given one, or the next of its year."""
    if happening.event is not EventKind.REGISTER:
        raise Refusal("办件尚未登记", "条例第四十五条")
    if happening.facts.get("number"):
        return happening
    year = happening.happened_on.year
    serial = numbers.take(connection, agency_id, numbers.REQUEST, year)
    return replace(happening, facts={**happening.facts, "number": numbers.request_number(year, serial)})


def _write(
    connection: Connection,
    agency_id: int,
    works: Sequence[_Work],
    calendar: WorkCalendar,
    cipher: FieldCipher,
) -> None:
    changed = [work for work in works if work.events]
    for work in changed:
        if work.after is not None:
            # Reckoned once for the row of the case and for the rows beside it.
            work.deadlines = case.deadlines(work.after, calendar)
    fresh = [work for work in changed if work.before is None]
    moved = [work for work in changed if work.before is not None]
    _insert(connection, applicant, [_applicant_row(agency_id, work, cipher) for work in fresh])
    _insert(connection, request_case, [_case_row(agency_id, work, calendar) for work in fresh])
    if moved:
        connection.execute(_UPDATE_CASE, [_update_row(agency_id, work, calendar) for work in moved])
    _insert(connection, case_event, [row for work in changed for row in work.events])
    _refresh(connection, agency_id, fresh, moved, calendar)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _applicant_row(agency_id: int, work: _Work, cipher: FieldCipher) -> dict[str, Any]:
    details = work.history.applicant
    kind: ApplicantKind = work.after.applicant_kind if work.after else ApplicantKind.OTHER

    def seal(column: str, value: str | None) -> bytes | None:
        return cipher.seal(value, f"applicant:{work.applicant_id}:{column}")

    return {
        "id": work.applicant_id,
        "agency_id": agency_id,
        "kind": kind.value,
        "name": details.name,
        "identity_number": seal("identity_number", details.identity_number),
        "telephone": seal("telephone", details.telephone),
        "email": seal("email", details.email),
        "address": seal("address", details.address),
        "identity_index": cipher.index(details.identity_number),
        "telephone_index": cipher.index(details.telephone),
    }


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


def _update_row(agency_id: int, work: _Work, calendar: WorkCalendar) -> dict[str, Any]:
    row = _case_row(agency_id, work, calendar)
    del row["applicant_id"], row["agency_id"]
    row["b_id"] = row.pop("id")
    return row


_UPDATE_CASE = (
    update(request_case)
    .where(request_case.c.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "version",
                "head_hash",
                "number",
                "applicant_kind",
                "subject",
                "received_on",
                "state",
                "outcome",
                "closed_on",
                "reply_due",
                "provisional",
                "calendar_revision",
                "snapshot",
            )
        }
    )
)


def _refresh(
    connection: Connection,
    agency_id: int,
    fresh: Sequence[_Work],
    moved: Sequence[_Work],
    calendar: WorkCalendar,
) -> None:
    """Make the derived rows follow: only what differs from before is written."""

    def rows_of(work: _Work, folded: Case | None) -> derived.DerivedRows:
        if folded is None:
            return {}
        deadlines = work.deadlines if folded is work.after else case.deadlines(folded, calendar)
        return derived.rows_beside(work.case_id, agency_id, folded, deadlines, calendar)

    new = [rows_of(work, work.after) for work in fresh]
    changes = [(work, rows_of(work, work.before), rows_of(work, work.after)) for work in moved]
    for table in derived.TABLES:
        _insert(connection, table, [row for rows in new for row in rows[table]])
        upserts, gone = [], []
        for work, rows_before, rows_after in changes:
            before = {derived.key(table, row): row for row in rows_before[table]}
            after = {derived.key(table, row): row for row in rows_after[table]}
            # Rows reckoned with an older calendar are all written again.
            same_calendar = work.stored_calendar == calendar.revision
            upserts += [row for key, row in after.items() if not same_calendar or before.get(key) != row]
            gone += [row for key, row in before.items() if key not in after]
        _upsert(connection, table, upserts)
        for row in gone:
            here = [column == row[column.name] for column in table.primary_key]
            connection.execute(delete(table).where(*here))


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = postgresql.insert(table)
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
