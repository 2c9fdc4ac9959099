"""Taking in what an office hands over: its ledgers and its figures of section two, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from models.personal import FieldCipher
from reports import proactive
from workflow import desk, ledger, sheets
from workflow.faults import InputFault


def take_in(
    engine: Engine,
    agency_id: int,
    paths: Sequence[Path],
    cipher: FieldCipher,
    now: datetime,
    actor: str,
    progress: Callable[[int, int], None],
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Import the files, all or nothing; what was done, as the JSON of ``yishen import``.

    ``progress`` is told how many cases are written and how many there are. Raises InputFault with all faults of all
    files; then nothing is stored.
    """
    read = sheets.read_files(paths, [ledger.LEDGER, ledger.REVIEWS, proactive.PROACTIVE])
    with engine.connect() as connection, connection.begin() as transaction:
        # What is planned must still be so when it is written.
        desk.hold(connection, agency_id)
        figures = proactive.plan(read, proactive.entered(connection, agency_id))
        made = ledger.plan(connection, agency_id, read, cipher, now, actor)
        faults = [*made.faults, *figures.faults]
        if faults:
            raise InputFault(faults)
        events = 0
        for number, done in enumerate(ledger.store(connection, agency_id, made, cipher, now), 1):
            events += done.events
            progress(number, len(made.histories))
        changed = proactive.store(connection, agency_id, figures)
        if dry_run:
            transaction.rollback()
        else:
            transaction.commit()
    return {
        "files": [path.name for path in paths],
        "rows": made.rows + figures.rows,
        "cases": made.new,
        "continued": made.continued,
        "unchanged": made.unchanged,
        "events": events,
        "proactive_rows": figures.rows,
        "proactive_changed": changed,
        "warnings": made.warnings + figures.warnings,
        "dry_run": dry_run,
    }
