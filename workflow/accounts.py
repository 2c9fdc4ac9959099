"""账号: who may sign in. Made, given roles, locked and ended here; each change leaves its audit event.

Passwords come as hashes: how they are made and what a password must be is in :mod:`web.passwords`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from models.tables import agency, setup_code, user_account, user_session
from models.vocabulary import AuditKind, Role
from workflow import staff
from workflow.audit import Author, record
from workflow.faults import InputFault

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
UNTIL_UNLOCKED = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a lock that an administrator put."""

ADMINISTRATORS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
"""三员: whoever has one of these roles has no other."""

_LOGIN = re.compile(r"[\w.@-]{2,64}")
_LONGEST_NAME = 200
_SETUP_LOCK = 0x59534554
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as administrators see it; nothing secret is in it. ``agency`` is the agency's name."""

    id: int
    agency_id: int
    agency: str
    name: str
    login: str | None
    roles: tuple[Role, ...]
    active: bool
    must_change: bool
    locked_until: datetime | None
    password_changed_at: datetime | None
    second_factor: bool
    bound: bool

    def locked(self, now: datetime) -> bool:
        """Whether nobody can sign in to it now."""
        return self.locked_until is not None and self.locked_until > now


def normal_login(given: str) -> str:
    """A login as it is stored: case, width and outer spaces do not matter. Raises InputFault."""
    login = unicodedata.normalize("NFKC", given).strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise InputFault(f"登录名：“{given}”不能用，应为 2 至 64 个字母、数字、汉字或者 . _ - @")
    return login


