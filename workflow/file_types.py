"""What a file is by its first bytes, not by its name. Pure.

A table of our own rather than a package of hundreds of formats: an office takes in a dozen, four of them Chinese
(OFD, WPS, ET) or told apart only by looking into the container, and whatever else a file is, it is not taken.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from workflow.faults import InputFault

try:
    import lzma
except ImportError:
    # A Python may be built without it; then no container packed with it is opened either.
    lzma = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file: what people call it, its media type, and the endings that a name of it may have."""

    label: str
    media_type: str
    endings: tuple[str, ...]


PDF = FileType("PDF 文件", "application/pdf", ("pdf",))
OFD = FileType("OFD 版式文件", "application/ofd", ("ofd",))
DOCX = FileType("Word 文档", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx", "wps"))
XLSX = FileType("Excel 表格", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx", "et"))
DOC = FileType("Word 或者 WPS 文档（97-2003）", "application/msword", ("doc", "wps"))
XLS = FileType("Excel 或者 ET 表格（97-2003）", "application/vnd.ms-excel", ("xls", "et"))
JPEG = FileType("JPEG 图片", "image/jpeg", ("jpg", "jpeg"))
PNG = FileType("PNG 图片", "image/png", ("png",))
TIFF = FileType("TIFF 图片", "image/tiff", ("tif", "tiff"))
MAIL = FileType("电子邮件", "message/rfc822", ("eml",))
TEXT = FileType("文本", "text/plain", ("txt",))

TYPES = (PDF, OFD, DOC, DOCX, XLS, XLSX, JPEG, PNG, TIFF, TEXT, MAIL)
"""Everything that is taken."""

_BEGINS = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = re.compile(
    rb"\A(?:From|To|Received|Return-Path|Delivered-To|Date|Subject|Message-ID|MIME-Version|X-[\w-]+):[ \t]",
    re.IGNORECASE,
)
_ENTRY = b"PK\x01\x02"
MOST_PARTS = 10_000
"""Files that a container may hold."""
MOST_UNPACKED_MB = 400
"""Megabytes that a container of files may hold once it is unpacked."""

_INSIDE = (("OFD.xml", OFD), ("word/document.xml", DOCX), ("xl/workbook.xml", XLSX))
DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, ValueError, RuntimeError, EOFError),
    *([] if lzma is None else [lzma.LZMAError]),
)
"""What a container of files raises, beside OSError, that is not whole, is locked, or is packed in an unknown way."""

_STREAMS = (("WordDocument", DOC), ("Workbook", XLS), ("Book", XLS))


def endings() -> str:
    """All endings that are taken, for people."""
    return "、".join(dict.fromkeys(ending for each in TYPES for ending in each.endings))


def of(name: str, content: bytes) -> FileType:
    """The type of a file. Raises InputFault where it is empty, of no type that is taken, or not what its name says."""
    if not content:
        raise InputFault(f"附件：“{name}”是空的，请重新选择文件")
    if content.startswith(_ZIP) and (fault := oversize(content)) is not None:
        raise InputFault(f"附件：“{name}”{fault}")
    found = _found(content)
    ending = name.rpartition(".")[2].lower()
    if found is None:
        raise InputFault(f"附件：“{name}”的内容不是可以保存的类型，应为：{endings()}")
    # A letter's text may begin as a mail does.
    if found is MAIL and ending in TEXT.endings:
        found = TEXT
    if ending not in found.endings:
        accepted = "、".join(f".{each}" for each in found.endings)
        raise InputFault(f"附件：“{name}”的内容是{found.label}，与扩展名不符，应为 {accepted}")
    return found


def oversize(content: bytes, most_mb: int = MOST_UNPACKED_MB, most_parts: int = MOST_PARTS) -> str | None:
    """What makes a container of files too large to be opened, found out before anything of it is unpacked.

    None where it is not, and where it is no whole container: who opens it will say so.
    """
    # Each entry of the list becomes an object when the list is read: they are counted before.
    count = content.count(_ENTRY)
    if count > most_parts:
        return f"里面有 {count} 个文件，应不超过 {most_parts} 个"
    size = sum(entry.file_size for entry in _entries(content))
    if size > most_mb << 20:
        return f"解压后有 {size >> 20} 兆字节，应不超过 {most_mb} 兆字节"
    return None


def _entries(content: bytes) -> list[zipfile.ZipInfo]:
    """What a container of files lists; nothing is unpacked. Empty where it is no whole container."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            return container.infolist()
    except (*DAMAGED, OSError):
        return []


def _found(content: bytes) -> FileType | None:
    for beginning, found in _BEGINS:
        if content.startswith(beginning):
            return found
    if content.startswith(_ZIP):
        return _zipped(content)
    if content.startswith(_OLE):
        # The names of the streams stand in the container's directory, in UTF-16.
        return next((found for name, found in _STREAMS if name.encode("utf-16-le") in content), None)
    if _HEADER.match(content):
        return MAIL
    return TEXT if _is_text(content) else None


def _zipped(content: bytes) -> FileType | None:
    """What a container of files holds, by its list of names. One with macros is not taken."""
    names = {entry.filename for entry in _entries(content)}
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((found for name, found in _INSIDE if name in names), None)


def _is_text(content: bytes) -> bool:
    """Whether it is text, in UTF-8 or in a Chinese encoding, without control characters."""
    if any(byte < ord(" ") and byte not in b"\t\n\r\f" for byte in content):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
