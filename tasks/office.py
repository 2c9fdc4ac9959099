"""What a command, a page or a task works with: the settings, the database, the key, and the agency that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from models.personal import FieldCipher
from models.tables import agency, sealing_key
from runtime.database import Database, open_database
from runtime.faults import RuntimeFault
from runtime.postgres import has_cluster
from runtime.secret import secret_key
from runtime.settings import Settings, load_settings
from workflow import calendar_book, rebuild
from workflow.faults import InputFault


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """An open database and the key for its personal fields."""

    database: Database
    cipher: FieldCipher
    settings: Settings

    @property
    def engine(self) -> Engine:
        """Acts as the application's role."""
        return self.database.engine

    def agency(self, code: str) -> Any:
        """The row of the agency with this code. Raises InputFault naming the codes there are."""
        with self.engine.connect() as connection:
            row = connection.execute(select(agency).where(agency.c.code == code)).one_or_none()
            if row is not None:
                return row
            codes = list(connection.execute(select(agency.c.code).order_by(agency.c.code).limit(10)).scalars())
        known = f"现有：{'、'.join(codes)}" if codes else "现在还没有机关"
        raise InputFault(
            f"--agency：没有代码为“{code}”的机关，{known}；可用 yishen init --agency 代码 --name 名称 建立"
        )


def _say_nothing(_: str) -> None:
    pass


@contextmanager
def open_office(
    *,
    upgrade: bool = False,
    settings: Settings | None = None,
    long_lived: bool = False,
    tell: Callable[[str], None] = _say_nothing,
) -> Iterator[Office]:
    """Open the office: database at this program's revision, national calendar in it, key at hand.

    ``long_lived`` in a server or a worker, which must survive a restart of the database; ``tell`` is told what takes
    time. Raises RuntimeFault (one sentence) where that cannot be.
    """
    settings = settings or load_settings()
    if not upgrade and settings.database_url is None and not has_cluster(settings):
        raise RuntimeFault(
            f"数据目录 {settings.data_dir} 中还没有数据库；首次使用请先执行 yishen init，"
            "否则请到原来的目录执行，或设置 YISHEN_DATA_DIR"
        )
    with open_database(settings, upgrade=upgrade, long_lived=long_lived) as database:
        with database.engine.begin() as connection:
            calendar_book.seed(connection)
            cipher = _cipher(connection, settings)
            stale = rebuild.is_needed(connection)
        for done in rebuild.rebuild(database.engine) if stale else ():
            tell(f"数据库已升级，按日志重新推出办件：{done} 件")
        yield Office(database, cipher, settings)


def _cipher(connection: Connection, settings: Settings) -> FieldCipher:
    """The cipher of this installation. Raises RuntimeFault for a key that the database was not sealed with."""
    known = set(connection.execute(select(sealing_key.c.key_id)).scalars())
    try:
        cipher = FieldCipher(secret_key(settings, make=not known))
    except ValueError as error:
        raise RuntimeFault(f"YISHEN_SECRET_KEY：{error}") from error
    if not known:
        connection.execute(insert(sealing_key).values(key_id=cipher.key_id).on_conflict_do_nothing())
        known = set(connection.execute(select(sealing_key.c.key_id)).scalars())
    if cipher.key_id not in known:
        raise RuntimeFault(
            "密钥与数据库所用的不同，请恢复原来的 secret.key 或 YISHEN_SECRET_KEY；换用别的密钥打不开个人信息"
        )
    return cipher


@contextmanager
def reading(office: Office) -> Iterator[Connection]:
    """A connection that sees one moment of the database throughout, and writes nothing."""
    with office.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(select(1))
        yield connection
