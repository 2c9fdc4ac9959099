"""Verification: every case, deadline and hash derived again from the log and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, func, select

from models.tables import case_event, request_case
from models.vocabulary import EventKind, State
from workflow import calendar_book, case, derived, log
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree: what kind, which case and event, and one sentence about it."""

    kind: str
    case: str
    seq: int | None
    message: str


@dataclass(slots=True)
class Verification:
    """What was looked at and what was found."""

    cases: int
    events: int
    findings: list[Finding]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return {
            "ok": self.ok,
            "cases": self.cases,
            "events": self.events,
            "findings": [asdict(finding) for finding in self.findings],
        }


def count_cases(connection: Connection) -> int:
    """How many cases there are to verify."""
    return int(connection.execute(select(func.count()).select_from(request_case)).scalar_one())


def verify(connection: Connection, result: Verification) -> Iterator[int]:
    """Verify every case of every agency, some at a time; yields the number of cases done so far.

    Findings are added to ``result``: a hash that does not fit, an event the law does not know or allow, a row that
    the log does not give, a log without its case.
    """
    calendars: dict[tuple[int, int], WorkCalendar] = {}
    last = 0
    while True:
        rows = connection.execute(
            select(request_case).where(request_case.c.id > last).order_by(request_case.c.id).limit(_CHUNK)
        ).all()
        if not rows:
            break
        last = rows[-1].id
        ids = [row.id for row in rows]
        events = _by_case(connection, ids)
        beside = {table: _beside(connection, table, ids) for table in derived.TABLES}
        for row in rows:
            key = (row.agency_id, row.calendar_revision)
            if key not in calendars:
                calendars[key] = calendar_book.read(connection, *key)
            log_of_case = events.get(row.id, [])
            found = {table: beside[table].get(row.id, []) for table in derived.TABLES}
            result.findings += _verify_case(row, log_of_case, found, calendars[key])
            result.cases += 1
            result.events += len(log_of_case)
        yield result.cases
    result.findings += _strays(connection)


def _by_case(connection: Connection, ids: list[int]) -> dict[int, list[Mapping[str, Any]]]:
    rows = connection.execute(
        select(case_event).where(case_event.c.case_id.in_(ids)).order_by(case_event.c.case_id, case_event.c.seq)
    ).mappings()
    return {case_id: [dict(row) for row in group] for case_id, group in groupby(rows, key=itemgetter("case_id"))}


def _beside(connection: Connection, table: Any, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(select(table).where(table.c.case_id.in_(ids))).mappings():
        found.setdefault(row["case_id"], []).append(dict(row))
    return found


def _strays(connection: Connection) -> list[Finding]:
    """Events whose case is not there: the foreign key forbids them, a tampering superuser does not heed it."""
    known = select(request_case.c.id).where(request_case.c.id == case_event.c.case_id).exists()
    rows = connection.execute(select(case_event.c.case_id, case_event.c.seq).where(~known))
    return [Finding("stray", f"#{row.case_id}", row.seq, "日志属于一个不存在的办件") for row in rows]


def _verify_case(
    row: Row[Any],
    events: list[Mapping[str, Any]],
    beside: Mapping[Any, list[dict[str, Any]]],
    calendar: WorkCalendar,
) -> list[Finding]:
    findings = list(_verify_chain(row, events))
    folded, refold_findings = _refold(row.number, events)
    findings += refold_findings
    if folded is None:
        return findings
    expected: dict[str, Any] = derived.case_columns(folded, calendar)
    for name, value in expected.items():
        stored = getattr(row, name)
        if stored != value:
            findings.append(Finding("row", row.number, None, f"办件“{name}”为 {stored}，按日志应为 {value}"))
    for table, rows in derived.rows_beside(row.id, row.agency_id, folded, calendar).items():
        wanted = {derived.key(table, each): each for each in rows}
        stored_rows = {derived.key(table, each): each for each in beside[table]}
        for key in sorted({*wanted, *stored_rows}, key=str):
            if wanted.get(key) != stored_rows.get(key):
                message = f"“{table.name}”{key[1:]} 为 {stored_rows.get(key)}，按日志应为 {wanted.get(key)}"
                findings.append(Finding("row", row.number, None, message))
    return findings


def _verify_chain(row: Row[Any], events: list[Mapping[str, Any]]) -> Iterator[Finding]:
    previous = log.FIRST_HASH
    for expected_seq, event in enumerate(events, 1):
        seq = event["seq"]
        if seq != expected_seq:
            yield Finding("chain", row.number, seq, f"第 {expected_seq} 条日志缺失，其后为第 {seq} 条")
            return
        if bytes(event["previous_hash"]) != previous:
            yield Finding("chain", row.number, seq, "与前一条日志的哈希不衔接")
        if bytes(event["hash"]) != log.event_hash(event):
            yield Finding("chain", row.number, seq, "内容与其哈希不符，日志被改动过")
        previous = bytes(event["hash"])
    if len(events) != row.version:
        yield Finding("chain", row.number, None, f"日志有 {len(events)} 条，办件记为 {row.version} 条")
    if previous != bytes(row.head_hash):
        yield Finding("chain", row.number, None, "最后一条日志的哈希与办件所记不符")


def _next(folded: Case | None, happening: Happening, *, recorded: bool) -> Case:
    return case.register(happening) if folded is None else case.apply(folded, happening, recorded=recorded)


def _refold(number: str, events: list[Mapping[str, Any]]) -> tuple[Case | None, list[Finding]]:
    folded: Case | None = None
    for event in events:
        seq = event["seq"]
        try:
            kind = EventKind(event["kind"])
            happening = Happening(kind, event["happened_on"], log.read_facts(kind, event["facts"]))
            before = None if folded is None else folded.state
            folded = _next(folded, happening, recorded=log.IRREGULAR in event["facts"])
            stored_before = None if event["from_state"] is None else State(event["from_state"])
            if (stored_before, State(event["to_state"])) != (before, folded.state):
                return None, [Finding("state", number, seq, "日志所记状态与按法定流程推出的状态不符")]
        except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError) as error:
            # Whatever a tampered event holds is a finding, not a crash.
            return None, [Finding("event", number, seq, f"事件内容不能解读（{error}）")]
        except (Refusal, InputFault) as refusal:
            return None, [Finding("state", number, seq, f"法律不允许的一步：{refusal}")]
    if folded is None:
        return None, [Finding("chain", number, None, "没有日志")]
    return folded, []
