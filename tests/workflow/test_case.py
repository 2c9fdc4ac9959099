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
    Channel,
    ConsultationKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Matter,
    Means,
    Opinion,
    Outcome,
    Procedure,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
)
from workflow import clock, machine, rules, statute
from workflow.calendar import WorkCalendar, national_calendar
from workflow.case import (
    Case,
    FeeNotice,
    Happening,
    Inquiry,
    ReasonsAsked,
    ReviewRecord,
    Search,
    SecrecyReview,
    Service,
    from_snapshot,
    to_snapshot,
)
from workflow.clock import Correction, Extension
from workflow.faults import Refusal
from workflow.fold import Entry, apply, fold, register, void
from workflow.intake import Evidence
from workflow.periods import DeadlineRow, deadlines

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
PAUSED = then("pause", "2026-03-09", reason="疫情封控", approver="李主任")
RESUMED = then("resume", "2026-03-17")
REASONS_ASKED = then("ask_reasons", "2026-03-06", volume="一年内三百件", until=D("2026-03-20"))
REASONS_GIVEN = then("reasons_in", "2026-03-16", reasonable=True)
DELAYED = then("delay", "2026-03-25", until=D("2026-06-30"), reason="数量大", approver="李主任")
POSTED = then("decide", "2026-03-27", outcome=Outcome.GRANTED, means=Means.POST_EMS)
MAILED = then("decide", "2026-03-27", outcome=Outcome.REFUSED_PROCESS, means=Means.EMAIL)
RETURNED = then("return", "2026-03-30", reason="邮箱不存在")
REVIEWED = then("open_review", "2026-04-20", review_kind=ReviewKind.RECONSIDERATION)
SUED = then("open_review", "2026-04-20", review_kind=ReviewKind.LITIGATION_DIRECT, copy_received=D("2026-04-22"))
JUDGED = then("first_judgment", "2026-07-10", review=1, ruling_form=RulingForm.JUDGMENT)
APPEALED = then("appeal", "2026-07-20", review=1, by="申请人")
UPHELD = then("conclude_review", "2026-06-15", review=1, result=ReviewResult.UPHELD)
CORRECTED_BY_REVIEW = then("conclude_review", "2026-06-15", review=1, result=ReviewResult.CORRECTED)
REOPENED = then("reopen", "2026-06-16", ground=ReopenGround.RECONSIDERATION, review=1, until=D("2026-07-15"))

ARRIVAL = Happening(
    EventKind.ARRIVE,
    RECEIVED,
    {
        "number": "〔2026〕2号",
        "applicant_kind": ApplicantKind.NATURAL_PERSON,
        "subject": "某路段的征收决定",
        "channel": Channel.POST_ORDINARY,
        "arrived_on": RECEIVED,
    },
)
RECTIFICATION = replace(REGISTRATION, facts={**REGISTRATION.facts, "matter": Matter.RECTIFICATION, "reply_days": 30})
RECTIFIED = then(
    "rectify", "2026-03-20", result=RectificationResult.FORWARDED, reason="由甲局制作", other_agency="甲局"
)


# What each happening makes of a case


