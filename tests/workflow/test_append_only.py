"""The log and the calendars only grow: the application's role may add to them and read them, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from models.personal import FieldCipher
from models.tables import calendar_day, calendar_revision, case_event, metadata
from models.vocabulary import ApplicantKind, AuditKind, EventKind, State
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import NOW, fresh_database
from tests.histories import another_agency, commands, perform, verified
from workflow import audit, log
from workflow.case import Happening
from workflow.desk import History

DENIED = "42501"  # insufficient_privilege
TABLES = ("case_event", "calendar_revision", "calendar_day", "audit_event")
COLUMN = {"case_event": "actor", "calendar_revision": "source", "calendar_day": "name", "audit_event": "actor"}
KEYS = {
    "case_event": "case_id, seq",
    "calendar_revision": "id",
    "calendar_day": "revision_id, day",
    "audit_event": "id",
}


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer, template: str, cipher: FieldCipher) -> Iterator[Database]:
    """A database with a case in the log and a calendar, for all tests here: none of them commits."""
    facts = {"applicant_kind": ApplicantKind.COMPANY, "subject": "预算"}
    registered = Happening(EventKind.REGISTER, date(2026, 3, 2), facts)
    with fresh_database(server, template) as database:
        perform(database.engine, another_agency(database.engine), History(commands([registered])), cipher)
        with database.engine.begin() as connection:
            audit.record(connection, audit.Author("web:zhang", None, NOW), AuditKind.SIGN_IN, "zhang")
        yield database


@pytest.fixture
def connection(filled: Database) -> Iterator[Connection]:
    """The application's connection."""
    with filled.engine.connect() as connection:
        yield connection


def denied(connection: Connection, statement: str) -> bool:
    """Whether the statement is refused for want of the right, and changes nothing."""
    with pytest.raises(DBAPIError) as refused, connection.begin_nested():
        connection.execute(text(statement))
    return refused.value.orig is not None and getattr(refused.value.orig, "sqlstate", None) == DENIED


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {column} = 'x'",
        "UPDATE {table} SET {column} = {column} WHERE false",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE false",
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({keys}) DO UPDATE SET {column} = 'x'",
        "MERGE INTO {table} USING (SELECT 1) one ON true WHEN MATCHED THEN UPDATE SET {column} = 'x'",
        "MERGE INTO {table} USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT * FROM gone",
        "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        "DROP TABLE {table} CASCADE",
        "ALTER TABLE {table} ADD COLUMN more text",
        "ALTER TABLE {table} DROP COLUMN {column}",
        "ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar(1)",
        "ALTER TABLE {table} RENAME TO other",
        "ALTER TABLE {table} OWNER TO yishen_app",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} SET SCHEMA pg_temp",
        "CREATE RULE forget AS ON INSERT TO {table} DO INSTEAD NOTHING",
        "CREATE TRIGGER forget BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE INDEX ON {table} ({column})",
        "COMMENT ON TABLE {table} IS 'x'",
    ],
)
def test_the_application_may_not_change_what_is_only_added_to(
    connection: Connection, table: str, statement: str
) -> None:
    before = connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars().all()
    assert before
    assert denied(connection, statement.format(table=table, column=COLUMN[table], keys=KEYS[table]))
    assert connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars().all() == before


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_the_application_may_not_drop_empty_or_alter_any_table(connection: Connection, table: str) -> None:
    for statement in (f"DROP TABLE {table} CASCADE", f"TRUNCATE {table} CASCADE", f"ALTER TABLE {table} ADD x int"):
        assert denied(connection, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE yishen_owner",
        "SET SESSION AUTHORIZATION yishen_owner",
        "SET session_replication_role = replica",
        "GRANT UPDATE ON case_event TO yishen_app",
        "ALTER ROLE yishen_app SUPERUSER",
        "ALTER ROLE yishen_app BYPASSRLS",
        "GRANT yishen_owner TO yishen_app",
        "CREATE TABLE public.other (n int)",
        "CREATE SCHEMA other",
        "DROP SCHEMA public CASCADE",
        "CREATE FUNCTION public.other() RETURNS int LANGUAGE sql RETURN 1",
        "COPY case_event TO PROGRAM 'cat'",
        "COPY case_event TO '/tmp/case_event'",
        "UPDATE pg_class SET relowner = 'yishen_app'::regrole",
    ],
)
def test_the_application_may_not_take_more_rights(connection: Connection, statement: str) -> None:
    with pytest.raises(DBAPIError), connection.begin_nested():
        connection.execute(text(statement))
        # A GRANT by somebody who has no right to give is only a warning; what counts is that nothing came of it.
        connection.execute(text("UPDATE case_event SET actor = 'x'"))
    role, superuser = connection.execute(text("SELECT current_user, current_setting('is_superuser')")).one()
    assert (role, superuser) == ("yishen_app", "off")
    assert denied(connection, "UPDATE case_event SET actor = 'x'")


@pytest.mark.parametrize("table", TABLES)
def test_the_rights_on_what_is_only_added_to_are_insert_and_select_and_no_column_has_more(
    connection: Connection, table: str
) -> None:
    every = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    has = text("SELECT has_table_privilege('yishen_app', :table, :right)")
    assert [r for r in every if connection.scalar(has, {"table": table, "right": r})] == ["SELECT", "INSERT"]
    in_columns = text("SELECT has_any_column_privilege('yishen_app', :table, :right)")
    assert not connection.scalar(in_columns, {"table": table, "right": "UPDATE"})
    ours = text("SELECT relname FROM pg_class WHERE relowner = 'yishen_app'::regrole")
    assert connection.execute(ours).all() == []


def test_the_application_may_add_to_the_log_and_read_it(connection: Connection) -> None:
    first = connection.execute(select(case_event)).mappings().one()
    row = log.event_row(
        case_id=first["case_id"],
        seq=2,
        event=EventKind.CORRECT,
        happened_on=date(2026, 3, 3),
        recorded_at=NOW,
        actor="a clerk",
        command_id="another",
        from_state=None,
        to_state=State.RECEIVED,
        facts={},
        previous_hash=first["hash"],
    )
    connection.execute(insert(case_event), [row])
    assert connection.execute(select(case_event.c.seq).order_by(case_event.c.seq)).scalars().all() == [1, 2]
    # What the application could write past the desk, verification sees.
    assert not verified(connection).ok


def test_the_application_may_add_a_calendar_and_read_it(connection: Connection) -> None:
    revision = {"id": 2, "agency_id": None, "announced": [2027], "source": "通知", "actor": "a clerk"}
    connection.execute(insert(calendar_revision), [revision])
    day = {"revision_id": 2, "day": date(2027, 1, 4), "working": False, "name": "元旦"}
    connection.execute(insert(calendar_day), [day])
    assert connection.execute(select(calendar_day).where(calendar_day.c.revision_id == 2)).mappings().one() == day


def test_an_event_cannot_take_the_place_of_another(connection: Connection) -> None:
    for columns in ("case_id, seq + 1, kind, happened_on, recorded_at, actor, command_id", "*"):
        rest = ", from_state, to_state, article, facts, previous_hash, hash" if columns != "*" else ""
        with pytest.raises(DBAPIError, match="duplicate key"), connection.begin_nested():
            connection.execute(text(f"INSERT INTO case_event SELECT {columns}{rest} FROM case_event"))
