"""A batch of letters killed at random moments goes on where it was: no number lost, none given twice."""

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
from sqlalchemy import Connection, select

from benchmarks.big_ledger import write
from cli.office import open_office
from models.tables import letter, letter_issue, request_case
from runtime.settings import Settings
from runtime.testing import wait_until_stopped
from tests.conftest import SECRET, command

pytestmark = pytest.mark.faults

CASES = 300
KILLS = 8


def _serials(connection: Connection) -> list[int]:
    """The serials given so far, in order."""
    serials = sorted(connection.scalars(select(letter_issue.c.serial)))
    connection.rollback()
    return serials


@pytest.mark.timeout(900)
def test_a_batch_killed_at_random_moments_loses_and_doubles_no_number(tmp_path: Path):
    here = str(tmp_path / "var")
    yishen = command(tmp_path, YISHEN_DATA_DIR=here, YISHEN_SECRET_KEY=SECRET)
    assert yishen("init", "--agency", "a", "--name", "测试").code == 0
    for name, value in (("letter_sign", "测"), ("office_telephone", "0000-1234567")):
        assert yishen("settings", "set", name, value, "--agency", "a", "--reason", "文书").code == 0
    ledger = tmp_path / "ledger.csv"
    write(ledger, CASES, date(2023, 1, 1), date(2023, 12, 31))
    assert yishen("import", ledger, "--agency", "a").code == 0
    settings = Settings(data_dir=Path(here), database_url=None, migration_database_url=None, secret_key=SECRET)
    with open_office(settings=settings) as office, office.engine.connect() as connection:
        numbers = list(connection.scalars(select(request_case.c.number)))
    (tmp_path / "numbers.txt").write_text("\n".join(numbers), encoding="utf-8")
    arguments = [sys.executable, "-m", "cli", "letter", "batch", "--agency", "a"]
    first = [*arguments, "--code", "L02", "--numbers", str(tmp_path / "numbers.txt")]
    environment = {**os.environ, "YISHEN_DATA_DIR": here, "YISHEN_SECRET_KEY": SECRET}
    chance, batch = random.Random(11), None
    with open_office(settings=settings) as office, office.engine.connect() as connection:
        # How fast letters are made differs tenfold between machines: each kill waits for so many letters, not seconds.
        for _ in range(KILLS):
            before = len(_serials(connection))
            enough = before + chance.randint(1, CASES // (KILLS + 1))
            going_on = first if batch is None else [*arguments, "--again", batch]
            process = subprocess.Popen(
                going_on, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            while len(_serials(connection)) < enough:
                assert process.poll() is None, "the batch ended of itself before its last letter"
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.02))
            process.send_signal(signal.SIGKILL)
            process.wait()
            serials = _serials(connection)
            assert enough <= len(serials) < len(numbers)
            assert serials == list(range(1, len(serials) + 1))
            batch = connection.scalars(select(letter.c.batch).limit(1)).one()
            connection.rollback()
    done = json.loads(yishen("letter", "batch", "--agency", "a", "--again", batch, "--json").out)
    assert done["states"] == {"signed": len(numbers)}
    (counted,) = json.loads(yishen("letter", "gaps", "--agency", "a", "--json").out)
    assert (counted["last"], counted["missing"]) == (len(numbers), [])
    assert json.loads(yishen("verify", "--json").out)["ok"]
    wait_until_stopped(tmp_path / "var")
