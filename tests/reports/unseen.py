"""More layouts of published reports, each the work of another content system, word processor or extractor.

What is ``EXACT`` shows every figure and every blank, so all of it must be read. What is ``CAREFUL`` has lost
something on the way: there no figure may be wrong, and what cannot be told is left out.
"""

from __future__ import annotations

import io
import itertools
import quopri
import re
import textwrap
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from reports.edition import Grid
from reports.figures import Figure, Figures
from tests.reports.published import (
    FEES,
    FULL_WIDTH,
    OPENING,
    PROSE,
    Layout,
    Published,
    Style,
    as_text,
    document,
    docx_table,
    grids,
    headings,
    html_table,
    page,
    rows_of,
    text_of,
    texts_of,
    title,
    width_of,
)

ZERO_WIDTH = "\u200b"
BLANK_MARKS = ("/", "—", "－", "--", "–", "无")


def is_three(grid: Grid, figures: Figures) -> bool:
    return grid.sheet == grids(figures)[1].sheet


def is_four(grid: Grid, figures: Figures) -> bool:
    return grid.sheet == grids(figures)[2].sheet


class By(Style):
    """Figures as a function shows them."""

    def __init__(self, shown: Callable[[Figure, str], str], blank: str = "") -> None:
        object.__setattr__(self, "blank", blank)
        object.__setattr__(self, "by", shown)
        for name, value in (("thousands", False), ("full_width", False), ("unit", "")):
            object.__setattr__(self, name, value)

    def shown(self, figure: Figure) -> str:
        return self.by(figure, Style(blank=self.blank).shown(figure))  # type: ignore[attr-defined]


def cell_lines(grid: Grid, figures: Figures, style: Style, rows: slice = slice(None)) -> list[str]:
    return [text for row in texts_of(grid, figures, style)[rows] for text in row]


# Texts


def extracted_bars(figures: Figures, rng: Random) -> Published:
    """An extractor's table: a bar after each cell, one more for each column that a cell spans, none for rows."""

    def table(grid: Grid) -> list[str]:
        return [
            "".join(f"{text_of(cell, figures, Style())} |{'|' * (cell.colspan - 1)} " for cell in row).rstrip()
            for row in rows_of(grid)
        ]

    return as_text("extracted.txt", document(figures, table))


def bars_before_lines(figures: Figures, rng: Random) -> Published:
    """A cell to the line behind a bar, a last bar at each row's end."""

    def table(grid: Grid) -> list[str]:
        return [
            line for row in texts_of(grid, figures, Style()) for line in (row[0], *(f"| {t}" for t in row[1:]), "|")
        ]

    return as_text("barlines.txt", document(figures, table))


def markdown(figures: Figures, rng: Random) -> Published:
    """Markdown: bold figures, escaped points, headings with hashes."""

    def table(grid: Grid) -> list[str]:
        style = By(lambda figure, text: f"**{text}**" if figure and rng.random() < 0.5 else text)
        rows = [
            "| " + " | ".join(re.sub(r"^(\d)\.", r"\1\\.", text) for text in row) + " |"
            for row in texts_of(grid, figures, style, spread=True)
        ]
        return ["", rows[0], "|" + " --- |" * len(grid.widths), *rows[1:], ""]

    lines = [
        f"## {line}" if re.match("[一二三四五六]、", line) and len(line) < 30 else line
        for line in document(figures, table)
    ]
    return as_text("report.md", lines)


def padded_bars(figures: Figures, rng: Random) -> Published:
    """An older extractor's table: a bar after each cell, rows filled with bars to the widest one's cells.

    What a span covers in a row below is a blank cell, or is left out.
    """
    covered = rng.random() < 0.5

    def table(grid: Grid) -> list[str]:
        rows = [
            [""] * (covered and row[0].place is None and row[0].row >= grid.head_rows and row[0].column)
            + [text_of(cell, figures, Style()) for cell in row]
            for row in rows_of(grid)
        ]
        return [
            "".join(f"{text} | " if text else "| " for text in row) + "|" * (len(grid.widths) - len(row))
            for row in rows
        ]

    return as_text("padded.txt", document(figures, table))


def lines_before_bars(figures: Figures, rng: Random) -> Published:
    """The same of cells that hold paragraphs: a line to the cell, its bar behind it, labels now and then broken."""

    def shown(text: str) -> str:
        if len(text) == 4 and not text.isdigit() and rng.random() < 0.5:
            text = f"{text[:2]}\n{text[2:]}"
        return (
            f"{text}{rng.choice([' ', chr(10)])}|" if len(text) > 1 and not text[0].isdigit() else f"{text} |".strip()
        )

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            pads = len(grid.widths) - len(row)
            lines += [shown(text_of(cell, figures, Style())) for cell in row] + ["|" * pads] * bool(pads)
        return lines

    return as_text("stream.txt", document(figures, table))


def blanks_left_out(figures: Figures, rng: Random) -> Published:
    """The same extractor where a blank cell is an empty element: it is left out, and the row filled up at its end."""
    stream = rng.random() < 0.5

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            texts = [text for cell in row if (text := text_of(cell, figures, Style()))]
            pads = "|" * (len(grid.widths) - len(texts))
            lines += [*(f"{text} |" for text in texts), pads] if stream else [" | ".join(texts) + f" | {pads}"]
        return [line for line in lines if line]

    return as_text("leftout.txt", document(figures, table))


def bars_by_themselves(figures: Figures, rng: Random) -> Published:
    """A line to the cell, and a bar on a line of its own after each; a sentence goes before each table."""

    def table(grid: Grid) -> list[str]:
        texts = [text for row in texts_of(grid, figures, Style()) for text in row]
        return ["该部分以表格形式报告。表格如下：", *(line for text in texts for line in (*([text] * bool(text)), "|"))]

    return as_text("alone.txt", document(figures, table))


