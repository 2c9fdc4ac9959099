"""The choices of one agency where practice differs or the law leaves room: settings, each with its default.

Whatever a deadline rests on is frozen in the event that it was made with, so changing a setting moves no case that
is under way. The reasons for the defaults are in docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from models.vocabulary import Channel, EventKind, Role
from workflow import document_numbers, intake
from workflow.faults import InputFault

AgencyKind = Literal["department", "government", "provincial", "ministry", "vertical"]
"""What an agency is, as far as it decides who reconsiders its decisions (行政复议法 Arts. 24–27)."""

_KEY = "practice"
_MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Practice:
    """An agency's choices. Numbers are working days unless the label says otherwise."""

    channels: tuple[Channel, ...] = tuple(Channel)
    confirmation_cap: bool = True
    misdirected_by: Literal["signature", "confirmation"] = "signature"
    contact_attempts: int = 3
    correction_days: int = 10
    second_correction: bool = True
    late_correction_reopens: bool = True
    superior_suspends: bool = True
    charges_fees: bool = False
    fee_restarts: bool = True
    courier_override: bool = True
    review_channel: str = ""
    reopened_days: int = 20
    rectification_days: int = 20
    reevaluation_months: int = 12
    lapse_grace_days: int = 0
    reminders: str = ""
    remind_head_days: int = 1
    remind_leader_days: int = 1
    quiet_from: int = 20
    quiet_until: int = 8
    area_report: bool = False
    approve_reply: tuple[Role, ...] = ()
    approve_extension: tuple[Role, ...] = ()
    approve_delay: tuple[Role, ...] = ()
    approve_twice: bool = False
    approval_days: int = 2
    attachment_mb: int = 20
    second_factor: Literal["none", "administrators", "everyone"] = "none"
    letterhead: str = ""
    office_name: str = ""
    office_address: str = ""
    office_telephone: str = ""
    agency_kind: AgencyKind = "department"
    reconsideration_body: str = ""
    court: str = ""
    payment_way: str = ""
    letter_sign: str = ""
    letter_number: str = ""

    def route(self, event: EventKind) -> tuple[Role, ...]:
        """Who must approve a step before it is recorded, in order; nobody where the agency has set none."""
        name = _ROUTES.get(event)
        found: tuple[Role, ...] = () if name is None else getattr(self, name)
        return found

    def intake(self) -> intake.Choices:
        """The part that decides the day of receipt (Art. 31)."""
        return intake.Choices(self.confirmation_cap, self.misdirected_by, self.contact_attempts)


_ROUTES = {
    EventKind.DECIDE: "approve_reply",
    EventKind.EXTEND: "approve_extension",
    EventKind.DELAY: "approve_delay",
}

APPROVERS = (Role.HEAD, Role.LEGAL_REVIEWER, Role.SECRECY_REVIEWER, Role.LEADER)
"""Who may have a place in the approval of a step."""

STANDARD = Practice()
"""What holds where an agency has chosen nothing."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as officers read it: its name, its Chinese label with the source, and what it may be."""

    name: str
    label: str
    source: str
    least: int = 0
    most: int = 0


