"""Reconsideration and litigation (law.md 10), and what they make the office do again (law.md 3.3; 12, nos. 11, 12, 31).

The law counts a request once: in the year of its receipt and in that of its first final reply. A new reply that is
ordered has its own clock and no row in table three; the dispute is counted in table four. Days of the reconsideration
law up to ten are working days (Art. 88); those of the litigation law are calendar days and roll over a day off
(民法典 Art. 203). Every test ends with a log that verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models.personal import FieldCipher
from models.vocabulary import (
    DeadlineKind,
    DeadlineState,
    EventKind,
    Ground,
    Means,
    Outcome,
    Procedure,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
)
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import fresh_database
from tests.lawful import Office, day, open_office
from workflow.clock import explain

OPEN, ANSWER, CONCLUDE = EventKind.OPEN_REVIEW, EventKind.ANSWER_REVIEW, EventKind.CONCLUDE_REVIEW
JUDGED, APPEAL, REOPEN = EventKind.FIRST_JUDGMENT, EventKind.APPEAL, EventKind.REOPEN
ASK, CORRECT, LAPSE, EXTEND = EventKind.ASK_CORRECTION, EventKind.CORRECT, EventKind.LAPSE, EventKind.EXTEND

RECONSIDERATION, DIRECT = ReviewKind.RECONSIDERATION, ReviewKind.LITIGATION_DIRECT
AFTERWARDS = ReviewKind.LITIGATION_AFTER_RECONSIDERATION
REOPENING_ARTICLE = "行政复议法第六十四条、第六十六条，行政诉讼法第七十条、第七十二条"
RULED = "行政复议决定或者判决，条例第三十三条"

by_value = {"ids": lambda each: getattr(each, "value", str(each))}


@pytest.fixture(scope="module")
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database for these tests, in which each has an agency of its own."""
    with fresh_database(server, template) as made:
        yield made


