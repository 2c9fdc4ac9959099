"""接口账号: programs of others (a municipal portal) that work through the interface; what each was told is kept.

A client belongs to an agency and holds a token that is shown once. It opens nothing until its scopes are confirmed, by
somebody else than who made it: the system administrator sees no case, nor lets a program of their own see them. So it
is with further scopes; those that are taken away are gone at once. What was done under a key of its own is done once,
and answered again as it was answered then.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.tables import agency, api_call, api_client
from models.vocabulary import AuditKind, Scope
from workflow.audit import Author, record
from workflow.faults import InputFault

READ_BELOW = frozenset({Scope.CASES_READ, Scope.REPORTS_READ})
"""What a client may be let do in the agencies below its own; one that reaches below has nothing but these."""

_START = "ys_"
_SHOWN = 9
_LONGEST_NAME = 40
_USED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a client was last there: not every call writes."""

_CALLS = 0x4150
"""The advisory lock of a key in use is this ("AP") in the upper half, and a hash of client and key."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client as administrators see it; its token is not in it. ``prefix``: how the token begins.

    ``asked``: the scopes that it is to have instead, once they are confirmed; empty where none are asked for.
    """

    id: int
    agency_id: int
    agency: str
    agency_code: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    asked: tuple[Scope, ...]
    asked_by: str | None
    below: bool
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str | None
    last_used_at: datetime | None
    expires_on: date | None
    revoked_at: datetime | None

    def living(self, today: date) -> bool:
        """Whether its token opens anything on ``today``."""
        return self.approved_at is not None and self.current(today)

    def waiting(self, today: date) -> bool:
        """Whether its scopes, or others asked for, are still to be confirmed or declined (待确认)."""
        return (self.approved_at is None or bool(self.asked)) and self.current(today)

    def current(self, today: date) -> bool:
        """Whether it is neither revoked (停用) nor over (到期)."""
        return self.revoked_at is None and (self.expires_on is None or today <= self.expires_on)

    @property
    def to_confirm(self) -> tuple[Scope, ...]:
        """The scopes that it has when it is confirmed."""
        return self.asked or self.scopes

    @property
    def actor(self) -> str:
        """Who acts, as the logs name it."""
        return f"api:{self.name}"


_CLIENT = (
    api_client.c.id,
    api_client.c.agency_id,
    agency.c.name.label("agency"),
    agency.c.code.label("agency_code"),
    api_client.c.name,
    api_client.c.token_prefix.label("prefix"),
    api_client.c.scopes,
    api_client.c.asked_scopes.label("asked"),
    api_client.c.asked_by,
    api_client.c.below,
    api_client.c.made_at,
    api_client.c.made_by,
    api_client.c.approved_at,
    api_client.c.approved_by,
    api_client.c.last_used_at,
    api_client.c.expires_on,
    api_client.c.revoked_at,
)
_CLIENTS = select(*_CLIENT).join(agency, agency.c.id == api_client.c.agency_id)


_OF_TOKEN = _CLIENTS.where(api_client.c.token_digest == bindparam("digest"))
_EARLIER = select(api_call.c.body_digest, api_call.c.status, api_call.c.answer).where(
    api_call.c.client_id == bindparam("client"), api_call.c.key == bindparam("key")
)


def _client(row: Any) -> Client:
    # A scope of a newer program's is one that this program gives no right for.
    asked, scopes = (tuple(each for each in Scope if each.value in (some or ())) for some in (row.asked, row.scopes))
    return Client(**{**row._mapping, "asked": asked, "scopes": scopes})  # noqa: SLF001 - it is how a row is read as a mapping


def clients(connection: Connection, agencies: Collection[int]) -> list[Client]:
    """The clients of these agencies by name, those that are revoked too."""
    statement = _CLIENTS.where(api_client.c.agency_id.in_(agencies)).order_by(agency.c.code, api_client.c.name)
    return [_client(row) for row in connection.execute(statement)]


def find(connection: Connection, client_id: int, agencies: Collection[int]) -> Client | None:
    """One client by its id; None where there is none in these agencies."""
    here = (api_client.c.id == client_id) & api_client.c.agency_id.in_(agencies)
    row = connection.execute(_CLIENTS.where(here)).one_or_none()
    return None if row is None else _client(row)


