"""文书模板: the template of each letter: the default to take and change, one's own uploaded, its versions."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from letters import template_book
from letters.catalogue import BY_CODE, LETTERS, LetterKind
from letters.fields import FIELDS
from models.vocabulary import AuditKind
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import audit
from workflow.faults import InputFault, Refusal

router = APIRouter()

Keeper = Annotated[Signed, needs(Right.TEMPLATES)]

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FILE = "template"


@router.get("/templates")
def show(request: Request, signed: Keeper) -> Response:
    """Every letter with the template that counts, its versions, and the fields that templates may use."""
    return _shown(request, signed, Form())


def _shown(request: Request, signed: Signed, form: Form, *, status: int = 200, code: str = "") -> Response:
    with house_of(request).engine.connect() as connection:
        versions = template_book.versions(connection, signed.agency_id)
    fields = [(name, field.meaning) for name, field in FIELDS.items()]
    shown = {"letters": LETTERS, "versions": versions, "fields": fields}
    return page(request, "templates.html", status=status, form=form, code=code, **shown)


def _kind(code: str) -> LetterKind:
    found = BY_CODE.get(code)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/templates/{code}/default")
def default(code: str, _signed: Keeper) -> Response:
    """The default template, to be changed in Word or WPS."""
    return _sent(_kind(code), template_book.default(code), "")


@router.get("/templates/{code}/versions/{version}")
def version(request: Request, code: str, version: str, signed: Keeper) -> Response:
    """A version that was uploaded."""
    kind = _kind(code)
    if not (version.isascii() and version.isdigit() and len(version) <= len("99999")):
        raise HTTPException(404)
    try:
        with house_of(request).engine.connect() as connection:
            content = template_book.content(connection, signed.agency_id, code, int(version))
    except InputFault:
        raise HTTPException(404) from None
    return _sent(kind, content, f"-{version}")


def _sent(kind: LetterKind, content: bytes, more: str) -> Response:
    name = quote(f"{kind.code}-{kind.title}{more}.docx", safe="")
    return Response(content, media_type=_DOCX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@router.post("/templates/{code}")
def upload(request: Request, code: str, sent: Posted, signed: Keeper) -> Response:
    """Take a template that was checked; a fault in it is told, and the one before stays."""
    house, form, kind = house_of(request), Form(sent), _kind(code)
    content = _uploaded(sent)
    if content is None:
        form.fault(f"{_FILE}-{code}", _("没有选择文件，请选择一个 Word 文件（docx）"))
        return _shown(request, signed, form, status=422, code=code)
    try:
        with house.engine.begin() as connection:
            kept = template_book.upload(connection, signed.agency_id, code, content, signed.actor, house.now())
            author = author_of(request, signed)
            audit.record(connection, author, AuditKind.TEMPLATE_CHANGED, code, version=kept.version)
    except InputFault as fault:
        form.take(fault)
        return _shown(request, signed, form, status=422, code=code)
    said = _("已保存《%(title)s》的第 %(n)s 版模板，从现在起使用", title=kind.title, n=kept.version)
    return redirect(request, "/templates", said)


def _uploaded(sent: FormData | None) -> bytes | None:
    found = None if sent is None else sent.get(_FILE)
    return found.file.read() if isinstance(found, UploadFile) and found.filename else None


@router.post("/templates/{code}/restore")
def restore(request: Request, code: str, signed: Keeper) -> Response:
    """From now on the default template again; what was uploaded is kept."""
    house, form, kind = house_of(request), Form(), _kind(code)
    try:
        with house.engine.begin() as connection:
            kept = template_book.restore(connection, signed.agency_id, code, signed.actor, house.now())
            author = author_of(request, signed)
            audit.record(connection, author, AuditKind.TEMPLATE_CHANGED, code, version=kept.version)
    except Refusal as fault:
        form.take(fault)
        return _shown(request, signed, form, status=422, code=code)
    return redirect(request, "/templates", _("《%(title)s》已恢复默认模板", title=kind.title))
