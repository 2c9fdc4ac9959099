"""Agencies kept apart by PostgreSQL itself: the policies of :mod:`models.apart`, made after each upgrade, and used.

A connection that is to see some agencies alone takes the role ``yishen_desk`` at the beginning of each transaction, and
lays it down with its end; hand-written SQL sees no more than the pages do. Tasks and commands act as the application's
role, which a policy of its own lets see all, so that they plan as if there were none.

A server of somebody else's whose owner may make no roles works without: :func:`is_on` says so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from models.apart import AGENCY_OF_CASE, APART, DESK, REACH, SEEN_BY_ALL

APP = "yishen_app"
_OPTION = "yishen_reach"
_OPEN, _KEPT, _SEEN = "everything", "in_reach", "seen_by_all"
_BEGIN = f"SELECT set_config('role', '{DESK}', true), set_config('{REACH}', %s, true)"

_MAY = text("SELECT 1 FROM pg_roles WHERE rolname = :desk AND pg_has_role(:app, oid, 'MEMBER')")
_TABLES = text(
    "SELECT relname, relrowsecurity FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname = ANY(:names)"
)
_POLICIES = text("SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'public'")
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {AGENCY_OF_CASE}(one bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS 'SELECT agency_id FROM request_case WHERE id = one';
REVOKE ALL ON FUNCTION {AGENCY_OF_CASE} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {AGENCY_OF_CASE} TO {DESK}
"""  # noqa: S608 - names of ours
_GRANTS = text(
    f"""
    SELECT format('GRANT %s ON %s %s TO {DESK}', privilege_type, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                  pg_class.oid::regclass)
    FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'public'::regnamespace AND grantee = '{APP}'::regrole
    UNION ALL
    SELECT format('GRANT %s (%I) ON TABLE %s TO {DESK}', privilege_type, attname, attrelid::regclass)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl)
    WHERE relnamespace = 'public'::regnamespace AND grantee = '{APP}'::regrole AND NOT attisdropped
    """  # noqa: S608 - names of ours
)


def settle(connection: Connection) -> bool:
    """Give the tables their policies and the desk the application's grants; False where there is no such role.

    ``connection`` is the schema owner's. Without the role what was there before is left as it is.
    """
    with connection.begin():
        if connection.scalar(_MAY, {"desk": DESK, "app": APP}) is None:
            return False
        found = {row.relname for row in connection.execute(_TABLES, {"names": list(APART)})}
        if "request_case" in found:
            connection.exec_driver_sql(_FUNCTION)
        for table in sorted(found):
            using, check = APART[table]
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            for name in (_OPEN, _KEPT, _SEEN):
                connection.exec_driver_sql(f"DROP POLICY IF EXISTS {name} ON {table}")
            connection.exec_driver_sql(f"CREATE POLICY {_OPEN} ON {table} TO {APP} USING (true) WITH CHECK (true)")
            of_desk = f"TO {DESK} USING ({using}) WITH CHECK ({check})"
            connection.exec_driver_sql(f"CREATE POLICY {_KEPT} ON {table} {of_desk}")
            if table in SEEN_BY_ALL:
                connection.exec_driver_sql(f"CREATE POLICY {_SEEN} ON {table} FOR SELECT TO {DESK} USING (true)")
        connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {DESK}")
        connection.exec_driver_sql(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {DESK}")
        for grant in connection.execute(_GRANTS).scalars().all():
            connection.exec_driver_sql(grant)
    return True


def is_on(connection: Connection) -> bool:
    """Whether every table of :data:`APART` has its policy and this connection may act as the desk."""
    if connection.scalar(_MAY, {"desk": DESK, "app": APP}) is None:
        return False
    tables = {row.relname: row.relrowsecurity for row in connection.execute(_TABLES, {"names": list(APART)})}
    kept = {row.tablename for row in connection.execute(_POLICIES) if row.policyname == _KEPT}
    return set(APART) == set(tables) == kept and all(tables.values())


def within(engine: Engine, reach: Collection[int]) -> Engine:
    """An engine on the same connections whose transactions see these agencies alone."""
    return engine.execution_options(**{_OPTION: "{" + ",".join(str(int(each)) for each in sorted(reach)) + "}"})


def listen(engine: Engine) -> None:
    """Let transactions of :func:`within` begin as the desk."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reach = connection.get_execution_options().get(_OPTION)
        if reach is None:
            return
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        if driver.autocommit:
            raise RuntimeError("what is limited to agencies needs a transaction")
        try:
            # Straight to the driver: for SQLAlchemy the transaction has not begun yet.
            driver.execute(_BEGIN, (reach,))
        except psycopg.Error as error:
            connection.invalidate()
            raise OperationalError(_BEGIN, None, error, connection_invalidated=True) from error
