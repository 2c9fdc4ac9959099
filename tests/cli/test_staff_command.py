"""``yishen staff``, ``inbox``, ``jobs``, and the officer of a case: who is there, what they are told, what needs help.

It is 22 November 2026.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import user_account
from models.vocabulary import Card, EventKind, Topic
from runtime.database import Database
from tests.conftest import AGENCY, NOW, TODAY, Result, Yishen
from tests.workflow.test_sweep import Days
from workflow import inbox, jobs, outbox, staff

OURS = ("--agency", AGENCY)


def done(result: Result) -> str:
    assert result.code == 0, result.err
    return result.out


def refused(result: Result, *said: str) -> None:
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert "意外错误" not in line
    for word in said:
        assert word in line


def add(here: Yishen, name: str, role: str = "经办人") -> str:
    return done(here("staff", "add", name, "--role", role, *OURS))


def people(here: Yishen) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(done(here("staff", "list", *OURS, "--json")))}


def test_people_are_entered_change_what_they_do_leave_and_come_back(here: Yishen):
    assert "已登记" in add(here, "张某")
    assert "原已登记" in add(here, "张某", "公开机构负责人")
    assert people(here)["张某"]["role_label"] == "公开机构负责人"
    assert "已离岗" in done(here("staff", "leave", "张某", *OURS))
    assert people(here)["张某"]["active"] is False
    add(here, "张某")
    assert (people(here)["张某"]["active"], people(here)["张某"]["outlets"]) == (True, ["inbox"])
    assert "张某 经办人，提醒：站内" in done(here("staff", "list", *OURS))


def test_an_address_is_kept_sealed_never_shown_and_taken_back(here: Yishen, database: Database):
    add(here, "张某")
    call = ("staff", "reach", "张某", "--outlet", "电子邮件", *OURS)
    assert "zhang@" not in done(here(*call, "--to", "zhang@example.gov.cn"))
    assert people(here)["张某"]["outlets"] == ["inbox", "email"]
    assert "zhang@" not in done(here("staff", "list", *OURS, "--json"))
    with database.engine.connect() as connection:
        sealed = connection.execute(select(user_account.c.addresses)).scalar_one()
    assert b"zhang" not in sealed
    done(here(*call, "--off"))
    assert people(here)["张某"]["outlets"] == ["inbox"]


def test_a_feed_is_opened_by_the_newest_key_alone(
    here: Yishen, database: Database, agency_id: int, cipher: FieldCipher
):
    add(here, "张某")
    first = here("staff", "feed", "张某", *OURS)
    assert "只显示这一次" in first.err
    old = first.out.strip().removeprefix("/feed/").removesuffix(".ics")
    new = json.loads(here("staff", "feed", "张某", *OURS, "--json").out)["path"].split("/")[-1].removesuffix(".ics")
    with database.engine.connect() as connection:
        assert staff.of_feed(connection, old, cipher) is None
        assert tuple(staff.of_feed(connection, new, cipher)) == (agency_id, "张某")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("add", "张某", "--role", "科长"), ("--role", "科长", "经办人")),
        (("add", " ", "--role", "经办人"), ("NAME",)),
        (("add", "张" * 201, "--role", "经办人"), ("NAME", "200")),
        (("leave", "王五"), ("王五", "现有")),
        (("reach", "王五", "--outlet", "电子邮件", "--to", "a@b.cn"), ("王五",)),
        (("reach", "王五", "--outlet", "站内", "--to", "a@b.cn"), ("--outlet", "站内", "电子邮件、即时消息")),
        (("reach", "王五", "--outlet", "电子邮件"), ("--to", "--off")),
        (("reach", "王五", "--outlet", "电子邮件", "--to", "a@b.cn", "--off"), ("--to", "--off")),
        (("reach", "王五", "--outlet", "电子邮件", "--to", "张某"), ("张某", "电子邮件地址")),
        (("feed", "王五"), ("王五",)),
    ],
)
def test_what_cannot_be_taken_is_refused_in_one_line(here: Yishen, call: tuple[str, ...], said: tuple[str, ...]):
    refused(here("staff", *call, *OURS), *said)


def test_an_inbox_shows_what_someone_is_told_until_it_is_read(
    here: Yishen, database: Database, agency_id: int, cipher: FieldCipher
):
    add(here, "张某")
    days = Days(database.engine, agency_id, cipher)
    days.register("2026-03-02")
    days.then(EventKind.ASSIGN, "2026-03-02", officer="张某")
    days.through("2026-03-20", "2026-03-27")
    with database.engine.begin() as connection:
        inbox.tell(connection, agency_id, staff.WHOLE_OFFICE, Card.NOTICE, "年度报告草稿已生成", "x", NOW, TODAY)
    call = ("inbox", "--for", "张某", *OURS)
    shown = json.loads(done(here(*call, "--json")))
    assert (shown[0]["text"], shown[0]["date"]) == ("年度报告草稿已生成", "2026-11-22")
    assert [(each["card_label"], each["numbers"]) for each in shown[1:3]] == [
        ("红牌", ["2026-0001"]),
        ("黄牌", ["2026-0001"]),
    ]
    assert "还剩 1 个工作日" in done(here(*call, "--read"))
    # What is for everyone is not read because one has read it.
    assert "未读 1 条" in done(here(*call))
    assert "1 条，未读 1 条" in done(here("inbox", *OURS, "--read"))
    assert "未读 0 条" in done(here(*call))
    refused(here("inbox", "--for", "王五", *OURS), "--for", "王五", "张某")


def test_jobs_shows_the_runs_and_exits_with_1_where_a_person_is_needed(
    here: Yishen, database: Database, agency_id: int
):
    assert "还没有运行过" in done(here("jobs", *OURS))
    with database.engine.begin() as connection:
        for job in jobs.owed(TODAY):
            jobs.elect(connection, job, NOW, agency_id=agency_id)
        jobs.report(connection, Topic.YEAR_END, "2025", agency_id, {"cells": 3}, NOW)
    runs = {each["job"]: each for each in json.loads(done(here("jobs", *OURS, "--json")))["runs"]}
    assert (runs["year_end"]["period"], runs["year_end"]["progress"]) == ("2025", {"cells": 3})
    assert runs["housekeeping"]["done_at"] is None
    assert "年终结转 2025：2026-11-22T10:00:00+08:00 开始" in done(here("jobs", *OURS))
    with database.engine.begin() as connection:
        for number in range(outbox.TROUBLED):
            told = outbox.claim(connection, NOW + timedelta(days=number + 1))
        outbox.fail(connection, told[0].id, "发信服务器没有收下")
    result = here("jobs", *OURS)
    assert result.code == 1
    assert "发信服务器没有收下" in result.err
    # Once the server is mended nobody waits for the next turn.
    again = here("jobs", *OURS, "--retry")
    assert (again.code, "1 项失败的后续事项将立即重试" in again.err) == (0, True)
    with database.engine.begin() as connection:
        assert told[0].id in {each.id for each in outbox.claim(connection, datetime.now(UTC))}


def test_a_case_is_listed_with_its_officer_and_an_unknown_one_is_warned_of(here: Yishen):
    register = ("case", "register", *OURS, "--kind", "自然人", "--subject", "甲", "--received", "2026-11-20")
    done(here(*register))
    assign = ("case", "record", "2026-0001", "分派经办人", *OURS)
    warned = here(*assign, "经办人=张某")
    assert warned.code == 0
    assert "提示：“张某”不在工作人员之中" in warned.err
    add(here, "李某")
    assert here(*assign, "经办人=李某").err == ""
    add(here, "张某")
    done(here("staff", "leave", "张某", *OURS))
    assert "已离岗" in json.loads(done(here(*assign, "经办人=张某", "--json")))["warnings"][0]
    assert "经办 张某" in done(here("case", "list", *OURS))
    (listed,) = json.loads(done(here("case", "list", *OURS, "--json")))
    assert listed["officer"] == "张某"
