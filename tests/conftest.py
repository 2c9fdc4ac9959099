"""What all tests share: a real PostgreSQL of their own, migrated once, and a fresh database for each test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from models.personal import FieldCipher
from models.tables import agency, sealing_key
from paper.pdf import pdf_file
from runtime import migrate
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from runtime.testing import temporary_server
from workflow import calendar_book
from workflow.faults import InputFault

SECRET = "test-secret-0123456789"
AGENCY = "ceshi"
AGENCY_NAME = "测试市数据局"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)

_EMPTY, _TEMPLATE = "yishen_empty", "yishen_template"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """PDF needs libraries of the system; where there are none, the program says so, and its tests are passed over."""
    lacking = item.get_closest_marker("pdf") and _no_pdf()
    if lacking:
        pytest.skip(lacking)


@cache
def _no_pdf() -> str | None:
    """Why this machine makes no PDF; None if it does."""
    try:
        pdf_file("<p>政</p>")
    except InputFault as fault:
        return str(fault)
    return None


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Settings of the developer's own shell must not reach the tests (the choice of binaries may)."""
    names = [name for name in os.environ if name.startswith("YISHEN_") and not name.endswith("_BIN")]
    kept = {name: os.environ.pop(name) for name in names}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A PostgreSQL server for the session (one for each worker of xdist)."""
    with temporary_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def empty(server: EmbeddedServer) -> str:
    """A migrated database with nothing in it, to make others from."""
    _execute(server, f"CREATE DATABASE {_EMPTY} OWNER yishen_owner")
    migrate.upgrade(create_engine(server.url("yishen_owner", _EMPTY), poolclass=NullPool))
    return _EMPTY


@pytest.fixture(scope="session")
def template(server: EmbeddedServer, empty: str) -> str:
    """A migrated database with the national calendar in it, to make others from."""
    _execute(server, f"CREATE DATABASE {_TEMPLATE} TEMPLATE {empty} OWNER yishen_owner")
    app = create_engine(server.url("yishen_app", _TEMPLATE), poolclass=NullPool)
    with app.begin() as connection:
        calendar_book.seed(connection)
        connection.execute(insert(sealing_key).values(key_id=FieldCipher(SECRET).key_id))
    return _TEMPLATE


def _execute(server: EmbeddedServer, statement: str) -> None:
    # The administrator's login: a forced drop may have to end a worker of the server's own.
    engine = create_engine(server.url("yishen_admin"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


_made = 0


@pytest.fixture
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A fresh database: ``engine`` acts as the application's role, ``owner_engine`` as the schema's owner."""
    with fresh_database(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database for the tests of a module that leave each other alone."""
    with fresh_database(server, template) as made:
        yield made


class fresh_database:  # noqa: N801 - reads as a verb, like a context manager function
    """A fresh database as a context manager, for property tests that need one for each example.

    To make one costs more than most tests: one that was used is emptied and used again, unless its schema was touched.
    Its engines stay, with the statements that they have compiled; their connections do not.
    """

    _waiting: dict[tuple[str, str], list[tuple[str, Connection, Database]]] = {}  # noqa: RUF012 - shared on purpose

    def __init__(self, server: EmbeddedServer, template: str) -> None:
        global _made  # noqa: PLW0603
        self.server = server
        self._shelf = self._waiting.setdefault((server.url("yishen_admin"), template), [])
        if self._shelf:
            self.name, self._admin, self.database = self._shelf.pop()
        else:
            _made += 1
            self.name = f"test_{os.getpid()}_{_made}"
            _execute(server, f"CREATE DATABASE {self.name} TEMPLATE {template} OWNER yishen_owner")
            self._admin = self._administrator()
            if self._admin.execute(text("SELECT to_regclass('public.calendar_revision')")).scalar_one() is not None:
                self._admin.exec_driver_sql(_REMEMBER)
            app, owner = (make_url(server.url(role, self.name)) for role in ("yishen_app", "yishen_owner"))
            self.database = Database(app, owner)

    def _administrator(self) -> Connection:
        engine = create_engine(self.server.url("yishen_admin", self.name), poolclass=NullPool)
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def __enter__(self) -> Database:
        return self.database

    def __exit__(self, *_: object) -> None:
        for engine in (self.database.engine, self.database.owner_engine):
            engine.dispose()
        try:
            self._admin.exec_driver_sql(_LEAVE)
            is_empty = self._admin.execute(text("SELECT kept.empty()")).scalar_one()
        except DBAPIError:
            is_empty = False
        if is_empty:
            self._shelf.append((self.name, self._admin, self.database))
        else:
            self._admin.invalidate()
            self._admin.close()
            _execute(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")


_LEAVE = """
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

_REMEMBER = """
CREATE SCHEMA kept;
CREATE TABLE kept.calendar_revision AS TABLE public.calendar_revision;
CREATE TABLE kept.calendar_day AS TABLE public.calendar_day;
CREATE TABLE kept.sealing_key AS TABLE public.sealing_key;
CREATE TABLE kept.alembic_version AS TABLE public.alembic_version;
CREATE TABLE kept.touched (command text);
CREATE FUNCTION kept.touch() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO kept.touched SELECT tg_tag WHERE starts_with(tg_tag, 'DROP')
        OR EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp');
END $$;
CREATE FUNCTION kept.empty() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    -- What a role was set to is no command of this database.
    IF EXISTS (TABLE kept.touched) OR EXISTS (TABLE pg_db_role_setting) THEN RETURN false; END IF;
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid::regclass FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
    INSERT INTO public.calendar_revision TABLE kept.calendar_revision;
    INSERT INTO public.calendar_day TABLE kept.calendar_day;
    INSERT INTO public.sealing_key TABLE kept.sealing_key;
    INSERT INTO public.alembic_version TABLE kept.alembic_version;
    RETURN true;
END $$;
CREATE EVENT TRIGGER kept_touch ON ddl_command_end EXECUTE FUNCTION kept.touch();
ALTER EVENT TRIGGER kept_touch ENABLE ALWAYS;
"""
"""What a database must know to be as it was: the rows it came with, and whether its schema was touched."""


@pytest.fixture
def _trials_beside(server: EmbeddedServer, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials have a database of their own on this server, not a server of their own: they start faster."""
    monkeypatch.setattr("tasks.trial.trial_database", lambda _: fresh_database(server, empty))


@pytest.fixture
def engine(database: Database) -> Engine:
    """The application's engine on a fresh database."""
    return database.engine


@pytest.fixture(scope="session")
def cipher() -> FieldCipher:
    """The cipher for personal fields."""
    return FieldCipher(SECRET)


def enrol(engine: Engine, code: str = AGENCY, name: str = AGENCY_NAME) -> int:
    """Enter an agency; returns its id."""
    with engine.begin() as connection:
        row = insert(agency).values(code=code, name=name).returning(agency.c.id)
        return int(connection.execute(row).scalar_one())


@pytest.fixture
def agency_id(engine: Engine) -> int:
    """The id of an agency with the code ``ceshi``."""
    return enrol(engine)


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    code: int
    out: str
    err: str


Yishen = Callable[..., Result]


@pytest.fixture
def yishen(database: Database, agency_id: int, tmp_path: Path) -> Yishen:
    """Run the real command in a process of its own, on the test's database, in an empty folder."""
    return command(
        tmp_path,
        YISHEN_DATABASE_URL=database.engine.url.render_as_string(hide_password=False),
        YISHEN_MIGRATION_DATABASE_URL=database.owner_engine.url.render_as_string(hide_password=False),
        YISHEN_SECRET_KEY=SECRET,
    )


def command(folder: Path, **settings: str) -> Yishen:
    """A function that runs ``yishen`` with its arguments in ``folder`` under these settings."""

    def run(*arguments: object, stdin: str | bytes = b"", timeout: float = 120, **more: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=folder,
            env={**os.environ, **settings, **more},
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
