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
    AttachmentKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    OutcomeGroup,
    Procedure,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
    Term,
)

WORKING = (State.RECEIVED, State.PENDING_CORRECTION, State.CONSULTING, State.AWAITING_FEE, State.PAUSED)
"""The working states, by what a case waits for: nothing, a correction, opinions, a payment, the end of a pause."""

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
    REFOLDED = "what the state would be without the entry"


TERMS: dict[str, type[Term]] = {
    "applicant_kind": ApplicantKind,
    "attachment_kind": AttachmentKind,
    "channel": Channel,
    "consultation_kind": ConsultationKind,
    "ground": Ground,
    "matter": Matter,
    "means": Means,
    "opinion": Opinion,
    "outcome": Outcome,
    "procedure": Procedure,
    "rectification_result": RectificationResult,
    "reopen_ground": ReopenGround,
    "review_kind": ReviewKind,
    "review_result": ReviewResult,
    "ruling_form": RulingForm,
    "tariff": Tariff,
}
"""The vocabularies that a fact may be of, by the name of its type."""

PYTHON_TYPES: dict[str, type] = {
    "day": date,
    "days": int,
    "whole": int,
    "yuan": Decimal,
    "text": str,
    "flag": bool,
    **TERMS,
}
"""The types of facts: a day, a number of working days, a whole number, yuan, text, yes or no, a term."""


WAITS_BY_RANK = (
    State.PAUSED,
    State.PENDING_CORRECTION,
    State.AWAITING_FEE,
    State.CONSULTING,
    State.RECEIVED,
)
"""Of several waits at once the first of these gives the case its state; the last is no wait at all."""