def named(connection: Connection, agency_id: int, name: str) -> Client:
    """The agency's client of this name. Raises InputFault."""
    here = (api_client.c.agency_id == agency_id) & (api_client.c.name == name.strip())
    row = connection.execute(_CLIENTS.where(here)).one_or_none()
    if row is None:
        raise InputFault(f"名称：没有“{name}”这个接口账号；可用 yishen client list 查看现有账号")
    return _client(row)


def make(
    connection: Connection,
    author: Author,
    agency_id: int,
    name: str,
    scopes: Iterable[Scope],
    *,
    below: bool = False,
    expires_on: date | None = None,
    approved: bool = False,
    today: date,
) -> tuple[int, str]:
    """Make a client; returns its id and its token, which is nowhere else.

    ``approved``: its scopes are confirmed at once, as by the machine's owner, who is above all roles. Raises InputFault
    for a name that is taken or cannot be one, for no scope, a day that is past, or a client that would do more than
    read below its own agency.
    """
    name, chosen = name.strip(), _in_order(scopes)
    faults = []
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        faults.append(f"名称：“{name[:_LONGEST_NAME]}”不能用，应为 1 至 {_LONGEST_NAME} 个字")
    faults += _against(chosen, below=below)
    if expires_on is not None and expires_on < today:
        faults.append(f"有效期：{expires_on} 早于今天 {today}，应不早于它")
    if faults:
        raise InputFault(faults)
    token = _START + secrets.token_urlsafe(32)
    row = insert(api_client).values(
        agency_id=agency_id,
        name=name,
        token_digest=_digest(token),
        token_prefix=token[:_SHOWN],
        scopes=[scope.value for scope in chosen],
        below=below,
        made_at=author.at,
        made_by=author.actor,
        expires_on=expires_on,
        approved_at=author.at if approved else None,
        approved_by=author.actor if approved else None,
    )
    try:
        with connection.begin_nested():
            made = int(connection.execute(row.returning(api_client.c.id)).scalar_one())
    except IntegrityError as error:
        raise InputFault(f"名称：“{name}”已被使用（停用的也算），应换用别的名称") from error
    until = None if expires_on is None else expires_on.isoformat()
    values = [scope.value for scope in chosen]
    more = {"scopes": values, "below": below, "expires_on": until, "approved": approved}
    record(connection, author, AuditKind.CLIENT_CHANGED, name, made=True, **more)
    return made, token


