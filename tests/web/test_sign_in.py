"""Signing in: who is let in, for how long, what is counted, and that nothing tells a wrong password from no account."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from models.tables import audit_event, user_account, user_session
from models.vocabulary import Role
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.web.conftest import PASSWORD, Browser, Clock, Staff
from tests.web.test_frame import Page
from web import second_factor
from web.app import create_app
from web.passwords import CLASSES, LONGEST, SHORTEST, initial_password, weakness
from workflow import accounts, practice_book, staff

WRONG = "登录名或者密码不正确"


@pytest.fixture
def zhang(people: Staff, agency_id: int) -> int:
    return people.enter(agency_id, "zhang", Role.OFFICER, name="张某")


def kinds(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return list(connection.execute(select(audit_event.c.kind).order_by(audit_event.c.id)).scalars())


def at_desk(browser: Browser) -> bool:
    return browser.get("/desk").url.path == "/desk"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back_to_where_they_wanted(browser: Browser, zhang: int) -> None:
    asked = browser.get("/account?x=1")
    assert str(asked.url.raw_path, "ascii").startswith("/sign-in?next=")
    arrived = browser.post("/sign-in", login="zhang", password=PASSWORD, next="/account?x=1")
    assert (arrived.status_code, arrived.url.path) == (200, "/account")
    assert "张某" in arrived.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""])
def test_nobody_is_sent_to_another_site(browser: Browser, zhang: int, to: str) -> None:
    assert browser.sign_in("zhang", to=to).url.path == "/desk"
    assert browser.client.get(f"/language/en?to={to}", follow_redirects=False).headers["location"] == "/desk"


def test_case_and_width_of_a_login_do_not_matter(browser: Browser, zhang: int) -> None:
    assert browser.sign_in(" ＺHANG ").url.path == "/desk"


def test_wrong_unknown_and_locked_get_the_same_answer(browser: Browser, zhang: int, people: Staff, agency_id: int):
    people.enter(agency_id, "locked", locked_until=NOW + timedelta(minutes=1))
    people.enter(agency_id, "gone", active=False)
    answers = [
        browser.sign_in(login, password)
        for login, password in (
            ("zhang", "x"),
            ("nobody", PASSWORD),
            ("locked", PASSWORD),
            ("gone", PASSWORD),
            ("~", "x"),
        )
    ]
    said = {(each.status_code, WRONG in each.text, each.text.count("alert")) for each in answers}
    assert said == {(403, True, 2)} or len(said) == 1
    assert all(PASSWORD not in each.text for each in answers)
    assert not at_desk(browser)


def test_a_password_is_hashed_even_where_there_is_no_account(
    browser: Browser, zhang: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = browser.client.app.state.house
    seen: list[object] = []
    true = house.passwords._hasher.verify
    monkeypatch.setattr(
        type(house.passwords._hasher), "verify", lambda self, hashed, word: seen.append(hashed) or true(hashed, word)
    )
    browser.sign_in("zhang", "x")
    browser.sign_in("nobody", "x")
    assert len(seen) == 2
    assert str(seen[0]).partition("$argon2id$v=19$")[2].partition("$")[0] == "m=8192,t=1,p=1"
    assert str(seen[1]).startswith("$argon2id$v=19$m=8192,t=1,p=1$")


def test_five_failures_lock_for_fifteen_minutes(browser: Browser, office: Office, zhang: int, clock: Clock) -> None:
    for _ in range(5):
        browser.sign_in("zhang", "wrong")
    assert WRONG in browser.sign_in("zhang").text
    assert kinds(office).count("locked") == 1
    clock.now = NOW + timedelta(minutes=14, seconds=59)
    assert WRONG in browser.sign_in("zhang").text
    clock.now = NOW + timedelta(minutes=15)
    assert browser.sign_in("zhang").url.path == "/desk"


def test_a_success_begins_the_count_anew(browser: Browser, another: Browser, zhang: int) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in("zhang", "wrong")
        assert another.sign_in("zhang").url.path == "/desk"
        another.post("/sign-out")


def test_of_many_tries_at_once_only_five_are_heard(office: Office, zhang: int) -> None:
    heard: list[bool] = []

    def attempt() -> None:
        with office.engine.begin() as connection:
            heard.append(accounts.attempt(connection, "zhang", NOW) is not None)

    threads = [threading.Thread(target=attempt) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (heard.count(True), heard.count(False)) == (5, 4)


def test_a_session_ends_when_idle_and_in_any_case_after_ten_hours(browser: Browser, zhang: int, clock: Clock) -> None:
    browser.sign_in("zhang")
    clock.now += timedelta(minutes=30)
    assert not at_desk(browser)
    browser.sign_in("zhang")
    for _ in range(20):
        clock.now += timedelta(minutes=29)
        assert at_desk(browser)
    clock.now += timedelta(minutes=21)
    assert not at_desk(browser)


def test_only_the_digest_of_a_token_is_stored_and_each_sign_in_has_a_new_one(
    browser: Browser, office: Office, zhang: int
) -> None:
    browser.client.cookies.set("yishen", "planted")
    browser.sign_in("zhang")
    first = browser.client.cookies.get("yishen", domain="testserver.local")
    browser.post("/sign-out")
    browser.sign_in("zhang")
    second = browser.client.cookies.get("yishen", domain="testserver.local")
    assert first
    assert second
    assert len({first, second, "planted"}) == 3
    with office.engine.connect() as connection:
        stored = str(connection.execute(select(user_session)).all())
    assert first not in stored
    assert second not in stored


def test_the_cookie_is_closed_to_scripts_and_with_tls_bound_to_this_host(
    office: Office, zhang: int, clock: Clock
) -> None:
    for base, name, marks in (
        ("http://testserver", "yishen=", {"HttpOnly", "Path=/", "SameSite=lax"}),
        ("https://testserver", "__Host-yishen=", {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}),
    ):
        with TestClient(create_app(office, clock), base_url=base) as client:
            browser = Browser(client)
            browser.get("/sign-in")
            answer = client.post(
                "/sign-in",
                data={"form_token": browser.token, "login": "zhang", "password": PASSWORD},
                follow_redirects=False,
            )
            (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(name)]
            assert {each.strip() for each in cookie.split(";")[1:]} == marks
            assert client.get("/desk", follow_redirects=False).status_code == 200


def test_signing_out_ends_the_session_whatever_the_browser_keeps(browser: Browser, zhang: int) -> None:
    browser.sign_in("zhang")
    kept = browser.client.cookies.get("yishen", domain="testserver.local")
    assert "已退出" in browser.post("/sign-out").text
    browser.client.cookies.set("yishen", str(kept))
    assert not at_desk(browser)


def test_sessions_are_listed_and_ended_by_their_owner_and_by_nobody_else(
    browser: Browser, another: Browser, office: Office, zhang: int, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "li")
    browser.sign_in("zhang")
    another.sign_in("li")
    with office.engine.connect() as connection:
        theirs = connection.execute(select(user_session.c.id).where(user_session.c.user_id != zhang)).scalar_one()
    browser.get("/account")
    browser.post("/account/sessions/end", session=theirs)
    assert at_desk(another)
    another.post("/sign-out")
    another.sign_in("zhang")
    assert browser.get("/account").text.count("退出这一处") == 1
    browser.post("/account/sessions/end", session="others")
    assert not at_desk(another)
    assert at_desk(browser)


def test_who_left_the_office_is_out_at_once(browser: Browser, office: Office, zhang: int, agency_id: int) -> None:
    browser.sign_in("zhang")
    with office.engine.begin() as connection:
        staff.leave(connection, agency_id, "张某")
    assert not at_desk(browser)


def test_a_first_password_must_be_changed_before_anything_else(
    browser: Browser, another: Browser, office: Office, zhang: int
) -> None:
    with office.engine.begin() as connection:
        connection.execute(update(user_account).values(must_change=True))
    another.sign_in("zhang")
    assert browser.sign_in("zhang").url.path == "/account/password"
    assert browser.get("/account").url.path == "/account/password"
    for old, new, again, said in (
        ("wrong", "Yuanlin-2027", "Yuanlin-2027", "现在的密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与现在的密码相同"),
        (PASSWORD, "Yuanlin-2027", "Yuanlin-2028", "不一样"),
        (PASSWORD, "short", "short", "5 个"),
        (PASSWORD, "", "", "没有填写"),
    ):
        answer = browser.post("/account/password", old=old, new=new, again=again)
        assert (answer.status_code, said in answer.text) == (422, True)
    done = browser.post("/account/password", old=PASSWORD, new="Yuanlin-2027", again="Yuanlin-2027")
    assert done.url.path == "/desk"
    assert "密码已修改" in done.text
    assert "密码已修改" not in browser.get("/desk").text
    assert not at_desk(another)
    browser.post("/sign-out")
    assert browser.sign_in("zhang", "Yuanlin-2027").url.path == "/desk"


def test_a_password_lasts_ninety_days(browser: Browser, zhang: int, clock: Clock) -> None:
    clock.now += timedelta(days=90)
    assert browser.sign_in("zhang").url.path == "/account/password"


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("Shanshui12", True),
        ("shanshui1-", True),
        ("数据局公开科室Ab1", True),
        ("Kaifang-2026", True),
        ("Password123", False),
        ("P@ssw0rd-2026", False),
        ("1qaz@WSX3edc", False),
        ("Q1w2e3r4t5", False),
        ("Huawei@123456", False),
        ("Yishen-2026!", False),
        ("aaaaAAAA1111-", False),
        ("abcdefgh12", False),
        ("ABCDEFGHIJ", False),
        ("Abcdefg1-", False),
        ("Zhang-2026-11", False),
        ("Aa1-" * 33, False),
    ],
)
def test_what_a_password_must_be(password: str, fine: bool) -> None:
    assert (SHORTEST, LONGEST, CLASSES) == (10, 128, 3)
    assert (weakness(password, "zhang") is None) is fine


def test_initial_passwords_are_good_ones_and_differ() -> None:
    words = {initial_password() for _ in range(50)}
    assert len(words) == 50
    assert not [word for word in words if weakness(word, "zhang")]


class Telephone:
    """An authenticator that has taken the secret offered to who gave the password again."""

    def __init__(self, browser: Browser, clock: Clock) -> None:
        browser.get("/account/second-factor")
        page = browser.post("/account/second-factor", old=PASSWORD).text
        Page(page)
        self.offer = page.partition('name="offer" value="')[2].partition('"')[0]
        self.secret = page.partition('密钥：<code class="word">')[2].partition("<")[0].replace(" ", "")
        assert "<svg" in page
        self.clock = clock

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now)


def test_a_second_factor_is_asked_for_and_each_code_works_once(
    browser: Browser, another: Browser, office: Office, zhang: int, clock: Clock
) -> None:
    browser.sign_in("zhang")
    telephone = Telephone(browser, clock)
    wrong = browser.post("/account/second-factor", code="000000", offer=telephone.offer)
    Page(wrong.text)
    assert (wrong.status_code, telephone.offer in wrong.text) == (422, True)
    assert browser.post("/account/second-factor", code=telephone.code(), offer=telephone.offer).url.path == "/account"
    with office.engine.connect() as connection:
        assert telephone.secret not in str(connection.execute(select(user_account)).all())
    assert another.sign_in("zhang").url.path == "/sign-in/code"
    before = another.client.cookies.get("yishen", domain="testserver.local")
    assert another.get("/desk").url.path == "/sign-in/code"
    assert another.post("/account/sessions/end", session="others").url.path == "/sign-in/code"
    # The code that turned it on was used.
    assert another.post("/sign-in/code", code=telephone.code()).status_code == 422
    clock.now += timedelta(seconds=30)
    assert another.post("/sign-in/code", code=f" {telephone.code()[:3]} {telephone.code()[3:]}").url.path == "/desk"
    assert another.client.cookies.get("yishen", domain="testserver.local") != before
    browser.post("/sign-out")
    browser.sign_in("zhang")
    assert browser.post("/sign-in/code", code=telephone.code()).status_code == 422
    assert telephone.secret not in str(kinds(office))


def test_wrong_codes_lock_the_account_and_end_the_session(
    browser: Browser, another: Browser, zhang: int, clock: Clock
) -> None:
    browser.sign_in("zhang")
    telephone = Telephone(browser, clock)
    browser.post("/account/second-factor", code=telephone.code(), offer=telephone.offer)
    another.sign_in("zhang")
    for _ in range(5):
        answer = another.post("/sign-in/code", code="1234567")
    assert answer.status_code == 422
    clock.now += timedelta(seconds=30)
    assert another.post("/sign-in/code", code=telephone.code()).url.path == "/sign-in"
    assert WRONG in another.sign_in("zhang").text


def test_the_right_password_gives_no_further_tries_at_the_code(
    browser: Browser, another: Browser, zhang: int, clock: Clock
) -> None:
    browser.sign_in("zhang")
    telephone = Telephone(browser, clock)
    browser.post("/account/second-factor", code=telephone.code(), offer=telephone.offer)
    tries = 0
    while another.sign_in("zhang").url.path == "/sign-in/code":
        for _ in range(2):
            another.post("/sign-in/code", code="1234567")
        tries += 2
        another.client.cookies.delete("yishen")
        assert tries < 10
    assert tries == 6
    clock.now += timedelta(minutes=15)
    assert another.sign_in("zhang").url.path == "/sign-in/code"
    assert another.post("/sign-in/code", code=telephone.code()).url.path == "/desk"


def test_codes_of_a_clock_that_is_half_a_minute_off_are_taken() -> None:
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    found = [second_factor.step_of(secret, code, NOW + timedelta(seconds=off)) for off in (-60, -30, 0, 30, 60)]
    assert [step is not None for step in found] == [False, True, True, True, False]
    assert second_factor.step_of(secret, "１２３４５６", NOW) is None


def test_where_it_is_required_everyone_sets_up_a_second_factor(office: Office, zhang: int, clock: Clock) -> None:
    strict = replace(office, settings=office.settings.model_copy(update={"second_factor": "required"}))
    with TestClient(create_app(strict, clock)) as client:
        browser = Browser(client)
        assert browser.sign_in("zhang").url.path == "/account/second-factor"
        assert browser.get("/account").url.path == "/account/second-factor"
        telephone = Telephone(browser, clock)
        done = browser.post("/account/second-factor", code=telephone.code(), offer=telephone.offer)
        assert done.url.path == "/account"


def test_the_password_is_asked_again_before_a_second_factor_is_shown(
    browser: Browser, office: Office, zhang: int, clock: Clock
) -> None:
    browser.sign_in("zhang")
    asked = browser.get("/account/second-factor").text
    Page(asked)
    assert "<svg" not in asked
    assert "密钥：" not in asked
    for given in ({}, {"old": ""}, {"old": "wrong"}, {"code": "000000"}):
        refused = browser.post("/account/second-factor", **given)
        Page(refused.text)
        assert (refused.status_code, "<svg" in refused.text) == (422, False), given
    # Who guesses here locks the account as at the door.
    for _ in range(4):
        browser.post("/account/second-factor", old="wrong")
    assert browser.post("/account/second-factor", old=PASSWORD).status_code == 422
    assert "locked" in str(kinds(office))
    clock.now += timedelta(minutes=15)
    assert "<svg" in browser.post("/account/second-factor", old=PASSWORD).text
    with office.engine.connect() as connection:
        assert connection.execute(select(user_account.c.totp_secret)).scalar_one() is None


def test_a_secret_is_taken_by_the_session_that_asked_and_within_ten_minutes(
    browser: Browser, another: Browser, office: Office, zhang: int, clock: Clock
) -> None:
    browser.sign_in("zhang")
    another.sign_in("zhang")
    telephone = Telephone(another, clock)
    browser.get("/account/second-factor")
    for offer in (telephone.offer, telephone.offer[:-8], "x", "é"):
        refused = browser.post("/account/second-factor", code=telephone.code(), offer=offer)
        Page(refused.text)
        assert (refused.status_code, "密钥已经作废" in refused.text) == (422, True), offer
    clock.now += timedelta(minutes=10)
    late = another.post("/account/second-factor", code=telephone.code(), offer=telephone.offer)
    assert (late.status_code, "密钥已经作废" in late.text) == (422, True)
    with office.engine.connect() as connection:
        assert connection.execute(select(user_account.c.totp_confirmed_at)).scalar_one() is None


def test_no_password_token_or_code_is_in_the_audit_log(browser: Browser, office: Office, zhang: int) -> None:
    browser.sign_in("zhang", "Secret-typed-1")
    browser.sign_in("Typed-Into-Login-1", "x")
    browser.sign_in("zhang")
    token = browser.client.cookies.get("yishen", domain="testserver.local")
    with office.engine.connect() as connection:
        logged = str(connection.execute(select(audit_event)).all()).casefold()
    assert "sign_in_failed" in logged
    for word in ("secret-typed-1", "typed-into-login-1", PASSWORD.casefold(), str(token).casefold()):
        assert word not in logged


@pytest.mark.parametrize("chosen", ["不要求", "三种管理员", "所有人"])
def test_an_agency_chooses_who_must_have_a_second_factor(
    chosen: str, browser: Browser, office: Office, people: Staff, agency_id: int
) -> None:
    other = enrol(office.engine, "bieju", "别的局")
    people.enter(agency_id, "zhang", Role.OFFICER)
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    people.enter(other, "stranger", Role.OFFICER)
    with office.engine.begin() as connection:
        practice_book.change(connection, agency_id, "second_factor", chosen)
    owing = {"不要求": set(), "三种管理员": {"sys"}, "所有人": {"sys", "zhang"}}[chosen]
    for login in ("zhang", "sys", "stranger"):
        landed = browser.sign_in(login)
        assert (landed.url.path == "/account/second-factor") is (login in owing), login
        assert (browser.get("/calendar").url.path == "/calendar") is (login not in owing), login
        browser.post("/sign-out")


def test_who_was_signed_in_is_told_that_it_has_ended_and_that_nothing_was_saved(
    browser: Browser, zhang: int, clock: Clock
) -> None:
    ended = "您的登录已经结束"
    assert ended not in browser.get("/desk").text
    browser.sign_in("zhang")
    clock.now += timedelta(hours=11)
    sent = browser.post("/account/password", old="x", new="y", again="y")
    assert (sent.url.path, ended in sent.text, "刚才提交的内容没有保存" in sent.text) == ("/sign-in", True, True)
    assert ended not in browser.post("/sign-in", login="zhang", password="x").text
    browser.sign_in("zhang")
    assert ended not in browser.post("/sign-out").text
