"""What may be done now: the answer of the event table on a day, with its article and last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary import (
    ApplicantKind,
    ConsultationKind,
    EventKind,
    Matter,
    Means,
    Opinion,
    Outcome,
    ReviewKind,
    ReviewResult,
    Tariff,
)
from tests.histories import histories
from tests.workflow.test_case import histories as any_cases
from tests.workflow.test_log import EXAMPLES
from workflow import fold, options, periods, statute
from workflow.calendar import national_calendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal
from workflow.practice import STANDARD, Practice

CALENDAR = national_calendar()
CHARGING = Practice(charges_fees=True)
FIRST = {EventKind.REGISTER, EventKind.ARRIVE}
D = date.fromisoformat
REGISTERED = Happening(
    EventKind.REGISTER,
    D("2026-03-02"),
    {"number": "2026-0001", "applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "某村征地批文"},
)


def lived(*steps: tuple[EventKind, str, dict]) -> Case:
    folded = fold.register(REGISTERED)
    for event, day, facts in steps:
        folded, irregular = options.follow(folded, Happening(event, D(day), facts), CALENDAR, CHARGING, recorded=False)
        assert irregular is None
    return folded


def option(folded: Case, event: EventKind, day: str, practice: Practice = CHARGING) -> options.Option:
    (found,) = [o for o in options.options(folded, CALENDAR, D(day), practice) if o.event is event]
    return found


# Steps as they are taken today, with all that the law asks for.
ASKED = (EventKind.ASK_CORRECTION, "2026-03-05", {"items": "写明文号", "until": D("2026-03-19")})
CORRECTED = (EventKind.CORRECT, "2026-03-18", {})
THIRD_PARTY = {"kind": ConsultationKind.THIRD_PARTY, "party": "甲公司", "delivered": D("2026-03-11")}
CONSULTED = (EventKind.CONSULT, "2026-03-10", THIRD_PARTY)
HEARD = (EventKind.OPINIONS_IN, "2026-03-24", {"consultation": 1, "opinion": Opinion.AGREE})
APPROVED = {"approver": "李主任", "reason": "需要查阅档案"}
EXTENDED = (EventKind.EXTEND, "2026-03-26", {"working_days": 10, **APPROVED})
BY_ITEM = {"billed_yuan": Decimal(100), "tariff": Tariff.BY_ITEM, "ordinals": "11"}
BILLED = (EventKind.BILL, "2026-03-12", BY_ITEM)
REASONS_ASKED = (EventKind.ASK_REASONS, "2026-03-06", {"volume": "一年内三百件", "until": D("2026-03-20")})
REASONS_GIVEN = (EventKind.REASONS_IN, "2026-03-16", {"reasonable": True})
DELAYED = (EventKind.DELAY, "2026-03-25", {"until": D("2026-06-30"), "approver": "李主任", "reason": "数量大"})
REFUSED = {"outcome": Outcome.REFUSED_PROCESS, "means": Means.POST_EMS, "reasons": "属于讨论记录，条例第十六条第二款"}
ANSWERED = (EventKind.DECIDE, "2026-03-27", REFUSED)


@pytest.mark.parametrize(
    ("event", "steps", "last"),
    [
        (EventKind.ASK_CORRECTION, [], "2026-03-11"),
        (EventKind.DECIDE, [], "2026-03-30"),
        (EventKind.EXTEND, [], "2026-03-30"),
        (EventKind.EXTEND, [CONSULTED, HEARD], "2026-04-14"),
        (EventKind.DECIDE, [EXTENDED], "2026-04-14"),
        (EventKind.BILL, [], "2026-03-30"),
        (EventKind.CORRECT, [ASKED], "2026-03-19"),
        (EventKind.OPINIONS_IN, [CONSULTED], "2026-04-01"),
        (EventKind.PAY, [BILLED], "2026-04-10"),
        (EventKind.REASONS_IN, [REASONS_ASKED], "2026-03-20"),
        (EventKind.DELAY, [REASONS_ASKED, REASONS_GIVEN], "2026-03-30"),
        (EventKind.DECIDE, [REASONS_ASKED, REASONS_GIVEN, DELAYED], "2026-06-30"),
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


def test_art30_within_the_seven_working_days_a_second_letter_is_for_the_agency_to_justify():
    corrected = lived(ASKED, (EventKind.CORRECT, "2026-03-06", {}))
    again = option(corrected, EventKind.ASK_CORRECTION, "2026-03-11")
    assert (again.allowed, again.override, again.article) == (False, True, "条例第三十条")
    never = option(corrected, EventKind.ASK_CORRECTION, "2026-03-11", replace(CHARGING, second_correction=False))
    assert (never.allowed, never.override) == (False, False)


def test_art30_a_correction_asked_again_needs_the_reason_why():
    letter = {"items": "写明年份", "until": D("2026-04-01")}
    again = Happening(EventKind.ASK_CORRECTION, D("2026-03-11"), letter)
    # The correction came at once, so that the seven working days are not over.
    corrected = lived(ASKED, (EventKind.CORRECT, "2026-03-06", {}))
    with pytest.raises(Refusal, match="一次性告知"):
        options.follow(corrected, again, CALENDAR, recorded=False)
    explained = replace(again, facts={**letter, "override": "补正后出现新的歧义"})
    folded, irregular = options.follow(corrected, explained, CALENDAR, recorded=False)
    assert (len(folded.corrections), irregular) == (2, None)


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
    in_time = replace(lapse, happened_on=D("2026-04-11"))
    assert options.follow(lived(BILLED), in_time, CALENDAR, recorded=False)[0].outcome is Outcome.OTHER_FEE_UNPAID
    with pytest.raises(Refusal, match="2026-04-10 尚未届满"):
        options.follow(lived(BILLED), lapse, CALENDAR, recorded=False)
    _, irregular = options.follow(lived(BILLED), lapse, CALENDAR, recorded=True)
    assert irregular is not None


def test_an_extension_told_too_late_is_recorded_as_irregular_and_extends_nothing():
    late = Happening(EventKind.EXTEND, D("2026-03-31"), {"working_days": 10, **APPROVED})
    with pytest.raises(Refusal, match="晚于期限 2026-03-30"):
        options.follow(lived(), late, CALENDAR, recorded=False)
    folded, irregular = options.follow(lived(), late, CALENDAR, recorded=True)
    assert irregular is not None
    assert periods.deadlines(folded, CALENDAR)[-1].due_on == D("2026-03-30")


@pytest.mark.parametrize("missing", ["approver", "reason"])
def test_art33_an_extension_of_today_names_who_approved_it_and_why_one_of_the_past_need_not(missing: str):
    facts = {name: value for name, value in EXTENDED[2].items() if name != missing}
    bare = Happening(EventKind.EXTEND, D("2026-03-26"), facts)
    with pytest.raises(Refusal) as refused:
        options.follow(lived(), bare, CALENDAR, recorded=False)
    assert refused.value.article == "条例第三十三条第二款"
    folded, irregular = options.follow(lived(), bare, CALENDAR, recorded=True)
    assert irregular is None
    assert periods.deadlines(folded, CALENDAR)[-1].due_on == D("2026-04-14")


def test_art42_a_fee_is_charged_only_where_the_agency_has_chosen_to():
    free = option(lived(), EventKind.BILL, "2026-03-12", STANDARD)
    assert (free.allowed, free.article) == (False, "条例第四十二条")
    assert option(lived(), EventKind.BILL, "2026-03-12", CHARGING).allowed


def test_art35_a_reply_is_put_off_only_for_reasons_that_were_asked_for_given_and_reasonable():
    unreasonable = (EventKind.REASONS_IN, "2026-03-16", {"reasonable": False})
    for steps in ((), (REASONS_ASKED,), (REASONS_ASKED, unreasonable)):
        barred = option(lived(*steps), EventKind.DELAY, "2026-03-25")
        assert (barred.allowed, barred.article) == (False, "条例第三十五条")
    assert option(lived(REASONS_ASKED, REASONS_GIVEN), EventKind.DELAY, "2026-03-30").allowed
    assert not option(lived(REASONS_ASKED, REASONS_GIVEN), EventKind.DELAY, "2026-03-31").allowed


def test_a_pause_offers_its_end_and_no_reply():
    paused = lived((EventKind.PAUSE, "2026-03-09", {"reason": "疫情封控", "approver": "李主任"}))
    assert option(paused, EventKind.RESUME, "2026-03-16").allowed
    assert not option(paused, EventKind.DECIDE, "2026-03-16").allowed
    assert not option(lived(), EventKind.RESUME, "2026-03-16").allowed


def test_a_request_not_yet_confirmed_offers_what_settles_its_day_of_receipt_and_the_register():
    arrived = fold.register(replace(REGISTERED, event=EventKind.ARRIVE))
    offered = {o.event for o in options.options(arrived, CALENDAR, D("2026-03-03")) if o.allowed}
    assert offered == {
        EventKind.CONTACT,
        EventKind.CONFIRM,
        EventKind.DISMISS,
        EventKind.AMEND,
        EventKind.CHANGE_KIND,
        EventKind.ASSIGN,
        EventKind.NOTE,
        EventKind.ATTACH,
        EventKind.VOID,
    }


def test_a_reply_that_was_made_offers_its_delivery_and_a_new_reply_and_none_of_the_steps_before_it():
    offered = {o.event for o in options.options(lived(ANSWERED), CALENDAR, D("2026-04-01")) if o.allowed}
    assert offered == {
        EventKind.SERVE,
        EventKind.RETURN,
        EventKind.SERVE_AGAIN,
        EventKind.REOPEN,
        EventKind.AMEND,
        EventKind.CHANGE_KIND,
        EventKind.ASSIGN,
        EventKind.NOTE,
        EventKind.ATTACH,
        EventKind.VOID,
        EventKind.OPEN_REVIEW,
    }


def test_a_review_can_be_concluded_only_while_one_is_pending():
    opened = (EventKind.OPEN_REVIEW, "2026-04-01", {"review_kind": ReviewKind.RECONSIDERATION})
    concluded = (EventKind.CONCLUDE_REVIEW, "2026-05-01", {"review": 1, "result": ReviewResult.UPHELD})
    assert not option(lived(), EventKind.CONCLUDE_REVIEW, "2026-05-01").allowed
    assert option(lived(opened), EventKind.CONCLUDE_REVIEW, "2026-05-01").allowed
    assert not option(lived(opened, concluded), EventKind.CONCLUDE_REVIEW, "2026-05-02").allowed


def test_what_no_person_does_is_no_option():
    offered = {o.event for o in options.options(lived(), CALENDAR, D("2026-03-03"))}
    by_themselves = {EventKind.CARRY_OVER, EventKind.RECALCULATE, EventKind.SEND_LETTER}
    assert offered == set(EventKind) - {*FIRST, *by_themselves, EventKind.RECTIFY}


def test_art41_what_is_for_the_other_kind_of_request_is_no_option():
    to_correct = replace(REGISTERED, facts={**REGISTERED.facts, "matter": Matter.RECTIFICATION})
    found = options.options(fold.register(to_correct), CALENDAR, D("2026-03-03"))
    assert {o.event for o in found if o.allowed} == {
        EventKind.PAUSE,
        EventKind.WITHDRAW,
        EventKind.RECTIFY,
        EventKind.AMEND,
        EventKind.CHANGE_KIND,
        EventKind.ASSIGN,
        EventKind.NOTE,
        EventKind.ATTACH,
        EventKind.VOID,
        EventKind.OPEN_REVIEW,
    }
    assert not {o.event for o in found} & {EventKind.DECIDE, EventKind.ASK_CORRECTION, EventKind.BILL}


@settings(max_examples=150, deadline=None)
@given(history=histories(), later=st.integers(0, 400))
def test_every_barred_step_is_refused_and_names_its_reason(history, later: int):
    folded = fold.first(replace(history[0], facts={**history[0].facts, "number": "1"}))
    for happening in history[1:]:
        assert options.barred(folded, happening.event, CALENDAR, happening.happened_on, CHARGING) is None
        # As the past: the history holds what happened, not what the letters said.
        folded, irregular = options.follow(folded, happening, CALENDAR, CHARGING, recorded=True)
        assert irregular is None
    day = history[-1].happened_on + timedelta(later)
    for found in options.options(folded, CALENDAR, day, CHARGING):
        assert found.allowed == (found.reason is None)
        assert found.article
        assert found.facts == statute.BY_EVENT[found.event].facts


@settings(max_examples=60, deadline=None)
@given(cases=any_cases(), later=st.integers(-3, 60), practice=st.sampled_from([CHARGING, STANDARD]))
def test_every_step_on_any_case_is_taken_or_refused_and_what_was_no_option_is_refused(
    cases: list[Case], later: int, practice: Practice
):
    """Whatever is asked for, the answer is a step or a sentence of the law, never a fault of the program."""
    folded = cases[-1]
    day = (folded.ended() or folded.received or folded.entered) + timedelta(later)
    barred = {o.event for o in options.options(folded, CALENDAR, day, practice) if not o.allowed and not o.override}
    for event, example in EXAMPLES.items():
        if event is EventKind.VOID:
            # What the case is without an entry is told by its log, which is not here.
            continue
        given_days = {name: day + timedelta(5) if isinstance(value, date) else value for name, value in example.items()}
        happening = Happening(event, day, {name: value for name, value in given_days.items() if value is not None})
        for recorded in (False, True):
            try:
                after, _ = options.follow(folded, happening, CALENDAR, practice, recorded=recorded)
            except Refusal as refusal:
                assert refusal.sentence
                assert refusal.article
            except InputFault as fault:
                assert fault.sentences
            else:
                assert recorded or event not in barred
                assert options.options(after, CALENDAR, day, practice)
