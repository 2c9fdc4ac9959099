"""统一身份认证: an issuer in this process with keys of its own; whatever its answer lacks, nobody gets in.

The steps are those of OpenID Connect Core 3.1.3.7 and RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwk, jwt
from pydantic import ValidationError
from sqlalchemy import select, update

from models.tables import audit_event, user_account
from models.vocabulary import Role
from runtime.faults import RuntimeFault
from runtime.settings import Settings
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.web.conftest import Browser, Clock, Staff
from tests.web.test_frame import Page
from web.app import create_app

CLIENT, SECRET = "yishen", "of-the-client"
RETURN = "/sign-in/provider/return"


class Issuer:
    """A provider: what it is asked, and what it answers; ``change`` alters its next ID token."""

    def __init__(self) -> None:
        self.key, self.stranger = (jwk.ECKey.generate_key("P-256", {"kid": kid}, private=True) for kid in ("k", "k"))
        self.signed_by, self.algorithm = self.key, "ES256"
        self.header: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.change: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.named = self.moved = ""
        self.paths: list[str] = []
        issuer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if issuer.moved and issuer.moved in self.path:
                    self._move()
                    return
                self._say(
                    issuer.described()
                    if "openid" in self.path
                    else {"keys": [issuer.key.as_dict(private=False) | issuer.about]}
                )

            def do_POST(self) -> None:
                if issuer.moved == "token":
                    self._move()
                    return
                sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                given = base64.b64decode(self.headers["authorization"].partition(" ")[2]).decode()
                digest = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
                fits = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == issuer.asked["code_challenge"]
                if given != f"{CLIENT}:{SECRET}" or sent["code"] != ["good"] or not fits:
                    self._say({"error": "invalid_grant"}, 400)
                    return
                self._say({"access_token": "a", "token_type": "Bearer", **issuer.token()})

            def _move(self) -> None:
                self.send_response(307)
                self.send_header("location", f"{issuer.address}/there")
                self.end_headers()

            def _say(self, document: object, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, *_: object) -> None:
                issuer.paths.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def described(self) -> dict[str, str]:
        names = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.named or self.address, **{name: self.address + path for name, path in names.items()}}

    def token(self) -> dict[str, str]:
        now = int(NOW.timestamp())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "subject-1",
            "preferred_username": "Zhang",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.change,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            parts = [json.dumps({"alg": "none", "kid": "k"}).encode(), json.dumps(claims).encode(), b""]
            return {"id_token": ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)}
        if self.algorithm == "HS256":
            # The public key taken for a secret: the oldest trick.
            public = jwk.OctKey.import_key(json.dumps(self.key.as_dict(private=False)).encode())
            return {"id_token": jwt.encode({"alg": "HS256", "kid": "k"}, claims, public)}
        return {"id_token": jwt.encode({"alg": self.algorithm, "kid": "k", **self.header}, claims, self.signed_by)}


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def settings(settings: Settings, issuer: Issuer) -> Settings:
    provider = {"oidc_issuer": issuer.address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return settings.model_copy(update={**provider, "oidc_bind": True})


def set_off(browser: Browser, issuer: Issuer, to: str = "/desk") -> str:
    """Go to the provider; returns the state that it was given."""
    answer = browser.client.get(f"/sign-in/provider?next={to}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    issuer.asked = {name: each[0] for name, each in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return issuer.asked["state"]


def come_back(browser: Browser, issuer: Issuer, *, code: str = "good", state: str | None = None) -> Any:
    given = set_off(browser, issuer)
    return browser.get(
        RETURN, params={"state": given if state is None else state, "code": code}, follow_redirects=False
    )


def signed_in(browser: Browser) -> bool:
    return browser.client.get("/desk", follow_redirects=False).status_code == 200


def failures(office: Office) -> int:
    with office.engine.connect() as connection:
        failed = select(audit_event).where(audit_event.c.kind == "sign_in_failed")
        return len(connection.execute(failed).all())


def test_the_account_of_the_login_is_bound_the_first_time_and_by_its_subject_from_then_on(
    browser: Browser, issuer: Issuer, people: Staff, office: Office, agency_id: int
) -> None:
    # A first password that was never changed is nobody's concern here.
    me = people.enter(agency_id, "zhang", Role.OFFICER, must_change=True)
    other = people.enter(agency_id, "li", Role.HEAD)
    page = browser.get("/sign-in").text
    Page(page)
    assert "用统一身份认证登录" in page
    first = come_back(browser, issuer)
    assert (first.status_code, first.headers["location"]) == (303, "/desk")
    assert issuer.asked["code_challenge_method"] == "S256"
    assert issuer.asked["redirect_uri"] == "http://testserver" + RETURN
    assert signed_in(browser)
    browser.get("/desk")
    browser.post("/sign-out")
    # Another name at the provider changes nothing, nor does a role that it tells of; another subject does.
    issuer.change = {"preferred_username": "li", "roles": ["system_administrator"]}
    come_back(browser, issuer)
    assert "zhang" in browser.get("/account").text
    assert browser.get("/accounts").status_code == 403
    browser.post("/sign-out")
    issuer.change = {"sub": "subject-2"}
    assert come_back(browser, issuer).status_code == 403
    assert not signed_in(browser)
    with office.engine.connect() as connection:
        known = select(user_account.c.id, user_account.c.subject)
        assert {row.id: row.subject for row in connection.execute(known)} == {me: "subject-1", other: None}
        entered = select(audit_event.c.detail).where(audit_event.c.kind == "sign_in")
        assert [each["factor"] for each in connection.execute(entered).scalars()] == ["provider"] * 2
    assert failures(office) == 1


LATER = int((NOW + timedelta(hours=1)).timestamp())
BEFORE = int((NOW - timedelta(hours=1)).timestamp())


def test_an_id_token_that_does_not_hold_lets_nobody_in(
    browser: Browser, issuer: Issuer, people: Staff, office: Office, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    wrong: list[dict[str, Any]] = [
        {"iss": "https://else.example.gov.cn"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": BEFORE},
        {"exp": None},
        {"iat": LATER},
        {"nbf": LATER},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ]
    for change in wrong:
        issuer.change = change
        answer = come_back(browser, issuer)
        assert (answer.status_code, "没有完成统一身份认证" in answer.text) == (403, True), change
        assert not signed_in(browser), change
    Page(answer.text)
    issuer.change = {}
    for algorithm in ("none", "HS256"):
        issuer.algorithm = algorithm
        assert come_back(browser, issuer).status_code == 403, algorithm
    issuer.algorithm, issuer.signed_by = "ES256", issuer.stranger
    assert come_back(browser, issuer).status_code == 403
    # A key that comes with the token, or is named in it, is no key of the provider's.
    for header in ({"jwk": issuer.stranger.as_dict(private=False)}, {"jku": f"{issuer.address}/strange"}):
        issuer.header = header
        assert come_back(browser, issuer).status_code == 403, header
    issuer.header, issuer.signed_by = {}, issuer.key
    # By the right key, but made for something else.
    for kind in ("at+jwt", "logout+jwt"):
        issuer.header = {"typ": kind}
        assert come_back(browser, issuer).status_code == 403, kind
    issuer.header, issuer.about = {}, {"use": "enc"}
    assert come_back(browser, issuer).status_code == 403
    issuer.about, issuer.named = {}, "https://else.example.gov.cn"
    assert browser.client.get("/sign-in/provider", follow_redirects=False).status_code == 403
    assert not signed_in(browser)
    assert failures(office) == len(wrong) + 9
    issuer.named = ""
    issuer.header, issuer.about, issuer.change = {"typ": "jwt"}, {"use": "sig"}, {"aud": [CLIENT, "a"], "azp": CLIENT}
    assert come_back(browser, issuer).status_code == 303


@pytest.mark.parametrize("moved", ["openid", "token", "keys"])
def test_what_the_provider_answers_elsewhere_is_not_followed(
    moved: str, browser: Browser, issuer: Issuer, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    state = set_off(browser, issuer)
    issuer.moved = moved
    assert browser.get(RETURN, params={"state": state, "code": "good"}).status_code == 403
    assert "/there" not in issuer.paths
    assert not signed_in(browser)
    assert any(moved in path for path in issuer.paths)


def test_a_session_from_the_provider_ends_by_the_clock_here(
    browser: Browser, issuer: Issuer, people: Staff, clock: Clock, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    come_back(browser, issuer)
    # What the provider's token says of its own life is not asked: ten hours here, and half an hour idle.
    for _ in range(20):
        clock.now += timedelta(minutes=29)
        assert signed_in(browser)
    clock.now += timedelta(minutes=29)
    assert not signed_in(browser)
    clock.now = NOW
    come_back(browser, issuer)
    clock.now += timedelta(minutes=31)
    assert not signed_in(browser)


def test_who_came_from_the_provider_sets_a_second_factor_only_just_after(
    browser: Browser, issuer: Issuer, people: Staff, clock: Clock, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, must_change=True)
    come_back(browser, issuer)
    asked = browser.get("/account/second-factor").text
    Page(asked)
    assert "现在的密码" not in asked
    clock.now += timedelta(minutes=10)
    late = browser.post("/account/second-factor")
    Page(late.text)
    assert (late.status_code, "重新登录后马上启用" in late.text) == (422, True)
    clock.now = NOW + timedelta(minutes=9)
    assert "<svg" in browser.post("/account/second-factor").text


def test_the_answer_must_be_to_this_browsers_question(
    browser: Browser, another: Browser, issuer: Issuer, people: Staff, clock: Clock, agency_id: int
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    assert come_back(browser, issuer, state="another").status_code == 403
    assert come_back(browser, issuer, state="").status_code == 403
    assert come_back(browser, issuer, code="").status_code == 403
    assert come_back(browser, issuer, code="bad").status_code == 403
    # Somebody else's link, opened here: this browser asked nothing.
    state = set_off(another, issuer)
    assert browser.get(RETURN, params={"state": state, "code": "good"}).status_code == 403
    assert not signed_in(browser)
    # Too late.
    state = set_off(browser, issuer)
    clock.now += timedelta(minutes=11)
    assert browser.get(RETURN, params={"state": state, "code": "good"}).status_code == 403
    clock.now = NOW
    # Once used, it is used up.
    state = set_off(browser, issuer)
    assert browser.get(RETURN, params={"state": state, "code": "good"}, follow_redirects=False).status_code == 303
    assert browser.get(RETURN, params={"state": state, "code": "good"}).status_code == 403


def test_only_an_open_account_within_the_allowed_agency_gets_in(
    issuer: Issuer, office: Office, people: Staff, clock: Clock, agency_id: int
) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    people.enter(there, "zhang", Role.OFFICER)

    def enters(**more: object) -> bool:
        chosen = office.settings.model_copy(update=more)
        with TestClient(create_app(Office(office.database, office.cipher, chosen), clock)) as client:
            return bool(come_back(Browser(client), issuer).status_code == 303)

    def now(**values: object) -> None:
        with office.engine.begin() as connection:
            connection.execute(update(user_account).values(**values))

    assert not enters(oidc_agency="ceshi")
    assert not enters(oidc_agency="nowhere")
    assert not enters(oidc_bind=False)
    assert not enters(oidc_login_claim="email")
    now(active=False)
    assert not enters()
    now(active=True, locked_until=NOW + timedelta(minutes=5))
    assert not enters()
    now(locked_until=None)
    assert enters(oidc_agency="bieju")
    # Bound, it needs no more binding; the second factor is asked for here as ever.
    now(totp_confirmed_at=NOW)
    with TestClient(create_app(office, clock)) as client:
        assert come_back(Browser(client), issuer).headers["location"] == "/sign-in/code"
    now(totp_confirmed_at=None)
    assert enters(oidc_bind=False)
    now(active=False)
    assert not enters()


def test_the_security_administrator_takes_a_binding_away(
    browser: Browser, issuer: Issuer, another: Browser, people: Staff, office: Office, agency_id: int
) -> None:
    me = people.enter(agency_id, "zhang", Role.OFFICER)
    people.enter(agency_id, "sec", Role.SECURITY_ADMINISTRATOR)
    come_back(browser, issuer)
    another.sign_in("sec")
    assert "解除统一身份认证的绑定" in another.get(f"/accounts/{me}").text
    another.post(f"/accounts/{me}/unbind")
    assert not signed_in(browser)
    with office.engine.connect() as connection:
        assert connection.execute(select(user_account.c.subject).where(user_account.c.id == me)).scalar_one() is None


def test_a_provider_is_set_up_whole_and_by_https() -> None:
    whole = {"oidc_issuer": "https://sso.example.gov.cn", "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    assert Settings(**whole).oidc_issuer == whole["oidc_issuer"]
    with pytest.raises(ValidationError, match="https"):
        Settings(**{**whole, "oidc_issuer": "http://sso.example.gov.cn"})
    with pytest.raises(RuntimeFault, match="YISHEN_OIDC_CLIENT_SECRET"):
        Settings(oidc_issuer="https://sso.example.gov.cn", oidc_client_id=CLIENT)
