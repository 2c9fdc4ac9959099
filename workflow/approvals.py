"""审批: the opinions on a draft, and an approved draft as the step that it becomes. Read and used by the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from models.tables import approval, draft
from models.vocabulary import DraftState, EventKind, Role, Verdict
from workflow import log, statute
from workflow.case import Happening
from workflow.faults import InputFault, Refusal

_ARTICLE = "条例第四十五条"
_CHINA = ZoneInfo("Asia/Shanghai")

LATER = ("reply_number", "tracking")
"""Facts that may still be given when an approved step is recorded: they are known when the letter goes out."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """审批意见: the place in the route, who gave it and as what, what they said, and when."""

    place: int
    role: Role
    by_id: int
    by: str
    verdict: Verdict
    words: str
    at: datetime

    def written(self) -> str:
        """As the log keeps it: the role, the person, the day."""
        return f"{self.role.label} {self.by} {self.at.astimezone(_CHINA).date()} {self.verdict.label}"


def opinions(connection: Connection, draft_id: int) -> list[Opinion]:
    """What has been said of a draft, in the order of its route."""
    known = approval.c
    rows = connection.execute(select(approval).where(known.draft_id == draft_id).order_by(known.place))
    return [
        Opinion(row.place, Role(row.role), row.by_id, row.by, Verdict(row.verdict), row.words, row.at) for row in rows
    ]


def record(connection: Connection, case_id: int, draft_id: int, happening: Happening) -> Happening:
    """The step that a case's approved draft becomes, with who approved it; the draft is recorded with it.

    ``happening`` gives the day and what of :data:`LATER` the draft has not. Raises InputFault for a draft that is not
    there and for other facts, Refusal for one that is not approved, or not yet on that day.
    """
    here = (draft.c.id == draft_id) & (draft.c.case_id == case_id)
    row = connection.execute(select(draft).where(here).with_for_update()).one_or_none()
    if row is None or row.kind != happening.event.value:
        raise InputFault(f"没有编号为 {draft_id} 的“{happening.event.label}”拟办稿")
    if row.state != DraftState.APPROVED.value:
        raise Refusal(f"拟办稿“{DraftState(row.state).label}”，只有已经同意的才能登记", _ARTICLE)
    said = opinions(connection, draft_id)
    last = said[-1].at.astimezone(_CHINA).date()
    if happening.happened_on < last:
        label = happening.event.label
        raise Refusal(f"{label}日期 {happening.happened_on} 早于审批同意的日期 {last}", _ARTICLE)
    facts = log.read_facts(happening.event, row.facts)
    if strange := [name for name in happening.facts if name not in LATER or name in facts]:
        raise InputFault(f"“{'”“'.join(strange)}”已经审批，登记时不能再填或者更改，可用：{'、'.join(LATER)}")
    facts |= happening.facts
    facts["approvals"] = "；".join(opinion.written() for opinion in said)
    if any(fact.name == "approver" for fact in statute.BY_EVENT[happening.event].facts):
        # Art. 33: the head of the disclosure office approves, where the head has a place in the route.
        facts["approver"] = next((each for each in said if each.role is Role.HEAD), said[-1]).by
    connection.execute(update(draft).where(here).values(state=DraftState.RECORDED.value))
    return replace(happening, facts=facts)


def refuse_unapproved(event: EventKind, facts: Mapping[str, Any]) -> None:
    """Raise InputFault where somebody writes opinions that nobody gave: only a draft brings them."""
    if facts.get("approvals"):
        raise InputFault(f"“{event.label}”的“审批”由系统按拟办稿的审批意见填写，不能自行填写")
