"""递交申请: a municipal portal hands in what people ask for, and is told the number and the days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Request, Response
from sqlalchemy import Connection

from models.vocabulary import Channel, Matter
from web.api import problems
from web.api.callers import Caller, allows, area
from web.api.once import Key, once
from web.api.problems import Problem
from web.api.shapes import NewRequest, Registered
from web.house import house_of
from web.language import gettext as _
from web.language import label
from web.rights import Right
from workflow import calendar_book, clock, entry, periods, practice_book
from workflow.applicants import ApplicantDetails
from workflow.calendar import WorkCalendar
from workflow.desk import Done
from workflow.faults import InputFault
from workflow.practice import Practice

router = area("申请")

_PLACES = {
    "提交日期": "#/submitted_on",
    "签收日期": "#/arrived_on",
    "到达日期": "#/arrived_on",
    "确认日期": "#/confirmed_on",
    "拆分": "#/others",
}


@router.post(
    "/requests",
    status_code=201,
    response_model=Registered,
    operation_id="handInRequest",
    summary="递交一件申请",
    description="登记为办件，取得登记编号、收到申请之日及其理由、各期限。收到申请之日按条例第三十一条由渠道和凭据确定；"
    "还不能确定的先作为收件，待机关与申请人确认。须给出幂等键：网络中断后用同一幂等键重试，不会登记两次。",
)
def hand_in(
    request: Request, response: Response, body: NewRequest, key: Key, caller: Annotated[Caller, allows(Right.REGISTER)]
) -> Any:
    """Register a request, once under its key."""
    _look(body)

    def register(connection: Connection, command_id: str) -> Mapping[str, Any]:
        house = house_of(request)
        calendar = calendar_book.current(connection, caller.agency_id)
        practice = practice_book.read(connection, caller.agency_id)
        applicant = ApplicantDetails(**body.applicant.model_dump())
        done = entry.enter(
            connection,
            caller.agency_id,
            calendar,
            practice,
            _facts(body),
            applicant,
            body.others,
            command_id,
            caller.actor,
            house.cipher,
            house.now(),
        )
        return _registered(caller, done, calendar, practice, house.today())

    try:
        answer = once(request, response, caller, key, body, 201, register)
    except InputFault as fault:
        raise _placed(fault) from None
    response.headers["Location"] = f"{problems.PREFIX}/cases/{answer['id']}"
    return answer


def _look(body: NewRequest) -> None:
    """Raise the answer 422 for what the form of the pages does not take either."""
    errors = []
    for name in entry.OF_EVIDENCE:
        if getattr(body, name) is not None and name not in entry.EVIDENCE[body.channel]:
            said = _("“%(channel)s”申请不看这一项，请去掉", channel=label(body.channel))
            errors.append({"detail": said, "pointer": f"#/{name}"})
    if body.filled_by_staff and body.channel is not Channel.ORAL:
        said = _("只有口头申请由工作人员代为填写")
        errors.append({"detail": said, "pointer": "#/filled_by_staff"})
    if body.applicant.representative and not body.authority:
        errors.append({"detail": _("代理人提出申请的，应写明授权委托书"), "pointer": "#/authority"})
    if errors:
        raise Problem(problems.INVALID, " ".join(each["detail"] for each in errors), errors)


def _facts(body: NewRequest) -> dict[str, Any]:
    facts = {
        "applicant_kind": body.applicant_kind,
        "subject": body.subject,
        "channel": body.channel,
        "matter": Matter.RECTIFICATION if body.rectification else None,
        **{name: getattr(body, name) for name in _PLAIN},
    }
    return {name: value for name, value in facts.items() if value}


_PLAIN = (
    *entry.OF_EVIDENCE,
    *("misdirected", "filled_by_staff", "form", "authority", "linked_to", "number"),
)


def _placed(fault: InputFault) -> Problem:
    """Each sentence of the office beside its part of the body."""
    errors = []
    for sentence in fault.sentences:
        place = next((where for begins, where in _PLACES.items() if sentence.startswith(f"{begins}：")), None)
        if sentence.startswith("登记编号“"):
            place = "#/number"
        elif "没有登记编号为“" in sentence:
            place = "#/linked_to"
        errors.append({"detail": sentence} | ({} if place is None else {"pointer": place}))
    return Problem(problems.INVALID, " ".join(fault.sentences), errors)


def _registered(caller: Caller, done: Done, calendar: WorkCalendar, practice: Practice, today: date) -> dict[str, Any]:
    """What a registration is answered with; nothing of the applicant is in it, for it is kept."""
    case = done.case
    receipt = periods.receipt(case, calendar, today, practice.intake())
    reckoning = None if case.received is None else clock.reckon(case.clock_facts(), calendar, today)
    return {
        "id": done.case_id,
        "number": case.number,
        "agency": caller.client.agency_code,
        "state": case.state.value,
        "state_label": case.state.label,
        "version": done.events + (1 if case.split_into else 0),
        "received": case.received and case.received.isoformat(),
        "receipt": None if receipt is None else receipt.to_json(),
        "reply_due": reckoning and reckoning.reply_due and reckoning.reply_due.isoformat(),
        "provisional": reckoning is not None and reckoning.provisional,
        "deadlines": [row.to_json() for row in periods.deadlines(case, calendar)],
        "explanation": [] if case.received is None else clock.explain(case.clock_facts(), calendar, today),
        "split_into": [number for number in (case.split_into or "").split("、") if number],
    }
