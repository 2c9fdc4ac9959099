"""The Regulation as tables: which step may follow in which state, and what each of the 21 outcomes means.

条例 = 《中华人民共和国政府信息公开条例》 (国务院令第711号); 办法 = 《政府信息公开信息处理费管理办法》
(国办函〔2020〕109号); 格式 = 《政府信息公开工作年度报告格式》 (国办公开办函〔2021〕30号 and 〔2019〕60号).
Code walks these tables; a change of law is a change of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Literal

from models.vocabulary import (
    ApplicantKind,
    Channel,
    DeadlineKind,
    EventKind,
    Outcome,
    OutcomeGroup,
    ReviewKind,
    ReviewResult,
    State,
)

WORKING = (State.RECEIVED, State.PENDING_CORRECTION, State.CONSULTING, State.AWAITING_FEE)
"""The four working states, in the order of what a case waits for: nothing, a correction, opinions, a payment."""

FINAL = (State.DISCLOSED, State.REFUSED, State.CLOSED)

CARRIED_OVER: dict[State, State] = {plain: State(f"carried_over.{plain}") for plain in WORKING}
"""结转: each working state and the same state nested in ``carried_over``."""

PLAIN: dict[State, State] = {carried: plain for plain, carried in CARRIED_OVER.items()}


def working_state(state: State) -> State | None:
    """The working state that ``state`` is, be it carried over or not; None for a final state."""
    return state if state in WORKING else PLAIN.get(state)


class Target(Enum):
    """Where a step leads when it is no fixed state."""

    WAITS = "what the case still waits for"
    OUTCOME = "by the group of the outcome"
    SAME = "the same state"
    CARRIED = "the same state, carried over"


FactType = Literal[
    "day", "days", "yuan", "text", "whole", "outcome", "channel", "applicant_kind", "review_kind", "review_result"
]

PYTHON_TYPES: dict[str, type] = {
    "day": date,
    "days": int,
    "whole": int,
    "yuan": Decimal,
    "text": str,
    "outcome": Outcome,
    "channel": Channel,
    "applicant_kind": ApplicantKind,
    "review_kind": ReviewKind,
    "review_result": ReviewResult,
}


WAITS_BY_RANK = (State.PENDING_CORRECTION, State.AWAITING_FEE, State.CONSULTING, State.RECEIVED)
"""Of several waits at once the first of these gives the case its state; the last is no wait at all."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a step takes: its name in the log, its Chinese label, its type, whether it must be given."""

    name: str
    label: str
    type: FactType
    required: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the event table: in which working states the law allows the event, under which article.

    ``sources`` are the working states (each also when carried over). ``recorded`` are those in which the past may
    still be recorded as it was, though it was irregular (an old ledger); the event then carries what was
    irregular. ``meets`` is the deadline that the step fulfils. ``by_itself`` marks what no person does.
    ``opens`` is the wait that the step begins, ``ends`` the one that it ends; other waits stay as they are.
    """

    event: EventKind
    article: str
    sources: tuple[State, ...]
    target: Target
    clock: str
    facts: tuple[Fact, ...] = ()
    recorded: tuple[State, ...] = WORKING
    meets: DeadlineKind | None = None
    by_itself: bool = False
    opens: State | None = None
    ends: State | None = None


REGISTRATION = Step(
    EventKind.REGISTER,
    "条例第二十九条、第三十一条",
    (),
    Target.SAME,
    "答复期限自收到申请之日的次日起算",
    facts=(
        Fact("number", "登记编号", "text", required=False),
        Fact("applicant_kind", "申请人类别", "applicant_kind"),
        Fact("subject", "申请内容", "text"),
        Fact("channel", "申请渠道", "channel", required=False),
        Fact("submitted_on", "提交日期", "day", required=False),
        Fact("remarks", "备注", "text", required=False),
        Fact("ledger_digest", "台账行摘要", "text", required=False),
        Fact("person_digest", "申请人信息摘要", "text", required=False),
        # Written by the desk, so that a case moved to another agency or person is found out.
        Fact("agency", "机关", "whole", required=False),
        Fact("applicant", "申请人", "whole", required=False),
    ),
)
"""登记: the event that makes a case; its day is 收到申请之日."""

_ENDING_FACTS = (
    Fact("outcome", "办理结果", "outcome"),
    Fact("reply_number", "答复文号", "text", required=False),
)
_RECEIVED, _PENDING, _CONSULTING, _AWAITING = WORKING

STEPS: tuple[Step, ...] = (
    Step(
        EventKind.ASK_CORRECTION,
        "条例第三十条",
        (_RECEIVED, _CONSULTING),
        Target.WAITS,
        "停止计算",
        opens=_PENDING,
        facts=(Fact("until", "补正期限", "day", required=False),),
        meets=DeadlineKind.ASK_CORRECTION,
    ),
    Step(
        EventKind.CORRECT,
        "条例第三十条",
        (_PENDING,),
        Target.WAITS,
        "答复期限自收到补正之日的次日起重新计算",
        ends=_PENDING,
        meets=DeadlineKind.CORRECTION,
    ),
    Step(
        EventKind.CONSULT,
        "条例第三十二条、第三十四条",
        (_RECEIVED, _CONSULTING),
        Target.WAITS,
        "暂停计算",
        opens=_CONSULTING,
        facts=(Fact("delivered", "送达日期", "day", required=False),),
    ),
    Step(
        EventKind.OPINIONS_IN,
        "条例第三十二条、第三十三条第三款",
        (_CONSULTING, _PENDING, _AWAITING),
        Target.WAITS,
        "恢复计算",
        ends=_CONSULTING,
        facts=(Fact("consultation", "第几次征求意见", "whole"),),
        meets=DeadlineKind.OPINION,
    ),
    Step(
        EventKind.EXTEND,
        "条例第三十三条第二款",
        (_RECEIVED, _CONSULTING),
        Target.SAME,
        "延长不超过二十个工作日",
        facts=(Fact("working_days", "延期工作日", "days"),),
    ),
    Step(
        EventKind.BILL,
        "信息处理费管理办法第六条",
        (_RECEIVED, _CONSULTING),
        Target.WAITS,
        "停止计算",
        opens=_AWAITING,
        facts=(Fact("billed_yuan", "收费金额", "yuan"),),
    ),
    Step(
        EventKind.PAY,
        "信息处理费管理办法第六条",
        (_AWAITING,),
        Target.WAITS,
        "答复期限自缴费之日的次日起重新计算",
        ends=_AWAITING,
        facts=(Fact("received_yuan", "实收金额", "yuan"),),
        meets=DeadlineKind.PAYMENT,
    ),
    Step(
        EventKind.DECIDE,
        "条例第三十六条",
        (_RECEIVED,),
        Target.OUTCOME,
        "办结",
        facts=_ENDING_FACTS,
        meets=DeadlineKind.REPLY,
    ),
    Step(
        EventKind.LAPSE,
        "条例第三十条，信息处理费管理办法第六条",
        (_PENDING, _AWAITING),
        Target.OUTCOME,
        "办结",
        facts=_ENDING_FACTS,
    ),
    Step(
        EventKind.CLOSE,
        "年度报告格式（六）其他处理",
        WORKING,
        Target.OUTCOME,
        "办结",
        facts=_ENDING_FACTS,
    ),
    Step(
        EventKind.CARRY_OVER,
        "年度报告格式：结转下年度继续办理",
        WORKING,
        Target.CARRIED,
        "不影响",
        facts=(Fact("year", "年度", "whole"),),
        by_itself=True,
    ),
    Step(
        EventKind.RECALCULATE,
        "国务院办公厅节假日安排通知",
        WORKING,
        Target.SAME,
        "按新的工作日历重算",
        facts=(Fact("calendar_revision", "工作日历版本", "whole"),),
        by_itself=True,
    ),
)

ANY_STATE_STEPS: tuple[Step, ...] = (
    Step(
        EventKind.OPEN_REVIEW,
        "条例第五十一条",
        WORKING,
        Target.SAME,
        "不影响",
        facts=(Fact("review_kind", "类别", "review_kind"), Fact("remarks", "备注", "text", required=False)),
    ),
    Step(
        EventKind.CONCLUDE_REVIEW,
        "条例第五十一条",
        WORKING,
        Target.SAME,
        "不影响",
        facts=(
            Fact("review", "第几件复议诉讼", "whole"),
            Fact("result", "结果", "review_result"),
            Fact("remarks", "备注", "text", required=False),
        ),
    ),
)
"""Remedies: they run beside the case, open or closed, and move no state."""

BY_EVENT: dict[EventKind, Step] = {step.event: step for step in (REGISTRATION, *STEPS, *ANY_STATE_STEPS)}


Edition = Literal["2019", "2021"]


class Remedy(Enum):
    """救济途径 of a final reply (行政复议法 Art. 23, 2023 revision)."""

    RECONSIDERATION_FIRST = "复议前置"
    EITHER = "可以申请复议或者起诉"


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What an outcome (办理结果) is in law: its group, article, remedy, and its row in the 2019 form.

    In the 2021 form the row is the outcome itself; the 2019 form has one row for all of 其他处理.
    """

    outcome: Outcome
    group: OutcomeGroup
    article: str
    remedy: Remedy
    row_2019: str


