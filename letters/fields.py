"""The fields of a letter's template (模板字段), each with what it says and how the case fills it.

They have Chinese names, because officers write them into templates of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from letters.catalogue import BY_CODE, LetterKind, of_decision
from models.vocabulary import ApplicantKind, EventKind, Means, Outcome, Recipient, Tariff
from paper.form import day
from workflow import clock, fees, rules
from workflow.applicants import ApplicantDetails
from workflow.case import Case, Happening
from workflow.fold import Entry
from workflow.records import Record

TO_BE_NUMBERED = "（签发时编号）"
"""What stands for the 文号 of a letter that nobody has signed."""

_CONTROL = {code: None for code in range(32) if chr(code) != "\n"} | {0xFFFE: None, 0xFFFF: None}


def plain(text: str) -> str:
    """A text as a letter takes it: lines kept, but no character that no document can hold."""
    return text.replace("\t", " ").translate(_CONTROL).strip()


def ended(text: str | None) -> str:
    """A text of an officer with a stop at its end; nothing stays nothing."""
    if not text or not text.strip():
        return ""
    text = text.strip()
    return text if text.endswith(("。", "！", "？", "；")) else text.rstrip("，、；,.;") + "。"


def written(value: Any) -> str:
    """A value as a letter prints it; nothing for what is not there."""
    if value is None or value is False:
        return ""
    return day(value) if isinstance(value, date) else plain(str(value))


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a field may be filled from.

    ``before`` and ``after`` are the case without and with the letter's step; ``log`` has what stands up to it.
    """

    kind: LetterKind
    record: Record
    log: Sequence[Entry]
    applicant: ApplicantDetails
    agency: str
    on: date
    step: Happening | None
    before: Case
    after: Case
    place: int | None
    means: Means | None

    def fact(self, name: str) -> Any:
        """A fact of the step; None where it is not given."""
        return None if self.step is None else self.step.facts.get(name)

    def first(self, name: str) -> Any:
        """A fact of the case's first step."""
        return self.log[0].happening.facts.get(name) if self.log else None

    def last_of(self, event: EventKind) -> Happening | None:
        """The last standing step of a kind up to this one's."""
        found = [each.happening for each in self.log if each.happening.event is event]
        return found[-1] if found else None

    def due(self, case: Case) -> date | None:
        """The last day of the reply of ``case`` as of the letter; None while it is not running."""
        if case.received is None:
            return None
        return clock.reckon(case.clock_facts(), self.record.calendar, self.on).reply_due


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a template: what it says, and how it is filled; ``free`` ones are given by the officer."""

    meaning: str
    filled: Callable[[Sheet], Any] = field(repr=False, default=lambda _: None)


def _of(name: str) -> Callable[[Sheet], Any]:
    return lambda sheet: sheet.fact(name)


def _of_any(*names: str) -> Callable[[Sheet], Any]:
    return lambda sheet: next((sheet.fact(name) for name in names if sheet.fact(name)), None)


def _of_event(event: EventKind, name: str) -> Callable[[Sheet], Any]:
    def filled(sheet: Sheet) -> Any:
        step = sheet.step if sheet.step is not None and sheet.step.event is event else sheet.last_of(event)
        return None if step is None else step.facts.get(name)

    return filled


def _of_office(name: str) -> Callable[[Sheet], Any]:
    return lambda sheet: getattr(sheet.record.practice, name)


def _addressee(sheet: Sheet) -> str | None:
    if sheet.kind.recipient is Recipient.APPLICANT or sheet.kind.code == "L34":
        return sheet.applicant.name
    if sheet.kind.recipient is Recipient.FILE:
        return None
    party = sheet.fact("party")
    if party is None and sheet.step is not None and sheet.step.event is EventKind.TELL_THIRD_PARTY:
        told = next((i for i in sheet.record.case.inquiries if i.number == sheet.fact("consultation")), None)
        party = None if told is None else told.party
    return None if party is None else str(party)


def _called(sheet: Sheet) -> str:
    match sheet.kind.recipient:
        case Recipient.THIRD_PARTY:
            return "贵方"
        case Recipient.AGENCY:
            return "贵单位"
    return "您" if sheet.record.case.applicant_kind is ApplicantKind.NATURAL_PERSON else "贵单位"


def _half_hidden(number: str | None) -> str:
    """An identity number as forms show it: its first three and last two characters."""
    if not number or len(number) < 8:
        return "＊" * len(number or "")
    return number[:3] + "＊" * (len(number) - 5) + number[-2:]


def _correction_period(sheet: Sheet) -> str | None:
    if sheet.step is None or sheet.step.event is not EventKind.ASK_CORRECTION:
        return None
    until, days = sheet.fact("until"), sheet.fact("working_days") or sheet.record.practice.correction_days
    return f"{day(until)}前" if until is not None else f"收到本告知书之日的次日起{days}个工作日内"


def _asked_on(sheet: Sheet) -> date | None:
    return sheet.step.happened_on if sheet.step is not None and sheet.step.event is EventKind.CONSULT else None


def _reckoned(sheet: Sheet) -> str:
    tariff, pages, places = sheet.fact("tariff"), sheet.fact("pages"), sheet.fact("ordinals")
    if tariff is Tariff.BY_VOLUME and pages:
        return _closed_up(fees.by_volume(pages).explain())
    if tariff is Tariff.BY_ITEM and (places or sheet.before.month_ordinal):
        ordinals = rules.ordinals(places) if places else (sheet.before.month_ordinal or 0,)
        return _closed_up(fees.by_item(ordinals).explain())
    return ""


def _closed_up(lines: Sequence[str]) -> str:
    """Lines of a screen as a document prints them: no space between Chinese and digits, nor in a sum."""
    return re.sub(r" *([×=]) *|(?<=[^\x00-\x7f]) (?=\d)|(?<=\d) (?=[^\x00-\x7f])", r"\1", "\n".join(lines))


def _after_payment(sheet: Sheet) -> str:
    restarts = sheet.fact("restarts")
    if sheet.record.practice.fee_restarts if restarts is None else restarts:
        return "缴纳后，答复期限自缴费之日的次日起重新计算。"
    return "自通知之日至缴费之日的时间不计算在答复期限内。"


def _served(sheet: Sheet) -> str:
    """The title of the letter that ended the case."""
    case = sheet.record.case
    if case.rectified is not None:
        return BY_CODE["L33"].title
    outcome = case.last_outcome()
    return "" if outcome is None else of_decision(outcome, case.ground).title


def _told(sheet: Sheet, *names: str) -> date | None:
    """A day of what the lapse is about: the last correction asked for, or the last fee notice."""
    last = sheet.before.of_round("fees" if Outcome.OTHER_FEE_UNPAID in sheet.kind.outcomes else "corrections")
    return next((getattr(last[-1], name) for name in names if hasattr(last[-1], name)), None) if last else None


def _day_of(sheet: Sheet, event: EventKind) -> date | None:
    step = sheet.last_of(event)
    return None if step is None else step.happened_on


def _found(sheet: Sheet) -> str:
    step = sheet.last_of(EventKind.SEARCH)
    return "" if step is None else "检索到相关政府信息" if step.facts["found"] else "没有检索到所申请公开的政府信息"


def _reviewed(sheet: Sheet) -> str:
    step = sheet.last_of(EventKind.SECRECY_REVIEW)
    return "" if step is None else "可以公开" if step.facts["may_release"] else "不得公开"


def _runs_out(sheet: Sheet) -> date | None:
    if sheet.before.received is None:
        return None
    return rules.waited_until(sheet.before, sheet.record.calendar)


FIELDS: dict[str, Field] = {
    "机关名称": Field("发文机关名称", lambda s: s.record.practice.letterhead or s.agency),
    "工作机构": Field("政府信息公开工作机构", lambda s: s.record.practice.office_name or s.agency),
    "联系地址": Field("工作机构的办公地址", _of_office("office_address")),
    "联系电话": Field("工作机构的联系电话", _of_office("office_telephone")),
    "标题": Field("文书标题", lambda s: s.kind.title),
    "文号": Field("发文字号", lambda _: TO_BE_NUMBERED),
    "成文日期": Field("成文日期", lambda s: s.on),
    "收件人": Field("主送的人或者单位", _addressee),
    "称呼": Field("对收件人的称呼", _called),
    "申请人": Field("申请人姓名或者名称", lambda s: s.applicant.name),
    "申请人类别": Field("申请人类别", lambda s: s.record.case.applicant_kind.label),
    "证件号码": Field("申请人证件号码（部分遮盖）", lambda s: _half_hidden(s.applicant.identity_number)),
    "申请人电话": Field("申请人联系电话", lambda s: s.applicant.telephone),
    "申请人地址": Field("申请人通信地址", lambda s: s.applicant.address),
    "申请人邮箱": Field("申请人电子邮箱", lambda s: s.applicant.email),
    "代理人": Field("代理人", lambda s: s.applicant.representative),
    "登记编号": Field("登记编号", lambda s: s.record.case.number),
    "事项": Field("事项种类", lambda s: s.record.case.matter.label),
    "申请内容": Field("申请公开的内容", lambda s: s.before.subject),
    "申请渠道": Field("申请渠道", lambda s: s.before.intake and s.before.intake.channel.label),
    "提交日期": Field("提交日期", lambda s: s.before.intake and s.before.intake.submitted),
    "获取要求": Field("申请人要求的形式和获取方式", lambda s: s.first("form")),
    "收到日期": Field("收到申请之日", lambda s: s.after.received),
    "答复期限": Field("答复期限的最后一日", lambda s: s.due(s.before) or s.due(s.after)),
    "经办人": Field("经办人", lambda s: s.before.officer),
    "补正事项": Field("需要补正的事项", _of("items")),
    "补正期限": Field("在何时以前补正", _correction_period),
    "理由": Field("理由和条款，以句号结束", lambda s: ended(_of_any("reasons", "reason")(s))),
    "延期工作日": Field("延长的工作日数", _of("working_days")),
    "新答复期限": Field("延长后答复期限的最后一日", lambda s: s.due(s.after)),
    "延迟至": Field("确定的答复日期", _of_event(EventKind.DELAY, "until")),
    "数量频次": Field("申请的数量、频次情况，以句号结束", lambda s: ended(s.fact("volume"))),
    "说明期限": Field("说明理由的期限", _of_event(EventKind.ASK_REASONS, "until")),
    "征求意见内容": Field("征求意见的政府信息", lambda s: s.before.subject),
    "征求意见日期": Field("征求意见的日期", _asked_on),
    "回复期限": Field("请对方回复的日期"),
    "收费标准": Field("按件或者按量", lambda s: s.fact("tariff") and s.fact("tariff").label),
    "收费金额": Field("应缴金额（元）", _of("billed_yuan")),
    "计算过程": Field("金额的计算过程", _reckoned),
    "缴费后期限": Field("缴费后答复期限如何计算", _after_payment),
    "缴费方式": Field("缴纳方式，以句号结束", lambda s: ended(s.record.practice.payment_way)),
    "获取方式": Field("获取的方式、途径和时间", _of("access")),
    "负责机关": Field("负责公开或者有权更正的机关", _of("other_agency")),
    "负责机关联系方式": Field("该机关的联系方式", _of("other_agency_contact")),
    "先前答复": Field("先前答复的文号和日期", _of("earlier_reply")),
    "相应渠道": Field("相应渠道或者办理依据", _of("proper_way")),
    "告知日期": Field("先前告知（补正、收费）的日期", lambda s: _told(s, "asked", "notified")),
    "送达日期": Field("先前告知送达的日期", lambda s: _told(s, "delivered", "notified")),
    "届满日期": Field("先前告知的期限届满日期", _runs_out),
    "撤回方式": Field("撤回申请的方式", _of_event(EventKind.WITHDRAW, "how")),
    "并入编号": Field("并入的登记编号", _of_event(EventKind.MERGE, "into")),
    "办结日期": Field("办结的日期", lambda s: s.on if s.step is None else s.step.happened_on),
    "检索范围": Field("检索范围", _of_event(EventKind.SEARCH, "where")),
    "检索词": Field("检索词", _of_event(EventKind.SEARCH, "terms")),
    "检索人": Field("检索人", _of_event(EventKind.SEARCH, "searcher")),
    "检索日期": Field("检索日期", lambda s: _day_of(s, EventKind.SEARCH)),
    "检索结果": Field("检索结果", _found),
    "审查人": Field("保密审查人", _of_event(EventKind.SECRECY_REVIEW, "reviewer")),
    "审查结论": Field("保密审查结论", _reviewed),
    "审查意见": Field("保密审查意见", _of_event(EventKind.SECRECY_REVIEW, "remarks")),
    "审查日期": Field("保密审查日期", lambda s: _day_of(s, EventKind.SECRECY_REVIEW)),
    "审批": Field("审批人和意见", _of_any("approvals", "approver")),
    "答复文号": Field("答复的文号", lambda s: s.after.reply_number),
    "送达文书": Field("送达的文书", _served),
    "送达方式": Field("送达方式", lambda s: s.means and s.means.label),
    "邮件号": Field("邮件号", _of("tracking")),
    "处理意见": Field("认定、条款和决定"),
    "救济告知": Field("申请复议、提起诉讼的途径和期限"),
    "附件": Field("附件名称，每行一件"),
}
"""Every field that a template may use, by its name."""
