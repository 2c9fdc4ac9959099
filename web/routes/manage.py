"""管理: an agency's choices where practice differs and its plan of reminders, seen first, then applied.

A change is shown with what it moves, and applied only if the choices are still those that were shown.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from models.tables import agency
from models.vocabulary import Channel, DeadlineKind, Role
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.language import label, later
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import practice, practice_book, prospect, reminding
from workflow.faults import InputFault
from workflow.practice import LETTERING, REMINDING, SETTINGS, STANDARD, Practice, Setting
from workflow.prospect import Reminded

router = APIRouter()

Manager = Annotated[Signed, needs(Right.SETTINGS)]

_LONGEST_REASON = 500
_SHOWN = 100
_FIRST_REMINDERS = 30
_NUMBERS = ("remind_head_days", "remind_leader_days", "quiet_from", "quiet_until")
_YES, _NO = "是", "否"

_NAMES: dict[str, Any] = {setting.name: setting for setting in SETTINGS}
_LATER = later("从现在起记录的事项适用；已经记录的事项照当时的设置，在办件的最后一日都不变。")
_EFFECTS = {
    **dict.fromkeys(REMINDING, later("从今天起对在办件也适用；已经提醒过的不再重复。")),
    "lapse_grace_days": later("从今天起对还没有视为放弃的补正、缴费期限也适用；期限的最后一日不变。"),
    **dict.fromkeys(
        ("confirmation_cap", "misdirected_by", "contact_attempts"),
        later("对收到申请之日还没有确定的来件也适用；已经确定的不变。"),
    ),
    "channels": later("从现在起登记的申请适用；已经登记的不变。"),
    "area_report": later("从今天起适用。"),
    "second_factor": later("立即适用：还没有启用动态口令的，在下一次打开页面时先启用，才能继续。"),
}
"""What a change reaches; for all others, ``_LATER``."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A setting as the page lists it; values in words."""

    setting: Setting
    value: str
    default: str
    may_be: str


def shown(name: str, value: Any) -> str:
    """A setting's value in the language of the request."""
    if isinstance(value, bool):
        return _(_YES) if value else _(_NO)
    if value == ():
        return _("无")
    if isinstance(value, tuple):
        return _("全部渠道") if value == tuple(Channel) else _("、").join(label(each) for each in value)
    if name in practice.CHOICES:
        return _(practice.CHOICES[name][value])
    return str(value) if value != "" else _("（未填）")


def _may_be(setting: Setting) -> str:
    default = getattr(STANDARD, setting.name)
    if setting.name in practice.CHOICES:
        return _("、").join(_(each) for each in practice.CHOICES[setting.name].values())
    if isinstance(default, bool):
        return _("是或否")
    if isinstance(default, int):
        return _("%(least)s 至 %(most)s 的整数", least=setting.least, most=setting.most)
    if setting.name == "channels":
        return _("一个或者几个渠道")
    if isinstance(default, tuple):
        who = _("、").join(label(role) for role in practice.APPROVERS)
        return _("依次审批的职责，用顿号隔开，或者“无”：%(who)s", who=who)
    return _("文字")


def _listed(setting: Setting, chosen: Practice) -> Listed:
    name = setting.name
    default = shown(name, getattr(STANDARD, name))
    return Listed(setting, shown(name, getattr(chosen, name)), default, _may_be(setting))


@router.get("/manage")
def show(request: Request, signed: Manager) -> Response:
    """Every setting with its value, its source and what it may be, and the history of changes."""
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
        changes = practice_book.history(connection, signed.agency_id, limit=_SHOWN)
    return page(
        request,
        "settings.html",
        listed=[_listed(setting, chosen) for setting in SETTINGS if setting.name not in REMINDING],
        changes=changes,
        names=_NAMES,
        shown=shown,
        most=_SHOWN,
    )


@router.get("/manage/settings/{name}")
def ask(request: Request, signed: Manager, name: str) -> Response:
    """The form of one setting."""
    setting = _setting(name)
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
    return _setting_page(request, signed, setting, Form({"value": _typed(name, getattr(chosen, name))}), None, 200)


def _setting(name: str) -> Setting:
    found: Setting | None = _NAMES.get(name)
    if found is None or name in REMINDING:
        raise HTTPException(404)
    return found


def _typed(name: str, value: Any) -> Any:
    """A value as its field holds it. A route of approval is typed, since its order counts."""
    if isinstance(value, bool):
        return _YES if value else _NO
    if name == "channels":
        return [each.value for each in value]
    return shown(name, value) if isinstance(value, tuple) else str(value)


def _options(setting: Setting) -> list[tuple[str, str]]:
    """What may be chosen; nothing where the value is typed."""
    default = getattr(STANDARD, setting.name)
    if setting.name in practice.CHOICES:
        return [(value, _(each)) for value, each in practice.CHOICES[setting.name].items()]
    if isinstance(default, bool):
        return [(_YES, _(_YES)), (_NO, _(_NO))]
    return [(each.value, label(each)) for each in Channel] if setting.name == "channels" else []


