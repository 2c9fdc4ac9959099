"""A report as a web page, with whatever a content system puts around and inside its tables."""

from __future__ import annotations

import re
from email import message_from_bytes
from html import unescape

from lxml import etree, html

from reports.reading import text_file
from reports.reading.blocks import Block, Cell, Line, Row

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_SKIPPED = {
    "script",
    "style",
    "noscript",
    "template",
    "select",
    "button",
    "iframe",
    "object",
    "svg",
    "textarea",
    "rt",
    "rp",
}
_INLINE = {
    *("a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"),
    *("label", "mark", "o:p", "p:p", "q", "s", "samp", "small", "span", "st1:chsdate", "strike", "strong", "sub"),
    *("sup", "time", "tt", "u", "var", "wbr", "img", "st1:chmetcnv"),
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST = 400
_FEWEST = 10
_WIDEST = 100
_BREAK = "\n"


def blocks(data: bytes) -> list[Block]:
    """The lines and rows of a page in reading order. A table that only lays out others is no table."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    root = html.document_fromstring((_whole(_text(data)).strip() or "<p></p>").encode(), parser=parser)
    page = _Page()
    page.walk(root, 0)
    page.end_line()
    return page.blocks


def title(data: bytes) -> str:
    """What the page calls itself in its ``title`` element."""
    found = re.search(r"<title[^>]*>(.*?)</title>", _text(data), re.IGNORECASE | re.DOTALL)
    return unescape(found[1]).strip() if found else ""


def is_letter(data: bytes) -> bool:
    """Whether it is a page saved as a single file, in parts like a letter (mht)."""
    return bool(re.search(rb"^MIME-Version:", data[:2048], re.IGNORECASE | re.MULTILINE)) and b"text/html" in data


def _page_of(letter: bytes) -> bytes:
    for part in message_from_bytes(letter.lstrip()).walk():
        if part.get_content_type() == "text/html" and isinstance(content := part.get_payload(decode=True), bytes):
            return content
    return b""


def _whole(text: str) -> str:
    """The page; if it was cut off inside a cell, what is left of that cell is not taken for the whole."""
    last = max(text.rfind("<td"), text.rfind("<TD"))
    return text if last < 0 or re.search(r"</[A-Za-z]", text[last:]) else text[:last]


def _text(data: bytes) -> str:
    """By the byte order mark, else as what it is; what the page says of itself is a last resort."""
    data = _page_of(data) if is_letter(data) else data
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
        if tag == "table" and _is_table(element):
            self.end_line()
            for row in _Table(element).rows:
                # A frame around sentences, or a heading over the table's whole width.
                self.blocks += [row] if len(row.cells) != 1 else map(Line, row.cells[0].text.split(_BREAK))
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


def _is_table(table: etree._Element) -> bool:
    """Whether the table is one and not a page's layout: it holds no other, or only figures in frames."""
    if table.find(".//tr") is None:
        return False
    inner = table.findall(".//table")
    if not inner:
        return True
    own = sum(1 for _ in table.iter("td", "th")) - sum(len(each.findall(".//td")) for each in inner)
    return all(len(each.findall(".//td")) <= 2 for each in inner) and own >= 2 * len(inner) and own >= _FEWEST


class _Table:
    """A table's rows with each cell at its physical column, spans counted, however badly its elements are nested."""

    def __init__(self, table: etree._Element) -> None:
        self.rows: list[Row] = []
        self.cells: list[tuple[int, list[str]]] = []
        self.below: dict[int, int] = {}
        self.spans: dict[int, int] = {}
        self.column = 0
        self.words: list[str] = []
        for child in table:
            self._walk(child, 0)
        self._end_row()

    def _end_row(self) -> None:
        self.below = {at: left - 1 for at, left in self.below.items() if left > 1} | {
            at: height - 1 for at, height in self.spans.items() if height > 1
        }
        if self.cells:
            self.rows.append(Row(tuple(Cell("".join(words).strip(), column) for column, words in self.cells)))
        self.cells, self.spans, self.column, self.words = [], {}, 0, []

    def _begin_cell(self, cell: etree._Element) -> None:
        while self.below.get(self.column):
            self.column += 1
        self.words = []
        self.cells.append((self.column, self.words))
        width, height = _span(cell, "colspan"), _span(cell, "rowspan")
        self.spans |= dict.fromkeys(range(self.column, self.column + width), height)
        self.column += width

    def _walk(self, element: etree._Element, depth: int, *, inner: bool = False) -> None:
        if not isinstance(element.tag, str) or _is_hidden(element) or depth > _DEEPEST:
            return
        tag = element.tag.lower()
        if tag in {"sup", "sub", "del"}:
            return
        if tag == "tr" and not inner:
            self._end_row()
        elif tag in {"td", "th", "caption"} and not inner:
            self._begin_cell(element)
        elif tag == "input":
            self.words.append(element.get("value") or "")
        self.words.append(_one_space(element.text))
        for child in element:
            self._walk(child, depth + 1, inner=inner or tag == "table")
            self.words.append(_one_space(child.tail))
        if tag not in _INLINE:
            self.words.append(_BREAK)


def _one_space(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _span(cell: etree._Element, name: str) -> int:
    digits = re.match(r"\s*(\d{1,4})", cell.get(name) or "")
    return min(max(int(digits[1]), 1), _WIDEST) if digits else 1
