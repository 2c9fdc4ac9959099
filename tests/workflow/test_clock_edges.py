"""The edges of the clock (law.md 3): first and last days, what has no end yet, and each reason that is given.

Every day below is counted by hand on the calendar of 2026: 2026-04-06 is off (清明节), 2026-05-01 to 05-05 are off
(劳动节), Saturday 2026-05-09 is a working day; 2026-02-15 to 02-23 are off (春节), 2026-02-14 and 02-28 are worked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary import ConsultationKind, DeadlineKind, Opinion
from tests.workflow.slow_reckoning import random_case, slow_reckoning
from workflow import clock
from workflow.calendar import FIRST_YEAR, LAST_YEAR, DayRule, WorkCalendar, national_calendar
from workflow.clock import (
    Consultation,
    Correction,
    Delay,
    Due,
    Extension,
    Facts,
    Fee,
    Pause,
    Reckoning,
    explain,
    reckon,
)

NATIONAL = national_calendar()
D = date.fromisoformat
RECEIVED = D("2026-03-02")
BASE_DUE = D("2026-03-30")
"""The twentieth working day from ``RECEIVED``."""


def at(facts: Facts, as_of: str) -> Reckoning:
    return reckon(facts, NATIONAL, D(as_of))


def dues(facts: Facts, as_of: str, kind: DeadlineKind) -> list[str]:
    return [str(due.due) for due in at(facts, as_of).deadlines if due.kind is kind]


# A period begins and stops

CORRECTED = Correction(D("2026-03-05"), None, D("2026-03-18"))
ASKED = Correction(D("2026-03-05"), D("2026-03-19"))
HEARD = Consultation(D("2026-03-10"), None, D("2026-03-24"))
TOLD = Extension(D("2026-03-26"), 10)
PAID = Fee(D("2026-03-12"), D("2026-03-18"))
BILLED = replace(PAID, paid=None)
PAID_IN_BETWEEN = replace(PAID, restarts=False)
BILLED_IN_BETWEEN = replace(BILLED, restarts=False)
PUT_OFF = Delay(D("2026-03-25"), D("2026-06-30"))
RESUMED = Pause(D("2026-03-05"), D("2026-03-10"))
PAUSED = Pause(D("2026-03-12"))

ONE_OF_EACH = [
    # what has happened; the first day of the period, its last day, and what has been used on 2026-03-31
    pytest.param({}, "2026-03-02", "2026-03-30", 21, id="nothing"),
    pytest.param({"corrections": [CORRECTED]}, "2026-03-18", "2026-04-16", 9, id="a correction"),
    pytest.param({"consultations": [HEARD]}, "2026-03-02", "2026-04-14", 11, id="opinions"),
    pytest.param({"extensions": [TOLD]}, "2026-03-02", "2026-04-14", 21, id="an extension"),
    pytest.param({"fees": [PAID]}, "2026-03-18", "2026-04-16", 9, id="a fee that gives a new period"),
    pytest.param({"fees": [PAID_IN_BETWEEN]}, "2026-03-02", "2026-04-03", 17, id="a fee that only stops it"),
    pytest.param({"delays": [PUT_OFF]}, "2026-03-02", "2026-06-30", 21, id="a delay"),
    pytest.param({"pauses": [RESUMED]}, "2026-03-02", "2026-04-02", 18, id="a pause"),
    pytest.param({"ordered": D("2026-04-08")}, "2026-03-02", "2026-04-08", 21, id="a ruling"),
]


@pytest.mark.parametrize(("happened", "start", "due", "used"), ONE_OF_EACH)
def test_law_3_3_each_thing_that_happens_moves_the_reply_by_itself(happened, start, due, used) -> None:
    facts = Facts(RECEIVED, **happened)
    reckoning = at(facts, "2026-03-31")
    assert (str(reckoning.clock_start), str(reckoning.reply_due)) == (start, due)
    assert reckoning.working_days_used == used
    assert reckoning.working_days_left == NATIONAL.count(D("2026-03-31"), D(due)) - NATIONAL.count(
        D(due), D("2026-03-31")
    )
    assert clock.reply_due(facts, NATIONAL, D("2026-03-31")) == D(due)
    assert facts.is_plain() is not bool(happened)
    assert clock.reply_clock_start(facts) == D(start)


WAITING = [
    # what is waited for; the state of the clock, the days used on 2026-03-20
    pytest.param({"corrections": [ASKED]}, "stopped", 0, id="Art. 30: a correction"),
    pytest.param({"corrections": [CORRECTED, Correction(D("2026-03-19"))]}, "stopped", 0, id="Art. 30: a second one"),
    pytest.param({"fees": [BILLED]}, "stopped", 0, id="fee rules Art. 6: a payment"),
    pytest.param({"fees": [BILLED_IN_BETWEEN]}, "suspended", 8, id="a payment that gives no new period"),
    pytest.param({"fees": [PAID, BILLED_IN_BETWEEN]}, "suspended", 0, id="a payment after another"),
    pytest.param({"consultations": [replace(HEARD, ended=None)]}, "suspended", 6, id="Art. 33(3): opinions"),
    pytest.param({"pauses": [PAUSED]}, "suspended", 8, id="a pause"),
    pytest.param({"pauses": [RESUMED, PAUSED]}, "suspended", 5, id="a second pause"),
    pytest.param({"corrections": [ASKED], "pauses": [PAUSED]}, "stopped", 0, id="a correction in a pause"),
    pytest.param({"corrections": [ASKED], "fees": [PAID]}, "stopped", 0, id="a correction and a fee that was paid"),
    pytest.param({"corrections": [CORRECTED], "fees": [BILLED]}, "stopped", 0, id="a correction made and a fee"),
]


@pytest.mark.parametrize(("happened", "state", "used"), WAITING)
def test_law_3_3_while_something_is_waited_for_no_day_is_the_last(happened, state, used) -> None:
    facts = Facts(RECEIVED, **happened)
    reckoning = at(facts, "2026-03-20")
    assert (reckoning.state, reckoning.reply_due) == (state, None)
    assert (reckoning.working_days_used, reckoning.working_days_left) == (used, 20 - used)
    assert clock.clock_state(facts, NATIONAL, D("2026-03-20")) == state
    assert clock.is_stopped(facts) is (state == "stopped")
    assert clock.plain_reply_due(facts, NATIONAL, D("2026-03-20")) is None
    assert clock.reply_due(facts, NATIONAL, D("2026-03-20")) is None


@pytest.mark.parametrize("happened", [{"corrections": [CORRECTED]}, {"fees": [PAID]}, {"fees": [PAID_IN_BETWEEN]}])
def test_law_3_3_what_was_waited_for_and_came_stops_nothing(happened: dict[str, Any]) -> None:
    facts = Facts(RECEIVED, **happened)
    assert not clock.is_stopped(facts)
    assert clock.clock_state(facts, NATIONAL, D("2026-03-20")) == "running"


def test_law_3_3_a_period_that_a_payment_only_interrupts_does_not_begin_anew() -> None:
    both = Facts(RECEIVED, fees=[Fee(D("2026-03-04"), D("2026-03-06")), PAID_IN_BETWEEN])
    assert clock.reply_clock_start(both) == D("2026-03-06")
    # From 03-06: 03-13, 03-16, 03-17 and 03-18 do not count; the twentieth without them is 04-03.
    assert at(both, "2026-03-20").reply_due == D("2026-04-10")


def test_art31_nothing_received_before_the_request_moves_its_first_day() -> None:
    early = Facts(RECEIVED, [Correction(D("2026-02-24"), None, D("2026-02-27"))], fees=[Fee(D("2026-02-24"), RECEIVED)])
    assert clock.reply_clock_start(early) == RECEIVED


def test_law_3_3_a_wait_that_never_ends_takes_every_day_to_the_end_of_the_calendar() -> None:
    plain = WorkCalendar([DayRule(date(year, 1, 1), False, "元旦") for year in range(FIRST_YEAR, LAST_YEAR + 1)])
    since, last = date(LAST_YEAR, 12, 30), date(LAST_YEAR, 12, 31)
    assert plain.is_workday(last)
    for waited in ({"pauses": [Pause(since)]}, {"consultations": [Consultation(since)]}):
        # 12-02 to 12-30: twenty-one days of the plain week; the last day of the year is a Thursday.
        assert reckon(Facts(date(LAST_YEAR, 12, 1), **waited), plain, last).working_days_used == 21


# 补正: Art. 30

LETTER = Correction(D("2026-03-05"), delivered=D("2026-03-09"), working_days=10)
"""To be corrected within ten working days from 2026-03-09, that is by 2026-03-23."""


@pytest.mark.parametrize(
    ("letter", "due"),
    [
        (LETTER, "2026-03-23"),
        (replace(LETTER, until=D("2026-03-19")), "2026-03-19"),
        (replace(LETTER, delivered=None), None),
        (replace(LETTER, working_days=None), None),
        (replace(LETTER, working_days=1), "2026-03-10"),
        (Correction(D("2026-03-05")), None),
        (ASKED, "2026-03-19"),
        (replace(ASKED, awaits_delivery=True), None),
        (replace(ASKED, awaits_delivery=True, delivered=D("2026-03-18")), "2026-03-19"),
        (replace(ASKED, delivered=D("2026-03-19")), None),
        (replace(ASKED, delivered=D("2026-03-25")), None),
    ],
)
def test_art30_a_correction_is_due_on_the_day_named_or_so_many_working_days_from_delivery(letter, due) -> None:
    assert clock.correction_due(letter, NATIONAL) == (due and D(due))
    assert dues(Facts(RECEIVED, [letter]), "2026-03-10", DeadlineKind.CORRECTION) == ([due] if due else [])


def test_art30_the_seven_days_are_those_of_a_request_and_of_no_other_period() -> None:
    assert dues(Facts(RECEIVED), "2026-03-03", DeadlineKind.ASK_CORRECTION) == ["2026-03-11"]
    for origin in ("reopened", "late_correction", "own_correction", "rectification"):
        assert dues(Facts(RECEIVED, origin=origin), "2026-03-03", DeadlineKind.ASK_CORRECTION) == []


# 征求意见: Arts. 32–34


@pytest.mark.parametrize(
    ("delivered", "ended", "as_of", "end"),
    [
        ("2026-03-11", None, "2026-04-01", None),
        ("2026-03-11", None, "2026-04-02", "2026-04-01"),
        ("2026-03-11", "2026-03-24", "2026-03-20", "2026-03-24"),
        ("2026-03-11", "2026-04-01", "2026-04-02", "2026-04-01"),
        ("2026-03-11", "2026-04-03", "2026-04-03", "2026-04-01"),
        (None, "2026-05-20", "2026-05-20", "2026-05-20"),
        (None, None, "2026-11-20", None),
    ],
)
def test_art32_a_consultation_ends_with_the_last_opinion_or_the_day_after_its_fifteenth(delivered, ended, as_of, end):
    sent = Consultation(D("2026-03-10"), delivered and D(delivered), ended and D(ended))
    assert clock.opinion_window_end(sent, NATIONAL) == (D("2026-04-01") if delivered else None)
    assert clock.consultation_end(sent, NATIONAL, D(as_of)) == (end and D(end))
    open_now = dues(Facts(RECEIVED, consultations=[sent]), as_of, DeadlineKind.OPINION)
    assert open_now == (["2026-04-01"] if delivered and end is None else [])


WITHIN = Consultation(D("2026-03-04"), D("2026-03-04"), None, ConsultationKind.INTERNAL, suspends=False)
"""Asked of a section of the same agency: fifteen working days to 2026-03-25 (the soft limit of law.md 12 no. 8)."""


def test_art33_3_asking_within_the_agency_suspends_nothing_and_is_no_reason_to_wait() -> None:
    facts = Facts(RECEIVED, consultations=[WITHIN])
    reckoning = at(facts, "2026-03-20")
    assert (reckoning.state, reckoning.reply_due, reckoning.working_days_used) == ("running", BASE_DUE, 14)
    assert clock.plain_reply_due(facts, NATIONAL, D("2026-03-20")) == BASE_DUE
    assert dues(facts, "2026-03-20", DeadlineKind.OPINION) == ["2026-03-25"]
    assert clock.excluded_days(facts, NATIONAL, D("2026-03-20")) == ()


def test_art33_3_asking_within_the_agency_beside_a_third_party_does_not_hide_that_one() -> None:
    for both in ([WITHIN, replace(HEARD, ended=None)], [replace(HEARD, ended=None), WITHIN]):
        assert at(Facts(RECEIVED, consultations=both), "2026-03-20").state == "suspended"


@pytest.mark.parametrize(
    ("kind", "article"),
    [
        (ConsultationKind.THIRD_PARTY, "条例第三十二条"),
        (ConsultationKind.JOINT_MAKER, "条例第三十四条"),
        (ConsultationKind.OTHER_AGENCY, "条例第三十三条第三款"),
        (ConsultationKind.SUPERIOR, "条例第十七条、第三十三条第三款"),
        (ConsultationKind.INTERNAL, "条例第三十三条第三款"),
    ],
)
def test_arts_17_32_33_34_who_is_asked_decides_the_article_of_the_deadline(kind, article) -> None:
    facts = Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"), D("2026-03-11"), kind=kind)])
    assert at(facts, "2026-03-12").deadlines[-1] == Due(DeadlineKind.OPINION, D("2026-04-01"), article)


# 延期: Art. 33(2)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2026-03-17", "2026-04-16"),  # with the old period
        ("2026-03-18", "2026-04-23"),  # on the first day of the new one
        ("2026-04-16", "2026-04-23"),  # on its last
        ("2026-04-17", "2026-04-16"),
    ],
)
def test_art30_art33_2_an_extension_belongs_to_the_period_in_which_it_is_told(told: str, due: str) -> None:
    facts = Facts(RECEIVED, [CORRECTED], extensions=[Extension(D(told), 5)])
    assert at(facts, "2026-04-17").reply_due == D(due)
    assert clock.plain_reply_due(facts, NATIONAL, D("2026-04-17")) == D("2026-04-16")


@pytest.mark.parametrize(("told", "due"), [("2026-03-18", "2026-04-23"), ("2026-03-17", "2026-04-16")])
def test_fee_art6_law_12_13_what_was_told_before_a_payment_used_the_extension_up(told: str, due: str) -> None:
    """Told on the very day of the payment it belongs to the new period."""
    facts = Facts(RECEIVED, fees=[PAID], extensions=[Extension(D(told), 5), Extension(D("2026-04-10"), 5)])
    assert at(facts, "2026-04-16").reply_due == D(due)


def test_law_12_13_an_extension_told_between_a_correction_and_a_payment_used_it_up() -> None:
    for told, due in (("2026-03-11", "2026-04-23"), ("2026-03-12", "2026-04-16"), ("2026-03-13", "2026-04-16")):
        facts = Facts(
            RECEIVED,
            [Correction(D("2026-03-05"), None, D("2026-03-12"))],
            fees=[Fee(D("2026-03-13"), D("2026-03-18"))],
            extensions=[Extension(D(told), 5), Extension(D("2026-04-10"), 5)],
        )
        assert at(facts, "2026-04-16").reply_due == D(due)


def test_art33_2_a_shorter_period_takes_its_extension_by_its_own_last_day() -> None:
    for told, due in (("2026-03-23", "2026-03-30"), ("2026-03-24", "2026-03-23")):
        facts = Facts(RECEIVED, extensions=[Extension(D(told), 5)], origin="rectification", reply_days=15)
        assert at(facts, told).reply_due == D(due)


# 延迟答复: Art. 35


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2026-03-17", "2026-04-16"),
        ("2026-03-18", "2026-06-30"),
        ("2026-04-16", "2026-06-30"),
        ("2026-04-17", "2026-04-16"),
    ],
)
def test_art35_a_delay_holds_if_it_is_told_within_the_period_first_and_last_day_included(told: str, due: str) -> None:
    facts = Facts(RECEIVED, [CORRECTED], delays=[Delay(D(told), D("2026-06-30"))])
    reckoning = at(facts, "2026-04-20")
    assert reckoning.reply_due == D(due)
    assert reckoning.working_days_left == {"2026-06-30": 48, "2026-04-16": -2}[due]
    assert clock.plain_reply_due(facts, NATIONAL, D("2026-04-20")) == D("2026-04-16")


@pytest.mark.parametrize(("told", "due"), [("2026-06-30", "2026-07-31"), ("2026-07-01", "2026-06-30")])
def test_art35_a_second_delay_is_told_by_the_day_that_the_first_one_set(told: str, due: str) -> None:
    facts = Facts(RECEIVED, delays=[PUT_OFF, Delay(D(told), D("2026-07-31"))])
    assert at(facts, "2026-07-01").reply_due == D(due)


def test_art35_a_delay_told_too_late_does_not_hide_one_in_time() -> None:
    for delays in (
        [Delay(D("2026-03-31"), D("2026-05-29")), PUT_OFF],
        [PUT_OFF, Delay(D("2026-07-01"), D("2026-08-03"))],
    ):
        assert at(Facts(RECEIVED, delays=delays), "2026-04-01").reply_due == D("2026-06-30")


def test_art33_2_art35_a_delay_may_still_be_told_in_the_extended_period_and_lengthens_no_suspended_one() -> None:
    late = Delay(D("2026-04-14"), D("2026-06-30"))
    assert at(Facts(RECEIVED, extensions=[TOLD], delays=[late]), "2026-04-14").reply_due == D("2026-06-30")
    assert at(Facts(RECEIVED, delays=[late]), "2026-04-14").reply_due == BASE_DUE
    suspended = at(Facts(RECEIVED, pauses=[PAUSED], delays=[PUT_OFF]), "2026-03-25")
    assert (suspended.reply_due, suspended.working_days_left) == (None, 12)


# A ruling, Art. 41, the order of the deadlines


ORDERED = Facts(RECEIVED, origin="reopened", ordered=D("2026-04-15"))
RULED = "行政复议决定或者判决，条例第三十三条"


@pytest.mark.parametrize(
    ("happened", "steps"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"consultations": [HEARD]}, "征求意见", id="opinions came"),
        pytest.param({"consultations": [Consultation(D("2026-03-31"))]}, "征求意见", id="opinions are awaited"),
        pytest.param({"corrections": [CORRECTED]}, "补正", id="a correction came"),
        pytest.param({"corrections": [Correction(D("2026-03-30"))]}, "补正", id="a correction is awaited"),
        pytest.param({"fees": [PAID]}, "缴费", id="a payment came"),
        pytest.param({"fees": [BILLED]}, "缴费", id="a payment is awaited"),
        pytest.param({"pauses": [PAUSED]}, "中止", id="a pause"),
        pytest.param({"extensions": [TOLD], "delays": [PUT_OFF]}, None, id="what the agency gives itself"),
    ],
)
def test_law_3_3_a_day_that_a_ruling_fixed_is_moved_by_nothing_that_the_agency_does(
    happened: dict[str, Any], steps: str | None
) -> None:
    facts = replace(ORDERED, **happened)
    found = at(facts, "2026-04-01")
    assert (found.reply_due, found.working_days_used, found.working_days_left) == (D("2026-04-15"), 22, 9)
    assert (found.state, found.clock_start) == ("running", RECEIVED)
    assert clock.plain_reply_due(facts, NATIONAL, D("2026-04-01")) == D("2026-04-15")
    lines = explain(facts, NATIONAL, D("2026-04-01"))
    assert f"行政复议决定或者判决确定的期限是 2026-04-15（{RULED}）。" in lines
    kept = [line for line in lines if line.startswith("所定期限不因")]
    assert kept == ([f"所定期限不因{steps}而暂停、重新计算或者改变，仍是 2026-04-15（{RULED}）。"] if steps else [])
    assert not [
        line for line in lines if "重新计算，自次日起" in line or "不计算在内" in line or "没有答复期限" in line
    ]


@pytest.mark.parametrize(
    ("origin", "article"),
    [
        ("request", "条例第三十三条"),
        ("reopened", "行政复议决定或者判决，条例第三十三条"),
        ("late_correction", "条例第三十条、第三十三条"),
        ("own_correction", "条例第三十三条"),
        ("rectification", "条例第四十一条未规定期限，机关设定"),
    ],
)
def test_what_began_the_period_decides_the_article_of_the_reply(origin, article: str) -> None:
    facts = Facts(RECEIVED, origin=origin, reply_days=15)
    assert at(facts, "2026-03-03").deadlines[-1] == Due(DeadlineKind.REPLY, D("2026-03-23"), article)
    assert clock.reply_due(facts, NATIONAL, D("2026-03-03")) == D("2026-03-23")


def test_deadlines_stand_in_the_order_of_their_days_whatever_their_kind() -> None:
    late = Consultation(D("2026-03-03"), D("2026-03-03"))
    facts = Facts(RECEIVED, [Correction(D("2026-03-03"), D("2026-05-29"))], [late], fees=[Fee(D("2026-03-03"))])
    assert [(due.kind.value, str(due.due)) for due in at(facts, "2026-03-04").deadlines] == [
        ("ask_correction", "2026-03-11"),
        ("opinion", "2026-03-24"),
        ("payment", "2026-03-31"),
        ("correction", "2026-05-29"),
    ]


@pytest.mark.parametrize(
    ("facts", "provisional"),
    [
        (Facts(D("2025-12-03")), False),
        (Facts(D("2025-12-03"), pauses=[Pause(D("2025-12-05"))]), False),
        (Facts(D("2025-12-03"), [Correction(D("2025-12-05"), D("2026-01-05"))]), True),
        (Facts(D("2025-12-03"), [Correction(D("2025-12-05"))]), False),
        (Facts(D("2025-12-24")), True),
        (Facts(D("2025-12-24"), origin="reopened", ordered=D("2025-12-31")), False),
    ],
)
def test_law_3_2_one_deadline_in_a_year_not_announced_is_enough_and_nothing_else_makes_it_provisional(
    facts: Facts, provisional: bool
) -> None:
    calendar = WorkCalendar(announced=[2025])
    assert reckon(facts, calendar, D("2025-12-08")).provisional is provisional


# The reasons, line by line

OPENING = [
    "2026-03-02 收到申请，当日不计入，期限自次日起算（条例第三十一条，民法典第二百零一条）。",
    "需要补正的，应在第 7 个工作日即 2026-03-11 前（含当日）一次性告知（条例第三十条）。",
]
STOPPED_30 = "正在等待补正，答复期限停止计算，收到后重新起算，现在没有答复期限（条例第三十条）。"
STOPPED_FEE = "正在等待缴费，答复期限停止计算，收到后重新起算，现在没有答复期限（信息处理费管理办法第六条）。"
FEE = "信息处理费管理办法第六条"
NOTICE = "国务院办公厅节假日安排通知"
QINGMING = f"其间放假不计：2026-04-06 清明节（补假）（{NOTICE}）。"

REASONS = [
    pytest.param(
        Facts(RECEIVED, [LETTER]),
        "2026-03-23",
        [
            "2026-03-05 告知补正，2026-03-09 送达，自次日起 10 个工作日，补正期限至 2026-03-23（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: on the last day for a correction nothing has lapsed",
    ),
    pytest.param(
        Facts(RECEIVED, [LETTER]),
        "2026-03-24",
        [
            "2026-03-05 告知补正，2026-03-09 送达，自次日起 10 个工作日，补正期限至 2026-03-23（条例第三十条）。",
            "补正期限 2026-03-23 已过，无正当理由不补正的，视为放弃申请（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: the day after it has",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(LETTER, delivered=None)]),
        "2026-05-29",
        [
            "2026-03-05 告知补正，自送达次日起 10 个工作日内补正，尚无送达日期，补正期限未起算（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: days that nobody can count yet never lapse",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(ASKED, awaits_delivery=True)]),
        "2026-05-29",
        [
            "2026-03-05 告知补正，补正期限至 2026-03-19，尚无送达日期，补正期限未起算（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: a day named in a letter that did not come never lapses",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(ASKED, awaits_delivery=True, delivered=D("2026-03-25"))]),
        "2026-05-29",
        [
            (
                "2026-03-05 告知补正，2026-03-25 送达，不早于所定的补正期限 2026-03-19，所定期限没有约束力，"
                "应重新告知合理的补正期限（条例第三十条）。"
            ),
            STOPPED_30,
        ],
        id="Art. 30: a letter that came after the day it names",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(ASKED, awaits_delivery=True)], ended=D("2026-04-01")),
        "2026-04-01",
        [
            "2026-03-05 告知补正，补正期限至 2026-03-19，没有送达日期，补正期限未起算（条例第三十条）。",
            "办结时没有收到补正，答复期限当时停止计算（条例第三十条）。",
        ],
        id="Art. 30: what was waited for when the case ended is told as past",
    ),
    pytest.param(
        Facts(RECEIVED, consultations=[Consultation(D("2026-04-10"))]),
        "2026-04-13",
        [
            (
                "2026-04-10 发出征求意见，此前答复期限已于 2026-03-30 届满，尚未结束，所需时间不计算在内"
                "（条例第三十二条、第三十三条第三款）。"
            ),
            (
                "正在征求意见，但答复期限在此之前已于 2026-03-30 届满，已超过 8 个工作日，不因此而按时"
                "（条例第三十三条）。"
            ),
        ],
        id="Art. 33: opinions asked for when the period had run out",
    ),
    pytest.param(
        Facts(RECEIVED, origin="rectification", pauses=[Pause(D("2026-05-11"))], ended=D("2026-05-12")),
        "2026-05-12",
        [
            "2026-03-02 收到更正申请，当日不计入；条例未规定期限，按机关内部期限办理（条例第四十一条）。",
            ("2026-05-11 经批准中止，此前内部期限已于 2026-03-30 届满，办结时尚未恢复（条例未规定中止，按批准记录）。"),
            (
                "办结时尚未恢复办理，但内部期限在此之前已于 2026-03-30 届满，已超过 27 个工作日，不因此而按时"
                "（条例第四十一条未规定期限，机关设定）。"
            ),
        ],
        id="Art. 41: what overruns the agency's own limit is not called late under Art. 33",
    ),
    pytest.param(
        Facts(
            RECEIVED,
            consultations=[
                Consultation(D("2026-03-11"), D("2026-03-11"), D("2026-04-02"), opinion=Opinion.SILENT),
                Consultation(D("2026-03-12"), D("2026-03-12"), D("2026-04-07"), opinion=Opinion.WITHDRAWN),
            ],
            ended=D("2026-04-08"),
        ),
        "2026-04-08",
        [
            (
                "2026-03-11 发出征求意见，2026-03-11 送达，15 个工作日至 2026-04-01，逾期未反馈，2026-04-01 期满结束，"
                "其间 15 个工作日不计算在内（条例第三十二条、第三十三条第三款）。"
            ),
            (
                "2026-03-12 发出征求意见，2026-03-12 送达，15 个工作日至 2026-04-02，2026-04-07 撤回征求意见，晚于期限，"
                "只计至 2026-04-02，其间 15 个工作日不计算在内（条例第三十二条、第三十三条第三款）。"
            ),
            "以上征求意见重叠的日子只算一次，共 16 个工作日不计算在内（条例第三十三条第三款）。",
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-04-22（条例第三十三条）。",
            QINGMING,
            "截至 2026-04-08，已用 10 个工作日，还剩 10 个工作日（条例第三十三条）。",
        ],
        id="Art. 32: silence is no opinion received",
    ),
    pytest.param(
        Facts(RECEIVED, [Correction(D("2026-03-11")), Correction(D("2026-03-12"))]),
        "2026-05-29",
        [
            "2026-03-11 告知补正（条例第三十条）。",
            "2026-03-12 告知补正，已超过七个工作日（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: asked on the seventh working day, and on the eighth",
    ),
    pytest.param(
        Facts(RECEIVED, [CORRECTED, Correction(D("2026-03-27"), D("2026-04-10")), Correction(D("2026-03-30"))]),
        "2026-03-30",
        [
            "2026-03-05 告知补正（条例第三十条）。",
            "2026-03-18 收到补正（条例第三十条）。",
            "2026-03-27 告知补正，补正期限至 2026-04-10（条例第三十条）。",
            "2026-03-30 告知补正，已超过七个工作日（条例第三十条）。",
            "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: the seven days for a second letter run from the correction (law.md 3.4)",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(LETTER, until=D("2026-03-19"), received=D("2026-03-19"))]),
        "2026-03-20",
        [
            "2026-03-05 告知补正，2026-03-09 送达，补正期限至 2026-03-19（条例第三十条）。",
            "2026-03-19 收到补正（条例第三十条）。",
            "答复期限自 2026-03-19 重新计算，自次日起 20 个工作日（条例第三十条）。",
            "答复期限 20 个工作日，自 2026-03-19 的次日起算，第 20 个工作日是 2026-04-17（条例第三十三条）。",
            QINGMING,
            "截至 2026-03-20，已用 1 个工作日，还剩 19 个工作日（条例第三十三条）。",
        ],
        id="Art. 30: a correction on its last day is not late",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(ASKED, received=D("2026-03-18"))]),
        "2026-03-18",
        [
            "2026-03-05 告知补正，补正期限至 2026-03-19（条例第三十条）。",
            "2026-03-18 收到补正（条例第三十条）。",
            "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（条例第三十条）。",
            "答复期限 20 个工作日，自 2026-03-18 的次日起算，第 20 个工作日是 2026-04-16（条例第三十三条）。",
            QINGMING,
            "截至 2026-03-18，已用 0 个工作日，还剩 20 个工作日（条例第三十三条）。",
        ],
        id="Art. 30: a correction before its last day",
    ),
    pytest.param(
        Facts(RECEIVED, [replace(ASKED, received=D("2026-03-20"))], origin="own_correction", reply_days=15),
        "2026-03-24",
        [
            "2026-03-02 起自行纠正、重新办理，当日不计入，期限自次日起算（民法典第二百零一条）。",
            "2026-03-05 告知补正，补正期限至 2026-03-19（条例第三十条）。",
            "2026-03-20 收到补正，晚于补正期限（条例第三十条）。",
            "答复期限自 2026-03-20 重新计算，自次日起 15 个工作日（条例第三十条）。",
            "答复期限 15 个工作日，自 2026-03-20 的次日起算，第 15 个工作日是 2026-04-13（条例第三十三条）。",
            QINGMING,
            "截至 2026-03-24，已用 2 个工作日，还剩 13 个工作日（条例第三十三条）。",
        ],
        id="Art. 30: a late correction in a period that is not of a request",
    ),
    pytest.param(
        Facts(RECEIVED, [Correction(D("2026-03-30"))], origin="late_correction"),
        "2026-03-30",
        [
            "2026-03-02 收到逾期但有正当理由的补正，当日不计入，答复期限自次日起重新计算（条例第三十条）。",
            "2026-03-30 告知补正（条例第三十条）。",
            STOPPED_30,
        ],
        id="Art. 30: no seven days in a period that is not of a request",
    ),
    pytest.param(
        Facts(RECEIVED, fees=[BILLED]),
        "2026-04-10",
        [f"2026-03-12 收到收费通知，应自次日起 20 个工作日内即 2026-04-10 前（含当日）缴纳（{FEE}）。", STOPPED_FEE],
        id="fee rules Art. 6: on the last day to pay nothing has lapsed",
    ),
    pytest.param(
        Facts(RECEIVED, fees=[BILLED]),
        "2026-04-11",
        [
            f"2026-03-12 收到收费通知，应自次日起 20 个工作日内即 2026-04-10 前（含当日）缴纳（{FEE}）。",
            f"缴费期限 2026-04-10 已过，逾期未缴纳的，视为放弃申请（{FEE}）。",
            STOPPED_FEE,
        ],
        id="fee rules Art. 6: the day after it has",
    ),
    pytest.param(
        Facts(RECEIVED, fees=[Fee(BASE_DUE, D("2026-04-28")), Fee(D("2026-05-28")), Fee(D("2026-05-29"))]),
        "2026-06-01",
        [
            f"2026-03-30 收到收费通知，应自次日起 20 个工作日内即 2026-04-28 前（含当日）缴纳（{FEE}）。",
            f"2026-04-28 完成缴费（{FEE}）。",
            f"2026-05-28 收到收费通知，应自次日起 20 个工作日内即 2026-06-26 前（含当日）缴纳（{FEE}）。",
            f"2026-05-29 收到收费通知，应自次日起 20 个工作日内即 2026-06-29 前（含当日）缴纳（{FEE}）。",
            f"答复期限自 2026-04-28 重新计算，自次日起 20 个工作日（{FEE}）。",
            STOPPED_FEE,
        ],
        id="fee rules Art. 6: billed on the last day for the reply, and while no such day runs",
    ),
    pytest.param(
        Facts(RECEIVED, fees=[PAID, Fee(D("2026-04-17"), D("2026-05-20"))]),
        "2026-05-21",
        [
            f"2026-03-12 收到收费通知，应自次日起 20 个工作日内即 2026-04-10 前（含当日）缴纳（{FEE}）。",
            f"2026-03-18 完成缴费（{FEE}）。",
            (
                "2026-04-17 收到收费通知，晚于当时的答复期限 2026-04-16，应自次日起 20 个工作日内即 2026-05-19 前（含当日）"
                f"缴纳（{FEE}）。"
            ),
            f"2026-05-20 完成缴费，晚于缴费期限（{FEE}）。",
            f"答复期限自 2026-05-20 重新计算，自次日起 20 个工作日（{FEE}）。",
            "答复期限 20 个工作日，自 2026-05-20 的次日起算，第 20 个工作日是 2026-06-17（条例第三十三条）。",
            "截至 2026-05-21，已用 1 个工作日，还剩 19 个工作日（条例第三十三条）。",
        ],
        id="fee rules Art. 6: billed the day after the reply was due",
    ),
    pytest.param(
        Facts(RECEIVED, fees=[PAID_IN_BETWEEN]),
        "2026-04-03",
        [
            f"2026-03-12 收到收费通知，应自次日起 20 个工作日内即 2026-04-10 前（含当日）缴纳（{FEE}）。",
            f"2026-03-18 完成缴费，等待缴费的日子不计算在内，期限不重新计算（{FEE}）。",
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-04-03（条例第三十三条）。",
            "截至 2026-04-03，已用 20 个工作日，还剩 0 个工作日（条例第三十三条）。",
        ],
        id="a payment that gives no new period, and the last day",
    ),
    pytest.param(
        Facts(
            RECEIVED,
            consultations=[
                Consultation(D("2026-03-04"), None, D("2026-03-06"), ConsultationKind.INTERNAL, suspends=False),
                Consultation(D("2026-03-10"), D("2026-03-16"), None, ConsultationKind.SUPERIOR),
                Consultation(D("2026-03-11"), D("2026-03-11"), D("2026-03-24"), ConsultationKind.JOINT_MAKER),
                Consultation(D("2026-03-12"), D("2026-03-12"), None, ConsultationKind.OTHER_AGENCY),
                Consultation(D("2026-03-12"), D("2026-03-13"), D("2026-04-03")),
                Consultation(D("2026-03-12"), D("2026-03-13"), D("2026-04-07")),
            ],
        ),
        "2026-04-07",
        [
            "2026-03-04 发出征求意见（本机关内部），时间照常计算，不暂停答复期限（条例第三十三条第三款）。",
            (
                "2026-03-10 发出征求意见（主管部门或者保密部门），2026-03-16 送达，15 个工作日至 2026-04-07，尚未结束，"
                "所需时间不计算在内（条例第十七条、第三十三条第三款）。"
            ),
            (
                "2026-03-11 发出征求意见（共同制作机关），2026-03-11 送达，15 个工作日至 2026-04-01，2026-03-24 结束，"
                "其间 9 个工作日不计算在内（条例第三十四条、第三十三条第三款）。"
            ),
            (
                "2026-03-12 发出征求意见（其他机关），2026-03-12 送达，15 个工作日至 2026-04-02，逾期未反馈，"
                "2026-04-02 期满结束，其间 15 个工作日不计算在内（条例第三十三条第三款）。"
            ),
            (
                "2026-03-12 发出征求意见，2026-03-13 送达，15 个工作日至 2026-04-03，2026-04-03 结束，"
                "其间 16 个工作日不计算在内（条例第三十二条、第三十三条第三款）。"
            ),
            (
                "2026-03-12 发出征求意见，2026-03-13 送达，15 个工作日至 2026-04-03，2026-04-07 收到意见，晚于期限，"
                "只计至 2026-04-03，其间 16 个工作日不计算在内（条例第三十二条、第三十三条第三款）。"
            ),
            "以上征求意见重叠的日子只算一次，共 17 个工作日不计算在内（条例第三十三条第三款）。",
            "正在征求意见，答复期限暂停：已用 6 个工作日，恢复后还剩 14 个工作日（条例第三十三条第三款）。",
        ],
        id="Arts. 17, 32–34: all kinds of consultations",
    ),
    pytest.param(
        Facts(RECEIVED, consultations=[Consultation(D("2026-03-11"), D("2026-03-11"))]),
        "2026-04-02",
        [
            (
                "2026-03-11 发出征求意见，2026-03-11 送达，15 个工作日至 2026-04-01，逾期未反馈，2026-04-01 期满结束，"
                "其间 15 个工作日不计算在内（条例第三十二条、第三十三条第三款）。"
            ),
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-04-21（条例第三十三条）。",
            QINGMING,
            "截至 2026-04-02，已用 8 个工作日，还剩 12 个工作日（条例第三十三条）。",
        ],
        id="Art. 32: one consultation overlaps nothing",
    ),
    pytest.param(
        Facts(RECEIVED, [CORRECTED], extensions=[Extension(D(d), 5) for d in ("2026-03-18", "2026-04-16")]),
        "2026-04-24",
        [
            "2026-03-05 告知补正（条例第三十条）。",
            "2026-03-18 收到补正（条例第三十条）。",
            "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（条例第三十条）。",
            "2026-03-18 告知延期（原答复期限 2026-04-16），延长 5 个工作日（条例第三十三条第二款）。",
            "2026-04-16 告知延期（原答复期限 2026-04-16），已延期一次，不计入（条例第三十三条第二款）。",
            "答复期限 25 个工作日，自 2026-03-18 的次日起算，第 25 个工作日是 2026-04-23（条例第三十三条）。",
            QINGMING,
            "截至 2026-04-24，已超过答复期限 1 个工作日（条例第三十三条）。",
        ],
        id="Art. 33(2): an extension on the first day, a second one on the last; the reply a day too late",
    ),
    pytest.param(
        Facts(
            RECEIVED,
            [CORRECTED],
            delays=[Delay(D("2026-03-17"), D("2026-04-30")), Delay(D("2026-03-18"), D("2026-04-30"))],
        ),
        "2026-04-20",
        [
            "2026-03-05 告知补正（条例第三十条）。",
            "2026-03-18 收到补正（条例第三十条）。",
            "答复期限自 2026-03-18 重新计算，自次日起 20 个工作日（条例第三十条）。",
            "答复期限 20 个工作日，自 2026-03-18 的次日起算，第 20 个工作日是 2026-04-16（条例第三十三条）。",
            "2026-03-17 告知延迟答复至 2026-04-30，期限已重新计算，不计入（条例第三十五条）。",
            "2026-03-18 告知延迟答复，答复期限改为 2026-04-30（条例第三十五条）。",
            QINGMING,
            "截至 2026-04-20，已用 22 个工作日，还剩 8 个工作日（条例第三十三条）。",
        ],
        id="Art. 35: a delay of the old period and one of the new",
    ),
    pytest.param(
        Facts(RECEIVED, delays=[PUT_OFF, Delay(D("2026-05-29"), D("2026-07-31"))]),
        "2026-03-26",
        [
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-03-30（条例第三十三条）。",
            "2026-03-25 告知延迟答复至 2026-06-30，已另行告知，不计入（条例第三十五条）。",
            "2026-05-29 告知延迟答复，答复期限改为 2026-07-31（条例第三十五条）。",
            (
                "其间放假不计：2026-04-06 清明节（补假）、2026-05-01 劳动节、2026-05-04 劳动节（补假）、"
                f"2026-05-05 休息日（由 2026-05-09 调休）、2026-06-19 端午节（{NOTICE}）。"
            ),
            f"其间调休上班计入：2026-05-09（{NOTICE}）。",
            "截至 2026-03-26，已用 18 个工作日，还剩 87 个工作日（条例第三十三条）。",
        ],
        id="Art. 35: a delay that another one replaced",
    ),
    pytest.param(
        Facts(RECEIVED, delays=[Delay(RECEIVED, D("2026-04-03")), Delay(RECEIVED, D("2026-04-03"))]),
        "2026-03-26",
        [
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-03-30（条例第三十三条）。",
            "2026-03-02 告知延迟答复至 2026-04-03，已另行告知，不计入（条例第三十五条）。",
            "2026-03-02 告知延迟答复，答复期限改为 2026-04-03（条例第三十五条）。",
            "截至 2026-03-26，已用 18 个工作日，还剩 6 个工作日（条例第三十三条）。",
        ],
        id="Art. 35: a delay told twice on the first day",
    ),
    pytest.param(
        Facts(RECEIVED, delays=[Delay(D("2026-03-31"), D("2026-04-30"))]),
        "2026-03-31",
        [
            "答复期限 20 个工作日，自 2026-03-02 的次日起算，第 20 个工作日是 2026-03-30（条例第三十三条）。",
            "2026-03-31 告知延迟答复至 2026-04-30，已过答复期限，不计入（条例第三十五条）。",
            "截至 2026-03-31，已超过答复期限 1 个工作日（条例第三十三条）。",
        ],
        id="Art. 35: a delay told too late",
    ),
    pytest.param(
        Facts(RECEIVED, extensions=[Extension(D("2026-04-16"), 5)], origin="reopened", ordered=D("2026-04-06")),
        "2026-04-03",
        [
            "2026-03-02 起重新办理，当日不计入，期限自次日起算（行政复议决定或者判决，民法典第二百零一条）。",
            "2026-04-16 告知延期（原答复期限 2026-04-06），期限由行政复议决定或者判决确定，不计入（条例第三十三条第二款）。",
            "行政复议决定或者判决确定的期限是 2026-04-06（行政复议决定或者判决，条例第三十三条）。",
            QINGMING,
            "截至 2026-04-03，已用 24 个工作日，还剩 0 个工作日（行政复议决定或者判决，条例第三十三条）。",
        ],
        id="a day fixed by a ruling, which is itself a day off",
    ),
]


@pytest.mark.parametrize(("facts", "as_of", "lines"), REASONS)
def test_the_reasons_given_are_these_and_no_others(facts: Facts, as_of: str, lines: list[str]) -> None:
    expected = [*OPENING, *lines] if facts.origin == "request" else lines
    assert explain(facts, NATIONAL, D(as_of)) == expected


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            Facts(RECEIVED, fees=[BILLED_IN_BETWEEN]),
            "正在等待缴费，答复期限暂停：已用 8 个工作日，恢复后还剩 12 个工作日",
        ),
        (
            Facts(RECEIVED, fees=[BILLED_IN_BETWEEN], pauses=[RESUMED]),
            "正在等待缴费，答复期限暂停：已用 5 个工作日，恢复后还剩 15 个工作日",
        ),
        (
            Facts(RECEIVED, pauses=[RESUMED, PAUSED]),
            "经批准中止，答复期限暂停：已用 5 个工作日，恢复后还剩 15 个工作日（经批准，条例未规定）。",
        ),
        (
            Facts(RECEIVED, consultations=[WITHIN], pauses=[PAUSED]),
            "经批准中止，答复期限暂停：已用 8 个工作日，恢复后还剩 12 个工作日",
        ),
    ],
)
def test_law_3_3_a_suspended_period_says_what_it_waits_for(facts: Facts, words: str) -> None:
    assert explain(facts, NATIONAL, D("2026-03-20"))[-1].startswith(words)


def test_law_3_3_a_pause_is_told_with_its_days_or_that_it_goes_on() -> None:
    lines = explain(Facts(RECEIVED, pauses=[RESUMED, PAUSED]), NATIONAL, D("2026-03-20"))
    assert lines[2:-1] == [
        "2026-03-05 经批准中止，2026-03-10 恢复，其间 3 个工作日不计算在内（条例未规定中止，按批准记录）。",
        "2026-03-12 经批准中止，尚未恢复（条例未规定中止，按批准记录）。",
    ]


def test_art33_2_while_the_period_is_suspended_an_extension_names_no_last_day() -> None:
    told = [Extension(D("2026-03-11"), 10), Extension(D("2026-03-12"), 10)]
    lines = explain(Facts(RECEIVED, consultations=[Consultation(D("2026-03-10"))], extensions=told), NATIONAL, RECEIVED)
    assert lines[3:5] == [
        "2026-03-11 告知延期，延长 10 个工作日（条例第三十三条第二款）。",
        "2026-03-12 告知延期，已延期一次，不计入（条例第三十三条第二款）。",
    ]


@pytest.mark.parametrize(
    ("restart", "third"),
    [
        pytest.param({"corrections": [CORRECTED]}, "延长 5 个工作日", id="Art. 30: a correction"),
        pytest.param({"fees": [PAID]}, "已延期一次，不计入", id="law.md 12 no. 13: a payment"),
    ],
)
def test_art33_2_each_extension_says_why_it_counts_or_does_not(restart: dict[str, Any], third: str) -> None:
    told = [Extension(D(day), 5) for day in ("2026-03-04", "2026-03-17", "2026-03-18", "2026-04-17")]
    lines = explain(Facts(RECEIVED, **restart, extensions=told), NATIONAL, D("2026-04-17"))
    first, second, *new = [line for line in lines if "告知延期" in line]
    assert first.startswith("2026-03-04 告知延期")
    assert second.startswith("2026-03-17 告知延期")
    assert all("因答复期限已自 2026-03-18 重新计算而不再计入" in line for line in (first, second))
    assert new == [
        f"2026-03-18 告知延期（原答复期限 2026-04-16），{third}（条例第三十三条第二款）。",
        "2026-04-17 告知延期（原答复期限 2026-04-16），晚于原答复期限，不计入（条例第三十三条第二款）。",
    ]


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        pytest.param(
            Facts(D("2026-02-13"), consultations=[Consultation(D("2026-02-17"), None, D("2026-02-22"))]),
            [
                f"其间放假不计：2026-02-16 农历除夕、2026-02-17 春节、2026-02-23 休息日（由 2026-02-28 调休）（{NOTICE}）。",
                f"其间调休上班计入：2026-02-14、2026-02-28（{NOTICE}）。",
            ],
            id="days off within a consultation are not told, its first day is",
        ),
        pytest.param(
            Facts(D("2026-02-16"), reply_days=5, consultations=[Consultation(D("2026-02-17"), None, D("2026-02-23"))]),
            [
                f"其间放假不计：2026-02-17 春节（{NOTICE}）。",
                f"其间调休上班计入：2026-02-28（{NOTICE}）。",
            ],
            id="received on a day off; the last day is a make-up day",
        ),
        pytest.param(
            Facts(D("2026-12-24")),
            ["其间放假不计：2027-01-01 元旦（该年安排尚未公布，按全国年节及纪念日放假办法第二条推算）。"],
            id="a year not announced",
        ),
        pytest.param(Facts(D("2026-03-02")), [], id="no day that departs from the plain week"),
    ],
)
def test_law_3_2_the_days_off_and_the_make_up_days_of_the_period_are_told(facts: Facts, lines: list[str]) -> None:
    assert [line for line in explain(facts, NATIONAL, D("2026-03-02")) if line.startswith("其间")] == lines


def test_law_3_2_every_year_not_announced_is_named_once_and_in_order() -> None:
    calendar = WorkCalendar(announced=[2025])
    facts = Facts(D("2025-12-24"), delays=[Delay(D("2026-01-05"), D("2027-01-15"))])
    years = [line[:4] for line in explain(facts, calendar, D("2026-01-05")) if "暂定" in line]
    assert years == ["2026", "2027"]
    assert not [line for line in explain(Facts(D("2025-12-01")), calendar, D("2025-12-01")) if "暂定" in line]


# Everything at once, against the slow reckoning


@st.composite
def full_cases(draw: st.DrawFn) -> dict[str, Any]:
    """A case of :func:`random_case` with what only some cases have: pauses, delays, a ruling, letters that name days."""
    case = random_case(lambda low, high: draw(st.integers(low, high)))
    received = case["received"]

    def day(most: int = 120) -> date:
        return date.fromordinal(received.toordinal() + draw(st.integers(0, most)))

    def maybe(value: date, most: int = 30) -> date | None:
        return date.fromordinal(value.toordinal() + draw(st.integers(0, most))) if draw(st.booleans()) else None

    for correction in case["corrections"]:
        correction["delivered"] = maybe(correction["asked"], 10)
        correction["working_days"] = draw(st.none() | st.integers(1, 20))
        correction["awaits_delivery"] = draw(st.booleans())
    for consultation in case["consultations"]:
        consultation["kind"] = draw(st.sampled_from(ConsultationKind))
        consultation["suspends"] = consultation["kind"] != "internal" and draw(st.booleans())
    for fee in case["fees"]:
        fee["restarts"] = draw(st.booleans())
    case["pauses"] = [
        {"began": began, "ended": maybe(began)} for began in (day() for _ in range(draw(st.integers(0, 2))))
    ]
    case["delays"] = [{"told": told, "until": maybe(told, 90) or told} for told in sorted({day(), day()})]
    case["delays"] = case["delays"][: draw(st.integers(0, 2))]
    case["origin"] = draw(
        st.sampled_from(["request", "reopened", "late_correction", "own_correction", "rectification"])
    )
    case["reply_days"] = draw(st.integers(5, 20))
    case["ordered"] = day(60) if case["origin"] == "reopened" and draw(st.booleans()) else None
    return case


def facts_of(case: dict[str, Any]) -> Facts:
    return Facts(
        case["received"],
        [Correction(**item) for item in case["corrections"]],
        [Consultation(**item) for item in case["consultations"]],
        [Extension(**item) for item in case["extensions"]],
        [Fee(**item) for item in case["fees"]],
        [Delay(**item) for item in case["delays"]],
        [Pause(**item) for item in case["pauses"]],
        case["origin"],
        case["reply_days"],
        case["ordered"],
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(full_cases())
def test_the_clock_agrees_with_the_slow_reckoning_on_all_that_a_case_may_hold(case: dict[str, Any]) -> None:
    facts, as_of = facts_of(case), case["as_of"]
    reckoning = reckon(facts, NATIONAL, as_of)
    found = {name: getattr(reckoning, name) for name in Reckoning.__slots__}
    assert [due.due for due in reckoning.deadlines] == sorted(due.due for due in reckoning.deadlines)
    found["deadlines"] = sorted(
        ((due.kind.value, due.due) for due in reckoning.deadlines), key=lambda pair: (pair[1], pair[0])
    )
    assert found == slow_reckoning(case)
    assert clock.clock_state(facts, NATIONAL, as_of) == reckoning.state
    assert clock.reply_due(facts, NATIONAL, as_of) == reckoning.reply_due
    assert all(line.endswith("。") for line in explain(facts, NATIONAL, as_of))
