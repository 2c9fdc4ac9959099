"""Migrations: done once however many start them, step by step, and never backwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from runtime import migrate
from runtime.faults import RuntimeFault
from runtime.testing import temporary_server
from tests.runtime.steps import add_step


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for the tests of this file."""
    with temporary_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url("yishen_owner")


@pytest.fixture
def engine(server_url: str) -> Iterator[Engine]:
    """The owner of an empty database."""
    engine = create_engine(server_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


def found(engine: Engine) -> str | None:
    """The revision of the database."""
    with engine.connect() as connection:
        return migrate.current_revision(connection)


def test_the_head_file_names_alembics_head() -> None:
    from alembic.script import ScriptDirectory

    if not (migrate.MIGRATIONS / "HEAD").exists():
        pytest.skip("no migration yet")
    heads = ScriptDirectory.from_config(migrate.alembic_config()).get_heads()
    assert heads == [migrate.head_revision()]


def test_upgrade_goes_to_the_head_once(engine: Engine, location: Path) -> None:
    assert found(engine) is None
    assert migrate.upgrade(engine, location) is True
    assert found(engine) == migrate.head_revision(location) == "0002"
    assert migrate.upgrade(engine, location) is False


def test_the_application_may_read_the_revision(engine: Engine, location: Path) -> None:
    migrate.upgrade(engine, location)
    with engine.connect() as connection:
        may = text("SELECT has_table_privilege('yishen_app', 'alembic_version', :what)")
        assert connection.scalar(may, {"what": "SELECT"})
        assert not connection.scalar(may, {"what": "UPDATE"})


def test_ten_starters_at_once_upgrade_once(engine: Engine, location: Path) -> None:
    def start(_: int) -> bool:
        own = create_engine(engine.url)
        try:
            return migrate.upgrade(own, location)
        finally:
            own.dispose()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(start, range(10))) == 1


def test_a_migration_that_fails_leaves_those_before_it(engine: Engine, location: Path) -> None:
    add_step(location, "0003", "0002", "CREATE TABLE third (n nothing)")
    with pytest.raises(RuntimeFault, match=r"数据库升级到结构版本 0003 失败：.*nothing") as told:
        migrate.upgrade(engine, location)
    assert "\n" not in str(told.value)
    assert found(engine) == "0002"
    add_step(location, "0003", "0002", "CREATE TABLE third (n int)")
    assert migrate.upgrade(engine, location) is True


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine, location: Path) -> None:
    migrate.upgrade(engine, location)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RuntimeFault, match=re.escape("结构版本 9999 比本程序（0002）新")):
        migrate.upgrade(engine, location)
    assert found(engine) == "9999"
