"""Values given on the command line, read with a sentence for what cannot be taken."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.faults import InputFault

YearArgument = Annotated[str, typer.Argument(metavar="YEAR", help="年度，如 2021")]


def year_of(text: str) -> int:
    """A year. Raises InputFault for what is none, or lies outside the working-day calendar."""
    year = int(text) if text.isascii() and text.isdigit() and len(text) == len("2021") else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputFault(f"YEAR：“{text}”不是可用的年度，应为 {FIRST_YEAR} 至 {LAST_YEAR} 之间的四位年份")
    return year


def day_of(text: str, option: str) -> date | None:
    """A day given with an option, None if it was not given. Raises InputFault for what is no day."""
    if not text:
        return None
    try:
        if len(text) == len("2021-09-30"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputFault(f"{option}：“{text}”不是有效日期，应为形如 2021-09-30 的日期")
