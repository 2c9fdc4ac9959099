"""What may be done now (可以办什么), and what if: every step of the event table with its article and last day. Pure.

Pages, commands and the interface ask here and nowhere else: a case, a calendar, a day and the agency's choices in;
the answer out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.vocabulary import (
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    OutcomeGroup,
    ReopenGround,
    Role,
    State,
    Tariff,
)
from workflow import arrivals, clock, fold, machine, rules, statute
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening, SecrecyReview
from workflow.faults import InputFault, Refusal
from workflow.practice import STANDARD, Practice


@dataclass(frozen=True, slots=True)
class Option:
    """A step as it stands on a day: allowed, or barred for a reason.

    ``last_day`` is the last day on which the law allows or expects the step, None where it sets none. ``override``:
    barred, but possible with a reason that is recorded.
    """

    event: EventKind
    article: str
    allowed: bool
    last_day: date | None
    facts: tuple[statute.Fact, ...]
    reason: str | None
    override: bool = False

    def to_json(self) -> dict[str, Any]:
        """The option as plain JSON."""
        written: dict[str, Any] = {
            "event": self.event.value,
            "label": self.event.label,
            "article": self.article,
            "allowed": self.allowed,
            "override": self.override,
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "facts": [
                {"name": fact.name, "label": fact.label, "type": fact.type, "required": fact.required}
                for fact in self.facts
            ],
            "reason": self.reason,
        }
        step = statute.BY_EVENT[self.event]
        if len(step.outcomes) > 1:
            written["outcomes"] = [_outcome(outcome) for outcome in step.outcomes]
        return written


def _outcome(outcome: Any) -> dict[str, Any]:
    rule = statute.OUTCOMES[outcome]
    grounds = statute.GROUNDS.get(outcome, ())
    return {
        "outcome": outcome.value,
        "label": statute.ledger_label(outcome),
        "article": rule.article,
        "needs": list(statute.DEMANDS.get(outcome, ())),
        "secrecy_review": outcome in statute.RELEASING,
        "grounds": [
            {
                "ground": ground.value,
                "label": ground.label,
                "article": statute.GROUND_ARTICLES[ground],
                "needs": list(statute.DEMANDS.get(ground, ())),
                "secrecy_review": ground is Ground.PROVIDED,
                "search": ground is Ground.NOT_EXISTING,
            }
            for ground in grounds
        ],
    }


def options(case: Case, calendar: WorkCalendar, day: date, practice: Practice = STANDARD) -> list[Option]:
    """All steps of the table as they stand for ``case`` on ``day``, in the order of the table.

    Steps for the other kind of request (Art. 41) are left out.
    """
    found = []
    for step in statute.STEPS:
        if step.by_itself or not rules.is_for(case.matter, step.event):
            continue
        refusal = barred(case, step.event, calendar, day, practice)
        override = refusal is None and _needs_override(case, step.event)
        if override:
            refusal = _once(case)
        found.append(
            Option(
                event=step.event,
                article=step.article if refusal is None else refusal.article,
                allowed=refusal is None,
                last_day=rules.last_day(case, step.event, calendar),
                facts=step.facts,
                reason=None if refusal is None else refusal.sentence,
                override=override and practice.second_correction,
            )
        )
    return found


def _needs_override(case: Case, event: EventKind) -> bool:
    return event is EventKind.ASK_CORRECTION and bool(case.corrections)


def _once(case: Case) -> Refusal:
    return Refusal(f"已于 {case.corrections[-1].asked} 告知补正，应当一次性告知", "条例第三十条")


def barred(
    case: Case, event: EventKind, calendar: WorkCalendar, day: date, practice: Practice = STANDARD
) -> Refusal | None:
    """Why ``event`` may not happen on ``day``, whatever its facts; None if it may."""
    step = statute.BY_EVENT[event]
    of_the_letter = rules.about_the_letter(case, event)
    if of_the_letter is not None:
        return of_the_letter
    if not machine.may(case.state, event):
        return Refusal(_why_not(case.state, event), step.article)
    first = case.received or case.entered
    if case.reopenings and event not in statute.BESIDE:
        first = case.began()
    if day < first:
        return Refusal(f"{day} 早于{'重新办理日期' if first != case.received else '收到日期'} {first}", step.article)
    refusal = rules.bar(case, event)
    if refusal is not None:
        return refusal
    if event is EventKind.BILL and not practice.charges_fees:
        return Refusal("本机关没有开启收取信息处理费", "条例第四十二条")
    return rules.out_of_time(case, event, calendar, day, practice.lapse_grace_days)


def _why_not(state: State, event: EventKind) -> str:
    needs = {
        EventKind.CORRECT: "没有等待中的补正",
        EventKind.DELIVER_CORRECTION: "没有等待中的补正",
        EventKind.OPINIONS_IN: "没有进行中的征求意见",
        EventKind.PAY: "没有等待中的缴费",
        EventKind.RESUME: "没有中止",
        EventKind.LAPSE: "没有逾期未补正或者逾期未缴费",
    }
    if state is State.VOID:
        return "办件已作废"
    if state is State.UNCONFIRMED:
        return "收到申请之日尚未确定，应先确认收到"
    working = statute.working_state(state) is not None
    if not working and statute.FINAL[0] not in statute.BY_EVENT[event].sources:
        return f"办件“{state.label}”，已经办结"
    if event in {EventKind.CONTACT, EventKind.CONFIRM, EventKind.DISMISS}:
        return "收到申请之日已经确定"
    if working and not set(statute.BY_EVENT[event].sources) & set(statute.WORKING):
        return f"办件“{state.label}”，尚未办结"
    return needs.get(event, f"办件“{state.label}”，应先收齐或者了结所等待的事项")


def follow(
    case: Case | None,
    happening: Happening,
    calendar: WorkCalendar,
    practice: Practice = STANDARD,
    *,
    recorded: bool,
) -> tuple[Case, Refusal | None]:
    """The case after one more happening, and what was irregular about it: ``fold.follow`` with the days looked at too.

    ``recorded`` admits an irregular step of the past. Raises Refusal where the law does not allow the step, and in
    any case where its dates cannot be true.
    """
    late = None if case is None else _late(case, happening, calendar, practice, recorded=recorded)
    if late is not None and not recorded:
        raise late
    if case is not None and not recorded and machine.may(case.state, happening.event):
        lacking = rules.bar(case, happening.event) or rules.lacking(case, happening, calendar, practice)
        if lacking is not None:
            raise lacking
    after, irregular = fold.follow(case, happening, recorded=recorded)
    return after, irregular or late


def _late(
    case: Case, happening: Happening, calendar: WorkCalendar, practice: Practice, *, recorded: bool
) -> Refusal | None:
    event, day = happening.event, happening.happened_on
    if not machine.may(case.state, event) or case.received is None:
        return None
    if event is EventKind.LAPSE:
        refusal = rules.fee_not_lapsed(case, happening, calendar)
        if refusal is not None or recorded:
            # An old ledger knows neither deliveries nor days of grace.
            return refusal
        return rules.out_of_time(case, event, calendar, day, practice.lapse_grace_days)
    return rules.out_of_time(case, event, calendar, day)


def complete(case: Case | None, happening: Happening, practice: Practice) -> Happening:
    """The happening with what follows from the agency's choices written into it, so that it stays as it was decided."""
    facts = dict(happening.facts)
    match happening.event:
        case EventKind.ASK_CORRECTION:
            _complete_letter(facts, practice)
        case EventKind.CONSULT:
            kind = facts.get("kind", ConsultationKind.THIRD_PARTY)
            if kind is ConsultationKind.INTERNAL:
                facts["suspends"] = False
            elif kind is ConsultationKind.SUPERIOR:
                facts["suspends"] = practice.superior_suspends
        case EventKind.BILL:
            _complete_bill(case, facts, practice)
        case EventKind.DECIDE:
            due = _reevaluation(happening, practice)
            if due is not None:
                facts.setdefault("reevaluate_on", due)
        case EventKind.REOPEN if not facts.get("until") and "working_days" not in facts:
            corrected = facts.get("ground") is ReopenGround.LATE_CORRECTION
            facts["working_days"] = clock.REPLY_DAYS if corrected else practice.reopened_days
        case EventKind.REGISTER | EventKind.ARRIVE if facts.get("matter") is Matter.RECTIFICATION:
            facts.setdefault("reply_days", practice.rectification_days)
    return replace(happening, facts=facts)


