"""What verification finds: any altered byte of the log, anything derived that the log does not give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from models.personal import FieldCipher
from models.tables import case_event, deadline, fee, request_case, review
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    EventKind,
    Means,
    Opinion,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
)
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import NOW, fresh_database
from tests.histories import (
    CaseHistory,
    another_agency,
    commands,
    dockets,
    examples,
    histories,
    perform,
    record,
    stored,
    verified,
    words,
)
from workflow import calendar_book, case, log, notices, periods
from workflow.calendar import DayRule, WorkCalendar
from workflow.case import Case, Happening
from workflow.desk import History
from workflow.notices import Notice


def _h(event: EventKind, month: int, day: int, **facts: Any) -> Happening:
    return Happening(event, date(2026, month, day), facts)


# A case with every event that one case can have, but for the other endings and what is recorded for many cases at once.
EVERYTHING: CaseHistory = (
    _h(
        EventKind.ARRIVE,
        3,
        2,
        applicant_kind=ApplicantKind.RESEARCH,
        subject="预算",
        channel=Channel.POST_ORDINARY,
        submitted_on=date(2026, 3, 1),
        arrived_on=date(2026, 3, 2),
    ),
    _h(EventKind.CONTACT, 3, 3, how="电话无人接听"),
    _h(EventKind.CONFIRM, 3, 4, how="电话"),
    _h(EventKind.ASK_CORRECTION, 3, 5, items="写明文号", until=date(2026, 3, 19)),
    _h(EventKind.DELIVER_CORRECTION, 3, 6),
    _h(EventKind.CORRECT, 3, 18),
    _h(EventKind.SPLIT, 3, 19, into="2026-0099", subject="预算"),
    _h(EventKind.CONSULT, 3, 20, kind=ConsultationKind.THIRD_PARTY, party="甲公司"),
    _h(EventKind.DELIVER_CONSULTATION, 3, 23, consultation=1),
    _h(EventKind.EXTEND, 3, 24, working_days=10),
    _h(EventKind.PAUSE, 3, 25, reason="疫情封控", approver="李主任"),
    _h(EventKind.RESUME, 3, 27),
    _h(EventKind.ASK_REASONS, 3, 30, until=date(2026, 4, 3)),
    _h(EventKind.REASONS_IN, 3, 31, reasonable=True),
    _h(EventKind.DELAY, 4, 1, until=date(2026, 6, 30)),
    _h(EventKind.OPINIONS_IN, 4, 2, consultation=1, opinion=Opinion.DISAGREE),
    _h(EventKind.BILL, 4, 3, billed_yuan=Decimal("380.50")),
    _h(EventKind.PAY, 4, 8, received_yuan=Decimal("380.50")),
    _h(EventKind.SEARCH, 4, 9, where="档案室", terms="预算", searcher="张三", found=True),
    _h(EventKind.SECRECY_REVIEW, 4, 10, reviewer="王五", may_release=True),
    _h(EventKind.TELL_THIRD_PARTY, 4, 13, consultation=1, reason="公共利益"),
    _h(EventKind.NOTE, 4, 14, text="记错了"),
    _h(EventKind.VOID, 4, 14, entry=22, reason="记错了"),
    _h(EventKind.AMEND, 4, 15, reason="误录", subject="决算"),
    _h(EventKind.ASSIGN, 4, 15, officer="张某"),
    _h(EventKind.CHANGE_KIND, 4, 15, applicant_kind=ApplicantKind.NON_PROFIT, reason="误录"),
    _h(
        EventKind.DECIDE,
        4,
        20,
        outcome=Outcome.PARTLY_GRANTED,
        reply_number="告〔2026〕1号",
        means=Means.EMAIL,
        reevaluate_on=date(2027, 4, 20),
    ),
    _h(EventKind.RETURN, 4, 21, reason="邮箱不存在"),
    _h(EventKind.SERVE_AGAIN, 4, 22, means=Means.POST_EMS),
    _h(EventKind.SERVE, 4, 24, how="本人签收"),
    _h(
        EventKind.OPEN_REVIEW,
        5,
        8,
        review_kind=ReviewKind.RECONSIDERATION,
        copy_received=date(2026, 5, 9),
        remarks="不服",
    ),
    _h(EventKind.ANSWER_REVIEW, 5, 15, review=1),
    _h(EventKind.CONCLUDE_REVIEW, 7, 1, review=1, result=ReviewResult.CORRECTED),
    _h(EventKind.OPEN_REVIEW, 7, 2, review_kind=ReviewKind.LITIGATION_AFTER_RECONSIDERATION),
    _h(EventKind.FIRST_JUDGMENT, 7, 10, review=2, ruling_form=RulingForm.JUDGMENT),
    _h(EventKind.APPEAL, 7, 13, review=2, by="申请人"),
    _h(EventKind.CONCLUDE_REVIEW, 7, 17, review=2, result=ReviewResult.UPHELD),
    _h(EventKind.REOPEN, 7, 20, ground=ReopenGround.RECONSIDERATION, review=1, until=date(2026, 8, 31)),
    _h(EventKind.WITHDRAW, 7, 24, how="书面", identity_checked=True),
)
STILL_OPEN: CaseHistory = (
    _h(EventKind.REGISTER, 3, 2, applicant_kind=ApplicantKind.RESEARCH, subject="预算", submitted_on=date(2026, 3, 1)),
)
OTHER_ENDINGS = {EventKind.DISMISS, EventKind.LAPSE, EventKind.MERGE, EventKind.CLOSE, EventKind.RECTIFY}
AT_ONCE = {EventKind.CARRY_OVER, EventKind.RECALCULATE}

# What stands in the way of a tamperer who is not the superuser.
_CONSTRAINTS = "SELECT conrelid::regclass::text, conname FROM pg_constraint "
_CONSTRAINTS += " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"


@pytest.fixture(scope="module")
def open_to_tampering(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database without foreign keys and checks, for all tests here that tamper and then roll back."""
    with fresh_database(server, template) as database:
        with database.owner_engine.begin() as connection:
            for table, name in stored(connection, _CONSTRAINTS):
                connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        yield database


