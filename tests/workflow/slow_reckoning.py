"""The reckoning of law.md 3.4 once more, slowly: a loop over single days, and nothing of ``workflow/``.

It is written from the text of the law alone, so that it can contradict the clock. A case is a plain dictionary:
``received`` and ``as_of`` are days; ``corrections``, ``consultations``, ``extensions`` and ``fees`` are lists of
dictionaries with the keys of contracts.md, "Deadline facts".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from holidays.countries.china import China, ChinaStaticHolidays

ONE_DAY = timedelta(days=1)
FIRST_RECEIPT = date(2019, 1, 1)
LAST_RECEIPT = date(2026, 12, 31)

Draw = Callable[[int, int], int]
"""A source of whole numbers, both ends included: ``random.Random.randint``, or a draw of hypothesis."""

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _CHINA = China(years=range(2019, 2029))


@cache
def is_workday(day: date) -> bool:
    """工作日: what the State Council's notice says, make-up Saturdays and Sundays included."""
    return _CHINA.is_working_day(day)


def is_announced(day: date) -> bool:
    """Whether the notice for the year of ``day`` is out."""
    return day.year in ChinaStaticHolidays.special_public_holidays


def plain_nth(after: date, number: int) -> date:
    """The ``number``-th working day after ``after``, that day itself not counted (民法典 Art. 201)."""
    day = after
    while number:
        day += ONE_DAY
        number -= is_workday(day)
    return day


def window_end(consultation: dict[str, Any]) -> date | None:
    """The fifteenth working day from delivery (Arts. 32, 34)."""
    delivered = consultation.get("delivered")
    return None if delivered is None else plain_nth(delivered, 15)


def end_of(consultation: dict[str, Any], as_of: date) -> date | None:
    """e.end_date: the last opinion or the window's end, whichever is first; None while it is open."""
    ends = [consultation.get("ended"), window_end(consultation)]
    if ends[0] is None and (ends[1] is None or as_of <= ends[1]):
        return None
    return min(end for end in ends if end is not None)


def slow_reckoning(case: dict[str, Any]) -> dict[str, Any]:
    """The answer of contracts.md for ``case``, without its explanation and with days instead of strings."""
    received, as_of = case["received"], case["as_of"]
    corrections, fees = case.get("corrections", []), case.get("fees", [])
    consultations = case.get("consultations", [])

    restarts = [c["received"] for c in corrections if c.get("received")] + [f["paid"] for f in fees if f.get("paid")]
    t0 = max([received, *restarts])
    spans = [(c["sent"], end_of(c, as_of)) for c in consultations]
    still_open = [c for c in consultations if end_of(c, as_of) is None]

    def counts(day: date) -> bool:
        excluded = any(sent < day and (end is None or day <= end) for sent, end in spans)
        return is_workday(day) and not excluded

    def counted(upto: date) -> int:
        total, day = 0, t0
        while day < upto:
            day += ONE_DAY
            total += counts(day)
        return total

    unpaid = [f for f in fees if not f.get("paid")]
    uncorrected = [c for c in corrections if not c.get("received")]
    state = "stopped" if unpaid or uncorrected else "suspended" if still_open else "running"

    extension = 0
    if state != "stopped":
        for told in case.get("extensions", []):
            # Told in time: fewer than twenty days were over when the day of telling began.
            if not extension and told["told"] >= t0 and counted(told["told"] - ONE_DAY) < 20:
                extension = min(told["working_days"], 20)

    reply_due = None
    if state == "running":
        reply_due, left = t0, 20 + extension
        while left:
            reply_due += ONE_DAY
            left -= counts(reply_due)

    used = 0 if state == "stopped" else counted(as_of)
    deadlines = [("ask_correction", plain_nth(received, 7))]
    deadlines += [("correction", c["until"]) for c in uncorrected if c.get("until")]
    deadlines += [("opinion", end) for c in still_open if (end := window_end(c))]
    deadlines += [("payment", plain_nth(f["notified"], 20)) for f in unpaid]
    if reply_due is not None:
        deadlines.append(("reply", reply_due))
    return {
        "clock_start": t0,
        "reply_due": reply_due,
        "working_days_used": used,
        "working_days_left": 20 + extension - used,
        "state": state,
        "provisional": not all(is_announced(due) for _, due in deadlines),
        "deadlines": sorted(deadlines, key=lambda pair: (pair[1], pair[0])),
    }


def random_case(draw: Draw, most: int = 2) -> dict[str, Any]:
    """A case received from 2019 to 2026 whose dates do not contradict each other, at most ``most`` of a kind."""

    def later(day: date, days: int) -> date:
        return day + timedelta(days=draw(0, days))

    def maybe(day: date, days: int) -> date | None:
        return later(day, days) if draw(0, 2) else None

    received = later(FIRST_RECEIPT, (LAST_RECEIPT - FIRST_RECEIPT).days)
    case: dict[str, Any] = {"received": received, "as_of": later(received, 150)}
    case["corrections"] = [
        {"asked": asked, "until": maybe(asked, 25), "received": maybe(asked, 40)}
        for asked in (later(received, 20) for _ in range(draw(0, most)))
    ]
    case["consultations"] = [
        {"sent": sent, "delivered": maybe(sent, 6), "ended": maybe(sent, 40)}
        for sent in (later(received, 60) for _ in range(draw(0, 3)))
    ]
    case["extensions"] = [
        {"told": told, "working_days": draw(0, 20)} for told in (later(received, 100) for _ in range(draw(0, 1)))
    ]
    case["fees"] = [
        {"notified": notified, "paid": maybe(notified, 40)}
        for notified in (later(received, 40) for _ in range(draw(0, most)))
    ]
    return case


def as_json(case: dict[str, Any]) -> dict[str, Any]:
    """A case with at most one correction, extension and fee in the shape of contracts.md, "Deadline facts"."""

    def plain(item: dict[str, Any]) -> dict[str, Any]:
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in item.items()}

    facts = plain({"received": case["received"], "as_of": case["as_of"]})
    for key, many in (("correction", "corrections"), ("extension", "extensions"), ("fee", "fees")):
        for item in case[many]:
            facts[key] = plain(item)
    return facts | {"consultations": [plain(item) for item in case["consultations"]]}
