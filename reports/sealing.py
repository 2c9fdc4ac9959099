"""封存: a report's figures and texts frozen under a hash, corrected only by a further version, and held against it.

Which cases, reviews and fees a version counts is kept with it, and its figures are counted from just those rows: what
was sealed and what opens its cells cannot part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, bindparam, func, insert, literal, select, update

from models.tables import agency, case_event, report, report_cell, report_issue, report_issue_case, request_case
from models.vocabulary import ApplicantKind, EventKind, Outcome
from reports import amendments, drafts, findings, issues, shares, texts, year_end
from reports.edition import has_form
from reports.figures import Figures, from_json, to_json
from reports.issues import DRAFT, SEALED, Issue
from reports.placing import cells, rows_of
from reports.rollup import ENDED, IN_THE_YEAR, IS_NEW, OF_AGENCY, of_year, roll_up, table_three
from workflow import desk, fold, log, statute
from workflow.case import Happening
from workflow.chain import FIRST_HASH
from workflow.faults import InputFault, Refusal
from workflow.verify import Finding

_LONGEST = 1_000
_CHUNK = 500


def seal(connection: Connection, owner: Any, year: int, now: datetime, actor: str, despite: str | None = None) -> Issue:
    """Seal the report of an agency (a row of ``agency``) as its first version, in the caller's transaction.

    Raises InputFault if the year is not over or not closed (年终结转), if the report is sealed already, and, unless
    ``despite`` says why, if an error of the checks stands (K1 to K5, K8) or words are not written yet: a sentence for
    each.
    """
    report_id = _closed_year(connection, owner, year, now)
    sealed = issues.newest(connection, owner.id, year)
    if sealed is not None:
        which = f"第 {sealed.version} 版，{desk.day_of(sealed.sealed_at)}"
        raise InputFault(f"{year} 年报告已封存（{which}），更正应使用 yishen report amend")
    return _issue(connection, owner, year, report_id, now, actor, despite, despite)


def amend(
    connection: Connection, owner: Any, year: int, now: datetime, actor: str, reason: str, despite: str | None = None
) -> Issue:
    """Seal a corrected version beside those before it, in the caller's transaction; ``reason`` is kept with it.

    Raises InputFault as :func:`seal` does, if there is no version yet, and if neither figures nor texts have moved.
    """
    report_id = _closed_year(connection, owner, year, now)
    before = issues.newest(connection, owner.id, year)
    if before is None:
        raise InputFault(f"{year} 年报告尚未封存，应先使用 yishen report seal")
    if not reason_of(reason, "--reason"):
        raise InputFault("--reason：为空，更正已封存的报告应写明理由")
    made = _issue(connection, owner, year, report_id, now, actor, reason, despite)
    if (to_json(made.figures), made.texts) == (to_json(before.figures), before.texts):
        raise InputFault(f"{year} 年报告自第 {before.version} 版封存后，统计数据和文字都没有变动，不需要更正")
    return made


def reason_of(given: str | None, option: str) -> str | None:
    """A reason as it is kept. Raises InputFault for one that no file could hold."""
    reason = (given or "").strip()
    if len(reason) > _LONGEST or not reason.isprintable():
        raise InputFault(f"{option}：含有不能显示的字符或超过 {_LONGEST} 个字，应为一段文字")
    return reason or None


def _closed_year(connection: Connection, owner: Any, year: int, now: datetime) -> int:
    """Hold the agency's reports; the number of its report on the year."""
    if not has_form(year):
        raise InputFault(f"YEAR：{year} 年没有全国统一的年度报告格式，不能封存")
    if desk.day_of(now) <= date(year, 12, 31):
        raise InputFault(f"YEAR：{year} 年要到 {year}-12-31 才结束，应在次年封存")
    desk.hold(connection, owner.id)
    drafts.hold(connection, owner.id)
    of_year = select(report.c.id).where(report.c.agency_id == owner.id, report.c.year == year)
    report_id = connection.execute(of_year).scalar_one_or_none()
    if report_id is None or year_end.is_owed(connection, owner.id, year):
        raise InputFault(f"{year} 年度尚未年终结转，应先执行 yishen year-end {year} --agency {owner.code}")
    return int(report_id)


