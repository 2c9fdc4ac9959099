"""Applicants (申请人): their details as given, and whether two requests come from the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from models.personal import FieldCipher
from models.tables import applicant, request_case
from models.vocabulary import ApplicantKind
from workflow import fees

SEALED = ("identity_number", "telephone", "email", "address", "representative")
"""The fields of an applicant that are sealed before they are stored."""


_SHORTEST_SIGN = 6


@dataclass(frozen=True, slots=True)
class ApplicantDetails:
    """申请人 as given in the request. The personal fields are sealed before they are stored.

    ``representative`` is the name of the person who acts for the applicant (代理人).
    """

    name: str | None = None
    identity_number: str | None = None
    telephone: str | None = None
    email: str | None = None
    address: str | None = None
    representative: str | None = None


def row(details: ApplicantDetails, applicant_id: int, agency_id: int, kind: str, cipher: FieldCipher) -> dict[str, Any]:
    """The row of ``applicant``, its personal fields sealed for their place."""
    sealed = {name: cipher.seal(getattr(details, name), f"applicant:{applicant_id}:{name}") for name in SEALED}
    return {
        "id": applicant_id,
        "agency_id": agency_id,
        "kind": kind,
        "name": details.name,
        **sealed,
        **signs(details, cipher),
    }


def masked(name: str | None, kind: ApplicantKind) -> str:
    """A name as lists show it: of a person the first character alone; an organisation's name is public."""
    if not name or kind is not ApplicantKind.NATURAL_PERSON:
        return name or ""
    return name[0] + "＊" * min(max(len(name) - 1, 1), 2)


def signs(details: ApplicantDetails, cipher: FieldCipher) -> dict[str, bytes | None]:
    """What a person is known by, as keyed digests; “无” and “不详” tell nobody from others."""
    return {
        "identity_index": cipher.index(_telling(details.identity_number)),
        "telephone_index": cipher.index(_telling(details.telephone)),
    }


def _telling(value: str | None) -> str | None:
    written = [ch for ch in value or "" if ch.isalnum()]
    return value if len(written) >= _SHORTEST_SIGN else None


def opened(connection: Connection, applicant_id: int, cipher: FieldCipher) -> ApplicantDetails:
    """The details of an applicant in clear. Raises UnreadableField where the key does not open them."""
    stored = connection.execute(select(applicant).where(applicant.c.id == applicant_id)).one()
    fields = {name: cipher.open(getattr(stored, name), f"applicant:{applicant_id}:{name}") for name in SEALED}
    return ApplicantDetails(name=stored.name, **fields)


def same_person(identity: bytes | None, telephone: bytes | None, name: str | None) -> ColumnElement[bool] | None:
    """The condition on ``applicant`` for the same person; None for one who cannot be told from others.

    The same identity number, or the same telephone and name, both by their blind index.
    """
    ways: list[ColumnElement[bool]] = []
    if identity is not None:
        ways.append(applicant.c.identity_index == identity)
    if telephone is not None and name:
        ways.append(and_(applicant.c.telephone_index == telephone, applicant.c.name == name))
    return or_(*ways) if ways else None


def are_same(connection: Connection, first_id: int, second_id: int) -> bool:
    """Whether two applicants are the same person, as far as their identity numbers, telephones and names tell."""
    if first_id == second_id:
        return True
    one = connection.execute(select(applicant).where(applicant.c.id == first_id)).one()
    condition = same_person(one.identity_index, one.telephone_index, one.name)
    if condition is None:
        return False
    found = select(func.count()).select_from(applicant).where(applicant.c.id == second_id, condition)
    return bool(connection.execute(found).scalar_one())


def taken_ordinals(
    connection: Connection, agency_id: int, who: ColumnElement[bool], received: date, but: int
) -> set[int]:
    """The places in the month of ``received`` that the person's other requests have taken (信息处理费管理办法 Art. 4).

    Those frozen at registration, those charged for the items of one letter; and as many as there are requests, for
    those that came by a ledger and were never given one.
    """
    first = received.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    rows = connection.execute(
        select(request_case.c.snapshot["month_ordinal"], request_case.c.snapshot["fees"])
        .join(applicant, applicant.c.id == request_case.c.applicant_id)
        .where(
            request_case.c.agency_id == agency_id,
            request_case.c.received_on >= first,
            request_case.c.received_on < after,
            request_case.c.counted,
            request_case.c.id != but,
            who,
        )
    ).all()
    taken = {ordinal for ordinal, _ in rows if ordinal is not None}
    for _, notices in rows:
        for notice in notices or ():
            taken.update(int(part) for part in (notice.get("ordinals") or "").split("、") if part)
    return taken | set(range(1, len(rows) + 1))


def next_ordinals(
    connection: Connection, agency_id: int, who: ColumnElement[bool], received: date, but: int, count: int = 1
) -> tuple[int, ...]:
    """The next free places in the month of ``received``: frozen at registration, never given out again."""
    return fees.next_ordinals(taken_ordinals(connection, agency_id, who, received, but), count)
