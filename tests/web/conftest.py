"""The web application on a real database, on the day of ``tests.conftest``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from models.personal import FieldCipher
from runtime.database import Database
from runtime.settings import Settings
from runtime.testing import TemporaryBroker, temporary_broker
from tasks.office import Office
from tests.conftest import NOW
from web.app import create_app


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporaryBroker]:
    with temporary_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose broker does not run."""
    return Settings(data_dir=tmp_path / "var", argon2_time=1, argon2_memory_kib=8192, argon2_lanes=1)


@pytest.fixture
def office(database: Database, cipher: FieldCipher, settings: Settings) -> Office:
    return Office(database, cipher, settings)


@pytest.fixture
def client(office: Office, clock: Clock) -> Iterator[TestClient]:
    with TestClient(create_app(office, clock)) as opened:
        yield opened
