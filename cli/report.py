"""``yishen report``: the annual report, built and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import report_read, report_seal
from cli.cases import AgencyOption
from cli.speech import note, say
from cli.values import YearArgument, day_of, year_of
from workflow.faults import InputFault

app = typer.Typer(help="政府信息公开工作年度报告：生成，检查。", no_args_is_help=True, rich_markup_mode=None)
report_seal.add_to(app)
report_read.add_to(app)

FORMATS = ("json", "xlsx", "html")
LATER = ("docx", "pdf")


@app.command("build")
def build(
    year: YearArgument,
    agency: AgencyOption,
    out: Annotated[Path, typer.Option("--out", help="写入的文件")],
    file_format: Annotated[str, typer.Option("--format", help="json、xlsx 或 html")],
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
    write(figures, file_format, out)
    for sentence in missing:
        note(f"提示：{sentence}")
    if number >= desk.day_of(now()).year:
        note(f"提示：{number} 年尚未结束，各数截至现在已登记的办件")
    say(f"已写入 {out}")


def write(figures: Any, file_format: str, out: Path) -> None:
    """Write the figures in one of the formats. Raises InputFault where the file cannot be written."""
    from reports import writers

    write_file = {"json": writers.write_json, "xlsx": writers.write_xlsx, "html": writers.write_html}[file_format]
    try:
        write_file(figures, out)
    except OSError as error:
        raise InputFault(f"--out：不能写入“{out}”（{error.strerror}），应为可写的文件路径") from error


def _check_format(file_format: str) -> None:
    if file_format in LATER:
        raise InputFault(f"--format：“{file_format}”格式尚未提供，现在可用：{'、'.join(FORMATS)}")
    if file_format not in FORMATS:
        raise InputFault(f"--format：“{file_format}”不认识，应为：{'、'.join(FORMATS)}")