def test_art31_the_day_of_registration_is_the_day_of_receipt() -> None:
    case = register(REGISTRATION)
    assert case == Case("〔2026〕1号", ApplicantKind.COMPANY, "某路段的征收决定", entered=RECEIVED, received=RECEIVED)
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
    assert first_in.inquiries == (
        Inquiry(1, D("2026-03-10"), delivered=D("2026-03-11")),
        Inquiry(2, D("2026-03-12"), ended=D("2026-03-20")),
    )
    assert first_in.clock_facts().consultations == (
        clock.Consultation(D("2026-03-10"), D("2026-03-11")),
        clock.Consultation(D("2026-03-12"), None, D("2026-03-20")),
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


def test_art31_an_arrival_is_no_request_in_law_until_its_day_of_receipt_is_confirmed() -> None:
    arrived = register(ARRIVAL)
    assert (arrived.state, arrived.entered, arrived.received) == (State.UNCONFIRMED, RECEIVED, None)
    assert arrived.is_open()
    assert not arrived.is_counted()
    assert arrived.intake == Evidence(Channel.POST_ORDINARY, arrived=RECEIVED)
    with pytest.raises(ValueError, match="day of receipt"):
        arrived.clock_facts()
    tried = folded(then("contact", "2026-03-03", how="电话"), then("contact", "2026-03-04", how="电话"), of=arrived)
    assert tried.intake == Evidence(
        Channel.POST_ORDINARY, arrived=RECEIVED, attempts=(D("2026-03-03"), D("2026-03-04"))
    )
    assert tried.state is State.UNCONFIRMED
    confirmed = folded(then("confirm", "2026-03-05", how="短信"), of=tried)
    assert (confirmed.state, confirmed.received) == (State.RECEIVED, D("2026-03-05"))
    assert confirmed.is_counted()
    capped = folded(then("confirm", "2026-03-05", received_on=D("2026-03-03")), of=arrived)
    assert capped.received == D("2026-03-03")
    void = folded(then("dismiss", "2026-03-05", reason="咨询"), of=arrived)
    assert (void.state, void.received, void.is_open(), void.is_counted()) == (State.VOID, None, False, False)


def test_art32_a_letter_is_delivered_by_its_number_and_the_third_party_told_of_the_release() -> None:
    sent = folded(then("consult", "2026-03-10", kind=ConsultationKind.THIRD_PARTY, party="甲公司"))
    handed = folded(then("deliver_consultation", "2026-03-12", consultation=1), of=sent)
    assert handed.state is State.CONSULTING
    heard = folded(then("opinions_in", "2026-03-24", consultation=1, opinion=Opinion.DISAGREE), of=handed)
    told = folded(then("tell_third_party", "2026-03-25", consultation=1, reason="公共利益"), of=heard)
    assert told.inquiries == (
        Inquiry(
            1,
            D("2026-03-10"),
            party="甲公司",
            delivered=D("2026-03-12"),
            ended=D("2026-03-24"),
            opinion=Opinion.DISAGREE,
            told=D("2026-03-25"),
        ),
    )


def test_art33_asking_within_the_agency_is_no_wait() -> None:
    inside = folded(then("consult", "2026-03-10", kind=ConsultationKind.INTERNAL, suspends=False))
    assert inside.state is State.RECEIVED
    assert folded(GRANTED, of=inside).state is State.DISCLOSED
    assert folded(CONSULTED, of=inside).state is State.CONSULTING


def test_a_pause_is_begun_and_ended_and_stands_before_any_other_wait() -> None:
    paused = folded(CONSULTED, replace(PAUSED, happened_on=D("2026-03-12")))
    assert paused.state is State.PAUSED
    assert folded(OPINIONS, of=paused).state is State.PAUSED
    resumed = folded(RESUMED, of=paused)
    assert resumed.state is State.CONSULTING
    assert resumed.pauses == (clock.Pause(D("2026-03-12"), D("2026-03-17")),)
    carried = folded(then("carry_over", "2026-12-31", year=2026), of=paused)
    assert carried.state is State.CARRIED_OVER_PAUSED
    assert folded(then("resume", "2027-01-05"), of=carried).state is State.CARRIED_OVER_CONSULTING


def test_art35_reasons_are_asked_for_and_given_and_the_reply_put_off() -> None:
    case = folded(REASONS_ASKED, REASONS_GIVEN, DELAYED)
    assert case.state is State.RECEIVED
    assert case.reasons == (ReasonsAsked(D("2026-03-06"), D("2026-03-20"), D("2026-03-16"), reasonable=True),)
    assert case.delays == (clock.Delay(D("2026-03-25"), D("2026-06-30")),)


def test_art17_art36_searches_and_secrecy_reviews_are_kept_and_move_nothing() -> None:
    search = then("search", "2026-03-06", where="档案室", terms="征收", searcher="张三", found=False)
    review = then("secrecy_review", "2026-03-09", reviewer="王五", may_release=True)
    case = folded(ASKED, search, review)
    assert case.state is State.PENDING_CORRECTION
    assert case.searches == (Search(D("2026-03-06"), found=False),)
    assert case.secrecy_reviews == (SecrecyReview(D("2026-03-09"), may_release=True),)


@pytest.mark.parametrize("before", [(), (ASKED,), (CONSULTED,), (BILLED,), (PAUSED,)], ids=len)
def test_law9_a_withdrawal_or_a_merger_ends_a_case_whatever_it_waits_for_and_counts_as_other(
    before: tuple[Happening, ...],
) -> None:
    withdrawn = folded(*before, then("withdraw", "2026-03-20", how="书面", identity_checked=True))
    merged = folded(*before, then("merge", "2026-03-20", into="〔2026〕1号"))
    for case in (withdrawn, merged):
        assert (case.state, case.outcome, case.closed) == (State.CLOSED, Outcome.OTHER_MISC, D("2026-03-20"))
        assert case.is_counted()
    assert (withdrawn.merged_into, merged.merged_into) == (None, "〔2026〕1号")


def test_law9_a_split_case_keeps_its_part_and_names_the_others() -> None:
    case = folded(then("split", "2026-03-05", into="2026-0002、2026-0003", subject="第一项"))
    assert (case.state, case.subject, case.split_into) == (State.RECEIVED, "第一项", "2026-0002、2026-0003")


def test_art41_a_record_to_correct_ends_with_a_result_of_its_own_that_no_table_counts() -> None:
    case = register(RECTIFICATION)
    assert (case.matter, case.rectification_days) == (Matter.RECTIFICATION, 30)
    assert case.clock_facts() == clock.Facts(RECEIVED, origin="rectification", reply_days=30)
    ended = folded(RECTIFIED, of=case)
    assert (ended.state, ended.rectified, ended.outcome) == (State.CLOSED, RectificationResult.FORWARDED, None)
    assert ended.closed == D("2026-03-20")
    for each in (case, ended):
        assert not each.is_counted()
    assert [each.is_open() for each in (case, ended)] == [True, False]


def test_letter_235_a_reply_is_sent_delivered_or_comes_back_and_is_sent_again() -> None:
    posted = folded(POSTED)
    assert posted.services == (Service(Means.POST_EMS, D("2026-03-27")),)
    served = folded(then("serve", "2026-03-30", how="本人签收"), of=posted)
    assert served.services == (Service(Means.POST_EMS, D("2026-03-27"), served=D("2026-03-30")),)
    assert (served.state, served.closed) == (State.DISCLOSED, D("2026-03-27"))
    again = folded(RETURNED, then("serve_again", "2026-04-01", means=Means.HAND), of=posted)
    assert again.services == (
        Service(Means.POST_EMS, D("2026-03-27"), returned=D("2026-03-30")),
        Service(Means.HAND, D("2026-04-01")),
    )
    assert again.closed == D("2026-03-27"), "a letter posted in time is in time, though it came back"


def test_letter_235_a_reply_by_hand_is_made_on_the_day_it_is_signed_for() -> None:
    handed = folded(then("decide", "2026-03-27", outcome=Outcome.GRANTED, means=Means.HAND))
    signed = folded(then("serve", "2026-03-31", how="本人签收"), of=handed)
    assert (signed.state, signed.closed) == (State.DISCLOSED, D("2026-03-31"))
    assert deadlines(signed, NATIONAL)[-1].done_on == D("2026-03-31"), "late, though it was decided in time"


def test_law12_17_a_reply_that_bounced_was_never_sent_and_is_made_when_it_is_sent_again() -> None:
    bounced = folded(MAILED, RETURNED, then("serve_again", "2026-04-01", means=Means.POST_REGISTERED))
    assert (bounced.state, bounced.closed) == (State.REFUSED, D("2026-04-01"))


def test_a_case_reopened_by_a_ruling_owes_a_new_reply_and_keeps_the_first_for_the_report() -> None:
    """law.md 12 no. 31: no new 新收, the original outcome stays, the new reply is recorded beside it."""
    again = folded(CONSULTED, OPINIONS, EXTENDED, GRANTED, REVIEWED, CORRECTED_BY_REVIEW, REOPENED)
    assert again.state is State.RECEIVED
    assert again.is_open()
    assert (again.outcome, again.closed, again.reply_number) == (Outcome.GRANTED, D("2026-03-27"), "告〔2026〕1号")
    assert (again.began(), again.ended(), again.last_outcome()) == (D("2026-06-16"), None, None)
    assert again.clock_facts() == clock.Facts(D("2026-06-16"), origin="reopened", ordered=D("2026-07-15"))
    asked = folded(then("extend", "2026-07-01", working_days=5), then("consult", "2026-07-02"), of=again)
    assert asked.clock_facts().extensions == (Extension(D("2026-07-01"), 5),)
    assert asked.inquiries[-1].number == 2
    heard = folded(then("opinions_in", "2026-07-06", consultation=2), of=asked)
    ended = folded(
        then("decide", "2026-07-10", outcome=Outcome.REFUSED_PROCESS, reply_number="告〔2026〕9号"), of=heard
    )
    assert (ended.state, ended.last_outcome(), ended.ended()) == (
        State.REFUSED,
        Outcome.REFUSED_PROCESS,
        D("2026-07-10"),
    )
    assert (ended.outcome, ended.closed, ended.reply_number) == (Outcome.GRANTED, D("2026-03-27"), "告〔2026〕1号")
    assert not ended.is_open()


def test_art45_the_register_is_amended_and_the_applicants_kind_changed_open_or_closed() -> None:
    for case in (register(REGISTRATION), folded(ASKED), folded(GRANTED)):
        amended = folded(
            then("amend", "2026-04-20", reason="误录", received_on=D("2026-03-03"), subject="更正后的内容"),
            then("change_kind", "2026-04-21", applicant_kind=ApplicantKind.RESEARCH, reason="误录"),
            then("note", "2026-04-22", text="申请人来电"),
            of=case,
        )
        assert amended == replace(
            case, received=D("2026-03-03"), subject="更正后的内容", applicant_kind=ApplicantKind.RESEARCH
        )


def test_art51_a_suit_is_answered_judged_and_appealed_and_is_still_one() -> None:
    case = folded(GRANTED, SUED, then("answer_review", "2026-05-06", review=1), JUDGED, APPEALED)
    assert case.reviews == (
        ReviewRecord(
            1,
            ReviewKind.LITIGATION_DIRECT,
            D("2026-04-20"),
            copy_received=D("2026-04-22"),
            answered=D("2026-05-06"),
            judged=D("2026-07-10"),
            ruling_form=RulingForm.JUDGMENT,
            appealed=D("2026-07-20"),
        ),
    )
    ended = folded(then("conclude_review", "2026-10-09", review=1, result=ReviewResult.OTHER), of=case)
    assert (len(ended.reviews), ended.reviews[0].result) == (1, ReviewResult.OTHER)


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
            ReviewRecord(1, ReviewKind.RECONSIDERATION, D("2026-04-20"), ReviewResult.UPHELD, D("2026-06-15")),
        )


