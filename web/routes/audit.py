"""审计: the audit administrator reads the audit log of the agency and those below it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from models.vocabulary import AuditKind
from web.audited import details_of, object_of
from web.forms import Form
from web.frame import page
from web.house import house_of
from web.rights import Right, Signed, needs
from workflow import audit

router = APIRouter()

_PAGE = 100


@router.get("/audit")
def show(
    request: Request,
    signed: Annotated[Signed, needs(Right.SEE_AUDIT)],
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> Response:
    """The log, newest first, by kind, by who acted, by days."""
    form = Form(dict(request.query_params))
    kind, actor = form.choice("kind", AuditKind), form.text("actor", longest=80)
    since, until = form.day("since"), form.day("until")
    found: list[audit.Entry] = []
    if form.ok:
        with house_of(request).engine.connect() as connection:
            found = audit.read(
                connection,
                signed.reach,
                before=before,
                kind=kind,
                actor=actor,
                since=since,
                until=until,
                limit=_PAGE + 1,
            )
    more = None
    if len(found) > _PAGE:
        kept = {name: form.value(name) for name in ("kind", "actor", "since", "until") if form.value(name)}
        more = "/audit?" + urlencode({**kept, "before": found[_PAGE - 1].id})
    return page(
        request,
        "audit.html",
        form=form,
        entries=found[:_PAGE],
        more=more,
        kinds=list(AuditKind),
        first=before is None,
        object_of=object_of,
        details_of=details_of,
    )
