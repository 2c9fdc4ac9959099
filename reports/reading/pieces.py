"""Text whose table was torn into lines, taken apart into labels and figures, and the figures gathered into rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import median

from reports.reading.blocks import Block, Line, normal, squeezed
from reports.reading.cells import printed, sums

_ENUMERATOR = re.compile(r"\d{1,2}[.、](?!\d)")
_GLUED = re.compile(r"(.*[\u3400-\u9fff)\]”\"])(\d[\d,]*(?:\.\d+)?)")
_GLUED_MARK = re.compile(r"(.*[\u3400-\u9fff)\]”\"])([-‐-―—/]{1,2})")
_WORD = re.compile(r"\S+")
_PAGE = re.compile(
    r"[-‐-―—~]{1,2} ?\d{1,3} ?[-‐-―—~]{1,2}|第 ?\d{1,3} ?页(?: ?[,/]? ?共 ?\d{1,3} ?页)?|\d{1,3}/\d{1,3}页?"
)
_NARROWEST = 4
_UNSTEADY = 2.5
_DOUBLE = 0.8
_NEAR = 2


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
    # The line that all of its figures stand on, -1 if they stand on several.
    line: int = -1

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
                runs[-1] = _with_its_ends(runs[-1], [group[0].text], group[0].line)
                continue
        parts = chunks or [(group, tuple(piece.text for piece in group), False)]
        # Figures before a label, on the line of those behind it: the upper ends of numbers that a column broke.
        split = Counter(piece.line for piece in groups[index - 1][1]) if index else Counter[int]()
        for position, (own, figures, whole) in enumerate(parts):
            lines = {piece.line for piece in own}
            beside = [piece.text for piece in (*before, *after) if piece.line in lines]
            runs.append(
                Run(
                    figures,
                    "".join(beside),
                    _by_line(before, lines) if position == 0 else (),
                    _by_line(after, lines) if position == len(parts) - 1 else (),
                    whole and split[min(lines)] < (1 if sums(figures) is False else 2),
                    counted=len(parts) > 1 and len({id(own) for own, _, _ in parts}) > 1 and _is_counted(parts),
                    line=min(lines) if len(lines) == 1 else -1,
                )
            )
    return _rejoined(runs)


def _rejoined(runs: Sequence[Run]) -> list[Run]:
    """The rows, those made one whose numbers a narrow column broke, above their label and below it."""
    whole = [run for run in runs if run.whole]
    # Where labels stand beside their figures, figures that have none beside them are no row of their own.
    are_beside = 2 * sum(bool(run.beside) for run in whole) >= len(whole) > 0
    found: list[Run] = []
    for run in runs:
        above = found[-1] if found else None
        if above is None:
            found.append(run)
            continue
        are_ends = are_beside and not run.beside and 0 <= run.line - above.line <= _NEAR
        if sums(above.figures) is False and (joined := _joined_in_columns(above.figures, run.figures)):
            found[-1] = replace(run, figures=joined, whole=True)
        elif are_ends and not all(run.figures):
            found[-1] = replace(above, whole=False)
        elif are_ends and not run.whole:
            below = _with_its_ends(above, run.figures, run.line)
            found[-1] = below if below != above else replace(above, whole=False)
        else:
            found.append(run)
    return found


def _joined_in_columns(texts: Sequence[str], ends: Sequence[str]) -> tuple[str, ...]:
    """A row whose numbers have these ends, blank where they have none, if it adds up so."""
    if len(texts) != len(ends) or not all(end.isdigit() for end in ends if end):
        return ()
    row = tuple(text + end for text, end in zip(texts, ends, strict=True))
    return row if all(text.isdigit() for text in row) and sums(row) else ()


def _with_its_ends(run: Run, ends: Sequence[str], line: int) -> Run:
    """A row that a narrow column may have broken these ends off, which stand on a line below.

    It is whole with them if it adds up so, and no row for sure if it does not add up without them either.
    """
    if not run.whole or sums(run.figures) is not False or not 0 <= line - run.line <= _NEAR:
        return run
    joined = _joined(run.figures, ends)
    return replace(run, figures=joined) if joined else replace(run, whole=False)


def _is_counted(parts: Sequence[_Chunk]) -> bool:
    """Whether rows were cut out of a run of figures anywhere but between lines."""
    ends = [(left[-1].line, right[0].line) for (left, _, _), (right, _, _) in pairwise(parts)]
    lines = {piece.line for own, _, _ in parts for piece in own}
    return any(end == begin for end, begin in ends) or len(lines) > len(parts)


def _parted_by_empty_lines(groups: Sequence[_Group], width: int) -> bool:
    """Whether empty lines part the rows, or stand beside whole lines of figures: then they are no blank cells."""
    if any(not are_cells(group) and not all(piece.text for piece in group) for _, group, _ in groups):
        return True
    return any(len(group) > width and not group[-1].text for _, group, _ in groups[:-1])


def are_cells(pieces: Sequence[Piece]) -> bool:
    """Whether each figure has a line to itself, as where a cell is a line."""
    lines = [piece.line for piece in pieces if piece.is_figure and piece.text]
    return len(set(lines)) == len(lines)


def may_be_blank(pieces: Sequence[Piece]) -> bool:
    """Whether empty lines may be blank cells: cells are lines, and it is not that each line is followed by one."""
    lines = sorted({piece.line for piece in pieces if piece.text})
    gaps = [below - above - 1 for above, below in pairwise(lines)]
    return are_cells(pieces) and gaps.count(1) < _DOUBLE * len(gaps)


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
    lines: dict[int, list[Piece]] = {}
    for piece in group:
        lines.setdefault(piece.line, []).append(piece)
    if len(texts) == width:
        # Some on one line and some on another: what a narrow column broke off its numbers may be among them. A sum
        # that is too wide for its column, and alone, is not.
        alone = max(map(len, lines.values())) == width - 1 and sums(texts)
        return [(group, tuple(texts), True)] if len(lines) in {1, len(group)} or alone else []
    if len(lines) > 1 and any(len(line) == width for line in lines.values()):
        return _unbroken(list(lines.values()), width)
    if all(_at_columns(line, width, columns) for line in lines.values()):
        return [(line, _at_columns(line, width, columns), True) for line in lines.values()]
    if len(texts) % width == 0 and "" not in texts:
        return [(group[at : at + width], tuple(texts[at : at + width]), True) for at in range(0, len(texts), width)]
    mended = _mended(texts, width)
    return [(group, mended, True)] if mended else []


def _unbroken(lines: Sequence[list[Piece]], width: int) -> list[_Chunk]:
    """The lines that are rows, joined with the next one where that is what a narrow column broke off their numbers.

    Only the row's own sum (K3, K5) tells: figures that do not add up are no row if others stand just below that
    may be their ends.
    """
    chunks: list[_Chunk] = []
    at = 0
    while at < len(lines):
        line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else []
        texts = tuple(piece.text for piece in line)
        at += 1
        if len(line) != width:
            chunks += [(line, texts, False)] if len(line) > 1 else []
        elif not below or below[0].line != line[0].line + 1 or len(below) > width or _is_sure(texts, below):
            chunks.append((line, texts, True))
        elif sums(texts) is False and (joined := _joined(texts, [piece.text for piece in below])):
            chunks.append(([*line, *below], joined, True))
            at += 1
        else:
            chunks.append((line, texts, len(below) == width))
    return chunks


def _is_sure(texts: Sequence[str], below: Sequence[Piece]) -> bool:
    """Whether a row adds up as it stands, and what is below is another row or a page's number."""
    return sums(texts) is not False and len(below) in {1, len(texts)}


def _joined(texts: Sequence[str], ends: Sequence[str]) -> tuple[str, ...]:
    """A row whose numbers have these ends, in their order, if that is so in one way only."""
    if not all(end.isdigit() for end in ends):
        return ()
    fitting = set()
    for places in combinations(range(len(texts)), len(ends)):
        row = list(texts)
        for place, end in zip(places, ends, strict=True):
            row[place] += end
        if all(row[place].isdigit() and row[place][0] != "0" for place in places) and sums(row):
            fitting.add(tuple(row))
    return fitting.pop() if len(fitting) == 1 else ()


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
    """The columns, if all the figures stand in just so many; None where the layout was not kept.

    Where it was, labels stand left of the figures: none stands at the very edge.
    """
    figures = [piece for group in groups for piece in group if piece.text]
    if not all(piece.left for piece in figures):
        return None
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
