"""The fold of a case: what each happening makes of it, what the law refuses, its snapshot, its deadlines."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from workflow.calendar import WorkCalendar, national_calendar
from workflow.case import (
    Case,
    DeadlineRow,
    FeeNotice,
    Happening,
    ReviewRecord,
    apply,
    deadlines,
    from_snapshot,
    register,
    to_snapshot,
)
from workflow.clock import Consultation, Correction, Extension
from workflow.faults import Refusal

NATIONAL = national_calendar()
D = date.fromisoformat
RECEIVED = D("2026-03-02")

REGISTRATION = Happening(
    EventKind.REGISTER,
    RECEIVED,
    {"number": "〔2026〕1号", "applicant_kind": ApplicantKind.COMPANY, "subject": "某路段的征收决定"},
)


def then(event: EventKind | str, day: str, **facts: Any) -> Happening:
    return Happening(EventKind(event), D(day), facts)


def folded(*happenings: Happening, of: Case | None = None, recorded: bool = False) -> Case:
    case = of or register(REGISTRATION)
    for happening in happenings:
        case = apply(case, happening, recorded=recorded)
    return case


def refused(happening: Happening, of: Case, *, recorded: bool = False) -> Refusal:
    with pytest.raises(Refusal) as raised:
        apply(of, happening, recorded=recorded)
    assert raised.value.article, "a refusal names its article"
    return raised.value


ASKED = then("ask_correction", "2026-03-05", until=D("2026-03-19"))
CORRECTED = then("correct", "2026-03-18")
CONSULTED = then("consult", "2026-03-10", delivered=D("2026-03-11"))
OPINIONS = then("opinions_in", "2026-03-24", consultation=1)
EXTENDED = then("extend", "2026-03-26", working_days=10)
BILLED = then("bill", "2026-03-12", billed_yuan=Decimal(2000))
PAID = then("pay", "2026-03-20", received_yuan=Decimal(2000))
GRANTED = then("decide", "2026-03-27", outcome=Outcome.GRANTED, reply_number="告〔2026〕1号")
LAPSED = then("lapse", "2026-03-20", outcome=Outcome.OTHER_NOT_CORRECTED)
WITHDRAWN = then("close", "2026-03-20", outcome=Outcome.OTHER_MISC)
REVIEWED = then("open_review", "2026-04-20", review_kind=ReviewKind.RECONSIDERATION)
UPHELD = then("conclude_review", "2026-06-15", review=1, result=ReviewResult.UPHELD)


# --- What each happening makes of a case --------------------------------------------------------------------------------------


def test_art31_the_day_of_registration_is_the_day_of_receipt() -> None:
    case = register(REGISTRATION)
    assert case == Case("〔2026〕1号", ApplicantKind.COMPANY, "某路段的征收决定", RECEIVED)
    assert case.state is State.RECEIVED
    assert case.is_open()


def test_art30_a_correction_is_asked_for_waited_for_and_received() -> None:
    waiting = folded(ASKED)
    assert waiting.state is State.PENDING_CORRECTION
    assert waiting.corrections == (Correction(D("2026-03-05"), D("2026-03-19")),)
    corrected = folded(CORRECTED, of=waiting)
    assert corrected.state is State.RECEIVED
    assert corrected.corrections == (Correction(D("2026-03-05"), D("2026-03-19"), D("2026-03-18")),)


def test_art32_opinions_are_sought_in_several_places_and_each_comes_in_by_its_number() -> None:
    both = folded(CONSULTED, then("consult", "2026-03-12"))
    first_in = folded(then("opinions_in", "2026-03-20", consultation=2), of=both)
    assert first_in.state is State.CONSULTING
    assert first_in.consultations == (
        Consultation(D("2026-03-10"), D("2026-03-11")),
        Consultation(D("2026-03-12"), None, D("2026-03-20")),
    )
    assert folded(OPINIONS, of=first_in).state is State.RECEIVED


def test_art33_an_extension_is_kept_and_moves_no_state() -> None:
    assert folded(EXTENDED).extensions == (Extension(D("2026-03-26"), 10),)
    assert folded(EXTENDED).state is State.RECEIVED
    assert folded(CONSULTED, EXTENDED).state is State.CONSULTING


def test_fee_art6_a_fee_is_billed_waited_for_and_paid() -> None:
    assert folded(BILLED).state is State.AWAITING_FEE
    paid = folded(BILLED, PAID)
    assert paid.state is State.RECEIVED
    assert paid.fees == (FeeNotice(D("2026-03-12"), Decimal(2000), D("2026-03-20"), Decimal(2000), D("2026-03-20")),)
    assert paid.clock_facts().fees == (clock.Fee(D("2026-03-12"), D("2026-03-20")),)


def test_art36_a_reply_ends_the_case() -> None:
    case = folded(GRANTED)
    assert (case.state, case.outcome, case.closed) == (State.DISCLOSED, Outcome.GRANTED, D("2026-03-27"))
    assert case.reply_number == "告〔2026〕1号"
    assert not case.is_open()


def test_a_correction_stands_before_a_fee_and_a_fee_before_an_opinion() -> None:
    consulting = folded(CONSULTED)
    correction_too = folded(then("ask_correction", "2026-03-11"), of=consulting)
    assert correction_too.state is State.PENDING_CORRECTION
    fee_too = folded(BILLED, of=consulting)
    assert fee_too.state is State.AWAITING_FEE
    assert folded(PAID, of=fee_too).state is State.CONSULTING
    assert folded(CORRECTED, of=correction_too).state is State.CONSULTING
    assert folded(OPINIONS, of=correction_too).state is State.PENDING_CORRECTION


def test_a_carried_over_case_goes_on_as_before_and_remembers_its_years() -> None:
    carried = folded(ASKED, then("carry_over", "2026-12-31", year=2026), then("carry_over", "2027-12-31", year=2027))
    assert carried.state is State.CARRIED_OVER_PENDING_CORRECTION
    assert carried.carried_over == (2026, 2027)
    corrected = folded(then("correct", "2028-01-05"), of=carried)
    assert corrected.state is State.CARRIED_OVER_RECEIVED
    assert folded(then("decide", "2028-01-06", outcome=Outcome.GRANTED), of=corrected).state is State.DISCLOSED


def test_art51_a_review_runs_beside_the_case_open_or_closed() -> None:
    for case in (register(REGISTRATION), folded(ASKED), folded(GRANTED), folded(WITHDRAWN)):
        reviewed = folded(REVIEWED, UPHELD, of=case)
        assert reviewed.state is case.state
        assert reviewed.reviews == (
            ReviewRecord(ReviewKind.RECONSIDERATION, D("2026-04-20"), ReviewResult.UPHELD, D("2026-06-15")),
        )


def test_a_recalculation_changes_nothing_in_the_case() -> None:
    case = folded(CONSULTED)
    assert folded(then("recalculate", "2026-11-05", calendar_revision=2), of=case) == case


def test_a_case_is_not_changed_by_what_is_made_of_it() -> None:
    case = register(REGISTRATION)
    folded(ASKED, of=case)
    assert case == register(REGISTRATION)


# --- What the law refuses ---------------------------------------------------------------------------------------------------

BEFORE = "2026-03-01"
NOT_CORRECTED, MISC = Outcome.OTHER_NOT_CORRECTED, Outcome.OTHER_MISC

CONTRADICTIONS = [
    # of what case, what cannot have happened, words of the sentence, its article
    pytest.param((), then("ask_correction", BEFORE), "早于收到日期", "条例第三十条", id="asked before receipt"),
    pytest.param((), then("consult", BEFORE), "早于收到日期", "条例第三十二条", id="consulted before receipt"),
    pytest.param(
        (), then("extend", BEFORE, working_days=5), "早于收到日期", "条例第三十三条", id="extended before receipt"
    ),
    pytest.param(
        (), then("bill", BEFORE, billed_yuan=Decimal(100)), "早于收到日期", "办法第六条", id="billed before receipt"
    ),
    pytest.param(
        (),
        then("decide", BEFORE, outcome=Outcome.GRANTED),
        "早于收到日期",
        "条例第三十六条",
        id="replied before receipt",
    ),
    pytest.param((), then("close", BEFORE, outcome=MISC), "早于收到日期", "格式（六）", id="closed before receipt"),
    pytest.param(
        (),
        then("open_review", BEFORE, review_kind=ReviewKind.RECONSIDERATION),
        "早于收到日期",
        "条例第五十一条",
        id="reviewed before receipt",
    ),
    pytest.param(
        (),
        then("ask_correction", "2026-03-05", until=D("2026-03-04")),
        "早于告知日期 2026-03-05",
        "条例第三十条",
        id="correction to be made before it was asked for",
    ),
    pytest.param((), CORRECTED, "没有等待中的事项", "条例第三十条", id="correction received without asking"),
    pytest.param(
        (ASKED,),
        then("correct", "2026-03-04"),
        "早于告知补正日期",
        "条例第三十条",
        id="correction received before asking",
    ),
    pytest.param((ASKED, CORRECTED), CORRECTED, "没有等待中的事项", "条例第三十条", id="correction received twice"),
    pytest.param(
        (),
        then("consult", "2026-03-10", delivered=D("2026-03-09")),
        "早于发出日期 2026-03-10",
        "条例第三十二条",
        id="delivered before sent",
    ),
    pytest.param((), OPINIONS, "没有第 1 次", "条例第三十二条", id="opinions without asking"),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=2),
        "共有 1 次",
        "条例第三十二条",
        id="opinions of a consultation that is not there",
    ),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=0),
        "没有第 0 次",
        "条例第三十二条",
        id="opinions of consultation 0",
    ),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=-1),
        "没有第 -1 次",
        "条例第三十二条",
        id="opinions of consultation -1",
    ),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-09", consultation=1),
        "早于发出日期 2026-03-10",
        "条例第三十二条",
        id="opinions before asking",
    ),
    pytest.param((CONSULTED, OPINIONS), OPINIONS, "已于 2026-03-24 结束", "条例第三十二条", id="opinions twice"),
    pytest.param(
        (), then("extend", "2026-03-26", working_days=21), "21 个工作日", "第三十三条第二款", id="extended by 21"
    ),
    pytest.param(
        (), then("extend", "2026-03-26", working_days=0), "0 个工作日", "第三十三条第二款", id="extended by 0"
    ),
    pytest.param(
        (), then("extend", "2026-03-26", working_days=-5), "-5 个工作日", "第三十三条第二款", id="extended by -5"
    ),
    pytest.param((), PAID, "没有等待中的事项", "办法第六条", id="paid without a notice"),
    pytest.param(
        (BILLED,),
        then("pay", "2026-03-11", received_yuan=Decimal(2000)),
        "早于收费通知日期 2026-03-12",
        "办法第六条",
        id="paid before the notice",
    ),
    pytest.param((BILLED, PAID), PAID, "没有等待中的事项", "办法第六条", id="paid twice"),
    pytest.param(
        (then("carry_over", "2026-12-31", year=2026),),
        then("carry_over", "2026-12-31", year=2026),
        "2026 年度已结转",
        "年度报告格式",
        id="carried over twice in a year",
    ),
    pytest.param((), UPHELD, "没有第 1", "条例第五十一条", id="review concluded without one"),
    pytest.param((REVIEWED, UPHELD), UPHELD, "已于 2026-06-15 审结", "条例第五十一条", id="review concluded twice"),
    pytest.param(
        (REVIEWED,),
        then("conclude_review", "2026-04-19", review=1, result=ReviewResult.UPHELD),
        "早于受理日期",
        "条例第五十一条",
        id="review concluded before it was accepted",
    ),
    pytest.param(
        (REVIEWED,),
        then("conclude_review", "2026-06-15", review=1, result=ReviewResult.PENDING),
        "尚未审结",
        "条例第五十一条",
        id="review concluded as pending",
    ),
]


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize(("before", "happening", "words", "article"), CONTRADICTIONS)
def test_what_cannot_have_happened_is_refused_and_not_even_recorded(
    before, happening, words, article, recorded
) -> None:
    refusal = refused(happening, folded(*before), recorded=recorded)
    assert words in refusal.sentence
    assert article in refusal.article


UNLAWFUL = [
    pytest.param(
        (ASKED,), then("decide", "2026-03-09", outcome=Outcome.GRANTED), id="a reply while a correction is due"
    ),
    pytest.param((BILLED,), then("decide", "2026-03-16", outcome=Outcome.GRANTED), id="a reply while a fee is due"),
    pytest.param(
        (CONSULTED,), then("decide", "2026-03-16", outcome=Outcome.GRANTED), id="a reply while opinions are out"
    ),
    pytest.param((ASKED,), then("extend", "2026-03-06", working_days=5), id="an extension while the clock is stopped"),
    pytest.param((BILLED,), then("extend", "2026-03-16", working_days=5), id="an extension while a fee is due"),
    pytest.param((ASKED,), then("consult", "2026-03-10"), id="a consultation while a correction is due"),
    pytest.param((ASKED,), then("bill", "2026-03-10", billed_yuan=Decimal(100)), id="a bill while a correction is due"),
]


@pytest.mark.parametrize(("before", "happening"), UNLAWFUL)
def test_an_irregular_step_is_refused_now_but_recorded_of_the_past(before, happening) -> None:
    case = folded(*before)
    refusal = refused(happening, case)
    assert refusal.sentence == f"“{case.state.label}”状态下不能“{happening.event.label}”"
    apply(case, happening, recorded=True)


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize("end", [GRANTED, WITHDRAWN])
@pytest.mark.parametrize(
    "happening", [ASKED, CONSULTED, EXTENDED, BILLED, GRANTED, WITHDRAWN], ids=lambda h: h.event.value
)
def test_nothing_happens_to_a_case_that_has_ended(end: Happening, happening: Happening, recorded: bool) -> None:
    refused(replace(happening, happened_on=D("2026-04-01")), folded(end), recorded=recorded)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("event", [EventKind.DECIDE, EventKind.LAPSE, EventKind.CLOSE])
def test_an_outcome_is_given_only_by_its_own_event(event: EventKind, outcome: Outcome) -> None:
    if statute.ENDING[outcome] is event:
        return
    for before in ((), (ASKED,), (BILLED,)):
        refusal = refused(then(event, "2026-04-20", outcome=outcome), folded(*before), recorded=True)
        ending = statute.ENDING[outcome]
        assert refusal.sentence == f"办理结果“{outcome.label}”应由“{ending.label}”作出，不是“{event.label}”"
        assert refusal.article == statute.OUTCOMES[outcome].article


def test_a_case_is_not_registered_again() -> None:
    assert "条例第二十九条" in refused(REGISTRATION, register(REGISTRATION)).article


def test_art30_a_correction_is_asked_for_once_only() -> None:
    """Art. 30: 一次性告知; law.md 2 "once only (hard limit)", 12 no. 9; what was done may still be recorded."""
    corrected = folded(ASKED, CORRECTED)
    again = then("ask_correction", "2026-03-20", until=D("2026-04-03"))
    refusal = refused(again, corrected)
    assert "条例第三十条" in refusal.article
    assert apply(corrected, again, recorded=True).state is State.PENDING_CORRECTION


def test_art30_a_case_that_waits_for_a_correction_does_not_lapse_for_an_unpaid_fee() -> None:
    refused(then("lapse", "2026-03-20", outcome=Outcome.OTHER_FEE_UNPAID), folded(ASKED))


def test_fee_art6_a_case_that_waits_for_a_payment_does_not_lapse_for_a_missing_correction() -> None:
    refused(then("lapse", "2026-04-13", outcome=Outcome.OTHER_NOT_CORRECTED), folded(BILLED))


@pytest.mark.parametrize("day", ["2026-03-06", "2026-03-19"])
def test_art30_a_request_is_not_given_up_before_the_correction_is_overdue(day: str) -> None:
    """Art. 30: 逾期不补正的，视为放弃: up to the last day, 2026-03-19, nothing is overdue."""
    refused(then("lapse", day, outcome=Outcome.OTHER_NOT_CORRECTED), folded(ASKED))


def test_art30_a_request_lapses_the_day_after_the_correction_was_due() -> None:
    case = folded(LAPSED, of=folded(ASKED))
    assert (case.state, case.outcome, case.closed) == (State.CLOSED, NOT_CORRECTED, D("2026-03-20"))


def test_fee_art6_a_part_payment_does_not_restart_the_period() -> None:
    """law.md 3.4: t0 = date fee paid **in full**."""
    part = then("pay", "2026-03-20", received_yuan=Decimal(100))
    try:
        case = apply(folded(BILLED), part)
    except Refusal as refusal:
        assert "办法第六条" in refusal.article
    else:
        assert case.state is State.AWAITING_FEE
        assert clock.reply_clock_start(case.clock_facts()) == RECEIVED


@pytest.mark.parametrize(
    ("before", "end"),
    [
        pytest.param(
            (ASKED, CORRECTED), then("decide", "2026-03-17", outcome=Outcome.GRANTED), id="before the correction"
        ),
        pytest.param((BILLED, PAID), then("decide", "2026-03-19", outcome=Outcome.GRANTED), id="before the payment"),
        pytest.param(
            (CONSULTED, OPINIONS), then("decide", "2026-03-23", outcome=Outcome.GRANTED), id="before the opinions"
        ),
    ],
)
def test_art36_a_reply_is_not_dated_before_what_it_waited_for(before: tuple[Happening, ...], end: Happening) -> None:
    """A case that still waited on that day could not be answered; the day of the reply contradicts the log."""
    refused(end, folded(*before))


# --- Histories at random ------------------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
yuan = st.decimals(0, 99999, places=2)
gaps = st.integers(0, 45)


@st.composite
def histories(draw: st.DrawFn) -> list[Case]:
    """A lawful history, as the cases after each of its events."""
    day = draw(st.dates(date(2019, 5, 15), date(2026, 12, 31)))
    facts = {
        "number": draw(words),
        "applicant_kind": draw(st.sampled_from(ApplicantKind)),
        "subject": draw(words),
        "ledger_digest": draw(st.none() | words),
    }
    cases = [register(Happening(EventKind.REGISTER, day, facts))]
    for _ in range(draw(st.integers(0, 12))):
        case = cases[-1]
        day += timedelta(days=draw(gaps))
        choices = [event for event in EventKind if event is not EventKind.REGISTER and machine.may(case.state, event)]
        happening = draw(_happening(case, draw(st.sampled_from(choices)), day))
        if happening is None:
            continue
        try:
            cases.append(apply(case, happening))
        except Refusal:
            continue
    return cases


@st.composite
def _happening(draw: st.DrawFn, case: Case, event: EventKind, day: date) -> Happening | None:
    def some(items: tuple[Any, ...], attribute: str) -> int | None:
        numbers = [number for number, item in enumerate(items, 1) if getattr(item, attribute) is None]
        return draw(st.sampled_from(numbers)) if numbers else None

    def later() -> date | None:
        return draw(st.none() | gaps.map(lambda n: day + timedelta(days=n)))

    facts: dict[str, Any] = {}
    match event:
        case EventKind.ASK_CORRECTION:
            facts = {"until": later()}
        case EventKind.CONSULT:
            facts = {"delivered": later()}
        case EventKind.OPINIONS_IN:
            facts = {"consultation": some(case.consultations, "ended")}
        case EventKind.EXTEND:
            facts = {"working_days": draw(st.integers(1, 20))}
        case EventKind.BILL:
            facts = {"billed_yuan": draw(yuan)}
        case EventKind.PAY:
            owed = next(fee.billed_yuan for fee in reversed(case.fees) if fee.paid is None)
            facts = {"received_yuan": owed}
        case EventKind.DECIDE | EventKind.LAPSE | EventKind.CLOSE:
            outcomes = [outcome for outcome in Outcome if statute.ENDING[outcome] is event]
            facts = {"outcome": draw(st.sampled_from(outcomes)), "reply_number": draw(st.none() | words)}
        case EventKind.CARRY_OVER:
            facts = {"year": day.year}
        case EventKind.RECALCULATE:
            facts = {"calendar_revision": 2}
        case EventKind.OPEN_REVIEW:
            facts = {"review_kind": draw(st.sampled_from(ReviewKind))}
        case EventKind.CONCLUDE_REVIEW:
            results = [result for result in ReviewResult if result is not ReviewResult.PENDING]
            facts = {"review": some(case.reviews, "concluded"), "result": draw(st.sampled_from(results))}
    if any(facts.get(name, 1) is None for name in ("consultation", "review")):
        return None
    return Happening(event, day, facts)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_a_case_survives_its_snapshot(cases: list[Case]) -> None:
    for case in cases:
        snapshot = to_snapshot(case)
        again = from_snapshot(json.loads(json.dumps(snapshot)))
        assert again == case
        assert to_snapshot(again) == snapshot
        assert [type(getattr(again, f.name)) for f in fields(Case)] == [
            type(getattr(case, f.name)) for f in fields(Case)
        ]


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_state_of_a_case_is_what_it_waits_for_until_it_has_ended(cases: list[Case]) -> None:
    for case in cases:
        working = statute.working_state(case.state)
        assert (working is None) == (case.closed is not None) == (case.outcome is not None)
        if working is None:
            assert case.state is statute.final_state(case.outcome)
            continue
        assert working is case.waits_in()
        assert (case.state in statute.PLAIN) == bool(case.carried_over)
        assert clock.is_stopped(case.clock_facts()) == (working in (State.PENDING_CORRECTION, State.AWAITING_FEE))


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_deadlines_of_any_case_can_be_stored_and_the_reply_comes_last(cases: list[Case]) -> None:
    for case in cases:
        rows = deadlines(case, NATIONAL)
        assert rows[-1].kind is DeadlineKind.REPLY
        keys = [(row.kind, row.round) for row in rows]
        assert len(set(keys)) == len(keys)
        for row in rows:
            assert row.article == clock.ARTICLES[row.kind]
            assert (row.state is DeadlineState.DONE) == (row.done_on is not None)
            # The table forbids an open deadline without a day, and a case that has ended owes nothing.
            assert row.state is not DeadlineState.OPEN or (row.due_on is not None and case.is_open())
            assert row.provisional == (row.due_on is not None and NATIONAL.is_provisional(row.due_on))
        if case.is_open():
            today = clock.reckon(case.clock_facts(), NATIONAL, case.received)
            assert rows[-1].due_on == today.reply_due


# --- deadlines() --------------------------------------------------------------------------------------------------------------

OPEN, SUSPENDED, DONE = DeadlineState.OPEN, DeadlineState.SUSPENDED, DeadlineState.DONE

DEADLINES = [
    pytest.param(
        (),
        [("ask_correction", 1, OPEN, "2026-03-11", None), ("reply", 1, OPEN, "2026-03-30", None)],
        id="received",
    ),
    pytest.param(
        (ASKED,),
        [
            ("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"),
            ("correction", 1, OPEN, "2026-03-19", None),
            ("reply", 1, SUSPENDED, None, None),
        ],
        id="a correction is waited for",
    ),
    pytest.param(
        (then("ask_correction", "2026-03-05"),),
        [("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"), ("reply", 1, SUSPENDED, None, None)],
        id="a correction without an end is waited for",
    ),
    pytest.param(
        (ASKED, CORRECTED),
        [
            ("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"),
            ("correction", 1, DONE, "2026-03-19", "2026-03-18"),
            ("reply", 1, OPEN, "2026-04-16", None),
        ],
        id="Art. 30: corrected, the twenty days restart",
    ),
    pytest.param(
        (ASKED, LAPSED),
        [
            ("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"),
            ("correction", 1, SUSPENDED, "2026-03-19", None),
            ("reply", 1, DONE, None, "2026-03-20"),
        ],
        id="Art. 30: lapsed",
    ),
    pytest.param(
        (CONSULTED,),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("opinion", 1, OPEN, "2026-04-01", None),
            ("reply", 1, SUSPENDED, None, None),
        ],
        id="Art. 32: consulting",
    ),
    pytest.param(
        (then("consult", "2026-03-10"),),
        [("ask_correction", 1, OPEN, "2026-03-11", None), ("reply", 1, SUSPENDED, None, None)],
        id="Art. 32: consulting, not delivered",
    ),
    pytest.param(
        (CONSULTED, then("consult", "2026-03-12", delivered=D("2026-03-13")), OPINIONS),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("opinion", 1, DONE, "2026-04-01", "2026-03-24"),
            ("opinion", 2, OPEN, "2026-04-03", None),
            ("reply", 1, SUSPENDED, None, None),
        ],
        id="Art. 32: one of two opinions in",
    ),
    pytest.param(
        (CONSULTED, OPINIONS, EXTENDED),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("opinion", 1, DONE, "2026-04-01", "2026-03-24"),
            ("reply", 1, OPEN, "2026-04-28", None),
        ],
        id="the example of the contract",
    ),
    pytest.param(
        (BILLED,),
        [("payment", 1, OPEN, "2026-04-10", None), ("reply", 1, SUSPENDED, None, None)],
        id="办法 Art. 6: a payment is waited for",
    ),
    pytest.param(
        (BILLED, PAID),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("payment", 1, DONE, "2026-04-10", "2026-03-20"),
            ("reply", 1, OPEN, "2026-04-20", None),
        ],
        id="办法 Art. 6: paid, the twenty days restart",
    ),
    pytest.param(
        (GRANTED,),
        [("reply", 1, DONE, "2026-03-30", "2026-03-27")],
        id="Art. 36: replied",
    ),
    pytest.param(
        (CONSULTED, WITHDRAWN),
        [("opinion", 1, SUSPENDED, "2026-04-01", None), ("reply", 1, DONE, None, "2026-03-20")],
        id="withdrawn while opinions are out",
    ),
    pytest.param(
        (GRANTED, REVIEWED, UPHELD),
        [("reply", 1, DONE, "2026-03-30", "2026-03-27")],
        id="Art. 51: a review has no deadline here",
    ),
]


@pytest.mark.parametrize(("happenings", "rows"), DEADLINES)
def test_the_deadlines_of_a_case_are_open_suspended_or_done(happenings, rows) -> None:
    assert deadlines(folded(*happenings), NATIONAL) == tuple(
        DeadlineRow(
            DeadlineKind(kind),
            number,
            state,
            due and D(due),
            done and D(done),
            clock.ARTICLES[DeadlineKind(kind)],
            False,
        )
        for kind, number, state, due, done in rows
    )


def test_a_carried_over_case_has_the_deadlines_of_its_twin() -> None:
    carried = then("carry_over", "2026-12-31", year=2026)
    for happenings in ((), (ASKED,), (CONSULTED,), (BILLED,)):
        assert deadlines(folded(*happenings, carried), NATIONAL) == deadlines(folded(*happenings), NATIONAL)


def test_a_window_that_ran_out_silently_is_not_closed_by_the_passing_of_days() -> None:
    """What is stored changes only with an event: the deadlines of a case know no today."""
    (_, opinion, reply) = deadlines(folded(CONSULTED), NATIONAL)
    assert (opinion.state, opinion.due_on) == (OPEN, D("2026-04-01"))
    assert (reply.state, reply.due_on) == (SUSPENDED, None)


def test_a_deadline_in_a_year_not_announced_is_stored_as_provisional() -> None:
    calendar = WorkCalendar(announced=[2025])
    late = replace(register(REGISTRATION), received=D("2025-12-22"))
    rows = deadlines(late, calendar)
    assert [(row.kind, row.due_on, row.provisional) for row in rows] == [
        (DeadlineKind.ASK_CORRECTION, D("2025-12-31"), False),
        (DeadlineKind.REPLY, D("2026-01-20"), True),
    ]
