"""A notice loaded (工作日历): the revision that it makes or does not need, the cases that move, and who is overdue by it.

It is Sunday, 22 November 2026. A request received on Monday, 26 October is due on Monday, 23 November; with a Saturday
before that made a working day it was due on Friday, the 20th.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from models.personal import FieldCipher
from models.tables import calendar_revision
from models.vocabulary import (
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Matter,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    Tariff,
)
from runtime.database import Database
from tests.conftest import AGENCY, NOW, TODAY, Yishen
from tests.histories import another_agency
from tests.lawful import CLERK, Office, day
from tests.ledgers import inside, stored
from workflow import calendar_book, notices
from workflow.calendar import DayRule, WorkCalendar
from workflow.faults import InputFault
from workflow.notices import Move, Notice

SATURDAY_WORKED = {"date": "2026-11-14", "name": "补班", "isOffDay": False}
YEAR_2027 = {"year": 2027, "days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": True}]}


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Iterator[Office]:
    """An office on its database, whose log is in order when the test is over."""
    opened = Office(engine, agency_id, cipher)
    yield opened
    opened.assert_in_order()


def notice(*rules: dict[str, Any], year: int | None = None) -> Notice:
    """A notice of these days."""
    return notices.read_notice({"year": year, "days": list(rules)}, "安排.json")


def off(*days: str, name: str = "放假") -> Notice:
    """A notice of days off."""
    return notice(*({"date": each, "name": name, "isOffDay": True} for each in days))


def load(office: Office, what: Notice, *, national: bool = False) -> dict[str, Move]:
    """Load a notice, for the agency alone or for all; the moves of the agency by the number of the case."""
    with office.engine.begin() as connection:
        whose = None if national else office.agency_id
        _, moved = notices.load_and_recompute(connection, whose, what, office.cipher, office.now, CLERK)
    (ours,) = moved.values() if not national else ([move for moves in moved.values() for move in moves],)
    return {move.number: move for move in ours}


def revisions(engine: Engine) -> int:
    """How many revisions of calendars there are."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(calendar_revision)).scalar_one())


# Revisions


@pytest.mark.parametrize(
    ("what", "national"),
    [
        (YEAR_2027, True),
        ({"days": [SATURDAY_WORKED]}, True),
        ({"days": [SATURDAY_WORKED]}, False),
        ({"days": [{"date": "2026-11-26", "name": "州庆", "isOffDay": True}]}, False),
    ],
    ids=["a year", "a day for all", "a day of the agency", "a local holiday"],
)
def test_a_notice_loaded_again_makes_no_new_revision_and_moves_nothing(
    office: Office, what: dict[str, Any], national: bool
) -> None:
    office.register("2026-10-30")
    office.register("2026-11-20")
    read, whose = notices.read_notice(what, "安排.json"), None if national else office.agency_id
    load(office, read, national=national)
    with office.engine.connect() as connection:
        first = calendar_book.current_revision(connection, office.agency_id)
    after = stored(office.engine)
    with office.engine.begin() as connection:
        assert notices.load(connection, whose, read, CLERK) == first
    assert load(office, read, national=national) == {}
    assert stored(office.engine) == after


def test_what_the_program_came_with_needs_no_revision(office: Office) -> None:
    before = revisions(office.engine)
    with office.engine.connect() as connection:
        known = calendar_book.current(connection, None)
    rules = known.rules(2026)
    assert load(office, Notice(2026, tuple(rules), "国办发明电"), national=True) == {}
    assert revisions(office.engine) == before


@pytest.mark.parametrize(
    "another",
    [
        notice({"date": "2026-11-26", "name": "放假", "isOffDay": False}),
        off("2026-11-26", "2026-11-27"),
        off("2026-11-27"),
    ],
    ids=["the day is worked after all", "one more", "another"],
)
def test_a_notice_that_says_something_else_is_a_new_revision(office: Office, another: Notice) -> None:
    load(office, off("2026-11-26"))
    before = revisions(office.engine)
    load(office, another)
    assert revisions(office.engine) == before + 1