def bars_between(figures: Figures, rng: Random) -> Published:
    """Markdown of bars between cells only, a rule below the head, rows as short as their cells are few."""
    spread = rng.random() < 0.5

    def table(grid: Grid) -> list[str]:
        rows = texts_of(grid, figures, Style(), spread=spread)
        return ["| ".join(rows[0]) + "  ", "|".join(["---"] * len(rows[0])) + "  "] + [
            "| ".join(row) + "  " for row in rows[1:]
        ]

    return as_text("between.md", document(figures, table))


def comma_rows(figures: Figures, rng: Random) -> Published:
    """A workbook saved as comma-separated text in the system's encoding."""

    def table(grid: Grid) -> list[str]:
        def quoted(text: str) -> str:
            return f'"{text}"' if "," in text or "“" in text else text

        return [",".join(map(quoted, row)) for row in texts_of(grid, figures, Style(), spread=True)]

    lines = [f'"{line}"' if line == FEES else line for line in document(figures, table)]
    return as_text("report.csv", lines, "gb18030")


def wide_spaces(figures: Figures, rng: Random) -> Published:
    """Cells parted by full-width spaces, full-width digits."""
    style = Style(blank="－", full_width=True)
    return as_text(
        "wide.txt", document(figures, lambda grid: ["\u3000".join(row) for row in texts_of(grid, figures, style)])
    )


def counted_rows(figures: Figures, rng: Random) -> Published:
    """Each figure with 件 after it, lines ended as on old machines."""

    def shown(figure: Figure, text: str) -> str:
        return text + "件" if isinstance(figure, int) else text

    lines = document(figures, lambda grid: ["  ".join(row) for row in texts_of(grid, figures, By(shown, "—"))])
    return Published("counted.txt", "\r".join(lines).encode())


def utf16_tabs(figures: Figures, rng: Random) -> Published:
    """Unicode text of a spreadsheet: UTF-16 with its mark, tabs, covered cells empty, trailing tabs cut."""

    def table(grid: Grid) -> list[str]:
        return ["\t".join(row) for row in texts_of(grid, figures, Style(blank="0" if False else "-"), spread=True)]

    return Published("unicode.txt", "\r\n".join(document(figures, table)).encode("utf-16"))


def utf16_without_mark(figures: Figures, rng: Random) -> Published:
    """UTF-16 that lost its mark."""
    made = spaced(figures, rng)
    return Published("nomark.txt", made.encode(rng.choice(["utf-16-le", "utf-16-be"])))


def stray_byte(figures: Figures, rng: Random) -> Published:
    """UTF-8 of which a character was cut in two."""
    return Published("stray.txt", spaced(figures, rng).encode().replace("全年".encode(), "全年".encode()[:-1], 1))


def spaced(figures: Figures, rng: Random) -> str:
    style = Style(blank=rng.choice(BLANK_MARKS[:4]))
    return "\n".join(document(figures, lambda grid: [" ".join(row) for row in texts_of(grid, figures, style)]))


def browser_copy(figures: Figures, rng: Random) -> Published:
    """Copied out of a browser: paragraphs in cells, so that a tab stands on a line of its own between two cells."""

    def table(grid: Grid) -> list[str]:
        return ["\n\t\n".join(row) + "\n" for row in texts_of(grid, figures, Style())]

    return as_text("browser.txt", document(figures, table))


def browser_rows(figures: Figures, rng: Random) -> Published:
    """Copied out of a browser: a row to the line with tabs, what a span covers not repeated."""

    def table(grid: Grid) -> list[str]:
        return ["\t".join(row) for row in texts_of(grid, figures, Style(blank=" "))]

    return as_text("copied.txt", document(figures, table))


def tab_after_each(figures: Figures, rng: Random) -> Published:
    """A cell to the line, a tab at the line's end."""

    def table(grid: Grid) -> list[str]:
        return [f"{text}\t" for text in cell_lines(grid, figures, Style(blank="/"))]

    return as_text("tabends.txt", document(figures, table))


def broken_labels(figures: Figures, rng: Random) -> Published:
    """Labels broken every eight characters, the figures beside the middle line, as a page's text shows them."""

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            labels = [cell.text for cell in row if cell.place is None]
            numbers = "  ".join(text_of(cell, figures, Style(blank="-")) for cell in row if cell.place)
            if not numbers:
                lines.append("  ".join(labels))
                continue
            *groups, label = labels or [""]
            lines += groups
            parts = textwrap.wrap(label, 8) or [""]
            middle = len(parts) // 2
            lines += [part if at != middle else f"{part}  {numbers}" for at, part in enumerate(parts)]
        return lines

    return as_text("broken.txt", document(figures, table))


def glued_figures(figures: Figures, rng: Random) -> Published:
    """The first figure stands at once behind its label."""

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            labels = "".join(cell.text for cell in row if cell.place is None)
            lines.append(labels + " ".join(text_of(cell, figures, Style(blank="/")) for cell in row if cell.place))
        return lines

    return as_text("glued.txt", document(figures, table))


def invisible_marks(figures: Figures, rng: Random) -> Published:
    """Zero-width spaces, soft hyphens and no-break spaces in labels and numbers."""

    def marked(text: str) -> str:
        return "".join(
            mark + (rng.choice([ZERO_WIDTH, "\u00ad", "\ufeff", "\u2060"]) if rng.random() < 0.3 else "")
            for mark in text
        )

    def table(grid: Grid) -> list[str]:
        return [
            "\t".join(marked(text) for text in row)
            for row in texts_of(grid, figures, Style(blank="\u00a0"), spread=True)
        ]

    return as_text("invisible.txt", document(figures, table))