@pytest.fixture(scope="module")
def an_agency(open_to_tampering: Database) -> int:
    """An agency of that database."""
    return another_agency(open_to_tampering.engine)


@pytest.fixture
def tampering(open_to_tampering: Database, an_agency: int, cipher: FieldCipher) -> Iterator[Connection]:
    """The owner's connection with two cases in the log; whatever is done is undone."""
    with open_to_tampering.owner_engine.connect() as connection:
        record(connection, an_agency, [EVERYTHING, STILL_OPEN], cipher)
        assert verified(connection).ok
        yield connection


def test_the_two_cases_have_every_event_between_them() -> None:
    happened = {happening.event for happening in (*EVERYTHING, *STILL_OPEN)}
    # Files and letters are verified with their content: tests/workflow/test_attachments.py, tests/letters/.
    assert happened == set(EventKind) - OTHER_ENDINGS - AT_ONCE - {EventKind.ATTACH, EventKind.SEND_LETTER}


def assert_found(connection: Connection) -> None:
    """Verification has something to say, and can say it as JSON."""
    result = verified(connection)
    assert result.findings
    assert json.loads(json.dumps(result.to_json()))["ok"] is False


# Alterations


# Places are drawn as shares of the length, and numbers as distances: ids and hashes differ from one example to the next.
_PLACE = st.floats(0, 1, exclude_max=True)


def _altered_text(value: str) -> st.SearchStrategy[str]:
    """One character of a text changed by one bit, left out, or put in; or another text."""

    def flip(place: float, bit: int) -> str:
        at = int(place * len(value))
        other = ord(value[at]) ^ (1 << bit)
        return value[:at] + (chr(other) if other and not 0xD800 <= other < 0xE000 else "?") + value[at + 1 :]

    others = [value.swapcase(), value + " ", " " + value, "", *State, *EventKind, *Outcome]
    ways = [st.sampled_from(others).map(str), words()]
    if value:
        cuts = _PLACE.map(lambda place: int(place * len(value)))
        ways.append(st.builds(flip, _PLACE, st.integers(0, 15)))
        ways += [cuts.map(lambda at: value[:at] + value[at + 1 :]), cuts.map(lambda at: value[:at] + "0" + value[at:])]
    return st.one_of(ways)


def _altered_day(value: date) -> st.SearchStrategy[date]:
    """Another day: near, far, or with one digit of another value."""
    return st.one_of(
        st.integers(-40, 40).map(lambda days: value + timedelta(days)),
        st.dates(),
        st.builds(_with_digit, st.just(value.isoformat()), st.integers(0, 9), st.integers(0, 9)).flatmap(_as_day),
    )


def _with_digit(value: str, place: int, digit: int) -> str:
    return value[:place] + str(digit) + value[place + 1 :]


def _as_day(value: str) -> st.SearchStrategy[date]:
    try:
        return st.just(date.fromisoformat(value))
    except ValueError:
        return st.nothing()


def _altered_instant(value: datetime) -> st.SearchStrategy[datetime]:
    steps = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=8), timedelta(days=1)]
    return st.sampled_from([value + sign * step for step in steps for sign in (1, -1)])


def _altered_bytes(value: bytes) -> st.SearchStrategy[bytes]:
    def flip(place: float, bit: int) -> bytes:
        at = int(place * len(value))
        return value[:at] + bytes([value[at] ^ (1 << bit)]) + value[at + 1 :]

    others = st.sampled_from([value[:-1], value[1:], value + b"\0", b"", bytes(32), value[::-1]])
    return st.one_of(st.builds(flip, _PLACE, st.integers(0, 7)), others)


def _altered_whole(value: int) -> st.SearchStrategy[int]:
    distance = st.one_of(st.integers(1, 3), st.integers(1, 2**30))
    return st.one_of(distance.map(lambda far: value + far), distance.map(lambda far: value - far))


def _altered_scalar(value: Any) -> st.SearchStrategy[Any]:
    for kind, alter in _ALTER.items():
        if type(value) is kind:
            return alter(value)
    raise TypeError(type(value))


_ALTER: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    str: _altered_text,
    bool: lambda value: st.just(not value),
    int: _altered_whole,
    date: _altered_day,
    datetime: _altered_instant,
    bytes: _altered_bytes,
    Decimal: lambda value: st.sampled_from([value + Decimal("0.01"), -value - 1, value * 10 + 1]),
}


