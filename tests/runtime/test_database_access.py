"""Opening the database: embedded, or by URL on a server that somebody else runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from models.apart import APART, DESK
from runtime import migrate
from runtime.database import Database, ensure_app_role, open_database
from runtime.faults import RuntimeFault
from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from runtime.testing import temporary_server
from tests.runtime.halls import Hall
from tests.runtime.steps import add_step

PASSWORD = "hush-hush"
LOGINS = ("clerk", "keeper", "stranger")


@pytest.fixture(autouse=True)
def _small_migrations(location: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "MIGRATIONS", location)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that plays somebody else's: logins with passwords, no role of ours."""
    folder = tmp_path_factory.mktemp("server")
    with temporary_server(folder) as server:
        hba = folder / "var" / "pg" / "pg_hba.conf"
        passwords = "".join(f"local all {login} scram-sha-256\n" for login in LOGINS)
        hba.write_text(passwords + hba.read_text())
        admin = create_engine(server.url("yishen_admin", "postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE yishen"))
            connection.execute(text(f"DROP ROLE yishen_app, {DESK}"))
            for login, right in zip(LOGINS, ("", "CREATEROLE", ""), strict=True):
                connection.execute(text(f"CREATE ROLE {login} LOGIN {right} PASSWORD '{PASSWORD}'"))
            connection.execute(text("SELECT pg_reload_conf()"))
        admin.dispose()
        end = time.monotonic() + 10
        while not refuses(url(server, "clerk", "wrong", "postgres")):
            assert time.monotonic() < end
            time.sleep(0.02)
        yield server


