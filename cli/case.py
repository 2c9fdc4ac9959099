"""``yishen case``: requests logged one by one, what may be done with them now, and what was done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import say, say_json
from cli.values import day_of
from workflow.faults import InputFault

app = typer.Typer(help="办件：登记，查看，现在可以办什么，记录办理事项。", no_args_is_help=True, rich_markup_mode=None)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="登记编号")]
OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="日期；不填为今天")]


@app.command("register")
def register(
    agency: AgencyOption,
    kind: Annotated[str, typer.Option("--kind", metavar="申请人类别", help="自然人、商业企业、…")],
    subject: Annotated[str, typer.Option("--subject", metavar="申请内容", help="申请公开的内容")],
    received: Annotated[
        str, typer.Option("--received", metavar="DATE", help="收到申请之日（条例第三十一条）；不填为今天")
    ] = "",
    channel: Annotated[str, typer.Option("--channel", metavar="申请渠道", help="当面、邮寄（EMS）、…")] = "",
    submitted: Annotated[str, typer.Option("--submitted", metavar="DATE", help="提交或交邮日期")] = "",
    name: Annotated[str, typer.Option("--name", help="申请人姓名或名称")] = "",
    identity: Annotated[str, typer.Option("--identity", help="证件号码（加密保存）")] = "",
    telephone: Annotated[str, typer.Option("--telephone", help="联系电话（加密保存）")] = "",
    email: Annotated[str, typer.Option("--email", help="电子邮箱（加密保存）")] = "",
    address: Annotated[str, typer.Option("--address", help="通信地址（加密保存）")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记一件申请，取得登记编号。"""
    from cli.office import actor, now, open_office
    from models.vocabulary import ApplicantKind, Channel, EventKind
    from workflow import desk
    from workflow.case import Happening
    from workflow.desk import ApplicantDetails, Command, History

    instant = now()
    facts: dict[str, Any] = {"applicant_kind": _term(kind, ApplicantKind, "--kind"), "subject": subject.strip()}
    if not subject.strip():
        raise InputFault("--subject：为空，应写明申请公开的内容（条例第二十九条）")
    if channel:
        facts["channel"] = _term(channel, Channel, "--channel")
    day = day_of(received, "--received") or desk.today(instant)
    submitted_on = day_of(submitted, "--submitted")
    if submitted_on is not None:
        facts["submitted_on"] = submitted_on
        if submitted_on > day:
            raise InputFault(f"--submitted：“{submitted_on}”晚于收到日期 {day}，应不晚于它")
    applicant = ApplicantDetails(
        name=name or None,
        identity_number=identity or None,
        telephone=telephone or None,
        email=email or None,
        address=address or None,
    )
    happening = Happening(EventKind.REGISTER, day, facts)
    history = History([Command(happening, f"cli:{uuid4()}", actor("cli"))], None, applicant)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            done = desk.perform(connection, row.id, history, office.cipher, instant)
        document = _shown(office, row.id, done.case.number, desk.today(instant))
    if as_json:
        say_json(document)
        return
    say(f"已登记：{done.case.number}（收到日期 {day}）")
    _tell_dates(document)


@app.command("record")
def record(
    number: NumberArgument,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="办理事项，如 告知补正、答复（见 yishen case options）")
    ],
    agency: AgencyOption,
    facts: Annotated[
        list[str] | None, typer.Argument(metavar="名称=值…", help="事项的内容，如 补正期限=2026-03-19")
    ] = None,
    on: OnOption = "",
    command_id: Annotated[str, typer.Option("--command-id", help="同一编号重复执行只记一次")] = "",
    as_json: JsonOption = False,
) -> None:
    """记录一件办理事项；法律此时不允许的会被拒绝并说明条文。"""
    from cli.office import actor, now, open_office
    from models.vocabulary import EventKind
    from workflow import desk, statute
    from workflow.case import Happening
    from workflow.desk import Command, History

    by_person = [step.event for step in (*statute.STEPS, *statute.ANY_STATE_STEPS) if not step.by_itself]
    kind = next((e for e in by_person if event in {e.value, e.label}), None)
    if kind is None:
        raise InputFault(f"EVENT：没有“{event}”这一事项，应为：{'、'.join(e.label for e in by_person)}")
    instant = now()
    day = day_of(on, "--on") or desk.today(instant)
    happening = Happening(kind, day, _facts(facts or [], statute.BY_EVENT[EventKind(kind)].facts))
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            case_id = _find(connection, row.id, number).id
            command = Command(happening, command_id or f"cli:{uuid4()}", actor("cli"))
            done = desk.perform(connection, row.id, History([command], case_id), office.cipher, instant)
        document = _shown(office, row.id, number, desk.today(instant))
    if as_json:
        say_json(document)
        return
    say(f"{number} {'已记录' if done.events else '先前已记录'}：{day} {kind.label}，现为“{done.case.state.label}”")
    _tell_dates(document)


