"""A year in which the machine's clock is set back an hour, or forward a day, and put right some hours later."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks import handlers
from tasks.keeper import Keeper
from tasks.office import Office
from tasks.steady import SteadyClock
from tests.faults import lives
from tests.faults.lives import LAST, ONE_DAY, World, YearsEnd
from workflow.outbox import Told

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

SET_BY = (timedelta(hours=-1), timedelta(days=1))


class Machine:
    """What its clock says: the time that goes by, and what somebody has set it ahead."""

    def __init__(self) -> None:
        self.time = lives.noon(lives.FIRST)
        self.ahead = timedelta(0)

    def clock(self) -> SteadyClock:
        """The clock as a worker reads it."""
        began = self.time
        return SteadyClock(self.shows, lambda: (self.time - began).total_seconds())

    def shows(self) -> datetime:
        """The present instant, if the clock were right."""
        return (self.time + self.ahead).astimezone(UTC)


def test_a_clock_that_is_set_ends_no_period_early_and_loses_nothing(world: World, quiet: YearsEnd):
    chance = random.Random(43)
    office = world.office()
    machine = Machine()

    def publish(*told: Told) -> None:
        for item in told:
            handlers.handle(office, item.id, machine.shows())

    keeper = Keeper(office, publish, machine.clock())
    times = 0

    def live(day: date) -> None:
        nonlocal times
        world.work(office, day)
        machine.time = lives.noon(day)
        _keep(world, office, keeper, machine)
        # On New Year's Eve always: the year must not be closed a day early.
        if (chance.random() < 0.12 or (day.month, day.day) == (12, 31)) and day < LAST - 4 * ONE_DAY:
            times += 1
            machine.ahead = SET_BY[times % 2] if day.month != 12 else SET_BY[1]
            for _ in range(3):
                _keep(world, office, keeper, machine)
                machine.time += timedelta(hours=1)
            machine.ahead = timedelta(0)
            _keep(world, office, keeper, machine)

    world.whole_year(live)
    office.database.dispose()
    found = lives.outcome(world)
    # Of the next day the clock forward made some reminders that its morning's work would have spared.
    spared = {(f"L{act.case:05}", day) for day, acts in world.acts.items() for act in acts}
    early = {row for row in found.reminders - quiet.reminders if (row[0], row[-1]) in spared}
    note = f"{len(early)} reminders came on the day before, of cases that were settled on their day"
    without = replace(found, reminders=found.reminders - early)
    lives.write_down("clock set back an hour or forward a day", times, without, quiet, note)
    assert times > 30
    assert without.reminders == quiet.reminders
    assert found.events == quiet.events
    assert found.deadlines == quiet.deadlines
    assert found.figures == quiet.figures
    assert {run for run in quiet.jobs - found.jobs if run[0] == "year_end"} == set()
    assert found.clean


def _keep(world: World, office: Office, keeper: Keeper, machine: Machine) -> None:
    """Turns of the keeper until nothing waits."""
    for _ in range(lives.MOST_TURNS):
        keeper.turn()
        if not world._waits(office):
            return
        machine.time += timedelta(minutes=10)
    raise AssertionError(f"something still waits: {world._waits(office)}")
