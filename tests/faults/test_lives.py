"""A year of requests under faults of what works on them: nothing lost, nothing doubled, the quiet year's figures."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime

import pytest

from tasks import handlers
from tasks.office import Office
from tests.faults import lives
from tests.faults.lives import LAST, ONE_DAY, World, YearsEnd

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_every_row_handled_twice_and_in_any_order(world: World, quiet: YearsEnd):
    chance = random.Random(13)
    office = world.office()
    handled = 0

    def twice(office: Office, now: datetime, day: date) -> int:
        nonlocal handled
        told = lives.claimed(office, now) * 2
        chance.shuffle(told)
        for item in told:
            handled += handlers.handle(office, item, now, today=day)
        return len(told)

    world.whole_year(lambda day: world.live(office, day, twice))
    office.database.dispose()
    lives.hold_against("every task delivered twice and out of order", handled, lives.outcome(world), quiet)


def test_two_keepers_and_three_sweepers_at_once(world: World, quiet: YearsEnd):
    office = world.office()
    days = 0

    def live(day: date) -> None:
        nonlocal days
        days += 1
        world.work(office, day)
        failed: list[BaseException] = []

        def follow() -> None:
            try:
                world.follow(office, day)
            except BaseException as error:
                failed.append(error)

        others = [threading.Thread(target=follow) for _ in range(3)]
        for each in others:
            each.start()
        for each in others:
            each.join()
        assert not failed
        world.follow(office, day)

    world.whole_year(live)
    office.database.dispose()
    lives.hold_against("three keepers and three sweepers at once", days, lives.outcome(world), quiet)


def test_no_scheduler_for_three_days_again_and_again(world: World, quiet: YearsEnd):
    chance = random.Random(17)
    office = world.office()
    away = times = 0
    missed: set[date] = set()

    def live(day: date) -> None:
        nonlocal away, times
        world.work(office, day)
        if away:
            away -= 1
            missed.add(day)
            return
        if chance.random() < 0.1 and day < LAST - 4 * ONE_DAY:
            away, times = 3, times + 1
        world.follow(office, day)

    world.whole_year(live)
    office.database.dispose()
    found = lives.outcome(world)
    note = "what fell due and was answered within such days is not reminded of; daily jobs are not made up for"
    lives.write_down("no scheduler for three days", times, found, quiet, note=note)
    assert found.reminders <= quiet.reminders
    assert {for_day for *_, for_day in quiet.reminders - found.reminders} <= missed
    assert found.events == quiet.events
    assert found.deadlines == quiet.deadlines
    assert found.jobs <= quiet.jobs
    assert {period for _, period in quiet.jobs - found.jobs} <= {day.isoformat() for day in missed}
    assert found.figures == quiet.figures
    assert found.clean
    assert times > 10
