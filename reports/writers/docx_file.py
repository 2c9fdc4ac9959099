"""The report as a Word document in the form of official documents (:mod:`paper.word`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from paper.form import day, signature_indents
from paper.word import (
    BODY,
    TABLE,
    TEXT_WIDTH,
    TITLE,
    declare_fonts,
    number_pages,
    off,
    put,
    set_fonts,
    set_page,
    set_style,
    shed,
    stand_right,
)
from reports.document import Chart, Document, Section, compose
from reports.edition import Cell, Grid
from reports.figures import Figures
from reports.texts import Content, pieces
from reports.writers.whole_file import write_whole
from reports.writers.wording import DRAFT, printed

_CHART_NS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_STYLES = ("Normal", "Title", "Subtitle", "heading 1", "heading 2", "Table Grid", "header", "footer")
_LONG = 20  # rows beyond which a table has a page of its own


def write_docx(figures: Figures, path: Path, content: Content | None = None) -> None:
    """Write the document. OSError if the path cannot be written."""
    write_whole(path, docx_file(compose(figures, content)))


def docx_file(report: Document) -> bytes:
    """The document: title, opening, the six sections with their tables, the charts on pages of their own."""
    book = docx.Document()
    shed(book, _STYLES)
    _set_up(book, report)
    _title(book, report)
    if report.draft:
        _paragraphs(book, [DRAFT], "Subtitle")
    _paragraphs(book, [""])
    _paragraphs(book, report.opening)
    for section in report.sections:
        _section(book, section, report.figures)
    if report.issued is not None:
        _signed(book, report.agency, report.issued)
    if report.charts:
        _annex(book, report)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _title(book: Any, report: Document) -> None:
    """The title; one that needs two lines is parted after the agency's name."""
    paragraph = book.add_paragraph(style="Title")
    if report.agency and len(report.title) > TEXT_WIDTH // TITLE:
        paragraph.add_run(report.agency).add_break()
        paragraph.add_run(report.title.removeprefix(report.agency))
    else:
        paragraph.add_run(report.title)


def _set_up(book: Any, report: Document) -> None:
    properties = book.core_properties
    properties.title, properties.author, properties.language = report.title, report.agency, "zh-CN"
    properties.comments = ""
    declare_fonts(book)
    set_style(book, "Normal", "仿宋_GB2312", BODY, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
    set_style(book, "Title", "方正小标宋简体", TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, line=Pt(36))
    set_style(book, "Subtitle", "楷体_GB2312", BODY, align=WD_ALIGN_PARAGRAPH.CENTER)
    for level, font in ((1, "黑体"), (2, "楷体_GB2312")):
        set_style(book, f"Heading {level}", font, BODY, align=WD_ALIGN_PARAGRAPH.LEFT)
        book.styles[f"Heading {level}"].paragraph_format.keep_with_next = True
    # A line of the title is not a whole number of the grid's.
    put(book.styles["Title"].element, off("w:snapToGrid"))
    borders = book.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if borders is not None:
        borders.getparent().remove(borders)
    page = set_page(book)
    book.settings.odd_and_even_pages_header_footer = True
    number_pages(page.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    number_pages(page.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _paragraphs(book: Any, texts: Iterable[str], style: str = "Normal") -> None:
    for text in texts:
        paragraph = book.add_paragraph(style=style)
        if style in {"Normal", "Heading 1", "Heading 2"} and text:
            paragraph.paragraph_format.first_line_indent = BODY * 2
        for piece, is_open in pieces(text):
            run = paragraph.add_run(piece)
            if is_open:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _section(book: Any, section: Section, figures: Figures) -> None:
    _paragraphs(book, [section.heading], "Heading 1")
    for heading, body in section.parts if section.table is None else ():
        _paragraphs(book, [heading] if heading else [], "Heading 2")
        _paragraphs(book, body)
    if section.table is not None:
        if section.number == 3:
            # Thirty rows: on a page of its own, heading and all.
            book.paragraphs[-1].paragraph_format.page_break_before = True
        _grid(book, section.table, figures)
        for _, body in section.parts:
            _paragraphs(book, body)


def _grid(book: Any, grid: Grid, figures: Figures) -> None:
    """A table of the form as a real table: spans merged, column headings repeated on a further page."""
    total = sum(grid.widths)
    widths = [int(TEXT_WIDTH * width / total) for width in grid.widths]
    table = _table(book, grid.rows, widths)
    rows = [row.cells for row in table.rows]
    for cell in grid.cells:
        first = rows[cell.row][cell.column]
        last = rows[cell.row + cell.rowspan - 1][cell.column + cell.colspan - 1]
        place = first if first is last else first.merge(last)
        _fill(place, _content(cell, figures), cell.role)
        if cell.role == "head" and cell.colspan == 1 and len(cell.text) == 4 and widths[cell.column] < TABLE * 4:
            # Two characters over two, not three over one.
            shape = place.paragraphs[0].paragraph_format
            shape.left_indent = shape.right_indent = (widths[cell.column] - TABLE * 2) // 4
    for index, row in enumerate(table.rows):
        _row(row, heading=index < grid.head_rows, least=Mm(6.4) if grid.rows > _LONG else Mm(9))
    if grid.rows <= _LONG:
        _keep_together(table)
        _paragraphs(book, [""])


def _keep_together(table: Any) -> None:
    for row in table.rows[:-1]:
        for place in row.cells:
            place.paragraphs[0].paragraph_format.keep_with_next = True


def _table(book: Any, rows: int, widths: list[int]) -> Any:
    table = book.add_table(rows, len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    sides = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 30), ("left", 30), ("bottom", 30), ("right", 30))
    )
    margins = parse_xml(f"<w:tblCellMar {nsdecls('w')}>{sides}</w:tblCellMar>")
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")  # noqa: SLF001
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
    return table


def _row(row: Any, *, heading: bool, least: Any) -> None:
    row.height = least
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001
    properties.append(OxmlElement("w:cantSplit"))
    if heading:
        properties.append(OxmlElement("w:tblHeader"))


def _fill(cell: Any, text: str, role: str) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for paragraph in cell.paragraphs[1:]:
        paragraph._p.getparent().remove(paragraph._p)  # noqa: SLF001
    paragraph = cell.paragraphs[0]
    left = role == "label"
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if left else WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(11)
    put(paragraph._p, off("w:snapToGrid"))  # noqa: SLF001
    run = paragraph.add_run(text)
    run.font.size = TABLE
    set_fonts(run._r.get_or_add_rPr(), "黑体" if role in {"head", "title"} else "宋体")  # noqa: SLF001


def _content(cell: Cell, figures: Figures) -> str:
    return cell.text if cell.place is None else printed(figures.at(cell.place), cell.unit)


def _signed(book: Any, agency: str, issued: date) -> None:
    """成文日期 with four characters to its right, the agency centred over it."""
    _paragraphs(book, [""])
    for text, indent in zip((agency, day(issued)), signature_indents(agency, issued), strict=True):
        paragraph = book.add_paragraph(text)
        stand_right(paragraph, indent)
        paragraph.paragraph_format.keep_with_next = text == agency


def _annex(book: Any, report: Document) -> None:
    _paragraphs(book, [report.annex], "Heading 1")
    book.paragraphs[-1].paragraph_format.page_break_before = True
    for number, chart in enumerate(report.charts, 1):
        _paragraphs(book, [f"图{number}　{chart.title}"], "Heading 2")
        _chart(book, chart, number)
        _keep_together(_chart_table(book, chart))
        _paragraphs(book, [""])


def _chart_table(book: Any, chart: Chart) -> Any:
    """The chart's numbers: its labels across, a row for each series."""
    first = Mm(18)
    widths = [first, *(int((TEXT_WIDTH - first) / len(chart.labels)) for _ in chart.labels)]
    table = _table(book, 1 + len(chart.series), widths)
    lines = [(chart.heading, *chart.labels), *((name, *map(str, values)) for name, values in chart.series)]
    for index, (row, line) in enumerate(zip(table.rows, lines, strict=True)):
        for place, text in zip(row.cells, line, strict=True):
            _fill(place, text, "head" if index == 0 else "figure")
        _row(row, heading=index == 0, least=Mm(7))
    return table


def _chart(book: Any, chart: Chart, number: int) -> None:
    """A chart of the document's own, which Word and WPS draw and can be restyled there; no picture."""
    part = book.part
    content = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, _chart_xml(chart).encode(), part.package)
    key = part.relate_to(content, RELATIONSHIP_TYPE.CHART)
    paragraph = book.add_paragraph()
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    paragraph.paragraph_format.keep_with_next = True
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    width, height = int(TEXT_WIDTH), int(Mm(58))
    paragraph.add_run()._r.append(  # noqa: SLF001
        parse_xml(
            f'<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{width}" cy="{height}"/>'
            f'<wp:docPr id="{100 + number}" name="图{number}" descr="{escape(chart.title)}，数据见下表"/>'
            f'<a:graphic><a:graphicData uri="{_CHART_NS}">'
            f'<c:chart xmlns:c="{_CHART_NS}" r:id="{key}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
        )
    )


