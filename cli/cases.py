"""``yishen import``, ``year-end`` and ``verify``: ledgers in, the year rolled up, the log held against its cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.speech import note, progress, say, say_json
from cli.values import YearArgument, year_of

if TYPE_CHECKING:
    from cli.office import Office
    from reports.checks import Finding
    from reports.year_end import YearEnd

_SHOWN = 20

AgencyOption = Annotated[str, typer.Option("--agency", help="机关代码")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("import")(import_ledgers)
    app.command("year-end")(year_end)
    app.command("verify")(verify)


def import_ledgers(
    ledgers: Annotated[
        list[Path],
        typer.Argument(metavar="LEDGER…", help="台账、复议诉讼台账、主动公开数据（CSV 或 XLSX），可同时给多个"),
    ],
    agency: AgencyOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
    as_json: JsonOption = False,
) -> None:
    """导入台账为办件：全部成功或者全不保存；重复导入不产生变化。"""
    from cli.office import open_office

    with open_office() as office:
        result = bring_in(office, ledgers, agency, dry_run=dry_run)
    if as_json:
        say_json(result)
    else:
        tell_import(result)


def bring_in(office: Office, ledgers: list[Path], code: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Import the files for an agency; what was done, as the JSON of the command."""
    from cli.office import actor, now
    from reports.taking_in import take_in

    row = office.agency(code)
    with progress("导入") as advance:
        done = take_in(office.engine, row.id, ledgers, office.cipher, now(), actor("import"), advance, dry_run=dry_run)
    return {"agency": code, **done}


def tell_import(result: dict[str, Any]) -> None:
    """Say what an import did, for a person."""
    what = "检查通过（未保存）" if result["dry_run"] else "导入完成"
    say(
        f"{what}：读取 {result['rows']} 行，新建办件 {result['cases']} 件，续办 {result['continued']} 件，"
        f"未变 {result['unchanged']} 件；记入事件 {result['events']} 条；"
        f"主动公开数据变化 {result['proactive_changed']} 项"
    )
    if not result["events"] and not result["proactive_changed"]:
        say("没有变化：这些内容都已在系统中")
    warnings = result["warnings"]
    for warning in warnings[:_SHOWN]:
        note(f"提示：{warning['file']}第{warning['row']}行：{warning['message']}")
    if len(warnings) > _SHOWN:
        note(f"提示：其余 {len(warnings) - _SHOWN} 条未列出，可加 --json 查看全部")


def year_end(
    year: YearArgument,
    agency: AgencyOption,
    as_json: JsonOption = False,
) -> int:
    """年终结转：未办结的办件结转下年度，统计表汇总，年度报告起草并检查。可重复运行。"""
    from cli.office import open_office

    number = year_of(year)
    with open_office() as office:
        result = close_year(office, number, agency)
    if as_json:
        say_json(result.to_json())
    else:
        tell_year_end(result)
    return 0 if result.ok else 1


def close_year(office: Office, year: int, code: str) -> YearEnd:
    """Run the year-end job for an agency."""
    from cli.office import now
    from reports import year_end as job

    row = office.agency(code)
    with progress("结转") as advance:
        return job.run(office.engine, row, year, office.cipher, now(), advance)


def tell_year_end(result: YearEnd) -> None:
    """Say what the year-end job did, for a person."""
    rows = result.figures.applications
    say(
        f"{result.year} 年：新收 {rows['new'][-1]} 件，上年结转 {rows['carried_in'][-1]} 件，"
        f"办结 {rows['results/total'][-1]} 件，结转下年度 {rows['carried_out'][-1]} 件"
    )
    say(
        f"本次结转办件 {result.newly_carried_over} 件；统计表 {result.cells} 个单元格，"
        f"变化 {result.cells_changed} 个（{result.edition} 年版格式）"
    )
    for warning in result.warnings:
        note(f"提示：{warning}")
    tell_findings(result.findings)


def tell_findings(findings: Sequence[Finding]) -> None:
    """Say what the checks of the report found."""
    if not findings:
        say("勾稽关系检查：全部通过")
    for finding in findings:
        kind = "错误" if finding.level == "error" else "提示"
        say(f"{kind} {finding.rule} {finding.where}：{finding.message}")


def verify(
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="核验一个办件卷宗（yishen case bundle），不用数据库")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """由日志重新推出每个办件、期限和哈希，与所存的比较；定稿、附件、文书也一并核验。"""
    if bundle is not None:
        return _verify_bundle(bundle, as_json=as_json)
    from cli.office import open_office, reading
    from reports import area_issues, sealing
    from workflow import attachments, audit, dispatch
    from workflow import verify as verification

    with open_office() as office, reading(office) as connection, progress("核验") as advance:
        result, issues = verification.Verification(0, 0, []), 0
        total = verification.count_cases(connection)
        for done in verification.verify(connection, result):
            advance(done, total)
        for each in (sealing, area_issues):
            number, found = each.verify(connection)
            issues += number
            result.findings += found
        audited, found = audit.verify(connection)
        result.findings += found
        files, found = attachments.verify(connection, office.cipher)
        result.findings += found
        letters, found = dispatch.verify(connection, office.cipher)
        result.findings += found
    if as_json:
        # As before there were any, where there are none.
        more = {"issues": issues, "audit_events": audited, "attachments": files, "letters": letters}
        say_json(result.to_json() | {name: number for name, number in more.items() if number})
    else:
        of_reports = f"、{issues} 版定稿" if issues else ""
        of_reports += f"、{audited} 条审计日志" if audited else ""
        of_reports += f"、{files} 个附件" if files else ""
        of_reports += f"、{letters} 份文书" if letters else ""
        say(f"核验 {result.cases} 件办件、{result.events} 条日志{of_reports}：{'一致' if result.ok else '发现不一致'}")
        for finding in result.findings[:_SHOWN]:
            where = finding.case if finding.seq is None else f"{finding.case} 第 {finding.seq} 条"
            say(f"  {where}：{finding.message}")
        if len(result.findings) > _SHOWN:
            note(f"  其余 {len(result.findings) - _SHOWN} 处未列出，可加 --json 查看全部")
    return 0 if result.ok else 1


def _verify_bundle(path: Path, *, as_json: bool) -> int:
    from reports import bundle_check

    found = bundle_check.check(path)
    if as_json:
        say_json(found.to_json())
    else:
        verdict = "一致" if found.ok else "发现不一致"
        say(f"核验卷宗 {found.number}（{found.agency}，截至 {found.as_of}）：")
        say(f"{found.entries} 条办理记录、{found.files} 个文件：{verdict}")
        for sentence in found.findings[:_SHOWN]:
            say(f"  {sentence}")
        if len(found.findings) > _SHOWN:
            note(f"  其余 {len(found.findings) - _SHOWN} 处未列出，可加 --json 查看全部")
        say(f"压缩包的 SHA-256 为 {found.sha256}，应与取卷时审计日志所记的一致")
    return 0 if found.ok else 1
