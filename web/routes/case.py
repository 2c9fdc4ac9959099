"""办件: one case on one page, and the form of each step that may be done with it."""

from __future__ import annotations

import re
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

from letters import book
from letters.book import Wanted
from letters.catalogue import LETTERS
from models.vocabulary import ApplicantKind, AttachmentKind, AuditKind, DeadlineState, EventKind, State, Term
from reports import dossier, placing
from reports.dossier import Dossier
from web import lights, steps, timeline
from web.forms import Form
from web.frame import NOTE, flash, page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.language import label
from web.rights import PROPOSING, STEP_RIGHTS, Posted, Right, Signed, author_of, demand, needs, paper_right, signer_of
from workflow import applicants, attachments, audit, desk, drafts, joint, periods, practice_book, rules, staff, wizard
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Outdated, Refusal
from workflow.options import Option, WhatIf
from workflow.practice import Practice
from workflow.seven_steps import Walk
from workflow.statute import BESIDE, BY_EVENT, TERMS

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


def shown(
    request: Request, signed: Signed, number: str, *, status: int = 200, form: Form | None = None, revealed: Any = None
) -> Response:
    """The page of a case of one's own agency, with what is wrong with a form that was sent from it."""
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        found = _find(connection, signed, number)
        proposed = drafts.of_case(connection, signed.agency_id, number)
        files = attachments.of_case(connection, found.record.case_id)
        letters = book.of_number(connection, signed.agency_id, number)
        wanted = book.needed(connection, found.record)
    record, case = found.record, found.record.case
    document = found.to_json(today, ZoneInfo(house.settings.timezone))
    rows = periods.deadlines(case, found.calendar)
    left = document["working_days_left"]
    stopped = document["reply_due"] is None
    overdue = case.is_open() and left is not None and left < 0 and case.matter.value != "rectification"
    choices = [each for each in record.options(today) if each.event is not EventKind.VOID]
    allowed = [
        each for each in choices if (each.allowed or each.override) and _may(signed, each.event, record.practice)
    ]
    by_steps = wizard.is_for(case) and signed.may(Right.DECIDE)
    # Sending again is what comes next only where the reply came back.
    beside = BESIDE if case.returned() else {*BESIDE, EventKind.SERVE_AGAIN}
    return page(
        request,
        "case.html",
        status=status,
        case=case,
        doc=document,
        name=applicants.masked(record.applicant, case.applicant_kind),
        light=lights.light(
            None if stopped else left, is_open=case.is_open(), overdue=overdue, over=-left if left and left < 0 else 0
        ),
        left=left,
        rows=rows,
        open_state=DeadlineState.OPEN,
        drawing=timeline.draw(case, found.calendar, rows, today),
        days=timeline.days(case, found.calendar, today),
        scale=timeline,
        allowed=[each for each in allowed if each.event not in beside and not (by_steps and each.event is _REPLY)],
        beside=[each for each in allowed if each.event in beside and each.event not in _FIRST],
        others=[each for each in choices if each.allowed and not _may(signed, each.event, record.practice)],
        barred=[each for each in choices if not each.allowed and not each.override],
        may=lambda event: _may(signed, event, record.practice),
        right_of=lambda event: _right(event, record.practice) or Right.HANDLE,
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
        by_steps=by_steps,
        drafts=proposed,
        files=files,
        letters=letters,
        owed=[each for each in wanted if each.owed],
        to_make=[each for each in wanted if each.owed and signed.may(paper_right(each.kind.events))],
        ahead=[each for each in wanted if not each.owed],
        may_bundle=signed.may(Right.EXPORT) and signed.may(Right.REVEAL),
        kinds=list(AttachmentKind),
        may_attach=signed.may(Right.REGISTER),
        command=str(uuid4()),
        command_for=lambda: str(uuid4()),
    )


