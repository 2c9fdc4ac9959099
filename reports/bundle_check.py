"""核验卷宗: a bundle of a case held against itself, offline: digests, the chain of its log, its dates reckoned again.

What it cannot see is a bundle made up as a whole; for that its SHA-256 is compared with the
one that the audit log has of its taking (decision 0030).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.vocabulary import EventKind
from reports.bundle import CALENDAR, CASE, DATES, FORMAT, LETTERS, LOG, MANIFEST, as_json, dates
from workflow import chain, fold, log
from workflow.calendar import DayRule, WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal
from workflow.file_types import DAMAGED

_MOST_BYTES = 2 << 30
_MOST_FILES = 10_000


@dataclass(slots=True)
class Checked:
    """What was looked at, and what does not agree, a sentence each."""

    sha256: str = ""
    number: str = ""
    agency: str = ""
    head: str = ""
    as_of: str = ""
    entries: int = 0
    files: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        names = ("sha256", "number", "agency", "head", "as_of", "entries", "files", "findings")
        return {"ok": self.ok, **{name: getattr(self, name) for name in names}}


def check(path: Path) -> Checked:
    """Hold a bundle against itself. Raises InputFault where the file is no bundle at all."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with zipfile.ZipFile(path) as archive:
            parts = _read(archive, str(path))
    except DAMAGED as error:
        raise InputFault(f"--bundle：“{path}”不是完好的压缩包（{error}），应为 yishen case bundle 做出的文件") from None
    except OSError as error:
        raise InputFault(f"--bundle：“{path}”读不出来（{error.strerror}），应为可以读取的文件") from None
    manifest = _json(parts.get(MANIFEST, b""))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputFault(f"--bundle：“{path}”中没有格式为 {FORMAT} 的 {MANIFEST}，应为 yishen case bundle 做出的文件")
    office = manifest.get("agency")
    found = Checked(
        sha256=digest,
        number=str(manifest.get("number")),
        agency=str(office.get("name")) if isinstance(office, dict) else "",
        head=str(manifest.get("head")),
        as_of=str(manifest.get("as_of")),
        files=len(parts) - 1,
    )
    found.findings += _digests(manifest, parts)
    try:
        rows = _rows(parts)
        found.entries = len(rows)
        found.findings += [*_chain(manifest, rows), *_contents(parts, rows), *_derived(manifest, parts, rows)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # Whatever an altered file holds is a finding, never a crash.
        found.findings.append(f"内容不是卷宗应有的样子，不能继续核验（{type(error).__name__}）")
    return found


def _read(archive: zipfile.ZipFile, name: str) -> dict[str, bytes]:
    infos = [each for each in archive.infolist() if not each.is_dir()]
    if len(infos) > _MOST_FILES or sum(each.file_size for each in infos) > _MOST_BYTES:
        raise InputFault(f"--bundle：“{name}”展开后超过 {_MOST_FILES} 个文件或者 2 GB，不是卷宗")
    if len({each.filename for each in infos}) != len(infos):
        raise InputFault(f"--bundle：“{name}”中有同名的文件，不是卷宗")
    return {each.filename: archive.read(each) for each in infos}


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _digests(manifest: Mapping[str, Any], parts: Mapping[str, bytes]) -> Iterator[str]:
    listed = manifest.get("files")
    files = (
        {str(each.get("path")): each for each in listed if isinstance(each, dict)} if isinstance(listed, list) else {}
    )
    for path, each in files.items():
        content = parts.get(path)
        if content is None:
            yield f"{path}：清单中有，压缩包中没有"
        elif hashlib.sha256(content).hexdigest() != each.get("sha256") or len(content) != each.get("size"):
            yield f"{path}：内容与清单中的摘要不符"
    for path in sorted(set(parts) - set(files) - {MANIFEST}):
        yield f"{path}：压缩包中有，清单中没有"


def _rows(parts: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The events of the log with their days, instants and hashes as such."""
    return [
        {
            **each,
            "happened_on": date.fromisoformat(each["happened_on"]),
            "recorded_at": datetime.fromisoformat(each["recorded_at"]),
            "previous_hash": bytes.fromhex(each["previous_hash"]),
            "hash": bytes.fromhex(each["hash"]),
        }
        for each in _json(parts[LOG])
    ]


def _chain(manifest: Mapping[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    for place, link in enumerate(chain.links(rows, log.event_hash), 1):
        if not link.follows:
            yield f"办理记录：第 {place} 条的序号为 {link.row['seq']}，不连续"
        if not link.joined:
            yield f"办理记录：第 {place} 条与前一条不相接"
        if not link.whole:
            yield f"办理记录：第 {place} 条的内容与其哈希不符"
    head = rows[-1]["hash"] if rows else chain.FIRST_HASH
    if len(rows) != manifest["entries"] or head.hex() != manifest["head"]:
        yield "办理记录：条数或者最后一条的哈希与清单不符"


def _contents(parts: Mapping[str, bytes], rows: list[dict[str, Any]]) -> Iterator[str]:
    """Each file that the log tells of is there, with the digest that the log has."""
    held = {hashlib.sha256(content).hexdigest() for path, content in parts.items() if "/" in path}
    for row in rows:
        if row["kind"] in {EventKind.ATTACH.value, EventKind.SEND_LETTER.value} and row["facts"]["sha256"] not in held:
            what = row["facts"].get("title") or row["facts"].get("name")
            yield f"办理记录：第 {row['seq']} 条“{what}”的文件不在卷宗中，或者内容不同"
    for each in _json(parts[LETTERS]):
        path = each["path"]
        if path is not None and (path not in parts or hashlib.sha256(parts[path]).hexdigest() != each["sha256"]):
            yield f"{path}：文书的内容与签发时的摘要不符"


def _derived(manifest: Mapping[str, Any], parts: Mapping[str, bytes], rows: list[dict[str, Any]]) -> Iterator[str]:
    """How the case stands and its dates follow from the log and the calendar."""
    try:
        case = _folded(rows)
    except (Refusal, InputFault) as fault:
        yield f"办理记录：不能由记录推出办件（{fault}）"
        return
    told, today = _json(parts[CASE]), date.fromisoformat(manifest["as_of"])
    stands = {
        "number": case.number,
        "state": case.state.value,
        "received": case.received and case.received.isoformat(),
        "closed": case.closed and case.closed.isoformat(),
        "outcome": case.outcome,
    }
    if any(told.get(name) != value for name, value in stands.items()) or manifest["number"] != case.number:
        yield f"{CASE}：办件的现状与办理记录不符"
    if json.loads(as_json(dates(case, _calendar(parts), today))) != _json(parts[DATES]):
        yield f"{DATES}：期限或者其理由与办理记录、工作日历推算的不符"


def _folded(rows: list[dict[str, Any]]) -> Case:
    entries = [
        fold.Entry(
            row["seq"],
            Happening(EventKind(row["kind"]), row["happened_on"], log.read_facts(EventKind(row["kind"]), row["facts"])),
            log.IRREGULAR in row["facts"],
        )
        for row in rows
    ]
    case = fold.fold(entries)
    if case is None:
        raise InputFault("没有办理记录")
    return case


def _calendar(parts: Mapping[str, bytes]) -> WorkCalendar:
    kept = _json(parts[CALENDAR])
    rules = [
        DayRule(date.fromisoformat(each["day"]), each["working"], each["name"], each["source"], each["own"])
        for each in kept["days"]
    ]
    return WorkCalendar(rules, kept["announced"], kept["revision"])
