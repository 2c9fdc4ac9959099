"""日历: a year of working days with where each comes from; days are loaded or marked, seen first, then applied.

What is applied is what was shown: the preview carries a digest of the revision it rests on and of the days that move,
and where these are others meanwhile it is shown again.
"""

from __future__ import annotations

import hashlib
import json
from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from models.tables import agency
from models.vocabulary import AuditKind, Role
from web.forms import Form
from web.frame import NOTE, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import accounts, audit, calendar_book, notices
from workflow.calendar import FIRST_YEAR, LAST_YEAR, DayRule, WorkCalendar
from workflow.faults import InputFault
from workflow.notices import Move, Notice

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CALENDAR)]
Edit = Annotated[Signed, needs(Right.EDIT_CALENDAR)]

_LARGEST_FILE = 1 << 20
_MOST_DAYS = 62
"""Days that may be marked at once: two months."""
_SHOWN = 200
_SATURDAY = 5
OWN, NATIONAL = "own", "national"


@dataclass(frozen=True, slots=True)
class Square:
    """A day of a month as it is drawn; ``kind``: work, rest, holiday or makeup."""

    day: date
    kind: str
    name: str
    own: bool


@router.get("/calendar")
def show(request: Request, signed: See, year: int | None = None) -> Response:
    """A year as twelve months, the days off the plain week with their source, and the revisions."""
    house = house_of(request)
    chosen = house.today().year if year is None else year
    if not FIRST_YEAR <= chosen <= LAST_YEAR:
        raise HTTPException(404)
    with house.engine.connect() as connection:
        calendar = calendar_book.current(connection, signed.agency_id)
        national = calendar_book.current(connection, None)
        revisions = calendar_book.revisions(connection, signed.agency_id, chosen)
    return page(
        request,
        "calendar.html",
        year=chosen,
        years=(max(chosen - 1, FIRST_YEAR), min(chosen + 1, LAST_YEAR)),
        months=[(month, _weeks(calendar, chosen, month)) for month in range(1, 13)],
        described=notices.describe(calendar, chosen),
        rules=calendar.rules(chosen),
        nationally=national.is_workday,
        revisions=revisions,
        today=house.today(),
        weekdays=_weekdays(),
    )


