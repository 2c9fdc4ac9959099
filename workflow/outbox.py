"""待办后续事项: what must follow a change or a day, written with its cause and done once.

The row is the job. A relay *claims* rows that are due and tells a worker their ids; whoever handles one *takes* it
under its lock and *finishes* it in the transaction of the effect. A message that is lost, doubled or late changes
only when that happens. Instants are given by the caller, so that a simulated day can be lived through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from models.tables import outbox
from models.vocabulary import Topic

FIRST_WAIT = 3.0
LONGEST_WAIT = 3600.0
"""Seconds before a row that was told but is not done is told again; doubled each time, up to the longest."""

TROUBLED = 8
"""Tellings after which a row that failed is shown to the administrator: it needs a person."""

_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the outbox as a handler has it, under its lock."""

    id: int
    agency_id: int
    topic: Topic
    payload: Mapping[str, Any]
    made_at: datetime
    tellings: int


@dataclass(frozen=True, slots=True)
class Told:
    """A row to tell a worker of."""

    id: int
    topic: Topic


def put(
    connection: Connection,
    agency_id: int,
    topic: Topic,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    dedup: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Write what must follow, in the transaction of its cause; False if the same (``dedup``) was written before."""
    values = {**row(agency_id, topic, payload, now), "dedup": dedup, "due_at": due_at or now}
    return connection.execute(_PUT, values).scalar_one_or_none() is not None


def row(agency_id: int, topic: Topic, payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A row as it is inserted, due at once."""
    return {
        "agency_id": agency_id,
        "topic": topic.value,
        "payload": dict(payload),
        "made_at": now,
        "due_at": now,
    }


_PUT = insert(outbox).on_conflict_do_nothing(index_elements=[outbox.c.dedup]).returning(outbox.c.id)


# Not "id IN (SELECT … LIMIT)": a plan may run that once for each row, and then it claims more than the limit.
_CLAIM = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM outbox WHERE done_at IS NULL AND due_at <= :now
        ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)
    UPDATE outbox SET told_at = :now, tellings = tellings + 1,
           due_at = :now + least(:first * power(2, least(tellings, 20)), :longest) * interval '1 second'
    FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, topic
    """
).bindparams(bindparam("first", FIRST_WAIT), bindparam("longest", LONGEST_WAIT))


def claim(connection: Connection, now: datetime, limit: int = 200) -> list[Told]:
    """Rows that are due to be told, marked as told. Commit before telling: a row in hand is skipped by others."""
    rows = connection.execute(_CLAIM, {"now": now, "limit": limit}).all()
    return sorted((Told(row.id, Topic(row.topic)) for row in rows), key=lambda told: told.id)


_COLUMNS = (
    outbox.c.id,
    outbox.c.agency_id,
    outbox.c.topic,
    outbox.c.payload,
    outbox.c.made_at,
    outbox.c.tellings,
)


def take(connection: Connection, item_id: int) -> Item | None:
    """The row, locked until the caller's transaction ends; None if it is done, or another has it in hand."""
    row = connection.execute(_TAKE, {"item": item_id}).one_or_none()
    return None if row is None else _item(row)


_TAKE = (
    select(*_COLUMNS)
    .where(outbox.c.id == bindparam("item"), outbox.c.done_at.is_(None))
    .with_for_update(skip_locked=True)
)


def take_all(connection: Connection, like: Item, limit: int = 10_000) -> list[Item]:
    """The other waiting rows of the same agency and topic that nobody has in hand, locked: one effect serves all."""
    rows = connection.execute(
        select(*_COLUMNS)
        .where(
            outbox.c.topic == like.topic.value,
            outbox.c.agency_id == like.agency_id,
            outbox.c.done_at.is_(None),
            outbox.c.id != like.id,
        )
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    return Item(row.id, row.agency_id, Topic(row.topic), row.payload, row.made_at, row.tellings)


def finish(connection: Connection, items: Iterable[Item], now: datetime) -> None:
    """Mark rows as done, in the transaction of their effect."""
    connection.execute(_FINISH, {"items": [item.id for item in items], "now": now})


_FINISH = text("UPDATE outbox SET done_at = :now, error = NULL WHERE id = ANY(:items)")


def fail(connection: Connection, item_id: int, error: str, retry_at: datetime | None = None) -> None:
    """Keep in words why a row could not be done; it is told again when its turn comes, or not before ``retry_at``."""
    values: dict[str, Any] = {"error": error[:_LONGEST_ERROR]}
    if retry_at is not None:
        values["due_at"] = func.greatest(outbox.c.due_at, retry_at)
    connection.execute(update(outbox).where(outbox.c.id == item_id, outbox.c.done_at.is_(None)).values(values))


def troubled(connection: Connection, agencies: Sequence[int] | None = None) -> list[Any]:
    """Rows that failed again and again and need a person: id, agency_id, topic, tellings, made_at, error."""
    statement = select(
        outbox.c.id, outbox.c.agency_id, outbox.c.topic, outbox.c.tellings, outbox.c.made_at, outbox.c.error
    ).where(outbox.c.done_at.is_(None), outbox.c.error.is_not(None), outbox.c.tellings >= TROUBLED)
    if agencies is not None:
        statement = statement.where(outbox.c.agency_id.in_(agencies))
    return list(connection.execute(statement.order_by(outbox.c.id).limit(100)))


def hurry(connection: Connection, agency_id: int, now: datetime) -> int:
    """Have the rows of an agency that failed told at once, as if for the first time; returns how many."""
    failed = (outbox.c.agency_id == agency_id) & outbox.c.done_at.is_(None) & outbox.c.error.is_not(None)
    return connection.execute(update(outbox).where(failed).values(due_at=now, tellings=0)).rowcount


def waiting(connection: Connection, agency_id: int, topics: Sequence[Topic]) -> list[int]:
    """The rows of an agency and these topics that are not done, told or not."""
    here = (outbox.c.agency_id == agency_id) & outbox.c.topic.in_([topic.value for topic in topics])
    statement = select(outbox.c.id).where(here, outbox.c.done_at.is_(None)).order_by(outbox.c.id)
    return list(connection.execute(statement).scalars())


def clear(connection: Connection, before: datetime, passing: Sequence[Topic] = (), limit: int = 10_000) -> int:
    """Remove rows done before an instant; returns how many.

    Those with a ``dedup`` stay, since they say what was done, but for the topics of which the same never comes again.
    """
    may_go = outbox.c.dedup.is_(None) | outbox.c.topic.in_([topic.value for topic in passing])
    old = select(outbox.c.id).where(outbox.c.done_at < before, may_go).limit(limit).with_for_update(skip_locked=True)
    found = old.cte("old")
    return connection.execute(delete(outbox).where(outbox.c.id.in_(select(found.c.id)))).rowcount


def next_due(connection: Connection) -> datetime | None:
    """When the next waiting row is due to be told."""
    waiting = select(func.min(outbox.c.due_at)).where(outbox.c.done_at.is_(None))
    return connection.execute(waiting).scalar_one_or_none()


RETENTION = timedelta(days=30)
"""How long rows that are done are kept."""
