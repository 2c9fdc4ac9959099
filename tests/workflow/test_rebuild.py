"""Cases derived again from their log: after a migration everything is as it was, batch by batch, at the first opening.

A migration empties what follows from the log in a form that it no longer knows; nothing of the log is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import Engine, delete, select, text, update

from models.personal import FieldCipher
from models.tables import case_event, deadline, fee, request_case
from models.vocabulary import (
    ApplicantKind,
    Channel,
    EventKind,
    Matter,
    Means,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    State,
    Tariff,
)
from runtime.database import Database
from tests.conftest import AGENCY, NOW, Yishen
from tests.histories import CaseHistory, another_agency, dockets, examples, forget_cases, record, verified
from tests.lawful import LI, Office, day
from tests.ledgers import inside
from workflow import joint, notices, rebuild
from workflow.calendar import DayRule
from workflow.derived import TABLES
from workflow.faults import Refusal
from workflow.notices import Notice

DERIVED = (request_case, *TABLES)


def derived(engine: Engine) -> dict[str, list[str]]:
    """All that is derived from the log, as text: not when a deadline is looked at again, which is not."""
    columns = {table.name: ", ".join(c.name for c in table.c if c is not deadline.c.wake_on) for table in DERIVED}
    with engine.connect() as connection:
        return {
            name: sorted(connection.scalars(text(f"SELECT row({wanted})::text FROM {name}")))
            for name, wanted in columns.items()
        }


def logged(engine: Engine) -> list[str]:
    """The whole log, as text."""
    with engine.connect() as connection:
        return sorted(connection.scalars(text("SELECT t::text FROM case_event t")))


def migrate(owner: Engine) -> None:
    """Empty what is derived, as a migration does that changes its form; new columns hold what the schema gives."""
    with owner.begin() as connection:
        for table in TABLES:
            connection.execute(delete(table))
        connection.execute(update(request_case).values(snapshot=None, reply_due=None, provisional=True))
        new_columns = "is_open = closed_on IS NULL, counted = counted OR (closed_on IS NULL) = (outcome IS NULL)"
        connection.execute(text(f"UPDATE request_case SET {new_columns}"))


def rebuilt(engine: Engine) -> list[int]:
    """Derive everything again; how many cases were done after each batch."""
    with engine.connect() as connection:
        assert rebuild.is_needed(connection)
    done = list(rebuild.rebuild(engine))
    with engine.connect() as connection:
        assert not rebuild.is_needed(connection)
    return done


def a_day_off(office: Office, written: str) -> None:
    """Announce a day off to the whole country without moving any deadline."""
    with office.engine.begin() as connection:
        notices.load(connection, None, Notice(None, (DayRule(day(written), working=False, name="放假"),), "试"), "test")


def a_full_drawer(office: Office) -> None:
    """Cases of every kind, some reckoned with an older calendar than others."""
    office.choose("charges_fees", "是")
    office.register()
    office.then(EventKind.ASK_CORRECTION, "2026-03-05", items="年份", delivered="2026-03-06")
    office.register(channel=Channel.IN_PERSON, submitted_on="2026-03-02")
    with office.engine.begin() as connection:
        ours = (connection, office.agency_id, office.number)
        joint.split(*ours, "甲", ["乙"], office.cipher, office.now, "officer:li", day("2026-03-03"))
    office.then(EventKind.BILL, "2026-03-04", tariff=Tariff.BY_VOLUME, pages=31, billed_yuan=10)
    office.then(EventKind.PAY, "2026-03-10", received_yuan=4)
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.then(EventKind.CONTACT, "2026-03-03", how="电话无人接听")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY)
    office.then(EventKind.DISMISS, "2026-03-03", reason="广告信")
    office.register(applicant=LI)
    office.then(EventKind.VOID, "2026-03-03", entry=1, reason="重复登记")
    # From here on with another calendar.
    a_day_off(office, "2026-03-12")
    office.register(matter=Matter.RECTIFICATION)
    office.then(EventKind.RECTIFY, "2026-03-09", result=RectificationResult.NOT_CORRECTED, reason="记录无误")
    office.register()
    office.refuse("2026-03-20", Outcome.REFUSED_PROCESS)
    office.then(EventKind.OPEN_REVIEW, "2026-04-01", review_kind=ReviewKind.RECONSIDERATION, copy_received="2026-04-02")
    office.then(EventKind.CONCLUDE_REVIEW, "2026-05-06", review=1, result=ReviewResult.CORRECTED)
    office.then(EventKind.REOPEN, "2026-05-08", ground=ReopenGround.RECONSIDERATION, review=1)
    office.then(EventKind.EXTEND, "2026-05-11", working_days=5, approver="负责人", reason="复杂")
    office.then(EventKind.CHANGE_KIND, "2026-05-11", applicant_kind=ApplicantKind.COMPANY, reason="选错")
    office.register("2026-03-10")
    office.then(EventKind.AMEND, "2026-03-11", reason="看错", received_on="2026-03-09", subject="改")
    office.then(EventKind.DECIDE, "2026-03-11", outcome=Outcome.UNPROCESSED_PETITION, means=Means.HAND)
    office.then(EventKind.VOID, "2026-03-12", entry=3, reason="结果选错")


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Iterator[Office]:
    """An office with a full drawer."""
    opened = Office(engine, agency_id, cipher)
    a_full_drawer(opened)
    opened.assert_in_order()
    yield opened
    opened.assert_in_order()


def test_every_kind_of_case_is_derived_again_as_it_was(office: Office, database: Database) -> None:
    before, log = derived(office.engine), logged(office.engine)
    assert all(before.values())
    migrate(database.owner_engine)
    assert derived(office.engine) != before
    assert rebuilt(office.engine) == [len(before["request_case"])]
    assert derived(office.engine) == before
    assert logged(office.engine) == log


def test_a_case_keeps_the_calendar_that_its_deadlines_were_reckoned_with(office: Office, database: Database) -> None:
    with office.engine.connect() as connection:
        revisions = set(connection.scalars(select(request_case.c.calendar_revision)))
    assert len(revisions) == 2
    a_day_off(office, "2026-03-13")
    before = derived(office.engine)
    migrate(database.owner_engine)
    rebuilt(office.engine)
    assert derived(office.engine) == before


def test_the_cases_are_done_in_batches_and_a_run_that_stopped_goes_on(
    office: Office, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_BATCH", 4)
    before = derived(office.engine)
    cases = len(before["request_case"])
    migrate(database.owner_engine)
    stopped = rebuild.rebuild(office.engine)
    assert next(stopped) == 4
    stopped.close()
    with office.engine.connect() as connection:
        waiting = select(request_case.c.id).where(request_case.c.snapshot.is_(None))
        assert len(connection.execute(waiting).all()) == cases - 4
    assert rebuilt(office.engine)[-1] == cases - 4
    assert derived(office.engine) == before


def test_what_need_not_be_derived_again_is_left_alone(office: Office, database: Database) -> None:
    before = derived(office.engine)
    with office.engine.connect() as connection:
        assert not rebuild.is_needed(connection)
    assert list(rebuild.rebuild(office.engine)) == []
    with database.owner_engine.begin() as connection:
        one = update(request_case).where(request_case.c.number == office.number)
        connection.execute(one.values(snapshot=None, subject="旧"))
    assert rebuilt(office.engine) == [1]
    assert derived(office.engine) == before


def test_an_empty_database_needs_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        assert not rebuild.is_needed(connection)
    assert list(rebuild.rebuild(engine)) == []


def test_rows_that_no_log_gives_are_gone_afterwards(office: Office, database: Database) -> None:
    before = derived(office.engine)
    with database.owner_engine.begin() as connection:
        connection.execute(update(request_case).values(snapshot=None))
        connection.execute(update(deadline).values(round=deadline.c.round + 7))
        connection.execute(update(fee).values(billed_yuan=1))
    rebuilt(office.engine)
    assert derived(office.engine) == before


def test_a_log_that_cannot_be_read_stops_it_and_the_case_is_named(database: Database, cipher: FieldCipher) -> None:
    office = Office(database.engine, another_agency(database.engine), cipher)
    office.register()
    number = office.register()
    office.refuse("2026-03-20")
    migrate(database.owner_engine)
    with database.owner_engine.begin() as connection:
        # A reply that the log says was made before the request came.
        early = update(case_event).where(case_event.c.kind == EventKind.DECIDE.value)
        connection.execute(early.values(happened_on=date(2026, 2, 27)))
    with pytest.raises(Refusal, match=number):
        list(rebuild.rebuild(database.engine))


@examples(12)
@given(docket=dockets(6))
def test_whatever_happened_is_derived_again_as_it_was(
    shared: Database, cipher: FieldCipher, docket: list[CaseHistory]
) -> None:
    forget_cases(shared.owner_engine)
    with shared.engine.begin() as connection:
        record(connection, another_agency(shared.engine), docket, cipher)
    before = derived(shared.engine)
    migrate(shared.owner_engine)
    assert list(rebuild.rebuild(shared.engine)) == ([len(docket)] if docket else [])
    assert derived(shared.engine) == before
    with shared.engine.connect() as connection:
        assert verified(connection).findings == []


# At the first opening


@pytest.fixture
def here(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, on 2026-11-22."""
    monkeypatch.setattr("cli.office.now", lambda: NOW)
    return inside(database, tmp_path, monkeypatch, capsys)