def test_a_recalculation_changes_nothing_in_the_case() -> None:
    case = folded(CONSULTED)
    assert folded(then("recalculate", "2026-11-05", calendar_revision=2), of=case) == case


def test_a_case_is_not_changed_by_what_is_made_of_it() -> None:
    case = register(REGISTRATION)
    folded(ASKED, of=case)
    assert case == register(REGISTRATION)


# What the law refuses

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
    *(
        pytest.param((), then(event, BEFORE, **facts), "早于收到日期", article, id=f"{event} before receipt")
        for event, facts, article in [
            ("ask_reasons", {"volume": "多"}, "条例第三十五条"),
            ("delay", {"until": D("2026-06-30")}, "条例第三十五条"),
            ("pause", {}, "条例未规定"),
            ("search", {"found": True}, "条例第三十六条"),
            ("secrecy_review", {"may_release": True}, "条例第十七条"),
            ("split", {"into": "2", "subject": "一"}, "办法第四条"),
            ("withdraw", {}, "格式（六）3"),
            ("merge", {"into": "2"}, "格式（六）3"),
            ("note", {"text": "记"}, "条例第四十五条"),
            ("change_kind", {"applicant_kind": ApplicantKind.OTHER}, "申请人情况"),
        ]
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
    pytest.param((), OPINIONS, "没有第 1 件", "条例第三十二条", id="opinions without asking"),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=2),
        "现有：1",
        "条例第三十二条",
        id="opinions of a consultation that is not there",
    ),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=0),
        "没有第 0 件",
        "条例第三十二条",
        id="opinions of consultation 0",
    ),
    pytest.param(
        (CONSULTED,),
        then("opinions_in", "2026-03-24", consultation=-1),
        "没有第 -1 件",
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
    pytest.param(
        (),
        then("ask_correction", "2026-03-05", delivered=D("2026-03-04")),
        "早于告知补正日期 2026-03-05",
        "条例第三十条",
        id="correction letter delivered before it was written",
    ),
    pytest.param(
        (),
        then("deliver_correction", "2026-03-06"),
        "没有等待中的事项",
        "条例第三十条",
        id="correction letter delivered without one",
    ),
    pytest.param(
        (ASKED,),
        then("deliver_correction", "2026-03-04"),
        "早于告知补正日期",
        "条例第三十条",
        id="correction letter delivered too early",
    ),
    pytest.param(
        (ASKED, then("deliver_correction", "2026-03-06")),
        then("deliver_correction", "2026-03-09"),
        "已于 2026-03-06 送达",
        "条例第三十条",
        id="correction letter delivered twice",
    ),
    pytest.param(
        (),
        then("deliver_consultation", "2026-03-11", consultation=1),
        "没有第 1 件",
        "条例第三十二条",
        id="inquiry delivered without one",
    ),
    pytest.param(
        (CONSULTED,),
        then("deliver_consultation", "2026-03-12", consultation=1),
        "已于 2026-03-11 送达",
        "条例第三十二条",
        id="inquiry delivered twice",
    ),
    pytest.param(
        (then("consult", "2026-03-10"),),
        then("deliver_consultation", "2026-03-09", consultation=1),
        "早于发出日期 2026-03-10",
        "条例第三十二条",
        id="inquiry delivered before it was sent",
    ),
    pytest.param(
        (),
        then("tell_third_party", "2026-03-25", consultation=1, reason="公共利益"),
        "没有第 1 件",
        "条例第三十二条",
        id="third party told that was never asked",
    ),
    pytest.param((), RESUMED, "没有等待中的事项", "条例未规定", id="resumed without a pause"),
    pytest.param((PAUSED, RESUMED), RESUMED, "没有等待中的事项", "条例未规定", id="resumed twice"),
    pytest.param(
        (PAUSED,), then("resume", "2026-03-08"), "早于中止日期 2026-03-09", "条例未规定", id="resumed before the pause"
    ),
    pytest.param((), REASONS_GIVEN, "没有等待中的事项", "条例第三十五条", id="reasons without asking"),
    pytest.param(
        (REASONS_ASKED,),
        then("reasons_in", "2026-03-05"),
        "早于要求说明理由日期",
        "条例第三十五条",
        id="reasons before asking",
    ),
    pytest.param(
        (),
        then("ask_reasons", "2026-03-06", until=D("2026-03-05")),
        "早于告知日期",
        "条例第三十五条",
        id="reasons to be given before they were asked for",
    ),
    pytest.param(
        (REASONS_ASKED, REASONS_GIVEN),
        then("delay", "2026-03-25", until=D("2026-03-24")),
        "早于告知日期",
        "条例第三十五条",
        id="put off to a day that is over",
    ),
    pytest.param(
        (BILLED, then("pay", "2026-03-20", received_yuan=Decimal(100))),
        then("pay", "2026-03-19", received_yuan=Decimal(1900)),
        "早于上次缴费日期 2026-03-20",
        "办法第六条",
        id="the rest paid before the part",
    ),
    pytest.param((GRANTED,), then("serve", "2026-03-30"), "没有记录", "〔2016〕235号", id="served by no known means"),
    pytest.param((POSTED,), then("serve", "2026-03-26"), "早于", "〔2016〕235号", id="served before it was sent"),
    pytest.param(
        (POSTED, then("serve", "2026-03-30")),
        RETURNED,
        "已于 2026-03-30 送达",
        "〔2016〕235号",
        id="came back once served",
    ),
    pytest.param(
        (POSTED, RETURNED),
        then("serve", "2026-03-31"),
        "已于 2026-03-30 退回",
        "〔2016〕235号",
        id="served though it came back",
    ),
    pytest.param(
        (POSTED, RETURNED),
        then("serve_again", "2026-03-26", means=Means.HAND),
        "早于答复日期 2026-03-27",
        "〔2016〕235号",
        id="sent again before it was sent",
    ),
    pytest.param(
        (GRANTED, REVIEWED, CORRECTED_BY_REVIEW),
        replace(REOPENED, happened_on=D("2026-03-26")),
        "早于办结日期 2026-03-27",
        "行政复议法",
        id="reopened before it ended",
    ),
    pytest.param(
        (GRANTED, REVIEWED, CORRECTED_BY_REVIEW),
        then("reopen", "2026-06-16", ground=ReopenGround.RECONSIDERATION, review=1, until=D("2026-06-15")),
        "早于重新办理日期",
        "行政复议法",
        id="a new reply ordered for a day that is over",
    ),
    pytest.param(
        (GRANTED, REVIEWED, CORRECTED_BY_REVIEW, REOPENED),
        then("decide", "2026-06-15", outcome=Outcome.GRANTED),
        "早于重新办理日期 2026-06-16",
        "条例第三十六条",
        id="replied anew before it was reopened",
    ),
    pytest.param(
        (),
        then("amend", "2026-03-09", reason="误录", received_on=D("2026-03-10")),
        "晚于更正日期",
        "条例第三十一条",
        id="received after the amendment",
    ),
    pytest.param(
        (ASKED,),
        then("amend", "2026-03-09", reason="误录", received_on=D("2026-03-06")),
        "告知补正日期 2026-03-05 早于更正后的收到日期",
        "条例第三十一条",
        id="received after a step was taken",
    ),
    pytest.param(
        (ASKED, CORRECTED, GRANTED, REVIEWED, CORRECTED_BY_REVIEW, REOPENED),
        then("amend", "2026-06-20", reason="误录", received_on=D("2026-03-06")),
        "告知补正日期 2026-03-05 早于更正后的收到日期",
        "条例第三十一条",
        id="received after a step of an earlier round",
    ),
    pytest.param(
        (GRANTED,),
        then("amend", "2026-04-20", reason="误录", received_on=D("2026-03-30")),
        "办结日期 2026-03-27 早于更正后的收到日期",
        "条例第三十一条",
        id="received after the reply",
    ),
    pytest.param(
        (),
        then("change_kind", "2026-03-09", applicant_kind=ApplicantKind.COMPANY, reason="误录"),
        "已是“商业企业”",
        "申请人情况",
        id="changed to the kind it is",
    ),
    pytest.param((), RECTIFIED, "不适用“更正处理”", "条例第四十一条", id="a request for information rectified"),
    pytest.param(
        (GRANTED,),
        then("answer_review", "2026-05-06", review=1),
        "没有第 1 件",
        "行政复议法第四十八条",
        id="an answer to no review",
    ),
    pytest.param(
        (GRANTED, SUED, then("answer_review", "2026-05-06", review=1)),
        then("answer_review", "2026-05-07", review=1),
        "已于 2026-05-06",
        "行政诉讼法第六十七条",
        id="answered twice",
    ),
    pytest.param(
        (GRANTED, SUED),
        then("answer_review", "2026-04-19", review=1),
        "早于受理日期",
        "行政诉讼法第六十七条",
        id="answered before it was accepted",
    ),
    pytest.param(
        (GRANTED, REVIEWED), JUDGED, "是行政复议，没有一审", "第八十五条", id="a judgment on a reconsideration"
    ),
    pytest.param((GRANTED, SUED), APPEALED, "没有一审裁判", "第八十五条", id="an appeal from no judgment"),
    pytest.param((GRANTED, SUED, JUDGED), JUDGED, "已于 2026-07-10 一审裁判", "第八十五条", id="judged twice"),
    pytest.param(
        (GRANTED, SUED, JUDGED),
        then("appeal", "2026-07-09", review=1),
        "早于一审裁判日期",
        "第八十五条",
        id="an appeal before the judgment",
    ),
    pytest.param(
        (GRANTED, SUED, JUDGED, APPEALED),
        then("conclude_review", "2026-07-19", review=1, result=ReviewResult.UPHELD),
        "早于上诉日期",
        "条例第五十一条",
        id="ended before the appeal",
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
    pytest.param((PAUSED,), GRANTED, id="a reply while the case is paused"),
    pytest.param((PAUSED,), EXTENDED, id="an extension while the case is paused"),
    pytest.param((PAUSED,), then("pause", "2026-03-10"), id="a pause in a pause"),
    pytest.param((ASKED,), PAUSED, id="a pause while the clock is stopped"),
    pytest.param((ASKED,), then("delay", "2026-03-10", until=D("2026-06-30")), id="a delay while a correction is due"),
    pytest.param((BILLED,), then("ask_reasons", "2026-03-16"), id="reasons asked for while a fee is due"),
]


@pytest.mark.parametrize(("before", "happening"), UNLAWFUL)
def test_an_irregular_step_is_refused_now_but_recorded_of_the_past(before, happening) -> None:
    case = folded(*before)
    refusal = refused(happening, case)
    assert refusal.sentence == f"“{case.state.label}”状态下不能“{happening.event.label}”"
    apply(case, happening, recorded=True)


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize(
    "end", [GRANTED, WITHDRAWN, then("withdraw", "2026-03-20"), then("merge", "2026-03-20", into="2")]
)
@pytest.mark.parametrize(
    "happening",
    [
        ASKED,
        CONSULTED,
        EXTENDED,
        BILLED,
        GRANTED,
        WITHDRAWN,
        PAUSED,
        REASONS_ASKED,
        DELAYED,
        then("search", "2026-03-20", found=True),
        then("secrecy_review", "2026-03-20", may_release=True),
        then("split", "2026-03-20", into="2", subject="一"),
        then("withdraw", "2026-03-20"),
        then("merge", "2026-03-20", into="2"),
        then("carry_over", "2026-03-20", year=2026),
    ],
    ids=lambda h: h.event.value,
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


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize(
    "happening",
    [ASKED, CONSULTED, EXTENDED, BILLED, GRANTED, WITHDRAWN, PAUSED, then("withdraw", "2026-03-20"), REVIEWED],
    ids=lambda h: h.event.value,
)
def test_art31_nothing_is_done_with_a_request_whose_day_of_receipt_is_not_settled(
    happening: Happening, recorded: bool
) -> None:
    void = folded(then("dismiss", "2026-03-03", reason="咨询"), of=register(ARRIVAL))
    for case in (register(ARRIVAL), void):
        refused(happening, case, recorded=recorded)


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize(
    "happening",
    [
        then("confirm", "2026-03-05"),
        then("contact", "2026-03-05", how="电话"),
        then("dismiss", "2026-03-05", reason="咨询"),
        then("serve", "2026-03-05"),
        then("serve_again", "2026-03-05", means=Means.HAND),
        then("reopen", "2026-03-05", ground=ReopenGround.OWN_CORRECTION),
    ],
    ids=lambda h: h.event.value,
)
def test_what_is_done_to_an_arrival_or_to_a_reply_is_not_done_to_an_open_case_now_or_ever(
    happening: Happening, recorded: bool
) -> None:
    """A case opened again that never ended would be counted as carried over for ever."""
    channel = {"channel": Channel.POST_ORDINARY, "arrived_on": RECEIVED}
    case = register(replace(REGISTRATION, facts={**REGISTRATION.facts, **channel}))
    refused(happening, case, recorded=recorded)


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
@pytest.mark.parametrize(
    "happening",
    [ASKED, CONSULTED, EXTENDED, BILLED, GRANTED, WITHDRAWN, then("carry_over", "2026-12-31", year=2026)],
    ids=lambda h: h.event.value,
)
def test_art41_a_record_to_correct_is_handled_by_no_step_of_a_request(happening: Happening, recorded: bool) -> None:
    assert "更正申请不适用" in refused(happening, register(RECTIFICATION), recorded=recorded).sentence


def test_a_case_is_not_registered_again() -> None:
    assert "条例第二十九条" in refused(REGISTRATION, register(REGISTRATION)).article
    assert "条例第三十一条" in refused(ARRIVAL, register(REGISTRATION)).article


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
        pytest.param(
            (PAUSED, RESUMED), then("decide", "2026-03-16", outcome=Outcome.GRANTED), id="before the pause was over"
        ),
        pytest.param(
            (EXTENDED,), then("decide", "2026-03-25", outcome=Outcome.GRANTED), id="before the extension was told"
        ),
        pytest.param((PAUSED,), then("withdraw", "2026-03-06"), id="withdrawn before the pause"),
    ],
)
def test_art36_a_reply_is_not_dated_before_what_it_waited_for(before: tuple[Happening, ...], end: Happening) -> None:
    """A case that still waited on that day could not be answered; the day of the reply contradicts the log."""
    refused(end, folded(*before))


