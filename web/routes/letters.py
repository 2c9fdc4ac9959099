"""文书: a letter on its page, from the draft to its delivery; what waits to be sent; who sees it sees a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, update
from starlette.exceptions import HTTPException

from letters import batch as batches
from letters import book, rendering, template_book
from letters.book import Kept, Sending, Wanted
from letters.catalogue import BY_CODE
from models.tables import letter as letter_table
from models.vocabulary import AuditKind, EventKind, LetterState, Means
from web.forms import Form
from web.frame import page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.language import label
from web.pages import styled
from web.rights import PROPOSING, STEP_RIGHTS, Posted, Right, Signed, author_of, demand, needs, paper_right
from web.routes.case import Reason
from workflow import audit, dispatch, drafts, records
from workflow.faults import InputFault, Outdated, Refusal
from workflow.records import Record

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]

ADJUSTABLE = ("处理意见", "附件", "收件人")
"""The fields that an officer may word himself; all others are the case's."""

_WAITING = (LetterState.DRAFT, LetterState.SIGNED, LetterState.RETURNED)
_MOST = 200
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.get("/letters")
def waiting(request: Request, signed: See) -> Response:
    """The letters that somebody has to see to, and the batches."""
    with house_of(request).engine.connect() as connection:
        kept = book.in_state(connection, signed.agency_id, _WAITING, _MOST)
        found = batches.batches(connection, signed.agency_id)
    # A form that is signed is kept, or lies in the envelope of a letter: nothing waits.
    kept = [each for each in kept if each.kind.is_outward or each.state is not LetterState.SIGNED]
    order = (LetterState.RETURNED, LetterState.SIGNED, LetterState.DRAFT)
    groups = [(state, [each for each in kept if each.state is state]) for state in order]
    return page(request, "letters.html", groups=groups, batches=found, most=_MOST, number=len(kept))


@router.get("/letters/{letter}")
def show(request: Request, letter: str, signed: See) -> Response:
    """A letter: what it lacks, what stands against sending it, what may be done with it now."""
    return _shown(request, signed, _number(letter))


def _shown(
    request: Request, signed: Signed, letter_id: int, *, status: int = 200, form: Form | None = None
) -> Response:
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        kept = _of_ours(connection, signed, letter_id)
        record = records.find(connection, signed.agency_id, kept.number)
        lacks = book.worded(connection, record, kept, house.cipher, today) if kept.state is LetterState.DRAFT else None
        absent = [] if lacks is None else book.unenclosed(connection, kept, lacks)
        enclosed = book.enclosed(connection, kept)
        also = [
            each
            for each in book.needed(connection, record)
            if each.owed
            and each.place is not None
            and (each.place, each.kind.events) == (kept.place, kept.kind.events)
            and each.kind not in kept.kind.companions
        ]
        # The mail number is asked for by the form below; its absence is no news here.
        sending = Sending(today, kept.means, _LATER if kept.means in _POSTED else "")
        leaves = kept.kind.is_outward and kept.state in (LetterState.SIGNED, LetterState.RETURNED)
        against = (
            book.against(connection, signed.agency_id, kept.id, sending, house.cipher, today)
            if leaves and kept.means is not None
            else []
        )
    given = {"on": today.isoformat(), "means": kept.means or "", **{_field(n): t for n, t in kept.texts.items()}}
    return page(
        request,
        "letter.html",
        status=status,
        kept=kept,
        case=record.case,
        lacks=lacks,
        absent=absent,
        companions=[(each, enclosed.get(each.code)) for each in kept.kind.companions],
        also=also,
        command_for=lambda: str(uuid4()),
        against=against,
        leaves=leaves,
        may=_may(signed, kept, record),
        right=_right(kept, record),
        may_read=signed.may(Right.REVEAL),
        adjustable=[(name, _field(name)) for name in ADJUSTABLE],
        means=list(Means),
        states=LetterState,
        form=form or Form(given),
    )


_POSTED = (Means.POST_EMS, Means.POST_REGISTERED)
_LATER = "…"


def _field(name: str) -> str:
    return f"text-{ADJUSTABLE.index(name)}" if name in ADJUSTABLE else name


def _right(kept: Kept, record: Record) -> Right:
    """What seeing to a letter needs: the right to the step whose paper it is."""
    event = kept.event
    if event is None:
        return paper_right(kept.kind.events)
    if record.practice.route(event):
        return PROPOSING[event]
    return STEP_RIGHTS[event] or Right.HANDLE


def _may(signed: Signed, kept: Kept, record: Record) -> bool:
    return signed.may(_right(kept, record))


def _of_ours(connection: Connection, signed: Signed, letter_id: int) -> Kept:
    """The letter of one's own agency; anything else is not there."""
    try:
        return book.find(connection, signed.agency_id, letter_id)
    except InputFault:
        raise HTTPException(404) from None


def _number(letter: str) -> int:
    """The number in the address; anything else is not there."""
    if not (letter.isascii() and letter.isdigit() and len(letter) <= len("999999999")):
        raise HTTPException(404)
    return int(letter)


