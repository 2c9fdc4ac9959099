"""An office with a key, as tasks open it, on a fresh database; and the days of its calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from models.personal import FieldCipher
from runtime.database import Database
from runtime.settings import Settings
from tasks.office import Office
from workflow.desk import CHINA


def at(day: str, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of a day in China."""
    return datetime.combine(date.fromisoformat(day), time(hour, minute), CHINA).astimezone(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    return Settings(data_dir=tmp_path / "var")


@pytest.fixture
def opened(database: Database, cipher: FieldCipher, settings: Settings, agency_id: int) -> Office:
    """The open office, with the agency ``ceshi`` in it."""
    assert agency_id
    return Office(database, cipher, settings)
