"""When a deadline calls: its milestones in working days, the card that is shown, who is told, and when it lapses. Pure.

What is planned here for one kind of deadline and one last day holds for every deadline of that kind and day, so the
sweep asks once for thousands of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.vocabulary import Card, DeadlineKind, Role
from workflow.calendar import WorkCalendar
from workflow.faults import InputFault
from workflow.practice import Practice

OVERDUE = -1
"""Among milestones: each working day after the last day."""

NEVER = date(9999, 12, 31)
CATCH_UP_DAYS = 30
"""Calendar days: what was missed longer ago than this (no system ran) is not called for any more."""

_ONE_DAY = timedelta(days=1)
_OURS = (10, 5, 3, 1, 0, OVERDUE)
_THEIRS = (1, 0)

MILESTONES: dict[DeadlineKind, tuple[int, ...]] = {
    DeadlineKind.CONFIRM: (0, OVERDUE),
    DeadlineKind.ASK_CORRECTION: (3, 1, 0),
    DeadlineKind.CORRECTION: _THEIRS,
    DeadlineKind.OPINION: _THEIRS,
    DeadlineKind.REASONS: _THEIRS,
    DeadlineKind.PAYMENT: _THEIRS,
    DeadlineKind.REPLY: _OURS,
    DeadlineKind.REVIEW_ANSWER: _OURS,
    DeadlineKind.DEFENCE: _OURS,
    DeadlineKind.APPEAL: (10, 5, 3, 1, 0),
    DeadlineKind.REEVALUATION: (10, 0, OVERDUE),
}
"""Working days before the last day on which each kind calls, where an agency has chosen nothing (decision 0013)."""

LAPSING = (DeadlineKind.CORRECTION, DeadlineKind.PAYMENT, DeadlineKind.OPINION)
"""The periods whose end the law gives an effect of its own (Arts. 30, 32, 33(3), 办法 Art. 6)."""

_WAITING_FOR_THE_APPLICANT = (DeadlineKind.CORRECTION, DeadlineKind.PAYMENT)
_WORDS = {"逾期": OVERDUE, "当日": 0}
_MOST_DAYS = 60
_DEFAULT = "默认"
_PART = re.compile(r"[；;]")
_ITEM = re.compile(r"[、，,]")


@dataclass(frozen=True, slots=True)
class Choices:
    """How an agency wants to be reminded: milestones by kind; from which the head and the leader are told; quiet hours.

    ``grace`` are the working days that it waits before something lapses. Hours are those of the day in China.
    """

    milestones: tuple[tuple[DeadlineKind, tuple[int, ...]], ...] = tuple(MILESTONES.items())
    head_from: int = 1
    leader_after: int = 1
    quiet_from: int = 20
    quiet_until: int = 8
    grace: int = 0

    def of(self, kind: DeadlineKind) -> tuple[int, ...]:
        """The milestones of one kind of deadline."""
        return dict(self.milestones).get(kind, ())


@dataclass(frozen=True, slots=True)
class Call:
    """A reminder that is due: the day it belongs to and how many working days are left then (negative: overdue)."""

    for_day: date
    milestone: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one kind of deadline with one last day: calls by now, whether it lapses, when next."""

    calls: tuple[Call, ...]
    lapses: bool
    wake: date


def choices(practice: Practice) -> Choices:
    """The agency's choices about reminders. Raises InputFault as :func:`read`, and where the quiet hours leave none."""
    if practice.quiet_until >= practice.quiet_from:
        raise InputFault(
            f"quiet_from、quiet_until：“{practice.quiet_from}”和“{practice.quiet_until}”之间没有可以发送的时间，"
            "quiet_from 应大于 quiet_until"
        )
    return Choices(
        milestones=tuple(read(practice.reminders).items()),
        head_from=practice.remind_head_days,
        leader_after=practice.remind_leader_days,
        quiet_from=practice.quiet_from,
        quiet_until=practice.quiet_until,
        grace=practice.lapse_grace_days,
    )


def read(text: str) -> dict[DeadlineKind, tuple[int, ...]]:
    """Milestones as an administrator writes them: ``默认=10、5、3、1、当日、逾期；补正期限=1、当日``.

    What is not named keeps its default; ``默认`` stands for every kind that is not named. An empty list (``评估=``)
    calls never. Raises InputFault, one sentence for each part that cannot be read.
    """
    found, faults = dict(MILESTONES), []
    named: dict[str, tuple[int, ...]] = {}
    for part in filter(None, (piece.strip() for piece in _PART.split(text))):
        name, equals, days = (piece.strip() for piece in part.replace("＝", "=").partition("="))
        milestones = milestones_of(days)
        if name in named:
            faults.append(f"reminders：“{name}”写了两次，应只写一次")
        elif not equals or milestones is None or (name != _DEFAULT and DeadlineKind.of_label(name) is None):
            faults.append(
                f"reminders：“{part}”不能用，应形如 答复期限=10、5、3、1、当日、逾期；"
                f"期限种类为：{'、'.join([_DEFAULT, *DeadlineKind.labels()])}"
            )
        else:
            named[name] = milestones
    if faults:
        raise InputFault(faults)
    return {kind: named.get(kind.label, named.get(_DEFAULT, usual)) for kind, usual in found.items()}


