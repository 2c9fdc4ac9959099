"""Tables that offices hand in, as CSV or XLSX: found by their header, read as text, each cell with its place."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from workflow.faults import InputFault

_HEADER_WITHIN = 10  # a title and remarks may stand above the header


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
            for place, is_sheet, records in _tables(path):
                _take(reading, place, records, kinds, skip_unknown=is_sheet)
        except InputFault as fault:
            reading.faults.extend(fault.sentences)
        if len(reading.sheets) == before and len(reading.faults) == faults:
            reading.faults.append(f"{path.name}：没有认识的表，{_accepted(kinds)}")
    return reading


def _accepted(kinds: Sequence[SheetKind]) -> str:
    return "表头应为：" + "；或者".join(f"{kind.name}（{'、'.join(kind.required)}）" for kind in kinds)


def _tables(path: Path) -> Iterator[tuple[str, bool, Iterator[list[str]]]]:
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
        yield from _workbook(path, content)
    else:
        yield f"{path.name} ", False, _csv_records(path, _decode(path, content))


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


def _csv_records(path: Path, content: str) -> Iterator[list[str]]:
    head = content.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            yield [_text(cell) for cell in record]
    except csv.Error as error:
        raise InputFault(
            f"{path.name}：第 {reader.line_num} 行起不是有效的 CSV（{error}），应检查引号是否成对"
        ) from error


def _workbook(path: Path, content: bytes) -> Iterator[tuple[str, bool, Iterator[list[str]]]]:
    from openpyxl import load_workbook  # slow to import, and most ledgers are CSV

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            records = ([_text(cell) for cell in record] for record in sheet.iter_rows(values_only=True))
            yield f"{path.name}［{sheet.title}］", len(book.worksheets) > 1, records
    except (BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        # openpyxl has no exception of its own for a broken file; XML errors are SyntaxErrors.
        raise InputFault(f"{path.name}：不是有效的 XLSX 工作簿，应为 Excel 或 WPS 保存的 .xlsx 文件") from error


def _text(value: object) -> str:
    """A cell as text: days as ISO dates, whole numbers without a point, spaces at the ends taken off."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
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
    skip_unknown: bool,
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
        if not skip_unknown:
            seen = "、".join(first[:6]) or "没有内容"
            reading.faults.append(f"{place}表头“{seen}”不认识，{_accepted(kinds)}")
        return
    if not _check_header(reading, place, number, header, kind):
        return
    rows = []
    for row_number, record in enumerate(records, number + 1):
        if not any(record):
            continue
        if any(record[len(header) :]):
            extra = next(cell for cell in record[len(header) :] if cell)
            reading.faults.append(f"{place}第{row_number}行：第 {len(header)} 列之后多出“{extra}”，应与表头列数一致")
            continue
        cells = {column: cell for column, cell in zip(header, record, strict=False) if cell and column}
        rows.append(Row(place, row_number, cells))
    if not rows:
        reading.faults.append(f"{place}{kind.name}只有表头，没有数据行，应至少有一行")
        return
    reading.sheets.append(Sheet(kind, place, tuple(rows)))


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
