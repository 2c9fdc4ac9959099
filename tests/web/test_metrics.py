"""Metrics: each figure is that of the moment it is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, insert, make_url, update

from models.personal import FieldCipher
from models.tables import job_run, outbox, reminder
from models.vocabulary import Matter, Outlet, Role, Topic
from runtime.database import Database
from tasks.office import Office
from tests.conftest import NOW
from tests.lawful import Office as Desk
from tests.web.conftest import Clock
from web.app import create_app
from workflow import outbox as box
from workflow import staff, sweep

Figures = dict[tuple[str, str], float]


def scrape(client: TestClient) -> Figures:
    """Every sample by its name and the value of its one label."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    assert all(set(sample.labels) <= {"topic", "outlet", "job"} for sample in samples)
    return {(sample.name, next(iter(sample.labels.values()), "")): sample.value for sample in samples}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def put(connection: Connection, agency_id: int, topic: Topic, made_at: datetime, **more: object) -> int:
    values = {"agency_id": agency_id, "topic": topic.value, "payload": {}, "made_at": made_at, "due_at": made_at}
    return int(connection.execute(insert(outbox).values({**values, **more}).returning(outbox.c.id)).scalar_one())


def test_every_topic_job_and_outlet_is_there_at_nothing(client: TestClient) -> None:
    found = scrape(client)
    assert found["yishen_database_up", ""] == 1
    assert found["yishen_broker_up", ""] == 0
    rest = {key: value for key, value in found.items() if not key[0].endswith("_up")}
    assert set(rest.values()) == {0}
    assert {label for name, label in rest if name == "yishen_outbox_waiting"} == set(Topic)
    assert {label for name, label in rest if name == "yishen_reminders_unsent"} == set(Outlet) - {Outlet.INBOX}


def test_open_and_overdue_cases(client: TestClient, office: Office, agency_id: int, cipher: FieldCipher) -> None:
    desk = Desk(office.engine, agency_id, cipher)
    desk.register("2026-03-02")
    desk.register("2026-11-20")
    found = scrape(client)
    assert found["yishen_open_cases", ""] == 2
    assert found["yishen_overdue_cases", ""] == 1


def test_a_correction_of_records_is_open_and_never_overdue(
    client: TestClient, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    Desk(office.engine, agency_id, cipher).register("2026-03-02", matter=Matter.RECTIFICATION, reply_days=30)
    found = scrape(client)
    assert found["yishen_open_cases", ""] == 1
    assert found["yishen_overdue_cases", ""] == 0


def test_the_age_of_the_oldest_row_that_is_due(client: TestClient, office: Office, agency_id: int) -> None:
    with office.engine.begin() as connection:
        put(connection, agency_id, Topic.CASE_CHANGED, ago(40))
        put(connection, agency_id, Topic.CASE_CHANGED, ago(90), done_at=ago(80))
        put(connection, agency_id, Topic.MESSAGE, ago(36_000), due_at=NOW + timedelta(hours=1))
    found = scrape(client)
    assert found["yishen_outbox_waiting", "case_changed"] == 1
    assert found["yishen_outbox_oldest_due_seconds", "case_changed"] == 40
    # What is held back until morning waits, and is not late.
    assert found["yishen_outbox_waiting", "message"] == 1
    assert found["yishen_outbox_oldest_due_seconds", "message"] == 0


@pytest.mark.parametrize("tellings", [1, 2, 5, 14])
def test_a_row_that_is_told_again_and_again_keeps_its_age(
    tellings: int, client: TestClient, office: Office, agency_id: int, clock: Clock
) -> None:
    with office.engine.begin() as connection:
        item = put(connection, agency_id, Topic.MESSAGE, ago(36_000), due_at=NOW)
        instant = NOW
        for _ in range(tellings):
            instant = box.next_due(connection) or instant
            assert [told.id for told in box.claim(connection, instant)] == [item]
    clock.now = instant + timedelta(seconds=1)
    wanted = (clock.now - NOW).total_seconds()
    assert scrape(client)["yishen_outbox_oldest_due_seconds", "message"] == pytest.approx(wanted)


def test_rows_that_need_a_person(client: TestClient, office: Office, agency_id: int) -> None:
    with office.engine.begin() as connection:
        for tellings, error in ((box.TROUBLED, "坏"), (box.TROUBLED, None), (box.TROUBLED - 1, "坏")):
            put(connection, agency_id, Topic.YEAR_END, ago(9), tellings=tellings, error=error, told_at=ago(9))
        assert len(box.troubled(connection)) == 1
    assert scrape(client)["yishen_outbox_troubled", "year_end"] == 1


def test_deadlines_that_are_due_are_unswept_until_the_sweep(
    client: TestClient, office: Office, agency_id: int, cipher: FieldCipher
) -> None:
    Desk(office.engine, agency_id, cipher).register("2026-11-20")
    assert scrape(client)["yishen_deadlines_unswept", ""] > 0
    sweep.sweep(office.engine, cipher, NOW)
    assert scrape(client)["yishen_deadlines_unswept", ""] == 0


def test_reminders_that_were_not_sent(client: TestClient, office: Office, agency_id: int, cipher: FieldCipher) -> None:
    with office.engine.begin() as connection:
        staff.enter(connection, agency_id, "张某", Role.OFFICER)
        staff.reach(connection, agency_id, "张某", Outlet.EMAIL, "zhang@example.gov.cn", cipher)
    Desk(office.engine, agency_id, cipher).register("2026-03-02")
    sweep.sweep(office.engine, cipher, NOW + timedelta(days=1))
    found = scrape(client)
    assert found["yishen_reminders_unsent", "email"] > 0
    with office.engine.begin() as connection:
        connection.execute(update(reminder).values(sent_at=NOW))
    assert scrape(client)["yishen_reminders_unsent", "email"] == 0
    assert "张某" not in client.get("/metrics").text


def test_jobs_that_were_started_and_are_not_done(client: TestClient, office: Office, agency_id: int) -> None:
    with office.engine.begin() as connection:
        runs = [("2024", ago(500), ago(400)), ("2025", ago(300), None)]
        connection.execute(
            insert(job_run),
            [
                {"job": Topic.YEAR_END.value, "period": p, "agency_id": agency_id, "started_at": s, "done_at": d}
                for p, s, d in runs
            ],
        )
    found = scrape(client)
    assert found["yishen_jobs_unfinished", "year_end"] == 1
    assert found["yishen_jobs_oldest_unfinished_seconds", "year_end"] == 300


def test_without_the_database_only_that_is_said(office: Office) -> None:
    gone = make_url("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(replace(office, database=Database(gone, gone)))) as client:
        assert scrape(client) == {("yishen_database_up", ""): 0, ("yishen_broker_up", ""): 0}
