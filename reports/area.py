"""汇总: the report of an area (本行政区域), the sum over its agencies, and what in it cannot be true together.

The sum is taken from what the agencies sealed, from the log of those that did not seal yet, or from published reports
as they were read. What is sealed or logged is added up by the database, whatever the number of agencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Numeric,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from models.tables import (
    agency,
    fee,
    normative_document,
    proactive_figure,
    report,
    report_cell,
    report_issue,
    request_case,
    review,
)
from models.vocabulary import ApplicantKind, Outcome, ReviewKind
from reports import amendments, checks, drilling, findings, issues
from reports.checks import Finding
from reports.edition import RESULTS_TOTAL, Place, edition_for_year, load_edition
from reports.figures import Fees, Figure, Figures, zero_figures
from reports.findings import Found
from reports.issues import DRAFT, SEALED
from reports.rollup import ENDED, IN_THE_YEAR, IS_NEW, RESULT, REVIEWED, table_four, table_three
from workflow import statute
from workflow.faults import InputFault

if TYPE_CHECKING:
    from reports.area_issues import AreaIssue

State = Literal["sealed", "draft", "none", "read"]
TOTALS = {
    "new": "本年新收",
    "carried_in": "上年结转",
    "results": "本年办结",
    "carried_out": "结转下年度",
    "reconsideration": "行政复议",
    "litigation": "行政诉讼",
}
"""What is told of each agency: 总计 of four rows of table three and of the groups of table four, by key in the JSON."""
_ROWS = ("new", "carried_in", RESULTS_TOTAL, "carried_out")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Member:
    """An agency of the area: whether its report is sealed, drafted, missing or read from ``source``; what is wrong.

    ``totals`` are its part of the area's figures, in the order of ``TOTALS``; None if nothing is known of it. ``issue``
    is the sealed version that they are from: its number, and its hash in hexadecimal.
    """

    name: str
    state: State
    code: str | None = None
    source: str | None = None
    found: tuple[Found, ...] = ()
    totals: tuple[int, ...] | None = None
    issue: tuple[int, str] | None = None

    @property
    def filed(self) -> bool:
        """Whether its report is there: sealed here, or read."""
        return self.state in {"sealed", "read"}

    def to_json(self) -> dict[str, Any]:
        """The agency as plain JSON."""
        return {
            "code": self.code,
            "name": self.name,
            "state": self.state,
            "filed": self.filed,
            "source": self.source,
            "totals": None if self.totals is None else dict(zip(TOTALS, self.totals, strict=True)),
            "version": self.issue and self.issue[0],
            "hash": self.issue and self.issue[1],
            "findings": [found.to_json() for found in self.found],
        }


@dataclass(frozen=True, slots=True)
class Area:
    """The area's figures, its agencies in the order of their codes, and what is wrong with the sum.

    ``owner`` is the code of the authority whose area it is, where that is one of the agencies.
    """

    figures: Figures
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]
    owner: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing of level error was found, in the sum or in an agency's report."""
        found = [*self.findings, *(each.finding for member in self.members for each in member.found)]
        return not any(finding.level == "error" for finding in found)

    def with_findings(self, more: Iterable[Finding]) -> Area:
        """The area with more findings."""
        return replace(self, findings=(*self.findings, *more))


_IDS = bindparam("agencies", type_=ARRAY(BigInteger))
_MEMBERS = request_case.c.agency_id == func.any(_IDS)
_COUNTED = (
    select(request_case.c.agency_id, ENDED.label("outcome"), request_case.c.applicant_kind, IS_NEW.label("is_new"))
    .where(_MEMBERS, IN_THE_YEAR)
    .subquery()
)
_OF_CELL = (_COUNTED.c.outcome, _COUNTED.c.applicant_kind)
CASES = select(
    _COUNTED.c.agency_id,
    *_OF_CELL,
    func.count(),
    func.count().filter(_COUNTED.c.is_new),
    func.count(_COUNTED.c.outcome),
).group_by(func.grouping_sets(tuple_(_COUNTED.c.agency_id), tuple_(*_OF_CELL)))
"""The area's table three, and each agency's part of it, out of one reading of the cases.

A row without an agency is one of :data:`reports.rollup.CASES` over all of them; one with an agency has its cases, how
many of them are new, and how many ended in the year.
"""
_REVIEWS = (
    select(review.c.agency_id, review.c.kind, RESULT, func.count())
    .where(review.c.agency_id == func.any(_IDS), REVIEWED)
    .group_by(review.c.agency_id, review.c.kind, RESULT)
)
_YEAR_DAYS: tuple[Any, Any] = (bindparam("start"), bindparam("end"))
_FEES = select(func.count(), func.coalesce(func.sum(fee.c.billed_yuan), 0)).where(
    fee.c.agency_id == func.any(_IDS), fee.c.notified_on.between(*_YEAR_DAYS)
)
_RECEIVED = select(func.coalesce(func.sum(fee.c.received_yuan), 0)).where(
    fee.c.agency_id == func.any(_IDS), fee.c.paid_on.between(*_YEAR_DAYS)
)