def test_a_year_announced_is_a_revision_though_it_is_as_forecast(office: Office) -> None:
    # What was provisional is certain now.
    office.register("2026-11-20")
    office.then(EventKind.EXTEND, "2026-11-20", working_days=20, approver="负责人", reason="复杂")
    row = office.deadline()
    assert (row.due_on.year, row.provisional) == (2027, True)
    with office.engine.connect() as connection:
        forecast = calendar_book.current(connection, None).rules(2027)
    before = revisions(office.engine)
    moved = load(office, Notice(2027, tuple(forecast), "国办发明电〔2026〕7号"), national=True)
    assert revisions(office.engine) == before + 1
    # The day stays, but it is no longer provisional.
    assert moved[office.number].reply_due == moved[office.number].new_reply_due == row.due_on
    assert office.deadline().provisional is False
    assert load(office, Notice(2027, tuple(forecast), "国办发明电〔2026〕7号"), national=True) == {}
    assert revisions(office.engine) == before + 1


def test_a_year_loaded_with_fewer_days_is_another(office: Office) -> None:
    days = [{"date": each, "name": "元旦", "isOffDay": True} for each in ("2027-01-01", "2027-01-04")]
    load(office, notice(*days, year=2027), national=True)
    before = revisions(office.engine)
    load(office, notice(*days[:1], year=2027), national=True)
    assert revisions(office.engine) == before + 1
    with office.engine.connect() as connection:
        assert calendar_book.current(connection, None).is_workday(date(2027, 1, 4))


def test_a_day_of_the_agency_holds_over_a_later_notice_and_is_not_asked_for_twice(office: Office) -> None:
    load(office, off("2027-01-05"))
    load(office, notice(*YEAR_2027["days"], year=2027), national=True)
    before = revisions(office.engine)
    load(office, off("2027-01-05"))
    assert revisions(office.engine) == before
    with office.engine.connect() as connection:
        assert not calendar_book.current(connection, office.agency_id).is_workday(date(2027, 1, 5))
        assert calendar_book.current(connection, None).is_workday(date(2027, 1, 5))


def test_agencies_without_days_of_their_own_share_one_calendar_until_a_revision_comes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_book, "_kept", {})
    another = another_agency(office.engine)

    def known(agency_id: int | None) -> WorkCalendar:
        # As a page has it: an engine of its own on the same connections.
        with office.engine.execution_options(of="one request").connect() as connection:
            return calendar_book.current(connection, agency_id)

    assert known(office.agency_id) is known(another) is known(None)
    load(office, off("2027-01-05"))
    assert known(another) is known(None) is not known(office.agency_id)
    assert known(office.agency_id) is known(office.agency_id)
    load(office, notice(*YEAR_2027["days"], year=2027), national=True)
    assert known(another) is known(None)
    assert not known(office.agency_id).is_workday(date(2027, 1, 5))
    assert known(another).is_workday(date(2027, 1, 5))


def test_an_agency_announces_no_year(office: Office) -> None:
    before = stored(office.engine)
    with pytest.raises(InputFault, match="year"):
        load(office, notice(*YEAR_2027["days"], year=2027))
    assert stored(office.engine) == before


# Overdue


@pytest.mark.parametrize(
    ("due", "new_due", "is_open", "overdue"),
    [
        ("2026-11-23", "2026-11-20", True, True),
        # The last day itself is in time (law.md 3: the whole day counts).
        ("2026-11-23", "2026-11-22", True, False),
        ("2026-11-22", "2026-11-21", True, True),
        ("2026-11-21", "2026-11-20", True, False),
        ("2026-11-24", "2026-11-23", True, False),
        ("2026-11-20", "2026-11-23", True, False),
        ("2026-11-23", "2026-11-20", False, False),
        (None, None, True, False),
    ],
    ids=["overdue by it", "due today", "was due today", "overdue before", "later", "saved", "answered", "suspended"],
)
def test_overdue_by_a_notice_is_what_was_in_time_before_it(
    due: str | None, new_due: str | None, is_open: bool, overdue: bool
) -> None:
    move = Move(1, "2026-0001", due and day(due), new_due and day(new_due), is_open)
    assert move.becomes_overdue(TODAY) is overdue


