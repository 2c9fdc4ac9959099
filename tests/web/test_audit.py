"""审计日志: complete, in order, in chains that no byte can leave unseen; read by the audit administrator alone."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from models.vocabulary import AuditKind, Role
from runtime.database import Database
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.web.conftest import Browser, Staff
from web import audited
from workflow import audit, practice_book
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


def test_the_log_is_read_in_words_and_names(
    browser: Browser, another: Browser, office: Office, people: Staff, agency_id: int
) -> None:
    """Nobody who reads it needs to know how programs call a setting, a right or a person."""
    people.enter(agency_id, "head", Role.HEAD, name="王某")
    people.enter(agency_id, "audit", Role.AUDIT_ADMINISTRATOR)
    browser.sign_in("head")
    browser.get("/accounts")
    with office.engine.begin() as connection:
        author = Author("web:head", agency_id, NOW)
        practice_book.change(connection, agency_id, "approve_reply", "法制审核人、分管领导", author=author)
        audit.record(connection, author, AuditKind.REPORT_SEALED, "report 2025", version=1, hash="ab")
        audit.record(connection, author, AuditKind.ROLE_CHANGED, "zhang", before=[], after=["officer", "head"])
        audit.record(connection, author, AuditKind.ACCOUNT_CHANGED, "zhang", reminders={"email": True}, bound=None)
    another.sign_in("audit")
    page = unescape(re.sub(r"<[^>]+>", "", another.get("/audit").text))
    for said in (
        "答复应依次经谁审批（无：不设审批）",
        "原为：无；改为：法制审核人、分管领导",
        "原因：没有权限",
        "所需权限：查看账号",
        "2025 年报告",
        "版本：1",
        "原为：无；改为：经办人、公开机构负责人",
        "提醒发到哪里：电子邮件：是",
        "王某（head）",
    ):
        assert said in page
    for raw in ("approve_reply", "see_accounts", "legal_reviewer", "report 2025", "=", "None", "True"):
        assert raw not in page, raw


@pytest.mark.parametrize("kind", list(AuditKind))
def test_what_the_words_do_not_know_is_shown_as_it_was_written(kind: AuditKind) -> None:
    strange = audit.Entry(
        1, NOW, "web:x", None, kind, "new object 7", {"new": "value", "before": "x", "right": "y"}, None
    )
    assert audited.object_of(strange) == "new object 7"
    assert dict(audited.details_of(strange)) == {"new": "value", "原为": "x", "所需权限": "y"}
