"""The Regulation article by article (law.md 2 and 4): what each sentence makes the office do, recorded as it does it.

条例 = 《政府信息公开条例》; 办法 = 《政府信息公开信息处理费管理办法》. 2 March 2026 is a Monday; its seventh working day is
11 March, its twentieth 30 March. Every test ends with a log that verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import case_event
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
)
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import fresh_database
from tests.lawful import LI, NOBODY, ONLINE_REVIEW, Office, day, open_office
from workflow import clock, joint, log, statute
from workflow.case import Happening
from workflow.faults import InputFault
from workflow.statute import Remedy

# The steps of an office, by short names.
ARRIVE, CONFIRM, CONTACT, DISMISS = EventKind.ARRIVE, EventKind.CONFIRM, EventKind.CONTACT, EventKind.DISMISS
ASK, DELIVER, CORRECT = EventKind.ASK_CORRECTION, EventKind.DELIVER_CORRECTION, EventKind.CORRECT
CONSULT, DELIVER_LETTER, HEAR = EventKind.CONSULT, EventKind.DELIVER_CONSULTATION, EventKind.OPINIONS_IN
EXTEND, DECIDE, LAPSE, CLOSE = EventKind.EXTEND, EventKind.DECIDE, EventKind.LAPSE, EventKind.CLOSE
BILL, PAY = EventKind.BILL, EventKind.PAY
THIRD_PARTY, JOINT_MAKER = ConsultationKind.THIRD_PARTY, ConsultationKind.JOINT_MAKER

EXTENSION = {"approver": "公开办负责人", "reason": "信息量大"}
SEARCH = {"where": "档案室、公文系统", "terms": "道路 养护 合同", "searcher": "张三"}
WITHHOLDING = [
    Outcome.REFUSED_STATE_SECRET,
    Outcome.REFUSED_OTHER_LAW,
    Outcome.REFUSED_SAFETY_STABILITY,
    Outcome.REFUSED_THIRD_PARTY,
    Outcome.REFUSED_INTERNAL_AFFAIRS,
    Outcome.REFUSED_PROCESS,
    Outcome.REFUSED_ENFORCEMENT_FILE,
]


@pytest.fixture(scope="module")
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database for these tests, in which each has an agency of its own."""
    with fresh_database(server, template) as made:
        yield made


