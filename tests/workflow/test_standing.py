"""Where the cases of an office stand today: what the mere passing of days has changed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from models.personal import FieldCipher
from models.vocabulary import ConsultationKind, EventKind, Matter
from tests.lawful import RECEIVED, Office, day
from workflow import calendar_book, clock, notices, standing
from workflow.standing import Standing


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Office:
    return Office(engine, agency_id, cipher)


def _stands(office: Office, on: str) -> Standing:
    with office.engine.connect() as connection:
        (found,) = standing.standings(connection, office.agency_id, day(on))
    return found


def test_art33_a_plain_case_is_overdue_on_the_day_after_its_last(office: Office) -> None:
    office.register(RECEIVED)
    assert not _stands(office, "2026-03-30").overdue
    assert _stands(office, "2026-03-31").overdue


def test_art32_a_window_that_ended_by_itself_gives_the_reply_its_day_again(office: Office) -> None:
    office.register(RECEIVED)
    silent = {"kind": ConsultationKind.THIRD_PARTY, "party": "甲公司", "delivered": "2026-03-04"}
    office.then(EventKind.CONSULT, "2026-03-04", **silent)
    assert _stands(office, "2026-03-20").reply_due is None
    found = _stands(office, "2026-11-20")
    assert (found.reply_due, found.overdue) == (date(2026, 4, 21), True)


def test_art33_a_period_that_had_run_out_before_it_was_suspended_is_overdue(office: Office) -> None:
    office.register(RECEIVED)
    office.then(EventKind.CONSULT, "2026-04-10", kind=ConsultationKind.THIRD_PARTY, party="甲公司")
    found = _stands(office, "2026-04-13")
    assert found.reply_due is None
    assert (found.overdue, found.working_days_over) == (True, 8)


def test_art41_the_agencys_own_period_for_records_is_never_overdue_in_law(office: Office) -> None:
    office.register(RECEIVED, matter=Matter.RECTIFICATION)
    found = _stands(office, "2026-06-01")
    assert (found.rectification, found.reply_due, found.overdue) == (True, date(2026, 3, 30), False)


def test_an_offices_own_day_off_is_not_told_as_a_notice_of_the_state_council(office: Office) -> None:
    document = {"days": [{"date": "2026-03-20", "name": "县庆", "isOffDay": True}]}
    with office.engine.begin() as connection:
        notices.load(connection, office.agency_id, notices.read_notice(document, "loc.json"), "test")
    office.register(RECEIVED)
    with office.engine.connect() as connection:
        calendar = calendar_book.current(connection, office.agency_id)
    lines = clock.explain(office.case.clock_facts(), calendar, day("2026-03-23"))
    (told,) = [line for line in lines if "县庆" in line]
    assert "本机关的工作日安排" in told
    assert clock.NOTICE not in told
