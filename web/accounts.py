"""Signing in: who is it, and is that shown? Counted in the database before a password is looked at.

The answer to a wrong password, an unknown login and a locked account is one sentence, after the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from sqlalchemy import select

from models.tables import user_account
from models.vocabulary import AuditKind, SessionLevel
from web import second_factor, sessions
from web.house import client_address, house_of
from web.language import gettext as _
from web.rights import Signed, author_of
from workflow import accounts, audit
from workflow.audit import Author
from workflow.faults import InputFault

MOST_FROM_ONE, FROM_ONE_WITHIN = 100, timedelta(minutes=15)
"""Failures from one address, whatever the accounts, after which it is not heard for a while: passwords are then tried
on many logins. Many, for a whole office may stand behind one address."""

NOBODY = "web:-"
"""Who acts where nobody is signed in yet."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody has shown who they are; ``token`` opens their session, ``level`` says whether that was all."""

    token: str
    level: SessionLevel


def wrong() -> str:
    """The sentence for whatever is wrong with a sign-in."""
    return _(
        "登录名或者密码不正确，或者账号已被锁定；连续 %(most)s 次不正确的锁定 %(minutes)s 分钟，急用时请安全管理员解锁",
        most=accounts.MOST_FAILURES,
        minutes=int(accounts.LOCKED_FOR.total_seconds()) // 60,
    )


class TooMany(Exception):
    """From this address nobody is heard for a while."""


def too_many() -> str:
    """The sentence for :class:`TooMany`."""
    return _(
        "从这个网络地址登录失败的次数太多，请 %(minutes)s 分钟后再试；仍然不能登录的，请联系安全管理员",
        minutes=int(FROM_ONE_WITHIN.total_seconds()) // 60,
    )


def by_password(request: Request, login: str, password: str) -> Entered | None:
    """Sign somebody in by their password; None where that does not hold. Takes a tenth of a second.

    Raises TooMany, with nothing looked at and no account locked, where too many tries from this address have failed.
    """
    house, now, address = house_of(request), house_of(request).now(), client_address(request)
    try:
        login = accounts.normal_login(login)
    except InputFault:
        login = "-"
    with house.engine.begin() as connection:
        if address is not None and audit.failures_from(connection, address, now - FROM_ONE_WITHIN) >= MOST_FROM_ONE:
            raise TooMany
        attempt = accounts.attempt(connection, login, now)
    fits = house.passwords.matches(None if attempt is None else attempt.password_hash, password)
    with house.engine.begin() as connection:
        if attempt is None or not fits:
            agency_id = None if attempt is None else attempt.agency_id
            author = Author(NOBODY, agency_id, now, address)
            # What is typed for an unknown login may be a password.
            named = "-" if attempt is None else attempt.login
            audit.record(connection, author, AuditKind.SIGN_IN_FAILED, named, factor="password")
            if attempt is not None and attempt.locks:
                audit.record(connection, author, AuditKind.LOCKED, named, by="failures")
            return None
        if attempt.second_factor:
            # Else whoever has the password could try codes for ever.
            accounts.take_back(connection, attempt)
        else:
            accounts.passed(connection, attempt.account_id)
        level = SessionLevel.PASSWORD if attempt.second_factor else SessionLevel.FULL
        started = sessions.start(connection, attempt.account_id, level, address, now, house.settings)
        author = Author(f"web:{attempt.login}", attempt.agency_id, now, address)
        audit.record(connection, author, AuditKind.SIGN_IN, attempt.login, factor="password", level=level.value)
    return Entered(started.token, level)


def by_code(request: Request, signed: Signed, code: str) -> Entered | None:
    """Take the second factor of somebody whose password was right; None for a wrong code, or one that was used.

    Wrong codes count towards the lock as wrong passwords do; with the lock the session ends.
    """
    house, now = house_of(request), house_of(request).now()
    with house.engine.begin() as connection:
        attempt = accounts.attempt(connection, signed.login, now)
        sealed = connection.execute(
            select(user_account.c.totp_secret).where(user_account.c.id == signed.account_id)
        ).scalar_one()
    secret = second_factor.opened(house.cipher, sealed, signed.account_id)
    step = None if secret is None or attempt is None else second_factor.step_of(secret, code, now)
    author = author_of(request, signed)
    with house.engine.begin() as connection:
        if step is None or not accounts.use_step(connection, signed.account_id, step):
            if attempt is None or attempt.locks:
                sessions.end(connection, signed.session_id, signed.account_id, now)
            audit.record(connection, author, AuditKind.SIGN_IN_FAILED, signed.login, factor="code")
            if attempt is not None and attempt.locks:
                audit.record(connection, author, AuditKind.LOCKED, signed.login, by="failures")
            return None
        accounts.passed(connection, signed.account_id)
        token = sessions.raise_level(connection, signed.session_id)
        audit.record(connection, author, AuditKind.SIGN_IN, signed.login, factor="code", level=SessionLevel.FULL.value)
    return Entered(token, SessionLevel.FULL)
