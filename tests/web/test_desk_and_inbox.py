"""工作台 and 消息: colours in words, what is about to go wrong, the year so far, what one was told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from models.personal import FieldCipher
from models.vocabulary import Card, ConsultationKind, EventKind, Role
from tasks.office import Office
from tests.conftest import NOW, TODAY
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from workflow import inbox


def signs(page: str) -> list[str]:
    return re.findall(r'<td class="when"><span class="sign sign-(\w+)">', page)


def test_each_case_has_a_colour_and_its_word(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    desk = Desk(office.engine, agency_id, cipher)
    # Seen on 22 November: over, due within the last two days, within five, later; and one that waits.
    for received in ("2026-10-20", "2026-10-26", "2026-10-30", "2026-11-16"):
        desk.register(received)
    desk.register("2026-11-12")
    desk.then(EventKind.CONSULT, "2026-11-13", kind=ConsultationKind.THIRD_PARTY, party="某公司")
    browser.sign_in("zhang")
    page = browser.get("/desk").text
    Page(page)
    assert signs(page) == ["black", "red", "yellow", "green", "blue"]
    for word in ("黑牌 1", "红牌 1", "黄牌 1", "正常 1", "不计时 1"):
        assert word in page
    assert "全机关要紧的办件" not in page


def test_the_head_sees_what_is_about_to_go_wrong_in_the_whole_office(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    people.enter(agency_id, "head", Role.HEAD, name="李科长")
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    desk = Desk(office.engine, agency_id, cipher)
    late = desk.register("2026-10-20")
    desk.then(EventKind.ASSIGN, "2026-10-21", officer="张某")
    desk.register("2026-11-20")
    browser.sign_in("head")
    page = browser.get("/desk").text
    pressing, _, own = page.partition("我的未办结办件")
    assert late in pressing
    assert late not in own
    assert "未分派的 1 件" in pressing
    assert late in browser.get("/desk?whose=all").text


def test_the_year_so_far_is_a_picture_with_its_table_and_nothing_inline(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    desk = Desk(office.engine, agency_id, cipher)
    desk.register("2026-03-02")
    desk.refuse("2026-03-20")
    desk.register("2026-03-09")
    browser.sign_in("zhang")
    page = browser.get("/desk").text
    Page(page)
    assert "<svg" in page
    rows = re.findall(r'<tr><th scope="row">(收到|答复)</th>(.*?)</tr>', page)
    assert [re.findall(r"<td>(\d+)</td>", cells)[2] for _, cells in rows] == ["2", "1"]


def test_a_new_office_is_told_what_to_do_first(browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    browser.sign_in("zhang")
    page = browser.get("/desk").text
    Page(page)
    assert "从这里开始" in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.SYSTEM_ADMINISTRATOR, "把初始密码交给本人；职责由安全管理员分配"),
        (Role.SECURITY_ADMINISTRATOR, "为标明“尚未分配”的账号分配职责"),
        (Role.AUDIT_ADMINISTRATOR, "查看谁在何时登录"),
    ],
)
def test_an_administrator_is_told_what_their_work_is_and_where(
    browser: Browser, people: Staff, agency_id: int, role: Role, told: str
) -> None:
    people.enter(agency_id, "admin", role)
    browser.sign_in("admin")
    page = browser.get("/desk").text
    Page(page)
    work = page.partition("您的工作</h2>")[2].partition("</ul>")[0]
    assert told in work
    # Each line leads somewhere, and says what for.
    assert all("：" in line for line in work.split("<li>")[1:])


def test_news_leads_to_the_page_of_what_it_is_about_where_one_may_see_it(
    browser: Browser, people: Staff, agency_id: int, office: Office
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR, name="郑某")
    about = (
        "draft:7:2",
        "letter:12:2026-11-20:returned",
        "report:2026:2027-01-31:5",
        "odd/../key:1",
        "calendar-moved:9",
    )
    with office.engine.begin() as connection:
        for key in about:
            inbox.tell(connection, agency_id, "", Card.NOTICE, "发给全体。", key, NOW, TODAY)
    browser.sign_in("zhang")
    there = re.findall(r'发给全体。 <a href="([^"]+)"', browser.get("/inbox").text)
    assert sorted(there) == ["/calendar", "/drafts/7", "/letters/12", "/reports/2026"]
    browser.post("/sign-out")
    browser.sign_in("sys")
    told = browser.get("/inbox").text
    assert told.count("发给全体。") == len(about)
    assert re.findall(r'发给全体。 <a href="([^"]+)"', told) == ["/calendar"]


def test_the_inbox_is_mine_and_the_offices_by_days_a_page_at_a_time(
    browser: Browser, people: Staff, agency_id: int, office: Office
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    with office.engine.begin() as connection:
        for place in range(70):
            day = TODAY - timedelta(days=place // 7)
            inbox.tell(connection, agency_id, "张某", Card.YELLOW, f"第{place}条。", str(place), NOW, day)
        inbox.tell(connection, agency_id, "", Card.RED, "发给全体。", "all", NOW, TODAY)
        inbox.tell(connection, agency_id, "李某", Card.RED, "给别人的。", "other", NOW, TODAY)
    browser.sign_in("zhang")
    first = browser.get("/inbox").text
    Page(first)
    assert "未读 70 条，发给全体的未读 1 条" in first
    following = re.search(r'href="(/inbox\?before=[\d-]+)"', first)
    assert following is not None
    second = browser.get(following[1]).text
    shown = re.findall(r"第(\d+)条", first) + re.findall(r"第(\d+)条", second)
    assert sorted(map(int, shown)) == list(range(70))
    assert "给别人的" not in first + second
    assert "已把 70 条标为已读" in browser.post("/inbox/read", whose="mine").text
    assert "给您的未读 0 条，发给全体的未读 1 条" in browser.get("/inbox").text
    digest = browser.get("/inbox/digest?days=1").text
    Page(digest)
    assert digest.index("发给全体") < digest.index("第0条")
    assert "第69条" not in digest
    assert browser.post("/inbox/read", whose="others").status_code == 400
