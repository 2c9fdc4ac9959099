"""Waiting for a server that a test has started: until it answers, and no longer than it lives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.faults import RuntimeFault
from runtime.testing import answering, free_port

_BUSY_FIRST = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Handler.asked += 1
        self.send_response(503 if Handler.asked < 3 else 200)
        self.end_headers()
    def log_message(self, *_): print(Handler.asked, file=sys.stderr, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def started(log: Path, *words: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen([sys.executable, "-c", *words], stdout=out, stderr=out)


def test_a_server_is_waited_for_until_it_answers_well(tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    process = started(log, _BUSY_FIRST, str(port))
    try:
        answering(f"http://127.0.0.1:{port}/", process, log)
    finally:
        process.kill()
        process.wait()
    assert log.read_text().split() == ["1", "2", "3"]


def test_one_that_ends_is_not_waited_for_and_its_log_is_told(tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    process = started(log, "raise SystemExit('no port for me')")
    process.wait()
    with pytest.raises(RuntimeFault, match=rf"127\.0\.0\.1:{port}/ does not answer: no port for me"):
        answering(f"http://127.0.0.1:{port}/", process, log)