@app.command("options")
def options(number: NumberArgument, agency: AgencyOption, on: OnOption = "", as_json: JsonOption = False) -> None:
    """现在可以办什么：每一事项能否办理、最后一日、条文，不能办的说明原因。"""
    from cli.office import now, open_office
    from workflow import calendar_book, desk
    from workflow import options as choices
    from workflow.case import from_snapshot

    day = day_of(on, "--on") or desk.today(now())
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            folded = from_snapshot(_find(connection, row.id, number).snapshot)
            found = choices.options(folded, calendar_book.current(connection, row.id), day)
    if as_json:
        say_json([option.to_json() for option in found])
        return
    say(f"{number} “{folded.state.label}”，{day}：")
    for option in found:
        last = f"，最后一日 {option.last_day}" if option.last_day else ""
        if option.allowed:
            needed = "、".join(f"{fact.label}{'' if fact.required else '（可不填）'}" for fact in option.facts)
            say(f"  可以 {option.event.label}（{option.article}）{last}{'；内容：' + needed if needed else ''}")
        else:
            say(f"  不可 {option.event.label}：{option.reason}（{option.article}）")


@app.command("show")
def show(number: NumberArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """一件申请的状态、期限及其理由、办理记录。"""
    from cli.office import now, open_office
    from workflow import desk

    with open_office() as office:
        row = office.agency(agency)
        document = _shown(office, row.id, number, desk.today(now()))
    if as_json:
        say_json(document)
        return
    applicant = document["applicant"] or "（未填姓名）"
    say(f"{number} {applicant}（{document['applicant_kind_label']}）“{document['state_label']}”")
    say(f"申请内容：{document['subject']}")
    _tell_dates(document)
    for line in document["explanation"]:
        say(f"  · {line}")
    say("办理记录：")
    for event in document["events"]:
        recorded_at = event["recorded_at"][:16].replace("T", " ")
        say(f"  {event['seq']:>2} {event['happened_on']} {event['label']}（{event['article']}），{recorded_at} 记")


@app.command("list")
def list_cases(
    agency: AgencyOption,
    only_open: Annotated[bool, typer.Option("--open", help="只列未办结的")] = False,
    fail_overdue: Annotated[bool, typer.Option("--fail-overdue", help="有超期未答复的办件时以 1 退出")] = False,
    as_json: JsonOption = False,
) -> int:
    """列出办件，最急的在前。"""
    from sqlalchemy import select

    from cli.office import now, open_office
    from models.tables import request_case as cases
    from models.vocabulary import State
    from workflow import desk

    today = desk.today(now())
    columns = (
        cases.c.number,
        cases.c.state,
        cases.c.received_on,
        cases.c.reply_due,
        cases.c.closed_on,
        cases.c.subject,
    )
    with open_office() as office:
        row = office.agency(agency)
        statement = select(*columns).where(cases.c.agency_id == row.id)
        if only_open:
            statement = statement.where(cases.c.closed_on.is_(None))
        order = (cases.c.closed_on.is_not(None), cases.c.reply_due.asc().nulls_last(), cases.c.number)
        with office.engine.connect() as connection:
            found = connection.execute(statement.order_by(*order)).all()
    late = {case.number for case in found if case.closed_on is None and case.reply_due and case.reply_due < today}
    if as_json:
        say_json([{**_plain(case._asdict()), "overdue": case.number in late} for case in found])
    else:
        say(f"{len(found)} 件{'未办结' if only_open else ''}，超期未答复 {len(late)} 件")
        for case in found:
            due = case.closed_on and f"已于 {case.closed_on} 办结"
            due = due or (
                f"答复期限 {case.reply_due}{'（已超期）' if case.number in late else ''}"
                if case.reply_due
                else "期限暂停"
            )
            say(f"  {case.number} “{State(case.state).label}” 收到 {case.received_on}，{due}：{case.subject[:30]}")
    return 1 if fail_overdue and late else 0


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _find(connection: Any, agency_id: int, number: str) -> Any:
    from sqlalchemy import select

    from models.tables import applicant, request_case

    row = connection.execute(
        select(request_case, applicant.c.name.label("applicant"))
        .join(applicant)
        .where(request_case.c.agency_id == agency_id, request_case.c.number == number)
    ).one_or_none()
    if row is None:
        raise InputFault(f"NUMBER：没有登记编号为“{number}”的办件，可用 yishen case list 查看")
    return row


def _shown(office: Any, agency_id: int, number: str, today: date) -> dict[str, Any]:
    """A case as JSON: what it is, its dates with their reasons as of today (or its end), its log."""
    from sqlalchemy import select

    from models.tables import case_event
    from models.vocabulary import EventKind
    from workflow import calendar_book, clock
    from workflow.case import from_snapshot

    with office.engine.connect() as connection:
        row = _find(connection, agency_id, number)
        folded = from_snapshot(row.snapshot)
        calendar = calendar_book.read(connection, agency_id, row.calendar_revision)
        events = connection.execute(
            select(case_event).where(case_event.c.case_id == row.id).order_by(case_event.c.seq)
        ).all()
    as_of = folded.closed or today
    zone = ZoneInfo(office.settings.timezone)
    reckoning = clock.reckon(folded.clock_facts(), calendar, as_of)
    return {
        "number": number,
        "applicant": row.applicant,
        "applicant_kind": folded.applicant_kind.value,
        "applicant_kind_label": folded.applicant_kind.label,
        "subject": folded.subject,
        "state": folded.state.value,
        "state_label": folded.state.label,
        "received": folded.received.isoformat(),
        "closed": folded.closed and folded.closed.isoformat(),
        "outcome": folded.outcome,
        "clock": reckoning.state,
        "reply_due": reckoning.reply_due and reckoning.reply_due.isoformat(),
        "working_days_left": reckoning.working_days_left,
        "provisional": reckoning.provisional,
        "explanation": clock.explain(folded.clock_facts(), calendar, as_of),
        "events": [
            {
                "seq": event.seq,
                "event": event.kind,
                "label": EventKind(event.kind).label,
                "happened_on": event.happened_on.isoformat(),
                "recorded_at": event.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
                "actor": event.actor,
                "article": event.article,
            }
            for event in events
        ],
    }


def _tell_dates(document: dict[str, Any]) -> None:
    if document["closed"]:
        say(f"已于 {document['closed']} 办结，答复期限 {document['reply_due'] or '停止计算'}")
    elif document["reply_due"] is None:
        say(f"答复期限{'停止' if document['clock'] == 'stopped' else '暂停'}计算")
    else:
        left = document["working_days_left"]
        rest = f"还剩 {left} 个工作日" if left >= 0 else f"已超过 {-left} 个工作日"
        say(f"答复期限 {document['reply_due']}，{rest}{'（暂定）' if document['provisional'] else ''}")


def _term(text: str, vocabulary: Any, place: str) -> Any:
    found = vocabulary.of_label(text)
    if found is None:
        raise InputFault(f"{place}：“{text}”不在可用的值之中，应为：{'、'.join(vocabulary.labels())}")
    return found


def _facts(given: list[str], known: Any) -> dict[str, Any]:
    """Facts given as ``名称=值``, by label or by name; raises InputFault with one sentence per fault."""
    faults: list[str] = []
    facts: dict[str, Any] = {}
    for item in given:
        name, equals, value = item.partition("=")
        fact = next((fact for fact in known if name.strip() in {fact.name, fact.label}), None)
        if not equals or fact is None:
            accepted = "、".join(f"{fact.label}=…" for fact in known) or "不带内容"
            faults.append(f"名称=值：“{item}”不能用于该事项，应为：{accepted}")
            continue
        try:
            facts[fact.name] = _fact_value(value.strip(), fact)
        except InputFault as fault:
            faults += fault.sentences
    if faults:
        raise InputFault(faults)
    return facts


def _fact_value(text: str, fact: Any) -> Any:
    from workflow.ledger import outcome_of
    from workflow.statute import PYTHON_TYPES

    match fact.type:
        case "day":
            day = day_of(text, fact.label)
            if day is None:
                raise InputFault(f"{fact.label}：为空，应为形如 2026-03-19 的日期")
            return day
        case "days" | "whole" if text.isascii() and text.isdigit() and len(text) <= len("9999"):
            return int(text)
        case "yuan" if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= len("999999999999.99"):
            return Decimal(text)
        case "text" if text:
            return text
        case "outcome":
            outcome = outcome_of(text)
            if outcome is None:
                raise InputFault(f"{fact.label}：“{text}”不是办理结果，应如“予以公开”“不予公开-属于国家秘密”")
            return outcome
        case "channel" | "applicant_kind" | "review_kind" | "review_result":
            return _term(text, PYTHON_TYPES[fact.type], fact.label)
    accepted = {"days": "工作日数，如 10", "whole": "整数，如 1", "yuan": "元数，如 380", "text": "文字"}[fact.type]
    raise InputFault(f"{fact.label}：“{text}”不能用，应为{accepted}")