def members(connection: Connection, agency_id: int) -> list[Any]:
    """The agencies of an authority's area, itself among them, by code: those under it, and those under these."""
    below = select(agency.c.id).where(agency.c.id == agency_id).cte("below", recursive=True)
    below = below.union(select(agency.c.id).join(below, agency.c.parent_id == below.c.id))
    which = select(agency.c.id, agency.c.code, agency.c.name).where(agency.c.id.in_(select(below.c.id)))
    return list(connection.execute(which.order_by(agency.c.code)))


def of_agencies(connection: Connection, owner: Any, year: int) -> Area:
    """The area of an authority (a row of ``agency``) from what its agencies sealed, or their log where they did not.

    Raises InputFault for a year without a form.
    """
    try:
        edition = edition_for_year(year)
    except ValueError as error:
        raise InputFault(str(error)) from error
    rows = members(connection, owner.id)
    ids = [row.id for row in rows]
    of_year = select(report.c.agency_id, report.c.state, report.c.edition).where(
        report.c.year == year, report.c.agency_id == func.any(_IDS)
    )
    known = {row.agency_id: row for row in connection.execute(of_year, {"agencies": ids})}
    # A version in another edition than the year's cannot be: seal() takes the year's own.
    sealed = [number for number, row in known.items() if row.state == SEALED and row.edition == edition]
    logged = sorted({*ids} - {*sealed})
    totals = _sealed_totals(connection, year, sealed)
    parts = []
    if logged:
        part, of_each = _from_log(connection, owner.name, year, edition, logged)
        parts.append(part)
        totals |= of_each
    if sealed:
        parts.append(_from_cells(connection, owner.name, year, edition, sealed))
    figures = _added(owner.name, year, edition, parts)
    wrong = _wrong(connection, year, ids, sealed, logged)
    states: dict[int, State] = {number: "sealed" if row.state == SEALED else "draft" for number, row in known.items()}
    versions = _versions(connection, year, sealed)
    made = tuple(
        Member(
            row.name,
            states.get(row.id, "none"),
            row.code,
            found=tuple(wrong.get(row.id, ())),
            totals=totals[row.id],
            issue=versions.get(row.id),
        )
        for row in rows
    )
    return _checked(Area(figures, made, (), owner.code))


def by_member(connection: Connection, owner: Any, year: int, place: Place) -> list[tuple[Any, Figure]]:
    """The agencies (rows of ``agency``) that a figure of an authority's area comes from, each with its part, not 0.

    They are taken as :func:`of_agencies` takes them. Raises InputFault for a year without a form.
    """
    try:
        edition = edition_for_year(year)
    except ValueError as error:
        raise InputFault(str(error)) from error
    rows = members(connection, owner.id)
    of_year = select(report.c.agency_id).where(
        report.c.year == year,
        report.c.agency_id == func.any(_IDS),
        report.c.state == SEALED,
        report.c.edition == edition,
    )
    sealed = set(connection.execute(of_year, {"agencies": [row.id for row in rows]}).scalars())
    logged = [row.id for row in rows if row.id not in sealed]
    parts = _sealed_at(connection, year, [*sealed], place)
    if place.table == "applications":
        parts |= _logged_at(connection, year, edition, logged, place)
    else:
        of = (review,) if place.table == "reviews" else (proactive_figure, normative_document)
        having = union(*(select(table.c.agency_id).where(table.c.agency_id == func.any(_IDS)) for table in of))
        for number in connection.execute(having, {"agencies": logged}).scalars():
            figures, _ = _from_log(connection, owner.name, year, edition, [number])
            parts[number] = figures.at(place)
    return [(row, parts[row.id]) for row in rows if parts.get(row.id)]