def _find(connection: Connection, signed: Signed, number: str) -> Dossier:
    """The case of one's own agency with this number; anything else is not there."""
    try:
        return dossier.read(connection, signed.agency_id, number)
    except InputFault:
        raise HTTPException(404) from None


def _right(event: EventKind, practice: Practice) -> Right | None:
    """The right that a step needs; one that is approved first is proposed by whoever handles the case."""
    return PROPOSING[event] if practice.route(event) else STEP_RIGHTS[event]


_OF_THE_REPLY = ("停止", "暂停", "恢复", "延长", "自次日起")
"""With what the event table begins where it speaks of the period of reply without naming it."""


def clock_said(kind: EventKind) -> str:
    """What a step does to the period of reply, as a sentence that stands by itself."""
    said = BY_EVENT[kind].clock
    if said.startswith("不影响"):
        return f"答复期限不受影响{said.removeprefix('不影响')}"
    return f"答复期限{said}" if said.startswith(_OF_THE_REPLY) else said


def _may(signed: Signed, event: EventKind, practice: Practice) -> bool:
    right = _right(event, practice)
    return right is not None and signed.may(right)


def _entries(found: Dossier, signed: Signed, house: House) -> list[Entry]:
    """The log, the newest last."""
    voided, named = found.voided(), dossier.places(found.rows)
    entries = []
    for row in found.rows:
        kind = EventKind(row.kind)
        told = [(_(fact.label), dossier.written(value, fact, _)) for fact, value in dossier.told(kind, row.facts)]
        fixed = row.seq in voided or kind is EventKind.VOID or STEP_RIGHTS[kind] is None
        may = not fixed and signed.may(Right.HANDLE) and _may(signed, kind, found.record.practice)
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


@router.post("/cases/{number:path}/reveal")
def reveal(request: Request, number: str, sent: Posted, signed: Reveal) -> Response:
    """The applicant's data in clear, on this answer alone; that they were seen, and what for, is in the audit log."""
    house, form = house_of(request), Form(sent)
    reason = form.choice("reason", Reason, required=True)
    if not form.ok or reason is None:
        return shown(request, signed, number, status=422, form=form)
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
    return shown(request, signed, number, revealed=[(what, value or _("未填写")) for what, value in revealed])


@router.get("/cases/{number:path}/steps/{event}")
def ask(request: Request, number: str, event: str, signed: See, entry: str = "", way: str = "") -> Response:
    """The form of a step; ``way``: the way through the seven steps that led to a reply."""
    kind, house = _kind(event), house_of(request)
    with house.engine.connect() as connection:
        found = _found(request, connection, signed, number, kind)
        given = steps.filled_in(kind, found, house.today(), signed.name)
        if kind is EventKind.VOID and entry:
            given["entry"] = entry
        given |= _given(request, kind) | _proposed(request, connection, signed, found, kind)
        given |= {
            steps.VERSION: str(found.version),
            steps.COMMAND: str(uuid4()),
            steps.WAY: way or given.get(steps.WAY, ""),
        }
        return _form(request, signed, connection, found, kind, Form(given))


# A number may hold slashes (old ledgers have 2019/023): this comes after the addresses that lie under a case's.
@router.get("/cases/{number:path}")
def show(request: Request, number: str, signed: See) -> Response:
    """A case: how it stands, why its dates are what they are, what may be done next, what was done."""
    return shown(request, signed, number)


@router.post("/cases/{number:path}/steps/{event}")
def take(request: Request, number: str, event: str, sent: Posted, signed: See) -> Response:
    """Try a step (nothing is saved), or do it: once, however often the form is sent."""
    kind = _kind(event)
    house, form = house_of(request), Form(sent)
    with house.engine.connect() as connection:
        found = _found(request, connection, signed, number, kind)
        routed = bool(found.record.practice.route(kind))
        if routed:
            # A step that is proposed has no day yet: it is tried as of today.
            form.values[steps.ON] = [house.today().isoformat()]
        walk = _walked(form, kind)
        asked = steps.fields(kind, found, staff.people(connection, signed.agency_id), walk)
        happening = steps.happening(kind, form, asked, walk, tried=bool(form.value(steps.TRY)))
        command, version = _carried(form)
        if happening is None or form.value(steps.TRY):
            tried = None if happening is None else _try(connection, signed, number, happening, form)
            return _form(request, signed, connection, found, kind, form, tried=tried, status=200 if form.ok else 422)
    if routed or form.value(steps.LETTER):
        prepare = _propose if routed else _draft_letter
        return prepare(request, signed, number, happening, command, version, form)
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
    return redirect(request, f"/cases/{quote(number)}", said)


