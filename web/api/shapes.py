"""What is sent through the interface and what is answered. What is sent is taken literally: nothing is converted."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

from models.vocabulary import ApplicantKind, Channel, EventKind, Outcome, Scope, State
from web.api.problems import unfit
from web.language import later
from web.rights import STEP_RIGHTS
from web.steps import asked_of
from workflow import entry
from workflow.statute import TERMS

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_DAY = later("不是日期，应如 2026-11-23")
_NO_TEXT = later("含有不能显示的字符，应为文字")
_NO_LINE = later("含有换行或者不能显示的字符，应为一行文字")
_EMPTY = later("没有填写，必须填写")


def _day(given: Any) -> date:
    if isinstance(given, date):
        return given
    if not (isinstance(given, str) and _DAY.fullmatch(given)):
        raise unfit(_NO_DAY)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise unfit(_NO_DAY) from None


def _text(given: str) -> str:
    if not given.replace("\r\n", "\n").replace("\n", "").replace("\t", "").isprintable():
        raise unfit(_NO_TEXT)
    if given and not given.strip():
        raise unfit(_EMPTY)
    return given.replace("\r\n", "\n").strip()


def _line(given: str) -> str:
    if not given.isprintable():
        raise unfit(_NO_LINE)
    return _text(given)


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Line = Annotated[str, Field(min_length=1, max_length=entry.LONGEST_TEXT), AfterValidator(_line)]
Personal = Annotated[str, Field(min_length=1, max_length=entry.LONGEST_PERSONAL), AfterValidator(_line)]
Subject = Annotated[str, Field(min_length=1, max_length=entry.LONGEST_SUBJECT), AfterValidator(_text)]
Item = Annotated[str, Field(min_length=1, max_length=entry.LONGEST_ITEM), AfterValidator(_line)]
Number = Annotated[
    str,
    Field(min_length=1, max_length=entry.LONGEST_NUMBER, pattern=r"^[^/\\?#%\s]+$"),
    AfterValidator(_line),
]
Count = Annotated[int, Field(ge=0)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Answered(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class ProblemError(_Answered):
    """一处问题: one fault, and where it is."""

    detail: str = Field(description="说明")
    pointer: str | None = Field(default=None, description="在请求内容中的位置（JSON Pointer，RFC 6901）")
    parameter: str | None = Field(default=None, description="有问题的地址参数")
    header: str | None = Field(default=None, description="有问题的请求头")


class ProblemDetails(_Answered):
    """问题说明: problem details (RFC 9457)."""

    type: str = Field(description="问题的种类，如 urn:yishen:problem:invalid")
    title: str = Field(description="种类的名称")
    status: int = Field(description="HTTP 状态码")
    detail: str = Field(description="一句话说明哪里不对、应当怎样")
    errors: list[ProblemError] | None = Field(default=None, description="逐处说明")
    article: str | None = Field(default=None, description="依据的条文（种类为 refused 时）")
    scopes: list[Scope] | None = Field(default=None, description="需要其中之一的权限（种类为 forbidden 时）")


class Applicant(_Sent):
    """申请人: as named in the request; all but the name are sealed before they are stored."""

    name: Personal | None = Field(default=None, description="姓名或者名称")
    identity_number: Personal | None = Field(default=None, description="证件号码（加密保存）")
    telephone: Personal | None = Field(default=None, description="联系电话（加密保存）")
    email: Personal | None = Field(default=None, description="电子邮箱（加密保存）")
    address: Personal | None = Field(default=None, description="通信地址（加密保存）")
    representative: Personal | None = Field(default=None, description="代理人姓名（加密保存），须同时写明 authority")


class NewRequest(_Sent):
    """递交的申请: a request for information as it was handed in (Art. 29)."""

    applicant_kind: ApplicantKind = Field(description="申请人类别")
    subject: Subject = Field(description="申请公开的政府信息的名称、文号或者便于查询的特征描述")
    channel: Channel = Field(description="申请渠道；应为本机关公布的渠道（条例第二十八条）")
    applicant: Applicant = Field(default_factory=Applicant, description="申请人")
    submitted_on: Day | None = Field(default=None, description="提交或者交邮的日期")
    arrived_on: Day | None = Field(default=None, description="签收、到达的日期（邮寄）")
    confirmed_on: Day | None = Field(default=None, description="与申请人确认的日期（网络、电子邮件、传真、平信）")
    confirmed_how: Line | None = Field(default=None, description="确认的方式")
    misdirected: StrictBool = Field(default=False, description="寄给了本机关其他部门或者个人")
    filled_by_staff: StrictBool = Field(default=False, description="口头申请，由工作人员代为填写")
    form: Line | None = Field(default=None, description="希望的获取方式和载体形式")
    authority: Line | None = Field(default=None, description="授权委托书，如“2026-03-01 授权委托书原件”")
    linked_to: Line | None = Field(default=None, description="关联的登记编号")
    number: Number | None = Field(default=None, description="自编的登记编号；不填的由系统编号")
    rectification: StrictBool = Field(default=False, description="更正申请（条例第四十一条）")
    others: Annotated[list[Item], Field(max_length=entry.MOST_ITEMS)] = Field(
        default_factory=list, description="同一件申请所含的其他各项内容，各拆分为一件"
    )


def _fact(given: Any) -> str | int | bool:
    if isinstance(given, bool | int) or (isinstance(given, str) and 1 <= len(given) <= entry.LONGEST_SUBJECT):
        return given
    raise unfit(_NO_FACT)


_NO_FACT = later("应为文字、整数或者 true、false")
_OF_TYPES: dict[str, dict[str, Any]] = {
    "day": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "days": {"type": "integer", "minimum": 1, "maximum": 9999},
    "whole": {"type": "integer", "minimum": 1, "maximum": 9999},
    "yuan": {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$"},
    "text": {"type": "string", "minLength": 1, "maxLength": entry.LONGEST_SUBJECT},
    "flag": {"type": "boolean"},
}


def _facts_schema() -> dict[str, Any]:
    """Every fact that some step takes, by its name; which step takes which is in the table of steps."""
    found: dict[str, list[dict[str, Any]]] = {}
    labels: dict[str, list[str]] = {}
    for event, right in STEP_RIGHTS.items():
        for fact in asked_of(event) if right is not None and event not in FIRST else ():
            terms = TERMS.get(fact.type)
            schema = _OF_TYPES[fact.type] if terms is None else {"type": "string", "enum": [str(t) for t in terms]}
            if schema not in found.setdefault(fact.name, []):
                found[fact.name].append(schema)
            if fact.label not in labels.setdefault(fact.name, []):
                labels[fact.name].append(fact.label)
    properties = {
        name: {"description": "、".join(labels[name]), **(some[0] if len(some) == 1 else {"anyOf": some})}
        for name, some in found.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


FIRST = frozenset({EventKind.REGISTER, EventKind.ARRIVE})
"""What makes a case: not a step of one that is there."""

Facts = Annotated[dict[str, Annotated[Any, BeforeValidator(_fact)]], WithJsonSchema(_facts_schema())]


class NewStep(_Sent):
    """办理事项: a step of a case; which facts it takes is in ``GET /cases/{id}/steps``."""

    on: Day = Field(description="办理的日期")
    facts: Facts = Field(
        default_factory=dict, description='事项的内容：日期、金额为文字（金额如 "12.50"），数为整数，是否为 true、false'
    )
    version: Annotated[int, Field(strict=True, ge=1, le=10**9)] | None = Field(
        default=None, description="据以决定的办件版本（记录条数）；办件已有新的记录的，不保存（409）"
    )


class Deadline(_Answered):
    """期限: a day on which something falls due."""

    kind: str
    label: str
    round: int = Field(description="第几次")
    state: str
    due: date | None = Field(description="到期日；没有的为空")
    done: date | None
    article: str


class Receipt(_Answered):
    """收到申请之日: the day, or what is still missing, and why (Art. 31)."""

    day: date | None = Field(description="收到申请之日；尚未确定的为空")
    article: str
    reasons: list[str] = Field(description="理由，逐条")
    open_points: list[str] = Field(description="尚待办理的")
    starts_by_itself: date | None = Field(description="最迟自这一日起算")
    confirm_by: date | None = Field(description="应在这一日以前与申请人确认")
    warnings: list[str]


class Registered(_Answered):
    """登记结果: the case that a request has become."""

    id: int = Field(description="办件的标识，用于其他地址")
    number: str = Field(description="登记编号")
    agency: str = Field(description="机关代码")
    state: State
    state_label: str
    version: int = Field(description="办件版本（记录条数）")
    received: date | None = Field(description="收到申请之日；尚未确定的为空")
    receipt: Receipt | None
    reply_due: date | None = Field(description="答复期限")
    provisional: bool = Field(description="期限落在放假安排尚未公布的年度，日期还可能变动")
    deadlines: list[Deadline]
    explanation: list[str] = Field(description="期限的理由，逐条")
    split_into: list[str] = Field(description="拆出的各件的登记编号")


class CaseLine(_Answered):
    """办件（列表）: a case as lists show it; a person's name is masked."""

    id: int
    number: str
    agency: str
    applicant: str = Field(description="申请人；自然人只显示姓")
    applicant_kind: ApplicantKind
    subject: str
    state: State
    state_label: str
    received: date | None
    reply_due: date | None
    working_days_left: int | None = Field(description="剩余工作日，超期的为负；期限不在计算的为空")
    provisional: bool
    overdue: bool
    is_open: bool
    closed: date | None
    outcome: Outcome | None
    officer: str | None
    open_point: str | None = Field(description="答复以后仍待办理的")


