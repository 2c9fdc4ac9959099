"""The one door: each command once, all or nothing, one at a time, within its agency; personal fields sealed."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, make_url, select, text
from sqlalchemy.exc import IntegrityError

from models.personal import FieldCipher, UnreadableField
from models.tables import applicant, case_event, deadline, fee, metadata, request_case, review
from models.vocabulary import ApplicantKind, Channel, ConsultationKind, EventKind, Outcome, ReviewKind, State
from runtime.database import Database
from tests.conftest import NOW, SECRET, TODAY
from tests.histories import CaseHistory, another_agency, commands, dockets, examples, perform, record, stored, verified
from workflow import desk, ledger, sheets
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import History
from workflow.faults import InputFault, Refusal

REGISTERED = Happening(
    EventKind.REGISTER, date(2026, 3, 2), {"applicant_kind": ApplicantKind.COMPANY, "subject": "预算"}
)
CONSULT = Happening(EventKind.CONSULT, date(2026, 3, 4))
EXTEND = Happening(EventKind.EXTEND, date(2026, 3, 9), {"working_days": 10})
DECIDE = Happening(EventKind.DECIDE, date(2026, 3, 16), {"outcome": Outcome.GRANTED})
APPROVED = {"approver": "李主任", "reason": "需要查阅档案"}
LAPSED = {"outcome": Outcome.OTHER_NOT_CORRECTED}
TABLES = sorted(metadata.tables)


@pytest.fixture
def case_id(engine: Engine, agency_id: int, cipher: FieldCipher) -> int:
    """A case that was registered on 2026-03-02."""
    return perform(engine, agency_id, History(commands([REGISTERED])), cipher).case_id


def dump(engine: Engine) -> dict[str, list[str]]:
    """Everything that is stored, as text, by table."""
    with engine.connect() as connection:
        return {table: sorted(connection.scalars(text(f"SELECT t::text FROM {table} t"))) for table in TABLES}


def seqs(engine: Engine, case_id: int) -> list[int]:
    """The numbers of a case's events, in order."""
    with engine.connect() as connection:
        of_case = select(case_event.c.seq).where(case_event.c.case_id == case_id).order_by(case_event.c.seq)
        return list(connection.scalars(of_case))


def snapshot(engine: Engine, case_id: int) -> dict[str, Any]:
    """The case as it is stored."""
    with engine.connect() as connection:
        return dict(connection.scalars(select(request_case.c.snapshot).where(request_case.c.id == case_id)).one())


def assert_verified(engine: Engine) -> None:
    """Verification finds nothing."""
    with engine.connect() as connection:
        assert verified(connection).findings == []


# Once


def test_a_command_done_twice_is_done_once(engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int) -> None:
    history = History(commands([CONSULT]), case_id)
    first = perform(engine, agency_id, history, cipher)
    before = dump(engine)
    second = perform(engine, agency_id, history, cipher)
    assert (first.events, second.events) == (1, 0)
    assert second.case == first.case
    assert dump(engine) == before


