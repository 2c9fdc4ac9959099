"""登记: a letter becomes a case, or an arrival while its day of receipt is not settled (Art. 31).

What the applicant's person is goes from the form into sealed fields; it is in no address and in no log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from models.vocabulary import ApplicantKind, AttachmentKind, Channel, Matter
from web.forms import Form
from web.frame import DONE, NOTE, page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.language import label, later
from web.rights import Posted, Right, Signed, needs
from web.routes.attachments import FILES, attach, sent_files
from workflow import calendar_book, intake, outlook, practice_book, records
from workflow.applicants import SEALED, ApplicantDetails
from workflow.desk import Done
from workflow.entry import (
    EVIDENCE,
    LONGEST_ITEM,
    LONGEST_NUMBER,
    LONGEST_PERSONAL,
    LONGEST_SUBJECT,
    MOST_ITEMS,
    OF_EVIDENCE,
    enter,
)
from workflow.faults import InputFault, Refusal
from workflow.outlook import Outlook

router = APIRouter()

Clerk = Annotated[Signed, needs(Right.REGISTER)]

_SHOWN_REPEATS = 5
_COMMAND = re.compile(r"[0-9a-f]{32}")
_DAYS = ("submitted_on", "arrived_on", "confirmed_on")

ASKED = (
    later("姓名或者名称"),
    later("身份证明"),
    later("联系方式"),
    later("申请公开的政府信息"),
    later("获取方式和形式"),
)
"""What Article 29 asks for, as :mod:`workflow.outlook` names it."""

_PLACES = {
    "提交日期": "submitted_on",
    "签收日期": "arrived_on",
    "到达日期": "arrived_on",
    "确认日期": "confirmed_on",
    "拆分": "others",
    "附件": FILES,
}
"""With what the office's sentences about a field begin."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What was typed, read as far as it can be."""

    facts: dict[str, Any]
    applicant: ApplicantDetails
    others: tuple[str, ...] = field(default=())


@router.get("/register")
def ask(request: Request, signed: Clerk) -> Response:
    """The empty form."""
    return _form_page(request, signed, Form({"command": uuid4().hex}))


@router.post("/register")
def answer(request: Request, sent: Posted, signed: Clerk) -> Response:
    """Register the letter (``act`` is ``save`` or ``next``), else show what it would be."""
    form = Form(sent)
    act = form.value("act")
    files = sent_files(sent)
    letter = _read(form, complete=act in {"save", "next"})
    if act not in {"save", "next"} or not form.ok:
        _again(form, files)
        return _form_page(request, signed, form, letter, status=200 if form.ok else 422)
    done = _save(house_of(request), signed, form, letter, files)
    if done is None:
        _again(form, files)
        return _form_page(request, signed, form, letter, status=422)
    number = done.case.number
    if act == "next":
        to = "/register"
    elif "/cases/{number}" in house_of(request).paths:
        to = f"/cases/{quote(number)}"
    else:
        to = f"/register/done?number={quote(number, safe='')}"
    return redirect(request, to, _said(done), DONE if done.events else NOTE)


@router.post("/register/preview")
def preview(request: Request, sent: Posted, signed: Clerk) -> Response:
    """The part of the page that says what the letter would be, for the script that replaces it."""
    form = Form(sent)
    letter = _read(form, complete=False)
    return page(request, "register_preview.html", **_foreseen(request, signed, form, letter))


@router.get("/register/done")
def done(request: Request, signed: Clerk, number: str = "") -> Response:
    """The number that a request was given, and its days."""
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        try:
            record = records.find(connection, signed.agency_id, number)
        except InputFault:
            raise HTTPException(404) from None
    case = record.case
    dates = None
    if case.received is not None:
        dates = outlook.dates(case.received, case.matter, record.calendar, record.practice, today)
    return page(request, "register_done.html", case=case, dates=dates, receipt=record.receipt(today))


def _read(form: Form, *, complete: bool) -> _Letter:
    """Read the fields. ``complete``: what a registration must have is asked for."""
    channel = form.choice("channel", Channel, required=complete)
    facts: dict[str, Any] = {
        "applicant_kind": form.choice("kind", ApplicantKind, required=complete),
        "subject": form.text("subject", required=complete, longest=LONGEST_SUBJECT, lines=True),
        "channel": channel,
        "matter": Matter.RECTIFICATION if form.ticked("rectification") else None,
        **{name: form.day(name) for name in _DAYS},
        "confirmed_how": form.text("confirmed_how"),
        "misdirected": form.ticked("misdirected"),
        "filled_by_staff": form.ticked("filled_by_staff"),
        "form": form.text("form"),
        "linked_to": form.text("linked_to", longest=LONGEST_NUMBER),
        "authority": form.text("authority"),
        "number": form.text("number", longest=LONGEST_NUMBER),
    }
    if channel is not None:
        for name in OF_EVIDENCE:
            if facts[name] and name not in EVIDENCE[channel]:
                form.fault(name, _("“%(channel)s”申请不看这一项，请清空", channel=label(channel)))
    if channel is not Channel.ORAL and facts["filled_by_staff"]:
        form.fault("filled_by_staff", _("只有口头申请由工作人员代为填写，请取消勾选或者改选渠道"))
    if re.search(r"[/\\?#%]", facts["number"]):
        form.fault("number", _("登记编号不能含有 / \\ ? # %"))
    applicant = ApplicantDetails(
        name=form.text("name") or None, **{name: form.text(name, longest=LONGEST_PERSONAL) or None for name in SEALED}
    )
    if complete and applicant.representative and not facts["authority"]:
        form.fault("authority", _("代理人提出申请的，应写明授权委托书"))
    return _Letter({name: value for name, value in facts.items() if value}, applicant, _items(form))


