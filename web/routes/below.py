"""下级机关: a supervisor chooses the agency below whose cases and reports are looked at, and comes back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from starlette.exceptions import HTTPException

from models.tables import request_case
from web import sessions
from web.forms import Form
from web.frame import local_path, page, redirect
from web.house import house_of
from web.rights import LOOKED_AT, Posted, Right, Signed, needs
from workflow import agencies

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_REPORT)]

_MOST = 500


@router.get("/below")
def ask(request: Request, signed: See) -> Response:
    """The agencies in reach with how many cases are open there; ``q`` looks for a part of the name or code."""
    form = Form(dict(request.query_params))
    q = form.text("q", longest=80)
    open_now = (
        select(request_case.c.agency_id, func.count())
        .where(request_case.c.agency_id.in_(signed.reach), request_case.c.is_open)
        .group_by(request_case.c.agency_id)
    )
    with house_of(request).engine.connect() as connection:
        tree = [each for each in agencies.tree(connection, signed.home) if each.id in signed.reach]
        counted = {row[0]: row[1] for row in connection.execute(open_now)}
    found = [node for node in tree if q in node.name or q.lower() in node.code.lower()]
    return page(
        request,
        "below.html",
        form=form,
        found=found[:_MOST],
        number=len(found),
        most=_MOST,
        counted=counted,
        alone=len(tree) == 1,
    )


@router.post("/below")
def choose(request: Request, sent: Posted, signed: See) -> Response:
    """Look at an agency in reach from now on; one's own ends it."""
    form = Form(sent)
    code = form.value("agency")
    with house_of(request).engine.connect() as connection:
        tree = agencies.tree(connection, signed.home)
    chosen = next((node for node in tree if node.code == code and node.id in signed.reach), None)
    if chosen is None:
        raise HTTPException(404)
    answer = redirect(request, local_path(form.value("to") or "/cases"))
    if chosen.id == signed.home:
        sessions.clear_cookie(request, answer, LOOKED_AT)
    else:
        sessions.put_cookie(request, answer, chosen.code, LOOKED_AT)
    return answer
