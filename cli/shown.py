"""A case as the command shows it: one JSON document, and the lines that an officer reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from cli.speech import say
from models.tables import case_event
from models.vocabulary import DeadlineState, EventKind, Outcome, State
from reports import placing
from workflow import calendar_book, clock, log, periods, records, standing
from workflow.statute import BY_EVENT, TERMS, Fact, ledger_label

if TYPE_CHECKING:
    from cli.office import Office


def shown(office: Office, agency_id: int, number: str, today: date) -> dict[str, Any]:
    """A case: what it is, its dates with their reasons as of today (or its end), its log."""
    with office.engine.connect() as connection:
        record = records.find(connection, agency_id, number)
        calendar = calendar_book.read(connection, agency_id, record.calendar_revision)
        rows = connection.execute(
            select(case_event).where(case_event.c.case_id == record.case_id).order_by(case_event.c.seq)
        ).all()
    folded = record.case
    zone = ZoneInfo(office.settings.timezone)
    voided = {row.facts["entry"] for row in rows if row.kind == EventKind.VOID.value}
    receipt = record.receipt(today)
    places = _places(rows)
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
        "deadlines": [
            {
                "kind": row.kind.value,
                "label": row.kind.label,
                "round": row.round,
                "state": row.state.value,
                "due": row.due_on and row.due_on.isoformat(),
                "done": row.done_on and row.done_on.isoformat(),
                "article": row.article,
            }
            for row in periods.deadlines(folded, calendar)
        ],
        "events": [
            {
                "seq": row.seq,
                "event": row.kind,
                "label": EventKind(row.kind).label,
                "place": places.get(row.seq),
                "happened_on": row.happened_on.isoformat(),
                "recorded_at": row.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
                "actor": row.actor,
                "article": row.article,
                "facts": {name: value for name, value in row.facts.items() if name not in _INTERNAL},
                "told": _told(EventKind(row.kind), row.facts),
                "irregular": log.IRREGULAR in row.facts,
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


def _places(rows: Sequence[Any]) -> dict[int, str]:
    """By the entry's number: the how-manieth consultation or review it began."""
    made: Counter[EventKind] = Counter()
    places = {}
    for row in rows:
        kind = EventKind(row.kind)
        if kind in _COUNTED:
            made[kind] += 1
            places[row.seq] = _COUNTED[kind].format(made[kind])
    return places


def _told(kind: EventKind, facts: dict[str, Any]) -> list[dict[str, str]]:
    """The facts of an entry as an officer reads them, in the order of the event table."""
    left_out = _INTERNAL | (_NOT_TOLD if kind in {EventKind.REGISTER, EventKind.ARRIVE} else set())
    return [
        {"label": fact.label, "value": _written(facts[fact.name], fact)}
        for fact in BY_EVENT[kind].facts
        # What the system fills in about its own reckoning says nothing to an officer.
        if fact.name in facts and fact.name not in left_out and not (fact.filled and fact.type == "flag")
    ]


def _written(value: Any, fact: Fact) -> str:
    match fact.type:
        case "flag":
            return "是" if value else "否"
        case "yuan":
            return f"{value} 元"
        case "days":
            return f"{value} 个工作日"
        case "outcome":
            return ledger_label(Outcome(value))
        case name if name in TERMS:
            return TERMS[name](value).label
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


def tell(document: dict[str, Any]) -> None:
    """The whole case, line by line."""
    applicant = document["applicant"] or "（未填姓名）"
    say(f"{document['number']} {applicant}（{document['applicant_kind_label']}）“{document['state_label']}”")
    say(f"申请内容：{document['subject']}")
    tell_dates(document)
    if document["receipt"] is not None:
        for line in document["receipt"]["reasons"] if document["received"] else ():
            say(f"  · {line}")
    for line in document["explanation"]:
        say(f"  · {line}")
    for row in document["deadlines"]:
        if row["state"] == DeadlineState.OPEN.value and row["kind"] not in {"reply", "ask_correction"}:
            say(f"  {row['label']}：{row['due']}（{row['article']}）")
    counted = [cell["label"] for cell in document["cells"] if cell["cell"] != "applications/results/total"]
    say(f"计入统计：{'；'.join(counted) or '没有'}")
    say("办理记录：")
    for event in document["events"]:
        recorded_at = event["recorded_at"][:16].replace("T", " ")
        marks = ("（已作废）" if event["voided"] else "") + ("（照实登记）" if event["irregular"] else "")
        label = f"{event['place'] or ''}{event['label']}"
        what = f"{event['happened_on']} {label}{marks}（{event['article']}）"
        say(f"  {event['seq']:>2} {what}，{recorded_at} 记")
        if event["told"]:
            say("     " + "；".join(f"{fact['label']}：{fact['value']}" for fact in event["told"]))


def tell_dates(document: dict[str, Any]) -> None:
    """Where the case stands: its due day and what is left, or what is still missing."""
    if document["received"] is None:
        receipt = document["receipt"] or {}
        say("收到申请之日尚未确定，答复期限未起算" if document["is_open"] else "未起算期限，不计入统计")
        if document["is_open"]:
            for point in receipt.get("open_points", ()):
                say(f"  待办：{point}")
            if receipt.get("starts_by_itself"):
                say(f"  最迟自 {receipt['starts_by_itself']} 起算")
        return
    if not document["is_open"]:
        _tell_end(document)
    elif document["reply_due"] is None:
        over = -document["working_days_left"]
        before = f"，暂停前已超期 {over} 个工作日" if over > 0 else ""
        say(f"答复期限{'停止' if document['clock'] == 'stopped' else '暂停'}计算{before}")
    else:
        left = document["working_days_left"]
        rest = f"还剩 {left} 个工作日" if left >= 0 else f"已超过 {-left} 个工作日"
        say(f"答复期限 {document['reply_due']}，{rest}{'（暂定）' if document['provisional'] else ''}")
    receipt = document["receipt"]
    for point in receipt["warnings"] if receipt and document["is_open"] else ():
        say(f"  提示：{point}")
    if receipt and receipt["day"] is None and document["is_open"]:
        for point in receipt["open_points"]:
            say(f"  待补凭据：{point}")


def _tell_end(document: dict[str, Any]) -> None:
    """When a case ended, and what is to be done all the same."""
    ended = document["closed"] if not document["reopened"] else document["reopened"][-1]["closed"]
    # What waited for a correction or a payment had no day for its reply when it ended.
    due = f"，答复期限 {document['reply_due']}" if document["reply_due"] else ""
    say(f"已于 {ended} 办结{due}" if ended else "已作废，不计入统计")
    for point in document["open_points"]:
        say(f"  待办：{point}")