Need = Literal["always", "lawful", "free"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a step takes: its name in the log, its Chinese label, its type, and when it must be given.

    ``always``: the step means nothing without it. ``lawful``: the law or good order asks for it now, but the past (an
    old ledger) may be recorded without. ``free``: it may be given; some are asked for by what else was given.
    ``filled`` marks what the desk writes by itself where nobody gives it.
    """

    name: str
    label: str
    type: str
    need: Need = "always"
    filled: bool = False

    @property
    def required(self) -> bool:
        """Whether an officer must give it with every new step."""
        return self.need != "free" and not self.filled


def _free(name: str, label: str, kind: str = "text", *, filled: bool = False) -> Fact:
    return Fact(name, label, kind, "free", filled)


def _lawful(name: str, label: str, kind: str = "text") -> Fact:
    return Fact(name, label, kind, "lawful")


_BOTH = (Matter.DISCLOSURE, Matter.RECTIFICATION)


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the event table: in which states the law allows the event, under which article.

    A working state among ``sources`` also stands for itself when carried over. ``recorded`` are the states in which
    the past may still be recorded as it was, though it was irregular (an old ledger); None: the step's own, and every
    working state if one of them is among its own. ``meets`` is the deadline that the step fulfils. ``by_itself`` marks
    what no person does. ``opens`` is the wait that the step begins, ``ends`` the one that it ends; other waits stay as
    they are. ``outcomes`` are those that it may end a case with. ``matters`` are the kinds of request that it is for.
    """

    event: EventKind
    article: str
    sources: tuple[State, ...]
    target: Target | State
    clock: str
    facts: tuple[Fact, ...] = ()
    recorded: tuple[State, ...] | None = None
    meets: DeadlineKind | None = None
    by_itself: bool = False
    opens: State | None = None
    ends: State | None = None
    outcomes: tuple[Outcome, ...] = ()
    matters: tuple[Matter, ...] = (Matter.DISCLOSURE,)

    def sources_of_record(self) -> tuple[State, ...]:
        """The states in which the past may be recorded: irregular, but it happened.

        What is done to an arrival or to a reply needs one: no past can hold it otherwise.
        """
        if self.recorded is not None:
            return self.recorded
        if not set(self.sources) & set(WORKING):
            return self.sources
        return tuple(dict.fromkeys((*WORKING, *self.sources)))


_ENTRY_FACTS = (
    _free("number", "登记编号", filled=True),
    Fact("applicant_kind", "申请人类别", "applicant_kind"),
    Fact("subject", "申请内容", "text"),
    _free("matter", "事项种类", "matter"),
    _free("channel", "申请渠道", "channel"),
    _free("submitted_on", "提交日期", "day"),
    _free("arrived_on", "签收日期", "day"),
    _free("confirmed_on", "确认日期", "day"),
    _free("confirmed_how", "确认方式"),
    _free("misdirected", "寄给本机关其他部门或者个人", "flag"),
    _free("filled_by_staff", "工作人员代为填写", "flag"),
    _free("authority", "授权委托书"),
    _free("form", "获取方式和载体形式"),
    _free("items", "一件来信所含项数", "whole"),
    _free("linked_to", "关联的登记编号"),
    _free("split_from", "拆分自登记编号"),
    _free("month_ordinal", "当月第几件", "whole", filled=True),
    _free("reply_days", "内部期限工作日", "days", filled=True),
    _free("remarks", "备注"),
    _free("ledger_digest", "台账行摘要", filled=True),
    _free("person_digest", "申请人信息摘要", filled=True),
    # Written by the desk, so that a case moved to another agency or person is found out.
    _free("agency", "机关", "whole", filled=True),
    _free("applicant", "申请人", "whole", filled=True),
)

REGISTRATION = Step(
    EventKind.REGISTER,
    "条例第二十九条、第三十一条",
    (),
    State.RECEIVED,
    "答复期限自收到申请之日的次日起算",
    facts=_ENTRY_FACTS,
    matters=_BOTH,
)
"""登记: the event that makes a case; its day is 收到申请之日."""

ARRIVAL = Step(
    EventKind.ARRIVE,
    "条例第三十一条",
    (),
    State.UNCONFIRMED,
    "收到申请之日尚未确定，期限未起算",
    facts=_ENTRY_FACTS,
    matters=_BOTH,
)
"""收件: a request whose day of receipt is not settled yet, because it is to be confirmed or evidence is missing."""

FIRST_STEPS = (REGISTRATION, ARRIVAL)

_ENDING_FACTS = (
    Fact("outcome", "办理结果", "outcome"),
    _free("reply_number", "答复文号"),
)
_RECEIVED, _PENDING, _CONSULTING, _AWAITING, _PAUSED = WORKING
_UNCONFIRMED = State.UNCONFIRMED
_UNDER_WAY = (_RECEIVED, _CONSULTING)
_ANY = (*WORKING, *FINAL)
_REPLIES = tuple(outcome for outcome in Outcome if not outcome.value.startswith("other_"))
_MISC = (Outcome.OTHER_MISC,)

STEPS: tuple[Step, ...] = (
    Step(
        EventKind.CONTACT,
        "条例第三十一条，国办公开办函〔2015〕207号",
        (_UNCONFIRMED,),
        Target.SAME,
        "收到申请之日尚未确定，期限未起算",
        facts=(Fact("how", "联系方式和情况", "text"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.CONFIRM,
        "条例第三十一条",
        (_UNCONFIRMED,),
        State.RECEIVED,
        "答复期限自收到申请之日的次日起算",
        facts=(
            _free("received_on", "收到申请之日", "day", filled=True),
            _free("arrived_on", "签收日期", "day"),
            _free("submitted_on", "提交日期", "day"),
            _free("how", "确认方式"),
            _free("month_ordinal", "当月第几件", "whole", filled=True),
        ),
        meets=DeadlineKind.CONFIRM,
        matters=_BOTH,
    ),
    Step(
        EventKind.DISMISS,
        "条例第二十九条、第三十一条",
        (_UNCONFIRMED,),
        State.VOID,
        "期限未起算，不计入统计",
        facts=(Fact("reason", "理由", "text"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.ASK_CORRECTION,
        "条例第三十条",
        _UNDER_WAY,
        Target.WAITS,
        "停止计算",
        opens=_PENDING,
        facts=(
            _lawful("items", "补正事项"),
            _free("until", "补正期限", "day"),
            _free("working_days", "补正工作日", "days", filled=True),
            _free("delivered", "送达日期", "day"),
            # A letter of today binds nobody before it came; old ledgers know no deliveries.
            _free("awaits_delivery", "送达后起算", "flag", filled=True),
            _free("override", "破例理由"),
        ),
        meets=DeadlineKind.ASK_CORRECTION,
    ),
    Step(
        EventKind.DELIVER_CORRECTION,
        "条例第三十条",
        (_PENDING, _PAUSED),
        Target.SAME,
        "补正期限自送达次日起算",
        facts=(_free("until", "重新告知的补正期限", "day"),),
    ),
    Step(
        EventKind.CORRECT,
        "条例第三十条",
        (_PENDING,),
        Target.WAITS,
        "答复期限自收到补正之日的次日起重新计算",
        ends=_PENDING,
        facts=(_free("late_reason", "逾期的正当理由"), _free("approver", "批准人")),
        meets=DeadlineKind.CORRECTION,
    ),
    Step(
        EventKind.CONSULT,
        "条例第三十二条、第三十三条第三款、第三十四条",
        _UNDER_WAY,
        Target.WAITS,
        "暂停计算（征求本机关内部意见的不暂停）",
        opens=_CONSULTING,
        facts=(
            _lawful("kind", "征求对象", "consultation_kind"),
            _lawful("party", "对方名称"),
            _free("delivered", "送达日期", "day"),
            _free("legal_review", "法制审核同意暂停", "flag"),
            _free("suspends", "是否暂停期限", "flag", filled=True),
        ),
    ),
    Step(
        EventKind.DELIVER_CONSULTATION,
        "条例第三十二条、第三十四条",
        WORKING,
        Target.SAME,
        "十五个工作日自送达次日起算",
        facts=(Fact("consultation", "第几次征求意见", "whole"),),
    ),
    Step(
        EventKind.OPINIONS_IN,
        "条例第三十二条、第三十三条第三款",
        WORKING,
        Target.WAITS,
        "恢复计算",
        ends=_CONSULTING,
        facts=(
            Fact("consultation", "第几次征求意见", "whole"),
            _lawful("opinion", "意见", "opinion"),
            _free("reason", "对方理由"),
        ),
        meets=DeadlineKind.OPINION,
    ),
    Step(
        EventKind.EXTEND,
        "条例第三十三条第二款",
        _UNDER_WAY,
        Target.SAME,
        "延长不超过二十个工作日",
        facts=(
            Fact("working_days", "延期工作日", "days"),
            _lawful("approver", "批准人"),
            _lawful("reason", "延期理由"),
            _free("approvals", "审批", filled=True),
        ),
    ),
    Step(
        EventKind.ASK_REASONS,
        "条例第三十五条",
        _UNDER_WAY,
        Target.SAME,
        "不影响",
        facts=(_lawful("volume", "数量、频次情况"), _free("until", "说明理由期限", "day")),
    ),
    Step(
        EventKind.REASONS_IN,
        "条例第三十五条",
        WORKING,
        Target.SAME,
        "不影响",
        facts=(_lawful("reasonable", "理由是否合理", "flag"),),
        meets=DeadlineKind.REASONS,
    ),
    Step(
        EventKind.DELAY,
        "条例第三十五条",
        _UNDER_WAY,
        Target.SAME,
        "答复期限改为所定的合理期限",
        facts=(
            Fact("until", "延迟至", "day"),
            _lawful("reason", "延迟理由"),
            _lawful("approver", "批准人"),
            _free("approvals", "审批", filled=True),
        ),
    ),
    Step(
        EventKind.BILL,
        "信息处理费管理办法第六条",
        _UNDER_WAY,
        Target.WAITS,
        "停止计算",
        opens=_AWAITING,
        facts=(
            Fact("billed_yuan", "收费金额", "yuan"),
            _lawful("tariff", "收费标准", "tariff"),
            _free("pages", "页数", "whole"),
            _free("ordinals", "按件计算的序号", filled=True),
            _free("items", "拆分计算的件数", "whole"),
            _free("restarts", "缴费后重新计算", "flag", filled=True),
        ),
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
        EventKind.PAUSE,
        "条例未规定中止，经批准后记录",
        _UNDER_WAY,
        Target.WAITS,
        "暂停计算",
        opens=_PAUSED,
        facts=(_lawful("reason", "中止理由"), _lawful("approver", "批准人")),
        matters=_BOTH,
    ),
    Step(
        EventKind.RESUME,
        "条例未规定中止，经批准后记录",
        (_PAUSED,),
        Target.WAITS,
        "恢复计算",
        ends=_PAUSED,
        matters=_BOTH,
    ),
    Step(
        EventKind.SEARCH,
        "条例第三十六条第（四）项",
        WORKING,
        Target.SAME,
        "不影响",
        facts=(
            Fact("where", "检索范围", "text"),
            Fact("terms", "检索词", "text"),
            Fact("searcher", "检索人", "text"),
            Fact("found", "是否找到", "flag"),
        ),
    ),
    Step(
        EventKind.SECRECY_REVIEW,
        "条例第十七条，保守国家秘密法第三十五条",
        WORKING,
        Target.SAME,
        "不影响",
        facts=(
            Fact("reviewer", "审查人", "text"),
            Fact("may_release", "可以公开", "flag"),
            _free("remarks", "审查意见"),
        ),
    ),
    Step(
        EventKind.TELL_THIRD_PARTY,
        "条例第三十二条",
        _UNDER_WAY,
        Target.SAME,
        "不影响",
        facts=(Fact("consultation", "第几次征求意见", "whole"), Fact("reason", "决定公开的内容和理由", "text")),
    ),
    Step(
        EventKind.SPLIT,
        "信息处理费管理办法第四条（一事一申请）",
        _UNDER_WAY,
        Target.SAME,
        "不影响，拆出的申请收到之日相同",
        facts=(Fact("into", "拆出的登记编号", "text"), Fact("subject", "本件保留的内容", "text")),
    ),
    Step(
        EventKind.DECIDE,
        "条例第三十六条",
        (_RECEIVED,),
        Target.OUTCOME,
        "办结",
        facts=(
            *_ENDING_FACTS,
            _lawful("means", "送达方式", "means"),
            _free("ground", "情形", "ground"),
            _free("reasons", "理由和条款"),
            _free("access", "获取方式、途径和时间"),
            _free("other_agency", "负责公开的机关"),
            _free("other_agency_contact", "该机关联系方式"),
            _free("earlier_reply", "先前答复的文号和日期"),
            _free("proper_way", "相应渠道或者办理依据"),
            _free("tracking", "邮件号"),
            _free("review_channel", "网上复议渠道"),
            _free("override", "破例理由"),
            _free("reevaluate_on", "下次评估日期", "day", filled=True),
            _free("path", "审查步骤", filled=True),
            _free("approvals", "审批", filled=True),
        ),
        meets=DeadlineKind.REPLY,
        outcomes=_REPLIES,
    ),
    Step(
        EventKind.LAPSE,
        "条例第三十条，信息处理费管理办法第六条",
        (_PENDING, _AWAITING),
        Target.OUTCOME,
        "办结",
        facts=_ENDING_FACTS,
        outcomes=(Outcome.OTHER_NOT_CORRECTED, Outcome.OTHER_FEE_UNPAID),
    ),
    Step(
        EventKind.WITHDRAW,
        "条例未规定，按年度报告格式（六）3计",
        WORKING,
        State.CLOSED,
        "办结",
        facts=(_lawful("how", "撤回方式"), _lawful("identity_checked", "已核对身份", "flag")),
        outcomes=_MISC,
        matters=_BOTH,
    ),
    Step(
        EventKind.MERGE,
        "法释〔2025〕8号，年度报告格式（六）3",
        WORKING,
        State.CLOSED,
        "办结，由并入的一件答复",
        facts=(Fact("into", "并入的登记编号", "text"),),
        outcomes=_MISC,
    ),
    Step(
        EventKind.CLOSE,
        "年度报告格式（六）其他处理",
        WORKING,
        State.CLOSED,
        "办结",
        facts=(*_ENDING_FACTS, _lawful("reason", "理由")),
        outcomes=_MISC,
    ),
    Step(
        EventKind.RECTIFY,
        "条例第四十一条",
        _UNDER_WAY,
        State.CLOSED,
        "办结，不计入统计",
        facts=(
            Fact("result", "更正处理结果", "rectification_result"),
            Fact("reason", "核实情况和理由", "text"),
            _free("other_agency", "有权更正的机关"),
            _free("reply_number", "答复文号"),
        ),
        meets=DeadlineKind.REPLY,
        matters=(Matter.RECTIFICATION,),
    ),
    Step(
        EventKind.SERVE,
        "国办公开办函〔2016〕235号",
        FINAL,
        Target.SAME,
        "当面、委托送达的，答复日期为签收之日；其余不影响，作为送达凭证",
        facts=(_free("how", "签收情况"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.RETURN,
        "国办公开办函〔2016〕235号",
        FINAL,
        Target.SAME,
        "不影响，应再次送达",
        facts=(Fact("reason", "退回原因", "text"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.SERVE_AGAIN,
        "国办公开办函〔2016〕235号",
        FINAL,
        Target.SAME,
        "电子、当面、委托送达未成的，答复日期改为再次送达之日；邮寄的不改",
        facts=(
            Fact("means", "送达方式", "means"),
            _free("tracking", "邮件号"),
            _free("review_channel", "网上复议渠道"),
            _free("override", "破例理由"),
        ),
        matters=_BOTH,
    ),
    Step(
        EventKind.REOPEN,
        "行政复议法第六十四条、第六十六条，行政诉讼法第七十条、第七十二条",
        FINAL,
        State.RECEIVED,
        "自次日起另行计算，不再计入统计",
        facts=(
            Fact("ground", "重新办理的依据", "reopen_ground"),
            _free("review", "第几件复议诉讼", "whole"),
            _free("until", "所定期限", "day"),
            _free("working_days", "所定工作日", "days", filled=True),
            _free("reason", "理由"),
            _free("approver", "批准人"),
        ),
    ),
    Step(
        EventKind.AMEND,
        "条例第三十一条、第四十五条",
        (_UNCONFIRMED, *_ANY),
        Target.SAME,
        "更正收到日期的，期限按更正后的日期重新推算",
        facts=(
            Fact("reason", "理由", "text"),
            _free("received_on", "收到申请之日", "day"),
            _free("subject", "申请内容"),
            _free("channel", "申请渠道", "channel"),
            _free("submitted_on", "提交日期", "day"),
            _free("arrived_on", "签收日期", "day"),
            _free("month_ordinal", "当月第几件", "whole", filled=True),
        ),
        matters=_BOTH,
    ),
    Step(
        EventKind.CHANGE_KIND,
        "年度报告格式：申请人情况",
        (_UNCONFIRMED, *_ANY),
        Target.SAME,
        "不影响，统计改列",
        facts=(Fact("applicant_kind", "申请人类别", "applicant_kind"), Fact("reason", "理由", "text")),
        matters=_BOTH,
    ),
    Step(
        EventKind.ASSIGN,
        "机关内部分工",
        (_UNCONFIRMED, *_ANY),
        Target.SAME,
        "不影响",
        facts=(Fact("officer", "经办人", "text"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.NOTE,
        "条例第四十五条",
        (_UNCONFIRMED, *_ANY, State.VOID),
        Target.SAME,
        "不影响",
        facts=(Fact("text", "内容", "text"),),
        matters=_BOTH,
    ),
    Step(
        EventKind.ATTACH,
        "条例第四十五条",
        (_UNCONFIRMED, *_ANY, State.VOID),
        Target.SAME,
        "不影响",
        facts=(
            Fact("attachment_kind", "附件种类", "attachment_kind"),
            Fact("name", "文件名", "text"),
            Fact("media_type", "文件类型", "text"),
            Fact("size", "字节数", "whole"),
            Fact("sha256", "摘要（SHA-256）", "text"),
        ),
        matters=_BOTH,
    ),
    Step(
        EventKind.SEND_LETTER,
        "条例第四十五条",
        (_UNCONFIRMED, *_ANY),
        Target.SAME,
        "不影响，期限随同时记录的事项",
        facts=(
            Fact("letter", "文书序号", "whole"),
            Fact("code", "文书种类", "text"),
            Fact("title", "文书名称", "text"),
            _free("document_number", "文号"),
            _free("means", "送达方式", "means"),
            _free("tracking", "邮件号"),
            _free("enclosed", "附件说明"),
            Fact("sha256", "摘要（SHA-256）", "text"),
        ),
        by_itself=True,
        matters=_BOTH,
    ),
    Step(
        EventKind.VOID,
        "条例第四十五条",
        (_UNCONFIRMED, *_ANY),
        Target.REFOLDED,
        "按除去该条后的事实重新推算",
        facts=(Fact("entry", "第几条记录", "whole"), Fact("reason", "理由", "text")),
        matters=_BOTH,
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
        _ANY,
        Target.SAME,
        "按新的工作日历重算",
        facts=(Fact("calendar_revision", "工作日历版本", "whole"),),
        by_itself=True,
        matters=_BOTH,
    ),
    Step(
        EventKind.OPEN_REVIEW,
        "条例第五十一条",
        _ANY,
        Target.SAME,
        "不影响",
        facts=(
            Fact("review_kind", "类别", "review_kind"),
            _free("procedure", "复议程序", "procedure"),
            _free("copy_received", "收到申请书或者起诉状副本日期", "day"),
            _free("body", "复议机关或者法院"),
            _free("case_number", "案号"),
            _free("remarks", "备注"),
        ),
        matters=_BOTH,
    ),
    Step(
        EventKind.ANSWER_REVIEW,
        "行政复议法第四十八条、第五十四条，行政诉讼法第六十七条",
        _ANY,
        Target.SAME,
        "不影响",
        facts=(Fact("review", "第几件复议诉讼", "whole"),),
        meets=DeadlineKind.REVIEW_ANSWER,
        matters=_BOTH,
    ),
    Step(
        EventKind.FIRST_JUDGMENT,
        "行政诉讼法第八十五条",
        _ANY,
        Target.SAME,
        "上诉期限自送达次日起算",
        facts=(
            Fact("review", "第几件复议诉讼", "whole"),
            Fact("ruling_form", "裁判形式", "ruling_form"),
            _free("result", "一审结果", "review_result"),
        ),
        matters=_BOTH,
    ),
    Step(
        EventKind.APPEAL,
        "行政诉讼法第八十五条",
        _ANY,
        Target.SAME,
        "不影响，仍为同一件",
        facts=(Fact("review", "第几件复议诉讼", "whole"), _free("by", "上诉人")),
        meets=DeadlineKind.APPEAL,
        matters=_BOTH,
    ),
    Step(
        EventKind.CONCLUDE_REVIEW,
        "条例第五十一条",
        _ANY,
        Target.SAME,
        "不影响",
        facts=(
            Fact("review", "第几件复议诉讼", "whole"),
            Fact("result", "结果", "review_result"),
            _free("remarks", "备注"),
        ),
        matters=_BOTH,
    ),
)
"""Every step after the first, in the order in which an office meets them."""

BY_EVENT: dict[EventKind, Step] = {step.event: step for step in (*FIRST_STEPS, *STEPS)}

BESIDE = tuple(
    step.event for step in STEPS if set(_ANY) <= set(step.sources) and step.target in {Target.SAME, Target.REFOLDED}
)
"""What runs beside the case, open or closed, and moves no state: reviews, notes, the applicant's category."""


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
"""The event by which each outcome comes about in a ledger: a reply, a lapse (视为放弃), or another ending."""

GROUNDS: dict[Outcome, tuple[Ground, ...]] = {
    Outcome.GRANTED: (Ground.PROVIDED, Ground.ALREADY_PUBLIC),
    Outcome.UNAVAILABLE_NOT_HELD: (Ground.NOT_EXISTING, Ground.NOT_OURS),
}
"""The outcomes with two faces: which of them it is, a reply must say."""

GROUND_ARTICLES = {
    Ground.PROVIDED: "条例第三十六条第（二）项",
    Ground.ALREADY_PUBLIC: "条例第三十六条第（一）项",
    Ground.NOT_EXISTING: "条例第三十六条第（四）项",
    Ground.NOT_OURS: "条例第三十六条第（五）项",
}

REOPENING_ARTICLES = {
    ReopenGround.LATE_CORRECTION: "条例第三十条",
    ReopenGround.OWN_CORRECTION: "机关自行纠正，条例未规定",
}
"""The article of a reopening that nobody ordered; for one that was ordered the event's own hold."""

RELEASING = (Outcome.GRANTED, Outcome.PARTLY_GRANTED)
"""The outcomes that release content: they need a secrecy review first (Art. 17), unless it is public already."""

_WITHHOLDING = tuple(
    rule.outcome
    for rule in OUTCOME_RULES
    if rule.group in {OutcomeGroup.PARTLY_GRANTED, OutcomeGroup.REFUSED} and rule.remedy is Remedy.RECONSIDERATION_FIRST
)

DEMANDS: dict[Outcome | Ground, tuple[str, ...]] = {
    **dict.fromkeys(_WITHHOLDING, ("reasons",)),
    Ground.ALREADY_PUBLIC: ("access",),
    Ground.NOT_OURS: ("reasons",),
    Outcome.REFUSED_ADMINISTRATIVE_QUERY: ("proper_way",),
    Outcome.UNAVAILABLE_NEEDS_CREATION: ("reasons",),
    Outcome.UNAVAILABLE_STILL_UNCLEAR: ("reasons",),
    Outcome.UNPROCESSED_REPEAT: ("earlier_reply",),
    Outcome.UNPROCESSED_EXCESSIVE: ("reasons",),
    Outcome.UNPROCESSED_REISSUE: ("earlier_reply",),
}
"""The facts that a reply of this outcome, or on this ground, must give beside what every reply gives (Arts. 36–39)."""


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
