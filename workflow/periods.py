"""The deadlines of a case as they are stored: every period that the law sets for it, open and done. Pure.

What is stored changes only with an event: no window is closed here by the mere passing of days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.vocabulary import DeadlineKind, DeadlineState, Procedure, ReviewKind, RulingForm, State
from workflow import clock, intake
from workflow.calendar import WorkCalendar
from workflow.case import Case, ReviewRecord

ANSWER_DAYS = {Procedure.ORDINARY: 10, Procedure.SIMPLIFIED: 5}
"""Working days for the agency's answer in a reconsideration (行政复议法 Arts. 48, 54, 88)."""

DEFENCE_DAYS = 15
"""Calendar days for defence and evidence in a lawsuit (行政诉讼法 Art. 67)."""

APPEAL_DAYS = {RulingForm.JUDGMENT: 15, RulingForm.ORDER: 10}
"""Calendar days for an appeal (行政诉讼法 Art. 85)."""


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline of a case as it is stored: ``round`` counts the deadlines of one kind from 1."""

    kind: DeadlineKind
    round: int
    state: DeadlineState
    due_on: date | None
    done_on: date | None
    article: str
    provisional: bool

    def to_json(self) -> dict[str, Any]:
        """What others are told of it, as plain JSON: in the interface, in a dossier, in a bundle."""
        return {
            "kind": self.kind.value,
            "label": self.kind.label,
            "round": self.round,
            "state": self.state.value,
            "due": self.due_on and self.due_on.isoformat(),
            "done": self.done_on and self.done_on.isoformat(),
            "article": self.article,
        }


def receipt(case: Case, calendar: WorkCalendar, as_of: date, choices: intake.Choices) -> intake.Receipt | None:
    """What Article 31 says of the day of receipt, from the evidence that the case holds; None if there is none."""
    if case.intake is None:
        return None
    known = case.intake
    days = [known.submitted, known.arrived, known.confirmed, *known.attempts, case.entered, as_of]
    return intake.receipt(known, calendar, max(day for day in days if day is not None), choices)


def deadlines(case: Case, calendar: WorkCalendar) -> tuple[DeadlineRow, ...]:
    """Every deadline of the case, open and done, by the clock; that of the present round's reply comes last.

    A case whose day of receipt is not settled has no reply period yet; a void one has no deadline at all.
    """
    if case.state is State.VOID:
        return ()
    if case.received is None:
        return tuple(_confirmation(case, calendar))
    found = [*_of_reviews(case, calendar), *_reevaluation(case)]
    last = len(case.reopenings)
    for number in range(last + 1):
        view = case if number == last else case.as_round_ended(number)
        found += _of_round(view, calendar, number + 1, case)
    return tuple(found)


def reply(rows: tuple[DeadlineRow, ...]) -> DeadlineRow | None:
    """The deadline of the reply that is owed, or was the last to be."""
    return rows[-1] if rows and rows[-1].kind is DeadlineKind.REPLY else None


def _of_round(view: Case, calendar: WorkCalendar, number: int, case: Case) -> Iterator[DeadlineRow]:
    """The deadlines of one round; those that come several times are counted through all rounds."""
    is_open = view.ended() is None and case.is_open()
    for kind, place, due, done, article in _periods(view, calendar, number):
        waits = DeadlineState.OPEN if is_open and due is not None else DeadlineState.SUSPENDED
        state = DeadlineState.DONE if done is not None else waits
        yield DeadlineRow(kind, place, state, due, done, article, due is not None and calendar.is_provisional(due))


_Period = tuple[DeadlineKind, int, date | None, date | None, str]


def _periods(view: Case, calendar: WorkCalendar, number: int) -> Iterator[_Period]:
    """Kind, place, last day, day done and article of each period of a round, that of the reply last."""
    facts = view.clock_facts()
    asked = next((c.asked for c in facts.corrections), None)
    if facts.origin == "request" and (asked is not None or (view.ended() is None and not clock.is_stopped(facts))):
        yield _period(DeadlineKind.ASK_CORRECTION, number, clock.ask_correction_due(facts, calendar), asked)
    yield from _repeated(view, facts, calendar)
    # On the first day no window can have run out by itself.
    due = clock.reply_due(facts, calendar, as_of=facts.received)
    yield DeadlineKind.REPLY, number, due, view.ended(), clock.reply_article(facts)


def _period(kind: DeadlineKind, place: int, due: date | None, done: date | None) -> _Period:
    return kind, place, due, done, clock.ARTICLES[kind]


def _repeated(view: Case, facts: clock.Facts, calendar: WorkCalendar) -> Iterator[_Period]:
    """The periods that a case may have several of."""
    for place, correction in enumerate(facts.corrections, _first(view, "corrections")):
        due = clock.correction_due(correction, calendar)
        if due is not None:
            yield _period(DeadlineKind.CORRECTION, place, due, correction.received)
    for inquiry in view.of_round("inquiries"):
        window = clock.opinion_window_end(inquiry.consultation(), calendar)
        if window is not None:
            yield DeadlineKind.OPINION, inquiry.number, window, inquiry.ended, clock.OPINION_ARTICLES[inquiry.kind]
    for place, reasons in enumerate(view.of_round("reasons"), _first(view, "reasons")):
        if reasons.until is not None:
            yield _period(DeadlineKind.REASONS, place, reasons.until, reasons.received)
    for place, fee in enumerate(facts.fees, _first(view, "fees")):
        yield _period(DeadlineKind.PAYMENT, place, clock.payment_due(fee, calendar), fee.paid)


def _first(view: Case, name: str) -> int:
    """The place of a round's first item in the whole list, from 1."""
    return 1 + (view.reopenings[-1].before.get(name, 0) if view.reopenings else 0)


