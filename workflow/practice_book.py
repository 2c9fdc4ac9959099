"""An agency's choices (``practice``) as the database keeps them, in the settings of its row."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam, select, update

from models.tables import agency
from workflow import calendar_book, practice, reminding, wake
from workflow.practice import Practice


def read(connection: Connection, agency_id: int) -> Practice:
    """The choices of one agency."""
    return practice.of(connection.execute(_SETTINGS, {"agency": agency_id}).scalar_one())


_SETTINGS = select(agency.c.settings).where(agency.c.id == bindparam("agency"))


def change(
    connection: Connection, agency_id: int, name: str, value: str, *, today: date | None = None
) -> tuple[Practice, Practice]:
    """Set one choice of an agency in the caller's transaction; gives what was and what is. Raises InputFault.

    A choice about reminders or lapses holds for the deadlines that run, from ``today`` (the present day) on.
    """
    of_agency = agency.c.id == agency_id
    row = connection.execute(select(agency.c.settings).where(of_agency).with_for_update()).scalar_one()
    kept = practice.changed(row, name, value)
    before, after = practice.of(row), practice.of(kept)
    # What cannot be read as milestones is told now, not when the first deadline calls.
    moved = reminding.choices(before) != reminding.choices(after)
    if moved:
        # A sweep under way plans with the old choices: it writes before this, or not at all.
        calendar_book.hold_still(connection)
        wake.look_anew(connection, agency_id, today)
    connection.execute(update(agency).where(of_agency).values(settings=kept))
    return before, after