def test_the_cases_that_become_overdue_are_named(office: Office) -> None:
    becomes = office.register("2026-10-26")
    stays = office.register("2026-11-09")
    before = office.register("2026-10-23")
    answered = office.register("2026-10-26")
    office.refuse("2026-11-20")
    suspended = office.register("2026-10-26")
    office.then(EventKind.CONSULT, "2026-11-20", kind=ConsultationKind.THIRD_PARTY, party="某公司")
    late = office.register("2026-11-16")
    moved = load(office, notice(SATURDAY_WORKED))
    assert set(moved) == {becomes, stays, before}
    assert (moved[becomes].reply_due, moved[becomes].new_reply_due) == (day("2026-11-23"), day("2026-11-20"))
    assert (moved[stays].reply_due, moved[stays].new_reply_due) == (day("2026-12-07"), day("2026-12-04"))
    assert {number for number, move in moved.items() if move.becomes_overdue(TODAY)} == {becomes}
    # What does not run, is over, or came later, is not moved.
    assert not {answered, suspended, late} & set(moved)
    for number in (becomes, stays, before):
        office.take_up(number)
        assert office.log[-1].happening.event is EventKind.RECALCULATE
        assert office.due() == moved[number].new_reply_due.isoformat()


def test_a_local_day_makes_only_its_own_agencys_cases_overdue(office: Office) -> None:
    other = Office(office.engine, another_agency(office.engine), office.cipher)
    other._taken = 1000
    office.register("2026-10-26")
    other.register("2026-10-26")
    assert set(load(office, notice(SATURDAY_WORKED))) == {"2026-0001"}
    assert (office.due(), other.due()) == ("2026-11-20", "2026-11-23")


# What moves


def test_the_days_for_the_answer_in_a_review_of_an_answered_case_move_too(office: Office) -> None:
    number = office.register("2026-10-26")
    office.refuse("2026-11-06")
    copy = {"review_kind": ReviewKind.RECONSIDERATION, "copy_received": "2026-11-18"}
    office.then(EventKind.OPEN_REVIEW, "2026-11-17", **copy)
    # Ten working days (行政复议法 Arts. 48, 88).
    assert office.due(DeadlineKind.REVIEW_ANSWER) == "2026-12-02"
    moved = load(office, off("2026-11-25"))
    assert set(moved) == {number}
    assert moved[number].is_open is False
    assert not moved[number].becomes_overdue(TODAY)
    assert office.due(DeadlineKind.REVIEW_ANSWER) == "2026-12-03"
    assert office.deadline().done_on == day("2026-11-06")
    assert office.log[-1].happening.event is EventKind.RECALCULATE


@pytest.mark.parametrize(
    ("kind", "due", "moved_to"),
    # Calendar days of a lawsuit; a last day off rolls on (民法典 Art. 203).
    [(DeadlineKind.DEFENCE, "2026-11-30", "2026-12-01"), (DeadlineKind.APPEAL, "2026-11-30", "2026-12-01")],
    ids=lambda value: getattr(value, "value", ""),
)
def test_a_last_day_in_calendar_days_rolls_over_a_new_day_off(
    office: Office, kind: DeadlineKind, due: str, moved_to: str
) -> None:
    office.register("2026-08-03")
    office.refuse("2026-08-10")
    suit = {"review_kind": ReviewKind.LITIGATION_DIRECT}
    if kind is DeadlineKind.DEFENCE:
        # Fifteen days from the 13th end on Saturday, the 28th.
        office.then(EventKind.OPEN_REVIEW, "2026-11-12", copy_received="2026-11-13", **suit)
    else:
        office.then(EventKind.OPEN_REVIEW, "2026-09-01", **suit)
        office.then(EventKind.FIRST_JUDGMENT, "2026-11-13", review=1, ruling_form=RulingForm.JUDGMENT)
    assert office.due(kind) == due
    assert set(load(office, off("2026-11-30"))) == {office.number}
    assert office.due(kind) == moved_to


