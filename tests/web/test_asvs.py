"""What docs/security.md says of the pages as they are asked from outside (OWASP ASVS 5.0), and that its evidence is there."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from models.tables import audit_event, user_account
from models.vocabulary import Role
from runtime.settings import Settings
from tasks.office import Office
from tests.conftest import NOW
from tests.lawful import Office as Desk
from tests.web.conftest import PASSWORD, Browser, Clock, Staff
from web.accounts import MOST_FROM_ONE
from web.app import create_app
from web.rights import SAFE
from workflow.accounts import ADMINISTRATORS

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "docs" / "security.md"


def test_every_evidence_in_the_document_is_there() -> None:
    words = SECURITY.read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/*.py"))
    named = set(re.findall(r"`(test_\w+)`", words))
    assert len(named) > 60
    assert not [
        name for name in sorted(named) if f"def {name}(" not in tests and not [*ROOT.glob(f"tests/**/{name}.py")]
    ]
    places = set(re.findall(r"`([\w/.-]+\.(?:py|html|js|po|toml|yml|md))(?::(\w+))?`", words))
    assert len(places) > 60
    for path, what in sorted(places):
        found = (ROOT / path).read_text(encoding="utf-8")
        assert not what or re.search(rf"\b{what}\b", found), (path, what)


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    words = SECURITY.read_text("utf-8")
    rows = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| ([12]) \|[^|]+\| (met|partly|not met|operator|n/a) \|", words, re.MULTILINE
    )
    numbers = [number for number, _level, _answer in rows]
    assert len(set(numbers)) == len(numbers) == 253
    assert [level for _number, level, _answer in rows].count("1") == 70
    answers = [answer for _number, _level, answer in rows]
    counted = ", ".join(f"{answers.count(each)} {each}" for each in ("met", "operator", "partly", "not met", "n/a"))
    assert f"**Counted**: {counted}." in words


def test_the_browser_is_told_to_come_back_over_tls_alone(office: Office, clock: Clock) -> None:
    with TestClient(create_app(office, clock)) as plain:
        assert "strict-transport-security" not in plain.get("/sign-in").headers
    settings = office.settings.model_copy(update={"web_url": "https://ysgk.example.gov.cn"})
    with TestClient(create_app(Office(office.database, office.cipher, settings), clock)) as secure:
        for path in ("/sign-in", "/nothing", "/api/v1/client", "/healthz"):
            assert secure.get(path).headers["strict-transport-security"] == "max-age=31536000; includeSubDomains", path


def test_every_cookie_is_closed_to_scripts_and_other_sites(office: Office, clock: Clock) -> None:
    settings = office.settings.model_copy(update={"web_url": "https://ysgk.example.gov.cn"})
    with TestClient(create_app(Office(office.database, office.cipher, settings), clock)) as client:
        given = client.get("/setup").headers.get_list("set-cookie")
        given += client.get("/language/en", follow_redirects=False).headers.get_list("set-cookie")
    assert len(given) == 2
    for cookie in given:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= attributes, cookie
        assert not [each for each in attributes if each.startswith("domain")]


def test_trace_and_other_strange_methods_are_refused_everywhere(client: TestClient) -> None:
    for method, path in product(
        ("TRACE", "CONNECT", "PROPFIND"), ("/", "/sign-in", "/cases", "/api/v1/client", "/healthz")
    ):
        answer = client.request(method, path, headers={"x-secret": "echo-me"})
        assert answer.status_code == 405, (method, path)
        assert "echo-me" not in answer.text


def test_a_host_that_is_not_ours_is_in_no_answer(client: TestClient) -> None:
    for path in ("/", "/sign-in", "/desk", "/status", "/nothing", "/api/v1/openapi.json", "/language/en?to=/desk"):
        answer = client.get(
            path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"}, follow_redirects=False
        )
        assert "evil.example" not in answer.text + str(answer.headers), path


def test_no_site_is_let_in_by_cross_origin_headers(client: TestClient) -> None:
    for path, method in product(("/desk", "/api/v1/client", "/sign-in"), ("GET", "OPTIONS")):
        asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        answer = client.request(method, path, headers=asked, follow_redirects=False)
        assert not [name for name in answer.headers if name.startswith("access-control")], path


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example", "javascript:1", "/\r\nx: y"]
)
def test_no_link_to_us_leads_elsewhere(to: str, browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "zhang")
    chosen = browser.client.get("/language/zh", params={"to": to}, follow_redirects=False)
    assert chosen.headers["location"] == "/desk"
    browser.get("/sign-in")
    entered = browser.client.post(
        "/sign-in",
        data={"form_token": browser.token, "login": "zhang", "password": PASSWORD, "next": to},
        follow_redirects=False,
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/desk")


def test_what_is_only_looked_at_changes_nothing(
    browser: Browser, people: Staff, office: Office, agency_id: int, desk: Desk
) -> None:
    number = desk.register("2026-11-20")
    people.enter(agency_id, "all", *(role for role in Role if role not in ADMINISTRATORS))
    browser.sign_in("all")
    before, asked = contents(office), 0
    for route in browser.client.app.routes:
        assert route.methods <= SAFE or route.methods.isdisjoint(SAFE), route.path
        if route.methods <= SAFE:
            path = re.sub(r"{\w*(number|case_id)\w*(:path)?}", number, route.path)
            browser.get(re.sub(r"{(\w+)(:path)?}", "2026", path))
            asked += 1
    assert asked > 40
    assert contents(office) == before


def contents(office: Office) -> dict[str, str]:
    """A digest of every table but those that keep who was there when."""
    known = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with office.database.owner_engine.connect() as connection:
        tables = set(connection.execute(text(known)).scalars()) - {"user_session", "audit_event"}
        every = {name: f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {name} t" for name in tables}
        return {name: connection.execute(text(statement)).scalar_one() for name, statement in every.items()}


def test_every_answer_names_what_it_is_and_its_characters(client: TestClient) -> None:
    for path in (
        "/sign-in",
        "/status",
        "/healthz",
        "/readyz",
        "/metrics",
        "/nothing",
        "/api/v1/client",
        "/api/v1/openapi.json",
    ):
        kind = client.get(path).headers["content-type"]
        assert kind.startswith(("text/", "application/json", "application/problem+json")), (path, kind)
        assert "charset=utf-8" in kind or "json" in kind, (path, kind)


def test_what_somebody_sees_is_kept_in_no_cache(browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "head", Role.HEAD)
    browser.sign_in("head")
    for path in ("/desk", "/cases", "/inbox", "/account", "/reports", "/register", "/language/en"):
        assert browser.get(path).headers["cache-control"] == "no-store", path


def test_many_failures_from_one_address_are_heard_no_more_and_lock_nobody(
    browser: Browser, office: Office, people: Staff, agency_id: int, clock: Clock
) -> None:
    people.enter(agency_id, "zhang")
    with office.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_event (seq, at, actor, kind, object, detail, address, previous_hash, hash)"
                " SELECT n, :at, 'web:-', 'sign_in_failed', '-', '{}', 'testclient', '', '' FROM generate_series(1, :most) n"
            ),
            {"at": NOW, "most": MOST_FROM_ONE - 1},
        )
    assert browser.sign_in("nobody", "x").status_code == 403
    refused = browser.sign_in("zhang", "x")
    assert (refused.status_code, "次数太多" in refused.text) == (429, True)
    assert browser.sign_in("zhang").status_code == 429
    with office.engine.connect() as connection:
        assert connection.execute(select(user_account.c.failed_count)).scalar_one() == 0
        kept = select(audit_event.c.id).where(audit_event.c.kind == "sign_in_failed")
        assert len(connection.execute(kept).all()) == MOST_FROM_ONE
    clock.now += timedelta(minutes=15)
    assert browser.sign_in("zhang").url.path == "/desk"


def test_a_form_with_more_parts_than_any_of_ours_is_not_read(browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "zhang")
    browser.sign_in("zhang")
    files = [(f"f{n}", (f"{n}.txt", b"x")) for n in range(1001)]
    answer = browser.client.post("/account/password", data={"form_token": browser.token}, files=files)
    assert answer.status_code == 400


def test_a_line_break_in_what_is_sent_makes_no_line_in_the_log(
    browser: Browser, people: Staff, agency_id: int, capfd: pytest.CaptureFixture[str]
) -> None:
    people.enter(agency_id, "zhang")
    browser.sign_in('zhang"}\n{"event": "forged"}', "x")
    browser.client.get("/feed/x%0A%7B%22event%22%3A%22forged%22%7D.ics")
    said = capfd.readouterr()
    assert "forged" not in said.out + said.err


def test_no_default_account_and_no_secret_are_shipped(office: Office) -> None:
    with office.engine.connect() as connection:
        assert connection.execute(select(user_account.c.id)).all() == []
    assert Settings(_env_file=None).secret_key is None
