"""``yishen case``: requests logged one by one, what may be done with them now, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from cli.values import day_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from models.vocabulary import EventKind
    from workflow.applicants import ApplicantDetails
    from workflow.attachments import File
    from workflow.case import Case, Happening
    from workflow.standing import Standing

app = typer.Typer(help="办件：登记，查看，现在可以办什么，记录办理事项。", no_args_is_help=True, rich_markup_mode=None)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="登记编号")]
OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="日期；不填为今天")]
EventArgument = Annotated[
    str, typer.Argument(metavar="EVENT", help="办理事项，如 告知补正、答复（见 yishen case options）")
]
FactsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="名称=值…", help="事项的内容，如 补正期限=2026-03-19")
]
_SHOWN_REPEATS = 3
_LATEST_TEXT = 20_000
_MOVES_FIGURES = {"void", "amend", "change_kind", "serve_again"}


@app.command("register")
def register(
    agency: AgencyOption,
    kind: Annotated[str, typer.Option("--kind", metavar="申请人类别", help="自然人、商业企业、…")],
    subject: Annotated[str, typer.Option("--subject", metavar="申请内容", help="申请公开的内容")],
    received: Annotated[
        str, typer.Option("--received", metavar="DATE", help="收到申请之日；不填按渠道和凭据推定（条例第三十一条）")
    ] = "",
    channel: Annotated[str, typer.Option("--channel", metavar="申请渠道", help="当面、邮寄（EMS）、…")] = "",
    submitted: Annotated[str, typer.Option("--submitted", metavar="DATE", help="提交或交邮日期")] = "",
    arrived: Annotated[str, typer.Option("--arrived", metavar="DATE", help="签收日期")] = "",
    confirmed: Annotated[str, typer.Option("--confirmed", metavar="DATE", help="与申请人确认的日期")] = "",
    how: Annotated[str, typer.Option("--how", help="确认方式，如 电话")] = "",
    misdirected: Annotated[bool, typer.Option("--misdirected", help="寄给了本机关其他部门或者个人")] = False,
    by_staff: Annotated[bool, typer.Option("--by-staff", help="口头申请，由工作人员代为填写")] = False,
    form: Annotated[str, typer.Option("--form", help="获取方式和载体形式")] = "",
    items: Annotated[int, typer.Option("--items", help="一件来信所含项数；拆分见 yishen case split")] = 1,
    linked_to: Annotated[str, typer.Option("--linked-to", metavar="NUMBER", help="关联的登记编号")] = "",
    rectification: Annotated[bool, typer.Option("--rectification", help="更正申请（条例第四十一条）")] = False,
    name: Annotated[str, typer.Option("--name", help="申请人姓名或名称")] = "",
    identity: Annotated[str, typer.Option("--identity", help="证件号码（加密保存）")] = "",
    telephone: Annotated[str, typer.Option("--telephone", help="联系电话（加密保存）")] = "",
    email: Annotated[str, typer.Option("--email", help="电子邮箱（加密保存）")] = "",
    address: Annotated[str, typer.Option("--address", help="通信地址（加密保存）")] = "",
    representative: Annotated[str, typer.Option("--representative", help="代理人姓名（加密保存）")] = "",
    authority: Annotated[str, typer.Option("--authority", help="授权委托书，如 2026-03-01 授权委托书原件")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记一件申请，取得登记编号；收到日期不能确定的先作为收件，待确认。"""
    from cli import facts as given
    from cli.office import actor, now, open_office
    from cli.shown import shown, tell_dates
    from models.vocabulary import ApplicantKind, Channel, Matter
    from workflow import arrivals, calendar_book, desk, practice_book, repeats
    from workflow.applicants import ApplicantDetails
    from workflow.desk import Command, History

    if not subject.strip() or len(subject) > _LATEST_TEXT:
        raise InputFault(f"--subject：为空或者超过 {_LATEST_TEXT} 个字，应写明申请公开的内容（条例第二十九条）")
    if representative and not authority:
        raise InputFault("--authority：为空，代理人提出申请的应写明授权委托书")
    if items < 1:
        raise InputFault(f"--items：“{items}”不能用，应为不小于 1 的整数")
    instant = now()
    facts: dict[str, Any] = {
        "applicant_kind": given.term(kind, ApplicantKind, "--kind"),
        "subject": subject.strip(),
        "matter": Matter.RECTIFICATION if rectification else None,
        "channel": given.term(channel, Channel, "--channel") if channel else None,
        "submitted_on": day_of(submitted, "--submitted"),
        "arrived_on": day_of(arrived, "--arrived"),
        "confirmed_on": day_of(confirmed, "--confirmed"),
        "confirmed_how": how or None,
        "misdirected": misdirected or None,
        "filled_by_staff": by_staff or None,
        "form": form or None,
        "items": items if items > 1 else None,
        "linked_to": linked_to or None,
        "authority": authority or None,
    }
    facts = {fact: value for fact, value in facts.items() if value is not None}
    stated = day_of(received, "--received")
    dated = {"arrived_on", "confirmed_on", "confirmed_how", *(("submitted_on",) if stated is None else ())}
    if "channel" not in facts and dated & set(facts):
        raise InputFault("--channel：为空，给出提交、签收或者确认日期时应写明申请渠道（条例第三十一条）")
    applicant = ApplicantDetails(
        name=name or None,
        identity_number=identity or None,
        telephone=telephone or None,
        email=email or None,
        address=address or None,
        representative=representative or None,
    )
    _not_before_submission(stated, facts.get("submitted_on"))
    with open_office() as office:
        row = office.agency(agency)
        today = desk.day_of(instant)
        with office.engine.begin() as connection:
            calendar, choices = calendar_book.current(connection, row.id), practice_book.read(connection, row.id)
            happening = arrivals.first_event(facts, stated, calendar, choices, today)
            history = History([Command(happening, f"cli:{uuid4()}", actor("cli"))], None, applicant)
            done = desk.perform(connection, row.id, history, office.cipher, instant)
            likely = repeats.find(connection, row.id, office.cipher, applicant, facts["subject"], but=done.case_id)
            pace = repeats.pace(connection, row.id, office.cipher, applicant, done.case.received or today)
        document = shown(office, row.id, done.case.number, today)
    if as_json:
        say_json({**document, "repeats": [each.to_json() for each in likely], "pace": pace.to_json()})
        return
    if done.case.received is None:
        say(f"已收件：{done.case.number}")
    else:
        say(f"已登记：{done.case.number}（收到日期 {done.case.received}）")
    tell_dates(document)
    if pace.known and pace.total > 1:
        say(f"同一申请人本月第 {pace.month} 件，近十二个月 {pace.twelve_months} 件（条例第三十五条）")
    _tell_repeats(likely[:_SHOWN_REPEATS], len(likely))


