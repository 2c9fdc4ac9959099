"""A year in which PostgreSQL is killed at random moments, or its disk is full: each such day is lived again."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import psutil
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from runtime.postgres import EmbeddedServer
from tasks.office import Office
from tests.faults import full_disk, lives
from tests.faults.lives import FIRST, LAST, World, YearsEnd

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

DAYS = (LAST - FIRST).days + 1
LONGEST = 60.0


def _processes(server: EmbeddedServer) -> list[psutil.Process]:
    """The postmaster and all it has started; none while it is being started again."""
    try:
        postmaster = psutil.Process(int((server.data_dir / "pg" / "postmaster.pid").read_text().split("\n")[0]))
        return [postmaster, *postmaster.children(recursive=True)]
    except (OSError, ValueError, psutil.NoSuchProcess):
        return []


def _lived(world: World, office: Office, day: date) -> bool:
    """Live a day; False if the database failed in it."""
    try:
        world.live(office, day)
    except DBAPIError:
        return False
    return True


def _back(office: Office) -> None:
    """Wait until the database answers again."""
    end = time.monotonic() + LONGEST
    while True:
        try:
            with office.engine.begin() as connection:
                connection.exec_driver_sql("SELECT 1")
            return
        except DBAPIError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _live_again_and_again(world: World, office: Office, fault: Callable[[date, float], bool], days: set[int]) -> int:
    """Live the year, with a fault on some of its days; returns how often it struck.

    ``fault`` comes at a moment of the day, in another thread; whether it struck, it says itself.
    """
    struck = 0
    chance = random.Random(31)
    usual = 0.02

    def live(day: date) -> None:
        nonlocal struck, usual
        if (day - FIRST).days not in days:
            began = time.monotonic()
            assert _lived(world, office, day)
            usual += (time.monotonic() - began - usual) / 10
            return
        moment = chance.uniform(0.0, usual)
        done: list[bool] = []
        thread = threading.Thread(target=lambda: done.append(fault(day, moment)))
        thread.start()
        _lived(world, office, day)
        thread.join()
        struck += done == [True]
        _back(office)
        while not _lived(world, office, day):
            _back(office)

    world.whole_year(live)
    return struck


def _some_days(number: int, seed: int) -> set[int]:
    return set(random.Random(seed).sample(range(DAYS), number))


def test_postgresql_killed_at_random_moments_of_the_year(
    mortal_world: World, mortal_server: EmbeddedServer, quiet: YearsEnd
):
    """Kill -9 to the server and to every process of it; who keeps the server starts it again."""
    office = mortal_world.office()

    def kill(_: date, moment: float) -> bool:
        time.sleep(moment)
        for process in _processes(mortal_server):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return True

    killed = _live_again_and_again(mortal_world, office, kill, _some_days(45, seed=37))
    office.database.dispose()
    lives.hold_against("PostgreSQL killed at random moments", killed, lives.outcome(mortal_world), quiet)
    assert killed >= 40


def test_the_disk_of_postgresql_full_at_random_moments_of_the_year(
    mortal_world: World, mortal_server: EmbeddedServer, quiet: YearsEnd
):
    """The full disk is a limit on the size of files, set on the running server: tables cannot grow, or its log cannot.

    Where the log cannot, the server ends in panic and recovers, as on a disk that is full. Unlike there, a file
    that is small enough can still be written.
    """
    office = mortal_world.office()
    chance = random.Random(41)
    said = mortal_server.data_dir / "postgres.log"

    def fill(_: date, moment: float) -> bool:
        if chance.random() < 0.5:
            # At the start of its file the log has room, and tables are what cannot grow.
            with psycopg.connect(_address(mortal_server), autocommit=True) as admin:
                admin.execute("SELECT pg_switch_wal()")
            largest = chance.randrange(100_000, 2_000_000)
        else:
            largest = chance.choice((0, 8_192, 65_536, 1_000_000))
        time.sleep(moment)
        before = said.stat().st_size
        full_disk.set_in((process.pid for process in _processes(mortal_server)), largest)
        # Not only for what is left of the day: until a write has failed, or nothing is written any more.
        end = time.monotonic() + 0.3
        while said.stat().st_size == before and time.monotonic() < end:
            time.sleep(0.01)
        return True

    def fill_and_empty(day: date, moment: float) -> bool:
        try:
            return fill(day, moment)
        finally:
            full_disk.lift_from(process.pid for process in _processes(mortal_server))

    full = _live_again_and_again(mortal_world, office, fill_and_empty, _some_days(60, seed=43))
    office.database.dispose()
    errors = Counter(re.findall(r"(ERROR|PANIC|FATAL):  could not (\w+)", said.read_text(encoding="utf-8")))
    print(errors, full)
    lives.hold_against("disk full for PostgreSQL", full, lives.outcome(mortal_world), quiet)


def _address(server: EmbeddedServer) -> str:
    return f"host={server.socket_dir} port=5432 user=yishen_admin dbname=postgres"
