"""Days with letters, lived through again: a letter that left is a line of the script, though the trial has no paper."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import EventKind, Means
from runtime.database import Database
from runtime.settings import Settings
from tasks import replay
from tasks.office import Office
from tests.letters.desk import Letters

pytestmark = pytest.mark.usefixtures("_trials_beside")


def test_a_letter_that_left_is_replayed_without_its_paper(
    database: Database, agency_id: int, cipher: FieldCipher, tmp_path: Path
) -> None:
    desk = Letters(database.engine, agency_id, cipher)
    desk.today_is("2026-11-05")
    desk.set_up()
    kept = desk.sign(desk.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    desk.send(kept, means=Means.HAND)
    office = Office(database, cipher, Settings(data_dir=tmp_path / "var"))
    with office.engine.connect() as connection:
        row: Any = connection.execute(select(agency).where(agency.c.id == agency_id)).one()
    done = replay.replay(office, row, date(2026, 11, 2), date(2026, 11, 6), lambda *_: None)
    assert done.failed == []
