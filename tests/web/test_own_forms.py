"""Forms: only those of our own pages are heard, from whoever is signed in and from whoever is not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.tables import audit_event
from models.vocabulary import Role
from tasks.office import Office
from tests.web.conftest import PASSWORD, Browser, Staff
from web.pages import HEADERS

ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
]


@pytest.fixture(autouse=True)
def _zhang(people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER)
    people.enter(agency_id, "li", Role.OFFICER)


def test_a_form_without_its_token_is_not_heard(browser: Browser, another: Browser, office: Office) -> None:
    browser.sign_in("zhang")
    another.sign_in("li")
    for token in ("", "x", another.token, "é"):
        answer = browser.client.post("/sign-out", data={"form_token": token}, headers={"accept": "text/html"})
        assert (answer.status_code, "没有保存" in answer.text) == (403, True)
    assert browser.client.post("/sign-out").status_code == 403
    assert browser.client.post("/sign-out", json={"form_token": browser.token}).status_code == 403
    assert browser.get("/desk").url.path == "/desk"
    with office.engine.connect() as connection:
        refused = select(audit_event.c.detail).where(audit_event.c.kind == "refused")
        assert {each["why"] for each in connection.execute(refused).scalars()} == {"form"}


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_form_from_elsewhere_is_not_heard_even_with_its_token(browser: Browser, headers: dict[str, str]) -> None:
    browser.sign_in("zhang")
    sent = {"form_token": browser.token}
    assert browser.client.post("/sign-out", data=sent, headers=headers).status_code == 403
    ours = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert browser.client.post("/sign-out", data=sent, headers=ours).url.path == "/sign-in"


def test_nobody_is_signed_in_by_a_form_from_elsewhere(browser: Browser, another: Browser) -> None:
    browser.get("/sign-in")
    sent = {"login": "zhang", "password": PASSWORD}
    assert browser.client.post("/sign-in", data=sent).status_code == 403
    assert browser.client.post("/sign-in", data={**sent, "form_token": "0" * 64}).status_code == 403
    another.get("/sign-in")
    assert browser.client.post("/sign-in", data={**sent, "form_token": another.token}).status_code == 403
    for headers in ELSEWHERE:
        whole = {**sent, "form_token": browser.token}
        assert browser.client.post("/sign-in", data=whole, headers=headers).status_code == 403
    assert browser.post("/sign-in", **sent).url.path == "/desk"


def test_a_form_that_is_too_large_is_not_read(browser: Browser) -> None:
    browser.sign_in("zhang")
    answer = browser.post("/account/password", old="x" * (1 << 21))
    assert (answer.status_code, "没有保存" in answer.text) == (413, True)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_no_request_is_read_beyond_its_limit(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.sign_in("zhang")
    monkeypatch.setattr("web.app.LARGEST", 1000)
    pieces = (b"x" * 100 for _ in range(20))
    kind = {"content-type": "multipart/form-data; boundary=b", "accept": "text/html"}
    answer = browser.client.post("/account/password", content=pieces, headers=kind)
    assert (answer.status_code, "没有保存" in answer.text) == (413, True)
