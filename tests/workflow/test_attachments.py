"""附件: a file is what its first bytes say, its digest is in the log, its content sealed, and nothing of it changes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError

from models.personal import FieldCipher
from models.tables import attachment
from models.vocabulary import AttachmentKind, EventKind
from reports import reading
from runtime.database import Database
from tests.conftest import NOW
from tests.lawful import CLERK, Office
from workflow import attachments, file_types
from workflow.case import Happening
from workflow.desk import Command, History, day_of, perform
from workflow.faults import InputFault
from workflow.sheets import read_files

PDF = b"%PDF-1.7\n1 0 obj"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        for name in names:
            container.writestr(name, "x")
    return made.getvalue()


def swollen(content: bytes) -> bytes:
    """The container as it would be with a first part of three gigabytes, which its list of parts tells."""
    at = content.index(b"PK\x01\x02") + 24
    return content[:at] + (3 << 30).to_bytes(4, "little") + content[at + 4 :]


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Office:
    office = Office(engine, agency_id, cipher)
    office.register("2026-11-20")
    return office


def attach(
    office: Office,
    name: str = "来文.pdf",
    content: bytes = PDF,
    kind: AttachmentKind = AttachmentKind.LETTER,
    **more: Any,
) -> list[attachments.File]:
    facts = {**attachments.facts(kind, name, content, 20), **more}
    office._taken += 1
    command = Command(Happening(EventKind.ATTACH, day_of(NOW), facts), f"a{office._taken}", CLERK, file=content)
    with office.engine.begin() as connection:
        case_id = office.record.case_id
        perform(connection, office.agency_id, History([command], case_id), office.cipher, NOW)
        return attachments.of_case(connection, case_id)


def damaged(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return [each.message for each in attachments.verify(connection, office.cipher)[1]]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", PDF, file_types.PDF),
        ("a.PDF", PDF, file_types.PDF),
        ("版式.ofd", zipped("OFD.xml", "Doc_0/Document.xml"), file_types.OFD),
        ("a.docx", zipped("[Content_Types].xml", "word/document.xml"), file_types.DOCX),
        ("a.xlsx", zipped("xl/workbook.xml"), file_types.XLSX),
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), file_types.DOC),
        ("a.wps", OLE + "WordDocument".encode("utf-16-le"), file_types.DOC),
        ("a.et", OLE + "Workbook".encode("utf-16-le"), file_types.XLS),
        ("a.jpeg", b"\xff\xd8\xff\xe0", file_types.JPEG),
        ("a.png", b"\x89PNG\r\n\x1a\n", file_types.PNG),
        ("a.tif", b"II*\x00", file_types.TIFF),
        ("a.eml", b"From: a@example.com\r\nSubject: x\r\n", file_types.MAIL),
        ("a.txt", b"From: a@example.com\r\n", file_types.TEXT),
        ("a.txt", "申请公开".encode(), file_types.TEXT),
        ("a.txt", "申请公开".encode("gb18030"), file_types.TEXT),
    ],
)
def test_a_file_is_what_its_first_bytes_say(name: str, content: bytes, found: file_types.FileType) -> None:
    assert file_types.of(name, content) == found


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "内容是PNG 图片，与扩展名不符，应为 .png"),
        ("a.png", b"<svg onload='x'>", "内容是文本"),
        ("a.html", b"<script>", "内容是文本，与扩展名不符，应为 .txt"),
        ("a.pdf", b"MZ\x90\x00", "不是可以保存的类型"),
        ("a.docx", zipped("word/document.xml", "word/vbaProject.bin"), "不是可以保存的类型"),
        ("a.docx", zipped("evil.exe"), "不是可以保存的类型"),
        ("a.docx", b"PK\x03\x04 broken", "不是可以保存的类型"),
        ("a.doc", OLE, "不是可以保存的类型"),
        ("a.pdf", b"", "是空的"),
    ],
)
def test_what_is_not_what_its_name_says_is_not_taken(name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputFault, match=said.replace(".", r"\.")):
        file_types.of(name, content)


def test_a_container_that_would_swell_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    large = swollen(zipped("xl/workbook.xml", "word/document.xml"))
    for most in (400, 200):
        assert file_types.oversize(large, most) == f"解压后有 3072 兆字节，应不超过 {most} 兆字节"
    with pytest.raises(InputFault, match=r"附件：“a\.xlsx”解压后有 3072 兆字节，应不超过 400 兆字节"):
        attachments.facts(AttachmentKind.OTHER, "a.xlsx", large, 20)
    path = tmp_path / "a.xlsx"
    path.write_bytes(large)
    assert read_files([path], []).faults == ["a.xlsx：解压后有 3072 兆字节，应不超过 200 兆字节"]
    with pytest.raises(InputFault, match=r"a\.xlsx：解压后有 3072 兆字节"):
        reading.read(path)
    # The list itself is not read when it is too long, whatever it says.
    listed = b"PK\x03\x04" + b"PK\x01\x02" * 10_001
    with pytest.raises(InputFault, match="里面有 10001 个文件，应不超过 10000 个"):
        attachments.facts(AttachmentKind.OTHER, "a.docx", listed, 20)
    assert file_types.oversize(zipped("word/document.xml")) is None
    assert file_types.oversize(b"PK\x03\x04 broken") is None


@given(name=st.text(max_size=200), content=st.binary(max_size=200))
def test_any_bytes_under_any_name_are_taken_whole_or_refused_in_a_sentence(name: str, content: bytes) -> None:
    try:
        facts = attachments.facts(AttachmentKind.OTHER, name, content, 1)
    except InputFault as fault:
        assert str(fault).startswith("附件：")
        return
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert len(facts["name"]) <= 120
    assert facts["name"].isprintable()
    assert not set(facts["name"]) & set('/\\<>:"|?*%')


def test_too_large_a_file_is_refused_and_the_agency_says_what_that_is() -> None:
    large = PDF + bytes(1 << 20)
    with pytest.raises(InputFault, match="有 2 兆字节，应不超过 1 兆字节"):
        attachments.facts(AttachmentKind.OTHER, "a.pdf", large, 1)
    assert attachments.facts(AttachmentKind.OTHER, "a.pdf", large, 2)["size"] == len(large)


def test_a_files_digest_is_in_the_log_and_its_content_sealed(office: Office) -> None:
    (file,) = attach(office)
    assert (file.name, file.kind, file.sha256) == ("来文.pdf", AttachmentKind.LETTER, hashlib.sha256(PDF).hexdigest())
    assert office.log[-1].happening.facts["sha256"] == file.sha256
    with office.engine.connect() as connection:
        assert attachments.opened(connection, office.record.case_id, file, office.cipher) == PDF
        assert PDF[:8] not in connection.execute(select(attachment.c.content)).scalar_one()
        assert attachments.verify(connection, office.cipher) == (1, [])
    office.assert_in_order()


def test_what_shows_a_person_is_not_kept_under_a_name_of_that_person(office: Office) -> None:
    (file,) = attach(office, "王小明身份证.JPG", b"\xff\xd8\xff\xe0", AttachmentKind.IDENTITY)
    assert (file.name, file.personal) == ("身份证明.jpg", True)


def test_no_entry_without_its_file_and_no_file_without_its_entry(office: Office) -> None:
    facts = attachments.facts(AttachmentKind.LETTER, "a.pdf", PDF, 20)
    bare = Command(Happening(EventKind.ATTACH, day_of(NOW), facts), "bare", CLERK)
    with pytest.raises(InputFault, match="须随文件一起保存"), office.engine.begin() as connection:
        perform(connection, office.agency_id, History([bare], office.record.case_id), office.cipher, NOW)
    with pytest.raises(InputFault, match="摘要与文件的内容不符"):
        attach(office, sha256="0" * 64)
    with office.engine.connect() as connection:
        assert connection.execute(select(attachment)).all() == []


def test_voiding_the_entry_hides_the_file(office: Office) -> None:
    attach(office)
    assert [file.seq for file in attach(office, "b.pdf")] == [2, 3]
    office.then(EventKind.VOID, "2026-11-22", entry=2, reason="误传")
    with office.engine.connect() as connection:
        case_id = office.record.case_id
        assert [file.seq for file in attachments.of_case(connection, case_id)] == [3]
        with pytest.raises(InputFault, match="没有第 2 条附件，现有：3"):
            attachments.find(connection, case_id, 2)
    assert damaged(office) == []


def test_a_file_moves_no_date_and_may_come_to_any_case(office: Office) -> None:
    before = office.due()
    attach(office)
    assert office.due() == before
    office.refuse("2026-11-22")
    assert len(attach(office, "回执.png", b"\x89PNG\r\n\x1a\n", AttachmentKind.SERVICE)) == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"content": b"x" * 60}, "不能解密"),
        ({"sha256": "0" * 64}, "摘要与记录不符"),
        (None, "不见了"),
    ],
)
def test_a_tampered_file_is_found(office: Office, database: Database, values: dict[str, Any] | None, said: str) -> None:
    (file,) = attach(office)
    with database.owner_engine.begin() as connection:
        connection.execute(attachment.delete() if values is None else update(attachment).values(values))
    assert [said in each for each in damaged(office)] == [True]
    if values is None or "content" in values:
        with office.engine.connect() as connection, pytest.raises(InputFault, match="yishen verify"):
            attachments.opened(connection, office.record.case_id, file, office.cipher)


def test_a_content_moved_to_another_entry_does_not_open(office: Office, database: Database) -> None:
    attach(office)
    attach(office, "b.png", b"\x89PNG\r\n\x1a\n")
    with database.owner_engine.begin() as connection:
        first = connection.execute(select(attachment).where(attachment.c.seq == 2)).one()
        moved = update(attachment).where(attachment.c.seq == 3).values(content=first.content)
        connection.execute(moved)
    assert len(damaged(office)) == 1


@pytest.mark.parametrize("statement", ["UPDATE attachment SET content = ''", "DELETE FROM attachment"])
def test_the_application_may_not_change_a_file(office: Office, statement: str) -> None:
    attach(office)
    with pytest.raises(DBAPIError) as denied, office.engine.begin() as connection:
        connection.execute(text(statement))
    assert getattr(denied.value.orig, "sqlstate", None) == "42501"
