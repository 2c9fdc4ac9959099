"""Agencies are kept apart by PostgreSQL beneath the code: by hand-written SQL too, in every table there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import ARRAY, Column, Connection, Table, create_engine, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from models.apart import APART, DESK, SEEN_BY_ALL, TOGETHER
from models.personal import FieldCipher
from models.tables import metadata, request_case
from models.vocabulary import Role, Scope
from runtime import row_security
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.api.conftest import Portal, enter_client
from tests.web.conftest import Browser, Staff
from web import house, rights
from web.app import create_app

ANY = {int: 1, date: date(2026, 1, 1), datetime: datetime(2026, 1, 1, tzinfo=UTC), bool: False, Decimal: Decimal(1)}


@pytest.fixture
def two(database: Database, server: EmbeddedServer) -> Iterator[tuple[int, int]]:
    """Two agencies with a row in every table; whatever belongs to one has its number a thousand times."""
    ours, theirs = enrol(database.engine, "wo", "本局"), enrol(database.engine, "ta", "他局")
    admin = create_engine(server.url("yishen_admin", database.engine.url.database), poolclass=NullPool)
    with admin.begin() as connection:
        # Rows that mean nothing: only whose they are matters here.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in metadata.sorted_tables:
            if table.name in APART or table.name in {"user_account", "api_client"}:
                for agency in (ours, theirs):
                    connection.execute(insert(table).values(row(table, agency)))
    yield ours, theirs


def row(table: Table, agency: int) -> dict[str, Any]:
    return {column.name: cell(table, column, agency) for column in table.columns if not column.nullable}


def cell(table: Table, column: Column[Any], agency: int) -> Any:
    if column.name == "agency_id":
        return agency
    if isinstance(column.type, ARRAY):
        return []
    kind = column.type.python_type
    if kind in {str, bytes}:
        return kind(f"{agency}000", *(["ascii"] if kind is bytes else []))
    if column.name.endswith("_id") or column.name == "id":
        return UUID(int=agency) if kind is UUID else agency * 1000
    return ANY.get(kind, {})


def whose(connection: Connection, table: str) -> int:
    return int(connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())


def test_every_table_of_an_agency_is_apart_or_has_a_reason_not_to_be() -> None:
    def belongs(table: Table) -> bool:
        above = {key.column.table for key in table.foreign_keys} - {table}
        return "agency_id" in table.columns or any(belongs(each) for each in above)

    known = {name for name, table in metadata.tables.items() if belongs(table) or name == "agency"}
    assert set(APART) | set(TOGETHER) >= known
    assert not set(APART) & set(TOGETHER)


def test_it_is_on_and_the_desk_may_what_the_application_may(database: Database) -> None:
    assert database.apart
    rights_of = text(
        "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges"
        " WHERE grantee = :role AND table_schema = 'public'"
    )
    with database.owner_engine.connect() as connection:
        of = {role: set(connection.execute(rights_of, {"role": role}).all()) for role in ("yishen_app", DESK)}
    assert of["yishen_app"] == of[DESK] != set()


def test_what_belongs_to_another_agency_is_neither_seen_nor_written(database: Database, two: tuple[int, int]) -> None:
    ours, theirs = two
    for name in APART:
        table = metadata.tables[name]
        with database.engine.connect() as everybody, database.within({theirs, ours}).connect() as both:
            assert (whose(everybody, name), whose(both, name)) == (2, 2), name
        with database.within(()).connect() as nobody:
            assert whose(nobody, name) == (2 if name in SEEN_BY_ALL else 0), name
        with database.within({ours}).connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == DESK
            assert whose(connection, name) == (2 if name in SEEN_BY_ALL else 1), name
            column = table.columns[0].name
            for statement in (f"DELETE FROM {name}", f"UPDATE {name} SET {column} = {column}"):
                assert touched(connection, statement) <= 1, statement
            with pytest.raises(DBAPIError, match="row-level security"), connection.begin_nested():
                connection.execute(insert(table).values(row(table, theirs)))
        with database.engine.connect() as everybody:
            assert whose(everybody, name) == 2, name


def touched(connection: Connection, statement: str) -> int:
    """How many rows a statement would touch; none where the application may not do it at all. Nothing is kept."""
    try:
        with connection.begin_nested() as point:
            number = connection.execute(text(statement)).rowcount
            point.rollback()
    except DBAPIError as refused:
        assert re.search("permission denied|violates foreign key", str(refused)), statement
        return 0
    return number


def test_a_case_is_not_given_away(database: Database, two: tuple[int, int]) -> None:
    ours, theirs = two
    with database.within({ours}).begin() as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(request_case.update().values(agency_id=theirs))


def test_the_role_is_laid_down_with_the_transaction(database: Database, two: tuple[int, int]) -> None:
    who = text("SELECT current_user, current_setting('yishen.reach', true)")
    with database.within({two[0]}).connect() as connection:
        assert connection.execute(who).one() == (DESK, f"{{{two[0]}}}")
        connection.rollback()
        assert connection.execute(who).one() == (DESK, f"{{{two[0]}}}")
    with database.engine.connect() as connection:
        assert connection.execute(who).one()[0] == "yishen_app"
        assert not connection.execute(who).one()[1]


def test_outside_a_transaction_nothing_is_asked(database: Database) -> None:
    apart = database.within({1}).connect().execution_options(isolation_level="AUTOCOMMIT")
    with apart as connection, pytest.raises(RuntimeError, match="needs a transaction"):
        connection.execute(text("SELECT 1"))


def test_without_a_reach_the_desk_sees_nothing(database: Database, two: tuple[int, int]) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {DESK}"))
        assert not [table for table in set(APART) - SEEN_BY_ALL if whose(connection, table)]


def test_tasks_plan_as_if_there_were_no_policy(database: Database) -> None:
    with database.engine.connect() as connection:
        for table in APART:
            plan = connection.execute(text(f"EXPLAIN SELECT * FROM {table}")).scalars().all()
            assert len(plan) == 1, plan


def test_pages_and_the_interface_act_as_the_desk(
    browser: Browser, people: Staff, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    number = Desk(office.engine, agency_id, cipher).register("2026-11-20")
    people.enter(agency_id, "head", Role.HEAD)
    portal = Portal(browser.client, enter_client(office.engine, agency_id, Scope.CASES_READ))
    browser.sign_in("head")
    asked: set[str] = set()

    def look(_connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        if "request_case" in statement:
            asked.add(cursor.connection.execute("SELECT current_user").fetchone()[0])

    event.listen(office.engine, "before_cursor_execute", look)
    assert number in browser.get(f"/cases/{number}").text
    assert portal.get("/cases").json()["cases"]
    assert asked == {DESK}


def test_a_page_that_forgot_to_ask_whose_it_is_shows_nothing_of_others(
    browser: Browser, people: Staff, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    Desk(office.engine, there, cipher).register("2026-11-20")

    def careless(request: Request, signed: Annotated[rights.Signed, rights.needs(rights.Right.SEE_CASES)]) -> Any:
        with house.house_of(request).engine.connect() as connection:
            return {"cases": whose(connection, "request_case"), "events": whose(connection, "case_event")}

    browser.client.app.add_api_route("/careless", careless)
    for agency, login, number in ((agency_id, "here", 0), (there, "there", 1)):
        people.enter(agency, login, Role.CLERK)
        with TestClient(browser.client.app) as opened:
            person = Browser(opened)
            person.sign_in(login)
            assert person.get("/careless").json() == {"cases": number, "events": number}


def test_a_column_that_a_migration_took_away_is_no_hindrance(database: Database) -> None:
    with database.owner_engine.connect() as connection:
        for statement in (
            "CREATE TABLE later (id bigint, gone bigint)",
            "GRANT SELECT, UPDATE (id, gone) ON later TO yishen_app",
            "ALTER TABLE later DROP COLUMN gone",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
        assert row_security.settle(connection)
    with database.within({1}).begin() as connection:
        assert connection.execute(text("UPDATE later SET id = 1")).rowcount == 0


def test_a_server_without_it_works_and_says_so(database: Database, cipher: FieldCipher, settings: Settings) -> None:
    with database.owner_engine.connect() as connection:
        connection.exec_driver_sql("DROP POLICY in_reach ON fee")
        connection.commit()
    off, on = (Database(database.engine.url, database.owner_engine.url) for _ in range(2))
    assert not off.apart
    assert off.within({1}) is off.engine
    with TestClient(create_app(Office(off, cipher, settings))) as client:
        assert "数据库没有按机关隔离" in client.get("/status").text
    with off.owner_engine.connect() as connection:
        assert row_security.settle(connection)
    assert on.apart
    with TestClient(create_app(Office(on, cipher, settings))) as client:
        assert "数据库没有按机关隔离" not in client.get("/status").text
    off.dispose()
    on.dispose()