def _confirmation(case: Case, calendar: WorkCalendar) -> Iterator[DeadlineRow]:
    """与申请人确认 (Art. 31): by the end of the day on which the request came."""
    found = receipt(case, calendar, case.entered, intake.Choices())
    if found is None or found.confirm_by is None:
        return
    due = found.confirm_by
    provisional = calendar.is_provisional(due)
    yield DeadlineRow(DeadlineKind.CONFIRM, 1, DeadlineState.OPEN, due, None, "条例第三十一条", provisional)


def _of_reviews(case: Case, calendar: WorkCalendar) -> Iterator[DeadlineRow]:
    for review in case.reviews:
        for kind, due, done, article in _review_periods(review, calendar):
            waits = DeadlineState.OPEN if review.concluded is None else DeadlineState.SUSPENDED
            state = DeadlineState.DONE if done is not None else waits
            yield DeadlineRow(kind, review.number, state, due, done, article, calendar.is_provisional(due))


def _review_periods(
    review: ReviewRecord, calendar: WorkCalendar
) -> Iterator[tuple[DeadlineKind, date, date | None, str]]:
    if review.copy_received is not None:
        if review.kind is ReviewKind.RECONSIDERATION:
            procedure = review.procedure or Procedure.ORDINARY
            article = "行政复议法第五十四条" if procedure is Procedure.SIMPLIFIED else "行政复议法第四十八条"
            due = calendar.nth(review.copy_received, ANSWER_DAYS[procedure])
            yield DeadlineKind.REVIEW_ANSWER, due, review.answered, article
        else:
            due = _calendar_days(review.copy_received, DEFENCE_DAYS, calendar)
            yield DeadlineKind.DEFENCE, due, review.answered, "行政诉讼法第六十七条"
    if review.judged is not None and review.ruling_form is not None:
        due = _calendar_days(review.judged, APPEAL_DAYS[review.ruling_form], calendar)
        yield DeadlineKind.APPEAL, due, review.appealed, "行政诉讼法第八十五条"


def _calendar_days(after: date, days: int, calendar: WorkCalendar) -> date:
    """The last of ``days`` calendar days; a day off rolls on to the next working day (民法典 Art. 203)."""
    last = after + timedelta(days)
    while not calendar.is_workday(last):
        last += timedelta(1)
    return last


def _reevaluation(case: Case) -> Iterator[DeadlineRow]:
    """不予公开信息的定期评估 (Art. 18): whether what was withheld may be released by now."""
    due = case.reevaluate_on
    if due is not None and not case.is_open():
        # A date by months: no calendar moves it.
        yield DeadlineRow(
            DeadlineKind.REEVALUATION, 1, DeadlineState.OPEN, due, None, "条例第十八条", provisional=False
        )
