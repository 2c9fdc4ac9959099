"""What must follow is a row: told when it is due, again when it is not done, given to one at a time, done once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, select

from models.tables import outbox as table
from models.vocabulary import Topic
from runtime.database import Database
from tests.conftest import NOW
from tests.histories import another_agency
from workflow import outbox
from workflow.outbox import FIRST_WAIT, LONGEST_WAIT, TROUBLED, Told

MESSAGE = {"recipient": "张某", "outlet": "email"}
DAY = timedelta(days=1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.fixture
def engine(shared: Database) -> Iterator[Engine]:
    yield shared.engine
    with shared.engine.begin() as connection:
        connection.execute(delete(table))


@pytest.fixture
def agency_id(engine: Engine) -> int:
    return another_agency(engine)


@pytest.fixture
def one(engine: Engine) -> Iterator[Connection]:
    """A worker's connection; nothing of it is kept but what is committed."""
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def other(engine: Engine) -> Iterator[Connection]:
    """Another worker's connection."""
    with engine.connect() as connection:
        yield connection


def put(
    connection: Connection, agency_id: int, topic: Topic = Topic.MESSAGE, now: datetime = NOW, **more: Any
) -> int | None:
    """Write a row and commit it; its id, or None if the same was written before."""
    new = outbox.put(connection, agency_id, topic, MESSAGE, now, **more)
    connection.commit()
    return connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar_one() if new else None


def row(connection: Connection, item_id: int) -> Any:
    return connection.execute(select(table).where(table.c.id == item_id)).one()


def ids(told: list[Told]) -> list[int]:
    return [each.id for each in told]


# Writing it down


def test_what_must_follow_is_written_with_its_cause_or_not_at_all(one: Connection, other: Connection, agency_id: int):
    assert outbox.put(one, agency_id, Topic.MESSAGE, MESSAGE, NOW)
    assert outbox.claim(other, NOW) == []
    one.rollback()
    assert outbox.waiting(other, agency_id, [Topic.MESSAGE]) == []


def test_the_same_is_written_once_even_after_it_was_done(one: Connection, agency_id: int):
    first = put(one, agency_id, dedup="year_end:2025:1")
    assert put(one, agency_id, dedup="year_end:2025:1") is None
    outbox.finish(one, filter(None, [outbox.take(one, first)]), NOW)
    assert put(one, agency_id, dedup="year_end:2025:1") is None
    assert put(one, agency_id, dedup="year_end:2026:1") is not None
    # What has no name may come as often as it likes.
    assert put(one, agency_id) is not None
    assert put(one, agency_id) is not None


# Telling of it


def test_a_row_is_told_when_it_is_due_and_not_before(one: Connection, agency_id: int):
    later = put(one, agency_id, due_at=NOW + DAY)
    soon = put(one, agency_id, Topic.HOUSEKEEPING)
    assert outbox.next_due(one) == NOW
    assert outbox.claim(one, NOW) == [Told(soon, Topic.HOUSEKEEPING)]
    assert ids(outbox.claim(one, NOW + DAY)) == [later, soon]


def test_a_row_that_is_told_but_not_done_is_told_again_each_time_after_twice_as_long(one: Connection, agency_id: int):
    item = put(one, agency_id)
    now, waits = NOW, []
    for number in range(1, 30):
        assert ids(outbox.claim(one, now)) == [item]
        found = row(one, item)
        assert (found.tellings, found.told_at) == (number, now)
        waits.append((found.due_at - now).total_seconds())
        assert outbox.claim(one, found.due_at - seconds(0.001)) == []
        now = found.due_at
    assert waits == [min(FIRST_WAIT * 2**number, LONGEST_WAIT) for number in range(29)]
    assert waits[-1] == LONGEST_WAIT


def test_the_longest_due_are_told_first_and_no_more_than_asked_for(one: Connection, agency_id: int):
    written = [put(one, agency_id, now=NOW - seconds(number)) for number in range(4)]
    assert ids(outbox.claim(one, NOW, limit=2)) == written[2:]
    assert ids(outbox.claim(one, NOW, limit=2)) == written[:2]


def test_a_row_is_not_told_by_two_relays_at_once(one: Connection, other: Connection, agency_id: int):
    written = [put(one, agency_id) for _ in range(4)]
    first = ids(outbox.claim(one, NOW, limit=2))
    second = ids(outbox.claim(other, NOW))
    assert (first, second) == (written[:2], written[2:])
    one.commit()
    other.commit()
    assert outbox.claim(one, NOW) == []


# Doing it


def test_a_row_in_one_hand_is_not_given_into_another_nor_told(one: Connection, other: Connection, agency_id: int):
    item = put(one, agency_id)
    assert outbox.take(one, item) == outbox.Item(item, agency_id, Topic.MESSAGE, MESSAGE, NOW, 0)
    assert outbox.take(other, item) is None
    assert outbox.claim(other, NOW) == []
    one.rollback()
    assert outbox.take(other, item) is not None


