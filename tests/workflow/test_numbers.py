"""Registration numbers: never doubled, never reused, without gaps, whoever registers at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, select

from models.personal import FieldCipher
from models.tables import case_event, counter, request_case
from models.vocabulary import ApplicantKind, EventKind
from runtime.database import Database
from tests.conftest import NOW, SECRET
from tests.histories import another_agency, commands, perform, verified
from workflow import desk, ledger, numbers, sheets
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import Refusal

CLERKS, REGISTRATIONS = 8, 500
FACTS = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "预算"}


def registration(day: date = date(2026, 3, 2), **more: str) -> Happening:
    """A registration on this day."""
    return Happening(EventKind.REGISTER, day, {**FACTS, **more})


def register(engine: Engine, agency_id: int, cipher: FieldCipher, day: date = date(2026, 3, 2), **more: str) -> str:
    """Register one request; the number it gets."""
    return perform(engine, agency_id, History(commands([registration(day, **more)])), cipher).case.number


class _ChangedHerMind(Exception):
    """Raised to undo a registration."""


def _changes_her_mind(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    """Register, take a number, and leave without saving."""
    with pytest.raises(_ChangedHerMind), engine.begin() as connection:
        desk.perform(connection, agency_id, History(commands([registration()])), cipher, NOW)
        raise _ChangedHerMind


_together: list[Barrier] = []


def _meet(barrier: Barrier) -> None:
    """Remember, in a clerk's process, where all wait for each other."""
    _together.append(barrier)


def one_clerk(address: str, agency_id: int, clerk: int) -> list[str]:
    """What a clerk's process does: register her share, some in twos and some undone; the numbers she saw."""
    database = Database(make_url(address), make_url(address))
    cipher = FieldCipher(SECRET)
    share = range(clerk, REGISTRATIONS, CLERKS)
    seen = []
    _together[0].wait(60)
    try:
        for index in share:
            if index % 5 == 0:
                _changes_her_mind(database.engine, agency_id, cipher)
            history = History([Command(registration(), f"registration:{index}", f"clerk:{clerk}")])
            seen.append(perform(database.engine, agency_id, history, cipher).case.number)
    finally:
        database.dispose()
    return seen


def stored_numbers(engine: Engine, agency_id: int) -> list[str]:
    """The numbers of an agency's cases, in order."""
    with engine.connect() as connection:
        of_agency = select(request_case.c.number).where(request_case.c.agency_id == agency_id)
        return list(connection.scalars(of_agency.order_by(request_case.c.number)))


def assert_verified(connection: Connection) -> None:
    """Verification finds nothing."""
    assert verified(connection).findings == []


@pytest.mark.faults
def test_eight_clerks_at_once_register_500_requests_under_500_numbers_without_a_gap(
    database: Database, agency_id: int
) -> None:
    address = database.engine.url.render_as_string(hide_password=False)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(CLERKS, spawn, _meet, (spawn.Barrier(CLERKS),)) as pool:
        seen = list(pool.map(one_clerk, [address] * CLERKS, [agency_id] * CLERKS, range(CLERKS)))
    wanted = [f"2026-{serial:04d}" for serial in range(1, REGISTRATIONS + 1)]
    assert sorted(number for each in seen for number in each) == wanted
    # Every clerk saw her own numbers grow, and they worked at the same time: not each had a block to herself.
    assert all(each == sorted(each) for each in seen)
    assert any(wanted.index(each[-1]) - wanted.index(each[0]) >= len(each) for each in seen)
    assert stored_numbers(database.engine, agency_id) == wanted
    with database.engine.connect() as connection:
        ids = connection.scalars(select(case_event.c.command_id)).all()
        assert Counter(ids) == Counter(f"registration:{index}" for index in range(REGISTRATIONS))
        assert connection.scalars(select(counter.c.value)).all() == [REGISTRATIONS]
        assert_verified(connection)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["2026-0041", "2026-0007"], "2026-0042"),
        (["2026-9999"], "2026-10000"),
        (["2026-12"], "2026-0013"),
        (["2025-0500", "2026-0003"], "2026-0004"),
        (["2025-0500"], "2026-0001"),
        (["依申请〔2026〕8号", "A-2026-0009"], "2026-0001"),
    ],
    ids=str,
)
def test_numbers_go_on_after_the_highest_of_an_imported_ledger(
    engine: Engine, agency_id: int, cipher: FieldCipher, tmp_path: Path, given: list[str], wanted: str
) -> None:
    import_ledger(engine, agency_id, cipher, tmp_path, given)
    assert register(engine, agency_id, cipher) == wanted
    assert stored_numbers(engine, agency_id) == sorted([*given, wanted])


