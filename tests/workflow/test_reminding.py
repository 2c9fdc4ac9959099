"""When a deadline calls: milestones over real calendars, catching up after downtime, lapses, and when one may disturb.

In 2026 the National Day holidays are 1 to 7 October; 20 September (Sunday) and 10 October (Saturday) are worked, and
25 to 27 September are off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary import Card, DeadlineKind, Role
from tests.workflow.test_sweep import at
from workflow import reminding
from workflow.calendar import national_calendar
from workflow.desk import CHINA
from workflow.faults import InputFault
from workflow.practice import STANDARD
from workflow.reminding import CATCH_UP_DAYS, LAPSING, MILESTONES, NEVER, OVERDUE, Call, Choices

D = date.fromisoformat
ONE_DAY = timedelta(days=1)
CALENDAR = national_calendar()
USUAL = Choices()

numbers = st.sets(st.just(OVERDUE) | st.integers(0, 12) | st.just(60)).map(lambda days: tuple(sorted(days)[::-1]))
days = st.dates(D("2024-02-01"), D("2027-10-31"))
kinds = st.sampled_from(DeadlineKind)


def plan(kind: DeadlineKind, due_on: str, since: str, today: str, chosen: Choices = USUAL) -> reminding.Plan:
    return reminding.plan(kind, D(due_on), D(since), D(today), CALENDAR, chosen)


def called(made: reminding.Plan) -> list[tuple[str, int]]:
    return [(call.for_day.isoformat(), call.milestone) for call in made.calls]


# The milestones that an agency chooses


@settings(deadline=None)
@given(st.dictionaries(kinds, numbers, min_size=1))
def test_what_is_described_is_read_back_and_what_is_not_named_keeps_its_default(chosen: dict[DeadlineKind, tuple]):
    assert reminding.read(reminding.describe(chosen)) == {**MILESTONES, **chosen}


def test_an_agency_that_chose_nothing_has_the_defaults():
    assert reminding.read("") == reminding.read(" ；; ") == MILESTONES
    assert reminding.choices(STANDARD) == USUAL


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("答复期限=10、5、3、1、当日、逾期", (10, 5, 3, 1, 0, OVERDUE)),
        (" 答复期限 ＝ 逾期，当日,5，5、005 ;", (5, 0, OVERDUE)),
        ("答复期限=", ()),
        ("默认=7", (7,)),
        ("默认=7；答复期限=当日", (0,)),
        ("答复期限=当日；默认=7", (0,)),
        ("补正期限=60", MILESTONES[DeadlineKind.REPLY]),
    ],
)
def test_milestones_are_read_as_an_administrator_writes_them(text: str, reply: tuple[int, ...]):
    assert reminding.read(text)[DeadlineKind.REPLY] == reply


@pytest.mark.parametrize(
    "part",
    [
        "答复期限",
        "答复期限=下周",
        "答复期限=-1",
        "答复期限=61",
        "答复期限=３",
        "答复期限=5=3",
        "下周期限=5",
        "=5",
        "5、3",
    ],
)
def test_each_part_that_cannot_be_read_is_refused_in_one_sentence_that_names_it(part: str):
    with pytest.raises(InputFault) as fault:
        reminding.read(f"补正期限=1；{part}；默认=3；明天")
    sentence, other = fault.value.sentences
    assert "“明天”不能用" in other
    assert f"“{part}”不能用，应形如 答复期限=10、5、3、1、当日、逾期" in sentence
    assert all(label in sentence for label in ("默认", *DeadlineKind.labels()))


def test_the_choices_of_an_agency_are_those_of_its_practice():
    practice = replace(
        STANDARD, reminders="默认=2", remind_head_days=3, remind_leader_days=4, quiet_from=18, quiet_until=9
    )
    chosen = reminding.choices(replace(practice, lapse_grace_days=5))
    assert chosen.of(DeadlineKind.APPEAL) == (2,)
    assert replace(chosen, milestones=()) == Choices(
        (), head_from=3, leader_after=4, quiet_from=18, quiet_until=9, grace=5
    )
    assert Choices(()).of(DeadlineKind.REPLY) == ()


# How serious it is, and who is told


@pytest.mark.parametrize(
    ("left", "card"),
    [
        (60, Card.NOTICE), (6, Card.NOTICE), (5, Card.YELLOW), (2, Card.YELLOW),
        (1, Card.RED), (0, Card.RED), (-1, Card.BLACK), (-40, Card.BLACK),
    ],
)  # fmt: skip
def test_a_card_is_yellow_from_five_days_on_red_on_the_last_two_and_black_once_overdue(left: int, card: Card):
    assert reminding.card(left) is card


@pytest.mark.parametrize(
    ("left", "head_from", "leader_after", "told"),
    [
        (2, 1, 1, ()), (1, 1, 1, (Role.HEAD,)), (0, 1, 1, (Role.HEAD,)), (-1, 1, 1, (Role.HEAD, Role.LEADER)),
        (3, 3, 2, (Role.HEAD,)), (-1, 3, 2, (Role.HEAD,)), (-2, 3, 2, (Role.HEAD, Role.LEADER)), (1, 0, 1, ()),
    ],
)  # fmt: skip
def test_the_head_is_told_from_the_chosen_day_on_and_the_leader_from_the_chosen_day_overdue(
    left: int, head_from: int, leader_after: int, told: tuple[Role, ...]
):
    assert reminding.roles(left, Choices(head_from=head_from, leader_after=leader_after)) == told


# Milestones over the calendar


def test_milestones_step_over_the_holidays_and_count_the_saturday_that_is_worked():
    made = plan(DeadlineKind.REPLY, "2026-10-12", "2026-09-15", "2026-10-14")
    assert called(made) == [
        ("2026-09-21", 10),
        ("2026-09-29", 5),
        ("2026-10-08", 3),
        ("2026-10-10", 1),
        ("2026-10-12", 0),
        ("2026-10-13", -1),
        ("2026-10-14", -2),
    ]
    assert (made.lapses, made.wake) == (False, D("2026-10-15"))


def test_what_is_overdue_is_silent_during_the_holidays_and_goes_on_after_them():
    made = plan(DeadlineKind.REPLY, "2026-09-30", "2026-10-01", "2026-10-12")
    assert called(made) == [("2026-10-08", -1), ("2026-10-09", -2), ("2026-10-10", -3), ("2026-10-12", -4)]
    during = plan(DeadlineKind.REPLY, "2026-09-30", "2026-10-01", "2026-10-05")
    assert (during.calls, during.wake) == ((), D("2026-10-08"))


def test_a_period_of_calendar_days_that_ends_in_the_holidays_is_called_on_the_working_day_before():
    made = plan(DeadlineKind.APPEAL, "2026-10-03", "2026-09-24", "2026-10-12")
    assert called(made) == [("2026-09-24", 3), ("2026-09-29", 1), ("2026-09-30", 0)]
    assert made.wake == NEVER


def test_what_was_missed_longer_than_thirty_days_ago_is_not_called_for_any_more():
    chosen = Choices(milestones=((DeadlineKind.REPLY, (10, 0)),))
    last = D("2026-09-30")
    on_time = reminding.plan(DeadlineKind.REPLY, last, D("2026-09-01"), last + timedelta(30), CALENDAR, chosen)
    too_late = reminding.plan(DeadlineKind.REPLY, last, D("2026-09-01"), last + timedelta(31), CALENDAR, chosen)
    assert called(on_time) == [("2026-09-30", 0)]
    assert too_late == reminding.Plan((), lapses=False, wake=NEVER)


@settings(deadline=None)
@given(due_on=days, left=st.integers(0, 60))
def test_the_day_of_a_milestone_is_worked_and_has_so_many_working_days_left(due_on: date, left: int):
    day = reminding.day_before(due_on, left, CALENDAR)
    assert CALENDAR.is_workday(day)
    assert day <= due_on
    assert CALENDAR.count(day, due_on) == left


# Lapses


@pytest.mark.parametrize(
    ("kind", "grace", "day"),
    [
        (DeadlineKind.CORRECTION, 0, "2026-10-01"),
        (DeadlineKind.CORRECTION, 1, "2026-10-09"),
        (DeadlineKind.CORRECTION, 3, "2026-10-11"),
        (DeadlineKind.PAYMENT, 0, "2026-10-01"),
        (DeadlineKind.PAYMENT, 2, "2026-10-10"),
        (DeadlineKind.OPINION, 0, "2026-10-01"),
        (DeadlineKind.OPINION, 3, "2026-10-01"),
    ],
)
def test_art30_only_the_applicant_is_given_days_of_grace_art32_a_third_party_is_not(
    kind: DeadlineKind, grace: int, day: str
):
    assert reminding.lapse_day(kind, D("2026-09-30"), CALENDAR, grace) == D(day)


@pytest.mark.parametrize("kind", sorted(set(DeadlineKind) - set(LAPSING)))
def test_a_period_of_the_agency_itself_never_lapses(kind: DeadlineKind):
    assert reminding.lapse_day(kind, D("2026-09-30"), CALENDAR, 5) is None
    assert not plan(kind, "2026-09-30", "2026-09-01", "2026-10-20").lapses


def test_a_period_that_has_lapsed_calls_no_more_and_before_that_is_looked_at_on_the_day_of_the_lapse():
    chosen = Choices(grace=1)
    waits = plan(DeadlineKind.CORRECTION, "2026-09-30", "2026-09-29", "2026-10-08", chosen)
    assert (called(waits), waits.wake) == ([("2026-09-29", 1), ("2026-09-30", 0)], D("2026-10-09"))
    over = plan(DeadlineKind.CORRECTION, "2026-09-30", "2026-09-29", "2026-10-09", chosen)
    assert over == reminding.Plan((), lapses=True, wake=D("2026-10-09"))


# Living through the days


def owed(kind: DeadlineKind, due_on: date, first: date, last: date, chosen: Choices) -> list[Call]:
    """The rule, said day by day: what each working day from the first to the last calls for."""
    found, day = [], first
    while day <= last:
        if CALENDAR.is_workday(day):
            if day <= due_on and (left := CALENDAR.count(day, due_on)) in chosen.of(kind):
                found.append(Call(day, left))
            elif day > due_on and OVERDUE in chosen.of(kind) and kind not in LAPSING:
                found.append(Call(day, -CALENDAR.count(due_on, day)))
        day += ONE_DAY
    return found


def lived(
    kind: DeadlineKind, due_on: date, first: date, looks: Iterable[date], chosen: Choices
) -> tuple[list[Call], date | None]:
    """All calls of a deadline that is looked at on some days, where it is awake; and when it lapsed."""
    calls: list[Call] = []
    wake = first
    for today in looks:
        if today < wake:
            continue
        made = reminding.plan(kind, due_on, wake, today, CALENDAR, chosen)
        if made.lapses:
            return calls, today
        assert made.wake > today
        calls += made.calls
        wake = made.wake
    return calls, None


@settings(deadline=None)
@given(kind=kinds, due_on=days, own=numbers, ahead=st.integers(-5, 60), gaps=st.lists(st.integers(1, CATCH_UP_DAYS)))
def test_whoever_looks_every_day_or_now_and_then_makes_the_same_calls_each_once(
    kind: DeadlineKind, due_on: date, own: tuple[int, ...], ahead: int, gaps: list[int]
):
    chosen = Choices(milestones=((kind, own),), grace=len(own))
    first = due_on - timedelta(days=ahead)
    last = first + timedelta(days=sum(gaps[:5]))
    ends = reminding.lapse_day(kind, due_on, CALENDAR, chosen.grace) or NEVER
    rule = owed(kind, due_on, first, min(last, ends - ONE_DAY), chosen)
    daily = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert lived(kind, due_on, first, daily, chosen) == (rule, max(ends, first) if ends <= last else None)
    assert len({call.milestone for call in rule}) == len(rule)
    if ends > last:
        # Who was away for up to thirty days at a time misses nothing.
        rarely = [first + timedelta(days=sum(gaps[:number])) for number in range(min(len(gaps), 5) + 1)]
        assert lived(kind, due_on, first, rarely, chosen) == (rule, None)
        at_once = reminding.plan(kind, due_on, first, last, CALENDAR, chosen)
        assert list(at_once.calls) == [c for c in rule if c.for_day >= last - timedelta(days=CATCH_UP_DAYS)]


@settings(deadline=None)
@given(kind=kinds, due_on=days, own=numbers, ahead=st.integers(-20, 70))
def test_a_deadline_wakes_on_the_next_day_on_which_there_is_something_to_do(
    kind: DeadlineKind, due_on: date, own: tuple[int, ...], ahead: int
):
    chosen = Choices(milestones=((kind, own),), grace=len(own))
    today = due_on - timedelta(days=ahead)
    ends = reminding.lapse_day(kind, due_on, CALENDAR, chosen.grace) or NEVER
    wake = reminding.plan(kind, due_on, today, today, CALENDAR, chosen).wake
    if ends <= today:
        assert wake == today
        return
    # No holidays are longer than a fortnight: by then an overdue deadline has called.
    to_come = owed(kind, due_on, today + ONE_DAY, max(today, due_on) + timedelta(days=14), chosen)
    assert wake == min([*(call.for_day for call in to_come), ends])


# When someone may be disturbed


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (at("2026-09-21", 8), at("2026-09-21", 8)),
        (at("2026-09-21", 19), at("2026-09-21", 19)),
        (at("2026-09-21", 7), at("2026-09-21", 8)),
        (at("2026-09-21", 20), at("2026-09-22", 8)),
        (at("2026-09-18", 21), at("2026-09-20", 8)),  # a Sunday that is worked
        (at("2026-09-20", 10), at("2026-09-20", 10)),
        (at("2026-09-19", 10), at("2026-09-20", 8)),
        (at("2026-09-24", 20), at("2026-09-28", 8)),  # mid-autumn
        (at("2026-09-30", 20), at("2026-10-08", 8)),
        (at("2026-10-03", 3), at("2026-10-08", 8)),
        (at("2026-10-09", 23), at("2026-10-10", 8)),  # a Saturday that is worked
        (at("2026-10-10", 20), at("2026-10-12", 8)),
    ],
)
def test_nobody_is_disturbed_by_night_at_the_weekend_or_on_holidays(now: datetime, then: datetime):
    assert reminding.may_send_at(now, CHINA, CALENDAR, USUAL) == then


instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))


@settings(deadline=None)
@given(now=instants, quiet_from=st.integers(13, 24), quiet_until=st.integers(0, 12))
def test_the_instant_found_is_allowed_is_not_before_and_is_the_first_one(
    now: datetime, quiet_from: int, quiet_until: int
):
    chosen = Choices(quiet_from=quiet_from, quiet_until=quiet_until)
    found = reminding.may_send_at(now, CHINA, CALENDAR, chosen)
    local = found.astimezone(CHINA)
    assert found >= now
    assert CALENDAR.is_workday(local.date())
    assert quiet_until <= local.hour < quiet_from
    assert reminding.may_send_at(found, CHINA, CALENDAR, chosen) == found
    if found > now:
        # It is the very beginning of the hours of a working day, and no other began since.
        assert (local.hour, local.minute, local.second, local.microsecond) == (quiet_until, 0, 0, 0)
        between = CALENDAR.count(now.astimezone(CHINA).date(), local.date())
        assert between == (0 if now.astimezone(CHINA).date() == local.date() else 1)
