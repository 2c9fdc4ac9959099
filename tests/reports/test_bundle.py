"""A case as one zip (卷宗): whole, and held against itself without a database; one altered byte is found."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.personal import FieldCipher
from models.vocabulary import BundleReason, EventKind, Means
from reports import bundle, bundle_check
from runtime.database import Database
from tests.conftest import NOW
from tests.lawful import ONLINE_REVIEW, Office
from workflow.desk import day_of
from workflow.faults import InputFault


@pytest.fixture
def made(database: Database, agency_id: int, cipher: FieldCipher) -> bundle.Bundle:
    """The bundle of a case with a correction, a file, a reply that came back, and a voided note."""
    office = Office(database.engine, agency_id, cipher)
    number = office.register("2026-10-12")
    office.then(EventKind.ATTACH, "2026-10-12")
    office.then(EventKind.NOTE, "2026-10-13", text="误记")
    office.then(EventKind.VOID, "2026-10-13", entry=3, reason="误记")
    office.then(EventKind.ASK_CORRECTION, "2026-10-14", items="年份")
    office.then(EventKind.DELIVER_CORRECTION, "2026-10-15")
    office.then(EventKind.CORRECT, "2026-10-20")
    office.grant("2026-11-02", Means.EMAIL, review_channel=ONLINE_REVIEW)
    office.then(EventKind.RETURN, "2026-11-03", reason="对方服务器拒收")
    with database.engine.connect() as connection:
        return bundle.make(
            connection, agency_id, number, cipher, actor="test", reason=BundleReason.REVIEW, now=NOW, today=day_of(NOW)
        )


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def checked(tmp_path: Path, parts: dict[str, bytes], *, relisted: bool = False) -> bundle_check.Checked:
    """What the check finds in these parts; ``relisted``: whoever altered them wrote the list of digests anew."""
    if relisted:
        manifest = json.loads(parts[bundle.MANIFEST])
        manifest["files"] = [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in parts.items()
            if path != bundle.MANIFEST
        ]
        parts = {**parts, bundle.MANIFEST: json.dumps(manifest).encode()}
    path = tmp_path / "altered.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return bundle_check.check(path)


def test_a_bundle_is_whole_and_agrees_with_itself(made: bundle.Bundle, tmp_path: Path) -> None:
    parts = parts_of(made.content)
    found = checked(tmp_path, parts)
    assert found.sha256 == hashlib.sha256((tmp_path / "altered.zip").read_bytes()).hexdigest()
    assert found.to_json() == {
        "ok": True,
        "sha256": found.sha256,
        "number": "2026-0001",
        "agency": "测试市数据局",
        "head": json.loads(parts["log.json"])[-1]["hash"],
        "as_of": "2026-11-22",
        "entries": 10,
        "files": 8,
        "findings": [],
    }
    assert [name for name in parts if "/" in name] == ["attachments/002-来文.pdf"]
    # Received again with the correction on 20 October: the 20th working day after it.
    assert "2026-11-17" in parts["dates.json"].decode()
    assert json.loads(parts["applicant.json"])["name"] == "王小明"
    assert "个人信息" in parts["说明.txt"].decode()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_altered_byte_anywhere_is_found(made: bundle.Bundle, tmp_path: Path, data: st.DataObject) -> None:
    parts = parts_of(made.content)
    name = data.draw(st.sampled_from([each for each in sorted(parts) if each != bundle.MANIFEST]))
    place = data.draw(st.integers(0, len(parts[name]) - 1))
    flipped = bytes([parts[name][place] ^ data.draw(st.integers(1, 255))])
    altered = {**parts, name: parts[name][:place] + flipped + parts[name][place + 1 :]}
    assert not checked(tmp_path, altered).ok


def _fact(rows: list[Any]) -> None:
    rows[-1]["facts"]["reason"] = "查无此人"


def _gone(rows: list[Any]) -> None:
    del rows[2]


def _last_gone(rows: list[Any]) -> None:
    rows.pop()


@pytest.mark.parametrize("alter", [_fact, _gone, _last_gone])
def test_a_log_altered_together_with_the_list_of_digests_is_found(
    made: bundle.Bundle, tmp_path: Path, alter: Any
) -> None:
    parts = parts_of(made.content)
    rows = json.loads(parts["log.json"])
    alter(rows)
    found = checked(tmp_path, {**parts, "log.json": json.dumps(rows).encode()}, relisted=True)
    assert any("办理记录" in sentence for sentence in found.findings)


def test_dates_a_file_and_a_calendar_altered_together_with_the_list_are_found(
    made: bundle.Bundle, tmp_path: Path
) -> None:
    parts = parts_of(made.content)
    calendar = json.loads(parts["calendar.json"])
    calendar["days"].append({"day": "2026-11-04", "working": False, "name": "运动会", "source": "本机关", "own": True})
    for name, content, said in (
        ("dates.json", parts["dates.json"].replace(b"2026-11-17", b"2026-11-18"), "期限或者其理由"),
        ("calendar.json", json.dumps(calendar).encode(), "期限或者其理由"),
        ("attachments/002-来文.pdf", b"%PDF-1.7 another", "第 2 条"),
        ("case.json", parts["case.json"].replace(b'"disclosed"', b'"refused"'), "现状"),
    ):
        assert content != parts[name]
        found = checked(tmp_path, {**parts, name: content}, relisted=True)
        assert [said in sentence for sentence in found.findings] == [True]
    more = checked(tmp_path, {**parts, "more.txt": b"x"})
    assert more.findings == ["more.txt：压缩包中有，清单中没有"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_bundle_is_told_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(InputFault, match="yishen case bundle"):
        bundle_check.check(path)
    with pytest.raises(InputFault, match="读不出来"):
        bundle_check.check(tmp_path / "none.zip")
    with pytest.raises(InputFault, match=bundle.FORMAT):
        checked(tmp_path, {"a.txt": b"x"})
