"""The case log (办件日志): facts as they are written, and the chain of hashes that no byte can leave unseen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from models.vocabulary import EventKind, Ground, ReopenGround, State
from workflow import chain, statute
from workflow.faults import InputFault

IRREGULAR = "irregular"
"""The fact that marks an event as recorded though the law did not allow it then."""


def write_facts(event: EventKind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Typed facts as JSON, checked against the event table.

    Raises InputFault, one sentence per fault: an unknown fact, a wrong type, a required fact missing.
    """
    step = statute.BY_EVENT[event]
    known = {fact.name: fact for fact in step.facts}
    faults = _unknown(event, facts)
    written: dict[str, Any] = {}
    for name, fact in known.items():
        value = facts.get(name)
        if value is None:
            if fact.need == "always":
                faults.append(f"“{event.label}”缺少“{fact.label}”（{step.article}）")
            continue
        if not _is(value, statute.PYTHON_TYPES[fact.type]):
            faults.append(f"“{event.label}”的“{fact.label}”为“{value}”，类型不符")
        else:
            written[name] = _plain(value)
    if faults:
        raise InputFault(faults)
    return written


def check_names(event: EventKind, facts: Mapping[str, Any]) -> None:
    """Raise InputFault for facts that the event does not take, or that are of another type than it takes."""
    types = {fact.name: fact for fact in statute.BY_EVENT[event].facts}
    wrong = [
        f"“{event.label}”的“{types[name].label}”为“{value}”，类型不符"
        for name, value in facts.items()
        if name in types and value is not None and not _is(value, statute.PYTHON_TYPES[types[name].type])
    ]
    if faults := [*_unknown(event, facts), *wrong]:
        raise InputFault(faults)


def _unknown(event: EventKind, facts: Mapping[str, Any]) -> list[str]:
    known = [fact.name for fact in statute.BY_EVENT[event].facts]
    usable = "、".join(known) or "无"
    return [f"“{event.label}”没有“{name}”这一项，可用：{usable}" for name in facts if name not in known]


def _is(value: Any, kind: type) -> bool:
    """Whether ``value`` is of ``kind`` and nothing narrower: an instant is no day, and True is no number."""
    return type(value) is kind or (kind is str and isinstance(value, str))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        return str(value)
    return value


def read_facts(event: EventKind, written: Mapping[str, Any]) -> dict[str, Any]:
    """The typed facts that :func:`write_facts` wrote. Raises ValueError where they are not such facts."""
    types = {fact.name: statute.PYTHON_TYPES[fact.type] for fact in statute.BY_EVENT[event].facts}
    facts = {}
    for name, value in written.items():
        if name == IRREGULAR:
            continue
        if name not in types:
            raise ValueError(f"unknown fact {name!r}")
        facts[name] = _typed(value, types[name], name)
    return facts


def _typed(value: Any, kind: type, name: str) -> Any:
    if type(value) is not (kind if kind in {int, bool} else str):
        raise ValueError(f"fact {name!r} is {value!r}")
    if kind is date:
        return date.fromisoformat(str(value))
    try:
        return kind(value)
    except InvalidOperation:
        raise ValueError(f"fact {name!r} is {value!r}") from None


def event_hash(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of one event: of the hash before it and of every other column, in a canonical form.

    ``row`` has the columns of ``case_event``; ``recorded_at`` is taken in UTC to the microsecond.
    """
    content = [
        row["case_id"],
        row["seq"],
        row["kind"],
        row["happened_on"].isoformat(),
        chain.instant(row["recorded_at"]),
        row["actor"],
        row["command_id"],
        row["from_state"],
        row["to_state"],
        row["article"],
        row["facts"],
    ]
    return chain.digest(row["previous_hash"], content)


def event_row(
    *,
    case_id: int,
    seq: int,
    event: EventKind,
    happened_on: date,
    recorded_at: datetime,
    actor: str,
    command_id: str,
    from_state: State | None,
    to_state: State,
    facts: dict[str, Any],
    previous_hash: bytes,
) -> dict[str, Any]:
    """A row of ``case_event``, chained to the event before it."""
    row = {
        "case_id": case_id,
        "seq": seq,
        "kind": event.value,
        "happened_on": happened_on,
        "recorded_at": recorded_at,
        "actor": actor,
        "command_id": command_id,
        "from_state": None if from_state is None else from_state.value,
        "to_state": to_state.value,
        "article": _article(event, facts),
        "facts": facts,
        "previous_hash": previous_hash,
    }
    row["hash"] = event_hash(row)
    return row


def _article(event: EventKind, facts: Mapping[str, Any]) -> str:
    outcome, ground = facts.get("outcome"), facts.get("ground")
    if event is EventKind.REOPEN and ground is not None:
        return statute.REOPENING_ARTICLES.get(ReopenGround(ground), statute.BY_EVENT[event].article)
    if outcome is None:
        return statute.BY_EVENT[event].article
    return statute.OUTCOMES[outcome].article if ground is None else statute.GROUND_ARTICLES[Ground(ground)]
