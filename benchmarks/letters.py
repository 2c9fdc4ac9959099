"""A batch of letters: 1,000 cases, drafted, numbered, written as docx, sealed and committed one by one.

Bar: 60 s on two cores. Beside it the bare cost of the same files in the same process: docxtpl filling the same template
with the same words, and the PDF of such a letter, which a batch does not make.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from sqlalchemy import Engine, create_engine, insert

from benchmarks.servers import durable_server
from letters import batch, book, rendering, templates
from letters.book import Wanted
from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import ApplicantKind, EventKind, LetterState
from workflow import calendar_book, desk, practice_book, records
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault

CASES, BAR_SECONDS, BARE, PDFS = 1_000, 60.0, 100, 5
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
_SET_UP = {
    "letter_sign": "测数",
    "office_telephone": "0000-1234567",
    "reconsideration_body": "测试市人民政府",
    "court": "测试市东区人民法院",
}


def measure(folder: Path) -> list[dict[str, Any]]:
    """Rows of results, on a server whose commits are flushed."""
    with durable_server(folder, "letters") as server:
        engine = create_engine(server.url("yishen_app", "letters"))
        try:
            return _measure(engine, FieldCipher("benchmark-secret-0123456789"))
        finally:
            engine.dispose()


def _cases(engine: Engine, cipher: FieldCipher) -> tuple[int, list[str]]:
    with engine.begin() as connection:
        calendar_book.seed(connection)
        row = insert(agency).values(code="letters", name="测试市数据局").returning(agency.c.id)
        agency_id = int(connection.execute(row).scalar_one())
        for name, value in _SET_UP.items():
            practice_book.change(connection, agency_id, name, value)
        facts = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "2025年道路养护合同"}
        applicant = ApplicantDetails(name="王小明", telephone="13912345678", address="测试市东街1号")
        registered = Happening(EventKind.REGISTER, date(2026, 11, 2), facts)
        histories = [
            History([Command(registered, f"case:{number}", "bench")], applicant=applicant) for number in range(CASES)
        ]
        done = list(desk.perform_all(connection, agency_id, histories, cipher, NOW))
    return agency_id, [each.case.number for each in done]


def _measure(engine: Engine, cipher: FieldCipher) -> list[dict[str, Any]]:
    agency_id, numbers = _cases(engine, cipher)
    began = time.perf_counter()
    with engine.begin() as connection:
        batch.start(connection, agency_id, numbers, Wanted("L02"), "bench", "bench", NOW)
    payload = {"batch": "bench", "act": batch.SIGN, "actor": "bench"}
    done, failed = batch.run(engine, agency_id, payload, cipher, NOW)
    seconds = time.perf_counter() - began
    with engine.connect() as connection:
        found = batch.progress(connection, agency_id, "bench")
        (counted,) = book.gaps(connection, agency_id)
        kept = book.of_batch(connection, agency_id, "bench")[0]
        record = records.find(connection, agency_id, kept.number)
        words = book.worded(connection, record, kept, cipher, NOW.date())
    whole = found is not None and found.states == {LetterState.SIGNED: CASES} and not counted.missing
    if failed or done != CASES or not whole:
        raise RuntimeError(f"a batch of {CASES} gave {done} letters, {failed} failed")
    template, texts = templates.default(words.kind), dict(words.fields)
    bare = _each(BARE, lambda: _bare(template, texts))
    return [
        {
            "what": f"{CASES} letters drafted, numbered, written, sealed, committed one by one",
            "seconds": round(seconds, 1),
            "ms a letter": round(seconds / CASES * 1000, 1),
            "bare docxtpl ms": round(bare * 1000, 1),
            "over the bare": round(seconds / CASES / bare, 2),
            "bar": f"{BAR_SECONDS:.0f} s",
            "verdict": "met" if seconds < BAR_SECONDS else "MISSED",
        },
        {"what": "the PDF of such a letter, beside it", "ms": _pdf(words)},
    ]


def _bare(template: bytes, texts: dict[str, str]) -> None:
    filled = DocxTemplate(BytesIO(template))
    filled.render(texts, templates.SANDBOX)
    filled.save(BytesIO())


def _each(times: int, act: Any) -> float:
    """Seconds that one of several takes, after a first one."""
    act()
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times


def _pdf(words: Any) -> float | str:
    try:
        return round(_each(PDFS, lambda: rendering.pdf(words)) * 1000, 1)
    except InputFault as fault:
        return str(fault)
