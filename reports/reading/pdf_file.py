"""A report as a PDF with a text layer: ruled tables as rows, the rest as lines."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from itertools import pairwise
from typing import Any

from reports.reading.blocks import Block, Cell, Line, Row
from reports.reading.cells import adds_up

_LONGEST = 200
_RULES, _NEAR = 4, 3.0
_CLOSE = 0.15
_PAGE_NUMBER = re.compile(
    r"\s*[-‐-―—]*\s*\d{1,3}\s*[-‐-―—]*\s*|\s*第?\s*\d{1,3}\s*页?(\s*[,/共]\s*共?\s*\d+\s*页?)?\s*"
)


def blocks(data: bytes) -> list[Block]:
    """The lines and rows of all pages in order, page numbers left out. ValueError if no page has any text."""
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    found: list[Block] = []
    with pdfplumber.open(io.BytesIO(_upright(data))) as pdf:
        for page in pdf.pages[:_LONGEST]:
            found += _page(page)
            page.close()
    if not any(isinstance(block, Row) or block.text.strip() for block in found):
        raise ValueError("no text layer")
    return found


def _upright(data: bytes) -> bytes:
    """The document with each page turned so that most of its text runs from left to right."""
    import pdfplumber
    import pypdfium2

    turns: dict[int, int] = {}
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages[:_LONGEST]):
            ways = Counter(_turn(char["matrix"]) for char in page.chars)
            page.close()
            if ways and (turn := ways.most_common(1)[0][0]):
                turns[number] = turn
    if not turns:
        return data
    document = pypdfium2.PdfDocument(data)
    try:
        for number, turn in turns.items():
            page = document[number]
            page.set_rotation((page.get_rotation() + turn) % 360)
        buffer = io.BytesIO()
        document.save(buffer)
        return buffer.getvalue()
    finally:
        document.close()


def _turn(matrix: tuple[float, ...]) -> int:
    """By how many degrees a character with this matrix must be turned clockwise to stand upright."""
    across, up = matrix[0], matrix[1]
    if abs(across) >= abs(up):
        return 0 if across >= 0 else 180
    return 90 if up > 0 else 270


def _page(page: Any) -> list[Block]:
    open_ends = _open_ends(page)
    found = page.find_tables({"explicit_horizontal_lines": open_ends})
    tables = [table for table in found if len(table.rows) > 1 or len(table.cells) >= 5]
    if not tables:
        # The layout is kept: what stands in which column may tell which cells are blank.
        return [Line(text) for text in page.extract_text(layout=True).split("\n") if text.strip()]
    boxes = [table.bbox for table in tables]

    def outside(item: dict[str, Any]) -> bool:
        if "top" not in item:
            return True
        across, down = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
        return not any(left <= across <= right and top <= down <= bottom for left, top, right, bottom in boxes)

    lines = page.filter(outside).extract_text_lines(return_chars=False) if page.chars else []
    # A page number stands alone at the edge.
    edge = page.height * 0.09
    parts: list[tuple[float, list[Block]]] = [
        (line["top"], [Line(line["text"])])
        for line in lines
        if not ((line["top"] < edge or line["bottom"] > page.height - edge) and _PAGE_NUMBER.fullmatch(line["text"]))
    ]
    parts += [
        (table.bbox[1], _rows(table, cut=any(abs(table.bbox[3] - end) < _NEAR for end in open_ends)))
        for table in tables
    ]
    return [block for _, part in sorted(parts, key=lambda part: part[0]) for block in part]


def _open_ends(page: Any) -> list[float]:
    """Where a table's vertical rules end without a rule across, as where a page's end cuts it."""
    across = [edge["top"] for edge in page.horizontal_edges]
    ends = [round(edge[side], 1) for edge in page.vertical_edges for side in ("top", "bottom")]
    return sorted(
        at
        for at, count in Counter(ends).items()
        if count >= _RULES and not any(abs(at - other) <= _NEAR for other in across)
    )


def _rows(table: Any, *, cut: bool) -> list[Block]:
    """The rows of a ruled table. Columns are numbered by where the table's vertical rules stand.

    The last row of one that the page's end ``cut`` may go on elsewhere.
    """
    rules = sorted({round(cell[0]) for cell in table.cells})
    column_of = {left: index for index, left in enumerate(rules)}
    texts = table.extract(x_tolerance=2)
    across = _across(table.page)
    rows: list[Block] = []
    for row, line in zip(table.rows, texts, strict=True):
        cells = [
            Cell((text or "") + "…" * _is_crossed(box, across), column_of[round(box[0])])
            for box, text in zip(row.cells, line, strict=True)
            if box is not None
        ]
        if len(cells) == 1:
            # A frame around sentences, or a heading over the table's whole width.
            rows += [Line(text) for text in cells[0].text.split("\n")]
        else:
            rows.append(Row(tuple(cells)))
    if cut and rows and isinstance(rows[-1], Row):
        rows[-1] = _doubtful(rows[-1])
    return rows


def _across(page: Any) -> list[tuple[float, float, float]]:
    """Where two digits stand so close that they are of one number: from, to, and how far down."""
    digits = sorted(
        (char for char in page.chars if char["text"].isdigit()), key=lambda char: (round(char["top"]), char["x0"])
    )
    return [
        ((one["x0"] + one["x1"]) / 2, (other["x0"] + other["x1"]) / 2, (one["top"] + one["bottom"]) / 2)
        for one, other in pairwise(digits)
        if abs(one["top"] - other["top"]) < 1 and -one["width"] < other["x0"] - one["x1"] < one["width"] * _CLOSE
    ]


def _is_crossed(box: tuple[float, float, float, float], across: list[tuple[float, float, float]]) -> bool:
    """Whether a number runs over an edge of the cell: then neither it nor its neighbour can be told."""
    left, top, right, bottom = box
    return any(top < at < bottom and (start < left < end or start < right < end) for start, end, at in across)


def _doubtful(row: Row) -> Row:
    """A row that the page's end cut: a long number may be but the beginning of one, unless the row adds up."""
    texts = [cell.text for cell in row.cells]
    groups = [texts[at : at + 5] for at in range(0, 15, 5)] if len(texts) == 15 else [texts[-7:]]
    if all(adds_up(group) for group in groups if any(len(text.strip()) > 2 for text in group)):
        return row
    return Row(
        tuple(
            Cell(f"{cell.text}…", cell.column) if re.fullmatch(r"\s*[\d,.]{3,}\s*", cell.text) else cell
            for cell in row.cells
        )
    )
