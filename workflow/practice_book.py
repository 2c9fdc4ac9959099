"""An agency's choices (``practice``) as the database keeps them, in the settings of its row, and their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from models.tables import agency, practice_change
from models.vocabulary import AuditKind
from workflow import audit, calendar_book, practice, reminding, wake
from workflow.audit import Author
from workflow.practice import Practice

_SYSTEM = "system:settings"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one choice: its values as :class:`Practice` has them, by whom, when and why."""

    name: str
    before: Any
    after: Any
    actor: str
    reason: str
    changed_at: datetime


def read(connection: Connection, agency_id: int) -> Practice:
    """The choices of one agency."""
    return practice.of(connection.execute(_SETTINGS, {"agency": agency_id}).scalar_one())


_SETTINGS = select(agency.c.settings).where(agency.c.id == bindparam("agency"))


def change(
    connection: Connection,
    agency_id: int,
    name: str,
    value: str,
    *,
    author: Author | None = None,
    reason: str = "",
    today: date | None = None,
) -> tuple[Practice, Practice]:
    """Set one choice of an agency, as :func:`change_all`."""
    return change_all(connection, agency_id, {name: value}, author=author, reason=reason, today=today)


def change_all(
    connection: Connection,
    agency_id: int,
    values: Mapping[str, str],
    *,
    author: Author | None = None,
    reason: str = "",
    today: date | None = None,
) -> tuple[Practice, Practice]:
    """Set choices of an agency in the caller's transaction; gives what was and what is. Raises InputFault.

    A choice about reminders or lapses holds for the deadlines that run, from ``today`` (the present day) on. What is
    otherwise than before goes into the history, and with an ``author`` (None: the system itself) into the audit log.
    """
    of_agency = agency.c.id == agency_id
    row = connection.execute(select(agency.c.settings).where(of_agency).with_for_update()).scalar_one()
    before, after, kept = foreseen(row, values)
    # What cannot be read as milestones is told now, not when the first deadline calls.
    moved = reminding.choices(before) != reminding.choices(after)
    if moved:
        # A sweep under way plans with the old choices: it writes before this, or not at all.
        calendar_book.hold_still(connection)
        wake.look_anew(connection, agency_id, today)
    connection.execute(update(agency).where(of_agency).values(settings=kept))
    at = datetime.now(UTC) if author is None else author.at
    for name in values:
        was, now = (practice.frozen(getattr(each, name)) for each in (before, after))
        if was != now:
            made = {"name": name, "before": was, "after": now, "reason": reason, "changed_at": at}
            made["actor"] = _SYSTEM if author is None else author.actor
            connection.execute(insert(practice_change).values(agency_id=agency_id, **made))
            if author is not None:
                audit.record(connection, author, AuditKind.SETTING_CHANGED, name, before=was, after=now)
    return before, after


def foreseen(settings: Mapping[str, Any], values: Mapping[str, str]) -> tuple[Practice, Practice, dict[str, Any]]:
    """What the choices in an agency's row are, what they would be, and the row then. Raises InputFault."""
    kept = dict(settings)
    for name, value in values.items():
        kept = practice.changed(kept, name, value)
    after = practice.of(kept)
    reminding.choices(after)
    return practice.of(settings), after, kept


def history(connection: Connection, agency_id: int, name: str | None = None, limit: int = 100) -> list[Change]:
    """The changes of an agency's choices, or of one of them, the newest first."""
    known = practice_change.c
    statement = select(practice_change).where(known.agency_id == agency_id).order_by(known.id.desc()).limit(limit)
    if name is not None:
        statement = statement.where(known.name == name)
    return [
        Change(
            row.name,
            practice.thawed(row.name, row.before),
            practice.thawed(row.name, row.after),
            row.actor,
            row.reason,
            row.changed_at,
        )
        for row in connection.execute(statement)
    ]