def notes_between(figures: Figures, rng: Random) -> Published:
    """Captions, units and notes with numbers around each table."""

    def table(grid: Grid) -> list[str]:
        return [
            "表1 统计表",
            "单位：件",
            *(" ".join(row) for row in texts_of(grid, figures, Style(blank="/"))),
            "注：1.以上数据截至2024年12月31日；2.含上年结转3件。",
        ]

    return as_text("notes.txt", document(figures, table))


def tables_at_the_end(figures: Figures, rng: Random) -> Published:
    """The tables after all the sentences, in another order."""
    two, three, four = grids(figures)
    heads = headings(figures)
    style = Style(blank="/")

    def rows(grid: Grid) -> list[str]:
        return ["\t".join(row) for row in texts_of(grid, figures, style, spread=True)]

    lines = [
        title(figures),
        OPENING,
        heads[0],
        PROSE,
        heads[1],
        "详见附表1。",
        heads[2],
        "详见附表2。",
        heads[3],
        "详见附表3。",
    ]
    lines += [heads[4], PROSE, heads[5], FEES]
    order = [("附表2", three), ("附表1", two), ("附表3", four)]
    rng.shuffle(order)
    for name, grid in order:
        lines += [f"{name}：{grid.heading[2:]}", *rows(grid), ""]
    return as_text("appendix.txt", lines)


def summary_table_before(figures: Figures, rng: Random) -> Published:
    """Section one has a small table of its own whose rows are called like the form's."""
    small = "<table><tr><td>申请渠道</td><td>当面</td><td>网络</td><td>信函</td><td>总计</td></tr><tr><td>本年新收政府信息公开申请数量</td><td>91</td><td>92</td><td>93</td><td>276</td></tr><tr><td>上年结转</td><td>1</td><td>2</td><td>3</td><td>6</td></tr><tr><td>予以公开</td><td>94</td><td>95</td><td>96</td><td>285</td></tr><tr><td>行政规范性文件</td><td>41</td><td>42</td><td>43</td><td>126</td></tr></table>"
    lines = document(figures, lambda grid: [html_table(grid, figures, Style(blank="-"))])
    lines.insert(lines.index(PROSE) + 1, small)
    return page(lines, "summary.html")


def last_years_table_after(figures: Figures, rng: Random) -> Published:
    """Behind the report stand links and figures of other years."""
    lines = document(figures, lambda grid: [html_table(grid, figures, Style(blank="-"))])
    lines += [
        "相关阅读",
        "某局2018年政府信息公开工作年度报告",
        "<table><tr><td>规章</td><td>71</td><td>72</td><td>73</td></tr><tr><td>行政许可</td><td>74</td></tr></table>",
    ]
    return page(lines, "after.html")


# Pages


def word_page(figures: Figures, rng: Random) -> Published:
    """Word's own HTML: conditional comments, a last row without height, spans around each digit, gb2312."""

    def table(grid: Grid) -> list[str]:
        made = []
        for row in rows_of(grid):
            cells = []
            for cell in row:
                text = text_of(cell, figures, Style(blank="&nbsp;"))
                if cell.place and text != "&nbsp;":
                    text = "".join(f"<span lang=EN-US style='mso-bidi-font-size:10.5pt'>{mark}</span>" for mark in text)
                span = f" rowspan={cell.rowspan}" * (cell.rowspan > 1) + f" colspan={cell.colspan}" * (cell.colspan > 1)
                cells.append(
                    f"<td width=47{span} valign=top style='border:solid windowtext 1.0pt;\nmso-border-alt:solid windowtext .5pt'>\n"
                    f"<p class=MsoNormal align=center>{text}<o:p></o:p></p></td>"
                )
            made.append(f"<tr style='mso-yfti-irow:1;height:14.2pt'>{''.join(cells)}</tr>")
        widths = "".join("<td width=47 style='border:none'></td>" for _ in grid.widths)
        return [
            "<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0>"
            + "".join(made)
            + f"<![if !supportMisalignedColumns]><tr height=0>{widths}</tr><![endif]></table>"
        ]

    body = "".join(
        line
        if line.startswith("<")
        else f"<p class=MsoNormal><span style='font-family:宋体'>{line}<o:p></o:p></span></p>"
        for line in document(figures, table)
    )
    html = (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office' xmlns:w='urn:schemas-microsoft-com:office:word'>"
        "<head><meta http-equiv=Content-Type content='text/html; charset=gb2312'><meta name=Generator content='Word 11'>"
        "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->"
        f"<style>td{{mso-style-name:表}}</style></head><body lang=ZH-CN><div class=Section1>{body}</div></body></html>"
    )
    return Published("report.doc", html.encode("gb18030"))


def mht_page(figures: Figures, rng: Random) -> Published:
    """Word's single-file page with the suffix doc: parts as in a letter, quoted-printable."""
    html = word_page(figures, rng).content
    head = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="----=_NextPart_01"\r\n\r\n'
        b"This document is a Single File Web Page.\r\n\r\n------=_NextPart_01\r\nContent-Location: file:///C:/a.htm\r\n"
        b'Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset="gb2312"\r\n\r\n'
    )
    body = quopri.encodestring(html).replace(b"\n", b"\r\n")
    return Published("single.doc", head + body + b"\r\n------=_NextPart_01--\r\n")


def excel_page(figures: Figures, rng: Random) -> Published:
    """A spreadsheet saved as a page with the suffix xls: numbers in attributes as well, all three in one table."""

    def row(cells: str) -> str:
        return f"<tr height=19 style='height:14.25pt'>{cells}</tr>"

    body = row(f"<td colspan=10 class=xl65>{title(figures)}</td>")
    for number, head in enumerate(headings(figures)):
        body += row(f"<td colspan=10>{head}</td>")
        if not 1 <= number <= 3:
            body += row(f"<td colspan=10>{FEES if number == 5 else PROSE}</td>")
            continue
        for line in rows_of(grids(figures)[number - 1]):
            body += row(
                "".join(
                    f"<td rowspan={cell.rowspan} colspan={cell.colspan} class=xl66"
                    + (
                        f" x:num align=right>{text_of(cell, figures, Style())}</td>"
                        if cell.place
                        else f">{cell.text}</td>"
                    )
                    for cell in line
                )
            )
    html = f"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><head><meta charset=gb2312></head><body><table>{body}</table></body></html>"
    return Published("report.xls", html.encode("gb18030"))