def _altered_json(value: Any) -> st.SearchStrategy[Any]:
    """JSON with one value, one key or one type changed somewhere."""
    others = st.sampled_from([None, True, False, 0, 1, -1, 1.5, "", "1", [], {}, [None], {"": 0}])
    ways = [others]
    if isinstance(value, dict):
        ways += [_altered_json(each).map(lambda other, key=key: {**value, key: other}) for key, each in value.items()]
        ways += [st.just({k: v for k, v in value.items() if k != key}) for key in value]
        ways += [
            words().map(lambda new, key=key: {new if k == key else k: v for k, v in value.items()}) for key in value
        ]
        ways += [
            st.builds(lambda key, more: {**value, key: more}, st.sampled_from([log.IRREGULAR, "until", "x"]), others)
        ]
    elif isinstance(value, list):
        ways += [st.just([*value, value[-1]]), st.just(value[:-1])] if value else []
        ways += [
            _altered_json(each).map(lambda other, index=index: [*value[:index], other, *value[index + 1 :]])
            for index, each in enumerate(value)
        ]
    elif value is not None:
        ways.append(_altered_scalar(value))
        if type(value) is int:
            ways.append(st.sampled_from([float(value), str(value)]))
    return st.one_of(ways)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _fact(value: Any, nullable: bool) -> st.SearchStrategy[Any]:
    """Another value for a column that is no JSON."""
    if value is None:
        return st.sampled_from(["", "x", *State]).map(str)
    found = _altered_scalar(value).filter(lambda other: other != value)
    return st.one_of(found, st.none()) if nullable else found


def _write(connection: Connection, table: Table, keys: dict[str, Any], column: str, value: Any) -> bool:
    """Put the value there as the owner; False if a unique key forbids it."""
    where = [table.c[name] == key for name, key in keys.items()]
    if column in ("facts", "snapshot"):
        value = text("CAST(:document AS jsonb)").bindparams(document=json.dumps(value))
    try:
        with connection.begin_nested():
            changed = connection.execute(update(table).where(*where).values({column: value}))
    except IntegrityError:
        return False
    assert changed.rowcount == 1
    return True


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def _assert_any_alteration_is_found(
    connection: Connection, data: st.DataObject, table: Table, columns: list[str], times: int
) -> None:
    """Alter one value, verify, undo it; so many times."""
    for _ in range(times):
        with connection.begin_nested() as savepoint:
            if _alter_one(connection, data, table, columns):
                assert_found(connection)
            savepoint.rollback()


def _alter_one(connection: Connection, data: st.DataObject, table: Table, columns: list[str]) -> bool:
    rows = _rows(connection, table)
    row = rows[data.draw(st.integers(0, len(rows) - 1), label="row")]
    column = data.draw(st.sampled_from(columns), label="column")
    old = row[column]
    if column in ("facts", "snapshot"):
        new = data.draw(_altered_json(old).filter(lambda other: _canonical(other) != _canonical(old)), label="value")
    elif old is None and table is not case_event:
        new = data.draw(_A_VALUE[column], label="value")
    else:
        new = data.draw(_fact(old, bool(table.c[column].nullable)), label="value")
    return _write(connection, table, {key.name: row[key.name] for key in table.primary_key}, column, new)


_A_VALUE: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.dates() for name in ("closed_on", "reply_due", "due_on", "done_on", "paid_on", "concluded_on")},
    "outcome": st.sampled_from([*Outcome, "", "x"]).map(str),
    "officer": st.sampled_from(["张某", "x"]),
    "received_yuan": st.decimals(0, 1000, places=2),
}


@examples(20, shrink=False)
@given(docket=dockets(2), data=st.data())
def test_any_altered_byte_of_a_stored_event_is_found(
    open_to_tampering: Database, an_agency: int, cipher: FieldCipher, docket: list[CaseHistory], data: st.DataObject
) -> None:
    columns = [column.name for column in case_event.columns]
    with open_to_tampering.owner_engine.connect() as connection:
        record(connection, an_agency, [EVERYTHING, STILL_OPEN, *docket], cipher)
        assert verified(connection).ok
        _assert_any_alteration_is_found(connection, data, case_event, columns, 5)


@pytest.mark.parametrize("table", [request_case, deadline, fee, review], ids=lambda table: table.name)
@examples(12, shrink=False)
@given(data=st.data())
def test_any_altered_derived_value_is_found(
    open_to_tampering: Database, an_agency: int, cipher: FieldCipher, table: Table, data: st.DataObject
) -> None:
    # When a deadline is looked at again does not follow from the log.
    columns = [column.name for column in table.columns if column.name != "wake_on"]
    with open_to_tampering.owner_engine.connect() as connection:
        record(connection, an_agency, [EVERYTHING, STILL_OPEN], cipher)
        _assert_any_alteration_is_found(connection, data, table, columns, 5)


# What PostgreSQL can hold and Python cannot, or the calendar cannot reckon with.
FAR_DAYS = [
    "infinity",
    "-infinity",
    "4714-11-24 BC",
    "0001-01-01",
    "2007-12-31",
    "2099-12-31",
    "2150-01-01",
    "20000-01-01",
]