def _draft_letter(
    request: Request, signed: Signed, number: str, happening: Happening, command: str, version: int, form: Form
) -> Response:
    """Draft the letter of a step in place of recording it: the step is recorded when the letter is sent."""
    house, kind = house_of(request), happening.event
    found = book.kind_of(happening)
    if found is None:
        raise HTTPException(400)
    wanted = Wanted(found.code, happening, happening.facts.get("consultation"), seen=version)
    name = f"web:{signed.account_id}:letter:{command}"
    try:
        with house.engine.begin() as connection:
            kept = book.make(connection, signed.agency_id, number, wanted, signed.actor, name, house.now())
    except (InputFault, Outdated, Refusal) as fault:
        form.take(fault, _places(kind))
        with house.engine.connect() as connection:
            now = _find(connection, signed, number)
            form.values[steps.VERSION] = [str(now.version)]
            return _form(request, signed, connection, now, kind, form, status=422, news=now.rows[version:])
    return redirect(request, f"/letters/{kept.id}", _("已拟稿，请核对后签发"))


_REPLY = EventKind.DECIDE
"""The step that the seven steps lead to: its form is reached through them."""

_AFTER = {EventKind.SERVE, EventKind.CONFIRM, EventKind.MERGE}
"""Steps whose letter, if there is one, is written once they are on record."""

_MOVES_FIGURES = {EventKind.VOID, EventKind.AMEND, EventKind.CHANGE_KIND, EventKind.SERVE_AGAIN}


def _kind(event: str) -> EventKind:
    """The step of this name that a person may do with a case that is there."""
    found = next((each for each in EventKind if each.value == event), None)
    if found is None or STEP_RIGHTS[found] is None or found in _FIRST:
        raise HTTPException(404)
    return found


_FIRST = {EventKind.REGISTER, EventKind.ARRIVE, EventKind.ATTACH, EventKind.SEND_LETTER}
"""What has a page of its own."""


def _found(request: Request, connection: Connection, signed: Signed, number: str, kind: EventKind) -> Dossier:
    """The case, for somebody who has the right to the step; whoever has none in any agency is told so first."""
    practice = practice_book.read(connection, signed.agency_id)
    _allow(request, signed, kind, practice)
    return _find(connection, signed, number)


def _allow(request: Request, signed: Signed, kind: EventKind, practice: Practice) -> None:
    right = _right(kind, practice)
    if right is not None:
        demand(request, signed, right)


def _propose(
    request: Request, signed: Signed, number: str, happening: Happening, command: str, version: int, form: Form
) -> Response:
    """Put the step before those who must approve it; refused, the form says why."""
    house, kind = house_of(request), happening.event
    author = signer_of(signed)
    try:
        with house.engine.begin() as connection:
            name = f"web:{signed.account_id}:{command}"
            made = drafts.propose(connection, signed.agency_id, number, happening, author, name, version, house.now())
    except Outdated as fault:
        form.general += [_(sentence) for sentence in fault.sentences]
    except (InputFault, Refusal) as fault:
        form.take(fault, _places(kind))
        _beside(form, fault, kind)
    else:
        said = _("已送审：%(what)s，现在由%(role)s审批", what=label(kind), role=label(made.awaited or made.route[-1]))
        return redirect(request, f"/drafts/{made.id}", said)
    with house.engine.connect() as connection:
        now = _find(connection, signed, number)
        news = now.rows[version:]
        form.values[steps.VERSION] = [str(now.version)]
        return _form(request, signed, connection, now, kind, form, status=409 if news else 422, news=news)


