"""Tables that offices hand in, as CSV or XLSX: found by their header, read as text, each cell with its place."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from workflow import file_types
from workflow.faults import InputFault

_MOST_UNPACKED_MB = 200
"""Megabytes of a workbook once unpacked: a ledger of 100,000 lines has about half as many."""
_EXACT = 10**15  # spreadsheets keep fifteen digits of a number
_HEADER_WITHIN = 10  # a title and remarks may stand above the header
_DAY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
    r"|([0-9]{4})([0-9]{2})([0-9]{2})"
)


def day_in(text: str) -> date | None:
    """The day that a person wrote (2021-03-04, 2021/3/4, 2021.3.4, 2021年3月4日, 20210304, any width), or None."""
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A kind of table: its name, the columns it must have, and those it may have."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def columns(self) -> frozenset[str]:
        """All columns that are known."""
        return frozenset(self.required + self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (the header counts) and its cells by column, empty ones left out."""

    place: str
    number: int
    cells: Mapping[str, str]

    def at(self, column: str) -> str:
        """The place of a cell, as it is named to the user."""
        return f"{self.place}第{self.number}行“{column}”"

    def get(self, column: str) -> str:
        """The cell's text, empty if there is none."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a known kind. ``place`` names the file (and the sheet of a workbook)."""

    kind: SheetKind
    place: str
    rows: tuple[Row, ...]


@dataclass(slots=True)
class Reading:
    """What was read from some files: tables, and what is wrong or odd about them."""

    sheets: list[Sheet] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    rejected: set[SheetKind] = field(default_factory=set)

    def of_kind(self, kind: SheetKind) -> list[Sheet]:
        """The tables of one kind."""
        return [sheet for sheet in self.sheets if sheet.kind is kind]


def read_files(paths: Sequence[Path], kinds: Sequence[SheetKind]) -> Reading:
    """Read all files and tell their tables apart by their headers. Faults are collected, not raised."""
    reading = Reading()
    for path in paths:
        before = len(reading.sheets)
        faults = len(reading.faults)
        try:
            for place, one_of_many, records in _tables(path, kinds):
                _take(reading, place, records, kinds, one_of_many=one_of_many)
        except InputFault as fault:
            reading.faults.extend(fault.sentences)
        if len(reading.sheets) == before and len(reading.faults) == faults:
            reading.faults.append(f"{path.name}：没有认识的表，{_accepted(kinds)}")
    return reading


def _accepted(kinds: Sequence[SheetKind]) -> str:
    return "表头应为：" + "；或者".join(f"{kind.name}（{'、'.join(kind.required)}）" for kind in kinds)


def _tables(path: Path, kinds: Sequence[SheetKind]) -> Iterator[tuple[str, bool, Iterator[list[str]]]]:
    """The tables of a file: place, whether it is a sheet among others, and its records as text."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputFault(f"{path}：没有这个文件") from None
    except OSError as error:
        raise InputFault(f"{path}：不能读取（{error.strerror}），应为可读的 CSV 或 XLSX 文件") from error
    if not content.strip():
        raise InputFault(f"{path.name}：文件是空的，应为 CSV（UTF-8 或 GBK）或 XLSX")
    if content.startswith(b"PK"):
        if (fault := file_types.oversize(content, _MOST_UNPACKED_MB)) is not None:
            raise InputFault(f"{path.name}：{fault}")
        yield from _workbook(path, content)
    else:
        yield f"{path.name} ", False, _csv_records(path, _decode(path, content), kinds)


def _decode(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        encodings = []
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputFault(f"{path.name}：不是 CSV 或 XLSX 文件，应为 CSV（UTF-8 或 GBK）或 XLSX（旧的 .xls 请另存为 .xlsx）")


def _csv_records(path: Path, content: str, kinds: Sequence[SheetKind]) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(content, kinds), strict=True)
    try:
        for record in reader:
            yield [_text(cell) for cell in record]
    except csv.Error as error:
        raise InputFault(
            f"{path.name}：第 {reader.line_num} 行起不是有效的 CSV（{error}），应检查引号是否成对"
        ) from error


def _delimiter(content: str, kinds: Sequence[SheetKind]) -> str:
    """The delimiter under which one of the first lines is a header; a comma if there is none."""
    lines = content.split("\n", _HEADER_WITHIN)[:_HEADER_WITHIN]
    for delimiter in ",\t;":
        headers = ([_header_text(cell.strip().strip('"')) for cell in line.split(delimiter)] for line in lines)
        if any(_kind_of(header, kinds) for header in headers):
            return delimiter
    return ","


def _workbook(path: Path, content: bytes) -> Iterator[tuple[str, bool, Iterator[list[str]]]]:
    from openpyxl import load_workbook  # slow to import, and most ledgers are CSV

    with _broken_workbook(path):
        # Read twice: what the formulas came to, and where there are formulas that were never worked out.
        values = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets
        formulas = load_workbook(io.BytesIO(content), read_only=True).worksheets
    for sheet, written in zip(values, formulas, strict=True):
        place = f"{path.name}［{sheet.title}］"
        yield place, len(values) > 1, _sheet_records(path, place, sheet, written)


def _sheet_records(path: Path, place: str, sheet: Any, written: Any) -> Iterator[list[str]]:
    with _broken_workbook(path):
        sheet.reset_dimensions()
        written.reset_dimensions()
        rows = zip(sheet.iter_rows(values_only=True), written.iter_rows(values_only=True), strict=True)
    number = 0
    while True:
        number += 1
        with _broken_workbook(path):
            pair = next(rows, None)
        if pair is None:
            return
        record, as_written = pair
        for column, (value, text) in enumerate(zip(record, as_written, strict=False), 1):
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _EXACT:
                raise InputFault(
                    f"{place}第{number}行第{column}列：数字“{value:.0f}”超过 15 位，末几位已不准确，"
                    "应设为文本格式后重新填写"
                )
            if value is None and isinstance(text, str) and text.startswith("="):
                raise InputFault(
                    f"{place}第{number}行第{column}列：公式“{text[:40]}”没有计算结果，应用 Excel 或 WPS 打开后保存"
                )
        yield [_text(cell) for cell in record]


@contextmanager
def _broken_workbook(path: Path) -> Iterator[None]:
    """Whatever the reader of workbooks stumbles over is the file's fault: it has no exception of its own."""
    try:
        yield
    except Exception as error:
        raise InputFault(
            f"{path.name}：不是有效的 XLSX 工作簿，应为 Excel 或 WPS 保存的 .xlsx 文件（无密码）"
        ) from error