def _sealed_at(connection: Connection, year: int, ids: Sequence[int], place: Place) -> dict[int, Figure]:
    """One figure of each of the agencies as they sealed it."""
    cell = report_cell.c
    statement = (
        select(report.c.agency_id, cell.value)
        .join(report, report.c.id == cell.report_id)
        .where(
            report.c.year == year,
            report.c.agency_id == func.any(_IDS),
            cell.path == f"{place.table}/{place.key}",
            cell.position == place.index,
        )
    )
    whole = place.table != "proactive"
    rows = connection.execute(statement, {"agencies": list(ids)})
    return {number: int(value) if whole or value == int(value) else value for number, value in rows}


def _logged_at(connection: Connection, year: int, edition: str, ids: Sequence[int], place: Place) -> dict[int, Figure]:
    """One figure of table three of each of the agencies from their cases."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    which = [_MEMBERS, request_case.c.counted, drilling.in_row(place.key, load_edition(edition), first, last)]
    kinds = list(ApplicantKind)
    if place.index < len(kinds):
        which.append(request_case.c.applicant_kind == kinds[place.index].value)
    statement = select(request_case.c.agency_id, func.count()).where(*which).group_by(request_case.c.agency_id)
    return {row[0]: row[1] for row in connection.execute(statement, {"agencies": list(ids)})}


def of_issue(issue: AreaIssue) -> Area:
    """The area as one of its sealed versions has it."""
    made = []
    for each in issue.members:
        totals = each["totals"]
        found = []
        for finding in each["findings"]:
            known = {key: value for key, value in finding.items() if key != "cases"}
            found.append(Found(Finding(**known), tuple(finding["cases"])))
        made.append(
            Member(
                each["name"],
                each["state"],
                each["code"],
                each["source"],
                tuple(found),
                None if totals is None else tuple(totals[key] for key in TOTALS),
                None if each["version"] is None else (each["version"], each["hash"]),
            )
        )
    return Area(issue.figures, tuple(made), tuple(Finding(**each) for each in issue.findings))


def _versions(connection: Connection, year: int, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The newest sealed version of each of the agencies, and its hash."""
    statement = (
        select(report.c.agency_id, report_issue.c.version, report_issue.c.hash)
        .join(report, report.c.id == report_issue.c.report_id)
        .where(report.c.year == year, report.c.agency_id == func.any(_IDS))
        .order_by(report_issue.c.version)
    )
    rows = connection.execute(statement, {"agencies": list(ids)})
    return {number: (version, digest.hex()) for number, version, digest in rows}


