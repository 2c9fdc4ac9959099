"""``yishen report``: the annual report, built and checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import report_read, report_seal, report_write
from cli.cases import AgencyOption
from cli.speech import note, say
from cli.values import YearArgument, day_of, year_of
from workflow.faults import InputFault

app = typer.Typer(help="政府信息公开工作年度报告：生成，检查。", no_args_is_help=True, rich_markup_mode=None)
report_seal.add_to(app)
report_read.add_to(app)
report_write.add_to(app)

FORMATS = ("json", "xlsx", "docx", "html", "pdf")


@app.command("build")
def build(
    year: YearArgument,
    agency: AgencyOption,
    out: Annotated[Path, typer.Option("--out", help="写入的文件")],
    file_format: Annotated[str, typer.Option("--format", help="json、xlsx、docx、html 或 pdf")],
    edition: Annotated[str, typer.Option(help="格式版本 2019 或 2021；不填按年度")] = "",
    as_of: Annotated[str, typer.Option(metavar="DATE", help="只计截至该日的收件和答复")] = "",
    version: report_seal.VersionOption = 0,
    draft: report_seal.DraftOption = False,
) -> None:
    """生成年度报告：已封存的用最新定稿，否则按现在的台账。"""
    from cli.office import now, open_office, reading
    from reports import rollup
    from reports.year_end import missing_figures
    from workflow import desk

    _check_format(file_format)
    number, day = year_of(year), day_of(as_of, "--as-of")
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        # Another edition, or a day within the year, is counted from the log.
        counted = draft or (bool(edition or day) and not version)
        issue = report_seal.chosen(connection, row, number, version=version, draft=counted)
        try:
            figures = (
                issue.figures if issue else rollup.roll_up(connection, row.id, row.name, number, edition or None, day)
            )
        except ValueError as error:
            raise InputFault(str(error)) from error
        missing = [] if issue else missing_figures(connection, row.id, number)
        content = None
        if file_format != "json":
            content, unfinished = words(connection, row.id, figures, issue, day)
            missing += unfinished
    write(figures, file_format, out, content)
    for sentence in missing:
        note(f"提示：{sentence}")
    if number >= desk.day_of(now()).year:
        note(f"提示：{number} 年尚未结束，各数截至现在已登记的办件")
    say(f"已写入 {out}")


def words(connection: Any, agency_id: int, figures: Any, issue: Any, as_of: date | None) -> tuple[Any, list[str]]:
    """The words of the report, sealed ones as they were sealed; and what is still to be done about those of a draft."""
    from reports import texts
    from workflow import desk

    if issue is not None:
        return texts.Content.from_json(issue.texts, desk.day_of(issue.sealed_at)), []
    content = texts.gather(connection, agency_id, figures, as_of)
    return content, [f"{finding.rule} {finding.message}" for finding in texts.findings(content, figures)]


def write(figures: Any, file_format: str, out: Path, content: Any = None) -> None:
    """Write the report in one of the formats, with its words if they are given.

    Raises InputFault where the file cannot be written.
    """
    from reports import writers

    def write_json(figures: Any, path: Path, _: Any) -> None:
        writers.write_json(figures, path)

    write_file: Any = {
        "json": write_json,
        "xlsx": writers.write_xlsx,
        "docx": writers.write_docx,
        "html": writers.write_html,
        "pdf": writers.write_pdf,
    }[file_format]
    try:
        write_file(figures, out, content)
    except OSError as error:
        raise InputFault(f"--out：不能写入“{out}”（{error.strerror}），应为可写的文件路径") from error


def _check_format(file_format: str) -> None:
    if file_format not in FORMATS:
        raise InputFault(f"--format：“{file_format}”不认识，应为：{'、'.join(FORMATS)}")
