"""年度报告: the figures of a year, the cases behind a cell, what the checks find."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from sqlalchemy import Connection, select

from models.tables import report
from reports import drilling, issues, publications, texts
from reports import findings as checked
from reports.checks import Finding
from reports.edition import edition_for_year, has_form
from reports.figures import Figures, to_json, zero_figures
from reports.findings import Found
from reports.issues import Issue
from reports.rollup import roll_up
from tasks.office import reading
from web.api import problems
from web.api.callers import Caller, allows, area
from web.api.cases import AgencyCode, Cursor, opened, sealed
from web.api.problems import Problem
from web.api.shapes import CellCases, Findings, Line, Report, Reports
from web.house import house_of
from web.rights import Right
from workflow.faults import InputFault

router = area("年度报告")

See = Annotated[Caller, allows(Right.SEE_REPORT)]
Year = Annotated[int, Path(ge=1900, le=9999, description="年度")]
Draft = Annotated[Literal["true", "false"], Query(description="true：不看封存的定稿，看日志现在的数")]
Version = Annotated[int | None, Query(ge=1, le=10**6, description="定稿的版次；不填为最新一版，没有定稿的为草稿")]
_MOST = 200


@router.get(
    "/reports",
    response_model=Reports,
    operation_id="listReports",
    summary="各年度的报告",
    description="哪些年度已经起草、封存、公布，最近的在前。",
)
def every(request: Request, caller: See, agency: AgencyCode = None) -> Any:
    """The years that have a report, or will have one."""
    house = house_of(request)
    with reading(house.office) as connection:
        owner = caller.agency(connection, agency)
        drafted = set(connection.execute(select(report.c.year).where(report.c.agency_id == owner.id)).scalars())
        running = house.today().year
        years = sorted({*drafted, running, running - 1}, reverse=True)
        listed = []
        for year in filter(has_form, years):
            published = publications.of(connection, owner.id, year)
            listed.append(
                {
                    "year": year,
                    "drafted": year in drafted,
                    "issue": _issue(issues.newest(connection, owner.id, year)),
                    "published_on": published and published.published_on,
                    "place": published and published.place,
                }
            )
    return {"agency": owner.code, "reports": listed}


def _issue(issue: Issue | None) -> dict[str, Any] | None:
    if issue is None:
        return None
    return {"version": issue.version, "sealed_at": issue.sealed_at.isoformat(), "hash": issue.hash.hex()}


def _chosen(
    connection: Connection, owner: Any, year: int, draft: str, version: int | None
) -> tuple[Figures, Issue | None]:
    """The version asked for, else the newest, else the draft. Raises the answer 404 where there is none."""
    if not has_form(year):
        raise problems.absent()
    issue = _chosen_issue(connection, owner, year, draft, version)
    return (roll_up(connection, owner.id, owner.name, year) if issue is None else issue.figures), issue


def _chosen_issue(connection: Connection, owner: Any, year: int, draft: str, version: int | None) -> Issue | None:
    if version is None:
        return None if draft == "true" else issues.newest(connection, owner.id, year)
    try:
        return issues.numbered(connection, owner.id, year, version)
    except InputFault:
        raise problems.absent() from None


@router.get(
    "/reports/{year}",
    response_model=Report,
    operation_id="getReport",
    summary="一个年度的报告",
    description="三张表的数和信息处理费。已封存的为最新一版定稿，否则为草稿。",
)
def one(
    request: Request,
    caller: See,
    year: Year,
    draft: Draft = "false",
    version: Version = None,
    agency: AgencyCode = None,
) -> Any:
    """The figures of a year."""
    with reading(house_of(request).office) as connection:
        owner = caller.agency(connection, agency)
        figures, issue = _chosen(connection, owner, year, draft, version)
    return {**to_json(figures), "issue": _issue(issue)}


@router.get(
    "/reports/{year}/cells",
    response_model=CellCases,
    operation_id="getCellCases",
    summary="单元格背后的办件",
    description="表三、表四或者信息处理费的一个单元格计入的办件，一次一页。单元格写作 applications/results/granted、"
    "reviews/reconsideration 等，列写作自然人、总计等。",
)
def cell(
    request: Request,
    caller: See,
    year: Year,
    cell: Annotated[Line, Query(description="单元格，如 applications/new")],
    column: Annotated[Line | None, Query(description="列，如 自然人；不填为总计")] = None,
    draft: Draft = "false",
    version: Version = None,
    limit: Annotated[int, Query(ge=1, le=_MOST, description="一页的件数")] = _MOST,
    cursor: Cursor = None,
    agency: AgencyCode = None,
) -> Any:
    """The cases that a cell counts, by their numbers."""
    if not has_form(year):
        raise problems.absent()
    with reading(house_of(request).office) as connection:
        owner = caller.agency(connection, agency)
        issue = _chosen_issue(connection, owner, year, draft, version)
        edition = issue.figures.edition if issue else edition_for_year(year)
        try:
            which = drilling.find(cell, column or "", edition)
        except InputFault as fault:
            raise _no_cell(fault) from None
        frozen = drilling.frozen(connection, which, issue)
        found = drilling.cases(connection, owner.id, year, which, edition, frozen)
    mark = f"{owner.code}/{year}/{which.table}/{which.key}/{which.column}/{issue.version if issue else 0}:"
    begun = opened(cursor, mark)
    start = int(begun or 0)
    end = start + limit
    path = f"{which.table}/{which.key}"
    return {
        "year": year,
        "cell": path,
        "column": which.column,
        "label": drilling.label(path, which.column, issue.figures if issue else zero_figures("", year, edition)),
        "figure": len(found),
        "issue": _issue(frozen),
        "cases": [each.to_json() for each in found[start:end]],
        "next": sealed(str(end), mark) if end < len(found) else None,
    }


def _no_cell(fault: InputFault) -> Problem:
    errors = []
    for sentence in fault.sentences:
        place, _colon, rest = sentence.partition("：")
        errors.append({"detail": rest or sentence, "parameter": "column" if place == "--column" else "cell"})
    return Problem(problems.INVALID, " ".join(each["detail"] for each in errors), errors)


@router.get(
    "/reports/{year}/findings",
    response_model=Findings,
    operation_id="getFindings",
    summary="勾稽关系检查",
    description="报告的数和文字有没有对不上的，造成问题的是哪些办件。定稿的为封存时所见。",
)
def findings(
    request: Request,
    caller: See,
    year: Year,
    draft: Draft = "false",
    version: Version = None,
    agency: AgencyCode = None,
) -> Any:
    """What the checks find of a report."""
    with reading(house_of(request).office) as connection:
        owner = caller.agency(connection, agency)
        figures, issue = _chosen(connection, owner, year, draft, version)
        if issue is not None:
            found = [Found(Finding(**each)) for each in issue.findings]
        else:
            content = texts.gather(connection, owner.id, figures)
            found = [*checked.behind(connection, owner.id, figures), *map(Found, texts.findings(content, figures))]
    return {
        "agency": owner.code,
        "year": year,
        "issue": _issue(issue),
        "ok": all(each.finding.level != "error" for each in found),
        "findings": [{**asdict(each.finding), "cases": list(each.cases)} for each in found],
    }
