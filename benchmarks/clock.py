"""A deadline by the clock, against a bare bisect over an array of working days in the same run."""

from __future__ import annotations

import timeit
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from workflow import clock
from workflow.calendar import WorkCalendar, national_calendar
from workflow.clock import Consultation, Extension, Facts

MOST_MICROSECONDS = 10.0
MOST_RATIO = 3.0
_CALLS = 20_000
_ROUNDS = 7

RECEIVED = date(2026, 3, 2)
PLAIN = Facts(RECEIVED)
BUSY = Facts(
    RECEIVED,
    consultations=(Consultation(date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 24)),),
    extensions=(Extension(date(2026, 3, 26), 10),),
)


def _best(call: Callable[[], Any]) -> float:
    """Microseconds of one call, the best of some rounds: the machine's other work only adds."""
    return min(timeit.repeat(call, number=_CALLS, repeat=_ROUNDS)) / _CALLS * 1e6


def _workdays(calendar: WorkCalendar) -> list[int]:
    first, last = date(2025, 1, 1).toordinal(), date(2027, 12, 31).toordinal()
    return [day for day in range(first, last) if calendar.is_workday(date.fromordinal(day))]


def measure() -> list[dict[str, Any]]:
    """The figures, each beside its bar and the bare bisect of this run."""
    calendar = national_calendar()
    days = _workdays(calendar)

    def bare() -> date:
        return date.fromordinal(days[bisect_right(days, RECEIVED.toordinal()) + clock.REPLY_DAYS - 1])

    if bare() != clock.reply_due(PLAIN, calendar, RECEIVED):
        raise RuntimeError("the bare bisect and the clock do not agree")
    floor = _best(bare)
    rows = [{"what": "bare bisect over an array of working days", "us": f"{floor:.2f}"}]
    spent = _best(lambda: clock.reply_due(PLAIN, calendar, RECEIVED))
    met = spent < MOST_MICROSECONDS and spent <= MOST_RATIO * floor
    bar = f"{MOST_MICROSECONDS:.0f} us, {MOST_RATIO:.0f}x"
    rows.append({"what": "a deadline", **_against(spent, floor), "bar": bar, "verdict": "met" if met else "MISSED"})
    for what, facts, as_of in (
        ("all dates of a plain case (two deadlines)", PLAIN, RECEIVED),
        ("all dates, consulted and extended", BUSY, date(2026, 3, 26)),
    ):
        rows.append({"what": what, **_against(_best(partial(clock.reckon, facts, calendar, as_of)), floor)})
    return rows


def _against(spent: float, floor: float) -> dict[str, str]:
    return {"us": f"{spent:.2f}", "ratio": f"{spent / floor:.1f}x"}
