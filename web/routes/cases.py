"""办件列表: looking for cases. What was looked for stands in the address sealed: it may name a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Annotated
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert
from starlette.exceptions import HTTPException

from models.personal import FieldCipher, UnreadableField
from models.tables import saved_view
from models.vocabulary import ApplicantKind, AuditKind, EventKind, Outcome, State
from web import case_columns
from web.case_columns import Line
from web.forms import Form
from web.frame import page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.language import label
from web.rights import Posted, Right, Signed, author_of, handlers, needs
from workflow import audit, calendar_book, desk, records, search, staff
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Refusal
from workflow.search import Query
from workflow.statute import CARRIED_OVER, FINAL, WORKING

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]
Export = Annotated[Signed, needs(Right.EXPORT)]
Assign = Annotated[Signed, needs(Right.ASSIGN)]

EXPORTED = 20_000
"""Rows of one export at the most."""

_NOBODY = "-"
_STATES: dict[State, tuple[State, ...]] = {
    State.UNCONFIRMED: (State.UNCONFIRMED,),
    **{plain: (plain, CARRIED_OVER[plain]) for plain in WORKING},
    **{each: (each,) for each in (*FINAL, State.VOID)},
}
"""The states that are asked for: a case that was carried over is found by what it waits for."""

_DAYS = ("received_from", "received_to", "closed_from", "closed_to", "due_from", "due_to")
_FIELDS = {"收到日期": "received_to", "办结日期": "closed_to", "答复期限": "due_to"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and the columns in which it is shown (none: nobody has chosen)."""

    query: Query
    columns: tuple[str, ...] = ()


_AT_FIRST = Asked(Query(open_only=True, order="due"))


@router.get("/cases")
def show(request: Request, signed: See, q: str = "", after: str = "", before: str = "") -> Response:
    """The open cases by their last days at first, or what was looked for, a page at a time."""
    asked = _AT_FIRST if not q else _opened(house_of(request).cipher, signed, q)
    if asked is None:
        return RedirectResponse("/cases", status_code=303)
    return _listed(request, signed, asked, q, Form(_written(asked)), after=after, before=before)


@router.post("/cases/search")
def look(request: Request, sent: Posted, signed: See) -> Response:
    """Take what is looked for, and go to its list."""
    form = Form(sent)
    asked = _read(form)
    if asked is None:
        return _listed(request, signed, _AT_FIRST, "", form)
    return RedirectResponse(f"/cases?q={_sealed(house_of(request).cipher, signed, asked)}", status_code=303)


def _listed(
    request: Request, signed: Signed, asked: Asked, q: str, form: Form, *, after: str = "", before: str = ""
) -> Response:
    house, today, query = house_of(request), house_of(request).today(), asked.query
    with house.engine.connect() as connection:
        try:
            found = search.page(
                connection, signed.agency_id, query, house.cipher, today, after=after or None, before=before or None
            )
        except InputFault:
            raise HTTPException(404) from None
        number = search.count(connection, signed.agency_id, query, house.cipher)
        calendar = calendar_book.current(connection, signed.agency_id)
        everyone = staff.people(connection, signed.agency_id)
        people = [each.name for each in everyone if each.active]
        views = _views(connection, signed)
    start = f"/cases?q={q}&" if q else "/cases?"
    return page(
        request,
        "case_list.html",
        status=200 if form.ok else 422,
        form=form,
        q=q,
        views=views,
        lines=[case_columns.line(each, calendar, today) for each in found.cases],
        columns=asked.columns or case_columns.AT_FIRST,
        heads=case_columns.heads(),
        number=number,
        most=search.COUNTED_TO,
        next=f"{start}after={quote(found.after)}" if found.after else None,
        previous=f"{start}before={quote(found.before)}" if found.before else None,
        start=f"/cases?q={q}" if q else "/cases",
        at_first=not q,
        states=[(each.value, label(each)) for each in _STATES],
        outcomes=[(each.value, case_columns.outcome(each)) for each in Outcome],
        outcome=case_columns.outcome,
        kinds=list(ApplicantKind),
        people=handlers(everyone),
        officers=[(_NOBODY, _("未分派")), *((each, each) for each in people)],
        orders=[("newest", _("收到日期，最近的在前")), ("due", _("答复期限，最早的在前（只列未办结的）"))],
        more_asked=any(form.value(each) for each in ("outcome", "kind", *_DAYS)),
        command=str(uuid4()),
    )


