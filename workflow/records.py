"""Reading cases: the log of one, and the whole of one with what it is judged by. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from models.tables import agency, applicant, case_event, request_case
from models.vocabulary import EventKind
from workflow import calendar_book, fold, log, options, periods, practice_book
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening, from_snapshot
from workflow.faults import InputFault
from workflow.intake import Receipt
from workflow.options import Option, WhatIf
from workflow.practice import Practice


def entries(connection: Connection, case_id: int) -> list[fold.Entry]:
    """The log of one case, in its order."""
    rows = connection.execute(
        select(case_event.c.seq, case_event.c.kind, case_event.c.happened_on, case_event.c.facts)
        .where(case_event.c.case_id == case_id)
        .order_by(case_event.c.seq)
    )
    return [
        fold.Entry(seq, Happening(EventKind(kind), day, log.read_facts(EventKind(kind), facts)), log.IRREGULAR in facts)
        for seq, kind, day, facts in rows
    ]


@dataclass(frozen=True, slots=True)
class Record:
    """One case as it is stored, with the calendar and the agency's choices that it is judged by."""

    case_id: int
    agency_id: int
    applicant_id: int
    applicant: str | None
    case: Case
    calendar: WorkCalendar
    practice: Practice
    calendar_revision: int

    def options(self, day: date) -> list[Option]:
        """What may be done with it on ``day``."""
        return options.options(self.case, self.calendar, day, self.practice)

    def what_if(self, happening: Happening, log: Sequence[fold.Entry] = ()) -> WhatIf:
        """What the clock would say if ``happening`` came; voiding an entry needs the log."""
        return options.what_if(self.case, happening, self.calendar, self.practice, log)

    def receipt(self, day: date) -> Receipt | None:
        """What Article 31 says of its day of receipt as seen on ``day``; None without evidence of a channel.

        A day that is settled is explained by the choices that gave it, though the agency chooses otherwise now.
        """
        found = periods.receipt(self.case, self.calendar, day, self.practice.intake())
        if found is None or self.case.received in (None, found.day):
            return found
        others = (periods.receipt(self.case, self.calendar, day, each) for each in self.practice.intake().others())
        return next((other for other in others if other is not None and other.day == self.case.received), found)


def find(connection: Connection, agency_id: int, number: str) -> Record:
    """The agency's case with this registration number. Raises InputFault where there is none."""
    row: Any = connection.execute(
        select(request_case, applicant.c.name.label("applicant"))
        .join(applicant, applicant.c.id == request_case.c.applicant_id)
        .where(request_case.c.agency_id == agency_id, request_case.c.number == number)
    ).one_or_none()
    if row is None:
        raise InputFault(f"NUMBER：没有登记编号为“{number}”的办件，可用 yishen case list 查看")
    return Record(
        case_id=row.id,
        agency_id=agency_id,
        applicant_id=row.applicant_id,
        applicant=row.applicant,
        case=from_snapshot(row.snapshot),
        calendar=calendar_book.current(connection, agency_id),
        practice=practice_book.read(connection, agency_id),
        calendar_revision=row.calendar_revision,
    )


def find_id(connection: Connection, agency_id: int, number: str) -> int | None:
    """The id of the agency's case with this registration number; None where there is none."""
    here = (request_case.c.agency_id == agency_id) & (request_case.c.number == number)
    found: int | None = connection.execute(select(request_case.c.id).where(here)).scalar_one_or_none()
    return found


def number_of(connection: Connection, case_id: int, agencies: Collection[int]) -> Any:
    """The ``agency_id``, its ``code`` and the ``number`` of a case by its id; None where none is in these agencies."""
    here = (request_case.c.id == case_id) & request_case.c.agency_id.in_(agencies)
    known = select(request_case.c.agency_id, agency.c.code, request_case.c.number)
    return connection.execute(known.join(agency, agency.c.id == request_case.c.agency_id).where(here)).one_or_none()