def _complete_letter(facts: dict[str, Any], practice: Practice) -> None:
    """A letter of today binds from its delivery on (Art. 30)."""
    facts["awaits_delivery"] = True
    if not facts.get("until"):
        facts.setdefault("working_days", practice.correction_days)


def _complete_bill(case: Case | None, facts: dict[str, Any], practice: Practice) -> None:
    if not practice.fee_restarts:
        facts["restarts"] = False
    by_item = facts.get("tariff") is Tariff.BY_ITEM
    if by_item and case is not None and case.month_ordinal is not None:
        facts.setdefault("ordinals", str(case.month_ordinal))


_WITHHELD = (OutcomeGroup.REFUSED, OutcomeGroup.PARTLY_GRANTED)
"""What leaves something undisclosed that is to be looked at again (Art. 18)."""


def _reevaluation(happening: Happening, practice: Practice) -> date | None:
    outcome = happening.facts.get("outcome")
    months = practice.reevaluation_months
    if outcome is None or not months or statute.OUTCOMES[outcome].group not in _WITHHELD:
        return None
    return _months_later(happening.happened_on, months)


def _months_later(day: date, months: int) -> date:
    """The same day some months later; where the month has none, its last (民法典 Art. 202)."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"no day {months} months after {day}")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The clock of a case now and after a step not yet made; ``refusal`` where the law would not allow it.

    ``lacking`` is what recording it would be refused for as it was given: a fact or a review that is still missing.
    """

    happening: Happening
    before: clock.Reckoning | None
    after: clock.Reckoning | None
    state: State
    explanation: tuple[str, ...]
    refusal: Refusal | None
    lacking: Refusal | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON."""
        return {
            "event": self.happening.event.value,
            "label": self.happening.event.label,
            "on": self.happening.happened_on.isoformat(),
            "allowed": self.refusal is None,
            "reason": None if self.refusal is None else self.refusal.sentence,
            "article": statute.BY_EVENT[self.happening.event].article if self.refusal is None else self.refusal.article,
            "state": self.state.value,
            "before": _reckoned(self.before),
            "after": _reckoned(self.after),
            "explanation": list(self.explanation),
            "lacking": None if self.lacking is None else str(self.lacking),
        }


def _reckoned(reckoning: clock.Reckoning | None) -> dict[str, Any] | None:
    if reckoning is None:
        return None
    return {
        "clock": reckoning.state,
        "reply_due": reckoning.reply_due and reckoning.reply_due.isoformat(),
        "working_days_left": reckoning.working_days_left,
        "provisional": reckoning.provisional,
        "deadlines": [
            {"kind": due.kind.value, "due": due.due and due.due.isoformat(), "article": due.article}
            for due in reckoning.deadlines
        ],
    }


def what_if(
    case: Case,
    happening: Happening,
    calendar: WorkCalendar,
    practice: Practice = STANDARD,
    log: Sequence[fold.Entry] = (),
) -> WhatIf:
    """What the clock would say if ``happening`` came: the same clock, the same law, nothing stored.

    Facts that only the letter needs (reasons, names) may be left out: only what bars the step itself is a refusal, the
    rest is told as lacking. Voiding an entry needs the ``log``. Raises InputFault where the facts that the step turns
    on are missing.
    """
    day = happening.happened_on
    needed = [f for f in statute.BY_EVENT[happening.event].facts if f.need == "always"]
    missing = [f.label for f in needed if happening.facts.get(f.name) is None]
    if missing:
        raise InputFault(f"名称=值：“{happening.event.label}”缺少“{'”“'.join(missing)}”，应写明")
    happening = complete(case, happening, practice)
    refusal = barred(case, happening.event, calendar, day, practice)
    after, lacking = case, None
    if refusal is None:
        try:
            happening = arrivals.settled(case, happening, calendar, practice, day)
            is_voiding = happening.event is EventKind.VOID
            after = fold.void(log, happening) if is_voiding else fold.apply(case, happening)
            refusal = _late(case, happening, calendar, practice, recorded=False)
            lacking = rules.lacking(case, happening, calendar, practice)
        except Refusal as refused:
            refusal = refused
    return WhatIf(
        happening=happening,
        before=_reckon(case, calendar, day),
        after=_reckon(after, calendar, day),
        state=after.state,
        explanation=() if after.received is None else tuple(clock.explain(after.clock_facts(), calendar, day)),
        refusal=refusal,
        lacking=lacking,
    )


def if_approved(case: Case, happening: Happening, practice: Practice) -> tuple[Case, Happening]:
    """A case and a step of it as they would be once those have agreed who must by the agency's setting.

    A secrecy review that is one of the places is taken as one that lets the content go, while there is none.
    """
    route, facts = practice.route(happening.event), dict(happening.facts)
    if not route:
        return case, happening
    facts["approvals"] = "、".join(role.label for role in route)
    if any(fact.name == "approver" for fact in statute.BY_EVENT[happening.event].facts):
        facts.setdefault("approver", facts["approvals"])
    done = any(review.on >= case.began() for review in case.secrecy_reviews)
    if Role.SECRECY_REVIEWER in route and not done:
        reviews = (*case.secrecy_reviews, SecrecyReview(happening.happened_on, may_release=True))
        case = replace(case, secrecy_reviews=reviews)
    return case, replace(happening, facts=facts)


def _reckon(case: Case, calendar: WorkCalendar, day: date) -> clock.Reckoning | None:
    return None if case.received is None else clock.reckon(case.clock_facts(), calendar, day)
