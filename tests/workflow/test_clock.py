"""The clock (law.md 3): what starts a period, stops it, suspends it, lengthens it, and how it explains itself.

条例 = 《政府信息公开条例》 (the Regulation); 办法 = 《政府信息公开信息处理费管理办法》 (the fee rules).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary import DeadlineKind
from tests.workflow.slow_reckoning import random_case, slow_reckoning
from workflow.calendar import DayRule, WorkCalendar, announced_years, national_calendar, national_rules
from workflow.clock import Consultation, Correction, Due, Extension, Facts, Fee, Reckoning, explain, reckon

NATIONAL = national_calendar()
D = date.fromisoformat
RECEIVED = D("2026-03-02")
BASE_DUE = D("2026-03-30")
"""The twentieth working day from ``RECEIVED``."""


def at(facts: Facts, as_of: str | date, calendar: WorkCalendar = NATIONAL) -> Reckoning:
    return reckon(facts, calendar, D(as_of) if isinstance(as_of, str) else as_of)


def dues(reckoning: Reckoning, kind: DeadlineKind) -> list[date | None]:
    return [due.due for due in reckoning.deadlines if due.kind is kind]


# The vectors of law.md 3.6

VECTORS = [
    # received, 7th, 20th, 40th working day
    pytest.param("2025-01-24", "2025-02-10", "2025-02-27", "2025-03-27", id="2025-01-24 Fri"),
    pytest.param("2025-09-15", "2025-09-24", "2025-10-17", "2025-11-14", id="2025-09-15 Mon"),
    pytest.param("2025-12-31", "2026-01-12", "2026-01-29", "2026-03-04", id="2025-12-31 Wed"),
    pytest.param("2026-01-05", "2026-01-14", "2026-02-02", "2026-03-06", id="2026-01-05 Mon"),
    pytest.param("2026-02-06", "2026-02-24", "2026-03-12", "2026-04-10", id="2026-02-06 Fri"),
    pytest.param("2026-02-13", "2026-03-02", "2026-03-19", "2026-04-17", id="2026-02-13 Fri"),
    pytest.param("2026-02-14", "2026-03-03", "2026-03-20", "2026-04-20", id="2026-02-14 Sat, a make-up day"),
    pytest.param("2026-02-16", "2026-03-03", "2026-03-20", "2026-04-20", id="2026-02-16 Mon, a holiday, online"),
    pytest.param("2026-04-30", "2026-05-13", "2026-06-01", "2026-06-30", id="2026-04-30 Thu"),
    pytest.param("2026-09-15", "2026-09-23", "2026-10-19", "2026-11-16", id="2026-09-15 Tue"),
    pytest.param("2026-09-30", "2026-10-15", "2026-11-03", "2026-12-01", id="2026-09-30 Wed"),
]


@pytest.mark.parametrize(("received", "seventh", "twentieth", "fortieth"), VECTORS)
def test_art30_a_correction_is_asked_for_by_the_7th_working_day(received, seventh, twentieth, fortieth) -> None:
    reckoning = at(Facts(D(received)), received)
    assert dues(reckoning, DeadlineKind.ASK_CORRECTION) == [D(seventh)]


@pytest.mark.parametrize(("received", "seventh", "twentieth", "fortieth"), VECTORS)
def test_art33_the_reply_is_due_on_the_20th_working_day(received, seventh, twentieth, fortieth) -> None:
    reckoning = at(Facts(D(received)), received)
    assert reckoning.reply_due == D(twentieth)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (0, 20)
    assert at(Facts(D(received)), twentieth).working_days_left == 0
    assert reckoning.clock_start == D(received)
    assert reckoning.state == "running"
    assert not reckoning.provisional


@pytest.mark.parametrize(("received", "seventh", "twentieth", "fortieth"), VECTORS)
def test_art33_a_full_extension_makes_it_the_40th_working_day(received, seventh, twentieth, fortieth) -> None:
    reckoning = at(Facts(D(received), extensions=[Extension(D(twentieth), 20)]), twentieth)
    assert reckoning.reply_due == D(fortieth)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (20, 20)


ASKED_ON_THE_10TH = Consultation(D("2026-03-10"), delivered=None, ended=D("2026-03-24"))


def test_art33_3_the_days_of_a_consultation_do_not_count() -> None:
    facts = Facts(RECEIVED, consultations=[ASKED_ON_THE_10TH])
    assert at(facts, "2026-03-10").working_days_used == 6
    assert at(facts, "2026-03-24").working_days_used == 6
    assert NATIONAL.count(D("2026-03-10"), D("2026-03-24")) == 10
    assert at(facts, "2026-03-24").reply_due == D("2026-04-14")
    assert at(Facts(RECEIVED), "2026-03-24").reply_due == BASE_DUE


def test_art32_the_third_party_has_15_working_days_from_delivery() -> None:
    facts = Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"), D("2026-03-11"))])
    assert dues(at(facts, "2026-03-12"), DeadlineKind.OPINION) == [D("2026-04-01")]


def test_art30_a_correction_received_on_2026_04_20_makes_the_reply_due_on_2026_05_20() -> None:
    facts = Facts(RECEIVED, corrections=[Correction(D("2026-03-05"), D("2026-04-20"), D("2026-04-20"))])
    assert at(facts, "2026-04-20").reply_due == D("2026-05-20")


def test_fee_art6_a_fee_paid_on_2026_05_20_makes_the_reply_due_on_2026_06_17() -> None:
    facts = Facts(D("2026-04-20"), fees=[Fee(D("2026-05-06"), D("2026-05-20"))])
    assert at(facts, "2026-05-20").reply_due == D("2026-06-17")


def test_fee_art6_a_notice_received_on_2026_05_06_is_to_be_paid_by_2026_06_02() -> None:
    facts = Facts(D("2026-04-20"), fees=[Fee(D("2026-05-06"))])
    assert dues(at(facts, "2026-05-06"), DeadlineKind.PAYMENT) == [D("2026-06-02")]


# The first day, the holidays


@pytest.mark.parametrize(
    ("as_of", "used", "left"),
    [
        ("2026-03-01", 0, 20),
        ("2026-03-02", 0, 20),
        ("2026-03-03", 1, 19),
        ("2026-03-07", 4, 16),
        ("2026-03-30", 20, 0),
        ("2026-03-31", 21, -1),
        ("2026-04-30", 42, -22),
    ],
)
def test_civil_code_201_the_day_of_receipt_is_not_counted(as_of: str, used: int, left: int) -> None:
    reckoning = at(Facts(RECEIVED), as_of)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (used, left)
    assert reckoning.reply_due == BASE_DUE


@pytest.mark.parametrize("received", ["2026-02-16", "2026-02-18", "2026-02-22", "2026-02-23"])
def test_art31_receipt_on_a_holiday_counts_from_the_first_working_day_after_it(received: str) -> None:
    assert at(Facts(D(received)), "2026-02-24").working_days_used == 1
    assert at(Facts(D(received)), "2026-02-24").reply_due == D("2026-03-20")


@pytest.mark.parametrize(
    ("received", "make_up_day"),
    [("2026-02-27", "2026-02-28"), ("2026-05-08", "2026-05-09"), ("2026-09-18", "2026-09-20")],
)
def test_a_make_up_saturday_or_sunday_is_a_working_day(received: str, make_up_day: str) -> None:
    assert at(Facts(D(received)), make_up_day).working_days_used == 1


def test_a_local_holiday_of_the_office_moves_its_deadlines() -> None:
    local = WorkCalendar([*national_rules(2026), DayRule(D("2026-03-20"), False, "肉孜节")], announced_years())
    assert at(Facts(RECEIVED), RECEIVED, local).reply_due == D("2026-03-31")


# 补正: Art. 30


def test_art30_a_correction_that_is_waited_for_stops_the_clock() -> None:
    facts = Facts(RECEIVED, corrections=[Correction(D("2026-03-05"), D("2026-03-19"))])
    assert at(facts, "2026-03-16") == Reckoning(
        clock_start=RECEIVED,
        reply_due=None,
        working_days_used=0,
        working_days_left=20,
        state="stopped",
        provisional=False,
        deadlines=(
            Due(DeadlineKind.ASK_CORRECTION, D("2026-03-11"), "条例第三十条"),
            Due(DeadlineKind.CORRECTION, D("2026-03-19"), "条例第三十条"),
        ),
    )


def test_art30_correction_restarts_the_full_twenty_days() -> None:
    facts = Facts(RECEIVED, corrections=[Correction(D("2026-03-11"), D("2026-03-25"), D("2026-03-18"))])
    reckoning = at(facts, "2026-03-19")
    assert reckoning.clock_start == D("2026-03-18")
    assert reckoning.reply_due == D("2026-04-16")
    assert (reckoning.working_days_used, reckoning.working_days_left) == (1, 19)
    assert reckoning.state == "running"
    assert dues(reckoning, DeadlineKind.CORRECTION) == []
    assert dues(reckoning, DeadlineKind.ASK_CORRECTION) == [D("2026-03-11")]


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2026-03-04", "2026-04-16"),
        ("2026-03-17", "2026-04-16"),
        ("2026-03-19", "2026-04-30"),
        ("2026-04-16", "2026-04-30"),
        ("2026-04-17", "2026-04-16"),
    ],
)
def test_art30_correction_discards_an_extension_told_before_it_and_allows_one_told_after(told: str, due: str) -> None:
    corrected = Correction(D("2026-03-05"), None, D("2026-03-18"))
    facts = Facts(RECEIVED, corrections=[corrected], extensions=[Extension(D(told), 10)])
    assert at(facts, "2026-04-16").reply_due == D(due)


def test_art30_after_a_correction_a_new_extension_counts_though_an_old_one_was_used() -> None:
    corrected = Correction(D("2026-03-05"), None, D("2026-03-18"))
    told = [Extension(D("2026-03-04"), 10), Extension(D("2026-04-10"), 5)]
    assert at(Facts(RECEIVED, [corrected], extensions=told), "2026-04-13").reply_due == D("2026-04-23")


def test_art30_the_latest_correction_received_starts_the_clock() -> None:
    first = Correction(D("2026-03-04"), None, D("2026-03-06"))
    second = Correction(D("2026-03-09"), None, D("2026-03-18"))
    for corrections in ([first, second], [second, first]):
        assert at(Facts(RECEIVED, corrections), "2026-03-18").clock_start == D("2026-03-18")


def test_art30_a_correction_received_on_a_day_off_counts_from_the_next_day() -> None:
    facts = Facts(RECEIVED, [Correction(D("2026-03-05"), None, D("2026-03-21"))])
    assert at(facts, "2026-03-21").clock_start == D("2026-03-21")
    assert at(facts, "2026-03-23").working_days_used == 1


def test_art30_the_7_days_to_ask_run_from_receipt_and_no_consultation_lengthens_them() -> None:
    facts = Facts(RECEIVED, consultations=[Consultation(D("2026-03-03"), None, D("2026-03-20"))])
    assert dues(at(facts, "2026-03-20"), DeadlineKind.ASK_CORRECTION) == [D("2026-03-11")]


def test_art30_a_correction_without_an_end_has_no_deadline_of_its_own() -> None:
    reckoning = at(Facts(RECEIVED, [Correction(D("2026-03-05"))]), "2026-03-16")
    assert reckoning.state == "stopped"
    assert dues(reckoning, DeadlineKind.CORRECTION) == []


# 收费: 办法 Art. 6


def test_fee_art6_a_payment_that_is_waited_for_stops_the_clock() -> None:
    reckoning = at(Facts(RECEIVED, fees=[Fee(D("2026-03-12"))]), "2026-03-26")
    assert (reckoning.state, reckoning.reply_due) == ("stopped", None)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (0, 20)
    assert reckoning.deadlines[-1] == Due(DeadlineKind.PAYMENT, D("2026-04-10"), "信息处理费管理办法第六条")


def test_fee_art6_payment_restarts_the_full_twenty_days() -> None:
    reckoning = at(Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))]), "2026-03-18")
    assert reckoning.clock_start == D("2026-03-18")
    assert reckoning.reply_due == D("2026-04-16")
    assert dues(reckoning, DeadlineKind.PAYMENT) == []


def test_fee_art6_payment_discards_an_extension_told_before_it() -> None:
    told = [Extension(D("2026-03-10"), 10)]
    assert at(Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))], extensions=told), "2026-03-18") == at(
        Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))]), "2026-03-18"
    )


def test_fee_art6_after_payment_an_extension_counts_if_none_was_used_before() -> None:
    facts = Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))], extensions=[Extension(D("2026-04-10"), 10)])
    assert at(facts, "2026-04-10").reply_due == D("2026-04-30")


def test_fee_art6_after_payment_no_second_extension_counts_law_12_13() -> None:
    """law.md 12 no. 13: "reset period, extension allowed only if not used before" (unlike a correction)."""
    told = [Extension(D("2026-03-10"), 10), Extension(D("2026-04-10"), 10)]
    facts = Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))], extensions=told)
    assert at(facts, "2026-04-10").reply_due == D("2026-04-16")


@pytest.mark.parametrize(
    ("corrected", "paid", "start"),
    [("2026-03-09", "2026-03-18", "2026-03-18"), ("2026-03-18", "2026-03-09", "2026-03-18")],
)
def test_the_latest_restart_wins(corrected: str, paid: str, start: str) -> None:
    facts = Facts(
        RECEIVED,
        corrections=[Correction(D("2026-03-04"), None, D(corrected))],
        fees=[Fee(D("2026-03-05"), D(paid))],
    )
    assert at(facts, "2026-03-20").clock_start == D(start)


@pytest.mark.parametrize(
    ("corrected", "paid", "state"),
    [(None, None, "stopped"), ("2026-03-09", None, "stopped"), (None, "2026-03-09", "stopped")],
)
def test_one_thing_still_waited_for_is_enough_to_stop_the_clock(corrected, paid, state) -> None:
    facts = Facts(
        RECEIVED,
        corrections=[Correction(D("2026-03-04"), None, corrected and D(corrected))],
        fees=[Fee(D("2026-03-05"), paid and D(paid))],
    )
    assert (at(facts, "2026-03-20").state, at(facts, "2026-03-20").reply_due) == (state, None)


# 征求意见: Arts. 32–34


def test_art33_3_an_open_consultation_suspends_the_clock() -> None:
    facts = Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"), D("2026-03-11"))])
    reckoning = at(facts, "2026-03-20")
    assert (reckoning.state, reckoning.reply_due) == ("suspended", None)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (6, 14)
    assert [due.kind for due in reckoning.deadlines] == [DeadlineKind.ASK_CORRECTION, DeadlineKind.OPINION]
    assert reckoning.deadlines[-1].article == "条例第三十二条"


def test_art33_3_parallel_consultations_count_once() -> None:
    # 03-10…03-24 and 03-17…03-27 together: 03-11…03-27, 13 working days, not 10 + 8.
    both = [ASKED_ON_THE_10TH, Consultation(D("2026-03-17"), None, D("2026-03-27"))]
    assert at(Facts(RECEIVED, consultations=both), "2026-03-30").reply_due == D("2026-04-17")
    assert at(Facts(RECEIVED, consultations=both[::-1]), "2026-03-30").reply_due == D("2026-04-17")
    assert at(Facts(RECEIVED, consultations=both + both), "2026-03-30").reply_due == D("2026-04-17")


def test_art33_3_consultations_one_after_the_other_add_up() -> None:
    # 03-11…03-13 (3) and 03-18…03-20 (3): six working days later than 03-30, and 04-06 is off.
    both = [
        Consultation(D("2026-03-10"), None, D("2026-03-13")),
        Consultation(D("2026-03-17"), None, D("2026-03-20")),
    ]
    assert at(Facts(RECEIVED, consultations=both), "2026-03-30").reply_due == D("2026-04-08")


def test_art33_3_one_open_consultation_among_several_suspends() -> None:
    both = [ASKED_ON_THE_10TH, Consultation(D("2026-03-17"), D("2026-03-18"))]
    assert at(Facts(RECEIVED, consultations=both), "2026-03-30").state == "suspended"


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        ("2026-03-10", "2026-03-30"),
        ("2026-03-31", "2026-04-21"),
        ("2026-04-01", "2026-04-22"),
        ("2026-04-02", "2026-04-22"),
        ("2026-05-20", "2026-04-22"),
    ],
)
def test_art32_an_opinion_after_the_window_excludes_no_more_than_the_window(ended: str, due: str) -> None:
    sent = Consultation(D("2026-03-10"), D("2026-03-11"), D(ended))
    assert at(Facts(RECEIVED, consultations=[sent]), "2026-05-20").reply_due == D(due)


def test_art33_3_without_a_delivery_day_the_last_opinion_alone_ends_a_consultation() -> None:
    sent = Consultation(D("2026-03-10"), None, D("2026-05-20"))
    assert at(Facts(RECEIVED, consultations=[sent]), "2026-05-20").reply_due == D("2026-06-09")


@pytest.mark.parametrize(
    ("as_of", "state", "used", "due"),
    [
        ("2026-04-01", "suspended", 6, None),
        ("2026-04-02", "running", 7, "2026-04-22"),
        ("2026-04-07", "running", 9, "2026-04-22"),
    ],
)
def test_art32_a_window_silently_over_lets_the_clock_run_again_the_day_after(as_of, state, used, due) -> None:
    reckoning = at(Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"), D("2026-03-11"))]), as_of)
    assert (reckoning.state, reckoning.working_days_used) == (state, used)
    assert reckoning.reply_due == (due and D(due))
    assert bool(dues(reckoning, DeadlineKind.OPINION)) == (state == "suspended")


def test_art32_an_open_consultation_that_was_never_delivered_suspends_however_long() -> None:
    facts = Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"))])
    reckoning = at(facts, "2026-11-20")
    assert (reckoning.state, reckoning.reply_due, reckoning.working_days_used) == ("suspended", None, 6)
    assert dues(reckoning, DeadlineKind.OPINION) == []


def test_art33_3_a_consultation_that_goes_on_when_the_clock_restarts_is_excluded_from_then_on() -> None:
    corrected = Correction(D("2026-03-05"), None, D("2026-03-18"))
    # From 03-18: the days up to 03-24 are excluded; the first that counts is 03-25.
    facts = Facts(RECEIVED, [corrected], [ASKED_ON_THE_10TH])
    assert at(facts, "2026-03-24").working_days_used == 0
    assert at(facts, "2026-03-25").working_days_used == 1
    assert at(facts, "2026-03-25").reply_due == D("2026-04-22")


def test_art33_3_a_consultation_over_before_the_restart_excludes_nothing() -> None:
    corrected = Correction(D("2026-03-05"), None, D("2026-03-25"))
    with_it, without = Facts(RECEIVED, [corrected], [ASKED_ON_THE_10TH]), Facts(RECEIVED, [corrected])
    assert at(with_it, "2026-03-26") == at(without, "2026-03-26")


def test_art33_3_a_consultation_sent_on_the_last_day_leaves_no_day_and_after_it_changes_nothing() -> None:
    on_the_last_day = Facts(RECEIVED, consultations=[Consultation(BASE_DUE, None, D("2026-04-10"))])
    assert at(on_the_last_day, "2026-04-10").reply_due == BASE_DUE
    assert at(on_the_last_day, "2026-04-10").working_days_used == 20
    late = Facts(RECEIVED, consultations=[Consultation(D("2026-04-02"), None, D("2026-04-10"))])
    assert at(late, "2026-04-10").reply_due == BASE_DUE


# 延期: Art. 33(2)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2026-03-02", "2026-04-14"),
        ("2026-03-28", "2026-04-14"),
        ("2026-03-30", "2026-04-14"),
        ("2026-03-31", "2026-03-30"),
        ("2026-04-10", "2026-03-30"),
    ],
)
def test_art33_2_an_extension_counts_if_told_on_the_last_day_and_not_the_day_after(told: str, due: str) -> None:
    assert at(Facts(RECEIVED, extensions=[Extension(D(told), 10)]), told).reply_due == D(due)


@pytest.mark.parametrize("told", ["2026-03-21", "2026-03-22", "2026-03-23"])
def test_art33_2_told_on_the_weekend_after_the_last_day_is_too_late(told: str) -> None:
    facts = Facts(D("2026-02-14"), extensions=[Extension(D(told), 10)])
    assert at(facts, told).reply_due == D("2026-03-20"), "a Friday"


@pytest.mark.parametrize(
    ("told", "due"), [("2026-04-14", "2026-04-28"), ("2026-03-31", "2026-04-28"), ("2026-04-15", "2026-04-14")]
)
def test_art33_2_the_last_day_to_tell_moves_with_a_consultation(told: str, due: str) -> None:
    facts = Facts(RECEIVED, consultations=[ASKED_ON_THE_10TH], extensions=[Extension(D(told), 10)])
    assert at(facts, told).reply_due == D(due)


def test_art33_2_an_extension_may_be_told_while_the_clock_is_suspended() -> None:
    sent = Consultation(D("2026-03-10"))
    reckoning = at(Facts(RECEIVED, consultations=[sent], extensions=[Extension(D("2026-06-01"), 10)]), "2026-06-01")
    assert reckoning.state == "suspended"
    assert (reckoning.working_days_used, reckoning.working_days_left) == (6, 24)


def test_art33_2_an_extension_tried_out_in_a_later_year_counts_while_a_consultation_is_open() -> None:
    sent = Consultation(D("2024-12-10"))
    told = [Extension(D("2026-03-02"), 10)]
    reckoning = at(Facts(D("2024-12-02"), consultations=[sent], extensions=told), "2024-12-31")
    assert reckoning.working_days_used + reckoning.working_days_left == 30


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (0, "2026-03-30"),
        (1, "2026-03-31"),
        (20, "2026-04-28"),
        (21, "2026-04-28"),
        (400, "2026-04-28"),
    ],
)
def test_art33_2_never_more_than_twenty_working_days(days: int, due: str) -> None:
    assert at(Facts(RECEIVED, extensions=[Extension(D("2026-03-26"), days)]), "2026-03-26").reply_due == D(due)


def test_art33_2_only_one_extension_counts() -> None:
    told = [Extension(D("2026-03-20"), 5), Extension(D("2026-03-26"), 10)]
    assert at(Facts(RECEIVED, extensions=told), "2026-03-26").reply_due == D("2026-04-07")


# Provisional years, the order of the deadlines


@pytest.mark.parametrize(
    ("received", "announced", "provisional"),
    [
        ("2025-12-01", [2025], False),
        ("2025-12-03", [2025], False),
        ("2025-12-04", [2025], True),
        ("2025-12-31", [2025], True),
        ("2025-12-31", [2025, 2026], False),
    ],
)
def test_a_date_in_a_year_not_announced_is_provisional(received: str, announced: list[int], provisional: bool) -> None:
    calendar = WorkCalendar(announced=announced)
    assert at(Facts(D(received)), received, calendar).provisional is provisional


def test_any_date_of_the_answer_may_make_it_provisional() -> None:
    calendar = WorkCalendar(announced=[2025])
    stopped = Facts(D("2025-11-10"), fees=[Fee(D("2025-12-10"))])
    assert dues(at(stopped, "2025-12-10", calendar), DeadlineKind.PAYMENT)[0].year == 2026
    assert at(stopped, "2025-12-10", calendar).provisional
    until = Facts(D("2025-11-10"), [Correction(D("2025-11-12"), D("2026-01-05"))])
    assert at(until, "2025-11-12", calendar).provisional


def test_deadlines_stand_in_the_order_of_their_days_each_with_its_article() -> None:
    facts = Facts(
        RECEIVED,
        corrections=[Correction(D("2026-03-05"), D("2026-03-19"))],
        consultations=[Consultation(D("2026-03-04"), D("2026-03-04"))],
        fees=[Fee(D("2026-03-12"))],
    )
    assert at(facts, "2026-03-16").deadlines == (
        Due(DeadlineKind.ASK_CORRECTION, D("2026-03-11"), "条例第三十条"),
        Due(DeadlineKind.CORRECTION, D("2026-03-19"), "条例第三十条"),
        Due(DeadlineKind.OPINION, D("2026-03-25"), "条例第三十二条"),
        Due(DeadlineKind.PAYMENT, D("2026-04-10"), "信息处理费管理办法第六条"),
    )


# The explanation

BASIS = re.compile(r"（[^（）]*(?:条例第.+条|办法第.+条|通知)[^（）]*）。$")


def dates_of(reckoning: Reckoning) -> set[str]:
    days = {reckoning.clock_start, reckoning.reply_due, *(due.due for due in reckoning.deadlines)}
    return {day.isoformat() for day in days if day is not None}


def facts_of(case: dict[str, Any]) -> Facts:
    return Facts(
        case["received"],
        [Correction(**item) for item in case["corrections"]],
        [Consultation(**item) for item in case["consultations"]],
        [Extension(**item) for item in case["extensions"]],
        [Fee(**item) for item in case["fees"]],
    )


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    return random_case(lambda low, high: draw(st.integers(low, high)))


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_line_of_an_explanation_ends_with_its_basis_and_no_date_is_left_unexplained(case) -> None:
    lines = explain(facts_of(case), NATIONAL, case["as_of"])
    assert [line for line in lines if not BASIS.search(line)] == []
    assert [line for line in lines if "\n" in line] == []
    text = "\n".join(lines)
    assert {day for day in dates_of(at(facts_of(case), case["as_of"])) if day not in text} == set()


EXPLAINED = [
    (Facts(RECEIVED), "2026-03-02", "2026-03-02 收到申请，当日不计入"),
    (Facts(RECEIVED), "2026-03-05", "截至 2026-03-05，已用 3 个工作日，还剩 17 个工作日"),
    (Facts(RECEIVED), "2026-04-01", "截至 2026-04-01，已超过答复期限 2 个工作日"),
    (Facts(RECEIVED, [Correction(D("2026-03-16"))]), "2026-03-16", "2026-03-16 告知补正，已超过七个工作日"),
    (
        Facts(RECEIVED, [Correction(D("2026-03-05"), D("2026-03-19"))]),
        "2026-03-20",
        "补正期限 2026-03-19 已过，无正当理由不补正的，视为放弃申请（条例第三十条）",
    ),
    (
        Facts(RECEIVED, [Correction(D("2026-03-05"), D("2026-03-19"), D("2026-03-20"))]),
        "2026-03-20",
        "2026-03-20 收到补正，晚于补正期限",
    ),
    (
        Facts(RECEIVED, [Correction(D("2026-03-05"), None, D("2026-03-18"))]),
        "2026-03-18",
        "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（条例第三十条）",
    ),
    (
        Facts(RECEIVED, fees=[Fee(D("2026-03-12"), D("2026-03-18"))]),
        "2026-03-18",
        "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（信息处理费管理办法第六条）",
    ),
    (
        Facts(RECEIVED, fees=[Fee(D("2026-03-12"))]),
        "2026-04-13",
        "缴费期限 2026-04-10 已过，逾期未缴纳的，视为放弃申请",
    ),
    (
        Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"), D("2026-03-11"))]),
        "2026-03-20",
        "正在征求意见，答复期限暂停：已用 6 个工作日，恢复后还剩 14 个工作日",
    ),
    (Facts(RECEIVED, consultations=[ASKED_ON_THE_10TH]), "2026-03-25", "2026-03-24 结束，其间 10 个工作日不计算在内"),
    (
        Facts(RECEIVED, extensions=[Extension(D("2026-03-26"), 10)]),
        "2026-03-26",
        "，延长 10 个工作日（条例第三十三条第二款）",
    ),
    (
        Facts(RECEIVED, extensions=[Extension(D("2026-03-31"), 10)]),
        "2026-03-31",
        "2026-03-31 告知延期（原答复期限 2026-03-30），晚于原答复期限",
    ),
    (Facts(D("2026-02-13")), "2026-02-13", "02-16 农历除夕"),
    (Facts(D("2026-02-13")), "2026-02-13", "其间调休上班计入：2026-02-14、2026-02-28"),
]


@pytest.mark.parametrize(("facts", "as_of", "words"), EXPLAINED, ids=[words for _, _, words in EXPLAINED])
def test_an_explanation_tells_the_step(facts: Facts, as_of: str, words: str) -> None:
    assert words in "\n".join(explain(facts, NATIONAL, D(as_of)))


def test_an_explanation_says_that_a_reply_in_a_year_not_announced_is_provisional() -> None:
    lines = explain(Facts(D("2025-12-31")), WorkCalendar(announced=[2025]), D("2025-12-31"))
    assert lines[-1].startswith("2026 年节假日安排尚未公布，该年内的日期为暂定")


def test_an_explanation_is_the_same_each_time() -> None:
    facts = Facts(RECEIVED, consultations=[ASKED_ON_THE_10TH])
    assert explain(facts, NATIONAL, RECEIVED) == explain(facts, NATIONAL, RECEIVED)


# Against the slow reckoning


@settings(max_examples=600, deadline=None)
@given(cases())
def test_the_clock_agrees_with_the_slow_reckoning_of_law_3_4(case: dict[str, Any]) -> None:
    reckoning = at(facts_of(case), case["as_of"])
    found = {name: getattr(reckoning, name) for name in Reckoning.__slots__}
    found["deadlines"] = sorted(
        ((due.kind.value, due.due) for due in reckoning.deadlines), key=lambda pair: (pair[1], pair[0])
    )
    assert found == slow_reckoning(case)


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(1, 60))
def test_a_due_date_does_not_move_by_the_mere_passing_of_days(case: dict[str, Any], later: int) -> None:
    """Once the clock runs nothing but a fact moves its end: the sweep may ask on any day."""
    facts, as_of = facts_of(case), case["as_of"]
    first = at(facts, as_of)
    if first.state == "running":
        again = at(facts, as_of + timedelta(days=later))
        assert (again.state, again.reply_due, again.deadlines) == (first.state, first.reply_due, first.deadlines)


def test_an_explanation_counts_overlapping_consultations_once() -> None:
    asked = [Consultation(D("2026-03-10"), None, D("2026-03-24")), Consultation(D("2026-03-16"), None, D("2026-04-03"))]
    lines = "\n".join(explain(Facts(D("2026-03-02"), consultations=asked), NATIONAL, D("2026-04-03")))
    assert "重叠的日子只算一次，共 18 个工作日不计算在内" in lines


def test_an_explanation_says_that_an_opinion_came_after_its_window() -> None:
    asked = [Consultation(D("2026-03-10"), D("2026-03-11"), D("2026-04-30"))]
    lines = "\n".join(explain(Facts(D("2026-03-02"), consultations=asked), NATIONAL, D("2026-04-30")))
    assert "2026-04-30 收到意见，晚于期限，只计至 2026-04-01" in lines


def test_an_explanation_says_that_a_fee_notice_came_after_the_reply_was_due() -> None:
    late = Facts(D("2026-03-02"), fees=[Fee(D("2026-04-08"), D("2026-05-20"))])
    lines = "\n".join(explain(late, NATIONAL, D("2026-05-20")))
    assert "2026-04-08 收到收费通知，晚于当时的答复期限 2026-03-30" in lines
    assert "2026-05-20 完成缴费，晚于缴费期限" in lines


def test_an_explanation_calls_a_forecast_a_forecast() -> None:
    lines = explain(Facts(D("2026-12-14")), NATIONAL, D("2026-12-14"))
    (forecast,) = [line for line in lines if "2027-01-01" in line]
    assert "推算" in forecast
    assert "通知" not in forecast