def milestones_of(text: str) -> tuple[int, ...] | None:
    """Milestones of one kind as they are written, in falling order.

    None where one is neither a number of working days nor 当日 or 逾期.
    """
    days = set()
    for item in filter(None, (piece.strip() for piece in _ITEM.split(text))):
        if item in _WORDS:
            days.add(_WORDS[item])
        elif item.isascii() and item.isdigit() and int(item) <= _MOST_DAYS:
            days.add(int(item))
        else:
            return None
    return tuple(sorted(days, reverse=True))


def card(milestone: int) -> Card:
    """The card shown at a milestone: yellow from five working days on, red on the last two, black once overdue."""
    if milestone < 0:
        return Card.BLACK
    if milestone <= 1:
        return Card.RED
    return Card.YELLOW if milestone <= _YELLOW_FROM else Card.NOTICE


_YELLOW_FROM = 5


def roles(milestone: int, chosen: Choices) -> tuple[Role, ...]:
    """Who is told beside the officer in charge: the head from so many days left, the leader after so many overdue."""
    told = [Role.HEAD] if milestone <= chosen.head_from else []
    if milestone <= -chosen.leader_after:
        told.append(Role.LEADER)
    return tuple(told)


def lapse_day(kind: DeadlineKind, due_on: date, calendar: WorkCalendar, grace: int) -> date | None:
    """The day on which the end of the period has its effect: the day after it, and after the agency's days of grace.

    None for the periods of the agency itself, whose end changes nothing by itself.
    """
    if kind not in LAPSING:
        return None
    waits = grace if kind in _WAITING_FOR_THE_APPLICANT else 0
    return (calendar.nth(due_on, waits) if waits else due_on) + _ONE_DAY


def plan(kind: DeadlineKind, due_on: date, since: date, today: date, calendar: WorkCalendar, chosen: Choices) -> Plan:
    """What a deadline with the last day ``due_on`` calls for from ``since`` until ``today``, both counted in."""
    ends = lapse_day(kind, due_on, calendar, chosen.grace)
    if ends is not None and ends <= today:
        return Plan((), lapses=True, wake=today)
    milestones = chosen.of(kind)
    days = [(day_before(due_on, number, calendar), number) for number in milestones if number >= 0]
    first = max(since, today - timedelta(days=CATCH_UP_DAYS))
    calls = [Call(day, number) for day, number in days if first <= day <= today]
    later = [day for day, _ in days if day > today]
    if ends is not None:
        later.append(ends)
    if OVERDUE in milestones and ends is None:
        day = max(first, due_on + _ONE_DAY)
        while day <= today:
            if calendar.is_workday(day):
                calls.append(Call(day, -calendar.count(due_on, day)))
            day += _ONE_DAY
        later.append(calendar.nth(max(today, due_on), 1))
    return Plan(tuple(sorted(calls, key=lambda call: call.for_day)), lapses=False, wake=min(later, default=NEVER))


def day_before(due_on: date, number: int, calendar: WorkCalendar) -> date:
    """The working day with ``number`` working days left to ``due_on``; for none, the last one not after it."""
    day = due_on
    while True:
        if calendar.is_workday(day):
            if number == 0:
                return day
            number -= 1
        day -= _ONE_DAY


def may_send_at(now: datetime, zone: ZoneInfo, calendar: WorkCalendar, chosen: Choices) -> datetime:
    """The first instant from ``now`` on at which someone may be disturbed: a working day, outside the quiet hours."""
    local = now.astimezone(zone)
    day = local.date()
    start, end = time(chosen.quiet_until), chosen.quiet_from
    if calendar.is_workday(day) and start <= local.time() and local.hour < end:
        return now
    if not calendar.is_workday(day) or local.time() >= start:
        day = calendar.nth(day, 1)
    return datetime.combine(day, start, zone)


def describe(milestones: Mapping[DeadlineKind, tuple[int, ...]]) -> str:
    """Milestones as :func:`read` takes them."""
    return "；".join(f"{kind.label}={written(days)}" for kind, days in milestones.items())


def written(days: tuple[int, ...]) -> str:
    """Milestones of one kind as :func:`milestones_of` takes them."""
    words = {number: word for word, number in _WORDS.items()}
    return "、".join(words.get(number, str(number)) for number in days)
