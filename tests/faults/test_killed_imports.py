"""An import killed at a random moment leaves nothing behind, and the next one does the whole work."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from benchmarks.big_ledger import write
from cli.office import open_office
from models.tables import agency, case_event, request_case
from runtime.settings import Settings
from runtime.testing import wait_until_stopped
from tests.conftest import SECRET, command

pytestmark = pytest.mark.faults

ROWS = 3000
KILLS = 25


WRITING = text("SELECT 1 FROM pg_locks WHERE relation = 'request_case'::regclass AND mode = 'RowExclusiveLock'")


class Desk:
    """An installation, its commands, and a ledger to import."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data_dir, self.ledger = folder, folder / "var", folder / "ledger.csv"
        self.settings = Settings(
            data_dir=self.data_dir, database_url=None, migration_database_url=None, secret_key=SECRET
        )
        variables = {"YISHEN_DATA_DIR": str(self.data_dir), "YISHEN_SECRET_KEY": SECRET}
        self.yishen, self.environment = command(folder, **variables), {**os.environ, **variables}
        write(self.ledger, ROWS, date(2020, 1, 1), date(2023, 12, 31))

    def enter(self, number: int) -> str:
        """The code of one more agency, without a case."""
        code = f"a{number}"
        assert self.yishen("init", "--agency", code, "--name", f"测试{number}").code == 0
        return code

    def importing(self, agency: str, **streams: Any) -> subprocess.Popen[str]:
        """An import into an agency, begun."""
        words = [sys.executable, "-m", "cli", "import", str(self.ledger), "--agency", agency]
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, text=True, **streams)

    def counts(self, code: str) -> tuple[int, int]:
        """How many cases and events an agency has."""
        with open_office(settings=self.settings) as office, office.engine.connect() as connection:
            cases = select(request_case.c.id).join(agency).where(agency.c.code == code)
            events = select(case_event.c.case_id).where(case_event.c.case_id.in_(cases))
            return len(list(connection.scalars(cases))), len(list(connection.scalars(events)))

    def wait_until_writing(self, process: subprocess.Popen[str]) -> None:
        """Until an import has begun to write."""
        with open_office(settings=self.settings) as office, office.engine.connect() as connection:
            while not connection.execute(WRITING).all():
                assert process.poll() is None, "the import was done before it was seen to write"
                connection.rollback()
                time.sleep(0.002)


QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.mark.timeout(900)
def test_imports_killed_at_random_moments_store_all_or_nothing(tmp_path: Path):
    desk = Desk(tmp_path)
    whole = desk.enter(0)
    began = time.monotonic()
    assert desk.importing(whole, **QUIET).wait() == 0
    usual = time.monotonic() - began
    chance = random.Random(7)
    killed, agencies = 0, 1
    code = desk.enter(agencies)
    # The first half of the kills fall anywhere in the command, the second into the time of writing. How long an import
    # takes depends on what else the machine does; one that was faster than its kill has stored everything.
    while killed < KILLS:
        process = desk.importing(code, **QUIET)
        try:
            process.wait(timeout=chance.uniform(0.05 if killed < KILLS // 2 else 0.6 * usual, usual))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        cases, events = desk.counts(code)
        assert cases in (0, ROWS)
        assert (cases == 0) == (events == 0)
        if cases:
            usual *= 0.95
            agencies += 1
            code = desk.enter(agencies)
    done = json.loads(desk.yishen("import", desk.ledger, "--agency", code, "--json").out)
    assert done["cases"] == ROWS
    assert json.loads(desk.yishen("verify", "--json").out)["ok"]
    wait_until_stopped(desk.data_dir)


@pytest.mark.timeout(900)
def test_a_database_killed_under_an_import_comes_back_without_a_trace_of_it(tmp_path: Path):
    desk = Desk(tmp_path)
    code = desk.enter(1)
    process = desk.importing(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    desk.wait_until_writing(process)
    postmaster = desk.data_dir / "pg" / "postmaster.pid"
    os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "Traceback" not in said
    assert desk.counts(code) == (0, 0)
    assert desk.yishen("import", desk.ledger, "--agency", code).code == 0
    assert desk.yishen("verify").code == 0
    wait_until_stopped(desk.data_dir)