def _rule(outcome: Outcome, group: OutcomeGroup, article: str, remedy: Remedy = Remedy.EITHER) -> OutcomeRule:
    row_2019 = "other" if group is OutcomeGroup.OTHER else outcome.value
    return OutcomeRule(outcome, group, article, remedy, row_2019)


_FIRST = Remedy.RECONSIDERATION_FIRST

OUTCOME_RULES: tuple[OutcomeRule, ...] = (
    _rule(Outcome.GRANTED, OutcomeGroup.GRANTED, "条例第三十六条第（一）、（二）项"),
    _rule(Outcome.PARTLY_GRANTED, OutcomeGroup.PARTLY_GRANTED, "条例第三十七条", _FIRST),
    _rule(Outcome.REFUSED_STATE_SECRET, OutcomeGroup.REFUSED, "条例第十四条", _FIRST),
    _rule(Outcome.REFUSED_OTHER_LAW, OutcomeGroup.REFUSED, "条例第十四条", _FIRST),
    _rule(Outcome.REFUSED_SAFETY_STABILITY, OutcomeGroup.REFUSED, "条例第十四条", _FIRST),
    _rule(Outcome.REFUSED_THIRD_PARTY, OutcomeGroup.REFUSED, "条例第十五条、第三十二条", _FIRST),
    _rule(Outcome.REFUSED_INTERNAL_AFFAIRS, OutcomeGroup.REFUSED, "条例第十六条第一款", _FIRST),
    _rule(Outcome.REFUSED_PROCESS, OutcomeGroup.REFUSED, "条例第十六条第二款", _FIRST),
    _rule(Outcome.REFUSED_ENFORCEMENT_FILE, OutcomeGroup.REFUSED, "条例第十六条第二款", _FIRST),
    _rule(Outcome.REFUSED_ADMINISTRATIVE_QUERY, OutcomeGroup.REFUSED, "条例第三十六条第（七）项"),
    _rule(Outcome.UNAVAILABLE_NOT_HELD, OutcomeGroup.UNAVAILABLE, "条例第三十六条第（四）、（五）项"),
    _rule(Outcome.UNAVAILABLE_NEEDS_CREATION, OutcomeGroup.UNAVAILABLE, "条例第三十八条"),
    _rule(Outcome.UNAVAILABLE_STILL_UNCLEAR, OutcomeGroup.UNAVAILABLE, "条例第二十九条、第三十条"),
    _rule(Outcome.UNPROCESSED_PETITION, OutcomeGroup.UNPROCESSED, "条例第三十九条第一款"),
    _rule(Outcome.UNPROCESSED_REPEAT, OutcomeGroup.UNPROCESSED, "条例第三十六条第（六）项"),
    _rule(Outcome.UNPROCESSED_PUBLICATION, OutcomeGroup.UNPROCESSED, "条例第三十九条第二款"),
    _rule(Outcome.UNPROCESSED_EXCESSIVE, OutcomeGroup.UNPROCESSED, "条例第三十五条"),
    _rule(Outcome.UNPROCESSED_REISSUE, OutcomeGroup.UNPROCESSED, "年度报告格式（五）5"),
    _rule(Outcome.OTHER_NOT_CORRECTED, OutcomeGroup.OTHER, "条例第三十条"),
    _rule(Outcome.OTHER_FEE_UNPAID, OutcomeGroup.OTHER, "信息处理费管理办法第六条"),
    _rule(Outcome.OTHER_MISC, OutcomeGroup.OTHER, "年度报告格式（六）3"),
)