def _read(form: Form) -> Asked | None:
    """What was asked for, and in which columns; None where it cannot be taken: the form then says why."""
    state = form.choice("state", State)
    outcome, kind = form.choice("outcome", Outcome), form.choice("kind", ApplicantKind)
    officer = form.text("officer")
    days = {name: form.day(name) for name in _DAYS}
    number, words, applicant = form.text("number"), form.text("text"), form.text("applicant")
    if not form.ok:
        return None
    try:
        query = Query(
            number=number,
            text=words,
            applicant=applicant,
            states=() if state is None else _STATES.get(state, (state,)),
            outcomes=() if outcome is None else (outcome,),
            kinds=() if kind is None else (kind,),
            officer=None if not officer else "" if officer == _NOBODY else officer,
            open_only=form.ticked("open_only"),
            order=form.value("order") or "newest",
            **days,
        )
        return Asked(query, case_columns.chosen(form.values.get("columns", ())))
    except InputFault as fault:
        form.take(fault, _FIELDS)
        return None


def _written(asked: Asked) -> dict[str, str | list[str]]:
    """What was asked for as it stands in the form."""
    query = asked.query
    given: dict[str, str | list[str]] = {
        "columns": list(asked.columns or case_columns.AT_FIRST),
        "number": query.number,
        "text": query.text,
        "applicant": query.applicant,
        "state": query.states[0].value if query.states else "",
        "outcome": query.outcomes[0].value if query.outcomes else "",
        "kind": query.kinds[0].value if query.kinds else "",
        "officer": query.officer or ("" if query.officer is None else _NOBODY),
        "open_only": "yes" if query.open_only else "",
        "order": query.order,
    }
    days = {name: getattr(query, name) for name in _DAYS}
    return given | {name: day.isoformat() for name, day in days.items() if day is not None}


VIEWS = 20
"""Views that somebody may save."""

_LONGEST_NAME = 30


@router.post("/cases/views")
def keep(request: Request, sent: Posted, signed: See) -> Response:
    """Save what was looked for under a name; the same name again is that view changed."""
    house, form = house_of(request), Form(sent)
    q, name = form.value("q"), form.text("view", required=True, longest=_LONGEST_NAME)
    asked = _opened(house.cipher, signed, q)
    if asked is None:
        raise HTTPException(400)
    with house.engine.begin() as connection:
        mine = _views(connection, signed)
        if name not in mine and len(mine) >= VIEWS:
            form.fault("view", _("已保存 %(most)s 个，请先删除不用的", most=VIEWS))
        if form.ok:
            row = insert(saved_view).values(user_id=signed.account_id, name=name, query=_bytes(q))
            connection.execute(
                row.on_conflict_do_update(index_elements=["user_id", "name"], set_={"query": row.excluded.query})
            )
    if not form.ok:
        refilled = Form(_written(asked) | {"view": form.value("view")})
        refilled.faults = form.faults
        return _listed(request, signed, asked, q, refilled)
    return redirect(request, f"/cases?q={q}", _("已保存查询“%(name)s”", name=name))


@router.post("/cases/views/forget")
def forget(request: Request, sent: Posted, signed: See) -> Response:
    """Delete one of one's views."""
    name = Form(sent).value("view")
    mine = (saved_view.c.user_id == signed.account_id) & (saved_view.c.name == name)
    with house_of(request).engine.begin() as connection:
        connection.execute(delete(saved_view).where(mine))
    return redirect(request, "/cases", _("已删除查询“%(name)s”", name=name))


def _views(connection: Connection, signed: Signed) -> dict[str, str]:
    """One's views: the name of each, and its query as it stands in an address."""
    known = saved_view.c
    mine = select(known.name, known.query).where(known.user_id == signed.account_id).order_by(known.name)
    return {row.name: _text(row.query) for row in connection.execute(mine)}


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _bytes(q: str) -> bytes:
    """Raises ValueError for what :func:`_text` did not write."""
    return base64.urlsafe_b64decode(q + "=" * (-len(q) % 4))


def _place(signed: Signed) -> str:
    return f"search:{signed.account_id}"


def _sealed(cipher: FieldCipher, signed: Signed, asked: Asked) -> str:
    """What was asked for as it stands in an address: only whoever made it can open it, and only here."""
    written = asked.query.to_json() | ({"columns": list(asked.columns)} if asked.columns else {})
    sealed = cipher.seal(json.dumps(written, ensure_ascii=False), _place(signed)) or b""
    return _text(sealed)


def _opened(cipher: FieldCipher, signed: Signed, q: str) -> Asked | None:
    """What was sealed; None for anything else."""
    try:
        written = json.loads(cipher.open(_bytes(q), _place(signed)) or "")
        return Asked(search.from_json(written), case_columns.chosen(written.get("columns", ())))
    except (ValueError, UnreadableField, InputFault):
        return None


