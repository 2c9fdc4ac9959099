"""``yishen report area``: the report of an area, added up from its agencies, and what cannot be true together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cases import AgencyOption, JsonOption, tell_findings
from cli.speech import note, say, say_json
from cli.values import YearArgument, read_json, year_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.area import Area, Member, Read
    from reports.area_issues import AreaIssue

_READABLE = {".json", ".txt", ".html", ".htm", ".docx", ".xlsx", ".pdf"}
_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("area")(area)


def area(
    year: YearArgument,
    agency: AgencyOption,
    read: Annotated[
        list[Path] | None,
        typer.Option("--read", metavar="PATH", help="各机关已发布的报告，或者存放报告的文件夹，可多次给出"),
    ] = None,
    previous: Annotated[
        list[Path] | None, typer.Option("--previous", metavar="PATH", help="各机关上一年度的报告，用于核对结转")
    ] = None,
    published: Annotated[
        Path | None, typer.Option("--published", metavar="FILE", help="本级政府已发布的报告，用于与合计核对")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写入的文件")] = None,
    file_format: Annotated[str, typer.Option("--format", help="写入的格式；不填按 --out 的后缀")] = "",
    seal: Annotated[bool, typer.Option("--seal", help="封存这次汇总：合计、各机关的数和所用定稿一起冻结")] = False,
    actor: Annotated[str, typer.Option("--actor", metavar="NAME", help="封存人，与 --seal 一起用")] = "",
    reason: Annotated[
        str, typer.Option("--reason", metavar="理由", help="有错误、有机关未报仍要封存，或者更正已封存的汇总的理由")
    ] = "",
    version: Annotated[int, typer.Option("--version", metavar="N", help="用已封存的第几版汇总，不重新计算")] = 0,
    as_json: JsonOption = False,
) -> int:
    """汇总本行政区域的报告：本机关和下级机关（定稿，没有定稿的按台账）或者已发布的报告之和；各机关的数，谁没有报，谁的报告不相符。"""
    from cli.office import now, open_office, reading
    from reports import area as areas
    from reports import area_issues

    number, file_format = year_of(year), _format(file_format, out)
    if version and (seal or read or previous or published):
        raise InputFault("--version：不能与 --seal、--read、--previous、--published 同时使用，应单独给出")
    if (actor or reason) and not seal:
        raise InputFault("--actor、--reason：只在封存时使用，应与 --seal 一起给出")
    parts, before = _reports(read or [], previous or [])
    printed = None if published is None else _taken(published).figures
    with open_office() as office:
        with reading(office) as connection:
            owner = office.agency(agency)
            issues = area_issues.every(connection, owner.id, number)
            if version:
                found = areas.of_issue(_numbered(issues, number, version))
            elif parts:
                found = areas.of_reports(owner.name, number, parts, before, areas.members(connection, owner.id))
            else:
                found = areas.of_agencies(connection, owner, number)
        if printed is not None:
            found = found.with_findings(areas.against(found, printed, [each.figures for each in parts]))
        if seal:
            with office.engine.begin() as connection:
                issues.append(area_issues.seal(connection, owner, number, found, now(), actor, reason))
    _write(found, file_format, out)
    if as_json:
        say_json(_json(found, issues, version))
        return 0 if found.ok else 1
    _tell(found, number)
    _tell_issues(found, issues, version, sealed=seal)
    if out is not None:
        say(f"已写入 {out}")
    return 0 if found.ok else 1


def _reports(read: Sequence[Path], previous: Sequence[Path]) -> tuple[list[Read], list[Read]]:
    """The reports that were given, of the year and of the year before."""
    parts = [_taken(path) for path in _files(read, "--read")]
    before = [_taken(path) for path in _files(previous, "--previous")]
    if before and not parts:
        raise InputFault("--previous：应与 --read 一起给出；系统内的机关与其上年定稿核对")
    return parts, before


def _format(file_format: str, out: Path | None) -> str:
    """The format asked for, or the one that the file's name ends in. Raises InputFault where neither says one."""
    from cli.report import FORMATS

    chosen = file_format or (out.suffix.lower().removeprefix(".") if out else "json")
    if chosen not in FORMATS:
        named = f"“{chosen}”不认识" if chosen else f"“{out}”没有后缀"
        raise InputFault(f"--format：{named}，应为：{'、'.join(FORMATS)}")
    return chosen


def _write(found: Area, file_format: str, out: Path | None) -> None:
    """The sum as a report; a workbook has what each agency gave to it besides."""
    from cli.report import write
    from reports import writers

    if out is None:
        return
    if file_format != "xlsx":
        write(found.figures, file_format, out)
        return
    try:
        writers.write_xlsx(found.figures, out, agencies=_table(found))
    except OSError as error:
        raise InputFault(f"--out：不能写入“{out}”（{error.strerror}），应为可写的文件路径") from error