# Histories at random

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
yuan = st.decimals(0, 99999, places=2)
gaps = st.integers(0, 45)
_FIRST = (EventKind.REGISTER, EventKind.ARRIVE)


@st.composite
def histories(draw: st.DrawFn) -> list[Case]:
    """A lawful history, as the cases after each of its events."""
    day = draw(st.dates(date(2019, 5, 15), date(2026, 12, 31)))
    facts = {
        "number": draw(words),
        "applicant_kind": draw(st.sampled_from(ApplicantKind)),
        "subject": draw(words),
        "matter": draw(st.sampled_from([Matter.DISCLOSURE, Matter.DISCLOSURE, Matter.DISCLOSURE, *Matter])),
        "channel": draw(st.none() | st.sampled_from(Channel)),
        "submitted_on": day - timedelta(days=draw(st.integers(0, 3))),
        "ledger_digest": draw(st.none() | words),
    }
    entries = [Entry(1, Happening(draw(st.sampled_from(_FIRST)), day, facts))]
    cases = [register(entries[0].happening)]
    for _ in range(draw(st.integers(0, 14))):
        case = cases[-1]
        day += timedelta(days=draw(gaps))
        choices = [
            event
            for event in EventKind
            if event not in _FIRST and machine.may(case.state, event) and rules.is_for(case.matter, event)
        ]
        happening = draw(_happening(case, draw(st.sampled_from(choices)), day))
        if happening is None:
            continue
        try:
            cases.append(void(entries, happening) if happening.event is EventKind.VOID else apply(case, happening))
        except Refusal:
            continue
        entries.append(Entry(len(entries) + 1, happening))
        assert fold(entries) == cases[-1]
    return cases


