"""Fixtures for the servers' tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import migrate
from tests.runtime.halls import Hall, carriers
from tests.runtime.steps import add_step


@pytest.fixture(params=carriers(), ids=lambda path: "-".join(path.parts[-3:-1]))
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    """A fresh data folder, with each carrier of binaries in turn."""
    hall = Hall(tmp_path / "var", request.param)
    yield hall
    hall.close()


@pytest.fixture
def one_hall(tmp_path: Path) -> Iterator[Hall]:
    """A fresh data folder with one carrier, where the carrier does not matter."""
    hall = Hall(tmp_path / "var", carriers()[-1])
    yield hall
    hall.close()


@pytest.fixture
def location(tmp_path: Path) -> Path:
    """A migrations folder with our env.py and two steps."""
    versions = tmp_path / "versions"
    versions.mkdir()
    for name in ("env.py", "script.py.mako"):
        shutil.copy(migrate.MIGRATIONS / name, tmp_path)
    add_step(tmp_path, "0001", None, "CREATE TABLE first (n int)")
    add_step(tmp_path, "0002", "0001", "CREATE TABLE second (n int)")
    return tmp_path
