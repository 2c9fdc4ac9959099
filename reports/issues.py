"""定稿: the sealed versions of a report, read. What seals them is ``reports.sealing``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from models.tables import report, report_issue, report_issue_case, report_issue_share
from reports.figures import Figures, from_json
from workflow import chain
from workflow.faults import InputFault

DRAFT, SEALED = "draft", "sealed"


@dataclass(frozen=True, slots=True)
class Issue:
    """One sealed version (定稿): its figures and texts, who sealed it when, and what was found of it then.

    ``reason`` is why it was sealed in spite of errors, or why it corrects the version before; ``texts`` are those of
    the sections, by their number.
    """

    report_id: int
    version: int
    sealed_at: datetime
    actor: str
    reason: str | None
    figures: Figures
    texts: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...]
    previous_hash: bytes
    hash: bytes

    def to_json(self) -> dict[str, Any]:
        """The version without its figures and texts, as plain JSON."""
        return {
            "year": self.figures.year,
            "edition": self.figures.edition,
            "version": self.version,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "actor": self.actor,
            "reason": self.reason,
            "findings": list(self.findings),
            "hash": self.hash.hex(),
        }


def every(connection: Connection, agency_id: int, year: int) -> list[Issue]:
    """All versions of an agency's report on a year, the first one first."""
    of_year = (report.c.agency_id == agency_id) & (report.c.year == year)
    rows = connection.execute(
        select(report_issue)
        .join(report, report.c.id == report_issue.c.report_id)
        .where(of_year)
        .order_by(report_issue.c.version)
    ).mappings()
    return [of_row(dict(row)) for row in rows]


def newest(connection: Connection, agency_id: int, year: int) -> Issue | None:
    """The version that holds; None while the report is a draft."""
    issues = every(connection, agency_id, year)
    return issues[-1] if issues else None


def numbered(connection: Connection, agency_id: int, year: int, version: int) -> Issue:
    """The version of this number. Raises InputFault naming those there are."""
    issues = every(connection, agency_id, year)
    for issue in issues:
        if issue.version == version:
            return issue
    known = "、".join(str(issue.version) for issue in issues)
    raise InputFault(
        f"--version：{year} 年报告没有第 {version} 版，"
        + (f"现有：{known}" if known else "尚未封存，封存用 yishen report seal")
    )


def of_row(row: Mapping[str, Any]) -> Issue:
    """A version from its row of ``report_issue``. What is no version raises ValueError, KeyError or TypeError."""
    return Issue(
        report_id=row["report_id"],
        version=row["version"],
        sealed_at=row["sealed_at"],
        actor=row["actor"],
        reason=row["reason"],
        figures=from_json(row["figures"]),
        texts=row["texts"],
        findings=tuple(row["findings"]),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


def cases_digest(connection: Connection, report_id: int, version: int) -> str:
    """The SHA-256, in hexadecimal, of which cases a version counts and where, in the order of their ids."""
    counted = report_issue_case.c
    rows = connection.execute(
        select(counted.case_id, counted.seq, counted.applicant_kind, counted.is_new, counted.outcome)
        .where(counted.report_id == report_id, counted.version == version)
        .order_by(counted.case_id)
        .execution_options(yield_per=5000)
    )
    digest = hashlib.sha256()
    for row in rows:
        digest.update(chain.canonical_json(list(row)).encode() + b"\n")
    return digest.hexdigest()


def shares_digest(connection: Connection, report_id: int, version: int) -> str | None:
    """The SHA-256, in hexadecimal, of what the cases of a version add to table four and the fees; None if nothing."""
    share = report_issue_share.c
    rows = connection.execute(
        select(share.path, share.position, share.case_id, share.round, share.seq, share.value)
        .where(share.report_id == report_id, share.version == version)
        .order_by(share.path.collate("C"), share.position, share.case_id, share.round)
    ).all()
    if not rows:
        return None
    digest = hashlib.sha256()
    for *key, value in rows:
        digest.update(chain.canonical_json([*key, f"{value.normalize():f}"]).encode() + b"\n")
    return digest.hexdigest()


def issue_hash(row: Mapping[str, Any], cases: str, shares: str | None = None) -> bytes:
    """The SHA-256 of one version: of the hash before it, every other column of ``report_issue``, its cases and shares.

    ``shares`` is None where there are none: of all versions that were sealed before they were kept.
    """
    content = [
        row["report_id"],
        row["version"],
        chain.instant(row["sealed_at"]),
        row["actor"],
        row["reason"],
        row["figures"],
        row["texts"],
        row["findings"],
        cases,
        *([] if shares is None else [shares]),
    ]
    return chain.digest(row["previous_hash"], content)


def chained(
    versions: Sequence[Mapping[str, Any]], hash_of: Callable[[Mapping[str, Any]], bytes]
) -> Iterator[tuple[Mapping[str, Any] | None, list[str]]]:
    """Each sealed version of one report with what is wrong with its place in the chain.

    The last is None where a version is missing: what comes after it can be held against nothing.
    """
    for link in chain.links(versions, hash_of, "version"):
        version = link.row["version"]
        if not link.follows:
            yield None, [f"第 {link.expected} 版缺失，其后为第 {version} 版"]
            return
        faults = [] if link.joined else [f"第 {version} 版与前一版的哈希不衔接"]
        if not link.whole:
            faults.append(f"第 {version} 版的内容与其哈希不符，定稿被改动过")
        yield link.row, faults
