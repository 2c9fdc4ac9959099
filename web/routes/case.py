"""办件: one case on one page, and the form of each step that may be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from models.vocabulary import ApplicantKind, AuditKind, DeadlineState, EventKind, State, Term
from reports import dossier, placing
from reports.dossier import Dossier
from web import steps, timeline
from web.forms import Form
from web.frame import NOTE, flash, page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.language import label
from web.rights import STEP_RIGHTS, Posted, Right, Signed, author_of, demand, needs
from workflow import applicants, audit, desk, periods, rules, staff
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Outdated, Refusal
from workflow.options import Option, WhatIf
from workflow.statute import BESIDE, BY_EVENT

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]
Reveal = Annotated[Signed, needs(Right.REVEAL)]


class Reason(Term):
    """查看理由: why personal data is looked at. A closed list: no word about a person gets into the audit log."""

    CONTACT = "contact", "联系申请人"
    IDENTITY = "identity", "核对申请人身份"
    SERVICE = "service", "送达文书"
    REVIEW = "review", "办理复议诉讼"
    SUPERVISION = "supervision", "监督检查"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log as the page shows it."""

    seq: int
    kind: EventKind
    place: str
    happened_on: date
    recorded_at: Any
    actor: str
    article: str
    told: Sequence[tuple[str, str]]
    irregular: bool
    voided: bool
    may_void: bool


@router.get("/cases/{number}")
def show(request: Request, number: str, signed: See) -> Response:
    """A case: how it stands, why its dates are what they are, what may be done next, what was done."""
    return _shown(request, signed, number)


def _shown(
    request: Request, signed: Signed, number: str, *, status: int = 200, form: Form | None = None, revealed: Any = None
) -> Response:
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        found = _find(connection, signed, number)
    record, case = found.record, found.record.case
    document = found.to_json(today, ZoneInfo(house.settings.timezone))
    rows = periods.deadlines(case, found.calendar)
    left = document["working_days_left"]
    stopped = document["reply_due"] is None
    overdue = case.is_open() and left is not None and left < 0 and case.matter.value != "rectification"
    choices = [each for each in record.options(today) if each.event is not EventKind.VOID]
    allowed = [each for each in choices if (each.allowed or each.override) and _may(signed, each.event)]
    return page(
        request,
        "case.html",
        status=status,
        case=case,
        doc=document,
        name=applicants.masked(record.applicant, case.applicant_kind),
        light=timeline.light(
            None if stopped else left, is_open=case.is_open(), overdue=overdue, over=-left if left and left < 0 else 0
        ),
        left=left,
        rows=rows,
        open_state=DeadlineState.OPEN,
        drawing=timeline.draw(case, found.calendar, rows, today),
        days=timeline.days(case, found.calendar, today),
        scale=timeline,
        allowed=[each for each in allowed if each.event not in BESIDE],
        beside=[each for each in allowed if each.event in BESIDE],
        others=[each for each in choices if each.allowed and not _may(signed, each.event)],
        barred=[each for each in choices if not each.allowed and not each.override],
        right_of=lambda event: STEP_RIGHTS[event] or Right.HANDLE,
        entries=_entries(found, signed, house),
        cells=sorted(placing.cells(case, today.year)),
        linked=_linked(found),
        today=today,
        unconfirmed=State.UNCONFIRMED,
        void=State.VOID,
        form=form or Form(),
        reasons=list(Reason),
        revealed=revealed,
        personal=case.applicant_kind is ApplicantKind.NATURAL_PERSON,
    )


def _find(connection: Connection, signed: Signed, number: str) -> Dossier:
    """The case of one's own agency with this number; anything else is not there."""
    try:
        return dossier.read(connection, signed.agency_id, number)
    except InputFault:
        raise HTTPException(404) from None


def _may(signed: Signed, event: EventKind) -> bool:
    right = STEP_RIGHTS[event]
    return right is not None and signed.may(right)


