"""附件: files put on a case and taken from it. What shows the applicant's person is opened for a reason, audited."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from models.vocabulary import AttachmentKind, AuditKind, EventKind
from web.forms import Form
from web.frame import page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, demand, needs
from web.routes.case import Reason, shown
from workflow import attachments, audit, desk, practice_book, records
from workflow.attachments import File
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Refusal

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_CASES)]
Add = Annotated[Signed, needs(Right.REGISTER)]

FILES = "files"
"""The field of a form that holds files."""

_POLICY = "default-src 'none'; sandbox"


def sent_files(sent: FormData | None) -> list[tuple[str, bytes]]:
    """The files that came with a form, each with its name; a field left empty sends none."""
    given = [] if sent is None else sent.getlist(FILES)
    uploads = [each for each in given if isinstance(each, UploadFile) and each.filename]
    return [(str(each.filename), each.file.read()) for each in uploads]


def attach(
    connection: Connection,
    house: House,
    signed: Signed,
    case_id: int,
    kind: AttachmentKind,
    files: list[tuple[str, bytes]],
    name: str,
) -> int:
    """Put files on a case in the caller's transaction; gives how many were new. ``name`` is that of the form sent.

    Raises InputFault for a file that is not taken.
    """
    most = practice_book.read(connection, signed.agency_id).attachment_mb
    commands = [
        Command(
            Happening(EventKind.ATTACH, house.today(), attachments.facts(kind, given, content, most)),
            f"{name}:file:{place}",
            signed.actor,
            file=content,
        )
        for place, (given, content) in enumerate(files)
    ]
    history = History(commands, case_id)
    return desk.perform(connection, signed.agency_id, history, house.cipher, house.now()).events


@router.post("/cases/{number:path}/attachments")
def add(request: Request, number: str, sent: Posted, signed: Add) -> Response:
    """Put one or several files on a case, all or none."""
    house, form = house_of(request), Form(sent)
    kind, files = form.choice("attachment_kind", AttachmentKind, required=True), sent_files(sent)
    try:
        command = str(UUID(form.value("command")))
    except ValueError:
        raise HTTPException(400) from None
    with house.engine.connect() as connection:
        case_id, _files = _case(connection, signed, number)
    if not files:
        form.fault(FILES, _("没有选择文件，请选择一个或者几个文件"))
    if kind is None or not form.ok:
        return shown(request, signed, number, status=422, form=form)
    try:
        with house.engine.begin() as connection:
            new = attach(connection, house, signed, case_id, kind, files, f"web:{signed.account_id}:{command}")
    except (InputFault, Refusal) as fault:
        form.take(fault, {"附件": FILES})
        return shown(request, signed, number, status=422, form=form)
    said = _("已添加 %(n)s 个附件", n=new) if new else _("先前已经添加，没有重复添加")
    return redirect(request, f"/cases/{quote(number)}#files", said)


@router.get("/cases/{number:path}/attachments/{seq}")
def take(request: Request, number: str, seq: str, signed: See) -> Response:
    """A file to keep; for one that shows a person the page that asks for a reason first."""
    house = house_of(request)
    with house.engine.connect() as connection:
        case_id, file = _file(connection, signed, number, seq)
        if not file.personal:
            return _sent(file, attachments.opened(connection, case_id, file, house.cipher))
    demand(request, signed, Right.REVEAL)
    return page(request, "attachment.html", number=number, file=file, reasons=list(Reason), form=Form())


@router.post("/cases/{number:path}/attachments/{seq}")
def reveal(request: Request, number: str, seq: str, sent: Posted, signed: See) -> Response:
    """A file that shows a person, to keep; that it was opened, and what for, is in the audit log."""
    house, form = house_of(request), Form(sent)
    with house.engine.connect() as connection:
        _case_id, file = _file(connection, signed, number, seq)
    demand(request, signed, Right.REVEAL)
    reason = form.choice("reason", Reason, required=True)
    if reason is None:
        return page(request, "attachment.html", status=422, number=number, file=file, reasons=list(Reason), form=form)
    with house.engine.begin() as connection:
        case_id, file = _file(connection, signed, number, seq)
        content = attachments.opened(connection, case_id, file, house.cipher)
        author = author_of(request, signed)
        audit.record(connection, author, AuditKind.REVEAL, number, reason=reason.value, attachment=file.seq)
    return _sent(file, content)


def _case(connection: Connection, signed: Signed, number: str) -> tuple[int, list[File]]:
    """The case of one's own agency with its files; anything else is not there."""
    try:
        case_id = records.find(connection, signed.agency_id, number).case_id
    except InputFault:
        raise HTTPException(404) from None
    return case_id, attachments.of_case(connection, case_id)


def _file(connection: Connection, signed: Signed, number: str, seq: str) -> tuple[int, File]:
    case_id, files = _case(connection, signed, number)
    found = next((each for each in files if str(each.seq) == seq), None)
    if found is None:
        raise HTTPException(404)
    return case_id, found


def _sent(file: File, content: bytes) -> Response:
    """The file as something to keep: no browser opens it as a page of ours."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": _POLICY,
    }
    return Response(content, media_type=file.media_type, headers=headers)
