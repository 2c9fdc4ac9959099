"""What a document is to the reader, whatever its format: lines of prose and rows of tables, in reading order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Simplified forms in the block CJK Radicals Supplement, which NFKC leaves alone: PDF fonts map characters to them.
_RADICALS = str.maketrans(
    "⺠⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳⺟⻁⻙⻝⺒⺝⼾",
    "民西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟母虎韦食巳月户",
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ue000-\uf8ff\x00-\x08\x0b\x0e-\x1f]")
# NFKC would turn a footnote's mark into a digit of the number before it.
_FOOTNOTES = re.compile("[\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+")
_CIRCLED = re.compile("[\u2460-\u2473\u24f5-\u24fe\u2776-\u2793]")
_SPACES = re.compile(r"[^\S\n]+")
_MARKS = re.compile(r"[^\u3400-\u9fff\u3007A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text outside tables."""

    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that begins in its row: its text, and the physical column it begins in, counted from 0."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: the cells that begin in it, left to right. What spans down from above is not repeated."""

    cells: tuple[Cell, ...]


Block = Line | Row


def said(block: Block) -> str:
    """The text of a line, or of a row that has but one filled cell, as sentences in a workbook are; else nothing."""
    if isinstance(block, Line):
        return block.text
    filled = [cell.text for cell in block.cells if cell.text.strip()]
    return filled[0] if len(filled) == 1 else ""


def row_of(texts: Iterable[str]) -> Row:
    """The row of these cells, each a physical column wide."""
    return Row(tuple(Cell(text, column) for column, text in enumerate(texts)))


def normal(text: str) -> str:
    """The text in one form: half-width digits and marks, radicals as characters, no invisible characters."""
    marked = _CIRCLED.sub("(注)", _FOOTNOTES.sub("", _INVISIBLE.sub("", text.translate(_RADICALS))))
    plain = unicodedata.normalize("NFKC", marked)
    return _SPACES.sub(" ", plain.translate(_RADICALS).replace("\r\n", "\n").replace("\r", "\n")).strip(" ")


def squeezed(text: str) -> str:
    """The text in one form and without any white space: words that a line break or a layout tore are whole."""
    return "".join(normal(text).split())


def key(text: str) -> str:
    """What is left of a text to compare it with a label: its characters and digits, no marks and no spaces."""
    return _MARKS.sub("", squeezed(text))