def _setting_page(
    request: Request, signed: Signed, setting: Setting, form: Form, seen: Mapping[str, Any] | None, status: int
) -> Response:
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
        changes = practice_book.history(connection, signed.agency_id, setting.name, _SHOWN)
    return page(
        request,
        "setting.html",
        status=status,
        listed=_listed(setting, chosen),
        form=form,
        options=_options(setting),
        several=setting.name == "channels",
        number=isinstance(getattr(STANDARD, setting.name), int),
        effect=_(_EFFECTS.get(setting.name, _LATER)),
        seen=seen,
        changes=changes,
        shown=shown,
        cases=signed.may(Right.SEE_CASES),
        most=_SHOWN,
    )


@router.post("/manage/settings/{name}")
def change(request: Request, sent: Posted, signed: Manager, name: str) -> Response:
    """Show what a value would change, or (``act`` is ``apply``) choose it."""
    setting, form = _setting(name), Form(sent)
    reason = form.text("reason", required=True, longest=_LONGEST_REASON)
    value = form.value("value")
    if name == "channels":
        value = "、".join(each.label for each in form.choices("value", Channel))
    fields = {name: "value", "申请渠道": "value"}
    seen, done = _tried(request, signed, form, {name: value}, reason, fields)
    if done:
        return redirect(request, "/manage", _("设置已变更，记入变更记录"))
    if seen is not None and not seen["moved"]:
        form.fault("value", _("与现在的设置相同"))
        seen = None
    return _setting_page(request, signed, setting, form, seen, 200 if form.ok else 422)


def _tried(
    request: Request, signed: Signed, form: Form, values: Mapping[str, str], reason: str, fields: Mapping[str, str]
) -> tuple[dict[str, Any] | None, bool]:
    """As :func:`_change`, of a form that is right so far; a fault goes to its field, by ``fields``."""
    if form.ok:
        try:
            return _change(request, signed, form, values, reason)
        except InputFault as fault:
            form.take(fault, fields)
    return None, False


def _change(
    request: Request, signed: Signed, form: Form, values: Mapping[str, str], reason: str
) -> tuple[dict[str, Any], bool]:
    """What these values would change, and whether that was done: asked for, with the guard of what was shown.

    Raises InputFault for a value that cannot be.
    """
    house = house_of(request)
    with house.engine.begin() as connection:
        settings = connection.execute(
            select(agency.c.settings).where(agency.c.id == signed.agency_id).with_for_update()
        ).scalar_one()
        before, after, _kept = practice_book.foreseen(settings, values)
        guard = _guard(before, values)
        if form.value("act") == "apply" and form.value("guard") == guard:
            author = author_of(request, signed)
            practice_book.change_all(
                connection, signed.agency_id, values, author=author, reason=reason, today=house.today()
            )
            return {}, True
        return _foreseen(connection, signed, before, after, house.today()) | {
            "guard": guard,
            "again": form.value("act") == "apply",
        }, False


def _guard(before: Practice, values: Mapping[str, str]) -> str:
    """What was shown, as a digest: the choices that it was held against, and the new ones."""
    choices = {name: practice.frozen(value) for name, value in asdict(before).items()}
    return hashlib.sha256(json.dumps([choices, dict(values)], sort_keys=True).encode()).hexdigest()


def _foreseen(connection: Connection, signed: Signed, before: Practice, after: Practice, today: date) -> dict[str, Any]:
    return {
        "moved": [
            (name, shown(name, getattr(before, name)), shown(name, getattr(after, name)))
            for name in _NAMES
            if getattr(before, name) != getattr(after, name)
        ],
        "before": before,
        "after": after,
        "open": prospect.open_cases(connection, signed.agency_id),
        "shifts": prospect.shifts(connection, signed.agency_id, before, after, today),
    }


# What letters name the agency by


@router.get("/manage/office")
def ask_office(request: Request, signed: Manager) -> Response:
    """All that letters say of the agency, in one form: a first set-up fills it in once."""
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
    return _office_page(request, Form({name: getattr(chosen, name) for name in LETTERING}), None, 200)


def _office_page(request: Request, form: Form, seen: Mapping[str, Any] | None, status: int) -> Response:
    return page(
        request,
        "manage_office.html",
        status=status,
        fields=[(_NAMES[name], _options(_NAMES[name])) for name in LETTERING],
        effect=_(_LATER),
        form=form,
        seen=seen,
        names=_NAMES,
    )


@router.post("/manage/office")
def change_office(request: Request, sent: Posted, signed: Manager) -> Response:
    """Show what would be otherwise in letters, or (``act`` is ``apply``) choose it; all of it or nothing."""
    form = Form(sent)
    reason = form.text("reason", required=True, longest=_LONGEST_REASON)
    values = {name: form.value(name).strip() for name in LETTERING}
    fields = {name: name for name in LETTERING}
    seen, done = _tried(request, signed, form, values, reason, fields)
    if done:
        return redirect(request, "/manage/office", _("设置已变更，记入变更记录"))
    if seen is not None and not seen["moved"]:
        form.general.append(_("与现在的设置相同，没有变动"))
        seen = None
    return _office_page(request, form, seen, 200 if form.ok else 422)


