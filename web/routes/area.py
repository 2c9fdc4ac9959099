"""汇总年报: the report of an area: its agencies and who has not filed, the sum, what is wrong; sealed, as a file.

Whoever reads it is a supervisor of the authority; whoever seals it has the right to seal besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from models.tables import agency
from models.vocabulary import AuditKind
from reports import area as areas
from reports import area_issues, drilling, publications, writers
from reports.area import TOTALS, Area, Member
from reports.area_issues import AreaIssue
from reports.edition import Cell, Place, edition_for_year, has_form, load_edition, tables
from reports.figures import zero_figures
from reports.writers.wording import printed
from tasks.office import reading
from web.forms import Form
from web.frame import WARNING, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, needs
from web.routes.reports import FORMATS, SCOPES, anchor, groups
from workflow import audit, desk
from workflow.faults import InputFault

router = APIRouter()

Reader = Annotated[Signed, needs(Right.SEE_REPORT)]
Sealer = Annotated[Signed, needs(Right.SEAL_REPORT)]

_FIRST_YEAR = 2019
_LONGEST_REASON = 1_000


def _over_an_area(signed: Signed) -> None:
    """Raise the answer 404 for who does not look below: an area's numbers are those of other agencies."""
    if not signed.looks_below:
        raise HTTPException(404)


def _owner(connection: Connection, signed: Signed) -> Any:
    return connection.execute(select(agency).where(agency.c.id == signed.home)).one()


@router.get("/area")
def every(request: Request, signed: Reader) -> Response:
    """The years that have an area report, or may have one, the newest first."""
    _over_an_area(signed)
    house = house_of(request)
    running = house.today().year
    with reading(house.office) as connection:
        listed = []
        for year in range(running, _FIRST_YEAR - 1, -1):
            issues = area_issues.every(connection, signed.home, year)
            published = publications.of(connection, signed.home, year, of_area=True)
            if issues or published or year >= running - 1:
                listed.append((year, issues[-1] if issues else None, published))
        number = len(areas.members(connection, signed.home))
    return page(request, "area_years.html", listed=listed, running=running, number=number, sealed_on=_sealed_on)


def _sealed_on(issue: AreaIssue) -> Any:
    return desk.day_of(issue.sealed_at)


@router.get("/area/{year}")
def show(request: Request, signed: Reader, year: int, version: int = 0) -> Response:
    """The area of a year as it is now, or as a version was sealed."""
    _over_an_area(signed)
    return _page(request, signed, year, Form(), version, 200)


def _found(connection: Connection, signed: Signed, year: int, version: int) -> tuple[Area, list[AreaIssue]]:
    """The area, and its sealed versions. Raises the answer 404 for a year or version that is not there."""
    if not has_form(year):
        raise HTTPException(404)
    issues = area_issues.every(connection, signed.home, year)
    if not version:
        return areas.of_agencies(connection, _owner(connection, signed), year), issues
    sealed = next((issue for issue in issues if issue.version == version), None)
    if sealed is None:
        raise HTTPException(404)
    return areas.of_issue(sealed), issues


def _page(request: Request, signed: Signed, year: int, form: Form, version: int, status: int) -> Response:
    house = house_of(request)
    with reading(house.office) as connection:
        found, issues = _found(connection, signed, year, version)
        published = publications.of(connection, signed.home, year, of_area=True)
    figures = found.figures
    known = [member.totals for member in found.members if member.totals is not None]
    moved = area_issues.moved(issues[-1], figures) if issues and not version else []
    return page(
        request,
        "area.html",
        status=status,
        form=form,
        year=year,
        version=version,
        issues=issues,
        area=found,
        totals=list(TOTALS.values()),
        sums=[sum(column) for column in zip(*known, strict=True)],
        filed=_filed,
        missing=[member for member in found.members if not member.filed],
        wrong=[member for member in found.members if member.found],
        moved=[
            (drilling.label(path, drilling.column_of(path, at, figures), figures), old, new)
            for path, at, old, new in moved
        ],
        grids=[(grid, list(groups(grid))) for grid in tables(load_edition(figures.edition), figures.section_two)],
        scopes=SCOPES,
        anchor=anchor,
        shown=lambda cell: printed(figures.at(cell.place), cell.unit) if cell.place else cell.text,
        opens=lambda cell: None if version else _opens(found, cell, year),
        formats=list(FORMATS),
        published=published,
        over=house.today().year > year,
        sealed_on=_sealed_on,
    )


def _filed(member: Member) -> str:
    """How an agency's part of the sum was taken."""
    if member.issue is not None:
        return _("定稿第 %(n)s 版", n=member.issue[0])
    if member.state == "read":
        return _("已读已发布的报告")
    return _("草稿，按台账") if member.state == "draft" else _("没有报告，按台账")


