"""权限: one table says what each role may do; whatever is not in it is refused.

Every route declares once what it needs::

    @router.get("/cases")
    def cases(request: Request, signed: Annotated[Signed, needs(Right.SEE_CASES)]) -> Response: ...

    @router.get("/status", dependencies=[public])
    def status(request: Request) -> Response: ...

Routes of the interface declare it in the same way (:mod:`web.api.callers`); what a client may do follows from its
scopes by the same table.

:func:`check_declared` looks at all routes when the application is made.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Connection, select
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from models.tables import agency
from models.vocabulary import AuditKind, EventKind, Role, Scope, SessionLevel, Term
from runtime.settings import Settings
from web import kept, sessions
from web.forms import AGAIN
from web.house import client_address, house_of, keep_within, own_host
from web.language import gettext as _
from web.language import label
from workflow import accounts, audit, practice
from workflow.audit import Author
from workflow.drafts import Signer
from workflow.staff import Person


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
    SEE_CLIENTS = "see_clients", "查看、停用接口账号，变更其权限"
    API_CLIENTS = "api_clients", "建立接口账号"
    CONFIRM_CLIENTS = "confirm_clients", "确认接口权限"
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
        | {Right.TEMPLATES, Right.MANAGE_AGENCIES, Right.SEE_ACCOUNTS, Right.MANAGE_ACCOUNTS}
        | {Right.SEE_CLIENTS, Right.API_CLIENTS},
        Role.SECURITY_ADMINISTRATOR: {Right.SEE_ACCOUNTS, Right.MANAGE_ROLES, Right.SEE_CLIENTS, Right.CONFIRM_CLIENTS},
        Role.AUDIT_ADMINISTRATOR: {Right.SEE_AUDIT},
    }.items()
}

REACH_BELOW: dict[Role, frozenset[Right]] = {
    Role.SUPERVISOR: frozenset({Right.SEE_CASES, Right.SEE_REPORT}),
    # A notice that holds for all moves the deadlines of all: of the agencies below too (EDIT_CALENDAR).
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {Right.SEE_ACCOUNTS, Right.MANAGE_ACCOUNTS, Right.MANAGE_AGENCIES, Right.EDIT_CALENDAR}
    ),
    # A small agency's clients wait for the security administrator above it, as its accounts do.
    Role.SECURITY_ADMINISTRATOR: frozenset(
        {Right.SEE_ACCOUNTS, Right.MANAGE_ROLES, Right.SEE_CLIENTS, Right.CONFIRM_CLIENTS}
    ),
    Role.AUDIT_ADMINISTRATOR: frozenset({Right.SEE_AUDIT}),
}
"""Which rights hold for the agencies below one's own too (``agency.parent_id``). All others end at one's own."""

SCOPE_RIGHTS: dict[Scope, frozenset[Right]] = {
    Scope.REQUESTS_WRITE: frozenset({Right.REGISTER}),
    Scope.CASES_READ: frozenset({Right.SEE_CASES}),
    Scope.CASES_WRITE: frozenset({Right.HANDLE, Right.ASSIGN}),
    Scope.REPLIES_WRITE: frozenset({Right.DECIDE}),
    Scope.APPROVALS_WRITE: frozenset({Right.APPROVE}),
    Scope.SECRECY_WRITE: frozenset({Right.REVIEW_SECRECY}),
    Scope.PERSONAL_READ: frozenset({Right.REVEAL}),
    Scope.REPORTS_READ: frozenset({Right.SEE_REPORT}),
    Scope.CALENDAR_READ: frozenset({Right.SEE_CALENDAR}),
}
"""What a client of the interface may do by each of its scopes; what is in none of them no client does."""

LOOKING: frozenset[Right] = frozenset({Right.SEE_CASES, Right.SEE_REPORT})
"""What a supervisor may do in an agency below that they have chosen to look at (:func:`looking_at`): read."""

STEP_RIGHTS: dict[EventKind, Right | None] = {
    **dict.fromkeys(EventKind, Right.HANDLE),
    EventKind.REGISTER: Right.REGISTER,
    EventKind.ARRIVE: Right.REGISTER,
    # The clerk who takes requests in settles the day on which they came (Art. 31).
    EventKind.CONTACT: Right.REGISTER,
    EventKind.CONFIRM: Right.REGISTER,
    EventKind.ATTACH: Right.REGISTER,
    EventKind.ASSIGN: Right.ASSIGN,
    EventKind.DECIDE: Right.DECIDE,
    EventKind.SECRECY_REVIEW: Right.REVIEW_SECRECY,
    # Whoever records these approves them: the head of the disclosure office (Art. 33), or the leader.
    EventKind.EXTEND: Right.APPROVE,
    EventKind.DELAY: Right.APPROVE,
    EventKind.PAUSE: Right.APPROVE,
    # Written with the sending of a letter (web/routes/letters.py), by whoever may record what the letter is about.
    EventKind.SEND_LETTER: None,
    EventKind.CARRY_OVER: None,
    EventKind.RECALCULATE: None,
}
"""Which right recording a step of a case needs; None: no person does it."""


def paper_right(events: Collection[EventKind]) -> Right:
    """What the paper of steps on record needs: registering for what the counter gives (登记回执), else handling."""
    at_the_counter = events and all(STEP_RIGHTS[each] is Right.REGISTER for each in events)
    return Right.REGISTER if at_the_counter else Right.HANDLE


PROPOSING = {EventKind.DECIDE: Right.DECIDE, EventKind.EXTEND: Right.HANDLE, EventKind.DELAY: Right.HANDLE}
"""Which right proposing a step needs, and recording it when approved, where the agency has it approved first."""

SIGNING = {
    Role.HEAD: Right.APPROVE,
    Role.LEGAL_REVIEWER: Right.REVIEW_LEGAL,
    Role.SECRECY_REVIEWER: Right.REVIEW_SECRECY,
    Role.LEADER: Right.APPROVE,
}
"""Which right giving an opinion on a draft needs, by the place in its route."""


def rights_of_scopes(scopes: Collection[Scope]) -> frozenset[Right]:
    """What a client with these scopes may do. Every client may ask about itself."""
    return frozenset(_EVERYONE).union(*(SCOPE_RIGHTS[scope] for scope in scopes))


def rights_of(roles: Collection[Role]) -> frozenset[Right]:
    """What somebody with these roles may do. Whoever has no role may use their own account."""
    return frozenset(_EVERYONE).union(*(RIGHTS[role] for role in roles))


def handlers(people: Iterable[Person]) -> list[str]:
    """The names of those to whom a case may be given (分派): who is there and may handle it; no administrator."""
    return [each.name for each in people if each.active and Right.HANDLE in rights_of(each.roles)]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in. ``reach``: the agencies in which the right that the route declared holds.

    ``agency`` and ``rights`` are those of the agency that the page is about: one's own, ``home``, or one below it that
    is only looked at. ``own_rights`` are what one may do at home.
    """

    session_id: int
    account_id: int
    agency_id: int
    agency: str
    agency_code: str
    name: str
    login: str
    roles: tuple[Role, ...]
    rights: frozenset[Right]
    own_rights: frozenset[Right]
    home: int
    reach: frozenset[int]
    second_factor: bool
    by_provider: bool
    owes: str | None
    form_token: str

    @property
    def actor(self) -> str:
        """Who acts, as the logs name them."""
        return f"web:{self.login}"

    @property
    def looks(self) -> bool:
        """Whether the page is about an agency below, which is only looked at."""
        return self.agency_id != self.home

    @property
    def looks_below(self) -> bool:
        """Whether they may look at agencies below at all."""
        return any(LOOKING & REACH_BELOW.get(role, frozenset()) for role in self.roles)

    def may(self, right: Right | str) -> bool:
        """Whether they may do this in the agency that the page is about."""
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


