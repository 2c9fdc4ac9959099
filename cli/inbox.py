"""``yishen inbox`` and ``jobs``: what someone of the office is told, and how what happens by itself fares."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from workflow.faults import InputFault


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("inbox")(show)
    app.command("jobs")(jobs)


def show(
    agency: AgencyOption,
    name: Annotated[str, typer.Option("--for", metavar="NAME", help="工作人员姓名；不填为发给全体的")] = "",
    read: Annotated[bool, typer.Option("--read", help="显示后标为已读；发给全体的，不带 --for 执行时才标")] = False,
    as_json: JsonOption = False,
) -> None:
    """站内消息：期限提醒和其他通知，最近的在前。"""
    from cli.office import now, open_office
    from workflow import inbox, staff

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            if name and name not in (known := [person.name for person in staff.people(connection, row.id)]):
                raise InputFault(
                    f"--for：没有工作人员“{name}”，现有：{'、'.join(known) or '无，可用 yishen staff add 登记'}"
                )
            entries = inbox.read(connection, row.id, name)
            if read:
                inbox.mark_read(connection, row.id, name, now())
    if as_json:
        say_json(
            [
                {
                    "date": entry.day.isoformat(),
                    "card": entry.card.value,
                    "card_label": entry.card.label,
                    "text": entry.text,
                    "numbers": list(entry.numbers),
                    "read": entry.read,
                }
                for entry in entries
            ]
        )
        return
    unread = sum(not entry.read for entry in entries)
    say(f"{len(entries)} 条，未读 {unread} 条{'，已标为已读' if read and unread else ''}")
    for entry in entries:
        say(f"  {entry.day} {'　' if entry.read else '新'} {entry.card.label} {entry.text}")


def jobs(
    agency: AgencyOption,
    retry: Annotated[bool, typer.Option("--retry", help="失败的后续事项立即重试（如发信服务器已修复）")] = False,
    as_json: JsonOption = False,
) -> int:
    """定期任务最近的运行；反复失败、需要人处理的后续事项，有则以 1 退出。"""
    from cli.office import now, open_office
    from models.vocabulary import Topic
    from workflow import jobs as runs
    from workflow import outbox

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            if retry:
                hurried = outbox.hurry(connection, row.id, now())
                note(f"{hurried} 项失败的后续事项将立即重试（需要 yishen run 或工作进程在运行）")
            found = runs.runs(connection, row.id)
            troubled = outbox.troubled(connection, [row.id])
        zone = ZoneInfo(office.settings.timezone)

    def shown(instant: datetime) -> str:
        return instant.astimezone(zone).isoformat(timespec="seconds")

    if as_json:
        say_json(
            {
                "runs": [
                    {
                        "job": run.job,
                        "label": Topic(run.job).label,
                        "period": run.period,
                        "started_at": shown(run.started_at),
                        "done_at": run.done_at and shown(run.done_at),
                        "progress": run.progress,
                    }
                    for run in found
                ],
                "troubled": [
                    {
                        "id": item.id,
                        "topic": item.topic,
                        "label": Topic(item.topic).label,
                        "tellings": item.tellings,
                        "made_at": shown(item.made_at),
                        "error": item.error,
                    }
                    for item in troubled
                ],
            }
        )
        return 1 if troubled else 0
    if not found:
        say("还没有运行过定期任务（yishen run 启动后自动运行）")
    for run in found:
        ended = f"{shown(run.done_at)} 完成" if run.done_at else "进行中"
        say(f"  {Topic(run.job).label} {run.period}：{shown(run.started_at)} 开始，{ended}")
    for item in troubled:
        note(f"需要处理：{Topic(item.topic).label}（{item.id}）已试 {item.tellings} 次：{item.error}")
    return 1 if troubled else 0