class CasePage(_Answered):
    """一页办件: some cases, and the cursor of the next ones."""

    cases: list[CaseLine]
    next: str | None = Field(description="下一页的 cursor；没有下一页的为空")


class Reopened(_Answered):
    """重新办理: a time after the first reply."""

    began: date
    ground: str
    closed: date | None


class CellOfCase(_Answered):
    """计入的单元格: a cell of a year's report that counts the case."""

    year: int
    cell: str
    column: str
    label: str


class NextStep(_Answered):
    """可办事项: a step that the law allows today."""

    event: EventKind
    label: str
    article: str
    last_day: date | None


class Case(_Answered):
    """办件: how a case stands today, its dates with their reasons, what may be done next."""

    id: int
    number: str
    agency: str
    version: int = Field(description="办件版本（记录条数）")
    matter: str
    applicant: str = Field(description="申请人；自然人只显示姓")
    applicant_kind: ApplicantKind
    applicant_kind_label: str
    subject: str
    state: State
    state_label: str
    received: date | None
    receipt: Receipt | None
    closed: date | None
    outcome: Outcome | None
    is_open: bool
    reopened: list[Reopened]
    open_points: list[str]
    cells: list[CellOfCase]
    clock: str | None = Field(description="running 计算中、suspended 暂停、stopped 停止；没有期限的为空")
    reply_due: date | None
    working_days_left: int | None
    provisional: bool
    explanation: list[str]
    deadlines: list[Deadline]
    next_steps: list[NextStep] = Field(description="现在依法可以办理的事项")


