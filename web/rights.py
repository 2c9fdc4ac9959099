"""权限: one table says what each role may do; whatever is not in it is refused.

Every route declares once what it needs::

    @router.get("/cases")
    def cases(request: Request, signed: Annotated[Signed, needs(Right.SEE_CASES)]) -> Response: ...

    @router.get("/status", dependencies=[public])
    def status(request: Request) -> Response: ...

:func:`check_declared` looks at all routes when the application is made.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from models.vocabulary import AuditKind, EventKind, Role, SessionLevel, Term
from web import sessions
from web.house import client_address, house_of, own_host
from web.language import gettext as _
from web.language import label
from workflow import accounts, audit
from workflow.audit import Author


class Right(Term):
    """权限: something that may be done in the web."""

    OWN_ACCOUNT = "own_account", "使用工作台和本人账号"
    INBOX = "inbox", "查看本人消息"
    SEE_CASES = "see_cases", "查看办件"
    REGISTER = "register", "登记申请"
    HANDLE = "handle", "办理"
    ASSIGN = "assign", "分派"
    DECIDE = "decide", "拟办答复"
    APPROVE = "approve", "审批"
    REVIEW_LEGAL = "review_legal", "法制审核"
    REVIEW_SECRECY = "review_secrecy", "保密审查"
    REVEAL = "reveal", "查看个人信息"
    EXPORT = "export", "导出"
    ARCHIVE = "archive", "归档"
    SEE_REPORT = "see_report", "查看年度报告"
    EDIT_REPORT = "edit_report", "编辑年度报告"
    SEAL_REPORT = "seal_report", "封存年度报告"
    SEE_CALENDAR = "see_calendar", "查看工作日历"
    EDIT_CALENDAR = "edit_calendar", "维护工作日历"
    SETTINGS = "settings", "机关设置"
    TEMPLATES = "templates", "文书模板"
    MANAGE_AGENCIES = "manage_agencies", "管理机关"
    API_CLIENTS = "api_clients", "管理接口账号"
    SEE_ACCOUNTS = "see_accounts", "查看账号"
    MANAGE_ACCOUNTS = "manage_accounts", "建立账号、重置密码、停用账号"
    MANAGE_ROLES = "manage_roles", "分配职责、锁定解锁、终止登录"
    SEE_AUDIT = "see_audit", "查看审计日志"


_EVERYONE = {Right.OWN_ACCOUNT}
_OFFICE = {Right.INBOX, Right.SEE_CASES, Right.SEE_CALENDAR}

RIGHTS: dict[Role, frozenset[Right]] = {
    role: frozenset(rights | _EVERYONE)
    for role, rights in {
        Role.CLERK: _OFFICE | {Right.REGISTER, Right.REVEAL},
        Role.OFFICER: _OFFICE
        | {Right.REGISTER, Right.HANDLE, Right.DECIDE, Right.REVEAL, Right.EXPORT, Right.SEE_REPORT, Right.EDIT_REPORT},
        Role.HEAD: _OFFICE
        | {Right.REGISTER, Right.HANDLE, Right.ASSIGN, Right.DECIDE, Right.APPROVE, Right.REVEAL, Right.EXPORT}
        | {Right.SEE_REPORT, Right.EDIT_REPORT, Right.SEAL_REPORT}
        | {Right.EDIT_CALENDAR, Right.SETTINGS, Right.TEMPLATES},
        Role.LEGAL_REVIEWER: _OFFICE | {Right.REVIEW_LEGAL},
        Role.SECRECY_REVIEWER: _OFFICE | {Right.REVIEW_SECRECY},
        Role.LEADER: _OFFICE | {Right.APPROVE, Right.SEE_REPORT},
        Role.ARCHIVIST: _OFFICE | {Right.ARCHIVE, Right.EXPORT, Right.SEE_REPORT},
        Role.SUPERVISOR: _OFFICE | {Right.SEE_REPORT},
        # The administrators see no case. Whoever resets a password does not remove the second factor.
        Role.SYSTEM_ADMINISTRATOR: {Right.INBOX, Right.SEE_CALENDAR, Right.EDIT_CALENDAR, Right.SETTINGS}
        | {Right.TEMPLATES, Right.MANAGE_AGENCIES, Right.API_CLIENTS, Right.SEE_ACCOUNTS, Right.MANAGE_ACCOUNTS},
        Role.SECURITY_ADMINISTRATOR: {Right.SEE_ACCOUNTS, Right.MANAGE_ROLES},
        Role.AUDIT_ADMINISTRATOR: {Right.SEE_AUDIT},
    }.items()
}

REACH_BELOW: dict[Role, frozenset[Right]] = {
    Role.SUPERVISOR: frozenset({Right.SEE_CASES, Right.SEE_REPORT}),
    Role.SYSTEM_ADMINISTRATOR: frozenset({Right.SEE_ACCOUNTS, Right.MANAGE_ACCOUNTS, Right.MANAGE_AGENCIES}),
    Role.SECURITY_ADMINISTRATOR: frozenset({Right.SEE_ACCOUNTS, Right.MANAGE_ROLES}),
    Role.AUDIT_ADMINISTRATOR: frozenset({Right.SEE_AUDIT}),
}
"""Which rights hold for the agencies below one's own too (``agency.parent_id``). All others end at one's own."""

STEP_RIGHTS: dict[EventKind, Right | None] = {
    **dict.fromkeys(EventKind, Right.HANDLE),
    EventKind.REGISTER: Right.REGISTER,
    EventKind.ARRIVE: Right.REGISTER,
    # The clerk who takes requests in settles the day on which they came (Art. 31).
    EventKind.CONTACT: Right.REGISTER,
    EventKind.CONFIRM: Right.REGISTER,
    EventKind.ASSIGN: Right.ASSIGN,
    EventKind.DECIDE: Right.DECIDE,
    EventKind.SECRECY_REVIEW: Right.REVIEW_SECRECY,
    # Whoever records these approves them: the head of the disclosure office (Art. 33), or the leader.
    EventKind.EXTEND: Right.APPROVE,
    EventKind.DELAY: Right.APPROVE,
    EventKind.PAUSE: Right.APPROVE,
    EventKind.CARRY_OVER: None,
    EventKind.RECALCULATE: None,
}
"""Which right recording a step of a case needs; None: no person does it."""


def rights_of(roles: Collection[Role]) -> frozenset[Right]:
    """What somebody with these roles may do. Whoever has no role may use their own account."""
    return frozenset(_EVERYONE).union(*(RIGHTS[role] for role in roles))


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in. ``reach``: the agencies in which the right that the route declared holds."""

    session_id: int
    account_id: int
    agency_id: int
    agency: str
    agency_code: str
    name: str
    login: str
    roles: tuple[Role, ...]
    rights: frozenset[Right]
    reach: frozenset[int]
    second_factor: bool
    owes: str | None
    form_token: str

    @property
    def actor(self) -> str:
        """Who acts, as the logs name them."""
        return f"web:{self.login}"

    def may(self, right: Right | str) -> bool:
        """Whether they may do this in their own agency."""
        return right in self.rights

    def reaches(self, agency_id: int) -> None:
        """Raise the answer 404 where the declared right does not hold in this agency: it is not to be known there."""
        if agency_id not in self.reach:
            raise HTTPException(404)