def import_ledger(
    engine: Engine, agency_id: int, cipher: FieldCipher, folder: Path, given: Sequence[str], *, keep: bool = True
) -> None:
    """Import a ledger with these numbers."""
    table = folder / "台账.csv"
    rows = [f"{number},自然人,2025-12-30,预算\n" for number in given]
    table.write_text("登记编号,申请人类别,收到日期,申请内容\n" + "".join(rows), encoding="utf-8")
    with engine.connect() as connection:
        made = ledger.plan(connection, agency_id, sheets.read_files([table], [ledger.LEDGER]), cipher, NOW, "test")
        assert len(list(ledger.store(connection, agency_id, made, cipher, NOW))) == made.new
        if keep:
            connection.commit()


def test_an_import_never_moves_the_numbers_back(
    engine: Engine, agency_id: int, cipher: FieldCipher, tmp_path: Path
) -> None:
    for _ in range(3):
        register(engine, agency_id, cipher)
    import_ledger(engine, agency_id, cipher, tmp_path, ["2026-0002x", "2025-0001"])
    assert register(engine, agency_id, cipher) == "2026-0004"
    import_ledger(engine, agency_id, cipher, tmp_path, ["2026-0050"], keep=False)
    assert register(engine, agency_id, cipher) == "2026-0005"


def test_a_number_given_at_the_desk_is_not_given_out_again(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    assert register(engine, agency_id, cipher, number="2026-0002") == "2026-0002"
    # Whatever the next numbers are, they are new ones.
    assert len({register(engine, agency_id, cipher) for _ in range(3)} - {"2026-0002"}) == 3


def test_years_are_counted_apart_by_the_day_of_receipt(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2025, 1, 1), date(2026, 11, 22), date(2024, 2, 29)]
    found = [register(engine, agency_id, cipher, day) for day in days]
    assert found == ["2025-0001", "2026-0001", "2025-0002", "2026-0002", "2024-0001"]


def test_agencies_are_counted_apart(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    other = another_agency(engine)
    found = [register(engine, each, cipher) for each in (agency_id, other, agency_id)]
    assert found == ["2026-0001", "2026-0001", "2026-0002"]


def test_kinds_of_numbers_are_counted_apart(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    with engine.begin() as connection:
        assert [numbers.take(connection, agency_id, "letter", 2026) for _ in range(3)] == [1, 2, 3]
    assert register(engine, agency_id, cipher) == "2026-0001"


def test_a_registration_that_is_undone_leaves_no_gap_and_no_double(
    engine: Engine, agency_id: int, cipher: FieldCipher
) -> None:
    for serial in range(1, 6):
        _changes_her_mind(engine, agency_id, cipher)
        refused = [registration(), Happening(EventKind.CORRECT, date(2026, 3, 3))]
        with pytest.raises(Refusal):
            perform(engine, agency_id, History(commands(refused)), cipher)
        assert register(engine, agency_id, cipher) == f"2026-{serial:04d}"
    with engine.connect() as connection:
        assert_verified(connection)


def test_an_undone_registration_beside_a_waiting_one_leaves_its_number_to_it(
    database: Database, agency_id: int, cipher: FieldCipher
) -> None:
    with database.engine.connect() as first:
        assert numbers.take(first, agency_id, numbers.REQUEST, 2026) == 1
        first.rollback()
        assert numbers.take(first, agency_id, numbers.REQUEST, 2026) == 1
        with database.engine.connect() as second:
            second.exec_driver_sql("SET lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                numbers.take(second, agency_id, numbers.REQUEST, 2026)
        first.rollback()
    assert register(database.engine, agency_id, cipher) == "2026-0001"


def test_the_number_of_a_request_received_on_new_years_night_is_of_the_year_in_shanghai(
    engine: Engine, agency_id: int, cipher: FieldCipher
) -> None:
    night = datetime(2025, 12, 31, 16, 30, tzinfo=UTC)
    received = registration(desk.day_of(night))
    assert perform(engine, agency_id, History(commands([received])), cipher, night).case.number == "2026-0001"
