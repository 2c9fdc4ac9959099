"""提醒发到哪里: mail addresses and messengers of one's own or, for the administrator, of one's people; nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.personal import FieldCipher
from models.tables import audit_event
from models.vocabulary import Outlet, Role
from tasks import channels
from tasks.office import Office
from tests.conftest import enrol
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from workflow import staff
from workflow.faults import InputFault

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""What sends to messengers imports it on older versions of Python."""


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/x",
        "xmls://db.inner/x",
        "form://127.0.0.1:6379",
        "file:///etc/passwd",
        "exec:///bin/sh",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6",
        "mailto://a:b@127.0.0.1:6379",
        "ntfy://inner/topic",
        "wecombot://key,json://127.0.0.1/x",
        "wecombot://key json://127.0.0.1/x",
        "wecombot://",
        "wecombot",
        "",
    ],
)
def test_only_messengers_are_reached_nothing_that_the_server_would_open_for_somebody(address: str) -> None:
    with pytest.raises(InputFault, match="应以 wecombot://"):
        channels.check_address(Outlet.PUSH, address)
    with pytest.raises(channels.ChannelFault):
        # An address stored by an older program is held against the list as well.
        channels._push(address, channels.Message("m", "局", "张某", []))


@pytest.mark.parametrize("scheme", channels.MESSENGERS)
def test_each_messenger_is_known_to_what_sends(scheme: str) -> None:
    channels.check_address(Outlet.PUSH, f"{scheme}://0123456789abcdef")


@pytest.mark.parametrize("scheme", channels.MESSENGERS)
def test_no_messenger_is_followed_to_another_place_or_believed_without_a_certificate(scheme: str) -> None:
    for asked in ("", "?redirect=yes&verify=no"):
        found = channels._messenger(f"{scheme}://0123456789abcdef{asked}")
        assert (found.redirects, found.verify_certificate) == (False, True)


def test_somebody_sets_their_own_addresses_which_are_not_shown_again(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    browser.sign_in("zhang")
    Page(browser.get("/account/reminders").text)
    for fields, said in (
        ({"email": "zhang"}, "不是电子邮件地址"),
        ({"push": "json://127.0.0.1"}, "不是可用的即时消息地址"),
        ({"email": "z@example.gov.cn", "off": "email"}, "应只取其一"),
        ({}, "没有填写地址"),
    ):
        answer = browser.post("/account/reminders", **fields)
        Page(answer.text)
        assert (answer.status_code, said in answer.text) == (422, True), fields
    browser.post("/account/reminders", email="zhang@example.gov.cn", push="wecombot://secretkey")
    page = browser.get("/account/reminders").text
    assert "zh***@example.gov.cn" in page
    assert "企业微信，已登记" in page
    assert "secretkey" not in page
    with office.engine.connect() as connection:
        person = staff.find(connection, agency_id, "张某", cipher)
        (row,) = connection.execute(select(audit_event).where(audit_event.c.kind == "account_changed")).all()
    assert person.addresses == {"email": "zhang@example.gov.cn", "push": "wecombot://secretkey"}
    assert row.detail == {"reminders": {"email": True, "push": True}}
    browser.post("/account/reminders", off="push")
    with office.engine.connect() as connection:
        assert staff.find(connection, agency_id, "张某", cipher).outlets == (Outlet.EMAIL,)


def test_the_administrator_sets_those_of_the_own_people_only(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    stranger, one = people.enter(there, "stranger"), people.enter(agency_id, "zhang", name="张某")
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("sys")
    assert browser.get(f"/accounts/{stranger}/reminders").status_code == 404
    assert browser.post(f"/accounts/{stranger}/reminders", email="a@example.gov.cn").status_code == 404
    browser.get(f"/accounts/{one}/reminders")
    assert browser.post(f"/accounts/{one}/reminders", email="zhang@example.gov.cn").status_code == 200
    with office.engine.connect() as connection:
        assert staff.find(connection, agency_id, "张某", cipher).outlets == (Outlet.EMAIL,)
        assert staff.find(connection, there, "stranger", cipher).outlets == ()
