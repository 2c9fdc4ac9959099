"""A replay lives through the days as the running system would have: the same reminders, lapses and figures, once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from cli.setup import DEMO
from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import Channel, ConsultationKind, EventKind, Outlet, Role
from reports import year_end
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from tasks import replay, trial
from tasks.office import Office
from tests.conftest import NOW, enrol, fresh_database
from tests.histories import CaseHistory, dockets, examples
from tests.histories import record as log_cases
from tests.ledgers import NOT_CORRECTED, answered, record, request, review, stored, write_csv
from tests.workflow.test_sweep import Days
from workflow import staff
from workflow.faults import InputFault

pytestmark = pytest.mark.usefixtures("_trials_beside")

D = date.fromisoformat
MARCH = (D("2026-03-02"), D("2026-04-30"))
LAST_QUARTER = (D("2021-10-01"), D("2022-01-10"))
YEAR_2021 = (D("2021-01-01"), D("2022-01-31"))


@pytest.fixture
def office(database: Database, cipher: FieldCipher, tmp_path: Path) -> Office:
    return Office(database, cipher, Settings(data_dir=tmp_path / "var"))


@pytest.fixture
def days(office: Office, agency_id: int) -> Days:
    return Days(office.engine, agency_id, office.cipher)


def row_of(office: Office, agency_id: int) -> Any:
    with office.engine.connect() as connection:
        return connection.execute(select(agency).where(agency.c.id == agency_id)).one()


def lived(office: Office, agency_id: int, first: date, last: date) -> replay.Replay:
    done = replay.replay(office, row_of(office, agency_id), first, last, lambda *_: None)
    assert done.failed == []
    return done


def told(done: replay.Replay) -> set[tuple[str, str, str, int, str]]:
    """The reminders of a replay: case, kind, day on which it was made, milestone, recipient."""
    return {
        (each["number"], each["deadline"], day.date.isoformat(), each["milestone"], each["recipient"])
        for day in done.days
        for each in day.reminders
    }


def by_itself(done: replay.Replay) -> list[tuple[str, str]]:
    """What the system did in a replay: kind and day."""
    return [(each["event"], day.date.isoformat()) for day in done.days for each in day.events if each["effect"]]


def closed(office: Office, agency_id: int, year: int) -> year_end.YearEnd:
    row = row_of(office, agency_id)
    return year_end.run(office.engine, row, year, office.cipher, NOW, lambda *_: None)


@pytest.mark.histories
def test_the_golden_year_lived_through_gives_the_figures_of_the_published_report(office: Office, agency_id: int):
    record(office.engine, agency_id, *(DEMO / f"jinzhan-2021-{kind}.csv" for kind in ("ledger", "reviews")))
    before = stored(office.engine)
    done = lived(office, agency_id, *YEAR_2021)
    assert stored(office.engine) == before
    assert done.figures[2021] == closed(office, agency_id, 2021).figures
    assert (done.totals()["carried_over"], done.totals()["left_out"], done.open, done.overdue) == (3, 0, 3, 1)


@pytest.mark.histories
@given(st.lists(dockets(first=D("2021-03-01"), last=D("2022-03-01")), min_size=4, max_size=6))
@examples(3, shrink=False)
def test_whatever_happened_lived_through_it_gives_the_figures_of_the_log(
    server: EmbeddedServer, template: str, cipher: FieldCipher, several: list[list[CaseHistory]]
):
    with fresh_database(server, template) as database:
        office = Office(database, cipher, Settings(database_url=None))
        agency_id = enrol(office.engine)
        with office.engine.begin() as connection:
            log_cases(connection, agency_id, [history for docket in several for history in docket], cipher)
        done = lived(office, agency_id, *LAST_QUARTER)
        assert done.totals()["left_out"] == 0
        # What nobody recorded as lapsed lapsed all the same, as the running system records it.
        replay.make_good(office, row_of(office, agency_id), LAST_QUARTER[1], NOW)
        assert done.figures[2021] == closed(office, agency_id, 2021).figures


@pytest.mark.histories
def test_what_an_office_accepted_late_was_not_lapsed_and_the_figures_are_those_of_the_log(
    office: Office, agency_id: int, tmp_path: Path
):
    asked = {"补正告知日期": "2021-03-04", "补正期限": "2021-03-18"}
    rows = [
        answered("2021-0001", **asked, 补正收到日期="2021-04-06", 答复日期="2021-04-20"),
        answered("2021-0002", **asked, 办理结果=NOT_CORRECTED, 答复日期="2021-05-10"),
        request("2021-0003", **asked),
        answered("2021-0004", 征求意见发出日期="2021-03-03", 征求意见结束日期="2021-04-28", 答复日期="2021-05-08"),
        answered("2021-0005", 收费通知日期="2021-03-08", 收费金额="380", 缴费日期="2021-05-08", 答复日期="2022-01-05"),
        request("2021-0006", 收到日期="2021-12-31"),
    ]
    reviews = [review("2021-0002", 受理日期="2021-06-01", 结果="结果维持", 结案日期="2021-07-30")]
    record(office.engine, agency_id, write_csv(tmp_path / "a.csv", rows), write_csv(tmp_path / "b.csv", reviews))
    done = lived(office, agency_id, *YEAR_2021)
    assert done.totals()["left_out"] == 0
    assert done.figures[2021] == closed(office, agency_id, 2021).figures


@pytest.mark.histories
def test_a_replay_reminds_of_the_same_on_the_same_days_as_the_system_that_ran(days: Days, office: Office):
    for name, role in (("张某", Role.OFFICER), ("周主任", Role.HEAD), ("吴局长", Role.LEADER)):
        days.enter(name, role)
    days.register("2026-03-02")
    days.then(EventKind.ASSIGN, "2026-03-02", officer="张某")
    days.through("2026-03-02", "2026-03-09")
    days.register("2026-03-10")
    days.then(EventKind.ASK_CORRECTION, "2026-03-12", items="年份", delivered="2026-03-13", working_days=10)
    days.through("2026-03-10", "2026-04-30")
    rows = days.reminders()
    done = lived(office, days.agency_id, *MARCH)
    assert {each[1:] for each in told(done)} == {(kind, day, left, who) for kind, day, left, who, _ in rows}
    assert len(rows) == done.totals()["reminders"]
    assert by_itself(done) == [("lapse", "2026-03-28")]


def test_what_the_system_did_by_itself_is_done_once_in_the_trial_too(days: Days, office: Office):
    days.office.now = NOW.replace(month=3, day=2)
    days.office.arrive("2026-03-02", channel=Channel.EMAIL, submitted_on="2026-03-02")
    days.through("2026-03-02", "2026-03-05")
    days.office.now = NOW.replace(month=3, day=6)
    days.office.then(
        EventKind.CONSULT, "2026-03-05", kind=ConsultationKind.THIRD_PARTY, delivered="2026-03-06", party="甲公司"
    )
    days.through("2026-03-06", "2026-04-10")
    done = lived(office, days.agency_id, *MARCH)
    assert by_itself(done) == [("confirm", "2026-03-04"), ("opinions_in", "2026-03-28")]
    assert done.totals()["left_out"] == 0
    later = lived(office, days.agency_id, D("2026-03-20"), D("2026-04-30"))
    assert by_itself(later) == [("opinions_in", "2026-03-28")]
    after = lived(office, days.agency_id, D("2026-04-13"), D("2026-04-30"))
    assert (by_itself(after), after.open) == ([], 1)
    assert {each for each in told(done) if each[2] >= "2026-04-13"} == told(after)


@pytest.mark.histories
def test_a_lapse_that_an_officer_voided_is_voided_in_the_trial_as_well(days: Days, office: Office):
    days.register("2026-03-02")
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    days.through("2026-03-02", "2026-03-22")
    entry = len(days.office.log)
    days.then(EventKind.NOTE, "2026-03-22", text="申请人来电")
    days.then(EventKind.VOID, "2026-03-23", entry=entry, reason="申请人当日已补正，邮件在途")
    days.then(EventKind.CORRECT, "2026-03-19")
    for first in ("2026-03-02", "2026-03-23", "2026-04-01"):
        done = lived(office, days.agency_id, D(first), D("2026-04-10"))
        assert (done.totals()["left_out"], done.open) == (0, 1)
        assert done.totals()["lapsed"] == (1 if first == "2026-03-02" else 0)


@pytest.mark.histories
def test_a_replay_that_starts_late_knows_what_went_before(office: Office, agency_id: int, tmp_path: Path):
    rows = [request("2021-0001"), answered("2021-0002", 答复日期="2022-01-18")]
    record(office.engine, agency_id, write_csv(tmp_path / "a.csv", rows))
    whole = lived(office, agency_id, D("2021-12-20"), D("2022-02-10"))
    part = lived(office, agency_id, D("2022-01-10"), D("2022-02-10"))
    assert told(part) == {each for each in told(whole) if each[2] >= "2022-01-10"}
    assert (part.totals()["carried_over"], whole.totals()["carried_over"]) == (0, 2)
    assert (part.open, part.overdue) == (whole.open, whole.overdue) == (1, 1)


def test_no_applicant_and_no_address_goes_into_the_trial(days: Days, office: Office):
    days.enter("张某", Role.OFFICER)
    with office.engine.begin() as connection:
        staff.reach(connection, days.agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", office.cipher)
        staff.feed(connection, days.agency_id, "张某", office.cipher)
    days.register("2026-03-02")
    with office.engine.connect() as connection:
        script = trial.read_script(connection, days.agency_id)
    with trial.open_trial(office, days.agency_id) as there:
        trial.happen(there, days.agency_id, script, D("2026-03-02"), replay.at(D("2026-03-02"), replay.OFFICE_HOURS))
        with there.engine.connect() as connection:
            (person,) = connection.execute(text("SELECT * FROM applicant")).mappings()
            (officer,) = connection.execute(text("SELECT * FROM user_account")).mappings()
    assert {name for name, value in person.items() if value is not None} == {"id", "agency_id", "kind"}
    assert (officer["outlets"], officer["addresses"], officer["feed_index"]) == ([], None, None)


def test_days_that_cannot_be_lived_through_are_refused():
    with pytest.raises(InputFault, match="晚于"):
        replay.check_span(D("2022-01-02"), D("2022-01-01"))
    with pytest.raises(InputFault, match="3700"):
        replay.check_span(D("2011-01-01"), D("2022-01-01"))
    with pytest.raises(InputFault, match="2008"):
        replay.check_span(D("1999-01-01"), D("1999-02-01"))
    replay.check_span(D("2022-01-01"), D("2022-01-01"))
