"""Text whose table was torn into lines, taken apart into labels and figures, and the figures gathered into rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from reports.reading.blocks import Block, Line, normal, squeezed
from reports.reading.cells import printed

_ENUMERATOR = re.compile(r"\d{1,2}[.、](?!\d)")
_GLUED = re.compile(r"(.*[\u3400-\u9fff)\]”\"])(\d[\d,]*(?:\.\d+)?)")
_GLUED_MARK = re.compile(r"(.*[\u3400-\u9fff)\]”\"])([-‐-―—/]{1,2})")
_WORD = re.compile(r"\S+")
_PAGE = re.compile(
    r"[-‐-―—~]{1,2} ?\d{1,3} ?[-‐-―—~]{1,2}|第 ?\d{1,3} ?页(?: ?[,/]? ?共 ?\d{1,3} ?页)?|\d{1,3}/\d{1,3}页?"
)
_NARROWEST = 4
_UNSTEADY = 2.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a label or a figure as printed; where in the text it stands."""

    text: str
    is_figure: bool
    line: int
    left: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Figures that may be a row: as printed, or with a reason why they are no row; and the label words around."""

    figures: tuple[str, ...]
    beside: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    whole: bool = True
    # Counted off from a longer run of figures, with nothing on the page to say where a row ends.
    counted: bool = False

    @property
    def labels(self) -> tuple[tuple[str, float], ...]:
        """What may be the row's label: beside it, else what stands before, after or around it."""
        before, last = "".join(self.before), self.before[-1] if self.before else ""
        first = self.after[0] if self.after else ""
        return (
            (self.beside, 1.0),
            (last + self.beside + first, 0.97),
            (last, 0.95),
            (before, 0.93),
            (first, 0.85),
        )


def is_page_number(text: str) -> bool:
    """Whether the line is a page's number and nothing else."""
    return bool(_PAGE.fullmatch(normal(text)))


def lines_of(blocks: Sequence[Block]) -> list[str]:
    """The blocks as lines; a row is a line of its cells. Page numbers are left out."""
    lines = [
        block.text if isinstance(block, Line) else "   ".join(squeezed(cell.text) for cell in block.cells)
        for block in blocks
    ]
    return [line for line in lines if not is_page_number(line)]


def pieces_of(lines: Sequence[str], *, empty_is_blank: bool = False) -> list[Piece]:
    """The labels and figures in order. With ``empty_is_blank`` an empty line is a blank cell."""
    pieces: list[Piece] = []
    for number, line in enumerate(lines):
        if not line.strip():
            if empty_is_blank:
                pieces.append(Piece("", is_figure=True, line=number))
            continue
        pieces += _pieces(line, number)
    return pieces


def _pieces(line: str, number: int) -> Iterator[Piece]:
    # Where a word stands is told by the line as it was, before its marks were made narrow.
    words = list(_WORD.finditer(line))
    texts = [normal(word[0]) for word in words]
    # 无 alone may be the end of a label that was torn; among figures it is a blank.
    among_figures = any(map(_is_figure, texts)) and sum(_is_figure(text) or text == "无" for text in texts) > 2
    for at, (word, text) in enumerate(zip(words, texts, strict=True)):
        left = _width(line[: word.start()])
        right = left + _width(word[0])
        following = texts[at + 1] if at + 1 < len(texts) else ""
        glued = _GLUED.fullmatch(text) or (_GLUED_MARK.fullmatch(text) if _is_figure(following) else None)
        if _ENUMERATOR.match(text + following) and not _is_figure(following):
            yield Piece(text, is_figure=False, line=number)
        elif _is_figure(text) or (text == "无" and among_figures):
            yield Piece(text, is_figure=True, line=number, left=left, right=right)
        elif glued and len(glued[1]) > 1:
            yield Piece(glued[1], is_figure=False, line=number)
            yield Piece(glued[2], is_figure=True, line=number, left=left, right=right)
        else:
            yield Piece(text, is_figure=False, line=number)


def _is_figure(word: str) -> bool:
    """Marks stand for blanks here; words such as 无 may belong to a label that was torn."""
    found = printed(word)
    return found is not None and (found.number is not None or not any(mark.isalnum() for mark in word))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


_Group = tuple[list[Piece], list[Piece], list[Piece]]


def runs_of(pieces: Sequence[Piece], width: int) -> list[Run]:
    """The rows of ``width`` figures in order; what is no whole row is marked so.

    Figures between two labels are a row, or several; on a line by themselves ``width`` figures are one.
    """
    groups = _groups(pieces)
    if _parted_by_empty_lines(groups, width):
        groups = _groups([piece for piece in pieces if piece.text])
    columns = _columns([group for _, group, _ in groups], width)
    runs: list[Run] = []
    for index, (before, group, after) in enumerate(groups):
        chunks = _chunks(group, width, columns)
        if not chunks and len(group) == 1 and index:
            alone = all(piece.is_figure for piece in pieces if piece.line == group[0].line)
            if alone and any(run.whole for run in runs):
                # A page's number, or what a line break tore off: no row of its own.
                continue
        parts = chunks or [(group, tuple(piece.text for piece in group), False)]
        for position, (own, figures, whole) in enumerate(parts):
            lines = {piece.line for piece in own}
            beside = [piece.text for piece in (*before, *after) if piece.line in lines]
            runs.append(
                Run(
                    figures,
                    "".join(beside),
                    _by_line(before, lines) if position == 0 else (),
                    _by_line(after, lines) if position == len(parts) - 1 else (),
                    whole,
                    counted=len(parts) > 1 and len({id(own) for own, _, _ in parts}) > 1 and _is_counted(parts),
                )
            )
    return runs


