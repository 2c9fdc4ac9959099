"""工作台: what waits for somebody: their open cases by the days that are left, arrivals, news, and the year so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection, func, select

from models.tables import request_case
from models.vocabulary import Card, Role, State
from reports.course import MONTHS
from reports.document import Chart
from reports.writers.charts import svg
from web import kept, lights
from web.frame import page
from web.house import house_of
from web.language import gettext as _
from web.language import label, later
from web.rights import Right, Signed, needs, signer_of
from workflow import calendar_book, drafts, inbox, periods, practice_book, standing
from workflow.calendar import WorkCalendar
from workflow.case import from_snapshot
from workflow.drafts import Draft
from workflow.intake import Receipt
from workflow.standing import Standing

router = APIRouter()

_MOST = 200
_NEWS_DAYS = 14
_NEWS = 20
_PRESSING = 20

_WORDS = {lights.GREEN: later("正常"), lights.BLUE: later("不计时")}


@dataclass(frozen=True, slots=True)
class Line:
    """A case on the desk; ``left``: working days until the reply is due, negative: over, None: not running."""

    case: Standing
    state: State
    left: int | None

    @property
    def card(self) -> str:
        """The colour of the case."""
        return lights.colour(self.left, overdue=self.case.overdue, came_back=self.case.open_point is not None)

    def said(self) -> str:
        """The colour in words."""
        return label(Card(self.card)) if self.card in {card.value for card in Card} else _(_WORDS[self.card])

    def days(self) -> str:
        """How many working days are left, or how many it is over."""
        over = -self.left if self.left is not None and self.left < 0 else self.case.working_days_over
        if self.case.overdue:
            return _("逾期 %(n)s", n=over) if over else _("已逾期")
        if self.case.open_point is not None:
            return _("待再送达")
        if self.left is None:
            return ""
        return _("过内部期限 %(n)s", n=-self.left) if self.left < 0 else str(self.left)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request whose day of receipt is not settled, and what Article 31 says of it today."""

    number: str
    subject: str
    receipt: Receipt | None

    def late(self, today: date) -> bool:
        """Whether the day by which it was to be confirmed has passed."""
        return self.receipt is not None and self.receipt.confirm_by is not None and self.receipt.confirm_by < today


@dataclass(frozen=True, slots=True)
class Year:
    """The year so far: requests received and answered by month; those open now."""

    year: int
    received: tuple[int, ...]
    answered: tuple[int, ...]
    open: int
    overdue: int
    ever: bool

    def drawing(self) -> Markup | None:
        """The months as a picture; None where there is nothing to draw."""
        if not any((*self.received, *self.answered)):
            return None
        chart = Chart(
            "year",
            _("%(year)s 年各月收到和答复的申请", year=self.year),
            _("月份"),
            tuple(str(month) for month in range(1, MONTHS + 1)),
            ((_("收到"), self.received), (_("答复"), self.answered)),
        )
        return Markup(svg(chart))  # noqa: S704 - drawn by ourselves, its texts escaped by the XML writer


@router.get("/desk")
def show(request: Request, signed: Annotated[Signed, needs(Right.OWN_ACCOUNT)], whose: str = "mine") -> Response:
    """One's own cases and those of nobody; with ``whose=all`` those of the whole office."""
    house, today = house_of(request), house_of(request).today()
    leads = Role.HEAD in signed.roles or Role.LEADER in signed.roles
    every: list[Line] = []
    arrivals: list[Arrival] = []
    news: list[inbox.Entry] = []
    year: Year | None = None
    waiting: list[Draft] = []
    mine: list[Draft] = []
    with house.engine.connect() as connection:
        again = kept.waits(connection, signed.account_id, house.now())
        if signed.may(Right.SEE_CASES):
            calendar = calendar_book.current(connection, signed.agency_id)
            found = standing.standings(connection, signed.agency_id, today, only_open=True)
            every = [Line(each, State(each.state), each.left(calendar, today)) for each in found]
            arrivals = _arrivals(connection, signed.agency_id, calendar, today)
            year = _year(connection, signed.agency_id, today, every)
            waiting = drafts.waiting(connection, signed.agency_id, signer_of(signed))
            mine = drafts.mine(connection, signed.agency_id, signer_of(signed))
        if signed.may(Right.INBOX):
            news = inbox.read(connection, signed.agency_id, signed.name, since=today - timedelta(days=_NEWS_DAYS))
    # What is not received in law yet stands in a list of its own.
    every = [line for line in every if line.state is not State.UNCONFIRMED]
    lines = every if whose == "all" else [each for each in every if each.case.officer in {signed.name, None}]
    pressing = [each for each in every if each.card in {lights.BLACK, lights.RED, lights.YELLOW}]
    return page(
        request,
        "desk.html",
        lines=lines[:_MOST],
        number=len(lines),
        overdue=sum(line.case.overdue for line in lines),
        cards=_counted(lines),
        arrivals=arrivals,
        waiting=waiting,
        mine=mine,
        news=news[:_NEWS],
        everyone=whose == "all",
        today=today,
        head=leads,
        pressing=pressing[:_PRESSING] if leads and whose != "all" else [],
        pressing_number=len(pressing),
        again=again,
        nobodys=sum(each.case.officer is None for each in every),
        year=year,
    )


def _counted(lines: Iterable[Line]) -> list[tuple[str, str, int]]:
    """The colours in the order of urgency, each with its word and its number."""
    number = Counter(line.card for line in lines)
    words = {card.value: label(card) for card in Card} | {name: _(word) for name, word in _WORDS.items()}
    return [(name, words[name], number[name]) for name in lights.COLOURS]


def _arrivals(connection: Connection, agency_id: int, calendar: WorkCalendar, today: date) -> list[Arrival]:
    """The requests that wait to be confirmed (Art. 31), the longest waiting first."""
    choices = practice_book.read(connection, agency_id).intake()
    rows = connection.execute(
        select(request_case.c.number, request_case.c.subject, request_case.c.snapshot)
        .where(
            request_case.c.agency_id == agency_id,
            request_case.c.is_open,
            request_case.c.state == State.UNCONFIRMED.value,
        )
        .order_by(request_case.c.id)
        .limit(_MOST)
    )
    return [
        Arrival(row.number, row.subject, periods.receipt(from_snapshot(row.snapshot), calendar, today, choices))
        for row in rows
    ]


def _year(connection: Connection, agency_id: int, today: date, lines: Iterable[Line]) -> Year:
    """The year so far. The requests are those that the report counts; open and overdue are of whatever year."""
    start = date(today.year, 1, 1)

    def by_month(day: str) -> tuple[int, ...]:
        column = request_case.c[day]
        month = func.extract("month", column)
        of_year = (request_case.c.agency_id == agency_id) & request_case.c.counted & column.between(start, today)
        found = connection.execute(select(month, func.count()).where(of_year).group_by(month))
        counted = {int(number): count for number, count in found}
        return tuple(counted.get(number, 0) for number in range(1, MONTHS + 1))

    open_now = [line for line in lines if line.case.is_open and line.state is not State.UNCONFIRMED]
    some = select(request_case.c.id).where(request_case.c.agency_id == agency_id).limit(1)
    return Year(
        today.year,
        by_month("received_on"),
        by_month("closed_on"),
        len(open_now),
        sum(line.case.overdue for line in open_now),
        connection.execute(some).first() is not None,
    )
