"""``python -m web [--host H] [--port P]``: the web server on an open office. SIGTERM and Ctrl-C end it with 0.

Exit code 2, after one line that says why, where the office cannot be opened.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp

from runtime.faults import RuntimeFault
from runtime.log_lines import speak
from runtime.settings import load_settings
from web.door import Door

HOST, PORT = "127.0.0.1", 8765
_LAST_ANSWERS = 5
"""Seconds for requests under way when the server is told to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m web", description="依申请公开办件系统的网页服务")
    parser.add_argument("--host", default=HOST, help="监听地址")
    parser.add_argument("--port", default=PORT, type=int, help="监听端口")
    parser.add_argument("--patient", action="store_true", help="数据库还没有准备好时先等待，网页说明正在启动")
    chosen = parser.parse_args(arguments)
    # uvicorn passes the signal on when it has stopped; the office is still to be closed then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        settings = load_settings()
        speak("web", settings.log)
        if chosen.patient:
            door = Door(settings)
            door.open()
            try:
                _serve(door, chosen.host, chosen.port)
            finally:
                door.close()
        else:
            from tasks.office import open_office
            from web.app import create_app

            with open_office(settings=settings, long_lived=True) as office:
                _serve(create_app(office), chosen.host, chosen.port)
    except RuntimeFault as fault:
        speak("web")
        logging.getLogger("web").error("%s", fault)  # noqa: TRY400 - the sentence is all there is to say
        return 2
    return 0


def _serve(app: ASGIApp, host: str, port: int) -> None:
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_LAST_ANSWERS,
    )


if __name__ == "__main__":
    sys.exit(main())
