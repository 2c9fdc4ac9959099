"""``yishen report text`` and ``report register``: the words of the report, and the register that section two counts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from cli.values import YearArgument, day_of, year_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from reports.issues import Issue

texts_app = typer.Typer(help="报告的文字部分：查看，改写。", no_args_is_help=True, rich_markup_mode=None)
register_app = typer.Typer(
    help="规章、行政规范性文件登记簿，和行政许可、处罚、强制、收费的年度数。",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SectionOption = Annotated[int, typer.Option("--section", metavar="N", help="第几部分，1 至 6；0 为开头一段")]
PartOption = Annotated[str, typer.Option("--part", metavar="PART", help="其中哪一项，如 依申请公开；只有一项的不用写")]
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="文号")]
_EVERY = -1


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(texts_app, name="text")
    app.add_typer(register_app, name="register")


@texts_app.command("show")
def show(
    year: YearArgument,
    agency: AgencyOption,
    section: SectionOption = _EVERY,
    part: PartOption = "",
    as_json: JsonOption = False,
) -> None:
    """显示文字部分：模板，和代入各数以后的文字。"""
    from cli.office import open_office, reading
    from reports import texts

    number = year_of(year)
    wanted = list(texts.PARTS) if section == _EVERY else texts.find(section, part)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        figures = _figures(connection, row, number)
        parts = [each for each in texts.shown(connection, row.id, figures) if each.part in wanted]
    if as_json:
        say_json([_json(each, figures.edition) for each in parts])
        return
    for each in parts:
        place = f"{each.part.name} {texts.place(each.part, figures.edition)}"
        by = f"{each.stored.edited_by}，{each.stored.edited_at:%Y-%m-%d}" if each.stored else "默认"
        say(f"【{place}】（{by}）")
        say(each.rendered or "（无）")
        if each.template != each.rendered:
            say(f"  模板：{each.template}")


@texts_app.command("set")
def set_text(
    year: YearArgument,
    agency: AgencyOption,
    section: SectionOption,
    part: PartOption = "",
    file: Annotated[
        str, typer.Option("--file", metavar="FILE", help="文本文件（UTF-8 或者 GBK），- 为标准输入；一行一段")
    ] = "",
    default: Annotated[bool, typer.Option("--default", help="恢复默认文字")] = False,
    as_json: JsonOption = False,
) -> None:
    """改写一项文字。{本年新收} 这样的名称随台账取数；手写的数与统计表不符的，指出来。"""
    from cli.office import actor, now, open_office
    from reports import texts

    number = year_of(year)
    parts = texts.find(section, part)
    if len(parts) > 1:
        accepted = "、".join(each.key + (f"（{each.heading[3:]}）" if each.heading else "") for each in parts)
        raise InputFault(f"--part：第 {section} 部分有几项，应写明其中一项：{accepted}")
    if bool(file) == default:
        raise InputFault("--file、--default：应给出其中一个：正文的文件，或者恢复默认")
    body = None if default else _text(file)
    with open_office() as office, office.engine.begin() as connection:
        row = office.agency(agency)
        rendered = texts.write(connection, row.id, row.name, number, parts[0], body, actor("cli"), now())
        figures = _figures(connection, row, number)
        content = texts.gather(connection, row.id, figures)
        found = [each for each in texts.findings(content, figures) if _concerns(each, parts[0])]
        sealed = _sealed(connection, row, [number])
    if as_json:
        from dataclasses import asdict

        say_json({"part": parts[0].name, "rendered": rendered, "findings": [asdict(each) for each in found]})
        return
    say(rendered or "（无）")
    for finding in found:
        note(f"提示 {finding.rule}：{finding.message}")
    _tell_sealed(sealed, "文字")


@texts_app.command("names")
def names(year: YearArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出文字里可以引用的名称和现在的数。"""
    from cli.office import open_office, reading
    from reports import texts

    number = year_of(year)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        known = texts.known_names(connection, row.id, _figures(connection, row, number))
    listed = {name: known.value(name) for name in known.printed}
    if as_json:
        say_json(listed)
        return
    for name, value in listed.items():
        say(f"{{{name}}} {'（尚无）' if value is None else value}")
    say("各行各列的上年数和增减也可引用，如 {上年·办理结果总计}、{增减·行政复议}")


def _concerns(finding: Any, part: Any) -> bool:
    """Whether a finding on the words is about this part, or about the section it stands in."""
    where = finding.where
    return where == f"texts/{part.name}" if where.startswith("texts/") else part.section in {1, 5, 6}