SETTINGS: tuple[Setting, ...] = (
    Setting("channels", "公布的申请渠道", "条例第二十八条，国办公开办函〔2017〕19号"),
    Setting("confirmation_cap", "网络、传真、电子邮件申请最迟自提交后第一个工作日起算", "条例第三十一条"),
    Setting("misdirected_by", "寄给本机关其他部门的挂号邮件以何为收到之日", "国办公开办函〔2015〕207号"),
    Setting("contact_attempts", "联系不上申请人时应联系的工作日数", "国办公开办函〔2015〕207号", 1, 20),
    Setting("correction_days", "补正期限（自送达次日起的工作日）", "条例第三十条：合理的补正期限", 1, 60),
    Setting("second_correction", "写明理由后可以再次告知补正", "条例第三十条：一次性告知"),
    Setting("late_correction_reopens", "办结后逾期补正有正当理由的重新办理（否则另行登记并关联）", "条例第三十条"),
    Setting("superior_suspends", "请示主管部门、保密部门的时间暂停期限", "条例第十七条、第三十三条第三款"),
    Setting("charges_fees", "收取信息处理费", "条例第四十二条"),
    Setting("fee_restarts", "缴费后答复期限重新计算（否则扣除等待缴费的时间）", "信息处理费管理办法第六条"),
    Setting("courier_override", "写明理由后可以交快递企业寄送", "邮政法第五十五条"),
    Setting("review_channel", "提交行政复议申请书的互联网渠道", "行政复议法第二十二条第二款"),
    Setting("reopened_days", "责令重新答复而未定期限时的工作日数", "法释〔2025〕8号", 1, 60),
    Setting("rectification_days", "更正申请的内部期限（工作日）", "条例第四十一条", 1, 120),
    Setting("reevaluation_months", "不予公开信息定期评估的间隔（月，0 为不提醒）", "条例第十八条", 0, 120),
    Setting("lapse_grace_days", "逾期未补正、未缴费后再等待的工作日数", "条例第三十条，收费办法第六条", 0, 60),
    Setting("reminders", "各类期限在届满前几个工作日提醒（空：默认）", "内部安排，法律未规定"),
    Setting("remind_head_days", "还剩几个工作日起同时提醒公开机构负责人（红牌）", "内部安排，法律未规定", 0, 60),
    Setting("remind_leader_days", "逾期第几个工作日起同时提醒分管领导（黑牌）", "内部安排，法律未规定", 1, 60),
    Setting("quiet_from", "几点以后不发送站外提醒（时，24 为不限）", "内部安排，法律未规定", 12, 24),
    Setting("quiet_until", "几点以前不发送站外提醒（时）", "内部安排，法律未规定", 0, 12),
    Setting("area_report", "向社会公布本行政区域的年度报告（提醒至三月三十一日）", "条例第四十九条"),
    Setting("approve_reply", "答复应依次经谁审批（无：不设审批）", "条例第十七条、第四十五条"),
    Setting("approve_extension", "延期应依次经谁审批（无：由有审批权限的人直接记录）", "条例第三十三条第二款"),
    Setting("approve_delay", "延迟答复应依次经谁审批（无：由有审批权限的人直接记录）", "条例第三十五条"),
    Setting("approve_twice", "同一人可以签署两个审批环节", "内部分工，法律未规定"),
    Setting("approval_days", "每个审批环节的内部期限（工作日）", "条例第四十五条", 1, 20),
    Setting("attachment_mb", "一个附件最多多少兆字节", "系统的限制，法律未规定", 1, 25),
    Setting("second_factor", "登录时必须使用动态口令的人员", "GB/T 22239—2019 8.1.4.1（第三级，身份鉴别）"),
    Setting("letterhead", "文书上的机关名称（空：机关名称）", "GB/T 9704—2012 10.1"),
    Setting("office_name", "文书上的政府信息公开工作机构名称（空：机关名称）", "条例第四条、第十二条"),
    Setting("office_address", "政府信息公开工作机构的办公地址、邮政编码", "条例第十二条"),
    Setting("office_telephone", "政府信息公开工作机构的联系电话", "条例第十二条"),
    Setting("agency_kind", "本机关的性质（决定向谁申请行政复议）", "行政复议法第二十四条至第二十七条"),
    Setting(
        "reconsideration_body",
        "行政复议机关（省级人民政府、国务院部门不必填）",
        "行政复议法第二十条",
    ),
    Setting("court", "有管辖权的人民法院", "行政诉讼法第十八条"),
    Setting("payment_way", "信息处理费的缴纳方式（账户等）", "信息处理费管理办法第六条"),
    Setting("letter_sign", "机关代字（文号的开头，如 某数）", "GB/T 9704—2012 7.2.5"),
    Setting(
        "letter_number",
        "文号的样式，字段为 {代字}、{类}、{年}、{号}，可以按类另定（空：{代字}公开{类}〔{年}〕{号}号）",
        "GB/T 9704—2012 7.2.5",
    ),
)
"""Every setting, in the order of the procedure."""

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def named(name: str) -> str:
    """A setting as sentences name it, by its label without what is in brackets, and where it is chosen."""
    return f"设置项“{_BY_NAME[name].label.partition('（')[0]}”（菜单“管理”）"


CHOICES: Mapping[str, Mapping[str, str]] = {
    "misdirected_by": {"signature": "签收", "confirmation": "确认"},
    "second_factor": {"none": "不要求", "administrators": "三种管理员", "everyone": "所有人"},
    "agency_kind": {
        "department": "县级以上地方人民政府工作部门",
        "government": "省级以下地方人民政府",
        "provincial": "省、自治区、直辖市人民政府",
        "ministry": "国务院部门",
        "vertical": "实行垂直领导的机关",
    },
}
"""The settings that are one of a few values, with their labels."""

_TERMS: dict[str, type[Channel | Role]] = {"channels": Channel, **dict.fromkeys(_ROUTES.values(), Role)}
"""The settings that are several terms of a vocabulary."""

_NOBODY = "无"
"""How a route without anybody is written."""

REMINDING = frozenset({"reminders", "remind_head_days", "remind_leader_days", "quiet_from", "quiet_until"})
"""The settings that together are the plan of reminders (:mod:`workflow.reminding`)."""

