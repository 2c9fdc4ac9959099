"""What follows a change or a day: drafts, year-ends, calendars, report dates, messages. Doing it twice does it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from models.tables import agency, inbox_item, job_run, outbox, reminder, report, report_cell
from models.vocabulary import EventKind, Outcome, Outlet, Role, Topic
from reports.rollup import roll_up
from reports.year_end import draft
from tasks import handlers, messages
from tasks.office import Office
from tests.lawful import Office as Desk
from tests.tasks.conftest import at
from tests.tasks.mail import Post, mail_server
from workflow import desk as desk_room
from workflow import jobs, notices, staff, sweep
from workflow import outbox as queue


class House:
    """An office at work, and what follows by itself."""

    def __init__(self, office: Office, agency_id: int) -> None:
        self.office, self.agency_id = office, agency_id
        self.desk = Desk(office.engine, agency_id, office.cipher)

    def waiting(self, topic: Topic | None = None) -> list[int]:
        """The rows of the outbox that wait."""
        statement = select(outbox.c.id).where(outbox.c.done_at.is_(None)).order_by(outbox.c.id)
        if topic is not None:
            statement = statement.where(outbox.c.topic == topic.value)
        with self.office.engine.connect() as connection:
            return list(connection.execute(statement).scalars())

    def do_all(self, now: datetime) -> int:
        """Do every row that waits; returns how many were done."""
        return sum(handlers.handle(self.office, item, now) for item in self.waiting())

    def elect(self, now: datetime) -> int:
        """Start the jobs of the day."""
        with self.office.engine.begin() as connection:
            return sum(jobs.elect(connection, job, now) for job in jobs.owed(desk_room.day_of(now)))

    def rows(self, statement: Any) -> list[Any]:
        """What there is."""
        with self.office.engine.connect() as connection:
            return list(connection.execute(statement))

    def news(self) -> list[str]:
        """The texts of the inbox."""
        return [row.text for row in self.rows(select(inbox_item).order_by(inbox_item.c.id))]


@pytest.fixture
def house(opened: Office, agency_id: int) -> House:
    return House(opened, agency_id)


def test_after_a_change_the_draft_of_its_year_says_what_the_log_says(house: House):
    house.desk.now = at("2026-03-02")
    house.desk.register("2026-03-02")
    assert len(house.waiting(Topic.CASE_CHANGED)) == 1
    assert house.do_all(at("2026-03-02")) == 1
    (drafted,) = house.rows(select(report))
    cells = {(row.path, row.position): row.value for row in house.rows(select(report_cell))}
    assert (drafted.year, cells["applications/new", 0], cells["applications/carried_out", 0]) == (2026, 1, 1)


def test_one_roll_up_serves_every_change_that_waits(house: House):
    house.desk.now = at("2026-03-02")
    for _ in range(5):
        house.desk.register("2026-03-02")
    first, *others = house.waiting(Topic.CASE_CHANGED)
    assert handlers.handle(house.office, first, at("2026-03-02"))
    assert house.waiting() == []
    assert not any(handlers.handle(house.office, other, at("2026-03-02")) for other in others)
    (cell,) = house.rows(
        select(report_cell).where(report_cell.c.path == "applications/new", report_cell.c.position == 0)
    )
    assert cell.value == 5


def test_a_sealed_report_does_not_follow_the_log(house: House):
    house.desk.now = at("2026-03-02")
    house.desk.register("2026-03-02")
    house.do_all(at("2026-03-02"))
    with house.office.engine.begin() as connection:
        connection.execute(text("UPDATE report SET state = 'sealed'"))
    house.desk.register("2026-03-02")
    house.do_all(at("2026-03-02"))
    (cell,) = house.rows(
        select(report_cell).where(report_cell.c.path == "applications/new", report_cell.c.position == 0)
    )
    assert cell.value == 1


def test_a_row_in_anothers_hand_is_passed_over(house: House):
    house.desk.now = at("2026-03-02")
    house.desk.register("2026-03-02")
    (waits,) = house.waiting()
    with house.office.engine.begin() as connection:
        assert queue.take(connection, waits) is not None
        assert not handlers.handle(house.office, waits, at("2026-03-02"))
    assert handlers.handle(house.office, waits, at("2026-03-02"))


def test_a_row_that_fails_keeps_its_fault_in_words_and_waits(house: House, monkeypatch: pytest.MonkeyPatch):
    house.desk.now = at("2026-03-02")
    house.desk.register("2026-03-02")
    (waits,) = house.waiting()

    def fails(_: Any) -> list[Any]:
        raise RuntimeError("王小明 11010519491231002X")

    monkeypatch.setitem(handlers.HANDLERS, Topic.CASE_CHANGED, fails)
    assert not handlers.handle(house.office, waits, at("2026-03-02"))
    (row,) = house.rows(select(outbox).where(outbox.c.id == waits))
    assert (row.done_at, row.error) == (None, "意外错误：RuntimeError")
    monkeypatch.undo()
    assert handlers.handle(house.office, waits, at("2026-03-02"))
    (row,) = house.rows(select(outbox).where(outbox.c.id == waits))
    assert row.error is None


def test_on_new_years_night_each_agency_carries_over_and_drafts_once_and_the_office_is_told(house: House):
    house.desk.now = at("2026-12-28")
    house.desk.register("2026-12-28")
    night = at("2027-01-01", 0, 5)
    assert house.elect(night)
    assert house.elect(night + timedelta(minutes=1)) == 0
    house.do_all(night)
    assert house.desk.case.carried_over == (2026,)
    (run,) = house.rows(select(job_run).where(job_run.c.job == "year_end", job_run.c.period == "2026"))
    assert run.done_at == night
    assert run.progress == {
        "ok": True,
        "cells": 203,
        "carried_over": 1,
        "cells_changed": run.progress["cells_changed"],
        "newly_carried_over": 1,
    }
    assert any("2026 年度：结转下年度继续办理 1 件，年度报告草稿已生成" in each for each in house.news())


def test_a_new_year_that_was_missed_is_caught_up_whenever_the_system_comes_back(house: House):
    house.desk.now = at("2026-12-28")
    house.desk.register("2026-12-28")
    later = at("2028-02-10")
    house.elect(later)
    house.do_all(later)
    years = {row.period for row in house.rows(select(job_run).where(job_run.c.job == "year_end"))}
    assert {"2026", "2027"} <= years
    assert house.desk.case.carried_over == (2026, 2027)
    with house.office.engine.connect() as connection:
        row = connection.execute(select(agency)).one()
        figures = roll_up(connection, row.id, row.name, 2026)
    assert figures.applications["carried_out"][-1] == 1


def test_a_year_end_that_was_interrupted_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch):
    house.desk.now = at("2026-12-28")
    for _ in range(3):
        house.desk.register("2026-12-28")
    night = at("2027-01-01", 0, 5)
    house.elect(night)
    monkeypatch.setattr("reports.year_end._BATCH", 1)
    monkeypatch.setattr("reports.year_end.draft", lambda *_: 1 / 0)
    house.do_all(night)
    monkeypatch.setattr("reports.year_end.draft", draft)
    assert house.waiting(Topic.YEAR_END)
    house.do_all(night + timedelta(minutes=1))
    assert house.waiting(Topic.YEAR_END) == []
    events = house.rows(text("SELECT count(*) FROM case_event WHERE kind = 'carry_over'"))
    assert events[0][0] == 3


def test_art49_the_office_is_told_of_31_january_at_each_milestone_once_and_of_31_march_if_it_reports_for_an_area(
    house: House,
):
    house.desk.choose("area_report", "是")
    day = at("2027-01-04")
    while day < at("2027-04-02"):
        house.elect(day)
        house.do_all(day)
        day += timedelta(days=1)
    told = [each for each in house.news() if "条例第四十九条" in each]
    assert len([each for each in told if "1 月 31 日" in each]) == 5
    assert len([each for each in told if "3 月 31 日" in each]) == 5
    assert any(each.endswith("今天届满") for each in told)


def test_from_october_on_a_missing_calendar_is_told_once_a_month_and_every_week_in_december(house: House):
    day = at("2026-09-20")
    while day < at("2027-01-01"):
        house.elect(day)
        house.do_all(day)
        day += timedelta(days=1)
    told = [each for each in house.news() if "2027 年放假安排尚未载入" in each]
    assert len(told) == 2 + 5


def test_a_calendar_that_came_moves_the_open_deadlines_and_says_so(house: House):
    house.desk.now = at("2026-12-20")
    house.desk.register("2026-12-15")
    before = house.desk.due()
    document = {
        "year": 2027,
        "days": [{"date": f"2027-01-0{n}", "name": "元旦", "isOffDay": True} for n in range(1, 8)],
    }
    with house.office.engine.begin() as connection:
        notices.load(connection, None, notices.read_notice(document, "2027.json"), "test")
    house.elect(at("2026-12-21"))
    house.do_all(at("2026-12-21"))
    assert house.desk.due() != before
    assert any("工作日历有更新，1 件办件的期限已重新计算" in each for each in house.news())


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mailing(house: House, post: Post) -> House:
    """The house with a mail server, and an officer who wants mail."""
    configured = house.office.settings.model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": post.port, "smtp_from": "yishen@example.gov.cn"}
    )
    house.office = replace(house.office, settings=configured)
    with house.office.engine.begin() as connection:
        staff.enter(connection, house.agency_id, "张某", Role.OFFICER)
        staff.reach(connection, house.agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", house.office.cipher)
    house.desk.now = at("2026-03-02")
    for _ in range(3):
        house.desk.register("2026-03-02")
    sweep.sweep(house.office.engine, house.office.cipher, at("2026-03-16"))
    return house


def test_one_mail_carries_all_that_is_to_be_said_to_one_person(mailing: House, post: Post):
    mailing.do_all(at("2026-03-16"))
    (mail,) = post.taken
    body = mail.get_content()
    assert mail["To"] == "zhang@example.gov.cn"
    # Three replies; and as nobody swept before, one line for what was missed of the days for asking for corrections.
    assert "依申请公开期限提醒 4 条" in str(mail["Subject"])
    assert body.count("停机期间") == 1
    assert body.count("答复期限 2026-03-30，还剩 10 个工作日") == 3
    assert "王小明" not in body
    assert all(row.sent_at is not None for row in mailing.rows(select(reminder).where(reminder.c.outlet == "email")))
    assert mailing.do_all(at("2026-03-16")) == 0
    assert len(post.taken) == 1


def test_a_mail_sent_again_after_a_crash_has_the_same_name_and_says_the_same(
    mailing: House, post: Post, monkeypatch: pytest.MonkeyPatch
):
    (waits,) = mailing.waiting(Topic.MESSAGE)
    finish = messages.update
    monkeypatch.setattr(messages, "update", lambda table: finish(table) if not post.taken else 1 / 0)
    assert not handlers.handle(mailing.office, waits, at("2026-03-16"))
    monkeypatch.undo()
    assert handlers.handle(mailing.office, waits, at("2026-03-16"))
    first, second = post.taken
    assert len(post.names()) == 1
    assert first.get_content() == second.get_content()


def test_a_channel_that_fails_is_tried_again_later_and_then_shown_to_the_administrator(mailing: House, post: Post):
    with mailing.office.engine.begin() as connection:
        staff.enter(connection, mailing.agency_id, "管理员", Role.SYSTEM_ADMINISTRATOR)
    post.refuses = True
    now = at("2026-03-16")
    waits: list[timedelta] = []
    for _ in range(4):
        with mailing.office.engine.begin() as connection:
            claimed = [told.id for told in queue.claim(connection, now) if told.topic is Topic.MESSAGE]
        for item in claimed:
            handlers.handle(mailing.office, item, now)
        (row,) = mailing.rows(select(outbox).where(outbox.c.topic == Topic.MESSAGE.value))
        waits.append(row.due_at - now)
        assert "发信服务器不接受收件地址" in row.error
        now = row.due_at
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(minutes=2)
    told = mailing.rows(select(inbox_item).where(inbox_item.c.recipient == "管理员"))
    assert len(told) == 1
    assert "电子邮件提醒连续 3 次没有送达“张某”" in told[0].text
    assert "zhang@example.gov.cn" not in told[0].text
    post.refuses = False
    mailing.do_all(now)
    assert len(post.taken) == 1


def test_a_channel_that_stays_broken_is_told_of_once_a_day_however_many_messages_wait(mailing: House, post: Post):
    post.refuses = True
    with mailing.office.engine.begin() as connection:
        for _ in range(3):
            payload = {"recipient": "张某", "outlet": Outlet.EMAIL.value}
            queue.put(connection, mailing.agency_id, Topic.MESSAGE, payload, at("2026-03-16"))
        connection.execute(text("UPDATE outbox SET tellings = 5"))
        connection.execute(text("UPDATE reminder SET message = NULL"))
    for item in mailing.waiting(Topic.MESSAGE):
        handlers.handle(mailing.office, item, at("2026-03-16"))
        with mailing.office.engine.begin() as connection:
            connection.execute(text("UPDATE reminder SET message = NULL"))
    assert len([each for each in mailing.news() if "没有送达" in each]) == 1


def test_a_mail_that_failed_in_the_evening_is_tried_again_in_the_morning(mailing: House, post: Post):
    post.refuses = True
    (waits,) = mailing.waiting(Topic.MESSAGE)
    handlers.handle(mailing.office, waits, at("2026-03-16", 19, 59))
    (row,) = mailing.rows(select(outbox).where(outbox.c.id == waits))
    assert row.due_at == at("2026-03-17", 8)


def test_who_no_longer_wants_mail_has_not_been_sent_any(mailing: House, post: Post):
    with mailing.office.engine.begin() as connection:
        staff.reach(connection, mailing.agency_id, "张某", Outlet.EMAIL, None, mailing.office.cipher)
    mailing.do_all(at("2026-03-16"))
    assert (post.taken, mailing.waiting()) == ([], [])
    assert all(row.sent_at is None for row in mailing.rows(select(reminder).where(reminder.c.outlet == "email")))


def test_who_has_left_gets_no_more_mail(mailing: House, post: Post):
    with mailing.office.engine.begin() as connection:
        staff.leave(connection, mailing.agency_id, "张某")
    mailing.do_all(at("2026-03-16"))
    assert post.taken == []
    assert mailing.waiting() == []


def test_housekeeping_clears_what_was_done_a_month_ago_and_keeps_what_says_that_a_job_ran(house: House):
    house.desk.now = at("2026-03-02")
    house.desk.register("2026-03-02")
    house.elect(at("2026-03-02"))
    house.do_all(at("2026-03-02"))
    house.elect(at("2026-04-10"))
    house.do_all(at("2026-04-10"))
    left = [(row.topic, row.dedup) for row in house.rows(select(outbox))]
    assert Topic.CASE_CHANGED.value not in dict(left)
    assert Topic.YEAR_END.value in dict(left)
    days = [row.period for row in house.rows(select(job_run).where(job_run.c.job == Topic.HOUSEKEEPING.value))]
    assert days == ["2026-04-10"]
    assert [dedup for topic, dedup in left if topic == Topic.HOUSEKEEPING] == [
        f"housekeeping:2026-04-10:{house.agency_id}"
    ]


def test_a_case_of_a_closed_year_that_is_entered_late_is_carried_over_all_the_same(house: House):
    house.elect(at("2027-01-01", 0, 5))
    house.do_all(at("2027-01-01", 0, 5))
    house.desk.now = at("2027-01-20")
    house.desk.register("2026-12-28")
    while house.waiting():
        assert house.do_all(at("2027-01-20"))
    assert house.desk.case.carried_over == (2026,)
    (run,) = house.rows(select(job_run).where(job_run.c.job == Topic.YEAR_END.value, job_run.c.period == "2026"))
    assert run.done_at == at("2027-01-20")
    told = [each for each in house.news() if each.startswith("2026 年度：结转下年度继续办理")]
    assert [each.split("，")[0].removeprefix("2026 年度：结转下年度继续办理 ") for each in told] == ["0 件", "1 件"]


def test_the_case_lives_through_its_outcome_as_before(house: House):
    house.desk.now = at("2026-03-20")
    house.desk.register("2026-03-02")
    house.desk.refuse("2026-03-20")
    house.do_all(at("2026-03-20"))
    assert house.desk.case.outcome is Outcome.REFUSED_INTERNAL_AFFAIRS
    assert EventKind.LAPSE not in {entry.happening.event for entry in house.desk.log}