@pytest.mark.parametrize("value", FAR_DAYS)
@pytest.mark.parametrize("column", ["happened_on", "recorded_at"])
def test_an_event_moved_to_an_impossible_day_is_found(tampering: Connection, column: str, value: str) -> None:
    seq = "(SELECT max(case_id) FROM case_event)"
    tampering.execute(
        text(f"UPDATE case_event SET {column} = CAST(:value AS {column_type(column)}) WHERE case_id = {seq}"),
        {"value": value},
    )
    assert_found(tampering)


def column_type(column: str) -> str:
    return "timestamptz" if column == "recorded_at" else "date"


@pytest.mark.parametrize("value", FAR_DAYS)
@pytest.mark.parametrize(
    ("table", "column"), [(request_case, "received_on"), (request_case, "reply_due"), (deadline, "due_on"), (fee, "paid_on")],
    ids=lambda each: getattr(each, "name", each),
)  # fmt: skip
def test_a_derived_day_that_is_impossible_is_found(
    tampering: Connection, table: Table, column: str, value: str
) -> None:
    changed = tampering.execute(
        text(f"UPDATE {table.name} SET {column} = CAST(:value AS date) WHERE {column} IS NOT NULL"), {"value": value}
    )
    assert changed.rowcount
    assert_found(tampering)


@pytest.mark.parametrize(
    "document", ["null", "[]", "1", '"x"', "1e400", '{"number": 1e5000}', "[" * 3000 + "]" * 3000], ids=lambda d: d[:20]
)
def test_facts_that_are_no_facts_are_found(tampering: Connection, document: str) -> None:
    for table, column in (("case_event", "facts"), ("request_case", "snapshot")):
        with tampering.begin_nested() as savepoint:
            tampering.execute(text(f"UPDATE {table} SET {column} = CAST(:value AS jsonb)"), {"value": document})
            assert_found(tampering)
            savepoint.rollback()


@pytest.mark.parametrize("value", ["10.0", '"10"', "11", "null"])
def test_a_number_of_the_snapshot_in_another_form_is_found(tampering: Connection, value: str) -> None:
    # The case is read from its snapshot: 10.0 working days are no 10.
    path = "jsonb_set(snapshot, '{extensions,0,working_days}', CAST(:value AS jsonb))"
    tampering.execute(text(f"UPDATE request_case SET snapshot = {path}"), {"value": value})
    assert_found(tampering)


# Events and rows that are gone, swapped or added


@pytest.mark.parametrize("seq", range(1, len(EVERYTHING) + 1))
def test_a_deleted_event_is_found(tampering: Connection, seq: int) -> None:
    first = "(SELECT min(case_id) FROM case_event)"
    assert tampering.execute(text(f"DELETE FROM case_event WHERE case_id = {first} AND seq = {seq}")).rowcount == 1
    assert_found(tampering)


def test_events_cut_off_at_the_end_are_found_though_the_case_knows_the_shorter_log(tampering: Connection) -> None:
    first = stored(tampering, "SELECT min(case_id) FROM case_event")[0][0]
    for seq in range(len(EVERYTHING), 1, -1):
        tampering.execute(text("DELETE FROM case_event WHERE case_id = :id AND seq = :seq"), {"id": first, "seq": seq})
        tampering.execute(
            text(
                "UPDATE request_case SET version = :version, head_hash = hash FROM case_event"
                " WHERE id = :id AND case_id = id AND seq = :version"
            ),
            {"id": first, "version": seq - 1},
        )
        assert_found(tampering)


@examples(30, shrink=False)
@given(docket=dockets(2), data=st.data())
def test_two_swapped_events_are_found(
    open_to_tampering: Database, an_agency: int, cipher: FieldCipher, docket: list[CaseHistory], data: st.DataObject
) -> None:
    with open_to_tampering.owner_engine.connect() as connection:
        record(connection, an_agency, [EVERYTHING, STILL_OPEN, *docket], cipher)
        keys = [(row["case_id"], row["seq"]) for row in _rows(connection, case_event)]
        one, other = data.draw(st.lists(st.sampled_from(keys), min_size=2, max_size=2, unique=True))
        place = text("UPDATE case_event SET case_id = :case, seq = :seq WHERE (case_id, seq) = (:old_case, :old_seq)")
        aside = (-1, -1)
        for (case_id, seq), (new_case, new_seq) in ((one, aside), (other, one), (aside, other)):
            moved = {"case": new_case, "seq": new_seq, "old_case": case_id, "old_seq": seq}
            assert connection.execute(place, moved).rowcount == 1
        assert_found(connection)


@pytest.mark.parametrize("table", [deadline, fee, review], ids=lambda table: table.name)
def test_a_deleted_derived_row_is_found(tampering: Connection, table: Table) -> None:
    for row in _rows(tampering, table):
        with tampering.begin_nested() as savepoint:
            tampering.execute(table.delete().where(*(column == row[column.name] for column in table.primary_key)))
            assert_found(tampering)
            savepoint.rollback()


