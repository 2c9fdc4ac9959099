"""Templates of letters (文书模板): the built-in one of each kind as a Word document, and the check of an office's own.

A template is a Word document with fields in double braces, such as ``{{ 申请内容 }}``; a paragraph between
``{%p if 附件 %}`` and ``{%p endif %}`` stands only where the field is filled, and so do words between the same marks
without the p. Nothing else is understood: a template is an upload, so neither calls nor attributes nor loops are, and
it is rendered in a sandbox all the same.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, ClassVar

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from letters.catalogue import LetterKind
from letters.fields import FIELDS
from letters.wording import ANSWERED, LINES, PARAGRAPHS
from models.vocabulary import Recipient
from paper.word import BODY, LINE, TITLE, declare_fonts, number_pages, off, put, set_fonts, set_page, set_style, shed
from workflow import file_types
from workflow.faults import InputFault

HEAD, NUMBER, ADDRESSEE, ENCLOSURES, SIGNER, DAY, NOTE = (
    *("发文机关标志", "发文字号", "主送", "附件说明", "署名", "成文日期", "附注"),
)
"""The styles of a letter, by the names of the standard's elements, beside ``Title`` and ``Normal``."""

_STYLES = ("Normal", "Title", "Table Grid", "header", "footer")
"""The styles of the word processor that letters use, and an office that edits them."""

MOST_MB = 5
_MOST_UNPACKED_MB = 50
_MOST_PARTS = 500
_MOST_MARKS = 1000
_MOST_COMPILED = 256
_RED = RGBColor(0xE0, 0x00, 0x00)
_RULE_OVER = (Mm(8), Mm(6))  # 170 mm of line, centred on the page, over 156 mm of text
_LABEL, _TEXT = Mm(40), Mm(116)
_CELL = Pt(14)
_ROW = Mm(8.5)


class _Sandbox(SandboxedEnvironment):
    """A sandbox that keeps the last templates it compiled: one is filled for many cases."""

    _compiled: ClassVar[dict[str, Template]] = {}

    def from_string(
        self,
        source: str | nodes.Template,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - the engine's own name
        template_class: type[Template] | None = None,
    ) -> Template:
        if not isinstance(source, str):
            return super().from_string(source, globals, template_class)
        if source not in self._compiled:
            if len(self._compiled) >= _MOST_COMPILED:
                self._compiled.clear()
            self._compiled[source] = super().from_string(source, globals, template_class)
        return self._compiled[source]


SANDBOX = _Sandbox(undefined=StrictUndefined, autoescape=True)
"""Where templates are rendered."""

_UNDERSTOOD = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Const, nodes.Compare, nodes.Operand),
)
"""What a template may consist of."""


