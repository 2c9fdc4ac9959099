"""登记: channel and evidence decide the day of receipt (Art. 31), a letter is registered once, persons stay sealed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from models.personal import FieldCipher
from models.tables import applicant, audit_event, case_event, request_case
from models.vocabulary import Role
from tasks.office import Office
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from workflow import applicants

COMMAND = re.compile(r'name="command" value="(\w+)"')
WANG = {"kind": "natural_person", "name": "王小明", "identity_number": "11010519491231002X", "telephone": "13912345678"}
PAPER = {"subject": "2025年某村征地批文", "form": "邮寄纸质复印件"}


@pytest.fixture
def clerk(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "clerk", Role.CLERK)
    browser.sign_in("clerk")
    return browser


def send(browser: Browser, act: str = "save", **fields: str) -> str:
    """Fill in the form that stands open, or a fresh one; gives the answer's text."""
    command = COMMAND.search(browser.get("/register").text)
    assert command is not None
    answer = browser.post("/register", **{"command": command[1], "act": act, **WANG, **PAPER, **fields})
    Page(answer.text)
    return answer.text


def number(office: Office) -> int:
    with office.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(request_case)).scalar_one()


@pytest.mark.parametrize(
    ("fields", "received"),
    [
        ({"channel": "in_person", "submitted_on": "2026-11-20"}, "2026-11-20"),
        ({"channel": "post_ems", "submitted_on": "2026-11-17", "arrived_on": "2026-11-19"}, "2026-11-19"),
        (
            {
                "channel": "post_ordinary",
                "arrived_on": "2026-11-18",
                "confirmed_on": "2026-11-19",
                "confirmed_how": "电话",
            },
            "2026-11-19",
        ),
        ({"channel": "online", "submitted_on": "2026-11-16"}, "2026-11-17"),
    ],
)
def test_art31_the_channel_and_its_evidence_give_the_day_of_receipt(
    clerk: Browser, office: Office, fields: dict[str, str], received: str
) -> None:
    seen = send(clerk, "preview", **fields)
    assert f"<dd>{received}</dd>" in seen
    assert number(office) == 0
    assert f"已登记：2026-0001，收到申请之日 {received}" in send(clerk, **fields)


def test_art31_what_is_not_confirmed_is_an_arrival_with_its_last_day(clerk: Browser, office: Office) -> None:
    letter = {"channel": "post_ordinary", "arrived_on": "2026-11-20"}
    seen = send(clerk, "preview", **letter)
    assert "将先作为收件" in seen
    assert "应与申请人确认的最后一日：2026-11-20" in seen
    assert "已收件：2026-0001" in send(clerk, **letter)
    desk = clerk.get("/desk").text
    Page(desk)
    assert "待确认的收件" in desk
    assert "尚未与申请人确认" in desk


def test_a_second_click_registers_nothing_and_another_letter_on_the_same_page_is_not_lost(
    clerk: Browser, office: Office
) -> None:
    clerk.get("/register")
    filled = {"command": "0" * 32, "act": "save", **WANG, **PAPER, "channel": "in_person", "submitted_on": "2026-11-20"}
    first, second = clerk.post("/register", **filled), clerk.post("/register", **filled)
    assert "已登记：2026-0001" in first.text
    assert "没有重复登记" in second.text
    assert number(office) == 1
    other = clerk.post("/register", **{**filled, "subject": "2024年财政决算"})
    assert (other.status_code, "先前已登记为 2026-0001" in other.text) == (422, True)
    fresh = COMMAND.search(other.text)
    assert fresh is not None
    assert fresh[1] != "0" * 32
    clerk.post("/register", **{**filled, "subject": "2024年财政决算", "command": fresh[1]})
    assert number(office) == 2


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(clerk: Browser, office: Office) -> None:
    wrong = {
        "channel": "in_person",
        "submitted_on": "2026-11-30",
        "arrived_on": "2026-11-20",
        "address": "某路1号",
        "kind": "",
        "representative": "赵某",
        "number": "甲/1",
    }
    page = send(clerk, **wrong)
    places = set(re.findall(r'<a href="#f-(\w+)">', page))
    assert places == {"kind", "arrived_on", "authority", "number"}
    for kept in ("2026-11-30", "某路1号", "王小明", "11010519491231002X", "赵某", "2025年某村征地批文", "甲/1"):
        assert kept in page
    late = send(clerk, channel="in_person", submitted_on="2026-11-30")
    assert re.findall(r'<a href="#f-(\w+)">', late) == ["submitted_on"]
    assert number(office) == 0


