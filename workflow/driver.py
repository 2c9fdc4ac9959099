"""A statement of every transition, given straight to the driver, inside the transaction that SQLAlchemy holds.

SQLAlchemy's own way makes an execution context and a result for each statement; where eight officers' processes share
two processors that is a tenth of what a transition costs. Errors come as SQLAlchemy's, as callers expect them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, statement: str, values: Mapping[str, Any]) -> psycopg.Cursor[Any]:
    """Run a statement with ``%(name)s`` in it, in the connection's transaction, begun if it was not.

    Its rows are named tuples. Raises SQLAlchemy's DBAPIError (IntegrityError and the like) without the values, which
    are people's data; a connection that broke is given up.
    """
    if not connection.in_transaction():
        connection.begin()
    raw: Any = connection.connection.driver_connection
    cursor: psycopg.Cursor[Any] = raw.cursor(row_factory=namedtuple_row)
    try:
        return cursor.execute(statement, values)
    except psycopg.Error as fault:
        if raw.closed:
            connection.invalidate(fault)
        raise DBAPIError.instance(
            statement,
            None,
            fault,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=raw.closed,
            dialect=connection.dialect,
        ) from fault