def _not_before_submission(received: date | None, submitted: date | None) -> None:
    if received is not None and submitted is not None and submitted > received:
        raise InputFault(f"--submitted：“{submitted}”晚于收到日期 {received}，应不晚于它")


def _tell_repeats(likely: Any, found: int) -> None:
    from models.vocabulary import State

    if not likely:
        return
    say(f"疑似重复申请 {found} 件，请核对（条例第三十六条第（六）项）：")
    for each in likely:
        who = "同一申请人" if each.same_person else "其他申请人"
        reply = f"，{each.closed_on} 答复 {each.reply_number or '（无文号）'}" if each.closed_on else ""
        say(f"  {each.number} {who} 相似 {each.similarity}% “{State(each.state).label}”{reply}：{each.subject[:40]}")


def kind_of_event(event: str) -> EventKind:
    """The step of this name or label that a person records. Raises InputFault."""
    from workflow import statute

    by_person = [step.event for step in statute.STEPS if not step.by_itself]
    kind = next((e for e in by_person if event in {e.value, e.label}), None)
    if kind is None:
        raise InputFault(f"EVENT：没有“{event}”这一事项，应为：{'、'.join(e.label for e in by_person)}")
    return kind


def _happening(event: str, facts: list[str] | None, day: date) -> Happening:
    from cli import facts as given
    from workflow import statute
    from workflow.case import Happening

    kind = kind_of_event(event)
    return Happening(kind, day, given.read(facts or [], statute.BY_EVENT[kind].facts))