def check_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles in the order of the vocabulary. Raises InputFault where an administrator would be something else."""
    chosen = tuple(role for role in Role if role in set(roles))
    apart = [role for role in chosen if role in ADMINISTRATORS]
    if apart and len(chosen) > 1:
        others = "、".join(role.label for role in chosen if role is not apart[0])
        raise InputFault(
            f"职责：“{apart[0].label}”不能同时为“{others}”；系统管理员、安全管理员、审计管理员应各用单独的账号，不兼其他职责"
        )
    return chosen


_ACCOUNT = (
    user_account.c.id,
    user_account.c.agency_id,
    agency.c.name.label("agency"),
    user_account.c.name,
    user_account.c.login,
    user_account.c.roles,
    user_account.c.active,
    user_account.c.must_change,
    user_account.c.locked_until,
    user_account.c.password_changed_at,
    user_account.c.totp_confirmed_at.is_not(None).label("second_factor"),
    user_account.c.subject.is_not(None).label("bound"),
)


def _account(row: Any) -> Account:
    # A role of a newer program's is one that this program gives no right for.
    roles = tuple(role for role in Role if role.value in row.roles)
    return Account(**{**row._mapping, "roles": roles})  # noqa: SLF001 - it is how a row is read as a mapping


def accounts(
    connection: Connection, agencies: Collection[int], *, after: tuple[str, int] | None = None, limit: int = 50
) -> list[Account]:
    """The people of these agencies by name, those without a login too; ``after``: the name and id to go on after."""
    statement = (
        select(*_ACCOUNT)
        .join(agency, agency.c.id == user_account.c.agency_id)
        .where(user_account.c.agency_id.in_(agencies))
        .order_by(user_account.c.name, user_account.c.id)
        .limit(limit)
    )
    if after is not None:
        name, last = after
        later = or_(user_account.c.name > name, (user_account.c.name == name) & (user_account.c.id > last))
        statement = statement.where(later)
    return [_account(row) for row in connection.execute(statement)]


def find(connection: Connection, account_id: int, agencies: Collection[int] | None = None) -> Account | None:
    """One account by its id; None where there is none, or none in these agencies."""
    statement = select(*_ACCOUNT).join(agency, agency.c.id == user_account.c.agency_id)
    statement = statement.where(user_account.c.id == account_id)
    if agencies is not None:
        statement = statement.where(user_account.c.agency_id.in_(agencies))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _account(row)


def of_login(connection: Connection, login: str) -> Account:
    """The account with this login. Raises InputFault."""
    statement = select(*_ACCOUNT).join(agency, agency.c.id == user_account.c.agency_id)
    row = connection.execute(statement.where(user_account.c.login == normal_login(login))).one_or_none()
    if row is None:
        raise InputFault(f"登录名：没有“{login}”这个账号；可用 yishen user list 查看现有账号")
    return _account(row)


def exist(connection: Connection) -> bool:
    """Whether anybody can sign in at all."""
    return (
        connection.execute(select(user_account.c.id).where(user_account.c.login.is_not(None)).limit(1)).first()
        is not None
    )


def make(
    connection: Connection,
    author: Author,
    agency_id: int,
    name: str,
    login: str,
    roles: Iterable[Role] | None,
    password_hash: str,
) -> int:
    """Make an account with a password that must be changed; returns its id.

    Somebody who is already there by this name without a login is given this one, and with ``roles`` None keeps what
    they do. Raises InputFault for a name or login that is taken or cannot be one, and for roles that exclude another.
    """
    name, login = name.strip(), normal_login(login)
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InputFault(f"姓名：“{name[:40]}”不能用，应为 1 至 {_LONGEST_NAME} 个字")
    chosen = None if roles is None else check_roles(roles)
    taken = connection.execute(select(user_account.c.name).where(user_account.c.login == login)).scalar_one_or_none()
    if taken is not None:
        raise InputFault(f"登录名：“{login}”已被使用，应换用别的登录名")
    here = (user_account.c.agency_id == agency_id) & (user_account.c.name == name)
    known = connection.execute(select(user_account).where(here).with_for_update()).one_or_none()
    if known is not None and known.login is not None:
        raise InputFault(f"姓名：“{name}”在本机关已有账号“{known.login}”，重名的请在姓名后加区别，如“{name}（二科）”")
    values: dict[str, Any] = {
        "login": login,
        "password_hash": password_hash,
        "password_changed_at": author.at,
        "must_change": True,
        "active": True,
        "failed_count": 0,
        "locked_until": None,
    }
    if chosen is not None:
        values["roles"] = [role.value for role in chosen]
    try:
        with connection.begin_nested():
            if known is None:
                row = insert(user_account).values(agency_id=agency_id, name=name, **values)
                account_id = int(connection.execute(row.returning(user_account.c.id)).scalar_one())
            else:
                account_id = int(known.id)
                connection.execute(update(user_account).where(user_account.c.id == account_id).values(values))
    except IntegrityError as error:
        raise InputFault(f"登录名、姓名：“{login}”或者“{name}”刚刚被使用，应换用别的") from error
    given = values.get("roles", [] if known is None else known.roles)
    record(connection, author, AuditKind.ACCOUNT_MADE, login, roles=given)
    return account_id


def set_roles(connection: Connection, author: Author, account: Account, roles: Iterable[Role]) -> bool:
    """Give an account these roles and no others; True if that changes something. Raises InputFault."""
    chosen = check_roles(roles)
    if chosen == account.roles:
        return False
    _change(connection, account.id, roles=[role.value for role in chosen])
    before = [role.value for role in account.roles]
    record(
        connection,
        author,
        AuditKind.ROLE_CHANGED,
        _named(account),
        before=before,
        after=[role.value for role in chosen],
    )
    return True


def lock(connection: Connection, author: Author, account: Account) -> None:
    """Let nobody sign in to an account until it is unlocked; who is signed in is signed out."""
    _change(connection, account.id, locked_until=UNTIL_UNLOCKED)
    end_sessions(connection, account.id, author.at)
    record(connection, author, AuditKind.LOCKED, _named(account), by="administrator")


def unlock(connection: Connection, author: Author, account: Account) -> None:
    """End a lock, whoever put it."""
    _change(connection, account.id, locked_until=None, failed_count=0)
    record(connection, author, AuditKind.UNLOCKED, _named(account))


def reset_password(connection: Connection, author: Author, account: Account, password_hash: str) -> None:
    """Give an account a password that must be changed; a lock by failures ends, who is signed in is signed out."""
    lasting = account.locked_until == UNTIL_UNLOCKED
    lock_now = {} if lasting else {"locked_until": None, "failed_count": 0}
    _change(
        connection,
        account.id,
        password_hash=password_hash,
        password_changed_at=author.at,
        must_change=True,
        **lock_now,
    )
    end_sessions(connection, account.id, author.at)
    record(connection, author, AuditKind.PASSWORD_RESET, _named(account))


def change_password(connection: Connection, author: Author, account_id: int, login: str, password_hash: str) -> None:
    """Somebody's own new password."""
    _change(connection, account_id, password_hash=password_hash, password_changed_at=author.at, must_change=False)
    record(connection, author, AuditKind.PASSWORD_CHANGED, login)


