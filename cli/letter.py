"""``yishen letter``: letters of cases drafted, signed, sent, what came of them; templates; numbers that are missing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from cli.case import FactsArgument, NumberArgument, OnOption
from cli.cases import AgencyOption, JsonOption
from cli.speech import note, progress, say, say_json
from cli.values import day_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from letters.book import Kept
    from models.personal import FieldCipher
    from models.vocabulary import Means
    from workflow.case import Happening

app = typer.Typer(
    help="文书：拟稿，签发编号，核对发出，登记送达和退回，批量制作，模板，断号检查。",
    no_args_is_help=True,
    rich_markup_mode=None,
)
templates = typer.Typer(
    help="文书模板：列出，下载默认模板，上传，恢复默认。", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(templates, name="template")

LetterArgument = Annotated[int, typer.Argument(metavar="LETTER", help="文书序号（见 yishen letter list）")]
CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="文书种类，如 L03（见 yishen letter list）")]
MeansOption = Annotated[str, typer.Option("--means", metavar="送达方式", help="当面、邮寄（EMS）、电子邮件、…")]
EventOption = Annotated[
    str,
    typer.Option("--event", metavar="EVENT", help="随文书发出而记录的事项，如 告知补正；不填的，就已记录的事项制作"),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="保存到，应为还没有的文件")]


def _shown(kept: Kept) -> dict[str, Any]:
    days = ("signed_on", "sent_on", "delivered_on", "returned_on")
    return {
        "letter": kept.id,
        "number": kept.number,
        "code": kept.code,
        "title": kept.kind.title,
        "state": kept.state.value,
        "state_label": kept.state.label,
        "document_number": kept.document_number,
        "means": kept.means,
        "tracking": kept.tracking,
        **{name: None if getattr(kept, name) is None else getattr(kept, name).isoformat() for name in days},
        "reason": kept.reason,
        "fault": kept.fault,
        "batch": kept.batch,
        "sha256": kept.sha256,
    }


def _tell(kept: Kept, *, as_json: bool) -> None:
    if as_json:
        say_json(_shown(kept))
        return
    say(_line(kept))
    if kept.fault:
        say(f"     没有完成：{kept.fault}")


@contextmanager
def _change(letter: int, agency: str, *, as_json: bool) -> Iterator[tuple[Connection, int, FieldCipher]]:
    """A transaction to change a letter of an agency in; afterwards it is told how the letter stands."""
    from cli.office import open_office
    from letters import book

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            yield connection, row.id, office.cipher
            kept = book.find(connection, row.id, letter)
    _tell(kept, as_json=as_json)


def _line(kept: Kept) -> str:
    number = kept.document_number or "（未编号）"
    return f"第 {kept.id} 号 {kept.number} {kept.code}《{kept.kind.title}》{number} {kept.state.label}"


def _means(text: str) -> Means | None:
    from cli import facts as given
    from models.vocabulary import Means

    return given.term(text, Means, "--means") if text else None


@app.command("list")
def list_letters(
    agency: AgencyOption,
    number: Annotated[str, typer.Argument(metavar="[NUMBER]", help="登记编号；不填的列出待办的文书")] = "",
    as_json: JsonOption = False,
) -> None:
    """一件办件的文书和现在需要的文书；不写编号的，列出全机关待签发、待发出、被退回的。"""
    from cli.office import open_office, reading
    from letters import book
    from models.vocabulary import LetterState
    from workflow import records

    waiting = (LetterState.DRAFT, LetterState.SIGNED, LetterState.RETURNED)
    with open_office() as office, reading(office) as connection:
        row = office.agency(agency)
        if number:
            record = records.find(connection, row.id, number)
            kept, wanted = book.of_number(connection, row.id, number), book.needed(connection, record)
        else:
            kept, wanted = book.in_state(connection, row.id, waiting), []
    if as_json:
        called = [
            {"code": each.kind.code, "title": each.kind.title, "why": each.why, "owed": each.owed, "place": each.place}
            for each in wanted
        ]
        say_json({"letters": [_shown(each) for each in kept], "needed": called})
        return
    for each in kept:
        say(_line(each))
    if not kept:
        say("还没有文书" if number else "没有待办的文书")
    if wanted:
        say("现在需要或者可以制作的：")
    for called_for in wanted:
        place = f"（--place {called_for.place}）" if called_for.place is not None else ""
        say(f"  {called_for.kind.code}《{called_for.kind.title}》{place}：{called_for.why}")


@app.command("make")
def make(
    number: NumberArgument,
    code: CodeArgument,
    agency: AgencyOption,
    facts: FactsArgument = None,
    event: EventOption = "",
    place: Annotated[int, typer.Option("--place", metavar="N", help="就第几次（补正、征求意见等）制作")] = 0,
    draft: Annotated[int, typer.Option("--draft", metavar="N", help="已经审批同意的拟办稿")] = 0,
    means: MeansOption = "",
    as_json: JsonOption = False,
) -> None:
    """拟一份文书的草稿；名称=值 为随文书记录的事项的内容。"""
    from cli.office import actor, now, open_office
    from letters import book
    from letters.book import Wanted
    from workflow import desk

    instant = now()
    step = _step(event, facts, desk.day_of(instant))
    wanted = Wanted(code.upper(), step, place or None, _means(means), draft_id=draft or None)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            kept = book.make(connection, row.id, number, wanted, actor("cli"), f"cli:{uuid4()}", instant)
            record, _kept = book.held(connection, row.id, kept.id)
            said = book.worded(connection, record, kept, office.cipher, desk.day_of(instant))
    _tell(kept, as_json=as_json)
    for sentence in (*said.missing, *said.doubts):
        note(f"提示：{sentence}")


@app.command("sign")
def sign(letter: LetterArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """签发一份草稿：核对，编文号，正式文本加密保存，以后不能更改。"""
    from cli.office import actor, now
    from letters import book

    with _change(letter, agency, as_json=as_json) as (connection, agency_id, cipher):
        book.sign(connection, agency_id, letter, actor("cli"), cipher, now())


@app.command("send")
def send(
    letter: LetterArgument,
    agency: AgencyOption,
    means: MeansOption = "",
    tracking: Annotated[str, typer.Option("--tracking", metavar="邮件号", help="邮寄的，写明邮件号")] = "",
    override: Annotated[str, typer.Option("--override", metavar="理由", help="交快递企业的破例理由")] = "",
    enclosed: Annotated[
        str, typer.Option("--enclosed", metavar="说明", help="附件不存入系统的（如纸质原件），写明名称和数量")
    ] = "",
    on: OnOption = "",
    check: Annotated[bool, typer.Option("--check", help="只核对，不发出")] = False,
    as_json: JsonOption = False,
) -> int:
    """核对并发出：随之记录文书所办的事项和正式文本的摘要；有不符的不发出，说明原因。"""
    from cli.office import actor, now, open_office
    from letters import book
    from letters.book import Sending
    from workflow import desk

    instant = now()
    today = desk.day_of(instant)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            kept = book.find(connection, row.id, letter)
            sending = Sending(day_of(on, "--on") or today, _means(means) or kept.means, tracking, override, enclosed)
            if check:
                faults = book.against(connection, row.id, letter, sending, office.cipher, today)
            else:
                book.send(connection, row.id, letter, sending, actor("cli"), office.cipher, instant)
                kept = book.find(connection, row.id, letter)
    if not check:
        _tell(kept, as_json=as_json)
        return 0
    if as_json:
        say_json({**_shown(kept), "against": faults})
    else:
        say(f"{_line(kept)}：{'可以发出' if not faults else '不能发出'}")
        for sentence in faults:
            say(f"  {sentence}")
    return 1 if faults else 0


@app.command("delivered")
def delivered(
    letter: LetterArgument,
    agency: AgencyOption,
    on: OnOption = "",
    how: Annotated[str, typer.Option("--how", metavar="签收情况", help="如 本人签收")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记文书送达：补正、征求意见的期限自此起算，当面送达的答复以此为答复日期。"""
    from cli.office import actor, now
    from letters import book
    from workflow import desk

    instant = now()
    day = day_of(on, "--on") or desk.day_of(instant)
    with _change(letter, agency, as_json=as_json) as (connection, agency_id, cipher):
        book.delivered(connection, agency_id, letter, day, how, actor("cli"), cipher, instant)


