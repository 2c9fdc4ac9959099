"""期限日历: the open deadlines of someone's cases as an .ics feed (RFC 5545), which any calendar program can follow.

An event says the kind of deadline, the number of the case and the article; nothing about an applicant, nor what was
asked for: the feed lies on telephones and on servers that are not the office's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, exists, or_, select

from models.tables import agency, deadline, request_case, user_account
from models.vocabulary import DeadlineKind, DeadlineState
from workflow.reminding import MILESTONES, OVERDUE

MOST = 5_000
"""Deadlines in one feed, those that fall due first."""

_CALL_ON = [kind.value for kind, milestones in MILESTONES.items() if OVERDUE in milestones]
"""Deadlines that stay in the feed when they are over: somebody must still act."""

_OCTETS = 75
"""The longest line (RFC 5545, 3.1); a longer one is folded."""

_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class DueDay:
    """A deadline as a day of the calendar. ``uid`` stays the same when the day moves."""

    uid: str
    number: str
    kind: DeadlineKind
    due_on: date
    article: str
    provisional: bool


def due_days(connection: Connection, agency_id: int, name: str, today: date) -> list[DueDay]:
    """The open deadlines of the cases that this person deals with: theirs, and those that nobody here has in hand."""
    someone = exists().where(
        user_account.c.agency_id == agency_id, user_account.c.name == request_case.c.officer, user_account.c.active
    )
    rows = connection.execute(
        select(
            deadline.c.case_id,
            deadline.c.kind,
            deadline.c.round,
            deadline.c.due_on,
            deadline.c.article,
            deadline.c.provisional,
            request_case.c.number,
            agency.c.code,
        )
        .join(request_case, request_case.c.id == deadline.c.case_id)
        .join(agency, agency.c.id == deadline.c.agency_id)
        .where(
            deadline.c.agency_id == agency_id,
            deadline.c.state == DeadlineState.OPEN.value,
            # What nobody can keep any more, and nothing calls after, is no day to keep.
            or_(deadline.c.due_on >= today, deadline.c.kind.in_(_CALL_ON)),
            or_(request_case.c.officer == name, request_case.c.officer.is_(None), ~someone),
        )
        .order_by(deadline.c.due_on, deadline.c.case_id, deadline.c.kind, deadline.c.round)
        .limit(MOST)
    )
    return [
        DueDay(
            uid=f"{row.case_id}-{row.kind}-{row.round}@{row.code}.yishen",
            number=row.number,
            kind=DeadlineKind(row.kind),
            due_on=row.due_on,
            article=row.article,
            provisional=row.provisional,
        )
        for row in rows
    ]


def written(days: Iterable[DueDay], now: datetime) -> str:
    """The feed's text."""
    return "".join(f"{part}\r\n" for line in _lines(days, now) for part in _folded(line))


def _lines(days: Iterable[DueDay], now: datetime) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Yishen//Deadlines//ZH"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield "X-WR-CALNAME:依申请公开期限"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    yield "X-PUBLISHED-TTL:PT1H"
    stamp = f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for each in days:
        provisional = "（暂定）" if each.provisional else ""
        yield "BEGIN:VEVENT"
        yield f"UID:{_text(each.uid)}"
        yield stamp
        yield f"DTSTART;VALUE=DATE:{each.due_on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{each.due_on + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{_text(f'{each.kind.label}{provisional} {each.number}')}"
        yield f"DESCRIPTION:{_text(each.article)}"
        yield f"CATEGORIES:{_text(each.kind.label)}"
        # A deadline takes nobody's time away.
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _text(value: str) -> str:
    """A value of the type TEXT: escaped, and without control characters, which it may not hold."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) != "Cc").translate(_ESCAPES)


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, no character torn apart; each further part begins with a space."""
    part, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _OCTETS:
            yield part
            part, size = " ", 1
        part += character
        size += width
    yield part
