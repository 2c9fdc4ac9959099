"""Rows as they are found, matched to the rows of the form: in the form's order, each to the label most like its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Generic, TypeVar

from rapidfuzz import fuzz

from reports.reading.blocks import key, squeezed

T = TypeVar("T")

_NUMBERED = re.compile(r"^[(\[]?(?:[一二三四五六七八九十]{1,2}|\d{1,2})[)\]]?[、.,:)\]]?(?=[^\d、.])")
_REMARK = re.compile(r"\(.*?(?:\)|$)")
# Below this a label is no label of the row; what stands there is read as unlabelled.
ALIKE = 0.62
_SKIPPED_ROW = 0.35
_SKIPPED_ITEM = 0.5
_UNLABELLED = 0.12


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """Something found in the document that may be a row: texts that may be its label, each with a weight up to 1."""

    labels: tuple[tuple[str, float], ...]
    value: T


@lru_cache(4096)
def core(label: str) -> str:
    """A label without its number and its remark in brackets: what a reader knows it by."""
    plain = squeezed(label)
    bare = _REMARK.sub("", _NUMBERED.sub("", plain)) or plain
    return key(bare)


@lru_cache(65536)
def alike(text: str, label: str) -> float:
    """How like a row's label a text is, from 0 to 1. A torn label is like the whole; a short one must be the same."""
    found, wanted = core(text), core(label)
    if not found:
        return 0.0
    if found == wanted:
        return 1.0
    if min(len(found), len(wanted)) < 4:
        return 0.0
    ratio = fuzz.ratio(found, wanted)
    if len(found) >= 5:
        ratio = max(ratio, 0.93 * fuzz.partial_ratio(found, wanted))
    return float(ratio) / 100


def align(items: Sequence[Item[T]], labels: Sequence[str], *, sequence: bool = False) -> list[tuple[int, int, float]]:
    """The best matching of items to labels that keeps both in order: (item, label, likeness), skipping some of either.

    With ``sequence`` an item without any likely label may still stand for the row that its place among the
    others leaves for it.
    """
    rows, columns = len(items), len(labels)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step = [[""] * (columns + 1) for _ in range(rows + 1)]
    likeness = [[_likeness(item, label) for label in labels] for item in items]
    for i, j in list(product(range(rows + 1), range(columns + 1)))[1:]:
        choices = []
        if i and j:
            own = likeness[i - 1][j - 1]
            worth = own if own >= ALIKE else _UNLABELLED if sequence else None
            choices += [(best[i - 1][j - 1] + worth, "match")] if worth is not None else []
        if j:
            choices.append((best[i][j - 1] - _SKIPPED_ROW, "row"))
        if i:
            choices.append((best[i - 1][j] - (_SKIPPED_ITEM if sequence else 0.0), "item"))
        best[i][j], step[i][j] = max(choices)
    matched = []
    i, j = rows, columns
    while i or j:
        taken = step[i][j]
        if taken == "match":
            matched.append((i - 1, j - 1, likeness[i - 1][j - 1]))
        i, j = i - (taken != "row"), j - (taken != "item")
    return matched[::-1]


def _likeness(item: Item[T], label: str) -> float:
    return max((weight * alike(text, label) for text, weight in item.labels), default=0.0)