OUTCOMES: dict[Outcome, OutcomeRule] = {rule.outcome: rule for rule in OUTCOME_RULES}

FINAL_STATE: dict[OutcomeGroup, State] = {
    OutcomeGroup.GRANTED: State.DISCLOSED,
    OutcomeGroup.PARTLY_GRANTED: State.DISCLOSED,
    OutcomeGroup.REFUSED: State.REFUSED,
    OutcomeGroup.UNAVAILABLE: State.REFUSED,
    OutcomeGroup.UNPROCESSED: State.REFUSED,
    OutcomeGroup.OTHER: State.CLOSED,
}

ENDING: dict[Outcome, EventKind] = {
    outcome: EventKind.DECIDE if rule.group is not OutcomeGroup.OTHER else EventKind.LAPSE
    for outcome, rule in OUTCOMES.items()
} | {Outcome.OTHER_MISC: EventKind.CLOSE}
"""The event by which each outcome comes about: a reply, a lapse (视为放弃), or another ending."""


def row_of(outcome: Outcome, edition: Edition) -> str:
    """The row of table three that ``outcome`` is counted in, by the row's key in the report's JSON."""
    return OUTCOMES[outcome].row_2019 if edition == "2019" else outcome.value


def final_state(outcome: Outcome) -> State:
    """The final state that a case with this outcome is in."""
    return FINAL_STATE[OUTCOMES[outcome].group]


def ledger_label(outcome: Outcome) -> str:
    """What a ledger (台账) calls the outcome: its label, with its group before it where the group has rows."""
    group = OUTCOMES[outcome].group
    alone = group in {OutcomeGroup.GRANTED, OutcomeGroup.PARTLY_GRANTED}
    return outcome.label if alone else f"{group.label}-{outcome.label}"
