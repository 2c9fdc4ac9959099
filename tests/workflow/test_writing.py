"""The rows of a change in one statement: every value comes back as it was given, and all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import IntegrityError

from models.tables import applicant, case_event, deadline, fee, outbox, request_case
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import NOW, enrol, fresh_database
from workflow.writing import write

D = date.fromisoformat
AWKWARD = "“引号” '单' \"双\" \\反\\u0041斜\\x41 %s %(p0)s :name {} 换\n行\t制表 \x7f 𠮷😀 é"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
documents = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
# Each example is rolled back by itself.
on_one_connection = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer, template: str) -> Iterator[tuple[Database, int]]:
    """A database with an agency in it; none of the tests here commits."""
    with fresh_database(server, template) as made:
        yield made, enrol(made.engine)


@pytest.fixture
def connection(shared: tuple[Database, int]) -> Iterator[Connection]:
    with shared[0].engine.connect() as opened:
        yield opened


@pytest.fixture
def agency_id(shared: tuple[Database, int]) -> int:
    return shared[1]


def person(agency_id: int, number: int = 1) -> dict[str, Any]:
    """A row of an applicant."""
    return {"id": number, "agency_id": agency_id, "kind": "natural_person"}


def request(agency_id: int, number: int = 1, **values: Any) -> dict[str, Any]:
    """A row of a case."""
    return {
        "id": number,
        "agency_id": agency_id,
        "number": f"2026-{number:04}",
        "applicant_id": number,
        "applicant_kind": "natural_person",
        "subject": "预算",
        "received_on": D("2026-03-02"),
        "came_on": D("2026-03-02"),
        "state": "received",
        "counted": True,
        "is_open": True,
        "provisional": False,
        "calendar_revision": 0,
        "version": 1,
        "head_hash": b"\x00\xff",
        "snapshot": None,
        **values,
    }


def event(number: int = 1, **values: Any) -> dict[str, Any]:
    """A row of the log."""
    return {
        "case_id": number,
        "seq": 1,
        "kind": "register",
        "happened_on": D("2026-03-02"),
        "recorded_at": NOW,
        "actor": "test",
        "command_id": f"test:{number}",
        "to_state": "received",
        "article": "",
        "facts": {},
        "previous_hash": b"",
        "hash": bytes(range(32)),
        **values,
    }


def rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """What is stored, in the order of its key."""
    found = connection.execute(select(table).order_by(*table.primary_key))
    return [dict(row._mapping) for row in found]


def among(given_row: dict[str, Any], stored: dict[str, Any]) -> bool:
    """Whether the values that were given are those stored."""
    return {name: stored[name] for name in given_row} == given_row


# Values


@on_one_connection
@given(subject=texts, facts=documents, snapshot=st.none() | documents, hashed=st.binary(max_size=40))
@example(subject=AWKWARD, facts={AWKWARD: [AWKWARD, None]}, snapshot={"": None}, hashed=b"\\x41\x00'")
@example(subject="", facts={}, snapshot={}, hashed=b"")
@example(subject="null", facts={"a": "null"}, snapshot=None, hashed=b"null")
def test_texts_documents_and_bytes_come_back_as_they_were_given(
    connection: Connection, agency_id: int, subject: str, facts: Any, snapshot: Any, hashed: bytes
):
    case = request(agency_id, subject=subject, snapshot=snapshot, head_hash=hashed)
    entry = event(facts=facts, hash=hashed, actor=subject)
    with connection.begin():
        write(
            connection,
            [
                (applicant, "insert", [person(agency_id)]),
                (request_case, "insert", [case]),
                (case_event, "insert", [entry]),
            ],
        )
        (stored,), (logged,) = rows(connection, request_case), rows(connection, case_event)
        no_snapshot = connection.execute(select(request_case.c.snapshot.is_(None))).scalar_one()
        connection.rollback()
    assert among(case, stored)
    assert among(entry, logged)
    # A document that is not there is none in the database either, not one that says null.
    assert no_snapshot == (snapshot is None)


@on_one_connection
@given(
    yuan=st.decimals(-(10**12), 10**12, places=4) | st.just(Decimal("1E+3")),
    received=st.none() | st.decimals(0, 100, places=2),
    notified=st.dates(),
    paid=st.none() | st.dates(),
    recorded=st.datetimes(timezones=st.just(UTC)),
    counted=st.booleans(),
    version=st.integers(-(2**31), 2**31 - 1),
)
def test_money_days_instants_and_numbers_come_back_as_they_were_given(
    connection: Connection,
    agency_id: int,
    yuan: Decimal,
    received: Decimal | None,
    notified: date,
    paid: date | None,
    recorded: datetime,
    counted: bool,
    version: int,
):
    case = request(agency_id, version=version, counted=counted, officer=None)
    notice = {
        "case_id": 1, "round": 1, "agency_id": agency_id, "notified_on": notified,
        "billed_yuan": yuan, "paid_on": paid, "received_yuan": received,
    }  # fmt: skip
    entry = event(happened_on=notified, recorded_at=recorded, from_state=None)
    with connection.begin():
        # The database sees the rows together: a child may come before its parent.
        write(
            connection,
            [
                (fee, "upsert", [notice]),
                (case_event, "insert", [entry]),
                (request_case, "insert", [case]),
                (applicant, "insert", [person(agency_id)]),
            ],
        )
        (stored,), (billed,), (logged,) = (rows(connection, table) for table in (request_case, fee, case_event))
        connection.rollback()
    assert among(case, stored)
    assert among(notice, billed)
    assert among(entry, logged)


@pytest.mark.parametrize("value", [time(9), {1}, 1j, object()])
def test_a_value_of_no_columns_type_is_refused_before_anything_is_sent(
    connection: Connection, agency_id: int, value: object
):
    with pytest.raises(TypeError, match=f"{type(value).__name__} is the type of no column"):
        write(connection, [(applicant, "insert", [person(agency_id)]), (outbox, "insert", [{"payload": value}])])
    assert rows(connection, applicant) == []


# Ways


@pytest.fixture
def two(connection: Connection, agency_id: int) -> list[dict[str, Any]]:
    """Two cases that are there."""
    cases = [request(agency_id, number) for number in (1, 2)]
    people = [person(agency_id, number) for number in (1, 2)]
    write(connection, [(applicant, "insert", people), (request_case, "insert", cases)])
    return rows(connection, request_case)


def test_an_update_changes_the_columns_given_of_the_rows_named_and_makes_none(
    connection: Connection, two: list[dict[str, Any]]
):
    changed = [{"id": 2, "subject": "决算", "snapshot": {"a": 1}}, {"id": 3, "subject": "没有", "snapshot": None}]
    write(connection, [(request_case, "update", changed)])
    assert rows(connection, request_case) == [two[0], {**two[1], "subject": "决算", "snapshot": {"a": 1}}]
    write(connection, [(request_case, "update", [{"id": 2, "subject": "决算", "snapshot": None}])])
    assert rows(connection, request_case)[1]["snapshot"] is None


def test_an_upsert_changes_what_is_there_and_puts_in_what_is_not(
    connection: Connection, two: list[dict[str, Any]], agency_id: int
):
    def period(kind: str, due: str) -> dict[str, Any]:
        return {
            "case_id": 1, "kind": kind, "round": 1, "agency_id": agency_id, "state": "open", "due_on": D(due),
            "article": "", "provisional": False, "calendar_revision": 0,
        }  # fmt: skip

    write(connection, [(deadline, "upsert", [{**period("reply", "2026-03-30"), "wake_on": D("2026-03-16")}])])
    write(connection, [(deadline, "upsert", [period("reply", "2026-04-28"), period("opinion", "2026-03-27")])])
    found = {row["kind"]: (row["due_on"], row["wake_on"]) for row in rows(connection, deadline)}
    # What is not given is kept where the row was there, and has its default where it was not.
    today = connection.exec_driver_sql("SELECT CURRENT_DATE").scalar_one()
    assert found == {"reply": (D("2026-04-28"), D("2026-03-16")), "opinion": (D("2026-03-27"), today)}


def test_a_row_without_an_id_is_given_one(connection: Connection, agency_id: int):
    asked = {"agency_id": agency_id, "topic": "message", "payload": {"a": AWKWARD}, "made_at": NOW, "due_at": NOW}
    write(connection, [(outbox, "insert", [asked] * 300)])
    found = rows(connection, outbox)
    assert len({row["id"] for row in found}) == 300
    assert all(among(asked, row) for row in found)


def test_parts_without_rows_are_passed_over_and_without_any_nothing_is_sent(
    connection: Connection, two: list[dict[str, Any]]
):
    write(
        connection,
        [(fee, "upsert", []), (request_case, "update", [{"id": 1, "subject": "决算"}]), (case_event, "insert", [])],
    )
    assert rows(connection, request_case)[0]["subject"] == "决算"
    connection.close()
    write(connection, [])
    write(connection, [(fee, "upsert", []), (case_event, "insert", [])])


# All or none


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "2026-0001"},
        {"applicant_id": 77},
        {"state": None},
        {"closed_on": D("2026-03-01"), "outcome": "granted"},
    ],
)
def test_a_violation_in_one_row_writes_none_of_the_change(
    connection: Connection, two: list[dict[str, Any]], agency_id: int, wrong: dict[str, Any]
):
    plain = {"closed_on": None, "outcome": None}
    with pytest.raises(IntegrityError), connection.begin_nested():
        write(
            connection,
            [
                (applicant, "insert", [person(agency_id, 3), person(agency_id, 4)]),
                (case_event, "insert", [event(1), event(3)]),
                (request_case, "insert", [request(agency_id, 3, **plain), {**request(agency_id, 4, **plain), **wrong}]),
            ],
        )
    assert rows(connection, request_case) == two
    assert len(rows(connection, applicant)) == 2
    assert rows(connection, case_event) == []