def _text(value: object) -> str:
    """A cell as text: days as ISO dates, whole numbers without a point, spaces at the ends taken off."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\u200b", "").replace("\ufeff", "").strip()


def _header_text(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).split())


def _take(
    reading: Reading,
    place: str,
    records: Iterator[list[str]],
    kinds: Sequence[SheetKind],
    *,
    one_of_many: bool,
) -> None:
    number, header, kind = 0, [], None
    first: list[str] = []
    for number, record in enumerate(records, 1):
        header = [_header_text(cell) for cell in record]
        first = first or [cell for cell in header if cell]
        kind = _kind_of(header, kinds)
        if kind is not None or number == _HEADER_WITHIN:
            break
    if kind is None:
        if one_of_many and first:
            reading.warnings.append({"file": place, "row": 1, "message": "没有认识的表头，未使用"})
        elif not one_of_many:
            seen = "、".join(first[:6]) or "没有内容"
            reading.faults.append(f"{place}表头“{seen}”不认识，{_accepted(kinds)}")
        return
    if not _check_header(reading, place, number, header, kind):
        reading.rejected.add(kind)
        return
    _keep(reading, place, kind, number, header, records, one_of_many=one_of_many)


def _keep(
    reading: Reading,
    place: str,
    kind: SheetKind,
    number: int,
    header: Sequence[str],
    records: Iterator[list[str]],
    *,
    one_of_many: bool,
) -> None:
    """Keep the rows under the header in line ``number``; a table without any is a fault, or a warning among others."""
    before = len(reading.faults)
    try:
        rows = tuple(_rows(reading, place, number, header, records))
    except InputFault:
        # Its rows are not known, so nothing may be said to be missing in it.
        reading.rejected.add(kind)
        raise
    if rows:
        reading.sheets.append(Sheet(kind, place, rows))
    elif len(reading.faults) == before and one_of_many:
        reading.warnings.append({"file": place, "row": number, "message": f"{kind.name}只有表头，没有数据行"})
    elif len(reading.faults) == before:
        reading.faults.append(f"{place}{kind.name}只有表头，没有数据行，应至少有一行")


def _rows(
    reading: Reading, place: str, header_at: int, header: Sequence[str], records: Iterator[list[str]]
) -> Iterator[Row]:
    for number, record in enumerate(records, header_at + 1):
        extra = [cell for cell in record[len(header) :] if cell]
        if extra:
            reading.faults.append(f"{place}第{number}行：第 {len(header)} 列之后多出“{extra[0]}”，应与表头列数一致")
        elif any(record):
            cells = {column: cell for column, cell in zip(header, record, strict=False) if cell and column}
            yield Row(place, number, cells)


def _kind_of(header: Sequence[str], kinds: Sequence[SheetKind]) -> SheetKind | None:
    """The kind whose columns the header has most of; at least half of the required ones must be there."""
    found = set(header)
    best = max(
        kinds, key=lambda kind: (len(found & set(kind.required)) / len(kind.required), len(found & kind.columns))
    )
    return best if len(found & set(best.required)) * 2 >= len(best.required) else None


def _check_header(reading: Reading, place: str, number: int, header: Sequence[str], kind: SheetKind) -> bool:
    missing = [column for column in kind.required if column not in header]
    twice = sorted({column for column in header if column and header.count(column) > 1})
    for column in missing:
        reading.faults.append(f"{place}第{number}行：{kind.name}缺少列“{column}”，必须有：{'、'.join(kind.required)}")
    for column in twice:
        reading.faults.append(f"{place}第{number}行：列“{column}”出现了两次，应只有一次")
    for column in header:
        if column and column not in kind.columns:
            reading.warnings.append({"file": place.strip(), "row": number, "message": f"不认识的列“{column}”，未使用"})
    return not missing and not twice
