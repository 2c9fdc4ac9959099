"""定稿 of an area: the sum over an authority's agencies frozen under a hash, with what each of them gave to it.

The report that the authority publishes by 31 March (Art. 49). It is corrected only by a further version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select

from models.tables import agency, area_issue
from reports import drafts
from reports.area import Area
from reports.edition import has_form
from reports.figures import Figures, from_json, to_json
from reports.issues import chained
from reports.sealing import reason_of
from reports.year_end import cells_of
from workflow import desk
from workflow.chain import FIRST_HASH, digest, instant
from workflow.faults import InputFault
from workflow.verify import Finding


@dataclass(frozen=True, slots=True)
class AreaIssue:
    """One sealed version of an area's report; ``members`` are its agencies as :meth:`reports.area.Member.to_json`."""

    version: int
    sealed_at: datetime
    actor: str
    reason: str | None
    figures: Figures
    members: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]
    hash: bytes

    def to_json(self) -> dict[str, Any]:
        """The version without its figures, as plain JSON."""
        return {
            "year": self.figures.year,
            "edition": self.figures.edition,
            "version": self.version,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "actor": self.actor,
            "reason": self.reason,
            "findings": list(self.findings),
            "hash": self.hash.hex(),
            "agencies": list(self.members),
        }


def every(connection: Connection, agency_id: int, year: int) -> list[AreaIssue]:
    """All versions of an authority's area report on a year, the first one first."""
    of_year = (area_issue.c.agency_id == agency_id) & (area_issue.c.year == year)
    rows = connection.execute(select(area_issue).where(of_year).order_by(area_issue.c.version))
    return [
        AreaIssue(
            row.version, row.sealed_at, row.actor, row.reason, from_json(row.figures), tuple(row.members),
            tuple(row.findings), row.hash,
        )
        for row in rows
    ]  # fmt: skip


def seal(
    connection: Connection, owner: Any, year: int, found: Area, now: datetime, actor: str, reason: str = ""
) -> AreaIssue:
    """Seal the sum ``found`` as the next version of the authority's (a row of ``agency``) report on its area.

    Raises InputFault if the year is not over or has no form; without a ``reason``, if an error stands in the sum or in
    an agency's report, if an agency has not sealed or filed its own, or if there is a version already; and if neither
    figures nor agencies have moved since that.
    """
    if not has_form(year):
        raise InputFault(f"YEAR：{year} 年没有全国统一的年度报告格式，不能封存")
    if desk.day_of(now) <= date(year, 12, 31):
        raise InputFault(f"YEAR：{year} 年要到 {year}-12-31 才结束，应在次年封存")
    actor = reason_of(actor, "--actor") or ""
    if not actor:
        raise InputFault("--actor：为空，应为封存人的姓名")
    why = reason_of(reason, "--reason")
    drafts.hold(connection, owner.id)
    before = every(connection, owner.id, year)
    last = before[-1] if before else None
    if why is None:
        _stand_in_the_way(found, year, last)
    row = {
        "agency_id": owner.id,
        "year": year,
        "version": 1 if last is None else last.version + 1,
        "sealed_at": now.astimezone(UTC),
        "actor": actor,
        "reason": why,
        "figures": to_json(found.figures),
        "members": [member.to_json() for member in found.members],
        "findings": [asdict(finding) for finding in found.findings],
        "previous_hash": FIRST_HASH if last is None else last.hash,
    }
    if last is not None and (row["figures"], row["members"]) == (to_json(last.figures), list(last.members)):
        raise InputFault(f"{year} 年汇总报告自第 {last.version} 版封存后，合计和各机关都没有变动，不需要更正")
    row["hash"] = _hash(row)
    connection.execute(insert(area_issue), row)
    return every(connection, owner.id, year)[-1]


def _stand_in_the_way(found: Area, year: int, last: AreaIssue | None) -> None:
    """InputFault with a sentence for each thing that only a reason can pass."""
    faults = [f"{each.rule} {each.where}：{each.message}" for each in found.findings if each.level == "error"]
    for member in found.members:
        wrong = [each.finding for each in member.found if each.finding.level == "error"]
        faults += [f"{member.name}：{finding.rule} {finding.where}：{finding.message}" for finding in wrong]
        # A government whose office reports for it has no report of its own.
        alone = member.code == found.owner and member.state == "none" and not any(member.totals or ())
        if not member.filed and not alone:
            faults.append(f"{member.name}：报告没有封存，也没有读到其已发布的报告")
    if last is not None:
        faults.append(f"{year} 年汇总报告已封存（第 {last.version} 版，{desk.day_of(last.sealed_at)}），再封存即为更正")
    if faults:
        raise InputFault([*faults, f"{year} 年汇总报告没有封存；仍要封存应以 --reason 写明理由"])


def moved(issue: AreaIssue, figures: Figures) -> list[tuple[str, int, Any, Any]]:
    """The cells that the sum has otherwise now than a version: their path, place in the row, old and new figure."""
    was, now = cells_of(issue.figures), cells_of(figures)
    places = sorted({*was, *now})
    return [(*cell, was.get(cell), now.get(cell)) for cell in places if was.get(cell) != now.get(cell)]


def verify(connection: Connection) -> tuple[int, list[Finding]]:
    """How many sealed versions of area reports there are, and which do not agree with their hashes."""
    rows = connection.execute(
        select(area_issue, agency.c.code)
        .join(agency, agency.c.id == area_issue.c.agency_id)
        .order_by(area_issue.c.agency_id, area_issue.c.year, area_issue.c.version)
    ).mappings()
    number, found = 0, []
    for (code, year), versions in groupby(rows, key=lambda row: (row["code"], row["year"])):
        chain = [dict(row) for row in versions]
        number += len(chain)
        name = f"{code} {year} 年汇总报告"
        faults = [fault for _row, each in chained(chain, _hash) for fault in each]
        found += [Finding("report", name, None, fault) for fault in faults]
    return number, found


def _hash(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of one version: of the hash before it and every other column."""
    content = [
        row["agency_id"],
        row["year"],
        row["version"],
        instant(row["sealed_at"]),
        row["actor"],
        row["reason"],
        row["figures"],
        row["members"],
        row["findings"],
    ]
    return digest(row["previous_hash"], content)