def _json(shown: Any, edition: str) -> dict[str, Any]:
    from reports import texts

    return {
        "section": shown.part.section,
        "part": shown.part.key,
        "heading": texts.place(shown.part, edition),
        "template": shown.template,
        "rendered": shown.rendered,
        "open": texts.open_places(shown.rendered),
        "edited_by": shown.stored and shown.stored.edited_by,
        "edited_at": shown.stored and shown.stored.edited_at.isoformat(timespec="seconds"),
    }


def _figures(connection: Any, agency: Any, year: int) -> Any:
    from reports import rollup

    try:
        return rollup.roll_up(connection, agency.id, agency.name, year)
    except ValueError as error:
        raise InputFault(f"YEAR：{error}") from error


def _sealed(connection: Any, agency: Any, years: Iterable[int]) -> list[Issue]:
    """The versions that hold of the reports on these years, as far as they are sealed."""
    from reports import issues

    found = (issues.newest(connection, agency.id, year) for year in years)
    return [issue for issue in found if issue is not None]


def _tell_sealed(sealed: Iterable[Issue], what: str) -> None:
    """Say of sealed reports that what was changed now reaches only their next version."""
    for issue in sealed:
        year = issue.figures.year
        then = f"现在改的{what}到发布更正（yishen report amend {year}）时才写入下一版"
        note(f"提示：{year} 年报告已封存，第 {issue.version} 版不变；{then}")


def _text(file: str) -> str:
    """A text file (UTF-8, or GBK as older editors save it), or standard input for ``-``.

    InputFault naming the file and what is wrong with it.
    """
    name = "标准输入" if file == "-" else file
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("gb18030")
    except OSError as error:
        raise InputFault(f"--file：{name} 不能读取（{error.strerror}），应为文本文件") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputFault(f"--file：{name} 第 {line} 行不是 UTF-8 或者 GBK 文本，应另存为 UTF-8 编码") from error


@register_app.command("list")
def list_documents(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出登记的规章和行政规范性文件。"""
    from cli.office import open_office, reading
    from reports import registers

    with open_office() as office, reading(office) as connection:
        documents = registers.listed(connection, office.agency(agency).id)
    if as_json:
        say_json([_document(each) for each in documents])
        return
    say(f"{len(documents)} 件，现行有效 {sum(each.repealed_on is None for each in documents)} 件")
    for each in documents:
        ended = f"，{each.repealed_on} 废止" if each.repealed_on else ""
        say(f"  {each.number} {registers.KINDS[each.kind]}《{each.title}》{each.issued_on} 制发{ended}")


@register_app.command("add")
def add(
    number: NumberArgument,
    title: Annotated[str, typer.Option("--title", metavar="名称", help="文件名称")],
    issued: Annotated[str, typer.Option("--issued", metavar="DATE", help="制发日期")],
    agency: AgencyOption,
    kind: Annotated[str, typer.Option("--kind", metavar="种类", help="行政规范性文件（默认）或 规章")] = "",
    repealed: Annotated[str, typer.Option("--repealed", metavar="DATE", help="废止日期")] = "",
    source: Annotated[str, typer.Option("--source", metavar="来源", help="依据什么登记")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记一件；文号已有的，改为现在所写。"""
    from cli.office import actor, now, open_office
    from reports import registers

    day = day_of(issued, "--issued")
    if day is None:
        raise InputFault("--issued：为空，应为制发日期，形如 2021-09-30")
    document = registers.made(kind, title, number, day, day_of(repealed, "--repealed"), source)
    with open_office() as office, office.engine.begin() as connection:
        row = office.agency(agency)
        changed = registers.enter(connection, row.id, [document], actor("cli"), now())
        sealed = _sealed(connection, row, _years(document)) if changed else []
    if as_json:
        say_json({**_document(document), "changed": bool(changed)})
    else:
        say(f"{document.number}《{document.title}》{'已登记' if changed else '没有变化'}")
    _tell_sealed(sealed, "登记簿")


@register_app.command("repeal")
def repeal(
    number: NumberArgument,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="废止日期")],
    agency: AgencyOption,
) -> None:
    """记一件文件的废止。"""
    from cli.office import actor, now, open_office
    from reports import registers

    day = day_of(on, "--on")
    if day is None:
        raise InputFault("--on：为空，应为废止日期，形如 2021-09-30")
    with open_office() as office, office.engine.begin() as connection:
        row = office.agency(agency)
        document = registers.repeal(connection, row.id, number, day, actor("cli"), now())
        sealed = _sealed(connection, row, _years(document)[-1:])
    say(f"{document.number}《{document.title}》自 {day} 废止")
    _tell_sealed(sealed, "登记簿")


@register_app.command("remove")
def remove(number: NumberArgument, agency: AgencyOption) -> None:
    """删去误登的一件。"""
    from cli.office import open_office
    from reports import registers

    with open_office() as office, office.engine.begin() as connection:
        registers.remove(connection, office.agency(agency).id, number)
    say(f"{number} 已从登记簿删去")