def _weekdays() -> list[str]:
    return [_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日")]


def _weeks(calendar: WorkCalendar, year: int, month: int) -> list[list[Square | None]]:
    return [
        [_square(calendar, day) if day.month == month else None for day in week]
        for week in Calendar().monthdatescalendar(year, month)
    ]


def _square(calendar: WorkCalendar, day: date) -> Square:
    rule = calendar.rule(day)
    plain = "work" if day.weekday() < _SATURDAY else "rest"
    if rule is None or rule.working == (plain == "work"):
        return Square(day, plain, rule.name if rule else "", rule is not None and rule.own)
    return Square(day, "makeup" if rule.working else "holiday", rule.name, rule.own)


@router.get("/calendar/change")
def ask(request: Request, signed: Edit) -> Response:
    """The forms: a file of the year's notice, or days of the office's own."""
    return _ask(request, signed, Form({"whose": OWN}))


def _ask(request: Request, signed: Signed, form: Form, status: int = 200) -> Response:
    with house_of(request).engine.connect() as connection:
        for_all = _may_for_all(connection, signed)
    return page(request, "calendar_change.html", status=status, form=form, for_all=for_all)


def _may_for_all(connection: Connection, signed: Signed) -> bool:
    """Whether somebody may load what holds for every agency: only where none is outside their own reach.

    Where there are several, it is the system administrator of the one that stands above all.
    """
    every = frozenset(connection.execute(select(agency.c.id)).scalars())
    if every == {signed.agency_id}:
        return True
    return Role.SYSTEM_ADMINISTRATOR in signed.roles and every == accounts.below(connection, signed.agency_id)


@router.post("/calendar/preview")
def preview(request: Request, sent: Posted, signed: Edit) -> Response:
    """What would move, from the file or the days that were given; nothing is stored."""
    form = Form(sent)
    file = None if sent is None else sent.get("file")
    read = _from_file(form, file) if form.value("way") == "file" else _from_days(request, signed, form)
    if read is None or not form.ok:
        return _ask(request, signed, form, 422)
    return _preview(request, signed, form, *read)


def _from_file(form: Form, file: object) -> tuple[str, Notice] | None:
    """The notice of a file, and whether it holds for all: one with a year does."""
    content = file.file.read(_LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    name = file.filename or "" if isinstance(file, UploadFile) else ""
    unreadable = _("“%(name)s”不是 UTF-8 的 JSON 文件，格式见用户手册", name=name[:60])
    if not content:
        form.fault("file", _("没有选择文件，或者文件是空的"))
    elif len(content) > _LARGEST_FILE:
        form.fault("file", _("文件太大，应不超过 1 MB"))
    elif not name.lower().endswith(".json"):
        form.fault("file", unreadable)
    else:
        try:
            notice = notices.read_notice(json.loads(content.decode("utf-8-sig")), name)
        except (ValueError, RecursionError):
            form.fault("file", unreadable)
        except InputFault as fault:
            for sentence in fault.sentences:
                form.fault("file", sentence) if "file" not in form.faults else form.general.append(sentence)
        else:
            return (NATIONAL if notice.year is not None else OWN), notice
    return None


def _from_days(request: Request, signed: Signed, form: Form) -> tuple[str, Notice] | None:
    """The days that were marked, without those that are so already."""
    first, last = form.day("first", required=True), form.day("last")
    name = form.text("name", longest=40)
    reason = form.text("reason", required=True, longest=500)
    kind = form.text("kind", required=True)
    if kind not in {"off", "working"}:
        form.fault("kind", _("请选择放假或者上班"))
    if first is not None and last is not None and last < first:
        form.fault("last", _("%(last)s 早于第一日 %(first)s，应不早于第一日", last=last, first=first))
    if not form.ok or first is None:
        return None
    last = last or first
    if (last - first).days >= _MOST_DAYS:
        form.fault("last", _("一次至多标记 %(most)s 天", most=_MOST_DAYS))
        return None
    if not (first.year >= FIRST_YEAR and last.year <= LAST_YEAR):
        form.fault("first", _("应在 %(first)s 年至 %(last)s 年之间", first=FIRST_YEAR, last=LAST_YEAR))
        return None
    with house_of(request).engine.connect() as connection:
        calendar = calendar_book.current(connection, signed.agency_id)
    working = kind == "working"
    called = name or ("上班" if working else "放假")
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    rules = tuple(DayRule(day, working, called) for day in days if calendar.is_workday(day) != working)
    if not rules:
        form.fault("first", _("这些日期在日历上本来就是%(so)s，不需要标记", so=_("上班") if working else _("放假")))
        return None
    return OWN, Notice(None, rules, reason)


def _preview(
    request: Request, signed: Signed, form: Form, whose: str, notice: Notice, *, again: bool = False
) -> Response:
    house = house_of(request)
    with house.engine.connect() as connection, connection.begin() as transaction:
        if whose == NATIONAL and not _may_for_all(connection, signed):
            form.general.append(
                _(
                    "全国年度安排对系统内所有机关有效，由其上没有别的机关的主管机关的系统管理员载入，或者在服务器上用命令载入"
                )
            )
            return _ask(request, signed, form, 422)
        before = calendar_book.current_revision(connection, _of(signed, whose))
        revision, moved = notices.foresee(connection, _of(signed, whose), notice, signed.actor, house.today())
        transaction.rollback()
    return page(
        request,
        "calendar_preview.html",
        status=409 if again else 200,
        again=again,
        whose=whose,
        notice=notice,
        written=json.dumps(notices.to_json(notice), ensure_ascii=False),
        guard=_guard(before, moved),
        changes=revision != before,
        moves=list(islice(_own_first(moved, signed), _SHOWN)),
        number=len(moved.get(signed.agency_code, ())),
        elsewhere=sum(len(each) for code, each in moved.items() if code != signed.agency_code),
        overdue=sum(each.becomes_overdue(house.today()) for found in moved.values() for each in found),
        today=house.today(),
    )


def _own_first(moved: Mapping[str, Sequence[Move]], signed: Signed) -> list[Move]:
    """The moves that somebody may see case by case: those of the own agency, what becomes overdue first."""
    if not signed.may(Right.SEE_CASES):
        return []
    return sorted(moved.get(signed.agency_code, ()), key=lambda move: (move.new_reply_due or date.max, move.number))


def _of(signed: Signed, whose: str) -> int | None:
    return None if whose == NATIONAL else signed.agency_id


def _guard(revision: int, moved: Mapping[str, Sequence[Move]]) -> str:
    """What a preview rests on and shows, as a digest."""
    shown: list[Any] = [revision]
    for code, found in sorted(moved.items()):
        shown += [(code, each.case_id, str(each.reply_due), str(each.new_reply_due)) for each in found]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@router.post("/calendar/apply")
def apply(request: Request, sent: Posted, signed: Edit) -> Response:
    """Load what was shown and record the moves, in one transaction; shown again where it would be something else."""
    house, form = house_of(request), Form(sent)
    whose = form.value("whose")
    try:
        notice = notices.read_notice(json.loads(form.value("notice")), "notice")
    except (ValueError, RecursionError, InputFault):
        raise HTTPException(400) from None
    if whose not in {OWN, NATIONAL} or (whose == OWN) != (notice.year is None):
        raise HTTPException(400)
    with house.engine.connect() as connection, connection.begin() as transaction:
        if whose == NATIONAL and not _may_for_all(connection, signed):
            raise HTTPException(404)
        calendar_book.hold_still(connection)
        before = calendar_book.current_revision(connection, _of(signed, whose))
        revision, moved = notices.load_and_recompute(
            connection, _of(signed, whose), notice, house.cipher, house.now(), signed.actor
        )
        if _guard(before, moved) != form.value("guard"):
            transaction.rollback()
            return _preview(request, signed, form, whose, notice, again=True)
        number = sum(len(each) for each in moved.values())
        year = min(rule.day.year for rule in notice.rules)
        if revision != before:
            author = author_of(request, signed)
            made = {"days": len(notice.rules), "year": notice.year, "whose": whose, "moved": number}
            audit.record(connection, author, AuditKind.CALENDAR_CHANGED, f"calendar {revision}", **made)
        transaction.commit()
    if revision == before:
        return redirect(request, f"/calendar?year={year}", _("日历本来就是这样，没有变动"), NOTE)
    said = _("日历第 %(revision)s 版已载入，%(number)s 件的期限已重算", revision=revision, number=number)
    return redirect(request, f"/calendar?year={year}", said)