def _is_counted(parts: Sequence[_Chunk]) -> bool:
    """Whether rows were cut out of a run of figures anywhere but between lines."""
    ends = [(left[-1].line, right[0].line) for (left, _, _), (right, _, _) in pairwise(parts)]
    lines = {piece.line for own, _, _ in parts for piece in own}
    return any(end == begin for end, begin in ends) or len(lines) > len(parts)


def _parted_by_empty_lines(groups: Sequence[_Group], width: int) -> bool:
    """Whether empty lines part the rows, or stand beside whole lines of figures: then they are no blank cells."""
    parted = 0
    for _, group, _ in groups[:-1]:
        lines = [piece.line for piece in group if piece.text]
        if any(not piece.text for piece in group) and len(set(lines)) < len(lines):
            return True
        parted += len(group) > width and not group[-1].text
    return parted > 0


def _by_line(pieces: Sequence[Piece], without: set[int]) -> tuple[str, ...]:
    texts: dict[int, str] = {}
    for piece in pieces:
        if piece.line not in without:
            texts[piece.line] = texts.get(piece.line, "") + piece.text
    return tuple(texts.values())


def _groups(pieces: Sequence[Piece]) -> list[_Group]:
    """Figures that no label parts, with the labels before and after them."""
    groups: list[_Group] = []
    labels: list[Piece] = []
    for piece in pieces:
        if not piece.is_figure:
            labels.append(piece)
        elif groups and not labels:
            groups[-1][1].append(piece)
        else:
            if groups:
                groups[-1][2].extend(labels)
            groups.append((labels, [piece], []))
            labels = []
    if groups:
        groups[-1][2].extend(labels)
    return groups


_Chunk = tuple[list[Piece], tuple[str, ...], bool]


def _chunks(group: list[Piece], width: int, columns: _Columns | None) -> list[_Chunk]:
    """The whole rows in a group, and what is left of it; nothing if it has none."""
    texts = [piece.text for piece in group]
    while len(texts) > width and not texts[-1]:
        texts.pop()
    if len(texts) == width:
        return [(group, tuple(texts), True)]
    lines: dict[int, list[Piece]] = {}
    for piece in group:
        lines.setdefault(piece.line, []).append(piece)
    if all(len(line) == width or _at_columns(line, width, columns) for line in lines.values()):
        return [
            (line, tuple(p.text for p in line) if len(line) == width else _at_columns(line, width, columns), True)
            for line in lines.values()
        ]
    if any(len(line) == width for line in lines.values()):
        kept = [line for line in lines.values() if len(line) == width or len(line) > 1]
        return [(line, tuple(piece.text for piece in line), len(line) == width) for line in kept]
    if len(texts) % width == 0 and "" not in texts:
        return [(group[at : at + width], tuple(texts[at : at + width]), True) for at in range(0, len(texts), width)]
    mended = _mended(texts, width)
    return [(group, mended, True)] if mended else []


def _mended(texts: Sequence[str], width: int) -> tuple[str, ...]:
    """A row of one figure too many, one number of which a line break cut in two.

    Which one it was cannot be seen, so the row's own sum (K3, K5) decides between the places where the cut may
    be; where it fits none of them or several, there is no row. No printed digit is changed.
    """
    if len(texts) != width + 1 or not all(text.isdigit() for text in texts):
        return ()
    fitting = set()
    for at in range(width):
        if texts[at] == "0":
            continue
        row = (*texts[:at], texts[at] + texts[at + 1], *texts[at + 2 :])
        *parts, total = map(int, row)
        if sum(parts) == total:
            fitting.add(row)
    return fitting.pop() if len(fitting) == 1 else ()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a text that keeps the page's layout has its columns, by the edge of the figures that lines them up."""

    edge: str
    at: tuple[float, ...]

    def of(self, piece: Piece) -> float:
        return _EDGES[self.edge](piece)


_EDGES: dict[str, Callable[[Piece], float]] = {
    "right": lambda piece: piece.right,
    "centre": lambda piece: (piece.left + piece.right) / 2,
    "left": lambda piece: piece.left,
}


def _columns(groups: Sequence[Sequence[Piece]], width: int) -> _Columns | None:
    """The columns, if all the figures stand in just so many; None where the layout was not kept."""
    figures = [piece for group in groups for piece in group if piece.text]
    for edge, place in _EDGES.items():
        clusters: list[list[float]] = []
        for value in sorted(map(place, figures)):
            if clusters and value - clusters[-1][-1] < _NARROWEST:
                clusters[-1].append(value)
            else:
                clusters.append([value])
        steady = all(cluster[-1] - cluster[0] <= _UNSTEADY for cluster in clusters)
        if len(clusters) == width and steady:
            return _Columns(edge, tuple(median(cluster) for cluster in clusters))
    return None


def _at_columns(line: Sequence[Piece], width: int, columns: _Columns | None) -> tuple[str, ...]:
    """The line's figures each in the column it stands in, the others blank; nothing if that cannot be told."""
    if columns is None or len(line) > width:
        return ()
    row: dict[int, str] = {}
    for piece in line:
        distance, index = min((abs(at - columns.of(piece)), index) for index, at in enumerate(columns.at))
        if distance > _UNSTEADY or index in row:
            return ()
        row[index] = piece.text
    return tuple(row.get(index, "") for index in range(width))