async def posted(request: Request) -> AsyncIterator[FormData | None]:
    """What a form sent; None where nothing was sent, or something else than a form. Its files are closed at the end."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in SAFE or kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        yield None
        return
    length = request.headers.get("content-length", "0")
    if kind.startswith("application/") and (not length.isdigit() or int(length) > _LARGEST_FORM):
        raise HTTPException(413)
    async with request.form() as form:
        yield form


Posted = Annotated[FormData | None, Depends(posted)]
"""The form of a request, for a route that takes one."""


def needs(right: Right, *, owing: Collection[str] = ()) -> Any:
    """The declaration that a route needs ``right``; gives who is signed in (:class:`Signed`).

    Whoever is not signed in is sent to sign in; whoever still owes something is sent there, unless the route takes
    those who are ``owing`` it. Unsafe methods are heard only from our own forms.
    """

    def check(request: Request, form: Posted) -> Signed:
        signed = _signed(request, right, form)
        request.state.signed = signed
        keep_within(request, signed.reach | {signed.agency_id})
        if signed.owes is not None and signed.owes not in owing:
            raise Elsewhere(OWED[signed.owes])
        if request.method not in SAFE and not _is_ours(request, form, signed.form_token):
            _refuse(request, signed, right, "form")
            raise Refused(_STALE())
        demand(request, signed, right)
        if form is not None and AGAIN in form:
            with house_of(request).engine.begin() as connection:
                kept.forget(connection, signed.account_id)
        return signed

    return declare(check, right)


def declare(check: Callable[..., Any], right: Right) -> Any:
    """The declaration that a route needs ``right``, by what looks whether whoever asks has it."""
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


def _signed(request: Request, right: Right, form: FormData | None) -> Signed:
    house, now = house_of(request), house_of(request).now()
    token = sessions.token_of(request)
    with house.engine.begin() as connection:
        row = None if token is None else sessions.find(connection, token, now, house.settings)
        if row is None or token is None:
            raise Elsewhere(f"/sign-in?next={quote(_here(request, form, token), safe='/')}")
        roles = tuple(role for role in Role if role.value in row.roles)
        deep = any(right in REACH_BELOW.get(role, ()) for role in roles)
        reach = accounts.below(connection, row.agency_id) if deep else frozenset({row.agency_id})
        looked = _looked_at(connection, request, reach) if deep and right in LOOKING else None
    here = (row.agency_id, row.agency, row.agency_code) if looked is None else looked
    own = rights_of(roles)
    request.state.flash = [tuple(each) for each in row.flash]
    return Signed(
        session_id=row.session_id,
        account_id=row.id,
        agency_id=here[0],
        agency=here[1],
        agency_code=here[2],
        name=row.name,
        login=row.login,
        roles=roles,
        rights=own if here[0] == row.agency_id else own & LOOKING,
        own_rights=own,
        home=row.agency_id,
        reach=reach,
        second_factor=row.totp_confirmed_at is not None,
        by_provider=row.by_provider,
        owes=_owes(row, _needs_second_factor(row, house.settings, roles), now, house.settings.password_days),
        form_token=sessions.form_token(token),
    )


LOOKED_AT = "yishen_agency"
"""The cookie with the code of the agency that is looked at."""


def _looked_at(connection: Connection, request: Request, reach: frozenset[int]) -> tuple[int, str, str] | None:
    """The agency below that somebody has chosen to look at; None for one's own, and for one out of reach."""
    code = request.cookies.get(sessions.cookie_name(request, LOOKED_AT))
    if not code:
        return None
    known = select(agency.c.id, agency.c.name, agency.c.code).where(agency.c.code == code, agency.c.id.in_(reach))
    row = connection.execute(known).one_or_none()
    return None if row is None else (row.id, row.name, row.code)


