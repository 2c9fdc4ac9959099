"""What was typed into a long form when the session had ended: kept for its author, an hour, sealed.

The session has ended, its token still shows whose it was and that the form is one of ours. Nothing of the form is done:
after signing in again its author is shown it, to be looked through and sent again. Files are not kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import ColumnElement, Connection, select, update
from starlette.datastructures import FormData

from models.personal import FieldCipher
from models.tables import user_session
from models.vocabulary import SessionLevel
from web import sessions
from web.forms import AGAIN
from web.house import house_of

FORMS = frozenset(
    {
        "/register",
        "/cases/{number}/steps/{event}",
        "/drafts/{draft}/opinion",
        "/letters/{letter}/wording",
        "/reports/{year}/texts",
        "/reports/{year}/proactive",
        "/documents",
    }
)
"""Where much is typed. Each asks whether its form is ``ok`` before it does anything, and else shows it again."""

_LARGEST = 1 << 20
_OURS = ("form_token", AGAIN)
"""Fields that belong to the sending, not to what was typed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not heard: its address, its fields, and when it was sent."""

    path: str
    fields: tuple[tuple[str, str], ...]
    at: datetime


def keep(request: Request, form: FormData, token: str, path: str) -> bool:
    """Keep a form of the session with this token, which has ended by itself; False where there is nothing to keep.

    A session that was signed out of, or ended by an administrator, keeps nothing.
    """
    if getattr(request.scope.get("route"), "path_format", "") not in FORMS:
        return False
    house = house_of(request)
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in _OURS]
    written = json.dumps([path, fields]).encode()
    if len(written) > _LARGEST:
        return False
    known = user_session.c
    whole = (known.token_digest == sessions.digest(token)) & (known.level == SessionLevel.FULL.value)
    with house.engine.begin() as connection:
        session = connection.execute(select(known.id).where(whole, known.revoked_at.is_(None))).scalar_one_or_none()
        if session is None:
            return False
        values = {"kept_form": house.cipher.seal_bytes(written, _place(session)), "kept_at": house.now()}
        connection.execute(update(user_session).where(known.id == session).values(values))
    return True


def waits(connection: Connection, account_id: int, now: datetime) -> bool:
    """Whether a form of somebody's is kept."""
    return connection.execute(select(user_session.c.id).where(_waits(account_id, now)).limit(1)).first() is not None


def _waits(account_id: int, now: datetime) -> ColumnElement[bool]:
    known = user_session.c
    return (known.user_id == account_id) & known.revoked_at.is_(None) & (known.kept_at > now - sessions.FORM_KEPT)


def newest(connection: Connection, account_id: int, cipher: FieldCipher, now: datetime) -> Kept | None:
    """The form of somebody's that was kept last, within the hour; None where there is none."""
    known = user_session.c
    latest = select(known.id, known.kept_form, known.kept_at).where(_waits(account_id, now))
    row = connection.execute(latest.order_by(known.kept_at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    path, fields = json.loads(cipher.open_bytes(row.kept_form, _place(row.id)))
    return Kept(path, tuple((name, value) for name, value in fields), row.kept_at)


def forget(connection: Connection, account_id: int) -> None:
    """Let nothing of somebody's be kept any longer: they have it again, or do not want it."""
    known = user_session.c
    mine = (known.user_id == account_id) & known.kept_at.is_not(None)
    connection.execute(update(user_session).where(mine).values(kept_form=None, kept_at=None))


def _place(session: int) -> str:
    return f"user_session:{session}:kept_form"