def _allowed(request: Request, signed: Signed, letter: str) -> int:
    """The number of a letter that somebody may see to."""
    letter_id = _number(letter)
    with house_of(request).engine.connect() as connection:
        kept = _of_ours(connection, signed, letter_id)
        record = records.find(connection, signed.agency_id, kept.number)
    demand(request, signed, _right(kept, record))
    return letter_id


@router.get("/letters/{letter}/preview")
def preview(request: Request, letter: str, signed: See) -> Response:
    """The letter as it is printed, from its document; it names a person, so looking at it is audited."""

    def shown(kept: Kept, content: bytes) -> Response:
        text = rendering.page_of(kept.kind, content)
        return Response(text, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": styled(text)})

    return _read(request, signed, letter, shown)


@router.get("/letters/{letter}/file")
def take(request: Request, letter: str, signed: See) -> Response:
    """The docx: as it was signed; of a draft as it would be."""
    return _read(request, signed, letter, lambda kept, content: _download(kept, content, "docx", _DOCX))


@router.get("/letters/{letter}/pdf")
def take_pdf(request: Request, letter: str, signed: See) -> Response:
    """The letter as PDF, laid out from its document; where this machine cannot, its page says what is missing."""

    def made(kept: Kept, content: bytes) -> Response:
        return _download(kept, rendering.pdf_of(kept.kind, content), "pdf", "application/pdf")

    return _read(request, signed, letter, made)


def _download(kept: Kept, content: bytes, ending: str, media_type: str) -> Response:
    name = quote(f"{kept.number}-{kept.kind.title}.{ending}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=media_type, headers=headers)


def _read(request: Request, signed: Signed, letter: str, give: Callable[[Kept, bytes], Response]) -> Response:
    """Give a letter's document in some form to somebody who may see personal data; that they looked is recorded."""
    house, letter_id = house_of(request), _number(letter)
    with house.engine.connect() as connection:
        _of_ours(connection, signed, letter_id)
    demand(request, signed, Right.REVEAL)
    try:
        with house.engine.begin() as connection:
            kept, content = _document(connection, signed, letter_id, house)
            reason = Reason.SERVICE.value
            author = author_of(request, signed)
            audit.record(connection, author, AuditKind.REVEAL, kept.number, reason=reason, letter=kept.id)
        return give(kept, content)
    except InputFault as fault:
        form = Form({})
        form.take(fault)
        return _shown(request, signed, letter_id, status=409, form=form)


def _document(connection: Connection, signed: Signed, letter_id: int, house: House) -> tuple[Kept, bytes]:
    """The docx of a letter: what was signed, or what a draft would be today."""
    kept = _of_ours(connection, signed, letter_id)
    if kept.signed_on is not None:
        return kept, dispatch.opened(connection, kept.id, house.cipher)
    record = records.find(connection, signed.agency_id, kept.number)
    words = book.worded(connection, record, kept, house.cipher, house.today())
    _version, template = template_book.current(connection, signed.agency_id, kept.code)
    return kept, rendering.docx(words, template)


@router.post("/letters/{letter}/wording")
def word(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """Word some fields of a draft otherwise than the case does; empty: as the case has them."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)
    texts = {name: form.text(_field(name), longest=5000, lines=True) for name in ADJUSTABLE}
    if not form.ok:
        return _shown(request, signed, letter_id, status=422, form=form)
    with house.engine.begin() as connection:
        _record, kept = book.held(connection, signed.agency_id, letter_id)
        if kept.state is LetterState.DRAFT:
            given = {name: text for name, text in texts.items() if text}
            connection.execute(update(letter_table).where(letter_table.c.id == letter_id).values(texts=given))
    if kept.state is not LetterState.DRAFT:
        form.general.append(_("文书已经签发，文字不能再改；需要改的，作废后重新拟稿"))
        return _shown(request, signed, letter_id, status=422, form=form)
    return redirect(request, f"/letters/{letter_id}", _("已保存文书的文字"))


@router.post("/letters/{letter}/enclosed")
def enclose(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """Draft the form that lies in the envelope of a letter; sent twice it is drafted once."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)
    try:
        name = f"web:{signed.account_id}:letter:{UUID(form.value('command'))}"
    except ValueError:
        raise HTTPException(400) from None
    try:
        with house.engine.begin() as connection:
            code, actor = form.value("code"), signed.actor
            kept = book.enclosing(connection, signed.agency_id, letter_id, code, actor, name, house.now())
    except (InputFault, Refusal) as fault:
        form.take(fault)
        return _shown(request, signed, letter_id, status=422, form=form)
    return redirect(request, f"/letters/{kept.id}", _("已拟稿，请核对后签发"))


@router.post("/letters/{letter}/sign")
def sign(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """签发: the letter gets its number, and its text stays as it is."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)

    def done(connection: Connection) -> str:
        kept = book.sign(connection, signed.agency_id, letter_id, signed.actor, house.cipher, house.now())
        return _("已签发，文号 %(number)s", number=kept.document_number) if kept.document_number else _("已签发，存卷")

    return _do(request, signed, letter_id, form, done)


@router.post("/letters/{letter}/send")
def send(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """发出: checked once more, then the step and its letter are on record together."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)
    sending = Sending(
        form.day("on", required=True) or house.today(),
        form.choice("means", Means, required=True),
        form.text("tracking", longest=60),
        form.text("override", longest=500),
        form.text("enclosed", longest=500),
    )

    def done(connection: Connection) -> str:
        after = book.send(connection, signed.agency_id, letter_id, sending, signed.actor, house.cipher, house.now())
        return _("已发出并记入办件，现为“%(state)s”", state=label(after.case.state))

    return _do(request, signed, letter_id, form, done)


@router.post("/letters/{letter}/delivered")
def delivered(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """送达: the day on which the letter arrived."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)
    on, how = _day(form, "arrived", house), form.text("how", longest=500)

    def done(connection: Connection) -> str:
        book.delivered(connection, signed.agency_id, letter_id, on, how, signed.actor, house.cipher, house.now())
        return _("已登记送达")

    return _do(request, signed, letter_id, form, done)


@router.post("/letters/{letter}/returned")
def returned(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """退回: the letter came back and is to be sent again."""
    house, form, letter_id = house_of(request), Form(sent), _allowed(request, signed, letter)
    on, reason = _day(form, "came_back", house), form.text("why", required=True, longest=500)

    def done(connection: Connection) -> str:
        book.returned(connection, signed.agency_id, letter_id, on, reason, signed.actor, house.cipher, house.now())
        return _("已登记退回，请再次送达")

    return _do(request, signed, letter_id, form, done)


@router.post("/letters/{letter}/void")
def void(request: Request, letter: str, sent: Posted, signed: See) -> Response:
    """作废: give up a letter that has not left."""
    form, letter_id = Form(sent), _allowed(request, signed, letter)
    reason = form.text("void_reason", longest=500)

    def done(connection: Connection) -> str:
        book.void(connection, signed.agency_id, letter_id, reason)
        return _("已作废；编过的文号不再使用")

    return _do(request, signed, letter_id, form, done)


def _day(form: Form, name: str, house: House) -> date:
    return form.day(name, required=True) or house.today()


_PLACES = {"作废理由": "void_reason", "退回原因": "why"}


def _do(request: Request, signed: Signed, letter_id: int, form: Form, act: Callable[[Connection], str]) -> Response:
    """Do something with a letter in one transaction; refused, its page says why."""
    if form.ok:
        try:
            with house_of(request).engine.begin() as connection:
                said = act(connection)
            return redirect(request, f"/letters/{letter_id}", said)
        except Outdated as fault:
            form.general += [_(sentence) for sentence in fault.sentences]
        except (InputFault, Refusal) as fault:
            form.take(fault, _PLACES)
    return _shown(request, signed, letter_id, status=422, form=form)


@router.post("/cases/{number:path}/letters")
def make(request: Request, number: str, sent: Posted, signed: See) -> Response:
    """Draft a letter about what is on record, or for an approved draft of a step; once, however often it is sent."""
    house, form = house_of(request), Form(sent)
    try:
        command = str(UUID(form.value("command")))
    except ValueError:
        raise HTTPException(400) from None
    place, draft_id = form.number("place", least=1), form.number("draft", least=1)
    with house.engine.connect() as connection:
        _case(connection, signed, number)
        event = None if draft_id is None else _draft(connection, signed, draft_id)
    code = form.value("code")
    events = BY_CODE[code].events if code in BY_CODE else ()
    demand(request, signed, paper_right(events) if event is None else PROPOSING[event])
    wanted = Wanted(code, place=place, means=form.choice("means", Means), draft_id=draft_id)
    return drafted(request, signed, number, wanted, f"web:{signed.account_id}:letter:{command}")


def drafted(request: Request, signed: Signed, number: str, wanted: Wanted, command: str) -> Response:
    """Keep the draft and go to its page; what cannot be drafted is told on the page of the case."""
    house = house_of(request)
    try:
        with house.engine.begin() as connection:
            kept = book.make(connection, signed.agency_id, number, wanted, signed.actor, command, house.now())
    except (InputFault, Refusal) as fault:
        return redirect(request, f"/cases/{quote(number)}#letters", str(fault), "warning")
    return redirect(request, f"/letters/{kept.id}", _("已拟稿，请核对后签发"))


def _case(connection: Connection, signed: Signed, number: str) -> Record:
    try:
        return records.find(connection, signed.agency_id, number)
    except InputFault:
        raise HTTPException(404) from None


def _draft(connection: Connection, signed: Signed, draft_id: int) -> EventKind:
    try:
        return drafts.find(connection, signed.agency_id, draft_id).kind
    except InputFault:
        raise HTTPException(404) from None
