"""The web application: its areas put together, and how it answers what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks.office import Office, now
from web import frame, language
from web.api import problems, routes
from web.api.callers import LARGEST_BODY
from web.house import House, is_secure
from web.language import gettext as _
from web.language import later
from web.pages import HEADERS, OVER_TLS
from web.passwords import Passwords
from web.rights import Elsewhere, Refused, check_declared
from web.routes import AREAS

_QUIET = {"/healthz", "/readyz", "/metrics", "/static/{digest}/{name:path}"}
"""Asked every few seconds, or with every page: logged only where something is wrong."""

LARGEST = 32 << 20
"""Bytes of a request, files included; a form without files is smaller (:func:`web.rights.posted`)."""

_SAID = {
    400: (later("不能处理这个请求"), later("请求的内容不完整或者格式不对，请返回重新填写")),
    404: (later("没有这个页面"), later("没有这个页面，或者不在您可以查看的范围内")),
    405: (later("不支持这种请求方式"), later("这个地址不支持这种请求方式")),
    413: (
        later("提交的内容太大"),
        later("提交的内容超过了允许的大小，没有保存；请返回上一页减少内容，文件可以分几次添加"),
    ),
}

log = structlog.get_logger("web")


def create_app(office: Office, clock: Callable[[], datetime] = now) -> FastAPI:
    """The application on an open office. Raises TypeError for a route that does not declare what it needs."""
    app = FastAPI(title="依申", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Answers)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(SQLAlchemyError, _away)
    app.add_exception_handler(Refused, _not_allowed)
    app.add_exception_handler(Elsewhere, _elsewhere)
    for area in (*AREAS, *routes.AREAS):
        app.router.routes.extend(area.router.routes)
    check_declared(app)
    paths = frozenset(str(getattr(route, "path_format", "")) for route in app.routes)
    app.state.house = House(office, clock, Passwords(office.settings), paths)
    return app


def _refused(request: Request, fault: Exception) -> Response:
    code = fault.status_code if isinstance(fault, HTTPException) else 500
    title, sentence = _SAID.get(code, _SAID[400])
    answer = _fault(request, code, _(title), _(sentence))
    if isinstance(fault, HTTPException) and fault.headers:
        answer.headers.update(fault.headers)
    return answer


def _fault(request: Request, status: int, title: str, sentence: str) -> Response:
    """A page for people, a problem for the programs that use the interface."""
    if _is_api(request.scope):
        return problems.by_status(status, sentence)
    return frame.fault(request, status, title, sentence)


def _is_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


def _malformed(request: Request, fault: Exception) -> Response:
    if _is_api(request.scope) and isinstance(fault, RequestValidationError):
        return problems.of_validation(fault).answer()
    title, sentence = _SAID[400]
    return frame.fault(request, 400, _(title), _(sentence))


def _not_allowed(request: Request, fault: Exception) -> Response:
    return frame.fault(request, 403, _("没有权限"), fault.sentence if isinstance(fault, Refused) else "")


def _elsewhere(_request: Request, fault: Exception) -> Response:
    return RedirectResponse(fault.path if isinstance(fault, Elsewhere) else "/", status_code=303)


def _away(request: Request, fault: Exception) -> Response:
    log.warning("the database is away", fault=type(getattr(fault, "orig", None) or fault).__name__)
    # What would be read for the page is not there either.
    request.state.flash = []
    return _fault(request, 503, _("数据库暂时没有回答"), _("数据库暂时没有回答，请稍后再试"))


class _Answers:
    """Puts the headers on every answer, and a line into the log: by route, for an address may hold a key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        code: int | None = None
        secure = is_secure(Request(scope))
        language.speak(_language(scope))

        async def answer(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | OVER_TLS if secure else HEADERS).items():
                    headers.setdefault(name, value)
            await send(message)

        received, most = 0, LARGEST_BODY if _is_api(scope) else LARGEST

        async def take() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        try:
            await self._app(scope, take, answer)
        except Exception:
            # What has begun to be answered cannot be taken back.
            log.exception("request", method=scope["method"], route=_route(scope))
            if code is None:
                request = Request(scope)
                request.state.flash = []
                sentence = _("出现意外错误，已记入日志")
                said = await run_in_threadpool(_fault, request, 500, _("出现意外错误"), sentence)
                await said(scope, receive, answer)
        if code is None or code >= 500 or _route(scope) not in _QUIET:
            took = round((time.perf_counter() - began) * 1000, 1)
            log.info("request", method=scope["method"], route=_route(scope), status=code, milliseconds=took)


def _language(scope: Scope) -> str | None:
    if _is_api(scope):
        return language.wanted(Headers(scope=scope).get("accept-language", ""))
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return None
    chosen = cookies.get(language.COOKIE)
    return None if chosen is None else chosen.value


def _route(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)
