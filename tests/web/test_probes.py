"""Probes and headers: alive while the process is, ready while the database is, whatever becomes of the broker."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import make_url, text

from models.personal import FieldCipher
from runtime import migrate
from runtime.database import Database
from runtime.log_lines import speak
from runtime.settings import Settings
from runtime.testing import TemporaryBroker
from tasks.office import Office
from tests.lawful import Office as Desk
from web.app import create_app
from web.pages import HEADERS, WAITING, WAITING_HEADERS

PAGES = ["/status", "/healthz", "/readyz", "/metrics"]


@pytest.fixture
def nowhere(office: Office) -> Iterator[TestClient]:
    """The application after its database went away."""
    gone = make_url("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    database = Database(gone, gone, long_lived=True)
    with TestClient(create_app(replace(office, database=database))) as client:
        yield client


def test_healthz_asks_nobody(client: TestClient, nowhere: TestClient) -> None:
    for each in (client, nowhere):
        answer = each.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_ready_without_a_broker_and_says_so(client: TestClient) -> None:
    answer = client.get("/readyz")
    said = answer.json()
    assert answer.status_code == 200
    assert said["ready"] is True
    assert said["database"] == {"ok": True, "reason": None, "revision": migrate.head_revision()}
    assert said["broker"]["ok"] is False
    assert said["broker"]["required"] is False
    assert "没有运行" in said["broker"]["reason"]


def test_a_broker_that_answers_is_reported(office: Office, broker: TemporaryBroker) -> None:
    settings = Settings(data_dir=office.settings.data_dir, broker_url=broker.url)
    with TestClient(create_app(replace(office, settings=settings))) as client:
        assert client.get("/readyz").json()["broker"] == {"ok": True, "reason": None, "required": False}
        assert "yishen_broker_up 1.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush@127.0.0.1:1/0",
        "sentinel://:hush@127.0.0.1:1;sentinel://:hush@127.0.0.1:2?master_name=yishen",
        "redis+socket:///nowhere/redis.sock",
    ],
)
def test_a_broker_that_is_away_is_soon_told_by_its_fault_alone(office: Office, url: str) -> None:
    settings = Settings(data_dir=office.settings.data_dir, broker_url=url)
    with TestClient(create_app(replace(office, settings=settings))) as client:
        began = time.monotonic()
        said = client.get("/readyz")
        assert time.monotonic() - began < 5
        assert said.status_code == 200
        assert said.json()["broker"]["ok"] is False
        assert "hush" not in said.text
        assert "127.0.0.1" not in said.text


def test_not_ready_without_the_database(nowhere: TestClient) -> None:
    answer = nowhere.get("/readyz")
    assert answer.status_code == 503
    said = answer.json()
    assert said["ready"] is False
    assert said["database"]["reason"] == "数据库没有回答（OperationalError）"
    assert "127.0.0.1" not in answer.text


def test_not_ready_at_another_revision(client: TestClient, database: Database) -> None:
    with database.owner_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    said = answer.json()["database"]
    assert said["revision"] == "0001"
    assert said["reason"] == f"数据库的结构版本是 0001，本程序需要 {migrate.head_revision()}"


def test_ready_again_when_the_database_is_back(client: TestClient, database: Database, server: object) -> None:
    assert client.get("/readyz").status_code == 200
    with database.owner_engine.connect() as connection:
        own = "usename = current_user OR pg_has_role(current_user, usename, 'MEMBER')"
        connection.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ({own})")
        )
    database.dispose()
    assert client.get("/readyz").status_code == 200


def test_every_answer_has_the_headers(client: TestClient) -> None:
    for path, method in product([*PAGES, "/nothing", "/feed/unknown.ics"], ["GET", "HEAD", "POST"]):
        answer = client.request(method, path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, (method, path)
        if method == "POST":
            assert answer.status_code == (404 if path == "/nothing" else 405), path
        else:
            assert answer.status_code == (200 if path in PAGES else 404), path


def test_there_is_no_description_of_the_interface(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


def test_a_fault_of_ours_is_told_without_its_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("王小明")

    monkeypatch.setattr("web.readiness.look", stumble)
    stream = io.StringIO()
    root = logging.getLogger()
    handlers = root.handlers
    try:
        speak("web", "json", stream)
        with TestClient(create_app(office)) as client:
            answer = client.get("/readyz")
    finally:
        root.handlers = handlers
        logging.captureWarnings(capture=False)
    assert (answer.status_code, answer.text) == (500, "出现意外错误，已记入日志")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    first, second = [line for line in lines if line["logger"] == "web"]
    assert (first["fault"], second["status"], second["route"]) == ("ValueError", 500, "/readyz")
    assert "王小明" not in stream.getvalue()


class Page(HTMLParser):
    """What of a page matters to who cannot see it, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_status_page_shows_the_figures_of_the_day(
    client: TestClient, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    desk = Desk(office.engine, agency_id, cipher)
    desk.register("2026-03-02")
    desk.register("2026-11-20")
    answer = client.get("/status")
    assert answer.status_code == 200
    assert "系统正在运行" in answer.text
    assert "2026 年 11 月 22 日" in answer.text
    assert '<th scope="row">未办结的申请</th><td>2 件</td>' in answer.text
    assert '<th scope="row">已逾期</th><td>1 件</td>' in answer.text
    assert "王小明" not in answer.text


def test_the_status_page_holds_nothing_inline_and_fetches_from_here_alone(client: TestClient) -> None:
    page = Page(client.get("/status").text)
    names = [tag for tag, _ in page.tags]
    assert page.tags[0] == ("html", {"lang": "zh-CN"})
    assert names.count("h1") == names.count("main") == names.count("caption") == 1
    assert not {"style", "img", "iframe"} & set(names)
    assert not [attrs for _, attrs in page.tags if {"style", "onclick"} & set(attrs)]
    fetched = [attrs.get("src") or attrs.get("href") for tag, attrs in page.tags if tag in {"script", "link"}]
    assert all(str(each).startswith("/static/") for each in fetched)
    assert {client.get(str(each)).status_code for each in fetched} == {200}


def test_the_style_of_the_waiting_page_is_the_one_that_its_policy_names() -> None:
    style = WAITING.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in WAITING_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_the_status_page_says_when_the_database_is_away(nowhere: TestClient) -> None:
    answer = nowhere.get("/status")
    assert answer.status_code == 503
    assert "数据库暂时没有回答" in answer.text