def _in_order(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    chosen = set(scopes)
    return tuple(scope for scope in Scope if scope in chosen)


def _against(chosen: Collection[Scope], *, below: bool) -> Iterator[str]:
    """A sentence for each thing that is wrong with a choice of scopes."""
    if not chosen:
        yield f"权限：没有选择，应至少选择一项：{'、'.join(scope.label for scope in Scope)}"
    if below and set(chosen) - READ_BELOW:
        usable = "、".join(scope.label for scope in Scope if scope in READ_BELOW)
        yield f"下属机关：只能查询，包括下属机关的账号只能有：{usable}"


def change(
    connection: Connection, author: Author, client: Client, scopes: Iterable[Scope], *, approved: bool = False
) -> bool:
    """变更权限: give a client these scopes and no others; True if they hold already, False if they wait.

    Fewer hold at once, as whoever may stop a client may stop a part of it. More wait until somebody else has confirmed
    them (:func:`approve`), and the token opens until then what it did; the machine's owner's hold at once
    (``approved``). What was asked for before is replaced. Raises InputFault where nothing changes, for no scope, for
    a client that would do more than read below its own agency, and for one that is stopped.
    """
    chosen = _in_order(scopes)
    faults = list(_against(chosen, below=client.below))
    if not faults and chosen == client.scopes and not client.asked and not (approved and client.approved_at is None):
        faults.append(f"权限：与现在的相同，没有变更：{'、'.join(scope.label for scope in chosen)}")
    if faults:
        raise InputFault(faults)
    values = [scope.value for scope in chosen]
    at_once = approved or set(chosen) <= set(client.scopes)
    changes: dict[str, Any] = {"asked_scopes": values, "asked_by": author.actor}
    if at_once:
        changes = {"scopes": values, "asked_scopes": None, "asked_by": None}
    if approved:
        changes |= {"approved_at": author.at, "approved_by": author.actor}
    # Not over what somebody else has changed meanwhile.
    same = api_client.c.scopes == [scope.value for scope in client.scopes]
    here = (api_client.c.id == client.id) & api_client.c.revoked_at.is_(None) & same
    if connection.execute(update(api_client).where(here).values(changes)).rowcount != 1:
        raise InputFault(f"权限：接口账号“{client.name}”已经停用，或者权限刚由他人变更，没有改动，请重新打开后核对")
    before = [scope.value for scope in client.scopes]
    more = {"scopes": values, "before": before, "approved": at_once}
    record(connection, author, AuditKind.CLIENT_CHANGED, client.name, **more)
    return at_once


def approve(connection: Connection, author: Author, client: Client, seen: Collection[Scope]) -> bool:
    """Confirm a client's scopes, or those asked for: from now on its token opens what they say.

    ``seen`` are the scopes that are meant. False where there is nothing to confirm, or others than these. Raises
    InputFault where whoever confirms has made the client or asked for the scopes.
    """
    if author.actor == client.made_by:
        raise InputFault(f"接口账号“{client.name}”由本人建立，应由另一人确认")
    if author.actor == client.asked_by:
        raise InputFault(f"接口账号“{client.name}”的权限由本人申请变更，应由另一人确认")
    values = [scope.value for scope in _in_order(seen)]
    known = api_client.c
    waiting = known.approved_at.is_(None) | known.asked_scopes.is_not(None)
    meant = func.coalesce(known.asked_scopes, known.scopes) == values
    here = (known.id == client.id) & waiting & known.revoked_at.is_(None) & meant
    changes = {
        "scopes": values,
        "asked_scopes": None,
        "asked_by": None,
        "approved_at": author.at,
        "approved_by": author.actor,
    }
    done = connection.execute(update(api_client).where(here).values(changes)).rowcount == 1
    if done:
        record(connection, author, AuditKind.CLIENT_CHANGED, client.name, approved=True, scopes=values)
    return done


def revoke(connection: Connection, author: Author, client: Client) -> bool:
    """Let a client's token open nothing any more, at once and for good; False where it was so before."""
    here = (api_client.c.id == client.id) & api_client.c.revoked_at.is_(None)
    done = connection.execute(update(api_client).where(here).values(revoked_at=author.at)).rowcount == 1
    if done:
        record(connection, author, AuditKind.CLIENT_CHANGED, client.name, revoked=True)
    return done


def of_token(connection: Connection, token: str, now: datetime, today: date) -> Client | None:
    """The client whose token this is, if it still opens anything; that it was there is noted once a minute."""
    row = connection.execute(_OF_TOKEN, {"digest": _digest(token)}).one_or_none()
    found = None if row is None else _client(row)
    if found is None or not found.living(today):
        return None
    if found.last_used_at is None or found.last_used_at <= now - _USED_EVERY:
        unseen = or_(api_client.c.last_used_at.is_(None), api_client.c.last_used_at <= now - _USED_EVERY)
        connection.execute(update(api_client).where(api_client.c.id == found.id, unseen).values(last_used_at=now))
    return found


def _digest(token: str) -> bytes:
    # Of 256 random bits: nothing could be guessed from a plain digest.
    return hashlib.sha256(token.encode()).digest()


class Busy(Exception):
    """Another request with the same key is being done."""


class Reused(Exception):
    """The key was used before, for something else."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a client was told when it first asked."""

    status: int
    answer: Mapping[str, Any]


def earlier(connection: Connection, client_id: int, key: str, body_digest: bytes) -> Told | None:
    """What was answered under this key; None where it is new, and now held by the caller's transaction.

    Raises Busy while another transaction holds the key, Reused where it stands for another body.
    """
    hashed = hashlib.sha256(f"{client_id}:{key}".encode()).digest()
    place = _CALLS << 48 | int.from_bytes(hashed[:6])
    if not connection.execute(select(func.pg_try_advisory_xact_lock(place))).scalar_one():
        raise Busy
    row = connection.execute(_EARLIER, {"client": client_id, "key": key}).one_or_none()
    if row is None:
        return None
    if row.body_digest != body_digest:
        raise Reused
    return Told(row.status, row.answer)


def keep(connection: Connection, client_id: int, key: str, body_digest: bytes, told: Told, now: datetime) -> None:
    """Keep what is answered, in the transaction of what was done."""
    row = {"client_id": client_id, "key": key, "body_digest": body_digest, "made_at": now}
    connection.execute(insert(api_call).values(**row, status=told.status, answer=dict(told.answer)))