def _needs_second_factor(row: Any, settings: Settings, roles: Collection[Role]) -> bool:
    """Whether somebody must have a second factor: by the installation, or by their agency's choice for their roles."""
    chosen = practice.of(row.agency_settings).second_factor
    apart = chosen == "administrators" and any(role in accounts.ADMINISTRATORS for role in roles)
    return settings.second_factor == "required" or chosen == "everyone" or apart


def _owes(row: Any, second_factor: bool, now: Any, password_days: int) -> str | None:  # noqa: FBT001 - a fact
    if row.level != SessionLevel.FULL:
        return CODE
    old = password_days and row.password_changed_at <= now - timedelta(days=password_days)
    if (row.must_change or old) and not row.by_provider:
        return PASSWORD
    if second_factor and row.totp_confirmed_at is None:
        return SECOND_FACTOR
    return None


def _here(request: Request, form: FormData | None, token: str | None) -> str:
    """Where to come back to after signing in: what was asked for, if it can be asked for again, or the form kept."""
    here = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
    if request.method in SAFE:
        return here
    ours = form is not None and token is not None and _is_ours(request, form, sessions.form_token(token))
    return "/kept" if ours and form and token and kept.keep(request, form, token, here) else "/desk"


def _refuse(request: Request, signed: Signed, right: Right, why: str) -> None:
    route = getattr(request.scope.get("route"), "path_format", "")
    with house_of(request).engine.begin() as connection:
        author = author_of(request, signed)
        audit.record(connection, author, AuditKind.REFUSED, f"{request.method} {route}", right=right.value, why=why)


def author_of(request: Request, signed: Signed) -> Author:
    """Who acts, for the audit log."""
    return Author(signed.actor, signed.home, house_of(request).now(), client_address(request))


def signer_of(signed: Signed) -> Signer:
    """Who proposes and approves."""
    return Signer(signed.account_id, signed.name, signed.actor, signed.roles)


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
