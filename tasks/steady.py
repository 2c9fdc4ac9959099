"""The machine's clock, held against time that nobody can set: what the law ends must not end by a wrong date.

A reminder on a wrong day does no harm; 视为放弃, a clock that starts by itself and a year that is closed do. After the
clock was set they wait until it has run a day without being set again: a jump of a day by mistake is then without
effect, and one that was right only makes them late. A new start of the worker takes the clock as it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tasks.office import now

log = logging.getLogger(__name__)

TOLERANCE = 600.0
"""Seconds by which the clock may drift or be corrected in one step without being held for set."""

WAIT = 26 * 3600.0
"""Seconds for which a clock that was set is not relied on: a day, and the hours of the sweep after it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What time it is, and whether what the law ends may end by it."""

    instant: datetime
    is_steady: bool


def running() -> float:
    """Seconds since the machine was started, sleep included where the system counts it; nobody sets it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Reads the clock, and remembers since when nobody has set it. What forks from its process goes on with it."""

    def __init__(self, clock: Callable[[], datetime] = now, elapsed: Callable[[], float] = running) -> None:
        """``elapsed``: seconds that go by whatever the clock says."""
        self._clock = clock
        self._elapsed = elapsed
        self._base = self._ahead()
        self._steady_from: float | None = None

    def _ahead(self) -> float:
        return self._clock().timestamp() - self._elapsed()

    def read(self) -> Reading:
        """The present instant."""
        ahead = self._ahead()
        if abs(ahead - self._base) > TOLERANCE:
            log.warning("the clock was set by %.0f s: nothing lapses for %.0f hours", ahead - self._base, WAIT / 3600)
            self._steady_from = self._elapsed() + WAIT
        # Slow corrections are followed; only a step is a step.
        self._base = ahead
        return Reading(self._clock(), self._steady_from is None or self._elapsed() >= self._steady_from)