def unclosed_tags(figures: Figures, rng: Random) -> Published:
    """Old HTML: no closing tags, capital letters, font elements."""

    def table(grid: Grid) -> list[str]:
        rows = "".join(
            "<TR>"
            + "".join(
                f"<TD ROWSPAN={cell.rowspan} COLSPAN={cell.colspan}><FONT SIZE=2>{text_of(cell, figures, Style(blank='&nbsp;'))}"
                for cell in row
            )
            for row in rows_of(grid)
        )
        return [f"<TABLE BORDER=1>{rows}</TABLE>"]

    return page(document(figures, table), "old.htm")


def wrong_spans(figures: Figures, rng: Random) -> Published:
    """A long rowspan that the page's editor left wrong: too short, too long or 0."""

    def table(grid: Grid) -> list[str]:
        made = html_table(grid, figures, Style(blank="/"))
        return [re.sub(r'rowspan="(1\d|2\d)"', lambda match: f'rowspan="{rng.choice([0, 5, 21, 30])}"', made)]

    return page(document(figures, table), "spans.html")


def wrong_head(figures: Figures, rng: Random) -> Published:
    """The headings' own spans are wrong, those of the rows are right."""

    def table(grid: Grid) -> list[str]:
        made = html_table(grid, figures, Style(blank="/"))
        return [made.replace('rowspan="3" colspan="3"', 'rowspan="1" colspan="2"').replace('rowspan="2"', "")]

    return page(document(figures, table), "heads.html")


def parts_of_a_table(figures: Figures, rng: Random) -> Published:
    """thead, tbody and th elements, a caption, a column group."""

    def table(grid: Grid) -> list[str]:
        made = html_table(grid, figures, Style(blank="&nbsp;"))
        made = made.replace(
            "<tbody>", f"<caption>{grid.heading[2:]}统计表</caption><colgroup><col><col></colgroup><tbody>"
        )
        return [re.sub(r"<td([^>]*)>(<p><span>[^0-9<&/][^<]*</span></p>)</td>", r"<th\1>\2</th>", made)]

    return page(document(figures, table), "parts_of.html")


def nested_cell_tables(figures: Figures, rng: Random) -> Published:
    """Some cells hold a table of one cell, pasted from elsewhere."""

    def table(grid: Grid) -> list[str]:
        def shown(figure: Figure, text: str) -> str:
            return f"<table><tr><td>{text}</td></tr></table>" if rng.random() < 0.2 else text

        return [html_table(grid, figures, By(shown, "&nbsp;"))]

    return page(document(figures, table), "nested.html")


def table_in_tables(figures: Figures, rng: Random) -> Published:
    """The report stands in a layout table four deep, its sentences in cells."""
    rows = "".join(
        f"<tr><td colspan=3>{line}</td></tr>"
        for line in document(figures, lambda grid: [html_table(grid, figures, Style(blank="&nbsp;"))])
    )
    body = f"<table><tr><td>{rows and f'<table>{rows}</table>'}</td></tr></table>"
    for _ in range(3):
        body = f"<table><tr><td width=10>&nbsp;</td><td>{body}</td><td>2</td></tr></table>"
    return Published("deep.html", f"<html><body>{body}</body></html>".encode())


def cells_as_divs(figures: Figures, rng: Random) -> Published:
    """No table: each cell a block, blanks marked."""

    def table(grid: Grid) -> list[str]:
        return [
            "<div class=row>" + "".join(f"<div class=cell>{text}</div>" for text in row) + "</div>"
            for row in texts_of(grid, figures, Style(blank="/"))
        ]

    return page(document(figures, table), "divs.html")


def twice_on_the_page(figures: Figures, rng: Random) -> Published:
    """The same report once for screens and once for telephones."""
    lines = document(figures, lambda grid: [html_table(grid, figures, Style(blank="-"))])
    return page([*lines, *lines], "twice.html")


def hidden_rows(figures: Figures, rng: Random) -> Published:
    """Rows of a template, hidden, between the shown ones; script and style inside cells."""

    def table(grid: Grid) -> list[str]:
        made = html_table(grid, figures, Style(blank="&nbsp;"))
        hidden = '<tr style="display: none">' + "<td>7</td>" * 10 + "</tr>"
        return [made.replace("</tr>", f"</tr>{hidden}").replace("</p></td>", "</p><script>var n=5;</script></td>")]

    return page(document(figures, table), "hidden.html")


def nbsp_and_marks(figures: Figures, rng: Random) -> Published:
    """No-break and zero-width spaces around and inside numbers, ruby, thousands separators, notes."""

    def shown(figure: Figure, text: str) -> str:
        if figure is None:
            return rng.choice(["&nbsp;", "&#8203;", "&ensp;", "<br>", "—", "／", "&mdash;", "\\"])
        cut = rng.randrange(len(text) + 1)
        return rng.choice(
            [
                f"{text[:cut]}&#8203;{text[cut:]}",
                f"&nbsp;{text}&nbsp;",
                f"{text[:cut]}&shy;{text[cut:]}",
                f"<ruby>{text}<rt>注</rt></ruby>",
                f"{text}<!-- 5 -->",
                f"{text}<a href='#n'><sup>[1]</sup></a>",
                text.translate(FULL_WIDTH),
                f"<b>{text[:cut]}</b><i>{text[cut:]}</i>",
            ]
        )

    return page(document(figures, lambda grid: [html_table(grid, figures, By(shown))]), "marks.html")