def test_a_command_done_twice_is_done_once_though_the_law_would_refuse_it_now(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    history = History(commands([DECIDE]), case_id)
    perform(engine, agency_id, history, cipher)
    again = perform(engine, agency_id, history, cipher)
    assert (again.events, again.case.state) == (0, State.DISCLOSED)


def test_commands_of_which_some_were_done_before_are_done_from_there_on(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    first, second = commands([EXTEND, DECIDE])
    assert perform(engine, agency_id, History([first], case_id), cipher).events == 1
    assert perform(engine, agency_id, History([first, second], case_id), cipher).events == 1
    assert perform(engine, agency_id, History([first, second], case_id), cipher).events == 0
    assert seqs(engine, case_id) == [1, 2, 3]
    assert_verified(engine)


def test_a_registration_done_twice_makes_one_case(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    history = History(commands([REGISTERED]))
    first = perform(engine, agency_id, history, cipher)
    before = dump(engine)
    second = perform(engine, agency_id, history, cipher)
    assert (second.case_id, second.events) == (first.case_id, 0)
    assert dump(engine) == before


def test_a_command_of_one_case_is_not_taken_for_known_because_another_case_has_its_id(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    other = perform(engine, another_agency(engine), History(commands([REGISTERED])), cipher).case_id
    consulted = History(commands([CONSULT]), case_id)
    perform(engine, agency_id, consulted, cipher)
    with engine.connect() as connection:
        others_agency = connection.scalars(select(request_case.c.agency_id).where(request_case.c.id == other)).one()
    # It must not be said to be done: no event of it is in the other case's log.
    with pytest.raises((InputFault, Refusal, IntegrityError)):
        perform(engine, others_agency, replace(consulted, case_id=other), cipher)


# All or nothing


def test_a_refusal_in_the_middle_stores_nothing(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    before = dump(engine)
    asked = replace(CONSULT, facts={"kind": ConsultationKind.OTHER_AGENCY, "party": "甲局"})
    steps = [REGISTERED, asked, replace(DECIDE, happened_on=date(2026, 3, 5)), EXTEND]
    with pytest.raises(Refusal) as refused:
        perform(engine, agency_id, History(commands(steps, recorded=False)), cipher)
    assert refused.value.article == "条例第三十六条"
    assert dump(engine) == before
    done = perform(engine, agency_id, History(commands([REGISTERED])), cipher)
    assert done.case.number == "2026-0001"


def test_a_refusal_for_a_stored_case_leaves_it_as_it_was(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    before = dump(engine)
    with pytest.raises(Refusal):
        perform(engine, agency_id, History(commands([EXTEND, DECIDE, EXTEND]), case_id), cipher)
    assert dump(engine) == before


@pytest.mark.parametrize("at", range(5))
def test_a_refusal_for_one_of_many_stores_none_of_them(
    engine: Engine, agency_id: int, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(desk, "BATCH", 2)
    before = dump(engine)
    many = [History(commands([REGISTERED, DECIDE])) for _ in range(5)]
    many[at] = History(commands([REGISTERED, DECIDE, DECIDE]))
    with pytest.raises(Refusal), engine.begin() as connection:
        list(desk.perform_all(connection, agency_id, many, cipher, NOW))
    assert dump(engine) == before


@pytest.mark.parametrize(
    "facts",
    [{}, {"working_days": "10"}, {"working_days": 10, "days": 1}, {"working_days": 21}, {"working_days": 0}],
    ids=str,
)
@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
def test_wrong_facts_are_refused_and_nothing_is_stored(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int, facts: dict[str, Any], recorded: bool
) -> None:
    before = dump(engine)
    extended = replace(EXTEND, facts={**APPROVED, **facts})
    with pytest.raises((InputFault, Refusal)):
        perform(engine, agency_id, History(commands([extended], recorded=recorded), case_id), cipher)
    assert dump(engine) == before


def test_what_the_law_asks_of_a_step_today_is_refused_without_it_and_nothing_is_stored(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    before = dump(engine)
    for bare in (CONSULT, EXTEND, DECIDE):
        with pytest.raises(Refusal, match="缺少"):
            perform(engine, agency_id, History(commands([bare], recorded=False), case_id), cipher)
        assert dump(engine) == before
    approved = replace(EXTEND, facts={**EXTEND.facts, **APPROVED})
    assert perform(engine, agency_id, History(commands([approved], recorded=False), case_id), cipher).events == 1
    assert_verified(engine)


def test_nothing_is_asked_of_an_arrival_but_to_be_settled(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    """A step on a request whose day of receipt is not known is refused, never a fault of the program."""
    letter = {**REGISTERED.facts, "channel": Channel.POST_ORDINARY, "arrived_on": date(2026, 3, 2)}
    arrived = Happening(EventKind.ARRIVE, date(2026, 3, 2), letter)
    case_id = perform(engine, agency_id, History(commands([arrived], recorded=False)), cipher).case_id
    before = dump(engine)
    for step in (replace(EXTEND, facts={**EXTEND.facts, **APPROVED}), Happening(EventKind.LAPSE, TODAY, LAPSED)):
        for recorded in (False, True):
            with pytest.raises(Refusal, match="待确认"):
                perform(engine, agency_id, History(commands([step], recorded=recorded), case_id), cipher)
            assert dump(engine) == before
    assert_verified(engine)


def test_a_future_date_is_refused(engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int) -> None:
    tomorrow = date(2026, 11, 23)
    for happening, of in (
        (replace(REGISTERED, happened_on=tomorrow), None),
        (replace(EXTEND, happened_on=tomorrow), case_id),
    ):
        with pytest.raises(InputFault, match="2026-11-23 晚于今天 2026-11-22"):
            perform(engine, agency_id, History(commands([happening]), of), cipher)
    decided = perform(engine, agency_id, History(commands([replace(DECIDE, happened_on=TODAY)]), case_id), cipher)
    assert decided.events == 1


def test_today_is_the_day_in_shanghai(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    registered = History(commands([replace(REGISTERED, happened_on=date(2027, 1, 1))]))
    with pytest.raises(InputFault, match="晚于今天"):
        perform(engine, agency_id, registered, cipher, datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
    done = perform(engine, agency_id, registered, cipher, datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert done.case.number == "2027-0001"


def test_a_day_before_the_receipt_is_refused(engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int) -> None:
    with pytest.raises(Refusal, match="早于收到日期 2026-03-02"):
        perform(engine, agency_id, History(commands([replace(EXTEND, happened_on=date(2026, 3, 1))]), case_id), cipher)


FIRST = (EventKind.REGISTER, EventKind.ARRIVE)


@pytest.mark.parametrize("recorded", [False, True], ids=["now", "recorded"])
def test_a_case_begins_with_its_registration_or_its_arrival(
    engine: Engine, agency_id: int, cipher: FieldCipher, recorded: bool
) -> None:
    before = dump(engine)
    for event in (event for event in EventKind if event not in FIRST):
        with pytest.raises((Refusal, InputFault)):
            perform(engine, agency_id, History(commands([Happening(event, TODAY)], recorded=recorded)), cipher)
        assert dump(engine) == before, event


# Piece by piece

_SERIAL = {"id", "case_id", "applicant_id", "agency_id", "head_hash"}


def derived_rows(connection: Connection, case_id: int) -> list[Any]:
    """What is derived for a case, without the numbers that the database gave out."""
    found: list[Any] = []
    for table in (request_case, deadline, fee, review):
        key = table.c.id if table is request_case else table.c.case_id
        columns = [column for column in table.columns if column.name not in _SERIAL]
        rows = connection.execute(select(*columns).where(key == case_id).order_by(*table.primary_key))
        found.append([tuple(row) for row in rows])
    return found


@examples(20)
@given(docket=dockets(5), data=st.data())
def test_a_history_recorded_piece_by_piece_gives_the_same_rows_as_at_once(
    database: Database, cipher: FieldCipher, docket: list[CaseHistory], data: st.DataObject
) -> None:
    numbered = [(replace(h[0], facts={**h[0].facts, "number": f"A-{index}"}), *h[1:]) for index, h in enumerate(docket)]
    at_once, by_pieces = another_agency(database.engine), another_agency(database.engine)
    with database.engine.connect() as connection:
        whole = list(record(connection, at_once, numbered, cipher))
        left = dict(enumerate(numbered))
        ids: dict[int, int] = {}
        while left:
            index = data.draw(st.sampled_from(sorted(left)), label="case")
            upto = data.draw(st.integers(1, len(left[index])), label="events")
            piece, left[index] = left[index][:upto], left[index][upto:]
            history = History(commands(piece), ids.get(index))
            ids[index] = desk.perform(connection, by_pieces, history, cipher, NOW).case_id
            if not left[index]:
                del left[index]
        for index, case_id in enumerate(whole):
            assert derived_rows(connection, ids[index]) == derived_rows(connection, case_id)
        assert verified(connection).findings == []


# At once


@pytest.fixture(scope="module")
def clerks() -> Iterator[ProcessPoolExecutor]:
    """Two clerks, each a process of its own."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def one_clerk(app: str, agency_id: int, history: History) -> tuple[int, int]:
    """What one clerk's process does: perform, and tell the case and how many events it made (-1: refused)."""
    database = Database(make_url(app), make_url(app))
    try:
        done = perform(database.engine, agency_id, history, FieldCipher(SECRET))
    except Refusal:
        return 0, -1
    finally:
        database.dispose()
    return done.case_id, done.events


def at_the_same_moment(
    clerks: ProcessPoolExecutor, database: Database, agency_id: int, histories: list[History], hold: str
) -> list[Future[tuple[int, int]]]:
    """Let clerks perform these while the rows of ``hold`` are locked; when all wait for them, let go."""
    app = database.engine.url.render_as_string(hide_password=False)
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    committing = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with database.engine.connect() as holder, committing.connect() as watcher:
        assert holder.execute(text(hold)).all()
        futures = [clerks.submit(one_clerk, app, agency_id, history) for history in histories]
        while watcher.scalar(waiting) != len(histories):
            assert not [future for future in futures if future.done()]
        holder.rollback()
        for future in futures:
            future.exception()
        return futures


def test_one_command_sent_by_two_processes_at_once_is_done_once(
    database: Database, agency_id: int, cipher: FieldCipher, case_id: int, clerks: ProcessPoolExecutor
) -> None:
    history = History(commands([CONSULT]), case_id)
    hold = "SELECT id FROM request_case FOR UPDATE"
    done = [each.result() for each in at_the_same_moment(clerks, database, agency_id, [history, history], hold)]
    assert sorted(done) == [(case_id, 0), (case_id, 1)]
    assert seqs(database.engine, case_id) == [1, 2]
    assert_verified(database.engine)


def test_one_registration_sent_by_two_processes_at_once_makes_one_case(
    database: Database, agency_id: int, cipher: FieldCipher, case_id: int, clerks: ProcessPoolExecutor
) -> None:
    history = History(commands([REGISTERED]))
    hold = "SELECT value FROM counter FOR UPDATE"
    futures = at_the_same_moment(clerks, database, agency_id, [history, history], hold)
    with database.engine.connect() as connection:
        assert len(stored(connection, "SELECT id FROM request_case")) == 2
    done = [each.result() for each in futures]
    assert sorted(events for _, events in done) == [0, 1]
    assert len({case for case, _ in done}) == 1


def test_two_commands_on_one_case_at_once_are_done_one_after_the_other(
    database: Database, agency_id: int, cipher: FieldCipher, case_id: int, clerks: ProcessPoolExecutor
) -> None:
    both = [History(commands([each]), case_id) for each in (CONSULT, EXTEND)]
    hold = "SELECT id FROM request_case FOR UPDATE"
    done = [each.result() for each in at_the_same_moment(clerks, database, agency_id, both, hold)]
    assert done == [(case_id, 1), (case_id, 1)]
    assert seqs(database.engine, case_id) == [1, 2, 3]
    found = snapshot(database.engine, case_id)
    assert (len(found["inquiries"]), len(found["extensions"])) == (1, 1)
    assert_verified(database.engine)


def test_two_endings_of_one_case_at_once_end_it_once(
    database: Database, agency_id: int, cipher: FieldCipher, case_id: int, clerks: ProcessPoolExecutor
) -> None:
    both = [History(commands([replace(DECIDE, facts={"outcome": each})]), case_id) for each in list(Outcome)[:2]]
    hold = "SELECT id FROM request_case FOR UPDATE"
    done = [each.result() for each in at_the_same_moment(clerks, database, agency_id, both, hold)]
    assert sorted(done) == [(0, -1), (case_id, 1)]
    assert seqs(database.engine, case_id) == [1, 2]
    assert_verified(database.engine)


def test_many_commands_from_many_connections_lose_no_update(
    database: Database, agency_id: int, cipher: FieldCipher
) -> None:
    engine = database.engine
    cases = [perform(engine, agency_id, History(commands([REGISTERED])), cipher).case_id for _ in range(3)]

    def open_reviews(first: int) -> None:
        for number in range(10):
            day = date(2026, 4, 1 + first)
            opened = Happening(EventKind.OPEN_REVIEW, day, {"review_kind": ReviewKind.RECONSIDERATION})
            perform(engine, agency_id, History(commands([opened]), cases[(first + number) % 3]), cipher)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_reviews, range(6)))
    assert sum(len(snapshot(engine, each)["reviews"]) for each in cases) == 60
    for each in cases:
        assert seqs(engine, each) == list(range(1, len(snapshot(engine, each)["reviews"]) + 2))
    assert_verified(engine)


def test_cases_locked_by_many_in_any_order_do_not_block_each_other_for_ever(
    database: Database, agency_id: int, cipher: FieldCipher
) -> None:
    engine = database.engine
    cases = [perform(engine, agency_id, History(commands([REGISTERED])), cipher).case_id for _ in range(6)]

    def open_reviews(turn: int) -> int:
        opened = Happening(EventKind.OPEN_REVIEW, date(2026, 4, 1), {"review_kind": ReviewKind.LITIGATION_DIRECT})
        order = cases[turn:] + cases[:turn] if turn % 2 else list(reversed(cases))
        many = [History(commands([opened]), each) for each in order]
        with engine.begin() as connection:
            return len(list(desk.perform_all(connection, agency_id, many, cipher, NOW)))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_reviews, range(6))) == [6] * 6
    assert all(seqs(engine, each) == list(range(1, 8)) for each in cases)
    assert_verified(engine)


@pytest.mark.parametrize(
    "fault", [Refusal("不能延期", "条例第三十三条"), InputFault(["一", "二"])], ids=lambda f: type(f).__name__
)
def test_a_refusal_reaches_another_process_as_it_was(fault: Refusal | InputFault) -> None:
    # A pool of processes, Celery's too, hands exceptions on in this form.
    there = pickle.loads(pickle.dumps(fault))
    assert (type(there), str(there), vars(there)) == (type(fault), str(fault), vars(fault))


# Within its agency


@pytest.mark.parametrize("happening", [CONSULT, DECIDE], ids=lambda each: each.event.value)
def test_a_case_of_another_agency_cannot_be_touched(
    engine: Engine, cipher: FieldCipher, case_id: int, happening: Happening
) -> None:
    other = another_agency(engine)
    before = dump(engine)
    own = History(commands([REGISTERED]))
    for histories in ([History(commands([happening]), case_id)], [own, History(commands([happening]), case_id)]):
        with pytest.raises(InputFault, match=f"没有编号为 {case_id} 的办件"), engine.begin() as connection:
            list(desk.perform_all(connection, other, histories, cipher, NOW))
        assert dump(engine) == before


def test_a_known_command_does_not_open_the_case_of_another_agency(
    engine: Engine, agency_id: int, cipher: FieldCipher, case_id: int
) -> None:
    history = History(commands([CONSULT]), case_id)
    perform(engine, agency_id, history, cipher)
    with pytest.raises(InputFault):
        perform(engine, another_agency(engine), history, cipher)


def test_a_case_that_does_not_exist_is_told(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    with pytest.raises(InputFault, match="没有编号为 4711 的办件"):
        perform(engine, agency_id, History(commands([CONSULT]), 4711), cipher)


# Sealed

PERSON = ApplicantDetails(
    name="王小明",
    identity_number="11010519491231002X",
    telephone="13912345678",
    email="xiaoming.wang@example.cn",
    address="北京市朝阳区金盏乡长店村 12 号",
)
SEALED = ("identity_number", "telephone", "email", "address")


def assert_nowhere_in_clear(engine: Engine, values: list[str]) -> None:
    """None of the values is in any column of any table, not in a bytea, not in base64, not in another case."""
    everything = "\n".join(row for rows in dump(engine).values() for row in rows)
    assert "预算" in everything
    folded = everything.casefold()
    for value in values:
        clear = value.encode()
        shapes = [value, value[:10], repr(clear)[2:-1], clear.hex(), base64.b64encode(clear).decode()[:-4]]
        shapes += [value[::-1], ascii(value)[1:-1], value.encode("utf-16-le").hex(), value.encode("gb18030").hex()]
        assert [shape for shape in shapes if shape.casefold() in folded] == []


def test_personal_fields_are_nowhere_in_clear_and_open_with_the_key(
    engine: Engine, agency_id: int, cipher: FieldCipher
) -> None:
    histories = [History(commands([REGISTERED, EXTEND, DECIDE]), None, PERSON) for _ in range(2)]
    with engine.begin() as connection:
        list(desk.perform_all(connection, agency_id, histories, cipher, NOW))
    assert_nowhere_in_clear(engine, [getattr(PERSON, column) for column in SEALED])
    with engine.connect() as connection:
        rows = connection.execute(select(applicant)).mappings().all()
    assert len(rows) == 2
    assert [row["name"] for row in rows] == ["王小明"] * 2
    for row in rows:
        opened = {column: cipher.open(row[column], f"applicant:{row['id']}:{column}") for column in SEALED}
        assert ApplicantDetails(name=row["name"], **opened) == PERSON
        for column in SEALED:
            with pytest.raises(UnreadableField):
                FieldCipher("another-secret-0123456789").open(row[column], f"applicant:{row['id']}:{column}")
            with pytest.raises(UnreadableField):
                cipher.open(row[column], f"applicant:{row['id'] + 1}:{column}")
    # Sealed twice, the same value looks different; only the index is the same.
    assert all(rows[0][column] != rows[1][column] for column in SEALED)
    assert rows[0]["identity_index"] == rows[1]["identity_index"]


def test_personal_fields_of_an_imported_ledger_are_nowhere_in_clear(
    engine: Engine, agency_id: int, cipher: FieldCipher, tmp_path: Path
) -> None:
    table = tmp_path / "台账.csv"
    table.write_text(
        "登记编号,申请人类别,收到日期,申请内容,申请人,证件号码,联系电话,电子邮箱,通信地址,办理结果,答复日期\n"
        f"2026-0001,自然人,2026-03-02,预算,{PERSON.name},{PERSON.identity_number},{PERSON.telephone},{PERSON.email},"
        f"{PERSON.address},予以公开,2026-03-20\n",
        encoding="utf-8",
    )
    reading = sheets.read_files([table], [ledger.LEDGER])
    with engine.begin() as connection:
        made = ledger.plan(connection, agency_id, reading, cipher, NOW, "test:import")
        assert [done.events for done in ledger.store(connection, agency_id, made, cipher, NOW)] == [2]
    assert_nowhere_in_clear(engine, [getattr(PERSON, column) for column in SEALED])


def test_the_same_person_is_found_again_by_a_keyed_digest(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    numbers = [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105194912310011",
        None,
    ]
    histories = [History(commands([REGISTERED]), None, ApplicantDetails(identity_number=each)) for each in numbers]
    with engine.begin() as connection:
        list(desk.perform_all(connection, agency_id, histories, cipher, NOW))
        same = select(applicant.c.id).where(applicant.c.identity_index == cipher.index(PERSON.identity_number))
        assert len(connection.execute(same).all()) == 4
        indexes = connection.scalars(select(applicant.c.identity_index).order_by(applicant.c.id)).all()
    assert indexes[-1] is None
    assert indexes[0] != FieldCipher("another-secret-0123456789").index(PERSON.identity_number)


def test_the_log_tells_what_was_told_to_the_desk(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    billed = Happening(EventKind.BILL, date(2026, 3, 5), {"billed_yuan": Decimal("1234567.80")})
    registered, bill = commands([REGISTERED, billed], "zhang")
    perform(engine, agency_id, History([registered, bill]), cipher)
    with engine.connect() as connection:
        first, second = connection.execute(select(case_event).order_by(case_event.c.seq)).mappings()
        applicant_id = connection.scalars(select(applicant.c.id)).one()
    told = {"applicant_kind": "company", "subject": "预算", "number": "2026-0001"}
    assert first["facts"] == {**told, "agency": agency_id, "applicant": applicant_id}
    assert second["facts"] == {"billed_yuan": "1234567.80"}
    assert (second["actor"], second["command_id"], second["recorded_at"]) == ("zhang", bill.command_id, NOW)
    assert (second["from_state"], second["to_state"], second["happened_on"]) == (
        "received", "awaiting_fee", date(2026, 3, 5),
    )  # fmt: skip
