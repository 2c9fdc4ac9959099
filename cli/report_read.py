"""``yishen report read`` and ``check``: published reports read back, and their arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cases import JsonOption, tell_findings
from cli.speech import note, say, say_json
from cli.values import read_json
from workflow.faults import InputFault

if TYPE_CHECKING:
    from reports.figures import Figures
    from reports.reading import Published


def add_to(app: typer.Typer) -> None:
    """The commands that read reports, among those of ``yishen report``."""
    app.command("read")(read)
    app.command("check")(check)


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="已发布的年度报告（txt、html、docx、xlsx、pdf）")],
    as_json: JsonOption = False,
) -> None:
    """读取已发布的年度报告，取出三张表的数字。"""
    from reports import reading

    report = reading.read(file)
    if as_json:
        say_json(reading.to_document(report))
    else:
        _tell(report)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="本系统的报告 JSON，或者已发布的报告")],
    previous: Annotated[Path | None, typer.Option(help="上一年度的报告（JSON 或已发布的文件），用于核对结转")] = None,
    as_json: JsonOption = False,
) -> int:
    """检查报告的勾稽关系；已发布的报告也核对文字里引用的数字。"""
    from reports import checks, quoted

    figures, texts = _report(file)
    before = None if previous is None else _report(previous)[0]
    # In the order of the rules: K6 stands between the others.
    findings = sorted(
        [*checks.check(figures, before), *quoted.check(texts, figures)], key=lambda finding: int(finding.rule[1:])
    )
    ok = not any(finding.level == "error" for finding in findings)
    if as_json:
        say_json({"ok": ok, "findings": [asdict(finding) for finding in findings]})
    else:
        tell_findings(findings)
    return 0 if ok else 1


def _report(file: Path) -> tuple[Figures, Mapping[int, str]]:
    """The figures of our JSON or of a published file, and the published file's texts by section."""
    from reports import reading
    from reports.figures import FiguresFault, from_json

    if not _is_json(file):
        report = reading.read(file)
        for where, reason in report.unread:
            note(f"提示：{file.name} {where}：{reason}")
        return report.figures, report.texts
    try:
        return from_json(read_json(str(file))), {}
    except FiguresFault as fault:
        raise InputFault([f"{file.name}：{sentence}" for sentence in fault.faults]) from fault


def _is_json(file: Path) -> bool:
    """By what it holds: our JSON begins with a brace, whatever its name; a file named json is meant as one."""
    if str(file) == "-" or file.suffix.lower() == ".json":
        return True
    try:
        with file.open("rb") as opened:
            return opened.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}
    except OSError:
        return False


def _tell(report: Published) -> None:
    """The figures as a table for people; what could not be read is told at the end."""
    from reports.edition import load_edition
    from reports.figures import figure_json

    figures = report.figures
    form = load_edition(figures.edition)
    year = "年度不明" if figures.year is None else f"{figures.year} 年"
    say(f"{figures.agency or '机关不明'}  {year}  （第三部分用 {figures.edition} 年格式，{report.source.format}）")
    section = figures.section_two
    say(f"\n{form.sections[1]}")
    for name, row in figures.proactive.items():
        cells = (
            f"{column.label} {_figure(figure_json(value))}"
            for column, value in zip(section.columns_of[name], row, strict=True)
        )
        say(f"{padded(section.labels[name], 28)}{'  '.join(cells)}")
    say(f"\n{form.sections[2]}")
    say(padded("", 60) + "".join(padded(column[:6], 14) for column in form.table_three.columns))
    for path, name in form.table_three.names.items():
        row_text = "".join(padded(_figure(value), 14) for value in figures.applications[path])
        say(padded(_shortened(name, 58), 60) + row_text.rstrip())
    say(f"\n{form.sections[3]}")
    say(padded("", 60) + "".join(padded(column, 14) for column in form.table_four.columns).rstrip())
    for key, label in form.table_four.labels.items():
        say(padded(label, 60) + "".join(padded(_figure(value), 14) for value in figures.reviews[key]).rstrip())
    fees = figures.fees
    say("")
    if fees is None:
        say("信息处理费：没有读到")
    else:
        say(
            f"信息处理费：收费通知 {_figure(fees.notices)} 件，总金额 {_figure(figure_json(fees.billed_yuan))} 元，"
            f"实际收取 {_figure(figure_json(fees.received_yuan))} 元"
        )
    for where, reason in report.unread:
        say(f"未能读取 {where}：{reason}")


def _figure(value: Any) -> str:
    return "空白" if value is None else str(value)


def _shortened(text: str, wide: int) -> str:
    while width(text) > wide:
        text = f"{text.removesuffix('…')[:-1]}…"
    return text


def padded(text: str, wide: int) -> str:
    """The text with spaces behind it, at least one, up to a width in half-width characters."""
    return text + " " * max(wide - width(text), 1)


def width(text: str) -> int:
    """The width of a text in half-width characters; a Chinese one takes two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)