def test_what_is_done_is_done_with_its_effect_and_never_given_again(one: Connection, other: Connection, agency_id: int):
    item = put(one, agency_id)
    outbox.fail(one, item, "发信服务器没有收下")
    one.commit()
    outbox.finish(one, filter(None, [outbox.take(one, item)]), NOW)
    one.rollback()
    assert outbox.waiting(other, agency_id, [Topic.MESSAGE]) == [item]
    other.rollback()
    outbox.finish(one, filter(None, [outbox.take(one, item)]), NOW)
    one.commit()
    outbox.fail(one, item, "迟到的错误", NOW + DAY)
    one.commit()
    assert (row(other, item).done_at, row(other, item).error) == (NOW, None)
    assert outbox.take(other, item) is None
    assert outbox.claim(other, NOW + DAY) == []
    assert outbox.next_due(other) is None


def test_one_effect_serves_all_rows_of_its_agency_and_topic_that_nobody_has_in_hand(
    one: Connection, other: Connection, engine: Engine, agency_id: int
):
    mine = [put(one, agency_id, Topic.CASE_CHANGED) for _ in range(5)]
    put(one, agency_id, Topic.MESSAGE)
    put(one, another_agency(engine), Topic.CASE_CHANGED)
    over = outbox.take(one, mine[4])
    outbox.finish(one, filter(None, [over]), NOW)
    one.commit()
    assert outbox.take(other, mine[3]) is not None
    taken = outbox.take(one, mine[0])
    assert [each.id for each in outbox.take_all(one, taken)] == mine[1:3]
    assert [each.id for each in outbox.take_all(one, taken, limit=1)] == mine[1:2]


# When it fails


def test_a_row_that_failed_says_why_and_waits_for_its_turn(one: Connection, agency_id: int):
    item = put(one, agency_id)
    outbox.claim(one, NOW)
    outbox.fail(one, item, "发信服务器没有收下" * 100)
    failed = row(one, item)
    assert failed.error == ("发信服务器没有收下" * 100)[:500]
    assert (failed.done_at, failed.due_at) == (None, NOW + seconds(FIRST_WAIT))


def test_a_retry_is_put_off_until_its_instant_and_never_brought_forward(one: Connection, agency_id: int):
    item = put(one, agency_id)
    outbox.fail(one, item, "稍后再试", NOW + DAY)
    assert row(one, item).due_at == NOW + DAY
    outbox.fail(one, item, "稍后再试", NOW + seconds(60))
    assert row(one, item).due_at == NOW + DAY


def test_a_person_is_needed_where_a_row_failed_and_was_told_eight_times(
    one: Connection, engine: Engine, agency_id: int
):
    neighbour = another_agency(engine)
    ours, theirs = put(one, agency_id), put(one, neighbour)
    waits_only = put(one, agency_id)
    now = NOW
    for number in range(TROUBLED):
        assert outbox.troubled(one) == [], number
        outbox.claim(one, now)
        for item in (ours, theirs):
            outbox.fail(one, item, "发信服务器没有收下")
        now += DAY
    assert [each.id for each in outbox.troubled(one)] == [ours, theirs]
    assert [(each.id, each.tellings, each.error) for each in outbox.troubled(one, [agency_id])] == [
        (ours, TROUBLED, "发信服务器没有收下")
    ]
    assert row(one, waits_only).tellings == TROUBLED
    outbox.finish(one, filter(None, [outbox.take(one, ours), outbox.take(one, theirs)]), now)
    assert outbox.troubled(one) == []


# Afterwards


def test_what_waits_is_listed_by_agency_and_topic_told_or_not(one: Connection, engine: Engine, agency_id: int):
    told = put(one, agency_id)
    outbox.claim(one, NOW)
    untold, changed = put(one, agency_id), put(one, agency_id, Topic.CASE_CHANGED)
    done = put(one, agency_id)
    outbox.finish(one, filter(None, [outbox.take(one, done)]), NOW)
    put(one, another_agency(engine))
    assert outbox.waiting(one, agency_id, [Topic.MESSAGE]) == [told, untold]
    assert outbox.waiting(one, agency_id, [Topic.CASE_CHANGED, Topic.MESSAGE]) == [told, untold, changed]
    assert outbox.waiting(one, agency_id, [Topic.YEAR_END]) == []


def test_old_rows_are_cleared_but_for_those_that_wait_and_those_that_say_what_was_done(one: Connection, agency_id: int):
    old, named, recent, waiting = (
        put(one, agency_id), put(one, agency_id, dedup="year_end:2025:1"), put(one, agency_id), put(one, agency_id)
    )  # fmt: skip
    outbox.finish(one, filter(None, [outbox.take(one, old), outbox.take(one, named)]), NOW - DAY)
    outbox.finish(one, filter(None, [outbox.take(one, recent)]), NOW)
    assert [outbox.clear(one, NOW, limit=1) for _ in range(2)] == [1, 0]
    assert set(one.execute(select(table.c.id)).scalars()) == {named, recent, waiting}
    assert put(one, agency_id, dedup="year_end:2025:1") is None
