"""发文: a signed letter leaves the office. Asked by the desk, which records it with the digest of what was signed."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select, update

from models.personal import FieldCipher, UnreadableField
from models.tables import case_event, letter, letter_issue, request_case
from models.vocabulary import EventKind, LetterState
from workflow.case import Happening
from workflow.faults import InputFault, Refusal
from workflow.verify import Finding

_ARTICLE = "条例第四十五条"
_LEAVES = (LetterState.SIGNED, LetterState.RETURNED)


def record(connection: Connection, case_id: int, happening: Happening, actor: str) -> None:
    """Mark the letter of a case that ``happening`` sends as sent, in the transaction that records it; else do nothing.

    Raises InputFault where the facts are not those of a letter that was signed, Refusal where it has left already.
    """
    if happening.event is not EventKind.SEND_LETTER:
        return
    facts = happening.facts
    here = (letter.c.id == facts.get("letter")) & (letter.c.case_id == case_id)
    row = connection.execute(
        select(letter.c.code, letter.c.state, letter_issue.c.number, letter_issue.c.sha256)
        .join(letter_issue, letter_issue.c.letter_id == letter.c.id)
        .where(here)
        .with_for_update(of=letter)
    ).one_or_none()
    said = (facts.get("code"), facts.get("document_number"), facts.get("sha256"))
    if row is None or (row.code, row.number, row.sha256) != said:
        raise InputFault("发出文书由系统在文书发出时记录，请在文书的页面上办理，或者用 yishen letter send")
    if row.state not in _LEAVES:
        raise Refusal(f"文书“{LetterState(row.state).label}”，只有已签发的才能发出", _ARTICLE)
    means = facts.get("means")
    connection.execute(
        update(letter)
        .where(here)
        .values(
            state=LetterState.SENT.value,
            sent_on=happening.happened_on,
            sent_by=actor,
            means=None if means is None else means.value,
            tracking=facts.get("tracking"),
            returned_on=None,
            delivered_on=None,
            reason=None,
        )
    )


_PLACE = "letter:{}"


def sealed(letter_id: int, content: bytes, cipher: FieldCipher) -> bytes:
    """The content of a letter as ``letter_issue`` keeps it."""
    return cipher.seal_bytes(content, _PLACE.format(letter_id))


def damage(stored: bytes, letter_id: int, sha256: str, cipher: FieldCipher) -> str | None:
    """What is wrong with a stored content; None if it opens and is what was signed."""
    try:
        content = cipher.open_bytes(stored, _PLACE.format(letter_id))
    except UnreadableField:
        return "的内容不能解密，已损坏或者用了另一把密钥"
    return None if hashlib.sha256(content).hexdigest() == sha256 else "的内容与签发时的摘要不符"


def opened(connection: Connection, letter_id: int, cipher: FieldCipher) -> bytes:
    """The docx of a letter as it was signed. Raises InputFault where there is none, or it is damaged."""
    known = letter_issue.c
    row = connection.execute(select(known.content, known.sha256).where(known.letter_id == letter_id)).one_or_none()
    if row is None:
        raise InputFault("文书尚未签发，没有正式文本")
    fault = damage(row.content, letter_id, row.sha256, cipher)
    if fault is not None:
        raise InputFault(f"第 {letter_id} 号文书{fault}，请执行 yishen verify")
    return cipher.open_bytes(row.content, _PLACE.format(letter_id))


def verify(connection: Connection, cipher: FieldCipher) -> tuple[int, list[Finding]]:
    """Open every signed letter and hold it against its digest and against the log; gives their number and faults."""
    issued, said = letter_issue.c, case_event.c
    told = {
        row.facts["letter"]: row
        for row in connection.execute(
            select(said.case_id, said.seq, said.facts).where(said.kind == EventKind.SEND_LETTER.value)
        )
    }
    ids = connection.execute(
        select(
            issued.letter_id,
            issued.sha256,
            letter.c.state,
            letter.c.case_id,
            request_case.c.number.label("case_number"),
        )
        .join(letter, letter.c.id == issued.letter_id)
        .join(request_case, request_case.c.id == letter.c.case_id)
        .order_by(issued.letter_id)
    ).all()
    found = []
    for row in ids:
        # One at a time: together they would not fit.
        content = connection.execute(select(issued.content).where(issued.letter_id == row.letter_id)).scalar_one()
        event = told.pop(row.letter_id, None)
        wrong = damage(content, row.letter_id, row.sha256, cipher)
        if wrong is None and event is not None and (event.case_id, event.facts["sha256"]) != (row.case_id, row.sha256):
            wrong = "的摘要与办理记录不符"
        if wrong is None and event is None and row.state in {LetterState.SENT.value, LetterState.RETURNED.value}:
            wrong = "已经发出，但是办理记录中没有"
        if wrong is not None:
            found.append(
                Finding(
                    "letter", row.case_number, None if event is None else event.seq, f"第 {row.letter_id} 号文书{wrong}"
                )
            )
    found += [
        Finding("letter", f"#{row.case_id}", row.seq, f"第 {number} 号文书的签发文本不见了")
        for number, row in told.items()
    ]
    return len(ids), found
