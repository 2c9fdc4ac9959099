"""登录与退出: by password, then by the second factor where there is one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from models.vocabulary import AuditKind, SessionLevel
from web import accounts as signing
from web import sessions
from web.forms import Form
from web.frame import local_path, page
from web.house import house_of
from web.language import gettext as _
from web.rights import CODE, LOOKED_AT, OWED, PASSWORD, SECOND_FACTOR, Posted, Right, Signed, author_of, needs, public
from workflow import accounts, audit

router = APIRouter()

_ANYONE = {CODE, PASSWORD, SECOND_FACTOR}


@router.api_route("/sign-in", methods=["GET", "HEAD"], dependencies=[public])
def ask(request: Request, next: str = "/desk", left: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form for login and password; before there is any account, the first set-up."""
    house = house_of(request)
    token = sessions.token_of(request)
    with house.engine.begin() as connection:
        if not accounts.exist(connection):
            return RedirectResponse("/setup", status_code=303)
        if token is not None and sessions.find(connection, token, house.now(), house.settings) is not None:
            return RedirectResponse(local_path(next), status_code=303)
    form, ended = Form({"next": local_path(next)}), token is not None and not left
    return page(request, "sign_in.html", form=form, left=bool(left), ended=ended, provider=_provider(request))


@router.post("/sign-in", dependencies=[public])
def enter(request: Request, sent: Posted) -> Response:
    """Look at login and password."""
    form = Form(sent)
    login, password = form.text("login", required=True), form.secret("password")
    try:
        entered = signing.by_password(request, login, password) if form.ok else None
    except signing.TooMany:
        form.general.append(signing.too_many())
        return _again(request, form, 429)
    if entered is None:
        if form.ok:
            form.general.append(signing.wrong())
        return _again(request, form, 403 if form.general else 422)
    onward = local_path(form.value("next"))
    if entered.level is SessionLevel.PASSWORD:
        onward = OWED[CODE]
    answer = RedirectResponse(onward, status_code=303)
    sessions.put_cookie(request, answer, entered.token)
    return answer


def _provider(request: Request) -> str | None:
    """What the identity provider is called; None where none is set up."""
    settings = house_of(request).settings
    return settings.oidc_name if settings.oidc_issuer is not None else None


def _again(request: Request, form: Form, status: int) -> Response:
    return page(request, "sign_in.html", status=status, form=form, left=False, ended=False, provider=_provider(request))


@router.get("/sign-in/code")
def ask_code(request: Request, signed: Annotated[Signed, needs(Right.OWN_ACCOUNT, owing={CODE})]) -> Response:
    """The form for the second factor."""
    if signed.owes != CODE:
        return RedirectResponse("/desk", status_code=303)
    return page(request, "code.html", form=Form())


@router.post("/sign-in/code")
def enter_code(
    request: Request, sent: Posted, signed: Annotated[Signed, needs(Right.OWN_ACCOUNT, owing={CODE})]
) -> Response:
    """Look at the second factor."""
    form = Form(sent)
    code = form.text("code", required=True, longest=20)
    if signed.owes != CODE:
        return RedirectResponse("/desk", status_code=303)
    entered = signing.by_code(request, signed, code) if form.ok else None
    if entered is None:
        if form.ok:
            form.fault("code", _("动态口令不正确，或者已经用过；请等下一个口令再输入"))
        return page(request, "code.html", status=422, form=form)
    answer = RedirectResponse("/desk", status_code=303)
    sessions.put_cookie(request, answer, entered.token)
    return answer


@router.post("/sign-out")
def leave(request: Request, signed: Annotated[Signed, needs(Right.OWN_ACCOUNT, owing=_ANYONE)]) -> Response:
    """End this session."""
    house = house_of(request)
    with house.engine.begin() as connection:
        sessions.end(connection, signed.session_id, signed.account_id, house.now())
        audit.record(connection, author_of(request, signed), AuditKind.SIGN_OUT, signed.login)
    answer = RedirectResponse("/sign-in?left=1", status_code=303)
    sessions.clear_cookie(request, answer)
    sessions.clear_cookie(request, answer, LOOKED_AT)
    return answer
