"""An agency's choices (``practice``) as the database keeps them, in the settings of its row."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from models.tables import agency
from workflow import practice, reminding
from workflow.practice import Practice


def read(connection: Connection, agency_id: int) -> Practice:
    """The choices of one agency."""
    return practice.of(connection.execute(_SETTINGS, {"agency": agency_id}).scalar_one())


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
