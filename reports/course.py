"""The course of a year (一年的办理经过): what the charts and the sentences tell beside the form's figures.

Requests received and answered by month, the ways they came in, how long answers took, and last year's figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from models.tables import report, request_case
from models.vocabulary import Channel
from reports.edition import has_form
from reports.figures import Figures, from_json, to_json
from reports.rollup import roll_up
from workflow import calendar_book

MONTHS = 12
SPANS = ((5, "5个以内"), (10, "6至10个"), (15, "11至15个"), (20, "16至20个"), (40, "21至40个"))
LONGER = "40个以上"


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one agency's year.

    ``received`` and ``answered``: requests by month, by 收到申请之日 and by the legal date of the reply.
    ``channels``: the new requests whose channel is known, by its label. ``spans``: the answers by the number of
    working days from receipt to reply, nothing excluded. ``previous``: last year's figures, None where the agency
    has no report for that year.
    """

    received: tuple[int, ...]
    answered: tuple[int, ...]
    channels: Mapping[str, int]
    spans: Mapping[str, int]
    previous: Figures | None = None

    def to_json(self) -> dict[str, Any]:
        """The course as plain JSON."""
        return {
            "received": list(self.received),
            "answered": list(self.answered),
            "channels": dict(self.channels),
            "spans": dict(self.spans),
            "previous": None if self.previous is None else to_json(self.previous),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Course:
        """The course that :meth:`to_json` gave."""
        previous = data["previous"]
        return cls(
            received=tuple(data["received"]),
            answered=tuple(data["answered"]),
            channels=dict(data["channels"]),
            spans=dict(data["spans"]),
            previous=None if previous is None else from_json(previous),
        )


def course(connection: Connection, agency_id: int, agency_name: str, year: int, as_of: date | None = None) -> Course:
    """The course of a year as the log tells it; with ``as_of`` as it stood on that day."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    end = end if as_of is None else max(min(as_of, end), date(year - 1, 12, 31))
    of_agency = (request_case.c.agency_id == agency_id) & request_case.c.counted
    month = func.extract("month", request_case.c.received_on)
    new = of_agency & request_case.c.received_on.between(start, end)
    received = {int(m): n for m, n in connection.execute(select(month, func.count()).where(new).group_by(month))}
    days = (request_case.c.received_on, request_case.c.closed_on)
    closed = of_agency & request_case.c.closed_on.between(start, end)
    calendar = calendar_book.current(connection, agency_id)
    answered: Counter[int] = Counter()
    spans: Counter[str] = Counter()
    for received_on, closed_on, number in connection.execute(select(*days, func.count()).where(closed).group_by(*days)):
        answered[closed_on.month] += number
        spans[_span(calendar.count(received_on, closed_on))] += number
    channel = request_case.c.snapshot["intake"]["channel"].astext
    ways = connection.execute(select(channel, func.count()).where(new).group_by(channel))
    by_channel: dict[str | None, int] = dict(ways.all())
    return Course(
        received=tuple(received.get(m, 0) for m in range(1, MONTHS + 1)),
        answered=tuple(answered[m] for m in range(1, MONTHS + 1)),
        channels={each.label: by_channel[each.value] for each in Channel if each.value in by_channel},
        spans={label: spans[label] for label in (*(label for _, label in SPANS), LONGER)},
        previous=_previous(connection, agency_id, agency_name, year - 1),
    )


def _span(working_days: int) -> str:
    return next((label for most, label in SPANS if working_days <= most), LONGER)


def _previous(connection: Connection, agency_id: int, agency_name: str, year: int) -> Figures | None:
    """Last year's figures, if the agency has a report for it here: zeros of a year before the system say nothing."""
    of_year = (report.c.agency_id == agency_id) & (report.c.year == year)
    if not has_form(year) or connection.execute(select(report.c.id).where(of_year)).one_or_none() is None:
        return None
    return roll_up(connection, agency_id, agency_name, year)