@pytest.fixture
def office(database: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose first request was refused on 20 March 2026; its log is in order when the test is over."""
    with open_office(database, cipher) as opened:
        opened.register()
        opened.refuse("2026-03-20")
        yield opened


def dispute(office: Office, kind: ReviewKind = RECONSIDERATION, on: str = "2026-04-01", **facts: Any) -> int:
    """Take the reply to reconsideration or to court; gives the number of the review."""
    return office.then(OPEN, on, review_kind=kind, **facts).reviews[-1].number


def conclude(
    office: Office, result: ReviewResult = ReviewResult.CORRECTED, on: str = "2026-06-10", number: int = 1
) -> None:
    """Conclude a review."""
    office.then(CONCLUDE, on, review=number, result=result)


def reopen(
    office: Office, on: str = "2026-06-12", ground: ReopenGround = ReopenGround.RECONSIDERATION, **facts: Any
) -> None:
    """Handle the request again."""
    office.then(REOPEN, on, ground=ground, **{"review": 1, **facts})


# The agency's answer (行政复议法 Arts. 48, 54, 88)


@pytest.mark.parametrize(
    ("procedure", "due", "article"),
    [
        ({"procedure": Procedure.ORDINARY}, "2026-04-16", "行政复议法第四十八条"),
        ({"procedure": Procedure.SIMPLIFIED}, "2026-04-09", "行政复议法第五十四条"),
        ({}, "2026-04-16", "行政复议法第四十八条"),
    ],
    ids=["ordinary", "simplified", "not known"],
)
def test_the_answer_is_due_ten_working_days_after_the_copy_and_five_in_the_simplified_procedure(
    office: Office, procedure: dict[str, Any], due: str, article: str
) -> None:
    # 6 April 2026 is a day off.
    dispute(office, copy_received="2026-04-01", **procedure)
    assert office.due(DeadlineKind.REVIEW_ANSWER) == due
    assert office.deadline(DeadlineKind.REVIEW_ANSWER).article == article


def test_without_the_copy_no_days_for_the_answer_run(office: Office) -> None:
    dispute(office)
    assert office.deadline(DeadlineKind.REVIEW_ANSWER) is None


def test_an_answer_meets_its_deadline_and_a_late_one_is_seen_to_be_late(office: Office) -> None:
    dispute(office, copy_received="2026-04-01")
    office.then(ANSWER, "2026-04-17", review=1)
    row = office.deadline(DeadlineKind.REVIEW_ANSWER)
    assert (row.state, row.done_on > row.due_on) == (DeadlineState.DONE.value, True)


def test_a_review_that_is_over_needs_no_answer_any_more(office: Office) -> None:
    dispute(office, copy_received="2026-04-01")
    conclude(office, ReviewResult.OTHER, "2026-04-03")
    assert office.due(DeadlineKind.REVIEW_ANSWER) is None
    assert office.refused(ANSWER, "2026-04-07", review=1).article == "条例第五十一条"


def test_an_answer_is_given_once_to_a_review_that_is_there_and_not_before_it_was_accepted(office: Office) -> None:
    assert office.refused(ANSWER, "2026-04-07", review=1).article == "条例第五十一条"
    dispute(office)
    article = "行政复议法第四十八条、第五十四条，行政诉讼法第六十七条"
    assert office.refused(ANSWER, "2026-03-31", review=1).article == article
    assert office.refused(ANSWER, "2026-04-07", review=2).article == article
    office.then(ANSWER, "2026-04-07", review=1)
    assert office.refused(ANSWER, "2026-04-08", review=1).article


# The defence (行政诉讼法 Art. 67)


@pytest.mark.parametrize(
    ("copy", "due"),
    [
        ("2026-04-01", "2026-04-16"),
        ("2026-04-03", "2026-04-20"),  # the fifteenth day is a Saturday
        ("2026-04-16", "2026-05-06"),  # 1 May, and five days off
        ("2026-04-24", "2026-05-09"),  # a Saturday that is a working day
        ("2026-09-18", "2026-10-08"),  # 3 October, in the national holidays
        ("2026-09-25", "2026-10-10"),  # a Saturday that is a working day
    ],
)
def test_the_defence_is_due_fifteen_days_after_the_complaint_and_rolls_over_days_off(
    office: Office, copy: str, due: str
) -> None:
    dispute(office, DIRECT, copy_received=copy)
    assert office.due(DeadlineKind.DEFENCE) == due
    assert office.deadline(DeadlineKind.DEFENCE).article == "行政诉讼法第六十七条"


def test_the_defence_is_answered_like_a_reconsideration(office: Office) -> None:
    dispute(office, DIRECT, copy_received="2026-04-01")
    office.then(ANSWER, "2026-04-16", review=1)
    assert office.deadline(DeadlineKind.DEFENCE).state == DeadlineState.DONE.value


# The appeal (行政诉讼法 Art. 85)


@pytest.mark.parametrize(
    ("form", "served", "due"),
    [
        (RulingForm.JUDGMENT, "2026-06-10", "2026-06-25"),
        (RulingForm.ORDER, "2026-06-15", "2026-06-25"),
        (RulingForm.JUDGMENT, "2026-04-16", "2026-05-06"),  # 1 May, and five days off
        (RulingForm.ORDER, "2026-06-10", "2026-06-22"),  # 20 June, Saturday and Dragon Boat
    ],
    **by_value,
)
def test_an_appeal_is_due_fifteen_days_after_a_judgment_and_ten_after_an_order(
    office: Office, form: RulingForm, served: str, due: str
) -> None:
    dispute(office, DIRECT)
    office.then(JUDGED, served, review=1, ruling_form=form)
    assert office.due(DeadlineKind.APPEAL) == due
    assert office.deadline(DeadlineKind.APPEAL).article == "行政诉讼法第八十五条"


def test_an_appeal_needs_a_judgment_of_the_first_instance(office: Office) -> None:
    dispute(office, DIRECT)
    assert office.refused(APPEAL, "2026-06-10", review=1).article == "行政诉讼法第八十五条"
    office.then(JUDGED, "2026-06-10", review=1, ruling_form=RulingForm.JUDGMENT)
    assert office.refused(APPEAL, "2026-06-09", review=1).article == "行政诉讼法第八十五条"
    office.then(APPEAL, "2026-06-20", review=1, by="申请人")
    assert office.deadline(DeadlineKind.APPEAL).state == DeadlineState.DONE.value
    assert office.refused(APPEAL, "2026-06-21", review=1).article == "行政诉讼法第八十五条"


def test_a_reconsideration_has_no_first_instance(office: Office) -> None:
    dispute(office)
    judged = {"review": 1, "ruling_form": RulingForm.JUDGMENT}
    assert office.refused(JUDGED, "2026-06-10", **judged).article == "行政诉讼法第八十一条"


# One after the other (行政复议法 Art. 29) and reconsideration first (Art. 23)


@pytest.mark.parametrize("suit", [DIRECT, AFTERWARDS], **by_value)
def test_while_a_reconsideration_is_pending_there_is_no_suit(office: Office, suit: ReviewKind) -> None:
    dispute(office)
    assert office.refused(OPEN, "2026-04-20", review_kind=suit).article == "行政复议法第二十九条"
    conclude(office, ReviewResult.UPHELD)
    dispute(office, AFTERWARDS, "2026-06-20")
    assert office.reviewed() == {
        "reconsideration": (1, 0, 0, 0, 1),
        "litigation_after_reconsideration": (0, 0, 0, 1, 1),
    }


def test_while_a_suit_is_pending_there_is_no_reconsideration(office: Office) -> None:
    dispute(office, DIRECT)
    assert office.refused(OPEN, "2026-04-20", review_kind=RECONSIDERATION).article == "行政复议法第二十九条"
    # Judged in the first instance it is still pending.
    office.then(JUDGED, "2026-06-10", review=1, ruling_form=RulingForm.ORDER)
    assert office.refused(OPEN, "2026-06-11", review_kind=RECONSIDERATION).article == "行政复议法第二十九条"
    conclude(office, ReviewResult.OTHER, "2026-06-29")
    assert dispute(office, RECONSIDERATION, "2026-06-30") == 2


@pytest.mark.parametrize(
    ("outcome", "facts", "warned"),
    [
        (Outcome.REFUSED_STATE_SECRET, {"reasons": "略"}, True),
        (Outcome.REFUSED_THIRD_PARTY, {"reasons": "略"}, True),
        (Outcome.REFUSED_PROCESS, {"reasons": "略"}, True),
        (Outcome.PARTLY_GRANTED, {"reasons": "略"}, True),
        (Outcome.REFUSED_ADMINISTRATIVE_QUERY, {"proper_way": "不动产登记机构"}, False),
        (Outcome.UNAVAILABLE_NEEDS_CREATION, {"reasons": "略"}, False),
        (Outcome.UNPROCESSED_PETITION, {}, False),
    ],
    **by_value,
)
def test_reconsideration_law_23_a_direct_suit_against_a_denial_is_recorded_with_a_warning(
    office: Office, outcome: Outcome, facts: dict[str, Any], warned: bool
) -> None:
    office.register("2026-03-03")
    office.review_secrecy("2026-03-20")
    office.decide("2026-03-20", outcome, **facts)
    warnings = office.warnings(OPEN, "2026-04-01", review_kind=DIRECT)
    assert bool(warnings) is warned
    assert all("行政复议法第二十三条" in warning for warning in warnings)
    assert office.warnings(OPEN, "2026-04-01", review_kind=RECONSIDERATION) == []
    dispute(office, DIRECT)


def test_reconsideration_law_23_silence_may_be_taken_to_court_at_once(office: Office) -> None:
    office.register("2026-03-03")
    assert office.warnings(OPEN, "2026-04-10", review_kind=DIRECT) == []


# Table four


@pytest.mark.parametrize(
    ("result", "row"),
    [
        (ReviewResult.UPHELD, (1, 0, 0, 0, 1)),
        (ReviewResult.CORRECTED, (0, 1, 0, 0, 1)),
        (ReviewResult.OTHER, (0, 0, 1, 0, 1)),
    ],
    **by_value,
)
@pytest.mark.parametrize("kind", [RECONSIDERATION, DIRECT], **by_value)
def test_a_dispute_is_counted_by_its_result(office: Office, kind: ReviewKind, result: ReviewResult, row: Any) -> None:
    dispute(office, kind)
    assert office.reviewed() == {kind.value: (0, 0, 0, 1, 1)}
    conclude(office, result)
    assert office.reviewed() == {kind.value: row}


def test_a_dispute_that_ends_in_the_next_year_is_pending_in_this_and_counted_by_result_in_that(office: Office) -> None:
    office.today_is("2027-03-01")
    dispute(office, on="2026-12-20")
    conclude(office, ReviewResult.UPHELD, "2027-02-10")
    assert office.reviewed(2026) == {"reconsideration": (0, 0, 0, 1, 1)}
    assert office.reviewed(2027) == {"reconsideration": (1, 0, 0, 0, 1)}


def test_both_instances_of_a_suit_are_one_dispute_and_an_appeal_at_the_years_end_is_pending(office: Office) -> None:
    office.today_is("2027-03-01")
    dispute(office, DIRECT)
    office.then(JUDGED, "2026-12-01", review=1, ruling_form=RulingForm.JUDGMENT, result=ReviewResult.CORRECTED)
    office.then(APPEAL, "2026-12-10", review=1, by="本机关")
    conclude(office, ReviewResult.UPHELD, "2027-02-26")
    assert office.reviewed(2026) == {"litigation_direct": (0, 0, 0, 1, 1)}
    assert office.reviewed(2027) == {"litigation_direct": (1, 0, 0, 0, 1)}


def test_a_review_is_concluded_once_with_a_result_and_after_all_that_came_before(office: Office) -> None:
    dispute(office, DIRECT)
    article = "条例第五十一条"
    assert office.refused(CONCLUDE, "2026-06-10", review=1, result=ReviewResult.PENDING).article == article
    assert office.refused(CONCLUDE, "2026-03-31", review=1, result=ReviewResult.UPHELD).article == article
    assert office.refused(CONCLUDE, "2026-06-10", review=2, result=ReviewResult.UPHELD).article == article
    office.then(JUDGED, "2026-06-10", review=1, ruling_form=RulingForm.JUDGMENT)
    assert office.refused(CONCLUDE, "2026-06-09", review=1, result=ReviewResult.UPHELD).article == article
    conclude(office, ReviewResult.UPHELD, "2026-06-26")
    assert office.refused(CONCLUDE, "2026-06-27", review=1, result=ReviewResult.OTHER).article == article


def test_no_review_is_accepted_before_the_request_came_or_in_the_future(office: Office) -> None:
    assert "早于收到日期" in office.refused(OPEN, "2026-03-01", review_kind=RECONSIDERATION).sentence
    assert "晚于今天" in str(office.mistaken(OPEN, "2026-11-23", review_kind=RECONSIDERATION))


def test_the_copy_of_the_application_did_not_come_in_the_future(office: Office) -> None:
    future = {"review_kind": RECONSIDERATION, "copy_received": "2026-11-23"}
    assert "2026-11-23" in str(office.mistaken(OPEN, "2026-11-20", **future))


# A new reply by order


def test_a_reopened_request_has_a_clock_of_its_own_from_the_ruling(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office)
    assert (office.case.state, office.case.closed) == (State.RECEIVED, day("2026-03-20"))
    assert office.due(number=2) == "2026-07-13"
    assert office.deadline(number=2).article == RULED
    first = office.deadline(number=1)
    assert (first.state, first.done_on) == (DeadlineState.DONE.value, day("2026-03-20"))


def test_the_period_that_the_ruling_fixes_holds(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    assert office.due(number=2) == "2026-06-30"


def test_where_the_ruling_fixes_none_the_period_is_the_agencys_and_frozen(office: Office) -> None:
    office.choose("reopened_days", "15")
    dispute(office)
    conclude(office)
    reopen(office)
    office.choose("reopened_days", "20")
    assert office.due(number=2) == "2026-07-06"


def test_the_period_that_a_ruling_fixed_is_not_extended_by_the_agency_itself(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    more = {"working_days": 10, "approver": "公开办负责人", "reason": "量大"}
    assert office.refused(EXTEND, "2026-06-20", **more).article == "条例第三十三条第二款"
    assert office.due(number=2) == "2026-06-30"


def test_the_day_that_a_ruling_fixed_holds_while_a_correction_is_awaited_and_when_it_came(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    office.then(ASK, "2026-06-29", items="文号", delivered="2026-06-29")
    assert (office.due(number=2), office.clock("2026-06-29").state) == ("2026-06-30", "running")
    office.then(CORRECT, "2026-07-06")
    assert office.due(number=2) == "2026-06-30"
    record = office.record
    lines = explain(record.case.clock_facts(), record.calendar, day("2026-07-06"))
    assert f"所定期限不因补正而暂停、重新计算或者改变，仍是 2026-06-30（{RULED}）。" in lines
    assert not [line for line in lines if "20 个工作日" in line]


def test_art35_the_agency_puts_off_no_reply_beyond_the_day_that_a_ruling_fixed(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    office.then(EventKind.ASK_REASONS, "2026-06-15", volume="三个月内二百件", until="2026-06-18")
    office.then(EventKind.REASONS_IN, "2026-06-17", reasonable=True)
    late = {"until": "2026-07-31", "reason": "数量大", "approver": "公开办负责人"}
    assert "机关不能自行延迟" in office.refused(EventKind.DELAY, "2026-06-18", **late).sentence
    assert office.due(number=2) == "2026-06-30"


@pytest.mark.parametrize(
    ("kind", "ground"),
    [(RECONSIDERATION, ReopenGround.RECONSIDERATION), (DIRECT, ReopenGround.JUDGMENT)],
    **by_value,
)
def test_a_new_reply_is_counted_no_second_time_and_the_figures_stay(
    office: Office, kind: ReviewKind, ground: ReopenGround
) -> None:
    dispute(office, kind)
    conclude(office)
    before = office.report().applications
    reopen(office, ground=ground)
    assert office.report().applications == before
    office.grant("2026-06-26")
    after = office.report()
    assert after.applications == before
    assert office.counted() == {"new": 1, "results/refused_internal_affairs": 1}
    assert office.reviewed() == {kind.value: (0, 1, 0, 0, 1)}
    again = office.case.reopenings[0]
    assert (again.outcome, again.closed, office.case.outcome) == (
        Outcome.GRANTED, day("2026-06-26"), Outcome.REFUSED_INTERNAL_AFFAIRS,
    )  # fmt: skip


def test_a_reply_of_last_year_that_is_corrected_this_year_moves_no_figure_of_either(office: Office) -> None:
    office.register("2025-11-03")
    office.refuse("2025-11-21")
    figures = office.report(2025).applications, office.report(2026).applications
    dispute(office, on="2025-12-15")
    conclude(office, on="2026-02-10")
    reopen(office, "2026-02-12")
    office.grant("2026-03-10")
    assert (office.report(2025).applications, office.report(2026).applications) == figures
    assert office.reviewed(2025) == {"reconsideration": (0, 0, 0, 1, 1)}
    assert office.reviewed(2026) == {"reconsideration": (0, 1, 0, 0, 1)}


def test_a_request_that_is_open_again_at_the_years_end_is_not_carried_over(office: Office) -> None:
    dispute(office)
    conclude(office, on="2026-11-16")
    reopen(office, "2026-11-18")
    closed = office.close_the_year()
    assert (closed.ok, closed.carried_over, closed.newly_carried_over) == (True, 0, 0)
    assert office.case.state is State.RECEIVED


def test_a_late_new_reply_is_seen_to_be_late(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    office.grant("2026-07-01")
    row = office.deadline(number=2)
    assert (row.due_on, row.done_on) == (day("2026-06-30"), day("2026-07-01"))


def test_the_new_reply_needs_a_review_and_a_search_of_its_own(office: Office) -> None:
    office.register("2026-03-03")
    office.review_secrecy("2026-03-05")
    office.then(EventKind.SEARCH, "2026-03-05", where="档案室", terms="合同", searcher="张三", found=False)
    office.decide("2026-03-20", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_EXISTING)
    dispute(office)
    conclude(office)
    reopen(office)
    assert office.decision_refused("2026-06-20", Outcome.GRANTED, ground=Ground.PROVIDED).article == "条例第十七条"
    searched_before = office.decision_refused("2026-06-20", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_EXISTING)
    assert searched_before.article == "条例第三十六条第（四）项"
    office.grant("2026-06-20")


def test_what_the_new_reply_releases_is_no_longer_looked_at_again_and_what_it_withholds_is(office: Office) -> None:
    assert office.due(DeadlineKind.REEVALUATION) == "2027-03-20"
    dispute(office)
    conclude(office)
    reopen(office)
    assert office.due(DeadlineKind.REEVALUATION) is None
    office.grant("2026-06-26")
    assert office.due(DeadlineKind.REEVALUATION) is None
    dispute(office, AFTERWARDS, "2026-07-10")
    conclude(office, on="2026-09-10", number=2)
    reopen(office, "2026-09-14", ReopenGround.JUDGMENT, review=2)
    office.refuse("2026-09-21")
    assert office.due(DeadlineKind.REEVALUATION) == "2027-09-21"


def test_a_bounced_new_reply_moves_its_own_date_and_not_the_first(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office, until="2026-06-30")
    office.grant("2026-06-30", Means.EMAIL, review_channel="https://xzfy.example.gov.cn")
    office.then(EventKind.RETURN, "2026-06-30", reason="对方服务器拒收")
    office.then(EventKind.SERVE_AGAIN, "2026-07-02", means=Means.POST_EMS)
    assert (office.case.closed, office.case.reopenings[0].closed) == (day("2026-03-20"), day("2026-07-02"))


def test_a_request_is_reopened_as_often_as_it_is_ordered(office: Office) -> None:
    dispute(office)
    conclude(office)
    reopen(office)
    office.refuse("2026-06-26", Outcome.REFUSED_PROCESS)
    dispute(office, AFTERWARDS, "2026-07-10")
    conclude(office, on="2026-09-10", number=2)
    reopen(office, "2026-09-14", ReopenGround.JUDGMENT, review=2)
    office.grant("2026-09-21")
    assert [each.outcome for each in office.case.reopenings] == [Outcome.REFUSED_PROCESS, Outcome.GRANTED]
    assert office.counted() == {"new": 1, "results/refused_internal_affairs": 1}
    assert office.reviewed() == {
        "reconsideration": (0, 1, 0, 0, 1),
        "litigation_after_reconsideration": (0, 1, 0, 0, 1),
    }


@pytest.mark.parametrize("result", [ReviewResult.UPHELD, ReviewResult.OTHER], **by_value)
def test_a_review_that_corrected_nothing_orders_no_new_reply(office: Office, result: ReviewResult) -> None:
    dispute(office)
    conclude(office, result)
    refusal = office.refused(REOPEN, "2026-06-12", ground=ReopenGround.RECONSIDERATION, review=1)
    assert refusal.article == REOPENING_ARTICLE


def test_a_review_that_is_pending_or_under_appeal_orders_nothing_yet(office: Office) -> None:
    dispute(office, DIRECT)
    judged = {"ground": ReopenGround.JUDGMENT, "review": 1}
    assert office.refused(REOPEN, "2026-06-12", **judged).article == REOPENING_ARTICLE
    office.then(JUDGED, "2026-06-10", review=1, ruling_form=RulingForm.JUDGMENT, result=ReviewResult.CORRECTED)
    office.then(APPEAL, "2026-06-20", review=1)
    assert office.refused(REOPEN, "2026-06-22", **judged).article == REOPENING_ARTICLE


def test_a_reopening_names_the_ruling_that_ordered_it(office: Office) -> None:
    dispute(office)
    conclude(office)
    by_decision = {"ground": ReopenGround.RECONSIDERATION}
    assert office.refused(REOPEN, "2026-06-12", **by_decision).article == REOPENING_ARTICLE
    assert office.refused(REOPEN, "2026-06-12", **by_decision, review=2).article == REOPENING_ARTICLE
    by_judgment = {"ground": ReopenGround.JUDGMENT, "review": 1}
    assert office.refused(REOPEN, "2026-06-12", **by_judgment).article == REOPENING_ARTICLE


def test_a_request_is_not_reopened_before_the_ruling(office: Office) -> None:
    dispute(office)
    conclude(office, on="2026-06-10")
    early = {"ground": ReopenGround.RECONSIDERATION, "review": 1}
    assert office.refused(REOPEN, "2026-06-09", **early).article == REOPENING_ARTICLE
    assert office.refused(REOPEN, "2026-06-12", **early, until="2026-06-11").article == REOPENING_ARTICLE
    reopen(office, "2026-06-10")


def test_a_request_that_was_not_answered_is_not_reopened(office: Office) -> None:
    office.register("2026-03-03")
    dispute(office, on="2026-04-10")
    conclude(office)
    by_decision = {"ground": ReopenGround.RECONSIDERATION, "review": 1}
    assert office.refused(REOPEN, "2026-06-12", **by_decision).article == REOPENING_ARTICLE
    office.grant("2026-06-12")
    assert office.counted()["results/granted"] == 1


def test_the_agency_may_think_again_by_itself_with_reason_and_approval(office: Office) -> None:
    own = {"ground": ReopenGround.OWN_CORRECTION}
    assert office.refused(REOPEN, "2026-04-01", **own, reason="引用条款有误").article
    assert office.refused(REOPEN, "2026-04-01", **own, approver="分管领导").article
    before = office.report().applications
    office.then(REOPEN, "2026-04-01", **own, reason="引用条款有误", approver="分管领导")
    office.refuse("2026-04-10", Outcome.REFUSED_PROCESS)
    assert office.report().applications == before


# A late correction with good reason (law.md 12, nos. 11 and 12)

GOOD_REASON = {"ground": ReopenGround.LATE_CORRECTION, "reason": "住院治疗，附证明", "approver": "公开办负责人"}


@pytest.fixture
def lapsed(office: Office) -> Office:
    """The office after it gave up a request on 21 March that was not corrected."""
    office.register()
    office.then(ASK, "2026-03-05", items="文号", delivered="2026-03-06")
    office.then(LAPSE, "2026-03-21", outcome=Outcome.OTHER_NOT_CORRECTED)
    return office


def test_art30_a_late_correction_with_good_reason_reopens_what_was_given_up(lapsed: Office) -> None:
    lapsed.choose("reopened_days", "15")
    before = lapsed.report().applications
    lapsed.then(REOPEN, "2026-04-20", **GOOD_REASON)
    assert (lapsed.case.state, lapsed.due(number=2)) == (State.RECEIVED, "2026-05-20")
    assert lapsed.deadline(number=2).article == "条例第三十条、第三十三条"
    lapsed.grant("2026-05-20")
    assert lapsed.report().applications == before
    assert lapsed.counted()["results/other_not_corrected"] == 1


@pytest.mark.parametrize("missing", ["reason", "approver"])
def test_art30_the_good_reason_and_who_approved_it_are_on_file(lapsed: Office, missing: str) -> None:
    without = {name: value for name, value in GOOD_REASON.items() if name != missing}
    assert lapsed.refused(REOPEN, "2026-04-20", **without).article == "条例第三十条"


def test_art30_only_what_was_given_up_for_want_of_a_correction_is_reopened_by_one(office: Office) -> None:
    assert office.refused(REOPEN, "2026-04-20", **GOOD_REASON).article == "条例第三十条"


def test_art30_where_the_agency_so_chooses_a_late_correction_is_a_new_request_linked_to_the_old(
    lapsed: Office,
) -> None:
    lapsed.choose("late_correction_reopens", "否")
    old = lapsed.number
    assert lapsed.refused(REOPEN, "2026-04-20", **GOOD_REASON).article == "条例第三十条"
    assert "2026-0999" in str(lapsed.mistaken(EventKind.REGISTER, "2026-04-20", linked_to="2026-0999"))
    new = lapsed.register("2026-04-20", linked_to=old)
    assert (new != old, lapsed.case.linked_to, lapsed.due()) == (True, old, "2026-05-20")
    assert lapsed.counted()["new"] == 3
    assert lapsed.counted()["carried_out"] == 1


def test_art30_a_correction_after_the_request_was_given_up_is_not_taken_as_if_nothing_had_happened(
    lapsed: Office,
) -> None:
    late = {"late_reason": "住院", "approver": "公开办负责人"}
    assert lapsed.refused(CORRECT, "2026-04-20", **late).article == "条例第三十条"