@pytest.mark.parametrize("table", [deadline, fee, review], ids=lambda table: table.name)
def test_an_added_derived_row_is_found(tampering: Connection, table: Table) -> None:
    row = _rows(tampering, table)[-1]
    tampering.execute(insert(table), [row | {"round": row["round"] + 1}])
    assert_found(tampering)


@pytest.mark.parametrize("table", [deadline, fee, review], ids=lambda table: table.name)
def test_an_added_derived_row_of_no_case_is_found(tampering: Connection, table: Table) -> None:
    # Fees and reviews are counted in the report by their rows alone.
    row = _rows(tampering, table)[-1]
    tampering.execute(insert(table), [row | {"case_id": 10**9}])
    assert_found(tampering)


def test_a_deleted_log_is_found(tampering: Connection) -> None:
    tampering.execute(text("DELETE FROM case_event WHERE case_id = (SELECT min(case_id) FROM case_event)"))
    assert [finding.message for finding in verified(tampering).findings if finding.message == "没有日志"]
    tampering.execute(text("DELETE FROM case_event"))
    assert len([each for each in verified(tampering).findings if each.message == "没有日志"]) == 2


def test_a_log_whose_case_is_gone_is_found(tampering: Connection) -> None:
    for table in ("deadline", "fee", "review", "case_words"):
        tampering.execute(text(f"DELETE FROM {table}"))
    tampering.execute(text("DELETE FROM request_case"))
    strays = verified(tampering).findings
    assert [finding.kind for finding in strays] == ["stray"] * (len(EVERYTHING) + 1)


def test_a_case_without_a_log_is_found(tampering: Connection) -> None:
    row = _rows(tampering, request_case)[-1]
    tampering.execute(insert(request_case), [row | {"id": 10**9, "number": "2026-9999"}])
    assert_found(tampering)


def test_a_case_moved_to_another_agency_is_found(tampering: Connection, open_to_tampering: Database) -> None:
    # It would be counted in the other agency's report.
    other = another_agency(open_to_tampering.engine)
    last = "(SELECT max(id) FROM request_case)"
    tampering.execute(text(f"UPDATE request_case SET agency_id = :other WHERE id = {last}"), {"other": other})
    assert_found(tampering)


def test_a_case_given_to_another_applicant_is_found(tampering: Connection) -> None:
    last = "(SELECT max(id) FROM request_case)"
    other = "(SELECT min(applicant_id) FROM request_case)"
    tampering.execute(text(f"UPDATE request_case SET applicant_id = {other} WHERE id = {last}"))
    assert_found(tampering)


def test_an_altered_kind_of_applicant_is_found_in_the_applicants_row(tampering: Connection) -> None:
    tampering.execute(text("UPDATE applicant SET kind = 'other'"))
    assert_found(tampering)


# Well-made lies


def _append(connection: Connection, case_id: int, happening: Happening, to_state: State, **changes: Any) -> None:
    """Add an event with a hash that fits, and make the case know it."""
    row = connection.execute(select(request_case).where(request_case.c.id == case_id)).one()
    event = log.event_row(
        case_id=case_id,
        seq=row.version + 1,
        event=happening.event,
        happened_on=happening.happened_on,
        recorded_at=NOW,
        actor="tamperer",
        command_id=f"lie:{case_id}:{row.version}",
        from_state=State(row.state),
        to_state=to_state,
        facts=log.write_facts(happening.event, happening.facts),
        previous_hash=row.head_hash,
    )
    event |= changes
    event["hash"] = log.event_hash(event)
    connection.execute(insert(case_event), [event])
    head = {"version": event["seq"], "head_hash": event["hash"]}
    connection.execute(update(request_case).where(request_case.c.id == case_id).values(head))