def _issue(
    connection: Connection,
    owner: Any,
    year: int,
    report_id: int,
    now: datetime,
    actor: str,
    reason: str | None,
    despite: str | None,
) -> Issue:
    """Write one more version: its cases, its figures and texts, its hash, and the cells of the report."""
    actor = reason_of(actor, "--actor") or ""
    if not actor:
        raise InputFault("--actor：为空，应为封存人的姓名")
    despite, reason = reason_of(despite, "--despite"), reason_of(reason, "--reason")
    last = issues.newest(connection, owner.id, year)
    version = 1 if last is None else last.version + 1
    figures = _freeze(connection, owner, year, report_id, version)
    content = texts.gather(connection, owner.id, figures)
    found = [*findings.of_year(connection, owner.id, figures), *texts.findings(content, figures)]
    errors = [finding for finding in found if finding.level == "error"]
    unwritten = texts.unwritten(content, figures)
    if (errors or unwritten) and despite is None:
        counts = ((len(errors), "错误"), (len(unwritten), "文字没有写完（用 yishen report text set 写）"))
        told = "，".join(f" {count} 处{what}" for count, what in counts if count)
        raise InputFault(
            [
                *(f"{finding.rule} {finding.where}：{finding.message}" for finding in (*errors, *unwritten)),
                f"{year} 年报告有{told}，没有封存；仍要封存应以 --despite 写明理由",
            ]
        )
    row = {
        "report_id": report_id,
        "version": version,
        "sealed_at": now.astimezone(UTC),
        "actor": actor,
        "reason": reason,
        "figures": to_json(figures),
        "texts": content.to_json(),
        "findings": [asdict(finding) for finding in found],
        "previous_hash": FIRST_HASH if last is None else last.hash,
    }
    row["hash"] = _hash(connection, row)
    connection.execute(insert(report_issue), row)
    _write_cells(connection, report_id, figures)
    sealed = {"state": SEALED, "edition": figures.edition, "findings": row["findings"]}
    connection.execute(update(report).where(report.c.id == report_id).values(sealed))
    _recheck(connection, owner, year + 1)
    made = issues.newest(connection, owner.id, year)
    if made is None:
        raise ValueError("the version that was written is not there")
    return made


def _hash(connection: Connection, row: Mapping[str, Any]) -> bytes:
    """The hash of a version with the cases and shares that were kept with it."""
    which = row["report_id"], row["version"]
    return issues.issue_hash(row, issues.cases_digest(connection, *which), issues.shares_digest(connection, *which))


def _recheck(connection: Connection, owner: Any, year: int) -> None:
    """Let the draft of the year after, if there is one, be held against what is sealed now (K4)."""
    drafted = select(report.c.state).where(report.c.agency_id == owner.id, report.c.year == year)
    if connection.execute(drafted).scalar_one_or_none() == DRAFT:
        drafts.follow(connection, owner.id, owner.name, [year])


def _freeze(connection: Connection, owner: Any, year: int, report_id: int, version: int) -> Figures:
    """Keep which cases the version counts and where, and count tables three and four and the fees from them.

    Section two, which is entered, is rolled up.
    """
    counted = select(
        literal(report_id),
        literal(version),
        request_case.c.id,
        request_case.c.version,
        request_case.c.applicant_kind,
        IS_NEW,
        ENDED,
    ).where(OF_AGENCY, IN_THE_YEAR)
    columns = [column.name for column in report_issue_case.c]
    connection.execute(insert(report_issue_case).from_select(columns, counted), of_year(owner.id, year))
    shares.keep(connection, owner.id, year, report_id, version)
    figures = roll_up(connection, owner.id, owner.name, year)
    frozen = connection.execute(FROZEN, {"report": report_id, "version": version})
    reviews, fees = shares.counted(connection, report_id, version, figures)
    return replace(figures, applications=table_three(frozen, figures), reviews=reviews, fees=fees)


_COUNTED = report_issue_case.c
FROZEN = (
    select(_COUNTED.outcome, _COUNTED.applicant_kind, func.count(), func.count().filter(_COUNTED.is_new))
    .where(_COUNTED.report_id == bindparam("report"), _COUNTED.version == bindparam("version"))
    .group_by(_COUNTED.outcome, _COUNTED.applicant_kind)
)
"""The cases of a version in the form of ``rollup.CASES``."""


def _stored_cells(connection: Connection, report_id: int) -> dict[tuple[str, int], Any]:
    cell = report_cell.c
    rows = connection.execute(select(cell.path, cell.position, cell.value).where(cell.report_id == report_id))
    return {(path, position): value for path, position, value in rows}


def _write_cells(connection: Connection, report_id: int, figures: Figures) -> None:
    year_end.write_cells(connection, report_id, year_end.cells_of(figures), _stored_cells(connection, report_id))


def verify(connection: Connection) -> tuple[int, list[Finding]]:
    """How many sealed versions there are, and what does not agree: with their hashes, the cells, their cases, the log.

    Whatever a tampered row holds is a finding.
    """
    rows = connection.execute(
        select(report_issue, report.c.year, report.c.state, agency.c.code)
        .join(report, report.c.id == report_issue.c.report_id)
        .join(agency, agency.c.id == report.c.agency_id)
        .order_by(report_issue.c.report_id, report_issue.c.version)
    ).mappings()
    number, found = 0, []
    for report_id, versions in groupby([dict(row) for row in rows], key=itemgetter("report_id")):
        chain = list(versions)
        number += len(chain)
        name = f"{chain[0]['code']} {chain[0]['year']} 年报告"
        found += [Finding("report", name, None, message) for message in _verify_report(connection, report_id, chain)]
    sealed = select(report_issue.c.report_id)
    strays = select(report.c.year, agency.c.code).join(agency, agency.c.id == report.c.agency_id)
    for row in connection.execute(strays.where(report.c.state != DRAFT, report.c.id.not_in(sealed))):
        found.append(Finding("report", f"{row.code} {row.year} 年报告", None, "记为已封存，但没有定稿"))
    return number, found


