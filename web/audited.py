"""审计日志的文字: what an event of the audit log holds, in words for whoever reads it.

The log keeps names and values as programs write them, under a hash; here each is said by its label. What is not known
is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.vocabulary import AuditKind, Outlet, Role, Scope, SessionLevel, Term
from web.language import gettext as _
from web.language import label, later
from web.rights import Right
from web.routes.case import Reason
from web.routes.manage import shown
from workflow import practice
from workflow.audit import Entry
from workflow.practice import SETTINGS

_NAMES = {
    "active": later("在用"),
    "after": later("改为"),
    "approved": later("已确认"),
    "attachment": later("附件的记录序号"),
    "before": later("原为"),
    "below": later("包括下属机关"),
    "bound": later("绑定的统一身份认证"),
    "bundle": later("压缩包摘要"),
    "by": later("由谁"),
    "days": later("日期数"),
    "expires_on": later("有效期至"),
    "factor": later("凭据"),
    "fault": later("原因"),
    "format": later("格式"),
    "hash": later("哈希"),
    "letter": later("文书序号"),
    "level": later("程度"),
    "made": later("新建"),
    "moved": later("重算的办件数"),
    "moved_from": later("原上级"),
    "reason": later("理由"),
    "reminders": later("提醒发到哪里"),
    "revoked": later("停用"),
    "right": later("所需权限"),
    "roles": later("职责"),
    "rows": later("件数"),
    "scopes": later("权限"),
    "sessions": later("终止的登录数"),
    "under": later("上级"),
    "version": later("版本"),
    "whose": later("范围"),
    "why": later("原因"),
    "year": later("年度"),
}
_TERMS: dict[str, type[Term]] = {
    "level": SessionLevel,
    "reason": Reason,
    "right": Right,
    "roles": Role,
    "scopes": Scope,
}
_OF_KIND: dict[AuditKind, type[Term]] = {AuditKind.ROLE_CHANGED: Role, AuditKind.CLIENT_CHANGED: Scope}
"""Of which vocabulary is what stood before and after."""

_WORDS = {
    ("by", "administrator"): later("安全管理员"),
    ("by", "failures"): later("连续输错"),
    ("factor", "code"): later("动态口令"),
    ("factor", "password"): later("密码"),
    ("factor", "provider"): later("统一身份认证"),
    ("whose", "own"): later("本机关"),
    ("whose", "national"): later("全国"),
    ("why", "form"): later("表单过期或者不是从本系统打开的"),
    ("why", "right"): later("没有权限"),
    ("why", "scope"): later("接口账号没有权限"),
}
_OBJECTS = {
    "area": later("%(n)s 年汇总"),
    "calendar": later("工作日历第 %(n)s 版"),
    "report": later("%(n)s 年报告"),
}
_LABELS = {setting.name: setting.label for setting in SETTINGS}


def object_of(entry: Entry) -> str:
    """What an event was about: a setting by its label, a report by its year; else as it was written."""
    if entry.kind is AuditKind.SETTING_CHANGED:
        return _(_LABELS[entry.object]) if entry.object in _LABELS else entry.object
    what, _space, number = entry.object.partition(" ")
    if what in _OBJECTS and number.isdigit():
        return _(_OBJECTS[what], n=number)
    return _("办件列表") if entry.object == "cases" else entry.object


def details_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Each thing that an event holds beside its object: its label and its value; what is empty is left out."""
    setting = entry.object if entry.kind is AuditKind.SETTING_CHANGED and entry.object in _LABELS else None
    # What was comes before what is.
    for name, value in sorted(entry.detail.items(), key=lambda each: each[0] != "before"):
        if setting is not None and name in {"before", "after"}:
            yield _(_NAMES[name]), shown(setting, practice.thawed(setting, value))
        elif value is not None:
            yield _(_NAMES[name]) if name in _NAMES else name, _said(entry.kind, name, value)


def _said(kind: AuditKind, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return _("、").join(_said(kind, name, each) for each in value) or _("无")
    if isinstance(value, Mapping):
        outlets = {each.value: label(each) for each in Outlet}
        return _("、").join(f"{outlets.get(of, of)}{_('：')}{_said(kind, name, each)}" for of, each in value.items())
    terms = _OF_KIND.get(kind) if name in {"before", "after"} else _TERMS.get(name)
    if terms is not None and value in {each.value for each in terms}:
        return label(terms(value))
    return _(_WORDS[name, value]) if (name, value) in _WORDS else str(value)
