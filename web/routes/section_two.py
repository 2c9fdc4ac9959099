"""主动公开 (section two of the report): the year's figures with their source, and the register of normative documents.

A figure that was entered stands above what the register counts; where it is taken back, the register counts again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from reports import issues, proactive, registers
from reports.edition import FigureColumn, edition_for_year, has_form, load_edition
from reports.proactive import Entry
from reports.registers import KINDS, Document
from tasks.office import reading
from web.forms import Form
from web.frame import DONE, NOTE, WARNING, flash, page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, needs
from workflow.faults import InputFault
from workflow.sheets import Reading, Row, Sheet

router = APIRouter()

Writer = Annotated[Signed, needs(Right.EDIT_REPORT)]

_QUANTITIES = ("数量1", "数量2", "数量3")
_PLACE = "表"
_LONGEST_SOURCE = 1_000
_LONGEST = 500
_LARGEST_FILE = 8 << 20
_SHOWN = 500
_FIELDS = {"“种类”": "kind", "“文件名称”": "title", "“文号”": "number", "“来源”": "source", "“废止日期”": "repealed"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of section two as the form asks for it; ``counted``: what the register says of it."""

    key: str
    label: str
    columns: Sequence[FigureColumn]
    counted: tuple[int, ...] | None

    def field(self, index: int) -> str:
        """The name of the field of one of its figures."""
        return f"n-{self.key}-{index}"

    @property
    def source(self) -> str:
        """The name of the field of its source."""
        return f"source-{self.key}"


def _lines(connection: Connection, signed: Signed, year: int) -> list[Line]:
    """The rows of the year's own form. Raises the answer 404 for a year without one."""
    if not has_form(year):
        raise HTTPException(404)
    section = load_edition(edition_for_year(year)).section_two
    counted = registers.rows_of(section, registers.counted(connection, signed.agency_id, year))
    return [Line(key, label, section.columns_of[key], counted.get(key)) for key, label in section.labels.items()]


def _written(figure: Decimal) -> str:
    """A figure as it is typed: 417, not 417.000000."""
    return str(int(figure)) if figure == figure.to_integral_value() else str(figure.normalize())


@router.get("/reports/{year}/proactive")
def ask(request: Request, signed: Writer, year: int) -> Response:
    """The form of section two, filled with what was entered."""
    with reading(house_of(request).office) as connection:
        entries = proactive.entered(connection, signed.agency_id).get(year, [])
    filled: dict[str, str] = {}
    for entry in entries:
        filled |= {f"n-{entry.item}-{index}": _written(figure) for index, figure in enumerate(entry.figures)}
        filled[f"source-{entry.item}"] = entry.source
    return _page(request, signed, year, Form(filled), 200)


def _page(request: Request, signed: Signed, year: int, form: Form, status: int) -> Response:
    with reading(house_of(request).office) as connection:
        lines = _lines(connection, signed, year)
        entries = proactive.entered(connection, signed.agency_id).get(year, [])
        differences = registers.differences(connection, signed.agency_id, year)
        issue = issues.newest(connection, signed.agency_id, year)
    other = [each for each in entries if each.edition != edition_for_year(year)]
    return page(
        request,
        "section_two.html",
        status=status,
        form=form,
        year=year,
        lines=lines,
        differences=differences,
        issue=issue,
        other=other,
        edition=edition_for_year(year),
    )


