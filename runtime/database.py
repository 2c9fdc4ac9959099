"""The way to the database: embedded by default, by URL in production, always acting as the application's role."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from models.apart import DESK
from runtime import migrate, row_security
from runtime.cluster import ADMIN, APP, OWNER
from runtime.faults import RuntimeFault
from runtime.postgres import EmbeddedServer, attach
from runtime.settings import Settings
from runtime.waiting import Patience

DRIVERS = ("postgresql", "postgresql+psycopg")
CONNECT_SECONDS = 10
# A server that starts, or recovers from a crash, says so by this code and can be asked again.
CANNOT_CONNECT_NOW = "57P03"
INSUFFICIENT_PRIVILEGE = "42501"
# Since this version a membership may lack the right to act as the role.
FIRST_WITH_SET = 160000
LONGEST_RECOVERY = 600.0


class Database:
    """The engines of one process; a forked child makes its own and leaves its parent's connections alone."""

    def __init__(self, app: URL, owner: URL, *, long_lived: bool = False, server: EmbeddedServer | None = None) -> None:
        """``app`` and ``owner``: where to connect; ``long_lived``: test a pooled connection before each use."""
        self._urls = {APP: app, OWNER: owner}
        self._long_lived = long_lived
        self._engines: dict[str, Engine] = {}
        self._pid = os.getpid()
        self._apart: bool | None = None
        self.server = server

    @property
    def engine(self) -> Engine:
        """Acts as the application's role."""
        return self._engine(APP)

    @property
    def owner_engine(self) -> Engine:
        """Acts as the owner of the schema, for migrations alone."""
        return self._engine(OWNER)

    @property
    def apart(self) -> bool:
        """Whether PostgreSQL itself keeps agencies apart here (:mod:`runtime.row_security`); looked at once."""
        if self._apart is None:
            with self.engine.connect() as connection:
                self._apart = row_security.is_on(connection)
        return self._apart

    def within(self, reach: Collection[int]) -> Engine:
        """Acts as the application's role, and in transactions sees and writes what belongs to these agencies alone.

        Where the server keeps them not apart (:attr:`apart`) it is the same as :attr:`engine`.
        """
        return row_security.within(self.engine, reach) if self.apart else self.engine

    def dispose(self) -> None:
        """Close this process's pooled connections."""
        for engine in self._engines.values():
            engine.dispose(close=self._pid == os.getpid())
        self._engines.clear()
        self._pid = os.getpid()

    def _engine(self, role: str) -> Engine:
        if self._pid != os.getpid():
            self.dispose()
        if role not in self._engines:
            self._engines[role] = _make_engine(
                self._urls[role], act_as=APP if role == APP else None, pre_ping=self._long_lived
            )
        return self._engines[role]


@contextmanager
def open_database(settings: Settings, *, upgrade: bool, long_lived: bool = False) -> Iterator[Database]:
    """The database of these settings, at this program's revision.

    Embedded: the server is held for the length of the block and its schema is brought up to date whatever ``upgrade``
    says. By URL: the schema is brought up to date, and the application's role made, only with ``upgrade``. Pass
    ``long_lived`` in a web server or a worker, which must survive a restart of the database.

    ``RuntimeFault``: the server cannot be reached, refuses the login, is behind (and ``upgrade`` is false) or ahead.
    """
    if settings.database_url is not None:
        app = _url("YISHEN_DATABASE_URL", settings.database_url)
        owner = _url("YISHEN_MIGRATION_DATABASE_URL", settings.migration_database_url or settings.database_url)
        database = Database(app, owner, long_lived=long_lived)
        try:
            _by_url(database, app, owner, may_upgrade=upgrade)
            yield database
        finally:
            database.dispose()
        return
    server = attach(settings)
    try:
        database = Database(
            make_url(server.url(APP)), make_url(server.url(OWNER)), long_lived=long_lived, server=server
        )
        try:
            if _revision(database) != migrate.head_revision():
                _upgrade(database)
            yield database
        finally:
            database.dispose()
    finally:
        server.release()


def ensure_app_role(engine: Engine, login: str | None = None) -> None:
    """Make the application's role on a server that somebody else runs, and let ``login`` act as it.

    ``engine`` is the migration login; ``login`` defaults to it. May be called by several at once. ``RuntimeFault``
    tells the administrator the two statements to run where the migration login may not.
    """
    name = login
    try:
        with engine.begin() as connection:
            # Two who grant the same membership at once would trip over each other.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrate.UPGRADE_LOCK})
            name = name or str(connection.scalar(text("SELECT current_user")))
            _make_role(connection, name, APP)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        quoted = sql.Identifier(name or "").as_string()
        raise RuntimeFault(
            f"登录 {name} 无权取得角色 {APP}，请数据库管理员执行：CREATE ROLE {APP} NOLOGIN; GRANT {APP} TO {quoted};"
        ) from error


def ensure_desk_role(engine: Engine) -> bool:
    """Make the role that keeps agencies apart, and let the application act as it; False where ``engine`` may not."""
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrate.UPGRADE_LOCK})
            _make_role(connection, APP, DESK)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        return False
    return True


def _by_url(database: Database, app: URL, owner: URL, *, may_upgrade: bool) -> None:
    head = migrate.head_revision()
    if may_upgrade:
        with _connected(database.owner_engine, owner):
            # Only to tell a refusal in one sentence before anything is changed.
            pass
        ensure_app_role(database.owner_engine, app.username)
        ensure_desk_role(database.owner_engine)
        _upgrade(database)
    found = _revision(database)
    if found != head:
        if not migrate.knows_revision(found):
            raise RuntimeFault(migrate.ahead(found, head))
        state = "尚未初始化" if found is None else f"的结构版本 {found} 落后于本程序（{head}）"
        raise RuntimeFault(f"数据库 {_shown(app)} {state}，请先执行 yishen init")


