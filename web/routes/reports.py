"""年报: the years with their state, one report with its tables, what the checks say, and the cases behind each cell.

A sealed report shows the version that holds; ``draft`` shows what the log says now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from models.tables import agency, report
from models.vocabulary import AuditKind
from reports import amendments, drilling, issues, publications, sealing, texts, writers
from reports import findings as checked
from reports.checks import Finding
from reports.edition import Cell, Grid, edition_for_year, has_form, load_edition, tables
from reports.figures import Figures, zero_figures
from reports.findings import Found
from reports.issues import Issue
from reports.rollup import roll_up
from reports.texts import Content
from reports.writers.wording import printed
from tasks.office import reading
from web.forms import Form
from web.frame import WARNING, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import audit, desk
from workflow.faults import InputFault

router = APIRouter()

Reader = Annotated[Signed, needs(Right.SEE_REPORT)]
Writer = Annotated[Signed, needs(Right.EDIT_REPORT)]
Sealer = Annotated[Signed, needs(Right.SEAL_REPORT)]

FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}
SCOPES = {"head": "col", "title": "rowgroup", "label": "row"}
_OPENED = {"applications", "reviews"}
_MOST_CASES = 500
_ROW_OF_RULE = {"K2": "results/total", "K4": "carried_in"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A year of the list: what there is of its report."""

    year: int
    issue: Issue | None
    drafted: bool
    published: publications.Publication | None


@dataclass(frozen=True, slots=True)
class _Report:
    """A report as it is looked at: a sealed version, or (``issue`` is None) the draft."""

    owner: Any
    year: int
    figures: Figures
    content: Content
    found: Sequence[Found]
    issue: Issue | None


@router.get("/reports")
def every(request: Request, signed: Reader) -> Response:
    """The years that have a report, or will have one, the newest first."""
    house = house_of(request)
    with reading(house.office) as connection:
        rows = connection.execute(select(report.c.year).where(report.c.agency_id == signed.agency_id)).scalars()
        drafted = set(rows)
        running = house.today().year
        years = sorted({*drafted, running, running - 1}, reverse=True)
        listed = [
            Listed(
                year,
                issues.newest(connection, signed.agency_id, year),
                year in drafted,
                publications.of(connection, signed.agency_id, year),
            )
            for year in years
            if has_form(year)
        ]
    return page(request, "reports.html", listed=listed, running=running, sealed_on=_sealed_on)


def _sealed_on(issue: Issue) -> Any:
    return desk.day_of(issue.sealed_at)


@router.get("/reports/{year}")
def show(request: Request, signed: Reader, year: int, *, draft: bool = False, version: int = 0) -> Response:
    """One report: its tables as the form prints them, the words, what the checks found, last year beside it."""
    return _page(request, signed, year, Form(), draft=draft, version=version)


def _page(
    request: Request,
    signed: Signed,
    year: int,
    form: Form,
    *,
    draft: bool = False,
    version: int = 0,
    status: int = 200,
) -> Response:
    house = house_of(request)
    with reading(house.office) as connection:
        seen = _chosen(connection, signed, year, draft=draft, version=version)
        versions = issues.every(connection, signed.agency_id, year)
        moved, reworded = [], list[str]()
        if seen.issue is not None and seen.issue.version == len(versions):
            moved = amendments.since(connection, signed.agency_id, seen.issue)
            reworded = sealing.reworded(connection, seen.owner, seen.issue)
        before = _before(connection, seen)
        published = publications.of(connection, signed.agency_id, year)
    figures = seen.figures
    grids = tables(load_edition(figures.edition), figures.section_two)
    chosen = {"draft": "1"} if draft else {"version": str(version)} if version else {}
    return page(
        request,
        "report.html",
        status=status,
        form=form,
        year=year,
        seen=seen,
        versions=versions,
        moved=moved,
        reworded=reworded,
        published=published,
        compared=[] if before is None else list(_compared(figures, before)),
        grids=[(grid, list(groups(grid))) for grid in grids],
        scopes=SCOPES,
        shown=lambda cell: printed(figures.at(cell.place), cell.unit) if cell.place else cell.text,
        anchor=anchor,
        opens=lambda cell: _opens(cell, figures, year, chosen),
        where=lambda finding: _where(finding, figures, year if signed.may(Right.EDIT_REPORT) else None),
        parts=[(texts.place(part, figures.edition), body) for part, body in _words(seen.content)],
        pieces=texts.pieces,
        label_of=lambda each: drilling.label(each.cell, each.column, figures),
        formats=list(FORMATS),
        suffix="&" + urlencode(chosen) if chosen else "",
        over=house.today().year > year,
        sealed_on=_sealed_on,
    )


