"""A report as a Word document (docx)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from reports.reading.blocks import Block, Cell, Line, Row

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Deleted text of tracked changes, and the second copy of a drawing for old programs.
_GONE = {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_BOX = f"{_W}txbxContent"


def blocks(data: bytes) -> list[Block]:
    """The paragraphs and rows of the document's body in order; deletions that are only tracked are left out."""
    import docx

    body = docx.Document(io.BytesIO(data)).element.body
    return list(_blocks(body))


def _blocks(parent: Any) -> Iterator[Block]:
    for child in parent:
        if child.tag in _GONE or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_W}p":
            yield from (Line(line) for line in _text(child, boxes=False).split("\n"))
            for box in _boxes(child):
                yield from _blocks(box)
        elif child.tag == f"{_W}tbl":
            yield from _rows(child)
        else:
            yield from _blocks(child)


def _rows(table: Any) -> Iterator[Block]:
    for line in _children(table, f"{_W}tr"):
        if line.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells: list[Cell] = []
        column = _number(line.find(f"{_W}trPr/{_W}gridBefore"), 0)
        around: list[Any] = []
        for cell in _children(line, f"{_W}tc"):
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            width = _number(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1)
            if any(_is_table(each) for each in _children(cell, f"{_W}tbl")):
                around.append(cell)
            elif cell.find(f"{_W}tcPr/{_W}cellDel") is None and (merge is None or merge.get(f"{_W}val") == "restart"):
                cells.append(Cell(_cell_text(cell), column))
            column += width
        if len(cells) == 1:
            # A frame around sentences, or a heading over the table's whole width.
            yield from (Line(text) for text in cells[0].text.split("\n"))
        elif cells:
            yield Row(tuple(cells))
        for each in around:
            yield from _blocks(each)


def _is_table(table: Any) -> bool:
    """Whether a table inside a cell is one, and not just a figure in a frame."""
    return len(table.findall(f".//{_W}tc")) > 2


def _cell_text(cell: Any) -> str:
    parts = [_text(each) for each in _children(cell, f"{_W}p")]
    return "\n".join([*parts, *(_cell_text(each) for each in cell.findall(f"{_W}tbl/{_W}tr/{_W}tc"))])


def _boxes(parent: Any) -> Iterator[Any]:
    """The text boxes in a paragraph, each once."""
    for child in parent:
        if child.tag == _BOX:
            yield child
        elif child.tag not in _GONE and isinstance(child.tag, str):
            yield from _boxes(child)


def _children(parent: Any, tag: str) -> Iterator[Any]:
    """The children of this kind, also inside content controls and tracked insertions."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}smartTag"}:
            yield from _children(child, tag)


def _number(element: Any, default: int) -> int:
    value = None if element is None else element.get(f"{_W}val")
    return min(int(value), 100) if value and value.isdigit() else default


def _text(element: Any, *, boxes: bool = True) -> str:
    parts: list[str] = []
    for child in element:
        if child.tag in _GONE or (child.tag == _BOX and not boxes):
            continue
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag == f"{_W}tab":
            parts.append("\t")
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            parts.append("\n")
        elif child.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif child.tag == f"{_W}r" and (_raised(child) or _hidden(child)):
            continue
        elif child.tag not in {f"{_W}rPr", f"{_W}pPr"}:
            parts.append(_text(child, boxes=boxes))
    return "".join(parts)


def _hidden(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(f"{_W}val") not in {"0", "false", "off"}


def _raised(run: Any) -> bool:
    """Whether the run is a footnote's mark."""
    align = run.find(f"{_W}rPr/{_W}vertAlign")
    return align is not None and align.get(f"{_W}val") in {"superscript", "subscript"}
