"""统一身份认证: off to the identity provider and back; only into an account that is there, with its roles here."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from models.personal import UnreadableField
from models.tables import agency
from models.vocabulary import AuditKind, SessionLevel
from web import provider, sessions
from web.accounts import NOBODY
from web.forms import Form
from web.frame import local_path, page
from web.house import client_address, house_of
from web.language import gettext as _
from web.provider import ProviderFault
from web.rights import CODE, OWED, public
from workflow import accounts, audit
from workflow.accounts import Known
from workflow.audit import Author
from workflow.faults import InputFault

router = APIRouter()

_COOKIE, _PLACE = "yishen_provider", "provider sign-in"
_MINUTES = 10
log = structlog.get_logger("web")


@router.get("/sign-in/provider", dependencies=[public])
def leave(request: Request, next: str = "/desk") -> Response:  # noqa: A002 - the name in the address
    """Send the browser to the provider; what it must bring back goes with it, sealed."""
    house = house_of(request)
    if house.settings.oidc_issuer is None:
        raise HTTPException(404)
    asked = provider.Request(*(secrets.token_urlsafe(32) for _field in range(3)))
    try:
        to = provider.address(house.settings, _back(request), asked)
    except ProviderFault as fault:
        return _failed(request, fault)
    until = (house.now() + timedelta(minutes=_MINUTES)).isoformat()
    kept = json.dumps([asked.state, asked.nonce, asked.verifier, local_path(next), until])
    answer = RedirectResponse(to, status_code=303)
    sealed = house.cipher.seal(kept, _PLACE)
    sessions.put_cookie(request, answer, urlsafe_b64encode(sealed or b"").decode(), _COOKIE)
    return answer


def _back(request: Request) -> str:
    """Where the provider sends the browser back to; it must know this address."""
    root = house_of(request).settings.web_url or str(request.base_url)
    return root.rstrip("/") + "/sign-in/provider/return"


@router.get("/sign-in/provider/return", dependencies=[public])
def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Look at what the provider says, and sign in whose account it is."""
    house = house_of(request)
    if house.settings.oidc_issuer is None:
        raise HTTPException(404)
    kept = _kept(request, state, house.now())
    if kept is None or not code:
        return _failed(request, ProviderFault("state" if kept is None else "no code"))
    asked, onward = kept
    try:
        found = provider.claims(house.settings, _back(request), asked, code, house.now())
    except ProviderFault as fault:
        return _failed(request, fault)
    token, level = _entered(request, found)
    if token is None:
        said = _("身份已经确认，但系统里没有与之对应的可用账号；请系统管理员建立账号或者核对登录名")
        return _answer(request, said)
    answer = RedirectResponse(OWED[CODE] if level is SessionLevel.PASSWORD else onward, status_code=303)
    sessions.put_cookie(request, answer, token)
    sessions.clear_cookie(request, answer, _COOKIE)
    return answer


def _kept(request: Request, state: str, now: datetime) -> tuple[provider.Request, str] | None:
    """What this browser was sent off with; None where it was not, too long ago, or with another state."""
    cookie = request.cookies.get(sessions.cookie_name(request, _COOKIE), "")
    try:
        text = house_of(request).cipher.open(urlsafe_b64decode(cookie), _PLACE)
        known, nonce, verifier, onward, until = json.loads(text or "")
    except (ValueError, UnreadableField):
        return None
    if not hmac.compare_digest(known.encode(), state.encode()) or datetime.fromisoformat(until) < now:
        return None
    return provider.Request(known, nonce, verifier), onward


def _entered(request: Request, found: Mapping[str, Any]) -> tuple[str | None, SessionLevel]:
    """A session for whom the provider's claims name; None where that is nobody here."""
    house, now, place = house_of(request), house_of(request).now(), client_address(request)
    settings = house.settings
    with house.engine.begin() as connection:
        known = _account(connection, request, found, now)
        if known is None:
            author = Author(NOBODY, None, now, place)
            audit.record(connection, author, AuditKind.SIGN_IN_FAILED, "-", factor="provider")
            return None, SessionLevel.PASSWORD
        level = SessionLevel.PASSWORD if known.second_factor else SessionLevel.FULL
        started = sessions.start(connection, known.account_id, level, place, now, settings, by_provider=True)
        author = Author(f"web:{known.login}", known.agency_id, now, place)
        audit.record(connection, author, AuditKind.SIGN_IN, known.login, factor="provider", level=level.value)
    return started.token, level


def _account(connection: Connection, request: Request, found: Mapping[str, Any], now: datetime) -> Known | None:
    settings = house_of(request).settings
    issuer, subject = settings.oidc_issuer or "", found["sub"]
    agencies = None
    if settings.oidc_agency is not None:
        top = connection.execute(select(agency.c.id).where(agency.c.code == settings.oidc_agency)).scalar_one_or_none()
        agencies = frozenset[int]() if top is None else accounts.below(connection, top)
    known = accounts.of_subject(connection, issuer, subject, now, agencies)
    login = found.get(settings.oidc_login_claim)
    if known is not None or not settings.oidc_bind or not isinstance(login, str):
        return known
    try:
        login = accounts.normal_login(login)
    except InputFault:
        return None
    author = Author(NOBODY, None, now, client_address(request))
    return accounts.bind(connection, author, login, issuer, subject, agencies)


def _failed(request: Request, fault: ProviderFault) -> Response:
    """The page of a sign-in that did not come about; the reason is in the log and the audit log."""
    house = house_of(request)
    log.warning("the identity provider", fault=str(fault))
    with house.engine.begin() as connection:
        author = Author(NOBODY, None, house.now(), client_address(request))
        audit.record(connection, author, AuditKind.SIGN_IN_FAILED, "-", factor="provider", fault=str(fault))
    return _answer(
        request, _("没有完成%(name)s，请重新登录；一直如此的请告知系统管理员", name=house.settings.oidc_name)
    )


def _answer(request: Request, said: str) -> Response:
    form = Form({"next": "/desk"})
    form.general.append(said)
    name = house_of(request).settings.oidc_name
    answer = page(request, "sign_in.html", status=403, form=form, left=False, ended=False, provider=name)
    sessions.clear_cookie(request, answer, _COOKIE)
    return answer
