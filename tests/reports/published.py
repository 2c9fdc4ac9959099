"""Reports in the layouts in which agencies publish them, made from figures: what the reader's tests read back."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from unicodedata import east_asian_width

from reports.edition import Cell, Grid, load_edition, tables
from reports.figures import Figure, Figures, figure_json

FULL_WIDTH = str.maketrans("0123456789.-,", "０１２３４５６７８９．－，")
OPENING = "本报告依据《中华人民共和国政府信息公开条例》第五十条编制，统计期限为全年。"
PROSE = "全年加强学习，公开工作有序推进；第三方检测平台运行平稳，20个工作日内答复的要求得到落实。"
FEES = "本年度发出收费通知3件，总金额1,250.50元，实际收取800元。"


@dataclass(frozen=True)
class Published:
    """A file's name and content."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Style:
    """How figures are printed and what stands in a blank cell."""

    blank: str = ""
    thousands: bool = False
    full_width: bool = False
    unit: str = ""

    def shown(self, figure: Figure) -> str:
        if figure is None:
            return self.blank
        text = str(figure_json(figure))
        if self.thousands:
            whole, _, rest = text.partition(".")
            text = f"{int(whole):,}" + (f".{rest}" if rest else "")
        text += self.unit
        return text.translate(FULL_WIDTH) if self.full_width else text


def grids(figures: Figures) -> tuple[Grid, Grid, Grid]:
    return tables(load_edition(figures.edition), figures.section_two)


def blank_rows(figures: Figures) -> int:
    """How many rows of all tables hold no figure: what has only its label may be told as not found."""
    tables = figures.applications, figures.reviews, figures.proactive
    return sum(all(figure is None for figure in row) for table in tables for row in table.values())


def headings(figures: Figures) -> list[str]:
    return list(load_edition(figures.edition).sections)


def text_of(cell: Cell, figures: Figures, style: Style) -> str:
    return cell.text if cell.place is None else style.shown(figures.at(cell.place))


def rows_of(grid: Grid) -> list[list[Cell]]:
    return [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]


def texts_of(grid: Grid, figures: Figures, style: Style, *, spread: bool = False) -> list[list[str]]:
    """The rows' texts; with ``spread`` every physical cell, what a span covers being empty."""
    found = []
    for row in rows_of(grid):
        if not spread:
            found.append([text_of(cell, figures, style) for cell in row])
            continue
        line = [""] * len(grid.widths)
        for cell in row:
            line[cell.column] = text_of(cell, figures, style)
        found.append(line)
    return found


def width_of(text: str) -> int:
    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)


def title(figures: Figures) -> str:
    return f"{figures.agency}{figures.year}年政府信息公开工作年度报告"


def document(figures: Figures, table: Callable[[Grid], Sequence[str]], *, numbers: str = "一二三四五六") -> list[str]:
    """The lines of a whole report with its tables set in."""
    heads = [f"{number}{head[1:]}" for number, head in zip(numbers, headings(figures), strict=True)]
    two, three, four = grids(figures)
    return [
        *(title(figures), "", OPENING, heads[0], PROSE, heads[1], *table(two), heads[2], *table(three)),
        *(heads[3], *table(four), heads[4], PROSE, heads[5], FEES),
    ]


def as_text(name: str, lines: Sequence[str], encoding: str = "utf-8") -> Published:
    return Published(name, "\n".join(lines).encode(encoding))


# Texts


def cells_behind_tabs(figures: Figures, rng: Random) -> Published:
    """A word processor's text: a cell to the line behind a tab, rows parted by an empty line, covered cells empty."""

    def table(grid: Grid) -> list[str]:
        lines = [""]
        for row in texts_of(grid, figures, Style(), spread=grid.sheet != grids(figures)[0].sheet):
            pads = [rng.choice(["", " "]) for _ in row]
            lines += [f"\t{pad}{text}{pad}" for pad, text in zip(pads, row, strict=True)] + [""]
        return lines

    return as_text("cells.txt", document(figures, table, numbers="123456"))


def tabbed_rows(figures: Figures, rng: Random) -> Published:
    """Copied out of a spreadsheet: a row to the line, cells parted by tabs; with a byte order mark."""

    def table(grid: Grid) -> list[str]:
        return ["\t".join(row) for row in texts_of(grid, figures, Style(blank=""), spread=True)]

    return as_text("tabs.txt", document(figures, table), "utf-8-sig")


