"""A year of 2,000 requests under faults: nothing lost, nothing doubled, the figures of the year without faults."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from tests.conftest import enrol, fresh_database
from tests.faults import lives
from tests.faults.lives import FIRST, LAST, ONE_DAY, World

pytestmark = pytest.mark.faults

KILLS = 1_000
RESULTS = Path("faults-results.json")


@pytest.fixture(scope="module")
def acts() -> dict[Any, list[lives.Act]]:
    return lives.year()


@pytest.fixture(scope="module")
def quiet_year(server: EmbeddedServer, template: str, acts: Any, tmp_path_factory: Any) -> Iterator[lives.YearsEnd]:
    """The year without faults."""
    with fresh_database(server, template) as database:
        world = _world(database, acts, tmp_path_factory.mktemp("quiet"))
        office = world.office()
        world.whole_year(lambda day: world.live(office, day))
        office.database.dispose()
        yield lives.outcome(world)


@pytest.fixture
def world(database: Any, acts: Any, tmp_path: Path) -> World:
    return _world(database, acts, tmp_path)


def _world(database: Any, acts: Any, folder: Path) -> World:
    enrol(database.engine)
    urls = [engine.url.render_as_string(hide_password=False) for engine in (database.engine, database.owner_engine)]
    database.dispose()
    made = World(urls[0], urls[1], Settings(data_dir=folder / "var"), acts)
    made.people()
    return made


def _told(fault: str, times: int, found: lives.YearsEnd, wanted: lives.YearsEnd) -> None:
    """Hold a year against the one without faults, and write down what came of it."""
    row = {
        "fault": fault,
        "times": times,
        "reminders": len(found.reminders),
        "events": len(found.events),
        "lost": len(wanted.reminders - found.reminders) + len(set(wanted.events) - set(found.events)),
        "doubled": len(found.events) - len(set(found.events)),
        "figures": found.figures == wanted.figures,
        "verify": found.clean,
    }
    rows = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    rows = [each for each in rows if each["fault"] != fault] + [row]
    RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    assert found.reminders == wanted.reminders
    assert found.events == wanted.events
    assert found.jobs == wanted.jobs
    assert found.figures == wanted.figures
    assert found.clean


@pytest.mark.timeout(1200)
def test_a_process_killed_a_thousand_times_at_random_instructions(world: World, quiet_year: lives.YearsEnd):
    chance = random.Random(11)
    killed = 0
    # Twice as many attempts as kills wanted: some fall after the day's end.
    wanted_a_day = KILLS * 1.6 / (LAST - FIRST).days

    def live(day: Any) -> None:
        nonlocal killed

        def work() -> None:
            world.live(world.office(), day)

        attempts = int(wanted_a_day) + (chance.random() < wanted_a_day % 1)
        for _ in range(attempts):
            if lives.in_a_child(work, kill_after=chance.uniform(0.0, 0.12)):
                break
            killed += 1
        else:
            assert lives.in_a_child(work)

    world.whole_year(live)
    _told("worker killed with SIGKILL at random instructions", killed, lives.outcome(world), quiet_year)
    assert killed >= KILLS


@pytest.mark.timeout(600)
def test_every_row_handled_twice_and_in_any_order(world: World, quiet_year: lives.YearsEnd):
    chance = random.Random(13)
    office = world.office()
    world.whole_year(lambda day: world.live(office, day, twice=True, shuffle=chance))
    office.database.dispose()
    _told("every task delivered twice and out of order", 1, lives.outcome(world), quiet_year)


@pytest.mark.timeout(600)
def test_two_keepers_and_three_sweepers_at_once(world: World, quiet_year: lives.YearsEnd):
    office = world.office()

    def live(day: Any) -> None:
        world.work(office, day)
        others = [threading.Thread(target=world.follow, args=(office, day)) for _ in range(3)]
        for each in others:
            each.start()
        for each in others:
            each.join()
        world.follow(office, day)

    world.whole_year(live)
    office.database.dispose()
    _told("two keepers and three sweepers at once", 3, lives.outcome(world), quiet_year)


@pytest.mark.timeout(600)
def test_no_scheduler_for_three_days_again_and_again(world: World, quiet_year: lives.YearsEnd):
    chance = random.Random(17)
    office = world.office()
    away = 0
    times = 0

    def live(day: Any) -> None:
        nonlocal away, times
        world.work(office, day)
        if away and day < LAST:
            away -= 1
            return
        if chance.random() < 0.1 and day < LAST - 4 * ONE_DAY:
            away, times = 3, times + 1
        world.follow(office, day)

    world.whole_year(live)
    office.database.dispose()
    found = lives.outcome(world)
    # What was answered while nobody swept was not reminded of, and daily jobs of days gone by are not made up for.
    assert found.figures == quiet_year.figures
    assert found.clean
    assert times > 10