@cache
def default(kind: LetterKind) -> bytes:
    """The built-in template of a kind: a letter in letter form (信函格式, GB/T 9704 10.1), or a form with lines."""
    book = docx.Document()
    _set_up(book)
    if kind.is_form:
        _form(book, kind)
    else:
        _letter(book, kind)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _set_up(book: Any) -> None:
    properties = book.core_properties
    properties.title = properties.author = properties.comments = ""
    properties.language = "zh-CN"
    declare_fonts(book)
    shed(book, _STYLES)
    for name in (HEAD, NUMBER, ADDRESSEE, ENCLOSURES, SIGNER, DAY, NOTE):
        book.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = book.styles["Normal"]
    right, left = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
    set_style(book, "Normal", "仿宋_GB2312", BODY, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
    set_style(book, "Title", "方正小标宋简体", TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, line=Pt(36))
    set_style(book, HEAD, "方正小标宋简体", Pt(36), align=WD_ALIGN_PARAGRAPH.CENTER, line=Pt(42))
    for name, align in (
        (NUMBER, right),
        (ADDRESSEE, left),
        (ENCLOSURES, left),
        (SIGNER, right),
        (DAY, right),
        (NOTE, left),
    ):
        set_style(book, name, "仿宋_GB2312", BODY, align=align)
    styles = book.styles
    styles[HEAD].font.color.rgb = _RED
    # 文号 lies 7/8 of a character under the line, in a line hardly higher than itself; the title two lines under it,
    # the addressee one under the title.
    styles[NUMBER].paragraph_format.space_before = Pt(BODY.pt * 7 / 8)
    styles[NUMBER].paragraph_format.line_spacing = Pt(BODY.pt * 9 / 8)
    styles["Title"].paragraph_format.space_before, styles["Title"].paragraph_format.space_after = LINE * 2, LINE
    for name in ("Title", HEAD, NUMBER):
        put(styles[name].element, off("w:snapToGrid"))
    for border in styles["Title"].element.xpath(".//w:pBdr"):
        border.getparent().remove(border)
    styles[ENCLOSURES].paragraph_format.space_before = LINE
    styles[ENCLOSURES].paragraph_format.left_indent = BODY * 5
    styles[ENCLOSURES].paragraph_format.first_line_indent = BODY * -3
    # Two lines stay free for the seal; name, day and note stay together.
    styles[SIGNER].paragraph_format.space_before = LINE * 2
    for name in (SIGNER, DAY):
        styles[name].paragraph_format.keep_with_next = True
    styles[NOTE].paragraph_format.first_line_indent = BODY * 2


def _letter(book: Any, kind: LetterKind) -> None:
    page = set_page(book)
    page.different_first_page_header_footer = True
    page.header_distance, page.footer_distance = Mm(30), Mm(20)
    book.settings.odd_and_even_pages_header_footer = True
    head = page.first_page_header.paragraphs[0]
    head.style = HEAD
    head.add_run("{{ 机关名称 }}")
    _rule(head, "bottom", "thickThinSmallGap", 11)
    foot = page.first_page_footer.paragraphs[0]
    foot.style = "Normal"
    foot.paragraph_format.line_spacing = Pt(1)
    _rule(foot, "bottom", "thinThickSmallGap", 0)
    for place, align in (
        (page.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT),
        (page.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT),
    ):
        number_pages(place, align)
        # The footer begins 20 mm from the edge for the line of the first page; a number stands 3 mm higher.
        place.paragraph_format.space_after = Mm(3)
    book.add_paragraph("{{ 文号 }}", style=NUMBER)
    book.add_paragraph("{{ 标题 }}", style="Title")
    book.add_paragraph("{{ 收件人 }}：", style=ADDRESSEE)
    for paragraph in PARAGRAPHS[kind.code]:
        _with_field(book, paragraph.only_with, paragraph.text).paragraph_format.first_line_indent = BODY * 2
    _with_field(book, "附件", "附件：{{ 附件 }}", ENCLOSURES)
    book.add_paragraph("{{ 机关名称 }}", style=SIGNER)
    book.add_paragraph("{{ 成文日期 }}", style=DAY)
    # 附注, on the line under the day (GB/T 9704 7.3.7).
    where = "{% if 联系地址 %}，{{ 联系地址 }}{% endif %}" if kind.code in ANSWERED else ""
    book.add_paragraph("（联系单位：{{ 工作机构 }}" + where + "；电话：{{ 联系电话 }}）", style=NOTE)


def _with_field(book: Any, field: str, text: str, style: str = "Normal") -> Any:
    """Add a paragraph that stands only where ``field`` is filled; always, if there is none. Gives the paragraph."""
    if not field:
        return book.add_paragraph(text, style=style)
    book.add_paragraph(f"{{%p if {field} %}}", style=style)
    paragraph = book.add_paragraph(text, style=style)
    book.add_paragraph("{%p endif %}", style=style)
    return paragraph


def _rule(paragraph: Any, side: str, line: str, space: int) -> None:
    """A red double line (红色双线) of 170 mm under a paragraph."""
    shape = paragraph.paragraph_format
    shape.left_indent, shape.right_indent = -_RULE_OVER[0], -_RULE_OVER[1]
    borders = f'<w:{side} w:val="{line}" w:sz="24" w:space="{space}" w:color="{_RED}"/>'
    put(paragraph._p, parse_xml(f"<w:pBdr {nsdecls('w')}>{borders}</w:pBdr>"))  # noqa: SLF001 - the element itself


def _form(book: Any, kind: LetterKind) -> None:
    set_page(book)
    styles = book.styles
    styles["Title"].paragraph_format.space_before, styles["Title"].paragraph_format.space_after = Pt(0), Pt(14)
    book.add_paragraph("{{ 标题 }}", style="Title")
    if kind.recipient is Recipient.FILE:
        book.add_paragraph("单位：{{ 机关名称 }}", style=ADDRESSEE)
    lines = LINES[kind.code]
    table = book.add_table(len(lines), 2, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, (_LABEL, _TEXT), strict=True):
        column.width = width
    for row, line in zip(table.rows, lines, strict=True):
        row.height = _ROW * line.room
        for cell, text, width in zip(row.cells, (line.label, line.text), (_LABEL, _TEXT), strict=True):
            cell.width, cell.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _fill(cell.paragraphs[0], text, is_label=width is _LABEL)


def _fill(paragraph: Any, text: str, *, is_label: bool) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_label else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(20)
    # Off the page's grid of lines, which would make each row half as high again.
    put(paragraph._p, off("w:snapToGrid"))  # noqa: SLF001 - the element itself
    run = paragraph.add_run(text)
    run.font.size = _CELL
    set_fonts(run._r.get_or_add_rPr(), "黑体" if is_label else "仿宋_GB2312")  # noqa: SLF001


def render(template: bytes, texts: Mapping[str, str]) -> Any:
    """The document that a template gives with these texts. InputFault where the template does not work."""
    book = DocxTemplate(BytesIO(template))
    # A new line of a text is a new paragraph like the one it stands in.
    values = {name: text.replace("\n", "\a") for name, text in texts.items()}
    try:
        book.render(values, SANDBOX)
    except (TemplateError, ValueError, KeyError, etree.XMLSyntaxError) as error:
        raise InputFault(f"文书模板不能使用：{_told(error)}") from error
    return book.docx


def check(template: bytes, kind: LetterKind) -> list[str]:
    """What is wrong with a template that an office wants to use for a kind of letter; nothing if it serves."""
    faults = list(_unsafe(template))
    if faults:
        return faults
    try:
        parts = dict(_parts(template))
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, etree.XMLSyntaxError):
        return ["不能作为 Word 文档（docx）打开，文件可能已经损坏；请用文字处理软件另存为 docx 后再上传"]
    marks = [_marks(where, text) for where, text in parts.items()]
    faults = [fault for each in marks for fault in each.faults]
    if faults:
        return faults
    used = {name for each in marks for name in each.used}
    printed = {name for each in marks for name in each.printed}
    faults = [f"没有字段“{name}”，可用的字段有：{'、'.join(FIELDS)}" for name in sorted(used - set(FIELDS))]
    for name, why in dict(_indispensable(kind)).items():
        if name not in printed:
            faults.append(f"《{kind.title}》的模板缺少字段“{name}”{why}")
    if faults:
        return faults
    try:
        left = [each for each in ("{{", "{%", "}}", "%}") if each in "".join(texts(render(template, sample(kind))))]
    except InputFault as fault:
        return list(fault.sentences)
    return [f"填写后仍有没有处理的标记“{'”“'.join(left)}”"] if left else []