def test_a_review_that_is_over_or_answered_moves_no_more(office: Office) -> None:
    for conclude in (True, False):
        office.register("2026-10-26")
        office.refuse("2026-11-06")
        copy = {"review_kind": ReviewKind.RECONSIDERATION, "copy_received": "2026-11-18"}
        office.then(EventKind.OPEN_REVIEW, "2026-11-17", **copy)
        office.then(EventKind.ANSWER_REVIEW, "2026-11-19", review=1)
        if conclude:
            office.then(EventKind.CONCLUDE_REVIEW, "2026-11-20", review=1, result=ReviewResult.UPHELD)
    assert load(office, off("2026-11-20")) == {}
    assert office.deadline(DeadlineKind.REVIEW_ANSWER).done_on == day("2026-11-19")


def open_correction(office: Office) -> None:
    office.register("2026-11-16")
    office.then(EventKind.ASK_CORRECTION, "2026-11-17", items="年份", delivered="2026-11-18")


def open_opinion(office: Office) -> None:
    office.register("2026-11-16")
    asked = {"kind": ConsultationKind.THIRD_PARTY, "party": "某公司", "delivered": "2026-11-18"}
    office.then(EventKind.CONSULT, "2026-11-17", **asked)


def open_payment(office: Office) -> None:
    office.choose("charges_fees", "是")
    office.register("2026-11-16")
    office.then(EventKind.BILL, "2026-11-18", tariff=Tariff.BY_VOLUME, pages=31, billed_yuan=10)


def open_rectification(office: Office) -> None:
    office.register("2026-11-18", matter=Matter.RECTIFICATION)


def open_again(office: Office) -> None:
    office.register("2026-08-03")
    office.refuse("2026-08-10")
    office.then(EventKind.OPEN_REVIEW, "2026-09-01", review_kind=ReviewKind.RECONSIDERATION)
    office.then(EventKind.CONCLUDE_REVIEW, "2026-11-17", review=1, result=ReviewResult.CORRECTED)
    office.then(EventKind.REOPEN, "2026-11-18", ground=ReopenGround.RECONSIDERATION, review=1)


@pytest.mark.parametrize(
    ("script", "kind", "number", "due", "moved_to"),
    [
        (open_correction, DeadlineKind.CORRECTION, 1, "2026-12-02", "2026-12-03"),
        (open_opinion, DeadlineKind.OPINION, 1, "2026-12-09", "2026-12-10"),
        (open_payment, DeadlineKind.PAYMENT, 1, "2026-12-16", "2026-12-17"),
        (open_rectification, DeadlineKind.REPLY, 1, "2026-12-16", "2026-12-17"),
        (open_again, DeadlineKind.REPLY, 2, "2026-12-16", "2026-12-17"),
    ],
    ids=lambda value: getattr(value, "__name__", getattr(value, "value", "")),
)
def test_every_period_in_working_days_that_runs_moves(
    office: Office, script: Any, kind: DeadlineKind, number: int, due: str, moved_to: str
) -> None:
    script(office)
    assert office.due(kind, number) == due
    assert set(load(office, off("2026-11-25"))) == {office.number}
    assert office.due(kind, number) == moved_to


def test_what_is_void_dismissed_or_not_received_is_left_alone(office: Office) -> None:
    office.today_is("2026-11-20")
    office.register("2026-11-16")
    office.then(EventKind.VOID, "2026-11-17", entry=1, reason="重复登记")
    office.arrive("2026-11-16", channel=Channel.POST_ORDINARY, arrived_on="2026-11-16")
    office.then(EventKind.DISMISS, "2026-11-17", reason="广告信")
    office.arrive("2026-11-20", channel=Channel.POST_ORDINARY, arrived_on="2026-11-20")
    assert load(office, off("2026-11-25")) == {}
    # Confirmed afterwards, it is reckoned with the calendar of that day.
    office.then(EventKind.CONFIRM, "2026-11-20", how="电话")
    assert office.due() == "2026-12-21"


def test_a_day_by_months_and_a_day_that_was_named_do_not_move(office: Office) -> None:
    office.register("2026-11-16")
    office.refuse("2026-11-18")
    assert office.due(DeadlineKind.REEVALUATION) == "2027-11-18"
    office.register("2026-11-16")
    office.then(EventKind.ASK_CORRECTION, "2026-11-17", items="年份", until="2026-12-04", delivered="2026-11-18")
    assert load(office, off("2026-11-25", "2026-12-04", "2027-11-18")) == {}
    assert office.due(DeadlineKind.CORRECTION) == "2026-12-04"