@pytest.fixture
def office(database: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose log is in order when the test is over."""
    with open_office(database, cipher) as opened:
        yield opened


def ask_correction(office: Office, on: str = "2026-03-05", **facts: Any) -> None:
    """Ask for a correction."""
    office.then(ASK, on, items="所需合同的名称或者年份", **facts)


def consult(office: Office, on: str = "2026-03-10", kind: ConsultationKind = THIRD_PARTY, **facts: Any) -> None:
    """Ask for an opinion."""
    office.then(CONSULT, on, **{"kind": kind, "party": "某某建设公司", **facts})


def hear(office: Office, on: str = "2026-03-24", opinion: Opinion = Opinion.AGREE, number: int = 1) -> None:
    """Receive the opinion."""
    office.then(HEAR, on, consultation=number, opinion=opinion)


# Art. 2: what 政府信息 is


def test_art02_what_is_no_government_information_is_ended_with_the_reason_and_counted_among_the_other_endings(
    office: Office,
) -> None:
    office.register()
    assert office.refused(CLOSE, "2026-03-10", outcome=Outcome.OTHER_MISC).sentence.endswith("缺少“理由”")
    ended = office.then(CLOSE, "2026-03-10", outcome=Outcome.OTHER_MISC, reason="所求不是政府信息，为咨询")
    assert ended.state is State.CLOSED
    assert office.counted() == {"new": 1, "results/other_misc": 1}


# Art. 10: who answers


def test_art10_a_request_for_what_another_agency_made_is_answered_with_the_reason_and_that_agency(
    office: Office,
) -> None:
    office.register()
    not_ours = {"outcome": Outcome.UNAVAILABLE_NOT_HELD, "ground": Ground.NOT_OURS, "means": Means.POST_EMS}
    known = {"other_agency": "市住建局", "other_agency_contact": "0000-1234567"}
    assert office.refused(DECIDE, "2026-03-10", **not_ours, **known).article == "条例第三十六条第（五）项"
    answered = office.then(DECIDE, "2026-03-10", **not_ours, **known, reasons="由市住建局制作")
    assert (answered.state, answered.ground) == (State.REFUSED, Ground.NOT_OURS)
    assert office.counted() == {"new": 1, "results/unavailable_not_held": 1}


def test_art10_what_was_made_jointly_is_answered_by_the_lead_and_another_maker_names_it(office: Office) -> None:
    office.register()
    lead = {"other_agency": "市发改委（牵头）", "other_agency_contact": "0000-7654321"}
    office.decide(
        "2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_OURS, reasons="由市发改委牵头制作", **lead
    )
    assert office.case.state is State.REFUSED


# Art. 11: other organs


def test_art11_an_organ_that_disclosure_concerns_is_consulted_and_the_reply_waits_for_it(office: Office) -> None:
    office.register()
    consult(office, kind=ConsultationKind.OTHER_AGENCY, party="市水务局", delivered="2026-03-11")
    assert office.case.state is State.CONSULTING
    office.review_secrecy("2026-03-12")
    refusal = office.decision_refused("2026-03-12", Outcome.GRANTED, ground=Ground.PROVIDED)
    assert refusal.article == "条例第三十六条"
    hear(office)
    office.grant("2026-03-25")


# Art. 17: 先审查、后公开


@pytest.mark.parametrize(
    ("outcome", "facts"),
    [(Outcome.GRANTED, {"ground": Ground.PROVIDED}), (Outcome.PARTLY_GRANTED, {"reasons": "含个人隐私"})],
    ids=lambda value: getattr(value, "value", ""),
)
def test_art17_a_reply_that_releases_content_is_refused_without_the_secrecy_review(
    office: Office, outcome: Outcome, facts: dict[str, Any]
) -> None:
    office.register()
    refusal = office.decision_refused("2026-03-10", outcome, **facts)
    assert refusal.article == "条例第十七条"
    assert "保密审查" in refusal.sentence
    office.review_secrecy("2026-03-10")
    assert office.decide("2026-03-10", outcome, **facts).state is State.DISCLOSED


def test_art17_a_review_made_after_the_reply_does_not_count_for_it(office: Office) -> None:
    office.register()
    office.review_secrecy("2026-03-12")
    refusal = office.decision_refused("2026-03-11", Outcome.GRANTED, ground=Ground.PROVIDED)
    assert refusal.article == "条例第十七条"


def test_art17_what_the_review_holds_back_is_not_released(office: Office) -> None:
    office.register()
    office.review_secrecy("2026-03-10", may_release=False)
    refusal = office.decision_refused("2026-03-11", Outcome.GRANTED, ground=Ground.PROVIDED)
    assert refusal.article == "条例第十七条"
    assert "不可以公开" in refusal.sentence


def test_art17_the_last_of_several_reviews_counts(office: Office) -> None:
    office.register()
    office.review_secrecy("2026-03-10", may_release=False)
    office.grant("2026-03-12")
    assert office.case.state is State.DISCLOSED


def test_art17_what_withholds_everything_needs_no_review(office: Office) -> None:
    office.register()
    assert office.refuse("2026-03-10").state is State.REFUSED


def test_art17_when_unsure_the_superior_or_the_secrecy_bureau_decides_and_the_time_does_not_count(
    office: Office,
) -> None:
    office.register()
    asked = {"kind": ConsultationKind.SUPERIOR, "party": "市保密局", "delivered": "2026-03-11"}
    refusal = office.refused(CONSULT, "2026-03-10", **asked)
    assert refusal.article == "条例第十七条、第三十三条第三款"
    assert "法制审核" in refusal.sentence
    office.then(CONSULT, "2026-03-10", **asked, legal_review=True)
    assert (office.case.state, office.due()) == (State.CONSULTING, None)
    hear(office)
    assert office.due() == "2026-04-14"


def test_art17_where_the_agency_so_chooses_asking_above_stops_no_clock(office: Office) -> None:
    office.choose("superior_suspends", "否")
    office.register()
    consult(office, kind=ConsultationKind.SUPERIOR, party="市保密局")
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-03-30")


# Art. 18: what was withheld is looked at again


@pytest.mark.parametrize("outcome", WITHHOLDING, ids=lambda each: each.value)
def test_art18_every_denial_is_looked_at_again_after_a_year(office: Office, outcome: Outcome) -> None:
    office.register()
    office.refuse("2026-03-25", outcome)
    assert office.due(DeadlineKind.REEVALUATION) == "2027-03-25"
    assert office.deadline(DeadlineKind.REEVALUATION).article == "条例第十八条"


def test_art18_the_withheld_part_of_a_partial_reply_is_looked_at_again_too(office: Office) -> None:
    office.register()
    office.review_secrecy("2026-03-25")
    office.decide("2026-03-25", Outcome.PARTLY_GRANTED, reasons="其余部分属于商业秘密")
    assert office.due(DeadlineKind.REEVALUATION) == "2027-03-25"


def test_art18_the_interval_is_the_agencys_and_nothing_released_is_looked_at_again(office: Office) -> None:
    office.choose("reevaluation_months", "6")
    office.register()
    office.refuse("2026-03-31")
    assert office.due(DeadlineKind.REEVALUATION) == "2026-09-30"
    office.register("2026-03-03")
    office.grant("2026-03-20")
    assert office.deadline(DeadlineKind.REEVALUATION) is None


# Arts. 14 to 16: the exemptions


@pytest.mark.parametrize(
    ("outcome", "article"),
    [
        (Outcome.REFUSED_STATE_SECRET, "条例第十四条"),
        (Outcome.REFUSED_OTHER_LAW, "条例第十四条"),
        (Outcome.REFUSED_SAFETY_STABILITY, "条例第十四条"),
        (Outcome.REFUSED_THIRD_PARTY, "条例第十五条、第三十二条"),
        (Outcome.REFUSED_INTERNAL_AFFAIRS, "条例第十六条第一款"),
        (Outcome.REFUSED_PROCESS, "条例第十六条第二款"),
        (Outcome.REFUSED_ENFORCEMENT_FILE, "条例第十六条第二款"),
    ],
    ids=lambda value: getattr(value, "value", value),
)
def test_art14_to_16_a_denial_gives_its_reasons_and_stands_under_its_article(
    office: Office, outcome: Outcome, article: str
) -> None:
    office.register()
    refusal = office.decision_refused("2026-03-10", outcome)
    assert (refusal.article, refusal.sentence.endswith("缺少“理由和条款”")) == (article, True)
    assert office.refuse("2026-03-10", outcome).state is State.REFUSED
    assert office.counted() == {"new": 1, f"results/{outcome.value}": 1}
    assert statute.OUTCOMES[outcome].remedy is Remedy.RECONSIDERATION_FIRST


def test_art15_what_every_third_party_agrees_to_is_not_withheld_for_its_sake(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    hear(office, opinion=Opinion.AGREE)
    refusal = office.decision_refused("2026-03-25", Outcome.REFUSED_THIRD_PARTY, reasons="商业秘密")
    assert refusal.article == "条例第十五条"
    office.grant("2026-03-25")


def test_art15_what_one_of_two_third_parties_does_not_agree_to_may_be_withheld(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    consult(office, delivered="2026-03-11", party="李某某")
    hear(office, opinion=Opinion.AGREE)
    hear(office, opinion=Opinion.DISAGREE, number=2)
    assert office.refuse("2026-03-25", Outcome.REFUSED_THIRD_PARTY).state is State.REFUSED


# Art. 28: channels


def test_art28_in_person_and_by_post_are_never_refused_and_cannot_be_switched_off(office: Office) -> None:
    with pytest.raises(InputFault, match="国办公开办函〔2017〕19号"):
        office.choose("channels", "网络、电子邮件")
    office.choose("channels", "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）")
    office.register(channel=Channel.IN_PERSON, submitted_on="2026-03-02")
    office.register(channel=Channel.POST_EMS, arrived_on="2026-03-02")
    assert office.counted()["new"] == 2


def test_art28_a_channel_that_was_not_announced_need_not_be_accepted(office: Office) -> None:
    office.choose("channels", "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）、网络")
    email = {"channel": Channel.EMAIL, "submitted_on": "2026-03-02", "confirmed_on": "2026-03-02"}
    refusal = office.refused(EventKind.REGISTER, "2026-03-02", **email, confirmed_how="电话")
    assert refusal.article == "条例第二十八条"
    office.register(**{**email, "channel": Channel.ONLINE}, confirmed_how="平台回执")


# Art. 29: what a request holds


def test_art29_a_request_that_lacks_name_and_identity_is_registered_and_corrected_never_turned_away(
    office: Office,
) -> None:
    office.register(applicant=NOBODY, channel=Channel.IN_PERSON, submitted_on="2026-03-02")
    office.then(ASK, "2026-03-05", items="申请人姓名、身份证明和联系方式")
    assert office.case.state is State.PENDING_CORRECTION


def test_art29_no_purpose_is_asked_for() -> None:
    facts = [fact for step in statute.FIRST_STEPS for fact in step.facts]
    assert {fact.label for fact in facts if fact.required} == {"申请人类别", "申请内容"}
    assert not [fact for fact in facts if "用途" in fact.label]


def test_art29_an_oral_request_is_written_down_by_staff_and_received_the_day_it_was_spoken(office: Office) -> None:
    spoken = {"channel": Channel.ORAL, "submitted_on": "2026-03-02"}
    assert (
        office.refused(EventKind.REGISTER, "2026-03-03", **spoken).article == "条例第二十九条第一款、第三十一条第一项"
    )
    office.register(**spoken, filled_by_staff=True)
    assert office.due() == "2026-03-30"
    assert office.log[0].happening.facts["filled_by_staff"] is True


# Art. 30: correction


def test_art30_a_correction_may_be_asked_for_on_the_seventh_working_day(office: Office) -> None:
    office.register()
    assert office.due(DeadlineKind.ASK_CORRECTION) == "2026-03-11"
    ask_correction(office, "2026-03-11")
    assert office.case.state is State.PENDING_CORRECTION


def test_art30_after_the_seventh_working_day_the_right_to_ask_is_lost(office: Office) -> None:
    office.register()
    refusal = office.refused(ASK, "2026-03-12", items="文号")
    assert refusal.article == "条例第三十条"
    assert "2026-03-11" in refusal.sentence


def test_art30_consulting_does_not_lengthen_the_seven_days(office: Office) -> None:
    office.register()
    consult(office, "2026-03-03", delivered="2026-03-04")
    hear(office, "2026-03-12")
    assert office.refused(ASK, "2026-03-12", items="文号").article == "条例第三十条"


def test_art30_the_letter_says_what_is_to_be_corrected(office: Office) -> None:
    office.register()
    refusal = office.refused(ASK, "2026-03-05")
    assert (refusal.article, "补正事项" in refusal.sentence) == ("条例第三十条", True)


def test_art30_the_correction_period_counts_from_the_applicants_receipt_of_the_letter(office: Office) -> None:
    office.register()
    ask_correction(office)
    assert office.deadline(DeadlineKind.CORRECTION) is None
    office.then(DELIVER, "2026-03-06")
    assert office.due(DeadlineKind.CORRECTION) == "2026-03-20"


def test_art30_the_length_of_the_correction_period_is_the_agencys_and_stays_as_it_was_told(office: Office) -> None:
    office.choose("correction_days", "15")
    office.register()
    ask_correction(office, delivered="2026-03-06")
    office.choose("correction_days", "5")
    assert office.due(DeadlineKind.CORRECTION) == "2026-03-27"


def test_art30_a_letter_delivered_before_it_was_written_is_refused(office: Office) -> None:
    office.register()
    assert office.refused(ASK, "2026-03-05", items="文号", delivered="2026-03-04").article == "条例第三十条"
    ask_correction(office)
    assert office.refused(DELIVER, "2026-03-04").article == "条例第三十条"


def test_art30_while_a_correction_is_awaited_no_reply_period_runs(office: Office) -> None:
    office.register()
    ask_correction(office)
    assert office.due() is None
    assert office.clock("2026-03-10").state == "stopped"


def test_art30_the_full_twenty_days_run_from_the_receipt_of_the_correction(office: Office) -> None:
    office.register("2026-04-08")
    ask_correction(office, "2026-04-10", delivered="2026-04-13")
    office.then(CORRECT, "2026-04-20")
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-05-20")


def test_art30_a_corrected_request_is_the_same_request_and_counted_once(office: Office) -> None:
    office.register("2025-12-29")
    office.then(ASK, "2026-01-05", items="文号")
    office.then(CORRECT, "2026-01-12")
    office.grant("2026-01-20")
    assert office.counted(2025) == {"new": 1, "carried_out": 1}
    assert office.counted(2026) == {"carried_in": 1, "results/granted": 1}


def test_art30_the_correction_discards_the_old_period_with_its_extension(office: Office) -> None:
    office.register()
    office.then(EXTEND, "2026-03-04", working_days=20, **EXTENSION)
    ask_correction(office, until="2026-03-19")
    office.then(CORRECT, "2026-03-18")
    assert office.due() == "2026-04-16"
    office.then(EXTEND, "2026-04-16", working_days=10, **EXTENSION)
    assert office.due() == "2026-04-30"


def test_art30_a_correction_is_asked_for_once_only(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-19")
    office.then(CORRECT, "2026-03-09")
    refusal = office.refused(ASK, "2026-03-10", items="年份")
    assert (refusal.article, "一次性告知" in refusal.sentence) == ("条例第三十条", True)
    assert office.option(ASK, "2026-03-10").override


def test_art30_a_second_letter_is_sent_with_a_reason_that_is_recorded(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-19")
    office.then(CORRECT, "2026-03-09")
    ask_correction(office, "2026-03-10", override="补正后出现新的不明确之处")
    assert office.case.state is State.PENDING_CORRECTION
    assert office.log[-1].happening.facts["override"] == "补正后出现新的不明确之处"


def test_art30_the_seven_days_for_a_second_letter_run_from_the_receipt_of_the_correction(office: Office) -> None:
    # law.md 3.4: t0 is the day on which the correction was received, the latest restart wins.
    office.register()
    ask_correction(office, until="2026-03-19")
    office.then(CORRECT, "2026-03-18")
    assert office.refused(ASK, "2026-03-30", items="年份", override="新的不明确之处").article == "条例第三十条"
    ask_correction(office, "2026-03-27", override="新的不明确之处")
    assert office.case.state is State.PENDING_CORRECTION
    record = office.record
    told = clock.explain(record.case.clock_facts(), record.calendar, day("2026-03-27"))
    assert not [line for line in told if "已超过七个工作日" in line]


def test_art30_an_agency_may_forbid_second_letters_altogether(office: Office) -> None:
    office.choose("second_correction", "否")
    office.register()
    ask_correction(office, until="2026-03-19")
    office.then(CORRECT, "2026-03-09")
    refusal = office.refused(ASK, "2026-03-10", items="年份", override="新的不明确之处")
    assert refusal.article == "条例第三十条"
    assert not office.option(ASK, "2026-03-10").override


def test_art30_what_is_not_corrected_in_time_is_given_up_the_day_after_and_not_before(office: Office) -> None:
    office.register()
    ask_correction(office, delivered="2026-03-06")
    given_up = {"outcome": Outcome.OTHER_NOT_CORRECTED}
    assert office.refused(LAPSE, "2026-03-20", **given_up).article == "条例第三十条"
    ended = office.then(LAPSE, "2026-03-21", **given_up)
    assert (ended.state, ended.outcome) == (State.CLOSED, Outcome.OTHER_NOT_CORRECTED)
    assert office.counted() == {"new": 1, "results/other_not_corrected": 1}


def test_art30_nobody_gives_up_a_request_by_a_letter_that_never_reached_him(office: Office) -> None:
    office.register()
    ask_correction(office)
    refusal = office.refused(LAPSE, "2026-06-01", outcome=Outcome.OTHER_NOT_CORRECTED)
    assert (refusal.article, "送达" in refusal.sentence) == ("条例第三十条", True)


def test_art30_a_letter_that_names_its_day_must_have_reached_him_too(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-19")
    refusal = office.refused(LAPSE, "2026-03-23", outcome=Outcome.OTHER_NOT_CORRECTED)
    assert (refusal.article, "送达" in refusal.sentence) == ("条例第三十条", True)
    office.then(DELIVER, "2026-03-06")
    office.then(LAPSE, "2026-03-23", outcome=Outcome.OTHER_NOT_CORRECTED)


def test_art30_the_agency_may_wait_some_days_longer(office: Office) -> None:
    office.choose("lapse_grace_days", "5")
    office.register()
    ask_correction(office, delivered="2026-03-06")
    assert office.refused(LAPSE, "2026-03-27", outcome=Outcome.OTHER_NOT_CORRECTED).article
    office.then(LAPSE, "2026-03-28", outcome=Outcome.OTHER_NOT_CORRECTED)


def test_art30_a_correction_on_the_last_day_is_in_time(office: Office) -> None:
    office.register()
    ask_correction(office, delivered="2026-03-06")
    office.then(CORRECT, "2026-03-20")
    assert office.case.state is State.RECEIVED


def test_art30_a_late_correction_is_taken_with_good_reason_and_approval(office: Office) -> None:
    office.register()
    ask_correction(office, delivered="2026-03-06")
    assert office.refused(CORRECT, "2026-03-23").article == "条例第三十条"
    assert office.refused(CORRECT, "2026-03-23", late_reason="住院").article == "条例第三十条"
    office.then(CORRECT, "2026-03-23", late_reason="住院", approver="公开办负责人")
    assert office.due() == "2026-04-21"


def test_art30_what_is_still_unclear_after_the_correction_is_answered_so_with_reasons(office: Office) -> None:
    office.register()
    unclear = Outcome.UNAVAILABLE_STILL_UNCLEAR
    refusal = office.decision_refused("2026-03-10", unclear, reasons="不知所指")
    assert refusal.article == "条例第二十九条、第三十条"
    ask_correction(office, "2026-03-10", until="2026-03-19")
    office.then(CORRECT, "2026-03-18")
    assert office.decision_refused("2026-03-20", unclear).article == "条例第二十九条、第三十条"
    assert office.decide("2026-03-20", unclear, reasons="仍不知所指").state is State.REFUSED
    assert office.counted() == {"new": 1, "results/unavailable_still_unclear": 1}


def test_art30_nothing_is_corrected_that_was_not_asked_for(office: Office) -> None:
    office.register()
    assert office.refused(CORRECT, "2026-03-10").article == "条例第三十条"
    assert office.refused(DELIVER, "2026-03-10").article == "条例第三十条"
    assert office.refused(LAPSE, "2026-06-01", outcome=Outcome.OTHER_NOT_CORRECTED).article


NOT_CORRECTED = {"outcome": Outcome.OTHER_NOT_CORRECTED}


def told_on(office: Office, on: str) -> list[str]:
    """Why the dates of the case are what they are on a day."""
    record = office.record
    return clock.explain(record.case.clock_facts(), record.calendar, day(on))


def test_art30_a_day_named_in_a_letter_that_did_not_come_has_not_passed(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-19")
    assert office.due(DeadlineKind.CORRECTION) is None
    lapse = office.option(LAPSE, "2026-04-20")
    assert (lapse.allowed, lapse.reason) == (False, "补正告知书没有送达日期，补正期限未起算，不能视为放弃")
    assert any(
        line.endswith("尚无送达日期，补正期限未起算（条例第三十条）。") for line in told_on(office, "2026-04-20")
    )
    assert not [line for line in told_on(office, "2026-04-20") if "已过" in line]
    tried = office.record.what_if(Happening(LAPSE, day("2026-04-20"), NOT_CORRECTED))
    assert tried.refusal is not None
    # What comes cannot be late: no reason is asked for it.
    office.then(CORRECT, "2026-04-20")
    assert office.due() == "2026-05-20"


@pytest.mark.parametrize("delivered", ["2026-03-20", "2026-03-25"])
def test_art30_a_day_named_binds_nobody_whom_the_letter_reached_no_earlier(office: Office, delivered: str) -> None:
    office.register()
    ask_correction(office, until="2026-03-20")
    office.then(DELIVER, delivered)
    refusal = office.refused(LAPSE, "2026-03-26", **NOT_CORRECTED)
    assert refusal.article == "条例第三十条"
    assert f"{delivered} 送达，不早于所定的补正期限 2026-03-20" in refusal.sentence
    assert "应重新告知合理的补正期限" in refusal.sentence
    assert any("所定期限没有约束力" in line for line in told_on(office, "2026-03-26"))
    office.then(CORRECT, "2026-03-26")
    assert office.case.state is State.RECEIVED


def test_art30_a_letter_that_names_the_day_of_its_delivery_gives_no_time(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-05", delivered="2026-03-05")
    assert "没有约束力" in office.refused(LAPSE, "2026-03-06", **NOT_CORRECTED).sentence


def test_art30_a_new_period_told_with_the_letter_binds_from_its_delivery(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-20")
    office.then(DELIVER, "2026-03-25")
    assert "没有约束力" in office.refused(DELIVER, "2026-03-27").sentence
    assert "应晚于送达日期" in office.refused(DELIVER, "2026-03-27", until="2026-03-27").sentence
    office.then(DELIVER, "2026-03-27", until="2026-04-10")
    assert office.due(DeadlineKind.CORRECTION) == "2026-04-10"
    assert office.refused(DELIVER, "2026-03-30", until="2026-04-20").sentence == "没有尚未送达的补正告知书"
    assert office.refused(LAPSE, "2026-04-10", **NOT_CORRECTED).article == "条例第三十条"
    office.then(LAPSE, "2026-04-13", **NOT_CORRECTED)


def test_art30_a_letter_that_came_back_is_sent_again_and_its_delivery_recorded(office: Office) -> None:
    office.register()
    ask_correction(office, until="2026-03-19")
    refusal = office.refused(EventKind.RETURN, "2026-03-10", reason="查无此人")
    assert (refusal.article, "记“补正告知书送达”" in refusal.sentence) == ("条例第三十条", True)
    assert office.option(EventKind.RETURN, "2026-03-10").reason == refusal.sentence
    office.then(DELIVER, "2026-03-18", until="2026-03-31")
    assert "作废" in office.refused(EventKind.RETURN, "2026-03-19", reason="查无此人").sentence


@pytest.mark.parametrize("ground", [ReopenGround.LATE_CORRECTION, ReopenGround.OWN_CORRECTION])
def test_art30_the_one_letter_of_a_request_is_used_up_though_the_case_is_opened_again(
    office: Office, ground: ReopenGround
) -> None:
    office.register()
    ask_correction(office, delivered="2026-03-06")
    office.then(LAPSE, "2026-03-23", **NOT_CORRECTED)
    office.then(EventKind.REOPEN, "2026-03-30", ground=ground, reason="住院", approver="公开办负责人")
    with office.engine.connect() as connection:
        articles = list(connection.scalars(select(case_event.c.article).where(case_event.c.kind == "reopen")))
    of_ground = {ReopenGround.LATE_CORRECTION: "条例第三十条"}.get(ground, "机关自行纠正，条例未规定")
    assert articles == [of_ground]
    refusal = office.refused(ASK, "2026-03-31", items="年份")
    assert (refusal.article, "一次性告知" in refusal.sentence) == ("条例第三十条", True)
    assert office.option(ASK, "2026-03-31").override
    ask_correction(office, "2026-03-31", override="新的不明确之处")


def test_art30_what_ended_while_it_waited_is_not_told_as_still_waiting(office: Office) -> None:
    office.register()
    ask_correction(office, delivered="2026-03-06")
    office.then(LAPSE, "2026-03-23", **NOT_CORRECTED)
    lines = told_on(office, "2026-03-23")
    assert lines[-1] == "办结时没有收到补正，答复期限当时停止计算（条例第三十条）。"
    assert not [line for line in lines if "正在等待" in line]


def test_art30_another_ending_does_not_pass_over_a_correction_that_is_waited_for(office: Office) -> None:
    office.register()
    facts = {"outcome": Outcome.OTHER_MISC, "reason": "申请人逾期不补正"}
    assert office.warnings(CLOSE, "2026-03-05", **facts) == []
    ask_correction(office)
    (warning,) = office.warnings(CLOSE, "2026-06-01", **facts)
    assert "按“视为放弃”办结（条例第三十条）" in warning


def test_art30_each_day_that_is_wrong_is_called_by_its_own_name(office: Office) -> None:
    office.register()
    refusal = office.refused(ASK, "2026-03-05", items="年份", until="2026-03-04")
    assert refusal.sentence == "补正期限 2026-03-04 早于告知日期 2026-03-05"
    letter = {"kind": THIRD_PARTY, "party": "某某建设公司", "delivered": "2026-03-09"}
    assert office.refused(CONSULT, "2026-03-10", **letter).sentence == "送达日期 2026-03-09 早于发出日期 2026-03-10"


# Art. 31: the day of receipt (tests/workflow/test_intake.py has it in detail)


@pytest.mark.parametrize(
    ("evidence", "article"),
    [
        ({"channel": Channel.IN_PERSON, "submitted_on": "2026-03-02"}, "条例第三十一条第一项"),
        (
            {"channel": Channel.POST_EMS, "submitted_on": "2026-02-27", "arrived_on": "2026-03-02"},
            "条例第三十一条第二项",
        ),
        ({"channel": Channel.POST_REGISTERED, "arrived_on": "2026-03-02"}, "条例第三十一条第二项"),
        (
            {"channel": Channel.POST_ORDINARY, "arrived_on": "2026-03-02", "confirmed_on": "2026-03-02"},
            "条例第三十一条第二项",
        ),
        (
            {"channel": Channel.ONLINE, "submitted_on": "2026-03-01", "confirmed_on": "2026-03-02"},
            "条例第三十一条第三项",
        ),
        ({"channel": Channel.FAX, "submitted_on": "2026-03-02", "confirmed_on": "2026-03-02"}, "条例第三十一条第三项"),
    ],
    ids=lambda value: value["channel"].value if isinstance(value, dict) else "",
)
def test_art31_each_channel_has_its_day_and_another_day_is_refused(
    office: Office, evidence: dict[str, Any], article: str
) -> None:
    how = {"confirmed_how": "电话"} if "confirmed_on" in evidence else {}
    office.register(**evidence, **how)
    assert office.due() == "2026-03-30"
    assert office.refused(EventKind.REGISTER, "2026-03-04", **evidence, **how).article == article


def test_art31_an_ordinary_letter_waits_for_the_confirmation_and_is_received_that_day(office: Office) -> None:
    office.today_is("2026-03-02")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    assert (office.case.state, office.due(DeadlineKind.CONFIRM)) == (State.UNCONFIRMED, "2026-03-02")
    assert office.due() is None
    office.today_is("2026-03-04")
    confirmed = office.then(CONFIRM, "2026-03-04", how="电话")
    assert (confirmed.received, office.due()) == (day("2026-03-04"), "2026-04-01")


def test_art31_letter_207_an_applicant_out_of_reach_is_tried_again_and_the_clock_starts_with_contact(
    office: Office,
) -> None:
    office.today_is("2026-03-02")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    for tried in ("2026-03-02", "2026-03-03", "2026-03-04"):
        office.today_is(tried)
        office.then(CONTACT, tried, how="电话无人接听")
    office.today_is("2026-03-16")
    assert office.start_arrivals() == 0
    assert office.then(CONFIRM, "2026-03-16", how="来电").received == day("2026-03-16")


def test_art31_silence_of_the_agency_never_lengthens_its_own_time(office: Office) -> None:
    office.today_is("2026-03-02")
    online = {"channel": Channel.ONLINE, "submitted_on": "2026-03-02"}
    office.arrive("2026-03-02", **online)
    office.today_is("2026-03-03")
    assert office.start_arrivals() == 0
    office.today_is("2026-03-09")
    assert office.refused(CONFIRM, "2026-03-09", how="电话", received_on="2026-03-09").article == "条例第三十一条第三项"
    assert office.start_arrivals() == 1
    assert (office.case.received, office.due()) == (day("2026-03-03"), "2026-03-31")


def test_art31_nothing_else_is_done_before_the_day_of_receipt_is_settled(office: Office) -> None:
    office.today_is("2026-03-03")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    for event, facts in (
        (ASK, {"items": "文号"}),
        (EXTEND, {"working_days": 5, **EXTENSION}),
        (DECIDE, {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.HAND}),
        (EventKind.WITHDRAW, {"how": "书面", "identity_checked": True}),
    ):
        assert office.refused(event, "2026-03-03", **facts).article
        assert office.option(event, "2026-03-03").reason == "收到申请之日尚未确定，应先确认收到"


def test_art31_what_can_be_registered_is_not_left_in_the_tray(office: Office) -> None:
    arrived = {"channel": Channel.POST_EMS, "arrived_on": "2026-03-02"}
    assert office.refused(ARRIVE, "2026-03-02", **arrived).article == "条例第三十一条第二项"


# Art. 32: the third party


def test_art32_the_third_party_has_fifteen_working_days_from_its_receipt_of_the_letter(office: Office) -> None:
    office.register()
    consult(office)
    assert office.deadline(DeadlineKind.OPINION) is None
    office.then(DELIVER_LETTER, "2026-03-11", consultation=1)
    assert office.due(DeadlineKind.OPINION) == "2026-04-01"
    assert office.deadline(DeadlineKind.OPINION).article == "条例第三十二条"


@pytest.mark.parametrize("missing", ["kind", "party"])
def test_art32_who_is_asked_is_on_file(office: Office, missing: str) -> None:
    office.register()
    asked = {"kind": THIRD_PARTY, "party": "某公司"}
    del asked[missing]
    assert office.refused(CONSULT, "2026-03-10", **asked).article == "条例第三十二条、第三十三条第三款、第三十四条"


def test_art32_silence_is_told_only_when_the_fifteen_days_are_over(office: Office) -> None:
    office.register()
    consult(office)
    silent = {"consultation": 1, "opinion": Opinion.SILENT}
    refusal = office.refused(HEAR, "2026-04-10", **silent)
    assert (refusal.article, "送达" in refusal.sentence) == ("条例第三十二条", True)
    office.then(DELIVER_LETTER, "2026-03-11", consultation=1)
    assert office.refused(HEAR, "2026-03-31", **silent).article == "条例第三十二条"
    # The third party may still answer on the last day.
    assert office.refused(HEAR, "2026-04-01", **silent).article == "条例第三十二条"
    office.then(HEAR, "2026-04-02", **silent)
    assert office.case.state is State.RECEIVED


# The limit for other organs is good practice (law.md 12, no. 8).
@pytest.mark.parametrize("kind", [THIRD_PARTY, JOINT_MAKER, ConsultationKind.OTHER_AGENCY], ids=lambda each: each.value)
def test_art32_the_time_that_does_not_count_ends_with_the_fifteen_days_though_silence_is_noted_later(
    office: Office, kind: ConsultationKind
) -> None:
    office.register()
    consult(office, kind=kind, delivered="2026-03-11")
    hear(office, "2026-04-08", Opinion.SILENT)
    assert office.due() == "2026-04-22"


@pytest.mark.parametrize("outcome", [Outcome.GRANTED, Outcome.REFUSED_THIRD_PARTY], ids=lambda each: each.value)
def test_art32_after_silence_the_agency_decides_for_itself(office: Office, outcome: Outcome) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    hear(office, "2026-04-02", Opinion.SILENT)
    if outcome is Outcome.GRANTED:
        office.grant("2026-04-03")
    else:
        office.refuse("2026-04-03", outcome)
    assert office.counted() == {"new": 1, f"results/{outcome.value}": 1}


def test_art32_what_the_third_party_does_not_agree_to_with_good_reason_is_not_disclosed(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    office.then(HEAR, "2026-03-24", consultation=1, opinion=Opinion.DISAGREE, reason="报价属于商业秘密")
    office.refuse("2026-03-25", Outcome.REFUSED_THIRD_PARTY)
    assert office.counted() == {"new": 1, "results/refused_third_party": 1}


@pytest.mark.parametrize("opinion", [Opinion.DISAGREE, Opinion.PARTLY])
def test_art32_the_third_party_is_told_in_writing_before_its_information_is_released_all_the_same(
    office: Office, opinion: Opinion
) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    hear(office, opinion=opinion)
    office.review_secrecy("2026-03-25")
    refusal = office.decision_refused("2026-03-26", Outcome.GRANTED, ground=Ground.PROVIDED)
    assert refusal.article == "条例第三十二条"
    office.then(
        EventKind.TELL_THIRD_PARTY, "2026-03-26", consultation=1, reason="公开合同全文；不公开对公共利益有重大影响"
    )
    assert office.decide("2026-03-26", Outcome.GRANTED, ground=Ground.PROVIDED).state is State.DISCLOSED


def test_art32_a_notice_after_the_release_comes_too_late_for_it(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    hear(office, opinion=Opinion.DISAGREE)
    office.review_secrecy("2026-03-25")
    office.then(EventKind.TELL_THIRD_PARTY, "2026-03-27", consultation=1, reason="公开合同全文")
    refusal = office.decision_refused("2026-03-26", Outcome.GRANTED, ground=Ground.PROVIDED)
    assert refusal.article == "条例第三十二条"


def test_art32_the_notice_of_release_goes_to_a_third_party_that_was_heard(office: Office) -> None:
    office.register()
    told = {"consultation": 1, "reason": "公开合同全文"}
    assert office.refused(EventKind.TELL_THIRD_PARTY, "2026-03-10", **told).article == "条例第三十二条"
    consult(office, delivered="2026-03-11")
    assert office.refused(EventKind.TELL_THIRD_PARTY, "2026-03-12", **told).article == "条例第三十二条"
    hear(office)
    consult(office, "2026-03-25", JOINT_MAKER, party="市交通局")
    other = {**told, "consultation": 2}
    assert office.refused(EventKind.TELL_THIRD_PARTY, "2026-03-25", **other).article == "条例第三十二条"


def test_art32_withholding_for_a_third_partys_sake_without_having_asked_it_is_warned_of(office: Office) -> None:
    office.register()
    withheld = {"outcome": Outcome.REFUSED_THIRD_PARTY, "reasons": "商业秘密", "means": Means.POST_EMS}
    (warning,) = office.warnings(DECIDE, "2026-03-25", **withheld)
    assert "条例第三十二条" in warning
    assert office.warnings(DECIDE, "2026-03-25", **{**withheld, "outcome": Outcome.REFUSED_PROCESS}) == []
    consult(office, delivered="2026-03-11")
    hear(office, opinion=Opinion.DISAGREE)
    assert office.warnings(DECIDE, "2026-03-25", **withheld) == []


def test_art32_no_reply_before_every_open_consultation_has_ended(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    consult(office, "2026-03-12", party="李某某", delivered="2026-03-13")
    hear(office)
    refusal = office.decision_refused("2026-03-25", Outcome.REFUSED_THIRD_PARTY, reasons="个人隐私")
    assert refusal.article == "条例第三十六条"
    hear(office, "2026-03-26", number=2, opinion=Opinion.DISAGREE)
    office.refuse("2026-03-27", Outcome.REFUSED_THIRD_PARTY)


def test_art32_an_opinion_is_heard_once_and_not_before_it_was_asked_for(office: Office) -> None:
    office.register()
    agreed = {"consultation": 1, "opinion": Opinion.AGREE}
    assert office.refused(HEAR, "2026-03-10", **agreed).article == "条例第三十二条"
    consult(office)
    assert office.refused(HEAR, "2026-03-09", **agreed).article == "条例第三十二条、第三十三条第三款"
    assert office.refused(HEAR, "2026-03-12", consultation=1).article == "条例第三十二条、第三十三条第三款"
    consult(office, party="李某某")
    hear(office)
    assert office.refused(HEAR, "2026-03-25", **agreed).article == "条例第三十二条、第三十三条第三款"


# Art. 33: the reply period


def test_art33_what_can_be_answered_on_the_spot_is(office: Office) -> None:
    office.register(channel=Channel.IN_PERSON, submitted_on="2026-03-02")
    office.grant("2026-03-02", Means.HAND)
    reply = office.deadline()
    assert (reply.state, reply.done_on) == (DeadlineState.DONE.value, day("2026-03-02"))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-05", "2026-02-02"),
        ("2026-02-06", "2026-03-12"),
        ("2026-02-14", "2026-03-20"),
        ("2026-02-16", "2026-03-20"),
        ("2026-04-30", "2026-06-01"),
        ("2026-09-30", "2026-11-03"),
    ],
)
def test_art33_the_reply_is_due_on_the_twentieth_working_day_after_receipt(
    office: Office, received: str, due: str
) -> None:
    office.register(received)
    assert office.due() == due
    assert office.deadline().article == "条例第三十三条"


def test_art33_a_late_reply_is_still_owed_and_seen_to_be_late(office: Office) -> None:
    office.register()
    office.grant("2026-03-31")
    reply = office.deadline()
    assert (reply.due_on, reply.done_on) == (day("2026-03-30"), day("2026-03-31"))


@pytest.mark.parametrize(("days", "due"), [(1, "2026-03-31"), (10, "2026-04-14"), (20, "2026-04-28")])
def test_art33_an_extension_adds_its_days_to_the_twenty(office: Office, days: int, due: str) -> None:
    office.register()
    office.then(EXTEND, "2026-03-30", working_days=days, **EXTENSION)
    assert office.due() == due


@pytest.mark.parametrize("days", [0, 21])
def test_art33_an_extension_is_of_at_most_twenty_working_days(office: Office, days: int) -> None:
    office.register()
    assert office.refused(EXTEND, "2026-03-20", working_days=days, **EXTENSION).article == "条例第三十三条第二款"


@pytest.mark.parametrize("missing", ["approver", "reason"])
def test_art33_an_extension_needs_the_consent_of_the_offices_head_and_a_reason(office: Office, missing: str) -> None:
    office.register()
    without = {name: value for name, value in EXTENSION.items() if name != missing}
    assert office.refused(EXTEND, "2026-03-20", working_days=5, **without).article == "条例第三十三条第二款"
    empty = {**EXTENSION, "approver": " "}
    assert office.refused(EXTEND, "2026-03-20", working_days=5, **empty).article == "条例第三十三条第二款"


def test_art33_an_extension_told_after_the_last_day_is_refused(office: Office) -> None:
    office.register()
    refusal = office.refused(EXTEND, "2026-03-31", working_days=5, **EXTENSION)
    assert refusal.article == "条例第三十三条第二款"
    assert "2026-03-30" in refusal.sentence


def test_art33_there_is_one_extension_only(office: Office) -> None:
    office.register()
    office.then(EXTEND, "2026-03-20", working_days=5, **EXTENSION)
    assert office.refused(EXTEND, "2026-03-25", working_days=5, **EXTENSION).article == "条例第三十三条第二款"


def test_art33_the_time_of_a_consultation_does_not_count(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    assert (office.due(), office.clock("2026-03-20").state) == (None, "suspended")
    hear(office)
    assert office.due() == "2026-04-14"


def test_art33_two_consultations_at_once_count_once(office: Office) -> None:
    office.register()
    consult(office, "2026-03-10", delivered="2026-03-11")
    consult(office, "2026-03-12", delivered="2026-03-13", party="李某某")
    hear(office, "2026-03-24")
    assert office.due() is None
    hear(office, "2026-03-26", number=2)
    assert office.due() == "2026-04-16"


def test_art33_asking_another_section_of_the_agency_stops_no_clock_and_bars_no_reply(office: Office) -> None:
    office.register()
    consult(office, kind=ConsultationKind.INTERNAL, party="业务科", suspends=True)
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-03-30")
    office.grant("2026-03-20")


def test_art33_an_inquiry_that_the_agency_takes_back_ends_that_day(office: Office) -> None:
    office.register()
    consult(office, kind=ConsultationKind.OTHER_AGENCY, party="市水务局")
    hear(office, opinion=Opinion.WITHDRAWN)
    assert office.due() == "2026-04-14"


def test_art33_an_extension_is_told_within_the_period_that_the_consultation_left(office: Office) -> None:
    office.register()
    consult(office, delivered="2026-03-11")
    hear(office)
    assert office.refused(EXTEND, "2026-04-15", working_days=5, **EXTENSION).article == "条例第三十三条第二款"
    office.then(EXTEND, "2026-04-14", working_days=5, **EXTENSION)
    assert office.due() == "2026-04-21"


def test_art33_an_approved_stop_is_recorded_with_who_approved_it_and_why(office: Office) -> None:
    office.register()
    why = {"reason": "台风，机关停止办公", "approver": "分管领导"}
    for missing in why:
        some = {name: value for name, value in why.items() if name != missing}
        assert office.refused(EventKind.PAUSE, "2026-03-10", **some).article == "条例未规定中止，经批准后记录"
    office.then(EventKind.PAUSE, "2026-03-10", **why)
    assert (office.case.state, office.due()) == (State.PAUSED, None)
    office.then(EventKind.RESUME, "2026-03-24")
    assert office.due() == "2026-04-14"


def test_art33_nothing_is_done_before_the_request_came(office: Office) -> None:
    office.register()
    for event, facts in (
        (ASK, {"items": "文号"}),
        (CONSULT, {"kind": THIRD_PARTY, "party": "某公司"}),
        (EXTEND, {"working_days": 5, **EXTENSION}),
        (EventKind.SECRECY_REVIEW, {"reviewer": "保密员", "may_release": True}),
        (DECIDE, {"outcome": Outcome.REFUSED_PROCESS, "reasons": "过程稿", "means": Means.HAND}),
        (EventKind.WITHDRAW, {"how": "书面", "identity_checked": True}),
        (EventKind.OPEN_REVIEW, {"review_kind": ReviewKind.RECONSIDERATION}),
        (EventKind.NOTE, {"text": "来电"}),
    ):
        refusal = office.refused(event, "2026-03-01", **facts)
        assert "早于" in refusal.sentence
        assert refusal.article


@pytest.mark.parametrize(
    "event", [EventKind.REGISTER, ASK, EXTEND, DECIDE, EventKind.NOTE], ids=lambda each: each.value
)
def test_art33_nothing_is_recorded_that_has_not_happened_yet(office: Office, event: EventKind) -> None:
    office.register()
    office.today_is("2026-03-05")
    facts: dict[EventKind, dict[str, Any]] = {
        ASK: {"items": "文号"},
        EXTEND: {"working_days": 5, **EXTENSION},
        DECIDE: {"outcome": Outcome.REFUSED_PROCESS, "reasons": "过程稿", "means": Means.HAND},
        EventKind.NOTE: {"text": "来电"},
    }
    assert "晚于今天 2026-03-05" in str(office.mistaken(event, "2026-03-06", **facts.get(event, {})))


def test_art33_no_letter_was_delivered_in_the_future(office: Office) -> None:
    office.register()
    office.today_is("2026-03-05")
    asked = {"kind": THIRD_PARTY, "party": "某公司"}
    assert "送达日期 2026-03-06" in str(office.mistaken(CONSULT, "2026-03-05", **asked, delivered="2026-03-06"))
    assert "送达日期 2026-03-06" in str(office.mistaken(ASK, "2026-03-05", items="文号", delivered="2026-03-06"))


def test_art33_no_step_of_a_round_comes_after_its_reply(office: Office) -> None:
    office.register()
    office.then(EXTEND, "2026-03-20", working_days=5, **EXTENSION)
    office.review_secrecy("2026-03-10")
    assert "早于告知延期日期" in office.decision_refused("2026-03-19", Outcome.GRANTED, ground=Ground.PROVIDED).sentence


def test_art33_what_is_asked_after_the_period_has_run_out_makes_no_reply_timely(office: Office) -> None:
    office.register()
    letter = {"kind": THIRD_PARTY, "party": "某某建设公司"}
    assert office.warnings(CONSULT, "2026-03-30", **letter) == []
    (warning,) = office.warnings(CONSULT, "2026-04-10", **letter)
    assert (warning.startswith("期限已于 2026-03-30 届满"), "条例第三十三条" in warning) == (True, True)
    assert len(office.warnings(EventKind.PAUSE, "2026-05-10", reason="疫情", approver="李主任")) == 1
    consult(office, "2026-04-10")
    assert (office.clock("2026-04-20").state, office.clock("2026-04-20").working_days_left) == ("suspended", -8)
    last = told_on(office, "2026-04-20")[-1]
    assert "答复期限在此之前已于 2026-03-30 届满" in last
    # One more letter while the first is open is as late as the first.
    assert len(office.warnings(CONSULT, "2026-04-20", **letter)) == 1


def test_art33_what_is_asked_within_the_period_is_told_without_a_warning_though_it_lasts_longer(office: Office) -> None:
    office.register()
    consult(office, "2026-03-27")
    assert office.warnings(CONSULT, "2026-06-01", kind=THIRD_PARTY, party="另一公司") == []
    assert not [line for line in told_on(office, "2026-06-01") if "届满" in line]


def test_art33_another_ending_of_a_case_that_is_late_is_warned_of(office: Office) -> None:
    office.register()
    facts = {"outcome": Outcome.OTHER_MISC, "reason": "其他"}
    assert office.warnings(CLOSE, "2026-03-30", **facts) == []
    (warning,) = office.warnings(CLOSE, "2026-03-31", **facts)
    assert warning.startswith("期限已于 2026-03-30 届满")


def test_art32_silence_noted_later_is_not_told_as_an_opinion_received(office: Office) -> None:
    office.register()
    consult(office, "2026-03-10", delivered="2026-03-10")
    hear(office, "2026-04-02", Opinion.SILENT)
    (line,) = [line for line in told_on(office, "2026-04-02") if "发出征求意见" in line]
    assert "逾期未反馈，2026-03-31 期满结束" in line
    assert "收到意见" not in line


# Art. 34: joint makers


def test_art34_a_joint_maker_has_fifteen_working_days_and_its_silence_is_consent(office: Office) -> None:
    office.register()
    consult(office, kind=JOINT_MAKER, party="市交通局", delivered="2026-03-11")
    row = office.deadline(DeadlineKind.OPINION)
    assert (row.due_on, row.article) == (day("2026-04-01"), "条例第三十四条")
    refusal = office.refused(HEAR, "2026-04-01", consultation=1, opinion=Opinion.SILENT)
    assert refusal.article == "条例第三十四条"
    hear(office, "2026-04-02", Opinion.SILENT)
    office.grant("2026-04-02")
    assert office.case.state is State.DISCLOSED


def test_art34_the_lead_decides_though_a_joint_maker_does_not_agree(office: Office) -> None:
    office.register()
    consult(office, kind=JOINT_MAKER, party="市交通局", delivered="2026-03-11")
    hear(office, opinion=Opinion.DISAGREE)
    office.grant("2026-03-25")
    assert office.case.state is State.DISCLOSED


# Art. 35: excessive requests


def ask_reasons(office: Office, on: str = "2026-03-05", **facts: Any) -> None:
    """Ask the applicant to give reasons."""
    office.then(EventKind.ASK_REASONS, on, volume="本月第 45 件，内容多有重叠", **facts)


def test_art35_asking_for_reasons_names_the_volume_and_stops_no_clock(office: Office) -> None:
    office.register()
    assert office.refused(EventKind.ASK_REASONS, "2026-03-05").article == "条例第三十五条"
    ask_reasons(office, until="2026-03-16")
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-03-30")
    assert office.due(DeadlineKind.REASONS) == "2026-03-16"


def test_art35_no_request_is_set_aside_as_excessive_before_reasons_were_asked_for(office: Office) -> None:
    office.register()
    refusal = office.decision_refused("2026-03-10", Outcome.UNPROCESSED_EXCESSIVE, reasons="数量过大")
    assert refusal.article == "条例第三十五条"


def test_art35_unreasonable_reasons_lead_to_no_processing(office: Office) -> None:
    office.register()
    ask_reasons(office, until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=False)
    assert office.decision_refused("2026-03-13", Outcome.UNPROCESSED_EXCESSIVE).article == "条例第三十五条"
    office.decide("2026-03-13", Outcome.UNPROCESSED_EXCESSIVE, reasons="理由不合理")
    assert office.counted() == {"new": 1, "results/unprocessed_excessive": 1}


def test_art35_reasonable_reasons_bar_no_processing(office: Office) -> None:
    office.register()
    ask_reasons(office, until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=True)
    refusal = office.decision_refused("2026-03-13", Outcome.UNPROCESSED_EXCESSIVE, reasons="数量过大")
    assert refusal.article == "条例第三十五条"


def test_art35_the_applicant_has_until_the_end_of_the_period_to_give_reasons(office: Office) -> None:
    office.register()
    ask_reasons(office, until="2026-03-16")
    refusal = office.decision_refused("2026-03-16", Outcome.UNPROCESSED_EXCESSIVE, reasons="未说明理由")
    assert refusal.article == "条例第三十五条"
    office.decide("2026-03-17", Outcome.UNPROCESSED_EXCESSIVE, reasons="未说明理由")


def test_art35_who_was_given_no_period_to_give_reasons_has_not_let_it_pass(office: Office) -> None:
    office.register()
    ask_reasons(office)
    refusal = office.decision_refused("2026-03-05", Outcome.UNPROCESSED_EXCESSIVE, reasons="未说明理由")
    assert refusal.article == "条例第三十五条"


def test_art35_with_reasonable_reasons_the_agency_may_set_a_later_day_and_tell_it(office: Office) -> None:
    office.register()
    delay = {"until": "2026-06-30", "reason": "涉及 45 件", "approver": "公开办负责人"}
    assert office.refused(EventKind.DELAY, "2026-03-13", **delay).article == "条例第三十五条"
    ask_reasons(office, until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=True)
    for missing in ("reason", "approver"):
        some = {name: value for name, value in delay.items() if name != missing}
        assert office.refused(EventKind.DELAY, "2026-03-13", **some).article == "条例第三十五条"
    office.then(EventKind.DELAY, "2026-03-13", **delay)
    assert office.due() == "2026-06-30"


def test_art35_unreasonable_reasons_allow_no_delay(office: Office) -> None:
    office.register()
    ask_reasons(office, until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=False)
    delay = {"until": "2026-06-30", "reason": "涉及 45 件", "approver": "公开办负责人"}
    assert office.refused(EventKind.DELAY, "2026-03-13", **delay).article == "条例第三十五条"


def test_art35_a_delay_is_told_within_the_period_and_to_a_later_day(office: Office) -> None:
    office.register()
    ask_reasons(office, until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=True)
    why = {"reason": "涉及 45 件", "approver": "公开办负责人"}
    assert office.refused(EventKind.DELAY, "2026-03-13", until="2026-03-30", **why).article == "条例第三十五条"
    assert office.refused(EventKind.DELAY, "2026-03-31", until="2026-06-30", **why).article == "条例第三十五条"


def test_art35_the_day_to_give_reasons_lies_after_the_day_of_asking(office: Office) -> None:
    office.register()
    asked = {"volume": "三个月内二百件"}
    refusal = office.refused(EventKind.ASK_REASONS, "2026-03-06", until="2026-03-06", **asked)
    assert refusal.article == "条例第三十五条"
    assert refusal.sentence == "说明理由期限 2026-03-06 应晚于要求说明理由日期 2026-03-06"
    early = office.refused(EventKind.ASK_REASONS, "2026-03-06", until="2026-03-05", **asked)
    assert early.sentence == "说明理由期限 2026-03-05 早于告知日期 2026-03-06"
    office.then(EventKind.ASK_REASONS, "2026-03-06", until="2026-03-09", **asked)


# Art. 36: the seven replies


def test_art36_1_what_is_public_already_is_answered_with_where_and_needs_no_review(office: Office) -> None:
    office.register()
    public = {"ground": Ground.ALREADY_PUBLIC}
    assert office.decision_refused("2026-03-10", Outcome.GRANTED, **public).article == "条例第三十六条第（一）项"
    answered = office.decide("2026-03-10", Outcome.GRANTED, **public, access="市政府网站“财政信息”栏目")
    assert (answered.state, answered.ground) == (State.DISCLOSED, Ground.ALREADY_PUBLIC)
    assert office.counted() == {"new": 1, "results/granted": 1}


def test_art36_2_what_may_be_disclosed_is_provided(office: Office) -> None:
    office.register()
    office.grant("2026-03-10", access="现场领取，工作日 9 时至 17 时")
    assert office.counted() == {"new": 1, "results/granted": 1}


@pytest.mark.parametrize("outcome", [Outcome.GRANTED, Outcome.UNAVAILABLE_NOT_HELD], ids=lambda each: each.value)
def test_art36_a_reply_of_two_kinds_says_which_it_is(office: Office, outcome: Outcome) -> None:
    office.register()
    office.review_secrecy("2026-03-10")
    assert "情形" in office.decision_refused("2026-03-10", outcome).sentence
    wrong = Ground.NOT_OURS if outcome is Outcome.GRANTED else Ground.PROVIDED
    assert "情形" in office.decision_refused("2026-03-10", outcome, ground=wrong, reasons="略").sentence


def test_art36_3_a_denial_without_reasons_is_refused(office: Office) -> None:
    office.register()
    assert "理由" in office.decision_refused("2026-03-10", Outcome.REFUSED_PROCESS).sentence


def test_art36_4_information_that_does_not_exist_was_searched_for(office: Office) -> None:
    office.register()
    nothing = {"ground": Ground.NOT_EXISTING}
    refusal = office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **nothing)
    assert (refusal.article, "检索" in refusal.sentence) == ("条例第三十六条第（四）项", True)
    office.then(EventKind.SEARCH, "2026-03-06", **SEARCH, found=False)
    office.decide("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **nothing)
    assert office.counted() == {"new": 1, "results/unavailable_not_held": 1}


def test_art36_4_what_the_search_found_exists(office: Office) -> None:
    office.register()
    office.then(EventKind.SEARCH, "2026-03-06", **SEARCH, found=True)
    refusal = office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_EXISTING)
    assert refusal.article == "条例第三十六条第（四）项"


def test_art36_4_a_search_after_the_reply_does_not_count_for_it(office: Office) -> None:
    office.register()
    office.then(EventKind.SEARCH, "2026-03-12", **SEARCH, found=False)
    refusal = office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_EXISTING)
    assert refusal.article == "条例第三十六条第（四）项"


@pytest.mark.parametrize("missing", ["where", "terms", "searcher", "found"])
def test_art36_4_a_search_record_says_where_for_what_by_whom_and_with_what_result(office: Office, missing: str) -> None:
    office.register()
    facts = {**SEARCH, "found": False}
    del facts[missing]
    assert "缺少" in str(office.mistaken(EventKind.SEARCH, "2026-03-06", **facts))


def test_art36_5_the_right_agency_is_named_only_if_it_can_be_determined(office: Office) -> None:
    office.register()
    not_ours = {"ground": Ground.NOT_OURS}
    unknown = office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **not_ours)
    assert (unknown.article, "理由" in unknown.sentence) == ("条例第三十六条第（五）项", True)
    office.decide("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **not_ours, reasons="非本机关制作，不能确定制作机关")
    assert office.case.state is State.REFUSED


def test_art36_5_the_agency_that_is_named_is_named_with_its_contact(office: Office) -> None:
    office.register()
    named = {"ground": Ground.NOT_OURS, "reasons": "由市住建局制作", "other_agency": "市住建局"}
    refusal = office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **named)
    assert (refusal.article, "联系方式" in refusal.sentence) == ("条例第三十六条第（五）项", True)
    office.decide("2026-03-10", Outcome.UNAVAILABLE_NOT_HELD, **named, other_agency_contact="0000-1234567")


@pytest.mark.parametrize(
    ("outcome", "asked_for", "article"),
    [
        (Outcome.UNPROCESSED_REPEAT, "earlier_reply", "条例第三十六条第（六）项"),
        (Outcome.REFUSED_ADMINISTRATIVE_QUERY, "proper_way", "条例第三十六条第（七）项"),
        (Outcome.UNPROCESSED_REISSUE, "earlier_reply", "年度报告格式（五）5"),
    ],
    ids=["art36_6_a_repeat", "art36_7_registry_data", "a_reissue"],
)
def test_art36_a_reply_names_what_it_rests_on(office: Office, outcome: Outcome, asked_for: str, article: str) -> None:
    office.register()
    assert office.decision_refused("2026-03-10", outcome).article == article
    assert office.decide("2026-03-10", outcome, **{asked_for: "〔2025〕12号，2025年6月3日"}).state is State.REFUSED
    assert office.counted() == {"new": 1, f"results/{outcome.value}": 1}


def test_art36_every_reply_says_how_it_went_out(office: Office) -> None:
    office.register()
    refusal = office.refused(DECIDE, "2026-03-10", outcome=Outcome.REFUSED_PROCESS, reasons="过程稿")
    assert "送达方式" in refusal.sentence


def test_art36_a_request_has_one_final_reply(office: Office) -> None:
    office.register()
    office.grant("2026-03-10")
    refusal = office.decision_refused("2026-03-11", Outcome.REFUSED_PROCESS, reasons="过程稿")
    assert refusal.article == "条例第三十六条"


# Arts. 37 to 39


def test_art37_a_partial_reply_gives_reasons_for_what_it_withholds_and_is_counted_once(office: Office) -> None:
    office.register()
    office.review_secrecy("2026-03-10")
    refusal = office.decision_refused("2026-03-10", Outcome.PARTLY_GRANTED)
    assert (refusal.article, "理由" in refusal.sentence) == ("条例第三十七条", True)
    office.decide("2026-03-10", Outcome.PARTLY_GRANTED, reasons="联系电话属于个人隐私，条例第十五条")
    assert office.counted() == {"new": 1, "results/partly_granted": 1}


def test_art38_what_would_have_to_be_made_need_not_be(office: Office) -> None:
    office.register()
    assert office.decision_refused("2026-03-10", Outcome.UNAVAILABLE_NEEDS_CREATION).article == "条例第三十八条"
    office.decide("2026-03-10", Outcome.UNAVAILABLE_NEEDS_CREATION, reasons="需要汇总、分析")
    assert office.counted() == {"new": 1, "results/unavailable_needs_creation": 1}


@pytest.mark.parametrize("facts", [{}, {"proper_way": "市信访局"}], ids=["bare", "with the proper way"])
@pytest.mark.parametrize("outcome", [Outcome.UNPROCESSED_PETITION, Outcome.UNPROCESSED_PUBLICATION])
def test_art39_petitions_and_publications_are_told_so_and_may_be_told_the_proper_way(
    office: Office, outcome: Outcome, facts: dict[str, Any]
) -> None:
    office.register()
    assert office.decide("2026-03-10", outcome, **facts).state is State.REFUSED
    assert office.counted() == {"new": 1, f"results/{outcome.value}": 1}
    assert "第三十九条" in statute.OUTCOMES[outcome].article


# Art. 41: correcting one's own records


def rectification(office: Office, received: str = "2026-03-02") -> None:
    """Register a request to correct one's own records."""
    office.register(received, matter=Matter.RECTIFICATION, subject="本人婚姻登记信息有误")


def test_art41_a_correction_of_records_has_the_agencys_own_limit_and_no_table_counts_it(office: Office) -> None:
    rectification(office)
    assert office.due() == "2026-03-30"
    assert office.deadline().article == "条例第四十一条未规定期限，机关设定"
    office.then(EventKind.RECTIFY, "2026-03-20", result=RectificationResult.CORRECTED, reason="经核实确有错误")
    assert (office.case.state, office.case.outcome) == (State.CLOSED, None)
    assert office.counted() == {}


def test_art41_beyond_the_agencys_own_limit_nothing_is_late_by_article_33(office: Office) -> None:
    rectification(office)
    last = told_on(office, "2026-04-01")[-1]
    assert last == "截至 2026-04-01，已超过内部期限 2 个工作日（条例第四十一条未规定期限，机关设定）。"
    assert not [line for line in told_on(office, "2026-04-01") if "第三十三条" in line]


def test_art41_the_internal_limit_is_the_agencys_and_stays_with_the_case(office: Office) -> None:
    office.choose("rectification_days", "7")
    rectification(office)
    office.choose("rectification_days", "20")
    assert office.due() == "2026-03-11"


@pytest.mark.parametrize("result", [RectificationResult.FORWARDED, RectificationResult.REFERRED])
def test_art41_who_has_no_power_to_correct_names_the_agency_that_has(
    office: Office, result: RectificationResult
) -> None:
    rectification(office)
    facts = {"result": result, "reason": "本机关无权更正"}
    assert office.refused(EventKind.RECTIFY, "2026-03-20", **facts).article == "条例第四十一条"
    office.then(EventKind.RECTIFY, "2026-03-20", **facts, other_agency="市公安局")
    assert office.case.rectified is result


def test_art41_the_two_kinds_of_request_do_not_mix(office: Office) -> None:
    rectification(office)
    for event, facts in (
        (DECIDE, {"outcome": Outcome.REFUSED_PROCESS, "reasons": "过程稿", "means": Means.HAND}),
        (EXTEND, {"working_days": 5, **EXTENSION}),
        (ASK, {"items": "文号"}),
    ):
        assert "更正申请不适用" in office.refused(event, "2026-03-10", **facts).sentence
    office.register()
    facts = {"result": RectificationResult.CORRECTED, "reason": "确有错误"}
    assert office.refused(EventKind.RECTIFY, "2026-03-10", **facts).article == "条例第四十一条"


def test_art41_the_applicant_may_take_it_back(office: Office) -> None:
    rectification(office)
    office.then(EventKind.WITHDRAW, "2026-03-10", how="书面", identity_checked=True)
    assert office.case.state is State.CLOSED
    assert office.counted() == {}


# Art. 42 and the rules on the fee

BY_VOLUME = {"billed_yuan": 700, "tariff": Tariff.BY_VOLUME, "pages": 100}


@pytest.fixture
def charging(office: Office) -> Office:
    """An office that charges the fee."""
    office.choose("charges_fees", "是")
    return office


def test_art42_nothing_is_charged_unless_the_agency_charges(office: Office) -> None:
    office.register()
    refusal = office.refused(BILL, "2026-03-10", **BY_VOLUME)
    assert refusal.article == "条例第四十二条"


def test_fee_rules_art6_the_notice_stops_the_clock_and_full_payment_starts_it_anew(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    assert (charging.case.state, charging.due()) == (State.AWAITING_FEE, None)
    assert charging.due(DeadlineKind.PAYMENT) == "2026-06-02"
    charging.then(PAY, "2026-05-13", received_yuan=200)
    assert charging.case.state is State.AWAITING_FEE
    charging.then(PAY, "2026-05-20", received_yuan=500)
    assert (charging.case.state, charging.due()) == (State.RECEIVED, "2026-06-17")
    fees = charging.report().fees
    assert fees is not None
    assert (fees.notices, fees.billed_yuan, fees.received_yuan) == (1, 700, 700)


def test_fee_rules_art6_a_notice_after_the_reply_period_is_refused(charging: Office) -> None:
    charging.register()
    refusal = charging.refused(BILL, "2026-03-31", **BY_VOLUME)
    assert refusal.article == "信息处理费管理办法第六条"
    charging.then(BILL, "2026-03-30", **BY_VOLUME)


def test_fee_rules_art6_what_is_not_paid_within_twenty_working_days_is_given_up(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    unpaid = {"outcome": Outcome.OTHER_FEE_UNPAID}
    assert charging.refused(LAPSE, "2026-06-02", **unpaid).article == "信息处理费管理办法第六条"
    charging.then(LAPSE, "2026-06-03", **unpaid)
    assert charging.counted() == {"new": 1, "results/other_fee_unpaid": 1}


def test_fee_rules_art6_no_request_lapses_for_the_wrong_reason(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    assert charging.refused(LAPSE, "2026-06-03", outcome=Outcome.OTHER_NOT_CORRECTED).article == "条例第三十条"


def test_fee_rules_art6_no_reply_before_the_fee_is_paid(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.review_secrecy("2026-04-22")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    assert charging.decision_refused("2026-05-07", Outcome.GRANTED, ground=Ground.PROVIDED).article == "条例第三十六条"


def test_fee_rules_art6_no_more_is_taken_than_is_owed(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    for wrong in (0, 701):
        refusal = charging.refused(PAY, "2026-05-13", received_yuan=wrong)
        assert refusal.article == "信息处理费管理办法第六条"


def test_fee_rules_after_the_payment_an_extension_is_allowed_only_if_none_was_used_before(charging: Office) -> None:
    # law.md 12, no. 13
    charging.register("2026-04-20")
    charging.then(EXTEND, "2026-04-29", working_days=10, **EXTENSION)
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    charging.then(PAY, "2026-05-20", received_yuan=700)
    assert charging.due() == "2026-06-17"
    assert charging.refused(EXTEND, "2026-06-10", working_days=10, **EXTENSION).article == "条例第三十三条第二款"
    assert not charging.option(EXTEND, "2026-06-10").allowed


def test_fee_rules_after_the_payment_a_first_extension_is_allowed(charging: Office) -> None:
    charging.register("2026-04-20")
    charging.then(BILL, "2026-05-06", **BY_VOLUME)
    charging.then(PAY, "2026-05-20", received_yuan=700)
    charging.then(EXTEND, "2026-06-10", working_days=1, **EXTENSION)
    assert charging.due() == "2026-06-18"


def test_fee_rules_where_the_agency_so_chooses_the_wait_for_the_payment_only_does_not_count(charging: Office) -> None:
    charging.choose("fee_restarts", "否")
    charging.register()
    charging.then(BILL, "2026-03-10", **BY_VOLUME)
    assert charging.due() is None
    charging.then(PAY, "2026-03-24", received_yuan=700)
    assert charging.due() == "2026-04-14"


@pytest.mark.parametrize(
    ("pages", "yuan", "article"),
    [
        (30, 10, "信息处理费管理办法第五条"),
        (100, 701, "信息处理费管理办法第五条"),
        (None, 700, "信息处理费管理办法第五条"),
    ],
)
def test_fee_rules_art5_what_is_charged_by_volume_is_what_the_tariff_gives(
    charging: Office, pages: int | None, yuan: int, article: str
) -> None:
    charging.register()
    facts = {"billed_yuan": yuan, "tariff": Tariff.BY_VOLUME, "pages": pages}
    assert charging.refused(BILL, "2026-03-10", **facts).article == article


def test_fee_rules_art4_the_eleventh_request_of_the_month_costs_a_hundred_yuan(charging: Office) -> None:
    for _ in range(10):
        charging.register("2026-03-03")
    refusal = charging.refused(BILL, "2026-03-10", billed_yuan=100, tariff=Tariff.BY_ITEM)
    assert refusal.article == "信息处理费管理办法第四条"
    charging.register("2026-03-04", applicant=LI)
    assert charging.case.month_ordinal == 1
    charging.register("2026-04-01")
    assert charging.case.month_ordinal == 1
    charging.register("2026-03-04")
    assert charging.case.month_ordinal == 11
    assert charging.refused(BILL, "2026-03-10", billed_yuan=200, tariff=Tariff.BY_ITEM).article
    charging.then(BILL, "2026-03-10", billed_yuan=100, tariff=Tariff.BY_ITEM)
    assert charging.case.fees[0].ordinals == "11"


def test_fee_rules_art4_who_cannot_be_told_from_others_is_not_charged_by_item(charging: Office) -> None:
    charging.register(applicant=NOBODY)
    refusal = charging.refused(BILL, "2026-03-10", billed_yuan=100, tariff=Tariff.BY_ITEM)
    assert refusal.article == "信息处理费管理办法第四条"


# Arts. 47, 51: remedies


@pytest.mark.parametrize(
    "kind", [ReviewKind.RECONSIDERATION, ReviewKind.LITIGATION_DIRECT], ids=lambda each: each.value
)
def test_art51_a_request_not_answered_in_time_may_be_taken_to_reconsideration_or_to_court(
    office: Office, kind: ReviewKind
) -> None:
    office.register()
    office.then(EventKind.OPEN_REVIEW, "2026-04-10", review_kind=kind)
    assert office.reviewed() == {kind.value: (0, 0, 0, 1, 1)}
    # The reply is still owed.
    office.grant("2026-04-20")
    assert office.counted() == {"new": 1, "results/granted": 1}


@pytest.mark.parametrize("outcome", [rule.outcome for rule in statute.OUTCOME_RULES], ids=lambda each: each.value)
def test_art51_every_final_reply_has_its_remedy(outcome: Outcome) -> None:
    first = outcome in {*WITHHOLDING, Outcome.PARTLY_GRANTED}
    assert statute.OUTCOMES[outcome].remedy is (Remedy.RECONSIDERATION_FIRST if first else Remedy.EITHER)


# The whole table


def test_every_row_of_the_event_table_is_taken_in_a_year_of_the_office(office: Office) -> None:
    office.choose("charges_fees", "是")
    long = long_case(office)
    duplicate_and_others(office, long)
    answer_and_dispute(office, long)
    office.register("2026-11-16")
    office.declare_day_off("2026-11-24")
    office.close_the_year()

    with office.engine.connect() as connection:
        events = connection.execute(select(case_event.c.kind, case_event.c.facts)).all()
    # A letter leaves with its paper: tests/letters/test_sending.py.
    of_the_law = {step.event for step in (*statute.FIRST_STEPS, *statute.STEPS)} - {EventKind.SEND_LETTER}
    assert {kind for kind, _ in events} == of_the_law
    assert not [kind for kind, facts in events if log.IRREGULAR in facts]
    assert office.counted(2026) == {
        "new": 8,
        "results/granted": 1,
        "results/other_not_corrected": 1,
        "results/other_misc": 3,
        "carried_out": 3,
    }


def long_case(office: Office) -> str:
    """A request that waits for everything there is to wait for; it is received on 3 March."""
    office.today_is("2026-03-02")
    number = office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.then(CONTACT, "2026-03-02", how="电话无人接听")
    office.today_is("2026-03-03")
    office.then(CONFIRM, "2026-03-03", how="电话")
    office.today_is("2026-11-20")
    ask_correction(office)
    office.then(DELIVER, "2026-03-06")
    office.then(CORRECT, "2026-03-09")
    consult(office)
    office.then(DELIVER_LETTER, "2026-03-11", consultation=1)
    hear(office, opinion=Opinion.DISAGREE)
    office.then(EXTEND, "2026-03-25", working_days=10, **EXTENSION)
    office.then(EventKind.PAUSE, "2026-03-26", reason="台风", approver="分管领导")
    office.then(EventKind.RESUME, "2026-03-30")
    office.then(BILL, "2026-03-31", **BY_VOLUME)
    office.then(PAY, "2026-04-01", received_yuan=700)
    return number


def duplicate_and_others(office: Office, long: str) -> None:
    """What else comes in: a duplicate, a letter that is none, a trickle, one given up, one closed, a rectification."""
    office.register("2026-03-04")
    office.then(EventKind.MERGE, "2026-03-05", into=long)

    office.today_is("2026-03-03")
    office.arrive("2026-03-03", channel=Channel.POST_ORDINARY, arrived_on="2026-03-03")
    office.then(DISMISS, "2026-03-03", reason="实为投诉信")
    office.today_is("2026-11-20")

    office.register("2026-03-05")
    ask_reasons(office, "2026-03-06", until="2026-03-16")
    office.then(EventKind.REASONS_IN, "2026-03-12", reasonable=True)
    delay = {"until": "2026-12-31", "reason": "涉及 45 件", "approver": "公开办负责人"}
    office.then(EventKind.DELAY, "2026-03-13", **delay)
    office.then(EventKind.NOTE, "2026-03-16", text="来电询问进度")
    office.then(EventKind.VOID, "2026-03-16", entry=5, reason="记错办件")
    office.then(EventKind.AMEND, "2026-03-17", subject="2024年道路养护合同", reason="误录")
    office.then(EventKind.CHANGE_KIND, "2026-03-17", applicant_kind=ApplicantKind.COMPANY, reason="以公司名义申请")
    office.then(EventKind.ASSIGN, "2026-03-17", officer="张某")

    office.register("2026-03-05")
    ask_correction(office, "2026-03-06", delivered="2026-03-06")
    office.then(LAPSE, "2026-03-23", outcome=Outcome.OTHER_NOT_CORRECTED)

    office.register("2026-03-06")
    office.then(CLOSE, "2026-03-09", outcome=Outcome.OTHER_MISC, reason="申请人死亡，无人承继")

    rectification(office)
    office.then(EventKind.RECTIFY, "2026-03-20", result=RectificationResult.CORRECTED, reason="确有错误")


def answer_and_dispute(office: Office, long: str) -> None:
    """The long request is split and answered; an item is withdrawn; the reply is disputed, made anew, and sued over."""
    office.take_up(long)
    office.then(EventKind.SEARCH, "2026-04-02", **SEARCH, found=True)
    with office.engine.begin() as connection:
        split = joint.split(
            connection,
            office.agency_id,
            long,
            "甲",
            ["乙", "丙"],
            office.cipher,
            office.now,
            "officer",
            day("2026-04-02"),
        )
    office.take_up(split[1].case.number)
    office.then(EventKind.WITHDRAW, "2026-04-03", how="书面", identity_checked=True)
    office.take_up(long)
    office.then(EventKind.TELL_THIRD_PARTY, "2026-04-07", consultation=1, reason="不公开对公共利益有重大影响")
    office.grant("2026-04-08", Means.EMAIL, review_channel=ONLINE_REVIEW)
    office.then(EventKind.RETURN, "2026-04-08", reason="对方服务器拒收")
    office.then(EventKind.SERVE_AGAIN, "2026-04-08", means=Means.POST_EMS)
    office.then(EventKind.SERVE, "2026-04-10", how="本人签收")
    office.then(EventKind.ATTACH, "2026-04-10")
    office.then(EventKind.OPEN_REVIEW, "2026-05-06", review_kind=ReviewKind.RECONSIDERATION, copy_received="2026-05-08")
    office.then(EventKind.ANSWER_REVIEW, "2026-05-12", review=1)
    office.then(EventKind.CONCLUDE_REVIEW, "2026-06-10", review=1, result=ReviewResult.CORRECTED)
    office.then(EventKind.REOPEN, "2026-06-12", ground=ReopenGround.RECONSIDERATION, review=1)
    office.grant("2026-06-26")
    office.then(EventKind.OPEN_REVIEW, "2026-07-10", review_kind=ReviewKind.LITIGATION_AFTER_RECONSIDERATION)
    office.then(EventKind.FIRST_JUDGMENT, "2026-09-10", review=2, ruling_form=RulingForm.JUDGMENT)
    office.then(EventKind.APPEAL, "2026-09-21", review=2, by="申请人")