def sample(kind: LetterKind) -> dict[str, str]:
    """A text for every field that says what stands there, to try a template with."""
    return {name: f"〔{each.meaning}〕" for name, each in FIELDS.items()} | {"标题": kind.title}


def _indispensable(kind: LetterKind) -> Iterator[tuple[str, str]]:
    """The fields without which a letter of this kind says too little, with why."""
    if kind.is_form:
        return
    yield from ((name, "") for name in ("收件人", "文号", "成文日期"))
    if kind.remedy:
        yield "处理意见", "（认定、条款和决定）"
        yield "救济告知", "（行政复议法第二十三条第二款）"
    else:
        # What a finding quotes it has from the case; elsewhere the letter itself must say it.
        yield from ((name, f"（{kind.article}）") for name in kind.needs)


_HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_MACROS = re.compile(r"vbaProject|vbaData|activeX|embeddings/|afchunk", re.IGNORECASE)
_INSTRUCTIONS = re.compile(r"<w:instrText[^>]*>([^<]*)|w:instr=\"([^\"]*)")
_COMMANDS = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|MACROBUTTON|LINK)\b")


def _unsafe(template: bytes) -> Iterator[str]:
    """Why the file may not even be opened as a template: too large, no docx, macros, things fetched from elsewhere."""
    if len(template) > MOST_MB << 20:
        yield f"模板有 {-(-len(template) >> 20)} 兆字节，应不超过 {MOST_MB} 兆字节"
        return
    if (fault := file_types.oversize(template, _MOST_UNPACKED_MB, _MOST_PARTS)) is not None:
        yield f"模板{fault}，不像是文书模板"
        return
    try:
        with zipfile.ZipFile(BytesIO(template)) as package:
            yield from _unsafe_parts(package)
    except (*file_types.DAMAGED, OSError):
        kind = (
            "带有密码或者是旧格式（doc）的文档"
            if template.startswith(b"\xd0\xcf\x11\xe0")
            else "不是 Word 文档（docx）"
        )
        yield f"{kind}，请用文字处理软件另存为不加密的 docx 后再上传"


