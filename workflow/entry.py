"""登记: a letter enters the log, from a form or through the interface: what it may hold, and how it becomes a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.personal import FieldCipher
from models.vocabulary import Channel, EventKind
from workflow import arrivals, desk, intake, joint
from workflow.applicants import ApplicantDetails
from workflow.calendar import WorkCalendar
from workflow.desk import Command, Done, History
from workflow.faults import InputFault
from workflow.practice import Practice

LONGEST_SUBJECT = 20_000
LONGEST_ITEM = 2_000
MOST_ITEMS = 20
LONGEST_NUMBER = 40
LONGEST_PERSONAL = 500
LONGEST_TEXT = 200

EVIDENCE: dict[Channel, frozenset[str]] = {
    channel: frozenset(names)
    for channels, names in (
        (intake.COUNTER, {"submitted_on"}),
        (intake.SIGNED_MAIL, {"submitted_on", "arrived_on", "confirmed_on", "confirmed_how"}),
        (frozenset({Channel.POST_ORDINARY}), {"submitted_on", "arrived_on", "confirmed_on", "confirmed_how"}),
        (intake.ELECTRONIC, {"submitted_on", "confirmed_on", "confirmed_how"}),
    )
    for channel in channels
}
"""Which evidence Article 31 looks at for each channel. What stands in another field is asked about, never dropped."""

OF_EVIDENCE = ("submitted_on", "arrived_on", "confirmed_on", "confirmed_how")


def enter(
    connection: Connection,
    agency_id: int,
    calendar: WorkCalendar,
    practice: Practice,
    facts: Mapping[str, Any],
    applicant: ApplicantDetails,
    others: Sequence[str],
    command_id: str,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """Register a letter, or take it in while its day of receipt is not settled; ``others`` become cases of their own.

    ``calendar`` and ``practice`` are those of the agency, by which the evidence is looked at. The caller's
    transaction. A command that was done before gives the case that it made, with 0 events. Raises InputFault where
    the evidence contradicts itself or what is not settled yet is to be split, Refusal for a channel that the agency
    has not announced (Art. 28).
    """
    today = desk.day_of(now)
    happening = arrivals.first_event(facts, None, calendar, practice, today)
    if others and happening.event is EventKind.ARRIVE:
        raise InputFault("拆分：收到申请之日还没有确定，不能拆分；请先不填这一项，确认收到以后再拆分")
    history = History([Command(happening, command_id, actor)], None, applicant)
    done = desk.perform(connection, agency_id, history, cipher, now)
    if others and done.events:
        number, subject = done.case.number, facts["subject"]
        parts = joint.split(connection, agency_id, number, subject, others, cipher, now, actor, on=today)
        done = Done(done.case_id, parts[0].case, done.events)
    return done
