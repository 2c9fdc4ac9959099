"""The form of a step: its facts as fields, what they are filled with at first, what was typed as facts of the log.

The fields follow from the event table (:mod:`workflow.statute`); here is only how each is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary import EventKind, Ground, Means, Outcome, OutcomeGroup, ReviewResult
from reports.dossier import Dossier
from web.forms import Form
from web.language import gettext as _
from web.language import label, later
from web.rights import handlers
from workflow import rules, seven_steps, statute
from workflow.case import Happening
from workflow.seven_steps import Walk
from workflow.staff import Person
from workflow.statute import BY_EVENT, RELEASING, TERMS, Fact, ledger_label

ON, VERSION, COMMAND, TRY, WAY, LETTER = "on", "version", "command", "try", "way", "letter"
"""Fields beside the facts: day, the case's version, the command, the buttons to try and to draft, the seven steps."""

_FILLED_BUT_ASKED = {"working_days", "received_on", "reevaluate_on"}
"""What the desk fills in where nobody gives it, but an officer may set."""

_LONG = {"items", "reason", "reasons", "access", "volume", "text", "remarks", "where", "how", "proper_way", "subject"}
"""Texts of several lines."""

_LONGEST = 20_000
_MOST_YUAN = 15

_HELP: dict[str, str] = {
    "until": later("写明最后一日"),
    "working_days": later("不填的，按本机关的设置"),
    "delivered": later("对方签收的日期；还没有送达的不填，送达后再记"),
    "override": later("通常不填；法律不允许而确需办理的，写明理由"),
    "late_reason": later("晚于补正期限才收到补正的，写明正当理由"),
    "legal_review": later("征求主管部门意见而暂停期限的，应经法制审核同意"),
    "ground": later("“予以公开”“本机关不掌握相关政府信息”必须选择，其他结果不选"),
    "reasons": later("不予公开、部分公开、无法提供等应写明理由和依据的条款"),
    "access": later("已主动公开的，写明获取该信息的方式、途径和时间"),
    "other_agency": later("能够确定负责公开的机关的，写明名称"),
    "other_agency_contact": later("写明了负责公开的机关的，应同时写明"),
    "earlier_reply": later("重复申请、要求重新出具的，写明先前答复"),
    "proper_way": later("属于行政查询等事项的，写明办理途径"),
    "review_channel": later("以电子方式送达的，写明网上申请行政复议的渠道；设置中已填写的不必填"),
    "reevaluate_on": later("不予公开的信息下一次评估是否可以公开的日期；不填的，按本机关的设置"),
    "received_on": later("不填的，按渠道和凭据推定（条例第三十一条）"),
    "into": later("填写另一件办件的登记编号"),
    "found": later("没有找到的，选“否”"),
    "billed_yuan": later("以元为单位，如 380 或者 12.50"),
    "received_yuan": later("以元为单位，如 380 或者 12.50"),
    "items": later("逐项写明需要补正的内容"),
    "entry": later("作废的记录保留在办理记录中，划线显示"),
    "approver": later("批准人的姓名"),
}

_HELP_OF: dict[tuple[EventKind, str], str] = {
    (EventKind.REOPEN, "ground"): later("复议决定、法院判决责令重新答复的，先记“复议诉讼审结”和结果"),
    (EventKind.REOPEN, "until"): later("复议决定、判决写明的最后一日；没有写明的不填"),
}
"""Where the same name means something else in one step."""


@dataclass(frozen=True, slots=True)
class Field:
    """A fact as the form asks for it. ``kind``: day, number, text, lines or select; ``options``: value and label."""

    name: str
    label: str
    kind: str
    required: bool
    help: str = ""
    options: Sequence[tuple[str, str]] = ()


def asked_of(event: EventKind) -> list[Fact]:
    """The facts of a step that somebody may give; the others the desk writes by itself."""
    return [fact for fact in BY_EVENT[event].facts if not fact.filled or fact.name in _FILLED_BUT_ASKED]


