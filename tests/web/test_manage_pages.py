"""管理: a choice is seen before it is made, made once, and stands in the history and the audit log.

It is Sunday, 22 November 2026. A request received on Friday, 30 October is due on Friday, 27 November.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.tables import audit_event
from models.vocabulary import Channel, DeadlineKind, EventKind, Role
from tasks.office import Office
from tests.histories import another_agency
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from workflow import calendar_book, practice, practice_book, prospect, reminding
from workflow.practice import REMINDING, SETTINGS, STANDARD


def hidden(page: str) -> dict[str, object]:
    """The fields of the form that confirms."""
    form = page.partition('class="tried"')[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', form):
        found.setdefault(name, []).append(unescape(value))
    found.pop("form_token", None)
    return found


def chosen(office: Office, agency_id: int) -> practice.Practice:
    with office.engine.connect() as connection:
        return practice_book.read(connection, agency_id)


def test_every_setting_is_listed_with_its_source_and_has_a_form(head: Browser) -> None:
    listed = head.get("/manage").text
    Page(listed)
    for setting in SETTINGS:
        if setting.name in REMINDING:
            assert head.get(f"/manage/settings/{setting.name}").status_code == 404
            continue
        assert setting.source in unescape(listed)
        page = head.get(f"/manage/settings/{setting.name}")
        assert page.status_code == 200
        Page(page.text)
        # What stands there at first is what holds.
        ticked = re.findall(r'name="value" [^>]*value="([^"]*)" checked', page.text)
        typed = re.findall(
            r'<option value="([^"]*)" selected|<input class="form-control[^>]* value="([^"]*)"', page.text
        )
        value = ticked or [one or other for one, other in typed]
        same = head.post(f"/manage/settings/{setting.name}", value=value, reason="试")
        assert "与现在的设置相同" in same.text, setting.name
    assert "没有变更过" in listed


def test_a_choice_is_seen_then_made_and_kept_in_its_history(
    head: Browser, desk: Desk, office: Office, agency_id: int
) -> None:
    desk.register("2026-10-30")
    path = "/manage/settings/correction_days"
    head.get(path)
    seen = head.post(path, value="15", reason="某市规定")
    Page(seen.text)
    assert "在办 1 件，其期限的最后一日都不变" in seen.text
    assert "10 → <strong>15</strong>" in seen.text
    assert chosen(office, agency_id) == STANDARD
    done = head.post(path, **hidden(seen.text))
    assert (chosen(office, agency_id).correction_days, "某市规定" in done.text, "head（head）" in done.text) == (
        15,
        True,
        True,
    )
    with office.engine.connect() as connection:
        (change,) = practice_book.history(connection, agency_id)
        (row,) = connection.execute(select(audit_event).where(audit_event.c.kind == "setting_changed")).all()
    assert (change.before, change.after, change.actor, change.reason) == (10, 15, "web:head", "某市规定")
    assert (row.object, row.detail) == ("correction_days", {"before": 10, "after": 15})
    # What was shown then no longer holds: it is shown again, and nothing more is recorded.
    again = head.post(path, **hidden(seen.text))
    assert again.status_code == 422
    assert "与现在的设置相同" in again.text


def test_what_somebody_else_changed_meanwhile_is_shown_first(
    head: Browser, desk: Desk, office: Office, agency_id: int
) -> None:
    path = "/manage/settings/correction_days"
    head.get(path)
    seen = head.post(path, value="15", reason="某市规定")
    desk.choose("correction_days", "20")
    again = head.post(path, **hidden(seen.text))
    assert "请再确认一次" in again.text
    assert "20 → <strong>15</strong>" in again.text
    assert chosen(office, agency_id).correction_days == 20
    head.post(path, **hidden(again.text))
    assert chosen(office, agency_id).correction_days == 15


def of_office(page: str) -> dict[str, object]:
    """What the form of the office holds."""
    kind = re.search(r'<option value="([^"]*)" selected', page)
    assert kind is not None
    typed = re.findall(r'<input class="form-control[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)
    return {name: unescape(value) for name, value in typed} | {"agency_kind": kind[1]}


def test_what_letters_say_of_the_office_is_filled_in_once_seen_and_then_kept(
    head: Browser, office: Office, agency_id: int
) -> None:
    path = "/manage/office"
    page = head.get(path)
    Page(page.text)
    assert set(of_office(page.text)) == set(practice.LETTERING)
    given = of_office(page.text) | {
        "letter_sign": "某建",
        "office_telephone": "010-00000000",
        "agency_kind": "provincial",
        "court": "某市某区人民法院",
    }
    seen = head.post(path, **given, reason="首次设置")
    Page(seen.text)
    changed = seen.text.partition('class="tried"')[2].partition("</section>")[0]
    assert (changed.count("→"), "省、自治区、直辖市人民政府" in changed) == (4, True)
    assert chosen(office, agency_id) == STANDARD
    done = head.post(path, **hidden(seen.text))
    assert of_office(done.text) == given
    now = chosen(office, agency_id)
    assert {name: getattr(now, name) for name in given} == given
    with office.engine.connect() as connection:
        history = practice_book.history(connection, agency_id)
    assert {each.name for each in history} == {"letter_sign", "office_telephone", "agency_kind", "court"}
    assert {each.reason for each in history} == {"首次设置"}


def test_what_cannot_be_said_of_the_office_is_told_by_its_field_and_nothing_is_kept(
    head: Browser, office: Office, agency_id: int
) -> None:
    path = "/manage/office"
    given = of_office(head.get(path).text)
    wrong = [
        (given | {"court": "某区人民法院", "letter_number": "{年}号"}, "某文", "letter_number"),
        (given | {"court": "某区人民法院", "agency_kind": "公司"}, "某文", "agency_kind"),
        (given | {"court": "某区人民法院"}, "", "reason"),
        (given, "某文", None),
    ]
    for values, reason, field in wrong:
        answer = head.post(path, **values, reason=reason)
        Page(answer.text)
        assert answer.status_code == 422
        assert re.findall(r'href="#f-(\w+)"', answer.text) == ([field] if field else [])
    assert "与现在的设置相同" in answer.text
    assert chosen(office, agency_id) == STANDARD


REFUSED_VALUES = [
    ("correction_days", "0", "某规定", "1 至 60 的整数"),
    ("correction_days", "十五", "某规定", "1 至 60 的整数"),
    ("correction_days", "15", "", "没有填写"),
    ("charges_fees", "也许", "某规定", "应为是或否"),
    ("charges_fees", "否", "某规定", "与现在的设置相同"),
    ("misdirected_by", "x", "某规定", "签收或确认"),
    ("channels", "", "某规定", "不是申请渠道"),
]


def test_a_value_that_cannot_be_is_refused_by_its_field(head: Browser, office: Office, agency_id: int) -> None:
    head.get("/manage")
    for name, value, reason, said in REFUSED_VALUES:
        answer = head.post(f"/manage/settings/{name}", value=value, reason=reason)
        Page(answer.text)
        assert (answer.status_code, said in unescape(answer.text)) == (422, True), (name, value)
    assert chosen(office, agency_id) == STANDARD


def test_channels_are_ticked(head: Browser, office: Office, agency_id: int) -> None:
    path, wanted = "/manage/settings/channels", [each for each in Channel if each is not Channel.FAX]
    head.get(path)
    seen = head.post(path, value=[each.value for each in wanted], reason="公告")
    assert seen.status_code == 200, seen.text
    head.post(path, **hidden(seen.text))
    assert chosen(office, agency_id).channels == tuple(wanted)


def test_days_of_grace_show_which_lapses_move_article_30(head: Browser, desk: Desk) -> None:
    desk.today_is("2026-11-16")
    number = desk.register("2026-11-02")
    desk.then(EventKind.ASK_CORRECTION, "2026-11-06", items="年份", delivered="2026-11-09")
    head.get("/manage")
    seen = head.post("/manage/settings/lapse_grace_days", value="2", reason="邮路")
    # Ten working days from 9 November end on Monday, the 23rd; it lapses the day after, or after two days of grace.
    assert re.search(rf"{number}</a></th>.*2026-11-24</td><td class=\"when\">2026-11-26", seen.text, re.DOTALL)


def test_letters_nobody_confirmed_show_their_other_day_article_31(head: Browser, desk: Desk) -> None:
    desk.today_is("2026-11-19")
    number = desk.arrive("2026-11-19", channel=Channel.EMAIL, submitted_on="2026-11-19")
    head.get("/manage")
    seen = head.post("/manage/settings/confirmation_cap", value="否", reason="某规定")
    assert re.search(rf"{number}</a></th><td>收到申请之日</td><td class=\"when\">2026-11-20</td>", seen.text)


def test_another_agencys_choices_and_history_stay_its_own(
    head: Browser, office: Office, agency_id: int, people: Staff
) -> None:
    other = another_agency(office.engine)
    with office.engine.begin() as connection:
        practice_book.change(connection, other, "correction_days", "33")
    assert "<td>33</td>" not in re.sub(r"<td[^>]*>", "<td>", head.get("/manage").text)
    with office.engine.begin() as connection:
        practice_book.change(connection, agency_id, "correction_days", "33")
    assert "<td>33</td>" in re.sub(r"<td[^>]*>", "<td>", head.get("/manage").text)
    head.get("/manage/settings/charges_fees")
    head.post(
        "/manage/settings/charges_fees",
        **hidden(head.post("/manage/settings/charges_fees", value="是", reason="某规定").text),
    )
    assert (chosen(office, agency_id).charges_fees, chosen(office, other).charges_fees) == (True, False)


def test_the_history_of_choices_is_written_once(office: Office, agency_id: int) -> None:
    with office.engine.begin() as connection:
        practice_book.change(connection, agency_id, "correction_days", "15")
        practice_book.change(connection, agency_id, "correction_days", "15")
    with office.engine.connect() as connection:
        assert len(practice_book.history(connection, agency_id)) == 1
    for statement in ("UPDATE practice_change SET reason = 'x'", "DELETE FROM practice_change"):
        with pytest.raises(DBAPIError, match="permission denied"), office.engine.begin() as connection:
            connection.execute(text(statement))


# Reminders


def test_the_plan_of_reminders_is_seen_in_numbers_before_it_holds(
    head: Browser, desk: Desk, office: Office, agency_id: int
) -> None:
    number = desk.register("2026-10-30")
    page = head.get("/manage/reminders")
    Page(page.text)
    assert "还剩 10 个工作日、还剩 5 个工作日" in page.text
    fields = dict(re.findall(r'name="((?:days-|remind_|quiet_)\w+)" [^>]*value="([^"]*)"', page.text))
    assert len(fields) == len(reminding.MILESTONES) + 4
    seen = head.post("/manage/reminders", **{**fields, "days-reply": "2、当日", "reason": "太多"})
    Page(seen.text)
    # Due on Friday the 27th. Before: 3 days left (Tuesday), 1 (Thursday), the day itself, then each working day
    # until 22 December; after: Wednesday and Friday.
    totals = re.search(r"原来 (\d+) 条，变更以后 (\d+) 条", seen.text)
    assert totals is not None
    assert totals.groups() == (str(3 + 17), "2")
    assert re.search(rf"2026-11-25</th><td><a [^>]*>{number}</a></td><td>答复期限 2026-11-27</td><td>黄牌", seen.text)
    assert chosen(office, agency_id) == STANDARD
    head.post("/manage/reminders", **hidden(seen.text))
    assert chosen(office, agency_id).reminders == "答复期限=2、当日"
    with office.engine.connect() as connection:
        (change,) = practice_book.history(connection, agency_id)
    assert (change.name, change.reason) == ("reminders", "太多")
    # The defaults typed again are the defaults.
    back = head.post("/manage/reminders", **{**fields, "reason": "恢复"})
    head.post("/manage/reminders", **hidden(back.text))
    assert chosen(office, agency_id) == STANDARD


REFUSED_PLANS: list[tuple[dict[str, str], str]] = [
    ({"days-reply": "很早"}, "“很早”不能用"),
    ({"days-reply": "61"}, "“61”不能用"),
    ({"days-reply": "1；补正期限=2"}, "不能用"),
    ({"quiet_until": "12", "quiet_from": "12"}, "没有可以发送的时间"),
    ({"quiet_from": "7"}, "12 至 24 的整数"),
    ({"reason": ""}, "没有填写"),
    ({}, "与现在的安排相同"),
]


def test_a_plan_that_cannot_be_is_refused_by_its_field(head: Browser, office: Office, agency_id: int) -> None:
    page = head.get("/manage/reminders").text
    fields = dict(re.findall(r'name="((?:days-|remind_|quiet_)\w+)" [^>]*value="([^"]*)"', page))
    for more, said in REFUSED_PLANS:
        answer = head.post("/manage/reminders", **{**fields, "reason": "试", **more})
        Page(answer.text)
        assert (answer.status_code, said in unescape(answer.text)) == (422, True), more
    assert chosen(office, agency_id) == STANDARD


def test_what_is_foreseen_is_what_the_sweep_would_plan_day_by_day(office: Office, desk: Desk, agency_id: int) -> None:
    desk.today_is("2026-11-16")
    desk.register("2026-10-30")
    desk.register("2026-11-02")
    desk.then(EventKind.ASK_CORRECTION, "2026-11-06", items="年份", delivered="2026-11-09")
    today = desk.now.date()
    with office.engine.connect() as connection:
        plan = reminding.choices(STANDARD)
        found = prospect.reminders(connection, agency_id, plan, today)
        calendar = calendar_book.current(connection, agency_id)
    days = {each.day for each in found}
    assert min(days) > today
    by_kind = {(each.kind, each.due_on) for each in found}
    assert {kind for kind, _ in by_kind} == {DeadlineKind.REPLY, DeadlineKind.CORRECTION}
    for kind, due_on in by_kind:
        each_day = [
            (call.for_day, call.milestone)
            for ahead in range(1, prospect.DAYS_AHEAD + 1)
            for day in [today + timedelta(days=ahead)]
            for call in reminding.plan(kind, due_on, day, day, calendar, plan).calls
        ]
        assert [(one.day, one.milestone) for one in found if (one.kind, one.due_on) == (kind, due_on)] == each_day


def test_an_administrator_sees_numbers_and_no_case(browser: Browser, people: Staff, agency_id: int, desk: Desk) -> None:
    number = desk.register("2026-10-30")
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("sys")
    page = browser.get("/manage/reminders").text
    fields = dict(re.findall(r'name="((?:days-|remind_|quiet_)\w+)" [^>]*value="([^"]*)"', page))
    seen = browser.post("/manage/reminders", **{**fields, "days-reply": "当日", "reason": "试"})
    assert "变更以后 1 条" in seen.text
    assert number not in seen.text
