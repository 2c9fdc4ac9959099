"""登录超时前填写的内容: shown to its author after signing in again, to be looked through and sent once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from models.personal import UnreadableField
from web import kept
from web.forms import AGAIN
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Right, Signed, needs

router = APIRouter()

Own = Annotated[Signed, needs(Right.OWN_ACCOUNT)]


@router.get("/kept")
def show(request: Request, signed: Own) -> Response:
    """Offer the form that was not heard; where there is none, the desk."""
    house = house_of(request)
    try:
        with house.engine.connect() as connection:
            found = kept.newest(connection, signed.account_id, house.cipher, house.now())
    except UnreadableField:
        found = None
    if found is None:
        return RedirectResponse("/desk", status_code=303)
    return page(request, "kept.html", kept=found, again=AGAIN)


@router.post("/kept/forget")
def forget(request: Request, signed: Own) -> Response:
    """It is not wanted."""
    with house_of(request).engine.begin() as connection:
        kept.forget(connection, signed.account_id)
    return redirect(request, "/desk", _("登录超时前填写的内容已删除"))
