"""What may be done now: the answer of the event table on a day, with its article and last day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary import ApplicantKind, EventKind, Outcome, ReviewKind, ReviewResult
from tests.histories import histories
from workflow import case as cases
from workflow import options, statute
from workflow.calendar import national_calendar
from workflow.case import Case, Happening
from workflow.faults import Refusal

CALENDAR = national_calendar()
D = date.fromisoformat
REGISTERED = Happening(
    EventKind.REGISTER,
    D("2026-03-02"),
    {"number": "2026-0001", "applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "某村征地批文"},
)


def lived(*steps: tuple[EventKind, str, dict]) -> Case:
    folded = cases.register(REGISTERED)
    for event, day, facts in steps:
        folded, _ = options.follow(folded, Happening(event, D(day), facts), CALENDAR, recorded=False)
    return folded


def option(folded: Case, event: EventKind, day: str) -> options.Option:
    (found,) = [o for o in options.options(folded, CALENDAR, D(day)) if o.event is event]
    return found


ASKED = (EventKind.ASK_CORRECTION, "2026-03-05", {"until": D("2026-03-19")})
CORRECTED = (EventKind.CORRECT, "2026-03-18", {})
CONSULTED = (EventKind.CONSULT, "2026-03-10", {"delivered": D("2026-03-11")})
HEARD = (EventKind.OPINIONS_IN, "2026-03-24", {"consultation": 1})
BILLED = (EventKind.BILL, "2026-03-12", {"billed_yuan": 100})


@pytest.mark.parametrize(
    ("event", "steps", "last"),
    [
        (EventKind.ASK_CORRECTION, [], "2026-03-11"),
        (EventKind.DECIDE, [], "2026-03-30"),
        (EventKind.EXTEND, [], "2026-03-30"),
        (EventKind.EXTEND, [CONSULTED, HEARD], "2026-04-14"),
        (EventKind.DECIDE, [(EventKind.EXTEND, "2026-03-26", {"working_days": 10})], "2026-04-14"),
        (EventKind.CORRECT, [ASKED], "2026-03-19"),
        (EventKind.OPINIONS_IN, [CONSULTED], "2026-04-01"),
        (EventKind.PAY, [BILLED], "2026-04-10"),
    ],
)
def test_each_step_names_its_last_day(event: EventKind, steps: list, last: str):
    assert option(lived(*steps), event, "2026-03-25").last_day == D(last)


def test_art30_a_correction_may_be_asked_until_the_seventh_working_day_and_not_after():
    assert option(lived(), EventKind.ASK_CORRECTION, "2026-03-11").allowed
    late = option(lived(), EventKind.ASK_CORRECTION, "2026-03-12")
    assert not late.allowed
    assert "2026-03-11" in late.reason
    assert late.article == "条例第三十条"


def test_art30_a_correction_is_asked_once_only():
    again = option(lived(ASKED, CORRECTED), EventKind.ASK_CORRECTION, "2026-03-18")
    assert (again.allowed, again.article) == (False, "条例第三十条")


def test_art33_an_extension_may_be_told_on_the_last_day_and_not_after():
    assert option(lived(), EventKind.EXTEND, "2026-03-30").allowed
    assert not option(lived(), EventKind.EXTEND, "2026-03-31").allowed


def test_art33_a_late_reply_is_still_owed():
    assert option(lived(), EventKind.DECIDE, "2026-06-01").allowed


def test_a_decision_before_the_consultation_ended_is_barred_with_its_article():
    barred = option(lived(CONSULTED), EventKind.DECIDE, "2026-03-16")
    assert (barred.allowed, barred.article) == (False, "条例第三十六条")
    assert option(lived(CONSULTED, HEARD), EventKind.DECIDE, "2026-03-25").allowed


def test_art30_nothing_lapses_before_the_period_is_over():
    assert not option(lived(ASKED), EventKind.LAPSE, "2026-03-19").allowed
    assert option(lived(ASKED), EventKind.LAPSE, "2026-03-20").allowed
    assert not option(lived(BILLED), EventKind.LAPSE, "2026-04-10").allowed
    assert option(lived(BILLED), EventKind.LAPSE, "2026-04-11").allowed


def test_fee_rules_art6_a_fee_cannot_lapse_on_its_last_day():
    lapse = Happening(EventKind.LAPSE, D("2026-04-10"), {"outcome": Outcome.OTHER_FEE_UNPAID})
    with pytest.raises(Refusal, match="2026-04-10 尚未届满"):
        options.follow(lived(BILLED), lapse, CALENDAR, recorded=False)
    _, irregular = options.follow(lived(BILLED), lapse, CALENDAR, recorded=True)
    assert irregular is not None


def test_an_extension_told_too_late_is_recorded_as_irregular_and_extends_nothing():
    late = Happening(EventKind.EXTEND, D("2026-03-31"), {"working_days": 10})
    with pytest.raises(Refusal):
        options.follow(lived(), late, CALENDAR, recorded=False)
    folded, irregular = options.follow(lived(), late, CALENDAR, recorded=True)
    assert irregular is not None
    assert cases.deadlines(folded, CALENDAR)[-1].due_on == D("2026-03-30")


def test_a_review_can_be_concluded_only_while_one_is_pending():
    opened = (EventKind.OPEN_REVIEW, "2026-04-01", {"review_kind": ReviewKind.RECONSIDERATION})
    concluded = (EventKind.CONCLUDE_REVIEW, "2026-05-01", {"review": 1, "result": ReviewResult.UPHELD})
    assert not option(lived(), EventKind.CONCLUDE_REVIEW, "2026-05-01").allowed
    assert option(lived(opened), EventKind.CONCLUDE_REVIEW, "2026-05-01").allowed
    assert not option(lived(opened, concluded), EventKind.CONCLUDE_REVIEW, "2026-05-02").allowed


def test_what_no_person_does_is_no_option():
    offered = {o.event for o in options.options(lived(), CALENDAR, D("2026-03-03"))}
    assert offered == set(EventKind) - {EventKind.REGISTER, EventKind.CARRY_OVER, EventKind.RECALCULATE}


@settings(max_examples=150, deadline=None)
@given(history=histories(), later=st.integers(0, 400))
def test_every_barred_step_is_refused_and_names_its_reason(history, later: int):
    folded = cases.register(Happening(EventKind.REGISTER, history[0].happened_on, {**history[0].facts, "number": "1"}))
    for happening in history[1:]:
        assert options.barred(folded, happening.event, CALENDAR, happening.happened_on) is None
        folded, irregular = options.follow(folded, happening, CALENDAR, recorded=False)
        assert irregular is None
    day = history[-1].happened_on + timedelta(later)
    for found in options.options(folded, CALENDAR, day):
        assert found.allowed == (found.reason is None)
        assert found.article
        assert found.facts == statute.BY_EVENT[found.event].facts
