"""接口账号: programs of others that work with the agency's cases.

The system administrator makes them, the security administrator confirms their scopes; both can stop them and ask for
other scopes, of which further ones are confirmed by somebody else.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from models.vocabulary import Scope
from web.forms import Form
from web.frame import NOTE, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Refused, Right, Signed, author_of, needs
from workflow import clients
from workflow.faults import InputFault

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CLIENTS)]
Manage = Annotated[Signed, needs(Right.API_CLIENTS)]
Confirm = Annotated[Signed, needs(Right.CONFIRM_CLIENTS)]

ClientId = Annotated[int, Path(ge=1, le=2**62)]

_FIELDS = {"名称": "name", "权限": "scopes", "下属机关": "below", "有效期": "expires_on"}


@router.get("/clients")
def show(request: Request, signed: See) -> Response:
    """The clients of one's agency (the security administrator's: those below too), those that are revoked too."""
    house = house_of(request)
    with house.engine.connect() as connection:
        found = clients.clients(connection, signed.reach)
    several = len(signed.reach) > 1
    return page(request, "clients.html", clients=found, today=house.today(), several=several)


@router.get("/clients/new")
def ask(request: Request, signed: Manage) -> Response:  # noqa: ARG001 - declared, as for every route
    """The form for a new client."""
    return _form(request, Form())


def _form(request: Request, form: Form, status: int = 200) -> Response:
    return page(request, "client_new.html", status=status, form=form, scopes=list(Scope))


@router.post("/clients/new")
def make(request: Request, sent: Posted, signed: Manage) -> Response:
    """Make a client that waits to be confirmed; its token is shown on this answer alone."""
    house, form = house_of(request), Form(sent)
    name, until = form.text("name", required=True), form.day("expires_on")
    chosen = form.choices("scopes", Scope)
    if form.ok:
        try:
            with house.engine.begin() as connection:
                _id, token = clients.make(
                    connection,
                    author_of(request, signed),
                    signed.agency_id,
                    name,
                    chosen,
                    below=form.ticked("below"),
                    expires_on=until,
                    today=house.today(),
                )
        except InputFault as fault:
            form.take(fault, _FIELDS)
        else:
            return page(request, "client_token.html", name=name.strip(), token=token, scopes=chosen, until=until)
    return _form(request, form, 422)


@router.get("/clients/{client_id}/scopes")
def ask_scopes(request: Request, client_id: ClientId, signed: See) -> Response:
    """The form for other scopes."""
    with house_of(request).engine.connect() as connection:
        client = _found(connection, signed, client_id)
    return _scopes(request, client, Form({"scopes": [scope.value for scope in client.to_confirm]}))


def _scopes(request: Request, client: clients.Client, form: Form, status: int = 200) -> Response:
    if not client.current(house_of(request).today()):
        raise HTTPException(404)
    return page(request, "client_scopes.html", status=status, form=form, client=client, scopes=list(Scope))


@router.post("/clients/{client_id}/scopes")
def change_scopes(request: Request, client_id: ClientId, sent: Posted, signed: See) -> Response:
    """Give it other scopes: fewer at once, more when somebody else has confirmed them."""
    form = Form(sent)
    with house_of(request).engine.begin() as connection:
        client = _found(connection, signed, client_id)
        try:
            hold = clients.change(connection, author_of(request, signed), client, form.choices("scopes", Scope))
        except InputFault as fault:
            form.take(fault, _FIELDS)
    if not form.ok:
        return _scopes(request, client, form, 422)
    if hold:
        return redirect(request, "/clients", _("接口账号“%(name)s”的权限已变更，立即生效", name=client.name))
    said = _("接口账号“%(name)s”的权限变更待另一人确认，确认以前仍按原来的权限", name=client.name)
    return redirect(request, "/clients", said)


@router.post("/clients/{client_id}/confirm")
def confirm(request: Request, client_id: ClientId, sent: Posted, signed: Confirm) -> Response:
    """Confirm the scopes that were shown: from now on its token opens what they say."""
    form = Form(sent)
    seen = [scope for scope in Scope if scope.value in form.text("seen").split(",")]
    with house_of(request).engine.begin() as connection:
        client = _found(connection, signed, client_id)
        try:
            done = clients.approve(connection, author_of(request, signed), client, seen)
        except InputFault as fault:
            raise Refused(str(fault)) from fault
    if not done:
        said = _("接口账号“%(name)s”先前已经确认、停用，或者权限有了变动，没有改动；请核对", name=client.name)
        return redirect(request, "/clients", said, NOTE)
    return redirect(request, "/clients", _("接口账号“%(name)s”的权限已确认，其令牌可以使用", name=client.name))


@router.post("/clients/{client_id}/revoke")
def revoke(request: Request, client_id: ClientId, signed: See) -> Response:
    """Let its token open nothing any more."""
    with house_of(request).engine.begin() as connection:
        client = _found(connection, signed, client_id)
        clients.revoke(connection, author_of(request, signed), client)
    return redirect(request, "/clients", _("接口账号“%(name)s”已停用，其令牌立即失效", name=client.name))


def _found(connection: Connection, signed: Signed, client_id: int) -> clients.Client:
    client = clients.find(connection, client_id, signed.reach)
    if client is None:
        raise HTTPException(404)
    return client