def _unsafe_parts(package: zipfile.ZipFile) -> Iterator[str]:
    names = package.namelist()
    if "word/document.xml" not in names:
        yield "不是 Word 文档（docx），请用文字处理软件另存为 docx 后再上传"
        return
    if any(_MACROS.search(name) for name in names) or b"macroEnabled" in package.read("[Content_Types].xml"):
        yield "模板带有宏、控件或者嵌入的对象，请去掉后再上传"
    for name in names:
        content = package.read(name) if name.endswith((".xml", ".rels")) else b""
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            yield f"{name} 含有文档类型声明，不能使用"
        elif name.endswith(".rels"):
            yield from _elsewhere(content)
        elif name.startswith("word/"):
            yield from _commands(content.decode(errors="replace"))


def _commands(content: str) -> Iterator[str]:
    """Fields of the word processor that fetch or start something, and more marks than any letter has."""
    if content.count("{") > _MOST_MARKS:
        yield f"模板中的标记超过 {_MOST_MARKS} 处，不像是文书模板"
        return
    found = _COMMANDS.search(" ".join(a + b for a, b in _INSTRUCTIONS.findall(content)))
    if found:
        yield f"模板含有从别处取内容的域“{found.group()}”，请去掉后再上传"


def _elsewhere(content: bytes) -> Iterator[str]:
    """Relations to something outside the file, which opening the letter would fetch."""
    for each in etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)):
        if each.get("TargetMode") == "External" and each.get("Type") != _HYPERLINK:
            yield f"模板引用了文件以外的内容“{each.get('Target')}”，请改为直接插入"


def _parts(template: bytes) -> Iterator[tuple[str, str]]:
    """The parts of a document that have text, as what is rendered, with what people call them."""
    book = DocxTemplate(BytesIO(template))
    book.render_init()
    yield "正文", book.patch_xml(book.get_xml())
    for what, uri in (("页眉", book.HEADER_URI), ("页脚", book.FOOTER_URI)):
        for number, (_, part) in enumerate(book.get_headers_footers(uri), 1):
            yield f"第 {number} 个{what}", book.patch_xml(book.get_part_xml(part))


@dataclass(frozen=True, slots=True)
class _Marks:
    """The fields that a part of a template names, those that it prints, and what is wrong with its marks."""

    used: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()


def _marks(where: str, text: str) -> _Marks:
    text = re.sub(r"<w:p([ >])", r"\n<w:p\1", text)
    try:
        tree = SANDBOX.parse(text)
    except TemplateSyntaxError as error:
        near = re.sub(r"<[^>]+>", "", text.split("\n")[max(error.lineno - 1, 0)]).strip()[:60]
        return _Marks(faults=(f"{where}的标记写得不完整，在“{near}”附近：{_told(error)}",))
    foreign = [type(each).__name__ for each in tree.find_all(nodes.Node) if not isinstance(each, _UNDERSTOOD)]
    if foreign:
        only = "只能写 {{ 字段 }} 和 {% if 字段 %}……{% endif %}"
        return _Marks(faults=(f"{where}的标记不能使用“{foreign[0]}”，{only}",))
    printed = {name.name for output in tree.find_all(nodes.Output) for name in output.find_all(nodes.Name)}
    return _Marks(frozenset(each.name for each in tree.find_all(nodes.Name)), frozenset(printed))


def _told(error: Exception) -> str:
    """What the engine says, for people."""
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__


def texts(book: Any) -> Iterator[str]:
    """All text of a document, with that of its headers and footers."""
    for root in (book.element, *(part.element for part in _margins(book))):
        yield from (each.text or "" for each in root.iter(qn("w:t")))


def heads(book: Any) -> list[Any]:
    """The paragraphs with the agency's name at the head of the page, as elements of the package.

    Those of the style of the name; in a template that has none, whatever a header says.
    """
    style = next((each.style_id for each in book.styles if each.name == HEAD), None)
    known = [each for part in _margins(book, DocxTemplate.HEADER_URI) for each in part.element.iter(qn("w:p"))]
    of_style = [each for each in known if each.xpath("string(w:pPr/w:pStyle/@w:val)") == style]
    return of_style or [each for each in known if any(text.text for text in each.iter(qn("w:t")))]


def _margins(book: Any, *kinds: str) -> Iterator[Any]:
    """The headers and footers as the engine left them, which the document's own properties do not find."""
    for relation in book.part.rels.values():
        if relation.reltype in (kinds or (DocxTemplate.HEADER_URI, DocxTemplate.FOOTER_URI)):
            yield relation.target_part