@router.post("/reports/{year}/proactive")
def save(request: Request, sent: Posted, signed: Writer, year: int) -> Response:
    """Store the rows that were filled in; one that was emptied is taken back."""
    house, form = house_of(request), Form(sent)
    with reading(house.office) as connection:
        lines = _lines(connection, signed, year)
        known = proactive.entered(connection, signed.agency_id)
    entered = {entry.item for entry in known.get(year, [])}
    rows, emptied = [], []
    for number, line in enumerate(lines):
        figures = [form.text(line.field(index)) for index in range(len(line.columns))]
        source = form.text(line.source, longest=_LONGEST_SOURCE)
        if not any(figures):
            if line.key in entered:
                emptied.append(line.key)
            continue
        if not source:
            form.fault(line.source, _("“%(row)s”没有写来源，应写明数从哪里来，如“综合行政执法队台账”", row=line.label))
        cells = {"年度": str(year), "项目": line.label, "来源": source, **dict(zip(_QUANTITIES, figures, strict=False))}
        rows.append(Row(_PLACE, number, cells))
    if form.ok:
        made = proactive.plan(
            Reading(sheets=[Sheet(proactive.PROACTIVE, _PLACE, tuple(rows))]), _kept(known, year, emptied)
        )
        _take(form, made.faults, lines)
        if form.ok:
            with house.engine.begin() as connection:
                changed = proactive.store(connection, signed.agency_id, made)
                changed += proactive.forget(connection, signed.agency_id, year, emptied) if emptied else 0
                sealed = issues.newest(connection, signed.agency_id, year)
            if changed and sealed is not None:
                flash(request, _sealed(year, sealed.version), WARNING)
            said = _("已保存 %(n)s 项", n=changed) if changed else _("没有变动")
            return redirect(request, f"/reports/{year}/proactive", said, DONE if changed else NOTE)
    return _page(request, signed, year, form, 422)


def _kept(known: dict[int, list[Entry]], year: int, emptied: Iterable[str]) -> dict[int, list[Entry]]:
    return known | {year: [entry for entry in known.get(year, []) if entry.item not in set(emptied)]}


def _take(form: Form, faults: Iterable[str], lines: Sequence[Line]) -> None:
    """What cannot be taken, beside the row that it is about."""
    for sentence in faults:
        for number, line in enumerate(lines):
            start = f"{_PLACE}第{number}行"
            if sentence.startswith(start):
                place, _colon, rest = sentence.partition("：")
                index = next((at for at, name in enumerate(_QUANTITIES) if name in place), 0)
                form.fault(line.field(min(index, len(line.columns) - 1)), f"{line.label}：{rest}")
                break
        else:
            form.general.append(sentence)


def _sealed(year: int, version: int) -> str:
    return _("%(year)s 年报告已封存，第 %(n)s 版不变；现在改的到发布更正时才写入下一版", year=year, n=version)


# The register of normative documents


@router.get("/documents")
def register(request: Request, signed: Writer, number: str = "") -> Response:
    """The register, newest first; ``q`` looks for a part of the title or number, ``number`` opens one to correct it."""
    with reading(house_of(request).office) as connection:
        documents = registers.listed(connection, signed.agency_id)
    known = next((each for each in documents if each.number == number), None)
    if number and known is None:
        raise HTTPException(404)
    return _register_page(request, signed, Form({} if known is None else _typed(known)), number, 200)


def _typed(document: Document) -> dict[str, str]:
    return {
        "kind": document.kind,
        "title": document.title,
        "number": document.number,
        "issued": document.issued_on.isoformat(),
        "repealed": document.repealed_on.isoformat() if document.repealed_on else "",
        "source": document.source,
    }


def _register_page(request: Request, signed: Signed, form: Form, number: str, status: int) -> Response:
    with reading(house_of(request).office) as connection:
        documents = registers.listed(connection, signed.agency_id)
    q = request.query_params.get("q", "").strip()
    found = [each for each in reversed(documents) if q in each.title or q in each.number]
    return page(
        request,
        "documents.html",
        status=status,
        form=form,
        correcting=number,
        search=Form({"q": q}),
        found=found[:_SHOWN],
        number=len(found),
        most=_SHOWN,
        in_force=sum(each.repealed_on is None for each in documents),
        kinds=[(key, _(label)) for key, label in KINDS.items()],
        names={key: _(label) for key, label in KINDS.items()},
        opened=lambda each: "/documents?" + urlencode({"number": each.number}),
    )


