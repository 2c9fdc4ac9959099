"""``yishen replay``: days lived through in order, so that one sees what the system would have done on each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import progress, say, say_json
from cli.values import day_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from datetime import date

    from cli.office import Office
    from tasks.replay import Day, Replay

_SHOWN = 20
_EFFECTS = {"lapsed": "视为放弃", "resumed": "恢复计算期限", "started": "起算期限", "carried_over": "结转下年度"}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("replay")(replay)


def replay(
    agency: AgencyOption,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="第一天")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="最后一天")],
    trial_only: Annotated[bool, typer.Option("--trial-only", help="只推演，不改动正式数据")] = False,
    as_json: JsonOption = False,
) -> int:
    """按日推演：在临时数据库里逐日重现日志和每天的自动任务；到期而未办的，随后在正式数据中补办。"""
    from cli.office import now, open_office
    from tasks.replay import check_span, make_good
    from workflow import desk

    since, until = _given(first, "--from"), _given(last, "--to")
    check_span(since, until)
    with open_office() as office:
        done = live_through(office, agency, since, until)
        instant = now()
        today = desk.day_of(instant)
        if not trial_only and since <= today:
            done.made_good = make_good(office, office.agency(agency), min(until, today), instant)
    if as_json:
        say_json(done.to_json())
    else:
        tell(done, trial_only=trial_only)
    return 1 if done.failed else 0


def _given(text: str, option: str) -> date:
    day = day_of(text, option)
    if day is None:
        raise InputFault(f"{option}：为空，应为形如 2021-09-30 的日期")
    return day


def live_through(office: Office, code: str, first: date, last: date) -> Replay:
    """Live through the days in a trial, telling how far it has come."""
    from tasks.replay import replay as job

    row = office.agency(code)
    with progress("推演") as advance:
        return job(office, row, first, last, advance)


def tell(done: Replay, *, trial_only: bool) -> None:
    """Say what happened, day by day, then in sum; days on which nothing happened are left out."""
    for day in done.days:
        say(day.date.isoformat())
        _tell_some(_lines(day))
    totals = done.totals()
    cards = "、".join(f"{_card(name)} {number}" for name, number in totals["cards"].items() if number)
    say(f"{done.first} 至 {done.last} 共 {totals['days']} 天，其中 {totals['eventful_days']} 天有事")
    say(f"提醒 {totals['reminders']} 条{f'（{cards}）' if cards else ''}；办理事项 {totals['log']} 项")
    effects = "，".join(f"{label} {totals[name]} 件" for name, label in _EFFECTS.items())
    say(f"自动：{effects}，年度报告草稿 {totals['drafts']} 份，消息 {totals['news']} 条")
    if totals["left_out"]:
        say(f"日志中有 {totals['left_out']} 项推演时不能办理，已逐项注明")
    for sentence in done.failed:
        say(f"没有完成 {sentence}")
    say(f"到 {done.last}：未办结 {done.open} 件，其中超期未答复 {done.overdue} 件")
    _tell_made_good(done, trial_only=trial_only)


def _tell_made_good(done: Replay, *, trial_only: bool) -> None:
    made = done.made_good
    if made is None:
        reason = "只推演" if trial_only else "推演的日子在今天之后"
        say(f"正式数据没有改动（{reason}）")
        return
    years = f"，年终结转 {'、'.join(map(str, made.years))} 年" if made.years else ""
    refused = f"；{made.refused} 件不能自动处理，见站内消息" if made.refused else ""
    say(f"正式数据：截至 {made.as_of} 到期而未办的已补办，涉及办件 {made.cases} 件{years}{refused}")


def _lines(day: Day) -> Iterable[str]:
    for each in day.events:
        kind = "自动" if each["by"] == "system" else "办理"
        yield f"{kind} {each['number']} {each['label']}（{each['article']}）"
    for each in day.reminders:
        yield f"提醒 {_card(each['card'])} {_recipient(each)}：{each['text']}"
    for each in day.news:
        yield f"消息 {_card(each['card'])} {_recipient(each)}：{each['text']}"
    for left in day.left:
        yield f"未演 {left.line.number} {left.line.happening.event.label}：{left.reason}"


def _tell_some(lines: Iterable[str]) -> None:
    every = list(lines)
    for line in every[:_SHOWN]:
        say(f"  {line}")
    if len(every) > _SHOWN:
        say(f"  其余 {len(every) - _SHOWN} 条未列出，可加 --json 查看全部")


def _card(name: str) -> str:
    from models.vocabulary import Card

    return Card(name).label


def _recipient(each: dict[str, Any]) -> str:
    return each["recipient"] or "全体"


def tell_table(done: Replay, examples: int = 3) -> None:
    """Say how many reminders there were, by card and month, and a few of them."""
    from models.vocabulary import Card
    from tasks.replay import examples as pick

    months = sorted({day.date.isoformat()[:7] for day in done.days if day.reminders})
    say(" " * 6 + "".join(f"{month[2:]:>6}" for month in months))
    for card in Card:
        counts = [
            sum(r["card"] == card for day in done.days if day.date.isoformat()[:7] == month for r in day.reminders)
            for month in months
        ]
        if any(counts):
            say(f"  {card.label}" + "".join(f"{count or '':>6}" for count in counts))
    for each in pick(done.days, examples):
        say(f"  例：{each['date']} {_card(each['card'])} {_recipient(each)}：{each['text']}")