def units_in_cells(figures: Figures, rng: Random) -> Published:
    """件, 万元 and 元 in the cells themselves."""

    def shown(figure: Figure, text: str) -> str:
        if isinstance(figure, int):
            return text + rng.choice(["件", "", "（件）"])
        return text

    return page(document(figures, lambda grid: [html_table(grid, figures, By(shown, "无"))]), "units.html")


def group_rows_counted(figures: Figures, rng: Random) -> Published:
    """The group rows （三）（四）（五） have a row of sums of their own above their parts."""

    def table(grid: Grid) -> list[str]:
        if not is_three(grid, figures):
            return [html_table(grid, figures, Style(blank="-"), spans=False)]
        rows = []
        for row in rows_of(grid):
            for cell in row:
                if (
                    cell.text.startswith(("（三）", "（四）", "（五）", "（六）"))
                    and not any(c.place and c.row == cell.row and len(row) < 9 for c in row)
                    and cell.rowspan > 1
                ):
                    rows.append([cell.text, *(str(rng.randrange(900, 999)) for _ in range(7))])
            label = [cell.text for cell in row if cell.place is None][-1:]
            numbers = [text_of(cell, figures, Style(blank="-")) for cell in row if cell.place]
            rows.append([*label, *numbers] if numbers else [cell.text for cell in row])
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows) + "</table>"
        ]

    return page(document(figures, table), "groups.html")


def one_label_column(figures: Figures, rng: Random) -> Published:
    """A table made anew with one column of labels, group and part in one cell, headings in one row."""

    def table(grid: Grid) -> list[str]:
        if not is_three(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        heads = ["项目", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
        rows, group = [heads], ""
        for row in rows_of(grid):
            labels = [cell.text for cell in row if cell.place is None]
            numbers = [text_of(cell, figures, Style(blank="-")) for cell in row if cell.place]
            if not numbers:
                continue
            group = (
                labels[-2]
                if len(labels) > 1 and labels[-2].startswith("（")
                else group
                if not labels[-1].startswith(("（", "四", "一", "二"))
                else ""
            )
            rows.append([f"{group}<br>{labels[-1]}" if group else labels[-1], *numbers])
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows) + "</table>"
        ]

    return page(document(figures, table), "anew.html")


def other_column_order(figures: Figures, rng: Random) -> Published:
    """A table made anew whose total stands first, and whose organisations stand in another order."""

    def table(grid: Grid) -> list[str]:
        if not is_three(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        heads = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
        order = [6, 0, *rng.sample([1, 2, 3, 4, 5], 5)]
        rows = [["项目", *(heads[at] for at in order)]]
        for row in rows_of(grid):
            labels = [cell.text for cell in row if cell.place is None]
            numbers = [text_of(cell, figures, Style(blank="-")) for cell in row if cell.place]
            if numbers:
                rows.append([labels[-1], *(numbers[at] for at in order)])
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows) + "</table>"
        ]

    return page(document(figures, table), "order.html")


def subtotal_column(figures: Figures, rng: Random) -> Published:
    """A column of sums for organisations between the parts and 总计."""

    def table(grid: Grid) -> list[str]:
        made = [[*row] for row in texts_of(grid, figures, Style(blank="-"), spread=True)]
        if is_three(grid, figures):
            for number, row in enumerate(made):
                row.insert(9, "小计" if number == 2 else "" if number < 2 else str(rng.randrange(900, 999)))
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in made) + "</table>"
        ]

    return page(document(figures, table), "subtotal.html")


def numbered_rows(figures: Figures, rng: Random) -> Published:
    """A first column counts the rows."""

    def table(grid: Grid) -> list[str]:
        made = [
            [str(number), *row] for number, row in enumerate(texts_of(grid, figures, Style(blank="-"), spread=True), 1)
        ]
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in made) + "</table>"
        ]

    return page(document(figures, table), "numbered.html")


def reviews_standing(figures: Figures, rng: Random) -> Published:
    """Table four with a row to each group and its headings above."""

    def table(grid: Grid) -> list[str]:
        if not is_four(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        shown = Style(blank="-").shown
        rows = [["", "结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]]
        for name, label in (
            ("reconsideration", "行政复议"),
            ("litigation_direct", "未经复议直接起诉"),
            ("litigation_after_reconsideration", "复议后起诉"),
        ):
            rows.append([label, *map(shown, figures.reviews[name])])
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows) + "</table>"
        ]

    return page(document(figures, table), "standing.html")


def reviews_turned(figures: Figures, rng: Random) -> Published:
    """Table four with a row to each result and a column to each group."""

    def table(grid: Grid) -> list[str]:
        if not is_four(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        shown = Style(blank="-").shown
        names = ("reconsideration", "litigation_direct", "litigation_after_reconsideration")
        rows = [["", "行政复议", "未经复议直接起诉", "复议后起诉"]]
        for at, label in enumerate(["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]):
            rows.append([label, *(shown(figures.reviews[name][at]) for name in names)])
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows) + "</table>"
        ]

    return page(document(figures, table), "turned.html")


def reviews_apart(figures: Figures, rng: Random) -> Published:
    """Table four as two tables, one for reviews and one for suits."""

    def table(grid: Grid) -> list[str]:
        if not is_four(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        shown = Style(blank="-").shown
        heads = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]

        def rows(*lines: Sequence[str]) -> str:
            return (
                "<table>"
                + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in lines)
                + "</table>"
            )

        suits = [*figures.reviews["litigation_direct"], *figures.reviews["litigation_after_reconsideration"]]
        return [
            rows(["行政复议"], heads, [shown(f) for f in figures.reviews["reconsideration"]]),
            rows(["行政诉讼"], ["未经复议直接起诉", "复议后起诉"], heads * 2, [shown(f) for f in suits]),
        ]

    return page(document(figures, table), "apart.html")


def section_two_as_one(figures: Figures, rng: Random) -> Published:
    """Section two as four tables, with their titles as paragraphs."""

    def table(grid: Grid) -> list[str]:
        if grid.bodies and not is_three(grid, figures) and not is_four(grid, figures):
            bounds = [*grid.bodies, grid.rows]
            out = []
            for start, end in itertools.pairwise(bounds):
                rows = texts_of(grid, figures, Style(blank="-"))[start:end]
                out.append(f"<p>{rows[0][0]}</p>")
                out.append(
                    "<table>"
                    + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows[1:])
                    + "</table>"
                )
            return out
        return [html_table(grid, figures, Style(blank="-"))]

    return page(document(figures, table), "four.html")


