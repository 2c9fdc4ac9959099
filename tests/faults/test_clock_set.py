"""A year in which the machine's clock is set back an hour, or forward a day, and put right some hours later."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.vocabulary import EventKind
from runtime.database import Database
from runtime.settings import Settings
from tasks import handlers
from tasks.keeper import Keeper
from tasks.office import Office
from tasks.steady import SteadyClock
from tests.faults import lives
from tests.faults.conftest import Quiet
from tests.faults.lives import LAST, ONE_DAY, Act, Acts, World
from workflow.calendar import national_calendar
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
        return SteadyClock(self.shows, lambda: (self.time - began) / timedelta(seconds=1))

    def shows(self) -> datetime:
        """The present instant, if the clock were right."""
        return (self.time + self.ahead).astimezone(UTC)


@pytest.fixture(scope="module")
def year() -> Acts:
    """A year in which many corrections come on the last day: a clock a day ahead would have ended their period."""
    acts = lives.year(lives.FEW)
    asked = [act for each in acts.values() for act in each if act.event is EventKind.ASK_CORRECTION]
    corrected = {act.case for each in acts.values() for act in each if act.event is EventKind.CORRECT}
    calendar = national_calendar()
    for act in asked:
        last = calendar.nth(act.facts["delivered"], act.facts["working_days"])
        if act.case not in corrected and act.case % 3 and last <= LAST:
            acts.setdefault(last, []).append(Act(last, f"{act.case}:at last", act.case, EventKind.CORRECT))
    return acts


def test_a_clock_that_is_set_ends_no_period_early_and_loses_nothing(
    database: Database, year: Acts, lived_quietly: Quiet, tmp_path: Path
):
    quiet = lived_quietly(year)
    world = World(database, Settings(data_dir=tmp_path / "var"), year)
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
        machine.time = lives.noon(day)
        # On New Year's Eve always forward: the year must not be closed a day early.
        last_day = (day.month, day.day) == (12, 31)
        if (last_day or chance.random() < 0.2) and day < LAST - 4 * ONE_DAY:
            times += 1
            machine.ahead = SET_BY[1] if last_day else SET_BY[times % 2]
            for _ in range(3):
                _keep(world, office, keeper, machine)
                machine.time += timedelta(minutes=20)
            machine.ahead = timedelta(0)
        world.work(office, day)
        _keep(world, office, keeper, machine)

    world.whole_year(live)
    office.database.dispose()
    found = lives.outcome(world)
    # Some reminders of the day and of the next were made before the work of the day, which would have spared them.
    acted = {(f"L{act.case:05}", day) for day, acts in year.items() for act in acts}
    spared = acted | {(number, day + ONE_DAY) for number, day in acted}
    early = {row for row in found.reminders - quiet.reminders if (row[0], row[-1]) in spared}
    note = (
        f"{len(early)} reminders came before the work of their day, or of the day before, which would have spared them"
    )
    without = replace(found, reminders=found.reminders - early)
    lives.write_down("clock set back an hour or forward a day", times, without, quiet, note=note)
    assert times > 50
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
