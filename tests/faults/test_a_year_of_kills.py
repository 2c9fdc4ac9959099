"""A process killed a thousand times at random instructions while 2,000 requests live through a year."""

from __future__ import annotations

import random
import time
from datetime import date
from pathlib import Path

import pytest

from runtime.database import Database
from runtime.settings import Settings
from tests.faults import lives
from tests.faults.conftest import Quiet
from tests.faults.lives import FIRST, LAST, World

pytestmark = pytest.mark.faults

KILLS = 1_000


@pytest.mark.timeout(1200)
def test_a_process_killed_a_thousand_times_at_random_instructions(
    database: Database, lived_quietly: Quiet, tmp_path: Path
):
    chance = random.Random(11)
    acts = lives.year(lives.MANY)
    days = (LAST - FIRST).days + 1
    began = time.monotonic()
    quiet = lived_quietly(acts)
    usual = (time.monotonic() - began) / days
    world = World(database, Settings(data_dir=tmp_path / "var"), acts)
    killed, window = 0, 0.9 * usual

    def live(day: date) -> None:
        nonlocal killed, window

        def work() -> None:
            world.live(world.office(), day)

        # More attempts than kills wanted: some come after the day's end, which then has been lived. How long a day takes
        # depends on what else the machine does, so both follow what came of those before.
        wanted = max(KILLS / days, (KILLS - killed) / ((LAST - day).days + 1)) * 1.5
        attempts = int(wanted) + (chance.random() < wanted % 1)
        for _ in range(attempts):
            if lives.in_a_child(work, kill_after=chance.uniform(0.0, window)):
                window *= 0.85
                break
            killed += 1
            window = min(window * 1.04, 0.9 * usual)
        else:
            assert lives.in_a_child(work)

    world.whole_year(live)
    lives.hold_against("worker killed with SIGKILL at random instructions", killed, lives.outcome(world), quiet)
    assert killed >= KILLS
