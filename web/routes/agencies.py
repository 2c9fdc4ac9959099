"""机关: the agencies of one's own and below, entered, renamed and moved by the system administrator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from web.forms import Form
from web.frame import NOTE, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import agencies
from workflow.agencies import Node
from workflow.faults import InputFault

router = APIRouter()

Manage = Annotated[Signed, needs(Right.MANAGE_AGENCIES)]
AgencyId = Annotated[int, Path(ge=1, le=2**62)]

_MOST = 500
_FIELDS = {"代码": "code", "名称": "name", "--under": "under"}


def _tree(request: Request, signed: Signed) -> list[Node]:
    with house_of(request).engine.connect() as connection:
        return agencies.tree(connection, signed.agency_id)


def _one(tree: Sequence[Node], agency_id: int) -> Node:
    """An agency of the tree. Raises the answer 404: what lies outside is not to be known."""
    found = next((node for node in tree if node.id == agency_id), None)
    if found is None:
        raise HTTPException(404)
    return found


def _options(tree: Sequence[Node], without: int | None = None) -> list[tuple[str, str]]:
    """The agencies as options; ``without`` one and those under it."""
    cut: set[int | None] = {without} if without is not None else set()
    for node in tree:
        if node.parent_id in cut:
            cut.add(node.id)
    return [(str(node.id), "　" * node.depth + f"{node.name}（{node.code}）") for node in tree if node.id not in cut]


@router.get("/agencies")
def show(request: Request, signed: Manage) -> Response:
    """The tree; ``q`` looks for a part of the name or code."""
    form = Form(dict(request.query_params))
    q = form.text("q", longest=80)
    tree = _tree(request, signed)
    found = [node for node in tree if q in node.name or q.lower() in node.code.lower()]
    names = {node.id: node.name for node in tree}
    return page(request, "agencies.html", form=form, found=found[:_MOST], number=len(found), names=names, most=_MOST)


@router.get("/agencies/new")
def ask(request: Request, signed: Manage) -> Response:
    """The form for another agency."""
    form = Form({"under": request.query_params.get("under", str(signed.agency_id))})
    return page(request, "agency_new.html", form=form, under=_options(_tree(request, signed)))


@router.post("/agencies/new")
def make(request: Request, sent: Posted, signed: Manage) -> Response:
    """Enter an agency under one's own or one below it."""
    form, tree = Form(sent), _tree(request, signed)
    code, name = form.text("code", required=True), form.text("name", required=True)
    under = form.number("under", required=True, most=2**62)
    if form.ok and under is not None:
        above = _one(tree, under)
        try:
            with house_of(request).engine.begin() as connection:
                agencies.establish(connection, author_of(request, signed), above.id, code, name)
        except InputFault as fault:
            form.take(fault, _FIELDS)
        else:
            return redirect(request, "/agencies", _("机关已建立；接着为其建立账号"))
    return page(request, "agency_new.html", status=422, form=form, under=_options(tree))


@router.get("/agencies/{agency_id}")
def one(request: Request, agency_id: AgencyId, signed: Manage) -> Response:
    """One agency: its name, and under whom it is."""
    tree = _tree(request, signed)
    node = _one(tree, agency_id)
    form = Form({"name": node.name, "under": str(node.parent_id or "")})
    return _one_page(request, signed, tree, node, form, 200)


def _one_page(request: Request, signed: Signed, tree: Sequence[Node], node: Node, form: Form, status: int) -> Response:
    own = node.id == signed.agency_id
    under = [] if own else _options(tree, without=node.id)
    return page(request, "agency_one.html", status=status, node=node, form=form, under=under, own=own)


@router.post("/agencies/{agency_id}")
def change(request: Request, agency_id: AgencyId, sent: Posted, signed: Manage) -> Response:
    """Rename an agency, and put it under another; one's own stays where it is."""
    form, tree = Form(sent), _tree(request, signed)
    node = _one(tree, agency_id)
    name = form.text("name", required=True)
    own = node.id == signed.agency_id
    under = None if own else form.number("under", required=True, most=2**62)
    changed = False
    if form.ok:
        author = author_of(request, signed)
        try:
            with house_of(request).engine.begin() as connection:
                changed = agencies.rename(connection, author, node.id, name)
                if under is not None:
                    changed |= agencies.move(connection, author, node.code, _one(tree, under).code)
        except InputFault as fault:
            form.take(fault, _FIELDS)
    if not form.ok:
        return _one_page(request, signed, tree, node, form, 422)
    if not changed:
        return redirect(request, "/agencies", _("没有变动"), NOTE)
    return redirect(request, "/agencies", _("“%(name)s”已变更，记入审计日志", name=name))