def _items(form: Form) -> tuple[str, ...]:
    """The further items of the letter, one a line (law.md 9)."""
    lines = form.text("others", longest=LONGEST_SUBJECT, lines=True).split("\n")
    items = tuple(line.strip() for line in lines if line.strip())
    if len(items) > MOST_ITEMS:
        form.fault("others", _("有 %(n)s 项，一次最多拆出 %(most)s 项", n=len(items), most=MOST_ITEMS))
    elif any(len(item) > LONGEST_ITEM for item in items):
        form.fault("others", _("每项应不超过 %(most)s 个字", most=LONGEST_ITEM))
    return items


def _save(house: House, signed: Signed, form: Form, letter: _Letter, files: list[tuple[str, bytes]]) -> Done | None:
    """Register the letter with its files, and split it, in one transaction; None where the form says what is wrong."""
    given = form.value("command")
    command = given if _COMMAND.fullmatch(given) else uuid4().hex
    try:
        with house.engine.begin() as connection:
            name = f"web:{signed.account_id}:{command}"
            done = enter(
                connection,
                signed.agency_id,
                calendar_book.current(connection, signed.agency_id),
                practice_book.read(connection, signed.agency_id),
                letter.facts,
                letter.applicant,
                letter.others,
                name,
                signed.actor,
                house.cipher,
                house.now(),
            )
            if files and done.events:
                attach(connection, house, signed, done.case_id, AttachmentKind.APPLICATION, files, name)
    except InputFault as fault:
        _take(form, fault)
        return None
    except Refusal as refusal:
        form.general.append(str(refusal))
        return None
    if not done.events and done.case.subject != letter.facts["subject"]:
        # The page of a letter that was registered, filled in anew: nothing of it is thrown away.
        form.general.append(
            _("这一页先前已登记为 %(number)s。如果现在填的是另一件申请，请再点一次登记。", number=done.case.number)
        )
        form.values["command"] = [uuid4().hex]
        return None
    return done


def _again(form: Form, files: list[tuple[str, bytes]]) -> None:
    """A browser does not send a file twice: it is to be chosen again."""
    if files:
        form.fault(FILES, _("文件没有保存，请在登记时重新选择"))


def _take(form: Form, fault: InputFault) -> None:
    """Put each sentence beside its field."""
    for sentence in fault.sentences:
        if sentence.startswith("登记编号“"):
            form.fault("number", sentence)
        elif "没有登记编号为“" in sentence:
            form.fault("linked_to", sentence.partition("：")[2])
        else:
            form.take(InputFault(sentence), _PLACES)


def _said(done: Done) -> str:
    """What the next page says of it."""
    case = done.case
    if not done.events:
        return _("这份登记先前已经保存为 %(number)s，没有重复登记。", number=case.number)
    if case.received is None:
        return _("已收件：%(number)s。收到申请之日还没有确定，期限尚未起算。", number=case.number)
    if case.split_into:
        return _(
            "已登记：%(number)s，收到申请之日 %(day)s；拆出：%(others)s。",
            number=case.number,
            day=case.received,
            others=case.split_into,
        )
    return _("已登记：%(number)s，收到申请之日 %(day)s。", number=case.number, day=case.received)


def _form_page(
    request: Request, signed: Signed, form: Form, letter: _Letter | None = None, *, status: int = 200
) -> Response:
    with house_of(request).engine.connect() as connection:
        channels = intake.accepted(practice_book.read(connection, signed.agency_id).channels)
    # Looking ahead may find more that is wrong; it is shown all the same.
    foreseen = _foreseen(request, signed, form, letter)
    return page(
        request,
        "register.html",
        status=status,
        channels=[each for each in Channel if each in channels],
        kinds=list(ApplicantKind),
        more=any(form.value(name) or name in form.faults for name in _SELDOM),
        **foreseen,
    )


_SELDOM = ("others", "number", "linked_to", "rectification")


def _foreseen(request: Request, signed: Signed, form: Form, letter: _Letter | None) -> dict[str, Any]:
    """What the letter would be, and the day it is; no more than the channel is needed."""
    house = house_of(request)
    found: Outlook | None = None
    today: date = house.today()
    if letter is not None and "channel" in letter.facts and not any(name in form.faults for name in _DAYS):
        with house.engine.connect() as connection:
            try:
                found = outlook.outlook(
                    connection, signed.agency_id, letter.facts, letter.applicant, house.cipher, today
                )
            except InputFault as fault:
                _take(form, fault)
    return {"seen": found, "form": form, "today": today, "shown_repeats": _SHOWN_REPEATS}
