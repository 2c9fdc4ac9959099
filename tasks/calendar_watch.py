"""工作日历检查: from October on, is next year's calendar there? Deadlines follow it, or a person is told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from models.personal import FieldCipher
from models.vocabulary import Card
from workflow import calendar_book, inbox, notices, staff
from workflow.calendar import announced_years, national_rules
from workflow.notices import Notice

ACTOR = "system:calendar-watch"
_URGENT_MONTH = 12
_SHIPPED = "随程序更新提供的全国节假日安排"


def watch(connection: Connection, agency_id: int, cipher: FieldCipher, now: datetime, today: date) -> dict[str, Any]:
    """Look for next year's calendar, let open deadlines follow it, and tell who must load it where it is missing."""
    year = today.year + 1
    known = calendar_book.current(connection, agency_id)
    if known.is_provisional(date(year, 1, 1)) and year in announced_years():
        # A new version of the program has brought the notice.
        notices.load(connection, None, Notice(year, national_rules(year), _SHIPPED), ACTOR, today=today)
        known = calendar_book.current(connection, agency_id)
    moved = list(notices.moves(connection, agency_id))
    applied = notices.apply(connection, agency_id, moved, cipher, now, ACTOR) if moved else 0
    if moved:
        overdue = [move.number for move in moved if move.becomes_overdue(today)]
        sentence = f"工作日历有更新，{len(moved)} 件办件的期限已重新计算"
        sentence += f"，其中 {len(overdue)} 件因此逾期：{'、'.join(overdue[:20])}" if overdue else ""
        card = Card.RED if overdue else Card.NOTICE
        name = f"calendar-moved:{known.revision}"
        inbox.tell(connection, agency_id, staff.WHOLE_OFFICE, card, sentence, name, now, today)
    missing = known.is_provisional(date(year, 1, 1))
    if missing:
        # Once a month while the notice is not out yet, every week in December.
        is_urgent = today.month >= _URGENT_MONTH
        period = f"w{today.isocalendar().week}" if is_urgent else f"m{today.month}"
        sentence = f"{year} 年放假安排尚未载入，{year} 年的期限都是暂定的；国务院办公厅公布后请在“日历”中载入"
        card = Card.RED if is_urgent else Card.YELLOW
        name = f"calendar-missing:{year}:{period}"
        inbox.tell(connection, agency_id, staff.WHOLE_OFFICE, card, sentence, name, now, today)
    return {"missing": missing, "moved": applied}