def no_totals_column(figures: Figures, rng: Random) -> Published:
    """Table three without its last column."""

    def table(grid: Grid) -> list[str]:
        made = [[*row] for row in texts_of(grid, figures, Style(blank="-"), spread=True)]
        if is_three(grid, figures):
            made = [row[:-1] for row in made]
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in made) + "</table>"
        ]

    return page(document(figures, table), "nototal.html")


# Lost on the way


def blanks_dropped(figures: Figures, rng: Random) -> Published:
    """A cell to the line; what is blank left nothing."""
    return as_text("dropped.txt", document(figures, lambda grid: [t for t in cell_lines(grid, figures, Style()) if t]))


def blank_words_dropped(figures: Figures, rng: Random) -> Published:
    """A row to the line; what is blank left nothing."""

    def table(grid: Grid) -> list[str]:
        return [" ".join(t for t in row if t) for row in texts_of(grid, figures, Style())]

    return as_text("dropwords.txt", document(figures, table))


def lines_said_once(figures: Figures, rng: Random) -> Published:
    """An extractor that keeps only the first of equal lines."""
    made = document(figures, lambda grid: cell_lines(grid, figures, Style()))
    return as_text("once.txt", list(dict.fromkeys(made)))


def all_on_one_line(figures: Figures, rng: Random) -> Published:
    """Everything on one line."""
    made = document(figures, lambda grid: cell_lines(grid, figures, Style(blank="-")))
    return as_text("line.txt", [" ".join(made)])


def stacked_cells(figures: Figures, rng: Random) -> Published:
    """Rows of a group in one row of cells, their figures one below the other."""

    def table(grid: Grid) -> list[str]:
        if not is_three(grid, figures):
            return [html_table(grid, figures, Style(blank="-"))]
        rows = texts_of(grid, figures, Style(blank="-"))
        kept, stack = [], []
        for row in rows:
            if re.match(r"\d\.", row[0]) and len(row) == 8:
                stack.append(row)
                continue
            if len(stack) > 1:
                kept.append(["<br>".join(parts) for parts in zip(*stack, strict=True)])
            else:
                kept += stack
            stack = []
            kept.append(row)
        return [
            "<table>" + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in kept) + "</table>"
        ]

    return page(document(figures, table), "stacked.html")


def cut_short(figures: Figures, rng: Random) -> Published:
    """The page ends in the middle of table three."""
    made = page(document(figures, lambda grid: [html_table(grid, figures, Style(blank="-"))]), "cut.html")
    start = made.content.index("三、收到和处理".encode())
    return replace(made, content=made.content[: rng.randrange(start, len(made.content))])


def order_of_columns_in_text(figures: Figures, rng: Random) -> Published:
    """Text, its headings in another order than the form's."""
    heads = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    order = [6, 0, *rng.sample([1, 2, 3, 4, 5], 5)]

    def table(grid: Grid) -> list[str]:
        if not is_three(grid, figures):
            return [" ".join(row) for row in texts_of(grid, figures, Style(blank="-"))]
        rows = [" ".join(["项目", *(heads[at] for at in order)])]
        for row in rows_of(grid):
            labels = [cell.text for cell in row if cell.place is None]
            numbers = [text_of(cell, figures, Style(blank="-")) for cell in row if cell.place]
            if numbers:
                rows.append(" ".join([labels[-1], *(numbers[at] for at in order)]))
        return rows

    return as_text("ordertext.txt", document(figures, table))


def columns_by_columns(figures: Figures, rng: Random) -> Published:
    """A PDF's text read column by column: all labels, then each column's figures."""

    def table(grid: Grid) -> list[str]:
        lines = texts_of(grid, figures, Style(blank="-"), spread=True)
        return [line[at] for at in range(len(grid.widths)) for line in lines if line[at]]

    return as_text("columns.txt", document(figures, table))


def by_boxes(figures: Figures, rng: Random) -> Published:
    """A PDF's text by its boxes: the labels one below the other, then the figures, a column at a time."""

    def table(grid: Grid) -> list[str]:
        style = Style(blank="/")
        labels = [cell.text for row in rows_of(grid) for cell in row if cell.place is None]
        rows = [[text_of(cell, figures, style) for cell in row if cell.place] for row in rows_of(grid)]
        columns = [row[at] for at in range(len(grid.widths)) for row in rows if at < len(row)]
        return [line for text in (*labels, *columns) for line in (text, "")]

    return as_text("boxes.txt", document(figures, table))


def broken_figures(figures: Figures, rng: Random) -> Published:
    """A PDF's text in its layout, where a narrow column broke long numbers: their ends stand a line below.

    The label of such a row stands beside the upper line, or between the two.
    """
    between = rng.random() < 0.5
    edge = 100

    def table(grid: Grid) -> list[str]:
        lines = []
        for row in rows_of(grid):
            label = "".join(cell.text for cell in row if cell.place is None)
            shown = [text_of(cell, figures, Style(blank="/")) for cell in row if cell.place]
            end = 4 if len(shown) > 3 else 99
            upper, lower = (
                " ".join(f"{text[:end]:>6}" for text in shown),
                " ".join(f"{text[end:]:>6}" for text in shown),
            )
            padded = label + " " * max(edge - width_of(label), 1)
            if between and lower.strip():
                lines += [" " * edge + upper, label, " " * edge + lower]
            else:
                lines += [line for line in (padded + upper, " " * edge + lower) if line.strip()]
        return lines

    return as_text("broken.txt", document(figures, table))


