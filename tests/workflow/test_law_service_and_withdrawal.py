"""When a reply is made, and how a request ends otherwise or is set right (law.md 3.5, 9; 国办公开办函〔2016〕235号).

Each means of service has its legal date, and that date decides whether the reply was in time and in which year's report
it stands. 2 March 2026 is a Monday; the reply is due on 30 March. Every test ends with a log that verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import case_event, fee, review
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    Means,
    Opinion,
    Outcome,
    ReviewKind,
    State,
    Tariff,
)
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import fresh_database
from tests.lawful import LI, NOBODY, ONLINE_REVIEW, WANG, Office, day, open_office
from workflow import joint
from workflow.desk import Done
from workflow.faults import InputFault, Refusal

DECIDE, SERVE, RETURN, AGAIN = EventKind.DECIDE, EventKind.SERVE, EventKind.RETURN, EventKind.SERVE_AGAIN
WITHDRAW, MERGE, SPLIT, DISMISS = EventKind.WITHDRAW, EventKind.MERGE, EventKind.SPLIT, EventKind.DISMISS
VOID, AMEND, CHANGE_KIND = EventKind.VOID, EventKind.AMEND, EventKind.CHANGE_KIND
REGISTER, CONSULT = EventKind.REGISTER, EventKind.CONSULT

LETTER_235 = "国办公开办函〔2016〕235号"
POSTED = (Means.POST_EMS, Means.POST_REGISTERED)
SIGNED = (Means.HAND, Means.DELEGATED)
SENT_ONLINE = (Means.EMAIL, Means.PORTAL)
ELECTRONIC = (*SENT_ONLINE, Means.FAX)
WITHDRAWN = {"how": "书面，本人签字", "identity_checked": True}

by_value = {"ids": lambda each: getattr(each, "value", str(each))}


@pytest.fixture(scope="module")
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database for these tests, in which each has an agency of its own."""
    with fresh_database(server, template) as made:
        yield made