class Person(_Answered):
    """申请人个人信息: in clear; each look is in the audit log."""

    number: str
    name: str | None
    identity_number: str | None
    telephone: str | None
    email: str | None
    address: str | None
    representative: str | None


class Told(_Answered):
    """一项内容: a fact of an entry as an officer reads it."""

    label: str
    value: str


class Entry(_Answered):
    """办理记录: an entry of a case's log."""

    seq: int
    event: EventKind
    label: str
    place: str | None
    happened_on: date
    recorded_at: str
    actor: str
    article: str
    told: list[Told]
    irregular: bool = Field(description="照实登记：当时法律不允许")
    voided: bool = Field(description="已作废")


class Log(_Answered):
    """办理记录: the log of a case, in the order in which it was recorded."""

    number: str
    version: int
    events: list[Entry]


class FactAsked(_Answered):
    """一项内容: a fact that a step takes."""

    name: str
    label: str
    type: str = Field(description="day、days、whole、yuan、text、flag，或者所属的词表")
    required: bool
    values: list[str] | None = Field(default=None, description="可选的值")


class Step(_Answered):
    """事项: a step of the event table as it stands on a day."""

    event: EventKind
    label: str
    article: str
    allowed: bool
    override: bool = Field(description="不允许，但写明破例理由（override）可以办理")
    reason: str | None = Field(description="不能办理的理由")
    last_day: date | None = Field(description="最后一日；法律没有规定的为空")
    scope: bool = Field(description="这个接口账号是否有办理的权限")
    facts: list[FactAsked]
    outcomes: list[dict[str, Any]] | None = Field(default=None, description="可选的办理结果及其要求")


class Steps(_Answered):
    """各事项: what may be done with a case on a day."""

    number: str
    version: int
    on: date
    steps: list[Step]


class Recorded(_Answered):
    """记录结果: the case after a step."""

    id: int
    number: str
    version: int
    event: EventKind
    label: str
    on: date
    state: State
    state_label: str
    reply_due: date | None
    deadlines: list[Deadline]
    warnings: list[str] = Field(description="已记录，但应当留意的")


class DueDay(_Answered):
    """期限: a day by which something is due."""

    kind: str
    due: date | None
    article: str


class Reckoned(_Answered):
    """期限的计算: the clock of a case."""

    clock: str
    reply_due: date | None
    working_days_left: int
    provisional: bool
    deadlines: list[DueDay]


class WhatIf(_Answered):
    """试算结果: the clock now and after a step that was not made."""

    event: EventKind
    label: str
    on: date
    allowed: bool
    reason: str | None
    article: str
    state: State
    before: Reckoned | None
    after: Reckoned | None
    explanation: list[str]
    lacking: str | None = Field(description="照此记录还缺少的")


class CalendarDay(_Answered):
    """放假、调休的一日: a day that departs from the plain week."""

    date: date
    name: str
    isOffDay: bool  # noqa: N815 - as the published notices have it
    source: str
    own: bool = Field(description="本机关自己的日期")


