"""The web application: what it answers, in which words, and under which headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks.office import Office, now
from web import calendar_feed, readiness
from web.gauges import Gauges, looking, read_gauges
from web.metrics import metrics
from web.pages import HEADERS, STYLE, TEMPLATES
from workflow import desk, staff

_PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)

_GET = ["GET", "HEAD"]
_QUIET = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds: logged only where something is wrong."""

_SAID = {404: "没有这个页面", 405: "不支持这种请求方式"}

log = structlog.get_logger("web")


def create_app(office: Office, clock: Callable[[], datetime] = now) -> FastAPI:
    """The application on an open office."""
    app = FastAPI(title="依申", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Answers)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(SQLAlchemyError, _away)

    def gauges() -> Gauges | None:
        """None where the database does not answer, or not at this program's revision."""
        instant = clock()
        try:
            with looking(office.engine) as connection:
                return read_gauges(connection, instant, desk.day_of(instant))
        except SQLAlchemyError as error:
            log.warning("the database is away", fault=_kind(error))
            return None

    @app.api_route("/healthz", methods=_GET)
    async def alive() -> JSONResponse:
        """The process lives. Asks nobody, and waits for none of the threads."""
        return JSONResponse({"alive": True})

    @app.api_route("/readyz", methods=_GET)
    def ready() -> JSONResponse:
        """The system can work; 503 with the reason where it cannot."""
        found = readiness.look(office.engine, office.settings)
        return JSONResponse(found.to_json(), status_code=200 if found.ok else 503)

    @app.api_route("/metrics", methods=_GET)
    def measured() -> Response:
        """Metrics for Prometheus."""
        page = metrics(gauges(), broker=readiness.broker_trouble(office.settings) is None)
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    @app.api_route("/feed/{key}.ics", methods=_GET)
    def feed(key: str) -> Response:
        """Someone's deadlines. The key is looked up by its digest: how long that takes says nothing about a key."""
        with looking(office.engine) as connection:
            whose = staff.of_feed(connection, key, office.cipher)
            if whose is None:
                raise HTTPException(404)
            days = calendar_feed.due_days(connection, whose.agency_id, whose.name, desk.day_of(clock()))
        return Response(calendar_feed.written(days, clock()), media_type="text/calendar; charset=utf-8")

    @app.api_route("/", methods=_GET)
    def status() -> HTMLResponse:
        """The status page."""
        found = gauges()
        page = _PAGES.get_template("status.html").render(
            gauges=found,
            today=desk.day_of(clock()),
            style=Markup(STYLE),  # noqa: S704 - our own style sheet
        )
        return HTMLResponse(page, status_code=503 if found is None else 200)

    return app


async def _refused(_: Request, fault: Exception) -> Response:
    code = fault.status_code if isinstance(fault, HTTPException) else 500
    headers = fault.headers if isinstance(fault, HTTPException) else None
    return PlainTextResponse(_SAID.get(code, "不能处理这个请求"), status_code=code, headers=headers)


async def _away(_: Request, fault: Exception) -> Response:
    log.warning("the database is away", fault=_kind(fault))
    return PlainTextResponse("数据库暂时没有回答，请稍后再试", status_code=503)


def _kind(fault: Exception) -> str:
    return type(getattr(fault, "orig", None) or fault).__name__


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

        async def answer(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            # What has begun to be answered cannot be taken back.
            log.exception("request", method=scope["method"], route=_route(scope))
            if code is None:
                said = PlainTextResponse("出现意外错误，已记入日志", status_code=500)
                await said(scope, receive, answer)
        if code is None or code >= 500 or _route(scope) not in _QUIET:
            took = round((time.perf_counter() - began) * 1000, 1)
            log.info("request", method=scope["method"], route=_route(scope), status=code, milliseconds=took)


def _route(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)
