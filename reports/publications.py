"""提交和公布: when and where a report was handed in and published (Art. 49), which sealing alone does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import report_publication
from workflow import desk
from workflow.faults import InputFault

_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Publication:
    """The day on which a report was handed in and published, and where it stands."""

    published_on: date
    place: str


def of(connection: Connection, agency_id: int, year: int, *, of_area: bool = False) -> Publication | None:
    """When an agency's report on a year, its own or that of its area, was published; None if nobody recorded it."""
    table = report_publication.c
    which = (table.agency_id == agency_id) & (table.year == year) & (table.of_area == of_area)
    row = connection.execute(select(table.published_on, table.place).where(which)).one_or_none()
    return None if row is None else Publication(row.published_on, row.place)


def record(
    connection: Connection,
    agency_id: int,
    year: int,
    published: Publication,
    actor: str,
    now: datetime,
    *,
    of_area: bool = False,
) -> None:
    """Record the publication in the caller's transaction, in the place of what was recorded before.

    Raises InputFault for a day before the year is over or after today, and for a place that is no line of text.
    """
    day, place = published.published_on, published.place.strip()
    if not date(year, 12, 31) < day <= desk.day_of(now):
        raise InputFault(f"--on：{day} 不能是 {year} 年报告公布的日期，应在 {year}-12-31 以后，不晚于今天")
    if not place or len(place) > _LONGEST or not place.isprintable():
        raise InputFault(f"--where：“{place[:40]}”不能用，应为公布的网址或者地点，1 至 {_LONGEST} 个字的一行文字")
    values = {"published_on": day, "place": place, "recorded_by": actor, "recorded_at": now}
    statement = insert(report_publication).values(agency_id=agency_id, year=year, of_area=of_area, **values)
    keys = list(report_publication.primary_key)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
