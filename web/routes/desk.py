"""工作台: what waits for somebody: their open cases by the days that are left, and what they were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response

from models.vocabulary import Role, State
from web.frame import page
from web.house import house_of
from web.rights import Right, Signed, needs
from workflow import calendar_book, inbox, standing
from workflow.standing import Standing

router = APIRouter()

_MOST = 200
_NEWS_DAYS = 14
_NEWS = 20
_SOON = 3
"""Working days left from which on a line is marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case on the desk; ``left``: working days until the reply is due, negative: over, None: not running."""

    case: Standing
    state: State
    left: int | None

    @property
    def soon(self) -> bool:
        """Whether little time is left."""
        return self.left is not None and self.left <= _SOON


@router.get("/desk")
def show(request: Request, signed: Annotated[Signed, needs(Right.OWN_ACCOUNT)], whose: str = "mine") -> Response:
    """One's own cases and those of nobody; with ``whose=all`` those of the whole office."""
    house, today = house_of(request), house_of(request).today()
    lines: list[Line] = []
    news: list[inbox.Entry] = []
    with house.engine.connect() as connection:
        if signed.may(Right.SEE_CASES):
            found = standing.standings(connection, signed.agency_id, today, only_open=True)
            if whose != "all":
                found = [each for each in found if each.officer in {signed.name, None}]
            calendar = calendar_book.current(connection, signed.agency_id)

            def left(each: Standing) -> int | None:
                due = each.reply_due
                if due is None or not each.is_open:
                    return None
                return calendar.count(today, due) if due >= today else -calendar.count(due, today)

            lines = [Line(each, State(each.state), left(each)) for each in found]
        if signed.may(Right.INBOX):
            news = inbox.read(connection, signed.agency_id, signed.name, since=today - timedelta(days=_NEWS_DAYS))
    return page(
        request,
        "desk.html",
        lines=lines[:_MOST],
        number=len(lines),
        overdue=sum(line.case.overdue for line in lines),
        soon=sum(line.soon and not line.case.overdue for line in lines),
        news=news[:_NEWS],
        everyone=whose == "all",
        today=today,
        head=Role.HEAD in signed.roles or Role.LEADER in signed.roles,
    )
