"""A report as a web page, with whatever a content system puts around and inside its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree, html

from reports.reading import text_file
from reports.reading.blocks import Block, Cell, Line, Row

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_SKIPPED = {"script", "style", "noscript", "template", "select", "button", "iframe", "object", "svg", "textarea"}
_INLINE = {
    *("a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"),
    *("label", "mark", "o:p", "p:p", "q", "s", "samp", "small", "span", "st1:chsdate", "strike", "strong", "sub"),
    *("sup", "time", "tt", "u", "var", "wbr", "img", "st1:chmetcnv"),
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST = 400
_WIDEST = 100
_BREAK = "\n"


def blocks(data: bytes) -> list[Block]:
    """The lines and rows of a page in reading order. A table that only lays out others is no table."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    root = html.document_fromstring((_text(data).strip() or "<p></p>").encode(), parser=parser)
    page = _Page()
    page.walk(root, 0)
    page.end_line()
    return page.blocks


def title(data: bytes) -> str:
    """What the page calls itself in its ``title`` element."""
    found = re.search(r"<title[^>]*>(.*?)</title>", _text(data), re.IGNORECASE | re.DOTALL)
    return unescape(found[1]).strip() if found else ""


def _text(data: bytes) -> str:
    """By the byte order mark, else as what it is; what the page says of itself is a last resort."""
    try:
        return text_file.decoded(data)
    except UnicodeDecodeError:
        named = _CHARSET.search(data[:4096])
        try:
            return data.decode(named[1].decode() if named else "gb18030", "replace")
        except LookupError:
            return data.decode("utf-8", "replace")


class _Page:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.words: list[str] = []

    def end_line(self) -> None:
        text = "".join(self.words)
        self.words.clear()
        if text.strip():
            self.blocks.append(Line(text))

    def say(self, text: str | None) -> None:
        if text:
            self.words.append(re.sub(r"[ \t\r\n]+", " ", text))

    def walk(self, element: etree._Element, depth: int) -> None:
        if not isinstance(element.tag, str) or _is_hidden(element) or depth > _DEEPEST:
            return
        tag = element.tag.lower()
        if tag == "head":
            return
        if tag == "table" and element.find(".//table") is None and element.find(".//tr") is not None:
            self.end_line()
            self.blocks += _rows(element)
            return
        if tag == "pre":
            self.end_line()
            self.blocks += text_file.blocks_of("".join(str(text) for text in element.itertext()))
            return
        block = tag not in _INLINE
        if block:
            self.end_line()
        self.say(element.text)
        for child in element:
            self.walk(child, depth + 1)
            self.say(child.tail)
        if block:
            self.end_line()


def _is_hidden(element: etree._Element) -> bool:
    tag = element.tag.lower() if isinstance(element.tag, str) else ""
    return tag in _SKIPPED or element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _rows(table: etree._Element) -> Iterator[Row]:
    """The rows with each cell at its physical column, spans counted."""
    below: dict[int, int] = {}
    caption = table.find("caption")
    if caption is not None and (text := "".join(map(str, caption.itertext())).strip()):
        yield Row((Cell(text, 0),))
    for line in table.iter("tr"):
        if _is_hidden(line):
            continue
        cells: list[Cell] = []
        column = 0
        spans: dict[int, int] = {}
        for cell in line:
            if cell.tag not in {"td", "th"} or _is_hidden(cell):
                continue
            while below.get(column):
                column += 1
            cells.append(Cell(_cell_text(cell), column))
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            spans |= dict.fromkeys(range(column, column + width), height)
            column += width
        below = {at: left - 1 for at, left in below.items() if left > 1} | {
            at: height - 1 for at, height in spans.items() if height > 1
        }
        yield Row(tuple(cells))


def _span(cell: etree._Element, name: str) -> int:
    digits = re.match(r"\s*(\d{1,4})", cell.get(name) or "")
    return min(max(int(digits[1]), 1), _WIDEST) if digits else 1


def _cell_text(cell: etree._Element) -> str:
    parts: list[str] = []

    def walk(element: etree._Element, depth: int) -> None:
        if not isinstance(element.tag, str) or _is_hidden(element) or depth > _DEEPEST:
            return
        tag = element.tag.lower()
        if tag in {"sup", "sub"} or tag == "del":
            return
        if tag == "input":
            parts.append(element.get("value") or "")
        parts.append(re.sub(r"[ \t\r\n]+", " ", element.text or ""))
        for child in element:
            walk(child, depth + 1)
            parts.append(re.sub(r"[ \t\r\n]+", " ", child.tail or ""))
        if tag not in _INLINE:
            parts.append(_BREAK)

    walk(cell, 0)
    return "".join(parts).strip()
