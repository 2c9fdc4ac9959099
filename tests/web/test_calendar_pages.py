"""日历: a year with where its days come from; what is loaded is what was shown, by those for whom it holds.

It is Sunday, 22 November 2026. A request received on Friday, 30 October is due on Friday, 27 November.
"""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from sqlalchemy import func, select, update

from models.personal import FieldCipher
from models.tables import agency, audit_event, calendar_revision, case_event
from models.vocabulary import Role
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page

YEAR_2027 = {"year": 2027, "papers": ["某号"], "days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": True}]}
TYPHOON = {"way": "days", "first": "2026-11-26", "kind": "off", "name": "停工", "reason": "政府通告"}


@pytest.fixture
def desk(office: Office, agency_id: int, cipher: FieldCipher) -> Desk:
    made = Desk(office.engine, agency_id, cipher)
    made.register("2026-10-30")
    return made


def upload(browser: Browser, document: object, name: str = "2027.json") -> str:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    fields = {"form_token": browser.token, "way": "file"}
    answer = browser.client.post(
        "/calendar/preview",
        data=fields,
        files={"file": (name, content)},
        headers={"accept": "text/html"},
    )
    Page(answer.text)
    return answer.text


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(whose|notice|guard)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def newest(office: Office) -> int:
    with office.engine.connect() as connection:
        return int(connection.execute(select(func.max(calendar_revision.c.id))).scalar_one())


def moved(office: Office) -> int:
    with office.engine.connect() as connection:
        recomputed = select(func.count()).select_from(case_event).where(case_event.c.kind == "recalculate")
        return int(connection.execute(recomputed).scalar_one())


def test_a_year_shows_holidays_make_up_days_and_whether_it_is_announced(head: Browser, agency_id: int) -> None:
    page = head.get("/calendar?year=2026").text
    Page(page)
    assert re.search(r'day-holiday[^>]*title="[^"]*">1<small>休</small>', page)
    assert '<td class="day-makeup"' in page
    assert "已公布" in page
    assert page.count('<table class="month">') == 12
    later = head.get("/calendar?year=2030").text
    assert "尚未公布" in later
    assert [head.get(f"/calendar?year={year}").status_code for year in (2007, 2100, 2099)] == [404, 404, 200]


def test_a_day_that_is_marked_moves_nothing_until_it_is_confirmed(head: Browser, desk: Desk, office: Office) -> None:
    head.get("/calendar/change")
    seen = head.post("/calendar/preview", **TYPHOON)
    Page(seen.text)
    assert re.search(r"2026-11-27</td><td class=\"when\">2026-11-30", seen.text)
    assert (newest(office), moved(office)) == (1, 0)
    done = head.post("/calendar/apply", **hidden(seen.text))
    assert "1 件的期限已重算" in done.text
    assert "停工" in done.text
    assert "政府通告" in done.text
    assert (newest(office), moved(office)) == (2, 1)
    with office.engine.connect() as connection:
        (row,) = connection.execute(select(audit_event).where(audit_event.c.kind == "calendar_changed")).all()
    assert (row.object, row.actor, row.detail["moved"]) == ("calendar 2", "web:head", 1)
    # A second click finds the calendar as it is.
    again = head.post("/calendar/apply", **hidden(seen.text))
    assert (again.status_code, newest(office), moved(office)) == (409, 2, 1)
    # Marked as working again the case is due as before.
    back = head.post("/calendar/preview", **{**TYPHOON, "kind": "working"})
    head.post("/calendar/apply", **hidden(back.text))
    assert "2026-11-27" in head.get(f"/cases/{desk.number}").text


def test_what_changed_since_it_was_shown_is_shown_again(head: Browser, desk: Desk, office: Office) -> None:
    head.get("/calendar/change")
    seen = head.post("/calendar/preview", **TYPHOON)
    desk.register("2026-11-02")
    again = head.post("/calendar/apply", **hidden(seen.text))
    Page(again.text)
    assert again.status_code == 409
    assert "2 件的期限重算" in again.text
    assert (newest(office), moved(office)) == (1, 0)
    assert head.post("/calendar/apply", **hidden(again.text)).status_code == 200
    assert (newest(office), moved(office)) == (2, 2)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"first": ""}, "没有填写"),
    ({"last": "2026-11-25"}, "早于第一日"),
    ({"last": "2027-11-25"}, "一次至多"),
    ({"reason": ""}, "没有填写"),
    ({"kind": "half"}, "请选择放假或者上班"),
    ({"first": "2026-11-28", "last": "2026-11-29"}, "本来就是放假"),
    ({"first": "2007-01-01"}, "2008 年至 2099 年"),
]


def test_days_that_cannot_be_marked_are_refused_by_their_field(head: Browser, office: Office) -> None:
    head.get("/calendar/change")
    for more, said in REFUSED:
        answer = head.post("/calendar/preview", **{**TYPHOON, **more})
        Page(answer.text)
        assert (answer.status_code, said in answer.text) == (422, True), more
    assert newest(office) == 1


def test_a_file_is_a_years_notice_and_a_wrong_one_says_where(head: Browser, office: Office) -> None:
    head.get("/calendar/change")
    for document, said in (
        (b"", "文件是空的"),
        (b"\xff\xfe", "不是 UTF-8"),
        ({"year": 2027, "days": [{"date": "2027-02-30", "isOffDay": True}]}, "days[0].date"),
        ([], "JSON 对象"),
        (b"x" * (1 << 20) + b"x", "1 MB"),
    ):
        assert said in upload(head, document)
    assert "“2027.exe”不是 UTF-8 的 JSON 文件" in upload(head, YEAR_2027, "2027.exe")
    page = upload(head, YEAR_2027)
    assert "公布 2027 年全年" in page
    assert "通常含全部法定节假日" in page
    head.post("/calendar/apply", **hidden(page))
    assert newest(office) == 2
    assert "已公布" in head.get("/calendar?year=2027").text


def test_a_national_notice_is_loaded_by_the_administrator_above_all(
    head: Browser, another: Browser, office: Office, people: Staff, agency_id: int, cipher: FieldCipher
) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    theirs = Desk(office.engine, there, cipher)

    theirs.register("2026-10-30")
    head.get("/calendar/change")
    assert "其上没有别的机关" in upload(head, YEAR_2027)
    # Own days hold for one's own agency only, and another's cases are not counted.
    page = head.post("/calendar/preview", **TYPHOON).text
    assert "没有在办件的期限会变" in page
    assert head.post("/calendar/apply", **{**hidden(page), "whose": "national"}).status_code == 400
    tampered = hidden(page)
    tampered["notice"] = json.dumps(YEAR_2027)
    assert head.post("/calendar/apply", **{**tampered, "whose": "national"}).status_code == 404
    assert newest(office) == 1
    with office.engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.id == there).values(parent_id=agency_id))
    assert "其上没有别的机关" in upload(head, YEAR_2027)
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    another.sign_in("sys")
    another.get("/calendar/change")
    seen = upload(another, {**YEAR_2027, "days": [*YEAR_2027["days"], {"date": "2026-11-26", "isOffDay": True}]})
    # An administrator sees how many, and no case.
    assert "其他机关 1 件" in seen
    assert "2026-11-30" not in seen
    another.post("/calendar/apply", **hidden(seen))
    assert (newest(office), moved(office)) == (2, 1)
