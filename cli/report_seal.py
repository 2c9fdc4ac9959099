"""``yishen report seal`` and what follows it: amendments and corrected versions, a cell's cases, findings, the area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import report_area
from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from cli.values import YearArgument, day_of, year_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from reports.amendments import Amendment
    from reports.drilling import Counted
    from reports.figures import Figures
    from reports.issues import Issue

ActorOption = Annotated[str, typer.Option("--actor", metavar="NAME", help="封存人（分管领导或者工作机构负责人）")]
DespiteOption = Annotated[str, typer.Option("--despite", metavar="理由", help="有错误或者文字没有写完仍要封存的理由")]
VersionOption = Annotated[int, typer.Option("--version", metavar="N", help="第几版定稿；不填为最新一版")]
DraftOption = Annotated[bool, typer.Option("--draft", help="不用定稿，按现在的台账")]
_SHOWN = 50


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("seal")(seal)
    app.command("amendments")(list_amendments)
    app.command("amend")(amend)
    app.command("issues")(list_issues)
    app.command("published")(published)
    app.command("cases")(cases)
    app.command("findings")(findings)
    report_area.add_to(app)


def seal(
    year: YearArgument,
    agency: AgencyOption,
    actor: ActorOption,
    despite: DespiteOption = "",
    as_json: JsonOption = False,
) -> None:
    """封存年度报告：冻结统计数据和文字并记下哈希；有勾稽错误或者文字没有写完时拒绝，除非以 --despite 写明理由。"""
    from cli.office import now, open_office
    from reports import sealing

    number = year_of(year)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            issue = sealing.seal(connection, row, number, now(), actor, despite or None)
    _tell_issue(issue, as_json=as_json)


def amend(
    year: YearArgument,
    agency: AgencyOption,
    actor: ActorOption,
    reason: Annotated[str, typer.Option("--reason", metavar="理由", help="更正的理由")],
    despite: DespiteOption = "",
    as_json: JsonOption = False,
) -> None:
    """发布更正：按现在的台账再封存一版；以前各版都保留。"""
    from cli.office import now, open_office
    from reports import sealing

    number = year_of(year)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            issue = sealing.amend(connection, row, number, now(), actor, reason, despite or None)
    _tell_issue(issue, as_json=as_json)


def _tell_issue(issue: Issue, *, as_json: bool) -> None:
    if as_json:
        say_json(issue.to_json())
        return
    say(f"{issue.figures.year} 年报告已封存：第 {issue.version} 版，{issue.actor}，哈希 {issue.hash.hex()[:16]}…")
    _tell_found(issue.findings)


def _tell_found(found: Sequence[Any]) -> None:
    for finding in found:
        kind = "错误" if finding["level"] == "error" else "提示"
        say(f"{kind} {finding['rule']} {finding['where']}：{finding['message']}")


def list_issues(year: YearArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """一份报告的各版定稿。"""
    from cli.office import open_office, reading
    from reports import issues, publications
    from workflow import desk

    number = year_of(year)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        found = issues.every(connection, row.id, number)
        at = publications.of(connection, row.id, number)
    if as_json:
        say_json([issue.to_json() for issue in found])
        return
    if not found:
        say(f"{number} 年报告尚未封存")
    for issue in found:
        why = f"，理由：{issue.reason}" if issue.reason else ""
        say(f"第 {issue.version} 版：{desk.day_of(issue.sealed_at)} {issue.actor}{why}，哈希 {issue.hash.hex()}")
    say(f"{at.published_on} 已提交并公布，{at.place}" if at else "还没有登记提交和公布（yishen report published）")


def published(
    year: YearArgument,
    agency: AgencyOption,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="提交主管部门并公布的日期")],
    where: Annotated[str, typer.Option("--where", metavar="网址", help="公布在哪里")],
    of_area: Annotated[bool, typer.Option("--area", help="是本行政区域的汇总报告")] = False,
    as_json: JsonOption = False,
) -> None:
    """登记报告已提交主管部门并公布（条例第四十九条），不再提醒期限；封存不等于公布。"""
    from cli.office import actor, now, open_office
    from reports import issues, publications

    number, day = year_of(year), day_of(on, "--on")
    if day is None:
        raise InputFault("--on：为空，应为公布的日期，形如 2022-01-28")
    made = publications.Publication(day, where.strip())
    with open_office() as office, office.engine.begin() as connection:
        row = office.agency(agency)
        publications.record(connection, row.id, number, made, actor("cli"), now(), of_area=of_area)
        sealed = of_area or issues.newest(connection, row.id, number) is not None
    what = "汇总报告" if of_area else "报告"
    if as_json:
        say_json({"year": number, "area": of_area, "published_on": day.isoformat(), "where": made.place})
    else:
        say(f"{number} 年{what}：{day} 已提交并公布，{made.place}")
    if not sealed:
        note(f"提示：{number} 年报告尚未封存，台账变动时数会变；已公布的应封存：yishen report seal {number}")


def list_amendments(year: YearArgument, agency: AgencyOption, as_json: JsonOption = False) -> int:
    """封存之后台账的变动：哪一件、哪一格、原数、现数和变动的记录。有变动时以 1 退出。"""
    from cli.office import open_office, reading
    from reports import sealing

    number = year_of(year)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        issue, found = sealing.listed(connection, row, number)
        reworded = sealing.reworded(connection, row, issue)
    if as_json:
        say_json({**issue.to_json(), "amendments": [each.to_json() for each in found], "reworded": reworded})
    else:
        _tell_amendments(issue, found, reworded, agency)
    return 1 if found else 0


def _tell_amendments(issue: Issue, found: Sequence[Amendment], reworded: Sequence[str], agency: str) -> None:
    from reports.drilling import label
    from reports.figures import figure_json
    from workflow import desk

    year = issue.figures.year
    if found:
        say(f"{year} 年报告第 {issue.version} 版封存后，台账变动 {len(found)} 处：")
    else:
        say(f"{year} 年报告第 {issue.version} 版与现在的台账一致，没有更正事项")
    for each in found:
        why = "；".join(
            f"{entry.happened_on} {entry.kind.label}（{desk.day_of(entry.recorded_at)} 记）" for entry in each.entries
        )
        what = f"{each.case or '（全表）'} {label(each.cell, each.column, issue.figures)}"
        say(f"  {what}：{figure_json(each.old)} → {figure_json(each.new)}{'，因 ' + why if why else ''}")
    if reworded:
        say(f"封存后文字有改动：{'、'.join(reworded)}；第 {issue.version} 版里仍是原来的文字")
    if found or reworded:
        say(f"发布更正：yishen report amend {year} --agency {agency} --actor 姓名 --reason 理由")


def chosen(connection: Connection, owner: Any, year: int, *, version: int = 0, draft: bool = False) -> Issue | None:
    """The sealed version that a call asks for: the newest unless ``version`` names one; None for the draft.

    Raises InputFault for a version that there is none of, or one asked for together with the draft.
    """
    from reports import issues

    if draft and version:
        raise InputFault("--version：不能与 --draft 同时使用，应只给一个")
    if version:
        return issues.numbered(connection, owner.id, year, version)
    return None if draft else issues.newest(connection, owner.id, year)


def cases(
    year: YearArgument,
    agency: AgencyOption,
    cell: Annotated[
        str,
        typer.Option(
            "--cell",
            metavar="行",
            help="如 予以公开、一、本年新收政府信息公开申请数量，或者 applications/results/granted",
        ),
    ] = "",
    column: Annotated[str, typer.Option("--column", metavar="列", help="如 自然人；不填为总计")] = "",
    case: Annotated[str, typer.Option("--case", metavar="NUMBER", help="这一件计入哪些格")] = "",
    unplaced: Annotated[bool, typer.Option("--unplaced", help="没有计入任何一格的来件，和原因")] = False,
    version: VersionOption = 0,
    draft: DraftOption = False,
    as_json: JsonOption = False,
) -> None:
    """报告的一格由哪些办件组成；一件办件计入哪些格；哪些来件还不能计入。"""
    from cli.office import open_office, reading
    from reports import drilling
    from reports.edition import edition_for_year
    from reports.figures import zero_figures

    number = year_of(year)
    if sum(map(bool, (cell, case, unplaced))) != 1:
        raise InputFault("--cell、--case、--unplaced：应给出其中一个，如 --cell 予以公开")
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        if case:
            _tell_cells(connection, row, case, number, as_json=as_json)
            return
        if unplaced:
            found = drilling.unplaced(connection, row.id, number)
            if as_json:
                say_json([{**each.to_json(), "why": each.why_not()} for each in found])
                return
            _tell_cases(f"{number} 年来件、没有计入任何一格", found, why=True)
            return
        issue = chosen(connection, row, number, version=version, draft=draft)
        try:
            edition = issue.figures.edition if issue else edition_for_year(number)
        except ValueError as error:
            raise InputFault(str(error)) from error
        which = drilling.find(cell, column, edition)
        frozen = drilling.frozen(connection, which, issue)
        found = drilling.cases(connection, row.id, number, which, edition, frozen)
        behind = f"（定稿第 {frozen.version} 版）" if frozen else ""
        figures = issue.figures if issue else zero_figures(row.name, number, edition)
        name = drilling.label(f"{which.table}/{which.key}", which.column, figures)
        _tell_cases(f"{number} 年{behind}{name}", found, as_json=as_json)


def _tell_cases(title: str, found: Sequence[Counted], *, as_json: bool = False, why: bool = False) -> None:
    if as_json:
        say_json([each.to_json() for each in found])
        return
    say(f"{title}：{len(found)} 件")
    for each in found[:_SHOWN]:
        ended = f"，{each.closed_on} 办结" if each.closed_on else ""
        received = f"收到 {each.received_on}" if each.received_on else "收到日期待确认"
        because = f"（{each.why_not()}）" if why else ""
        say(f"  {each.number} {received}{ended}{because}：{each.subject[:30]}")
    if len(found) > _SHOWN:
        note(f"其余 {len(found) - _SHOWN} 件未列出，可加 --json 查看全部")


def _tell_cells(connection: Connection, owner: Any, case: str, year: int, *, as_json: bool) -> None:
    from reports import placing
    from workflow import records

    found = sorted(placing.cells(records.find(connection, owner.id, case).case, year))
    if as_json:
        say_json([_placed(cell) for cell in found])
        return
    say(f"{case} {'计入：' if found else f'到 {year} 年止没有计入任何一格'}")
    for cell in found:
        say(f"  {cell.label()}列（{_placed(cell)['cell']}）")


def _placed(cell: Any) -> dict[str, Any]:
    return {"year": cell.year, "cell": f"applications/{cell.path}", "column": cell.kind.label}


def findings(year: YearArgument, agency: AgencyOption, as_json: JsonOption = False) -> int:
    """年度报告（最新定稿，没有定稿的为草稿）检查发现的问题，及其背后的办件。有错误时以 1 退出。"""
    from cli.office import open_office, reading
    from reports import findings as checked
    from reports import rollup, texts
    from reports.checks import Finding
    from reports.findings import Found

    number = year_of(year)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        issue = chosen(connection, row, number)
        if issue is not None:
            found = [Found(Finding(**each)) for each in issue.findings]
        else:
            try:
                figures: Figures = rollup.roll_up(connection, row.id, row.name, number)
            except ValueError as error:
                raise InputFault(str(error)) from error
            found = checked.behind(connection, row.id, figures)
            found += [Found(each) for each in texts.findings(texts.gather(connection, row.id, figures), figures)]
    ok = not any(each.finding.level == "error" for each in found)
    if as_json:
        sealed = issue.version if issue else None
        say_json({"ok": ok, "version": sealed, "findings": [each.to_json() for each in found]})
        return 0 if ok else 1
    say(f"{number} 年报告{f'定稿第 {issue.version} 版' if issue else '草稿'}：{len(found)} 处")
    _tell_found([each.to_json() for each in found])
    return 0 if ok else 1
