"""工作人员 of an agency: who they are, what they do, and where they want to be reminded."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from models.personal import FieldCipher
from models.tables import user_account
from models.vocabulary import Outlet, Role
from workflow.faults import InputFault

WHOLE_OFFICE = ""
"""The recipient of what is for nobody in particular: the inbox that everyone in the office reads."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One way to reach someone: by name (``person:…``) or by what they do (``role:…``), through one outlet."""

    agency_id: int
    key: str
    name: str
    outlet: str


def addressees(connection: Connection, agencies: Sequence[int]) -> list[Addressee]:
    """Everyone who can be reminded in these agencies. An agency without officers has the office's own inbox."""
    rows = connection.execute(
        select(user_account.c.agency_id, user_account.c.name, user_account.c.roles, user_account.c.outlets)
        .where(user_account.c.agency_id.in_(agencies), user_account.c.active)
        .order_by(user_account.c.id)
    ).all()
    found = []
    for row in rows:
        for outlet in dict.fromkeys((Outlet.INBOX.value, *row.outlets)):
            found.append(Addressee(row.agency_id, f"person:{row.name}", row.name, outlet))
            found += [Addressee(row.agency_id, f"role:{role}", row.name, outlet) for role in row.roles]
    staffed = {row.agency_id for row in rows if Role.OFFICER in row.roles}
    found += [
        Addressee(agency_id, f"role:{Role.OFFICER}", WHOLE_OFFICE, Outlet.INBOX)
        for agency_id in agencies
        if agency_id not in staffed
    ]
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the office: name, roles, outlets besides the inbox; ``addresses`` by outlet when opened."""

    id: int
    name: str
    roles: tuple[Role, ...]
    active: bool
    outlets: tuple[Outlet, ...]
    addresses: Mapping[str, str]
    login: str | None = None


def people(connection: Connection, agency_id: int, cipher: FieldCipher | None = None) -> list[Person]:
    """The people of an agency by name; with the cipher, with their addresses."""
    rows = connection.execute(
        select(user_account).where(user_account.c.agency_id == agency_id).order_by(user_account.c.name)
    )
    return [_person(row, cipher) for row in rows]


def find(connection: Connection, agency_id: int, name: str, cipher: FieldCipher | None = None) -> Person:
    """One person. Raises InputFault naming who there is."""
    found = people(connection, agency_id, cipher)
    for person in found:
        if person.name == name:
            return person
    known = "、".join(person.name for person in found) or "现在还没有工作人员"
    raise InputFault(f"NAME：没有工作人员“{name}”，现有：{known}")


def _person(row: Any, cipher: FieldCipher | None) -> Person:
    addresses: dict[str, str] = {}
    if cipher is not None and row.addresses is not None:
        addresses = json.loads(cipher.open(row.addresses, _PLACE.format(row.id)) or "{}")
    roles = tuple(role for role in Role if role.value in row.roles)
    outlets = tuple(Outlet(each) for each in row.outlets)
    return Person(row.id, row.name, roles, row.active, outlets, addresses, row.login)


_FEED = "calendar feed "
_PLACE = "user_account:addresses:{}"


def enter(connection: Connection, agency_id: int, name: str, role: Role) -> bool:
    """Enter a person, or change what they do; True if the name is new there.

    Raises InputFault for an empty name, and for somebody with an account: what they may do is changed with its trace.
    """
    if not name.strip() or not name.isprintable():
        raise InputFault(f"NAME：“{name}”不能用，应为姓名")
    row = insert(user_account).values(agency_id=agency_id, name=name.strip(), roles=[role.value])
    made = connection.execute(
        row.on_conflict_do_nothing(index_elements=["agency_id", "name"]).returning(user_account.c.id)
    ).scalar_one_or_none()
    if made is None:
        here = (user_account.c.agency_id == agency_id) & (user_account.c.name == name.strip())
        known = connection.execute(select(user_account).where(here).with_for_update()).one()
        if known.login is not None and role not in known.roles:
            raise InputFault(
                f"NAME：“{name.strip()}”有登录账号“{known.login}”，变更职责应使用 yishen user roles {known.login}"
            )
        roles = [role.value] if known.login is None else known.roles
        connection.execute(update(user_account).where(here).values(roles=roles, active=True))
    return made is not None


def leave(connection: Connection, agency_id: int, name: str) -> None:
    """Someone no longer works here: nothing more is sent to them, and their addresses and feed are forgotten.

    The log keeps their name. Raises InputFault.
    """
    person = find(connection, agency_id, name)
    gone = {"active": False, "outlets": [], "addresses": None, "feed_index": None}
    connection.execute(update(user_account).where(user_account.c.id == person.id).values(gone))


def reach(
    connection: Connection, agency_id: int, name: str, outlet: Outlet, address: str | None, cipher: FieldCipher
) -> None:
    """Send someone's reminders through ``outlet`` to ``address`` from now on; None: no longer. Raises InputFault."""
    person = find(connection, agency_id, name, cipher)
    addresses = {key: value for key, value in person.addresses.items() if key != outlet.value}
    if address is not None:
        addresses[outlet.value] = address
    outlets = [each.value for each in Outlet if each.value in addresses]
    sealed = cipher.seal(json.dumps(addresses, ensure_ascii=False), _PLACE.format(person.id)) if addresses else None
    values = {"outlets": outlets, "addresses": sealed}
    connection.execute(update(user_account).where(user_account.c.id == person.id).values(values))


def feed(connection: Connection, agency_id: int, name: str, cipher: FieldCipher) -> str:
    """A new key for someone's calendar feed; the one before no longer opens it. Raises InputFault."""
    person = find(connection, agency_id, name)
    key = secrets.token_urlsafe(24)
    connection.execute(
        update(user_account).where(user_account.c.id == person.id).values(feed_index=cipher.index(_FEED + key))
    )
    return key


def of_feed(connection: Connection, key: str, cipher: FieldCipher) -> Any:
    """Whose feed a key opens (agency_id, name); None for no such key."""
    row = select(user_account.c.agency_id, user_account.c.name).where(
        user_account.c.feed_index == cipher.index(_FEED + key), user_account.c.active
    )
    return connection.execute(row).one_or_none()