def _verify_report(connection: Connection, report_id: int, chain: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    figures: Figures | None = None

    for row, faults in issues.chained(chain, partial(_hash, connection)):
        yield from faults
        if row is None:
            return
        version = row["version"]
        try:
            figures = from_json(row["figures"])
            counted = table_three(connection.execute(FROZEN, {"report": report_id, "version": version}), figures)
            issue = issues.of_row(row)
            of_shares = shares.counted(connection, report_id, version, figures)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            yield f"第 {version} 版的数据不能解读（{type(error).__name__}）"
            return
        if counted != dict(figures.applications):
            yield f"第 {version} 版的表三与其所计办件不符"
        if shares.are_kept(connection, issue) and of_shares != (dict(figures.reviews), figures.fees):
            yield f"第 {version} 版的表四或者收费数与其所计办件不符"
        yield from _verify_cases(connection, report_id, version, figures)
    if chain[-1]["state"] != SEALED:
        yield "已有定稿，但报告记为草稿"
    stored = _stored_cells(connection, report_id)
    wanted = {} if figures is None else year_end.cells_of(figures)
    yield from (
        f"单元格 {path}[{position}] 为 {stored.get((path, position))}，定稿为 {wanted.get((path, position))}"
        for path, position in sorted({*stored, *wanted})
        if stored.get((path, position)) != wanted.get((path, position))
    )


def _verify_cases(connection: Connection, report_id: int, version: int, figures: Figures) -> Iterator[str]:
    """Whether the log, as far as it had come, puts each case where the version counts it.

    Only cases that have gone on since are folded: the rows of the others are held against the log by themselves.
    """
    rows = connection.execute(
        select(*_COUNTED, request_case.c.number, request_case.c.version.label("now"))
        .join(request_case, request_case.c.id == _COUNTED.case_id)
        .where(_COUNTED.report_id == report_id, _COUNTED.version == version, _COUNTED.seq != request_case.c.version)
        .order_by(_COUNTED.case_id)
    ).all()
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        logs = _logs(connection, {row.case_id: row.seq for row in chunk})
        for row in chunk:
            if row.seq > row.now or not _counts_so(logs.get(row.case_id, []), row, figures):
                yield f"第 {version} 版所计办件“{row.number}”与当时的日志不符"


def _logs(connection: Connection, upto: Mapping[int, int]) -> dict[int, list[fold.Entry]]:
    event = case_event.c
    rows = connection.execute(
        select(event.case_id, event.seq, event.kind, event.happened_on, event.facts)
        .where(event.case_id.in_(upto))
        .order_by(event.case_id, event.seq)
    )
    logs: dict[int, list[fold.Entry]] = {}
    for case_id, seq, kind, day, facts in rows:
        if seq <= upto[case_id]:
            try:
                happening = Happening(EventKind(kind), day, log.read_facts(EventKind(kind), facts))
            except (ValueError, KeyError, TypeError):
                continue
            logs.setdefault(case_id, []).append(fold.Entry(seq, happening, log.IRREGULAR in facts))
    return logs


def _counts_so(entries: Sequence[fold.Entry], row: Any, figures: Figures) -> bool:
    year = figures.year or 0
    try:
        folded = fold.fold(entries)
        outcome = None if row.outcome is None else Outcome(row.outcome)
        kind = ApplicantKind(row.applicant_kind)
    except (Refusal, InputFault, ValueError, KeyError, TypeError, ArithmeticError, AttributeError):
        return False
    edition = cast("statute.Edition", figures.edition)
    frozen = {(path, kind) for path in rows_of(is_new=row.is_new, outcome=outcome, edition=edition)}
    return {(cell.path, cell.kind) for cell in cells(folded, year) if cell.year == year} == frozen


def reworded(connection: Connection, owner: Any, issue: Issue) -> list[str]:
    """The parts of the words, as an officer calls them, that read otherwise now than in a sealed version.

    A part moves when it is written anew, and by itself when a figure that it names does.
    """
    was = texts.Content.from_json(issue.texts).parts
    figures = roll_up(connection, owner.id, owner.name, issue.figures.year or 0)
    now = texts.gather(connection, owner.id, figures).parts
    return [texts.place(part, figures.edition) for part in texts.PARTS if was.get(part.name) != now[part.name]]


def listed(connection: Connection, owner: Any, year: int) -> tuple[Issue, list[amendments.Amendment]]:
    """The newest version of a report, and what the log says otherwise now. Raises InputFault for a draft."""
    issue = issues.newest(connection, owner.id, year)
    if issue is None:
        raise InputFault(f"{year} 年报告尚未封存，没有更正事项；草稿随台账更新")
    return issue, amendments.since(connection, owner.id, issue)