def _numbered(issues: Sequence[AreaIssue], year: int, version: int) -> AreaIssue:
    for issue in issues:
        if issue.version == version:
            return issue
    known = "、".join(str(issue.version) for issue in issues)
    have = f"现有：{known}" if known else "尚未封存，封存用 yishen report area --seal"
    raise InputFault(f"--version：{year} 年汇总报告没有第 {version} 版，{have}")


def _json(found: Area, issues: Sequence[AreaIssue], version: int) -> dict[str, Any]:
    from reports import area as areas
    from reports.figures import to_json

    document = areas.to_json(found, to_json(found.figures))
    sealed = [issue for issue in issues if not version or issue.version == version]
    return document | ({"issue": sealed[-1].to_json()} if sealed else {})


def _table(found: Area) -> list[list[Any]]:
    """Of each agency its state and what it gave to the sum, under a heading and over the sums."""
    from reports.area import TOTALS

    rows: list[list[Any]] = [["机关", "报送", *TOTALS.values()]]
    for member in found.members:
        filed = f"定稿第 {member.issue[0]} 版" if member.issue else _state(member)
        rows.append([member.name, filed, *(member.totals or [None] * len(TOTALS))])
    known = [member.totals for member in found.members if member.totals is not None]
    return [*rows, ["合计", "", *(sum(column) for column in zip(*known, strict=True))]] if known else rows


def _state(member: Member) -> str:
    if member.state == "read":
        return "已读"
    return "未报" if member.totals is None else "未封存，按台账"


def _files(paths: Sequence[Path], option: str) -> list[Path]:
    """The files named, and those in the folders named. Raises InputFault for a folder without a report in it."""
    files: list[Path] = []
    for path in paths:
        inside = (
            sorted(each for each in path.iterdir() if each.suffix.lower() in _READABLE) if path.is_dir() else [path]
        )
        if not inside:
            raise InputFault(f"{option}：文件夹“{path}”里没有报告，应有 {'、'.join(sorted(_READABLE))} 文件")
        files += inside
    return files


def _taken(path: Path) -> Read:
    """The figures of a report: our JSON, or a published file."""
    from reports import reading
    from reports.area import Read
    from reports.figures import FiguresFault, from_json

    if path.suffix.lower() != ".json":
        return Read(reading.read(path).figures, path.name)
    try:
        return Read(from_json(read_json(str(path))), path.name)
    except FiguresFault as fault:
        raise InputFault([f"{path.name}：{sentence}" for sentence in fault.faults]) from fault


def _tell(found: Area, year: int) -> None:
    rows: dict[str, Any] = dict(found.figures.applications)
    say(
        f"{year} 年汇总 {len(found.members)} 个机关：新收 {rows['new'][-1]} 件，上年结转 {rows['carried_in'][-1]} 件，"
        f"办结 {rows['results/total'][-1]} 件，结转下年度 {rows['carried_out'][-1]} 件"
    )
    _tell_table(_table(found))
    missing = [member.name for member in found.members if not member.filed]
    if missing:
        more = "等" if len(missing) > _SHOWN else ""
        say(f"尚未封存，也没有读到报告的 {len(missing)} 个：{'、'.join(missing[:_SHOWN])}{more}")
    wrong = [member for member in found.members if member.found]
    for member in wrong[:_SHOWN]:
        say(f"{member.name}{f'（{member.source}）' if member.source else ''}：")
        tell_findings([each.finding for each in member.found])
    if len(wrong) > _SHOWN:
        note(f"其余 {len(wrong) - _SHOWN} 个机关的问题未列出，可加 --json 查看全部")
    say("合计的检查：")
    tell_findings(found.findings)


def _tell_table(rows: Sequence[Sequence[Any]]) -> None:
    """The agencies line under line; columns as wide as their widest text."""
    from cli.report_read import padded, width

    texts = [["—" if each is None else str(each) for each in row] for row in rows]
    widths = [max(width(row[column]) for row in texts) + 2 for column in range(len(texts[0]))]
    for row in texts:
        say("  " + "".join(padded(text, wide) for text, wide in zip(row, widths, strict=True)).rstrip())


def _tell_issues(found: Area, issues: Sequence[AreaIssue], version: int, *, sealed: bool) -> None:
    from reports import area_issues
    from reports.drilling import column_of, label
    from workflow import desk

    for issue in issues:
        if not version or issue.version == version:
            why = f"，理由：{issue.reason}" if issue.reason else ""
            day = desk.day_of(issue.sealed_at)
            say(f"汇总报告定稿第 {issue.version} 版：{day} {issue.actor}{why}，哈希 {issue.hash.hex()[:16]}…")
    if not issues or version or sealed:
        return
    moved = area_issues.moved(issues[-1], found.figures)
    if moved:
        say(f"与第 {issues[-1].version} 版不同的有 {len(moved)} 格，更正用 --seal --reason 理由：")
    for path, place, old, new in moved[:_SHOWN]:
        say(f"  {label(path, column_of(path, place, found.figures), found.figures)}：{old} → {new}")
    if len(moved) > _SHOWN:
        note(f"其余 {len(moved) - _SHOWN} 格未列出")