def fields(event: EventKind, dossier: Dossier, people: Iterable[Person], walk: Walk | None = None) -> list[Field]:
    """The fields of a step's form, in the order of the event table.

    After a ``walk`` through the seven steps only those that its reply can hold: what it settled is not asked again.
    Of a step that is approved first the approver is not asked for: it is whoever approves it.
    """
    routed = bool(dossier.record.practice.route(event))
    asked = [
        _field(event, fact, dossier, people) for fact in asked_of(event) if not (routed and fact.name == "approver")
    ]
    if walk is None:
        return asked
    settled = walk.facts()
    needed, fitting = seven_steps.asked_for(settled), _fitting(settled)
    return [
        replace(field, required=field.required or field.name in needed)
        for field in asked
        if field.name in needed or field.name in fitting
    ]


def _fitting(settled: Mapping[str, Any]) -> set[str]:
    """The facts that a reply may hold by its outcome, ground and means, beside those that it must."""
    outcome, means = settled["outcome"], settled["means"]
    found = {"reply_number"}
    if settled.get("ground") is Ground.NOT_OURS:
        found |= {"other_agency", "other_agency_contact"}
    if outcome in RELEASING or outcome is Outcome.UNPROCESSED_PUBLICATION:
        found.add("access")
    if outcome is Outcome.UNPROCESSED_PETITION:
        found.add("proper_way")
    if statute.OUTCOMES[outcome].group in {OutcomeGroup.REFUSED, OutcomeGroup.PARTLY_GRANTED}:
        found |= {"reasons", "reevaluate_on"}
    if means in {Means.POST_EMS, Means.POST_REGISTERED}:
        found.add("tracking")
    return found | ({"review_channel"} if means in rules.ELECTRONIC else set())


def _field(event: EventKind, fact: Fact, dossier: Dossier, people: Iterable[Person]) -> Field:
    options = _options(event, fact, dossier, people)
    kind = "select" if options else _kind(fact)
    if fact.name == "items" and fact.type == "whole":
        told = ""
    elif fact.name == "working_days" and fact.required:
        told = _("不超过 20 个工作日")
    else:
        found = _HELP_OF.get((event, fact.name), _HELP.get(fact.name, ""))
        told = _(found) if found else ""
    return Field(fact.name, _(fact.label), kind, fact.required, told, options)


def _kind(fact: Fact) -> str:
    match fact.type:
        case "day":
            return "day"
        case "days" | "whole" | "yuan":
            return "number"
    return "lines" if fact.name in _LONG else "text"


def _options(event: EventKind, fact: Fact, dossier: Dossier, people: Iterable[Person]) -> list[tuple[str, str]]:
    """What may be chosen; nothing where the fact is typed."""
    case = dossier.record.case
    if fact.type == "flag":
        return [("yes", _("是")), ("no", _("否"))]
    if fact.type == "outcome":
        known = BY_EVENT[event].outcomes
        return [(each.value, "-".join(_(part) for part in ledger_label(each).split("-"))) for each in known]
    if fact.type in TERMS:
        pending = ReviewResult.PENDING
        return [(each.value, label(each)) for each in TERMS[fact.type] if each is not pending]
    if fact.name == "officer":
        return [(name, name) for name in handlers(people)]
    if fact.name == "consultation":
        return [
            (
                str(each.number),
                _(
                    "第 %(n)s 次（%(sent)s，%(whom)s）",
                    n=each.number,
                    sent=each.sent,
                    whom=each.party or label(each.kind),
                ),
            )
            for each in case.inquiries
        ]
    if fact.name == "review":
        return [
            (
                str(each.number),
                _("第 %(n)s 件（%(day)s，%(kind)s）", n=each.number, day=each.accepted, kind=label(each.kind)),
            )
            for each in case.reviews
        ]
    if fact.name == "entry":
        return _entries(dossier)
    return []


