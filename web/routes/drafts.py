"""审批: a draft on its page, with the case it is about; agreed to or returned, taken back, recorded."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from letters import book
from models.vocabulary import DraftState, EventKind, Role, Verdict
from reports import dossier
from web import steps
from web.forms import Form
from web.frame import NOTE, flash, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.language import label
from web.rights import PROPOSING, SIGNING, Posted, Right, Signed, demand, needs, signer_of
from workflow import approvals, drafts, options, records, rules
from workflow.case import Happening
from workflow.clock import reckon
from workflow.drafts import Draft, Said
from workflow.faults import InputFault, Outdated, Refusal
from workflow.statute import BY_EVENT, OUTCOMES

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]

_PLACES = {"意见": "words", "保密审查意见": "may_release"}


@router.get("/drafts/{draft}")
def show(request: Request, draft: str, signed: See) -> Response:
    """A draft: what is proposed, how the case stands, what was said of it, and what one may do with it."""
    return _shown(request, signed, _number(draft), Form({steps.ON: house_of(request).today().isoformat()}))


def _shown(request: Request, signed: Signed, draft_id: int, form: Form, *, status: int = 200) -> Response:
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        found = _of_ours(connection, signed, draft_id)
        record = records.find(connection, signed.agency_id, found.number)
        under_way = found.state in {DraftState.IN_REVIEW, DraftState.APPROVED}
        moved = drafts.obstacle(connection, record, found, today) if under_way else None
    signer = signer_of(signed)
    barred = found.may_sign(signer, twice=record.practice.approve_twice)
    case, proposed = options.if_approved(record.case, found.happening(today), record.practice)
    tried = options.what_if(case, proposed, record.calendar, record.practice) if under_way else None
    return page(
        request,
        "draft.html",
        status=status,
        draft=found,
        case=record.case,
        told=_told(found),
        article=_article(found),
        before=None if record.case.received is None else reckon(record.case.clock_facts(), record.calendar, today),
        tried=tried,
        warnings=rules.warnings(record.case, proposed, record.calendar) if under_way else [],
        moved=moved,
        may_sign=barred is None and signed.may(SIGNING[found.awaited or Role.HEAD]),
        why_not=barred,
        secret=found.awaited is Role.SECRECY_REVIEWER and found.kind is EventKind.DECIDE,
        mine=found.by_id == signed.account_id,
        may_record=found.state is DraftState.APPROVED and signed.may(PROPOSING[found.kind]),
        later=_later(found),
        overdue=found.due is not None and found.due < today,
        under_way=under_way,
        by_letter=book.kind_of(found.happening(today)),
        command=str(uuid4()),
        verdicts=list(Verdict),
        form=form,
    )


def _told(found: Draft) -> list[tuple[str, str]]:
    """The proposed facts as an officer reads them."""
    return [
        (_(fact.label), dossier.written(value if fact.type == "flag" else str(value), fact, _))
        for fact, value in dossier.told(found.kind, found.facts)
    ]


def _article(found: Draft) -> str:
    """The article of the letter that would go out."""
    outcome = found.facts.get("outcome")
    return BY_EVENT[found.kind].article if outcome is None else OUTCOMES[outcome].article


def _later(found: Draft) -> list[tuple[str, str]]:
    """What may still be given when the step is recorded: name and label."""
    known = {fact.name: fact for fact in BY_EVENT[found.kind].facts}
    return [(name, _(known[name].label)) for name in approvals.LATER if name in known and name not in found.facts]


@router.post("/drafts/{draft}/opinion")
def sign(request: Request, draft: str, sent: Posted, signed: See) -> Response:
    """Agree, or return it with words; only by whoever is next."""
    house, form, draft_id = house_of(request), Form(sent), _number(draft)
    with house.engine.connect() as connection:
        role = _of_ours(connection, signed, draft_id).awaited
    if role is not None:
        demand(request, signed, SIGNING[role])
    verdict = form.choice("verdict", Verdict, required=True)
    words = form.text("words", longest=2000, lines=True)
    released = {"yes": True, "no": False}.get(form.value("may_release"))
    if verdict is None or not form.ok:
        return _shown(request, signed, draft_id, form, status=422)
    try:
        with house.engine.begin() as connection:
            said = Said(verdict, words, released)
            after = drafts.sign(
                connection, signed.agency_id, draft_id, signer_of(signed), said, house.cipher, house.now()
            )
    except (InputFault, Refusal) as fault:
        form.take(fault, _PLACES)
        return _shown(request, signed, draft_id, form, status=422)
    told = _("已记录意见：%(what)s，拟办稿现为“%(state)s”", what=label(verdict), state=label(after.state))
    return redirect(request, f"/drafts/{draft_id}", told)


@router.post("/drafts/{draft}/withdraw")
def withdraw(request: Request, draft: str, signed: See) -> Response:
    """Take one's own draft back."""
    draft_id = _number(draft)
    try:
        with house_of(request).engine.begin() as connection:
            _of_ours(connection, signed, draft_id)
            drafts.withdraw(connection, signed.agency_id, draft_id, signer_of(signed))
    except Refusal as fault:
        form = Form()
        form.take(fault)
        return _shown(request, signed, draft_id, form, status=422)
    return redirect(request, f"/drafts/{draft_id}", _("已撤回拟办稿"))


@router.post("/drafts/{draft}/record")
def enter(request: Request, draft: str, sent: Posted, signed: See) -> Response:
    """Record the approved step, on the day on which it was done."""
    house, form, draft_id = house_of(request), Form(sent), _number(draft)
    with house.engine.connect() as connection:
        found = _of_ours(connection, signed, draft_id)
        record = records.find(connection, signed.agency_id, found.number)
    demand(request, signed, PROPOSING[found.kind])
    day = form.day(steps.ON, required=True)
    given = {name: form.text(name) for name, _label in _later(found)}
    if day is None or not form.ok:
        return _shown(request, signed, draft_id, form, status=422)
    happening = Happening(found.kind, day, {name: value for name, value in given.items() if value})
    try:
        with house.engine.begin() as connection:
            done = drafts.enter(
                connection, signed.agency_id, draft_id, happening, signed.actor, house.cipher, house.now()
            )
    except Outdated as fault:
        form.general += [_(sentence) for sentence in fault.sentences]
        return _shown(request, signed, draft_id, form, status=409)
    except (InputFault, Refusal) as fault:
        form.take(fault)
        return _shown(request, signed, draft_id, form, status=422)
    for sentence in rules.warnings(record.case, found.happening(day), record.calendar) if done.events else ():
        flash(request, sentence, NOTE)
    said = _("已登记：%(what)s，现为“%(state)s”", what=label(found.kind), state=label(done.case.state))
    return redirect(request, f"/cases/{quote(found.number)}", said)


def _of_ours(connection: Connection, signed: Signed, draft_id: int) -> Draft:
    """The draft of one's own agency; anything else is not there."""
    try:
        return drafts.find(connection, signed.agency_id, draft_id)
    except InputFault:
        raise HTTPException(404) from None


def _number(draft: str) -> int:
    """The number in the address; anything else is not there."""
    if not (draft.isascii() and draft.isdigit() and len(draft) <= len("999999999")):
        raise HTTPException(404)
    return int(draft)