# Reminders


@router.get("/manage/reminders")
def ask_reminders(request: Request, signed: Manager) -> Response:
    """The plan of reminders in words, and the form that changes it."""
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
    plan = reminding.choices(chosen)
    fields = {_field(kind): reminding.written(days) for kind, days in plan.milestones}
    fields |= {name: str(getattr(chosen, name)) for name in _NUMBERS}
    return _reminders_page(request, signed, Form(fields), None, 200)


def _field(kind: DeadlineKind) -> str:
    return f"days-{kind.value}"


def _reminders_page(
    request: Request, signed: Signed, form: Form, seen: Mapping[str, Any] | None, status: int
) -> Response:
    with house_of(request).engine.connect() as connection:
        chosen = practice_book.read(connection, signed.agency_id)
    return page(
        request,
        "reminders.html",
        status=status,
        plan=reminding.choices(chosen),
        said=_said,
        kinds=[(kind, _field(kind), reminding.written(days)) for kind, days in reminding.MILESTONES.items()],
        numbers=[(name, _NAMES[name], str(getattr(STANDARD, name))) for name in _NUMBERS],
        form=form,
        seen=seen,
        cases=signed.may(Right.SEE_CASES),
        card=reminding.card,
        days_ahead=prospect.DAYS_AHEAD,
    )


def _said(days: Sequence[int]) -> str:
    """The milestones of a kind in words."""
    words = [
        _("逾期后每个工作日") if day < 0 else _("届满当日") if day == 0 else _("还剩 %(n)s 个工作日", n=day)
        for day in days
    ]
    return _("、").join(words) or _("不提醒")


@router.post("/manage/reminders")
def change_reminders(request: Request, sent: Posted, signed: Manager) -> Response:
    """Show what would be sent by the old plan and by the new, or (``act`` is ``apply``) change the plan."""
    form = Form(sent)
    reason = form.text("reason", required=True, longest=_LONGEST_REASON)
    values = _plan_typed(form)
    fields = {"quiet_from、quiet_until": "quiet_until", **{name: name for name in values}}
    seen, done = _tried(request, signed, form, values, reason, fields)
    if done:
        return redirect(request, "/manage/reminders", _("提醒的安排已变更，从今天起适用"))
    if seen is not None and not seen["moved"]:
        form.general.append(_("与现在的安排相同，没有变动"))
        seen = None
    if seen is not None:
        seen |= _sent(request, signed, seen["before"], seen["after"])
    return _reminders_page(request, signed, form, seen, 200 if form.ok else 422)


def _plan_typed(form: Form) -> dict[str, str]:
    """The settings that a plan as it was typed comes to."""
    plan: dict[DeadlineKind, tuple[int, ...]] = {}
    for kind, usual in reminding.MILESTONES.items():
        name = _field(kind)
        text = form.text(name)
        days = reminding.milestones_of(text)
        if days is None:
            form.fault(
                name,
                _("“%(given)s”不能用，应为 0 至 60 的工作日数、“当日”或者“逾期”，用顿号隔开", given=text[:40]),
            )
        elif days != usual:
            plan[kind] = days
    values = {"reminders": reminding.describe(plan)}
    for name in _NUMBERS:
        setting = _NAMES[name]
        number = form.number(name, required=True, least=setting.least, most=setting.most)
        values[name] = "" if number is None else str(number)
    return values


def _sent(request: Request, signed: Signed, before: Practice, after: Practice) -> dict[str, Any]:
    """What would go out in the next days by both plans: numbers by day, and the first of the new plan."""
    today = house_of(request).today()
    with house_of(request).engine.connect() as connection:
        old, new = (
            prospect.reminders(connection, signed.agency_id, reminding.choices(each), today) for each in (before, after)
        )
    chosen = reminding.choices(after)
    was, will = _counted(old, reminding.choices(before)), _counted(new, chosen)
    none = (0, 0, 0)
    return {
        "days": [(day, was.get(day, none), will.get(day, none)) for day in sorted({*was, *will})],
        "totals": (len(old), len(new)),
        "first": [(each, reminding.card(each.milestone), _told(each, chosen)) for each in new[:_FIRST_REMINDERS]],
    }


def _counted(found: Sequence[Reminded], chosen: reminding.Choices) -> dict[date, tuple[int, int, int]]:
    """By day: all reminders, those that go to the head too, and those that go to the leader too."""
    every, head, leader = Counter[date](), Counter[date](), Counter[date]()
    for each in found:
        told = reminding.roles(each.milestone, chosen)
        every[each.day] += 1
        head[each.day] += Role.HEAD in told
        leader[each.day] += Role.LEADER in told
    return {day: (every[day], head[day], leader[day]) for day in every}


def _told(each: Reminded, chosen: reminding.Choices) -> list[Role]:
    return [Role.OFFICER, *reminding.roles(each.milestone, chosen)]
