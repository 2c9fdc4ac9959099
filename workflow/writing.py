"""The rows of a change, sent in one statement: new ones inserted, those that follow from a case brought up to date.

A transition writes to several tables. One round trip for all of them, with each table's rows as one JSON document,
costs less than half of a statement for each table and holds the locks as briefly. The columns are those of the tables,
by name; nothing is computed in the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Table

from workflow import driver

Way = Literal["insert", "update", "upsert"]
Rows = Sequence[Mapping[str, Any]]
Part = tuple[Table, Way, Rows]
"""Rows of one table, all with the same columns: put in, changed by their primary key, or either."""


def write(connection: Connection, parts: Sequence[Part]) -> None:
    """Write all the rows in the caller's transaction; parts without rows are passed over.

    A table may come once. Raises what the database raises (IntegrityError and the like), and nothing is written then.
    """
    given = [(table, way, rows) for table, way, rows in parts if rows]
    if not given:
        return
    shape = tuple((table, way, tuple(rows[0])) for table, way, rows in given)
    values = {f"p{index}": _document(rows) for index, (_, _, rows) in enumerate(given)}
    driver.run(connection, _statement(shape), values)


def _plain(value: object) -> str:
    """A value as PostgreSQL reads it from text. TypeError for a type that no column of ours has."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is the type of no column")


_document = json.JSONEncoder(ensure_ascii=False, default=_plain, separators=(",", ":")).encode
"""The rows of one table as the document that the statement reads; made once, as making an encoder costs a write."""


@cache
def _statement(shape: tuple[tuple[Table, Way, tuple[str, ...]], ...]) -> str:
    written = [f"w{index} AS ({_part(index, *part)})" for index, part in enumerate(shape[:-1])]
    last = _part(len(shape) - 1, *shape[-1])
    return f"WITH {', '.join(written)} {last}" if written else last


def _part(index: int, table: Table, way: Way, names: tuple[str, ...]) -> str:
    rows = f"jsonb_populate_recordset(NULL::{table.name}, %(p{index})s::jsonb) AS n"
    keys = [column.name for column in table.primary_key]
    changed = [name for name in names if name not in keys]
    if way == "update":
        columns = ", ".join(f"{name} = n.{name}" for name in changed)
        here = " AND ".join(f"t.{key} = n.{key}" for key in keys)
        return f"UPDATE {table.name} AS t SET {columns} FROM {rows} WHERE {here}"  # noqa: S608 - names of our tables
    columns = ", ".join(names)
    fresh = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608
    if way == "insert":
        return fresh
    replaced = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{fresh} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {replaced}"