@pytest.fixture
def admin(server: EmbeddedServer) -> Iterator[Engine]:
    """The superuser of the server, beside an empty database ``cases`` of the login ``keeper``."""
    engine = create_engine(server.url("yishen_admin", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS cases WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE IF EXISTS yishen_app, {DESK}"))
        connection.execute(text("CREATE DATABASE cases OWNER keeper"))
        yield engine
    engine.dispose()


def url(server: EmbeddedServer, login: str, password: str = PASSWORD, database: str = "cases") -> str:
    """The address a user would write."""
    return f"postgresql://{login}:{password}@/{database}?host={server.socket_dir}&port=5432"


def refuses(address: str) -> bool:
    """True when the server asks for another password."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect():
            return False
    except OperationalError as error:
        return "password authentication failed" in str(error)


def settings(app: str, owner: str | None = None) -> Settings:
    """Settings with these addresses."""
    return Settings(database_url=app, migration_database_url=owner)


def fault(app: str, owner: str | None = None, *, upgrade: bool = False) -> str:
    """The sentence that opening ends with; it has one line and no password."""
    with pytest.raises(RuntimeFault) as told, open_database(settings(app, owner), upgrade=upgrade):
        pass
    said = str(told.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return said


def test_the_embedded_database_is_made_and_migrated_without_being_asked(one_hall: Hall, location: Path) -> None:
    with open_database(one_hall.settings, upgrade=False) as database:
        with database.engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == "yishen_app"
            assert connection.scalar(text("SHOW timezone")) == "UTC"
            assert migrate.current_revision(connection) == "0002"
        with database.owner_engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == "yishen_owner"
        add_step(location, "0003", "0002", "CREATE TABLE third (n int)")
        with open_database(one_hall.settings, upgrade=False) as again, again.engine.connect() as connection:
            assert migrate.current_revision(connection) == "0003"


def test_a_forked_child_makes_connections_of_its_own(one_hall: Hall) -> None:
    with open_database(one_hall.settings, upgrade=False) as database:
        ours = backend(database)
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, str(backend(database)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            theirs = int(pipe.read())
        os.wait()
        assert theirs != ours == backend(database)


def backend(database: Database) -> int:
    """Which server process a connection from the pool talks to."""
    with database.engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_by_url_init_makes_the_role_and_migrates_and_commands_act_as_it(server: EmbeddedServer, admin: Engine) -> None:
    app, owner = url(server, "clerk"), url(server, "keeper")
    assert "请先执行 yishen init" in fault(app, owner)
    with open_database(settings(app, owner), upgrade=True):
        pass
    with (
        open_database(settings(app, owner), upgrade=False) as database,
        database.engine.connect() as connection,
    ):
        assert connection.scalar(text("SELECT session_user || ' as ' || current_user")) == "clerk as yishen_app"
    with database.owner_engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "keeper"
    database.dispose()


def test_by_url_one_login_may_do_both(server: EmbeddedServer, admin: Engine) -> None:
    alone = settings(url(server, "keeper"))
    with open_database(alone, upgrade=True) as database, database.engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "yishen_app"


def test_by_url_a_database_behind_or_ahead_is_told(server: EmbeddedServer, admin: Engine, location: Path) -> None:
    app, owner = url(server, "clerk"), url(server, "keeper")
    with open_database(settings(app, owner), upgrade=True):
        pass
    add_step(location, "0003", "0002", "CREATE TABLE third (n int)")
    assert "结构版本 0002 落后于本程序（0003），请先执行 yishen init" in fault(app, owner)
    (location / "versions" / "0003_step.py").unlink()
    (location / "versions" / "0002_step.py").unlink()
    (location / "HEAD").write_text("0001")
    assert "结构版本 0002 比本程序（0001）新" in fault(app, owner)
    assert "结构版本 0002 比本程序（0001）新" in fault(app, owner, upgrade=True)


def test_a_login_that_may_not_make_roles_hears_what_to_ask_for(server: EmbeddedServer, admin: Engine) -> None:
    said = fault(url(server, "stranger"), upgrade=True)
    assert said.endswith('CREATE ROLE yishen_app NOLOGIN; GRANT yishen_app TO "stranger";')


def test_what_the_administrator_is_told_to_run_is_enough(server: EmbeddedServer, admin: Engine) -> None:
    with admin.connect() as connection:
        connection.execute(text("CREATE ROLE yishen_app NOLOGIN"))
        connection.execute(text('GRANT yishen_app TO "stranger"'))
        connection.execute(text("ALTER DATABASE cases OWNER TO stranger"))
    with open_database(settings(url(server, "stranger")), upgrade=True) as database:
        backend(database)


def test_several_may_make_the_role_at_once(server: EmbeddedServer, admin: Engine) -> None:
    address = make_url(url(server, "keeper")).set(drivername="postgresql+psycopg")
    engines = [create_engine(address) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ensure_app_role, engines))
    for engine in engines:
        engine.dispose()


def test_an_address_of_another_kind_is_refused() -> None:
    assert "只接受 postgresql://" in fault("sqlite:///cases.db")
    assert "只接受 postgresql://" in fault("postgresql+asyncpg://clerk@h/cases")
    assert "不是数据库地址" in fault(f"clerk {PASSWORD} cases")


def test_a_server_that_cannot_be_reached_is_told() -> None:
    assert "无法连接数据库 127.0.0.1:1/cases：" in fault(f"postgresql://clerk:{PASSWORD}@127.0.0.1:1/cases")
    assert "无法连接数据库 /nowhere/cases：" in fault(f"postgresql://clerk:{PASSWORD}@/cases?host=/nowhere")


def test_a_wrong_password_is_told(server: EmbeddedServer, admin: Engine) -> None:
    assert "不接受用户 clerk 的口令" in fault(url(server, "clerk", "wrong"))


def test_a_missing_database_is_told(server: EmbeddedServer, admin: Engine) -> None:
    said = fault(url(server, "keeper", database="absent"), upgrade=True)
    assert "/absent 不存在" in said


def test_an_owner_who_may_make_roles_makes_the_one_that_keeps_agencies_apart(
    server: EmbeddedServer, admin: Engine, location: Path
) -> None:
    parents = ("case", "report", "user", "client", "draft")
    tables = "; ".join(
        f"CREATE TABLE {name} (id bigint, agency_id bigint, {', '.join(f'{each}_id bigint' for each in parents)})"
        for name in {*APART, "user_account", "api_client"}
    )
    add_step(location, "0003", "0002", f"{tables}; GRANT SELECT ON request_case TO yishen_app")
    owner = settings(url(server, "clerk"), url(server, "keeper"))
    with open_database(owner, upgrade=True) as database:
        assert database.apart
        with database.within({1}).connect() as connection:
            said = connection.execute(text("SELECT current_user, session_user, count(*) FROM request_case")).one()
        assert said == (DESK, "clerk", 0)


def test_an_owner_who_may_make_none_works_without(server: EmbeddedServer, admin: Engine) -> None:
    with admin.connect() as connection:
        connection.execute(text("CREATE ROLE yishen_app NOLOGIN"))
        connection.execute(text('GRANT yishen_app TO "stranger"'))
        connection.execute(text("ALTER DATABASE cases OWNER TO stranger"))
    with open_database(settings(url(server, "stranger")), upgrade=True) as database:
        assert not database.apart
        assert database.within({1}) is database.engine
