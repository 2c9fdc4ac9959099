"""Verification: every case, deadline and hash derived again from the log and held against what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, DateTime, Table, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from models.tables import applicant, case_event, deadline, request_case
from models.vocabulary import EventKind, State
from workflow import calendar_book, chain, derived, fold, log, periods
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
    the log does not give, a log without its case. Whatever a tampered row holds is a finding, never a crash: days,
    instants and JSON are fetched as text and read here.
    """
    calendars: dict[tuple[int, int], WorkCalendar] = {}
    last = -(2**63)
    while True:
        rows = _fetch(connection, request_case, request_case.c.id > last, limit=_CHUNK)
        if not rows:
            break
        last = rows[-1]["id"]
        ids = [row["id"] for row in rows]
        events = _by_case(connection, case_event, ids)
        beside = {table: _by_case(connection, table, ids) for table in derived.TABLES}
        people = _fetch(connection, applicant, applicant.c.id.in_({row["applicant_id"] for row in rows}))
        kinds = {person["id"]: person["kind"] for person in people}
        for row in rows:
            key = (row["agency_id"], row["calendar_revision"])
            if key not in calendars:
                calendars[key] = calendar_book.read(connection, *key)
            log_of_case = events.get(row["id"], [])
            found = {table: beside[table].get(row["id"], []) for table in derived.TABLES}
            result.findings += _verify_case(row, kinds, log_of_case, found, calendars[key])
            result.cases += 1
            result.events += len(log_of_case)
        yield result.cases
    result.findings += _strays(connection)


def _fetch(
    connection: Connection, table: Table, where: ColumnElement[bool], limit: int | None = None
) -> list[dict[str, Any]]:
    """Rows in the order of their key, days, instants and JSON as PostgreSQL writes them.

    When a deadline is looked at again (``wake_on``) does not follow from the log.
    """
    columns = [
        cast(column, Text).label(column.name) if isinstance(column.type, Date | DateTime | JSONB) else column
        for column in table.c
        if column is not deadline.c.wake_on
    ]
    statement = select(*columns).where(where).order_by(*table.primary_key).limit(limit)
    return [dict(row) for row in connection.execute(statement).mappings()]