def test_the_list_of_faults_names_each_field(clerk: Browser) -> None:
    answer = clerk.post("/register", act="save", channel="", kind="", subject="")
    listed = re.findall(r'<li><a href="#f-\w+">([^<]+)</a></li>', answer.text)
    assert answer.status_code == 422
    assert [sentence.partition("：")[0] for sentence in listed] == ["申请渠道", "申请人类别", "申请公开的内容"]


def test_persons_are_sealed_and_in_no_log_or_address(
    clerk: Browser, office: Office, cipher: FieldCipher, capfd: pytest.CaptureFixture[str]
) -> None:
    page = clerk.get("/register")
    command = COMMAND.search(page.text)
    assert command is not None
    letter = {"command": command[1], "act": "save", "channel": "in_person", "submitted_on": "2026-11-20"}
    answer = clerk.client.post(
        "/register", data={"form_token": clerk.token, **letter, **WANG, **PAPER}, follow_redirects=False
    )
    where = answer.headers["location"]
    assert where in {"/cases/2026-0001", "/register/done?number=2026-0001"}
    with office.engine.connect() as connection:
        stored = connection.execute(select(applicant)).one()
        assert applicants.opened(connection, stored.id, cipher).identity_number == WANG["identity_number"]
        events = [str(row) for row in connection.execute(select(case_event))]
        audited = [str(row) for row in connection.execute(select(audit_event))]
        assert connection.execute(select(case_event.c.actor)).scalar_one() == "web:clerk"
    assert b"11010519491231002X" not in bytes(stored.identity_number)
    said = "".join(capfd.readouterr())
    for secret in (WANG["identity_number"], WANG["telephone"]):
        assert secret not in "".join([*events, *audited, said])


def test_law9_a_letter_of_several_items_becomes_as_many_cases(clerk: Browser, office: Office) -> None:
    page = send(
        clerk, channel="in_person", submitted_on="2026-11-20", others="2024年土地出让方案\n\n2023年补偿安置方案\n"
    )
    assert "拆出：2026-0002、2026-0003" in page
    with office.engine.connect() as connection:
        rows = connection.execute(select(request_case.c.subject, request_case.c.received_on)).all()
    assert {str(row.received_on) for row in rows} == {"2026-11-20"}
    assert {row.subject for row in rows} == {PAPER["subject"], "2024年土地出让方案", "2023年补偿安置方案"}
    refused = send(clerk, channel="post_ordinary", arrived_on="2026-11-20", others="甲")
    assert re.findall(r'<a href="#f-(\w+)">', refused) == ["others"]


def test_art35_and_art36_likely_repeats_of_the_same_person_are_shown_before_saving(
    clerk: Browser, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    earlier = Desk(office.engine, agency_id, cipher).register("2026-11-02", subject=PAPER["subject"])
    token = clerk.get("/register")
    assert token.status_code == 200
    fragment = clerk.post("/register/preview", channel="in_person", submitted_on="2026-11-20", **WANG, **PAPER)
    assert "<html" not in fragment.text
    assert earlier in fragment.text
    assert "当月 1 件" in fragment.text


def test_whoever_may_not_register_is_refused_and_other_agencies_are_not_seen(
    clerk: Browser, another: Browser, people: Staff, agency_id: int, office: Office
) -> None:
    people.enter(agency_id, "leader", Role.LEADER)
    another.sign_in("leader")
    assert another.get("/register").status_code == 403
    assert another.post("/register", act="save").status_code == 403
    assert clerk.get("/register/done?number=2026-9999").status_code == 404
    clerk.token = "0"
    assert clerk.post("/register", act="save").status_code == 403
    assert number(office) == 0
