"""办件卷宗: one case as one zip, whole: its log with the hashes, files, letters, dates with reasons, the calendar.

It holds the applicant's personal data in clear. :mod:`reports.bundle_check` holds it against itself without a database.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from models.personal import FieldCipher
from models.tables import agency, letter, letter_issue
from models.vocabulary import AttachmentKind, BundleReason, EventKind, LetterState
from reports import dossier
from reports.dossier import Dossier
from workflow import applicants, attachments, clock, dispatch, periods
from workflow.attachments import File
from workflow.calendar import FIRST_YEAR, WorkCalendar
from workflow.case import Case

FORMAT = "yishen-case-bundle/1"
MANIFEST, LOG, CASE, DATES, CALENDAR, LETTERS = (
    "manifest.json",
    "log.json",
    "case.json",
    "dates.json",
    "calendar.json",
    "letters.json",
)
_LONGEST_STEM = 60


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it was made: the zip, its SHA-256, and how many files are in it."""

    content: bytes
    sha256: str
    files: int


def make(
    connection: Connection,
    agency_id: int,
    number: str,
    cipher: FieldCipher,
    *,
    actor: str,
    reason: BundleReason,
    now: datetime,
    today: date,
) -> Bundle:
    """Everything of a case in one zip, as of ``today``. The caller records in the audit log that it was taken.

    Raises InputFault where there is no such case, and where a file or a letter does not open.
    """
    found = dossier.read(connection, agency_id, number)
    office = connection.execute(select(agency.c.code, agency.c.name).where(agency.c.id == agency_id)).one()
    parts = dict(_parts(connection, found, cipher, today))
    manifest = {
        "format": FORMAT,
        "agency": {"code": office.code, "name": office.name},
        "number": number,
        "as_of": today.isoformat(),
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "made_by": actor,
        "reason": reason.label,
        "personal_data": True,
        "entries": found.version,
        "head": found.rows[-1].hash.hex(),
        "calendar_revision": found.calendar.revision,
        "files": [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in parts.items()
        ],
    }
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {MANIFEST: as_json(manifest), **parts}.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    content = written.getvalue()
    return Bundle(content, hashlib.sha256(content).hexdigest(), len(parts))


def as_json(value: Any) -> bytes:
    """A part of a bundle as it is written."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def _parts(connection: Connection, found: Dossier, cipher: FieldCipher, today: date) -> Iterator[tuple[str, bytes]]:
    case, calendar, case_id = found.record.case, found.calendar, found.record.case_id
    yield "说明.txt", _README.format(number=case.number, revision=calendar.revision).encode()
    yield LOG, as_json([_event(row) for row in found.rows])
    yield CASE, as_json(found.to_json(today, ZoneInfo("Asia/Shanghai")))
    yield DATES, as_json(dates(case, calendar, today))
    yield CALENDAR, as_json(_calendar(calendar, case, today))
    yield "applicant.json", as_json(asdict(applicants.opened(connection, found.record.applicant_id, cipher)))
    voided = found.voided()
    for row in found.rows:
        if row.kind == EventKind.ATTACH.value:
            file = _file(row)
            note = "（已作废）" if row.seq in voided else ""
            held = f"attachments/{row.seq:03d}{note}-{_plain(file.name)}"
            yield held, attachments.opened(connection, case_id, file, cipher)
    letters = []
    for row in _letters(connection, case_id):
        path: str | None = None
        if row.sha256 is not None:
            path = f"letters/{row.id}-{row.code}.docx"
            yield path, dispatch.opened(connection, row.id, cipher)
        letters.append(_letter(row, path))
    yield LETTERS, as_json(letters)


_README = """办件卷宗 {number}

本压缩包含有申请人的个人信息和办件的全部记录，只供选择的用途使用，用后按规定保管或者销毁（个人信息保护法第九条、第五十一条）。

log.json       办理记录，每条含前一条和本条的哈希
case.json      办件的现状
dates.json     各项期限及其逐条理由
calendar.json  推算所用的工作日历（版本 {revision}）
applicant.json 申请人信息
letters.json、letters/      文书及其签发文本
attachments/   附件
manifest.json  各文件的 SHA-256 摘要

核验（不需要数据库）：yishen verify --bundle 本文件
"""


def _event(row: Any) -> dict[str, Any]:
    return {
        "case_id": row.case_id,
        "seq": row.seq,
        "kind": row.kind,
        "happened_on": row.happened_on.isoformat(),
        "recorded_at": row.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "command_id": row.command_id,
        "from_state": row.from_state,
        "to_state": row.to_state,
        "article": row.article,
        "facts": row.facts,
        "previous_hash": row.previous_hash.hex(),
        "hash": row.hash.hex(),
    }


def dates(case: Case, calendar: WorkCalendar, today: date) -> dict[str, Any]:
    """The dates of a case as a bundle tells them: its deadlines, and why its reply falls due when it does."""
    return {
        "as_of": today.isoformat(),
        "deadlines": [row.to_json() for row in periods.deadlines(case, calendar)],
        "explanation": [] if case.received is None else list(clock.explain(case.clock_facts(), calendar, today)),
    }


def _calendar(calendar: WorkCalendar, case: Case, today: date) -> dict[str, Any]:
    first = min(day for day in (case.entered, case.received) if day is not None).year
    # A period may reach into later years; those without a rule of their own are forecast alike everywhere.
    years = range(max(first - 1, FIRST_YEAR), today.year + 3)
    return {
        "revision": calendar.revision,
        "announced": sorted(calendar.announced),
        "days": [
            {
                "day": rule.day.isoformat(),
                "working": rule.working,
                "name": rule.name,
                "source": rule.source,
                "own": rule.own,
            }
            for year in years
            for rule in calendar.rules(year)
        ],
    }


def _file(row: Any) -> File:
    facts = row.facts
    kind = AttachmentKind(facts["attachment_kind"])
    return File(
        row.seq, kind, facts["name"], facts["media_type"], facts["size"], facts["sha256"], row.actor, row.recorded_at
    )


def _plain(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:_LONGEST_STEM]}{dot}{ending}" if dot else name[:_LONGEST_STEM]


def _letters(connection: Connection, case_id: int) -> list[Any]:
    issued = letter_issue.c
    columns = (issued.number, issued.sha256, issued.signed_on, issued.signed_by, issued.template_version)
    of_case = select(letter, *columns).join(letter_issue, issued.letter_id == letter.c.id, isouter=True)
    return list(connection.execute(of_case.where(letter.c.case_id == case_id).order_by(letter.c.id)))


def _letter(row: Any, path: str | None) -> dict[str, Any]:
    names = ("id", "code", "round", "state", "number", "sha256", "signed_on", "signed_by", "template_version")
    more = ("means", "tracking", "sent_on", "delivered_on", "returned_on", "reason", "facts")
    written = {name: getattr(row, name) for name in (*names, *more)}
    return {**written, "state_label": LetterState(row.state).label, "path": path}
