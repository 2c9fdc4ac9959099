"""The interface against chance: what its description allows and what it does not, sent to a real server (make fuzz).

``YISHEN_EXAMPLES`` is how many examples each operation is tried with at the most. Every answer must be one that is
described, in the shape that is described; nothing may be an error of ours; what does not fit must be refused; nothing
may be answered without a token. That what fits its shape is taken (positive_data_acceptance) is not asked: the law
asks for more than shapes can say, and refuses with 409 and 422.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.personal import FieldCipher
from models.vocabulary import Scope
from runtime.database import Database
from runtime.testing import answering, free_port
from tests.conftest import SECRET
from tests.lawful import Office as Desk
from tests.web.api.conftest import enter_client

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(3600)]

EXAMPLES = os.environ.get("YISHEN_EXAMPLES", "20")
LEFT_OUT = "positive_data_acceptance,use_after_free"
LEAST = 500


@pytest.fixture
def address(database: Database, agency_id: int, cipher: FieldCipher, tmp_path: Path) -> Iterator[str]:
    """Where a web server answers, on an office with a few cases."""
    desk = Desk(database.engine, agency_id, cipher)
    for _ in range(5):
        desk.register("2026-11-20")
    port = free_port()
    environment = {
        **os.environ,
        "YISHEN_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "YISHEN_SECRET_KEY": SECRET,
        "YISHEN_DATA_DIR": str(tmp_path / "var"),
    }
    log = tmp_path / "web.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "web", "--port", str(port)], env=environment, stdout=out, stderr=out
        )
    try:
        answering(f"http://127.0.0.1:{port}/healthz", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def test_what_is_described_is_what_is_answered(
    address: str, database: Database, agency_id: int, tmp_path: Path
) -> None:
    token = enter_client(database.engine, agency_id, *Scope)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{address}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"),
            *("--max-examples", EXAMPLES, "--checks", "all", "--exclude-checks", LEFT_OUT),
            *("--continue-on-failure", "--warnings", "off", "--no-color", "--workers", "2"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    print(done.stdout, done.stderr)
    log = (tmp_path / "web.log").read_text(encoding="utf-8")
    asked = len(re.findall(r'"route": ?"/api/v1|route=/api/v1', log))
    print(f"{asked} requests")
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "Traceback" not in log
    assert asked >= LEAST