def left_columns(figures: Figures, rng: Random) -> Published:
    """A page's text in columns kept by spaces, spans not minded, an empty line after each row."""

    def table(grid: Grid) -> list[str]:
        rows = texts_of(grid, figures, Style())
        wide = [max(width_of(row[at]) if at < len(row) else 0 for row in rows) for at in range(len(grid.widths))]
        return [
            line
            for row in rows
            for line in ("  ".join(text + " " * (wide[at] - width_of(text)) for at, text in enumerate(row)), "")
        ]

    return as_text("left.txt", document(figures, table))


# Documents


def _docx(figures: Figures, style: Style, rng: Random) -> object:
    import docx

    made = docx.Document()
    made.add_heading(title(figures), 0)
    for number, head in enumerate(headings(figures)):
        made.add_paragraph(head)
        if not 1 <= number <= 3:
            made.add_paragraph(FEES if number == 5 else PROSE)
            continue
        grid = grids(figures)[number - 1]
        docx_table(made, grid, figures, style, range(grid.rows))
    return made


def _saved(made: object, name: str, change: Callable[[str], str]) -> Published:
    """The document with its body changed as text."""
    buffer = io.BytesIO()
    made.save(buffer)  # type: ignore[attr-defined]
    out = io.BytesIO()
    with zipfile.ZipFile(buffer) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for entry in package.namelist():
            data = package.read(entry)
            if entry == "word/document.xml":
                data = change(data.decode()).encode()
            changed.writestr(entry, data)
    return Published(name, out.getvalue())


def tracked_changes(figures: Figures, rng: Random) -> Published:
    """Figures put in and others struck out, rows struck out, runs cut in two, hidden text, fields."""

    def change(xml: str) -> str:
        def run(match: re.Match[str]) -> str:
            text = match[1]
            cut = rng.randrange(len(text) + 1)
            mark = '<{0} w:id="1" w:author="a" w:date="2022-01-01T00:00:00Z">'
            return rng.choice(
                [
                    f"<w:r><w:t>{text}</w:t></w:r>",
                    mark.format("w:del")
                    + "<w:r><w:delText>9</w:delText></w:r></w:del>"
                    + mark.format("w:ins")
                    + f"<w:r><w:t>{text}</w:t></w:r></w:ins>",
                    f"<w:r><w:t>{text[:cut]}</w:t></w:r><w:r><w:t>{text[cut:]}</w:t></w:r>",
                    f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>8</w:t></w:r><w:r><w:t>{text}</w:t></w:r>",
                    (
                        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>=SUM(LEFT)</w:instrText></w:r>'
                        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{text}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
                    ),
                ]
            )

        xml = re.sub(r"<w:r><w:t>(\d+)</w:t></w:r>", run, xml)
        gone = (
            '<w:tr><w:trPr><w:del w:id="3" w:author="a"/></w:trPr>'
            + "<w:tc><w:p><w:r><w:t>77</w:t></w:r></w:p></w:tc>" * 10
            + "</w:tr>"
        )
        rows = xml.split("</w:tr>")
        rows.insert(rng.randrange(12, 20), gone.removesuffix("</w:tr>"))
        return "</w:tr>".join(rows)

    return _saved(_docx(figures, Style(blank="/"), rng), "tracked.docx", change)


def text_boxes(figures: Figures, rng: Random) -> Published:
    """Each table in a text box, once for new and once for old programs."""

    def change(xml: str) -> str:
        def box(match: re.Match[str]) -> str:
            content = f"<w:txbxContent>{match[0]}<w:p/></w:txbxContent>"
            return (
                '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
                f'<mc:Choice Requires="wps"><w:drawing><wps:txbx xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">{content}</wps:txbx></w:drawing></mc:Choice>'
                f'<mc:Fallback><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>'
            )

        return re.sub(r"<w:tbl>.*?</w:tbl>", box, xml, flags=re.DOTALL)

    return _saved(_docx(figures, Style(blank="—"), rng), "boxes.docx", change)


def framed_document(figures: Figures, rng: Random) -> Published:
    """The whole report in a table of one cell."""

    def change(xml: str) -> str:
        start, end = xml.index("<w:body>") + 8, xml.rindex("<w:sectPr")
        body = xml[start:end]
        return xml[:start] + f"<w:tbl><w:tr><w:tc>{body}<w:p/></w:tc></w:tr></w:tbl><w:p/>" + xml[end:]

    return _saved(_docx(figures, Style(), rng), "framed.docx", change)


def typed_tables(figures: Figures, rng: Random) -> Published:
    """A document whose tables are typed with tabs."""
    import docx

    made = docx.Document()
    for line in document(
        figures, lambda grid: ["\t".join(row) for row in texts_of(grid, figures, Style(blank="/"), spread=True)]
    ):
        made.add_paragraph(line)
    return _saved(made, "typed.docx", lambda xml: xml)


# Workbooks


