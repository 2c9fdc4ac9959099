"""批量文书: the same letter for the cases that were looked for, signed by a job; then sent by another."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from letters import batch as batches
from letters import book
from letters.book import Sending, Wanted
from letters.catalogue import BY_CODE, LETTERS
from models.vocabulary import EventKind, LetterState, Means
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import STEP_RIGHTS, Posted, Right, Signed, demand, needs
from web.routes.cases import numbers_of
from workflow import practice_book
from workflow.case import Happening
from workflow.faults import InputFault, Refusal

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]
Handle = Annotated[Signed, needs(Right.HANDLE)]

_ON_RECORD = [kind for kind in LETTERS if kind.events]
"""Letters about what is on record; those that record a step are drafted with it, one by one, but for an extension."""

_EXTENDING = "extend"
"""延期答复告知书 that extend as they are sent: one reason for all, as when a system is under repair."""
_MOST_DAYS = 20


@router.post("/letters/batch")
def ask(request: Request, sent: Posted, signed: Handle) -> Response:
    """Which letter, for the cases of a list."""
    form = Form(sent)
    numbers = numbers_of(request, signed, form.value("q"), batches.MOST)
    form.values["batch"] = [str(uuid4())]
    return _asked(request, signed, form, len(numbers))


def _asked(request: Request, signed: Signed, form: Form, count: int, *, status: int = 200) -> Response:
    kinds = [(kind.code, f"{kind.code} {kind.title}") for kind in _ON_RECORD]
    with house_of(request).engine.connect() as connection:
        routed = bool(practice_book.read(connection, signed.agency_id).route(EventKind.EXTEND))
    extends = not routed and signed.may(_TO_EXTEND)
    if extends:
        kinds.append((_EXTENDING, _("L05 政府信息公开延期答复告知书（现在延期，发出时记录）")))
    return page(
        request,
        "letter_batch_new.html",
        status=status,
        form=form,
        q=form.value("q"),
        count=count,
        most=batches.MOST,
        extends=extends,
        routed=routed,
        kinds=kinds,
        means=list(Means),
    )


@router.post("/letters/batches")
def start(request: Request, sent: Posted, signed: Handle) -> Response:
    """Write the drafts and the job that signs them; sent twice it is started once."""
    house, form = house_of(request), Form(sent)
    numbers = numbers_of(request, signed, form.value("q"), batches.MOST)
    try:
        name = str(UUID(form.value("batch")))
    except ValueError:
        raise HTTPException(400) from None
    code, means = form.text("code", required=True), form.choice("means", Means)
    wanted = Wanted(code, means=means)
    if code == _EXTENDING:
        demand(request, signed, _TO_EXTEND)
        wanted = Wanted("L05", _extension(form, house.today()), means=means)
    elif code and code not in {kind.code for kind in _ON_RECORD}:
        form.fault("code", _("“%(given)s”不在可选的值之中，请从列表中选择", given=code[:40]))
    if not form.ok:
        return _asked(request, signed, form, len(numbers), status=422)
    try:
        with house.engine.begin() as connection:
            new = batches.start(connection, signed.agency_id, numbers, wanted, name, signed.actor, house.now())
            found = batches.progress(connection, signed.agency_id, name)
    except (InputFault, Refusal) as fault:
        form.take(fault)
        return _asked(request, signed, form, len(numbers), status=422)
    if found is None:
        form.general.append(_("这些办件都已有同一种文书在拟稿或者等待发出"))
        return _asked(request, signed, form, len(numbers), status=422)
    said = _("已开始制作 %(n)s 份，完成后在消息中告知", n=new)
    return redirect(request, f"/letters/batches/{name}", said)


_TO_EXTEND = STEP_RIGHTS[EventKind.EXTEND] or Right.HANDLE


def _extension(form: Form, today: date) -> Happening:
    """延期 as typed, the same for every case (Art. 33(2)); the form says what cannot be taken."""
    facts = {
        "working_days": form.number("working_days", required=True, least=1, most=_MOST_DAYS),
        "reason": form.text("reason", required=True, longest=2000, lines=True),
        "approver": form.text("approver", required=True),
    }
    return Happening(EventKind.EXTEND, today, facts)


@router.get("/letters/batches/{batch}")
def show(request: Request, batch: str, signed: See) -> Response:
    """How a batch stands, and why some letters could not be made or sent."""
    return _shown(request, signed, batch, Form({"on": house_of(request).today().isoformat()}))


def _shown(request: Request, signed: Signed, name: str, form: Form, *, status: int = 200) -> Response:
    with house_of(request).engine.connect() as connection:
        found = batches.progress(connection, signed.agency_id, name)
        right = _right(connection, signed, name)
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "letter_batch.html",
        status=status,
        batch=found,
        kind=BY_CODE[found.code],
        form=form,
        means=list(Means),
        ready=found.states.get(LetterState.SIGNED, 0),
        drafts=found.states.get(LetterState.DRAFT, 0),
        may=signed.may(right),
    )


def _right(connection: Connection, signed: Signed, batch: str) -> Right:
    """What seeing to a batch needs: the right to the step that its letters record, if they record one."""
    events = (each.event for each in book.of_batch(connection, signed.agency_id, batch))
    return next((STEP_RIGHTS[event] or Right.HANDLE for event in events if event is not None), Right.HANDLE)


def _allowed(request: Request, signed: Signed, batch: str) -> None:
    with house_of(request).engine.connect() as connection:
        right = _right(connection, signed, batch)
    demand(request, signed, right)


@router.post("/letters/batches/{batch}/send")
def send(request: Request, batch: str, sent: Posted, signed: Handle) -> Response:
    """Write the job that sends what is signed; 邮件号 one a line, each after its 文号."""
    house, form = house_of(request), Form(sent)
    _allowed(request, signed, batch)
    on, means = form.day("on", required=True) or house.today(), form.choice("means", Means, required=True)
    sending = Sending(on, means, enclosed=form.text("enclosed", longest=500))
    tracking = _tracking(form)
    if form.ok:
        try:
            with house.engine.begin() as connection:
                number = batches.send(connection, signed.agency_id, batch, sending, tracking, signed.actor, house.now())
        except InputFault as fault:
            form.take(fault, {"邮件号": "tracking"})
        else:
            said = _("已开始发出 %(n)s 份，完成后在消息中告知", n=number)
            return redirect(request, f"/letters/batches/{batch}", said)
    return _shown(request, signed, batch, form, status=422)


def _tracking(form: Form) -> dict[str, str]:
    found = {}
    for line in form.text("tracking", longest=200_000, lines=True).splitlines():
        parts = line.replace("，", ",").replace("\t", ",").split(",")
        if len(parts) == 2:
            found[parts[0].strip()] = parts[1].strip()
        elif line.strip():
            form.fault("tracking", _("“%(line)s”不能用，每行应为 文号,邮件号", line=line[:40]))
    return found


@router.post("/letters/batches/{batch}/again")
def again(request: Request, batch: str, signed: Handle) -> Response:
    """Try anew to sign what could not be."""
    house = house_of(request)
    _allowed(request, signed, batch)
    with house.engine.begin() as connection:
        if batches.progress(connection, signed.agency_id, batch) is None:
            raise HTTPException(404)
        number = batches.again(connection, signed.agency_id, batch, signed.actor, house.now())
    return redirect(request, f"/letters/batches/{batch}", _("已重新开始制作 %(n)s 份", n=number))
