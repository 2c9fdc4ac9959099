"""Agencies (行政机关) and their first people: entered once, found again by their code."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from models.tables import agency, user_account
from models.vocabulary import Role
from workflow.faults import InputFault


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