@st.composite
def _happening(draw: st.DrawFn, case: Case, event: EventKind, day: date) -> Happening | None:
    def some(items: tuple[Any, ...], attribute: str) -> int | None:
        numbers = [item.number for item in items if getattr(item, attribute) is None]
        return draw(st.sampled_from(numbers)) if numbers else None

    def later() -> date | None:
        return draw(st.none() | gaps.map(lambda n: day + timedelta(days=n)))

    facts: dict[str, Any] = {}
    match event:
        case EventKind.CONTACT:
            facts = {"how": draw(words)}
        case EventKind.CONFIRM:
            facts = {"received_on": draw(st.none() | st.just(case.entered)), "how": draw(st.none() | words)}
        case EventKind.ASK_CORRECTION:
            facts = {"until": later(), "delivered": later(), "working_days": draw(st.none() | st.integers(1, 30))}
            facts["awaits_delivery"] = draw(st.booleans())
            facts["override"] = draw(st.none() | words)
        case EventKind.CONSULT:
            kind = draw(st.none() | st.sampled_from(ConsultationKind))
            facts = {"delivered": later(), "kind": kind, "suspends": kind is not ConsultationKind.INTERNAL}
        case EventKind.DELIVER_CONSULTATION:
            facts = {"consultation": some(case.inquiries, "delivered")}
        case EventKind.OPINIONS_IN:
            facts = {"consultation": some(case.inquiries, "ended"), "opinion": draw(st.sampled_from(Opinion))}
        case EventKind.TELL_THIRD_PARTY:
            facts = {"consultation": some(case.inquiries, "told"), "reason": draw(words)}
        case EventKind.EXTEND:
            facts = {"working_days": draw(st.integers(1, 20))}
        case EventKind.ASK_REASONS:
            facts = {"until": later()}
        case EventKind.REASONS_IN:
            facts = {"reasonable": draw(st.booleans())}
        case EventKind.DELAY:
            facts = {"until": day + timedelta(days=draw(gaps))}
        case EventKind.BILL:
            facts = {
                "billed_yuan": draw(yuan),
                "tariff": draw(st.sampled_from(Tariff)),
                "restarts": draw(st.booleans()),
            }
        case EventKind.PAY:
            owed = next(fee.billed_yuan for fee in reversed(case.fees) if fee.paid is None)
            facts = {"received_yuan": draw(st.sampled_from([owed, owed / 2]))}
        case EventKind.SEARCH:
            facts = {"found": draw(st.booleans())}
        case EventKind.SECRECY_REVIEW:
            facts = {"may_release": draw(st.booleans())}
        case EventKind.SPLIT:
            facts = {"into": draw(words), "subject": draw(words)}
        case EventKind.DECIDE | EventKind.LAPSE | EventKind.CLOSE:
            outcomes = [outcome for outcome in Outcome if statute.ENDING[outcome] is event]
            facts = {"outcome": draw(st.sampled_from(outcomes)), "reply_number": draw(st.none() | words)}
            if event is EventKind.DECIDE:
                facts |= {"means": draw(st.none() | st.sampled_from(Means)), "reevaluate_on": later()}
        case EventKind.MERGE:
            facts = {"into": draw(words)}
        case EventKind.RECTIFY:
            facts = {"result": draw(st.sampled_from(RectificationResult)), "reason": draw(words)}
        case EventKind.RETURN | EventKind.DISMISS:
            facts = {"reason": draw(words)}
        case EventKind.SERVE_AGAIN:
            facts = {"means": draw(st.sampled_from(Means))}
        case EventKind.REOPEN:
            review = draw(st.none() | st.sampled_from([review.number for review in case.reviews] or [1]))
            facts = {"ground": draw(st.sampled_from(ReopenGround)), "review": review, "until": later()}
        case EventKind.AMEND:
            facts = {"received_on": later() or case.received, "subject": draw(st.none() | words)}
            facts["channel"] = draw(st.none() | st.sampled_from(Channel))
        case EventKind.CHANGE_KIND:
            facts = {"applicant_kind": draw(st.sampled_from(ApplicantKind))}
        case EventKind.ASSIGN:
            facts = {"officer": draw(words)}
        case EventKind.VOID:
            facts = {"entry": draw(st.integers(1, 16)), "reason": draw(words)}
        case EventKind.CARRY_OVER:
            facts = {"year": day.year}
        case EventKind.RECALCULATE:
            facts = {"calendar_revision": 2}
        case EventKind.OPEN_REVIEW:
            facts = {"review_kind": draw(st.sampled_from(ReviewKind)), "copy_received": later()}
            facts["procedure"] = draw(st.none() | st.sampled_from(Procedure))
        case EventKind.ANSWER_REVIEW | EventKind.APPEAL:
            facts = {"review": some(case.reviews, "concluded")}
        case EventKind.FIRST_JUDGMENT:
            facts = {"review": some(case.reviews, "judged"), "ruling_form": draw(st.sampled_from(RulingForm))}
        case EventKind.CONCLUDE_REVIEW:
            results = [result for result in ReviewResult if result is not ReviewResult.PENDING]
            facts = {"review": some(case.reviews, "concluded"), "result": draw(st.sampled_from(results))}
    if event is not EventKind.REOPEN and any(facts.get(name, 1) is None for name in ("consultation", "review")):
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


