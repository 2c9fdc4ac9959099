"""Whether this system can work: the database must answer at this program's revision; the broker is only looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kombu.connection import Connection as Broker
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from runtime import migrate
from runtime.faults import RuntimeFault
from runtime.redis import find_broker
from runtime.settings import Settings
from web.gauges import looking

_SECONDS = 1.0
"""How long the broker may take to answer."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What was found; a reason is a sentence that names no address."""

    database: str | None
    broker: str | None
    revision: str | None

    @property
    def ok(self) -> bool:
        """Whether requests can be served. Without the broker they can: what follows is done, slowly."""
        return self.database is None

    def to_json(self) -> dict[str, Any]:
        """The answer of ``/readyz``."""
        return {
            "ready": self.ok,
            "database": {"ok": self.database is None, "reason": self.database, "revision": self.revision},
            "broker": {"ok": self.broker is None, "reason": self.broker, "required": False},
        }


def look(engine: Engine, settings: Settings) -> Ready:
    """Ask the database and the broker."""
    reason, revision = database_trouble(engine)
    return Ready(reason, broker_trouble(settings), revision)


def database_trouble(engine: Engine) -> tuple[str | None, str | None]:
    """What is wrong with the database, or None; and the revision it is at."""
    try:
        with looking(engine) as connection:
            found = migrate.current_revision(connection)
    except SQLAlchemyError as error:
        return f"数据库没有回答（{type(getattr(error, 'orig', None) or error).__name__}）", None
    except RuntimeFault as fault:
        return str(fault), None
    head = migrate.head_revision()
    if found != head:
        return f"数据库的结构版本是 {found or '空'}，本程序需要 {head}", found
    return None, found


def broker_trouble(settings: Settings) -> str | None:
    """What is wrong with the broker, or None."""
    try:
        address = find_broker(settings)
    except RuntimeFault as fault:
        return str(fault)
    seconds = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS}
    # Sentinels would be asked again and again, with pauses.
    waits = {**seconds, "sentinel_kwargs": {**seconds, "retry": Retry(NoBackoff(), 0)}}
    try:
        with Broker(address.url, transport_options={**address.transport_options, **waits}) as broker:
            # A channel of Redis's asks for an answer when it is opened.
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
            broker.default_channel.client.ping()
    except Exception as error:
        return f"消息队列没有回答（{type(error).__name__}）"
    return None
