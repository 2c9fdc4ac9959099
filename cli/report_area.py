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

    from reports.area import Area, Read

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
    file_format: Annotated[str, typer.Option("--format", help="写入的格式；不填为 json")] = "json",
    as_json: JsonOption = False,
) -> int:
    """汇总本行政区域的报告：本机关和下级机关（定稿，没有定稿的按台账）或者已发布的报告之和；谁没有报，谁的报告不相符。"""
    from cli.office import open_office, reading
    from cli.report import FORMATS, write
    from reports import area as areas
    from reports.figures import to_json

    number = year_of(year)
    if file_format not in FORMATS:
        raise InputFault(f"--format：“{file_format}”不认识，应为：{'、'.join(FORMATS)}")
    parts = [_taken(path) for path in _files(read or [], "--read")]
    before = [_taken(path) for path in _files(previous or [], "--previous")]
    if before and not parts:
        raise InputFault("--previous：应与 --read 一起给出；系统内的机关与其上年定稿核对")
    with open_office() as office, reading(office) as connection:
        owner = office.agency(agency)
        if parts:
            found = areas.of_reports(owner.name, number, parts, before, areas.members(connection, owner.id))
        else:
            found = areas.of_agencies(connection, owner, number)
    if published is not None:
        printed = _taken(published).figures
        found = found.with_findings(areas.against(found, printed, [each.figures for each in parts]))
    if out is not None:
        write(found.figures, file_format, out)
    if as_json:
        say_json(areas.to_json(found, to_json(found.figures)))
    else:
        _tell(found, number)
        if out is not None:
            say(f"已写入 {out}")
    return 0 if found.ok else 1


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
    missing = [member.name for member in found.members if not member.filed]
    if missing:
        say(f"尚未报送（封存）{len(missing)} 个：{'、'.join(missing[:_SHOWN])}{'等' if len(missing) > _SHOWN else ''}")
    wrong = [member for member in found.members if member.found]
    for member in wrong[:_SHOWN]:
        say(f"{member.name}{f'（{member.source}）' if member.source else ''}：")
        tell_findings([each.finding for each in member.found])
    if len(wrong) > _SHOWN:
        note(f"其余 {len(wrong) - _SHOWN} 个机关的问题未列出，可加 --json 查看全部")
    say("合计：")
    tell_findings(found.findings)
