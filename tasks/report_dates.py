"""年度报告提交期限: reminders of 31 January, and of 31 March for an authority that publishes an area's report."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from reports import area_issues, issues, publications
from workflow import calendar_book, inbox, practice_book, reminding, staff

_MILESTONES = (10, 5, 3, 1, 0)
_HANDED_IN = (1, 31, "政府信息公开工作年度报告应在 1 月 31 日前提交主管部门并向社会公布（条例第四十九条）", False)
_OF_THE_AREA = (3, 31, "本行政区域的政府信息公开工作年度报告应在 3 月 31 日前向社会公布（条例第四十九条）", True)


def remind(connection: Connection, agency_id: int, year: int, now: datetime, today: date) -> int:
    """Tell the office, once for each milestone, that the report on ``year`` falls due; returns how many were told.

    A milestone that fell on a day without a system is told on the next. Sealing hands nothing in: only a report whose
    publication is recorded (``report published``) calls no more.
    """
    calendar = calendar_book.current(connection, agency_id)
    chosen = practice_book.read(connection, agency_id)
    told = 0
    for month, last, sentence, of_area in (_HANDED_IN, *((_OF_THE_AREA,) if chosen.area_report else ())):
        if publications.of(connection, agency_id, year, of_area=of_area) is not None:
            continue
        due = date(year + 1, month, last)
        reached = [n for n in _MILESTONES if reminding.day_before(due, n, calendar) <= today]
        if not reached or today > due:
            continue
        left = min(reached)
        sealed = _sealed(connection, agency_id, year, of_area=of_area)
        stands = "" if sealed is None else f"已封存第 {sealed} 版，"
        says = (
            f"{year} 年{sentence}，{stands}公布后请在“年报”中登记提交和公布；"
            f"{'今天届满' if not left else f'还剩 {left} 个工作日'}"
        )
        name = f"report:{year}:{due}:{left}"
        told += inbox.tell(connection, agency_id, staff.WHOLE_OFFICE, reminding.card(left), says, name, now, today)
    return told


def _sealed(connection: Connection, agency_id: int, year: int, *, of_area: bool) -> int | None:
    """The number of the newest sealed version, of the agency's own report or of its area's."""
    versions = (area_issues if of_area else issues).every(connection, agency_id, year)
    return versions[-1].version if versions else None
