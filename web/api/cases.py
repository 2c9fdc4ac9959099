"""办件: the list a page at a time, one case, its log, its applicant, what may be done with it.

A case is addressed by its id, for a registration number may hold any sign, ``/`` too; whoever has only the number asks
``/cases/by-number``. Applicants are not looked for here: names and identity numbers do not belong in addresses.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request
from sqlalchemy import Connection

from models.vocabulary import ApplicantKind, AuditKind, Outcome, State
from reports import dossier
from reports.dossier import Dossier
from web.api import problems
from web.api.callers import Caller, allows, area, author_of
from web.api.problems import Problem
from web.api.shapes import Case, CasePage, Day, Line, Log, Person, Steps
from web.house import house_of
from web.language import gettext as _
from web.rights import STEP_RIGHTS, Right
from web.routes.case import Reason
from web.steps import asked_of
from workflow import applicants, audit, calendar_book, records, search
from workflow.calendar import WorkCalendar
from workflow.faults import InputFault
from workflow.options import Option
from workflow.search import Found
from workflow.statute import TERMS, Fact

router = area("办件")

See = Annotated[Caller, allows(Right.SEE_CASES)]
CaseId = Annotated[int, Path(ge=1, le=2**62, description="办件的标识（id）")]
AgencyCode = Annotated[
    Line | None, Query(max_length=64, description="机关代码；不填为本机关。包括下属机关的接口账号可填下属机关的代码")
]
Cursor = Annotated[str | None, Query(max_length=400, description="上一页回答的 next")]


@router.get(
    "/cases",
    response_model=CasePage,
    operation_id="listCases",
    summary="查询办件",
    description="按条件查询，一次一页；各条件同时满足。不按申请人查询：姓名、证件号码不应出现在地址里。",
)
def list_cases(
    request: Request,
    caller: See,
    *,
    number: Annotated[Line | None, Query(description="登记编号的开头")] = None,
    text: Annotated[Line | None, Query(description="申请内容里的词，几个词用空格隔开")] = None,
    state: Annotated[list[State] | None, Query(description="状态，可给多个")] = None,
    outcome: Annotated[list[Outcome] | None, Query(description="办理结果，可给多个")] = None,
    applicant_kind: Annotated[list[ApplicantKind] | None, Query(description="申请人类别，可给多个")] = None,
    officer: Annotated[Line | None, Query(description="经办人姓名")] = None,
    received_from: Annotated[Day | None, Query(description="收到日期，自")] = None,
    received_to: Annotated[Day | None, Query(description="收到日期，至")] = None,
    closed_from: Annotated[Day | None, Query(description="办结日期，自")] = None,
    closed_to: Annotated[Day | None, Query(description="办结日期，至")] = None,
    due_from: Annotated[Day | None, Query(description="答复期限，自")] = None,
    due_to: Annotated[Day | None, Query(description="答复期限，至")] = None,
    open_only: Annotated[Literal["true", "false"], Query(description="只要未办结的")] = "false",
    order: Annotated[
        Literal["newest", "due"], Query(description="newest 收到日期最近的在前；due 答复期限最早的在前，只有未办结的")
    ] = "newest",
    limit: Annotated[int, Query(ge=1, le=search.MOST, description="一页的件数")] = search.SIZE,
    cursor: Cursor = None,
    agency: AgencyCode = None,
) -> Any:
    """The cases that match, a page at a time, from where the one before ended."""
    house, today = house_of(request), house_of(request).today()
    query = _query(
        number=number or "",
        text=text or "",
        states=tuple(state or ()),
        outcomes=tuple(outcome or ()),
        kinds=tuple(applicant_kind or ()),
        officer=officer,
        received_from=received_from,
        received_to=received_to,
        closed_from=closed_from,
        closed_to=closed_to,
        due_from=due_from,
        due_to=due_to,
        open_only=open_only == "true",
        order=order,
    )
    with house.engine.connect() as connection:
        where = caller.agency(connection, agency)
        mark = _mark(where.code, query)
        after = opened(cursor, mark)
        try:
            found = search.page(connection, where.id, query, house.cipher, today, after=after, size=limit)
        except InputFault:
            raise no_cursor() from None
        calendar = calendar_book.current(connection, where.id)
    lines = [_line(each, where.code, calendar, today) for each in found.cases]
    return {"cases": lines, "next": None if found.after is None else sealed(found.after, mark)}


def _query(**asked: Any) -> search.Query:
    """What is looked for. Raises the answer 422 for days in the wrong order."""
    try:
        return search.Query(**asked)
    except InputFault as fault:
        named = {"收到日期": "received_to", "办结日期": "closed_to", "答复期限": "due_to"}
        errors = [{"detail": said, "parameter": named[said.partition("：")[0]]} for said in fault.sentences]
        raise Problem(problems.INVALID, str(fault), errors) from None


def _mark(code: str, query: search.Query) -> str:
    """What a cursor was given for; with other conditions it would go on somewhere else."""
    asked = json.dumps([code, query.to_json()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def sealed(key: str, mark: str) -> str:
    """Where to go on in the list of this ``mark``, as it stands in an address: nothing to be made by a client."""
    return base64.urlsafe_b64encode(f"{_check(key, mark)}{key}".encode()).decode().rstrip("=")


def _check(key: str, mark: str) -> str:
    return hashlib.sha256(f"{mark}\n{key}".encode()).hexdigest()[:_CHECK]


_CHECK = 12


def opened(cursor: str | None, mark: str) -> str | None:
    """What :func:`sealed` was given. Raises the answer 422 for a cursor that was given for something else, or never."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise no_cursor() from None
    key = text[_CHECK:]
    if text[:_CHECK] != _check(key, mark):
        raise no_cursor()
    return key