def _opens(found: Area, cell: Cell, year: int) -> str | None:
    """Where the agencies are listed that a figure comes from; None for a figure of none."""
    place = cell.place
    if place is None or not found.figures.at(place):
        return None
    return f"/area/{year}/cells?{urlencode({'table': place.table, 'key': place.key, 'index': place.index})}"


@router.get("/area/{year}/cells")
def agencies_of(
    request: Request, signed: Reader, year: int, table: str = "", key: str = "", index: int = 0
) -> Response:
    """The agencies that a figure of the area comes from, each with its part."""
    _over_an_area(signed)
    if not has_form(year):
        raise HTTPException(404)
    zero = zero_figures(signed.agency, year, edition_for_year(year))
    rows = {"applications": zero.applications, "reviews": zero.reviews, "proactive": zero.proactive}.get(table, {})
    if key not in rows or not 0 <= index < len(rows[key]):
        raise HTTPException(404)
    place = Place(table, key, index)  # type: ignore[arg-type]
    with reading(house_of(request).office) as connection:
        found = areas.by_member(connection, _owner(connection, signed), year, place)
    title = drilling.label(f"{table}/{key}", drilling.column_of(f"{table}/{key}", index, zero), zero)
    cell = f"#c-{table}-{key.replace('/', '-')}-{index}"
    return page(request, "area_cells.html", year=year, title=title, found=found, to=f"/reports/{year}{cell}")


@router.get("/area/{year}/download")
def download(request: Request, signed: Reader, year: int, format: str = "xlsx", version: int = 0) -> Response:  # noqa: A002
    """The sum as a file; a workbook has what each agency gave to it besides. Audited."""
    _over_an_area(signed)
    if format not in FORMATS:
        raise HTTPException(404)
    house = house_of(request)
    with reading(house.office) as connection:
        found, _issues = _found(connection, signed, year, version)
    try:
        body = _written(found, format)
    except InputFault as fault:
        return redirect(request, f"/area/{year}", str(fault), WARNING)
    with house.engine.begin() as connection:
        author = author_of(request, signed)
        audit.record(connection, author, AuditKind.EXPORT, f"area {year}", format=format, version=version or None)
    disposition = f'attachment; filename="area-{year}.{format}"'
    return Response(body, media_type=FORMATS[format], headers={"Content-Disposition": disposition})


def _written(found: Area, file_format: str) -> bytes:
    """The bytes of the file. Raises InputFault where this machine cannot make it (PDF without its libraries)."""
    write = {
        "json": writers.write_json,
        "docx": writers.write_docx,
        "pdf": writers.write_pdf,
        "html": writers.write_html,
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"area.{file_format}"
        if file_format == "xlsx":
            writers.write_xlsx(found.figures, path, agencies=_table(found))
        else:
            write[file_format](found.figures, path)
        return path.read_bytes()


def _table(found: Area) -> Sequence[Sequence[Any]]:
    """Of each agency its state and what it gave to the sum, under a heading."""
    head: list[Any] = ["机关", "报送", *TOTALS.values()]
    return [head, *([each.name, _filed(each), *(each.totals or [None] * len(TOTALS))] for each in found.members)]


@router.post("/area/{year}/seal")
def seal(request: Request, sent: Posted, signed: Sealer, year: int) -> Response:
    """Seal the sum as it is, or a corrected version; refused as on the command line."""
    _over_an_area(signed)
    if not has_form(year):
        raise HTTPException(404)
    house, form = house_of(request), Form(sent)
    reason = form.text("reason", longest=_LONGEST_REASON)
    if form.ok:
        try:
            with house.engine.begin() as connection:
                owner = _owner(connection, signed)
                found = areas.of_agencies(connection, owner, year)
                made = area_issues.seal(connection, owner, year, found, house.now(), signed.name, reason)
                author = author_of(request, signed)
                detail = {"version": made.version, "hash": made.hash.hex()}
                audit.record(connection, author, AuditKind.REPORT_SEALED, f"area {year}", **detail)
        except InputFault as fault:
            for sentence in fault.sentences:
                if "--reason" in sentence:
                    form.fault("reason", _("有以上问题，没有封存；仍要封存或者更正的，写明理由再点一次"))
                else:
                    form.general.append(sentence.removeprefix("YEAR："))
        else:
            return redirect(
                request, f"/area/{year}", _("%(year)s 年汇总已封存为第 %(n)s 版。", year=year, n=made.version)
            )
    return _page(request, signed, year, form, 0, 422)