def _allow_voiding(request: Request, signed: Signed, found: Dossier, happening: Happening) -> None:
    """Nobody undoes what they might not have done: an approval, a secrecy review, an assignment."""
    entry = happening.facts.get("entry")
    named = next((EventKind(row.kind) for row in found.rows if row.seq == entry), None)
    if named is not None:
        _allow(request, signed, named, found.record.practice)


def _walked(form: Form, kind: EventKind) -> Walk | None:
    """The way through the seven steps that the form carries. Raises the answer 400 where it leads to no reply."""
    walk = steps.walked(form) if kind is EventKind.DECIDE else None
    if walk is None and form.value(steps.WAY):
        raise HTTPException(400)
    return walk


def _given(request: Request, kind: EventKind) -> dict[str, str]:
    """What the address says of the step's facts that are chosen from a list, as the seven steps give it."""
    chosen = {fact.name for fact in BY_EVENT[kind].facts if fact.type in TERMS}
    return {name: value for name, value in request.query_params.items() if name in chosen}


def _proposed(
    request: Request, connection: Connection, signed: Signed, found: Dossier, kind: EventKind
) -> dict[str, str]:
    """What a draft of this step held that is proposed anew (``from`` in the address)."""
    earlier = request.query_params.get("from", "")
    of_case = drafts.of_case(connection, signed.agency_id, found.record.case.number) if earlier else ()
    known = next((each for each in of_case if str(each.id) == earlier and each.kind is kind), None)
    return {} if known is None else steps.typed(known.facts)


def _carried(form: Form) -> tuple[str, int]:
    """The command and the version that the form carries. Raises the answer 400 where it is not our form."""
    try:
        return str(UUID(form.value(steps.COMMAND))), int(form.value(steps.VERSION)[:9])
    except ValueError:
        raise HTTPException(400) from None


def _try(connection: Connection, signed: Signed, number: str, happening: Happening, form: Form) -> WhatIf | None:
    try:
        return desk.what_if(connection, signed.agency_id, number, happening, approved=True)
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
    walk = _walked(form, kind)
    return page(
        request,
        "step.html",
        status=status,
        form=form,
        kind=kind,
        case=found.record.case,
        option=option,
        article=BY_EVENT[kind].article,
        clock_said=clock_said(kind),
        fields=steps.fields(kind, found, staff.people(connection, signed.agency_id), walk),
        walk=walk,
        by_letter=any(letter.is_outward and kind in letter.events for letter in LETTERS) and kind not in _AFTER,
        route=found.record.practice.route(kind),
        tried=tried,
        charges=_charges(connection, found, form) if kind is EventKind.BILL else (),
        news=[(row.seq, EventKind(row.kind), row.actor, house.local(row.recorded_at)) for row in news],
        state=State,
    )


def _charges(connection: Connection, found: Dossier, form: Form) -> list[str]:
    """信息处理费试算: what either tariff gives, a line each; by volume once the pages are told (办法 Arts. 3-5)."""
    pages, items = (int(text) if _COUNT.fullmatch(text := form.value(name)) else 0 for name in ("pages", "items"))
    by_item, by_volume = joint.charges(connection, found.record, pages or None, items or 1)
    missing = _("按件：不能计算，%(why)s", why=joint.why_no_place(found.record.case))
    lines = [missing] if by_item is None else by_item.explain()
    return [*lines, *([_("按量：填写页数后按“试算”")] if by_volume is None else by_volume.explain())]


_COUNT = re.compile("[0-9]{1,4}")


def _option(found: Dossier, kind: EventKind, day: date) -> Option | None:
    """How the step stands today; None for one that is not for this kind of request."""
    return next((each for each in found.record.options(day) if each.event is kind), None)