def test_opening_the_office_derives_the_cases_again_and_says_so_once(
    here: Yishen, office: Office, database: Database
) -> None:
    before = derived(office.engine)
    cases = len(before["request_case"])
    migrate(database.owner_engine)
    first = here("verify", "--json")
    assert first.code == 0
    assert first.err.splitlines() == [f"数据库已升级，按日志重新推出办件：{cases} 件"]
    assert derived(office.engine) == before
    again = here("verify", "--json")
    assert again.code == 0
    assert "重新推出" not in again.err


@pytest.mark.parametrize(
    "command",
    [("case", "list"), ("case", "show", "2026-0001"), ("case", "options", "2026-0001"), ("case", "fee", "2026-0001")],
    ids=lambda each: each[1],
)
def test_whatever_is_asked_first_is_answered_as_before(
    here: Yishen, office: Office, database: Database, command: tuple[str, ...]
) -> None:
    asked = (*command, "--agency", AGENCY, "--json")
    answer = here(*asked)
    assert answer.code == 0
    migrate(database.owner_engine)
    assert here(*asked).out == answer.out


def test_a_case_goes_on_after_the_upgrade(here: Yishen, office: Office, database: Database) -> None:
    migrate(database.owner_engine)
    noted = here("case", "record", "2026-0001", "补正告知书送达", "--on", "2026-03-09", "--agency", AGENCY)
    # It was delivered already; the law says so after the upgrade as before it.
    assert (noted.code, noted.out) == (2, "")
    assert "条例第三十条" in noted.err
    done = here("case", "record", "2026-0001", "收到补正", "--on", "2026-03-09", "--agency", AGENCY, "--json")
    assert done.code == 0
    assert office.take_up("2026-0001").state is State.RECEIVED
