"""What every route works with: the open office, the time, the passwords; kept with the application."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import Engine

from models.personal import FieldCipher
from runtime.settings import Settings
from tasks.office import Office
from web.passwords import Passwords
from workflow import desk


@dataclass(frozen=True)
class House:
    """The office as the web sees it. ``paths`` are the addresses that there are; the menu shows no others."""

    office: Office
    clock: Callable[[], datetime]
    passwords: Passwords
    paths: frozenset[str]
    reach: frozenset[int] | None = None

    @property
    def engine(self) -> Engine:
        """Acts as the application's role; with a ``reach``, for these agencies alone (:mod:`models.apart`)."""
        return self.office.engine if self.reach is None else self.office.database.within(self.reach)

    @property
    def cipher(self) -> FieldCipher:
        """Opens personal fields."""
        return self.office.cipher

    @property
    def settings(self) -> Settings:
        """What the installation has set."""
        return self.office.settings

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.clock()

    def today(self) -> date:
        """The day in law: that of Asia/Shanghai."""
        return desk.day_of(self.clock())

    def local(self, instant: datetime) -> datetime:
        """An instant in the time zone of the settings."""
        return instant.astimezone(ZoneInfo(self.settings.timezone))


def house_of(request: Request) -> House:
    """The house that this request came to, as far as whoever asks may see it (:func:`keep_within`)."""
    house = cast(House, request.app.state.house)
    reach = getattr(request.state, "reach", None)
    return house if reach is None else replace(house, reach=reach)


def keep_within(request: Request, reach: Collection[int]) -> None:
    """From now on this request reads and writes what belongs to these agencies alone: the database holds it."""
    request.state.reach = frozenset(reach)


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, with us or with the server in front of us."""
    url = house_of(request).settings.web_url
    return (url or str(request.url)).startswith("https:")


def own_host(request: Request) -> str:
    """The host and port by which the browser reaches us, as its Origin header would name them."""
    url = house_of(request).settings.web_url
    return urlsplit(url).netloc if url else request.url.netloc


def client_address(request: Request) -> str | None:
    """Where a request comes from, for the audit log."""
    return request.client.host if request.client else None
