"""Drafts that follow the log: the figures of a report that is not sealed are rolled up again when a case changes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from models.tables import report
from reports import findings
from reports.edition import has_form
from reports.issues import DRAFT
from reports.rollup import roll_up
from reports.year_end import draft

_LOCK = 0x5953_4452  # advisory lock "YSDR", with the agency's id


def follow(connection: Connection, agency_id: int, name: str, years: Iterable[int]) -> dict[int, int]:
    """Roll up the years of an agency into their drafts, in the caller's transaction; gives the cells changed by year.

    Years without a form of the report are passed over, and so are sealed reports; the checks run on what was drafted.
    Roll-ups of one agency wait for
    each other, so that the figures that stay are those of the later one; registrations do not wait.
    """
    hold(connection, agency_id)
    known = connection.execute(select(report.c.year, report.c.state).where(report.c.agency_id == agency_id))
    states = {row.year: row.state for row in known}
    changed = {}
    for year in years:
        if states.get(year, DRAFT) != DRAFT or not has_form(year):
            continue
        figures = roll_up(connection, agency_id, name, year)
        _, changed[year] = draft(connection, agency_id, figures)
        findings.keep(connection, agency_id, figures)
    return changed


def hold(connection: Connection, agency_id: int) -> None:
    """Make roll-ups of an agency, and the sealing of its reports, wait for each other until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK, agency_id)))
