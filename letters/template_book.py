"""文书模板: an agency's own templates as they are kept, version upon version; the newest counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO

from docxtpl import DocxTemplate
from sqlalchemy import Connection, insert, select

from letters import templates
from letters.catalogue import BY_CODE
from models.tables import agency, letter_template
from workflow.faults import InputFault, Refusal

_ARTICLE = "条例第四十五条"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a template: whose letter, which number, whether a template was uploaded or the default restored."""

    code: str
    version: int
    active: bool
    sha256: str | None
    uploaded_by: str
    uploaded_at: datetime


def current(connection: Connection, agency_id: int, code: str) -> tuple[int | None, bytes | None]:
    """The template that counts: its version and content; None and None for the default."""
    known = letter_template.c
    row = connection.execute(
        select(known.version, known.content)
        .where(known.agency_id == agency_id, known.code == code)
        .order_by(known.version.desc())
        .limit(1)
    ).one_or_none()
    return (None, None) if row is None or row.content is None else (row.version, row.content)


@lru_cache(maxsize=128)
def fields_in(template: bytes) -> frozenset[str]:
    """The fields that a template shows."""
    return frozenset(DocxTemplate(BytesIO(template)).get_undeclared_template_variables(templates.SANDBOX))


def versions(connection: Connection, agency_id: int) -> dict[str, list[Version]]:
    """Every version of an agency's templates by the letter's code, the newest first."""
    known = letter_template.c
    columns = (known.code, known.version, known.active, known.sha256, known.uploaded_by, known.uploaded_at)
    rows = connection.execute(
        select(*columns).where(known.agency_id == agency_id).order_by(known.code, known.version.desc())
    )
    found: dict[str, list[Version]] = {}
    for row in rows:
        version = Version(row.code, row.version, row.active, row.sha256, row.uploaded_by, row.uploaded_at)
        found.setdefault(row.code, []).append(version)
    return found


def content(connection: Connection, agency_id: int, code: str, version: int) -> bytes:
    """An uploaded version. Raises InputFault where there is none."""
    known = letter_template.c
    here = (known.agency_id == agency_id) & (known.code == code) & (known.version == version)
    found: bytes | None = connection.execute(select(known.content).where(here)).scalar_one_or_none()
    if found is None:
        raise InputFault(f"没有《{_kind(code)}》的第 {version} 版模板")
    return found


def default(code: str) -> bytes:
    """The default template of a kind of letter, to be changed and uploaded. Raises InputFault."""
    _kind(code)
    return templates.default(BY_CODE[code])


def upload(connection: Connection, agency_id: int, code: str, uploaded: bytes, actor: str, now: datetime) -> Version:
    """Keep a new version, from now on the one that counts. Raises InputFault, a sentence for each fault in it."""
    title = _kind(code)
    faults = templates.check(uploaded, BY_CODE[code])
    if faults:
        raise InputFault([f"模板：《{title}》{fault}" for fault in faults])
    return _add(connection, agency_id, code, uploaded, actor, now)


def restore(connection: Connection, agency_id: int, code: str, actor: str, now: datetime) -> Version:
    """From now on the default template again. Raises Refusal where it is the one that counts already."""
    title = _kind(code)
    if current(connection, agency_id, code)[0] is None:
        raise Refusal(f"《{title}》现在用的就是默认模板", _ARTICLE)
    return _add(connection, agency_id, code, None, actor, now)


def _kind(code: str) -> str:
    kind = BY_CODE.get(code)
    if kind is None:
        raise InputFault(f"文书种类“{code}”不存在，应为：{'、'.join(BY_CODE)}")
    return kind.title


def _add(
    connection: Connection, agency_id: int, code: str, uploaded: bytes | None, actor: str, now: datetime
) -> Version:
    # Two who upload at once wait for each other.
    connection.execute(select(agency.c.id).where(agency.c.id == agency_id).with_for_update())
    known = letter_template.c
    newest = select(known.version).where(known.agency_id == agency_id, known.code == code)
    last = connection.execute(newest.order_by(known.version.desc()).limit(1)).scalar_one_or_none() or 0
    row = {
        "agency_id": agency_id,
        "code": code,
        "version": last + 1,
        "content": uploaded,
        "sha256": None if uploaded is None else hashlib.sha256(uploaded).hexdigest(),
        "active": uploaded is not None,
        "uploaded_by": actor,
        "uploaded_at": now,
    }
    connection.execute(insert(letter_template).values(row))
    return Version(code, last + 1, uploaded is not None, row["sha256"], actor, now)  # type: ignore[arg-type]
