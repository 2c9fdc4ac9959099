"""A cell's figure. What is printed is read or it is not; nothing is reckoned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.edition import FigureColumn
from reports.reading.blocks import normal, squeezed

_BLANK = re.compile(r"[-‐-―─━_/\\|*·.。~～]*|无|空|不涉及|N/?A|null|None", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<sign>[-+−﹣]|增加?|减少?|新增|上升|下降|净增|净减)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>万元|亿元|元|件次?|条次?|项|个|部|宗|次|例|起|人次?)?"
    r"(?P<remark>[(\[【].*[)\]】]|[*#①-⑳]+)?",
)
_MINUS = ("-", "−", "﹣", "减", "减少", "下降", "净减")
_TEN_THOUSAND = 10_000
_LONGEST = 15
_PARTED = re.compile(r"(?<=\d)\s+(?=\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[^\S\n]\d{3})+")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a cell prints: a number with its unit, or nothing (blank, ``-``, ``/``, ``—``, 无)."""

    number: Decimal | None
    unit: str = ""


def printed(text: str) -> Printed | None:
    """What the cell prints; None if it is neither a number nor blank.

    A number cut by markup or a line break is one number; thousands separators, a unit and a remark in brackets
    may go with it.
    """
    plain = squeezed(text)
    if _BLANK.fullmatch(plain):
        return Printed(None)
    match = _NUMBER.fullmatch(plain.replace("'", ""))
    if match is None:
        return None
    digits = match["number"].replace(",", "")
    if len(digits) > _LONGEST or (len(digits) > 1 and digits.startswith("0") and not digits.startswith("0.")):
        return None
    number = Decimal(digits)
    return Printed(-number if match["sign"] in _MINUS else number, match["unit"] or "")


def is_number(text: str) -> bool:
    """Whether the cell prints a number."""
    found = printed(text)
    return found is not None and found.number is not None


def is_parted(text: str) -> bool:
    """Whether white space stands between two digits of the cell: one number that was torn, or several numbers."""
    plain = normal(text).strip()
    return bool(_PARTED.search(plain)) and not _THOUSANDS.fullmatch(plain)


def sums(cells: Sequence[str]) -> bool | None:
    """Whether the last figure is the sum of the others (K3, K5), all of them being there or blank.

    None where the last is blank itself, or a cell is no number.
    """
    found = [printed(cell) for cell in cells]
    if any(each is None for each in found) or found[-1] is None or found[-1].number is None:
        return None
    *parts, total = [each.number or 0 for each in found if each]
    return sum(parts) == total


def adds_up(cells: Sequence[str]) -> bool:
    """Whether the last figure is the sum of the others and more than zero: zeros add up in whatever order."""
    last = printed(cells[-1])
    return bool(last and last.number) and sums(cells) is True


def figure(text: str, column: FigureColumn, heading: str = "") -> int | Decimal | None:
    """The figure that a cell of this column prints; None if it is blank. ValueError if it cannot be read.

    Money is turned to the column's unit where the cell, or the heading it stands under, names the other one
    (元, 万元).
    """
    found = printed(text)
    if found is None:
        raise ValueError(text)
    if found.number is None:
        return None
    if column.kind == "decimal":
        return _money(found, column, heading)
    if found.number != found.number.to_integral_value() or found.unit in {"元", "万元", "亿元"}:
        raise ValueError(text)
    return int(found.number)


def _money(found: Printed, column: FigureColumn, heading: str) -> Decimal:
    number = found.number or Decimal(0)
    if found.unit == "亿元":
        raise ValueError(found.unit)
    wanted = "万元" if "万元" in column.label else "元"
    unit = found.unit if found.unit in {"元", "万元"} else ""
    unit = unit or ("万元" if "万元" in heading else "元" if "元" in heading else wanted)
    if unit == wanted:
        return number
    scaled = number * _TEN_THOUSAND if wanted == "元" else number / _TEN_THOUSAND
    return scaled.quantize(Decimal(1)) if scaled == scaled.to_integral_value() else scaled.normalize()
