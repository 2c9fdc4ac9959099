"""办理: a step is recorded, or only tried, by the same door and the same rights as on the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Request, Response
from sqlalchemy import Connection

from models.vocabulary import EventKind
from reports.dossier import Dossier
from web.api import problems
from web.api.callers import Caller, area, demand
from web.api.cases import CaseId, See, find
from web.api.once import OptionalKey, once
from web.api.problems import Problem, pointer
from web.api.shapes import FIRST, NewStep, Recorded, WhatIf
from web.house import house_of
from web.language import gettext as _
from web.language import later
from web.rights import STEP_RIGHTS, Right
from web.steps import asked_of
from workflow import calendar_book, desk, periods, rules
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault
from workflow.statute import BY_EVENT, TERMS, Fact

router = area("办理")

KINDS = [kind.value for kind in EventKind if STEP_RIGHTS[kind] is not None and kind not in FIRST]
"""事项: what may be done with a case that is there; requests are handed in at ``/requests``."""

Kind = Annotated[str, Path(max_length=40, description="事项", json_schema_extra={"enum": list[Any](KINDS)})]

_YUAN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_ACCEPTED = {
    "day": later("日期，如 2026-03-19"),
    "days": later("1 至 9999 的整数"),
    "whole": later("1 至 9999 的整数"),
    "yuan": later("以元为单位的金额文字，如 380 或者 12.50"),
    "text": later("文字"),
    "flag": later("true 或者 false"),
}


@router.post(
    "/cases/{case_id}/steps/{kind}",
    response_model=Recorded,
    operation_id="recordStep",
    summary="记录一件办理事项",
    description="法律此时不允许的不记录，回答 409 并说明理由和条文。各事项需要相应的权限（见权限表）。"
    "建议给出幂等键和据以决定的办件版本。",
)
def record(
    request: Request,
    response: Response,
    case_id: CaseId,
    kind: Kind,
    body: NewStep,
    caller: See,
    key: OptionalKey = None,
) -> Any:
    """Record a step, once under its key."""
    event = _event(kind)
    demand(request, caller, STEP_RIGHTS[event] or Right.HANDLE)
    happening = Happening(event, body.on, _facts(event, body.facts))

    def perform(connection: Connection, command_id: str) -> Mapping[str, Any]:
        house = house_of(request)
        _code, found = find(connection, caller, case_id)
        if found.record.agency_id != caller.agency_id:
            # To read below one's agency is not to act there.
            raise problems.absent()
        if event is EventKind.VOID:
            _allow_voiding(request, caller, found, happening)
        before = found.record
        history = History([Command(happening, command_id, caller.actor)], before.case_id, version=body.version)
        done = desk.perform(connection, caller.agency_id, history, house.cipher, house.now())
        calendar = calendar_book.current(connection, caller.agency_id)
        rows = periods.deadlines(done.case, calendar)
        due = next((row.due_on for row in rows if row.kind.value == "reply"), None)
        return {
            "id": done.case_id,
            "number": done.case.number,
            "version": found.version + done.events,
            "event": event.value,
            "label": event.label,
            "on": body.on.isoformat(),
            "state": done.case.state.value,
            "state_label": done.case.state.label,
            "reply_due": due and due.isoformat(),
            "deadlines": [row.to_json() for row in rows],
            "warnings": list(rules.warnings(before.case, happening, before.calendar)),
        }

    try:
        return once(request, response, caller, key, body, 200, perform)
    except InputFault as fault:
        raise (problems.of_fault(fault, _places(event)) or fault) from None


@router.post(
    "/cases/{case_id}/what-if/{kind}",
    response_model=WhatIf,
    operation_id="tryStep",
    summary="试算",
    description="如果某日办理某一事项，期限会怎样。不保存，也不需要办理的权限。",
)
def what_if(request: Request, case_id: CaseId, kind: Kind, body: NewStep, caller: See) -> Any:
    """What the clock would say if a step came; nothing is stored."""
    event = _event(kind)
    happening = Happening(event, body.on, _facts(event, body.facts))
    with house_of(request).engine.connect() as connection:
        _code, found = find(connection, caller, case_id)
        try:
            number, owner = found.record.case.number, found.record.agency_id
            return desk.what_if(connection, owner, number, happening).to_json()
        except InputFault as fault:
            raise (problems.of_fault(fault, _places(event)) or fault) from None


def _event(kind: str) -> EventKind:
    """The step of this name. Raises the answer 404."""
    if kind not in KINDS:
        raise problems.absent()
    return EventKind(kind)


def _places(event: EventKind) -> dict[str, str]:
    """Which fact a sentence is about that begins with these words."""
    return {fact.label: pointer(["facts", fact.name]) for fact in BY_EVENT[event].facts}


def _allow_voiding(request: Request, caller: Caller, found: Dossier, happening: Happening) -> None:
    """Nobody undoes what they might not have done."""
    entry = happening.facts.get("entry")
    named = next((EventKind(row.kind) for row in found.rows if row.seq == entry), None)
    if named is not None:
        demand(request, caller, STEP_RIGHTS[named] or Right.HANDLE)


def _facts(event: EventKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a step by their types. Raises the answer 422, every fault at its place."""
    known = {fact.name: fact for fact in asked_of(event)}
    facts: dict[str, Any] = {}
    errors = []
    for name, value in given.items():
        fact = known.get(name)
        if fact is None:
            usable = "、".join(known) or _("无")
            said = _("没有这一项，可用：%(names)s", names=usable)
        else:
            typed = _typed(fact, value)
            if typed is not None:
                facts[name] = typed
                continue
            said = _("“%(label)s”应为%(accepted)s", label=_(fact.label), accepted=_accepted(event, fact))
        errors.append({"detail": said, "pointer": pointer(["facts", name])})
    if errors:
        raise Problem(problems.INVALID, " ".join(each["detail"] for each in errors), errors)
    return facts


def _accepted(event: EventKind, fact: Fact) -> str:
    if fact.type in _ACCEPTED:
        return _(_ACCEPTED[fact.type])
    terms = BY_EVENT[event].outcomes if fact.type == "outcome" else tuple(TERMS[fact.type])
    return _("以下之一：%(terms)s", terms="、".join(term.value for term in terms))


def _typed(fact: Fact, value: Any) -> Any:
    """A fact as the log takes it; None for what it cannot be."""
    match fact.type, value:
        case "day", str():
            return _day(value)
        case (("days" | "whole"), int()) if not isinstance(value, bool) and 1 <= value <= 9999:
            return value
        case "yuan", str() if _is_yuan(value):
            return Decimal(value)
        case "flag", bool():
            return value
        case "text", str() if value.strip() and value.replace("\n", "").replace("\t", "").isprintable():
            return value.strip()
        case kind, str() if kind in TERMS:
            return next((term for term in TERMS[kind] if term.value == value), None)
    return None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == len("2026-03-19") else None
    except ValueError:
        return None


def _is_yuan(value: str) -> bool:
    return _YUAN.fullmatch(value) is not None
