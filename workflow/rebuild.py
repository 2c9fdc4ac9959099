"""Cases derived again from their log, after a migration that changed what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from models.tables import request_case
from workflow import calendar_book, derived, fold, periods, records
from workflow.calendar import WorkCalendar
from workflow.faults import Refusal

_BATCH = 500


def is_needed(connection: Connection) -> bool:
    """Whether any case waits to be derived again (its snapshot is empty)."""
    waiting = select(request_case.c.id).where(request_case.c.snapshot.is_(None)).limit(1)
    return connection.execute(waiting).first() is not None


def rebuild(engine: Engine) -> Iterator[int]:
    """Derive every such case, a batch in a transaction of its own; yields how many are done so far.

    A case keeps the calendar revision that its deadlines were reckoned with. Refusal, naming the case, where a log
    cannot be folded.
    """
    done = 0
    calendars: dict[tuple[int, int], WorkCalendar] = {}
    while True:
        with engine.begin() as connection:
            rows = connection.execute(
                select(
                    request_case.c.id, request_case.c.agency_id, request_case.c.number, request_case.c.calendar_revision
                )
                .where(request_case.c.snapshot.is_(None))
                .order_by(request_case.c.id)
                .limit(_BATCH)
                .with_for_update()
            ).all()
            for row in rows:
                key = (row.agency_id, row.calendar_revision)
                if key not in calendars:
                    calendars[key] = calendar_book.read(connection, *key)
                _derive(connection, row, calendars[key])
        if not rows:
            return
        done += len(rows)
        yield done


def _derive(connection: Connection, row: Any, calendar: WorkCalendar) -> None:
    try:
        folded = fold.fold(records.entries(connection, row.id))
    except Refusal as refusal:
        raise Refusal(f"办件“{row.number}”的日志不能重新推出：{refusal.sentence}", refusal.article) from refusal
    if folded is None:
        raise ValueError(f"case {row.id} has no log")
    deadlines = periods.deadlines(folded, calendar)
    columns = derived.case_columns(folded, deadlines, calendar)
    connection.execute(
        update(request_case).where(request_case.c.id == bindparam("b_id")).values(columns), {"b_id": row.id}
    )
    for table, rows in derived.rows_beside(row.id, row.agency_id, folded, deadlines, calendar).items():
        connection.execute(delete(table).where(table.c.case_id == row.id))
        if rows:
            connection.execute(insert(table), rows)
