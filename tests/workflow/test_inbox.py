"""站内消息: what someone sees on opening their inbox, in which order, told once, read by whom it is for.

A request of 2 March 2026 is to be answered by 30 March.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from models.personal import FieldCipher
from models.vocabulary import Card, DeadlineKind, EventKind, Outlet, Role
from tests.conftest import NOW, enrol
from tests.workflow.test_sweep import Days
from workflow import inbox, staff
from workflow.inbox import Notice
from workflow.staff import WHOLE_OFFICE

D = date.fromisoformat
RECEIVED = "2026-03-02"
NOTICE = Notice(
    recipient="张某", number="2026-0001", subject="合同", kind=DeadlineKind.REPLY, due_on=D("2026-03-30"), milestone=5,
    card=Card.YELLOW, for_day=D("2026-03-23"), made_on=D("2026-03-23"), provisional=False, read=False,
)  # fmt: skip


@pytest.fixture
def days(engine: Engine, agency_id: int, cipher: FieldCipher) -> Days:
    """An office with two officers."""
    opened = Days(engine, agency_id, cipher)
    opened.enter("张某", Role.OFFICER)
    opened.enter("钱某", Role.OFFICER)
    return opened


def register(days: Days, officer: str) -> None:
    days.register(RECEIVED)
    days.then(EventKind.ASSIGN, RECEIVED, officer=officer)


def tell(days: Days, recipient: str, card: Card, text: str, day: str, dedup: str = "") -> bool:
    with days.engine.begin() as connection:
        return inbox.tell(connection, days.agency_id, recipient, card, text, dedup or text, NOW, D(day))


def read(days: Days, recipient: str, since: str | None = None) -> list[inbox.Entry]:
    with days.engine.connect() as connection:
        return inbox.read(connection, days.agency_id, recipient, since=D(since) if since else None)


def mark_read(days: Days, recipient: str) -> int:
    with days.engine.begin() as connection:
        return inbox.mark_read(connection, days.agency_id, recipient, NOW)


@pytest.mark.parametrize(
    ("milestone", "for_day", "says"),
    [
        (5, "2026-03-23", "“2026-0001”的答复期限 2026-03-30，还剩 5 个工作日"),
        (0, "2026-03-30", "“2026-0001”的答复期限 2026-03-30 今天届满"),
        (0, "2026-03-27", "“2026-0001”的答复期限 2026-03-30 届满，今天是此前最后一个工作日"),
        (-2, "2026-04-01", "“2026-0001”的答复期限 2026-03-30 已过，逾期 2 个工作日"),
    ],
)
def test_a_reminder_says_how_long_is_left_or_how_long_it_is_overdue(milestone: int, for_day: str, says: str):
    notice = replace(NOTICE, milestone=milestone, for_day=D(for_day))
    assert notice.sentence() == says
    assert replace(notice, provisional=True).sentence() == says.replace("03-30", "03-30（暂定）")


def test_news_is_told_once_to_each_recipient_of_each_agency(days: Days):
    assert tell(days, "张某", Card.NOTICE, "草稿已生成", "2026-03-02", "year-end:2025")
    assert not tell(days, "张某", Card.RED, "草稿又已生成", "2026-03-03", "year-end:2025")
    assert tell(days, "钱某", Card.NOTICE, "草稿已生成", "2026-03-02", "year-end:2025")
    assert tell(days, "张某", Card.NOTICE, "草稿已生成", "2026-03-02", "year-end:2026")
    there = enrol(days.engine, "linju", "邻居局")
    with days.engine.begin() as connection:
        assert inbox.tell(connection, there, "张某", Card.NOTICE, "草稿", "year-end:2025", NOW, D("2026-03-02"))
    assert [entry.text for entry in read(days, "张某")] == ["草稿已生成"] * 2


def test_an_inbox_shows_the_newest_day_first_and_the_most_serious_first_on_one_day(days: Days):
    register(days, "张某")
    days.through("2026-03-21", "2026-03-27")
    tell(days, "张某", Card.BLACK, "黑牌消息", "2026-03-25")
    tell(days, WHOLE_OFFICE, Card.NOTICE, "全办提示", "2026-03-25")
    tell(days, "张某", Card.NOTICE, "昨天的", "2026-03-24")
    tell(days, "钱某", Card.RED, "别人的", "2026-03-25")
    shown = [(entry.day.isoformat(), entry.card, entry.numbers) for entry in read(days, "张某", since="2026-03-23")]
    assert shown == [
        ("2026-03-27", Card.RED, ("2026-0001",)),
        ("2026-03-25", Card.BLACK, ()),
        ("2026-03-25", Card.YELLOW, ("2026-0001",)),
        ("2026-03-25", Card.NOTICE, ()),
        ("2026-03-24", Card.NOTICE, ()),
        ("2026-03-23", Card.YELLOW, ("2026-0001",)),
    ]


def test_what_was_missed_is_one_line_of_the_worst_card_that_names_each_case_once(days: Days):
    register(days, "张某")
    register(days, "张某")
    days.through(RECEIVED, "2026-03-20")
    days.on("2026-03-27")
    *due, digest = read(days, "张某", since="2026-03-27")
    assert digest.text == "系统停机期间（2026-03-23 至 2026-03-25）有 4 条提醒，涉及 2 件：2026-0001、2026-0002"
    assert (digest.day, digest.card) == (D("2026-03-27"), Card.YELLOW)
    assert [entry.text for entry in due] == [
        "“2026-0001”的答复期限 2026-03-30，还剩 1 个工作日",
        "“2026-0002”的答复期限 2026-03-30，还剩 1 个工作日",
    ]


def test_each_day_of_return_has_its_digest_and_a_long_one_names_twenty_cases():
    missed = replace(NOTICE, made_on=D("2026-03-24"))
    many = [replace(missed, number=f"2026-{number:04}") for number in range(1, 26)]
    later = replace(NOTICE, card=Card.RED, for_day=D("2026-03-27"), made_on=D("2026-03-29"), read=True)
    first, second = inbox.digested([*many, later])
    assert first.text.startswith("系统停机期间（2026-03-23 至 2026-03-23）有 25 条提醒，涉及 25 件：2026-0001、")
    assert first.text.endswith("、2026-0020等")
    assert (len(first.numbers), first.read) == (25, False)
    assert (second.day, second.card, second.read) == (D("2026-03-29"), Card.RED, True)
    (half_read,) = inbox.digested([missed, replace(missed, card=Card.RED, read=True), missed])
    assert (half_read.card, half_read.read, half_read.numbers) == (Card.RED, False, ("2026-0001",))


def test_who_reads_their_inbox_reads_nobody_elses(days: Days):
    register(days, "张某")
    register(days, "钱某")
    days.on("2026-03-16")
    tell(days, "张某", Card.NOTICE, "给张某", "2026-03-16")
    tell(days, "钱某", Card.NOTICE, "给钱某", "2026-03-16")
    tell(days, WHOLE_OFFICE, Card.NOTICE, "给全办", "2026-03-16")
    unread = sum(not entry.read for entry in read(days, "钱某"))
    assert mark_read(days, "张某") == len(days.reminders(recipient="张某")) + 1
    assert mark_read(days, "张某") == 0
    # What is for everyone stays new, for all of them, until it is read as the office's.
    assert [entry.text for entry in read(days, "张某") if not entry.read] == ["给全办"]
    assert sum(not entry.read for entry in read(days, "钱某")) == unread
    assert mark_read(days, WHOLE_OFFICE) == 1
    assert all(entry.read for entry in read(days, "张某"))


def test_what_goes_out_by_mail_is_not_read_by_opening_the_inbox_nor_shown_there_twice(days: Days):
    with days.engine.begin() as connection:
        staff.reach(connection, days.agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", days.cipher)
    register(days, "张某")
    days.on("2026-03-16")
    sent = days.reminders(outlet="email", recipient="张某")
    assert len(sent) == len(days.reminders(outlet="inbox", recipient="张某"))
    assert mark_read(days, "张某") == len(sent)
    with days.engine.connect() as connection:
        notices = inbox.notices(connection, days.agency_id, ["张某"], outlet=Outlet.EMAIL)
        assert [notice.read for notice in notices] == [False] * len(sent)
        everyones = inbox.notices(connection, days.agency_id, None, limit=1)
    assert len(everyones) == 1


def test_only_the_deadline_that_is_provisional_is_told_as_such(days: Days):
    """The reply is due in a year without a notice (暂定); a correction is to be asked for this year (Art. 30)."""
    days.register("2026-12-15")
    days.then(EventKind.ASSIGN, "2026-12-15", officer="张某")
    days.through("2026-12-16", "2026-12-30")
    told = {what: [each.text for each in read(days, "张某") if what in each.text] for what in ("告知补正", "答复期限")}
    assert ["暂定" in each for each in told["告知补正"]] == [False] * 3
    assert ["暂定" in each for each in told["答复期限"]] == [True]