def _sealed_totals(connection: Connection, year: int, ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """``TOTALS`` of agencies from the cells that they sealed."""
    reviews = {f"reviews/{kind.value}": place for kind, place in _REVIEW_PLACES.items()}
    places = {f"applications/{path}": index for index, path in enumerate(_ROWS)} | reviews
    cell = report_cell.c
    last = [and_(cell.path == path, cell.position == (4 if path in reviews else len(ApplicantKind))) for path in places]
    statement = (
        select(report.c.agency_id, cell.path, cell.value)
        .join(report, report.c.id == cell.report_id)
        .where(report.c.year == year, report.c.agency_id == func.any(_IDS), or_(*last))
    )
    found = {number: [0] * len(TOTALS) for number in ids}
    for number, path, value in connection.execute(statement, {"agencies": list(ids)}):
        found[number][places[path]] += int(value)
    return {number: tuple(row) for number, row in found.items()}


_REVIEW_PLACES = {kind: len(_ROWS) + (kind is not ReviewKind.RECONSIDERATION) for kind in ReviewKind}


def _read_totals(figures: Figures) -> tuple[int, ...]:
    """``TOTALS`` of a report that was read; a blank counts as 0."""
    rows, reviews = _whole(figures.applications), _whole(figures.reviews)
    found = [*(rows[path][-1] or 0 for path in _ROWS), 0, 0]
    for kind, place in _REVIEW_PLACES.items():
        found[place] += reviews[kind.value][-1] or 0
    return tuple(found)


def _from_log(
    connection: Connection, name: str, year: int, edition: str, ids: Sequence[int]
) -> tuple[Figures, dict[int, tuple[int, ...]]]:
    """The sum over agencies from their cases, fees, and what they entered; and ``TOTALS`` of each agency."""
    values = {"agencies": list(ids), "start": date(year, 1, 1), "end": date(year, 12, 31)}
    zero = zero_figures(name, year, edition)
    totals = {number: [0] * len(TOTALS) for number in ids}
    cells: list[Any] = []
    # With less the planner sorts all the cases on disk rather than count them as they come.
    connection.execute(select(func.set_config("work_mem", "16MB", literal(True))))  # noqa: FBT003
    for number, outcome, kind, every, new, ended in connection.execute(CASES, values):
        if number is None:
            cells.append((outcome, kind, every, new))
        else:
            totals[number][: len(_ROWS)] = [new, every - new, ended, every - ended]
    reviews: Counter[tuple[str, str]] = Counter()
    for number, review_kind, result, count in connection.execute(_REVIEWS, values):
        reviews[review_kind, result] += count
        totals[number][_REVIEW_PLACES[ReviewKind(review_kind)]] += count
    notices, billed = connection.execute(_FEES, values).one()
    received = connection.execute(_RECEIVED, values).scalar_one()
    figures = replace(
        zero,
        applications=table_three(cells, zero),
        reviews=table_four([(*key, count) for key, count in reviews.items()], zero),
        proactive=_entered(connection, year, edition, ids, zero),
        fees=Fees(int(notices), Decimal(billed), Decimal(received)),
    )
    return figures, {number: tuple(row) for number, row in totals.items()}


def _entered(
    connection: Connection, year: int, edition: str, ids: Sequence[int], zero: Figures
) -> dict[str, tuple[Figure, ...]]:
    """Section two: what was entered in the year's own form, and the registers of those that entered no such row."""
    rows = {key: list(row) for key, row in zero.proactive.items()}
    columns = load_edition(edition).section_two.columns_of
    place = (
        func.unnest(proactive_figure.c.figures)
        .table_valued(column("value", Numeric), with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    entered = (
        select(proactive_figure.c.item, place.c.place, func.sum(place.c.value))
        .where(
            proactive_figure.c.agency_id == func.any(_IDS),
            proactive_figure.c.year == year,
            proactive_figure.c.edition == edition,
        )
        .group_by(proactive_figure.c.item, place.c.place)
    )
    for item, index, value in connection.execute(entered, {"agencies": list(ids)}):
        if item in rows and index <= len(columns[item]):
            whole = columns[item][index - 1].kind == "integer"
            rows[item][index - 1] = int(value) if whole else value
    first, last = date(year, 1, 1), date(year, 12, 31)
    document = normative_document.c
    typed = exists().where(
        proactive_figure.c.agency_id == document.agency_id,
        proactive_figure.c.year == year,
        proactive_figure.c.item == document.kind,
    )
    counts = {
        "issued": func.count().filter(document.issued_on.between(first, last)),
        "repealed": func.count().filter(document.repealed_on.between(first, last)),
        "in_force": func.count().filter(
            document.issued_on <= last,
            func.coalesce(document.repealed_on > last, literal(True)),  # noqa: FBT003
        ),
    }
    registered = (
        select(document.kind, *(number.label(role) for role, number in counts.items()))
        .where(document.agency_id == func.any(_IDS), ~typed)
        .group_by(document.kind)
    )
    for row in connection.execute(registered, {"agencies": list(ids)}).mappings():
        roles = [each.role for each in columns.get(row["kind"], ())]
        for index, role in enumerate(roles if all(role in counts for role in roles) else ()):
            rows[row["kind"]][index] = cast("int", rows[row["kind"]][index]) + row[role]
    return {key: tuple(row) for key, row in rows.items()}


def _from_cells(connection: Connection, name: str, year: int, edition: str, ids: Sequence[int]) -> Figures:
    """The sum over agencies from the cells that they sealed."""
    cell = report_cell.c
    statement = (
        select(cell.path, cell.position, func.sum(cell.value))
        .join(report, report.c.id == cell.report_id)
        .where(report.c.year == year, report.c.agency_id == func.any(_IDS))
        .group_by(cell.path, cell.position)
    )
    sums = {(path, place): value for path, place, value in connection.execute(statement, {"agencies": list(ids)})}

    def row(path: str, like: Sequence[Figure]) -> tuple[Any, ...]:
        found = (sums.get((path, place), Decimal(0)) for place in range(len(like)))
        return tuple(value if isinstance(one, Decimal) else int(value) for one, value in zip(like, found, strict=True))

    zero = zero_figures(name, year, edition)
    return replace(
        zero,
        applications={key: row(f"applications/{key}", each) for key, each in zero.applications.items()},
        reviews={key: row(f"reviews/{key}", each) for key, each in zero.reviews.items()},
        proactive={key: row(f"proactive/{key}", each) for key, each in zero.proactive.items()},
        fees=Fees(*row("fees/notices", (0,)), *(row(f"fees/{n}", (Decimal(0),))[0] for n in _MONEY)),
    )


_MONEY = ("billed_yuan", "received_yuan")


def _wrong(
    connection: Connection, year: int, ids: Sequence[int], sealed: Sequence[int], logged: Sequence[int]
) -> dict[int, list[Found]]:
    """By agency: the errors kept with its report, K4 against the year before, figures in another form."""
    wrong: dict[int, list[Found]] = {}
    errors = [{"level": "error"}]
    kept = select(report.c.agency_id, report.c.findings).where(
        report.c.year == year, report.c.agency_id == func.any(_IDS), report.c.findings.contains(errors)
    )
    for row in connection.execute(kept, {"agencies": list(ids)}):
        found = [Finding(**each) for each in row.findings if each["level"] == "error" and each["rule"] != "K4"]
        wrong.setdefault(row.agency_id, []).extend(map(Found, found))
    for number, broken in _k4(connection, year, ids, sealed, logged):
        wrong.setdefault(number, []).append(broken)
    own = edition_for_year(year)
    strange = (
        select(proactive_figure.c.agency_id, func.count())
        .where(
            proactive_figure.c.agency_id == func.any(_IDS),
            proactive_figure.c.year == year,
            proactive_figure.c.edition != own,
        )
        .group_by(proactive_figure.c.agency_id)
    )
    for number, count in connection.execute(strange, {"agencies": list(ids)}):
        message = f"第二部分有 {count} 行按另一版格式录入，与本年度格式不能相加，汇总未计入。"
        wrong.setdefault(number, []).append(Found(Finding("AREA", "warning", "proactive", message)))
    return wrong


def _k4(
    connection: Connection, year: int, ids: Sequence[int], sealed: Sequence[int], logged: Sequence[int]
) -> Iterator[tuple[int, Found]]:
    """K4 of every agency whose report of the year before is sealed; late truths explain it as they do in its own."""
    before = _cells_by_agency(connection, year - 1, "applications/carried_out", ids)
    if not before:
        return
    now = _cells_by_agency(connection, year, "applications/carried_in", sealed)
    asked = [number for number in logged if number in before]
    if asked:
        now |= _carried_in(connection, year, asked)
    columns = load_edition(edition_for_year(year)).table_three.columns
    for number, row in before.items():
        differing = [(i, row[i], now[number][i]) for i in range(len(columns)) if row[i] != now[number][i]]
        if not differing:
            continue
        issue = issues.newest(connection, number, year - 1)
        late = amendments.of_cases(connection, number, issue) if issue else []
        for index, out, came in differing:
            label = columns[index]
            message = f"{label}一列：上年报告结转下年度{out}件，本年报告上年结转{came}件，两者应当相等。"
            finding = Finding("K4", "error", f"applications/{label}", message, out, came)
            yield number, findings.explained(finding, late)


def _cells_by_agency(connection: Connection, year: int, path: str, ids: Sequence[int]) -> dict[int, list[int]]:
    """A row of table three as each of the agencies sealed it."""
    cell = report_cell.c
    statement = (
        select(report.c.agency_id, cell.position, cell.value)
        .join(report, report.c.id == cell.report_id)
        .where(
            report.c.year == year,
            report.c.state != DRAFT,
            report.c.agency_id == func.any(_IDS),
            cell.path == path,
        )
    )
    rows: dict[int, list[int]] = {}
    for number, position, value in connection.execute(statement, {"agencies": list(ids)}):
        rows.setdefault(number, [0] * (len(ApplicantKind) + 1))[position] = int(value)
    return rows


def _carried_in(connection: Connection, year: int, ids: Sequence[int]) -> dict[int, list[int]]:
    """上年结转 of each agency as its log has it."""
    first = date(year, 1, 1)
    statement = (
        select(request_case.c.agency_id, request_case.c.applicant_kind, func.count())
        .where(
            _MEMBERS,
            request_case.c.counted,
            request_case.c.received_on < first,
            func.coalesce(request_case.c.closed_on >= first, literal(True)),  # noqa: FBT003
        )
        .group_by(request_case.c.agency_id, request_case.c.applicant_kind)
    )
    kinds = [kind.value for kind in ApplicantKind]
    rows = {number: [0] * (len(kinds) + 1) for number in ids}
    for number, kind, count in connection.execute(statement, {"agencies": list(ids)}):
        rows[number][kinds.index(kind)] += count
        rows[number][-1] += count
    return rows


@dataclass(frozen=True, slots=True)
class Read:
    """A report that was read: its figures, and the file they are from."""

    figures: Figures
    source: str


def of_reports(
    name: str, year: int, read: Sequence[Read], previous: Sequence[Read] = (), expected: Sequence[Any] = ()
) -> Area:
    """The area from published reports of one year, each checked by itself and, for K4, with the year before.

    ``expected`` are rows of ``agency``: those whose name no report has were not filed. Raises InputFault, naming the
    file, for a report on another year and for two of the same agency.
    """
    if not read:
        raise InputFault("--read：没有报告，应给出至少一份已发布的报告或者存放报告的文件夹")
    faults = [
        f"{each.source}：是 {each.figures.year} 年的报告，应为 {year} 年"
        for each in read
        if each.figures.year not in {None, year}
    ]
    known: dict[str, Read] = {}
    for each in read:
        agency_name = each.figures.agency
        if agency_name is not None and agency_name in known:
            faults.append(f"{each.source}：与 {known[agency_name].source} 都是“{agency_name}”的报告，应只给一份")
        known.setdefault(agency_name or each.source, each)
    if faults:
        raise InputFault(faults)
    before = {each.figures.agency: each.figures for each in previous if each.figures.agency}
    made = []
    for agency_name, each in known.items():
        found = checks.check(each.figures, before.get(agency_name))
        if not _fits(each.figures, year):
            message = "第二部分用的是另一版格式，与本年度格式不能相加，汇总未计入。"
            found.append(Finding("AREA", "warning", "proactive", message))
        totals = _read_totals(each.figures)
        made.append(Member(agency_name, "read", source=each.source, found=tuple(map(Found, found)), totals=totals))
    missing = [Member(row.name, "none", row.code) for row in expected if row.name not in known]
    # The one row 其他处理 of the 2019 form cannot be split; the three rows of the later form can be added.
    editions = {each.figures.edition for each in read}
    edition = edition_for_year(year) if len(editions) > 1 or not editions else editions.pop()
    if any(each.figures.edition == "2019" for each in read):
        edition = "2019"
    figures = _added(name, year, edition, [each.figures for each in read])
    return _checked(Area(figures, (*made, *missing), ()))


def _fits(figures: Figures, year: int) -> bool:
    own = load_edition(edition_for_year(year)).section_two.columns_of
    return all(key in own and len(own[key]) == len(row) for key, row in figures.proactive.items())


def _added(name: str, year: int, edition: str, parts: Sequence[Figures]) -> Figures:
    """The sum of figures in one edition. A blank counts as 0, a blank 总计 as the sum of its row."""
    zero = zero_figures(name, year, edition)
    proactive = zero_figures(name, year, edition_for_year(year)).proactive
    fees = [part.fees for part in parts if part.fees is not None]
    return replace(
        zero,
        applications=_sum(zero.applications, [_rows_in(edition, part) for part in parts]),
        reviews=_sum(zero.reviews, [_whole(part.reviews) for part in parts]),
        proactive=_sum(proactive, [part.proactive for part in parts if _fits(part, year)]),
        fees=Fees(
            sum(each.notices or 0 for each in fees),
            sum((each.billed_yuan or Decimal(0) for each in fees), Decimal(0)),
            sum((each.received_yuan or Decimal(0) for each in fees), Decimal(0)),
        ),
    )


def _sum(zero: Mapping[str, Sequence[Any]], parts: Sequence[Mapping[str, Sequence[Figure]]]) -> dict[str, Any]:
    return {
        key: tuple(
            sum((part[key][index] or 0 for part in parts if key in part), start) for index, start in enumerate(row)
        )
        for key, row in zero.items()
    }


def _whole(rows: Mapping[str, Sequence[int | None]]) -> dict[str, Sequence[int | None]]:
    """The rows with a blank 总计 reckoned from the rest."""
    return {
        key: (*rest, sum(each or 0 for each in rest)) if total is None else (*rest, total)
        for key, (*rest, total) in rows.items()
    }


def _rows_in(edition: str, figures: Figures) -> dict[str, Sequence[int | None]]:
    """Table three in the rows of an edition: those that it has as one are added up."""
    rows = _whole(figures.applications)
    if edition == figures.edition:
        return rows
    made: dict[str, Sequence[int | None]] = {}
    to = {f"results/{outcome.value}": f"results/{statute.row_of(outcome, cast('Any', edition))}" for outcome in Outcome}
    for path, row in rows.items():
        key = to.get(path, path)
        made[key] = [(a or 0) + (b or 0) for a, b in zip(made[key], row, strict=True)] if key in made else row
    return made


def _checked(area: Area) -> Area:
    """The area with what the checks find of the sum; an error is laid to the agencies that have it themselves."""
    found = []
    for finding in checks.check(area.figures):
        guilty = [
            member.name
            for member in area.members
            if any((each.finding.rule, each.finding.where) == (finding.rule, finding.where) for each in member.found)
        ]
        more = f"出自：{_some(guilty)}。" if guilty else ""
        found.append(replace(finding, message=finding.message + more))
    return area.with_findings(found)


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"等 {len(names)} 个机关" if len(names) > _NAMED else "")


def against(area: Area, printed: Figures, parts: Sequence[Figures] = ()) -> list[Finding]:
    """K9: the area's own published report holds at least the sum of its agencies, cell by cell.

    Where it does not, both cannot be true: the finding names the agencies that the most of the cell comes from, as far
    as ``parts`` has their figures. Also what the printed report says otherwise than its own arithmetic.
    """
    found = [replace(each, message=f"政府报告：{each.message}") for each in checks.check(printed)]
    form = load_edition(area.figures.edition)
    if printed.edition != area.figures.edition:
        both = "2019" if "2019" in {printed.edition, area.figures.edition} else area.figures.edition
        form = load_edition(both)
    ours, theirs = (_rows_in(form.name, each) for each in (area.figures, printed))
    tables = (
        ("applications", form.table_three.names, form.table_three.columns, ours, theirs),
        ("reviews", form.table_four.labels, form.table_four.columns, area.figures.reviews, _whole(printed.reviews)),
    )
    for table, names, columns, sums, shown in tables:
        for key, name in names.items():
            for index, label in enumerate(columns):
                least, said = sums[key][index] or 0, shown[key][index]
                if said is not None and said < least:
                    message = (
                        f"{name}一行{label}：政府报告为{said}，各机关合计已有{least}，两者不能同时成立"
                        f"{_from_whom(parts, form.name, table, key, index)}。"
                    )
                    found.append(Finding("K9", "warning", f"{table}/{key}/{label}", message, least, said))
    return found


def _from_whom(parts: Sequence[Figures], edition: str, table: str, key: str, index: int) -> str:
    """The agencies that most of a cell comes from."""
    most: Counter[str] = Counter()
    for part in parts:
        rows = _rows_in(edition, part) if table == "applications" else part.reviews
        most[part.agency or "（未写机关）"] += rows[key][index] or 0
    named = "、".join(f"{name} {count}" for name, count in most.most_common(_NAMED) if count)
    return f"（{named}{'等' if len(most) > _NAMED else ''}）" if named else ""


def to_json(area: Area, figures: Mapping[str, Any]) -> dict[str, Any]:
    """The area as plain JSON; ``figures`` is the report's own."""
    return {
        **figures,
        "ok": area.ok,
        "findings": [asdict(finding) for finding in area.findings],
        "agencies": [member.to_json() for member in area.members],
        "not_filed": [member.name for member in area.members if not member.filed],
    }