def test_what_moved_moves_back_with_the_notice_that_takes_it_back(office: Office) -> None:
    office.register("2026-11-16")
    assert office.due() == "2026-12-14"
    load(office, off("2026-11-25"))
    assert office.due() == "2026-12-15"
    load(office, notice({"date": "2026-11-25", "name": "照常上班", "isOffDay": False}))
    assert office.due() == "2026-12-14"
    assert [entry.happening.event for entry in office.log[1:]] == [EventKind.RECALCULATE] * 2


# The preview


@pytest.fixture
def here(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, on 2026-11-22."""
    monkeypatch.setattr("cli.office.now", lambda: NOW)
    return inside(database, tmp_path, monkeypatch, capsys)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The notice of a Saturday that is worked, in a file."""
    path = tmp_path / "安排.json"
    path.write_text(json.dumps({"days": [SATURDAY_WORKED]}, ensure_ascii=False), encoding="utf-8")
    return path


OURS = ("--agency", AGENCY)


def test_a_preview_tells_who_becomes_overdue_and_stores_nothing(office: Office, here: Yishen, file: Path) -> None:
    stays, becomes = office.register("2026-11-09"), office.register("2026-10-26")
    before = stored(office.engine)
    asked = ("calendar", "load", file, *OURS)
    preview = json.loads(here(*asked, "--dry-run", "--json").out)
    assert (preview["dry_run"], preview["revision"], preview["days"]) == (True, None, 1)
    assert {move["number"]: move["becomes_overdue"] for move in preview["moved"]} == {stays: False, becomes: True}
    said = here(*asked, "--dry-run").out.splitlines()
    assert "2 件的期限重算，其中 1 件因此超期" in said[0]
    assert said[0].startswith("将载入 1 天")
    # Who is overdue by it comes first.
    assert said[1:] == [
        f"  {AGENCY} {becomes}：答复期限 2026-11-23 → 2026-11-20，因此超期",
        f"  {AGENCY} {stays}：答复期限 2026-12-07 → 2026-12-04",
    ]
    assert stored(office.engine) == before
    assert office.due() == "2026-11-23"
    # Loaded then, it does what was told.
    done = json.loads(here(*asked, "--json").out)
    assert done["moved"] == preview["moved"]
    assert (done["dry_run"], office.due()) == (False, "2026-11-20")
    again = json.loads(here(*asked, "--json").out)
    assert (again["revision"], again["moved"]) == (done["revision"], [])
    assert "没有期限变动" in here(*asked).out


def test_a_preview_leaves_no_trace_in_the_next_loading(office: Office, here: Yishen, file: Path) -> None:
    office.register("2026-11-09")
    here("calendar", "load", file, *OURS, "--dry-run")
    assert load(office, off("2026-11-26"))[office.number].new_reply_due == day("2026-12-08")
    with office.engine.connect() as connection:
        known = calendar_book.current(connection, office.agency_id)
    assert known.rule(day("2026-11-14")) is None
    assert known.rule(day("2026-11-26")) == DayRule(day("2026-11-26"), working=False, name="放假")


def test_a_case_of_which_only_another_period_moves_is_not_said_to_have_another_day_for_its_reply(
    office: Office, here: Yishen, file: Path
) -> None:
    office.register("2026-10-26")
    office.refuse("2026-11-06")
    copy = {"review_kind": ReviewKind.RECONSIDERATION, "copy_received": "2026-11-13"}
    office.then(EventKind.OPEN_REVIEW, "2026-11-12", **copy)
    file.write_text(json.dumps({"days": [{"date": "2026-11-26", "name": "州庆", "isOffDay": True}]}), encoding="utf-8")
    said = here("calendar", "load", file, *OURS).out
    assert office.due(DeadlineKind.REVIEW_ANSWER) == "2026-11-30"
    assert f"{AGENCY} {office.number}：期限重算，答复期限不变" in said
    assert "→" not in said
