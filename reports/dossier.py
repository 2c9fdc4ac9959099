"""A case as it is shown, to a command and on a page: what it is, its dates with their reasons, its log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from models.tables import case_event
from models.vocabulary import EventKind, Outcome, State
from reports import placing
from workflow import calendar_book, clock, log, periods, records, standing
from workflow.calendar import WorkCalendar
from workflow.records import Record
from workflow.statute import BY_EVENT, TERMS, Fact, ledger_label


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with its log as stored, and the calendar by which its dates were last reckoned."""

    record: Record
    calendar: WorkCalendar
    rows: Sequence[Any]

    @property
    def version(self) -> int:
        """How many entries the log has: a change of the case is a new one."""
        return len(self.rows)

    def voided(self) -> set[int]:
        """The numbers of the entries that a later one voids."""
        return {row.facts["entry"] for row in self.rows if row.kind == EventKind.VOID.value}

    def to_json(self, today: date, zone: ZoneInfo) -> dict[str, Any]:
        """One document: what the case is, its dates with their reasons as of today (or its end), its log."""
        return _document(self, today, zone)


def read(connection: Connection, agency_id: int, number: str) -> Dossier:
    """The agency's case with this number. Raises InputFault where there is none."""
    record = records.find(connection, agency_id, number)
    calendar = calendar_book.read(connection, agency_id, record.calendar_revision)
    rows = connection.execute(
        select(case_event).where(case_event.c.case_id == record.case_id).order_by(case_event.c.seq)
    ).all()
    return Dossier(record, calendar, rows)


def is_irregular(row: Any) -> bool:
    """Whether an entry was recorded as it was, though the law did not allow it then."""
    return log.IRREGULAR in row.facts


def _document(dossier: Dossier, today: date, zone: ZoneInfo) -> dict[str, Any]:
    record, calendar, rows = dossier.record, dossier.calendar, dossier.rows
    folded, number = record.case, record.case.number
    voided = dossier.voided()
    receipt = record.receipt(today)
    named = places(rows)
    to_serve = standing.to_serve_again(folded)
    return {
        "number": number,
        "matter": folded.matter.value,
        "applicant": record.applicant,
        "applicant_kind": folded.applicant_kind.value,
        "applicant_kind_label": folded.applicant_kind.label,
        "subject": folded.subject,
        "state": folded.state.value,
        "state_label": folded.state.label,
        "received": folded.received and folded.received.isoformat(),
        "receipt": None if receipt is None else receipt.to_json(),
        "closed": folded.closed and folded.closed.isoformat(),
        "outcome": folded.outcome,
        "reopened": [
            {"began": each.began.isoformat(), "ground": each.ground.value, "closed": each.closed and str(each.closed)}
            for each in folded.reopenings
        ],
        "is_open": folded.is_open(),
        "open_points": [] if to_serve is None else [to_serve],
        "cells": [
            {"year": cell.year, "cell": f"applications/{cell.path}", "column": cell.kind.label, "label": cell.label()}
            for cell in sorted(placing.cells(folded, today.year))
        ],
        **_clock(folded, calendar, today),
        "deadlines": [row.to_json() for row in periods.deadlines(folded, calendar)],
        "events": [
            {
                "seq": row.seq,
                "event": row.kind,
                "label": EventKind(row.kind).label,
                "place": named.get(row.seq),
                "happened_on": row.happened_on.isoformat(),
                "recorded_at": row.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
                "actor": row.actor,
                "article": row.article,
                "facts": {name: value for name, value in row.facts.items() if name not in _INTERNAL},
                "told": _told(EventKind(row.kind), row.facts),
                "irregular": is_irregular(row),
                "voided": row.seq in voided,
            }
            for row in rows
        ],
    }


_INTERNAL = {"agency", "applicant", "ledger_digest", "person_digest", log.IRREGULAR}

_NOT_TOLD = {"number", "subject", "authority", "remarks"}
"""Of the first event: what stands above the records, and what may speak of the applicant's person."""

_COUNTED = {EventKind.CONSULT: "第 {} 次", EventKind.OPEN_REVIEW: "第 {} 件"}
"""What later steps name by its number; the number stays though an entry is voided."""


def places(rows: Sequence[Any]) -> dict[int, str]:
    """By the entry's number: the how-manieth consultation or review it began."""
    made: Counter[EventKind] = Counter()
    found = {}
    for row in rows:
        kind = EventKind(row.kind)
        if kind in _COUNTED:
            made[kind] += 1
            found[row.seq] = _COUNTED[kind].format(made[kind])
    return found


def _told(kind: EventKind, facts: dict[str, Any]) -> list[dict[str, str]]:
    return [{"label": fact.label, "value": written(value, fact)} for fact, value in told(kind, facts)]


def told(kind: EventKind, facts: Mapping[str, Any]) -> list[tuple[Fact, Any]]:
    """The facts of an entry that an officer reads, as they stand in the log, in the order of the event table."""
    left_out = _INTERNAL | (_NOT_TOLD if kind in {EventKind.REGISTER, EventKind.ARRIVE} else set())
    return [
        (fact, facts[fact.name])
        for fact in BY_EVENT[kind].facts
        # What the system fills in about its own reckoning says nothing to an officer.
        if fact.name in facts and fact.name not in left_out and not (fact.filled and fact.type == "flag")
    ]


def written(value: Any, fact: Fact, say: Callable[[str], str] = str) -> str:
    """A fact of the log as an officer reads it; ``say`` puts the words of the system into another language."""
    match fact.type:
        case "flag":
            return say("是" if value else "否")
        case "yuan":
            return f"{value} {say('元')}"
        case "days":
            return f"{value} {say('个工作日')}"
        case "outcome":
            return "-".join(say(part) for part in ledger_label(Outcome(value)).split("-"))
        case name if name in TERMS:
            return say(TERMS[name](value).label)
    return str(value)


def _clock(folded: Any, calendar: Any, today: date) -> dict[str, Any]:
    """The clock of the present round as of today, or of its end; nothing of what is void or not received yet."""
    if folded.received is None or folded.state is State.VOID:
        return {
            "clock": None,
            "reply_due": None,
            "working_days_left": None,
            "provisional": False,
            "explanation": [],
        }
    as_of = folded.ended() or today
    facts = folded.clock_facts()
    reckoning = clock.reckon(facts, calendar, as_of)
    return {
        "clock": reckoning.state,
        "reply_due": reckoning.reply_due and reckoning.reply_due.isoformat(),
        "working_days_left": reckoning.working_days_left,
        "provisional": reckoning.provisional,
        "explanation": clock.explain(facts, calendar, as_of),
    }
