"""审计日志: complete, in order, in chains that no byte can leave unseen; read by the audit administrator alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from models.vocabulary import AuditKind, Role
from runtime.database import Database
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.web.conftest import Browser, Staff
from workflow import audit
from workflow.audit import Author


def write(office: Office, agency_id: int | None, number: int, actor: str = "web:zhang") -> None:
    with office.engine.begin() as connection:
        for each in range(number):
            author = Author(actor, agency_id, NOW + timedelta(seconds=each), "10.0.0.1")
            audit.record(connection, author, AuditKind.REVEAL, f"2026-{each}", fields=["telephone"])


def verified(office: Office) -> tuple[int, list[str]]:
    with office.engine.connect() as connection:
        number, found = audit.verify(connection)
    return number, [f"{each.case} {each.seq} {each.message}" for each in found]


def test_each_agency_has_a_chain_and_one_is_for_none(office: Office, agency_id: int) -> None:
    there = enrol(office.engine, "bieju", "别的局")
    for agency in (agency_id, there, None):
        write(office, agency, 3)
    assert verified(office) == (9, [])


def test_a_chain_holds_however_many_write_at_once(office: Office, agency_id: int) -> None:
    threads = [threading.Thread(target=write, args=(office, agency_id, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(office) == (20, [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'web:li' WHERE seq = 2",
        "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE seq = 2",
        "UPDATE audit_event SET kind = 'export' WHERE seq = 2",
        "UPDATE audit_event SET object = 'x' WHERE seq = 2",
        "UPDATE audit_event SET detail = '{}' WHERE seq = 2",
        "UPDATE audit_event SET address = NULL WHERE seq = 2",
        "UPDATE audit_event SET agency_id = NULL WHERE seq = 2",
        "UPDATE audit_event SET hash = previous_hash WHERE seq = 2",
        "UPDATE audit_event SET seq = 9 WHERE seq = 3",
        "DELETE FROM audit_event WHERE seq = 2",
        "DELETE FROM audit_event WHERE seq = 1",
    ],
)
def test_what_the_owner_of_the_database_changes_is_seen(
    office: Office, database: Database, agency_id: int, statement: str
) -> None:
    write(office, agency_id, 3)
    with database.owner_engine.begin() as connection:
        connection.execute(text(statement))
    assert verified(office)[1]


def test_the_audit_administrator_reads_and_filters_page_by_page(
    browser: Browser, office: Office, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "audit", Role.AUDIT_ADMINISTRATOR)
    there = enrol(office.engine, "bieju", "别的局")
    write(office, agency_id, 130)
    write(office, there, 2, "web:stranger")
    browser.sign_in("audit")
    first = browser.get("/audit?kind=reveal&actor=zhang&since=2026-11-22&until=2026-11-22")
    assert first.text.count("<td>2026-") == 100
    onward = first.text.partition('href="/audit?kind')[2].partition('"')[0].replace("&amp;", "&")
    assert browser.get(f"/audit?kind{onward}").text.count("<td>2026-") == 30
    assert browser.get("/audit?kind=reveal&until=2026-11-21").text.count("<td>2026-") == 0
    assert "web:stranger" not in browser.get("/audit").text
    wrong = browser.get("/audit?since=gestern&kind=x")
    assert (wrong.status_code, "不是日期" in wrong.text) == (200, True)
    assert browser.get("/audit?before=x").status_code == 400


def test_a_revealed_person_is_nowhere_in_the_log(office: Office, agency_id: int) -> None:
    """What may be told of a person is which fields were looked at, never their contents."""
    write(office, agency_id, 1)
    with office.engine.connect() as connection:
        (entry,) = audit.read(connection, [agency_id])
    assert (entry.object, entry.detail) == ("2026-0", {"fields": ["telephone"]})
