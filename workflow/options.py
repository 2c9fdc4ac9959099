"""What may be done now (可以办什么): every step of the event table, allowed or not, with its article and last day.

Pages, commands and the interface ask here and nowhere else. Pure: a case, a calendar and a day in; the answer out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.vocabulary import EventKind, Outcome, State
from workflow import case as cases
from workflow import clock, machine, statute
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import Refusal


@dataclass(frozen=True, slots=True)
class Option:
    """A step as it stands on a day: allowed, or barred for a reason.

    ``last_day`` is the last day on which the law allows or expects the step, None where it sets none.
    """

    event: EventKind
    article: str
    allowed: bool
    last_day: date | None
    facts: tuple[statute.Fact, ...]
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        """The option as plain JSON."""
        return {
            "event": self.event.value,
            "label": self.event.label,
            "article": self.article,
            "allowed": self.allowed,
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "facts": [
                {"name": fact.name, "label": fact.label, "type": fact.type, "required": fact.required}
                for fact in self.facts
            ],
            "reason": self.reason,
        }


def options(case: Case, calendar: WorkCalendar, day: date) -> list[Option]:
    """All steps of the table as they stand for ``case`` on ``day``, in the order of the table."""
    found = []
    for step in (*statute.STEPS, *statute.ANY_STATE_STEPS):
        if step.by_itself:
            continue
        bar = barred(case, step.event, calendar, day)
        found.append(
            Option(
                event=step.event,
                article=step.article if bar is None else bar.article,
                allowed=bar is None,
                last_day=last_day(case, step.event, calendar),
                facts=step.facts,
                reason=None if bar is None else bar.sentence,
            )
        )
    return found


def barred(case: Case, event: EventKind, calendar: WorkCalendar, day: date) -> Refusal | None:
    """Why ``event`` may not happen on ``day``, whatever its facts; None if it may."""
    step = statute.BY_EVENT[event]
    if not machine.may(case.state, event):
        return Refusal(_why_not(case.state, event), step.article)
    if day < case.received:
        return Refusal(f"{day} 早于收到日期 {case.received}", step.article)
    bar = cases.bar(case, event)
    if bar is not None:
        return bar
    late = _too_late(case, event, calendar, day)
    if late is not None:
        return late
    if event is EventKind.LAPSE and day <= (until := _waited_until(case, calendar)):
        return Refusal(f"期限 {until} 尚未届满", step.article)
    return None


def _waited_until(case: Case, calendar: WorkCalendar) -> date:
    """The first of the last days of what is waited for, after which something has lapsed."""
    facts = case.clock_facts()
    ends = [c.until for c in facts.corrections if c.received is None and c.until is not None]
    ends += [clock.payment_due(fee, calendar) for fee in facts.fees if fee.paid is None]
    return min(ends, default=case.received)


# Steps that the law no longer allows after their last day; a reply that is late is still owed.
_STRICT = {
    EventKind.ASK_CORRECTION: "告知补正",
    EventKind.EXTEND: "告知延期",
    EventKind.BILL: "收费通知",
}


def _why_not(state: State, event: EventKind) -> str:
    needs = {
        EventKind.CORRECT: "没有等待中的补正",
        EventKind.OPINIONS_IN: "没有进行中的征求意见",
        EventKind.PAY: "没有等待中的缴费",
        EventKind.LAPSE: "没有逾期未补正或者逾期未缴费",
    }
    if statute.working_state(state) is None:
        return f"办件“{state.label}”，已经办结"
    return needs.get(event, f"办件“{state.label}”，应先收齐或者了结所等待的事项")


def last_day(case: Case, event: EventKind, calendar: WorkCalendar) -> date | None:
    """The last day for ``event`` under the law, None where there is none or it cannot be told yet."""
    facts = case.clock_facts()
    match event:
        case EventKind.ASK_CORRECTION:
            return calendar.nth(case.received, clock.ASK_CORRECTION_DAYS)
        case EventKind.EXTEND:
            return clock.reckon(replace(facts, extensions=()), calendar, case.received).reply_due
        case EventKind.DECIDE | EventKind.BILL:
            return clock.reckon(facts, calendar, case.received).reply_due
        case EventKind.CORRECT:
            return next((c.until for c in facts.corrections if c.received is None), None)
        case EventKind.PAY:
            return next((clock.payment_due(f, calendar) for f in facts.fees if f.paid is None), None)
        case EventKind.OPINIONS_IN:
            windows = [clock.opinion_window_end(c, calendar) for c in facts.consultations if c.ended is None]
            return min((w for w in windows if w is not None), default=None)
        case _:
            return None


def follow(
    case: Case | None, happening: Happening, calendar: WorkCalendar, *, recorded: bool
) -> tuple[Case, Refusal | None]:
    """The case after one more happening, and what was irregular about it: ``case.follow`` with the days looked at too.

    ``recorded`` admits an irregular step of the past. Raises Refusal where the law does not allow the step, and in
    any case where its dates cannot be true.
    """
    late = None if case is None else _late(case, happening, calendar)
    if late is not None and not recorded:
        raise late
    after, irregular = cases.follow(case, happening, recorded=recorded)
    return after, irregular or late


def _late(case: Case, happening: Happening, calendar: WorkCalendar) -> Refusal | None:
    """What bars a step by its day alone: too late for a strict one, too early for a lapse."""
    if happening.event is EventKind.LAPSE and happening.facts["outcome"] is Outcome.OTHER_FEE_UNPAID:
        unpaid = [clock.payment_due(fee, calendar) for fee in case.clock_facts().fees if fee.paid is None]
        if unpaid and happening.happened_on <= max(unpaid):
            return Refusal(f"缴费期限 {max(unpaid)} 尚未届满，不能按逾期未缴费办结", "信息处理费管理办法第六条")
    return _too_late(case, happening.event, calendar, happening.happened_on)


def _too_late(case: Case, event: EventKind, calendar: WorkCalendar, day: date) -> Refusal | None:
    if event in _STRICT and (last := last_day(case, event, calendar)) is not None and day > last:
        return Refusal(f"{_STRICT[event]} {day} 晚于期限 {last}", statute.BY_EVENT[event].article)
    return None
