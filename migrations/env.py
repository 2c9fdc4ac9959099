"""What alembic runs for every command.

:mod:`runtime.migrate` hands over the ``connection`` and, where tables are to be compared, their ``metadata``: a
migration must not depend on what the tables look like today, so it never imports them.
"""

from __future__ import annotations

from alembic import context


def run_online() -> None:
    """Migrate over the connection given, each step in a transaction of its own."""
    given = context.config.attributes
    context.configure(
        connection=given["connection"], target_metadata=given.get("metadata"), transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_offline() -> None:
    """Write the SQL to standard output, for reading and for linting."""
    context.configure(dialect_name="postgresql", literal_binds=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