@register_app.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV 或 XLSX：种类、文件名称、文号、制发日期、废止日期、来源")
    ],
    agency: AgencyOption,
    as_json: JsonOption = False,
) -> None:
    """导入登记簿：全部成功或者全不保存。"""
    from cli.office import actor, now, open_office
    from reports import registers

    documents = registers.read(file)
    with open_office() as office, office.engine.begin() as connection:
        changed = registers.enter(connection, office.agency(agency).id, documents, actor("import"), now())
    if as_json:
        say_json({"rows": len(documents), "changed": changed})
    else:
        say(f"读取 {len(documents)} 件，变化 {changed} 件")


# A figure may be negative (本年增/减), and -5 is no option.
@register_app.command("figure", context_settings={"ignore_unknown_options": True})
def figure(
    year: YearArgument,
    item: Annotated[str, typer.Argument(metavar="项目", help="行政许可、行政处罚、行政强制、行政事业性收费（万元）等")],
    numbers: Annotated[list[str], typer.Argument(metavar="数…", help="这一项的各个数，按格式的顺序；只有一个的写一个")],
    agency: AgencyOption,
    source: Annotated[str, typer.Option("--source", metavar="来源", help="数从哪里来")],
) -> None:
    """录入第二部分一项的年度数。"""
    from cli.office import open_office
    from reports import proactive, registers
    from reports.year_end import missing_figures
    from workflow.sheets import Reading, Row, Sheet

    number = year_of(year)
    unknown = [each for each in (item, *numbers) if each.startswith("--")]
    if unknown:
        raise InputFault(f"没有选项“{unknown[0].partition('=')[0]}”；用法见 yishen report register figure --help")
    if len(numbers) > len(_QUANTITIES):
        raise InputFault(f"数：给了 {len(numbers)} 个，每项最多 {len(_QUANTITIES)} 个")
    if not source.strip():
        raise InputFault("--source：为空，应写明数从哪里来，如 综合行政执法队台账")
    cells = {"年度": str(number), "项目": item, "来源": source, **dict(zip(_QUANTITIES, numbers, strict=False))}
    reading = Reading(sheets=[Sheet(proactive.PROACTIVE, "命令", (Row("命令", 1, cells),))])
    with open_office() as office, office.engine.begin() as connection:
        row = office.agency(agency)
        made = proactive.plan(reading, proactive.entered(connection, row.id))
        if made.faults:
            raise InputFault([fault.replace("命令第1行", "") for fault in made.faults])
        changed = proactive.store(connection, row.id, made)
        said = registers.differences(connection, row.id, number) or missing_figures(connection, row.id, number)
        sealed = _sealed(connection, row, [number]) if changed else []
    say(f"{number} 年{item}：{'已录入' if changed else '没有变化'}")
    for sentence in said:
        note(f"提示：{sentence}")
    _tell_sealed(sealed, "数")


@register_app.command("figures")
def figures(year: YearArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出第二部分录入的年度数和来源。"""
    from cli.office import open_office, reading
    from reports import proactive
    from reports.edition import load_edition
    from reports.figures import figure_json

    number = year_of(year)
    with open_office() as office, reading(office) as connection:
        entries = proactive.entered(connection, office.agency(agency).id).get(number, [])
    listed: list[dict[str, Any]] = []
    for entry in sorted(entries, key=lambda each: each.item):
        section = load_edition(entry.edition).section_two
        # As they are entered: 417, not 417.000000.
        values = [each if each % 1 else int(each) for each in entry.figures]
        columns = [column.label for column in section.columns_of[entry.item]]
        of_column = {label: figure_json(value) for label, value in zip(columns, values, strict=False)}
        listed.append({"item": section.labels[entry.item], "figures": of_column, "source": entry.source})
    if as_json:
        say_json(listed)
        return
    say(f"{number} 年录入 {len(listed)} 项" + ("" if listed else "；录入用 yishen report register figure"))
    for each in listed:
        told = "，".join(f"{label} {value}" for label, value in each["figures"].items())
        say(f"  {each['item']}：{told}（来源：{each['source'] or '没有写'}）")


_QUANTITIES = ("数量1", "数量2", "数量3")


def _years(document: Any) -> list[int]:
    """The years in which the register tells of a document: that of its issue, that of its repeal."""
    days = (document.issued_on, document.repealed_on)
    return list(dict.fromkeys(day.year for day in days if day is not None))


def _document(document: Any) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "title": document.title,
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "repealed_on": document.repealed_on and document.repealed_on.isoformat(),
        "source": document.source,
    }
