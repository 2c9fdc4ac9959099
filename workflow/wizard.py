"""The seven steps held against a case: which answers its facts forbid, and which would be asked about. Pure.

Nothing here knows the law by itself: an answer is weighed as the step that it leads to would be, by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from models.vocabulary import ConsultationKind, EventKind, Ground, Matter, Means, Outcome
from workflow import options, rules
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import Refusal
from workflow.practice import Practice
from workflow.seven_steps import FIRST, Answer, Walk, asked_for


@dataclass(frozen=True, slots=True)
class Weighed:
    """An answer for a case: why it cannot be given, what would be asked about it, and what has to come first."""

    answer: Answer
    refusal: Refusal | None
    warnings: tuple[str, ...]
    first: tuple[EventKind, ...] = ()


def is_for(case: Case) -> bool:
    """Whether the seven steps lead anywhere: an open request for information whose day of receipt is settled."""
    return case.matter is Matter.DISCLOSURE and case.received is not None and case.is_open()


def weigh(case: Case, walk: Walk, calendar: WorkCalendar, day: date, practice: Practice) -> list[Weighed]:
    """Every answer to the question that is next, weighed for a case on a day; nothing where the way has ended."""
    return [] if walk.next is None else [_weigh(case, each, calendar, day, practice) for each in walk.next.answers]


def refused(case: Case, walk: Walk, calendar: WorkCalendar, day: date, practice: Practice) -> Refusal | None:
    """Why a way that was taken cannot be gone: the first of its answers that the case's facts forbid."""
    weighed = (_weigh(case, answer, calendar, day, practice) for _, answer in walk.taken)
    return next((each.refusal for each in weighed if each.refusal is not None), None)


def _weigh(case: Case, answer: Answer, calendar: WorkCalendar, day: date, practice: Practice) -> Weighed:
    if answer.step is not None:
        return _weigh_step(case, answer, calendar, day, practice)
    warnings = [*_doubts(case, answer)]
    outcome = answer.outcome or answer.like
    if outcome is None:
        return Weighed(answer, None, tuple(warnings))
    happening = _reply(outcome, answer.ground, day)
    # That no reply at all can be given today is said once for all answers, not for each.
    refusal = None
    if answer.like is None or outcome is Outcome.REFUSED_THIRD_PARTY:
        seen, reply = options.if_approved(case, happening, practice)
        refusal = rules.against(seen, reply) or rules.lacking(seen, reply, calendar, practice)
    warnings += rules.not_asked(case, happening)
    first = FIRST.get(answer.ground or outcome, ()) if refusal is not None or warnings else ()
    possible = tuple(event for event in first if options.barred(case, event, calendar, day, practice) is None)
    return Weighed(answer, refusal, tuple(warnings), possible)


def _weigh_step(case: Case, answer: Answer, calendar: WorkCalendar, day: date, practice: Practice) -> Weighed:
    """An answer that leads to another step: whether the law allows this step on the day."""
    if answer.step is None:
        raise ValueError("an answer that leads to no step")
    refusal = options.barred(case, answer.step, calendar, day, practice)
    warnings = list(_doubts(case, answer))
    given = dict(answer.given).get("outcome")
    if refusal is None and answer.step is EventKind.LAPSE and given is not None:
        happening = Happening(answer.step, day, {"outcome": Outcome(given)})
        refusal = rules.against(case, happening) or rules.lacking(case, happening, calendar, practice)
    if refusal is None and answer.step is EventKind.ASK_CORRECTION and case.corrections:
        once = rules.against(case, Happening(answer.step, day))
        if once is not None and practice.second_correction:
            warnings.append(f"{once}，再次告知的须写明破例理由")
        else:
            refusal = once
    return Weighed(answer, refusal, tuple(warnings))


def _reply(outcome: Outcome, ground: Ground | None, day: date) -> Happening:
    """A reply with all that its letter must say: what is left to refuse is what the log lacks."""
    facts: dict[str, Any] = {"outcome": outcome, "means": Means.POST_EMS}
    if ground is not None:
        facts["ground"] = ground
    facts |= dict.fromkeys(asked_for(facts), "写明")
    return Happening(EventKind.DECIDE, day, facts)


def _doubts(case: Case, answer: Answer) -> list[str]:
    """What the log says otherwise, without forbidding the answer."""
    said = []
    if answer.name == "held" and case.searches and not case.searches[-1].found:
        said.append(f"{case.searches[-1].on} 的检索记录是没有找到（条例第三十六条第（四）项）")
    asked = [i for i in case.of_round("inquiries") if i.kind is ConsultationKind.THIRD_PARTY]
    if answer.name == "ask_third_party" and asked:
        said.append(f"已于 {asked[-1].sent} 征求过第三方意见，确有其他第三方的再征求（条例第三十二条）")
    if answer.name == "clear" and any(each.received is None for each in case.of_round("corrections")):
        said.append("已经告知补正，还没有收到补正（条例第三十条）")
    return said
