"""A year of which every message goes through a real Redis, and what is done to that Redis."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import redis

from runtime.testing import TemporaryBroker, temporary_broker
from tasks import app as celery
from tasks import keeper
from tasks.keeper import Keeper
from tasks.office import Office
from tests.faults import full_disk, lives, post
from tests.faults.lives import FIRST, World, YearsEnd
from workflow.outbox import Told

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WEEK = 7


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TemporaryBroker]:
    with temporary_broker(tmp_path) as running:
        yield running


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    made = world.office()
    yield made
    made.database.dispose()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that failed is asked again after a moment: a day of this year takes less than a real second."""
    monkeypatch.setattr(keeper, "PAUSE_BROKER", 0.1)


@contextmanager
def meanwhile(do: Callable[[], None]) -> Iterator[None]:
    """Do something again and again in another thread until the block ends."""
    stopped = threading.Event()
    failed: list[BaseException] = []

    def again() -> None:
        try:
            while not stopped.is_set():
                do()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    assert not failed, failed


def test_redis_wiped_at_random_moments_of_the_year(
    world: World, office: Office, broker: TemporaryBroker, quiet: YearsEnd
):
    chance = random.Random(19)
    client = redis.Redis(unix_socket_path=str(broker.socket))
    wiped = 0

    def wipe() -> None:
        nonlocal wiped
        time.sleep(chance.uniform(0.0, 0.03))
        client.flushall()
        wiped += 1

    with post.opened(office, broker) as carrier, meanwhile(wipe):
        world.whole_year(lambda day: world.live(office, day, carrier.deliver))
    lives.hold_against("Redis wiped at random moments", wiped, lives.outcome(world), quiet)
    assert wiped > 200
    assert carrier.carried > 200


def test_redis_killed_and_started_again_at_random_moments_of_the_year(
    world: World, office: Office, broker: TemporaryBroker, quiet: YearsEnd
):
    chance = random.Random(23)
    down = threading.Event()
    killed = 0

    def kill() -> None:
        nonlocal killed
        time.sleep(chance.uniform(0.0, 0.4))
        if not down.is_set():
            broker.kill()
            killed += 1
            down.set()

    with post.opened(office, broker) as carrier, meanwhile(kill):

        def deliver(office: Office, now: datetime, day: date) -> int:
            if down.is_set() and chance.random() < 0.4:
                broker.start()
                down.clear()
            return carrier.deliver(office, now, day)

        world.whole_year(lambda day: world.live(office, day, deliver))
    lives.hold_against("Redis killed and started again at random moments", killed, lives.outcome(world), quiet)
    assert killed >= 30
    assert carrier.carried > 200


def test_redis_absent_for_whole_weeks(world: World, office: Office, broker: TemporaryBroker, quiet: YearsEnd):
    weeks = 0
    with post.opened(office, broker) as carrier:

        def live(day: date) -> None:
            nonlocal weeks
            week, weekday = divmod((day - FIRST).days, WEEK)
            if weekday == 0 and week % 6 == 3:
                broker.kill()
                weeks += 1
            elif weekday == 0 and week % 6 == 4:
                broker.start()
            before = carrier.carried
            world.live(office, day, carrier.deliver)
            assert week % 6 != 3 or carrier.carried == before

        world.whole_year(live)
    lives.hold_against("Redis absent for a week", weeks, lives.outcome(world), quiet)
    assert weeks >= 8
    assert carrier.carried > 200


def test_redis_unable_to_write_because_its_disk_is_full(
    world: World, office: Office, broker: TemporaryBroker, quiet: YearsEnd
):
    """The full disk is a limit on the size of its file: the write fails, and Redis answers MISCONF until one succeeds."""
    # It would be ended by the signal that comes with a limit; a full disk sends none.
    part = broker._part
    deaf = ("/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", *part.argv)
    broker._part = replace(part, argv=deaf)
    broker.kill()
    broker.start()
    client = redis.Redis(unix_socket_path=str(broker.socket))
    refused: list[str] = []
    full = 0

    def publish(*told: Told) -> None:
        try:
            celery.publish(*told)
        except Exception as error:
            refused.append(str(error))
            raise

    with post.opened(office, broker) as carrier:
        carrier.keeper._publish = publish

        def live(day: date) -> None:
            nonlocal full
            if (day - FIRST).days % 9 == 5:
                full += 1
                full_disk.set_in([broker.pid])
            world.live(office, day, carrier.deliver)
            if (day - FIRST).days % 9 == 7:
                full_disk.lift_from([broker.pid])
                while not _takes_words(client):
                    time.sleep(0.02)

        world.whole_year(live)
    lives.hold_against("disk full for Redis", full, lives.outcome(world), quiet)
    assert full >= 40
    assert len([said for said in refused if "MISCONF" in said]) >= full
    assert carrier.carried > 200


def _takes_words(client: redis.Redis) -> bool:
    try:
        return bool(client.set("a", "word"))
    except redis.ResponseError:
        return False


def test_a_relay_killed_after_its_claim_or_amid_or_after_its_telling(
    world: World, office: Office, broker: TemporaryBroker, quiet: YearsEnd, monkeypatch: pytest.MonkeyPatch
):
    """The claim is the mark, and comes first: a relay that dies leaves rows marked and not told, or told and not done."""
    # A message for each row: a day of so small an office would have only one.
    monkeypatch.setattr(keeper, "TOGETHER", 1)
    chance = random.Random(29)
    untold = told = 0

    with post.opened(office, broker) as carrier:

        def relay_and_die(day: date, after: int) -> None:
            """Tell so many messages of the rows that are claimed, and be gone."""
            post.forget()
            left = after

            def publish(*items: Told) -> None:
                nonlocal left
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                celery.publish(*items)

            Keeper(world.office(), publish).relay(lives.noon(day))
            os.kill(os.getpid(), signal.SIGKILL)

        def live(day: date) -> None:
            nonlocal untold, told
            world.work(office, day)
            world.sweep(office, day)
            if chance.random() < 0.45:
                after = chance.choice((0, 0, 1, 2, 100))
                assert not lives.in_a_child(lambda: relay_and_die(day, after))
                untold, told = untold + (after == 0), told + (after > 0)
            world.settle(office, day, carrier.deliver)

        world.whole_year(live)
    found = lives.outcome(world)
    lives.hold_against("relay killed between claim and publish", untold, found, quiet)
    lives.hold_against("relay killed between publish and handling", told, found, quiet)
    assert untold + told >= 150
    assert carrier.carried > 200
