"""审计日志: who signed in, who was refused, who changed or looked at what. Written once, read, never changed.

Each agency has a chain of hashes of its own, and one is for what belongs to no agency. An event stands in the chain of
the agency of whoever acts. ``detail`` may hold logins, kinds and numbers, never personal data, passwords or keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, text

from models.tables import agency, audit_event
from models.vocabulary import AuditKind
from workflow.chain import FIRST_HASH, digest, instant, links
from workflow.verify import Finding

_LOCK = 0x41554449
"""The advisory lock of a chain is this ("AUDI") and the agency's id: its events are written one after the other."""

_LONGEST = 500
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, as the log names them (``web:login``, ``cli:user``), from which agency and address, and when."""

    actor: str
    agency_id: int | None
    at: datetime
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the audit log as it is read. ``agency`` is the agency's name."""

    id: int
    at: datetime
    actor: str
    agency: str | None
    kind: AuditKind
    object: str
    detail: Mapping[str, Any]
    address: str | None


def record(connection: Connection, author: Author, kind: AuditKind, of: str, **detail: Any) -> None:
    """Write an event of ``kind`` about the object ``of``, in the transaction of what it is about.

    Best as the last statement of a transaction: the chain stays locked until its end.
    """
    chain = author.agency_id
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK, -1 if chain is None else chain % 2**31)))
    newest = select(audit_event.c.seq, audit_event.c.hash).where(audit_event.c.agency_id.is_not_distinct_from(chain))
    last = connection.execute(newest.order_by(audit_event.c.seq.desc()).limit(1)).one_or_none()
    row = {
        "agency_id": chain,
        "seq": 1 if last is None else last.seq + 1,
        "at": author.at,
        "actor": author.actor,
        "kind": kind.value,
        "object": of[:_LONGEST],
        "detail": detail,
        "address": author.address,
        "previous_hash": FIRST_HASH if last is None else last.hash,
    }
    connection.execute(insert(audit_event).values({**row, "hash": event_hash(row)}))


def failures_from(connection: Connection, address: str, since: datetime) -> int:
    """How many tries to sign in from this address have failed after ``since``, whatever the account."""
    known = audit_event.c
    # Said aloud, or a prepared statement would not know that its index holds nothing else.
    failed = text(f"kind = '{AuditKind.SIGN_IN_FAILED.value}'")
    statement = select(func.count()).select_from(audit_event).where(failed, known.address == address, known.at > since)
    return int(connection.execute(statement).scalar_one())


def event_hash(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of an event: of the hash before it and every other column; ``at`` in UTC to the microsecond."""
    content = [
        row["agency_id"],
        row["seq"],
        instant(row["at"]),
        row["actor"],
        row["kind"],
        row["object"],
        row["detail"],
        row["address"],
    ]
    return digest(row["previous_hash"], content)


def read(
    connection: Connection,
    agencies: Collection[int],
    *,
    before: int | None = None,
    kind: AuditKind | None = None,
    actor: str = "",
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
) -> list[Entry]:
    """The events of these agencies and of none, newest first; ``before`` is the id after which to go on.

    ``since`` and ``until`` are days in Asia/Shanghai, both included; ``actor`` is a part of the name.
    """
    known = audit_event.c
    statement = (
        select(audit_event, agency.c.name.label("agency_name"))
        .join(agency, agency.c.id == known.agency_id, isouter=True)
        .where(or_(known.agency_id.in_(agencies), known.agency_id.is_(None)))
        .order_by(known.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(known.id < before)
    if kind is not None:
        statement = statement.where(known.kind == kind.value)
    if actor:
        statement = statement.where(known.actor.contains(actor, autoescape=True))
    if since is not None:
        statement = statement.where(known.at >= _midnight(since))
    if until is not None:
        statement = statement.where(known.at < _midnight(until) + timedelta(days=1))
    return [
        Entry(row.id, row.at, row.actor, row.agency_name, AuditKind(row.kind), row.object, row.detail, row.address)
        for row in connection.execute(statement)
    ]


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00+08:00")


def verify(connection: Connection) -> tuple[int, list[Finding]]:
    """How many events there are, and where a chain does not hold: a gap, a hash that does not fit.

    What it cannot see is a chain whose last events are gone; the rights in the database keep them.
    """
    number, found = 0, []
    codes = {row.id: row.code for row in connection.execute(select(agency.c.id, agency.c.code))}
    for chain, events in groupby(_all(connection), key=lambda row: row["agency_id"]):
        name = "审计日志" if chain is None else f"{codes.get(chain, f'#{chain}')} 审计日志"
        for link in links(events, event_hash):
            number += 1
            seq = link.row["seq"]
            if not link.follows:
                found.append(Finding("audit", name, link.expected, f"第 {link.expected} 条缺失，其后为第 {seq} 条"))
            elif not link.joined:
                found.append(Finding("audit", name, seq, "与前一条的哈希不衔接"))
            if not link.whole:
                found.append(Finding("audit", name, seq, "内容与其哈希不符，被改动过"))
    return number, found


def _all(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every event, chain by chain in order, some at a time."""
    chains = connection.execute(text("SELECT DISTINCT agency_id FROM audit_event ORDER BY 1")).scalars().all()
    for chain in chains:
        last = 0
        while True:
            rows = connection.execute(
                select(audit_event)
                .where(audit_event.c.agency_id.is_not_distinct_from(chain), audit_event.c.seq > last)
                .order_by(audit_event.c.seq)
                .limit(_CHUNK)
            ).mappings()
            batch = [dict(row) for row in rows]
            yield from batch
            if len(batch) < _CHUNK:
                break
            last = batch[-1]["seq"]
