"""Messages through a real Redis: published by Celery as workers' keepers do, taken out on the simulated day."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Any

import kombu.exceptions
import kombu.pools
import redis
from kombu import Connection

from runtime.testing import TemporaryBroker
from tasks import app as celery
from tasks import handlers
from tasks.keeper import Keeper
from tasks.office import Office
from tasks.steady import SteadyClock
from tests.faults.lives import FIRST, noon

LOST = (redis.RedisError, kombu.exceptions.OperationalError, kombu.exceptions.InconsistencyError, OSError)
"""What is raised when Redis is away, or forgets in the middle of a word."""

ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
"""How a worker's connection is tried here, where a real one waits for Redis for ever."""


class Post:
    """A keeper that tells through Redis, and one worker that listens there."""

    def __init__(self, office: Office) -> None:
        """Use :func:`opened`."""
        self._now = noon(FIRST)
        self.keeper = Keeper(office, celery.publish, SteadyClock(lambda: self._now, self._now.timestamp))
        self._line: Connection | None = None
        self.carried = 0
        """Rows handled because of a message."""

    def deliver(self, office: Office, now: datetime, day: date) -> int:
        """A turn of the keeper, and then of the worker: for ``World.follow``."""
        self._now = now
        told = self.keeper.relay(now)
        self.take_out(lambda item: handlers.handle(office, item, now, today=day))
        return told

    def take_out(self, handle: Callable[[int], Any]) -> None:
        """Handle every message there is; a Redis that goes away takes its messages along."""
        try:
            if self._line is None:
                self._line = celery.app.connection_for_read(transport_options=ONCE)
            for name in (celery.URGENT, celery.USUAL, celery.LONG):
                listening = self._line.SimpleQueue(name)
                while True:
                    try:
                        message = listening.get_nowait()
                    except queue.Empty:
                        break
                    items, *_ = message.payload
                    self.carried += sum(bool(handle(item)) for item in items)
                    message.ack()
                listening.close()
        except LOST:
            self.hang_up()

    def hang_up(self) -> None:
        """Give the connection up; the next turn makes a new one."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(LOST):
                line.release()


@contextmanager
def opened(office: Office, broker: TemporaryBroker) -> Iterator[Post]:
    """The product's own Celery app on this broker, for the length of a block."""
    before = celery.app.conf.broker_url
    celery.app.conf.broker_url = broker.url
    post = Post(office)
    try:
        yield post
    finally:
        post.hang_up()
        celery.app.conf.broker_url = before
        forget()


def forget() -> None:
    """Make the app connect anew: another broker, or a forked process."""
    celery.app._after_fork()
    kombu.pools.reset()
