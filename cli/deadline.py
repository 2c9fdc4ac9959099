"""``yishen deadline``: the dates of a case and why, from its facts alone. Stores nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.speech import note, say_json
from cli.values import read_json
from workflow.faults import InputFault

if TYPE_CHECKING:
    from workflow.calendar import WorkCalendar


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("deadline")(deadline)


def deadline(
    facts: Annotated[str, typer.Argument(metavar="FACTS.json|-", help="一件或多件申请的事实（JSON），- 为标准输入")],
    agency: Annotated[str, typer.Option(help="机关代码：使用该机关自己的工作日历")] = "",
) -> None:
    """由事实计算期限并逐条说明理由，不保存任何内容。"""
    from workflow.facts_json import answer, read_question

    document = read_json(facts)
    calendar, today = office_calendar(agency)
    name = "标准输入" if facts == "-" else Path(facts).name
    items = document if isinstance(document, list) else [document]
    questions = []
    faults: list[str] = []
    for number, item in enumerate(items, 1):
        place = f"{name} 第{number}项 " if isinstance(document, list) else f"{name} "
        try:
            questions.append(read_question(item, today, place))
        except InputFault as fault:
            faults += fault.sentences
    if faults:
        raise InputFault(faults)
    for question in questions:
        for warning in question.warnings:
            note(warning)
    answers = [answer(question, calendar) for question in questions]
    say_json(answers if isinstance(document, list) else answers[0])


def office_calendar(agency: str) -> tuple[WorkCalendar, Any]:
    """The office's calendar where there is a database, the national one where there is none."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from runtime.postgres import has_cluster
    from runtime.settings import load_settings
    from workflow.calendar import national_calendar

    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
    settings = load_settings()
    if settings.database_url is None and not has_cluster(settings):
        if agency:
            raise InputFault(f"--agency：没有代码为“{agency}”的机关，尚未初始化；可用 yishen init 建立")
        return national_calendar(), today
    from cli.office import open_office
    from workflow import calendar_book

    with open_office(settings=settings) as office:
        agency_id = office.agency(agency).id if agency else None
        with office.engine.connect() as connection:
            return calendar_book.read(connection, agency_id), today