CASE_CLOSED = [
    *(_h(event, 8, 3) for event in (EventKind.CORRECT,)),
    _h(EventKind.ASK_CORRECTION, 8, 3),
    _h(EventKind.CONSULT, 8, 3),
    _h(EventKind.OPINIONS_IN, 8, 3, consultation=1),
    _h(EventKind.EXTEND, 8, 3, working_days=5),
    _h(EventKind.BILL, 8, 3, billed_yuan=Decimal(1)),
    _h(EventKind.PAY, 8, 3, received_yuan=Decimal(1)),
    _h(EventKind.DECIDE, 8, 3, outcome=Outcome.GRANTED),
    _h(EventKind.LAPSE, 8, 3, outcome=Outcome.OTHER_NOT_CORRECTED),
    _h(EventKind.CLOSE, 8, 3, outcome=Outcome.OTHER_MISC),
    _h(EventKind.CARRY_OVER, 8, 3, year=2026),
    _h(EventKind.CONCLUDE_REVIEW, 8, 3, review=1, result=ReviewResult.CORRECTED),
    _h(EventKind.CONCLUDE_REVIEW, 8, 3, review=3, result=ReviewResult.CORRECTED),
    _h(EventKind.ANSWER_REVIEW, 8, 3, review=1),
    _h(EventKind.FIRST_JUDGMENT, 8, 3, review=2, ruling_form=RulingForm.ORDER),
    _h(EventKind.APPEAL, 8, 3, review=2),
    _h(EventKind.CONTACT, 8, 3, how="电话"),
    _h(EventKind.CONFIRM, 8, 3),
    _h(EventKind.DISMISS, 8, 3, reason="咨询"),
    _h(EventKind.DELIVER_CORRECTION, 8, 3),
    _h(EventKind.DELIVER_CONSULTATION, 8, 3, consultation=1),
    _h(EventKind.ASK_REASONS, 8, 3),
    _h(EventKind.REASONS_IN, 8, 3),
    _h(EventKind.DELAY, 8, 3, until=date(2026, 9, 30)),
    _h(EventKind.PAUSE, 8, 3),
    _h(EventKind.RESUME, 8, 3),
    _h(EventKind.SEARCH, 8, 3, where="档案室", terms="预算", searcher="张三", found=False),
    _h(EventKind.SECRECY_REVIEW, 8, 3, reviewer="王五", may_release=True),
    _h(EventKind.TELL_THIRD_PARTY, 8, 3, consultation=1, reason="公共利益"),
    _h(EventKind.SPLIT, 8, 3, into="2026-0099", subject="x"),
    _h(EventKind.WITHDRAW, 8, 3),
    _h(EventKind.MERGE, 8, 3, into="2026-0099"),
    _h(EventKind.RECTIFY, 8, 3, result=RectificationResult.CORRECTED, reason="x"),
    _h(EventKind.SERVE, 8, 3),
    _h(EventKind.RETURN, 8, 3, reason="x"),
    _h(EventKind.REOPEN, 7, 23, ground=ReopenGround.OWN_CORRECTION),
    _h(EventKind.AMEND, 8, 3, reason="x", received_on=date(2026, 3, 6)),
    _h(EventKind.AMEND, 8, 3, reason="什么也不改"),
    _h(EventKind.CHANGE_KIND, 8, 3, applicant_kind=ApplicantKind.NON_PROFIT, reason="x"),
    _h(EventKind.VOID, 8, 3, entry=99, reason="x"),
    _h(EventKind.VOID, 8, 3, entry=22, reason="再次"),
    _h(EventKind.VOID, 8, 3, entry=23, reason="作废的作废"),
    _h(EventKind.VOID, 8, 3, entry=4, reason="其后的记录以它为前提"),
    _h(EventKind.ARRIVE, 8, 3, number="2026-0099", applicant_kind=ApplicantKind.OTHER, subject="x"),
    _h(EventKind.REGISTER, 8, 3, number="2026-0099", applicant_kind=ApplicantKind.OTHER, subject="x"),
]
CASE_OPEN = [
    _h(EventKind.CORRECT, 8, 3),
    _h(EventKind.OPINIONS_IN, 8, 3, consultation=1),
    _h(EventKind.EXTEND, 8, 3, working_days=21),
    _h(EventKind.PAY, 8, 3, received_yuan=Decimal(1)),
    _h(EventKind.DECIDE, 3, 1, outcome=Outcome.GRANTED),
    _h(EventKind.DECIDE, 8, 3, outcome=Outcome.OTHER_MISC),
    _h(EventKind.LAPSE, 8, 3, outcome=Outcome.OTHER_FEE_UNPAID),
    _h(EventKind.CLOSE, 8, 3, outcome=Outcome.GRANTED),
    _h(EventKind.CONCLUDE_REVIEW, 8, 3, review=1, result=ReviewResult.UPHELD),
    _h(EventKind.ANSWER_REVIEW, 8, 3, review=1),
    _h(EventKind.CONFIRM, 8, 3),
    _h(EventKind.DISMISS, 8, 3, reason="咨询"),
    _h(EventKind.ASK_CORRECTION, 8, 3, until=date(2026, 8, 2)),
    _h(EventKind.DELIVER_CORRECTION, 8, 3),
    _h(EventKind.DELIVER_CONSULTATION, 8, 3, consultation=1),
    _h(EventKind.REASONS_IN, 8, 3),
    _h(EventKind.DELAY, 8, 3, until=date(2026, 9, 30)),
    _h(EventKind.RESUME, 8, 3),
    _h(EventKind.TELL_THIRD_PARTY, 8, 3, consultation=1, reason="公共利益"),
    _h(EventKind.DECIDE, 8, 3, outcome=Outcome.UNAVAILABLE_STILL_UNCLEAR),
    _h(EventKind.RECTIFY, 8, 3, result=RectificationResult.CORRECTED, reason="x"),
    _h(EventKind.SERVE, 8, 3),
    _h(EventKind.SERVE_AGAIN, 8, 3, means=Means.HAND),
    _h(EventKind.REOPEN, 8, 3, ground=ReopenGround.OWN_CORRECTION),
    _h(EventKind.AMEND, 8, 3, reason="x", received_on=date(2026, 8, 4)),
    _h(EventKind.CHANGE_KIND, 8, 3, applicant_kind=ApplicantKind.RESEARCH, reason="x"),
    _h(EventKind.VOID, 8, 3, entry=2, reason="x"),
    _h(EventKind.REGISTER, 8, 3, number="2026-0099", applicant_kind=ApplicantKind.OTHER, subject="x"),
]