def test_a_snapshot_leaves_out_what_is_empty() -> None:
    assert to_snapshot(register(REGISTRATION)) == {
        "number": "〔2026〕1号",
        "applicant_kind": "company",
        "subject": "某路段的征收决定",
        "entered": "2026-03-02",
        "received": "2026-03-02",
    }


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_state_of_a_case_is_what_it_waits_for_until_it_has_ended(cases: list[Case]) -> None:
    for case in cases:
        working = statute.working_state(case.state)
        assert case.is_open() == (working is not None or case.state is State.UNCONFIRMED)
        assert case.is_counted() == (
            case.matter is Matter.DISCLOSURE and case.state not in (State.UNCONFIRMED, State.VOID)
        )
        assert (case.received is None) == (case.state is State.UNCONFIRMED) or case.state is State.VOID
        if case.reopenings or case.state in statute.FINAL:
            assert case.closed is not None, "the first reply is the one that the report counts"
        else:
            assert case.closed is None
        assert (case.closed is not None) == (case.outcome is not None or case.rectified is not None)
        assert (case.ended() is None) == (case.state not in statute.FINAL)
        if working is None:
            assert case.ended() is None or case.state is (
                State.CLOSED if case.last_outcome() is None else statute.final_state(case.last_outcome())
            )
            continue
        assert working is case.waits_in()
        if not case.reopenings:
            assert (case.state in statute.PLAIN) == bool(case.carried_over)
        for_a_new_period = working is State.AWAITING_FEE and any(f.restarts and f.paid is None for f in case.fees)
        facts = case.clock_facts()
        waits = working is State.PENDING_CORRECTION or for_a_new_period
        # A day that was ordered stays, whatever is waited for.
        assert clock.is_stopped(facts) == (waits and facts.ordered is None)


