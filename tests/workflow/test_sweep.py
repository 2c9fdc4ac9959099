"""What happens by itself to a deadline: reminders at their milestones, escalation, lapses; each once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.personal import FieldCipher
from models.tables import outbox, reminder
from models.vocabulary import (
    Card,
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Opinion,
    Outcome,
    Outlet,
    ReviewKind,
    Role,
    State,
    Tariff,
    Topic,
)
from tests.histories import verified
from tests.lawful import Office
from workflow import inbox, notices, practice_book, reminding, staff, sweep
from workflow.calendar import DayRule, national_calendar
from workflow.desk import CHINA
from workflow.faults import InputFault
from workflow.notices import Notice

D = date.fromisoformat
RECEIVED = "2026-03-02"


def at(day: date | str, hour: int = 9) -> datetime:
    """An instant of a day in China."""
    day = D(day) if isinstance(day, str) else day
    return datetime.combine(day, time(hour), CHINA).astimezone(UTC)


class Days:
    """An office and the days that go by."""

    def __init__(self, engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
        self.engine, self.agency_id, self.cipher = engine, agency_id, cipher
        self.office = Office(engine, agency_id, cipher)

    def on(self, day: date | str) -> sweep.Swept:
        """Sweep on one day."""
        return sweep.sweep(self.engine, self.cipher, at(day))

    def through(self, first: str, last: str) -> None:
        """Sweep on each day from the first to the last."""
        day = D(first)
        while day <= D(last):
            self.on(day)
            day += timedelta(days=1)

    def reminders(self, **where: object) -> list[tuple[str, str, int, str, str]]:
        """What there is: kind, for which day, milestone, recipient, outlet; in order."""
        statement = select(reminder).order_by(reminder.c.for_day, reminder.c.milestone.desc(), reminder.c.recipient)
        for name, value in where.items():
            statement = statement.where(reminder.c[name] == value)
        with self.engine.connect() as connection:
            rows = connection.execute(statement).all()
        return [(row.kind, row.for_day.isoformat(), row.milestone, row.recipient, row.outlet) for row in rows]

    def register(self, received: str, **facts: object) -> None:
        """Register a request on the morning of its receipt."""
        self.office.now = at(received)
        self.office.register(received, **facts)

    def then(self, event: EventKind, on: str, **facts: object) -> None:
        """Take a step and record it on its day, or on that of the delivery that it tells of."""
        self.office.now = at(max(on, str(facts.get("delivered", on))))
        self.office.then(event, on, **facts)

    def verified(self) -> bool:
        """Whether everything stored follows from the log."""
        with self.engine.connect() as connection:
            return verified(connection).findings == []

    def enter(self, name: str, role: Role) -> None:
        """Enter someone of the office."""
        with self.engine.begin() as connection:
            staff.enter(connection, self.agency_id, name, role)


@pytest.fixture
def days(engine: Engine, agency_id: int, cipher: FieldCipher) -> Days:
    return Days(engine, agency_id, cipher)


def test_a_reply_is_reminded_of_ten_five_three_and_one_working_days_before_on_the_day_and_each_day_after(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-04-02")
    assert [each[1:3] for each in days.reminders(kind="reply")] == [
        ("2026-03-16", 10),
        ("2026-03-23", 5),
        ("2026-03-25", 3),
        ("2026-03-27", 1),
        ("2026-03-30", 0),
        ("2026-03-31", -1),
        ("2026-04-01", -2),
        ("2026-04-02", -3),
    ]


def test_a_second_sweep_writes_nothing_and_nothing_is_due_any_more(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-16")
    before = days.reminders()
    assert not days.on("2026-03-16")
    with days.engine.connect() as connection:
        assert not sweep.is_due(connection, D("2026-03-16"))
    assert days.reminders() == before


def test_on_a_day_off_nobody_is_reminded_and_what_ends_on_one_is_told_on_the_working_day_before(days: Days):
    # The reply of 2026-09-03 falls due in the week after the National Day holidays; none is made during them.
    days.register("2026-09-03")
    days.through("2026-09-03", "2026-10-12")
    holidays = {f"2026-10-0{number}" for number in range(1, 8)}
    told = {each[1] for each in days.reminders()}
    assert told
    assert not told & holidays
    # A deadline that ends on a Saturday calls "the day" on Friday.
    assert reminding.day_before(D("2026-03-28"), 0, national_calendar()) == D("2026-03-27")


def test_the_officer_in_charge_is_reminded_then_the_head_by_red_cards_then_the_leader_by_black_ones(days: Days):
    days.enter("张某", Role.OFFICER)
    days.enter("钱某", Role.OFFICER)
    days.enter("周主任", Role.HEAD)
    days.enter("吴局长", Role.LEADER)
    days.register(RECEIVED)
    days.then(EventKind.ASSIGN, RECEIVED, officer="张某")
    days.through(RECEIVED, "2026-03-31")
    told: dict[int, list[str]] = {}
    for _, _, milestone, recipient, _ in days.reminders(kind="reply"):
        told.setdefault(milestone, []).append(recipient)
    assert {number: set(names) for number, names in told.items()} == {
        10: {"张某"},
        5: {"张某"},
        3: {"张某"},
        1: {"张某", "周主任"},
        0: {"张某", "周主任"},
        -1: {"张某", "周主任", "吴局长"},
    }
    assert {reminding.card(number) for number in (10, 5, 3, 1, 0, -1)} == set(Card)


def test_a_case_of_nobody_calls_every_officer_and_an_office_without_officers_has_its_own_inbox(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-16")
    assert {each[3] for each in days.reminders(kind="reply")} == {staff.WHOLE_OFFICE}
    days.enter("张某", Role.OFFICER)
    days.enter("钱某", Role.OFFICER)
    days.through("2026-03-17", "2026-03-23")
    assert {each[3] for each in days.reminders(milestone=5, kind="reply")} == {"张某", "钱某"}


def test_after_three_days_without_a_system_what_was_missed_is_made_once_and_read_as_one_digest(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-20")
    days.on("2026-03-27")
    made = days.reminders(made_on=D("2026-03-27"), kind="reply")
    assert [each[1:3] for each in made] == [("2026-03-23", 5), ("2026-03-25", 3), ("2026-03-27", 1)]
    with days.engine.connect() as connection:
        today = inbox.read(connection, days.agency_id, staff.WHOLE_OFFICE, since=D("2026-03-27"))
    assert len(today) == 2
    assert any("停机期间（2026-03-23 至 2026-03-25）有 2 条提醒" in entry.text for entry in today)


def test_an_extension_moves_the_reminders_with_the_day(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-24")
    days.then(EventKind.EXTEND, "2026-03-25", working_days=20, approver="李局长", reason="需要加工汇总")
    days.through("2026-03-25", "2026-04-20")
    due = days.office.due()
    assert due == "2026-04-28"
    with days.engine.connect() as connection:
        rows = connection.execute(
            select(reminder.c.due_on, reminder.c.milestone).where(reminder.c.kind == "reply")
        ).all()
    assert {(row.due_on.isoformat(), row.milestone) for row in rows} == {
        ("2026-03-30", 10),
        ("2026-03-30", 5),
        ("2026-04-28", 10),
    }


def test_art30_a_correction_that_does_not_come_lapses_on_the_day_after_its_period(days: Days):
    days.register(RECEIVED)
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    assert days.office.due(DeadlineKind.CORRECTION) == "2026-03-19"
    days.through("2026-03-04", "2026-03-19")
    assert days.office.case.state is State.PENDING_CORRECTION
    done = days.on("2026-03-20")
    assert (done.lapsed, done.refused) == (1, [])
    case = days.office.case
    assert (case.state, case.outcome, case.closed) == (State.CLOSED, Outcome.OTHER_NOT_CORRECTED, D("2026-03-20"))
    assert days.verified()


def test_art30_a_correction_lapses_only_after_the_days_of_grace_that_the_agency_chose(days: Days):
    days.office.choose("lapse_grace_days", "3")
    days.register(RECEIVED)
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    days.through("2026-03-04", "2026-03-24")
    assert days.office.case.state is State.PENDING_CORRECTION
    days.on("2026-03-25")
    assert days.office.case.closed == D("2026-03-25")


def test_a_lapse_noticed_late_has_its_day_in_law_all_the_same(days: Days):
    days.register("2026-12-01")
    days.then(EventKind.ASK_CORRECTION, "2026-12-02", items="年份", delivered="2026-12-03", working_days=10)
    assert days.office.due(DeadlineKind.CORRECTION) == "2026-12-17"
    days.on("2027-01-08")
    assert days.office.case.closed == D("2026-12-18")


def test_art30_who_enters_late_what_came_in_time_is_not_overtaken_between_two_entries(days: Days):
    days.register("2026-03-02")
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", working_days=10)
    days.office.now = at("2026-04-20")
    days.office.then(EventKind.DELIVER_CORRECTION, "2026-03-05")
    assert days.on("2026-04-20").lapsed == 0
    days.office.then(EventKind.CORRECT, "2026-03-12")
    days.through("2026-04-20", "2026-04-22")
    assert days.office.case.state is State.RECEIVED
    assert days.verified()


def test_art30_what_still_does_not_come_lapses_on_the_next_day_as_of_its_day_in_law(days: Days):
    days.register("2026-03-02")
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", working_days=10)
    days.office.now = at("2026-04-20")
    days.office.then(EventKind.DELIVER_CORRECTION, "2026-03-05")
    days.on("2026-04-20")
    assert days.on("2026-04-21").lapsed == 1
    assert days.office.case.ended() == D("2026-03-20")


def test_fee_measures_art6_what_is_not_paid_lapses(days: Days):
    days.office.choose("charges_fees", "是")
    days.register(RECEIVED, month_ordinal=11)
    days.then(EventKind.BILL, "2026-03-10", tariff=Tariff.BY_VOLUME, pages=40, billed_yuan=100)
    due = days.office.due(DeadlineKind.PAYMENT)
    assert due == "2026-04-08"
    days.through("2026-03-10", "2026-04-09")
    assert days.office.case.outcome is Outcome.OTHER_FEE_UNPAID


def test_art32_a_third_party_who_is_silent_ends_the_consultation_and_the_clock_goes_on(days: Days):
    days.register(RECEIVED)
    days.office.now = at("2026-03-06")
    days.office.then(
        EventKind.CONSULT,
        "2026-03-05",
        kind=ConsultationKind.THIRD_PARTY,
        delivered="2026-03-06",
        party="甲公司",
    )
    window = days.office.due(DeadlineKind.OPINION)
    assert window == "2026-03-27"
    days.through("2026-03-06", "2026-03-27")
    assert days.office.case.state is State.CONSULTING
    done = days.on("2026-03-28")
    assert (done.lapsed, done.refused) == (1, [])
    (inquiry,) = days.office.case.inquiries
    assert (inquiry.opinion, inquiry.ended) == (Opinion.SILENT, D("2026-03-28"))
    assert days.office.case.state is State.RECEIVED
    assert days.office.due() == "2026-04-22"
    assert days.verified()


def test_art31_silence_of_the_agency_starts_the_clock_of_a_mail_that_nobody_confirmed(days: Days):
    days.office.now = at(RECEIVED)
    days.office.arrive(RECEIVED, channel=Channel.EMAIL, submitted_on=RECEIVED)
    days.through(RECEIVED, "2026-03-05")
    case = days.office.case
    assert (case.state, case.received) == (State.RECEIVED, D("2026-03-03"))
    assert days.verified()


def test_art31_a_letter_that_must_be_confirmed_calls_on_the_day_and_each_working_day_after_until_it_is(days: Days):
    days.office.now = at(RECEIVED)
    days.office.arrive(RECEIVED, channel=Channel.POST_ORDINARY, arrived_on=RECEIVED, submitted_on="2026-02-27")
    days.through(RECEIVED, "2026-03-04")
    assert days.office.case.state is State.UNCONFIRMED
    assert [each[:3] for each in days.reminders()] == [
        ("confirm", "2026-03-02", 0),
        ("confirm", "2026-03-03", -1),
        ("confirm", "2026-03-04", -2),
    ]


def test_what_an_officer_voided_is_not_lapsed_again_by_itself(days: Days):
    days.register(RECEIVED)
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05", working_days=10)
    days.on("2026-03-20")
    lapse = len(days.office.log)
    days.then(EventKind.VOID, "2026-03-23", entry=lapse, reason="申请人当日已补正，邮件在途")
    assert days.office.case.state is State.PENDING_CORRECTION
    for day in ("2026-03-23", "2026-03-24", "2026-03-25"):
        days.on(day)
    assert days.office.case.state is State.PENDING_CORRECTION


def test_reminders_outside_the_inbox_wait_for_a_working_day_and_the_end_of_the_quiet_hours(days: Days):
    days.enter("张某", Role.OFFICER)
    with days.engine.begin() as connection:
        staff.reach(connection, days.agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", days.cipher)
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-15")
    sweep.sweep(days.engine, days.cipher, at("2026-03-16", hour=6))
    with days.engine.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.topic == Topic.MESSAGE.value)).all()
    assert rows[-1].payload == {"recipient": "张某", "outlet": "email"}
    assert rows[-1].due_at == at("2026-03-16", hour=8)
    calendar, chosen = national_calendar(), reminding.Choices()
    friday_night = at("2026-03-20", hour=21)
    assert reminding.may_send_at(friday_night, CHINA, calendar, chosen) == at("2026-03-23", hour=8)


def test_milestones_are_the_agencys_choice_by_kind_of_deadline(days: Days):
    days.office.choose("reminders", "默认=；答复期限=7、当日")
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-04-02")
    assert [each[:3] for each in days.reminders()] == [("reply", "2026-03-19", 7), ("reply", "2026-03-30", 0)]


def test_milestones_that_cannot_be_read_are_refused_when_they_are_chosen(days: Days):
    with pytest.raises(InputFault, match="答复期限=下周"):
        days.office.choose("reminders", "答复期限=下周")


def test_a_milestone_that_an_agency_adds_holds_for_the_deadlines_that_run(days: Days):
    days.register(RECEIVED)
    days.through(RECEIVED, "2026-03-17")
    with days.engine.begin() as connection:
        practice_book.change(connection, days.agency_id, "reminders", "答复期限=8、当日", today=D("2026-03-17"))
    days.through("2026-03-17", "2026-03-30")
    assert [each[1:3] for each in days.reminders(kind="reply")] == [
        ("2026-03-16", 10),
        ("2026-03-18", 8),
        ("2026-03-30", 0),
    ]


def test_a_choice_that_does_not_touch_reminders_wakes_nothing(days: Days):
    days.register(RECEIVED)
    days.on(RECEIVED)
    with days.engine.begin() as connection:
        practice_book.change(connection, days.agency_id, "correction_days", "15", today=D("2026-03-03"))
    assert not days.on("2026-03-03")


def test_a_shorter_grace_holds_for_the_periods_that_run(days: Days):
    with days.engine.begin() as connection:
        practice_book.change(connection, days.agency_id, "lapse_grace_days", "10")
    days.register(RECEIVED)
    days.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-04", working_days=5)
    days.through("2026-03-04", "2026-03-13")
    with days.engine.begin() as connection:
        practice_book.change(connection, days.agency_id, "lapse_grace_days", "0", today=D("2026-03-13"))
    assert days.on("2026-03-13").lapsed == 1


def test_days_off_that_are_announced_move_the_milestones_of_a_deadline_that_stays(days: Days):
    days.register(RECEIVED)
    days.office.now = at("2026-03-10")
    days.office.refuse("2026-03-10")
    direct = {"review_kind": ReviewKind.LITIGATION_DIRECT, "copy_received": D("2026-04-01")}
    days.then(EventKind.OPEN_REVIEW, "2026-04-01", **direct)
    days.through("2026-04-01", "2026-04-07")
    # 答辩期 is counted in calendar days: until 16 April, whatever days are off before.
    off = tuple(DayRule(D(f"2026-04-{day}"), working=False, name="停电") for day in ("13", "14", "15"))
    with days.engine.begin() as connection:
        notices.load(connection, days.agency_id, Notice(None, off, "本机关"), "test", today=D("2026-04-08"))
    days.through("2026-04-08", "2026-04-16")
    assert [each[1:3] for each in days.reminders(kind="defence")] == [
        ("2026-04-01", 10),
        ("2026-04-08", 3),
        ("2026-04-10", 1),
        ("2026-04-16", 0),
    ]


def test_a_plan_made_before_a_calendar_came_is_not_carried_out(days: Days, monkeypatch: pytest.MonkeyPatch):
    days.register(RECEIVED)
    plans = sweep._plans

    def and_then_a_calendar_comes(*given: Any) -> Any:
        made = plans(*given)
        off = (DayRule(D("2026-03-20"), working=False, name="停电"),)
        with days.engine.begin() as connection:
            notices.load(connection, days.agency_id, Notice(None, off, "本机关"), "test", today=D("2026-03-16"))
        return made

    monkeypatch.setattr(sweep, "_plans", and_then_a_calendar_comes)
    assert not days.on("2026-03-16")
    assert days.reminders() == []
    monkeypatch.undo()
    # Its last day is the same until it is reckoned anew, but with a day off less remains.
    days.through("2026-03-13", "2026-03-16")
    assert ("2026-03-13", 10) in [each[1:3] for each in days.reminders(kind="reply")]
