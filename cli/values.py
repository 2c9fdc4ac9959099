"""Values given on the command line, read with a sentence for what cannot be taken."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.faults import InputFault
from workflow.sheets import day_in

YearArgument = Annotated[str, typer.Argument(metavar="YEAR", help="年度，如 2021")]


def year_of(text: str) -> int:
    """A year. Raises InputFault for what is none, or lies outside the working-day calendar."""
    year = int(text) if text.isascii() and text.isdigit() and len(text) == len("2021") else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputFault(f"YEAR：“{text}”不是可用的年度，应为 {FIRST_YEAR} 至 {LAST_YEAR} 之间的四位年份")
    return year


def day_of(text: str, option: str) -> date | None:
    """A day given with an option, in any form that a ledger takes; None if it was not given.

    Raises InputFault for what is no day.
    """
    if not text:
        return None
    day = day_in(text)
    if day is None:
        raise InputFault(f"{option}：“{text}”不是有效日期，应写明年月日，形如 2021-09-30 或者 2021年9月30日")
    return day


def read_json(source: str) -> Any:
    """A JSON file, or standard input for ``-``. Raises InputFault naming the file and the place in it."""
    name = "标准输入" if source == "-" else source
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return json.loads(text.decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputFault(f"{name}：没有这个文件") from None
    except OSError as error:
        raise InputFault(f"{name}：不能读取（{error.strerror}）") from error
    except UnicodeDecodeError as error:
        raise InputFault(f"{name}：不是 UTF-8 文本，应为 UTF-8 编码的 JSON") from error
    except json.JSONDecodeError as error:
        raise InputFault(
            f"{name}：第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON，应为一个对象或一个列表"
        ) from error
    except (RecursionError, ValueError) as error:
        # Nesting without end, or a number of thousands of digits.
        raise InputFault(f"{name}：JSON 嵌套过深或数字过长，应为一个对象或一个列表") from error
