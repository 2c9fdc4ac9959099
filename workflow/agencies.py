"""Agencies (行政机关) and their first people: entered once, found again by their code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from models.tables import agency, user_account
from models.vocabulary import AuditKind, Role
from workflow.audit import Author, record
from workflow.faults import InputFault

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a code may be (:func:`re.Pattern.fullmatch`)."""

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Node:
    """An agency in the tree under an authority: how far below it, under whom, and how many people work there."""

    id: int
    code: str
    name: str
    parent_id: int | None
    depth: int
    people: int


def tree(connection: Connection, top: int) -> list[Node]:
    """An agency and all that are under it, each after the one that it is under, by their codes."""
    return [Node(*row) for row in connection.execute(_TREE, {"top": top})]


_TREE = text(
    """
    WITH RECURSIVE below AS (
        SELECT id, code, name, parent_id, 0 AS depth, ARRAY[code] AS way FROM agency WHERE id = :top
        UNION ALL
        SELECT a.id, a.code, a.name, a.parent_id, below.depth + 1, below.way || a.code
        FROM agency a JOIN below ON a.parent_id = below.id WHERE a.code <> ALL(below.way)
    )
    SELECT below.id, code, name, parent_id, depth,
           (SELECT count(*) FROM user_account u WHERE u.agency_id = below.id AND u.active)
    FROM below ORDER BY way
    """
)


def establish(connection: Connection, author: Author, parent_id: int, code: str, name: str) -> int:
    """Enter an agency under another; returns its id.

    Raises InputFault for a code or name that cannot be, and for a code that is taken.
    """
    code = code.strip()
    if not CODE.fullmatch(code):
        raise InputFault(
            f"代码：“{code[:70]}”不能用，应为字母、数字及 . _ - 组成的代码，以字母或数字开头，至多 64 个字符"
        )
    try:
        with connection.begin_nested():
            row = insert(agency).values(code=code, name=_named(name), parent_id=parent_id)
            made = int(connection.execute(row.returning(agency.c.id)).scalar_one())
    except IntegrityError as error:
        raise InputFault(f"代码：“{code}”已被使用，应换用别的代码") from error
    above = connection.execute(select(agency.c.code).where(agency.c.id == parent_id)).scalar_one()
    record(connection, author, AuditKind.AGENCY_CHANGED, code, made=True, under=above)
    return made


def rename(connection: Connection, author: Author, agency_id: int, name: str) -> bool:
    """Give an agency another name; True if that changes something.

    What is sealed keeps the name that it was sealed with. Raises InputFault for a name that cannot be.
    """
    name = _named(name)
    known = connection.execute(select(agency).where(agency.c.id == agency_id).with_for_update()).one()
    if known.name == name:
        return False
    connection.execute(update(agency).where(agency.c.id == agency_id).values(name=name))
    record(connection, author, AuditKind.AGENCY_CHANGED, known.code, before=known.name, after=name)
    return True


def move(connection: Connection, author: Author, code: str, parent_code: str) -> bool:
    """Put an agency under another authority, with its trace; as :func:`place_under`."""
    above = select(agency.c.parent_id).where(agency.c.code == code)
    before = connection.execute(select(agency.c.code).where(agency.c.id == above.scalar_subquery())).scalar()
    if not place_under(connection, code, parent_code):
        return False
    record(connection, author, AuditKind.AGENCY_CHANGED, code, moved_from=before, under=parent_code)
    return True


def _named(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InputFault(f"名称：“{name[:40]}”不能用，应为机关全称，1 至 {LONGEST_NAME} 个字")
    return name


def enrol(connection: Connection, code: str, name: str) -> bool:
    """Enter an agency; True if it is new. Raises InputFault if the code belongs to another name."""
    row = insert(agency).values(code=code, name=name).on_conflict_do_nothing(index_elements=[agency.c.code])
    made = connection.execute(row.returning(agency.c.id)).scalar_one_or_none()
    known = connection.execute(select(agency.c.name).where(agency.c.code == code)).scalar_one()
    if known != name:
        raise InputFault(f"--name：“{name}”与已登记的“{known}”不同（代码 {code}），应一致或者换用新的代码")
    return made is not None


def place_under(connection: Connection, code: str, parent_code: str) -> bool:
    """Put an agency under the authority whose area report takes it in (主管部门); True if that changes something.

    Raises InputFault where there is no such authority, and where it is the agency itself or under it.
    """
    child = connection.execute(select(agency).where(agency.c.code == code).with_for_update()).one()
    parent = connection.execute(select(agency).where(agency.c.code == parent_code)).one_or_none()
    if parent is None:
        raise InputFault(f"--under：没有代码为“{parent_code}”的机关，应为已登记的主管机关的代码")
    above = select(agency.c.id, agency.c.parent_id).where(agency.c.id == parent.id).cte("above", recursive=True)
    above = above.union(select(agency.c.id, agency.c.parent_id).join(above, agency.c.id == above.c.parent_id))
    if child.id in set(connection.execute(select(above.c.id)).scalars()):
        raise InputFault(f"--under：“{parent_code}”就是“{code}”或者在它之下，主管机关应在它之上")
    if child.parent_id == parent.id:
        return False
    connection.execute(update(agency).where(agency.c.id == child.id).values(parent_id=parent.id))
    return True


def appoint(connection: Connection, agency_id: int, name: str) -> bool:
    """Enter a system administrator (系统管理员) of an agency; True if the name is new there."""
    row = insert(user_account).values(agency_id=agency_id, name=name, roles=[Role.SYSTEM_ADMINISTRATOR.value])
    made = connection.execute(row.on_conflict_do_nothing().returning(user_account.c.id))
    return made.scalar_one_or_none() is not None


def only_one(connection: Connection) -> str | None:
    """The code of the agency if there is exactly one, else None."""
    codes = list(connection.execute(select(agency.c.code).limit(2)).scalars())
    return codes[0] if len(codes) == 1 else None
