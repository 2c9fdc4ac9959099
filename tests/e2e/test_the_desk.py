"""A year of one request, from the first start to the exported report, by the people who do it, in a real browser.

Once in Chinese, once in English without any script: what the law's path needs works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import in_a_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.office import Office

pytestmark = in_a_browser

SUBJECT = "某路改造工程的招标文件和中标通知书"


@pytest.fixture(params=[("zh", True), ("en", False)], ids=["zh", "en-without-scripts"])
def office(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Office]:
    from tests.e2e.desk import running
    from tests.e2e.office import Office

    language, scripts = request.param
    with running(tmp_path) as installation:
        yield Office(installation, browser, language, scripts=scripts)


def test_a_request_from_the_letter_to_the_report(office: Office) -> None:
    office.set_up()
    people = office.people
    officer, head = people["officer"], people["head"]

    number = office.register(SUBJECT, f"{office.year}-10-14", identity_number="11010119000101000X")
    head.step(number, "assign", f"{office.year}-10-14", officer="officer某")
    officer.step(number, "ask_correction", f"{office.year}-10-16", items="请写明工程的标段", working_days=10)
    officer.step(number, "deliver_correction", f"{office.year}-10-17")
    assert "pending" in officer.text() or "待补正" in officer.text()
    officer.step(number, "correct", f"{office.year}-10-22")
    officer.step(number, "consult", f"{office.year}-10-24", kind="third_party", party="某建筑公司")
    officer.step(number, "deliver_consultation", f"{office.year}-10-27")
    officer.step(number, "opinions_in", f"{office.year}-11-07", opinion="agree")
    head.step(number, "extend", f"{office.year}-11-10", working_days=10, reason="案卷较多")
    officer.step(number, "search", f"{office.year}-11-11", where="工程档案", terms="某路 招标", found="yes")
    people["secrecy"].step(number, "secrecy_review", f"{office.year}-11-12", may_release="yes")
    officer.decide(
        number, "clear", "information", "ours", "held", "open", "as_asked", "hand", on=f"{office.year}-11-14"
    )
    officer.step(number, "serve", f"{office.year}-11-17", how="本人签收")

    head.open("/reports")
    head.follow(f"a[href='/reports/{office.year}']")
    head.follow("main td a[href*='cells'][href*='granted']")
    assert number in head.text()
    head.page.go_back()
    for form in ("docx", "xlsx", "html", "json"):
        with head.page.expect_download() as download:
            head.page.locator(f"a[href*='format={form}']").first.click()
        assert Path(download.value.path()).stat().st_size > 1000
    for login, person in people.items():
        assert not person.troubles, f"{login}: {person.troubles}"


def test_a_reply_goes_out_when_everyone_has_agreed(office: Office) -> None:
    from tests.e2e.office import today

    office.set_up()
    people = office.people
    officer, head, secrecy, leader = (people[each] for each in ("officer", "head", "secrecy", "leader"))
    head.open("/manage/settings/approve_reply")
    head.fill(value="保密审查、分管领导", reason="内部审批规定")
    head.send("/approve_reply")
    head.send("/approve_reply")
    assert not head.faults(), head.faults()

    yesterday = (today() - timedelta(days=1)).isoformat()
    number = office.register(SUBJECT, (today() - timedelta(days=6)).isoformat())
    officer.step(number, "search", yesterday, where="工程档案", terms="某路 招标", found="yes")
    officer.decide(number, "clear", "information", "ours", "held", "open", "as_asked", "hand")
    assert "/drafts/" in officer.page.url
    draft = officer.page.url

    leader.page.goto(draft)
    assert not leader.page.locator("main form[action$='/opinion']").count()
    for person, more in ((secrecy, {"may_release": "yes"}), (leader, {})):
        person.open("/desk")
        person.follow("main a[href*='/drafts/']")
        person.fill(verdict="agree", words="同意", **more)
        person.send("/opinion")
        assert not person.faults(), person.faults()
    officer.page.goto(draft)
    officer.fill(on=today().isoformat())
    officer.send("/record")
    assert not officer.faults(), officer.faults()
    officer.open(f"/cases/{number}")
    assert "leader某" in officer.text()
    for login, person in people.items():
        assert not person.troubles, f"{login}: {person.troubles}"