@pytest.mark.histories
@pytest.mark.parametrize(
    ("which", "happening"),
    [*(("min", h) for h in CASE_CLOSED), *(("max", h) for h in CASE_OPEN)],
    ids=lambda each: each.event.value if isinstance(each, Happening) else {"min": "closed", "max": "open"}[each],
)
def test_an_impossible_step_is_found_though_its_hash_fits(
    tampering: Connection, which: str, happening: Happening
) -> None:
    case_id, state = stored(tampering, f"SELECT id, state FROM request_case ORDER BY id {'DESC' * (which == 'max')}")[0]
    for to_state in State:
        with tampering.begin_nested() as savepoint:
            _append(tampering, case_id, happening, to_state)
            findings = verified(tampering).findings
            assert [finding for finding in findings if finding.seq is not None and finding.kind in ("state", "event")]
            savepoint.rollback()
    assert state in State.__members__.values()


def test_a_possible_step_that_names_a_wrong_state_is_found_though_its_hash_fits(tampering: Connection) -> None:
    case_id = stored(tampering, "SELECT max(id) FROM request_case")[0][0]
    consult = _h(EventKind.CONSULT, 3, 4)
    for to_state in [state for state in State if state is not State.CONSULTING]:
        with tampering.begin_nested() as savepoint:
            _append(tampering, case_id, consult, to_state)
            assert {"state"} <= {finding.kind for finding in verified(tampering).findings}
            savepoint.rollback()
    _append(tampering, case_id, consult, State.CONSULTING, from_state=State.CONSULTING.value)
    assert {"state"} <= {finding.kind for finding in verified(tampering).findings}


def test_a_possible_step_past_the_desk_is_found_because_the_case_does_not_show_it(tampering: Connection) -> None:
    case_id = stored(tampering, "SELECT max(id) FROM request_case")[0][0]
    _append(tampering, case_id, _h(EventKind.DECIDE, 3, 9, outcome=Outcome.GRANTED), State.DISCLOSED)
    assert {finding.kind for finding in verified(tampering).findings} == {"row"}


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2007, 12, 31), date(2099, 12, 31), date(2150, 1, 1), date.max])
def test_a_day_that_no_calendar_reaches_is_found_though_its_hash_fits(tampering: Connection, day: date) -> None:
    case_id = stored(tampering, "SELECT max(id) FROM request_case")[0][0]
    _append(tampering, case_id, _h(EventKind.CONSULT, 8, 3, delivered=max(day, date(2026, 8, 3))), State.CONSULTING)
    assert_found(tampering)


# Calendars announced

NOTICE = Notice(2027, (
    DayRule(date(2027, 1, 1), working=False, name="元旦"),
    DayRule(date(2027, 1, 4), working=False, name="元旦"),
    DayRule(date(2027, 1, 16), working=True, name="调休上班"),
), "国办发明电〔2026〕7号")  # fmt: skip


def _received(month: int, day: int, *more: Happening) -> CaseHistory:
    facts = {"applicant_kind": ApplicantKind.COMPANY, "subject": "预算"}
    return (_h(EventKind.REGISTER, month, day, **facts), *more)


def _due(connection: Connection, case_id: int) -> tuple[Any, ...]:
    found = stored(
        connection,
        "SELECT due_on, provisional, calendar_revision FROM deadline WHERE case_id = :id AND kind = 'reply'",
        id=case_id,
    )
    return tuple(found[0])


def test_a_notice_for_2027_moves_the_open_cases_that_reach_into_it_and_no_others(
    database: Database, cipher: FieldCipher, agency_id: int
) -> None:
    extended = _received(11, 18, _h(EventKind.EXTEND, 11, 19, working_days=20))
    until = _received(11, 2, _h(EventKind.ASK_CORRECTION, 11, 5, until=date(2027, 1, 5)))
    in_december = _received(11, 20)
    closed = _received(11, 18, *extended[1:], _h(EventKind.DECIDE, 11, 20, outcome=Outcome.GRANTED))
    engine = database.engine
    with engine.begin() as connection:
        ids = list(record(connection, agency_id, [extended, until, in_december, closed], cipher))
        assert _due(connection, ids[0]) == (date(2027, 1, 14), True, 1)
    with engine.begin() as connection:
        assert notices.load(connection, None, NOTICE, "管理员") == 2
        assert verified(connection).findings == []
        moved = list(notices.moves(connection, agency_id))
        assert [move.case_id for move in moved] == ids[:2]
        assert (moved[0].reply_due, moved[0].new_reply_due) == (date(2027, 1, 14), date(2027, 1, 15))
        assert notices.apply(connection, agency_id, moved, cipher, NOW, "管理员") == 2
    with engine.connect() as connection:
        assert list(notices.moves(connection, agency_id)) == []
        assert _due(connection, ids[0]) == (date(2027, 1, 15), False, 2)
        assert [_due(connection, each)[2] for each in ids] == [2, 2, 1, 1]
        recorded = stored(connection, "SELECT case_id, facts FROM case_event WHERE kind = 'recalculate' ORDER BY 1")
        assert recorded == [(each, {"calendar_revision": 2}) for each in ids[:2]]
        assert verified(connection).findings == []
        closed_case = case.from_snapshot(stored(connection, "SELECT snapshot FROM request_case ORDER BY id")[3][0])
        as_it_was = calendar_book.read(connection, agency_id, 1)
        due = periods.deadlines(closed_case, as_it_was)[-1]
        assert (due.due_on, due.provisional, 1) == _due(connection, ids[3])