def _upgrade(database: Database) -> None:
    if database.server is not None:
        # A cluster that an earlier version made has not this role; its owner may make none.
        administrator = create_engine(database.server.url(ADMIN), poolclass=NullPool)
        ensure_desk_role(administrator)
    migrate.upgrade(database.owner_engine)
    # What the application's connections have prepared may no longer fit.
    database.engine.dispose()


def _revision(database: Database) -> str | None:
    with _connected(database.engine, database.engine.url, database.server) as connection:
        return migrate.current_revision(connection)


def _url(setting: str, value: str) -> URL:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise RuntimeFault(f"{setting} 不是数据库地址，应为 postgresql://用户:口令@主机:端口/库名") from None
    if url.drivername not in DRIVERS:
        raise RuntimeFault(f"{setting} 的类型“{url.drivername}”不能用，只接受 postgresql:// 或 postgresql+psycopg://")
    return url.set(drivername="postgresql+psycopg")


def _make_engine(url: URL, *, act_as: str | None, pre_ping: bool) -> Engine:
    given = url.query.get("options", "")
    options = [given if isinstance(given, str) else " ".join(given), "-c timezone=UTC"]
    if act_as is not None and url.username != act_as:
        options.append(f"-c role={act_as}")
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(
        url.difference_update_query(["options"]),
        pool_size=5,
        max_overflow=5,
        pool_pre_ping=pre_ping,
        # Values are people's data; they belong into no message.
        hide_parameters=True,
        json_serializer=partial(json.dumps, ensure_ascii=False),
        connect_args={
            "options": " ".join(filter(None, options)),
            # psycopg's own default, said aloud: a statement is prepared when it comes the fifth time.
            "prepare_threshold": 5,
            "application_name": "yishen",
            **timeout,
        },
    )
    if act_as is not None:
        row_security.listen(engine)
    return engine


def _one(value: str | tuple[str, ...] | None, default: str) -> str:
    return value if isinstance(value, str) else (value[0] if value else default)


@contextmanager
def _connected(engine: Engine, url: URL, server: EmbeddedServer | None = None) -> Iterator[Connection]:
    """The first connection: waits while the server starts, and turns a refusal into one sentence."""
    patience = Patience("等待数据库恢复", LONGEST_RECOVERY)
    while True:
        try:
            connection = engine.connect()
            break
        except DBAPIError as error:
            if server is not None and isinstance(error.orig, psycopg.OperationalError) and _gone(error):
                server.ensure_running()
            elif not _starting(error):
                raise _refusal(error, url) from error
            patience.pause(0.1)
    with connection:
        yield connection


def _starting(error: DBAPIError) -> bool:
    said = str(error.orig)
    code = getattr(error.orig, "sqlstate", None)
    return code == CANNOT_CONNECT_NOW or bool(re.search("starting up|in recovery mode|shutting down", said))


def _gone(error: DBAPIError) -> bool:
    """True when the embedded server was killed between finding it and connecting."""
    return bool(re.search("refused|No such file|closed the connection|terminating", str(error.orig)))


def _refusal(error: DBAPIError, url: URL) -> RuntimeFault:
    # libpq passes on the server's words, not its code; a server may speak Chinese.
    said = _without_password(str(error.orig), url)
    where = _shown(url)
    if f'role "{APP}"' in said or 'parameter "role"' in said:
        return RuntimeFault(f"数据库 {where} 尚未初始化（用户 {url.username} 没有角色 {APP}），请先执行 yishen init")
    if re.search("password authentication failed|no password supplied|认证失败", said):
        return RuntimeFault(f"数据库 {where} 不接受用户 {url.username} 的口令，请核对 YISHEN_DATABASE_URL")
    if re.search(r'database "[^"]*" does not exist|数据库 "[^"]*" 不存在', said):
        return RuntimeFault(f"数据库 {where} 不存在，请先在服务器上建立它或核对 YISHEN_DATABASE_URL")
    if isinstance(error, OperationalError):
        last = said.strip().splitlines()[-1].strip() if said.strip() else "没有说明原因"
        return RuntimeFault(f"无法连接数据库 {where}：{last}")
    return RuntimeFault(f"数据库 {where} 的连接参数不能用：{said.strip().splitlines()[0]}")


def _without_password(said: str, url: URL) -> str:
    return said.replace(str(url.password), "***") if url.password else said


def _shown(url: URL) -> str:
    """Where a URL leads, without who asks."""
    host = url.host or _one(url.query.get("host"), "本机")
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or url.username or ''}"


def _make_role(connection: Connection, login: str, role: str) -> None:
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
        # The lock is one database's, a role the whole server's: another database may just be making it.
        connection.execute(
            text(
                f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        )
    version = int(str(connection.scalar(text("SHOW server_version_num"))))
    privilege = "SET" if version >= FIRST_WITH_SET else "MEMBER"
    may = text("SELECT rolsuper OR pg_has_role(rolname, :role, :privilege) FROM pg_roles WHERE rolname = :login")
    if not connection.scalar(may, {"role": role, "privilege": privilege, "login": login}):
        grantee = sql.Identifier(login).as_string().replace(":", "\\:")
        connection.execute(text(f"GRANT {role} TO {grantee}"))
