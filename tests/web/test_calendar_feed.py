"""The calendar feed: RFC 5545 to the octet, everyone's own deadlines, and nothing about an applicant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from models.personal import FieldCipher
from models.vocabulary import DeadlineKind, EventKind, Role
from tasks.office import Office
from tests.histories import another_agency
from tests.lawful import WANG
from tests.lawful import Office as Desk
from web.calendar_feed import DueDay, written
from workflow import staff

STAMP = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Feeds:
    """An office with two officers, and what their calendars show."""

    def __init__(self, client: TestClient, office: Office, agency_id: int, cipher: FieldCipher) -> None:
        self.client, self.office, self.agency_id, self.cipher = client, office, agency_id, cipher
        self.desk = Desk(office.engine, agency_id, cipher)
        for name in ("张某", "李某"):
            self.enter(name, agency_id)

    def enter(self, name: str, agency_id: int) -> None:
        with self.office.engine.begin() as connection:
            staff.enter(connection, agency_id, name, Role.OFFICER)

    def key(self, name: str, agency_id: int | None = None) -> str:
        with self.office.engine.begin() as connection:
            return staff.feed(connection, agency_id or self.agency_id, name, self.cipher)

    def request(self, officer: str | None = None) -> str:
        number = self.desk.register("2026-11-20")
        if officer is not None:
            self.desk.then(EventKind.ASSIGN, "2026-11-20", officer=officer)
        return number

    def text(self, key: str) -> str:
        answer = self.client.get(f"/feed/{key}.ics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        return answer.content.decode()

    def numbers(self, key: str) -> set[str]:
        summaries = re.findall(r"^SUMMARY:\S+ (\S+)\r$", unfolded(self.text(key)), re.MULTILINE)
        return set(summaries)


@pytest.fixture
def feeds(client: TestClient, office: Office, agency_id: int, cipher: FieldCipher) -> Feeds:
    return Feeds(client, office, agency_id, cipher)


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def test_an_officer_sees_their_own_cases_and_those_of_nobody(feeds: Feeds) -> None:
    mine, theirs, nobodys = feeds.request("张某"), feeds.request("李某"), feeds.request()
    assert feeds.numbers(feeds.key("张某")) == {mine, nobodys}
    assert feeds.numbers(feeds.key("李某")) == {theirs, nobodys}


def test_the_cases_of_who_has_left_are_seen_by_all(feeds: Feeds) -> None:
    theirs = feeds.request("李某")
    key = feeds.key("张某")
    assert feeds.numbers(key) == set()
    with feeds.office.engine.begin() as connection:
        staff.leave(connection, feeds.agency_id, "李某")
    assert feeds.numbers(key) == {theirs}


def test_another_agency_is_not_seen(feeds: Feeds) -> None:
    feeds.request()
    other = another_agency(feeds.office.engine)
    feeds.enter("张某", other)
    assert feeds.numbers(feeds.key("张某", other)) == set()


def test_an_event_is_the_last_day_with_its_article_and_no_applicant(feeds: Feeds) -> None:
    number = feeds.request()
    due = feeds.desk.deadline().due_on
    case_id = feeds.desk.record.case_id
    text = unfolded(feeds.text(feeds.key("张某")))
    events = [event for event in text.split("BEGIN:VEVENT\r\n") if f"SUMMARY:答复期限 {number}" in event]
    assert len(events) == 1
    lines = events[0].split("\r\n")
    assert f"UID:{case_id}-reply-1@ceshi.yishen" in lines
    assert f"DTSTART;VALUE=DATE:{due:%Y%m%d}" in lines
    assert "DTSTAMP:20261122T020000Z" in lines
    assert any(line.startswith("DESCRIPTION:条例第三十三条") for line in lines)
    for personal in (WANG.name, WANG.identity_number, WANG.telephone, feeds.desk.case.subject):
        assert personal and personal not in text


def test_the_uid_stays_when_the_day_moves(feeds: Feeds) -> None:
    feeds.request()
    key = feeds.key("张某")
    before = reply_event(feeds.text(key))
    feeds.desk.then(EventKind.EXTEND, "2026-11-20", working_days=10, reason="检索量大", approver="李某")
    after = reply_event(feeds.text(key))
    assert before[0] == after[0]
    assert before[1] < after[1]


def reply_event(text: str) -> tuple[str, str]:
    [found] = re.findall(
        r"^UID:(\S+-reply-\S+)\r\nDTSTAMP:\S+\r\nDTSTART;VALUE=DATE:(\d+)\r$", unfolded(text), re.MULTILINE
    )
    return found


def test_an_answered_case_leaves_the_calendar(feeds: Feeds) -> None:
    feeds.request()
    key = feeds.key("张某")
    feeds.desk.then(EventKind.WITHDRAW, "2026-11-20", how="书面", identity_checked=True)
    assert feeds.numbers(key) == set()


def test_an_unknown_key_is_not_found(client: TestClient) -> None:
    for key in ("unknown", "%00", "a" * 5000, "王小明", "..%2F..", " "):
        answer = client.get(f"/feed/{key}.ics")
        assert (answer.status_code, answer.text) == (404, "没有这个页面，或者不在您可以查看的范围内"), key


def test_a_key_ends_when_it_is_replaced_and_when_its_owner_leaves(feeds: Feeds) -> None:
    first = feeds.key("张某")
    second = feeds.key("张某")
    assert feeds.client.get(f"/feed/{first}.ics").status_code == 404
    assert feeds.client.get(f"/feed/{second}.ics").status_code == 200
    with feeds.office.engine.begin() as connection:
        staff.leave(connection, feeds.agency_id, "张某")
    assert feeds.client.get(f"/feed/{second}.ics").status_code == 404


def test_the_calendar_of_nothing() -> None:
    lines = written([], STAMP).split("\r\n")
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Yishen//Deadlines//ZH"]
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_special_characters_are_escaped_and_control_characters_dropped() -> None:
    day = DueDay("1@a", "甲,乙;丙\\丁\n戊\x07\r己", DeadlineKind.REPLY, date(2026, 12, 31), "条例", provisional=True)
    lines = unfolded(written([day], STAMP)).split("\r\n")
    assert r"SUMMARY:答复期限（暂定） 甲\,乙\;丙\\丁\n戊\n己" in lines
    assert "DTEND;VALUE=DATE:20270101" in lines


@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_unfolding_gives_it_back(number: str) -> None:
    day = DueDay("1@a", number, DeadlineKind.REPLY, date(2026, 12, 31), "条例第三十三条", provisional=False)
    try:
        text = written([day], STAMP)
    except UnicodeEncodeError:  # a lone surrogate is no text, and no database stores one
        return
    folded = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in folded)
    assert "\n" not in "".join(folded) and "\r" not in "".join(folded)
    [summary] = [line for line in unfolded(text).split("\r\n") if line.startswith("SUMMARY:")]
    again = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), summary)
    kept = number.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in kept if c in "\n\t" or not ("\x00" <= c < " " or "\x7f" <= c <= "\x9f"))
    assert again == f"SUMMARY:答复期限 {kept}"
