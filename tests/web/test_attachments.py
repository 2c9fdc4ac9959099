"""附件 on pages: added with a case or to it, taken as something to keep, opened for a reason where they show a person."""

from __future__ import annotations

import re
from uuid import uuid4

from sqlalchemy import select

from models.tables import audit_event, case_event
from models.vocabulary import EventKind, Role
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.conftest import HTML, Browser, Staff
from tests.web.test_frame import Page

PDF = b"%PDF-1.7\n1 0 obj"
PNG = b"\x89PNG\r\n\x1a\n"


def send(browser: Browser, path: str, *files: tuple[str, bytes], **fields: str):
    sent = [("files", (name, content)) for name, content in files]
    return browser.client.post(path, data={"form_token": browser.token, **fields}, files=sent, headers=HTML)


def test_files_are_added_all_or_none_and_once(officer: Browser, desk: Desk, office: Office) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    page = officer.get(here)
    Page(page.text)
    assert "还没有附件。" in page.text
    fields = {"command": str(uuid4()), "attachment_kind": "letter"}
    wrong = send(officer, f"{here}/attachments", ("来文.pdf", PDF), ("图.pdf", PNG), **fields)
    Page(wrong.text)
    assert (wrong.status_code, "与扩展名不符" in wrong.text) == (422, True)
    done = send(officer, f"{here}/attachments", ("来文.pdf", PDF), ("图.png", PNG), **fields)
    assert "已添加 2 个附件" in done.text
    assert f'href="{here}/attachments/3">图.png</a>' in done.text
    assert "没有重复添加" in send(officer, f"{here}/attachments", ("来文.pdf", PDF), ("图.png", PNG), **fields).text
    with office.engine.connect() as connection:
        known = case_event.c
        assert connection.scalars(select(known.seq).where(known.kind == EventKind.ATTACH.value)).all() == [2, 3]
    kept = officer.client.get(f"{here}/attachments/2")
    assert kept.content == PDF
    assert kept.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%9D%A5%E6%96%87.pdf"
    assert kept.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert kept.headers["x-content-type-options"] == "nosniff"


def test_nothing_chosen_and_what_is_not_our_form(officer: Browser, desk: Desk) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    officer.get(here)
    nothing = send(officer, f"{here}/attachments", command=str(uuid4()), attachment_kind="letter")
    assert (nothing.status_code, "没有选择文件" in nothing.text) == (422, True)
    assert send(officer, f"{here}/attachments", ("a.pdf", PDF), command="x").status_code == 400
    # There is no form in which a digest is typed.
    assert officer.get(f"{here}/steps/attach").status_code == 404


def test_what_shows_a_person_is_opened_for_a_reason_that_is_audited(
    officer: Browser, desk: Desk, office: Office, people: Staff, agency_id: int
) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    officer.get(here)
    fields = {"command": str(uuid4()), "attachment_kind": "identity"}
    send(officer, f"{here}/attachments", ("王小明.png", PNG), **fields)
    page = officer.get(f"{here}/attachments/2")
    Page(page.text)
    assert PNG not in page.content
    assert officer.post(f"{here}/attachments/2").status_code == 422
    assert officer.post(f"{here}/attachments/2", reason="identity").content == PNG
    with office.engine.connect() as connection:
        known = audit_event.c
        detail = connection.scalars(select(known.detail).where(known.kind == "reveal")).all()
    assert detail == [{"reason": "identity", "attachment": 2}]
    officer.get("/desk")
    officer.post("/sign-out")
    people.enter(agency_id, "fa", Role.LEGAL_REVIEWER)
    officer.sign_in("fa")
    assert officer.get(f"{here}/attachments/2").status_code == 403
    assert officer.post(f"{here}/attachments/2", reason="identity").status_code == 403


def test_a_letter_is_registered_with_its_files_or_not_at_all(officer: Browser, office: Office) -> None:
    page = officer.get("/register")
    command = re.search(r'name="command" value="(\w+)"', page.text)
    assert command is not None
    letter = {
        "command": command[1],
        "act": "save",
        "channel": "in_person",
        "kind": "natural_person",
        "subject": "2025年道路养护合同",
        "submitted_on": "2026-11-20",
        "name": "王小明",
    }
    wrong = send(officer, "/register", ("申请表.exe", b"MZ\x90\x00"), **letter)
    Page(wrong.text)
    assert (wrong.status_code, "不是可以保存的类型" in wrong.text) == (422, True)
    with office.engine.connect() as connection:
        assert connection.execute(select(case_event)).all() == []
    done = send(officer, "/register", ("王小明.pdf", PDF), **letter)
    assert "已登记" in done.text
    assert "申请表.pdf" in done.text
    tried = send(officer, "/register", ("a.pdf", PDF), **{**letter, "act": "preview"})
    assert "请在登记时重新选择" in tried.text


def test_the_files_of_another_agency_are_not_there(officer: Browser, desk: Desk, office: Office, people: Staff) -> None:
    here = f"/cases/{desk.register('2026-11-20')}"
    officer.get(here)
    send(officer, f"{here}/attachments", ("a.pdf", PDF), command=str(uuid4()), attachment_kind="letter")
    for seq in ("1", "9", "x"):
        assert officer.get(f"{here}/attachments/{seq}").status_code == 404
    officer.get("/desk")
    officer.post("/sign-out")
    people.enter(enrol(office.engine, "bieju", "别的局"), "stranger", Role.OFFICER)
    officer.sign_in("stranger")
    assert officer.get(f"{here}/attachments/2").status_code == 404
    officer.get("/desk")
    more = {"command": str(uuid4()), "attachment_kind": "letter"}
    assert send(officer, f"{here}/attachments", ("a.pdf", PDF), **more).status_code == 404
