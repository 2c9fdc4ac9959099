"""The web application on a real database, on the day of ``tests.conftest``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, insert

from models.personal import FieldCipher
from models.tables import user_account
from models.vocabulary import Role
from runtime.database import Database
from runtime.settings import Settings
from runtime.testing import TemporaryBroker, temporary_broker
from tasks.office import Office
from tests.conftest import NOW
from tests.lawful import Office as Desk
from web.app import create_app
from web.passwords import Passwords


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporaryBroker]:
    with temporary_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose broker does not run."""
    return Settings(data_dir=tmp_path / "var", argon2_time=1, argon2_memory_kib=8192, argon2_lanes=1)


@pytest.fixture
def office(database: Database, cipher: FieldCipher, settings: Settings) -> Office:
    return Office(database, cipher, settings)


@pytest.fixture
def desk(office: Office, agency_id: int, cipher: FieldCipher) -> Desk:
    """Who records what the tests' cases have lived through."""
    return Desk(office.engine, agency_id, cipher)


@pytest.fixture
def client(office: Office, clock: Clock) -> Iterator[TestClient]:
    with TestClient(create_app(office, clock)) as opened:
        yield opened


PASSWORD = "Kaifang-2026"
HTML = {"accept": "text/html"}
TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of the password that everyone in these tests has."""
    return Passwords(Settings(argon2_time=1, argon2_memory_kib=8192, argon2_lanes=1)).hash(PASSWORD)


class Staff:
    """People who can sign in."""

    def __init__(self, engine: Engine, password_hash: str) -> None:
        self.engine, self._hash = engine, password_hash

    def enter(self, agency_id: int, login: str, *roles: Role, name: str = "", **more: object) -> int:
        values = {
            "agency_id": agency_id,
            "name": name or login,
            "login": login,
            "roles": [role.value for role in roles],
            "password_hash": self._hash,
            "password_changed_at": NOW,
            **more,
        }
        with self.engine.begin() as connection:
            row = insert(user_account).values(values).returning(user_account.c.id)
            return int(connection.execute(row).scalar_one())


@pytest.fixture
def people(office: Office, password_hash: str) -> Staff:
    return Staff(office.engine, password_hash)


class Browser:
    """Somebody at a browser: keeps cookies, sends forms with the token of the page that they stand on."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **more: object) -> Response:
        answer = self.client.get(path, headers=HTML, **more)
        self._look(answer)
        return answer

    def post(self, path: str, **fields: object) -> Response:
        answer = self.client.post(path, data={"form_token": self.token, **fields}, headers=HTML)
        self._look(answer)
        return answer

    def sign_in(self, login: str, password: str = PASSWORD, to: str = "/desk") -> Response:
        self.get("/sign-in")
        return self.post("/sign-in", login=login, password=password, next=to)

    def _look(self, answer: Response) -> None:
        found = TOKEN.search(answer.text)
        if found is not None:
            self.token = found[1]


@pytest.fixture
def browser(client: TestClient) -> Browser:
    return Browser(client)


@pytest.fixture
def officer(browser: Browser, people: Staff, agency_id: int) -> Browser:
    """经办人 signed in."""
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    browser.sign_in("zhang")
    return browser


@pytest.fixture
def head(browser: Browser, people: Staff, agency_id: int) -> Browser:
    """公开机构负责人 signed in."""
    people.enter(agency_id, "head", Role.HEAD)
    browser.sign_in("head")
    return browser


@pytest.fixture
def another(office: Office, clock: Clock) -> Iterator[Browser]:
    """A second browser, with cookies of its own."""
    with TestClient(create_app(office, clock)) as opened:
        yield Browser(opened)
