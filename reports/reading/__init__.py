"""Published annual reports read back into figures, from txt, html, docx, xlsx and PDF as agencies really publish them.

``read`` tells the format by the content, turns the file into lines and rows, finds the three tables by the form's
own labels and reads what is printed. A figure that cannot be read for sure is None, with the reason; nothing is
ever reckoned or filled in.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reports.edition import edition_for_year, edition_names, has_form
from reports.figures import Figures, to_json
from reports.reading import prose, tables, text_file
from reports.reading.blocks import Block, Line
from workflow import file_types
from workflow.faults import InputFault

__all__ = ["Published", "Source", "read", "to_document"]

_ACCEPTED = "应为有文字的 txt、html、docx、xlsx 或 pdf 文件"
_LARGEST = 100 * 2**20
# Lines before table three among which its headings may stand, a cell to the line.
_ABOVE = 30
_INFLATED_WORDS = 40 * 2**20
_PLAIN = 20 * 2**20
_MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures come from: the file's name, its format, its SHA-256, and the title found in it."""

    file: str
    format: str
    sha256: str
    edition: str


@dataclass(frozen=True, slots=True)
class Published:
    """A published report as read. ``texts`` are its sections by number; ``unread`` are places and reasons."""

    figures: Figures
    texts: Mapping[int, str]
    source: Source
    unread: tuple[tuple[str, str], ...]


def read(path: Path) -> Published:
    """The published report in a file.

    Raises InputFault where the file cannot be read, is of no format that is known, or has none of the form's
    three tables (第二、三、四部分).
    """
    data = _content(path)
    file_format = _format(path, data)
    blocks = _blocks(path, data, file_format)
    regions = tables.find_regions(blocks)
    two, three, four = (blocks[region] for region in (regions.two, regions.three, regions.four))
    agency, year = prose.whose_and_when(blocks, _page_title(data, file_format))
    by_year = edition_for_year(year) if year and has_form(year) else edition_names()[-1]
    edition = tables.edition_shown(three, by_year) if three else by_year
    section = tables.section_two_shown(two, by_year)
    above = blocks[max(regions.three.start - _ABOVE, 0) : regions.three.start]
    of_two, of_three, of_four = (
        tables.read_two(two, section),
        tables.read_three(three, edition, above),
        tables.read_four(four),
    )
    if not (of_two.figures or of_three.figures or of_four.figures or tables.are_shown(three)):
        raise InputFault(
            f"{path.name}：没有找到年度报告的三张表（表格可能是图片，或者不是年度报告），"
            "应为含有第二、三、四部分表格的报告"
        )
    texts = prose.sections(blocks, (regions.two, regions.three, regions.four))
    found_fees, reason = prose.fees(texts.get(6, "") or _fee_sentences(texts))
    unread = [*of_two.unread, *of_three.unread, *of_four.unread]
    if agency is None:
        unread.append(("agency", "标题里没有找到机关名称"))
    if year is None:
        unread.append(("year", "标题里没有找到年度"))
    if found_fees is None:
        unread.append(("fees", reason))
    figures = Figures(
        agency=agency,
        year=year,
        edition=edition,
        applications=_rows(of_three),
        reviews=_rows(of_four),
        proactive=of_two.rows if two else {},
        fees=found_fees,
    )
    source = Source(path.name, file_format, hashlib.sha256(data).hexdigest(), edition)
    return Published(figures, texts, source, tuple(unread))


def to_document(report: Published) -> dict[str, Any]:
    """The report's JSON (``contracts.md``) with ``source`` and ``unread`` beside its figures."""
    return {
        **to_json(report.figures),
        "source": asdict(report.source),
        "unread": [{"where": where, "reason": reason} for where, reason in report.unread],
    }


def _rows(table: tables.Table) -> dict[str, tuple[int | None, ...]]:
    return {name: tuple(None if figure is None else int(figure) for figure in row) for name, row in table.rows.items()}


def _fee_sentences(texts: Mapping[int, str]) -> str:
    return "\n".join(text for number, text in texts.items() if number in {1, 5} and "信息处理费" in text)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputFault(f"{path.name}：文件有 {path.stat().st_size // 2**20} MB，应不超过 {_LARGEST // 2**20} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputFault(f"{path}：没有这个文件") from None
    except OSError as error:
        raise InputFault(f"{path}：不能读取（{error.strerror}）") from error
    if not data.strip():
        raise InputFault(f"{path.name}：文件是空的，{_ACCEPTED}")
    return data


def _format(path: Path, data: bytes) -> str:
    """The format by what the file holds; its name may say another."""
    from reports.reading import html_page

    if data.startswith(b"PK\x03\x04"):
        return _packed(path, data)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputFault(f"{path.name}：是旧的 doc 或 xls（或者加了密码）的文件，应先另存为没有密码的 docx 或 xlsx")
    if len(data) > _PLAIN:
        raise InputFault(f"{path.name}：作为文字有 {len(data) // 2**20} MB，应不超过 {_PLAIN // 2**20} MB")
    if html_page.is_letter(data):
        return "html"
    try:
        text = text_file.decoded(data)
    except UnicodeDecodeError:
        # A page with a stray byte is still a page.
        text = data.decode("latin-1")
        if "<table" not in text.lower() and "<html" not in text.lower():
            raise InputFault(f"{path.name}：不认识这种文件，{_ACCEPTED}") from None
        return "html"
    if "\x00" in text:
        raise InputFault(f"{path.name}：不认识这种文件，{_ACCEPTED}")
    lower = text.lower()
    marks = ("<html", "<!doctype html", "<table", "<body", "<p>", "<p ", "<div")
    return "html" if any(mark in lower for mark in marks) else "txt"


def _packed(path: Path, data: bytes) -> str:
    if (fault := file_types.oversize(data)) is not None:
        raise InputFault(f"{path.name}：{fault}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            words = sum(entry.file_size for entry in package.infolist() if entry.filename.endswith((".xml", ".rels")))
    except zipfile.BadZipFile as error:
        raise InputFault(f"{path.name}：文件已损坏，{_ACCEPTED}") from error
    if words > _INFLATED_WORDS:
        raise InputFault(
            f"{path.name}：解压后的文字和格式有 {words // 2**20} MB，应不超过 {_INFLATED_WORDS // 2**20} MB"
        )
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise InputFault(f"{path.name}：不认识这种文件，{_ACCEPTED}")


def _blocks(path: Path, data: bytes, file_format: str) -> list[Block]:
    from reports.reading import html_page, pdf_file, word_file, workbook

    readers = {
        "txt": text_file.blocks,
        "html": html_page.blocks,
        "docx": word_file.blocks,
        "xlsx": workbook.blocks,
        "pdf": pdf_file.blocks,
    }
    try:
        found = readers[file_format](data)
    except InputFault:
        raise
    # Whatever a library makes of a broken file, the officer is told that it is broken.
    except Exception as error:
        reason = "没有文字层（可能是扫描件）" if str(error) == "no text layer" else f"不能作为 {file_format} 文件读取"
        raise InputFault(f"{path.name}：{reason}，{_ACCEPTED}") from error
    size = sum(1 if isinstance(block, Line) else len(block.cells) for block in found)
    if size > _MOST_CELLS:
        raise InputFault(f"{path.name}：有 {size} 行和格，年度报告应不超过 {_MOST_CELLS}")
    return found


def _page_title(data: bytes, file_format: str) -> str:
    from reports.reading import html_page

    return html_page.title(data) if file_format == "html" else ""