def sheets(figures: Figures, rng: Random) -> Published:
    """A sheet to each table in another order, figures as text, notes and empty sheets between, one hidden."""
    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    first.title = "说明"
    first["A1"] = title(figures)
    first["A2"] = "填表说明：1.各项为0的填0；2.不得留空。"
    order = list(enumerate(grids(figures)))
    rng.shuffle(order)
    for number, grid in order:
        sheet = book.create_sheet(f"表{number + 2}")
        sheet["B1"] = grid.heading
        shift = rng.randrange(3)
        for cell in grid.cells:
            at = (3 + cell.row, 2 + shift + cell.column)
            sheet.cell(*at, text_of(cell, figures, Style(blank="")) or None)
            if cell.rowspan * cell.colspan > 1:
                sheet.merge_cells(
                    start_row=at[0],
                    start_column=at[1],
                    end_row=at[0] + cell.rowspan - 1,
                    end_column=at[1] + cell.colspan - 1,
                )
    hidden = book.create_sheet("旧", 1)
    hidden.sheet_state = "hidden"
    for column in range(8):
        hidden.cell(1, column + 1, "一、本年新收政府信息公开申请数量" if not column else 99)
        hidden.cell(2, column + 1, "二、上年结转政府信息公开申请数量" if not column else 99)
    words = book.create_sheet("其他")
    words["A1"] = headings(figures)[5]
    words["A2"] = FEES
    buffer = io.BytesIO()
    book.save(buffer)
    return Published("sheets.xlsx", buffer.getvalue())


# PDF

SHEET = "@page{size:A4;margin:14mm} body{font-family:'Noto Sans CJK SC';font-size:8pt} td{padding:2pt;border:0.5pt solid} table{border-collapse:collapse}"


def _pdf(published: Published, name: str) -> Published:
    import weasyprint

    return Published(name, weasyprint.HTML(string=published.content.decode()).write_pdf())


def turned_pdf(figures: Figures, rng: Random) -> Published:
    """Pages that are shown turned by a quarter."""
    import pypdfium2

    made = _pdf(page(document(figures, lambda grid: [html_table(grid, figures, Style())]), "", SHEET), "")
    opened = pypdfium2.PdfDocument(made.content)
    for one in opened:
        one.set_rotation(90)
    buffer = io.BytesIO()
    opened.save(buffer)
    opened.close()
    return Published("turned.pdf", buffer.getvalue())


def lying_pdf(figures: Figures, rng: Random) -> Published:
    """Broad pages, the headings of table three repeated on each, thousands separators, page numbers."""
    css = SHEET.replace("A4", "A5 landscape") + "@page{@bottom-center{content:counter(page) '/' counter(pages)}}"

    def table(grid: Grid) -> list[str]:
        made = html_table(grid, figures, Style(blank="-", thousands=True))
        if is_three(grid, figures):
            rows = re.findall(r"<tr>.*?</tr>", made)
            made = f"<table><thead>{''.join(rows[: grid.head_rows])}</thead><tbody>{''.join(rows[grid.head_rows :])}</tbody></table>"
        return [made]

    return _pdf(page(document(figures, table), "", css), "lying.pdf")


def narrow_pdf(figures: Figures, rng: Random) -> Published:
    """Columns so narrow that labels, and long numbers, break."""
    css = SHEET + "td{word-break:break-all} table{table-layout:fixed;width:120mm} td{font-size:7pt}"
    return _pdf(
        page(document(figures, lambda grid: [html_table(grid, figures, Style(blank="/"))]), "", css), "narrow.pdf"
    )


def tall_rows_pdf(figures: Figures, rng: Random) -> Published:
    """Rows that a page's end cuts in two."""
    css = (
        SHEET.replace("A4", "A5")
        + "td{font-size:11pt;line-height:1.8} tr{break-inside:auto} table{width:100%;table-layout:fixed}"
    )
    return _pdf(
        page(document(figures, lambda grid: [html_table(grid, figures, Style(blank="/"))]), "", css), "tall.pdf"
    )


def two_columns_pdf(figures: Figures, rng: Random) -> Published:
    """Sentences in two columns, the tables across the page."""
    css = SHEET + ".two{columns:2}"
    lines = document(figures, lambda grid: [html_table(grid, figures, Style(blank="/"))])
    return _pdf(
        page([f"<div class=two>{line * 9}</div>" if line == PROSE else line for line in lines], "", css), "two.pdf"
    )


def lines_only_pdf(figures: Figures, rng: Random) -> Published:
    """Rules below the rows only, none between the columns."""
    css = SHEET.replace("td{padding:2pt;border:0.5pt solid}", "td{padding:2pt;border:none;border-bottom:0.5pt solid}")
    return _pdf(
        page(document(figures, lambda grid: [html_table(grid, figures, Style(blank="/"))]), "", css), "rules.pdf"
    )


EXACT: tuple[Layout, ...] = (
    extracted_bars,
    padded_bars,
    lines_before_bars,
    bars_by_themselves,
    bars_between,
    markdown,
    comma_rows,
    wide_spaces,
    counted_rows,
    utf16_tabs,
    utf16_without_mark,
    stray_byte,
    browser_copy,
    browser_rows,
    tab_after_each,
    broken_labels,
    glued_figures,
    invisible_marks,
    notes_between,
    tables_at_the_end,
    summary_table_before,
    last_years_table_after,
    word_page,
    mht_page,
    excel_page,
    unclosed_tags,
    wrong_spans,
    wrong_head,
    parts_of_a_table,
    nested_cell_tables,
    table_in_tables,
    cells_as_divs,
    twice_on_the_page,
    hidden_rows,
    nbsp_and_marks,
    units_in_cells,
    group_rows_counted,
    one_label_column,
    other_column_order,
    subtotal_column,
    numbered_rows,
    reviews_standing,
    reviews_turned,
    reviews_apart,
    section_two_as_one,
    tracked_changes,
    text_boxes,
    framed_document,
    typed_tables,
    sheets,
)
CAREFUL: tuple[Layout, ...] = (
    blanks_left_out,
    bars_before_lines,
    no_totals_column,
    blanks_dropped,
    blank_words_dropped,
    lines_said_once,
    all_on_one_line,
    stacked_cells,
    cut_short,
    order_of_columns_in_text,
    columns_by_columns,
    by_boxes,
    broken_figures,
    left_columns,
)
PDFS: tuple[Layout, ...] = (turned_pdf, lying_pdf, narrow_pdf, tall_rows_pdf, two_columns_pdf, lines_only_pdf)