class Refused(Exception):
    """The answer is 403 and this sentence."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence, in the language of the request."""
        self.sentence = sentence
        super().__init__(sentence)


class Elsewhere(Exception):
    """The answer is another address: somebody must sign in, or do something first."""

    def __init__(self, path: str) -> None:
        """Keep where to go."""
        self.path = path
        super().__init__(path)


CODE, PASSWORD, SECOND_FACTOR = "code", "password", "second_factor"
OWED = {CODE: "/sign-in/code", PASSWORD: "/account/password", SECOND_FACTOR: "/account/second-factor"}
"""What must be done before anything else, and where. Whoever has to do several does them in this order."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_FIELD = "form_token"
_LARGEST_FORM = 1 << 20
"""Bytes of a form without files."""

_DECLARED: dict[Callable[..., Any], Right | None] = {}


async def posted(request: Request) -> FormData | None:
    """What a form sent; None where nothing was sent, or something else than a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in SAFE or kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return None
    length = request.headers.get("content-length", "0")
    if kind.startswith("application/") and (not length.isdigit() or int(length) > _LARGEST_FORM):
        raise HTTPException(413)
    return await request.form()


Posted = Annotated[FormData | None, Depends(posted)]
"""The form of a request, for a route that takes one."""


def needs(right: Right, *, owing: Collection[str] = ()) -> Any:
    """The declaration that a route needs ``right``; gives who is signed in (:class:`Signed`).

    Whoever is not signed in is sent to sign in; whoever still owes something is sent there, unless the route takes
    those who are ``owing`` it. Unsafe methods are heard only from our own forms.
    """

    def check(request: Request, form: Posted) -> Signed:
        signed = _signed(request, right)
        request.state.signed = signed
        if signed.owes is not None and signed.owes not in owing:
            raise Elsewhere(OWED[signed.owes])
        if request.method not in SAFE and not _is_ours(request, form, signed.form_token):
            _refuse(request, signed, right, "form")
            raise Refused(_STALE())
        demand(request, signed, right)
        return signed

    _DECLARED[check] = right
    return Depends(check)


