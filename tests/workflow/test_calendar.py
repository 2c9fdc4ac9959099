"""Working days (工作日): the notices of the State Council, the office's own days, and the arithmetic on them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from holidays.countries.china import China
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    DayRule,
    Interval,
    WorkCalendar,
    announced_years,
    national_calendar,
    national_rules,
    union,
)
from workflow.faults import InputFault

NATIONAL = national_calendar()
ONE_DAY = timedelta(days=1)

days = st.dates(date(2018, 1, 1), date(2027, 12, 31))
numbers = st.integers(1, 90)


@st.composite
def intervals(draw: st.DrawFn) -> list[Interval]:
    starts = draw(st.lists(st.dates(date(2019, 1, 1), date(2027, 6, 30)), max_size=6))
    return [Interval(start, start + timedelta(days=draw(st.integers(-5, 90)))) for start in starts]


def lies_in(day: date, spans: object) -> bool:
    return any(span.after < day <= span.upto for span in spans)


# The national calendar


@pytest.mark.parametrize("year", range(2008, 2027))
def test_every_day_of_an_announced_year_agrees_with_the_holidays_library(year: int) -> None:
    china = China(years=year)
    everyday = [date(year, 1, 1) + n * ONE_DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    assert [day for day in everyday if NATIONAL.is_workday(day) != china.is_working_day(day)] == []


@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        ("2026-03-02", True, "a plain Monday"),
        ("2026-03-07", False, "a plain Saturday"),
        ("2026-01-04", True, "Sunday made up for the New Year"),
        ("2026-02-14", True, "Saturday made up for the Spring Festival"),
        ("2026-02-16", False, "New Year's Eve of the lunar year"),
        ("2026-02-28", True, "Saturday made up for the Spring Festival"),
        ("2026-04-06", False, "the day for Qingming, a Sunday"),
        ("2026-05-09", True, "Saturday made up for Labour Day"),
        ("2026-09-20", True, "Sunday made up for National Day"),
        ("2026-10-07", False, "National Day week"),
        ("2026-10-10", True, "Saturday made up for National Day"),
        ("2025-01-26", True, "Sunday made up for the Spring Festival"),
        ("2025-02-08", True, "Saturday made up for the Spring Festival"),
        ("2024-02-09", True, "New Year's Eve of the lunar year, left a working day in 2024"),
        ("2024-02-18", True, "Sunday made up for the Spring Festival"),
        ("2020-01-31", False, "the Spring Festival lengthened in the emergency of 2020"),
        ("2015-09-03", False, "the commemoration day of 2015"),
    ],
)
def test_a_day_is_what_the_notice_of_its_year_says(day: str, working: bool, why: str) -> None:
    assert NATIONAL.is_workday(date.fromisoformat(day)) is working, why


def test_the_notices_of_2008_to_2026_are_there_and_that_of_2027_is_not() -> None:
    assert set(range(2008, 2027)) <= announced_years()
    assert not any(NATIONAL.is_provisional(date(year, 12, 31)) for year in range(2008, 2027))
    assert NATIONAL.is_provisional(date(2098, 1, 1))


def test_a_year_not_announced_is_forecast_from_the_statutory_holidays() -> None:
    off = {rule.day for rule in national_rules(2098)}
    assert not any(rule.working for rule in national_rules(2098))
    assert {date(2098, 1, 1), date(2098, 10, 1), date(2098, 10, 2)} <= off


def test_a_rule_says_why_a_day_departs_from_the_plain_week() -> None:
    assert NATIONAL.rule(date(2026, 3, 2)) is None
    assert NATIONAL.rule(date(2026, 2, 17)) == DayRule(date(2026, 2, 17), working=False, name="春节")
    assert NATIONAL.rule(date(2026, 2, 14)) == DayRule(date(2026, 2, 14), working=True, name="调休上班")
    assert [rule.day for rule in NATIONAL.rules(2026) if rule.working] == [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ]


@pytest.mark.parametrize(("year", "number"), [(2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_its_notice_leaves(year: int, number: int) -> None:
    assert NATIONAL.count(date(year - 1, 12, 31), date(year, 12, 31)) == number


# Counting


def test_civil_code_201_the_first_day_is_not_counted_and_the_last_day_is() -> None:
    monday = date(2026, 3, 2)
    assert NATIONAL.count(monday, monday) == 0
    assert NATIONAL.count(monday, date(2026, 3, 3)) == 1
    assert NATIONAL.nth(monday, 1) == date(2026, 3, 3)


def test_nothing_is_counted_backwards() -> None:
    assert NATIONAL.count(date(2026, 3, 9), date(2026, 3, 2)) == 0


def test_days_of_an_excluded_interval_do_not_count_beginning_the_day_after_its_start() -> None:
    excluded = [Interval(date(2026, 3, 10), date(2026, 3, 24))]
    assert NATIONAL.count(date(2026, 3, 2), date(2026, 3, 10), excluded) == 6
    assert NATIONAL.count(date(2026, 3, 2), date(2026, 3, 24), excluded) == 6
    assert NATIONAL.count(date(2026, 3, 2), date(2026, 3, 25), excluded) == 7
    assert NATIONAL.nth(date(2026, 3, 2), 6, excluded) == date(2026, 3, 10)
    assert NATIONAL.nth(date(2026, 3, 2), 7, excluded) == date(2026, 3, 25)


@settings(max_examples=150, deadline=None)
@given(days, days)
def test_count_is_what_a_count_on_the_fingers_gives(after: date, upto: date) -> None:
    fingers = 0
    day = after + ONE_DAY
    while day <= upto:
        fingers += NATIONAL.is_workday(day)
        day += ONE_DAY
    assert NATIONAL.count(after, upto) == fingers


@settings(max_examples=200, deadline=None)
@given(days, numbers, intervals())
def test_the_nth_day_is_the_first_with_n_days_counted(after: date, number: int, spans: list[Interval]) -> None:
    excluded = union(spans)
    day = NATIONAL.nth(after, number, excluded)
    assert day > after
    assert NATIONAL.is_workday(day)
    assert not lies_in(day, excluded)
    assert NATIONAL.count(after, day, excluded) == number
    assert NATIONAL.count(after, day - ONE_DAY, excluded) == number - 1


@settings(max_examples=100, deadline=None)
@given(days, days, intervals())
def test_excluded_days_are_left_out_one_by_one(after: date, upto: date, spans: list[Interval]) -> None:
    expected = 0
    day = after + ONE_DAY
    while day <= upto:
        expected += NATIONAL.is_workday(day) and not lies_in(day, spans)
        day += ONE_DAY
    assert NATIONAL.count(after, upto, union(spans)) == expected


@settings(max_examples=100, deadline=None)
@given(days, days, days)
def test_periods_that_meet_add_up(first: date, second: date, third: date) -> None:
    first, second, third = sorted((first, second, third))
    assert NATIONAL.count(first, second) + NATIONAL.count(second, third) == NATIONAL.count(first, third)


# Union of intervals


@settings(max_examples=200, deadline=None)
@given(intervals())
def test_a_union_is_disjoint_in_order_and_without_empty_intervals(spans: list[Interval]) -> None:
    merged = union(spans)
    assert all(span.after < span.upto for span in merged)
    assert all(left.upto < right.after for left, right in pairwise(merged))


@settings(max_examples=100, deadline=None)
@given(intervals(), st.randoms(use_true_random=False))
def test_a_union_holds_the_same_days_as_its_parts_in_any_order(spans: list[Interval], order: object) -> None:
    merged = union(spans)
    for span in spans:
        for edge in (span.after, span.after + ONE_DAY, span.upto, span.upto + ONE_DAY):
            assert lies_in(edge, merged) == lies_in(edge, spans)
    assert union(merged) == merged
    order.shuffle(spans)
    assert union([*spans, *spans]) == merged


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([], []),
        ([(10, 10)], []),
        ([(12, 10)], []),
        ([(10, 12), (14, 16)], [(10, 12), (14, 16)]),
        ([(10, 12), (12, 16)], [(10, 16)]),
        ([(10, 20), (12, 16)], [(10, 20)]),
        ([(14, 16), (10, 15)], [(10, 16)]),
    ],
)
def test_intervals_merge_where_they_touch(spans: list[tuple[int, int]], merged: list[tuple[int, int]]) -> None:
    def made(pairs: list[tuple[int, int]]) -> list[Interval]:
        return [Interval(date(2026, 3, a), date(2026, 3, b)) for a, b in pairs]

    assert list(union(made(spans))) == made(merged)


# The edges of the calendar

BEFORE, BEYOND = date(FIRST_YEAR - 1, 12, 31), date(LAST_YEAR + 1, 1, 1)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (lambda: NATIONAL.is_workday(BEFORE), "2007-12-31"),
        (lambda: NATIONAL.is_workday(BEYOND), "2100-01-01"),
        (lambda: NATIONAL.is_workday(date.min), "0001-01-01"),
        (lambda: NATIONAL.is_workday(date.max), "9999-12-31"),
        (lambda: NATIONAL.rule(BEYOND), "2100-01-01"),
        (lambda: NATIONAL.count(BEFORE, date(2026, 3, 2)), "2007-12-31"),
        (lambda: NATIONAL.count(date(2026, 3, 2), BEYOND), "2100-01-01"),
        (lambda: NATIONAL.nth(BEFORE, 20), "2007-12-31"),
        (lambda: NATIONAL.nth(date(LAST_YEAR, 12, 20), 20), "2100-01-01"),
        (lambda: NATIONAL.rules(2007), "2007-01-01"),
        (lambda: NATIONAL.rules(2100), "2100-01-01"),
    ],
)
def test_a_day_outside_the_calendar_is_one_clear_fault(asked: object, named: str) -> None:
    with pytest.raises(InputFault) as raised:
        asked()
    (sentence,) = raised.value.sentences
    assert named in sentence
    assert "2008" in sentence
    assert "2099" in sentence


def test_the_first_and_the_last_day_of_the_calendar_are_in_it() -> None:
    assert NATIONAL.is_workday(date(2008, 1, 2))
    assert NATIONAL.is_workday(date(2099, 12, 31))
    assert NATIONAL.nth(date(2099, 12, 30), 1) == date(2099, 12, 31)


# An office's own days


def with_own_days(*own: DayRule) -> WorkCalendar:
    return WorkCalendar([*national_rules(2026), *own], announced_years(), revision=7)


def test_a_local_holiday_of_the_office_does_not_count() -> None:
    local = with_own_days(DayRule(date(2026, 3, 20), working=False, name="肉孜节"))
    assert not local.is_workday(date(2026, 3, 20))
    assert local.rule(date(2026, 3, 20)).name == "肉孜节"
    assert local.nth(date(2026, 3, 2), 20) == date(2026, 3, 31)
    assert NATIONAL.nth(date(2026, 3, 2), 20) == date(2026, 3, 30)


def test_a_day_that_the_office_works_counts() -> None:
    local = with_own_days(DayRule(date(2026, 3, 7), working=True, name="应急值守"))
    assert local.count(date(2026, 3, 2), date(2026, 3, 8)) == 5
    assert local.nth(date(2026, 3, 2), 5) == date(2026, 3, 7)


def test_a_later_rule_wins_over_an_earlier_one() -> None:
    local = with_own_days(
        DayRule(date(2026, 2, 14), working=False, name="取消调休"),
        DayRule(date(2026, 3, 20), working=False, name="肉孜节"),
        DayRule(date(2026, 3, 20), working=True, name="照常上班"),
    )
    assert not local.is_workday(date(2026, 2, 14))
    assert local.is_workday(date(2026, 3, 20))


def test_a_year_without_rules_of_the_office_is_the_national_one() -> None:
    local = with_own_days(DayRule(date(2026, 3, 20), working=False, name="肉孜节"))
    for year in (2008, 2025, 2027):
        assert local.rules(year) == NATIONAL.rules(year)


def test_an_office_that_gives_all_its_days_in_advance_still_stands_on_the_plain_week() -> None:
    alone = WorkCalendar([DayRule(date(2026, 3, 3), working=False, name="停电")], [2026])
    assert not alone.is_workday(date(2026, 3, 3))
    assert alone.is_workday(date(2026, 3, 4))
    assert not alone.is_workday(date(2026, 3, 7))


def test_a_calendar_knows_its_revision_and_its_announced_years() -> None:
    local = WorkCalendar(national_rules(2026), [2026], revision=7)
    assert local.revision == 7
    assert not local.is_provisional(date(2026, 12, 31))
    assert local.is_provisional(date(2027, 1, 1))
    assert NATIONAL.revision == 0


def test_a_year_far_ahead_is_worked_out_when_first_asked_for_and_in_any_order() -> None:
    late_first, early_first = WorkCalendar(), WorkCalendar()
    late = late_first.nth(date(2040, 1, 1), 250)
    early = early_first.nth(date(2030, 1, 1), 250)
    assert early_first.nth(date(2040, 1, 1), 250) == late
    assert late_first.nth(date(2030, 1, 1), 250) == early