def no_cursor() -> Problem:
    """The cursor is none of ours, or of another list."""
    said = _("不是这一查询给出的 cursor；条件改变的，应从第一页开始")
    return Problem(problems.INVALID, said, [{"detail": said, "parameter": "cursor"}])


def _line(found: Found, code: str, calendar: WorkCalendar, today: date) -> dict[str, Any]:
    standing = found.standing
    due = standing.reply_due if standing.is_open else None
    left = None if due is None else calendar.count(today, due) if due >= today else -calendar.count(due, today)
    return {
        "id": found.case_id,
        "number": standing.number,
        "agency": code,
        "applicant": applicants.masked(found.applicant, found.applicant_kind),
        "applicant_kind": found.applicant_kind,
        "subject": standing.subject,
        "state": standing.state,
        "state_label": State(standing.state).label,
        "received": standing.received_on,
        "reply_due": standing.reply_due,
        "working_days_left": left,
        "provisional": found.provisional,
        "overdue": standing.overdue,
        "is_open": standing.is_open,
        "closed": standing.closed_on,
        "outcome": found.outcome,
        "officer": standing.officer,
        "open_point": standing.open_point,
    }


@router.get(
    "/cases/by-number",
    response_model=Case,
    operation_id="getCaseByNumber",
    summary="按登记编号查一件",
    description="回答与按标识查询的相同。登记编号可以含有斜线等任何字符，所以写在参数里，不写在路径里。",
)
def by_number(
    request: Request,
    caller: See,
    number: Annotated[Line, Query(description="登记编号，全部")],
    agency: AgencyCode = None,
) -> Any:
    """The case of this number."""
    with house_of(request).engine.connect() as connection:
        where = caller.agency(connection, agency)
        case_id = records.find_id(connection, where.id, number)
        if case_id is None:
            raise problems.absent()
        return _case(request, *find(connection, caller, case_id))


@router.get(
    "/cases/{case_id}",
    response_model=Case,
    operation_id="getCase",
    summary="查一件",
    description="一件申请今天的状态、剩余工作日、各期限及其理由、现在依法可以办理的事项。申请人为自然人的只显示姓。",
)
def one(request: Request, case_id: CaseId, caller: See) -> Any:
    """A case as it stands today."""
    with house_of(request).engine.connect() as connection:
        return _case(request, *find(connection, caller, case_id))