def demand(request: Request, signed: Signed, right: Right) -> None:
    """Raise Refused, with its trace, where somebody has not this right: beside what their route declares."""
    if right not in signed.rights:
        _refuse(request, signed, right, "right")
        raise Refused(_("您的职责没有“%(right)s”的权限，需要时请联系安全管理员分配职责", right=label(right)))


def _STALE() -> str:  # noqa: N802 - a sentence, in the language of the request
    return _("这个表单已经过期，或者不是从本系统打开的，没有保存；请返回上一页，刷新后重新提交")


def _public(request: Request, form: Posted) -> None:
    if request.method not in SAFE and not _is_ours(request, form, visitor_token(request)):
        raise Refused(_STALE())


_DECLARED[_public] = None
public = Depends(_public)
"""The declaration that a route is for everyone. Its forms too are heard only from our own pages."""


def visitor_token(request: Request) -> str:
    """What a form carries for somebody who is not signed in: it follows from a cookie that the page gives."""
    token: str | None = getattr(request.state, "visitor", None) or request.cookies.get(
        sessions.cookie_name(request, "yishen_visitor")
    )
    return sessions.form_token(token or "")


def _is_ours(request: Request, form: FormData | None, token: str) -> bool:
    """Whether a request comes from a form on one of our pages: its token, and what the browser says of its origin."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != own_host(request):
        return False
    given = (None if form is None else form.get(FORM_FIELD)) or request.headers.get("x-form-token")
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())


def _signed(request: Request, right: Right) -> Signed:
    house, now = house_of(request), house_of(request).now()
    token = sessions.token_of(request)
    with house.engine.begin() as connection:
        row = None if token is None else sessions.find(connection, token, now, house.settings)
        if row is None or token is None:
            raise Elsewhere(f"/sign-in?next={quote(_here(request))}")
        roles = tuple(role for role in Role if role.value in row.roles)
        deep = any(right in REACH_BELOW.get(role, ()) for role in roles)
        reach = accounts.below(connection, row.agency_id) if deep else frozenset({row.agency_id})
    request.state.flash = [tuple(each) for each in row.flash]
    return Signed(
        session_id=row.session_id,
        account_id=row.id,
        agency_id=row.agency_id,
        agency=row.agency,
        agency_code=row.agency_code,
        name=row.name,
        login=row.login,
        roles=roles,
        rights=rights_of(roles),
        reach=reach,
        second_factor=row.totp_confirmed_at is not None,
        owes=_owes(row, house.settings.second_factor == "required", now, house.settings.password_days),
        form_token=sessions.form_token(token),
    )


def _owes(row: Any, second_factor: bool, now: Any, password_days: int) -> str | None:  # noqa: FBT001 - a fact
    if row.level != SessionLevel.FULL:
        return CODE
    old = password_days and row.password_changed_at <= now - timedelta(days=password_days)
    if row.must_change or old:
        return PASSWORD
    if second_factor and row.totp_confirmed_at is None:
        return SECOND_FACTOR
    return None


def _here(request: Request) -> str:
    """Where to come back to after signing in: what was asked for, if it can be asked for again."""
    if request.method not in SAFE:
        return "/desk"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _refuse(request: Request, signed: Signed, right: Right, why: str) -> None:
    route = getattr(request.scope.get("route"), "path", "")
    with house_of(request).engine.begin() as connection:
        author = author_of(request, signed)
        audit.record(connection, author, AuditKind.REFUSED, f"{request.method} {route}", right=right.value, why=why)


def author_of(request: Request, signed: Signed) -> Author:
    """Who acts, for the audit log."""
    return Author(signed.actor, signed.agency_id, house_of(request).now(), client_address(request))


def declarations(route: APIRoute) -> list[Right | None]:
    """What a route declares: a right, or None for everyone."""
    return [_DECLARED[call] for call in _calls(route.dependant) if call in _DECLARED]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _calls(each)


def check_declared(app: FastAPI) -> None:
    """Raise TypeError naming a route that does not declare exactly once what it needs."""
    for route in app.routes:
        if not isinstance(route, APIRoute) or len(declarations(route)) != 1:
            raise TypeError(f"the route {getattr(route, 'path', route)} must declare once: needs(Right…) or public")