@st.composite
def _notice_rules(draw: Any) -> tuple[DayRule, ...]:
    days = draw(st.sets(st.dates(date(2026, 12, 25), date(2027, 3, 31)), max_size=20))
    days |= {draw(st.dates(date(2027, 1, 1), date(2027, 3, 31)))}
    return tuple(DayRule(day, draw(st.booleans()), "通知") for day in sorted(days))


@examples(15)
@given(docket=dockets(6, first=date(2026, 9, 1)), more=_notice_rules(), own=_notice_rules(), data=st.data())
def test_after_any_notice_is_applied_no_deadline_moves_any_more_and_old_ones_keep_their_calendar(
    database: Database,
    cipher: FieldCipher,
    docket: list[CaseHistory],
    more: tuple[DayRule, ...],
    own: tuple[DayRule, ...],
    data: st.DataObject,
) -> None:
    agency_id = another_agency(database.engine)
    revisions = [(None, Notice(2027, more, "通知")), (agency_id, Notice(None, own, "本地"))]
    with database.engine.connect() as connection:
        connection.begin()
        ids = record(connection, agency_id, docket, cipher)
        for owner, notice in data.draw(st.permutations(revisions)):
            before = {each: _row(connection, each) for each in ids}
            revision = notices.load(connection, owner, notice, "管理员")
            assert verified(connection).findings == []
            moved = list(notices.moves(connection, agency_id))
            assert notices.apply(connection, agency_id, moved, cipher, NOW, "管理员") == len(moved)
            assert list(notices.moves(connection, agency_id)) == []
            assert verified(connection).findings == []
            now = calendar_book.read(connection, agency_id)
            for each in ids:
                row = _row(connection, each)
                if each in [move.case_id for move in moved]:
                    assert row.calendar_revision == revision
                    assert row.version == before[each].version + 1
                else:
                    assert row == before[each]
                folded = case.from_snapshot(row.snapshot)
                own_calendar = calendar_book.read(connection, agency_id, row.calendar_revision)
                assert row.reply_due == _reply_due(folded, own_calendar)
                if folded.is_open():
                    assert row.reply_due == _reply_due(folded, now)


def _reply_due(folded: Case, calendar: WorkCalendar) -> date | None:
    reply = periods.reply(periods.deadlines(folded, calendar))
    return None if reply is None else reply.due_on


def _row(connection: Connection, case_id: int) -> Any:
    return connection.execute(select(request_case).where(request_case.c.id == case_id)).one()


def test_a_step_after_a_notice_takes_the_new_calendar_without_being_moved_first(
    database: Database, cipher: FieldCipher, agency_id: int
) -> None:
    engine = database.engine
    with engine.begin() as connection:
        (case_id,) = record(connection, agency_id, [_received(11, 18)], cipher)
        notices.load(connection, None, NOTICE, "管理员")
    extend = _h(EventKind.EXTEND, 11, 19, working_days=20)
    perform(engine, agency_id, History(commands([extend]), case_id), cipher)
    with engine.connect() as connection:
        assert _due(connection, case_id) == (date(2027, 1, 15), False, 2)
        assert list(notices.moves(connection, agency_id)) == []
        assert verified(connection).findings == []


OTHER_NOTICE = replace(NOTICE, rules=NOTICE.rules[:1], source="更正")


@pytest.mark.parametrize("undo", ["the transaction", "a part of the transaction"])
def test_a_notice_that_was_undone_is_not_taken_for_the_next(
    database: Database, cipher: FieldCipher, agency_id: int, undo: str
) -> None:
    extended = _received(11, 18, _h(EventKind.EXTEND, 11, 19, working_days=20))
    with database.engine.connect() as connection:
        part = connection.begin_nested() if undo == "a part of the transaction" else connection
        assert notices.load(connection, None, NOTICE, "管理员") == 2
        (case_id,) = record(connection, agency_id, [extended], cipher)
        assert _due(connection, case_id) == (date(2027, 1, 15), False, 2)
        part.rollback()
        # The same number, other days: without 4 January off.
        assert notices.load(connection, None, OTHER_NOTICE, "管理员") == 2
        (case_id,) = record(connection, agency_id, [extended], cipher)
        assert _due(connection, case_id) == (date(2027, 1, 14), False, 2)
        assert verified(connection).findings == []


@examples(20)
@given(history=histories())
def test_a_notice_applied_twice_is_recorded_once(database: Database, cipher: FieldCipher, history: CaseHistory) -> None:
    agency_id = another_agency(database.engine)
    with database.engine.connect() as connection:
        (case_id,) = record(connection, agency_id, [history], cipher)
        notices.load(connection, None, NOTICE, "管理员")
        row = _row(connection, case_id)
        runs = row.is_open and row.received_on is not None
        moved = [notices.Move(case_id, row.number, None, None)] if runs else []
        for times in range(2):
            wanted = len(moved) if times == 0 else 0
            assert notices.apply(connection, agency_id, moved, cipher, NOW, "管理员") == wanted
        assert verified(connection).findings == []