def barred_rows(figures: Figures, rng: Random) -> Published:
    """Drawn with bars, full-width digits, in GB18030."""

    def table(grid: Grid) -> list[str]:
        style = Style(blank=" ", full_width=True)
        rows = ["| " + " | ".join(row) + " |" for row in texts_of(grid, figures, style, spread=True)]
        return [rows[0], "|" + "---|" * len(grid.widths), *rows[1:]]

    return as_text("bars.txt", document(figures, table), "gb18030")


def spaced_rows(figures: Figures, rng: Random) -> Published:
    """A row to the line, one space between cells; what is blank has a mark."""

    def table(grid: Grid) -> list[str]:
        style = Style(blank=rng.choice(["-", "/", "—", "－"]))
        return [" ".join(row) for row in texts_of(grid, figures, style)]

    return as_text("spaces.txt", document(figures, table))


def one_cell_a_line(figures: Figures, rng: Random) -> Published:
    """A page's text: a cell to the line, a blank cell an empty line."""

    def table(grid: Grid) -> list[str]:
        return [text for row in texts_of(grid, figures, Style()) for text in row]

    return as_text("lines.txt", document(figures, table))


def one_cell_every_second_line(figures: Figures, rng: Random) -> Published:
    """A cell to the line and an empty line after each; what is blank has a mark."""

    def table(grid: Grid) -> list[str]:
        style = Style(blank=rng.choice(["/", "—", "-"]))
        return [line for row in texts_of(grid, figures, style) for text in row for line in (text, "")]

    return as_text("double.txt", document(figures, table))


def kept_columns(figures: Figures, rng: Random) -> Published:
    """A text that keeps the page's layout: blank cells are told by where the others stand."""

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            label = "".join(cell.text for cell in row if cell.place is None)
            figured = [cell for cell in row if cell.place is not None]
            blank = "-" if grid.sheet != grids(figures)[1].sheet else ""
            numbers = "".join(f"{text_of(cell, figures, Style(blank=blank)):>12}" for cell in figured)
            lines.append(label + " " * max(150 - width_of(label), 1) + numbers if figured else label)
        return lines

    return as_text("layout.txt", document(figures, table))


def torn_rows(figures: Figures, rng: Random) -> Published:
    """The text layer of a PDF: figures above, below or inside their label, page numbers, headings again."""
    page = iter(range(1, 100))

    def table(grid: Grid) -> list[str]:
        three = grids(figures)[1]
        style = Style(blank="/")
        lines: list[str] = []
        for row, texts in zip(rows_of(grid), texts_of(grid, figures, style), strict=True):
            numbers = " ".join(text for cell, text in zip(row, texts, strict=True) if cell.place)
            labels = [cell.text for cell in row if cell.place is None]
            if not numbers or grid.sheet != three.sheet:
                lines.append(" ".join([*labels, numbers]))
                continue
            if rng.random() < 0.15:
                lines += [f"- {next(page)} -", "自然人 商业 科研 社会公益 法律服务 其他 总计"]
            label = labels[-1]
            half = rng.randrange(2, max(len(label) - 2, 3))
            lines += labels[:-1]
            lines += rng.choice(
                [
                    [f"{label} {numbers}"],
                    [numbers, label],
                    [label, numbers],
                    [label[:half], numbers, label[half:]],
                    [f"{label[:half]} {label[half:]} {numbers}"],
                ]
            )
        return lines

    return as_text("torn.txt", document(figures, table))


# Pages


def html_table(grid: Grid, figures: Figures, style: Style, rows: slice = slice(None), *, spans: bool = True) -> str:
    lines = []
    if not spans:
        for row in texts_of(grid, figures, style, spread=True)[rows]:
            lines.append("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>")
        return f"<table>{''.join(lines)}</table>"
    for row in rows_of(grid)[rows]:
        cells = "".join(
            f'<td rowspan="{cell.rowspan}" colspan="{cell.colspan}"><p><span>{text_of(cell, figures, style)}</span></p></td>'
            for cell in row
        )
        lines.append(f"<tr>{cells}</tr>")
    return f'<table border="1" style="border-collapse:collapse"><tbody>{"".join(lines)}</tbody></table>'


def page(lines: Sequence[str], name: str, css: str = "") -> Published:
    body = "".join(line if line.startswith("<") else f"<p>{line}</p>" for line in lines)
    return Published(
        name,
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{css}</style></head><body>{body}</body></html>'.encode(),
    )