def _chosen(connection: Connection, signed: Signed, year: int, *, draft: bool, version: int) -> _Report:
    """The version asked for, else the newest, else the draft. Raises the answer 404 where there is none."""
    if not has_form(year):
        raise HTTPException(404)
    owner = connection.execute(select(agency).where(agency.c.id == signed.agency_id)).one()
    try:
        issue = _issue_of(connection, signed, year, draft=draft, version=version)
    except InputFault:
        raise HTTPException(404) from None
    if issue is not None:
        content = Content.from_json(issue.texts, desk.day_of(issue.sealed_at))
        found = [Found(Finding(**each)) for each in issue.findings]
        return _Report(owner, year, issue.figures, content, found, issue)
    figures = roll_up(connection, owner.id, owner.name, year)
    content = texts.gather(connection, owner.id, figures)
    found = [*checked.behind(connection, owner.id, figures), *map(Found, texts.findings(content, figures))]
    return _Report(owner, year, figures, content, found, None)


def _words(content: Content) -> Iterator[tuple[texts.Part, list[str]]]:
    for part in texts.PARTS:
        body = texts.paragraphs(content.parts.get(part.name, ""))
        if body:
            yield part, body


def _before(connection: Connection, seen: _Report) -> Figures | None:
    """Last year's figures: as they were sealed, else as drafted; None where there is no report."""
    year = seen.year - 1
    if not has_form(year):
        return None
    issue = issues.newest(connection, seen.owner.id, year)
    if issue is not None:
        return issue.figures
    drafted = select(report.c.id).where(report.c.agency_id == seen.owner.id, report.c.year == year)
    if connection.execute(drafted).first() is None:
        return None
    return roll_up(connection, seen.owner.id, seen.owner.name, year)


def _compared(figures: Figures, before: Figures) -> Iterator[tuple[str, int, int]]:
    """The totals of tables three and four, this year and the year before, where either has something."""
    form = load_edition(figures.edition)
    rows = [
        (name, figures.applications.get(path), before.applications.get(path))
        for path, name in form.table_three.names.items()
    ]
    rows += [(name, figures.reviews.get(key), before.reviews.get(key)) for key, name in form.table_four.labels.items()]
    for name, now, then in rows:
        if now is None or then is None:
            continue
        if now[-1] or then[-1]:
            yield name, now[-1] or 0, then[-1] or 0


def groups(grid: Grid) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The rows of a table by the part that they stand in: ``thead``, ``tbody``."""
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    if grid.head_rows:
        yield "thead", rows[: grid.head_rows]
    for start, end in zip(grid.bodies, (*grid.bodies[1:], grid.rows), strict=True):
        yield "tbody", rows[start:end]


def anchor(cell: Cell) -> str:
    """The id of a figure's cell on the page."""
    if cell.place is None:
        return ""
    return f"c-{cell.place.table}-{cell.place.key.replace('/', '-')}-{cell.place.index}"


def _opens(cell: Cell, figures: Figures, year: int, chosen: dict[str, str]) -> str | None:
    """Where the cases behind a figure are listed; None for a figure with no cases."""
    place = cell.place
    if place is None or place.table not in _OPENED or not figures.at(place):
        return None
    path = f"{place.table}/{place.key}"
    asked = {"cell": path, "column": drilling.column_of(path, place.index, figures), **chosen}
    return f"/reports/{year}/cells?{urlencode(asked)}"


def _where(finding: Finding, figures: Figures, writes: int | None) -> str | None:
    """Where the cell or the words stand that a finding is about; None where it is about no one place.

    Whoever writes the words (of the year ``writes``) is led to their form.
    """
    if writes and finding.where.startswith("texts/"):
        name = finding.where.removeprefix("texts/")
        if any(part.name == name for part in texts.PARTS):
            return f"/reports/{writes}/texts?{urlencode({'part': name})}"
    anchor = _anchor_of(finding, figures)
    return None if anchor is None else f"#{anchor}"


def _anchor_of(finding: Finding, figures: Figures) -> str | None:
    table, _slash, rest = finding.where.partition("/")
    rest = rest.partition("/")[0] if table == "proactive" else rest
    form = load_edition(figures.edition)
    if table == "texts":
        return "words"
    if table == "applications":
        columns = form.table_three.columns
        if rest in columns:
            row = _ROW_OF_RULE.get(finding.rule, "new")
            return f"c-applications-{row.replace('/', '-')}-{columns.index(rest)}"
        key = next((path for path, name in form.table_three.names.items() if name == rest), None)
        return None if key is None else f"c-applications-{key.replace('/', '-')}-{len(columns) - 1}"
    labels = {"reviews": form.table_four.labels, "proactive": figures.section_two.labels}.get(table, {})
    key = next((key for key, name in labels.items() if name == rest), None)
    return None if key is None else f"c-{table}-{key.replace('/', '-')}-0"