def _entries(found: Dossier, signed: Signed, house: House) -> list[Entry]:
    """The log, the newest last."""
    voided, named = found.voided(), dossier.places(found.rows)
    entries = []
    for row in found.rows:
        kind = EventKind(row.kind)
        told = [(_(fact.label), dossier.written(value, fact, _)) for fact, value in dossier.told(kind, row.facts)]
        fixed = row.seq in voided or kind is EventKind.VOID or STEP_RIGHTS[kind] is None
        may = not fixed and signed.may(Right.HANDLE) and _may(signed, kind)
        entries.append(
            Entry(
                row.seq,
                kind,
                named.get(row.seq, ""),
                row.happened_on,
                house.local(row.recorded_at),
                row.actor,
                row.article,
                told,
                dossier.is_irregular(row),
                row.seq in voided,
                may,
            )
        )
    return entries


def _linked(found: Dossier) -> list[tuple[str, str]]:
    """The other cases that this one names: how, and their numbers."""
    case = found.record.case
    first = found.rows[0].facts
    named = (
        (_("关联的登记编号"), case.linked_to),
        (_("拆分自登记编号"), first.get("split_from")),
        (_("拆出的登记编号"), case.split_into),
        (_("并入的登记编号"), case.merged_into),
    )
    return [(how, number) for how, numbers in named for number in str(numbers or "").split("、") if number]


@router.post("/cases/{number}/reveal")
def reveal(request: Request, number: str, sent: Posted, signed: Reveal) -> Response:
    """The applicant's data in clear, on this answer alone; that they were seen, and what for, is in the audit log."""
    house, form = house_of(request), Form(sent)
    reason = form.choice("reason", Reason, required=True)
    if not form.ok or reason is None:
        return _shown(request, signed, number, status=422, form=form)
    with house.engine.begin() as connection:
        found = _find(connection, signed, number)
        opened = applicants.opened(connection, found.record.applicant_id, house.cipher)
        audit.record(connection, author_of(request, signed), AuditKind.REVEAL, number, reason=reason.value)
    revealed = [
        (_("姓名或者名称"), opened.name),
        (_("证件号码"), opened.identity_number),
        (_("联系电话"), opened.telephone),
        (_("电子邮箱"), opened.email),
        (_("通信地址"), opened.address),
        (_("代理人"), opened.representative),
    ]
    return _shown(request, signed, number, revealed=[(what, value or _("未填写")) for what, value in revealed])


@router.get("/cases/{number}/steps/{event}")
def ask(request: Request, number: str, event: str, signed: See, entry: str = "") -> Response:
    """The form of a step."""
    kind = _kind(event)
    _allow(request, signed, kind)
    house = house_of(request)
    with house.engine.connect() as connection:
        found = _find(connection, signed, number)
        given = steps.filled_in(kind, found, house.today(), signed.name)
        if kind is EventKind.VOID and entry:
            given["entry"] = entry
        given |= {steps.VERSION: str(found.version), steps.COMMAND: str(uuid4())}
        return _form(request, signed, connection, found, kind, Form(given))


@router.post("/cases/{number}/steps/{event}")
def take(request: Request, number: str, event: str, sent: Posted, signed: See) -> Response:
    """Try a step (nothing is saved), or do it: once, however often the form is sent."""
    kind = _kind(event)
    _allow(request, signed, kind)
    house, form = house_of(request), Form(sent)
    with house.engine.connect() as connection:
        found = _find(connection, signed, number)
        asked = steps.fields(kind, found, staff.people(connection, signed.agency_id))
        happening = steps.happening(kind, form, asked, tried=bool(form.value(steps.TRY)))
        command, version = _carried(form)
        if happening is None:
            return _form(request, signed, connection, found, kind, form, status=422)
        if form.value(steps.TRY):
            tried = _try(connection, signed, number, happening, form)
            return _form(request, signed, connection, found, kind, form, tried=tried, status=200 if form.ok else 422)
    if kind is EventKind.VOID:
        _allow_voiding(request, signed, found, happening)
    done = _perform(house, signed, found, happening, command, version, form)
    if done is None:
        with house.engine.connect() as connection:
            now = _find(connection, signed, number)
            changed = now.version != version
            news = now.rows[version:]
            if changed:
                form.values[steps.VERSION] = [str(now.version)]
            return _form(request, signed, connection, now, kind, form, status=409 if changed else 422, news=news)
    for sentence in rules.warnings(found.record.case, happening, found.record.calendar) if done.events else ():
        flash(request, sentence, NOTE)
    moved = placing.moved(found.record.case, done.case, house.today().year, running=house.today().year)
    if done.events and kind in _MOVES_FIGURES and moved:
        flash(request, _("统计随之变动：%(what)s", what="；".join(moved)), NOTE)
    values = {"what": label(kind), "state": label(done.case.state)}
    if done.events:
        said = _("已记录：%(what)s，现为“%(state)s”", **values)
    else:
        said = _("先前已经记录，没有重复记录：%(what)s，现为“%(state)s”", **values)
    return redirect(request, f"/cases/{quote(number, safe='')}", said)


