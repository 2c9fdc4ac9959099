"""A small year and what it comes to without faults; a world to live it in, on the common server or one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import NullPool

from models.personal import FieldCipher
from models.tables import sealing_key
from runtime import migrate
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from runtime.testing import temporary_server
from tests.conftest import SECRET, fresh_database
from tests.faults import lives
from tests.faults.lives import Acts, World, YearsEnd
from workflow import calendar_book

Quiet = Callable[[Acts], YearsEnd]


@pytest.fixture(scope="session")
def lived_quietly(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """What a year comes to without faults."""

    def live(acts: Acts) -> YearsEnd:
        with fresh_database(server, template) as database:
            world = World(database, Settings(data_dir=tmp_path_factory.mktemp("quiet") / "var"), acts)
            office = world.office()
            world.whole_year(lambda day: world.live(office, day))
            office.database.dispose()
            return lives.outcome(world)

    return live


@pytest.fixture(scope="session")
def small_year() -> Acts:
    return lives.year(lives.FEW)


@pytest.fixture(scope="session")
def quiet(small_year: Acts, lived_quietly: Quiet) -> YearsEnd:
    return lived_quietly(small_year)


@pytest.fixture
def world(database: Database, small_year: Acts, tmp_path: Path) -> World:
    return World(database, Settings(data_dir=tmp_path / "var"), small_year)


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of the test's own, which it may kill."""
    with temporary_server(tmp_path) as server:
        yield server


@pytest.fixture
def mortal_world(mortal_server: EmbeddedServer, small_year: Acts, tmp_path: Path) -> World:
    """A world on that server."""
    owner = create_engine(mortal_server.url("yishen_owner"), poolclass=NullPool)
    migrate.upgrade(owner)
    app = create_engine(mortal_server.url("yishen_app"), poolclass=NullPool)
    with app.begin() as connection:
        calendar_book.seed(connection)
        connection.execute(insert(sealing_key).values(key_id=FieldCipher(SECRET).key_id))
    return World(Database(app.url, owner.url), Settings(data_dir=tmp_path / "var"), small_year)
