"""登录: sessions kept in the database, opened by a random token of which only the digest is stored.

A way to sign in (a password today; a provincial gate by OIDC is another) shows which account it is and calls
:func:`start`; everything after that is the same for all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from sqlalchemy import Connection, delete, insert, select, update

from models.tables import agency, user_account, user_session
from models.vocabulary import SessionLevel
from runtime.settings import Settings
from web.house import is_secure

_SEEN_EVERY = timedelta(seconds=30)
"""How exactly it is known when somebody was last seen: not every request writes."""

_KEPT = timedelta(days=200)
"""How long ended sessions stay to be looked at (网络安全法 asks for six months of logs)."""


FORM_KEPT = timedelta(hours=1)
"""How long a form waits for its author that came when the session had ended (:mod:`web.kept`)."""


@dataclass(frozen=True, slots=True)
class Started:
    """A session that has just begun: the token goes into the cookie and is nowhere else."""

    id: int
    token: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One of somebody's sessions, for its owner to look at."""

    id: int
    address: str | None
    made_at: datetime
    seen_at: datetime
    current: bool


def start(
    connection: Connection,
    user_id: int,
    level: SessionLevel,
    address: str | None,
    now: datetime,
    settings: Settings,
    *,
    by_provider: bool = False,
) -> Started:
    """Begin a session of somebody whose account was shown. Old sessions, and forms kept too long, are cleared away."""
    over = user_session.c.kept_at <= now - FORM_KEPT
    connection.execute(update(user_session).where(over).values(kept_form=None, kept_at=None))
    connection.execute(delete(user_session).where(user_session.c.ends_at < now - _KEPT))
    token = secrets.token_urlsafe(32)
    row = insert(user_session).values(
        token_digest=digest(token),
        user_id=user_id,
        level=level.value,
        address=address,
        by_provider=by_provider,
        made_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=settings.session_hours),
    )
    return Started(int(connection.execute(row.returning(user_session.c.id)).scalar_one()), token)


def raise_level(connection: Connection, session_id: int) -> str:
    """The second factor was given: the session is a full one under a new token, which is returned."""
    token = secrets.token_urlsafe(32)
    values = {"level": SessionLevel.FULL.value, "token_digest": digest(token)}
    connection.execute(update(user_session).where(user_session.c.id == session_id).values(values))
    return token


def renew(connection: Connection, session_id: int) -> str:
    """A new token for the same session; the one before no longer opens it."""
    token = secrets.token_urlsafe(32)
    values = {"token_digest": digest(token)}
    connection.execute(update(user_session).where(user_session.c.id == session_id).values(values))
    return token


def find(connection: Connection, token: str, now: datetime, settings: Settings) -> Any:
    """The row of the living session with this token, with its person and agency; None where there is none."""
    idle = timedelta(minutes=settings.session_idle_minutes)
    statement = (
        select(
            user_session.c.id.label("session_id"),
            user_session.c.level,
            user_session.c.seen_at,
            user_session.c.by_provider,
            user_session.c.flash,
            user_account.c.id,
            user_account.c.agency_id,
            user_account.c.name,
            user_account.c.login,
            user_account.c.roles,
            user_account.c.must_change,
            user_account.c.password_changed_at,
            user_account.c.totp_confirmed_at,
            agency.c.name.label("agency"),
            agency.c.code.label("agency_code"),
            agency.c.settings.label("agency_settings"),
        )
        .join(user_account, user_account.c.id == user_session.c.user_id)
        .join(agency, agency.c.id == user_account.c.agency_id)
        .where(
            user_session.c.token_digest == digest(token),
            user_session.c.revoked_at.is_(None),
            user_session.c.ends_at > now,
            user_session.c.seen_at > now - idle,
            user_account.c.active,
            user_account.c.login.is_not(None),
        )
    )
    row = connection.execute(statement).one_or_none()
    if row is not None and row.seen_at < now - _SEEN_EVERY:
        seen = update(user_session).where(user_session.c.id == row.session_id).values(seen_at=now)
        connection.execute(seen)
    return row


def of(connection: Connection, user_id: int, now: datetime, settings: Settings, current: int | None) -> list[Seen]:
    """Somebody's living sessions, newest first."""
    idle = timedelta(minutes=settings.session_idle_minutes)
    known = user_session.c
    rows = connection.execute(
        select(known.id, known.address, known.made_at, known.seen_at)
        .where(known.user_id == user_id, known.revoked_at.is_(None), known.ends_at > now, known.seen_at > now - idle)
        .order_by(known.made_at.desc())
    )
    return [Seen(*row, current=row.id == current) for row in rows]


def made_at(connection: Connection, session_id: int) -> datetime:
    """When a session began."""
    known = select(user_session.c.made_at).where(user_session.c.id == session_id)
    began: datetime = connection.execute(known).scalar_one()
    return began


def end(connection: Connection, session_id: int, user_id: int, now: datetime) -> bool:
    """End one of somebody's sessions; False where it is not theirs, or has ended."""
    which = (
        (user_session.c.id == session_id) & (user_session.c.user_id == user_id) & user_session.c.revoked_at.is_(None)
    )
    return connection.execute(update(user_session).where(which).values(revoked_at=now)).rowcount == 1


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def form_token(token: str) -> str:
    """What a form carries to show that it is one of ours: it follows from the session's token and tells it not."""
    return hmac.digest(token.encode(), b"yishen form", hashlib.sha256).hex()


def cookie_name(request: Request, name: str = "yishen") -> str:
    """With TLS a name that no other host and no page without TLS can set."""
    return f"__Host-{name}" if is_secure(request) else name


def token_of(request: Request) -> str | None:
    """The token that the browser sent."""
    return request.cookies.get(cookie_name(request))


def put_cookie(request: Request, response: Response, token: str, name: str = "yishen") -> None:
    """Give the browser a token until it is closed; no script can read it."""
    response.set_cookie(
        cookie_name(request, name), token, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )


def clear_cookie(request: Request, response: Response, name: str = "yishen") -> None:
    """Take the token from the browser."""
    response.delete_cookie(
        cookie_name(request, name), path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )
