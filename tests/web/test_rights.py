"""Rights: what is not in the table is refused, on every route there is, to every role, and across agencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from models.personal import FieldCipher
from models.tables import agency, audit_event, user_account
from models.vocabulary import Role
from runtime.settings import Settings
from tasks.office import Office
from tests.conftest import enrol
from tests.web.conftest import Browser, Clock, Staff
from web.api.callers import ApiRoute
from web.app import create_app
from web.rights import REACH_BELOW, RIGHTS, Right, check_declared, declarations, needs, public, rights_of
from workflow import accounts
from workflow.faults import InputFault

PUBLIC = {
    ("GET", "/"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/feed/{key}.ics"),
    ("GET", "/healthz"),
    ("GET", "/language/{language}"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/setup"),
    ("POST", "/setup"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/return"),
    ("GET", "/static/{digest}/{name:path}"),
    ("GET", "/status"),
}
"""What is open to everyone. A route added here is a decision."""


def routes(app: FastAPI) -> Iterator[tuple[str, APIRoute, Right | None]]:
    for route in app.routes:
        assert isinstance(route, APIRoute)
        (right,) = declarations(route)
        for method in route.methods - {"HEAD"}:
            yield method, route, right


def pages(app: FastAPI) -> Iterator[tuple[str, APIRoute, Right | None]]:
    """The routes that people use; those of the interface are walked in ``tests/web/api/test_api_rights.py``."""
    return (each for each in routes(app) if not isinstance(each[1], ApiRoute))


def filled(path: str, account_id: int) -> str:
    """An address with something in its places."""
    return (
        path.replace("{account_id}", str(account_id))
        .replace("{client_id}", "1")
        .replace("{number:path}", "2026-1")
        .replace("{", "")
        .replace("}", "")
    )


def test_what_is_open_to_everyone_is_on_the_list(client: TestClient) -> None:
    assert {(method, route.path) for method, route, right in routes(client.app) if right is None} == PUBLIC


def test_every_role_has_a_row_and_administrators_see_no_case() -> None:
    assert set(RIGHTS) == set(Role)
    assert set(RIGHTS[Role.AUDIT_ADMINISTRATOR]) == {Right.OWN_ACCOUNT, Right.SEE_AUDIT}
    cases = {Right.SEE_CASES, Right.REVEAL, Right.EXPORT, Right.REGISTER, Right.HANDLE, Right.APPROVE, Right.SEE_REPORT}
    for role in accounts.ADMINISTRATORS:
        assert not RIGHTS[role] & cases
    held = {Right.SEE_AUDIT, Right.MANAGE_ROLES, Right.MANAGE_ACCOUNTS, Right.MANAGE_AGENCIES}
    held |= {Right.API_CLIENTS, Right.CONFIRM_CLIENTS}
    for right in held:
        assert len([role for role in Role if right in RIGHTS[role]]) == 1, right
    assert all(rights <= RIGHTS[role] for role, rights in REACH_BELOW.items())
    assert rights_of([]) == {Right.OWN_ACCOUNT}
    assert set(Right) == set().union(*RIGHTS.values())


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_is_open_to_whom_the_table_says_and_to_nobody_else(
    role: Role | None, browser: Browser, office: Office, people: Staff, agency_id: int
) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    stranger = people.enter(there, "stranger")
    people.enter(agency_id, "me", *(() if role is None else (role,)))
    browser.sign_in("me")
    may = rights_of([] if role is None else [role])
    refused = 0
    for method, route, right in sorted(pages(browser.client.app), key=lambda each: (each[1].path, each[0])):
        if right is None or route.path == "/sign-out":
            continue
        path = filled(route.path, stranger)
        answer = browser.client.request(
            method,
            path,
            data={"form_token": browser.token} if method != "GET" else None,
            headers={"accept": "text/html"},
            follow_redirects=False,
        )
        if right not in may:
            refused += 1
            assert answer.status_code == 403, (method, path)
            assert "权限" in answer.text
        else:
            # Another agency's person is not there for anyone; nothing breaks for want of what was not sent.
            wanted = {404} if re.search("{(account|client)_id}", route.path) else {200, 303, 400, 404, 422}
            assert answer.status_code in wanted, (method, path, answer.status_code)
    with office.engine.connect() as connection:
        logged = connection.execute(select(audit_event.c.actor).where(audit_event.c.kind == "refused")).scalars().all()
        assert logged == ["web:me"] * refused
        them = select(
            user_account.c.roles, user_account.c.active, user_account.c.locked_until, user_account.c.must_change
        )
        assert connection.execute(them.where(user_account.c.id == stranger)).one() == ([], True, None, False)


def test_nobody_gets_anywhere_without_signing_in(client: TestClient, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "me")
    for method, route, right in pages(client.app):
        if right is not None:
            answer = client.request(method, filled(route.path, 1), follow_redirects=False)
            assert answer.status_code == 303, route.path
            assert answer.headers["location"].startswith("/sign-in?next=")


def test_administrators_reach_below_their_agency_and_not_above_or_beside(
    browser: Browser, office: Office, people: Staff, agency_id: int
) -> None:
    below, beside = enrol(office.engine, "xia", "下属单位"), enrol(office.engine, "pang", "旁边单位")
    deeper = enrol(office.engine, "shen", "再下单位")
    with office.engine.begin() as connection:
        for child, parent in ((below, agency_id), (deeper, below)):
            connection.execute(update(agency).where(agency.c.id == child).values(parent_id=parent))
    ids = {where: people.enter(where, f"u{where}") for where in (below, deeper, beside)}
    people.enter(agency_id, "admin", Role.SYSTEM_ADMINISTRATOR)
    people.enter(below, "lower", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("admin")
    found = {where: browser.get(f"/accounts/{account}").status_code for where, account in ids.items()}
    assert found == {below: 200, deeper: 200, beside: 404}
    listed = browser.get("/accounts").text
    assert [f"u{where}</a>" in listed for where in ids] == [True, True, False]
    page = browser.get("/accounts/new").text
    assert "再下单位" in page
    assert "旁边单位" not in page
    made = browser.post("/accounts/new", agency=beside, name="某人", login="mou")
    assert made.status_code == 404
    browser.post("/sign-out")
    browser.sign_in("lower")
    assert browser.get(f"/accounts/{ids[deeper]}").status_code == 200
    assert "admin</code>" not in browser.get("/accounts").text


@pytest.mark.parametrize(("one", "other"), [*product(accounts.ADMINISTRATORS, [Role.OFFICER, Role.SUPERVISOR])])
def test_an_administrator_is_nothing_else_also_for_the_database(
    one: Role, other: Role, office: Office, people: Staff, agency_id: int
) -> None:
    with pytest.raises(InputFault, match="单独的账号"):
        accounts.check_roles([one, other])
    with pytest.raises(DBAPIError, match="administrators_apart"):
        people.enter(agency_id, "me", one, other)
    assert accounts.check_roles([Role.LEADER, Role.OFFICER]) == (Role.OFFICER, Role.LEADER)


def test_no_two_kinds_of_administrator_in_one_account() -> None:
    with pytest.raises(InputFault):
        accounts.check_roles(accounts.ADMINISTRATORS[:2])


def test_a_route_that_does_not_declare_what_it_needs_stops_the_application() -> None:
    for dependencies in ([], [public, public], [public, needs(Right.REVEAL)]):
        app = FastAPI(openapi_url=None)
        app.get("/x", dependencies=dependencies)(lambda: None)
        if dependencies == [public, public]:
            # The same declaration twice is one too many.
            with pytest.raises(TypeError, match="/x"):
                check_declared(app)
            continue
        with pytest.raises(TypeError, match="/x"):
            check_declared(app)
    fine = FastAPI(openapi_url=None)
    fine.get("/x", dependencies=[public])(lambda: None)
    check_declared(fine)


def test_rights_follow_the_roles_of_the_moment(browser: Browser, office: Office, people: Staff, agency_id: int) -> None:
    me = people.enter(agency_id, "me", Role.AUDIT_ADMINISTRATOR)
    browser.sign_in("me")
    assert browser.get("/audit").status_code == 200
    with office.engine.begin() as connection:
        connection.execute(update(user_account).where(user_account.c.id == me).values(roles=[]))
    assert browser.get("/audit").status_code == 403
    with office.engine.begin() as connection:
        connection.execute(text("UPDATE user_account SET roles = ARRAY['a_role_of_tomorrow']"))
    assert browser.get("/audit").status_code == 403


def test_the_menu_shows_what_there_is_and_what_one_may_do(browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "admin", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("admin")
    menu = browser.get("/desk").text.partition("<nav")[2].partition("</nav>")[0]
    assert 'href="/accounts"' in menu
    assert 'href="/audit"' not in menu
    paths = {route.path for route in browser.client.app.routes}
    for entry in ("/register", "/cases", "/reports", "/calendar", "/manage"):
        assert entry in paths or f'href="{entry}"' not in menu


def test_the_table_is_that_of_an_open_application(office: Office, cipher: FieldCipher, clock: Clock) -> None:
    assert isinstance(office.settings, Settings)
    check_declared(create_app(office, clock))
