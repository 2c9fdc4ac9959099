"""Working days (工作日): Monday to Friday less the days off, plus the make-up days (调休上班), as announced.

The national calendar comes from the ``holidays`` package, which agrees day by day with the State Council's
yearly notices (《部分节假日安排的通知》), make-up days included. A year without a notice is forecast from the
statutory holidays and is provisional. An office's own days (local holidays, emergencies) lie on top.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from workflow.faults import InputFault

if TYPE_CHECKING:
    from holidays.countries.china import China

FIRST_YEAR = 2008  # the Regulation came into force on 2008-05-01
LAST_YEAR = 2099  # as far as the lunar tables of the forecast reach
SHIPPED = "随程序提供的全国节假日安排"
_FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal()
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DayRule:
    """A day that departs from the plain week: ``working`` is True for a make-up day, False for a day off.

    ``source`` is the notice that it comes from, and ``own`` marks an office's own day, which no notice announced; two
    rules that say the same of a day are equal, wherever they come from.
    """

    day: date
    working: bool
    name: str
    source: str = field(default=SHIPPED, compare=False)
    own: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Interval:
    """Days that do not count (不计算期间), half open: after ``after`` up to and including ``upto``."""

    after: date
    upto: date


@lru_cache(maxsize=1)
def _national() -> China:
    from holidays.countries.china import China

    with warnings.catch_warnings():
        # The package says that lunar dates beyond its tables are estimates; we mark such years provisional.
        warnings.simplefilter("ignore")
        return China(language="zh_CN", years=FIRST_YEAR)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1)
def announced_years() -> frozenset[int]:
    """The years whose State Council notice the ``holidays`` package carries, from 2008 on."""
    from holidays.countries.china import ChinaStaticHolidays

    return frozenset(year for year in ChinaStaticHolidays.special_public_holidays if year >= FIRST_YEAR)


@lru_cache(maxsize=128)
def national_rules(year: int) -> tuple[DayRule, ...]:
    """The days of ``year`` that depart from the plain week, announced or forecast, in order."""
    china = _national()
    rules = []
    day = date(year, 1, 1)
    while day.year == year:
        working = china.is_working_day(day)
        if working != (day.weekday() < _SATURDAY):
            name = "调休上班" if working else str(china.get(day) or "节假日")
            rules.append(DayRule(day, working, name))
        day += timedelta(days=1)
    return tuple(rules)


class WorkCalendar:
    """The working days of one office. Immutable in meaning; later years are worked out when first asked for.

    ``revision`` is the number that the store gave this calendar (0: the national calendar as shipped); each
    deadline keeps the revision that it was reckoned with, so that it can be explained years later.
    """

    def __init__(
        self,
        rules: Iterable[DayRule] | None = None,
        announced: Iterable[int] | None = None,
        revision: int = 0,
    ) -> None:
        """Make a calendar from the office's ``rules``, later ones winning; None means the national calendar.

        Years for which no rule at all is given are taken from the national calendar. ``announced`` are the
        years that are final; all others are provisional.
        """
        self.revision = revision
        self.announced = announced_years() if announced is None else frozenset(announced)
        self._given: dict[int, dict[date, DayRule]] = {}
        for rule in rules or ():
            self._given.setdefault(rule.day.year, {})[rule.day] = rule
        self._rules: dict[date, DayRule] = {}
        self._workdays: list[int] = []
        self._upto = FIRST_YEAR - 1
        self._last = _FIRST_DAY - 1
        self._extending = Lock()
        self._extend(max(self.announced, default=FIRST_YEAR) + 1)

    def _extend(self, year: int) -> None:
        """Work out the years up to ``year``; threads that share a calendar see either the old days or the new."""
        with self._extending:
            rules, workdays = dict(self._rules), list(self._workdays)
            for each in range(self._upto + 1, year + 1):
                given = self._given.get(each)
                of_year = given if given is not None else {rule.day: rule for rule in national_rules(each)}
                rules.update(of_year)
                for ordinal in range(date(each, 1, 1).toordinal(), date(each, 12, 31).toordinal() + 1):
                    rule = of_year.get(date.fromordinal(ordinal))
                    # Ordinal 1 was a Monday, so the weekday is (ordinal - 1) % 7.
                    if rule.working if rule else (ordinal - 1) % 7 < _SATURDAY:
                        workdays.append(ordinal)
            self._rules, self._workdays = rules, workdays
            self._upto = max(self._upto, year)
            self._last = date(self._upto, 12, 31).toordinal()

    def _reach(self, day: date) -> None:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InputFault(f"{day} 不在工作日历范围内，应在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间")
        if day.year > self._upto:
            self._extend(day.year)

    def rule(self, day: date) -> DayRule | None:
        """Why ``day`` departs from the plain week, or None if it does not."""
        self._reach(day)
        return self._rules.get(day)

    def rules(self, year: int) -> list[DayRule]:
        """All days of ``year`` that depart from the plain week, in order."""
        if not 1 <= year <= 9999:
            raise InputFault(f"“{year}”年不在工作日历范围内，应在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间")
        self._reach(date(year, 1, 1))
        return sorted((r for r in self._rules.values() if r.day.year == year), key=lambda r: r.day)

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is a working day (工作日)."""
        rule = self.rule(day)
        return rule.working if rule else day.weekday() < _SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether ``day`` lies in a year whose notice has not been announced: its date may still move."""
        return day.year not in self.announced

    def count(self, after: date, upto: date, excluded: Sequence[Interval] = ()) -> int:
        """Working days x with ``after`` < x <= ``upto`` that lie in no interval of ``excluded``.

        ``excluded`` must be disjoint and in order, as :func:`union` gives them.
        """
        total = self._between(after, upto)
        for interval in excluded:
            total -= self._between(max(after, interval.after), min(upto, interval.upto))
        return total

    def _between(self, after: date, upto: date) -> int:
        first, last = after.toordinal(), upto.toordinal()
        if last <= first:
            return 0
        if first < _FIRST_DAY or last > self._last:
            self._reach(after)
            self._reach(upto)
        days = self._workdays
        return bisect_right(days, last) - bisect_right(days, first)

    def nth(self, after: date, number: int, excluded: Sequence[Interval] = ()) -> date:
        """The first day with ``count(after, day, excluded) == number``; ``number`` in working days, at least 1.

        The day itself (``after``) is not counted (民法典 Art. 201).
        """
        start, left = after, number
        for interval in excluded:
            if interval.upto <= start:
                continue
            free = self._between(start, interval.after)
            if free >= left:
                break
            left -= free
            start = interval.upto
        return self._nth(start, left)

    def _nth(self, after: date, number: int) -> date:
        first = after.toordinal()
        if first < _FIRST_DAY or first > self._last:
            self._reach(after)
        index = bisect_right(self._workdays, first) + number - 1
        while index >= len(self._workdays):
            self._reach(date(self._upto + 1, 1, 1))
        return date.fromordinal(self._workdays[index])


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The union of half-open day intervals, disjoint and in order: parallel consultations count once (Art. 33)."""
    given = list(intervals)
    if len(given) == 1:
        return tuple(given) if given[0].upto > given[0].after else ()
    merged: list[Interval] = []
    for interval in sorted(given, key=lambda i: (i.after, i.upto)):
        if interval.upto <= interval.after:
            continue
        if merged and interval.after <= merged[-1].upto:
            if interval.upto > merged[-1].upto:
                merged[-1] = Interval(merged[-1].after, interval.upto)
        else:
            merged.append(interval)
    return tuple(merged)


@lru_cache(maxsize=1)
def national_calendar() -> WorkCalendar:
    """The national calendar as shipped, without any office's overrides."""
    return WorkCalendar()
