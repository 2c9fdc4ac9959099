"""One handler for each topic of the outbox: an id in, one effect out, in the transaction that marks the row as done.

Doing it twice does it once: the row is taken under its lock, and a row that is done, or in another's hand, is passed
over. A fault is kept with the row in one sentence; the relay tells it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from letters import batch
from models.tables import agency
from models.vocabulary import Card, Topic
from reports import drafts, year_end
from tasks import calendar_watch, messages, report_dates
from tasks.office import Office
from workflow import desk, inbox, jobs, outbox, staff
from workflow import drafts as proposals
from workflow.faults import InputFault, Refusal
from workflow.outbox import Item

log = logging.getLogger(__name__)

YEARS_BACK = 10
"""How many years before this one a draft follows the log by itself."""


@dataclass(frozen=True, slots=True)
class Work:
    """An item in hand: the office, the transaction in which its effect is recorded, and the time it is."""

    office: Office
    connection: Connection
    item: Item
    now: datetime
    today: date

    @property
    def payload(self) -> Any:
        """What was written with the item."""
        return self.item.payload


def handle(office: Office, item_id: int, now: datetime, *, today: date | None = None) -> bool:
    """Do what one row of the outbox asks for; False if there is nothing to do, or it failed (the row says why)."""
    try:
        with office.engine.begin() as connection:
            item = outbox.take(connection, item_id)
            if item is None:
                return False
            work = Work(office, connection, item, now, today or desk.day_of(now))
            also = HANDLERS[item.topic](work)
            outbox.finish(connection, [item, *also], now)
    except messages.NotSent as fault:
        _keep(office, item_id, str(fault), fault.again_at)
        return False
    except (Refusal, InputFault) as fault:
        _keep(office, item_id, str(fault))
        return False
    except DBAPIError as fault:
        log.warning("outbox row %s: %s", item_id, type(fault.orig).__name__)
        if not fault.connection_invalidated:
            _keep(office, item_id, f"数据库：{type(fault.orig).__name__}")
        return False
    except Exception as fault:
        # Whatever it is, the row is told again; the traceback is in the worker's log, without people's data.
        log.exception("outbox row %s", item_id)
        _keep(office, item_id, f"意外错误：{type(fault).__name__}")
        return False
    return True


def _keep(office: Office, item_id: int, sentence: str, retry_at: datetime | None = None) -> None:
    """Write down why a row could not be done; where the database is away, the relay tells it again all the same."""
    try:
        with office.engine.begin() as connection:
            outbox.fail(connection, item_id, sentence, retry_at)
    except DBAPIError:
        log.warning("outbox row %s: its fault could not be kept", item_id)


def _case_changed(work: Work) -> list[Item]:
    """The drafts of the years that a change touches follow the log, once for all changes that wait."""
    also = outbox.take_all(work.connection, work.item)
    items = [work.item, *also]
    first = max(min(item.payload["from"] for item in items), work.today.year - YEARS_BACK)
    last = max(item.payload["to"] for item in items)
    row = _agency(work)
    years = range(first, last + 1)
    drafts.follow(work.connection, row.id, row.name, years)
    for year in years:
        # A case of a year that was closed, entered late: it is carried over by the same job.
        if year < work.today.year and year_end.is_owed(work.connection, row.id, year):
            jobs.again(work.connection, Topic.YEAR_END, str(year), {"year": year}, row.id, work.now)
    return also


def _year_end(work: Work) -> list[Item]:
    """年终结转 of one agency: resumable, with its progress in the job's row; the office is told of the draft."""
    year, period = work.payload["year"], work.payload["period"]
    row = _agency(work)

    def progress(done: int, total: int) -> None:
        with work.office.engine.begin() as connection:
            jobs.report(connection, Topic.YEAR_END, period, row.id, {"carried_over": done, "of": total})

    result = year_end.run(work.office.engine, row, year, work.office.cipher, work.now, progress, today=work.today)
    desk.hold(work.connection, row.id)
    jobs.report(work.connection, Topic.YEAR_END, period, row.id, _summary(result), work.now)
    if year_end.is_owed(work.connection, row.id, year):
        # Entered while we were at it; what comes after our hold finds the job done, and starts it again.
        jobs.again(work.connection, Topic.YEAR_END, period, {"year": year}, row.id, work.now)
    wrong = [finding for finding in result.findings if finding.level == "error"]
    sentence = (
        f"{year} 年度：结转下年度继续办理 {result.carried_over} 件，年度报告草稿已生成，"
        f"{'勾稽关系全部相符' if not wrong else f'{len(wrong)} 处勾稽关系不符，请核对'}"
        f"{'；' + '；'.join(result.warnings) if result.warnings else ''}"
    )
    card = Card.RED if wrong else Card.NOTICE
    name = f"year-end:{year}:{result.carried_over}:{len(wrong)}"
    inbox.tell(work.connection, row.id, staff.WHOLE_OFFICE, card, sentence, name, work.now, work.today)
    return []


def _summary(result: year_end.YearEnd) -> dict[str, Any]:
    whole = result.to_json()
    return {name: whole[name] for name in ("carried_over", "newly_carried_over", "cells", "cells_changed", "ok")}


def _report_date(work: Work) -> list[Item]:
    report_dates.remind(work.connection, work.item.agency_id, work.payload["year"], work.now, work.today)
    jobs.report(work.connection, Topic.REPORT_DATE, work.payload["period"], work.item.agency_id, {}, work.now)
    return []


def _calendar_watch(work: Work) -> list[Item]:
    found = calendar_watch.watch(work.connection, work.item.agency_id, work.office.cipher, work.now, work.today)
    jobs.report(work.connection, Topic.CALENDAR_WATCH, work.payload["period"], work.item.agency_id, found, work.now)
    return []


def _late_approval(work: Work) -> list[Item]:
    told = proposals.remind(work.connection, work.item.agency_id, work.now, work.today)
    period = work.payload["period"]
    jobs.report(work.connection, Topic.LATE_APPROVAL, period, work.item.agency_id, {"told": told}, work.now)
    return []


def _housekeeping(work: Work) -> list[Item]:
    gone = outbox.clear(work.connection, work.now - outbox.RETENTION, jobs.DAILY)
    gone += jobs.clear(work.connection, work.item.agency_id, work.now - outbox.RETENTION)
    jobs.report(
        work.connection, Topic.HOUSEKEEPING, work.payload["period"], work.item.agency_id, {"cleared": gone}, work.now
    )
    return []


def _message(work: Work) -> list[Item]:
    messages.send(work.office, work.item, work.now)
    return []


def _letter_batch(work: Work) -> list[Item]:
    """批量文书: signed or sent one by one, each in a transaction of its own; this one only marks the end."""
    batch.run(work.office.engine, work.item.agency_id, work.payload, work.office.cipher, work.now)
    batch.tell(work.connection, work.item.agency_id, work.payload, work.item.id, work.now)
    return []


def _agency(work: Work) -> Any:
    return work.connection.execute(select(agency).where(agency.c.id == work.item.agency_id)).one()


HANDLERS: dict[Topic, Callable[[Work], list[Item]]] = {
    Topic.CASE_CHANGED: _case_changed,
    Topic.MESSAGE: _message,
    Topic.YEAR_END: _year_end,
    Topic.REPORT_DATE: _report_date,
    Topic.CALENDAR_WATCH: _calendar_watch,
    Topic.LATE_APPROVAL: _late_approval,
    Topic.HOUSEKEEPING: _housekeeping,
    Topic.LETTER_BATCH: _letter_batch,
}
"""What does each topic; it gives back the other rows that its one effect has served as well."""