@app.command("record")
def record(
    number: NumberArgument,
    event: EventArgument,
    agency: AgencyOption,
    facts: FactsArgument = None,
    on: OnOption = "",
    command_id: Annotated[str, typer.Option("--command-id", help="同一编号重复执行只记一次")] = "",
    as_json: JsonOption = False,
) -> None:
    """记录一件办理事项；法律此时不允许的会被拒绝并说明条文。"""
    from cli.office import actor, now, open_office
    from cli.shown import shown, tell_dates
    from workflow import desk, records, rules
    from workflow.desk import Command, History

    instant = now()
    today = desk.day_of(instant)
    happening = _happening(event, facts, day_of(on, "--on") or today)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            before = records.find(connection, row.id, number)
            warnings = rules.warnings(before.case, happening, before.calendar)
            warnings += _unknown_officer(connection, row.id, happening)
            command = Command(happening, command_id or f"cli:{uuid4()}", actor("cli"))
            done = desk.perform(connection, row.id, History([command], before.case_id), office.cipher, instant)
        document = shown(office, row.id, number, today)
    moved = _moved(before.case, done.case, today) if done.events else []
    if as_json:
        say_json({**document, "recorded": done.events, "warnings": warnings, "figures_moved": moved})
        return
    say(
        f"{number} {'已记录' if done.events else '先前已记录'}：{happening.happened_on} {happening.event.label}，"
        f"现为“{done.case.state.label}”"
    )
    tell_dates(document)
    for sentence in warnings:
        note(f"提示：{sentence}")
    if moved and happening.event.value in _MOVES_FIGURES:
        say(f"统计随之变动：{'；'.join(moved)}")


def _unknown_officer(connection: Connection, agency_id: int, happening: Happening) -> list[str]:
    """What to say of an officer whom nobody can remind."""
    from models.vocabulary import EventKind
    from workflow import staff

    if happening.event is not EventKind.ASSIGN:
        return []
    name = happening.facts.get("officer")
    known = {person.name: person.active for person in staff.people(connection, agency_id)}
    if not name or known.get(name):
        return []
    what = "已离岗" if name in known else "不在工作人员之中"
    return [f"“{name}”{what}，提醒将发给全体经办人；可用 yishen staff add {name} --role 经办人 登记"]


def _moved(before: Case, after: Case, today: date) -> list[str]:
    from reports import placing

    return placing.moved(before, after, today.year, running=today.year)


@app.command("what-if")
def what_if(
    number: NumberArgument,
    event: EventArgument,
    agency: AgencyOption,
    facts: FactsArgument = None,
    on: OnOption = "",
    as_json: JsonOption = False,
) -> None:
    """试算：如果某日办理某一事项，期限会怎样。不保存。"""
    from cli.office import now, open_office
    from workflow import desk

    happening = _happening(event, facts, day_of(on, "--on") or desk.day_of(now()))
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            answer = desk.what_if(connection, row.id, number, happening)
    if as_json:
        say_json(answer.to_json())
        return
    say(f"{number}，如果 {happening.happened_on} {happening.event.label}：")
    if answer.refusal is not None:
        say(f"  不可：{answer.refusal}")
        return
    for label, reckoning in (("现在", answer.before), ("之后", answer.after)):
        if reckoning is None:
            say(f"  {label}：期限未起算")
        elif reckoning.reply_due is None:
            say(f"  {label}：答复期限{'停止' if reckoning.state == 'stopped' else '暂停'}计算")
        else:
            left = reckoning.working_days_left
            rest = f"还剩 {left} 个工作日" if left >= 0 else f"已超过 {-left} 个工作日"
            say(f"  {label}：答复期限 {reckoning.reply_due}，{rest}{'（暂定）' if reckoning.provisional else ''}")
    for line in answer.explanation:
        say(f"  · {line}")
    if answer.lacking is not None:
        say(f"  注意：照此记录会被拒绝：{answer.lacking}")


