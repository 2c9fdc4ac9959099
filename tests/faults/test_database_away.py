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
        except DBAPIError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _live_again_and_again(
    world: World, office: Office, fault: Callable[[float, threading.Event], bool], days: set[int]
) -> int:
    """Live the year, with a fault on some of its days; returns how often it struck.

    ``fault`` comes a moment after it is ready, in another thread; whether it struck, it says itself.
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
        ready = threading.Event()
        thread = threading.Thread(target=lambda: done.append(fault(moment, ready)))
        thread.start()
        assert ready.wait(LONGEST)
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

    def kill(moment: float, ready: threading.Event) -> bool:
        ready.set()
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

    def fill(moment: float, ready: threading.Event) -> bool:
        if chance.random() < 0.5:
            # At the start of its file the log has room, and tables are what cannot grow.
            with psycopg.connect(_address(mortal_server), autocommit=True) as admin:
                admin.execute("SELECT pg_switch_wal()")
            largest = chance.randrange(50_000, 600_000)
        else:
            largest = chance.choice((0, 8_192, 65_536))
        before = _failures(mortal_server)
        running = [process.pid for process in _processes(mortal_server)]
        ready.set()
        time.sleep(moment / 2)
        try:
            full_disk.set_in(running, largest)
            # Until a write has failed, or nothing is written any more.
            end = time.monotonic() + 0.3
            while _failures(mortal_server) == before and time.monotonic() < end:
                time.sleep(0.01)
            return _failures(mortal_server) != before
        finally:
            full_disk.lift_from(process.pid for process in _processes(mortal_server))

    full = _live_again_and_again(mortal_world, office, fill, _some_days(100, seed=43))
    office.database.dispose()
    lives.hold_against("disk full for PostgreSQL", full, lives.outcome(mortal_world), quiet)
    assert full >= 20
    assert set(_failures(mortal_server)) >= {"ERROR", "PANIC"}


def _failures(server: EmbeddedServer) -> Counter[str]:
    """How often the server said that a file could not be written further, by how grave it was."""
    said = (server.data_dir / "postgres.log").read_text(encoding="utf-8", errors="replace")
    return Counter(re.findall(r"(ERROR|PANIC|FATAL):  .*File too large", said))


def _address(server: EmbeddedServer) -> str:
    return f"host={server.socket_dir} port=5432 user=yishen_admin dbname=postgres"
