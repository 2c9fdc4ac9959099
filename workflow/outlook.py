"""What a request would be if it were registered as typed so far: nothing is stored, and what is missing is said.

The day of receipt with its reasons (Art. 31), the days that follow from it, what Article 29 asks for and is not there
yet, and who may have asked the same before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.personal import FieldCipher
from models.vocabulary import DeadlineKind, Matter
from workflow import arrivals, calendar_book, clock, intake, practice_book, repeats
from workflow.applicants import ApplicantDetails
from workflow.calendar import WorkCalendar
from workflow.intake import Receipt
from workflow.practice import Practice
from workflow.repeats import Likely, Pace


@dataclass(frozen=True, slots=True)
class Dates:
    """The days that follow from a day of receipt.

    ``ask_correction``: the last day to ask for a correction (Art. 30); ``extended``: the last day of a reply whose
    period is extended as far as the law allows (Art. 33). Both are None for the correction of a record (Art. 41).
    """

    received: date
    reply: date
    ask_correction: date | None
    extended: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a request before it is stored.

    ``dates`` follow from a settled day of receipt. While it is not settled, ``earliest`` are those of a confirmation
    made today and ``latest`` those of the day on which the period starts by itself; None where there is none.
    ``lacking``: what Article 29 asks of a request and this one does not say.
    """

    receipt: Receipt
    dates: Dates | None
    earliest: Dates | None
    latest: Dates | None
    lacking: tuple[str, ...]
    likely: tuple[Likely, ...]
    pace: Pace | None


def outlook(
    connection: Connection,
    agency_id: int,
    facts: Mapping[str, Any],
    applicant: ApplicantDetails,
    cipher: FieldCipher,
    today: date,
) -> Outlook:
    """Look at the facts of a registration, of which the channel must be known; all others may be missing.

    Raises InputFault where the evidence contradicts itself.
    """
    calendar, practice = calendar_book.current(connection, agency_id), practice_book.read(connection, agency_id)
    evidence = arrivals.evidence(facts)
    receipt = intake.receipt(evidence, calendar, today, practice.intake())
    matter = facts.get("matter") or Matter.DISCLOSURE
    settled, earliest, latest = None, None, None
    if receipt.day is not None:
        settled = dates(receipt.day, matter, calendar, practice, today)
    else:
        confirmed = replace(evidence, confirmed=today, how="-")
        at_once = intake.receipt(confirmed, calendar, today, practice.intake()).day
        earliest = None if at_once is None else dates(at_once, matter, calendar, practice, today)
        by_itself = receipt.starts_by_itself
        latest = None if by_itself is None else dates(by_itself, matter, calendar, practice, today)
    subject = facts.get("subject") or ""
    known = repeats.pace(connection, agency_id, cipher, applicant, receipt.day or today)
    return Outlook(
        receipt=receipt,
        dates=settled,
        earliest=earliest,
        latest=latest,
        lacking=_lacking(facts, applicant) if matter is Matter.DISCLOSURE else (),
        likely=tuple(repeats.find(connection, agency_id, cipher, applicant, subject)) if subject else (),
        pace=known if known.known else None,
    )


def dates(received: date, matter: Matter, calendar: WorkCalendar, practice: Practice, today: date) -> Dates:
    """The days that follow from this day of receipt, as long as nothing moves them."""
    if matter is Matter.RECTIFICATION:
        facts = clock.Facts(received, origin="rectification", reply_days=practice.rectification_days)
    else:
        facts = clock.Facts(received)
    reckoning = clock.reckon(facts, calendar, today)
    due = {each.kind: each.due for each in reckoning.deadlines}
    extended = None
    if matter is Matter.DISCLOSURE:
        extended = calendar.nth(received, clock.REPLY_DAYS + clock.EXTENSION_MOST)
    reply = reckoning.reply_due
    if reply is None:
        raise ValueError("a period that nothing has stopped has a last day")
    return Dates(received, reply, due.get(DeadlineKind.ASK_CORRECTION), extended, reckoning.provisional)


def _lacking(facts: Mapping[str, Any], applicant: ApplicantDetails) -> tuple[str, ...]:
    """What Art. 29(2) asks for: name, proof of identity, a way to reach the applicant, the content, the form wanted."""
    asked = {
        "姓名或者名称": applicant.name,
        "身份证明": applicant.identity_number,
        "联系方式": applicant.telephone or applicant.email or applicant.address,
        "申请公开的政府信息": facts.get("subject"),
        "获取方式和形式": facts.get("form"),
    }
    return tuple(name for name, given in asked.items() if not given)
