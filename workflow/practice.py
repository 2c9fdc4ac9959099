"""The choices of one agency where practice differs or the law leaves room: settings, each with its default.

Whatever a deadline rests on is frozen in the event that it was made with, so changing a setting moves no case that
is under way. The reasons for the defaults are in docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from models.vocabulary import Channel
from workflow import intake
from workflow.faults import InputFault

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

    def intake(self) -> intake.Choices:
        """The part that decides the day of receipt (Art. 31)."""
        return intake.Choices(self.confirmation_cap, self.misdirected_by, self.contact_attempts)


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
    Setting("reminders", "各类期限在届满前几个工作日提醒（空：默认）", "docs/decisions/0013"),
    Setting("remind_head_days", "还剩几个工作日起同时提醒公开机构负责人（红牌）", "docs/decisions/0013", 0, 60),
    Setting("remind_leader_days", "逾期第几个工作日起同时提醒分管领导（黑牌）", "docs/decisions/0013", 1, 60),
    Setting("quiet_from", "几点以后不发送站外提醒（时，24 为不限）", "docs/decisions/0013", 12, 24),
    Setting("quiet_until", "几点以前不发送站外提醒（时）", "docs/decisions/0013", 0, 12),
    Setting("area_report", "向社会公布本行政区域的年度报告（提醒至三月三十一日）", "条例第四十九条"),
)
"""Every setting, in the order of the procedure."""

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_CHOICES = {"misdirected_by": {"signature": "签收", "confirmation": "确认"}}
_TEXTS = ("review_channel", "reminders")
_YES, _NO = ("是", "true", "yes"), ("否", "false", "no")


_NAMES = frozenset(field.name for field in fields(Practice))


def of(settings: Mapping[str, Any] | None) -> Practice:
    """The choices as the agency's row keeps them; what is not there has its default."""
    kept = dict((settings or {}).get(_KEY, {}))
    if "channels" in kept:
        kept["channels"] = tuple(Channel(value) for value in kept["channels"])
    return Practice(**{name: value for name, value in kept.items() if name in _NAMES})


def parse(name: str, value: str) -> Any:
    """A value as an administrator writes it (是/否, a number, a text, channels with 、 between).

    Raises InputFault, one sentence naming the setting, the value and what is accepted.
    """
    setting = _BY_NAME.get(name)
    if setting is None:
        raise InputFault(f"NAME：没有设置项“{name}”，应为：{'、'.join(_BY_NAME)}")
    default = getattr(STANDARD, name)
    text = value.strip()
    for choice, label in _CHOICES.get(name, {}).items():
        if text in (choice, label):
            return choice
    if name == "channels":
        return _channels(text)
    if isinstance(default, bool) and text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    is_number = isinstance(default, int) and not isinstance(default, bool)
    if is_number and text.isascii() and text.isdigit() and len(text) <= len("9999"):
        number = int(text)
        if setting.least <= number <= setting.most:
            return number
    if name in _TEXTS and len(text) <= _MOST_TEXT and text.isprintable():
        return text
    raise InputFault(f"{name}：“{value}”不能用，应为{_accepted(setting)}")


def _accepted(setting: Setting) -> str:
    default = getattr(STANDARD, setting.name)
    if setting.name in _CHOICES:
        return "或".join(_CHOICES[setting.name].values())
    if isinstance(default, bool):
        return "是或否"
    if isinstance(default, int):
        return f" {setting.least} 至 {setting.most} 的整数"
    return f"不超过 {_MOST_TEXT} 个字的文字"


def _channels(text: str) -> tuple[Channel, ...]:
    names = [part.strip() for part in text.replace("，", "、").replace(",", "、").split("、") if part.strip()]
    unknown = [name for name in names if Channel.of_label(name) is None]
    if unknown or not names:
        raise InputFault(f"channels：“{'、'.join(unknown) or text}”不是申请渠道，应为：{'、'.join(Channel.labels())}")
    chosen = tuple(channel for channel in Channel if channel.label in names)
    intake.check_channels(chosen)
    return chosen


def changed(settings: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    """The agency's row with one choice set. Raises InputFault as :func:`parse`."""
    chosen = parse(name, value)
    stored = [channel.value for channel in chosen] if name == "channels" else chosen
    return {**settings, _KEY: {**settings.get(_KEY, {}), name: stored}}


def shown(value: Any) -> str:
    """A value as an administrator reads it."""
    for choices in _CHOICES.values():
        if isinstance(value, str) and value in choices:
            return choices[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(channel.label for channel in value)
    return str(value) if value != "" else "（未填）"