_MOVES_FIGURES = {EventKind.VOID, EventKind.AMEND, EventKind.CHANGE_KIND, EventKind.SERVE_AGAIN}


def _kind(event: str) -> EventKind:
    """The step of this name that a person may do with a case that is there."""
    found = next((each for each in EventKind if each.value == event), None)
    if found is None or STEP_RIGHTS[found] is None or found in _FIRST:
        raise HTTPException(404)
    return found


_FIRST = {EventKind.REGISTER, EventKind.ARRIVE}


def _allow(request: Request, signed: Signed, kind: EventKind) -> None:
    right = STEP_RIGHTS[kind]
    if right is not None:
        demand(request, signed, right)


def _allow_voiding(request: Request, signed: Signed, found: Dossier, happening: Happening) -> None:
    """Nobody undoes what they might not have done: an approval, a secrecy review, an assignment."""
    entry = happening.facts.get("entry")
    named = next((EventKind(row.kind) for row in found.rows if row.seq == entry), None)
    if named is not None:
        _allow(request, signed, named)


def _carried(form: Form) -> tuple[str, int]:
    """The command and the version that the form carries. Raises the answer 400 where it is not our form."""
    try:
        return str(UUID(form.value(steps.COMMAND))), int(form.value(steps.VERSION)[:9])
    except ValueError:
        raise HTTPException(400) from None


def _try(connection: Connection, signed: Signed, number: str, happening: Happening, form: Form) -> WhatIf | None:
    try:
        return desk.what_if(connection, signed.agency_id, number, happening)
    except InputFault as fault:
        form.take(fault, _places(happening.event))
        return None


def _perform(
    house: House, signed: Signed, found: Dossier, happening: Happening, command: str, version: int, form: Form
) -> desk.Done | None:
    """Record the step; None where it is refused: the form then says why, and under which article."""
    history = History(
        [Command(happening, f"web:{signed.account_id}:{command}", signed.actor)], found.record.case_id, version=version
    )
    try:
        with house.engine.begin() as connection:
            return desk.perform(connection, signed.agency_id, history, house.cipher, house.now())
    except Outdated as fault:
        form.general += [_(sentence) for sentence in fault.sentences]
    except (InputFault, Refusal) as fault:
        form.take(fault, _places(happening.event))
        _beside(form, fault, happening.event)
    return None


def _places(event: EventKind) -> dict[str, str]:
    """Which field a sentence is about that begins with these words."""
    return {fact.label: fact.name for fact in BY_EVENT[event].facts}


def _beside(form: Form, fault: InputFault | Refusal, event: EventKind) -> None:
    """A refusal for want of a fact is shown beside its field."""
    if isinstance(fault, Refusal) and form.general == [str(fault)]:
        for fact in BY_EVENT[event].facts:
            if f"缺少“{fact.label}”" in fault.sentence or f"应写明“{fact.label}”" in fault.sentence:
                form.general.remove(str(fault))
                form.fault(fact.name, str(fault))
                return


def _form(
    request: Request,
    signed: Signed,
    connection: Connection,
    found: Dossier,
    kind: EventKind,
    form: Form,
    *,
    status: int = 200,
    tried: WhatIf | None = None,
    news: Sequence[Any] = (),
) -> Response:
    house = house_of(request)
    option = _option(found, kind, house.today())
    return page(
        request,
        "step.html",
        status=status,
        form=form,
        kind=kind,
        case=found.record.case,
        option=option,
        article=BY_EVENT[kind].article,
        clock=BY_EVENT[kind].clock,
        fields=steps.fields(kind, found, staff.people(connection, signed.agency_id)),
        tried=tried,
        news=[(row.seq, EventKind(row.kind), row.actor, house.local(row.recorded_at)) for row in news],
        state=State,
    )


def _option(found: Dossier, kind: EventKind, day: date) -> Option | None:
    """How the step stands today; None for one that is not for this kind of request."""
    return next((each for each in found.record.options(day) if each.event is kind), None)
