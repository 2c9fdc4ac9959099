"""站内消息: what someone of the office sees when they open their inbox: reminders by deadline, and other news.

After downtime what was missed comes as one digest: it is the reminders of days gone by, made on one day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, false, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from models.tables import agency, deadline, inbox_item, reminder, request_case
from models.vocabulary import Card, DeadlineKind, Outlet
from workflow.staff import WHOLE_OFFICE


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an inbox: the day it was made, how serious it is, what it says, and the cases behind it.

    ``about``: of news, what it is about, as who told it named it (``draft:7:2``); empty for reminders.
    """

    day: date
    card: Card
    text: str
    numbers: tuple[str, ...]
    read: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A reminder as it is read: to whom, of which case and deadline, how many working days are left, for which day."""

    recipient: str
    number: str
    subject: str
    kind: DeadlineKind
    due_on: date
    milestone: int
    card: Card
    for_day: date
    made_on: date
    provisional: bool
    read: bool

    def sentence(self) -> str:
        """The reminder in one sentence."""
        what = f"“{self.number}”的{self.kind.label} {self.due_on}"
        provisional = "（暂定）" if self.provisional else ""
        if self.milestone < 0:
            return f"{what}{provisional} 已过，逾期 {-self.milestone} 个工作日"
        if self.milestone == 0:
            return (
                f"{what}{provisional} 今天届满"
                if self.due_on == self.for_day
                else f"{what}{provisional} 届满，今天是此前最后一个工作日"
            )
        return f"{what}{provisional}，还剩 {self.milestone} 个工作日"


def tell(
    connection: Connection,
    agency_id: int,
    recipient: str,
    card: Card,
    sentence: str,
    dedup: str,
    now: datetime,
    day: date,
) -> bool:
    """Put news into an inbox, once for each ``dedup``; an empty recipient is the whole office. True if it is new.

    ``dedup`` begins with what the news is about, which leads the reader there: ``draft:7``, ``letter:12``.
    """
    row = {
        "agency_id": agency_id,
        "recipient": recipient,
        "day": day,
        "card": card.value,
        "text": sentence,
        "dedup": f"{agency_id}:{recipient}:{dedup}",
        "made_at": now,
    }
    new = insert(inbox_item).values(row).on_conflict_do_nothing().returning(inbox_item.c.id)
    return connection.execute(new).scalar_one_or_none() is not None


def tell_everywhere(connection: Connection, card: Card, sentence: str, dedup: str, now: datetime, day: date) -> int:
    """Put news into the inbox of every whole office, once for each ``dedup``; returns in how many it is new."""
    columns = ("agency_id", "recipient", "day", "card", "text", "dedup", "made_at")
    key = cast(agency.c.id, Text) + f":{WHOLE_OFFICE}:{dedup}"
    values = (literal(WHOLE_OFFICE), literal(day), literal(card.value), literal(sentence), key, literal(now))
    every = insert(inbox_item).from_select(columns, select(agency.c.id, *values))
    new = every.on_conflict_do_nothing().returning(inbox_item.c.id)
    return len(connection.execute(new).all())


def notices(
    connection: Connection,
    agency_id: int,
    recipients: Iterable[str] | None,
    *,
    outlet: Outlet = Outlet.INBOX,
    since: date | None = None,
    before: date | None = None,
    message: int | None = None,
    limit: int = 1000,
) -> list[Notice]:
    """The reminders made for some recipients (None: all), newest first and the most serious first among them.

    Of the days from ``since`` on, and before ``before``. With ``message`` only those that this message carries and
    that were not yet sent.
    """
    statement = (
        select(reminder, request_case.c.number, request_case.c.subject, _PROVISIONAL)
        .join(request_case, request_case.c.id == reminder.c.case_id)
        .outerjoin(deadline, _OF_DEADLINE)
        .where(reminder.c.agency_id == agency_id, reminder.c.outlet == outlet.value)
        .order_by(reminder.c.made_on.desc(), reminder.c.milestone, reminder.c.due_on, request_case.c.number)
        .limit(limit)
    )
    if recipients is not None:
        statement = statement.where(reminder.c.recipient.in_(list(recipients)))
    if since is not None:
        statement = statement.where(reminder.c.made_on >= since)
    if before is not None:
        statement = statement.where(reminder.c.made_on < before)
    if message is not None:
        statement = statement.where(reminder.c.message == message, reminder.c.sent_at.is_(None), _GOES_OUT)
    return [_notice(row) for row in connection.execute(statement)]


_OF_DEADLINE = and_(*(deadline.c[name] == reminder.c[name] for name in ("case_id", "kind", "round")))
_PROVISIONAL = func.coalesce(deadline.c.provisional, false()).label("provisional")
"""暂定 is the day of one deadline, not the case: its reply may be due in a year without a notice, a 复议答复 is not."""

_GOES_OUT = reminder.c.outlet != Outlet.INBOX.value
"""Said in words: only so does the database see that its index of what is not yet sent serves."""


def unsent(agency_id: int, recipient: str, outlet: Outlet) -> ColumnElement[bool]:
    """Which reminders wait to go out to one recipient through one outlet."""
    whose = (reminder.c.agency_id == agency_id) & (reminder.c.recipient == recipient)
    return whose & (reminder.c.outlet == outlet.value) & _GOES_OUT & reminder.c.sent_at.is_(None)


def _notice(row: Any) -> Notice:
    return Notice(
        recipient=row.recipient,
        number=row.number,
        subject=row.subject,
        kind=DeadlineKind(row.kind),
        due_on=row.due_on,
        milestone=row.milestone,
        card=Card(row.card),
        for_day=row.for_day,
        made_on=row.made_on,
        provisional=row.provisional,
        read=row.read_at is not None,
    )


def read(
    connection: Connection,
    agency_id: int,
    recipient: str,
    *,
    since: date | None = None,
    before: date | None = None,
) -> list[Entry]:
    """Someone's inbox, newest first: their reminders and news, and those of the whole office."""
    mine = {recipient, WHOLE_OFFICE}
    entries = list(digested(notices(connection, agency_id, mine, since=since, before=before)))
    statement = select(inbox_item).where(inbox_item.c.agency_id == agency_id, inbox_item.c.recipient.in_(mine))
    if since is not None:
        statement = statement.where(inbox_item.c.day >= since)
    if before is not None:
        statement = statement.where(inbox_item.c.day < before)
    news = connection.execute(statement.order_by(inbox_item.c.id.desc()).limit(1000))
    entries += [
        Entry(
            row.day,
            Card(row.card),
            row.text,
            (),
            row.read_at is not None,
            row.dedup.removeprefix(f"{agency_id}:{row.recipient}:"),
        )
        for row in news
    ]
    order = list(Card)
    return sorted(entries, key=lambda entry: (entry.day.toordinal(), order.index(entry.card)), reverse=True)


