"""``yishen calendar``: the working-day calendar, shown and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.speech import note, say, say_json
from cli.values import YearArgument, read_json, year_of
from workflow.calendar import SHIPPED, DayRule
from workflow.faults import InputFault

if TYPE_CHECKING:
    from cli.office import Office

app = typer.Typer(help="工作日历：查看，载入新公布的年度安排或本地假日。", no_args_is_help=True, rich_markup_mode=None)

_WEEKDAYS = "一二三四五六日"
_SHOWN = 20


@app.command("show")
def show(
    year: YearArgument,
    agency: Annotated[str, typer.Option(help="机关代码：含该机关自己的日历")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """显示一年的放假与调休上班安排。"""
    from cli.deadline import office_calendar
    from workflow.notices import describe

    number = year_of(year)
    calendar, _ = office_calendar(agency)
    described = describe(calendar, number)
    if as_json:
        say_json(described)
        return
    state = "暂定（尚未公布，按法定节假日推算）" if described["provisional"] else "已公布"
    say(f"{year} 年工作日历：{state}，{described['working_days']} 个工作日，日历版本 {calendar.revision}")
    for rule in calendar.rules(number):
        weekday = _WEEKDAYS[rule.day.weekday()]
        say(f"  {rule.day} 周{weekday}  {'上班' if rule.working else '放假'}  {rule.name}{_source(rule)}")


def _source(rule: DayRule) -> str:
    """Where a day comes from, unless it came with the program: from a notice, or from the office itself."""
    if rule.own:
        return f"（本机关自己的日历：{rule.source}）"
    return "" if rule.source == SHIPPED else f"（{rule.source}）"


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="年度安排或本地假日（JSON）")],
    agency: Annotated[str, typer.Option(help="机关代码：只作为该机关自己的日历载入")] = "",
    national: Annotated[bool, typer.Option("--national", help="没有 year 的日期对全国（所有机关）有效")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看哪些在办件的期限会变，不载入")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """载入日历，并重算在办件的期限。

    有 year 的是全国年度安排；没有 year 的是机关自己的日期：机关不止一个时，应给出 --agency 或者 --national。
    """
    from cli.office import actor, now, open_office
    from workflow import desk, notices

    if agency and national:
        raise InputFault(f"--national：不能与 --agency {agency} 同时给出，应只给其中一个")
    notice = notices.read_notice(read_json(str(file)), file.name)
    today = desk.day_of(now())
    with open_office() as office:
        code = agency or ("" if national or notice.year is not None else _only_agency(office, file.name))
        agency_id = office.agency(code).id if code else None
        with office.engine.connect() as connection, connection.begin() as transaction:
            revision, found = notices.load_and_recompute(
                connection, agency_id, notice, office.cipher, now(), actor("calendar")
            )
            if dry_run:
                transaction.rollback()
            else:
                transaction.commit()
    moved = [
        {
            "agency": code,
            "number": move.number,
            "reply_due": move.reply_due and move.reply_due.isoformat(),
            "new_reply_due": move.new_reply_due and move.new_reply_due.isoformat(),
            "becomes_overdue": move.becomes_overdue(today),
        }
        for code, moves in found.items()
        for move in moves
    ]
    for warning in notice.warnings:
        note(f"提示：{warning}")
    if as_json:
        say_json(
            {
                "revision": None if dry_run else revision,
                "agency": code or None,
                "days": len(notice.rules),
                "moved": moved,
                "dry_run": dry_run,
            }
        )
        return
    done = "将载入" if dry_run else "已载入"
    whose = f"{done} {len(notice.rules)} 天（{f'机关 {code} 自己的日历' if code else '全国'}，日历版本 {revision}）"
    late = sum(move["becomes_overdue"] is True for move in moved)
    say(f"{whose}，{len(moved)} 件的期限重算，其中 {late} 件因此超期" if moved else f"{whose}，没有期限变动")
    moved.sort(key=lambda move: not move["becomes_overdue"])
    for move in moved[:_SHOWN]:
        before, after = move["reply_due"] or "暂停", move["new_reply_due"] or "暂停"
        overdue = "，因此超期" if move["becomes_overdue"] else ""
        reply = "期限重算，答复期限不变" if before == after else f"答复期限 {before} → {after}"
        say(f"  {move['agency']} {move['number']}：{reply}{overdue}")
    if len(moved) > _SHOWN:
        note(f"  其余 {len(moved) - _SHOWN} 件未列出，可加 --json 查看全部")


def _only_agency(office: Office, name: str) -> str:
    """The agency whose own days they are. Raises InputFault where there are several, or none."""
    from workflow import agencies

    with office.engine.connect() as connection:
        code = agencies.only_one(connection)
    if code is None:
        raise InputFault(
            f"{name}：没有 year，是哪个机关自己的日期不能确定（现在没有机关，或者不止一个），"
            "应给出 --agency 代码；对所有机关有效的给出 --national"
        )
    return code