@app.command("options")
def options(number: NumberArgument, agency: AgencyOption, on: OnOption = "", as_json: JsonOption = False) -> None:
    """现在可以办什么：每一事项能否办理、最后一日、条文，不能办的说明原因。"""
    from cli.office import now, open_office
    from workflow import desk, records

    day = day_of(on, "--on") or desk.day_of(now())
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            state = records.find(connection, row.id, number).case.state
            choices = desk.options(connection, row.id, number, day)
    if as_json:
        say_json([option.to_json() for option in choices])
        return
    say(f"{number} “{state.label}”，{day}：")
    for option in choices:
        last = f"，最后一日 {option.last_day}" if option.last_day else ""
        if option.allowed:
            facts = [fact for fact in option.facts if not fact.filled]
            needed = "、".join(f"{fact.label}{'' if fact.required else '（可不填）'}" for fact in facts)
            say(f"  可以 {option.event.label}（{option.article}）{last}{'；内容：' + needed if needed else ''}")
    for option in choices:
        if not option.allowed:
            how = "；写明“破例理由”可以办理" if option.override else ""
            say(f"  不可 {option.event.label}：{option.reason}（{option.article}）{how}")


@app.command("show")
def show(number: NumberArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """一件申请的状态、期限及其理由、办理记录。"""
    from cli.office import now, open_office
    from cli.shown import shown, tell
    from workflow import desk

    with open_office() as office:
        row = office.agency(agency)
        document = shown(office, row.id, number, desk.day_of(now()))
    if as_json:
        say_json(document)
    else:
        tell(document)


@app.command("list")
def list_cases(
    agency: AgencyOption,
    only_open: Annotated[bool, typer.Option("--open", help="只列未办结的")] = False,
    fail_overdue: Annotated[
        bool, typer.Option("--fail-overdue", help="有超期未答复或者答复被退回的办件时以 1 退出")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """列出办件，最急的在前；答复被退回、尚未再次送达的也算未办结。"""
    from cli.office import now, open_office
    from models.vocabulary import State
    from workflow import desk, standing

    today = desk.day_of(now())
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            found = standing.standings(connection, row.id, today, only_open=only_open)
    late = sum(case.overdue for case in found)
    returned = sum(case.open_point is not None for case in found)
    if as_json:
        say_json([{**_plain(asdict(case)), "returned": case.open_point is not None} for case in found])
    else:
        more = f"，答复被退回 {returned} 件" if returned else ""
        say(f"{len(found)} 件{'未办结' if only_open else ''}，超期未答复 {late} 件{more}")
        for case in found:
            say(
                f"  {case.number} “{State(case.state).label}” {_received(case.received_on)}，"
                f"{_standing(case)}{f'，经办 {case.officer}' if case.officer else ''}：{case.subject[:30]}"
            )
    return 1 if fail_overdue and (late or returned) else 0


def _received(day: date | None) -> str:
    return f"收到 {day}" if day else "收到日期待确认"


def _standing(case: Standing) -> str:
    """Where a case of the list stands: when it ended, or when its reply is due."""
    if not case.is_open:
        ended = f"已于 {case.closed_on} 办结" if case.closed_on else "不计入统计"
        return ended if case.open_point is None else f"{ended}，{case.open_point}"
    if case.reply_due and case.rectification:
        return f"内部期限 {case.reply_due}（更正申请，条例第四十一条未定期限）"
    if case.reply_due:
        return f"答复期限 {case.reply_due}{'（已超期）' if case.overdue else ''}"
    if case.overdue:
        return f"期限暂停，暂停前已超期 {case.working_days_over} 个工作日"
    return "期限暂停" if case.received_on else "期限未起算"


@app.command("split")
def split(
    number: NumberArgument,
    agency: AgencyOption,
    keep: Annotated[str, typer.Option("--keep", help="本件保留的内容")],
    into: Annotated[list[str], typer.Option("--into", help="拆出的一项内容，可多次给出")],
    on: OnOption = "",
    as_json: JsonOption = False,
) -> None:
    """把含有多项内容的一件申请拆分为几件；收到日期、申请人、渠道相同。"""
    from cli.office import actor, now, open_office
    from workflow import desk, joint

    instant = now()
    day = day_of(on, "--on") or desk.day_of(instant)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            done = joint.split(connection, row.id, number, keep, into, office.cipher, instant, actor("cli"), day)
    made = [each.case.number for each in done[1:]]
    if as_json:
        say_json({"number": number, "split_into": made})
    else:
        say(f"{number} 已拆分，拆出：{'、'.join(made)}")


@app.command("repeats")
def show_repeats(number: NumberArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """疑似重复的申请及其先前的答复；同一申请人的数量、频次。"""
    from cli.office import now, open_office
    from workflow import applicants, desk, records, repeats

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            record = records.find(connection, row.id, number)
            who: ApplicantDetails = applicants.opened(connection, record.applicant_id, office.cipher)
            day = record.case.received or desk.day_of(now())
            likely = repeats.find(connection, row.id, office.cipher, who, record.case.subject, but=record.case_id)
            pace = repeats.pace(connection, row.id, office.cipher, who, day)
    if as_json:
        say_json({"repeats": [each.to_json() for each in likely], "pace": pace.to_json()})
        return
    if pace.known:
        counts = f"当月 {pace.month} 件，近十二个月 {pace.twelve_months} 件，共 {pace.total} 件"
        say(f"同一申请人：{counts}（条例第三十五条）")
    else:
        say("没有证件号码，也没有姓名和电话，不能认定同一申请人")
    if likely:
        _tell_repeats(likely, len(likely))
    else:
        say("没有发现疑似重复的申请")


@app.command("fee")
def fee(
    number: NumberArgument,
    agency: AgencyOption,
    pages: Annotated[int, typer.Option("--pages", help="提供的页数（A4 一面为一页），按量计算时填写")] = 0,
    items: Annotated[int, typer.Option("--items", help="按一事一申请拆分计算的件数")] = 1,
    as_json: JsonOption = False,
) -> None:
    """信息处理费试算：按件、按量两种标准各是多少，只能选其一。"""
    from cli.office import open_office
    from workflow import joint, records

    if items < 1 or pages < 0:
        raise InputFault(f"--pages、--items：“{pages}”“{items}”不能用，应为正整数")
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            record = records.find(connection, row.id, number)
            by_item, by_volume = joint.charges(connection, record, pages or None, items)
    charges = record.practice.charges_fees
    if as_json:
        say_json(
            {
                "charges_fees": charges,
                "by_item": by_item and by_item.to_json(),
                "by_volume": by_volume and by_volume.to_json(),
            }
        )
        return
    if not charges:
        note("提示：本机关没有开启收取信息处理费，以下只是试算（yishen settings set charges_fees 是）")
    for charge, missing in (
        (by_item, f"按件：不能计算，{joint.why_no_place(record.case)}"),
        (by_volume, "按量：未给出页数（--pages）"),
    ):
        for line in [missing] if charge is None else charge.explain():
            say(line)


@app.command("attach")
def attach(
    number: NumberArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要添加的文件")],
    agency: AgencyOption,
    kind: Annotated[str, typer.Option("--kind", metavar="附件种类", help="申请表、身份证明、授权委托书、来文、…")],
    as_json: JsonOption = False,
) -> None:
    """添加一个附件：内容加密保存，摘要记入办理记录。"""
    from cli import facts as given
    from cli.office import actor, now, open_office
    from models.vocabulary import AttachmentKind, EventKind
    from workflow import attachments, desk, practice_book, records
    from workflow.case import Happening
    from workflow.desk import Command, History

    of_kind = given.term(kind, AttachmentKind, "--kind")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputFault(f"FILE：“{file}”读不出来（{error.strerror}），应为可以读取的文件") from None
    with open_office() as office:
        row, instant = office.agency(agency), now()
        with office.engine.begin() as connection:
            most = practice_book.read(connection, row.id).attachment_mb
            happening = Happening(
                EventKind.ATTACH, desk.day_of(instant), attachments.facts(of_kind, file.name, content, most)
            )
            case_id = records.find(connection, row.id, number).case_id
            history = History([Command(happening, f"cli:{uuid4()}", actor("cli"), file=content)], case_id)
            desk.perform(connection, row.id, history, office.cipher, instant)
            added = attachments.of_case(connection, case_id)[-1]
    if as_json:
        say_json({"number": number, "entry": added.seq, "name": added.name, "sha256": added.sha256})
    else:
        say(f"已添加：{number} 第 {added.seq} 条 {added.kind.label} {added.name}，{added.kilobytes} KB")


@app.command("attachment")
def take_attachment(
    number: NumberArgument,
    agency: AgencyOption,
    entry: Annotated[int, typer.Option("--entry", metavar="N", help="附件的记录号；不填的列出全部")] = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="保存到；不填为附件的文件名")] = None,
    as_json: JsonOption = False,
) -> None:
    """列出附件，或者取出一个；打开含个人信息的，记入审计日志。"""
    from cli.office import actor, now, open_office
    from models.vocabulary import AuditKind
    from workflow import attachments, audit, records
    from workflow.audit import Author

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            case_id = records.find(connection, row.id, number).case_id
            files = attachments.of_case(connection, case_id)
            if not entry:
                _tell_files(files, as_json=as_json)
                return
            found = attachments.find(connection, case_id, entry)
            content = attachments.opened(connection, case_id, found, office.cipher)
            if found.personal:
                author = Author(actor("cli"), row.id, now())
                audit.record(connection, author, AuditKind.REVEAL, number, attachment=found.seq)
            target = out or Path(found.name)
            keep(target, content)
    say(f"已保存：{target}")


def _tell_files(files: Sequence[File], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"entry": each.seq, "kind": each.kind.value, "name": each.name, "size": each.size, "sha256": each.sha256}
            for each in files
        ]
        say_json(told)
        return
    for each in files:
        say(f"第 {each.seq} 条 {each.kind.label} {each.name}，{each.kilobytes} KB")
    if not files:
        say("没有附件")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


@app.command("bundle")
def take_bundle(
    number: NumberArgument,
    agency: AgencyOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="保存到（zip），应为还没有的文件")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="理由", help="办理复议诉讼、归档移交、监督检查、请示、征求意见")
    ],
    as_json: JsonOption = False,
) -> None:
    """取出一件办件的全部材料为一个压缩包；其中有申请人的个人信息，写明理由，记入审计日志。"""
    from cli import facts as given
    from cli.office import actor, now, open_office
    from models.vocabulary import AuditKind, BundleReason
    from reports import bundle
    from workflow import audit, desk
    from workflow.audit import Author

    why, instant, who = given.term(reason, BundleReason, "--reason"), now(), actor("cli")
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            made = bundle.make(
                connection,
                row.id,
                number,
                office.cipher,
                actor=who,
                reason=why,
                now=instant,
                today=desk.day_of(instant),
            )
            author = Author(who, row.id, instant)
            audit.record(connection, author, AuditKind.EXPORT, number, reason=why.value, bundle=made.sha256)
            keep(out, made.content)
    if as_json:
        say_json({"number": number, "file": str(out), "files": made.files, "sha256": made.sha256})
    else:
        say(f"已取出：{number}，{made.files} 个文件，SHA-256 {made.sha256}")
        note("其中有申请人的个人信息，用后按规定保管或者销毁")


def keep(out: Path, content: bytes) -> None:
    """Write a new file. Raises InputFault where it is there already or cannot be written."""
    try:
        with out.open("xb") as written:
            written.write(content)
    except OSError as error:
        raise InputFault(f"--out：“{out}”不能写入（{error.strerror}），应为还没有的文件") from None