def _chart_xml(chart: Chart) -> str:
    from reports.writers.charts import COLOURS

    def strings(labels: Iterable[str]) -> str:
        points = [f'<c:pt idx="{i}"><c:v>{escape(label)}</c:v></c:pt>' for i, label in enumerate(labels)]
        return f'<c:strLit><c:ptCount val="{len(points)}"/>{"".join(points)}</c:strLit>'

    def numbers(values: Iterable[int]) -> str:
        points = [f'<c:pt idx="{i}"><c:v>{value}</c:v></c:pt>' for i, value in enumerate(values)]
        return f'<c:numLit><c:formatCode>0</c:formatCode><c:ptCount val="{len(points)}"/>{"".join(points)}</c:numLit>'

    series = "".join(
        f'<c:ser><c:idx val="{i}"/><c:order val="{i}"/><c:tx><c:v>{escape(name)}</c:v></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{COLOURS[i].removeprefix("#")}"/></a:solidFill></c:spPr>'
        '<c:invertIfNegative val="0"/><c:dLbls><c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat>{strings(chart.labels)}</c:cat><c:val>{numbers(values)}</c:val></c:ser>"
        for i, (name, values) in enumerate(chart.series)
    )
    most = max(value for _, values in chart.series for value in values)
    step = '<c:majorUnit val="1"/>' if most <= 10 else ""
    least = "" if most else '<c:max val="1"/>'
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(chart.series) > 1 else ""
    font = (
        '<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"><a:latin typeface="Times New Roman"/>'
        '<a:ea typeface="宋体"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )
    line = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="{}"/></a:solidFill></a:ln></c:spPr>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{_CHART_NS}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        '<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="60"/><c:axId val="111"/><c:axId val="112"/></c:barChart>'
        '<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="b"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{line.format("808080")}<c:crossAx val="112"/></c:catAx>'
        f'<c:valAx><c:axId val="112"/><c:scaling><c:orientation val="minMax"/>{least}<c:min val="0"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="l"/><c:majorGridlines>{line.format("D9D9D9")}</c:majorGridlines>'
        '<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/>{line.format("808080")}<c:crossAx val="111"/>{step}</c:valAx></c:plotArea>'
        f'{legend}<c:plotVisOnly val="1"/></c:chart>{font}</c:chartSpace>'
    )
