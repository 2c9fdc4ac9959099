"""The door: it answers from the first moment on, and lets people in when the office is open.

A database is made, upgraded or recovered for seconds, sometimes minutes; whoever looks meanwhile is told so.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.faults import RuntimeFault
from runtime.settings import Settings
from web.pages import WAITING, WAITING_HEADERS

log = logging.getLogger("web")

LOOK_EVERY = 0.3
"""Seconds between two tries to open the office."""

OPENING = "正在准备数据库"


class Door:
    """An ASGI application that becomes another one when the office is open."""

    def __init__(self, settings: Settings) -> None:
        """Nothing happens before :meth:`open`."""
        self._settings = settings
        self._inside: ASGIApp | None = None
        self._reason = OPENING
        self._closed = threading.Event()
        self._opener = threading.Thread(target=self._open, name="door", daemon=True)
        self._held = ExitStack()

    def open(self) -> None:
        """Begin to try."""
        self._opener.start()

    def close(self) -> None:
        """Stop trying; close the office if it is open."""
        self._closed.set()
        self._opener.join()
        self._held.close()

    def _open(self) -> None:
        # Only now: what works on cases takes a second to import, and the door is to answer before.
        from tasks.office import open_office
        from web.app import create_app

        while not self._closed.is_set():
            try:
                office = self._held.enter_context(open_office(settings=self._settings, long_lived=True))
            except RuntimeFault as fault:
                if str(fault) != self._reason:
                    log.info("the office is not open yet: %s", fault)
                self._reason = str(fault)
                self._closed.wait(LOOK_EVERY)
            except Exception:
                log.exception("the office could not be opened")
                self._closed.wait(LOOK_EVERY * 10)
            else:
                self._inside = create_app(office)
                return

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: as the application does, or that it is not there yet."""
        if self._inside is not None:
            await self._inside(scope, receive, send)
        elif scope["type"] == "http":
            await self._meanwhile(scope["path"])(scope, receive, send)

    def _meanwhile(self, path: str) -> Response:
        headers = {**WAITING_HEADERS, "Retry-After": "2"}
        if path == "/healthz":
            return PlainTextResponse("ok", headers=WAITING_HEADERS)
        if path == "/readyz":
            return JSONResponse({"ready": False, "reason": self._reason}, 503, headers)
        return HTMLResponse(WAITING, 503, headers)