@router.post("/documents")
def enter(request: Request, sent: Posted, signed: Writer) -> Response:
    """Enter a document, or correct the one whose number is ``correcting``."""
    house, form = house_of(request), Form(sent)
    correcting = form.value("correcting")
    issued, repealed = form.day("issued", required=True), form.day("repealed")
    title, number = (
        form.text("title", required=True, longest=_LONGEST),
        form.text("number", required=True, longest=_LONGEST),
    )
    source = form.text("source", longest=_LONGEST)
    if form.ok and issued is not None:
        try:
            document = registers.made(form.value("kind"), title, number, issued, repealed, source)
            with house.engine.begin() as connection:
                known = {each.number for each in registers.listed(connection, signed.agency_id)}
                _not_another(number, correcting, known)
                changed = registers.enter(connection, signed.agency_id, [document], signed.actor, house.now())
                if correcting and number != correcting and correcting in known:
                    registers.remove(connection, signed.agency_id, correcting)
                sealed = _touched(connection, signed, document)
        except InputFault as fault:
            form.take(fault, _FIELDS)
        else:
            for said in sealed if changed else ():
                flash(request, said, WARNING)
            return redirect(request, "/documents", _("“%(number)s”已登记", number=number))
    return _register_page(request, signed, form, correcting, 422)


def _not_another(number: str, correcting: str, known: Collection[str]) -> None:
    """InputFault where a document that is entered anew, or given another number, would replace one that is there."""
    if number in known and number != correcting:
        raise InputFault(f"“文号”：“{number}”已在登记簿里，要更正的请从列表中打开")


def _touched(connection: Connection, signed: Signed, document: Document) -> list[str]:
    """A sentence for each sealed report in whose year the document was issued or repealed."""
    years = sorted({day.year for day in (document.issued_on, document.repealed_on) if day is not None})
    sealed = [(year, issues.newest(connection, signed.agency_id, year)) for year in years]
    return [_sealed(year, issue.version) for year, issue in sealed if issue is not None]


@router.post("/documents/remove")
def remove(request: Request, sent: Posted, signed: Writer) -> Response:
    """Take a document that was entered by mistake out of the register."""
    number = Form(sent).value("number")
    try:
        with house_of(request).engine.begin() as connection:
            registers.remove(connection, signed.agency_id, number)
    except InputFault:
        raise HTTPException(404) from None
    return redirect(request, "/documents", _("“%(number)s”已从登记簿删去", number=number))


@router.post("/documents/load")
def load(request: Request, sent: Posted, signed: Writer) -> Response:
    """Enter the documents of a table (CSV or XLSX), all of them or none."""
    house, form = house_of(request), Form(sent)
    file = None if sent is None else sent.get("file")
    content = file.file.read(_LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    name = Path(file.filename or "").name if isinstance(file, UploadFile) else ""
    if not content:
        form.fault("file", _("没有选择文件，或者文件是空的"))
    elif len(content) > _LARGEST_FILE:
        form.fault("file", _("文件太大，应不超过 8 MB"))
    else:
        try:
            documents = _documents(name, content)
            with house.engine.begin() as connection:
                changed = registers.enter(connection, signed.agency_id, documents, signed.actor, house.now())
        except InputFault as fault:
            form.general += fault.sentences
        else:
            return redirect(request, "/documents", _("读取 %(n)s 件，变化 %(m)s 件", n=len(documents), m=changed))
    return _register_page(request, signed, form, "", 422)


def _documents(name: str, content: bytes) -> list[Document]:
    """The documents of a table. Raises InputFault, also where its content is not what the ending of its name says."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"register{Path(name).suffix.lower()[:5]}"
        path.write_bytes(content)
        try:
            documents = registers.read(path)
        except InputFault as fault:
            raise InputFault([sentence.replace(path.name, name) for sentence in fault.sentences]) from None
    if path.suffix != (".xlsx" if content.startswith(b"PK") else ".csv"):
        raise InputFault(f"{name}：内容与扩展名不符，应为 CSV（.csv）或者 XLSX（.xlsx）")
    return documents
