"""A case folded from its events: what it waits for, what the clock needs, how it ended. Pure.

``Case`` is what one reads out of the log; it is stored beside the log as a snapshot, and ``verify`` folds it
again. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from models.vocabulary import (
    ApplicantKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Outcome,
    ReviewKind,
    ReviewResult,
    State,
)
from workflow import clock, machine, statute
from workflow.calendar import WorkCalendar
from workflow.faults import Refusal


@dataclass(frozen=True, slots=True)
class FeeNotice:
    """收费通知 of a case, in yuan: received by the applicant on, billed; received in all, the last of it on.

    ``paid`` is the day on which it was paid in full; a part of it restarts no period (办法 Art. 6).
    """

    notified: date
    billed_yuan: Decimal
    paid: date | None = None
    received_yuan: Decimal | None = None
    received: date | None = None


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """行政复议 or 行政诉讼 of a case: accepted on (受理), result, concluded on (结案)."""

    kind: ReviewKind
    accepted: date
    result: ReviewResult = ReviewResult.PENDING
    concluded: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A request as its events have made it. ``received`` is 收到申请之日 (Art. 31)."""

    number: str
    applicant_kind: ApplicantKind
    subject: str
    received: date
    state: State = State.RECEIVED
    ledger_digest: str | None = None
    corrections: tuple[clock.Correction, ...] = ()
    consultations: tuple[clock.Consultation, ...] = ()
    extensions: tuple[clock.Extension, ...] = ()
    fees: tuple[FeeNotice, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    outcome: Outcome | None = None
    closed: date | None = None
    reply_number: str | None = None
    carried_over: tuple[int, ...] = ()

    def clock_facts(self) -> clock.Facts:
        """What the clock needs to know of this case."""
        return clock.Facts(
            received=self.received,
            corrections=self.corrections,
            consultations=self.consultations,
            extensions=self.extensions,
            fees=tuple(clock.Fee(f.notified, f.paid) for f in self.fees),
        )

    def waits_in(self) -> State:
        """The working state that what is still waited for puts the case in: a correction stands first."""
        waiting = {
            State.PENDING_CORRECTION: any(c.received is None for c in self.corrections),
            State.AWAITING_FEE: any(f.paid is None for f in self.fees),
            State.CONSULTING: any(c.ended is None for c in self.consultations),
            State.RECEIVED: True,
        }
        return next(state for state in statute.WAITS_BY_RANK if waiting[state])

    def is_open(self) -> bool:
        """Whether the case has not ended."""
        return self.closed is None


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a case: the event, its day in law, and its typed facts."""

    event: EventKind
    happened_on: date
    facts: Mapping[str, Any] = field(default_factory=dict)


def register(happening: Happening) -> Case:
    """The case that a registration (登记) makes; its day is 收到申请之日."""
    facts = happening.facts
    return Case(
        number=facts["number"],
        applicant_kind=facts["applicant_kind"],
        subject=facts["subject"],
        received=happening.happened_on,
        ledger_digest=facts.get("ledger_digest"),
    )


def follow(case: Case | None, happening: Happening, *, recorded: bool) -> tuple[Case, Refusal | None]:
    """The case after one more happening, the first of which registers it, and what was irregular about it.

    ``recorded`` admits an irregular step of the past, such as an old ledger holds. Raises Refusal, with the
    article, where the law does not allow the step, and in any case where its dates cannot be true.
    """
    if case is None:
        return register(happening), None
    try:
        return apply(case, happening), None
    except Refusal as refusal:
        if not recorded:
            raise
        return apply(case, happening, recorded=True), refusal


def apply(case: Case, happening: Happening, *, recorded: bool = False) -> Case:
    """The case after one more happening. Raises Refusal as :func:`follow` does."""
    step = statute.BY_EVENT[happening.event]
    if happening.event not in _EFFECTS:
        raise Refusal(f"办件已登记，不能再次“{happening.event.label}”", step.article)
    if happening.happened_on < case.received:
        raise Refusal(f"{happening.event.label}日期 {happening.happened_on} 早于收到日期 {case.received}", step.article)
    after = _EFFECTS[happening.event](case, happening)
    outcome = happening.facts.get("outcome")
    if outcome is not None and statute.ENDING[outcome] is not happening.event:
        ending = statute.ENDING[outcome]
        raise Refusal(
            f"办理结果“{outcome.label}”应由“{ending.label}”作出，不是“{happening.event.label}”",
            statute.OUTCOMES[outcome].article,
        )
    if not recorded:
        barred = bar(case, happening.event)
        if barred is not None:
            raise barred
        if happening.event in _RULES:
            _RULES[happening.event](case, happening)
    state = machine.advance(case.state, happening.event, after.waits_in(), outcome, recorded=recorded)
    return replace(after, state=state)


def _last_open(items: tuple[Any, ...], attribute: str, event: EventKind) -> int:
    for index in range(len(items) - 1, -1, -1):
        if getattr(items[index], attribute) is None:
            return index
    step = statute.BY_EVENT[event]
    raise Refusal(f"没有等待中的事项，不能“{event.label}”", step.article)


def _replaced(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _in_order(event: EventKind, day: date, earlier: date, what: str) -> None:
    if day < earlier:
        raise Refusal(f"{event.label}日期 {day} 早于{what} {earlier}", statute.BY_EVENT[event].article)


def _ask_correction(case: Case, happening: Happening) -> Case:
    until = happening.facts.get("until")
    if until is not None:
        _in_order(happening.event, until, happening.happened_on, "告知日期")
    asked = clock.Correction(happening.happened_on, until)
    return replace(case, corrections=(*case.corrections, asked))


def _correct(case: Case, happening: Happening) -> Case:
    index = _last_open(case.corrections, "received", happening.event)
    asked = case.corrections[index]
    _in_order(happening.event, happening.happened_on, asked.asked, "告知补正日期")
    corrected = replace(asked, received=happening.happened_on)
    return replace(case, corrections=_replaced(case.corrections, index, corrected))


def _consult(case: Case, happening: Happening) -> Case:
    delivered = happening.facts.get("delivered")
    if delivered is not None:
        _in_order(happening.event, delivered, happening.happened_on, "发出日期")
    sent = clock.Consultation(happening.happened_on, delivered)
    return replace(case, consultations=(*case.consultations, sent))


def _numbered(case_items: tuple[Any, ...], number: int, event: EventKind) -> int:
    if not 1 <= number <= len(case_items):
        step = statute.BY_EVENT[event]
        raise Refusal(f"没有第 {number} 次可供“{event.label}”，共有 {len(case_items)} 次", step.article)
    return number - 1


def _opinions_in(case: Case, happening: Happening) -> Case:
    index = _numbered(case.consultations, happening.facts["consultation"], happening.event)
    sent = case.consultations[index]
    if sent.ended is not None:
        step = statute.BY_EVENT[happening.event]
        raise Refusal(f"第 {index + 1} 次征求意见已于 {sent.ended} 结束", step.article)
    _in_order(happening.event, happening.happened_on, sent.sent, "发出日期")
    ended = replace(sent, ended=happening.happened_on)
    return replace(case, consultations=_replaced(case.consultations, index, ended))


def _extend(case: Case, happening: Happening) -> Case:
    days = happening.facts["working_days"]
    if not 1 <= days <= clock.EXTENSION_MOST:
        raise Refusal(f"延期 {days} 个工作日，应为 1 至 {clock.EXTENSION_MOST}", "条例第三十三条第二款")
    return replace(case, extensions=(*case.extensions, clock.Extension(happening.happened_on, days)))


def _bill(case: Case, happening: Happening) -> Case:
    notice = FeeNotice(happening.happened_on, happening.facts["billed_yuan"])
    return replace(case, fees=(*case.fees, notice))


def _pay(case: Case, happening: Happening) -> Case:
    index = _last_open(case.fees, "paid", happening.event)
    notice = case.fees[index]
    _in_order(happening.event, happening.happened_on, notice.notified, "收费通知日期")
    if notice.received is not None:
        _in_order(happening.event, happening.happened_on, notice.received, "上次缴费日期")
    total = (notice.received_yuan or Decimal(0)) + happening.facts["received_yuan"]
    paid = replace(
        notice,
        received_yuan=total,
        received=happening.happened_on,
        paid=happening.happened_on if total >= notice.billed_yuan else None,
    )
    return replace(case, fees=_replaced(case.fees, index, paid))


def _end(case: Case, happening: Happening) -> Case:
    for what, day in _steps_taken(case):
        _in_order(happening.event, happening.happened_on, day, what)
    return replace(
        case,
        outcome=happening.facts["outcome"],
        closed=happening.happened_on,
        reply_number=happening.facts.get("reply_number"),
    )


def _steps_taken(case: Case) -> Iterator[tuple[str, date]]:
    """The steps of a case with their days; nothing of it can come after its end."""
    for correction in case.corrections:
        yield "告知补正日期", correction.asked
        if correction.received is not None:
            yield "收到补正日期", correction.received
    for consultation in case.consultations:
        yield "发出征求意见日期", consultation.sent
        if consultation.ended is not None:
            yield "意见收齐日期", consultation.ended
    for extension in case.extensions:
        yield "告知延期日期", extension.told
    for fee in case.fees:
        yield "收费通知日期", fee.notified
        if fee.received is not None:
            yield "缴费日期", fee.received


def _carry_over(case: Case, happening: Happening) -> Case:
    year = happening.facts["year"]
    if year in case.carried_over:
        raise Refusal(f"{year} 年度已结转", statute.BY_EVENT[happening.event].article)
    return replace(case, carried_over=(*case.carried_over, year))


def _unchanged(case: Case, _: Happening) -> Case:
    return case


def _open_review(case: Case, happening: Happening) -> Case:
    opened = ReviewRecord(happening.facts["review_kind"], happening.happened_on)
    return replace(case, reviews=(*case.reviews, opened))


def _conclude_review(case: Case, happening: Happening) -> Case:
    index = _numbered(case.reviews, happening.facts["review"], happening.event)
    opened = case.reviews[index]
    step = statute.BY_EVENT[happening.event]
    if opened.concluded is not None:
        raise Refusal(f"第 {index + 1} 件复议诉讼已于 {opened.concluded} 审结", step.article)
    if happening.facts["result"] is ReviewResult.PENDING:
        raise Refusal("审结的结果不能是“尚未审结”", step.article)
    _in_order(happening.event, happening.happened_on, opened.accepted, "受理日期")
    concluded = replace(opened, result=happening.facts["result"], concluded=happening.happened_on)
    return replace(case, reviews=_replaced(case.reviews, index, concluded))


_EFFECTS = {
    EventKind.ASK_CORRECTION: _ask_correction,
    EventKind.CORRECT: _correct,
    EventKind.CONSULT: _consult,
    EventKind.OPINIONS_IN: _opinions_in,
    EventKind.EXTEND: _extend,
    EventKind.BILL: _bill,
    EventKind.PAY: _pay,
    EventKind.DECIDE: _end,
    EventKind.LAPSE: _end,
    EventKind.CLOSE: _end,
    EventKind.CARRY_OVER: _carry_over,
    EventKind.RECALCULATE: _unchanged,
    EventKind.OPEN_REVIEW: _open_review,
    EventKind.CONCLUDE_REVIEW: _conclude_review,
}


def bar(case: Case, event: EventKind) -> Refusal | None:
    """What bars ``event`` beyond the state of the case, whatever its facts; the past may be recorded all the same."""
    if event is EventKind.ASK_CORRECTION and case.corrections:
        return Refusal(f"已于 {case.corrections[-1].asked} 告知补正，应当一次性告知", "条例第三十条")
    if event is EventKind.EXTEND:
        start = clock.reply_clock_start(case.clock_facts())
        told = [extension.told for extension in case.extensions if extension.told >= start]
        if told:
            return Refusal(f"已于 {told[-1]} 告知延期，只能延期一次", "条例第三十三条第二款")
    if event is EventKind.OPINIONS_IN and all(c.ended is not None for c in case.consultations):
        return Refusal("没有进行中的征求意见", "条例第三十二条")
    if event is EventKind.CONCLUDE_REVIEW and all(r.concluded is not None for r in case.reviews):
        return Refusal("没有尚未审结的复议诉讼", "条例第五十一条")
    return None


def _unclear_after_correction(case: Case, happening: Happening) -> None:
    if happening.facts["outcome"] is Outcome.UNAVAILABLE_STILL_UNCLEAR and not any(
        correction.received is not None for correction in case.corrections
    ):
        raise Refusal("没有收到过补正，不能以“补正后申请内容仍不明确”答复", "条例第二十九条、第三十条")


def _lapsed(case: Case, happening: Happening) -> None:
    """视为放弃 needs its own cause: a correction not made in time, or a fee not paid."""
    if happening.facts["outcome"] is Outcome.OTHER_FEE_UNPAID:
        if all(fee.paid is not None for fee in case.fees):
            raise Refusal("没有未缴的收费通知，不能按逾期未缴费办结", "信息处理费管理办法第六条")
        return
    asked = [correction for correction in case.corrections if correction.received is None]
    if not asked:
        raise Refusal("没有未收到的补正，不能按逾期不补正办结", "条例第三十条")
    until = asked[-1].until
    if until is not None and happening.happened_on <= until:
        raise Refusal(f"补正期限 {until} 尚未届满，不能按逾期不补正办结", "条例第三十条")


_RULES = {
    EventKind.DECIDE: _unclear_after_correction,
    EventKind.LAPSE: _lapsed,
}
"""What the law asks of the facts of a step; the past may be recorded all the same."""


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


def deadlines(case: Case, calendar: WorkCalendar) -> tuple[DeadlineRow, ...]:
    """Every deadline of the case, open and done, by the clock; that of the reply comes last.

    The window of a consultation is not closed by the mere passing of days here: what is stored changes only with
    an event, so the answer depends on the case and the calendar alone.
    """
    facts = case.clock_facts()
    # On the day of receipt no window can have run out by itself.
    reckoning = clock.reckon(facts, calendar, as_of=case.received)
    ask_due = calendar.nth(case.received, clock.ASK_CORRECTION_DAYS)
    asked = next((c.asked for c in case.corrections), None)
    found: list[tuple[DeadlineKind, int, date | None, date | None]] = []
    if asked is not None or (case.is_open() and reckoning.state != "stopped"):
        found.append((DeadlineKind.ASK_CORRECTION, 1, ask_due, asked))
    found += [
        (DeadlineKind.CORRECTION, number, c.until, c.received)
        for number, c in enumerate(case.corrections, 1)
        if c.until is not None
    ]
    found += [
        (DeadlineKind.OPINION, number, window_end, c.ended)
        for number, c in enumerate(case.consultations, 1)
        if (window_end := clock.opinion_window_end(c, calendar)) is not None
    ]
    found += [
        (DeadlineKind.PAYMENT, number, clock.payment_due(fee, calendar), fee.paid)
        for number, fee in enumerate(facts.fees, 1)
    ]
    found.append((DeadlineKind.REPLY, 1, reckoning.reply_due, case.closed))
    return tuple(
        DeadlineRow(
            kind,
            number,
            _deadline_state(case, due, done),
            due,
            done,
            clock.ARTICLES[kind],
            due is not None and calendar.is_provisional(due),
        )
        for kind, number, due, done in found
    )


def _deadline_state(case: Case, due: date | None, done: date | None) -> DeadlineState:
    if done is not None:
        return DeadlineState.DONE
    return DeadlineState.OPEN if case.is_open() and due is not None else DeadlineState.SUSPENDED


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, _ITEMS):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value


_ITEMS = (clock.Correction, clock.Consultation, clock.Extension, FeeNotice, ReviewRecord)


def to_snapshot(case: Case) -> dict[str, Any]:
    """The case as plain JSON, the form in which it is stored beside its log."""
    return {f.name: _plain(getattr(case, f.name)) for f in fields(case)}


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _yuan(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _optional(make: Any, value: Any) -> Any:
    return None if value is None else make(value)


def _identity(value: Any) -> Any:
    return value


def _items(item: type, readers: Mapping[str, Any], values: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(item(**{name: readers[name](value[name]) for name in readers}) for value in values)


_READERS: Mapping[str, Any] = {
    "number": _identity,
    "applicant_kind": ApplicantKind,
    "subject": _identity,
    "received": _day,
    "state": State,
    "ledger_digest": _identity,
    "corrections": partial(_items, clock.Correction, {"asked": _day, "until": _day, "received": _day}),
    "consultations": partial(_items, clock.Consultation, {"sent": _day, "delivered": _day, "ended": _day}),
    "extensions": partial(_items, clock.Extension, {"told": _day, "working_days": _identity}),
    "fees": partial(
        _items,
        FeeNotice,
        {"notified": _day, "billed_yuan": _yuan, "paid": _day, "received_yuan": _yuan, "received": _day},
    ),
    "reviews": partial(
        _items,
        ReviewRecord,
        {"kind": ReviewKind, "accepted": _day, "result": ReviewResult, "concluded": _day},
    ),
    "outcome": partial(_optional, Outcome),
    "closed": _day,
    "reply_number": _identity,
    "carried_over": tuple,
}


def from_snapshot(snapshot: Mapping[str, Any]) -> Case:
    """The case that :func:`to_snapshot` wrote."""
    return Case(**{name: read(snapshot[name]) for name, read in _READERS.items()})