@router.post("/cases/export")
def export(request: Request, sent: Posted, signed: Export) -> Response:
    """The cases that were looked for, as a table for Excel; names masked as in the list.

    It has the columns that somebody has chosen, else all there are.
    """
    house, form = house_of(request), Form(sent)
    q = form.value("q")
    asked = _AT_FIRST if not q else _opened(house.cipher, signed, q)
    if asked is None:
        raise HTTPException(400)
    with house.engine.connect() as connection:
        number = search.count(connection, signed.agency_id, asked.query, house.cipher, EXPORTED)
        if number > EXPORTED:
            form = Form(_written(asked))
            form.general.append(_("超过 %(most)s 件，不能一次导出，请缩小查找范围后再导出", most=EXPORTED))
            return _listed(request, signed, asked, q, form)
        table, rows = _table(_all(connection, house, signed, asked.query), asked.columns or tuple(case_columns.heads()))
    with house.engine.begin() as connection:
        audit.record(connection, author_of(request, signed), AuditKind.EXPORT, "cases", rows=rows)
    return Response(
        table,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="cases-{house.today().isoformat()}.xlsx"'},
    )


def numbers_of(request: Request, signed: Signed, q: str, most: int) -> list[str]:
    """The registration numbers of what was looked for, ``most`` and one more at the most. Raises the answer 400."""
    house = house_of(request)
    asked = _AT_FIRST if not q else _opened(house.cipher, signed, q)
    if asked is None:
        raise HTTPException(400)
    with house.engine.connect() as connection:
        found = islice(_all(connection, house, signed, asked.query), most + 1)
        return [line.case.standing.number for line in found]


def _all(connection: Connection, house: House, signed: Signed, query: Query) -> Iterator[Line]:
    today, calendar = house.today(), calendar_book.current(connection, signed.agency_id)
    after: str | None = None
    while True:
        found = search.page(connection, signed.agency_id, query, house.cipher, today, after=after, size=search.MOST)
        for each in found.cases:
            yield case_columns.line(each, calendar, today)
        after = found.after
        if after is None:
            return


def _table(lines: Iterator[Line], columns: Sequence[str]) -> tuple[bytes, int]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("办件"))
    heads = case_columns.heads()
    sheet.append([_("登记编号"), *(heads[name] for name in columns)])
    rows = 0
    for line in lines:
        sheet.append([harmless(each) if isinstance(each, str) else each for each in case_columns.cells(line, columns)])
        rows += 1
    file = BytesIO()
    book.save(file)
    return file.getvalue(), rows


def harmless(text: str) -> str:
    """A text as a cell that no program takes for a formula."""
    plain = "".join(ch for ch in text if ch.isprintable() or ch == "\n")
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


@router.post("/cases/assign")
def assign(request: Request, sent: Posted, signed: Assign) -> Response:
    """Give several cases to somebody; what became of each is told."""
    house, form = house_of(request), Form(sent)
    q, officer = form.value("q"), form.text("assign_to", required=True)
    numbers = list(dict.fromkeys(form.values.get("case", ())))[: search.MOST]
    try:
        command = str(UUID(form.value("command")))
    except ValueError:
        raise HTTPException(400) from None
    with house.engine.connect() as connection:
        people = handlers(staff.people(connection, signed.agency_id))
    if officer and officer not in people:
        form.fault("assign_to", _("“%(given)s”不在可以办理的人员之中，请从列表中选择", given=officer))
    if not numbers:
        form.fault("case", _("没有选择办件，请先在列表中勾选"))
    if not form.ok:
        asked = (_opened(house.cipher, signed, q) if q else None) or _AT_FIRST
        refilled = Form(_written(asked))
        refilled.faults = form.faults
        return _listed(request, signed, asked, q, refilled)
    results = [(number, _assigned(house, signed, number, officer, f"{command}:{number}")) for number in numbers]
    back = f"/cases?q={q}" if q and q.replace("-", "").replace("_", "").isalnum() else "/cases"
    failed = [each for each in results if each[1] is not None]
    if not failed:
        return redirect(request, back, _("已将 %(n)s 件分派给 %(officer)s", n=len(results), officer=officer))
    return page(request, "assigned.html", status=422, results=results, officer=officer, back=back)


def _assigned(house: House, signed: Signed, number: str, officer: str, command: str) -> str | None:
    """Assign one case, in a transaction of its own; gives why it was refused."""
    happening = Happening(EventKind.ASSIGN, house.today(), {"officer": officer})
    command_id = f"web:{signed.account_id}:{command}"
    try:
        with house.engine.begin() as connection:
            case_id = records.find_id(connection, signed.agency_id, number)
            if case_id is None:
                return _("没有这个编号的办件")
            history = History([Command(happening, command_id, signed.actor)], case_id)
            desk.perform(connection, signed.agency_id, history, house.cipher, house.now())
    except Refusal as refusal:
        return str(refusal)
    except InputFault as fault:
        return "；".join(fault.sentences)
    return None
