"""Who asks through the interface: a client by its token (``Authorization: Bearer``), never somebody's cookie.

A route declares once what it needs, as a page does::

    @router.get("/cases")
    def cases(request: Request, caller: Annotated[Caller, allows(Right.SEE_CASES)]) -> Any: ...

It is looked at before the body is read. What the office refuses becomes a problem here, for all routes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from models.tables import agency
from models.vocabulary import AuditKind, Role
from web.api import problems
from web.api.problems import Problem
from web.house import client_address, house_of, keep_within
from web.language import gettext as _
from web.language import label
from web.rights import REACH_BELOW, SAFE, SCOPE_RIGHTS, Right, declarations, declare, rights_of_scopes
from workflow import accounts, audit, clients
from workflow.audit import Author
from workflow.clients import Client

LARGEST_BODY = 1 << 20
"""Bytes of a body; a letter of 20,000 characters and twenty items is a tenth of it."""

_READS_BELOW = REACH_BELOW[Role.SUPERVISOR]
"""A client that reaches below its agency does so as a supervisor does."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that asks. ``reach``: the agencies in which the right that the route declared holds."""

    client: Client
    rights: frozenset[Right]
    reach: frozenset[int]

    @property
    def agency_id(self) -> int:
        """Its own agency."""
        return self.client.agency_id

    @property
    def actor(self) -> str:
        """Who acts, as the logs name it."""
        return self.client.actor

    def agency(self, connection: Connection, code: str | None) -> Any:
        """The row of the agency that is asked about, its own if none is named. Raises the answer 404."""
        which = agency.c.id == self.agency_id if code is None else agency.c.code == code
        row = connection.execute(select(agency).where(which, agency.c.id.in_(self.reach))).one_or_none()
        if row is None:
            raise problems.absent()
        return row


class ApiRoute(APIRoute):
    """A route that looks at the token first, then at the size and the kind of the body, then at the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers: the route's own handler behind the looks."""
        handle, takes_body = super().get_route_handler(), self.body_field is not None
        declared = next(iter(declarations(self)), None)

        async def answer(request: Request) -> Response:
            try:
                if declared is not None:
                    request.state.caller = await run_in_threadpool(_admit, request, declared)
                if request.method not in SAFE:
                    _look_at_body(request.headers, takes_body=takes_body)
                return await handle(request)
            except Exception as fault:
                problem = problems.of_fault(fault)
                if problem is None:
                    raise
                return problem.answer()

        return answer


def area(tag: str) -> APIRouter:
    """A router of the interface; ``tag`` is what its part is called in the description."""
    return APIRouter(prefix=problems.PREFIX, route_class=ApiRoute, tags=[tag])


def allows(right: Right) -> Any:
    """The declaration that a route needs a client that has ``right``; gives the client (:class:`Caller`)."""

    def caller(request: Request) -> Caller:
        return cast(Caller, request.state.caller)

    return declare(caller, right)


def demand(request: Request, caller: Caller, right: Right) -> None:
    """Raise the answer 403, with its trace, where a client has not this right: beside what its route declares."""
    if right in caller.rights:
        return
    route = getattr(request.scope.get("route"), "path", "")
    with house_of(request).engine.begin() as connection:
        where = f"{request.method} {route}"
        audit.record(connection, author_of(request, caller), AuditKind.REFUSED, where, right=right.value, why="scope")
    scopes = [scope for scope, rights in SCOPE_RIGHTS.items() if right in rights]
    named = _("、").join(f"{scope.value}（{label(scope)}）" for scope in scopes)
    if not named:
        raise Problem(problems.FORBIDDEN, _("这一事项不能通过接口办理，请在网页上办理"))
    raise Problem(problems.FORBIDDEN, _("这个接口账号没有需要的权限：%(scopes)s", scopes=named), scopes=scopes)


def author_of(request: Request, caller: Caller) -> Author:
    """Who acts, for the audit log."""
    return Author(caller.actor, caller.agency_id, house_of(request).now(), client_address(request))


def _admit(request: Request, right: Right) -> Caller:
    """The client whose token came with the request, with the agencies in which the right holds."""
    house = house_of(request)
    kind, _space, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise _unknown(_("没有接口令牌，请求头应为 Authorization: Bearer 令牌"))
    # No transaction: one look by a key, and at times one write that nothing else goes with.
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        client = clients.of_token(connection, token.strip(), house.now(), house.today())
        if client is None:
            raise _unknown(_("接口令牌不正确、尚未由安全管理员确认，或者已经停用、过期"), error="invalid_token")
        deep = client.below and right in _READS_BELOW
        reach = accounts.below(connection, client.agency_id) if deep else frozenset({client.agency_id})
    caller = Caller(client, rights_of_scopes(client.scopes), reach)
    keep_within(request, reach | {client.agency_id})
    demand(request, caller, right)
    return caller


def _unknown(sentence: str, error: str = "") -> Problem:
    challenge = 'Bearer realm="yishen"' + (f', error="{error}"' if error else "")
    return Problem(problems.UNAUTHORIZED, sentence, headers={"WWW-Authenticate": challenge})


def _look_at_body(headers: Headers, *, takes_body: bool) -> None:
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        raise Problem(problems.TOO_LARGE, _("提交的内容应不超过 %(most)s 字节，没有保存", most=LARGEST_BODY))
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    sends = length != "0" or "transfer-encoding" in headers
    if takes_body and sends and kind != "application/json":
        raise Problem(problems.MEDIA, _("内容应为 application/json"))
