"""The calendars as the database keeps them: numbered revisions, nothing overwritten.

Revision 1 is the national calendar that came with the program. Each later one is a notice or an office's own
days. A calendar can be made again as it was at any revision, so an old deadline can always be explained.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, literal, or_, select, text

from models.tables import calendar_day, calendar_revision
from workflow.calendar import FIRST_YEAR, SHIPPED, DayRule, WorkCalendar, announced_years, national_rules

_FORECAST_YEARS = 4
LOCK = 0x59_43_41_4C
"""Advisory lock "YCAL": held alone by who loads a revision, shared by who reckons with what is there."""


def seed(connection: Connection) -> None:
    """Write revision 1, the national calendar as shipped, if there is none yet."""
    if connection.execute(select(func.count()).select_from(calendar_revision)).scalar_one():
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    if connection.execute(select(func.count()).select_from(calendar_revision)).scalar_one():
        return
    announced = announced_years()
    years = range(FIRST_YEAR, max(announced) + _FORECAST_YEARS + 1)
    rules = [rule for year in years for rule in national_rules(year)]
    add_revision(connection, None, sorted(announced), rules, SHIPPED, "system")


def add_revision(
    connection: Connection,
    agency_id: int | None,
    announced: list[int],
    rules: Iterable[DayRule],
    source: str,
    actor: str,
) -> int:
    """Store one loading of days and return its number. ``agency_id`` None: national."""
    hold_still(connection)
    latest = connection.execute(select(func.coalesce(func.max(calendar_revision.c.id), 0))).scalar_one()
    number = int(latest) + 1
    connection.execute(
        insert(calendar_revision).values(
            id=number, agency_id=agency_id, announced=announced, source=source, actor=actor
        )
    )
    days = [{"revision_id": number, "day": r.day, "working": r.working, "name": r.name} for r in rules]
    if days:
        connection.execute(insert(calendar_day), days)
    return number


def hold_still(connection: Connection) -> None:
    """Let nobody reckon until the transaction ends: what it changes, all reckoning rests on."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def keep(connection: Connection) -> None:
    """Let no revision come in until the transaction ends: what is reckoned in it holds when it is committed."""
    connection.exec_driver_sql(_KEEP, {"key": LOCK})


_KEEP = "SELECT pg_advisory_xact_lock_shared(%(key)s)"


def current_revision(connection: Connection, agency_id: int | None) -> int:
    """The number of the newest revision that holds for the agency (national ones and its own); 0 if none does."""
    return _newest(connection, agency_id)[0]


_NEWEST = (
    select(calendar_revision.c.id, calendar_revision.c.mark)
    .where(or_(calendar_revision.c.agency_id.is_(None), calendar_revision.c.agency_id == bindparam("agency")))
    .order_by(calendar_revision.c.id.desc())
    .limit(1)
)


def _newest(connection: Connection, agency_id: int | None) -> tuple[int, UUID | None]:
    row = connection.execute(_NEWEST, {"agency": agency_id}).one_or_none()
    return (0, None) if row is None else (row.id, row.mark)


_kept: dict[int | None, tuple[UUID | None, WorkCalendar]] = {}
"""The calendar of each agency by the mark of its newest revision, which no other revision of any database has."""


def current(connection: Connection, agency_id: int | None, *, newest: UUID | None = None) -> WorkCalendar:
    """The agency's calendar as it is now; read again only when a revision has come.

    ``newest``: the mark of the newest revision, if the caller has just read it. Agencies without days of their own
    share one calendar.
    """
    mark = newest or _newest(connection, agency_id)[1]
    known = _kept.get(agency_id)
    if known is None or known[0] != mark:
        is_own = agency_id is not None and connection.execute(_OWN, {"agency": agency_id}).scalar_one()
        calendar = read(connection, agency_id) if is_own or agency_id is None else current(connection, None)
        known = _kept[agency_id] = (mark, calendar)
    return known[1]


_OWN = select(exists().where(calendar_revision.c.agency_id == bindparam("agency")))


def _holds_for(agency_id: int | None) -> ColumnElement[bool]:
    return or_(calendar_revision.c.agency_id.is_(None), calendar_revision.c.agency_id == agency_id)


def read(connection: Connection, agency_id: int | None, revision: int | None = None) -> WorkCalendar:
    """The agency's calendar at ``revision`` (None: now). National notices first, the office's own days on top."""
    upto = current_revision(connection, agency_id) if revision is None else revision
    revisions = connection.execute(
        select(
            calendar_revision.c.id,
            calendar_revision.c.agency_id,
            calendar_revision.c.announced,
            calendar_revision.c.source,
        )
        .where(_holds_for(agency_id), calendar_revision.c.id <= upto)
        .order_by(calendar_revision.c.agency_id.is_not(None), calendar_revision.c.id)
    ).all()
    by_revision: dict[int, list[DayRule]] = {row.id: [] for row in revisions}
    origin = {row.id: (row.source, row.agency_id is not None) for row in revisions}
    days = connection.execute(
        select(calendar_day.c.revision_id, calendar_day.c.day, calendar_day.c.working, calendar_day.c.name).where(
            calendar_day.c.revision_id.in_(by_revision)
        )
    )
    for number, day, working, name in days:
        by_revision[number].append(DayRule(day, working, name, *origin[number]))
    announced: set[int] = set()
    national: dict[date, DayRule] = {}
    own: dict[date, DayRule] = {}
    for number, owner, years, _ in revisions:
        layer = national if owner is None else own
        if owner is None:
            announced.update(years)
            for day in [day for day in national if day.year in years]:
                del national[day]
        layer.update({rule.day: rule for rule in by_revision[number]})
    for year in {day.year for day in own} - {day.year for day in national}:
        national.update({rule.day: rule for rule in national_rules(year)})
    return WorkCalendar((national | own).values(), announced, upto)


@dataclass(frozen=True, slots=True)
class Revision:
    """One loading of days as it is listed: whose it is, what it announced, from where, by whom, how many days."""

    id: int
    own: bool
    announced: tuple[int, ...]
    source: str
    actor: str
    loaded_at: datetime
    days: int


def revisions(connection: Connection, agency_id: int | None, year: int) -> list[Revision]:
    """The revisions that say something of a year for an agency (None: the national ones), the newest first."""
    of_year = calendar_day.c.day.between(date(year, 1, 1), date(year, 12, 31))
    known = calendar_revision.c
    rows = connection.execute(
        select(calendar_revision, func.count(calendar_day.c.day).label("days"))
        .join(calendar_day, (calendar_day.c.revision_id == known.id) & of_year, isouter=True)
        .where(_holds_for(agency_id))
        .group_by(known.id)
        .having(or_(func.count(calendar_day.c.day) > 0, literal(year) == func.any(known.announced)))
        .order_by(known.id.desc())
    )
    return [
        Revision(
            row.id, row.agency_id is not None, tuple(row.announced), row.source, row.actor, row.loaded_at, row.days
        )
        for row in rows
    ]
