"""Word documents in the form of official documents (GB/T 9704-2012 党政机关公文格式).

A4 with the standard's margins, 22 lines of 28 characters, 小标宋, 黑体, 楷体 and 仿宋 by their official names. These
fonts are not ours to give: a document names for each one what may stand in for it (``w:altName``).
"""

from __future__ import annotations

from collections.abc import Collection
from math import floor
from typing import Any

from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

PAGE = (Mm(210), Mm(297))
TOP, LEFT, TEXT_WIDTH, TEXT_HEIGHT = Mm(37), Mm(28), Mm(156), Mm(225)
LINES, CHARACTERS = 22, 28
BODY, TITLE, PAGE_NUMBER, TABLE = Pt(16), Pt(22), Pt(14), Pt(9)
LINE = Pt(28.95)
CHARACTER = TEXT_WIDTH.pt / CHARACTERS
_FOOTER_FROM_EDGE = Mm(23)  # puts the number 7 mm under the text

FONTS = {
    "方正小标宋简体": "STZhongsong",
    "仿宋_GB2312": "FangSong",
    "楷体_GB2312": "KaiTi",
    "黑体": "SimHei",
    "宋体": "SimSun",
}
"""The fonts by their official names, each with what may stand in for it."""
LATIN = "Times New Roman"
_TWIPS = 635


def set_page(book: Any) -> Any:
    """A4 with the standard's margins and 22 lines of 28 characters; gives the first section."""
    page = book.sections[0]
    page.page_width, page.page_height = PAGE
    page.orientation = WD_ORIENT.PORTRAIT
    page.top_margin, page.left_margin = TOP, LEFT
    page.right_margin = PAGE[0] - LEFT - TEXT_WIDTH
    page.bottom_margin = PAGE[1] - TOP - TEXT_HEIGHT
    page.header_distance, page.footer_distance = Mm(15), _FOOTER_FROM_EDGE
    grid = page._sectPr.find(qn("w:docGrid"))  # noqa: SLF001 - python-docx has no words for the grid
    if grid is None:
        grid = OxmlElement("w:docGrid")
        page._sectPr.append(grid)  # noqa: SLF001
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(int(TEXT_HEIGHT / LINES / _TWIPS)))
    # 28 characters to the line by their spacing: programs differ in how they take a grid of characters.
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(floor((CHARACTER - BODY.pt) * 20)))
    book.styles["Normal"].element.get_or_add_rPr().append(spacing)
    return page


def set_style(book: Any, name: str, font: str, size: Any, *, align: Any, line: Any = LINE) -> None:
    """Give a style its face and size, black, neither bold nor italic, on lines of an exact height."""
    style = book.styles[name]
    style.font.size, style.font.bold, style.font.italic = size, False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    set_fonts(style.element.get_or_add_rPr(), font)
    shape = style.paragraph_format
    shape.alignment, shape.line_spacing_rule, shape.line_spacing = align, WD_LINE_SPACING.EXACTLY, line
    shape.space_before = shape.space_after = Pt(0)


def set_fonts(properties: Any, font: str) -> None:
    """One font for Chinese and one for Latin letters and digits; what a theme would put there is taken out."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for kind, name in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", font), ("cs", LATIN)):
        fonts.set(qn(f"w:{kind}"), name)
    fonts.set(qn("w:hint"), "eastAsia")
    properties.insert(0, fonts)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN"/>'))


def declare_fonts(book: Any) -> None:
    """The font table, with a stand-in for each font that many machines do not have."""
    part = book.part
    for key, relation in list(part.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            part.drop_rel(key)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FONTS.items()
    )
    content = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
    table = Part(PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, content.encode(), part.package)
    part.relate_to(table, RELATIONSHIP_TYPE.FONT_TABLE)


def shed(book: Any, kept: Collection[str]) -> None:
    """Take out what the empty document at hand brings and nobody asked for: styles but ``kept``, and unused parts.

    Its hundreds of styles are parsed, written and packed again with every document: nine tenths of its size.
    """
    styles = book.styles.element
    names = {each: each.name_val for each in styles.style_lst}
    gone = {each for each, name in names.items() if name not in kept and each.get(qn("w:default")) != "1"}
    left = {each.styleId for each in names if each not in gone}
    for style in gone:
        styles.remove(style)
    for to in styles.xpath("w:style/w:link | w:style/w:next | w:style/w:basedOn"):
        if to.get(qn("w:val")) not in left:
            to.getparent().remove(to)
    for owner in (book.part.package, book.part):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.rpartition("/")[2] in _UNUSED:
                del owner.rels[key]


_UNUSED = frozenset({"stylesWithEffects", "numbering", "webSettings", "customXml", "thumbnail"})
"""Parts of the empty document, by the last word of the relation's type, that no document of ours has a use for."""


def number_pages(paragraph: Any, align: Any) -> None:
    """``— 1 —`` in 4号 宋体: on odd pages right, on even ones left, a character from the edge of the text."""
    paragraph.style = "Normal"
    paragraph.alignment = align
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = PAGE_NUMBER
    for kind, text in (
        ("text", "— "), ("mark", "begin"), ("code", "PAGE"), ("mark", "separate"), ("text", "1"), ("mark", "end"),
        ("text", " —"),
    ):  # fmt: skip
        run = paragraph.add_run(text if kind == "text" else "")
        run.font.size = PAGE_NUMBER
        set_fonts(run._r.get_or_add_rPr(), "宋体")  # noqa: SLF001
        if kind == "mark":
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), text)
            run._r.append(element)  # noqa: SLF001
        elif kind == "code":
            element = OxmlElement("w:instrText")
            element.text = text
            run._r.append(element)  # noqa: SLF001


def stand_right(paragraph: Any, characters: float) -> None:
    """Set a line of the signature to the right, with so many characters free beside it."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.right_indent = Pt(round(CHARACTER * characters))
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        # No room beside digits, which would move the day from under the name.
        put(paragraph._p, off(name))  # noqa: SLF001 - the element itself


IN_ORDER = (
    *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers"),
    *("pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct"),
    *("autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing"),
    *("mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl"),
    *("divId", "cnfStyle", "rPr", "sectPr", "pPrChange"),
)
"""The properties of a paragraph in the order that the format asks for (ECMA-376, CT_PPr); Word may refuse another."""


def put(paragraph: Any, element: Any) -> None:
    """Add a property that python-docx has no words for to a paragraph or a style, at its place among the others."""
    name = element.tag.rpartition("}")[2]
    later = (f"w:{each}" for each in IN_ORDER[IN_ORDER.index(name) + 1 :])
    paragraph.get_or_add_pPr().insert_element_before(element, *later)


def off(name: str) -> Any:
    """An element that switches something off."""
    element = OxmlElement(name)
    element.set(qn("w:val"), "0")
    return element