def confirm_second_factor(
    connection: Connection, author: Author, account_id: int, login: str, sealed: bytes, step: int
) -> None:
    """The second factor is asked for from now on. ``step``: the half minute whose code showed that it works."""
    _change(connection, account_id, totp_secret=sealed, totp_confirmed_at=author.at, totp_last_step=step)
    record(connection, author, AuditKind.TOTP_SET, login)


def remove_second_factor(connection: Connection, author: Author, account: Account) -> None:
    """The second factor is no longer asked for; who is signed in is signed out."""
    _change(connection, account.id, totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    end_sessions(connection, account.id, author.at)
    record(connection, author, AuditKind.TOTP_REMOVED, _named(account))


def close(connection: Connection, author: Author, account: Account) -> None:
    """Somebody no longer works here (离岗): no signing in, no reminders; addresses and second factor are forgotten."""
    staff.leave(connection, account.agency_id, account.name)
    _change(connection, account.id, totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    end_sessions(connection, account.id, author.at)
    record(connection, author, AuditKind.ACCOUNT_CHANGED, _named(account), active=False)


def reopen(connection: Connection, author: Author, account: Account) -> None:
    """Somebody is back."""
    _change(connection, account.id, active=True)
    record(connection, author, AuditKind.ACCOUNT_CHANGED, _named(account), active=True)


def end_sessions(connection: Connection, account_id: int, now: datetime, *, but: int | None = None) -> int:
    """Sign somebody out everywhere, ``but`` in this session; returns from how many."""
    which = (
        (user_session.c.user_id == account_id) & user_session.c.revoked_at.is_(None) & (user_session.c.ends_at > now)
    )
    if but is not None:
        which &= user_session.c.id != but
    return connection.execute(update(user_session).where(which).values(revoked_at=now)).rowcount


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try at signing in, counted before the password is looked at: of many at once no more than allowed are heard.

    ``password_hash`` is what to hold the password against.
    """

    account_id: int
    agency_id: int
    login: str
    password_hash: str
    locks: bool
    second_factor: bool


def attempt(connection: Connection, login: str, now: datetime) -> Attempt | None:
    """Count a try; None where there is no such login, or it is locked or closed."""
    known = user_account.c
    locks = known.failed_count + 1 >= MOST_FAILURES
    values = {
        "failed_count": case((locks, 0), else_=known.failed_count + 1),
        "locked_until": case((locks, now + LOCKED_FOR), else_=None),
    }
    open_now = or_(known.locked_until.is_(None), known.locked_until <= now)
    counted = (
        update(user_account)
        .where(known.login == login, known.active, open_now)
        .values(values)
        .returning(
            known.id,
            known.agency_id,
            known.login,
            known.password_hash,
            known.locked_until.is_not(None),
            known.totp_confirmed_at.is_not(None),
        )
    )
    row = connection.execute(counted).one_or_none()
    return None if row is None else Attempt(*row)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom an identity provider vouches for."""

    account_id: int
    agency_id: int
    login: str
    second_factor: bool


def of_subject(
    connection: Connection, provider: str, subject: str, now: datetime, agencies: Collection[int] | None
) -> Known | None:
    """The account bound to a provider's subject; None where there is none, or it is closed, locked or elsewhere."""
    bound = (user_account.c.provider == provider) & (user_account.c.subject == subject)
    return _known(connection, bound, now, agencies)


def bind(
    connection: Connection,
    author: Author,
    login: str,
    provider: str,
    subject: str,
    agencies: Collection[int] | None,
) -> Known | None:
    """Bind the account of this login, so far bound to nobody, to a provider's subject; None as :func:`of_subject`."""
    free = (user_account.c.login == login) & user_account.c.subject.is_(None)
    found = _known(connection, free, author.at, agencies)
    if found is None:
        return None
    _change(connection, found.account_id, provider=provider, subject=subject)
    made = Author(f"web:{found.login}", found.agency_id, author.at, author.address)
    record(connection, made, AuditKind.ACCOUNT_CHANGED, found.login, bound=provider)
    return found


def unbind(connection: Connection, author: Author, account: Account) -> None:
    """An account no longer signs in through a provider until it is bound anew; who is signed in is signed out."""
    _change(connection, account.id, provider=None, subject=None)
    end_sessions(connection, account.id, author.at)
    record(connection, author, AuditKind.ACCOUNT_CHANGED, _named(account), bound=None)


def _known(
    connection: Connection, which: ColumnElement[bool], now: datetime, agencies: Collection[int] | None
) -> Known | None:
    known = user_account.c
    open_now = known.active & known.login.is_not(None) & or_(known.locked_until.is_(None), known.locked_until <= now)
    statement = (
        select(known.id, known.agency_id, known.login, known.totp_confirmed_at.is_not(None))
        .where(which, open_now)
        .with_for_update()
    )
    if agencies is not None:
        statement = statement.where(known.agency_id.in_(agencies))
    row = connection.execute(statement).one_or_none()
    return None if row is None else Known(*row)


def passed(connection: Connection, account_id: int) -> None:
    """A try succeeded: the count begins anew."""
    _change(connection, account_id, failed_count=0, locked_until=None)


def take_back(connection: Connection, attempt: Attempt) -> None:
    """This try was no failure, and does not show everything yet: it does not count, those before it still do."""
    known = user_account.c
    count = MOST_FAILURES - 1 if attempt.locks else func.greatest(known.failed_count - 1, 0)
    _change(connection, attempt.account_id, failed_count=count, locked_until=None)


def use_step(connection: Connection, account_id: int, step: int) -> bool:
    """Take the code of this half minute; False where it, or a later one, was taken before."""
    fresh = or_(user_account.c.totp_last_step.is_(None), user_account.c.totp_last_step < step)
    taken = update(user_account).where(user_account.c.id == account_id, fresh).values(totp_last_step=step)
    return connection.execute(taken).rowcount == 1


def new_setup_code(connection: Connection, now: datetime) -> str | None:
    """A code that opens the first set-up once; the one before no longer does. None where there are accounts."""
    connection.execute(select(func.pg_advisory_xact_lock(_SETUP_LOCK)))
    if exist(connection):
        return None
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(20))
    code = "-".join(letters[i : i + 5] for i in range(0, 20, 5))
    connection.execute(delete(setup_code))
    connection.execute(insert(setup_code).values(digest=_code_digest(code), made_at=now))
    return code


def take_setup_code(connection: Connection, code: str) -> bool:
    """Use up the code of the first set-up; False for another code, or where there are accounts already."""
    connection.execute(select(func.pg_advisory_xact_lock(_SETUP_LOCK)))
    if exist(connection):
        return False
    return connection.execute(delete(setup_code).where(setup_code.c.digest == _code_digest(code))).rowcount == 1


def _code_digest(code: str) -> bytes:
    plain = "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).digest()


def below(connection: Connection, agency_id: int) -> frozenset[int]:
    """An agency and all that are under it, at any distance (``agency.parent_id``)."""
    found = connection.execute(_BELOW, {"top": agency_id}).scalars()
    return frozenset(found)


_BELOW = text(
    """
    WITH RECURSIVE below AS (
        SELECT CAST(:top AS bigint) AS id
        UNION SELECT agency.id FROM agency JOIN below ON agency.parent_id = below.id
    ) SELECT id FROM below
    """
)


def _named(account: Account) -> str:
    return account.login or f"#{account.id}"


def _change(connection: Connection, account_id: int, **values: Any) -> None:
    connection.execute(update(user_account).where(user_account.c.id == account_id).values(values))
