"""文号: the numbers of letters, by a pattern that the agency chooses (GB/T 9704—2012 7.2.5). Pure.

A number is the agency's sign (机关代字), the year in 〔〕 and a serial without leading zeros. Serials are counted per
year and series: each series has letters of some kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflow.faults import InputFault

SIGN, SERIES, YEAR, SERIAL = "{代字}", "{类}", "{年}", "{号}"
DEFAULT = "{代字}公开{类}〔{年}〕{号}号"
"""The pattern where an agency has chosen none; each series has its own serials then."""

_SERIES: Mapping[str, tuple[str, ...]] = {
    "收": ("L02",),
    "补": ("L03",),
    "理": ("L04",),
    "延": ("L05", "L13"),
    "征": ("L06", "L08", "L10"),
    "告": ("L09",),
    "协": ("L11",),
    "费": ("L12",),
    "答": tuple(f"L{number}" for number in range(20, 34)),
}
SERIES_OF: Mapping[str, str] = {code: series for series, codes in _SERIES.items() for code in codes}
"""The series of each letter that has a number, by its code; forms that stay in the file have none."""

_PART = re.compile(r"[;；\n]")
_PLACE = re.compile(r"\{[^{}]*\}")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the numbers of a series are written. ``series`` is what they are counted by."""

    text: str
    series: str

    def number(self, sign: str, year: int, serial: int) -> str:
        """The ``serial``-th number of ``year``."""
        values = {SIGN: sign, SERIES: self.series, YEAR: str(year), SERIAL: str(serial)}
        return _PLACE.sub(lambda found: values[found[0]], self.text)


def read(text: str) -> dict[str, Pattern]:
    """The pattern of each series as it is written in the settings: ``{代字}〔{年}〕{号}号；补={代字}补〔{年}〕{号}号``.

    The first is for all series that are not named; without ``{类}`` they share one counting. Empty: the default. Raises
    InputFault, one sentence for each part that cannot be used.
    """
    general, named, faults = DEFAULT, dict[str, str](), []
    parts = [part.strip().replace("＝", "=") for part in _PART.split(text) if part.strip()]
    for place, part in enumerate(parts):
        series, equals, pattern = part.partition("=")
        if not equals:
            series, pattern = "", part
        fault = _fault(pattern.strip())
        if equals and series.strip() not in _SERIES:
            fault = f"没有“{series.strip()}”这一类，应为：{'、'.join(_SERIES)}"
        elif not equals and place:
            fault = "没有写明是哪一类，应形如 补={代字}补〔{年}〕{号}号"
        if fault is not None:
            faults.append(f"letter_number：“{part[:_LONGEST]}”不能用，{fault}")
        elif equals:
            named[series.strip()] = pattern.strip()
        else:
            general = pattern.strip()
    if faults:
        raise InputFault(faults)
    shared = "" if SERIES not in general else None
    found = {
        series: Pattern(named[series], series)
        if series in named
        else Pattern(general, series if shared is None else "")
        for series in _SERIES
    }
    _apart(found.values())
    return found


def _fault(pattern: str) -> str | None:
    strange = [each for each in _PLACE.findall(pattern) if each not in {SIGN, SERIES, YEAR, SERIAL}]
    if strange or pattern.count("{") != len(_PLACE.findall(pattern)):
        return f"可用的字段为：{SIGN}、{SERIES}、{YEAR}、{SERIAL}"
    if pattern.count(YEAR) != 1 or pattern.count(SERIAL) != 1:
        return f"应有 {YEAR} 和 {SERIAL} 各一个"
    if len(pattern) > _LONGEST or not pattern.isprintable():
        return f"应不超过 {_LONGEST} 个字"
    return None


def _apart(patterns: Iterable[Pattern]) -> None:
    """Raise InputFault where two series would give the same number."""
    written: dict[str, str] = {}
    for pattern in patterns:
        sample = pattern.number("某", 2026, 1)
        if written.setdefault(sample, pattern.series) != pattern.series:
            names = "”“".join((written[sample] or "其他各类", pattern.series or "其他各类"))
            raise InputFault(f"letter_number：“{names}”会得出同样的文号“{sample}”，应各不相同")