def _entries(dossier: Dossier) -> list[tuple[str, str]]:
    """The entries of the log that may be voided, the newest first."""
    voided = dossier.voided()
    return [
        (
            str(row.seq),
            _("第 %(n)s 条（%(day)s，%(what)s）", n=row.seq, day=row.happened_on, what=label(EventKind(row.kind))),
        )
        for row in reversed(dossier.rows)
        if row.seq not in voided and row.kind != EventKind.VOID.value and not BY_EVENT[EventKind(row.kind)].by_itself
    ]


def filled_in(event: EventKind, dossier: Dossier, today: date, name: str) -> dict[str, str]:
    """What the form holds at first: today, and what there is only one of. ``name``: who fills it in."""
    case = dossier.record.case
    given = {ON: today.isoformat()}
    for fact in BY_EVENT[event].facts:
        match fact.name:
            case "consultation" if len(case.inquiries) == 1:
                given[fact.name] = str(case.inquiries[0].number)
            case "review" if len(case.reviews) == 1:
                given[fact.name] = str(case.reviews[0].number)
            case "approver" if event in _APPROVED:
                given[fact.name] = name
            case "reviewer" | "searcher":
                given[fact.name] = name
            case "subject" if event is EventKind.SPLIT:
                given[fact.name] = case.subject
    outcomes = BY_EVENT[event].outcomes
    if len(outcomes) == 1:
        given["outcome"] = outcomes[0].value
    return given


def typed(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts as a form holds them, with the way through the seven steps that led to them."""
    given = {name: "yes" if value is True else "no" if value is False else str(value) for name, value in facts.items()}
    walk = seven_steps.read(given.pop("path", ""))
    return given | ({} if walk is None else {WAY: ".".join(walk.names)})


def walked(form: Form) -> Walk | None:
    """The whole way through the seven steps that a form carries; None where it carries none, or no such way."""
    names = form.value(WAY)
    found = seven_steps.walk(names.split(".")) if names else None
    return found if found is not None and found.next is None and found.step is EventKind.DECIDE else None


_APPROVED = {EventKind.EXTEND, EventKind.DELAY, EventKind.PAUSE}


def happening(
    event: EventKind, form: Form, asked: Sequence[Field], walk: Walk | None = None, *, tried: bool = False
) -> Happening | None:
    """What was typed, as something that happened; None where it cannot be taken: the form then says why.

    A step that is only ``tried`` needs no more than what its dates turn on. A ``walk`` gives what it settled.
    """
    day = form.day(ON, required=True)
    known = {fact.name: fact for fact in BY_EVENT[event].facts}
    facts: dict[str, Any] = {} if walk is None else {**walk.facts(), "path": walk.written()}
    for field in asked:
        fact = known[field.name]
        value = _value(form, field, fact, required=fact.need == "always" if tried else field.required)
        if value is not None:
            facts[field.name] = value
    return Happening(event, day, facts) if form.ok and day is not None else None


def _value(form: Form, field: Field, fact: Fact, *, required: bool) -> Any:
    """A fact as the log takes it; None where nothing was given, or nothing that can be taken."""
    name = field.name
    match fact.type:
        case "day":
            return form.day(name, required=required)
        case "days" | "whole":
            return form.number(name, required=required, least=1, most=9999)
        case "yuan":
            return _yuan(form, name, required=required)
        case "flag":
            given = form.text(name, required=required)
            return {"yes": True, "no": False}.get(given)
        case "outcome":
            return form.choice(name, Outcome, required=required)
        case kind if kind in TERMS:
            return form.choice(name, TERMS[kind], required=required)
    text = form.text(name, required=required, longest=_LONGEST, lines=field.kind == "lines")
    if text and field.options and text not in {value for value, _label in field.options}:
        form.fault(name, _("“%(given)s”不在可选的值之中，请从列表中选择", given=text[:40]))
    return text or None


def _yuan(form: Form, name: str, *, required: bool) -> Decimal | None:
    text = form.text(name, required=required)
    if not text or name in form.faults:
        return None
    if not (text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= _MOST_YUAN):
        form.fault(name, _("“%(given)s”不是金额，应如 380 或者 12.50", given=text[:40]))
        return None
    return Decimal(text)