def page(
    connection: Connection, agency_id: int, recipient: str, before: date | None, least: int
) -> tuple[list[Entry], date | None]:
    """A page of someone's inbox: whole days before ``before``, at least ``least`` lines if there are as many.

    Gives the lines and the ``before`` of the next page, None where this is the last.
    """
    found = read(connection, agency_id, recipient, before=before)
    if len(found) <= least:
        return found, None
    last = found[least - 1].day
    shown = [entry for entry in found if entry.day >= last]
    return shown, last if len(shown) < len(found) else None


def unread(connection: Connection, agency_id: int, recipient: str) -> int:
    """How much waits for someone's eyes; what is for the whole office is theirs only with the empty recipient."""
    reminders = select(func.count()).where(
        reminder.c.agency_id == agency_id,
        reminder.c.recipient == recipient,
        reminder.c.outlet == Outlet.INBOX.value,
        reminder.c.read_at.is_(None),
    )
    news = select(func.count()).where(
        inbox_item.c.agency_id == agency_id, inbox_item.c.recipient == recipient, inbox_item.c.read_at.is_(None)
    )
    return sum(connection.execute(statement).scalar_one() for statement in (reminders, news))


def digested(found: Sequence[Notice]) -> list[Entry]:
    """Reminders as lines of an inbox: one each, but those missed and made later as one line for the day they came."""
    entries, missed = [], dict[date, list[Notice]]()
    for notice in found:
        if notice.for_day < notice.made_on:
            missed.setdefault(notice.made_on, []).append(notice)
        else:
            entries.append(Entry(notice.made_on, notice.card, notice.sentence(), (notice.number,), notice.read))
    order = list(Card)
    for day, several in missed.items():
        worst = max((notice.card for notice in several), key=order.index)
        numbers = tuple(dict.fromkeys(notice.number for notice in several))
        first, last = min(n.for_day for n in several), max(n.for_day for n in several)
        named = "、".join(numbers[:_NAMED]) + ("等" if len(numbers) > _NAMED else "")
        text = f"系统停机期间（{first} 至 {last}）有 {len(several)} 条提醒，涉及 {len(numbers)} 件：{named}"
        entries.append(Entry(day, worst, text, numbers, all(notice.read for notice in several)))
    return entries


_NAMED = 20


def mark_read(connection: Connection, agency_id: int, recipient: str, now: datetime) -> int:
    """Mark what is for someone as read; returns how much was not.

    What is for the whole office stays new until somebody reads it there: one reader's eyes are not everyone's.
    """
    reminders = update(reminder).where(
        reminder.c.agency_id == agency_id,
        reminder.c.recipient == recipient,
        reminder.c.outlet == Outlet.INBOX.value,
        reminder.c.read_at.is_(None),
    )
    news = update(inbox_item).where(
        inbox_item.c.agency_id == agency_id, inbox_item.c.recipient == recipient, inbox_item.c.read_at.is_(None)
    )
    return sum(connection.execute(statement.values(read_at=now)).rowcount for statement in (reminders, news))
