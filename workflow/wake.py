"""When deadlines are looked at anew: what the sweep planned rests on a calendar and on the agency's choices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Date, cast, func, update

from models.tables import deadline
from models.vocabulary import DeadlineState

_TODAY = cast(func.timezone("Asia/Shanghai", func.now()), Date)


def look_anew(connection: Connection, agency_id: int | None, today: date | None = None) -> int:
    """Have the sweep look at every open deadline of an agency (None: of all) from ``today`` on; returns how many.

    What was reminded of stays: a reminder has a key. ``today`` is the present day in China where it is not given.
    """
    day = _TODAY if today is None else today
    here = (deadline.c.state == DeadlineState.OPEN.value) & (deadline.c.wake_on > day)
    if agency_id is not None:
        here &= deadline.c.agency_id == agency_id
    return connection.execute(update(deadline).where(here).values(wake_on=day)).rowcount
