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

import pytest
from sqlalchemy import func, select

from benchmarks.big_ledger import write
from cli.office import open_office
from models.tables import case_event, request_case
from runtime.settings import Settings
from runtime.testing import wait_until_stopped
from tests.conftest import SECRET, command

pytestmark = pytest.mark.faults

ROWS = 3000
KILLS = 25


def _counts(data_dir: Path) -> tuple[int, int]:
    settings = Settings(data_dir=data_dir, database_url=None, migration_database_url=None, secret_key=SECRET)
    with open_office(settings=settings) as office, office.engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (request_case, case_event)
        )


@pytest.mark.timeout(900)
def test_imports_killed_at_random_moments_store_all_or_nothing(tmp_path: Path):
    yishen = command(tmp_path, YISHEN_DATA_DIR=str(tmp_path / "var"), YISHEN_SECRET_KEY=SECRET)
    assert yishen("init", "--agency", "a", "--name", "测试").code == 0
    ledger = tmp_path / "ledger.csv"
    write(ledger, ROWS, date(2020, 1, 1), date(2023, 12, 31))
    arguments = [sys.executable, "-m", "cli", "import", str(ledger), "--agency", "a"]
    environment = {**os.environ, "YISHEN_DATA_DIR": str(tmp_path / "var"), "YISHEN_SECRET_KEY": SECRET}
    chance = random.Random(7)
    killed = 0
    # The first half of the kills fall anywhere in the command, the second into the time of writing.
    for number in range(KILLS):
        process = subprocess.Popen(
            arguments, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=chance.uniform(0.05, 1.2) if number < KILLS // 2 else chance.uniform(0.9, 1.8))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        cases, events = _counts(tmp_path / "var")
        assert cases in (0, ROWS)
        assert (cases == 0) == (events == 0)
        if cases:
            break
    assert killed >= KILLS // 3
    done = json.loads(yishen("import", ledger, "--agency", "a", "--json").out)
    assert done["cases"] + done["unchanged"] == ROWS
    assert json.loads(yishen("verify", "--json").out)["ok"]
    wait_until_stopped(tmp_path / "var")


@pytest.mark.timeout(900)
def test_a_database_killed_under_an_import_comes_back_without_a_trace_of_it(tmp_path: Path):
    yishen = command(tmp_path, YISHEN_DATA_DIR=str(tmp_path / "var"), YISHEN_SECRET_KEY=SECRET)
    assert yishen("init", "--agency", "a", "--name", "测试").code == 0
    ledger = tmp_path / "ledger.csv"
    write(ledger, ROWS, date(2020, 1, 1), date(2023, 12, 31))
    environment = {**os.environ, "YISHEN_DATA_DIR": str(tmp_path / "var"), "YISHEN_SECRET_KEY": SECRET}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "import", str(ledger), "--agency", "a"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    postmaster = tmp_path / "var" / "pg" / "postmaster.pid"
    started = time.monotonic()
    while not postmaster.exists() or time.monotonic() - started < 1.0:
        time.sleep(0.02)
    os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    if process.returncode == 0:
        pytest.fail("the import was done before the database was killed; raise ROWS")
    assert process.returncode == 2
    assert "Traceback" not in said
    assert _counts(tmp_path / "var") == (0, 0)
    assert yishen("import", ledger, "--agency", "a").code == 0
    assert yishen("verify").code == 0
    wait_until_stopped(tmp_path / "var")