def clean_page(figures: Figures, rng: Random) -> Published:
    """Tables with their spans, ``&nbsp;`` for a blank."""
    return page(document(figures, lambda grid: [html_table(grid, figures, Style(blank="&nbsp;"))]), "clean.html")


def cms_page(figures: Figures, rng: Random) -> Published:
    """Inside layout tables with navigation around; digits cut by markup, thousands separators, units, remarks."""

    def table(grid: Grid) -> list[str]:
        def shown(figure: Figure) -> str:
            plain = Style(blank="&nbsp;<br>", thousands=rng.random() < 0.5).shown(figure)
            if figure is None:
                return plain
            cut = rng.randrange(len(plain))
            return rng.choice(
                [
                    plain,
                    f"{plain[:cut]}<span lang='EN-US'>{plain[cut:]}</span>",
                    f"<o:p>&nbsp;</o:p>{plain}<br/>",
                    f"{plain}（含补正）",
                    f"{plain}<sup>①</sup>",
                ]
            )

        class Shown(Style):
            def shown(self, figure: Figure) -> str:
                return shown(figure)

        return [html_table(grid, figures, Shown())]

    inner = "".join(line if line.startswith("<") else f"<p>　　{line}</p>" for line in document(figures, table))
    html = (
        "<html><head><title>政府信息公开年报-某门户网站</title><script>var a='<table><tr><td>1</td></tr></table>'</script></head>"
        "<body><table width=100%><tr><td><ul><li>首页<li>政府信息公开年报<li>2018年<li>2017年</ul></td><td>"
        f"<table><tr><td colspan=2>索引号：000123/2020-00001</td></tr><tr><td>发布日期</td><td>2020-01-31</td></tr></table>"
        f"<div class=TRS_Editor>{inner}</div><div style='display:none'>1 2 3 4 5 6 7</div></td></tr></table>"
        "<p>版权所有 备案号 12345678号 浏览次数：99</p></body></html>"
    )
    return Published("cms.htm", html.encode("gb18030"))


def page_without_spans(figures: Figures, rng: Random) -> Published:
    """What a span should cover is empty cells."""
    style = Style(blank=rng.choice(["", "/", "--"]))
    return page(document(figures, lambda grid: [html_table(grid, figures, style, spans=False)]), "flat.html")


def page_in_parts(figures: Figures, rng: Random) -> Published:
    """Table three over several tables, its headings repeated in each."""

    def table(grid: Grid) -> list[str]:
        style = Style(blank=" ")
        if grid.sheet != grids(figures)[1].sheet:
            return [html_table(grid, figures, style)]
        cuts = sorted(rng.sample(range(grid.head_rows + 2, grid.rows - 1), 2))
        head = html_table(grid, figures, style, slice(0, grid.head_rows))
        bounds = [grid.head_rows, *cuts, grid.rows]
        return [
            part
            for start, end in pairwise(bounds)
            for part in (head, html_table(grid, figures, style, slice(start, end)), "<p>- 3 -</p>")
        ]

    return page(document(figures, table), "parts.html")


def page_of_one_table(figures: Figures, rng: Random) -> Published:
    """All three in one table, without headings between them."""
    two, three, four = grids(figures)
    whole = "".join(html_table(grid, figures, Style(blank="-")) for grid in (two, three, four))
    whole = whole.replace("</tbody></table>", "").replace(
        '<table border="1" style="border-collapse:collapse"><tbody>', ""
    )
    return page(
        ["", title(figures), PROSE, f"<table>{whole}</table>", PROSE, "六、其他需要报告的事项", FEES], "one.html"
    )


def page_of_lines(figures: Figures, rng: Random) -> Published:
    """No table at all: rows as lines with breaks between."""

    def table(grid: Grid) -> list[str]:
        rows = texts_of(grid, figures, Style(blank="/"))
        return ["<p>" + "<br>".join("&nbsp; ".join(row) for row in rows) + "</p>"]

    published = page(document(figures, table), "br.html")
    return replace(published, content=published.content.replace(b"<br>", b"</p><p>"))


# Documents, workbooks


def docx_table(document_: object, grid: Grid, figures: Figures, style: Style, rows: range) -> None:
    table = document_.add_table(rows=len(rows), cols=len(grid.widths))  # type: ignore[attr-defined]
    at = {row: index for index, row in enumerate(rows)}
    lines = [list(row.cells) for row in table.rows]
    for cell in grid.cells:
        covered = [at[row] for row in range(cell.row, cell.row + cell.rowspan) if row in at]
        if not covered:
            continue
        first = lines[covered[0]][cell.column]
        last = lines[covered[-1]][cell.column + cell.colspan - 1]
        merged = first.merge(last) if first is not last else first
        if cell.row in at or cell.place is None:
            merged.text = text_of(cell, figures, style)


