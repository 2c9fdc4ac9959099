"""A revision of the office's calendar that comes in the middle of a sweep, on ten days of a year."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.vocabulary import EventKind
from runtime.postgres import EmbeddedServer
from runtime.settings import Settings
from tasks.office import Office
from tests.conftest import fresh_database
from tests.faults import lives
from tests.faults.lives import FIRST, LAST, ONE_DAY, Acts, World, YearsEnd
from workflow import notices, sweep
from workflow.calendar import DayRule
from workflow.notices import Notice

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

SMALL_BATCH = 3


def _revisions() -> dict[date, Notice]:
    """On ten days, Wednesdays, the office learns that it will be closed two days of next week and open on the Saturday."""
    found: dict[date, Notice] = {}
    day = FIRST + 20 * ONE_DAY
    while len(found) < 10 and day < LAST - 20 * ONE_DAY:
        if day.weekday() == 2:
            closed = [DayRule(day + after * ONE_DAY, False, "停电检修") for after in (5, 6)]
            opened = DayRule(day + 10 * ONE_DAY, True, "补班")
            found[day] = Notice(None, (*closed, opened), "办公楼停电检修的通知")
            day += 28 * ONE_DAY
        day += ONE_DAY
    return found


Order = Callable[[World, Office, date, Callable[[], Any]], None]


def before(world: World, office: Office, day: date, revise: Callable[[], Any]) -> None:
    """The revision, then the sweep."""
    revise()
    world.sweep(office, day)


def after(world: World, office: Office, day: date, revise: Callable[[], Any]) -> None:
    """The sweep, then the revision."""
    world.sweep(office, day)
    revise()


@pytest.fixture
def lived(server: EmbeddedServer, template: str, small_year: Acts, tmp_path: Path) -> Callable[[Order], YearsEnd]:
    """A year with the revisions, each in this order with its day's sweep."""

    def live_year(order: Order) -> YearsEnd:
        revisions = _revisions()
        assert len(revisions) == 10
        with fresh_database(server, template) as database:
            world = World(database, Settings(data_dir=tmp_path / "var"), small_year)
            office = world.office()

            def live(day: date) -> None:
                notice = revisions.get(day)
                if notice is None:
                    world.live(office, day)
                    return

                def revise() -> None:
                    with office.engine.begin() as connection:
                        notices.load_and_recompute(connection, 1, notice, office.cipher, lives.noon(day), "test:clerk")

                world.work(office, day)
                order(world, office, day, revise)
                # The next sweep, seconds later.
                world.follow(office, day)

            world.whole_year(live)
            office.database.dispose()
            return lives.outcome(world)

    return live_year


def test_a_calendar_revised_in_the_middle_of_a_sweep(
    lived: Callable[[Order], YearsEnd], monkeypatch: pytest.MonkeyPatch
):
    if_before, if_after = lived(before), lived(after)
    monkeypatch.setattr(sweep, "BATCH", SMALL_BATCH)
    remind = sweep._remind
    begun = threading.Event()
    amid = 0

    def remind_and_tell(*arguments: Any) -> tuple[int, int]:
        done = remind(*arguments)
        begun.set()
        return done

    monkeypatch.setattr(sweep, "_remind", remind_and_tell)

    def amidst(world: World, office: Office, day: date, revise: Callable[[], Any]) -> None:
        nonlocal amid
        begun.clear()
        failed: list[BaseException] = []

        def sweep_day() -> None:
            try:
                world.sweep(office, day)
            except BaseException as error:
                failed.append(error)

        sweeping = threading.Thread(target=sweep_day)
        sweeping.start()
        # The first batch is reminded of; others are still to come. On a feast day there may be nothing to remind of.
        while sweeping.is_alive() and not begun.wait(0.001):
            pass
        amid += sweeping.is_alive()
        revise()
        sweeping.join()
        assert not failed

    found = lived(amidst)
    lives.write_down(
        "calendar revised in the middle of a sweep",
        amid,
        found,
        if_before,
        if_after,
        note="lies between the years in which it comes before, and after, that sweep",
    )
    # What lapses in a sweep is recalculated if the revision comes after it, and reckoned with the new days at once if
    # it comes before. All else that happened is the same, and so is what everything came to.
    assert _but_recalculations(found) == _but_recalculations(if_before) == _but_recalculations(if_after)
    _lies_between(set(found.events), set(if_before.events), set(if_after.events))
    assert found.deadlines == if_before.deadlines == if_after.deadlines
    assert found.figures == if_before.figures == if_after.figures
    assert found.jobs == if_before.jobs == if_after.jobs
    assert found.clean
    _lies_between(set(found.reminders), set(if_before.reminders), set(if_after.reminders))
    assert amid >= 8


def _but_recalculations(end: YearsEnd) -> Counter[tuple[Any, ...]]:
    return Counter({key: times for key, times in end.events.items() if key[1] != EventKind.RECALCULATE.value})


def _lies_between(found: set[Any], one: set[Any], other: set[Any]) -> None:
    """All that both have, and nothing that neither has."""
    assert not (one & other) - found
    assert not found - (one | other)
