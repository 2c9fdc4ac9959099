"""Registration numbers (登记编号): from a counter row, per agency, kind and year; never doubled, never reused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import counter

REQUEST = "request"
_REQUEST_NUMBER = re.compile(r"(\d{4})-(\d{1,9})")


def take(connection: Connection, agency_id: int, kind: str, year: int) -> int:
    """The next number of ``kind`` in ``year``. The counter stays locked until the transaction ends."""
    row = insert(counter).values(agency_id=agency_id, kind=kind, year=year, value=1)
    statement = row.on_conflict_do_update(
        index_elements=[counter.c.agency_id, counter.c.kind, counter.c.year],
        set_={"value": counter.c.value + 1},
    ).returning(counter.c.value)
    return int(connection.execute(statement).scalar_one())


def request_number(year: int, serial: int) -> str:
    """The registration number of the ``serial``-th request of ``year``, such as 2026-0012."""
    return f"{year}-{serial:04d}"


def keep_clear_of(connection: Connection, agency_id: int, numbers: Iterable[str]) -> None:
    """Move the counters past the registration numbers of a ledger, so that none is given out again."""
    highest: dict[int, int] = {}
    for number in numbers:
        if match := _REQUEST_NUMBER.fullmatch(number):
            year, serial = int(match[1]), int(match[2])
            highest[year] = max(serial, highest.get(year, 0))
    for year, serial in sorted(highest.items()):
        row = insert(counter).values(agency_id=agency_id, kind=REQUEST, year=year, value=serial)
        connection.execute(
            row.on_conflict_do_update(
                index_elements=[counter.c.agency_id, counter.c.kind, counter.c.year],
                set_={"value": func.greatest(counter.c.value, row.excluded.value)},
            )
        )


def taken(connection: Connection, agency_id: int, prefix: str) -> dict[tuple[str, int], int]:
    """The last numbers given out of the kinds that begin so, by kind and year."""
    known = counter.c
    rows = connection.execute(
        select(known.kind, known.year, known.value).where(
            known.agency_id == agency_id, known.kind.startswith(prefix, autoescape=True)
        )
    )
    return {(row.kind, row.year): row.value for row in rows}