def word_document(figures: Figures, rng: Random, *, parts: bool = False) -> Published:
    """Merged cells as Word writes them."""
    import docx

    made = docx.Document()
    style = Style(blank=rng.choice(["", "—"]), full_width=rng.random() < 0.3)
    heads = headings(figures)
    made.add_heading(title(figures), 0)
    for number, head in enumerate(heads):
        made.add_paragraph(head)
        if not 1 <= number <= 3:
            made.add_paragraph(FEES if number == 5 else PROSE)
            continue
        grid = grids(figures)[number - 1]
        if parts and number == 2:
            cut = rng.randrange(grid.head_rows + 3, grid.rows - 1)
            docx_table(made, grid, figures, style, range(cut))
            made.add_paragraph("")
            docx_table(made, grid, figures, style, range(cut, grid.rows))
        else:
            docx_table(made, grid, figures, style, range(grid.rows))
    buffer = io.BytesIO()
    made.save(buffer)
    return Published("report.docx", buffer.getvalue())


def word_document_in_parts(figures: Figures, rng: Random) -> Published:
    """Table three cut in two by a paragraph, what spans the cut said again."""
    return word_document(figures, rng, parts=True)


def workbook(figures: Figures, rng: Random, *, merged: bool = True) -> Published:
    """All on one sheet with the sentences between; numbers as numbers."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    row = 1
    shift = rng.randrange(3)

    def say(text: str) -> None:
        nonlocal row
        sheet.cell(row, 1 + shift, text)
        row += 1

    say(title(figures))
    for number, head in enumerate(headings(figures)):
        say(head)
        if not 1 <= number <= 3:
            say(FEES if number == 5 else PROSE)
            continue
        grid = grids(figures)[number - 1]
        for cell in grid.cells:
            figure = None if cell.place is None else figures.at(cell.place)
            value = cell.text if cell.place is None else (float(figure) if cell.unit and figure is not None else figure)
            sheet.cell(row + cell.row, 1 + shift + cell.column, value)
            if merged and cell.rowspan * cell.colspan > 1:
                sheet.merge_cells(
                    start_row=row + cell.row,
                    start_column=1 + shift + cell.column,
                    end_row=row + cell.row + cell.rowspan - 1,
                    end_column=shift + cell.column + cell.colspan,
                )
        row += grid.rows + 1
    buffer = io.BytesIO()
    book.save(buffer)
    return Published("report.xlsx", buffer.getvalue())


def workbook_without_merges(figures: Figures, rng: Random) -> Published:
    """The same with no cell merged."""
    return workbook(figures, rng, merged=False)


# PDF

_A4 = "@page{size:A4;margin:15mm} body{font-family:'Noto Sans CJK SC';font-size:8pt} td{padding:2pt}"


def _pdf(published: Published, name: str) -> Published:
    import weasyprint

    return Published(name, weasyprint.HTML(string=published.content.decode()).write_pdf())


def ruled_pdf(figures: Figures, rng: Random) -> Published:
    """Ruled tables over several pages, page numbers at the foot."""
    css = _A4 + "td{border:0.5pt solid} @page{@bottom-center{content:'- ' counter(page) ' -'}}"
    lines = document(figures, lambda grid: [html_table(grid, figures, Style())])
    return _pdf(page(lines, "", css), "ruled.pdf")


def bare_pdf(figures: Figures, rng: Random) -> Published:
    """Tables without rules; what is blank has a mark."""
    lines = document(figures, lambda grid: [html_table(grid, figures, Style(blank="/")).replace(' border="1"', "")])
    return _pdf(page(lines, "", _A4), "bare.pdf")


Layout = Callable[[Figures, Random], Published]

LAYOUTS: tuple[Layout, ...] = (
    cells_behind_tabs,
    tabbed_rows,
    barred_rows,
    spaced_rows,
    one_cell_a_line,
    one_cell_every_second_line,
    kept_columns,
    torn_rows,
    clean_page,
    cms_page,
    page_without_spans,
    page_in_parts,
    page_of_one_table,
    page_of_lines,
    word_document,
    word_document_in_parts,
    workbook,
    workbook_without_merges,
)
PDFS: tuple[Layout, ...] = (ruled_pdf, bare_pdf)