OF_THE_REQUEST = (
    DeadlineKind.ASK_CORRECTION,
    DeadlineKind.CORRECTION,
    DeadlineKind.OPINION,
    DeadlineKind.REASONS,
    DeadlineKind.PAYMENT,
    DeadlineKind.REPLY,
)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_deadlines_of_any_case_can_be_stored_and_the_reply_comes_last(cases: list[Case]) -> None:
    for case in cases:
        rows = deadlines(case, NATIONAL)
        if case.received is None or case.state is State.VOID:
            assert {row.kind for row in rows} <= ({DeadlineKind.CONFIRM} if case.is_open() else set())
            continue
        assert rows[-1].kind is DeadlineKind.REPLY
        assert [row.round for row in rows if row.kind is DeadlineKind.REPLY] == [*range(1, len(case.reopenings) + 2)]
        keys = [(row.kind, row.round) for row in rows]
        assert len(set(keys)) == len(keys)
        for row in rows:
            assert row.article
            assert (row.state is DeadlineState.DONE) == (row.done_on is not None)
            # The table forbids an open deadline without a day, and a case that has ended owes nothing.
            assert row.state is not DeadlineState.OPEN or row.due_on is not None
            if row.kind in OF_THE_REQUEST:
                assert row.state is not DeadlineState.OPEN or case.is_open()
            if row.kind is DeadlineKind.REEVALUATION:
                assert not row.provisional, "no calendar moves a day that is counted in months"
            else:
                assert row.provisional == (row.due_on is not None and NATIONAL.is_provisional(row.due_on))
        if case.is_open():
            today = clock.reckon(case.clock_facts(), NATIONAL, case.began())
            assert rows[-1].due_on == today.reply_due


