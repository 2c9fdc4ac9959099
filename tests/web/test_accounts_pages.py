"""账号管理 and 首次设置: who makes accounts, who gives roles, what is shown once, and that each change is logged."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from models.tables import audit_event, setup_code, user_account
from models.vocabulary import Outlet, Role
from tasks.office import Office
from tests.conftest import NOW
from tests.web.conftest import Browser, Staff
from workflow import accounts, staff
from workflow.faults import InputFault

WORD = re.compile(r'<code class="word">([^<]+)</code>')
SETUP = {
    "agency_code": "xinju",
    "agency_name": "新机关",
    "name_system_administrator": "甲某",
    "login_system_administrator": "SysAdmin",
    "name_security_administrator": "乙某",
    "login_security_administrator": "secadmin",
    "name_audit_administrator": "丙某",
    "login_audit_administrator": "auditadmin",
}


@pytest.fixture
def three(people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "system", Role.SYSTEM_ADMINISTRATOR, name="甲某")
    people.enter(agency_id, "security", Role.SECURITY_ADMINISTRATOR, name="乙某")
    people.enter(agency_id, "audit", Role.AUDIT_ADMINISTRATOR, name="丙某")


def log(office: Office) -> list[tuple[str, str, str]]:
    known = audit_event.c
    with office.engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(select(known.actor, known.kind, known.object).order_by(known.id))
        ]


def account(office: Office, login: str) -> accounts.Account:
    with office.engine.connect() as connection:
        return accounts.of_login(connection, login)


def code(office: Office) -> str:
    with office.engine.begin() as connection:
        made = accounts.new_setup_code(connection, NOW)
    assert made is not None
    return made


def test_the_first_three_administrators_are_made_with_the_code_once(browser: Browser, office: Office) -> None:
    assert browser.get("/").url.path == "/setup"
    old, new = code(office), code(office)
    assert browser.post("/setup", **SETUP, code=old).status_code == 422
    with office.engine.connect() as connection:
        assert new not in str(connection.execute(select(setup_code)).all())
    done = browser.post("/setup", **SETUP, code=new.lower().replace("-", " "))
    words = WORD.findall(done.text)
    assert (done.status_code, len(words)) == (200, 3)
    assert [account(office, login).roles for login in ("sysadmin", "secadmin", "auditadmin")] == [
        (role,) for role in accounts.ADMINISTRATORS
    ]
    assert browser.get("/setup").url.path == "/sign-in"
    assert browser.sign_in("sysadmin", words[0]).url.path == "/account/password"
    with office.engine.begin() as connection:
        assert accounts.new_setup_code(connection, NOW) is None
        assert not accounts.take_setup_code(connection, new)
    assert [kind for _, kind, _ in log(office)][:4] == ["setup", *["account_made"] * 3]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "AAAAA-AAAAA"}, "设置码"),
        ({"agency_code": "新 机关"}, "不能用"),
        ({"name_audit_administrator": ""}, "没有填写"),
        ({"login_audit_administrator": "secadmin"}, "已被使用"),
        ({"name_audit_administrator": "乙某"}, "已有账号"),
    ],
)
def test_a_first_set_up_with_a_fault_makes_nothing_and_keeps_the_code(
    browser: Browser, office: Office, wrong: dict[str, str], said: str
) -> None:
    browser.get("/setup")
    right = {**SETUP, "code": code(office)}
    answer = browser.post("/setup", **{**right, **wrong})
    assert (answer.status_code, said in answer.text) == (422, True)
    with office.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(user_account)).scalar_one() == 0
    assert browser.post("/setup", **right).status_code == 200


def test_one_makes_the_account_another_gives_the_roles(
    browser: Browser, another: Browser, office: Office, three: None
) -> None:
    browser.sign_in("system")
    browser.get("/accounts/new")
    agency_id = account(office, "system").agency_id
    made = browser.post("/accounts/new", agency=agency_id, name="张某", login="Zhang")
    (word,) = WORD.findall(made.text)
    zhang = account(office, "zhang")
    assert (zhang.roles, zhang.must_change) == ((), True)
    assert browser.post(f"/accounts/{zhang.id}/roles", roles="officer").status_code == 403
    assert word not in browser.get(f"/accounts/{zhang.id}").text
    another.sign_in("security")
    another.get(f"/accounts/{zhang.id}")
    assert another.post("/accounts/new", agency=agency_id, name="李某", login="li").status_code == 403
    assert another.post(f"/accounts/{zhang.id}/password").status_code == 403
    assert "立即生效" in another.post(f"/accounts/{zhang.id}/roles", roles=["officer", "clerk"]).text
    assert account(office, "zhang").roles == (Role.CLERK, Role.OFFICER)
    mixed = another.post(f"/accounts/{zhang.id}/roles", roles=["officer", "system_administrator"])
    assert (mixed.status_code, "单独的账号" in mixed.text) == (422, True)
    assert ("web:system", "account_made", "zhang") in log(office)
    assert ("web:security", "role_changed", "zhang") in log(office)


def test_somebody_already_reminded_gets_the_login_and_keeps_their_role(
    browser: Browser, office: Office, agency_id: int, three: None
) -> None:
    with office.engine.begin() as connection:
        staff.enter(connection, agency_id, "张某", Role.OFFICER)
        staff.reach(connection, agency_id, "张某", Outlet.EMAIL, "z@example.gov.cn", office.cipher)
    browser.sign_in("system")
    browser.get("/accounts/new")
    browser.post("/accounts/new", agency=agency_id, name="张某", login="zhang")
    assert account(office, "zhang").roles == (Role.OFFICER,)
    with office.engine.begin() as connection:
        assert staff.find(connection, agency_id, "张某", office.cipher).addresses == {"email": "z@example.gov.cn"}
        with pytest.raises(InputFault, match="yishen user roles zhang"):
            staff.enter(connection, agency_id, "张某", Role.HEAD)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "login": "x1"}, "没有填写"),
        ({"name": "某人", "login": "a b"}, "不能用"),
        ({"name": "某人", "login": "SYSTEM"}, "已被使用"),
        ({"name": "甲某", "login": "jia"}, "已有账号"),
        ({"name": "某\x07人", "login": "mou"}, "不能显示"),
    ],
)
def test_an_account_that_cannot_be_made_is_explained_beside_the_field(
    browser: Browser, office: Office, three: None, fields: dict[str, str], said: str
) -> None:
    browser.sign_in("system")
    browser.get("/accounts/new")
    answer = browser.post("/accounts/new", agency=account(office, "system").agency_id, **fields)
    assert answer.status_code == 422
    assert said in answer.text.partition('class="fault"')[2]
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'<a href="#f-(name|login)">', answer.text)


def test_locks_sessions_passwords_and_second_factors_of_others(
    browser: Browser, another: Browser, office: Office, three: None, people: Staff, agency_id: int
) -> None:
    zhang = people.enter(agency_id, "zhang", Role.OFFICER, totp_confirmed_at=NOW, totp_secret=b"x")
    browser.sign_in("security")
    for action in ("lock", "unlock", "second-factor/remove"):
        browser.get(f"/accounts/{zhang}")
        assert browser.post(f"/accounts/{zhang}/{action}").url.path == f"/accounts/{zhang}"
    assert not account(office, "zhang").second_factor
    assert another.sign_in("zhang").url.path == "/desk"
    browser.post(f"/accounts/{zhang}/sessions/end")
    assert another.get("/desk").url.path == "/sign-in"
    browser.post(f"/accounts/{zhang}/lock")
    assert another.sign_in("zhang").status_code == 403
    browser.post("/sign-out")
    browser.sign_in("system")
    browser.get(f"/accounts/{zhang}")
    (word,) = WORD.findall(browser.post(f"/accounts/{zhang}/password").text)
    # A lock by hand is not ended by a new password.
    assert another.sign_in("zhang", word).status_code == 403
    browser.post(f"/accounts/{zhang}/close")
    assert not account(office, "zhang").active
    browser.post(f"/accounts/{zhang}/reopen")
    assert account(office, "zhang").active
    kinds = [kind for actor, kind, of in log(office) if of == "zhang" and actor in {"web:system", "web:security"}]
    assert kinds == [
        "locked",
        "unlocked",
        "totp_removed",
        "session_revoked",
        "locked",
        "password_reset",
        "account_changed",
        "account_changed",
    ]


def test_nobody_administers_their_own_account(browser: Browser, office: Office, three: None) -> None:
    browser.sign_in("security")
    mine = account(office, "security").id
    page = browser.get(f"/accounts/{mine}")
    assert "另一位管理员" in page.text
    for action in ("roles", "lock", "unlock", "sessions/end", "second-factor/remove"):
        assert browser.post(f"/accounts/{mine}/{action}").status_code == 403


def test_accounts_are_shown_fifty_at_a_time(browser: Browser, three: None, people: Staff, agency_id: int) -> None:
    for number in range(60):
        people.enter(
            agency_id, f"u{number:02}", name="王某" if number < 2 else f"某{number:02}"
        ) if number != 1 else None
    browser.sign_in("system")
    first = browser.get("/accounts").text
    assert first.count('<th scope="row">') == 50
    onward = re.search(r'href="(/accounts\?after=[^"]+)"', first)
    assert onward is not None
    second = browser.get(onward[1].replace("&amp;", "&")).text
    assert second.count('<th scope="row">') == 62 - 50
    assert not set(re.findall(r"/accounts/\d+", first)) & set(re.findall(r"/accounts/\d+", second))
