"""勾稽关系 of an agency's own report: what the checks find, held against the year before, and the cases behind it.

The draft's findings are kept beside its cells whenever they are drafted. 上年结转 is held against 结转下年度 of the
sealed report of the year before; where the two differ because of what was recorded after the sealing, K4 is a warning
that names the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, update

from models.tables import report
from reports import amendments, checks, issues, proactive
from reports.amendments import Amendment
from reports.checks import Finding
from reports.edition import has_form
from reports.figures import Figures
from reports.rollup import roll_up

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the numbers of the cases behind it, where it is cases that explain it."""

    finding: Finding
    cases: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The finding as ``report check`` gives it, and its cases."""
        return {**asdict(self.finding), "cases": list(self.cases)}


def behind(connection: Connection, agency_id: int, figures: Figures) -> list[Found]:
    """What the checks find of the figures of an agency's year."""
    year = figures.year or 0
    issue, previous = None, None
    if has_form(year - 1):
        issue = issues.newest(connection, agency_id, year - 1)
        previous = issue.figures if issue else roll_up(connection, agency_id, figures.agency or "", year - 1)
        if issue is None and not proactive.is_entered(connection, agency_id, year - 1):
            # Nothing is known of last year's section two; zeros would make false findings.
            previous = replace(previous, proactive={})
    found = checks.check(figures, previous)
    late = []
    if issue is not None and any(finding.rule == "K4" for finding in found):
        late = amendments.of_cases(connection, agency_id, issue)
    return [explained(finding, late) for finding in found]


def of_year(connection: Connection, agency_id: int, figures: Figures) -> list[Finding]:
    """The same without the cases."""
    return [found.finding for found in behind(connection, agency_id, figures)]


def keep(connection: Connection, agency_id: int, figures: Figures) -> list[Finding]:
    """Check the figures and keep what was found with the agency's report on the year, unless it is sealed."""
    found = of_year(connection, agency_id, figures)
    here = (report.c.agency_id == agency_id) & (report.c.year == figures.year) & (report.c.state == issues.DRAFT)
    written = [asdict(finding) for finding in found]
    connection.execute(update(report).where(here, report.c.findings.is_distinct_from(written)).values(findings=written))
    return found


def explained(finding: Finding, late: Sequence[Amendment]) -> Found:
    """K4 as a warning where what was recorded after the sealing (``late``) is the whole difference."""
    if finding.rule != "K4" or not isinstance(finding.expected, int) or not isinstance(finding.found, int):
        return Found(finding)
    moved, cases = amendments.moved_by(late, "applications/carried_out", finding.where.rpartition("/")[2])
    if not cases:
        return Found(finding)
    named = "、".join(cases[:_NAMED]) + (f"等 {len(cases)} 件" if len(cases) > _NAMED else "")
    if finding.expected + moved != finding.found:
        message = f"{finding.message}封存后登记的变动（{named}）只说明其中 {moved:+d} 件。"
        return Found(replace(finding, message=message), tuple(cases))
    message = f"{finding.message}差数由上年报告封存后登记的变动造成：{named}；可用 yishen report amend 发布更正。"
    return Found(replace(finding, level="warning", message=message), tuple(cases))