# deadlines()

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
        id="Art. 51: a review of which no copy has come has no deadline",
    ),
    pytest.param(
        (then("ask_correction", "2026-03-05", working_days=10, delivered=D("2026-03-06")),),
        [
            ("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"),
            ("correction", 1, OPEN, "2026-03-20", None),
            ("reply", 1, SUSPENDED, None, None),
        ],
        id="Art. 30, law.md 12 no. 10: ten working days from delivery",
    ),
    pytest.param(
        (then("ask_correction", "2026-03-05", working_days=10),),
        [("ask_correction", 1, DONE, "2026-03-11", "2026-03-05"), ("reply", 1, SUSPENDED, None, None)],
        id="Art. 30: not delivered, the correction period has not begun",
    ),
    pytest.param(
        (then("bill", "2026-03-12", billed_yuan=Decimal(2000), restarts=False), PAID),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("payment", 1, DONE, "2026-04-10", "2026-03-20"),
            ("reply", 1, OPEN, "2026-04-08", None),
        ],
        id="a payment that does not restart the period only suspends it: six working days",
    ),
    pytest.param(
        (PAUSED,),
        [("ask_correction", 1, OPEN, "2026-03-11", None), ("reply", 1, SUSPENDED, None, None)],
        id="law.md 3.3: paused",
    ),
    pytest.param(
        (PAUSED, RESUMED),
        [("ask_correction", 1, OPEN, "2026-03-11", None), ("reply", 1, OPEN, "2026-04-08", None)],
        id="law.md 3.3: resumed after six working days",
    ),
    pytest.param(
        (REASONS_ASKED,),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("reasons", 1, OPEN, "2026-03-20", None),
            ("reply", 1, OPEN, "2026-03-30", None),
        ],
        id="Art. 35: reasons asked for, the clock runs on",
    ),
    pytest.param(
        (REASONS_ASKED, REASONS_GIVEN, DELAYED),
        [
            ("ask_correction", 1, OPEN, "2026-03-11", None),
            ("reasons", 1, DONE, "2026-03-20", "2026-03-16"),
            ("reply", 1, OPEN, "2026-06-30", None),
        ],
        id="Art. 35: the reply put off to the day that the agency set",
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


REMEDIES = [
    # what comes after a reply made on 2026-03-27; kind, number, state, last day, day done, article
    pytest.param(
        (then("open_review", "2026-04-20", review_kind=ReviewKind.RECONSIDERATION, copy_received=D("2026-04-22")),),
        [("review_answer", 1, OPEN, "2026-05-09", None, "行政复议法第四十八条")],
        id="reconsideration law 48, 88: ten working days, one of them a Saturday",
    ),
    pytest.param(
        (
            then(
                "open_review",
                "2026-04-20",
                review_kind=ReviewKind.RECONSIDERATION,
                copy_received=D("2026-04-22"),
                procedure=Procedure.SIMPLIFIED,
            ),
        ),
        [("review_answer", 1, OPEN, "2026-04-29", None, "行政复议法第五十四条")],
        id="reconsideration law 54: five working days",
    ),
    pytest.param(
        (SUED,),
        [("defence", 1, OPEN, "2026-05-07", None, "行政诉讼法第六十七条")],
        id="litigation law 67: fifteen days",
    ),
    pytest.param(
        (SUED, then("answer_review", "2026-05-06", review=1), JUDGED),
        [
            ("defence", 1, DONE, "2026-05-07", "2026-05-06", "行政诉讼法第六十七条"),
            ("appeal", 1, OPEN, "2026-07-27", None, "行政诉讼法第八十五条"),
        ],
        id="litigation law 85: fifteen days against a judgment, the last of them no Saturday",
    ),
    pytest.param(
        (
            SUED,
            then("first_judgment", "2026-07-10", review=1, ruling_form=RulingForm.ORDER),
            then("conclude_review", "2026-07-21", review=1, result=ReviewResult.OTHER),
        ),
        [
            ("defence", 1, SUSPENDED, "2026-05-07", None, "行政诉讼法第六十七条"),
            ("appeal", 1, SUSPENDED, "2026-07-20", None, "行政诉讼法第八十五条"),
        ],
        id="litigation law 85: ten days against an order; what is over owes nothing",
    ),
    pytest.param(
        (SUED, JUDGED, APPEALED),
        [
            ("defence", 1, OPEN, "2026-05-07", None, "行政诉讼法第六十七条"),
            ("appeal", 1, DONE, "2026-07-27", "2026-07-20", "行政诉讼法第八十五条"),
        ],
        id="litigation law 85: appealed",
    ),
]


@pytest.mark.parametrize(("happenings", "rows"), REMEDIES)
def test_the_days_of_a_remedy_run_beside_the_reply_that_was_made(happenings, rows) -> None:
    *found, reply = deadlines(folded(GRANTED, *happenings), NATIONAL)
    assert (reply.kind, reply.state, reply.done_on) == (DeadlineKind.REPLY, DONE, D("2026-03-27"))
    assert found == [
        DeadlineRow(DeadlineKind(kind), number, state, D(due), done and D(done), article, provisional=False)
        for kind, number, state, due, done, article in rows
    ]


@pytest.mark.parametrize(
    ("until", "due"), [("2026-07-31", "2026-07-31"), (None, "2026-07-15")], ids=["a day ordered", "no day ordered"]
)
def test_a_new_reply_has_a_period_of_its_own_by_the_ruling_or_of_twenty_working_days(until, due) -> None:
    """law.md 3.3: the period fixed in the ruling; where it fixes none, 20 working days (法释〔2025〕8号)."""
    reopened = replace(REOPENED, facts={**REOPENED.facts, "until": until and D(until)})
    rows = deadlines(folded(CONSULTED, OPINIONS, GRANTED, REVIEWED, CORRECTED_BY_REVIEW, reopened), NATIONAL)
    assert [(row.kind.value, row.round, row.state, row.due_on, row.done_on) for row in rows] == [
        ("opinion", 1, DONE, D("2026-04-01"), D("2026-03-24")),
        ("reply", 1, DONE, D("2026-04-14"), D("2026-03-27")),
        ("reply", 2, OPEN, D(due), None),
    ]
    assert "条例第三十三条" in rows[-1].article
    assert "行政复议决定" in rows[-1].article


def test_art18_what_was_withheld_is_looked_at_again_on_its_day() -> None:
    withheld = then("decide", "2026-03-27", outcome=Outcome.REFUSED_PROCESS, reevaluate_on=D("2027-03-27"))
    (again, _) = deadlines(folded(withheld), NATIONAL)
    assert (again.kind, again.state, again.due_on) == (DeadlineKind.REEVALUATION, OPEN, D("2027-03-27"))
    assert again.article == "条例第十八条"
    assert not again.provisional, "no calendar moves a day that is counted in months"


def test_art31_an_arrival_has_but_the_day_to_confirm_it_and_a_void_one_none() -> None:
    (confirm,) = deadlines(register(ARRIVAL), NATIONAL)
    assert (confirm.kind, confirm.state, confirm.due_on) == (DeadlineKind.CONFIRM, OPEN, RECEIVED)
    assert confirm.article == "条例第三十一条"
    assert deadlines(folded(then("dismiss", "2026-03-05", reason="咨询"), of=register(ARRIVAL)), NATIONAL) == ()
    on_a_saturday = replace(
        ARRIVAL, happened_on=D("2026-03-07"), facts={**ARRIVAL.facts, "arrived_on": D("2026-03-07")}
    )
    (confirm,) = deadlines(register(on_a_saturday), NATIONAL)
    assert confirm.due_on == D("2026-03-09")


def test_art41_a_record_to_correct_has_the_internal_period_and_no_other() -> None:
    (reply,) = deadlines(register(RECTIFICATION), NATIONAL)
    assert (reply.kind, reply.state, reply.due_on) == (DeadlineKind.REPLY, OPEN, D("2026-04-14"))
    assert reply.article.startswith("条例第四十一条")
    (reply,) = deadlines(folded(RECTIFIED, of=register(RECTIFICATION)), NATIONAL)
    assert (reply.state, reply.done_on) == (DONE, D("2026-03-20"))


def test_a_carried_over_case_has_the_deadlines_of_its_twin() -> None:
    carried = then("carry_over", "2026-12-31", year=2026)
    for happenings in ((), (ASKED,), (CONSULTED,), (BILLED,), (PAUSED,), (REASONS_ASKED, REASONS_GIVEN, DELAYED)):
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
