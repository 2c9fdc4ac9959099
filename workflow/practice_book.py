"""An agency's choices (``practice``) as the database keeps them, in the settings of its row."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from models.tables import agency
from workflow import calendar_book, practice, reminding
from workflow.calendar import WorkCalendar
from workflow.practice import Practice


def read(connection: Connection, agency_id: int) -> Practice:
    """The choices of one agency."""
    return practice.of(connection.execute(_SETTINGS, {"agency": agency_id}).scalar_one())


def read_with_calendar(connection: Connection, agency_id: int) -> tuple[Practice, WorkCalendar]:
    """The choices and the calendar of one agency as they are now, asked for at once: what every command needs."""
    row = connection.exec_driver_sql(_SETTINGS_AND_CALENDAR, {"agency": agency_id}).one()
    return practice.of(row.settings), calendar_book.current(connection, agency_id, newest=row.mark)


_SETTINGS_AND_CALENDAR = """
    SELECT settings, (SELECT mark FROM calendar_revision WHERE agency_id IS NULL OR agency_id = %(agency)s
                      ORDER BY id DESC LIMIT 1) AS mark
    FROM agency WHERE id = %(agency)s
"""
_SETTINGS = select(agency.c.settings).where(agency.c.id == bindparam("agency"))


def change(connection: Connection, agency_id: int, name: str, value: str) -> tuple[Practice, Practice]:
    """Set one choice of an agency in the caller's transaction; gives what was and what is. Raises InputFault."""
    of_agency = agency.c.id == agency_id
    row = connection.execute(select(agency.c.settings).where(of_agency).with_for_update()).scalar_one()
    kept = practice.changed(row, name, value)
    # What cannot be read as milestones is told now, not when the first deadline calls.
    reminding.choices(practice.of(kept))
    connection.execute(update(agency).where(of_agency).values(settings=kept))
    return practice.of(row), practice.of(kept)