@router.get("/reports/{year}/cells")
def cases_of(
    request: Request,
    signed: Reader,
    year: int,
    *,
    cell: str = "",
    column: str = "",
    draft: bool = False,
    version: int = 0,
) -> Response:
    """The cases that a cell counts, in the log as it is now or as the version was sealed.

    Without a cell those that came and are counted nowhere, each with the reason.
    """
    if not has_form(year):
        raise HTTPException(404)
    house = house_of(request)
    with reading(house.office) as connection:
        if not cell:
            title, found, issue = None, drilling.unplaced(connection, signed.agency_id, year), None
        else:
            try:
                issue = _issue_of(connection, signed, year, draft=draft, version=version)
                edition = issue.figures.edition if issue else edition_for_year(year)
                which = drilling.find(cell, column, edition)
            except InputFault:
                raise HTTPException(404) from None
            figures = issue.figures if issue else zero_figures(signed.agency, year, edition)
            title = drilling.label(f"{which.table}/{which.key}", which.column, figures)
            issue = drilling.frozen(connection, which, issue)
            found = drilling.cases(connection, signed.agency_id, year, which, edition, issue)
    return page(
        request, "report_cells.html", year=year, title=title, found=found[:_MOST_CASES], number=len(found), issue=issue
    )


def _issue_of(connection: Connection, signed: Signed, year: int, *, draft: bool, version: int) -> Issue | None:
    if version:
        return issues.numbered(connection, signed.agency_id, year, version)
    return None if draft else issues.newest(connection, signed.agency_id, year)


@router.get("/reports/{year}/download")
def download(
    request: Request,
    signed: Reader,
    year: int,
    *,
    format: str = "docx",  # noqa: A002 - the name in the address
    draft: bool = False,
    version: int = 0,
) -> Response:
    """The report as a file; who took it is audited."""
    if format not in FORMATS:
        raise HTTPException(404)
    house = house_of(request)
    with reading(house.office) as connection:
        seen = _chosen(connection, signed, year, draft=draft, version=version)
    try:
        body = _written(seen, format)
    except InputFault as fault:
        return redirect(request, f"/reports/{year}", str(fault), WARNING)
    sealed = None if seen.issue is None else seen.issue.version
    with house.engine.begin() as connection:
        author = author_of(request, signed)
        audit.record(connection, author, AuditKind.EXPORT, f"report {year}", format=format, version=sealed)
    name = f"{signed.agency}{year}年政府信息公开工作年度报告{'' if sealed else '（草稿）'}.{format}"
    disposition = f"attachment; filename=\"report-{year}.{format}\"; filename*=UTF-8''{quote(name)}"
    return Response(body, media_type=FORMATS[format], headers={"Content-Disposition": disposition})


