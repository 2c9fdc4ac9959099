"""The command in the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import NOW, Yishen, enrol, fresh_database
from tests.ledgers import inside


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process on a fresh database, on 2026-11-22."""
    monkeypatch.setattr("cli.office.now", lambda: NOW)
    return inside(database, tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def shelf(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database for calls that only read, or are refused and store nothing."""
    with fresh_database(server, template) as database:
        enrol(database.engine)
        yield database


@pytest.fixture
def reading(shelf: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process on the shelf's database."""
    return inside(shelf, tmp_path, monkeypatch, capsys)
