"""办件卷宗: a whole case as one file, with the applicant's data in it: for a reason, and audited."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from models.vocabulary import AuditKind, BundleReason
from reports import bundle
from web.forms import Form
from web.frame import page
from web.house import house_of
from web.rights import Posted, Right, Signed, author_of, demand, needs
from workflow import audit, records
from workflow.faults import InputFault

router = APIRouter()

Export = Annotated[Signed, needs(Right.EXPORT)]


@router.get("/cases/{number:path}/bundle")
def ask(request: Request, number: str, signed: Export) -> Response:
    """What is in it, and the reason that it is taken for."""
    _there(request, signed, number)
    return page(request, "bundle.html", number=number, reasons=list(BundleReason), form=Form())


@router.post("/cases/{number:path}/bundle")
def take(request: Request, number: str, sent: Posted, signed: Export) -> Response:
    """The zip, to keep; that it was taken, what for, and its digest are in the audit log."""
    house, form = house_of(request), Form(sent)
    _there(request, signed, number)
    demand(request, signed, Right.REVEAL)
    reason = form.choice("reason", BundleReason, required=True)
    if reason is not None:
        try:
            with house.engine.begin() as connection:
                made = bundle.make(
                    connection,
                    signed.agency_id,
                    number,
                    house.cipher,
                    actor=signed.actor,
                    reason=reason,
                    now=house.now(),
                    today=house.today(),
                )
                author = author_of(request, signed)
                audit.record(connection, author, AuditKind.EXPORT, number, reason=reason.value, bundle=made.sha256)
        except InputFault as fault:
            form.take(fault)
        else:
            name = quote(f"{number}-卷宗.zip", safe="")
            headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
            return Response(made.content, media_type="application/zip", headers=headers)
    return page(request, "bundle.html", status=422, number=number, reasons=list(BundleReason), form=form)


def _there(request: Request, signed: Signed, number: str) -> None:
    try:
        with house_of(request).engine.connect() as connection:
            records.find(connection, signed.agency_id, number)
    except InputFault:
        raise HTTPException(404) from None