def _written(seen: _Report, file_format: str) -> bytes:
    """The bytes of the file. Raises InputFault where this machine cannot make it (PDF without its libraries)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{file_format}"
        match file_format:
            case "json":
                writers.write_json(seen.figures, path)
            case "xlsx":
                writers.write_xlsx(seen.figures, path, seen.content)
            case "docx":
                writers.write_docx(seen.figures, path, seen.content)
            case "pdf":
                writers.write_pdf(seen.figures, path, seen.content)
            case _:
                writers.write_html(seen.figures, path, seen.content)
        return path.read_bytes()


@router.post("/reports/{year}/seal")
def seal(request: Request, sent: Posted, signed: Sealer, year: int) -> Response:
    """Seal the report, or (``act`` is ``amend``) seal a corrected version; refused as on the command line."""
    house, form = house_of(request), Form(sent)
    if not has_form(year):
        raise HTTPException(404)
    amends = form.value("act") == "amend"
    reason = form.text("reason", required=amends, longest=1_000)
    despite = form.text("despite", longest=1_000) or None
    actor = f"{signed.name}（{signed.login}）"
    if form.ok:
        try:
            with house.engine.begin() as connection:
                owner = connection.execute(select(agency).where(agency.c.id == signed.agency_id)).one()
                if amends:
                    made = sealing.amend(connection, owner, year, house.now(), actor, reason, despite)
                else:
                    made = sealing.seal(connection, owner, year, house.now(), actor, despite)
                author = author_of(request, signed)
                audit.record(
                    connection,
                    author,
                    AuditKind.REPORT_SEALED,
                    f"report {year}",
                    version=made.version,
                    hash=made.hash.hex(),
                )
        except InputFault as fault:
            _refused(form, fault)
        else:
            said = _("%(year)s 年报告已封存为第 %(n)s 版。", year=year, n=made.version)
            return redirect(request, f"/reports/{year}", said)
    return _page(request, signed, year, form, status=422)


_RULE = re.compile(r"^(?:K\d|TEXT) [^：]*：")


def _refused(form: Form, fault: InputFault) -> None:
    """What sealing was refused for, in terms of the page: its options are fields here."""
    for sentence in fault.sentences:
        if "--despite" in sentence:
            form.fault("despite", _("有错误或者没有写完的文字，没有封存；仍要封存的，写明理由再点一次"))
        elif "尚未年终结转" in sentence:
            form.general.append(_("年终结转还没有完成，系统会自动完成，请稍后再试；一直如此的请告知系统管理员"))
        else:
            # A finding begins with its rule and its cell, by which the command names it; here it says where in words.
            form.general.append(_RULE.sub("", sentence.removeprefix("YEAR：")))


@router.post("/reports/{year}/published")
def publish(request: Request, sent: Posted, signed: Writer, year: int) -> Response:
    """Record when and where the report was handed in and published (Art. 49); reminders of it end."""
    house, form = house_of(request), Form(sent)
    if not has_form(year):
        raise HTTPException(404)
    day, place = form.day("on", required=True), form.text("place", required=True, longest=1_000)
    if form.ok and day is not None:
        try:
            with house.engine.begin() as connection:
                made = publications.Publication(day, place)
                publications.record(connection, signed.agency_id, year, made, signed.actor, house.now())
            return redirect(request, f"/reports/{year}", _("已登记提交和公布"))
        except InputFault as fault:
            form.take(fault, {"--on": "on", "--where": "place"})
    return _page(request, signed, year, form, status=422)


@router.get("/reports/{year}/texts")
def ask_text(request: Request, signed: Writer, year: int, part: str = "1/summary") -> Response:
    """One part of the words as a template with figures by name, and what it reads now."""
    found = _part(year, part)
    house = house_of(request)
    with reading(house.office) as connection:
        figures = roll_up(connection, signed.agency_id, signed.agency, year)
        each = next(each for each in texts.shown(connection, signed.agency_id, figures) if each.part == found)
    return _text_page(request, signed, year, found, Form({"body": each.template}), each.rendered)


@router.post("/reports/{year}/texts")
def write_text(request: Request, sent: Posted, signed: Writer, year: int) -> Response:
    """Write a part (``act`` is ``save``), go back to its default (``default``), or only look at what it would read."""
    house, form = house_of(request), Form(sent)
    found, act = _part(year, form.value("part")), form.value("act")
    body = form.value("body").replace("\r\n", "\n")
    rendered = ""
    try:
        if act in {"save", "default"} and form.ok:
            with house.engine.begin() as connection:
                wanted = None if act == "default" else body
                now, name = house.now(), signed.agency
                texts.write(connection, signed.agency_id, name, year, found, wanted, signed.actor, now)
            return redirect(request, f"/reports/{year}/texts?part={quote(found.name, safe='')}", _("已保存"))
        with reading(house.office) as connection:
            figures = roll_up(connection, signed.agency_id, signed.agency, year)
            known = texts.known_names(connection, signed.agency_id, figures)
        rendered = known.render(texts.check_body(body), texts.place(found, figures.edition))
    except InputFault as fault:
        for sentence in fault.sentences:
            form.fault("body", sentence)
    return _text_page(request, signed, year, found, form, rendered, status=200 if form.ok else 422)


def _part(year: int, name: str) -> texts.Part:
    """The part of this name. Raises the answer 404 where there is none."""
    found = next((part for part in texts.PARTS if part.name == name), None)
    if found is None or not has_form(year):
        raise HTTPException(404)
    return found


def _called(part: texts.Part, figures: Figures) -> str:
    """A part as an officer calls it; section six has two without a heading of their own."""
    more = {"6/fees": _("：收取信息处理费"), "6/others": _("：其他")}.get(part.name, "")
    return texts.place(part, figures.edition) + more


def _text_page(
    request: Request, signed: Signed, year: int, part: texts.Part, form: Form, rendered: str, *, status: int = 200
) -> Response:
    with reading(house_of(request).office) as connection:
        figures = roll_up(connection, signed.agency_id, signed.agency, year)
        known = texts.known_names(connection, signed.agency_id, figures)
        written = texts.stored(connection, signed.agency_id, year)
        issue = issues.newest(connection, signed.agency_id, year)
    return page(
        request,
        "report_text.html",
        status=status,
        form=form,
        year=year,
        part=part,
        parts=[(each.name, _called(each, figures), each.name in written) for each in texts.PARTS],
        place=_called(part, figures),
        body=texts.paragraphs(rendered),
        pieces=texts.pieces,
        names=[(name, known.value(name)) for name in known.printed],
        issue=issue,
        own=part.name in written,
    )