class CalendarYear(_Answered):
    """工作日历: one year."""

    year: int
    provisional: bool = Field(description="放假安排尚未公布，按法定节假日推算")
    revision: int
    working_days: int
    days: list[CalendarDay]


class CorrectionFacts(_Sent):
    """补正: asked, until when, received."""

    asked: Day
    until: Day | None = None
    received: Day | None = None
    delivered: Day | None = None
    working_days: Annotated[int, Field(strict=True, ge=1, le=250)] | None = None


class ConsultationFacts(_Sent):
    """征求意见: sent, delivered, ended."""

    sent: Day
    delivered: Day | None = None
    ended: Day | None = None


class ExtensionFacts(_Sent):
    """延期: told, by how many working days."""

    told: Day
    working_days: Annotated[int, Field(strict=True, ge=1, le=250)]


class FeeFacts(_Sent):
    """收费: notified, paid."""

    notified: Day
    paid: Day | None = None


class DelayFacts(_Sent):
    """合理期限内延迟: told, until when."""

    told: Day
    until: Day


class DeadlineFacts(_Sent):
    """推算期限的事实: the facts of one case."""

    received: Day = Field(description="收到申请之日")
    correction: CorrectionFacts | None = None
    consultations: Annotated[list[ConsultationFacts], Field(max_length=50)] = Field(default_factory=list)
    extension: ExtensionFacts | None = None
    fee: FeeFacts | None = None
    delay: DelayFacts | None = None
    as_of: Day | None = Field(default=None, description="推算到哪一日；不填为今天")


class DeadlineAnswer(_Answered):
    """推算的期限: the dates of a case and why."""

    clock_start: date
    reply_due: date | None
    working_days_used: int
    working_days_left: int
    state: str
    provisional: bool
    deadlines: list[DueDay]
    explanation: list[str]


Figure = int | None
Row = list[Figure]


class Applications(_Answered):
    """表三: each row 自然人, 商业企业, 科研机构, 社会公益组织, 法律服务机构, 其他, 总计."""

    new: Row
    carried_in: Row
    results: dict[str, Row]
    carried_out: Row


class FeeFigures(_Answered):
    """信息处理费: sums of money as decimal text in yuan."""

    notices: int | None
    billed_yuan: str | None
    received_yuan: str | None


class Issue(_Answered):
    """定稿: a sealed version."""

    version: int
    sealed_at: str
    hash: str


class Report(_Answered):
    """年度报告: the figures of a year."""

    agency: str | None
    year: int
    edition: str = Field(description="表格的版本：2019 或者 2021")
    issue: Issue | None = Field(description="封存的定稿；草稿为空")
    applications: Applications
    reviews: dict[str, Row] = Field(description="表四：结果维持、结果纠正、其他结果、尚未审结、总计")
    proactive: dict[str, Any] | None = Field(description="第二部分；没有录入的为空")
    fees: FeeFigures | None


class ReportYear(_Answered):
    """年度: what there is of a year's report."""

    year: int
    drafted: bool
    issue: Issue | None
    published_on: date | None
    place: str | None


class Reports(_Answered):
    """各年度的报告: the newest first."""

    agency: str
    reports: list[ReportYear]


class CountedCase(_Answered):
    """计入的办件: a case behind a cell."""

    number: str
    applicant_kind: ApplicantKind
    state: State
    received_on: date | None
    closed_on: date | None
    outcome: Outcome | None
    subject: str


class CellCases(_Answered):
    """单元格的办件: the cases that a cell counts, a page at a time."""

    year: int
    cell: str
    column: str
    label: str
    figure: int = Field(description="单元格计入的件数")
    issue: Issue | None = Field(description="办件是这一版定稿所计的；为 null 的，是台账现在所计的")
    cases: list[CountedCase]
    next: str | None


class ReportFinding(_Answered):
    """勾稽关系的问题: what a check found."""

    rule: str
    level: Literal["error", "warning"]
    where: str
    message: str
    expected: int | str | None
    found: int | str | None
    cases: list[str] = Field(description="造成问题的办件的登记编号")


class Findings(_Answered):
    """检查结果: what the checks find of a report; none if it adds up."""

    agency: str
    year: int
    issue: Issue | None
    ok: bool = Field(description="没有错误（可以有提示）")
    findings: list[ReportFinding]


class AgencyLine(_Answered):
    """机关: an agency that the client may ask about."""

    code: str
    name: str
    parent: str | None = Field(description="主管机关的代码")


class Agencies(_Answered):
    """各机关: the client's own and, where it reaches below, those under it."""

    agencies: list[AgencyLine]


class Me(_Answered):
    """接口账号: the client that asks."""

    name: str
    agency: str
    agency_name: str
    scopes: list[Scope]
    below: bool
    expires_on: date | None