LETTERING = (
    *("letterhead", "letter_sign", "letter_number", "office_name", "office_address", "office_telephone"),
    *("agency_kind", "reconsideration_body", "court", "review_channel", "payment_way"),
)
"""The settings that letters name the agency by, and where remedies lead to, in the order in which a letter has them."""

_TEXTS = (
    *("review_channel", "reminders", "letterhead", "office_name", "office_address", "office_telephone"),
    *("reconsideration_body", "court", "payment_way", "letter_sign", "letter_number"),
)
_YES, _NO = ("是", "true", "yes"), ("否", "false", "no")


_NAMES = frozenset(field.name for field in fields(Practice))


def of(settings: Mapping[str, Any] | None) -> Practice:
    """The choices as the agency's row keeps them; what is not there has its default."""
    kept = (settings or {}).get(_KEY, {})
    return Practice(**{name: thawed(name, value) for name, value in kept.items() if name in _NAMES})


def frozen(value: Any) -> Any:
    """A value as JSON keeps it."""
    return [term.value for term in value] if isinstance(value, tuple) else value


def thawed(name: str, value: Any) -> Any:
    """A value of this setting as JSON kept it."""
    return tuple(_TERMS[name](each) for each in value) if name in _TERMS else value


def parse(name: str, value: str) -> Any:
    """A value as an administrator writes it (是/否, a number, a text, channels with 、 between).

    Raises InputFault, one sentence naming the setting, the value and what is accepted.
    """
    setting = _BY_NAME.get(name)
    if setting is None:
        raise InputFault(f"NAME：没有设置项“{name}”，应为：{'、'.join(_BY_NAME)}")
    default = getattr(STANDARD, name)
    text = value.strip()
    for choice, label in CHOICES.get(name, {}).items():
        if text in (choice, label):
            return choice
    if name == "channels":
        return _channels(text)
    if name in _TERMS:
        return _route(name, text)
    if isinstance(default, bool) and text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    is_number = isinstance(default, int) and not isinstance(default, bool)
    if is_number and text.isascii() and text.isdigit() and len(text) <= len("9999"):
        number = int(text)
        if setting.least <= number <= setting.most:
            return number
    if name in _TEXTS and len(text) <= _MOST_TEXT and text.isprintable():
        return _text(name, text)
    raise InputFault(f"{name}：“{value}”不能用，应为{_accepted(setting)}")


def _text(name: str, text: str) -> str:
    if name == "letter_number":
        document_numbers.read(text)
    return text


def _accepted(setting: Setting) -> str:
    default = getattr(STANDARD, setting.name)
    if setting.name in CHOICES:
        return "或".join(CHOICES[setting.name].values())
    if isinstance(default, bool):
        return "是或否"
    if isinstance(default, int):
        return f" {setting.least} 至 {setting.most} 的整数"
    return f"不超过 {_MOST_TEXT} 个字的文字"


def _route(name: str, text: str) -> tuple[Role, ...]:
    """Who approves, in this order: 公开机构负责人、法制审核、保密审查、分管领导, each once at most."""
    known = {written: role for role in APPROVERS for written in (role.label, role.label.removesuffix("人"))}
    names = [] if text == _NOBODY else _parts(text)
    wrong = [each for each in names if each not in known]
    chosen = tuple(known[each] for each in names if each in known)
    if wrong or len(set(chosen)) != len(chosen):
        accepted = "、".join(role.label for role in APPROVERS)
        raise InputFault(f"{name}：“{text}”不能用，应为依次审批的职责，每个至多一次，或者“{_NOBODY}”：{accepted}")
    if name == _ROUTES[EventKind.EXTEND] and chosen and Role.HEAD not in chosen:
        raise InputFault(f"{name}：“{text}”没有{Role.HEAD.label}，延期应当经其同意（条例第三十三条第二款）")
    return chosen


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", "、").replace(",", "、").split("、") if part.strip()]


def _channels(text: str) -> tuple[Channel, ...]:
    names = _parts(text)
    unknown = [name for name in names if Channel.of_label(name) is None]
    if unknown or not names:
        raise InputFault(f"channels：“{'、'.join(unknown) or text}”不是申请渠道，应为：{'、'.join(Channel.labels())}")
    chosen = tuple(channel for channel in Channel if channel.label in names)
    intake.check_channels(chosen)
    return chosen


def changed(settings: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    """The agency's row with one choice set. Raises InputFault as :func:`parse`."""
    return {**settings, _KEY: {**settings.get(_KEY, {}), name: frozen(parse(name, value))}}


def shown(value: Any) -> str:
    """A value as an administrator reads it."""
    for choices in CHOICES.values():
        if isinstance(value, str) and value in choices:
            return choices[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(term.label for term in value) or _NOBODY
    return str(value) if value != "" else "（未填）"