def find(connection: Connection, caller: Caller, case_id: int) -> tuple[str, Dossier]:
    """The code of its agency, and the case, in the agencies that are reached. Raises the answer 404."""
    named = records.number_of(connection, case_id, caller.reach)
    if named is None:
        raise problems.absent()
    return named.code, dossier.read(connection, named.agency_id, named.number)


def _case(request: Request, code: str, found: Dossier) -> dict[str, Any]:
    house, today = house_of(request), house_of(request).today()
    record, case = found.record, found.record.case
    document = found.to_json(today, ZoneInfo(house.settings.timezone))
    del document["events"]
    steps = [each for each in record.options(today) if each.allowed and STEP_RIGHTS[each.event] is not None]
    return {
        **document,
        "id": record.case_id,
        "agency": code,
        "version": found.version,
        "applicant": applicants.masked(record.applicant, case.applicant_kind),
        "next_steps": [
            {"event": each.event, "label": each.event.label, "article": each.article, "last_day": each.last_day}
            for each in steps
        ],
    }


@router.get(
    "/cases/{case_id}/events",
    response_model=Log,
    operation_id="getCaseEvents",
    summary="一件的办理记录",
    description="按记录的先后。只增不改；作废的仍在，标明已作废。",
)
def events(request: Request, case_id: CaseId, caller: See) -> Any:
    """The log of a case."""
    house = house_of(request)
    with house.engine.connect() as connection:
        _code, found = find(connection, caller, case_id)
    document = found.to_json(house.today(), ZoneInfo(house.settings.timezone))
    told = [{name: value for name, value in each.items() if name != "facts"} for each in document["events"]]
    return {"number": document["number"], "version": found.version, "events": told}


@router.get(
    "/cases/{case_id}/applicant",
    response_model=Person,
    operation_id="getApplicant",
    summary="申请人的个人信息",
    description="不加遮盖。须写明查看的理由；每次查看都记入审计日志。",
)
def person(
    request: Request,
    case_id: CaseId,
    reason: Annotated[Reason, Query(description="查看的理由")],
    caller: Annotated[Caller, allows(Right.REVEAL)],
) -> Any:
    """The applicant's data in clear; that they were seen, and what for, is in the audit log."""
    house = house_of(request)
    with house.engine.begin() as connection:
        _code, found = find(connection, caller, case_id)
        seen = applicants.opened(connection, found.record.applicant_id, house.cipher)
        number = found.record.case.number
        audit.record(connection, author_of(request, caller), AuditKind.REVEAL, number, reason=reason.value)
    return {"number": number, "name": seen.name, **{name: getattr(seen, name) for name in applicants.SEALED}}


@router.get(
    "/cases/{case_id}/steps",
    response_model=Steps,
    operation_id="getSteps",
    summary="可以办什么",
    description="每一事项在某日能否办理、条文、最后一日、所需内容；不能办的说明理由。",
)
def steps(
    request: Request,
    case_id: CaseId,
    caller: See,
    on: Annotated[Day | None, Query(description="日期；不填为今天")] = None,
) -> Any:
    """Every step of the event table as it stands for the case on a day."""
    day = on or house_of(request).today()
    with house_of(request).engine.connect() as connection:
        _code, found = find(connection, caller, case_id)
    listed = [_step(each, caller) for each in found.record.options(day) if STEP_RIGHTS[each.event] is not None]
    return {"number": found.record.case.number, "version": found.version, "on": day, "steps": listed}


def _step(option: Option, caller: Caller) -> dict[str, Any]:
    written = option.to_json()
    right = STEP_RIGHTS[option.event]
    written["facts"] = [_asked(fact) for fact in asked_of(option.event)]
    return {**written, "scope": right is not None and right in caller.rights}


def _asked(fact: Fact) -> dict[str, Any]:
    terms = TERMS.get(fact.type)
    return {
        "name": fact.name,
        "label": fact.label,
        "type": fact.type,
        "required": fact.required,
        "values": None if terms is None else [term.value for term in terms],
    }