@app.command("returned")
def returned(
    letter: LetterArgument,
    agency: AgencyOption,
    reason: Annotated[str, typer.Option("--reason", metavar="退回原因", help="如 查无此人、对方服务器拒收")],
    on: OnOption = "",
    as_json: JsonOption = False,
) -> None:
    """登记文书被退回：提醒经办人再次送达，再用 yishen letter send 发出。"""
    from cli.office import actor, now
    from letters import book
    from workflow import desk

    instant = now()
    day = day_of(on, "--on") or desk.day_of(instant)
    with _change(letter, agency, as_json=as_json) as (connection, agency_id, cipher):
        book.returned(connection, agency_id, letter, day, reason, actor("cli"), cipher, instant)


@app.command("void")
def void(
    letter: LetterArgument,
    agency: AgencyOption,
    reason: Annotated[str, typer.Option("--reason", metavar="理由", help="已签发的必须写明")] = "",
    as_json: JsonOption = False,
) -> None:
    """作废没有发出的文书；已编的文号不再使用，列入断号检查。"""
    from letters import book

    with _change(letter, agency, as_json=as_json) as (connection, agency_id, _cipher):
        book.void(connection, agency_id, letter, reason)


@app.command("file")
def take_file(letter: LetterArgument, agency: AgencyOption, out: OutOption) -> None:
    """取出已签发文书的正式文本（docx）；其中有申请人的个人信息，记入审计日志。"""
    from cli.case import keep
    from cli.office import actor, now, open_office
    from letters import book
    from models.vocabulary import AuditKind
    from workflow import audit, dispatch
    from workflow.audit import Author

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            kept = book.find(connection, row.id, letter)
            content = dispatch.opened(connection, letter, office.cipher)
            author = Author(actor("cli"), row.id, now())
            audit.record(connection, author, AuditKind.REVEAL, kept.number, letter=letter)
            keep(out, content)
    say(f"已取出：{_line(kept)}")