def _by_case(connection: Connection, table: Table, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    rows = _fetch(connection, table, table.c.case_id.in_(ids))
    return {case_id: list(group) for case_id, group in groupby(rows, key=itemgetter("case_id"))}


def _strays(connection: Connection) -> list[Finding]:
    """Rows whose case is not there: the foreign key forbids them, a tampering superuser does not heed it."""
    findings = []
    for table in (case_event, *derived.TABLES):
        known = select(request_case.c.id).where(request_case.c.id == table.c.case_id).exists()
        findings += [
            Finding("stray", f"#{case_id}", None, f"“{table.name}”的一行属于一个不存在的办件")
            for case_id in connection.execute(select(table.c.case_id).where(~known)).scalars()
        ]
    return findings


def _verify_case(
    row: Mapping[str, Any],
    kinds: Mapping[int, str],
    events: list[dict[str, Any]],
    beside: Mapping[Table, list[dict[str, Any]]],
    calendar: WorkCalendar,
) -> list[Finding]:
    number = row["number"]
    findings, readable = _read_events(number, events)
    findings += _verify_chain(row, readable)
    folded, refold_findings = _refold(number, readable)
    findings += refold_findings
    if folded is None:
        return findings
    findings += _verify_owner(row, kinds, readable[0]["facts"])
    try:
        deadlines = periods.deadlines(folded, calendar)
        columns = derived.case_columns(folded, deadlines, calendar)
        rows_beside = derived.rows_beside(row["id"], row["agency_id"], folded, deadlines, calendar)
    except InputFault as fault:
        return [*findings, Finding("row", number, None, f"期限不能推出：{fault}")]
    findings += [
        Finding("row", number, None, _differs(name, row[name], value))
        for name, value in columns.items()
        if not _same(row[name], value)
    ]
    for table, rows in rows_beside.items():
        wanted = {derived.key(table, each): _as_text(each) for each in rows}
        stored = {derived.key(table, each): each for each in beside[table]}
        findings += [
            Finding("row", number, None, f"“{table.name}”{key[1:]} 为 {stored.get(key)}，按日志应为 {wanted.get(key)}")
            for key in sorted({*wanted, *stored}, key=str)
            if wanted.get(key) != stored.get(key)
        ]
    return findings


def _differs(name: str, stored: Any, value: Any) -> str:
    if name == "snapshot":
        return "办件快照与按日志推出的不符"
    return f"办件“{name}”为 {stored}，按日志应为 {value}"


def _as_text(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _same(stored: Any, value: Any) -> bool:
    if isinstance(value, dict):
        # As text, so that 10 and 10.0 are not the same.
        return json.dumps(_json(stored), sort_keys=True) == json.dumps(value, sort_keys=True)
    return bool(stored == (value.isoformat() if isinstance(value, date) else value))


def _json(text: str | None) -> Any:
    """JSON as it is stored; None for none, and for what no reader takes (thousands of digits, nesting without end)."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _verify_owner(row: Mapping[str, Any], kinds: Mapping[int, str], registered: Mapping[str, Any]) -> Iterator[Finding]:
    for name, label in (("agency", "机关"), ("applicant", "申请人")):
        if registered.get(name) != row[f"{name}_id"]:
            yield Finding("row", row["number"], None, f"办件所属{label}与登记时不符")
    if kinds.get(row["applicant_id"]) != row["applicant_kind"]:
        yield Finding("row", row["number"], None, "申请人类别与申请人记录不符")


def _read_events(number: str, events: list[dict[str, Any]]) -> tuple[list[Finding], list[dict[str, Any]]]:
    """The events with their days, instants and facts read; reading stops at the first that cannot be."""
    readable: list[dict[str, Any]] = []
    for event in events:
        facts, happened_on, recorded_at = _json(event["facts"]), None, None
        with suppress(ValueError):
            happened_on = date.fromisoformat(event["happened_on"])
            recorded_at = datetime.fromisoformat(event["recorded_at"])
        if not isinstance(facts, dict) or recorded_at is None:
            return [Finding("event", number, event["seq"], "事件的日期、时刻或事实不能解读")], readable
        readable.append({**event, "facts": facts, "happened_on": happened_on, "recorded_at": recorded_at})
    return [], readable


def _verify_chain(row: Mapping[str, Any], events: list[dict[str, Any]]) -> Iterator[Finding]:
    number, head = row["number"], chain.FIRST_HASH
    for link in chain.links(events, log.event_hash):
        seq, head = link.row["seq"], link.row["hash"]
        if not link.follows:
            yield Finding("chain", number, seq, f"第 {link.expected} 条日志缺失，其后为第 {seq} 条")
            return
        if not link.joined:
            yield Finding("chain", number, seq, "与前一条日志的哈希不衔接")
        if not link.whole:
            yield Finding("chain", number, seq, "内容与其哈希不符，日志被改动过")
    if len(events) != row["version"]:
        yield Finding("chain", number, None, f"日志有 {len(events)} 条，办件记为 {row['version']} 条")
    if head != row["head_hash"]:
        yield Finding("chain", number, None, "最后一条日志的哈希与办件所记不符")


def _refold(number: str, events: list[dict[str, Any]]) -> tuple[Case | None, list[Finding]]:
    folded: Case | None = None
    entries: list[fold.Entry] = []
    for event in events:
        seq = event["seq"]
        try:
            kind = EventKind(event["kind"])
            happening = Happening(kind, event["happened_on"], log.read_facts(kind, event["facts"]))
            before = None if folded is None else folded.state
            entry = fold.Entry(seq, happening, log.IRREGULAR in event["facts"])
            folded = _next(folded, entries, entry)
            entries.append(entry)
            stored_before = None if event["from_state"] is None else State(event["from_state"])
            if (stored_before, State(event["to_state"])) != (before, folded.state):
                return None, [Finding("state", number, seq, "日志所记状态与按法定流程推出的状态不符")]
        except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError) as error:
            return None, [Finding("event", number, seq, f"事件内容不能解读（{error}）")]
        except (Refusal, InputFault) as refusal:
            return None, [Finding("state", number, seq, f"法律不允许的一步：{refusal}")]
    if folded is None:
        return None, [Finding("chain", number, None, "没有日志")]
    return folded, []


def _next(folded: Case | None, entries: list[fold.Entry], entry: fold.Entry) -> Case:
    if folded is None:
        return fold.first(entry.happening)
    if entry.happening.event is EventKind.VOID:
        return fold.void(entries, entry.happening)
    return fold.apply(folded, entry.happening, recorded=entry.irregular)
