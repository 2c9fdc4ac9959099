"""A letter as a file: Word document, page, PDF. The page says what the document says, read back from it.

So an office's own template holds for all three. How it looks: letter form (信函格式) of GB/T 9704-2012, 10.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import docx as package
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table
from docx.text.paragraph import Paragraph
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from letters import templates
from letters.catalogue import LetterKind
from letters.context import Letter
from letters.templates import ADDRESSEE, DAY, ENCLOSURES, NOTE, NUMBER, SIGNER
from paper.form import signature_indents
from paper.pdf import pdf_file
from paper.word import CHARACTER, TEXT_WIDTH, stand_right

_LARGEST_HEAD = 36
_CLASSES = {
    "Title": "title",
    NUMBER: "number",
    ADDRESSEE: "addressee",
    ENCLOSURES: "enclosures",
    SIGNER: "signer",
    DAY: "day",
    NOTE: "note",
}
"""The styles of the document and the classes of the page; any other paragraph is body text."""
_ALIGNED = {WD_ALIGN_PARAGRAPH.CENTER: "centre", WD_ALIGN_PARAGRAPH.RIGHT: "right"}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a letter as the page shows it (``kind`` is its class), or a table: each row's height and cells.

    A height is in points, 0 where the text gives it; ``right`` is what stands free beside the text, in characters.
    """

    kind: str
    text: str = ""
    right: float = 0
    rows: tuple[tuple[float, tuple[str, ...]], ...] = ()


def docx(letter: Letter, template: bytes | None = None) -> bytes:
    """The letter as a Word document, by the office's own template or the built-in one.

    Raises InputFault for a template that does not work (:func:`letters.templates.check` says so before).
    """
    content = BytesIO()
    _document(letter, template).save(content)
    return content.getvalue()


def html(letter: Letter, template: bytes | None = None) -> str:
    """The letter as one page, ready to be printed; no script, nothing fetched from anywhere."""
    return _page(letter.title, _document(letter, template))


def pdf(letter: Letter, template: bytes | None = None) -> bytes:
    """The letter as tagged PDF. InputFault where this machine cannot make PDF, naming what to install."""
    return pdf_file(html(letter, template), f"《{letter.title}》")


def page_of(kind: LetterKind, content: bytes) -> str:
    """The page of a letter that was signed, as its document says, whatever the case would say by now."""
    return _page(kind.title, package.Document(BytesIO(content)))


def pdf_of(kind: LetterKind, content: bytes) -> bytes:
    """The PDF of a letter that was signed. InputFault as :func:`pdf`."""
    return pdf_file(page_of(kind, content), f"《{kind.title}》")


def _document(letter: Letter, template: bytes | None) -> Any:
    texts = dict(letter.fields) | {"附件": _numbered(letter.enclosures)}
    book = templates.render(template or templates.default(letter.kind), texts)
    book.core_properties.title, book.core_properties.author = letter.title, letter.fields["机关名称"]
    _fit_head(book)
    if not letter.kind.is_form:
        _place_signature(book, letter)
    return book


def _numbered(enclosures: tuple[str, ...]) -> str:
    """The enclosures under one another, numbered where there are several (GB/T 9704 7.3.4)."""
    if len(enclosures) < 2:
        return "".join(enclosures)
    return "\n".join(f"{number}. {name}" for number, name in enumerate(enclosures, 1))


def _fit_head(book: Any) -> None:
    """A long name of an agency is set smaller, so that it stays on one line."""
    for paragraph in templates.heads(book):
        size = _head_size(_text(paragraph))
        for run in paragraph.iter(qn("w:r")):
            run.get_or_add_rPr().sz_val = Pt(size)


def _text(paragraph: Any) -> str:
    return "".join(each.text or "" for each in paragraph.iter(qn("w:t")))


def _head_size(name: str) -> int:
    """The size of the agency's name, in points."""
    return min(_LARGEST_HEAD, int(TEXT_WIDTH.pt / max(len(name), 1)))


def _place_signature(book: Any, letter: Letter) -> None:
    """成文日期 with four characters free to its right, the agency's name centred over it (GB/T 9704 7.3.5).

    No page has the signature alone (the standard knows no “此页无正文”): the end of the body goes with it.
    """
    name, under = signature_indents(letter.fields["机关名称"], letter.on)
    before = None
    for paragraph in book.paragraphs:
        style = paragraph.style.name
        if style in {SIGNER, DAY}:
            stand_right(paragraph, name if style == SIGNER else under)
        if style == ENCLOSURES and before is not None and before.style.name == ENCLOSURES:
            # The second enclosure stands under the first, after its 附件：.
            paragraph.paragraph_format.first_line_indent = paragraph.paragraph_format.space_before = Pt(0)
        if style in {ENCLOSURES, SIGNER} and before is not None:
            before.paragraph_format.keep_with_next = True
        before = paragraph


def _page(title: str, book: Any) -> str:
    head = "".join(_text(each) for each in templates.heads(book))
    blocks = list(_blocks(book))
    return _template().render(
        title=title,
        head=head,
        head_size=_head_size(head),
        blocks=blocks,
        ends=_end(blocks),
    )


def _end(blocks: list[Block]) -> int:
    """The place of the last paragraph before the enclosures and the signature, which goes with them; -1 for none."""
    return next((place for place, each in enumerate(blocks) if each.kind in {"enclosures", "signer"}), 0) - 1


def _blocks(book: Any) -> Iterator[Block]:
    for each in book.iter_inner_content():
        if isinstance(each, Table):
            yield Block("table", rows=tuple(_rows(each)))
        elif isinstance(each, Paragraph):
            style = "" if each.style is None else each.style.name or ""
            aligned = "body" if each.alignment is None else _ALIGNED.get(each.alignment, "body")
            yield Block(_CLASSES.get(style, aligned), each.text, _free_beside(each) if style in {SIGNER, DAY} else 0)


def _free_beside(paragraph: Paragraph) -> float:
    indent = paragraph.paragraph_format.right_indent
    return 0 if indent is None else round(indent.pt / CHARACTER, 2)


def _rows(table: Table) -> Iterator[tuple[float, tuple[str, ...]]]:
    for row in table.rows:
        yield 0 if row.height is None else row.height.pt, tuple(cell.text for cell in row.cells)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent / "pages")
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template("letter.html")