@app.command("gaps")
def gaps(agency: AgencyOption, as_json: JsonOption = False) -> int:
    """断号检查：每年每类文号用到第几号，缺哪些，作废哪些。有缺号的，退出码为 1。"""
    from cli.office import open_office, reading
    from letters import book

    with open_office() as office, reading(office) as connection:
        found = book.gaps(connection, office.agency(agency).id)
    if as_json:
        say_json(
            [
                {
                    "series": each.series,
                    "year": each.year,
                    "last": each.last,
                    "missing": list(each.missing),
                    "void": [{"number": number, "reason": reason} for number, reason in each.void],
                }
                for each in found
            ]
        )
    else:
        for each in found:
            missing = "、".join(map(str, each.missing)) or "无"
            say(f"{each.year} 年 {each.series or '各类'}：用到第 {each.last} 号，缺号：{missing}")
            for number, reason in each.void:
                say(f"  作废 {number}：{reason or '未写明理由'}")
        if not found:
            say("还没有编过文号")
    return 1 if any(each.missing for each in found) else 0


@app.command("batch")
def batch(
    agency: AgencyOption,
    facts: FactsArgument = None,
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="文书种类，如 L02；与 --numbers 同用")] = "",
    numbers: Annotated[Path | None, typer.Option("--numbers", metavar="FILE", help="登记编号，每行一个")] = None,
    event: EventOption = "",
    send_batch: Annotated[str, typer.Option("--send", metavar="BATCH", help="发出这一批已签发的文书")] = "",
    again: Annotated[str, typer.Option("--again", metavar="BATCH", help="重新签发这一批没有完成的文书")] = "",
    means: MeansOption = "",
    tracking: Annotated[
        Path | None, typer.Option("--tracking", metavar="CSV", help="两列：文号、邮件号（邮寄发出的）")
    ] = None,
    on: OnOption = "",
    as_json: JsonOption = False,
) -> None:
    """批量制作同一种文书并签发，或者发出一批。中断的，再次执行时继续，文号不重不漏。

    名称=值 为随每份文书发出而记录的事项的内容，各件相同，如
    --code L05 --event 告知延期 延期工作日=20 延期理由=系统维护 批准人=周主任。
    """
    from cli.office import actor, now, open_office
    from letters import batch as batches
    from letters.book import Sending, Wanted
    from workflow import desk

    if sum(map(bool, (code, send_batch, again))) != 1 or bool(code) != (numbers is not None):
        raise InputFault("--code、--send、--again：应写明其中一项；用 --code 的同时用 --numbers")
    if (event or facts) and not code:
        raise InputFault("--event：随文书记录的事项，只同 --code 一起写")
    instant, who = now(), actor("cli")
    step = _step(event, facts, desk.day_of(instant))
    name = send_batch or again or f"batch-{uuid4()}"
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            if code and numbers is not None:
                wanted = Wanted(code.upper(), step, means=_means(means))
                batches.start(connection, row.id, _lines(numbers), wanted, name, who, instant)
            elif send_batch:
                sending = Sending(day_of(on, "--on") or desk.day_of(instant), _means(means))
                batches.send(connection, row.id, name, sending, _tracking(tracking), who, instant)
            else:
                batches.again(connection, row.id, name, who, instant)
        _work(office, row.id, instant)
        with office.engine.connect() as connection:
            found = batches.progress(connection, row.id, name)
    if found is None:
        say("没有需要制作的：这些办件已有同一种文书在拟稿或者等待发出")
        return
    if as_json:
        say_json(
            {
                "batch": name,
                "total": found.total,
                "states": {state.value: number for state, number in found.states.items()},
                "faults": [{"letter": id_, "number": number, "why": why} for id_, number, why in found.faults],
            }
        )
        return
    counted = "，".join(f"{state.label} {number} 份" for state, number in found.states.items())
    say(f"批次 {name}：《{found.title}》共 {found.total} 份，{counted}")
    for id_, number, why in found.faults:
        note(f"第 {id_} 号 {number} 没有完成：{why}")


