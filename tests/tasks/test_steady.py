"""When the machine's clock can be relied on for what the law ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tasks.steady import TOLERANCE, WAIT, SteadyClock, running

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Machine:
    """Time that goes by, and a clock that differs from it by what somebody has set."""

    def __init__(self) -> None:
        self.elapsed, self.ahead = 5_000.0, 0.0
        self.clock = SteadyClock(lambda: START + timedelta(seconds=self.elapsed + self.ahead), lambda: self.elapsed)

    def steady(self, *, after: float = 0.0, set_by: float = 0.0) -> bool:
        """Whether it is relied on after so many seconds, set by so many."""
        self.elapsed += after
        self.ahead += set_by
        return self.clock.read().is_steady


@given(st.lists(st.floats(0, 10 * WAIT), max_size=20))
def test_a_clock_that_nobody_sets_is_relied_on_always(waits: list[float]):
    machine = Machine()
    assert all(machine.steady(after=wait) for wait in waits)


@given(st.lists(st.tuples(st.floats(0, 3600), st.floats(-TOLERANCE, TOLERANCE)), max_size=50))
def test_small_corrections_never_add_up_to_a_step(corrections: list[tuple[float, float]]):
    machine = Machine()
    # A hair's breadth for what floats lose.
    assert all(machine.steady(after=wait, set_by=by * 0.999) for wait, by in corrections)


@given(st.floats(TOLERANCE + 1, 400 * 86400.0), st.booleans(), st.lists(st.floats(1, WAIT / 3), min_size=1, max_size=9))
def test_a_clock_that_was_set_is_relied_on_again_after_a_day_without_being_set(
    by: float, back: bool, waits: list[float]
):
    machine = Machine()
    assert not machine.steady(set_by=-by if back else by)
    gone = 0.0
    for wait in waits:
        gone += wait
        assert machine.steady(after=wait) == (gone >= WAIT)
    assert not machine.steady(set_by=by if back else -by)
    assert machine.steady(after=WAIT)


def test_the_time_that_nobody_sets_goes_on():
    before = running()
    assert running() >= before > 0
