"""A statement given straight to the driver behaves to its caller as one of SQLAlchemy's."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.tables import agency
from runtime.database import Database
from workflow import driver

_ADD = "INSERT INTO agency (code, name) VALUES (%(code)s, %(name)s) RETURNING id, name"
_COUNT = select(func.count()).select_from(agency)


def test_it_is_part_of_the_connections_transaction(database: Database) -> None:
    with database.engine.connect() as connection:
        (row,) = driver.run(connection, _ADD, {"code": "a", "name": "甲局"})
        assert row.name == "甲局"
        assert connection.execute(_COUNT).scalar_one() == 1
        connection.rollback()
        assert connection.execute(_COUNT).scalar_one() == 0
        connection.rollback()
        driver.run(connection, _ADD, {"code": "a", "name": "甲局"})
        connection.commit()
    with database.engine.connect() as connection:
        assert connection.execute(_COUNT).scalar_one() == 1


def test_its_errors_are_sqlalchemys_and_name_nobody(database: Database) -> None:
    person = "某某人的名字"
    with database.engine.connect() as connection:
        driver.run(connection, _ADD, {"code": "a", "name": "甲局"})
        with pytest.raises(IntegrityError) as caught:
            driver.run(connection, _ADD, {"code": "a", "name": person})
        assert person not in str(caught.value)
        assert not caught.value.connection_invalidated


def test_a_connection_that_broke_is_given_up_and_the_next_one_works(database: Database) -> None:
    with database.engine.connect() as connection, database.engine.connect() as other:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DBAPIError) as caught:
            driver.run(connection, _ADD, {"code": "a", "name": "甲局"})
        assert caught.value.connection_invalidated
        assert connection.invalidated
    with database.engine.begin() as connection:
        driver.run(connection, _ADD, {"code": "a", "name": "甲局"})