def _work(office: Any, agency_id: int, instant: Any) -> None:
    """Do the jobs of batches here and now; what a worker has in hand already is left to it."""
    from models.vocabulary import Topic
    from tasks import handlers
    from workflow import outbox

    with office.engine.connect() as connection:
        waiting = outbox.waiting(connection, agency_id, [Topic.LETTER_BATCH])
    with progress("文书") as advance:
        for done, item in enumerate(waiting, 1):
            handlers.handle(office, item, instant)
            advance(done, len(waiting))


def _step(event: str, facts: list[str] | None, today: date) -> Happening | None:
    """The step that goes with a letter, as it was given; None where the letter is about what is on record."""
    from cli import facts as given
    from cli.case import kind_of_event
    from workflow import statute
    from workflow.case import Happening

    if not event:
        if facts:
            raise InputFault("--event：为空，写了事项内容的，应写明是什么事项")
        return None
    kind = kind_of_event(event)
    return Happening(kind, today, given.read(facts or [], statute.BY_EVENT[kind].facts))


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in _text(path, "--numbers").splitlines() if line.strip()]


def _tracking(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    rows = [row for row in csv.reader(_text(path, "--tracking").splitlines()) if any(each.strip() for each in row)]
    wrong = [place for place, row in enumerate(rows, 1) if len(row) != 2]
    if wrong:
        raise InputFault(f"--tracking：“{path}”第 {wrong[0]} 行不是两列，应为 文号,邮件号")
    return {number.strip(): tracking.strip() for number, tracking in rows}


def _text(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputFault(f"{option}：“{path}”读不出来（{error.strerror}），应为可以读取的文件") from None
    except UnicodeDecodeError:
        raise InputFault(f"{option}：“{path}”不是 UTF-8 文本") from None


@templates.command("list")
def list_templates(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """每种文书现在用的模板和历次版本。"""
    from cli.office import open_office, reading
    from letters import template_book
    from letters.catalogue import LETTERS

    with open_office() as office, reading(office) as connection:
        kept = template_book.versions(connection, office.agency(agency).id)
    if as_json:
        say_json(
            {
                kind.code: [
                    {"version": each.version, "active": each.active, "sha256": each.sha256, "by": each.uploaded_by}
                    for each in kept.get(kind.code, ())
                ]
                for kind in LETTERS
            }
        )
        return
    for kind in LETTERS:
        newest = next(iter(kept.get(kind.code, ())), None)
        now_used = "默认模板" if newest is None or not newest.active else f"第 {newest.version} 版"
        say(f"{kind.code}《{kind.title}》：{now_used}")


@templates.command("get")
def get_template(
    code: CodeArgument,
    agency: AgencyOption,
    out: OutOption,
    version: Annotated[int, typer.Option("--version", metavar="N", help="第几版；不填为默认模板")] = 0,
) -> None:
    """下载默认模板（或者上传过的一版），在 Word、WPS 中修改后再上传。"""
    from cli.case import keep
    from cli.office import open_office, reading
    from letters import template_book

    if not version:
        keep(out, template_book.default(code.upper()))
    else:
        with open_office() as office, reading(office) as connection:
            keep(out, template_book.content(connection, office.agency(agency).id, code.upper(), version))
    say(f"已保存：{out}")


@templates.command("put")
def put_template(
    code: CodeArgument,
    agency: AgencyOption,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="模板（docx）")],
) -> None:
    """上传模板：检查字段、宏和试排，没有问题的从此使用；先前的版本保留。"""
    from cli.office import actor, now, open_office
    from letters import template_book
    from models.vocabulary import AuditKind
    from workflow import audit
    from workflow.audit import Author

    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputFault(f"FILE：“{file}”读不出来（{error.strerror}），应为可以读取的文件") from None
    with open_office() as office:
        row, who, instant = office.agency(agency), actor("cli"), now()
        with office.engine.begin() as connection:
            kept = template_book.upload(connection, row.id, code.upper(), content, who, instant)
            author = Author(who, row.id, instant)
            audit.record(connection, author, AuditKind.TEMPLATE_CHANGED, kept.code, version=kept.version)
    say(f"已保存：{kept.code} 第 {kept.version} 版，从现在起使用")


@templates.command("restore")
def restore_template(code: CodeArgument, agency: AgencyOption) -> None:
    """恢复默认模板；上传过的版本保留。"""
    from cli.office import actor, now, open_office
    from letters import template_book
    from models.vocabulary import AuditKind
    from workflow import audit
    from workflow.audit import Author

    with open_office() as office:
        row, who, instant = office.agency(agency), actor("cli"), now()
        with office.engine.begin() as connection:
            kept = template_book.restore(connection, row.id, code.upper(), who, instant)
            author = Author(who, row.id, instant)
            audit.record(connection, author, AuditKind.TEMPLATE_CHANGED, kept.code, version=kept.version)
    say(f"已恢复默认模板：{kept.code}")