@pytest.fixture
def office(database: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office that has an online way to reconsideration; its log is in order when the test is over."""
    with open_office(database, cipher) as opened:
        opened.choose("review_channel", ONLINE_REVIEW)
        yield opened


def overdue(office: Office) -> bool:
    """Whether the reply was made after its last day."""
    reply = office.deadline()
    return bool(reply.done_on > reply.due_on)


# The legal date of each means


@pytest.mark.parametrize("means", POSTED, **by_value)
def test_letter_235_a_posted_reply_is_made_on_the_day_of_posting_whenever_it_arrives(
    office: Office, means: Means
) -> None:
    office.register()
    office.grant("2026-03-30", means, tracking="1098765432101")
    served = office.then(SERVE, "2026-04-03", how="本人签收")
    assert (served.closed, served.services[-1].served) == (day("2026-03-30"), day("2026-04-03"))
    assert not overdue(office)


@pytest.mark.parametrize("means", SIGNED, **by_value)
def test_letter_235_a_reply_handed_over_is_made_on_the_day_it_is_signed_for(office: Office, means: Means) -> None:
    office.register()
    office.grant("2026-03-30", means)
    assert office.then(SERVE, "2026-03-30", how="本人签收").closed == day("2026-03-30")
    assert not overdue(office)


@pytest.mark.parametrize("means", SIGNED, **by_value)
def test_letter_235_a_reply_handed_over_late_is_late_though_it_was_ready_before(office: Office, means: Means) -> None:
    office.register()
    office.grant("2026-03-30", means)
    assert office.then(SERVE, "2026-04-01", how="本人签收").closed == day("2026-04-01")
    assert overdue(office)


@pytest.mark.parametrize("means", ELECTRONIC, **by_value)
def test_an_electronic_reply_is_made_on_the_day_it_is_sent(office: Office, means: Means) -> None:
    office.register()
    office.grant("2026-03-30", means)
    assert office.then(SERVE, "2026-04-02", how="已读回执").closed == day("2026-03-30")
    assert not overdue(office)


def test_a_reply_on_the_last_day_is_in_time_and_one_on_the_day_after_is_late(office: Office) -> None:
    office.register()
    office.grant("2026-03-30")
    assert not overdue(office)
    office.register()
    office.grant("2026-03-31")
    assert overdue(office)


# The postal enterprise


def test_postal_law_55_official_documents_do_not_go_by_courier(office: Office) -> None:
    office.register()
    refusal = office.decision_refused("2026-03-10", Outcome.REFUSED_PROCESS, Means.COURIER, reasons="过程稿")
    assert refusal.article == f"邮政法第五十五条，{LETTER_235}"


def test_postal_law_55_a_courier_is_used_only_for_a_reason_that_is_recorded(office: Office) -> None:
    office.register()
    office.refuse("2026-03-10", means=Means.COURIER, override="收件地邮政停运")
    assert office.log[-1].happening.facts["override"] == "收件地邮政停运"


def test_postal_law_55_an_agency_may_allow_no_courier_at_all(office: Office) -> None:
    office.choose("courier_override", "否")
    office.register()
    courier = {"means": Means.COURIER, "override": "收件地邮政停运"}
    refusal = office.refused(DECIDE, "2026-03-10", outcome=Outcome.REFUSED_PROCESS, reasons="过程稿", **courier)
    assert refusal.article.startswith("邮政法第五十五条")
    office.refuse("2026-03-10")
    office.then(RETURN, "2026-03-20", reason="地址不详")
    assert office.refused(AGAIN, "2026-03-21", **courier).article.startswith("邮政法第五十五条")


# The online way to reconsideration


@pytest.mark.parametrize("means", SENT_ONLINE, **by_value)
def test_reconsideration_law_22_a_reply_sent_online_names_the_online_way_to_reconsideration(
    office: Office, means: Means
) -> None:
    office.choose("review_channel", "")
    office.register()
    refusal = office.decision_refused("2026-03-10", Outcome.REFUSED_PROCESS, means, reasons="过程稿")
    assert refusal.article == "行政复议法第二十二条第二款"
    office.refuse("2026-03-10", means=means, review_channel=ONLINE_REVIEW)


@pytest.mark.parametrize("means", [*POSTED, *SIGNED], **by_value)
def test_reconsideration_law_22_a_reply_on_paper_needs_no_online_way(office: Office, means: Means) -> None:
    office.choose("review_channel", "")
    office.register()
    assert office.refuse("2026-03-10", means=means).state is State.REFUSED


def test_reconsideration_law_22_holds_for_the_second_service_too(office: Office) -> None:
    office.choose("review_channel", "")
    office.register()
    office.refuse("2026-03-10")
    office.then(RETURN, "2026-03-16", reason="地址不详")
    assert office.refused(AGAIN, "2026-03-17", means=Means.EMAIL).article == "行政复议法第二十二条第二款"
    office.then(AGAIN, "2026-03-17", means=Means.EMAIL, review_channel=ONLINE_REVIEW)


# What comes back


@pytest.mark.parametrize("means", ELECTRONIC, **by_value)
def test_a_bounced_electronic_reply_was_never_made_and_is_made_by_the_next_service(
    office: Office, means: Means
) -> None:
    office.register()
    office.grant("2026-03-30", means)
    office.then(RETURN, "2026-03-30", reason="对方服务器拒收")
    assert office.then(AGAIN, "2026-03-31", means=Means.POST_EMS).closed == day("2026-03-31")
    assert overdue(office)


def test_a_bounced_reply_that_is_posted_the_same_day_is_in_time(office: Office) -> None:
    office.register()
    office.grant("2026-03-30", Means.EMAIL)
    office.then(RETURN, "2026-03-30", reason="对方服务器拒收")
    office.then(AGAIN, "2026-03-30", means=Means.POST_EMS)
    assert not overdue(office)


def test_a_reply_that_bounces_twice_is_made_by_the_third_service(office: Office) -> None:
    office.register()
    office.grant("2026-03-20", Means.EMAIL)
    office.then(RETURN, "2026-03-20", reason="对方服务器拒收")
    office.then(AGAIN, "2026-03-23", means=Means.PORTAL)
    office.then(RETURN, "2026-03-23", reason="账号已注销")
    office.then(AGAIN, "2026-03-24", means=Means.POST_EMS)
    office.then(RETURN, "2026-03-30", reason="地址不详")
    assert office.then(AGAIN, "2026-03-31", means=Means.POST_EMS).closed == day("2026-03-24")


@pytest.mark.parametrize("means", POSTED, **by_value)
def test_letter_235_a_posted_reply_that_comes_back_was_made_all_the_same(office: Office, means: Means) -> None:
    office.register()
    office.grant("2026-03-30", means)
    office.then(RETURN, "2026-04-07", reason="收件人不在")
    assert office.then(AGAIN, "2026-04-08", means=Means.EMAIL).closed == day("2026-03-30")
    assert not overdue(office)


@pytest.mark.parametrize("means", SIGNED, **by_value)
def test_letter_235_what_could_not_be_handed_over_is_made_by_the_next_service(office: Office, means: Means) -> None:
    office.register()
    office.grant("2026-03-27", means)
    office.then(RETURN, "2026-03-30", reason="申请人不在，未能签收")
    assert office.then(AGAIN, "2026-03-31", means=Means.POST_EMS).closed == day("2026-03-31")
    assert overdue(office)


@pytest.mark.parametrize(
    ("means", "year"),
    [(Means.POST_EMS, 2026), (Means.EMAIL, 2027), (Means.DELEGATED, 2027)],
    **by_value,
)
def test_the_legal_date_decides_in_which_years_report_the_reply_stands(office: Office, means: Means, year: int) -> None:
    office.today_is("2027-01-11")
    office.register("2026-12-14")
    office.grant("2026-12-31", means)
    office.then(RETURN, "2027-01-04", reason="未能送达")
    office.then(AGAIN, "2027-01-05", means=Means.POST_EMS)
    if year == 2026:
        assert office.counted(2026) == {"new": 1, "results/granted": 1}
        assert office.counted(2027) == {}
    else:
        assert office.counted(2026) == {"new": 1, "carried_out": 1}
        assert office.counted(2027) == {"carried_in": 1, "results/granted": 1}


def test_a_reply_signed_for_in_the_new_year_stands_in_the_new_years_report(office: Office) -> None:
    office.today_is("2027-01-11")
    office.register("2026-12-14")
    office.grant("2026-12-31", Means.HAND)
    assert office.counted(2026) == {"new": 1, "results/granted": 1}
    office.then(SERVE, "2027-01-04", how="本人签收")
    assert office.counted(2026) == {"new": 1, "carried_out": 1}
    assert office.counted(2027) == {"carried_in": 1, "results/granted": 1}


def test_a_bounce_found_after_the_year_end_moves_both_years_and_they_still_add_up(office: Office) -> None:
    office.today_is("2026-12-31")
    office.register("2026-12-14")
    office.grant("2026-12-31", Means.EMAIL)
    closed = office.close_the_year(2026)
    assert (closed.ok, closed.carried_over) == (True, 0)
    office.then(RETURN, "2026-12-31", reason="对方服务器拒收")
    office.then(AGAIN, "2027-01-05", means=Means.POST_EMS)
    assert office.counted(2026) == {"new": 1, "carried_out": 1}
    again = office.close_the_year(2026)
    assert (again.ok, again.carried_over) == (True, 1)


def test_nothing_is_served_before_the_reply_or_before_it_was_sent_or_twice(office: Office) -> None:
    office.register()
    assert office.refused(SERVE, "2026-03-10").article == LETTER_235
    assert office.refused(AGAIN, "2026-03-10", means=Means.POST_EMS).article == LETTER_235
    office.grant("2026-03-20")
    assert office.refused(SERVE, "2026-03-19").article == LETTER_235
    assert office.refused(AGAIN, "2026-03-19", means=Means.POST_EMS).article == LETTER_235
    office.then(SERVE, "2026-03-23")
    for event, facts in ((SERVE, {}), (RETURN, {"reason": "拒收"})):
        assert office.refused(event, "2026-03-24", **facts).article == LETTER_235


# Withdrawal


@pytest.mark.parametrize("waits", ["nothing", "a correction", "opinions", "a payment", "a pause"])
def test_a_request_may_be_withdrawn_while_no_reply_was_made_whatever_it_waits_for(office: Office, waits: str) -> None:
    office.choose("charges_fees", "是")
    office.register()
    match waits:
        case "a correction":
            office.then(EventKind.ASK_CORRECTION, "2026-03-05", items="文号")
        case "opinions":
            office.then(CONSULT, "2026-03-05", kind=ConsultationKind.THIRD_PARTY, party="某公司")
        case "a payment":
            office.then(EventKind.BILL, "2026-03-05", billed_yuan=700, tariff=Tariff.BY_VOLUME, pages=100)
        case "a pause":
            office.then(EventKind.PAUSE, "2026-03-05", reason="台风", approver="分管领导")
    withdrawn = office.then(WITHDRAW, "2026-03-09", **WITHDRAWN)
    assert (withdrawn.state, withdrawn.outcome) == (State.CLOSED, Outcome.OTHER_MISC)
    assert office.counted() == {"new": 1, "results/other_misc": 1}


def test_a_withdrawal_needs_the_form_and_the_identity_of_the_applicant(office: Office) -> None:
    office.register()
    article = "条例未规定，按年度报告格式（六）3计"
    assert office.refused(WITHDRAW, "2026-03-09", identity_checked=True).article == article
    assert office.refused(WITHDRAW, "2026-03-09", how="书面").article == article
    refusal = office.refused(WITHDRAW, "2026-03-09", how="书面", identity_checked=False)
    assert (refusal.article, "身份" in refusal.sentence) == (article, True)


def test_after_the_reply_nothing_is_withdrawn(office: Office) -> None:
    office.register()
    office.grant("2026-03-20")
    assert office.refused(WITHDRAW, "2026-03-23", **WITHDRAWN).article


# Arrivals that were no requests


def test_what_turns_out_to_be_no_request_is_dismissed_and_counted_nowhere(office: Office) -> None:
    office.today_is("2026-03-03")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    assert "理由" in str(office.mistaken(DISMISS, "2026-03-03"))
    dismissed = office.then(DISMISS, "2026-03-03", reason="实为投诉信，申请人确认不是申请")
    assert (dismissed.state, dismissed.is_open()) == (State.VOID, False)
    assert office.counted() == {}
    assert office.due(DeadlineKind.CONFIRM) is None


def test_what_is_withdrawn_before_it_was_received_in_law_is_counted_nowhere(office: Office) -> None:
    # law.md 12, no. 27
    office.today_is("2026-03-03")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.then(DISMISS, "2026-03-03", reason="确认前申请人撤回")
    assert office.counted() == {}


def test_a_request_that_was_received_is_not_dismissed(office: Office) -> None:
    office.register()
    assert office.refused(DISMISS, "2026-03-03", reason="实为投诉信").article == "条例第二十九条、第三十一条"


def test_an_arrival_that_nobody_dealt_with_is_received_by_itself_at_the_year_end(office: Office) -> None:
    office.today_is("2026-12-30")
    office.arrive("2026-12-30", channel=Channel.ONLINE, submitted_on="2026-12-30")
    assert office.counted() == {}
    assert office.close_the_year().carried_over == 1
    assert office.counted() == {"new": 1, "carried_out": 1}


# Merging


def test_a_duplicate_before_any_reply_is_merged_answered_once_and_counted_as_another_ending(office: Office) -> None:
    first = office.register()
    office.register("2026-03-04")
    merged = office.then(MERGE, "2026-03-05", into=first)
    assert (merged.state, merged.merged_into) == (State.CLOSED, first)
    office.take_up(first)
    office.grant("2026-03-20")
    assert office.counted() == {"new": 2, "results/granted": 1, "results/other_misc": 1}


def test_after_the_reply_a_duplicate_is_a_repeat_and_not_merged(office: Office) -> None:
    first = office.register()
    office.grant("2026-03-10")
    office.register("2026-03-12")
    refusal = office.refused(MERGE, "2026-03-13", into=first)
    assert (refusal.article, "重复申请" in refusal.sentence) == ("法释〔2025〕8号，年度报告格式（六）3", True)
    office.decide("2026-03-13", Outcome.UNPROCESSED_REPEAT, earlier_reply="2026年3月10日答复")
    assert office.counted() == {"new": 2, "results/granted": 1, "results/unprocessed_repeat": 1}


@pytest.mark.parametrize("other", [LI, NOBODY], ids=["another person", "a person nobody knows"])
def test_requests_of_several_applicants_are_not_merged(office: Office, other: Any) -> None:
    first = office.register(applicant=other)
    office.register("2026-03-04", applicant=WANG)
    assert office.refused(MERGE, "2026-03-05", into=first).article == "法释〔2025〕8号，年度报告格式（六）3"


def test_a_request_is_merged_into_another_one_that_is_there(office: Office) -> None:
    first = office.register()
    assert office.refused(MERGE, "2026-03-05", into=first).article == "法释〔2025〕8号，年度报告格式（六）3"
    assert "2026-0999" in str(office.mistaken(MERGE, "2026-03-05", into="2026-0999"))


# Splitting


def split(office: Office, keep: str, *others: str, on: str = "2026-03-04") -> list[Done]:
    """Split the request on the desk into its items."""
    with office.engine.begin() as connection:
        return joint.split(
            connection, office.agency_id, office.number, keep, others, office.cipher, office.now, "officer:li", day(on)
        )


def test_a_letter_of_several_items_is_split_each_with_the_same_day_of_receipt(office: Office) -> None:
    first = office.register(channel=Channel.IN_PERSON, submitted_on="2026-03-02", items=2)
    kept, made = split(office, "2025年道路养护合同", "2025年桥梁检测报告")
    assert (kept.case.subject, kept.case.split_into) == ("2025年道路养护合同", made.case.number)
    assert (made.case.subject, made.case.received) == ("2025年桥梁检测报告", day("2026-03-02"))
    assert office.due() == "2026-03-30"
    office.take_up(made.case.number)
    assert (office.due(), office.log[0].happening.facts["split_from"]) == ("2026-03-30", first)


def test_each_item_of_a_split_letter_has_its_own_outcome_and_is_counted(office: Office) -> None:
    office.register()
    kept, made = split(office, "2025年道路养护合同", "2025年桥梁检测报告")
    office.take_up(kept.case.number)
    office.grant("2026-03-20")
    office.take_up(made.case.number)
    office.refuse("2026-03-20")
    assert office.counted() == {"new": 2, "results/granted": 1, "results/refused_internal_affairs": 1}


def test_split_off_items_take_the_next_free_places_of_the_month(office: Office) -> None:
    # law.md 12, no. 44
    first = office.register()
    office.register("2026-03-03")
    office.take_up(first)
    kept, made, more = split(office, "甲", "乙", "丙")
    assert [done.case.month_ordinal for done in (kept, made, more)] == [1, 3, 4]


def test_a_letter_that_is_not_split_is_one_request_with_one_outcome(office: Office) -> None:
    office.register(items=3)
    office.review_secrecy("2026-03-10")
    office.decide("2026-03-10", Outcome.PARTLY_GRANTED, reasons="第三项属于商业秘密")
    assert office.counted() == {"new": 1, "results/partly_granted": 1}


def test_an_item_is_not_split_off_with_another_day_of_receipt(office: Office) -> None:
    first = office.register()
    of_the_letter = {"split_from": first, "subject": "2025年桥梁检测报告"}
    assert office.refused(REGISTER, "2026-03-09", **of_the_letter).article == "信息处理费管理办法第四条（一事一申请）"
    other = office.register("2026-03-09")
    office.take_up(first)
    refusal = office.refused(SPLIT, "2026-03-10", into=other, subject="2025年道路养护合同")
    assert refusal.article == "信息处理费管理办法第四条（一事一申请）"


def test_an_item_is_not_split_off_to_another_applicant(office: Office) -> None:
    first = office.register()
    other = office.register(applicant=LI)
    office.take_up(first)
    refusal = office.refused(SPLIT, "2026-03-10", into=other, subject="2025年道路养护合同")
    assert refusal.article == "信息处理费管理办法第四条（一事一申请）"


def test_nothing_is_split_that_is_not_there_or_was_answered(office: Office) -> None:
    office.register()
    assert "2026-0999" in str(office.mistaken(SPLIT, "2026-03-04", into="2026-0999", subject="甲"))
    with pytest.raises(InputFault):
        split(office, "甲", " ")
    office.grant("2026-03-05")
    with pytest.raises(Refusal):
        split(office, "甲", "乙", on="2026-03-06")
    assert office.counted() == {"new": 1, "results/granted": 1}


# Voiding an entry


def void(office: Office, entry: int, on: str = "2026-04-01") -> Any:
    """Void an entry of the log."""
    return office.then(VOID, on, entry=entry, reason="误录")


def kept_from_voiding(office: Office, entry: int, on: str = "2026-04-01") -> str:
    """Try to void an entry that cannot be voided; gives the sentence."""
    refusal = office.refused(VOID, on, entry=entry, reason="误录")
    assert refusal.article == "条例第四十五条"
    return refusal.sentence


def test_art45_a_voided_entry_counts_as_if_it_had_never_been_and_stays_readable(office: Office) -> None:
    office.register()
    office.then(EventKind.EXTEND, "2026-03-20", working_days=10, approver="公开办负责人", reason="量大")
    assert office.due() == "2026-04-14"
    assert void(office, 2).extensions == ()
    assert office.due() == "2026-03-30"
    assert [entry.happening.event for entry in office.log] == [REGISTER, EventKind.EXTEND, VOID]
    assert office.log[-1].happening.facts["reason"] == "误录"


def test_art45_a_voided_reply_opens_the_request_again_and_another_reply_may_be_made(office: Office) -> None:
    office.register()
    office.refuse("2026-03-20")
    assert void(office, 2, "2026-03-23").state is State.RECEIVED
    assert office.counted() == {"new": 1, "carried_out": 1}
    office.grant("2026-03-24")
    assert office.counted() == {"new": 1, "results/granted": 1}


def test_art45_a_voided_registration_voids_the_request_whose_number_stays_taken(office: Office) -> None:
    first = office.register()
    office.then(EventKind.EXTEND, "2026-03-20", working_days=10, approver="公开办负责人", reason="量大")
    assert void(office, 1).state is State.VOID
    assert (office.counted(), office.due()) == ({}, None)
    assert office.refused(DECIDE, "2026-04-02", outcome=Outcome.REFUSED_PROCESS, reasons="略", means=Means.HAND).article
    assert office.refused(VOID, "2026-04-02", entry=2, reason="误录").article
    office.then(EventKind.NOTE, "2026-04-02", text="与 2026-0002 重复登记")
    assert office.register() != first


def test_art45_the_numbers_of_consultations_stay_when_one_is_voided(office: Office) -> None:
    office.register()
    asked = {"kind": ConsultationKind.THIRD_PARTY, "delivered": "2026-03-11"}
    office.then(CONSULT, "2026-03-10", **asked, party="甲公司")
    office.then(CONSULT, "2026-03-10", **asked, party="乙公司")
    void(office, 2, "2026-03-12")
    assert [inquiry.number for inquiry in office.case.inquiries] == [2]
    assert office.refused(EventKind.OPINIONS_IN, "2026-03-24", consultation=1, opinion=Opinion.AGREE).article
    office.then(EventKind.OPINIONS_IN, "2026-03-24", consultation=2, opinion=Opinion.AGREE)
    office.then(CONSULT, "2026-03-25", kind=ConsultationKind.THIRD_PARTY, party="丙公司")
    assert [inquiry.number for inquiry in office.case.inquiries] == [2, 3]
    assert office.deadline(DeadlineKind.OPINION, 1) is None


def test_art45_the_numbers_of_reviews_stay_and_the_voided_one_leaves_table_four(office: Office) -> None:
    office.register()
    office.refuse("2026-03-20")
    office.then(EventKind.OPEN_REVIEW, "2026-04-01", review_kind=ReviewKind.LITIGATION_DIRECT)
    void(office, 3, "2026-04-02")
    assert office.reviewed() == {}
    office.then(EventKind.OPEN_REVIEW, "2026-04-02", review_kind=ReviewKind.RECONSIDERATION)
    assert office.case.reviews[0].number == 2
    assert office.reviewed() == {"reconsideration": (0, 0, 0, 1, 1)}
    with office.engine.connect() as connection:
        assert connection.scalars(select(review.c.round)).all() == [2]


def test_art45_a_voided_fee_notice_leaves_the_report(office: Office) -> None:
    office.choose("charges_fees", "是")
    office.register()
    office.then(EventKind.BILL, "2026-03-10", billed_yuan=700, tariff=Tariff.BY_VOLUME, pages=100)
    void(office, 2, "2026-03-11")
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-03-30")
    with office.engine.connect() as connection:
        assert connection.execute(select(fee)).all() == []


def test_art45_an_entry_that_later_ones_rest_on_is_not_voided_before_them(office: Office) -> None:
    office.register()
    office.then(EventKind.ASK_CORRECTION, "2026-03-05", items="文号", until="2026-03-19")
    office.then(EventKind.CORRECT, "2026-03-09")
    assert "先作废其后的记录" in kept_from_voiding(office, 2)
    void(office, 3)
    void(office, 2)
    assert (office.case.state, office.due()) == (State.RECEIVED, "2026-03-30")


@pytest.mark.parametrize("rests_on", ["the secrecy review", "the search", "the notice to the third party"])
def test_art45_what_the_law_asks_for_before_a_reply_is_not_voided_behind_it(office: Office, rests_on: str) -> None:
    office.register()
    not_held = {"ground": Ground.NOT_EXISTING}
    searched = {"where": "档案室", "terms": "合同", "searcher": "张三", "found": False}
    match rests_on:
        case "the secrecy review":
            office.grant("2026-03-20")
            entry = 2
        case "the search":
            office.then(EventKind.SEARCH, "2026-03-10", **searched)
            office.decide("2026-03-20", Outcome.UNAVAILABLE_NOT_HELD, **not_held)
            entry = 2
        case _:
            office.then(CONSULT, "2026-03-05", kind=ConsultationKind.THIRD_PARTY, party="甲公司")
            office.then(EventKind.OPINIONS_IN, "2026-03-10", consultation=1, opinion=Opinion.DISAGREE)
            office.then(EventKind.TELL_THIRD_PARTY, "2026-03-11", consultation=1, reason="公共利益")
            office.grant("2026-03-20")
            entry = 4
    kept_from_voiding(office, entry)


def test_art45_what_cannot_be_voided(office: Office) -> None:
    office.register()
    office.then(EventKind.NOTE, "2026-03-03", text="来电询问进度")
    assert "没有第 9 条" in kept_from_voiding(office, 9)
    void(office, 2)
    assert "已经作废" in kept_from_voiding(office, 2)
    assert "不能作废" in kept_from_voiding(office, 3)
    assert "理由" in str(office.mistaken(VOID, "2026-04-01", entry=1))


def test_art45_what_the_system_did_by_itself_is_not_voided(office: Office) -> None:
    office.register()
    office.declare_day_off("2026-03-16")
    assert office.due() == "2026-03-31"
    assert "期限重算" in kept_from_voiding(office, 2)
    office.close_the_year()
    assert office.case.carried_over == (2026,)
    assert "结转" in kept_from_voiding(office, 3, "2027-01-05")


def test_art45_a_request_registered_by_mistake_is_voided_after_it_was_carried_over(office: Office) -> None:
    office.register()
    office.close_the_year()
    assert office.counted(2026) == {"new": 1, "carried_out": 1}
    void(office, 1, "2027-01-05")
    assert (office.counted(2026), office.counted(2027)) == ({}, {})


# Amending the registration


def test_art31_an_amended_day_of_receipt_moves_the_reply_with_it(office: Office) -> None:
    office.register("2026-03-04")
    assert office.due() == "2026-04-01"
    office.then(AMEND, "2026-03-10", received_on="2026-03-02", reason="收发室 3 月 2 日签收")
    assert (office.case.received, office.due()) == (day("2026-03-02"), "2026-03-30")


def test_art31_an_amended_day_agrees_with_the_evidence_of_the_channel(office: Office) -> None:
    office.register("2026-03-04", channel=Channel.POST_EMS, arrived_on="2026-03-04")
    refusal = office.refused(AMEND, "2026-03-10", received_on="2026-03-02", reason="误录")
    assert refusal.article == "条例第三十一条第二项"
    office.then(AMEND, "2026-03-10", received_on="2026-03-02", arrived_on="2026-03-02", reason="邮件回执为 3 月 2 日")
    assert office.due() == "2026-03-30"


def test_art31_the_day_of_receipt_is_not_amended_past_a_step_that_was_taken_or_into_the_future(office: Office) -> None:
    office.register("2026-03-02")
    office.then(EventKind.EXTEND, "2026-03-05", working_days=5, approver="公开办负责人", reason="量大")
    assert office.refused(AMEND, "2026-03-10", received_on="2026-03-06", reason="误录").article == "条例第三十一条"
    assert office.refused(AMEND, "2026-03-10", received_on="2026-03-11", reason="误录").article == "条例第三十一条"
    office.grant("2026-03-20")
    assert office.refused(AMEND, "2026-03-30", received_on="2026-03-23", reason="误录").article == "条例第三十一条"


def test_art45_an_amendment_says_what_and_why(office: Office) -> None:
    office.register()
    assert office.refused(AMEND, "2026-03-10", reason="误录").article == "条例第三十一条、第四十五条"
    assert "理由" in str(office.mistaken(AMEND, "2026-03-10", subject="2024年道路养护合同"))
    office.then(AMEND, "2026-03-10", subject="2024年道路养护合同", reason="年份误录")
    assert office.case.subject == "2024年道路养护合同"


def test_an_amended_day_of_receipt_moves_the_request_to_the_year_it_belongs_to(office: Office) -> None:
    office.register("2026-01-04")
    office.grant("2026-01-20")
    assert office.counted(2026) == {"new": 1, "results/granted": 1}
    office.then(AMEND, "2026-01-26", received_on="2025-12-31", reason="收发室 12 月 31 日签收")
    assert office.counted(2025) == {"new": 1, "carried_out": 1}
    assert office.counted(2026) == {"carried_in": 1, "results/granted": 1}


def test_an_amendment_can_be_voided_like_any_entry(office: Office) -> None:
    office.register("2026-03-04")
    office.then(AMEND, "2026-03-10", received_on="2026-03-02", reason="误以为")
    void(office, 2, "2026-03-11")
    assert (office.case.received, office.due()) == (day("2026-03-04"), "2026-04-01")


# The applicant's category


def test_a_changed_category_moves_the_request_from_column_to_column_in_every_row(office: Office) -> None:
    natural, company = ApplicantKind.NATURAL_PERSON, ApplicantKind.COMPANY
    office.register()
    office.grant("2026-03-20")
    before = {"new": 1, "results/granted": 1}
    assert (office.counted(column=natural), office.counted(column=company)) == (before, {})
    office.then(CHANGE_KIND, "2026-04-01", applicant_kind=company, reason="以公司名义申请")
    assert (office.counted(column=natural), office.counted(column=company)) == ({}, before)
    assert office.counted() == before


def test_a_changed_category_moves_the_years_before_too_and_they_still_follow_each_other(office: Office) -> None:
    office.register("2025-12-24")
    office.grant("2026-01-14")
    office.then(CHANGE_KIND, "2026-01-20", applicant_kind=ApplicantKind.NON_PROFIT, reason="经核实为社会组织")
    column = ApplicantKind.NON_PROFIT
    assert office.counted(2025, column) == {"new": 1, "carried_out": 1}
    assert office.counted(2026, column) == {"carried_in": 1, "results/granted": 1}
    assert office.counted(2025, ApplicantKind.NATURAL_PERSON) == {}


def test_a_change_of_category_is_a_change_and_has_a_reason(office: Office) -> None:
    office.register()
    same = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "reason": "误录"}
    assert office.refused(CHANGE_KIND, "2026-03-10", **same).article == "年度报告格式：申请人情况"
    assert "理由" in str(office.mistaken(CHANGE_KIND, "2026-03-10", applicant_kind=ApplicantKind.COMPANY))


def test_every_entry_keeps_the_article_it_was_made_under(office: Office) -> None:
    office.register()
    office.grant("2026-03-20")
    office.then(SERVE, "2026-03-23")
    with office.engine.connect() as connection:
        articles = connection.scalars(select(case_event.c.article).order_by(case_event.c.seq)).all()
    assert articles == [
        "条例第二十九条、第三十一条",
        "条例第十七条，保守国家秘密法第三十五条",
        "条例第三十六条第（二）项",
        LETTER_235,
    ]
