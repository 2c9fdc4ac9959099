"""附件: files on a case. Adding one is a step; the log holds its digest, and the content lies sealed beside.

An entry that is voided hides its file; the content stays, as the log does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models.personal import FieldCipher, UnreadableField
from models.tables import attachment, case_event, request_case
from models.vocabulary import AttachmentKind, EventKind
from workflow import file_types
from workflow.case import Happening
from workflow.faults import InputFault
from workflow.verify import Finding

PERSONAL = frozenset({AttachmentKind.APPLICATION, AttachmentKind.IDENTITY, AttachmentKind.AUTHORITY})
"""What shows the applicant's person: to open it is to reveal it. Its name is not kept, as it may name somebody."""

_LONGEST_NAME = 120
_MEGABYTE = 1 << 20
_PLACE = "attachment:{}:{}"


@dataclass(frozen=True, slots=True)
class File:
    """A file on a case, by the number of its entry."""

    seq: int
    kind: AttachmentKind
    name: str
    media_type: str
    size: int
    sha256: str
    actor: str
    at: datetime

    @property
    def personal(self) -> bool:
        """Whether it shows the applicant's person."""
        return self.kind in PERSONAL

    @property
    def kilobytes(self) -> int:
        """Its size as people read it."""
        return -(-self.size // 1024)


def facts(kind: AttachmentKind, name: str, content: bytes, most_mb: int) -> dict[str, Any]:
    """The facts of the step that adds a file. Raises InputFault for one that is too large or not of a type taken."""
    if len(content) > most_mb * _MEGABYTE:
        size = -(-len(content) // _MEGABYTE)
        raise InputFault(f"附件：“{name[:_LONGEST_NAME]}”有 {size} 兆字节，应不超过 {most_mb} 兆字节")
    plain = _plain(name)
    found = file_types.of(plain, content)
    if kind in PERSONAL:
        plain = f"{kind.label}.{plain.rpartition('.')[2].lower()}"
    return {
        "attachment_kind": kind,
        "name": plain,
        "media_type": found.media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _plain(name: str) -> str:
    """The name without folders and without what cannot be shown or stored by some system."""
    last = re.split(r"[\\/]", name)[-1]
    kept = "".join(each if each.isprintable() and each not in '<>:"|?*%' else "_" for each in last).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if len(kept) > _LONGEST_NAME else kept


def check(happening: Happening, content: bytes | None) -> None:
    """Raise InputFault where an attachment comes without its file, or not with the one that its facts tell of."""
    if happening.event is not EventKind.ATTACH:
        return
    if content is None:
        raise InputFault("附件须随文件一起保存，请用网页上的“添加附件”或者 yishen case attach")
    if hashlib.sha256(content).hexdigest() != happening.facts.get("sha256"):
        raise InputFault("附件的摘要与文件的内容不符")


def row(agency_id: int, case_id: int, seq: int, sha256: str, content: bytes, cipher: FieldCipher) -> dict[str, Any]:
    """The row that keeps a file's content."""
    sealed = cipher.seal_bytes(content, _PLACE.format(case_id, seq))
    return {"case_id": case_id, "seq": seq, "agency_id": agency_id, "sha256": sha256, "content": sealed}


def of_case(connection: Connection, case_id: int) -> list[File]:
    """The files on a case in the order in which they came, but those that were voided."""
    known = case_event.c
    kinds = (EventKind.ATTACH.value, EventKind.VOID.value)
    rows = connection.execute(
        select(case_event).where(known.case_id == case_id, known.kind.in_(kinds)).order_by(known.seq)
    ).all()
    voided = {each.facts["entry"] for each in rows if each.kind == EventKind.VOID.value}
    return [
        File(
            seq=each.seq,
            kind=AttachmentKind(each.facts["attachment_kind"]),
            name=each.facts["name"],
            media_type=each.facts["media_type"],
            size=each.facts["size"],
            sha256=each.facts["sha256"],
            actor=each.actor,
            at=each.recorded_at,
        )
        for each in rows
        if each.kind == EventKind.ATTACH.value and each.seq not in voided
    ]


def find(connection: Connection, case_id: int, seq: int) -> File:
    """A file of a case by the number of its entry. Raises InputFault."""
    files = of_case(connection, case_id)
    found = next((each for each in files if each.seq == seq), None)
    if found is None:
        known = "、".join(str(each.seq) for each in files) or "没有附件"
        raise InputFault(f"没有第 {seq} 条附件，现有：{known}")
    return found


def opened(connection: Connection, case_id: int, file: File, cipher: FieldCipher) -> bytes:
    """A file's content. Raises InputFault where it does not open or is not what the log says."""
    here = (attachment.c.case_id == case_id) & (attachment.c.seq == file.seq)
    sealed = connection.execute(select(attachment.c.content).where(here)).scalar_one_or_none()
    fault = None if sealed is None else damage(sealed, case_id, file.seq, file.sha256, cipher)
    if sealed is None or fault is not None:
        raise InputFault(f"附件：第 {file.seq} 条{fault or '的内容不见了'}，请执行 yishen verify")
    return cipher.open_bytes(sealed, _PLACE.format(case_id, file.seq))


def damage(sealed: bytes, case_id: int, seq: int, sha256: str, cipher: FieldCipher) -> str | None:
    """What is wrong with a stored content; None if it opens and is what the log says."""
    try:
        content = cipher.open_bytes(sealed, _PLACE.format(case_id, seq))
    except UnreadableField:
        return "的内容不能解密，已损坏或者用了另一把密钥"
    return None if hashlib.sha256(content).hexdigest() == sha256 else "的内容与记录的摘要不符"


def verify(connection: Connection, cipher: FieldCipher) -> tuple[int, list[Finding]]:
    """Open every file and hold it against its entry in the log; gives their number and what does not agree."""
    known, kept = case_event.c, attachment.c
    rows = connection.execute(
        select(known.case_id, known.seq, known.facts["sha256"].astext.label("sha256"), request_case.c.number)
        .join(request_case, request_case.c.id == known.case_id)
        .where(known.kind == EventKind.ATTACH.value)
        .order_by(known.case_id, known.seq)
    ).all()
    found = []
    for row in rows:
        # One at a time: together they would not fit.
        here = (kept.case_id == row.case_id) & (kept.seq == row.seq)
        stored = connection.execute(select(kept.content, kept.sha256).where(here)).one_or_none()
        if stored is None:
            wrong: str | None = "的内容不见了"
        elif stored.sha256 != row.sha256:
            wrong = "的摘要与记录不符"
        else:
            wrong = damage(stored.content, row.case_id, row.seq, row.sha256, cipher)
        if wrong is not None:
            found.append(Finding("attachment", row.number, row.seq, f"附件{wrong}"))
    strays = select(kept.case_id, kept.seq).where(
        ~select(known.seq)
        .where(known.case_id == kept.case_id, known.seq == kept.seq, known.kind == EventKind.ATTACH.value)
        .exists()
    )
    found += [Finding("attachment", f"#{row.case_id}", row.seq, "附件没有记录") for row in connection.execute(strays)]
    return len(rows), found
